// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of NAT: random packets are translated, and must then be, byte by
 * byte, what is built from scratch with the new addresses and ports.
 */

#include <linux/netfilter.h>
#include <linux/prandom.h>
#include <linux/slab.h>

#include "selftest/skb.h"

#define ROUNDS 2000

/**
 * enum check - What the checksum of a UDP packet is.
 * @CHECK_FULL: Whatever comes out.
 * @CHECK_NONE: 0, it has none.
 * @CHECK_WAS_0: Before translation it comes out as 0 and is sent as 0xffff.
 * @CHECK_GETS_0: The same after translation.
 */
enum check { CHECK_FULL, CHECK_NONE, CHECK_WAS_0, CHECK_GETS_0, CHECKS };

/**
 * struct nat_case - One round.
 * @conn: The connection.
 * @addr6: Its IPv6 addresses, see lb_conn_addr6().
 * @dest: Its real server.
 * @dir: Where the packet goes.
 * @icmp: It is an error about a packet that went the other way.
 * @check: Its checksum, if it is UDP.
 * @summed: Its skb->ip_summed, if it is no error.
 * @inner: It is that of a packet inside, as far as skb->ip_summed says.
 * @ipv6: It is an IPv6 packet.
 * @ihl: Words of its IPv4 header.
 * @inner_ihl: Words of the IPv4 header inside, if it is an error.
 * @ext: Extension headers behind its IPv6 header.
 * @inner_ext: Those of the packet inside.
 * @len: Bytes of payload.
 * @keep: Bytes behind the IP header that an error has of the packet inside.
 * @spread: It is in pages.
 * @cloned: Somebody else looks at it, too.
 * @fix: First word of the payload, which makes the checksum what @check says.
 */
struct nat_case {
	struct lb_conn conn;
	struct in6_addr addr6[2];
	struct lb_dest dest;
	enum lb_dir dir;
	bool icmp;
	enum check check;
	u8 summed;
	bool inner;
	bool ipv6;
	u8 ihl;
	u8 inner_ihl;
	u8 ext;
	u8 inner_ext;
	unsigned int len;
	unsigned int keep;
	bool spread;
	bool cloned;
	__sum16 fix;
};

/* Its key is not looked at. */
static void fill_flow6(struct nat_case *c, struct rnd_state *rnd)
{
	struct in6_addr *addr6 = lb_conn_addr6(&c->conn);

	BUILD_BUG_ON(offsetof(struct nat_case, addr6) != sizeof(c->conn));
	c->conn.orig.key.ipv6 = 1;
	prandom_bytes_state(rnd, addr6, sizeof(c->addr6));
	prandom_bytes_state(rnd, &c->dest.key.addr.ip6,
			    sizeof(c->dest.key.addr.ip6));
}

static void fill_flow(struct nat_case *c, struct rnd_state *rnd)
{
	struct lb_key *t = &c->conn.orig.key;
	u8 proto = prandom_u32_state(rnd) & 1 ? IPPROTO_TCP : IPPROTO_UDP;

	memset(t, 0, sizeof(*t));
	t->saddr = (__force __be32)prandom_u32_state(rnd);
	t->daddr = (__force __be32)prandom_u32_state(rnd);
	t->sport = (__force __be16)prandom_u32_state(rnd);
	t->dport = (__force __be16)prandom_u32_state(rnd);
	t->proto = proto;
	c->dest.key.addr.ip = (__force __be32)prandom_u32_state(rnd);
	c->conn.dport = prandom_u32_state(rnd) & 1 ? t->dport :
			(__force __be16)prandom_u32_state(rnd);
	c->conn.forward = LB_FORWARD_NAT;
	c->conn.dest = &c->dest;
	if (c->ipv6)
		fill_flow6(c, rnd);
}

