/* SPDX-License-Identifier: GPL-2.0-only */
/* Help and version. */
#ifndef LBCTL_HELP_H
#define LBCTL_HELP_H

void help_ipvs(void);
void help_words(void);

/* Of the tool, and of the module if it is loaded. An enum lbctl_exit. */
int help_version(void);

#endif
