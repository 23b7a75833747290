// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: the whole configuration in one request, carried out or refused.
 *
 * Everything that can fail is done first, and nobody sees it. The lock is held
 * from there to the end, so that nothing comes in between.
 */

#include <linux/sched/signal.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "hook.h"
#include "netlink.h"
#include "nl_gen.h"

/**
 * struct load - A request under way.
 * @extack: Told why not.
 * @has_config: It has settings.
 * @config: Those, by LB_A_CONFIG_*.
 * @svcs: Services of the request.
 * @nests: Attributes that they are from.
 * @changes: What becomes of them.
 * @dests: Real servers, those of the first service first.
 * @num_svcs: How many services.
 * @num_dests: How many real servers.
 * @prepared: So many of @changes are.
 */
struct load {
	struct netlink_ext_ack *extack;
	bool has_config;
	struct nlattr *config[LB_A_CONFIG_MAX + 1];
	struct lb_svc_cfg *svcs;
	const struct nlattr **nests;
	struct lb_svc_change *changes;
	struct lb_dest_cfg *dests;
	u32 num_svcs;
	u32 num_dests;
	u32 prepared;
};

/* Settings that are needed while services are prepared, and no packet reads. */
static const u8 early[] = {
	LB_A_CONFIG_MH_TABLE_SIZE, LB_A_CONFIG_SERVICE_MAX,
	LB_A_CONFIG_DEST_MAX,
};

static void free_load(struct load *load)
{
	while (load->num_svcs--)
		kfree(load->svcs[load->num_svcs].comment);
	kvfree(load->svcs);
	kvfree(load->nests);
	kvfree(load->changes);
	lb_netlink_free_dests(load->dests, load->num_dests);
}

static int alloc_load(struct load *load, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	u32 svcs = 0, dests = 0;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		svcs += nla_type(attr) == LB_A_LOAD_SERVICE;
		dests += nla_type(attr) == LB_A_LOAD_DEST;
	}
	load->svcs = kvcalloc(svcs + 1, sizeof(*load->svcs),
			      GFP_KERNEL_ACCOUNT);
	load->nests = kvcalloc(svcs + 1, sizeof(*load->nests),
			       GFP_KERNEL_ACCOUNT);
	load->changes = kvcalloc(svcs + 1, sizeof(*load->changes),
				 GFP_KERNEL_ACCOUNT);
	load->dests = kvcalloc(dests + 1, sizeof(*load->dests),
			       GFP_KERNEL_ACCOUNT);
	return load->svcs && load->nests && load->changes && load->dests ?
	       0 : -ENOMEM;
}

/* What is wrong with a nest is wrong in it, not with the request itself. */
static int blame(struct netlink_ext_ack *extack, const struct nlattr *nest,
		 int err)
{
	if (!err || !extack)
		return err;
	if (extack->miss_type && !extack->miss_nest)
		extack->miss_nest = nest;
	if (!extack->bad_attr)
		extack->bad_attr = nest;
	return err;
}

static int parse_svc(struct load *load, const struct nlattr *nest)
{
	struct lb_svc_cfg *cfg = &load->svcs[load->num_svcs];
	struct nlattr *tb[LB_A_SERVICE_MAX + 1];
	int err;

	err = nla_parse_nested(tb, LB_A_SERVICE_MAX, nest,
			       lb_load_service_nl_policy, load->extack) ?:
	      lb_netlink_parse_svc(tb, NLM_F_CREATE | NLM_F_REPLACE, cfg,
				   load->extack);
	cfg->dests = &load->dests[load->num_dests];
	load->nests[load->num_svcs++] = nest;
	return err;
}

static int parse_dest(struct load *load, const struct nlattr *nest)
{
	if (!load->num_svcs) {
		NL_SET_ERR_MSG(load->extack,
			       "a real server needs a service before it");
		return -EINVAL;
	}
	load->svcs[load->num_svcs - 1].num_dests++;
	return lb_netlink_parse_dest(nest, &load->dests[load->num_dests++],
				     load->extack);
}

