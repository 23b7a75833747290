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

static void batch_grow(struct batch *b)
{
	if (b->room - b->len >= BATCH_SLACK)
		return;

	b->room = b->room ? b->room * 2 : 16 * BATCH_SLACK;
	b->buf = mem_array(b->buf, b->room, 1);
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
	struct genlmsghdr *genl;
	struct nlmsghdr *nlh;

	batch_settle(b);
	batch_grow(b);
	if (b->n == b->entry_room) {
		b->entry_room = b->entry_room ? b->entry_room * 2 : 16;
		b->entry = mem_array(b->entry, b->entry_room,
				     sizeof(*b->entry));
	}
	b->entry[b->n++] = (struct batch_entry) {
		.text	= b->text,
		.offset	= b->len,
		.line	= b->line,
	};

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
	batch_grow(b);
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

void batch_free(struct batch *b)
{
	free(b->buf);
	free(b->entry);
	memset(b, 0, sizeof(*b));
}
