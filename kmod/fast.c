// SPDX-License-Identifier: GPL-2.0-only
/* The fast path of established connections, at the ingress of devices.
 *
 * A packet of an established connection goes straight to the neighbour of its
 * next hop. All others take the classic path, and so does a packet that would
 * skip a foreign netfilter hook, unless the administrator allows that
 * (fastpath on). How the stack would have routed the packet is known from the
 * last one that took the classic path: see way.c.
 */

#include <linux/if_arp.h>
#include <linux/if_vlan.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/gso.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "conn.h"
#include "fast.h"
#include "foreign.h"
#include "gso.h"
#include "nat.h"
#include "proto.h"
#include "tunnel.h"
#include "way.h"
#include "xmit.h"

/**
 * struct port - A device with the fast path.
 * @list: In lbn->fast_devs; RTNL.
 * @ops: Its hook.
 * @rcu: For freeing: who lists hooks looks at @ops.
 */
struct port {
	struct list_head list;
	struct nf_hook_ops ops;
	struct rcu_head rcu;
};

/**
 * struct plan - What is to become of a packet.
 * @conn: Its connection.
 * @dir: Direction in which it goes.
 * @route: Route to the real server; NULL for its replies.
 * @dst: Route by which it leaves.
 * @mtu: Largest size that it may have.
 * @overhead: Bytes that a tunnel adds.
 * @ipv6: It leaves by IPv6.
 */
struct plan {
	struct lb_conn *conn;
	enum lb_dir dir;
	const struct lb_route *route;
	struct dst_entry *dst;
	u32 mtu;
	u32 overhead;
	bool ipv6;
};

/* May packets of a family skip the stack now? Under RCU. */
static __always_inline bool is_open(const struct lb_net *lbn, const bool ipv6)
{
	return READ_ONCE(lbn->fastpath) == LB_FASTPATH_ON ||
	       !lb_foreign_any(lbn->net, ipv6);
}

/* Is there anything about a packet that the stack treats in a way of its own?
 * Receive handlers are those of bridges, bonds, macvlan and the like.
 */
static __always_inline bool is_odd(const struct sk_buff *skb)
{
	if (skb->pkt_type != PACKET_HOST || skb_vlan_tag_present(skb) ||
	    rcu_access_pointer(skb->dev->rx_handler))
		return true;
	/* It may be changed, but not be given other memory. */
	if (skb_shared(skb) && (skb_cloned(skb) || skb_is_nonlinear(skb)))
		return true;
#ifdef CONFIG_SKB_EXTENSIONS
	if (skb->active_extensions)
		return true;
#endif
#ifdef CONFIG_NETWORK_SECMARK
	if (skb->secmark)
		return true;
#endif
#ifdef CONFIG_NET_SWITCHDEV
	if (skb->offload_l3_fwd_mark)
		return true;
#endif
	return false;
}

/* Are the headers there, in memory that is in one piece? */
static bool pull(const struct lb_pkt *pkt, unsigned int ip_len, u8 proto)
{
	unsigned int len = ip_len;

	if (proto == IPPROTO_TCP)
		len += sizeof(struct tcphdr);
	else if (proto == IPPROTO_UDP)
		len += sizeof(struct udphdr);
	else
		return false;
	return pkt->len >= len && pkt->skb->len >= pkt->len &&
	       pskb_may_pull(pkt->skb, len);
}

/* The checks of the stack (RFC 1812 5.2.2); what fails them is left to it. */
static bool read_ipv4(struct lb_pkt *pkt)
{
	unsigned int len = sizeof(struct iphdr);
	const struct iphdr *iph;

	if (!pskb_may_pull(pkt->skb, len))
		return false;
	iph = ip_hdr(pkt->skb);
	if (*(const u8 *)iph != 0x45 || iph->ttl <= 1 || ip_is_fragment(iph) ||
	    ip_fast_csum(iph, 5))
		return false;

	pkt->len = ntohs(iph->tot_len);
	pkt->tos = iph->tos;
	if (!pull(pkt, len, iph->protocol))
		return false;
	iph = ip_hdr(pkt->skb);
	pkt->tuple.saddr = iph->saddr;
	pkt->tuple.daddr = iph->daddr;
	pkt->tuple.proto = iph->protocol;
	pkt->l4 = len;
	return true;
}

