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

void diag_warn(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

/* Both print "lbctl: [FILE:LINE: ]…" and return their exit code. */
int diag_usage(const char *fmt, ...) __attribute__((format(printf, 1, 2)));
int diag_refused(const char *fmt, ...) __attribute__((format(printf, 1, 2)));

int diag_unsupported(const char *what);

#endif
