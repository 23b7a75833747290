// SPDX-License-Identifier: GPL-2.0-only
/* Services, real servers and connections, to and from netlink messages. */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "mem.h"
#include "model.h"
#include "spec.h"

/* A dump that keeps changing under our eyes is given up after so many. */
#define READ_TRIES	10

const struct service service_default = {
	.scheduler	= "wlc",
	.mask4		= { 0xffffffff },
	.plen6		= 128,
};

const struct dest dest_default = {
	.forward	= LB_FORWARD_DR,
	.weight		= 1,
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
	if (dest->given & BIT(LB_A_DEST_FORWARD))
		mnl_attr_put_u8(nlh, LB_A_DEST_FORWARD, dest->forward);
	if (dest->given & BIT(LB_A_DEST_TUN_TYPE))
		mnl_attr_put_u8(nlh, LB_A_DEST_TUN_TYPE, dest->tun_type);
	if (dest->given & BIT(LB_A_DEST_TUN_PORT))
		mnl_attr_put_u16(nlh, LB_A_DEST_TUN_PORT,
				 htons(dest->tun_port));
	if (dest->given & BIT(LB_A_DEST_TUN_CHECKSUM))
		mnl_attr_put_u8(nlh, LB_A_DEST_TUN_CHECKSUM,
				dest->tun_checksum);
	if (dest->given & BIT(LB_A_DEST_WEIGHT))
		mnl_attr_put_u32(nlh, LB_A_DEST_WEIGHT, dest->weight);
	if (dest->given & BIT(LB_A_DEST_UPPER_THRESHOLD))
		mnl_attr_put_u32(nlh, LB_A_DEST_UPPER_THRESHOLD, dest->upper);
	if (dest->given & BIT(LB_A_DEST_LOWER_THRESHOLD))
		mnl_attr_put_u32(nlh, LB_A_DEST_LOWER_THRESHOLD, dest->lower);
	batch_nest_end(b, nest);
}

static void put_mask(struct nlmsghdr *nlh, const struct service *svc)
{
	if (svc->key.ep.family == AF_INET6)
		mnl_attr_put_u8(nlh, LB_A_SERVICE_PERSIST_PLEN6, svc->plen6);
	else
		mnl_attr_put_u32(nlh, LB_A_SERVICE_PERSIST_MASK4,
				 svc->mask4.s_addr);
}

