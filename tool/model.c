// SPDX-License-Identifier: GPL-2.0-only
/* Services, real servers and connections, to and from netlink messages. */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "json.h"
#include "mem.h"
#include "model.h"
#include "schedflags.h"
#include "spec.h"

/* A dump that keeps changing under our eyes is given up after so many. */
#define READ_TRIES	10

const struct service service_default = {
	.val = {
		[LB_A_SERVICE_SCHEDULER].bytes		= "wlc",
		[LB_A_SERVICE_PERSIST_MASK4].num	= 0xffffffff,
		[LB_A_SERVICE_PERSIST_PLEN6].num	= 128,
	},
};

const struct dest dest_default = {
	.val = {
		[LB_A_DEST_FORWARD].num	= LB_FORWARD_DR,
		[LB_A_DEST_WEIGHT].num	= 1,
	},
};

static void put_addr(struct nlmsghdr *nlh, uint16_t attr4, uint16_t attr6,
		     const struct endpoint *ep)
{
	if (ep->family == AF_INET6)
		mnl_attr_put(nlh, attr6, sizeof(ep->addr.v6), &ep->addr.v6);
	else
		mnl_attr_put(nlh, attr4, sizeof(ep->addr.v4), &ep->addr.v4);
}

static void put_key(struct batch *b, const struct service_key *key)
{
	struct nlmsghdr *nlh = batch_room(b);

	if (key->fwmark) {
		mnl_attr_put_u8(nlh, LB_A_SERVICE_FAMILY, key->ep.family);
		mnl_attr_put_u32(nlh, LB_A_SERVICE_FWMARK, key->fwmark);
		return;
	}
	mnl_attr_put_u8(nlh, LB_A_SERVICE_PROTOCOL, key->protocol);
	put_addr(nlh, LB_A_SERVICE_ADDR4, LB_A_SERVICE_ADDR6, &key->ep);
	mnl_attr_put_u16(nlh, LB_A_SERVICE_PORT, htons(key->ep.port));
}

static void put_dest(struct batch *b, const struct dest *dest)
{
	size_t nest = batch_nest_start(b, LB_A_SERVICE_DEST);
	struct nlmsghdr *nlh = batch_room(b);

	put_addr(nlh, LB_A_DEST_ADDR4, LB_A_DEST_ADDR6, &dest->ep);
	mnl_attr_put_u16(nlh, LB_A_DEST_PORT, htons(dest->ep.port));
	attrs_put(nlh, &spec_dest, dest->val, dest->given);
	batch_nest_end(b, nest);
}

void model_set_service(struct batch *b, uint16_t flags,
		       const struct service *svc)
{
	size_t i;

	batch_begin(b, LB_CMD_SERVICE_SET, flags);
	put_key(b, &svc->key);
	attrs_put(batch_room(b), &spec_service, svc->val, svc->given);
	for (i = 0; i < svc->n_dests; i++)
		put_dest(b, &svc->dest[i]);
}

void model_set_dest(struct batch *b, uint16_t flags,
		    const struct service_key *key, const struct dest *dest)
{
	batch_begin(b, LB_CMD_DEST_SET, flags);
	put_key(b, key);
	put_dest(b, dest);
}

void model_del_dest(struct batch *b, const struct service_key *key,
		    const struct dest *dest)
{
	const struct dest bare = { .ep = dest->ep };

	batch_begin(b, LB_CMD_DEST_DEL, 0);
	put_key(b, key);
	put_dest(b, &bare);
}

uint16_t model_mask_attr(const struct service_key *key)
{
	return key->ep.family == AF_INET6 ? LB_A_SERVICE_PERSIST_PLEN6 :
					    LB_A_SERVICE_PERSIST_MASK4;
}

int model_parse_mask(const char *text, const struct service_key *key,
		     union value *val)
{
	struct in_addr mask;
	uint32_t plen;