/* Of settings that are given twice, the last counts. */
static int parse_config(struct load *load, const struct nlattr *nest)
{
	struct nlattr *tb[LB_A_CONFIG_MAX + 1];
	int err, i;

	err = nla_parse_nested(tb, LB_A_CONFIG_MAX, nest,
			       lb_load_config_nl_policy, load->extack);
	for (i = 1; !err && i <= LB_A_CONFIG_MAX; i++)
		load->config[i] = tb[i] ?: load->config[i];
	load->has_config = true;
	return err;
}

static int parse_attr(struct load *load, const struct nlattr *attr)
{
	switch (nla_type(attr)) {
	case LB_A_LOAD_CONFIG:
		return parse_config(load, attr);
	case LB_A_LOAD_SERVICE:
		return parse_svc(load, attr);
	case LB_A_LOAD_DEST:
		return parse_dest(load, attr);
	default:
		return 0;
	}
}

static int parse_load(struct load *load, const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	int rem, err;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		err = blame(load->extack, attr, parse_attr(load, attr));
		if (err)
			return err;
		cond_resched();
	}
	return 0;
}

static void load_scheds(const struct load *load)
{
	u32 i;

	for (i = 0; i < load->num_svcs; i++)
		if (load->svcs[i].sched)
			lb_sched_load(load->svcs[i].sched);
}

static void set_early(struct lb_net *lbn, struct load *load, u32 *old)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(early); i++) {
		old[i] = lb_setting(lbn, early[i]);
		if (load->config[early[i]])
			WRITE_ONCE(lbn->settings[early[i]],
				   lb_config_value(load->config, early[i]));
	}
}

static void reset_early(struct lb_net *lbn, const u32 *old)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(early); i++)
		WRITE_ONCE(lbn->settings[early[i]], old[i]);
}

static int prepare(struct lb_net *lbn, struct load *load)
{
	u8 families = 0;
	int err;
	u32 i;

	for (i = 0; i < load->num_svcs; i++)
		families |= lb_netlink_families(&load->svcs[i]);
	err = families ? lb_hook_enable(lbn, families) : 0;

	for (i = 0; !err && i < load->num_svcs; i++) {
		err = fatal_signal_pending(current) ? -EINTR :
		      lb_svc_prepare(lbn, &load->svcs[i], &load->changes[i],
				     load->extack);
		err = blame(load->extack, load->nests[i], err);
		load->prepared += !err;
		cond_resched();
	}
	return err;
}

static void cancel(struct lb_net *lbn, struct load *load)
{
	while (load->prepared--) {
		lb_svc_cancel(lbn, &load->changes[load->prepared]);
		cond_resched();
	}
}

/* First all that is to be: who stays must not miss anything. */
static void commit(struct lb_net *lbn, struct load *load, bool host)
{
	u32 i;

	if (load->has_config)
		lb_config_apply(lbn, load->config, host);
	for (i = 0; i < load->num_svcs; i++) {
		lb_svc_commit(lbn, &load->changes[i]);
		cond_resched();
	}
	lb_svc_flush_others(lbn);
}

static int run(struct lb_net *lbn, struct load *load, bool host, bool check)
{
	u32 old[ARRAY_SIZE(early)];
	int err;

	mutex_lock(&lbn->cfg_lock);
	set_early(lbn, load, old);
	err = prepare(lbn, load);
	if (err || check) {
		cancel(lbn, load);
		reset_early(lbn, old);
	} else {
		commit(lbn, load, host);
	}
	mutex_unlock(&lbn->cfg_lock);
	return err;
}

int lb_nl_load_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	bool host = netlink_capable(skb, CAP_NET_ADMIN);
	struct load *load;
	int err;

	load = kzalloc(sizeof(*load), GFP_KERNEL_ACCOUNT);
	if (!load)
		return -ENOMEM;
	load->extack = info->extack;
	err = alloc_load(load, info->nlhdr) ?:
	      parse_load(load, info->nlhdr) ?:
	      lb_config_check(lbn, load->config, host, info->extack);
	if (!err) {
		if (host)
			load_scheds(load);
		err = run(lbn, load, host, info->attrs[LB_A_LOAD_CHECK]);
	}
	if (!err)
		lb_config_warn(lbn, load->config, info->extack);
	free_load(load);
	kfree(load);
	return err;
}
