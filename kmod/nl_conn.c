// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family: connections, listed, made and forgotten. */

#include <linux/sched/signal.h>
#include <net/ipv6.h>
#include <net/sock.h>

#include "conn.h"
#include "image.h"
#include "netlink.h"
#include "nl_gen.h"

/* Connections that are visited in one go. */
#define BATCH 4096

static u32 milliseconds_left(const struct lb_conn *conn)
{
	s32 ticks = READ_ONCE(conn->expires) - lb_now();

	return div_u64(((u64)max(ticks, 0) << LB_TICK_SHIFT) * MSEC_PER_SEC,
		       HZ);
}

static int put_ends(struct sk_buff *skb, const struct lb_conn *conn)
{
	const union lb_addr virtual = lb_conn_virtual(conn);
	const union lb_addr client = lb_conn_client(conn);
	const struct lb_key *key = &conn->orig.key;

	if (nla_put_u8(skb, LB_A_CONN_FAMILY, key->ipv6 ? AF_INET6 : AF_INET) ||
	    nla_put_u8(skb, LB_A_CONN_PROTOCOL, key->proto) ||
	    lb_netlink_put_addr(skb, LB_A_CONN_CLIENT_ADDR4,
				LB_A_CONN_CLIENT_ADDR6, key->ipv6, &client) ||
	    nla_put_be16(skb, LB_A_CONN_CLIENT_PORT,
			 key->template ? 0 : key->sport) ||
	    lb_netlink_put_addr(skb, LB_A_CONN_VIRTUAL_ADDR4,
				LB_A_CONN_VIRTUAL_ADDR6, key->ipv6, &virtual) ||
	    nla_put_be16(skb, LB_A_CONN_VIRTUAL_PORT, key->dport) ||
	    lb_netlink_put_addr(skb, LB_A_CONN_DEST_ADDR4,
				LB_A_CONN_DEST_ADDR6,
				lb_dest_is_ipv6(conn->dest),
				&conn->dest->key.addr) ||
	    nla_put_be16(skb, LB_A_CONN_DEST_PORT, conn->dport))
		return -EMSGSIZE;
	return 0;
}

static int put_pe(struct sk_buff *skb, const struct lb_conn *conn)
{
	const struct lb_call_id *id = lb_conn_ext(conn);

	if (conn->ext != LB_EXT_CALL_ID)
		return 0;
	return nla_put_string(skb, LB_A_CONN_PE, "sip") ?:
	       nla_put_string(skb, LB_A_CONN_PE_DATA, id->text);
}

static int put_conn(struct sk_buff *skb, const struct lb_conn *conn)
{
	if (put_ends(skb, conn) ||
	    (conn->fwmark &&
	     nla_put_u32(skb, LB_A_CONN_FWMARK, conn->fwmark)) ||
	    nla_put_u8(skb, LB_A_CONN_FORWARD, conn->forward) ||
	    nla_put_u8(skb, LB_A_CONN_STATE, READ_ONCE(conn->state)) ||
	    nla_put_u32(skb, LB_A_CONN_EXPIRES, milliseconds_left(conn)) ||
	    (lb_key_is_template(&conn->orig.key) &&
	     nla_put_flag(skb, LB_A_CONN_TEMPLATE)) ||
	    put_pe(skb, conn))
		return -EMSGSIZE;
	return 0;
}

static int put_ftp(struct sk_buff *skb, const struct lb_ftp *ftp)
{
	if (nla_put_u32(skb, LB_A_CONN_FTP_POS, ftp->pos) ||
	    nla_put_u32(skb, LB_A_CONN_FTP_BEFORE, ftp->before) ||
	    nla_put_u32(skb, LB_A_CONN_FTP_AFTER, ftp->after))
		return -EMSGSIZE;
	return ftp->passive ? nla_put_flag(skb, LB_A_CONN_FTP_PASSIVE) : 0;
}

