/* SPDX-License-Identifier: GPL-2.0-only */
/* A hash table that is resized while it is read, and whose entries expire. It
 * knows nodes; operations of its user (struct lb_table_ops) tell the rest.
 */
#ifndef _LB_TABLE_H
#define _LB_TABLE_H

#include <linux/mutex.h>
#include <linux/rculist_nulls.h>
#include <linux/siphash.h>
#include <linux/spinlock.h>
#include <linux/workqueue.h>

#define LB_TABLE_LOCKS 256
#define LB_TABLE_MIN 1024
#define LB_TABLE_MAX BIT(27) /* kvmalloc() has no more than 2 GiB */
#define LB_TABLE_GROUP 4 /* bits */

struct lb_table;

/**
 * struct lb_node - What can be found by one key.
 * @list: In its bucket.
 */
struct lb_node {
	struct hlist_nulls_node list;
};

/**
 * struct lb_table_ops - What the table asks about its nodes, under RCU.
 * @hash: The hash of a node.
 * @end: Where stands when it ends, in ticks, to be read by READ_ONCE(); NULL if
 *	it goes with another node.
 * @sweep: End a node if it is to end by now. Else, and if it is not for others
 *	to call lb_table_hasten() for it, true, and @end is set to when it ends.
 *	Bottom halves are off.
 * @charge: Optional: may the table have @to buckets instead of @from? It will
 *	then, or this is called the other way round. The first LB_TABLE_MIN are
 *	not asked for, and are left at the end.
 */
struct lb_table_ops {
	u32 (*hash)(const struct lb_table *table, const struct lb_node *node);
	const u32 *(*end)(const struct lb_node *node);
	bool (*sweep)(struct lb_table *table, struct lb_node *node, u32 now,
		      u32 *end);
	bool (*charge)(struct lb_table *table, u32 from, u32 to);
};

/**
 * struct lb_buckets - One generation of the table.
 * @mask: Number of buckets, a power of two, less one.
 * @next: The generation that replaces it.
 * @due: For each group of buckets, when its first node may end.
 * @rcu: For freeing.
 * @head: The chains.
 */
struct lb_buckets {
	u32 mask;
	struct lb_buckets __rcu *next;
	u32 *due;
	struct rcu_head rcu;
	struct hlist_nulls_head head[];
};

/**
 * struct lb_table - A table.
 * @cur: The oldest generation in use.
 * @ops: What it asks.
 * @key: Secret for the hash: others choose what is hashed.
 * @count: Number of entries, which may have several nodes.
 * @growing: The worker knows that the table is too small, even if it may not
 *	grow now.
 * @all: The next sweep comes to all nodes, due or not; READ_ONCE.
 * @resize: Held while there are two generations.
 * @gen: How often it was resized; @resize.
 * @max: It is to have no more buckets than these; READ_ONCE.
 * @retry: In jiffies of 64 bits: no resize before, after one failed; @resize.
 * @work: Expiry and resize, once a second while there are entries.
 * @lock: Locks of the buckets.
 */
struct lb_table {
	struct lb_buckets __rcu *cur;
	const struct lb_table_ops *ops;
	hsiphash_key_t key;
	atomic_t count ____cacheline_aligned_in_smp;
	bool growing;
	bool all;
	struct mutex resize; /* at most one resize */
	u32 gen;
	u32 max;
	u64 retry;
	struct delayed_work work;
	spinlock_t lock[LB_TABLE_LOCKS]; /* of the buckets of one residue */
};

/**
 * struct lb_table_cursor - Where a walk through the table is; zero to start.
 * @bucket: Number of the bucket, its bits in reverse.
 * @gen: How often the table had been resized when @at was set.
 * @at: Node of the bucket to go on with, NULL for the first. It may be gone, so
 *	it is only compared.
 * @done: The walk is over.
 */
struct lb_table_cursor {
	u32 bucket;
	u32 gen;
	struct lb_node *at;
	bool done;
};

