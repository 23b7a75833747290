/* SPDX-License-Identifier: GPL-2.0-only */
/* Help and version. */
#ifndef LBCTL_HELP_H
#define LBCTL_HELP_H

void help_ipvs(void);

/* The words, or the version of the tool, and of the module if it is loaded. */
int help_words(void);
int help_version(void);

#endif
