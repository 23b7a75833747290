// SPDX-License-Identifier: GPL-2.0-only
/* The table of attributes and options, which scripts/codegen-tool makes. */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <netinet/in.h>
#include <stdio.h>
#include <string.h>

#include "spec.h"

const struct spec_attr *spec_attr(const struct spec_set *set, uint16_t type)
{
	if (type > set->max || !set->attr[type].name)
		return NULL;
	return &set->attr[type];
}

size_t spec_size(enum spec_type type)
{
	static const size_t sizes[] = {
		[SPEC_U8]	= sizeof(uint8_t),
		[SPEC_SWITCH]	= sizeof(uint8_t),
		[SPEC_FAMILY]	= sizeof(uint8_t),
		[SPEC_PROTOCOL]	= sizeof(uint8_t),
		[SPEC_ENUM]	= sizeof(uint8_t),
		[SPEC_PORT]	= sizeof(uint16_t),
		[SPEC_U32]	= sizeof(uint32_t),
		[SPEC_FLAGS]	= sizeof(uint32_t),
		[SPEC_ADDR4]	= sizeof(struct in_addr),
		[SPEC_U64]	= sizeof(uint64_t),
		[SPEC_MARK]	= sizeof(struct nla_bitfield32),
		[SPEC_ADDR6]	= sizeof(struct in6_addr),
		[SPEC_NEST]	= 0,	/* the last one */
	};

	return sizes[type];
}

const struct spec_set *spec_cmd_set(uint8_t cmd)
{
	return cmd <= LB_CMD_MAX ? spec_cmds[cmd].set : NULL;
}

const char *spec_cmd_name(uint8_t cmd)
{
	return cmd <= LB_CMD_MAX ? spec_cmds[cmd].name : NULL;
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

/* Add a name to the path in buf. Returns the set of what is in that nest. */
static const struct spec_set *path_append(const struct spec_set *set,
					  uint16_t type, char *buf, size_t size)
{
	const struct spec_attr *attr = set ? spec_attr(set, type) : NULL;
	const size_t len = strlen(buf);
	const char *dot = len ? "." : "";

	if (attr)
		snprintf(buf + len, size - len, "%s%s", dot, attr->name);
	else
		snprintf(buf + len, size - len, "%s%u", dot, type);
	return attr ? attr->nested : NULL;
}

bool spec_attr_at(const struct nlmsghdr *nlh, uint32_t offset,
		  uint16_t missing, char *buf, size_t size)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr = mnl_nlmsg_get_payload_offset(nlh,
								 sizeof(*genl));
	const struct spec_set *set = spec_cmd_set(genl->cmd);
	const char *end = mnl_nlmsg_get_payload_tail(nlh);
	const char *at = (const char *)nlh + offset;

	*buf = '\0';
	while (offset && set && mnl_attr_ok(attr, end - (const char *)attr)) {
		if (at >= (const char *)mnl_attr_next(attr)) {
			attr = mnl_attr_next(attr);
			continue;
		}
		/* It spans at, in its header or in what is in it. */
		set = path_append(set, mnl_attr_get_type(attr), buf, size);
		if (at < (const char *)mnl_attr_get_payload(attr))
			break;
		end = (const char *)attr + mnl_attr_get_len(attr);
		attr = mnl_attr_get_payload(attr);
	}
	if (missing)
		path_append(set, missing, buf, size);
	return *buf;
}
