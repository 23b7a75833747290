// SPDX-License-Identifier: GPL-2.0-only
/* Send requests that the module must refuse, and see that nothing changes. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/lb.h>
#include <poll.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "apply.h"
#include "badnl.h"
#include "badreq.h"
#include "spec.h"

struct nl nl;

static struct nl events;
static unsigned int n_tests;
static unsigned int n_failed;

/* All there is to see, without what moves by itself. */
struct state {
	char	*text;
	size_t	size;
};

static void keep_message(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;
	FILE *out = arg;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		fwrite(attr, 1, attr->nla_len, out);
}

static void state_read(struct state *state)
{
	static const struct {
		uint8_t		cmd;
		uint16_t	flags;
	} reads[] = {
		{ LB_CMD_SERVICE_GET, NLM_F_DUMP },
		{ LB_CMD_DEST_GET, NLM_F_DUMP },
		{ LB_CMD_CONFIG_GET, NLM_F_ACK },
	};
	struct batch b = { .text = "state" };
	FILE *out;
	size_t i;

	out = open_memstream(&state->text, &state->size);
	for (i = 0; out && i < ARRAY_SIZE(reads); i++) {
		batch_begin(&b, reads[i].cmd, reads[i].flags);
		if (nl_read(&nl, &b, keep_message, out, NULL))
			exit(1);
		batch_free(&b);
		b.text = "state";
	}
	if (!out || fclose(out))
		exit(1);
}

static bool event_pending(void)
{
	struct pollfd fd = {
		.fd	= mnl_socket_get_fd(events.sock),
		.events	= POLLIN,
	};

	return poll(&fd, 1, 0) != 0;
}

static void drain_events(void)
{
	char buf[8192];

	while (event_pending())
		if (mnl_socket_recvfrom(events.sock, buf, sizeof(buf)) < 0)
			exit(1);
}

static struct state before;

static bool is_unchanged(void)
{
	struct state now;
	bool same;

	state_read(&now);
	same = now.size == before.size &&
	       !memcmp(now.text, before.text, now.size);
	free(now.text);
	return same;
}

static void result(bool ok, const char *name)
{
	printf("%sok %u %s\n", ok ? "" : "not ", ++n_tests, name);
	n_failed += !ok;
}

/* Refused with error, for a reason in words, at attr unless that is NULL. */
static bool is_refused(const struct answer *answer, int error,
		       const char *attr)
{
	bool ok = true;

	if (answer->error != error) {
		printf("# expected %s, seen %s\n", strerror(error),
		       strerror(answer->error));
		ok = false;
	}
	if (!answer->has_msg && error != EOPNOTSUPP && error != EPERM) {
		printf("# no reason was given\n");
		ok = false;
	}
	if (attr && strcmp(answer->attr, attr)) {
		printf("# expected at %s, seen at \"%s\"\n", attr,
		       answer->attr);
		ok = false;
	}
	return ok;
}

void expect_msg_refused(const char *name, struct nlmsghdr *nlh, int error,
			const char *attr)
{
	struct answer answer;
	bool ok;

	ask(&nl, nlh, &answer);
	ok = is_refused(&answer, error, attr);
	printf("# %s: %s%s%s\n", strerror(answer.error), answer.msg,
	       *answer.attr ? " at " : "", answer.attr);
	if (event_pending()) {
		printf("# an event was sent\n");
		drain_events();
		ok = false;
	}
	if (!is_unchanged()) {
		printf("# something changed\n");
		ok = false;
	}
	result(ok, name);
}

void expect_refused(const char *name, const struct request *req, int error,
		    const char *attr)
{
	struct batch b = { NULL };

	build(&b, &nl, req);
	expect_msg_refused(name, batch_msg(&b, 0), error, attr);
	batch_free(&b);
}

/* Every attribute of a good request a byte too short and too long. */
static void test_lengths(uint8_t cmd)
{
	struct request good = good_request(cmd);
	struct request req;
	char title[128];
	char name[64];
	size_t i;

	for (i = 0; i < good.n; i++) {
		field_name(&good, &good.field[i], name, sizeof(name));
		if (good.field[i].len == sizeof("wrr"))
			if (!memcmp(good.field[i].data, "wrr", 4))
				continue;
		req = good;
		req.field[i].len--;
		snprintf(title, sizeof(title), "%s: %s too short",
			 spec_cmd_name(cmd), name);
		expect_refused(title, &req, EINVAL, name);
		req.field[i].len += 2;
		snprintf(title, sizeof(title), "%s: %s too long",
			 spec_cmd_name(cmd), name);
		expect_refused(title, &req, EINVAL, name);
	}
}

