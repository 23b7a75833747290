/* SPDX-License-Identifier: GPL-2.0-only */
/* Events as they happen. */
#ifndef LBCTL_MONITOR_H
#define LBCTL_MONITOR_H

#include <linux/netlink.h>
#include <stdbool.h>

/* Print each event on a line, until a signal comes. An enum lbctl_exit. */
int monitor_run(bool timestamp, bool json);

struct monitor_opts {
	bool	timestamp;
	bool	json;
};

void monitor_print(const struct nlmsghdr *nlh, void *opts);

#endif
