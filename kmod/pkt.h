/* SPDX-License-Identifier: GPL-2.0-only */
/* A packet as lb sees it: its tuple, where its headers are, what it is. */
#ifndef _LB_PKT_H
#define _LB_PKT_H

#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/skbuff.h>

#include "stats.h"

/**
 * enum lb_template - What is in the table for no packet to find.
 * @LB_TEMPLATE_CLIENT: A persistence template, by the client's address.
 * @LB_TEMPLATE_CALL_ID: One by the hash of a Call-ID, in place of address and
 *	port.
 * @LB_TEMPLATE_EXPECTED: No template, but a connection from a client's port
 *	that is not known yet.
 */
enum lb_template {
	LB_TEMPLATE_CLIENT = 1,
	LB_TEMPLATE_CALL_ID,
	LB_TEMPLATE_EXPECTED,
};

/**
 * struct lb_key - What the table of connections looks for first.
 * @saddr: IPv4 source address; of an IPv6 address its words, combined.
 * @daddr: Destination address, likewise.
 * @sport: Source port.
 * @dport: Destination port.
 * @proto: IP protocol.
 * @template: 0, or enum lb_template, so that no packet ever finds it.
 * @dir: enum lb_dir of the node it lies in; not compared, 0 in a tuple.
 * @ipv6: 1 if the addresses are IPv6 addresses.
 *
 * Zero it before filling: it is hashed and compared as two 64-bit words.
 */
struct lb_key {
	__be32 saddr;
	__be32 daddr;
	__be16 sport;
	__be16 dport;
	u8 proto;
	u8 template;
	u8 dir;
	u8 ipv6;
} __aligned(8);

/**
 * struct lb_tuple - Addresses, ports and protocol of a packet in one direction.
 * @key: All of it for IPv4; its members are those of the tuple, too.
 * @saddr6: IPv6 source address, only if @ipv6.
 * @daddr6: IPv6 destination address, only if @ipv6.
 */
struct lb_tuple {
	union {
		struct lb_key key;
		struct {
			__be32 saddr;
			__be32 daddr;
			__be16 sport;
			__be16 dport;
			u8 proto;
			u8 template;
			u8 dir;
			u8 ipv6;
		};
	};
	struct in6_addr saddr6;
	struct in6_addr daddr6;
};

/**
 * enum lb_dir - Which tuple of its connection a packet has.
 * @LB_DIR_ORIG: The client's: it goes to the real server.
 * @LB_DIR_REPLY: The real server's: it goes to the client.
 */
enum lb_dir {
	LB_DIR_ORIG,
	LB_DIR_REPLY,
};

/**
 * enum lb_kind - What a packet is to us.
 * @LB_KIND_DATA: TCP, UDP or SCTP; or AH or ESP, see @bare.
 * @LB_KIND_ICMP: ICMP error about such a packet.
 * @LB_KIND_TUNNEL: ICMP error about a packet of a tunnel with one in it, of
 *	which both addresses may be of another family.
 */
enum lb_kind {
	LB_KIND_DATA,
	LB_KIND_ICMP,
	LB_KIND_TUNNEL,
};

/**
 * enum lb_verdict - What becomes of the packet.
 * @LB_PASS: Leave it to the stack.
 * @LB_DROP: Free it; the reason has been counted.
 * @LB_STOLEN: It is somewhere else now.
 * @LB_NEXT: Not decided, go on with the next step.
 */
enum lb_verdict {
	LB_PASS,
	LB_DROP,
	LB_STOLEN,
	LB_NEXT,
};

/**
 * struct lb_pkt - A packet at one of the hooks.
 * @skb: The packet, its data at the IP header.
 * @lbn: Namespace.
 * @net: Namespace.
 * @tuple: The packet's tuple. For LB_KIND_ICMP the inverse of the inner
 *	packet's, so that it is found in the direction in which the error goes;
 *	for LB_KIND_TUNNEL the innermost packet's.
 * @hash: lb_conn_hash() of @tuple, once the connection was looked for.
 * @len: Its length by its IP header, for the fast path alone.
 * @tos: Its type of service, IPv4 only, for the fast path alone.
 * @l4: Offset of the header behind that of IP from skb->data.
 * @inner: Offset of the IP header inside an ICMP error (the innermost one for
 *	LB_KIND_TUNNEL).
 * @inner_l4: Offset of the header that follows it.
 * @kind: What it is.
 * @ipv6: It is an IPv6 packet.
 * @hook: enum nf_inet_hooks.
 * @tcp_flags: Byte 13 of the TCP header (RFC 9293 3.1), 0 if not TCP.
 * @chunk: Type of the SCTP chunk that counts (RFC 9260 3.2); SCTP only.
 * @bare: The packet, or that inside an ICMP error, is of AH or ESP. It has no
 *	ports: @tuple is that of the connection that its keys came by. Not for
 *	the fast path.
 *
 * Holds offsets, never pointers into the packet: any helper may move it.
 */
struct lb_pkt {
	struct sk_buff *skb;
	struct lb_net *lbn;
	struct net *net;
	struct lb_tuple tuple;
	u32 hash;
	unsigned int len;
	unsigned int l4;
	unsigned int inner;
	unsigned int inner_l4;
	enum lb_kind kind;
	bool ipv6;
	u8 hook;
	u8 tos;
	u8 tcp_flags;
	u8 chunk;
	bool bare;
};

