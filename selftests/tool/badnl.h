/* SPDX-License-Identifier: GPL-2.0-only */
/* What the tests of refusals have in common, see badnl.c. */
#ifndef BADNL_H
#define BADNL_H

#include "badreq.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

extern struct nl nl;

/*
 * The request is refused with error, for a reason in words, at attr unless that
 * is NULL, and nothing has changed.
 */
void expect_msg_refused(const char *name, struct nlmsghdr *nlh, int error,
			const char *attr);
void expect_refused(const char *name, const struct request *req, int error,
		    const char *attr);

void test_bad_values(void);

#endif
