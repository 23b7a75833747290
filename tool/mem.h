/* SPDX-License-Identifier: GPL-2.0-only */
/* Memory that is there or ends the program: a tool has no better answer. */
#ifndef LBCTL_MEM_H
#define LBCTL_MEM_H

#include <stdio.h>
#include <stdlib.h>

#include "diag.h"

static inline void *mem_array(void *old, size_t n, size_t size)
{
	void *new = reallocarray(old, n, size);

	if (!new && n) {
		fputs("lbctl: out of memory\n", stderr);
		exit(LBCTL_REFUSED);
	}
	return new;
}

/* Grow an array by one at powers of two, where its room is used up. */
static inline void *mem_room(void *array, size_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	return mem_array(array, n ? n * 2 : 1, size);
}

#endif
