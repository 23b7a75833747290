// SPDX-License-Identifier: GPL-2.0-only
/* Requests about the daemons, which the netlink family passes on. */

#include <net/genetlink.h>
#include <net/sock.h>

#include "netlink.h"
#include "lb_sync.h"

static int parse_role(struct genl_info *info, u8 *role)
{
	const struct nlattr *attr = info->attrs[LB_A_SYNC_ROLE];

	if (!attr) {
		NL_SET_ERR_MSG(info->extack, "a daemon is master or backup");
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, LB_A_SYNC_ROLE);
		return -EINVAL;
	}
	*role = nla_get_u8(attr);
	return 0;
}

static int parse_group(struct nlattr **tb, struct lb_sync_addr *group,
		       struct netlink_ext_ack *extack)
{
	const struct nlattr *addr4 = tb[LB_A_SYNC_GROUP4];
	const struct nlattr *addr6 = tb[LB_A_SYNC_GROUP6];

	if (!addr4 && !addr6)
		return 0;
	return lb_netlink_parse_addr(addr4, addr6, &group->addr,
				     &group->family, extack);
}

static int parse_peer(const struct nlattr *nest, struct lb_sync_place *place,
		      struct netlink_ext_ack *extack)
{
	struct nlattr *tb[LB_A_SYNC_PEER_MAX + 1];
	struct lb_sync_addr *peer;
	int err;

	if (place->num_peers == LB_SYNC_PEERS) {
		NL_SET_ERR_MSG(extack, "there are more than 8 peers");
		return lb_refuse(extack, nest, -E2BIG);
	}
	peer = &place->peers[place->num_peers++];
	/* The family has compared it with its policy. */
	err = nla_parse_nested(tb, LB_A_SYNC_PEER_MAX, nest, NULL, extack);
	if (err)
		return err;
	if (!tb[LB_A_SYNC_PEER_ADDR4] && !tb[LB_A_SYNC_PEER_ADDR6]) {
		NL_SET_ERR_MSG(extack, "a peer needs an address");
		NL_SET_ERR_ATTR_MISS(extack, nest, LB_A_SYNC_PEER_ADDR4);
		return -EINVAL;
	}
	return lb_netlink_parse_addr(tb[LB_A_SYNC_PEER_ADDR4],
				     tb[LB_A_SYNC_PEER_ADDR6], &peer->addr,
				     &peer->family, extack);
}

static int parse_peers(struct genl_info *info, struct lb_sync_place *place)
{
	const struct nlattr *attr;
	int rem;
	int err;

	nlmsg_for_each_attr(attr, info->nlhdr, GENL_HDRLEN, rem) {
		if (nla_type(attr) != LB_A_SYNC_PEER)
			continue;
		err = parse_peer(attr, place, info->extack);
		if (err)
			return err;
	}
	return 0;
}

static int parse_key(struct nlattr **tb, struct lb_sync_place *place,
		     struct netlink_ext_ack *extack)
{
	const struct nlattr *attr = tb[LB_A_SYNC_KEY];

	if (!attr)
		return 0;
	if (!nla_len(attr) || nla_len(attr) > LB_SYNC_KEY_MAX) {
		NL_SET_ERR_MSG(extack, "a key has 1 to 64 bytes");
		return lb_refuse(extack, attr, -EINVAL);
	}
	place->key_len = nla_len(attr);
	memcpy(place->key, nla_data(attr), place->key_len);
	return 0;
}

static int parse_numbers(struct nlattr **tb, struct lb_sync_cfg *cfg,
			 struct netlink_ext_ack *extack)
{
	const struct nlattr *maxlen = tb[LB_A_SYNC_MAXLEN];

	if (maxlen && nla_get_u32(maxlen) > LB_SYNC_LEN_MAX) {
		NL_SET_ERR_MSG(extack, "messages have 65507 bytes at most");
		return lb_refuse(extack, maxlen, -ERANGE);
	}
	cfg->maxlen = maxlen ? nla_get_u32(maxlen) : 0;
	if (tb[LB_A_SYNC_SYNCID])
		cfg->syncid = nla_get_u8(tb[LB_A_SYNC_SYNCID]);
	if (tb[LB_A_SYNC_PORT])
		cfg->place.port = ntohs(nla_get_be16(tb[LB_A_SYNC_PORT]));
	if (tb[LB_A_SYNC_TTL])
		cfg->place.ttl = nla_get_u8(tb[LB_A_SYNC_TTL]);
	return 0;
}

static int parse_cfg(struct genl_info *info, struct lb_sync_cfg *cfg)
{
	const struct nlattr *device = info->attrs[LB_A_SYNC_INTERFACE];

	memset(cfg, 0, sizeof(*cfg));
	if (!device) {
		NL_SET_ERR_MSG(info->extack, "a daemon needs an interface");
		NL_SET_ERR_ATTR_MISS(info->extack, NULL, LB_A_SYNC_INTERFACE);
		return -EINVAL;
	}
	nla_strscpy(cfg->place.device, device, sizeof(cfg->place.device));
	return parse_role(info, &cfg->role) ?:
	       parse_numbers(info->attrs, cfg, info->extack) ?:
	       parse_group(info->attrs, &cfg->place.group, info->extack) ?:
	       parse_peers(info, &cfg->place) ?:
	       parse_key(info->attrs, &cfg->place, info->extack);
}