/* What is of use only for who wants to make it again. */
static int put_image(struct sk_buff *skb, struct lb_conn *conn)
{
	struct lb_image image;

	local_bh_disable();
	lb_image_of(&image, conn);
	local_bh_enable();
	if ((image.heard && nla_put_flag(skb, LB_A_CONN_HEARD)) ||
	    (image.persistent && nla_put_flag(skb, LB_A_CONN_PERSISTENT)) ||
	    (image.tuple.template == LB_TEMPLATE_EXPECTED &&
	     nla_put_flag(skb, LB_A_CONN_EXPECTED)) ||
	    nla_put_be16(skb, LB_A_CONN_OWN_PORT, image.own_port) ||
	    (image.control &&
	     nla_put_be16(skb, LB_A_CONN_CONTROL_PORT, image.control)))
		return -EMSGSIZE;
	if (image.ext == LB_EXT_FTP)
		return put_ftp(skb, &image.ftp);
	if (image.ext == LB_EXT_CALL_ID && conn->ext != LB_EXT_CALL_ID)
		return nla_put_string(skb, LB_A_CONN_CALL_ID,
				      image.call_id.text);
	return 0;
}

static int dump_conn(struct lb_conn *conn, struct sk_buff *skb,
		     struct netlink_callback *cb, bool image)
{
	void *hdr;

	hdr = genlmsg_put(skb, NETLINK_CB(cb->skb).portid, cb->nlh->nlmsg_seq,
			  &lb_netlink_family, NLM_F_MULTI, LB_CMD_CONN_GET);
	if (!hdr)
		return -EMSGSIZE;
	if (put_conn(skb, conn) || (image && put_image(skb, conn))) {
		genlmsg_cancel(skb, hdr);
		return -EMSGSIZE;
	}
	genlmsg_end(skb, hdr);
	return 0;
}

/**
 * struct walk - A walk through the table for a request.
 * @tb: The request's attributes: connections that have them are meant.
 * @svc_key: LB_A_CONN_SERVICE.
 * @client: LB_A_CONN_CLIENT_ADDR4 or LB_A_CONN_CLIENT_ADDR6.
 * @dest: LB_A_CONN_DEST_ADDR4 or LB_A_CONN_DEST_ADDR6.
 * @client_family: Of @client, AF_UNSPEC if any will do.
 * @client_plen: So many bits of @client count.
 * @dest_family: Of @dest, AF_UNSPEC if any will do.
 * @left: Connections to visit before others may have the table.
 * @table: Of a flush.
 * @skb: Of a dump, to be filled.
 * @cb: The dump, NULL in a flush.
 */
struct walk {
	struct nlattr **tb;
	struct lb_svc_key svc_key;
	union lb_addr client;
	union lb_addr dest;
	u8 client_family;
	u8 client_plen;
	u8 dest_family;
	u32 left;
	struct lb_conn_table *table;
	struct sk_buff *skb;
	struct netlink_callback *cb;
};

static int parse_client(struct walk *walk, struct netlink_ext_ack *extack)
{
	const struct nlattr *addr4 = walk->tb[LB_A_CONN_CLIENT_ADDR4];
	const struct nlattr *addr6 = walk->tb[LB_A_CONN_CLIENT_ADDR6];
	const struct nlattr *plen = walk->tb[LB_A_CONN_CLIENT_PLEN];
	u8 max;
	int err;

	if (!addr4 && !addr6 && plen) {
		NL_SET_ERR_MSG(extack, "a prefix length needs an address");
		NL_SET_ERR_ATTR_MISS(extack, NULL, LB_A_CONN_CLIENT_ADDR4);
		return -EINVAL;
	}
	if (!addr4 && !addr6)
		return 0;
	err = lb_netlink_parse_addr(addr4, addr6, &walk->client,
				    &walk->client_family, extack);
	if (err)
		return err;

	max = walk->client_family == AF_INET6 ? 128 : 32;
	walk->client_plen = plen ? nla_get_u8(plen) : max;
	if (walk->client_plen <= max)
		return 0;
	NL_SET_ERR_MSG(extack, "the prefix is longer than the address");
	return lb_refuse(extack, plen, -EINVAL);
}

