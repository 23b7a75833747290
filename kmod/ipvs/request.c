// SPDX-License-Identifier: GPL-2.0-only
/* What programs of IPVS ask for becomes requests to lb.
 *
 * The error is the one that IPVS has, also where a request has several faults.
 * Where lb is stricter, it says so by its own.
 */

#include <linux/capability.h>
#include <linux/inetdevice.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "hook.h"
#include "ipvs/lb_ipvs.h"
#include "netlink.h"

/* Says to lb that a value was given. It is in no message, so that nobody may be
 * pointed at it: only the text of what lb says is passed on.
 */
static const struct nlattr given;

static int refuse(struct netlink_ext_ack *extack, int err, const char *text)
{
	if (extack)
		extack->_msg = text;
	return err;
}

/**
 * lb_ipvs_request_key() - The key of a service that is asked for.
 * @key: Filled.
 * @family: AF_INET or AF_INET6.
 * @proto: Any; what lb does not balance becomes 0, which no service has.
 * @addr: As much of it counts as the family has.
 * @port: Network byte order.
 * @fwmark: If it is not 0, all but it and @family are ignored.
 */
void lb_ipvs_request_key(struct lb_svc_key *key, u16 family, u16 proto,
			 const union lb_addr *addr, __be16 port, u32 fwmark)
{
	memset(key, 0, sizeof(*key));
	key->family = family;
	key->fwmark = fwmark;
	if (fwmark)
		return;
	if (family == AF_INET6)
		key->addr.ip6 = addr->ip6;
	else
		key->addr.ip = addr->ip;
	key->port = port;
	if (lb_ipvs_is_protocol(proto))
		key->proto = proto;
}

/**
 * lb_ipvs_request_load() - Load the scheduler's module, if there is none.
 * @svc: Is about to be added or changed.
 *
 * Context: process, no locks. Only for root of the host, as modules are for
 * all.
 */
void lb_ipvs_request_load(const struct lb_ipvs_svc *svc)
{
	if (capable(CAP_NET_ADMIN))
		lb_sched_load(svc->sched);
}

static int check_svc(const struct lb_ipvs_svc *svc, bool exists,
		     struct netlink_ext_ack *extack)
{
	u32 plen = (__force u32)svc->netmask;

	if (exists)
		return refuse(extack, -EEXIST, "the service exists already");
	if (!lb_sched_is_known(svc->sched))
		return refuse(extack, -ENOENT, "no such scheduler");
	if (svc->pe && *svc->pe && strcmp(svc->pe, "sip"))
		return refuse(extack, -ENOENT, "no such persistence engine");
	if (svc->key.family == AF_INET6 && (plen < 1 || plen > 128))
		return refuse(extack, -EINVAL, "a prefix length must be 1 to 128");
	if (!svc->key.fwmark &&
	    (!svc->key.proto || ipv6_addr_any(&svc->key.addr.ip6)))
		return refuse(extack, -EINVAL, "lb has no service of this protocol or address");
	return 0;
}

/* IPVS has one-packet scheduling of UDP only, and forgets the flag silently;
 * and persistence of no time ends with the connections.
 */
static void fill_svc(struct lb_svc_cfg *cfg, const struct lb_ipvs_svc *svc,
		     u32 flags)
{
	*cfg = (struct lb_svc_cfg) {
		.key = svc->key,
		.sched = svc->sched,
		.sched_flags = flags / IP_VS_SVC_F_SCHED1 &
			       LB_SCHED_FLAG_MASK,
		.has_flags = true,
		.has_timeout = true,
		.one_packet = flags & IP_VS_SVC_F_ONEPACKET &&
			      (svc->key.fwmark ||
			       svc->key.proto == IPPROTO_UDP),
		.one_packet_attr = &given,
		.sip = svc->pe && *svc->pe,
		.pe_attr = &given,
		.create = true,
	};
	if (flags & IP_VS_SVC_F_PERSISTENT)
		cfg->persist_timeout = svc->timeout ?: 1;
	cfg->has_plen = svc->key.family == AF_INET6;
	cfg->has_mask = !cfg->has_plen;
	if (cfg->has_plen)
		cfg->persist_plen = (__force u32)svc->netmask;
	else
		cfg->persist_mask = svc->netmask;
}

static int set_svc(struct lb_net *lbn, const struct lb_ipvs_svc *svc,
		   const struct lb_svc *old, bool create,
		   struct netlink_ext_ack *extack)
{
	u32 flags = svc->flags & svc->mask;
	struct netlink_ext_ack said = {};
	struct lb_ipvs_show show;
	struct lb_svc_cfg cfg;
	int err;

