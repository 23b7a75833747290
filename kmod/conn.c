// SPDX-License-Identifier: GPL-2.0-only
/* Connections: how they are found, begin and end. */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>

#include "conn_dir.h"
#include "ct.h"
#include "limit.h"

/**
 * struct lb_conn_table - The connections of a namespace.
 * @nodes: The table, of one node for each direction. A sweep of all ends the
 *	connections of removed real servers.
 * @net: Namespace, NULL when it is about to go; READ_ONCE.
 * @owner: Whose it is, see limit.h.
 */
struct lb_conn_table {
	struct lb_table nodes;
	struct net *net;
	struct lb_owner *owner;
};

static u32 hash_of(const struct lb_table *nodes, const struct lb_tuple *t)
{
	const size_t rest = sizeof(*t) - offsetof(struct lb_tuple, sport);
	const u64 *word = lb_conn_dir_words(&t->key);

	if (unlikely(t->ipv6))
		return hsiphash(&t->sport, rest, &nodes->key);
	return hsiphash_4u32(word[0], word[0] >> 32, word[1], word[1] >> 32,
			     &nodes->key);
}

/**
 * lb_conn_hash() - Hash of a tuple in a table.
 * @table: Table.
 * @t: Tuple.
 */
u32 lb_conn_hash(const struct lb_conn_table *table, const struct lb_tuple *t)
{
	return hash_of(&table->nodes, t);
}
EXPORT_SYMBOL_LB(lb_conn_hash);

static struct lb_conn_dir *dir_of(const struct lb_node *node)
{
	return container_of(node, struct lb_conn_dir, node);
}

static u32 hash_dir(const struct lb_table *nodes, const struct lb_conn_dir *d)
{
	struct lb_tuple tuple __uninitialized;

	lb_conn_dir_read(d, &tuple);
	return hash_of(nodes, &tuple);
}

static __always_inline bool is_ipv4(const struct lb_node *node, const void *key)
{
	return lb_conn_dir_is(dir_of(node), key, false);
}

static __always_inline bool is_ipv6(const struct lb_node *node, const void *key)
{
	return lb_conn_dir_is(dir_of(node), key, true);
}

/* Not inline, so that IPv4 needs no registers for it. */
static noinline struct lb_node *find_node6(const struct lb_conn_table *table,
					   u32 hash, const struct lb_tuple *t)
{
	return lb_table_find(&table->nodes, hash, t, is_ipv6);
}

static __always_inline struct lb_node *
find_node(const struct lb_conn_table *table, u32 hash, const struct lb_tuple *t)
{
	return unlikely(t->ipv6) ?
	       find_node6(table, hash, t) :
	       lb_table_find(&table->nodes, hash, t, is_ipv4);
}

/**
 * lb_conn_find() - Find the connection of a packet.
 * @table: Table.
 * @key: Its tuple.
 * @hash: lb_conn_hash() of it.
 * @dir: Set to the direction in which the tuple goes.
 *
 * Context: under RCU, which the use of the result must not outlive.
 * Return: The connection or NULL.
 */
struct lb_conn *lb_conn_find(const struct lb_conn_table *table,
			     const struct lb_tuple *key, u32 hash,
			     enum lb_dir *dir)
{
	struct lb_node *node = find_node(table, hash, key);

	if (!node)
		return NULL;
	*dir = dir_of(node)->key.dir;
	return lb_conn_of(dir_of(node));
}
EXPORT_SYMBOL_LB(lb_conn_find);

/* The connection ends earlier than the table knows. */
static void hasten(struct lb_conn_table *table, const struct lb_conn *conn)
{
	lb_table_hasten(&table->nodes, hash_dir(&table->nodes, &conn->orig),
			&conn->expires);
}

/**
 * lb_conn_touch() - Something happened: the time to its end begins anew.
 * @table: Table.
 * @conn: Connection, under RCU.
 * @timeout: Ticks until it ends.
 *
 * Writes only when the end moves by more than a quarter of a second, so that
 * busy connections do not dirty their cache lines.
 */
