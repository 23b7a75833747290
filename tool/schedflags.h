/* SPDX-License-Identifier: GPL-2.0-only */
/* Flags of schedulers, by the names that ipvsadm has for them. */
#ifndef LBCTL_SCHEDFLAGS_H
#define LBCTL_SCHEDFLAGS_H

#include <stddef.h>
#include <stdint.h>

/* Room for the longest text. */
#define SCHEDFLAGS_STRLEN	32

/*
 * Names with commas between them, as "sh-port,flag-3", to LB_SCHED_FLAG_*. Each
 * must go with the scheduler. An enum lbctl_exit.
 */
int schedflags_parse(const char *text, const char *scheduler, uint32_t *flags);

/* The opposite. Returns buf. */
const char *schedflags_text(char *buf, size_t size, const char *scheduler,
			    uint32_t flags);

#endif
