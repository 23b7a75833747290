/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemons that synchronise connections, as they are shown. */
#ifndef LBCTL_SYNC_SHOW_H
#define LBCTL_SYNC_SHOW_H

#include <stdbool.h>

/*
 * Ask the kernel and print, in the format of ipvsadm, as commands of its
 * grammar, in the word grammar, or what was counted; text is the command. An
 * enum lbctl_exit.
 */
int sync_show_list(const char *text);
int sync_show_save(const char *text);
int sync_show_words(const char *text, bool json);
int sync_show_stats(const char *text, bool json);

/*
 * Print them as lines of a file that load takes. Without the file that has the
 * key, NULL, the line of a daemon with a key is a comment.
 */
int sync_show_rules(const char *text, const char *key, FILE *out);

/* How many daemons there are, and have a key, which the kernel tells nobody. */
struct sync_count {
	unsigned int	daemons;
	unsigned int	keyed;
};

int sync_show_count(const char *text, struct sync_count *n);

#endif
