/* SPDX-License-Identifier: GPL-2.0-only */
/* From 6.13 on, a namespace of symbols is a string; before, it was a word.
 * Delete with the support of 6.12.
 */
#include_next <linux/export.h>
#ifndef _LB_COMPAT_EXPORT_H
#define _LB_COMPAT_EXPORT_H

#include <linux/version.h>

#if KERNEL_VERSION(6, 13, 0) > LINUX_VERSION_CODE
#define EXPORT_SYMBOL_LB(symbol) EXPORT_SYMBOL_NS_GPL(symbol, LB)
#define LB_IMPORT() MODULE_IMPORT_NS(LB)
#else
#define EXPORT_SYMBOL_LB(symbol) EXPORT_SYMBOL_NS_GPL(symbol, "LB")
#define LB_IMPORT() MODULE_IMPORT_NS("LB")
#endif

#endif
