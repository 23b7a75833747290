/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections: the object, how it is found, its expiry. */
#ifndef _LB_CONN_H
#define _LB_CONN_H

#include <linux/rculist.h>
#include <linux/refcount.h>
#include <linux/spinlock.h>

#include "dest.h"
#include "pkt.h"
#include "table.h"

/**
 * struct lb_conn_dir - One direction of a connection in the table.
 * @node: Its node there.
 * @key: Key of its tuple; dir tells the direction.
 */
struct lb_conn_dir {
	struct lb_node node;
	struct lb_key key;
};

/**
 * enum lb_ext - What few connections have behind them, see lb_conn_ext().
 * @LB_EXT_NONE: Nothing.
 * @LB_EXT_FTP: A control connection of FTP with NAT has a struct lb_ftp.
 * @LB_EXT_CALL_ID: A template that is found by a struct lb_call_id.
 */
enum lb_ext {
	LB_EXT_NONE,
	LB_EXT_FTP,
	LB_EXT_CALL_ID,
};

/**
 * enum lb_life - How much of a connection is in the table.
 * @LB_LIFE_NEW: Perhaps one of its two directions, by which others may already
 *	find it. Only who makes it may take it out again.
 * @LB_LIFE_WHOLE: All of it. Whoever ends it sets @LB_LIFE_OVER first.
 * @LB_LIFE_OVER: It left the table, or is about to.
 */
enum lb_life {
	LB_LIFE_NEW,
	LB_LIFE_WHOLE,
	LB_LIFE_OVER,
};

/* Longest Call-ID that is heeded */
#define LB_CALL_ID_MAX 255

/**
 * struct lb_call_id - What a template is found by instead of the client.
 * @client: The first client, as its service masks it.
 * @text: The Call-ID; only as much of it as there is, and a NUL.
 */
struct lb_call_id {
	union lb_addr client;
	char text[LB_CALL_ID_MAX + 1];
};

/**
 * struct lb_conn_told - What other directors know of a connection.
 * @until: When it ends there if they hear nothing more, in ticks.
 * @state: enum lb_state that it has there.
 * @flags: Who tells them keeps here what he likes; all zero: nothing was told.
 * @msg: The message that told it.
 */
struct lb_conn_told {
	u32 until;
	u8 state;
	u8 flags;
	u16 msg;
};

/**
 * struct lb_conn - A connection, or a persistence template.
 * @orig: The client's direction.
 * @dest: Real server; a reference until it is over.
 * @expires: When it ends if nothing happens, in ticks; READ_ONCE.
 * @way: How the stack let the client's packets in, see way.c; READ_ONCE.
 * @lock: Guards @state, @life, @active and @unheard for writing, and @told.
 * @state: enum lb_state; READ_ONCE.
 * @life: enum lb_life; READ_ONCE.
 * @active: It is counted in dest->active.
 * @unheard: 0 if the real server was heard since the client last asked for a
 *	connection; else one more than how often it asked in vain, with
 *	LB_HEARD_ONCE if the server was heard before. READ_ONCE.
 * @dport: Port at the real server.
 * @forward: enum lb_forward.
 * @tracked: Connection tracking is let know of it.
 * @persistent: It was made with a template.
 * @ext: enum lb_ext.
 * @fwmark: Mark of the service's key, 0 if that has none.
 * @template: The template that it counts for, or the control connection of its
 *	data; a reference. NULL without, and once it is done: see
 *	lb_conn_detach(). READ_ONCE.
 * @ref: One of the table, one of each connection that has it as @template.
 * @reply_way: As @way, for the real server's packets; NAT only.
 * @told: What other directors know of it, while it is LB_LIFE_WHOLE; only by
 *	lb_conn_get_told() and lb_conn_set_told().
 * @rcu: For freeing; in the place of @told, as it is over by then.
 * @reply: NAT only, absent in the others: the real server's direction.
 *
 * Behind it all follow, for IPv6 only, the addresses: see lb_conn_addr6(); and
 * then what @ext says.
 * @orig, @dest, @dport, @forward, @tracked, @persistent, @ext, @fwmark and
 * @reply do not change once it is in the table. All that a packet of an
 * established connection needs is in the first 64 bytes and, for a real
 * server's packet, the second.
 * Found and used under RCU without a reference; it is freed a grace period
 * after it left the table.
 */
struct lb_conn {
	struct lb_conn_dir orig;
	struct lb_dest *dest;
	u32 expires;
	u32 way;
	spinlock_t lock; /* guards what follows up to unheard */
	u8 state;
	u8 life;
	bool active;
	u8 unheard;
	__be16 dport;
	u8 forward;
	u8 tracked : 1;
	u8 persistent : 1;
	u8 ext : 6;
	u32 fwmark;

	struct lb_conn *template;
	refcount_t ref;
	u32 reply_way;
	union {
		struct lb_conn_told told; /* by @lock, see above */
		struct rcu_head rcu;
	};
	struct lb_conn_dir reply;
};

/**
 * struct lb_conn_cfg - What a new connection is to be.
 * @tuple: The client's direction.
 * @hash: lb_conn_hash() of @tuple.
 * @dest: Real server.
 * @template: The template it counts for, or NULL.
 * @fwmark: See struct lb_conn.
 * @timeout: Ticks it has at first.
 * @dport: Port at the real server.
 * @forward: enum lb_forward.
 * @tracked: See struct lb_conn.
 * @state: enum lb_state.
 * @active: @state counts as active.
 * @asks: The client asks for a connection, see lb_proto_asks().
 * @heard: The real server was heard already, as another director says.
 * @ext: enum lb_ext.
 * @ext_len: Bytes of what that is.
 * @ext_data: It is a copy of this.
 */
