/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages on stderr and the exit codes that go with them. */
#ifndef LBCTL_DIAG_H
#define LBCTL_DIAG_H

enum lbctl_exit {
	LBCTL_OK = 0,
	LBCTL_REFUSED = 1,	/* by the kernel, or not supported */
	LBCTL_USAGE = 2,
};

/* Name the line that the next messages are about; NULL ends that. */
void diag_at(const char *file, unsigned int line);

/* Print "lbctl: [FILE:LINE: ]…" and return the exit code. */
int diag_say(enum lbctl_exit rc, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));

#define diag_warn(...)		diag_say(LBCTL_OK, __VA_ARGS__)
#define diag_refused(...)	diag_say(LBCTL_REFUSED, __VA_ARGS__)
#define diag_usage(...)		diag_say(LBCTL_USAGE, __VA_ARGS__)

#endif
