/* SPDX-License-Identifier: GPL-2.0-only */
/* A header of its own from 6.5 on: delete with the support of 6.1. */
#include <linux/version.h>

#if KERNEL_VERSION(6, 5, 0) > LINUX_VERSION_CODE
#include <linux/skbuff.h>
#else
#include_next <net/gso.h>
#endif
