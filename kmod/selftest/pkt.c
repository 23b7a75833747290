// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of parsing: packets, whole, cut short and odd, to tuples. */

#include "selftest/skb.h"

/**
 * struct shape - A packet, and what parsing is to make of it.
 * @name: What it is.
 * @proto: Protocol of the innermost IP header.
 * @ihl: Words of the outermost IP header, 5 if 0.
 * @flags: TCP flags, or type of the SCTP chunk.
 * @icmp: It is inside an ICMP message of the type @icmp - 1.
 * @inner_ihl: Words of the innermost IP header in there, 5 if 0.
 * @inner_version: What its version becomes, 4 if 0.
 * @inner_frag: It says that it is a later fragment.
 * @tunnel: It is inside IP in IP first.
 * @ipv6: The outermost IP header is of IPv6; @icmp is then ICMPv6.
 * @mixed: The innermost one, inside a tunnel, is of the other family.
 * @ext: Extension headers of the outermost IPv6 header.
 * @inner_ext: Those of the innermost.
 * @keep: Bytes of the innermost IP packet's payload, all if 0.
 * @hook: Where it is seen.
 * @verdict: Expected.
 */
struct shape {
	const char *name;
	u8 proto;
	u8 ihl;
	u8 flags;
	u8 icmp;
	u8 inner_ihl;
	u8 inner_version;
	bool inner_frag;
	bool tunnel;
	bool ipv6;
	bool mixed;
	u8 ext;
	u8 inner_ext;
	unsigned int keep;
	u8 hook;
	enum lb_verdict verdict;
};

#define IN NF_INET_LOCAL_IN
#define FORWARD NF_INET_FORWARD
#define OUT NF_INET_LOCAL_OUT
#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP
#define SCTP IPPROTO_SCTP
#define UNREACH (ICMP_DEST_UNREACH + 1)
#define UNREACH6 (ICMPV6_DEST_UNREACH + 1)
#define ALL (TEST_HBH | TEST_RH | TEST_FRAG | TEST_DOPT)

