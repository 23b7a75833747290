/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink: requests about synchronisation are for a module of its own. */
#ifndef _LB_NL_SYNC_H
#define _LB_NL_SYNC_H

#include <linux/module.h>

struct genl_info;
struct netlink_callback;
struct sk_buff;

/**
 * struct lb_sync_ops - Who carries out requests about synchronisation.
 * @owner: Its module, which stays while a request is under way.
 * @set: LB_CMD_SYNC_SET.
 * @del: LB_CMD_SYNC_DEL.
 * @dump: LB_CMD_SYNC_GET.
 *
 * Context: process, no locks. Each as struct genl_ops has it.
 */
struct lb_sync_ops {
	struct module *owner;
	int (*set)(struct sk_buff *skb, struct genl_info *info);
	int (*del)(struct sk_buff *skb, struct genl_info *info);
	int (*dump)(struct sk_buff *skb, struct netlink_callback *cb);
};

void lb_sync_register(const struct lb_sync_ops *ops);
void lb_sync_unregister(void);

#endif /* _LB_NL_SYNC_H */
