// SPDX-License-Identifier: GPL-2.0-only
/* What services have carried: their counts, and rates by and by. */

#include <linux/export.h>

#include "svc.h"

static void read_dests(struct lb_svc *svc)
{
	const struct lb_dest *dest;
	struct lb_stats one;

	svc->sum = svc->past;
	memset(&svc->rate, 0, sizeof(svc->rate));
	list_for_each_entry(dest, &svc->dests, list) {
		lb_stats_read(&dest->meter, &one);
		lb_stats_add(&svc->sum, &one);
		lb_stats_add_rate(&dest->meter, &svc->rate);
		cond_resched();
	}
	svc->read_at = get_jiffies_64();
}

/**
 * lb_svc_read() - Counts and rates of a service.
 * @svc: Service; the caller holds cfg_lock.
 * @fresh: As they are now; else they may be a second old, so that who has
 *	rights to nothing cannot have all real servers added up all the time.
 * @sum: Added to.
 * @rate: Added to, scaled by 1 << LB_RATE_SHIFT.
 */
void lb_svc_read(struct lb_svc *svc, bool fresh, struct lb_stats *sum,
		 struct lb_stats *rate)
{
	if (fresh || !svc->read_at ||
	    time_after64(get_jiffies_64(), svc->read_at + HZ))
		read_dests(svc);
	lb_stats_add(sum, &svc->sum);
	lb_stats_add(rate, &svc->rate);
}
EXPORT_SYMBOL_LB(lb_svc_read);

/**
 * lb_svc_read_all() - Counts and rates of the namespace.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @fresh: See lb_svc_read().
 * @sum: Added to.
 * @rate: Added to, scaled by 1 << LB_RATE_SHIFT.
 */
void lb_svc_read_all(struct lb_net *lbn, bool fresh, struct lb_stats *sum,
		     struct lb_stats *rate)
{
	struct lb_svc *svc;
	unsigned long id;

	lockdep_assert_held(&lbn->cfg_lock);
	lb_stats_add(sum, &lbn->past);
	xa_for_each(&lbn->svcs, id, svc) {
		lb_svc_read(svc, fresh, sum, rate);
		cond_resched();
	}
}
EXPORT_SYMBOL_LB(lb_svc_read_all);

static void zero_svc(struct lb_svc *svc)
{
	struct lb_dest *dest;

	list_for_each_entry(dest, &svc->dests, list) {
		lb_stats_zero(&dest->meter);
		cond_resched();
	}
	memset(&svc->past, 0, sizeof(svc->past));
	svc->read_at = 0;
}

/**
 * lb_svc_zero() - Zero the counts of a service and its real servers.
 * @lbn: Namespace, whose own sums stay; the caller holds cfg_lock.
 * @svc: Service.
 */
void lb_svc_zero(struct lb_net *lbn, struct lb_svc *svc)
{
	struct lb_stats rate = {};

	lockdep_assert_held(&lbn->cfg_lock);
	lb_svc_read(svc, true, &lbn->past, &rate);
	zero_svc(svc);
	lb_dest_zero_trash(lbn, &svc->key);
}
EXPORT_SYMBOL_LB(lb_svc_zero);

/**
 * lb_svc_zero_all() - Zero all counts of the namespace.
 * @lbn: Namespace; the caller holds cfg_lock.
 */
void lb_svc_zero_all(struct lb_net *lbn)
{
	struct lb_svc *svc;
	unsigned long id;

	lockdep_assert_held(&lbn->cfg_lock);
	xa_for_each(&lbn->svcs, id, svc)
		zero_svc(svc);
	lb_dest_zero_trash(lbn, NULL);
	memset(&lbn->past, 0, sizeof(lbn->past));
}
EXPORT_SYMBOL_LB(lb_svc_zero_all);

/**
 * lb_svc_estimate_soon() - Estimate rates in a while, if there are any.
 * @lbn: Namespace; the caller holds cfg_lock.
 */
void lb_svc_estimate_soon(struct lb_net *lbn)
{
	if (lbn->num_svcs && lb_setting(lbn, LB_A_CONFIG_RUN_ESTIMATION))
		queue_delayed_work(system_unbound_wq, &lbn->rates,
				   LB_RATE_PERIOD * HZ);
}

/**
 * lb_svc_set_estimation() - Begin or end to estimate rates, from 0 and at 0.
 * @lbn: Namespace, whose setting was changed; the caller holds cfg_lock.
 * @on: Begin.
 */
void lb_svc_set_estimation(struct lb_net *lbn, u32 on)
{
	struct lb_dest *dest;
	struct lb_svc *svc;
	unsigned long id;

	lockdep_assert_held(&lbn->cfg_lock);
	xa_for_each(&lbn->svcs, id, svc)
		list_for_each_entry(dest, &svc->dests, list) {
			lb_stats_zero_rate(&dest->meter);
			cond_resched();
		}
	lb_svc_estimate_soon(lbn);
}

/* Lets go of the lock after each service: there may be many. */
static void estimate_rates(struct work_struct *work)
{
	struct lb_net *lbn = container_of(to_delayed_work(work), struct lb_net,
					  rates);
	struct lb_dest *dest;
	struct lb_svc *svc;
	unsigned long id;

	mutex_lock(&lbn->cfg_lock);
	xa_for_each(&lbn->svcs, id, svc) {
		if (!lb_setting(lbn, LB_A_CONFIG_RUN_ESTIMATION))
			break;
		list_for_each_entry(dest, &svc->dests, list) {
			lb_stats_estimate(&dest->meter);
			cond_resched();
		}
		mutex_unlock(&lbn->cfg_lock);
		cond_resched();
		mutex_lock(&lbn->cfg_lock);
	}
	lb_svc_estimate_soon(lbn);
	mutex_unlock(&lbn->cfg_lock);
}

/**
 * lb_svc_init_stats() - Prepare a namespace; cancel its @rates at the end.
 * @lbn: Namespace.
 */
void lb_svc_init_stats(struct lb_net *lbn)
{
	INIT_DELAYED_WORK(&lbn->rates, estimate_rates);
}
