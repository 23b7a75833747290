// SPDX-License-Identifier: GPL-2.0-only
/* Listings of the word grammar, and the same as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "diag.h"
#include "json.h"
#include "nl.h"
#include "spec.h"
#include "wshow.h"

#define READ_TRIES	10

/* The addresses stand out, for a person who reads. */
static bool use_colour(void)
{
	static int colour = -1;

	if (colour < 0)
		colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	return colour;
}

static void print_endpoint(const struct endpoint *ep)
{
	char text[ENDPOINT_STRLEN];
	const char *end = "";

	if (use_colour()) {
		fputs("\033[36m", stdout);
		end = "\033[0m";
	}
	endpoint_text(text, sizeof(text), ep, IPPROTO_TCP, true);
	printf("%s%s", text, end);
}

void wshow_key(const struct service_key *key)
{
	if (key->fwmark) {
		printf("fwmark %u%s", key->fwmark,
		       key->ep.family == AF_INET6 ? " ipv6" : "");
		return;
	}
	printf("%s ", protocol_name(key->protocol));
	print_endpoint(&key->ep);
}

/* Those that are always shown come first. */
static void print_settings(const struct spec_set *set, const union value *val,
			   const struct service *svc)
{
	const struct spec_attr *spec;
	char buf[SETTING_STRLEN];
	const char *text;
	size_t i;
	int pass;

	for (i = 0; i < 2 * set->n_settings; i++) {
		pass = i < set->n_settings;
		spec = spec_attr(set, set->settings[i % set->n_settings]);
		if (spec->always != pass)
			continue;
		text = model_setting_text(buf, set,
					  set->settings[i % set->n_settings],
					  val, svc);
		if (text && *spec->word)
			printf(" %s", spec->word);
		if (text && *text)
			printf(" %s", text);
	}
}

void wshow_service(const struct service *svc)
{
	wshow_key(&svc->key);
	print_settings(&spec_service, svc->val, svc);
}

void wshow_key_to_dest(const struct service_key *key,
		       const struct dest *dest)
{
	wshow_key(key);
	printf(" to ");
	print_endpoint(&dest->ep);
}

void wshow_dest(const struct service_key *key, const struct dest *dest)
{
	wshow_key_to_dest(key, dest);
	print_settings(&spec_dest, dest->val, NULL);
}

void wshow_conn(const struct conn *conn)
{
	/* A mark stands for the virtual address in its template. */
	const bool by_mark = conn->template && conn->fwmark;

	printf("%s client ", conn->protocol ? protocol_name(conn->protocol) :
					      "ip");
	print_endpoint(&conn->client);
	if (!by_mark) {
		printf(" virtual ");
		print_endpoint(&conn->virtual);
	}
	printf(" to ");
	print_endpoint(&conn->dest);
	printf(" %s", spec_text(&spec_conn, LB_A_CONN_FORWARD, conn->forward));
	printf(" state %s expires %u.%03u",
	       spec_text(&spec_conn, LB_A_CONN_STATE, conn->state),
	       conn->expires / 1000, conn->expires % 1000);
	if (conn->fwmark)
		printf(" fwmark %u", conn->fwmark);
	if (conn->template)
		printf(" template");
	if (conn->pe)
		printf(" pe %s %s", conn->pe, conn->pe_data);
}

static void print_stats(const struct stats *stats)
{
	unsigned int i;

	for (i = LB_A_STATS_PAD + 1; i <= LB_A_STATS_MAX; i++)
		printf(" %s %llu", spec_attr(&spec_stats, i)->name,
		       (unsigned long long)stats->val[i].num);
}

static void append_json(const struct nlmsghdr *nlh, void *arg)
{
	json_array_append_new(arg, json_message(nlh));
}

