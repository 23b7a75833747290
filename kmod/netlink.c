// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family: attributes to requests, and answers to attributes.
 *
 * Documentation/netlink/specs/lb.yaml says what the messages mean.
 */

#include <linux/in.h>
#include <linux/slab.h>
#include <net/sock.h>

#include "conn.h"
#include "hook.h"
#include "netlink.h"
#include "nl_gen.h"
#include "svc.h"

static struct genl_family family;

static int refuse(struct netlink_ext_ack *extack, const struct nlattr *attr,
		  int err)
{
	if (extack)
		extack->bad_attr = attr;
	return err;
}

/* For requests that have no policy. */
static int refuse_attributes(const struct nlmsghdr *nlh,
			     struct netlink_ext_ack *extack)
{
	if (!nlmsg_attrlen(nlh, GENL_HDRLEN))
		return 0;
	NL_SET_ERR_MSG(extack, "this request takes no attributes");
	return refuse(extack, nlmsg_attrdata(nlh, GENL_HDRLEN), -EINVAL);
}

static int parse_fwmark_key(struct nlattr **tb, struct lb_svc_key *key,
			    struct netlink_ext_ack *extack)
{
	static const int others[] = {
		LB_A_SERVICE_PROTOCOL, LB_A_SERVICE_ADDR4, LB_A_SERVICE_PORT,
	};
	size_t i;

	key->fwmark = nla_get_u32(tb[LB_A_SERVICE_FWMARK]);
	if (!key->fwmark) {
		NL_SET_ERR_MSG(extack, "firewall mark 0 is no mark");
		return refuse(extack, tb[LB_A_SERVICE_FWMARK], -EINVAL);
	}
	if (!tb[LB_A_SERVICE_FAMILY]) {
		NL_SET_ERR_MSG(extack, "a firewall mark needs the family");
		NL_SET_ERR_ATTR_MISS(extack, NULL, LB_A_SERVICE_FAMILY);
		return -EINVAL;
	}
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (!tb[others[i]])
			continue;
		NL_SET_ERR_MSG(extack,
			       "a firewall mark takes the place of protocol, address and port");
		return refuse(extack, tb[others[i]], -EINVAL);
	}
	return 0;
}

static int parse_addr_key(struct nlattr **tb, struct lb_svc_key *key,
			  struct netlink_ext_ack *extack)
{
	static const int needed[] = {
		LB_A_SERVICE_PROTOCOL, LB_A_SERVICE_ADDR4, LB_A_SERVICE_PORT,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		if (tb[needed[i]])
			continue;
		NL_SET_ERR_MSG(extack,
			       "a service needs protocol, address and port, or a firewall mark");
		NL_SET_ERR_ATTR_MISS(extack, NULL, needed[i]);
		return -EINVAL;
	}

	key->proto = nla_get_u8(tb[LB_A_SERVICE_PROTOCOL]);
	key->addr.ip = nla_get_be32(tb[LB_A_SERVICE_ADDR4]);
	key->port = nla_get_be16(tb[LB_A_SERVICE_PORT]);
	if (key->proto != IPPROTO_TCP && key->proto != IPPROTO_UDP) {
		NL_SET_ERR_MSG(extack, "the protocol is neither TCP nor UDP");
		return refuse(extack, tb[LB_A_SERVICE_PROTOCOL], -EINVAL);
	}
	if (!key->addr.ip) {
		NL_SET_ERR_MSG(extack, "the virtual address is 0.0.0.0");
		return refuse(extack, tb[LB_A_SERVICE_ADDR4], -EINVAL);
	}
	return 0;
}

static bool has_key(struct nlattr **tb)
{
	return tb[LB_A_SERVICE_FWMARK] || tb[LB_A_SERVICE_FAMILY] ||
	       tb[LB_A_SERVICE_PROTOCOL] || tb[LB_A_SERVICE_ADDR4] ||
	       tb[LB_A_SERVICE_PORT];
}

