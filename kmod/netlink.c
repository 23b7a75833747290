// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family: requests.
 *
 * Documentation/netlink/specs/lb.yaml says what the messages mean.
 */

#include <linux/in.h>
#include <linux/slab.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "conn.h"
#include "hook.h"
#include "netlink.h"
#include "nl_gen.h"
#include "svc.h"

/**
 * lb_netlink_refuse_attributes() - Check a request that has no policy.
 * @nlh: Request.
 * @extack: Told why not.
 *
 * Return: 0, or -EINVAL if it has attributes.
 */
int lb_netlink_refuse_attributes(const struct nlmsghdr *nlh,
				 struct netlink_ext_ack *extack)
{
	if (!nlmsg_attrlen(nlh, GENL_HDRLEN))
		return 0;
	NL_SET_ERR_MSG(extack, "this request takes no attributes");
	return lb_refuse(extack, nlmsg_attrdata(nlh, GENL_HDRLEN), -EINVAL);
}

static int parse_fwmark_key(struct nlattr **tb, struct lb_svc_key *key,
			    struct netlink_ext_ack *extack)
{
	static const int others[] = {
		LB_A_SERVICE_PROTOCOL, LB_A_SERVICE_ADDR4, LB_A_SERVICE_ADDR6,
		LB_A_SERVICE_PORT,
	};
	size_t i;

	key->fwmark = nla_get_u32(tb[LB_A_SERVICE_FWMARK]);
	if (!key->fwmark) {
		NL_SET_ERR_MSG(extack, "firewall mark 0 is no mark");
		return lb_refuse(extack, tb[LB_A_SERVICE_FWMARK], -EINVAL);
	}
	if (!tb[LB_A_SERVICE_FAMILY]) {
		NL_SET_ERR_MSG(extack, "a firewall mark needs the family");
		NL_SET_ERR_ATTR_MISS(extack, NULL, LB_A_SERVICE_FAMILY);
		return -EINVAL;
	}
	key->family = nla_get_u8(tb[LB_A_SERVICE_FAMILY]);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (!tb[others[i]])
			continue;
		NL_SET_ERR_MSG(extack,
			       "a firewall mark takes the place of protocol, address and port");
		return lb_refuse(extack, tb[others[i]], -EINVAL);
	}
	return 0;
}

/**
 * lb_netlink_parse_addr() - Read an address of either family.
 * @addr4: Its attribute if it is IPv4, else NULL.
 * @addr6: Its attribute if it is IPv6, else NULL.
 * @addr: Filled; must be zero.
 * @family: Set.
 * @extack: Told what is wrong.
 *
 * Return: 0, or -EINVAL if both are given.
 */
int lb_netlink_parse_addr(const struct nlattr *addr4,
			  const struct nlattr *addr6, union lb_addr *addr,
			  u8 *family, struct netlink_ext_ack *extack)
{
	if (addr4 && addr6) {
		NL_SET_ERR_MSG(extack, "an address is IPv4 or IPv6, not both");
		return lb_refuse(extack, addr6, -EINVAL);
	}
	if (addr6) {
		*family = AF_INET6;
		addr->ip6 = nla_get_in6_addr(addr6);
	} else {
		*family = AF_INET;
		addr->ip = nla_get_be32(addr4);
	}
	return 0;
}

static int check_addr_key(struct nlattr **tb, const struct lb_svc_key *key,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *family = tb[LB_A_SERVICE_FAMILY];

	if (key->proto != IPPROTO_TCP && key->proto != IPPROTO_UDP &&
	    key->proto != IPPROTO_SCTP) {
		NL_SET_ERR_MSG(extack,
			       "the protocol is neither TCP nor UDP nor SCTP");
		return lb_refuse(extack, tb[LB_A_SERVICE_PROTOCOL], -EINVAL);
	}
	if (family && nla_get_u8(family) != key->family) {
		NL_SET_ERR_MSG(extack, "the address is of another family");
		return lb_refuse(extack, family, -EINVAL);
	}
	if (key->family == AF_INET && !key->addr.ip) {
		NL_SET_ERR_MSG(extack, "the virtual address is 0.0.0.0");
		return lb_refuse(extack, tb[LB_A_SERVICE_ADDR4], -EINVAL);
	}
	if (key->family == AF_INET6 && ipv6_addr_any(&key->addr.ip6)) {
		NL_SET_ERR_MSG(extack, "the virtual address is ::");
		return lb_refuse(extack, tb[LB_A_SERVICE_ADDR6], -EINVAL);
	}
	return 0;
}

