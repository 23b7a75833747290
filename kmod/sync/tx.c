// SPDX-License-Identifier: GPL-2.0-only
/* Synchronisation: what a master tells of its connections, and when.
 *
 * Packets do nothing for it. A walk through the table, twice a second or less
 * often if it takes long, finds what peers should be told: what it has seen
 * twice and lives, what has changed since, and what peers would forget too
 * early. So what is over within a second is never sent, and nor are datagrams,
 * or half-closed connections, that nothing follows.
 *
 * Nor is what peers would do anyway: where all peers are known, and have the
 * same services, their own schedulers choose the same real servers by address.
 */

#include <linux/delay.h>
#include <linux/ktime.h>
#include <linux/random.h>

#include "agree.h"
#include "image.h"
#include "proto.h"
#include "lb_sync.h"

/* Time from one walk to the next; and of all time, walks may take one part of
 * so many, or of fewer while a backup waits for one.
 */
#define PERIOD (HZ / 2)
#define SHARE 10
#define SHARE_ASKED 2

/* Connections that are visited in one go, and how long the work goes on. */
#define BATCH 4096
#define STINT (5 * NSEC_PER_MSEC)

/* With so many a second, the next may be told sooner than after a jiffy. */
#define MANY 1000

/* Peers must hear something each second: then they notice what was lost. */
#define BEAT (HZ - HZ / 4)

static struct lb_sync_link *master_link(const struct lb_sync *sync)
{
	return sync->link[LB_SYNC_ROLE_MASTER];
}

/* 0 is for what is in no sequence. */
static u32 next_seq(const struct lb_sync *sync)
{
	return sync->seq % S32_MAX + 1;
}

/* Room for the trailer comes beyond what is said here. */
static u16 room(const struct lb_sync_cfg *cfg)
{
	u32 len = max_t(u32, cfg->maxlen,
			LB_SYNC_LEN_MIN + LB_SYNC_TRAILER_MAX);

	return min_t(u32, len, LB_SYNC_LEN_MAX) - LB_SYNC_TRAILER_MAX;
}

/**
 * lb_sync_tx_begin() - Begin a message; there is one in the making always.
 * @sync: Of a master.
 */
void lb_sync_tx_begin(struct lb_sync *sync)
{
	const struct lb_sync_cfg *cfg = &sync->cfg[LB_SYNC_ROLE_MASTER];

	lb_sync_wire_begin(&sync->out, sync->out_data, room(cfg), cfg->syncid);
}

static void send(struct lb_sync *sync, struct lb_sync_trailer *t)
{
	struct lb_sync_link *link = master_link(sync);

	sync->seq = next_seq(sync);
	/* Or else what was recorded long ago would come behind this one. */
	if (sync->seq == 1)
		sync->id = get_random_u64() ?: 1;
	t->sender = sync->id;
	t->seq = sync->seq;
	t->keyed = link->hmac;
	lb_sync_count(sync, LB_SYNC_COUNT_SENT_CONNS, sync->out.nr);
	lb_sync_link_send(sync, link, sync->out.data,
			  lb_sync_wire_end(&sync->out, t));
	lb_sync_tx_begin(sync);
	sync->sent = jiffies;
}

static void flush(struct lb_sync *sync)
{
	struct lb_sync_trailer t = {};

	if (sync->out.nr)
		send(sync, &t);
}

/**
 * lb_sync_tx_ask() - Send a request of a backup.
 * @sync: Of the backup, which may be a master, too.
 * @ask: What it asks for.
 */
void lb_sync_tx_ask(struct lb_sync *sync, const struct lb_sync_request *ask)
{
	const struct lb_sync_cfg *cfg = &sync->cfg[LB_SYNC_ROLE_BACKUP];
	struct lb_sync_link *link = sync->link[LB_SYNC_ROLE_BACKUP];
	struct lb_sync_trailer t = {
		.sender = sync->id,
		.config = sync->config,
		.request = *ask,
		.keyed = link->hmac,
	};
	u8 data[LB_SYNC_LEN_MIN + LB_SYNC_TRAILER_MAX];
	struct lb_sync_buf buf;

	lb_sync_wire_begin(&buf, data, LB_SYNC_LEN_MIN, cfg->syncid);
	lb_sync_link_send(sync, link, data, lb_sync_wire_end(&buf, &t));
}

