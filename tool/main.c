// SPDX-License-Identifier: GPL-2.0-only
/* lbctl, the tool of lb: find out which grammar is spoken. */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "diag.h"
#include "file.h"
#include "ipvs_run.h"
#include "names.h"
#include "rules.h"
#include "words.h"

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

static int run(size_t n, char **words)
{
	char list[] = "-L";
	char *const list_all[] = { list };
	bool json = false;
	char *text;
	int rc;

	if (!n)
		return ipvs_run(list, 1, list_all);
	if (!strcmp(*words, "-b"))
		return run_batch(n, words);
	if (!strcmp(*words, "-j")) {
		json = true;
		words++;
		n--;
	}
	if (json && (!n || **words == '-'))
		return diag_usage("option -j needs an OBJECT, see lbctl help");

	if (rules_knows(*words)) {
		if (json)
			return diag_usage("option -j goes with commands that list something");
		return rules_run(n, words);
	}

	text = join(n, words);
	if (**words == '-')
		rc = ipvs_run(text, n, words);
	else
		rc = words_run(text, n, words, json);
	free(text);
	return rc;
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
