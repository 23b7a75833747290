// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of lblc and lblcr: what they remember, and what they forget. */

#include "pool.h"

/**
 * struct bench - A scheduler with its servers.
 * @pool: Servers.
 * @sched: The scheduler.
 * @lbn: A namespace that has nothing but settings.
 */
struct bench {
	struct pool pool;
	struct lb_sched *sched;
	struct lb_net lbn;
};

static void end_bench(struct bench *b)
{
	lblc_exit(b->sched);
	kfree(b->sched);
	b->sched = NULL;
}

static int begin_bench(struct bench *b, const struct lb_sched_ops *ops,
		       const struct load *load)
{
	fill_pool(&b->pool, load);
	b->lbn.settings[LB_A_CONFIG_LBLC_EXPIRATION] = 100;
	b->lbn.settings[LB_A_CONFIG_LBLCR_EXPIRATION] = 200;
	b->sched = pool_sched(ops, &b->pool);
	if (!b->sched)
		return -ENOMEM;
	b->sched->lbn = &b->lbn;
	lblc_init(b->sched);
	return 0;
}

static char ask(struct bench *b, u32 addr)
{
	struct lb_pkt pkt = {};

	pkt.tuple.daddr = htonl(addr);
	return pool_pick(&b->pool, b->sched, &pkt);
}

static int expect(struct bench *b, const char *what, u32 addr, char letter)
{
	char c = ask(b, addr);

	if (c == letter)
		return 0;
	pr_err("selftest: %s %s: picks %c, not %c\n", b->sched->ops->name,
	       what, c, letter);
	return -EINVAL;
}

static void set_active(struct bench *b, char letter, int active)
{
	struct lb_dest *dest = &b->pool.dest[letter - 'a'];

	atomic_set(&dest->active, active);
	atomic_set(&dest->conns, active);
}

/* As if so much time had passed since anything was asked for, or changed. */
static void pass_time(struct bench *b, u32 seconds)
{
	struct cache *cache = lb_sched_priv(b->sched);
	struct entry *entry;

	list_for_each_entry(entry, &cache->entries, age) {
		entry->used -= lb_ticks(seconds);
		entry->changed -= lb_ticks(seconds);
	}
}

static u32 remembered(const struct bench *b)
{
	const struct cache *cache = lb_sched_priv(b->sched);
	const struct entry *entry;
	u32 count = 0;
	int i;

	for (i = 0; i < BUCKETS; i++)
		hlist_for_each_entry(entry, &cache->bucket[i], node)
			count++;
	return count == cache->num ? count : U32_MAX;
}

/* Both choose by wlc, and stay with that until it is busy. */
static int test_stays(struct bench *b, const struct lb_sched_ops *ops)
{
	static const struct load load[] = { { 4 }, { 4 }, { 4 }, { 0 } };
	int err = begin_bench(b, ops, load);

	if (err)
		return err;
	err = expect(b, "first", 1, 'a');
	set_active(b, 'a', 4);
	err = err ?: expect(b, "loaded", 1, 'a') ?:
	      expect(b, "another address", 2, 'b');
	set_active(b, 'b', 2);
	set_active(b, 'c', 2);
	set_active(b, 'a', 5);
	err = err ?: expect(b, "busy, but so are the others", 1, 'a');
	set_active(b, 'c', 1);
	err = err ?: expect(b, "busy, another is not", 1, 'c');
	set_active(b, 'a', 0);
	err = err ?: expect(b, "its own is idle again", 1,
			    ops == &lb_sched_lblcr ? 'a' : 'c');
	b->pool.dest[0].weight = 0;
	b->pool.dest[2].weight = 0;
	err = err ?: expect(b, "drained", 1, 'b');
	b->pool.dest[1].weight = 0;
	err = err ?: expect(b, "all drained", 1, '-') ?:
	      expect(b, "all drained", 3, '-');
	end_bench(b);
	return err;
}

/* The scheduler must be told before the server can be freed. */
static int test_gone(struct bench *b, const struct lb_sched_ops *ops)
{
	static const struct load load[] = { { 9 }, { 1 }, { 1, 9 }, { 0 } };
	struct lb_dest *gone = &b->pool.dest[0];
	int err = begin_bench(b, ops, load);

	if (err)
		return err;
	err = expect(b, "there", 1, 'a') ?: expect(b, "there", 2, 'a');
	list_del_rcu(&gone->list);
	lb_sched_changed(b->sched, gone);
	gone->available = false;
	err = err ?: expect(b, "going", 1, 'b');
	lb_sched_changed(b->sched, NULL);
	memset(gone, 0x5a, sizeof(*gone));
	err = err ?: expect(b, "gone", 1, 'b') ?: expect(b, "gone", 2, 'b');
	end_bench(b);
	return err;
}

