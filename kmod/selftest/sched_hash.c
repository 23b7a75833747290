// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of dh and sh: how many of 4096 clients each server gets. */

#include "pool.h"

#define TEST_CLIENTS 4096

/**
 * struct spread - Four servers, a to d, and their shares.
 * @what: Name.
 * @ops: Scheduler.
 * @flags: Its flags.
 * @load: The servers.
 * @buckets: How many buckets each has.
 * @fallback: Nobody may be refused, or, if false, whoever has a bucket of a
 *	server that is not usable.
 */
struct spread {
	const char *what;
	const struct lb_sched_ops *ops;
	u32 flags;
	struct load load[TEST_SERVERS];
	int buckets[TEST_SERVERS];
	bool fallback;
};

static const struct spread spreads[] = {
	{ "equal", &lb_sched_sh, 0, { { 1 }, { 1 }, { 1 }, { 1 } },
	  { 64, 64, 64, 64 } },
	{ "weights", &lb_sched_sh, 0, { { 1 }, { 2 }, { 0 }, { 5 } },
	  { 29, 58, 29, 140 } },
	{ "weights, fallback", &lb_sched_sh, LB_SCHED_FLAG_FALLBACK,
	  { { 1 }, { 2 }, { 0 }, { 5 } }, { 29, 58, 29, 140 }, true },
	{ "overloaded", &lb_sched_sh, LB_SCHED_FLAG_PORT,
	  { { -32 }, { 32 }, { -32 }, { 32 } }, { 64, 64, 64, 64 } },
	{ "greatest weight", &lb_sched_sh, 0,
	  { { MOST }, { MOST }, { 1 }, { 1 } }, { 256, 0, 0, 0 } },
	{ "all drained", &lb_sched_sh, LB_SCHED_FLAG_FALLBACK,
	  { { 0 }, { 0 }, { 0 }, { 0 } }, { 64, 64, 64, 64 } },
	{ "equal", &lb_sched_dh, 0, { { 1 }, { 1 }, { 1 }, { 1 } },
	  { 64, 64, 64, 64 } },
	{ "weights", &lb_sched_dh, LB_SCHED_FLAG_FALLBACK,
	  { { 1 }, { 2 }, { 0 }, { -5 } }, { 64, 64, 64, 64 } },
	{ "all overloaded", &lb_sched_dh, 0,
	  { { -1 }, { -1 }, { -1 }, { -1 } }, { 64, 64, 64, 64 } },
};

static bool buckets_are(struct lb_sched *sched, const struct pool *pool,
			const int *expected)
{
	int count[TEST_SERVERS] = {};
	int i;

	rcu_read_lock();
	for (i = 0; i < BUCKETS; i++)
		count[bucket(sched, i) - pool->dest]++;
	rcu_read_unlock();
	return !memcmp(count, expected, sizeof(count));
}

/* Both addresses and the port of the client differ. */
static struct lb_pkt test_pkt(u32 client)
{
	struct lb_pkt pkt = {};

	pkt.tuple.saddr = htonl(0x0a000000 + client);
	pkt.tuple.daddr = htonl(0x0b000000 + client);
	pkt.tuple.sport = htons(client * 7);
	return pkt;
}

/* The same client with IPv6 addresses whose words, combined, are those. */
static struct lb_pkt test_pkt6(u32 client)
{
	struct lb_pkt pkt = test_pkt(client);
	struct lb_tuple *t = &pkt.tuple;

	t->saddr6.s6_addr32[0] = ~t->saddr;
	t->saddr6.s6_addr32[3] = htonl(~0);
	t->daddr6.s6_addr32[1] = ~t->daddr;
	t->daddr6.s6_addr32[2] = htonl(~0);
	t->saddr = 0;
	t->daddr = 0;
	lb_tuple_fold(t);
	return pkt;
}

static int test_spread(const struct spread *s, struct pool *pool,
		       struct lb_sched *sched)
{
	int count[TEST_SERVERS] = {};
	int expected, refused = 0;
	struct lb_pkt pkt;
	int i;
	char c;

	if (!buckets_are(sched, pool, s->buckets))
		return -EINVAL;
	for (i = 0; i < TEST_CLIENTS; i++) {
		pkt = test_pkt(i);
		c = pool_pick(pool, sched, &pkt);
		pkt = test_pkt6(i);
		if (pool_pick(pool, sched, &pkt) != c)
			return -EINVAL;
		if (c == '-')
			refused++;
		else
			count[c - 'a']++;
	}
	if (s->fallback)
		return refused ? -EINVAL : 0;
	for (i = 0; i < TEST_SERVERS; i++) {
		expected = s->buckets[i] * (TEST_CLIENTS / BUCKETS);
		if (s->load[i].weight <= 0)
			expected = 0;
		if (abs(count[i] - expected) > expected / 10)
			return -EINVAL;
	}
	return 0;
}

/* Without servers nobody is picked. */
static int test_empty(const struct lb_sched_ops *ops, struct pool *pool)
{
	struct lb_sched *sched = pool_sched(ops, pool);
	struct lb_pkt pkt = test_pkt(1);
	char c;

	if (!sched)
		return -ENOMEM;
	INIT_LIST_HEAD(&pool->list);
	lb_sched_changed(sched, NULL);
	c = pool_pick(pool, sched, &pkt);
	kfree(sched);
	return c == '-' ? 0 : -EINVAL;
}

static int test_spreads(struct pool *pool)
{
	const struct spread *s = spreads;
	struct lb_sched *sched;
	int err = 0;

	for (; !err && s < spreads + ARRAY_SIZE(spreads); s++) {
		fill_pool(pool, s->load);
		sched = pool_sched(s->ops, pool);
		if (!sched)
			return -ENOMEM;
		sched->flags = s->flags;
		lb_sched_changed(sched, NULL);
		err = test_spread(s, pool, sched);
		if (err)
			pr_err("selftest: %s %s\n", s->ops->name, s->what);
		kfree(sched);
	}
	return err;
}

/**
 * lb_sched_hash_selftest() - Check dh and sh.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_sched_hash_selftest(void)
{
	struct pool *pool = kmalloc(sizeof(*pool), GFP_KERNEL);
	int err;

	if (!pool)
		return -ENOMEM;
	err = test_spreads(pool) ?: test_empty(&lb_sched_dh, pool) ?:
	      test_empty(&lb_sched_sh, pool);
	kfree(pool);
	return err;
}
