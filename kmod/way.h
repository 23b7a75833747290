/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways: how the stack let packets in, and where it sent them on. */
#ifndef _LB_WAY_H
#define _LB_WAY_H

#include <linux/skbuff.h>
#include <net/route.h>

#include "lb.h"

/**
 * struct lb_way - What the stack decided about packets of a connection.
 * @serial: Its name in connections; its place is @serial modulo LB_WAYS.
 * @iif: Index of the device by which they came.
 * @genid: Generation of the routes for which this holds.
 * @dst: Route by which they go on, a reference; NULL if they are for this host.
 * @mtu: What @dst took when it was learnt; a change makes it obsolete.
 * @rcu: For freeing.
 */
struct lb_way {
	u32 serial;
	int iif;
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

/** lb_way_is_open() - Does a way hold for what comes by device @iif now? */
static inline bool lb_way_is_open(const struct lb_way *way,
				  const struct lb_net *lbn, int iif)
{
	return way && way->iif == iif &&
	       way->genid == rt_genid_ipv4(lbn->net);
}

bool lb_way_is_direct(const struct dst_entry *dst);
void lb_way_learn(struct lb_net *lbn, u32 *serial, const struct sk_buff *skb,
		  bool onward);
void lb_way_init(struct lb_net *lbn);
void lb_way_exit(struct lb_net *lbn);

#endif /* _LB_WAY_H */
