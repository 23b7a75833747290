// SPDX-License-Identifier: GPL-2.0-only
/* What a file that says all there is to be would change, as commands. */
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <stdlib.h>

#include "diag.h"
#include "diff.h"
#include "mem.h"
#include "nl.h"
#include "setting.h"
#include "wshow.h"

/* Where diff_print() puts them. */
static FILE *out;

/* The word for a value that listings leave out. */
static const char *default_text(const struct spec_attr *spec)
{
	switch (spec->type) {
	case SPEC_SWITCH:
	case SPEC_STRING:
	case SPEC_MARK:
		return "off";
	case SPEC_TEXT:
		return "\"\"";
	case SPEC_ENUM:
		return *spec->values;
	case SPEC_ADDR4:
		return "255.255.255.255";
	default:
		return spec->type == SPEC_U8 ? "128" : "0";
	}
}

static void print_setting(const struct spec_set *set, uint16_t type,
			  const union value *val)
{
	const struct spec_attr *spec = spec_attr(set, type);
	char buf[SETTING_STRLEN];
	const char *text = setting_text(buf, set, type, val);
	const char *word = spec->word;

	/* A prefix length has the word of the mask that it stands for. */
	if (set == &spec_service && type == LB_A_SERVICE_PERSIST_PLEN6)
		word = spec_attr(set, LB_A_SERVICE_PERSIST_MASK4)->word;
	if (!text)
		text = default_text(spec);
	fprintf(out, "%s%s%s%s", *word ? " " : "", word, *text ? " " : "",
		text);
}

/* Those of which that differ. */
static uint64_t changed(const struct spec_set *set, const union value *have,
			const union value *want, uint64_t which)
{
	uint64_t result = 0;
	uint16_t i;

	for (i = 1; i <= set->max; i++)
		if (which & BIT(i) && !attrs_equal(set, have, want, BIT(i)))
			result |= BIT(i);
	return result;
}

static void print_settings(const struct spec_set *set, const union value *val,
			   uint64_t which)
{
	uint16_t i;

	for (i = 1; i <= set->max; i++)
		if (which & BIT(i))
			print_setting(set, i, val);
}

static void print_dest(const char *verb, const struct service *svc,
		       const struct dest *dest)
{
	fprintf(out, "dest %s ", verb);
	wshow_key(out, svc, dest);
}

static void print_new_dest(const struct service *svc, const struct dest *dest)
{
	print_dest("add", svc, dest);
	wshow_settings(out, &spec_dest, dest->val);
	fputc('\n', out);
}

static void diff_dest(const struct service *svc, const struct dest *have,
		      const struct dest *want)
{
	uint64_t which = changed(&spec_dest, have->val, want->val,
				 want->given & attrs_settings(&spec_dest));

	if (!which)
		return;
	print_dest("set", svc, want);
	print_settings(&spec_dest, want->val, which);
	fputc('\n', out);
}

static void diff_dests(const struct service *have, const struct service *want)
{
	size_t i = 0, j = 0;
	int diff;

	while (i < have->n_dests || j < want->n_dests) {
		if (i == have->n_dests)
			diff = 1;
		else if (j == want->n_dests)
			diff = -1;
		else
			diff = model_compare_dests(&have->dest[i],
						   &want->dest[j]);
		if (diff > 0) {
			print_new_dest(want, &want->dest[j]);
		} else if (diff < 0) {
			print_dest("del", have, &have->dest[i]);
			fputc('\n', out);
		} else {
			diff_dest(want, &have->dest[i], &want->dest[j]);
		}
		i += diff <= 0;
		j += diff >= 0;
	}
}

static void print_service(const char *verb, const struct service *svc)
{
	fprintf(out, "service %s ", verb);
	wshow_key(out, svc, NULL);
}

static void print_new_service(const struct service *svc)
{
	size_t i;

	print_service("add", svc);
	wshow_settings(out, &spec_service, svc->val);
	fputc('\n', out);
	for (i = 0; i < svc->n_dests; i++)
		print_new_dest(svc, &svc->dest[i]);
}

