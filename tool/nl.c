// SPDX-License-Identifier: GPL-2.0-only
/* The netlink socket: requests, dumps, and the kernel's reasons. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/lb.h>
#include <string.h>
#include <sys/socket.h>

#include "diag.h"
#include "lost.h"
#include "nl.h"
#include "spec.h"

/*
 * As many requests go out before their answers are read. The kernel answers
 * those that it refuses, and the last, which asks for it. An answer takes less
 * than 1 KiB of the receive buffer, whose default is 208 KiB.
 */
#define NL_WINDOW	128
#define NL_SEND_MAX	(64 * 1024)

/* Largest message that a dump brings. */
#define NL_RECV_MAX	(64 * 1024)

static char recv_buf[NL_RECV_MAX];

/* What the kernel says about a request beside the error number. */
struct ext_ack {
	const char	*msg;
	uint32_t	offset;
	uint32_t	miss_nest;
	uint16_t	miss_type;
};

static void ext_ack_parse(const struct nlattr *attr, const char *end,
			  struct ext_ack *ack)
{
	for (; mnl_attr_ok(attr, end - (const char *)attr);
	     attr = mnl_attr_next(attr)) {
		switch (mnl_attr_get_type(attr)) {
		case NLMSGERR_ATTR_MSG:
			if (!mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
				ack->msg = mnl_attr_get_str(attr);
			break;
		case NLMSGERR_ATTR_OFFS:
			if (!mnl_attr_validate(attr, MNL_TYPE_U32))
				ack->offset = mnl_attr_get_u32(attr);
			break;
		case NLMSGERR_ATTR_MISS_NEST:
			if (!mnl_attr_validate(attr, MNL_TYPE_U32))
				ack->miss_nest = mnl_attr_get_u32(attr);
			break;
		case NLMSGERR_ATTR_MISS_TYPE:
			if (!mnl_attr_validate(attr, MNL_TYPE_U32))
				ack->miss_type = mnl_attr_get_u32(attr);
			break;
		}
	}
}

/* Where a message of type NLMSG_ERROR or NLMSG_DONE keeps its attributes. */
static void ext_ack_find(const struct nlmsghdr *nlh, struct ext_ack *ack)
{
	const char *end = mnl_nlmsg_get_payload_tail(nlh);
	const struct nlmsgerr *err;
	size_t skip = sizeof(int);

	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	if (nlh->nlmsg_type == NLMSG_ERROR) {
		err = mnl_nlmsg_get_payload(nlh);
		skip = sizeof(*err);
		if (!(nlh->nlmsg_flags & NLM_F_CAPPED))
			skip += err->msg.nlmsg_len - sizeof(err->msg);
	}
	if (mnl_nlmsg_get_payload_len(nlh) > skip)
		ext_ack_parse(mnl_nlmsg_get_payload_offset(nlh, skip), end,
			      ack);
}

/* For when the kernel gave a number only. */
static const char *errno_text(int error, uint8_t cmd)
{
	const bool dest = cmd == LB_CMD_DEST_SET || cmd == LB_CMD_DEST_DEL;

	switch (error) {
	case ESRCH:
		return "no such service";
	case ENOENT:
		return dest ? "no such real server" : "no such scheduler";
	case EEXIST:
		return dest ? "the real server exists already" :
			      "the service exists already";
	case EPERM:
		return "this needs CAP_NET_ADMIN";
	}
	return strerror(error);
}

/* Say why request i was refused, and where in file who asked for it. */
static int report_refusal(const struct batch *b, size_t i, const char *file,
			  int error, const struct ext_ack *ack)
{
	const struct nlmsghdr *req = batch_msg(b, i);
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(req);
	uint32_t offset = ack->miss_type ? ack->miss_nest : ack->offset;
	const struct batch_entry *asked = batch_asked(b, i, offset);
	const char *msg = ack->msg;
	char attr[64];
	int rc;

	if (!msg)
		msg = errno_text(error, genl->cmd);

	diag_at(file, asked->line);
	if ((offset || ack->miss_type) &&
	    spec_attr_at(req, offset, ack->miss_type, attr, sizeof(attr)))
		rc = diag_refused("%s: %s (attribute %s)", asked->text, msg,
				  attr);
	else
		rc = diag_refused("%s: %s", asked->text, msg);
	diag_at(NULL, 0);
	return rc;
}

/*
 * If nlh ends the answer to request i, report what it says and store the exit
 * code in *rc.
 */
static bool is_end(const struct nlmsghdr *nlh, const struct batch *b, size_t i,
		   const char *file, int *rc)
{
	struct ext_ack ack = { NULL };
	int error = 0;

	if (nlh->nlmsg_type != NLMSG_ERROR && nlh->nlmsg_type != NLMSG_DONE)
		return false;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	*rc = LBCTL_OK;
	if (!error)
		return true;

	ext_ack_find(nlh, &ack);
	*rc = report_refusal(b, i, file, -error, &ack);
	return true;
}

static ssize_t nl_recv(struct nl *nl)
{
	ssize_t len;

	do {
		len = mnl_socket_recvfrom(nl->sock, recv_buf,
					  sizeof(recv_buf));
	} while (len < 0 && errno == EINTR);
	return len;
}

static int nl_send(struct nl *nl, const void *buf, size_t len)
{
	if (mnl_socket_sendto(nl->sock, buf, len) >= 0)
		return LBCTL_OK;
	return diag_refused("netlink: cannot send: %s", strerror(errno));
}

int nl_read(struct nl *nl, struct batch *b, nl_reply_fn *fn, void *arg,
	    bool *torn)
{
	struct nlmsghdr *req = batch_msg(b, 0);
	const struct nlmsghdr *nlh;
	ssize_t len;
	int left;
	int rc;

	req->nlmsg_type = nl->family;
	rc = nl_send(nl, req, req->nlmsg_len);
	if (rc)
		return rc;

	for (;;) {
		len = nl_recv(nl);
		if (len < 0)
			return diag_refused("netlink: cannot receive: %s",
					    strerror(errno));
		nlh = (const struct nlmsghdr *)recv_buf;
		left = len;
		for (; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (torn && nlh->nlmsg_flags & NLM_F_DUMP_INTR)
				*torn = true;
			if (is_end(nlh, b, 0, NULL, &rc))
				return rc;
			fn(nlh, arg);
		}
	}
}

/* Requests from i on that may go out together. */
static size_t window_end(const struct batch *b, size_t i)
{
	size_t end = i;
	size_t len = 0;

	do
		len += NLMSG_ALIGN(batch_msg(b, end++)->nlmsg_len);
	while (end < b->n && end - i < NL_WINDOW &&
	       len + batch_msg(b, end)->nlmsg_len <= NL_SEND_MAX);
	return end;
}

static int window_send(struct nl *nl, struct batch *b, size_t i, size_t end)
{
	struct nlmsghdr *first = batch_msg(b, i);
	struct nlmsghdr *nlh = first;
	size_t len = 0;
	int size;
	int fd;

	for (; i < end; i++) {
		nlh = batch_msg(b, i);
		nlh->nlmsg_type = nl->family;
		len += NLMSG_ALIGN(nlh->nlmsg_len);
	}
	nlh->nlmsg_flags |= NLM_F_ACK;
	if (len > NL_SEND_MAX) {
		/* One large request; the privileged form knows no limit. */
		fd = mnl_socket_get_fd(nl->sock);
		size = len + NL_SEND_MAX;
		if (setsockopt(fd, SOL_SOCKET, SO_SNDBUFFORCE, &size,
			       sizeof(size)))
			setsockopt(fd, SOL_SOCKET, SO_SNDBUF, &size,
				   sizeof(size));
	}
	return nl_send(nl, first, len);
}

/* Of those up to end, which went out with request i, a later one may have
 * changed the same.
 */
static enum lost find_out(const struct batch *b, size_t i, size_t end)
{
	size_t later;

