/* SPDX-License-Identifier: GPL-2.0-only */
/* The fast path of established connections, at the ingress of devices. */
#ifndef _LB_FAST_H
#define _LB_FAST_H

#include "lb.h"

void lb_fast_update(struct lb_net *lbn);
void lb_fast_init(struct lb_net *lbn);

#endif /* _LB_FAST_H */
