// SPDX-License-Identifier: GPL-2.0-only
/* Messages on stderr and the exit codes that go with them. */
#include <stdarg.h>
#include <stdio.h>

#include "diag.h"

static const char *at_file;
static unsigned int at_line;

void diag_at(const char *file, unsigned int line)
{
	at_file = file;
	at_line = line;
}

int diag_say(enum lbctl_exit rc, const char *fmt, ...)
{
	va_list ap;

	fputs("lbctl: ", stderr);
	if (at_file)
		fprintf(stderr, "%s:%u: ", at_file, at_line);
	va_start(ap, fmt);
	vfprintf(stderr, fmt, ap);
	va_end(ap);
	fputc('\n', stderr);
	return rc;
}
