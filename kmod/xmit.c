// SPDX-License-Identifier: GPL-2.0-only
/* How packets leave: to the real server, and back to the client. */

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/inetdevice.h>
#include <linux/netfilter.h>
#include <linux/random.h>
#include <net/gso.h>
#include <net/arp.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/ndisc.h>
#include <net/route.h>

#include "ct.h"
#include "foreign.h"
#include "gso.h"
#include "helper.h"
#include "icmp.h"
#include "mss.h"
#include "nat.h"
#include "route.h"
#include "tunnel.h"
#include "xmit.h"

static bool translate(const struct lb_pkt *pkt, struct lb_conn *conn,
		      enum lb_dir dir)
{
	if (conn->forward != LB_FORWARD_NAT)
		return true;
	if (pkt->kind == LB_KIND_ICMP)
		return lb_nat_icmp(pkt, conn, dir);
	if (unlikely(pkt->bare || pkt->tuple.proto == IPPROTO_SCTP))
		return lb_nat_other(pkt, conn, dir);
	if (unlikely(conn->ext))
		return lb_ftp_translate(pkt, conn, dir);
	return dir == LB_DIR_ORIG ? lb_nat_request(pkt, conn) :
				    lb_nat_reply(pkt, conn);
}

/* The size of the largest fragment of a defragmented packet. */
static unsigned int fragment_size(const struct lb_pkt *pkt)
{
	return pkt->ipv6 ? IP6CB(pkt->skb)->frag_max_size :
			   IPCB(pkt->skb)->frag_max_size;
}

/* Does its sender forbid fragmentation? */
static bool is_whole(const struct lb_pkt *pkt)
{
	return pkt->ipv6 || ip_hdr(pkt->skb)->frag_off & htons(IP_DF);
}

/* Does it fit, or may it be fragmented? A defragmented packet fits if each of
 * its fragments did; a packet of this host may be fragmented if its route says
 * so.
 */
static bool fits(const struct lb_pkt *pkt, u32 mtu, bool whole)
{
	struct sk_buff *skb = pkt->skb;

	if (skb_is_gso(skb))
		return skb_gso_validate_network_len(skb, mtu) || !whole;
	if (skb->len <= mtu || !whole)
		return true;
	if (pkt->hook == NF_INET_LOCAL_OUT && skb->ignore_df)
		return true;
	if (!fragment_size(pkt) || fragment_size(pkt) > mtu)
		return false;
	skb->ignore_df = 1;
	return true;
}

/* It is longer than the MTU, or that is less than the least there may be. */
static noinline enum lb_verdict check_long(const struct lb_pkt *pkt,
					   const struct lb_conn *conn,
					   u32 mtu, u32 least)
{
	u8 df = lb_tunnel_df(pkt->lbn, conn);

	if (df == LB_TUNNEL_DF_UNSET)
		return LB_NEXT;
	if (mtu < least)
		return lb_pkt_drop(pkt, LB_DROP_TOO_BIG);
	if (!fits(pkt, mtu, df == LB_TUNNEL_DF_SET || is_whole(pkt)))
		return lb_icmp_too_big(pkt, mtu);
	return LB_NEXT;
}

static enum lb_verdict check_mtu(const struct lb_pkt *pkt,
				 const struct lb_conn *conn, u32 mtu)
{
	u32 least = pkt->ipv6 ? IPV6_MIN_MTU : IPV4_MIN_MTU;
	u32 room = lb_tunnel_inside(conn, mtu);

	/* No error is sent about an error. */
	if (pkt->kind != LB_KIND_DATA ||
	    likely(pkt->skb->len <= room && room >= least))
		return LB_NEXT;
	return check_long(pkt, conn, room, least);
}

/* What this host sends leaves the hook, and with it RCU, before the route is
 * used. Everything else is on its way when we return.
 */
static void set_route(const struct lb_pkt *pkt, const struct lb_route *route)
{
	skb_dst_drop(pkt->skb);
	if (pkt->hook == NF_INET_LOCAL_OUT)
		skb_dst_set(pkt->skb, dst_clone(route->dst));
	else
		skb_dst_set_noref(pkt->skb, route->dst);
}

/* Was it merged by LRO, which cannot be undone? IP does not forward such
 * packets either.
 */
