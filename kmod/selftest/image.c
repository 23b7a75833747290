// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of images: what goes in comes out, and what is refused. */

#include <linux/inet.h>
#include <linux/slab.h>

#define MARK 7
#define SOON 100 /* seconds */
#define CALL "a84b4c76e66710@pc33"

static bool check(bool ok, const char *what)
{
	if (!ok)
		pr_err("selftest: image: %s\n", what);
	return ok;
}

static u8 read_addr(const char *text, union lb_addr *addr)
{
	memset(addr, 0, sizeof(*addr));
	if (in4_pton(text, -1, (u8 *)addr, -1, NULL))
		return AF_INET;
	in6_pton(text, -1, (u8 *)addr, -1, NULL);
	return AF_INET6;
}

/**
 * struct server - A real server, and its service.
 * @fwmark: Mark of the service, or 0.
 * @proto: Protocol of the service.
 * @virtual: Address of the service.
 * @port: Port of the service.
 * @addr: Address.
 * @own: Port.
 * @forward: enum lb_forward.
 * @persist: The service's timeout.
 * @sip: It goes by Call-ID.
 * @one_packet: It has one-packet scheduling.
 */
struct server {
	u32 fwmark;
	u8 proto;
	const char *virtual;
	u16 port;
	const char *addr;
	u16 own;
	u8 forward;
	u32 persist;
	bool sip;
	bool one_packet;
};

#define NAT LB_FORWARD_NAT
#define DR LB_FORWARD_DR
#define TUN LB_FORWARD_TUN
#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP
#define V4 "192.0.2.1"
#define V6 "2001:db8::1"

static const struct server servers[] = {
	{ 0, TCP, V4, 80, "10.0.0.1", 8080, NAT },
	{ 0, TCP, V4, 80, "10.0.0.2", 80, DR },
	{ 0, TCP, V4, 81, "10.0.0.1", 8080, NAT },
	{ 0, IPPROTO_SCTP, V4, 80, "10.0.0.1", 80, NAT },
	{ 0, UDP, V4, 53, "10.0.0.1", 53, NAT, .one_packet = true },
	{ 0, UDP, V4, 5060, "10.0.0.1", 5060, NAT, 300, true },
	{ 0, TCP, V4, 21, "10.0.0.1", 2121, NAT },
	{ 0, TCP, V6, 80, "2001:db8::10", 80, NAT },
	{ 0, TCP, V6, 80, "10.0.0.1", 80, TUN },
	{ 0, TCP, V4, 0, "10.0.0.1", 0, DR, 300 },
	{ MARK, 0, V4, 0, "10.0.0.1", 0, DR, 300 },
};

static int add_server(struct lb_net *lbn, const struct server *s)
{
	struct lb_dest_cfg dest = {
		.key.port = htons(s->own),
		.forward = s->forward,
		.weight = 1,
		.has_forward = true,
	};
	const struct nlattr given = {};
	struct lb_svc_cfg cfg = {
		.sched = "rr",
		.key.proto = s->proto,
		.key.port = htons(s->port),
		.key.fwmark = s->fwmark,
		.persist_timeout = s->persist,
		.sip = s->sip,
		.one_packet = s->one_packet,
		.has_timeout = true,
		.create = true,
		.dests = &dest,
		.num_dests = 1,
		.pe_attr = &given,
		.one_packet_attr = &given,
	};
	int err;

	cfg.key.family = read_addr(s->virtual, &cfg.key.addr);
	if (s->fwmark)
		memset(&cfg.key.addr, 0, sizeof(cfg.key.addr));
	dest.key.family = read_addr(s->addr, &dest.key.addr);
	mutex_lock(&lbn->cfg_lock);
	err = lb_svc_set(lbn, &cfg, NULL);
	mutex_unlock(&lbn->cfg_lock);
	return err;
}

/**
 * struct sample - An image in short.
 * @what: What it is of.
 * @proto: Protocol.
 * @client: Address of the client.
 * @sport: Its port.
 * @virtual: Virtual address.
 * @vport: Virtual port.
 * @dest: Real server.
 * @dport: Port there.
 * @forward: enum lb_forward.
 * @state: enum lb_state.
 * @template: enum lb_template.
 * @persistent: See struct lb_image.
 * @fwmark: Likewise.
 * @ext: Likewise.
 * @control: Likewise.
 * @err: What is expected; 0 makes it.
 */
