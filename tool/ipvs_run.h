/* SPDX-License-Identifier: GPL-2.0-only */
/* Commands in ipvsadm's grammar, carried out. */
#ifndef LBCTL_IPVS_RUN_H
#define LBCTL_IPVS_RUN_H

#include <stddef.h>

/* text is what the user typed. An enum lbctl_exit. */
int ipvs_run(const char *text, size_t n, char *const *words);

#endif
