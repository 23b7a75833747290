/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets for the self-tests, built from the inside out. */
#ifndef _LB_SELFTEST_SKB_H
#define _LB_SELFTEST_SKB_H

#include <linux/icmp.h>
#include <linux/sctp.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>

#include "pkt.h"

#define TEST_HEADROOM 512
#define TEST_ROOM 4096

/** test_skb() - A packet with @len bytes of payload, or NULL. */
static inline struct sk_buff *test_skb(unsigned int len)
{
	struct sk_buff *skb = alloc_skb(TEST_HEADROOM + TEST_ROOM, GFP_KERNEL);
	unsigned int i;
	u8 *data;

	if (!skb)
		return NULL;
	skb_reserve(skb, TEST_HEADROOM);
	data = skb_put(skb, len);
	for (i = 0; i < len; i++)
		data[i] = i * 37 + 11;
	skb->dev = init_net.loopback_dev;
	skb->protocol = htons(ETH_P_IP);
	return skb;
}

static inline unsigned int test_l4_len(u8 proto)
{
	return proto == IPPROTO_UDP ? sizeof(struct udphdr) :
				      sizeof(struct tcphdr);
}

static inline unsigned int test_check_offset(u8 proto)
{
	return proto == IPPROTO_UDP ? offsetof(struct udphdr, check) :
				      offsetof(struct tcphdr, check);
}

static inline __sum16 *test_l4_check(struct sk_buff *skb, unsigned int l4,
				     u8 proto)
{
	return (__sum16 *)(skb->data + l4 + test_check_offset(proto));
}

/** test_l4_sum() - Checksum of all behind the IP header, of either family. */
static inline __sum16 test_l4_sum(const struct sk_buff *skb, unsigned int l4,
				  const struct lb_tuple *t, u8 proto)
{
	unsigned int len = skb->len - l4;
	__wsum sum = skb_checksum(skb, l4, len, 0);

	if (t->ipv6)
		return csum_ipv6_magic(&t->saddr6, &t->daddr6, len, proto,
				       sum);
	return csum_tcpudp_magic(t->saddr, t->daddr, len, proto, sum);
}

/** test_push_l4() - Put TCP or UDP before what is there, with a checksum. */
static inline void test_push_l4(struct sk_buff *skb, const struct lb_tuple *t,
				u8 flags)
{
	unsigned int len = test_l4_len(t->proto);
	__be16 *l4 = skb_push(skb, len);
	__sum16 *check = test_l4_check(skb, 0, t->proto);

	memset(l4, 0, len);
	l4[0] = t->sport;
	l4[1] = t->dport;
	if (t->proto == IPPROTO_UDP) {
		((struct udphdr *)l4)->len = htons(skb->len);
	} else {
		((u8 *)l4)[12] = len / 4 << 4;
		((u8 *)l4)[13] = flags;
	}
	*check = test_l4_sum(skb, 0, t, t->proto);
	if (t->proto == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
}

/** test_push_sctp() - Put SCTP with one chunk before what is there. */
static inline void test_push_sctp(struct sk_buff *skb,
				  const struct lb_tuple *t, u8 chunk)
{
	unsigned int len = skb->len + sizeof(struct sctp_chunkhdr);
	struct sctp_chunkhdr *ch = skb_push(skb, sizeof(*ch));
	struct sctphdr *sh = skb_push(skb, sizeof(*sh));

	ch->type = chunk;
	ch->flags = 0;
	ch->length = htons(len);
	sh->source = t->sport;
	sh->dest = t->dport;
	sh->vtag = 0;
	sh->checksum = 0;
}

/** test_push_ip() - Put an IP header of @ihl words before what is there. */
static inline void test_push_ip(struct sk_buff *skb, __be32 saddr,
				__be32 daddr, u8 proto, u8 ihl)
{
	struct iphdr *iph = skb_push(skb, ihl * 4);

	memset(iph, IPOPT_NOOP, ihl * 4);
	iph->version = 4;
	iph->ihl = ihl;
	iph->tos = 0;
	iph->tot_len = htons(skb->len);
	iph->id = htons(4711);
	iph->frag_off = 0;
	iph->ttl = 64;
	iph->protocol = proto;
	iph->saddr = saddr;
	iph->daddr = daddr;
	ip_send_check(iph);
	skb->protocol = htons(ETH_P_IP);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ihl * 4);
}

/* Extension headers, in the order in which they stand; the fragment header says
 * that the packet is whole.
 */
#define TEST_HBH 1
#define TEST_RH 2
#define TEST_FRAG 4
#define TEST_DOPT 8
#define TEST_DOPT_LEN 24

