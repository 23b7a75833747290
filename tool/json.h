/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink messages as JSON, under the attribute names of the spec. */
#ifndef LBCTL_JSON_H
#define LBCTL_JSON_H

#include <jansson.h>
#include <linux/netlink.h>
#include <stdbool.h>

/*
 * A new object: names where there are any, and an object of counters by what
 * they count.
 */
json_t *json_message(const struct nlmsghdr *nlh);

/* Print from now on for people, or, as at first, for programs. */
void json_pretty(bool on);

/* Print an object on one line, or an array with one element on each. */
void json_print(const json_t *json);

/* The same without an end of the line. */
void json_print_item(const json_t *item);

#endif
