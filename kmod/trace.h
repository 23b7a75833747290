/* SPDX-License-Identifier: GPL-2.0-only */
/* Tracepoints, to be seen below /sys/kernel/tracing/events/lb. */
#undef TRACE_SYSTEM
#define TRACE_SYSTEM lb

#if !defined(_LB_TRACE_H) || defined(TRACE_HEADER_MULTI_READ)
#define _LB_TRACE_H

#include <linux/tracepoint.h>
#include <net/net_namespace.h>

#include "pkt.h"

/* A new connection got a real server. */
TRACE_EVENT(lb_schedule,
	TP_PROTO(const struct net *net, const struct lb_tuple4 *tuple,
		 __be32 dest, __be16 dport, const char *sched),
	TP_ARGS(net, tuple, dest, dport, sched),
	TP_STRUCT__entry(
		__field(unsigned int, netns)
		__field(__be32, saddr)
		__field(__be32, daddr)
		__field(__be32, dest)
		__field(u16, sport)
		__field(u16, dport)
		__field(u16, dest_port)
		__field(u8, proto)
		__array(char, sched, LB_SCHED_NAME_MAX + 1)
	),
	TP_fast_assign(
		__entry->netns = net->ns.inum;
		__entry->saddr = tuple->saddr;
		__entry->daddr = tuple->daddr;
		__entry->dest = dest;
		__entry->sport = ntohs(tuple->sport);
		__entry->dport = ntohs(tuple->dport);
		__entry->dest_port = ntohs(dport);
		__entry->proto = tuple->proto;
		strscpy(__entry->sched, sched, sizeof(__entry->sched));
	),
	TP_printk("netns=%u proto=%u client=%pI4:%u virtual=%pI4:%u dest=%pI4:%u by=%s",
		  __entry->netns, __entry->proto,
		  &__entry->saddr, __entry->sport,
		  &__entry->daddr, __entry->dport,
		  &__entry->dest, __entry->dest_port, __entry->sched)
);

/* A packet was dropped; reason is enum lb_drop. */
TRACE_EVENT(lb_drop,
	TP_PROTO(const struct net *net, const struct lb_tuple4 *tuple,
		 u8 reason),
	TP_ARGS(net, tuple, reason),
	TP_STRUCT__entry(
		__field(unsigned int, netns)
		__field(__be32, saddr)
		__field(__be32, daddr)
		__field(u16, sport)
		__field(u16, dport)
		__field(u8, proto)
		__field(u8, reason)
	),
	TP_fast_assign(
		__entry->netns = net->ns.inum;
		__entry->saddr = tuple->saddr;
		__entry->daddr = tuple->daddr;
		__entry->sport = ntohs(tuple->sport);
		__entry->dport = ntohs(tuple->dport);
		__entry->proto = tuple->proto;
		__entry->reason = reason;
	),
	TP_printk("netns=%u proto=%u from=%pI4:%u to=%pI4:%u reason=%s",
		  __entry->netns, __entry->proto,
		  &__entry->saddr, __entry->sport,
		  &__entry->daddr, __entry->dport,
		  __print_symbolic(__entry->reason,
				   { LB_DROP_NO_DEST, "no-dest" },
				   { LB_DROP_DEST_GONE, "dest-gone" },
				   { LB_DROP_NO_MEMORY, "no-memory" },
				   { LB_DROP_CLASH, "clash" },
				   { LB_DROP_NO_ROUTE, "no-route" },
				   { LB_DROP_LOCAL_CROSSING, "local-crossing" },
				   { LB_DROP_TTL, "ttl" },
				   { LB_DROP_TOO_BIG, "too-big" },
				   { LB_DROP_ICMP, "icmp" }))
);

#endif /* _LB_TRACE_H */

#undef TRACE_INCLUDE_PATH
#define TRACE_INCLUDE_PATH .
#undef TRACE_INCLUDE_FILE
#define TRACE_INCLUDE_FILE trace
#include <trace/define_trace.h>
