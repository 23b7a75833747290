// SPDX-License-Identifier: GPL-2.0-only
/* Round robin, plain (rr) and by weight (wrr): a cursor over the servers. */

#include <linux/gcd.h>
#include <linux/rculist.h>

#include "sched.h"

/**
 * struct cursor - Where the last pick was.
 * @dest: The server picked last; NULL is before the first.
 * @level: wrr: servers of at least this weight are picked in this pass.
 * @max: wrr: level of the first pass.
 * @step: wrr: by how much a pass is lower than the one before it, the greatest
 *	common divisor of the weights.
 */
struct cursor {
	struct lb_dest *dest;
	int level;
	int max;
	int step;
};

static struct lb_dest *next_dest(const struct lb_sched *sched,
				 struct lb_dest *dest)
{
	const struct list_head *pos = dest ? &dest->list : sched->dests;

	pos = rcu_dereference(list_next_rcu(pos));
	return pos == sched->dests ? NULL :
				     list_entry(pos, struct lb_dest, list);
}

/* The next pick is the one that followed the server that left. */
static void rr_changed(struct lb_sched *sched, struct lb_dest *gone)
{
	struct cursor *cur = lb_sched_priv(sched);
	struct list_head *prev;

	spin_lock_bh(&sched->lock);
	if (gone && cur->dest == gone) {
		prev = gone->list.next->prev;
		cur->dest = prev == sched->dests ? NULL :
			    list_entry(prev, struct lb_dest, list);
	}
	spin_unlock_bh(&sched->lock);
}

static struct lb_dest *rr_next(const struct lb_sched *sched,
			       struct lb_dest *start)
{
	struct lb_dest *dest = start;
	bool wrapped = !start;

	for (;;) {
		dest = next_dest(sched, dest);
		if (dest && lb_dest_is_usable(dest))
			return dest;
		if (dest == start)
			return NULL;
		if (dest)
			continue;
		/* start may have left the list: never go round twice */
		if (wrapped)
			return NULL;
		wrapped = true;
	}
}

static struct lb_dest *rr_pick(struct lb_sched *sched,
			       const struct lb_pkt *pkt)
{
	struct cursor *cur = lb_sched_priv(sched);
	struct lb_dest *dest;

	spin_lock(&sched->lock);
	dest = rr_next(sched, cur->dest);
	if (dest)
		cur->dest = dest;
	spin_unlock(&sched->lock);
	return dest;
}

static int greatest_divisor(const struct lb_sched *sched)
{
	const struct lb_dest *dest;
	unsigned long div = 0;

	list_for_each_entry_rcu(dest, sched->dests, list, true)
		if (dest->weight > 0)
			div = gcd(dest->weight, div);
	return div ?: 1;
}

static int greatest_weight(const struct lb_sched *sched)
{
	const struct lb_dest *dest;
	int weight = 0;

	list_for_each_entry_rcu(dest, sched->dests, list, true)
		weight = max(weight, dest->weight);
	return weight;
}

static void begin_pass(struct cursor *cur, int step, int max)
{
	cur->step = step;
	cur->max = max;
	if (!cur->level || cur->level > cur->max)
		cur->level = cur->max;
	else
		cur->level = cur->level / cur->step * cur->step +
			     (cur->step > 1);
}

/* All servers are looked at once a request, without the lock for which packets
 * wait: there may be many.
 */
static void wrr_changed(struct lb_sched *sched, struct lb_dest *gone)
{
	struct cursor *cur = lb_sched_priv(sched);
	int step = gone ? 0 : greatest_divisor(sched);
	int max = gone ? 0 : greatest_weight(sched) - (step - 1);

	spin_lock_bh(&sched->lock);
	cur->dest = NULL;
	if (!gone)
		begin_pass(cur, step, max);
	spin_unlock_bh(&sched->lock);
}

/* Levels above all usable servers are passed over in one step: there may be two
 * thousand million of them.
 */
static int next_level(const struct lb_sched *sched, const struct cursor *cur)
{
	struct lb_dest *dest;
	int greatest = 0;

	list_for_each_entry_rcu(dest, sched->dests, list)
		if (lb_dest_is_usable(dest))
			greatest = max(greatest, READ_ONCE(dest->weight));
	if (!greatest)
		return 0;
	greatest = max(greatest - cur->step + 1, 1);
	return max(min(cur->level - cur->step, greatest), 0);
}

static struct lb_dest *wrr_next(const struct lb_sched *sched,
				struct cursor *cur)
{
	struct lb_dest *dest = cur->dest;
	bool wrapped = false;

	for (;;) {
		dest = next_dest(sched, dest);
		if (dest) {
			if (READ_ONCE(dest->weight) >= cur->level &&
			    lb_dest_is_usable(dest))
				return dest;
			continue;
		}
		cur->level = next_level(sched, cur);
		if (cur->level)
			continue;
		cur->level = cur->max;
		if (wrapped)
			return NULL;
		wrapped = true;
	}
}

/* A pass picks every server of at least the level; each pass is one step lower,
 * and the lowest is followed by the highest. So a server of weight w is picked
 * w / step times in a cycle, spread over it.
 */
static struct lb_dest *wrr_pick(struct lb_sched *sched,
				const struct lb_pkt *pkt)
{
	struct cursor *cur = lb_sched_priv(sched);
	struct lb_dest *dest = NULL;

	spin_lock(&sched->lock);
	if (cur->max > 0)
		dest = wrr_next(sched, cur);
	if (dest)
		cur->dest = dest;
	spin_unlock(&sched->lock);
	return dest;
}

struct lb_sched_ops lb_sched_rr = {
	.name = "rr",
	.priv_size = sizeof(struct cursor),
	.changed = rr_changed,
	.pick = rr_pick,
};

struct lb_sched_ops lb_sched_wrr = {
	.name = "wrr",
	.priv_size = sizeof(struct cursor),
	.changed = wrr_changed,
	.pick = wrr_pick,
};

#ifdef LB_DEBUG
#include "selftest/sched_rr.c"
#endif
