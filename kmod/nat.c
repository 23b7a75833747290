// SPDX-License-Identifier: GPL-2.0-only
/* NAT: rewrite addresses and ports, and the checksums over them. */

#include <linux/icmp.h>
#include <linux/ip.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>

#include "nat.h"

/**
 * struct change - One end of a packet gets another address and port.
 * @source: The source end, not the destination.
 * @addr: New address.
 * @port: New port.
 */
struct change {
	bool source;
	__be32 addr;
	__be16 port;
};

static __be32 *addr_of(struct iphdr *iph, const struct change *to)
{
	return to->source ? &iph->saddr : &iph->daddr;
}

/* In both protocols the source port comes first, the destination second. */
static __be16 *port_of(void *l4, const struct change *to)
{
	return (__be16 *)l4 + !to->source;
}

/* A UDP checksum of 0 means that there is none, so 0 itself is sent as -0. */
static bool has_checksum(const struct sk_buff *skb, u8 proto, __sum16 check)
{
	return proto != IPPROTO_UDP || check ||
	       skb->ip_summed == CHECKSUM_PARTIAL;
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

/* Adjust the checksum over the pseudo header and the ports (RFC 1624). Devices
 * that compute some of it want only some of it adjusted.
 */
static void adjust(struct sk_buff *skb, __sum16 *check, __be32 addr,
		   __be16 port, const struct change *to)
{
	if (skb->ip_summed == CHECKSUM_PARTIAL ||
	    skb->ip_summed == CHECKSUM_COMPLETE) {
		inet_proto_csum_replace4(check, skb, addr, to->addr, true);
		inet_proto_csum_replace2(check, skb, port, to->port, false);
		return;
	}
	csum_replace_by_diff(check, csum_add(diff4(addr, to->addr),
					     diff2(port, to->port)));
}

static bool rewrite(const struct lb_pkt *pkt, const struct change *to)
{
	u8 proto = pkt->tuple.proto;
	struct sk_buff *skb = pkt->skb;
	__be32 *addr;
	__be16 *port;
	__sum16 *check;
	size_t len;

	len = proto == IPPROTO_UDP ? sizeof(struct udphdr) :
				     sizeof(struct tcphdr);
	if (skb_ensure_writable(skb, pkt->l4 + len))
		return false;

	addr = addr_of(ip_hdr(skb), to);
	port = port_of(skb->data + pkt->l4, to);
	check = check_of(skb->data + pkt->l4, proto);
	if (has_checksum(skb, proto, *check)) {
		adjust(skb, check, *addr, *port, to);
		if (proto == IPPROTO_UDP && !*check)
			*check = CSUM_MANGLED_0;
	}
	csum_replace4(&ip_hdr(skb)->check, *addr, to->addr);
	*addr = to->addr;
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
		.addr = conn->dest->key.addr.ip,
		.port = conn->dport,
	};

	return rewrite(pkt, &to);
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
		.addr = conn->orig.tuple.daddr,
		.port = conn->orig.tuple.dport,
	};

	return rewrite(pkt, &to);
}

/* Is the checksum of the packet inside part of what was sent back of it? */
static bool has_inner_check(const struct lb_pkt *pkt, const void *l4, u8 proto)
{
	const struct udphdr *uh = l4;

	if (proto == IPPROTO_UDP)
		return pkt->skb->len >= pkt->inner_l4 + sizeof(*uh) &&
		       uh->check;
	return pkt->skb->len >=
	       pkt->inner_l4 + offsetofend(struct tcphdr, check);
}

static void rewrite_inner(const struct lb_pkt *pkt, const struct change *to)
{
	struct iphdr *iph = (struct iphdr *)(pkt->skb->data + pkt->inner);
	void *l4 = pkt->skb->data + pkt->inner_l4;
	u8 proto = pkt->tuple.proto;
	__be32 *addr = addr_of(iph, to);
	__be16 *port = port_of(l4, to);
	__sum16 *check = check_of(l4, proto);

	if (has_inner_check(pkt, l4, proto)) {
		csum_replace4(check, *addr, to->addr);
		csum_replace2(check, *port, to->port);
		if (proto == IPPROTO_UDP && !*check)
			*check = CSUM_MANGLED_0;
	}
	csum_replace4(&iph->check, *addr, to->addr);
	*addr = to->addr;
	*port = to->port;
}

static void rewrite_outer(struct iphdr *iph, const struct change *to)
{
	__be32 *addr = addr_of(iph, to);

	csum_replace4(&iph->check, *addr, to->addr);
	*addr = to->addr;
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
	struct icmphdr *icmph;
	unsigned int len;
	struct change to;

	len = min_t(unsigned int, skb->len,
		    pkt->inner_l4 + sizeof(struct tcphdr));
	if (skb_ensure_writable(skb, len))
		return false;

	to.addr = to_server ? conn->dest->key.addr.ip : conn->orig.tuple.daddr;
	to.port = to_server ? conn->dport : conn->orig.tuple.dport;
	to.source = to_server;
	rewrite_inner(pkt, &to);
	to.source = !to_server;
	rewrite_outer(ip_hdr(skb), &to);

	icmph = (struct icmphdr *)(skb->data + pkt->l4);
	icmph->checksum = 0;
	icmph->checksum = csum_fold(skb_checksum(skb, pkt->l4,
						 skb->len - pkt->l4, 0));
	skb->ip_summed = CHECKSUM_NONE;
	return true;
}

#ifdef LB_DEBUG
#include "selftest/nat.c"
#endif
