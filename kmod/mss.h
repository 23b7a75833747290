/* SPDX-License-Identifier: GPL-2.0-only */
/* The maximum segment size that the ends of a TCP connection offer. */
#ifndef _LB_MSS_H
#define _LB_MSS_H

#include "conn.h"

bool lb_mss_lower(const struct lb_pkt *pkt, const struct lb_conn *conn);

/**
 * lb_mss_clamp() - Let a TCP connection begin with segments that fit.
 * @pkt: Packet.
 * @conn: Its connection.
 *
 * Return: false if memory could not be had.
 */
static inline bool lb_mss_clamp(const struct lb_pkt *pkt,
				const struct lb_conn *conn)
{
	return likely(!(pkt->tcp_flags & LB_TCP_SYN)) ||
	       !lb_dest_policy(conn->dest).mss_clamp ||
	       lb_mss_lower(pkt, conn);
}

#ifdef LB_DEBUG
int lb_mss_selftest(void);
#endif

#endif /* _LB_MSS_H */
