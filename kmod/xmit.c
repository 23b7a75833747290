// SPDX-License-Identifier: GPL-2.0-only
/* How packets leave: to the real server, and back to the client. */

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <net/gso.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/route.h>

#include "ct.h"
#include "foreign.h"
#include "icmp.h"
#include "nat.h"
#include "tunnel.h"
#include "xmit.h"

static bool translate(const struct lb_pkt *pkt, const struct lb_conn *conn,
		      enum lb_dir dir)
{
	if (conn->forward != LB_FORWARD_NAT)
		return true;
	if (pkt->kind == LB_KIND_ICMP)
		return lb_nat_icmp(pkt, conn, dir);
	return dir == LB_DIR_ORIG ? lb_nat_request(pkt, conn) :
				    lb_nat_reply(pkt, conn);
}

/* Does it fit, or may it be cut? Fragments that were put together fit if each
 * of them did.
 */
static bool fits(struct sk_buff *skb, u32 mtu)
{
	if (skb_is_gso(skb))
		return skb_gso_validate_network_len(skb, mtu) ||
		       !(ip_hdr(skb)->frag_off & htons(IP_DF));
	if (skb->len <= mtu || !(ip_hdr(skb)->frag_off & htons(IP_DF)))
		return true;
	if (!IPCB(skb)->frag_max_size || IPCB(skb)->frag_max_size > mtu)
		return false;
	skb->ignore_df = 1;
	return true;
}

static enum lb_verdict check_mtu(const struct lb_pkt *pkt,
				 const struct lb_conn *conn,
				 const struct lb_route *route)
{
	u32 mtu = dst_mtu(route->dst);

	/* No error is sent about an error. */
	if (pkt->kind != LB_KIND_DATA)
		return LB_NEXT;
	if (mtu < IPV4_MIN_MTU + lb_tunnel_overhead(conn))
		return lb_pkt_drop(pkt, LB_DROP_TOO_BIG);

	mtu -= lb_tunnel_overhead(conn);
	if (!fits(pkt->skb, mtu))
		return lb_icmp_too_big(pkt, mtu);
	return LB_NEXT;
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

/**
 * lb_xmit_fits() - May a packet leave as it is, without being fragmented?
 * @skb: Packet; one of the offloads fits if each of its segments does.
 * @len: Its length.
 * @mtu: What the route takes.
 */
bool lb_xmit_fits(const struct sk_buff *skb, u32 len, u32 mtu)
{
	if (likely(len <= mtu))
		return true;
	return skb_is_gso(skb) && skb_shinfo(skb)->gso_type &&
	       skb_gso_validate_network_len(skb, mtu);
}

/**
 * lb_xmit_direct() - Hand a packet to the neighbour of its next hop.
 * @skb: Packet that fits, its header writable, with room for the link header.
 * @dst: Route for which lb_way_is_direct() is true.
 *
 * Context: under RCU, bottom halves off.
 * Return: false if there is no memory for the neighbour; else it is gone.
 */
bool lb_xmit_direct(struct sk_buff *skb, struct dst_entry *dst)
{
	struct rtable *rt = container_of(dst, struct rtable, dst);
	struct neighbour *neigh;
	bool is_v6gw = false;

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

/* The real server is this host: the packet stays on its way up the stack. */
static enum lb_verdict deliver_local(const struct lb_pkt *pkt,
				     const struct lb_conn *conn,
				     const struct lb_route *route)
{
	/* What came from outside may not reach what is only for inside. */
	if (pkt->hook != NF_INET_LOCAL_OUT &&
	    ipv4_is_loopback(conn->dest->key.addr.ip))
		return lb_pkt_drop(pkt, LB_DROP_LOCAL_CROSSING);
	if (!translate(pkt, conn, LB_DIR_ORIG))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);

	lb_ct_untrack(pkt->skb);
	if (pkt->hook == NF_INET_LOCAL_OUT && conn->forward == LB_FORWARD_NAT)
		set_route(pkt, route);
	return LB_PASS;
}

/* Straight to the neighbour if nobody else wants to see the packet and it need
 * not be fragmented (again).
 */
static bool try_direct(const struct lb_pkt *pkt, const struct lb_route *route)
{
	struct dst_entry *dst = route->dst;
	struct sk_buff *skb = pkt->skb;

	return route->direct && !lb_foreign_out(pkt->net) &&
	       !IPCB(skb)->frag_max_size &&
	       lb_xmit_fits(skb, skb->len, dst_mtu(dst)) &&
	       !skb_cow_head(skb, LL_RESERVED_SPACE(dst->dev)) &&
	       lb_xmit_direct(skb, dst);
}

/* A packet that this host makes goes on from where it is, by another route; one
 * that was received and would have been delivered is sent like one of our own.
 */
static enum lb_verdict send_on(const struct lb_pkt *pkt,
			       const struct lb_conn *conn,
			       const struct lb_route *route)
{
	struct sk_buff *skb = pkt->skb;

	lb_ct_untrack(skb);
	if (pkt->hook != NF_INET_LOCAL_OUT) {
		/* Early demux may have found a socket of ours. */
		skb_orphan(skb);
		skb_forward_csum(skb);
		skb_clear_tstamp(skb);
		if (try_direct(pkt, route))
			return LB_STOLEN;
	}
	set_route(pkt, route);
	if (pkt->hook == NF_INET_LOCAL_OUT && conn->forward != LB_FORWARD_TUN)
		return LB_PASS;

	NF_HOOK(NFPROTO_IPV4, NF_INET_LOCAL_OUT, pkt->net, skb->sk, skb, NULL,
		route->dst->dev, dst_output);
	return LB_STOLEN;
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
		return lb_icmp_refuse(pkt, ICMP_HOST_UNREACH, LB_DROP_NO_ROUTE);
	if (route->local)
		return deliver_local(pkt, conn, route);

	verdict = check_mtu(pkt, conn, route);
	if (verdict == LB_NEXT && pkt->hook != NF_INET_LOCAL_OUT)
		verdict = lb_pkt_decrease_ttl(pkt);
	if (verdict != LB_NEXT)
		return verdict;

	if (!translate(pkt, conn, LB_DIR_ORIG))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	if (conn->forward == LB_FORWARD_TUN &&
	    !lb_tunnel_wrap(pkt, conn, route))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	return send_on(pkt, conn, route);
}

/* Policy routing may want another way for the virtual address than for the real
 * server's, by which the packet was routed.
 */
static bool reroute(const struct lb_pkt *pkt)
{
#ifdef CONFIG_IP_MULTIPLE_TABLES
	if (pkt->hook != NF_INET_LOCAL_IN &&
	    pkt->net->ipv4.fib_has_custom_rules)
		return !ip_route_me_harder(pkt->net, pkt->skb->sk, pkt->skb,
					   RTN_LOCAL);
#endif
	return true;
}

/**
 * lb_xmit_reply() - Let a packet from the real server go on to the client.
 * @pkt: Packet of kind LB_KIND_DATA or LB_KIND_ICMP.
 * @conn: Its connection.
 *
 * Context: under RCU, bottom halves off. Return: LB_PASS or LB_DROP.
 */
enum lb_verdict lb_xmit_reply(const struct lb_pkt *pkt,
			      const struct lb_conn *conn)
{
	if (conn->forward != LB_FORWARD_NAT)
		return LB_PASS;
	if (!translate(pkt, conn, LB_DIR_REPLY))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);

	lb_ct_untrack(pkt->skb);
	if (!reroute(pkt))
		return lb_pkt_drop(pkt, LB_DROP_NO_ROUTE);
	return LB_PASS;
}