	for (later = i + 1; later < end; later++)
		if (lost_hides(batch_msg(b, i), batch_msg(b, later)))
			return LOST_UNKNOWN;
	return lost_ask(batch_msg(b, i));
}

/* Say what became of request i. An enum lbctl_exit. */
static int report_lost(const struct batch *b, size_t i, size_t end,
		       const char *file)
{
	const struct batch_entry *asked = batch_asked(b, i, 0);
	int rc = LBCTL_REFUSED;

	diag_at(file, asked->line);
	switch (find_out(b, i, end)) {
	case LOST_DONE:
		diag_warn("%s: the answer was lost, but it is done",
			  asked->text);
		rc = LBCTL_OK;
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
 * other answers are there; see what became of requests i to end without one.
 */
static void window_settle(struct nl *nl, struct batch *b, const char *file,
			  size_t i, size_t end, int *worst)
{
	const int fd = mnl_socket_get_fd(nl->sock);
	bool answered[NL_WINDOW] = { false };
	const size_t first = i;
	const struct nlmsghdr *nlh;
	ssize_t len;
	int left;
	int rc;

	while ((len = recv(fd, recv_buf, sizeof(recv_buf), MSG_DONTWAIT)) > 0) {
		nlh = (const struct nlmsghdr *)recv_buf;
		left = len;
		for (; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_seq <= first || nlh->nlmsg_seq > end ||
			    !is_end(nlh, b, nlh->nlmsg_seq - 1, file, &rc))
				continue;
			answered[nlh->nlmsg_seq - 1 - first] = true;
			if (rc)
				*worst = rc;
		}
	}
	for (; i < end; i++) {
		rc = LBCTL_OK;
		if (!answered[i - first])
			rc = report_lost(b, i, end, file);
		if (rc)
			*worst = rc;
	}
}

/* Read the answers to requests i to end, until that to the last comes. */
static int window_drain(struct nl *nl, struct batch *b, const char *file,
			size_t i, size_t end, int *worst)
{
	const struct nlmsghdr *nlh;
	ssize_t len;
	int left;
	int rc;

	while (i < end) {
		len = nl_recv(nl);
		if (len < 0 && errno == ENOBUFS) {
			window_settle(nl, b, file, i, end, worst);
			return LBCTL_OK;
		}
		if (len < 0)
			return diag_refused("netlink: cannot receive: %s",
					    strerror(errno));
		nlh = (const struct nlmsghdr *)recv_buf;
		left = len;
		for (; mnl_nlmsg_ok(nlh, left) && i < end;
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			/* Their numbers begin at 1. */
			if (nlh->nlmsg_seq <= i || nlh->nlmsg_seq > end)
				continue;
			i = nlh->nlmsg_seq - 1;
			if (!is_end(nlh, b, i, file, &rc))
				continue;
			if (rc)
				*worst = rc;
			i++;
		}
	}
	return LBCTL_OK;
}

int nl_apply(struct nl *nl, struct batch *b, const char *file)
{
	int worst = LBCTL_OK;
	size_t end;
	size_t i;
	int rc;

	for (i = 0; i < b->n; i = end) {
		end = window_end(b, i);
		rc = window_send(nl, b, i, end);
		if (!rc)
			rc = window_drain(nl, b, file, i, end, &worst);
		if (rc)
			return rc;
	}
	return worst;
}

static void find_group(const struct nlattr *groups, struct nl *nl)
{
	const struct nlattr *group;
	const struct nlattr *attr;
	const char *name;
	uint32_t id;

	mnl_attr_for_each_nested(group, groups) {
		name = "";
		id = 0;
		mnl_attr_for_each_nested(attr, group) {
			if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GRP_ID)
				id = mnl_attr_get_u32(attr);
			if (mnl_attr_get_type(attr) ==
			    CTRL_ATTR_MCAST_GRP_NAME)
				name = mnl_attr_get_str(attr);
		}
		if (!strcmp(name, LB_MCGRP_CONFIG))
			nl->group = id;
	}
}

static void parse_family(const struct nlmsghdr *nlh, struct nl *nl)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_ID)
			nl->family = mnl_attr_get_u16(attr);
		if (mnl_attr_get_type(attr) == CTRL_ATTR_MCAST_GROUPS)
			find_group(attr, nl);
	}
}

