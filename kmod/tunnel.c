// SPDX-License-Identifier: GPL-2.0-only
/* Tunnels: wrap a packet for its real server. */

#include <linux/hash.h>
#include <net/gre.h>
#include <net/gue.h>
#include <net/ip.h>
#include <net/ip_tunnels.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/udp.h>

#include "tunnel.h"

/**
 * struct inner - What the outer header takes over from the inner one.
 * @proto: Protocol number of what the outer one carries.
 * @label: Its flow label; 0 if it has none.
 * @tos: Type of service, traffic class; with the congestion mark.
 * @ttl: Time to live, hop limit.
 * @whole: It must not be fragmented.
 * @ethertype: What GRE calls it.
 */
struct inner {
	__be32 label;
	__be16 ethertype;
	u8 proto;
	u8 tos;
	u8 ttl;
	bool whole;
};

static __always_inline void read_inner(const struct lb_pkt *pkt,
				       struct inner *inner)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(pkt->skb);
	const struct iphdr *iph = ip_hdr(pkt->skb);

	if (pkt->ipv6) {
		inner->tos = ipv6_get_dsfield(ip6h);
		inner->label = ip6_flowlabel(ip6h);
		inner->ethertype = htons(ETH_P_IPV6);
		inner->proto = IPPROTO_IPV6;
		inner->ttl = ip6h->hop_limit;
		inner->whole = true;
	} else {
		inner->tos = iph->tos;
		inner->label = 0;
		inner->ethertype = htons(ETH_P_IP);
		inner->proto = IPPROTO_IPIP;
		inner->ttl = iph->ttl;
		inner->whole = iph->frag_off & htons(IP_DF);
	}
}

/* Only what may be fragmented needs an identification (RFC 6864 4.1): a number
 * that grows with each packet of this CPU to the server, and begins anywhere.
 * The CPUs are kept apart as far as may be.
 */
static __be16 identify(const struct sk_buff *skb, const struct lb_dest *dest,
		       const struct lb_route *route, bool whole)
{
	const u16 stride = 0x9e37; /* 2^16 over the golden ratio */
	u64 count;

	if (whole && !skb->ignore_df)
		return 0;
	count = u64_stats_read(&this_cpu_ptr(dest->meter.cpu)->in_pkts);
	return htons(route->ident + count + smp_processor_id() * stride);
}

static __always_inline void write_outer4(struct sk_buff *skb,
					 const struct lb_dest *dest,
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
	iph->id = identify(skb, dest, route, inner->whole);
	/* What is above is for the offloads to cut. */
	iph->tot_len = skb->len <= IP_MAX_MTU ? htons(skb->len) : 0;
	iph->check = 0;
	iph->check = ip_fast_csum(iph, iph->ihl);
}

/* One number for each connection, so that routers and receivers spread them. */
static u32 spread(const struct lb_conn *conn, unsigned int bits)
{
	const struct lb_key *key = &conn->orig.key;
	u32 ends = (__force u32)key->saddr ^ (__force u32)key->sport << 16 ^
		   (__force u32)key->dport;

	return hash_32(ends, bits);
}

/* Routers that see no ports spread by the flow label (RFC 6438). */
static __be32 flow_label(const struct net *net, const struct lb_conn *conn,
			 const struct inner *inner)
{
	if (inner->label ||
	    net->ipv6.sysctl.auto_flowlabels == IP6_AUTO_FLOW_LABEL_OFF)
		return inner->label;
	return htonl(spread(conn, 19)) | IPV6_FLOWLABEL_STATELESS_FLAG;
}

static __always_inline void write_outer6(const struct net *net,
					 struct sk_buff *skb,
					 const struct lb_conn *conn,
					 const struct lb_route *route,
					 const struct inner *inner)
{
	struct ipv6hdr *ip6h = ipv6_hdr(skb);
	u32 len = skb->len - sizeof(*ip6h);

	ip6_flow_hdr(ip6h, inner->tos, flow_label(net, conn, inner));
	ip6h->payload_len = len <= IPV6_MAXPLEN ? htons(len) : 0;
	ip6h->nexthdr = inner->proto;
	ip6h->hop_limit = inner->ttl;
	ip6h->saddr = route->saddr.ip6;
	ip6h->daddr = conn->dest->key.addr.ip6;
	/* Only a source may cut IPv6 packets, and of this one that is us. */
	if (!inner->whole)
		skb->ignore_df = 1;
}

