// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of fo, ovf and twos. */

#include "pool.h"

/**
 * struct choice - Four servers, a to d, and which one each scheduler picks.
 * @what: Name.
 * @load: The servers.
 * @fo: Its pick; a dash is nobody.
 * @ovf: Its pick.
 */
struct choice {
	const char *what;
	struct load load[TEST_SERVERS];
	char fo, ovf;
};

static const struct choice choices[] = {
	{ "equal", { { 1 }, { 1 }, { 1 }, { 1 } }, 'a', 'a' },
	{ "heaviest", { { 1 }, { 3 }, { 4 }, { 4 } }, 'c', 'c' },
	{ "heaviest overloaded", { { -9 }, { 3 }, { 4 }, { -8 } }, 'c', 'c' },
	{ "all drained", { { 0 }, { 0 }, { 0 }, { 0 } }, '-', '-' },
	{ "all overloaded", { { -1 }, { -1 }, { -1 }, { -1 } }, '-', '-' },
	{ "full to the weight", { { 1 }, { 5, 5, 99 }, { 2 }, { 0 } },
	  'b', 'b' },
	{ "full", { { 1 }, { 5, 6 }, { 2, 2 }, { 0 } }, 'b', 'c' },
	{ "all full", { { 1, 2 }, { 5, 6 }, { 2, 3 }, { 3, 9 } }, 'b', '-' },
	{ "greatest weight", { { 1 }, { MOST, MOST }, { MOST - 1 }, { 0 } },
	  'b', 'b' },
};

static int test_choices(struct pool *pool)
{
	const struct choice *c = choices;
	int err = 0;

	for (; !err && c < choices + ARRAY_SIZE(choices); c++) {
		fill_pool(pool, c->load);
		err = expect_pick(&lb_sched_fo, pool, c->what, c->fo) ?:
		      expect_pick(&lb_sched_ovf, pool, c->what, c->ovf);
	}
	return err;
}

/**
 * struct draws - How often twos picks each of four servers in 6000.
 * @what: Name.
 * @load: The servers.
 * @least: At least so often.
 * @most: At most.
 */
struct draws {
	const char *what;
	struct load load[TEST_SERVERS];
	int least[TEST_SERVERS];
	int most[TEST_SERVERS];
};

/* Bounds are ten standard deviations off. Of two equal servers each wins when
 * it is drawn first. The busiest wins only if it is drawn twice.
 */
static const struct draws draws[] = {
	{ "idle", { { 1 }, { 2 }, { -9 }, { 3 } },
	  { 710, 1640, 0, 2610 }, { 1290, 2360, 0, 3390 } },
	{ "one busy", { { MOST, 5 }, { MOST }, { 0 }, { MOST } },
	  { 420, 2280, 0, 2280 }, { 920, 3060, 0, 3060 } },
	{ "only one", { { 0 }, { -3 }, { 1, MOST }, { 0 } },
	  { 0, 0, 6000, 0 }, { 0, 0, 6000, 0 } },
	{ "greatest weight and load",
	  { { MOST, MOST }, { MOST, MOST - 1 }, { 0 }, { 0 } },
	  { 1160, 4160, 0, 0 }, { 1840, 4840, 0, 0 } },
};

static int expect_draws(struct pool *pool, struct lb_sched *sched,
			const struct draws *d)
{
	int count[TEST_SERVERS] = {};
	char c;
	int i;

	for (i = 0; i < 6000; i++) {
		c = pool_pick(pool, sched, NULL);
		if (c != '-')
			count[c - 'a']++;
	}
	for (i = 0; i < TEST_SERVERS; i++) {
		if (count[i] >= d->least[i] && count[i] <= d->most[i])
			continue;
		pr_err("selftest: twos %s: picks %c %d times\n", d->what,
		       'a' + i, count[i]);
		return -EINVAL;
	}
	return 0;
}

static int test_draws(struct pool *pool)
{
	struct lb_sched *sched = pool_sched(&lb_sched_twos, pool);
	const struct draws *d = draws;
	int err = 0;

	if (!sched)
		return -ENOMEM;
	for (; !err && d < draws + ARRAY_SIZE(draws); d++) {
		fill_pool(pool, d->load);
		err = expect_draws(pool, sched, d);
	}
	kfree(sched);
	return err;
}

/**
 * lb_sched_fo_selftest() - Check fo, ovf and twos.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_sched_fo_selftest(void)
{
	static const struct load none[TEST_SERVERS];
	struct pool *pool = kmalloc(sizeof(*pool), GFP_KERNEL);
	int err;

	if (!pool)
		return -ENOMEM;
	fill_pool(pool, none);
	err = expect_pick(&lb_sched_twos, pool, "all drained", '-') ?:
	      test_choices(pool) ?: test_draws(pool);
	kfree(pool);
	return err;
}
