// SPDX-License-Identifier: GPL-2.0-only
/* What no tool can make, for tests: packets that only drivers and pktgen have,
 * and a hook at the place and with the priority of AppArmor's. All of it in the
 * network namespace of who loads the module.
 */

#include <linux/etherdevice.h>
#include <linux/inet.h>
#include <linux/ip.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/netfilter.h>
#include <linux/netfilter_ipv4.h>
#include <linux/nsproxy.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/net_namespace.h>

#define PAYLOAD 200
#define TTL 64

static char *what = "hook";
module_param(what, charp, 0);
MODULE_PARM_DESC(what, "hook: drops all that leaves; shared or merged: a UDP packet");
static char *dev = "eth0";
module_param(dev, charp, 0);
MODULE_PARM_DESC(dev, "Device by which the packet comes");
static char *src;
module_param(src, charp, 0);
MODULE_PARM_DESC(src, "Its source");
static char *dst;
module_param(dst, charp, 0);
MODULE_PARM_DESC(dst, "Its destination");
static ushort sport;
module_param(sport, ushort, 0);
MODULE_PARM_DESC(sport, "Its source port");
static ushort dport;
module_param(dport, ushort, 0);
MODULE_PARM_DESC(dport, "Its destination port");

static struct net *net;

static unsigned int drop(void *priv, struct sk_buff *skb,
			 const struct nf_hook_state *state)
{
	return NF_DROP;
}

static const struct nf_hook_ops ops = {
	.hook = drop,
	.pf = NFPROTO_IPV4,
	.hooknum = NF_INET_POST_ROUTING,
	.priority = NF_IP_PRI_SELINUX_FIRST,
};

/* An Ethernet frame, its addresses taken off, as it leaves a driver. */
static struct sk_buff *make_packet(struct net_device *in)
{
	struct sk_buff *skb = netdev_alloc_skb_ip_align(in, 512);
	struct udphdr *udp;
	struct iphdr *iph;
	struct ethhdr *eth;

	if (!skb)
		return NULL;
	eth = skb_put_zero(skb, sizeof(*eth));
	ether_addr_copy(eth->h_dest, in->dev_addr);
	eth->h_proto = htons(ETH_P_IP);
	iph = skb_put_zero(skb, sizeof(*iph));
	iph->version = 4;
	iph->ihl = 5;
	iph->ttl = TTL;
	iph->protocol = IPPROTO_UDP;
	iph->saddr = in_aton(src);
	iph->daddr = in_aton(dst);
	iph->tot_len = htons(sizeof(*iph) + sizeof(*udp) + PAYLOAD);
	ip_send_check(iph);
	udp = skb_put_zero(skb, sizeof(*udp));
	udp->source = htons(sport);
	udp->dest = htons(dport);
	udp->len = htons(sizeof(*udp) + PAYLOAD);
	return skb;
}

/* Its holder finds it as it was. */
static int send_shared(struct sk_buff *skb, struct net_device *in)
{
	const struct iphdr *iph;
	int err = 0;

	skb_put_zero(skb, PAYLOAD);
	skb->protocol = eth_type_trans(skb, in);
	iph = (const struct iphdr *)skb->data;
	skb_get(skb);
	local_bh_disable();
	netif_receive_skb(skb);
	local_bh_enable();
	if (skb->dev != in || iph->ttl != TTL)
		err = -EBUSY;
	kfree_skb(skb);
	return err;
}

/* Two packets that the device made one of, by LRO. */
static int send_merged(struct sk_buff *skb, struct net_device *in)
{
	struct page *page = alloc_page(GFP_KERNEL | __GFP_ZERO);

	if (!page) {
		kfree_skb(skb);
		return -ENOMEM;
	}
	skb_add_rx_frag(skb, 0, page, 0, PAYLOAD, PAGE_SIZE);
	skb_shinfo(skb)->gso_size = PAYLOAD / 2;
	skb->protocol = eth_type_trans(skb, in);
	local_bh_disable();
	netif_receive_skb(skb);
	local_bh_enable();
	return 0;
}

static int send(void)
{
	struct net_device *in = dev_get_by_name(net, dev);
	struct sk_buff *skb;
	int err = -ENOMEM;

	if (!in)
		return -ENODEV;
	skb = make_packet(in);
	if (skb && !strcmp(what, "shared"))
		err = send_shared(skb, in);
	else if (skb)
		err = send_merged(skb, in);
	dev_put(in);
	return err;
}

static int __init odd_init(void)
{
	net = current->nsproxy->net_ns;
	if (!strcmp(what, "hook"))
		return nf_register_net_hook(net, &ops);
	return src && dst ? send() : -EINVAL;
}

static void __exit odd_exit(void)
{
	if (!strcmp(what, "hook"))
		nf_unregister_net_hook(net, &ops);
}

module_init(odd_init);
module_exit(odd_exit);

MODULE_DESCRIPTION("lb: odd packets and hooks for tests");
MODULE_LICENSE("GPL");
