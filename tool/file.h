/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of commands, parsed whole before the first one is sent. */
#ifndef LBCTL_FILE_H
#define LBCTL_FILE_H

/* Bits of flags. */
enum {
	/* What the file adds takes the place of all that is there. */
	FILE_REPLACE		= 1,
	/* It may add nothing. */
	FILE_ALLOW_EMPTY	= 2,
};

/* "-" is standard input. An enum lbctl_exit. */
int file_apply(const char *path, unsigned int flags);

#endif
