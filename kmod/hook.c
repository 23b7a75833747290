// SPDX-License-Identifier: GPL-2.0-only
/* The classic path of a packet, at the netfilter hooks. */

#include <linux/export.h>
#include <linux/if_arp.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/netfilter_ipv6.h>
#include <linux/percpu.h>
#include <linux/sched.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "conn.h"
#include "ct.h"
#include "dest.h"
#include "fast.h"
#include "foreign.h"
#include "frag.h"
#include "hook.h"
#include "icmp.h"
#include "icmp_related.h"
#include "persist.h"
#include "pkt.h"
#include "proto.h"
#include "schedule.h"
#include "space.h"
#include "svc.h"
#include "tunnel.h"
#include "way.h"
#include "xmit.h"

/* Replies of DR and TUN are not in the table: when they do pass us, they are
 * the inverse of the request. They come by FORWARD, or are made here.
 */
static struct lb_conn *find_conn(struct lb_pkt *pkt, enum lb_dir *dir)
{
	const struct lb_conn_table *table = pkt->lbn->conns;
	struct lb_tuple inverse __uninitialized;
	struct lb_conn *conn;

	pkt->hash = lb_conn_hash(table, &pkt->tuple);
	conn = lb_conn_find(table, &pkt->tuple, pkt->hash, dir);
	if (conn || pkt->hook == NF_INET_LOCAL_IN)
		return conn;

	lb_tuple_invert(&inverse, &pkt->tuple);
	conn = lb_conn_find(table, &inverse, lb_conn_hash(table, &inverse),
			    dir);
	if (!conn || *dir != LB_DIR_ORIG || conn->forward == LB_FORWARD_NAT)
		return NULL;
	*dir = LB_DIR_REPLY;
	return conn;
}

static bool has_way(const struct lb_pkt *pkt, struct lb_conn *conn,
		    enum lb_dir dir)
{
	u32 serial = READ_ONCE(*lb_conn_way(conn, dir));
	u8 tos = pkt->ipv6 ? 0 : ip_hdr(pkt->skb)->tos;

	return lb_way_is_open(lb_way_find(pkt->lbn, serial), pkt->lbn,
			      pkt->skb->dev, tos, pkt->ipv6);
}

static bool is_for_us(const struct lb_pkt *pkt, const struct lb_conn *conn,
		      enum lb_dir dir)
{
	const struct lb_route *route;

	route = lb_dest_current_route(conn->dest, pkt->net);
	return dir == LB_DIR_ORIG && route && route->local;
}

static bool is_fast(const struct lb_pkt *pkt)
{
	return READ_ONCE(pkt->lbn->fast) & (pkt->ipv6 ? LB_IPV6 : LB_IPV4);
}

/* Must others see a packet that leaves by a tunnel of the other family? */
static bool is_foreign(const struct lb_pkt *pkt, const struct lb_conn *conn,
		       enum lb_dir dir)
{
	bool ipv6 = lb_dest_is_ipv6(conn->dest);

	return dir == LB_DIR_ORIG && ipv6 != pkt->ipv6 &&
	       READ_ONCE(pkt->lbn->fastpath) != LB_FASTPATH_ON &&
	       lb_foreign_out(pkt->net, ipv6);
}

/* Control connections of FTP, of which all must be seen, have none. */
static bool has_fast_path(const struct lb_pkt *pkt, const struct lb_conn *conn)
{
	return pkt->kind == LB_KIND_DATA && !pkt->bare && !conn->ext &&
	       pkt->tuple.proto != IPPROTO_SCTP;
}

static noinline enum lb_path path_of_odd(const struct lb_pkt *pkt,
					 struct lb_conn *conn, enum lb_dir dir)
{
	if (is_foreign(pkt, conn, dir))
		return LB_PATH_FOREIGN_HOOK;
	if (pkt->kind != LB_KIND_DATA)
		return LB_PATH_ICMP;
	if (!has_fast_path(pkt, conn))
		return LB_PATH_PROTOCOL;
	if (pkt->ipv6 ? IP6CB(pkt->skb)->frag_max_size :
			IPCB(pkt->skb)->frag_max_size)
		return LB_PATH_FRAGMENT;
	if (pkt->l4 > lb_pkt_header_len(pkt))
		return LB_PATH_OPTIONS;
	if (pkt->tcp_flags & LB_TCP_TURNS)
		return LB_PATH_STATE;
	if (is_for_us(pkt, conn, dir))
		return LB_PATH_LOCAL;
	return has_way(pkt, conn, dir) ? LB_PATH_OTHER : LB_PATH_WAY;
}

