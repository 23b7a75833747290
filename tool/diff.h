/* SPDX-License-Identifier: GPL-2.0-only */
/* What a file that says all there is to be would change. */
#ifndef LBCTL_DIFF_H
#define LBCTL_DIFF_H

#include <stdio.h>

#include "batch.h"

/*
 * Print the commands that would bring about what a request of LB_CMD_LOAD, the
 * only one of a batch, says. what names it in messages. An enum lbctl_exit.
 */
int diff_print(FILE *to, const char *what, const struct batch *b);

#endif
