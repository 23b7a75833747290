/* SPDX-License-Identifier: GPL-2.0-only */
/* Connection tracking: kept away, or let know. */
#ifndef _LB_CT_H
#define _LB_CT_H

#include <linux/skbuff.h>
#include <net/netfilter/nf_conntrack.h>

#include "conn.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
int lb_ct_load(void);
void lb_ct_unload(void);
void lb_ct_follow(const struct lb_pkt *pkt, const struct lb_conn *conn,
		  enum lb_dir dir);
void lb_ct_kill(struct net *net, const struct lb_conn *conn);
#else
static inline int lb_ct_load(void)
{
	return -EOPNOTSUPP;
}

static inline void lb_ct_unload(void) {}
static inline void lb_ct_follow(const struct lb_pkt *pkt,
				const struct lb_conn *conn, enum lb_dir dir) {}
static inline void lb_ct_kill(struct net *net, const struct lb_conn *conn) {}
#endif

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

/**
 * lb_ct_settle() - Let connection tracking know of a packet, or keep it away.
 * @pkt: Packet that was translated or wrapped; its offsets may be void.
 * @conn: Its connection.
 * @dir: Direction in which it goes.
 *
 * What it does not track so far, it shall not begin to in the middle.
 */
static inline void lb_ct_settle(const struct lb_pkt *pkt,
				const struct lb_conn *conn, enum lb_dir dir)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	if (likely(!skb_nfct(pkt->skb)))
		nf_ct_set(pkt->skb, NULL, IP_CT_UNTRACKED);
	else if (conn->tracked)
		lb_ct_follow(pkt, conn, dir);
	else
		lb_ct_untrack(pkt->skb);
#endif
}

/** lb_ct_is_old() - Does it take a packet for one of a connection it knows? */
static inline bool lb_ct_is_old(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	return ct && nf_ct_is_confirmed(ct);
#else
	return false;
#endif
}

/** lb_ct_may_masquerade() - Has a packet another source, or may it get one? */
static inline bool lb_ct_may_masquerade(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	enum ip_conntrack_info info;
	struct nf_conn *ct = nf_ct_get(skb, &info);

	return ct && (!nf_ct_is_confirmed(ct) || ct->status & IPS_SRC_NAT);
#else
	return false;
#endif
}

#endif /* _LB_CT_H */
