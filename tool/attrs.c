// SPDX-License-Identifier: GPL-2.0-only
/* Values of attributes, to and from netlink messages. */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <string.h>

#include "attrs.h"

static uint64_t bits(const uint16_t *type, size_t n)
{
	uint64_t all = 0;

	while (n--)
		all |= BIT(type[n]);
	return all;
}

uint64_t attrs_keys(const struct spec_set *set)
{
	return bits(set->keys, set->n_keys);
}

uint64_t attrs_settings(const struct spec_set *set)
{
	return bits(set->settings, set->n_settings);
}

static void put_value(struct nlmsghdr *nlh, enum spec_type type, uint16_t attr,
		      const union value *val)
{
	const struct nla_bitfield32 mark = {
		.value		= val->num,
		.selector	= val->num >> 32,
	};

	if (type == SPEC_MARK) {
		mnl_attr_put(nlh, attr, sizeof(mark), &mark);
		return;
	}
	switch (spec_size(type)) {
	case sizeof(uint8_t):
		mnl_attr_put_u8(nlh, attr, val->num);
		break;
	case sizeof(uint16_t):
		mnl_attr_put_u16(nlh, attr, htons(val->num));
		break;
	case sizeof(uint32_t):
		mnl_attr_put_u32(nlh, attr, val->num);
		break;
	case sizeof(uint64_t):
		mnl_attr_put_u64(nlh, attr, val->num);
		break;
	case sizeof(struct in6_addr):
		mnl_attr_put(nlh, attr, sizeof(val->addr6), &val->addr6);
		break;
	default:
		if (spec_is_string(type))
			mnl_attr_put_strz(nlh, attr, value_text(*val));
	}
}

void attrs_put(struct nlmsghdr *nlh, const struct spec_set *set,
	       const union value *val, uint64_t given)
{
	uint16_t type;
	size_t i;

	for (i = 0; i < set->n_keys + set->max; i++) {
		type = i < set->n_keys ? set->keys[i] : i - set->n_keys + 1;
		if (given & BIT(type))
			put_value(nlh, spec_attr(set, type)->type, type,
				  &val[type]);
		given &= ~BIT(type);
	}
}

bool attrs_value(const struct nlattr *attr, enum spec_type type,
		 union value *val)
{
	const size_t size = spec_size(type);
	struct nla_bitfield32 mark;

	if (mnl_attr_get_payload_len(attr) < size || type == SPEC_PAD ||
	    type == SPEC_BINARY)
		return false;
	if (spec_is_string(type) &&
	    mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
		return false;

	*val = (union value) { .addr6 = { { { 0 } } } };
	if (spec_is_string(type))
		val->text = mnl_attr_get_str(attr);
	else if (type == SPEC_NEST)
		val->nest = attr;
	else if (type == SPEC_ADDR6)
		memcpy(&val->addr6, mnl_attr_get_payload(attr), size);
	else if (type == SPEC_MARK)
		memcpy(&mark, mnl_attr_get_payload(attr), size);
	else if (type == SPEC_FLAG)
		val->num = true;
	else if (size == sizeof(uint8_t))
		val->num = mnl_attr_get_u8(attr);
	else if (size == sizeof(uint16_t))
		val->num = ntohs(mnl_attr_get_u16(attr));
	else if (size == sizeof(uint32_t))
		val->num = mnl_attr_get_u32(attr);
	else
		val->num = mnl_attr_get_u64(attr);
	if (type == SPEC_MARK)
		val->num = (uint64_t)mark.selector << 32 | mark.value;
	return true;
}

static void get_all(const void *first, size_t len, const struct spec_set *set,
		    union value *val, uint64_t *given)
{
	const struct spec_attr *spec;
	const struct nlattr *attr;
	uint16_t type;

	mnl_attr_for_each_payload(first, len) {
		type = mnl_attr_get_type(attr);
		spec = spec_attr(set, type);
		if (spec && attrs_value(attr, spec->type, &val[type]))
			*given |= BIT(type);
	}
}

void attrs_get_message(const struct nlmsghdr *nlh, const struct spec_set *set,
		       union value *val, uint64_t *given)
{
	const size_t skip = sizeof(struct genlmsghdr);

	get_all(mnl_nlmsg_get_payload_offset(nlh, skip),
		mnl_nlmsg_get_payload_len(nlh) - skip, set, val, given);
}

void attrs_get_nest(const struct nlattr *nest, const struct spec_set *set,
		    union value *val, uint64_t *given)
{
	get_all(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest),
		set, val, given);
}

bool attrs_equal(const struct spec_set *set, const union value *a,
		 const union value *b, uint64_t which)
{
	enum spec_type type;
	uint16_t i;

	for (i = 1; i <= set->max; i++) {
		if (!(which & BIT(i)))
			continue;
		type = spec_attr(set, i)->type;
		if (spec_is_string(type) ?
		    strcmp(value_text(a[i]), value_text(b[i])) :
		    type == SPEC_ADDR6 ?
		    memcmp(&a[i].addr6, &b[i].addr6, sizeof(a[i].addr6)) :
		    type != SPEC_NEST && a[i].num != b[i].num)
			return false;
	}
	return true;
}
