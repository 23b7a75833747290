// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of lc, wlc, sed and nq: who is picked at which loads. */

#include <linux/slab.h>

#define TEST_SERVERS 4

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

#define MOST INT_MAX

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

static void fill_dests(struct lb_dest *dest, struct list_head *list,
		       const struct load *load)
{
	int i;

	INIT_LIST_HEAD(list);
	memset(dest, 0, sizeof(*dest) * TEST_SERVERS);
	for (i = 0; i < TEST_SERVERS; i++) {
		dest[i].weight = abs(load[i].weight);
		dest[i].overload = load[i].weight < 0;
		dest[i].upper = dest[i].overload;
		atomic_set(&dest[i].active, load[i].active);
		atomic_set(&dest[i].conns, load[i].active + load[i].inactive +
					   dest[i].overload);
		list_add_tail(&dest[i].list, list);
	}
}

static int expect_choice(const struct lb_sched_ops *ops,
			 const struct choice *choice,
			 const struct lb_dest *dests,
			 const struct list_head *list, char expected)
{
	struct lb_sched *sched = kzalloc(sizeof(*sched), GFP_KERNEL);
	const struct lb_dest *dest;
	char c;

	if (!sched)
		return -ENOMEM;
	sched->ops = ops;
	sched->dests = list;
	local_bh_disable();
	rcu_read_lock();
	dest = ops->pick(sched, NULL);
	rcu_read_unlock();
	local_bh_enable();
	kfree(sched);

	c = dest ? 'a' + (dest - dests) : '-';
	if (c == expected)
		return 0;
	pr_err("selftest: %s %s: picks %c, not %c\n", ops->name, choice->what,
	       c, expected);
	return -EINVAL;
}

static int test_choices(struct lb_dest *dests)
{
	const struct choice *c = choices;
	struct list_head list;
	int err = 0;

	for (; !err && c < choices + ARRAY_SIZE(choices); c++) {
		fill_dests(dests, &list, c->load);
		err = expect_choice(&lb_sched_lc, c, dests, &list, c->lc) ?:
		      expect_choice(&lb_sched_wlc, c, dests, &list, c->wlc) ?:
		      expect_choice(&lb_sched_sed, c, dests, &list, c->sed) ?:
		      expect_choice(&lb_sched_nq, c, dests, &list, c->nq);
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
	struct lb_dest *dests;
	int err;

	dests = kcalloc(TEST_SERVERS, sizeof(*dests), GFP_KERNEL);
	if (!dests)
		return -ENOMEM;
	err = test_is_less() ?: test_choices(dests);
	kfree(dests);
	return err;
}