static bool is_merged(const struct sk_buff *skb)
{
	return unlikely(skb_is_nonlinear(skb)) && skb_is_gso(skb) &&
	       !skb_shinfo(skb)->gso_type;
}

/**
 * lb_xmit_fits() - May a packet leave as it is, without being fragmented?
 * @skb: Packet; one of the offloads fits if each of its segments does.
 * @len: Its length.
 * @mtu: What the route takes.
 */
bool lb_xmit_fits(const struct sk_buff *skb, u32 len, u32 mtu)
{
	if (is_merged(skb))
		return false;
	if (likely(len <= mtu))
		return true;
	return skb_is_gso(skb) && skb_gso_validate_network_len(skb, mtu);
}

/**
 * lb_xmit_direct() - Hand a packet to the neighbour of its next hop.
 * @skb: Packet that fits, its header writable, with room for the link header.
 * @dst: Route for which lb_way_is_direct() is true.
 * @ipv6: Packet and route are IPv6.
 *
 * Context: under RCU, bottom halves off.
 * Return: false if there is no memory for the neighbour; else it is gone.
 */
bool lb_xmit_direct(struct sk_buff *skb, struct dst_entry *dst, bool ipv6)
{
	const struct rt6_info *rt6 = container_of(dst, struct rt6_info, dst);
	struct rtable *rt = container_of(dst, struct rtable, dst);
	struct neighbour *neigh;
	bool is_v6gw = false;

	if (ipv6)
		neigh = ip_neigh_gw6(dst->dev,
				     rt6_nexthop(rt6, &ipv6_hdr(skb)->daddr));
	else
		neigh = ip_neigh_for_gw(rt, skb, &is_v6gw);
	if (IS_ERR(neigh))
		return false;

	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	skb_reset_redirect(skb);
	skb_dst_drop(skb);
	skb_dst_set_noref(skb, dst);
	skb->dev = dst->dev;
	neigh_output(neigh, skb, is_v6gw);
	return true;
}

/* Does a packet have a loopback address that it keeps? */
static bool has_loopback(const struct lb_pkt *pkt, const struct lb_conn *conn)
{
	bool redirected = conn->forward == LB_FORWARD_NAT;
	const struct ipv6hdr *ip6h = ipv6_hdr(pkt->skb);
	const struct iphdr *iph = ip_hdr(pkt->skb);

	if (pkt->ipv6)
		return ipv6_addr_loopback(&ip6h->saddr) ||
		       (!redirected && ipv6_addr_loopback(&ip6h->daddr));
	return ipv4_is_loopback(iph->saddr) ||
	       (!redirected && ipv4_is_loopback(iph->daddr));
}

/* What was looked up by the old addresses does not belong to the new ones: the
 * socket of early demux or of a transparent proxy, and the secpath, which has
 * been checked. A packet made here keeps its sender's socket.
 */
static void forget_ends(const struct lb_pkt *pkt)
{
	if (pkt->hook == NF_INET_LOCAL_OUT)
		return;
	skb_orphan(pkt->skb);
	secpath_reset(pkt->skb);
}

/* The real server is this host: the packet is delivered locally. */
static noinline enum lb_verdict deliver_local(const struct lb_pkt *pkt,
					      struct lb_conn *conn,
					      const struct lb_route *route)
{
	/* What came from outside may not reach what is only for inside. What
	 * keeps its address goes to the virtual one, which is for outside.
	 */
	if (pkt->hook != NF_INET_LOCAL_OUT &&
	    conn->forward == LB_FORWARD_NAT &&
	    lb_dest_is_loopback(&conn->dest->key))
		return lb_pkt_drop(pkt, LB_DROP_LOCAL_CROSSING);
	if (!translate(pkt, conn, LB_DIR_ORIG))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);

	lb_dest_set_mark(conn->dest, LB_DIR_ORIG, pkt->skb);
	lb_ct_settle(pkt, conn, LB_DIR_ORIG);
	lb_pkt_set_balanced(pkt->skb);
	if (conn->forward != LB_FORWARD_NAT)
		return LB_PASS;
	forget_ends(pkt);
	if (pkt->hook == NF_INET_LOCAL_OUT)
		set_route(pkt, route);
	return LB_PASS;
}

/* Straight to the neighbour if nobody else wants to see the packet and it need
 * not be fragmented (again). What was merged does not come here.
 */
