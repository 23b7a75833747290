// SPDX-License-Identifier: GPL-2.0-only
/*
 * A packet generator: hands frames to the stack as if a device had received
 * them, and tells how long that took. What it can do that pktgen cannot is
 * TCP, the servers' direction, and any number of flows that do not come in
 * order.
 *
 * Write a job to /dev/lbgen and read nanoseconds from the same descriptor:
 *
 *	DEVICE KIND SERVER PORT FLOWS COUNT
 *
 * Flow n is the client 10.1.0.0 + n % 65536, with port 1024 + n / 65536; if
 * SERVER is an address of IPv6, the client is fd00:10::10.1.0.0 and so on.
 */
#include <linux/etherdevice.h>
#include <linux/fs.h>
#include <linux/if_ether.h>
#include <linux/inet.h>
#include <linux/ip.h>
#include <linux/ipv6.h>
#include <linux/ktime.h>
#include <linux/miscdevice.h>
#include <linux/module.h>
#include <linux/netdevice.h>
#include <linux/skbuff.h>
#include <linux/slab.h>
#include <linux/tcp.h>
#include <linux/udp.h>
#include <net/ip.h>
#include <net/ip6_checksum.h>
#include <net/ipv6.h>
#include <net/net_namespace.h>
#include <net/tcp.h>

#define CLIENT_NET	0x0a010000
#define CLIENT_PORT	1024
#define UDP_PAYLOAD	18	/* which makes the smallest Ethernet frame */
/* Has no factor in common with a power of ten or two. */
#define STEP		7919

struct kind {
	const char *name;
	__be32 tcp_flags;	/* 0 means UDP */
	bool to_client;
};

static const struct kind kinds[] = {
	{ .name = "udp" },
	{ .name = "udp-reply", .to_client = true },
	{ .name = "syn", .tcp_flags = TCP_FLAG_SYN },
	{ .name = "synack", .tcp_flags = TCP_FLAG_SYN | TCP_FLAG_ACK,
	  .to_client = true },
	{ .name = "ack", .tcp_flags = TCP_FLAG_ACK },
	{ .name = "ack-reply", .tcp_flags = TCP_FLAG_ACK, .to_client = true },
	{ .name = "fin", .tcp_flags = TCP_FLAG_FIN },
	{ .name = "rst-reply", .tcp_flags = TCP_FLAG_RST, .to_client = true },
};

struct job {
	struct net_device *dev;
	const struct kind *kind;
	bool ipv6;
	union {
		__be32 server;
		struct in6_addr server6;
	};
	__be16 port;
	u32 flows;
	u32 count;
};

/* Ports are where they are in TCP, too. */
static void put_udp(struct sk_buff *skb)
{
	struct udphdr *udp = skb_put_zero(skb, sizeof(*udp) + UDP_PAYLOAD);

	udp->len = htons(sizeof(*udp) + UDP_PAYLOAD);
}

/* With a timestamp, as nearly all segments have. */
static void put_tcp(struct sk_buff *skb, __be32 flags)
{
	struct tcphdr *tcp;
	__be32 *option;

	tcp = skb_put_zero(skb, sizeof(*tcp) + TCPOLEN_TSTAMP_ALIGNED);
	tcp_flag_word(tcp) = flags;
	tcp->doff = (sizeof(*tcp) + TCPOLEN_TSTAMP_ALIGNED) / 4;
	tcp->window = htons(65535);
	tcp->seq = flags & TCP_FLAG_SYN ? 0 : htonl(1);
	tcp->ack_seq = flags & TCP_FLAG_ACK ? htonl(1) : 0;
	option = (__be32 *)(tcp + 1);
	option[0] = htonl(TCPOPT_NOP << 24 | TCPOPT_NOP << 16 |
			  TCPOPT_TIMESTAMP << 8 | TCPOLEN_TIMESTAMP);
}

/* IPv4 does without that of UDP. */
static void checksum4(struct sk_buff *skb, const struct iphdr *ip)
{
	struct tcphdr *tcp = (struct tcphdr *)(ip + 1);
	int len = tcp->doff * 4;

	if (ip->protocol == IPPROTO_UDP)
		return;
	tcp->check = tcp_v4_check(len, ip->saddr, ip->daddr,
				  csum_partial(tcp, len, 0));
	skb->ip_summed = CHECKSUM_UNNECESSARY;
}

static void checksum6(struct sk_buff *skb, const struct ipv6hdr *ip)
{
	void *l4 = (void *)(ip + 1);
	int len = ntohs(ip->payload_len);
	__sum16 sum;

	sum = csum_ipv6_magic(&ip->saddr, &ip->daddr, len, ip->nexthdr,
			      csum_partial(l4, len, 0));
	if (ip->nexthdr == IPPROTO_TCP)
		((struct tcphdr *)l4)->check = sum;
	else
		((struct udphdr *)l4)->check = sum;
	skb->ip_summed = CHECKSUM_UNNECESSARY;
}

static void put_ports(__be16 *ports, const struct job *job, u32 flow)
{
	__be16 client_port = htons(CLIENT_PORT + flow / 65536);
	bool to_client = job->kind->to_client;

	ports[0] = to_client ? job->port : client_port;
	ports[1] = to_client ? client_port : job->port;
}