static int parse_addr_key(struct nlattr **tb, struct lb_svc_key *key,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *addr4 = tb[LB_A_SERVICE_ADDR4];
	const struct nlattr *addr6 = tb[LB_A_SERVICE_ADDR6];
	int missing = 0;
	int err;

	if (!tb[LB_A_SERVICE_PROTOCOL])
		missing = LB_A_SERVICE_PROTOCOL;
	else if (!addr4 && !addr6)
		missing = LB_A_SERVICE_ADDR4;
	else if (!tb[LB_A_SERVICE_PORT])
		missing = LB_A_SERVICE_PORT;
	if (missing) {
		NL_SET_ERR_MSG(extack,
			       "a service needs protocol, address and port, or a firewall mark");
		NL_SET_ERR_ATTR_MISS(extack, NULL, missing);
		return -EINVAL;
	}

	err = lb_netlink_parse_addr(addr4, addr6, &key->addr, &key->family,
				    extack);
	if (err)
		return err;
	key->proto = nla_get_u8(tb[LB_A_SERVICE_PROTOCOL]);
	key->port = nla_get_be16(tb[LB_A_SERVICE_PORT]);
	return check_addr_key(tb, key, extack);
}

/** lb_netlink_has_key() - Does a request name a service? */
bool lb_netlink_has_key(struct nlattr **tb)
{
	return tb[LB_A_SERVICE_FWMARK] || tb[LB_A_SERVICE_FAMILY] ||
	       tb[LB_A_SERVICE_PROTOCOL] || tb[LB_A_SERVICE_ADDR4] ||
	       tb[LB_A_SERVICE_ADDR6] || tb[LB_A_SERVICE_PORT];
}

static int check_family(const struct nlattr *attr,
			struct netlink_ext_ack *extack)
{
	u8 family = attr ? nla_get_u8(attr) : AF_INET;

	if (family == AF_INET || family == AF_INET6)
		return 0;
	NL_SET_ERR_MSG(extack, "the address family is not supported");
	return lb_refuse(extack, attr, -EAFNOSUPPORT);
}

/**
 * lb_netlink_parse_key() - Read the key of a service.
 * @tb: Attributes of the request.
 * @key: Filled.
 * @extack: Told what is wrong.
 *
 * Return: 0, -EINVAL or -EAFNOSUPPORT.
 */
int lb_netlink_parse_key(struct nlattr **tb, struct lb_svc_key *key,
			 struct netlink_ext_ack *extack)
{
	int err = check_family(tb[LB_A_SERVICE_FAMILY], extack);

	if (err)
		return err;
	memset(key, 0, sizeof(*key));
	if (tb[LB_A_SERVICE_FWMARK])
		return parse_fwmark_key(tb, key, extack);
	return parse_addr_key(tb, key, extack);
}

static int refuse_read_only(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	static const int read_only[] = {
		LB_A_DEST_ACTIVE_CONNS, LB_A_DEST_INACTIVE_CONNS,
		LB_A_DEST_PERSIST_CONNS, LB_A_DEST_STATS,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(read_only); i++) {
		if (!tb[read_only[i]])
			continue;
		NL_SET_ERR_MSG(extack, "this can only be read");
		return lb_refuse(extack, tb[read_only[i]], -EINVAL);
	}
	return 0;
}

static bool take_u32(struct nlattr *attr, u32 *value)
{
	if (attr)
		*value = nla_get_u32(attr);
	return attr;
}

