// SPDX-License-Identifier: GPL-2.0-only
/* The attributes of IPVS's netlink family: read, and put into answers.
 *
 * Programs are particular about answers: nests come first and do not have
 * NLA_F_NESTED, and addresses have 16 bytes. Requests may have it or not, and 4
 * or 16.
 */

#include <linux/ipv6.h>
#include <net/netlink.h>

#include "ipvs/lb_ipvs.h"

static const struct nla_policy svc_policy[IPVS_SVC_ATTR_MAX + 1] = {
	[IPVS_SVC_ATTR_AF] = { .type = NLA_U16 },
	[IPVS_SVC_ATTR_PROTOCOL] = { .type = NLA_U16 },
	[IPVS_SVC_ATTR_ADDR] = { .type = NLA_BINARY,
				 .len = sizeof(union lb_addr) },
	[IPVS_SVC_ATTR_PORT] = { .type = NLA_U16 },
	[IPVS_SVC_ATTR_FWMARK] = { .type = NLA_U32 },
	[IPVS_SVC_ATTR_SCHED_NAME] = { .type = NLA_NUL_STRING,
				       .len = IP_VS_SCHEDNAME_MAXLEN - 1 },
	[IPVS_SVC_ATTR_FLAGS] = { .type = NLA_BINARY,
				  .len = sizeof(struct ip_vs_flags) },
	[IPVS_SVC_ATTR_TIMEOUT] = { .type = NLA_U32 },
	[IPVS_SVC_ATTR_NETMASK] = { .type = NLA_U32 },
	[IPVS_SVC_ATTR_STATS] = { .type = NLA_NESTED },
	[IPVS_SVC_ATTR_PE_NAME] = { .type = NLA_NUL_STRING,
				    .len = IP_VS_PENAME_MAXLEN },
};

static const struct nla_policy dest_policy[IPVS_DEST_ATTR_MAX + 1] = {
	[IPVS_DEST_ATTR_ADDR] = { .type = NLA_BINARY,
				  .len = sizeof(union lb_addr) },
	[IPVS_DEST_ATTR_PORT] = { .type = NLA_U16 },
	[IPVS_DEST_ATTR_FWD_METHOD] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_WEIGHT] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_U_THRESH] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_L_THRESH] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_ACTIVE_CONNS] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_INACT_CONNS] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_PERSIST_CONNS] = { .type = NLA_U32 },
	[IPVS_DEST_ATTR_STATS] = { .type = NLA_NESTED },
	[IPVS_DEST_ATTR_ADDR_FAMILY] = { .type = NLA_U16 },
	[IPVS_DEST_ATTR_TUN_TYPE] = { .type = NLA_U8 },
	[IPVS_DEST_ATTR_TUN_PORT] = { .type = NLA_U16 },
	[IPVS_DEST_ATTR_TUN_FLAGS] = { .type = NLA_U16 },
};

static bool is_family(u16 family)
{
	return family == AF_INET || (family == AF_INET6 && ipv6_mod_enabled());
}

static int parse_key(struct nlattr **tb, struct lb_svc_key *key)
{
	union lb_addr addr = {};
	u16 proto = 0;
	u16 family;
	__be16 port = 0;
	u32 mark = 0;

	if (!tb[IPVS_SVC_ATTR_AF] ||
	    (!tb[IPVS_SVC_ATTR_FWMARK] &&
	     (!tb[IPVS_SVC_ATTR_PROTOCOL] || !tb[IPVS_SVC_ATTR_ADDR] ||
	      !tb[IPVS_SVC_ATTR_PORT])))
		return -EINVAL;
	family = nla_get_u16(tb[IPVS_SVC_ATTR_AF]);
	if (!is_family(family))
		return -EAFNOSUPPORT;
	/* Mark 0 is that of no service, whatever else is given. */
	if (tb[IPVS_SVC_ATTR_FWMARK]) {
		mark = nla_get_u32(tb[IPVS_SVC_ATTR_FWMARK]);
	} else {
		proto = nla_get_u16(tb[IPVS_SVC_ATTR_PROTOCOL]);
		nla_memcpy(&addr, tb[IPVS_SVC_ATTR_ADDR], sizeof(addr));
		port = nla_get_be16(tb[IPVS_SVC_ATTR_PORT]);
	}
	lb_ipvs_request_key(key, family, proto, &addr, port, mark);
	return 0;
}

/**
 * lb_ipvs_attrs_svc() - Read a service.
 * @nest: IPVS_CMD_ATTR_SERVICE, or NULL.
 * @svc: Filled; its strings are those of @nest.
 * @whole: It is to be added or changed.
 *
 * Return: 0, -EINVAL or -EAFNOSUPPORT.
 */
