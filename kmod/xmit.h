/* SPDX-License-Identifier: GPL-2.0-only */
/* How packets leave: to the real server, and back to the client. */
#ifndef _LB_XMIT_H
#define _LB_XMIT_H

#include "conn.h"

bool lb_xmit_fits(const struct sk_buff *skb, u32 len, u32 mtu);
bool lb_xmit_direct(struct sk_buff *skb, struct dst_entry *dst, bool ipv6);
enum lb_verdict lb_xmit_request(const struct lb_pkt *pkt,
				struct lb_conn *conn);
enum lb_verdict lb_xmit_bypass(const struct lb_pkt *pkt);
enum lb_verdict lb_xmit_reply(const struct lb_pkt *pkt, struct lb_conn *conn);

#endif /* _LB_XMIT_H */
