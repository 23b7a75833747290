/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory of a namespace that has services, or had. */
#ifndef _LB_SPACE_H
#define _LB_SPACE_H

#include "lb.h"

int lb_space_open(struct lb_net *lbn);
void lb_space_close(struct lb_net *lbn);

#endif /* _LB_SPACE_H */
