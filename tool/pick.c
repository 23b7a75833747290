// SPDX-License-Identifier: GPL-2.0-only
/* Which of several names a word means. */
#include <string.h>

#include "pick.h"

/* Longer words are no slip for any name. */
#define WORD_MAX	40

int pick_name(const char *word, const char *const *names, size_t n)
{
	const size_t len = strlen(word);
	int found = PICK_NONE;
	size_t i;

	for (i = 0; len && i < n; i++) {
		if (strncmp(word, names[i], len))
			continue;
		if (!names[i][len])
			return i;
		found = found == PICK_NONE ? (int)i : PICK_MANY;
	}
	return found;
}

static size_t least(size_t a, size_t b)
{
	return a < b ? a : b;
}

/*
 * How many letters are to be added, dropped or changed, or swapped with the
 * next one, to get from one to the other.
 */
static size_t distance(const char *a, const char *b)
{
	size_t row[3][WORD_MAX + 1];
	size_t *now, *last, *before;
	size_t i, j;

	for (j = 0; j <= WORD_MAX; j++)
		row[0][j] = j;
	for (i = 1; a[i - 1]; i++) {
		now = row[i % 3];
		last = row[(i + 2) % 3];
		before = row[(i + 1) % 3];
		now[0] = i;
		for (j = 1; b[j - 1]; j++) {
			now[j] = least(least(last[j], now[j - 1]) + 1,
				       last[j - 1] + (a[i - 1] != b[j - 1]));
			if (i > 1 && j > 1 && a[i - 1] == b[j - 2] &&
			    a[i - 2] == b[j - 1])
				now[j] = least(now[j], before[j - 2] + 1);
		}
	}
	return row[strlen(a) % 3][strlen(b)];
}

const char *pick_near(const char *word, const char *const *names, size_t n)
{
	const size_t len = strlen(word);
	/* A third of the letters may be wrong. */
	size_t best = (len + 1) / 3 + 1;
	const char *near = NULL;
	size_t i, d;

	for (i = 0; len <= WORD_MAX && i < n; i++) {
		d = strlen(names[i]) <= WORD_MAX ? distance(word, names[i]) :
						   best;
		if (d < best) {
			best = d;
			near = names[i];
		}
	}
	return near;
}
