/* SPDX-License-Identifier: GPL-2.0-only */
/* What every part of the module shares: limits, time, the namespace, the locks.
 *
 * Locks
 *
 *  lock                 context      guards
 *  lbn->cfg_lock mutex  process      services, real servers, settings, hooks
 *  sched->lock spin     softirq      cursors of a scheduler
 *  conn->lock spin      softirq      state, life, counted as active
 *  table bucket locks   softirq      membership in the connection table
 *  table->resize mutex  process      at most one resize; sweeps, dumps see none
 *  lbn->way_lock spin   softirq      the remembered ways
 *  RTNL                 process      devices with the fast path
 *  RCU                  any          all look-ups
 *
 * Order: cfg_lock -> RTNL; cfg_lock -> sched->lock; table->resize -> bucket
 * lock; conn->lock, way_lock and the bucket locks are leaves. No path holds two
 * connections' locks.
 * The packet path runs with bottom halves disabled (hook.c sees to that).
 */
#ifndef _LB_H
#define _LB_H

#include <linux/hash.h>
#include <linux/in6.h>
#include <linux/jiffies.h>
#include <linux/math64.h>
#include <linux/mutex.h>
#include <linux/netfilter.h>
#include <linux/netlink.h>
#include <linux/notifier.h>
#include <linux/rhashtable-types.h>
#include <linux/siphash.h>
#include <linux/workqueue.h>
#include <linux/xarray.h>
#include <net/net_namespace.h>
#include <net/netns/generic.h>

#include <uapi/linux/lb.h>

/* Longest timeout and persistence, seconds: 31 days. */
#define LB_TIMEOUT_MAX (31 * 24 * 3600)

/* Time is kept in 32 bits, so that a connection stays small. A tick is eight
 * jiffies: at HZ=1000 half of the range is 198 days, far above LB_TIMEOUT_MAX.
 */
#define LB_TICK_SHIFT 3

/** lb_now() - Current time in ticks; compare by signed difference only. */
static inline u32 lb_now(void)
{
	u64 now = get_jiffies_64();

	return now >> LB_TICK_SHIFT;
}

/** lb_ticks() - Seconds to ticks. */
static inline u32 lb_ticks(u32 seconds)
{
	return (u32)(((u64)seconds * HZ) >> LB_TICK_SHIFT);
}

/** lb_seconds() - Ticks to seconds, rounded to the nearest. */
static inline u32 lb_seconds(u32 ticks)
{
	return div_u64(((u64)ticks << LB_TICK_SHIFT) + HZ / 2, HZ);
}

/**
 * union lb_addr - IPv4 or IPv6 address, network byte order.
 * @ip: IPv4 address.
 * @ip6: IPv6 address.
 *
 * An IPv4 address leaves the other 12 bytes zero, so that all can be compared.
 */
union lb_addr {
	__be32 ip;
	struct in6_addr ip6;
};

/** lb_fold6() - The words of an IPv6 address, combined; IPv4's is itself. */
static inline __be32 lb_fold6(const struct in6_addr *addr)
{
	const __be32 *word = addr->s6_addr32;

	return word[0] ^ word[1] ^ word[2] ^ word[3];
}

/* Sets of address families: one bit for IPv4, one for IPv6. */
#define LB_IPV4 BIT(0)
#define LB_IPV6 BIT(1)

/** lb_family_bit() - The set that has one family, AF_INET or AF_INET6. */
static inline u8 lb_family_bit(u8 family)
{
	return family == AF_INET6 ? LB_IPV6 : LB_IPV4;
}

/**
 * struct lb_stats - Counters since creation or the last zero.
 * @conns: Connections scheduled.
 * @in_pkts: Packets from clients.
 * @out_pkts: Packets to clients that passed us.
 * @in_bytes: Bytes from clients, IP header included.
 * @out_bytes: Bytes to clients, IP header included.
 */
struct lb_stats {
	u64 conns;
	u64 in_pkts;
	u64 out_pkts;
	u64 in_bytes;
	u64 out_bytes;
};

/**
 * enum lb_timeout - Timeouts that can be set, for a namespace and a service.
 * @LB_TIMEOUT_TCP: Of established TCP connections.
 * @LB_TIMEOUT_TCP_FIN: Of TCP connections in FIN_WAIT.
 * @LB_TIMEOUT_UDP: Of UDP.
 * @LB_TIMEOUTS: How many there are.
 */
enum lb_timeout {
	LB_TIMEOUT_TCP,
	LB_TIMEOUT_TCP_FIN,
	LB_TIMEOUT_UDP,
	LB_TIMEOUTS,
};

/* Places for ways in a namespace; a power of two. way_max is no more. */
#define LB_WAYS 1024

/* What tells addresses apart whose fragments may be ours; a power of two. */
#define LB_FRAG_BITS 1024

/** lb_refuse() - Point at the attribute for which a request is refused. */
static inline int lb_refuse(struct netlink_ext_ack *extack,
			    const struct nlattr *attr, int err)
{
	if (extack)
		extack->bad_attr = attr;
	return err;
}

/* Netfilter hooks of a family */
#define LB_HOOKS 3

struct lb_conn_table;
struct lb_owner;
struct lb_sync;
struct lb_tally;
struct lb_way;