void lb_conn_touch(struct lb_conn_table *table, struct lb_conn *conn,
		   u32 timeout)
{
	u32 expires = lb_now() + timeout;
	s32 later = expires - READ_ONCE(conn->expires);
	const s32 slack = (HZ / 4) >> LB_TICK_SHIFT;

	if (likely(later <= slack && later >= -slack))
		return;
	WRITE_ONCE(conn->expires, expires);
	if (later < 0)
		hasten(table, conn);
}

static void add_dir(struct lb_conn_table *table, struct lb_conn_dir *d,
		    u32 hash)
{
	struct lb_buckets *b = lb_table_add(&table->nodes, &d->node, hash);

	/* The other direction goes with this one. */
	if (d->key.dir == LB_DIR_ORIG)
		lb_table_note_end(b, hash, &lb_conn_of(d)->expires);
}

/* @t is the direction's tuple. Returns the node that is there already, if one
 * is, else NULL.
 */
static struct lb_node *link_dir(struct lb_conn_table *table,
				struct lb_conn_dir *d, const struct lb_tuple *t,
				u32 hash)
{
	struct lb_node *old;

	spin_lock(lb_table_lock(&table->nodes, hash));
	old = find_node(table, hash, t);
	if (!old)
		add_dir(table, d, hash);
	spin_unlock(lb_table_lock(&table->nodes, hash));
	return old;
}

static void unlink_dir(struct lb_conn_table *table, struct lb_conn_dir *d)
{
	lb_table_del(&table->nodes, &d->node, hash_dir(&table->nodes, d));
}

/* A connection counts for its template no longer. Without any, that is left to
 * its own time, which may have been over for long. The barrier in
 * lb_table_hasten() pairs with xchg() in sweep_group(): either the sweep sees
 * that there is none left, or we see that the group was looked at.
 */
static void release_template(struct lb_conn_table *table,
			     struct lb_conn *template)
{
	lb_conn_put(template);
	if (refcount_read(&template->ref) == 1)
		hasten(table, template);
}

static void put_template(struct lb_conn_table *table, struct lb_conn *conn)
{
	struct lb_conn *template = READ_ONCE(conn->template);

	if (template && cmpxchg(&conn->template, template, NULL) == template)
		release_template(table, template);
}

/**
 * lb_conn_attach() - A connection that was done holds a template again.
 * @table: Table.
 * @conn: Connection, under RCU.
 * @template: Template, under RCU.
 *
 * Who ends the connection lets go of the template, if it is there by then.
 *
 * Context: bottom halves off. Return: false if it is over, or holds one.
 */
bool lb_conn_attach(struct lb_conn_table *table, struct lb_conn *conn,
		    struct lb_conn *template)
{
	bool attached = false;

	if (!refcount_inc_not_zero(&template->ref))
		return false;
	spin_lock(&conn->lock);
	if (READ_ONCE(conn->life) != LB_LIFE_OVER)
		attached = !cmpxchg(&conn->template, NULL, template);
	spin_unlock(&conn->lock);
	if (!attached)
		release_template(table, template);
	return attached;
}

/**
 * lb_conn_detach() - A connection is done: it holds its template no longer.
 * @table: Table.
 * @conn: Connection, under RCU.
 *
 * A control connection of FTP that still has data connections is not done.
 *
 * Context: bottom halves off.
 */
void lb_conn_detach(struct lb_conn_table *table, struct lb_conn *conn)
{
	if (refcount_read(&conn->ref) == 1)
		put_template(table, conn);
}

static void uncount(struct lb_conn_table *table)
{
	lb_table_leave(&table->nodes);
	lb_limit_sub(table->owner, LB_LIMIT_CONNS, 1);
}

static void end_tracking(struct lb_conn_table *table,
			 const struct lb_conn *conn)
{
	struct net *net = READ_ONCE(table->net);

	if (net)
		lb_ct_kill(net, conn);
}

