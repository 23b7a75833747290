// SPDX-License-Identifier: GPL-2.0-only
/* Requests for the kernel, built one after another in one buffer. */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/lb.h>
#include <string.h>

#include "batch.h"
#include "mem.h"

/* More than one call's worth of attributes: a dest with all it can have. */
#define BATCH_SLACK	512

static void batch_grow(struct batch *b, size_t more)
{
	if (b->room - b->len >= more)
		return;

	b->room = b->room * 2 + more + 16 * BATCH_SLACK;
	b->buf = mem_array(b->buf, b->room, 1);
}

static void entry_add(struct batch_entry **array, size_t *n,
		      const struct batch_entry *entry)
{
	*array = mem_room(*array, *n, sizeof(**array));
	(*array)[(*n)++] = *entry;
}

struct nlmsghdr *batch_msg(const struct batch *b, size_t i)
{
	return (struct nlmsghdr *)(b->buf + b->entry[i].offset);
}

/* The last request may have grown since len was taken. */
static void batch_settle(struct batch *b)
{
	if (b->n)
		b->len = b->entry[b->n - 1].offset +
			 NLMSG_ALIGN(batch_msg(b, b->n - 1)->nlmsg_len);
}

void batch_begin(struct batch *b, uint8_t cmd, uint16_t flags)
{
	struct batch_entry entry;
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	batch_settle(b);
	batch_grow(b, BATCH_SLACK);
	entry = (struct batch_entry) { b->text, b->file, b->len, b->line };
	entry_add(&b->entry, &b->n, &entry);

	nlh = mnl_nlmsg_put_header(b->buf + b->len);
	nlh->nlmsg_flags = NLM_F_REQUEST | flags;
	nlh->nlmsg_seq = b->n;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = cmd;
	genl->version = LB_GENL_VERSION;
	batch_settle(b);
}

struct nlmsghdr *batch_room(struct batch *b)
{
	batch_settle(b);
	batch_grow(b, BATCH_SLACK);
	return batch_msg(b, b->n - 1);
}

size_t batch_nest_start(struct batch *b, uint16_t type)
{
	struct nlmsghdr *nlh = batch_room(b);

	return (char *)mnl_attr_nest_start(nlh, type) - b->buf;
}

void batch_nest_end(struct batch *b, size_t nest)
{
	struct nlmsghdr *nlh = batch_msg(b, b->n - 1);

	mnl_attr_nest_end(nlh, (struct nlattr *)(b->buf + nest));
}

/* Has the line asked for the last part, too, in this request? */
static bool goes_on(const struct batch *b, const struct batch_entry *asked)
{
	const struct batch_entry *last;

	if (!b->n_parts)
		return false;
	last = &b->part[b->n_parts - 1];
	return last->offset > b->entry[b->n - 1].offset &&
	       last->text == asked->text && last->line == asked->line;
}

void batch_add_part(struct batch *b, const void *attrs, size_t len,
		    const struct batch_entry *asked)
{
	struct batch_entry part = *asked;

	batch_settle(b);
	batch_grow(b, len);
	part.offset = b->len;
	if (!goes_on(b, asked))
		entry_add(&b->part, &b->n_parts, &part);
	memcpy(b->buf + b->len, attrs, len);
	batch_msg(b, b->n - 1)->nlmsg_len += len;
}

const struct batch_entry *batch_asked(const struct batch *b, size_t i,
				      size_t offset)
{
	const struct batch_entry *asked = &b->entry[i];
	const size_t at = asked->offset + offset;
	size_t first = 0;
	size_t n;

	/* The last part that begins at or before it, if that is of this one. */
	for (n = b->n_parts; n; n /= 2) {
		if (b->part[first + n / 2].offset > at)
			continue;
		if (b->part[first + n / 2].offset > asked->offset)
			asked = &b->part[first + n / 2];
		first += n / 2 + 1;
		n--;
	}
	return asked;
}

void batch_free(struct batch *b)
{
	free(b->buf);
	free(b->entry);
	free(b->part);
	memset(b, 0, sizeof(*b));
}
