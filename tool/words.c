// SPDX-License-Identifier: GPL-2.0-only
/* The word grammar: OBJECT COMMAND …. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "connfile.h"
#include "diag.h"
#include "help.h"
#include "model.h"
#include "monitor.h"
#include "names.h"
#include "sync.h"
#include "sync_show.h"
#include "upgrade.h"
#include "words.h"
#include "wparse.h"
#include "wshow.h"

/* What flags, or a file that says all there is to be, make of a request. */
static uint16_t request_flags(const struct batch *b, uint16_t flags)
{
	return b->whole && flags & NLM_F_EXCL ?
	       NLM_F_CREATE | NLM_F_REPLACE : flags;
}

/*
 * A service, with its real servers unless it is only changed. What is to be
 * replaced has the default of what is not said: nothing of the old one stays.
 */
static int service_set(struct batch *b, struct cursor *c, uint16_t flags)
{
	const bool whole = request_flags(b, flags) & NLM_F_REPLACE;
	struct service svc = whole ? service_default :
				     (struct service) { .given = 0 };
	int rc;
	size_t i;

	rc = wparse_key(c, &svc);
	if (!rc)
		rc = wparse_settings(c, &spec_service, svc.val, &svc.given);
	if (!rc && flags)
		rc = wparse_service_dests(c, &svc, whole);
	else if (!rc && (wparse_peek(c) ||
			 !(svc.given & ~attrs_keys(&spec_service))))
		rc = wparse_expect_settings(c, &spec_service, NULL);
	if (!rc && whole) {
		svc.given |= model_all_of_service(&svc);
		for (i = 0; i < svc.n_dests; i++)
			svc.dest[i].given |= model_all_of_dest(&svc.dest[i]);
	}
	if (!rc)
		model_set_service(b, request_flags(b, flags), &svc);
	free(svc.dest);
	return rc;
}

/* KEY to ADDRESS[:PORT] */
static int parse_key_to_dest(struct cursor *c, struct service *key,
			     struct dest *dest)
{
	int rc = wparse_key(c, key);

	if (!rc && !wparse_take(c, "to"))
		rc = wparse_expect(c, "\"to\"");
	return rc ? rc : wparse_dest_key(c, key, dest);
}

static int dest_set(struct batch *b, struct cursor *c, uint16_t flags)
{
	struct dest dest = b->whole ? dest_default :
				      (struct dest) { .given = 0 };
	struct service key = { .given = 0 };
	int rc;

	rc = parse_key_to_dest(c, &key, &dest);
	if (!rc)
		rc = wparse_settings(c, &spec_dest, dest.val, &dest.given);
	if (!rc && (wparse_peek(c) ||
		    (!flags && !(dest.given & ~attrs_keys(&spec_dest)))))
		rc = wparse_expect_settings(c, &spec_dest, NULL);
	if (b->whole)
		dest.given |= model_all_of_dest(&dest);
	if (!rc)
		model_set_dest(b, flags, &key, &dest);
	return rc;
}

static int dest_del(struct batch *b, struct cursor *c, uint16_t flags)
{
	struct service key = { .given = 0 };
	struct dest dest = { .given = 0 };
	int rc;

	(void)flags;
	rc = parse_key_to_dest(c, &key, &dest);
	if (!rc)
		rc = wparse_end(c);
	if (!rc)
		model_del_dest(b, &key, &dest);
	return rc;
}

/* Words may have dashes for underscores. */
static bool is_setting(const char *name, const char *word)
{
	for (; *name; name++, word++)
		if (*name != (*word == '_' ? '-' : *word))
			return false;
	return !*word;
}

static int parse_setting(struct cursor *c, uint16_t *attr)
{
	const char *word = wparse_peek(c);
	uint16_t i;

	for (i = 1; word && i <= spec_config.max; i++) {
		if (!is_setting(spec_attr(&spec_config, i)->name, word))
			continue;
		*attr = i;
		c->i++;
		return LBCTL_OK;
	}
	return wparse_expect(c, "a setting that \"lbctl config\" lists");
}

static int config_set(struct batch *b, struct cursor *c, uint16_t flags)
{
	union value val[LB_A_CONFIG_MAX + 1] = { 0 };
	uint64_t given = 0;
	uint16_t attr = 0;
	int rc;

	(void)flags;
	do {
		rc = parse_setting(c, &attr);
		if (!rc)
			rc = wparse_give(c, &given, attr);
		if (!rc)
			rc = wparse_value(c, &spec_config, attr, val);
	} while (!rc && wparse_peek(c));
	if (!rc)
		model_set_config(b, val, given);
	return rc;
}

