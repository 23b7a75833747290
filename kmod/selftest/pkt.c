// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of parsing: packets, whole, cut short and odd, to tuples. */

#include "selftest/skb.h"

/**
 * struct shape - A packet, and what parsing is to make of it.
 * @name: What it is.
 * @proto: Protocol of the innermost IP header.
 * @ihl: Words of the outermost IP header, 5 if 0.
 * @flags: TCP flags.
 * @icmp: It is inside an ICMP message of the type @icmp - 1.
 * @inner_ihl: Words of the innermost IP header in there, 5 if 0.
 * @inner_version: What its version becomes, 4 if 0.
 * @inner_frag: It says that it is a later fragment.
 * @tunnel: It is inside IP in IP first.
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
	unsigned int keep;
	u8 hook;
	enum lb_verdict verdict;
};

#define IN NF_INET_LOCAL_IN
#define FORWARD NF_INET_FORWARD
#define OUT NF_INET_LOCAL_OUT
#define TCP IPPROTO_TCP
#define UDP IPPROTO_UDP
#define UNREACH (ICMP_DEST_UNREACH + 1)

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
	{ "sctp", IPPROTO_SCTP, .hook = IN, .verdict = LB_PASS },

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
};

#define ROUTER htonl(0xc0a80163)
#define DIRECTOR htonl(0xac10206f)

static void test_tuple(struct lb_tuple *t, u8 proto)
{
	memset(t, 0, sizeof(*t));
	t->saddr = htonl(0xc0a80105);
	t->daddr = htonl(0xc0a8016f);
	t->sport = htons(40000);
	t->dport = htons(80);
	t->proto = proto;
}

/* A header that lies about its length has none of the options it claims. */
static void push_inner(struct sk_buff *skb, const struct shape *s,
		       const struct lb_tuple *t, u8 ihl)
{
	u8 real = max_t(u8, ihl, 5);
	struct iphdr *iph;

	test_push_ip(skb, t->saddr, t->daddr, s->proto, real);
	iph = ip_hdr(skb);
	iph->ihl = ihl;
	iph->version = s->inner_version ?: 4;
	if (s->inner_frag)
		iph->frag_off = htons(100);
	if (s->tunnel)
		test_push_ip(skb, DIRECTOR, htonl(0xac102070), IPPROTO_IPIP,
			     5);
}

static struct sk_buff *build_shape(const struct shape *s, bool spread)
{
	struct sk_buff *skb = test_skb(48);
	struct lb_tuple t;
	u8 ihl = s->ihl ?: 5;

	if (!skb)
		return NULL;
	test_tuple(&t, s->proto);
	if (s->proto == TCP || s->proto == UDP)
		test_push_l4(skb, &t, s->flags);
	if (s->keep)
		skb_trim(skb, s->keep);

	push_inner(skb, s, &t, s->icmp ? s->inner_ihl ?: 5 : ihl);
	if (s->icmp) {
		test_push_icmp(skb, s->icmp - 1, 0);
		test_push_ip(skb, ROUTER, t.saddr, IPPROTO_ICMP, ihl);
	}
	if (!spread || test_spread(skb, ihl * 4))
		return skb;
	kfree_skb(skb);
	return NULL;
}

/* What parsing a packet that is of interest must find. */
static void expect_shape(const struct shape *s, struct lb_pkt *pkt)
{
	unsigned int inner_ihl = (s->inner_ihl ?: 5) * 4;
	struct lb_tuple t;

	memset(pkt, 0, sizeof(*pkt));
	test_tuple(&t, s->proto);
	pkt->tuple = t;
	pkt->l4 = (s->ihl ?: 5) * 4;
	pkt->tcp_flags = s->proto == TCP ? s->flags : 0;
	if (!s->icmp)
		return;

	pkt->tcp_flags = 0;
	pkt->inner = pkt->l4 + sizeof(struct icmphdr);
	pkt->kind = s->tunnel ? LB_KIND_TUNNEL : LB_KIND_ICMP;
	if (s->tunnel)
		pkt->inner += sizeof(struct iphdr);
	else
		lb_tuple_invert(&pkt->tuple, &t);
	pkt->inner_l4 = pkt->inner + inner_ihl;
}

