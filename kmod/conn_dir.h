/* SPDX-License-Identifier: GPL-2.0-only */
/* Directions of connections in the table: what they are found by. */
#ifndef _LB_CONN_DIR_H
#define _LB_CONN_DIR_H

#include <net/ipv6.h>

#include "conn.h"

/** lb_conn_dir_words() - A key as it is hashed and compared. */
static inline const u64 *lb_conn_dir_words(const struct lb_key *key)
{
	return (const u64 *)key;
}

/** lb_conn_dir_is_key() - Are two keys the same? dir is not part of them. */
static inline bool lb_conn_dir_is_key(const struct lb_key *a,
				      const struct lb_key *b)
{
	const union {
		u64 word[2];
		struct lb_key key;
	} dir = { .key.dir = 0xff };
	const u64 *x = lb_conn_dir_words(a), *y = lb_conn_dir_words(b);

	return x[0] == y[0] && !((x[1] ^ y[1]) & ~dir.word[1]);
}

/** lb_conn_of() - The connection that a direction is of. */
static inline struct lb_conn *lb_conn_of(const struct lb_conn_dir *d)
{
	if (d->key.dir == LB_DIR_REPLY)
		return container_of(d, struct lb_conn, reply);
	return container_of(d, struct lb_conn, orig);
}

/** lb_conn_dir_saddr6() - Where the IPv6 source address of its packets is. */
static inline const struct in6_addr *
lb_conn_dir_saddr6(const struct lb_conn_dir *d)
{
	const struct lb_conn *conn = lb_conn_of(d);

	return d->key.dir == LB_DIR_REPLY ? &conn->dest->key.addr.ip6 :
					    &lb_conn_addr6(conn)[0];
}

/** lb_conn_dir_daddr6() - Where their IPv6 destination address is. */
static inline const struct in6_addr *
lb_conn_dir_daddr6(const struct lb_conn_dir *d)
{
	const struct lb_conn *conn = lb_conn_of(d);

	return &lb_conn_addr6(conn)[d->key.dir == LB_DIR_ORIG];
}

/** lb_conn_dir_read() - The tuple that packets of a direction have. */
static inline void lb_conn_dir_read(const struct lb_conn_dir *d,
				    struct lb_tuple *t)
{
	t->key = d->key;
	t->dir = 0;
	if (!t->ipv6)
		return;
	t->saddr6 = *lb_conn_dir_saddr6(d);
	t->daddr6 = *lb_conn_dir_daddr6(d);
}

/** lb_conn_dir_is() - Does a packet go in a direction? @ipv6: the tuple's. */
static __always_inline bool lb_conn_dir_is(const struct lb_conn_dir *d,
					   const struct lb_tuple *t,
					   const bool ipv6)
{
	return lb_conn_dir_is_key(&d->key, &t->key) &&
	       (!ipv6 ||
		(ipv6_addr_equal(lb_conn_dir_saddr6(d), &t->saddr6) &&
		 ipv6_addr_equal(lb_conn_dir_daddr6(d), &t->daddr6)));
}

#endif /* _LB_CONN_DIR_H */
