// SPDX-License-Identifier: GPL-2.0-only
/* ICMP errors about balanced connections, and about tunnel packets of ours. */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/ipv6.h>
#include <net/route.h>

#include "icmp.h"
#include "icmp_related.h"
#include "tunnel.h"
#include "xmit.h"

/**
 * lb_icmp_related() - An ICMP error about a packet of a connection.
 * @pkt: Packet of kind LB_KIND_ICMP.
 * @conn: The connection.
 * @dir: LB_DIR_ORIG if it goes to the real server, LB_DIR_REPLY if it goes to
 *	the client.
 *
 * Return: What becomes of it.
 */
enum lb_verdict lb_icmp_related(const struct lb_pkt *pkt, struct lb_conn *conn,
				enum lb_dir dir)
{
	if (!lb_pkt_icmp_intact(pkt))
		return lb_pkt_drop(pkt, LB_DROP_ICMP);
	if (dir == LB_DIR_ORIG)
		return lb_xmit_request(pkt, conn);
	return lb_xmit_reply(pkt, conn);
}

/* How much an error has of the packet that it is about, if it says so: there
 * may be more behind (RFC 4884).
 */
static unsigned int quoted_len(const struct lb_pkt *pkt)
{
	const u8 *icmp = pkt->skb->data + pkt->l4;

	if (!pkt->ipv6)
		return icmp[5] * 4;
	return *icmp == ICMPV6_PKT_TOOBIG ? 0 : icmp[4] * 8;
}

/* Cut off what is not part of the packet inside: nobody else may see it. */
static bool trim(const struct lb_pkt *pkt)
{
	unsigned int quoted = pkt->l4 + LB_ICMP_LEN + quoted_len(pkt);
	const void *header = pkt->skb->data + pkt->inner;
	unsigned int len = pkt->skb->len;

	if (quoted >= pkt->inner_l4 + LB_ICMP_LEN)
		len = min(len, quoted);
	if (pkt->tuple.ipv6)
		quoted = sizeof(struct ipv6hdr) +
			 ntohs(((const struct ipv6hdr *)header)->payload_len);
	else
		quoted = ntohs(((const struct iphdr *)header)->tot_len);
	return !pskb_trim(pkt->skb, min(len, pkt->inner + quoted));
}

/* Make an error about a tunnel packet one about the client's packet in it, as
 * if that had been received: the client knows nothing of the tunnel.
 */
static bool unwrap(const struct lb_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (!trim(pkt) || !skb_pull(skb, pkt->inner))
		return false;
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, pkt->inner_l4 - pkt->inner);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	if (pkt->tuple.ipv6 != pkt->ipv6) {
		skb_dst_drop(skb);
		skb->protocol = htons(pkt->tuple.ipv6 ? ETH_P_IPV6 : ETH_P_IP);
	}
	return true;
}

/* An IPv4 client of an IPv6 tunnel is told when it sends again: to answer it,
 * the stack needs a route that an IPv6 packet does not have.
 */
static void tell_client(const struct lb_pkt *pkt, bool unreachable, u32 mtu)
{
	bool ipv6 = pkt->tuple.ipv6;

	if ((pkt->ipv6 && !ipv6) || !unwrap(pkt))
		return;
	if (mtu)
		lb_icmp_send_too_big(pkt->skb, ipv6, mtu);
	else if (unreachable)
		lb_icmp_send_unreachable(pkt->skb, ipv6, LB_UNREACH_HOST);
}

/* The path MTU to the real server is the routing table's to know. */
static u32 learn_mtu(const struct lb_pkt *pkt, struct lb_conn *conn, u32 mtu)
{
	const struct lb_route *route;
	struct sk_buff *skb = pkt->skb;

	/* The kernel reads the tunnel's header where skb->data points to. */
	skb_pull(skb, pkt->l4 + LB_ICMP_LEN);
	if (pkt->ipv6)
		ip6_update_pmtu(skb, pkt->net, htonl(mtu), 0, 0,
				sock_net_uid(pkt->net, NULL));
	else
		ipv4_update_pmtu(skb, pkt->net, mtu, 0, IPPROTO_IPIP);
	skb_push(skb, pkt->l4 + LB_ICMP_LEN);

	lb_dest_forget_route(conn->dest);
	route = lb_dest_route(conn->dest, pkt->net);
	return route ? lb_tunnel_room(conn, route) : 0;
}

