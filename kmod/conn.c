// SPDX-License-Identifier: GPL-2.0-only
/* Connections: the object, the table that finds it, its expiry.
 *
 * A chained hash table that grows and shrinks while it is read. A resize
 * publishes the new buckets behind the old ones and moves the entries over one
 * by one, each from the end of its chain, linked to the new chain before it
 * leaves the old one. A reader that follows an entry into the other chain sees
 * by the marker at the chain's end that it is not where it began, and begins
 * again; one that finds nothing goes on to the newer buckets. So none misses an
 * entry. Adding goes to the newest buckets only.
 *
 * A bucket's lock is chosen by the low bits of the hash, which are the same in
 * tables of all sizes, so one lock covers an entry's old and new bucket.
 *
 * There is no timer in a connection. Each group of buckets notes when its first
 * connection may end; once a second a worker looks at the groups that are due.
 */

#include <linux/err.h>
#include <linux/log2.h>
#include <linux/random.h>
#include <linux/slab.h>

#include "conn_table.h"
#include "ct.h"
#include "limit.h"
#include "node.h"

#define MIN_SIZE 1024
#define MAX_SIZE BIT(27) /* kvmalloc() has no more than 2 GiB */
#define GROWN_SIZE 16384 /* at least, once it grew: 128 KiB */
#define GROUP_SHIFT 4
#define RETRY_SECONDS 8 /* without memory for larger buckets */

static_assert(LB_CONN_LOCKS <= MIN_SIZE);

/**
 * lb_conn_hash() - Hash of a tuple in a table.
 * @table: Table.
 * @t: Tuple.
 */
u32 lb_conn_hash(const struct lb_conn_table *table, const struct lb_tuple *t)
{
	const size_t rest = sizeof(*t) - offsetof(struct lb_tuple, sport);
	const u64 *word = lb_node_words(&t->key);

	if (unlikely(t->ipv6))
		return hsiphash(&t->sport, rest, &table->key);
	return hsiphash_4u32(word[0], word[0] >> 32, word[1], word[1] >> 32,
			     &table->key);
}

static unsigned long marker_of(const struct hlist_nulls_head *head)
{
	return (unsigned long)head >> 1;
}

static u32 hash_node(const struct lb_conn_table *table,
		     const struct lb_node *node)
{
	struct lb_tuple tuple __uninitialized;

	lb_node_read(node, &tuple);
	return lb_conn_hash(table, &tuple);
}

static __always_inline struct lb_node *find_in(struct lb_buckets *b, u32 hash,
					       const struct lb_tuple *t,
					       const bool ipv6)
{
	struct hlist_nulls_head *head = &b->head[hash & b->mask];
	struct hlist_nulls_node *pos;
	struct lb_node *node;

	do {
		hlist_nulls_for_each_entry_rcu(node, pos, head, list)
			if (lb_node_is(node, t, ipv6))
				return node;
	} while (unlikely(get_nulls_value(pos) != marker_of(head)));
	return NULL;
}

