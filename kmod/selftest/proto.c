// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of time and of what packets mean: conversions, default timeouts,
 * who may begin a connection, and what is counted as active.
 */

#include <linux/slab.h>

/* A tick is at most a second's 31st part, so seconds survive the round trip,
 * and all of them can be told from the past.
 */
static int test_time(void)
{
	u32 ticks, s;

	for (s = 0; s <= LB_TIMEOUT_MAX; s++) {
		ticks = lb_ticks(s);
		if (lb_seconds(ticks) == s && (s32)ticks >= 0 &&
		    (!s || ticks > lb_ticks(s - 1)))
			continue;
		pr_err("selftest: time: %u s are %u ticks are %u s\n", s,
		       ticks, lb_seconds(ticks));
		return -EINVAL;
	}
	return 0;
}

struct default_timeout {
	u8 state;
	u16 seconds;
};

static const struct default_timeout defaults[] = {
	{ LB_STATE_NONE, 2 }, { LB_STATE_ESTABLISHED, 15 * 60 },
	{ LB_STATE_SYN_SENT, 2 * 60 }, { LB_STATE_SYN_RECV, 60 },
	{ LB_STATE_FIN_WAIT, 2 * 60 }, { LB_STATE_TIME_WAIT, 2 * 60 },
	{ LB_STATE_CLOSE, 10 }, { LB_STATE_CLOSE_WAIT, 60 },
	{ LB_STATE_LAST_ACK, 30 }, { LB_STATE_LISTEN, 2 * 60 },
	{ LB_STATE_SYNACK, 2 * 60 }, { LB_STATE_UDP, 5 * 60 },
	{ LB_STATE_SCTP_INIT1, 4 }, { LB_STATE_SCTP_INIT, 61 },
	{ LB_STATE_SCTP_COOKIE_SENT, 61 }, { LB_STATE_SCTP_COOKIE_REPLIED, 61 },
	{ LB_STATE_SCTP_COOKIE_WAIT, 61 }, { LB_STATE_SCTP_COOKIE, 61 },
	{ LB_STATE_SCTP_COOKIE_ECHOED, 61 },
	{ LB_STATE_SCTP_ESTABLISHED, 15 * 60 },
	{ LB_STATE_SCTP_SHUTDOWN_SENT, 61 },
	{ LB_STATE_SCTP_SHUTDOWN_RECEIVED, 61 },
	{ LB_STATE_SCTP_SHUTDOWN_ACK_SENT, 61 }, { LB_STATE_SCTP_REJECTED, 4 },
	{ LB_STATE_SCTP_CLOSED, 61 },
};

static int test_defaults(struct lb_net *lbn)
{
	const struct default_timeout *d = defaults;
	int err = 0;
	u32 seen;

	BUILD_BUG_ON(ARRAY_SIZE(defaults) != LB_STATE_MAX + 1);
	lb_proto_init(lbn);
	for (; !err && d < defaults + ARRAY_SIZE(defaults); d++) {
		seen = lb_seconds(lbn->timeout[d->state]);
		if (seen == d->seconds)
			continue;
		pr_err("selftest: timeout of state %u is %u s, not %u\n",
		       d->state, seen, d->seconds);
		err = -EINVAL;
	}
	return err;
}

/**
 * struct opening - A first packet.
 * @proto: Protocol.
 * @sport: Source port.
 * @flags: TCP flags, or type of an SCTP chunk.
 * @opens: It may begin a connection.
 * @sloppy: It may with sloppy_tcp and sloppy_sctp.
 */
struct opening {
	u8 proto;
	u16 sport;
	u8 flags;
	bool opens;
	bool sloppy;
};

