/* SPDX-License-Identifier: GPL-2.0-only */
/* The network namespace that is acted on. */
#ifndef LBCTL_NETNS_H
#define LBCTL_NETNS_H

/* Enter one by its name, as ip(8) has it, or by a process. enum lbctl_exit. */
int netns_enter(const char *name);

#endif
