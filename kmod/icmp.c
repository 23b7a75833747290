// SPDX-License-Identifier: GPL-2.0-only
/* ICMP: errors about balanced connections, and those we send. */

#include <linux/icmp.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/route.h>

#include "icmp.h"
#include "nat.h"
#include "xmit.h"

/**
 * lb_icmp_refuse() - Drop a packet and tell the sender (RFC 792).
 * @pkt: Packet.
 * @code: Code of the destination unreachable message.
 * @reason: Why.
 *
 * Return: LB_DROP.
 */
enum lb_verdict lb_icmp_refuse(const struct lb_pkt *pkt, int code,
			       enum lb_drop reason)
{
	icmp_send(pkt->skb, ICMP_DEST_UNREACH, code, 0);
	return lb_pkt_drop(pkt, reason);
}

/**
 * lb_icmp_too_big() - Drop a packet and tell the sender what fits (RFC 1191).
 * @pkt: Packet.
 * @mtu: The largest size.
 *
 * Return: LB_DROP.
 */
enum lb_verdict lb_icmp_too_big(const struct lb_pkt *pkt, u32 mtu)
{
	icmp_send(pkt->skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
	return lb_pkt_drop(pkt, LB_DROP_TOO_BIG);
}

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

/* Make an error about a tunnel packet one about the client's packet in it, as
 * if that had been received: the client knows nothing of the tunnel.
 */
static bool unwrap(const struct lb_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (!pskb_pull(skb, pkt->inner))
		return false;
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, pkt->inner_l4 - pkt->inner);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	return true;
}

static void tell_client(const struct lb_pkt *pkt, const struct icmphdr *icmph,
			u32 mtu)
{
	if (!unwrap(pkt))
		return;

	if (mtu)
		icmp_send(pkt->skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED,
			  htonl(mtu));
	else if (icmph->type != ICMP_SOURCE_QUENCH)
		icmp_send(pkt->skb, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH, 0);
}

/* The path MTU to the real server is the routing table's to know. */
static u32 learn_mtu(const struct lb_pkt *pkt, struct lb_conn *conn,
		     const struct icmphdr *icmph)
{
	u32 mtu = ntohs(icmph->un.frag.mtu);
	const struct lb_route *route;
	struct sk_buff *skb = pkt->skb;

	/* The kernel reads the tunnel's header where skb->data points to. */
	if (!pskb_pull(skb, pkt->l4 + sizeof(*icmph)))
		return 0;
	ipv4_update_pmtu(skb, pkt->net, mtu, 0, IPPROTO_IPIP);
	skb_push(skb, pkt->l4 + sizeof(*icmph));

	lb_dest_forget_route(conn->dest);
	route = lb_dest_route(conn->dest, pkt->net);
	if (route)
		mtu = dst_mtu(route->dst);
	return mtu > sizeof(struct iphdr) ? mtu - sizeof(struct iphdr) : 0;
}

/* Is it about a tunnel of ours? Else anybody could shrink any path. */
static bool is_our_tunnel(const struct lb_pkt *pkt, const struct lb_conn *conn)
{
	const struct iphdr *iph;
	struct iphdr buf;

	iph = skb_header_pointer(pkt->skb, pkt->l4 + sizeof(struct icmphdr),
				 sizeof(buf), &buf);
	return iph && conn->forward == LB_FORWARD_TUN &&
	       iph->daddr == conn->dest->key.addr.ip;
}

/**
 * lb_icmp_tunnel() - An ICMP error about a tunnel packet.
 * @pkt: Packet of kind LB_KIND_TUNNEL.
 * @conn: The connection of the client's packet in the tunnel.
 *
 * Return: LB_DROP, uncounted, when it was dealt with; LB_PASS when it is not
 * ours.
 */
enum lb_verdict lb_icmp_tunnel(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	struct icmphdr icmph;
	u32 mtu = 0;

	if (!is_our_tunnel(pkt, conn))
		return LB_PASS;
	if (!lb_pkt_icmp_intact(pkt))
		return lb_pkt_drop(pkt, LB_DROP_ICMP);
	if (skb_copy_bits(pkt->skb, pkt->l4, &icmph, sizeof(icmph)))
		return LB_PASS;

	if (icmph.type == ICMP_DEST_UNREACH && icmph.code == ICMP_FRAG_NEEDED)
		mtu = learn_mtu(pkt, conn, &icmph);
	tell_client(pkt, &icmph, mtu);
	return LB_DROP;
}