static int parse_dest(const struct nlattr *nest, struct lb_dest_cfg *cfg,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[LB_A_DEST_MAX + 1];
	int err;

	err = nla_parse_nested(tb, LB_A_DEST_MAX, nest, lb_dest_nl_policy,
			       extack);
	if (err)
		return err;
	err = refuse_read_only(tb, extack);
	if (err)
		return err;
	if (!tb[LB_A_DEST_ADDR4] && !tb[LB_A_DEST_ADDR6]) {
		NL_SET_ERR_MSG(extack, "a real server needs an address");
		NL_SET_ERR_ATTR_MISS(extack, nest, LB_A_DEST_ADDR4);
		return -EINVAL;
	}

	memset(cfg, 0, sizeof(*cfg));
	cfg->addr_attr = tb[LB_A_DEST_ADDR6] ?: tb[LB_A_DEST_ADDR4];
	cfg->port_attr = tb[LB_A_DEST_PORT];
	cfg->weight_attr = tb[LB_A_DEST_WEIGHT];
	cfg->lower_attr = tb[LB_A_DEST_LOWER_THRESHOLD];

	err = lb_netlink_parse_addr(tb[LB_A_DEST_ADDR4], tb[LB_A_DEST_ADDR6],
				    &cfg->key.addr, &cfg->key.family, extack);
	if (err)
		return err;
	if (cfg->port_attr)
		cfg->key.port = nla_get_be16(cfg->port_attr);
	cfg->has_forward = tb[LB_A_DEST_FORWARD];
	if (cfg->has_forward)
		cfg->forward = nla_get_u8(tb[LB_A_DEST_FORWARD]);
	cfg->tun_type_attr = tb[LB_A_DEST_TUN_TYPE];
	if (cfg->tun_type_attr)
		cfg->tunnel.type = nla_get_u8(cfg->tun_type_attr);
	cfg->tun_port_attr = tb[LB_A_DEST_TUN_PORT];
	if (cfg->tun_port_attr)
		cfg->tunnel.port = nla_get_be16(cfg->tun_port_attr);
	cfg->tun_checksum_attr = tb[LB_A_DEST_TUN_CHECKSUM];
	if (cfg->tun_checksum_attr)
		cfg->tunnel.checksum = nla_get_u8(cfg->tun_checksum_attr);
	cfg->has_weight = take_u32(tb[LB_A_DEST_WEIGHT], &cfg->weight);
	cfg->has_upper = take_u32(tb[LB_A_DEST_UPPER_THRESHOLD], &cfg->upper);
	cfg->has_lower = take_u32(tb[LB_A_DEST_LOWER_THRESHOLD], &cfg->lower);
	return 0;
}

static u32 count_dests(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	u32 count = 0;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		count += nla_type(attr) == LB_A_SERVICE_DEST;
	return count;
}

/* cfg->dests is the caller's to free, also after an error. */
static int parse_dests(const struct nlmsghdr *nlh, struct lb_svc_cfg *cfg,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u32 i = 0;
	int rem;
	int err;

	cfg->num_dests = count_dests(nlh);
	if (!cfg->num_dests)
		return 0;
	cfg->dests = kvcalloc(cfg->num_dests, sizeof(*cfg->dests),
			      GFP_KERNEL_ACCOUNT);
	if (!cfg->dests)
		return -ENOMEM;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != LB_A_SERVICE_DEST)
			continue;
		err = parse_dest(attr, &cfg->dests[i++], extack);
		if (err)
			return err;
	}
	return 0;
}

static void parse_timeouts(struct nlattr **tb, struct lb_svc_cfg *cfg)
{
	static const int types[LB_TIMEOUTS] = {
		[LB_TIMEOUT_TCP] = LB_A_SERVICE_TCP_TIMEOUT,
		[LB_TIMEOUT_TCP_FIN] = LB_A_SERVICE_TCP_FIN_TIMEOUT,
		[LB_TIMEOUT_UDP] = LB_A_SERVICE_UDP_TIMEOUT,
	};
	int i;

	for (i = 0; i < LB_TIMEOUTS; i++) {
		cfg->timeout_attrs[i] = tb[types[i]];
		take_u32(tb[types[i]], &cfg->timeout[i]);
	}
}

static int parse_svc(struct genl_info *info, struct lb_svc_cfg *cfg)
{
	u16 flags = info->nlhdr->nlmsg_flags;
	struct nlattr **tb = info->attrs;
	int err;

	memset(cfg, 0, sizeof(*cfg));
	err = lb_netlink_parse_key(tb, &cfg->key, info->extack);
	if (err)
		return err;

	cfg->create = flags & NLM_F_CREATE;
	cfg->exclusive = flags & NLM_F_EXCL;
	cfg->replace = flags & NLM_F_REPLACE;
	cfg->key_attr = tb[LB_A_SERVICE_PORT];
	return parse_dests(info->nlhdr, cfg, info->extack);
}

