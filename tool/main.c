// SPDX-License-Identifier: GPL-2.0-only
/* lbctl, the tool of lb: find out which grammar is spoken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "file.h"
#include "help.h"
#include "ipvs_run.h"
#include "json.h"
#include "names.h"
#include "netns.h"
#include "rules.h"
#include "words.h"
#include "wparse.h"

/* The command as typed, for messages. */
static char *join(size_t n, char *const *words)
{
	char *text = NULL;
	size_t size;
	FILE *out;
	size_t i;

	out = open_memstream(&text, &size);
	for (i = 0; out && i < n; i++)
		fprintf(out, i ? " %s" : "%s", words[i]);
	if (!out || fclose(out)) {
		perror("lbctl");
		exit(LBCTL_REFUSED);
	}
	return text;
}

static int run_batch(size_t n, char *const *words)
{
	if (n != 2)
		return diag_usage("option -b needs one FILE and nothing else");
	return file_apply(words[1]);
}

/* What stands before the object, or anywhere. */
struct globals {
	const char	*netns;
	bool		json;
	bool		pretty;
	bool		help;
};

/* Take -h out of the words, wherever it is. */
static size_t take_help(size_t n, char **words, bool *help)
{
	size_t kept = 0;
	size_t i;

	for (i = 0; i < n; i++) {
		if (!strcmp(words[i], "-h") || !strcmp(words[i], "--help"))
			*help = true;
		else
			words[kept++] = words[i];
	}
	return kept;
}

static int take_globals(struct cursor *c, struct globals *g)
{
	const char *value;

	for (;;) {
		if (wparse_take(c, "-j") || wparse_take(c, "--json")) {
			g->json = true;
		} else if (wparse_take(c, "-p") || wparse_take(c, "--pretty")) {
			g->pretty = true;
		} else if (wparse_option(c, "-n", &value) ||
			   wparse_option(c, "--netns", &value)) {
			g->netns = value ?: wparse_peek(c);
			if (!g->netns)
				return wparse_expect(c, "NETNS");
			c->i += !value;
		} else {
			return LBCTL_OK;
		}
	}
}

static int run_words(size_t n, char **words, const struct globals *g)
{
	const char *object;
	char *text;
	int rc;

	rc = words_object(n, words, &object);
	if (rc)
		return rc;
	if (g->help || (n > 1 && !strcmp(words[1], "help")))
		return help_words(object);
	if (rules_knows(object))
		return rules_run(object, n, words, g->json);
	text = join(n, words);
	rc = words_run(text, n, words, g->json);
	free(text);
	return rc;
}

static int run_options(size_t n, char **words)
{
	char *text;
	int rc;

	if (!strcmp(*words, "-b"))
		return run_batch(n, words);
	text = join(n, words);
	rc = ipvs_run(text, n, words);
	free(text);
	return rc;
}

static int run(size_t n, char **words)
{
	struct cursor c = { .words = words };
	char list[] = "-L", *list_all[] = { list };
	struct globals g = { .netns = NULL };
	int rc;

	n = take_help(n, words, &g.help);
	c.n = n;
	rc = take_globals(&c, &g);
	if (rc)
		return rc;
	n -= c.i;
	words += c.i;
	if (g.help && (!n || **words == '-')) {
		help_ipvs();
		return LBCTL_OK;
	}
	if (g.pretty && !g.json)
		return diag_usage("option -p needs -j");
	if (g.json && (!n || **words == '-'))
		return diag_usage("option -j needs an OBJECT, see lbctl help");
	json_pretty(g.pretty);
	rc = g.netns ? netns_enter(g.netns) : LBCTL_OK;
	if (rc)
		return rc;
	if (!n)
		return run_options(1, list_all);
	return **words == '-' ? run_options(n, words) : run_words(n, words, &g);
}

int main(int argc, char **argv)
{
	int rc = LBCTL_OK;

	if (argc > 0)
		rc = run(argc - 1, argv + 1);
	if (!rc)
		names_warn();

	/* Output that went nowhere must not look like success. */
	if (fflush(stdout) || ferror(stdout)) {
		perror("lbctl: standard output");
		if (!rc)
			rc = LBCTL_REFUSED;
	}
	return rc;
}
