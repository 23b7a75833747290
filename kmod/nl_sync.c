// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family: synchronisation, which is a module of its own. Hosts
 * without a second director have neither its sockets nor the cryptography.
 */

#include <net/genetlink.h>

#include "netlink.h"
#include "nl_gen.h"
#include "nl_sync.h"

static const struct lb_sync_ops *sync_ops;
static DEFINE_MUTEX(sync_lock); /* guards it */

/**
 * lb_sync_register() - From now on there is synchronisation.
 * @ops: Who does it; stays until unregistered.
 *
 * Context: process; only by the module lb_sync.
 */
void lb_sync_register(const struct lb_sync_ops *ops)
{
	mutex_lock(&sync_lock);
	sync_ops = ops;
	mutex_unlock(&sync_lock);
}
EXPORT_SYMBOL_LB(lb_sync_register);

/**
 * lb_sync_unregister() - There is none any more.
 *
 * No request is under way: each would hold the module.
 *
 * Context: process.
 */
void lb_sync_unregister(void)
{
	lb_sync_register(NULL);
}
EXPORT_SYMBOL_LB(lb_sync_unregister);

static const struct lb_sync_ops *get_ops(void)
{
	const struct lb_sync_ops *ops;

	mutex_lock(&sync_lock);
	ops = sync_ops;
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	mutex_unlock(&sync_lock);
	return ops;
}

/* The module is loaded for root of the host only: modules are for all. */
int lb_nl_sync_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct lb_sync_ops *ops = get_ops();
	int err;

	if (!ops && netlink_capable(skb, CAP_NET_ADMIN)) {
		request_module("lb_sync");
		ops = get_ops();
	}
	if (!ops) {
		NL_SET_ERR_MSG(info->extack,
			       "the module lb_sync is not loaded");
		return -EOPNOTSUPP;
	}
	err = ops->set(skb, info);
	module_put(ops->owner);
	return err;
}

/* Without the module, no daemon runs. */
int lb_nl_sync_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct lb_sync_ops *ops = get_ops();
	int err;

	if (!ops) {
		NL_SET_ERR_MSG(info->extack, "this daemon does not run");
		return lb_refuse(info->extack, info->attrs[LB_A_SYNC_ROLE],
				 -ESRCH);
	}
	err = ops->del(skb, info);
	module_put(ops->owner);
	return err;
}

int lb_nl_sync_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	const struct lb_sync_ops *ops = get_ops();
	int len;

	if (!ops)
		return skb->len;
	len = ops->dump(skb, cb);
	module_put(ops->owner);
	return len;
}