/* GRE (RFC 2784), with a checksum or without. */
static void write_gre(struct sk_buff *skb, const union lb_tunnel *tunnel,
		      const struct inner *inner)
{
	struct gre_base_hdr *greh;
	__sum16 *check;

	if (tunnel->checksum)
		check = skb_push(skb, GRE_HEADER_SECTION);
	greh = skb_push(skb, sizeof(*greh));
	greh->flags = tunnel->checksum ? GRE_CSUM : 0;
	greh->protocol = inner->ethertype;
	skb_set_inner_protocol(skb, inner->ethertype);
	skb_reset_transport_header(skb);
	if (!tunnel->checksum)
		return;

	memset(check, 0, GRE_HEADER_SECTION);
	if (skb_is_gso(skb))
		return;
	/* Local checksum offload: the inner one is what makes ours known. */
	if (skb->ip_summed == CHECKSUM_PARTIAL) {
		*check = csum_fold(lco_csum(skb));
		return;
	}
	skb->ip_summed = CHECKSUM_PARTIAL;
	skb->csum_start = skb_transport_header(skb) - skb->head;
	skb->csum_offset = sizeof(*greh);
}

/* Remote checksum offload: the real server computes the inner checksum. It is
 * told where that begins and where it goes, counted from the inner packet.
 */
static void write_remote_checksum(struct sk_buff *skb)
{
	u16 start = skb_checksum_start_offset(skb);
	__be16 *option = skb_push(skb, GUE_PLEN_REMCSUM);

	option[0] = htons(start);
	option[1] = htons(start + skb->csum_offset);
	*(__be32 *)skb_push(skb, GUE_LEN_PRIV) = GUE_PFLAG_REMCSUM;
	if (!skb_is_gso(skb)) {
		skb->ip_summed = CHECKSUM_NONE;
		skb->encapsulation = 0;
	}
}

static u8 protocol_of(union lb_tunnel tunnel, u8 inner)
{
	switch (tunnel.type) {
	case LB_TUNNEL_TYPE_GRE:
		return IPPROTO_GRE;
	case LB_TUNNEL_TYPE_GUE:
		return IPPROTO_UDP;
	default:
		return inner;
	}
}

/**
 * lb_tunnel_describe() - What lb_tunnel_wrap() will make of a packet.
 * @pkt: Packet.
 * @conn: Its connection.
 * @fl: Description of the packet; gets that of the tunnel's, without a source.
 */
void lb_tunnel_describe(const struct lb_pkt *pkt, const struct lb_conn *conn,
			struct flowi *fl)
{
	const union lb_tunnel tunnel = lb_dest_tunnel(conn->dest);
	bool ipv6 = lb_dest_is_ipv6(conn->dest);
	struct flowi outer = {
		.flowi_mark = fl->flowi_mark,
		.flowi_l3mdev = fl->flowi_l3mdev,
		.flowi_uid = fl->flowi_uid,
	};
	struct inner inner;

	read_inner(pkt, &inner);
	outer.flowi_proto = protocol_of(tunnel, inner.proto);
	if (ipv6)
		outer.u.ip6.flowlabel = ip6_make_flowinfo(inner.tos, 0);
	else
		lb_compat_flow_set_tos(&outer.u.ip4, inner.tos);
	lb_route_redirect(&outer, ipv6, &conn->dest->key.addr, tunnel.port);
	if (tunnel.type == LB_TUNNEL_TYPE_GUE)
		lb_route_masquerade(&outer, ipv6, &(union lb_addr){},
				    htons(0xc000 | spread(conn, 14)));
	*fl = outer;
}

/* GUE, version 0 (draft-ietf-intarea-gue), and the UDP header before it. */
static void write_gue(struct sk_buff *skb, const union lb_tunnel *tunnel,
		      const struct lb_conn *conn, const struct inner *inner,
		      bool remote)
{
	unsigned int options = remote ? GUE_LEN_PRIV + GUE_PLEN_REMCSUM : 0;
	struct guehdr *gueh;
	struct udphdr *uh;

	if (remote)
		write_remote_checksum(skb);
	gueh = skb_push(skb, sizeof(*gueh));
	gueh->word = 0;
	gueh->hlen = options / 4;
	gueh->proto_ctype = inner->proto;
	gueh->flags = remote ? GUE_FLAG_PRIV : 0;

	skb_set_inner_ipproto(skb, inner->proto);
	uh = skb_push(skb, sizeof(*uh));
	skb_reset_transport_header(skb);
	uh->source = htons(0xc000 | spread(conn, 14));
	uh->dest = tunnel->port;
	uh->len = htons(skb->len);
	uh->check = 0;
}

static int offloads_of(union lb_tunnel tunnel, bool ipv6, bool remote)
{
	int in_ip = ipv6 ? SKB_GSO_IPXIP6 : SKB_GSO_IPXIP4;
	bool check = tunnel.checksum;

	if (likely(tunnel.type == LB_TUNNEL_TYPE_IPIP))
		return in_ip;
	if (tunnel.type == LB_TUNNEL_TYPE_GRE)
		return check ? SKB_GSO_GRE_CSUM : SKB_GSO_GRE;
	return in_ip | (remote ? SKB_GSO_TUNNEL_REMCSUM : 0) |
	       (check ? SKB_GSO_UDP_TUNNEL_CSUM : SKB_GSO_UDP_TUNNEL);
}

