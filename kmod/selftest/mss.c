// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of MSS clamping: options in any order, at any offset, and cut. */

#include <linux/netfilter.h>

#include "selftest/skb.h"

#define MOST 1000 /* 3, 232 */
#define OPTIONS_MAX 16

/**
 * struct layout - Options of a SYN, and what they are to be.
 * @len: Their bytes, which need not be a multiple of four here.
 * @before: The options.
 * @after: The same with no segments above MOST.
 */
struct layout {
	unsigned int len;
	u8 before[OPTIONS_MAX];
	u8 after[OPTIONS_MAX];
};

static const struct layout layouts[] = {
	{ 4, { 2, 4, 5, 180 }, { 2, 4, 3, 232 } },
	{ 4, { 2, 4, 1, 0 }, { 2, 4, 1, 0 } },
	{ 4, { 2, 4, 255, 255 }, { 2, 4, 3, 232 } },
	{ 5, { 1, 2, 4, 5, 180 }, { 1, 2, 4, 3, 232 } },
	{ 7, { 3, 3, 7, 2, 4, 5, 180 }, { 3, 3, 7, 2, 4, 3, 232 } },
	{ 8, { 4, 2, 1, 1, 2, 4, 5, 180 }, { 4, 2, 1, 1, 2, 4, 3, 232 } },
	{ 15, { 1, 8, 10, 2, 4, 9, 9, 2, 4, 9, 9, 2, 4, 5, 180 },
	      { 1, 8, 10, 2, 4, 9, 9, 2, 4, 9, 9, 2, 4, 3, 232 } },
	{ 9, { 2, 4, 5, 180, 1, 2, 4, 9, 9 },
	     { 2, 4, 3, 232, 1, 2, 4, 3, 232 } },
	/* Behind the end; of a wrong length; behind what cannot be */
	{ 5, { 0, 2, 4, 5, 180 }, { 0, 2, 4, 5, 180 } },
	{ 4, { 2, 3, 5, 180 }, { 2, 3, 5, 180 } },
	{ 10, { 2, 6, 9, 9, 9, 9, 2, 4, 5, 180 },
	      { 2, 6, 9, 9, 9, 9, 2, 4, 3, 232 } },
	{ 6, { 8, 0, 2, 4, 5, 180 }, { 8, 0, 2, 4, 5, 180 } },
	{ 6, { 8, 1, 2, 4, 5, 180 }, { 8, 1, 2, 4, 5, 180 } },
	{ 6, { 8, 40, 2, 4, 5, 180 }, { 8, 40, 2, 4, 5, 180 } },
	/* Cut: what follows is payload. */
	{ 0, { 2, 4, 5, 180 }, { 2, 4, 5, 180 } },
	{ 1, { 2, 4, 5, 180 }, { 2, 4, 5, 180 } },
	{ 3, { 2, 4, 5, 180 }, { 2, 4, 5, 180 } },
	{ 4, { 1, 2, 4, 5, 180 }, { 1, 2, 4, 5, 180 } },
};

/* With a checksum that is complete, or the device's to complete; or that of
 * something else is.
 */
static bool test_layout(struct sk_buff *skb, const struct layout *layout,
			const struct lb_tuple *t, bool partial)
{
	bool other = partial && layout->len % 2;
	struct tcphdr *th;
	struct lb_pkt pkt;
	__sum16 check;

	memcpy(skb->data, layout->before, OPTIONS_MAX);
	test_push_l4(skb, t, LB_TCP_SYN);
	th = (void *)skb->data;
	check = th->check;
	test_pkt(&pkt, skb, NF_INET_LOCAL_IN, t->ipv6);
	pkt.l4 = 0;
	if (partial)
		skb_partial_csum_set(skb, other ? sizeof(*th) : 0,
				     offsetof(struct tcphdr, check));
	lower_all(&pkt, th, sizeof(*th) + layout->len, MOST);
	return !memcmp(th + 1, layout->after, OPTIONS_MAX) &&
	       (partial && !other ? th->check == check :
				    test_l4_intact(skb, 0, t));
}

/**
 * lb_mss_selftest() - Check MSS clamping.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_mss_selftest(void)
{
	struct lb_tuple t = { .proto = IPPROTO_TCP };
	struct sk_buff *skb;
	size_t i;
	bool ok;

	for (i = 0; i < 4 * ARRAY_SIZE(layouts); i++) {
		t.ipv6 = i & 1;
		skb = test_skb(100);
		if (!skb)
			return -ENOMEM;
		ok = test_layout(skb, &layouts[i / 4], &t, i & 2);
		kfree_skb(skb);
		if (ok)
			continue;
		pr_err("selftest: mss: layout %zu%s\n", i / 4,
		       i & 2 ? ", partial" : "");
		return -EINVAL;
	}
	return 0;
}
