// SPDX-License-Identifier: GPL-2.0-only
/* Persistence: templates that bring a client back to its real server, or a call
 * of SIP.
 */

#include <linux/err.h>
#include <net/ipv6.h>

#include "limit.h"
#include "persist.h"

/* The masked address of the client, and the service. The virtual port is left
 * out where one service has many ports.
 */
static void client_key(struct lb_tuple *key, const struct lb_svc *svc,
		       const struct lb_tuple *tuple)
{
	memset(key, 0, sizeof(*key));
	key->template = LB_TEMPLATE_CLIENT;
	key->daddr = svc->key.fwmark ? htonl(svc->key.fwmark) : tuple->daddr;
	key->saddr = tuple->saddr & READ_ONCE(svc->persist_mask);
	if (tuple->ipv6) {
		ipv6_addr_prefix(&key->saddr6, &tuple->saddr6,
				 READ_ONCE(svc->persist_plen));
		key->daddr6.s6_addr32[0] = key->daddr;
		if (!svc->key.fwmark)
			key->daddr6 = tuple->daddr6;
		lb_tuple_fold(key);
	}
	if (svc->key.fwmark)
		return;
	key->proto = tuple->proto;
	if (svc->key.port == tuple->dport && svc->key.port != LB_FTP_PORT)
		key->dport = tuple->dport;
}

/* The hash of a Call-ID comes in the place of the client. */
static void take_call_id(struct lb_tuple *key, struct lb_call_id *id)
{
	u64 hash;

	id->client = lb_tuple_saddr(key);
	hash = lb_persist_hash(id);
	key->template = LB_TEMPLATE_CALL_ID;
	key->saddr = (__force __be32)hash;
	key->sport = (__force __be16)(hash >> 32);
	if (!key->ipv6)
		return;
	memset(&key->saddr6, 0, sizeof(key->saddr6));
	key->saddr6.s6_addr32[0] = key->saddr;
	lb_tuple_fold(key);
}

/**
 * lb_persist_key() - What a client's template, or a call's, is found by.
 * @key: Filled.
 * @svc: Persistent service.
 * @tuple: That of a connection of the client, or of the template itself.
 * @id: The Call-ID, of which the client is filled; NULL if there is none, or
 *	it is the client who persists.
 *
 * What clients share that shall share a real server.
 *
 * Return: Is it by the Call-ID? Only if the service goes by that.
 */
bool lb_persist_key(struct lb_tuple *key, const struct lb_svc *svc,
		    const struct lb_tuple *tuple, struct lb_call_id *id)
{
	client_key(key, svc, tuple);
	if (!id || !READ_ONCE(svc->sip))
		return false;
	take_call_id(key, id);
	return true;
}

/* The Call-ID counts if the service goes by that and the packet has one: then
 * @id is filled, and true returned.
 */
static bool template_key(struct lb_tuple *key, const struct lb_svc *svc,
			 const struct lb_pkt *pkt, struct lb_call_id *id)
{
	client_key(key, svc, &pkt->tuple);
	if (likely(!READ_ONCE(svc->sip)) || !lb_persist_call_id(pkt, id))
		return false;
	take_call_id(key, id);
	return true;
}

static bool is_stale(const struct lb_conn *template, const struct lb_net *lbn)
{
	const struct lb_dest *dest = template->dest;

	return !lb_dest_is_available(dest) ||
	       (!READ_ONCE(dest->weight) &&
		lb_setting(lbn, LB_A_CONFIG_EXPIRE_QUIESCENT_TEMPLATE));
}

/**
 * lb_persist_find() - The template of a client, or of a call.
 * @svc: Persistent service.
 * @pkt: First packet of a connection.
 *
 * A template whose real server was removed is ended; with
 * expire_quiescent_template, so is one whose real server has weight 0.
 *
 * Context: under RCU, bottom halves off. Return: The template or NULL.
 */