static struct lb_sync_asked *find_asked(struct lb_sync *sync, u64 nonce)
{
	struct lb_sync_asked *asked;

	for (asked = sync->asked; asked < sync->asked + LB_SYNC_ASKED; asked++)
		if (asked->request.nonce == nonce)
			return asked;
	return NULL;
}

static void note_asked(struct lb_sync *sync, const struct lb_sync_request *ask)
{
	struct lb_sync_asked *asked;

	for (asked = sync->asked; asked < sync->asked + LB_SYNC_ASKED; asked++)
		if (asked->stage == LB_SYNC_STAGE_DONE) {
			asked->request = *ask;
			asked->stage = LB_SYNC_STAGE_WAITS;
			lb_sync_count(sync, LB_SYNC_COUNT_ASKED, 1);
			return;
		}
	lb_sync_count(sync, LB_SYNC_COUNT_ASKED_TOO_MUCH, 1);
}

/**
 * lb_sync_tx_answer() - A backup asks for something, perhaps again.
 * @sync: Of a master.
 * @ask: What it asks for.
 */
void lb_sync_tx_answer(struct lb_sync *sync, const struct lb_sync_request *ask)
{
	struct lb_sync_trailer t = { .echo = ask->nonce };
	const struct lb_sync_asked *asked;

	if (!ask->nonce || (ask->of && ask->of != sync->id) ||
	    (ask->kind != LB_SYNC_ASK_ALL && ask->kind != LB_SYNC_ASK_RANGE))
		return;
	asked = find_asked(sync, ask->nonce);
	if (!asked)
		note_asked(sync, ask);
	else if (asked->stage == LB_SYNC_STAGE_DONE)
		t.done = ask->nonce;
	flush(sync);
	send(sync, &t);
}

/**
 * lb_sync_tx_sum_up() - Keep our checksum up to date; twice a second.
 * @sync: Of master or backup.
 *
 * Who holds cfg_lock may wait for us: then there is none until the next time.
 */
void lb_sync_tx_sum_up(struct lb_sync *sync)
{
	struct lb_net *lbn = sync->lbn;
	u32 settings = 2 * lb_setting(lbn, LB_A_CONFIG_MH_TABLE_SIZE) +
		       lb_setting(lbn, LB_A_CONFIG_SLOPPY_TCP);

	if (sync->summed != READ_ONCE(lbn->gen)) {
		sync->sum = 0;
		if (mutex_trylock(&lbn->cfg_lock)) {
			sync->summed = lbn->gen;
			sync->sum = lb_agree_sum(lbn);
			mutex_unlock(&lbn->cfg_lock);
		}
	}
	sync->config = sync->sum ? sync->sum + settings ?: 1 : 0;
}

/* With a group, nobody knows who listens; with a key, a recording could say
 * that all is as it was.
 */
static bool may_agree(const struct lb_sync_link *link)
{
	return !link->place.group.family && !link->hmac;
}

/**
 * lb_sync_tx_tell_alike() - Say what we would choose by ourselves.
 * @sync: Of a backup.
 */
void lb_sync_tx_tell_alike(struct lb_sync *sync)
{
	const struct lb_sync_request nothing = {};

	if (may_agree(sync->link[LB_SYNC_ROLE_BACKUP]))
		lb_sync_tx_ask(sync, &nothing);
}

/**
 * lb_sync_tx_note_alike() - A backup has said that.
 * @sync: Of a master; its @in is the message.
 * @config: Its checksum.
 */
void lb_sync_tx_note_alike(struct lb_sync *sync, u32 config)
{
	const struct lb_sync_place *place = &master_link(sync)->place;
	u8 i;

	for (i = 0; i < place->num_peers; i++)
		if (!memcmp(&place->peers[i], &sync->in.from,
			    sizeof(sync->in.from)))
			sync->alike[i] = (struct lb_sync_alike){
				.config = config,
				.heard = jiffies,
			};
}

