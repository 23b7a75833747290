/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink messages as JSON, under the attribute names of the spec. */
#ifndef LBCTL_JSON_H
#define LBCTL_JSON_H

#include <jansson.h>
#include <linux/netlink.h>

/* A new object; values are as the ynl tools of the kernel print them. */
json_t *json_message(const struct nlmsghdr *nlh);

/* Print an object on one line, or an array with one element on each. */
void json_print(const json_t *json);

#endif