/* Why a packet is here and was not taken at ingress. Where that has one reason
 * for all, it is found first.
 */
static enum lb_path path_of(const struct lb_pkt *pkt, struct lb_conn *conn,
			    enum lb_dir dir)
{
	if (READ_ONCE(pkt->lbn->fastpath) == LB_FASTPATH_OFF)
		return LB_PATH_OFF;
	if (pkt->hook == NF_INET_LOCAL_OUT)
		return LB_PATH_LOCAL;
	if (!is_fast(pkt))
		return LB_PATH_FOREIGN_HOOK;
	return path_of_odd(pkt, conn, dir);
}

/* Connections of which the fast path does not know what becomes. */
static bool is_slow(const struct lb_pkt *pkt, const struct lb_conn *conn)
{
	return conn->tracked || lb_dest_policy(conn->dest).mtu ||
	       lb_tunnel_df(pkt->lbn, conn) != LB_TUNNEL_DF_INHERIT;
}

/* The stack accepted the packet; the connection learns its way. */
static noinline void note_way(const struct lb_pkt *pkt, struct lb_conn *conn,
			      enum lb_dir dir)
{
	if (!has_fast_path(pkt, conn) || is_slow(pkt, conn))
		return;
	if (dir == LB_DIR_ORIG && pkt->hook == NF_INET_LOCAL_IN)
		lb_way_learn(pkt->lbn, &conn->way, pkt->skb, false,
			     pkt->ipv6);
	if (dir == LB_DIR_REPLY && pkt->hook == NF_INET_FORWARD &&
	    conn->forward == LB_FORWARD_NAT)
		lb_way_learn(pkt->lbn, &conn->reply_way, pkt->skb, true,
			     pkt->ipv6);
}

static __always_inline void learn_way(const struct lb_pkt *pkt,
				      struct lb_conn *conn, enum lb_dir dir)
{
	if (is_fast(pkt))
		note_way(pkt, conn, dir);
}

/* A connection begins in the state that its first packet leads to. */
static enum lb_verdict take_request(const struct lb_pkt *pkt,
				    struct lb_conn *conn, bool first)
{
	lb_stats_in(&conn->dest->meter, pkt->skb->len);
	if (pkt->kind == LB_KIND_ICMP)
		return lb_icmp_related(pkt, conn, LB_DIR_ORIG);
	learn_way(pkt, conn, LB_DIR_ORIG);
	if (!first)
		lb_proto_update(conn, pkt, LB_DIR_ORIG);
	return lb_xmit_request(pkt, conn);
}

static enum lb_verdict take_reply(const struct lb_pkt *pkt,
				  struct lb_conn *conn)
{
	lb_stats_out(&conn->dest->meter, pkt->skb->len);
	lb_stats_path(pkt->lbn, path_of(pkt, conn, LB_DIR_REPLY));
	if (pkt->kind == LB_KIND_ICMP)
		return lb_icmp_related(pkt, conn, LB_DIR_REPLY);
	learn_way(pkt, conn, LB_DIR_REPLY);
	lb_proto_update(conn, pkt, LB_DIR_REPLY);
	return lb_xmit_reply(pkt, conn);
}

static bool is_unicast(const struct lb_pkt *pkt)
{
	if (pkt->ipv6)
		return !ipv6_addr_is_multicast(&pkt->tuple.daddr6);
	return !ipv4_is_multicast(pkt->tuple.daddr) &&
	       !ipv4_is_lbcast(pkt->tuple.daddr);
}

/* Did a real server send it for a connection that is no more? */
static bool is_lost(const struct lb_pkt *pkt)
{
	return pkt->kind == LB_KIND_DATA && !pkt->bare && is_unicast(pkt) &&
	       !lb_proto_resets(pkt) &&
	       lb_dest_sender(pkt->lbn, &pkt->tuple, NULL);
}

static enum lb_verdict refuse_lost(const struct lb_pkt *pkt)
{
	if (!lb_route_admits(pkt))
		return lb_pkt_drop(pkt, LB_DROP_POLICY);
	return lb_icmp_refuse(pkt, LB_UNREACH_PORT, LB_DROP_NO_CONN);
}

static bool may_open(const struct lb_pkt *pkt)
{
	if (pkt->kind == LB_KIND_ICMP)
		return !pkt->bare &&
		       lb_setting(pkt->lbn, LB_A_CONFIG_SCHEDULE_ICMP);
	return pkt->kind == LB_KIND_DATA && pkt->hook != NF_INET_FORWARD &&
	       lb_proto_opens(pkt);
}