static const struct shape shapes[] = {
	{ "tcp", TCP, .flags = LB_TCP_SYN, .hook = IN, .verdict = LB_NEXT },
	{ "tcp all flags", TCP, .flags = 0xff, .hook = OUT,
	  .verdict = LB_NEXT },
	{ "udp", UDP, .hook = FORWARD, .verdict = LB_NEXT },
	{ "tcp, options", TCP, .ihl = 6, .flags = LB_TCP_ACK, .hook = IN,
	  .verdict = LB_NEXT },
	{ "udp, all options", UDP, .ihl = 15, .hook = IN,
	  .verdict = LB_NEXT },
	{ "tcp, header only", TCP, .keep = 20, .hook = IN,
	  .verdict = LB_NEXT },
	{ "tcp, short", TCP, .keep = 19, .hook = IN, .verdict = LB_PASS },
	{ "tcp, only ports", TCP, .keep = 4, .hook = IN,
	  .verdict = LB_PASS },
	{ "udp, header only", UDP, .keep = 8, .hook = IN,
	  .verdict = LB_NEXT },
	{ "udp, short", UDP, .keep = 7, .hook = IN, .verdict = LB_PASS },
	{ "udp, 3 bytes", UDP, .keep = 3, .hook = IN, .verdict = LB_PASS },
	{ "gre", IPPROTO_GRE, .hook = IN, .verdict = LB_PASS },
	{ "sctp", SCTP, .flags = SCTP_CID_ABORT, .hook = IN,
	  .verdict = LB_NEXT },
	{ "sctp, all options", SCTP, .ihl = 15, .flags = SCTP_CID_COOKIE_ECHO,
	  .hook = OUT, .verdict = LB_NEXT },
	{ "sctp, first chunk's header only", SCTP, .keep = 16,
	  .flags = SCTP_CID_COOKIE_ACK, .hook = IN, .verdict = LB_NEXT },
	{ "sctp, short", SCTP, .keep = 15, .hook = IN, .verdict = LB_PASS },
	{ "unreachable, 8 bytes of sctp", SCTP, .icmp = UNREACH, .keep = 8,
	  .hook = FORWARD, .verdict = LB_NEXT },
	{ "dccp", IPPROTO_DCCP, .hook = IN, .verdict = LB_PASS },

	{ "unreachable", TCP, .icmp = UNREACH, .hook = IN,
	  .verdict = LB_NEXT },
	{ "unreachable, 8 bytes", UDP, .icmp = UNREACH, .keep = 8,
	  .hook = FORWARD, .verdict = LB_NEXT },
	{ "unreachable, 8 bytes of tcp", TCP, .icmp = UNREACH, .keep = 8,
	  .hook = OUT, .verdict = LB_NEXT },
	{ "unreachable, 3 bytes", UDP, .icmp = UNREACH, .keep = 3,
	  .hook = IN, .verdict = LB_PASS },
	{ "unreachable, options", TCP, .ihl = 7, .icmp = UNREACH,
	  .inner_ihl = 9, .hook = FORWARD, .verdict = LB_NEXT },
	{ "unreachable, ihl 4", TCP, .icmp = UNREACH, .inner_ihl = 4,
	  .hook = IN, .verdict = LB_PASS },
	{ "unreachable, version 6", TCP, .icmp = UNREACH,
	  .inner_version = 6, .hook = IN, .verdict = LB_PASS },
	{ "unreachable, later fragment", UDP, .icmp = UNREACH,
	  .inner_frag = true, .hook = IN, .verdict = LB_PASS },
	{ "unreachable, about icmp", IPPROTO_ICMP, .icmp = UNREACH,
	  .hook = IN, .verdict = LB_PASS },
	{ "quench", UDP, .icmp = ICMP_SOURCE_QUENCH + 1, .hook = IN,
	  .verdict = LB_NEXT },
	{ "time exceeded", UDP, .icmp = ICMP_TIME_EXCEEDED + 1, .hook = IN,
	  .verdict = LB_NEXT },
	{ "redirect", UDP, .icmp = ICMP_REDIRECT + 1, .hook = IN,
	  .verdict = LB_PASS },
	{ "parameter problem", UDP, .icmp = ICMP_PARAMETERPROB + 1,
	  .hook = IN, .verdict = LB_PASS },
	{ "echo", UDP, .icmp = ICMP_ECHO + 1, .hook = IN,
	  .verdict = LB_PASS },
	{ "echo reply", TCP, .icmp = ICMP_ECHOREPLY + 1, .hook = FORWARD,
	  .verdict = LB_PASS },

	{ "tunnel", TCP, .icmp = UNREACH, .tunnel = true, .hook = IN,
	  .verdict = LB_NEXT },
	{ "tunnel, options", UDP, .icmp = UNREACH, .tunnel = true, .ihl = 8,
	  .inner_ihl = 6, .keep = 8, .hook = IN, .verdict = LB_NEXT },
	{ "tunnel, passing", TCP, .icmp = UNREACH, .tunnel = true,
	  .hook = FORWARD, .verdict = LB_PASS },
	{ "tunnel, later fragment", UDP, .icmp = UNREACH, .tunnel = true,
	  .inner_frag = true, .hook = IN, .verdict = LB_PASS },
	{ "tunnel, ihl 4", UDP, .icmp = UNREACH, .tunnel = true,
	  .inner_ihl = 4, .hook = IN, .verdict = LB_PASS },
	{ "tunnel, gre in it", IPPROTO_GRE, .icmp = UNREACH,
	  .tunnel = true, .hook = IN, .verdict = LB_PASS },

	{ "tcp6", TCP, .ipv6 = true, .flags = LB_TCP_SYN, .hook = IN,
	  .verdict = LB_NEXT },
	{ "udp6", UDP, .ipv6 = true, .hook = FORWARD, .verdict = LB_NEXT },
	{ "tcp6, hop-by-hop", TCP, .ipv6 = true, .ext = TEST_HBH,
	  .flags = LB_TCP_ACK, .hook = OUT, .verdict = LB_NEXT },
	{ "udp6, destination options", UDP, .ipv6 = true, .ext = TEST_DOPT,
	  .hook = IN, .verdict = LB_NEXT },
	{ "udp6, all extensions", UDP, .ipv6 = true, .ext = ALL, .hook = IN,
	  .verdict = LB_NEXT },
	{ "tcp6, short", TCP, .ipv6 = true, .keep = 19, .hook = IN,
	  .verdict = LB_PASS },
	{ "udp6, short behind options", UDP, .ipv6 = true, .ext = TEST_DOPT,
	  .keep = 7, .hook = IN, .verdict = LB_PASS },
	{ "gre6", IPPROTO_GRE, .ipv6 = true, .hook = IN, .verdict = LB_PASS },
	{ "icmp4 in ipv6", IPPROTO_ICMP, .ipv6 = true, .hook = IN,
	  .verdict = LB_PASS },
	{ "nothing6", IPPROTO_NONE, .ipv6 = true, .hook = IN,
	  .verdict = LB_PASS },

	{ "unreachable6", TCP, .ipv6 = true, .icmp = UNREACH6, .hook = IN,
	  .verdict = LB_NEXT },
	{ "unreachable6, all extensions", UDP, .ipv6 = true,
	  .icmp = UNREACH6, .ext = ALL, .inner_ext = ALL, .keep = 8,
	  .hook = FORWARD, .verdict = LB_NEXT },
	{ "unreachable6, 3 bytes", UDP, .ipv6 = true, .icmp = UNREACH6,
	  .keep = 3, .hook = IN, .verdict = LB_PASS },
	{ "unreachable6, version 4", TCP, .ipv6 = true, .icmp = UNREACH6,
	  .inner_version = 4, .hook = IN, .verdict = LB_PASS },
	{ "unreachable6, later fragment", UDP, .ipv6 = true,
	  .icmp = UNREACH6, .inner_ext = TEST_FRAG, .inner_frag = true,
	  .hook = IN, .verdict = LB_PASS },
	{ "unreachable6, about icmp6", IPPROTO_ICMPV6, .ipv6 = true,
	  .icmp = UNREACH6, .hook = IN, .verdict = LB_PASS },
	{ "too big6", UDP, .ipv6 = true, .icmp = ICMPV6_PKT_TOOBIG + 1,
	  .hook = IN, .verdict = LB_NEXT },
	{ "time exceeded6", UDP, .ipv6 = true,
	  .icmp = ICMPV6_TIME_EXCEED + 1, .hook = IN, .verdict = LB_NEXT },
	{ "parameter problem6", UDP, .ipv6 = true,
	  .icmp = ICMPV6_PARAMPROB + 1, .hook = IN, .verdict = LB_NEXT },
	{ "echo6", UDP, .ipv6 = true, .icmp = ICMPV6_ECHO_REQUEST + 1,
	  .hook = IN, .verdict = LB_PASS },
	{ "neighbour6", UDP, .ipv6 = true, .icmp = 135 + 1, .hook = IN,
	  .verdict = LB_PASS },

	{ "tunnel6", TCP, .ipv6 = true, .icmp = UNREACH6, .tunnel = true,
	  .hook = IN, .verdict = LB_NEXT },
	{ "tunnel6, all extensions", UDP, .ipv6 = true, .icmp = UNREACH6,
	  .tunnel = true, .ext = ALL, .inner_ext = ALL, .keep = 8,
	  .hook = IN, .verdict = LB_NEXT },
	{ "tunnel6, ipv4 in it", UDP, .ipv6 = true, .icmp = UNREACH6,
	  .tunnel = true, .mixed = true, .ext = TEST_HBH, .inner_ihl = 7,
	  .hook = IN, .verdict = LB_NEXT },
	{ "tunnel, ipv6 in it", UDP, .icmp = UNREACH, .tunnel = true,
	  .mixed = true, .ihl = 6, .inner_ext = TEST_DOPT, .hook = IN,
	  .verdict = LB_NEXT },
	{ "tunnel6, passing", TCP, .ipv6 = true, .icmp = UNREACH6,
	  .tunnel = true, .hook = FORWARD, .verdict = LB_PASS },
	{ "tunnel6, later fragment", UDP, .ipv6 = true, .icmp = UNREACH6,
	  .tunnel = true, .inner_ext = TEST_FRAG, .inner_frag = true,
	  .hook = IN, .verdict = LB_PASS },
};

