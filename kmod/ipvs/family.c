// SPDX-License-Identifier: GPL-2.0-only
/* IPVS's netlink family: what each command does. */

#include <linux/in.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "ipvs/lb_ipvs.h"
#include "netlink.h"

static struct genl_family family;

static const struct nla_policy policy[IPVS_CMD_ATTR_MAX + 1] = {
	[IPVS_CMD_ATTR_SERVICE] = { .type = NLA_NESTED },
	[IPVS_CMD_ATTR_DEST] = { .type = NLA_NESTED },
	[IPVS_CMD_ATTR_DAEMON] = { .type = NLA_NESTED },
	[IPVS_CMD_ATTR_TIMEOUT_TCP] = { .type = NLA_U32 },
	[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN] = { .type = NLA_U32 },
	[IPVS_CMD_ATTR_TIMEOUT_UDP] = { .type = NLA_U32 },
};

static const struct nla_policy daemon_policy[IPVS_DAEMON_ATTR_MAX + 1] = {
	[IPVS_DAEMON_ATTR_STATE] = { .type = NLA_U32 },
	[IPVS_DAEMON_ATTR_MCAST_IFN] = { .type = NLA_NUL_STRING,
					 .len = IP_VS_IFNAME_MAXLEN - 1 },
	[IPVS_DAEMON_ATTR_SYNC_ID] = { .type = NLA_U32 },
	[IPVS_DAEMON_ATTR_SYNC_MAXLEN] = { .type = NLA_U16 },
	[IPVS_DAEMON_ATTR_MCAST_GROUP] = { .type = NLA_U32 },
	[IPVS_DAEMON_ATTR_MCAST_GROUP6] = { .len = sizeof(struct in6_addr) },
	[IPVS_DAEMON_ATTR_MCAST_PORT] = { .type = NLA_U16 },
	[IPVS_DAEMON_ATTR_MCAST_TTL] = { .type = NLA_U8 },
};

static struct lb_net *lbn_of(struct genl_info *info)
{
	return lb_net_get(genl_info_net(info));
}

/* That there is no service comes before what is wrong with the real server. */
static int carry_out(struct lb_net *lbn, const struct lb_ipvs_svc *svc,
		     struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[IPVS_CMD_ATTR_DEST];
	u8 cmd = info->genlhdr->cmd;
	struct lb_ipvs_dest dest = {};
	int err;

	if (cmd >= IPVS_CMD_NEW_DEST && cmd <= IPVS_CMD_DEL_DEST) {
		err = lb_ipvs_attrs_dest(attr, svc->key.family, &dest,
					 cmd != IPVS_CMD_DEL_DEST);
		if (err && lb_svc_find(lbn, &svc->key))
			return err;
	}
	return lb_ipvs_request(lbn, cmd, svc, &dest, info->extack);
}

static int change(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[IPVS_CMD_ATTR_SERVICE];
	u8 cmd = info->genlhdr->cmd;
	bool whole = cmd == IPVS_CMD_NEW_SERVICE || cmd == IPVS_CMD_SET_SERVICE;
	bool all = cmd == IPVS_CMD_FLUSH ||
		   (cmd == IPVS_CMD_ZERO && !attr);
	struct lb_net *lbn = lbn_of(info);
	struct lb_ipvs_svc svc;
	int err;

	err = all ? 0 : lb_ipvs_attrs_svc(attr, &svc, whole);
	if (err)
		return err;
	if (whole)
		lb_ipvs_request_load(&svc);
	mutex_lock(&lbn->cfg_lock);
	err = carry_out(lbn, all ? NULL : &svc, info);
	mutex_unlock(&lbn->cfg_lock);
	return err;
}

static int parse_daemon(struct genl_info *info, struct nlattr **tb, u8 *role)
{
	const struct nlattr *nest = info->attrs[IPVS_CMD_ATTR_DAEMON];

	if (!nest ||
	    nla_parse_nested_deprecated(tb, IPVS_DAEMON_ATTR_MAX, nest,
					daemon_policy, info->extack) ||
	    !tb[IPVS_DAEMON_ATTR_STATE] ||
	    !lb_ipvs_role(nla_get_u32(tb[IPVS_DAEMON_ATTR_STATE]), role))
		return -EINVAL;
	return 0;
}

