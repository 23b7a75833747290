// SPDX-License-Identifier: GPL-2.0-only
/* Listings of the word grammar, and the same as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "diag.h"
#include "json.h"
#include "nl.h"
#include "setting.h"
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

static void print_end(FILE *out, const char *before, const struct spec_end *end,
		      const union value *val, uint64_t given)
{
	const struct endpoint ep = model_get_end(end, val, given);
	char text[ENDPOINT_STRLEN];

	endpoint_text(text, sizeof(text), &ep, IPPROTO_TCP, true);
	fprintf(out, out == stdout && use_colour() ?
		"%s\033[36m%s\033[0m" : "%s%s", before, text);
}

void wshow_key(FILE *out, const struct service *svc, const struct dest *dest)
{
	const uint32_t mark = model_num(svc, LB_A_SERVICE_FWMARK);
	const uint8_t proto = model_num(svc, LB_A_SERVICE_PROTOCOL);

	if (mark) {
		fprintf(out, "fwmark %u%s", mark,
			model_num(svc, LB_A_SERVICE_FAMILY) == AF_INET6 ?
			" ipv6" : "");
	} else {
		fprintf(out, "%s", protocol_name(proto));
		print_end(out, " ", &spec_service_end, svc->val,
			  svc->given);
	}
	if (dest)
		print_end(out, " to ", &spec_dest_end, dest->val, dest->given);
}

/* Those that are always shown come first. */
void wshow_settings(FILE *out, const struct spec_set *set,
		    const union value *val)
{
	const struct spec_attr *spec;
	char buf[SETTING_STRLEN];
	const char *text;
	uint16_t type;
	bool always;
	size_t i;

	for (i = 0; i < 2 * set->n_settings; i++) {
		type = set->settings[i % set->n_settings];
		spec = spec_attr(set, type);
		always = i < set->n_settings;
		if (spec->always != always)
			continue;
		text = setting_text(buf, set, type, val);
		if (text && *spec->word)
			fprintf(out, " %s", spec->word);
		if (text && *text)
			fprintf(out, " %s", text);
	}
}

void wshow_conn(const struct conn *conn)
{
	const union value *val = conn->val;
	const uint8_t protocol = val[LB_A_CONN_PROTOCOL].num;
	const uint32_t expires = val[LB_A_CONN_EXPIRES].num;
	const uint32_t mark = val[LB_A_CONN_FWMARK].num;
	const bool template = val[LB_A_CONN_TEMPLATE].num;

	printf("%s", protocol ? protocol_name(protocol) : "ip");
	print_end(stdout, " client ", &spec_conn_client_end, val, conn->given);
	/* A mark stands for the virtual address in its template. */
	if (!template || !mark)
		print_end(stdout, " virtual ", &spec_conn_virtual_end, val,
			  conn->given);
	print_end(stdout, " to ", &spec_conn_dest_end, val, conn->given);
	printf(" %s", spec_text(&spec_conn, LB_A_CONN_FORWARD,
				val[LB_A_CONN_FORWARD].num));
	printf(" state %s expires %u.%03u",
	       spec_text(&spec_conn, LB_A_CONN_STATE,
			 val[LB_A_CONN_STATE].num),
	       expires / 1000, expires % 1000);
	if (mark)
		printf(" fwmark %u", mark);
	if (template)
		printf(" template");
	if (val[LB_A_CONN_PE].text)
		printf(" pe %s %s", val[LB_A_CONN_PE].text,
		       value_text(val[LB_A_CONN_PE_DATA]));
}

/* Numbers of real servers' attributes, or counters. */
static void print_numbers(const struct spec_set *set, const union value *val,
			  uint16_t first, uint16_t last)
{
	for (; first <= last; first++)
		printf(" %s %llu", spec_attr(set, first)->name,
		       (unsigned long long)val[first].num);
}

static void append_json(const struct nlmsghdr *nlh, void *arg)
{
	json_array_append_new(arg, json_message(nlh));
}

/* Print the answer to a request as one array. */
static int show_json(const char *text, uint8_t cmd, uint16_t flags,
		     const struct service *key)
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

