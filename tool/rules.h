/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands that save and load all there is. */
#ifndef LBCTL_RULES_H
#define LBCTL_RULES_H

#include <stdbool.h>
#include <stddef.h>

/* Is the first word one of them? */
bool rules_knows(const char *word);

/* Carry one out. An enum lbctl_exit. */
int rules_run(size_t n, char *const *words);

#endif