struct sample {
	const char *what;
	u8 proto;
	const char *client;
	u16 sport;
	const char *virtual;
	u16 vport;
	const char *dest;
	u16 dport;
	u8 forward;
	u8 state;
	u8 template;
	bool persistent;
	u32 fwmark;
	u8 ext;
	u16 control;
	int err;
};

#define CLIENT "198.51.100.7"

/* In the order in which they can be made. */
static const struct sample good[] = {
	{ .what = "NAT", .proto = TCP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 80, .dest = "10.0.0.1", .dport = 8080,
	  .forward = NAT, .state = LB_STATE_ESTABLISHED },
	{ .what = "direct routing", .proto = TCP, .client = CLIENT,
	  .sport = 1001, .virtual = V4, .vport = 80, .dest = "10.0.0.2",
	  .dport = 80, .forward = DR, .state = LB_STATE_FIN_WAIT },
	{ .what = "SCTP", .proto = IPPROTO_SCTP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 80, .forward = NAT, .state = LB_STATE_SCTP_ESTABLISHED },
	{ .what = "another method", .proto = TCP, .client = CLIENT,
	  .sport = 1002, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = TUN, .state = LB_STATE_ESTABLISHED },
	{ .what = "IPv6", .proto = TCP, .client = "2001:db8:1::7",
	  .sport = 1000, .virtual = V6, .vport = 80, .dest = "2001:db8::10",
	  .dport = 80, .forward = NAT, .state = LB_STATE_ESTABLISHED },
	{ .what = "IPv6 by IPv4", .proto = TCP, .client = "2001:db8:1::7",
	  .sport = 1001, .virtual = V6, .vport = 80, .dest = "10.0.0.1",
	  .dport = 80, .forward = TUN, .state = LB_STATE_ESTABLISHED },
	{ .what = "template", .proto = TCP, .client = CLIENT, .virtual = V4,
	  .dest = "10.0.0.1", .forward = DR, .template = LB_TEMPLATE_CLIENT },
	{ .what = "persistent", .proto = TCP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 443, .dest = "10.0.0.1", .dport = 443,
	  .forward = DR, .state = LB_STATE_ESTABLISHED, .persistent = true },
	{ .what = "template by mark", .client = CLIENT, .virtual = "0.0.0.7",
	  .dest = "10.0.0.1", .forward = DR, .template = LB_TEMPLATE_CLIENT,
	  .fwmark = MARK },
	{ .what = "by mark", .proto = TCP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 444, .dest = "10.0.0.1", .dport = 444,
	  .forward = DR, .state = LB_STATE_ESTABLISHED, .persistent = true,
	  .fwmark = MARK },
	{ .what = "template of a call", .proto = UDP, .client = CLIENT,
	  .virtual = V4, .vport = 5060, .dest = "10.0.0.1", .dport = 5060,
	  .forward = NAT, .template = LB_TEMPLATE_CALL_ID,
	  .ext = LB_EXT_CALL_ID },
	{ .what = "call", .proto = UDP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 5060, .dest = "10.0.0.1", .dport = 5060,
	  .forward = NAT, .state = LB_STATE_UDP, .persistent = true,
	  .ext = LB_EXT_CALL_ID },
	{ .what = "FTP", .proto = TCP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 21, .dest = "10.0.0.1", .dport = 2121,
	  .forward = NAT, .state = LB_STATE_ESTABLISHED, .ext = LB_EXT_FTP },
	{ .what = "FTP data", .proto = TCP, .client = CLIENT, .sport = 1003,
	  .virtual = V4, .vport = 5000, .dest = "10.0.0.1", .dport = 5000,
	  .forward = NAT, .state = LB_STATE_ESTABLISHED, .control = 1000 },
	{ .what = "FTP data that is expected", .proto = TCP, .client = CLIENT,
	  .virtual = V4, .vport = 5001, .dest = "10.0.0.1", .dport = 5001,
	  .forward = NAT, .state = LB_STATE_LISTEN,
	  .template = LB_TEMPLATE_EXPECTED, .control = 1000 },
};

