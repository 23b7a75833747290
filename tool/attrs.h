/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of attributes, to and from netlink messages. */
#ifndef LBCTL_ATTRS_H
#define LBCTL_ATTRS_H

#include <assert.h>
#include <libmnl/libmnl.h>
#include <stdint.h>

#include "spec.h"

#define BIT(n)		(1ull << (n))

/* A set of them has room for all. */
static_assert(LB_A_SERVICE_MAX < 64 && LB_A_DEST_MAX < 64 &&
	      LB_A_CONFIG_MAX < 64 && LB_A_CONN_MAX < 64, "BIT()");

/*
 * num in the order of the host, but for addresses of IPv4; bytes is borrowed:
 * a string, which ends with a NUL, an address of IPv6, or the attribute of a
 * nest. 0 or NULL if there is none.
 */
union value {
	uint64_t	num;
	const void	*bytes;
};

/* "" if there is none. */
const char *value_text(union value val);

/* Put those of given, a set of BIT(type), or take what a message has. */
void attrs_put(struct nlmsghdr *nlh, const struct spec_set *set,
	       const union value *val, uint64_t given);
void attrs_get(const void *first, size_t len, const struct spec_set *set,
	       union value *val, uint64_t *given);

/* All of a message, or of a nest. */
void attrs_get_message(const struct nlmsghdr *nlh, const struct spec_set *set,
		       union value *val, uint64_t *given);
void attrs_get_nest(const struct nlattr *nest, const struct spec_set *set,
		    union value *val, uint64_t *given);

#endif
