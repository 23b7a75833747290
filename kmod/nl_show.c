// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family: answers, dumps and events, but for connections. */

#include <linux/export.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "conn.h"
#include "netlink.h"
#include "nl_gen.h"
#include "svc.h"

static u64 per_second(u64 rate)
{
	return (rate + (1ULL << LB_RATE_SHIFT) / 2) >> LB_RATE_SHIFT;
}

static int put_stats(struct sk_buff *skb, int attr, const struct lb_stats *sum,
		     const struct lb_stats *rate)
{
	const struct {
		int attr;
		u64 value;
	} rows[] = {
		{ LB_A_STATS_CONNS, sum->conns },
		{ LB_A_STATS_IN_PACKETS, sum->in_pkts },
		{ LB_A_STATS_OUT_PACKETS, sum->out_pkts },
		{ LB_A_STATS_IN_BYTES, sum->in_bytes },
		{ LB_A_STATS_OUT_BYTES, sum->out_bytes },
		{ LB_A_STATS_CONNS_RATE, per_second(rate->conns) },
		{ LB_A_STATS_IN_PACKETS_RATE, per_second(rate->in_pkts) },
		{ LB_A_STATS_OUT_PACKETS_RATE, per_second(rate->out_pkts) },
		{ LB_A_STATS_IN_BYTES_RATE, per_second(rate->in_bytes) },
		{ LB_A_STATS_OUT_BYTES_RATE, per_second(rate->out_bytes) },
	};
	struct nlattr *nest = nla_nest_start(skb, attr);
	size_t i;

	if (!nest)
		return -EMSGSIZE;
	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (nla_put_u64_64bit(skb, rows[i].attr, rows[i].value,
				      LB_A_STATS_PAD))
			return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * lb_netlink_put_addr() - Put an address into a message.
 * @skb: The message.
 * @attr4: Attribute if it is an IPv4 address.
 * @attr6: Attribute if it is an IPv6 address.
 * @ipv6: It is one.
 * @addr: The address.
 *
 * Return: 0 or -EMSGSIZE.
 */
int lb_netlink_put_addr(struct sk_buff *skb, int attr4, int attr6, bool ipv6,
			const union lb_addr *addr)
{
	return ipv6 ? nla_put_in6_addr(skb, attr6, &addr->ip6) :
		      nla_put_be32(skb, attr4, addr->ip);
}
EXPORT_SYMBOL_LB(lb_netlink_put_addr);

static int put_key(struct sk_buff *skb, const struct lb_svc_key *key)
{
	if (nla_put_u8(skb, LB_A_SERVICE_FAMILY, key->family))
		return -EMSGSIZE;
	if (key->fwmark)
		return nla_put_u32(skb, LB_A_SERVICE_FWMARK, key->fwmark);
	if (nla_put_u8(skb, LB_A_SERVICE_PROTOCOL, key->proto) ||
	    lb_netlink_put_addr(skb, LB_A_SERVICE_ADDR4, LB_A_SERVICE_ADDR6,
				key->family == AF_INET6, &key->addr) ||
	    nla_put_be16(skb, LB_A_SERVICE_PORT, key->port))
		return -EMSGSIZE;
	return 0;
}

static int put_mask(struct sk_buff *skb, const struct lb_svc *svc)
{
	if (svc->key.family == AF_INET6)
		return nla_put_u8(skb, LB_A_SERVICE_PERSIST_PLEN6,
				  svc->persist_plen);
	return nla_put_be32(skb, LB_A_SERVICE_PERSIST_MASK4,
			    svc->persist_mask);
}

static int put_timeouts(struct sk_buff *skb, const struct lb_svc *svc)
{
	static const int types[LB_TIMEOUTS] = {
		[LB_TIMEOUT_TCP] = LB_A_SERVICE_TCP_TIMEOUT,
		[LB_TIMEOUT_TCP_FIN] = LB_A_SERVICE_TCP_FIN_TIMEOUT,
		[LB_TIMEOUT_UDP] = LB_A_SERVICE_UDP_TIMEOUT,
	};
	int i;

	for (i = 0; i < LB_TIMEOUTS; i++)
		if (svc->timeout[i] &&
		    nla_put_u32(skb, types[i], svc->timeout[i]))
			return -EMSGSIZE;
	return 0;
}

static int put_policy(struct sk_buff *skb, const union lb_policy *policy)
{
	if ((policy->tun_df &&
	     nla_put_u8(skb, LB_A_SERVICE_TUN_DF, policy->tun_df)) ||
	    (policy->mtu && nla_put_u32(skb, LB_A_SERVICE_MTU, policy->mtu)) ||
	    (policy->mss_clamp && nla_put_u8(skb, LB_A_SERVICE_MSS_CLAMP, 1)))
		return -EMSGSIZE;
	return 0;
}

static int put_marks(struct sk_buff *skb, const u64 *mark)
{
	static const int types[] = {
		[LB_DIR_ORIG] = LB_A_SERVICE_MARK,
		[LB_DIR_REPLY] = LB_A_SERVICE_REPLY_MARK,
	};
	int i;

	for (i = 0; i <= LB_DIR_REPLY; i++)
		if (mark[i] && nla_put_bitfield32(skb, types[i],
						  upper_32_bits(mark[i]),
						  lower_32_bits(mark[i])))
			return -EMSGSIZE;
	return 0;
}

static int put_svc(struct sk_buff *skb, struct lb_net *lbn,
		   struct lb_svc *svc, bool fresh)
{
	const struct lb_sched *sched;
	struct lb_stats rate = {};
	struct lb_stats sum = {};

	sched = rcu_dereference_protected(svc->sched,
					  lockdep_is_held(&lbn->cfg_lock));
	lb_svc_read(svc, fresh, &sum, &rate);
	if (put_key(skb, &svc->key) ||
	    nla_put_string(skb, LB_A_SERVICE_SCHEDULER, sched->ops->name) ||
	    nla_put_u32(skb, LB_A_SERVICE_PERSIST_TIMEOUT,
			svc->persist_timeout) ||
	    put_mask(skb, svc) ||
	    put_stats(skb, LB_A_SERVICE_STATS, &sum, &rate) ||
	    put_timeouts(skb, svc) ||
	    nla_put_u32(skb, LB_A_SERVICE_SCHED_FLAGS, sched->flags) ||
	    (svc->one_packet && nla_put_u8(skb, LB_A_SERVICE_ONE_PACKET, 1)) ||
	    (svc->sip && nla_put_string(skb, LB_A_SERVICE_PE, "sip")) ||
	    put_policy(skb, &svc->policy) ||
	    put_marks(skb, svc->mark) ||
	    (svc->comment &&
	     nla_put_string(skb, LB_A_SERVICE_COMMENT, svc->comment)))
		return -EMSGSIZE;
	return 0;
}

/* Only for those that it means something to. */
static int put_tunnel(struct sk_buff *skb, const struct lb_dest *dest)
{
	const union lb_tunnel tunnel = lb_dest_tunnel(dest);

	if (dest->forward != LB_FORWARD_TUN)
		return 0;
	if (nla_put_u8(skb, LB_A_DEST_TUN_TYPE, tunnel.type) ||
	    nla_put_u8(skb, LB_A_DEST_TUN_CHECKSUM, tunnel.checksum))
		return -EMSGSIZE;
	return tunnel.port ?
	       nla_put_be16(skb, LB_A_DEST_TUN_PORT, tunnel.port) : 0;
}

static int put_dest_values(struct sk_buff *skb, const struct lb_dest *dest)
{
	struct lb_stats rate = {};
	struct lb_stats sum;

	lb_stats_read(&dest->meter, &sum);
	lb_stats_add_rate(&dest->meter, &rate);
	if (nla_put_u8(skb, LB_A_DEST_FORWARD, dest->forward) ||
	    put_tunnel(skb, dest) ||
	    nla_put_u32(skb, LB_A_DEST_WEIGHT, dest->weight) ||
	    nla_put_u32(skb, LB_A_DEST_UPPER_THRESHOLD, dest->upper) ||
	    nla_put_u32(skb, LB_A_DEST_LOWER_THRESHOLD, dest->lower) ||
	    nla_put_u32(skb, LB_A_DEST_ACTIVE_CONNS,
			atomic_read(&dest->active)) ||
	    nla_put_u32(skb, LB_A_DEST_INACTIVE_CONNS,
			lb_dest_inactive(dest)) ||
	    nla_put_u32(skb, LB_A_DEST_PERSIST_CONNS,
			atomic_read(&dest->templates)) ||
	    (dest->comment &&
	     nla_put_string(skb, LB_A_DEST_COMMENT, dest->comment)))
		return -EMSGSIZE;
	return put_stats(skb, LB_A_DEST_STATS, &sum, &rate);
}

static int put_dest(struct sk_buff *skb, const struct lb_svc *svc,
		    const struct lb_dest *dest, bool values)
{
	struct nlattr *nest;

	if (put_key(skb, &svc->key))
		return -EMSGSIZE;
	nest = nla_nest_start(skb, LB_A_SERVICE_DEST);
	if (!nest ||
	    lb_netlink_put_addr(skb, LB_A_DEST_ADDR4, LB_A_DEST_ADDR6,
				lb_dest_is_ipv6(dest), &dest->key.addr) ||
	    nla_put_be16(skb, LB_A_DEST_PORT, dest->key.port) ||
	    (values && put_dest_values(skb, dest)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * lb_netlink_begin_reply() - Begin an answer of one message.
 * @reply: Filled.
 * @info: The request.
 * @cmd: What it answers.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_netlink_begin_reply(struct lb_msg *reply, struct genl_info *info, u8 cmd)
{
	reply->skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply->skb)
		return -ENOMEM;
	reply->hdr = genlmsg_put_reply(reply->skb, info, &lb_netlink_family, 0,
				       cmd);
	return 0;
}

/**
 * lb_netlink_end_reply() - Send an answer.
 * @reply: From lb_netlink_begin_reply(), whose message is gone afterwards.
 * @info: The request.
 * @err: What filling it returned.
 *
 * Return: @err, or that of sending.
 */
int lb_netlink_end_reply(struct lb_msg *reply, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(reply->skb);
		return err;
	}
	genlmsg_end(reply->skb, reply->hdr);
	return genlmsg_reply(reply->skb, info);
}

/* Others may read, too, but cost less. */
static bool is_admin(const struct sk_buff *skb)
{
	return netlink_net_capable(skb, CAP_NET_ADMIN);
}

int lb_nl_service_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_svc_key key;
	struct lb_svc *svc;
	struct lb_msg reply;
	int err;

	err = lb_netlink_parse_key(info->attrs, &key, info->extack) ?:
	      lb_netlink_begin_reply(&reply, info, LB_CMD_SERVICE_GET);
	if (err)
		return err;

	mutex_lock(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, &key);
	err = svc ? put_svc(reply.skb, lbn, svc, is_admin(skb)) :
		    lb_netlink_no_service(info->extack);
	mutex_unlock(&lbn->cfg_lock);
	return lb_netlink_end_reply(&reply, info, err);
}

static void *dump_begin(struct sk_buff *skb, struct netlink_callback *cb,
			u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &lb_netlink_family,
				NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

static int dump_svc(struct sk_buff *skb, struct netlink_callback *cb,
		    struct lb_net *lbn, struct lb_svc *svc)
{
	void *hdr = dump_begin(skb, cb, LB_CMD_SERVICE_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (put_svc(skb, lbn, svc, is_admin(cb->skb))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/* Resumes at the id after the last: ids only grow. */
int lb_nl_service_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lb_net *lbn = lb_net_get(sock_net(skb->sk));
	unsigned long id;
	struct lb_svc *svc;

	if (lb_netlink_refuse_attributes(cb->nlh, cb->extack))
		return -EINVAL;

	mutex_lock(&lbn->cfg_lock);
	cb->seq = lbn->gen;
	xa_for_each_start(&lbn->svcs, id, svc, cb->args[0]) {
		if (dump_svc(skb, cb, lbn, svc))
			break;
		cb->args[0] = id + 1;
	}
	mutex_unlock(&lbn->cfg_lock);
	return skb->len;
}

/**
 * struct dest_cursor - Where a dump of real servers stands; zero to start.
 * @dest: The last that was told of.
 * @done: The one service that was asked for is through.
 */
struct dest_cursor {
	struct lb_dest_cursor dest;
	bool done;
};

static int dump_dests(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct lb_net *lbn, const struct lb_svc *svc)
{
	struct dest_cursor *at = (struct dest_cursor *)cb->ctx;
	struct lb_dest *dest = lb_svc_resume(lbn, svc, &at->dest);
	void *hdr;

	list_for_each_entry_from(dest, &svc->dests, list) {
		hdr = dump_begin(skb, cb, LB_CMD_DEST_GET);
		if (!hdr)
			return -EMSGSIZE;
		if (put_dest(skb, svc, dest, true)) {
			genlmsg_cancel(skb, hdr);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
		lb_svc_pass(lbn, dest, &at->dest);
	}
	at->dest.after = 0;
	return 0;
}

static void dump_all_dests(struct sk_buff *skb, struct netlink_callback *cb,
			   struct lb_net *lbn)
{
	struct dest_cursor *at = (struct dest_cursor *)cb->ctx;
	unsigned long id;
	struct lb_svc *svc;

	xa_for_each_start(&lbn->svcs, id, svc, at->dest.svc_id) {
		if (dump_dests(skb, cb, lbn, svc))
			return;
		at->dest.svc_id = id + 1;
	}
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    struct lb_net *lbn, const struct lb_svc_key *key)
{
	struct dest_cursor *at = (struct dest_cursor *)cb->ctx;
	struct lb_svc *svc = lb_svc_find(lbn, key);

	if (!svc)
		return lb_netlink_no_service(cb->extack);
	if (!at->done && !dump_dests(skb, cb, lbn, svc))
		at->done = true;
	return 0;
}

int lb_nl_dest_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lb_net *lbn = lb_net_get(sock_net(skb->sk));
	struct nlattr **tb = lb_compat_dump_attrs(cb);
	struct lb_svc_key key;
	bool one = lb_netlink_has_key(tb);
	int err = 0;

	BUILD_BUG_ON(sizeof(struct dest_cursor) > sizeof(cb->ctx));

	if (one)
		err = lb_netlink_parse_key(tb, &key, cb->extack);
	if (err)
		return err;

	mutex_lock(&lbn->cfg_lock);
	cb->seq = lbn->gen;
	if (one)
		err = dump_one(skb, cb, lbn, &key);
	else
		dump_all_dests(skb, cb, lbn);
	mutex_unlock(&lbn->cfg_lock);
	return err ?: skb->len;
}

/**
 * lb_netlink_begin_event() - Begin a message to the listeners.
 * @event: Filled.
 * @lbn: Namespace.
 * @cmd: What it tells of.
 *
 * Return: false if nobody listens, or there is no memory.
 */
bool lb_netlink_begin_event(struct lb_msg *event, const struct lb_net *lbn,
			    u8 cmd)
{
	if (!genl_has_listeners(&lb_netlink_family, lbn->net, LB_NLGRP_CONFIG))
		return false;
	event->skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!event->skb)
		return false;
	event->hdr = genlmsg_put(event->skb, 0, 0, &lb_netlink_family, 0, cmd);
	return true;
}

/**
 * lb_netlink_end_event() - Send a message to the listeners.
 * @event: From lb_netlink_begin_event(), whose message is gone afterwards.
 * @lbn: Namespace.
 * @err: What filling it returned.
 */
void lb_netlink_end_event(struct lb_msg *event, const struct lb_net *lbn,
			  int err)
{
	if (err) {
		nlmsg_free(event->skb);
		return;
	}
	genlmsg_end(event->skb, event->hdr);
	genlmsg_multicast_netns(&lb_netlink_family, lbn->net, event->skb, 0,
				LB_NLGRP_CONFIG, GFP_KERNEL);
}

/**
 * lb_netlink_notify() - Tell the listeners of a change.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @event: What happened.
 * @svc: The service.
 * @dest: The real server, if it is about one.
 */
void lb_netlink_notify(struct lb_net *lbn, enum lb_svc_event event,
		       struct lb_svc *svc, const struct lb_dest *dest)
{
	static const u8 cmds[] = {
		[LB_SVC_SET] = LB_CMD_SERVICE_NTF,
		[LB_SVC_DEL] = LB_CMD_SERVICE_DEL_NTF,
		[LB_DEST_SET] = LB_CMD_DEST_NTF,
		[LB_DEST_DEL] = LB_CMD_DEST_DEL_NTF,
	};
	struct lb_msg msg;
	int err;

	if (!lb_netlink_begin_event(&msg, lbn, cmds[event]))
		return;
	if (event == LB_SVC_SET)
		err = put_svc(msg.skb, lbn, svc, true);
	else if (event == LB_SVC_DEL)
		err = put_key(msg.skb, &svc->key);
	else
		err = put_dest(msg.skb, svc, dest, event == LB_DEST_SET);
	lb_netlink_end_event(&msg, lbn, err);
}

static int put_drop(struct sk_buff *skb, const struct lb_net *lbn,
		    enum lb_drop reason)
{
	struct nlattr *nest = nla_nest_start(skb, LB_A_INFO_DROP);

	if (!nest || nla_put_u8(skb, LB_A_DROP_COUNT_REASON, reason) ||
	    nla_put_u64_64bit(skb, LB_A_DROP_COUNT_PACKETS,
			      lb_stats_drops(lbn, reason),
			      LB_A_DROP_COUNT_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_path(struct sk_buff *skb, const struct lb_net *lbn,
		    enum lb_path path)
{
	struct nlattr *nest = nla_nest_start(skb, LB_A_INFO_PATH);

	if (!nest || nla_put_u8(skb, LB_A_PATH_COUNT_PATH, path) ||
	    nla_put_u64_64bit(skb, LB_A_PATH_COUNT_PACKETS,
			      lb_stats_paths(lbn, path),
			      LB_A_PATH_COUNT_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_sched_name(const char *name, void *arg)
{
	return nla_put_string(arg, LB_A_INFO_SCHEDULER, name);
}

static int put_info(struct sk_buff *skb, struct lb_net *lbn, bool fresh)
{
	struct lb_stats rate = {};
	struct lb_stats sum = {};
	int i;

	lb_svc_read_all(lbn, fresh, &sum, &rate);
	if (nla_put_string(skb, LB_A_INFO_VERSION, LB_VERSION) ||
	    nla_put_u32(skb, LB_A_INFO_SERVICES, lbn->num_svcs) ||
	    nla_put_u32(skb, LB_A_INFO_CONNS, lbn->conns ?
			lb_conn_count(lbn->conns) : 0) ||
	    nla_put_u32(skb, LB_A_INFO_CONN_TABLE_SIZE, lbn->conns ?
			lb_conn_table_size(lbn->conns) : 0) ||
	    put_stats(skb, LB_A_INFO_STATS, &sum, &rate))
		return -EMSGSIZE;
	for (i = 0; i <= LB_DROP_MAX; i++)
		if (put_drop(skb, lbn, i))
			return -EMSGSIZE;
	for (i = 0; i <= LB_PATH_MAX; i++)
		if (put_path(skb, lbn, i))
			return -EMSGSIZE;
	return lb_sched_names(put_sched_name, skb) ?:
	       nla_put_u64_64bit(skb, LB_A_INFO_EVICTED,
				 atomic64_read(&lbn->evicted), LB_A_INFO_PAD);
}

int lb_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_msg reply;
	int err;

	err = lb_netlink_refuse_attributes(info->nlhdr, info->extack) ?:
	      lb_netlink_begin_reply(&reply, info, LB_CMD_INFO_GET);
	if (err)
		return err;
	mutex_lock(&lbn->cfg_lock);
	err = put_info(reply.skb, lbn, is_admin(skb));
	mutex_unlock(&lbn->cfg_lock);
	return lb_netlink_end_reply(&reply, info, err);
}
