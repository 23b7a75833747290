// SPDX-License-Identifier: GPL-2.0-only
/* Loading and unloading of IPVS's interfaces. */

#include <linux/export.h>
#include <linux/module.h>
#include <net/genetlink.h>

#include "ipvs/lb_ipvs.h"
#include "sched.h"

unsigned int lb_ipvs_net_id __ro_after_init;

static int __net_init net_init(struct net *net)
{
	struct lb_ipvs_net *own = lb_ipvs_net_get(net);
	int err;

	own->net = net;
	err = lb_ipvs_proc_init(own);
	if (err)
		return err;
	err = lb_ipvs_sysctl_init(own);
	if (err)
		lb_ipvs_proc_exit(own);
	return err;
}

static void __net_exit net_exit(struct net *net)
{
	struct lb_ipvs_net *own = lb_ipvs_net_get(net);

	lb_ipvs_sysctl_exit(own);
	lb_ipvs_proc_exit(own);
}

static struct pernet_operations net_ops = {
	.init = net_init,
	.exit = net_exit,
	.id = &lb_ipvs_net_id,
	.size = sizeof(struct lb_ipvs_net),
};

/* ip_vs would find its names taken one by one, and the kernel would warn of
 * the first file that exists already.
 */
static int module_event(struct notifier_block *nb, unsigned long event,
			void *data)
{
	const struct module *module = data;

	if (event != MODULE_STATE_COMING || strcmp(module->name, "ip_vs"))
		return NOTIFY_DONE;
	pr_err("lb_ipvs: ip_vs is refused, as its interfaces are lb's now; remove lb_ipvs first\n");
	return notifier_from_errno(-EBUSY);
}

static struct notifier_block module_events = {
	.notifier_call = module_event,
};

/* IPVS has services without a scheduler, which get no new connections. */
static struct lb_dest *pick_none(struct lb_sched *sched,
				 const struct lb_pkt *pkt)
{
	return NULL;
}

static struct lb_sched_ops sched_none = {
	.name = "none",
	.owner = THIS_MODULE,
	.pick = pick_none,
};

static int __init lb_ipvs_init(void)
{
	int err;

	err = register_module_notifier(&module_events);
	if (err)
		return err;
	/* The first of the names that ip_vs would have taken. */
	err = lb_ipvs_sockopt_init();
	if (err) {
		if (err == -EBUSY)
			pr_err("lb_ipvs: ip_vs is loaded and has these interfaces; remove it first\n");
		goto err_unregister_events;
	}
	err = lb_sched_register(&sched_none);
	if (err)
		goto err_exit_sockopt;
	err = register_pernet_subsys(&net_ops);
	if (err)
		goto err_unregister_sched;
	err = lb_ipvs_match_init();
	if (err)
		goto err_unregister_net;
	err = lb_ipvs_family_init();
	if (err)
		goto err_exit_match;
	return 0;

err_exit_match:
	lb_ipvs_match_exit();
err_unregister_net:
	unregister_pernet_subsys(&net_ops);
err_unregister_sched:
	lb_sched_unregister(&sched_none);
err_exit_sockopt:
	lb_ipvs_sockopt_exit();
err_unregister_events:
	unregister_module_notifier(&module_events);
	return err;
}

static void __exit lb_ipvs_exit(void)
{
	lb_ipvs_family_exit();
	lb_ipvs_match_exit();
	unregister_pernet_subsys(&net_ops);
	lb_sched_unregister(&sched_none);
	lb_ipvs_sockopt_exit();
	unregister_module_notifier(&module_events);
}

module_init(lb_ipvs_init);
module_exit(lb_ipvs_exit);

LB_IMPORT();
MODULE_DESCRIPTION("layer-4 load balancer: the interfaces of IPVS");
MODULE_LICENSE("GPL");
MODULE_VERSION(LB_VERSION);
