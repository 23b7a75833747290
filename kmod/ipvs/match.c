// SPDX-License-Identifier: GPL-2.0-only
/* The match "ipvs" of iptables: rules for what lb balanced. */

#include <linux/ip.h>
#include <linux/ip_vs.h>
#include <linux/module.h>
#include <linux/netfilter/x_tables.h>
#include <linux/netfilter/xt_ipvs.h>
#include <net/ip.h>
#include <net/ipv6.h>
#include <net/netfilter/nf_conntrack.h>

#include "conn.h"
#include "ipvs/lb_ipvs.h"

static bool is_balanced(const struct sk_buff *skb)
{
#if IS_ENABLED(CONFIG_IP_VS)
	return skb->ipvs_property;
#else
	return false;
#endif
}

/* Return: where the ports are, or an error: none, or in another fragment. */
static int read_header4(const struct sk_buff *skb, struct lb_tuple *tuple)
{
	const struct iphdr *iph = ip_hdr(skb);

	tuple->saddr = iph->saddr;
	tuple->daddr = iph->daddr;
	tuple->proto = iph->protocol;
	return iph->frag_off & htons(IP_OFFSET) ? -ENOENT :
	       skb_network_offset(skb) + ip_hdrlen(skb);
}

static int read_header6(const struct sk_buff *skb, struct lb_tuple *tuple)
{
	const struct ipv6hdr *ip6h = ipv6_hdr(skb);
	u8 proto = ip6h->nexthdr;
	__be16 frag_off;
	int offset;

	tuple->saddr6 = ip6h->saddr;
	tuple->daddr6 = ip6h->daddr;
	offset = ipv6_skip_exthdr(skb, skb_network_offset(skb) + sizeof(*ip6h),
				  &proto, &frag_off);
	tuple->proto = proto;
	lb_tuple_fold(tuple);
	return frag_off & htons(IP6_OFFSET) ? -ENOENT : offset;
}

static bool read_tuple(const struct sk_buff *skb, bool ipv6,
		       struct lb_tuple *tuple)
{
	__be16 buffer[2];
	const __be16 *ports;
	int offset;

	memset(&tuple->key, 0, sizeof(tuple->key));
	offset = ipv6 ? read_header6(skb, tuple) : read_header4(skb, tuple);
	if (offset < 0 || !lb_ipvs_is_protocol(tuple->proto))
		return false;
	ports = skb_header_pointer(skb, offset, sizeof(buffer), buffer);
	if (!ports)
		return false;
	tuple->sport = ports[0];
	tuple->dport = ports[1];
	return true;
}

/* The connection of a client's packet as it goes to a real server. Those of the
 * other direction have none, as for IPVS.
 */
static const struct lb_conn *find_conn(const struct lb_conn_table *table,
				       const struct lb_tuple *tuple)
{
	struct lb_tuple inverse;
	struct lb_conn *conn;
	enum lb_dir dir;

	lb_tuple_invert(&inverse, tuple);
	conn = lb_conn_find(table, &inverse, lb_conn_hash(table, &inverse),
			    &dir);
	if (conn && dir == LB_DIR_REPLY)
		return conn;
	conn = lb_conn_find(table, tuple, lb_conn_hash(table, tuple), &dir);
	if (conn && dir == LB_DIR_ORIG && conn->forward != LB_FORWARD_NAT)
		return conn;
	return NULL;
}

static bool is_virtual(const struct lb_conn *conn,
		       const struct xt_ipvs_mtinfo *info)
{
	const union lb_addr addr = lb_conn_virtual(conn);

	if (conn->orig.key.ipv6)
		return !ipv6_masked_addr_cmp(&addr.ip6, &info->vmask.in6,
					     &info->vaddr.in6);
	return !((addr.ip ^ info->vaddr.ip) & info->vmask.ip);
}

/* The port of the template, or of the control connection of FTP. */
static bool is_controlled(const struct lb_conn *conn,
			  const struct xt_ipvs_mtinfo *info)
{
	const struct lb_conn *control = READ_ONCE(conn->template);

	return control && control->orig.key.dport == info->vportctl;
}

/* Does what a rule says of one property hold, as it is or inverted? */
static bool holds(const struct xt_ipvs_mtinfo *info, u8 property, bool is)
{
	return !(info->bitmask & property) || is != !!(info->invert & property);
}

/* Without an entry of connection tracking there is no direction. */
static bool direction_holds(const struct sk_buff *skb,
			    const struct xt_ipvs_mtinfo *info)
{
	enum ip_conntrack_info ctinfo;

	if (!(info->bitmask & XT_IPVS_DIR))
		return true;
#if IS_ENABLED(CONFIG_NF_CONNTRACK)
	if (nf_ct_get(skb, &ctinfo))
		return (ctinfo >= IP_CT_IS_REPLY) ==
		       !!(info->invert & XT_IPVS_DIR);
#endif
	return false;
}

static bool match(const struct sk_buff *skb, struct xt_action_param *par)
{
	const struct lb_net *lbn = lb_net_get(xt_net(par));
	const struct lb_conn_table *table = lb_net_conns(lbn);
	const struct xt_ipvs_mtinfo *info = par->matchinfo;
	const struct lb_conn *conn;
	struct lb_tuple tuple;

	if (info->bitmask == XT_IPVS_IPVS_PROPERTY)
		return holds(info, XT_IPVS_IPVS_PROPERTY, is_balanced(skb));
	if (!is_balanced(skb) || !table ||
	    !read_tuple(skb, xt_family(par) == NFPROTO_IPV6, &tuple) ||
	    !holds(info, XT_IPVS_PROTO, tuple.proto == info->l4proto))
		return false;
	conn = find_conn(table, &tuple);
	return conn && direction_holds(skb, info) &&
	       holds(info, XT_IPVS_VPORT,
		     conn->orig.key.dport == info->vport) &&
	       holds(info, XT_IPVS_VPORTCTL, is_controlled(conn, info)) &&
	       holds(info, XT_IPVS_METHOD,
		     lb_ipvs_show_method(conn->forward) == info->fwd_method) &&
	       holds(info, XT_IPVS_VADDR, is_virtual(conn, info));
}

static int check(const struct xt_mtchk_param *par)
{
	return par->family == NFPROTO_IPV4 || par->family == NFPROTO_IPV6 ?
	       0 : -EINVAL;
}

static struct xt_match ipvs_match = {
	.name = "ipvs",
	.family = NFPROTO_UNSPEC,
	.match = match,
	.checkentry = check,
	.matchsize = XT_ALIGN(sizeof(struct xt_ipvs_mtinfo)),
	.me = THIS_MODULE,
};

/**
 * lb_ipvs_match_init() - Offer the match.
 *
 * Return: 0 or an error.
 */
int lb_ipvs_match_init(void)
{
	return xt_register_match(&ipvs_match);
}

/** lb_ipvs_match_exit() - Take it back; no rule has it any more. */
void lb_ipvs_match_exit(void)
{
	xt_unregister_match(&ipvs_match);
}
