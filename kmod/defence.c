// SPDX-License-Identifier: GPL-2.0-only
/* Defence against floods. While memory is short, or always: drop some new
 * connections (drop_packet), end connections that are not established
 * (drop_entry), and let only the server establish them (secure_tcp). At
 * conn_max, evict a connection that is not established for a new one.
 *
 * Memory is short when fewer than amemthresh pages can be had without swapping:
 * si_mem_available(), which /proc/meminfo shows as MemAvailable. Free pages
 * alone say little, as a busy machine fills them with what it can drop.
 */

#include <linux/mm.h>

#include "conn.h"
#include "defence.h"
#include "limit.h"

/* The modes of all three. */
enum mode { OFF, READY, ACTIVE, ALWAYS };

/* Pages that are wanting. */
static u32 missing_pages(const struct lb_net *lbn)
{
	s64 wanted = lb_setting(lbn, LB_A_CONFIG_AMEMTHRESH);

	return max(wanted - max(si_mem_available(), 0L), 0LL);
}

/* The setting tells whether it is at work, as that of IPVS does. */
static bool is_on(struct lb_net *lbn, int attr, bool is_short)
{
	enum mode mode = lb_setting(lbn, attr);

	if (mode == READY || mode == ACTIVE) {
		mode = is_short ? ACTIVE : READY;
		WRITE_ONCE(lbn->settings[attr], mode);
	}
	return mode >= ACTIVE;
}

/* One of so many new connections is dropped. */
static u32 drop_rate(struct lb_net *lbn, u32 missing)
{
	if (!is_on(lbn, LB_A_CONFIG_DROP_PACKET, missing))
		return 0;
	if (lb_setting(lbn, LB_A_CONFIG_DROP_PACKET) == ALWAYS)
		return lb_setting(lbn, LB_A_CONFIG_AM_DROPRATE);
	return lb_setting(lbn, LB_A_CONFIG_AMEMTHRESH) / missing;
}

static bool is_wanted(const struct lb_net *lbn)
{
	return lb_setting(lbn, LB_A_CONFIG_DROP_ENTRY) != OFF ||
	       lb_setting(lbn, LB_A_CONFIG_DROP_PACKET) != OFF ||
	       lb_setting(lbn, LB_A_CONFIG_SECURE_TCP) != OFF;
}

/**
 * lb_defence_update() - Look at the memory; each second while that matters.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @value: Of the setting that was changed; it does not matter.
 */
void lb_defence_update(struct lb_net *lbn, u32 value)
{
	u32 missing = missing_pages(lbn);

	lockdep_assert_held(&lbn->cfg_lock);
	WRITE_ONCE(lbn->drop_rate, drop_rate(lbn, missing));
	WRITE_ONCE(lbn->secure_tcp,
		   is_on(lbn, LB_A_CONFIG_SECURE_TCP, missing));
	WRITE_ONCE(lbn->drop_entry,
		   is_on(lbn, LB_A_CONFIG_DROP_ENTRY, missing));
	if (is_wanted(lbn))
		queue_delayed_work(system_unbound_wq, &lbn->defence, HZ);
}

/* Ticks since its last packet, or more if its timeout has been raised since. */
static s32 rested(const struct lb_conn *conn)
{
	s32 left = READ_ONCE(conn->expires) - lb_now();

	return READ_ONCE(conn->dest->timeout[READ_ONCE(conn->state)]) - left;
}

/* May it be evicted? Half-open and finished ones, and those by NAT that the
 * server has not answered; no template.
 */
static bool is_spare(const struct lb_conn *conn)
{
	switch (READ_ONCE(conn->state)) {
	case LB_STATE_SYN_RECV:
	case LB_STATE_SYNACK:
	case LB_STATE_TIME_WAIT:
	case LB_STATE_CLOSE:
	case LB_STATE_LISTEN:
	case LB_STATE_SCTP_INIT1:
	case LB_STATE_SCTP_INIT:
	case LB_STATE_SCTP_COOKIE_SENT:
	case LB_STATE_SCTP_REJECTED:
	case LB_STATE_SCTP_CLOSED:
		return true;
	default:
		return lb_conn_has_reply(conn) && !lb_conn_was_heard(conn);
	}
}

/* Handshakes that may still go on are left alone. UDP does not say what it is
 * about; when it has rested for long, another server may do as well.
 */