/* Attributes that a command must have. */
static void test_missing(uint8_t cmd)
{
	static const struct field needed[] = {
		{ false, LB_A_SERVICE_PROTOCOL },
		{ false, LB_A_SERVICE_ADDR4 },
		{ false, LB_A_SERVICE_PORT },
		{ true, LB_A_DEST_ADDR4 },
	};
	struct request req;
	struct field *field;
	char title[128];
	char name[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(needed); i++) {
		req = good_request(cmd);
		field = find_field(&req, needed[i].in_dest, needed[i].type);
		if (!field || spec_cmd_set(cmd) != &spec_service)
			continue;
		field_name(&req, field, name, sizeof(name));
		drop_field(&req, field);
		snprintf(title, sizeof(title), "%s: %s missing",
			 spec_cmd_name(cmd), name);
		/* In answers to dumps Linux 6.1 has only words. */
		expect_refused(title, &req, EINVAL,
			       cmd == LB_CMD_DEST_GET ? NULL : name);
	}
}

/* Types that a command does not know, or only a reply has. */
static void test_unknown(uint8_t cmd)
{
	struct request req = good_request(cmd);
	char title[128];

	add_u32(&req, false, 100, 1);
	snprintf(title, sizeof(title), "%s: unknown attribute",
		 spec_cmd_name(cmd));
	expect_refused(title, &req, EINVAL, "100");

	req = good_request(cmd);
	add_u32(&req, false, 0, 1);
	snprintf(title, sizeof(title), "%s: attribute of type 0",
		 spec_cmd_name(cmd));
	expect_refused(title, &req, EINVAL, "0");
}

static void test_garbage(uint8_t cmd)
{
	struct request req = good_request(cmd);
	struct batch b = { NULL };
	struct nlmsghdr *nlh;
	struct nlattr *attr;
	char title[128];

	build(&b, &nl, &req);
	nlh = batch_msg(&b, 0);
	memset(mnl_nlmsg_get_payload_tail(nlh), 0, 4);
	nlh->nlmsg_len += 2;
	snprintf(title, sizeof(title), "%s: bytes after the last attribute",
		 spec_cmd_name(cmd));
	expect_msg_refused(title, nlh, EINVAL, NULL);

	nlh->nlmsg_len -= 2;
	attr = mnl_nlmsg_get_payload_offset(nlh, sizeof(struct genlmsghdr));
	attr->nla_len = 60000;
	snprintf(title, sizeof(title), "%s: attribute beyond the message",
		 spec_cmd_name(cmd));
	expect_msg_refused(title, nlh, EINVAL, NULL);

	attr->nla_len = 3;
	snprintf(title, sizeof(title), "%s: attribute shorter than its header",
		 spec_cmd_name(cmd));
	expect_msg_refused(title, nlh, EINVAL, NULL);
	batch_free(&b);
}

static void test_commands(void)
{
	static const uint8_t cmds[] = {
		0, LB_CMD_SERVICE_NTF, LB_CMD_DEST_DEL_NTF, LB_CMD_MAX + 1, 255,
	};
	struct request req = { .n = 0 };
	char title[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		req.cmd = cmds[i];
		req.flags = 0;
		snprintf(title, sizeof(title), "command %u", cmds[i]);
		expect_refused(title, &req, EOPNOTSUPP, NULL);
	}

	req.cmd = LB_CMD_DEST_GET;
	expect_refused("dest-get of one", &req, EOPNOTSUPP, NULL);
	req.cmd = LB_CMD_FLUSH;
	req.flags = NLM_F_DUMP;
	expect_refused("flush as a dump", &req, EOPNOTSUPP, NULL);
}

/* Requests that take no attributes must not ignore any. */
static void test_no_attributes(void)
{
	static const struct {
		uint8_t		cmd;
		uint16_t	flags;
	} bare[] = {
		{ LB_CMD_SERVICE_GET, NLM_F_DUMP },
		{ LB_CMD_CONFIG_GET, 0 },
		{ LB_CMD_INFO_GET, 0 },
	};
	struct request req;
	char title[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(bare); i++) {
		req = (struct request) { bare[i].cmd, bare[i].flags };
		add_u32(&req, false, 1, 1);
		snprintf(title, sizeof(title), "%s with an attribute",
			 spec_cmd_name(bare[i].cmd));
		expect_refused(title, &req, EINVAL, NULL);
	}
}

static void ask_good(uint8_t cmd, struct answer *answer)
{
	struct request req = good_request(cmd);
	struct batch b = { NULL };

	build(&b, &nl, &req);
	ask(&nl, batch_msg(&b, 0), answer);
	batch_free(&b);
}