void model_set_service(struct batch *b, uint16_t flags,
		       const struct service *svc)
{
	struct nlmsghdr *nlh;
	size_t i;

	batch_begin(b, LB_CMD_SERVICE_SET, flags);
	put_key(b, &svc->key);
	nlh = batch_room(b);
	if (svc->given & BIT(LB_A_SERVICE_SCHEDULER))
		mnl_attr_put_strz(nlh, LB_A_SERVICE_SCHEDULER, svc->scheduler);
	if (svc->given & BIT(LB_A_SERVICE_PERSIST_TIMEOUT))
		mnl_attr_put_u32(nlh, LB_A_SERVICE_PERSIST_TIMEOUT,
				 svc->persist);
	if (svc->given & BIT(LB_A_SERVICE_PERSIST_MASK4))
		put_mask(nlh, svc);
	if (svc->given & BIT(LB_A_SERVICE_TCP_TIMEOUT))
		mnl_attr_put_u32(nlh, LB_A_SERVICE_TCP_TIMEOUT,
				 svc->tcp_timeout);
	if (svc->given & BIT(LB_A_SERVICE_TCP_FIN_TIMEOUT))
		mnl_attr_put_u32(nlh, LB_A_SERVICE_TCP_FIN_TIMEOUT,
				 svc->tcp_fin_timeout);
	if (svc->given & BIT(LB_A_SERVICE_UDP_TIMEOUT))
		mnl_attr_put_u32(nlh, LB_A_SERVICE_UDP_TIMEOUT,
				 svc->udp_timeout);
	if (svc->given & BIT(LB_A_SERVICE_SCHED_FLAGS))
		mnl_attr_put_u32(nlh, LB_A_SERVICE_SCHED_FLAGS, svc->flags);
	if (svc->given & BIT(LB_A_SERVICE_ONE_PACKET))
		mnl_attr_put_u8(nlh, LB_A_SERVICE_ONE_PACKET, svc->one_packet);
	if (svc->given & BIT(LB_A_SERVICE_PE))
		mnl_attr_put_strz(nlh, LB_A_SERVICE_PE, svc->pe);
	if (svc->given & BIT(LB_A_SERVICE_TUN_DF))
		mnl_attr_put_u8(nlh, LB_A_SERVICE_TUN_DF, svc->tun_df);
	if (svc->given & BIT(LB_A_SERVICE_MTU))
		mnl_attr_put_u32(nlh, LB_A_SERVICE_MTU, svc->mtu);
	if (svc->given & BIT(LB_A_SERVICE_MSS_CLAMP))
		mnl_attr_put_u8(nlh, LB_A_SERVICE_MSS_CLAMP, svc->mss_clamp);
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

int model_parse_mask(const char *text, struct service *svc)
{
	uint32_t plen;

	if (svc->key.ep.family == AF_INET)
		return inet_pton(AF_INET, text, &svc->mask4) == 1 ? 0 : -EINVAL;
	if (parse_number(text, 1, service_default.plen6, &plen))
		return -EINVAL;
	svc->plen6 = plen;
	return 0;
}

const char *model_mask_form(const struct service *svc)
{
	return svc->key.ep.family == AF_INET ? "a mask like 255.255.255.0" :
					       "a prefix length from 1 to 128";
}

const char *model_mask_text(char *buf, const struct service *svc)
{
	if (svc->key.ep.family != AF_INET6)
		return svc->mask4.s_addr == service_default.mask4.s_addr ?
		       NULL :
		       inet_ntop(AF_INET, &svc->mask4, buf, MASK_STRLEN);
	snprintf(buf, MASK_STRLEN, "%u", svc->plen6);
	return svc->plen6 == service_default.plen6 ? NULL : buf;
}

/* Either spelling will do. */
bool model_config_is(uint16_t attr, const char *name)
{
	const char *own = spec_attr(&spec_config, attr)->name;

	for (; *own; own++, name++)
		if (*own != (*name == '_' ? '-' : *name))
			return false;
	return !*name;
}

bool model_takes_one_packet(const struct service_key *key)
{
	return key->fwmark || key->protocol == IPPROTO_UDP;
}

void model_set_config(struct batch *b, const struct config *cfg)
{
	struct nlmsghdr *nlh;
	unsigned int i;

	batch_begin(b, LB_CMD_CONFIG_SET, 0);
	nlh = batch_room(b);
	for (i = 1; i <= LB_A_CONFIG_MAX; i++) {
		if (!(cfg->given & BIT(i)))
			continue;
		if (spec_attr(&spec_config, i)->type == SPEC_ENUM)
			mnl_attr_put_u8(nlh, i, cfg->val[i]);
		else
			mnl_attr_put_u32(nlh, i, cfg->val[i]);
	}
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

static uint32_t get_u32(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U32) < 0 ?
	       0 : mnl_attr_get_u32(attr);
}

/* The family is told by the size. */
static void get_addr(const struct nlattr *attr, struct endpoint *ep)
{
	uint16_t len = mnl_attr_get_payload_len(attr);

	if (len != sizeof(ep->addr.v4) && len != sizeof(ep->addr.v6))
		return;
	memcpy(&ep->addr, mnl_attr_get_payload(attr), len);
	ep->family = len == sizeof(ep->addr.v6) ? AF_INET6 : AF_INET;
}

static uint8_t get_u8(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U8) < 0 ?
	       0 : mnl_attr_get_u8(attr);
}

