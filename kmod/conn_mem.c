// SPDX-License-Identifier: GPL-2.0-only
/* Connections: the memory and the life of the object. */

#include <linux/export.h>
#include <linux/slab.h>

#include "conn.h"
#include "conn_dir.h"

/* By family and by lb_conn_has_reply(). */
static struct kmem_cache *caches[2][2] __ro_after_init;

static size_t size_of(bool nat, bool ipv6)
{
	return (nat ? sizeof(struct lb_conn) :
		      offsetof(struct lb_conn, reply)) +
	       (ipv6 ? 2 * sizeof(struct in6_addr) : 0);
}

static void free_conn(struct rcu_head *head)
{
	struct lb_conn *conn = container_of(head, struct lb_conn, rcu);

	if (conn->ext)
		kfree(conn);
	else
		kmem_cache_free(caches[conn->orig.key.ipv6]
				      [lb_conn_has_reply(conn)], conn);
}

/**
 * lb_conn_free() - Free a connection when no packet looks at it any more.
 * @conn: Connection.
 */
void lb_conn_free(struct lb_conn *conn)
{
	call_rcu(&conn->rcu, free_conn);
}

/**
 * lb_conn_put() - Let go of a reference.
 * @conn: Connection.
 */
void lb_conn_put(struct lb_conn *conn)
{
	if (refcount_dec_and_test(&conn->ref))
		lb_conn_free(conn);
}

/**
 * lb_conn_end_life() - Only one may take a connection out of the table.
 * @conn: Connection.
 * @from: enum lb_life at which it must be.
 * @active: Set to what it counts as, then for good.
 *
 * Return: Is it the caller who may?
 */
bool lb_conn_end_life(struct lb_conn *conn, enum lb_life from, bool *active)
{
	bool ours;

	spin_lock(&conn->lock);
	ours = READ_ONCE(conn->life) == from;
	if (ours)
		WRITE_ONCE(conn->life, LB_LIFE_OVER);
	*active = conn->active;
	spin_unlock(&conn->lock);
	return ours;
}

/**
 * lb_conn_get_told() - What do other directors know of a connection?
 * @conn: Connection, under RCU.
 * @told: Filled.
 *
 * Context: bottom halves off. Return: false if it is not LB_LIFE_WHOLE.
 */
bool lb_conn_get_told(struct lb_conn *conn, struct lb_conn_told *told)
{
	bool whole;

	spin_lock(&conn->lock);
	whole = READ_ONCE(conn->life) == LB_LIFE_WHOLE;
	if (whole)
		*told = conn->told;
	spin_unlock(&conn->lock);
	return whole;
}
EXPORT_SYMBOL_LB(lb_conn_get_told);

/**
 * lb_conn_set_told() - Note what other directors know of a connection.
 * @conn: Connection, under RCU.
 * @told: What.
 *
 * Whoever ends it takes the lock before the memory is used for freeing.
 *
 * Context: bottom halves off. Return: false if it is not LB_LIFE_WHOLE.
 */
bool lb_conn_set_told(struct lb_conn *conn, const struct lb_conn_told *told)
{
	bool whole;

	spin_lock(&conn->lock);
	whole = READ_ONCE(conn->life) == LB_LIFE_WHOLE;
	if (whole)
		conn->told = *told;
	spin_unlock(&conn->lock);
	return whole;
}
EXPORT_SYMBOL_LB(lb_conn_set_told);

/* The direction of the real server's packets. The client's address is folded
 * already, if it is of IPv6.
 */
static void fill_reply(struct lb_conn *conn)
{
	struct lb_key *key = &conn->reply.key;

	*key = conn->orig.key;
	key->saddr = lb_fold6(&conn->dest->key.addr.ip6);
	key->daddr = conn->orig.key.saddr;
	key->sport = conn->dport;
	key->dport = conn->orig.key.sport;
	key->dir = LB_DIR_REPLY;
}

/* The slabs are for what most connections are. */
static void *alloc_memory(const struct lb_conn_cfg *cfg, bool nat)
{
	/* Who sends from here pays. */
	const gfp_t gfp = GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT;
	bool ipv6 = cfg->tuple.ipv6;

	if (likely(!cfg->ext))
		return kmem_cache_alloc(caches[ipv6][nat], gfp);
	return kmalloc(size_of(nat, ipv6) + cfg->ext_len, gfp);
}

/**
 * lb_conn_alloc() - Make a connection that is in no table yet.
 * @cfg: What it is to be.
 *
 * Return: The connection or NULL.
 */
struct lb_conn *lb_conn_alloc(const struct lb_conn_cfg *cfg)
{
	bool nat = cfg->forward == LB_FORWARD_NAT && !cfg->tuple.template;
	struct lb_conn *conn;

	conn = alloc_memory(cfg, nat);
	if (!conn)
		return NULL;

	conn->orig.key = cfg->tuple.key;
	conn->dest = cfg->dest;
	conn->template = cfg->template;
	conn->fwmark = cfg->fwmark;
	conn->dport = cfg->dport;
	conn->forward = cfg->forward;
	conn->tracked = cfg->tracked;
	conn->persistent = cfg->template &&
			   lb_key_is_template(&cfg->template->orig.key);
	conn->ext = cfg->ext;
	conn->expires = lb_now() + cfg->timeout;
	conn->way = 0;
	conn->reply_way = 0;
	refcount_set(&conn->ref, 1);
	spin_lock_init(&conn->lock);
	conn->state = cfg->state;
	conn->life = LB_LIFE_NEW;
	conn->active = cfg->active;
	conn->unheard = cfg->heard ? 0 : 1 + cfg->asks;
	conn->told = (struct lb_conn_told){};
	if (cfg->tuple.ipv6) {
		lb_conn_addr6(conn)[0] = cfg->tuple.saddr6;
		lb_conn_addr6(conn)[1] = cfg->tuple.daddr6;
	}
	if (unlikely(cfg->ext))
		memcpy(lb_conn_ext(conn), cfg->ext_data, cfg->ext_len);
	if (nat)
		fill_reply(conn);
	return conn;
}

static bool make_cache(const char *name, bool nat, bool ipv6)
{
	caches[ipv6][nat] = kmem_cache_create(name, size_of(nat, ipv6), 0,
					      SLAB_HWCACHE_ALIGN, NULL);
	return caches[ipv6][nat];
}

/**
 * lb_conn_init() - Make the slabs.
 *
 * Return: 0 or -ENOMEM.
 */
int __init lb_conn_init(void)
{
	BUILD_BUG_ON(sizeof(struct lb_key) != 16);
	/* Cache lines; a lock of a debug kernel is larger. */
	BUILD_BUG_ON(sizeof(spinlock_t) == 4 &&
		     (offsetof(struct lb_conn, template) > 64 ||
		      sizeof(struct lb_conn) > 128));

	if (make_cache("lb_conn", false, false) &&
	    make_cache("lb_conn_nat", true, false) &&
	    make_cache("lb_conn6", false, true) &&
	    make_cache("lb_conn6_nat", true, true))
		return 0;
	lb_conn_exit();
	return -ENOMEM;
}

/** lb_conn_exit() - Free the slabs, after rcu_barrier(). */
void lb_conn_exit(void)
{
	int i;

	for (i = 0; i < 4; i++)
		kmem_cache_destroy(caches[i / 2][i % 2]);
}
