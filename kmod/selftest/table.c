// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of the table, with entries of its own: membership, resize, walks,
 * expiry.
 */

#include <linux/bitmap.h>
#include <linux/moduleparam.h>

unsigned int lb_table_stress;
module_param_named(stress, lb_table_stress, uint, 0400);
MODULE_PARM_DESC(stress, "seconds to attack the tables for");

#define TEST_ENTRIES 2000
#define TEST_EXTRA 100
#define TEST_ROUNDS 4
#define SOON 100 /* seconds */
#define SECOND BIT(31) /* in the key of the second node of an entry */
#define SUBJECT "table"

struct entry;

/**
 * struct half - What has one key.
 * @node: In the table.
 * @key: Number of the entry, and SECOND.
 * @entry: The entry.
 */
struct half {
	struct lb_node node;
	u32 key;
	struct entry *entry;
};

/**
 * struct entry - What the table holds: one node, or two that end together.
 * @first: The one that has the end.
 * @second: Of entries with an odd number.
 * @end: In ticks; READ_ONCE.
 * @over: Who sets it takes the entry out.
 * @rcu: For freeing.
 */
struct entry {
	struct half first;
	struct half second;
	u32 end;
	unsigned long over;
	struct rcu_head rcu;
};

/**
 * struct trial - A table with entries 0 to TEST_ENTRIES - 1 in it.
 * @table: Table, whose worker does not run.
 * @seen: Entries that a walk came to.
 * @twice: It came to one more than once.
 * @stop_after: A walk stops at that call, never if 0.
 * @passed: Where it came to last.
 * @next: Where it stopped.
 * @reader: Looks all entries up, again and again.
 * @readers_done: Ends the reader.
 * @missed: Entries that it did not find.
 */
struct trial {
	struct lb_table table;
	DECLARE_BITMAP(seen, TEST_ENTRIES + TEST_EXTRA);
	u32 twice;
	u32 stop_after;
	u32 passed;
	u32 next;
	struct work_struct reader;
	bool readers_done;
	u32 missed;
};

static bool check(bool ok, const char *what)
{
	if (!ok)
		pr_err("selftest: table: %s\n", what);
	return ok;
}

static struct half *half_of(const struct lb_node *node)
{
	return container_of(node, struct half, node);
}

static u32 hash_key(const struct lb_table *table, u32 key)
{
	return hsiphash_1u32(key, &table->key);
}

static u32 hash_half(const struct lb_table *table, const struct lb_node *node)
{
	return hash_key(table, half_of(node)->key);
}

static const u32 *end_of_half(const struct lb_node *node)
{
	const struct half *half = half_of(node);

	return half->key & SECOND ? NULL : &half->entry->end;
}

static bool end_entry(struct lb_table *table, struct entry *entry)
{
	u32 key = entry->first.key;

	if (test_and_set_bit(0, &entry->over))
		return false;
	lb_table_del(table, &entry->first.node, hash_key(table, key));
	if (key & 1)
		lb_table_del(table, &entry->second.node,
			     hash_key(table, key | SECOND));
	lb_table_leave(table);
	kfree_rcu(entry, rcu);
	return true;
}

static bool sweep_half(struct lb_table *table, struct lb_node *node, u32 now,
		       u32 *end)
{
	struct entry *entry = half_of(node)->entry;

	if (half_of(node)->key & SECOND)
		return false;
	*end = READ_ONCE(entry->end);
	if ((s32)(*end - now) > 0 && !READ_ONCE(table->all))
		return true;
	end_entry(table, entry);
	return false;
}

static const struct lb_table_ops test_ops = {
	.hash	= hash_half,
	.end	= end_of_half,
	.sweep	= sweep_half,
};

static __always_inline bool is_half(const struct lb_node *node, const void *key)
{
	return half_of(node)->key == *(const u32 *)key;
}

/* For comparison only, but under RCU. */
static struct entry *find(const struct trial *t, u32 key)
{
	struct lb_node *node;

