// SPDX-License-Identifier: GPL-2.0-only
/* Connections on their own: taken from the table, and put into another.
 *
 * An image may come from the network, or from a file that anybody wrote: none
 * of it is believed. It makes what packets could have made with the services
 * that there are, and nothing else.
 */

#include <linux/err.h>
#include <linux/export.h>
#include <linux/in.h>
#include <net/ipv6.h>

#include "conn_dir.h"
#include "defence.h"
#include "image.h"
#include "persist.h"
#include "proto.h"
#include "svc.h"

/* What lives only because others hold it has no time left. Those are made after
 * it: it is not to end in between.
 */
#define GRACE 10 /* seconds */

/* How often others may be quicker. */
#define TRIES 3

/* Real servers of a service that are looked through. */
#define LOOKS 1024

static void copy_call_id(struct lb_image *image, const struct lb_conn *template)
{
	const struct lb_call_id *id = lb_conn_ext(template);

	image->ext = LB_EXT_CALL_ID;
	image->call_id.client = id->client;
	strscpy(image->call_id.text, id->text, sizeof(image->call_id.text));
}

/* What it holds, and what few connections have. */
static void copy_rest(struct lb_image *image, struct lb_conn *conn)
{
	const struct lb_conn *template = READ_ONCE(conn->template);

	image->control = 0;
	image->ext = LB_EXT_NONE;
	if (conn->ext == LB_EXT_FTP) {
		image->ext = LB_EXT_FTP;
		image->ftp = lb_ftp_get(conn);
	}
	if (conn->ext == LB_EXT_CALL_ID)
		copy_call_id(image, conn);
	if (!template)
		return;
	if (!conn->persistent)
		image->control = template->orig.key.sport;
	else if (template->ext == LB_EXT_CALL_ID)
		copy_call_id(image, template);
}

/**
 * lb_image_of() - Take the image of a connection.
 * @image: Filled; what its ext does not speak of is left as it was.
 * @conn: Connection or template, under RCU.
 *
 * State and time are read without a lock: each is what it was at some moment.
 *
 * Context: bottom halves off.
 */
void lb_image_of(struct lb_image *image, struct lb_conn *conn)
{
	const struct lb_dest *dest = conn->dest;
	s32 left = READ_ONCE(conn->expires) - lb_now();

	lb_conn_dir_read(&conn->orig, &image->tuple);
	image->dest = dest->key.addr;
	image->dest_family = dest->key.family;
	image->forward = conn->forward;
	image->state = READ_ONCE(conn->state);
	image->heard = lb_conn_is_heard(conn);
	image->persistent = conn->persistent;
	image->dport = conn->dport;
	image->own_port = dest->key.port;
	image->fwmark = conn->fwmark;
	image->left = max(left, 0);
	copy_rest(image, conn);
}
EXPORT_SYMBOL_LB(lb_image_of);

static bool is_call_id(const struct lb_call_id *id)
{
	size_t len = strnlen(id->text, sizeof(id->text));
	size_t i;

	if (!len || len > LB_CALL_ID_MAX)
		return false;
	for (i = 0; i < len; i++)
		if (id->text[i] <= ' ' || id->text[i] > '~')
			return false;
	return true;
}

/* Could a packet come from there? */
static bool is_client(const struct lb_tuple *t)
{
	if (t->ipv6)
		return !ipv6_addr_any(&t->saddr6) &&
		       !ipv6_addr_is_multicast(&t->saddr6);
	return t->saddr && !ipv4_is_multicast(t->saddr) &&
	       !ipv4_is_lbcast(t->saddr);
}

static bool is_template_sound(const struct lb_image *image)
{
	bool call = image->tuple.template == LB_TEMPLATE_CALL_ID;

	return image->state == LB_STATE_NONE && !image->persistent &&
	       !image->control && call == (image->ext == LB_EXT_CALL_ID) &&
	       image->ext != LB_EXT_FTP;
}

