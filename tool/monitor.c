// SPDX-License-Identifier: GPL-2.0-only
/* Events as they happen. */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <sys/time.h>
#include <time.h>

#include "json.h"
#include "model.h"
#include "monitor.h"
#include "nl.h"
#include "spec.h"
#include "wshow.h"

static void now_text(char *buf, size_t size)
{
	struct timeval now;
	struct tm tm;
	size_t len;

	gettimeofday(&now, NULL);
	localtime_r(&now.tv_sec, &tm);
	len = strftime(buf, size, "%Y-%m-%dT%H:%M:%S", &tm);
	snprintf(buf + len, size - len, ".%06ld", (long)now.tv_usec);
}

static void print_json(const struct nlmsghdr *nlh, const char *event,
		       const char *now)
{
	json_t *object = json_object();
	json_t *attrs = json_message(nlh);

	if (now)
		json_object_set_new(object, "time", json_string(now));
	json_object_set_new(object, "event", json_string(event));
	json_object_update(object, attrs);
	json_print(object);
	json_decref(attrs);
	json_decref(object);
}

static void print_config(const struct nlmsghdr *nlh)
{
	json_t *config = json_message(nlh);

	printf("config set");
	wshow_config_words(stdout, config, " ", "");
	putchar('\n');
	json_decref(config);
}

/* As the command that would bring it about. */
static void print_words(const struct nlmsghdr *nlh, uint8_t cmd)
{
	const bool del = cmd == LB_CMD_SERVICE_DEL_NTF ||
			 cmd == LB_CMD_DEST_DEL_NTF;
	struct service svc;
	struct dest dest;

	if (cmd == LB_CMD_CONFIG_NTF) {
		print_config(nlh);
		return;
	}
	model_get_service(nlh, &svc);
	if (cmd == LB_CMD_SERVICE_NTF || cmd == LB_CMD_SERVICE_DEL_NTF) {
		printf("service %s ", del ? "del" : "set");
		wshow_key(stdout, &svc, NULL);
		if (!del)
			wshow_settings(stdout, &spec_service, svc.val);
	} else {
		if (!svc.val[LB_A_SERVICE_DEST].nest)
			return;
		model_get_dest(svc.val[LB_A_SERVICE_DEST].nest, &dest);
		printf("dest %s ", del ? "del" : "set");
		wshow_key(stdout, &svc, &dest);
		if (!del)
			wshow_settings(stdout, &spec_dest, dest.val);
	}
	putchar('\n');
}

void monitor_print(const struct nlmsghdr *nlh, void *opts)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	const char *event = spec_cmd_name(genl->cmd);
	const struct monitor_opts *o = opts;
	char now[64];

	if (!event)
		return;
	if (o->timestamp)
		now_text(now, sizeof(now));
	if (o->json) {
		print_json(nlh, event, o->timestamp ? now : NULL);
		return;
	}
	if (o->timestamp)
		printf("%s ", now);
	print_words(nlh, genl->cmd);
}

int monitor_run(bool timestamp, bool json)
{
	struct monitor_opts o = { .timestamp = timestamp, .json = json };

	/* Whoever reads from a pipe wants each event at once. */
	setvbuf(stdout, NULL, _IOLBF, 0);
	return nl_listen(monitor_print, &o);
}
