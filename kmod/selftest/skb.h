/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets for the self-tests, built from the inside out. */
#ifndef _LB_SELFTEST_SKB_H
#define _LB_SELFTEST_SKB_H

#include <linux/icmp.h>
#include <linux/skbuff.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/checksum.h>
#include <net/ip.h>

#include "pkt.h"

#define TEST_HEADROOM 256
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
	*check = csum_tcpudp_magic(t->saddr, t->daddr, skb->len, t->proto,
				   skb_checksum(skb, 0, skb->len, 0));
	if (t->proto == IPPROTO_UDP && !*check)
		*check = CSUM_MANGLED_0;
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
	skb_reset_network_header(skb);
	skb_set_transport_header(skb, ihl * 4);
}

/** test_push_icmp() - Put an ICMP header before what is there. */
static inline void test_push_icmp(struct sk_buff *skb, u8 type, u8 code)
{
	struct icmphdr *icmph = skb_push(skb, sizeof(*icmph));

	memset(icmph, 0, sizeof(*icmph));
	icmph->type = type;
	icmph->code = code;
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

/** test_l4_intact() - Is the checksum of TCP or UDP right, from scratch? */
static inline bool test_l4_intact(const struct sk_buff *skb)
{
	const struct iphdr *iph = ip_hdr(skb);
	unsigned int l4 = iph->ihl * 4;

	return !csum_tcpudp_magic(iph->saddr, iph->daddr, skb->len - l4,
				  iph->protocol,
				  skb_checksum(skb, l4, skb->len - l4, 0));
}

#endif /* _LB_SELFTEST_SKB_H */
