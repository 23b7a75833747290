/* SPDX-License-Identifier: GPL-2.0-only */
/* Routes: where packets go, and what IPsec makes of them. */
#ifndef _LB_ROUTE_H
#define _LB_ROUTE_H

#include <linux/netfilter.h>
#include <net/dst.h>
#include <net/flow.h>
#include <net/xfrm.h>

#include "pkt.h"
#include "way.h"

/**
 * struct lb_route - A route to a real server.
 * @dst: The route; we hold a reference.
 * @cookie: IPv6: what tells whether @dst is current.
 * @mtu: What it took when it was looked up.
 * @saddr: Our address on it, the source of tunnel packets.
 * @ident: Where the identification of tunnel packets begins.
 * @local: The server's address is one of our own.
 * @direct: It leads straight to a neighbour, see lb_way_is_direct().
 * @rcu: For freeing one that is cached.
 */
struct lb_route {
	struct dst_entry *dst;
	u32 cookie;
	u32 mtu;
	union lb_addr saddr;
	u16 ident;
	bool local;
	bool direct;
	struct rcu_head rcu;
};

/** lb_route_has_policies() - May IPsec want something of what leaves? */
static inline bool lb_route_has_policies(const struct net *net)
{
#ifdef CONFIG_XFRM
	const struct netns_xfrm *xfrm = &net->xfrm;

	/* Those of sockets are counted behind those of the namespace. */
	return READ_ONCE(xfrm->policy_count[XFRM_POLICY_OUT]) ||
	       READ_ONCE(xfrm->policy_count[XFRM_POLICY_MAX +
					    XFRM_POLICY_OUT]) ||
	       READ_ONCE(xfrm->policy_default[XFRM_POLICY_OUT]) !=
	       XFRM_USERPOLICY_ACCEPT;
#else
	return false;
#endif
}

/** lb_route_varies() - May packets to one address have to take many ways? */
static inline bool lb_route_varies(const struct net *net, bool ipv6)
{
	return lb_way_has_rules(net, ipv6) || lb_route_has_policies(net);
}

/** lb_route_guards() - May IPsec want something of a packet that comes in? */
static inline bool lb_route_guards(const struct lb_pkt *pkt)
{
#ifdef CONFIG_XFRM
	const struct netns_xfrm *xfrm = &pkt->net->xfrm;

	return READ_ONCE(xfrm->policy_count[XFRM_POLICY_IN]) ||
	       READ_ONCE(xfrm->policy_default[XFRM_POLICY_IN]) !=
	       XFRM_USERPOLICY_ACCEPT || secpath_exists(pkt->skb);
#else
	return false;
#endif
}

/**
 * lb_route_admits() - Do IPsec's policies let a packet in?
 * @pkt: Packet, as it came.
 *
 * Local delivery asks behind the hook, where lb has taken the packet already;
 * forwarding has asked before. What is encrypted itself, nobody asks about.
 */
static inline bool lb_route_admits(const struct lb_pkt *pkt)
{
	return likely(!lb_route_guards(pkt)) ||
	       pkt->hook != NF_INET_LOCAL_IN || pkt->bare ||
	       xfrm_policy_check(NULL, XFRM_POLICY_IN, pkt->skb,
				 pkt->ipv6 ? AF_INET6 : AF_INET);
}

bool lb_route_find(struct lb_route *route, struct net *net, struct flowi *fl,
		   bool ipv6);
bool lb_route_find_onward(struct lb_route *route, struct net *net,
			  struct flowi *fl, bool ipv6);
void lb_route_describe(const struct lb_pkt *pkt, struct flowi *fl);
void lb_route_redirect(struct flowi *fl, bool ipv6, const union lb_addr *addr,
		       __be16 port);
void lb_route_masquerade(struct flowi *fl, bool ipv6,
			 const union lb_addr *addr, __be16 port);
struct dst_entry *lb_route_plain(const struct sk_buff *skb);
bool lb_route_protect(const struct lb_pkt *pkt, struct dst_entry **dst,
		      struct flowi *fl, bool ipv6);

#endif /* _LB_ROUTE_H */