int lb_table_init(struct lb_table *table, const struct lb_table_ops *ops);
void lb_table_exit(struct lb_table *table, void (*fn)(struct lb_table *table,
						      struct lb_node *node));
void lb_table_grow(struct lb_table *table);
bool lb_table_resize(struct lb_table *table, u32 size);
void lb_table_sweep(struct lb_table *table, u32 now);
void lb_table_fit(struct lb_table *table);
int lb_table_walk(struct lb_table *table, struct lb_table_cursor *cursor,
		  int (*fn)(struct lb_node *node, void *arg), void *arg);
void lb_table_lengths(struct lb_table *table, u32 *counts, u32 n);
u32 lb_table_size(const struct lb_table *table);

#ifdef LB_DEBUG
extern unsigned int lb_table_stress;
int lb_table_selftest(void);
#endif

static inline unsigned long lb_table_marker(const struct hlist_nulls_head *head)
{
	return (unsigned long)head >> 1;
}

static __always_inline struct lb_node *
lb_table_find_in(struct lb_buckets *b, u32 hash, const void *key,
		 bool (*const is)(const struct lb_node *node, const void *key))
{
	struct hlist_nulls_head *head = &b->head[hash & b->mask];
	struct hlist_nulls_node *pos;
	struct lb_node *node;

	do {
		hlist_nulls_for_each_entry_rcu(node, pos, head, list)
			if (is(node, key))
				return node;
	} while (unlikely(get_nulls_value(pos) != lb_table_marker(head)));
	return NULL;
}

/**
 * lb_table_find() - Find a node.
 * @table: Table.
 * @hash: Hash of @key.
 * @key: What it is found by.
 * @is: Has a node this key? Always inline.
 *
 * Context: under RCU. Return: The node or NULL.
 */
static __always_inline struct lb_node *
lb_table_find(const struct lb_table *table, u32 hash, const void *key,
	      bool (*const is)(const struct lb_node *node, const void *key))
{
	struct lb_buckets *b = rcu_dereference(table->cur);
	struct lb_node *node;

	do {
		node = lb_table_find_in(b, hash, key, is);
		if (node)
			return node;
		/* Pairs with smp_store_release() in move_last(): seeing that an
		 * entry left implies seeing the newer buckets and the entry.
		 */
		smp_rmb();
		b = rcu_dereference(b->next);
	} while (unlikely(b));
	return NULL;
}

/** lb_table_lock() - What is held to link and unlink nodes of a hash. */
static inline spinlock_t *lb_table_lock(struct lb_table *table, u32 hash)
{
	return &table->lock[hash % LB_TABLE_LOCKS];
}

/**
 * lb_table_lower() - A node of a group may end at some time.
 * @b: Buckets.
 * @hash: Hash of the node.
 * @end: When.
 *
 * The caller has linked the node, or changed its expiry time, and then
 * executed a full barrier. It pairs with xchg() in sweep_group(): either we
 * see that the group is being swept, and lower its time again, or the sweep
 * sees what the caller wrote.
 */
static inline void lb_table_lower(struct lb_buckets *b, u32 hash, u32 end)
{
	u32 *due = &b->due[(hash & b->mask) >> LB_TABLE_GROUP];
	u32 old = READ_ONCE(*due);

	while ((s32)(end - old) < 0 && !try_cmpxchg(due, &old, end))
		;
}

/**
 * lb_table_add() - Link a node.
 * @table: Table.
 * @node: Node.
 * @hash: Its hash.
 *
 * Context: under RCU and lb_table_lock().
 * Return: Where it is, for lb_table_note_end().
 */
static __always_inline struct lb_buckets *
lb_table_add(struct lb_table *table, struct lb_node *node, u32 hash)
{
	struct lb_buckets *b = rcu_dereference(table->cur), *next;

	while ((next = rcu_dereference(b->next)))
		b = next;
	hlist_nulls_add_head_rcu(&node->list, &b->head[hash & b->mask]);
	return b;
}

