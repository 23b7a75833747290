// SPDX-License-Identifier: GPL-2.0-only
/* The options of ipvsadm's grammar, as words. */
#include <string.h>

#include "diag.h"
#include "opts.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define OPT(id)		(1ull << (id))

enum opt_arg {
	ARG_NONE,
	ARG_NEEDED,
	ARG_OPTIONAL,	/* taken unless it begins with a dash */
};

static const struct {
	const char	*name;
	char		letter;
	enum opt_arg	arg;
} options[OPT_MAX] = {
	[OPT_TCP]		= { "tcp-service", 't', ARG_NEEDED },
	[OPT_UDP]		= { "udp-service", 'u', ARG_NEEDED },
	[OPT_SCTP]		= { "sctp-service", 0, ARG_NEEDED },
	[OPT_FWMARK]		= { "fwmark-service", 'f', ARG_NEEDED },
	[OPT_IPV6]		= { "ipv6", '6', ARG_NONE },
	[OPT_SCHEDULER]		= { "scheduler", 's', ARG_NEEDED },
	[OPT_PERSISTENT]	= { "persistent", 'p', ARG_OPTIONAL },
	[OPT_NETMASK]		= { "netmask", 'M', ARG_NEEDED },
	[OPT_PE]		= { "pe", 0, ARG_NEEDED },
	[OPT_SCHED_FLAGS]	= { "sched-flags", 'b', ARG_NEEDED },
	[OPT_OPS]		= { "ops", 'o', ARG_NONE },
	[OPT_REAL_SERVER]	= { "real-server", 'r', ARG_NEEDED },
	[OPT_GATEWAYING]	= { "gatewaying", 'g', ARG_NONE },
	[OPT_IPIP]		= { "ipip", 'i', ARG_NONE },
	[OPT_MASQUERADING]	= { "masquerading", 'm', ARG_NONE },
	[OPT_WEIGHT]		= { "weight", 'w', ARG_NEEDED },
	[OPT_UPPER]		= { "u-threshold", 'x', ARG_NEEDED },
	[OPT_LOWER]		= { "l-threshold", 'y', ARG_NEEDED },
	[OPT_TUN_TYPE]		= { "tun-type", 0, ARG_NEEDED },
	[OPT_TUN_PORT]		= { "tun-port", 0, ARG_NEEDED },
	[OPT_TUN_NOCSUM]	= { "tun-nocsum", 0, ARG_NONE },
	[OPT_TUN_CSUM]		= { "tun-csum", 0, ARG_NONE },
	[OPT_TUN_REMCSUM]	= { "tun-remcsum", 0, ARG_NONE },
	[OPT_NUMERIC]		= { "numeric", 'n', ARG_NONE },
	[OPT_CONNECTION]	= { "connection", 'c', ARG_NONE },
	[OPT_TIMEOUT]		= { "timeout", 0, ARG_NONE },
	[OPT_DAEMON]		= { "daemon", 0, ARG_NONE },
	[OPT_STATS]		= { "stats", 0, ARG_NONE },
	[OPT_RATE]		= { "rate", 0, ARG_NONE },
	[OPT_THRESHOLDS]	= { "thresholds", 0, ARG_NONE },
	[OPT_PERSISTENT_CONN]	= { "persistent-conn", 0, ARG_NONE },
	[OPT_TUN_INFO]		= { "tun-info", 0, ARG_NONE },
	[OPT_SORT]		= { "sort", 0, ARG_NONE },
	[OPT_NOSORT]		= { "nosort", 0, ARG_NONE },
	[OPT_EXACT]		= { "exact", 'X', ARG_NONE },
	[OPT_REPLACE]		= { "replace", 0, ARG_NONE },
	[OPT_ALLOW_EMPTY]	= { "allow-empty", 0, ARG_NONE },
	[OPT_SYNCID]		= { "syncid", 0, ARG_NEEDED },
	[OPT_SYNC_MAXLEN]	= { "sync-maxlen", 0, ARG_NEEDED },
	[OPT_MCAST_INTERFACE]	= { "mcast-interface", 0, ARG_NEEDED },
	[OPT_MCAST_GROUP]	= { "mcast-group", 0, ARG_NEEDED },
	[OPT_MCAST_PORT]	= { "mcast-port", 0, ARG_NEEDED },
	[OPT_MCAST_TTL]		= { "mcast-ttl", 0, ARG_NEEDED },
};

