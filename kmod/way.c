// SPDX-License-Identifier: GPL-2.0-only
/* Ways: how the stack routed packets in and out, for the fast path.
 *
 * The fast path comes before routing: before the stack has checked that a
 * packet is for this host or may be forwarded, and its source against the
 * device. It relies on what the stack decided about the last packet of the
 * connection and direction that took the classic path.
 *
 * The stack must be certain to decide the same again. So a way is learnt only
 * if everything that its decision depends on is in this list; is_understood()
 * is the same in C:
 *
 *  the decision depends on    the next packet of the connection has
 *  addresses, ports, protocol the same: the connection was found by them. The
 *                             source is checked against the host's addresses
 *                             and routes, and is no martian
 *  device                     the same, asked for each packet; none of a VRF,
 *                             nor with IPVLAN in mode l3s
 *  type of service            the same, asked for each packet (IPv4; IPv6 has
 *                             no routes by it)
 *  mark, user, tunnel id      any: only policy rules ask for them, and there
 *                             are none
 *  routes and addresses       the same generation, asked for each packet: of
 *                             the namespace (IPv4), of the route (IPv6). Every
 *                             change of a route, address, rule, next hop,
 *                             device's state or policy begins a new one; so do
 *                             forwarding, accept_local and route_localnet when
 *                             IPv4 switches them off, at any device
 *  rp_filter                  the same, asked for each packet; so are IPv6's
 *                             disable_ipv6 of the device and all.forwarding
 *  kind of destination        this host itself, or a unicast route straight to
 *                             a neighbour, without encapsulation of its own
 *  choice of next hops        there is one only. Which of several it is, may
 *                             hang on neighbours, settings and time
 *  realm                      none: the stack would add up its traffic
 *  redirect                   none: the sender would be told of a better router
 *  policies of IPsec          none, in any direction, and all defaults accept.
 *                             What came by IPsec has an extension of the skb,
 *                             which fast.c leaves alone
 *
 * Connections with different addresses may share a way, since each has learnt
 * it from a packet of its own. Whatever is not on the list belongs there or
 * into is_understood().
 *
 * Most connections share few ways, so a connection stores only the number of
 * its way. A number is not reused before 2^22 more ways were made.
 */

#include <linux/hash.h>
#include <linux/slab.h>
#include <net/fib_rules.h>
#include <net/ip.h>
#include <net/ip6_fib.h>
#include <net/ip_fib.h>
#include <net/l3mdev.h>
#include <net/lwtunnel.h>
#include <net/nexthop.h>
#include <net/xfrm.h>

#include "limit.h"
#include "way.h"

#define PROBES 4

/**
 * lb_way_has_custom_rules() - Are there rules but those that there always are?
 * @net: Namespace.
 * @ipv6: Rules of IPv6.
 *
 * Context: under RCU. Return: true if one has a selector or a table of its own.
 */
bool lb_way_has_custom_rules(const struct net *net, bool ipv6)
{
	const struct fib_rule *rule;

#ifdef CONFIG_IPV6_MULTIPLE_TABLES
	if (ipv6)
		list_for_each_entry_rcu(rule,
					&net->ipv6.fib6_rules_ops->rules_list,
					list)
			if (!fib6_rule_default(rule))
				return true;
#endif
#ifdef CONFIG_IP_MULTIPLE_TABLES
	if (!ipv6)
		list_for_each_entry_rcu(rule, &net->ipv4.rules_ops->rules_list,
					list)
			if (!fib4_rule_default(rule))
				return true;
#endif
	return false;
}

/**
 * lb_way_has_policies() - May the stack refuse or transform packets by IPsec?
 * @net: Namespace.
 *
 * In any direction: lb delivers and sends at other places than the stack.
 */
bool lb_way_has_policies(const struct net *net)
{
#ifdef CONFIG_XFRM
	int dir;

	for (dir = XFRM_POLICY_IN; dir <= XFRM_POLICY_FWD; dir++)
		if (READ_ONCE(net->xfrm.policy_count[dir]) ||
		    READ_ONCE(net->xfrm.policy_default[dir]) !=
		    XFRM_USERPOLICY_ACCEPT)
			return true;
#endif
	return false;
}

/* Is a device one of a VRF, or the VRF itself, or does it carry IPVLAN in a
 * mode that has a say in routing?
 */
static bool is_l3(const struct net_device *dev)
{
	return netif_is_l3_slave(dev) || netif_is_l3_master(dev) ||
	       netif_has_l3_rx_handler(dev);
}

/**
 * lb_way_is_direct() - Does a route lead straight to a neighbour?
 * @dst: Route.
 * @ipv6: Of IPv6.
 *
 * Not so with broadcasts, transformations (IPsec), encapsulations of the route
 * itself and devices of a VRF.
 */
