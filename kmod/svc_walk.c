// SPDX-License-Identifier: GPL-2.0-only
/* Virtual services: walks over all of them, and over their real servers. */

#include <linux/export.h>

#include "svc.h"

static struct lb_sched *sched_of(const struct lb_net *lbn,
				 const struct lb_svc *svc)
{
	return rcu_dereference_protected(svc->sched,
					 lockdep_is_held(&lbn->cfg_lock));
}

/**
 * lb_svc_resume() - Where to go on with a listing of real servers.
 * @lbn: Namespace; the caller holds cfg_lock, and did not all the time.
 * @svc: Service, perhaps another than that of @at, by the same name, too.
 * @at: Where the listing stands.
 *
 * Without looking at all those before again, as long as nothing changes.
 *
 * Return: A server to go on with by list_for_each_entry_from(), or the end.
 */
struct lb_dest *lb_svc_resume(const struct lb_net *lbn,
			      const struct lb_svc *svc,
			      struct lb_dest_cursor *at)
{
	struct lb_dest *dest;

	if (svc->id != at->svc_id)
		at->after = 0;
	at->svc_id = svc->id;
	if (at->after && at->gen == lbn->gen)
		return list_next_entry(at->dest, list);
	list_for_each_entry(dest, &svc->dests, list)
		if (!at->after || dest->id + 1ULL < at->after)
			break;
	return dest;
}
EXPORT_SYMBOL_LB(lb_svc_resume);

/**
 * lb_svc_pass() - A listing has told of a real server.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @dest: The server.
 * @at: Where the listing stands, from lb_svc_resume().
 */
void lb_svc_pass(const struct lb_net *lbn, struct lb_dest *dest,
		 struct lb_dest_cursor *at)
{
	at->after = dest->id + 1ULL;
	at->dest = dest;
	at->gen = lbn->gen;
}
EXPORT_SYMBOL_LB(lb_svc_pass);

/**
 * lb_svc_set_table_size() - Give the tables of all services another size.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @size: Number of entries that passed lb_sched_mh_check_size().
 * @extack: Told why not.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_svc_set_table_size(struct lb_net *lbn, u32 size,
			  struct netlink_ext_ack *extack)
{
	u32 *setting = &lbn->settings[LB_A_CONFIG_MH_TABLE_SIZE];
	u32 old = *setting;
	struct lb_sched *sched;
	struct lb_svc *svc;
	unsigned long id;
	int err;

	lockdep_assert_held(&lbn->cfg_lock);
	WRITE_ONCE(*setting, size);
	xa_for_each(&lbn->svcs, id, svc) {
		err = lb_sched_prepare(sched_of(lbn, svc), svc->num_dests,
				       extack);
		if (err) {
			WRITE_ONCE(*setting, old);
			return err;
		}
	}
	xa_for_each(&lbn->svcs, id, svc) {
		sched = sched_of(lbn, svc);
		if (sched->ops->prepare)
			lb_sched_changed(sched, NULL);
	}
	return 0;
}

/**
 * lb_svc_forget_routes() - A device went: let go of routes that lead there.
 * @lbn: Namespace; the caller holds cfg_lock.
 */
void lb_svc_forget_routes(struct lb_net *lbn)
{
	struct lb_dest *dest;
	struct lb_svc *svc;
	unsigned long id;

	lockdep_assert_held(&lbn->cfg_lock);
	xa_for_each(&lbn->svcs, id, svc)
		list_for_each_entry(dest, &svc->dests, list) {
			lb_dest_forget_stale(dest, lbn->net);
			cond_resched();
		}
	lb_dest_forget_trash(lbn);
}
