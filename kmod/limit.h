/* SPDX-License-Identifier: GPL-2.0-only */
/* How much a namespace may have, those of one user, and those of all users.
 *
 * Who can make a user namespace can have network namespaces, too, and many of
 * them. Each has limits that only root of the host can raise, and so have all
 * of one user, and of all users together: who is at his limit does not keep
 * others from working. Limits are looked at before something is counted, and
 * other CPUs do so at the same time: they may be exceeded by a few.
 */
#ifndef _LB_LIMIT_H
#define _LB_LIMIT_H

#include <linux/atomic.h>

#include "lb.h"

/**
 * enum lb_limit - What is limited.
 * @LB_LIMIT_CONNS: Connections and templates.
 * @LB_LIMIT_SERVICES: Services.
 * @LB_LIMIT_DESTS: Real servers, those in the trash, too.
 * @LB_LIMIT_BUCKETS: Buckets of the table of connections; what it has at first
 *	is not counted.
 * @LB_LIMIT_WAYS: Ways of the fast path.
 * @LB_LIMIT_MH_ENTRIES: Entries of the tables of mh; users only.
 * @LB_LIMIT_LBLC_ENTRIES: Addresses that lblc and lblcr remember; users only.
 * @LB_LIMITS: How many there are.
 */
enum lb_limit {
	LB_LIMIT_CONNS,
	LB_LIMIT_SERVICES,
	LB_LIMIT_DESTS,
	LB_LIMIT_BUCKETS,
	LB_LIMIT_WAYS,
	LB_LIMIT_MH_ENTRIES,
	LB_LIMIT_LBLC_ENTRIES,
	LB_LIMITS,
};

/**
 * struct lb_owner - What the namespaces of one user have together.
 * @num: Of each.
 */
struct lb_owner {
	atomic_t num[LB_LIMITS];
};

/** lb_limit_users - What all namespaces of users have together. */
extern struct lb_owner lb_limit_users;

/** lb_limit_add() - A user has so many more; NULL is none. Any context. */
static inline void lb_limit_add(struct lb_owner *owner, enum lb_limit which,
				u32 num)
{
	if (likely(!owner))
		return;
	atomic_add(num, &owner->num[which]);
	atomic_add(num, &lb_limit_users.num[which]);
}

/** lb_limit_sub() - A user has so many less; NULL is none. Any context. */
static inline void lb_limit_sub(struct lb_owner *owner, enum lb_limit which,
				u32 num)
{
	if (likely(!owner))
		return;
	atomic_sub(num, &owner->num[which]);
	atomic_sub(num, &lb_limit_users.num[which]);
}

bool lb_limit_has_room(const struct lb_owner *owner, enum lb_limit which,
		       u32 num);
bool lb_limit_is_met(const struct lb_net *lbn, enum lb_limit which, u32 count);
struct lb_owner *lb_limit_owner(const struct net *net);

#endif /* _LB_LIMIT_H */
