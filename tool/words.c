// SPDX-License-Identifier: GPL-2.0-only
/* The word grammar: OBJECT COMMAND …. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "apply.h"
#include "check.h"
#include "connfile.h"
#include "diag.h"
#include "help.h"
#include "model.h"
#include "monitor.h"
#include "names.h"
#include "show.h"
#include "sync.h"
#include "sync_show.h"
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
		rc = wparse_settings(c, &spec_service, flags ? "dest" : NULL,
				     svc.val, &svc.given);
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

/*
 * KEY to ADDRESS[:PORT]. Of one that exists, the port need not be said where
 * the kernel can be asked.
 */
static int parse_key_to_dest(struct batch *b, struct cursor *c, bool exists,
			     struct service *key, struct dest *dest)
{
	bool has_port = false;
	int rc = wparse_key(c, key);

	if (!rc)
		rc = wparse_word(c, "to");
	if (!rc)
		rc = wparse_dest_key(c, key, dest, &has_port);
	if (!rc && exists && b->alone && !has_port)
		rc = model_find_port(b->text, key, dest);
	return rc;
}

static int dest_set(struct batch *b, struct cursor *c, uint16_t flags)
{
	struct dest dest = b->whole ? dest_default :
				      (struct dest) { .given = 0 };
	struct service key = { .given = 0 };
	int rc;

	rc = parse_key_to_dest(b, c, !flags, &key, &dest);
	if (!rc)
		rc = wparse_settings(c, &spec_dest, NULL, dest.val,
				     &dest.given);
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
	rc = parse_key_to_dest(b, c, true, &key, &dest);
	if (!rc)
		rc = wparse_end(c);
	if (!rc)
		model_del_dest(b, &key, &dest);
	return rc;
}

