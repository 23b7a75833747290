// SPDX-License-Identifier: GPL-2.0-only
/* Real servers: life, trash, thresholds, cached route. */

#include <linux/inetdevice.h>
#include <linux/jhash.h>
#include <linux/module.h>
#include <linux/random.h>
#include <linux/rhashtable.h>
#include <linux/slab.h>
#include <net/addrconf.h>
#include <net/gre.h>
#include <net/gue.h>
#include <net/ip.h>
#include <net/ip6_route.h>
#include <net/route.h>

#include "dest.h"
#include "frag.h"
#include "limit.h"

DEFINE_STATIC_KEY_FALSE(lb_dest_marks);

/* A link-local address would need a device beside it. */
static bool is_server_address(const struct lb_dest_key *key)
{
	int type;

	if (key->family == AF_INET)
		return !ipv4_is_zeronet(key->addr.ip) &&
		       !ipv4_is_multicast(key->addr.ip) &&
		       !ipv4_is_lbcast(key->addr.ip);
	type = ipv6_addr_type(&key->addr.ip6);
	return type & IPV6_ADDR_UNICAST && !(type & IPV6_ADDR_LINKLOCAL);
}

/**
 * lb_dest_is_loopback() - Is it an address for inside of this host only?
 * @key: Address of a real server.
 */
bool lb_dest_is_loopback(const struct lb_dest_key *key)
{
	return key->family == AF_INET6 ? ipv6_addr_loopback(&key->addr.ip6) :
					 ipv4_is_loopback(key->addr.ip);
}

static size_t overhead_of(const struct lb_dest_key *key,
			  const union lb_tunnel *tunnel)
{
	size_t len = key->family == AF_INET6 ? sizeof(struct ipv6hdr) :
					       sizeof(struct iphdr);

	switch (tunnel->type) {
	case LB_TUNNEL_TYPE_GRE:
		return len + sizeof(struct gre_base_hdr) +
		       (tunnel->checksum ? GRE_HEADER_SECTION : 0);
	case LB_TUNNEL_TYPE_GUE:
		len += sizeof(struct udphdr) + sizeof(struct guehdr);
		if (tunnel->checksum == LB_TUNNEL_CHECKSUM_REMOTE)
			len += GUE_LEN_PRIV + GUE_PLEN_REMCSUM;
		return len;
	default:
		return len;
	}
}

/* What the tunnel is to be, of what it is and what is asked for. */
static union lb_tunnel tunnel_of(const struct lb_dest_cfg *cfg,
				 const struct lb_dest *old)
{
	union lb_tunnel tunnel = old ? lb_dest_tunnel(old) :
				       (union lb_tunnel){};

	if (cfg->tun_type_attr && cfg->tunnel.type != tunnel.type)
		tunnel = (union lb_tunnel){ .type = cfg->tunnel.type };
	if (cfg->tun_port_attr)
		tunnel.port = cfg->tunnel.port;
	if (cfg->tun_checksum_attr)
		tunnel.checksum = cfg->tunnel.checksum;
	tunnel.overhead = overhead_of(&cfg->key, &tunnel);
	return tunnel;
}

static int check_tunnel(const struct lb_dest_cfg *cfg,
			const struct lb_dest *old,
			struct netlink_ext_ack *extack)
{
	union lb_tunnel tunnel = tunnel_of(cfg, old);

	if (tunnel.type == LB_TUNNEL_TYPE_GUE && !tunnel.port) {
		NL_SET_ERR_MSG(extack, "a tunnel of type gue needs a port");
		return lb_refuse(extack, cfg->tun_port_attr ?:
					 cfg->tun_type_attr, -EINVAL);
	}
	if (tunnel.type != LB_TUNNEL_TYPE_GUE && tunnel.port) {
		NL_SET_ERR_MSG(extack, "only a tunnel of type gue has a port");
		return lb_refuse(extack, cfg->tun_port_attr, -EINVAL);
	}
	if (tunnel.type == LB_TUNNEL_TYPE_IPIP && tunnel.checksum) {
		NL_SET_ERR_MSG(extack, "a tunnel of type ipip has no checksum");
		return lb_refuse(extack, cfg->tun_checksum_attr, -EINVAL);
	}
	if (tunnel.type == LB_TUNNEL_TYPE_GRE &&
	    tunnel.checksum == LB_TUNNEL_CHECKSUM_REMOTE) {
		NL_SET_ERR_MSG(extack, "only a tunnel of type gue can leave the checksum to the real server");
		return lb_refuse(extack, cfg->tun_checksum_attr, -EINVAL);
	}
	return 0;
}