	err = check_svc(svc, old && create, extack);
	if (err)
		return err;
	if (old) {
		lb_ipvs_show_svc(lbn, old, &show);
		flags |= show.flags & ~svc->mask;
	}
	fill_svc(&cfg, svc, flags);
	err = lb_hook_enable(lbn, lb_family_bit(svc->key.family)) ?:
	      lb_svc_set(lbn, &cfg, &said);
	return refuse(extack, err, said._msg);
}

/* What IPVS looks at before it looks for the server. */
static int check_values(const struct lb_svc_key *key,
			const struct lb_ipvs_dest *dest,
			struct netlink_ext_ack *extack)
{
	if (dest->key.family != key->family &&
	    dest->method != IP_VS_CONN_F_TUNNEL)
		return refuse(extack, -EINVAL, "only a tunnel leads to a real server of another family than the service");
	if (dest->weight < 0)
		return refuse(extack, -ERANGE, "the weight is negative");
	if (dest->lower > dest->upper)
		return refuse(extack, -ERANGE, "lower threshold is above the upper threshold");
	if (dest->upper > INT_MAX)
		return refuse(extack, -EINVAL, "upper threshold is above 2147483647");
	if (dest->tun_type == IP_VS_CONN_F_TUNNEL_TYPE_GUE && !dest->tun_port)
		return refuse(extack, -EINVAL, "a tunnel of type gue needs a port");
	if (dest->tun_type >= IP_VS_CONN_F_TUNNEL_TYPE_MAX)
		return refuse(extack, -EINVAL, "no such type of tunnel");
	return 0;
}

/* Servers on the director itself need no method: packets stay. */
static int forward_of(u32 method)
{
	switch (method) {
	case IP_VS_CONN_F_MASQ:
		return LB_FORWARD_NAT;
	case IP_VS_CONN_F_TUNNEL:
		return LB_FORWARD_TUN;
	case IP_VS_CONN_F_LOCALNODE:
	case IP_VS_CONN_F_DROUTE:
		return LB_FORWARD_DR;
	default:
		return -EINVAL;
	}
}

/* What a type of tunnel has no use for is ignored, as in IPVS. */
static union lb_tunnel tunnel_of(const struct lb_ipvs_dest *dest)
{
	union lb_tunnel tunnel = {};

	switch (dest->tun_type) {
	case IP_VS_CONN_F_TUNNEL_TYPE_GUE:
		tunnel.type = LB_TUNNEL_TYPE_GUE;
		tunnel.port = dest->tun_port;
		if (dest->tun_flags & IP_VS_TUNNEL_ENCAP_FLAG_REMCSUM)
			tunnel.checksum = LB_TUNNEL_CHECKSUM_REMOTE;
		else if (dest->tun_flags & IP_VS_TUNNEL_ENCAP_FLAG_CSUM)
			tunnel.checksum = LB_TUNNEL_CHECKSUM_FULL;
		break;
	case IP_VS_CONN_F_TUNNEL_TYPE_GRE:
		tunnel.type = LB_TUNNEL_TYPE_GRE;
		if (dest->tun_flags & IP_VS_TUNNEL_ENCAP_FLAG_CSUM)
			tunnel.checksum = LB_TUNNEL_CHECKSUM_FULL;
		break;
	}
	return tunnel;
}

static void fill_dest(struct lb_dest_cfg *cfg, const struct lb_ipvs_dest *dest)
{
	*cfg = (struct lb_dest_cfg) {
		.key = dest->key,
		.forward = forward_of(dest->method),
		.weight = dest->weight,
		.upper = dest->upper,
		.lower = dest->lower,
		.tunnel = tunnel_of(dest),
		.has_forward = true,
		.has_weight = true,
		.has_upper = true,
		.has_lower = true,
		.tun_type_attr = &given,
		.tun_port_attr = &given,
		.tun_checksum_attr = &given,
	};
}

/* lb does not ask routing, for which networks have broadcast addresses. */
static bool is_broadcast(const struct lb_net *lbn,
			 const struct lb_dest_key *key)
{
	unsigned int type;

	if (key->family != AF_INET)
		return false;
	type = inet_addr_type(lbn->net, key->addr.ip);
	return type != RTN_LOCAL && type != RTN_UNICAST;
}

