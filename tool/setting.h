/* SPDX-License-Identifier: GPL-2.0-only */
/* Settings of services and real servers, from text and to text. */
#ifndef LBCTL_SETTING_H
#define LBCTL_SETTING_H

#include <netinet/in.h>

#include "attrs.h"

/*
 * The attribute that holds a setting of the object that has val: with IPv6, the
 * mask of persistence is another one.
 */
uint16_t setting_type(const struct spec_set *set, uint16_t type,
		      const union value *val);

/*
 * Read the value of any setting but flags of the scheduler and switches, which
 * have none. NULL, or what should be there; the next call overwrites it.
 */
const char *setting_parse(const struct spec_set *set, uint16_t type,
			  const char *text, union value *val);

/*
 * Read flags like "sh-port,flag-3", which must go with the scheduler that val
 * names, and may be val's own text. An enum lbctl_exit.
 */
int setting_parse_flags(const char *text, union value *val);

/*
 * A setting as text, NULL if it has its default, which need not be shown. In
 * buf, or not.
 */
#define SETTING_STRLEN	(2 * LB_COMMENT_MAX + 4)
const char *setting_text(char *buf, const struct spec_set *set, uint16_t type,
			 const union value *val);

/* A mark alone, as "0x10/0xff". In buf. */
#define SETTING_MARK_STRLEN	24
const char *setting_mark_text(char *buf, uint64_t mark);

#endif
