// SPDX-License-Identifier: GPL-2.0-only
/* The options of ipvsadm's grammar, as words. */
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "opts.h"
#include "pick.h"

/* Words not yet taken, and where in a cluster like -Ln we are. */
struct cursor {
	char *const	*words;
	size_t		n;
	size_t		i;
	const char	*cluster;
};

bool opts_takes(enum spec_command_id cmd, enum spec_option_id id)
{
	return spec_commands[cmd].takes & BIT(spec_options[id].group);
}

/* A word that begins with dashes, unless it is one letter, is near a name. */
static int say_unknown(const char *what, const char *word,
		       const char *const *names, size_t n)
{
	const char *near = !strncmp(word, "--", 2) ?
			   pick_near(word + 2, names, n) : NULL;

	if (near)
		return diag_usage("unknown %s %s, did you mean --%s?", what,
				  word, near);
	return diag_usage("unknown %s %s, see lbctl -h", what, word);
}

static int find_command(const char *word, enum spec_command_id *cmd)
{
	const char *names[CMD_MAX];
	const struct spec_command *c;
	size_t i;

	for (i = 0; i < CMD_MAX; i++) {
		c = &spec_commands[i];
		if (word[0] == '-' && word[1] == '-') {
			if (strcmp(word + 2, c->name))
				continue;
		} else if (!c->letter || word[0] != '-' ||
			   (word[1] != c->letter &&
			    (word[1] != 'l' || i != CMD_LIST))) {
			continue;
		}
		*cmd = i;
		return LBCTL_OK;
	}
	for (i = 0; i < CMD_MAX; i++)
		names[i] = spec_commands[i].name;
	return say_unknown("command", word, names, i);
}

/*
 * Take an option and its argument: attached is what follows it in its own word,
 * NULL if nothing does.
 */
static int take_option(struct opts *o, struct cursor *c, size_t id,
		       const char *attached)
{
	const struct spec_option *opt = &spec_options[id];
	const char *next = c->i < c->n ? c->words[c->i] : NULL;

	if (opt->arg == ARG_NONE && attached)
		return diag_usage("option --%s takes no value", opt->name);
	if (opt->arg != ARG_NONE && !attached && next &&
	    (opt->arg == ARG_NEEDED || *next != '-')) {
		attached = next;
		c->i++;
	}
	if (opt->arg == ARG_NEEDED && !attached)
		return diag_usage("option --%s needs a value", opt->name);
	if (id == OPT_SYNC_PEER && o->n_peers == OPTS_MAX_PEERS)
		return diag_usage("there are more than %d peers",
				  OPTS_MAX_PEERS);
	if (id == OPT_SYNC_PEER)
		o->peer[o->n_peers++] = attached;
	else if (opts_has(o, id) && id != OPT_SORT)
		return diag_usage("option --%s is given twice", opt->name);
	o->has |= BIT(id);
	o->value[id] = attached;
	return LBCTL_OK;
}

static int parse_long(struct opts *o, struct cursor *c, const char *word)
{
	const char *names[OPT_MAX];
	const char *value = strchr(word, '=');
	char name[64];
	size_t i;

	snprintf(name, sizeof(name), "%.*s", (int)strcspn(word, "="), word);
	for (i = 0; i < OPT_MAX; i++) {
		names[i] = spec_options[i].name;
		if (!strcmp(names[i], name + 2))
			return take_option(o, c, i, value ? value + 1 : NULL);
	}
	return say_unknown("option", name, names, i);
}

/* One letter of a cluster; the rest of it may be its argument. */
static int parse_letter(struct opts *o, struct cursor *c)
{
	const char letter = *c->cluster++;
	const char *attached = NULL;
	size_t i;

	for (i = 0; i < OPT_MAX; i++)
		if (spec_options[i].letter == letter)
			break;
	if (i == OPT_MAX)
		return diag_usage("unknown option -%c", letter);
	if (spec_options[i].arg != ARG_NONE) {
		if (*c->cluster)
			attached = c->cluster + (*c->cluster == '=');
		c->cluster = "";
	}
	return take_option(o, c, i, attached);
}