static void test_tuple(struct lb_tuple *t, u8 proto, bool ipv6)
{
	memset(t, 0, sizeof(*t));
	t->saddr = htonl(0xc0a80105);
	t->daddr = htonl(0xc0a8016f);
	t->sport = htons(40000);
	t->dport = htons(80);
	t->proto = proto;
	if (!ipv6)
		return;
	t->saddr6.s6_addr32[0] = htonl(0x20010db8);
	t->saddr6.s6_addr32[3] = htonl(0x5);
	t->daddr6.s6_addr32[0] = htonl(0x20010db8);
	t->daddr6.s6_addr32[1] = htonl(0x11);
	t->daddr6.s6_addr32[3] = htonl(0x6f);
	lb_tuple_fold(t);
}

/* Addresses of the packets around that of the test_tuple(). */
static void outer_tuple(struct lb_tuple *t, bool ipv6)
{
	test_tuple(t, 0, ipv6);
	t->saddr ^= htonl(0xff);
	t->saddr6.s6_addr32[2] = htonl(0xff);
}

static bool is_ipv6_inside(const struct shape *s)
{
	return s->ipv6 != s->mixed;
}

static void damage_inner(struct sk_buff *skb, const struct shape *s, u8 ihl)
{
	struct ipv6hdr *ip6h = ipv6_hdr(skb);
	struct iphdr *iph = ip_hdr(skb);

	if (!is_ipv6_inside(s)) {
		iph->ihl = ihl;
		iph->version = s->inner_version ?: 4;
		if (s->inner_frag)
			iph->frag_off = htons(100);
		return;
	}
	ip6h->version = s->inner_version ?: 6;
	if (s->inner_frag)
		((struct frag_hdr *)(ip6h + 1))->frag_off = htons(800);
}

