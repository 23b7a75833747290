/* SPDX-License-Identifier: GPL-2.0-only */
/* Values of attributes, to and from netlink messages. */
#ifndef LBCTL_ATTRS_H
#define LBCTL_ATTRS_H

#include <assert.h>
#include <libmnl/libmnl.h>
#include <netinet/in.h>
#include <stdint.h>

#include "spec.h"

/* A set of them has room for all. */
static_assert(LB_A_SERVICE_MAX < 64 && LB_A_DEST_MAX < 64 &&
	      LB_A_CONFIG_MAX < 64 && LB_A_CONN_MAX < 64 &&
	      LB_A_SYNC_MAX < 64, "BIT()");

/*
 * num in the order of the host, but for addresses of IPv4; text, which may be
 * NULL, and nest are borrowed. All 0 if there is none.
 */
union value {
	struct in6_addr		addr6;
	uint64_t		num;
	const char		*text;
	const struct nlattr	*nest;
};

/* "" if there is none. */
static inline const char *value_text(union value val)
{
	return val.text ? val.text : "";
}

/* The keys and the settings of a set, as BIT()s. */
uint64_t attrs_keys(const struct spec_set *set);
uint64_t attrs_settings(const struct spec_set *set);

/* The value of an attribute of a message; false if it has none. */
bool attrs_value(const struct nlattr *attr, enum spec_type type,
		 union value *val);

/* Put those of given, a set of BIT(type), keys first; no nests. */
void attrs_put(struct nlmsghdr *nlh, const struct spec_set *set,
	       const union value *val, uint64_t given);

/* Take what a message, or a nest, has. */
void attrs_get_message(const struct nlmsghdr *nlh, const struct spec_set *set,
		       union value *val, uint64_t *given);
void attrs_get_nest(const struct nlattr *nest, const struct spec_set *set,
		    union value *val, uint64_t *given);

/* Are those of which equal, nests aside? */
bool attrs_equal(const struct spec_set *set, const union value *a,
		 const union value *b, uint64_t which);

#endif
