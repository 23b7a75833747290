/* SPDX-License-Identifier: GPL-2.0-only */
/* Protocols: what a packet means for its connection. */
#ifndef _LB_PROTO_H
#define _LB_PROTO_H

#include "conn.h"

bool lb_proto_opens(const struct lb_pkt *pkt);
u8 lb_proto_first(const struct lb_pkt *pkt, u8 forward);
bool lb_proto_reopens(const struct lb_conn *conn, const struct lb_pkt *pkt);
void lb_proto_update(struct lb_conn *conn, const struct lb_pkt *pkt,
		     enum lb_dir dir);
void lb_proto_init(struct lb_net *lbn);

u8 lb_proto_tcp_first(const struct lb_pkt *pkt, u8 forward);
u8 lb_proto_tcp_next(const struct lb_conn *conn, const struct lb_pkt *pkt,
		     enum lb_dir dir);
bool lb_proto_tcp_is_active(u8 state);

#ifdef LB_DEBUG
int lb_proto_selftest(void);
int lb_proto_tcp_selftest(void);
#endif

#endif /* _LB_PROTO_H */
