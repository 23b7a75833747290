// SPDX-License-Identifier: GPL-2.0-only
/* Files of commands, parsed whole before the first one is sent. */
#include <errno.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "apply.h"
#include "diag.h"
#include "file.h"
#include "ipvs.h"
#include "mem.h"
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

/* Of messages about no line. */
static const char command_text[] = "-R --replace";

/* The service that a request is about, which comes first, and its number. */
struct item {
	struct service	key;
	size_t		i;
};

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int diff = model_compare_keys(a, b);

	return diff ? diff : (x->i > y->i) - (x->i < y->i);
}

static bool is_service(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return genl->cmd == LB_CMD_SERVICE_SET;
}

/* Requests in the order of their services, and within one, of the file. */
static struct item *sort_items(const struct batch *b)
{
	struct item *items = mem_array(NULL, b->n, sizeof(*items));
	size_t i;

	for (i = 0; i < b->n; i++) {
		items[i].i = i;
		model_get_service(batch_msg(b, i), &items[i].key);
	}
	if (b->n)
		qsort(items, b->n, sizeof(*items), compare_items);
	return items;
}

static int check_commands(const struct batch *b, const char *file)
{
	int rc = LBCTL_OK;
	size_t i;

	for (i = 0; i < b->n; i++) {
		diag_at(file, b->entry[i].line);
		if (!(batch_msg(b, i)->nlmsg_flags & NLM_F_CREATE))
			rc = diag_usage("only commands that add can be in a file that replaces all");
	}
	diag_at(NULL, 0);
	return rc;
}

/* Each service is added once, before its real servers. */
static int check_order(const struct batch *b, const struct item *items,
		       const char *file)
{
	bool added = false;
	int rc = LBCTL_OK;
	bool service;
	size_t i;

	for (i = 0; i < b->n; i++) {
		diag_at(file, b->entry[items[i].i].line);
		if (i && model_compare_keys(&items[i - 1], &items[i]))
			added = false;
		service = is_service(batch_msg(b, items[i].i));
		if (service && added)
			rc = diag_usage("the service is added twice");
		if (!service && !added)
			rc = diag_usage("no line above adds the service");
		added |= service;
	}
	diag_at(NULL, 0);
	return rc;
}

/* One request for each service, with all of its real servers. */
static void merge(struct batch *all, const struct batch *b,
		  const struct item *items)
{
	const struct batch_entry *asked;
	const struct nlmsghdr *nlh;
	const struct nlattr *attr;
	size_t i;

	for (i = 0; i < b->n; i++) {
		asked = &b->entry[items[i].i];
		nlh = batch_msg(b, items[i].i);
		if (is_service(nlh)) {
			all->text = asked->text;
			all->line = asked->line;
			batch_begin(all, LB_CMD_SERVICE_SET,
				    NLM_F_CREATE | NLM_F_REPLACE);
		}
		mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
			if (is_service(nlh) ||
			    mnl_attr_get_type(attr) == LB_A_SERVICE_DEST)
				batch_add_part(all, attr,
					       MNL_ALIGN(attr->nla_len), asked);
	}
}

/* Delete what the kernel has and no item names. */
static int delete_others(const struct item *items, size_t n)
{
	struct batch b = { .text = command_text };
	const struct service *svc;
	struct service_list list;
	size_t i;
	int rc;

	rc = model_read_services(command_text, NULL, false, &list);
	for (i = 0; !rc && i < list.n; i++) {
		svc = &list.service[i];
		if (!n || !bsearch(svc, items, n, sizeof(*items),
				   model_compare_keys))
			model_key_cmd(&b, LB_CMD_SERVICE_DEL, 0, svc);
	}
	if (!rc)
		rc = apply_batch(&b, NULL);
	model_free(&list);
	batch_free(&b);
	return rc;
}

static int replace_run(const struct batch *b, const char *file)
{
	struct batch all = { NULL };
	struct item *items;
	int rc;

	rc = check_commands(b, file);
	if (rc)
		return rc;
	items = sort_items(b);
	rc = check_order(b, items, file);
	if (!rc) {
		merge(&all, b, items);
		/* First all that is to be: who stays must not miss anything. */
		rc = apply_batch(&all, file);
		if (!rc)
			rc = delete_others(items, b->n);
	}
	batch_free(&all);
	free(items);
	return rc;
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
