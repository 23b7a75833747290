/* SPDX-License-Identifier: GPL-2.0-only */
/* The daemons that synchronise connections: what is asked of them. */
#ifndef LBCTL_SYNC_H
#define LBCTL_SYNC_H

#include "attrs.h"
#include "batch.h"
#include "parse.h"

#define SYNC_PEERS	8
#define SYNC_KEY_MAX	64

/* Values are indexed by LB_A_SYNC_*; those of given are sent. */
struct sync {
	union value	val[LB_A_SYNC_MAX + 1];
	uint64_t	given;
	struct endpoint	peer[SYNC_PEERS];
	size_t		n_peers;
	unsigned char	key[SYNC_KEY_MAX];
	size_t		key_len;
};

/* A setting of a daemon, in both grammars. */
struct sync_word {
	const char		*word;
	const char		*what;		/* that is expected */
	enum spec_option_id	option;
	uint16_t		attr;
	uint32_t		min;		/* of a number */
	uint32_t		max;
};

extern const struct sync_word sync_words[];
extern const size_t sync_n_words;

/* Is text the name of a daemon? Then note it. */
bool sync_parse_role(const char *text, struct sync *sync);

/*
 * Read a key: all of a file but the end of its last line. An enum lbctl_exit.
 */
int sync_read_key(const char *path, struct sync *sync);

/*
 * Take a value. What an enum lbctl_exit says is wrong was printed; *bad: it was
 * not, as this is none.
 */
int sync_parse(const struct sync_word *word, const char *text,
	       struct sync *sync, bool *bad);

/* Append a request to start or to stop it to a batch. */
void sync_start(struct batch *b, uint16_t flags, const struct sync *sync);
void sync_stop(struct batch *b, const struct sync *sync);

/* Read a message. */
void sync_get(const struct nlmsghdr *nlh, struct sync *sync);

#endif
