// SPDX-License-Identifier: GPL-2.0-only
/* The netlink socket: dumps, events, and the kernel's reasons. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>
#include <sys/socket.h>

#include "diag.h"
#include "nl.h"
#include "spec.h"

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

static void ext_ack_parse(const void *first, size_t len, struct ext_ack *ack)
{
	const struct nlattr *attr;
	uint16_t type;

	mnl_attr_for_each_payload(first, len) {
		type = mnl_attr_get_type(attr);
		if (type == NLMSGERR_ATTR_MSG) {
			if (!mnl_attr_validate(attr, MNL_TYPE_NUL_STRING))
				ack->msg = mnl_attr_get_str(attr);
			continue;
		}
		if (mnl_attr_validate(attr, MNL_TYPE_U32))
			continue;
		if (type == NLMSGERR_ATTR_OFFS)
			ack->offset = mnl_attr_get_u32(attr);
		else if (type == NLMSGERR_ATTR_MISS_NEST)
			ack->miss_nest = mnl_attr_get_u32(attr);
		else if (type == NLMSGERR_ATTR_MISS_TYPE)
			ack->miss_type = mnl_attr_get_u32(attr);
	}
}

/* Where a message of type NLMSG_ERROR or NLMSG_DONE keeps its attributes. */
static void ext_ack_find(const struct nlmsghdr *nlh, struct ext_ack *ack)
{
	const size_t len = mnl_nlmsg_get_payload_len(nlh);
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
	if (len > skip)
		ext_ack_parse(mnl_nlmsg_get_payload_offset(nlh, skip),
			      len - skip, ack);
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

/* Say why request i was refused, and in which line who asked for it. */
static int report_refusal(const struct batch *b, size_t i, int error,
			  const struct ext_ack *ack)
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

	diag_at(asked->file, asked->line);
	if ((offset || ack->miss_type) &&
	    spec_attr_at(req, offset, ack->miss_type, attr, sizeof(attr)))
		rc = diag_refused("%s: %s (attribute %s)", asked->text, msg,
				  attr);
	else
		rc = diag_refused("%s: %s", asked->text, msg);
	diag_at(NULL, 0);
	return rc;
}

/* What the kernel says about a request that it has carried out. */
static void report_warning(const struct batch *b, size_t i, const char *msg)
{
	const struct batch_entry *asked = batch_asked(b, i, 0);

	diag_at(asked->file, asked->line);
	diag_warn("%s: warning: %s", asked->text, msg);
	diag_at(NULL, 0);
}

bool nl_is_end(const struct nlmsghdr *nlh, const struct batch *b, size_t i,
	       int *rc)
{
	struct ext_ack ack = { NULL };
	int error = 0;

	if (nlh->nlmsg_type != NLMSG_ERROR && nlh->nlmsg_type != NLMSG_DONE)
		return false;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	ext_ack_find(nlh, &ack);
	*rc = LBCTL_OK;
	if (error)
		*rc = report_refusal(b, i, -error, &ack);
	else if (ack.msg)
		report_warning(b, i, ack.msg);
	return true;
}

int nl_refusal(const struct nlmsghdr *nlh, const char **msg)
{
	struct ext_ack ack = { NULL };
	int error = 0;

	if (mnl_nlmsg_get_payload_len(nlh) >= sizeof(error))
		memcpy(&error, mnl_nlmsg_get_payload(nlh), sizeof(error));
	if (error)
		ext_ack_find(nlh, &ack);
	*msg = ack.msg;
	return -error;
}

ssize_t nl_recv(struct nl *nl, bool wait, nl_reply_fn *fn, void *arg)
{
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)recv_buf;
	ssize_t len;
	int left;

	do {
		if (wait)
			len = mnl_socket_recvfrom(nl->sock, recv_buf,
						  sizeof(recv_buf));
		else
			len = recv(mnl_socket_get_fd(nl->sock), recv_buf,
				   sizeof(recv_buf), MSG_DONTWAIT);
	} while (len < 0 && errno == EINTR);

	for (left = len; mnl_nlmsg_ok(nlh, left);
	     nlh = mnl_nlmsg_next(nlh, &left))
		fn(nlh, arg);
	return len;
}

int nl_send(struct nl *nl, const void *buf, size_t len)
{
	if (mnl_socket_sendto(nl->sock, buf, len) >= 0)
		return LBCTL_OK;
	return diag_refused("netlink: cannot send: %s", strerror(errno));
}

/* A dump, or another answer, as it is read. */
struct reading {
	const struct batch	*b;
	nl_reply_fn		*fn;
	void			*arg;
	bool			*torn;
	bool			done;
	int			rc;
};

