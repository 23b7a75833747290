// SPDX-License-Identifier: GPL-2.0-only
/* Files that say all there is to be, as one request of the kernel. */
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <string.h>

#include "apply.h"
#include "diag.h"
#include "diff.h"
#include "file.h"
#include "json.h"
#include "load.h"
#include "mem.h"
#include "model.h"
#include "nl.h"
#include "sync.h"

/*
 * A request: the service that it is about, and its number. Requests that
 * follow one another and are about the same service share it.
 */
struct item {
	struct service	*key;
	size_t		i;
};

/* Requests about services, in their order, and within one, of the file. */
struct items {
	struct item	*item;
	size_t		n;
};

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a, *y = b;
	int diff = x->key == y->key ? 0 : model_compare_keys(x->key, y->key);

	return diff ? diff : (x->i > y->i) - (x->i < y->i);
}

static uint8_t cmd_of(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);

	return genl->cmd;
}

static struct items sort_items(const struct batch *b)
{
	struct items items = { mem_array(NULL, b->n, sizeof(*items.item)) };
	struct service *last = NULL;
	struct service key;
	size_t i;

	for (i = 0; i < b->n; i++) {
		if (cmd_of(batch_msg(b, i)) == LB_CMD_CONFIG_SET ||
		    cmd_of(batch_msg(b, i)) == LB_CMD_SYNC_SET)
			continue;
		model_get_service(batch_msg(b, i), &key);
		if (!last || model_compare_keys(last, &key)) {
			last = mem_array(NULL, 1, sizeof(*last));
			*last = key;
		}
		items.item[items.n++] = (struct item) { last, i };
	}
	if (items.n)
		qsort(items.item, items.n, sizeof(*items.item), compare_items);
	return items;
}

static void free_items(struct items *items)
{
	size_t i;

	/* Those that share one stayed together. */
	for (i = 0; i < items->n; i++)
		if (i + 1 == items->n ||
		    items->item[i].key != items->item[i + 1].key)
			free(items->item[i].key);
	free(items->item);
}

static void diag_entry(const struct batch *b, size_t i)
{
	diag_at(b->entry[i].file, b->entry[i].line);
}

static int check_commands(const struct batch *b)
{
	const struct nlmsghdr *nlh;
	int rc = LBCTL_OK;
	size_t i;

	for (i = 0; i < b->n; i++) {
		nlh = batch_msg(b, i);
		diag_entry(b, i);
		if (!(nlh->nlmsg_flags & NLM_F_CREATE) &&
		    cmd_of(nlh) != LB_CMD_CONFIG_SET)
			rc = diag_usage("only commands that add, and settings, can be in a file that replaces all");
	}
	diag_at(NULL, 0);
	return rc;
}

/* Each service is added once, before its real servers. */
static int check_order(const struct batch *b, const struct items *items)
{
	const struct item *item = items->item;
	bool added = false;
	int rc = LBCTL_OK;
	bool service;
	size_t i;

	for (i = 0; i < items->n; i++, item++) {
		diag_entry(b, item->i);
		if (i && item[-1].key != item->key &&
		    model_compare_keys(item[-1].key, item->key))
			added = false;
		service = cmd_of(batch_msg(b, item->i)) == LB_CMD_SERVICE_SET;
		if (service && added)
			rc = diag_usage("the service is added twice");
		if (!service && !added)
			rc = diag_usage("no line above adds the service");
		added |= service;
	}
	diag_at(NULL, 0);
	return rc;
}

/* Attributes of a request in a nest, but not the real servers of a service. */
static void put_nest(struct batch *all, uint16_t type, const void *first,
		     size_t len, const struct batch_entry *asked)
{
	const struct nlattr *attr;
	size_t nest;

	/* What is wrong with all of it is wrong with this line. */
	batch_add_part(all, NULL, 0, asked);
	nest = batch_nest_start(all, type);
	mnl_attr_for_each_payload(first, len)
		if (type != LB_A_LOAD_SERVICE ||
		    mnl_attr_get_type(attr) != LB_A_SERVICE_DEST)
			batch_add_part(all, attr, MNL_ALIGN(attr->nla_len),
				       asked);
	batch_nest_end(all, nest);
}

static void put_message(struct batch *all, uint16_t type, const struct batch *b,
			size_t i)
{
	const size_t skip = MNL_ALIGN(sizeof(struct genlmsghdr));
	const struct nlmsghdr *nlh = batch_msg(b, i);

	put_nest(all, type, mnl_nlmsg_get_payload_offset(nlh, skip),
		 mnl_nlmsg_get_payload_len(nlh) - skip, &b->entry[i]);
}

static void put_dests(struct batch *all, const struct batch *b, size_t i)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, batch_msg(b, i), sizeof(struct genlmsghdr))
		if (mnl_attr_get_type(attr) == LB_A_SERVICE_DEST)
			put_nest(all, LB_A_LOAD_DEST,
				 mnl_attr_get_payload(attr),
				 mnl_attr_get_payload_len(attr), &b->entry[i]);
}