#define LB_FTP_PORT htons(21)
#define LB_FTP_DATA_PORT htons(20)

#define LB_IKE_PORT htons(500)

#define LB_ICMP_LEN 8 /* of both versions */

#define LB_TCP_FIN 0x01
#define LB_TCP_SYN 0x02
#define LB_TCP_RST 0x04
#define LB_TCP_ACK 0x10
#define LB_TCP_CWR 0x80
/* Those of packets that open or close a connection */
#define LB_TCP_TURNS (LB_TCP_SYN | LB_TCP_FIN | LB_TCP_RST)
/* One of which each packet of a connection has */
#define LB_TCP_SPEAKS (LB_TCP_TURNS | LB_TCP_ACK)

/** lb_key_is_template() - Is it that of a persistence template? */
static inline bool lb_key_is_template(const struct lb_key *key)
{
	return key->template && key->template != LB_TEMPLATE_EXPECTED;
}

/** lb_tuple_fold() - Complete the key once the IPv6 addresses are known. */
static inline void lb_tuple_fold(struct lb_tuple *t)
{
	t->saddr = lb_fold6(&t->saddr6);
	t->daddr = lb_fold6(&t->daddr6);
	t->ipv6 = 1;
}

/** lb_tuple_invert() - The tuple of the opposite direction. */
static inline void lb_tuple_invert(struct lb_tuple *inv,
				   const struct lb_tuple *t)
{
	inv->key = t->key;
	inv->saddr = t->daddr;
	inv->daddr = t->saddr;
	inv->sport = t->dport;
	inv->dport = t->sport;
	if (t->ipv6) {
		inv->saddr6 = t->daddr6;
		inv->daddr6 = t->saddr6;
	}
}

/** lb_tuple_saddr() - The source address of either family. */
static inline union lb_addr lb_tuple_saddr(const struct lb_tuple *t)
{
	union lb_addr addr = {};

	if (t->ipv6)
		addr.ip6 = t->saddr6;
	else
		addr.ip = t->saddr;
	return addr;
}

/** lb_tuple_daddr() - The destination address of either family. */
static inline union lb_addr lb_tuple_daddr(const struct lb_tuple *t)
{
	union lb_addr addr = {};

	if (t->ipv6)
		addr.ip6 = t->daddr6;
	else
		addr.ip = t->daddr;
	return addr;
}

/** lb_pkt_init() - Begin with a packet; what is not set here, is later. */
static inline void lb_pkt_init(struct lb_pkt *pkt, struct sk_buff *skb,
			       struct lb_net *lbn, u8 hook, bool ipv6)
{
	pkt->skb = skb;
	pkt->lbn = lbn;
	pkt->net = lbn->net;
	pkt->hook = hook;
	pkt->ipv6 = ipv6;
	pkt->tcp_flags = 0;
	memset(&pkt->tuple.key, 0, sizeof(pkt->tuple.key));
}

/** lb_pkt_header_len() - Bytes of the IP header without any options. */
static inline unsigned int lb_pkt_header_len(const struct lb_pkt *pkt)
{
	return pkt->ipv6 ? sizeof(struct ipv6hdr) : sizeof(struct iphdr);
}

/**
 * lb_pkt_is_partial() - Is its checksum left to a device to complete?
 * @pkt: Packet.
 *
 * Its own, not that of a packet inside, which is no business of ours.
 */
static inline bool lb_pkt_is_partial(const struct lb_pkt *pkt)
{
	return pkt->skb->ip_summed == CHECKSUM_PARTIAL &&
	       likely(skb_checksum_start_offset(pkt->skb) == (int)pkt->l4);
}

/**
 * lb_pkt_set_balanced() - Tell rules, and ip_vs, that a packet was balanced.
 * @skb: Packet that somebody else may see from now on.
 */
static inline void lb_pkt_set_balanced(struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_IP_VS)
	skb->ipvs_property = 1;
#endif
}

/** lb_pkt_ttl() - Time to live, or hop limit. */
static inline u8 lb_pkt_ttl(const struct lb_pkt *pkt)
{
	return pkt->ipv6 ? ipv6_hdr(pkt->skb)->hop_limit :
			   ip_hdr(pkt->skb)->ttl;
}

enum lb_verdict lb_pkt_parse(struct lb_pkt *pkt);
enum lb_verdict lb_pkt_drop(const struct lb_pkt *pkt, enum lb_drop reason);
enum lb_verdict lb_pkt_expire(const struct lb_pkt *pkt, enum lb_drop reason);
enum lb_verdict lb_pkt_decrease_ttl(const struct lb_pkt *pkt);
bool lb_pkt_enter_gue(struct lb_pkt *pkt);
__sum16 lb_pkt_icmp_check(const struct lb_pkt *pkt);
bool lb_pkt_icmp_intact(const struct lb_pkt *pkt);

#ifdef LB_DEBUG
int lb_pkt_selftest(void);
#endif

#endif /* _LB_PKT_H */