/**
 * lb_dest_check() - May a real server be added or changed like this?
 * @svc_key: Its service.
 * @cfg: The request.
 * @old: The server as it is, NULL if it is new.
 * @extack: Told why not.
 *
 * Return: 0, -EINVAL, or -ERANGE for a weight or threshold.
 */
int lb_dest_check(const struct lb_svc_key *svc_key,
		  const struct lb_dest_cfg *cfg, const struct lb_dest *old,
		  struct netlink_ext_ack *extack)
{
	u8 forward = cfg->has_forward ? cfg->forward :
		     old ? old->forward : LB_FORWARD_DR;
	u32 upper = cfg->has_upper ? cfg->upper : old ? old->upper : 0;
	u32 lower = cfg->has_lower ? cfg->lower : old ? old->lower : 0;
	int err;

	if (!is_server_address(&cfg->key)) {
		NL_SET_ERR_MSG(extack, "real server's address is not a unicast address beyond the link");
		return lb_refuse(extack, cfg->addr_attr, -EINVAL);
	}
	if (forward != LB_FORWARD_TUN && cfg->key.family != svc_key->family) {
		NL_SET_ERR_MSG(extack, "real server's address is of another family than the service, which only tun can do");
		return lb_refuse(extack, cfg->addr_attr, -EINVAL);
	}
	if (forward != LB_FORWARD_NAT && !svc_key->fwmark && cfg->key.port &&
	    cfg->key.port != svc_key->port) {
		NL_SET_ERR_MSG(extack, "real server's port differs from the service's, which only nat can do");
		return lb_refuse(extack, cfg->port_attr, -EINVAL);
	}
	if (cfg->has_weight && cfg->weight > INT_MAX) {
		NL_SET_ERR_MSG(extack, "weight is above 2147483647");
		return lb_refuse(extack, cfg->weight_attr, -ERANGE);
	}
	if (lower > upper) {
		NL_SET_ERR_MSG(extack, "lower threshold is above the upper threshold");
		return lb_refuse(extack, cfg->lower_attr, -ERANGE);
	}
	err = check_tunnel(cfg, old, extack);
	if (!err && forward == LB_FORWARD_NAT && lb_dest_is_loopback(&cfg->key))
		NL_SET_ERR_MSG(extack, "packets from outside do not reach a loopback address by nat, only those of this machine");
	return err;
}

/**
 * struct id - What tells a real server from all others of a namespace.
 * @svc: Key of its service.
 * @dest: Its own.
 */
struct id {
	const struct lb_svc_key *svc;
	const struct lb_dest_key *dest;
};

static u32 hash_keys(const struct lb_svc_key *svc,
		     const struct lb_dest_key *dest, u32 seed)
{
	return jhash(svc, sizeof(*svc), jhash(dest, sizeof(*dest), seed));
}

static u32 hash_id(const void *data, u32 len, u32 seed)
{
	const struct id *id = data;

	return hash_keys(id->svc, id->dest, seed);
}

static u32 hash_dest(const void *data, u32 len, u32 seed)
{
	const struct lb_dest *dest = data;

	return hash_keys(&dest->svc_key, &dest->key, seed);
}

static int compare_id(struct rhashtable_compare_arg *arg, const void *data)
{
	const struct lb_dest *dest = data;
	const struct id *id = arg->key;

	return memcmp(&dest->key, id->dest, sizeof(dest->key)) ||
	       !lb_svc_key_is(&dest->svc_key, id->svc);
}

static const struct rhashtable_params table_params = {
	.head_offset = offsetof(struct lb_dest, node),
	.key_len = sizeof(struct id),
	.hashfn = hash_id,
	.obj_hashfn = hash_dest,
	.obj_cmpfn = compare_id,
	.automatic_shrinking = true,
};

