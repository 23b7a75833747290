// SPDX-License-Identifier: GPL-2.0-only
/* Synchronisation: what was received, from whom it counts, and what it says. */

#include <linux/export.h>
#include <net/ipv6.h>

#include "image.h"
#include "lb_sync.h"

static_assert(LB_SYNC_COUNT_BAD_TRAILER - LB_SYNC_COUNT_BAD_SIZE ==
	      LB_SYNC_BAD_TRAILER - LB_SYNC_BAD_SIZE);

static void count_bad(struct lb_sync *sync, enum lb_sync_bad bad)
{
	lb_sync_count(sync, LB_SYNC_COUNT_BAD_SIZE + bad - LB_SYNC_BAD_SIZE, 1);
}

static bool is_over(u8 state)
{
	return state == LB_STATE_TIME_WAIT || state == LB_STATE_CLOSE ||
	       state == LB_STATE_LAST_ACK || state == LB_STATE_SCTP_CLOSED;
}

static s32 age_in(const struct lb_conn *conn, u8 state, s32 left)
{
	s32 time = READ_ONCE(conn->dest->timeout[state]);

	return max(time - left, 0);
}

/* Does a peer know more of a connection than we do? What nothing has happened
 * to since we last heard of it, or told, gives way. Else it is about who has
 * seen the last packet.
 */
static bool is_newer(struct lb_conn *conn, const struct lb_image *image)
{
	u32 expires = READ_ONCE(conn->expires);
	u8 state = READ_ONCE(conn->state);
	s32 left = expires - lb_now();
	struct lb_conn_told told;
	s32 younger;

	if (!lb_conn_get_told(conn, &told))
		return false;
	if (told.flags & LB_SYNC_TOLD && told.state == state &&
	    abs((s32)(expires - told.until)) < lb_sync_slack())
		return true;
	if (image->left == LB_IMAGE_LEFT_ANY)
		return true;
	if (state == image->state)
		return (s32)image->left > left;
	younger = age_in(conn, state, left) -
		  age_in(conn, image->state, image->left);
	if (abs(younger) < lb_sync_slack())
		return is_over(image->state) || !is_over(state);
	return younger > 0;
}

static void count_refused(struct lb_sync *sync, int err)
{
	switch (err) {
	case -ESRCH:
	case -ENOENT:
		lb_sync_count(sync, err == -ESRCH ? LB_SYNC_COUNT_NO_SERVICE :
						    LB_SYNC_COUNT_NO_DEST, 1);
		sync->missed = true;
		return;
	case -EEXIST:
		lb_sync_count(sync, LB_SYNC_COUNT_CLASH, 1);
		return;
	case -EINVAL:
		lb_sync_count(sync, LB_SYNC_COUNT_IMPOSSIBLE, 1);
		return;
	default:
		lb_sync_count(sync, LB_SYNC_COUNT_NO_ROOM, 1);
	}
}

/* IPVS tells the mark of the packets, also where the service has none. */
static int make(struct lb_sync *sync, struct lb_image *image, bool renew,
		struct lb_conn **conn)
{
	int err = lb_image_apply(sync->lbn, image, renew, conn);

	if (err != -ESRCH || !image->fwmark)
		return err;
	image->fwmark = 0;
	return lb_image_apply(sync->lbn, image, renew, conn);
}

static void apply(struct lb_sync *sync, struct lb_image *image)
{
	struct lb_conn_told told = {
		.state = image->state,
		.flags = LB_SYNC_SEEN | LB_SYNC_TOLD | LB_SYNC_HEARD,
	};
	struct lb_conn *conn;
	int err;

	err = make(sync, image, false, &conn);
	if (err == -EEXIST && conn) {
		if (!is_newer(conn, image)) {
			lb_sync_count(sync, LB_SYNC_COUNT_OLDER, 1);
			return;
		}
		err = make(sync, image, true, &conn);
	}
	if (err) {
		count_refused(sync, err);
		return;
	}
	told.until = READ_ONCE(conn->expires);
	lb_conn_set_told(conn, &told);
}

/* Softirqs get their turn after each: one may cost a look at all real servers
 * of its service, and at a thousand buckets to make room. Return: there may be
 * more.
 */
