/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of ipvsadm's grammar, as words. */
#ifndef LBCTL_OPTS_H
#define LBCTL_OPTS_H

#include "spec.h"

/* More than any command takes. */
#define OPTS_MAX_PLAIN	3

/* As often an option may be repeated that can be. */
#define OPTS_MAX_PEERS	8

struct opts {
	enum spec_command_id	cmd;
	uint64_t		has;	/* BIT()s of enum spec_option_id */
	const char		*value[OPT_MAX];
	/* Words that are no options. */
	const char		*plain[OPTS_MAX_PLAIN];
	size_t			n_plain;
	const char		*peer[OPTS_MAX_PEERS];	/* OPT_SYNC_PEER */
	size_t			n_peers;
};

static inline bool opts_has(const struct opts *o, enum spec_option_id id)
{
	return o->has & BIT(id);
}

/* Take words apart and check that they go together. An enum lbctl_exit. */
int opts_parse(struct opts *o, size_t n, char *const *words);

/* Does a command take the option? */
bool opts_takes(enum spec_command_id cmd, enum spec_option_id id);

#endif