static int parse_dest(struct walk *walk, struct netlink_ext_ack *extack)
{
	const struct nlattr *addr4 = walk->tb[LB_A_CONN_DEST_ADDR4];
	const struct nlattr *addr6 = walk->tb[LB_A_CONN_DEST_ADDR6];

	if (!addr4 && !addr6)
		return 0;
	return lb_netlink_parse_addr(addr4, addr6, &walk->dest,
				     &walk->dest_family, extack);
}

static int parse_service(struct walk *walk, struct netlink_ext_ack *extack)
{
	const struct nlattr *nest = walk->tb[LB_A_CONN_SERVICE];
	struct nlattr *tb[LB_A_SERVICE_ADDR6 + 1];
	int err;

	if (!nest)
		return 0;
	err = nla_parse_nested(tb, LB_A_SERVICE_ADDR6, nest,
			       lb_service_key_nl_policy, extack) ?:
	      lb_netlink_parse_key(tb, &walk->svc_key, extack);
	/* What it lacks is missing here, not in the request itself. */
	if (err && extack && extack->miss_type)
		extack->miss_nest = nest;
	return err;
}

static int walk_begin(struct walk *walk, struct nlattr **tb,
		      struct netlink_ext_ack *extack)
{
	memset(walk, 0, sizeof(*walk));
	walk->tb = tb;
	return parse_client(walk, extack) ?: parse_dest(walk, extack) ?:
	       parse_service(walk, extack);
}

static bool is_client_meant(const struct lb_conn *conn, const struct walk *walk)
{
	const u8 family = conn->orig.key.ipv6 ? AF_INET6 : AF_INET;
	const union lb_addr client = lb_conn_client(conn);

	/* An IPv4 address is where the first bits of an IPv6 one are. */
	return family == walk->client_family &&
	       ipv6_prefix_equal(&client.ip6, &walk->client.ip6,
				 walk->client_plen);
}

static bool is_dest_meant(const struct lb_conn *conn, const struct walk *walk)
{
	return conn->dest->key.family == walk->dest_family &&
	       ipv6_addr_equal(&conn->dest->key.addr.ip6, &walk->dest.ip6);
}

static bool is_meant(const struct lb_conn *conn, const struct walk *walk)
{
	struct nlattr **tb = walk->tb;

	if (tb[LB_A_CONN_PROTOCOL] &&
	    nla_get_u8(tb[LB_A_CONN_PROTOCOL]) != conn->orig.key.proto)
		return false;
	if (tb[LB_A_CONN_DEST_PORT] &&
	    nla_get_be16(tb[LB_A_CONN_DEST_PORT]) != conn->dport)
		return false;
	if (tb[LB_A_CONN_STATE] &&
	    nla_get_u8(tb[LB_A_CONN_STATE]) != READ_ONCE(conn->state))
		return false;
	if (tb[LB_A_CONN_SERVICE] &&
	    !lb_svc_key_is(&conn->dest->svc_key, &walk->svc_key))
		return false;
	return (!walk->client_family || is_client_meant(conn, walk)) &&
	       (!walk->dest_family || is_dest_meant(conn, walk));
}

static int visit_conn(struct lb_conn *conn, void *arg)
{
	struct walk *walk = arg;
	struct nlattr **tb = walk->tb;

	if (!walk->left--)
		return -EAGAIN;
	if (!is_meant(conn, walk))
		return 0;
	if (walk->cb)
		return dump_conn(conn, walk->skb, walk->cb,
				 tb[LB_A_CONN_IMAGE]);
	local_bh_disable();
	lb_conn_kill(walk->table, conn);
	local_bh_enable();
	return 0;
}

/* The table does not grow while it is walked through, so let go of it often. */
static int walk_on(struct lb_conn_table *table, struct lb_table_cursor *cursor,
		   struct walk *walk)
{
	int err;

	do {
		walk->left = BATCH;
		err = lb_conn_walk(table, cursor, visit_conn, walk);
	} while (err == -EAGAIN && !fatal_signal_pending(current));
	return err;
}

