// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of lc, wlc, sed and nq: who is picked at which loads. */

#include "pool.h"

/**
 * struct choice - Four servers, a to d, and which one each scheduler picks.
 * @what: Name.
 * @load: The servers.
 * @lc: Its pick; a dash is nobody.
 * @wlc: Its pick.
 * @sed: Its pick.
 * @nq: Its pick.
 */
struct choice {
	const char *what;
	struct load load[TEST_SERVERS];
	char lc, wlc, sed, nq;
};

static const struct choice choices[] = {
	{ "idle", { { 1 }, { 1 }, { 1 }, { 1 } }, 'a', 'a', 'a', 'a' },
	{ "idle, weights", { { 1 }, { 2 }, { 3 }, { 2 } },
	  'a', 'a', 'c', 'a' },
	{ "first drained", { { 0 }, { 1 }, { 3 }, { 1 } },
	  'b', 'b', 'c', 'b' },
	{ "all drained", { { 0 }, { 0 }, { 0 }, { 0 } },
	  '-', '-', '-', '-' },
	{ "all overloaded", { { -1 }, { -1 }, { -1 }, { -1 } },
	  '-', '-', '-', '-' },
	{ "idle ones overloaded", { { -1 }, { 1, 2 }, { 1, 1 }, { 0 } },
	  'c', 'c', 'c', 'c' },
	{ "active", { { 1, 3 }, { 1, 2 }, { 1, 1 }, { 1, 2 } },
	  'c', 'c', 'c', 'c' },
	{ "one active is 256 inactive",
	  { { 1, 1, 0 }, { 1, 0, 255 }, { 1, 0, 256 }, { 1, 0, 257 } },
	  'b', 'b', 'b', 'b' },
	{ "256 inactive are no less",
	  { { 1, 1, 0 }, { 1, 0, 256 }, { 1, 0, 257 }, { 0 } },
	  'a', 'a', 'b', 'b' },
	{ "weights", { { 1, 3 }, { 4, 8 }, { 2, 7 }, { 1, 9 } },
	  'a', 'b', 'b', 'b' },
	{ "equal by weight", { { 2, 4 }, { 1, 2 }, { 3, 6 }, { 4, 8 } },
	  'b', 'a', 'd', 'd' },
	{ "a queue for the fast one", { { 1, 1 }, { 9, 1 }, { 1 }, { 1 } },
	  'c', 'c', 'b', 'c' },
	{ "greatest weight",
	  { { MOST, 1 }, { 1 }, { MOST, 2 }, { MOST - 1, 1 } },
	  'b', 'b', 'a', 'b' },
	{ "greatest load",
	  { { 1, MOST }, { 1, MOST - 1, 1 }, { 1, MOST - 1 }, { 0 } },
	  'c', 'c', 'b', 'b' },
	{ "greatest of both",
	  { { MOST, MOST }, { MOST, MOST - 1, 1 },
	    { MOST - 1, MOST - 1 }, { 1, 2 } },
	  'd', 'b', 'b', 'b' },
};

static int test_choices(struct pool *pool)
{
	const struct choice *c = choices;
	int err = 0;

	for (; !err && c < choices + ARRAY_SIZE(choices); c++) {
		fill_pool(pool, c->load);
		err = expect_pick(&lb_sched_lc, pool, c->what, c->lc) ?:
		      expect_pick(&lb_sched_wlc, pool, c->what, c->wlc) ?:
		      expect_pick(&lb_sched_sed, pool, c->what, c->sed) ?:
		      expect_pick(&lb_sched_nq, pool, c->what, c->nq);
	}
	return err;
}

/* One more in the numerator of equal fractions decides. */
static bool compares(s64 times, s64 a, s64 b)
{
	return !is_less(times * a, a, times * b, b) &&
	       !is_less(times * b, b, times * a, a) &&
	       is_less(times * a, a, times * b + 1, b) &&
	       !is_less(times * b + 1, b, times * a, a) &&
	       is_less(times * b - 1, b, times * a, a) &&
	       !is_less(times * a, a, times * b - 1, b);
}

/* A cost of 1 with a great weight, against a great cost with a weight of 1. */
static bool compares_far(s64 cost, s64 weight)
{
	return is_less(1, weight, cost, 1) && !is_less(cost, 1, 1, weight);
}

/* Costs go up to MOST active and as many inactive connections, 257 * MOST. */
static int test_is_less(void)
{
	static const s64 values[] = {
		1, 2, 3, 255, 256, 257, 65535, 65536, 65537, 1 << 24,
		MOST / 2, MOST - 1, MOST,
	};
	size_t i, j;

	for (i = 0; i < ARRAY_SIZE(values); i++) {
		for (j = 0; j < ARRAY_SIZE(values); j++) {
			if (compares(1, values[i], values[j]) &&
			    compares(257, values[i], values[j]) &&
			    compares_far(values[i] * 257, values[j]) &&
			    is_less(0, values[i], 1, values[j]))
				continue;
			pr_err("selftest: is_less with weights %lld and %lld\n",
			       values[i], values[j]);
			return -EINVAL;
		}
	}
	return 0;
}

/**
 * lb_sched_lc_selftest() - Check lc, wlc, sed and nq.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_sched_lc_selftest(void)
{
	struct pool *pool = kmalloc(sizeof(*pool), GFP_KERNEL);
	int err;

	if (!pool)
		return -ENOMEM;
	err = test_is_less() ?: test_choices(pool);
	kfree(pool);
	return err;
}
