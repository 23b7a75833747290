/* SPDX-License-Identifier: GPL-2.0-only */
/* What became of a request whose answer was lost. */
#ifndef LBCTL_LOST_H
#define LBCTL_LOST_H

#include <linux/netlink.h>
#include <stdbool.h>

enum lost {
	LOST_DONE,	/* all is as it asked for */
	LOST_UNDONE,
	LOST_UNKNOWN,	/* that cannot be seen, or not be asked */
};

/* What became of req can be seen no more if later came after it. */
bool lost_hides(const struct nlmsghdr *req, const struct nlmsghdr *later);

/* Ask the kernel, by a socket of its own. */
enum lost lost_ask(const struct nlmsghdr *req);

#endif
