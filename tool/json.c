// SPDX-License-Identifier: GPL-2.0-only
/* Netlink messages as JSON, under the attribute names of the spec. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "json.h"
#include "spec.h"

static json_t *json_attrs(const struct spec_set *set,
			  const struct nlattr *first, size_t len);

static json_t *enum_value(const struct spec_attr *spec, uint8_t value)
{
	if (value < spec->n_values)
		return json_string(spec->values[value]);
	return json_integer(value);
}

static json_t *flags_value(const struct spec_attr *spec, uint32_t value)
{
	json_t *array = json_array();
	size_t i;

	for (i = 0; i < spec->n_values; i++)
		if (value & 1u << i)
			json_array_append_new(array,
					      json_string(spec->values[i]));
	return array;
}

static json_t *addr_value(int family, const struct nlattr *attr)
{
	char text[INET6_ADDRSTRLEN];

	return json_string(inet_ntop(family, mnl_attr_get_payload(attr), text,
				     sizeof(text)));
}

/* NULL if there is nothing to show. */
static json_t *attr_value(const struct spec_attr *spec,
			  const struct nlattr *attr)
{
	const char *payload = mnl_attr_get_payload(attr);
	uint16_t len = mnl_attr_get_payload_len(attr);

	if (len < spec_size(spec->type))
		return NULL;

	switch (spec->type) {
	case SPEC_PAD:
		return NULL;
	case SPEC_FLAG:
		return json_true();
	case SPEC_U8:
	case SPEC_SWITCH:
		return json_integer(mnl_attr_get_u8(attr));
	case SPEC_U32:
		return json_integer(mnl_attr_get_u32(attr));
	case SPEC_U64:
		return json_integer((json_int_t)mnl_attr_get_u64(attr));
	case SPEC_PORT:
		return json_integer(ntohs(mnl_attr_get_u16(attr)));
	case SPEC_ADDR4:
		return addr_value(AF_INET, attr);
	case SPEC_ADDR6:
		return addr_value(AF_INET6, attr);
	case SPEC_STRING:
		return json_stringn(payload, strnlen(payload, len));
	case SPEC_ENUM:
		return enum_value(spec, mnl_attr_get_u8(attr));
	case SPEC_FLAGS:
		return flags_value(spec, mnl_attr_get_u32(attr));
	case SPEC_NEST:
		return json_attrs(spec->nested,
				  (const struct nlattr *)payload, len);
	}
	return NULL;
}

static void add_value(json_t *object, const struct spec_attr *spec,
		      json_t *value)
{
	json_t *array;

	if (!value)
		return;
	if (!spec->multi) {
		json_object_set_new(object, spec->name, value);
		return;
	}
	array = json_object_get(object, spec->name);
	if (!array) {
		array = json_array();
		json_object_set_new(object, spec->name, array);
	}
	json_array_append_new(array, value);
}

static json_t *json_attrs(const struct spec_set *set,
			  const struct nlattr *first, size_t len)
{
	const char *end = (const char *)first + len;
	const struct nlattr *attr = first;
	json_t *object = json_object();
	const struct spec_attr *spec;

	for (; mnl_attr_ok(attr, end - (const char *)attr);
	     attr = mnl_attr_next(attr)) {
		spec = spec_attr(set, mnl_attr_get_type(attr));
		if (spec)
			add_value(object, spec, attr_value(spec, attr));
	}
	return object;
}

json_t *json_message(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct spec_set *set = spec_cmd_set(genl->cmd);
	size_t len = mnl_nlmsg_get_payload_len(nlh) - sizeof(*genl);

	if (!set)
		return json_object();
	return json_attrs(set, mnl_nlmsg_get_payload_offset(nlh,
							    sizeof(*genl)),
			  len);
}

void json_print(const json_t *json)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(json)) {
		json_dumpf(json, stdout, JSON_COMPACT);
		putchar('\n');
		return;
	}
	putchar('[');
	json_array_foreach(json, i, item) {
		fputs(i ? ",\n " : "", stdout);
		json_dumpf(item, stdout, JSON_COMPACT);
	}
	puts("]");
}