static void fill_case(struct nat_case *c, struct rnd_state *rnd)
{
	static const u8 summed[] = {
		CHECKSUM_NONE, CHECKSUM_PARTIAL, CHECKSUM_COMPLETE,
	};

	c->ipv6 = prandom_u32_state(rnd) % 2;
	fill_flow(c, rnd);
	c->dir = prandom_u32_state(rnd) % 2;
	c->icmp = prandom_u32_state(rnd) % 3 == 0;
	c->check = CHECK_FULL;
	if (c->conn.orig.key.proto == IPPROTO_UDP)
		c->check = prandom_u32_state(rnd) % CHECKS;
	c->summed = CHECKSUM_NONE;
	if (!c->icmp)
		c->summed = summed[prandom_u32_state(rnd) % 3];
	c->inner = c->check == CHECK_NONE || prandom_u32_state(rnd) % 2;
	c->ihl = 5 + prandom_u32_state(rnd) % 11;
	c->inner_ihl = c->icmp ? 5 + prandom_u32_state(rnd) % 11 : c->ihl;
	c->ext = prandom_u32_state(rnd) % 16;
	c->inner_ext = c->icmp ? prandom_u32_state(rnd) % 16 : c->ext;
	c->len = 2 + prandom_u32_state(rnd) % 1400;
	c->keep = 4 + prandom_u32_state(rnd) % 44;
	/* Half a checksum is left alone. */
	if (c->keep == test_check_offset(c->conn.orig.key.proto) + 1)
		c->keep--;
	c->spread = prandom_u32_state(rnd) % 2;
	c->cloned = prandom_u32_state(rnd) % 2;
	c->fix = 0;
}

/* The tuple of a packet before or after its translation. */
static void tuple_in(const struct nat_case *c, enum lb_dir dir, bool after,
		     struct lb_tuple *t)
{
	struct lb_tuple orig = { .key = c->conn.orig.key };
	bool to_server = dir == LB_DIR_ORIG;

	orig.saddr6 = c->addr6[0];
	orig.daddr6 = c->addr6[1];
	if (after == to_server) {
		if (c->ipv6)
			orig.daddr6 = c->dest.key.addr.ip6;
		else
			orig.daddr = c->dest.key.addr.ip;
		orig.dport = c->conn.dport;
	}
	if (to_server)
		*t = orig;
	else
		lb_tuple_invert(t, &orig);
}

static unsigned int header_len(const struct nat_case *c)
{
	return test_ip_len(c->ipv6, c->ihl, c->ext);
}

static unsigned int inner_header_len(const struct nat_case *c)
{
	return test_ip_len(c->ipv6, c->inner_ihl, c->inner_ext);
}

static struct sk_buff *build_data(const struct nat_case *c, enum lb_dir dir,
				  bool after)
{
	struct sk_buff *skb = test_skb(c->len);
	struct lb_tuple t;

	if (!skb)
		return NULL;
	memcpy(skb->data, &c->fix, sizeof(c->fix));
	tuple_in(c, dir, after, &t);
	test_push_l4(skb, &t, LB_TCP_ACK);
	if (c->check == CHECK_NONE)
		*test_l4_check(skb, 0, t.proto) = 0;
	test_push_header(skb, &t, t.proto, c->inner_ihl, c->inner_ext);
	return skb;
}

/* An error to @c->dir about a packet of the other direction: before, about what
 * that had become; after, about what it was. So its inner packet is, before,
 * the one after translation.
 */
static struct sk_buff *build_case(const struct nat_case *c, bool after)
{
	bool to_server = c->dir == LB_DIR_ORIG;
	struct sk_buff *skb;
	struct lb_tuple t;

	if (!c->icmp)
		return build_data(c, c->dir, after);

	skb = build_data(c, to_server ? LB_DIR_REPLY : LB_DIR_ORIG, !after);
	if (!skb)
		return NULL;
	if (skb->len > inner_header_len(c) + c->keep)
		skb_trim(skb, inner_header_len(c) + c->keep);
	tuple_in(c, c->dir, after, &t);
	/* From a router on the way */
	if (!to_server && !after) {
		t.saddr ^= htonl(0xff);
		t.saddr6.s6_addr32[3] ^= htonl(0xff);
	}
	if (c->ipv6)
		test_push_icmp(skb, &t, ICMPV6_PKT_TOOBIG, 0);
	else
		test_push_icmp(skb, &t, ICMP_DEST_UNREACH, ICMP_HOST_UNREACH);
	test_push_header(skb, &t, c->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP,
			 c->ihl, c->ext);
	return skb;
}