/* A header that lies about its length has none of the options it claims. */
static void push_inner(struct sk_buff *skb, const struct shape *s,
		       const struct lb_tuple *t, u8 ihl, u8 ext)
{
	struct lb_tuple outer;

	test_push_header(skb, t, s->proto, max_t(u8, ihl, 5), ext);
	damage_inner(skb, s, ihl);
	if (!s->tunnel)
		return;
	outer_tuple(&outer, s->ipv6);
	test_push_header(skb, &outer,
			 t->ipv6 ? IPPROTO_IPV6 : IPPROTO_IPIP, 5, s->ext);
}

static struct sk_buff *build_shape(const struct shape *s, bool spread)
{
	struct sk_buff *skb = test_skb(48);
	struct lb_tuple t, outer;
	u8 ihl = s->ihl ?: 5;

	if (!skb)
		return NULL;
	test_tuple(&t, s->proto, is_ipv6_inside(s));
	if (s->proto == TCP || s->proto == UDP)
		test_push_l4(skb, &t, s->flags);
	if (s->proto == SCTP)
		test_push_sctp(skb, &t, s->flags);
	if (s->keep)
		skb_trim(skb, s->keep);

	push_inner(skb, s, &t, s->icmp ? s->inner_ihl ?: 5 : ihl,
		   s->icmp ? s->inner_ext : s->ext);
	if (s->icmp) {
		outer_tuple(&outer, s->ipv6);
		test_push_icmp(skb, &outer, s->icmp - 1, 0);
		test_push_header(skb, &outer,
				 s->ipv6 ? IPPROTO_ICMPV6 : IPPROTO_ICMP, ihl,
				 s->ext);
	}
	if (!spread || test_spread(skb, test_ip_len(s->ipv6, ihl, 0)))
		return skb;
	kfree_skb(skb);
	return NULL;
}

