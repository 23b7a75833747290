/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP errors that we send. */
#ifndef _LB_ICMP_H
#define _LB_ICMP_H

#include "pkt.h"

/**
 * enum lb_unreachable - What a sender is told that it cannot reach.
 * @LB_UNREACH_PORT: There is nobody to take the connection.
 * @LB_UNREACH_HOST: There is no way to the one who has it.
 */
enum lb_unreachable {
	LB_UNREACH_PORT,
	LB_UNREACH_HOST,
};

void lb_icmp_send_unreachable(struct sk_buff *skb, bool ipv6,
			      enum lb_unreachable what);
void lb_icmp_send_too_big(struct sk_buff *skb, bool ipv6, u32 mtu);
enum lb_verdict lb_icmp_refuse(const struct lb_pkt *pkt,
			       enum lb_unreachable what, enum lb_drop reason);
enum lb_verdict lb_icmp_too_big(const struct lb_pkt *pkt, u32 mtu);

#endif /* _LB_ICMP_H */
