/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of lb_ipvs share. It holds no services and no connections:
 * requests become calls of lb, and answers are read from it.
 */
#ifndef _LB_IPVS_H
#define _LB_IPVS_H

#include <linux/ip_vs.h>
#include <net/netns/generic.h>

#include "lb.h"

/**
 * struct lb_ipvs_net - What a namespace has only for programs of IPVS.
 * @net: The namespace.
 */
struct lb_ipvs_net {
	struct net *net;
};

extern unsigned int lb_ipvs_net_id;

/** lb_ipvs_net_get() - The namespace's part of lb_ipvs. */
static inline struct lb_ipvs_net *lb_ipvs_net_get(const struct net *net)
{
	return net_generic(net, lb_ipvs_net_id);
}

int lb_ipvs_sockopt_init(void);
void lb_ipvs_sockopt_exit(void);

#endif /* _LB_IPVS_H */