static int new_daemon(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IPVS_DAEMON_ATTR_MAX + 1];
	struct lb_sync_addr *group;
	struct lb_sync_cfg cfg;
	u8 role;

	if (parse_daemon(info, tb, &role) || !tb[IPVS_DAEMON_ATTR_MCAST_IFN] ||
	    !tb[IPVS_DAEMON_ATTR_SYNC_ID])
		return -EINVAL;
	memset(&cfg, 0, sizeof(cfg));
	cfg.role = role;
	nla_strscpy(cfg.place.device, tb[IPVS_DAEMON_ATTR_MCAST_IFN],
		    sizeof(cfg.place.device));
	cfg.syncid = nla_get_u32(tb[IPVS_DAEMON_ATTR_SYNC_ID]);
	if (tb[IPVS_DAEMON_ATTR_SYNC_MAXLEN])
		cfg.maxlen = nla_get_u16(tb[IPVS_DAEMON_ATTR_SYNC_MAXLEN]);
	if (tb[IPVS_DAEMON_ATTR_MCAST_PORT])
		cfg.place.port = nla_get_u16(tb[IPVS_DAEMON_ATTR_MCAST_PORT]);
	if (tb[IPVS_DAEMON_ATTR_MCAST_TTL])
		cfg.place.ttl = nla_get_u8(tb[IPVS_DAEMON_ATTR_MCAST_TTL]);
	group = &cfg.place.group;
	if ((tb[IPVS_DAEMON_ATTR_MCAST_GROUP] ||
	     tb[IPVS_DAEMON_ATTR_MCAST_GROUP6]) &&
	    lb_netlink_parse_addr(tb[IPVS_DAEMON_ATTR_MCAST_GROUP],
				  tb[IPVS_DAEMON_ATTR_MCAST_GROUP6],
				  &group->addr, &group->family, info->extack))
		return -EINVAL;
	return lb_sync_start(lbn_of(info), &cfg, false, info->extack);
}

static int del_daemon(struct sk_buff *skb, struct genl_info *info)
{
	struct nlattr *tb[IPVS_DAEMON_ATTR_MAX + 1];
	u8 role;

	return parse_daemon(info, tb, &role) ?:
	       lb_sync_stop(lbn_of(info), role);
}

static void *dump_begin(struct sk_buff *skb, const struct netlink_callback *cb,
			u8 cmd)
{
	return genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			   &family, NLM_F_MULTI, cmd);
}

/* Return: false if the message has no room for it. */
static bool dump_end(struct sk_buff *skb, void *hdr, int err)
{
	if (err)
		genlmsg_cancel(skb, hdr);
	else
		genlmsg_end(skb, hdr);
	return !err;
}