static int parse_persistence(struct nlattr **tb, struct lb_svc_cfg *cfg,
			     struct netlink_ext_ack *extack)
{
	const struct nlattr *mask = tb[LB_A_SERVICE_PERSIST_MASK4];
	const struct nlattr *plen = tb[LB_A_SERVICE_PERSIST_PLEN6];
	bool ipv6 = cfg->key.family == AF_INET6;

	cfg->timeout_attr = tb[LB_A_SERVICE_PERSIST_TIMEOUT];
	cfg->has_timeout = take_u32(tb[LB_A_SERVICE_PERSIST_TIMEOUT],
				    &cfg->persist_timeout);
	if (ipv6 ? mask : plen) {
		NL_SET_ERR_MSG(extack, "this is for services of the other address family");
		return lb_refuse(extack, ipv6 ? mask : plen, -EINVAL);
	}
	cfg->has_mask = mask;
	if (mask)
		cfg->persist_mask = nla_get_be32(mask);
	cfg->has_plen = plen;
	if (!plen)
		return 0;
	cfg->persist_plen = nla_get_u8(plen);
	if (cfg->persist_plen && cfg->persist_plen <= 128)
		return 0;
	NL_SET_ERR_MSG(extack, "a prefix length must be 1 to 128");
	return lb_refuse(extack, plen, -EINVAL);
}

static int parse_pe(const struct nlattr *attr, struct lb_svc_cfg *cfg,
		    struct netlink_ext_ack *extack)
{
	cfg->pe_attr = attr;
	cfg->sip = attr && !nla_strcmp(attr, "sip");
	if (!attr || cfg->sip || !nla_strcmp(attr, ""))
		return 0;
	NL_SET_ERR_MSG(extack, "no such persistence engine");
	return lb_refuse(extack, attr, -ENOENT);
}

static void parse_policy(struct nlattr **tb, struct lb_svc_cfg *cfg)
{
	cfg->mtu_attr = tb[LB_A_SERVICE_MTU];
	take_u32(tb[LB_A_SERVICE_MTU], &cfg->mtu);
	cfg->tun_df_attr = tb[LB_A_SERVICE_TUN_DF];
	if (cfg->tun_df_attr)
		cfg->tun_df = nla_get_u8(cfg->tun_df_attr);
	cfg->mss_clamp_attr = tb[LB_A_SERVICE_MSS_CLAMP];
	if (cfg->mss_clamp_attr)
		cfg->mss_clamp = nla_get_u8(cfg->mss_clamp_attr);
}

/* Tunnels can lead to servers of the other family. */
static u8 families_of(const struct lb_svc_cfg *cfg)
{
	u8 families = lb_family_bit(cfg->key.family);
	u32 i;

	for (i = 0; i < cfg->num_dests; i++)
		families |= lb_family_bit(cfg->dests[i].key.family);
	return families;
}

int lb_nl_service_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct nlattr **tb = info->attrs;
	struct lb_svc_cfg cfg;
	int err;

	err = parse_svc(info, &cfg) ?:
	      parse_persistence(tb, &cfg, info->extack) ?:
	      parse_pe(tb[LB_A_SERVICE_PE], &cfg, info->extack);
	if (err)
		goto out_free_dests;
	cfg.sched_attr = tb[LB_A_SERVICE_SCHEDULER];
	if (cfg.sched_attr)
		cfg.sched = nla_data(cfg.sched_attr);
	parse_timeouts(tb, &cfg);
	parse_policy(tb, &cfg);
	cfg.has_flags = take_u32(tb[LB_A_SERVICE_SCHED_FLAGS],
				 &cfg.sched_flags) || cfg.sched;
	cfg.one_packet_attr = tb[LB_A_SERVICE_ONE_PACKET];
	if (cfg.one_packet_attr)
		cfg.one_packet = nla_get_u8(cfg.one_packet_attr);
	if (cfg.sched && netlink_capable(skb, CAP_NET_ADMIN))
		lb_sched_load(cfg.sched);

	mutex_lock(&lbn->cfg_lock);
	err = lb_hook_enable(lbn, families_of(&cfg)) ?:
	      lb_svc_set(lbn, &cfg, info->extack);
	mutex_unlock(&lbn->cfg_lock);