/* Extension headers are left to the stack, too. */
static bool read_ipv6(struct lb_pkt *pkt)
{
	unsigned int len = sizeof(struct ipv6hdr);
	const struct ipv6hdr *ip6h;

	if (!pskb_may_pull(pkt->skb, len))
		return false;
	ip6h = ipv6_hdr(pkt->skb);
	if (ip6h->version != 6 || ip6h->hop_limit <= 1)
		return false;

	pkt->len = ntohs(ip6h->payload_len) + len;
	if (!pull(pkt, len, ip6h->nexthdr))
		return false;
	ip6h = ipv6_hdr(pkt->skb);
	pkt->tuple.saddr6 = ip6h->saddr;
	pkt->tuple.daddr6 = ip6h->daddr;
	pkt->tuple.proto = ip6h->nexthdr;
	lb_tuple_fold(&pkt->tuple);
	pkt->l4 = len;
	return true;
}

/* Packets that open or close a connection: a SYN may begin a new one, and where
 * there is a firewall that need not see all packets, it may want to see these.
 */
static noinline bool is_for_stack(const struct lb_pkt *pkt)
{
	return pkt->tcp_flags & LB_TCP_SYN ||
	       READ_ONCE(pkt->lbn->fastpath) == LB_FASTPATH_ON;
}

/* Find out what a packet is. */
static __always_inline bool parse(struct lb_pkt *pkt, const bool ipv6)
{
	const __be16 *port;

	if (!(ipv6 ? read_ipv6(pkt) : read_ipv4(pkt)))
		return false;

	port = (const __be16 *)(pkt->skb->data + pkt->l4);
	pkt->tuple.sport = port[0];
	pkt->tuple.dport = port[1];
	if (pkt->tuple.proto == IPPROTO_TCP)
		pkt->tcp_flags = ((const u8 *)port)[13];
	return likely(!(pkt->tcp_flags & LB_TCP_TURNS)) || !is_for_stack(pkt);
}

/* What a route takes. A change makes those of IPv4 obsolete, but IPv6 asks the
 * device.
 */
static u32 mtu_of(const struct dst_entry *dst, u32 mtu, bool onward, bool ipv6)
{
	return unlikely(ipv6) ? ip6_dst_mtu_maybe_forward(dst, onward) : mtu;
}

/* Packets of one family may leave by a tunnel of the other, of which nobody has
 * asked yet who is hooked, and for which a new policy of IPsec begins no new
 * generation of ways.
 */
static noinline bool may_leave(const struct lb_net *lbn, bool ipv6)
{
	if (lb_way_has_policies(lbn->net))
		return false;
	return READ_ONCE(lbn->fastpath) == LB_FASTPATH_ON ||
	       !lb_foreign_out(lbn->net, ipv6);
}

static __always_inline bool plan_request(const struct lb_pkt *pkt,
					 const bool ipv6, struct plan *plan)
{
	struct lb_dest *dest = plan->conn->dest;

	if (!lb_dest_is_available(dest))
		return false;
	plan->route = lb_dest_current_route(dest, pkt->net);
	if (!plan->route || !plan->route->direct)
		return false;
	plan->dst = plan->route->dst;
	plan->ipv6 = lb_dest_is_ipv6(dest);
	if (unlikely(plan->ipv6 != ipv6) &&
	    !may_leave(pkt->lbn, plan->ipv6))
		return false;
	plan->overhead = lb_tunnel_overhead(plan->conn);
	plan->mtu = mtu_of(plan->dst, plan->route->mtu, false, plan->ipv6) -
		    plan->overhead;
	/* No route for IPv6, or only without a tunnel */
	return !ipv6 || plan->mtu >= IPV6_MIN_MTU;
}

static void plan_reply(const struct lb_way *way, struct plan *plan, bool ipv6)
{
	plan->route = NULL;
	plan->dst = way->dst;
	plan->mtu = mtu_of(way->dst, way->mtu, true, ipv6);
	plan->overhead = 0;
	plan->ipv6 = ipv6;
}

/* Decide on a packet. Looks at its tuple and flags only: it may be in an skb or
 * anywhere else.
 */
static __always_inline bool decide(const struct lb_pkt *pkt, const bool ipv6,
				   const struct net_device *dev,
				   struct plan *plan)
{
	const struct lb_way *way;
	struct lb_conn *conn;

