// SPDX-License-Identifier: GPL-2.0-only
/* Tables of buckets: dh by the address asked for, sh by the client's.
 *
 * Buckets are filled and found as IPVS does it, so that a client meets the same
 * server at a director with either. Of an IPv6 address, the words combined
 * count, which is what the key of the tuple has.
 */

#include <linux/hash.h>
#include <linux/rculist.h>

#include "sched.h"

#define BUCKET_BITS 8
#define BUCKETS BIT(BUCKET_BITS)

/**
 * struct buckets - Which server each bucket has, NULL if there are none.
 * @dest: The servers, on the service's list; cfg_lock to write.
 */
struct buckets {
	struct lb_dest __rcu *dest[BUCKETS];
};

/* Round and round; NULL only if there are none. */
static struct lb_dest *next_dest(const struct lb_sched *sched,
				 const struct lb_dest *dest)
{
	const struct list_head *next = dest ? dest->list.next :
					      sched->dests->next;

	if (next == sched->dests)
		next = next->next;
	return next == sched->dests ? NULL :
				      list_entry(next, struct lb_dest, list);
}

/* The servers take turns, each for as many buckets as its weight, or for one.
 * Written in place, where packets may see some buckets before the others.
 */
static void fill_buckets(struct lb_sched *sched, bool weighted)
{
	struct buckets *buckets = lb_sched_priv(sched);
	struct lb_dest *dest = NULL;
	int turns = 0;
	int i;

	for (i = 0; i < BUCKETS; i++) {
		if (!turns) {
			dest = next_dest(sched, dest);
			turns = weighted && dest ? max(dest->weight, 1) : 1;
		}
		rcu_assign_pointer(buckets->dest[i], dest);
		turns--;
	}
}

static struct lb_dest *bucket(struct lb_sched *sched, u32 i)
{
	struct buckets *buckets = lb_sched_priv(sched);

	return rcu_dereference(buckets->dest[i % BUCKETS]);
}

static void dh_changed(struct lb_sched *sched, struct lb_dest *gone)
{
	fill_buckets(sched, false);
}

static struct lb_dest *dh_pick(struct lb_sched *sched,
			       const struct lb_pkt *pkt)
{
	u32 key = ntohl(pkt->tuple.daddr);
	struct lb_dest *dest;

	dest = bucket(sched, hash_32(key, BUCKET_BITS));
	return dest && lb_dest_is_usable(dest) ? dest : NULL;
}

static void sh_changed(struct lb_sched *sched, struct lb_dest *gone)
{
	fill_buckets(sched, true);
}

static struct lb_dest *sh_pick(struct lb_sched *sched,
			       const struct lb_pkt *pkt)
{
	u32 flags = READ_ONCE(sched->flags);
	u32 key = ntohl(pkt->tuple.saddr);
	struct lb_dest *dest;
	u32 own, i;

	if (flags & LB_SCHED_FLAG_PORT)
		key += ntohs(pkt->tuple.sport);
	own = hash_32(key, BUCKET_BITS);
	dest = bucket(sched, own);
	if (!dest || lb_dest_is_usable(dest))
		return dest;
	if (!(flags & LB_SCHED_FLAG_FALLBACK))
		return NULL;

	/* Not from its own on, or few servers would get all of them. */
	for (i = 0; i < BUCKETS; i++) {
		dest = bucket(sched, own + own + i);
		if (dest && lb_dest_is_usable(dest))
			return dest;
	}
	return NULL;
}

struct lb_sched_ops lb_sched_dh = {
	.name = "dh",
	.pure = true,
	.ordered = true,
	.priv_size = sizeof(struct buckets),
	.changed = dh_changed,
	.pick = dh_pick,
};

struct lb_sched_ops lb_sched_sh = {
	.name = "sh",
	.pure = true,
	.ordered = true,
	.priv_size = sizeof(struct buckets),
	.changed = sh_changed,
	.pick = sh_pick,
};

#ifdef LB_DEBUG
#include "selftest/sched_hash.c"
#endif
