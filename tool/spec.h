/* SPDX-License-Identifier: GPL-2.0-only */
/* The table of attributes and options, which scripts/codegen-tool makes. */
#ifndef LBCTL_SPEC_H
#define LBCTL_SPEC_H

#include <linux/lb.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "spec_gen.h"

#define BIT(n)		(1ull << (n))

enum spec_type {
	SPEC_PAD,
	SPEC_FLAG,
	SPEC_U8,
	SPEC_SWITCH,	/* a u8 that is 0 or 1 */
	SPEC_FAMILY,	/* a u8 that is an AF_* */
	SPEC_PROTOCOL,	/* a u8 that is an IPPROTO_* */
	SPEC_U32,
	SPEC_U64,
	SPEC_PORT,
	SPEC_ADDR4,
	SPEC_ADDR6,
	SPEC_MARK,	/* a value, and in the upper half its mask */
	SPEC_BINARY,	/* only in requests */
	SPEC_STRING,
	SPEC_TEXT,	/* any string, shown in quotes */
	SPEC_ENUM,
	SPEC_FLAGS,
	SPEC_NEST,
};

static inline bool spec_is_string(enum spec_type type)
{
	return type == SPEC_STRING || type == SPEC_TEXT;
}

struct spec_set;

struct spec_attr {
	const char		*name;
	enum spec_type		type;
	/* Of settings only, see words.yaml. */
	const char		*word;
	const char		*noun;
	const char		*what;
	const char		*hint;
	uint32_t		min;
	uint32_t		max;	/* 0: none */
	bool			always;
	/* Of all. */
	bool			multi;
	const struct spec_set	*nested;	/* SPEC_NEST */
	const char *const	*values;	/* SPEC_ENUM, or by bit */
	size_t			n_values;
};

/* Attributes by their type; keys and settings in the order of words.yaml. */
struct spec_set {
	const struct spec_attr	*attr;
	const uint16_t		*keys;
	const uint16_t		*settings;
	size_t			n_keys;
	size_t			n_settings;
	uint16_t		max;
};

/* An address and a port, by the attributes that hold them. */
struct spec_end {
	uint16_t	addr4;
	uint16_t	addr6;
	uint16_t	port;
};

/* A command of netlink. */
struct spec_cmd {
	const char		*name;
	const struct spec_set	*set;
};

/* Of ipvsadm's grammar. */
struct spec_option {
	const char		*name;
	char			letter;
	enum {
		ARG_NONE,
		ARG_NEEDED,
		ARG_OPTIONAL,	/* taken unless it begins with a dash */
	}			arg;
	enum spec_group_id	group;
	/* The setting that it is for, and what it means without a value. */
	const struct spec_set	*set;
	uint16_t		type;
	uint32_t		value;
	bool			own;	/* ipvsadm has it not */
};

struct spec_command {
	const char	*name;
	char		letter;
	unsigned char	n_plain;	/* words that are no options */
	uint64_t	needs;		/* BIT()s of groups, one option each */
	uint64_t	takes;
};

extern const struct spec_cmd spec_cmds[];
extern const struct spec_option spec_options[];
extern const struct spec_command spec_commands[];

/* What help says of settings, and of options that are lb's own. */
extern const char spec_help_service[], spec_help_dest[], spec_help_config[];
extern const char spec_synopsis_service[], spec_synopsis_dest[];
extern const char spec_options_service[], spec_options_dest[];

extern const struct spec_set spec_service, spec_dest, spec_stats, spec_conn,
	spec_config, spec_info, spec_drop_count, spec_path_count, spec_load,
	spec_sync, spec_sync_peer, spec_sync_counter;

extern const struct spec_end spec_service_end, spec_dest_end,
	spec_conn_client_end, spec_conn_virtual_end, spec_conn_dest_end;

/* NULL if the type is not known. */
const struct spec_attr *spec_attr(const struct spec_set *set, uint16_t type);

/* Bytes that a value has at least. */
size_t spec_size(enum spec_type type);

/* Set and name of a command; NULL if it is not known. */
const struct spec_set *spec_cmd_set(uint8_t cmd);
const char *spec_cmd_name(uint8_t cmd);

/*
 * The name of a value of an enum, or one of n other names, but the number if
 * there is none: a newer module may have more values. A number is overwritten
 * by the next call.
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
