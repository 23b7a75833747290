// SPDX-License-Identifier: GPL-2.0-only
/* NAT: rewrite addresses and ports, and the checksums over them. */

#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/sctp/checksum.h>

#include "nat.h"

/**
 * struct change - One end of a packet gets another address and port.
 * @source: The source end, not the destination.
 * @addr: New address, one word or, for IPv6, four.
 * @port: New port.
 */
struct change {
	bool source;
	const __be32 *addr;
	__be16 port;
};

static __be32 *addr4_of(struct iphdr *iph, const struct change *to)
{
	return to->source ? &iph->saddr : &iph->daddr;
}

static struct in6_addr *addr6_of(struct ipv6hdr *ip6h, const struct change *to)
{
	return to->source ? &ip6h->saddr : &ip6h->daddr;
}

/* In all protocols the source port comes first, the destination second. */
static __be16 *port_of(void *l4, const struct change *to)
{
	return (__be16 *)l4 + !to->source;
}

static __sum16 *check_of(void *l4, u8 proto)
{
	if (proto == IPPROTO_UDP)
		return &((struct udphdr *)l4)->check;
	return &((struct tcphdr *)l4)->check;
}

static __wsum diff4(__be32 from, __be32 to)
{
	return csum_sub((__force __wsum)to, (__force __wsum)from);
}

static __wsum diff2(__be16 from, __be16 to)
{
	return csum_sub((__force __wsum)to, (__force __wsum)from);
}

/* In 64 bits no carry is lost; the complement of a word is U32_MAX less it. */
static __wsum diff16(const struct in6_addr *from, const __be32 *to)
{
	u64 diff = 4ULL * U32_MAX;
	int i;

	for (i = 0; i < 4; i++) {
		diff += (__force u32)to[i];
		diff -= (__force u32)from->s6_addr32[i];
	}
	return csum_add((__force __wsum)(u32)diff,
			(__force __wsum)(u32)(diff >> 32));
}

static noinline __wsum change_addr6(struct ipv6hdr *ip6h,
				    const struct change *to)
{
	struct in6_addr *addr = addr6_of(ip6h, to);
	__wsum diff = diff16(addr, to->addr);

	memcpy(addr, to->addr, sizeof(*addr));
	return diff;
}

/* Change an address in the IP header, which for IPv6 has no checksum. Return
 * what the checksum of the payload, which covers the address, differs by.
 */
static __always_inline __wsum change_addr(void *header, bool ipv6,
					  const struct change *to)
{
	struct iphdr *iph = header;
	__be32 *addr;
	__wsum diff;

	if (unlikely(ipv6))
		return change_addr6(header, to);
	addr = addr4_of(iph, to);
	diff = diff4(*addr, *to->addr);
	csum_replace4(&iph->check, *addr, *to->addr);
	*addr = *to->addr;
	return diff;
}

/* Is there only the sum of the pseudo header where the checksum is to come? A
 * device puts it in; or, where this is the header of a tunnel, for each segment
 * what cuts them. If neither, the checksum is whole, although one of a packet
 * inside may not be.
 */
static bool is_partial(const struct lb_pkt *pkt)
{
	const struct sk_buff *skb = pkt->skb;

	return lb_pkt_is_partial(pkt) ||
	       (skb_is_gso(skb) &&
		skb_shinfo(skb)->gso_type & SKB_GSO_UDP_TUNNEL_CSUM);
}

/* A UDP checksum of 0 means that there is none, so 0 itself is sent as -0. The
 * sum of a pseudo header, which is not all zeros, is never 0.
 */
static bool has_checksum(u8 proto, __sum16 check)
{
	return proto != IPPROTO_UDP || check;
}

static void adjust_pseudo(const struct lb_pkt *pkt, __sum16 *check,
			  __be16 port, const struct change *to)
{
	struct sk_buff *skb = pkt->skb;
	const __be32 *addr6;

	addr6 = addr6_of(ipv6_hdr(skb), to)->s6_addr32;
	if (pkt->ipv6)
		inet_proto_csum_replace16(check, skb, addr6, to->addr, true);
	else
		inet_proto_csum_replace4(check, skb, *addr4_of(ip_hdr(skb), to),
					 *to->addr, true);
	inet_proto_csum_replace2(check, skb, port, to->port, false);
}

