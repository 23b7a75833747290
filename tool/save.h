/* SPDX-License-Identifier: GPL-2.0-only */
/* All there is, as a file that load takes. */
#ifndef LBCTL_SAVE_H
#define LBCTL_SAVE_H

#include <stdio.h>

/* How much was saved. */
struct saved {
	size_t	services;
	size_t	dests;
};

/*
 * Print it to a file that is open. The key of daemons of synchronisation is in
 * the file key; NULL: nobody knows, and those that have one are left out. An
 * enum lbctl_exit.
 */
int save_print(FILE *out, const char *key, struct saved *saved);

/*
 * Write it to a file, which is the old one or the new one whole whatever
 * happens; "-" is standard output. An enum lbctl_exit.
 */
int save_file(const char *path, const char *key, struct saved *saved);

#endif
