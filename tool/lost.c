// SPDX-License-Identifier: GPL-2.0-only
/*
 * What became of a request whose answer was lost: the kernel had no memory for
 * it, or the socket had no room. It is compared with what is there now.
 */
#include <linux/genetlink.h>

#include "diag.h"
#include "lost.h"
#include "model.h"
#include "nl.h"

struct search {
	const struct nlmsghdr	*req;
	struct service		service;	/* of the request */
	bool			found;
	bool			same;
	unsigned int		dests;		/* that the service has */
	unsigned int		dests_same;	/* that are as asked */
	unsigned int		dests_found;	/* that the request names */
};

static uint8_t cmd_of(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return genl->cmd;
}

static unsigned int count_dests(const struct nlmsghdr *nlh)
{
	const struct nlattr *attr;
	unsigned int n = 0;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		n += mnl_attr_get_type(attr) == LB_A_SERVICE_DEST;
	return n;
}

static void see_service(const struct nlmsghdr *nlh, void *arg)
{
	struct search *s = arg;
	struct service seen;

	model_get_service(nlh, &seen);
	if (model_compare_keys(&s->service, &seen))
		return;
	s->found = true;
	s->same = attrs_equal(&spec_service, s->service.val, seen.val,
			      s->service.given);
}

static void see_dest(const struct nlmsghdr *nlh, void *arg)
{
	struct dest dest, asked;
	const struct nlattr *attr;
	struct search *s = arg;
	struct service seen;

	model_get_service(nlh, &seen);
	if (!seen.val[LB_A_SERVICE_DEST].nest ||
	    model_compare_keys(&s->service, &seen))
		return;
	s->dests++;
	model_get_dest(seen.val[LB_A_SERVICE_DEST].nest, &dest);
	mnl_attr_for_each(attr, s->req, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != LB_A_SERVICE_DEST)
			continue;
		model_get_dest(attr, &asked);
		if (model_compare_dests(&asked, &dest))
			continue;
		s->dests_found++;
		s->dests_same += attrs_equal(&spec_dest, asked.val, dest.val,
					     asked.given);
	}
}

/* Of the family, if the request has one. */
static void see_any(const struct nlmsghdr *nlh, void *arg)
{
	struct search *s = arg;
	struct service seen;

	model_get_service(nlh, &seen);
	s->found |= attrs_equal(&spec_service, s->service.val, seen.val,
				s->service.given & BIT(LB_A_SERVICE_FAMILY));
}

static void see_config(const struct nlmsghdr *nlh, void *arg)
{
	union value asked[LB_A_CONFIG_MAX + 1] = { 0 };
	union value seen[LB_A_CONFIG_MAX + 1] = { 0 };
	struct search *s = arg;
	uint64_t given = 0, all = 0;

	attrs_get_message(s->req, &spec_config, asked, &given);
	attrs_get_message(nlh, &spec_config, seen, &all);
	s->same = attrs_equal(&spec_config, asked, seen, given);
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

static enum lost verdict(struct nl *nl, struct search *s)
{
	const uint8_t cmd = cmd_of(s->req);
	const unsigned int dests = count_dests(s->req);
	bool done = false;
	bool ok = true;

	switch (cmd) {
	case LB_CMD_SERVICE_SET:
		ok = look(nl, LB_CMD_SERVICE_GET, NLM_F_DUMP, see_service, s) &&
		     look(nl, LB_CMD_DEST_GET, NLM_F_DUMP, see_dest, s);
		done = s->found && s->same && s->dests_same == dests &&
		       (!(s->req->nlmsg_flags & NLM_F_REPLACE) ||
			s->dests == dests);
		break;
	case LB_CMD_SERVICE_DEL:
		ok = look(nl, LB_CMD_SERVICE_GET, NLM_F_DUMP, see_service, s);
		done = !s->found;
		break;
	case LB_CMD_DEST_SET:
	case LB_CMD_DEST_DEL:
		ok = look(nl, LB_CMD_DEST_GET, NLM_F_DUMP, see_dest, s);
		done = cmd == LB_CMD_DEST_SET ? s->dests_same : !s->dests_found;
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
	return is_about_dest(nlh) || count_dests(nlh) ||
	       cmd_of(nlh) == LB_CMD_SERVICE_DEL ||
	       nlh->nlmsg_flags & NLM_F_REPLACE;
}

bool lost_hides(const struct nlmsghdr *req, const struct nlmsghdr *later)
{
	struct service a, b;
	struct dest x, y;

	if (cmd_of(req) == LB_CMD_CONFIG_SET ||
	    cmd_of(later) == LB_CMD_CONFIG_SET)
		return cmd_of(req) == cmd_of(later);
	if (cmd_of(req) == LB_CMD_FLUSH || cmd_of(later) == LB_CMD_FLUSH)
		return true;
	model_get_service(req, &a);
	model_get_service(later, &b);
	if (model_compare_keys(&a, &b))
		return false;
	if (is_about_dest(req) && is_about_dest(later)) {
		model_get_dest(a.val[LB_A_SERVICE_DEST].nest, &x);
		model_get_dest(b.val[LB_A_SERVICE_DEST].nest, &y);
		return !model_compare_dests(&x, &y);
	}
	return (is_about_service(req) && is_about_service(later)) ||
	       (changes_dests(req) && changes_dests(later));
}

enum lost lost_ask(const struct nlmsghdr *req)
{
	struct search s = { .req = req };
	enum lost result;
	struct nl nl;

	/* Not by the socket in which late answers may wait. */
	if (nl_open(&nl))
		return LOST_UNKNOWN;
	model_get_service(req, &s.service);
	result = verdict(&nl, &s);
	nl_close(&nl);
	return result;
}
