/* SPDX-License-Identifier: GPL-2.0-only */
/* Listings and saved commands in ipvsadm's format. */
#ifndef LBCTL_SHOW_H
#define LBCTL_SHOW_H

#include <stdbool.h>

#include "model.h"

enum show_columns {
	SHOW_PLAIN,
	SHOW_STATS,
	SHOW_RATE,
	SHOW_THRESHOLDS,
	SHOW_PERSISTENT,
	SHOW_TUNNEL,
};

struct show_opts {
	enum show_columns	columns;
	bool			numeric;
	bool			exact;
	bool			nosort;
};

/* Ask the kernel and print; text is the command. An enum lbctl_exit. */
int show_list(const char *text, const struct service_key *key,
	      const struct show_opts *o);
int show_save(const char *text, bool numeric);
int show_conns(const char *text, const struct show_opts *o);
int show_timeouts(const char *text);

/* What the above print. */
void show_print_list(const struct service_list *list,
		     const struct show_opts *o);
void show_print_save(const struct service_list *list, bool numeric);
void show_print_conn_title(const struct show_opts *o);
void show_print_conn(const struct conn *conn, const struct show_opts *o);

#endif
