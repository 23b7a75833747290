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

/* Print it to a file that is open. An enum lbctl_exit. */
int save_print(FILE *out, struct saved *saved);

/*
 * Write it to a file, which is the old one or the new one whole whatever
 * happens; "-" is standard output. An enum lbctl_exit.
 */
int save_file(const char *path, struct saved *saved);

#endif
