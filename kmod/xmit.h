/* SPDX-License-Identifier: GPL-2.0-only */
/* How packets leave: to the real server, and back to the client. */
#ifndef _LB_XMIT_H
#define _LB_XMIT_H

#include "conn.h"

enum lb_verdict lb_xmit_request(const struct lb_pkt *pkt,
				struct lb_conn *conn);
enum lb_verdict lb_xmit_reply(const struct lb_pkt *pkt,
			      const struct lb_conn *conn);

#endif /* _LB_XMIT_H */