/* Two IPv6 addresses are two, though their words combined are equal. */
static int test_ipv6(struct bench *b)
{
	static const struct load load[] = { { 1 }, { 1 }, { 1 }, { 1 } };
	int err = begin_bench(b, &lb_sched_lblc, load);
	struct lb_pkt pkt = {};

	if (err)
		return err;
	pkt.tuple.daddr6.s6_addr32[3] = htonl(1);
	lb_tuple_fold(&pkt.tuple);
	if (pool_pick(&b->pool, b->sched, &pkt) != 'a')
		err = -EINVAL;
	set_active(b, 'a', 1);
	if (pool_pick(&b->pool, b->sched, &pkt) != 'a')
		err = -EINVAL;
	swap(pkt.tuple.daddr6.s6_addr32[0], pkt.tuple.daddr6.s6_addr32[3]);
	if (pool_pick(&b->pool, b->sched, &pkt) != 'b')
		err = -EINVAL;
	end_bench(b);
	return err;
}

static int test_expiry(struct bench *b)
{
	static const struct load load[] = { { 1 }, { 1 }, { 1 }, { 1 } };
	int err = begin_bench(b, &lb_sched_lblc, load);

	if (err)
		return err;
	err = expect(b, "first", 1, 'a') ?: expect(b, "first", 2, 'a') ?:
	      expect(b, "first", 3, 'a') ?: expect(b, "first", 4, 'a');
	set_active(b, 'a', 1);
	pass_time(b, 99);
	err = err ?: expect(b, "not expired", 4, 'a');
	pass_time(b, 2);
	err = err ?: expect(b, "not expired since", 4, 'a');
	err = err ?: (remembered(b) == 2 ? 0 : -EINVAL);
	err = err ?: expect(b, "expired", 1, 'b') ?:
	      (remembered(b) == 2 ? 0 : -EINVAL);
	pass_time(b, 101);
	set_active(b, 'b', 1);
	err = err ?: expect(b, "expired", 4, 'c') ?:
	      (remembered(b) == 1 ? 0 : -EINVAL) ?:
	      expect(b, "new", 5, 'c') ?: expect(b, "new", 6, 'c') ?:
	      expect(b, "new", 7, 'c');
	pass_time(b, 101);
	set_active(b, 'c', 1);
	err = err ?: expect(b, "expired, but too many have", 7, 'd') ?:
	      (remembered(b) == 2 ? 0 : -EINVAL);
	end_bench(b);
	return err;
}

/* Of the servers of an address the busiest is dropped after a time. */
static int test_thin_out(struct bench *b)
{
	static const struct load load[] = { { 2 }, { 2 }, { 2 }, { 0 } };
	int err = begin_bench(b, &lb_sched_lblcr, load);

	if (err)
		return err;
	err = expect(b, "first", 1, 'a');
	set_active(b, 'a', 3);
	err = err ?: expect(b, "second", 1, 'b');
	set_active(b, 'b', 4);
	err = err ?: expect(b, "third", 1, 'c');
	set_active(b, 'c', 2);
	pass_time(b, 150);
	err = err ?: expect(b, "least", 1, 'c');
	pass_time(b, 51);
	err = err ?: expect(b, "b is dropped", 1, 'c');
	set_active(b, 'b', 0);
	err = err ?: expect(b, "c is not busy", 1, 'c');
	set_active(b, 'c', 4);
	set_active(b, 'b', 2);
	err = err ?: expect(b, "least of two", 1, 'a');
	set_active(b, 'c', 3);
	err = err ?: expect(b, "newest of equal ones", 1, 'c');
	end_bench(b);
	return err;
}

static int test_room(struct bench *b)
{
	static const struct load load[] = { { 1 }, { 1 }, { 1 }, { 1 } };
	int err = begin_bench(b, &lb_sched_lblc, load);
	u32 i;

	if (err)
		return err;
	for (i = 0; i < MAX_ENTRIES; i++)
		ask(b, i);
	set_active(b, 'a', 1);
	err = expect(b, "oldest", 0, 'a') ?:
	      expect(b, "one too many", MAX_ENTRIES, 'b') ?:
	      (remembered(b) == MAX_ENTRIES ? 0 : -EINVAL) ?:
	      expect(b, "oldest, but used", 0, 'a') ?:
	      expect(b, "the next had to go", 1, 'b');
	end_bench(b);
	return err;
}

static int test_many_dests(void)
{
	struct entry entry = {};
	unsigned long i;

	for (i = 1; i <= MAX_DESTS + 8; i++)
		add_dest(&entry, (struct lb_dest *)i);
	kfree(entry.dest);
	return entry.num == MAX_DESTS ? 0 : -EINVAL;
}

/**
 * lb_sched_lblc_selftest() - Check lblc and lblcr.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_sched_lblc_selftest(void)
{
	struct bench *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int err;

	if (!b)
		return -ENOMEM;
	err = test_stays(b, &lb_sched_lblc) ?:
	      test_stays(b, &lb_sched_lblcr) ?:
	      test_gone(b, &lb_sched_lblc) ?:
	      test_gone(b, &lb_sched_lblcr) ?:
	      test_ipv6(b) ?:
	      test_expiry(b) ?: test_thin_out(b) ?: test_room(b) ?:
	      test_many_dests();
	if (err)
		pr_err("selftest: lblc or lblcr: %d\n", err);
	kfree(b);
	return err;
}
