/* SPDX-License-Identifier: GPL-2.0-only */
/* Nodes of the table of connections: what they are found by. */
#ifndef _LB_NODE_H
#define _LB_NODE_H

#include <net/ipv6.h>

#include "conn.h"

/** lb_node_words() - A key as it is hashed and compared. */
static inline const u64 *lb_node_words(const struct lb_key *key)
{
	return (const u64 *)key;
}

/** lb_node_is_key() - Are two keys the same? dir is not part of them. */
static inline bool lb_node_is_key(const struct lb_key *a,
				  const struct lb_key *b)
{
	const union {
		u64 word[2];
		struct lb_key key;
	} dir = { .key.dir = 0xff };
	const u64 *x = lb_node_words(a), *y = lb_node_words(b);

	return x[0] == y[0] && !((x[1] ^ y[1]) & ~dir.word[1]);
}

/** lb_node_conn() - The connection that a node is in. */
static inline struct lb_conn *lb_node_conn(const struct lb_node *node)
{
	if (node->key.dir == LB_DIR_REPLY)
		return container_of(node, struct lb_conn, reply);
	return container_of(node, struct lb_conn, orig);
}

/** lb_node_saddr6() - Where the IPv6 source address of a node is. */
static inline const struct in6_addr *lb_node_saddr6(const struct lb_node *node)
{
	const struct lb_conn *conn = lb_node_conn(node);

	return node->key.dir == LB_DIR_REPLY ? &conn->dest->key.addr.ip6 :
					       &lb_conn_addr6(conn)[0];
}

/** lb_node_daddr6() - Where the IPv6 destination address of a node is. */
static inline const struct in6_addr *lb_node_daddr6(const struct lb_node *node)
{
	const struct lb_conn *conn = lb_node_conn(node);

	return &lb_conn_addr6(conn)[node->key.dir == LB_DIR_ORIG];
}

/** lb_node_read() - The tuple that packets of a node's direction have. */
static inline void lb_node_read(const struct lb_node *node, struct lb_tuple *t)
{
	t->key = node->key;
	t->dir = 0;
	if (!t->ipv6)
		return;
	t->saddr6 = *lb_node_saddr6(node);
	t->daddr6 = *lb_node_daddr6(node);
}

/** lb_node_is() - Does a packet belong to a node? @ipv6: the tuple's. */
static __always_inline bool lb_node_is(const struct lb_node *node,
				       const struct lb_tuple *t,
				       const bool ipv6)
{
	return lb_node_is_key(&node->key, &t->key) &&
	       (!ipv6 ||
		(ipv6_addr_equal(lb_node_saddr6(node), &t->saddr6) &&
		 ipv6_addr_equal(lb_node_daddr6(node), &t->daddr6)));
}

#endif /* _LB_NODE_H */