out_free_dests:
	kvfree(cfg.dests);
	return err;
}

/** lb_netlink_no_service() - Say so. Return: -ESRCH. */
int lb_netlink_no_service(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "no such service");
	return -ESRCH;
}

int lb_nl_service_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_svc_key key;
	int err;

	err = lb_netlink_parse_key(info->attrs, &key, info->extack);
	if (err)
		return err;
	mutex_lock(&lbn->cfg_lock);
	err = lb_svc_del(lbn, &key);
	mutex_unlock(&lbn->cfg_lock);
	return err ? lb_netlink_no_service(info->extack) : 0;
}

static int parse_one_dest(struct genl_info *info, struct lb_svc_cfg *cfg)
{
	int err = parse_svc(info, cfg);

	if (err || cfg->num_dests == 1)
		return err;
	NL_SET_ERR_MSG(info->extack, "exactly one real server must be given");
	if (!cfg->num_dests)
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, LB_A_SERVICE_DEST);
	return -EINVAL;
}

int lb_nl_dest_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_svc_cfg cfg;
	int err;

	err = parse_one_dest(info, &cfg);
	if (!err) {
		mutex_lock(&lbn->cfg_lock);
		/* Without a service it is refused, and costs nothing. */
		err = lbn->num_svcs ?
		      lb_hook_enable(lbn, families_of(&cfg)) : 0;
		err = err ?: lb_svc_set_dest(lbn, &cfg, info->extack);
		mutex_unlock(&lbn->cfg_lock);
	}
	kvfree(cfg.dests);
	return err;
}

int lb_nl_dest_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_svc_cfg cfg;
	int err;

	err = parse_one_dest(info, &cfg);
	if (!err) {
		mutex_lock(&lbn->cfg_lock);
		err = lb_svc_del_dest(lbn, &cfg.key, &cfg.dests[0].key);
		mutex_unlock(&lbn->cfg_lock);
		if (err == -ESRCH)
			NL_SET_ERR_MSG(info->extack, "no such service");
		else if (err == -ENOENT)
			NL_SET_ERR_MSG(info->extack, "no such real server");
	}
	kvfree(cfg.dests);
	return err;
}

int lb_nl_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[LB_A_SERVICE_FAMILY];
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	u8 af = attr ? nla_get_u8(attr) : AF_UNSPEC;
	int err = check_family(attr, info->extack);

	if (err)
		return err;
	mutex_lock(&lbn->cfg_lock);
	lb_svc_flush(lbn, af);
	mutex_unlock(&lbn->cfg_lock);
	return 0;
}

int lb_nl_zero_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	bool one = lb_netlink_has_key(info->attrs);
	struct lb_svc_key key;
	int err = 0;

	if (one)
		err = lb_netlink_parse_key(info->attrs, &key, info->extack);
	if (err)
		return err;

	mutex_lock(&lbn->cfg_lock);
	if (one)
		err = lb_svc_zero(lbn, &key);
	else
		lb_svc_zero_all(lbn);
	mutex_unlock(&lbn->cfg_lock);
	return err ? lb_netlink_no_service(info->extack) : 0;
}

static const struct genl_multicast_group groups[] = {
	[LB_NLGRP_CONFIG] = { .name = LB_MCGRP_CONFIG },
};

struct genl_family lb_netlink_family = {
	.name = LB_GENL_NAME,
	.version = LB_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	/* Newer commands could not use NLM_F_CREATE, EXCL and REPLACE. */
	.resv_start_op = LB_CMD_MAX + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * lb_netlink_init() - Take requests; the last step of loading.
 *
 * Return: 0 or -errno.
 */
int lb_netlink_init(void)
{
	lb_svc_notify = lb_netlink_notify;
	return lb_compat_genl_register(&lb_netlink_family, lb_nl_ops,
				       ARRAY_SIZE(lb_nl_ops));
}

/** lb_netlink_exit() - Take no more requests; the first step of unloading. */
void lb_netlink_exit(void)
{
	genl_unregister_family(&lb_netlink_family);
	WRITE_ONCE(lb_svc_notify, NULL);
}