/* Choose the payload so that the checksum comes out as 0. */
static int fix_payload(struct nat_case *c)
{
	bool after = c->check == CHECK_GETS_0;
	struct sk_buff *skb;
	__sum16 check;

	if (c->check != CHECK_WAS_0 && c->check != CHECK_GETS_0)
		return 0;
	skb = build_data(c, c->dir, after);
	if (!skb)
		return -ENOMEM;
	check = *test_l4_check(skb, inner_header_len(c), IPPROTO_UDP);
	kfree_skb(skb);
	c->fix = check == CSUM_MANGLED_0 ? 0 : check;

	skb = build_data(c, c->dir, after);
	if (!skb)
		return -ENOMEM;
	check = *test_l4_check(skb, inner_header_len(c), IPPROTO_UDP);
	kfree_skb(skb);
	return check == CSUM_MANGLED_0 ? 0 : -EINVAL;
}

static __sum16 pseudo_sum(const struct nat_case *c, const struct sk_buff *skb,
			  unsigned int len, u8 proto)
{
	if (c->ipv6)
		return ~csum_ipv6_magic(&ipv6_hdr(skb)->saddr,
					&ipv6_hdr(skb)->daddr, len, proto, 0);
	return ~csum_tcpudp_magic(ip_hdr(skb)->saddr, ip_hdr(skb)->daddr, len,
				  proto, 0);
}

/* As a device or a local sender would have made it. */
static void set_summed(const struct nat_case *c, struct sk_buff *skb)
{
	unsigned int l4 = header_len(c);
	u8 proto = c->conn.orig.key.proto;

	if (c->summed == CHECKSUM_PARTIAL && c->inner) {
		skb_partial_csum_set(skb, l4 + test_l4_len(proto), 0);
	} else if (c->summed == CHECKSUM_PARTIAL) {
		*test_l4_check(skb, l4, proto) =
			pseudo_sum(c, skb, skb->len - l4, proto);
		skb_partial_csum_set(skb, l4, test_check_offset(proto));
	} else if (c->summed == CHECKSUM_COMPLETE) {
		skb->csum = skb_checksum(skb, 0, skb->len, 0);
		skb->ip_summed = CHECKSUM_COMPLETE;
	}
}

/* Is skb->csum still the sum of the packet, if it claims to be, and the
 * packet's checksum what it is to be once a device filled it in?
 */
static bool finish_summed(const struct nat_case *c, struct sk_buff *skb)
{
	__sum16 rest;

	if (c->summed == CHECKSUM_PARTIAL)
		return skb->ip_summed == CHECKSUM_PARTIAL &&
		       (c->inner || !skb_checksum_help(skb));
	if (skb->ip_summed != CHECKSUM_COMPLETE)
		return c->summed != CHECKSUM_COMPLETE ||
		       c->check == CHECK_NONE;
	rest = csum_fold(csum_sub(skb->csum,
				  skb_checksum(skb, 0, skb->len, 0)));
	return !rest || rest == CSUM_MANGLED_0;
}

static bool translate_case(const struct nat_case *c, struct sk_buff *skb)
{
	struct lb_pkt pkt;

	test_pkt(&pkt, skb, NF_INET_FORWARD, c->ipv6);
	if (lb_pkt_parse(&pkt) != LB_NEXT)
		return false;
	if (!c->icmp)
		return c->dir == LB_DIR_ORIG ? lb_nat_request(&pkt, &c->conn) :
					       lb_nat_reply(&pkt, &c->conn);
	return lb_pkt_icmp_intact(&pkt) &&
	       lb_nat_icmp(&pkt, &c->conn, c->dir) && lb_pkt_icmp_intact(&pkt);
}

static bool is_same_skb(struct sk_buff *a, struct sk_buff *b)
{
	return a->len == b->len && !skb_linearize(a) && !skb_linearize(b) &&
	       !memcmp(a->data, b->data, a->len);
}

