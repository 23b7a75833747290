/* SPDX-License-Identifier: GPL-2.0-only */
/* Protocols that speak of addresses and ports in what they carry. */
#ifndef _LB_HELPER_H
#define _LB_HELPER_H

#include "conn.h"

/**
 * struct lb_ftp - Extension of a control connection; conn->lock.
 * @pos: Sequence number of the server's last packet that has another length
 *	for the client.
 * @before: What is added to sequence numbers up to @pos.
 * @after: What is added to those behind it.
 * @passive: The client has asked for passive mode.
 */
struct lb_ftp {
	u32 pos;
	u32 before;
	u32 after;
	bool passive;
};

void lb_ftp_prepare(struct lb_conn_cfg *cfg);
int lb_ftp_open(const struct lb_pkt *pkt, struct lb_conn **conn, bool *made);
__be16 lb_ftp_port(unsigned int i);
struct lb_ftp lb_ftp_get(struct lb_conn *conn);
void lb_ftp_set(struct lb_conn *conn, const struct lb_ftp *ftp);
bool lb_ftp_translate(const struct lb_pkt *pkt, struct lb_conn *conn,
		      enum lb_dir dir);

#endif /* _LB_HELPER_H */
