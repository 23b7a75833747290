/* SPDX-License-Identifier: GPL-2.0-only */
/* Persistence: templates that bring a client back to its real server. */
#ifndef _LB_PERSIST_H
#define _LB_PERSIST_H

#include "conn.h"
#include "svc.h"

struct lb_conn *lb_persist_find(const struct lb_svc *svc,
				const struct lb_pkt *pkt);
struct lb_conn *lb_persist_create(const struct lb_svc *svc,
				  const struct lb_pkt *pkt,
				  struct lb_dest *dest, bool *made);
bool lb_persist_key(struct lb_tuple *key, const struct lb_svc *svc,
		    const struct lb_tuple *tuple, struct lb_call_id *id);
bool lb_persist_call_id(const struct lb_pkt *pkt, struct lb_call_id *id);
u64 lb_persist_hash(const struct lb_call_id *id);
void lb_persist_forget(struct lb_net *lbn, const struct lb_conn *conn);
void lb_persist_resume(const struct lb_svc *svc, const struct lb_pkt *pkt,
		       struct lb_conn *conn);
void lb_persist_touch(const struct lb_svc *svc, const struct lb_pkt *pkt,
		      struct lb_conn *template);

#endif /* _LB_PERSIST_H */
