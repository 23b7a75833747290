/* SPDX-License-Identifier: GPL-2.0-only */
/* Flags of sockets by name, from 6.6 on: delete with the support of 6.1. */
#ifndef _LB_COMPAT_NET_INET_SOCK_H
#define _LB_COMPAT_NET_INET_SOCK_H

#include <linux/version.h>
#include_next <net/inet_sock.h>

#if KERNEL_VERSION(6, 6, 0) > LINUX_VERSION_CODE
#define LB_COMPAT_INET_FLAG_NODEFRAG nodefrag
#define inet_test_bit(nr, sk) (inet_sk(sk)->LB_COMPAT_INET_FLAG_##nr)
#endif

#endif /* _LB_COMPAT_NET_INET_SOCK_H */
