// SPDX-License-Identifier: GPL-2.0-only
/* The commands that save and load all there is. Upgrade does both. */
#include <string.h>
#include <sys/stat.h>

#include "confirm.h"
#include "diag.h"
#include "json.h"
#include "load.h"
#include "parse.h"
#include "rules.h"
#include "save.h"
#include "upgrade.h"
#include "wparse.h"

#define RULES_DIR	"/etc/lb"
#define RULES_FILE	RULES_DIR "/lb.rules"

/* A day: who forgets it is better off with what was there before. */
#define CONFIRM_MAX	86400

static bool is_option(const char *word)
{
	return word && word[0] == '-' && word[1];
}

static int save(struct cursor *c, bool json)
{
	const char *path = RULES_FILE;
	struct saved saved;
	json_t *object;
	int rc;

	if (is_option(wparse_peek(c)))
		return wparse_expect(c, "FILE");
	if (wparse_peek(c))
		path = c->words[c->i++];
	else
		mkdir(RULES_DIR, 0755);	/* if that fails, save says so */
	rc = wparse_end(c);
	if (!rc && json && !strcmp(path, "-"))
		rc = diag_usage("option -j needs standard output, so the rules need a FILE");
	if (!rc)
		rc = save_file(path, NULL, &saved);
	if (rc || !json)
		return rc;
	object = json_object();
	json_object_set_new(object, "services", json_integer(saved.services));
	json_object_set_new(object, "dests", json_integer(saved.dests));
	json_print(object);
	json_decref(object);
	return LBCTL_OK;
}

static int take_seconds(struct cursor *c, const char *value,
			unsigned int *seconds)
{
	const char *word = value ?: wparse_peek(c);

	if (value)
		c->i--;
	if (!word || parse_number(word, 1, CONFIRM_MAX, seconds))
		return wparse_expect(c, "seconds from 1 to 86400");
	c->i++;
	return LBCTL_OK;
}

static int take_option(struct cursor *c, unsigned int *flags,
		       unsigned int *seconds)
{
	static const char *const names[] = {
		"--check", "--diff", "--confirm", "--no-sync", "--allow-empty",
	};
	const char *value;

	if (wparse_take(c, "--check"))
		*flags |= LOAD_CHECK;
	else if (wparse_take(c, "--diff"))
		*flags |= LOAD_DIFF;
	else if (wparse_take(c, "--allow-empty"))
		*flags |= LOAD_ALLOW_EMPTY;
	else if (wparse_take(c, "--no-sync"))
		*flags |= LOAD_NO_SYNC;
	else if (wparse_option(c, "--confirm", &value))
		return take_seconds(c, value, seconds);
	else
		return wparse_expect_names(c, names, 5, " or ");
	return LBCTL_OK;
}

static int load(struct cursor *c, bool json)
{
	unsigned int flags = json ? LOAD_JSON : 0;
	const char *path = NULL;
	unsigned int seconds = 0;
	int rc = LBCTL_OK;

	while (!rc && wparse_peek(c)) {
		if (is_option(wparse_peek(c)))
			rc = take_option(c, &flags, &seconds);
		else if (path)
			rc = wparse_expect(c, "one FILE only");
		else
			path = c->words[c->i++];
	}
	if (!rc && seconds && flags & (LOAD_CHECK | LOAD_DIFF))
		rc = diag_usage("option --confirm goes with neither --check nor --diff");
	if (!rc && flags & LOAD_CHECK && flags & LOAD_DIFF)
		rc = diag_usage("options --check and --diff do not go together");
	path = path ? path : RULES_FILE;
	if (rc)
		return rc;
	return seconds ? confirm_around(path, flags, seconds) :
			 load_apply(path, flags);
}

static int confirm(struct cursor *c, bool json)
{
	if (json)
		return diag_usage("option -j goes with commands that list something");
	return wparse_end(c) ?: confirm_load();
}

static const struct {
	const char	*word;
	int		(*run)(struct cursor *c, bool json);
} commands[] = {
	{ "save", save },
	{ "load", load },
	{ "confirm", confirm },
	{ "upgrade", upgrade_run },
};

#define N_COMMANDS	(sizeof(commands) / sizeof(*commands))

bool rules_knows(const char *object)
{
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].word, object))
			return true;
	return false;
}

int rules_run(const char *object, size_t n, char *const *words, bool json)
{
	struct cursor c = { .words = words, .n = n, .i = 1 };
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].word, object))
			return commands[i].run(&c, json);
	return LBCTL_OK;
}