/* Of settings that are said twice, the last counts. */
static void merge(struct batch *all, const struct batch *b,
		  const struct items *items, bool check)
{
	size_t i;

	batch_begin(all, LB_CMD_LOAD, 0);
	if (check)
		mnl_attr_put(batch_room(all), LB_A_LOAD_CHECK, 0, NULL);
	for (i = 0; i < b->n; i++)
		if (cmd_of(batch_msg(b, i)) == LB_CMD_CONFIG_SET)
			put_message(all, LB_A_LOAD_CONFIG, b, i);
	for (i = 0; i < items->n; i++) {
		if (cmd_of(batch_msg(b, items->item[i].i)) ==
		    LB_CMD_SERVICE_SET)
			put_message(all, LB_A_LOAD_SERVICE, b,
				    items->item[i].i);
		put_dests(all, b, items->item[i].i);
	}
}

int load_merge(struct batch *all, const struct batch *b, unsigned int flags)
{
	struct items items;
	int rc;

	rc = check_commands(b);
	if (rc)
		return rc;
	items = sort_items(b);
	rc = check_order(b, &items);
	if (!rc && !items.n && !(flags & LOAD_ALLOW_EMPTY))
		rc = diag_usage("%s: nothing is added, so all services would be deleted; if that is meant, say --allow-empty",
				all->text);
	if (!rc)
		merge(all, b, &items, flags & LOAD_CHECK);
	free_items(&items);
	return rc;
}

/* What a file says of daemons, and what runs. */
struct daemons {
	struct batch	b;
	unsigned int	roles;		/* those of the file */
};

static void stop_other(const struct nlmsghdr *nlh, void *arg)
{
	struct daemons *d = arg;
	struct sync sync;

	sync_get(nlh, &sync);
	if (!(d->roles & 1U << sync.val[LB_A_SYNC_ROLE].num))
		sync_stop(&d->b, &sync);
}

/* One that runs as the file says goes on. */
static void start_again(struct daemons *d, const struct nlmsghdr *nlh,
			const struct batch_entry *from)
{
	const size_t skip = MNL_ALIGN(sizeof(struct genlmsghdr));
	struct sync sync;

	sync_get(nlh, &sync);
	d->roles |= 1U << sync.val[LB_A_SYNC_ROLE].num;
	batch_begin(&d->b, LB_CMD_SYNC_SET, NLM_F_CREATE | NLM_F_REPLACE);
	batch_add_part(&d->b, mnl_nlmsg_get_payload_offset(nlh, skip),
		       mnl_nlmsg_get_payload_len(nlh) - skip, from);
}

/* Daemons are started when all that they tell of is there. */
static int apply_daemons(const struct batch *b)
{
	struct daemons d = { .b.text = b->text };
	struct batch ask = { .text = b->text };
	const struct nlmsghdr *nlh;
	int rc;
	size_t i;

	for (i = 0; i < b->n; i++) {
		nlh = batch_msg(b, i);
		if (cmd_of(nlh) == LB_CMD_SYNC_SET)
			start_again(&d, nlh, &b->entry[i]);
	}
	batch_begin(&ask, LB_CMD_SYNC_GET, NLM_F_DUMP);
	rc = nl_ask(&ask, stop_other, &d, NULL);
	if (!rc && d.b.n)
		rc = apply_batch(&d.b);
	batch_free(&d.b);
	return rc;
}

/* The commands as an array. */
static int print_diff_json(const char *name, const struct batch *all)
{
	json_t *array = json_array();
	char *text = NULL, *line, *save;
	size_t size;
	FILE *out;
	int rc;

	out = open_memstream(&text, &size);
	rc = out ? diff_print(out, name, all) :
		   diag_refused("%s: %s", name, strerror(errno));
	if (out && fclose(out))
		rc = diag_refused("%s: %s", name, strerror(errno));
	for (line = rc ? NULL : strtok_r(text, "\n", &save); line;
	     line = strtok_r(NULL, "\n", &save))
		json_array_append_new(array, json_string(line));
	if (!rc)
		json_print(array);
	json_decref(array);
	free(text);
	return rc;
}

/* How much there is in the request. */
static void print_json(const struct batch *all)
{
	json_t *object = json_object();
	const struct nlattr *attr;
	size_t n[LB_A_LOAD_MAX + 1] = { 0 };

	mnl_attr_for_each(attr, batch_msg(all, 0), sizeof(struct genlmsghdr))
		n[mnl_attr_get_type(attr)]++;
	json_object_set_new(object, "services",
			    json_integer(n[LB_A_LOAD_SERVICE]));
	json_object_set_new(object, "dests", json_integer(n[LB_A_LOAD_DEST]));
	json_print(object);
	json_decref(object);
}

int load_apply(const char *path, unsigned int flags)
{
	const char *name = strcmp(path, "-") ? path : "stdin";
	struct file f = { .b.whole = true };
	struct batch all = { .text = name };
	int rc;

	rc = file_read(&f, path);
	if (!rc)
		rc = load_merge(&all, &f.b, flags);
	if (!rc && flags & LOAD_DIFF)
		rc = flags & LOAD_JSON ? print_diff_json(name, &all) :
					 diff_print(stdout, name, &all);
	else if (!rc)
		rc = apply_batch(&all);
	if (!rc && !(flags & (LOAD_DIFF | LOAD_CHECK | LOAD_NO_SYNC)))
		rc = apply_daemons(&f.b);
	if (!rc && flags & LOAD_JSON && !(flags & LOAD_DIFF))
		print_json(&all);
	batch_free(&all);
	file_free(&f);
	return rc;
}
