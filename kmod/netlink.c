// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: requests that change services and real servers.
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

/**
 * lb_netlink_parse_dest() - Read what a request says of a real server.
 * @nest: Attribute with the dest's.
 * @cfg: Filled; its comment is the caller's to free, also after an error.
 * @extack: Told what is wrong.
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int lb_netlink_parse_dest(const struct nlattr *nest, struct lb_dest_cfg *cfg,
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
	cfg->has_comment = tb[LB_A_DEST_COMMENT];
	return lb_netlink_parse_comment(tb[LB_A_DEST_COMMENT], &cfg->comment,
					extack);
}

/**
 * lb_netlink_free_dests() - Free what a request says of real servers.
 * @dests: Parsed, or zero; NULL if there are none.
 * @num: How many.
 */
void lb_netlink_free_dests(struct lb_dest_cfg *dests, u32 num)
{
	while (dests && num--)
		kfree(dests[num].comment);
	kvfree(dests);
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
		err = lb_netlink_parse_dest(attr, &cfg->dests[i++], extack);
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

static int parse_key(struct nlattr **tb, u16 flags, struct lb_svc_cfg *cfg,
		     struct netlink_ext_ack *extack)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->create = flags & NLM_F_CREATE;
	cfg->exclusive = flags & NLM_F_EXCL;
	cfg->replace = flags & NLM_F_REPLACE;
	cfg->key_attr = tb[LB_A_SERVICE_PORT];
	return lb_netlink_parse_key(tb, &cfg->key, extack);
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

static void parse_mark(const struct nlattr *attr, struct lb_svc_cfg *cfg,
		       enum lb_dir dir)
{
	cfg->mark_attrs[dir] = attr;
	if (attr)
		cfg->mark[dir] = nla_get_bitfield32(attr);
}

/**
 * lb_netlink_parse_svc() - Read what a request says of a service.
 * @tb: Its attributes, without real servers.
 * @flags: Those of the request, NLM_F_*.
 * @cfg: Filled, with no real servers; its comment is the caller's to free, also
 *	after an error.
 * @extack: Told what is wrong.
 *
 * Return: 0; -EINVAL, -EAFNOSUPPORT, -ENOENT for bad values; -ENOMEM.
 */
int lb_netlink_parse_svc(struct nlattr **tb, u16 flags, struct lb_svc_cfg *cfg,
			 struct netlink_ext_ack *extack)
{
	int err;

	err = parse_key(tb, flags, cfg, extack) ?:
	      parse_persistence(tb, cfg, extack) ?:
	      parse_pe(tb[LB_A_SERVICE_PE], cfg, extack);
	if (err)
		return err;
	cfg->sched_attr = tb[LB_A_SERVICE_SCHEDULER];
	if (cfg->sched_attr)
		cfg->sched = nla_data(cfg->sched_attr);
	parse_timeouts(tb, cfg);
	parse_policy(tb, cfg);
	parse_mark(tb[LB_A_SERVICE_MARK], cfg, LB_DIR_ORIG);
	parse_mark(tb[LB_A_SERVICE_REPLY_MARK], cfg, LB_DIR_REPLY);
	cfg->has_flags = take_u32(tb[LB_A_SERVICE_SCHED_FLAGS],
				  &cfg->sched_flags) || cfg->sched;
	cfg->one_packet_attr = tb[LB_A_SERVICE_ONE_PACKET];
	if (cfg->one_packet_attr)
		cfg->one_packet = nla_get_u8(cfg->one_packet_attr);
	cfg->has_comment = tb[LB_A_SERVICE_COMMENT];
	return lb_netlink_parse_comment(tb[LB_A_SERVICE_COMMENT],
					&cfg->comment, extack);
}

/**
 * lb_netlink_families() - Of a service and its real servers.
 * @cfg: A request; tunnels can lead to servers of the other family.
 *
 * Return: Bits for lb_hook_enable().
 */
u8 lb_netlink_families(const struct lb_svc_cfg *cfg)
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
	u16 flags = info->nlhdr->nlmsg_flags;
	struct lb_svc_cfg cfg;
	int err;

	err = lb_netlink_parse_svc(info->attrs, flags, &cfg, info->extack) ?:
	      parse_dests(info->nlhdr, &cfg, info->extack);
	if (err)
		goto out_free_cfg;
	if (cfg.sched && netlink_capable(skb, CAP_NET_ADMIN))
		lb_sched_load(cfg.sched);

	mutex_lock(&lbn->cfg_lock);
	err = lb_hook_enable(lbn, lb_netlink_families(&cfg)) ?:
	      lb_svc_set(lbn, &cfg, info->extack);
	mutex_unlock(&lbn->cfg_lock);
out_free_cfg:
	kfree(cfg.comment);
	lb_netlink_free_dests(cfg.dests, cfg.num_dests);
	return err;
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
	int err = parse_key(info->attrs, info->nlhdr->nlmsg_flags, cfg,
			    info->extack) ?:
		  parse_dests(info->nlhdr, cfg, info->extack);

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
		      lb_hook_enable(lbn, lb_netlink_families(&cfg)) : 0;
		err = err ?: lb_svc_set_dest(lbn, &cfg, info->extack);
		mutex_unlock(&lbn->cfg_lock);
	}
	lb_netlink_free_dests(cfg.dests, cfg.num_dests);
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
	lb_netlink_free_dests(cfg.dests, cfg.num_dests);
	return err;
}

int lb_nl_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[LB_A_SERVICE_FAMILY];
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	u8 af = attr ? nla_get_u8(attr) : AF_UNSPEC;
	int err = lb_netlink_check_family(attr, info->extack);

	if (err)
		return err;
	mutex_lock(&lbn->cfg_lock);
	lb_svc_flush(lbn, af);
	mutex_unlock(&lbn->cfg_lock);
	return 0;
}

static int zero_one(struct lb_net *lbn, const struct lb_svc_key *key)
{
	struct lb_svc *svc = lb_svc_find(lbn, key);

	if (!svc)
		return -ESRCH;
	lb_svc_zero(lbn, svc);
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
		err = zero_one(lbn, &key);
	else
		lb_svc_zero_all(lbn);
	mutex_unlock(&lbn->cfg_lock);
	return err ? lb_netlink_no_service(info->extack) : 0;
}

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
