// SPDX-License-Identifier: GPL-2.0-only
/* How much a namespace may have, and all those of users together. */

#include <linux/user_namespace.h>

#include "limit.h"

atomic_t lb_limit_users[LB_LIMITS];

/* What a namespace may have, and one of users at first. */
static const struct {
	u8 own;
	u8 users;
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
};

/**
 * lb_limit_is_user() - Is root of a user namespace the master of this one?
 * @net: Namespace.
 */
bool lb_limit_is_user(const struct net *net)
{
	return net->user_ns != &init_user_ns;
}

/**
 * lb_limit_has_room() - May all users together have more of something?
 * @user: It is for the namespace of one.
 * @which: Of what.
 * @num: How many more.
 *
 * Context: any.
 */
bool lb_limit_has_room(bool user, enum lb_limit which, u32 num)
{
	u64 max;

	if (likely(!user))
		return true;
	max = lb_setting(lb_net_get(&init_net), setting[which].users);
	return (u64)atomic_read(&lb_limit_users[which]) + num <=
	       max * LB_LIMIT_USERS;
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
	       !lb_limit_has_room(lbn->user, which, 1);
}