bool lb_way_is_direct(const struct dst_entry *dst, bool ipv6)
{
	const struct rtable *rt = container_of_const(dst, struct rtable, dst);

	return dst->output == (ipv6 ? ip6_output : ip_output) &&
	       (ipv6 || rt->rt_type == RTN_UNICAST) &&
	       !dst_xfrm(dst) && !dst->lwtstate && !is_l3(dst->dev);
}

/* Traffic by realm is added up where packets are routed. */
static bool has_realm(const struct dst_entry *dst)
{
#ifdef CONFIG_IP_ROUTE_CLASSID
	return dst->tclassid;
#else
	return false;
#endif
}

static bool is_for_host(const struct dst_entry *dst, bool ipv6)
{
	const struct rt6_info *rt6 = container_of_const(dst, struct rt6_info,
							dst);
	const struct rtable *rt = container_of_const(dst, struct rtable, dst);

	if (ipv6)
		return dst->input == ip6_input && rt6->rt6i_flags & RTF_LOCAL;
	return dst->input == ip_local_deliver && rt->rt_type == RTN_LOCAL;
}

/* A route with several next hops? Which one it is may change unheard. */
static bool has_choice6(const struct dst_entry *dst)
{
	const struct rt6_info *rt = container_of_const(dst, struct rt6_info,
						       dst);
	const struct fib6_info *from = rcu_dereference(rt->from);

	return !from || from->fib6_nsiblings ||
	       (from->nh && nexthop_is_multipath(from->nh));
}

/* IPv6: a single device that forwards (newer kernels) would tell nobody when it
 * does no longer; and senders on the device by which packets leave are told of
 * a better router.
 */
static bool is_onward(const struct net *net, const struct sk_buff *skb,
		      bool ipv6)
{
	const struct dst_entry *dst = skb_dst(skb);

	if (!lb_way_is_direct(dst, ipv6))
		return false;
	if (ipv6)
		return dst->dev != skb->dev && !has_choice6(dst) &&
		       READ_ONCE(net->ipv6.devconf_all->forwarding);
	return !(IPCB(skb)->flags & (IPSKB_DOREDIRECT | IPSKB_MULTIPATH));
}

/* Is this a situation of which we know that the stack will treat the next
 * packet of the connection as it did this one? The list is above; what is not
 * on it learns no way.
 */
static bool is_understood(const struct net *net, const struct sk_buff *skb,
			  bool onward, bool ipv6)
{
	const struct dst_entry *dst = skb_dst(skb);

	return !lb_way_has_rules(net, ipv6) && !lb_way_has_policies(net) &&
	       !is_l3(skb->dev) && !dst->lwtstate && !has_realm(dst) &&
	       (onward ? is_onward(net, skb, ipv6) : is_for_host(dst, ipv6));
}

static void free_way(struct rcu_head *head)
{
	struct lb_way *way = container_of(head, struct lb_way, rcu);

	dst_release(way->dst);
	kfree(way);
}

/* IPv6 routes exist once for each CPU, made of the same original. */
static const void *origin_of(const struct lb_way *way)
{
	if (!way->ipv6)
		return way->dst;
	return rcu_access_pointer(container_of(way->dst, struct rt6_info,
					       dst)->from);
}

static bool is_same(const struct lb_way *a, const struct lb_way *b)
{
	return a->iif == b->iif && a->filter == b->filter &&
	       a->genid == b->genid && a->ipv6 == b->ipv6 &&
	       a->tos == b->tos && origin_of(a) == origin_of(b);
}

/* May this place be had, by a way more or instead of the one that is there? */
static bool is_free(const struct lb_net *lbn, const struct lb_way *way)
{
	return way ? !lb_way_is_current(way, lbn, way->ipv6) :
		     lb_limit_has_room(lbn->owner, LB_LIMIT_WAYS, 1);
}

/* Find a way in its places, or one that can give its place up. There are as
 * many places as there may be ways, so that none need be counted here.
 */
static struct lb_way *find_place(struct lb_net *lbn, const struct lb_way *like,
				 u32 *place)
{
	long key = (long)origin_of(like) ^ like->iif ^ like->tos << 16;
	u32 room = lb_setting(lbn, LB_A_CONFIG_WAY_MAX);
	u32 i = reciprocal_scale(hash_long(key, 32), room);
	int probes = room ? PROBES : 0;
	bool found = false;
	struct lb_way *way;

	lockdep_assert_held(&lbn->way_lock);
	for (; probes; probes--, i = i + 1 < room ? i + 1 : 0) {
		way = rcu_dereference_protected(lbn->ways[i], true);
		if (way && is_same(way, like))
			return way;
		if (found || !is_free(lbn, way))
			continue;
		*place = i;
		found = true;
	}
	return found ? NULL : ERR_PTR(-ENOSPC);
}

