/* SPDX-License-Identifier: GPL-2.0-only */
/* A load that is undone unless it is confirmed in time. */
#ifndef LBCTL_CONFIRM_H
#define LBCTL_CONFIRM_H

/*
 * Load a file as load_apply() does. A process that belongs to no terminal keeps
 * what is there, and loads it again after so many seconds. An enum lbctl_exit.
 */
int confirm_around(const char *file, unsigned int flags, unsigned int seconds);

/* The load that was begun with it is there to stay. An enum lbctl_exit. */
int confirm_load(void);

#endif