static __always_inline struct lb_node *
find_any(const struct lb_conn_table *table, u32 hash, const struct lb_tuple *t,
	 const bool ipv6)
{
	struct lb_buckets *b = rcu_dereference(table->cur);
	struct lb_node *node;

	do {
		node = find_in(b, hash, t, ipv6);
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

/* Not inline, so that IPv4 needs no registers for it. */
static noinline struct lb_node *find_node6(const struct lb_conn_table *table,
					   u32 hash, const struct lb_tuple *t)
{
	return find_any(table, hash, t, true);
}

static __always_inline struct lb_node *
find_node(const struct lb_conn_table *table, u32 hash, const struct lb_tuple *t)
{
	return unlikely(t->ipv6) ? find_node6(table, hash, t) :
				   find_any(table, hash, t, false);
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
	*dir = node->key.dir;
	return lb_node_conn(node);
}

/* Before this comes a full barrier behind the write that made @expires true:
 * of who puts an entry into the list, or who changes its end. It pairs with
 * xchg() in sweep_group(): either we see that the group is being looked at, and
 * lower its time again, or the sweep sees what we wrote.
 */
static void lower_due(struct lb_buckets *b, u32 hash, u32 expires)
{
	u32 *due = &b->due[(hash & b->mask) >> GROUP_SHIFT];
	u32 old = READ_ONCE(*due);

	while ((s32)(expires - old) < 0 && !try_cmpxchg(due, &old, expires))
		;
}

/* The connection ends earlier than the table knows. */
static void hasten(struct lb_conn_table *table, const struct lb_conn *conn)
{
	u32 hash = hash_node(table, &conn->orig);
	struct lb_buckets *b;

	/* Pairs with smp_mb() in resize(): either we see the new buckets, or
	 * the resize sees the new time when it moves the connection there.
	 */
	smp_mb();
	for (b = rcu_dereference(table->cur); b; b = rcu_dereference(b->next))
		lower_due(b, hash, READ_ONCE(conn->expires));
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

static spinlock_t *lock_of(struct lb_conn_table *table, u32 hash)
{
	return &table->lock[hash % LB_CONN_LOCKS];
}

static void add_node(struct lb_conn_table *table, struct lb_node *node,
		     u32 hash)
{
	struct lb_buckets *b = rcu_dereference(table->cur), *next;

	while ((next = rcu_dereference(b->next)))
		b = next;
	hlist_nulls_add_head_rcu(&node->list, &b->head[hash & b->mask]);
	if (node->key.dir != LB_DIR_ORIG)
		return;
	/* Its end is read last, as who found the other direction may have
	 * changed it: pairs with smp_mb() in hasten(), too.
	 */
	smp_mb();
	lower_due(b, hash, READ_ONCE(lb_node_conn(node)->expires));
}

/* @t is the node's tuple. Returns the node that is there already, if one is,
 * else NULL.
 */
static struct lb_node *link_node(struct lb_conn_table *table,
				 struct lb_node *node, const struct lb_tuple *t,
				 u32 hash)
{
	struct lb_node *old;

	spin_lock(lock_of(table, hash));
	old = find_node(table, hash, t);
	if (!old)
		add_node(table, node, hash);
	spin_unlock(lock_of(table, hash));
	return old;
}

static void unlink_node(struct lb_conn_table *table, struct lb_node *node)
{
	u32 hash = hash_node(table, node);

	spin_lock(lock_of(table, hash));
	hlist_nulls_del_rcu(&node->list);
	spin_unlock(lock_of(table, hash));
}

/* A connection counts for its template no longer. Without any, that is left to
 * its own time, which may have been over for long. The barrier in hasten()
 * pairs with xchg() in sweep_group(): either the sweep sees that there is none
 * left, or we see that the group was looked at.
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
	atomic_dec(&table->count);
	lb_limit_sub(table->user, LB_LIMIT_CONNS);
}

/**
 * lb_conn_kill() - End a connection now.
 * @table: Table.
 * @conn: Connection, under RCU or the caller's reference.
 *
 * Context: bottom halves off. Return: false if somebody else did it before, or
 * is just putting it into the table: then it stays.
 */
bool lb_conn_kill(struct lb_conn_table *table, struct lb_conn *conn)
{
	bool active;

	if (!lb_conn_end_life(conn, LB_LIFE_WHOLE, &active))
		return false;

	unlink_node(table, &conn->orig);
	if (lb_conn_has_reply(conn))
		unlink_node(table, &conn->reply);
	if (unlikely(conn->tracked) && table->net)
		lb_ct_kill(table->net, conn);
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

	lb_node_read(&conn->reply, &tuple);
	hash = lb_conn_hash(table, &tuple);
	for (tries = 0; tries < 3; tries++) {
		old = link_node(table, &conn->reply, &tuple, hash);
		if (!old)
			return true;
		if (!lb_conn_is_over(lb_node_conn(old)))
			return false;
		lb_conn_kill(table, lb_node_conn(old));
	}
	return false;
}

static void grow_soon(struct lb_conn_table *table)
{
	if (READ_ONCE(table->growing))
		return;
	WRITE_ONCE(table->growing, true);
	mod_delayed_work(system_unbound_wq, &table->work, 0);
}

static bool is_crowded(const struct lb_buckets *b, u32 count)
{
	return count > b->mask / 2 && b->mask + 1 < MAX_SIZE;
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
	old = link_node(table, &conn->orig, &cfg->tuple, cfg->hash);
	if (!old) {
		/* Who sees it will see the links when it has the locks. */
		smp_store_release(&conn->life, LB_LIFE_WHOLE);
		return conn;
	}
	if (nat)
		unlink_node(table, &conn->reply);
	return lb_node_conn(old);
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
	lb_limit_add(table->user, LB_LIMIT_CONNS);
	count = atomic_inc_return(&table->count);
	if (unlikely(count == 1))
		queue_delayed_work(system_unbound_wq, &table->work, HZ);
	there = insert_conn(table, conn, cfg);
	if (there != conn)
		goto err_free_conn;

	if (unlikely(is_crowded(rcu_dereference(table->cur), count)))
		grow_soon(table);
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

static void init_buckets(struct lb_buckets *b, u32 size)
{
	u32 far = lb_now() + lb_ticks(LB_TIMEOUT_MAX);
	u32 i;

	b->mask = size - 1;
	RCU_INIT_POINTER(b->next, NULL);
	b->due = (u32 *)&b->head[size];
	for (i = 0; i < size; i++)
		INIT_HLIST_NULLS_HEAD(&b->head[i], marker_of(&b->head[i]));
	for (i = 0; i < size >> GROUP_SHIFT; i++)
		b->due[i] = far;
}

/* Rather a crowded table than somebody killed for its memory. */
static struct lb_buckets *alloc_buckets(u32 size)
{
	struct lb_buckets *b;

	b = kvmalloc(struct_size(b, head, size) +
		     sizeof(*b->due) * (size >> GROUP_SHIFT),
		     GFP_KERNEL_ACCOUNT | __GFP_NOWARN | __GFP_RETRY_MAYFAIL);
	if (b)
		init_buckets(b, size);
	return b;
}

/* Move the last entry of a chain; its lock is held. */
static bool move_last(struct lb_conn_table *table,
		      struct hlist_nulls_head *from, struct lb_buckets *to)
{
	struct hlist_nulls_node *pos, *last = NULL;
	struct hlist_nulls_node **pprev;
	struct lb_node *node;
	u32 hash;

	for (pos = from->first; !is_a_nulls(pos); pos = pos->next)
		last = pos;
	if (!last)
		return false;

	node = hlist_nulls_entry(last, struct lb_node, list);
	hash = hash_node(table, node);
	pprev = last->pprev;
	hlist_nulls_add_head_rcu(last, &to->head[hash & to->mask]);
	/* Pairs with smp_rmb() in find_any(): who sees that the entry left must
	 * see it where it went.
	 */
	smp_store_release(pprev, (void *)NULLS_MARKER(marker_of(from)));
	if (node->key.dir == LB_DIR_ORIG)
		lower_due(to, hash, READ_ONCE(lb_node_conn(node)->expires));
	return true;
}

static bool resize(struct lb_conn_table *table, u32 size)
{
	struct lb_buckets *from = lb_conn_buckets(table);
	struct lb_buckets *to = alloc_buckets(size);
	u32 i;

	if (!to)
		return false;

	rcu_assign_pointer(from->next, to);
	/* Pairs with smp_mb() in hasten(). */
	smp_mb();
	for (i = 0; i <= from->mask; i++) {
		spin_lock_bh(lock_of(table, i));
		while (move_last(table, &from->head[i], to))
			;
		spin_unlock_bh(lock_of(table, i));
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
		       MAX_SIZE);
}

/* The size that the table should have. */
static u32 fitting_size(const struct lb_buckets *b, u32 count)
{
	u32 size = b->mask + 1;

	if (is_crowded(b, count))
		return grown_size(count);
	if (size > MIN_SIZE && count < size / 32)
		return max_t(u32, roundup_pow_of_two(count * 4 + 1), MIN_SIZE);
	return size;
}

/* While there is no memory, new connections need not ask for it again and
 * again: the worker will.
 */
static void fit_size(struct lb_conn_table *table)
{
	struct lb_buckets *b = lb_conn_buckets(table);
	u32 size = fitting_size(b, atomic_read(&table->count));

	if (size != b->mask + 1 && time_before(jiffies, table->retry))
		return;
	if (size == b->mask + 1 || resize(table, size))
		WRITE_ONCE(table->growing, false);
	else
		table->retry = jiffies + RETRY_SECONDS * HZ;
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

static bool has_ended(const struct lb_conn_table *table, struct lb_conn *conn,
		      u32 now)
{
	if (READ_ONCE(table->flush_gone) && !READ_ONCE(conn->dest->available))
		return true;
	return is_past(conn, now) && !is_held(conn);
}

/* End what is due in one bucket; return when the next one is. */
static u32 sweep_bucket(struct lb_conn_table *table,
			struct hlist_nulls_head *head, u32 now, u32 next)
{
	struct hlist_nulls_node *pos;
	struct lb_conn *conn;
	struct lb_node *node;

	hlist_nulls_for_each_entry_rcu(node, pos, head, list) {
		if (node->key.dir != LB_DIR_ORIG)
			continue;
		conn = lb_node_conn(node);
		/* One that is not whole yet is for the next time. */
		if (has_ended(table, conn, now) && lb_conn_kill(table, conn))
			continue;
		if (is_past(conn, now) && is_held(conn))
			continue;
		if ((s32)(READ_ONCE(conn->expires) - next) < 0)
			next = READ_ONCE(conn->expires);
	}
	return next;
}

static void sweep_group(struct lb_conn_table *table, struct lb_buckets *b,
			u32 group, u32 now)
{
	u32 far = now + lb_ticks(LB_TIMEOUT_MAX);
	u32 first = group << GROUP_SHIFT;
	u32 next = far;
	u32 i;

	/* Reset before looking: what is added or hastened meanwhile lowers it
	 * again. See lower_due() for the barrier.
	 */
	xchg(&b->due[group], far);
	local_bh_disable();
	rcu_read_lock();
	for (i = first; i < first + BIT(GROUP_SHIFT); i++)
		next = sweep_bucket(table, &b->head[i], now, next);
	rcu_read_unlock();
	local_bh_enable();
	lower_due(b, first, next);
}

static void sweep(struct lb_conn_table *table, u32 now)
{
	struct lb_buckets *b = lb_conn_buckets(table);
	bool flush = READ_ONCE(table->flush_gone);
	u32 group;

	for (group = 0; group <= b->mask >> GROUP_SHIFT; group++) {
		if (flush || (s32)(READ_ONCE(b->due[group]) - now) <= 0)
			sweep_group(table, b, group, now);
		cond_resched();
	}
	if (flush)
		WRITE_ONCE(table->flush_gone, false);
}

static void table_work(struct work_struct *work)
{
	struct lb_conn_table *table = container_of(to_delayed_work(work),
						   struct lb_conn_table, work);

	mutex_lock(&table->resize);
	sweep(table, lb_now());
	fit_size(table);
	mutex_unlock(&table->resize);
	if (atomic_read(&table->count))
		queue_delayed_work(system_unbound_wq, &table->work, HZ);
}

/**
 * lb_conn_flush_gone() - End all connections and templates of real servers that
 * are not in their service, once, within about a second.
 * @table: Table.
 * @on: Do; or do not, if it was not done yet.
 */
void lb_conn_flush_gone(struct lb_conn_table *table, bool on)
{
	WRITE_ONCE(table->flush_gone, on);
}

/** lb_conn_count() - Number of connections, templates included. */
u32 lb_conn_count(const struct lb_conn_table *table)
{
	return atomic_read(&table->count);
}

/** lb_conn_table_size() - Number of buckets. */
u32 lb_conn_table_size(const struct lb_conn_table *table)
{
	u32 size;

	rcu_read_lock();
	size = rcu_dereference(table->cur)->mask + 1;
	rcu_read_unlock();
	return size;
}

/**
 * lb_conn_table_alloc() - An empty table.
 * @net: Namespace.
 * @user: What it has counts as a user's, see limit.h.
 *
 * Return: The table or NULL.
 */
struct lb_conn_table *lb_conn_table_alloc(struct net *net, bool user)
{
	struct lb_conn_table *table;
	struct lb_buckets *b;
	int i;

	table = kzalloc(sizeof(*table), GFP_KERNEL_ACCOUNT);
	b = alloc_buckets(MIN_SIZE);
	if (!table || !b) {
		kfree(table);
		kvfree(b);
		return NULL;
	}

	RCU_INIT_POINTER(table->cur, b);
	table->net = net;
	table->user = user;
	get_random_bytes(&table->key, sizeof(table->key));
	mutex_init(&table->resize);
	for (i = 0; i < LB_CONN_LOCKS; i++)
		spin_lock_init(&table->lock[i]);
	table->retry = jiffies;
	INIT_DELAYED_WORK(&table->work, table_work);
	return table;
}

/**
 * lb_conn_table_free() - End all connections and free the table.
 * @table: No packet can find it any more.
 */
void lb_conn_table_free(struct lb_conn_table *table)
{
	struct hlist_nulls_node *pos;
	struct lb_node *node;
	struct lb_buckets *b;
	u32 i;

	cancel_delayed_work_sync(&table->work);
	table->net = NULL;
	b = rcu_dereference_protected(table->cur, true);
	for (i = 0; i <= b->mask; i++) {
		local_bh_disable();
		rcu_read_lock();
		hlist_nulls_for_each_entry_rcu(node, pos, &b->head[i], list)
			if (node->key.dir == LB_DIR_ORIG)
				lb_conn_kill(table, lb_node_conn(node));
		rcu_read_unlock();
		local_bh_enable();
		cond_resched();
	}
	kvfree(b);
	kfree(table);
}

#ifdef LB_DEBUG
#include "selftest/conn.c"
#endif
