/* SPDX-License-Identifier: GPL-2.0-only */
/* The word grammar: OBJECT COMMAND …. */
#ifndef LBCTL_WORDS_H
#define LBCTL_WORDS_H

#include <stdbool.h>
#include <stddef.h>

#include "batch.h"

/* Turn the words of a command that changes something into a request. */
int words_compile(struct batch *b, size_t n, char *const *words);

/* The object that the first word means, or say that it is none. */
int words_object(size_t n, char *const *words, const char **object);

/* Carry a command out; text is what the user typed. */
int words_run(const char *text, size_t n, char *const *words, bool json);

#endif