#define KEY	(OPT(OPT_TCP) | OPT(OPT_UDP) | OPT(OPT_SCTP) | \
		 OPT(OPT_FWMARK))
#define KEYS	(KEY | OPT(OPT_IPV6))
#define COLUMNS	(OPT(OPT_STATS) | OPT(OPT_RATE) | OPT(OPT_THRESHOLDS))
#define SERVICE	(KEYS | OPT(OPT_SCHEDULER) | OPT(OPT_PERSISTENT) | \
		 OPT(OPT_NETMASK) | OPT(OPT_PE) | OPT(OPT_SCHED_FLAGS) | \
		 OPT(OPT_OPS))
#define SERVER	(KEYS | OPT(OPT_REAL_SERVER) | OPT(OPT_GATEWAYING) | \
		 OPT(OPT_IPIP) | OPT(OPT_MASQUERADING) | OPT(OPT_WEIGHT) | \
		 OPT(OPT_UPPER) | OPT(OPT_LOWER) | OPT(OPT_TUN_TYPE) | \
		 OPT(OPT_TUN_PORT) | OPT(OPT_TUN_NOCSUM) | \
		 OPT(OPT_TUN_CSUM) | OPT(OPT_TUN_REMCSUM))
#define LIST	(KEYS | COLUMNS | OPT(OPT_NUMERIC) | OPT(OPT_CONNECTION) | \
		 OPT(OPT_TIMEOUT) | OPT(OPT_DAEMON) | \
		 OPT(OPT_PERSISTENT_CONN) | OPT(OPT_TUN_INFO) | \
		 OPT(OPT_NOSORT) | OPT(OPT_EXACT))
#define SYNC	(OPT(OPT_SYNCID) | OPT(OPT_SYNC_MAXLEN) | \
		 OPT(OPT_MCAST_INTERFACE) | OPT(OPT_MCAST_GROUP) | \
		 OPT(OPT_MCAST_PORT) | OPT(OPT_MCAST_TTL))

/* Of each set no more than one may be given. */
static const unsigned long long exclusive[] = {
	KEY,
	OPT(OPT_GATEWAYING) | OPT(OPT_IPIP) | OPT(OPT_MASQUERADING),
	OPT(OPT_TUN_NOCSUM) | OPT(OPT_TUN_CSUM) | OPT(OPT_TUN_REMCSUM),
	OPT(OPT_CONNECTION) | OPT(OPT_TIMEOUT) | OPT(OPT_DAEMON),
};

/*
 * What a command takes: options, of which the key is needed, and words; and
 * lb's own options for settings of a set.
 */
static const struct {
	const char		*name;
	char			letter;
	unsigned char		n_plain;
	bool			needs_key;
	bool			needs_server;
	unsigned long long	takes;
	const struct spec_set	*own;
} commands[] = {
	[OPT_ADD_SERVICE]	= { "add-service", 'A', 0, true, false,
				    SERVICE, &spec_service },
	[OPT_EDIT_SERVICE]	= { "edit-service", 'E', 0, true, false,
				    SERVICE, &spec_service },
	[OPT_DELETE_SERVICE]	= { "delete-service", 'D', 0, true, false,
				    KEYS },
	[OPT_CLEAR]		= { "clear", 'C' },
	[OPT_RESTORE]		= { "restore", 'R', 0, false, false,
				    OPT(OPT_REPLACE) | OPT(OPT_ALLOW_EMPTY) },
	[OPT_SAVE]		= { "save", 'S', 0, false, false,
				    OPT(OPT_NUMERIC) },
	[OPT_ADD_SERVER]	= { "add-server", 'a', 0, true, true,
				    SERVER, &spec_dest },
	[OPT_EDIT_SERVER]	= { "edit-server", 'e', 0, true, true,
				    SERVER, &spec_dest },
	[OPT_DELETE_SERVER]	= { "delete-server", 'd', 0, true, true,
				    KEYS | OPT(OPT_REAL_SERVER) },
	[OPT_LIST]		= { "list", 'L', 0, false, false, LIST },
	[OPT_ZERO]		= { "zero", 'Z', 0, false, false, KEYS },
	[OPT_SET]		= { "set", 0, 3 },
	[OPT_START_DAEMON]	= { "start-daemon", 0, 1, false, false, SYNC },
	[OPT_STOP_DAEMON]	= { "stop-daemon", 0, 1, false, false, SYNC },
	[OPT_HELP]		= { "help", 'h' },
	[OPT_VERSION]		= { "version", 'v' },
};

