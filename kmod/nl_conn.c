// SPDX-License-Identifier: GPL-2.0-only
/* The netlink family: connections. */

#include <net/sock.h>

#include "conn.h"
#include "netlink.h"
#include "nl_gen.h"

static u32 milliseconds_left(const struct lb_conn *conn)
{
	s32 ticks = READ_ONCE(conn->expires) - lb_now();

	return ((u64)max(ticks, 0) << LB_TICK_SHIFT) * MSEC_PER_SEC / HZ;
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
	    nla_put_be16(skb, LB_A_CONN_CLIENT_PORT, key->sport) ||
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

static int put_conn(struct sk_buff *skb, const struct lb_conn *conn)
{
	if (put_ends(skb, conn) ||
	    (conn->fwmark &&
	     nla_put_u32(skb, LB_A_CONN_FWMARK, conn->fwmark)) ||
	    nla_put_u8(skb, LB_A_CONN_FORWARD, conn->forward) ||
	    nla_put_u8(skb, LB_A_CONN_STATE, READ_ONCE(conn->state)) ||
	    nla_put_u32(skb, LB_A_CONN_EXPIRES, milliseconds_left(conn)) ||
	    (conn->orig.key.template && nla_put_flag(skb, LB_A_CONN_TEMPLATE)))
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
			  &lb_netlink_family, NLM_F_MULTI, LB_CMD_CONN_GET);
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

	if (lb_netlink_refuse_attributes(cb->nlh, cb->extack))
		return -EINVAL;
	lb_conn_walk(lbn->conns, (struct lb_conn_cursor *)cb->ctx, dump_conn,
		     &dump);
	return skb->len;
}
