// SPDX-License-Identifier: GPL-2.0-only
/* Routes: where packets go, and what IPsec makes of them.
 *
 * All of lb's own look-ups are made here. Where there are no policy rules, a
 * route depends on the destination alone, so each real server keeps one for all
 * of its clients. Where there are, each packet asks by what forwarding goes by:
 *
 * source, type of service, protocol, ports	as they are when it leaves
 * VRF		that which it came by, or its socket is in; VRFs are made of a
 *		rule, so there is none without rules
 * mark		for what goes to clients. Of what they send, only what the
 *		service sets: what it came with often brings it here in the
 *		first place, and would again
 * device	not that which it came by: it is sent from here
 *
 * The policies of IPsec go by the mark, too, and are asked for each packet if
 * there are any. IPv4 routes by type of service that need no rule are left out:
 * to see whether there are any would cost every packet.
 */

#include <linux/icmp.h>
#include <net/addrconf.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/l3mdev.h>
#include <net/route.h>
#include <net/sock.h>

#include "route.h"

static bool find4(struct lb_route *route, struct net *net, struct flowi4 *fl4)
{
	struct rtable *rt = __ip_route_output_key(net, fl4);

	if (IS_ERR(rt))
		return false;
	route->dst = &rt->dst;
	route->saddr.ip = fl4->saddr;
	route->local = rt->rt_flags & RTCF_LOCAL;
	return true;
}

static bool find6(struct lb_route *route, struct net *net, struct flowi6 *fl6)
{
	struct dst_entry *dst = ip6_route_output(net, NULL, fl6);
	const struct rt6_info *rt = container_of(dst, struct rt6_info, dst);

	if (dst->error) {
		dst_release(dst);
		return false;
	}
	route->dst = dst;
	route->cookie = rt6_get_cookie(rt);
	route->local = rt->rt6i_flags & RTF_LOCAL;
	/* Without an address there, packets leave with none. */
	if (ipv6_addr_any(&fl6->saddr))
		ipv6_dev_get_saddr(net, dst->dev, &fl6->daddr, 0, &fl6->saddr);
	route->saddr.ip6 = fl6->saddr;
	return true;
}

/**
 * lb_route_find() - Look up a route for what is sent from here.
 * @route: Filled in, with a reference on @route->dst.
 * @net: Namespace.
 * @fl: What is known of the packet; gets a source address if it has none.
 * @ipv6: It is an IPv6 packet.
 *
 * Policies of IPsec are not asked.
 *
 * Context: under RCU. Return: false if there is none.
 */
bool lb_route_find(struct lb_route *route, struct net *net, struct flowi *fl,
		   bool ipv6)
{
	memset(route, 0, sizeof(*route));
	if (!(ipv6 ? find6(route, net, &fl->u.ip6) :
		     find4(route, net, &fl->u.ip4)))
		return false;
	route->mtu = dst_mtu(route->dst);
	return true;
}

/* A rule may bring packets to this host, to whichever address they are, and so
 * bring them here again when they are to leave. And a tunnel is this host's, of
 * no VRF, unless that is where its other end is.
 */
static bool is_astray(const struct lb_route *route, int l3mdev, bool sourceless)
{
	return route->local ||
	       (sourceless && l3mdev &&
		l3mdev_master_ifindex(route->dst->dev) != l3mdev);
}

/**
 * lb_route_find_onward() - Look up a route for what was sent to this host.
 * @route: Filled in, with a reference on @route->dst.
 * @net: Namespace.
 * @fl: The packet as it is to leave, whose source may be missing. Of its mark,
 *	only what may have a say.
 * @ipv6: It is an IPv6 packet.
 *
 * Context: under RCU. Return: false if there is none.
 */
bool lb_route_find_onward(struct lb_route *route, struct net *net,
			  struct flowi *fl, bool ipv6)
{
	struct flowi alone = { .flowi_flags = FLOWI_FLAG_KNOWN_NH };
	int l3mdev = fl->flowi_l3mdev;
	bool sourceless;

	sourceless = ipv6 ? ipv6_addr_any(&fl->u.ip6.saddr) : !fl->u.ip4.saddr;
	if (ipv6)
		alone.u.ip6.daddr = fl->u.ip6.daddr;
	else
		alone.u.ip4.daddr = fl->u.ip4.daddr;
	fl->flowi_flags |= FLOWI_FLAG_KNOWN_NH;
	if (lb_way_has_rules(net, ipv6)) {
		if (!lb_route_find(route, net, fl, ipv6))
			return false;
		if (!is_astray(route, l3mdev, sourceless))
			return true;
		dst_release(route->dst);
	}
	if (!lb_route_find(route, net, &alone, ipv6))
		return false;
	if (sourceless && ipv6)
		fl->u.ip6.saddr = route->saddr.ip6;
	else if (sourceless)
		fl->u.ip4.saddr = route->saddr.ip;
	return true;
}

/* The sender, of what this host makes. */
static struct sock *socket_of(const struct lb_pkt *pkt)
{
	struct sock *sk = sk_to_full_sk(pkt->skb->sk);

	if (pkt->hook != NF_INET_LOCAL_OUT || !sk ||
	    !net_eq(pkt->net, sock_net(sk)))
		return NULL;
	return sk;
}

