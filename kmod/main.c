// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading, of the module and in each network namespace. */

#include <linux/module.h>
#include <linux/netdevice.h>
#include <net/genetlink.h>

#include "conn.h"
#include "ct.h"
#include "defence.h"
#include "fast.h"
#include "hook.h"
#include "limit.h"
#include "netlink.h"
#include "proto.h"
#include "sched.h"
#include "selftest.h"
#include "space.h"
#include "svc.h"
#include "way.h"

static int __net_init net_init(struct net *net)
{
	struct lb_net *lbn = lb_net_get(net);

	lbn->net = net;
	lbn->owner = lb_limit_owner(net);
	lb_config_init(lbn);
	lb_proto_init(lbn);
	lb_hook_init(lbn);
	lb_fast_init(lbn);
	lb_defence_init(lbn);
	lb_way_init(lbn);
	lb_svc_init(lbn);
	return 0;
}

static void __net_exit net_pre_exit(struct net *net)
{
	struct lb_net *lbn = lb_net_get(net);

	lb_hook_pre_exit(lbn);
	if (lbn->conns)
		lb_conn_leave_net(lbn->conns);
}

static void __net_exit net_exit(struct net *net)
{
	struct lb_net *lbn = lb_net_get(net);

	lb_hook_exit(lbn);
	lb_defence_exit(lbn);
	lb_space_close(lbn);
}

/* Routes are let go of by callbacks of RCU, but a namespace may not go on to
 * end before: the kernel counts its IPv6 routes, and the counter would be gone.
 */
static void __net_exit net_exit_batch(struct list_head *nets)
{
	const struct net *net;

	list_for_each_entry(net, nets, exit_list)
		if (lb_space_was_open(lb_net_get(net))) {
			rcu_barrier();
			return;
		}
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.pre_exit = net_pre_exit,
	.exit = net_exit,
	.exit_batch = net_exit_batch,
	.id = &lb_net_id,
	.size = sizeof(struct lb_net),
};

/* The kernel has invalidated the device's routes by now; whoever holds RTNL
 * cannot wait for cfg_lock, so the worker of the hooks lets go of them.
 */
static int device_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	const struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (event == NETDEV_DOWN || event == NETDEV_UNREGISTER)
		xchg(&lb_net_get(dev_net(dev))->device_went, true);
	return NOTIFY_DONE;
}

static struct notifier_block device_events = {
	.notifier_call = device_event,
};

static int __init lb_init(void)
{
	int err;

	err = lb_selftest();
	if (err)
		return err;
	err = lb_conn_init();
	if (err)
		return err;
	err = lb_sched_init();
	if (err)
		goto err_exit_conn;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_exit_conn;
	err = register_netdevice_notifier(&device_events);
	if (err)
		goto err_unregister_net;
	err = lb_netlink_init();
	if (err)
		goto err_unregister_events;
	return 0;

err_unregister_events:
	unregister_netdevice_notifier(&device_events);
err_unregister_net:
	unregister_pernet_subsys(&net_ops);
	rcu_barrier();
err_exit_conn:
	lb_conn_exit();
	return err;
}

static void __exit lb_exit(void)
{
	lb_netlink_exit();
	unregister_netdevice_notifier(&device_events);
	unregister_pernet_subsys(&net_ops);
	rcu_barrier();
	lb_ct_unload();
	lb_conn_exit();
}

module_init(lb_init);
module_exit(lb_exit);

MODULE_DESCRIPTION("layer-4 load balancer");
MODULE_LICENSE("GPL");
MODULE_VERSION(LB_VERSION);
MODULE_ALIAS_GENL_FAMILY(LB_GENL_NAME);