/**
 * lb_conn_kill() - End a connection now.
 * @table: Table.
 * @conn: Connection.
 *
 * Context: under RCU, bottom halves off. Return: false if somebody else did it
 * before, or is just putting it into the table: then it stays.
 */
bool lb_conn_kill(struct lb_conn_table *table, struct lb_conn *conn)
{
	bool active;

	if (!lb_conn_end_life(conn, LB_LIFE_WHOLE, &active))
		return false;

	unlink_dir(table, &conn->orig);
	if (lb_conn_has_reply(conn))
		unlink_dir(table, &conn->reply);
	if (unlikely(conn->tracked))
		end_tracking(table, conn);
	uncount(table);
	lb_dest_put_conn(conn->dest, lb_key_is_template(&conn->orig.key),
			 active);
	put_template(table, conn);
	lb_conn_put(conn);
	return true;
}

/* Two services can send one client port to the same port of a real server,
 * which could not tell the two apart either: the newer one gets its way when
 * the older one is over.
 */
static bool link_reply(struct lb_conn_table *table, struct lb_conn *conn)
{
	struct lb_tuple tuple __uninitialized;
	struct lb_node *old;
	int tries;
	u32 hash;

	lb_conn_dir_read(&conn->reply, &tuple);
	hash = lb_conn_hash(table, &tuple);
	for (tries = 0; tries < 3; tries++) {
		old = link_dir(table, &conn->reply, &tuple, hash);
		if (!old)
			return true;
		if (!lb_conn_is_over(lb_conn_of(dir_of(old))))
			return false;
		lb_conn_kill(table, lb_conn_of(dir_of(old)));
	}
	return false;
}

/* The original direction is published last: the sweep walks only that. By the
 * reply direction others may find the connection before, change its state and
 * its end, but not take it out: that takes both.
 */
static struct lb_conn *insert_conn(struct lb_conn_table *table,
				   struct lb_conn *conn,
				   const struct lb_conn_cfg *cfg)
{
	bool nat = lb_conn_has_reply(conn);
	struct lb_node *old;
	enum lb_dir dir;

	if (nat && !link_reply(table, conn)) {
		/* Another CPU may have made it of the same packets. */
		conn = lb_conn_find(table, &cfg->tuple, cfg->hash, &dir);
		return conn ?: ERR_PTR(-EEXIST);
	}
	old = link_dir(table, &conn->orig, &cfg->tuple, cfg->hash);
	if (!old) {
		/* Who sees it will see the links when it has the locks. */
		smp_store_release(&conn->life, LB_LIFE_WHOLE);
		return conn;
	}
	if (nat)
		unlink_dir(table, &conn->reply);
	return lb_conn_of(dir_of(old));
}

/**
 * lb_conn_create() - Add a connection.
 * @table: Table.
 * @cfg: What it is to be.
 * @made: Set: it was made now, and is not one that was there.
 *
 * Context: under RCU, bottom halves off.
 * Return: The connection, or the one that another CPU has just made of the same
 * packets; -ENOMEM; -EEXIST if a different connection has the tuple that the
 * real server's packets would have; -ESTALE if the server or the template is
 * being freed.
 */
struct lb_conn *lb_conn_create(struct lb_conn_table *table,
			       const struct lb_conn_cfg *cfg, bool *made)
{
	bool template = lb_key_is_template(&cfg->tuple.key);
	bool active = cfg->active;
	struct lb_conn *conn, *there;
	u32 count;

	*made = false;
	if (!lb_dest_get_conn(cfg->dest, template))
		return ERR_PTR(-ESTALE);
	if (cfg->active)
		atomic_inc(&cfg->dest->active);
	there = ERR_PTR(-ESTALE);
	if (cfg->template && !refcount_inc_not_zero(&cfg->template->ref))
		goto err_put_dest;
	conn = lb_conn_alloc(cfg);
	if (!conn) {
		if (cfg->template)
			release_template(table, cfg->template);
		there = ERR_PTR(-ENOMEM);
		goto err_put_dest;
	}

	/* Before anybody can find it and end it. */
	lb_limit_add(table->owner, LB_LIMIT_CONNS, 1);
	count = lb_table_enter(&table->nodes);
	there = insert_conn(table, conn, cfg);
	if (there != conn)
		goto err_free_conn;

	lb_table_settle(&table->nodes, count);
	*made = true;
	return conn;

err_free_conn:
	uncount(table);
	/* Its reply direction may have been in the table for a moment, and a
	 * packet may have changed what it counts as.
	 */
	lb_conn_end_life(conn, LB_LIFE_NEW, &active);
	put_template(table, conn);
	lb_conn_free(conn);
err_put_dest:
	lb_dest_put_conn(cfg->dest, template, active);
	return there;
}

