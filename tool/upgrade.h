/* SPDX-License-Identifier: GPL-2.0-only */
/* Another module takes the place of the loaded one, and nothing is lost. */
#ifndef LBCTL_UPGRADE_H
#define LBCTL_UPGRADE_H

#include "wparse.h"

/* The words after "upgrade". An enum lbctl_exit. */
int upgrade_run(struct cursor *c, bool json);

#endif
