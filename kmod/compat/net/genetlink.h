/* SPDX-License-Identifier: GPL-2.0-only */
/* Split operations, from 6.2 on, for 6.1: delete with the support of 6.1. */
#ifndef _LB_COMPAT_NET_GENETLINK_H
#define _LB_COMPAT_NET_GENETLINK_H

#include <linux/version.h>
#include_next <net/genetlink.h>

#if KERNEL_VERSION(6, 2, 0) > LINUX_VERSION_CODE

/* As in later kernels, less what lb does not use. */
struct genl_split_ops {
	int (*doit)(struct sk_buff *skb, struct genl_info *info);
	int (*dumpit)(struct sk_buff *skb, struct netlink_callback *cb);
	const struct nla_policy *policy;
	unsigned int maxattr;
	u8 cmd;
	u8 flags;
};

#define LB_COMPAT_MAX_OPS 32

/* Here, one entry has both handlers of a command, and one policy for both. */
static inline void lb_compat_join_ops(struct genl_ops *op,
				      const struct genl_split_ops *split)
{
	op->cmd = split->cmd;
	op->flags |= split->flags & ~(GENL_CMD_CAP_DO | GENL_CMD_CAP_DUMP);
	if (split->doit)
		op->doit = split->doit;
	if (split->dumpit)
		op->dumpit = split->dumpit;
	if (split->policy) {
		op->policy = split->policy;
		op->maxattr = split->maxattr;
	}
}

static inline int lb_compat_genl_register(struct genl_family *family,
					  const struct genl_split_ops *split,
					  unsigned int n)
{
	static struct genl_ops ops[LB_COMPAT_MAX_OPS];
	unsigned int i, count = 0;

	for (i = 0; i < n; i++) {
		if (!i || split[i].cmd != split[i - 1].cmd)
			count++;
		if (count > LB_COMPAT_MAX_OPS)
			return -E2BIG;
		lb_compat_join_ops(&ops[count - 1], &split[i]);
	}
	family->ops = ops;
	family->n_ops = count;
	return genl_register_family(family);
}

static inline struct nlattr **lb_compat_dump_attrs(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb)->attrs;
}

#else

static inline int lb_compat_genl_register(struct genl_family *family,
					  const struct genl_split_ops *split,
					  unsigned int n)
{
	family->split_ops = split;
	family->n_split_ops = n;
	return genl_register_family(family);
}

static inline struct nlattr **lb_compat_dump_attrs(struct netlink_callback *cb)
{
	return genl_dumpit_info(cb)->info.attrs;
}

#endif

#endif /* _LB_COMPAT_NET_GENETLINK_H */