static const struct sample bad[] = {
	{ .what = "no service", .proto = TCP, .client = CLIENT, .sport = 1000,
	  .virtual = "192.0.2.9", .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .err = -ESRCH },
	{ .what = "no service of the mark", .proto = TCP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .fwmark = 8, .err = -ESRCH },
	{ .what = "no server", .proto = TCP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 80, .dest = "10.0.0.9", .dport = 8080,
	  .forward = NAT, .state = LB_STATE_ESTABLISHED, .err = -ENOENT },
	{ .what = "no server at the port", .proto = TCP,
	  .client = "2001:db8:1::7", .sport = 1000, .virtual = V6, .vport = 80,
	  .dest = "2001:db8::10", .dport = 81, .forward = NAT,
	  .state = LB_STATE_ESTABLISHED, .err = -ENOENT },
	{ .what = "state of UDP", .proto = TCP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 80, .dest = "10.0.0.1", .dport = 8080,
	  .forward = NAT, .state = LB_STATE_UDP, .err = -EINVAL },
	{ .what = "state of SCTP", .proto = TCP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = NAT, .state = LB_STATE_SCTP_INIT,
	  .err = -EINVAL },
	{ .what = "no state", .proto = TCP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 80, .dest = "10.0.0.1", .dport = 8080,
	  .forward = NAT, .state = 200, .err = -EINVAL },
	{ .what = "no method", .proto = TCP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 80, .dest = "10.0.0.1", .dport = 8080,
	  .forward = 3, .state = LB_STATE_ESTABLISHED, .err = -EINVAL },
	{ .what = "NAT to another family", .proto = TCP,
	  .client = "2001:db8:1::7", .sport = 1000, .virtual = V6, .vport = 80,
	  .dest = "10.0.0.1", .dport = 80, .forward = NAT,
	  .state = LB_STATE_ESTABLISHED, .err = -EINVAL },
	{ .what = "protocol", .proto = IPPROTO_ICMP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .err = -EINVAL },
	{ .what = "client 0.0.0.0", .proto = TCP, .client = "0.0.0.0",
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .err = -EINVAL },
	{ .what = "multicast client", .proto = TCP, .client = "224.0.0.1",
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .err = -EINVAL },
	{ .what = "multicast client of IPv6", .proto = TCP, .client = "ff02::1",
	  .sport = 1000, .virtual = V6, .vport = 80, .dest = "2001:db8::10",
	  .dport = 80, .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .err = -EINVAL },
	{ .what = "port 0 of a server", .proto = TCP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .forward = NAT, .state = LB_STATE_ESTABLISHED, .err = -EINVAL },
	{ .what = "another port of a server", .proto = TCP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 82, .dest = "10.0.0.1",
	  .dport = 22, .forward = DR, .state = LB_STATE_ESTABLISHED,
	  .err = -EINVAL },
	{ .what = "one-packet", .proto = UDP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 53, .dest = "10.0.0.1", .dport = 53,
	  .forward = NAT, .state = LB_STATE_UDP, .err = -EINVAL },
	{ .what = "FTP where there is none", .proto = TCP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .ext = LB_EXT_FTP, .err = -EINVAL },
	{ .what = "what it has", .proto = TCP, .client = CLIENT, .sport = 1000,
	  .virtual = V4, .vport = 80, .dest = "10.0.0.1", .dport = 8080,
	  .forward = NAT, .state = LB_STATE_ESTABLISHED, .ext = 3,
	  .err = -EINVAL },
	{ .what = "call of no template", .proto = TCP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .ext = LB_EXT_CALL_ID, .err = -EINVAL },
	{ .what = "control of UDP", .proto = UDP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 5060, .dest = "10.0.0.1",
	  .dport = 5060, .forward = NAT, .state = LB_STATE_UDP, .control = 5,
	  .err = -EINVAL },
	{ .what = "kind of template", .proto = TCP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .template = 4, .err = -EINVAL },
	{ .what = "template with a state", .proto = TCP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 80, .dest = "10.0.0.1",
	  .dport = 8080, .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .template = LB_TEMPLATE_CLIENT, .err = -EINVAL },
	{ .what = "template without persistence", .proto = TCP,
	  .client = "2001:db8:1::7", .sport = 1000, .virtual = V6, .vport = 80,
	  .dest = "2001:db8::10", .dport = 80, .forward = NAT,
	  .template = LB_TEMPLATE_CLIENT, .err = -ESRCH },
	{ .what = "template of a call that has none", .proto = UDP,
	  .client = CLIENT, .sport = 1000, .virtual = V4, .vport = 5060,
	  .dest = "10.0.0.1", .dport = 5060, .forward = NAT,
	  .template = LB_TEMPLATE_CALL_ID, .err = -EINVAL },
	{ .what = "template of a call, but not of SIP", .proto = TCP,
	  .client = CLIENT, .sport = 1000, .virtual = V4, .dest = "10.0.0.1",
	  .forward = NAT, .template = LB_TEMPLATE_CALL_ID,
	  .ext = LB_EXT_CALL_ID, .err = -ESRCH },
	{ .what = "expected from a port", .proto = TCP, .client = CLIENT,
	  .sport = 1000, .virtual = V4, .vport = 5002, .dest = "10.0.0.1",
	  .dport = 5002, .forward = NAT, .state = LB_STATE_LISTEN,
	  .template = LB_TEMPLATE_EXPECTED, .err = -EINVAL },
	{ .what = "expected and established", .proto = TCP, .client = CLIENT,
	  .virtual = V4, .vport = 5002, .dest = "10.0.0.1", .dport = 5002,
	  .forward = NAT, .state = LB_STATE_ESTABLISHED,
	  .template = LB_TEMPLATE_EXPECTED, .err = -EINVAL },
	{ .what = "expected, not by NAT", .proto = TCP, .client = CLIENT,
	  .virtual = V4, .vport = 5002, .dest = "10.0.0.1", .dport = 5002,
	  .forward = DR, .state = LB_STATE_LISTEN,
	  .template = LB_TEMPLATE_EXPECTED, .err = -EINVAL },
};