static bool agrees(const struct lb_sync *sync)
{
	const struct lb_sync_link *link = master_link(sync);
	u8 i;

	if (!sync->config || !may_agree(link))
		return false;
	for (i = 0; i < link->place.num_peers; i++)
		if (sync->alike[i].config != sync->config ||
		    time_after(jiffies, sync->alike[i].heard +
					LB_SYNC_SILENCE))
			return false;
	return true;
}

/* What was summed up is what packets meet still, and all peers have that. */
static bool is_chosen_alike(const struct lb_sync *sync,
			    const struct lb_conn *conn)
{
	return sync->agrees && sync->summed == READ_ONCE(sync->lbn->gen) &&
	       lb_agree_chooses(sync->lbn, conn);
}

/**
 * lb_sync_tx_beat() - Say that we are there, unless something was said lately.
 * @sync: Of a master.
 */
void lb_sync_tx_beat(struct lb_sync *sync)
{
	struct lb_sync_trailer t = {};

	flush(sync);
	if (time_after_eq(jiffies, sync->sent + BEAT))
		send(sync, &t);
}

/* States that last even without packets. */
static bool lasts(const struct lb_conn *conn, u8 state)
{
	const u32 states = BIT(LB_STATE_ESTABLISHED) |
			   BIT(LB_STATE_SCTP_ESTABLISHED);

	return conn->orig.key.template || states & BIT(state);
}

/* States in which something goes on, or nothing: of those that are over, we
 * may have seen no more.
 */
static bool may_last(const struct lb_conn *conn, u8 state)
{
	const u32 states = BIT(LB_STATE_FIN_WAIT) | BIT(LB_STATE_CLOSE_WAIT) |
			   BIT(LB_STATE_UDP) |
			   BIT(LB_STATE_SCTP_SHUTDOWN_SENT) |
			   BIT(LB_STATE_SCTP_SHUTDOWN_RECEIVED);

	return lasts(conn, state) || states & BIT(state);
}

static bool begins(u8 state)
{
	const u32 states = BIT(LB_STATE_NONE) | BIT(LB_STATE_SYN_SENT) |
			   BIT(LB_STATE_SYN_RECV) | BIT(LB_STATE_SYNACK) |
			   BIT(LB_STATE_LISTEN) | BIT(LB_STATE_SCTP_INIT1) |
			   BIT(LB_STATE_SCTP_INIT) |
			   BIT(LB_STATE_SCTP_COOKIE_SENT) |
			   BIT(LB_STATE_SCTP_COOKIE_REPLIED) |
			   BIT(LB_STATE_SCTP_COOKIE_WAIT) |
			   BIT(LB_STATE_SCTP_COOKIE) |
			   BIT(LB_STATE_SCTP_COOKIE_ECHOED);

	return states & BIT(state);
}

/* Was it in a message that somebody asks for? */
static bool is_asked_for(const struct lb_sync *sync,
			 const struct lb_conn_told *told)
{
	const struct lb_sync_asked *asked;
	u16 size;

	for (asked = sync->asked; asked < sync->asked + LB_SYNC_ASKED;
	     asked++) {
		size = asked->request.to - asked->request.from;
		if (asked->stage == LB_SYNC_STAGE_WALKS &&
		    (u16)(told->msg - asked->request.from) <= size)
			return true;
	}
	return false;
}

/* Peers that are told nothing for half of the time that they know of would soon
 * forget it.
 */
static bool is_stale(const struct lb_conn_told *told, u32 now, s32 left)
{
	s32 known = told->until - now;

	return known <= left / 2 && left - known > lb_sync_slack();
}

static bool should_tell(const struct lb_sync *sync, const struct lb_conn *conn,
			struct lb_conn_told *told, u32 now)
{
	s32 left = READ_ONCE(conn->expires) - now;
	u8 state = READ_ONCE(conn->state);

