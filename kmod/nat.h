/* SPDX-License-Identifier: GPL-2.0-only */
/* NAT: rewrite addresses and ports, and the checksums over them. */
#ifndef _LB_NAT_H
#define _LB_NAT_H

#include "conn.h"

bool lb_nat_request(const struct lb_pkt *pkt, const struct lb_conn *conn);
bool lb_nat_reply(const struct lb_pkt *pkt, const struct lb_conn *conn);
bool lb_nat_other(const struct lb_pkt *pkt, const struct lb_conn *conn,
		  enum lb_dir dir);
bool lb_nat_icmp(const struct lb_pkt *pkt, const struct lb_conn *conn,
		 enum lb_dir dir);

#ifdef LB_DEBUG
int lb_nat_selftest(void);
#endif

#endif /* _LB_NAT_H */
