/* SPDX-License-Identifier: GPL-2.0-only */
/* The classic path of a packet, at the netfilter hooks. */
#ifndef _LB_HOOK_H
#define _LB_HOOK_H

#include "lb.h"

int lb_hook_enable(struct lb_net *lbn, u8 families);
void lb_hook_set_backup(struct lb_net *lbn, bool backup);
void lb_hook_update(struct lb_net *lbn);
void lb_hook_set_fastpath(struct lb_net *lbn, u8 fastpath);
void lb_hook_init(struct lb_net *lbn);
void lb_hook_pre_exit(struct lb_net *lbn);
void lb_hook_exit(struct lb_net *lbn);

#endif /* _LB_HOOK_H */