	rcu_read_lock();
	node = lb_table_find(&t->table, hash_key(&t->table, key), &key,
			     is_half);
	rcu_read_unlock();
	return node ? half_of(node)->entry : NULL;
}

static bool link_half(struct trial *t, struct entry *entry, struct half *half,
		      u32 key)
{
	u32 hash = hash_key(&t->table, key);
	struct lb_buckets *b;
	bool there;

	half->key = key;
	half->entry = entry;
	spin_lock(lb_table_lock(&t->table, hash));
	there = find(t, key);
	if (!there) {
		b = lb_table_add(&t->table, &half->node, hash);
		if (!(key & SECOND))
			lb_table_note_end(b, hash, &entry->end);
	}
	spin_unlock(lb_table_lock(&t->table, hash));
	return !there;
}

/* The node with the end comes last, as a sweep takes it for the whole. */
static bool link_entry(struct trial *t, struct entry *entry, u32 i)
{
	u32 count = lb_table_enter(&t->table);

	if (i & 1 && !link_half(t, entry, &entry->second, i | SECOND)) {
		lb_table_leave(&t->table);
		return false;
	}
	if (!link_half(t, entry, &entry->first, i)) {
		if (i & 1)
			lb_table_del(&t->table, &entry->second.node,
				     hash_key(&t->table, i | SECOND));
		lb_table_leave(&t->table);
		return false;
	}
	lb_table_settle(&t->table, count);
	return true;
}

/* Return whether it was not there before. */
static bool create_nth(struct trial *t, u32 i, u32 timeout)
{
	struct entry *entry = kzalloc(sizeof(*entry), GFP_ATOMIC);
	bool made;

	if (!entry)
		return false;
	entry->end = lb_now() + timeout;
	local_bh_disable();
	rcu_read_lock();
	made = link_entry(t, entry, i);
	rcu_read_unlock();
	local_bh_enable();
	if (!made)
		kfree_rcu(entry, rcu);
	return made;
}

static bool kill_nth(struct trial *t, u32 i)
{
	struct entry *entry;
	bool first;

	local_bh_disable();
	rcu_read_lock();
	entry = find(t, i);
	first = entry && end_entry(&t->table, entry);
	rcu_read_unlock();
	local_bh_enable();
	return first;
}

static bool touch_nth(struct trial *t, u32 i, u32 timeout)
{
	struct entry *entry;

	local_bh_disable();
	rcu_read_lock();
	entry = find(t, i);
	if (entry) {
		WRITE_ONCE(entry->end, lb_now() + timeout);
		lb_table_hasten(&t->table, hash_key(&t->table, i), &entry->end);
	}
	rcu_read_unlock();
	local_bh_enable();
	return entry;
}

static bool hasten_nth(struct trial *t, u32 i)
{
	return touch_nth(t, i, 0);
}

static bool is_there(const struct trial *t, u32 i)
{
	const struct entry *entry = find(t, i);

	return entry && find(t, i | SECOND) == (i & 1 ? entry : NULL);
}

static bool is_absent(const struct trial *t, u32 i)
{
	return !find(t, i) && !find(t, i | SECOND);
}

static bool are_there(const struct trial *t, const char *what)
{
	u32 i;

	for (i = 0; i < TEST_ENTRIES; i++)
		if (!is_there(t, i))
			return check(false, what);
	return true;
}

static void tell_due(const char *what, u32 hash, u32 due, u32 end)
{
	pr_err("selftest: table: %s: group of %x due at %u, not by %u\n",
	       what, hash, due, end);
}

/* No group may be looked at later than its first entry ends. */
static bool is_due(const struct trial *t, const char *what)
{
	struct lb_buckets *b;
	struct entry *entry;
	bool ok = true;
	u32 hash, due;
	u32 i;

	rcu_read_lock();
	b = rcu_dereference(t->table.cur);
	for (i = 0; ok && i < TEST_ENTRIES; i++) {
		entry = find(t, i);
		if (!entry)
			continue;
		hash = hash_key(&t->table, i);
		due = b->due[(hash & b->mask) >> LB_TABLE_GROUP];
		ok = (s32)(due - entry->end) <= 0;
		if (!ok)
			tell_due(what, hash, due, entry->end);
	}
	rcu_read_unlock();
	return ok;
}

