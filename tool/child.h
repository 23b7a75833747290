/* SPDX-License-Identifier: GPL-2.0-only */
/* Programs that are run for what they can do. */
#ifndef LBCTL_CHILD_H
#define LBCTL_CHILD_H

#include <stddef.h>

/*
 * Run a program with its input from this file, or -1 for none. Its exit status,
 * or -1 if it did not run or did not end by itself.
 */
int child_run(const char *const *argv, int in);

/* The first line that a program prints, without its end; "" if none. */
void child_line(const char *const *argv, char *buf, size_t size);

#endif
