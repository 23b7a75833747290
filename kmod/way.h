/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways: how the stack let packets in, and where it sent them on. */
#ifndef _LB_WAY_H
#define _LB_WAY_H

#include <linux/inetdevice.h>
#include <linux/skbuff.h>
#include <net/route.h>

#include "lb.h"

/**
 * struct lb_way - What the stack decided about packets of a connection.
 * @serial: Its name in connections; its place is @serial modulo LB_WAYS.
 * @iif: Index of the device by which they came.
 * @rp_filter: How that device filters by source.
 * @genid: Generation of the routes for which this holds.
 * @dst: Route by which they go on, a reference; NULL if they are for this host.
 * @mtu: What @dst took when it was learnt; a change makes it obsolete.
 * @rcu: For freeing.
 */
struct lb_way {
	u32 serial;
	int iif;
	int rp_filter;
	int genid;
	struct dst_entry *dst;
	u32 mtu;
	struct rcu_head rcu;
};

/**
 * lb_way_find() - A way by its serial number.
 * @lbn: Namespace.
 * @serial: Number; 0 is none.
 *
 * Context: under RCU. Return: The way, or NULL if it is forgotten.
 */
static inline const struct lb_way *lb_way_find(const struct lb_net *lbn,
					       u32 serial)
{
	const struct lb_way *way = rcu_dereference(lbn->ways[serial % LB_WAYS]);

	return way && way->serial == serial ? way : NULL;
}

/** lb_way_is_fresh() - Is a route one of the current generation? */
static inline bool lb_way_is_fresh(const struct dst_entry *dst, int genid)
{
	const struct rtable *rt = container_of_const(dst, struct rtable, dst);

	return READ_ONCE(dst->obsolete) == DST_OBSOLETE_FORCE_CHK &&
	       rt->rt_genid == genid;
}

/**
 * lb_way_rp_filter() - How does a device filter by source? Unlike all else that
 * decides about packets, a change of that leaves the routes' generation.
 */
static inline int lb_way_rp_filter(const struct net_device *dev)
{
	struct in_device *in_dev = __in_dev_get_rcu(dev);

	return in_dev ? IN_DEV_RPFILTER(in_dev) : -1;
}

/** lb_way_is_open() - Does a way hold for what comes by a device now? */
static inline bool lb_way_is_open(const struct lb_way *way,
				  const struct lb_net *lbn,
				  const struct net_device *dev)
{
	return way && way->iif == dev->ifindex &&
	       way->genid == rt_genid_ipv4(lbn->net) &&
	       way->rp_filter == lb_way_rp_filter(dev);
}

bool lb_way_is_direct(const struct dst_entry *dst);
void lb_way_learn(struct lb_net *lbn, u32 *serial, const struct sk_buff *skb,
		  bool onward);
void lb_way_init(struct lb_net *lbn);
void lb_way_exit(struct lb_net *lbn);

#endif /* _LB_WAY_H */
