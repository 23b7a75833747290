/* SPDX-License-Identifier: GPL-2.0-only */
/* The netlink socket: dumps, events, and the kernel's reasons. */
#ifndef LBCTL_NL_H
#define LBCTL_NL_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

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

/* Send what is ready to be sent, or say why not. An enum lbctl_exit. */
int nl_send(struct nl *nl, const void *buf, size_t len);

/*
 * Receive what is there, or wait for it, and pass each message of it to fn,
 * valid until the next call. The length, or -1 with errno.
 */
ssize_t nl_recv(struct nl *nl, bool wait, nl_reply_fn *fn, void *arg);

/* Throw away what is there. Was there anything, or was something lost? */
bool nl_drain(struct nl *nl);

/*
 * Does nlh end the answer to request i? Then report what it says, by file and
 * line, and store the exit code.
 */
bool nl_is_end(const struct nlmsghdr *nlh, const struct batch *b, size_t i,
	       int *rc);

/*
 * The error number that a message of type NLMSG_ERROR has, 0 if it says that
 * all went well; and what the kernel says about it, or NULL.
 */
int nl_refusal(const struct nlmsghdr *nlh, const char **msg);

/*
 * Send the only request of a batch and pass every reply message to fn. An
 * enum lbctl_exit; *torn tells that what was read changed meanwhile.
 */
int nl_read(struct nl *nl, struct batch *b, nl_reply_fn *fn, void *arg,
	    bool *torn);

/* The socket of this process, which is opened when it is first needed. */
int nl_ready(struct nl **nl);

/*
 * Open another one when it is next needed: this process was forked, or another
 * module, or namespace, has another family.
 */
void nl_forget(void);

/* The same as nl_read() by it. Frees the batch. */
int nl_ask(struct batch *b, nl_reply_fn *fn, void *arg, bool *torn);

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