	if (left <= 0)
		return false;
	if (!(told->flags & LB_SYNC_TOLD))
		return (lasts(conn, state) ||
			(may_last(conn, state) &&
			 (s32)(now + left - told->until) > (s32)lb_ticks(1))) &&
		       !is_chosen_alike(sync, conn);
	if (begins(state) && !conn->orig.key.template)
		return false;
	return state != told->state || is_asked_for(sync, told) ||
	       ((is_stale(told, now, left) ||
		 (sync->all && may_last(conn, state))) &&
		!is_chosen_alike(sync, conn));
}

/* Is it seen in this state for the first time? Then that is noted. */
static bool is_new(const struct lb_conn *conn, struct lb_conn_told *told)
{
	u8 state = READ_ONCE(conn->state);

	if (told->flags & LB_SYNC_TOLD || !may_last(conn, state) ||
	    (told->flags & LB_SYNC_SEEN && told->state == state))
		return false;
	told->flags = LB_SYNC_SEEN;
	told->state = state;
	told->until = READ_ONCE(conn->expires);
	return true;
}

/**
 * struct visit - A part of a walk.
 * @sync: Whose it is.
 * @now: When it began, in ticks.
 * @left: Connections to visit before others may have the table.
 * @templates: Only they are told.
 */
struct visit {
	struct lb_sync *sync;
	u32 now;
	u32 left;
	bool templates;
};

/* That it is told is noted first: a shift of sequence numbers of FTP is in the
 * image, or else notes afterwards that there is more to tell.
 *
 * Return false if there is no room in the message: it is to be told again.
 */
static bool tell(struct lb_sync *sync, struct lb_conn *conn,
		 const struct lb_conn_told *before)
{
	const struct lb_conn_told told = {
		.until = READ_ONCE(conn->expires),
		.state = READ_ONCE(conn->state),
		.flags = before->flags | LB_SYNC_TOLD,
		.msg = next_seq(sync),
	};
	struct lb_image image;

	lb_conn_set_told(conn, &told);
	lb_image_of(&image, conn);
	if (!lb_sync_wire_add(&sync->out, &image)) {
		lb_conn_set_told(conn, before);
		return false;
	}
	sync->credit--;
	return true;
}

/* Who asks for all may not have what he was told of before: it is told as soon
 * as he would not choose it any more.
 */
static void leave_out(const struct lb_sync *sync, struct lb_conn *conn,
		      struct lb_conn_told *told, u32 now)
{
	if (!sync->all || !(told->flags & LB_SYNC_TOLD) ||
	    !may_last(conn, told->state))
		return;
	told->until = now;
	lb_conn_set_told(conn, told);
}

static int visit_conn(struct lb_conn *conn, void *arg)
{
	struct visit *visit = arg;
	struct lb_sync *sync = visit->sync;
	struct lb_conn_told told;
	int err = 0;

	if (!visit->left || !sync->credit || !lb_sync_is_on(sync))
		return -EAGAIN;
	visit->left--;
	if (visit->templates && !lb_key_is_template(&conn->orig.key))
		return 0;
	local_bh_disable();
	if (lb_conn_get_told(conn, &told)) {
		if (is_new(conn, &told))
			lb_conn_set_told(conn, &told);
		else if (!should_tell(sync, conn, &told, visit->now))
			leave_out(sync, conn, &told, visit->now);
		else if (!tell(sync, conn, &told))
			err = -ENOBUFS;
	}
	local_bh_enable();
	return err;
}

/* What was asked for until now is told by the walk that begins. */
static void begin_walk(struct lb_sync *sync)
{
	struct lb_sync_asked *asked;

	for (asked = sync->asked; asked < sync->asked + LB_SYNC_ASKED;
	     asked++) {
		if (asked->stage != LB_SYNC_STAGE_WAITS)
			continue;
		asked->stage = LB_SYNC_STAGE_WALKS;
		/* Messages are told apart by 16 bits. */
		if (asked->request.kind == LB_SYNC_ASK_ALL ||
		    asked->request.to - asked->request.from > S16_MAX)
			sync->all = true;
	}
	memset(&sync->cursor, 0, sizeof(sync->cursor));
	sync->started = jiffies;
	sync->spent = 0;
	sync->walks = true;
}