static void fill_image(struct lb_image *image, const struct sample *s)
{
	struct lb_tuple *t = &image->tuple;
	union lb_addr addr;

	memset(image, 0, sizeof(*image));
	t->proto = s->proto;
	t->sport = htons(s->sport);
	t->dport = htons(s->vport);
	t->template = s->template;
	t->ipv6 = read_addr(s->client, &addr) == AF_INET6;
	t->saddr = addr.ip;
	t->saddr6 = addr.ip6;
	read_addr(s->virtual, &addr);
	t->daddr = addr.ip;
	t->daddr6 = addr.ip6;
	image->dest_family = read_addr(s->dest, &image->dest);
	image->dport = htons(s->dport);
	image->forward = s->forward;
	image->state = s->state;
	image->heard = !s->template;
	image->persistent = s->persistent;
	image->fwmark = s->fwmark;
	image->control = htons(s->control);
	image->left = lb_ticks(SOON);
	image->ext = s->ext;
	if (s->ext == LB_EXT_FTP)
		image->ftp = (struct lb_ftp){ 100, 2, (u32)-3, true };
	if (s->ext != LB_EXT_CALL_ID)
		return;
	read_addr(s->client, &image->call_id.client);
	strscpy(image->call_id.text, CALL, sizeof(image->call_id.text));
}

static int apply_bh(struct lb_net *lbn, const struct lb_image *image,
		    bool renew, struct lb_conn **conn)
{
	int err;

	local_bh_disable();
	rcu_read_lock();
	err = lb_image_apply(lbn, image, renew, conn);
	rcu_read_unlock();
	local_bh_enable();
	return err;
}

static bool is_ext_same(const struct lb_image *a, const struct lb_image *b)
{
	switch (a->ext) {
	case LB_EXT_FTP:
		return a->ftp.pos == b->ftp.pos &&
		       a->ftp.before == b->ftp.before &&
		       a->ftp.after == b->ftp.after &&
		       a->ftp.passive == b->ftp.passive;
	case LB_EXT_CALL_ID:
		return !memcmp(&a->call_id.client, &b->call_id.client,
			       sizeof(a->call_id.client)) &&
		       !strcmp(a->call_id.text, b->call_id.text);
	default:
		return true;
	}
}