	if (key->ep.family == AF_INET) {
		if (inet_pton(AF_INET, text, &mask) != 1)
			return -EINVAL;
		val[LB_A_SERVICE_PERSIST_MASK4].num = mask.s_addr;
		return 0;
	}
	if (parse_number(text, 1, 128, &plen))
		return -EINVAL;
	val[LB_A_SERVICE_PERSIST_PLEN6].num = plen;
	return 0;
}

const char *model_mask_form(const struct service_key *key)
{
	return key->ep.family == AF_INET ? "a mask like 255.255.255.0" :
					   "a prefix length from 1 to 128";
}

static const char *mask_text(char *buf, const struct service *svc)
{
	const uint16_t attr = model_mask_attr(&svc->key);
	struct in_addr mask = { svc->val[attr].num };

	if (svc->val[attr].num == service_default.val[attr].num)
		return NULL;
	if (attr == LB_A_SERVICE_PERSIST_MASK4)
		return inet_ntop(AF_INET, &mask, buf, SETTING_STRLEN);
	snprintf(buf, SETTING_STRLEN, "%u", (unsigned int)svc->val[attr].num);
	return buf;
}

const char *model_setting_text(char *buf, const struct spec_set *set,
			       uint16_t type, const union value *val,
			       const struct service *svc)
{
	const struct spec_attr *spec = spec_attr(set, type);

	if (spec->type == SPEC_ADDR4)
		return mask_text(buf, svc);
	if (spec->type == SPEC_STRING)
		return *value_text(val[type]) || spec->always ?
		       value_text(val[type]) : NULL;
	if (!val[type].num && !spec->always)
		return NULL;
	if (spec->type == SPEC_SWITCH)
		return "";
	if (spec->type == SPEC_ENUM)
		return spec_text(set, type, val[type].num);
	if (spec->type == SPEC_FLAGS)
		return schedflags_text(buf, SETTING_STRLEN,
				       value_text(val[LB_A_SERVICE_SCHEDULER]),
				       val[type].num);
	snprintf(buf, SETTING_STRLEN, "%u", (unsigned int)val[type].num);
	return buf;
}

bool model_takes_one_packet(const struct service_key *key)
{
	return key->fwmark || key->protocol == IPPROTO_UDP;
}

void model_set_config(struct batch *b, const union value *val, uint64_t given)
{
	batch_begin(b, LB_CMD_CONFIG_SET, 0);
	attrs_put(batch_room(b), &spec_config, val, given);
}

void model_key_cmd(struct batch *b, uint8_t cmd, uint16_t flags,
		   const struct service_key *key)
{
	batch_begin(b, cmd, flags);
	if (key)
		put_key(b, key);
}

void model_conn_cmd(struct batch *b, uint8_t cmd, uint16_t flags,
		    const struct conn_filter *filter)
{
	struct nlmsghdr *nlh;
	size_t nest;

	batch_begin(b, cmd, flags);
	nlh = batch_room(b);
	if (filter->given & BIT(LB_A_CONN_PROTOCOL))
		mnl_attr_put_u8(nlh, LB_A_CONN_PROTOCOL, filter->protocol);
	if (filter->given & BIT(LB_A_CONN_CLIENT_ADDR4))
		put_addr(nlh, LB_A_CONN_CLIENT_ADDR4, LB_A_CONN_CLIENT_ADDR6,
			 &filter->client);
	if (filter->given & BIT(LB_A_CONN_CLIENT_PLEN))
		mnl_attr_put_u8(nlh, LB_A_CONN_CLIENT_PLEN, filter->plen);
	if (filter->given & BIT(LB_A_CONN_DEST_ADDR4))
		put_addr(nlh, LB_A_CONN_DEST_ADDR4, LB_A_CONN_DEST_ADDR6,
			 &filter->dest);
	if (filter->given & BIT(LB_A_CONN_DEST_PORT))
		mnl_attr_put_u16(nlh, LB_A_CONN_DEST_PORT,
				 htons(filter->dest.port));
	if (filter->given & BIT(LB_A_CONN_STATE))
		mnl_attr_put_u8(nlh, LB_A_CONN_STATE, filter->state);
	if (filter->given & BIT(LB_A_CONN_SERVICE)) {
		nest = batch_nest_start(b, LB_A_CONN_SERVICE);
		put_key(b, &filter->service);
		batch_nest_end(b, nest);
	}
}

