/* SPDX-License-Identifier: GPL-2.0-only */
/* ICMP errors about balanced connections, and about tunnel packets of ours. */
#ifndef _LB_ICMP_RELATED_H
#define _LB_ICMP_RELATED_H

#include "conn.h"

enum lb_verdict lb_icmp_related(const struct lb_pkt *pkt, struct lb_conn *conn,
				enum lb_dir dir);
enum lb_verdict lb_icmp_tunnel(const struct lb_pkt *pkt, struct lb_conn *conn);

#endif /* _LB_ICMP_RELATED_H */