static uint16_t get_port(const struct nlattr *attr)
{
	return mnl_attr_validate(attr, MNL_TYPE_U16) < 0 ?
	       0 : ntohs(mnl_attr_get_u16(attr));
}

static void get_string(const struct nlattr *attr, char *buf, size_t size)
{
	size_t len = strnlen(mnl_attr_get_str(attr),
			     mnl_attr_get_payload_len(attr));

	if (len >= size)
		len = size - 1;
	memcpy(buf, mnl_attr_get_str(attr), len);
	buf[len] = '\0';
}

static void get_stats(const struct nlattr *nest, struct stats *stats)
{
	const struct nlattr *attr;
	uint16_t type;

	mnl_attr_for_each_nested(attr, nest) {
		type = mnl_attr_get_type(attr);
		if (type != LB_A_STATS_PAD && type <= LB_A_STATS_MAX &&
		    mnl_attr_validate(attr, MNL_TYPE_U64) >= 0)
			stats->val[type] = mnl_attr_get_u64(attr);
	}
}

static void get_dest(const struct nlattr *nest, struct dest *dest)
{
	const struct nlattr *attr;

	*dest = (struct dest) { .given = 0 };
	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) <= LB_A_DEST_MAX)
			dest->given |= BIT(mnl_attr_get_type(attr));

		switch (mnl_attr_get_type(attr)) {
		case LB_A_DEST_ADDR4:
		case LB_A_DEST_ADDR6:
			get_addr(attr, &dest->ep);
			break;
		case LB_A_DEST_PORT:
			dest->ep.port = get_port(attr);
			break;
		case LB_A_DEST_FORWARD:
			dest->forward = get_u8(attr);
			break;
		case LB_A_DEST_TUN_TYPE:
			dest->tun_type = get_u8(attr);
			break;
		case LB_A_DEST_TUN_PORT:
			dest->tun_port = get_port(attr);
			break;
		case LB_A_DEST_TUN_CHECKSUM:
			dest->tun_checksum = get_u8(attr);
			break;
		case LB_A_DEST_WEIGHT:
			dest->weight = get_u32(attr);
			break;
		case LB_A_DEST_UPPER_THRESHOLD:
			dest->upper = get_u32(attr);
			break;
		case LB_A_DEST_LOWER_THRESHOLD:
			dest->lower = get_u32(attr);
			break;
		case LB_A_DEST_ACTIVE_CONNS:
			dest->active = get_u32(attr);
			break;
		case LB_A_DEST_INACTIVE_CONNS:
			dest->inactive = get_u32(attr);
			break;
		case LB_A_DEST_PERSIST_CONNS:
			dest->persist = get_u32(attr);
			break;
		case LB_A_DEST_STATS:
			get_stats(attr, &dest->stats);
			break;
		}
	}
}

static void get_key_attr(const struct nlattr *attr, struct service_key *key)
{
	switch (mnl_attr_get_type(attr)) {
	case LB_A_SERVICE_FAMILY:
		key->ep.family = get_u8(attr);
		break;
	case LB_A_SERVICE_PROTOCOL:
		key->protocol = get_u8(attr);
		break;
	case LB_A_SERVICE_ADDR4:
	case LB_A_SERVICE_ADDR6:
		get_addr(attr, &key->ep);
		break;
	case LB_A_SERVICE_PORT:
		key->ep.port = get_port(attr);
		break;
	case LB_A_SERVICE_FWMARK:
		key->fwmark = get_u32(attr);
		break;
	}
}