/* Of the address that is there and a port. */
static struct endpoint get_endpoint(const union value *val, uint64_t given,
				    uint16_t attr4, uint16_t attr6,
				    uint16_t port)
{
	struct endpoint ep = { .port = val[port].num };

	if (given & BIT(attr6)) {
		ep.family = AF_INET6;
		memcpy(&ep.addr.v6, val[attr6].bytes, sizeof(ep.addr.v6));
	} else if (given & BIT(attr4)) {
		ep.family = AF_INET;
		ep.addr.v4.s_addr = val[attr4].num;
	}
	return ep;
}

static struct service_key get_key(const union value *val, uint64_t given)
{
	struct service_key key = {
		.ep		= get_endpoint(val, given, LB_A_SERVICE_ADDR4,
					       LB_A_SERVICE_ADDR6,
					       LB_A_SERVICE_PORT),
		.fwmark		= val[LB_A_SERVICE_FWMARK].num,
		.protocol	= val[LB_A_SERVICE_PROTOCOL].num,
	};

	if (given & BIT(LB_A_SERVICE_FAMILY))
		key.ep.family = val[LB_A_SERVICE_FAMILY].num;
	return key;
}

static void get_stats(union value nest, struct stats *stats)
{
	uint64_t given = 0;

	if (nest.bytes)
		attrs_get_nest(nest.bytes, &spec_stats, stats->val, &given);
}

static void get_dest(const struct nlattr *nest, struct dest *dest)
{
	*dest = (struct dest) { .given = 0 };
	attrs_get_nest(nest, &spec_dest, dest->val, &dest->given);
	dest->ep = get_endpoint(dest->val, dest->given, LB_A_DEST_ADDR4,
				LB_A_DEST_ADDR6, LB_A_DEST_PORT);
	get_stats(dest->val[LB_A_DEST_STATS], &dest->stats);
}

void model_get_service(const struct nlmsghdr *nlh, struct service *svc)
{
	static const uint16_t masks[] = {
		LB_A_SERVICE_PERSIST_MASK4, LB_A_SERVICE_PERSIST_PLEN6,
	};
	size_t i;

	*svc = (struct service) { .given = 0 };
	for (i = 0; i < sizeof(masks) / sizeof(*masks); i++)
		svc->val[masks[i]] = service_default.val[masks[i]];
	attrs_get_message(nlh, &spec_service, svc->val, &svc->given);
	svc->key = get_key(svc->val, svc->given);
	get_stats(svc->val[LB_A_SERVICE_STATS], &svc->stats);
}

void model_get_key(const struct nlmsghdr *nlh, struct service_key *key)
{
	union value val[LB_A_SERVICE_MAX + 1] = { { 0 } };
	uint64_t given = 0;

	attrs_get_message(nlh, &spec_service, val, &given);
	*key = get_key(val, given);
}

bool model_get_dest(const struct nlmsghdr *nlh, struct service_key *key,
		    struct dest *dest)
{
	union value val[LB_A_SERVICE_MAX + 1] = { { 0 } };
	uint64_t given = 0;

	attrs_get_message(nlh, &spec_service, val, &given);
	*key = get_key(val, given);
	if (val[LB_A_SERVICE_DEST].bytes)
		get_dest(val[LB_A_SERVICE_DEST].bytes, dest);
	return val[LB_A_SERVICE_DEST].bytes;
}

