/* SPDX-License-Identifier: GPL-2.0-only */
/* Help and version. */
#ifndef LBCTL_HELP_H
#define LBCTL_HELP_H

void help_ipvs(void);

/* The words, of one object unless it is NULL. */
int help_words(const char *object);

/* The version of the tool, and of the module if it is loaded. */
int help_version(void);

#endif
