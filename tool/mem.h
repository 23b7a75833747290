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

#endif
