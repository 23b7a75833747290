/* SPDX-License-Identifier: GPL-2.0-only */
/* Tunnels: wrap a packet for its real server. */
#ifndef _LB_TUNNEL_H
#define _LB_TUNNEL_H

#include "conn.h"

/** lb_tunnel_overhead() - Bytes that its tunnel adds to packets at most. */
static inline unsigned int lb_tunnel_overhead(const struct lb_conn *conn)
{
	return conn->forward == LB_FORWARD_TUN ?
	       READ_ONCE(conn->dest->tunnel.overhead) : 0;
}

bool lb_tunnel_wrap(const struct lb_pkt *pkt, const struct lb_conn *conn,
		    const struct lb_route *route);

#endif /* _LB_TUNNEL_H */