/*
 * An address, with its leading bits that count if plen is their attribute, else
 * with a port, or without, if all ports are meant.
 */
static int parse_end(struct cursor *c, const struct spec_end *end,
		     uint16_t plen, struct conn *filter)
{
	const char *form = plen ? "ADDRESS[/LENGTH]" : "ADDRESS[:PORT]";
	const char *word = wparse_peek(c) ?: "";
	const size_t len = strcspn(word, plen ? "/" : "");
	char addr[ENDPOINT_STRLEN];
	struct endpoint ep;
	uint32_t bits = 0;
	bool has_port;

	snprintf(addr, sizeof(addr), "%.*s", (int)len, word);
	if (len >= sizeof(addr) || parse_endpoint(addr, NULL, &ep, &has_port) ||
	    (plen && has_port))
		return wparse_expect(c, form);
	if (word[len] &&
	    parse_number(word + len + 1, 0, ep.family == AF_INET6 ? 128 : 32,
			 &bits))
		return wparse_expect(c, form);

	model_set_end(end, filter->val, &filter->given, &ep);
	filter->val[plen].num = bits;
	filter->given |= (word[len] ? BIT(plen) : 0) |
			 (has_port ? BIT(end->port) : 0);
	c->i++;
	return LBCTL_OK;
}

static int parse_state(struct cursor *c, union value *val)
{
	const struct spec_attr *spec = spec_attr(&spec_conn, LB_A_CONN_STATE);

	for (val->num = 0; val->num < spec->n_values; val->num++)
		if (wparse_take(c, spec->values[val->num]))
			return LBCTL_OK;
	return wparse_expect_names(c, spec->values, spec->n_values, ", ");
}

static int parse_filter(struct cursor *c, struct conn *filter)
{
	static const struct {
		const char	*word;
		uint16_t	attr;
		uint8_t		protocol;
	} words[] = {
		{ "service", LB_A_CONN_SERVICE },
		{ "client", LB_A_CONN_CLIENT_ADDR4 },
		{ "dest", LB_A_CONN_DEST_ADDR4 },
		{ "state", LB_A_CONN_STATE },
		{ "tcp", LB_A_CONN_PROTOCOL, IPPROTO_TCP },
		{ "udp", LB_A_CONN_PROTOCOL, IPPROTO_UDP },
		{ "sctp", LB_A_CONN_PROTOCOL, IPPROTO_SCTP },
	};
	const size_t n = sizeof(words) / sizeof(*words);
	uint64_t said = 0;
	int rc = LBCTL_OK;
	uint16_t attr;
	size_t i;

	while (!rc && wparse_peek(c)) {
		for (i = 0; i < n && !wparse_take(c, words[i].word); i++)
			;
		if (i == n)
			return wparse_expect(c, "service, client, dest, state, tcp, udp or sctp");
		attr = words[i].attr;
		rc = wparse_give(c, &said, attr);
		if (rc)
			break;
		if (attr == LB_A_CONN_SERVICE)
			rc = wparse_key(c, &filter->service);
		else if (attr == LB_A_CONN_CLIENT_ADDR4)
			rc = parse_end(c, &spec_conn_client_end,
				       LB_A_CONN_CLIENT_PLEN, filter);
		else if (attr == LB_A_CONN_DEST_ADDR4)
			rc = parse_end(c, &spec_conn_dest_end, 0, filter);
		else if (attr == LB_A_CONN_STATE)
			rc = parse_state(c, &filter->val[attr]);
		else
			filter->val[attr].num = words[i].protocol;
	}
	filter->given |= said & (BIT(LB_A_CONN_SERVICE) | BIT(LB_A_CONN_STATE) |
				 BIT(LB_A_CONN_PROTOCOL));
	return rc;
}

static int conn_show(const char *text, struct cursor *c, bool json)
{
	struct conn filter = { .given = 0 };
	int rc = parse_filter(c, &filter);

	return rc ? rc : wshow_conns(text, &filter, json);
}

static int conn_flush(struct batch *b, struct cursor *c, uint16_t flags)
{
	struct conn filter = { .given = 0 };
	int rc = parse_filter(c, &filter);

	if (!rc)
		model_conn_cmd(b, LB_CMD_CONN_FLUSH, flags, &filter);
	return rc;
}

static int parse_role(struct cursor *c, struct sync *sync)
{
	const char *word = wparse_peek(c);

	if (!word || !sync_parse_role(word, sync))
		return wparse_expect(c, "master or backup");
	c->i++;
	return LBCTL_OK;
}