/* Words not yet taken, and where in a cluster like -Ln we are. */
struct cursor {
	char *const	*words;
	size_t		n;
	size_t		i;
	const char	*cluster;
};

static const struct spec_option *own_option(enum opt_id id)
{
	return id >= OPT_OWN && id < OPT_OWN + spec_n_options ?
	       &spec_options[id - OPT_OWN] : NULL;
}

/* "" if there is no such option. */
const char *opts_name(enum opt_id id)
{
	const struct spec_option *own = own_option(id);

	if (own)
		return spec_attr(own->set, own->type)->name;
	return options[id].name ?: "";
}

static enum opt_arg option_arg(enum opt_id id)
{
	const struct spec_option *own = own_option(id);

	if (!own)
		return options[id].arg;
	return spec_attr(own->set, own->type)->type == SPEC_SWITCH ?
	       ARG_NONE : ARG_NEEDED;
}

static unsigned long long options_taken(enum opt_cmd cmd)
{
	unsigned long long takes = commands[cmd].takes;
	size_t i;

	for (i = 0; i < spec_n_options; i++)
		if (spec_options[i].set == commands[cmd].own)
			takes |= OPT(OPT_OWN + i);
	return takes;
}

bool opts_takes(enum opt_cmd cmd, enum opt_id id)
{
	return options_taken(cmd) & OPT(id) ||
	       (cmd == OPT_LIST && id == OPT_SORT);
}

const char *opts_command(enum opt_cmd cmd)
{
	return commands[cmd].name;
}

static int find_command(const char *word, enum opt_cmd *cmd)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(commands); i++) {
		if (word[0] == '-' && word[1] == '-') {
			if (strcmp(word + 2, commands[i].name))
				continue;
		} else if (!commands[i].letter || word[0] != '-' ||
			   (word[1] != commands[i].letter &&
			    (word[1] != 'l' || i != OPT_LIST))) {
			continue;
		}
		*cmd = i;
		return LBCTL_OK;
	}
	return diag_usage("unknown command \"%s\", see lbctl help", word);
}

static int take_option(struct opts *o, enum opt_id id, const char *value)
{
	if (o->has[id] && id != OPT_SORT)
		return diag_usage("option --%s is given twice",
				  opts_name(id));
	o->has[id] = true;
	o->value[id] = value;
	return LBCTL_OK;
}

/* The argument of option id: attached is what follows it in its own word. */
static int take_argument(struct opts *o, struct cursor *c, enum opt_id id,
			 const char *attached)
{
	const char *next = c->i < c->n ? c->words[c->i] : NULL;

	if (attached)
		return take_option(o, id, attached);
	if (next && (option_arg(id) == ARG_NEEDED || *next != '-')) {
		c->i++;
		return take_option(o, id, next);
	}
	if (option_arg(id) == ARG_NEEDED)
		return diag_usage("option --%s needs a value",
				  opts_name(id));
	return take_option(o, id, NULL);
}

static int parse_long(struct opts *o, struct cursor *c, const char *word)
{
	size_t len = strcspn(word, "=");
	const char *attached = word[len] ? word + len + 1 : NULL;
	size_t i;

	for (i = 0; i < OPT_MAX; i++)
		if (len && strlen(opts_name(i)) == len &&
		    !strncmp(opts_name(i), word, len))
			break;
	if (i == OPT_MAX)
		return diag_usage("unknown option --%s", word);
	if (option_arg(i) != ARG_NONE)
		return take_argument(o, c, i, attached);
	if (attached)
		return diag_usage("option --%s takes no value",
				  opts_name(i));
	return take_option(o, i, NULL);
}