static int put_daemon(struct sk_buff *skb, const struct lb_sync_cfg *cfg)
{
	struct nlattr *nest = nla_nest_start_noflag(skb, IPVS_CMD_ATTR_DAEMON);
	const struct lb_sync_place *place = &cfg->place;
	const struct lb_sync_addr *group = &place->group;

	if (!nest ||
	    nla_put_u32(skb, IPVS_DAEMON_ATTR_STATE,
			LB_IPVS_STATE(cfg->role)) ||
	    nla_put_string(skb, IPVS_DAEMON_ATTR_MCAST_IFN, place->device) ||
	    nla_put_u32(skb, IPVS_DAEMON_ATTR_SYNC_ID, cfg->syncid) ||
	    nla_put_u16(skb, IPVS_DAEMON_ATTR_SYNC_MAXLEN, cfg->maxlen) ||
	    nla_put_u16(skb, IPVS_DAEMON_ATTR_MCAST_PORT, place->port) ||
	    nla_put_u8(skb, IPVS_DAEMON_ATTR_MCAST_TTL, place->ttl) ||
	    (group->family &&
	     lb_netlink_put_addr(skb, IPVS_DAEMON_ATTR_MCAST_GROUP,
				 IPVS_DAEMON_ATTR_MCAST_GROUP6,
				 group->family == AF_INET6, &group->addr)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int dump_daemons(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lb_net *lbn = lb_net_get(sock_net(skb->sk));
	struct lb_sync_cfg cfg;
	void *hdr;

	for (; cb->args[0] < LB_SYNC_ROLES; cb->args[0]++) {
		if (!lb_sync_read(lbn, cb->args[0], &cfg))
			continue;
		hdr = dump_begin(skb, cb, IPVS_CMD_NEW_DAEMON);
		if (!hdr || !dump_end(skb, hdr, put_daemon(skb, &cfg)))
			break;
	}
	return skb->len;
}

static void take_timeout(const struct nlattr *attr, int *seconds)
{
	if (attr)
		*seconds = nla_get_u32(attr);
}

static int set_config(struct sk_buff *skb, struct genl_info *info)
{
	struct ip_vs_timeout_user timeouts = {};
	struct nlattr **tb = info->attrs;
	int err;

	take_timeout(tb[IPVS_CMD_ATTR_TIMEOUT_TCP], &timeouts.tcp_timeout);
	take_timeout(tb[IPVS_CMD_ATTR_TIMEOUT_TCP_FIN],
		     &timeouts.tcp_fin_timeout);
	take_timeout(tb[IPVS_CMD_ATTR_TIMEOUT_UDP], &timeouts.udp_timeout);
	err = lb_ipvs_request_set_timeouts(lbn_of(info), &timeouts);
	if (err == -EINVAL)
		NL_SET_ERR_MSG(info->extack,
			       "a timeout is above 2678400 seconds");
	return err;
}

static int put_service(struct sk_buff *reply, struct lb_net *lbn,
		       struct genl_info *info)
{
	struct lb_ipvs_svc asked;
	struct lb_svc *svc;
	int err;

	err = lb_ipvs_attrs_svc(info->attrs[IPVS_CMD_ATTR_SERVICE], &asked,
				false);
	if (err)
		return err;
	mutex_lock(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, &asked.key);
	err = svc ? lb_ipvs_attrs_put_svc(reply, lbn, svc) : -ESRCH;
	mutex_unlock(&lbn->cfg_lock);
	return err;
}

static int put_config(struct sk_buff *reply, const struct lb_net *lbn)
{
	struct ip_vs_timeout_user timeouts;

	lb_ipvs_show_timeouts(lbn, &timeouts);
	return nla_put_u32(reply, IPVS_CMD_ATTR_TIMEOUT_TCP,
			   timeouts.tcp_timeout) ?:
	       nla_put_u32(reply, IPVS_CMD_ATTR_TIMEOUT_TCP_FIN,
			   timeouts.tcp_fin_timeout) ?:
	       nla_put_u32(reply, IPVS_CMD_ATTR_TIMEOUT_UDP,
			   timeouts.udp_timeout);
}

static int put_info(struct sk_buff *reply, const struct lb_net *lbn)
{
	return nla_put_u32(reply, IPVS_INFO_ATTR_VERSION,
			   IP_VS_VERSION_CODE) ?:
	       nla_put_u32(reply, IPVS_INFO_ATTR_CONN_TAB_SIZE,
			   lb_ipvs_show_size(lbn));
}

/* The answer has the number of the command that would set what it tells. */
static int get(struct sk_buff *skb, struct genl_info *info)
{
	u8 cmd = info->genlhdr->cmd;
	struct sk_buff *reply;
	void *hdr;
	int err;

	reply = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply)
		return -ENOMEM;
	hdr = genlmsg_put_reply(reply, info, &family, 0,
				cmd == IPVS_CMD_GET_SERVICE ?
				IPVS_CMD_NEW_SERVICE : cmd - 1);
	if (cmd == IPVS_CMD_GET_SERVICE)
		err = put_service(reply, lbn_of(info), info);
	else if (cmd == IPVS_CMD_GET_CONFIG)
		err = put_config(reply, lbn_of(info));
	else
		err = put_info(reply, lbn_of(info));
	if (err) {
		nlmsg_free(reply);
		return err;
	}
	genlmsg_end(reply, hdr);
	return genlmsg_reply(reply, info);
}

/* Goes on at the id after the last: ids only grow. */
static int dump_services(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lb_net *lbn = lb_net_get(sock_net(skb->sk));
	unsigned long id;
	struct lb_svc *svc;
	void *hdr;

	mutex_lock(&lbn->cfg_lock);
	xa_for_each_start(&lbn->svcs, id, svc, cb->args[0]) {
		hdr = dump_begin(skb, cb, IPVS_CMD_NEW_SERVICE);
		if (!hdr || !dump_end(skb, hdr,
				      lb_ipvs_attrs_put_svc(skb, lbn, svc)))
			break;
		cb->args[0] = id + 1;
	}
	mutex_unlock(&lbn->cfg_lock);
	return skb->len;
}

static void dump_of(struct sk_buff *skb, struct netlink_callback *cb,
		    const struct lb_net *lbn, const struct lb_svc *svc)
{
	struct lb_dest_cursor *at = (struct lb_dest_cursor *)cb->ctx;
	struct lb_dest *dest = lb_svc_resume(lbn, svc, at);
	void *hdr;

	list_for_each_entry_from(dest, &svc->dests, list) {
		hdr = dump_begin(skb, cb, IPVS_CMD_NEW_DEST);
		if (!hdr || !dump_end(skb, hdr,
				      lb_ipvs_attrs_put_dest(skb, dest)))
			return;
		lb_svc_pass(lbn, dest, at);
	}
}

/* A service that there is not has no real servers. */
static int dump_dests(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lb_net *lbn = lb_net_get(sock_net(skb->sk));
	struct nlattr *tb[IPVS_CMD_ATTR_MAX + 1];
	struct lb_ipvs_svc asked;
	struct lb_svc *svc;

	BUILD_BUG_ON(sizeof(struct lb_dest_cursor) > sizeof(cb->ctx));

	if (nlmsg_parse_deprecated(cb->nlh, GENL_HDRLEN, tb, IPVS_CMD_ATTR_MAX,
				   policy, cb->extack) ||
	    lb_ipvs_attrs_svc(tb[IPVS_CMD_ATTR_SERVICE], &asked, false))
		return 0;
	mutex_lock(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, &asked.key);
	if (svc)
		dump_of(skb, cb, lbn, svc);
	mutex_unlock(&lbn->cfg_lock);
	return skb->len;
}

#define COMMAND(number, ...)						\
	{								\
		.cmd = IPVS_CMD_##number,				\
		.validate = GENL_DONT_VALIDATE_STRICT |			\
			    GENL_DONT_VALIDATE_DUMP,			\
		.flags = GENL_ADMIN_PERM,				\
		__VA_ARGS__						\
	}

static const struct genl_small_ops commands[] = {
	COMMAND(NEW_SERVICE, .doit = change),
	COMMAND(SET_SERVICE, .doit = change),
	COMMAND(DEL_SERVICE, .doit = change),
	COMMAND(GET_SERVICE, .doit = get, .dumpit = dump_services),
	COMMAND(NEW_DEST, .doit = change),
	COMMAND(SET_DEST, .doit = change),
	COMMAND(DEL_DEST, .doit = change),
	COMMAND(GET_DEST, .dumpit = dump_dests),
	COMMAND(NEW_DAEMON, .doit = new_daemon),
	COMMAND(DEL_DAEMON, .doit = del_daemon),
	COMMAND(GET_DAEMON, .dumpit = dump_daemons),
	COMMAND(SET_CONFIG, .doit = set_config),
	COMMAND(GET_CONFIG, .doit = get),
	COMMAND(GET_INFO, .doit = get),
	COMMAND(ZERO, .doit = change),
	COMMAND(FLUSH, .doit = change),
};

static struct genl_family family __ro_after_init = {
	.name = IPVS_GENL_NAME,
	.version = IPVS_GENL_VERSION,
	.maxattr = IPVS_CMD_ATTR_MAX,
	.policy = policy,
	.netnsok = true,
	.parallel_ops = true,
	.module = THIS_MODULE,
	.small_ops = commands,
	.n_small_ops = ARRAY_SIZE(commands),
	.resv_start_op = IPVS_CMD_FLUSH + 1,
};

static int number __ro_after_init;
module_param_named(family, number, int, 0444);
MODULE_PARM_DESC(family, "number of the netlink family (the next that is free)");

/** lb_ipvs_family_init() - Take requests. Return: 0 or -errno. */
int __init lb_ipvs_family_init(void)
{
	return lb_netlink_register(&family, &number);
}

/** lb_ipvs_family_exit() - Take no more. */
void lb_ipvs_family_exit(void)
{
	genl_unregister_family(&family);
}
