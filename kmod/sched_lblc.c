// SPDX-License-Identifier: GPL-2.0-only
/* For transparent caches: lblc remembers the server of each address that was
 * asked for, lblcr several.
 *
 * Under sched->lock all of it, and without references: a server that goes is
 * forgotten before it can be freed. What is oldest goes when it expires, or if
 * there is no room; each packet sees to that, so nothing runs by itself.
 */

#include <linux/jhash.h>
#include <linux/random.h>
#include <linux/rculist.h>
#include <linux/slab.h>

#include "limit.h"
#include "sched.h"

/* With the rest of struct cache, just what two pages hold. */
#define BUCKETS 1000

#define MAX_ENTRIES 16384

/* Servers of one address: packets take this memory, 8 MiB at most in all. */
#define MAX_DESTS 64

/* More than one, so that old ones vanish in the long run. */
#define DROPS 2

/**
 * struct entry - An address that was asked for.
 * @node: In its bucket.
 * @age: In cache->entries.
 * @addr: The address.
 * @used: When it was asked for last, ticks.
 * @changed: When a server was added to or dropped from @dest, ticks.
 * @num: Number of servers; 0 when they are gone.
 * @dest: Servers.
 */
struct entry {
	struct hlist_node node;
	struct list_head age;
	union lb_addr addr;
	u32 used;
	u32 changed;
	u32 num;
	struct lb_dest **dest;
};

/**
 * struct cache - What is remembered of a service.
 * @bucket: The entries by address.
 * @entries: All of them, the one used last first.
 * @num: How many.
 * @seed: Of the hash.
 * @owner: Whose its entries are, see limit.h.
 * @stale: Servers went since the entries were looked through; cfg_lock.
 */
struct cache {
	struct hlist_head bucket[BUCKETS];
	struct list_head entries;
	u32 num;
	u32 seed;
	struct lb_owner *owner;
	bool stale;
};

static struct hlist_head *bucket_of(struct cache *cache,
				    const union lb_addr *addr)
{
	u32 hash = jhash2((__force const u32 *)addr->ip6.s6_addr32, 4,
			  cache->seed);

	return &cache->bucket[reciprocal_scale(hash, BUCKETS)];
}

static void free_entry(struct cache *cache, struct entry *entry)
{
	hlist_del(&entry->node);
	list_del(&entry->age);
	kfree(entry->dest);
	kfree(entry);
	cache->num--;
	lb_limit_sub(cache->owner, LB_LIMIT_LBLC_ENTRIES, 1);
}

static void drop_expired(struct cache *cache, u32 expiration)
{
	struct entry *entry, *next;
	int left = DROPS;

	list_for_each_entry_safe_reverse(entry, next, &cache->entries, age) {
		if (!left-- || lb_now() - entry->used <= expiration)
			break;
		free_entry(cache, entry);
	}
}

/* Found is used. */
static struct entry *find_entry(struct cache *cache, const union lb_addr *addr,
				u32 expiration)
{
	struct entry *entry;

	hlist_for_each_entry(entry, bucket_of(cache, addr), node) {
		if (memcmp(&entry->addr, addr, sizeof(*addr)))
			continue;
		if (lb_now() - entry->used > expiration) {
			free_entry(cache, entry);
			return NULL;
		}
		entry->used = lb_now();
		list_move(&entry->age, &cache->entries);
		return entry;
	}
	return NULL;
}

static bool is_full(const struct cache *cache)
{
	return cache->num == MAX_ENTRIES ||
	       !lb_limit_has_room(cache->owner, LB_LIMIT_LBLC_ENTRIES, 1);
}

static struct entry *add_entry(struct cache *cache, const union lb_addr *addr)
{
	struct entry *entry;

	if (is_full(cache)) {
		if (!cache->num)
			return NULL;
		free_entry(cache, list_last_entry(&cache->entries,
						  struct entry, age));
	}
	entry = kzalloc(sizeof(*entry), GFP_ATOMIC | __GFP_NOWARN);
	if (!entry)
		return NULL;
	entry->addr = *addr;
	entry->used = lb_now();
	hlist_add_head(&entry->node, bucket_of(cache, addr));
	list_add(&entry->age, &cache->entries);
	cache->num++;
	lb_limit_add(cache->owner, LB_LIMIT_LBLC_ENTRIES, 1);
	return entry;
}

static void add_dest(struct entry *entry, struct lb_dest *dest)
{
	struct lb_dest **more;
	u32 i;

	for (i = 0; i < entry->num; i++)
		if (entry->dest[i] == dest)
			return;
	if (entry->num == MAX_DESTS)
		return;
	more = krealloc_array(entry->dest, entry->num + 1, sizeof(*more),
			      GFP_ATOMIC | __GFP_NOWARN);
	if (!more)
		return;
	more[entry->num++] = dest;
	entry->dest = more;
	entry->changed = lb_now();
}

static void drop_at(struct entry *entry, u32 i)
{
	entry->num--;
	memmove(entry->dest + i, entry->dest + i + 1,
		(entry->num - i) * sizeof(*entry->dest));
	entry->changed = lb_now();
}

static void drop_dest(struct entry *entry, const struct lb_dest *dest)
{
	u32 i;

	for (i = 0; i < entry->num; i++) {
		if (entry->dest[i] != dest)
			continue;
		drop_at(entry, i);
		return;
	}
}

