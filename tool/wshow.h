/* SPDX-License-Identifier: GPL-2.0-only */
/* Listings of the word grammar, and the same as JSON. */
#ifndef LBCTL_WSHOW_H
#define LBCTL_WSHOW_H

#include <stdbool.h>

#include "model.h"

/*
 * Ask the kernel and print; text is the command. With a key, only that
 * service. All return an enum lbctl_exit.
 */
int wshow_services(const char *text, const struct service_key *key, bool json);
int wshow_dests(const char *text, const struct service_key *key, bool json);
int wshow_service_stats(const char *text, const struct service_key *key,
			bool json);
int wshow_dest_stats(const char *text, const struct service_key *key,
		     bool json);
int wshow_conns(const char *text, const struct conn_filter *filter,
		bool json);
int wshow_conn_count(const char *text, bool json);
int wshow_config(const char *text, uint16_t attr, bool json);
int wshow_stats(const char *text, bool json);

/* Print one record without the end of its line. */
void wshow_key(const struct service_key *key);
void wshow_key_to_dest(const struct service_key *key, const struct dest *dest);
void wshow_service(const struct service *svc);
void wshow_dest(const struct service_key *key, const struct dest *dest);
/* Settings, with a separator before each. */
void wshow_config_words(const json_t *config, const char *before,
			const char *after);
void wshow_conn(const struct conn *conn);

#endif