/* What parsing a packet that is of interest must find. */
static void expect_shape(const struct shape *s, struct lb_pkt *pkt)
{
	struct lb_tuple t;

	memset(pkt, 0, sizeof(*pkt));
	test_tuple(&t, s->proto, is_ipv6_inside(s));
	pkt->tuple = t;
	pkt->l4 = test_ip_len(s->ipv6, s->ihl ?: 5, s->ext);
	pkt->tcp_flags = s->proto == TCP ? s->flags : 0;
	pkt->chunk = s->flags;
	if (!s->icmp)
		return;

	pkt->tcp_flags = 0;
	pkt->inner = pkt->l4 + sizeof(struct icmphdr);
	pkt->kind = s->tunnel ? LB_KIND_TUNNEL : LB_KIND_ICMP;
	if (s->tunnel)
		pkt->inner += test_ip_len(s->ipv6, 5, s->ext);
	else
		lb_tuple_invert(&pkt->tuple, &t);
	pkt->inner_l4 = pkt->inner +
			test_ip_len(is_ipv6_inside(s), s->inner_ihl ?: 5,
				    s->inner_ext);
}

static bool is_same_tuple(const struct lb_tuple *a, const struct lb_tuple *b)
{
	return !memcmp(&a->key, &b->key, sizeof(a->key)) &&
	       (!a->ipv6 || (ipv6_addr_equal(&a->saddr6, &b->saddr6) &&
			     ipv6_addr_equal(&a->daddr6, &b->daddr6)));
}

static bool is_same_pkt(const struct lb_pkt *a, const struct lb_pkt *b)
{
	return is_same_tuple(&a->tuple, &b->tuple) &&
	       a->kind == b->kind && a->l4 == b->l4 &&
	       a->tcp_flags == b->tcp_flags &&
	       (a->kind != LB_KIND_DATA || a->tuple.proto != SCTP ||
		a->chunk == b->chunk) &&
	       (a->kind == LB_KIND_DATA ||
		(a->inner == b->inner && a->inner_l4 == b->inner_l4));
}

/* As at a hook. */
static enum lb_verdict parse_bh(struct lb_pkt *pkt)
{
	enum lb_verdict verdict;

	local_bh_disable();
	verdict = lb_pkt_parse(pkt);
	local_bh_enable();
	return verdict;
}

static int test_shape(const struct shape *s, bool spread)
{
	struct sk_buff *skb = build_shape(s, spread);
	struct lb_pkt pkt, expected;
	enum lb_verdict verdict;
	int err = 0;

	if (!skb)
		return -ENOMEM;
	test_pkt(&pkt, skb, s->hook, s->ipv6);
	expect_shape(s, &expected);
	verdict = parse_bh(&pkt);
	if (verdict != s->verdict ||
	    (verdict == LB_NEXT && !is_same_pkt(&pkt, &expected)))
		err = -EINVAL;
	if (err)
		pr_err("selftest: pkt: %s%s: verdict %d, %pI4:%u to %pI4:%u, ipv6 %u, kind %d, l4 %u, inner %u %u, flags %x\n",
		       s->name, spread ? ", in pages" : "", verdict,
		       &pkt.tuple.saddr, ntohs(pkt.tuple.sport),
		       &pkt.tuple.daddr, ntohs(pkt.tuple.dport),
		       pkt.tuple.ipv6, pkt.kind, pkt.l4, pkt.inner,
		       pkt.inner_l4, pkt.tcp_flags);
	kfree_skb(skb);
	return err;
}

