// SPDX-License-Identifier: GPL-2.0-only
/* Tunnels: wrap a packet for its real server. */

#include <net/inet_ecn.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/ipv6.h>

#include "tunnel.h"

/**
 * struct inner - What the outer header takes over from the inner one.
 * @proto: Protocol of the inner packet.
 * @tos: Type of service, traffic class.
 * @ttl: Time to live, hop limit.
 * @whole: It must not be fragmented.
 */
struct inner {
	u8 proto;
	u8 tos;
	u8 ttl;
	bool whole;
};

static struct inner read_inner(const struct lb_pkt *pkt)
{
	const struct iphdr *iph = ip_hdr(pkt->skb);
	struct inner inner = {
		.proto = pkt->ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP,
		.ttl = lb_pkt_ttl(pkt),
	};

	if (pkt->ipv6) {
		inner.tos = ipv6_get_dsfield(ipv6_hdr(pkt->skb));
		inner.whole = true;
	} else {
		inner.tos = iph->tos;
		inner.whole = iph->frag_off & htons(IP_DF);
	}
	inner.tos = INET_ECN_encapsulate(inner.tos, inner.tos);
	return inner;
}

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

static void write_outer4(struct sk_buff *skb, const struct lb_dest *dest,
			 const struct lb_route *route,
			 const struct inner *inner)
{
	struct iphdr *iph = ip_hdr(skb);

	iph->version = 4;
	iph->ihl = sizeof(*iph) / 4;
	iph->frag_off = inner->whole ? htons(IP_DF) : 0;
	iph->protocol = inner->proto;
	iph->tos = inner->tos;
	iph->ttl = inner->ttl;
	iph->saddr = route->saddr.ip;
	iph->daddr = dest->key.addr.ip;
	iph->id = identify(skb, dest, route);
	/* What is above is for the offloads to cut. */
	iph->tot_len = skb->len <= IP_MAX_MTU ? htons(skb->len) : 0;
	iph->check = 0;
	iph->check = ip_fast_csum(iph, iph->ihl);
}

static void write_outer6(struct sk_buff *skb, const struct lb_dest *dest,
			 const struct lb_route *route,
			 const struct inner *inner)
{
	struct ipv6hdr *ip6h = ipv6_hdr(skb);
	u32 len = skb->len - sizeof(*ip6h);

	ip6_flow_hdr(ip6h, inner->tos, 0);
	ip6h->payload_len = len <= IPV6_MAXPLEN ? htons(len) : 0;
	ip6h->nexthdr = inner->proto;
	ip6h->hop_limit = inner->ttl;
	ip6h->saddr = route->saddr.ip6;
	ip6h->daddr = dest->key.addr.ip6;
	/* Only a source may cut IPv6 packets, and of this one that is us. */
	if (!inner->whole)
		skb->ignore_df = 1;
}

/**
 * lb_tunnel_wrap() - Put a packet into an IP packet to its real server.
 * @pkt: Packet; its offsets are void afterwards.
 * @conn: Its connection.
 * @route: Route to the server.
 *
 * IP in IP (RFC 2003, RFC 2473, RFC 4213): the outer header has the inner one's
 * time to live, its don't-fragment bit and its type of service, with congestion
 * marks as RFC 6040 asks. Packets of the offloads are left whole for the device
 * to cut.
 *
 * Return: false if memory could not be had; the packet is as it was.
 */
bool lb_tunnel_wrap(const struct lb_pkt *pkt, const struct lb_conn *conn,
		    const struct lb_route *route)
{
	bool ipv6 = lb_dest_is_ipv6(conn->dest);
	const u32 len = ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
	struct net_device *dev = route->dst->dev;
	struct sk_buff *skb = pkt->skb;
	struct inner inner;

	if (skb_cow_head(skb, LL_RESERVED_SPACE(dev) + len +
			 route->dst->header_len))
		return false;
	if (iptunnel_handle_offloads(skb, ipv6 ? SKB_GSO_IPXIP6 :
						 SKB_GSO_IPXIP4))
		return false;

	inner = read_inner(pkt);
	skb->transport_header = skb->network_header;
	skb_push(skb, len);
	skb_reset_network_header(skb);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	skb->protocol = htons(ipv6 ? ETH_P_IPV6 : ETH_P_IP);
	if (ipv6)
		write_outer6(skb, conn->dest, route, &inner);
	else
		write_outer4(skb, conn->dest, route, &inner);
	return true;
}