static int parse_key(struct nlattr **tb, struct lb_svc_key *key,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *family_attr = tb[LB_A_SERVICE_FAMILY];

	memset(key, 0, sizeof(*key));
	key->family = AF_INET;
	if (family_attr && nla_get_u8(family_attr) != AF_INET) {
		NL_SET_ERR_MSG(extack, "the address family is not supported");
		return refuse(extack, family_attr, -EAFNOSUPPORT);
	}
	if (tb[LB_A_SERVICE_FWMARK])
		return parse_fwmark_key(tb, key, extack);
	return parse_addr_key(tb, key, extack);
}

static int refuse_read_only(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	static const int read_only[] = {
		LB_A_DEST_ACTIVE_CONNS, LB_A_DEST_INACTIVE_CONNS,
		LB_A_DEST_PERSIST_CONNS, LB_A_DEST_STATS,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(read_only); i++) {
		if (!tb[read_only[i]])
			continue;
		NL_SET_ERR_MSG(extack, "this can only be read");
		return refuse(extack, tb[read_only[i]], -EINVAL);
	}
	return 0;
}

static bool take_u32(struct nlattr *attr, u32 *value)
{
	if (attr)
		*value = nla_get_u32(attr);
	return attr;
}

static int parse_dest(const struct nlattr *nest, struct lb_dest_cfg *cfg,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[LB_A_DEST_MAX + 1];
	int err;

	err = nla_parse_nested(tb, LB_A_DEST_MAX, nest, lb_dest_nl_policy,
			       extack);
	if (err)
		return err;
	err = refuse_read_only(tb, extack);
	if (err)
		return err;
	if (!tb[LB_A_DEST_ADDR4]) {
		NL_SET_ERR_MSG(extack, "a real server needs an address");
		NL_SET_ERR_ATTR_MISS(extack, nest, LB_A_DEST_ADDR4);
		return -EINVAL;
	}

	memset(cfg, 0, sizeof(*cfg));
	cfg->addr_attr = tb[LB_A_DEST_ADDR4];
	cfg->port_attr = tb[LB_A_DEST_PORT];
	cfg->forward_attr = tb[LB_A_DEST_FORWARD];
	cfg->weight_attr = tb[LB_A_DEST_WEIGHT];
	cfg->lower_attr = tb[LB_A_DEST_LOWER_THRESHOLD];

	cfg->key.addr.ip = nla_get_be32(cfg->addr_attr);
	if (cfg->port_attr)
		cfg->key.port = nla_get_be16(cfg->port_attr);
	if (cfg->forward_attr)
		cfg->forward = nla_get_u8(cfg->forward_attr);
	cfg->has_forward = cfg->forward_attr;
	cfg->has_weight = take_u32(tb[LB_A_DEST_WEIGHT], &cfg->weight);
	cfg->has_upper = take_u32(tb[LB_A_DEST_UPPER_THRESHOLD], &cfg->upper);
	cfg->has_lower = take_u32(tb[LB_A_DEST_LOWER_THRESHOLD], &cfg->lower);
	return 0;
}

static u32 count_dests(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	u32 count = 0;
	int rem;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem)
		count += nla_type(attr) == LB_A_SERVICE_DEST;
	return count;
}

/* cfg->dests is the caller's to free, also after an error. */
static int parse_dests(const struct nlmsghdr *nlh, struct lb_svc_cfg *cfg,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *attr;
	u32 i = 0;
	int rem;
	int err;

	cfg->num_dests = count_dests(nlh);
	if (!cfg->num_dests)
		return 0;
	cfg->dests = kvcalloc(cfg->num_dests, sizeof(*cfg->dests), GFP_KERNEL);
	if (!cfg->dests)
		return -ENOMEM;

	nlmsg_for_each_attr(attr, nlh, GENL_HDRLEN, rem) {
		if (nla_type(attr) != LB_A_SERVICE_DEST)
			continue;
		err = parse_dest(attr, &cfg->dests[i++], extack);
		if (err)
			return err;
	}
	return 0;
}

static int parse_svc(struct genl_info *info, struct lb_svc_cfg *cfg)
{
	u16 flags = info->nlhdr->nlmsg_flags;
	struct nlattr **tb = info->attrs;
	int err;

	memset(cfg, 0, sizeof(*cfg));
	err = parse_key(tb, &cfg->key, info->extack);
	if (err)
		return err;

	cfg->create = flags & NLM_F_CREATE;
	cfg->exclusive = flags & NLM_F_EXCL;
	cfg->replace = flags & NLM_F_REPLACE;
	cfg->key_attr = tb[LB_A_SERVICE_PORT];
	return parse_dests(info->nlhdr, cfg, info->extack);
}