/* Nobody but the test is to resize and sweep. */
static void stop_worker(struct trial *t)
{
	cancel_delayed_work_sync(&t->table.work);
	WRITE_ONCE(t->table.growing, true);
}

static bool fill_table(struct trial *t)
{
	u32 i;

	for (i = 0; i < TEST_ENTRIES; i++) {
		if (!check(create_nth(t, i, lb_ticks(SOON + i)), "create"))
			return false;
		if (!i)
			stop_worker(t);
	}
	return true;
}

static bool test_members(struct trial *t)
{
	return are_there(t, "an entry is not found") &&
	       check(is_absent(t, TEST_ENTRIES), "a stranger is found") &&
	       check(!create_nth(t, 7, 0), "made twice") &&
	       check(atomic_read(&t->table.count) == TEST_ENTRIES, "count");
}

static bool resize_to(struct trial *t, u32 size)
{
	mutex_lock(&t->table.resize);
	lb_table_resize(&t->table, size);
	mutex_unlock(&t->table.resize);
	return check(lb_table_size(&t->table) == size, "resize") &&
	       are_there(t, "a resize lost an entry") &&
	       is_due(t, "after a resize");
}

static bool test_resize(struct trial *t)
{
	return resize_to(t, 2 * LB_TABLE_MIN) &&
	       resize_to(t, 16 * LB_TABLE_MIN) &&
	       resize_to(t, 4 * LB_TABLE_MIN) && resize_to(t, LB_TABLE_MIN);
}

/* Half of the buckets are moved, and one node of the next. What is added to
 * those by mistake is lost, as it would be in lb_table_resize().
 */
static struct lb_buckets *begin_resize(struct lb_table *table, u32 size)
{
	struct lb_buckets *from = buckets_of(table);
	struct lb_buckets *to = alloc_buckets(size);
	u32 i;

	if (!to)
		return NULL;
	rcu_assign_pointer(from->next, to);
	for (i = 0; i <= from->mask / 2; i++)
		while (move_last(table, &from->head[i], to))
			;
	move_last(table, &from->head[i], to);
	return to;
}

static void end_resize(struct lb_table *table, struct lb_buckets *to)
{
	struct lb_buckets *from = buckets_of(table);
	u32 i;

	for (i = from->mask / 2 + 1; i <= from->mask; i++)
		while (move_last(table, &from->head[i], to))
			;
	rcu_assign_pointer(table->cur, to);
	kvfree_rcu(from, rcu);
}

static bool kill_some(struct trial *t, u32 first, u32 n)
{
	bool ok = true;
	u32 i;

	for (i = first; ok && i < first + n; i++)
		ok = is_there(t, i) && kill_nth(t, i) && is_absent(t, i) &&
		     !kill_nth(t, i);
	return check(ok, "kill");
}

/* What is done while the table has two generations. Half of the extra entries
 * survive it.
 */
static bool use_table(struct trial *t)
{
	u32 i;

	if (!are_there(t, "an entry is missed during a resize"))
		return false;
	for (i = TEST_ENTRIES; i < TEST_ENTRIES + TEST_EXTRA; i++)
		if (!check(create_nth(t, i, lb_ticks(SOON)) && is_there(t, i),
			   "create during a resize"))
			return false;
	if (!check(!create_nth(t, 0, 0) && !create_nth(t, TEST_ENTRIES - 1, 0),
		   "made twice during a resize") ||
	    !kill_some(t, TEST_ENTRIES, TEST_EXTRA / 2))
		return false;
	for (i = 0; i < TEST_ENTRIES; i += 100)
		touch_nth(t, i, lb_ticks(SOON / 2));
	return are_there(t, "an entry is lost during a resize");
}