static __always_inline bool try_direct(const struct lb_pkt *pkt,
				       const struct lb_route *route, u32 mtu,
				       bool ipv6)
{
	struct dst_entry *dst = route->dst;
	struct sk_buff *skb = pkt->skb;

	return route->direct && !lb_foreign_out(pkt->net, ipv6) &&
	       !fragment_size(pkt) &&
	       (likely(skb->len <= mtu) || lb_xmit_fits(skb, skb->len, mtu)) &&
	       !skb_cow_head(skb, LL_RESERVED_SPACE(dst->dev)) &&
	       lb_xmit_direct(skb, dst, ipv6);
}

/* What was received is sent on; early demux may have found a socket of ours. */
static __always_inline void leave_host(struct sk_buff *skb)
{
	skb_orphan(skb);
	secpath_reset(skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
}

/* A call, so that what passes no hook need not make room for it. Only a hook
 * says -EPERM, here or on the way to the device.
 */
static noinline void send_out(const struct lb_pkt *pkt, struct dst_entry *dst,
			      bool ipv6)
{
	if (NF_HOOK(ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4, NF_INET_LOCAL_OUT,
		    pkt->net, pkt->skb->sk, pkt->skb, NULL, dst->dev,
		    dst_output) == -EPERM)
		lb_pkt_drop(pkt, LB_DROP_FIREWALL);
}

/* A packet that this host makes goes on from where it is, by another route; one
 * that was received and would have been delivered is sent like one of our own.
 */
static __always_inline enum lb_verdict send_on(const struct lb_pkt *pkt,
					       const struct lb_conn *conn,
					       const struct lb_route *route,
					       u32 mtu)
{
	bool ipv6 = lb_dest_is_ipv6(conn->dest);
	struct sk_buff *skb = pkt->skb;

	lb_ct_settle(pkt, conn, LB_DIR_ORIG);
	if (pkt->hook != NF_INET_LOCAL_OUT) {
		leave_host(skb);
		if (try_direct(pkt, route, mtu, ipv6))
			return LB_STOLEN;
	}
	lb_pkt_set_balanced(skb);
	set_route(pkt, route);
	if (pkt->hook == NF_INET_LOCAL_OUT && conn->forward != LB_FORWARD_TUN)
		return LB_PASS;

	send_out(pkt, route->dst, ipv6);
	return LB_STOLEN;
}

/* Encapsulate a packet so that the tunnel's packet may be fragmented, or not,
 * whatever the sender of the inner one wants.
 */
static noinline bool wrap_anyway(const struct lb_pkt *pkt,
				 const struct lb_conn *conn,
				 const struct lb_route *route, bool whole)
{
	struct iphdr *iph;

	/* Set before, so that it has an identification. */
	if (!whole)
		pkt->skb->ignore_df = 1;
	if (!lb_tunnel_wrap(pkt, conn, route))
		return false;
	if (!lb_dest_is_ipv6(conn->dest)) {
		iph = ip_hdr(pkt->skb);
		iph->frag_off = whole ? htons(IP_DF) : 0;
		ip_send_check(iph);
	}
	return true;
}

static __always_inline bool wrap(const struct lb_pkt *pkt,
				 const struct lb_conn *conn,
				 const struct lb_route *route)
{
	u8 df = lb_tunnel_df(pkt->lbn, conn);

	if (unlikely(df != LB_TUNNEL_DF_INHERIT))
		return wrap_anyway(pkt, conn, route, df == LB_TUNNEL_DF_SET);
	return lb_tunnel_wrap(pkt, conn, route);
}

static enum lb_verdict send_segment(const struct lb_pkt *pkt,
				    const struct lb_conn *conn,
				    const struct lb_route *route, u32 mtu)
{
	if (!wrap(pkt, conn, route))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	return send_on(pkt, conn, route, mtu);
}

/* Each segment is encapsulated and sent by itself. */
static noinline enum lb_verdict send_segments(const struct lb_pkt *pkt,
					      const struct lb_conn *conn,
					      const struct lb_route *route,
					      u32 mtu)
{
	struct sk_buff *segs, *next;
	struct lb_pkt seg = *pkt;

	/* What cuts asks what it can do. */
	pkt->skb->dev = route->dst->dev;
	segs = lb_gso_cut(pkt->skb);
	if (!segs)
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	skb_list_walk_safe(segs, seg.skb, next) {
		skb_mark_not_on_list(seg.skb);
		if (send_segment(&seg, conn, route, mtu) == LB_DROP)
			kfree_skb(seg.skb);
	}
	return LB_STOLEN;
}

/* Does the frame come from the neighbour to which the packet would go? If the
 * server is behind a router, that may have it from anybody.
 */
static bool is_neighbour(const struct sk_buff *skb, const struct lb_dest *dest,
			 struct net_device *dev)
{
	const __be32 ip = dest->key.addr.ip;
	char addr[MAX_ADDR_LEN] __aligned(2);
	struct neighbour *neigh;

	if (skb->dev != dev || dev->type != ARPHRD_ETHER ||
	    !skb_mac_header_was_set(skb))
		return false;
	if (lb_dest_is_ipv6(dest))
		neigh = __ipv6_neigh_lookup_noref(dev, &dest->key.addr.ip6);
	else
		neigh = __ipv4_neigh_lookup_noref(dev, (__force u32)ip);
	if (!neigh)
		return false;
	neigh_ha_snapshot(addr, neigh, dev);
	return ether_addr_equal((u8 *)addr, eth_hdr(skb)->h_source);
}

/* The time to live is over. If the packet came from its own real server, that
 * is a director which sent it here: a loop.
 */
static noinline enum lb_verdict expire(const struct lb_pkt *pkt,
				       const struct lb_conn *conn,
				       const struct lb_route *route)
{
	const struct sk_buff *skb = pkt->skb;
	bool loop;

	if (conn->forward == LB_FORWARD_TUN)
		loop = skb->dev && lb_tunnel_is_device(skb->dev);
	else
		loop = skb->dev && is_neighbour(skb, conn->dest,
						route->dst->dev);
	return lb_pkt_expire(pkt, loop ? LB_DROP_LOOP : LB_DROP_TTL);
}

/* A packet with a loopback source leaves this host only if connection tracking
 * will replace that, and for IPv4 only by devices with route_localnet, as with
 * routing.
 */
static bool may_leave(const struct lb_pkt *pkt, const struct lb_conn *conn,
		      const struct net_device *dev)
{
	struct in_device *in_dev;

	if (dev->flags & IFF_LOOPBACK || !has_loopback(pkt, conn))
		return true;
	if (conn->forward != LB_FORWARD_NAT || !conn->tracked ||
	    !lb_ct_may_masquerade(pkt->skb))
		return false;
	in_dev = __in_dev_get_rcu(dev);
	return pkt->ipv6 ||
	       (in_dev && IN_DEV_NET_ROUTE_LOCALNET(in_dev, pkt->net));
}

static noinline enum lb_verdict settle_merged(const struct lb_pkt *pkt)
{
	if (is_merged(pkt->skb))
		return lb_pkt_drop(pkt, LB_DROP_MERGED);
	return lb_gso_settle_kind(pkt);
}

/* What every request passes is in here once; all else are calls. */
static noinline enum lb_verdict request_by(const struct lb_pkt *pkt,
					   struct lb_conn *conn,
					   const struct lb_route *route)
{
	enum lb_verdict verdict = LB_NEXT;
	u32 mtu;

	if (route->local)
		return deliver_local(pkt, conn, route);
	if (pkt->hook == NF_INET_LOCAL_OUT &&
	    !may_leave(pkt, conn, route->dst->dev))
		return lb_pkt_drop(pkt, LB_DROP_LOCAL_CROSSING);

	mtu = dst_mtu(route->dst);
	if (unlikely(skb_is_gso(pkt->skb)))
		verdict = settle_merged(pkt);
	if (verdict == LB_NEXT)
		verdict = check_mtu(pkt, conn, mtu);
	if (verdict == LB_NEXT && pkt->hook != NF_INET_LOCAL_OUT)
		verdict = likely(lb_pkt_ttl(pkt) > 1) ?
			  lb_pkt_decrease_ttl(pkt) : expire(pkt, conn, route);
	if (verdict != LB_NEXT)
		return verdict;

	if (!lb_mss_clamp(pkt, conn) || !translate(pkt, conn, LB_DIR_ORIG))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	/* Not before: errors are about the packet as it came. */
	lb_dest_set_mark(conn->dest, LB_DIR_ORIG, pkt->skb);
	if (conn->forward == LB_FORWARD_TUN) {
		if (unlikely(!lb_gso_is_plain(pkt->skb)))
			return send_segments(pkt, conn, route, mtu);
		if (!wrap(pkt, conn, route))
			return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	}
	return send_on(pkt, conn, route, mtu);
}

/* IPv4 has none for a loopback address that may not leave. */
static noinline enum lb_verdict no_route(const struct lb_pkt *pkt,
					 const struct lb_conn *conn)
{
	if (pkt->hook == NF_INET_LOCAL_OUT && has_loopback(pkt, conn))
		return lb_pkt_drop(pkt, LB_DROP_LOCAL_CROSSING);
	return lb_icmp_refuse(pkt, LB_UNREACH_HOST, LB_DROP_NO_ROUTE);
}

/* A packet that IPsec has transformed must not be transformed again. */
static bool is_transformed(const struct lb_pkt *pkt)
{
	if (pkt->ipv6)
		return IP6CB(pkt->skb)->flags & IP6SKB_XFRM_TRANSFORMED;
	return IPCB(pkt->skb)->flags & IPSKB_XFRM_TRANSFORMED;
}

/* By direct routing, the packet does not have the server's address. If a policy
 * is for that address, only one in mode tunnel can take the packet there.
 */
static bool protect_direct(const struct lb_pkt *pkt, const struct lb_conn *conn,
			   struct lb_route *route, u32 mark)
{
	const struct dst_entry *plain = route->dst;
	struct flowi fl;

	lb_route_describe(pkt, &fl);
	fl.flowi_mark = mark;
	if (!lb_route_protect(pkt, &route->dst, &fl, pkt->ipv6))
		return false;
	if (route->dst != plain)
		return true;

	lb_route_redirect(&fl, pkt->ipv6, &conn->dest->key.addr,
			  pkt->tuple.dport);
	if (!lb_route_protect(pkt, &route->dst, &fl, pkt->ipv6))
		return false;
	return route->dst == plain || route->dst->flags & DST_XFRM_TUNNEL;
}

static bool protect_request(const struct lb_pkt *pkt,
			    const struct lb_conn *conn,
			    struct lb_route *route, struct flowi *fl)
{
	if (conn->forward == LB_FORWARD_TUN)
		return lb_route_protect(pkt, &route->dst, fl,
					lb_dest_is_ipv6(conn->dest));
	if (is_transformed(pkt))
		return true;
	if (conn->forward == LB_FORWARD_DR)
		return protect_direct(pkt, conn, route, fl->flowi_mark);
	return lb_route_protect(pkt, &route->dst, fl, pkt->ipv6);
}

/* By a route of this packet's own: there are rules or policies. */
static noinline enum lb_verdict request_apart(const struct lb_pkt *pkt,
					      struct lb_conn *conn)
{
	bool ipv6 = lb_dest_is_ipv6(conn->dest);
	enum lb_verdict verdict;
	struct lb_route route;
	struct flowi fl;

	lb_route_describe(pkt, &fl);
	if (conn->forward == LB_FORWARD_TUN)
		lb_tunnel_describe(pkt, conn, &fl);
	else
		lb_route_redirect(&fl, ipv6, &conn->dest->key.addr,
				  conn->dport);
	fl.flowi_mark = lb_dest_mark(conn->dest, LB_DIR_ORIG, 0);
	if (!lb_route_find_onward(&route, pkt->net, &fl, ipv6))
		return no_route(pkt, conn);
	fl.flowi_mark = lb_dest_mark(conn->dest, LB_DIR_ORIG, pkt->skb->mark);
	route.ident = get_random_u16();

	if (!route.local && !protect_request(pkt, conn, &route, &fl))
		verdict = lb_pkt_drop(pkt, LB_DROP_POLICY);
	else
		verdict = request_by(pkt, conn, &route);
	dst_release(route.dst);
	return verdict;
}

/**
 * lb_xmit_request() - Send a packet to the real server of its connection.
 * @pkt: Packet of kind LB_KIND_DATA, or an LB_KIND_ICMP for the server.
 * @conn: Its connection.
 *
 * Context: under RCU, bottom halves off. Return: What became of the packet.
 */
enum lb_verdict lb_xmit_request(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	const struct lb_route *route;

	if (unlikely(lb_route_varies(pkt->net, lb_dest_is_ipv6(conn->dest))))
		return request_apart(pkt, conn);
	route = lb_dest_current_route(conn->dest, pkt->net);
	if (unlikely(!route))
		route = lb_dest_route(conn->dest, pkt->net);
	if (!route)
		return no_route(pkt, conn);
	return request_by(pkt, conn, route);
}

static bool leads_on(const struct lb_pkt *pkt, const struct dst_entry *dst)
{
	const struct rt6_info *rt6 = container_of(dst, struct rt6_info, dst);
	const struct rtable *rt = container_of(dst, struct rtable, dst);

	if (!pkt->ipv6)
		return rt->rt_type == RTN_UNICAST;
	return !(rt6->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST)) &&
	       ipv6_addr_type(&pkt->tuple.daddr6) & IPV6_ADDR_UNICAST;
}

