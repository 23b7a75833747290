/* SPDX-License-Identifier: GPL-2.0-only */
/* Protocols: what a packet means for its connection. */
#ifndef _LB_PROTO_H
#define _LB_PROTO_H

#include <linux/in.h>
#include <linux/sctp.h>

#include "conn.h"

/**
 * enum lb_side - Who sends a packet, as the tables of states see it.
 * @LB_SIDE_CLIENT: The client.
 * @LB_SIDE_SERVER: The real server.
 * @LB_SIDE_CLIENT_ONLY: The client, while no packet of the server passed us.
 * @LB_SIDES: How many there are.
 */
enum lb_side {
	LB_SIDE_CLIENT,
	LB_SIDE_SERVER,
	LB_SIDE_CLIENT_ONLY,
	LB_SIDES,
};

/** lb_proto_side() - Who sends the packets that go in a direction. */
static inline enum lb_side lb_proto_side(const struct lb_conn *conn,
					 enum lb_dir dir)
{
	if (dir == LB_DIR_REPLY)
		return LB_SIDE_SERVER;
	if (conn->forward == LB_FORWARD_NAT || lb_conn_is_heard(conn))
		return LB_SIDE_CLIENT;
	return LB_SIDE_CLIENT_ONLY;
}

/** lb_proto_is_active() - Does a connection in this enum lb_state count so? */
static inline bool lb_proto_is_active(u8 state)
{
	const u32 active = BIT(LB_STATE_ESTABLISHED) | BIT(LB_STATE_SYN_SENT) |
			   BIT(LB_STATE_SYN_RECV) | BIT(LB_STATE_SYNACK) |
			   BIT(LB_STATE_SCTP_ESTABLISHED);

	return active & BIT(state);
}

/** lb_proto_asks() - Is it made to ask for a connection, whatever else may? */
static inline bool lb_proto_asks(const struct lb_pkt *pkt)
{
	return (pkt->tcp_flags & (LB_TCP_SYN | LB_TCP_ACK)) == LB_TCP_SYN ||
	       (pkt->tuple.proto == IPPROTO_SCTP &&
		pkt->chunk == SCTP_CID_INIT);
}

/** lb_proto_may_begin() - Or does what may be an answer to such a packet, which
 * begins one with sloppy_tcp?
 */
static inline bool lb_proto_may_begin(const struct lb_pkt *pkt)
{
	return pkt->tcp_flags & LB_TCP_SYN ||
	       (pkt->tuple.proto == IPPROTO_SCTP &&
		pkt->chunk == SCTP_CID_INIT);
}

bool lb_proto_opens(const struct lb_pkt *pkt);
bool lb_proto_is_forsaken(const struct lb_conn *conn);
void lb_proto_unserved(struct lb_conn *conn, const struct lb_pkt *pkt);
bool lb_proto_resets(const struct lb_pkt *pkt);
u8 lb_proto_first(const struct lb_pkt *pkt, u8 forward);
bool lb_proto_reopens(const struct lb_conn *conn, const struct lb_pkt *pkt);
void lb_proto_update(struct lb_conn *conn, const struct lb_pkt *pkt,
		     enum lb_dir dir);
bool lb_proto_has_state(u8 proto, u8 state);
bool lb_proto_is_done(const struct lb_conn *conn);
void lb_proto_adopt(struct lb_conn *conn, u8 state, bool heard);
void lb_proto_init(struct lb_net *lbn);

u8 lb_proto_tcp_first(const struct lb_pkt *pkt, u8 forward);
u8 lb_proto_tcp_next(const struct lb_conn *conn, const struct lb_pkt *pkt,
		     enum lb_dir dir);

u8 lb_proto_sctp_first(const struct lb_pkt *pkt, u8 forward);
u8 lb_proto_sctp_next(const struct lb_conn *conn, const struct lb_pkt *pkt,
		      enum lb_dir dir);

#ifdef LB_DEBUG
int lb_proto_selftest(void);
int lb_proto_tcp_selftest(void);
int lb_proto_sctp_selftest(void);
#endif

#endif /* _LB_PROTO_H */
