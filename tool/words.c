// SPDX-License-Identifier: GPL-2.0-only
/* The word grammar: OBJECT COMMAND …. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "help.h"
#include "model.h"
#include "monitor.h"
#include "spec.h"
#include "words.h"
#include "wparse.h"
#include "wshow.h"

static int service_set(struct batch *b, struct cursor *c)
{
	struct service svc = { .given = 0 };
	int rc;

	rc = wparse_key(c, &svc.key);
	if (!rc)
		rc = wparse_service_settings(c, &svc);
	if (!rc && (wparse_peek(c) || !svc.given))
		rc = wparse_expect_settings(c, &spec_service, NULL);
	if (!rc)
		model_set_service(b, 0, &svc);
	return rc;
}

static uint64_t all_settings(const struct spec_set *set)
{
	uint64_t all = 0;
	size_t i;

	for (i = 0; i < set->n_settings; i++)
		all |= BIT(set->settings[i]);
	return all;
}

/* Give what was not said its default, so that nothing of the old one stays. */
static void give_dest(struct dest *dest)
{
	const uint64_t tunnel = BIT(LB_A_DEST_TUN_TYPE) |
				BIT(LB_A_DEST_TUN_PORT) |
				BIT(LB_A_DEST_TUN_CHECKSUM);
	const bool tun = dest->val[LB_A_DEST_FORWARD].num == LB_FORWARD_TUN;

	dest->given |= all_settings(&spec_dest) & ~(tun ? 0 : tunnel);
}

static void give_all(struct service *svc)
{
	/* Flags go when the scheduler is said. */
	uint64_t all = all_settings(&spec_service) &
		       ~(BIT(LB_A_SERVICE_SCHED_FLAGS) |
			 BIT(LB_A_SERVICE_PERSIST_MASK4));
	size_t i;

	if (!model_takes_one_packet(&svc->key))
		all &= ~(BIT(LB_A_SERVICE_ONE_PACKET) | BIT(LB_A_SERVICE_PE));
	svc->given |= all | BIT(model_mask_attr(&svc->key));
	for (i = 0; i < svc->n_dests; i++)
		give_dest(&svc->dest[i]);
}

static int service_replace(struct batch *b, struct cursor *c)
{
	struct service svc = service_default;
	int rc;

	rc = wparse_key(c, &svc.key);
	if (!rc)
		rc = wparse_service_settings(c, &svc);
	if (!rc)
		rc = wparse_service_dests(c, &svc, &dest_default);
	if (!rc) {
		give_all(&svc);
		model_set_service(b, NLM_F_CREATE | NLM_F_REPLACE, &svc);
	}
	free(svc.dest);
	return rc;
}

static int service_add(struct batch *b, struct cursor *c)
{
	const struct dest template = { .given = 0 };
	struct service svc = { .given = 0 };
	int rc;

	if (b->whole)
		return service_replace(b, c);
	rc = wparse_key(c, &svc.key);
	if (!rc)
		rc = wparse_service_settings(c, &svc);
	if (!rc)
		rc = wparse_service_dests(c, &svc, &template);
	if (!rc)
		model_set_service(b, NLM_F_CREATE | NLM_F_EXCL, &svc);
	free(svc.dest);
	return rc;
}

/* A service, which may be left out of some commands; *key is then NULL. */
static int parse_optional_key(struct cursor *c, struct service_key *room,
			      struct service_key **key)
{
	int rc;

	*key = NULL;
	if (!wparse_peek(c))
		return LBCTL_OK;
	*key = room;
	rc = wparse_key(c, room);
	return rc ? rc : wparse_end(c);
}

/* KEY to ADDRESS[:PORT] */
static int parse_key_to_dest(struct cursor *c, struct service_key *key,
			     struct dest *dest)
{
	int rc = wparse_key(c, key);

	if (!rc && !wparse_take(c, "to"))
		rc = wparse_expect(c, "\"to\"");
	return rc ? rc : wparse_dest_key(c, key, dest);
}

static int dest_set(struct batch *b, struct cursor *c, uint16_t flags)
{
	struct dest dest = { .given = 0 };
	struct service_key key;
	int rc;

	if (b->whole)
		dest = dest_default;
	rc = parse_key_to_dest(c, &key, &dest);
	if (!rc)
		rc = wparse_dest_settings(c, &dest);
	if (!rc && (wparse_peek(c) || (!flags && !dest.given)))
		rc = wparse_expect_settings(c, &spec_dest, NULL);
	if (!rc && b->whole)
		give_dest(&dest);
	if (!rc)
		model_set_dest(b, flags, &key, &dest);
	return rc;
}

static int dest_add(struct batch *b, struct cursor *c)
{
	return dest_set(b, c, NLM_F_CREATE | NLM_F_EXCL);
}

static int dest_edit(struct batch *b, struct cursor *c)
{
	return dest_set(b, c, 0);
}

