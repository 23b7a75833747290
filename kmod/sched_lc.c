// SPDX-License-Identifier: GPL-2.0-only
/* Least connections: lc, wlc by weight, sed by expected delay, nq no queue. */

#include <linux/rculist.h>

#include "sched.h"

/* An active connection weighs as much as 256 inactive ones. */
static s64 load_of(const struct lb_dest *dest)
{
	return ((s64)atomic_read(&dest->active) << 8) +
	       lb_dest_inactive(dest);
}

/* What the server would have with the new connection. */
static s64 delay_of(const struct lb_dest *dest)
{
	return (s64)atomic_read(&dest->active) + 1;
}

static s64 weight_of(const struct lb_dest *dest, bool weighted)
{
	return weighted ? READ_ONCE(dest->weight) : 1;
}

/* The least of cost over weight; of equals, the first. Compared by cross
 * multiplication: 2^40 of load times 2^31 of weight would not fit, so the
 * product is taken in 128 bits by its two halves.
 */
static bool is_less(s64 cost_a, s64 weight_a, s64 cost_b, s64 weight_b)
{
	u64 a_lo = (cost_a & U32_MAX) * weight_b;
	u64 b_lo = (cost_b & U32_MAX) * weight_a;
	u64 a_hi = (cost_a >> 32) * weight_b + (a_lo >> 32);
	u64 b_hi = (cost_b >> 32) * weight_a + (b_lo >> 32);

	if (a_hi != b_hi)
		return a_hi < b_hi;
	return (u32)a_lo < (u32)b_lo;
}

/**
 * lb_sched_lc_is_less() - Compare two servers as wlc does.
 * @a: Server.
 * @b: Server.
 *
 * Return: true if the load of @a, relative to its weight, is less than that of
 * @b.
 */
bool lb_sched_lc_is_less(const struct lb_dest *a, const struct lb_dest *b)
{
	return is_less(load_of(a), weight_of(a, true), load_of(b),
		       weight_of(b, true));
}

static struct lb_dest *pick_least(const struct lb_sched *sched,
				  s64 (*cost_of)(const struct lb_dest *dest),
				  bool weighted)
{
	struct lb_dest *least = NULL;
	s64 least_weight = 1;
	s64 least_cost = 0;
	struct lb_dest *dest;
	s64 cost, weight;

	list_for_each_entry_rcu(dest, sched->dests, list) {
		if (!lb_dest_is_usable(dest))
			continue;
		cost = cost_of(dest);
		weight = weight_of(dest, weighted);
		if (least && !is_less(cost, weight, least_cost, least_weight))
			continue;
		least = dest;
		least_cost = cost;
		least_weight = weight;
	}
	return least;
}

static struct lb_dest *lc_pick(struct lb_sched *sched,
			       const struct lb_pkt *pkt)
{
	return pick_least(sched, load_of, false);
}

static struct lb_dest *wlc_pick(struct lb_sched *sched,
				const struct lb_pkt *pkt)
{
	return pick_least(sched, load_of, true);
}

static struct lb_dest *sed_pick(struct lb_sched *sched,
				const struct lb_pkt *pkt)
{
	return pick_least(sched, delay_of, true);
}

static struct lb_dest *nq_pick(struct lb_sched *sched,
			       const struct lb_pkt *pkt)
{
	struct lb_dest *dest;

	list_for_each_entry_rcu(dest, sched->dests, list)
		if (!atomic_read(&dest->active) && lb_dest_is_usable(dest))
			return dest;
	return pick_least(sched, delay_of, true);
}

struct lb_sched_ops lb_sched_lc = {
	.name = "lc",
	.pick = lc_pick,
};

struct lb_sched_ops lb_sched_wlc = {
	.name = "wlc",
	.pick = wlc_pick,
};

struct lb_sched_ops lb_sched_sed = {
	.name = "sed",
	.pick = sed_pick,
};

struct lb_sched_ops lb_sched_nq = {
	.name = "nq",
	.pick = nq_pick,
};

#ifdef LB_DEBUG
#include "selftest/sched_lc.c"
#endif
