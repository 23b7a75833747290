/* SPDX-License-Identifier: GPL-2.0-only */
/* From 6.15 on, TCP with accurate ECN has a kind of its own, and what the
 * offloads make of a CWR is that. From 6.18 on, the identifications of an outer
 * and an inner header are told apart; before, what was said was of the inner
 * one. Delete with the support of 6.12.
 */
#include_next <linux/skbuff.h>
#ifndef _LB_COMPAT_SKBUFF_H
#define _LB_COMPAT_SKBUFF_H

#include <linux/version.h>

#if KERNEL_VERSION(6, 15, 0) > LINUX_VERSION_CODE
#define SKB_GSO_TCP_ACCECN SKB_GSO_TCP_ECN
#endif

#if KERNEL_VERSION(6, 18, 0) > LINUX_VERSION_CODE
#define SKB_GSO_TCP_FIXEDID_INNER SKB_GSO_TCP_FIXEDID
#endif

#endif
