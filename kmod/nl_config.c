// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family: the settings of a namespace.
 *
 * All of them are rows of one table. Most are read where they matter with
 * lb_setting(); some are applied when they are set.
 */

#include <linux/export.h>

#include "conn.h"
#include "ct.h"
#include "defence.h"
#include "hook.h"
#include "netlink.h"
#include "nl_gen.h"
#include "sched.h"

/**
 * struct setting - What a setting may be.
 * @min: Least value.
 * @max: Greatest value.
 * @initial: Value in a new namespace.
 * @user: Value in a namespace that a user namespace owns, whose root cannot
 *	raise it; 0 if it is as everywhere, and free.
 * @user_attr: The first namespace's setting that says so, instead of @user.
 * @inherited: A new namespace has what the first one has, and its root cannot
 *	raise it.
 * @is_u8: The attribute is a u8; else it is a u32.
 * @host: Only the first namespace has it.
 * @refusal: What is said about other values.
 * @apply: Optional: called after it was set, with cfg_lock.
 */
struct setting {
	u32 min;
	u32 max;
	u32 initial;
	u32 user;
	u8 user_attr;
	bool inherited;
	bool is_u8;
	bool host;
	const char *refusal;
	void (*apply)(struct lb_net *lbn, u32 value);
};

static void set_tcp_timeout(struct lb_net *lbn, u32 value)
{
	lb_svc_set_timeout(lbn, LB_TIMEOUT_TCP, value);
}

static void set_tcp_fin_timeout(struct lb_net *lbn, u32 value)
{
	lb_svc_set_timeout(lbn, LB_TIMEOUT_TCP_FIN, value);
}

static void set_udp_timeout(struct lb_net *lbn, u32 value)
{
	lb_svc_set_timeout(lbn, LB_TIMEOUT_UDP, value);
}

static void set_fastpath(struct lb_net *lbn, u32 value)
{
	lb_hook_set_fastpath(lbn, value);
}

static void set_expire_nodest_conn(struct lb_net *lbn, u32 value)
{
	if (lbn->conns)
		lb_conn_flush_gone(lbn->conns, value);
}

static void set_conn_table_max(struct lb_net *lbn, u32 value)
{
	if (lbn->conns)
		lb_conn_table_set_max(lbn->conns, value);
}

/* Connections that the fast path may not carry any more have ways, and there
 * are ways at places that they may not have any more.
 */
static void forget_ways(struct lb_net *lbn, u32 value)
{
	lb_way_forget(lbn, true);
}

static void set_backup_only(struct lb_net *lbn, u32 value)
{
	lb_hook_update(lbn);
}

#define SETTING(name, least, greatest, at_first, ...)			\
	[LB_A_CONFIG_##name] = {					\
		.min = (least), .max = (greatest), .initial = (at_first), \
		.refusal = "the value must be " #least " to " #greatest, \
		__VA_ARGS__						\
	}