/* Where would it have gone without us? */
static enum lb_verdict find_bypass(const struct lb_pkt *pkt,
				   struct lb_route *route)
{
	struct flowi fl;

	lb_route_describe(pkt, &fl);
	fl.flowi_mark = 0;
	if (!lb_route_find_onward(route, pkt->net, &fl, pkt->ipv6))
		return LB_NEXT;
	fl.flowi_mark = pkt->skb->mark;
	if (!leads_on(pkt, route->dst)) {
		dst_release(route->dst);
		return LB_NEXT;
	}
	if (lb_route_protect(pkt, &route->dst, &fl, pkt->ipv6))
		return LB_PASS;
	return lb_pkt_drop(pkt, LB_DROP_POLICY);
}

/**
 * lb_xmit_bypass() - Send a packet on to where it was going, like a router.
 * @pkt: Packet of kind LB_KIND_DATA.
 *
 * The mark that brought it here has no say in the route.
 *
 * Context: under RCU, bottom halves off.
 * Return: LB_NEXT if there is no way from here; else what became of it.
 */
enum lb_verdict lb_xmit_bypass(const struct lb_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;
	enum lb_verdict verdict;
	struct lb_route route;

	if (pkt->hook == NF_INET_LOCAL_OUT)
		return LB_PASS;
	if (is_merged(skb))
		return lb_pkt_drop(pkt, LB_DROP_MERGED);
	if (!lb_route_admits(pkt))
		return lb_pkt_drop(pkt, LB_DROP_POLICY);
	verdict = find_bypass(pkt, &route);
	if (verdict != LB_PASS)
		return verdict;

	/* Errors are a router's, too: the address is not ours to speak from. */
	skb_dst_drop(skb);
	skb_dst_set(skb, route.dst);
	route.mtu = dst_mtu(route.dst);
	verdict = lb_gso_settle(pkt);
	if (verdict == LB_NEXT && !fits(pkt, route.mtu, is_whole(pkt)))
		verdict = lb_icmp_too_big(pkt, route.mtu);
	if (verdict == LB_NEXT)
		verdict = lb_pkt_decrease_ttl(pkt);
	if (verdict != LB_NEXT)
		return verdict;

	if (!lb_setting(pkt->lbn, LB_A_CONFIG_CONNTRACK))
		lb_ct_untrack(skb);
	lb_pkt_set_balanced(skb);
	leave_host(skb);
	send_out(pkt, route.dst, pkt->ipv6);
	return LB_STOLEN;
}

