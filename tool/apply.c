// SPDX-License-Identifier: GPL-2.0-only
/* Requests that change something, many at a time. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <string.h>
#include <sys/socket.h>

#include "apply.h"
#include "diag.h"
#include "lost.h"
#include "nl.h"

/*
 * As many requests go out before their answers are read. The kernel answers
 * those that it refuses, and the last, which asks for it. An answer takes less
 * than 1 KiB of the receive buffer, whose default is 208 KiB.
 */
#define APPLY_WINDOW	128
#define APPLY_SEND_MAX	(64 * 1024)

/* Requests first to end, which are out; next is the first not answered. */
struct window {
	const struct batch	*b;
	size_t			first;
	size_t			next;
	size_t			end;
	bool			answered[APPLY_WINDOW];
	bool			lost;
	int			worst;
};

/* Requests from i on that may go out together. */
static size_t window_end(const struct batch *b, size_t i)
{
	size_t end = i;
	size_t len = 0;

	do
		len += NLMSG_ALIGN(batch_msg(b, end++)->nlmsg_len);
	while (end < b->n && end - i < APPLY_WINDOW &&
	       len + batch_msg(b, end)->nlmsg_len <= APPLY_SEND_MAX);
	return end;
}

static int window_send(struct nl *nl, const struct window *w)
{
	const int fd = mnl_socket_get_fd(nl->sock);
	struct nlmsghdr *nlh = NULL;
	size_t len = 0;
	size_t i;
	int size;

	for (i = w->first; i < w->end; i++) {
		nlh = batch_msg(w->b, i);
		nlh->nlmsg_type = nl->family;
		len += NLMSG_ALIGN(nlh->nlmsg_len);
	}
	nlh->nlmsg_flags |= NLM_F_ACK;
	if (len > APPLY_SEND_MAX) {
		/* One large request; the privileged form knows no limit. */
		size = len + APPLY_SEND_MAX;
		if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
			       sizeof(size)))
			setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
				   sizeof(size));
	}
	return nl_send(nl, batch_msg(w->b, w->first), len);
}

/*
 * Answers come in order, to requests whose numbers begin at 1. Until one was
 * lost, all before an answer were carried out.
 */
static void take_answer(const struct nlmsghdr *nlh, void *arg)
{
	const size_t i = nlh->nlmsg_seq - 1;
	struct window *w = arg;
	int rc;

	if (nlh->nlmsg_seq <= w->next || nlh->nlmsg_seq > w->end)
		return;
	if (!w->lost)
		w->next = i;
	if (!nl_is_end(nlh, w->b, i, &rc))
		return;
	w->answered[i - w->first] = true;
	if (!w->lost)
		w->next = i + 1;
	if (rc)
		w->worst = rc;
}

/* Of those that went out together, a later one may have changed the same. */
static enum lost find_out(const struct window *w, size_t i)
{
	size_t later;

	for (later = i + 1; later < w->end; later++)
		if (lost_hides(batch_msg(w->b, i), batch_msg(w->b, later)))
			return LOST_UNKNOWN;
	return lost_ask(batch_msg(w->b, i));
}

/* Say what became of request i. An enum lbctl_exit. */
static int report_lost(const struct window *w, size_t i)
{
	const struct batch_entry *asked = batch_asked(w->b, i, 0);
	int rc = LBCTL_REFUSED;

	diag_at(asked->file, asked->line);
	switch (find_out(w, i)) {
	case LOST_DONE:
		rc = diag_warn("%s: the answer was lost, but it is done",
			       asked->text);
		break;
	case LOST_UNDONE:
		diag_refused("%s: the answer was lost, and it is not done",
			     asked->text);
		break;
	case LOST_UNKNOWN:
		diag_refused("%s: the answer was lost; whether it is done cannot be seen",
			     asked->text);
		break;
	}
	diag_at(NULL, 0);
	return rc;
}

/*
 * An answer was lost. Requests are carried out while they are sent, so that all
 * other answers are there; see what became of requests without one.
 */
static void window_settle(struct nl *nl, struct window *w)
{
	size_t i;
	int rc;

	w->lost = true;
	while (nl_recv(nl, false, take_answer, w) > 0)
		;
	for (i = w->next; i < w->end; i++) {
		if (w->answered[i - w->first])
			continue;
		rc = report_lost(w, i);
		if (rc)
			w->worst = rc;
	}
}

/* Read the answers until that to the last comes. */
static int window_drain(struct nl *nl, struct window *w)
{
	while (w->next < w->end) {
		if (nl_recv(nl, true, take_answer, w) >= 0)
			continue;
		if (errno != ENOBUFS)
			return diag_refused("netlink: cannot receive: %s",
					    strerror(errno));
		window_settle(nl, w);
		break;
	}
	return LBCTL_OK;
}

int apply_batch(struct batch *b)
{
	int worst = LBCTL_OK;
	struct window w;
	struct nl *nl;
	size_t i;
	int rc;

	rc = nl_ready(&nl);
	for (i = 0; !rc && i < b->n; i = w.end) {
		w = (struct window) {
			.b	= b,
			.first	= i,
			.next	= i,
			.end	= window_end(b, i),
			.worst	= worst,
		};
		rc = window_send(nl, &w);
		if (!rc)
			rc = window_drain(nl, &w);
		worst = w.worst;
	}
	return rc ? rc : worst;
}