static int dest_del(struct batch *b, struct cursor *c)
{
	struct dest dest = { .given = 0 };
	struct service_key key;
	int rc;

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

static int config_set(struct batch *b, struct cursor *c)
{
	union value val[LB_A_CONFIG_MAX + 1] = { { 0 } };
	uint64_t given = 0;
	uint16_t attr = 0;
	int rc;

	do {
		rc = parse_setting(c, &attr);
		if (!rc)
			rc = wparse_give(c, &given, attr);
		if (!rc)
			rc = wparse_value(c, spec_attr(&spec_config, attr),
					  &val[attr]);
	} while (!rc && wparse_peek(c));
	if (!rc)
		model_set_config(b, val, given);
	return rc;
}

/* ADDRESS[/LENGTH]; more bits of it may be set than count. */
static int parse_client(struct cursor *c, struct conn_filter *filter)
{
	const char *word = wparse_peek(c) ?: "";
	char addr[INET6_ADDRSTRLEN + 2];
	size_t len = strcspn(word, "/");
	bool has_port;
	uint32_t max;
	int rc;

	rc = wparse_give(c, &filter->given, LB_A_CONN_CLIENT_ADDR4);
	if (rc)
		return rc;
	snprintf(addr, sizeof(addr), "%.*s", (int)len, word);
	if (len >= sizeof(addr) ||
	    parse_endpoint(addr, NULL, &filter->client, &has_port) || has_port)
		return wparse_expect(c, "ADDRESS[/LENGTH]");

	max = filter->client.family == AF_INET6 ? 128 : 32;
	if (word[len] && parse_number(word + len + 1, 0, max, &filter->plen))
		return wparse_expect(c, "ADDRESS[/LENGTH]");
	if (word[len])
		filter->given |= BIT(LB_A_CONN_CLIENT_PLEN);
	c->i++;
	return LBCTL_OK;
}

/* Without a port, all ports of the address are meant. */
static int parse_conn_dest(struct cursor *c, struct conn_filter *filter)
{
	const char *word = wparse_peek(c);
	bool has_port = false;
	int rc;

	rc = wparse_give(c, &filter->given, LB_A_CONN_DEST_ADDR4);
	if (rc)
		return rc;
	if (!word || parse_endpoint(word, NULL, &filter->dest, &has_port))
		return wparse_expect(c, "ADDRESS[:PORT]");
	if (has_port)
		filter->given |= BIT(LB_A_CONN_DEST_PORT);
	c->i++;
	return LBCTL_OK;
}

static int parse_state(struct cursor *c, struct conn_filter *filter)
{
	char list[512] = "";
	const char *state;
	unsigned int i;
	int rc;

	rc = wparse_give(c, &filter->given, LB_A_CONN_STATE);
	if (rc)
		return rc;
	for (i = 0; i <= LB_STATE_MAX; i++) {
		filter->state = i;
		state = spec_name(&spec_conn, LB_A_CONN_STATE, i);
		if (wparse_take(c, state))
			return LBCTL_OK;
		wparse_append(list, sizeof(list), state);
	}
	return wparse_expect(c, list);
}

static bool parse_protocol(struct cursor *c, uint8_t *protocol)
{
	static const uint8_t protocols[] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
	};
	size_t i;

	for (i = 0; i < sizeof(protocols); i++) {
		*protocol = protocols[i];
		if (wparse_take(c, protocol_name(*protocol)))
			return true;
	}
	return false;
}

static int parse_filter(struct cursor *c, struct conn_filter *filter)
{
	int rc = LBCTL_OK;

	*filter = (struct conn_filter) { .given = 0 };
	while (!rc && wparse_peek(c)) {
		if (wparse_take(c, "service")) {
			rc = wparse_give(c, &filter->given,
					 LB_A_CONN_SERVICE) ?:
			     wparse_key(c, &filter->service);
		} else if (wparse_take(c, "client")) {
			rc = parse_client(c, filter);
		} else if (wparse_take(c, "dest")) {
			rc = parse_conn_dest(c, filter);
		} else if (wparse_take(c, "state")) {
			rc = parse_state(c, filter);
		} else if (parse_protocol(c, &filter->protocol)) {
			rc = wparse_give(c, &filter->given, LB_A_CONN_PROTOCOL);
		} else {
			rc = wparse_expect(c, "service, client, dest, state, tcp, udp or sctp");
		}
	}
	return rc;
}

static int conn_show(const char *text, struct cursor *c, bool json)
{
	struct conn_filter filter;
	int rc = parse_filter(c, &filter);

	return rc ? rc : wshow_conns(text, &filter, json);
}

static int conn_flush(struct batch *b, struct cursor *c)
{
	struct conn_filter filter;
	int rc = parse_filter(c, &filter);

	if (!rc)
		model_conn_cmd(b, LB_CMD_CONN_FLUSH, 0, &filter);
	return rc;
}

static int conn_count(const char *text, struct cursor *c, bool json)
{
	int rc = wparse_end(c);

	return rc ? rc : wshow_conn_count(text, json);
}

static int config_show(const char *text, struct cursor *c, bool json)
{
	int rc = wparse_end(c);

	return rc ? rc : wshow_config(text, 0, json);
}