int lb_sync_request_set(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_sync_cfg cfg;
	int err;

	err = parse_cfg(info, &cfg);
	if (!err)
		err = lb_sync_start(lbn, &cfg,
				    info->nlhdr->nlmsg_flags & NLM_F_REPLACE,
				    info->extack);
	memzero_explicit(&cfg, sizeof(cfg));
	if (err == -EEXIST)
		lb_refuse(info->extack, info->attrs[LB_A_SYNC_ROLE], err);
	if (err == -ENODEV)
		lb_refuse(info->extack, info->attrs[LB_A_SYNC_INTERFACE], err);
	return err;
}

int lb_sync_request_del(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	u8 role;
	int err;

	err = parse_role(info, &role);
	if (err)
		return err;
	err = lb_sync_stop(lbn, role);
	if (!err)
		return 0;
	NL_SET_ERR_MSG(info->extack, "this daemon does not run");
	return lb_refuse(info->extack, info->attrs[LB_A_SYNC_ROLE], err);
}

static int put_group(struct sk_buff *skb, const struct lb_sync_addr *group)
{
	if (!group->family)
		return 0;
	return lb_netlink_put_addr(skb, LB_A_SYNC_GROUP4, LB_A_SYNC_GROUP6,
				   group->family == AF_INET6, &group->addr);
}

static int put_peer(struct sk_buff *skb, const struct lb_sync_addr *peer)
{
	struct nlattr *nest = nla_nest_start(skb, LB_A_SYNC_PEER);

	if (!nest ||
	    lb_netlink_put_addr(skb, LB_A_SYNC_PEER_ADDR4,
				LB_A_SYNC_PEER_ADDR6,
				peer->family == AF_INET6, &peer->addr))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

static int put_counter(struct sk_buff *skb, const struct lb_sync *sync,
		       enum lb_sync_count what)
{
	struct nlattr *nest = nla_nest_start(skb, LB_A_SYNC_COUNTER);

	if (!nest || nla_put_u8(skb, LB_A_SYNC_COUNTER_WHAT, what) ||
	    nla_put_u64_64bit(skb, LB_A_SYNC_COUNTER_COUNT,
			      atomic64_read(&sync->count[what]),
			      LB_A_SYNC_COUNTER_PAD))
		return -EMSGSIZE;
	nla_nest_end(skb, nest);
	return 0;
}

/* Those that a master has come before those of a backup. */
static int put_counters(struct sk_buff *skb, const struct lb_sync *sync,
			u8 role)
{
	int first = 0, last = LB_SYNC_COUNT_MESSAGES - 1;
	int i;

	if (role == LB_SYNC_ROLE_BACKUP) {
		first = LB_SYNC_COUNT_MESSAGES;
		last = LB_SYNC_COUNT_MAX;
	}
	for (i = first; i <= last; i++)
		if (put_counter(skb, sync, i))
			return -EMSGSIZE;
	return 0;
}

static int put_cfg(struct sk_buff *skb, const struct lb_sync_cfg *cfg)
{
	const struct lb_sync_place *place = &cfg->place;
	u8 i;

	if (nla_put_u8(skb, LB_A_SYNC_ROLE, cfg->role) ||
	    nla_put_string(skb, LB_A_SYNC_INTERFACE, place->device) ||
	    nla_put_u8(skb, LB_A_SYNC_SYNCID, cfg->syncid) ||
	    nla_put_u32(skb, LB_A_SYNC_MAXLEN, cfg->maxlen) ||
	    put_group(skb, &place->group) ||
	    nla_put_be16(skb, LB_A_SYNC_PORT, htons(place->port)) ||
	    nla_put_u8(skb, LB_A_SYNC_TTL, place->ttl) ||
	    (place->key_len && nla_put_flag(skb, LB_A_SYNC_KEYED)))
		return -EMSGSIZE;
	for (i = 0; i < place->num_peers; i++)
		if (put_peer(skb, &place->peers[i]))
			return -EMSGSIZE;
	return 0;
}

static int dump_daemon(struct sk_buff *skb, struct netlink_callback *cb,
		       const struct lb_sync *sync,
		       const struct lb_sync_cfg *cfg)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &lb_netlink_family, NLM_F_MULTI, LB_CMD_SYNC_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (put_cfg(skb, cfg) || put_counters(skb, sync, cfg->role)) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

int lb_sync_request_dump(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lb_net *lbn = lb_net_get(sock_net(skb->sk));
	const struct lb_sync *sync;

	if (lb_netlink_refuse_attributes(cb->nlh, cb->extack))
		return -EINVAL;
	mutex_lock(&lbn->cfg_lock);
	for (; cb->args[0] < LB_SYNC_ROLES; cb->args[0]++) {
		sync = lbn->sync;
		if (sync && sync->link[cb->args[0]] &&
		    dump_daemon(skb, cb, sync, &sync->cfg[cb->args[0]]))
			break;
	}
	mutex_unlock(&lbn->cfg_lock);
	return skb->len;
}
