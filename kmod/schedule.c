// SPDX-License-Identifier: GPL-2.0-only
/* The miss path: a new connection gets a real server. */

#include <linux/err.h>
#include <linux/in.h>

#include "defence.h"
#include "helper.h"
#include "icmp.h"
#include "persist.h"
#include "proto.h"
#include "schedule.h"
#include "svc.h"
#include "trace.h"
#include "xmit.h"

/**
 * struct choice - What is decided about a new connection.
 * @sched: The service's scheduler.
 * @dest: Real server.
 * @template: Template of the client, NULL without persistence.
 * @fresh: @template was made for this packet.
 * @clash: What the scheduler chose would clash, see pick_other().
 */
struct choice {
	struct lb_sched *sched;
	struct lb_dest *dest;
	struct lb_conn *template;
	bool fresh;
	bool clash;
};

/* With persistence, only a port that the service has itself is mapped. */
static __be16 port_at(const struct lb_dest *dest, const struct lb_svc *svc,
		      const struct lb_pkt *pkt)
{
	__be16 port = pkt->tuple.dport;

	if (READ_ONCE(svc->persist_timeout) && port != svc->key.port)
		return port;
	return dest->key.port ?: port;
}

/* Would the server get the same addresses and ports in two connections? */
static bool would_clash(const struct lb_svc *svc, const struct lb_pkt *pkt,
			const struct lb_dest *dest)
{
	const struct lb_conn_table *table = pkt->lbn->conns;
	struct lb_tuple t __uninitialized;
	struct lb_conn *old;
	enum lb_dir dir;

	if (READ_ONCE(dest->forward) != LB_FORWARD_NAT)
		return false;
	lb_tuple_invert(&t, &pkt->tuple);
	t.saddr = dest->key.addr.ip;
	t.sport = port_at(dest, svc, pkt);
	if (t.ipv6) {
		t.saddr6 = dest->key.addr.ip6;
		lb_tuple_fold(&t);
	}
	old = lb_conn_find(table, &t, lb_conn_hash(table, &t), &dir);
	return old && !lb_conn_is_over(old);
}

/* Of the servers with which there is no clash, the one with the least load. The
 * scheduler cannot be asked: most would choose the same one again.
 */
static noinline struct lb_dest *pick_other(const struct lb_svc *svc,
					   const struct lb_pkt *pkt,
					   const struct lb_sched *sched)
{
	struct lb_dest *dest, *least = NULL;

	list_for_each_entry_rcu(dest, sched->dests, list)
		if (lb_dest_is_usable(dest) &&
		    (!least || lb_sched_lc_is_less(dest, least)) &&
		    !would_clash(svc, pkt, dest))
			least = dest;
	return least;
}

/* See that there is a template, which may turn out to be of another server. */
static int persist(const struct lb_svc *svc, const struct lb_pkt *pkt,
		   struct choice *c)
{
	c->fresh = false;
	if (!c->template)
		c->template = lb_persist_create(svc, pkt, c->dest, &c->fresh);
	if (IS_ERR(c->template))
		return PTR_ERR(c->template);
	c->dest = c->template->dest;
	return 0;
}

static struct lb_dest *pick(const struct lb_svc *svc, const struct lb_pkt *pkt,
			    const struct choice *c)
{
	return unlikely(c->clash) ? pick_other(svc, pkt, c->sched) :
				    c->sched->ops->pick(c->sched, pkt);
}

static int choose(const struct lb_svc *svc, const struct lb_pkt *pkt,
		  struct choice *c)
{
	bool persistent = READ_ONCE(svc->persist_timeout);

	c->template = persistent ? lb_persist_find(svc, pkt) : NULL;
	c->dest = c->template ? c->template->dest : pick(svc, pkt, c);
	if (!c->dest)
		return -ENOENT;
	return persistent ? persist(svc, pkt, c) : 0;
}

/* May another choice help? The server may have been removed before there was a
 * reference on it; or the client's port is in use at it through another
 * service.
 */
static bool may_retry(const struct lb_pkt *pkt, struct choice *c, int err)
{
	if (err != -EEXIST)
		return err == -ESTALE;
	if (c->template && !c->fresh)
		return false;
	if (c->template)
		lb_conn_kill(pkt->lbn->conns, c->template);
	c->clash = true;
	return true;
}

