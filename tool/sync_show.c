// SPDX-License-Identifier: GPL-2.0-only
/* The daemons that synchronise connections, as they are shown. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "json.h"
#include "nl.h"
#include "sync.h"
#include "sync_show.h"

/* Longest name of an interface, or an address. */
#define TEXT_MAX	INET6_ADDRSTRLEN

static const char *role(const struct sync *sync)
{
	return spec_text(&spec_sync, LB_A_SYNC_ROLE,
			 sync->val[LB_A_SYNC_ROLE].num);
}

static const char *addr_text(char *buf, const struct endpoint *ep)
{
	return inet_ntop(ep->family, &ep->addr, buf, TEXT_MAX);
}

/* NULL if it is not there. */
static const char *word_text(char *buf, const struct sync_word *word,
			     const struct sync *sync)
{
	const union value *val = sync->val;
	struct endpoint ep = { .family = AF_INET };

	if (word->attr == LB_A_SYNC_GROUP4 &&
	    sync->given & BIT(LB_A_SYNC_GROUP6)) {
		ep.family = AF_INET6;
		ep.addr.v6 = val[LB_A_SYNC_GROUP6].addr6;
		return addr_text(buf, &ep);
	}
	if (!(sync->given & BIT(word->attr)))
		return NULL;
	if (word->attr == LB_A_SYNC_GROUP4) {
		ep.addr.v4.s_addr = val[word->attr].num;
		return addr_text(buf, &ep);
	}
	if (word->attr == LB_A_SYNC_INTERFACE)
		return value_text(val[word->attr]);
	snprintf(buf, TEXT_MAX, "%u", (unsigned int)val[word->attr].num);
	return buf;
}

/* Each with what stands before its name, and behind it. */
static void print_words(FILE *out, const struct sync *sync, bool option)
{
	const struct sync_word *word;
	char buf[TEXT_MAX];
	const char *text;
	size_t i;

	for (i = 0; i < sync_n_words; i++) {
		word = &sync_words[i];
		if (word->attr == LB_A_SYNC_PEER || word->attr == LB_A_SYNC_KEY)
			continue;
		text = word_text(buf, word, sync);
		if (text)
			fprintf(out, " %s%s %s", option ? "--" : "", option ?
			       spec_options[word->option].name : word->word,
			       text);
	}
	for (i = 0; i < sync->n_peers; i++)
		fprintf(out, " %s %s", option ? "--sync-peer" : "peer",
			addr_text(buf, &sync->peer[i]));
}

static void print_list(const struct nlmsghdr *nlh, void *arg)
{
	/* In ipvsadm's order. */
	static const struct {
		const char	*name;
		uint16_t	attr;
	} rows[] = {
		{ "mcast", LB_A_SYNC_INTERFACE },
		{ "syncid", LB_A_SYNC_SYNCID },
		{ "maxlen", LB_A_SYNC_MAXLEN },
		{ "group", LB_A_SYNC_GROUP4 },
		{ "port", LB_A_SYNC_PORT },
		{ "ttl", LB_A_SYNC_TTL },
	};
	struct sync_word word = { 0 };
	char buf[TEXT_MAX];
	const char *text;
	struct sync sync;
	size_t i;

	(void)arg;
	sync_get(nlh, &sync);
	printf("%s sync daemon (", role(&sync));
	for (i = 0; i < sizeof(rows) / sizeof(*rows); i++) {
		word.attr = rows[i].attr;
		text = word_text(buf, &word, &sync);
		if (text)
			printf("%s%s=%s", i ? ", " : "", rows[i].name, text);
	}
	for (i = 0; i < sync.n_peers; i++)
		printf(", peer=%s", addr_text(buf, &sync.peer[i]));
	puts(")");
}

static void print_save(const struct nlmsghdr *nlh, void *arg)
{
	struct sync sync;

	(void)arg;
	sync_get(nlh, &sync);
	printf("--start-daemon %s", role(&sync));
	print_words(stdout, &sync, true);
	putchar('\n');
	if (sync.given & BIT(LB_A_SYNC_KEYED))
		diag_warn("the key of the %s daemon is not saved: add --sync-key",
			  role(&sync));
}

