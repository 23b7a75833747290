/* SPDX-License-Identifier: GPL-2.0-only */
/* Real servers. */
#ifndef _LB_DEST_H
#define _LB_DEST_H

#include <linux/atomic.h>
#include <linux/jump_label.h>
#include <linux/netlink.h>
#include <linux/refcount.h>
#include <linux/rhashtable-types.h>
#include <net/dst.h>

#include "pkt.h"
#include "route.h"
#include "way.h"

struct lb_svc;

/**
 * struct lb_svc_key - What tells one virtual service from another.
 * @addr: Virtual address; all zero with a firewall mark.
 * @fwmark: Firewall mark, 0 if the service has none.
 * @port: Virtual port, network byte order; 0 is every port.
 * @family: AF_INET or AF_INET6.
 * @proto: IPPROTO_TCP, IPPROTO_UDP or IPPROTO_SCTP; 0 with a firewall mark.
 *
 * Zero it before filling: it is compared as three 64-bit words.
 */
struct lb_svc_key {
	union lb_addr addr;
	u32 fwmark;
	__be16 port;
	u8 family;
	u8 proto;
} __aligned(8);

/** lb_svc_key_is() - Are two keys the same? */
static inline bool lb_svc_key_is(const struct lb_svc_key *a,
				 const struct lb_svc_key *b)
{
	const u64 *x = (const u64 *)a, *y = (const u64 *)b;

	return x[0] == y[0] && x[1] == y[1] && x[2] == y[2];
}

/**
 * struct lb_dest_key - What tells one real server of a service from another.
 * @addr: Address.
 * @port: Port, network byte order; 0 is the port the client asked for.
 * @family: AF_INET or AF_INET6; only tunnels can have another than the service.
 *
 * Zero it before filling: it is hashed and compared as bytes.
 */
struct lb_dest_key {
	union lb_addr addr;
	__be16 port;
	u8 family;
};

/**
 * union lb_tunnel - How packets are wrapped for a real server.
 * @word: All of it, to be read and written at once, on machines of 32 bits,
 *	too: packets see no mixture.
 * @type: enum lb_tunnel_type.
 * @checksum: enum lb_tunnel_checksum.
 * @overhead: Bytes that it adds at most.
 * @port: UDP port of the server, network byte order, for GUE.
 */
union lb_tunnel {
	u32 word;
	struct {
		u8 type : 4;
		u8 checksum : 4;
		u8 overhead;
		__be16 port;
	};
};

static_assert(sizeof(union lb_tunnel) == sizeof(u32));

/**
 * union lb_policy - What a service says about packets that may be too big.
 * @word: All of it, to be read and written at once.
 * @mtu: Largest packet that clients are told to send; 0 is no limit.
 * @tun_df: enum lb_tunnel_df.
 * @mss_clamp: Both ends are to offer no larger segments than fit.
 */
union lb_policy {
	u32 word;
	struct {
		u16 mtu;
		u8 tun_df;
		bool mss_clamp;
	};
};

/**
 * struct lb_dest_cfg - A request to add or change a real server.
 * @key: Which.
 * @forward: enum lb_forward.
 * @tunnel: Its type, port and checksum.
 * @weight: Share of new connections, 0 to INT_MAX.
 * @upper: No new connections at or above this many; 0 is no limit.
 * @lower: New ones again below this many; 0 is three quarters of @upper.
 * @has_forward: @forward was given.
 * @has_weight: @weight was given.
 * @has_upper: @upper was given.
 * @has_lower: @lower was given.
 * @has_comment: @comment was given.
 * @comment: NULL is none. The old one when the request is carried out.
 * @tun_type_attr: Where @tunnel's type was given, or NULL.
 * @tun_port_attr: Where its port was given, or NULL.
 * @tun_checksum_attr: Where its checksum was given, or NULL.
 * @port_attr: Where to point when the port is.
 * @addr_attr: Where to point when the address is.
 * @weight_attr: Where to point when @weight is.
 * @lower_attr: Where to point when @lower is.
 *
 * What was not given keeps its value, or gets the default in a new one.
 */
