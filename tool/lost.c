// SPDX-License-Identifier: GPL-2.0-only
/*
 * What became of a request whose answer was lost: the kernel had no memory for
 * it, or the socket had no room. It is compared with what is there now.
 */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/lb.h>
#include <stdbool.h>
#include <string.h>

#include "batch.h"
#include "diag.h"
#include "lost.h"
#include "nl.h"

#define NO_NEST	0

struct attrs {
	const struct nlattr	*first;
	size_t			len;
};

struct search {
	struct attrs	service;	/* of the request */
	bool		found;
	bool		same;
	unsigned int	dests;		/* that the service has */
	unsigned int	dests_same;	/* that are as the request says */
	unsigned int	dests_found;	/* that it names */
};

static struct attrs attrs_of(const struct nlmsghdr *nlh)
{
	const size_t skip = sizeof(struct genlmsghdr);

	return (struct attrs) {
		.first	= mnl_nlmsg_get_payload_offset(nlh, skip),
		.len	= mnl_nlmsg_get_payload_len(nlh) - skip,
	};
}

static struct attrs attrs_in(const struct nlattr *nest)
{
	return (struct attrs) {
		.first	= mnl_attr_get_payload(nest),
		.len	= mnl_attr_get_payload_len(nest),
	};
}

static const struct nlattr *attr_find(const struct attrs *in, uint16_t type)
{
	const struct nlattr *attr;

	mnl_attr_for_each_payload(in->first, in->len) {
		if (mnl_attr_get_type(attr) == type)
			return attr;
	}
	return NULL;
}

/* What is not said is 0, or no text. */
static bool is_zero(const struct nlattr *attr)
{
	const char *byte = mnl_attr_get_payload(attr);
	size_t i;

	for (i = 0; i < mnl_attr_get_payload_len(attr); i++)
		if (byte[i])
			return false;
	return true;
}

static bool is_equal(const struct nlattr *a, const struct nlattr *b)
{
	if (!a || !b)
		return (!a || is_zero(a)) && (!b || is_zero(b));
	return mnl_attr_get_payload_len(a) == mnl_attr_get_payload_len(b) &&
	       !memcmp(mnl_attr_get_payload(a), mnl_attr_get_payload(b),
		       mnl_attr_get_payload_len(a));
}

static bool has_equal(const struct attrs *a, const struct attrs *b,
		      const uint16_t *types, size_t n)
{
	while (n--)
		if (!is_equal(attr_find(a, types[n]), attr_find(b, types[n])))
			return false;
	return true;
}

static bool is_service(const struct attrs *a, const struct attrs *b)
{
	static const uint16_t key[] = {
		LB_A_SERVICE_FWMARK, LB_A_SERVICE_PROTOCOL, LB_A_SERVICE_ADDR4,
		LB_A_SERVICE_ADDR6, LB_A_SERVICE_PORT,
	};
	const struct nlattr *family = attr_find(a, LB_A_SERVICE_FAMILY);

	return has_equal(a, b, key, sizeof(key) / sizeof(*key)) &&
	       (!family || is_equal(family, attr_find(b, LB_A_SERVICE_FAMILY)));
}

static bool is_dest(const struct attrs *a, const struct attrs *b)
{
	static const uint16_t key[] = {
		LB_A_DEST_ADDR4, LB_A_DEST_ADDR6, LB_A_DEST_PORT,
	};

	return has_equal(a, b, key, sizeof(key) / sizeof(*key));
}

/* All that the request says but for the nests of one type is there. */
static bool is_as_asked(const struct attrs *asked, const struct attrs *seen,
			uint16_t nests)
{
	const struct nlattr *attr;

	mnl_attr_for_each_payload(asked->first, asked->len) {
		const uint16_t type = mnl_attr_get_type(attr);

		if (type != nests && !is_equal(attr, attr_find(seen, type)))
			return false;
	}
	return true;
}

static void see_service(const struct nlmsghdr *nlh, void *arg)
{
	const struct attrs seen = attrs_of(nlh);
	struct search *s = arg;

	if (!is_service(&s->service, &seen))
		return;
	s->found = true;
	s->same = is_as_asked(&s->service, &seen, LB_A_SERVICE_DEST);
}

static void see_dest(const struct nlmsghdr *nlh, void *arg)
{
	const struct attrs seen = attrs_of(nlh);
	const struct nlattr *nest = attr_find(&seen, LB_A_SERVICE_DEST);
	const struct nlattr *attr;
	struct search *s = arg;
	struct attrs dest, asked;

	if (!nest || !is_service(&s->service, &seen))
		return;
	s->dests++;
	dest = attrs_in(nest);
	mnl_attr_for_each_payload(s->service.first, s->service.len) {
		if (mnl_attr_get_type(attr) != LB_A_SERVICE_DEST)
			continue;
		asked = attrs_in(attr);
		if (!is_dest(&asked, &dest))
			continue;
		s->dests_found++;
		s->dests_same += is_as_asked(&asked, &dest, NO_NEST);
	}
}

static void see_any(const struct nlmsghdr *nlh, void *arg)
{
	struct search *s = arg;
	const struct nlattr *family = attr_find(&s->service,
						LB_A_SERVICE_FAMILY);
	const struct attrs seen = attrs_of(nlh);

	if (!family || is_equal(family, attr_find(&seen, LB_A_SERVICE_FAMILY)))
		s->found = true;
}

