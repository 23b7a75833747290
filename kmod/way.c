// SPDX-License-Identifier: GPL-2.0-only
/* Ways: how the stack let packets in, and where it sent them on.
 *
 * The fast path comes before the stack has found that a packet is for this
 * host, that its source may come by this device, that it may be forwarded and
 * where to. It goes by what the stack decided about the last packet of the
 * connection and direction that took the classic path, for as long as no route,
 * address, rule or setting of the device changes and packets come by the same
 * device. IPv4 has one generation for all of that, IPv6 one for each route.
 *
 * Most connections share few ways, so a connection has only the number of its
 * way. A number is not used again before 2^22 more ways were made.
 */

#include <linux/hash.h>
#include <linux/slab.h>
#include <net/ip.h>
#include <net/l3mdev.h>
#include <net/lwtunnel.h>
#include <net/xfrm.h>

#include "way.h"

#define PROBES 4

/**
 * lb_way_is_direct() - Does a route lead straight to a neighbour?
 * @dst: Route.
 * @ipv6: Of IPv6.
 *
 * Not so with transformations (IPsec), encapsulations of the route itself and
 * devices of a VRF.
 */
bool lb_way_is_direct(const struct dst_entry *dst, bool ipv6)
{
	return dst->output == (ipv6 ? ip6_output : ip_output) &&
	       !dst_xfrm(dst) && !dst->lwtstate &&
	       !netif_is_l3_slave(dst->dev) && !netif_is_l3_master(dst->dev);
}

static bool has_policies(const struct net *net)
{
#ifdef CONFIG_XFRM
	return net->xfrm.policy_count[XFRM_POLICY_FWD] ||
	       net->xfrm.policy_default[XFRM_POLICY_FWD] !=
	       XFRM_USERPOLICY_ACCEPT;
#else
	return false;
#endif
}

/* Does the stack tell the sender of a better router? */
static bool is_redirected(const struct sk_buff *skb, bool ipv6)
{
	return ipv6 ? skb_dst(skb)->dev == skb->dev :
		      IPCB(skb)->flags & IPSKB_DOREDIRECT;
}

/* Newer kernels may let a single device forward IPv6, which no generation and
 * no lb_way_filter() tells.
 */
static bool is_forwarding(const struct net *net, bool ipv6)
{
	return !ipv6 || READ_ONCE(net->ipv6.devconf_all->forwarding);
}

/* Would the next packet of the same addresses go on in the same way? */
static bool is_steady(const struct net *net, const struct sk_buff *skb,
		      bool ipv6)
{
	return lb_way_is_direct(skb_dst(skb), ipv6) &&
	       !lb_way_has_rules(net, ipv6) && !has_policies(net) &&
	       !is_redirected(skb, ipv6) && is_forwarding(net, ipv6);
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
	       origin_of(a) == origin_of(b);
}

/* Find a way in its places, or one that can give its place up. */
static struct lb_way *find_place(struct lb_net *lbn, const struct lb_way *like,
				 u32 *place)
{
	u32 hash = hash_long((long)origin_of(like) ^ like->iif, 32);
	bool found = false;
	struct lb_way *way;
	u32 i;

	lockdep_assert_held(&lbn->way_lock);
	for (i = hash; i != hash + PROBES; i++) {
		way = rcu_dereference_protected(lbn->ways[i % LB_WAYS], true);
		if (way && is_same(way, like))
			return way;
		if (found || (way && lb_way_is_current(way, lbn, way->ipv6)))
			continue;
		*place = i % LB_WAYS;
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
	way = kmalloc(sizeof(*way), GFP_ATOMIC | __GFP_NOWARN);
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
		.dst = onward || ipv6 ? skb_dst(skb) : NULL,
	};
	struct lb_way *way;
	u32 place;

	like.genid = ipv6 ? rt6_get_cookie(container_of(like.dst,
							struct rt6_info, dst)) :
			    skb_rtable(skb)->rt_genid;
	if (old && is_same(old, &like))
		return;
	if (onward && !is_steady(lbn->net, skb, ipv6))
		return;

	spin_lock(&lbn->way_lock);
	way = find_place(lbn, &like, &place);
	if (!way)
		way = make_way(lbn, &like, place);
	if (!IS_ERR(way))
		WRITE_ONCE(*serial, way->serial);
	spin_unlock(&lbn->way_lock);
}

/**
 * lb_way_forget() - Forget all ways, so that connections take the classic path
 * until their packets were let in once more.
 * @lbn: Namespace.
 *
 * Context: process.
 */
void lb_way_forget(struct lb_net *lbn)
{
	struct lb_way *way;
	int i;

	spin_lock_bh(&lbn->way_lock);
	for (i = 0; i < LB_WAYS; i++) {
		way = rcu_replace_pointer(lbn->ways[i], NULL,
					  lockdep_is_held(&lbn->way_lock));
		if (way)
			call_rcu(&way->rcu, free_way);
	}
	spin_unlock_bh(&lbn->way_lock);
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
 * lb_way_exit() - Forget all ways.
 * @lbn: Namespace; no packet can find it any more.
 */
void lb_way_exit(struct lb_net *lbn)
{
	struct lb_way *way;
	int i;

	for (i = 0; i < LB_WAYS; i++) {
		way = rcu_dereference_protected(lbn->ways[i], true);
		if (way)
			free_way(&way->rcu);
	}
}
