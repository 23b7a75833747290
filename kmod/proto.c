// SPDX-License-Identifier: GPL-2.0-only
/* Protocols: what a packet means for its connection. */

#include <linux/in.h>
#include <linux/sctp.h>

#include "proto.h"

#define LB_REUSE_FIN_WAIT 2 /* bit of conn_reuse_mode */

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

/* Is it made to begin a connection, whatever else may? */
static bool asks_for_one(const struct lb_pkt *pkt)
{
	return pkt->tcp_flags & LB_TCP_SYN ||
	       (pkt->tuple.proto == IPPROTO_SCTP &&
		pkt->chunk == SCTP_CID_INIT);
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
 * lb_proto_reopens() - Does a new connection begin in an old one's place?
 * @conn: The connection that the packet was found to belong to.
 * @pkt: Packet from the client, of kind LB_KIND_DATA.
 *
 * Where only the client's packets are seen, nobody knows when the server is
 * done: there, FIN_WAIT is the last state.
 */
bool lb_proto_reopens(const struct lb_conn *conn, const struct lb_pkt *pkt)
{
	u32 mode;

	if (likely(!asks_for_one(pkt)) || !lb_proto_opens(pkt))
		return false;
	mode = reuse_mode(conn, pkt->lbn);
	switch (READ_ONCE(conn->state)) {
	case LB_STATE_TIME_WAIT:
	case LB_STATE_CLOSE:
	case LB_STATE_SCTP_CLOSED:
		return mode;
	case LB_STATE_FIN_WAIT:
		return mode & LB_REUSE_FIN_WAIT && !lb_conn_has_reply(conn) &&
		       !READ_ONCE(conn->replied);
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
	const u8 flags = LB_TCP_SYN | LB_TCP_FIN | LB_TCP_RST | LB_TCP_ACK;
	u8 state = READ_ONCE(conn->state);

	if (dir == LB_DIR_REPLY && !READ_ONCE(conn->replied))
		return false;
	return state == LB_STATE_UDP ||
	       (state == LB_STATE_ESTABLISHED &&
		(pkt->tcp_flags & flags) == LB_TCP_ACK);
}

/* Not inline: few packets come here, the others need no registers for it. */
static noinline void set_state(struct lb_conn *conn, const struct lb_pkt *pkt,
			       enum lb_dir dir)
{
	bool active;
	u8 state;

	if ((dir == LB_DIR_ORIG || READ_ONCE(conn->replied)) &&
	    next_state(conn, pkt, dir) == READ_ONCE(conn->state))
		return;

	spin_lock(&conn->lock);
	if (dir == LB_DIR_REPLY)
		WRITE_ONCE(conn->replied, true);
	state = next_state(conn, pkt, dir);
	active = lb_proto_is_active(state);
	WRITE_ONCE(conn->state, state);
	if (active != conn->active && conn->life != LB_LIFE_OVER) {
		conn->active = active;
		atomic_add(active ? 1 : -1, &conn->dest->active);
	}
	spin_unlock(&conn->lock);
}

/**
 * lb_proto_update() - A packet of a connection passes: state and timeout.
 * @conn: Connection, under RCU.
 * @pkt: Packet of kind LB_KIND_DATA.
 * @dir: Direction in which it goes.
 *
 * Takes the connection's lock only if something changes.
 *
 * Context: bottom halves off.
 */
void lb_proto_update(struct lb_conn *conn, const struct lb_pkt *pkt,
		     enum lb_dir dir)
{
	const u32 *timeout = conn->dest->timeout;

	if (unlikely(!keeps_state(conn, pkt, dir)))
		set_state(conn, pkt, dir);
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
