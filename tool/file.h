/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of commands, parsed whole before the first one is sent. */
#ifndef LBCTL_FILE_H
#define LBCTL_FILE_H

#include <stdbool.h>

/*
 * "-" is standard input. With replace, what the file adds takes the place of
 * all that is there. An enum lbctl_exit.
 */
int file_apply(const char *path, bool replace);

#endif
