// SPDX-License-Identifier: GPL-2.0-only
/* mh, Maglev: a table that hardly changes when servers come and go.
 *
 * D. E. Eisenbud et al., "Maglev: A Fast and Reliable Software Network Load
 * Balancer", NSDI 2016, section 3.4. Each server prefers the entries of the
 * table in an order of its own, and in turn they take the first that is free.
 * The table depends on nothing but the servers and their weights, so that
 * directors agree on it.
 */

#include <linux/err.h>
#include <linux/mm.h>
#include <linux/rculist.h>
#include <linux/siphash.h>
#include <linux/slab.h>
#include <linux/sort.h>

#include "limit.h"
#include "sched.h"

/* The greatest prime below 2^24: 32 MiB. */
#define GREATEST_SIZE 16777213

/* An entry that no server has, and so the limit of servers. */
#define NOBODY U16_MAX

/* Who gets an entry has this much credit. */
#define ENTRY BIT_ULL(32)

/* So many other entries are tried before the servers themselves. */
#define PROBES 256

/* Equal everywhere, as directors must agree. */
static const siphash_key_t server_key = { { 0x6c62206d61676c65, 1 } };
static const siphash_key_t client_key = { { 0x6c62206d61676c65, 2 } };

/**
 * struct seat - A server in a table.
 * @dest: The server.
 * @next: The entry that it prefers of those it has not tried.
 * @skip: From one to the next.
 * @share: Credit it gets in each round, ENTRY for the heaviest.
 * @credit: What it has.
 */
struct seat {
	struct lb_dest *dest;
	u32 next;
	u32 skip;
	u64 share;
	u64 credit;
};

/**
 * struct table - Which server each entry has; freed by RCU, fixed before.
 * @rcu: For freeing.
 * @size: Number of entries, a prime.
 * @room: Number of seats there is room for.
 * @num: Number of seats.
 * @owner: Whose its entries are, see limit.h.
 * @entry: The entries, behind the seats; an index of a seat, or NOBODY.
 * @seat: The servers, by address and port.
 */
struct table {
	struct rcu_head rcu;
	u32 size;
	u32 room;
	u32 num;
	struct lb_owner *owner;
	u16 *entry;
	struct seat seat[];
};

/**
 * struct mh - Data in a service.
 * @table: The table; cfg_lock to write.
 * @spare: Memory for the next, for a change that must not fail; cfg_lock.
 */
struct mh {
	struct table __rcu *table;
	struct table *spare;
};

/**
 * struct client - What is hashed of a client; zero it before filling.
 * @addr: Its address.
 * @port: Its port, network byte order, if it counts.
 * @probe: Which try this is.
 */
struct client {
	union lb_addr addr;
	__be16 port;
	__be16 probe;
};

/* The memory is for the caller to free. */
static void uncount_table(const struct table *t)
{
	if (t)
		lb_limit_sub(t->owner, LB_LIMIT_MH_ENTRIES, t->size);
}

static void free_table(struct table *t)
{
	uncount_table(t);
	kvfree(t);
}

static struct table *alloc_table(u32 size, u32 room,
				 struct lb_owner *owner)
{
	struct table *t;

	if (!lb_limit_has_room(owner, LB_LIMIT_MH_ENTRIES, size))
		return ERR_PTR(-ENOSPC);
	/* Before it waits for memory, where others would find the same room. */
	lb_limit_add(owner, LB_LIMIT_MH_ENTRIES, size);
	t = kvzalloc(struct_size(t, seat, room) + size * sizeof(*t->entry),
		     GFP_KERNEL_ACCOUNT);
	if (!t) {
		lb_limit_sub(owner, LB_LIMIT_MH_ENTRIES, size);
		return ERR_PTR(-ENOMEM);
	}
	t->owner = owner;
	t->size = size;
	t->room = room;
	t->entry = (u16 *)&t->seat[room];
	return t;
}

static int compare_seats(const void *a, const void *b)
{
	const struct seat *x = a, *y = b;

	return memcmp(&x->dest->key, &y->dest->key, sizeof(x->dest->key));
}

/* The weight that counts is the last that was not 0: a server that is drained
 * keeps its entries, and nobody else's clients move.
 */
static void seat_dests(struct table *t, const struct list_head *dests)
{
	struct lb_dest *dest;

	t->num = 0;
	list_for_each_entry_rcu(dest, dests, list, true)
		if (!WARN_ON_ONCE(t->num == t->room))
			t->seat[t->num++].dest = dest;
	sort(t->seat, t->num, sizeof(*t->seat), compare_seats, NULL);
}

static u32 greatest_weight(const struct table *t)
{
	u32 weight = 0;
	u32 i;

	for (i = 0; i < t->num; i++)
		weight = max_t(u32, weight, t->seat[i].dest->last_weight);
	return weight;
}

/* Each server that has a weight begins with what it lacks to get an entry in
 * the first round.
 */
static void prepare_seat(struct seat *seat, u32 size, u32 greatest)
{
	u64 hash = siphash(&seat->dest->key, sizeof(seat->dest->key),
			   &server_key);

	seat->next = (u32)hash % size;
	seat->skip = (u32)(hash >> 32) % (size - 1) + 1;
	seat->share = div_u64((u64)seat->dest->last_weight << 32, greatest);
	seat->credit = seat->share ? ENTRY - seat->share : 0;
}

