/* SPDX-License-Identifier: GPL-2.0-only */
/* The netlink family: the only way to control lb. */
#ifndef _LB_NETLINK_H
#define _LB_NETLINK_H

int lb_netlink_init(void);
void lb_netlink_exit(void);

#endif /* _LB_NETLINK_H */