static bool is_conn_sound(const struct lb_image *image)
{
	const struct lb_tuple *t = &image->tuple;

	if (!is_client(t) || !lb_proto_has_state(t->proto, image->state) ||
	    (t->dport && !image->dport) ||
	    (t->proto != IPPROTO_TCP && t->proto != IPPROTO_UDP &&
	     t->proto != IPPROTO_SCTP))
		return false;
	if (image->ext == LB_EXT_CALL_ID && !image->persistent)
		return false;
	if (image->control &&
	    (t->proto != IPPROTO_TCP || image->persistent || image->ext))
		return false;
	if (!t->template)
		return true;
	return t->proto == IPPROTO_TCP && !t->sport && !image->ext &&
	       image->state == LB_STATE_LISTEN && !image->persistent;
}

/* Whatever services there may be, is it one? */
static bool is_sound(const struct lb_image *image)
{
	const struct lb_tuple *t = &image->tuple;
	bool ipv6 = image->dest_family == AF_INET6;

	if (t->template > LB_TEMPLATE_EXPECTED || t->dir || t->ipv6 > 1 ||
	    (image->dest_family != AF_INET && !ipv6) ||
	    (image->forward > LB_FORWARD_MAX &&
	     image->forward != LB_IMAGE_FORWARD_ANY) ||
	    (image->left > lb_ticks(LB_TIMEOUT_MAX) &&
	     image->left != LB_IMAGE_LEFT_ANY) ||
	    image->ext > LB_EXT_CALL_ID)
		return false;
	if (image->ext == LB_EXT_CALL_ID && !is_call_id(&image->call_id))
		return false;
	return lb_key_is_template(&t->key) ? is_template_sound(image) :
					     is_conn_sound(image);
}

/* Is it a connection that is no FTP data, of a service that is asked at every
 * connection? Then its real server is known by address and port.
 */
static bool is_plain(const struct lb_svc *svc, const struct lb_image *image)
{
	return svc->key.port == image->tuple.dport &&
	       !READ_ONCE(svc->persist_timeout);
}

/* The newest of an address, in a service with few of them: who tells of servers
 * that are not there would have all looked through each time.
 */
static struct lb_dest *find_by_addr(const struct lb_svc *svc,
				    const struct lb_dest_key *key)
{
	struct lb_dest *dest;
	int looks = 0;

	list_for_each_entry_rcu(dest, &svc->dests, list) {
		if (dest->key.family == key->family &&
		    !memcmp(&dest->key.addr, &key->addr, sizeof(key->addr)))
			return dest;
		if (++looks == LOOKS)
			break;
	}
	return NULL;
}

/* The real server among those of a service: by address and own port, or else
 * by address.
 */
static struct lb_dest *find_dest(struct lb_net *lbn, const struct lb_svc *svc,
				 const struct lb_image *image)
{
	const __be16 ports[] = { image->own_port, image->dport, 0 };
	struct lb_dest_key key = {};
	struct lb_dest *dest;
	size_t i;

	key.family = image->dest_family;
	if (key.family == AF_INET6)
		key.addr.ip6 = image->dest.ip6;
	else
		key.addr.ip = image->dest.ip;
	for (i = 0; i < ARRAY_SIZE(ports); i++) {
		if (i < 2 && !ports[i])
			continue;
		key.port = ports[i];
		dest = lb_dest_match(lbn, &svc->key, &key);
		if (dest)
			return dest;
	}
	if (is_plain(svc, image))
		return NULL;
	key.port = svc->key.port;
	return lb_dest_match(lbn, &svc->key, &key) ?: find_by_addr(svc, &key);
}

/* Could the service have made it? Templates only of those that have some. */
static bool is_of(const struct lb_svc *svc, const struct lb_image *image)
{
	if (!lb_key_is_template(&image->tuple.key))
		return true;
	return READ_ONCE(svc->persist_timeout) &&
	       (image->ext != LB_EXT_CALL_ID || READ_ONCE(svc->sip));
}

/**
 * struct place - Where a connection belongs.
 * @svc: Service.
 * @dest: Real server of it.
 */
struct place {
	struct lb_svc *svc;
	struct lb_dest *dest;
};

/* Return 0, -ESRCH without the service, -ENOENT without the real server. */
static int look_at(struct lb_net *lbn, const struct lb_svc_key *key,
		   const struct lb_image *image, struct place *place)
{
	place->svc = lb_svc_find(lbn, key);
	if (!place->svc || !is_of(place->svc, image))
		return -ESRCH;
	place->dest = find_dest(lbn, place->svc, image);
	return place->dest ? 0 : -ENOENT;
}

