// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of mh: shares of the table, who moves, and who is picked. */

#include "pool.h"

#define TEST_SIZE 65537
#define TEST_MANY 100

/**
 * struct bench - Two tables and many servers.
 * @list: The service's list.
 * @a: A table.
 * @b: Another.
 * @dest: Servers.
 */
struct bench {
	struct list_head list;
	struct table *a;
	struct table *b;
	struct lb_dest dest[TEST_MANY];
};

static void set_last_weight(struct lb_dest *dest, int weight)
{
	dest->weight = weight;
	if (weight)
		dest->last_weight = weight;
}

static void fill_bench(struct bench *b)
{
	struct lb_dest *dest;
	int i;

	INIT_LIST_HEAD(&b->list);
	memset(b->dest, 0, sizeof(b->dest));
	for (i = 0; i < TEST_MANY; i++) {
		dest = &b->dest[i];
		dest->key.addr.ip = htonl(0x0a000001 + i / 10);
		dest->key.port = htons(8080 + i % 10);
		dest->available = true;
		set_last_weight(dest, 1);
		list_add_tail(&dest->list, &b->list);
	}
}

static const struct lb_dest *owner(const struct table *t, u32 entry)
{
	u16 i = t->entry[entry];

	return i == NOBODY ? NULL : t->seat[i].dest;
}

static u32 count_entries(const struct table *t, const struct lb_dest *dest)
{
	u32 count = 0;
	u32 i;

	for (i = 0; i < t->size; i++)
		count += owner(t, i) == dest;
	return count;
}

/* Entries that differ, but for those that one of them has in either table. */
static u32 count_moved(const struct bench *b, const struct lb_dest *but)
{
	u32 count = 0;
	u32 i;

	for (i = 0; i < TEST_SIZE; i++)
		count += owner(b->a, i) != owner(b->b, i) &&
			 owner(b->a, i) != but && owner(b->b, i) != but;
	return count;
}

static int expect_range(const char *what, u32 value, u32 least, u32 most)
{
	if (value >= least && value <= most)
		return 0;
	pr_err("selftest: mh %s: %u, not %u to %u\n", what, value, least, most);
	return -EINVAL;
}

/* Equal servers have equal shares; without one, at most one in a hundred of the
 * others' entries moves; when it is back, at another place, all is as it was.
 */
static int test_disruption(struct bench *b)
{
	struct lb_dest *gone;
	int err = 0;
	int i;

	fill_bench(b);
	fill_table(b->a, &b->list);
	for (i = 0; !err && i < TEST_MANY; i++)
		err = expect_range("equal shares",
				   count_entries(b->a, &b->dest[i]), 655, 656);
	for (i = 0; !err && i < TEST_MANY; i += 11) {
		gone = &b->dest[i];
		list_del(&gone->list);
		fill_table(b->b, &b->list);
		err = expect_range("entries moved", count_moved(b, gone), 0,
				   TEST_SIZE / 100) ?:
		      expect_range("entries of nobody",
				   count_entries(b->b, NULL), 0, 0);
		list_add(&gone->list, &b->list);
	}
	if (err)
		return err;
	fill_table(b->b, &b->list);
	return expect_range("entries moved in the end", count_moved(b, NULL),
			    0, 0);
}

/* Drained servers, even all of them, keep their entries; one that never had a
 * weight gets none.
 */
static int test_drain(struct bench *b)
{
	int err = 0;
	int i;

	fill_bench(b);
	fill_table(b->a, &b->list);
	for (i = 0; !err && i < TEST_MANY; i++) {
		set_last_weight(&b->dest[i], 0);
		if (i % 50)
			continue;
		fill_table(b->b, &b->list);
		err = expect_range("entries moved by draining",
				   count_moved(b, NULL), 0, 0);
	}
	b->dest[3].last_weight = 0;
	fill_table(b->b, &b->list);
	err = err ?: expect_range("entries without a weight",
				  count_entries(b->b, &b->dest[3]), 0, 0);
	for (i = 0; i < TEST_MANY; i++)
		b->dest[i].last_weight = 0;
	fill_table(b->b, &b->list);
	return err ?: expect_range("entries of nobody",
				   count_entries(b->b, NULL), TEST_SIZE,
				   TEST_SIZE);
}

/* Shares are those of the weights, to the entry, but nobody has none. */
static int test_weights(struct bench *b)
{
	static const int weights[] = { 1, 2, 3, 255, 254, 100, 0, MOST };
	u64 total = 0;
	u32 share;
	int err = 0;
	int i;

	fill_bench(b);
	for (i = 0; i < TEST_MANY; i++) {
		set_last_weight(&b->dest[i], 1 + i);
		total += 1 + i;
	}
	fill_table(b->a, &b->list);
	for (i = 0; !err && i < TEST_MANY; i++) {
		share = div64_u64((u64)TEST_SIZE * (1 + i), total);
		err = expect_range("share", count_entries(b->a, &b->dest[i]),
				   max_t(u32, share, 2) - 2, share + 2);
	}
	for (i = 0; i < TEST_MANY; i++)
		b->dest[i].last_weight = weights[i % ARRAY_SIZE(weights)];
	fill_table(b->a, &b->list);
	for (i = 0; !err && i < TEST_MANY; i++)
		err = expect_range("share beside the greatest weight",
				   count_entries(b->a, &b->dest[i]),
				   b->dest[i].last_weight == MOST ? 5400 :
				   !!b->dest[i].last_weight,
				   b->dest[i].last_weight == MOST ? 5500 :
				   !!b->dest[i].last_weight);
	return err;
}

