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
#include "words.h"

/* Files that include one another, from the first to the last. */
#define DEPTH_MAX	16

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

static int compile_file(struct file *f, const char *path, unsigned int depth);

/* Beside the file that includes it, unless it begins with a slash. */
static int include_file(struct file *f, const char *name, size_t n,
			char *const *words, unsigned int depth)
{
	const char *slash = strrchr(name, '/');
	const int dir = slash ? slash + 1 - name : 0;
	char *path;
	size_t len;
	int rc;

	if (n != 2)
		return diag_usage("%s needs one FILE and nothing else",
				  words[0]);
	if (depth == DEPTH_MAX)
		return diag_usage("%u files include one another, or one itself",
				  DEPTH_MAX);
	len = dir + strlen(words[1]) + 1;
	path = mem_array(NULL, len, 1);
	snprintf(path, len, "%.*s%s", *words[1] == '/' ? 0 : dir, name,
		 words[1]);
	rc = compile_file(f, path, depth + 1);
	free(path);
	return rc;
}

static int compile_words(struct file *f, const struct word_list *list,
			 unsigned int depth)
{
	char *const *words = list->word;
	size_t n = list->n;

	if (n && is_tool_name(*words)) {
		words++;
		n--;
	}
	if (!n)
		return LBCTL_OK;
	if (!strcmp(*words, "include"))
		return include_file(f, f->b.file, n, words, depth);
	if (**words == '-')
		return ipvs_compile(&f->b, n, words);
	return words_compile(&f->b, n, words);
}

/* The text and the name stay with the file: messages have them. */
static int compile_text(struct file *f, char *text, const char *name,
			unsigned int depth)
{
	struct word_list list = { NULL };
	int worst = LBCTL_OK;
	char *scratch = NULL;
	unsigned int n = 0;
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
		f->b.text = line;
		f->b.file = name;
		f->b.line = ++n;
		diag_at(name, n);
		if (parse_words(scratch, &list))
			rc = diag_usage("a quote has no end");
		else
			rc = compile_words(f, &list, depth);
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

static char *keep(struct file *f, char *text)
{
	f->kept = mem_room(f->kept, f->n_kept, sizeof(*f->kept));
	f->kept[f->n_kept++] = text;
	return text;
}

static int compile_file(struct file *f, const char *path, unsigned int depth)
{
	const bool from_stdin = !depth && !strcmp(path, "-");
	const char *name = from_stdin ? "stdin" : path;
	FILE *in = from_stdin ? stdin : fopen(path, "re");
	char *text = NULL;
	char *copy;
	int rc;

	if (!in)
		return diag_usage("%s: %s", path, strerror(errno));
	copy = keep(f, mem_array(NULL, strlen(name) + 1, 1));
	memcpy(copy, name, strlen(name) + 1);
	rc = read_all(in, name, &text);
	keep(f, text);
	if (!from_stdin)
		fclose(in);
	if (!rc && f->b.whole)
		rc = check_whole(text, name);
	return rc ? rc : compile_text(f, text, copy, depth);
}

int file_read(struct file *f, const char *path)
{
	return compile_file(f, path, 0);
}

void file_free(struct file *f)
{
	while (f->n_kept)
		free(f->kept[--f->n_kept]);
	free(f->kept);
	batch_free(&f->b);
}

int file_apply(const char *path)
{
	struct file f = { .n_kept = 0 };
	int rc = file_read(&f, path);

	if (!rc && f.b.n)
		rc = apply_batch(&f.b);
	file_free(&f);
	return rc;
}
