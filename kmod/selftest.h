/* SPDX-License-Identifier: GPL-2.0-only */
/* Self-tests of pure code, at load of a debug build. */
#ifndef _LB_SELFTEST_H
#define _LB_SELFTEST_H

#include "conn.h"
#include "dest.h"
#include "gso.h"
#include "image.h"
#include "mss.h"
#include "nat.h"
#include "pkt.h"
#include "proto.h"
#include "sched.h"
#include "table.h"

#ifdef LB_DEBUG
static bool selftest = true;
module_param(selftest, bool, 0400);
MODULE_PARM_DESC(selftest, "run the self-tests when loaded (1)");
#endif

/** lb_selftest() - Run all self-tests. Return: 0 or -errno. */
static inline int __init lb_selftest(void)
{
#ifdef LB_DEBUG
	int err;

	if (!selftest)
		return 0;

	err = lb_pkt_selftest() ?: lb_nat_selftest() ?: lb_mss_selftest() ?:
	      lb_gso_selftest() ?: lb_table_selftest() ?:
	      lb_dest_selftest() ?: lb_conn_selftest() ?: lb_proto_selftest() ?:
	      lb_proto_tcp_selftest() ?: lb_proto_sctp_selftest() ?:
	      lb_sched_rr_selftest() ?: lb_sched_lc_selftest() ?:
	      lb_sched_fo_selftest() ?: lb_sched_hash_selftest() ?:
	      lb_sched_mh_selftest() ?: lb_sched_lblc_selftest() ?:
	      lb_image_selftest();
	if (!err)
		pr_notice("lb: self-tests passed\n");
	return err;
#else
	return 0;
#endif
}

#endif /* _LB_SELFTEST_H */