/**
 * lb_dest_find() - Find a real server, in its service or in the trash.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @svc_key: Its service.
 * @key: All of its bytes count.
 *
 * Return: The server or NULL. It is in the trash if it is neither available nor
 * listed.
 */
struct lb_dest *lb_dest_find(struct lb_net *lbn,
			     const struct lb_svc_key *svc_key,
			     const struct lb_dest_key *key)
{
	const struct id id = { svc_key, key };

	lockdep_assert_held(&lbn->cfg_lock);
	return rhashtable_lookup_fast(&lbn->dests, &id, table_params);
}

/**
 * lb_dest_match() - Find a real server of a service by its key.
 * @lbn: Namespace with a service.
 * @svc_key: Its service.
 * @key: All of its bytes count.
 *
 * Context: under RCU. Return: The server or NULL.
 */
struct lb_dest *lb_dest_match(struct lb_net *lbn,
			      const struct lb_svc_key *svc_key,
			      const struct lb_dest_key *key)
{
	const struct id id = { svc_key, key };
	struct lb_dest *dest;

	dest = rhashtable_lookup(&lbn->dests, &id, table_params);
	return dest && lb_dest_is_available(dest) ? dest : NULL;
}

static void set_defaults(struct lb_dest *dest)
{
	WRITE_ONCE(dest->weight, 1);
	dest->last_weight = 0;
	WRITE_ONCE(dest->forward, LB_FORWARD_DR);
	WRITE_ONCE(dest->tunnel.word, 0);
	WRITE_ONCE(dest->upper, 0);
	WRITE_ONCE(dest->lower, 0);
	kfree(dest->comment);
	dest->comment = NULL;
}

/**
 * lb_dest_alloc() - A new real server, with defaults, in no list.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @svc_key: Its service.
 * @key: Its address and port; lb_dest_find() does not know it.
 *
 * Return: The server with one reference, or -ENOMEM.
 */
struct lb_dest *lb_dest_alloc(struct lb_net *lbn,
			      const struct lb_svc_key *svc_key,
			      const struct lb_dest_key *key)
{
	struct lb_dest *dest;

	lockdep_assert_held(&lbn->cfg_lock);
	dest = kzalloc(sizeof(*dest), GFP_KERNEL_ACCOUNT);
	if (!dest)
		return ERR_PTR(-ENOMEM);
	if (lb_stats_init(&dest->meter, GFP_KERNEL_ACCOUNT))
		goto err_free;

	dest->key = *key;
	dest->svc_key = *svc_key;
	set_defaults(dest);
	refcount_set(&dest->ref, 1);
	if (rhashtable_insert_fast(&lbn->dests, &dest->node, table_params))
		goto err_exit_stats;
	lbn->num_dests++;
	lb_limit_add(lbn->owner, LB_LIMIT_DESTS, 1);
	return dest;

err_exit_stats:
	lb_stats_exit(&dest->meter);
err_free:
	kfree(dest);
	return ERR_PTR(-ENOMEM);
}

static void free_route(struct rcu_head *head)
{
	struct lb_route *route = container_of(head, struct lb_route, rcu);

	dst_release(route->dst);
	kfree(route);
}

/**
 * lb_dest_forget_route() - Look the route up again at the next packet.
 * @dest: Real server.
 *
 * Context: any.
 */
void lb_dest_forget_route(struct lb_dest *dest)
{
	struct lb_route *route;

	route = unrcu_pointer(xchg(&dest->route, NULL));
	if (route)
		call_rcu(&route->rcu, free_route);
}

/**
 * lb_dest_forget_stale() - Let go of a route that is good for nothing.
 * @dest: Real server.
 * @net: Namespace.
 *
 * A packet would do so, but may never come; and an IPv6 route that is only for
 * one address, as ours are, keeps its device from going.
 */
void lb_dest_forget_stale(struct lb_dest *dest, const struct net *net)
{
	if (!lb_dest_is_ipv6(dest) || !rcu_access_pointer(dest->route))
		return;
	rcu_read_lock();
	if (!lb_dest_current_route(dest, net))
		lb_dest_forget_route(dest);
	rcu_read_unlock();
}