struct lb_dest_cfg {
	struct lb_dest_key key;
	u32 weight;
	u32 upper;
	u32 lower;
	u8 forward;
	union lb_tunnel tunnel;
	bool has_forward;
	bool has_weight;
	bool has_upper;
	bool has_lower;
	bool has_comment;
	char *comment;
	const struct nlattr *tun_type_attr;
	const struct nlattr *tun_port_attr;
	const struct nlattr *tun_checksum_attr;
	const struct nlattr *addr_attr;
	const struct nlattr *port_attr;
	const struct nlattr *weight_attr;
	const struct nlattr *lower_attr;
};

/**
 * struct lb_dest - A real server.
 * @node: In lbn->dests, for as long as it lives; cfg_lock.
 * @list: In svc->dests (RCU); cfg_lock to write.
 * @server: In lbn->servers (RCU); cfg_lock to write.
 * @trash: In lbn->trash; cfg_lock. Not @list, as packets may still be on that.
 * @left: When it went into the trash, for cond_synchronize_rcu(); cfg_lock.
 * @key: Its key.
 * @svc_key: Key of its service, which may be gone.
 * @svc_id: Id of the service that has its counts; cfg_lock.
 * @id: Grows with each one added to a service; dumps resume by it.
 * @listed: A request under way names it; cfg_lock.
 * @meter: Counters.
 * @timeout: Ticks a connection may rest in each state, as the service or the
 *	namespace says; cfg_lock to write, READ_ONCE.
 * @route: Cached route, NULL until the first packet; packets replace it.
 * @ref: One of its service or the trash, one of each connection and template.
 *	Only the trash lets go of the last.
 * @weight: Share of new connections; packets READ_ONCE.
 * @last_weight: The last @weight that was not 0; cfg_lock.
 * @upper: See struct lb_dest_cfg; READ_ONCE.
 * @lower: See struct lb_dest_cfg; READ_ONCE.
 * @policy: That of its service; READ_ONCE.
 * @forward: enum lb_forward of new connections; READ_ONCE.
 * @tunnel: How packets are wrapped by those that are tunnelled; READ_ONCE.
 * @available: It is in its service; READ_ONCE, or lb_dest_is_available() by
 *	who goes by its settings.
 * @overload: It met @upper and has not come down yet; READ_ONCE.
 * @conns: Connections, without templates.
 * @active: Those of them in an active state.
 * @templates: Persistence templates.
 * @mark: By enum lb_dir, what its service makes of packets' marks: the value in
 *	the upper half, which bits of it count in the lower.
 * @folded: While in the trash: the counts it left behind.
 * @rcu: For freeing.
 * @comment: What people want to know, or NULL; cfg_lock.
 */
struct lb_dest {
	struct rhash_head node;
	struct list_head list;
	struct hlist_node server;
	struct list_head trash;
	unsigned long left;
	struct lb_dest_key key;
	struct lb_svc_key svc_key;
	u32 svc_id;
	u32 id;
	bool listed;
	struct lb_meter meter;
	u32 timeout[LB_STATE_MAX + 1];
	struct lb_route __rcu *route;

	refcount_t ref;
	int weight;
	int last_weight;
	u32 upper;
	u32 lower;
	union lb_policy policy;
	union lb_tunnel tunnel;
	u8 forward;
	bool available;
	bool overload;
	atomic_t conns;
	atomic_t active;
	atomic_t templates;
	atomic64_t mark[LB_DIR_REPLY + 1];

	struct lb_stats folded;
	struct rcu_head rcu;
	char *comment;
};

int lb_dest_alloc_tables(struct lb_net *lbn);
void lb_dest_free_tables(struct lb_net *lbn);

bool lb_dest_is_overloaded(struct lb_dest *dest);

/** lb_dest_is_usable() - Can it take a new connection? Under RCU. */
static inline bool lb_dest_is_usable(struct lb_dest *dest)
{
	if (READ_ONCE(dest->weight) <= 0)
		return false;
	return likely(!READ_ONCE(dest->overload)) ||
	       !lb_dest_is_overloaded(dest);
}

/** lb_dest_is_available() - May its connections go on, by its settings? */
static inline bool lb_dest_is_available(const struct lb_dest *dest)
{
	/* Pairs with smp_store_release() in lb_dest_attach(). */
	return smp_load_acquire(&dest->available);
}

/** lb_dest_inactive() - Connections that are not active. */
static inline u32 lb_dest_inactive(const struct lb_dest *dest)
{
	return max(atomic_read(&dest->conns) - atomic_read(&dest->active), 0);
}