static u32 hash_node(const struct lb_table *nodes, const struct lb_node *node)
{
	return hash_dir(nodes, dir_of(node));
}

static const u32 *end_of_node(const struct lb_node *node)
{
	const struct lb_conn_dir *d = dir_of(node);

	return d->key.dir == LB_DIR_ORIG ? &lb_conn_of(d)->expires : NULL;
}

static bool is_past(const struct lb_conn *conn, u32 now)
{
	return (s32)(READ_ONCE(conn->expires) - now) <= 0;
}

/* What has connections, a template say, lives on with them. The last of them
 * that goes lowers its group's time again, see put_template().
 */
static bool is_held(const struct lb_conn *conn)
{
	return refcount_read(&conn->ref) > 1;
}

static bool has_ended(const struct lb_table *nodes, struct lb_conn *conn,
		      u32 now)
{
	if (READ_ONCE(nodes->all) && !READ_ONCE(conn->dest->available))
		return true;
	return is_past(conn, now) && !is_held(conn);
}

static struct lb_conn_table *conns_of(struct lb_table *nodes)
{
	return container_of(nodes, struct lb_conn_table, nodes);
}

/* One that is not whole yet is for the next time. */
static bool sweep_node(struct lb_table *nodes, struct lb_node *node, u32 now,
		       u32 *end)
{
	struct lb_conn *conn;

	if (dir_of(node)->key.dir != LB_DIR_ORIG)
		return false;
	conn = lb_conn_of(dir_of(node));
	if (has_ended(nodes, conn, now) && lb_conn_kill(conns_of(nodes), conn))
		return false;
	if (is_past(conn, now) && is_held(conn))
		return false;
	*end = READ_ONCE(conn->expires);
	return true;
}

static bool charge_buckets(struct lb_table *nodes, u32 from, u32 to)
{
	struct lb_owner *owner = conns_of(nodes)->owner;

	if (to <= from) {
		lb_limit_sub(owner, LB_LIMIT_BUCKETS, from - to);
		return true;
	}
	if (!lb_limit_has_room(owner, LB_LIMIT_BUCKETS, to - from))
		return false;
	lb_limit_add(owner, LB_LIMIT_BUCKETS, to - from);
	return true;
}

static const struct lb_table_ops node_ops = {
	.hash	= hash_node,
	.end	= end_of_node,
	.sweep	= sweep_node,
	.charge	= charge_buckets,
};

/* What a walk or a scan calls for each connection. */
struct visit {
	union {
		int (*walk)(struct lb_conn *conn, void *arg);
		bool (*scan)(struct lb_conn *conn, void *arg);
	};
	void *arg;
};

static __always_inline bool scan_node(struct lb_node *node, void *arg)
{
	const struct lb_conn_dir *d = dir_of(node);
	const struct visit *visit = arg;

	return d->key.dir == LB_DIR_ORIG &&
	       visit->scan(lb_conn_of(d), visit->arg);
}

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
	struct visit visit = { .scan = fn, .arg = arg };

	return lb_table_scan(&table->nodes, first, buckets, scan_node, &visit);
}

static int walk_node(struct lb_node *node, void *arg)
{
	const struct lb_conn_dir *d = dir_of(node);
	const struct visit *visit = arg;

	if (d->key.dir != LB_DIR_ORIG)
		return 0;
	return visit->walk(lb_conn_of(d), visit->arg);
}

