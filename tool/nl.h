/* SPDX-License-Identifier: GPL-2.0-only */
/* The netlink socket: requests, dumps, and the kernel's reasons. */
#ifndef LBCTL_NL_H
#define LBCTL_NL_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>

#include "batch.h"

struct mnl_socket;

struct nl {
	struct mnl_socket	*sock;
	uint16_t		family;
	uint32_t		group;		/* id of the multicast group */
};

/* Called for each message of a reply, its header checked. */
typedef void nl_reply_fn(const struct nlmsghdr *nlh, void *arg);

/* Open a socket and find the family, or say why not. An enum lbctl_exit. */
int nl_open(struct nl *nl);
void nl_close(struct nl *nl);

/*
 * Send the only request of a batch and pass every reply message to fn. An
 * enum lbctl_exit; *torn tells that what was read changed meanwhile.
 */
int nl_read(struct nl *nl, struct batch *b, nl_reply_fn *fn, void *arg,
	    bool *torn);

/*
 * Send all requests of a batch and report each that is refused, by line of
 * file unless that is NULL. An enum lbctl_exit.
 */
int nl_apply(struct nl *nl, struct batch *b, const char *file);

/*
 * The same with the socket of this process, which is opened when it is first
 * needed, or by nl_ready(). Asking frees the batch.
 */
int nl_ready(void);
int nl_ask(struct batch *b, nl_reply_fn *fn, void *arg, bool *torn);
int nl_run(struct batch *b, const char *file);

/*
 * Watch what changes from now on, or do no more. An enum lbctl_exit. Has
 * anything changed since that was asked last?
 */
int nl_watch(void);
bool nl_changed(void);
void nl_unwatch(void);

/* Pass every event to fn, until a signal or an error ends it. */
int nl_listen(nl_reply_fn *fn, void *arg);

#endif