void model_get_conn(const struct nlmsghdr *nlh, struct conn *conn)
{
	union value val[LB_A_CONN_MAX + 1] = { { 0 } };
	uint64_t given = 0;

	attrs_get_message(nlh, &spec_conn, val, &given);
	*conn = (struct conn) {
		.client		= get_endpoint(val, given,
					       LB_A_CONN_CLIENT_ADDR4,
					       LB_A_CONN_CLIENT_ADDR6,
					       LB_A_CONN_CLIENT_PORT),
		.virtual	= get_endpoint(val, given,
					       LB_A_CONN_VIRTUAL_ADDR4,
					       LB_A_CONN_VIRTUAL_ADDR6,
					       LB_A_CONN_VIRTUAL_PORT),
		.dest		= get_endpoint(val, given,
					       LB_A_CONN_DEST_ADDR4,
					       LB_A_CONN_DEST_ADDR6,
					       LB_A_CONN_DEST_PORT),
		.expires	= val[LB_A_CONN_EXPIRES].num,
		.fwmark		= val[LB_A_CONN_FWMARK].num,
		.protocol	= val[LB_A_CONN_PROTOCOL].num,
		.forward	= val[LB_A_CONN_FORWARD].num,
		.state		= val[LB_A_CONN_STATE].num,
		.template	= val[LB_A_CONN_TEMPLATE].num,
		.pe		= val[LB_A_CONN_PE].bytes,
		.pe_data	= value_text(val[LB_A_CONN_PE_DATA]),
	};
}

static int compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_endpoints(const struct endpoint *a, const struct endpoint *b)
{
	int diff = compare(a->family, b->family);

	/* What IPv4 leaves of the union is 0. */
	if (!diff)
		diff = memcmp(&a->addr, &b->addr, sizeof(a->addr));
	return diff ? diff : compare(a->port, b->port);
}

int model_compare_keys(const struct service_key *a,
		       const struct service_key *b)
{
	int diff = compare(a->fwmark, b->fwmark);

	if (!diff)
		diff = compare(a->ep.family, b->ep.family);
	if (!diff)
		diff = compare(a->protocol, b->protocol);
	return diff ? diff : compare_endpoints(&a->ep, &b->ep);
}

static int compare_services(const void *a, const void *b)
{
	const struct service *x = a;
	const struct service *y = b;

	return model_compare_keys(&x->key, &y->key);
}

static int compare_dests(const void *a, const void *b)
{
	const struct dest *x = a;
	const struct dest *y = b;

	return compare_endpoints(&x->ep, &y->ep);
}

void model_sort(struct service_list *list)
{
	struct service *svc;
	size_t i;

	if (!list->n)
		return;

	qsort(list->service, list->n, sizeof(*list->service),
	      compare_services);
	for (i = 0; i < list->n; i++) {
		svc = &list->service[i];
		if (svc->n_dests)
			qsort(svc->dest, svc->n_dests, sizeof(*svc->dest),
			      compare_dests);
	}
}

void model_free(struct service_list *list)
{
	size_t i;

	for (i = 0; i < list->n; i++)
		free(list->service[i].dest);
	free(list->service);
	*list = (struct service_list) { NULL };
}

/* Grow an array by one at powers of two, where its room is used up. */
static void *add_room(void *array, size_t n, size_t size)
{
	if (n & (n - 1))
		return array;
	return mem_array(array, n ? n * 2 : 1, size);
}

/* A copy that stays. There are a few names, which come again and again. */
static const char *keep_text(const char *text)
{
	static char **kept;
	static size_t n;
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(kept[i], text))
			return kept[i];
	kept = add_room(kept, n, sizeof(*kept));
	kept[n] = mem_array(NULL, strlen(text) + 1, 1);
	memcpy(kept[n], text, strlen(text) + 1);
	return kept[n++];
}

static void collect_service(const struct nlmsghdr *nlh, void *arg)
{
	struct service_list *list = arg;
	struct service *svc;
	size_t i;

	list->service = add_room(list->service, list->n,
				 sizeof(*list->service));
	svc = &list->service[list->n++];
	model_get_service(nlh, svc);
	for (i = 1; i <= spec_service.max; i++)
		if (svc->val[i].bytes &&
		    spec_attr(&spec_service, i)->type == SPEC_STRING)
			svc->val[i].bytes = keep_text(svc->val[i].bytes);
}