static bool is_same_pkt(const struct lb_pkt *a, const struct lb_pkt *b)
{
	return !memcmp(&a->tuple, &b->tuple, sizeof(a->tuple)) &&
	       a->kind == b->kind && a->l4 == b->l4 &&
	       a->tcp_flags == b->tcp_flags &&
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
	struct lb_pkt pkt = {
		.skb = skb,
		.net = &init_net,
		.hook = s->hook,
		.tcp_flags = 0xa5,
		.kind = LB_KIND_TUNNEL,
	};
	struct lb_pkt expected;
	enum lb_verdict verdict;
	int err = 0;

	if (!skb)
		return -ENOMEM;
	expect_shape(s, &expected);
	verdict = parse_bh(&pkt);
	if (verdict != s->verdict ||
	    (verdict == LB_NEXT && !is_same_pkt(&pkt, &expected)))
		err = -EINVAL;
	if (err)
		pr_err("selftest: pkt: %s%s: verdict %d, %pI4:%u to %pI4:%u, kind %d, l4 %u, inner %u %u, flags %x\n",
		       s->name, spread ? ", in pages" : "", verdict,
		       &pkt.tuple.saddr, ntohs(pkt.tuple.sport),
		       &pkt.tuple.daddr, ntohs(pkt.tuple.dport), pkt.kind,
		       pkt.l4, pkt.inner, pkt.inner_l4, pkt.tcp_flags);
	kfree_skb(skb);
	return err;
}

/* One of two fragments of a UDP packet with 48 bytes of payload. */
static struct sk_buff *build_fragment(bool first, u8 hook)
{
	struct sk_buff *skb = test_skb(48);
	const unsigned int cut = 32;
	struct lb_tuple t;
	struct iphdr *iph;

	if (!skb)
		return NULL;
	test_tuple(&t, UDP);
	test_push_l4(skb, &t, 0);
	if (first)
		skb_trim(skb, cut);
	else
		skb_pull(skb, cut);
	test_push_ip(skb, t.saddr, t.daddr, UDP, 5);
	iph = ip_hdr(skb);
	iph->id = htons(hook);
	iph->frag_off = first ? htons(IP_MF) : htons(cut / 8);
	ip_send_check(iph);
	return skb;
}

/* The first is kept, whichever it is; the second is the whole packet. */
static int test_fragments(u8 hook, bool in_order)
{
	struct lb_pkt pkt = { .net = &init_net, .hook = hook };
	enum lb_verdict verdict;
	struct lb_tuple t;
	int err = -EINVAL;

	pkt.skb = build_fragment(in_order, hook);
	if (!pkt.skb)
		return -ENOMEM;
	verdict = parse_bh(&pkt);
	if (verdict != LB_STOLEN)
		goto out_free;
	pkt.skb = build_fragment(!in_order, hook);
	if (!pkt.skb)
		return -ENOMEM;
	verdict = parse_bh(&pkt);
	if (verdict == LB_STOLEN)
		goto out;

	test_tuple(&t, UDP);
	if (verdict == LB_NEXT && !memcmp(&pkt.tuple, &t, sizeof(t)) &&
	    pkt.skb->len == 20 + 8 + 48 && test_l4_intact(pkt.skb) &&
	    !ip_fast_csum(ip_hdr(pkt.skb), ip_hdr(pkt.skb)->ihl))
		err = 0;
out_free:
	kfree_skb(pkt.skb);
out:
	if (err)
		pr_err("selftest: pkt: fragments at hook %u: verdict %d\n",
		       hook, verdict);
	return err;
}

static int test_invert(void)
{
	struct lb_tuple t, inverse, twice;

	test_tuple(&t, TCP);
	lb_tuple_invert(&inverse, &t);
	lb_tuple_invert(&twice, &inverse);
	if (inverse.saddr == t.daddr && inverse.dport == t.sport &&
	    inverse.proto == TCP && !memcmp(&t, &twice, sizeof(t)))
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
	int err = test_invert();
	size_t i;

	for (i = 0; !err && i < ARRAY_SIZE(shapes); i++)
		err = test_shape(&shapes[i], false) ?:
		      test_shape(&shapes[i], true);

	return err ?: test_fragments(FORWARD, true) ?:
		      test_fragments(OUT, false);
}
