// SPDX-License-Identifier: GPL-2.0-only
/* A packet as lb sees it: its tuple, where its headers are, what it is. */

#include <linux/icmp.h>
#include <linux/icmpv6.h>
#include <linux/netfilter.h>
#include <linux/sctp.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/gre.h>
#include <net/gue.h>
#include <net/icmp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "frag.h"
#include "pkt.h"
#include "trace.h"

/**
 * lb_pkt_drop() - Count and trace a drop.
 * @pkt: Packet; its hook frees it.
 * @reason: Why.
 *
 * Return: LB_DROP.
 */
enum lb_verdict lb_pkt_drop(const struct lb_pkt *pkt, enum lb_drop reason)
{
	lb_stats_drop(pkt->lbn, reason);
	trace_lb_drop(pkt->net, &pkt->tuple, reason);
	return LB_DROP;
}

/* Ports are the first four bytes of TCP, UDP and SCTP. */
static bool read_ports(struct lb_pkt *pkt, unsigned int off)
{
	__be16 buf[2];
	const __be16 *port;

	port = skb_header_pointer(pkt->skb, off, sizeof(buf), buf);
	if (!port)
		return false;
	pkt->tuple.sport = port[0];
	pkt->tuple.dport = port[1];
	return true;
}

/* Take over addresses and protocol; return the length of the header. */
static unsigned int read_ipv4(struct lb_pkt *pkt, const struct iphdr *iph)
{
	pkt->tuple.saddr = iph->saddr;
	pkt->tuple.daddr = iph->daddr;
	pkt->tuple.proto = iph->protocol;
	return iph->ihl * 4;
}

/**
 * struct cut - What the fragment headers of IPv6 say.
 * @off: Offset, and whether more follow; 0 of a whole packet.
 * @proto: What it is that was cut; all of its fragments say the same.
 */
struct cut {
	__be16 off;
	u8 proto;
};

/* Go behind one extension header. Return the offset of the next, 0 if it is
 * not there. All have eight bytes at least, and begin as a fragment's does (RFC
 * 8200 4.2, 4.5).
 */
static unsigned int skip_extension(const struct lb_pkt *pkt, unsigned int off,
				   u8 *proto, struct cut *cut)
{
	const struct frag_hdr *ext;
	struct frag_hdr buf;
	u8 type = *proto;

	ext = skb_header_pointer(pkt->skb, off, sizeof(buf), &buf);
	if (!ext)
		return 0;
	*proto = ext->nexthdr;
	if (type != NEXTHDR_FRAGMENT)
		return off + 8 * (1 + ext->reserved);
	/* A second fragment header is malformed to everybody. */
	if (!cut->off)
		cut->proto = ext->nexthdr;
	cut->off |= ext->frag_off & htons(IP6_OFFSET | IP6_MF);
	return off + sizeof(*ext);
}

static bool is_extension(u8 proto)
{
	return proto == NEXTHDR_HOP || proto == NEXTHDR_ROUTING ||
	       proto == NEXTHDR_FRAGMENT || proto == NEXTHDR_DEST;
}

/* More extension headers than any packet needs: RFC 8200 4.1 has seven. Each is
 * looked for in all fragments of a packet, of which there may be thousands.
 */
#define EXTENSIONS_MAX 12

/* The same for IPv6; what the packet carries is behind all extension headers
 * (RFC 8200 4), of which AH is none to us. Return its offset, 0 if it is not
 * there, or behind too many. Of a later fragment, it is where that begins.
 */
static unsigned int read_ipv6(struct lb_pkt *pkt, unsigned int off,
			      struct cut *cut)
{
	const struct ipv6hdr *ip6h;
	int left = EXTENSIONS_MAX;
	struct ipv6hdr buf;
	u8 proto;

	*cut = (struct cut){};
	ip6h = skb_header_pointer(pkt->skb, off, sizeof(buf), &buf);
	if (!ip6h || ip6h->version != 6)
		return 0;
	pkt->tuple.saddr6 = ip6h->saddr;
	pkt->tuple.daddr6 = ip6h->daddr;
	lb_tuple_fold(&pkt->tuple);
	proto = ip6h->nexthdr;
	off += sizeof(buf);
	while (unlikely(is_extension(proto)) && off &&
	       !(cut->off & htons(IP6_OFFSET)))
		off = left-- ? skip_extension(pkt, off, &proto, cut) : 0;
	pkt->tuple.proto = proto;
	return off;
}

/* Read the header of a packet inside. Return the offset of what it carries, 0
 * if that is not there.
 */
