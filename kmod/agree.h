/* SPDX-License-Identifier: GPL-2.0-only */
/* What directors agree on without telling each other. */
#ifndef _LB_AGREE_H
#define _LB_AGREE_H

#include "conn.h"

u32 lb_agree_sum(struct lb_net *lbn);
bool lb_agree_chooses(struct lb_net *lbn, const struct lb_conn *conn);

#endif /* _LB_AGREE_H */
