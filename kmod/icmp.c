// SPDX-License-Identifier: GPL-2.0-only
/* ICMP errors that we send. */

#include <linux/icmpv6.h>
#include <net/icmp.h>
#include <net/ipv6.h>

#include "icmp.h"

/**
 * lb_icmp_send_unreachable() - Tell the sender of a packet.
 * @skb: Packet.
 * @ipv6: Its family.
 * @what: What is unreachable.
 */
void lb_icmp_send_unreachable(struct sk_buff *skb, bool ipv6,
			      enum lb_unreachable what)
{
	bool port = what == LB_UNREACH_PORT;

	if (ipv6)
		icmpv6_send(skb, ICMPV6_DEST_UNREACH,
			    port ? ICMPV6_PORT_UNREACH : ICMPV6_ADDR_UNREACH,
			    0);
	else
		icmp_send(skb, ICMP_DEST_UNREACH,
			  port ? ICMP_PORT_UNREACH : ICMP_HOST_UNREACH, 0);
}

/**
 * lb_icmp_send_too_big() - Tell the sender of a packet what fits.
 * @skb: Packet.
 * @ipv6: Its family.
 * @mtu: The largest size.
 */
void lb_icmp_send_too_big(struct sk_buff *skb, bool ipv6, u32 mtu)
{
	if (ipv6)
		icmpv6_send(skb, ICMPV6_PKT_TOOBIG, 0, mtu);
	else
		icmp_send(skb, ICMP_DEST_UNREACH, ICMP_FRAG_NEEDED, htonl(mtu));
}

/* IPv6 answers only what came by a device, and this host's packets did not. */
static void set_device(const struct lb_pkt *pkt)
{
	if (pkt->ipv6 && !pkt->skb->dev)
		pkt->skb->dev = pkt->net->loopback_dev;
}

/**
 * lb_icmp_refuse() - Drop a packet and tell the sender (RFC 792, RFC 4443).
 * @pkt: Packet.
 * @what: What is unreachable.
 * @reason: Why it is dropped.
 *
 * Return: LB_DROP.
 */
enum lb_verdict lb_icmp_refuse(const struct lb_pkt *pkt,
			       enum lb_unreachable what, enum lb_drop reason)
{
	set_device(pkt);
	lb_icmp_send_unreachable(pkt->skb, pkt->ipv6, what);
	return lb_pkt_drop(pkt, reason);
}

/**
 * lb_icmp_too_big() - Drop a packet and tell the sender what fits (RFC 1191,
 * RFC 8201).
 * @pkt: Packet.
 * @mtu: The largest size.
 *
 * Return: LB_DROP.
 */
enum lb_verdict lb_icmp_too_big(const struct lb_pkt *pkt, u32 mtu)
{
	set_device(pkt);
	lb_icmp_send_too_big(pkt->skb, pkt->ipv6, mtu);
	return lb_pkt_drop(pkt, LB_DROP_TOO_BIG);
}