/* There is a new connection. An error about another is none of the client. */
static void tell(const struct lb_svc *svc, const struct lb_pkt *pkt,
		 const struct choice *c, __be16 port)
{
	if (c->template && pkt->kind == LB_KIND_DATA)
		lb_persist_touch(svc, pkt, c->template);
	lb_stats_conn(&c->dest->meter);
	trace_lb_schedule(pkt->net, &pkt->tuple, &c->dest->key.addr, port,
			  lb_dest_is_ipv6(c->dest), c->sched->ops->name);
}

/* @made is false if another CPU was first, with a packet of the same. */
static struct lb_conn *create_conn(const struct lb_svc *svc,
				   const struct lb_pkt *pkt,
				   const struct choice *c, bool *made)
{
	struct lb_conn_cfg cfg = {
		.tuple = pkt->tuple,
		.hash = pkt->hash,
		.dest = c->dest,
		.template = c->template,
		.fwmark = svc->key.fwmark,
		.dport = port_at(c->dest, svc, pkt),
		.forward = READ_ONCE(c->dest->forward),
		.tracked = lb_setting(pkt->lbn, LB_A_CONFIG_CONNTRACK),
	};
	struct lb_conn *conn;

	lb_ftp_prepare(&cfg);
	cfg.state = lb_proto_first(pkt, cfg.forward);
	cfg.active = lb_proto_is_active(cfg.state);
	cfg.asks = pkt->kind == LB_KIND_DATA && lb_proto_asks(pkt);
	cfg.timeout = READ_ONCE(c->dest->timeout[cfg.state]);
	conn = lb_conn_create(pkt->lbn->conns, &cfg, made);
	if (IS_ERR(conn))
		return conn;
	/* The server may have been removed just before. */
	if (unlikely(!READ_ONCE(conn->dest->available))) {
		lb_conn_kill(pkt->lbn->conns, conn);
		return ERR_PTR(-ESTALE);
	}
	if (*made)
		tell(svc, pkt, c, cfg.dport);
	return conn;
}

static bool is_one_packet(const struct lb_svc *svc, const struct lb_pkt *pkt)
{
	return unlikely(READ_ONCE(svc->one_packet)) &&
	       pkt->tuple.proto == IPPROTO_UDP;
}

/* If only a template. */
static bool adds_to_table(const struct lb_svc *svc, const struct lb_pkt *pkt)
{
	return !is_one_packet(svc, pkt) || READ_ONCE(svc->persist_timeout);
}

/* One-packet scheduling: the connection is a local variable. The server's
 * answers belong to no connection, see lb_schedule_outward().
 */
static noinline enum lb_verdict send_once(const struct lb_svc *svc,
					  const struct lb_pkt *pkt,
					  const struct choice *c)
{
	struct lb_conn conn = {
		.orig.key = pkt->tuple.key,
		.dest = c->dest,
		.dport = port_at(c->dest, svc, pkt),
		.forward = READ_ONCE(c->dest->forward),
	};

	tell(svc, pkt, c, conn.dport);
	lb_stats_path(pkt->lbn, LB_PATH_NEW);
	lb_stats_in(&c->dest->meter, pkt->skb->len);
	return lb_xmit_request(pkt, &conn);
}

static enum lb_verdict give_up(const struct lb_pkt *pkt, int err)
{
	switch (err) {
	case -ENOMEM:
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	case -EACCES:
		return lb_pkt_drop(pkt, LB_DROP_POLICY);
	case -EEXIST:
		return lb_icmp_refuse(pkt, LB_UNREACH_PORT, LB_DROP_CLASH);
	default:
		return lb_icmp_refuse(pkt, LB_UNREACH_PORT, LB_DROP_NO_DEST);
	}
}

/* With cache_bypass, to where the client sent it. */
static bool is_bypassed(const struct lb_pkt *pkt, const struct lb_svc *svc)
{
	return svc && svc->key.fwmark && pkt->kind == LB_KIND_DATA &&
	       lb_setting(pkt->lbn, LB_A_CONFIG_CACHE_BYPASS);
}

static enum lb_verdict refuse(const struct lb_pkt *pkt,
			      const struct lb_svc *svc, int err)
{
	enum lb_verdict verdict = LB_NEXT;

	if (err == -ENOENT && is_bypassed(pkt, svc))
		verdict = lb_xmit_bypass(pkt);
	return verdict == LB_NEXT ? give_up(pkt, err) : verdict;
}