static unsigned int read_inner(struct lb_pkt *pkt, unsigned int off, bool ipv6)
{
	const struct iphdr *iph;
	struct iphdr buf;
	struct cut cut;

	memset(&pkt->tuple.key, 0, sizeof(pkt->tuple.key));
	if (ipv6) {
		off = read_ipv6(pkt, off, &cut);
		return cut.off & htons(IP6_OFFSET) ? 0 : off;
	}
	iph = skb_header_pointer(pkt->skb, off, sizeof(buf), &buf);
	if (!iph || iph->version != 4 || iph->ihl < 5 ||
	    iph->frag_off & htons(IP_OFFSET))
		return 0;
	return off + read_ipv4(pkt, iph);
}

static bool is_ipsec(u8 proto)
{
	return proto == IPPROTO_ESP || proto == IPPROTO_AH;
}

/* What AH and ESP protect goes where IKE (RFC 7296) agreed upon the keys. */
static void follow_ike(struct lb_pkt *pkt)
{
	pkt->tuple.proto = IPPROTO_UDP;
	pkt->tuple.sport = LB_IKE_PORT;
	pkt->tuple.dport = LB_IKE_PORT;
	pkt->bare = true;
}

static bool is_balanced(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP;
}

/* An error about a packet that we may have changed: RFC 792, RFC 4443. */
static bool is_error(const struct lb_pkt *pkt, u8 type)
{
	if (pkt->ipv6)
		return !(type & ICMPV6_INFOMSG_MASK);
	return type == ICMP_DEST_UNREACH || type == ICMP_SOURCE_QUENCH ||
	       type == ICMP_TIME_EXCEEDED;
}

/* Behind a GRE header like ours (RFC 2784) there is an IP packet. */
static unsigned int skip_gre(const struct lb_pkt *pkt, unsigned int off,
			     u8 *proto)
{
	const struct gre_base_hdr *greh;
	struct gre_base_hdr buf;

	greh = skb_header_pointer(pkt->skb, off, sizeof(buf), &buf);
	if (!greh || greh->flags & ~GRE_CSUM)
		return 0;
	if (greh->protocol == htons(ETH_P_IP))
		*proto = IPPROTO_IPIP;
	if (greh->protocol == htons(ETH_P_IPV6))
		*proto = IPPROTO_IPV6;
	return off + sizeof(buf) +
	       (greh->flags & GRE_CSUM ? GRE_HEADER_SECTION : 0);
}

/* Behind a GUE header of version 0 there is one, too. */
static unsigned int skip_gue(const struct lb_pkt *pkt, unsigned int off,
			     u8 *proto)
{
	const struct guehdr *gueh;
	struct guehdr buf;

	gueh = skb_header_pointer(pkt->skb, off, sizeof(buf), &buf);
	if (!gueh || gueh->version || gueh->control)
		return 0;
	*proto = gueh->proto_ctype;
	return off + sizeof(buf) + gueh->hlen * 4;
}

/* The error is about a tunnel packet, and at @off is the packet inside. */
static bool enter_tunnel(struct lb_pkt *pkt, unsigned int off, u8 proto)
{
	if (!off || (proto != IPPROTO_IPIP && proto != IPPROTO_IPV6))
		return false;
	pkt->kind = LB_KIND_TUNNEL;
	pkt->inner = off;
	pkt->inner_l4 = read_inner(pkt, off, proto == IPPROTO_IPV6);
	return pkt->inner_l4;
}

/* Those of the packet inside, or what AH and ESP have instead. */
static bool find_ports(struct lb_pkt *pkt)
{
	if (!is_ipsec(pkt->tuple.proto))
		return is_balanced(pkt->tuple.proto) &&
		       read_ports(pkt, pkt->inner_l4);
	follow_ike(pkt);
	return true;
}

static enum lb_verdict parse_icmp(struct lb_pkt *pkt)
{
	unsigned int off;
	struct lb_tuple inner;
	u8 buf, *type, proto;

	type = skb_header_pointer(pkt->skb, pkt->l4, sizeof(buf), &buf);
	if (!type || !is_error(pkt, *type))
		return LB_PASS;

	pkt->kind = LB_KIND_ICMP;
	pkt->inner = pkt->l4 + LB_ICMP_LEN;
	pkt->inner_l4 = read_inner(pkt, pkt->inner, pkt->ipv6);
	if (!pkt->inner_l4)
		return LB_PASS;

	off = pkt->inner_l4;
	proto = pkt->tuple.proto;
	if (proto == IPPROTO_GRE)
		off = skip_gre(pkt, off, &proto);
	if (!is_balanced(proto) && !is_ipsec(proto) &&
	    (pkt->hook != NF_INET_LOCAL_IN || !enter_tunnel(pkt, off, proto)))
		return LB_PASS;
	if (!find_ports(pkt))
		return LB_PASS;
	if (pkt->kind == LB_KIND_ICMP) {
		inner = pkt->tuple;
		lb_tuple_invert(&pkt->tuple, &inner);
	}
	return LB_NEXT;
}