/**
 * lb_dest_forget_trash() - lb_dest_forget_stale() for removed real servers.
 * @lbn: Namespace; the caller holds cfg_lock.
 */
void lb_dest_forget_trash(struct lb_net *lbn)
{
	struct lb_dest *dest;

	lockdep_assert_held(&lbn->cfg_lock);
	list_for_each_entry(dest, &lbn->trash, trash) {
		lb_dest_forget_stale(dest, lbn->net);
		cond_resched();
	}
}

static void free_dest(struct rcu_head *head)
{
	struct lb_dest *dest = container_of(head, struct lb_dest, rcu);
	struct lb_route *route = rcu_dereference_protected(dest->route, 1);

	if (route)
		free_route(&route->rcu);
	lb_stats_exit(&dest->meter);
	kfree(dest->comment);
	kfree(dest);
}

/**
 * lb_dest_is_overloaded() - Is a real server closed by its thresholds?
 * @dest: Real server; under RCU or cfg_lock.
 *
 * One that met its upper threshold stays closed until enough are gone.
 * Brings the mark up to date, so that no race can leave a wrong one standing.
 */
bool lb_dest_is_overloaded(struct lb_dest *dest)
{
	u32 conns = atomic_read(&dest->conns);
	u32 upper = READ_ONCE(dest->upper);
	u32 lower = READ_ONCE(dest->lower);
	bool over = READ_ONCE(dest->overload);
	bool now = over;

	if (!upper)
		now = false;
	else if (conns >= upper)
		now = true;
	else if (lower ? conns < lower : (u64)conns * 4 < (u64)upper * 3)
		now = false;

	if (now != over)
		WRITE_ONCE(dest->overload, now);
	return now;
}
EXPORT_SYMBOL_GPL(lb_dest_is_overloaded);

/**
 * lb_dest_get_conn() - A connection is about to refer to a real server.
 * @dest: Real server, under RCU.
 * @template: It is a persistence template.
 *
 * Return: false if the server is being freed.
 */
bool lb_dest_get_conn(struct lb_dest *dest, bool template)
{
	if (!refcount_inc_not_zero(&dest->ref))
		return false;
	if (template) {
		atomic_inc(&dest->templates);
		return true;
	}
	atomic_inc(&dest->conns);
	if (READ_ONCE(dest->upper))
		lb_dest_is_overloaded(dest);
	return true;
}

/**
 * lb_dest_put_conn() - The opposite of lb_dest_get_conn().
 * @dest: Real server; packets may look at it for another grace period.
 * @template: It is a persistence template.
 * @active: It was counted in dest->active.
 */
void lb_dest_put_conn(struct lb_dest *dest, bool template, bool active)
{
	if (template) {
		atomic_dec(&dest->templates);
	} else {
		if (active)
			atomic_dec(&dest->active);
		atomic_dec(&dest->conns);
		if (READ_ONCE(dest->overload))
			lb_dest_is_overloaded(dest);
	}
	refcount_dec(&dest->ref);
}

/**
 * lb_dest_apply() - Carry out a checked request.
 * @dest: Real server; the caller holds cfg_lock.
 * @cfg: Passed lb_dest_check().
 */
void lb_dest_apply(struct lb_dest *dest, struct lb_dest_cfg *cfg)
{
	u32 upper = dest->upper;

	WRITE_ONCE(dest->tunnel.word, tunnel_of(cfg, dest).word);
	if (cfg->has_forward)
		WRITE_ONCE(dest->forward, cfg->forward);
	if (cfg->has_weight)
		WRITE_ONCE(dest->weight, cfg->weight);
	if (dest->weight)
		dest->last_weight = dest->weight;
	if (cfg->has_upper)
		WRITE_ONCE(dest->upper, cfg->upper);
	if (cfg->has_lower)
		WRITE_ONCE(dest->lower, cfg->lower);
	if (cfg->has_comment)
		swap(dest->comment, cfg->comment);
	/* A raised limit opens the server at once. */
	if (dest->upper > upper)
		WRITE_ONCE(dest->overload, false);
	lb_dest_is_overloaded(dest);
}