static void see_config(const struct nlmsghdr *nlh, void *arg)
{
	const struct attrs seen = attrs_of(nlh);
	struct search *s = arg;

	s->same = is_as_asked(&s->service, &seen, NO_NEST);
}

static bool look(struct nl *nl, uint8_t cmd, uint16_t flags, nl_reply_fn *fn,
		 struct search *s)
{
	struct batch b = { NULL };
	int rc;

	batch_begin(&b, cmd, flags);
	rc = nl_read(nl, &b, fn, s, NULL);
	batch_free(&b);
	return rc == LBCTL_OK;
}

static unsigned int count_dests(const struct attrs *service)
{
	const struct nlattr *attr;
	unsigned int n = 0;

	mnl_attr_for_each_payload(service->first, service->len)
		n += mnl_attr_get_type(attr) == LB_A_SERVICE_DEST;
	return n;
}

static enum lost verdict(const struct nlmsghdr *req, struct nl *nl,
			 struct search *s)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(req);
	const unsigned int dests = count_dests(&s->service);
	bool done = false;
	bool ok = true;

	switch (genl->cmd) {
	case LB_CMD_SERVICE_SET:
		ok = look(nl, LB_CMD_SERVICE_GET, NLM_F_DUMP, see_service, s) &&
		     look(nl, LB_CMD_DEST_GET, NLM_F_DUMP, see_dest, s);
		done = s->found && s->same && s->dests_same == dests &&
		       (!(req->nlmsg_flags & NLM_F_REPLACE) ||
			s->dests == dests);
		break;
	case LB_CMD_SERVICE_DEL:
		ok = look(nl, LB_CMD_SERVICE_GET, NLM_F_DUMP, see_service, s);
		done = !s->found;
		break;
	case LB_CMD_DEST_SET:
	case LB_CMD_DEST_DEL:
		ok = look(nl, LB_CMD_DEST_GET, NLM_F_DUMP, see_dest, s);
		done = genl->cmd == LB_CMD_DEST_SET ? s->dests_same :
						      !s->dests_found;
		break;
	case LB_CMD_FLUSH:
		ok = look(nl, LB_CMD_SERVICE_GET, NLM_F_DUMP, see_any, s);
		done = !s->found;
		break;
	case LB_CMD_CONFIG_SET:
		ok = look(nl, LB_CMD_CONFIG_GET, NLM_F_ACK, see_config, s);
		done = s->same;
		break;
	default:
		ok = false;
	}
	return ok ? done ? LOST_DONE : LOST_UNDONE : LOST_UNKNOWN;
}

static uint8_t cmd_of(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return genl->cmd;
}

static bool is_about_service(const struct nlmsghdr *nlh)
{
	return cmd_of(nlh) == LB_CMD_SERVICE_SET ||
	       cmd_of(nlh) == LB_CMD_SERVICE_DEL;
}

static bool is_about_dest(const struct nlmsghdr *nlh)
{
	return cmd_of(nlh) == LB_CMD_DEST_SET || cmd_of(nlh) == LB_CMD_DEST_DEL;
}

/* Also by the way: as a part of its service. */
static bool changes_dests(const struct nlmsghdr *nlh)
{
	const struct attrs attrs = attrs_of(nlh);

	return is_about_dest(nlh) || count_dests(&attrs) ||
	       cmd_of(nlh) == LB_CMD_SERVICE_DEL ||
	       nlh->nlmsg_flags & NLM_F_REPLACE;
}

static bool is_same_dest(const struct attrs *a, const struct attrs *b)
{
	const struct nlattr *x = attr_find(a, LB_A_SERVICE_DEST);
	const struct nlattr *y = attr_find(b, LB_A_SERVICE_DEST);
	struct attrs dest, other;

	if (!x || !y)
		return true;
	dest = attrs_in(x);
	other = attrs_in(y);
	return is_dest(&dest, &other);
}

bool lost_hides(const struct nlmsghdr *req, const struct nlmsghdr *later)
{
	const struct attrs a = attrs_of(req);
	const struct attrs b = attrs_of(later);

	if (cmd_of(req) == LB_CMD_CONFIG_SET ||
	    cmd_of(later) == LB_CMD_CONFIG_SET)
		return cmd_of(req) == cmd_of(later);
	if (cmd_of(req) == LB_CMD_FLUSH || cmd_of(later) == LB_CMD_FLUSH)
		return true;
	if (!is_service(&a, &b))
		return false;
	if (is_about_dest(req) && is_about_dest(later))
		return is_same_dest(&a, &b);
	return (is_about_service(req) && is_about_service(later)) ||
	       (changes_dests(req) && changes_dests(later));
}

enum lost lost_ask(const struct nlmsghdr *req)
{
	struct search s = { .service = attrs_of(req) };
	enum lost result;
	struct nl nl;

	/* Not by the socket in which late answers may wait. */
	if (nl_open(&nl))
		return LOST_UNKNOWN;
	result = verdict(req, &nl, &s);
	nl_close(&nl);
	return result;
}
