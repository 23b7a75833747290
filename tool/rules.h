/* SPDX-License-Identifier: GPL-2.0-only */
/* The commands that save and load all there is. Upgrade does both. */
#ifndef LBCTL_RULES_H
#define LBCTL_RULES_H

#include <stdbool.h>
#include <stddef.h>

/* Is it one of them? */
bool rules_knows(const char *object);

/* Carry one out; the first of the words stands for it. An enum lbctl_exit. */
int rules_run(const char *object, size_t n, char *const *words, bool json);

#endif
