/* SPDX-License-Identifier: GPL-2.0-only */
/* Whether the names of IPVS's modules mean lb, and who else has IPVS's. */
#ifndef LBCTL_NAMES_H
#define LBCTL_NAMES_H

/* Commands; each returns an enum lbctl_exit. */
int names_status(void);
int names_enable(void);
int names_disable(void);

/* Does ip_vs have a service with an address of lb's, in this namespace? */
void names_warn(void);

#endif