/* Of the servers that can take a connection, the least or the most loaded; of
 * equal ones the newest, as in ip_vs.
 */
static struct lb_dest *extreme_dest(const struct entry *entry, bool most)
{
	struct lb_dest *extreme = NULL;
	struct lb_dest *dest;
	u32 i;

	for (i = entry->num; i > 0; i--) {
		dest = entry->dest[i - 1];
		if (!READ_ONCE(dest->available) || !lb_dest_is_usable(dest))
			continue;
		if (!extreme || (most ? lb_sched_lc_is_less(extreme, dest) :
					lb_sched_lc_is_less(dest, extreme)))
			extreme = dest;
	}
	return extreme;
}

/* More active connections than its weight, while another has less than half. */
static bool is_busy(const struct lb_sched *sched, const struct lb_dest *busy)
{
	struct lb_dest *dest;

	if (atomic_read(&busy->active) <= READ_ONCE(busy->weight))
		return false;
	list_for_each_entry_rcu(dest, sched->dests, list)
		if (lb_dest_is_usable(dest) &&
		    atomic_read(&dest->active) * 2LL < READ_ONCE(dest->weight))
			return true;
	return false;
}

/* No server stays for good because it was needed once. */
static void thin_out(struct entry *entry, u32 expiration)
{
	if (entry->num > 1 && lb_now() - entry->changed > expiration)
		drop_dest(entry, extreme_dest(entry, true));
}

static struct lb_dest *pick_dest(struct lb_sched *sched,
				 const struct lb_pkt *pkt, u32 expiration,
				 bool several)
{
	struct cache *cache = lb_sched_priv(sched);
	union lb_addr addr = lb_tuple_daddr(&pkt->tuple);
	struct lb_dest *dest = NULL;
	struct entry *entry;

	drop_expired(cache, expiration);
	entry = find_entry(cache, &addr, expiration);
	if (entry) {
		dest = extreme_dest(entry, false);
		thin_out(entry, expiration);
	}
	if (dest && !is_busy(sched, dest))
		return dest;

	dest = lb_sched_wlc.pick(sched, pkt);
	if (!dest)
		return NULL;
	if (!entry)
		entry = add_entry(cache, &addr);
	if (!entry)
		return dest;
	if (!several)
		entry->num = 0;
	add_dest(entry, dest);
	return dest;
}

static struct lb_dest *lblc_pick(struct lb_sched *sched,
				 const struct lb_pkt *pkt)
{
	u32 seconds = lb_setting(sched->lbn, LB_A_CONFIG_LBLC_EXPIRATION);
	struct lb_dest *dest;

	spin_lock(&sched->lock);
	dest = pick_dest(sched, pkt, lb_ticks(seconds), false);
	spin_unlock(&sched->lock);
	return dest;
}

static struct lb_dest *lblcr_pick(struct lb_sched *sched,
				  const struct lb_pkt *pkt)
{
	u32 seconds = lb_setting(sched->lbn, LB_A_CONFIG_LBLCR_EXPIRATION);
	struct lb_dest *dest;

	spin_lock(&sched->lock);
	dest = pick_dest(sched, pkt, lb_ticks(seconds), true);
	spin_unlock(&sched->lock);
	return dest;
}

static void drop_gone(struct entry *entry)
{
	u32 i = 0;

	while (i < entry->num) {
		if (READ_ONCE(entry->dest[i]->available))
			i++;
		else
			drop_at(entry, i);
	}
}

/* Once for all servers that a request removes; none of them is freed before the
 * request is done. Who comes later finds them neither in the service nor, once
 * its entry was looked at, here. The lock is let go of after each bucket.
 */
static void lblc_changed(struct lb_sched *sched, struct lb_dest *gone)
{
	struct cache *cache = lb_sched_priv(sched);
	struct entry *entry;
	int i;

	if (gone || !cache->stale) {
		cache->stale |= !!gone;
		return;
	}
	cache->stale = false;
	for (i = 0; i < BUCKETS; i++) {
		spin_lock_bh(&sched->lock);
		hlist_for_each_entry(entry, &cache->bucket[i], node)
			drop_gone(entry);
		spin_unlock_bh(&sched->lock);
		cond_resched();
	}
}

static void lblc_init(struct lb_sched *sched)
{
	struct cache *cache = lb_sched_priv(sched);

	INIT_LIST_HEAD(&cache->entries);
	cache->seed = get_random_u32();
	cache->owner = sched->lbn->owner;
}

static void lblc_exit(struct lb_sched *sched)
{
	struct cache *cache = lb_sched_priv(sched);
	struct entry *entry, *next;

	list_for_each_entry_safe(entry, next, &cache->entries, age)
		free_entry(cache, entry);
}

struct lb_sched_ops lb_sched_lblc = {
	.name = "lblc",
	.priv_size = sizeof(struct cache),
	.init = lblc_init,
	.changed = lblc_changed,
	.pick = lblc_pick,
	.exit = lblc_exit,
};

struct lb_sched_ops lb_sched_lblcr = {
	.name = "lblcr",
	.priv_size = sizeof(struct cache),
	.init = lblc_init,
	.changed = lblc_changed,
	.pick = lblcr_pick,
	.exit = lblc_exit,
};

#ifdef LB_DEBUG
#include "selftest/sched_lblc.c"
#endif