/**
 * lb_conn_walk() - Call a function for every connection.
 * @table: Table.
 * @cursor: Where to go on; moved behind the last connection that @fn took.
 * @fn: Called under RCU, may kill it; anything but 0 ends the walk before it.
 * @arg: Passed to @fn.
 *
 * See lb_table_walk().
 *
 * Context: process. Return: The last value of @fn.
 */
int lb_conn_walk(struct lb_conn_table *table, struct lb_table_cursor *cursor,
		 int (*fn)(struct lb_conn *conn, void *arg), void *arg)
{
	struct visit visit = { .walk = fn, .arg = arg };

	return lb_table_walk(&table->nodes, cursor, walk_node, &visit);
}
EXPORT_SYMBOL_LB(lb_conn_walk);

/**
 * lb_conn_flush_gone() - End all connections and templates of real servers that
 * are not in their service, once, within about a second.
 * @table: Table.
 * @on: Do; or do not, if it was not done yet.
 */
void lb_conn_flush_gone(struct lb_conn_table *table, bool on)
{
	WRITE_ONCE(table->nodes.all, on);
}

/** lb_conn_count() - Number of connections, templates included. */
u32 lb_conn_count(const struct lb_conn_table *table)
{
	return atomic_read(&table->nodes.count);
}
EXPORT_SYMBOL_LB(lb_conn_count);

/**
 * lb_conn_table_lengths() - Count the buckets by the length of their chains.
 * @table: Table.
 * @counts: See lb_table_lengths().
 * @n: How many counts.
 */
void lb_conn_table_lengths(struct lb_conn_table *table, u32 *counts, u32 n)
{
	lb_table_lengths(&table->nodes, counts, n);
}
EXPORT_SYMBOL_LB(lb_conn_table_lengths);

/** lb_conn_table_size() - Number of buckets. */
u32 lb_conn_table_size(const struct lb_conn_table *table)
{
	return lb_table_size(&table->nodes);
}
EXPORT_SYMBOL_LB(lb_conn_table_size);

/**
 * lb_conn_table_set_max() - Limit the number of buckets.
 * @table: Table.
 * @max: To this, or the next lower power of two; heeded within a second while
 *	there are connections.
 */
void lb_conn_table_set_max(struct lb_conn_table *table, u32 max)
{
	WRITE_ONCE(table->nodes.max, max);
}

/**
 * lb_conn_table_alloc() - An empty table.
 * @net: Namespace.
 * @owner: Whose what it has is, see limit.h.
 *
 * Return: The table or NULL.
 */
struct lb_conn_table *lb_conn_table_alloc(struct net *net,
					  struct lb_owner *owner)
{
	struct lb_conn_table *table;

	table = kzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);
	if (!table)
		return NULL;
	if (lb_table_init(&table->nodes, &node_ops)) {
		kfree(table);
		return NULL;
	}
	table->net = net;
	table->owner = owner;
	return table;
}

static void kill_node(struct lb_table *nodes, struct lb_node *node)
{
	if (dir_of(node)->key.dir == LB_DIR_ORIG)
		lb_conn_kill(conns_of(nodes), lb_conn_of(dir_of(node)));
}

/**
 * lb_conn_leave_net() - The namespace is about to go; connections are not yet.
 * @table: Table.
 *
 * Connection tracking may go before them, if it was loaded later. Who ends one
 * does so under RCU, so a grace period afterwards nobody asks for its entry.
 */
void lb_conn_leave_net(struct lb_conn_table *table)
{
	WRITE_ONCE(table->net, NULL);
}

/**
 * lb_conn_table_free() - End all connections and free the table.
 * @table: No packet can find it any more, and it left its namespace.
 */
void lb_conn_table_free(struct lb_conn_table *table)
{
	lb_table_exit(&table->nodes, kill_node);
	kfree(table);
}

#ifdef LB_DEBUG
#include "selftest/conn.c"
#endif
