// SPDX-License-Identifier: GPL-2.0-only
/* The classic walk of a packet, at the netfilter hooks. */

#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>

#include "conn.h"
#include "dest.h"
#include "hook.h"
#include "icmp.h"
#include "pkt.h"
#include "proto.h"
#include "schedule.h"
#include "xmit.h"

/* Replies of DR and TUN are not in the table: when they do pass us, they are
 * the inverse of the request. They come by FORWARD, or are made here.
 */
static struct lb_conn *find_conn(const struct lb_pkt *pkt, enum lb_dir *dir)
{
	struct lb_tuple4 inverse;
	struct lb_conn *conn;

	conn = lb_conn_find(pkt->lbn->conns, &pkt->tuple, dir);
	if (conn || pkt->hook == NF_INET_LOCAL_IN)
		return conn;

	lb_tuple_invert(&inverse, &pkt->tuple);
	conn = lb_conn_find(pkt->lbn->conns, &inverse, dir);
	if (!conn || *dir != LB_DIR_ORIG || conn->forward == LB_FORWARD_NAT)
		return NULL;
	*dir = LB_DIR_REPLY;
	return conn;
}

static enum lb_verdict take_request(const struct lb_pkt *pkt,
				    struct lb_conn *conn)
{
	if (!READ_ONCE(conn->dest->available))
		return lb_pkt_drop(pkt, LB_DROP_DEST_GONE);

	lb_stats_in(&conn->dest->meter, pkt->skb->len);
	if (pkt->kind == LB_KIND_ICMP)
		return lb_icmp_related(pkt, conn, LB_DIR_ORIG);
	lb_proto_update(conn, pkt, LB_DIR_ORIG);
	return lb_xmit_request(pkt, conn);
}

static enum lb_verdict take_reply(const struct lb_pkt *pkt,
				  struct lb_conn *conn)
{
	lb_stats_out(&conn->dest->meter, pkt->skb->len);
	if (pkt->kind == LB_KIND_ICMP)
		return lb_icmp_related(pkt, conn, LB_DIR_REPLY);
	lb_proto_update(conn, pkt, LB_DIR_REPLY);
	return lb_xmit_reply(pkt, conn);
}

static enum lb_verdict open_conn(const struct lb_pkt *pkt)
{
	enum lb_verdict verdict;
	struct lb_conn *conn;

	if (pkt->hook == NF_INET_FORWARD || pkt->kind != LB_KIND_DATA ||
	    !lb_proto_opens(pkt))
		return LB_PASS;
	verdict = lb_schedule(pkt, &conn);
	if (verdict != LB_NEXT)
		return verdict;
	return take_request(pkt, conn);
}

static enum lb_verdict walk(struct lb_pkt *pkt)
{
	enum lb_verdict verdict = lb_pkt_parse(pkt);
	struct lb_conn *conn;
	enum lb_dir dir;

	if (verdict != LB_NEXT)
		return verdict;
	conn = find_conn(pkt, &dir);
	if (!conn)
		return open_conn(pkt);
	if (pkt->kind == LB_KIND_TUNNEL)
		return lb_icmp_tunnel(pkt, conn);
	if (dir == LB_DIR_REPLY)
		return take_reply(pkt, conn);
	/* A client's packet that is only passing has no service here. */
	if (pkt->hook == NF_INET_FORWARD && pkt->kind == LB_KIND_DATA)
		return LB_PASS;
	if (pkt->kind == LB_KIND_DATA && lb_proto_reopens(conn, pkt)) {
		lb_conn_kill(pkt->lbn->conns, conn);
		return open_conn(pkt);
	}
	return take_request(pkt, conn);
}

static unsigned int hook(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	struct lb_pkt pkt = {
		.skb = skb,
		.lbn = lb_net_get(state->net),
		.net = state->net,
		.hook = state->hook,
	};
	enum lb_verdict verdict;

	/* A queue in user space brings packets back with bottom halves on. */
	local_bh_disable();
	verdict = walk(&pkt);
	local_bh_enable();

	switch (verdict) {
	case LB_DROP:
		return NF_DROP;
	case LB_STOLEN:
		return NF_STOLEN;
	default:
		return NF_ACCEPT;
	}
}

/* What came over the loopback device was seen when it was sent. */
static unsigned int local_in(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	if (skb->pkt_type != PACKET_HOST || skb->dev->flags & IFF_LOOPBACK)
		return NF_ACCEPT;
	return hook(priv, skb, state);
}

/* Only packets made here: what was received and is sent by us passes this hook,
 * too, and must not be balanced again.
 */
static unsigned int local_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	if (skb->skb_iif)
		return NF_ACCEPT;
	return hook(priv, skb, state);
}

/* Requests after the filter chain, so that every rule sees them first. */
static const struct nf_hook_ops hooks[] = {
	{
		.hook = local_in,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_IN,
		.priority = NF_IP_PRI_NAT_SRC - 2,
	},
	{
		.hook = local_out,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_LOCAL_OUT,
		.priority = NF_IP_PRI_NAT_DST + 1,
	},
	{
		.hook = hook,
		.pf = NFPROTO_IPV4,
		.hooknum = NF_INET_FORWARD,
		.priority = NF_IP_PRI_NAT_SRC - 1,
	},
};

/**
 * lb_hook_enable() - See packets; before the first service is added.
 * @lbn: Namespace; the caller holds cfg_lock.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_hook_enable(struct lb_net *lbn)
{
	int err;

	lockdep_assert_held(&lbn->cfg_lock);
	if (lbn->hooked)
		return 0;
	err = nf_register_net_hooks(lbn->net, hooks, ARRAY_SIZE(hooks));
	if (err)
		return err;

	lbn->hooked = true;
	queue_delayed_work(system_unbound_wq, &lbn->tick, HZ);
	return 0;
}

static void disable(struct lb_net *lbn)
{
	lockdep_assert_held(&lbn->cfg_lock);
	if (!lbn->hooked)
		return;
	nf_unregister_net_hooks(lbn->net, hooks, ARRAY_SIZE(hooks));
	lbn->hooked = false;
}

/* The hooks outlive the last service for as long as there are connections:
 * without them the stack would answer the clients' packets with resets, and
 * the service could not be restored with its connections.
 */
static void tick(struct work_struct *work)
{
	struct lb_net *lbn = container_of(to_delayed_work(work), struct lb_net,
					  tick);

	mutex_lock(&lbn->cfg_lock);
	if (lb_dest_reap(lbn) && !lbn->num_svcs && !lb_conn_count(lbn->conns))
		disable(lbn);
	else
		queue_delayed_work(system_unbound_wq, &lbn->tick, HZ);
	mutex_unlock(&lbn->cfg_lock);
}

/**
 * lb_hook_init() - Prepare a namespace.
 * @lbn: Namespace.
 */
void lb_hook_init(struct lb_net *lbn)
{
	INIT_DELAYED_WORK(&lbn->tick, tick);
}

/**
 * lb_hook_pre_exit() - See no more packets; a grace period follows.
 * @lbn: Namespace.
 */
void lb_hook_pre_exit(struct lb_net *lbn)
{
	mutex_lock(&lbn->cfg_lock);
	disable(lbn);
	mutex_unlock(&lbn->cfg_lock);
}

/**
 * lb_hook_exit() - Stop the tick.
 * @lbn: Namespace.
 */
void lb_hook_exit(struct lb_net *lbn)
{
	cancel_delayed_work_sync(&lbn->tick);
}