/* A link says which link-local address is meant. */
static bool needs_link(const struct lb_pkt *pkt, const struct flowi *fl)
{
	return pkt->ipv6 &&
	       ipv6_addr_type(&fl->u.ip6.daddr) & IPV6_ADDR_LINKLOCAL;
}

/* Policy routing may want another way for the virtual address than for the real
 * server's, by which the packet was routed; and IPsec's policies go by it.
 */
static bool find_back(const struct lb_pkt *pkt, struct flowi *fl,
		      struct dst_entry **dst)
{
	struct lb_route route;

	if (!lb_way_has_rules(pkt->net, pkt->ipv6) ||
	    !lb_setting(pkt->lbn, LB_A_CONFIG_SNAT_REROUTE)) {
		*dst = lb_route_plain(pkt->skb);
		return *dst;
	}
	if (needs_link(pkt, fl))
		fl->flowi_oif = skb_dst(pkt->skb)->dev->ifindex;
	if (!lb_route_find(&route, pkt->net, fl, pkt->ipv6))
		return false;
	*dst = route.dst;
	return true;
}

/* Find the route of a reply as it is to leave, before it is changed: if it does
 * not fit, its sender is told.
 */
static noinline enum lb_verdict reroute(const struct lb_pkt *pkt,
					const struct lb_conn *conn,
					struct dst_entry **dst)
{
	const union lb_addr virtual = lb_conn_virtual(conn);
	struct flowi fl;
	u32 mtu;