static const uint8_t privileged[] = {
	LB_CMD_SERVICE_SET, LB_CMD_SERVICE_DEL, LB_CMD_DEST_SET,
	LB_CMD_DEST_DEL, LB_CMD_FLUSH, LB_CMD_ZERO, LB_CMD_CONFIG_SET,
	LB_CMD_CONN_FLUSH, LB_CMD_CONN_GET,
};

/* The last tests: root is not to be had again. */
static void test_unprivileged(void)
{
	struct answer answer;
	char title[64];
	size_t i;

	nl_close(&nl);
	if (setresuid(65534, 65534, 65534) || nl_open(&nl))
		exit(1);
	for (i = 0; i < ARRAY_SIZE(privileged); i++) {
		ask_good(privileged[i], &answer);
		snprintf(title, sizeof(title), "not root: %s refused",
			 spec_cmd_name(privileged[i]));
		result(is_refused(&answer, EPERM, NULL) && is_unchanged(),
		       title);
	}
	ask_good(LB_CMD_SERVICE_GET, &answer);
	result(!answer.error, "not root: service-get allowed");
	ask_good(LB_CMD_DEST_GET, &answer);
	result(!answer.error, "not root: dest-get allowed");
}

/* The good requests must be granted, or refusals would prove nothing. */
static void test_good(void)
{
	static const uint8_t cmds[] = {
		LB_CMD_SERVICE_SET, LB_CMD_SERVICE_GET, LB_CMD_DEST_GET,
		LB_CMD_DEST_SET, LB_CMD_ZERO, LB_CMD_CONFIG_SET,
		LB_CMD_DEST_DEL, LB_CMD_SERVICE_DEL, LB_CMD_FLUSH,
		LB_CMD_CONN_GET, LB_CMD_CONN_FLUSH,
	};
	struct answer answer;
	char title[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(cmds); i++) {
		ask_good(cmds[i], &answer);
		if (answer.error)
			printf("# %s: %s\n", answer.msg, answer.attr);
		snprintf(title, sizeof(title), "%s granted",
			 spec_cmd_name(cmds[i]));
		result(!answer.error, title);
	}
	result(event_pending(), "events were sent for them");
	result(!is_unchanged(), "what they changed is seen");
}

/* What every test finds, and must leave as it is. */
static void set_up(void)
{
	struct request req = { LB_CMD_FLUSH };
	struct batch b = { .text = "set-up" };

	build(&b, &nl, &req);
	req = (struct request) { LB_CMD_SERVICE_SET,
				 NLM_F_CREATE | NLM_F_EXCL };
	add_key(&req);
	add_dest_key(&req);
	add_u8(&req, true, LB_A_DEST_FORWARD, LB_FORWARD_NAT);
	build(&b, &nl, &req);
	req = by_mark(LB_CMD_SERVICE_SET, 3);
	req.flags = NLM_F_CREATE | NLM_F_EXCL;
	build(&b, &nl, &req);
	if (apply_batch(&b))
		exit(1);
	batch_free(&b);
}

static void test_refusals(void)
{
	static const uint8_t with_policy[] = {
		LB_CMD_SERVICE_GET, LB_CMD_SERVICE_SET, LB_CMD_SERVICE_DEL,
		LB_CMD_DEST_GET, LB_CMD_DEST_SET, LB_CMD_DEST_DEL,
		LB_CMD_FLUSH, LB_CMD_ZERO, LB_CMD_CONFIG_SET,
		LB_CMD_CONN_GET, LB_CMD_CONN_FLUSH,
	};
	size_t i;

	for (i = 0; i < ARRAY_SIZE(with_policy); i++) {
		test_lengths(with_policy[i]);
		test_missing(with_policy[i]);
		test_unknown(with_policy[i]);
		test_garbage(with_policy[i]);
	}
	test_bad_values();
	test_commands();
	test_no_attributes();
}

int main(void)
{
	printf("KTAP version 1\n");
	setvbuf(stdout, NULL, _IOLBF, 0);
	if (nl_open(&nl) || nl_open(&events))
		return 1;
	if (mnl_socket_setsockopt(events.sock, NETLINK_ADD_MEMBERSHIP,
				  &nl.group, sizeof(nl.group)))
		return 1;
	set_up();
	drain_events();
	state_read(&before);
	test_good();
	free(before.text);
	set_up();
	drain_events();
	state_read(&before);
	test_refusals();
	test_unprivileged();
	printf("1..%u\n", n_tests);
	return n_failed ? 1 : 0;
}
