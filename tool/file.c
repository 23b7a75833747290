// SPDX-License-Identifier: GPL-2.0-only
/* Files of commands, parsed whole before the first one is sent. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "diag.h"
#include "file.h"
#include "ipvs.h"
#include "mem.h"
#include "parse.h"
#include "replace.h"
#include "words.h"

static int read_all(FILE *in, const char *name, char **text)
{
	size_t room = 0;
	size_t len = 0;

	*text = NULL;
	do {
		room = room ? room * 2 : 64 * 1024;
		*text = mem_array(*text, room, 1);
		len += fread(*text + len, 1, room - 1 - len, in);
	} while (len == room - 1);

	if (ferror(in))
		return diag_refused("%s: %s", name, strerror(errno));
	(*text)[len] = '\0';
	if (strlen(*text) != len)
		return diag_usage("%s: this is not a text file", name);
	return LBCTL_OK;
}

/* Saved files may have the name of the tool in front of each line. */
static bool is_tool_name(const char *word)
{
	const char *slash = strrchr(word, '/');

	if (slash)
		word = slash + 1;
	return !strcmp(word, "lbctl") || !strcmp(word, "ipvsadm");
}

static int compile_words(struct batch *b, const struct word_list *list)
{
	char *const *words = list->word;
	size_t n = list->n;

	if (n && is_tool_name(*words)) {
		words++;
		n--;
	}
	if (!n)
		return LBCTL_OK;
	if (**words == '-')
		return ipvs_compile(b, n, words);
	return words_compile(b, n, words);
}

static int compile_text(struct batch *b, char *text, const char *name)
{
	struct word_list list = { NULL };
	int worst = LBCTL_OK;
	char *scratch = NULL;
	size_t room = 0;
	char *line;
	size_t len;
	int rc;

	while (*text) {
		line = text + strspn(text, " \t");
		len = strcspn(line, "\r\n");
		text = line + len + strspn(line + len, "\r");
		if (*text == '\n')
			text++;
		line[len] = '\0';

		/* Words are cut in a copy, the line is kept for messages. */
		if (len >= room) {
			room = len * 2 + 256;
			scratch = mem_array(scratch, room, 1);
		}
		memcpy(scratch, line, len + 1);
		parse_words(scratch, &list);

		b->text = line;
		diag_at(name, ++b->line);
		rc = compile_words(b, &list);
		if (rc > worst)
			worst = rc;
	}
	diag_at(NULL, 0);
	free(scratch);
	free(list.word);
	return worst;
}

/* Is it all of a file that says what there is to be? */
static int check_whole(const char *text, const char *name)
{
	const char *last = strrchr(text, '\n');

	if (last ? !last[1] : !*text)
		return LBCTL_OK;
	return diag_usage("%s: the last line has no end, so the file may be cut off; nothing was changed",
			  name);
}

static int replace_all(const struct batch *b, const char *name,
		       unsigned int flags)
{
	if (b->n || flags & FILE_ALLOW_EMPTY)
		return replace_run(b, name);
	return diag_usage("%s: nothing is added, so all services would be deleted; if that is meant, say --allow-empty",
			  name);
}

int file_apply(const char *path, unsigned int flags)
{
	const bool from_stdin = !strcmp(path, "-");
	const char *name = from_stdin ? "stdin" : path;
	FILE *in = from_stdin ? stdin : fopen(path, "r");
	struct batch b = { .whole = flags & FILE_REPLACE };
	char *text = NULL;
	int rc;

	if (!in)
		return diag_usage("%s: %s", path, strerror(errno));
	rc = read_all(in, name, &text);
	if (!from_stdin)
		fclose(in);
	if (!rc && b.whole)
		rc = check_whole(text, name);
	if (!rc)
		rc = compile_text(&b, text, name);
	if (!rc && b.whole)
		rc = replace_all(&b, name, flags);
	else if (!rc && b.n)
		rc = apply_batch(&b, name);
	batch_free(&b);
	free(text);
	return rc;
}