static void put_ip4(struct sk_buff *skb, const struct job *job, u32 flow)
{
	__be32 client = htonl(CLIENT_NET + flow % 65536);
	bool to_client = job->kind->to_client;
	struct iphdr *ip;

	ip = skb_put_zero(skb, sizeof(*ip));
	ip->version = 4;
	ip->ihl = 5;
	ip->ttl = 64;
	ip->protocol = job->kind->tcp_flags ? IPPROTO_TCP : IPPROTO_UDP;
	ip->saddr = to_client ? job->server : client;
	ip->daddr = to_client ? client : job->server;
}

static void put_ip6(struct sk_buff *skb, const struct job *job, u32 flow)
{
	struct in6_addr client = { .s6_addr32 = {
		htonl(0xfd000010), 0, 0, htonl(CLIENT_NET + flow % 65536)
	} };
	bool to_client = job->kind->to_client;
	struct ipv6hdr *ip;

	ip = skb_put_zero(skb, sizeof(*ip));
	ip->version = 6;
	ip->hop_limit = 64;
	ip->nexthdr = job->kind->tcp_flags ? IPPROTO_TCP : IPPROTO_UDP;
	ip->saddr = to_client ? job->server6 : client;
	ip->daddr = to_client ? client : job->server6;
}

static void finish(struct sk_buff *skb, const struct job *job, void *ip,
		   unsigned int l4_len)
{
	struct ipv6hdr *ip6 = ip;
	struct iphdr *ip4 = ip;

	if (job->ipv6) {
		ip6->payload_len = htons(l4_len);
		checksum6(skb, ip6);
	} else {
		ip4->tot_len = htons(sizeof(*ip4) + l4_len);
		ip_send_check(ip4);
		checksum4(skb, ip4);
	}
}

static struct sk_buff *make_frame(const struct job *job, u32 flow)
{
	__be32 flags = job->kind->tcp_flags;
	struct sk_buff *skb;
	struct ethhdr *eth;
	unsigned int l4;

	skb = netdev_alloc_skb_ip_align(job->dev, 128);
	if (!skb)
		return NULL;
	eth = skb_put_zero(skb, sizeof(*eth));
	ether_addr_copy(eth->h_dest, job->dev->dev_addr);
	eth->h_source[0] = 2;
	eth->h_proto = htons(job->ipv6 ? ETH_P_IPV6 : ETH_P_IP);

	if (job->ipv6)
		put_ip6(skb, job, flow);
	else
		put_ip4(skb, job, flow);
	l4 = skb->len;
	if (flags)
		put_tcp(skb, flags);
	else
		put_udp(skb);
	put_ports((__be16 *)(skb->data + l4), job, flow);
	finish(skb, job, eth + 1, skb->len - l4);

	skb->protocol = eth_type_trans(skb, job->dev);
	return skb;
}

static int send_frames(const struct job *job)
{
	struct sk_buff *skb;
	u32 flow = 0;
	u32 n;

	for (n = 0; n < job->count; n++) {
		skb = make_frame(job, flow);
		if (!skb)
			return -ENOMEM;
		local_bh_disable();
		netif_receive_skb(skb);
		local_bh_enable();
		cond_resched();
		flow = (flow + STEP) % job->flows;
	}
	return 0;
}

static int parse(struct job *job, const char *text, char *dev_name)
{
	char server[40];
	char kind[16];
	u16 port;
	int i;

	if (sscanf(text, "%15s %15s %39s %hu %u %u", dev_name, kind, server,
		   &port, &job->flows, &job->count) != 6 || !job->flows)
		return -EINVAL;
	job->ipv6 = in6_pton(server, -1, job->server6.s6_addr, -1, NULL);
	if (!job->ipv6)
		job->server = in_aton(server);
	job->port = htons(port);
	for (i = 0; i < ARRAY_SIZE(kinds); i++) {
		if (strcmp(kinds[i].name, kind))
			continue;
		job->kind = &kinds[i];
		return 0;
	}
	return -EINVAL;
}

/* A misc device comes with private data, which is a transaction's place. */
static int gen_open(struct inode *inode, struct file *file)
{
	file->private_data = NULL;
	return 0;
}

static ssize_t gen_write(struct file *file, const char __user *buf,
			 size_t size, loff_t *pos)
{
	char dev_name[IFNAMSIZ];
	struct job job;
	char *text;
	u64 start;
	int err;

	text = simple_transaction_get(file, buf, size);
	if (IS_ERR(text))
		return PTR_ERR(text);
	err = parse(&job, text, dev_name);
	if (err)
		return err;
	job.dev = dev_get_by_name(&init_net, dev_name);
	if (!job.dev)
		return -ENODEV;

	start = ktime_get_ns();
	err = send_frames(&job);
	simple_transaction_set(file, sprintf(text, "%llu\n",
					     ktime_get_ns() - start));
	dev_put(job.dev);
	return err ?: size;
}

static const struct file_operations gen_fops = {
	.owner		= THIS_MODULE,
	.open		= gen_open,
	.write		= gen_write,
	.read		= simple_transaction_read,
	.release	= simple_transaction_release,
};

static struct miscdevice gen_device = {
	.minor	= MISC_DYNAMIC_MINOR,
	.name	= "lbgen",
	.fops	= &gen_fops,
};
module_misc_device(gen_device);

MODULE_DESCRIPTION("Packet generator to measure lb and others with");
MODULE_LICENSE("GPL");