static bool is_passing(const struct lb_pkt *pkt)
{
	return pkt->hook != NF_INET_LOCAL_IN || pkt->bare ||
	       !lb_setting(pkt->lbn, LB_A_CONFIG_CACHE_BYPASS);
}

static enum lb_verdict open_conn(const struct lb_pkt *pkt)
{
	enum lb_verdict verdict;
	struct lb_conn *conn;
	bool made;

	if (unlikely(READ_ONCE(pkt->lbn->num_sip)) &&
	    pkt->hook != NF_INET_LOCAL_IN && is_unicast(pkt)) {
		verdict = lb_schedule_outward(pkt);
		if (verdict != LB_NEXT)
			return verdict;
	}
	if (lb_setting(pkt->lbn, LB_A_CONFIG_NAT_ICMP_SEND) && is_lost(pkt))
		return refuse_lost(pkt);
	if (!may_open(pkt))
		return is_passing(pkt) ? LB_PASS : lb_schedule_bypass(pkt);
	if (pkt->kind == LB_KIND_ICMP && !lb_pkt_icmp_intact(pkt))
		return lb_pkt_drop(pkt, LB_DROP_ICMP);
	verdict = lb_schedule(pkt, &conn, &made);
	if (verdict != LB_NEXT)
		return verdict;
	lb_stats_path(pkt->lbn, made ? LB_PATH_NEW :
				       path_of(pkt, conn, LB_DIR_ORIG));
	return take_request(pkt, conn, made);
}

/* End the connection, and treat the packet as the first of a new one; but if
 * connection tracking took it for one of the old, drop it: it will be repeated.
 */
static enum lb_verdict open_anew(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	bool old = conn->tracked && lb_ct_is_old(pkt->skb);

	if (lb_proto_is_forsaken(conn))
		lb_persist_forget(pkt->lbn, conn);
	lb_conn_kill(pkt->lbn->conns, conn);
	return old ? lb_pkt_drop(pkt, LB_DROP_TRACKED) : open_conn(pkt);
}

static enum lb_verdict lost_dest(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	if (lb_setting(pkt->lbn, LB_A_CONFIG_EXPIRE_NODEST_CONN))
		return open_anew(pkt, conn);
	if (pkt->kind == LB_KIND_DATA)
		lb_proto_unserved(conn, pkt);
	return lb_pkt_drop(pkt, LB_DROP_DEST_GONE);
}

/* A connection that was done may begin again in its own place. */
static void resume(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	if (conn->persistent && !READ_ONCE(conn->template) &&
	    lb_dest_is_available(conn->dest))
		lb_schedule_resume(pkt, conn);
}

static enum lb_verdict walk(struct lb_pkt *pkt)
{
	enum lb_verdict verdict = lb_pkt_parse(pkt);
	struct lb_conn *conn;
	enum lb_dir dir;

	if (verdict != LB_NEXT)
		return verdict;
	conn = find_conn(pkt, &dir);
	if (!conn && pkt->kind == LB_KIND_ICMP && lb_pkt_enter_gue(pkt))
		conn = find_conn(pkt, &dir);
	if (!conn)
		return open_conn(pkt);
	if (!lb_route_admits(pkt))
		return lb_pkt_drop(pkt, LB_DROP_POLICY);
	if (pkt->kind == LB_KIND_TUNNEL)
		return lb_icmp_tunnel(pkt, conn);
	if (dir == LB_DIR_REPLY)
		return take_reply(pkt, conn);
	/* A client's packet that is only passing has no service here. */
	if (pkt->hook == NF_INET_FORWARD && pkt->kind == LB_KIND_DATA)
		return LB_PASS;
	if (unlikely(lb_proto_may_begin(pkt)) && pkt->kind == LB_KIND_DATA) {
		if (lb_proto_reopens(conn, pkt))
			return open_anew(pkt, conn);
		resume(pkt, conn);
	}
	if (!lb_dest_is_available(conn->dest))
		return lost_dest(pkt, conn);
	lb_stats_path(pkt->lbn, path_of(pkt, conn, LB_DIR_ORIG));
	return take_request(pkt, conn, false);
}