static inline u8 test_push_ext(struct sk_buff *skb, u8 next, u8 type,
			       unsigned int len)
{
	u8 *ext = skb_push(skb, len);

	/* Options of no meaning */
	memset(ext, 0, len);
	ext[0] = next;
	if (type != NEXTHDR_FRAGMENT)
		ext[1] = len / 8 - 1;
	return type;
}

/** test_push_ip6() - Put IPv6 and the headers of @ext before what is there. */
static inline void test_push_ip6(struct sk_buff *skb,
				 const struct in6_addr *saddr,
				 const struct in6_addr *daddr, u8 proto, u8 ext)
{
	struct ipv6hdr *ip6h;

	if (ext & TEST_DOPT)
		proto = test_push_ext(skb, proto, NEXTHDR_DEST, TEST_DOPT_LEN);
	if (ext & TEST_FRAG)
		proto = test_push_ext(skb, proto, NEXTHDR_FRAGMENT, 8);
	if (ext & TEST_RH)
		proto = test_push_ext(skb, proto, NEXTHDR_ROUTING, 8);
	if (ext & TEST_HBH)
		proto = test_push_ext(skb, proto, NEXTHDR_HOP, 8);

	ip6h = skb_push(skb, sizeof(*ip6h));
	ip6_flow_hdr(ip6h, 0, 0);
	ip6h->payload_len = htons(skb->len - sizeof(*ip6h));
	ip6h->nexthdr = proto;
	ip6h->hop_limit = 64;
	ip6h->saddr = *saddr;
	ip6h->daddr = *daddr;
	skb->protocol = htons(ETH_P_IPV6);
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, sizeof(*ip6h));
}

/** test_ip_len() - Bytes of an IP header, of @ihl words or with @ext. */
static inline unsigned int test_ip_len(bool ipv6, u8 ihl, u8 ext)
{
	if (!ipv6)
		return ihl * 4;
	return sizeof(struct ipv6hdr) + (ext & TEST_DOPT ? TEST_DOPT_LEN : 0) +
	       hweight8(ext & ~TEST_DOPT) * 8;
}

/** test_push_header() - Put the IP header of a tuple before what is there. */
static inline void test_push_header(struct sk_buff *skb,
				    const struct lb_tuple *t, u8 proto, u8 ihl,
				    u8 ext)
{
	if (t->ipv6)
		test_push_ip6(skb, &t->saddr6, &t->daddr6, proto, ext);
	else
		test_push_ip(skb, t->saddr, t->daddr, proto, ihl);
}

/** test_push_icmp() - Put ICMP before what is there, for a packet of @t. */
static inline void test_push_icmp(struct sk_buff *skb, const struct lb_tuple *t,
				  u8 type, u8 code)
{
	struct icmphdr *icmph = skb_push(skb, sizeof(*icmph));

	memset(icmph, 0, sizeof(*icmph));
	icmph->type = type;
	icmph->code = code;
	if (t->ipv6)
		icmph->checksum = test_l4_sum(skb, 0, t, IPPROTO_ICMPV6);
	else
		icmph->checksum = csum_fold(skb_checksum(skb, 0, skb->len, 0));
}

/** test_spread() - Move all but the first @head bytes to a page. */
static inline bool test_spread(struct sk_buff *skb, unsigned int head)
{
	unsigned int len = skb->len - head;
	struct page *page;

	if (!len)
		return true;
	page = alloc_page(GFP_KERNEL);
	if (!page)
		return false;
	skb_copy_bits(skb, head, page_address(page), len);
	__skb_trim(skb, head);
	skb_add_rx_frag(skb, 0, page, 0, len, PAGE_SIZE);
	return true;
}

/** test_pkt() - A packet as a hook has it; what is not set may be anything. */
static inline void test_pkt(struct lb_pkt *pkt, struct sk_buff *skb, u8 hook,
			    bool ipv6)
{
	static struct lb_net lbn = { .net = &init_net };

	/* Everybody's fragments are ours. */
	memset(lbn.frag_addrs, 0xff, sizeof(lbn.frag_addrs));
	memset(pkt, 0xa5, sizeof(*pkt));
	lb_pkt_init(pkt, skb, &lbn, hook, ipv6);
}

/** test_l4_intact() - Is the checksum of TCP or UDP right, from scratch? */
static inline bool test_l4_intact(const struct sk_buff *skb, unsigned int l4,
				  const struct lb_tuple *t)
{
	return !test_l4_sum(skb, l4, t, t->proto);
}

#endif /* _LB_SELFTEST_SKB_H */