static int parse_sync_word(struct cursor *c, struct sync *sync, uint64_t *said)
{
	const struct sync_word *word;
	const char *names[16];
	const char *text;
	size_t i;
	bool bad;
	int rc;

	for (i = 0; i < sync_n_words; i++)
		names[i] = sync_words[i].word;
	for (i = 0; i < sync_n_words && !wparse_take(c, names[i]); i++)
		;
	if (i == sync_n_words)
		return wparse_expect_names(c, names, i, " or ");
	word = &sync_words[i];
	if (word->attr != LB_A_SYNC_PEER) {
		rc = wparse_give(c, said, word->attr);
		if (rc)
			return rc;
	}
	text = wparse_peek(c);
	if (!text)
		return wparse_expect(c, word->what);
	rc = sync_parse(word, text, sync, &bad);
	if (bad)
		return wparse_expect(c, word->what);
	c->i++;
	return rc;
}

static int start_daemon(struct batch *b, struct cursor *c, uint16_t flags)
{
	struct sync sync = { .given = 0 };
	uint64_t said = 0;
	int rc = parse_role(c, &sync);

	while (!rc && wparse_peek(c))
		rc = parse_sync_word(c, &sync, &said);
	if (!rc && !(said & BIT(LB_A_SYNC_INTERFACE)))
		rc = wparse_expect(c, "interface");
	if (!rc)
		sync_start(b, request_flags(b, flags), &sync);
	return rc;
}

static int stop_daemon(struct batch *b, struct cursor *c, uint16_t flags)
{
	struct sync sync = { .given = 0 };
	int rc = parse_role(c, &sync);

	(void)flags;
	if (!rc)
		rc = wparse_end(c);
	if (!rc)
		sync_stop(b, &sync);
	return rc;
}

static int config_get(const char *text, struct cursor *c, bool json)
{
	uint16_t attr = 0;
	int rc;

	rc = parse_setting(c, &attr);
	if (!rc)
		rc = wparse_end(c);
	return rc ? rc : wshow_setting(text, attr, json);
}

static int run_monitor(const char *text, struct cursor *c, bool json)
{
	bool timestamp = wparse_take(c, "timestamp");

	(void)text;
	if (wparse_peek(c))
		return wparse_expect(c, "timestamp");
	return monitor_run(timestamp, json);
}

/*
 * A command makes a request that changes something, by a function, or cmd with
 * a service; lists something of one or of all services; or shows something, or
 * prints what is no data, without more words; or runs.
 */
static const struct command {
	const char	*object;
	const char	*verb;		/* NULL: the object is the command */
	int		(*compile)(struct batch *b, struct cursor *c,
				   uint16_t flags);
	uint16_t	flags;
	uint8_t		cmd;
	enum {
		KEY_NONE,
		KEY_NEEDED,
		KEY_OPTIONAL,
	}		key;
	unsigned int	list;		/* WSHOW_*, by a service or of all */
	int		(*show)(const char *text, bool json);
	int		(*print)(void);
	int		(*run)(const char *text, struct cursor *c, bool json);
} commands[] = {
	{ "service", "show", .list = WSHOW_SERVICES },
	{ "service", "add", service_set, NLM_F_CREATE | NLM_F_EXCL },
	{ "service", "set", service_set },
	{ "service", "replace", service_set, NLM_F_CREATE | NLM_F_REPLACE },
	{ "service", "del", .cmd = LB_CMD_SERVICE_DEL, KEY_NEEDED },
	{ "service", "flush", .cmd = LB_CMD_FLUSH },
	{ "service", "zero", .cmd = LB_CMD_ZERO, KEY_OPTIONAL },
	{ "service", "stats", .list = WSHOW_SERVICES | WSHOW_STATS },
	{ "dest", "show", .list = WSHOW_DESTS },
	{ "dest", "add", dest_set, NLM_F_CREATE | NLM_F_EXCL },
	{ "dest", "set", dest_set },
	{ "dest", "del", dest_del },
	{ "dest", "stats", .list = WSHOW_DESTS | WSHOW_STATS },
	{ "conn", "show", .run = conn_show },
	{ "conn", "count", .show = wshow_conn_count },
	{ "conn", "flush", conn_flush },
	{ "conn", "save", .run = connfile_save },
	{ "conn", "restore", .run = connfile_restore },
	{ "config", "show", .show = wshow_config },
	{ "config", "get", .run = config_get },
	{ "config", "set", config_set },
	{ "sync", "show", .show = sync_show_words },
	{ "sync", "start", start_daemon, NLM_F_CREATE | NLM_F_EXCL },
	{ "sync", "stop", stop_daemon },
	{ "sync", "stats", .show = sync_show_stats },
	{ "stats", "show", .show = wshow_stats },
	{ "stats", "zero", .cmd = LB_CMD_ZERO },
	/* main() has these carried out: files are made of commands. */
	{ "save", NULL },
	{ "load", NULL },
	{ "confirm", NULL },
	{ "ipvs", "status", .print = names_status },
	{ "ipvs", "enable", .print = names_enable },
	{ "ipvs", "disable", .print = names_disable },
	{ "monitor", NULL, .run = run_monitor },
	{ "upgrade", NULL, .run = upgrade_run },
	{ "version", NULL, .print = help_version },
	{ "help", NULL, .print = help_words },
};

