// SPDX-License-Identifier: GPL-2.0-only
/* Defragmentation.
 *
 * Only the first fragment of a packet has ports, so lb needs the packet whole.
 * But to defragment packets of others does harm: their fragments may take
 * different routes, and those of multicast come once for each outgoing device.
 * So lb defragments only packets from or to the addresses of services and real
 * servers, which each fragment has.
 */

#include <linux/bitmap.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/jhash.h>
#include <linux/netfilter.h>
#include <linux/skbuff.h>
#include <net/inet_sock.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/ipv6_frag.h>
#include <net/netfilter/ipv6/nf_defrag_ipv6.h>

#include "frag.h"

static u32 bit_of(const union lb_addr *addr)
{
	return jhash(addr, sizeof(*addr), 0) % LB_FRAG_BITS;
}

/**
 * lb_frag_expect() - Fragments from and to an address may be ours from now on.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @addr: Of a service or real server that is about to be added; NULL for a
 *	service by mark, which may be any.
 *
 * It stays so until lb_frag_forget(). Two addresses may share a bit: then some
 * packets of others are defragmented, too.
 */
void lb_frag_expect(struct lb_net *lbn, const union lb_addr *addr)
{
	lockdep_assert_held(&lbn->cfg_lock);
	if (addr)
		set_bit(bit_of(addr), lbn->frag_addrs);
	else
		WRITE_ONCE(lbn->frag_any, true);
}

/**
 * lb_frag_forget() - No fragments are ours.
 * @lbn: Namespace, without services and connections; the caller holds cfg_lock.
 */
void lb_frag_forget(struct lb_net *lbn)
{
	lockdep_assert_held(&lbn->cfg_lock);
	WRITE_ONCE(lbn->frag_any, false);
	bitmap_zero(lbn->frag_addrs, LB_FRAG_BITS);
}

static bool is_known(const struct lb_net *lbn, const union lb_addr *addr)
{
	return test_bit(bit_of(addr), lbn->frag_addrs);
}

static void read_ends(const struct sk_buff *skb, bool ipv6,
		      union lb_addr *saddr, union lb_addr *daddr)
{
	memset(saddr, 0, sizeof(*saddr));
	memset(daddr, 0, sizeof(*daddr));
	if (ipv6) {
		saddr->ip6 = ipv6_hdr(skb)->saddr;
		daddr->ip6 = ipv6_hdr(skb)->daddr;
	} else {
		saddr->ip = ip_hdr(skb)->saddr;
		daddr->ip = ip_hdr(skb)->daddr;
	}
}

static bool is_unicast(const union lb_addr *daddr, bool ipv6)
{
	if (ipv6)
		return !ipv6_addr_is_multicast(&daddr->ip6);
	return !ipv4_is_multicast(daddr->ip) && !ipv4_is_lbcast(daddr->ip);
}

/* A raw socket may ask for its fragments to leave as they are. */
static bool is_kept(const struct sk_buff *skb, u8 hook, bool ipv6)
{
	const struct sock *sk = skb->sk;

	return !ipv6 && hook == NF_INET_LOCAL_OUT && sk && sk_fullsock(sk) &&
	       sk->sk_family == PF_INET && inet_test_bit(NODEFRAG, sk);
}

/**
 * lb_frag_is_ours() - May a fragment be of a packet that lb has to see whole?
 * @lbn: Namespace.
 * @skb: Fragment.
 * @hook: enum nf_inet_hooks.
 * @ipv6: It is an IPv6 packet.
 *
 * What passes is ours if it comes from a real server, or from a service whose
 * servers answer by themselves. Errors of routers are none then, but they send
 * none in fragments, as it may be no larger than the least MTU.
 */
bool lb_frag_is_ours(const struct lb_net *lbn, const struct sk_buff *skb,
		     u8 hook, bool ipv6)
{
	union lb_addr saddr, daddr;

	read_ends(skb, ipv6, &saddr, &daddr);
	if (!is_unicast(&daddr, ipv6) || is_kept(skb, hook, ipv6))
		return false;
	if (is_known(lbn, &saddr))
		return true;
	return hook != NF_INET_FORWARD &&
	       (READ_ONCE(lbn->frag_any) || is_known(lbn, &daddr));
}

/* Local delivery defragments IPv4 before its hook; forwarded and locally made
 * fragments come as they are.
 */
static int gather4(struct net *net, struct sk_buff *skb, u8 hook)
{
	return ip_defrag(net, skb, hook == NF_INET_FORWARD ? IP_DEFRAG_VS_FWD :
							     IP_DEFRAG_VS_OUT);
}

/* Let the stack go on with the header that is next for it. It has done with
 * the IPv6 header and the hop-by-hop options, if any; those of the packet are
 * the first fragment's, like all that comes before what was cut. Another one
 * may have had more or less of them.
 */
static void set_next_header(struct sk_buff *skb)
{
	unsigned int next = IP6CB(skb)->nhoff;
	unsigned int off = sizeof(struct ipv6hdr);

	if (next >= off)
		off = next + ipv6_optlen((const struct ipv6_opt_hdr *)
					 (skb->data + next));
	skb_set_transport_header(skb, off);
}

/* IPv6 does so only behind the hook, and keeps the queues of each user apart.
 * A fragment that does not fit the others comes back without its route, so the
 * stack could not go on with it. One that it is to refuse comes back unchanged.
 */
static int gather6(struct net *net, struct sk_buff *skb, u8 hook)
{
	u32 user = __IP6_DEFRAG_CONNTRACK_BRIDGE_IN + 1 + hook;
	int err;

	err = nf_ct_frag6_gather(net, skb, user);
	if (!err && hook == NF_INET_LOCAL_IN)
		set_next_header(skb);
	if (err && err != -EINPROGRESS)
		kfree_skb(skb);
	return err;
}

/**
 * lb_frag_gather() - Put a packet together.
 * @lbn: Namespace.
 * @skb: Fragment that lb_frag_is_ours().
 * @hook: enum nf_inet_hooks.
 * @ipv6: It is an IPv6 packet.
 *
 * Return: 0 if @skb is the whole packet now, or still a fragment that the stack
 * is to refuse; -EINPROGRESS if it was kept; another error if it was freed.
 */
int lb_frag_gather(struct lb_net *lbn, struct sk_buff *skb, u8 hook, bool ipv6)
{
	return ipv6 ? gather6(lbn->net, skb, hook) :
		      gather4(lbn->net, skb, hook);
}
