/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints, to be seen below /sys/kernel/tracing/events/lb. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM lb

#if !defined(_LB_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _LB_TRACE_H

#include <linux/in.h>
#include <linux/in6.h>
#include <linux/tracepoint.h>
#include <net/net_namespace.h>

#include "pkt.h"

#define LB_TRACE_ENDS					\
		__field(unsigned int, netns)			\
		__array(u8, saddr, sizeof(struct sockaddr_in6))	\
		__array(u8, daddr, sizeof(struct sockaddr_in6))	\
		__field(u8, proto)

#define LB_TRACE_ASSIGN_ENDS						\
		__entry->netns = net->ns.inum;				\
		lb_trace_end(__entry->saddr, lb_tuple_saddr(tuple),	\
			     tuple->sport, tuple->ipv6);		\
		lb_trace_end(__entry->daddr, lb_tuple_daddr(tuple),	\
			     tuple->dport, tuple->ipv6);		\
		__entry->proto = tuple->proto

#ifndef LB_TRACE_END
#define LB_TRACE_END
/* Fill a socket address, which %pISpc prints. */
static inline void lb_trace_end(u8 *to, union lb_addr addr, __be16 port,
				bool ipv6)
{
	struct sockaddr_in6 sin6 = {
		.sin6_family = AF_INET6,
		.sin6_port = port,
		.sin6_addr = addr.ip6,
	};
	struct sockaddr_in sin = {
		.sin_family = AF_INET,
		.sin_port = port,
		.sin_addr.s_addr = addr.ip,
	};

	if (ipv6)
		memcpy(to, &sin6, sizeof(sin6));
	else
		memcpy(to, &sin, sizeof(sin));
}
#endif

/* A new connection got a real server. */
TRACE_EVENT(lb_schedule,
	TP_PROTO(const struct net *net, const struct lb_tuple *tuple,
		 const union lb_addr *dest, __be16 dport, bool dest_ipv6,
		 const char *sched),
	TP_ARGS(net, tuple, dest, dport, dest_ipv6, sched),
	TP_STRUCT__entry(
		LB_TRACE_ENDS
		__array(u8, dest, sizeof(struct sockaddr_in6))
		__array(char, sched, LB_SCHED_NAME_MAX + 1)
	),
	TP_fast_assign(
		LB_TRACE_ASSIGN_ENDS;
		lb_trace_end(__entry->dest, *dest, dport, dest_ipv6);
		strscpy(__entry->sched, sched, sizeof(__entry->sched));
	),
	TP_printk("netns=%u proto=%u client=%pISpc virtual=%pISpc dest=%pISpc by=%s",
		  __entry->netns, __entry->proto, __entry->saddr,
		  __entry->daddr, __entry->dest, __entry->sched)
);

/* A packet was dropped; reason is enum lb_drop. */
TRACE_EVENT(lb_drop,
	TP_PROTO(const struct net *net, const struct lb_tuple *tuple,
		 u8 reason),
	TP_ARGS(net, tuple, reason),
	TP_STRUCT__entry(
		LB_TRACE_ENDS
		__field(u8, reason)
	),
	TP_fast_assign(
		LB_TRACE_ASSIGN_ENDS;
		__entry->reason = reason;
	),
	TP_printk("netns=%u proto=%u from=%pISpc to=%pISpc reason=%s",
		  __entry->netns, __entry->proto, __entry->saddr,
		  __entry->daddr,
		  __print_symbolic(__entry->reason,
				   { LB_DROP_NO_DEST, "no-dest" },
				   { LB_DROP_DEST_GONE, "dest-gone" },
				   { LB_DROP_NO_MEMORY, "no-memory" },
				   { LB_DROP_CLASH, "clash" },
				   { LB_DROP_NO_ROUTE, "no-route" },
				   { LB_DROP_LOCAL_CROSSING, "local-crossing" },
				   { LB_DROP_TTL, "ttl" },
				   { LB_DROP_TOO_BIG, "too-big" },
				   { LB_DROP_ICMP, "icmp" },
				   { LB_DROP_DEFENCE, "defence" },
				   { LB_DROP_CONN_MAX, "conn-max" },
				   { LB_DROP_NO_CONN, "no-conn" },
				   { LB_DROP_TRACKED, "tracked" },
				   { LB_DROP_FRAGMENT, "fragment" },
				   { LB_DROP_MERGED, "merged" },
				   { LB_DROP_LOOP, "loop" },
				   { LB_DROP_POLICY, "policy" },
				   { LB_DROP_FIREWALL, "firewall" },
				   { LB_DROP_TUNNEL, "tunnel" }))
);

#endif /* _LB_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