static void describe4(const struct sk_buff *skb, struct flowi4 *fl4)
{
	const struct iphdr *iph = ip_hdr(skb);

	fl4->saddr = iph->saddr;
	fl4->daddr = iph->daddr;
	fl4->flowi4_proto = iph->protocol;
	lb_compat_flow_set_tos(fl4, iph->tos);
}

static void describe6(const struct lb_pkt *pkt, struct flowi6 *fl6)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(pkt->skb);
	unsigned int offset = 0;
	int proto = pkt->tuple.proto;

	if (pkt->kind != LB_KIND_DATA)
		proto = IPPROTO_ICMPV6;
	else if (pkt->bare)
		proto = ipv6_find_hdr(pkt->skb, &offset, -1, NULL, NULL);
	fl6->saddr = ip6h->saddr;
	fl6->daddr = ip6h->daddr;
	fl6->flowi6_proto = max(proto, 0);
	fl6->flowlabel = ip6_flowinfo(ip6h);
}

static bool has_ports(const struct flowi *fl)
{
	return fl->flowi_proto == IPPROTO_TCP ||
	       fl->flowi_proto == IPPROTO_UDP ||
	       fl->flowi_proto == IPPROTO_SCTP;
}

static union flowi_uli *ends_of(struct flowi *fl, bool ipv6)
{
	return ipv6 ? &fl->u.ip6.uli : &fl->u.ip4.uli;
}

/**
 * lb_route_describe() - A packet, to those who know routes and policies.
 * @pkt: Packet, before it is changed.
 * @fl: Filled in.
 */
void lb_route_describe(const struct lb_pkt *pkt, struct flowi *fl)
{
	union flowi_uli *ends = ends_of(fl, pkt->ipv6);
	struct sk_buff *skb = pkt->skb;
	u8 icmp[2] = {};

	memset(fl, 0, sizeof(*fl));
	if (pkt->ipv6)
		describe6(pkt, &fl->u.ip6);
	else
		describe4(skb, &fl->u.ip4);
	fl->flowi_mark = skb->mark;
	fl->flowi_uid = sock_net_uid(pkt->net, socket_of(pkt));
	fl->flowi_l3mdev = l3mdev_master_ifindex(pkt->hook == NF_INET_LOCAL_IN ?
						 skb->dev : skb_dst(skb)->dev);
	/* Most sources are not ours. */
	fl->flowi_flags = FLOWI_FLAG_ANYSRC;

	if (pkt->kind == LB_KIND_DATA && has_ports(fl)) {
		ends->ports.sport = pkt->tuple.sport;
		ends->ports.dport = pkt->tuple.dport;
	} else if (pkt->kind != LB_KIND_DATA) {
		skb_copy_bits(skb, pkt->l4, icmp, sizeof(icmp));
		ends->icmpt.type = icmp[0];
		ends->icmpt.code = icmp[1];
	}
}

/**
 * lb_route_redirect() - It is to have another destination.
 * @fl: Description.
 * @ipv6: Of an IPv6 packet.
 * @addr: Address.
 * @port: Port, if it has any.
 */
void lb_route_redirect(struct flowi *fl, bool ipv6, const union lb_addr *addr,
		       __be16 port)
{
	if (ipv6)
		fl->u.ip6.daddr = addr->ip6;
	else
		fl->u.ip4.daddr = addr->ip;
	if (has_ports(fl))
		ends_of(fl, ipv6)->ports.dport = port;
}

/**
 * lb_route_masquerade() - It is to have another source.
 * @fl: Description.
 * @ipv6: Of an IPv6 packet.
 * @addr: Address.
 * @port: Port, if it has any.
 */
void lb_route_masquerade(struct flowi *fl, bool ipv6,
			 const union lb_addr *addr, __be16 port)
{
	if (ipv6)
		fl->u.ip6.saddr = addr->ip6;
	else
		fl->u.ip4.saddr = addr->ip;
	if (has_ports(fl))
		ends_of(fl, ipv6)->ports.sport = port;
}

/**
 * lb_route_plain() - The route of a packet less what IPsec has put before it.
 * @skb: Packet with a route.
 *
 * Context: under RCU. Return: The route, with a reference.
 */
struct dst_entry *lb_route_plain(const struct sk_buff *skb)
{
	struct dst_entry *dst = skb_dst(skb);

#ifdef CONFIG_XFRM
	if (dst->xfrm || dst->flags & DST_XFRM_QUEUE)
		dst = ((struct xfrm_dst *)dst)->route;
#endif
	return dst_hold_safe(dst) ? dst : NULL;
}

/**
 * lb_route_protect() - Let IPsec's policies have their say.
 * @pkt: Packet.
 * @dst: Its route, a reference; replaced by one that encrypts if a policy says
 *	so.
 * @fl: The packet as it is to leave.
 * @ipv6: By IPv6.
 *
 * Context: under RCU.
 * Return: false if the packet may not leave, or not yet; @dst is NULL then.
 */
bool lb_route_protect(const struct lb_pkt *pkt, struct dst_entry **dst,
		      struct flowi *fl, bool ipv6)
{
	struct dst_entry *found;

	if (!lb_route_has_policies(pkt->net))
		return true;
	fl->flowi_oif = (*dst)->dev->ifindex;
	found = xfrm_lookup(pkt->net, *dst, fl, socket_of(pkt),
			    XFRM_LOOKUP_QUEUE);
	*dst = IS_ERR(found) ? NULL : found;
	return *dst;
}
