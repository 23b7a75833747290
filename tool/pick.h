/* SPDX-License-Identifier: GPL-2.0-only */
/* Which of several names a word means. */
#ifndef LBCTL_PICK_H
#define LBCTL_PICK_H

#include <stddef.h>

enum {
	PICK_NONE = -1,
	PICK_MANY = -2,
};

/* The index of the name that is the word, or that alone begins with it. */
int pick_name(const char *word, const char *const *names, size_t n);

/* The name for which the word may be a slip of the hand, or NULL. */
const char *pick_near(const char *word, const char *const *names, size_t n);

#endif
