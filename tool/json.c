// SPDX-License-Identifier: GPL-2.0-only
/* Netlink messages as JSON, under the attribute names of the spec. */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <stdio.h>

#include "attrs.h"
#include "json.h"
#include "setting.h"

static json_t *json_attrs(const struct spec_set *set, const void *first,
			  size_t len);

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

/* NULL if there is nothing to show. */
static json_t *attr_value(const struct spec_attr *spec,
			  const struct nlattr *attr)
{
	const void *payload = mnl_attr_get_payload(attr);
	char text[INET6_ADDRSTRLEN];
	union value val;

	if (!attrs_value(attr, spec->type, &val))
		return NULL;

	switch (spec->type) {
	case SPEC_FLAG:
		return json_true();
	case SPEC_ADDR4:
	case SPEC_ADDR6:
		return json_string(inet_ntop(spec->type == SPEC_ADDR4 ?
					     AF_INET : AF_INET6, payload, text,
					     sizeof(text)));
	case SPEC_MARK:
		return json_string(setting_mark_text(text, val.num));
	case SPEC_STRING:
		return json_string(val.text);
	case SPEC_ENUM:
		if (val.num < spec->n_values)
			return json_string(spec->values[val.num]);
		return json_integer(val.num);
	case SPEC_FLAGS:
		return flags_value(spec, val.num);
	case SPEC_NEST:
		return json_attrs(spec->nested, payload,
				  mnl_attr_get_payload_len(attr));
	default:
		return json_integer((json_int_t)val.num);
	}
}

static void add_value(json_t *object, const struct spec_attr *spec,
		      json_t *value)
{
	json_t *array;

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

static json_t *json_attrs(const struct spec_set *set, const void *first,
			  size_t len)
{
	json_t *object = json_object();
	const struct spec_attr *spec;
	const struct nlattr *attr;
	json_t *value;

	mnl_attr_for_each_payload(first, len) {
		spec = spec_attr(set, mnl_attr_get_type(attr));
		value = spec ? attr_value(spec, attr) : NULL;
		if (value)
			add_value(object, spec, value);
	}
	return object;
}

json_t *json_message(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct spec_set *set = spec_cmd_set(genl->cmd);
	const size_t skip = sizeof(*genl);

	if (!set)
		return json_object();
	return json_attrs(set, mnl_nlmsg_get_payload_offset(nlh, skip),
			  mnl_nlmsg_get_payload_len(nlh) - skip);
}

static size_t style = JSON_COMPACT;

void json_pretty(bool on)
{
	style = on ? JSON_INDENT(4) : JSON_COMPACT;
}

void json_print_item(const json_t *item)
{
	json_dumpf(item, stdout, style);
}

void json_print(const json_t *json)
{
	const json_t *item;
	size_t i;

	if (!json_is_array(json) || style != JSON_COMPACT) {
		json_print_item(json);
		putchar('\n');
		return;
	}
	putchar('[');
	json_array_foreach(json, i, item) {
		fputs(i ? ",\n " : "", stdout);
		json_print_item(item);
	}
	puts("]");
}