/* Virtual ports of services that it may be of: its own, as data those of FTP,
 * every port. Return how many.
 */
static int list_ports(const struct lb_image *image, __be16 *ports, int max)
{
	int n = 0;
	int i;

	ports[n++] = image->tuple.dport;
	if (image->tuple.proto == IPPROTO_TCP &&
	    (!image->tuple.dport || lb_svc_is_ftp_data(image->tuple.dport))) {
		ports[n++] = LB_FTP_PORT;
		for (i = 0; n < max - 1 && lb_ftp_port(i); i++)
			ports[n++] = lb_ftp_port(i);
	}
	ports[n++] = 0;
	return n;
}

/* The first service that may have made it and has the real server. */
static int find_place(struct lb_net *lbn, const struct lb_image *image,
		      struct place *place)
{
	struct lb_svc_key key = {
		.family = image->tuple.ipv6 ? AF_INET6 : AF_INET,
		.fwmark = image->fwmark,
	};
	int err = -ESRCH;
	__be16 ports[12];
	int i, n, e;

	if (key.fwmark)
		return look_at(lbn, &key, image, place);
	key.addr = lb_tuple_daddr(&image->tuple);
	key.proto = image->tuple.proto;
	n = list_ports(image, ports, ARRAY_SIZE(ports));
	for (i = 0; i < n; i++) {
		key.port = ports[i];
		e = look_at(lbn, &key, image, place);
		if (!e)
			return 0;
		if (e == -ENOENT)
			err = e;
	}
	return err;
}

/* The real server's own port, or, if it has none or the service has no such
 * port, the virtual one; of data of FTP it is what the server has told.
 */
static bool is_port(const struct lb_image *image, const struct place *place)
{
	__be16 port = image->tuple.dport, own = place->dest->key.port;

	if (image->dport == (own ?: port))
		return true;
	if (port == place->svc->key.port)
		return false;
	return image->dport == port ||
	       (image->tuple.proto == IPPROTO_TCP && lb_svc_is_ftp_data(port) &&
		(lb_svc_is_ftp_data(image->dport) ||
		 ntohs(image->dport) == ntohs(own) - 1));
}

/* Can what the service and the real server are now have such a connection? */
static bool is_possible(const struct lb_image *image, const struct place *place,
			const struct lb_conn_cfg *cfg)
{
	bool same = image->tuple.ipv6 == (image->dest_family == AF_INET6);

	if (cfg->forward != LB_FORWARD_TUN && !same)
		return false;
	if (lb_key_is_template(&image->tuple.key))
		return true;
	if (!is_port(image, place))
		return false;
	if (image->tuple.proto == IPPROTO_UDP &&
	    READ_ONCE(place->svc->one_packet))
		return false;
	if (image->tuple.template && cfg->forward != LB_FORWARD_NAT)
		return false;
	return image->ext != LB_EXT_FTP || cfg->ext == LB_EXT_FTP;
}

static u32 time_of(const struct lb_image *image, const struct place *place,
		   const struct lb_conn_cfg *cfg)
{
	bool template = lb_key_is_template(&cfg->tuple.key);

	if (image->left == LB_IMAGE_LEFT_ANY && template)
		return lb_ticks(READ_ONCE(place->svc->persist_timeout));
	if (image->left == LB_IMAGE_LEFT_ANY)
		return READ_ONCE(place->dest->timeout[cfg->state]);
	if (template || cfg->ext == LB_EXT_FTP)
		return max(image->left, lb_ticks(GRACE));
	return image->left;
}

/* @id is for a template's Call-ID, and outlives @cfg. */
static void fill_template(struct lb_conn_cfg *cfg, const struct place *place,
			  const struct lb_image *image, struct lb_call_id *id)
{
	struct lb_tuple tuple = cfg->tuple;
	bool call = image->ext == LB_EXT_CALL_ID;

	if (call) {
		*id = image->call_id;
		tuple.saddr = id->client.ip;
		tuple.saddr6 = id->client.ip6;
	}
	lb_persist_key(&cfg->tuple, place->svc, &tuple, call ? id : NULL);
	if (!call)
		return;
	cfg->ext = LB_EXT_CALL_ID;
	cfg->ext_len = offsetof(struct lb_call_id, text) +
		       strlen(id->text) + 1;
	cfg->ext_data = id;
}