/* Make a packet without its fragment's header one. */
static void mark_fragment(struct sk_buff *skb, __be16 offset, u8 hook,
			  bool ipv6, u8 ext)
{
	struct iphdr *iph = ip_hdr(skb);
	struct frag_hdr *frag;

	if (ipv6) {
		frag = (struct frag_hdr *)(skb->data +
					   test_ip_len(true, 0, ext));
		frag->frag_off = offset;
		frag->identification = htonl(hook);
		return;
	}
	iph->id = htons(hook);
	iph->frag_off = offset;
	ip_send_check(iph);
}

/* As the stack has left it when it is about to deliver it: behind the
 * hop-by-hop options, with the place that says what follows.
 */
static void set_delivered(struct sk_buff *skb, u8 ext)
{
	bool options = ext & TEST_HBH;

	IP6CB(skb)->nhoff = options ? sizeof(struct ipv6hdr) :
				      offsetof(struct ipv6hdr, nexthdr);
	skb_set_transport_header(skb, test_ip_len(true, 0, ext & TEST_HBH));
}

/* One of two fragments of a UDP packet with 48 bytes of payload. */
static struct sk_buff *build_fragment(bool first, u8 hook, bool ipv6, u8 ext)
{
	struct sk_buff *skb = test_skb(48);
	const unsigned int cut = 32;
	struct lb_tuple t;
	__be16 offset;

	if (!skb)
		return NULL;
	test_tuple(&t, UDP, ipv6);
	test_push_l4(skb, &t, 0);
	if (first)
		skb_trim(skb, cut);
	else
		skb_pull(skb, cut);
	test_push_header(skb, &t, UDP, 5, ext | TEST_FRAG);
	if (ipv6)
		offset = first ? htons(IP6_MF) : htons(cut);
	else
		offset = first ? htons(IP_MF) : htons(cut / 8);
	mark_fragment(skb, offset, hook, ipv6, ext);
	if (ipv6)
		set_delivered(skb, ext);
	return skb;
}

/**
 * struct pieces - A packet in two fragments.
 * @hook: Where they are seen.
 * @in_order: The first comes first.
 * @ipv6: They are of IPv6.
 * @ext: Extension headers that the first has before what was cut.
 * @later_ext: Those of the other.
 */
struct pieces {
	u8 hook;
	bool in_order;
	bool ipv6;
	u8 ext;
	u8 later_ext;
};

static const struct pieces pieces[] = {
	{ FORWARD, true },
	{ OUT, false },
	{ IN, true, true },
	{ IN, true, true, TEST_HBH, TEST_HBH },
	{ IN, true, true, TEST_HBH, 0 },
	{ IN, true, true, 0, TEST_HBH },
	{ IN, true, true, 0, TEST_HBH | TEST_RH },
	{ IN, true, true, TEST_RH, TEST_HBH },
	{ IN, false, true, TEST_HBH, 0 },
	{ IN, false, true, 0, TEST_HBH },
	{ FORWARD, false, true, TEST_HBH, TEST_HBH },
	{ FORWARD, true, true, TEST_HBH, 0 },
	{ OUT, true, true, 0, TEST_HBH },
};

/* Is it whole again, and where local delivery left its first fragment? */
static bool is_whole(const struct lb_pkt *pkt, const struct pieces *p)
{
	unsigned int l4 = test_ip_len(p->ipv6, 5, p->ext);
	const struct sk_buff *skb = pkt->skb;
	struct lb_tuple t;

	test_tuple(&t, UDP, p->ipv6);
	if (!is_same_tuple(&pkt->tuple, &t) || pkt->l4 != l4 ||
	    skb->len != l4 + 8 + 48 || !test_l4_intact(skb, l4, &t))
		return false;
	if (!p->ipv6)
		return !ip_fast_csum(ip_hdr(skb), ip_hdr(skb)->ihl);
	return p->hook != IN ||
	       skb_transport_offset(skb) ==
		       test_ip_len(true, 0, p->ext & TEST_HBH);
}

static struct sk_buff *build_piece(const struct pieces *p, bool first)
{
	return build_fragment(first, p->hook, p->ipv6,
			      first ? p->ext : p->later_ext);
}

