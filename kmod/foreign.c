// SPDX-License-Identifier: GPL-2.0-only
/* Netfilter hooks of others, of which we must not rob anybody.
 *
 * Debian's kernels have a hook of AppArmor at POST_ROUTING in every namespace.
 * It accepts what has no socket or no security mark, as all that we forward and
 * all that may take the fast path, so it need not see that. It is known by its
 * name: the kernel tells which function is at an address, and no module's
 * function passes for one of the kernel's own.
 */

#include <linux/cache.h>
#include <linux/kallsyms.h>
#include <linux/string.h>

#include "foreign.h"

/* Its address, 0 until it was met. Part of the kernel, it never goes. */
unsigned long lb_foreign_harmless __read_mostly;

/* A kernel without names writes the address, which is nobody's name. */
static bool is_harmless(unsigned long hook)
{
	char name[KSYM_SYMBOL_LEN];

	sprint_symbol_no_offset(name, hook);
	return !strcmp(name, "apparmor_ip_postroute");
}

static void look_at(const struct net *net, bool ipv6)
{
	const struct nf_hook_entries *e;
	unsigned long hook;

	e = lb_foreign_list(net, NF_INET_POST_ROUTING, ipv6);
	if (!e || e->num_hook_entries != 1)
		return;
	hook = (unsigned long)e->hooks[0].hook;
	if (hook != READ_ONCE(lb_foreign_harmless) && is_harmless(hook))
		WRITE_ONCE(lb_foreign_harmless, hook);
}

/**
 * lb_foreign_update() - Look who is hooked where packets leave.
 * @net: Namespace.
 *
 * Names are looked up here, and packets compare addresses. Context: process.
 */
void lb_foreign_update(const struct net *net)
{
	rcu_read_lock();
	look_at(net, false);
	look_at(net, true);
	rcu_read_unlock();
}