int lb_nl_conn_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb)
{
	struct lb_net *lbn = lb_net_get(sock_net(skb->sk));
	struct lb_conn_table *table = lb_net_conns(lbn);
	struct walk walk;
	int err;

	BUILD_BUG_ON(sizeof(struct lb_table_cursor) > sizeof(cb->ctx));

	err = walk_begin(&walk, lb_compat_dump_attrs(cb), cb->extack);
	if (err)
		return err;
	walk.skb = skb;
	walk.cb = cb;
	if (table)
		walk_on(table, (struct lb_table_cursor *)cb->ctx, &walk);
	return skb->len;
}

int lb_nl_conn_flush_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	struct lb_table_cursor cursor = {};
	struct walk walk;
	int err;

	err = walk_begin(&walk, info->attrs, info->extack);
	if (err)
		return err;
	walk.table = lb_net_conns(lbn);
	if (!walk.table)
		return 0;
	err = walk_on(walk.table, &cursor, &walk);
	return err == -EAGAIN ? -EINTR : err;
}

static int parse_ends(struct nlattr **tb, struct lb_image *image,
		      struct netlink_ext_ack *extack)
{
	static const struct {
		u16 addr4;
		u16 addr6;
	} ends[] = {
		{ LB_A_CONN_CLIENT_ADDR4, LB_A_CONN_CLIENT_ADDR6 },
		{ LB_A_CONN_VIRTUAL_ADDR4, LB_A_CONN_VIRTUAL_ADDR6 },
		{ LB_A_CONN_DEST_ADDR4, LB_A_CONN_DEST_ADDR6 },
	};
	struct lb_tuple *t = &image->tuple;
	union lb_addr addr[3] = {};
	u8 family[3];
	int err, i;

	for (i = 0; i < 3; i++) {
		if (!tb[ends[i].addr4] && !tb[ends[i].addr6]) {
			NL_SET_ERR_MSG(extack, "a connection has three ends");
			NL_SET_ERR_ATTR_MISS(extack, NULL, ends[i].addr4);
			return -EINVAL;
		}
		err = lb_netlink_parse_addr(tb[ends[i].addr4],
					    tb[ends[i].addr6], &addr[i],
					    &family[i], extack);
		if (err)
			return err;
	}
	if (family[0] != family[1]) {
		NL_SET_ERR_MSG(extack, "the address is of another family");
		return lb_refuse(extack, tb[ends[1].addr4] ?:
					 tb[ends[1].addr6], -EINVAL);
	}
	t->ipv6 = family[0] == AF_INET6;
	t->saddr = addr[0].ip;
	t->daddr = addr[1].ip;
	t->saddr6 = addr[0].ip6;
	t->daddr6 = addr[1].ip6;
	image->dest = addr[2];
	image->dest_family = family[2];
	return 0;
}

static __be16 port_in(const struct nlattr *attr)
{
	return attr ? nla_get_be16(attr) : 0;
}

static u32 number_in(const struct nlattr *attr)
{
	return attr ? nla_get_u32(attr) : 0;
}

/* What is wrong with a text shows when the image is applied. */
static void parse_ext(struct nlattr **tb, struct lb_image *image)
{
	const struct nlattr *text = tb[LB_A_CONN_PE_DATA] ?:
				    tb[LB_A_CONN_CALL_ID];

	if (tb[LB_A_CONN_FTP_POS]) {
		image->ext = LB_EXT_FTP;
		image->ftp = (struct lb_ftp){
			.pos = number_in(tb[LB_A_CONN_FTP_POS]),
			.before = number_in(tb[LB_A_CONN_FTP_BEFORE]),
			.after = number_in(tb[LB_A_CONN_FTP_AFTER]),
			.passive = tb[LB_A_CONN_FTP_PASSIVE],
		};
	} else if (text) {
		image->ext = LB_EXT_CALL_ID;
		image->call_id.client = lb_tuple_saddr(&image->tuple);
		/* One that is too long is no other one. */
		if (nla_strscpy(image->call_id.text, text,
				sizeof(image->call_id.text)) < 0)
			image->call_id.text[0] = '\0';
	}
}