static bool is_protocol_of(u8 proto, const union lb_tunnel *tunnel)
{
	switch (tunnel->type) {
	case LB_TUNNEL_TYPE_GRE:
		return proto == IPPROTO_GRE;
	case LB_TUNNEL_TYPE_GUE:
		return proto == IPPROTO_UDP;
	default:
		return proto == IPPROTO_IPIP || proto == IPPROTO_IPV6;
	}
}

/* Is it about a tunnel of ours? Else anybody could shrink any path. */
static bool is_our_tunnel(const struct lb_pkt *pkt, const struct lb_conn *conn)
{
	const union lb_tunnel tunnel = lb_dest_tunnel(conn->dest);
	const void *header = pkt->skb->data + pkt->l4 + LB_ICMP_LEN;
	const struct ipv6hdr *ip6h = header;
	const struct iphdr *iph = header;
	union lb_addr addr = {};
	u8 proto;

	if (conn->forward != LB_FORWARD_TUN ||
	    lb_dest_is_ipv6(conn->dest) != pkt->ipv6)
		return false;
	if (pkt->ipv6) {
		addr.ip6 = ip6h->daddr;
		proto = ip6h->nexthdr;
		/* That of a fragment says what it is of. */
		if (proto == NEXTHDR_FRAGMENT)
			proto = ((const struct frag_hdr *)(ip6h + 1))->nexthdr;
	} else {
		addr.ip = iph->daddr;
		proto = iph->protocol;
	}
	return is_protocol_of(proto, &tunnel) &&
	       !memcmp(&addr, &conn->dest->key.addr, sizeof(addr));
}

/* The path MTU that an error tells of, 0 if it is about something else. */
static u32 reported_mtu(const struct lb_pkt *pkt, const struct icmphdr *icmph)
{
	if (pkt->ipv6)
		return icmph->type == ICMPV6_PKT_TOOBIG ?
		       max_t(u32, ntohl(icmph->un.gateway), IPV6_MIN_MTU) : 0;
	if (icmph->type != ICMP_DEST_UNREACH || icmph->code != ICMP_FRAG_NEEDED)
		return 0;
	return max_t(u32, ntohs(icmph->un.frag.mtu), IPV4_MIN_MTU);
}

/* What the sender of the tunnel packet is to do about it. */
static void heed(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	/* Both versions begin in the same way. */
	const struct icmphdr *icmph = (void *)(pkt->skb->data + pkt->l4);
	bool unreachable = pkt->ipv6 || icmph->type != ICMP_SOURCE_QUENCH;
	u32 mtu = reported_mtu(pkt, icmph);

	if (mtu)
		mtu = learn_mtu(pkt, conn, mtu);
	/* From now on, those packets are fragmented. */
	if (mtu && lb_tunnel_df(pkt->lbn, conn) == LB_TUNNEL_DF_UNSET)
		return;
	if (!mtu && unreachable)
		lb_pkt_drop(pkt, LB_DROP_TUNNEL);
	tell_client(pkt, unreachable, mtu);
}

/**
 * lb_icmp_tunnel() - An ICMP error about a tunnel packet.
 * @pkt: Packet of kind LB_KIND_TUNNEL.
 * @conn: The connection of the client's packet in the tunnel.
 *
 * Return: LB_STOLEN when it was dealt with; LB_PASS when it is not ours;
 * LB_DROP.
 */
enum lb_verdict lb_icmp_tunnel(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	struct sk_buff *skb = pkt->skb;

	/* All that is read here and by the stack: up to the ports inside. */
	if (!pskb_may_pull(skb, min(skb->len, pkt->inner_l4 + LB_ICMP_LEN)))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	if (!is_our_tunnel(pkt, conn))
		return LB_PASS;
	if (!lb_pkt_icmp_intact(pkt))
		return lb_pkt_drop(pkt, LB_DROP_ICMP);

	heed(pkt, conn);
	consume_skb(skb);
	return LB_STOLEN;
}