/**
 * struct picks - Four servers, a to d, and how many of 4096 clients get one.
 * @what: Name.
 * @flags: Flags of the scheduler.
 * @load: The servers; all had the weight 1 before.
 * @least: Shares of a to d, at least.
 */
struct picks {
	const char *what;
	u32 flags;
	struct load load[TEST_SERVERS];
	int least[TEST_SERVERS];
};

#define FALLBACK LB_SCHED_FLAG_FALLBACK
#define PORT LB_SCHED_FLAG_PORT

static const struct picks picks[] = {
	{ "equal", 0, { { 1 }, { 1 }, { 1 }, { 1 } }, { 900, 900, 900, 900 } },
	{ "by port", PORT, { { 1 }, { 1 }, { 1 }, { 1 } },
	  { 900, 900, 900, 900 } },
	{ "refused", 0, { { 0 }, { 1 }, { -1 }, { 1 } }, { 0, 900, 0, 900 } },
	{ "fallback", FALLBACK, { { 0 }, { 1 }, { -1 }, { 1 } },
	  { 0, 1900, 0, 1900 } },
	{ "one is left", FALLBACK | PORT, { { 0 }, { 1 }, { 0 }, { 0 } },
	  { 0, 4096, 0, 0 } },
	{ "all unavailable", FALLBACK, { { 0 }, { -1 }, { 0 }, { 0 } },
	  { 0, 0, 0, 0 } },
};

static int expect_picks(const struct picks *p, struct pool *pool,
			struct lb_sched *sched)
{
	int count[TEST_SERVERS] = {};
	struct lb_pkt pkt = {};
	int err = 0;
	int i;
	char c;

	for (i = 0; i < 4096; i++) {
		pkt.tuple.sport = htons(i);
		if (!(p->flags & PORT))
			pkt.tuple.saddr = htonl(i);
		c = pool_pick(pool, sched, &pkt);
		if (c != '-')
			count[c - 'a']++;
	}
	for (i = 0; !err && i < TEST_SERVERS; i++)
		err = expect_range(p->what, count[i], p->least[i],
				   p->least[i] * 5 / 4);
	return err;
}

static int test_picks(struct bench *b, struct pool *pool)
{
	struct mh mh = { .table = RCU_INITIALIZER(b->a) };
	const struct picks *p = picks;
	struct lb_sched *sched;
	int err = 0;
	int i;

	sched = pool_sched(&lb_sched_mh, pool);
	if (!sched)
		return -ENOMEM;
	memcpy(sched->priv, &mh, sizeof(mh));
	for (; !err && p < picks + ARRAY_SIZE(picks); p++) {
		sched->flags = p->flags;
		fill_pool(pool, p->load);
		for (i = 0; i < TEST_SERVERS; i++) {
			pool->dest[i].key.addr.ip = htonl(i);
			pool->dest[i].last_weight = 1;
		}
		fill_table(b->a, &pool->list);
		err = expect_picks(p, pool, sched);
	}
	kfree(sched);
	return err;
}

static int test_sizes(void)
{
	static const u32 good[] = { 2, 3, 7, 251, 4093, 65537, 16777213 };
	static const u32 bad[] = { 0, 1, 4, 9, 65536, 65535, 16777214,
				   16777259, U32_MAX };
	size_t i;

	for (i = 0; i < ARRAY_SIZE(good); i++)
		if (!lb_sched_mh_check_size(good[i]))
			return -EINVAL;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (lb_sched_mh_check_size(bad[i]))
			return -EINVAL;
	return 0;
}

/**
 * lb_sched_mh_selftest() - Check mh.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_sched_mh_selftest(void)
{
	struct pool *pool = kmalloc(sizeof(*pool), GFP_KERNEL);
	struct bench *b = kvzalloc(sizeof(*b), GFP_KERNEL);
	int err = -ENOMEM;

	if (!b || !pool)
		goto out_free;
	b->a = alloc_table(TEST_SIZE, TEST_MANY, NULL);
	b->b = alloc_table(TEST_SIZE, TEST_MANY, NULL);
	if (!IS_ERR(b->a) && !IS_ERR(b->b))
		err = test_sizes() ?: test_disruption(b) ?: test_drain(b) ?:
		      test_weights(b) ?: test_picks(b, pool);
	if (!IS_ERR(b->a))
		free_table(b->a);
	if (!IS_ERR(b->b))
		free_table(b->b);
out_free:
	kvfree(b);
	kfree(pool);
	return err;
}
