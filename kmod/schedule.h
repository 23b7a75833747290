/* SPDX-License-Identifier: GPL-2.0-only */
/* The miss path: a new connection gets a real server. */
#ifndef _LB_SCHEDULE_H
#define _LB_SCHEDULE_H

#include "conn.h"

enum lb_verdict lb_schedule_bypass(const struct lb_pkt *pkt);
void lb_schedule_resume(const struct lb_pkt *pkt, struct lb_conn *conn);
enum lb_verdict lb_schedule_outward(const struct lb_pkt *pkt);
enum lb_verdict lb_schedule(const struct lb_pkt *pkt, struct lb_conn **conn,
			    bool *made);

#endif /* _LB_SCHEDULE_H */