	lb_route_describe(pkt, &fl);
	lb_route_masquerade(&fl, pkt->ipv6, &virtual, conn->orig.key.dport);
	fl.flowi_mark = lb_dest_mark(conn->dest, LB_DIR_REPLY, pkt->skb->mark);
	if (!find_back(pkt, &fl, dst))
		return lb_pkt_drop(pkt, LB_DROP_NO_ROUTE);
	if (!is_transformed(pkt) &&
	    !lb_route_protect(pkt, dst, &fl, pkt->ipv6))
		return lb_pkt_drop(pkt, LB_DROP_POLICY);

	mtu = dst_mtu(*dst);
	if (pkt->kind != LB_KIND_DATA || *dst == skb_dst(pkt->skb) ||
	    fits(pkt, mtu, is_whole(pkt)))
		return LB_NEXT;
	dst_release(*dst);
	return lb_icmp_too_big(pkt, mtu);
}

/* By a route of this packet's own: there are rules or policies. */
static noinline enum lb_verdict reply_apart(const struct lb_pkt *pkt,
					    struct lb_conn *conn)
{
	struct dst_entry *dst;

	if (reroute(pkt, conn, &dst) != LB_NEXT)
		return LB_DROP;
	if (!translate(pkt, conn, LB_DIR_REPLY)) {
		dst_release(dst);
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	}

