// SPDX-License-Identifier: GPL-2.0-only
/* A module that cannot be loaded: its init refuses. */

#include <linux/module.h>

static int __init refuses_init(void)
{
	return -EPERM;
}
module_init(refuses_init);

MODULE_DESCRIPTION("A module that refuses to be loaded");
MODULE_LICENSE("GPL");
