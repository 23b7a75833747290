/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of lb_ipvs share. It holds no services and no connections:
 * requests become calls of lb, and answers are read from it.
 */
#ifndef _LB_IPVS_H
#define _LB_IPVS_H

#include <linux/in.h>
#include <linux/ip_vs.h>
#include <net/netns/generic.h>

#include "svc.h"
#include "sync/lb_sync.h"

struct lb_ipvs_sysctl;
struct seq_file;

/**
 * struct lb_ipvs_net - What a namespace has only for programs of IPVS.
 * @net: The namespace.
 * @cpus: What real servers counted, by CPU; lb's cfg_lock.
 * @counted_at: When that was, jiffies of 64 bits; 0 is never; lb's cfg_lock.
 * @sysctl: Its files below /proc/sys.
 */
struct lb_ipvs_net {
	struct net *net;
	struct lb_stats __percpu *cpus;
	u64 counted_at;
	struct lb_ipvs_sysctl *sysctl;
};

extern unsigned int lb_ipvs_net_id;

/** lb_ipvs_net_get() - The namespace's part of lb_ipvs. */
static inline struct lb_ipvs_net *lb_ipvs_net_get(const struct net *net)
{
	return net_generic(net, lb_ipvs_net_id);
}

/** lb_ipvs_is_protocol() - Is it one that lb balances? */
static inline bool lb_ipvs_is_protocol(u16 proto)
{
	return proto == IPPROTO_TCP || proto == IPPROTO_UDP ||
	       proto == IPPROTO_SCTP;
}

/* The IP_VS_STATE_* of an enum lb_sync_role. */
#define LB_IPVS_STATE(role) ((role) + IP_VS_STATE_MASTER)

/** lb_ipvs_role() - The enum lb_sync_role of a state; false without one. */
static inline bool lb_ipvs_role(u32 state, u8 *role)
{
	*role = state - IP_VS_STATE_MASTER;
	return state == IP_VS_STATE_MASTER || state == IP_VS_STATE_BACKUP;
}

/**
 * struct lb_ipvs_svc - A service as programs of IPVS ask for it.
 * @key: Which. What lb has no service for has no protocol here.
 * @sched: Name of its scheduler.
 * @pe: Name of its persistence engine; NULL or empty for none.
 * @flags: IP_VS_SVC_F_*.
 * @mask: Those of @flags that are given; others stay.
 * @timeout: Seconds of persistence, with IP_VS_SVC_F_PERSISTENT.
 * @netmask: A mask, or for IPv6 a prefix length in the host's order.
 */
struct lb_ipvs_svc {
	struct lb_svc_key key;
	const char *sched;
	const char *pe;
	u32 flags;
	u32 mask;
	u32 timeout;
	__be32 netmask;
};

/**
 * struct lb_ipvs_dest - A real server as programs of IPVS ask for it.
 * @key: Which.
 * @method: IP_VS_CONN_F_*, of IP_VS_CONN_F_FWD_MASK.
 * @weight: Share of new connections.
 * @upper: Threshold above which it gets no new ones.
 * @lower: Threshold below which it gets new ones again.
 * @tun_type: IP_VS_CONN_F_TUNNEL_TYPE_*.
 * @tun_flags: IP_VS_TUNNEL_ENCAP_FLAG_*.
 * @tun_port: UDP port of a tunnel by GUE.
 */
struct lb_ipvs_dest {
	struct lb_dest_key key;
	u32 method;
	int weight;
	u32 upper;
	u32 lower;
	u8 tun_type;
	u16 tun_flags;
	__be16 tun_port;
};

/**
 * struct lb_ipvs_show - What answers tell of a service in IPVS's terms.
 * @sched: Name of its scheduler.
 * @flags: IP_VS_SVC_F_*.
 * @netmask: See struct lb_ipvs_svc.
 */
struct lb_ipvs_show {
	const char *sched;
	u32 flags;
	__be32 netmask;
};

/**
 * struct lb_ipvs_stats - What a service or real server has carried.
 * @value: Counts and rates, by IPVS_STATS_ATTR_*.
 */
struct lb_ipvs_stats {
	u64 value[IPVS_STATS_ATTR_OUTBPS + 1];
};

void lb_ipvs_request_key(struct lb_svc_key *key, u16 family, u16 proto,
			 const union lb_addr *addr, __be16 port, u32 fwmark);
void lb_ipvs_request_load(const struct lb_ipvs_svc *svc);
int lb_ipvs_request(struct lb_net *lbn, u8 cmd, const struct lb_ipvs_svc *svc,
		    const struct lb_ipvs_dest *dest,
		    struct netlink_ext_ack *extack);
int lb_ipvs_request_set_timeouts(struct lb_net *lbn,
				 const struct ip_vs_timeout_user *timeouts);
void lb_ipvs_show_svc(const struct lb_net *lbn, const struct lb_svc *svc,
		      struct lb_ipvs_show *show);
void lb_ipvs_show_svc_stats(struct lb_svc *svc, struct lb_ipvs_stats *stats);
void lb_ipvs_show_dest_stats(const struct lb_dest *dest,
			     struct lb_ipvs_stats *stats);
void lb_ipvs_show_timeouts(const struct lb_net *lbn,
			   struct ip_vs_timeout_user *timeouts);
void lb_ipvs_show_scale(struct lb_stats *rate);
u32 lb_ipvs_show_method(u8 forward);
u32 lb_ipvs_show_size(const struct lb_net *lbn);

int lb_ipvs_attrs_svc(const struct nlattr *nest, struct lb_ipvs_svc *svc,
		      bool whole);
int lb_ipvs_attrs_dest(const struct nlattr *nest, u8 family,
		       struct lb_ipvs_dest *dest, bool whole);
int lb_ipvs_attrs_put_svc(struct sk_buff *skb, const struct lb_net *lbn,
			  struct lb_svc *svc);
int lb_ipvs_attrs_put_dest(struct sk_buff *skb, const struct lb_dest *dest);

int lb_ipvs_sockopt_init(void);
void lb_ipvs_sockopt_exit(void);
int lb_ipvs_family_init(void);
void lb_ipvs_family_exit(void);

int lb_ipvs_proc_init(struct lb_ipvs_net *own);
void lb_ipvs_proc_exit(struct lb_ipvs_net *own);

int lb_ipvs_stats_show(struct seq_file *seq, void *v);
int lb_ipvs_stats_show_cpus(struct seq_file *seq, void *v);
int lb_ipvs_stats_show_status(struct seq_file *seq, void *v);

#ifdef CONFIG_SYSCTL
int lb_ipvs_sysctl_init(struct lb_ipvs_net *ipvs);
void lb_ipvs_sysctl_exit(struct lb_ipvs_net *ipvs);
#else
static inline int lb_ipvs_sysctl_init(struct lb_ipvs_net *ipvs)
{
	return 0;
}

static inline void lb_ipvs_sysctl_exit(struct lb_ipvs_net *ipvs) {}
#endif

#if IS_ENABLED(CONFIG_NETFILTER_XTABLES)
int lb_ipvs_match_init(void);
void lb_ipvs_match_exit(void);
#else
static inline int lb_ipvs_match_init(void)
{
	return 0;
}

static inline void lb_ipvs_match_exit(void) {}
#endif

#endif /* _LB_IPVS_H */