	if (conn->forward == LB_FORWARD_NAT)
		lb_ct_settle(pkt, conn, LB_DIR_REPLY);
	lb_dest_set_mark(conn->dest, LB_DIR_REPLY, pkt->skb);
	skb_dst_drop(pkt->skb);
	skb_dst_set(pkt->skb, dst);
	return LB_PASS;
}

/* By direct routing and tunnels, replies go on as they were routed, unless the
 * service gives them a mark that rules may ask for.
 */
static enum lb_verdict reply_unchanged(const struct lb_pkt *pkt,
				       struct lb_conn *conn)
{
	if (static_branch_unlikely(&lb_dest_marks) &&
	    atomic64_read(&conn->dest->mark[LB_DIR_REPLY]) &&
	    lb_way_has_rules(pkt->net, pkt->ipv6) &&
	    pkt->hook != NF_INET_LOCAL_IN)
		return reply_apart(pkt, conn);
	lb_dest_set_mark(conn->dest, LB_DIR_REPLY, pkt->skb);
	return LB_PASS;
}

/**
 * lb_xmit_reply() - Let a packet from the real server go on to the client.
 * @pkt: Packet of kind LB_KIND_DATA or LB_KIND_ICMP.
 * @conn: Its connection.
 *
 * Context: under RCU, bottom halves off. Return: LB_PASS or LB_DROP.
 */
enum lb_verdict lb_xmit_reply(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	enum lb_verdict verdict;

	lb_pkt_set_balanced(pkt->skb);
	if (!lb_mss_clamp(pkt, conn))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	if (conn->forward != LB_FORWARD_NAT)
		return reply_unchanged(pkt, conn);
	verdict = lb_gso_settle(pkt);
	if (verdict != LB_NEXT)
		return verdict;
	if (unlikely(lb_route_varies(pkt->net, pkt->ipv6)) &&
	    pkt->hook != NF_INET_LOCAL_IN)
		return reply_apart(pkt, conn);
	if (!translate(pkt, conn, LB_DIR_REPLY))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);

	lb_ct_settle(pkt, conn, LB_DIR_REPLY);
	lb_dest_set_mark(conn->dest, LB_DIR_REPLY, pkt->skb);
	if (pkt->hook == NF_INET_LOCAL_IN)
		forget_ends(pkt);
	return LB_PASS;
}
