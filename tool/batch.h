/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests for the kernel, built one after another in one buffer. */
#ifndef LBCTL_BATCH_H
#define LBCTL_BATCH_H

#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct batch_entry {
	const char	*text;		/* what was asked, borrowed */
	const char	*file;		/* where, borrowed, or NULL */
	size_t		offset;		/* of the request in the buffer */
	unsigned int	line;
};

struct batch {
	char			*buf;
	size_t			len;
	size_t			room;
	struct batch_entry	*entry;
	size_t			n;
	struct batch_entry	*part;
	size_t			n_parts;
	const char		*text;		/* for entries to come */
	const char		*file;
	unsigned int		line;
	bool			whole;		/* say defaults, too */
	bool			alone;		/* the kernel may be asked */
};

/* Begin a request. The type is filled in when it is sent. */
void batch_begin(struct batch *b, uint8_t cmd, uint16_t flags);

/*
 * The request under construction, with room for a few more attributes. Valid
 * until the next call.
 */
struct nlmsghdr *batch_room(struct batch *b);

/* Nests can't be kept as pointers: the buffer moves as it grows. */
size_t batch_nest_start(struct batch *b, uint16_t type);
void batch_nest_end(struct batch *b, size_t nest);

/*
 * Add attributes to the request under construction that another line asked
 * for. A refusal that points into them is about that line.
 */
void batch_add_part(struct batch *b, const void *attrs, size_t len,
		    const struct batch_entry *asked);

/* Who asked for what is at offset of request i, counted from its header. */
const struct batch_entry *batch_asked(const struct batch *b, size_t i,
				      size_t offset);

struct nlmsghdr *batch_msg(const struct batch *b, size_t i);
void batch_free(struct batch *b);

#endif