int lb_nl_service_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct nlattr **tb = info->attrs;
	struct lb_svc_cfg cfg;
	int err;

	err = parse_svc(info, &cfg);
	if (err)
		goto out_free_dests;
	cfg.sched_attr = tb[LB_A_SERVICE_SCHEDULER];
	cfg.timeout_attr = tb[LB_A_SERVICE_PERSIST_TIMEOUT];
	if (cfg.sched_attr)
		cfg.sched = nla_data(cfg.sched_attr);
	cfg.has_timeout = take_u32(tb[LB_A_SERVICE_PERSIST_TIMEOUT],
				   &cfg.persist_timeout);
	cfg.has_mask = tb[LB_A_SERVICE_PERSIST_MASK4];
	if (cfg.has_mask)
		cfg.persist_mask = nla_get_be32(tb[LB_A_SERVICE_PERSIST_MASK4]);

	mutex_lock(&lbn->cfg_lock);
	err = lb_hook_enable(lbn) ?: lb_svc_set(lbn, &cfg, info->extack);
	mutex_unlock(&lbn->cfg_lock);
out_free_dests:
	kvfree(cfg.dests);
	return err;
}

static int no_service(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "no such service");
	return -ESRCH;
}

int lb_nl_service_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_svc_key key;
	int err;

	err = parse_key(info->attrs, &key, info->extack);
	if (err)
		return err;
	mutex_lock(&lbn->cfg_lock);
	err = lb_svc_del(lbn, &key);
	mutex_unlock(&lbn->cfg_lock);
	return err ? no_service(info->extack) : 0;
}

static int parse_one_dest(struct genl_info *info, struct lb_svc_cfg *cfg)
{
	int err = parse_svc(info, cfg);

	if (err || cfg->num_dests == 1)
		return err;
	NL_SET_ERR_MSG(info->extack, "exactly one real server must be given");
	if (!cfg->num_dests)
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, LB_A_SERVICE_DEST);
	return -EINVAL;
}

int lb_nl_dest_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_svc_cfg cfg;
	int err;

	err = parse_one_dest(info, &cfg);
	if (!err) {
		mutex_lock(&lbn->cfg_lock);
		err = lb_svc_set_dest(lbn, &cfg, info->extack);
		mutex_unlock(&lbn->cfg_lock);
	}
	kvfree(cfg.dests);
	return err;
}

int lb_nl_dest_del_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_svc_cfg cfg;
	int err;

	err = parse_one_dest(info, &cfg);
	if (!err) {
		mutex_lock(&lbn->cfg_lock);
		err = lb_svc_del_dest(lbn, &cfg.key, &cfg.dests[0].key);
		mutex_unlock(&lbn->cfg_lock);
		if (err == -ESRCH)
			NL_SET_ERR_MSG(info->extack, "no such service");
		else if (err)
			NL_SET_ERR_MSG(info->extack, "no such real server");
	}
	kvfree(cfg.dests);
	return err;
}

int lb_nl_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	const struct nlattr *attr = info->attrs[LB_A_SERVICE_FAMILY];
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	u8 af = attr ? nla_get_u8(attr) : AF_UNSPEC;

	if (attr && af != AF_INET) {
		NL_SET_ERR_MSG(info->extack,
			       "the address family is not supported");
		return refuse(info->extack, attr, -EAFNOSUPPORT);
	}
	mutex_lock(&lbn->cfg_lock);
	lb_svc_flush(lbn, af);
	mutex_unlock(&lbn->cfg_lock);
	return 0;
}

int lb_nl_zero_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	bool one = has_key(info->attrs);
	struct lb_svc_key key;
	int err = 0;

	if (one)
		err = parse_key(info->attrs, &key, info->extack);
	if (err)
		return err;

	mutex_lock(&lbn->cfg_lock);
	if (one)
		err = lb_svc_zero(lbn, &key);
	else
		lb_svc_zero_all(lbn);
	mutex_unlock(&lbn->cfg_lock);
	return err ? no_service(info->extack) : 0;
}

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