/* What the first namespace says of those of users; only that has it. */
#define OF_USERS(name, ...)						\
	SETTING(USER_##name, __VA_ARGS__, .host = true)

static const struct setting settings[LB_A_CONFIG_MAX + 1] = {
	SETTING(TCP_TIMEOUT, 1, 2678400, 900, .apply = set_tcp_timeout),
	SETTING(TCP_FIN_TIMEOUT, 1, 2678400, 120, .apply = set_tcp_fin_timeout),
	SETTING(UDP_TIMEOUT, 1, 2678400, 300, .apply = set_udp_timeout),
	SETTING(FASTPATH, 0, 2, LB_FASTPATH_AUTO, .is_u8 = true,
		.apply = set_fastpath),
	SETTING(RUN_ESTIMATION, 0, 1, 1, .apply = lb_svc_set_estimation),
	SETTING(CONN_REUSE_MODE, 0, 3, 1),
	SETTING(EXPIRE_NODEST_CONN, 0, 1, 0, .apply = set_expire_nodest_conn),
	SETTING(EXPIRE_QUIESCENT_TEMPLATE, 0, 1, 0),
	SETTING(SLOPPY_TCP, 0, 1, 0),
	SETTING(AMEMTHRESH, 0, 2147483647, 1024, .apply = lb_defence_update),
	SETTING(AM_DROPRATE, 0, 2147483647, 10, .apply = lb_defence_update),
	SETTING(DROP_ENTRY, 0, 3, 0, .apply = lb_defence_update),
	SETTING(DROP_PACKET, 0, 3, 0, .apply = lb_defence_update),
	SETTING(SECURE_TCP, 0, 3, 0, .apply = lb_defence_update),
	SETTING(CONN_MAX, 0, 1073741824, 1073741824,
		.user_attr = LB_A_CONFIG_USER_CONN_MAX, .inherited = true),
	SETTING(MH_TABLE_SIZE, 2, 16777213, 65537, .user = 131071),
	SETTING(LBLC_EXPIRATION, 1, 2678400, 86400),
	SETTING(LBLCR_EXPIRATION, 1, 2678400, 86400),
	SETTING(SLOPPY_SCTP, 0, 1, 0),
	SETTING(SNAT_REROUTE, 0, 1, 1),
	SETTING(NAT_ICMP_SEND, 0, 1, 0),
	SETTING(IGNORE_TUNNELED, 0, 1, 0),
	SETTING(PMTU_DISC, 0, 1, 1, .apply = forget_ways),
	SETTING(SCHEDULE_ICMP, 0, 1, 0),
	SETTING(CACHE_BYPASS, 0, 1, 0),
	SETTING(CONNTRACK, 0, 1, 0),
	SETTING(SERVICE_MAX, 0, 1073741824, 1073741824,
		.user_attr = LB_A_CONFIG_USER_SERVICE_MAX),
	SETTING(DEST_MAX, 0, 1073741824, 1073741824,
		.user_attr = LB_A_CONFIG_USER_DEST_MAX),
	OF_USERS(CONN_MAX, 0, 1073741824, 65536),
	OF_USERS(SERVICE_MAX, 0, 1073741824, 256),
	OF_USERS(DEST_MAX, 0, 1073741824, 4096),
	SETTING(CONN_TABLE_MAX, 1024, 134217728, 134217728,
		.user_attr = LB_A_CONFIG_USER_CONN_TABLE_MAX,
		.apply = set_conn_table_max),
	SETTING(WAY_MAX, 0, 1024, 1024,
		.user_attr = LB_A_CONFIG_USER_WAY_MAX, .apply = forget_ways),
	OF_USERS(CONN_TABLE_MAX, 1024, 134217728, 131072),
	OF_USERS(WAY_MAX, 0, 1024, 256),
	SETTING(SYNC_RATE, 1, 100000000, 200000),
	SETTING(SYNC_PORTS, 1, 64, 1),
	SETTING(SYNC_PERSIST_MODE, 0, 1, 0),
	SETTING(SYNC_SOCK_SIZE, 0, 2147483647, 0, .user = 212992),
	SETTING(BACKUP_ONLY, 0, 1, 0, .apply = set_backup_only),
};

static bool is_first(const struct lb_net *lbn)
{
	return net_eq(lbn->net, &init_net);
}

/* What root of a user namespace cannot raise. */
static u32 user_value(const struct setting *setting)
{
	if (!setting->user_attr)
		return setting->user;
	return lb_setting(lb_net_get(&init_net), setting->user_attr);
}

static void init_setting(struct lb_net *lbn, int attr)
{
	const struct setting *setting = &settings[attr];
	u32 value = setting->initial;

	lbn->ceiling[attr] = setting->max;
	if (setting->inherited && !is_first(lbn)) {
		value = lb_setting(lb_net_get(&init_net), attr);
		lbn->ceiling[attr] = value;
	}
	if (lbn->owner && (setting->user || setting->user_attr)) {
		lbn->ceiling[attr] = min(lbn->ceiling[attr],
					 user_value(setting));
		value = min(value, lbn->ceiling[attr]);
	}
	lbn->settings[attr] = value;
}

/**
 * lb_config_init() - Give all settings of a new namespace their defaults.
 * @lbn: Namespace.
 *
 * Its limit of connections is that of the first namespace, so that who made it
 * cannot have more.
 */
void lb_config_init(struct lb_net *lbn)
{
	int i;

	for (i = 1; i <= LB_A_CONFIG_MAX; i++)
		init_setting(lbn, i);
}

/* Those whose attributes a request has; without one, all. */
static int put_config(struct sk_buff *skb, const struct lb_net *lbn,
		      struct nlattr **tb)
{
	u32 value;
	int err;
	int i;

	for (i = 1; i <= LB_A_CONFIG_MAX; i++) {
		if ((tb && !tb[i]) || (settings[i].host && !is_first(lbn)))
			continue;
		value = lb_setting(lbn, i);
		err = settings[i].is_u8 ? nla_put_u8(skb, i, value) :
					  nla_put_u32(skb, i, value);
		if (err)
			return err;
	}
	return 0;
}

int lb_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_msg reply;
	int err;

	err = lb_netlink_refuse_attributes(info->nlhdr, info->extack) ?:
	      lb_netlink_begin_reply(&reply, info, LB_CMD_CONFIG_GET);
	if (err)
		return err;
	mutex_lock(&lbn->cfg_lock);
	err = put_config(reply.skb, lbn, NULL);
	mutex_unlock(&lbn->cfg_lock);
	return lb_netlink_end_reply(&reply, info, err);
}

