/* SPDX-License-Identifier: GPL-2.0-only */
/* The attributes of Documentation/netlink/specs/lb.yaml by name and type. */
#ifndef LBCTL_SPEC_H
#define LBCTL_SPEC_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum spec_type {
	SPEC_PAD,
	SPEC_FLAG,
	SPEC_U8,
	SPEC_U32,
	SPEC_U64,
	SPEC_PORT,
	SPEC_ADDR4,
	SPEC_ADDR6,
	SPEC_STRING,
	SPEC_ENUM,
	SPEC_FLAGS,
	SPEC_NEST,
};

struct spec_set;

struct spec_attr {
	const char		*name;
	const struct spec_set	*nested;	/* SPEC_NEST */
	const char *const	*values;	/* SPEC_ENUM, or by bit */
	size_t			n_values;
	enum spec_type		type;
	bool			multi;
	bool			sysctl;		/* spelled as those of IPVS */
};

/* Indexed by attribute type. */
struct spec_set {
	const struct spec_attr	*attr;
	uint16_t		max;
};

extern const struct spec_set spec_service, spec_dest, spec_stats, spec_conn,
	spec_config, spec_info, spec_drop_count, spec_path_count;

/* NULL if the type is not known. */
const struct spec_attr *spec_attr(const struct spec_set *set, uint16_t type);

/* Set and name of a command. */
const struct spec_set *spec_cmd_set(uint8_t cmd);
const char *spec_cmd_name(uint8_t cmd);

/* NULL if value is not known, of an attribute that is an enum. */
const char *spec_name(const struct spec_set *set, uint16_t type, uint8_t value);
const char *spec_forward_name(uint8_t value);
const char *spec_state_name(uint8_t value);
const char *spec_drop_name(uint8_t value);
const char *spec_path_name(uint8_t value);

/*
 * Name the attribute of a request at offset, counted from its header, as
 * "dest.weight". With missing set, the one of that type which is missing in
 * the nest at offset, or in the message itself if offset is 0.
 */
bool spec_attr_at(const struct nlmsghdr *nlh, uint32_t offset,
		  uint16_t missing, char *buf, size_t size);

#endif