/* The kernel loads the module by itself if it can be found. */
static int find_family(struct nl *nl)
{
	char buf[MNL_NLMSG_HDRLEN + GENL_HDRLEN + 64];
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(buf);
	struct genlmsghdr *genl;
	ssize_t len;
	int rc;

	nlh->nlmsg_type = GENL_ID_CTRL;
	nlh->nlmsg_flags = NLM_F_REQUEST;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = CTRL_CMD_GETFAMILY;
	genl->version = 1;
	mnl_attr_put_strz(nlh, CTRL_ATTR_FAMILY_NAME, LB_GENL_NAME);

	rc = nl_send(nl, nlh, nlh->nlmsg_len);
	if (rc)
		return rc;
	len = nl_recv(nl);
	nlh = (struct nlmsghdr *)recv_buf;
	if (len > 0 && mnl_nlmsg_ok(nlh, len) &&
	    nlh->nlmsg_type == GENL_ID_CTRL)
		parse_family(nlh, nl);

	if (!nl->family)
		return diag_refused("the module lb is not loaded (try: modprobe lb)");
	return LBCTL_OK;
}

int nl_open(struct nl *nl)
{
	int on = 1;
	int rc;

	*nl = (struct nl) { .sock = mnl_socket_open(NETLINK_GENERIC) };
	if (!nl->sock)
		return diag_refused("netlink: %s", strerror(errno));

	if (mnl_socket_bind(nl->sock, 0, MNL_SOCKET_AUTOPID)) {
		rc = diag_refused("netlink: %s", strerror(errno));
		nl_close(nl);
		return rc;
	}

	/* Better messages, smaller answers; not fatal where missing. */
	mnl_socket_setsockopt(nl->sock, NETLINK_EXT_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_CAP_ACK, &on, sizeof(on));
	mnl_socket_setsockopt(nl->sock, NETLINK_GET_STRICT_CHK, &on,
			      sizeof(on));

	rc = find_family(nl);
	if (rc)
		nl_close(nl);
	return rc;
}

