/* SPDX-License-Identifier: GPL-2.0-only */
/* Servers with loads, to test which of them a scheduler picks. */
#ifndef _LB_SELFTEST_POOL_H
#define _LB_SELFTEST_POOL_H

#include <linux/slab.h>

#include "sched.h"

#define TEST_SERVERS 4
#define MOST INT_MAX

/**
 * struct load - One server.
 * @weight: Weight; a negative one is overloaded.
 * @active: Active connections.
 * @inactive: Inactive ones.
 */
struct load {
	int weight;
	int active;
	int inactive;
};

/**
 * struct pool - The servers of a service.
 * @list: The service's list.
 * @dest: Servers a, b, c and d, the order of the list.
 */
struct pool {
	struct list_head list;
	struct lb_dest dest[TEST_SERVERS];
};

static inline void fill_pool(struct pool *pool, const struct load *load)
{
	struct lb_dest *dest = pool->dest;
	int i;

	INIT_LIST_HEAD(&pool->list);
	memset(dest, 0, sizeof(pool->dest));
	for (i = 0; i < TEST_SERVERS; i++) {
		dest[i].available = true;
		dest[i].weight = abs(load[i].weight);
		dest[i].overload = load[i].weight < 0;
		dest[i].upper = dest[i].overload;
		atomic_set(&dest[i].active, load[i].active);
		atomic_set(&dest[i].conns, load[i].active + load[i].inactive +
					   dest[i].overload);
		list_add_tail(&dest[i].list, &pool->list);
	}
}

static inline struct lb_sched *pool_sched(const struct lb_sched_ops *ops,
					  const struct pool *pool)
{
	struct lb_sched *sched;

	sched = kzalloc(sizeof(*sched) + ops->priv_size, GFP_KERNEL);
	if (!sched)
		return NULL;
	spin_lock_init(&sched->lock);
	sched->ops = ops;
	sched->dests = &pool->list;
	return sched;
}

/* The letter of the server that is picked; a dash is nobody. */
static inline char pool_pick(const struct pool *pool, struct lb_sched *sched,
			     const struct lb_pkt *pkt)
{
	const struct lb_dest *dest;

	local_bh_disable();
	rcu_read_lock();
	dest = sched->ops->pick(sched, pkt);
	rcu_read_unlock();
	local_bh_enable();
	return dest ? 'a' + (dest - pool->dest) : '-';
}

static inline int expect_pick(const struct lb_sched_ops *ops,
			      const struct pool *pool, const char *what,
			      char expected)
{
	struct lb_sched *sched = pool_sched(ops, pool);
	char c;

	if (!sched)
		return -ENOMEM;
	c = pool_pick(pool, sched, NULL);
	kfree(sched);
	if (c == expected)
		return 0;
	pr_err("selftest: %s %s: picks %c, not %c\n", ops->name, what, c,
	       expected);
	return -EINVAL;
}

#endif /* _LB_SELFTEST_POOL_H */
