// SPDX-License-Identifier: GPL-2.0-only
/* What directors agree on without telling each other: a choice that depends on
 * nothing but addresses and the configuration is the same everywhere, as long
 * as that is.
 */

#include <linux/export.h>
#include <linux/siphash.h>

#include "agree.h"
#include "conn_dir.h"
#include "sched.h"
#include "svc.h"

/* Equal everywhere */
static const siphash_key_t key = { { 0x6c62206167726565, 1 } };

/**
 * struct server - What counts of a real server; zero it before filling.
 * @key: Its key.
 * @weight: Its weight.
 * @last_weight: The last that was not 0.
 * @place: Its number in the service, where the order matters.
 * @forward: enum lb_forward.
 */
struct server {
	struct lb_dest_key key;
	u32 weight;
	u32 last_weight;
	u32 place;
	u32 forward;
};

/**
 * struct service - What counts of a service; zero it before filling.
 * @key: Its key.
 * @sched: Name of the scheduler.
 * @flags: enum lb_sched_flag.
 * @servers: All of its real servers.
 */
struct service {
	struct lb_svc_key key;
	char sched[LB_SCHED_NAME_MAX + 1];
	u32 flags;
	u64 servers;
};

static bool is_pure(const struct lb_svc *svc, const struct lb_sched *sched)
{
	return sched && sched->ops->pure && !READ_ONCE(svc->persist_timeout) &&
	       !READ_ONCE(svc->one_packet);
}

static u64 sum_dest(const struct lb_dest *dest, u32 place)
{
	struct server server;

	memset(&server, 0, sizeof(server));
	memcpy(&server.key, &dest->key, sizeof(server.key));
	server.weight = dest->weight;
	server.last_weight = dest->last_weight;
	server.place = place;
	server.forward = dest->forward;
	return siphash(&server, sizeof(server), &key);
}

/* Return false if it depends on more. */
static bool sum_svc(const struct lb_svc *svc, const struct lb_sched *sched,
		    u64 *sum)
{
	const struct lb_dest *dest;
	struct service service;
	u32 place = 0;

	memset(&service, 0, sizeof(service));
	service.key = svc->key;
	strscpy(service.sched, sched->ops->name, sizeof(service.sched));
	service.flags = sched->flags;
	list_for_each_entry(dest, &svc->dests, list) {
		if (dest->upper)
			return false;
		place += sched->ops->ordered;
		service.servers += sum_dest(dest, place);
		cond_resched();
	}
	*sum += siphash(&service, sizeof(service), &key);
	return true;
}

/**
 * lb_agree_sum() - Checksum of the services that the choice depends on. So it
 * does on the settings mh_table_size and sloppy_tcp.
 * @lbn: Namespace; the caller holds cfg_lock.
 *
 * Return: 0 if there is no service that lb_agree_chooses() could speak of, or
 * one that makes it uncertain.
 */
u32 lb_agree_sum(struct lb_net *lbn)
{
	const struct lb_sched *sched;
	unsigned long id;
	struct lb_svc *svc;
	u64 sum = 0;

	lockdep_assert_held(&lbn->cfg_lock);
	xa_for_each(&lbn->svcs, id, svc) {
		/* Packets may have marks there that they do not have here. */
		if (svc->key.fwmark)
			return 0;
		sched = rcu_dereference_protected(svc->sched, true);
		if (is_pure(svc, sched) && !sum_svc(svc, sched, &sum))
			return 0;
		cond_resched();
	}
	return sum ? hash_64(sum, 32) ?: 1 : 0;
}
EXPORT_SYMBOL_LB(lb_agree_sum);

/* Would its next packet be scheduled where nobody knows of it, and sent in the
 * same way? By NAT the server may be the first to speak.
 */
static bool is_schedulable(const struct lb_net *lbn, const struct lb_conn *conn)
{
	if (conn->orig.key.template || conn->fwmark || conn->persistent ||
	    conn->ext || conn->forward == LB_FORWARD_NAT)
		return false;
	return conn->orig.key.proto == IPPROTO_UDP ||
	       (conn->orig.key.proto == IPPROTO_TCP &&
		lb_setting(lbn, LB_A_CONFIG_SLOPPY_TCP));
}

/**
 * lb_agree_chooses() - Would its real server be chosen now, by the address of
 * its client alone?
 * @lbn: Namespace.
 * @conn: Connection.
 *
 * Context: under RCU, bottom halves off.
 */
bool lb_agree_chooses(struct lb_net *lbn, const struct lb_conn *conn)
{
	struct lb_svc_key svc_key = {};
	struct lb_sched *sched;
	struct lb_pkt pkt = {};
	struct lb_svc *svc;

	if (!is_schedulable(lbn, conn))
		return false;
	lb_conn_dir_read(&conn->orig, &pkt.tuple);
	svc_key.family = pkt.tuple.ipv6 ? AF_INET6 : AF_INET;
	svc_key.addr = lb_tuple_daddr(&pkt.tuple);
	svc_key.proto = pkt.tuple.proto;
	svc_key.port = pkt.tuple.dport;
	svc = lb_svc_find(lbn, &svc_key);
	if (!svc)
		return false;
	sched = rcu_dereference(svc->sched);
	return is_pure(svc, sched) &&
	       sched->ops->pick(sched, &pkt) == conn->dest &&
	       READ_ONCE(conn->dest->forward) == conn->forward;
}
EXPORT_SYMBOL_LB(lb_agree_chooses);
