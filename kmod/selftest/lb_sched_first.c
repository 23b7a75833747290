// SPDX-License-Identifier: GPL-2.0-only
/* A scheduler in a module of its own, for tests: the first usable server. */

#include <linux/module.h>
#include <linux/rculist.h>

#include "../sched.h"

static struct lb_dest *first_pick(struct lb_sched *sched,
				  const struct lb_pkt *pkt)
{
	struct lb_dest *dest;

	list_for_each_entry_rcu(dest, sched->dests, list)
		if (lb_dest_is_usable(dest))
			return dest;
	return NULL;
}

static struct lb_sched_ops first = {
	.name = "first",
	.owner = THIS_MODULE,
	.pick = first_pick,
};

static int __init first_init(void)
{
	return lb_sched_register(&first);
}

static void __exit first_exit(void)
{
	lb_sched_unregister(&first);
}

module_init(first_init);
module_exit(first_exit);

MODULE_DESCRIPTION("lb scheduler: first usable server");
MODULE_LICENSE("GPL");