struct lb_conn_cfg {
	struct lb_tuple tuple;
	struct lb_dest *dest;
	struct lb_conn *template;
	u32 hash;
	u32 fwmark;
	u32 timeout;
	__be16 dport;
	u8 forward;
	bool tracked;
	u8 state;
	bool active;
	bool asks;
	bool heard;
	u8 ext;
	u16 ext_len;
	const void *ext_data;
};

/** lb_conn_has_reply() - Is its other direction in the table, too? */
static inline bool lb_conn_has_reply(const struct lb_conn *conn)
{
	return conn->forward == LB_FORWARD_NAT && !conn->orig.key.template;
}

/** lb_conn_addr6() - IPv6 addresses of the client and of the service. */
static inline struct in6_addr *lb_conn_addr6(const struct lb_conn *conn)
{
	return lb_conn_has_reply(conn) ? (void *)(conn + 1) :
					 (void *)&conn->reply;
}

/** lb_conn_ext() - What it has behind it, if its ext says so. */
static inline void *lb_conn_ext(const struct lb_conn *conn)
{
	return lb_conn_addr6(conn) + (conn->orig.key.ipv6 ? 2 : 0);
}

/** lb_conn_client() - Address of the client. */
static inline union lb_addr lb_conn_client(const struct lb_conn *conn)
{
	union lb_addr addr = {};

	if (conn->ext == LB_EXT_CALL_ID)
		return ((const struct lb_call_id *)lb_conn_ext(conn))->client;
	if (conn->orig.key.ipv6)
		addr.ip6 = lb_conn_addr6(conn)[0];
	else
		addr.ip = conn->orig.key.saddr;
	return addr;
}

/** lb_conn_virtual() - Address that the client asked for. */
static inline union lb_addr lb_conn_virtual(const struct lb_conn *conn)
{
	union lb_addr addr = {};

	if (conn->orig.key.ipv6)
		addr.ip6 = lb_conn_addr6(conn)[1];
	else
		addr.ip = conn->orig.key.daddr;
	return addr;
}

/** lb_conn_is_over() - Has nobody a use for it any more? */
static inline bool lb_conn_is_over(const struct lb_conn *conn)
{
	switch (READ_ONCE(conn->state)) {
	case LB_STATE_TIME_WAIT:
	case LB_STATE_CLOSE:
	case LB_STATE_LAST_ACK:
	case LB_STATE_SCTP_CLOSED:
		return true;
	default:
		return READ_ONCE(conn->life) == LB_LIFE_OVER;
	}
}

#define LB_HEARD_ONCE 0x80 /* in @unheard: but the server was heard before */

/** lb_conn_was_heard() - Did the real server ever speak? */
static inline bool lb_conn_was_heard(const struct lb_conn *conn)
{
	u8 unheard = READ_ONCE(conn->unheard);

	return !unheard || unheard & LB_HEARD_ONCE;
}

/** lb_conn_is_heard() - Did the real server speak after the client asked? */
static inline bool lb_conn_is_heard(const struct lb_conn *conn)
{
	return !READ_ONCE(conn->unheard);
}

/** lb_conn_way() - Where it keeps the way of a direction; READ_ONCE. */
static inline u32 *lb_conn_way(struct lb_conn *conn, enum lb_dir dir)
{
	return dir == LB_DIR_REPLY ? &conn->reply_way : &conn->way;
}

u32 lb_conn_hash(const struct lb_conn_table *table, const struct lb_tuple *t);
struct lb_conn *lb_conn_find(const struct lb_conn_table *table,
			     const struct lb_tuple *key, u32 hash,
			     enum lb_dir *dir);
struct lb_conn *lb_conn_create(struct lb_conn_table *table,
			       const struct lb_conn_cfg *cfg, bool *made);
bool lb_conn_kill(struct lb_conn_table *table, struct lb_conn *conn);
bool lb_conn_attach(struct lb_conn_table *table, struct lb_conn *conn,
		    struct lb_conn *template);
void lb_conn_detach(struct lb_conn_table *table, struct lb_conn *conn);
void lb_conn_flush_gone(struct lb_conn_table *table, bool on);
void lb_conn_touch(struct lb_conn_table *table, struct lb_conn *conn,
		   u32 timeout);

int lb_conn_walk(struct lb_conn_table *table, struct lb_table_cursor *cursor,
		 int (*fn)(struct lb_conn *conn, void *arg), void *arg);
u32 lb_conn_scan(struct lb_conn_table *table, u32 first, u32 buckets,
		 bool (*fn)(struct lb_conn *conn, void *arg), void *arg);
u32 lb_conn_count(const struct lb_conn_table *table);
void lb_conn_table_lengths(struct lb_conn_table *table, u32 *counts, u32 n);
u32 lb_conn_table_size(const struct lb_conn_table *table);

void lb_conn_table_set_max(struct lb_conn_table *table, u32 max);

struct lb_conn_table *lb_conn_table_alloc(struct net *net,
					  struct lb_owner *owner);
void lb_conn_leave_net(struct lb_conn_table *table);
void lb_conn_table_free(struct lb_conn_table *table);
struct lb_conn *lb_conn_alloc(const struct lb_conn_cfg *cfg);
void lb_conn_free(struct lb_conn *conn);
void lb_conn_put(struct lb_conn *conn);
bool lb_conn_end_life(struct lb_conn *conn, enum lb_life from, bool *active);
bool lb_conn_get_told(struct lb_conn *conn, struct lb_conn_told *told);
bool lb_conn_set_told(struct lb_conn *conn, const struct lb_conn_told *told);
int lb_conn_init(void);
void lb_conn_exit(void);

#ifdef LB_DEBUG
int lb_conn_selftest(void);
#endif

#endif /* _LB_CONN_H */
