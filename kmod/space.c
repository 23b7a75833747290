// SPDX-License-Identifier: GPL-2.0-only
/* The memory of a namespace that has services, or had: without it, lb costs a
 * namespace what struct lb_net takes. It stays until the namespace goes.
 */

#include "conn.h"
#include "space.h"
#include "stats.h"
#include "svc.h"
#include "way.h"

static int alloc_parts(struct lb_net *lbn)
{
	struct lb_conn_table *conns;
	int err;

	err = lb_stats_alloc_tally(lbn) ?: lb_way_alloc(lbn) ?:
	      lb_svc_alloc_tables(lbn);
	if (err)
		return err;
	conns = lb_conn_table_alloc(lbn->net, lbn->owner);
	if (!conns) {
		lb_svc_free_tables(lbn);
		return -ENOMEM;
	}
	lb_conn_table_set_max(conns, lb_setting(lbn,
						LB_A_CONFIG_CONN_TABLE_MAX));

	/* Who sees it sees the others: pairs with lb_net_conns(). */
	smp_store_release(&lbn->conns, conns);
	return 0;
}

/**
 * lb_space_open() - Get what services need, before packets come.
 * @lbn: Namespace; the caller holds cfg_lock.
 *
 * Packets do not look whether it is there. They come by hooks that are
 * registered afterwards; the grace period is for CPUs that read ahead before
 * they saw the hook.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_space_open(struct lb_net *lbn)
{
	int err;

	lockdep_assert_held(&lbn->cfg_lock);
	if (lbn->conns)
		return 0;
	err = alloc_parts(lbn);
	if (err) {
		lb_way_exit(lbn);
		lb_stats_free_tally(lbn);
		return err;
	}
	synchronize_rcu_expedited();
	return 0;
}

/**
 * lb_space_close() - Free it, with all connections, services and real servers.
 * @lbn: Namespace; no packets, no requests any more.
 */
void lb_space_close(struct lb_net *lbn)
{
	if (!lbn->conns)
		return;
	lb_conn_table_free(lbn->conns);
	lb_svc_exit(lbn);
	lb_svc_free_tables(lbn);
	lb_way_exit(lbn);
	lb_stats_free_tally(lbn);
}
