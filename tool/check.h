/* SPDX-License-Identifier: GPL-2.0-only */
/* Why may clients get no answer? What this host can tell. */
#ifndef LBCTL_CHECK_H
#define LBCTL_CHECK_H

#include "wparse.h"

/*
 * Print what keeps packets of all services, or of one, from their servers. An
 * enum lbctl_exit, LBCTL_REFUSED if anything was found.
 */
int check_run(const char *text, struct cursor *c, bool json);

#endif
