/* SPDX-License-Identifier: GPL-2.0-only */
/* The options of ipvsadm's grammar, as words. */
#ifndef LBCTL_OPTS_H
#define LBCTL_OPTS_H

#include <stdbool.h>
#include <stddef.h>

#include "spec.h"

enum opt_cmd {
	OPT_ADD_SERVICE,
	OPT_EDIT_SERVICE,
	OPT_DELETE_SERVICE,
	OPT_CLEAR,
	OPT_RESTORE,
	OPT_SAVE,
	OPT_ADD_SERVER,
	OPT_EDIT_SERVER,
	OPT_DELETE_SERVER,
	OPT_LIST,
	OPT_ZERO,
	OPT_SET,
	OPT_START_DAEMON,
	OPT_STOP_DAEMON,
	OPT_HELP,
	OPT_VERSION,
	OPT_COMMANDS
};

enum opt_id {
	OPT_TCP,
	OPT_UDP,
	OPT_SCTP,
	OPT_FWMARK,
	OPT_IPV6,
	OPT_SCHEDULER,
	OPT_PERSISTENT,
	OPT_NETMASK,
	OPT_PE,
	OPT_SCHED_FLAGS,
	OPT_OPS,
	OPT_OWN,	/* room for those of spec_options */
	OPT_OWN_LAST = OPT_OWN + SPEC_OPTIONS_MAX - 1,
	OPT_REAL_SERVER,
	OPT_GATEWAYING,
	OPT_IPIP,
	OPT_MASQUERADING,
	OPT_WEIGHT,
	OPT_UPPER,
	OPT_LOWER,
	OPT_TUN_TYPE,
	OPT_TUN_PORT,
	OPT_TUN_NOCSUM,
	OPT_TUN_CSUM,
	OPT_TUN_REMCSUM,
	OPT_NUMERIC,
	OPT_CONNECTION,
	OPT_TIMEOUT,
	OPT_DAEMON,
	OPT_STATS,
	OPT_RATE,
	OPT_THRESHOLDS,
	OPT_PERSISTENT_CONN,
	OPT_TUN_INFO,
	OPT_SORT,
	OPT_NOSORT,
	OPT_EXACT,
	OPT_REPLACE,
	OPT_ALLOW_EMPTY,
	OPT_SYNCID,
	OPT_SYNC_MAXLEN,
	OPT_MCAST_INTERFACE,
	OPT_MCAST_GROUP,
	OPT_MCAST_PORT,
	OPT_MCAST_TTL,
	OPT_MAX
};

/* More than any command takes. */
#define OPT_MAX_PLAIN	3

struct opts {
	enum opt_cmd	cmd;
	bool		has[OPT_MAX];
	const char	*value[OPT_MAX];	/* NULL if none was given */
	const char	*plain[OPT_MAX_PLAIN];	/* words that are no options */
	size_t		n_plain;
};

/* Take words apart and check that they go together. An enum lbctl_exit. */
int opts_parse(struct opts *o, size_t n, char *const *words);

/* What a command takes, and its name. */
bool opts_takes(enum opt_cmd cmd, enum opt_id id);
const char *opts_command(enum opt_cmd cmd);

/* The long form without its dashes, for messages. */
const char *opts_name(enum opt_id id);

#endif