static void diff_service(const struct service *have, const struct service *want)
{
	/* Flags go when the scheduler is said. */
	const uint64_t scheduler = want->given & BIT(LB_A_SERVICE_SCHEDULER) ?
				   BIT(LB_A_SERVICE_SCHED_FLAGS) : 0;
	uint64_t which = changed(&spec_service, have->val, want->val,
				 scheduler | (want->given &
					      ~attrs_keys(&spec_service)));

	/* They are said with it, and none if it is said alone. */
	if (which & BIT(LB_A_SERVICE_SCHED_FLAGS))
		which |= BIT(LB_A_SERVICE_SCHEDULER);
	if (!model_num(want, LB_A_SERVICE_SCHED_FLAGS))
		which &= ~BIT(LB_A_SERVICE_SCHED_FLAGS);
	if (which) {
		print_service("set", want);
		print_settings(&spec_service, want->val, which);
		fputc('\n', out);
	}
	diff_dests(have, want);
}

static const struct service *find(const struct service_list *list,
				  const struct service *key)
{
	return list->n ? bsearch(key, list->service, list->n, sizeof(*key),
				 model_compare_keys) : NULL;
}

/* In the order in which the kernel does it. */
static void print_services(const struct service_list *have,
			   const struct service_list *want)
{
	const struct service *old;
	size_t i;

	for (i = 0; i < want->n; i++) {
		old = find(have, &want->service[i]);
		if (old)
			diff_service(old, &want->service[i]);
		else
			print_new_service(&want->service[i]);
	}
	for (i = 0; i < have->n; i++) {
		if (find(want, &have->service[i]))
			continue;
		print_service("del", &have->service[i]);
		fputc('\n', out);
	}
}

/* Settings, indexed by LB_A_CONFIG_*. */
struct config {
	union value	val[LB_A_CONFIG_MAX + 1];
	uint64_t	given;
};

static void take_config(const struct nlmsghdr *nlh, void *arg)
{
	struct config *config = arg;

	attrs_get_message(nlh, &spec_config, config->val, &config->given);
}

static void diff_config(const struct config *have, const struct config *want)
{
	uint64_t which = changed(&spec_config, have->val, want->val,
				 want->given);
	const struct spec_attr *spec;
	uint16_t i;

	if (!which)
		return;
	fprintf(out, "config set");
	for (i = 1; i <= spec_config.max; i++) {
		spec = spec_attr(&spec_config, i);
		if (!(which & BIT(i)))
			continue;
		if (spec->type == SPEC_ENUM)
			fprintf(out, " %s %s", spec->word,
				spec_text(&spec_config, i, want->val[i].num));
		else
			fprintf(out, " %s %u", spec->word,
				(unsigned int)want->val[i].num);
	}
	fputc('\n', out);
}

static void take_dest(const struct nlattr *nest, struct service *svc)
{
	svc->dest = mem_room(svc->dest, svc->n_dests, sizeof(*svc->dest));
	model_get_dest(nest, &svc->dest[svc->n_dests++]);
}

static void take_request(const struct nlmsghdr *nlh, struct config *config,
			 struct service_list *list)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case LB_A_LOAD_CONFIG:
			attrs_get_nest(attr, &spec_config, config->val,
				       &config->given);
			break;
		case LB_A_LOAD_SERVICE:
			list->service = mem_room(list->service, list->n,
						 sizeof(*list->service));
			model_get_service_nest(attr, &list->service[list->n++]);
			break;
		case LB_A_LOAD_DEST:
			take_dest(attr, &list->service[list->n - 1]);
			break;
		}
	}
}

int diff_print(FILE *to, const char *what, const struct batch *b)
{
	struct config had = { .given = 0 }, wanted = { .given = 0 };
	struct service_list have, want = { NULL };
	struct batch ask = { .text = what };
	int rc;

	take_request(batch_msg(b, 0), &wanted, &want);
	model_sort(&want);
	rc = model_read_services(what, NULL, true, &have);
	model_sort(&have);
	if (!rc) {
		model_key_cmd(&ask, LB_CMD_CONFIG_GET, NLM_F_ACK, NULL);
		rc = nl_ask(&ask, take_config, &had, NULL);
	}
	if (!rc) {
		out = to;
		diff_config(&had, &wanted);
		print_services(&have, &want);
	}
	model_free(&have);
	model_free(&want);
	return rc;
}
