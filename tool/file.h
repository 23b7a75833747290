/* SPDX-License-Identifier: GPL-2.0-only */
/* Files of commands, parsed whole before the first one is sent. */
#ifndef LBCTL_FILE_H
#define LBCTL_FILE_H

/* "-" is standard input. An enum lbctl_exit. */
int file_apply(const char *path);

#endif
