// SPDX-License-Identifier: GPL-2.0-only
/* Where a network namespace has what is ours. */

#include <linux/export.h>

#include "lb.h"

unsigned int lb_net_id __ro_after_init;
EXPORT_SYMBOL_LB(lb_net_id);
