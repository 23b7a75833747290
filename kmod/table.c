// SPDX-License-Identifier: GPL-2.0-only
/* A hash table that grows and shrinks while it is read.
 *
 * A resize publishes the new buckets behind the old ones and moves the nodes
 * over one by one, each from the end of its chain, linked to the new chain
 * before it leaves the old one. A reader that follows a node into the other
 * chain sees by the marker at the chain's end that it is not where it began,
 * and begins again; one that finds nothing goes on to the newer buckets. So
 * none misses a node. Adding goes to the newest buckets only.
 *
 * A bucket's lock is chosen by the low bits of the hash, which are the same in
 * tables of all sizes, so one lock covers a node's old and new bucket.
 *
 * An entry has no timer. Each group of buckets has a lower bound of the expiry
 * times of its nodes; once a second a worker sweeps the groups that are due.
 */

#include <linux/bitrev.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "lb.h"
#include "table.h"

#define GROWN_SIZE 16384 /* at least, once it grew: 128 KiB */
#define RETRY_SECONDS 8 /* without memory for larger buckets */

static_assert(LB_TABLE_LOCKS <= LB_TABLE_MIN);

/* While it is not resized. */
static struct lb_buckets *buckets_of(const struct lb_table *table)
{
	return rcu_dereference_protected(table->cur,
					 lockdep_is_held(&table->resize));
}

/**
 * lb_table_grow() - Let the worker make the table larger soon.
 * @table: Table.
 */
void lb_table_grow(struct lb_table *table)
{
	WRITE_ONCE(table->growing, true);
	mod_delayed_work(system_unbound_wq, &table->work, 0);
}

static void init_buckets(struct lb_buckets *b, u32 size)
{
	u32 far = lb_now() + lb_ticks(LB_TIMEOUT_MAX);
	u32 i;

	b->mask = size - 1;
	RCU_INIT_POINTER(b->next, NULL);
	b->due = (u32 *)&b->head[size];
	for (i = 0; i < size; i++)
		INIT_HLIST_NULLS_HEAD(&b->head[i],
				      lb_table_marker(&b->head[i]));
	for (i = 0; i < size >> LB_TABLE_GROUP; i++)
		b->due[i] = far;
}

/* Fail rather than wake the OOM killer: a crowded table works, too. */
static struct lb_buckets *alloc_buckets(u32 size)
{
	struct lb_buckets *b;

	b = kvmalloc(struct_size(b, head, size) +
		     sizeof(*b->due) * (size >> LB_TABLE_GROUP),
		     GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (b)
		init_buckets(b, size);
	return b;
}

/* Move the last entry of a chain; its lock is held. */
static bool move_last(struct lb_table *table, struct hlist_nulls_head *from,
		      struct lb_buckets *to)
{
	struct hlist_nulls_node *pos, *last = NULL;
	struct hlist_nulls_node **pprev;
	struct lb_node *node;
	const u32 *end;
	u32 hash;

	for (pos = from->first; !is_a_nulls(pos); pos = pos->next)
		last = pos;
	if (!last)
		return false;

