// SPDX-License-Identifier: GPL-2.0-only
/* Protocols: what a packet means for its connection. */

#include "proto.h"

#define LB_REUSE_FIN_WAIT 2 /* bit of conn_reuse_mode */
#define LB_UNHEARD_MAX (LB_HEARD_ONCE - 1)
#define LB_TRIES 2 /* to ask a real server that may be dead */

/**
 * lb_proto_opens() - May this packet begin a connection?
 * @pkt: Packet of kind LB_KIND_DATA.
 *
 * TCP: a SYN, with sloppy_tcp all but a RST; but nothing of an FTP server's
 * data connection, which belongs to the connection that asked for it. SCTP: an
 * INIT, with sloppy_sctp all but an ABORT. AH and ESP: nothing.
 */
bool lb_proto_opens(const struct lb_pkt *pkt)
{
	const u8 mask = LB_TCP_SYN | LB_TCP_ACK | LB_TCP_RST;

	if (pkt->tuple.proto == IPPROTO_SCTP)
		return pkt->chunk == SCTP_CID_INIT ||
		       (pkt->chunk != SCTP_CID_ABORT &&
			lb_setting(pkt->lbn, LB_A_CONFIG_SLOPPY_SCTP));
	if (pkt->bare)
		return false;
	if (pkt->tuple.proto != IPPROTO_TCP)
		return true;
	if (pkt->tuple.sport == LB_FTP_DATA_PORT)
		return false;
	return (pkt->tcp_flags & mask) == LB_TCP_SYN ||
	       (!(pkt->tcp_flags & LB_TCP_RST) &&
		lb_setting(pkt->lbn, LB_A_CONFIG_SLOPPY_TCP));
}

/**
 * lb_proto_resets() - Does it say that there is no such connection?
 * @pkt: Packet of kind LB_KIND_DATA.
 */
bool lb_proto_resets(const struct lb_pkt *pkt)
{
	if (pkt->tuple.proto == IPPROTO_SCTP)
		return pkt->chunk == SCTP_CID_ABORT;
	return pkt->tcp_flags & LB_TCP_RST;
}

/**
 * lb_proto_first() - The state of the connection that a packet begins.
 * @pkt: Packet for which lb_proto_opens() is true, or an ICMP error: it says
 *	nothing about the state.
 * @forward: enum lb_forward.
 *
 * Return: enum lb_state.
 */
u8 lb_proto_first(const struct lb_pkt *pkt, u8 forward)
{
	if (pkt->kind == LB_KIND_ICMP)
		return LB_STATE_NONE;
	if (pkt->tuple.proto == IPPROTO_TCP)
		return lb_proto_tcp_first(pkt, forward);
	if (pkt->tuple.proto == IPPROTO_SCTP)
		return lb_proto_sctp_first(pkt, forward);
	return LB_STATE_UDP;
}

/* What conn_reuse_mode is for this connection. A real server of weight 0 is to
 * get rid of its clients, if connections do not outlive their server anyway.
 */
static u32 reuse_mode(const struct lb_conn *conn, const struct lb_net *lbn)
{
	u32 mode = lb_setting(lbn, LB_A_CONFIG_CONN_REUSE_MODE);

	if (!mode && !READ_ONCE(conn->dest->weight))
		mode = lb_setting(lbn, LB_A_CONFIG_EXPIRE_NODEST_CONN);
	return mode;
}

/**
 * lb_proto_is_forsaken() - Does its client ask in vain for a connection with a
 * real server that is to have no new ones, and may be dead?
 * @conn: Connection.
 *
 * One that lives answers, even if only that it knows another connection of this
 * port (RFC 5961). Where answers are not seen, the client's next packet shows
 * that there was one, if it changes the state.
 */
bool lb_proto_is_forsaken(const struct lb_conn *conn)
{
	return (READ_ONCE(conn->unheard) & LB_UNHEARD_MAX) > LB_TRIES &&
	       (!READ_ONCE(conn->dest->weight) ||
		!READ_ONCE(conn->dest->available));
}

/* Where only the client's packets are seen, nobody knows when the server is
 * done: there, FIN_WAIT is the last state.
 */
static bool is_last(const struct lb_conn *conn)
{
	return !lb_conn_has_reply(conn) && !lb_conn_is_heard(conn);
}

/**
 * lb_proto_reopens() - Does a new connection begin in an old one's place?
 * @conn: The connection that the packet was found to belong to.
 * @pkt: Packet from the client, of kind LB_KIND_DATA.
 */
