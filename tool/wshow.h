/* SPDX-License-Identifier: GPL-2.0-only */
/* Listings of the word grammar, and the same as JSON. */
#ifndef LBCTL_WSHOW_H
#define LBCTL_WSHOW_H

#include <stdio.h>

#include "model.h"

/* What to list: services or real servers, their settings or counters. */
enum {
	WSHOW_SERVICES	= 1,
	WSHOW_DESTS	= 2,
	WSHOW_STATS	= 4,
};

/*
 * Ask the kernel and print; text is the command. With a key, only that
 * service. All return an enum lbctl_exit.
 */
int wshow_list(const char *text, unsigned int what, const struct service *key,
	       bool json);
int wshow_conns(const char *text, const struct conn *filter, bool json);
int wshow_conn_count(const char *text, bool json);
int wshow_config(const char *text, bool json);
int wshow_setting(const char *text, uint16_t attr, bool json);
int wshow_stats(const char *text, bool json);

/* Print one record without the end of its line; dest may be NULL. */
void wshow_key(FILE *out, const struct service *svc, const struct dest *dest);
void wshow_settings(FILE *out, const struct spec_set *set,
		    const union value *val);
void wshow_conn(const struct conn *conn);
/* Settings, with a separator before each. */
void wshow_config_words(FILE *out, const json_t *config,
			const char *before, const char *after);

#endif