	node = hlist_nulls_entry(last, struct lb_node, list);
	hash = table->ops->hash(table, node);
	pprev = last->pprev;
	hlist_nulls_add_head_rcu(last, &to->head[hash & to->mask]);
	/* Pairs with smp_rmb() in lb_table_find(): who sees that the entry left
	 * must see it where it went.
	 */
	smp_store_release(pprev, (void *)NULLS_MARKER(lb_table_marker(from)));
	end = table->ops->end(node);
	if (end)
		lb_table_lower(to, hash, READ_ONCE(*end));
	return true;
}

/**
 * lb_table_resize() - Give the table another number of buckets.
 * @table: Table.
 * @size: Number of buckets, a power of two.
 *
 * Context: process, under table->resize. Return: false without memory.
 */
bool lb_table_resize(struct lb_table *table, u32 size)
{
	struct lb_buckets *from = buckets_of(table);
	struct lb_buckets *to = alloc_buckets(size);
	u32 i;

	if (!to)
		return false;

	rcu_assign_pointer(from->next, to);
	/* Pairs with smp_mb() in lb_table_hasten(). */
	smp_mb();
	for (i = 0; i <= from->mask; i++) {
		spin_lock_bh(lb_table_lock(table, i));
		while (move_last(table, &from->head[i], to))
			;
		spin_unlock_bh(lb_table_lock(table, i));
		cond_resched();
	}
	rcu_assign_pointer(table->cur, to);
	table->gen++;
	kvfree_rcu(from, rcu);
	return true;
}

/* The first step is a large one: it costs little memory to move less. */
static u32 grown_size(u32 count)
{
	return clamp_t(u64, roundup_pow_of_two(count * 3ULL), GROWN_SIZE,
		       LB_TABLE_MAX);
}

/* The size that the table should have. */
static u32 fitting_size(const struct lb_buckets *b, u32 count)
{
	u32 size = b->mask + 1;

	if (lb_table_is_crowded(b, count))
		return grown_size(count);
	if (size > LB_TABLE_MIN && count < size / 32)
		return max_t(u32, roundup_pow_of_two(count * 4 + 1),
			     LB_TABLE_MIN);
	return size;
}

static bool charge(struct lb_table *table, u32 from, u32 to)
{
	return !table->ops->charge || table->ops->charge(table, from, to);
}

/* Return: Has it that size now? */
static bool set_size(struct lb_table *table, u32 size)
{
	u32 now = buckets_of(table)->mask + 1;
	const bool grows = size > now;
	bool done;

	if (size == now)
		return true;
	if (time_before64(get_jiffies_64(), table->retry) ||
	    (grows && !charge(table, now, size)))
		return false;
	done = lb_table_resize(table, size);
	if (!done)
		table->retry = get_jiffies_64() + RETRY_SECONDS * HZ;
	/* Give back what it has no more, or did not get. */
	if (done != grows)
		charge(table, max(size, now), min(size, now));
	return done;
}

/**
 * lb_table_fit() - Give the table the number of buckets that it should have.
 * @table: Table.
 *
 * While there is no memory, or it may not be larger, new entries need not ask
 * for it again and again: the worker will.
 *
 * Context: process, under table->resize.
 */
void lb_table_fit(struct lb_table *table)
{
	u32 fitting = fitting_size(buckets_of(table),
				   atomic_read(&table->count));
	u32 size = min(fitting, rounddown_pow_of_two(READ_ONCE(table->max)));

	if (set_size(table, size) && size == fitting)
		WRITE_ONCE(table->growing, false);
}

/* End what is due in one bucket; return when the next one is. */
static u32 sweep_bucket(struct lb_table *table, struct hlist_nulls_head *head,
			u32 now, u32 next)
{
	struct hlist_nulls_node *pos;
	struct lb_node *node;
	u32 end;

	hlist_nulls_for_each_entry_rcu(node, pos, head, list)
		if (table->ops->sweep(table, node, now, &end) &&
		    (s32)(end - next) < 0)
			next = end;
	return next;
}

static void sweep_group(struct lb_table *table, struct lb_buckets *b, u32 group,
			u32 now)
{
	u32 far = now + lb_ticks(LB_TIMEOUT_MAX);
	u32 first = group << LB_TABLE_GROUP;
	u32 next = far;
	u32 i;

	/* Reset before looking: what is added or hastened meanwhile lowers it
	 * again. See lb_table_lower() for the barrier.
	 */
	xchg(&b->due[group], far);
	local_bh_disable();
	rcu_read_lock();
	for (i = first; i < first + BIT(LB_TABLE_GROUP); i++)
		next = sweep_bucket(table, &b->head[i], now, next);
	rcu_read_unlock();
	local_bh_enable();
	lb_table_lower(b, first, next);
}

/**
 * lb_table_sweep() - End what is to end by now.
 * @table: Table.
 * @now: Now, in ticks.
 *
 * Context: process, under table->resize.
 */
void lb_table_sweep(struct lb_table *table, u32 now)
{
	struct lb_buckets *b = buckets_of(table);
	bool all = READ_ONCE(table->all);
	u32 group;

	for (group = 0; group <= b->mask >> LB_TABLE_GROUP; group++) {
		if (all || (s32)(READ_ONCE(b->due[group]) - now) <= 0)
			sweep_group(table, b, group, now);
		cond_resched();
	}
	if (all)
		WRITE_ONCE(table->all, false);
}

static void table_work(struct work_struct *work)
{
	struct lb_table *table = container_of(to_delayed_work(work),
					      struct lb_table, work);

	mutex_lock(&table->resize);
	lb_table_sweep(table, lb_now());
	lb_table_fit(table);
	mutex_unlock(&table->resize);
	if (atomic_read(&table->count))
		queue_delayed_work(system_unbound_wq, &table->work, HZ);
}

static bool next_bucket(struct lb_table_cursor *cursor, u32 mask)
{
	cursor->bucket = bitrev32(bitrev32(cursor->bucket | ~mask) + 1);
	return cursor->bucket;
}

/* Those before cursor->at are new or were passed. */
static int walk_bucket(struct hlist_nulls_head *head,
		       struct lb_table_cursor *cursor,
		       int (*fn)(struct lb_node *node, void *arg), void *arg)
{
	struct hlist_nulls_node *pos;
	struct lb_node *node, *at;
	int err;

	do {
		at = cursor->at;
		cursor->at = NULL;
		hlist_nulls_for_each_entry_rcu(node, pos, head, list) {
			if (at && node != at)
				continue;
			at = NULL;
			err = fn(node, arg);
			if (err) {
				cursor->at = node;
				return err;
			}
		}
	} while (at); /* it is gone: some are visited twice, none is missed */
	return 0;
}

/**
 * lb_table_walk() - Call a function for every node.
 * @table: Table.
 * @cursor: Where to go on; moved behind the last node that @fn took.
 * @fn: Called under RCU, may kill it; anything but 0 ends the walk before it.
 * @arg: Passed to @fn.
 *
 * The buckets are visited in bit-reversed order, in which those that a bucket
 * is split into, or merged from, follow each other: a walk that resumes after
 * a resize misses no node that was there all the time.
 *
 * Context: process. Return: The last value of @fn.
 */
int lb_table_walk(struct lb_table *table, struct lb_table_cursor *cursor,
		  int (*fn)(struct lb_node *node, void *arg), void *arg)
{
	struct lb_buckets *b;
	int err = 0;

	mutex_lock(&table->resize);
	b = buckets_of(table);
	/* A resize reverses the order of the nodes in a bucket. */
	if (cursor->gen != table->gen)
		cursor->at = NULL;
	cursor->gen = table->gen;
	while (!cursor->done) {
		rcu_read_lock();
		err = walk_bucket(&b->head[cursor->bucket & b->mask], cursor,
				  fn, arg);
		rcu_read_unlock();
		if (err)
			break;
		cursor->done = !next_bucket(cursor, b->mask);
		cond_resched();
	}
	mutex_unlock(&table->resize);
	return err;
}

/** lb_table_size() - Number of buckets. */
u32 lb_table_size(const struct lb_table *table)
{
	u32 size;

	rcu_read_lock();
	size = rcu_dereference(table->cur)->mask + 1;
	rcu_read_unlock();
	return size;
}

/**
 * lb_table_lengths() - Count the buckets by the length of their chains.
 * @table: Table.
 * @counts: Added to: how many have no node, one, two and so on; the last also
 *	has those with more.
 * @n: How many counts.
 *
 * Context: process.
 */
void lb_table_lengths(struct lb_table *table, u32 *counts, u32 n)
{
	const struct hlist_nulls_node *pos;
	struct lb_buckets *b;
	u32 i, length;

	mutex_lock(&table->resize);
	b = buckets_of(table);
	for (i = 0; i <= b->mask; i++) {
		length = 0;
		rcu_read_lock();
		for (pos = rcu_dereference(hlist_nulls_first_rcu(&b->head[i]));
		     !is_a_nulls(pos) && length < n - 1;
		     pos = rcu_dereference(hlist_nulls_next_rcu(pos)))
			length++;
		rcu_read_unlock();
		counts[length]++;
		cond_resched();
	}
	mutex_unlock(&table->resize);
}

/**
 * lb_table_init() - Make a table that is empty.
 * @table: Table.
 * @ops: What it asks about its nodes.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_table_init(struct lb_table *table, const struct lb_table_ops *ops)
{
	struct lb_buckets *b = alloc_buckets(LB_TABLE_MIN);
	int i;

	if (!b)
		return -ENOMEM;

	RCU_INIT_POINTER(table->cur, b);
	table->ops = ops;
	get_random_bytes(&table->key, sizeof(table->key));
	atomic_set(&table->count, 0);
	table->growing = false;
	table->all = false;
	mutex_init(&table->resize);
	table->gen = 0;
	table->max = LB_TABLE_MAX;
	table->retry = 0;
	INIT_DELAYED_WORK(&table->work, table_work);
	for (i = 0; i < LB_TABLE_LOCKS; i++)
		spin_lock_init(&table->lock[i]);
	return 0;
}

/**
 * lb_table_exit() - Empty a table and free its buckets.
 * @table: Nobody adds to it or looks into it any more.
 * @fn: Called for each node, under RCU with bottom halves off; it takes out all
 *	nodes of an entry.
 */
void lb_table_exit(struct lb_table *table, void (*fn)(struct lb_table *table,
						      struct lb_node *node))
{
	struct hlist_nulls_node *pos;
	struct lb_node *node;
	struct lb_buckets *b;
	u32 i;

	cancel_delayed_work_sync(&table->work);
	b = rcu_dereference_protected(table->cur, true);
	charge(table, b->mask + 1, LB_TABLE_MIN);
	for (i = 0; i <= b->mask; i++) {
		local_bh_disable();
		rcu_read_lock();
		hlist_nulls_for_each_entry_rcu(node, pos, &b->head[i], list)
			fn(table, node);
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	}
	kvfree(b);
}

#ifdef LB_DEBUG
#include "selftest/table.c"
#endif
