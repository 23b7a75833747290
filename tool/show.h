/* SPDX-License-Identifier: GPL-2.0-only */
/* Listings and saved commands in ipvsadm's format. */
#ifndef LBCTL_SHOW_H
#define LBCTL_SHOW_H

#include "model.h"
#include "opts.h"

/* Ask the kernel and print; text is the command. An enum lbctl_exit. */
int show_list(const char *text, const struct service *key,
	      const struct opts *o);
int show_save(const char *text, const struct opts *o);
int show_conns(const char *text, const struct opts *o);
int show_timeouts(const char *text);

/* A state as ipvsadm has it: "SYN_SENT"; of SCTP "S-SENT", shutdown-sent. */
#define SHOW_STATE_STRLEN	32
const char *show_state(char *buf, uint8_t state);

/* What the above print. */
void show_print_list(const struct service_list *list, const struct opts *o);
void show_print_save(const struct service_list *list, const struct opts *o);
void show_print_conn_title(const struct opts *o);
void show_print_conn(const struct conn *conn, const struct opts *o);

#endif