static void read_message(const struct nlmsghdr *nlh, void *arg)
{
	struct reading *r = arg;

	if (r->done)
		return;
	if (r->torn && nlh->nlmsg_flags & NLM_F_DUMP_INTR)
		*r->torn = true;
	r->done = nl_is_end(nlh, r->b, 0, &r->rc);
	if (!r->done)
		r->fn(nlh, r->arg);
}

int nl_read(struct nl *nl, struct batch *b, nl_reply_fn *fn, void *arg,
	    bool *torn)
{
	struct reading r = { .b = b, .fn = fn, .arg = arg, .torn = torn };
	struct nlmsghdr *req = batch_msg(b, 0);

	req->nlmsg_type = nl->family;
	r.rc = nl_send(nl, req, req->nlmsg_len);
	while (!r.rc && !r.done)
		if (nl_recv(nl, true, read_message, &r) < 0)
			return diag_refused("netlink: cannot receive: %s",
					    strerror(errno));
	return r.rc;
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

static void parse_family(const struct nlmsghdr *nlh, void *arg)
{
	struct nl *nl = arg;
	const struct nlattr *attr;

	if (nlh->nlmsg_type != GENL_ID_CTRL)
		return;
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
	nl_recv(nl, true, parse_family, nl);
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

int nl_ready(struct nl **nl)
{
	*nl = &own;
	return own.sock ? LBCTL_OK : nl_open(&own);
}

void nl_forget(void)
{
	if (own.sock)
		nl_close(&own);
	own = (struct nl) { .sock = NULL };
}

int nl_ask(struct batch *b, nl_reply_fn *fn, void *arg, bool *torn)
{
	struct nl *nl;
	int rc = nl_ready(&nl);

	if (!rc)
		rc = nl_read(nl, b, fn, arg, torn);
	batch_free(b);
	return rc;
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

static void pass_over(const struct nlmsghdr *nlh, void *arg)
{
	(void)nlh;
	(void)arg;
}

bool nl_drain(struct nl *nl)
{
	bool any = false;

	while (nl_recv(nl, false, pass_over, NULL) >= 0 || errno == ENOBUFS)
		any = true;
	return any;
}

/* The kernel tells of a change before any answer has it. */
bool nl_changed(void)
{
	return nl_drain(&watch);
}

void nl_unwatch(void)
{
	nl_close(&watch);
}

/* Who listens, and whether the family is another one. */
struct listener {
	struct nl	*nl;
	nl_reply_fn	*fn;
	void		*arg;
	bool		anew;
};

static bool is_new_family(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const struct nlattr *attr;

	if (genl->cmd != CTRL_CMD_NEWFAMILY)
		return false;
	mnl_attr_for_each(attr, nlh, sizeof(*genl))
		if (mnl_attr_get_type(attr) == CTRL_ATTR_FAMILY_NAME)
			return !strcmp(mnl_attr_get_str(attr), LB_GENL_NAME);
	return false;
}

static void hear(const struct nlmsghdr *nlh, void *arg)
{
	struct listener *l = arg;

	if (nlh->nlmsg_type == l->nl->family) {
		l->fn(nlh, l->arg);
	} else if (nlh->nlmsg_type == GENL_ID_CTRL && is_new_family(nlh)) {
		parse_family(nlh, l->nl);
		l->anew = true;
	}
}

static int listen_on(struct listener *l)
{
	int rc;

	if (nl_recv(l->nl, true, hear, l) < 0) {
		if (errno != ENOBUFS)
			return diag_refused("monitor: %s", strerror(errno));
		diag_warn("monitor: some events were lost");
	}
	if (!l->anew)
		return LBCTL_OK;
	l->anew = false;
	rc = join_group(l->nl, "monitor");
	if (!rc)
		diag_warn("monitor: the module was loaded again; some events may be lost");
	return rc;
}

int nl_listen(nl_reply_fn *fn, void *arg)
{
	struct listener l = { .fn = fn, .arg = arg };
	/* The group of all news about families has the number of theirs. */
	int news = GENL_ID_CTRL;
	int rc;

	rc = nl_ready(&l.nl);
	if (!rc)
		rc = join_group(l.nl, "monitor");
	if (!rc && mnl_socket_setsockopt(l.nl->sock, NETLINK_ADD_MEMBERSHIP,
					 &news, sizeof(news)))
		rc = diag_refused("monitor: %s", strerror(errno));
	while (!rc)
		rc = listen_on(&l);
	return rc;
}