/* Services by key, to find the one that a dest belongs to. */
struct service_index {
	struct service	**by_key;
	size_t		n;
};

static int compare_indexed(const void *a, const void *b)
{
	return compare_services(*(struct service *const *)a,
				*(struct service *const *)b);
}

static void collect_dest(const struct nlmsghdr *nlh, void *arg)
{
	const struct service_index *index = arg;
	struct service wanted, *pwanted = &wanted;
	struct service **found;
	struct service *svc;
	struct dest dest;

	if (!model_get_dest(nlh, &wanted.key, &dest))
		return;
	found = bsearch(&pwanted, index->by_key, index->n,
			sizeof(*index->by_key), compare_indexed);
	if (!found)
		return;

	svc = *found;
	svc->dest = add_room(svc->dest, svc->n_dests, sizeof(*svc->dest));
	svc->dest[svc->n_dests++] = dest;
}

static int read_dests(const char *what, const struct service_key *key,
		      struct service_list *list, bool *torn)
{
	struct service_index index = { .n = list->n };
	struct batch b = { .text = what };
	size_t i;
	int rc;

	index.by_key = mem_array(NULL, list->n, sizeof(*index.by_key));
	for (i = 0; i < list->n; i++)
		index.by_key[i] = &list->service[i];
	qsort(index.by_key, index.n, sizeof(*index.by_key), compare_indexed);

	model_key_cmd(&b, LB_CMD_DEST_GET, NLM_F_DUMP, key);
	rc = nl_ask(&b, collect_dest, &index, torn);
	free(index.by_key);
	return rc;
}

static int read_once(const char *what, const struct service_key *key,
		     bool dests, struct service_list *list, bool *torn)
{
	uint16_t flags = key ? NLM_F_ACK : NLM_F_DUMP;
	struct batch b = { .text = what };
	int rc;

	model_key_cmd(&b, LB_CMD_SERVICE_GET, flags, key);
	rc = nl_ask(&b, collect_service, list, torn);
	if (rc || !list->n || !dests)
		return rc;
	return read_dests(what, key, list, torn);
}

/* Services and real servers come in two dumps; both must be of one moment. */
static int read_quiet(const char *what, const struct service_key *key,
		      bool dests, struct service_list *list)
{
	int tries;
	bool torn;
	int rc;

	for (tries = 0; tries < READ_TRIES; tries++) {
		torn = false;
		*list = (struct service_list) { NULL };
		if (dests)
			nl_changed();
		rc = read_once(what, key, dests, list, &torn);
		if (rc || !(torn || (dests && nl_changed())))
			return rc;
		model_free(list);
	}
	return diag_refused("%s: the services kept changing while they were read",
			    what);
}

static int read_services(const char *what, const struct service_key *key,
			 bool dests, struct service_list *list)
{
	int rc = dests ? nl_watch() : LBCTL_OK;

	*list = (struct service_list) { NULL };
	if (rc)
		return rc;
	rc = read_quiet(what, key, dests, list);
	if (dests)
		nl_unwatch();
	return rc;
}

int model_read_services(const char *what, const struct service_key *key,
			struct service_list *list)
{
	return read_services(what, key, true, list);
}

int model_read_keys(const char *what, struct service_list *list)
{
	return read_services(what, NULL, false, list);
}

static void take_json(const struct nlmsghdr *nlh, void *arg)
{
	json_t **object = arg;

	json_decref(*object);
	*object = json_message(nlh);
}

int model_read_json(const char *what, uint8_t cmd, json_t **object)
{
	struct batch b = { .text = what };

	*object = NULL;
	model_key_cmd(&b, cmd, NLM_F_ACK, NULL);
	return nl_ask(&b, take_json, object, NULL);
}

unsigned int model_json_number(const json_t *object, const char *name)
{
	return json_integer_value(json_object_get(object, name));
}