static u32 value_of(const struct nlattr *attr, const struct setting *setting)
{
	return setting->is_u8 ? nla_get_u8(attr) : nla_get_u32(attr);
}

static int check_config(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	u32 value;
	int i;

	for (i = 1; i <= LB_A_CONFIG_MAX; i++) {
		if (!tb[i])
			continue;
		value = value_of(tb[i], &settings[i]);
		if (value >= settings[i].min && value <= settings[i].max)
			continue;
		extack->_msg = settings[i].refusal;
		return lb_refuse(extack, tb[i], -ERANGE);
	}
	return 0;
}

static int check_place(const struct lb_net *lbn, struct nlattr **tb,
		       struct netlink_ext_ack *extack)
{
	int i;

	for (i = 1; i <= LB_A_CONFIG_MAX; i++) {
		if (!tb[i] || !settings[i].host || is_first(lbn))
			continue;
		NL_SET_ERR_MSG(extack,
			       "only the first network namespace has this setting");
		return lb_refuse(extack, tb[i], -EOPNOTSUPP);
	}
	return 0;
}

/* Root of a user namespace may not use up the memory of the host. */
static int check_ceilings(const struct lb_net *lbn, struct nlattr **tb,
			  bool host, struct netlink_ext_ack *extack)
{
	int i;

	for (i = 1; i <= LB_A_CONFIG_MAX; i++) {
		if (host || !tb[i] || value_of(tb[i], &settings[i]) <=
				      READ_ONCE(lbn->ceiling[i]))
			continue;
		NL_SET_ERR_MSG(extack,
			       "only root of the host may raise it that far");
		return lb_refuse(extack, tb[i], -EPERM);
	}
	return 0;
}

static int check_table_size(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[LB_A_CONFIG_MH_TABLE_SIZE];

	if (!attr || lb_sched_mh_check_size(nla_get_u32(attr)))
		return 0;
	NL_SET_ERR_MSG(extack, "the size must be a prime number");
	return lb_refuse(extack, attr, -EINVAL);
}

/* The one setting that takes memory, and may so be refused late. */
static int set_table_size(struct lb_net *lbn, const struct nlattr *attr,
			  struct netlink_ext_ack *extack)
{
	u32 old = lb_setting(lbn, LB_A_CONFIG_MH_TABLE_SIZE);
	int err;

	if (!attr || nla_get_u32(attr) == old)
		return 0;
	err = lb_svc_set_table_size(lbn, nla_get_u32(attr), extack);
	return err ? lb_refuse(extack, attr, err) : 0;
}

/* Before anything is locked, as a module may have to be loaded. */
static int check_conntrack(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[LB_A_CONFIG_CONNTRACK];

	if (!attr || !nla_get_u32(attr) || !lb_ct_load())
		return 0;
	NL_SET_ERR_MSG(extack, "the kernel has no connection tracking");
	return lb_refuse(extack, attr, -EOPNOTSUPP);
}

static void notify(struct lb_net *lbn, struct nlattr **tb)
{
	struct lb_msg event;

	if (lb_netlink_begin_event(&event, lbn, LB_CMD_CONFIG_NTF))
		lb_netlink_end_event(&event, lbn,
				     put_config(event.skb, lbn, tb));
}

/**
 * lb_config_value() - What a request says of a setting.
 * @tb: Attributes of the request, by LB_A_CONFIG_*.
 * @attr: One of those that are there.
 */
u32 lb_config_value(struct nlattr **tb, int attr)
{
	return value_of(tb[attr], &settings[attr]);
}