static bool thin_conn(struct lb_conn *conn, void *arg)
{
	u32 limit = READ_ONCE(conn->state) == LB_STATE_UDP ? 60 : 1;
	struct lb_net *lbn = arg;

	if ((READ_ONCE(conn->state) == LB_STATE_UDP || is_spare(conn)) &&
	    rested(conn) >= (s32)lb_ticks(limit))
		lb_conn_kill(lbn->conns, conn);
	return false;
}

static u32 scan(struct lb_net *lbn, u32 buckets,
		bool (*fn)(struct lb_conn *conn, void *arg), void *arg)
{
	u32 hand = READ_ONCE(lbn->hand);
	u32 seen = lb_conn_scan(lbn->conns, hand, buckets, fn, arg);

	WRITE_ONCE(lbn->hand, hand + seen);
	return seen;
}

/* Limits of a search, so that a packet's cost has one, too. */
#define SEARCH_BUCKETS 1024
#define SEARCH_CONNS 128
#define SEARCH_SPARE 8

/**
 * struct search - A search for the connection that can best be spared.
 * @conn: The best so far.
 * @rested: Ticks that it has rested.
 * @spare: Connections that could be spared.
 * @seen: Connections looked at.
 */
struct search {
	struct lb_conn *conn;
	s32 rested;
	u32 spare;
	u32 seen;
};

/* A template without connections is the best: only a flood leaves many. */
static bool consider(struct lb_conn *conn, void *arg)
{
	bool template = lb_key_is_template(&conn->orig.key);
	struct search *search = arg;
	s32 ticks;

	if (template ? refcount_read(&conn->ref) == 1 : is_spare(conn)) {
		ticks = template ? S32_MAX : rested(conn);
		if (!search->conn || ticks > search->rested) {
			search->conn = conn;
			search->rested = ticks;
		}
		search->spare++;
	}
	return ++search->seen == SEARCH_CONNS || search->spare == SEARCH_SPARE;
}

/* Of a few, the one that was idle longest: hardly ever one whose handshake is
 * under way.
 */
static bool evict(struct lb_net *lbn)
{
	struct search search = {};

	scan(lbn, SEARCH_BUCKETS, consider, &search);
	if (!search.conn)
		return false;
	if (lb_conn_kill(lbn->conns, search.conn))
		atomic64_inc(&lbn->evicted);
	return true;
}

static bool is_full(const struct lb_net *lbn)
{
	return lb_limit_is_met(lbn, LB_LIMIT_CONNS, lb_conn_count(lbn->conns));
}

/**
 * lb_defence_make_room() - See that there is room for a new connection.
 * @lbn: Namespace.
 *
 * A persistent client brings a template, too, and other CPUs bring connections
 * at the same time: conn_max is exceeded by a few at most.
 *
 * Context: under RCU, bottom halves off.
 * Return: false if there are conn_max, or as many as those of all users may be,
 * and none of them can be spared.
 */
bool lb_defence_make_room(struct lb_net *lbn)
{
	if (likely(!is_full(lbn)))
		return true;
	return evict(lbn) && (!is_full(lbn) || evict(lbn));
}

/* In half a minute all of the table has had its turn. */
static void thin_table(struct lb_net *lbn)
{
	u32 left = lb_conn_table_size(lbn->conns) / 32;

	while (left) {
		rcu_read_lock();
		local_bh_disable();
		left -= scan(lbn, min(left, 16U), thin_conn, lbn);
		local_bh_enable();
		rcu_read_unlock();
		cond_resched();
	}
}

static void defend(struct work_struct *work)
{
	struct lb_net *lbn = container_of(to_delayed_work(work), struct lb_net,
					  defence);

	mutex_lock(&lbn->cfg_lock);
	lb_defence_update(lbn, 0);
	mutex_unlock(&lbn->cfg_lock);
	if (READ_ONCE(lbn->drop_entry) && lb_net_conns(lbn))
		thin_table(lbn);
}

/**
 * lb_defence_init() - Prepare a namespace.
 * @lbn: Namespace.
 */
void lb_defence_init(struct lb_net *lbn)
{
	INIT_DELAYED_WORK(&lbn->defence, defend);
}

/**
 * lb_defence_exit() - Stop the work; no request can start it again.
 * @lbn: Namespace.
 */
void lb_defence_exit(struct lb_net *lbn)
{
	cancel_delayed_work_sync(&lbn->defence);
}
