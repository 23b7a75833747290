/* SPDX-License-Identifier: GPL-2.0-only */
/* All connections: read from the kernel, kept in a file, and made again. */
#ifndef LBCTL_CONNFILE_H
#define LBCTL_CONNFILE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "wparse.h"

/*
 * Attributes of requests to come, each behind its length in 32 bits. What
 * others belong to is in the parts before: templates, control connections of
 * FTP, all others.
 */
enum {
	CONNFILE_TEMPLATES,
	CONNFILE_CONTROLS,
	CONNFILE_CONNS,
	CONNFILE_PARTS,
};

struct connfile {
	struct connfile_part {
		char	*buf;
		size_t	len;
		size_t	room;
	}		part[CONNFILE_PARTS];
	uint64_t	n;
	uint64_t	wall_ms;	/* when they were read */
	uint64_t	boot_ms;
	char		boot_id[40];
};

/* What became of them. */
struct conntally {
	uint64_t	made;
	uint64_t	there;		/* already */
	uint64_t	ended;		/* their time is over */
	uint64_t	refused;
	uint64_t	reason[8];
};

/* Have memory at hand for about so many, as to get it takes time. */
void connfile_prepare(struct connfile *f, size_t n);

/* Each an enum lbctl_exit. Read into what is empty, or prepared. */
int connfile_read(const char *what, struct connfile *f);
int connfile_write(const struct connfile *f, const char *path);
int connfile_load(const char *path, struct connfile *f);
int connfile_apply(const char *what, struct connfile *f,
		   struct conntally *tally);
void connfile_free(struct connfile *f);

/* Print it, or add it to an object. */
void conntally_print(const struct conntally *tally);
void conntally_json(const struct conntally *tally, json_t *object);

/* The commands. */
int connfile_save(const char *text, struct cursor *c, bool json);
int connfile_restore(const char *text, struct cursor *c, bool json);

#endif