int lb_ipvs_attrs_svc(const struct nlattr *nest, struct lb_ipvs_svc *svc,
		      bool whole)
{
	struct nlattr *tb[IPVS_SVC_ATTR_MAX + 1];
	struct ip_vs_flags flags = {};
	int err;

	if (!nest || nla_parse_nested_deprecated(tb, IPVS_SVC_ATTR_MAX, nest,
						 svc_policy, NULL))
		return -EINVAL;
	memset(svc, 0, sizeof(*svc));
	err = parse_key(tb, &svc->key);
	if (err || !whole)
		return err;
	if (!tb[IPVS_SVC_ATTR_SCHED_NAME] || !tb[IPVS_SVC_ATTR_FLAGS] ||
	    !tb[IPVS_SVC_ATTR_TIMEOUT] || !tb[IPVS_SVC_ATTR_NETMASK])
		return -EINVAL;

	nla_memcpy(&flags, tb[IPVS_SVC_ATTR_FLAGS], sizeof(flags));
	svc->flags = flags.flags;
	svc->mask = flags.mask;
	svc->sched = nla_data(tb[IPVS_SVC_ATTR_SCHED_NAME]);
	if (tb[IPVS_SVC_ATTR_PE_NAME])
		svc->pe = nla_data(tb[IPVS_SVC_ATTR_PE_NAME]);
	svc->timeout = nla_get_u32(tb[IPVS_SVC_ATTR_TIMEOUT]);
	svc->netmask = nla_get_be32(tb[IPVS_SVC_ATTR_NETMASK]);
	return 0;
}

static int parse_dest(struct nlattr **tb, struct lb_ipvs_dest *dest)
{
	if (!tb[IPVS_DEST_ATTR_FWD_METHOD] || !tb[IPVS_DEST_ATTR_WEIGHT] ||
	    !tb[IPVS_DEST_ATTR_U_THRESH] || !tb[IPVS_DEST_ATTR_L_THRESH])
		return -EINVAL;
	dest->method = nla_get_u32(tb[IPVS_DEST_ATTR_FWD_METHOD]) &
		       IP_VS_CONN_F_FWD_MASK;
	dest->weight = nla_get_u32(tb[IPVS_DEST_ATTR_WEIGHT]);
	dest->upper = nla_get_u32(tb[IPVS_DEST_ATTR_U_THRESH]);
	dest->lower = nla_get_u32(tb[IPVS_DEST_ATTR_L_THRESH]);
	if (tb[IPVS_DEST_ATTR_TUN_TYPE])
		dest->tun_type = nla_get_u8(tb[IPVS_DEST_ATTR_TUN_TYPE]);
	if (tb[IPVS_DEST_ATTR_TUN_PORT])
		dest->tun_port = nla_get_be16(tb[IPVS_DEST_ATTR_TUN_PORT]);
	if (tb[IPVS_DEST_ATTR_TUN_FLAGS])
		dest->tun_flags = nla_get_u16(tb[IPVS_DEST_ATTR_TUN_FLAGS]);
	return 0;
}

/**
 * lb_ipvs_attrs_dest() - Read a real server.
 * @nest: IPVS_CMD_ATTR_DEST, or NULL.
 * @family: What it is if it does not say: that of its service.
 * @dest: Filled.
 * @whole: It is to be added or changed.
 *
 * Return: 0, -EINVAL or -EAFNOSUPPORT.
 */
int lb_ipvs_attrs_dest(const struct nlattr *nest, u8 family,
		       struct lb_ipvs_dest *dest, bool whole)
{
	struct nlattr *tb[IPVS_DEST_ATTR_MAX + 1];
	u16 own = 0;
	int err;

	if (!nest || nla_parse_nested_deprecated(tb, IPVS_DEST_ATTR_MAX, nest,
						 dest_policy, NULL))
		return -EINVAL;
	if (!tb[IPVS_DEST_ATTR_ADDR] || !tb[IPVS_DEST_ATTR_PORT])
		return -EINVAL;
	memset(dest, 0, sizeof(*dest));
	err = whole ? parse_dest(tb, dest) : 0;
	if (err)
		return err;

	if (tb[IPVS_DEST_ATTR_ADDR_FAMILY])
		own = nla_get_u16(tb[IPVS_DEST_ATTR_ADDR_FAMILY]);
	if (!own)
		own = family;
	if (!is_family(own))
		return -EAFNOSUPPORT;
	dest->key.family = own;
	dest->key.port = nla_get_be16(tb[IPVS_DEST_ATTR_PORT]);
	nla_memcpy(&dest->key.addr, tb[IPVS_DEST_ATTR_ADDR],
		   own == AF_INET6 ? sizeof(struct in6_addr) : sizeof(__be32));
	return 0;
}

/* In the older form, all but bytes are of 32 bits. */
static int put_stats(struct sk_buff *skb, int nest_attr,
		     const struct lb_ipvs_stats *stats, bool wide)
{
	struct nlattr *nest;
	int attr, err;

	nest = nla_nest_start_noflag(skb, nest_attr);
	if (!nest)
		return -EMSGSIZE;
	for (attr = IPVS_STATS_ATTR_CONNS; attr <= IPVS_STATS_ATTR_OUTBPS;
	     attr++) {
		if (wide || attr == IPVS_STATS_ATTR_INBYTES ||
		    attr == IPVS_STATS_ATTR_OUTBYTES)
			err = nla_put_u64_64bit(skb, attr, stats->value[attr],
						IPVS_STATS_ATTR_PAD);
		else
			err = nla_put_u32(skb, attr, stats->value[attr]);
		if (err)
			return err;
	}
	nla_nest_end(skb, nest);
	return 0;
}