	conn = lb_conn_find(pkt->lbn->conns, &pkt->tuple,
			    lb_conn_hash(pkt->lbn->conns, &pkt->tuple),
			    &plan->dir);
	if (!conn)
		return false;
	way = lb_way_find(pkt->lbn, READ_ONCE(*lb_conn_way(conn, plan->dir)));
	if (!lb_way_is_open(way, pkt->lbn, dev, ipv6 ? 0 : pkt->tos, ipv6))
		return false;
	plan->conn = conn;
	if (plan->dir == LB_DIR_ORIG)
		return plan_request(pkt, ipv6, plan);
	plan_reply(way, plan, ipv6);
	return true;
}

/* Somebody holds another reference to the packet, as pktgen does: devices that
 * would keep it or write to it must not get it.
 */
static noinline bool may_share(const struct net_device *dev)
{
	return dev->priv_flags & IFF_TX_SKB_SHARING;
}

/* A GSO packet: the stack gets it if it must be segmented before encapsulation,
 * or comes from LRO.
 */
static noinline enum lb_verdict settle(const struct lb_pkt *pkt,
				       const struct plan *plan)
{
	enum lb_verdict verdict = lb_gso_settle_kind(pkt);

	if (verdict != LB_NEXT)
		return verdict;
	if (plan->overhead && !lb_gso_is_plain(pkt->skb))
		return LB_PASS;
	return lb_xmit_fits(pkt->skb, pkt->len, plan->mtu) ? LB_NEXT : LB_PASS;
}

/* What the stack does to a packet that it takes in and sends on. From here on
 * it can still be left to the stack.
 */
static __always_inline bool prepare(const struct lb_pkt *pkt, const bool ipv6,
				    const struct plan *plan)
{
	struct sk_buff *skb = pkt->skb;
	u32 room = LL_RESERVED_SPACE(plan->dst->dev) + plan->overhead;

	if (skb_shared(skb) && !may_share(plan->dst->dev))
		return false;
	if (unlikely(pkt->len > plan->mtu) && !skb_is_gso(skb))
		return false;
	if (pskb_trim_rcsum(skb, pkt->len))
		return false;
	if (skb_header_cloned(skb) || skb_headroom(skb) < room)
		if (skb_shared(skb) || skb_cow_head(skb, room))
			return false;

	skb->transport_header = skb->network_header + pkt->l4;
	if (plan->dir == LB_DIR_REPLY && !ipv6 &&
	    READ_ONCE(pkt->net->ipv4.sysctl_ip_fwd_update_priority))
		skb->priority = rt_tos2priority(ip_hdr(skb)->tos);
	if (unlikely(skb->destructor))
		skb_orphan(skb);
	skb_forward_csum(skb);
	skb_clear_tstamp(skb);
	return true;
}

static __always_inline bool translate(const struct lb_pkt *pkt,
				      const struct plan *plan)
{
	if (plan->conn->forward != LB_FORWARD_NAT)
		return true;
	return plan->dir == LB_DIR_ORIG ? lb_nat_request(pkt, plan->conn) :
					  lb_nat_reply(pkt, plan->conn);
}

static __always_inline void count(const struct lb_pkt *pkt,
				  const struct plan *plan)
{
	struct lb_meter *meter = &plan->conn->dest->meter;

	if (plan->dir == LB_DIR_ORIG)
		lb_stats_in(meter, pkt->skb->len);
	else
		lb_stats_out(meter, pkt->skb->len);
	lb_stats_path(pkt->lbn, LB_PATH_FAST);
	lb_proto_update(plan->conn, pkt, plan->dir);
}

/* Carry the plan out. */
static __always_inline enum lb_verdict carry(const struct lb_pkt *pkt,
					     const bool ipv6,
					     const struct plan *plan)
{
	struct sk_buff *skb = pkt->skb;
	enum lb_verdict verdict;

	if (unlikely(skb_is_gso(skb))) {
		verdict = settle(pkt, plan);
		if (verdict != LB_NEXT)
			return verdict;
	}
	if (!prepare(pkt, ipv6, plan) || !translate(pkt, plan))
		return LB_PASS;

	count(pkt, plan);
	lb_dest_set_mark(plan->conn->dest, plan->dir, skb);
	if (ipv6)
		ipv6_hdr(skb)->hop_limit--;
	else
		ip_decrease_ttl(ip_hdr(skb));
	if (plan->overhead &&
	    !lb_tunnel_wrap(pkt, plan->conn, plan->route))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	if (!lb_xmit_direct(skb, plan->dst, plan->ipv6))
		return lb_pkt_drop(pkt, LB_DROP_NO_MEMORY);
	return LB_STOLEN;
}

/* Made once for each family: what is inline asks for none. All that every
 * packet passes is inline, as calls between its parts were 30 instructions.
 */