static struct hlist_head *servers_at(const struct lb_net *lbn,
				     const union lb_addr *addr, __be16 port)
{
	u32 hash = jhash(addr, sizeof(*addr), (__force u16)port);

	return &lbn->servers[hash >> (32 - lbn->server_bits)];
}

/* Where clients of a service with a port, or a mark, get to. */
static __be16 port_of(const struct lb_dest *dest)
{
	return dest->key.port ?: dest->svc_key.port;
}

/**
 * lb_dest_attach() - A real server is about to be in its service.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @dest: Real server.
 */
void lb_dest_attach(struct lb_net *lbn, struct lb_dest *dest)
{
	lockdep_assert_held(&lbn->cfg_lock);

	lb_frag_expect(lbn, &dest->key.addr);
	/* Connections that it had before go on by its new settings: pairs with
	 * lb_dest_is_available().
	 */
	smp_store_release(&dest->available, true);
	hlist_add_head_rcu(&dest->server, servers_at(lbn, &dest->key.addr,
						     port_of(dest)));
	WRITE_ONCE(lbn->places, lbn->places + 1);
}

static bool is_source(const struct lb_dest *dest, const struct lb_tuple *t,
		      const union lb_addr *addr)
{
	return t->sport == port_of(dest) &&
	       !memcmp(addr, &dest->key.addr, sizeof(*addr)) &&
	       lb_dest_is_ipv6(dest) == t->ipv6 &&
	       READ_ONCE(dest->forward) == LB_FORWARD_NAT &&
	       (dest->svc_key.fwmark || dest->svc_key.proto == t->proto);
}

/**
 * lb_dest_sender() - Real servers, by NAT, that may have sent a packet.
 * @lbn: Namespace.
 * @t: The packet's tuple.
 * @dest: The one behind which to go on, or NULL to begin.
 *
 * Servers of services for every port send from any port, so it is not known of
 * them. Context: under RCU. Return: The next real server or NULL.
 */
struct lb_dest *lb_dest_sender(const struct lb_net *lbn,
			       const struct lb_tuple *t, struct lb_dest *dest)
{
	const union lb_addr addr = lb_tuple_saddr(t);

	if (!t->sport)
		return NULL;
	if (dest) {
		hlist_for_each_entry_continue_rcu(dest, server)
			if (is_source(dest, t, &addr))
				return dest;
		return NULL;
	}
	hlist_for_each_entry_rcu(dest, servers_at(lbn, &addr, t->sport), server)
		if (is_source(dest, t, &addr))
			return dest;
	return NULL;
}

/**
 * lb_dest_trash() - A real server left its service.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @dest: Just taken off its service's list.
 *
 * It is kept for as long as connections refer to it, so that they and their
 * counts are there when it is added again.
 */
void lb_dest_trash(struct lb_net *lbn, struct lb_dest *dest)
{
	lockdep_assert_held(&lbn->cfg_lock);

	WRITE_ONCE(dest->available, false);
	hlist_del_init_rcu(&dest->server);
	dest->left = get_state_synchronize_rcu();
	list_add_tail(&dest->trash, &lbn->trash);
}

/**
 * lb_dest_salvage() - Take a removed real server back, with default settings.
 * @dest: In the trash; the caller holds cfg_lock.
 *
 * Packets may still be on the list that it was taken off. On another list they
 * would never meet the end of theirs, so this waits until they are gone. Of
 * many servers that were removed together, only the first waits.
 *
 * Context: process, may sleep.
 */
void lb_dest_salvage(struct lb_dest *dest)
{
	list_del(&dest->trash);
	cond_synchronize_rcu_expedited(dest->left);
	set_defaults(dest);
}

/**
 * lb_dest_zero_trash() - Zero the counts of removed real servers.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @svc_key: Only those of this service; NULL for all.
 */