/**
 * lb_table_note_end() - A node that was just linked has an end.
 * @b: Where it is.
 * @hash: Its hash.
 * @end: What ops->end() says of it.
 *
 * Context: under RCU and lb_table_lock().
 */
static __always_inline void lb_table_note_end(struct lb_buckets *b, u32 hash,
					      const u32 *end)
{
	/* Its end is read last, as who found another node of it may have
	 * changed it: pairs with smp_mb() in lb_table_hasten(), too.
	 */
	smp_mb();
	lb_table_lower(b, hash, READ_ONCE(*end));
}

/** lb_table_del() - Unlink a node; what it is in lives for a grace period. */
static __always_inline void lb_table_del(struct lb_table *table,
					 struct lb_node *node, u32 hash)
{
	spin_lock(lb_table_lock(table, hash));
	hlist_nulls_del_rcu(&node->list);
	spin_unlock(lb_table_lock(table, hash));
}

/**
 * lb_table_hasten() - A node ends earlier than the table knows.
 * @table: Table.
 * @hash: Hash of the node.
 * @end: What ops->end() says of it; it was written before.
 *
 * Context: under RCU.
 */
static __always_inline void lb_table_hasten(struct lb_table *table, u32 hash,
					    const u32 *end)
{
	struct lb_buckets *b;

	/* Pairs with smp_mb() in lb_table_resize(): either we see the new
	 * buckets, or the resize sees the new time when it moves the node.
	 */
	smp_mb();
	for (b = rcu_dereference(table->cur); b; b = rcu_dereference(b->next))
		lb_table_lower(b, hash, READ_ONCE(*end));
}

/** lb_table_is_crowded() - Are so many too many for these buckets? */
static inline bool lb_table_is_crowded(const struct lb_buckets *b, u32 count)
{
	return count > b->mask / 2 && b->mask + 1 < LB_TABLE_MAX;
}

/** lb_table_enter() - There is one entry more. Return: How many there are. */
static __always_inline u32 lb_table_enter(struct lb_table *table)
{
	u32 count = atomic_inc_return(&table->count);

	if (unlikely(count == 1))
		queue_delayed_work(system_unbound_wq, &table->work, HZ);
	return count;
}

/** lb_table_leave() - There is one entry less. */
static inline void lb_table_leave(struct lb_table *table)
{
	atomic_dec(&table->count);
}

/** lb_table_settle() - A new entry is found: may the table be too small? */
static __always_inline void lb_table_settle(struct lb_table *table, u32 count)
{
	if (unlikely(lb_table_is_crowded(rcu_dereference(table->cur), count)) &&
	    !READ_ONCE(table->growing))
		lb_table_grow(table);
}

/**
 * lb_table_scan() - Look at the nodes in some buckets.
 * @table: Table.
 * @first: Number of the first bucket; any number will do.
 * @buckets: How many, at most all there are.
 * @fn: Called for each node, which it may end; true ends the scan. Always
 *	inline.
 * @arg: Passed to @fn.
 *
 * While the table is resized it sees a part of it only.
 *
 * Context: under RCU, bottom halves off. Return: Number of buckets looked at.
 */
static __always_inline u32
lb_table_scan(struct lb_table *table, u32 first, u32 buckets,
	      bool (*const fn)(struct lb_node *node, void *arg), void *arg)
{
	struct lb_buckets *b = rcu_dereference(table->cur);
	struct hlist_nulls_head *head;
	struct hlist_nulls_node *pos;
	struct lb_node *node;
	u32 i;

	buckets = min(buckets, b->mask + 1);
	for (i = 0; i < buckets; i++) {
		head = &b->head[(first + i) & b->mask];
		hlist_nulls_for_each_entry_rcu(node, pos, head, list)
			if (fn(node, arg))
				return i + 1;
	}
	return buckets;
}

#endif /* _LB_TABLE_H */