static void fill_cfg(struct lb_conn_cfg *cfg, const struct place *place,
		     const struct lb_image *image, struct lb_call_id *id)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->tuple = image->tuple;
	if (cfg->tuple.ipv6)
		lb_tuple_fold(&cfg->tuple);
	cfg->dest = place->dest;
	cfg->fwmark = place->svc->key.fwmark;
	cfg->dport = image->dport;
	cfg->forward = image->forward == LB_IMAGE_FORWARD_ANY ?
		       READ_ONCE(place->dest->forward) : image->forward;
	if (lb_key_is_template(&cfg->tuple.key)) {
		fill_template(cfg, place, image, id);
	} else {
		cfg->state = image->state;
		cfg->active = lb_proto_is_active(cfg->state);
		cfg->heard = image->heard;
		if (!cfg->tuple.template)
			lb_ftp_prepare(cfg);
		if (image->ext == LB_EXT_FTP)
			cfg->ext_data = &image->ftp;
	}
	cfg->timeout = time_of(image, place, cfg);
}

/* The control connection that a connection is data of. */
static struct lb_conn *find_control(const struct lb_conn_table *table,
				    const struct lb_image *image)
{
	struct lb_tuple t = image->tuple;
	struct lb_conn *conn;
	enum lb_dir dir;
	int i;

	t.template = 0;
	t.sport = image->control;
	if (t.ipv6)
		lb_tuple_fold(&t);
	for (i = 0; lb_ftp_port(i); i++) {
		t.dport = lb_ftp_port(i);
		conn = lb_conn_find(table, &t, lb_conn_hash(table, &t), &dir);
		if (conn && dir == LB_DIR_ORIG)
			return conn;
	}
	return NULL;
}

static struct lb_conn *find_template(const struct lb_conn_table *table,
				     const struct place *place,
				     const struct lb_image *image)
{
	bool call = image->ext == LB_EXT_CALL_ID;
	struct lb_tuple key, tuple = image->tuple;
	struct lb_call_id id;
	enum lb_dir dir;

	if (call)
		id = image->call_id;
	if (tuple.ipv6)
		lb_tuple_fold(&tuple);
	lb_persist_key(&key, place->svc, &tuple, call ? &id : NULL);
	return lb_conn_find(table, &key, lb_conn_hash(table, &key), &dir);
}

/* What holds it in place: a template, or a control connection; NULL without, or
 * if that is of another real server.
 */
static struct lb_conn *find_holder(const struct lb_conn_table *table,
				   const struct place *place,
				   const struct lb_image *image)
{
	struct lb_conn *conn = NULL;

	if (image->persistent)
		conn = find_template(table, place, image);
	else if (image->control)
		conn = find_control(table, image);
	return conn && conn->dest == place->dest ? conn : NULL;
}

/* Whatever must not change is the same. */
static bool is_same(const struct lb_conn *conn, const struct lb_conn_cfg *cfg)
{
	return conn->dest == cfg->dest && conn->dport == cfg->dport &&
	       conn->forward == cfg->forward && conn->ext == cfg->ext &&
	       conn->fwmark == cfg->fwmark;
}

static void settle(struct lb_net *lbn, struct lb_conn *conn)
{
	if (conn->orig.key.template == LB_TEMPLATE_EXPECTED)
		WRITE_ONCE(lbn->expects, true);
	if (!conn->orig.key.template && lb_proto_is_done(conn))
		lb_conn_detach(lbn->conns, conn);
}

static void bring_up_to_date(struct lb_net *lbn, struct lb_conn *conn,
			     const struct lb_conn_cfg *cfg,
			     const struct place *place,
			     const struct lb_image *image)
{
	struct lb_conn *holder;

	if (!lb_key_is_template(&cfg->tuple.key))
		lb_proto_adopt(conn, cfg->state, cfg->heard);
	if (image->ext == LB_EXT_FTP)
		lb_ftp_set(conn, &image->ftp);
	lb_conn_touch(lbn->conns, conn, cfg->timeout);
	if (conn->persistent && !READ_ONCE(conn->template)) {
		holder = find_holder(lbn->conns, place, image);
		if (holder)
			lb_conn_attach(lbn->conns, conn, holder);
	}
	settle(lbn, conn);
}