static bool read_one(struct lb_sync *sync, struct lb_sync_reader *r)
{
	struct lb_image image;
	enum lb_sync_bad bad;
	int more;

	more = lb_sync_wire_next(r, &image, &bad);
	if (more < 0)
		count_bad(sync, bad);
	if (more <= 0)
		return more;
	local_bh_disable();
	rcu_read_lock();
	apply(sync, &image);
	rcu_read_unlock();
	local_bh_enable();
	lb_sync_count(sync, LB_SYNC_COUNT_CONNS, 1);
	return true;
}

/** lb_sync_is_heard() - Did a peer tell us of it? Context: under RCU. */
bool lb_sync_is_heard(struct lb_conn *conn)
{
	struct lb_conn_told told;
	bool whole;

	local_bh_disable();
	whole = lb_conn_get_told(conn, &told);
	local_bh_enable();
	return whole && told.flags & LB_SYNC_HEARD;
}
EXPORT_SYMBOL_LB(lb_sync_is_heard);

static bool is_peer(const struct lb_sync_link *link,
		    const struct lb_sync_in *in)
{
	u8 i;

	for (i = 0; i < link->place.num_peers; i++)
		if (link->place.peers[i].family == in->from.family &&
		    ipv6_addr_equal(&link->place.peers[i].addr.ip6,
				    &in->from.addr.ip6))
			return true;
	return !link->place.num_peers;
}

/* With a key it does not matter where it comes from. */
static bool is_allowed(struct lb_sync *sync, struct lb_sync_link *link,
		       const struct lb_sync_trailer *t, bool has_trailer)
{
	const struct lb_sync_in *in = &sync->in;
	enum lb_sync_count why;

	if (has_trailer && t->sender == sync->id)
		why = LB_SYNC_COUNT_OWN;
	else if (link->hmac && (!has_trailer || !t->keyed ||
				!lb_sync_link_verify(link, in->data, in->len)))
		why = LB_SYNC_COUNT_UNAUTHENTIC;
	else if (!link->hmac && in->ttl > link->place.ttl)
		why = LB_SYNC_COUNT_WRONG_TTL;
	else if (!link->hmac && !is_peer(link, in))
		why = LB_SYNC_COUNT_WRONG_PEER;
	else
		return true;
	lb_sync_count(sync, why, 1);
	return false;
}

/* What a backup makes of it. */
static void take_conns(struct lb_sync *sync, struct lb_sync_link *link,
		       struct lb_sync_reader *r,
		       const struct lb_sync_trailer *t, bool has_trailer)
{
	const struct lb_sync_cfg *cfg = &sync->cfg[LB_SYNC_ROLE_BACKUP];

	if (cfg->syncid && cfg->syncid != r->syncid) {
		lb_sync_count(sync, LB_SYNC_COUNT_WRONG_SYNCID, 1);
		return;
	}
	if (has_trailer && (!t->seq || !lb_sync_seq_note(sync, t, link->hmac)))
		return;
	while (read_one(sync, r))
		cond_resched();
}

/**
 * lb_sync_rx_take() - Take in a message.
 * @sync: Its @in is it.
 * @link: By which it came.
 */
void lb_sync_rx_take(struct lb_sync *sync, struct lb_sync_link *link)
{
	struct lb_sync_trailer t;
	struct lb_sync_reader r;
	enum lb_sync_bad bad;
	bool has_trailer;

	lb_sync_count(sync, LB_SYNC_COUNT_MESSAGES, 1);
	lb_sync_count(sync, LB_SYNC_COUNT_BYTES, sync->in.len);
	bad = lb_sync_wire_open(&r, sync->in.data, sync->in.len, &t,
				&has_trailer);
	if (bad) {
		count_bad(sync, bad);
		return;
	}
	if (!is_allowed(sync, link, &t, has_trailer))
		return;
	if (has_trailer && t.request.kind &&
	    link == sync->link[LB_SYNC_ROLE_MASTER] &&
	    lb_sync_fits(sync->cfg[LB_SYNC_ROLE_MASTER].syncid, r.syncid))
		lb_sync_tx_answer(sync, &t.request);
	if (has_trailer && !t.seq && link == sync->link[LB_SYNC_ROLE_MASTER])
		lb_sync_tx_note_alike(sync, t.config);
	if (link == sync->link[LB_SYNC_ROLE_BACKUP])
		take_conns(sync, link, &r, &t, has_trailer);
}