static int set_dest(struct lb_net *lbn, const struct lb_svc_key *key,
		    const struct lb_ipvs_dest *dest, bool create,
		    struct netlink_ext_ack *extack)
{
	struct netlink_ext_ack said = {};
	struct lb_dest_cfg dest_cfg;
	struct lb_svc_cfg cfg = {
		.key = *key,
		.create = create,
		.exclusive = create,
		.dests = &dest_cfg,
		.num_dests = 1,
	};
	int err;

	err = check_values(key, dest, extack);
	if (err)
		return err;
	if (forward_of(dest->method) < 0)
		return refuse(extack, -EINVAL, "no such method of forwarding");
	if (create && is_broadcast(lbn, &dest->key))
		return refuse(extack, -EINVAL, "real server's address is not a unicast address");
	fill_dest(&dest_cfg, dest);
	err = lb_hook_enable(lbn, lb_family_bit(key->family) |
				  lb_family_bit(dest->key.family)) ?:
	      lb_svc_set_dest(lbn, &cfg, &said);
	return refuse(extack, err, said._msg);
}

static int del_dest(struct lb_net *lbn, const struct lb_svc_key *key,
		    const struct lb_ipvs_dest *dest,
		    struct netlink_ext_ack *extack)
{
	int err = lb_svc_del_dest(lbn, key, &dest->key);

	return err == -ENOENT ? refuse(extack, err, "no such real server") :
				err;
}

/**
 * lb_ipvs_request() - Carry out what is about services.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @cmd: IPVS_CMD_NEW_SERVICE to IPVS_CMD_DEL_DEST, IPVS_CMD_ZERO or
 *	IPVS_CMD_FLUSH.
 * @svc: The service; NULL to zero or delete all.
 * @dest: The real server, if @cmd is about one.
 * @extack: Told why not.
 *
 * Return: 0; -EEXIST or -ESRCH for a service; -ENOENT for a scheduler or a
 * persistence engine; -ERANGE or -EINVAL for values; -EEXIST or -ENOENT for a
 * real server; what lb_svc_set() and lb_svc_set_dest() return.
 */
int lb_ipvs_request(struct lb_net *lbn, u8 cmd, const struct lb_ipvs_svc *svc,
		    const struct lb_ipvs_dest *dest,
		    struct netlink_ext_ack *extack)
{
	struct lb_svc *old = svc ? lb_svc_find(lbn, &svc->key) : NULL;

	if (svc && !old && cmd != IPVS_CMD_NEW_SERVICE)
		return refuse(extack, -ESRCH, "no such service");
	switch (cmd) {
	case IPVS_CMD_NEW_SERVICE:
	case IPVS_CMD_SET_SERVICE:
		return set_svc(lbn, svc, old, cmd == IPVS_CMD_NEW_SERVICE,
			       extack);
	case IPVS_CMD_DEL_SERVICE:
		return lb_svc_del(lbn, &svc->key);
	case IPVS_CMD_NEW_DEST:
	case IPVS_CMD_SET_DEST:
		return set_dest(lbn, &svc->key, dest, cmd == IPVS_CMD_NEW_DEST,
				extack);
	case IPVS_CMD_DEL_DEST:
		return del_dest(lbn, &svc->key, dest, extack);
	case IPVS_CMD_FLUSH:
		lb_svc_flush(lbn, AF_UNSPEC);
		return 0;
	default:
		if (old)
			lb_svc_zero(lbn, old);
		else
			lb_svc_zero_all(lbn);
		return 0;
	}
}

/**
 * lb_ipvs_request_set_timeouts() - Set the timeouts of the namespace.
 * @lbn: Namespace; the caller does not hold cfg_lock.
 * @timeouts: Seconds, 0 to keep what is.
 *
 * Return: 0, or -EINVAL, and then all are as they were.
 */
int lb_ipvs_request_set_timeouts(struct lb_net *lbn,
				 const struct ip_vs_timeout_user *timeouts)
{
	const struct {
		int attr;
		int seconds;
	} rows[] = {
		{ LB_A_CONFIG_TCP_TIMEOUT, timeouts->tcp_timeout },
		{ LB_A_CONFIG_TCP_FIN_TIMEOUT, timeouts->tcp_fin_timeout },
		{ LB_A_CONFIG_UDP_TIMEOUT, timeouts->udp_timeout },
	};
	int err = 0;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (rows[i].seconds < 0 || rows[i].seconds > LB_TIMEOUT_MAX)
			return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(rows) && !err; i++)
		if (rows[i].seconds)
			err = lb_config_set(lbn, rows[i].attr, rows[i].seconds,
					    capable(CAP_NET_ADMIN));
	return err;
}
