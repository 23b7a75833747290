/* SPDX-License-Identifier: GPL-2.0-only */
/* How much a namespace may have, and all those of users together.
 *
 * Who can make a user namespace can have network namespaces, too, and many of
 * them. Each has limits that only root of the host can raise, and so have all
 * of them together. Limits are looked at before something is counted, and other
 * CPUs do so at the same time: they may be exceeded by a few.
 */
#ifndef _LB_LIMIT_H
#define _LB_LIMIT_H

#include <linux/atomic.h>

#include "lb.h"

/* All namespaces of users may have so many times what one of them may. */
#define LB_LIMIT_USERS 4

/**
 * enum lb_limit - What is limited.
 * @LB_LIMIT_CONNS: Connections and templates.
 * @LB_LIMIT_SERVICES: Services.
 * @LB_LIMIT_DESTS: Real servers, those in the trash, too.
 * @LB_LIMIT_BUCKETS: Buckets of the table of connections; what it has at first
 *	is not counted.
 * @LB_LIMIT_WAYS: Ways of the fast path.
 * @LB_LIMITS: How many there are.
 */
enum lb_limit {
	LB_LIMIT_CONNS,
	LB_LIMIT_SERVICES,
	LB_LIMIT_DESTS,
	LB_LIMIT_BUCKETS,
	LB_LIMIT_WAYS,
	LB_LIMITS,
};

/** lb_limit_users - What all namespaces of users have together. */
extern atomic_t lb_limit_users[LB_LIMITS];

/** lb_limit_add() - There are so many more in a namespace; any context. */
static inline void lb_limit_add(bool user, enum lb_limit which, u32 num)
{
	if (unlikely(user))
		atomic_add(num, &lb_limit_users[which]);
}

/** lb_limit_sub() - There are so many less in a namespace; any context. */
static inline void lb_limit_sub(bool user, enum lb_limit which, u32 num)
{
	if (unlikely(user))
		atomic_sub(num, &lb_limit_users[which]);
}

bool lb_limit_has_room(bool user, enum lb_limit which, u32 num);
bool lb_limit_is_met(const struct lb_net *lbn, enum lb_limit which, u32 count);
bool lb_limit_is_user(const struct net *net);

#endif /* _LB_LIMIT_H */
