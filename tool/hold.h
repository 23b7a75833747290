/* SPDX-License-Identifier: GPL-2.0-only */
/* Packets of all services are dropped for a while, so that they come again. */
#ifndef LBCTL_HOLD_H
#define LBCTL_HOLD_H

/* Each an enum lbctl_exit. */
int hold_begin(const char *what);
int hold_end(const char *what);

#endif
