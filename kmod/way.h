/* SPDX-License-Identifier: GPL-2.0-only */
/* Ways: how the stack let packets in, and where it sent them on. */
#ifndef _LB_WAY_H
#define _LB_WAY_H

#include <linux/inetdevice.h>
#include <linux/skbuff.h>
#include <net/addrconf.h>
#include <net/inet_ecn.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "lb.h"

/**
 * struct lb_way - What the stack decided about packets of a connection.
 * @serial: Its name in connections; its place is @serial modulo LB_WAYS.
 * @iif: Index of the device by which they came.
 * @filter: lb_way_filter() of that device.
 * @genid: Generation of the routes for which this holds; IPv6: of @dst.
 * @ipv6: They are IPv6 packets.
 * @tos: IPv4: lb_way_tos() of them, by which there may be routes.
 * @dst: Route by which they go on, a reference; NULL for IPv4 packets that are
 *	for this host.
 * @mtu: What @dst took when it was learnt; IPv4 only, where a change makes it
 *	obsolete.
 * @rcu: For freeing.
 */
struct lb_way {
	u32 serial;
	int iif;
	int filter;
	int genid;
	bool ipv6;
	u8 tos;
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

/** lb_way_is_fresh() - Is an IPv4 route one of the current generation? */
static inline bool lb_way_is_fresh(const struct dst_entry *dst, int genid)
{
	const struct rtable *rt = container_of_const(dst, struct rtable, dst);

	return READ_ONCE(dst->obsolete) == DST_OBSOLETE_FORCE_CHK &&
	       rt->rt_genid == genid;
}

/** lb_way_tos() - What IPv4 routes may ask of a type of service: not ECN. */
static inline u8 lb_way_tos(u8 tos)
{
	return tos & ~INET_ECN_MASK;
}

bool lb_way_has_custom_rules(const struct net *net, bool ipv6);

/**
 * lb_way_has_rules() - Do routes depend on more than the destination?
 * @net: Namespace.
 * @ipv6: Those of IPv6.
 *
 * The kernel only remembers that there once were rules of somebody, so where
 * that is so we look at them.
 *
 * Context: under RCU.
 */
static inline bool lb_way_has_rules(const struct net *net, bool ipv6)
{
#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	if (ipv6)
		return net->ipv6.fib6_has_custom_rules &&
		       lb_way_has_custom_rules(net, true);
#endif
#ifdef CONFIG_IP_MULTIPLE_TABLES
	if (!ipv6)
		return net->ipv4.fib_has_custom_rules &&
		       lb_way_has_custom_rules(net, false);
#endif
	return false;
}

bool lb_way_has_policies(const struct net *net);

/**
 * lb_way_filter() - What the stack does with packets that come by a device.
 * @dev: Device.
 * @ipv6: They are IPv6 packets.
 *
 * Unlike all else that decides about packets, these settings leave the routes'
 * generation: how IPv4 filters by source; whether IPv6 is off or not forwarded.
 */
static inline int lb_way_filter(const struct net_device *dev, bool ipv6)
{
	struct in_device *in_dev;
	const struct inet6_dev *idev;

	if (!ipv6) {
		in_dev = __in_dev_get_rcu(dev);
		return in_dev ? IN_DEV_RPFILTER(in_dev) : -1;
	}
	idev = __in6_dev_get(dev);
	if (!idev || READ_ONCE(idev->cnf.disable_ipv6))
		return -1;
	return READ_ONCE(dev_net(dev)->ipv6.devconf_all->forwarding);
}

/**
 * lb_way_is_fresh6() - Is an IPv6 route current?
 * @dst: Route.
 * @cookie: rt6_get_cookie() of it when it was looked up.
 *
 * What dst_check() says, in fewer instructions for most routes.
 *
 * Context: under RCU.
 */
static inline bool lb_way_is_fresh6(struct dst_entry *dst, u32 cookie)
{
	const struct rt6_info *rt = container_of_const(dst, struct rt6_info,
						       dst);
	const struct fib6_info *from = rcu_dereference(rt->from);
	u32 now;

	if (unlikely(!from || rt->sernum || rt->rt6i_flags & RTF_EXPIRES ||
		     from->fib6_flags & RTF_EXPIRES ||
		     READ_ONCE(dst->obsolete) != DST_OBSOLETE_FORCE_CHK))
		return dst_check(dst, cookie);
	return fib6_get_cookie_safe(from, &now) && now == cookie;
}

/** lb_way_is_current() - Do routes still lead where a way says? */
static inline bool lb_way_is_current(const struct lb_way *way,
				     const struct lb_net *lbn, bool ipv6)
{
	if (ipv6)
		return lb_way_is_fresh6(way->dst, way->genid);
	return way->genid == rt_genid_ipv4(lbn->net) &&
	       (!way->dst || lb_way_is_fresh(way->dst, way->genid));
}

/**
 * lb_way_is_open() - Does a way hold for a packet now?
 * @way: Way of its connection and direction, or NULL.
 * @lbn: Namespace.
 * @dev: Device by which it comes.
 * @tos: IPv4: its type of service.
 * @ipv6: It is an IPv6 packet.
 *
 * Context: under RCU.
 */
static inline bool lb_way_is_open(const struct lb_way *way,
				  const struct lb_net *lbn,
				  const struct net_device *dev, u8 tos,
				  bool ipv6)
{
	return way && way->iif == dev->ifindex &&
	       (ipv6 || way->tos == lb_way_tos(tos)) &&
	       lb_way_is_current(way, lbn, ipv6) &&
	       way->filter == lb_way_filter(dev, ipv6);
}

bool lb_way_is_direct(const struct dst_entry *dst, bool ipv6);
void lb_way_learn(struct lb_net *lbn, u32 *serial, const struct sk_buff *skb,
		  bool onward, bool ipv6);
void lb_way_forget(struct lb_net *lbn, bool in_use);
void lb_way_init(struct lb_net *lbn);
int lb_way_alloc(struct lb_net *lbn);
void lb_way_exit(struct lb_net *lbn);

#endif /* _LB_WAY_H */
