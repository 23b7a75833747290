/* SPDX-License-Identifier: GPL-2.0-only */
/* ipvsadm's grammar. */
#ifndef LBCTL_IPVS_H
#define LBCTL_IPVS_H

#include <stddef.h>

#include "batch.h"

/* Turn the words of a command that changes something into a request. */
int ipvs_compile(struct batch *b, size_t n, char *const *words);

/* Carry a command out; text is what the user typed. */
int ipvs_run(const char *text, size_t n, char *const *words);

#endif
