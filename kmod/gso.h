/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of the offloads, each of which stands for several. */
#ifndef _LB_GSO_H
#define _LB_GSO_H

#include <linux/skbuff.h>

#include "pkt.h"

/* What may be wrapped as it is, to be cut behind the tunnel's header. All of
 * them are known, and say nothing about headers before those of TCP and UDP.
 */
#define LB_GSO_PLAIN							\
	(SKB_GSO_TCPV4 | SKB_GSO_TCPV6 | SKB_GSO_UDP_L4 |		\
	 SKB_GSO_DODGY | SKB_GSO_TCP_ECN | SKB_GSO_TCP_ACCECN |	\
	 SKB_GSO_TCP_FIXEDID)

enum lb_verdict lb_gso_settle_kind(const struct lb_pkt *pkt);

/**
 * lb_gso_settle() - Make of a packet what may be changed and sent on.
 * @pkt: Packet of kind LB_KIND_DATA or LB_KIND_ICMP.
 *
 * Pointers into the packet are void afterwards, offsets are not.
 *
 * Return: LB_NEXT, or LB_DROP if there is no memory.
 */
static inline enum lb_verdict lb_gso_settle(const struct lb_pkt *pkt)
{
	if (likely(!skb_is_gso(pkt->skb)))
		return LB_NEXT;
	return lb_gso_settle_kind(pkt);
}

/**
 * lb_gso_is_plain() - May a packet be wrapped as it is?
 * @skb: Packet.
 *
 * There is room for the offsets of one tunnel, so what is in one already must
 * be cut before it gets another. So must SCTP, for a tunnel's checksum.
 */
static inline bool lb_gso_is_plain(const struct sk_buff *skb)
{
	return !skb_is_gso(skb) ||
	       (!skb->encapsulation &&
		!(skb_shinfo(skb)->gso_type & ~LB_GSO_PLAIN));
}

struct sk_buff *lb_gso_cut(struct sk_buff *skb);

#ifdef LB_DEBUG
int lb_gso_selftest(void);
#endif

#endif /* _LB_GSO_H */