bool lb_proto_reopens(const struct lb_conn *conn, const struct lb_pkt *pkt)
{
	u32 mode;

	if (!lb_proto_may_begin(pkt) || !lb_proto_opens(pkt))
		return false;
	mode = reuse_mode(conn, pkt->lbn);
	if (mode && lb_proto_is_forsaken(conn))
		return true;
	switch (READ_ONCE(conn->state)) {
	case LB_STATE_TIME_WAIT:
	case LB_STATE_CLOSE:
	case LB_STATE_SCTP_CLOSED:
		return mode;
	case LB_STATE_FIN_WAIT:
		return mode & LB_REUSE_FIN_WAIT && is_last(conn);
	default:
		return false;
	}
}

static u8 next_state(const struct lb_conn *conn, const struct lb_pkt *pkt,
		     enum lb_dir dir)
{
	if (pkt->tuple.proto == IPPROTO_TCP)
		return lb_proto_tcp_next(conn, pkt, dir);
	if (pkt->tuple.proto == IPPROTO_SCTP)
		return lb_proto_sctp_next(conn, pkt, dir);
	return LB_STATE_UDP;
}

/* What nearly all packets are is told without a look at the tables. */
static bool keeps_state(const struct lb_conn *conn, const struct lb_pkt *pkt,
			enum lb_dir dir)
{
	u8 state = READ_ONCE(conn->state);

	if (dir == LB_DIR_REPLY && !lb_conn_is_heard(conn))
		return false;
	return state == LB_STATE_UDP ||
	       (state == LB_STATE_ESTABLISHED &&
		(pkt->tcp_flags & LB_TCP_SPEAKS) == LB_TCP_ACK);
}

/* What @unheard becomes. Who goes on with the connection was answered, even if
 * by a way that we do not see.
 */
static u8 count_asking(const struct lb_conn *conn, const struct lb_pkt *pkt,
		       enum lb_dir dir, bool turns)
{
	u8 before = lb_conn_was_heard(conn) ? LB_HEARD_ONCE : 0;
	u8 count = conn->unheard & LB_UNHEARD_MAX;

	if (dir == LB_DIR_REPLY)
		return 0;
	if (turns)
		count = min_t(u8, count, 1);
	if (lb_proto_asks(pkt))
		count = max_t(u8, count, 1) + (count < LB_UNHEARD_MAX);
	return count ? before | count : 0;
}

/* A packet that changes nothing is worth more time if its sender goes on with
 * the connection: not if it asks for one again, or says that there is none.
 */
static bool goes_on(const struct lb_pkt *pkt)
{
	return !lb_proto_may_begin(pkt) && !lb_proto_resets(pkt) &&
	       (pkt->tuple.proto != IPPROTO_SCTP ||
		pkt->chunk != SCTP_CID_INIT_ACK);
}

/* A segment without any of these flags is none of a connection. */
static bool is_void(const struct lb_pkt *pkt)
{
	return pkt->tuple.proto == IPPROTO_TCP &&
	       !(pkt->tcp_flags & LB_TCP_SPEAKS);
}

/**
 * lb_proto_is_done() - Will its client hardly use it any more?
 * @conn: Connection.
 *
 * Who brings it to such a state calls lb_conn_detach().
 */
bool lb_proto_is_done(const struct lb_conn *conn)
{
	return lb_conn_is_over(conn) ||
	       (READ_ONCE(conn->state) == LB_STATE_FIN_WAIT && is_last(conn));
}

static void apply_state(struct lb_conn *conn, u8 state)
{
	bool active = lb_proto_is_active(state);

	WRITE_ONCE(conn->state, state);
	if (active != conn->active && READ_ONCE(conn->life) != LB_LIFE_OVER) {
		conn->active = active;
		atomic_add(active ? 1 : -1, &conn->dest->active);
	}
}

/* Not inline: few packets come here, the others need no registers for it.
 * Return whether the time to its end begins anew.
 */
static noinline bool set_state(struct lb_conn *conn, const struct lb_pkt *pkt,
			       enum lb_dir dir)
{
	bool turns;
	u8 state;

	if (is_void(pkt))
		return false;
	if ((dir == LB_DIR_ORIG ? !lb_proto_asks(pkt) :
				  lb_conn_is_heard(conn)) &&
	    next_state(conn, pkt, dir) == READ_ONCE(conn->state))
		return goes_on(pkt);

	spin_lock(&conn->lock);
	state = next_state(conn, pkt, dir);
	turns = state != conn->state || (dir == LB_DIR_REPLY && conn->unheard);
	WRITE_ONCE(conn->unheard, count_asking(conn, pkt, dir, turns));
	apply_state(conn, state);
	spin_unlock(&conn->lock);
	if (lb_proto_is_done(conn))
		lb_conn_detach(pkt->lbn->conns, conn);
	return turns || goes_on(pkt);
}

