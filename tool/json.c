// SPDX-License-Identifier: GPL-2.0-only
/* Netlink messages as JSON, under the attribute names of the spec. */
#include <arpa/inet.h>
#include <linux/genetlink.h>
#include <stdio.h>

#include "attrs.h"
#include "json.h"
#include "parse.h"
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

/* The number if there is no name. */
static json_t *name_or_number(const char *name, uint64_t num)
{
	return name ? json_string(name) : json_integer((json_int_t)num);
}

static const char *family_name(uint64_t family)
{
	return family == AF_INET ? "ipv4" : family == AF_INET6 ? "ipv6" : NULL;
}

/* A template of a mark has those of all protocols. */
static const char *any_protocol_name(uint64_t protocol)
{
	switch (protocol) {
	case 0:
		return "ip";
	case IPPROTO_TCP:
	case IPPROTO_UDP:
	case IPPROTO_SCTP:
		return protocol_name(protocol);
	}
	return NULL;
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
	case SPEC_SWITCH:
		return json_boolean(val.num);
	case SPEC_FAMILY:
		return name_or_number(family_name(val.num), val.num);
	case SPEC_PROTOCOL:
		return name_or_number(any_protocol_name(val.num), val.num);
	case SPEC_ADDR4:
	case SPEC_ADDR6:
		return json_string(inet_ntop(spec->type == SPEC_ADDR4 ?
					     AF_INET : AF_INET6, payload, text,
					     sizeof(text)));
	case SPEC_MARK:
		return json_string(setting_mark_text(text, val.num));
	case SPEC_STRING:
	case SPEC_TEXT:
		return json_string(val.text);
	case SPEC_ENUM:
		return name_or_number(val.num < spec->n_values ?
				      spec->values[val.num] : NULL, val.num);
	case SPEC_FLAGS:
		return flags_value(spec, val.num);
	case SPEC_NEST:
		return json_attrs(spec->nested, payload,
				  mnl_attr_get_payload_len(attr));
	default:
		return json_integer((json_int_t)val.num);
	}
}

/* Does it tell how much there is of something that has a name? */
static bool is_counter(const struct spec_attr *spec)
{
	bool name = false, number = false;
	uint16_t i;

	for (i = 1; spec->multi && spec->nested && i <= spec->nested->max;
	     i++) {
		switch (spec_attr(spec->nested, i)->type) {
		case SPEC_PAD:
			break;
		case SPEC_ENUM:
			name = true;
			break;
		case SPEC_U64:
			number = true;
			break;
		default:
			return false;
		}
	}
	return name && number;
}

/* One more in the object of those of one kind. */
static void add_counter(json_t *object, const struct spec_attr *spec,
			const struct nlattr *nest)
{
	json_t *counters = json_object_get(object, spec->name);
	const struct nlattr *attr;
	const char *name = "";
	union value val;
	uint16_t type;

	if (!counters) {
		counters = json_object();
		json_object_set_new(object, spec->name, counters);
	}
	mnl_attr_for_each_nested(attr, nest) {
		type = mnl_attr_get_type(attr);
		if (type > spec->nested->max ||
		    !attrs_value(attr, spec_attr(spec->nested, type)->type,
				 &val))
			continue;
		if (spec_attr(spec->nested, type)->type == SPEC_ENUM)
			name = spec_text(spec->nested, type, val.num);
		else
			json_object_set_new(counters, name,
					    json_integer((json_int_t)val.num));
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
		if (spec && is_counter(spec)) {
			add_counter(object, spec, attr);
			continue;
		}
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
	json_dumpf(item, stdout, style | JSON_ENCODE_ANY);
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
