/* SPDX-License-Identifier: GPL-2.0-only */
/* What is given up while memory is short, or always. */
#ifndef _LB_DEFENCE_H
#define _LB_DEFENCE_H

#include "lb.h"

/** lb_defence_drops() - Is this new connection one that must not be? */
static inline bool lb_defence_drops(struct lb_net *lbn)
{
	u32 rate = READ_ONCE(lbn->drop_rate);

	return unlikely(rate) &&
	       (u32)atomic_inc_return(&lbn->drop_count) % rate == 0;
}

bool lb_defence_make_room(struct lb_net *lbn);
void lb_defence_update(struct lb_net *lbn, u32 value);
void lb_defence_init(struct lb_net *lbn);
void lb_defence_exit(struct lb_net *lbn);

#endif /* _LB_DEFENCE_H */