/* Return 0; -EAGAIN if others were quicker; -EEXIST for a clash; -ENOENT,
 * -ENOMEM, -ENOSPC.
 */
static int make(struct lb_net *lbn, struct lb_conn_cfg *cfg,
		const struct place *place, const struct lb_image *image,
		struct lb_conn **conn)
{
	bool made;

	/* What makes room could be the holder. */
	if (!lb_defence_make_room(lbn))
		return -ENOSPC;
	cfg->template = find_holder(lbn->conns, place, image);
	*conn = lb_conn_create(lbn->conns, cfg, &made);
	if (IS_ERR(*conn))
		return PTR_ERR(*conn) == -ESTALE ? -EAGAIN : PTR_ERR(*conn);
	if (!made)
		return -EAGAIN;
	/* The server may have been removed just before. */
	if (unlikely(!READ_ONCE((*conn)->dest->available))) {
		lb_conn_kill(lbn->conns, *conn);
		return -ENOENT;
	}
	settle(lbn, *conn);
	return 0;
}

static int apply(struct lb_net *lbn, struct lb_conn_cfg *cfg,
		 const struct place *place, const struct lb_image *image,
		 bool renew, struct lb_conn **conn)
{
	struct lb_conn *old;
	enum lb_dir dir;

	old = lb_conn_find(lbn->conns, &cfg->tuple, cfg->hash, &dir);
	if (!old)
		return make(lbn, cfg, place, image, conn);
	/* What a real server sends, somebody's packets would be. */
	if (dir != LB_DIR_ORIG)
		return -EEXIST;
	*conn = old;
	if (!renew)
		return -EEXIST;
	if (is_same(old, cfg)) {
		bring_up_to_date(lbn, old, cfg, place, image);
		return 0;
	}
	lb_conn_kill(lbn->conns, old);
	return make(lbn, cfg, place, image, conn);
}

/**
 * lb_image_apply() - Make the connection that an image shows, or bring the one
 * that is there to what it shows.
 * @lbn: Namespace.
 * @image: Image, which may hold anything.
 * @renew: Change one that is there, too; one with another real server is ended
 *	and made anew.
 * @conn: Set to the connection; also with -EEXIST, to the one that is there, or
 *	to NULL if it clashes with one that has other ends.
 *
 * A template, or a control connection, is made before what it holds: otherwise
 * that is not held.
 *
 * Context: under RCU, bottom halves off.
 * Return: 0; -EINVAL if there cannot be such a connection; -ESRCH if there is
 * no service that could have it, -ENOENT if that has no such real server;
 * -EEXIST; -ENOSPC if there are as many as may be; -ENOMEM.
 */
int lb_image_apply(struct lb_net *lbn, const struct lb_image *image, bool renew,
		   struct lb_conn **conn)
{
	struct place place;
	struct lb_conn_cfg cfg;
	struct lb_call_id id;
	int tries = 0;
	int err;

	*conn = NULL;
	if (!is_sound(image))
		return -EINVAL;
	if (!lb_net_conns(lbn))
		return -ESRCH;
	err = find_place(lbn, image, &place);
	if (err)
		return err;
	fill_cfg(&cfg, &place, image, &id);
	if (!is_possible(image, &place, &cfg))
		return -EINVAL;
	cfg.tracked = !cfg.tuple.template &&
		      lb_setting(lbn, LB_A_CONFIG_CONNTRACK);
	cfg.hash = lb_conn_hash(lbn->conns, &cfg.tuple);
	do {
		err = apply(lbn, &cfg, &place, image, renew, conn);
	} while (err == -EAGAIN && tries++ < TRIES);
	if (err && (err != -EEXIST || IS_ERR(*conn)))
		*conn = NULL;
	return err == -EAGAIN ? -ENOENT : err;
}
EXPORT_SYMBOL_LB(lb_image_apply);

#ifdef LB_DEBUG
#include "selftest/image.c"
#endif