#define GUARD 32
#define GUARD_BYTE 0xaa

/* An error may have less of the packet inside than a header. */
static void guard_tail(struct sk_buff *skb)
{
	memset(skb_tail_pointer(skb), GUARD_BYTE, GUARD);
}

/* What had to be copied has another tail. */
static bool is_tail_intact(const struct nat_case *c, const struct sk_buff *skb)
{
	return c->cloned || c->spread ||
	       !memchr_inv(skb_tail_pointer(skb), GUARD_BYTE, GUARD);
}

static bool test_translated(const struct nat_case *c, struct sk_buff *skb,
			    struct sk_buff *expected)
{
	struct sk_buff *clone = c->cloned ? skb_clone(skb, GFP_KERNEL) : NULL;
	struct sk_buff *copy = skb_copy(skb, GFP_KERNEL);
	bool ok;

	guard_tail(skb);
	ok = copy && !clone == !c->cloned && translate_case(c, skb) &&
	     is_tail_intact(c, skb) && finish_summed(c, skb) &&
	     is_same_skb(skb, expected) &&
	     (!clone || is_same_skb(clone, copy));
	kfree_skb(clone);
	kfree_skb(copy);
	return ok;
}

static int test_case(const struct nat_case *c)
{
	struct sk_buff *skb = build_case(c, false);
	struct sk_buff *expected = build_case(c, true);
	int err = -ENOMEM;

	if (!skb || !expected)
		goto out_free;
	set_summed(c, skb);
	if (c->spread && !test_spread(skb, test_ip_len(c->ipv6, c->ihl, 0)))
		goto out_free;
	err = test_translated(c, skb, expected) ? 0 : -EINVAL;
	if (!err)
		goto out_free;
	pr_err("selftest: nat: %sproto %u, dir %d, check %d, summed %u%s, ipv6 %u, ihl %u %u, ext %x %x, len %u, keep %u%s%s\n",
	       c->icmp ? "icmp about " : "", c->conn.orig.key.proto, c->dir,
	       c->check, c->summed, c->inner ? " inside" : "", c->ipv6, c->ihl,
	       c->inner_ihl, c->ext, c->inner_ext, c->len, c->keep,
	       c->spread ? ", in pages" : "", c->cloned ? ", cloned" : "");
	print_hex_dump(KERN_ERR, "seen ", DUMP_PREFIX_OFFSET, 16, 1, skb->data,
		       min(skb_headlen(skb), 128U), false);
	print_hex_dump(KERN_ERR, "want ", DUMP_PREFIX_OFFSET, 16, 1,
		       expected->data, min(expected->len, 128U), false);
out_free:
	kfree_skb(skb);
	kfree_skb(expected);
	return err;
}

/* An error whose checksum is wrong must be seen to be so. */
static int test_damaged(const struct nat_case *c)
{
	struct sk_buff *skb;
	struct lb_pkt pkt;
	bool seen;

	if (!c->icmp)
		return 0;
	skb = build_case(c, false);
	if (!skb)
		return -ENOMEM;
	test_pkt(&pkt, skb, NF_INET_FORWARD, c->ipv6);
	pkt.skb->data[pkt.skb->len - 1] ^= 1;
	seen = lb_pkt_parse(&pkt) == LB_NEXT && !lb_pkt_icmp_intact(&pkt);
	kfree_skb(pkt.skb);
	if (seen)
		return 0;
	pr_err("selftest: nat: a damaged ICMP error looks intact\n");
	return -EINVAL;
}

/**
 * lb_nat_selftest() - Check translation.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_nat_selftest(void)
{
	struct nat_case *c = kzalloc(sizeof(*c), GFP_KERNEL);
	struct rnd_state rnd;
	int err = 0;
	int i;

	if (!c)
		return -ENOMEM;
	prandom_seed_state(&rnd, 20260101);
	for (i = 0; !err && i < ROUNDS; i++) {
		fill_case(c, &rnd);
		err = fix_payload(c) ?: test_case(c) ?: test_damaged(c);
		cond_resched();
	}
	kfree(c);
	return err;
}
