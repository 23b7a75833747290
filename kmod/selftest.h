/* SPDX-License-Identifier: GPL-2.0-only */
/* Self-tests of pure code, at load of a debug build. */
#ifndef _LB_SELFTEST_H
#define _LB_SELFTEST_H

#include "proto.h"

/** lb_selftest() - Run all self-tests. Return: 0 or -errno. */
static inline int lb_selftest(void)
{
#ifdef LB_DEBUG
	return lb_proto_tcp_selftest();
#else
	return 0;
#endif
}

#endif /* _LB_SELFTEST_H */