static unsigned int hook(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	bool bh = !in_softirq();
	enum lb_verdict verdict;
	struct lb_pkt pkt __uninitialized;

	lb_pkt_init(&pkt, skb, priv, state->hook, state->pf == NFPROTO_IPV6);
	/* What was made here, or comes back from a queue in user space. */
	if (bh)
		local_bh_disable();
	verdict = walk(&pkt);
	if (bh)
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

/* What came over the loopback device was seen when it was sent; what came in a
 * tunnel was perhaps balanced by another director, for us as its real server.
 */
static noinline bool is_seen(const struct net_device *dev,
			     const struct lb_net *lbn)
{
	return dev->flags & IFF_LOOPBACK ||
	       (lb_setting(lbn, LB_A_CONFIG_IGNORE_TUNNELED) &&
		lb_tunnel_is_device(dev));
}

static unsigned int local_in(void *priv, struct sk_buff *skb,
			     const struct nf_hook_state *state)
{
	if (skb->pkt_type != PACKET_HOST)
		return NF_ACCEPT;
	if (unlikely(skb->dev->type != ARPHRD_ETHER) &&
	    is_seen(skb->dev, priv))
		return NF_ACCEPT;
	return hook(priv, skb, state);
}

/* Who is about to balance a packet of this host, on this CPU: with PREEMPT_RT
 * there may be several.
 */
static DEFINE_PER_CPU(struct task_struct *, sender);

/* Only locally generated packets: what was received and is sent on by lb
 * passes this hook, too, and must not be balanced again. Nor must what lb is
 * sending now: a tunnel's packet may itself belong to a service, and so on
 * without end.
 */
static unsigned int local_out(void *priv, struct sk_buff *skb,
			      const struct nf_hook_state *state)
{
	unsigned int verdict = NF_ACCEPT;
	struct task_struct *before;

	if (skb->skb_iif)
		return NF_ACCEPT;
	local_bh_disable();
	before = this_cpu_read(sender);
	if (likely(before != current)) {
		this_cpu_write(sender, current);
		verdict = hook(priv, skb, state);
		this_cpu_write(sender, before);
	}
	local_bh_enable();
	return verdict;
}

#define HOOK(family, fn, place, when)	\
	{				\
		.hook = (fn),		\
		.pf = (family),		\
		.hooknum = (place),	\
		.priority = (when),	\
	}

/* Requests after the filter chain, so that every rule sees them first. */
static const struct nf_hook_ops hooks4[LB_HOOKS] = {
	HOOK(NFPROTO_IPV4, local_in, NF_INET_LOCAL_IN, NF_IP_PRI_NAT_SRC - 2),
	HOOK(NFPROTO_IPV4, local_out, NF_INET_LOCAL_OUT,
	     NF_IP_PRI_NAT_DST + 1),
	HOOK(NFPROTO_IPV4, hook, NF_INET_FORWARD, NF_IP_PRI_NAT_SRC - 1),
};

static const struct nf_hook_ops hooks6[LB_HOOKS] = {
	HOOK(NFPROTO_IPV6, local_in, NF_INET_LOCAL_IN, NF_IP6_PRI_NAT_SRC - 2),
	HOOK(NFPROTO_IPV6, local_out, NF_INET_LOCAL_OUT,
	     NF_IP6_PRI_NAT_DST + 1),
	HOOK(NFPROTO_IPV6, hook, NF_INET_FORWARD, NF_IP6_PRI_NAT_SRC - 1),
};

static struct nf_hook_ops *hooks_of(struct lb_net *lbn, u8 bit)
{
	return bit == LB_IPV6 ? lbn->hooks6 : lbn->hooks4;
}

static int enable_family(struct lb_net *lbn, u8 bit)
{
	int err = 0;

	if (lbn->hooked & bit)
		return 0;
	if (!lbn->rests)
		err = nf_register_net_hooks(lbn->net, hooks_of(lbn, bit),
					    LB_HOOKS);
	if (!err)
		lbn->hooked |= bit;
	return err;
}

/**
 * lb_hook_enable() - See packets; before services are added that need them.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @families: Of the service and of its real servers.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_hook_enable(struct lb_net *lbn, u8 families)
{
	u8 before = lbn->hooked;
	int err;
	u8 bit;

	lockdep_assert_held(&lbn->cfg_lock);
	err = lb_space_open(lbn);
	for (bit = LB_IPV4; bit <= LB_IPV6 && !err; bit <<= 1)
		if (families & bit)
			err = enable_family(lbn, bit);

	if (lbn->hooked != before) {
		lb_fast_update(lbn);
		queue_delayed_work(system_unbound_wq, &lbn->tick, HZ);
	}
	return err;
}
EXPORT_SYMBOL_LB(lb_hook_enable);

static void unregister(struct lb_net *lbn, u8 families)
{
	if (families & LB_IPV4)
		nf_unregister_net_hooks(lbn->net, lbn->hooks4, LB_HOOKS);
	if (families & LB_IPV6)
		nf_unregister_net_hooks(lbn->net, lbn->hooks6, LB_HOOKS);
}

static void disable(struct lb_net *lbn)
{
	u8 hooked;

	lockdep_assert_held(&lbn->cfg_lock);
	hooked = lbn->rests ? 0 : lbn->hooked;
	lbn->hooked = 0;
	lb_fast_update(lbn);
	unregister(lbn, hooked);
	lb_frag_forget(lbn);
}

static void rest(struct lb_net *lbn)
{
	lbn->rests = true;
	lb_fast_update(lbn);
	unregister(lbn, lbn->hooked);
}

/* What cannot be registered now, the tick tries again. */
static void go_on(struct lb_net *lbn)
{
	u8 hooked = lbn->hooked;
	int err = 0;
	u8 bit;

	lbn->rests = false;
	lbn->hooked = 0;
	for (bit = LB_IPV4; bit <= LB_IPV6 && !err; bit <<= 1)
		if (hooked & bit)
			err = enable_family(lbn, bit);
	if (err) {
		unregister(lbn, lbn->hooked);
		lbn->rests = true;
		lbn->hooked = hooked;
	}
	lb_fast_update(lbn);
}

/**
 * lb_hook_update() - Let packets pass, or see them again, as backup_only says.
 * @lbn: Namespace; the caller holds cfg_lock.
 */
void lb_hook_update(struct lb_net *lbn)
{
	bool rests = lbn->backup && lb_setting(lbn, LB_A_CONFIG_BACKUP_ONLY);

	lockdep_assert_held(&lbn->cfg_lock);
	if (rests && !lbn->rests)
		rest(lbn);
	else if (!rests && lbn->rests)
		go_on(lbn);
}

/**
 * lb_hook_set_backup() - Is this a backup of another director?
 * @lbn: Namespace; the caller holds cfg_lock.
 * @backup: A daemon runs that hears of connections.
 */
void lb_hook_set_backup(struct lb_net *lbn, bool backup)
{
	lbn->backup = backup;
	lb_hook_update(lbn);
}
EXPORT_SYMBOL_LB(lb_hook_set_backup);

/**
 * lb_hook_set_fastpath() - When shall connections take the fast path?
 * @lbn: Namespace; the caller holds cfg_lock.
 * @fastpath: enum lb_fastpath.
 */
void lb_hook_set_fastpath(struct lb_net *lbn, u8 fastpath)
{
	lockdep_assert_held(&lbn->cfg_lock);
	WRITE_ONCE(lbn->fastpath, fastpath);
	lb_fast_update(lbn);
}

/* The hooks outlive the last service for as long as there are connections:
 * without them the stack would answer the clients' packets with resets, and
 * the service could not be restored with its connections.
 */
static void tick(struct work_struct *work)
{
	struct lb_net *lbn = container_of(to_delayed_work(work), struct lb_net,
					  tick);
	bool reaped;

	mutex_lock(&lbn->cfg_lock);
	lb_hook_update(lbn);
	lb_fast_update(lbn);
	if (xchg(&lbn->device_went, false))
		lb_svc_forget_routes(lbn);
	reaped = lb_dest_reap(lbn);
	if (!reaped && lb_setting(lbn, LB_A_CONFIG_EXPIRE_NODEST_CONN))
		lb_conn_flush_gone(lbn->conns, true);
	if (reaped && !lbn->num_svcs && !lb_conn_count(lbn->conns))
		disable(lbn);
	else
		queue_delayed_work(system_unbound_wq, &lbn->tick, HZ);
	mutex_unlock(&lbn->cfg_lock);
}

/**
 * lb_hook_init() - Prepare a namespace.
 * @lbn: Namespace.
 *
 * Each has hooks of its own, which say whose they are.
 */
void lb_hook_init(struct lb_net *lbn)
{
	int i;

	memcpy(lbn->hooks4, hooks4, sizeof(hooks4));
	memcpy(lbn->hooks6, hooks6, sizeof(hooks6));
	for (i = 0; i < LB_HOOKS; i++) {
		lbn->hooks4[i].priv = lbn;
		lbn->hooks6[i].priv = lbn;
	}
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
