// SPDX-License-Identifier: GPL-2.0-only
/* How packets leave: to the real server, and back to the client. */

#include <linux/etherdevice.h>
#include <linux/if_arp.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
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

/* The size of the largest fragment of which a packet was put together. */
static unsigned int fragment_size(const struct lb_pkt *pkt)
{
	return pkt->ipv6 ? IP6CB(pkt->skb)->frag_max_size :
			   IPCB(pkt->skb)->frag_max_size;
}

/* Does its sender not want it to be cut? */
static bool is_whole(const struct lb_pkt *pkt)
{
	return pkt->ipv6 || ip_hdr(pkt->skb)->frag_off & htons(IP_DF);
}

/* Does it fit, or may it be cut? Fragments that were put together fit if each
 * of them did; and what this host makes may be meant to be cut by its route.
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
				 const struct lb_conn *conn,
				 const struct lb_route *route)
{
	u32 least = pkt->ipv6 ? IPV6_MIN_MTU : IPV4_MIN_MTU;
	u32 mtu = lb_tunnel_room(conn, route);

	/* No error is sent about an error. */
	if (pkt->kind != LB_KIND_DATA ||
	    likely(pkt->skb->len <= mtu && mtu >= least))
		return LB_NEXT;
	return check_long(pkt, conn, mtu, least);
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

/* Did its device make it of several packets in a way that cannot be undone, as
 * only LRO does? IP does not forward such packets either.
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

static bool is_loopback(const struct lb_dest_key *key)
{
	return key->family == AF_INET6 ? ipv6_addr_loopback(&key->addr.ip6) :
					 ipv4_is_loopback(key->addr.ip);
}

/* The real server is this host: the packet stays on its way up the stack. */
static enum lb_verdict deliver_local(const struct lb_pkt *pkt,
				     struct lb_conn *conn,
				     const struct lb_route *route)
{
	/* What came from outside may not reach what is only for inside. */
	if (pkt->hook != NF_INET_LOCAL_OUT &&
	    is_loopback(&conn->dest->key))
		return lb_pkt_drop(pkt, LB_DROP_LOCAL_CROSSING);
	if (!translate(pkt, conn, LB_DIR_ORIG))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);

	lb_ct_settle(pkt, conn, LB_DIR_ORIG);
	if (pkt->hook == NF_INET_LOCAL_OUT && conn->forward == LB_FORWARD_NAT)
		set_route(pkt, route);
	return LB_PASS;
}

/* Straight to the neighbour if nobody else wants to see the packet and it need
 * not be fragmented (again).
 */
static bool try_direct(const struct lb_pkt *pkt, const struct lb_route *route,
		       bool ipv6)
{
	struct dst_entry *dst = route->dst;
	struct sk_buff *skb = pkt->skb;

	return route->direct && !lb_foreign_out(pkt->net, ipv6) &&
	       !fragment_size(pkt) &&
	       lb_xmit_fits(skb, skb->len, dst_mtu(dst)) &&
	       !skb_cow_head(skb, LL_RESERVED_SPACE(dst->dev)) &&
	       lb_xmit_direct(skb, dst, ipv6);
}

