// SPDX-License-Identifier: GPL-2.0-only
/* Schedulers in a module of their own, for tests: the first usable server; and
 * one that is late to hear of a removal, as a packet on another CPU may be.
 */

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

static void note_gone(struct lb_sched *sched, struct lb_dest *gone)
{
	struct lb_dest **last = lb_sched_priv(sched);

	if (gone)
		WRITE_ONCE(*last, gone);
}

/* Once the server that was removed, which a connection must still refer to. */
static struct lb_dest *late_pick(struct lb_sched *sched,
				 const struct lb_pkt *pkt)
{
	struct lb_dest **last = lb_sched_priv(sched);

	return xchg(last, NULL) ?: first_pick(sched, pkt);
}

static struct lb_sched_ops late = {
	.name = "late",
	.owner = THIS_MODULE,
	.priv_size = sizeof(struct lb_dest *),
	.changed = note_gone,
	.pick = late_pick,
};

static int __init first_init(void)
{
	int err = lb_sched_register(&first) ?: lb_sched_register(&late);

	if (err)
		lb_sched_unregister(&first);
	return err;
}

static void __exit first_exit(void)
{
	lb_sched_unregister(&late);
	lb_sched_unregister(&first);
}

module_init(first_init);
module_exit(first_exit);

MODULE_DESCRIPTION("lb scheduler: first usable server");
MODULE_LICENSE("GPL");
