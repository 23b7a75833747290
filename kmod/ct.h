/* SPDX-License-Identifier: GPL-2.0-only */
/* Connection tracking. */
#ifndef _LB_CT_H
#define _LB_CT_H

#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>

/**
 * lb_ct_untrack() - Keep connection tracking away from a packet.
 * @skb: Packet that is about to leave under other addresses or another way than
 *	connection tracking saw it come.
 *
 * An entry that was made for it and is not confirmed yet is freed with this.
 */
static inline void lb_ct_untrack(struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	if (!ct && info == IP_CT_UNTRACKED)
		return;
	if (ct)
		nf_conntrack_put(&ct->ct_general);
	nf_ct_set(skb, NULL, IP_CT_UNTRACKED);
#endif
}

#endif /* _LB_CT_H */