struct lb_conn *lb_persist_find(const struct lb_svc *svc,
				const struct lb_pkt *pkt)
{
	struct lb_call_id id;
	struct lb_tuple key;
	struct lb_conn *t;
	enum lb_dir dir;

	template_key(&key, svc, pkt, &id);
	t = lb_conn_find(pkt->lbn->conns, &key,
			 lb_conn_hash(pkt->lbn->conns, &key), &dir);
	if (!t || !is_stale(t, pkt->lbn))
		return t;
	lb_conn_kill(pkt->lbn->conns, t);
	return NULL;
}

/**
 * lb_persist_create() - Bind a client to a real server.
 * @svc: Persistent service.
 * @pkt: First packet of a connection.
 * @dest: Real server.
 * @made: Set: see lb_conn_create().
 *
 * Context: under RCU, bottom halves off. Return: The template, which may be one
 * that another CPU has just made for another server; or an error of
 * lb_conn_create().
 */
struct lb_conn *lb_persist_create(const struct lb_svc *svc,
				  const struct lb_pkt *pkt,
				  struct lb_dest *dest, bool *made)
{
	struct lb_conn_cfg cfg = {
		.dest = dest,
		.forward = READ_ONCE(dest->forward),
		.fwmark = svc->key.fwmark,
		.timeout = lb_ticks(READ_ONCE(svc->persist_timeout)),
	};
	struct lb_call_id id;

	if (template_key(&cfg.tuple, svc, pkt, &id)) {
		cfg.ext = LB_EXT_CALL_ID;
		cfg.ext_len = offsetof(struct lb_call_id, text) +
			      strlen(id.text) + 1;
		cfg.ext_data = &id;
	}
	cfg.hash = lb_conn_hash(pkt->lbn->conns, &cfg.tuple);
	if (cfg.tuple.dport)
		cfg.dport = dest->key.port ?: cfg.tuple.dport;
	return lb_conn_create(pkt->lbn->conns, &cfg, made);
}

/**
 * lb_persist_forget() - A client shall not be brought back to its real server.
 * @lbn: Namespace.
 * @conn: Connection of the client.
 *
 * Context: under RCU, bottom halves off.
 */
void lb_persist_forget(struct lb_net *lbn, const struct lb_conn *conn)
{
	struct lb_conn *template = READ_ONCE(conn->template);

	if (conn->persistent && template)
		lb_conn_kill(lbn->conns, template);
}

/* Without room for it: to make some could end the connection that it is for. */
static bool is_full(const struct lb_net *lbn)
{
	return lb_limit_is_met(lbn, LB_LIMIT_CONNS, lb_conn_count(lbn->conns));
}

/**
 * lb_persist_resume() - A connection that was done begins again where it was.
 * @svc: Its service.
 * @pkt: The client's packet.
 * @conn: The connection.
 *
 * As any new connection it holds its client's template, if that is of the same
 * real server, and renews it; if there is none, there is one now, unless there
 * are as many connections as may be.
 *
 * Context: under RCU, bottom halves off.
 */
void lb_persist_resume(const struct lb_svc *svc, const struct lb_pkt *pkt,
		       struct lb_conn *conn)
{
	struct lb_conn *template = lb_persist_find(svc, pkt);
	bool made;

	if (!template && is_full(pkt->lbn))
		return;
	if (!template)
		template = lb_persist_create(svc, pkt, conn->dest, &made);
	if (!IS_ERR(template) && template->dest == conn->dest &&
	    lb_conn_attach(pkt->lbn->conns, conn, template))
		lb_persist_touch(svc, pkt, template);
}

/**
 * lb_persist_touch() - The client has a new connection.
 * @svc: Its service, whose timeout counts from now.
 * @pkt: First packet of the connection.
 * @template: The client's template.
 */
void lb_persist_touch(const struct lb_svc *svc, const struct lb_pkt *pkt,
		      struct lb_conn *template)
{
	lb_conn_touch(pkt->lbn->conns, template,
		      lb_ticks(READ_ONCE(svc->persist_timeout)));
}
