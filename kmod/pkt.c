// SPDX-License-Identifier: GPL-2.0-only
/* A packet as lb sees it: its tuple, where its headers are, what it is. */

#include <linux/icmp.h>
#include <linux/netfilter.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/icmp.h>
#include <net/ip.h>

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

static bool is_first_fragment(const struct iphdr *iph)
{
	return !(iph->frag_off & htons(IP_OFFSET));
}

/* Ports are the first four bytes of TCP and of UDP. */
static bool read_ports(struct lb_pkt *pkt, const struct iphdr *iph,
		       unsigned int off)
{
	__be16 buf[2];
	const __be16 *port;

	port = skb_header_pointer(pkt->skb, off, sizeof(buf), buf);
	if (!port)
		return false;

	memset(&pkt->tuple, 0, sizeof(pkt->tuple));
	pkt->tuple.saddr = iph->saddr;
	pkt->tuple.daddr = iph->daddr;
	pkt->tuple.sport = port[0];
	pkt->tuple.dport = port[1];
	pkt->tuple.proto = iph->protocol;
	return true;
}

static const struct iphdr *read_inner(const struct lb_pkt *pkt,
				      unsigned int off, struct iphdr *buf)
{
	const struct iphdr *iph;

	iph = skb_header_pointer(pkt->skb, off, sizeof(*buf), buf);
	if (!iph || iph->version != 4 || iph->ihl < 5)
		return NULL;
	return is_first_fragment(iph) ? iph : NULL;
}

static bool is_balanced(u8 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP;
}

/* An error about a packet that we may have changed, RFC 792. */
static enum lb_verdict parse_icmp(struct lb_pkt *pkt)
{
	const struct icmphdr *icmph;
	const struct iphdr *iph;
	struct lb_tuple4 inner;
	struct icmphdr ibuf;
	struct iphdr buf;

	icmph = skb_header_pointer(pkt->skb, pkt->l4, sizeof(ibuf), &ibuf);
	if (!icmph)
		return LB_PASS;
	if (icmph->type != ICMP_DEST_UNREACH &&
	    icmph->type != ICMP_SOURCE_QUENCH &&
	    icmph->type != ICMP_TIME_EXCEEDED)
		return LB_PASS;

	pkt->inner = pkt->l4 + sizeof(*icmph);
	iph = read_inner(pkt, pkt->inner, &buf);
	if (!iph)
		return LB_PASS;

	pkt->kind = LB_KIND_ICMP;
	if (iph->protocol == IPPROTO_IPIP && pkt->hook == NF_INET_LOCAL_IN) {
		pkt->kind = LB_KIND_TUNNEL;
		pkt->inner += iph->ihl * 4;
		iph = read_inner(pkt, pkt->inner, &buf);
		if (!iph)
			return LB_PASS;
	}
	if (!is_balanced(iph->protocol))
		return LB_PASS;

	pkt->inner_l4 = pkt->inner + iph->ihl * 4;
	if (!read_ports(pkt, iph, pkt->inner_l4))
		return LB_PASS;
	if (pkt->kind == LB_KIND_ICMP) {
		inner = pkt->tuple;
		lb_tuple_invert(&pkt->tuple, &inner);
	}
	return LB_NEXT;
}

static enum lb_verdict parse_data(struct lb_pkt *pkt, const struct iphdr *iph)
{
	bool tcp = iph->protocol == IPPROTO_TCP;
	unsigned int len = tcp ? sizeof(struct tcphdr) : sizeof(struct udphdr);
	u8 buf[sizeof(struct tcphdr)];
	const u8 *header;

	header = skb_header_pointer(pkt->skb, pkt->l4, len, buf);
	if (!header || !read_ports(pkt, iph, pkt->l4))
		return LB_PASS;
	if (tcp)
		pkt->tcp_flags = header[13];
	return LB_NEXT;
}

/* Local delivery has put packets together before its hook; forwarded and
 * locally made fragments come as they are, and only the first has ports.
 */
static enum lb_verdict defragment(const struct lb_pkt *pkt)
{
	u32 user = pkt->hook == NF_INET_FORWARD ? IP_DEFRAG_VS_FWD :
						  IP_DEFRAG_VS_OUT;

	if (ip_defrag(pkt->net, pkt->skb, user))
		return LB_STOLEN;
	ip_send_check(ip_hdr(pkt->skb));
	return LB_NEXT;
}

/**
 * lb_pkt_parse() - Find out what a packet is.
 * @pkt: skb, lbn, net and hook are set; the rest is filled.
 *
 * Leaves everything to the stack that is not a whole TCP or UDP packet or an
 * ICMP error about one. Puts fragments together.
 *
 * Return: LB_NEXT, LB_PASS, or LB_STOLEN for a fragment that was kept.
 */
enum lb_verdict lb_pkt_parse(struct lb_pkt *pkt)
{
	const struct iphdr *iph = ip_hdr(pkt->skb);
	enum lb_verdict verdict;

	if (!is_balanced(iph->protocol) && iph->protocol != IPPROTO_ICMP)
		return LB_PASS;

	if (unlikely(ip_is_fragment(iph))) {
		verdict = defragment(pkt);
		if (verdict != LB_NEXT)
			return verdict;
		iph = ip_hdr(pkt->skb);
	}

	pkt->kind = LB_KIND_DATA;
	pkt->tcp_flags = 0;
	pkt->l4 = iph->ihl * 4;
	if (iph->protocol == IPPROTO_ICMP)
		return parse_icmp(pkt);
	return parse_data(pkt, iph);
}

/**
 * lb_pkt_icmp_intact() - Is the checksum of an ICMP error right?
 * @pkt: Packet of kind LB_KIND_ICMP or LB_KIND_TUNNEL.
 *
 * To be asked before it is changed, since a changed one gets a new checksum.
 */
bool lb_pkt_icmp_intact(const struct lb_pkt *pkt)
{
	const struct sk_buff *skb = pkt->skb;

	if (skb->ip_summed == CHECKSUM_PARTIAL)
		return true;
	return !csum_fold(skb_checksum(skb, pkt->l4, skb->len - pkt->l4, 0));
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

	if (ip_hdr(skb)->ttl <= 1) {
		icmp_send(skb, ICMP_TIME_EXCEEDED, ICMP_EXC_TTL, 0);
		return lb_pkt_drop(pkt, LB_DROP_TTL);
	}
	if (skb_ensure_writable(skb, sizeof(struct iphdr)))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);

	ip_decrease_ttl(ip_hdr(skb));
	return LB_NEXT;
}

#ifdef LB_DEBUG
#include "selftest/pkt.c"
#endif
