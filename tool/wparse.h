/* SPDX-License-Identifier: GPL-2.0-only */
/* The words that commands have in common. */
#ifndef LBCTL_WPARSE_H
#define LBCTL_WPARSE_H

#include "model.h"
#include "pick.h"

/* A command, and how many of its words are taken. */
struct cursor {
	char *const	*words;
	size_t		n;
	size_t		i;
};

/* The next word, not yet taken, or NULL. */
const char *wparse_peek(const struct cursor *c);
/* Take it if it is this one, to the letter. */
bool wparse_take(struct cursor *c, const char *word);

/*
 * Take the next word if it means one of n names: *which is its index, or
 * PICK_NONE. If it may be several, say which. An enum lbctl_exit.
 */
int wparse_pick(struct cursor *c, const char *const *names, size_t n,
		int *which);

/* The same, but say what should have been there if it is none. */
int wparse_pick_one(struct cursor *c, const char *const *names, size_t n,
		    const char *last, int *which);
int wparse_word(struct cursor *c, const char *word);

/* Take --name or --name=VALUE; *value is NULL without one. */
bool wparse_option(struct cursor *c, const char *name, const char **value);

/*
 * Say what should have been there: this, one of n names, the last of which is
 * joined by last, or a setting or, unless it is NULL, more.
 */
int wparse_expect(const struct cursor *c, const char *what);
/* With what may have been meant. */
int wparse_expect_near(const struct cursor *c, const char *what,
		       const char *const *names, size_t n);
int wparse_expect_names(const struct cursor *c, const char *const *names,
			size_t n, const char *last);
int wparse_expect_settings(const struct cursor *c, const struct spec_set *set,
			   const char *more);

/*
 * Take what they are named for, or say what is wrong: an enum lbctl_exit.
 * given is a set of BIT(attr), none of which may be said twice.
 */
int wparse_end(const struct cursor *c);
int wparse_give(uint64_t *given, unsigned int attr, const char *word);
int wparse_key(struct cursor *c, struct service *svc);
/* *has_port may be NULL. */
int wparse_dest_key(struct cursor *c, const struct service *svc,
		    struct dest *dest, bool *has_port);
/* The value of a setting of the object that has val; flags are only passed. */
int wparse_value(struct cursor *c, const struct spec_set *set, uint16_t type,
		 union value *val);
/* Settings as far as they are known, up to the word more, unless NULL. */
int wparse_settings(struct cursor *c, const struct spec_set *set,
		    const char *more, union value *val, uint64_t *given);
/* Each with defaults if it is to be whole. */
int wparse_service_dests(struct cursor *c, struct service *svc, bool whole);

#endif