/**
 * lb_config_check() - May settings be set like this?
 * @lbn: Namespace; the caller does not hold cfg_lock.
 * @tb: Attributes of the request, by LB_A_CONFIG_*.
 * @host: Who asks is root of the host.
 * @extack: Told why not.
 *
 * Context: process; may wait for a module. Return: 0; -ERANGE or -EINVAL for
 * a value, -EPERM if only root of the host may have it, -EOPNOTSUPP.
 */
int lb_config_check(const struct lb_net *lbn, struct nlattr **tb, bool host,
		    struct netlink_ext_ack *extack)
{
	return check_config(tb, extack) ?:
	       check_table_size(tb, extack) ?:
	       check_place(lbn, tb, extack) ?:
	       check_ceilings(lbn, tb, host, extack) ?:
	       check_conntrack(tb, extack);
}

/**
 * lb_config_apply() - Set settings that lb_config_check() has let pass.
 * @lbn: Namespace; the caller holds cfg_lock, and gives tables of mh the size.
 * @tb: Attributes of the request, by LB_A_CONFIG_*.
 * @host: What root of the host says about a limit is what others can raise it
 *	to.
 */
void lb_config_apply(struct lb_net *lbn, struct nlattr **tb, bool host)
{
	u32 value;
	int i;

	lockdep_assert_held(&lbn->cfg_lock);
	for (i = 1; i <= LB_A_CONFIG_MAX; i++) {
		if (!tb[i])
			continue;
		value = value_of(tb[i], &settings[i]);
		WRITE_ONCE(lbn->settings[i], value);
		if (host && (settings[i].user || settings[i].user_attr))
			WRITE_ONCE(lbn->ceiling[i], value);
		if (settings[i].apply)
			settings[i].apply(lbn, value);
	}
	notify(lbn, tb);
}

/**
 * lb_config_warn() - Say what follows from settings that is easily missed.
 * @lbn: Namespace; the caller does not hold cfg_lock.
 * @tb: Attributes of the request, by LB_A_CONFIG_*.
 * @extack: Told.
 */
void lb_config_warn(struct lb_net *lbn, struct nlattr **tb,
		    struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[LB_A_CONFIG_CONN_MAX];

	mutex_lock(&lbn->cfg_lock);
	if (attr && lbn->conns &&
	    lb_conn_count(lbn->conns) > nla_get_u32(attr))
		NL_SET_ERR_MSG(extack,
			       "there are more connections than conn_max allows: new ones are dropped until enough have ended");
	mutex_unlock(&lbn->cfg_lock);
}

static int set_config(struct lb_net *lbn, struct nlattr **tb, bool host,
		      struct netlink_ext_ack *extack)
{
	int err = lb_config_check(lbn, tb, host, extack);

	if (err)
		return err;
	mutex_lock(&lbn->cfg_lock);
	err = set_table_size(lbn, tb[LB_A_CONFIG_MH_TABLE_SIZE], extack);
	if (!err)
		lb_config_apply(lbn, tb, host);
	mutex_unlock(&lbn->cfg_lock);
	return err;
}

int lb_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	int err;

	err = set_config(lbn, info->attrs, netlink_capable(skb, CAP_NET_ADMIN),
			 info->extack);
	if (!err)
		lb_config_warn(lbn, info->attrs, info->extack);
	return err;
}

/**
 * lb_config_set() - Set one setting, as a request for it would.
 * @lbn: Namespace; the caller does not hold cfg_lock.
 * @attr: LB_A_CONFIG_*.
 * @value: Checked here.
 * @host: Who asks is root of the host.
 *
 * Return: 0; -ERANGE or -EINVAL for the value, -EPERM if only root of the host
 * may have it, -EOPNOTSUPP, -ENOMEM.
 */
int lb_config_set(struct lb_net *lbn, int attr, u32 value, bool host)
{
	struct nlattr *tb[LB_A_CONFIG_MAX + 1] = {};
	struct netlink_ext_ack extack = {};
	struct {
		struct nlattr head;
		u32 value;
	} given = { .value = value };

	tb[attr] = &given.head;
	if (settings[attr].is_u8) {
		if (value > U8_MAX)
			return -ERANGE;
		*(u8 *)&given.value = value;
	}
	return set_config(lbn, tb, host, &extack);
}
EXPORT_SYMBOL_LB(lb_config_set);