static int put_key(struct sk_buff *skb, const struct lb_svc_key *key)
{
	if (nla_put_u8(skb, LB_A_SERVICE_FAMILY, key->family))
		return -EMSGSIZE;
	if (key->fwmark)
		return nla_put_u32(skb, LB_A_SERVICE_FWMARK, key->fwmark);
	if (nla_put_u8(skb, LB_A_SERVICE_PROTOCOL, key->proto) ||
	    nla_put_be32(skb, LB_A_SERVICE_ADDR4, key->addr.ip) ||
	    nla_put_be16(skb, LB_A_SERVICE_PORT, key->port))
		return -EMSGSIZE;
	return 0;
}

static int put_svc(struct sk_buff *skb, struct lb_net *lbn,
		   const struct lb_svc *svc)
{
	const struct lb_sched *sched;
	struct lb_stats rate = {};
	struct lb_stats sum = {};

	sched = rcu_dereference_protected(svc->sched,
					  lockdep_is_held(&lbn->cfg_lock));
	lb_svc_read(svc, &sum, &rate);
	if (put_key(skb, &svc->key) ||
	    nla_put_string(skb, LB_A_SERVICE_SCHEDULER, sched->ops->name) ||
	    nla_put_u32(skb, LB_A_SERVICE_PERSIST_TIMEOUT,
			svc->persist_timeout) ||
	    nla_put_be32(skb, LB_A_SERVICE_PERSIST_MASK4, svc->persist_mask) ||
	    put_stats(skb, LB_A_SERVICE_STATS, &sum, &rate))
		return -EMSGSIZE;
	return 0;
}

static int put_dest_values(struct sk_buff *skb, const struct lb_dest *dest)
{
	struct lb_stats rate = {};
	struct lb_stats sum;

	lb_stats_read(&dest->meter, &sum);
	lb_stats_add_rate(&dest->meter, &rate);
	if (nla_put_u8(skb, LB_A_DEST_FORWARD, dest->forward) ||
	    nla_put_u32(skb, LB_A_DEST_WEIGHT, dest->weight) ||
	    nla_put_u32(skb, LB_A_DEST_UPPER_THRESHOLD, dest->upper) ||
	    nla_put_u32(skb, LB_A_DEST_LOWER_THRESHOLD, dest->lower) ||
	    nla_put_u32(skb, LB_A_DEST_ACTIVE_CONNS,
			atomic_read(&dest->active)) ||
	    nla_put_u32(skb, LB_A_DEST_INACTIVE_CONNS,
			lb_dest_inactive(dest)) ||
	    nla_put_u32(skb, LB_A_DEST_PERSIST_CONNS,
			atomic_read(&dest->templates)))
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
	    nla_put_be32(skb, LB_A_DEST_ADDR4, dest->key.addr.ip) ||
	    nla_put_be16(skb, LB_A_DEST_PORT, dest->key.port) ||
	    (values && put_dest_values(skb, dest)))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/**
 * struct reply - An answer of one message.
 * @skb: Message.
 * @hdr: Its header.
 */
struct reply {
	struct sk_buff *skb;
	void *hdr;
};

static int reply_begin(struct reply *reply, struct genl_info *info, u8 cmd)
{
	reply->skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (!reply->skb)
		return -ENOMEM;
	reply->hdr = genlmsg_put_reply(reply->skb, info, &family, 0, cmd);
	return 0;
}

static int reply_end(struct reply *reply, struct genl_info *info, int err)
{
	if (err) {
		nlmsg_free(reply->skb);
		return err;
	}
	genlmsg_end(reply->skb, reply->hdr);
	return genlmsg_reply(reply->skb, info);
}

int lb_nl_service_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_svc_key key;
	struct lb_svc *svc;
	struct reply reply;
	int err;

	err = parse_key(info->attrs, &key, info->extack) ?:
	      reply_begin(&reply, info, LB_CMD_SERVICE_GET);
	if (err)
		return err;

	mutex_lock(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, &key);
	err = svc ? put_svc(reply.skb, lbn, svc) : no_service(info->extack);
	mutex_unlock(&lbn->cfg_lock);
	return reply_end(&reply, info, err);
}

