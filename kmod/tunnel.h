/* SPDX-License-Identifier: GPL-2.0-only */
/* Tunnels: wrap a packet for its real server. */
#ifndef _LB_TUNNEL_H
#define _LB_TUNNEL_H

#include <linux/if_arp.h>
#include <linux/netdevice.h>

#include "conn.h"

/** lb_tunnel_is_device() - Is it a device of a layer 3 tunnel? */
static inline bool lb_tunnel_is_device(const struct net_device *dev)
{
	switch (dev->type) {
	case ARPHRD_TUNNEL:
	case ARPHRD_TUNNEL6:
	case ARPHRD_SIT:
	case ARPHRD_IPGRE:
	case ARPHRD_IP6GRE:
		return true;
	default:
		return false;
	}
}

/** lb_tunnel_overhead() - Bytes that its tunnel adds to packets at most. */
static inline unsigned int lb_tunnel_overhead(const struct lb_conn *conn)
{
	return conn->forward == LB_FORWARD_TUN ?
	       READ_ONCE(conn->dest->tunnel.overhead) : 0;
}

/**
 * lb_tunnel_inside() - Largest packet of a client that fits into others.
 * @conn: Its connection.
 * @mtu: What the route to the real server takes.
 */
static inline u32 lb_tunnel_inside(const struct lb_conn *conn, u32 mtu)
{
	u32 limit = lb_dest_policy(conn->dest).mtu ?: U32_MAX;
	u32 overhead = lb_tunnel_overhead(conn);

	return mtu > overhead ? min(mtu - overhead, limit) : 0;
}

/**
 * lb_tunnel_room() - Largest packet of a client that fits on its way.
 * @conn: Its connection.
 * @route: Route to the real server.
 */
static inline u32 lb_tunnel_room(const struct lb_conn *conn,
				 const struct lb_route *route)
{
	return lb_tunnel_inside(conn, dst_mtu(route->dst));
}

/**
 * lb_tunnel_df() - What becomes of packets that are too big for their way.
 * @lbn: Namespace.
 * @conn: Their connection.
 *
 * Return: enum lb_tunnel_df, but never LB_TUNNEL_DF_DEFAULT.
 */
static inline u8 lb_tunnel_df(const struct lb_net *lbn,
			      const struct lb_conn *conn)
{
	u8 df;

	if (conn->forward != LB_FORWARD_TUN)
		return LB_TUNNEL_DF_INHERIT;
	df = lb_dest_policy(conn->dest).tun_df;
	if (df != LB_TUNNEL_DF_DEFAULT)
		return df;
	return conn->orig.key.ipv6 || lb_setting(lbn, LB_A_CONFIG_PMTU_DISC) ?
	       LB_TUNNEL_DF_INHERIT : LB_TUNNEL_DF_UNSET;
}

void lb_tunnel_describe(const struct lb_pkt *pkt, const struct lb_conn *conn,
			struct flowi *fl);
bool lb_tunnel_wrap(const struct lb_pkt *pkt, const struct lb_conn *conn,
		    const struct lb_route *route);

#endif /* _LB_TUNNEL_H */
