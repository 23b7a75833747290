// SPDX-License-Identifier: GPL-2.0-only
/* How much a namespace may have, and all those of users together. */

#include <linux/user_namespace.h>

#include "limit.h"

atomic_t lb_limit_users[LB_LIMITS];

/**
 * lb_limit_is_user() - Is root of a user namespace the master of this one?
 * @net: Namespace.
 */
bool lb_limit_is_user(const struct net *net)
{
	return net->user_ns != &init_user_ns;
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
	};
	u64 max;

	if (count >= lb_setting(lbn, setting[which].own))
		return true;
	if (likely(!lbn->user))
		return false;
	max = lb_setting(lb_net_get(&init_net), setting[which].users);
	return atomic_read(&lb_limit_users[which]) >= max * LB_LIMIT_USERS;
}