void lb_dest_zero_trash(struct lb_net *lbn, const struct lb_svc_key *svc_key)
{
	struct lb_dest *dest;

	lockdep_assert_held(&lbn->cfg_lock);
	list_for_each_entry(dest, &lbn->trash, trash) {
		cond_resched();
		if (svc_key &&
		    !lb_svc_key_is(&dest->svc_key, svc_key))
			continue;
		lb_stats_zero(&dest->meter);
		memset(&dest->folded, 0, sizeof(dest->folded));
	}
}

/**
 * lb_dest_reap() - Free what nothing refers to any more.
 * @lbn: Namespace; the caller holds cfg_lock.
 *
 * Return: true if the trash is empty now.
 */
bool lb_dest_reap(struct lb_net *lbn)
{
	struct lb_dest *dest, *tmp;

	lockdep_assert_held(&lbn->cfg_lock);
	list_for_each_entry_safe(dest, tmp, &lbn->trash, trash) {
		cond_resched();
		/* A packet that just chose it may still take a reference. */
		if (!refcount_dec_if_one(&dest->ref))
			continue;
		list_del(&dest->trash);
		rhashtable_remove_fast(&lbn->dests, &dest->node, table_params);
		lbn->num_dests--;
		lb_limit_sub(lbn->owner, LB_LIMIT_DESTS, 1);
		/* Packets may look at it for another grace period. */
		call_rcu(&dest->rcu, free_dest);
	}
	return list_empty(&lbn->trash);
}

/* A route of its own, not one shared by all neighbours of a device: with
 * direct routing the next hop must come from here, not from the packet.
 */
static bool find_route(struct lb_route *route, const struct lb_dest *dest,
		       struct net *net)
{
	bool ipv6 = lb_dest_is_ipv6(dest);
	struct flowi fl = { .flowi_flags = FLOWI_FLAG_KNOWN_NH };

	lb_route_redirect(&fl, ipv6, &dest->key.addr, 0);
	return lb_route_find(route, net, &fl, ipv6);
}

static struct lb_route *look_up_route(const struct lb_dest *dest,
				      struct net *net)
{
	bool ipv6 = lb_dest_is_ipv6(dest);
	struct lb_route *route;

	route = kmalloc(sizeof(*route), GFP_ATOMIC | __GFP_NOWARN);
	if (!route)
		return NULL;
	if (!find_route(route, dest, net)) {
		kfree(route);
		return NULL;
	}

	route->ident = get_random_u16();
	route->direct = !route->local && lb_way_is_direct(route->dst, ipv6);
	return route;
}

/**
 * lb_dest_route() - Route to a real server.
 * @dest: Real server.
 * @net: Namespace.
 *
 * Context: under RCU, which the result must not outlive.
 * Return: The cached route, looked up again if it went stale, or NULL if there
 * is none.
 */
const struct lb_route *lb_dest_route(struct lb_dest *dest, struct net *net)
{
	const struct lb_route *current_route = lb_dest_current_route(dest, net);
	struct lb_route *route, *old;

	if (likely(current_route))
		return current_route;

	route = look_up_route(dest, net);
	if (!route) {
		lb_dest_forget_route(dest);
		return NULL;
	}
	old = unrcu_pointer(xchg(&dest->route, RCU_INITIALIZER(route)));
	if (old)
		call_rcu(&old->rcu, free_route);
	return route;
}

/**
 * lb_dest_alloc_tables() - See that real servers can be found.
 * @lbn: Namespace.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_dest_alloc_tables(struct lb_net *lbn)
{
	lbn->server_bits = lbn->owner ? 8 : 12;
	lbn->servers = kvcalloc(BIT(lbn->server_bits), sizeof(*lbn->servers),
				GFP_KERNEL_ACCOUNT);
	if (!lbn->servers)
		return -ENOMEM;
	if (!rhashtable_init(&lbn->dests, &table_params))
		return 0;
	kvfree(lbn->servers);
	return -ENOMEM;
}

/**
 * lb_dest_free_tables() - The opposite, when there is nothing in them.
 * @lbn: Namespace.
 */
void lb_dest_free_tables(struct lb_net *lbn)
{
	rhashtable_destroy(&lbn->dests);
	kvfree(lbn->servers);
}

#ifdef LB_DEBUG
#include "selftest/dest.c"
#endif