/* Devices that compute some of the checksum want only some of it adjusted; and
 * the sum that they have found is adjusted with it, or void if there is nothing
 * that makes up for what changes in it. Return: is that all?
 */
static noinline bool adjust_partly(const struct lb_pkt *pkt, __sum16 *check,
				   __be16 port, const struct change *to)
{
	struct sk_buff *skb = pkt->skb;

	if (skb->ip_summed == CHECKSUM_PARTIAL && !is_partial(pkt))
		return false;
	if (has_checksum(pkt->tuple.proto, *check))
		adjust_pseudo(pkt, check, port, to);
	else if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	return true;
}

static bool is_partly(const struct sk_buff *skb)
{
	return skb->ip_summed == CHECKSUM_PARTIAL ||
	       skb->ip_summed == CHECKSUM_COMPLETE;
}

/* Both checksums are adjusted, not computed anew (RFC 1624). */
static bool rewrite(const struct lb_pkt *pkt, const struct change *to)
{
	u8 proto = pkt->tuple.proto;
	struct sk_buff *skb = pkt->skb;
	bool wanted, done;
	__sum16 *check;
	__wsum diff;
	__be16 *port;
	size_t len;

	len = proto == IPPROTO_UDP ? sizeof(struct udphdr) :
				     sizeof(struct tcphdr);
	if (skb_ensure_writable(skb, pkt->l4 + len))
		return false;

	port = port_of(skb->data + pkt->l4, to);
	check = check_of(skb->data + pkt->l4, proto);
	wanted = has_checksum(proto, *check);
	done = is_partly(skb) && adjust_partly(pkt, check, *port, to);
	diff = change_addr(skb->data, pkt->ipv6, to);
	if (wanted && !done)
		csum_replace_by_diff(check,
				     csum_add(diff, diff2(*port, to->port)));
	if (wanted && proto == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
	*port = to->port;
	return true;
}

/**
 * lb_nat_request() - Send a client's packet to the real server's address.
 * @pkt: Packet of kind LB_KIND_DATA.
 * @conn: Its connection.
 *
 * Return: false if memory could not be had.
 */
bool lb_nat_request(const struct lb_pkt *pkt, const struct lb_conn *conn)
{
	const struct change to = {
		.addr = conn->dest->key.addr.ip6.s6_addr32,
		.port = conn->dport,
	};

	return rewrite(pkt, &to);
}

static const __be32 *virtual_of(const struct lb_conn *conn)
{
	return conn->orig.key.ipv6 ? lb_conn_addr6(conn)[1].s6_addr32 :
				     &conn->orig.key.daddr;
}

/**
 * lb_nat_reply() - Let a real server's packet come from the virtual address.
 * @pkt: Packet of kind LB_KIND_DATA.
 * @conn: Its connection.
 *
 * Return: false if memory could not be had.
 */
bool lb_nat_reply(const struct lb_pkt *pkt, const struct lb_conn *conn)
{
	const struct change to = {
		.source = true,
		.addr = virtual_of(conn),
		.port = conn->orig.key.dport,
	};

	return rewrite(pkt, &to);
}

/* The checksum (RFC 9260 6.8) covers the ports, not the addresses, and is
 * computed twice so that a wrong one stays wrong.
 */
static void change_sctp_port(const struct lb_pkt *pkt, const struct change *to)
{
	struct sctphdr *sh = (void *)(pkt->skb->data + pkt->l4);
	bool partly = lb_pkt_is_partial(pkt);
	__be16 *port = port_of(sh, to);

	if (*port == to->port)
		return;
	if (!partly)
		sh->checksum ^= sctp_compute_cksum(pkt->skb, pkt->l4);
	*port = to->port;
	if (!partly)
		sh->checksum ^= sctp_compute_cksum(pkt->skb, pkt->l4);
}

/**
 * lb_nat_other() - Translate what is neither TCP nor UDP.
 * @pkt: Packet of kind LB_KIND_DATA; AH and ESP have no port.
 * @conn: Its connection.
 * @dir: Direction in which it goes.
 *
 * Return: false if memory could not be had.
 */
bool lb_nat_other(const struct lb_pkt *pkt, const struct lb_conn *conn,
		  enum lb_dir dir)
{
	bool to_server = dir == LB_DIR_ORIG;
	const struct change to = {
		.source = !to_server,
		.addr = to_server ? conn->dest->key.addr.ip6.s6_addr32 :
				    virtual_of(conn),
		.port = to_server ? conn->dport : conn->orig.key.dport,
	};
	unsigned int len = pkt->bare ? 0 : sizeof(struct sctphdr);
	struct sk_buff *skb = pkt->skb;

	if (skb_ensure_writable(skb, pkt->l4 + len))
		return false;
	if (!pkt->bare)
		change_sctp_port(pkt, &to);
	change_addr(skb->data, pkt->ipv6, &to);
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
	return true;
}

/* Is the checksum of the packet inside part of what was sent back of it? That
 * of SCTP covers all of the packet, so it cannot be adjusted.
 */
static bool has_inner_check(const struct lb_pkt *pkt, const void *l4, u8 proto)
{
	const struct udphdr *uh = l4;

	if (proto == IPPROTO_SCTP)
		return false;
	if (proto == IPPROTO_UDP)
		return pkt->skb->len >= pkt->inner_l4 + sizeof(*uh) &&
		       uh->check;
	return pkt->skb->len >=
	       pkt->inner_l4 + offsetofend(struct tcphdr, check);
}

static void rewrite_inner(const struct lb_pkt *pkt, const struct change *to)
{
	void *l4 = pkt->skb->data + pkt->inner_l4;
	u8 proto = pkt->tuple.proto;
	__be16 *port = port_of(l4, to);
	__sum16 *check = check_of(l4, proto);
	__wsum diff;

	diff = change_addr(pkt->skb->data + pkt->inner, pkt->ipv6, to);
	if (pkt->bare)
		return;
	if (has_inner_check(pkt, l4, proto)) {
		csum_replace_by_diff(check,
				     csum_add(diff, diff2(*port, to->port)));
		if (proto == IPPROTO_UDP && !*check)
			*check = CSUM_MANGLED_0;
	}
	*port = to->port;
}

/**
 * lb_nat_icmp() - Translate an ICMP error (RFC 5508 section 4).
 * @pkt: Packet of kind LB_KIND_ICMP whose checksum was right.
 * @conn: The connection that the packet inside belongs to.
 * @dir: LB_DIR_ORIG if the error goes to the real server, LB_DIR_REPLY if it
 *	goes to the client.
 *
 * The packet inside went the other way, so its other end is changed.
 *
 * Return: false if memory could not be had.
 */
bool lb_nat_icmp(const struct lb_pkt *pkt, const struct lb_conn *conn,
		 enum lb_dir dir)
{
	bool to_server = dir == LB_DIR_ORIG;
	struct sk_buff *skb = pkt->skb;
	unsigned int len;
	struct change to;
	__sum16 *check;

	len = min_t(unsigned int, skb->len,
		    pkt->inner_l4 + sizeof(struct tcphdr));
	if (skb_ensure_writable(skb, len))
		return false;

	to.addr = to_server ? conn->dest->key.addr.ip6.s6_addr32 :
			      virtual_of(conn);
	to.port = to_server ? conn->dport : conn->orig.key.dport;
	to.source = to_server;
	rewrite_inner(pkt, &to);
	to.source = !to_server;
	change_addr(skb->data, pkt->ipv6, &to);

	check = &((struct icmphdr *)(skb->data + pkt->l4))->checksum;
	*check = 0;
	*check = lb_pkt_icmp_check(pkt);
	skb->ip_summed = CHECKSUM_NONE;
	return true;
}

#ifdef LB_DEBUG
#include "selftest/nat.c"
#endif