static int put_key(struct sk_buff *skb, const struct lb_svc_key *key)
{
	if (nla_put_u16(skb, IPVS_SVC_ATTR_AF, key->family))
		return -EMSGSIZE;
	if (key->fwmark)
		return nla_put_u32(skb, IPVS_SVC_ATTR_FWMARK, key->fwmark);
	return nla_put_u16(skb, IPVS_SVC_ATTR_PROTOCOL, key->proto) ?:
	       nla_put(skb, IPVS_SVC_ATTR_ADDR, sizeof(key->addr),
		       &key->addr) ?:
	       nla_put_be16(skb, IPVS_SVC_ATTR_PORT, key->port);
}

/**
 * lb_ipvs_attrs_put_svc() - Put a service into an answer.
 * @skb: The answer, which is nobody's after an error.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @svc: The service.
 *
 * Return: 0 or -EMSGSIZE.
 */
int lb_ipvs_attrs_put_svc(struct sk_buff *skb, const struct lb_net *lbn,
			  struct lb_svc *svc)
{
	struct ip_vs_flags flags = { .mask = ~0 };
	struct lb_ipvs_stats stats;
	struct lb_ipvs_show show;
	struct nlattr *nest;

	lb_ipvs_show_svc(lbn, svc, &show);
	flags.flags = show.flags;
	nest = nla_nest_start_noflag(skb, IPVS_CMD_ATTR_SERVICE);
	if (!nest || put_key(skb, &svc->key) ||
	    nla_put_string(skb, IPVS_SVC_ATTR_SCHED_NAME, show.sched) ||
	    (svc->sip && nla_put_string(skb, IPVS_SVC_ATTR_PE_NAME, "sip")) ||
	    nla_put(skb, IPVS_SVC_ATTR_FLAGS, sizeof(flags), &flags) ||
	    nla_put_u32(skb, IPVS_SVC_ATTR_TIMEOUT, svc->persist_timeout) ||
	    nla_put_be32(skb, IPVS_SVC_ATTR_NETMASK, show.netmask))
		return -EMSGSIZE;
	lb_ipvs_show_svc_stats(svc, &stats);
	if (put_stats(skb, IPVS_SVC_ATTR_STATS, &stats, false) ||
	    put_stats(skb, IPVS_SVC_ATTR_STATS64, &stats, true))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_tunnel(struct sk_buff *skb, const struct lb_dest *dest)
{
	static const u8 types[] = {
		[LB_TUNNEL_TYPE_IPIP] = IP_VS_CONN_F_TUNNEL_TYPE_IPIP,
		[LB_TUNNEL_TYPE_GRE] = IP_VS_CONN_F_TUNNEL_TYPE_GRE,
		[LB_TUNNEL_TYPE_GUE] = IP_VS_CONN_F_TUNNEL_TYPE_GUE,
	};
	const union lb_tunnel tunnel = lb_dest_tunnel(dest);

	/* A checksum has the number of IPVS's flag. */
	return nla_put_u8(skb, IPVS_DEST_ATTR_TUN_TYPE, types[tunnel.type]) ?:
	       nla_put_be16(skb, IPVS_DEST_ATTR_TUN_PORT, tunnel.port) ?:
	       nla_put_u16(skb, IPVS_DEST_ATTR_TUN_FLAGS, tunnel.checksum);
}

/**
 * lb_ipvs_attrs_put_dest() - Put a real server into an answer.
 * @skb: The answer, which is nobody's after an error.
 * @dest: The real server; the caller holds cfg_lock.
 *
 * Return: 0 or -EMSGSIZE.
 */
int lb_ipvs_attrs_put_dest(struct sk_buff *skb, const struct lb_dest *dest)
{
	struct lb_ipvs_stats stats;
	struct nlattr *nest;

	nest = nla_nest_start_noflag(skb, IPVS_CMD_ATTR_DEST);
	if (!nest ||
	    nla_put(skb, IPVS_DEST_ATTR_ADDR, sizeof(dest->key.addr),
		    &dest->key.addr) ||
	    nla_put_be16(skb, IPVS_DEST_ATTR_PORT, dest->key.port) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_FWD_METHOD,
			lb_ipvs_show_method(dest->forward)) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_WEIGHT, dest->weight) ||
	    put_tunnel(skb, dest) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_U_THRESH, dest->upper) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_L_THRESH, dest->lower) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_ACTIVE_CONNS,
			atomic_read(&dest->active)) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_INACT_CONNS,
			lb_dest_inactive(dest)) ||
	    nla_put_u32(skb, IPVS_DEST_ATTR_PERSIST_CONNS,
			atomic_read(&dest->templates)) ||
	    nla_put_u16(skb, IPVS_DEST_ATTR_ADDR_FAMILY, dest->key.family))
		return -EMSGSIZE;
	lb_ipvs_show_dest_stats(dest, &stats);
	if (put_stats(skb, IPVS_DEST_ATTR_STATS, &stats, false) ||
	    put_stats(skb, IPVS_DEST_ATTR_STATS64, &stats, true))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}
