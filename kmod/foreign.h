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

/**
 * lb_foreign_out() - Must somebody else see what we send?
 * @net: Namespace, with our hooks registered.
 * @ipv6: By IPv6.
 *
 * Debian's kernels have a hook of AppArmor at POST_ROUTING in every namespace.
 * It accepts what has no socket and no security mark, as all that we forward.
 * A lone hook there with the priority of security modules is known to be its:
 * SELinux and Smack have one at LOCAL_OUT, too, and chains of nftables have a
 * type of their own.
 *
 * Context: under RCU.
 */
static inline bool lb_foreign_out(const struct net *net, bool ipv6)
{
	const struct nf_hook_entries *e;
	const struct nf_hook_ops *ops;

	if (lb_foreign_at(net, NF_INET_LOCAL_OUT, 1, ipv6))
		return true;
	e = lb_foreign_list(net, NF_INET_POST_ROUTING, ipv6);
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

#endif /* _LB_FOREIGN_H */