/* What the client made of the identifications of its segments is about a header
 * inside from now on.
 */
static void move_inside(struct sk_buff *skb)
{
	struct skb_shared_info *info = skb_shinfo(skb);

	if (likely(!(info->gso_type & SKB_GSO_TCP_FIXEDID)))
		return;
	info->gso_type &= ~SKB_GSO_TCP_FIXEDID;
	info->gso_type |= SKB_GSO_TCP_FIXEDID_INNER;
}

/* What leaves nothing to devices needs no inner headers for them, either. */
static bool set_offloads(struct sk_buff *skb, int type)
{
	if (skb_is_gso(skb) || skb->ip_summed == CHECKSUM_PARTIAL) {
		if (iptunnel_handle_offloads(skb, type))
			return false;
		if (skb_is_gso(skb))
			move_inside(skb);
		return true;
	}
	skb->ip_summed = CHECKSUM_NONE;
	skb->encapsulation = 0;
	return true;
}

/* The headers between the two IP headers; return the protocol of the first.
 * Not inline, and nothing by reference: IP in IP has none and shall not pay.
 */
static noinline u8 write_middle(struct sk_buff *skb, union lb_tunnel tunnel,
				const struct lb_conn *conn,
				struct inner inner, bool remote)
{
	if (tunnel.type == LB_TUNNEL_TYPE_GRE) {
		write_gre(skb, &tunnel, &inner);
		return IPPROTO_GRE;
	}
	write_gue(skb, &tunnel, conn, &inner, remote);
	return IPPROTO_UDP;
}

static noinline void write_udp_checksum(struct sk_buff *skb,
					const struct lb_dest *dest,
					const struct lb_route *route,
					bool wanted)
{
	unsigned int len = skb->len - skb_transport_offset(skb);

	if (lb_dest_is_ipv6(dest))
		udp6_set_csum(!wanted, skb, &route->saddr.ip6,
			      &dest->key.addr.ip6, len);
	else
		udp_set_csum(!wanted, skb, route->saddr.ip,
			     dest->key.addr.ip, len);
}

/* The checksums of tunnels are computed from an inner one that a device is
 * still to complete, but not from SCTP's.
 */
static noinline bool complete_sctp(struct sk_buff *skb)
{
	return skb->ip_summed != CHECKSUM_PARTIAL ||
	       !skb_csum_hwoffload_help(skb, 0);
}

/**
 * lb_tunnel_wrap() - Put a packet into an IP packet to its real server.
 * @pkt: Packet; its offsets are void afterwards.
 * @conn: Its connection.
 * @route: Route to the server.
 *
 * IP in IP (RFC 2003, RFC 2473, RFC 4213), GRE or GUE: the outer header has the
 * inner one's time to live, its don't-fragment bit and its type of service,
 * with the congestion mark as it is (RFC 6040 4.1). Packets of the offloads,
 * which are plain (lb_gso_is_plain()), are left whole for the device to cut.
 *
 * Return: false if memory could not be had; the packet is as it was.
 */
bool lb_tunnel_wrap(const struct lb_pkt *pkt, const struct lb_conn *conn,
		    const struct lb_route *route)
{
	const union lb_tunnel tunnel = lb_dest_tunnel(conn->dest);
	bool ipv6 = lb_dest_is_ipv6(conn->dest);
	struct net_device *dev = route->dst->dev;
	struct inner inner __uninitialized;
	struct sk_buff *skb = pkt->skb;
	bool remote;

	if (skb_cow_head(skb, LL_RESERVED_SPACE(dev) + tunnel.overhead +
			 route->dst->header_len))
		return false;
	if (unlikely(skb_csum_is_sctp(skb)) && tunnel.checksum &&
	    !complete_sctp(skb))
		return false;
	/* The offloads cut what is behind this. */
	skb_reset_mac_header(skb);
	remote = tunnel.checksum == LB_TUNNEL_CHECKSUM_REMOTE &&
		 skb->ip_summed == CHECKSUM_PARTIAL;
	if (!set_offloads(skb, offloads_of(tunnel, ipv6, remote)))
		return false;

	read_inner(pkt, &inner);
	skb->transport_header = skb->network_header;
	if (tunnel.type != LB_TUNNEL_TYPE_IPIP)
		inner.proto = write_middle(skb, tunnel, conn, inner, remote);
	skb_push(skb, ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr));
	skb_reset_network_header(skb);
	memset(IPCB(skb), 0, sizeof(*IPCB(skb)));
	skb->protocol = htons(ipv6 ? ETH_P_IPV6 : ETH_P_IP);
	if (ipv6)
		write_outer6(pkt->net, skb, conn, route, &inner);
	else
		write_outer4(skb, conn->dest, route, &inner);
	if (tunnel.type == LB_TUNNEL_TYPE_GUE)
		write_udp_checksum(skb, conn->dest, route, tunnel.checksum);
	return true;
}
