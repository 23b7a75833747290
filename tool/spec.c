// SPDX-License-Identifier: GPL-2.0-only
/* The attributes of Documentation/netlink/specs/lb.yaml by name and type. */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/lb.h>
#include <netinet/in.h>
#include <stdio.h>

#include "spec.h"

const struct spec_attr *spec_attr(const struct spec_set *set, uint16_t type)
{
	if (type > set->max || !set->attr[type].name)
		return NULL;
	return &set->attr[type];
}

size_t spec_size(enum spec_type type)
{
	switch (type) {
	case SPEC_U8:
	case SPEC_SWITCH:
	case SPEC_ENUM:
		return sizeof(uint8_t);
	case SPEC_PORT:
		return sizeof(uint16_t);
	case SPEC_U32:
	case SPEC_FLAGS:
	case SPEC_ADDR4:
		return sizeof(uint32_t);
	case SPEC_U64:
		return sizeof(uint64_t);
	case SPEC_ADDR6:
		return sizeof(struct in6_addr);
	default:
		return 0;
	}
}

const struct spec_set *spec_cmd_set(uint8_t cmd)
{
	return cmd <= LB_CMD_MAX ? spec_cmds[cmd].set : NULL;
}

const char *spec_cmd_name(uint8_t cmd)
{
	return cmd <= LB_CMD_MAX ? spec_cmds[cmd].name : NULL;
}

const char *spec_name(const struct spec_set *set, uint16_t type, uint8_t value)
{
	const struct spec_attr *attr = spec_attr(set, type);

	return value < attr->n_values ? attr->values[value] : NULL;
}

const char *spec_pick(const char *const *names, size_t n, uint8_t value)
{
	static char number[4];

	if (value < n && names[value])
		return names[value];
	snprintf(number, sizeof(number), "%u", value);
	return number;
}

const char *spec_text(const struct spec_set *set, uint16_t type, uint8_t value)
{
	const struct spec_attr *attr = spec_attr(set, type);

	return spec_pick(attr->values, attr->n_values, value);
}

/* The innermost attribute that spans offset, and the path of names to it. */
struct attr_path {
	const struct spec_set	*set;
	const struct nlattr	*first;
	const char		*end;
	char			*buf;
	size_t			size;
	size_t			len;
};

static void path_append(struct attr_path *path, uint16_t type)
{
	const struct spec_attr *attr = NULL;
	const char *dot = path->len ? "." : "";
	char *to = path->buf + path->len;
	size_t room = path->size - path->len;
	int n;

	if (path->set)
		attr = spec_attr(path->set, type);
	if (attr)
		n = snprintf(to, room, "%s%s", dot, attr->name);
	else
		n = snprintf(to, room, "%s%u", dot, type);

	path->len += (size_t)n < room ? (size_t)n : room - 1;
	path->set = attr ? attr->nested : NULL;
}

/* Step into the attribute that spans at; false if none does. */
static bool path_descend(struct attr_path *path, const char *at)
{
	const struct nlattr *attr = path->first;
	const char *next;

	while (mnl_attr_ok(attr, path->end - (const char *)attr)) {
		next = (const char *)mnl_attr_next(attr);
		if (at < next) {
			path_append(path, mnl_attr_get_type(attr));
			path->first = mnl_attr_get_payload(attr);
			path->end = (const char *)attr + attr->nla_len;
			return at < (const char *)path->first;
		}
		attr = (const struct nlattr *)next;
	}
	return true;
}

bool spec_attr_at(const struct nlmsghdr *nlh, uint32_t offset,
		  uint16_t missing, char *buf, size_t size)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct attr_path path = {
		.set	= spec_cmd_set(genl->cmd),
		.first	= mnl_nlmsg_get_payload_offset(nlh, sizeof(*genl)),
		.end	= mnl_nlmsg_get_payload_tail(nlh),
		.buf	= buf,
		.size	= size,
	};

	*buf = '\0';
	if (offset)
		while (path.set && !path_descend(&path,
						 (const char *)nlh + offset))
			;
	if (missing)
		path_append(&path, missing);
	return path.len;
}
