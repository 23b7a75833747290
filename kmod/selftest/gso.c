// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of the offloads: random packets are merged to lists, those are made
 * packets with one header, and when they are cut, it must be the same packets.
 */

#include <linux/netfilter.h>
#include <linux/prandom.h>

#include "selftest/skb.h"

#define ROUNDS 500
#define MEMBERS_MAX 5

/**
 * struct gso_case - One round.
 * @t: Tuple.
 * @size: Bytes of payload in each packet.
 * @last: Bytes in the last.
 * @members: How many packets there are.
 * @spread: All but the headers are in pages.
 * @cloned: Somebody else looks at it, too.
 * @pulled: Somebody pulled at it, so that the payload of the first is not
 *	where it was.
 */
struct gso_case {
	struct lb_tuple t;
	unsigned int size;
	unsigned int last;
	unsigned int members;
	bool spread;
	bool cloned;
	bool pulled;
};

static void gso_fill(struct gso_case *c, struct rnd_state *rnd)
{
	u32 bits = prandom_u32_state(rnd);

	memset(c, 0, sizeof(*c));
	prandom_bytes_state(rnd, &c->t, sizeof(c->t));
	c->t.proto = bits & 1 ? IPPROTO_TCP : IPPROTO_UDP;
	c->t.ipv6 = !!(bits & 2);
	c->spread = bits & 4;
	c->cloned = bits & 8;
	c->pulled = bits & 16;
	c->size = 2 + prandom_u32_state(rnd) % 700;
	c->last = 1 + prandom_u32_state(rnd) % c->size;
	c->members = 2 + prandom_u32_state(rnd) % (MEMBERS_MAX - 1);
}

static unsigned int gso_headers(const struct gso_case *c)
{
	return test_ip_len(c->t.ipv6, 5, 0) + test_l4_len(c->t.proto);
}

/* One of the packets, numbered as their sender does. */
static struct sk_buff *gso_member(const struct gso_case *c, unsigned int nr)
{
	struct sk_buff *skb = test_skb(nr + 1 < c->members ? c->size : c->last);
	struct tcphdr *th;

	if (!skb)
		return NULL;
	skb->data[0] = nr;
	test_push_l4(skb, &c->t, LB_TCP_ACK);
	if (c->t.proto == IPPROTO_TCP) {
		th = (void *)skb->data;
		th->seq = htonl(nr * c->size);
		th->check = 0;
		th->check = test_l4_sum(skb, 0, &c->t, IPPROTO_TCP);
	}
	test_push_header(skb, &c->t, c->t.proto, 5, 0);
	if (!c->t.ipv6) {
		ip_hdr(skb)->id = htons(4711 + nr);
		ip_send_check(ip_hdr(skb));
	}
	return skb;
}

/* Let a packet have all from its payload on in a page. */
static bool gso_spread(const struct gso_case *c, struct sk_buff *skb)
{
	return !c->spread || test_spread(skb, gso_headers(c));
}

/* What GRO does with rx-gro-list: the others follow without their headers,
 * which stay in front of them.
 */
static bool gso_add(const struct gso_case *c, struct sk_buff *skb,
		    struct sk_buff *member)
{
	struct sk_buff **end = &skb_shinfo(skb)->frag_list;

	if (!member || !gso_spread(c, member))
		return false;
	skb_pull(member, gso_headers(c));
	while (*end)
		end = &(*end)->next;
	*end = member;
	skb->len += member->len;
	skb->data_len += member->len;
	skb->truesize += member->truesize;
	return true;
}

static struct sk_buff *gso_list(const struct gso_case *c)
{
	struct sk_buff *skb = gso_member(c, 0);
	unsigned int i;

	if (!skb || !gso_spread(c, skb))
		return skb;
	for (i = 1; i < c->members; i++)
		if (!gso_add(c, skb, gso_member(c, i)))
			return skb;
	skb_shinfo(skb)->gso_size = c->size;
	skb_shinfo(skb)->gso_segs = c->members;
	skb_shinfo(skb)->gso_type = SKB_GSO_FRAGLIST | SKB_GSO_UDP_L4;
	if (c->t.proto == IPPROTO_TCP)
		skb_shinfo(skb)->gso_type = SKB_GSO_FRAGLIST |
			(c->t.ipv6 ? SKB_GSO_TCPV6 : SKB_GSO_TCPV4);
	skb->ip_summed = CHECKSUM_UNNECESSARY;
	if (c->pulled && !pskb_may_pull(skb, gso_headers(c) + c->size + 1))
		return skb;
	return skb;
}

static bool gso_is_same(struct sk_buff *skb, struct sk_buff *expected)
{
	return expected && skb->len == expected->len && !skb_linearize(skb) &&
	       !memcmp(skb->data, expected->data, skb->len);
}

static bool gso_check_segs(const struct gso_case *c, struct sk_buff *segs)
{
	struct sk_buff *expected;
	unsigned int i = 0;
	bool ok = true;

	for (; segs && ok; segs = segs->next) {
		expected = gso_member(c, i++);
		ok = gso_is_same(segs, expected);
		kfree_skb(expected);
	}
	return ok && i == c->members;
}

static int gso_test_case(const struct gso_case *c)
{
	struct sk_buff *skb = gso_list(c);
	struct sk_buff *clone = c->cloned ? skb_clone(skb, GFP_KERNEL) : NULL;
	struct sk_buff *segs = NULL;
	struct lb_pkt pkt;
	bool ok;

	test_pkt(&pkt, skb, NF_INET_LOCAL_IN, c->t.ipv6);
	ok = skb && lb_pkt_parse(&pkt) == LB_NEXT &&
	     lb_gso_settle(&pkt) == LB_NEXT && lb_gso_is_plain(skb);
	if (ok)
		segs = lb_gso_cut(skb);
	ok = segs && gso_check_segs(c, segs) &&
	     (!clone || is_list(clone));
	kfree_skb(clone);
	kfree_skb_list(segs ?: skb);
	if (ok)
		return 0;
	pr_err("selftest: gso: proto %u, ipv6 %u, %u of %u and %u%s%s%s\n",
	       c->t.proto, c->t.ipv6, c->members, c->size, c->last,
	       c->spread ? ", in pages" : "", c->cloned ? ", cloned" : "",
	       c->pulled ? ", pulled" : "");
	return -EINVAL;
}

/**
 * lb_gso_selftest() - Check what is made of lists.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_gso_selftest(void)
{
	struct rnd_state rnd;
	struct gso_case c;
	int err = 0;
	int i;

	prandom_seed_state(&rnd, 20261126);
	for (i = 0; !err && i < ROUNDS; i++) {
		gso_fill(&c, &rnd);
		err = gso_test_case(&c);
		cond_resched();
	}
	return err;
}
