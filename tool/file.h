/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of commands, parsed whole before the first one is sent. */
#ifndef LBCTL_FILE_H
#define LBCTL_FILE_H

#include "batch.h"

/* Its commands, with those of files that it includes. */
struct file {
	struct batch	b;
	char		**kept;		/* texts that the batch borrows */
	size_t		n_kept;
};

/*
 * Parse a file, "-" for standard input. With f->b.whole, it says all there is
 * to be. An enum lbctl_exit; file_free() is due in any case.
 */
int file_read(struct file *f, const char *path);
void file_free(struct file *f);

/* Carry out the commands of a file. An enum lbctl_exit. */
int file_apply(const char *path);

#endif
