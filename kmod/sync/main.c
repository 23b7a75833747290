// SPDX-License-Identifier: GPL-2.0-only
/* Synchronisation of directors: loading and unloading. */

#include <linux/export.h>
#include <linux/module.h>

#include "lb_sync.h"
#include "nl_sync.h"

#ifdef LB_DEBUG
static bool selftest = true;
module_param(selftest, bool, 0400);
MODULE_PARM_DESC(selftest, "run the self-tests when loaded (1)");
#endif

static void __net_exit net_pre_exit(struct net *net)
{
	lb_sync_exit(lb_net_get(net));
}

static struct pernet_operations net_ops = {
	.pre_exit = net_pre_exit,
};

static const struct lb_sync_ops ops = {
	.owner = THIS_MODULE,
	.set = lb_sync_request_set,
	.del = lb_sync_request_del,
	.dump = lb_sync_request_dump,
};

static int __init run_selftest(void)
{
#ifdef LB_DEBUG
	return selftest ? lb_sync_wire_selftest() : 0;
#else
	return 0;
#endif
}

static int __init sync_init(void)
{
	int err;

	err = run_selftest();
	if (err)
		return err;
	err = lb_sync_init_queues() ?: register_pernet_subsys(&net_ops);
	if (err) {
		lb_sync_exit_queues();
		return err;
	}
	lb_sync_register(&ops);
	return 0;
}

/* By now no request is under way, and none comes any more; the daemons of all
 * namespaces stop.
 */
static void __exit sync_exit(void)
{
	lb_sync_unregister();
	unregister_pernet_subsys(&net_ops);
	lb_sync_exit_queues();
}

module_init(sync_init);
module_exit(sync_exit);

LB_IMPORT();
MODULE_DESCRIPTION("layer-4 load balancer: synchronisation of directors");
MODULE_LICENSE("GPL");
MODULE_VERSION(LB_VERSION);