static const struct opening openings[] = {
	{ IPPROTO_TCP, 1024, LB_TCP_SYN, true, true },
	{ IPPROTO_TCP, 1024, LB_TCP_SYN | 0xc0, true, true },
	{ IPPROTO_TCP, 20, LB_TCP_SYN, false, false },
	{ IPPROTO_TCP, 20, LB_TCP_ACK, false, false },
	{ IPPROTO_TCP, 1024, LB_TCP_SYN | LB_TCP_ACK, false, true },
	{ IPPROTO_TCP, 1024, LB_TCP_SYN | LB_TCP_RST, false, false },
	{ IPPROTO_TCP, 1024, LB_TCP_ACK, false, true },
	{ IPPROTO_TCP, 1024, LB_TCP_FIN, false, true },
	{ IPPROTO_TCP, 1024, LB_TCP_RST, false, false },
	{ IPPROTO_TCP, 1024, LB_TCP_RST | LB_TCP_ACK, false, false },
	{ IPPROTO_TCP, 1024, 0, false, true },
	{ IPPROTO_UDP, 20, 0, true, true },
	{ IPPROTO_UDP, 1024, 0, true, true },
	{ IPPROTO_SCTP, 1024, SCTP_CID_INIT, true, true },
	{ IPPROTO_SCTP, 1024, SCTP_CID_DATA, false, true },
	{ IPPROTO_SCTP, 1024, SCTP_CID_COOKIE_ECHO, false, true },
	{ IPPROTO_SCTP, 1024, SCTP_CID_ABORT, false, false },
};

/**
 * struct reuse - Who may use its port again.
 * @mode: Of conn_reuse_mode.
 * @forward: enum lb_forward.
 * @replied: A packet of the server was seen.
 * @weight: Of the server.
 * @expire: Of expire_nodest_conn.
 * @over: In TIME_WAIT, CLOSE and SCTP_CLOSED it may.
 * @finished: In FIN_WAIT it may.
 */
struct reuse {
	u32 mode;
	u8 forward;
	bool replied;
	int weight;
	bool expire;
	bool over;
	bool finished;
};

static const struct reuse reuses[] = {
	{ 1, LB_FORWARD_NAT, true, 1, false, true, false },
	{ 1, LB_FORWARD_DR, false, 1, false, true, false },
	{ 2, LB_FORWARD_DR, false, 1, false, true, true },
	{ 3, LB_FORWARD_TUN, false, 1, false, true, true },
	{ 3, LB_FORWARD_TUN, true, 1, false, true, false },
	{ 3, LB_FORWARD_NAT, false, 1, false, true, false },
	{ 0, LB_FORWARD_DR, false, 1, false, false, false },
	{ 0, LB_FORWARD_DR, false, 1, true, false, false },
	{ 0, LB_FORWARD_DR, false, 0, false, false, false },
	{ 0, LB_FORWARD_DR, false, 0, true, true, false },
};

static bool reopens_rightly(const struct lb_pkt *pkt, const struct reuse *reuse,
			    bool opens)
{
	struct lb_dest dest = { .weight = reuse->weight };
	struct lb_conn conn = { .dest = &dest, .forward = reuse->forward };
	bool may;
	u8 state;

	pkt->lbn->settings[LB_A_CONFIG_CONN_REUSE_MODE] = reuse->mode;
	pkt->lbn->settings[LB_A_CONFIG_EXPIRE_NODEST_CONN] = reuse->expire;
	conn.unheard = !reuse->replied;
	for (state = 0; state <= LB_STATE_MAX; state++) {
		conn.state = state;
		may = state == LB_STATE_FIN_WAIT ? reuse->finished :
		      reuse->over && (state == LB_STATE_TIME_WAIT ||
				      state == LB_STATE_CLOSE ||
				      state == LB_STATE_SCTP_CLOSED);
		if (lb_proto_reopens(&conn, pkt) != (opens && may))
			return false;
	}
	return true;
}

static bool opens_rightly(const struct lb_pkt *pkt, bool opens, bool sloppy)
{
	size_t i;

	pkt->lbn->settings[LB_A_CONFIG_SLOPPY_TCP] = sloppy;
	pkt->lbn->settings[LB_A_CONFIG_SLOPPY_SCTP] = sloppy;
	if (lb_proto_opens(pkt) != opens)
		return false;
	opens = opens && lb_proto_may_begin(pkt);
	for (i = 0; i < ARRAY_SIZE(reuses); i++)
		if (!reopens_rightly(pkt, &reuses[i], opens))
			return false;
	return true;
}