/* Print the answer to a request as one array. */
static int show_json(const char *text, uint8_t cmd, uint16_t flags,
		     const struct service_key *key)
{
	json_t *array = json_array();
	struct batch b;
	int tries = 0;
	bool torn;
	int rc;

	do {
		torn = false;
		json_array_clear(array);
		b = (struct batch) { .text = text };
		model_key_cmd(&b, cmd, flags, key);
		rc = nl_ask(&b, append_json, array, &torn);
	} while (!rc && torn && ++tries < READ_TRIES);
	if (!rc && torn)
		rc = diag_refused("%s: it kept changing while it was read",
				  text);
	if (!rc)
		json_print(array);
	json_decref(array);
	return rc;
}

static int read_services(const char *text, const struct service_key *key,
			 struct service_list *list)
{
	int rc = model_read_services(text, key, list);

	if (!rc)
		model_sort(list);
	return rc;
}

static int show_service_json(const char *text, const struct service_key *key)
{
	return show_json(text, LB_CMD_SERVICE_GET,
			 key ? NLM_F_ACK : NLM_F_DUMP, key);
}

int wshow_services(const char *text, const struct service_key *key, bool json)
{
	struct service_list list;
	size_t i;
	int rc;

	if (json)
		return show_service_json(text, key);

	rc = read_services(text, key, &list);
	for (i = 0; !rc && i < list.n; i++) {
		wshow_service(&list.service[i]);
		putchar('\n');
	}
	model_free(&list);
	return rc;
}

int wshow_service_stats(const char *text, const struct service_key *key,
			bool json)
{
	struct service_list list;
	size_t i;
	int rc;

	if (json)
		return show_service_json(text, key);

	rc = read_services(text, key, &list);
	for (i = 0; !rc && i < list.n; i++) {
		wshow_key(&list.service[i].key);
		print_stats(&list.service[i].stats);
		putchar('\n');
	}
	model_free(&list);
	return rc;
}

static void print_dest_stats(const struct service_key *key,
			     const struct dest *dest)
{
	wshow_key_to_dest(key, dest);
	printf(" active-conns %u inactive-conns %u persist-conns %u",
	       (unsigned int)dest->val[LB_A_DEST_ACTIVE_CONNS].num,
	       (unsigned int)dest->val[LB_A_DEST_INACTIVE_CONNS].num,
	       (unsigned int)dest->val[LB_A_DEST_PERSIST_CONNS].num);
	print_stats(&dest->stats);
}

static int show_dests(const char *text, const struct service_key *key,
		      bool json, void (*print)(const struct service_key *key,
					       const struct dest *dest))
{
	const struct service *svc;
	struct service_list list;
	size_t i, j;
	int rc;

	if (json)
		return show_json(text, LB_CMD_DEST_GET, NLM_F_DUMP, key);

	rc = read_services(text, key, &list);
	for (i = 0; !rc && i < list.n; i++) {
		svc = &list.service[i];
		for (j = 0; j < svc->n_dests; j++) {
			print(&svc->key, &svc->dest[j]);
			putchar('\n');
		}
	}
	model_free(&list);
	return rc;
}

int wshow_dests(const char *text, const struct service_key *key, bool json)
{
	return show_dests(text, key, json, wshow_dest);
}

int wshow_dest_stats(const char *text, const struct service_key *key,
		     bool json)
{
	return show_dests(text, key, json, print_dest_stats);
}

static void print_conn(const struct nlmsghdr *nlh, void *arg)
{
	struct conn conn;

	(void)arg;
	model_get_conn(nlh, &conn);
	wshow_conn(&conn);
	putchar('\n');
}

/* There may be millions, so none is kept. */
static void print_conn_json(const struct nlmsghdr *nlh, void *arg)
{
	json_t *object = json_message(nlh);
	bool *any = arg;

	fputs(*any ? ",\n " : "", stdout);
	json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	*any = true;
}

int wshow_conns(const char *text, const struct conn_filter *filter,
		bool json)
{
	struct batch b = { .text = text };
	bool any = false;
	int rc;

	rc = nl_ready();
	if (rc)
		return rc;
	if (json)
		putchar('[');
	model_conn_cmd(&b, LB_CMD_CONN_GET, NLM_F_DUMP, filter);
	rc = nl_ask(&b, json ? print_conn_json : print_conn, &any, NULL);
	if (json)
		puts("]");
	return rc;
}