bool lb_dest_is_loopback(const struct lb_dest_key *key);
int lb_dest_check(const struct lb_svc_key *svc_key,
		  const struct lb_dest_cfg *cfg, const struct lb_dest *old,
		  struct netlink_ext_ack *extack);
struct lb_dest *lb_dest_find(struct lb_net *lbn,
			     const struct lb_svc_key *svc_key,
			     const struct lb_dest_key *key);
struct lb_dest *lb_dest_match(struct lb_net *lbn,
			      const struct lb_svc_key *svc_key,
			      const struct lb_dest_key *key);
struct lb_dest *lb_dest_alloc(struct lb_net *lbn,
			      const struct lb_svc_key *svc_key,
			      const struct lb_dest_key *key);
void lb_dest_apply(struct lb_dest *dest, struct lb_dest_cfg *cfg);

void lb_dest_attach(struct lb_net *lbn, struct lb_dest *dest);
struct lb_dest *lb_dest_sender(const struct lb_net *lbn,
			       const struct lb_tuple *t, struct lb_dest *dest);
void lb_dest_trash(struct lb_net *lbn, struct lb_dest *dest);
void lb_dest_salvage(struct lb_dest *dest);
bool lb_dest_reap(struct lb_net *lbn);
void lb_dest_zero_trash(struct lb_net *lbn, const struct lb_svc_key *svc_key);

bool lb_dest_get_conn(struct lb_dest *dest, bool template);
void lb_dest_put_conn(struct lb_dest *dest, bool template, bool active);

/** lb_dest_is_ipv6() - Is it reached by IPv6? */
static inline bool lb_dest_is_ipv6(const struct lb_dest *dest)
{
	return dest->key.family == AF_INET6;
}

/** lb_dest_tunnel() - How packets are wrapped for it now. */
static inline union lb_tunnel lb_dest_tunnel(const struct lb_dest *dest)
{
	return (union lb_tunnel){ .word = READ_ONCE(dest->tunnel.word) };
}

/** lb_dest_policy() - What its service says about packets too big, now. */
static inline union lb_policy lb_dest_policy(const struct lb_dest *dest)
{
	return (union lb_policy){ .word = READ_ONCE(dest->policy.word) };
}

/* Has any service of this host ever had a mark? */
DECLARE_STATIC_KEY_FALSE(lb_dest_marks);

/**
 * lb_dest_mark() - What its service makes of a mark.
 * @dest: Real server of the packet's connection.
 * @dir: Direction in which the packet goes.
 * @mark: The packet's mark; with 0, only what the service sets.
 */
static inline u32 lb_dest_mark(const struct lb_dest *dest, enum lb_dir dir,
			       u32 mark)
{
	u64 word = atomic64_read(&dest->mark[dir]);

	return (mark & ~lower_32_bits(word)) | upper_32_bits(word);
}

/** lb_dest_set_mark() - Mark a packet that leaves as its service says. */
static __always_inline void lb_dest_set_mark(const struct lb_dest *dest,
					     enum lb_dir dir,
					     struct sk_buff *skb)
{
	if (static_branch_unlikely(&lb_dest_marks))
		skb->mark = lb_dest_mark(dest, dir, skb->mark);
}

/** lb_dest_current_route() - The cached route, NULL if stale; under RCU. */
static inline const struct lb_route *
lb_dest_current_route(const struct lb_dest *dest, const struct net *net)
{
	const struct lb_route *route = rcu_dereference(dest->route);
	bool fresh;

	if (!route)
		return NULL;
	if (lb_dest_is_ipv6(dest))
		fresh = lb_way_is_fresh6(route->dst, route->cookie);
	else
		fresh = lb_way_is_fresh(route->dst, rt_genid_ipv4(net));
	return fresh ? route : NULL;
}

const struct lb_route *lb_dest_route(struct lb_dest *dest, struct net *net);
void lb_dest_forget_route(struct lb_dest *dest);
void lb_dest_forget_stale(struct lb_dest *dest, const struct net *net);
void lb_dest_forget_trash(struct lb_net *lbn);

#ifdef LB_DEBUG
int lb_dest_selftest(void);
#endif

#endif /* _LB_DEST_H */
