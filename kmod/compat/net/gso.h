/* SPDX-License-Identifier: GPL-2.0-only */
/* A header of its own from 6.5 on: delete with the support of 6.1. */
#if __has_include_next(<net/gso.h>)
#include_next <net/gso.h>
#else
#include <linux/skbuff.h>
#endif