int wshow_conn_count(const char *text, bool json)
{
	json_t *info;
	int rc;

	rc = model_read_json(text, LB_CMD_INFO_GET, &info);
	if (!rc)
		printf(json ? "{\"conns\":%u}\n" : "%u\n",
		       model_json_number(info, "conns"));
	json_decref(info);
	return rc;
}

/* A number or a word. */
static void print_value(const json_t *value)
{
	if (json_is_string(value))
		printf("%s", json_string_value(value));
	else
		printf("%llu", (unsigned long long)json_integer_value(value));
}

void wshow_config_words(const json_t *config, const char *before,
			const char *after)
{
	const json_t *value;
	uint16_t i;

	for (i = 1; i <= spec_config.max; i++) {
		value = json_object_get(config,
					spec_attr(&spec_config, i)->name);
		if (!value)
			continue;
		printf("%s%s ", before, spec_attr(&spec_config, i)->word);
		print_value(value);
		printf("%s", after);
	}
}

static void print_setting(json_t *config, uint16_t attr, bool json)
{
	const char *name = spec_attr(&spec_config, attr)->name;
	json_t *value = json_object_get(config, name);
	json_t *object;

	if (json) {
		object = json_object();
		if (value)
			json_object_set(object, name, value);
		json_print(object);
		json_decref(object);
	} else if (value) {
		print_value(value);
		putchar('\n');
	}
}

int wshow_config(const char *text, uint16_t attr, bool json)
{
	json_t *config;
	int rc;

	rc = model_read_json(text, LB_CMD_CONFIG_GET, &config);
	if (!rc && attr)
		print_setting(config, attr, json);
	else if (!rc && json)
		json_print(config);
	else if (!rc)
		wshow_config_words(config, "", "\n");
	json_decref(config);
	return rc;
}

static void print_line(const char *name, const char *of, const json_t *value)
{
	printf("%s%s%s ", name, *of ? " " : "", of);
	print_value(value);
	putchar('\n');
}

/* A number of each reason, of each path or the like. */
static void print_array(const char *name, const json_t *array)
{
	const json_t *item, *what;
	char of[64];
	size_t i;

	json_array_foreach(array, i, item) {
		if (!json_is_object(item)) {
			print_line(name, "", item);
			continue;
		}
		what = json_object_get(item, "reason") ?:
		       json_object_get(item, "path");
		if (json_is_string(what))
			snprintf(of, sizeof(of), "%s", json_string_value(what));
		else
			snprintf(of, sizeof(of), "%u",
				 (unsigned int)json_integer_value(what));
		print_line(name, of, json_object_get(item, "packets"));
	}
}

static void print_nests(const char *name, json_t *value)
{
	const char *of;
	json_t *number;

	if (json_is_array(value))
		print_array(name, value);
	else if (json_is_object(value))
		json_object_foreach(value, of, number)
			print_line(name, of, number);
}

/* Single values first. */
static void print_info(const json_t *info)
{
	const char *name;
	json_t *value;
	uint16_t i;

	for (i = 1; i <= spec_info.max; i++) {
		name = spec_attr(&spec_info, i)->name;
		value = json_object_get(info, name);
		if (json_is_string(value) || json_is_integer(value))
			print_line(name, "", value);
	}
	for (i = 1; i <= spec_info.max; i++) {
		name = spec_attr(&spec_info, i)->name;
		print_nests(name, json_object_get(info, name));
	}
}

int wshow_stats(const char *text, bool json)
{
	json_t *info;
	int rc;

	rc = model_read_json(text, LB_CMD_INFO_GET, &info);
	if (!rc && json)
		json_print(info);
	else if (!rc)
		print_info(info);
	json_decref(info);
	return rc;
}
