// SPDX-License-Identifier: GPL-2.0-only
/* How much a namespace may have, those of one user, and those of all users. */

#include <linux/hash.h>
#include <linux/user_namespace.h>

#include "limit.h"

#define OWNER_BITS 8

/* All namespaces of users may have so many times what one of them may at first,
 * those of one user half of that.
 */
#define ALL_USERS 4
#define SHARES 2

struct lb_owner lb_limit_users;

/* By a hash of the user: two who meet here share what one may have, and none of
 * them has a life of its own to care for.
 */
static struct lb_owner owners[BIT(OWNER_BITS)];

/* What a namespace may have, and one of users at first; or what all of users
 * may have together.
 */
static const struct {
	u8 own;
	u8 users;
	u32 all;
} setting[LB_LIMITS] = {
	[LB_LIMIT_CONNS] = {
		LB_A_CONFIG_CONN_MAX, LB_A_CONFIG_USER_CONN_MAX
	},
	[LB_LIMIT_SERVICES] = {
		LB_A_CONFIG_SERVICE_MAX, LB_A_CONFIG_USER_SERVICE_MAX
	},
	[LB_LIMIT_DESTS] = {
		LB_A_CONFIG_DEST_MAX, LB_A_CONFIG_USER_DEST_MAX
	},
	[LB_LIMIT_BUCKETS] = {
		LB_A_CONFIG_CONN_TABLE_MAX, LB_A_CONFIG_USER_CONN_TABLE_MAX
	},
	[LB_LIMIT_WAYS] = {
		LB_A_CONFIG_WAY_MAX, LB_A_CONFIG_USER_WAY_MAX
	},
	[LB_LIMIT_MH_ENTRIES] = { .all = BIT(24) },
	[LB_LIMIT_LBLC_ENTRIES] = { .all = 32768 },
};

/**
 * lb_limit_owner() - Is root of a user namespace the master of this one? Whose?
 * @net: Namespace.
 *
 * Who is a user of the host has made the outermost of its user namespaces. The
 * uids that there are inside do not count, as one user may have many.
 *
 * Return: The user, or NULL.
 */
struct lb_owner *lb_limit_owner(const struct net *net)
{
	const struct user_namespace *ns = net->user_ns;

	if (ns == &init_user_ns)
		return NULL;
	while (ns->parent != &init_user_ns)
		ns = ns->parent;
	return &owners[hash_32(__kuid_val(ns->owner), OWNER_BITS)];
}

static bool fits(const struct lb_owner *owner, enum lb_limit which, u32 num,
		 u64 max)
{
	return (u32)atomic_read(&owner->num[which]) + (u64)num <= max;
}

/**
 * lb_limit_has_room() - May a user, and all together, have more of something?
 * @owner: The user, or NULL: always.
 * @which: Of what.
 * @num: How many more.
 *
 * Context: any.
 */
bool lb_limit_has_room(const struct lb_owner *owner, enum lb_limit which,
		       u32 num)
{
	u64 all = setting[which].all;

	if (likely(!owner))
		return true;
	if (!all)
		all = (u64)ALL_USERS * lb_setting(lb_net_get(&init_net),
						  setting[which].users);
	return fits(owner, which, num, all / SHARES) &&
	       fits(&lb_limit_users, which, num, all);
}

/**
 * lb_limit_is_met() - Must there be no more of something?
 * @lbn: Namespace.
 * @which: Of what.
 * @count: How many it has.
 *
 * Context: any.
 */
bool lb_limit_is_met(const struct lb_net *lbn, enum lb_limit which, u32 count)
{
	return count >= lb_setting(lbn, setting[which].own) ||
	       !lb_limit_has_room(lbn->owner, which, 1);
}
