// SPDX-License-Identifier: GPL-2.0-only
/* Schedulers: registration, and their life in a service. */

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/export.h>
#include <linux/slab.h>

#include "sched.h"

static LIST_HEAD(schedulers);
static DEFINE_MUTEX(schedulers_lock); /* guards the list */

static struct lb_sched_ops *find_sched(const char *name)
{
	struct lb_sched_ops *ops;

	lockdep_assert_held(&schedulers_lock);
	list_for_each_entry(ops, &schedulers, list)
		if (!strcmp(ops->name, name))
			return ops;
	return NULL;
}

/**
 * lb_sched_register() - Make a scheduler known.
 * @ops: Scheduler, from another module too; stays until unregistered.
 *
 * A module ``lb_sched_NAME`` is loaded when root of the host asks for NAME and
 * nobody has registered it.
 *
 * Context: process. Return: 0, or -EEXIST if the name is taken.
 */
int lb_sched_register(struct lb_sched_ops *ops)
{
	int err = 0;

	mutex_lock(&schedulers_lock);
	if (find_sched(ops->name))
		err = -EEXIST;
	else
		list_add_tail(&ops->list, &schedulers);
	mutex_unlock(&schedulers_lock);
	return err;
}
EXPORT_SYMBOL_GPL(lb_sched_register);

/**
 * lb_sched_unregister() - Forget a scheduler.
 * @ops: Registered. No service uses it: each would hold its module.
 *
 * Context: process.
 */
void lb_sched_unregister(struct lb_sched_ops *ops)
{
	mutex_lock(&schedulers_lock);
	list_del(&ops->list);
	mutex_unlock(&schedulers_lock);
}
EXPORT_SYMBOL_GPL(lb_sched_unregister);

static struct lb_sched_ops *get_ops(const char *name)
{
	struct lb_sched_ops *ops;

	mutex_lock(&schedulers_lock);
	ops = find_sched(name);
	if (ops && !try_module_get(ops->owner))
		ops = NULL;
	mutex_unlock(&schedulers_lock);
	return ops;
}

/** lb_sched_is_known() - Has somebody registered it? Context: process. */
bool lb_sched_is_known(const char *name)
{
	bool known;

	mutex_lock(&schedulers_lock);
	known = find_sched(name);
	mutex_unlock(&schedulers_lock);
	return known;
}
EXPORT_SYMBOL_LB(lb_sched_is_known);

/* Nothing that modprobe could take for anything but a name. */
static bool is_module_name(const char *name)
{
	const char *c;

	for (c = name; *c; c++)
		if (!isascii(*c) ||
		    (!isalnum(*c) && *c != '_' && *c != '-'))
			return false;
	return c != name;
}

/**
 * lb_sched_load() - Load the module of a scheduler that nobody has registered.
 * @name: Its name, perhaps nonsense.
 *
 * Context: process, no locks, as it waits for modprobe. Only for root of the
 * host: modules are for all.
 */
void lb_sched_load(const char *name)
{
	if (!lb_sched_is_known(name) && is_module_name(name))
		request_module("lb_sched_%s", name);
}
EXPORT_SYMBOL_LB(lb_sched_load);

/**
 * lb_sched_alloc() - A scheduler for one service.
 * @lbn: Namespace.
 * @name: Its name.
 * @dests: The service's list of real servers.
 *
 * Context: process. Return: The scheduler, -ENOENT or -ENOMEM.
 */
struct lb_sched *lb_sched_alloc(struct lb_net *lbn, const char *name,
				const struct list_head *dests)
{
	struct lb_sched_ops *ops = get_ops(name);
	struct lb_sched *sched;

	if (!ops)
		return ERR_PTR(-ENOENT);

	sched = kzalloc(sizeof(*sched) + ops->priv_size, GFP_KERNEL_ACCOUNT);
	if (!sched) {
		module_put(ops->owner);
		return ERR_PTR(-ENOMEM);
	}
	sched->ops = ops;
	sched->lbn = lbn;
	sched->dests = dests;
	spin_lock_init(&sched->lock);
	if (ops->init)
		ops->init(sched);
	return sched;
}

static void free_sched(struct rcu_head *head)
{
	struct lb_sched *sched = container_of(head, struct lb_sched, rcu);

	if (sched->ops->exit)
		sched->ops->exit(sched);
	module_put(sched->ops->owner);
	kfree(sched);
}

/**
 * lb_sched_free() - A service lets go of its scheduler.
 * @sched: No longer published; packets may use it for another grace period.
 */
void lb_sched_free(struct lb_sched *sched)
{
	call_rcu(&sched->rcu, free_sched);
}

/**
 * lb_sched_prepare() - Real servers are about to change.
 * @sched: Scheduler; the caller holds cfg_lock.
 * @num: How many there will be.
 * @extack: Told why not.
 *
 * Return: 0, or why the change must not happen: -EINVAL, -ENOMEM.
 */
int lb_sched_prepare(struct lb_sched *sched, u32 num,
		     struct netlink_ext_ack *extack)
{
	return sched->ops->prepare ?
	       sched->ops->prepare(sched, num, extack) : 0;
}

/**
 * lb_sched_cancel() - The real servers do not change after all.
 * @sched: Scheduler that is prepared; the caller holds cfg_lock.
 */
void lb_sched_cancel(struct lb_sched *sched)
{
	if (sched->ops->cancel)
		sched->ops->cancel(sched);
}

/**
 * lb_sched_changed() - Tell a scheduler that its real servers changed.
 * @sched: Scheduler; the caller holds cfg_lock.
 * @gone: The server that was just taken off the list, or NULL.
 */
void lb_sched_changed(struct lb_sched *sched, struct lb_dest *gone)
{
	if (sched->ops->changed)
		sched->ops->changed(sched, gone);
}

/**
 * lb_sched_names() - Call a function for each registered scheduler.
 * @fn: Called with the name; anything but 0 ends the walk.
 * @arg: Passed to @fn.
 *
 * Context: process. Return: The last value of @fn.
 */
int lb_sched_names(int (*fn)(const char *name, void *arg), void *arg)
{
	struct lb_sched_ops *ops;
	int err = 0;

	mutex_lock(&schedulers_lock);
	list_for_each_entry(ops, &schedulers, list) {
		err = fn(ops->name, arg);
		if (err)
			break;
	}
	mutex_unlock(&schedulers_lock);
	return err;
}

/**
 * lb_sched_init() - Register the schedulers of this module.
 *
 * Return: 0; they leave with the module, which nobody can use by then.
 */
int lb_sched_init(void)
{
	struct lb_sched_ops *const own[] = {
		&lb_sched_rr, &lb_sched_wrr, &lb_sched_lc,
		&lb_sched_wlc, &lb_sched_sed, &lb_sched_nq,
		&lb_sched_fo, &lb_sched_ovf, &lb_sched_twos,
		&lb_sched_dh, &lb_sched_sh, &lb_sched_mh,
		&lb_sched_lblc, &lb_sched_lblcr,
	};
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(own); i++) {
		err = lb_sched_register(own[i]);
		if (err)
			return err;
	}
	return 0;
}