/* Words may have underscores, as sysctls of IPVS have, or dashes. */
static int parse_setting(struct cursor *c, uint16_t *attr)
{
	const char *names[LB_A_CONFIG_MAX];
	char word[64], *words[] = { word };
	struct cursor dashes = { .words = words, .n = 1 };
	size_t i;
	int which;
	int rc;

	for (i = 0; i < spec_config.max; i++)
		names[i] = spec_attr(&spec_config, i + 1)->name;
	snprintf(word, sizeof(word), "%s", wparse_peek(c) ?: "");
	for (i = 0; word[i]; i++)
		if (word[i] == '_')
			word[i] = '-';
	rc = wparse_pick(&dashes, names, spec_config.max, &which);
	if (!rc && which == PICK_NONE)
		rc = wparse_expect_near(c, "a setting that \"lbctl config\" lists",
					names, spec_config.max);
	if (rc)
		return rc;
	*attr = which + 1;
	c->i++;
	return LBCTL_OK;
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
			rc = wparse_give(&given, attr,
					 spec_attr(&spec_config, attr)->word);
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

/* By its name, or as IPVS calls the state, which is one of the protocol. */
static int parse_state(struct cursor *c, struct conn *filter)
{
	const struct spec_attr *spec = spec_attr(&spec_conn, LB_A_CONN_STATE);
	const bool sctp = filter->val[LB_A_CONN_PROTOCOL].num == IPPROTO_SCTP;
	const char *word = wparse_peek(c) ?: "";
	char name[SHOW_STATE_STRLEN];
	int which = PICK_NONE;
	int rc = LBCTL_OK;
	size_t i;

	/* Those of SCTP come last. */
	for (i = 0; i < spec->n_values && (which < 0 || sctp); i++)
		if (!strcmp(word, show_state(name, i)))
			which = i;
	if (which < 0)
		rc = wparse_pick_one(c, spec->values, spec->n_values, ", ",
				     &which);
	filter->val[LB_A_CONN_STATE].num = which;
	return rc;
}

static int parse_filter(struct cursor *c, struct conn *filter)
{
	static const char *const names[] = {
		"service", "client", "dest", "state", "tcp", "udp", "sctp",
	};
	static const struct {
		uint16_t	attr;
		uint8_t		protocol;
	} means[] = {
		{ LB_A_CONN_SERVICE },
		{ LB_A_CONN_CLIENT_ADDR4 },
		{ LB_A_CONN_DEST_ADDR4 },
		{ LB_A_CONN_STATE },
		{ LB_A_CONN_PROTOCOL, IPPROTO_TCP },
		{ LB_A_CONN_PROTOCOL, IPPROTO_UDP },
		{ LB_A_CONN_PROTOCOL, IPPROTO_SCTP },
	};
	struct cursor state = { .n = 0 };
	uint64_t said = 0;
	int rc = LBCTL_OK;
	uint16_t attr;
	int which;

	while (!rc && wparse_peek(c)) {
		rc = wparse_pick_one(c, names, sizeof(names) / sizeof(*names),
				     " or ", &which);
		if (rc)
			break;
		attr = means[which].attr;
		rc = wparse_give(&said, attr, names[which]);
		if (rc)
			break;
		if (attr == LB_A_CONN_SERVICE) {
			rc = wparse_key(c, &filter->service);
		} else if (attr == LB_A_CONN_CLIENT_ADDR4) {
			rc = parse_end(c, &spec_conn_client_end,
				       LB_A_CONN_CLIENT_PLEN, filter);
		} else if (attr == LB_A_CONN_DEST_ADDR4) {
			rc = parse_end(c, &spec_conn_dest_end, 0, filter);
		} else if (attr == LB_A_CONN_STATE) {
			/* The protocol may follow. */
			state = *c;
			if (wparse_peek(c))
				c->i++;
		} else {
			filter->val[attr].num = means[which].protocol;
		}
	}
	if (!rc && state.n)
		rc = parse_state(&state, filter);
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
	const struct spec_attr *spec = spec_attr(&spec_sync, LB_A_SYNC_ROLE);
	int which;
	int rc;

	rc = wparse_pick_one(c, spec->values, spec->n_values, " or ", &which);
	if (!rc)
		sync_parse_role(spec->values[which], sync);
	return rc;
}

static int parse_sync_word(struct cursor *c, struct sync *sync, uint64_t *said)
{
	const struct sync_word *word;
	const char *names[16];
	const char *text;
	int which;
	size_t i;
	bool bad;
	int rc;

	for (i = 0; i < sync_n_words; i++)
		names[i] = sync_words[i].word;
	rc = wparse_pick_one(c, names, sync_n_words, " or ", &which);
	if (rc)
		return rc;
	word = &sync_words[which];
	if (word->attr != LB_A_SYNC_PEER) {
		rc = wparse_give(said, word->attr, word->word);
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
	const bool timestamp = wparse_peek(c);
	int rc = timestamp ? wparse_word(c, "timestamp") : LBCTL_OK;

	(void)text;
	if (!rc)
		rc = wparse_end(c);
	return rc ? rc : monitor_run(timestamp, json);
}

static int find_object(struct cursor *c, const char **object);

/* As after -h anywhere, or "OBJECT help". */
static int run_help(const char *text, struct cursor *c, bool json)
{
	const char *object = NULL;
	int rc = LBCTL_OK;

	(void)text;
	if (json)
		return diag_usage("option -j goes with commands that list something");
	if (wparse_peek(c))
		rc = find_object(c, &object);
	if (!rc)
		rc = wparse_end(c);
	return rc ? rc : help_words(object);
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
	{ "check", NULL, .run = check_run },
	/*
	 * main() has these, and upgrade, carried out: files are made of
	 * commands.
	 */
	{ "save", NULL },
	{ "load", NULL },
	{ "confirm", NULL },
	{ "ipvs", "status", .print = names_status },
	{ "ipvs", "enable", .print = names_enable },
	{ "ipvs", "disable", .print = names_disable },
	{ "monitor", NULL, .run = run_monitor },
	{ "upgrade", NULL },
	{ "version", NULL, .print = help_version },
	{ "help", NULL, .run = run_help },
};

#define N_COMMANDS	(sizeof(commands) / sizeof(*commands))

/* The verbs of object, or, if NULL, the objects. */
static size_t command_names(const char *object, const char **names)
{
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
	return n;
}

static int find_object(struct cursor *c, const char **object)
{
	const char *names[N_COMMANDS];
	const size_t n = command_names(NULL, names);
	int which;
	int rc;

	rc = wparse_pick_one(c, names, n, ", ", &which);
	if (!rc)
		*object = names[which];
	return rc;
}

/* "list" and "ls" are "show", where there is that. */
static bool is_show(const char *word)
{
	return *word && (!strcmp(word, "ls") ||
			 !strncmp(word, "list", strlen(word)));
}

static int find_command(struct cursor *c, const struct command **cmd)
{
	const char *names[N_COMMANDS];
	const char *object;
	int which = 0;
	size_t i, n;
	int rc;

	rc = find_object(c, &object);
	if (rc)
		return rc;
	n = command_names(object, names);
	for (i = 0; commands[i].object != object; i++)
		;
	*cmd = &commands[i];
	/* The first one is for when nothing is said. */
	if (!(*cmd)->verb || !wparse_peek(c))
		return LBCTL_OK;
	rc = wparse_pick(c, names, n, &which);
	if (rc)
		return rc;
	if (which == PICK_NONE) {
		if (strcmp(*names, "show") || !is_show(wparse_peek(c)))
			return wparse_expect_names(c, names, n, ", ");
		c->i++;
		which = 0;
	}
	*cmd += which;
	return LBCTL_OK;
}

int words_object(size_t n, char *const *words, const char **object)
{
	struct cursor c = { .words = words, .n = n };

	return find_object(&c, object);
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
	struct batch b = { .text = text, .alone = true };
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