/* One letter of a cluster; the rest of it may be its argument. */
static int parse_letter(struct opts *o, struct cursor *c)
{
	char letter = *c->cluster++;
	const char *attached;
	size_t i;

	for (i = 0; i < OPT_MAX; i++)
		if (options[i].letter == letter)
			break;
	if (i == OPT_MAX)
		return diag_usage("unknown option -%c", letter);
	if (option_arg(i) == ARG_NONE)
		return take_option(o, i, NULL);

	attached = *c->cluster ? c->cluster + (*c->cluster == '=') : NULL;
	c->cluster = "";
	return take_argument(o, c, i, attached);
}

static int take_plain(struct opts *o, const char *word)
{
	if (o->n_plain == commands[o->cmd].n_plain)
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
			rc = parse_long(o, c, word + 2);
		else
			only_plain = true;
	}
	return rc;
}

static int check_exclusive(unsigned long long given)
{
	unsigned long long both;
	size_t first;
	size_t i;

	for (i = 0; i < ARRAY_SIZE(exclusive); i++) {
		both = given & exclusive[i];
		if (!(both & (both - 1)))
			continue;
		first = __builtin_ctzll(both);
		both &= both - 1;
		return diag_usage("options --%s and --%s exclude each other",
				  opts_name(first),
				  opts_name(__builtin_ctzll(both)));
	}
	return LBCTL_OK;
}

/* What a listing of something else than services can't be combined with. */
static int check_listing(const struct opts *o, unsigned long long given)
{
	unsigned long long bad = 0;
	enum opt_id what;

	if (o->has[OPT_CONNECTION]) {
		what = OPT_CONNECTION;
		bad = given & (KEYS | COLUMNS);
	} else if (o->has[OPT_TIMEOUT] || o->has[OPT_DAEMON]) {
		what = o->has[OPT_TIMEOUT] ? OPT_TIMEOUT : OPT_DAEMON;
		bad = given & (KEYS | COLUMNS | OPT(OPT_PERSISTENT_CONN));
	}
	if (!bad)
		return LBCTL_OK;
	return diag_usage("options --%s and --%s exclude each other",
			  opts_name(what),
			  opts_name(__builtin_ctzll(bad)));
}

static int check(const struct opts *o)
{
	unsigned long long given = 0;
	unsigned long long bad;
	size_t i;
	int rc;

	for (i = 0; i < OPT_MAX; i++)
		if (o->has[i] && i != OPT_SORT)
			given |= OPT(i);

	bad = given & ~options_taken(o->cmd);
	if (bad)
		return diag_usage("command --%s takes no option --%s",
				  commands[o->cmd].name,
				  opts_name(__builtin_ctzll(bad)));
	if (commands[o->cmd].needs_key && !(given & KEY))
		return diag_usage("command --%s needs a service: -t, -u, --sctp-service or -f",
				  commands[o->cmd].name);
	if (commands[o->cmd].needs_server && !o->has[OPT_REAL_SERVER])
		return diag_usage("command --%s needs a real server: -r",
				  commands[o->cmd].name);
	if (o->n_plain < commands[o->cmd].n_plain)
		return diag_usage("command --%s needs %u argument(s)",
				  commands[o->cmd].name,
				  commands[o->cmd].n_plain);

	if (o->has[OPT_IPV6] && !o->has[OPT_FWMARK])
		return diag_usage("option --ipv6 goes with --fwmark-service");
	if (o->has[OPT_ALLOW_EMPTY] && !o->has[OPT_REPLACE])
		return diag_usage("option --allow-empty goes with --replace");

	rc = check_exclusive(given);
	return rc ? rc : check_listing(o, given);
}

int opts_parse(struct opts *o, size_t n, char *const *words)
{
	struct cursor c = { .words = words, .n = n, .i = 1, .cluster = "" };
	int rc;

	memset(o, 0, sizeof(*o));
	rc = find_command(words[0], &o->cmd);
	if (rc || o->cmd == OPT_HELP || o->cmd == OPT_VERSION)
		return rc;

	if (words[0][1] != '-')
		c.cluster = words[0] + 2;
	rc = parse_all(o, &c);
	return rc ? rc : check(o);
}
