/* SPDX-License-Identifier: GPL-2.0-only */
/* Netfilter hooks of others, of which we must not rob anybody. */
#ifndef _LB_FOREIGN_H
#define _LB_FOREIGN_H

#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <net/net_namespace.h>

/* Does an IPv4 hook have more users than @ours? Under RCU. */
static inline bool lb_foreign_at(const struct net *net,
				 enum nf_inet_hooks hook, unsigned int ours)
{
	const struct nf_hook_entries *e;

	e = rcu_dereference(net->nf.hooks_ipv4[hook]);
	return e && e->num_hook_entries > ours;
}

/**
 * lb_foreign_out() - Must somebody else see what we send?
 * @net: Namespace, with our hooks registered.
 *
 * Debian's kernels have a hook of AppArmor at POST_ROUTING in every namespace.
 * It accepts what has no socket and no security mark, as all that we forward.
 * A lone hook there with the priority of security modules is known to be its:
 * SELinux and Smack have one at LOCAL_OUT, too, and chains of nftables have a
 * type of their own.
 *
 * Context: under RCU.
 */
static inline bool lb_foreign_out(const struct net *net)
{
	const struct nf_hook_entries *e;
	const struct nf_hook_ops *ops;

	if (lb_foreign_at(net, NF_INET_LOCAL_OUT, 1))
		return true;
	e = rcu_dereference(net->nf.hooks_ipv4[NF_INET_POST_ROUTING]);
	if (!e || !e->num_hook_entries)
		return false;
	ops = nf_hook_entries_get_hook_ops(e)[0];
	return e->num_hook_entries > 1 ||
	       ops->hook_ops_type != NF_HOOK_OP_UNDEFINED ||
	       ops->priority != NF_IP_PRI_SELINUX_FIRST;
}

/**
 * lb_foreign_any() - Must somebody else see packets of connections?
 * @net: Namespace, with our hooks registered.
 *
 * Context: under RCU.
 */
static inline bool lb_foreign_any(const struct net *net)
{
	return lb_foreign_at(net, NF_INET_PRE_ROUTING, 0) ||
	       lb_foreign_at(net, NF_INET_LOCAL_IN, 1) ||
	       lb_foreign_at(net, NF_INET_FORWARD, 1) ||
	       lb_foreign_out(net);
}

#endif /* _LB_FOREIGN_H */
