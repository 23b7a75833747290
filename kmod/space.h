/* SPDX-License-Identifier: GPL-2.0-only */
/* The memory of a namespace that has services, or had. */
#ifndef _LB_SPACE_H
#define _LB_SPACE_H

#include "lb.h"

int lb_space_open(struct lb_net *lbn);
void lb_space_close(struct lb_net *lbn);

/** lb_space_was_open() - Has a namespace had services? Closed, it still has. */
static inline bool lb_space_was_open(const struct lb_net *lbn)
{
	return lbn->conns;
}

#endif /* _LB_SPACE_H */