void model_get_service(const struct nlmsghdr *nlh, struct service *svc)
{
	const struct nlattr *attr;

	*svc = (struct service) { .mask4 = service_default.mask4,
				  .plen6 = service_default.plen6 };
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) <= LB_A_SERVICE_MAX)
			svc->given |= BIT(mnl_attr_get_type(attr));

		switch (mnl_attr_get_type(attr)) {
		case LB_A_SERVICE_SCHEDULER:
			get_string(attr, svc->scheduler,
				   sizeof(svc->scheduler));
			break;
		case LB_A_SERVICE_PERSIST_TIMEOUT:
			svc->persist = get_u32(attr);
			break;
		case LB_A_SERVICE_PERSIST_MASK4:
			svc->mask4.s_addr = get_u32(attr);
			break;
		case LB_A_SERVICE_PERSIST_PLEN6:
			svc->plen6 = get_u8(attr);
			break;
		case LB_A_SERVICE_ONE_PACKET:
			svc->one_packet = get_u8(attr);
			break;
		case LB_A_SERVICE_PE:
			get_string(attr, svc->pe, sizeof(svc->pe));
			break;
		case LB_A_SERVICE_TUN_DF:
			svc->tun_df = get_u8(attr);
			break;
		case LB_A_SERVICE_MTU:
			svc->mtu = get_u32(attr);
			break;
		case LB_A_SERVICE_MSS_CLAMP:
			svc->mss_clamp = get_u8(attr);
			break;
		case LB_A_SERVICE_STATS:
			get_stats(attr, &svc->stats);
			break;
		case LB_A_SERVICE_TCP_TIMEOUT:
			svc->tcp_timeout = get_u32(attr);
			break;
		case LB_A_SERVICE_TCP_FIN_TIMEOUT:
			svc->tcp_fin_timeout = get_u32(attr);
			break;
		case LB_A_SERVICE_UDP_TIMEOUT:
			svc->udp_timeout = get_u32(attr);
			break;
		case LB_A_SERVICE_SCHED_FLAGS:
			svc->flags = get_u32(attr);
			break;
		default:
			get_key_attr(attr, &svc->key);
			break;
		}
	}
}

void model_get_key(const struct nlmsghdr *nlh, struct service_key *key)
{
	const struct nlattr *attr;

	*key = (struct service_key) { .fwmark = 0 };
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr))
		get_key_attr(attr, key);
}

bool model_get_dest(const struct nlmsghdr *nlh, struct service_key *key,
		    struct dest *dest)
{
	const struct nlattr *attr;
	bool found = false;

	*key = (struct service_key) { .fwmark = 0 };
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		get_key_attr(attr, key);
		if (mnl_attr_get_type(attr) != LB_A_SERVICE_DEST)
			continue;
		get_dest(attr, dest);
		found = true;
	}
	return found;
}

void model_get_conn(const struct nlmsghdr *nlh, struct conn *conn)
{
	const struct nlattr *attr;

	*conn = (struct conn) { .expires = 0 };
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case LB_A_CONN_PROTOCOL:
			conn->protocol = get_u8(attr);
			break;
		case LB_A_CONN_CLIENT_ADDR4:
		case LB_A_CONN_CLIENT_ADDR6:
			get_addr(attr, &conn->client);
			break;
		case LB_A_CONN_CLIENT_PORT:
			conn->client.port = get_port(attr);
			break;
		case LB_A_CONN_VIRTUAL_ADDR4:
		case LB_A_CONN_VIRTUAL_ADDR6:
			get_addr(attr, &conn->virtual);
			break;
		case LB_A_CONN_VIRTUAL_PORT:
			conn->virtual.port = get_port(attr);
			break;
		case LB_A_CONN_DEST_ADDR4:
		case LB_A_CONN_DEST_ADDR6:
			get_addr(attr, &conn->dest);
			break;
		case LB_A_CONN_DEST_PORT:
			conn->dest.port = get_port(attr);
			break;
		case LB_A_CONN_FWMARK:
			conn->fwmark = get_u32(attr);
			break;
		case LB_A_CONN_FORWARD:
			conn->forward = get_u8(attr);
			break;
		case LB_A_CONN_STATE:
			conn->state = get_u8(attr);
			break;
		case LB_A_CONN_EXPIRES:
			conn->expires = get_u32(attr);
			break;
		case LB_A_CONN_TEMPLATE:
			conn->template = true;
			break;
		case LB_A_CONN_PE:
			get_string(attr, conn->pe, sizeof(conn->pe));
			break;
		case LB_A_CONN_PE_DATA:
			get_string(attr, conn->pe_data, sizeof(conn->pe_data));
			break;
		}
	}
}