static __always_inline unsigned int walk(struct lb_net *lbn,
					 struct sk_buff *skb, const bool ipv6)
{
	struct plan plan __uninitialized;
	struct lb_pkt pkt __uninitialized;

	if (!is_open(lbn, ipv6) || is_odd(skb))
		return NF_ACCEPT;
	lb_pkt_init(&pkt, skb, lbn, NF_INET_PRE_ROUTING, ipv6);
	if (!parse(&pkt, ipv6) || !decide(&pkt, ipv6, skb->dev, &plan))
		return NF_ACCEPT;
	switch (carry(&pkt, ipv6, &plan)) {
	case LB_DROP:
		return NF_DROP;
	case LB_STOLEN:
		return NF_STOLEN;
	default:
		return NF_ACCEPT;
	}
}

static noinline unsigned int walk6(struct lb_net *lbn, struct sk_buff *skb)
{
	return walk(lbn, skb, true);
}

static unsigned int ingress(void *priv, struct sk_buff *skb,
			    const struct nf_hook_state *state)
{
	if (skb->protocol == htons(ETH_P_IP))
		return walk(priv, skb, false);
	if (skb->protocol == htons(ETH_P_IPV6))
		return walk6(priv, skb);
	return NF_ACCEPT;
}

/* Without memory for it, a device's packets take the classic path. */
static void attach(struct lb_net *lbn, struct net_device *dev)
{
	struct port *port;

	if (dev->type != ARPHRD_ETHER)
		return;
	port = kzalloc(sizeof(*port), GFP_KERNEL_ACCOUNT);
	if (!port)
		return;

	port->ops.hook = ingress;
	port->ops.pf = NFPROTO_NETDEV;
	port->ops.hooknum = NF_NETDEV_INGRESS;
	port->ops.priority = INT_MAX;
	port->ops.dev = dev;
	port->ops.priv = lbn;
	if (nf_register_net_hook(lbn->net, &port->ops)) {
		kfree(port);
		return;
	}
	list_add(&port->list, &lbn->fast_devs);
}

static void detach(struct lb_net *lbn, const struct net_device *dev)
{
	struct port *port;

	list_for_each_entry(port, &lbn->fast_devs, list) {
		if (port->ops.dev != dev)
			continue;
		list_del(&port->list);
		nf_unregister_net_hook(lbn->net, &port->ops);
		kfree_rcu(port, rcu);
		return;
	}
}

/* When it is registered, the kernel reports all devices as if they appeared,
 * and when it is unregistered, as if they went.
 */
static int device_event(struct notifier_block *nb, unsigned long event,
			void *ptr)
{
	struct lb_net *lbn = container_of(nb, struct lb_net, fast_events);
	struct net_device *dev = netdev_notifier_info_to_dev(ptr);

	if (event == NETDEV_REGISTER)
		attach(lbn, dev);
	if (event == NETDEV_UNREGISTER)
		detach(lbn, dev);
	return NOTIFY_DONE;
}

/* Families whose packets may take the fast path now. */
static u8 wanted(const struct lb_net *lbn)
{
	u8 families = lbn->rests ? 0 : lbn->hooked;

	if (lbn->fastpath == LB_FASTPATH_OFF)
		return 0;
	rcu_read_lock();
	if (!is_open(lbn, false))
		families &= ~LB_IPV4;
	if (!is_open(lbn, true))
		families &= ~LB_IPV6;
	rcu_read_unlock();
	return families;
}

/**
 * lb_fast_update() - Attach the fast path to the namespace's devices while it
 * is of use, so that it costs nothing when it is not.
 * @lbn: Namespace; the caller holds cfg_lock.
 */
void lb_fast_update(struct lb_net *lbn)
{
	u8 families;

	lockdep_assert_held(&lbn->cfg_lock);
	lb_foreign_update(lbn->net);
	families = wanted(lbn);
	if (families && !lbn->fast &&
	    register_netdevice_notifier_net(lbn->net, &lbn->fast_events))
		return;
	if (!families && lbn->fast)
		unregister_netdevice_notifier_net(lbn->net, &lbn->fast_events);
	WRITE_ONCE(lbn->fast, families);
}

/**
 * lb_fast_init() - Prepare a namespace.
 * @lbn: Namespace.
 */
void lb_fast_init(struct lb_net *lbn)
{
	INIT_LIST_HEAD(&lbn->fast_devs);
	lbn->fast_events.notifier_call = device_event;
}