static int config_get(const char *text, struct cursor *c, bool json)
{
	uint16_t attr = 0;
	int rc;

	rc = parse_setting(c, &attr);
	if (!rc)
		rc = wparse_end(c);
	return rc ? rc : wshow_config(text, attr, json);
}

static int stats_show(const char *text, struct cursor *c, bool json)
{
	int rc = wparse_end(c);

	return rc ? rc : wshow_stats(text, json);
}

static int run_monitor(const char *text, struct cursor *c, bool json)
{
	bool timestamp = wparse_take(c, "timestamp");

	(void)text;
	if (wparse_peek(c))
		return wparse_expect(c, "timestamp");
	return monitor_run(timestamp, json);
}

static int run_version(const char *text, struct cursor *c, bool json)
{
	int rc = wparse_end(c);

	(void)text;
	if (!rc && json)
		rc = diag_usage("option -j goes with commands that list something");
	return rc ? rc : help_version();
}

static int run_help(const char *text, struct cursor *c, bool json)
{
	int rc = wparse_end(c);

	(void)text;
	if (!rc && json)
		rc = diag_usage("option -j goes with commands that list something");
	if (!rc)
		help_words();
	return rc;
}

/*
 * A command makes a request that changes something, by a function, or cmd with
 * a service, lists something of one or of all services, or runs.
 */
static const struct command {
	const char	*object;
	const char	*verb;		/* NULL: the object is the command */
	int		(*compile)(struct batch *b, struct cursor *c);
	uint8_t		cmd;
	enum {
		KEY_NONE,
		KEY_NEEDED,
		KEY_OPTIONAL,
	}		key;
	int		(*list)(const char *text, const struct service_key *key,
				bool json);
	int		(*run)(const char *text, struct cursor *c, bool json);
} commands[] = {
	{ "service", "show", .list = wshow_services },
	{ "service", "add", .compile = service_add },
	{ "service", "set", .compile = service_set },
	{ "service", "replace", .compile = service_replace },
	{ "service", "del", .cmd = LB_CMD_SERVICE_DEL, KEY_NEEDED },
	{ "service", "flush", .cmd = LB_CMD_FLUSH },
	{ "service", "zero", .cmd = LB_CMD_ZERO, KEY_OPTIONAL },
	{ "service", "stats", .list = wshow_service_stats },
	{ "dest", "show", .list = wshow_dests },
	{ "dest", "add", .compile = dest_add },
	{ "dest", "set", .compile = dest_edit },
	{ "dest", "del", .compile = dest_del },
	{ "dest", "stats", .list = wshow_dest_stats },
	{ "conn", "show", .run = conn_show },
	{ "conn", "count", .run = conn_count },
	{ "conn", "flush", .compile = conn_flush },
	{ "config", "show", .run = config_show },
	{ "config", "get", .run = config_get },
	{ "config", "set", .compile = config_set },
	{ "stats", "show", .run = stats_show },
	{ "stats", "zero", .cmd = LB_CMD_ZERO },
	{ "monitor", NULL, .run = run_monitor },
	{ "version", NULL, .run = run_version },
	{ "help", NULL, .run = run_help },
};

#define N_COMMANDS	(sizeof(commands) / sizeof(*commands))

/* Both say what is there instead: the objects, or the verbs of one. */
static int unknown_object(const struct cursor *c)
{
	const char *last = "";
	char list[128] = "";
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i].object, last))
			continue;
		last = commands[i].object;
		wparse_append(list, sizeof(list), last);
	}
	return wparse_expect(c, list);
}

static int unknown_verb(const struct cursor *c, const char *object)
{
	char list[128] = "";
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].object, object))
			wparse_append(list, sizeof(list), commands[i].verb);
	return wparse_expect(c, list);
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
	return object ? unknown_verb(c, object) : unknown_object(c);
}

static int compile(struct batch *b, struct cursor *c,
		   const struct command *cmd)
{
	struct service_key room, *key = &room;
	int rc;

	if (cmd->compile)
		return cmd->compile(b, c);

	if (cmd->key == KEY_NONE)
		key = NULL;
	if (cmd->key == KEY_OPTIONAL)
		rc = parse_optional_key(c, &room, &key);
	else
		rc = key ? wparse_key(c, key) : LBCTL_OK;
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

int words_run(const char *text, size_t n, char *const *words, bool json)
{
	struct cursor c = { .words = words, .n = n };
	struct batch b = { .text = text };
	struct service_key room, *key;
	const struct command *cmd;
	int rc;

	rc = find_command(&c, &cmd);
	if (rc)
		return rc;
	if (cmd->list) {
		rc = parse_optional_key(&c, &room, &key);
		return rc ? rc : cmd->list(text, key, json);
	}
	if (cmd->run)
		return cmd->run(text, &c, json);
	if (json)
		return diag_usage("option -j goes with commands that list something");

	rc = compile(&b, &c, cmd);
	if (!rc)
		rc = nl_run(&b, NULL);
	batch_free(&b);
	return rc;
}