static bool test_half_resize(struct trial *t, u32 size)
{
	struct lb_buckets *to;
	bool ok = false;

	mutex_lock(&t->table.resize);
	to = begin_resize(&t->table, size);
	if (to) {
		ok = use_table(t);
		end_resize(&t->table, to);
	}
	mutex_unlock(&t->table.resize);
	return check(ok, "use during a resize") &&
	       are_there(t, "an entry is lost after a resize") &&
	       kill_some(t, TEST_ENTRIES + TEST_EXTRA / 2, TEST_EXTRA / 2) &&
	       is_due(t, "after use during a resize");
}

static void read_all(struct work_struct *work)
{
	struct trial *t = container_of(work, struct trial, reader);
	u32 i;

	do {
		for (i = 0; i < TEST_ENTRIES; i++) {
			t->missed += !is_there(t, i);
			cond_resched();
		}
	} while (!READ_ONCE(t->readers_done));
}

static bool test_readers(struct trial *t)
{
	int i;

	INIT_WORK(&t->reader, read_all);
	queue_work(system_unbound_wq, &t->reader);
	mutex_lock(&t->table.resize);
	for (i = 0; i < TEST_ROUNDS; i++) {
		lb_table_resize(&t->table, 8 * LB_TABLE_MIN);
		lb_table_resize(&t->table, LB_TABLE_MIN);
		cond_resched();
	}
	mutex_unlock(&t->table.resize);
	WRITE_ONCE(t->readers_done, true);
	flush_work(&t->reader);
	if (t->missed)
		pr_err("selftest: table: %u missed while resizing\n",
		       t->missed);
	return !t->missed;
}

static int note_node(struct lb_node *node, void *arg)
{
	u32 key = half_of(node)->key;
	struct trial *t = arg;

	if (key & SECOND)
		return 0;
	if (t->stop_after && !--t->stop_after) {
		t->next = key;
		return -EMSGSIZE;
	}
	t->passed = key;
	t->twice += __test_and_set_bit(key, t->seen);
	return 0;
}

static bool have_seen_all(const struct trial *t)
{
	return find_first_zero_bit(t->seen, TEST_ENTRIES) == TEST_ENTRIES;
}

/* A walk in parts, with @resizes between them as @sizes says. */
static bool walk_parts(struct trial *t, u32 part, const u32 *sizes, u32 resizes)
{
	struct lb_table_cursor cursor = {};
	u32 i;

	bitmap_zero(t->seen, TEST_ENTRIES);
	t->twice = 0;
	for (;;) {
		t->stop_after = part;
		if (!lb_table_walk(&t->table, &cursor, note_node, t))
			break;
		for (i = 0; i < resizes && *sizes; i++)
			if (!resize_to(t, *sizes++))
				return false;
	}
	return check(have_seen_all(t), "a walk missed one");
}

/* After each step of a walk, some end where it has been or will go on. */
static bool test_walk_ends(struct trial *t)
{
	struct lb_table_cursor cursor = {};
	u32 i;

	bitmap_zero(t->seen, TEST_ENTRIES);
	for (t->stop_after = 2;
	     lb_table_walk(&t->table, &cursor, note_node, t);
	     t->stop_after = 2) {
		if (t->passed % 2 == 0)
			kill_nth(t, t->passed);
		if (t->next % 4 == 1) {
			kill_nth(t, t->next);
			__set_bit(t->next, t->seen);
		}
	}
	for (i = 0; i < TEST_ENTRIES; i++)
		if (!is_there(t, i) && !create_nth(t, i, lb_ticks(SOON + i)))
			return check(false, "create again");
	return check(have_seen_all(t), "a walk missed one where another ended");
}

