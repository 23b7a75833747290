/* SPDX-License-Identifier: GPL-2.0-only */
/* Netfilter hooks of others, of which we must not rob anybody. */
#ifndef _LB_FOREIGN_H
#define _LB_FOREIGN_H

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <net/net_namespace.h>

/* Who is hooked there; under RCU. */
static inline const struct nf_hook_entries *
lb_foreign_list(const struct net *net, enum nf_inet_hooks hook, bool ipv6)
{
	return ipv6 ? rcu_dereference(net->nf.hooks_ipv6[hook]) :
		      rcu_dereference(net->nf.hooks_ipv4[hook]);
}

/* Does a hook have more users than @ours? Under RCU. */
static inline bool lb_foreign_at(const struct net *net,
				 enum nf_inet_hooks hook, unsigned int ours,
				 bool ipv6)
{
	const struct nf_hook_entries *e = lb_foreign_list(net, hook, ipv6);

	return e && e->num_hook_entries > ours;
}

extern unsigned long lb_foreign_harmless;

/**
 * lb_foreign_out() - Must somebody else see what we send?
 * @net: Namespace, with our hooks registered.
 * @ipv6: By IPv6.
 *
 * A lone hook at POST_ROUTING may be one that is known to be harmless, see
 * foreign.c.
 *
 * Context: under RCU.
 */
static inline bool lb_foreign_out(const struct net *net, bool ipv6)
{
	const struct nf_hook_entries *e;

	if (lb_foreign_at(net, NF_INET_LOCAL_OUT, 1, ipv6))
		return true;
	e = lb_foreign_list(net, NF_INET_POST_ROUTING, ipv6);
	if (!e || !e->num_hook_entries)
		return false;
	return e->num_hook_entries > 1 ||
	       (unsigned long)e->hooks[0].hook !=
	       READ_ONCE(lb_foreign_harmless);
}

/**
 * lb_foreign_any() - Must somebody else see packets of connections?
 * @net: Namespace, with our hooks registered.
 * @ipv6: IPv6 packets.
 *
 * Context: under RCU.
 */
static inline bool lb_foreign_any(const struct net *net, bool ipv6)
{
	return lb_foreign_at(net, NF_INET_PRE_ROUTING, 0, ipv6) ||
	       lb_foreign_at(net, NF_INET_LOCAL_IN, 1, ipv6) ||
	       lb_foreign_at(net, NF_INET_FORWARD, 1, ipv6) ||
	       lb_foreign_out(net, ipv6);
}

void lb_foreign_update(const struct net *net);

#endif /* _LB_FOREIGN_H */