static void print_record(const struct service *svc, const struct dest *dest,
			 bool stats)
{
	wshow_key(stdout, svc, dest);
	if (dest && stats)
		print_numbers(&spec_dest, dest->val, LB_A_DEST_ACTIVE_CONNS,
			      LB_A_DEST_PERSIST_CONNS);
	if (stats)
		print_numbers(&spec_stats, dest ? dest->stats.val :
			      svc->stats.val, LB_A_STATS_PAD + 1,
			      LB_A_STATS_MAX);
	else if (dest)
		wshow_settings(stdout, &spec_dest, dest->val);
	else
		wshow_settings(stdout, &spec_service, svc->val);
	putchar('\n');
}

int wshow_list(const char *text, unsigned int what, const struct service *key,
	       bool json)
{
	const bool dests = what & WSHOW_DESTS;
	const bool stats = what & WSHOW_STATS;
	const struct service *svc;
	struct service_list list;
	size_t i, j;
	int rc;

	if (json)
		return show_json(text,
				 dests ? LB_CMD_DEST_GET : LB_CMD_SERVICE_GET,
				 dests || !key ? NLM_F_DUMP : NLM_F_ACK, key);

	rc = model_read_services(text, key, true, &list);
	if (!rc)
		model_sort(&list);
	for (i = 0; !rc && i < list.n; i++) {
		svc = &list.service[i];
		if (!dests)
			print_record(svc, NULL, stats);
		for (j = 0; dests && j < svc->n_dests; j++)
			print_record(svc, &svc->dest[j], stats);
	}
	model_free(&list);
	return rc;
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
	json_print_item(object);
	json_decref(object);
	*any = true;
}

int wshow_conns(const char *text, const struct conn *filter, bool json)
{
	struct batch b = { .text = text };
	bool any = false;
	struct nl *nl;
	int rc;

	rc = nl_ready(&nl);
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
static void print_value(FILE *out, const json_t *value)
{
	if (json_is_string(value))
		fprintf(out, "%s", json_string_value(value));
	else
		fprintf(out, "%llu",
			(unsigned long long)json_integer_value(value));
}

void wshow_config_words(FILE *out, const json_t *config, const char *before,
			const char *after)
{
	const json_t *value;
	uint16_t i;

	for (i = 1; i <= spec_config.max; i++) {
		value = json_object_get(config,
					spec_attr(&spec_config, i)->name);
		if (!value)
			continue;
		fprintf(out, "%s%s ", before, spec_attr(&spec_config, i)->word);
		print_value(out, value);
		fprintf(out, "%s", after);
	}
}

int wshow_config(const char *text, bool json)
{
	json_t *config;
	int rc;

	rc = model_read_json(text, LB_CMD_CONFIG_GET, &config);
	if (!rc && json)
		json_print(config);
	else if (!rc)
		wshow_config_words(stdout, config, "", "\n");
	json_decref(config);
	return rc;
}

int wshow_setting(const char *text, uint16_t attr, bool json)
{
	const char *name = spec_attr(&spec_config, attr)->name;
	json_t *config, *object = json_object();
	json_t *value;
	int rc;

	rc = model_read_json(text, LB_CMD_CONFIG_GET, &config);
	value = json_object_get(config, name);
	if (value)
		json_object_set(object, name, value);
	if (!rc && json) {
		json_print(object);
	} else if (!rc && value) {
		print_value(stdout, value);
		putchar('\n');
	}
	json_decref(object);
	json_decref(config);
	return rc;
}

static void print_total(const char *name, const char *of, const json_t *value)
{
	printf("%s%s%s ", name, *of ? " " : "", of);
	print_value(stdout, value);
	putchar('\n');
}

/* A value, several, or counters by what they count. */
static void print_totals(const char *name, json_t *value)
{
	json_t *item;
	const char *of;
	size_t i;

	json_array_foreach(value, i, item)
		print_totals(name, item);
	json_object_foreach(value, of, item)
		print_total(name, of, item);
	if (json_is_string(value) || json_is_integer(value))
		print_total(name, "", value);
}

/* Single values first. */
static void print_info(const json_t *info)
{
	const char *name;
	json_t *value;
	uint16_t i;
	int pass;

	for (pass = 0; pass < 2; pass++) {
		for (i = 1; i <= spec_info.max; i++) {
			name = spec_attr(&spec_info, i)->name;
			value = json_object_get(info, name);
			if (pass == (json_is_array(value) ||
				     json_is_object(value)))
				print_totals(name, value);
		}
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
