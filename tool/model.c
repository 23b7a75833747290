// SPDX-License-Identifier: GPL-2.0-only
/* Services, real servers and connections, to and from netlink messages. */
#include <string.h>

#include "diag.h"
#include "json.h"
#include "mem.h"
#include "model.h"
#include "nl.h"
#include "setting.h"

/* A dump that keeps changing under our eyes is given up after so many. */
#define READ_TRIES	10

const struct service service_default = {
	.val = {
		[LB_A_SERVICE_SCHEDULER].text		= "wlc",
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

void model_set_end(const struct spec_end *end, union value *val,
		   uint64_t *given, const struct endpoint *ep)
{
	if (ep->family == AF_INET6)
		val[end->addr6].addr6 = ep->addr.v6;
	else
		val[end->addr4].num = ep->addr.v4.s_addr;
	*given |= BIT(ep->family == AF_INET6 ? end->addr6 : end->addr4);
	val[end->port].num = ep->port;
}

struct endpoint model_get_end(const struct spec_end *end,
			      const union value *val, uint64_t given)
{
	struct endpoint ep = { .port = val[end->port].num };

	if (given & BIT(end->addr6)) {
		ep.family = AF_INET6;
		ep.addr.v6 = val[end->addr6].addr6;
	} else if (given & BIT(end->addr4)) {
		ep.family = AF_INET;
		ep.addr.v4.s_addr = val[end->addr4].num;
	}
	return ep;
}

void model_set_key(struct service *svc, uint8_t protocol,
		   const struct endpoint *ep)
{
	model_set_end(&spec_service_end, svc->val, &svc->given, ep);
	svc->val[LB_A_SERVICE_FAMILY].num = ep->family;
	svc->val[LB_A_SERVICE_PROTOCOL].num = protocol;
	svc->given |= BIT(LB_A_SERVICE_PROTOCOL) | BIT(LB_A_SERVICE_PORT);
}

void model_set_mark(struct service *svc, uint32_t fwmark, sa_family_t family)
{
	svc->val[LB_A_SERVICE_FWMARK].num = fwmark;
	svc->val[LB_A_SERVICE_FAMILY].num = family;
	svc->given |= BIT(LB_A_SERVICE_FWMARK) | BIT(LB_A_SERVICE_FAMILY);
}

void model_set_address(struct dest *dest, const struct endpoint *ep)
{
	model_set_end(&spec_dest_end, dest->val, &dest->given, ep);
	dest->given |= BIT(LB_A_DEST_PORT);
}

static void put_key(struct batch *b, const struct service *key)
{
	attrs_put(batch_room(b), &spec_service, key->val,
		  key->given & attrs_keys(&spec_service));
}

static void put_dest(struct batch *b, const struct dest *dest, uint64_t given)
{
	size_t nest = batch_nest_start(b, LB_A_SERVICE_DEST);

	attrs_put(batch_room(b), &spec_dest, dest->val, given);
	batch_nest_end(b, nest);
}

void model_set_service(struct batch *b, uint16_t flags,
		       const struct service *svc)
{
	size_t i;

	batch_begin(b, LB_CMD_SERVICE_SET, flags);
	attrs_put(batch_room(b), &spec_service, svc->val, svc->given);
	for (i = 0; i < svc->n_dests; i++)
		put_dest(b, &svc->dest[i], svc->dest[i].given);
}

void model_set_dest(struct batch *b, uint16_t flags, const struct service *key,
		    const struct dest *dest)
{
	model_key_cmd(b, LB_CMD_DEST_SET, flags, key);
	put_dest(b, dest, dest->given);
}

void model_del_dest(struct batch *b, const struct service *key,
		    const struct dest *dest)
{
	model_key_cmd(b, LB_CMD_DEST_DEL, 0, key);
	put_dest(b, dest, dest->given & attrs_keys(&spec_dest));
}

bool model_takes_one_packet(const struct service *svc)
{
	return model_num(svc, LB_A_SERVICE_FWMARK) ||
	       model_num(svc, LB_A_SERVICE_PROTOCOL) == IPPROTO_UDP;
}

uint64_t model_all_of_service(const struct service *svc)
{
	/* Flags go when the scheduler is said. */
	uint64_t all = attrs_settings(&spec_service) &
		       ~(BIT(LB_A_SERVICE_SCHED_FLAGS) |
			 BIT(LB_A_SERVICE_PERSIST_MASK4));

	if (!model_takes_one_packet(svc))
		all &= ~(BIT(LB_A_SERVICE_ONE_PACKET) | BIT(LB_A_SERVICE_PE));
	return all | BIT(setting_type(&spec_service,
				      LB_A_SERVICE_PERSIST_MASK4, svc->val));
}

uint64_t model_all_of_dest(const struct dest *dest)
{
	const uint64_t tunnel = BIT(LB_A_DEST_TUN_TYPE) |
				BIT(LB_A_DEST_TUN_PORT) |
				BIT(LB_A_DEST_TUN_CHECKSUM);
	const bool tun = dest->val[LB_A_DEST_FORWARD].num == LB_FORWARD_TUN;

	return attrs_settings(&spec_dest) & ~(tun ? 0 : tunnel);
}

bool model_tunnel_has(const struct dest *dest, uint16_t type)
{
	const uint8_t tunnel = dest->val[LB_A_DEST_TUN_TYPE].num;

	if (dest->val[LB_A_DEST_FORWARD].num != LB_FORWARD_TUN)
		return false;
	return type == LB_A_DEST_TUN_TYPE ||
	       (type == LB_A_DEST_TUN_PORT && tunnel == LB_TUNNEL_TYPE_GUE) ||
	       (type == LB_A_DEST_TUN_CHECKSUM &&
		tunnel != LB_TUNNEL_TYPE_IPIP);
}

void model_set_config(struct batch *b, const union value *val, uint64_t given)
{
	batch_begin(b, LB_CMD_CONFIG_SET, 0);
	attrs_put(batch_room(b), &spec_config, val, given);
}

void model_key_cmd(struct batch *b, uint8_t cmd, uint16_t flags,
		   const struct service *key)
{
	batch_begin(b, cmd, flags);
	if (key)
		put_key(b, key);
}

void model_conn_cmd(struct batch *b, uint8_t cmd, uint16_t flags,
		    const struct conn *filter)
{
	size_t nest;

	batch_begin(b, cmd, flags);
	attrs_put(batch_room(b), &spec_conn, filter->val, filter->given);
	if (filter->given & BIT(LB_A_CONN_SERVICE)) {
		nest = batch_nest_start(b, LB_A_CONN_SERVICE);
		put_key(b, &filter->service);
		batch_nest_end(b, nest);
	}
}

static void get_stats(union value nest, struct stats *stats)
{
	uint64_t given = 0;

	if (nest.nest)
		attrs_get_nest(nest.nest, &spec_stats, stats->val, &given);
}

void model_get_dest(const struct nlattr *nest, struct dest *dest)
{
	*dest = (struct dest) { .given = 0 };
	attrs_get_nest(nest, &spec_dest, dest->val, &dest->given);
	get_stats(dest->val[LB_A_DEST_STATS], &dest->stats);
}

static void begin_service(struct service *svc)
{
	static const uint16_t masks[] = {
		LB_A_SERVICE_PERSIST_MASK4, LB_A_SERVICE_PERSIST_PLEN6,
	};
	size_t i;

	*svc = (struct service) { .given = 0 };
	for (i = 0; i < sizeof(masks) / sizeof(*masks); i++)
		svc->val[masks[i]] = service_default.val[masks[i]];
}

static void end_service(struct service *svc)
{
	if (!(svc->given & BIT(LB_A_SERVICE_FAMILY)))
		svc->val[LB_A_SERVICE_FAMILY].num =
			model_get_end(&spec_service_end, svc->val,
				      svc->given).family;
	get_stats(svc->val[LB_A_SERVICE_STATS], &svc->stats);
}

void model_get_service(const struct nlmsghdr *nlh, struct service *svc)
{
	begin_service(svc);
	attrs_get_message(nlh, &spec_service, svc->val, &svc->given);
	end_service(svc);
}

void model_get_service_nest(const struct nlattr *nest, struct service *svc)
{
	begin_service(svc);
	attrs_get_nest(nest, &spec_service, svc->val, &svc->given);
	end_service(svc);
}

void model_get_conn(const struct nlmsghdr *nlh, struct conn *conn)
{
	*conn = (struct conn) { .given = 0 };
	attrs_get_message(nlh, &spec_conn, conn->val, &conn->given);
}

static int compare(uint32_t a, uint32_t b)
{
	return (a > b) - (a < b);
}

static int compare_ends(const struct spec_end *end,
			const union value *x, uint64_t x_given,
			const union value *y, uint64_t y_given)
{
	const struct endpoint a = model_get_end(end, x, x_given);
	const struct endpoint b = model_get_end(end, y, y_given);
	int diff = compare(a.family, b.family);

	/* What IPv4 leaves of the union is 0. */
	if (!diff)
		diff = memcmp(&a.addr, &b.addr, sizeof(a.addr));
	return diff ? diff : compare(a.port, b.port);
}

int model_compare_keys(const void *x, const void *y)
{
	static const uint16_t types[] = {
		LB_A_SERVICE_FWMARK, LB_A_SERVICE_FAMILY, LB_A_SERVICE_PROTOCOL,
	};
	const struct service *a = x, *b = y;
	int diff = 0;
	size_t i;

	for (i = 0; !diff && i < sizeof(types) / sizeof(*types); i++)
		diff = compare(model_num(a, types[i]), model_num(b, types[i]));
	return diff ? diff : compare_ends(&spec_service_end, a->val, a->given,
					  b->val, b->given);
}

int model_compare_dests(const void *x, const void *y)
{
	const struct dest *a = x, *b = y;

	return compare_ends(&spec_dest_end, a->val, a->given, b->val,
			    b->given);
}

void model_sort(struct service_list *list)
{
	struct service *svc;
	size_t i;

	if (!list->n)
		return;

	qsort(list->service, list->n, sizeof(*list->service),
	      model_compare_keys);
	for (i = 0; i < list->n; i++) {
		svc = &list->service[i];
		if (svc->n_dests)
			qsort(svc->dest, svc->n_dests, sizeof(*svc->dest),
			      model_compare_dests);
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

/* A copy that stays. There are a few names, which come again and again. */
static const char *keep_text(const char *text)
{
	static char **kept;
	static size_t n;
	size_t i;

	for (i = 0; i < n; i++)
		if (!strcmp(kept[i], text))
			return kept[i];
	kept = mem_room(kept, n, sizeof(*kept));
	kept[n] = mem_array(NULL, strlen(text) + 1, 1);
	memcpy(kept[n], text, strlen(text) + 1);
	return kept[n++];
}

/* Comments are many, and differ. */
static void keep_comment(union value *val)
{
	static char **kept;
	static size_t n;
	size_t size;

	if (!val->text)
		return;
	size = strlen(val->text) + 1;
	kept = mem_room(kept, n, sizeof(*kept));
	kept[n] = mem_array(NULL, size, 1);
	val->text = memcpy(kept[n++], val->text, size);
}

static void collect_service(const struct nlmsghdr *nlh, void *arg)
{
	struct service_list *list = arg;
	struct service *svc;
	size_t i;

	list->service = mem_room(list->service, list->n,
				 sizeof(*list->service));
	svc = &list->service[list->n++];
	model_get_service(nlh, svc);
	for (i = 1; i <= spec_service.max; i++)
		if (spec_attr(&spec_service, i)->type == SPEC_STRING &&
		    svc->val[i].text)
			svc->val[i].text = keep_text(svc->val[i].text);
	keep_comment(&svc->val[LB_A_SERVICE_COMMENT]);
}

/* Services by key, to find the one that a dest belongs to. */
struct service_index {
	struct service	**by_key;
	size_t		n;
};

static int compare_indexed(const void *a, const void *b)
{
	return model_compare_keys(*(void *const *)a, *(void *const *)b);
}

static void collect_dest(const struct nlmsghdr *nlh, void *arg)
{
	const struct service_index *index = arg;
	struct service wanted, *pwanted = &wanted;
	struct service **found;
	struct service *svc;
	struct dest dest;

	model_get_service(nlh, &wanted);
	if (!wanted.val[LB_A_SERVICE_DEST].nest)
		return;
	model_get_dest(wanted.val[LB_A_SERVICE_DEST].nest, &dest);
	found = bsearch(&pwanted, index->by_key, index->n,
			sizeof(*index->by_key), compare_indexed);
	if (!found)
		return;

	svc = *found;
	keep_comment(&dest.val[LB_A_DEST_COMMENT]);
	svc->dest = mem_room(svc->dest, svc->n_dests, sizeof(*svc->dest));
	svc->dest[svc->n_dests++] = dest;
}

static int read_dests(const char *what, const struct service *key,
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

static int read_once(const char *what, const struct service *key,
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
static int read_quiet(const char *what, const struct service *key,
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

int model_read_services(const char *what, const struct service *key,
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

/* Real servers of one address, by their ports. */
struct ports {
	const struct dest	*dest;
	union value		found;
	char			list[256];
	unsigned int		n;
	bool			exact;
};

static void collect_port(const struct nlmsghdr *nlh, void *arg)
{
	const uint64_t address = BIT(LB_A_DEST_ADDR4) | BIT(LB_A_DEST_ADDR6);
	struct ports *p = arg;
	size_t len = strlen(p->list);
	struct service svc;
	struct dest dest;

	model_get_service(nlh, &svc);
	if (!svc.val[LB_A_SERVICE_DEST].nest)
		return;
	model_get_dest(svc.val[LB_A_SERVICE_DEST].nest, &dest);
	if ((dest.given & address) != (p->dest->given & address) ||
	    !attrs_equal(&spec_dest, dest.val, p->dest->val,
			 dest.given & address))
		return;
	p->found = dest.val[LB_A_DEST_PORT];
	p->exact |= p->found.num == p->dest->val[LB_A_DEST_PORT].num;
	snprintf(p->list + len, sizeof(p->list) - len, "%s%u",
		 p->n++ ? ", " : "", (unsigned int)p->found.num);
}

int model_find_port(const char *what, const struct service *key,
		    struct dest *dest)
{
	struct ports p = { .dest = dest };
	struct batch b = { .text = what };
	int rc;

	model_key_cmd(&b, LB_CMD_DEST_GET, NLM_F_DUMP, key);
	rc = nl_ask(&b, collect_port, &p, NULL);
	if (rc || p.exact)
		return rc;
	if (p.n > 1)
		return diag_refused("%s: several real servers have this address: say which port, of %s",
				    what, p.list);
	if (p.n)
		dest->val[LB_A_DEST_PORT] = p.found;
	return LBCTL_OK;
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