/* @b was taken of what @a made. */
static bool is_image_same(const struct lb_image *a, const struct lb_image *b)
{
	const struct lb_tuple *x = &a->tuple, *y = &b->tuple;
	bool hashed = x->template == LB_TEMPLATE_CALL_ID;

	return x->proto == y->proto && x->template == y->template &&
	       x->dport == y->dport && x->ipv6 == y->ipv6 &&
	       (hashed || x->sport == y->sport) &&
	       (x->ipv6 ? !memcmp(&x->saddr6, &y->saddr6, 32) :
			  (hashed || x->saddr == y->saddr) &&
			  x->daddr == y->daddr) &&
	       !memcmp(&a->dest, &b->dest, sizeof(a->dest)) &&
	       a->dest_family == b->dest_family &&
	       a->forward == b->forward && a->state == b->state &&
	       a->heard == b->heard && a->persistent == b->persistent &&
	       a->dport == b->dport && a->control == b->control &&
	       a->fwmark == b->fwmark && a->ext == b->ext &&
	       a->left - b->left <= lb_ticks(2) && is_ext_same(a, b);
}

/* Is it about FTP, and the module was told that FTP has another port? */
static bool is_elsewhere(const struct sample *s)
{
	return (s->ext == LB_EXT_FTP || s->control) &&
	       lb_ftp_port(0) != htons(21);
}

static bool test_good(struct lb_net *lbn, const struct sample *s)
{
	struct lb_image *image;
	struct lb_conn *conn;
	bool ok = false;
	int err;

	image = kcalloc(2, sizeof(*image), GFP_KERNEL);
	if (!image)
		return false;
	fill_image(&image[0], s);
	local_bh_disable();
	rcu_read_lock();
	err = lb_image_apply(lbn, &image[0], false, &conn);
	if (!err)
		lb_image_of(&image[1], conn);
	rcu_read_unlock();
	local_bh_enable();
	if (!err)
		ok = is_image_same(&image[0], &image[1]);
	if (!ok)
		pr_err("selftest: image: %s: error %d, or another came back\n",
		       s->what, err);
	kfree(image);
	return ok;
}

static bool test_bad(struct lb_net *lbn, const struct sample *s)
{
	u32 before = lb_conn_count(lbn->conns);
	struct lb_image image;
	struct lb_conn *conn;
	int err;

	fill_image(&image, s);
	err = apply_bh(lbn, &image, true, &conn);
	if (err == s->err && !conn && lb_conn_count(lbn->conns) == before)
		return true;
	pr_err("selftest: image: %s: error %d\n", s->what, err);
	return false;
}

/* What no sample can say. */
static bool test_values(struct lb_net *lbn)
{
	struct lb_image image;
	struct lb_conn *conn;

	fill_image(&image, &bad[0]);
	image.left = lb_ticks(LB_TIMEOUT_MAX) + 1;
	if (!check(apply_bh(lbn, &image, true, &conn) == -EINVAL, "time"))
		return false;
	fill_image(&image, &good[0]);
	image.dest_family = AF_UNIX;
	if (!check(apply_bh(lbn, &image, true, &conn) == -EINVAL, "family"))
		return false;
	fill_image(&image, &good[11]);
	memset(image.call_id.text, 'x', sizeof(image.call_id.text));
	if (!check(apply_bh(lbn, &image, true, &conn) == -EINVAL,
		   "Call-ID without an end"))
		return false;
	strscpy(image.call_id.text, "a b", sizeof(image.call_id.text));
	return check(apply_bh(lbn, &image, true, &conn) == -EINVAL,
		     "Call-ID with a blank");
}

static int active_at(const struct lb_conn *conn)
{
	return atomic_read(&conn->dest->active);
}