static void end_walk(struct lb_sync *sync)
{
	struct lb_sync_trailer t = {};
	struct lb_sync_asked *asked;

	flush(sync);
	/* Who is not told now is told after the next walk. */
	for (asked = sync->asked;
	     asked < sync->asked + LB_SYNC_ASKED && lb_sync_is_on(sync);
	     asked++) {
		if (asked->stage != LB_SYNC_STAGE_WALKS)
			continue;
		asked->stage = LB_SYNC_STAGE_DONE;
		t.done = asked->request.nonce;
		send(sync, &t);
	}
	sync->walks = false;
	sync->all = false;
}

/* What is told at once is what may be told in a hundredth of a second, so that
 * peers have time to take it; of few it is what two jiffies bring, as a timer
 * of one may take so long.
 */
static void fill_credit(struct lb_sync *sync)
{
	u32 rate = lb_setting(sync->lbn, LB_A_CONFIG_SYNC_RATE);
	u32 few = min_t(u32, rate, MANY);
	u32 burst = max3(rate / 100, few * 2 / HZ, 1U);
	u64 now = ktime_get_ns();
	u64 more = div_u64(min_t(u64, now - sync->filled, NSEC_PER_SEC) * rate,
			   NSEC_PER_SEC);

	if (!more)
		return;
	sync->credit = min_t(u64, sync->credit + more, burst);
	sync->filled = now;
}

/* Return: jiffies that are left to wait. */
static unsigned long await_credit(const struct lb_sync *sync)
{
	u32 rate = lb_setting(sync->lbn, LB_A_CONFIG_SYNC_RATE);

	if (rate < MANY)
		return max(HZ / rate, 1U);
	usleep_range(USEC_PER_MSEC, 2 * USEC_PER_MSEC);
	return 0;
}

/* One message at most, for which the device may not have room soon; that it
 * waits puts the next walk off no longer than it lasts. Return what ended the
 * walk.
 */
static int walk_on(struct lb_sync *sync, struct lb_conn_table *table)
{
	struct visit visit = {
		.sync = sync,
		.now = lb_now(),
		.left = BATCH,
		.templates = lb_setting(sync->lbn,
					LB_A_CONFIG_SYNC_PERSIST_MODE),
	};
	u64 begin;
	int err;

	/* A walk may take long. */
	sync->agrees = agrees(sync);
	begin = ktime_get_ns();
	err = lb_conn_walk(table, &sync->cursor, visit_conn, &visit);
	sync->spent += ktime_get_ns() - begin;
	flush(sync);
	return err;
}

static bool is_awaited(const struct lb_sync *sync)
{
	const struct lb_sync_asked *asked;

	for (asked = sync->asked; asked < sync->asked + LB_SYNC_ASKED; asked++)
		if (asked->stage == LB_SYNC_STAGE_WAITS)
			return true;
	return false;
}

static unsigned long until_next(const struct lb_sync *sync)
{
	u64 rest = sync->spent * (is_awaited(sync) ? SHARE_ASKED : SHARE);
	unsigned long pause = max_t(unsigned long, PERIOD,
				    nsecs_to_jiffies(rest));
	unsigned long next = sync->started + pause;

	return time_after(next, jiffies) ? next - jiffies : 0;
}

/**
 * lb_sync_tx_walk() - Walk on through the connections, if it is time to.
 * @sync: Of a master.
 *
 * Return: Jiffies until this is to be called again.
 */
unsigned long lb_sync_tx_walk(struct lb_sync *sync)
{
	struct lb_conn_table *table = lb_net_conns(sync->lbn);
	u64 begin = ktime_get_ns();
	int err;

	if (!sync->walks) {
		if (until_next(sync))
			return until_next(sync);
		begin_walk(sync);
	}
	fill_credit(sync);
	do {
		err = table ? walk_on(sync, table) : 0;
	} while (err && sync->credit && lb_sync_is_on(sync) &&
		 ktime_get_ns() - begin < STINT);
	if (err)
		return sync->credit ? 0 : await_credit(sync);
	end_walk(sync);
	return until_next(sync);
}
