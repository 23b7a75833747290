// SPDX-License-Identifier: GPL-2.0-only
/* GSO packets, each of which stands for several segments.
 *
 * Most have one header, from which segmentation makes those of all segments. So
 * it is enough to translate that one. The others are handled here, so that no
 * other file has to know them.
 */

#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>

#include "gso.h"

/* A fraglist (rx-gro-list) has a header in front of each of its packets. Its
 * segmentation adjusts their addresses and ports, outside of tunnels, but not
 * their times to live; and it expects a tunnel's headers where there is no
 * room.
 */
static bool is_list(const struct sk_buff *skb)
{
	return skb_shinfo(skb)->gso_type & SKB_GSO_FRAGLIST;
}

/* Packets of a fraglist have the same amount of data, each in its own fragment,
 * unless somebody has pulled data.
 */
static bool is_regular(const struct sk_buff *skb, unsigned int headers)
{
	return skb_pagelen(skb) == headers + skb_shinfo(skb)->gso_size &&
	       !(skb_shinfo(skb)->gso_type & SKB_GSO_DODGY);
}

static unsigned int l4_len(const struct lb_pkt *pkt)
{
	const struct tcphdr *th = (const void *)(pkt->skb->data + pkt->l4);

	return pkt->tuple.proto == IPPROTO_TCP ? th->doff * 4 :
						 sizeof(struct udphdr);
}

/* CHECKSUM_PARTIAL: the device adds all but the pseudo header. */
static void leave_checksum(const struct lb_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;
	unsigned int len = skb->len - pkt->l4;
	bool tcp = pkt->tuple.proto == IPPROTO_TCP;
	unsigned int offset = tcp ? offsetof(struct tcphdr, check) :
				    offsetof(struct udphdr, check);
	__sum16 check;

	if (pkt->ipv6)
		check = csum_ipv6_magic(&ipv6_hdr(skb)->saddr,
					&ipv6_hdr(skb)->daddr, len,
					pkt->tuple.proto, 0);
	else
		check = csum_tcpudp_magic(ip_hdr(skb)->saddr,
					  ip_hdr(skb)->daddr, len,
					  pkt->tuple.proto, 0);
	*(__sum16 *)(skb->data + pkt->l4 + offset) = ~check;
	if (!tcp)
		((struct udphdr *)(skb->data + pkt->l4))->len = htons(len);
	skb->csum_start = skb_headroom(skb) + pkt->l4;
	skb->csum_offset = offset;
	skb->ip_summed = CHECKSUM_PARTIAL;
}

/* Convert a fraglist to what GRO makes of the same packets without rx-gro-list:
 * one packet with one header. GRO has compared all with the first, and verified
 * their checksums.
 */
static bool join_list(const struct lb_pkt *pkt)
{
	struct sk_buff *skb = pkt->skb;
	struct skb_shared_info *info;
	unsigned int least = sizeof(struct udphdr);

	if (pkt->tuple.proto == IPPROTO_TCP)
		least = sizeof(struct tcphdr);
	/* The shared info, with the list in it, is shared with clones. */
	if (skb_unclone(skb, GFP_ATOMIC) ||
	    skb_ensure_writable(skb, pkt->l4 + least))
		return false;
	if (!is_regular(skb, pkt->l4 + l4_len(pkt)) && skb_linearize(skb))
		return false;

	info = skb_shinfo(skb);
	info->gso_type &= ~SKB_GSO_FRAGLIST;
	if (pkt->tcp_flags & LB_TCP_CWR)
		info->gso_type |= SKB_GSO_TCP_ACCECN;
	leave_checksum(pkt);
	return true;
}

/**
 * lb_gso_settle_kind() - The rest of lb_gso_settle().
 * @pkt: Packet for the offloads.
 *
 * Return: LB_NEXT or LB_DROP.
 */
enum lb_verdict lb_gso_settle_kind(const struct lb_pkt *pkt)
{
	if (unlikely(is_list(pkt->skb)) && !join_list(pkt))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	return LB_NEXT;
}

/**
 * lb_gso_cut() - Segment a packet for a device without any offload.
 * @skb: GSO packet, its data at the IP header.
 *
 * Return: The first of its segments, linked by their next, with all checksums,
 * in place of @skb, which is freed; NULL if it cannot be segmented or there is
 * no memory, and it is unchanged.
 */
struct sk_buff *lb_gso_cut(struct sk_buff *skb)
{
	struct sk_buff *segs = skb_gso_segment(skb, 0);

	if (IS_ERR_OR_NULL(segs))
		return NULL;
	consume_skb(skb);
	return segs;
}

#ifdef LB_DEBUG
#include "selftest/gso.c"
#endif
