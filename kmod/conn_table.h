/* SPDX-License-Identifier: GPL-2.0-only */
/* The insides of the table of connections, for who works on all of it. */
#ifndef _LB_CONN_TABLE_H
#define _LB_CONN_TABLE_H

#include "conn.h"

#define LB_CONN_LOCKS 256

/**
 * struct lb_buckets - One generation of the table.
 * @mask: Number of buckets, a power of two, less one.
 * @next: The generation that replaces it.
 * @due: For each group of buckets, when its first connection may end.
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
 * struct lb_conn_table - The connections of a namespace.
 * @cur: The oldest generation in use.
 * @net: Namespace, NULL when it is about to go: its connection tracking may be
 *	gone already.
 * @user: A user's, see limit.h.
 * @key: Secret of the hash: clients choose what is hashed.
 * @count: Number of connections.
 * @growing: The worker knows that the table is too small.
 * @resize: Held while there are two generations.
 * @gen: How often it was resized; @resize.
 * @retry: In jiffies: no resize before, after one failed; @resize.
 * @flush_gone: The worker is to end the connections of removed real servers.
 * @work: Expiry and resize, once a second while there are connections.
 * @lock: Locks of the buckets.
 */
struct lb_conn_table {
	struct lb_buckets __rcu *cur;
	struct net *net;
	bool user;
	hsiphash_key_t key;
	atomic_t count ____cacheline_aligned_in_smp;
	bool growing;
	bool flush_gone;
	struct mutex resize; /* at most one resize */
	u32 gen;
	unsigned long retry;
	struct delayed_work work;
	spinlock_t lock[LB_CONN_LOCKS]; /* of the buckets of one residue */
};

/** lb_conn_buckets() - The buckets, while they are not resized. */
static inline struct lb_buckets *
lb_conn_buckets(const struct lb_conn_table *table)
{
	return rcu_dereference_protected(table->cur,
					 lockdep_is_held(&table->resize));
}

#endif /* _LB_CONN_TABLE_H */