/**
 * lb_proto_has_state() - Can a connection of a protocol be in a state?
 * @proto: IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP; others have none.
 * @state: Any number.
 */
bool lb_proto_has_state(u8 proto, u8 state)
{
	if (state == LB_STATE_NONE)
		return true;
	if (proto == IPPROTO_TCP)
		return state <= LB_STATE_SYNACK;
	if (proto == IPPROTO_SCTP)
		return state >= LB_STATE_SCTP_INIT1 && state <= LB_STATE_MAX;
	return state == LB_STATE_UDP;
}

/**
 * lb_proto_adopt() - A connection is as somebody else saw it.
 * @conn: Connection, under RCU.
 * @state: lb_proto_has_state().
 * @heard: The real server was heard after the client asked.
 *
 * Context: bottom halves off.
 */
void lb_proto_adopt(struct lb_conn *conn, u8 state, bool heard)
{
	spin_lock(&conn->lock);
	if (heard)
		WRITE_ONCE(conn->unheard, 0);
	apply_state(conn, state);
	spin_unlock(&conn->lock);
}

/**
 * lb_proto_unserved() - A client's packet does not reach the real server.
 * @conn: Connection, under RCU.
 * @pkt: Packet of kind LB_KIND_DATA.
 *
 * Context: bottom halves off.
 */
void lb_proto_unserved(struct lb_conn *conn, const struct lb_pkt *pkt)
{
	if (!lb_proto_asks(pkt))
		return;
	spin_lock(&conn->lock);
	WRITE_ONCE(conn->unheard, count_asking(conn, pkt, LB_DIR_ORIG, false));
	spin_unlock(&conn->lock);
}

/**
 * lb_proto_update() - A packet of a connection passes: state and timeout.
 * @conn: Connection, under RCU.
 * @pkt: Packet of kind LB_KIND_DATA.
 * @dir: Direction in which it goes.
 *
 * Takes the connection's lock only if something changes. What a packet of any
 * kind is worth is said in architecture.rst: "Which packets renew what".
 *
 * Context: bottom halves off.
 */
void lb_proto_update(struct lb_conn *conn, const struct lb_pkt *pkt,
		     enum lb_dir dir)
{
	const u32 *timeout = conn->dest->timeout;

	if (unlikely(!keeps_state(conn, pkt, dir)) &&
	    !set_state(conn, pkt, dir))
		return;
	lb_conn_touch(pkt->lbn->conns, conn,
		      READ_ONCE(timeout[READ_ONCE(conn->state)]));
}

/**
 * lb_proto_init() - Default timeouts, those of IPVS.
 * @lbn: Namespace.
 */
void lb_proto_init(struct lb_net *lbn)
{
	static const u16 seconds[LB_STATE_MAX + 1] = {
		[LB_STATE_NONE] = 2,
		[LB_STATE_ESTABLISHED] = 900,
		[LB_STATE_SYN_SENT] = 120,
		[LB_STATE_SYN_RECV] = 60,
		[LB_STATE_FIN_WAIT] = 120,
		[LB_STATE_TIME_WAIT] = 120,
		[LB_STATE_CLOSE] = 10,
		[LB_STATE_CLOSE_WAIT] = 60,
		[LB_STATE_LAST_ACK] = 30,
		[LB_STATE_LISTEN] = 120,
		[LB_STATE_SYNACK] = 120,
		[LB_STATE_UDP] = 300,
		[LB_STATE_SCTP_INIT1] = 4,
		[LB_STATE_SCTP_INIT] = 61,
		[LB_STATE_SCTP_COOKIE_SENT] = 61,
		[LB_STATE_SCTP_COOKIE_REPLIED] = 61,
		[LB_STATE_SCTP_COOKIE_WAIT] = 61,
		[LB_STATE_SCTP_COOKIE] = 61,
		[LB_STATE_SCTP_COOKIE_ECHOED] = 61,
		[LB_STATE_SCTP_ESTABLISHED] = 900,
		[LB_STATE_SCTP_SHUTDOWN_SENT] = 61,
		[LB_STATE_SCTP_SHUTDOWN_RECEIVED] = 61,
		[LB_STATE_SCTP_SHUTDOWN_ACK_SENT] = 61,
		[LB_STATE_SCTP_REJECTED] = 4,
		[LB_STATE_SCTP_CLOSED] = 61,
	};
	int i;

	for (i = 0; i <= LB_STATE_MAX; i++)
		lbn->timeout[i] = lb_ticks(seconds[i]);
}

#ifdef LB_DEBUG
#include "selftest/proto.c"
#endif
