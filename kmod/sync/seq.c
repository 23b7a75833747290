// SPDX-License-Identifier: GPL-2.0-only
/* Synchronisation: the masters that a backup hears, what it missed of them, and
 * what it asks them for.
 *
 * A master is asked for all of its connections when it is heard first, and for
 * what was in messages that did not come. It is asked each second until it says
 * that it has told all. With a key, nothing counts of it until it has answered:
 * a recording cannot know what it is asked.
 */

#include <linux/random.h>

#include "lb_sync.h"

#define WINDOW 64

static void ask(struct lb_sync_sender *sender, u8 kind, u32 from, u32 to)
{
	sender->ask = (struct lb_sync_request){
		.kind = kind,
		.of = sender->id,
		.from = from,
		.to = to,
	};
	while (!sender->ask.nonce)
		sender->ask.nonce = get_random_u64();
	sender->asked = jiffies - HZ;
}

static bool is_silent(const struct lb_sync_sender *sender)
{
	return !sender->id ||
	       time_after(jiffies, sender->heard + LB_SYNC_SILENCE);
}

/* Those that answered are not put out by such that did not. */
static struct lb_sync_sender *make_room(struct lb_sync *sync)
{
	struct lb_sync_sender *worst = NULL, *sender;

	for (sender = sync->senders;
	     sender < sync->senders + LB_SYNC_SENDERS; sender++) {
		if (!sender->id)
			return sender;
		if (sender->fresh && !is_silent(sender))
			continue;
		if (!worst || time_before(sender->heard, worst->heard))
			worst = sender;
	}
	return worst;
}

static struct lb_sync_sender *find_sender(struct lb_sync *sync, u64 id)
{
	struct lb_sync_sender *sender;

	for (sender = sync->senders;
	     sender < sync->senders + LB_SYNC_SENDERS; sender++)
		if (sender->id == id)
			return sender;
	return NULL;
}

static void meet(struct lb_sync_sender *sender, u32 seq)
{
	/* What was sent before is in the answer. */
	sender->high = seq;
	sender->seen = ~0ULL;
	sender->missing = false;
}

static struct lb_sync_sender *admit(struct lb_sync *sync,
				    const struct lb_sync_trailer *t, bool keyed)
{
	struct lb_sync_sender *sender = make_room(sync);

	if (!sender)
		return NULL;
	sender->id = t->sender;
	sender->fresh = !keyed;
	meet(sender, t->seq);
	ask(sender, LB_SYNC_ASK_ALL, 0, 0);
	return sender;
}

/* Is it no recording? */
static bool is_fresh(struct lb_sync_sender *sender,
		     const struct lb_sync_trailer *t)
{
	if (!sender->fresh && t->echo == sender->ask.nonce) {
		meet(sender, t->seq - 1);
		sender->fresh = true;
	}
	return sender->fresh;
}

static void miss(struct lb_sync *sync, struct lb_sync_sender *sender, u32 from,
		 u32 to)
{
	lb_sync_count(sync, LB_SYNC_COUNT_LOST, to - from + 1);
	if (!sender->missing)
		sender->from = from;
	sender->to = to;
	sender->missing = true;
}

/* Did all that is missing come late? */
static bool is_complete(const struct lb_sync_sender *sender)
{
	u32 back = sender->high - sender->from;
	u64 mask;

	if (back >= WINDOW)
		return false;
	mask = GENMASK_ULL(back, sender->high - sender->to);
	return (sender->seen & mask) == mask;
}

static bool note_late(struct lb_sync *sync, struct lb_sync_sender *sender,
		      u32 back, bool keyed)
{
	if (back >= WINDOW || sender->seen & BIT_ULL(back)) {
		lb_sync_count(sync, keyed ? LB_SYNC_COUNT_REPLAYED :
					    LB_SYNC_COUNT_DUPLICATE, 1);
		return false;
	}
	sender->seen |= BIT_ULL(back);
	atomic64_dec(&sync->count[LB_SYNC_COUNT_LOST]);
	lb_sync_count(sync, LB_SYNC_COUNT_REORDERED, 1);
	return true;
}

static bool note_number(struct lb_sync *sync, struct lb_sync_sender *sender,
			u32 seq, bool keyed)
{
	s32 ahead = seq - sender->high;

	if (ahead <= 0)
		return note_late(sync, sender, -ahead, keyed);
	sender->seen = ahead < WINDOW ? sender->seen << ahead : 0;
	sender->seen |= 1;
	if (ahead > 1)
		miss(sync, sender, sender->high + 1, seq - 1);
	sender->high = seq;
	return true;
}

/**
 * lb_sync_seq_note() - A master sent a message.
 * @sync: Of the backup that heard it.
 * @t: Its trailer; the number is not 0.
 * @keyed: It has the key.
 *
 * Return: Does what it says of connections count?
 */
bool lb_sync_seq_note(struct lb_sync *sync, const struct lb_sync_trailer *t,
		      bool keyed)
{
	struct lb_sync_sender *sender = find_sender(sync, t->sender);
	bool known = sender;

	if (!known)
		sender = admit(sync, t, keyed);
	if (sender)
		sender->heard = jiffies;
	if (!sender || !is_fresh(sender, t)) {
		lb_sync_count(sync, LB_SYNC_COUNT_STRANGER, 1);
		return false;
	}
	if (known && !note_number(sync, sender, t->seq, keyed))
		return false;
	if (sender->ask.kind && t->done == sender->ask.nonce) {
		sender->ask.kind = LB_SYNC_ASK_NONE;
		lb_sync_count(sync, LB_SYNC_COUNT_REQUESTS_DONE, 1);
	}
	return true;
}

/**
 * lb_sync_seq_ask() - Ask for what is missing; twice a second.
 * @sync: Of a backup.
 */
void lb_sync_seq_ask(struct lb_sync *sync)
{
	struct lb_sync_sender *sender;

	for (sender = sync->senders;
	     sender < sync->senders + LB_SYNC_SENDERS && lb_sync_is_on(sync);
	     sender++) {
		if (is_silent(sender))
			continue;
		if (!sender->ask.kind && sender->missing) {
			if (!is_complete(sender))
				ask(sender, LB_SYNC_ASK_RANGE, sender->from,
				    sender->to);
			sender->missing = false;
		}
		if (!sender->ask.kind ||
		    time_before(jiffies, sender->asked + HZ))
			continue;
		sender->asked = jiffies;
		lb_sync_count(sync, LB_SYNC_COUNT_REQUESTS, 1);
		lb_sync_tx_ask(sync, &sender->ask);
	}
}

/**
 * lb_sync_seq_ask_all() - Ask everybody for everything.
 * @sync: Of a backup.
 */
void lb_sync_seq_ask_all(struct lb_sync *sync)
{
	struct lb_sync_sender *sender;

	for (sender = sync->senders;
	     sender < sync->senders + LB_SYNC_SENDERS; sender++)
		if (sender->id && sender->fresh)
			ask(sender, LB_SYNC_ASK_ALL, 0, 0);
}
