// SPDX-License-Identifier: GPL-2.0-only
/* Flags of schedulers, by the names that ipvsadm has for them. */
#include <linux/lb.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "schedflags.h"

/* Of names for the same flag, the first that fits is printed. */
static const struct {
	const char	*name;
	const char	*scheduler;	/* NULL: any */
	uint32_t	flag;
} names[] = {
	{ "sh-fallback", "sh", LB_SCHED_FLAG_FALLBACK },
	{ "mh-fallback", "mh", LB_SCHED_FLAG_FALLBACK },
	{ "flag-1", NULL, LB_SCHED_FLAG_FALLBACK },
	{ "sh-port", "sh", LB_SCHED_FLAG_PORT },
	{ "mh-port", "mh", LB_SCHED_FLAG_PORT },
	{ "flag-2", NULL, LB_SCHED_FLAG_PORT },
	{ "flag-3", NULL, LB_SCHED_FLAG_THIRD },
};

#define N_NAMES	(sizeof(names) / sizeof(*names))

static bool goes_with(size_t i, const char *scheduler)
{
	return !names[i].scheduler || !strcmp(names[i].scheduler, scheduler);
}

static int parse_one(const char *name, size_t len, const char *scheduler,
		     uint32_t *flags)
{
	size_t i;

	for (i = 0; i < N_NAMES; i++) {
		if (strlen(names[i].name) != len ||
		    strncmp(names[i].name, name, len))
			continue;
		if (!goes_with(i, scheduler))
			return diag_usage("scheduler flag %s goes with scheduler %s only",
					  names[i].name, names[i].scheduler);
		*flags |= names[i].flag;
		return LBCTL_OK;
	}
	return diag_usage("unknown scheduler flag \"%.*s\", expected sh-port, sh-fallback, mh-port, mh-fallback or flag-1 to flag-3",
			  (int)len, name);
}

/* Like ipvsadm, pass over commas without a name. */
int schedflags_parse(const char *text, const char *scheduler, uint32_t *flags)
{
	int rc = LBCTL_OK;
	size_t len;

	for (*flags = 0; *text && !rc; text += len + (text[len] == ',')) {
		len = strcspn(text, ",");
		if (len)
			rc = parse_one(text, len, scheduler, flags);
	}
	return rc;
}

const char *schedflags_text(char *buf, size_t size, const char *scheduler,
			    uint32_t flags)
{
	size_t len = 0;
	size_t i;

	*buf = '\0';
	for (i = 0; i < N_NAMES && len < size; i++) {
		if (!(flags & names[i].flag) || !goes_with(i, scheduler))
			continue;
		len += snprintf(buf + len, size - len, "%s%s", len ? "," : "",
				names[i].name);
		flags &= ~names[i].flag;
	}
	return buf;
}
