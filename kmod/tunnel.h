/* SPDX-License-Identifier: GPL-2.0-only */
/* Tunnels: wrap a packet for its real server. */
#ifndef _LB_TUNNEL_H
#define _LB_TUNNEL_H

#include "conn.h"

/** lb_tunnel_overhead() - Bytes that the tunnel of a connection adds. */
static inline unsigned int lb_tunnel_overhead(const struct lb_conn *conn)
{
	if (likely(conn->forward != LB_FORWARD_TUN))
		return 0;
	return lb_dest_is_ipv6(conn->dest) ? sizeof(struct ipv6hdr) :
					     sizeof(struct iphdr);
}

bool lb_tunnel_wrap(const struct lb_pkt *pkt, const struct lb_conn *conn,
		    const struct lb_route *route);

#endif /* _LB_TUNNEL_H */
