// SPDX-License-Identifier: GPL-2.0-only
/* Values of attributes, to and from netlink messages. */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <string.h>

#include "attrs.h"

const char *value_text(union value val)
{
	return val.bytes ? val.bytes : "";
}

static void put_value(struct nlmsghdr *nlh, enum spec_type type, uint16_t attr,
		      union value val)
{
	switch (type) {
	case SPEC_U8:
	case SPEC_SWITCH:
	case SPEC_ENUM:
		mnl_attr_put_u8(nlh, attr, val.num);
		break;
	case SPEC_PORT:
		mnl_attr_put_u16(nlh, attr, htons(val.num));
		break;
	case SPEC_U32:
	case SPEC_FLAGS:
	case SPEC_ADDR4:
		mnl_attr_put_u32(nlh, attr, val.num);
		break;
	case SPEC_STRING:
		mnl_attr_put_strz(nlh, attr, value_text(val));
		break;
	default:
		break;
	}
}

void attrs_put(struct nlmsghdr *nlh, const struct spec_set *set,
	       const union value *val, uint64_t given)
{
	uint16_t i;

	for (i = 1; i <= set->max; i++)
		if (given & BIT(i))
			put_value(nlh, spec_attr(set, i)->type, i, val[i]);
}

static bool get_value(const struct nlattr *attr, enum spec_type type,
		      union value *val)
{
	if (mnl_attr_get_payload_len(attr) < spec_size(type))
		return false;

	switch (type) {
	case SPEC_FLAG:
		val->num = 1;
		break;
	case SPEC_U8:
	case SPEC_SWITCH:
	case SPEC_ENUM:
		val->num = mnl_attr_get_u8(attr);
		break;
	case SPEC_PORT:
		val->num = ntohs(mnl_attr_get_u16(attr));
		break;
	case SPEC_U32:
	case SPEC_FLAGS:
	case SPEC_ADDR4:
		val->num = mnl_attr_get_u32(attr);
		break;
	case SPEC_U64:
		val->num = mnl_attr_get_u64(attr);
		break;
	case SPEC_STRING:
		if (mnl_attr_validate(attr, MNL_TYPE_NUL_STRING) < 0)
			return false;
		val->bytes = mnl_attr_get_str(attr);
		break;
	case SPEC_ADDR6:
		val->bytes = mnl_attr_get_payload(attr);
		break;
	case SPEC_NEST:
		val->bytes = attr;
		break;
	case SPEC_PAD:
		return false;
	}
	return true;
}

void attrs_get(const void *first, size_t len, const struct spec_set *set,
	       union value *val, uint64_t *given)
{
	const struct spec_attr *spec;
	const struct nlattr *attr;
	uint16_t type;

	mnl_attr_for_each_payload(first, len) {
		type = mnl_attr_get_type(attr);
		spec = spec_attr(set, type);
		if (spec && get_value(attr, spec->type, &val[type]))
			*given |= BIT(type);
	}
}

void attrs_get_message(const struct nlmsghdr *nlh, const struct spec_set *set,
		       union value *val, uint64_t *given)
{
	const size_t skip = sizeof(struct genlmsghdr);

	attrs_get(mnl_nlmsg_get_payload_offset(nlh, skip),
		  mnl_nlmsg_get_payload_len(nlh) - skip, set, val, given);
}

void attrs_get_nest(const struct nlattr *nest, const struct spec_set *set,
		    union value *val, uint64_t *given)
{
	attrs_get(mnl_attr_get_payload(nest), mnl_attr_get_payload_len(nest),
		  set, val, given);
}