static bool test_walk(struct trial *t)
{
	static const u32 sizes[] = {
		4 * LB_TABLE_MIN, 16 * LB_TABLE_MIN, 2 * LB_TABLE_MIN,
		8 * LB_TABLE_MIN, LB_TABLE_MIN, 2 * LB_TABLE_MIN, LB_TABLE_MIN,
		0
	};
	static const u32 to_and_fro[] = {
		2 * LB_TABLE_MIN, LB_TABLE_MIN, 2 * LB_TABLE_MIN, LB_TABLE_MIN,
		0
	};

	return walk_parts(t, 0, NULL, 0) && check(!t->twice, "walked twice") &&
	       walk_parts(t, 37, NULL, 0) && check(!t->twice, "walked twice") &&
	       walk_parts(t, 500, sizes, 1) &&
	       walk_parts(t, 900, to_and_fro, 2) && test_walk_ends(t);
}

/* As if so many seconds had passed. */
static void sweep_at(struct trial *t, u32 start, u32 seconds)
{
	mutex_lock(&t->table.resize);
	lb_table_sweep(&t->table, start + lb_ticks(seconds));
	mutex_unlock(&t->table.resize);
}

/* Those that were touched end before the others, which end in their order. */
static bool test_expiry(struct trial *t)
{
	const u32 half = TEST_ENTRIES / 2;
	u32 start = lb_now();
	u32 i;

	for (i = 0; i < TEST_ENTRIES; i++)
		touch_nth(t, i, lb_ticks(i % 100 ? 2 * SOON + i : SOON / 2));
	if (!is_due(t, "after touching"))
		return false;

	sweep_at(t, start, SOON);
	for (i = 0; i < TEST_ENTRIES; i++)
		if (!check(i % 100 ? is_there(t, i) : is_absent(t, i),
			   "expiry of a few"))
			return false;

	sweep_at(t, start, 2 * SOON + half);
	for (i = 1; i < half - 5; i++)
		if (!check(is_absent(t, i), "expiry of half"))
			return false;
	for (i = half + 5; i < TEST_ENTRIES; i++)
		if (!check(i % 100 == 0 || is_there(t, i), "expiry of half"))
			return false;
	return is_due(t, "after a sweep");
}

/* Groups that are not due are looked at, too, but once. */
static bool test_all(struct trial *t)
{
	WRITE_ONCE(t->table.all, true);
	sweep_at(t, lb_now(), 0);
	return check(!atomic_read(&t->table.count) && !t->table.all,
		     "sweep of all");
}

static u32 fit(struct trial *t)
{
	mutex_lock(&t->table.resize);
	lb_table_fit(&t->table);
	mutex_unlock(&t->table.resize);
	return lb_table_size(&t->table);
}

static bool test_fit(struct trial *t)
{
	u32 before = fit(t);

	return test_all(t) &&
	       check(before == GROWN_SIZE && fit(t) == LB_TABLE_MIN,
		     "size that fits");
}

static u32 number_of(const struct lb_node *node)
{
	return half_of(node)->key & ~SECOND;
}

static struct lb_table *nodes_of(struct trial *t)
{
	return &t->table;
}

#include "stress.c"

static int run_trial(struct trial *t)
{
	if (!fill_table(t) || !test_members(t) || !test_resize(t) ||
	    !test_walk(t) || !is_due(t, "after creation") ||
	    !test_half_resize(t, 4 * LB_TABLE_MIN) ||
	    !test_half_resize(t, LB_TABLE_MIN) || !test_readers(t) ||
	    !test_expiry(t) || !test_fit(t))
		return -EINVAL;
	return lb_table_stress ? test_stress(t) : 0;
}

static void end_half(struct lb_table *table, struct lb_node *node)
{
	if (!(half_of(node)->key & SECOND))
		end_entry(table, half_of(node)->entry);
}

/**
 * lb_table_selftest() - Check the table.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int __init lb_table_selftest(void)
{
	struct trial *t = kvzalloc(sizeof(*t), GFP_KERNEL);
	int err = -ENOMEM;

	if (t && !lb_table_init(&t->table, &test_ops)) {
		err = run_trial(t);
		lb_table_exit(&t->table, end_half);
	}
	kvfree(t);
	return err;
}
