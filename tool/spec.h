/* SPDX-License-Identifier: GPL-2.0-only */
/* The attributes of Documentation/netlink/specs/lb.yaml by name and type. */
#ifndef LBCTL_SPEC_H
#define LBCTL_SPEC_H

#include <linux/lb.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

enum spec_type {
	SPEC_PAD,
	SPEC_FLAG,
	SPEC_U8,
	SPEC_SWITCH,	/* a u8 that is 0 or 1 */
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
	/* Of settings only, see words.yaml. */
	const char		*word;
	const char		*what;
	const char		*hint;
	uint32_t		max;
	bool			always;
	bool			multi;
	enum spec_type		type;
};

/* Attributes by their type, and settings in the order of the words. */
struct spec_set {
	const struct spec_attr	*attr;
	const uint16_t		*settings;
	size_t			n_settings;
	uint16_t		max;
};

struct spec_cmd {
	const char		*name;
	const struct spec_set	*set;
};

/* An option that ipvsadm has not: by the attribute's name. */
struct spec_option {
	const struct spec_set	*set;
	uint16_t		type;
};

/* From lb.yaml and words.yaml, by scripts/codegen-tool. */
extern const struct spec_cmd spec_cmds[];
extern const struct spec_option spec_options[];
extern const size_t spec_n_options;
#define SPEC_OPTIONS_MAX	16
extern const char spec_help_service[], spec_help_dest[], spec_help_config[];

extern const struct spec_set spec_service, spec_dest, spec_stats, spec_conn,
	spec_config, spec_info, spec_drop_count, spec_path_count;

/* NULL if the type is not known. */
const struct spec_attr *spec_attr(const struct spec_set *set, uint16_t type);

/* Bytes that a value has at least. */
size_t spec_size(enum spec_type type);

/* Set and name of a command. */
const struct spec_set *spec_cmd_set(uint8_t cmd);
const char *spec_cmd_name(uint8_t cmd);

/* NULL if value is not known, of an attribute that is an enum. */
const char *spec_name(const struct spec_set *set, uint16_t type, uint8_t value);

/*
 * The same, or one of n other names, but the number if there is none: a newer
 * module may have more values. A number is overwritten by the next call.
 */
const char *spec_text(const struct spec_set *set, uint16_t type, uint8_t value);
const char *spec_pick(const char *const *names, size_t n, uint8_t value);

/*
 * Name the attribute of a request at offset, counted from its header, as
 * "dest.weight". With missing set, the one of that type which is missing in
 * the nest at offset, or in the message itself if offset is 0.
 */
bool spec_attr_at(const struct nlmsghdr *nlh, uint32_t offset,
		  uint16_t missing, char *buf, size_t size);

#endif