/**
 * lb_schedule_bypass() - A packet of no connection, which it does not open.
 * @pkt: Packet.
 *
 * With cache_bypass it may be one of a connection that was sent past the real
 * servers, of which nothing is kept.
 *
 * Context: under RCU, bottom halves off. Return: What becomes of it.
 */
enum lb_verdict lb_schedule_bypass(const struct lb_pkt *pkt)
{
	enum lb_verdict verdict = LB_NEXT;

	if (is_bypassed(pkt, lb_svc_match(pkt->lbn, pkt)))
		verdict = lb_xmit_bypass(pkt);
	return verdict == LB_NEXT ? LB_PASS : verdict;
}

/**
 * lb_schedule() - Find a real server for a new connection.
 * @pkt: Its first packet.
 * @conn: Set to the connection if the verdict is LB_NEXT.
 * @made: Set, too: false if another CPU has just made it of the same packets.
 *
 * Context: under RCU, bottom halves off.
 * Return: LB_NEXT; LB_PASS if no service wants the packet; LB_DROP; what became
 * of it if it is a connection of its own.
 */
enum lb_verdict lb_schedule(const struct lb_pkt *pkt, struct lb_conn **conn,
			    bool *made)
{
	struct choice c __uninitialized;
	struct lb_svc *svc;
	int tries = 0;
	int err;

	if (unlikely(READ_ONCE(pkt->lbn->expects))) {
		err = lb_ftp_open(pkt, conn, made);
		if (err != -ENOENT)
			return err ? give_up(pkt, err) : LB_NEXT;
	}
	svc = lb_svc_match(pkt->lbn, pkt);
	if (!svc)
		return LB_PASS;
	c.sched = rcu_dereference(svc->sched);
	c.clash = false;
	if (!c.sched)
		return LB_PASS;

	if (!lb_route_admits(pkt))
		return lb_pkt_drop(pkt, LB_DROP_POLICY);
	if (lb_defence_drops(pkt->lbn))
		return lb_pkt_drop(pkt, LB_DROP_DEFENCE);
	if (adds_to_table(svc, pkt) && !lb_defence_make_room(pkt->lbn))
		return lb_pkt_drop(pkt, LB_DROP_CONN_MAX);

	do {
		err = choose(svc, pkt, &c);
		if (!err && is_one_packet(svc, pkt))
			return send_once(svc, pkt, &c);
		if (!err) {
			*conn = create_conn(svc, pkt, &c, made);
			err = PTR_ERR_OR_ZERO(*conn);
		}
	} while (err && may_retry(pkt, &c, err) && tries++ < 3);
	if (!err)
		return LB_NEXT;
	return refuse(pkt, svc, c.clash && err == -ENOENT ? -EEXIST : err);
}

/**
 * lb_schedule_resume() - A persistent connection that was done begins again,
 * with the same real server.
 * @pkt: The client's packet.
 * @conn: The connection.
 *
 * Context: under RCU, bottom halves off.
 */
void lb_schedule_resume(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	const struct lb_svc *svc = lb_svc_match(pkt->lbn, pkt);

	if (svc && READ_ONCE(svc->persist_timeout))
		lb_persist_resume(svc, pkt, conn);
}

/* Turn a real server's packet into the one that its receiver would have sent
 * as a client of the service.
 */
static void turn_round(struct lb_pkt *request, const struct lb_pkt *pkt,
		       const struct lb_svc *svc)
{
	struct lb_tuple *t = &request->tuple;

	lb_tuple_invert(t, &pkt->tuple);
	t->daddr = svc->key.addr.ip;
	t->dport = svc->key.port;
	if (t->ipv6) {
		t->daddr6 = svc->key.addr.ip6;
		lb_tuple_fold(t);
	}
	request->hash = lb_conn_hash(request->lbn->conns, t);
}

/* The service by calls that the sender is a real server of: the one that knows
 * the call, if it is of several. Services by mark, or for every port, have no
 * address and port that the packet could come from.
 */
static struct lb_svc *find_sender(const struct lb_pkt *pkt,
				  struct lb_pkt *request, struct choice *c)
{
	struct lb_svc *svc, *found = NULL;
	struct lb_dest *dest = NULL;
	struct lb_conn *template;