/* The first is kept, whichever it is; the second is the whole packet. */
static int test_pieces(const struct pieces *p)
{
	enum lb_verdict verdict;
	struct sk_buff *skb;
	struct lb_pkt pkt;
	int err = -EINVAL;

	skb = build_piece(p, p->in_order);
	if (!skb)
		return -ENOMEM;
	test_pkt(&pkt, skb, p->hook, p->ipv6);
	verdict = parse_bh(&pkt);
	if (verdict != LB_STOLEN)
		goto out_free;
	skb = build_piece(p, !p->in_order);
	if (!skb)
		return -ENOMEM;
	test_pkt(&pkt, skb, p->hook, p->ipv6);
	verdict = parse_bh(&pkt);
	if (verdict == LB_STOLEN)
		goto out;

	if (verdict == LB_NEXT && is_whole(&pkt, p))
		err = 0;
out_free:
	kfree_skb(pkt.skb);
out:
	if (err)
		pr_err("selftest: pkt: fragments%s at hook %u, ext %x %x: verdict %d\n",
		       p->ipv6 ? " of IPv6" : "", p->hook, p->ext,
		       p->later_ext, verdict);
	return err;
}

/* Those of multicast go on one by one, whoever sent them. */
static int test_multicast(bool ipv6)
{
	struct sk_buff *skb = build_fragment(true, FORWARD, ipv6, 0);
	enum lb_verdict verdict;
	struct lb_pkt pkt;

	if (!skb)
		return -ENOMEM;
	if (ipv6)
		ipv6_hdr(skb)->daddr.s6_addr[0] = 0xff;
	else
		ip_hdr(skb)->daddr = htonl(0xe8000001);
	test_pkt(&pkt, skb, FORWARD, ipv6);
	verdict = parse_bh(&pkt);
	if (verdict != LB_STOLEN)
		kfree_skb(skb);
	if (verdict == LB_PASS)
		return 0;
	pr_err("selftest: pkt: a fragment of multicast: verdict %d\n", verdict);
	return -EINVAL;
}

/* The stack tells its sender that its length is wrong. */
static int test_odd_fragment(void)
{
	struct sk_buff *skb = build_fragment(true, IN, true, TEST_HBH);
	enum lb_verdict verdict;
	struct lb_pkt pkt;

	if (!skb)
		return -ENOMEM;
	skb_trim(skb, skb->len - 5);
	ipv6_hdr(skb)->payload_len = htons(skb->len - sizeof(struct ipv6hdr));
	test_pkt(&pkt, skb, IN, true);
	verdict = parse_bh(&pkt);
	kfree_skb(skb);
	if (verdict == LB_PASS)
		return 0;
	pr_err("selftest: pkt: an odd fragment: verdict %d\n", verdict);
	return -EINVAL;
}

static int test_invert(bool ipv6)
{
	struct lb_tuple t, inverse, twice;

	test_tuple(&t, TCP, ipv6);
	lb_tuple_invert(&inverse, &t);
	lb_tuple_invert(&twice, &inverse);
	if (inverse.saddr == t.daddr && inverse.dport == t.sport &&
	    inverse.proto == TCP && is_same_tuple(&t, &twice) &&
	    (!ipv6 || ipv6_addr_equal(&inverse.saddr6, &t.daddr6)))
		return 0;
	pr_err("selftest: pkt: a tuple is not its inverse's inverse\n");
	return -EINVAL;
}

/**
 * lb_pkt_selftest() - Check the parsing of packets.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_pkt_selftest(void)
{
	int err = test_invert(false) ?: test_invert(true);
	size_t i;

	for (i = 0; !err && i < ARRAY_SIZE(shapes); i++)
		err = test_shape(&shapes[i], false) ?:
		      test_shape(&shapes[i], true);

	for (i = 0; !err && i < ARRAY_SIZE(pieces); i++)
		err = test_pieces(&pieces[i]);
	return err ?: test_odd_fragment() ?: test_multicast(false) ?:
		      test_multicast(true);
}
