// SPDX-License-Identifier: GPL-2.0-only
/* Make the services be exactly what a file of commands adds. */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/lb.h>

#include "apply.h"
#include "diag.h"
#include "mem.h"
#include "model.h"
#include "replace.h"

/* Of messages about no line. */
static const char command_text[] = "-R --replace";

/* A request, and the service that it is about. */
struct item {
	struct service	key;
	size_t		i;
};

static int compare_keys(const void *a, const void *b)
{
	const struct item *x = a;
	const struct item *y = b;

	return model_compare_keys(&x->key, &y->key);
}

static int compare_items(const void *a, const void *b)
{
	const struct item *x = a;
	const struct item *y = b;
	int diff = compare_keys(a, b);

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
		if (i && compare_keys(&items[i - 1], &items[i]))
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
	struct service_list list;
	struct item item;
	size_t i;
	int rc;

	rc = model_read_services(command_text, NULL, false, &list);
	for (i = 0; !rc && i < list.n; i++) {
		item.key = list.service[i];
		if (!n || !bsearch(&item, items, n, sizeof(*items),
				   compare_keys))
			model_key_cmd(&b, LB_CMD_SERVICE_DEL, 0, &item.key);
	}
	if (!rc)
		rc = apply_batch(&b, NULL);
	model_free(&list);
	batch_free(&b);
	return rc;
}

int replace_run(const struct batch *b, const char *file)
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