/* Where rules go, and the file that has the key. */
struct rules {
	FILE		*out;
	const char	*key;
};

/* Without its key a daemon would believe anybody: it is not started then. */
static void print_rule(const struct nlmsghdr *nlh, void *arg)
{
	const struct rules *rules = arg;
	bool keyed, lost;
	struct sync sync;

	sync_get(nlh, &sync);
	keyed = sync.given & BIT(LB_A_SYNC_KEYED);
	lost = keyed && !rules->key;
	fprintf(rules->out, "%ssync start %s", lost ? "# " : "", role(&sync));
	print_words(rules->out, &sync, false);
	if (keyed)
		fprintf(rules->out, " key %s", lost ? "FILE" : rules->key);
	fputc('\n', rules->out);
	if (lost)
		diag_warn("the key of the %s daemon is not saved: its line is a comment, add the file that has the key",
			  role(&sync));
}

static void print_record(const struct nlmsghdr *nlh, void *arg)
{
	struct sync sync;

	(void)arg;
	sync_get(nlh, &sync);
	printf("%s", role(&sync));
	print_words(stdout, &sync, false);
	puts(sync.given & BIT(LB_A_SYNC_KEYED) ? " keyed" : "");
}

static void print_counters(const struct nlmsghdr *nlh, void *arg)
{
	json_t *daemon = json_message(nlh);
	json_t *object = json_object_get(daemon, "counter");
	const char *name;
	json_t *value;

	(void)arg;
	json_object_foreach(object, name, value)
		printf("%s %s %llu\n",
		       json_string_value(json_object_get(daemon, "role")),
		       name, (unsigned long long)json_integer_value(value));
	json_decref(daemon);
}

static void append_json(const struct nlmsghdr *nlh, void *arg)
{
	json_t *daemon = json_message(nlh);

	json_object_del(daemon, "counter");
	json_array_append_new(arg, daemon);
}

static void append_counters(const struct nlmsghdr *nlh, void *arg)
{
	json_t *daemon = json_message(nlh);
	json_t *object = json_object();

	json_object_set(object, "role", json_object_get(daemon, "role"));
	json_object_set(object, "counters", json_object_get(daemon, "counter"));
	json_array_append_new(arg, object);
	json_decref(daemon);
}

static int ask(const char *text, nl_reply_fn *fn, void *arg)
{
	struct batch b = { .text = text };

	batch_begin(&b, LB_CMD_SYNC_GET, NLM_F_DUMP);
	return nl_ask(&b, fn, arg, NULL);
}

static void count(const struct nlmsghdr *nlh, void *arg)
{
	struct sync_count *n = arg;
	struct sync sync;

	sync_get(nlh, &sync);
	n->daemons++;
	if (sync.given & BIT(LB_A_SYNC_KEYED))
		n->keyed++;
}

int sync_show_count(const char *text, struct sync_count *n)
{
	memset(n, 0, sizeof(*n));
	return ask(text, count, n);
}

static int ask_json(const char *text, nl_reply_fn *fn)
{
	json_t *array = json_array();
	int rc = ask(text, fn, array);

	if (!rc)
		json_print(array);
	json_decref(array);
	return rc;
}

int sync_show_list(const char *text)
{
	return ask(text, print_list, NULL);
}

int sync_show_save(const char *text)
{
	return ask(text, print_save, NULL);
}

int sync_show_rules(const char *text, const char *key, FILE *out)
{
	struct rules rules = { .out = out, .key = key };

	return ask(text, print_rule, &rules);
}

int sync_show_words(const char *text, bool json)
{
	return json ? ask_json(text, append_json) :
		      ask(text, print_record, NULL);
}

int sync_show_stats(const char *text, bool json)
{
	return json ? ask_json(text, append_counters) :
		      ask(text, print_counters, NULL);
}
