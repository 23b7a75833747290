/* SPDX-License-Identifier: GPL-2.0-only */
/* From 6.6 on, the kernel is told how many entries a table has; before, the
 * last one is empty. From 6.11 on, handlers may not change an entry. Delete
 * with the support of 6.1.
 */
#include_next <linux/sysctl.h>
#ifndef _LB_COMPAT_SYSCTL_H
#define _LB_COMPAT_SYSCTL_H

#include <linux/version.h>

#if KERNEL_VERSION(6, 11, 0) > LINUX_VERSION_CODE
#define LB_COMPAT_CTL_TABLE struct ctl_table
#else
#define LB_COMPAT_CTL_TABLE const struct ctl_table
#endif

#if KERNEL_VERSION(6, 6, 0) > LINUX_VERSION_CODE
#define lb_compat_register_net_sysctl(net, path, table, n) \
	((void)(n), register_net_sysctl(net, path, table))
#else
#define lb_compat_register_net_sysctl(net, path, table, n) \
	register_net_sysctl_sz(net, path, table, n)
#endif

#endif
