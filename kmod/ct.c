// SPDX-License-Identifier: GPL-2.0-only
/* Connection tracking: let it know what becomes of balanced connections.
 *
 * lb does not depend on its module. What is needed of that is looked up when a
 * namespace asks for it first, and kept.
 */

#include <linux/module.h>
#include <linux/netfilter.h>
#include <net/netfilter/nf_conntrack.h>
#include <net/netfilter/nf_conntrack_core.h>
#include <net/netfilter/nf_conntrack_helper.h>
#include <net/netfilter/nf_conntrack_zones.h>

#include "ct.h"
#include "conn_dir.h"

#if IS_ENABLED(CONFIG_NF_CONNTRACK)
static typeof(nf_conntrack_find_get) *find_get;
static typeof(nf_ct_helper_ext_add) *add_helper;
static typeof(nf_ct_delete) *delete;
static DEFINE_MUTEX(load_lock);

/**
 * lb_ct_load() - Connection tracking will be needed.
 *
 * Context: process. Return: 0, or -EOPNOTSUPP if there is none.
 */
int lb_ct_load(void)
{
	int err = 0;

	mutex_lock(&load_lock);
	if (!find_get)
		find_get = symbol_request(nf_conntrack_find_get);
	if (find_get && !add_helper)
		add_helper = symbol_get(nf_ct_helper_ext_add);
	if (add_helper && !delete)
		WRITE_ONCE(delete, symbol_get(nf_ct_delete));
	if (!delete)
		err = -EOPNOTSUPP;
	mutex_unlock(&load_lock);
	return err;
}

/** lb_ct_unload() - It is not needed any more; no connections are left. */
void lb_ct_unload(void)
{
	if (find_get)
		symbol_put(nf_conntrack_find_get);
	if (add_helper)
		symbol_put(nf_ct_helper_ext_add);
	if (delete)
		symbol_put(nf_ct_delete);
}

/* Flow tables carry packets past us as soon as they know both routes of an
 * entry, and would do so without our translation. They leave to the stack what
 * has a helper that must see all packets; here, it is one that does nothing, as
 * of an entry whose helper was unloaded. Without memory there is none.
 */
static void keep_off_flow_tables(struct nf_conn *ct)
{
	if (!nf_ct_ext_exist(ct, NF_CT_EXT_HELPER))
		add_helper(ct, GFP_ATOMIC);
}

/* The client's entry is complete; the outer packet will have its own, as its
 * protocol is another.
 */
static void leave_tunnel(struct sk_buff *skb)
{
	const struct nf_ct_hook *hook = rcu_dereference(nf_ct_hook);

	if (hook && !lb_ct_is_old(skb))
		hook->confirm(skb);
	nf_reset_ct(skb);
}

/* The entry gets what the packets to the real server get. */
static void set_mark(struct nf_conn *ct, const struct lb_dest *dest)
{
#ifdef CONFIG_NF_CONNTRACK_MARK
	u32 old = READ_ONCE(ct->mark);
	u32 mark = lb_dest_mark(dest, LB_DIR_ORIG, old);

	if (mark != old)
		WRITE_ONCE(ct->mark, mark);
#endif
}

static union nf_inet_addr to_inet(const union lb_addr *addr)
{
	return (union nf_inet_addr){ .in6 = addr->ip6 };
}

/**
 * lb_ct_follow() - Tell what a packet of a tracked connection became.
 * @pkt: Packet that connection tracking has seen.
 * @conn: Its connection.
 * @dir: Direction in which it goes.
 *
 * The entry is still this packet's own: it is to expect the real server's
 * packets, or if the server spoke first, the client's.
 *
 * Context: under RCU.
 */
void lb_ct_follow(const struct lb_pkt *pkt, const struct lb_conn *conn,
		  enum lb_dir dir)
{
	struct nf_conntrack_tuple *expected;
	enum ip_conntrack_info info;
	union lb_addr virtual;
	struct nf_conn *ct;

	ct = nf_ct_get(pkt->skb, &info);
	if (!nf_ct_is_confirmed(ct))
		keep_off_flow_tables(ct);
	set_mark(ct, conn->dest);
	if (conn->forward == LB_FORWARD_TUN)
		return leave_tunnel(pkt->skb);
	if (conn->forward != LB_FORWARD_NAT || pkt->kind != LB_KIND_DATA ||
	    pkt->bare || nf_ct_is_confirmed(ct) ||
	    CTINFO2DIR(info) != IP_CT_DIR_ORIGINAL)
		return;

	expected = &ct->tuplehash[IP_CT_DIR_REPLY].tuple;
	if (dir == LB_DIR_ORIG) {
		expected->src.u3 = to_inet(&conn->dest->key.addr);
		expected->src.u.all = conn->dport;
	} else {
		virtual = lb_conn_virtual(conn);
		expected->dst.u3 = to_inet(&virtual);
		expected->dst.u.all = conn->orig.key.dport;
	}
}

/**
 * lb_ct_kill() - A tracked connection ended.
 * @net: Namespace.
 * @conn: Connection.
 *
 * Context: bottom halves off.
 */
void lb_ct_kill(struct net *net, const struct lb_conn *conn)
{
	const union lb_addr client = lb_conn_client(conn);
	const union lb_addr virtual = lb_conn_virtual(conn);
	struct nf_conntrack_tuple_hash *found;
	struct nf_conntrack_tuple tuple = {};
	struct nf_conn *ct;

	tuple.src.l3num = conn->orig.key.ipv6 ? NFPROTO_IPV6 : NFPROTO_IPV4;
	tuple.src.u3 = to_inet(&client);
	tuple.src.u.all = conn->orig.key.sport;
	tuple.dst.u3 = to_inet(&virtual);
	tuple.dst.u.all = conn->orig.key.dport;
	tuple.dst.protonum = conn->orig.key.proto;
	found = find_get(net, &nf_ct_zone_dflt, &tuple);
	if (!found)
		return;
	ct = nf_ct_tuplehash_to_ctrack(found);
	delete(ct, 0, 0);
	nf_conntrack_put(&ct->ct_general);
}
#endif
