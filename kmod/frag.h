/* SPDX-License-Identifier: GPL-2.0-only */
/* Fragments: whose are put together, and how. */
#ifndef _LB_FRAG_H
#define _LB_FRAG_H

#include "lb.h"

struct sk_buff;

void lb_frag_expect(struct lb_net *lbn, const union lb_addr *addr);
void lb_frag_forget(struct lb_net *lbn);
bool lb_frag_is_ours(const struct lb_net *lbn, const struct sk_buff *skb,
		     u8 hook, bool ipv6);
int lb_frag_gather(struct lb_net *lbn, struct sk_buff *skb, u8 hook, bool ipv6);

#endif /* _LB_FRAG_H */
