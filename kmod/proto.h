/* SPDX-License-Identifier: GPL-2.0-only */
/* Protocols: what a packet means for its connection. */
#ifndef _LB_PROTO_H
#define _LB_PROTO_H

#include "conn.h"

bool lb_proto_opens(const struct lb_pkt *pkt);
u8 lb_proto_first(const struct lb_pkt *pkt);
bool lb_proto_reopens(const struct lb_conn *conn, const struct lb_pkt *pkt);
u8 lb_proto_next(const struct lb_conn *conn, const struct lb_pkt *pkt,
		 enum lb_dir dir);

/**
 * lb_proto_changes() - Would a packet change the state of its connection?
 * @conn: Connection, under RCU.
 * @pkt: Packet of kind LB_KIND_DATA; only its tuple and flags are looked at.
 * @dir: Direction in which it goes.
 *
 * What nearly all packets are is told without a look at the tables.
 */
static inline bool lb_proto_changes(const struct lb_conn *conn,
				    const struct lb_pkt *pkt, enum lb_dir dir)
{
	const u8 flags = LB_TCP_SYN | LB_TCP_FIN | LB_TCP_RST | LB_TCP_ACK;
	u8 state = READ_ONCE(conn->state);

	if (dir == LB_DIR_REPLY && !READ_ONCE(conn->replied))
		return true;
	if (state == LB_STATE_UDP ||
	    (state == LB_STATE_ESTABLISHED &&
	     (pkt->tcp_flags & flags) == LB_TCP_ACK))
		return false;
	return lb_proto_next(conn, pkt, dir) != state;
}

void lb_proto_touch(struct lb_conn *conn, struct lb_net *lbn);
bool lb_proto_update(struct lb_conn *conn, const struct lb_pkt *pkt,
		     enum lb_dir dir);
void lb_proto_init(struct lb_net *lbn);

u8 lb_proto_tcp_first(const struct lb_pkt *pkt);
u8 lb_proto_tcp_next(const struct lb_conn *conn, const struct lb_pkt *pkt,
		     enum lb_dir dir);
bool lb_proto_tcp_is_active(u8 state);

#ifdef LB_DEBUG
int lb_proto_selftest(void);
int lb_proto_tcp_selftest(void);
#endif

#endif /* _LB_PROTO_H */