void model_get_config(const struct nlmsghdr *nlh, struct config *cfg)
{
	const struct nlattr *attr;
	uint16_t type;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		type = mnl_attr_get_type(attr);
		if (type > LB_A_CONFIG_MAX)
			continue;
		if (spec_attr(&spec_config, type)->type == SPEC_ENUM)
			cfg->val[type] = get_u8(attr);
		else
			cfg->val[type] = get_u32(attr);
		cfg->given |= BIT(type);
	}
}

/* One number of drop or path: type tells which, the next one how many. */
static void get_count(const struct nlattr *nest, uint16_t type,
		      uint64_t *counts, uint8_t max)
{
	const struct nlattr *attr;
	uint64_t packets = 0;
	uint8_t i = max + 1;

	mnl_attr_for_each_nested(attr, nest) {
		if (mnl_attr_get_type(attr) == type)
			i = get_u8(attr);
		if (mnl_attr_get_type(attr) == type + 1 &&
		    mnl_attr_validate(attr, MNL_TYPE_U64) >= 0)
			packets = mnl_attr_get_u64(attr);
	}
	if (i <= max)
		counts[i] = packets;
}

void model_get_info(const struct nlmsghdr *nlh, struct info *info)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		switch (mnl_attr_get_type(attr)) {
		case LB_A_INFO_VERSION:
			get_string(attr, info->version,
				   sizeof(info->version));
			break;
		case LB_A_INFO_SERVICES:
			info->services = get_u32(attr);
			break;
		case LB_A_INFO_CONNS:
			info->conns = get_u32(attr);
			break;
		case LB_A_INFO_CONN_TABLE_SIZE:
			info->table_size = get_u32(attr);
			break;
		case LB_A_INFO_STATS:
			get_stats(attr, &info->stats);
			break;
		case LB_A_INFO_EVICTED:
			if (mnl_attr_validate(attr, MNL_TYPE_U64) >= 0)
				info->evicted = mnl_attr_get_u64(attr);
			break;
		case LB_A_INFO_DROP:
			get_count(attr, LB_A_DROP_COUNT_REASON, info->drop,
				  LB_DROP_MAX);
			break;
		case LB_A_INFO_PATH:
			get_count(attr, LB_A_PATH_COUNT_PATH, info->path,
				  LB_PATH_MAX);
			break;
		case LB_A_INFO_SCHEDULER:
			if (info->n_schedulers == INFO_SCHEDULERS)
				break;
			get_string(attr, info->scheduler[info->n_schedulers++],
				   sizeof(info->scheduler[0]));
			break;
		}
	}
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

static void collect_service(const struct nlmsghdr *nlh, void *arg)
{
	struct service_list *list = arg;

	list->service = add_room(list->service, list->n,
				 sizeof(*list->service));
	model_get_service(nlh, &list->service[list->n++]);
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

static int read_one(const char *what, uint8_t cmd, nl_reply_fn *fn, void *arg)
{
	struct batch b = { .text = what };

	model_key_cmd(&b, cmd, NLM_F_ACK, NULL);
	return nl_ask(&b, fn, arg, NULL);
}

static void take_config(const struct nlmsghdr *nlh, void *arg)
{
	model_get_config(nlh, arg);
}

int model_read_config(const char *what, struct config *cfg)
{
	*cfg = (struct config) { .given = 0 };
	return read_one(what, LB_CMD_CONFIG_GET, take_config, cfg);
}

static void take_info(const struct nlmsghdr *nlh, void *arg)
{
	model_get_info(nlh, arg);
}

int model_read_info(const char *what, struct info *info)
{
	*info = (struct info) { .conns = 0 };
	return read_one(what, LB_CMD_INFO_GET, take_info, info);
}
