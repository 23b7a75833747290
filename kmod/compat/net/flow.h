/* SPDX-License-Identifier: GPL-2.0-only */
/* The type of service is a type of its own from 6.18 on. */
#ifndef _LB_COMPAT_NET_FLOW_H
#define _LB_COMPAT_NET_FLOW_H

#include_next <net/flow.h>
#include <net/inet_dscp.h>

static inline void lb_compat_flow_set_tos(struct flowi4 *fl4, u8 tos)
{
#ifdef flowi4_dscp
	fl4->flowi4_dscp = inet_dsfield_to_dscp(tos);
#else
	fl4->flowi4_tos = tos & INET_DSCP_MASK;
#endif
}

#endif /* _LB_COMPAT_NET_FLOW_H */
