// SPDX-License-Identifier: GPL-2.0-only
/* Tunnels: wrap a packet for its real server. */

#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>

#include "tunnel.h"

/* Only what may be fragmented needs an identification (RFC 6864 4.1): a number
 * that grows with each packet of this CPU to the server, and begins anywhere.
 * The CPUs are kept apart as far as may be.
 */
static __be16 identify(const struct sk_buff *skb, const struct lb_dest *dest,
		       const struct lb_route *route)
{
	const u16 stride = 0x9e37; /* 2^16 over the golden ratio */
	u64 count;

	if (ip_hdr(skb)->frag_off & htons(IP_DF) && !skb->ignore_df)
		return 0;
	count = u64_stats_read(&this_cpu_ptr(dest->meter.cpu)->in_pkts);
	return htons(route->ident + count + smp_processor_id() * stride);
}

/**
 * lb_tunnel_wrap() - Put a packet into an IP packet to its real server.
 * @pkt: Packet; its offsets are void afterwards.
 * @conn: Its connection.
 * @route: Route to the server.
 *
 * IP in IP (RFC 2003): the outer header has the inner one's time to live, its
 * don't-fragment bit and its type of service, with congestion marks as RFC 6040
 * asks. Packets of the offloads are left whole for the device to cut.
 *
 * Return: false if memory could not be had; the packet is as it was.
 */
bool lb_tunnel_wrap(const struct lb_pkt *pkt, const struct lb_conn *conn,
		    const struct lb_route *route)
{
	struct net_device *dev = route->dst->dev;
	struct sk_buff *skb = pkt->skb;
	struct iphdr inner;
	struct iphdr *iph;

	if (skb_cow_head(skb, LL_RESERVED_SPACE(dev) + sizeof(*iph) +
			 route->dst->header_len))
		return false;
	if (iptunnel_handle_offloads(skb, SKB_GSO_IPXIP4))
		return false;

	inner = *ip_hdr(skb);
	skb->transport_header = skb->network_header;
	skb_push(skb, sizeof(*iph));
	skb_reset_network_header(skb);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));

	iph = ip_hdr(skb);
	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->frag_off = inner.frag_off & htons(IP_DF);
	iph->protocol = IPPROTO_IPIP;
	iph->tos = INET_ECN_encapsulate(inner.tos, inner.tos);
	iph->ttl = inner.ttl;
	iph->saddr = route->saddr;
	iph->daddr = conn->dest->key.addr.ip;
	iph->id = identify(skb, conn->dest, route);
	/* What is above is for the offloads to cut. */
	iph->tot_len = skb->len <= IP_MAX_MTU ? htons(skb->len) : 0;
	iph->check = 0;
	iph->check = ip_fast_csum(iph, iph->ihl);
	return true;
}