/**
 * struct lb_net - All of lb in one network namespace.
 * @net: The namespace.
 * @owner: A user namespace owns it: its root is not to be trusted, and this is
 *	whose that is; else NULL. See limit.h.
 * @settings: By LB_A_CONFIG_*, as they were set; cfg_lock to write, else
 *	lb_setting().
 * @ceiling: To set one higher takes root of the host; cfg_lock to write,
 *	READ_ONCE.
 * @timeout: Ticks a connection may rest in each state, where its service does
 *	not say otherwise; cfg_lock.
 * @conns: Connection table; NULL before the first service, fixed from then to
 *	the exit. What is freed with it: @svc_table, @tally, @ways, @dests,
 *	@servers. Packets, and who holds cfg_lock, read it as it is; else
 *	lb_net_conns().
 * @svc_table: Services by key, for packets.
 * @tally: Packets dropped and by path, per CPU.
 * @fastpath: enum lb_fastpath; cfg_lock to write, READ_ONCE elsewhere.
 * @expects: There have been data connections of FTP to expect; READ_ONCE.
 * @drop_rate: One of so many new connections is dropped, 0 for none; READ_ONCE.
 * @drop_count: Counts them.
 * @secure_tcp: The states are those of secure_tcp; READ_ONCE.
 * @drop_entry: Connections are to be ended; READ_ONCE.
 * @evicted: Connections that were given up for new ones.
 * @hand: Number of the bucket from which to look for some; READ_ONCE.
 * @ways: See way.c; RCU, way_lock to write.
 * @way_lock: Guards @ways and @way_count.
 * @way_count: Ways made so far.
 * @frag_addrs: Whose fragments may be ours, see frag.c; cfg_lock to write.
 * @frag_any: Anybody's may be, by their mark; cfg_lock to write, READ_ONCE.
 * @fast_devs: Devices with the fast path; RTNL.
 * @fast_events: Tells of the coming and going of devices while @fast.
 * @fast: Families of which packets may take the fast path, which devices have
 *	if it is not empty; cfg_lock to write, READ_ONCE.
 * @cfg_lock: Guards all below.
 * @svcs: Services by id, which is their order in dumps.
 * @device_went: Cached routes may lead to a device that is about to go; any
 *	context, xchg.
 * @num_svcs: Number of services; READ_ONCE without the lock.
 * @num_ftp: Number of TCP services on port 21; READ_ONCE in the packet path.
 * @num_sip: Number of services by calls of SIP; READ_ONCE in the packet path.
 * @next_id: Id of the next service.
 * @gen: Grows with every change of services or real servers, and never comes
 *	round: what was read with one holds while it is the same.
 * @places: Grows when there are places for more connections: a real server
 *	comes, or a service has templates now; READ_ONCE without the lock.
 * @hooked: Families for which the netfilter hooks are registered, unless they
 *	rest.
 * @backup: A backup runs that hears of connections.
 * @rests: The hooks are off meanwhile.
 * @hooks4: Those of IPv4, fixed: who lists hooks looks at them, under RCU.
 * @hooks6: Those of IPv6.
 * @num_dests: How many there are in @dests.
 * @dests: Real servers by service and own key, those in the trash, too.
 * @servers: Real servers of services, by address and port; RCU.
 * @server_bits: Number of buckets in @servers, a power of 2.
 * @trash: Removed real servers that still have connections.
 * @past: Counts left by deleted services, and by zeroing one service.
 * @tick: Once a second: expiry, trash, hooks that are no longer needed.
 * @rates: Every two seconds: rate estimation.
 * @defence: See defence.c; once a second while it is wanted.
 * @sync: See sync/lb_sync.h; NULL while no daemon runs.
 */
struct lb_net {
	struct net *net;
	struct lb_owner *owner;
	u32 settings[LB_A_CONFIG_MAX + 1];
	u32 ceiling[LB_A_CONFIG_MAX + 1];
	u32 timeout[LB_STATE_MAX + 1];
	struct lb_conn_table *conns;
	struct rhashtable svc_table;
	struct lb_tally __percpu *tally;
	u8 fastpath;

	bool secure_tcp;
	bool drop_entry;
	bool expects;
	u32 drop_rate;
	u32 hand;
	atomic64_t evicted;
	atomic_t drop_count;

	struct lb_way __rcu **ways;
	spinlock_t way_lock; /* see above */
	u32 way_count;

	DECLARE_BITMAP(frag_addrs, LB_FRAG_BITS);
	bool frag_any;

	struct list_head fast_devs;
	struct notifier_block fast_events;
	u8 fast;

	struct mutex cfg_lock; /* order and use: top of this file */
	struct xarray svcs;
	bool device_went;
	u32 num_svcs;
	u32 num_ftp;
	u32 num_sip;
	u32 next_id;
	u64 gen;
	u32 places;
	u8 hooked;
	bool backup;
	bool rests;
	struct nf_hook_ops hooks4[LB_HOOKS];
	struct nf_hook_ops hooks6[LB_HOOKS];
	u32 num_dests;
	struct rhashtable dests;
	struct hlist_head *servers;
	u8 server_bits;
	struct list_head trash;
	struct lb_stats past;
	struct delayed_work tick;
	struct delayed_work rates;
	struct delayed_work defence;
	struct lb_sync *sync;
};

extern unsigned int lb_net_id;

/** lb_net_get() - The namespace's part of lb; never NULL while lb is loaded. */
static inline struct lb_net *lb_net_get(const struct net *net)
{
	return net_generic(net, lb_net_id);
}

/** lb_net_conns() - The connection table, NULL before the first service. */
static inline struct lb_conn_table *lb_net_conns(const struct lb_net *lbn)
{
	/* Pairs with smp_store_release() in lb_space_open(). */
	return smp_load_acquire(&lbn->conns);
}

/** lb_setting() - A setting, LB_A_CONFIG_*; for what not every packet does. */
static inline u32 lb_setting(const struct lb_net *lbn, int attr)
{
	return READ_ONCE(lbn->settings[attr]);
}

#endif /* _LB_H */
