/* SPDX-License-Identifier: GPL-2.0-only */
/* Files that say all there is to be. */
#ifndef LBCTL_LOAD_H
#define LBCTL_LOAD_H

#include "batch.h"
#include "model.h"

/* Bits of flags. */
enum {
	/* The file may add nothing. */
	LOAD_ALLOW_EMPTY	= 1,
	/* The kernel says whether it would take it, and does not. */
	LOAD_CHECK		= 2,
	/* Print the commands that would bring it about, and do nothing. */
	LOAD_DIFF		= 4,
	/* Daemons of synchronisation stay as they are. */
	LOAD_NO_SYNC		= 8,
	/* Print the result as JSON. */
	LOAD_JSON		= 16,
};

/*
 * Make all there is what a file says, "-" for standard input, or nothing of it.
 * An enum lbctl_exit.
 */
int load_apply(const char *path, unsigned int flags);

/*
 * Put together the one request for all that b's requests add, and what there is
 * to be as a list. Both borrow from b. An enum lbctl_exit.
 */
int load_merge(struct batch *all, const struct batch *b, unsigned int flags);

#endif