#define N_COMMANDS	(sizeof(commands) / sizeof(*commands))

/* Say what is there instead: the verbs of object, or, if NULL, the objects. */
static int unknown_command(const struct cursor *c, const char *object)
{
	const char *names[N_COMMANDS];
	const char *last = "";
	size_t n = 0;
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		if (object && !strcmp(commands[i].object, object))
			names[n++] = commands[i].verb;
		if (!object && strcmp(commands[i].object, last))
			names[n++] = commands[i].object;
		last = commands[i].object;
	}
	return wparse_expect_names(c, names, n, ", ");
}

static int find_command(struct cursor *c, const struct command **cmd)
{
	const char *object = NULL;
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		*cmd = &commands[i];
		if (strcmp((*cmd)->object, c->words[0]))
			continue;
		object = (*cmd)->object;
		c->i = 1;
		if (!(*cmd)->verb || wparse_take(c, (*cmd)->verb))
			return LBCTL_OK;
		/* The first one is for when nothing is said. */
		if (!wparse_peek(c))
			return LBCTL_OK;
	}
	return unknown_command(c, object);
}

/* A service, which may be left out of some commands; *key is then NULL. */
static int parse_optional_key(struct cursor *c, struct service *room,
			      struct service **key)
{
	int rc;

	*key = NULL;
	if (!wparse_peek(c))
		return LBCTL_OK;
	*key = room;
	rc = wparse_key(c, room);
	return rc ? rc : wparse_end(c);
}

static int compile(struct batch *b, struct cursor *c,
		   const struct command *cmd)
{
	struct service room = { .given = 0 };
	struct service *key = cmd->key == KEY_NEEDED ? &room : NULL;
	int rc = LBCTL_OK;

	if (cmd->compile)
		return cmd->compile(b, c, cmd->flags);

	if (cmd->key == KEY_OPTIONAL)
		rc = parse_optional_key(c, &room, &key);
	else if (key)
		rc = wparse_key(c, key);
	if (!rc)
		rc = wparse_end(c);
	if (!rc)
		model_key_cmd(b, cmd->cmd, 0, key);
	return rc;
}

int words_compile(struct batch *b, size_t n, char *const *words)
{
	struct cursor c = { .words = words, .n = n };
	const struct command *cmd;
	int rc;

	rc = find_command(&c, &cmd);
	if (rc)
		return rc;
	if (!cmd->compile && !cmd->cmd)
		return diag_usage("only commands that change something can be in a file");
	return compile(b, &c, cmd);
}

static int run_request(const char *text, struct cursor *c,
		       const struct command *cmd)
{
	struct batch b = { .text = text };
	int rc = compile(&b, c, cmd);

	if (!rc)
		rc = apply_batch(&b);
	batch_free(&b);
	return rc;
}

static int run_list(const char *text, struct cursor *c,
		    const struct command *cmd, bool json)
{
	struct service room = { .given = 0 }, *key;
	int rc = parse_optional_key(c, &room, &key);

	return rc ? rc : wshow_list(text, cmd->list, key, json);
}

int words_run(const char *text, size_t n, char *const *words, bool json)
{
	struct cursor c = { .words = words, .n = n };
	const struct command *cmd;
	int rc;

	rc = find_command(&c, &cmd);
	if (!rc && (cmd->show || cmd->print))
		rc = wparse_end(&c);
	if (rc)
		return rc;
	if (json && !cmd->list && !cmd->show && !cmd->run)
		return diag_usage("option -j goes with commands that list something");
	if (cmd->list)
		return run_list(text, &c, cmd, json);
	if (cmd->show)
		return cmd->show(text, json);
	if (cmd->print)
		return cmd->print();
	if (cmd->run)
		return cmd->run(text, &c, json);
	return run_request(text, &c, cmd);
}