static struct lb_way *make_way(struct lb_net *lbn, const struct lb_way *like,
			       u32 place)
{
	struct lb_way *way, *old;

	if (like->dst && !dst_hold_safe(like->dst))
		return ERR_PTR(-ESTALE);
	way = kmalloc(sizeof(*way),
		      GFP_ATOMIC | __GFP_NOWARN | __GFP_ACCOUNT);
	if (!way) {
		dst_release(like->dst);
		return ERR_PTR(-ENOMEM);
	}

	*way = *like;
	if (way->dst && !way->ipv6)
		way->mtu = ip_dst_mtu_maybe_forward(way->dst, true);
	/* 0 is none. */
	do {
		way->serial = ++lbn->way_count * LB_WAYS + place;
	} while (!way->serial);
	old = rcu_replace_pointer(lbn->ways[place], way,
				  lockdep_is_held(&lbn->way_lock));
	if (old)
		call_rcu(&old->rcu, free_way);
	else
		lb_limit_add(lbn->owner, LB_LIMIT_WAYS, 1);
	return way;
}

/**
 * lb_way_learn() - The stack let a packet in: so it will the next.
 * @lbn: Namespace.
 * @serial: Where the connection keeps the way of this direction.
 * @skb: Packet as the stack routed it.
 * @onward: It is forwarded, not for this host.
 * @ipv6: It is an IPv6 packet.
 *
 * When it cannot be remembered, packets go on through the stack.
 *
 * Context: under RCU, bottom halves off.
 */
void lb_way_learn(struct lb_net *lbn, u32 *serial, const struct sk_buff *skb,
		  bool onward, bool ipv6)
{
	const struct lb_way *old = lb_way_find(lbn, READ_ONCE(*serial));
	struct lb_way like = {
		.iif = skb->dev->ifindex,
		.filter = lb_way_filter(skb->dev, ipv6),
		.ipv6 = ipv6,
		.tos = ipv6 ? 0 : lb_way_tos(ip_hdr(skb)->tos),
		.dst = onward || ipv6 ? skb_dst(skb) : NULL,
	};
	struct lb_way *way;
	u32 place;

	like.genid = ipv6 ? rt6_get_cookie(container_of(like.dst,
							struct rt6_info, dst)) :
			    skb_rtable(skb)->rt_genid;
	if (old && is_same(old, &like))
		return;
	if (!is_understood(lbn->net, skb, onward, ipv6))
		return;

	spin_lock(&lbn->way_lock);
	way = find_place(lbn, &like, &place);
	if (!way)
		way = make_way(lbn, &like, place);
	if (!IS_ERR(way))
		WRITE_ONCE(*serial, way->serial);
	spin_unlock(&lbn->way_lock);
}

static void forget_all(struct lb_net *lbn)
{
	struct lb_way *way;
	int i;

	spin_lock_bh(&lbn->way_lock);
	for (i = 0; i < LB_WAYS; i++) {
		way = rcu_replace_pointer(lbn->ways[i], NULL,
					  lockdep_is_held(&lbn->way_lock));
		if (!way)
			continue;
		lb_limit_sub(lbn->owner, LB_LIMIT_WAYS, 1);
		call_rcu(&way->rcu, free_way);
	}
	spin_unlock_bh(&lbn->way_lock);
}

/**
 * lb_way_forget() - Forget all ways, so that connections take the classic path
 * until their packets were let in once more.
 * @lbn: Namespace, of which something was changed before.
 * @in_use: Connections may go by that.
 *
 * A packet may have asked before the change whether its connection may have a
 * way, and learn it now: it does both in one section of RCU.
 *
 * Context: process, may sleep.
 */
void lb_way_forget(struct lb_net *lbn, bool in_use)
{
	if (!lb_net_conns(lbn))
		return;
	forget_all(lbn);
	if (!in_use)
		return;
	synchronize_rcu_expedited();
	forget_all(lbn);
}

/**
 * lb_way_init() - Prepare a namespace.
 * @lbn: Namespace.
 */
void lb_way_init(struct lb_net *lbn)
{
	spin_lock_init(&lbn->way_lock);
}

/**
 * lb_way_alloc() - Room for the ways of a namespace.
 * @lbn: Namespace.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_way_alloc(struct lb_net *lbn)
{
	lbn->ways = kcalloc(LB_WAYS, sizeof(*lbn->ways), GFP_KERNEL_ACCOUNT);
	return lbn->ways ? 0 : -ENOMEM;
}

/**
 * lb_way_exit() - Forget all ways, and free the room for them.
 * @lbn: Namespace; no packet can find it any more.
 */
void lb_way_exit(struct lb_net *lbn)
{
	struct lb_way *way;
	int i;

	for (i = 0; lbn->ways && i < LB_WAYS; i++) {
		way = rcu_dereference_protected(lbn->ways[i], true);
		if (!way)
			continue;
		lb_limit_sub(lbn->owner, LB_LIMIT_WAYS, 1);
		free_way(&way->rcu);
	}
	kfree(lbn->ways);
	lbn->ways = NULL;
}
