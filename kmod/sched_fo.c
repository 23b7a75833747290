// SPDX-License-Identifier: GPL-2.0-only
/* By weight first: fo failover, ovf overflow, twos the better of two. */

#include <linux/math64.h>
#include <linux/random.h>
#include <linux/rculist.h>

#include "sched.h"

/* A server of ovf is full with more active connections than its weight. */
static struct lb_dest *pick_heaviest(const struct lb_sched *sched,
				     bool overflow)
{
	struct lb_dest *heaviest = NULL;
	struct lb_dest *dest;
	int most = 0;
	int weight;

	list_for_each_entry_rcu(dest, sched->dests, list) {
		weight = READ_ONCE(dest->weight);
		if (weight <= most || !lb_dest_is_usable(dest))
			continue;
		if (overflow && atomic_read(&dest->active) > weight)
			continue;
		heaviest = dest;
		most = weight;
	}
	return heaviest;
}

static struct lb_dest *fo_pick(struct lb_sched *sched,
			       const struct lb_pkt *pkt)
{
	return pick_heaviest(sched, false);
}

static struct lb_dest *ovf_pick(struct lb_sched *sched,
				const struct lb_pkt *pkt)
{
	return pick_heaviest(sched, true);
}

static u64 total_weight(const struct lb_sched *sched)
{
	struct lb_dest *dest;
	u64 total = 0;

	list_for_each_entry_rcu(dest, sched->dests, list)
		if (lb_dest_is_usable(dest))
			total += READ_ONCE(dest->weight);
	return total;
}

/* If weights shrank since they were summed up, the last one wins too often. */
static struct lb_dest *draw(const struct lb_sched *sched, u64 total)
{
	u64 ticket = mul_u64_u64_shr(get_random_u64(), total, 64);
	struct lb_dest *last = NULL;
	struct lb_dest *dest;
	int weight;

	list_for_each_entry_rcu(dest, sched->dests, list) {
		if (!lb_dest_is_usable(dest))
			continue;
		weight = READ_ONCE(dest->weight);
		last = dest;
		if (ticket < weight)
			break;
		ticket -= weight;
	}
	return last;
}

static struct lb_dest *twos_pick(struct lb_sched *sched,
				 const struct lb_pkt *pkt)
{
	u64 total = total_weight(sched);
	struct lb_dest *one, *other;

	if (!total)
		return NULL;
	one = draw(sched, total);
	other = draw(sched, total);
	if (one && other && lb_sched_lc_is_less(other, one))
		return other;
	return one;
}

struct lb_sched_ops lb_sched_fo = {
	.name = "fo",
	.pick = fo_pick,
};

struct lb_sched_ops lb_sched_ovf = {
	.name = "ovf",
	.pick = ovf_pick,
};

struct lb_sched_ops lb_sched_twos = {
	.name = "twos",
	.pick = twos_pick,
};

#ifdef LB_DEBUG
#include "selftest/sched_fo.c"
#endif