/* The connection is safe, as nothing ends it meanwhile. */
static bool test_renew(struct lb_net *lbn)
{
	struct lb_conn_told told = { .until = 5, .flags = 1 };
	struct lb_conn *conn, *again;
	struct lb_image image;
	int active;
	bool ok;

	fill_image(&image, &good[0]);
	ok = check(apply_bh(lbn, &image, false, &conn) == -EEXIST && conn,
		   "one that is there");
	if (!ok)
		return false;
	local_bh_disable();
	ok = check(lb_conn_set_told(conn, &told) &&
		   lb_conn_get_told(conn, &told) && told.until == 5, "told");
	local_bh_enable();
	active = active_at(conn);
	image.state = LB_STATE_TIME_WAIT;
	image.left = lb_ticks(SOON / 2);
	ok = ok && check(!apply_bh(lbn, &image, true, &again) &&
			 again == conn && conn->state == image.state &&
			 active_at(conn) == active - 1 &&
			 conn->expires - lb_now() <= image.left, "renewed");
	image.state = LB_STATE_ESTABLISHED;
	image.left = lb_ticks(SOON);
	ok = ok && check(!apply_bh(lbn, &image, true, &again) &&
			 active_at(conn) == active, "renewed again");

	/* The same client at the same server by another service. */
	image.tuple.dport = htons(81);
	ok = ok && check(apply_bh(lbn, &image, true, &again) == -EEXIST &&
			 !again, "clash");
	read_addr("10.0.0.2", &image.dest);
	image.tuple.dport = htons(80);
	image.forward = LB_IMAGE_FORWARD_ANY;
	image.dport = htons(80);
	return ok && check(!apply_bh(lbn, &image, true, &again) &&
			   again->forward == DR &&
			   again->dest->key.addr.ip == image.dest.ip,
			   "another server");
}

static bool test_full(struct lb_net *lbn)
{
	struct lb_image image;
	struct lb_conn *conn;
	bool ok;

	fill_image(&image, &good[0]);
	image.tuple.sport = htons(2000);
	lbn->settings[LB_A_CONFIG_CONN_MAX] = 0;
	/* What can be spared goes before. */
	while (!(ok = apply_bh(lbn, &image, true, &conn) == -ENOSPC) && !conn)
		;
	lbn->settings[LB_A_CONFIG_CONN_MAX] = 1000;
	return check(ok, "one more than there may be");
}

static bool run_image_tests(struct lb_net *lbn)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(servers); i++)
		if (!check(!add_server(lbn, &servers[i]), "add a server"))
			return false;
	for (i = 0; i < ARRAY_SIZE(good); i++)
		if (!is_elsewhere(&good[i]) && !test_good(lbn, &good[i]))
			return false;
	for (i = 0; i < ARRAY_SIZE(bad); i++)
		if (!is_elsewhere(&bad[i]) && !test_bad(lbn, &bad[i]))
			return false;
	return test_values(lbn) && test_renew(lbn) && test_full(lbn) &&
	       check(lbn->expects, "data connections are expected");
}

static int run_in_net(struct lb_net *lbn)
{
	int err;

	lb_svc_init(lbn);
	lb_proto_init(lbn);
	lbn->settings[LB_A_CONFIG_CONN_MAX] = 1000;
	lbn->settings[LB_A_CONFIG_SERVICE_MAX] = 1000;
	lbn->settings[LB_A_CONFIG_DEST_MAX] = 1000;
	err = lb_svc_alloc_tables(lbn);
	if (err)
		return err;
	lbn->conns = lb_conn_table_alloc(NULL, NULL);
	err = -ENOMEM;
	if (lbn->conns) {
		err = run_image_tests(lbn) ? 0 : -EINVAL;
		lb_conn_table_free(lbn->conns);
	}
	lb_svc_exit(lbn);
	rcu_barrier();
	lb_svc_free_tables(lbn);
	return err;
}

/**
 * lb_image_selftest() - Make connections of images, and images of them.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int __init lb_image_selftest(void)
{
	struct lb_net *lbn;
	int err;

	lbn = kzalloc(sizeof(*lbn), GFP_KERNEL);
	if (!lbn)
		return -ENOMEM;
	err = lb_conn_init();
	if (err)
		goto out_free;
	err = lb_sched_register(&lb_sched_rr);
	if (err)
		goto out_exit_conn;
	err = run_in_net(lbn);
	lb_sched_unregister(&lb_sched_rr);
	rcu_barrier();
out_exit_conn:
	lb_conn_exit();
out_free:
	kfree(lbn);
	return err;
}