static int test_openings(struct lb_net *lbn)
{
	const struct opening *o = openings;
	struct lb_pkt pkt = { .lbn = lbn };

	for (; o < openings + ARRAY_SIZE(openings); o++) {
		pkt.tuple.proto = o->proto;
		pkt.tuple.sport = htons(o->sport);
		pkt.tcp_flags = o->proto == IPPROTO_TCP ? o->flags : 0;
		pkt.chunk = o->flags;
		if (opens_rightly(&pkt, o->opens, false) &&
		    opens_rightly(&pkt, o->sloppy, true))
			continue;
		pr_err("selftest: proto %u from port %u, flags %x: opens or not\n",
		       o->proto, o->sport, o->flags);
		return -EINVAL;
	}
	return 0;
}

/**
 * struct active_step - A packet, and how many are active after it.
 * @flags: TCP flags.
 * @dir: Where it goes.
 * @active: Expected.
 */
struct active_step {
	u8 flags;
	enum lb_dir dir;
	int active;
};

static const struct active_step active_steps[] = {
	{ LB_TCP_SYN, LB_DIR_ORIG, 1 },
	{ LB_TCP_SYN | LB_TCP_ACK, LB_DIR_REPLY, 1 },
	{ LB_TCP_ACK, LB_DIR_ORIG, 1 },
	{ LB_TCP_FIN | LB_TCP_ACK, LB_DIR_REPLY, 0 },
	{ LB_TCP_FIN | LB_TCP_ACK, LB_DIR_ORIG, 0 },
	{ LB_TCP_SYN, LB_DIR_ORIG, 1 },
	{ LB_TCP_RST, LB_DIR_REPLY, 0 },
	{ LB_TCP_RST, LB_DIR_REPLY, 0 },
};

/* Once over, a connection has been taken out of the count for good. */
static bool stays_uncounted(struct lb_conn *conn, struct lb_pkt *pkt)
{
	conn->life = LB_LIFE_OVER;
	pkt->tcp_flags = LB_TCP_SYN;
	set_state(conn, pkt, LB_DIR_ORIG);
	return !conn->active && !atomic_read(&conn->dest->active);
}

static int test_active(struct lb_net *lbn, struct lb_dest *dest)
{
	struct lb_conn conn = { .dest = dest, .forward = LB_FORWARD_NAT };
	struct lb_pkt pkt = { .lbn = lbn, .tuple.proto = IPPROTO_TCP };
	size_t i;

	spin_lock_init(&conn.lock);
	for (i = 0; i < ARRAY_SIZE(active_steps); i++) {
		pkt.tcp_flags = active_steps[i].flags;
		local_bh_disable();
		set_state(&conn, &pkt, active_steps[i].dir);
		local_bh_enable();
		if (atomic_read(&dest->active) == active_steps[i].active &&
		    conn.active == active_steps[i].active)
			continue;
		pr_err("selftest: proto: %d active at step %zu\n",
		       atomic_read(&dest->active), i);
		return -EINVAL;
	}
	if (!conn.unheard && stays_uncounted(&conn, &pkt))
		return 0;
	pr_err("selftest: proto: a connection that is over is counted\n");
	return -EINVAL;
}

/**
 * lb_proto_selftest() - Check time and what packets mean.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_proto_selftest(void)
{
	struct lb_dest *dest = kzalloc(sizeof(*dest), GFP_KERNEL);
	struct lb_net *lbn = kzalloc(sizeof(*lbn), GFP_KERNEL);
	int err = -ENOMEM;

	if (dest && lbn)
		err = test_time() ?: test_defaults(lbn) ?:
		      test_openings(lbn) ?: test_active(lbn, dest);
	kfree(lbn);
	kfree(dest);
	return err;
}