/**
 * lb_pkt_enter_gue() - Take the packet that an error is about as a tunnel's.
 * @pkt: Packet of kind LB_KIND_ICMP, about one of no connection.
 *
 * Nothing else than that tells a UDP packet of GUE from others.
 *
 * Return: true if there is a TCP, UDP or SCTP packet in it, or AH or ESP; @pkt
 * is of kind LB_KIND_TUNNEL then.
 */
bool lb_pkt_enter_gue(struct lb_pkt *pkt)
{
	unsigned int off;
	u8 proto = 0;

	if (pkt->hook != NF_INET_LOCAL_IN ||
	    pkt->tuple.proto != IPPROTO_UDP || pkt->bare)
		return false;
	off = skip_gue(pkt, pkt->inner_l4 + sizeof(struct udphdr), &proto);
	return enter_tunnel(pkt, off, proto) && find_ports(pkt);
}

/* What a packet with several chunks means says the first; but behind a cookie
 * there may be an abort.
 */
static u8 read_chunk(const struct lb_pkt *pkt,
		     const struct sctp_chunkhdr *first)
{
	unsigned int off = pkt->l4 + sizeof(struct sctphdr);
	const struct sctp_chunkhdr *second;
	struct sctp_chunkhdr buf;
	u8 type = first->type;

	if ((type != SCTP_CID_COOKIE_ECHO && type != SCTP_CID_COOKIE_ACK) ||
	    ntohs(first->length) < sizeof(*first))
		return type;
	off += ALIGN(ntohs(first->length), 4);
	second = skb_header_pointer(pkt->skb, off, sizeof(buf), &buf);
	return second && second->type == SCTP_CID_ABORT ? SCTP_CID_ABORT : type;
}

/* What must be there of a packet. */
static unsigned int least_len(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return sizeof(struct tcphdr);
	case IPPROTO_SCTP:
		return sizeof(struct sctphdr) + sizeof(struct sctp_chunkhdr);
	default:
		return sizeof(struct udphdr);
	}
}

static enum lb_verdict parse_data(struct lb_pkt *pkt)
{
	unsigned int len = least_len(pkt->tuple.proto);
	__be16 buf[sizeof(struct tcphdr) / 2];
	const __be16 *header;

	header = skb_header_pointer(pkt->skb, pkt->l4, len, buf);
	if (!header)
		return LB_PASS;
	pkt->tuple.sport = header[0];
	pkt->tuple.dport = header[1];
	if (pkt->tuple.proto == IPPROTO_TCP)
		pkt->tcp_flags = ((const u8 *)header)[13];
	else if (pkt->tuple.proto == IPPROTO_SCTP)
		pkt->chunk = read_chunk(pkt, (const void *)header +
					     sizeof(struct sctphdr));
	return LB_NEXT;
}

/* May lb need the whole packet? ICMP errors about the director's tunnels come
 * from anybody, and would be defragmented behind the hook anyway.
 */
static bool is_ours(const struct lb_pkt *pkt, u8 proto)
{
	if (proto == IPPROTO_ICMPV6 && pkt->hook == NF_INET_LOCAL_IN)
		return true;
	return lb_frag_is_ours(pkt->lbn, pkt->skb, pkt->hook, pkt->ipv6);
}

/* Only the first fragment of a packet has ports: defragment. */
static enum lb_verdict gather(const struct lb_pkt *pkt, u8 proto)
{
	int err;

	if (!is_ours(pkt, proto))
		return LB_PASS;
	err = lb_frag_gather(pkt->lbn, pkt->skb, pkt->hook, pkt->ipv6);
	if (!err)
		return LB_NEXT;
	if (err != -EINPROGRESS)
		lb_pkt_drop(pkt, err == -ENOMEM ? LB_DROP_NO_MEMORY :
						  LB_DROP_FRAGMENT);
	return LB_STOLEN;
}

static enum lb_verdict find_header4(struct lb_pkt *pkt)
{
	const struct iphdr *iph = ip_hdr(pkt->skb);
	enum lb_verdict verdict;

	if (!is_balanced(iph->protocol) && iph->protocol != IPPROTO_ICMP &&
	    !is_ipsec(iph->protocol))
		return LB_PASS;
	pkt->l4 = read_ipv4(pkt, iph);
	if (likely(!ip_is_fragment(iph)) || is_ipsec(iph->protocol))
		return LB_NEXT;
	verdict = gather(pkt, iph->protocol);
	if (verdict == LB_NEXT)
		pkt->l4 = read_ipv4(pkt, ip_hdr(pkt->skb));
	return verdict;
}