	while ((dest = lb_dest_sender(pkt->lbn, &pkt->tuple, dest))) {
		svc = lb_svc_find(pkt->lbn, &dest->svc_key);
		if (!svc || !READ_ONCE(svc->sip) || !svc->key.port)
			continue;
		turn_round(request, pkt, svc);
		template = lb_persist_find(svc, request);
		if (found && (!template || template->dest != dest))
			continue;
		found = svc;
		c->dest = dest;
	}
	if (found)
		turn_round(request, pkt, found);
	return found;
}

static noinline bool has_call_id(const struct lb_pkt *pkt)
{
	struct lb_call_id id;

	return lb_persist_call_id(pkt, &id);
}

/* Who speaks has the call, even if another server had it before. */
static int choose_sender(const struct lb_svc *svc, const struct lb_pkt *request,
			 struct choice *c)
{
	const struct lb_dest *sender = c->dest;
	int err;

	c->template = lb_persist_find(svc, request);
	if (c->template && c->template->dest != sender) {
		lb_conn_kill(request->lbn->conns, c->template);
		c->template = NULL;
	}
	err = persist(svc, request, c);
	if (err)
		return err;
	return c->dest == sender ? 0 : -EEXIST;
}

static enum lb_verdict send_outward(const struct lb_pkt *pkt,
				    struct lb_conn *conn)
{
	lb_stats_path(pkt->lbn, LB_PATH_NEW);
	lb_stats_out(&conn->dest->meter, pkt->skb->len);
	return lb_xmit_reply(pkt, conn);
}

static noinline enum lb_verdict send_once_outward(const struct lb_svc *svc,
						  const struct lb_pkt *pkt,
						  const struct lb_pkt *request,
						  const struct choice *c)
{
	struct {
		struct lb_conn conn;
		struct in6_addr addr6[2]; /* see lb_conn_addr6() */
	} once = {
		.conn.orig.key = request->tuple.key,
		.conn.dest = c->dest,
		.conn.forward = LB_FORWARD_NAT,
		.addr6[1] = request->tuple.daddr6,
	};

	tell(svc, request, c, pkt->tuple.sport);
	return send_outward(pkt, &once.conn);
}

/* What the client sends from that port is the sender's from now on, too. */
static enum lb_verdict open_outward(const struct lb_svc *svc,
				    const struct lb_pkt *pkt,
				    const struct lb_pkt *request,
				    const struct choice *c)
{
	struct lb_conn_table *table = pkt->lbn->conns;
	struct lb_conn *conn;
	enum lb_dir dir;
	bool made;

	conn = lb_conn_find(table, &request->tuple, request->hash, &dir);
	if (conn && dir == LB_DIR_ORIG)
		lb_conn_kill(table, conn);
	conn = create_conn(svc, request, c, &made);
	if (IS_ERR(conn))
		return give_up(pkt, PTR_ERR(conn));
	if (conn->dest != c->dest)
		return lb_pkt_drop(pkt, LB_DROP_CLASH);
	return send_outward(pkt, conn);
}

/**
 * lb_schedule_outward() - A real server speaks first in a call of SIP.
 * @pkt: Packet of no connection that passes or is sent from here.
 *
 * If it has a Call-ID, it opens what it would if the client had sent it, but
 * with its sender as the real server. With one-packet scheduling this is also
 * how answers find their way.
 *
 * Context: under RCU, bottom halves off.
 * Return: What became of it; LB_NEXT if it is none of these packets.
 */
enum lb_verdict lb_schedule_outward(const struct lb_pkt *pkt)
{
	struct lb_pkt request = *pkt;
	struct choice c = {};
	struct lb_svc *svc;
	int err;

	if (pkt->kind != LB_KIND_DATA || pkt->bare)
		return LB_NEXT;
	svc = find_sender(pkt, &request, &c);
	if (!svc || !has_call_id(pkt))
		return LB_NEXT;
	c.sched = rcu_dereference(svc->sched);
	if (!c.sched)
		return LB_NEXT;

	if (!lb_defence_make_room(pkt->lbn))
		return lb_pkt_drop(pkt, LB_DROP_CONN_MAX);
	err = choose_sender(svc, &request, &c);
	if (err)
		return give_up(pkt, err);
	if (is_one_packet(svc, &request))
		return send_once_outward(svc, pkt, &request, &c);
	return open_outward(svc, pkt, &request, &c);
}