static void take_entry(struct table *t, u32 i)
{
	struct seat *seat = &t->seat[i];

	while (t->entry[seat->next] != NOBODY) {
		seat->next += seat->skip;
		if (seat->next >= t->size)
			seat->next -= t->size;
	}
	t->entry[seat->next] = i;
}

/* The table must have at least as many entries as there are servers. */
static void fill_table(struct table *t, const struct list_head *dests)
{
	u32 greatest, left = t->size;
	u32 i;

	seat_dests(t, dests);
	memset(t->entry, 0xff, t->size * sizeof(*t->entry));
	greatest = greatest_weight(t);
	if (!greatest)
		return;

	for (i = 0; i < t->num; i++)
		prepare_seat(&t->seat[i], t->size, greatest);
	for (i = 0; left; i = i + 1 < t->num ? i + 1 : 0) {
		if (!i)
			cond_resched();
		t->seat[i].credit += t->seat[i].share;
		if (t->seat[i].credit < ENTRY)
			continue;
		t->seat[i].credit -= ENTRY;
		take_entry(t, i);
		left--;
	}
}

static int mh_prepare(struct lb_sched *sched, u32 num,
		      struct netlink_ext_ack *extack)
{
	u32 size = lb_setting(sched->lbn, LB_A_CONFIG_MH_TABLE_SIZE);
	struct mh *mh = lb_sched_priv(sched);
	struct table *t;

	if (num > min_t(u32, size, NOBODY)) {
		NL_SET_ERR_MSG(extack,
			       "mh cannot have more real servers than mh-table-size, or than 65535");
		return -EINVAL;
	}
	if (mh->spare && mh->spare->size == size && mh->spare->room >= num)
		return 0;
	free_table(mh->spare);
	mh->spare = NULL;
	t = alloc_table(size, num, sched->lbn->owner);
	if (t == ERR_PTR(-ENOSPC))
		NL_SET_ERR_MSG(extack, "the namespaces of users have too large tables of mh");
	if (IS_ERR(t))
		return PTR_ERR(t);
	mh->spare = t;
	return 0;
}

static void mh_cancel(struct lb_sched *sched)
{
	struct mh *mh = lb_sched_priv(sched);

	free_table(mh->spare);
	mh->spare = NULL;
}

/* Of several changes in a request only the last builds a table. Until then,
 * packets take a server that is gone for one that is not available.
 */
static void mh_changed(struct lb_sched *sched, struct lb_dest *gone)
{
	struct mh *mh = lb_sched_priv(sched);
	struct table *t = mh->spare;

	if (gone)
		return;
	mh->spare = NULL;
	fill_table(t, sched->dests);
	t = rcu_replace_pointer(mh->table, t,
				lockdep_is_held(&sched->lbn->cfg_lock));
	uncount_table(t);
	kvfree_rcu(t, rcu);
}

static struct lb_dest *dest_of(const struct table *t,
			       const struct client *client)
{
	u64 hash = siphash(client, sizeof(*client), &client_key);
	u16 i = t->entry[(u32)hash % t->size];

	return i == NOBODY ? NULL : t->seat[i].dest;
}

static bool can_take(struct lb_dest *dest)
{
	return READ_ONCE(dest->available) && lb_dest_is_usable(dest);
}

/* A few tries spread the clients over all others. If few servers can take a
 * connection, one of those is found in the end.
 */
static struct lb_dest *pick_other(const struct table *t, struct client *client)
{
	struct lb_dest *dest = NULL;
	u32 i;

	for (i = 1; i <= PROBES; i++) {
		client->probe = htons(i);
		dest = dest_of(t, client);
		if (can_take(dest))
			return dest;
	}
	for (i = 0; i < t->num; i++)
		if (t->seat[i].share && can_take(t->seat[i].dest))
			return t->seat[i].dest;
	return NULL;
}

static struct lb_dest *mh_pick(struct lb_sched *sched,
			       const struct lb_pkt *pkt)
{
	struct client client = { .addr = lb_tuple_saddr(&pkt->tuple) };
	const struct mh *mh = lb_sched_priv(sched);
	u32 flags = READ_ONCE(sched->flags);
	const struct table *t;
	struct lb_dest *dest;

	if (flags & LB_SCHED_FLAG_PORT)
		client.port = pkt->tuple.sport;
	t = rcu_dereference(mh->table);
	dest = dest_of(t, &client);
	if (!dest || can_take(dest))
		return dest;
	if (READ_ONCE(dest->available) && !(flags & LB_SCHED_FLAG_FALLBACK))
		return NULL;
	return pick_other(t, &client);
}

static void mh_exit(struct lb_sched *sched)
{
	struct mh *mh = lb_sched_priv(sched);

	free_table(rcu_dereference_protected(mh->table, true));
	free_table(mh->spare);
}

/**
 * lb_sched_mh_check_size() - Can tables have this size?
 * @size: Number of entries.
 *
 * Return: true if it is a prime, and not too large.
 */
bool lb_sched_mh_check_size(u32 size)
{
	u32 i;

	if (size < 2 || size > GREATEST_SIZE)
		return false;
	for (i = 2; i * i <= size; i++)
		if (size % i == 0)
			return false;
	return true;
}

struct lb_sched_ops lb_sched_mh = {
	.name = "mh",
	.pure = true,
	.priv_size = sizeof(struct mh),
	.prepare = mh_prepare,
	.cancel = mh_cancel,
	.changed = mh_changed,
	.pick = mh_pick,
	.exit = mh_exit,
};

#ifdef LB_DEBUG
#include "selftest/sched_mh.c"
#endif