static u8 template_in(struct nlattr **tb)
{
	if (tb[LB_A_CONN_EXPECTED])
		return LB_TEMPLATE_EXPECTED;
	if (!tb[LB_A_CONN_TEMPLATE])
		return 0;
	return tb[LB_A_CONN_PE_DATA] ? LB_TEMPLATE_CALL_ID :
				       LB_TEMPLATE_CLIENT;
}

static int parse_image(struct nlattr **tb, struct lb_image *image,
		       struct netlink_ext_ack *extack)
{
	static const u16 needed[] = {
		LB_A_CONN_PROTOCOL, LB_A_CONN_FORWARD, LB_A_CONN_STATE,
		LB_A_CONN_EXPIRES,
	};
	u64 jiffies_left;
	size_t i;
	int err;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		if (tb[needed[i]])
			continue;
		NL_SET_ERR_MSG(extack, "a connection has all of these");
		NL_SET_ERR_ATTR_MISS(extack, NULL, needed[i]);
		return -EINVAL;
	}
	memset(image, 0, sizeof(*image));
	err = parse_ends(tb, image, extack);
	if (err)
		return err;

	image->tuple.proto = nla_get_u8(tb[LB_A_CONN_PROTOCOL]);
	image->tuple.sport = port_in(tb[LB_A_CONN_CLIENT_PORT]);
	image->tuple.dport = port_in(tb[LB_A_CONN_VIRTUAL_PORT]);
	image->tuple.template = template_in(tb);
	image->dport = port_in(tb[LB_A_CONN_DEST_PORT]);
	image->own_port = port_in(tb[LB_A_CONN_OWN_PORT]);
	image->control = port_in(tb[LB_A_CONN_CONTROL_PORT]);
	image->fwmark = number_in(tb[LB_A_CONN_FWMARK]);
	image->forward = nla_get_u8(tb[LB_A_CONN_FORWARD]);
	image->state = nla_get_u8(tb[LB_A_CONN_STATE]);
	image->heard = tb[LB_A_CONN_HEARD];
	image->persistent = tb[LB_A_CONN_PERSISTENT];
	jiffies_left = (u64)nla_get_u32(tb[LB_A_CONN_EXPIRES]) * HZ;
	image->left = div_u64(jiffies_left, MSEC_PER_SEC) >> LB_TICK_SHIFT;
	parse_ext(tb, image);
	return 0;
}

static int tell_refusal(int err, const struct lb_conn *conn,
			struct netlink_ext_ack *extack)
{
	switch (err) {
	case -ESRCH:
		NL_SET_ERR_MSG(extack, "no service could have this connection");
		break;
	case -ENOENT:
		NL_SET_ERR_MSG(extack, "the service has no such real server");
		break;
	case -EINVAL:
		NL_SET_ERR_MSG(extack, "there cannot be such a connection");
		break;
	case -ENOSPC:
		NL_SET_ERR_MSG(extack, "there are as many connections as conn_max, or user_conn_max, allows");
		break;
	case -EEXIST:
		if (conn) {
			NL_SET_ERR_MSG(extack, "the connection is there already");
			break;
		}
		NL_SET_ERR_MSG(extack, "another connection has the same ends at the real server");
		return -EADDRINUSE;
	}
	return err;
}

int lb_nl_conn_set_doit(struct sk_buff *skb, struct genl_info *info)
{
	struct lb_net *lbn = lb_net_get(genl_info_net(info));
	u16 flags = info->nlhdr->nlmsg_flags;
	struct lb_image image;
	struct lb_conn *conn;
	int err;

	if (!(flags & NLM_F_CREATE)) {
		NL_SET_ERR_MSG(info->extack, "this needs the flag NLM_F_CREATE");
		return -EINVAL;
	}
	err = parse_image(info->attrs, &image, info->extack);
	if (err)
		return err;
	rcu_read_lock();
	local_bh_disable();
	err = lb_image_apply(lbn, &image, !(flags & NLM_F_EXCL), &conn);
	local_bh_enable();
	err = tell_refusal(err, conn, info->extack);
	rcu_read_unlock();
	return err;
}