void nl_close(struct nl *nl)
{
	mnl_socket_close(nl->sock);
	nl->sock = NULL;
}

/* Of this process. */
static struct nl own;

int nl_ready(void)
{
	return own.sock ? LBCTL_OK : nl_open(&own);
}

int nl_ask(struct batch *b, nl_reply_fn *fn, void *arg, bool *torn)
{
	int rc = nl_ready();

	if (!rc)
		rc = nl_read(&own, b, fn, arg, torn);
	batch_free(b);
	return rc;
}

int nl_run(struct batch *b, const char *file)
{
	int rc = nl_ready();

	return rc ? rc : nl_apply(&own, b, file);
}

/* Hears of changes. */
static struct nl watch;

static int join_group(struct nl *nl, const char *what)
{
	if (!mnl_socket_setsockopt(nl->sock, NETLINK_ADD_MEMBERSHIP,
				   &nl->group, sizeof(nl->group)))
		return LBCTL_OK;
	return diag_refused("%s: %s", what, strerror(errno));
}

int nl_watch(void)
{
	int rc = nl_open(&watch);

	if (rc)
		return rc;
	rc = join_group(&watch, "netlink");
	if (rc)
		nl_close(&watch);
	return rc;
}

/* The kernel tells of a change before any answer has it. */
bool nl_changed(void)
{
	const int fd = mnl_socket_get_fd(watch.sock);
	bool changed = false;

	while (recv(fd, recv_buf, sizeof(recv_buf), MSG_DONTWAIT) >= 0 ||
	       errno == ENOBUFS)
		changed = true;
	return changed;
}

void nl_unwatch(void)
{
	nl_close(&watch);
}

int nl_listen(nl_reply_fn *fn, void *arg)
{
	const struct nlmsghdr *nlh;
	ssize_t len;
	int left;
	int rc;

	rc = nl_ready();
	if (rc)
		return rc;
	rc = join_group(&own, "monitor");
	if (rc)
		return rc;

	for (;;) {
		len = nl_recv(&own);
		if (len < 0 && errno == ENOBUFS) {
			diag_warn("monitor: some events were lost");
			continue;
		}
		if (len < 0)
			return diag_refused("monitor: %s", strerror(errno));
		nlh = (const struct nlmsghdr *)recv_buf;
		left = len;
		for (; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left))
			if (nlh->nlmsg_type == own.family)
				fn(nlh, arg);
	}
}