/* What was received is sent on; early demux may have found a socket of ours. */
static __always_inline void leave_host(struct sk_buff *skb)
{
	skb_orphan(skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
}

static __always_inline void send_out(const struct lb_pkt *pkt,
				     struct dst_entry *dst, bool ipv6)
{
	NF_HOOK(ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4, NF_INET_LOCAL_OUT,
		pkt->net, pkt->skb->sk, pkt->skb, NULL, dst->dev, dst_output);
}

/* A packet that this host makes goes on from where it is, by another route; one
 * that was received and would have been delivered is sent like one of our own.
 */
static enum lb_verdict send_on(const struct lb_pkt *pkt,
			       const struct lb_conn *conn,
			       const struct lb_route *route)
{
	bool ipv6 = lb_dest_is_ipv6(conn->dest);
	struct sk_buff *skb = pkt->skb;

	lb_ct_settle(pkt, conn, LB_DIR_ORIG);
	if (pkt->hook != NF_INET_LOCAL_OUT) {
		leave_host(skb);
		if (try_direct(pkt, route, ipv6))
			return LB_STOLEN;
	}
	set_route(pkt, route);
	if (pkt->hook == NF_INET_LOCAL_OUT && conn->forward != LB_FORWARD_TUN)
		return LB_PASS;

	send_out(pkt, route->dst, ipv6);
	return LB_STOLEN;
}

/* Wrap a packet so that the tunnel's may be cut, here and on its way, or not,
 * whatever its sender wants.
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

static enum lb_verdict send_wrapped(const struct lb_pkt *pkt,
				    const struct lb_conn *conn,
				    const struct lb_route *route)
{
	if (!wrap(pkt, conn, route))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	return send_on(pkt, conn, route);
}

/* Each segment is wrapped and sent by itself. */
static noinline enum lb_verdict send_segments(const struct lb_pkt *pkt,
					      const struct lb_conn *conn,
					      const struct lb_route *route)
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
		if (send_wrapped(&seg, conn, route) == LB_DROP)
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

/* The time to live is over. A packet that came from its own real server is one
 * that this sent here as a director, so it went in a circle.
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

/**
 * lb_xmit_request() - Send a packet to the real server of its connection.
 * @pkt: Packet of kind LB_KIND_DATA, or an LB_KIND_ICMP for the server.
 * @conn: Its connection.
 *
 * Context: under RCU, bottom halves off. Return: What became of the packet.
 */
enum lb_verdict lb_xmit_request(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	const struct lb_route *route = lb_dest_route(conn->dest, pkt->net);
	enum lb_verdict verdict;

	if (!route)
		return lb_icmp_refuse(pkt, LB_UNREACH_HOST, LB_DROP_NO_ROUTE);
	if (route->local)
		return deliver_local(pkt, conn, route);
	if (is_merged(pkt->skb))
		return lb_pkt_drop(pkt, LB_DROP_MERGED);

	verdict = lb_gso_settle(pkt);
	if (verdict == LB_NEXT)
		verdict = check_mtu(pkt, conn, route);
	if (verdict == LB_NEXT && pkt->hook != NF_INET_LOCAL_OUT)
		verdict = likely(lb_pkt_ttl(pkt) > 1) ?
			  lb_pkt_decrease_ttl(pkt) : expire(pkt, conn, route);
	if (verdict != LB_NEXT)
		return verdict;

	if (!lb_mss_clamp(pkt, conn) || !translate(pkt, conn, LB_DIR_ORIG))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	if (conn->forward != LB_FORWARD_TUN)
		return send_on(pkt, conn, route);
	if (unlikely(!lb_gso_is_plain(pkt->skb)))
		return send_segments(pkt, conn, route);
	return send_wrapped(pkt, conn, route);
}

static struct dst_entry *route_onward(const struct lb_pkt *pkt)
{
	struct flowi4 fl4 = { .daddr = pkt->tuple.daddr };
	struct flowi6 fl6 = {};
	struct rtable *rt;

	if (pkt->ipv6)
		fl6.daddr = pkt->tuple.daddr6;
	if (pkt->ipv6)
		return ip6_route_output(pkt->net, NULL, &fl6);
	rt = ip_route_output_key(pkt->net, &fl4);
	return IS_ERR(rt) ? ERR_CAST(rt) : &rt->dst;
}

static bool leads_on(const struct lb_pkt *pkt, const struct dst_entry *dst)
{
	const struct rt6_info *rt6 = container_of(dst, struct rt6_info, dst);
	const struct rtable *rt = container_of(dst, struct rtable, dst);

	if (!pkt->ipv6)
		return rt->rt_type == RTN_UNICAST;
	return !dst->error && !(rt6->rt6i_flags & (RTF_LOCAL | RTF_ANYCAST)) &&
	       ipv6_addr_type(&pkt->tuple.daddr6) & IPV6_ADDR_UNICAST;
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
	struct dst_entry *dst;

	if (pkt->hook == NF_INET_LOCAL_OUT)
		return LB_PASS;
	if (is_merged(skb))
		return lb_pkt_drop(pkt, LB_DROP_MERGED);
	dst = route_onward(pkt);
	if (IS_ERR(dst))
		return LB_NEXT;
	if (!leads_on(pkt, dst)) {
		dst_release(dst);
		return LB_NEXT;
	}
	/* Errors are a router's, too: the address is not ours to speak from. */
	skb_dst_drop(skb);
	skb_dst_set(skb, dst);
	verdict = lb_gso_settle(pkt);
	if (verdict == LB_NEXT && !fits(pkt, dst_mtu(dst), is_whole(pkt)))
		verdict = lb_icmp_too_big(pkt, dst_mtu(dst));
	if (verdict == LB_NEXT)
		verdict = lb_pkt_decrease_ttl(pkt);
	if (verdict != LB_NEXT)
		return verdict;

	if (!lb_setting(pkt->lbn, LB_A_CONFIG_CONNTRACK))
		lb_ct_untrack(skb);
	leave_host(skb);
	send_out(pkt, dst, pkt->ipv6);
	return LB_STOLEN;
}

/* Policy routing may want another way for the virtual address than for the real
 * server's, by which the packet was routed.
 */
static bool reroute(const struct lb_pkt *pkt)
{
	if (pkt->hook == NF_INET_LOCAL_IN ||
	    !lb_way_has_rules(pkt->net, pkt->ipv6) ||
	    !lb_setting(pkt->lbn, LB_A_CONFIG_SNAT_REROUTE))
		return true;
	if (pkt->ipv6)
		return !ip6_route_me_harder(pkt->net, pkt->skb->sk, pkt->skb);
	return !ip_route_me_harder(pkt->net, pkt->skb->sk, pkt->skb, RTN_LOCAL);
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

	if (!lb_mss_clamp(pkt, conn))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	if (conn->forward != LB_FORWARD_NAT)
		return LB_PASS;
	verdict = lb_gso_settle(pkt);
	if (verdict != LB_NEXT)
		return verdict;
	if (!translate(pkt, conn, LB_DIR_REPLY))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);

	lb_ct_settle(pkt, conn, LB_DIR_REPLY);
	if (!reroute(pkt))
		return lb_pkt_drop(pkt, LB_DROP_NO_ROUTE);
	return LB_PASS;
}
