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

static void __attribute__((format(printf, 1, 0)))
print_message(const char *fmt, va_list ap)
{
	fputs("lbctl: ", stderr);
	if (at_file)
		fprintf(stderr, "%s:%u: ", at_file, at_line);
	vfprintf(stderr, fmt, ap);
	fputc('\n', stderr);
}

void diag_warn(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(fmt, ap);
	va_end(ap);
}

int diag_usage(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(fmt, ap);
	va_end(ap);
	return LBCTL_USAGE;
}

int diag_refused(const char *fmt, ...)
{
	va_list ap;

	va_start(ap, fmt);
	print_message(fmt, ap);
	va_end(ap);
	return LBCTL_REFUSED;
}

int diag_unsupported(const char *what)
{
	return diag_refused("%s is not supported by this version of lb", what);
}