static int take_plain(struct opts *o, const char *word)
{
	if (o->n_plain == spec_commands[o->cmd].n_plain)
		return diag_usage("unexpected argument \"%s\"", word);
	o->plain[o->n_plain++] = word;
	return LBCTL_OK;
}

static int parse_all(struct opts *o, struct cursor *c)
{
	bool only_plain = false;
	const char *word;
	int rc = LBCTL_OK;

	while (!rc && (*c->cluster || c->i < c->n)) {
		if (*c->cluster) {
			rc = parse_letter(o, c);
			continue;
		}
		word = c->words[c->i++];
		if (only_plain || word[0] != '-' || !word[1])
			rc = take_plain(o, word);
		else if (word[1] != '-')
			c->cluster = word + 1;
		else if (word[2])
			rc = parse_long(o, c, word);
		else
			only_plain = true;
	}
	return rc;
}

/* Two services, two things to list, or two values of one setting. */
static bool excludes(const struct opts *o, size_t i, size_t j)
{
	const struct spec_option *a = &spec_options[i];
	const struct spec_option *b = &spec_options[j];

	(void)o;
	if (a->set)
		return a->set == b->set && a->type == b->type;
	return a->group == b->group &&
	       (a->group == GROUP_KEY || a->group == GROUP_WHAT);
}

/* A listing of something else than services takes little. */
static bool is_foreign(const struct opts *o, size_t what, size_t j)
{
	const enum spec_group_id group = spec_options[j].group;

	if (spec_options[what].group != GROUP_WHAT)
		return false;
	return group == GROUP_KEY || group == GROUP_FAMILY ||
	       j == OPT_STATS || j == OPT_RATE || j == OPT_THRESHOLDS ||
	       (j == OPT_PERSISTENT_CONN && !opts_has(o, OPT_CONNECTION));
}

static int check_pairs(const struct opts *o,
		       bool (*clash)(const struct opts *o, size_t i, size_t j))
{
	size_t i, j;

	for (i = 0; i < OPT_MAX; i++) {
		if (!opts_has(o, i))
			continue;
		for (j = 0; j < OPT_MAX; j++)
			if (i != j && opts_has(o, j) && clash(o, i, j))
				return diag_usage("options --%s and --%s exclude each other",
						  spec_options[i].name,
						  spec_options[j].name);
	}
	return LBCTL_OK;
}

static int check(const struct opts *o)
{
	const struct spec_command *cmd = &spec_commands[o->cmd];
	uint64_t groups = 0;
	size_t i;

	for (i = 0; i < OPT_MAX; i++) {
		if (!opts_has(o, i))
			continue;
		if (i != OPT_SORT && !opts_takes(o->cmd, i))
			return diag_usage("command --%s takes no option --%s",
					  cmd->name, spec_options[i].name);
		groups |= BIT(spec_options[i].group);
	}
	if (cmd->needs & ~groups & BIT(GROUP_KEY))
		return diag_usage("command --%s needs a service: -t, -u, --sctp-service or -f",
				  cmd->name);
	if (cmd->needs & ~groups & BIT(GROUP_SERVER))
		return diag_usage("command --%s needs a real server: -r",
				  cmd->name);
	if (o->n_plain < cmd->n_plain)
		return diag_usage("command --%s needs %u argument(s)",
				  cmd->name, cmd->n_plain);
	if (opts_has(o, OPT_IPV6) && !opts_has(o, OPT_FWMARK_SERVICE))
		return diag_usage("option --ipv6 goes with --fwmark-service");
	if (opts_has(o, OPT_ALLOW_EMPTY) && !opts_has(o, OPT_REPLACE))
		return diag_usage("option --allow-empty goes with --replace");
	return check_pairs(o, excludes) ?: check_pairs(o, is_foreign);
}

int opts_parse(struct opts *o, size_t n, char *const *words)
{
	struct cursor c = { .words = words, .n = n, .i = 1, .cluster = "" };
	int rc;

	memset(o, 0, sizeof(*o));
	rc = find_command(words[0], &o->cmd);
	if (rc || o->cmd == CMD_HELP || o->cmd == CMD_VERSION)
		return rc;

	if (words[0][1] != '-')
		c.cluster = words[0] + 2;
	rc = parse_all(o, &c);
	return rc ? rc : check(o);
}
