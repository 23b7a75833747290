/* SPDX-License-Identifier: GPL-2.0-only */
/* Protocols that speak of addresses and ports in what they carry. */
#ifndef _LB_HELPER_H
#define _LB_HELPER_H

#include "conn.h"

void lb_ftp_prepare(struct lb_conn_cfg *cfg);
int lb_ftp_open(const struct lb_pkt *pkt, struct lb_conn **conn, bool *made);
bool lb_ftp_translate(const struct lb_pkt *pkt, struct lb_conn *conn,
		      enum lb_dir dir);

#endif /* _LB_HELPER_H */
