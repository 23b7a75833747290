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
 */
struct choice {
	struct lb_sched *sched;
	struct lb_dest *dest;
	struct lb_conn *template;
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

static int choose(const struct lb_svc *svc, const struct lb_pkt *pkt,
		  struct choice *c)
{
	bool persistent = READ_ONCE(svc->persist_timeout);

	c->template = persistent ? lb_persist_find(svc, pkt) : NULL;
	c->dest = c->template ? c->template->dest :
				c->sched->ops->pick(c->sched, pkt);
	if (!c->dest)
		return -ENOENT;
	if (!persistent)
		return 0;

	if (!c->template)
		c->template = lb_persist_create(svc, pkt, c->dest);
	if (IS_ERR(c->template))
		return PTR_ERR(c->template);
	c->dest = c->template->dest;
	lb_persist_touch(svc, pkt, c->template);
	return 0;
}

static void tell(const struct lb_pkt *pkt, const struct choice *c, __be16 port)
{
	lb_stats_conn(&c->dest->meter);
	trace_lb_schedule(pkt->net, &pkt->tuple, &c->dest->key.addr, port,
			  lb_dest_is_ipv6(c->dest), c->sched->ops->name);
}

static struct lb_conn *create_conn(const struct lb_svc *svc,
				   const struct lb_pkt *pkt,
				   const struct choice *c)
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
	cfg.timeout = READ_ONCE(c->dest->timeout[cfg.state]);
	conn = lb_conn_create(pkt->lbn->conns, &cfg);
	if (IS_ERR(conn))
		return conn;
	/* The server may have been removed just before. */
	if (unlikely(!READ_ONCE(conn->dest->available))) {
		lb_conn_kill(pkt->lbn->conns, conn);
		return ERR_PTR(-ESTALE);
	}
	tell(pkt, c, cfg.dport);
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

/* A connection for the time of this packet, which nobody else ever sees: what
 * the server answers belongs to none.
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

	tell(pkt, c, conn.dport);
	lb_stats_path(pkt->lbn, LB_PATH_NEW);
	lb_stats_in(&c->dest->meter, pkt->skb->len);
	return lb_xmit_request(pkt, &conn);
}

static enum lb_verdict give_up(const struct lb_pkt *pkt, int err)
{
	switch (err) {
	case -ENOMEM:
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	case -EEXIST:
		return lb_pkt_drop(pkt, LB_DROP_CLASH);
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
 *
 * Context: under RCU, bottom halves off.
 * Return: LB_NEXT; LB_PASS if no service wants the packet; LB_DROP; what became
 * of it if it is a connection of its own.
 */
enum lb_verdict lb_schedule(const struct lb_pkt *pkt, struct lb_conn **conn)
{
	struct choice c __uninitialized;
	struct lb_svc *svc;
	int tries = 0;
	int err;

	if (unlikely(READ_ONCE(pkt->lbn->expects))) {
		err = lb_ftp_open(pkt, conn);
		if (err != -ENOENT)
			return err ? give_up(pkt, err) : LB_NEXT;
	}
	svc = lb_svc_match(pkt->lbn, pkt);
	if (!svc)
		return LB_PASS;
	c.sched = rcu_dereference(svc->sched);
	if (!c.sched)
		return LB_PASS;

	if (lb_defence_drops(pkt->lbn))
		return lb_pkt_drop(pkt, LB_DROP_DEFENCE);
	if (adds_to_table(svc, pkt) && !lb_defence_make_room(pkt->lbn))
		return lb_pkt_drop(pkt, LB_DROP_CONN_MAX);

	/* What was chosen may go in the moment before it is referred to. */
	do {
		err = choose(svc, pkt, &c);
		if (err)
			continue;
		if (is_one_packet(svc, pkt))
			return send_once(svc, pkt, &c);
		*conn = create_conn(svc, pkt, &c);
		err = PTR_ERR_OR_ZERO(*conn);
	} while (err == -ESTALE && tries++ < 3);
	return err ? refuse(pkt, svc, err) : LB_NEXT;
}