static void *dump_begin(struct sk_buff *skb, struct netlink_callback *cb, u8 cmd)
{
	void *hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid,
				cb->nlh->nlmsg_seq, &family, NLM_F_MULTI, cmd);

	if (hdr)
		genl_dump_check_consistent(cb, hdr);
	return hdr;
}

static int dump_svc(struct sk_buff *skb, struct netlink_callback *cb,
		    struct lb_net *lbn, const struct lb_svc *svc)
{
	void *hdr = dump_begin(skb, cb, LB_CMD_SERVICE_GET);

	if (!hdr)
		return -EMSGSIZE;
	if (put_svc(skb, lbn, svc)) {
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

	if (refuse_attributes(cb->nlh, cb->extack))
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

/* Resumes below the id of the last server: the newest come first. */
static int dump_dests(struct sk_buff *skb, struct netlink_callback *cb,
		      const struct lb_svc *svc)
{
	const struct lb_dest *dest;
	void *hdr;

	list_for_each_entry(dest, &svc->dests, list) {
		if (cb->args[1] && dest->id + 1 >= cb->args[1])
			continue;
		hdr = dump_begin(skb, cb, LB_CMD_DEST_GET);
		if (!hdr)
			return -EMSGSIZE;
		if (put_dest(skb, svc, dest, true)) {
			genlmsg_cancel(skb, hdr);
			return -EMSGSIZE;
		}
		genlmsg_end(skb, hdr);
		cb->args[1] = dest->id + 1;
	}
	cb->args[1] = 0;
	return 0;
}

static void dump_all_dests(struct sk_buff *skb, struct netlink_callback *cb,
			   struct lb_net *lbn)
{
	unsigned long id;
	struct lb_svc *svc;

	xa_for_each_start(&lbn->svcs, id, svc, cb->args[0]) {
		if (id != cb->args[0])
			cb->args[1] = 0;
		cb->args[0] = id;
		if (dump_dests(skb, cb, svc))
			return;
		cb->args[0] = id + 1;
	}
}

static int dump_one(struct sk_buff *skb, struct netlink_callback *cb,
		    struct lb_net *lbn, const struct lb_svc_key *key)
{
	struct lb_svc *svc = lb_svc_find(lbn, key);

	if (!svc)
		return no_service(cb->extack);
	if (!cb->args[2] && !dump_dests(skb, cb, svc))
		cb->args[2] = 1;
	return 0;
}

int lb_nl_dest_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lb_net *lbn = lb_net_get(sock_net(skb->sk));
	struct nlattr **tb = lb_compat_dump_attrs(cb);
	struct lb_svc_key key;
	bool one = has_key(tb);
	int err = 0;

	if (one)
		err = parse_key(tb, &key, cb->extack);
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

static u32 milliseconds_left(const struct lb_conn *conn)
{
	s32 ticks = READ_ONCE(conn->expires) - lb_now();

	return ((u64)max(ticks, 0) << LB_TICK_SHIFT) * MSEC_PER_SEC / HZ;
}

static int put_conn(struct sk_buff *skb, const struct lb_conn *conn)
{
	const struct lb_tuple4 *t = &conn->orig.tuple;

	if (nla_put_u8(skb, LB_A_CONN_FAMILY, AF_INET) ||
	    nla_put_u8(skb, LB_A_CONN_PROTOCOL, t->proto) ||
	    nla_put_be32(skb, LB_A_CONN_CLIENT_ADDR4, t->saddr) ||
	    nla_put_be16(skb, LB_A_CONN_CLIENT_PORT, t->sport) ||
	    nla_put_be32(skb, LB_A_CONN_VIRTUAL_ADDR4, t->daddr) ||
	    nla_put_be16(skb, LB_A_CONN_VIRTUAL_PORT, t->dport) ||
	    nla_put_be32(skb, LB_A_CONN_DEST_ADDR4, conn->dest->key.addr.ip) ||
	    nla_put_be16(skb, LB_A_CONN_DEST_PORT, conn->dport) ||
	    (conn->fwmark &&
	     nla_put_u32(skb, LB_A_CONN_FWMARK, conn->fwmark)) ||
	    nla_put_u8(skb, LB_A_CONN_FORWARD, conn->forward) ||
	    nla_put_u8(skb, LB_A_CONN_STATE, READ_ONCE(conn->state)) ||
	    nla_put_u32(skb, LB_A_CONN_EXPIRES, milliseconds_left(conn)) ||
	    (t->template && nla_put_flag(skb, LB_A_CONN_TEMPLATE)))
		return -EMSGSIZE;
	return 0;
}

/**
 * struct conn_dump - Argument of dump_conn().
 * @skb: To be filled.
 * @cb: The dump.
 */
struct conn_dump {
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int dump_conn(const struct lb_conn *conn, void *arg)
{
	struct conn_dump *dump = arg;
	struct sk_buff *skb = dump->skb;
	struct netlink_callback *cb = dump->cb;
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &family, NLM_F_MULTI, LB_CMD_CONN_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (put_conn(skb, conn)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int lb_nl_conn_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lb_net *lbn = lb_net_get(sock_net(skb->sk));
	struct conn_dump dump = { .skb = skb, .cb = cb };

	BUILD_BUG_ON(sizeof(struct lb_conn_cursor) > sizeof(cb->ctx));

	if (refuse_attributes(cb->nlh, cb->extack))
		return -EINVAL;
	lb_conn_walk(lbn->conns, (struct lb_conn_cursor *)cb->ctx, dump_conn,
		     &dump);
	return skb->len;
}

/* Which timeout a setting is. */
static const u8 config_state[LB_A_CONFIG_MAX + 1] = {
	[LB_A_CONFIG_TCP_TIMEOUT] = LB_STATE_ESTABLISHED,
	[LB_A_CONFIG_TCP_FIN_TIMEOUT] = LB_STATE_FIN_WAIT,
	[LB_A_CONFIG_UDP_TIMEOUT] = LB_STATE_UDP,
};

static int put_config(struct sk_buff *skb, const struct lb_net *lbn)
{
	int i;

	for (i = 1; i <= LB_A_CONFIG_MAX; i++)
		if (nla_put_u32(skb, i,
				lb_seconds(lbn->timeout[config_state[i]])))
			return -EMSGSIZE;
	return 0;
}

int lb_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct reply reply;
	int err;

	err = refuse_attributes(info->nlhdr, info->extack) ?:
	      reply_begin(&reply, info, LB_CMD_CONFIG_GET);
	if (err)
		return err;
	mutex_lock(&lbn->cfg_lock);
	err = put_config(reply.skb, lbn);
	mutex_unlock(&lbn->cfg_lock);
	return reply_end(&reply, info, err);
}

/* The message is freed if it could not be filled. */
static void send_event(struct lb_net *lbn, struct sk_buff *skb, void *hdr,
		       int err)
{
	if (err) {
		nlmsg_free(skb);
		return;
	}
	genlmsg_end(skb, hdr);
	genlmsg_multicast_netns(&family, lbn->net, skb, 0, LB_NLGRP_CONFIG,
				GFP_KERNEL);
}

static struct sk_buff *alloc_event(const struct lb_net *lbn, u8 cmd,
				   void **hdr)
{
	struct sk_buff *skb;

	if (!genl_has_listeners(&family, lbn->net, LB_NLGRP_CONFIG))
		return NULL;
	skb = genlmsg_new(GENLMSG_DEFAULT_SIZE, GFP_KERNEL);
	if (skb)
		*hdr = genlmsg_put(skb, 0, 0, &family, 0, cmd);
	return skb;
}

static void notify(struct lb_net *lbn, enum lb_svc_event event,
		   const struct lb_svc *svc, const struct lb_dest *dest)
{
	static const u8 cmds[] = {
		[LB_SVC_SET] = LB_CMD_SERVICE_NTF,
		[LB_SVC_DEL] = LB_CMD_SERVICE_DEL_NTF,
		[LB_DEST_SET] = LB_CMD_DEST_NTF,
		[LB_DEST_DEL] = LB_CMD_DEST_DEL_NTF,
	};
	struct sk_buff *skb;
	void *hdr;
	int err;

	skb = alloc_event(lbn, cmds[event], &hdr);
	if (!skb)
		return;
	if (event == LB_SVC_SET)
		err = put_svc(skb, lbn, svc);
	else if (event == LB_SVC_DEL)
		err = put_key(skb, &svc->key);
	else
		err = put_dest(skb, svc, dest, event == LB_DEST_SET);
	send_event(lbn, skb, hdr, err);
}

static void notify_config(struct lb_net *lbn)
{
	struct sk_buff *skb;
	void *hdr;

	skb = alloc_event(lbn, LB_CMD_CONFIG_NTF, &hdr);
	if (skb)
		send_event(lbn, skb, hdr, put_config(skb, lbn));
}

static int check_config(struct nlattr **tb, struct netlink_ext_ack *extack)
{
	u32 value;
	int i;

	for (i = 1; i <= LB_A_CONFIG_MAX; i++) {
		if (!take_u32(tb[i], &value))
			continue;
		if (value && value <= LB_TIMEOUT_MAX)
			continue;
		NL_SET_ERR_MSG(extack,
			       "a timeout must be 1 to 2678400 seconds");
		return refuse(extack, tb[i], -ERANGE);
	}
	return 0;
}

int lb_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct nlattr **tb = info->attrs;
	u32 value;
	int err;
	int i;

	err = check_config(tb, info->extack);
	if (err)
		return err;

	mutex_lock(&lbn->cfg_lock);
	for (i = 1; i <= LB_A_CONFIG_MAX; i++)
		if (take_u32(tb[i], &value))
			WRITE_ONCE(lbn->timeout[config_state[i]],
				   lb_ticks(value));
	notify_config(lbn);
	mutex_unlock(&lbn->cfg_lock);
	return 0;
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

static int put_sched_name(const char *name, void *arg)
{
	return nla_put_string(arg, LB_A_INFO_SCHEDULER, name);
}

static int put_info(struct sk_buff *skb, struct lb_net *lbn)
{
	struct lb_stats rate = {};
	struct lb_stats sum = {};
	int i;

	lb_svc_read_all(lbn, &sum, &rate);
	if (nla_put_string(skb, LB_A_INFO_VERSION, LB_VERSION) ||
	    nla_put_u32(skb, LB_A_INFO_SERVICES, lbn->num_svcs) ||
	    nla_put_u32(skb, LB_A_INFO_CONNS, lb_conn_count(lbn->conns)) ||
	    nla_put_u32(skb, LB_A_INFO_CONN_TABLE_SIZE,
			lb_conn_table_size(lbn->conns)) ||
	    put_stats(skb, LB_A_INFO_STATS, &sum, &rate))
		return -EMSGSIZE;
	for (i = 0; i <= LB_DROP_MAX; i++)
		if (put_drop(skb, lbn, i))
			return -EMSGSIZE;
	return lb_sched_names(put_sched_name, skb);
}

int lb_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct reply reply;
	int err;

	err = refuse_attributes(info->nlhdr, info->extack) ?:
	      reply_begin(&reply, info, LB_CMD_INFO_GET);
	if (err)
		return err;
	mutex_lock(&lbn->cfg_lock);
	err = put_info(reply.skb, lbn);
	mutex_unlock(&lbn->cfg_lock);
	return reply_end(&reply, info, err);
}

static const struct genl_multicast_group groups[] = {
	[LB_NLGRP_CONFIG] = { .name = LB_MCGRP_CONFIG },
};

static struct genl_family family = {
	.name = LB_GENL_NAME,
	.version = LB_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	/* Newer commands could not use NLM_F_CREATE, EXCL and REPLACE. */
	.resv_start_op = LB_CMD_MAX + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};

/**
 * lb_netlink_init() - Take requests; the last step of loading.
 *
 * Return: 0 or -errno.
 */
int lb_netlink_init(void)
{
	lb_svc_notify = notify;
	return lb_compat_genl_register(&family, lb_nl_ops,
				       ARRAY_SIZE(lb_nl_ops));
}

/** lb_netlink_exit() - Take no more requests; the first step of unloading. */
void lb_netlink_exit(void)
{
	genl_unregister_family(&family);
	lb_svc_notify = NULL;
}
