// SPDX-License-Identifier: GPL-2.0-only
/* Connections: all of them, or some, one after the other. */

#include <linux/bitrev.h>

#include "conn_table.h"
#include "node.h"

/**
 * lb_conn_scan() - Look at the connections in some buckets.
 * @table: Table.
 * @first: Number of the first bucket; any number will do.
 * @buckets: How many, at most all there are.
 * @fn: Called for each connection, which it may end; true ends the scan.
 * @arg: Passed to @fn.
 *
 * While the table is resized it sees a part of it only.
 *
 * Context: under RCU, bottom halves off. Return: Number of buckets looked at.
 */
u32 lb_conn_scan(struct lb_conn_table *table, u32 first, u32 buckets,
		 bool (*fn)(struct lb_conn *conn, void *arg), void *arg)
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
			if (node->key.dir == LB_DIR_ORIG &&
			    fn(lb_node_conn(node), arg))
				return i + 1;
	}
	return buckets;
}

static bool next_bucket(struct lb_conn_cursor *cursor, u32 mask)
{
	cursor->bucket = bitrev32(bitrev32(cursor->bucket | ~mask) + 1);
	return cursor->bucket;
}

/* Those before cursor->at are new or were passed. */
static int walk_bucket(struct hlist_nulls_head *head,
		       struct lb_conn_cursor *cursor,
		       int (*fn)(struct lb_conn *conn, void *arg), void *arg)
{
	struct hlist_nulls_node *pos;
	struct lb_conn *conn, *at;
	struct lb_node *node;
	int err;

	do {
		at = cursor->at;
		cursor->at = NULL;
		hlist_nulls_for_each_entry_rcu(node, pos, head, list) {
			conn = lb_node_conn(node);
			if (node->key.dir != LB_DIR_ORIG || (at && conn != at))
				continue;
			at = NULL;
			err = fn(conn, arg);
			if (err) {
				cursor->at = conn;
				return err;
			}
		}
	} while (at); /* it is gone: rather twice than never */
	return 0;
}

/**
 * lb_conn_walk() - Call a function for every connection.
 * @table: Table.
 * @cursor: Where to go on; moved behind the last connection that @fn took.
 * @fn: Called under RCU, may kill it; anything but 0 ends the walk before it.
 * @arg: Passed to @fn.
 *
 * The buckets are visited in the order of their reversed number, in which those
 * that a bucket is split into, or merged from, follow each other: a walk that
 * is continued after a resize misses no connection that was there all the time.
 *
 * Context: process. Return: The last value of @fn.
 */
int lb_conn_walk(struct lb_conn_table *table, struct lb_conn_cursor *cursor,
		 int (*fn)(struct lb_conn *conn, void *arg), void *arg)
{
	struct lb_buckets *b;
	int err = 0;

	mutex_lock(&table->resize);
	b = lb_conn_buckets(table);
	/* A resize turns the order of the connections in a bucket round. */
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