/* Fragments of AH and ESP are forwarded one by one. */
static enum lb_verdict find_header6(struct lb_pkt *pkt)
{
	enum lb_verdict verdict;
	struct cut cut;

	pkt->l4 = read_ipv6(pkt, 0, &cut);
	if (unlikely(cut.off) && !is_ipsec(cut.proto)) {
		if (!is_balanced(cut.proto) && cut.proto != IPPROTO_ICMPV6 &&
		    !is_extension(cut.proto))
			return LB_PASS;
		verdict = gather(pkt, cut.proto);
		if (verdict != LB_NEXT)
			return verdict;
		pkt->l4 = read_ipv6(pkt, 0, &cut);
		/* If still one, it is malformed: the stack will refuse it. */
		if (cut.off)
			return LB_PASS;
	}
	return pkt->l4 ? LB_NEXT : LB_PASS;
}

/**
 * lb_pkt_parse() - Find out what a packet is.
 * @pkt: As lb_pkt_init() left it; the rest is filled.
 *
 * Leaves everything to the stack that is not a whole TCP, UDP or SCTP packet,
 * or AH or ESP, or an ICMP error about one. Defragments what may be ours,
 * except AH and ESP.
 *
 * Return: LB_NEXT, LB_PASS, or LB_STOLEN for a fragment that was kept, or fits
 * no other.
 */
enum lb_verdict lb_pkt_parse(struct lb_pkt *pkt)
{
	enum lb_verdict verdict;

	verdict = pkt->ipv6 ? find_header6(pkt) : find_header4(pkt);
	if (verdict != LB_NEXT)
		return verdict;

	pkt->kind = LB_KIND_DATA;
	pkt->bare = false;
	if (likely(is_balanced(pkt->tuple.proto)))
		return parse_data(pkt);
	if (pkt->tuple.proto == (pkt->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP))
		return parse_icmp(pkt);
	if (!is_ipsec(pkt->tuple.proto))
		return LB_PASS;
	follow_ike(pkt);
	return LB_NEXT;
}

/**
 * lb_pkt_icmp_check() - Checksum of an ICMP packet over what is there now.
 * @pkt: Packet of kind LB_KIND_ICMP or LB_KIND_TUNNEL.
 *
 * Return: What belongs into its checksum field if that is 0, else 0 if the
 * checksum is right. That of ICMPv6 covers the addresses (RFC 4443 2.3).
 */
__sum16 lb_pkt_icmp_check(const struct lb_pkt *pkt)
{
	const struct sk_buff *skb = pkt->skb;
	unsigned int len = skb->len - pkt->l4;
	__wsum sum = skb_checksum(skb, pkt->l4, len, 0);

	if (!pkt->ipv6)
		return csum_fold(sum);
	return csum_ipv6_magic(&ipv6_hdr(skb)->saddr, &ipv6_hdr(skb)->daddr,
			       len, IPPROTO_ICMPV6, sum);
}

/**
 * lb_pkt_icmp_intact() - Is the checksum of an ICMP error right?
 * @pkt: Packet of kind LB_KIND_ICMP or LB_KIND_TUNNEL.
 *
 * To be asked before it is changed, since a changed one gets a new checksum.
 */
bool lb_pkt_icmp_intact(const struct lb_pkt *pkt)
{
	return lb_pkt_is_partial(pkt) || !lb_pkt_icmp_check(pkt);
}

/**
 * lb_pkt_expire() - Drop a packet whose time to live is over; tell the sender.
 * @pkt: Packet.
 * @reason: As what it counts.
 *
 * Return: LB_DROP.
 */
enum lb_verdict lb_pkt_expire(const struct lb_pkt *pkt, enum lb_drop reason)
{
	if (pkt->ipv6)
		icmpv6_send(pkt->skb, ICMPV6_TIME_EXCEED, ICMPV6_EXC_HOPLIMIT,
			    0);
	else
		icmp_send(pkt->skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
	return lb_pkt_drop(pkt, reason);
}

/**
 * lb_pkt_decrease_ttl() - A packet is forwarded: one hop less to live.
 * @pkt: Packet.
 *
 * Return: LB_NEXT, or LB_DROP when the time to live is over (the sender is
 * told) or the header could not be made writable.
 */
enum lb_verdict lb_pkt_decrease_ttl(const struct lb_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;

	if (lb_pkt_ttl(pkt) <= 1)
		return lb_pkt_expire(pkt, LB_DROP_TTL);
	if (skb_ensure_writable(skb, lb_pkt_header_len(pkt)))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);

	if (pkt->ipv6)
		ipv6_hdr(skb)->hop_limit--;
	else
		ip_decrease_ttl(ip_hdr(skb));
	return LB_NEXT;
}

#ifdef LB_DEBUG
#include "selftest/pkt.c"
#endif
