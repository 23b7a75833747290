// SPDX-License-Identifier: GPL-2.0-only
/* Listings of the word grammar, and the same as JSON. */
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "diag.h"
#include "json.h"
#include "nl.h"
#include "schedflags.h"
#include "spec.h"
#include "wshow.h"

#define READ_TRIES	10

/* The addresses stand out, for a person who reads. */
static bool use_colour(void)
{
	static int colour = -1;

	if (colour < 0)
		colour = isatty(STDOUT_FILENO) && !getenv("NO_COLOR");
	return colour;
}

static void print_endpoint(const struct endpoint *ep)
{
	char text[ENDPOINT_STRLEN];
	const char *end = "";

	if (use_colour()) {
		fputs("\033[36m", stdout);
		end = "\033[0m";
	}
	endpoint_text(text, sizeof(text), ep, IPPROTO_TCP, true);
	printf("%s%s", text, end);
}

void wshow_key(const struct service_key *key)
{
	if (key->fwmark) {
		printf("fwmark %u%s", key->fwmark,
		       key->ep.family == AF_INET6 ? " ipv6" : "");
		return;
	}
	printf("%s ", protocol_name(key->protocol));
	print_endpoint(&key->ep);
}

void wshow_policy(const struct service *svc, const char *dashes)
{
	if (svc->tun_df)
		printf(" %stun-df %s", dashes,
		       spec_text(&spec_service, LB_A_SERVICE_TUN_DF,
				 svc->tun_df));
	if (svc->mtu)
		printf(" %smtu %u", dashes, svc->mtu);
	if (svc->mss_clamp)
		printf(" %smss-clamp", dashes);
}

void wshow_service(const struct service *svc)
{
	char flags[SCHEDFLAGS_STRLEN];
	char buf[MASK_STRLEN];
	const char *mask = model_mask_text(buf, svc);

	wshow_key(&svc->key);
	printf(" scheduler %s", svc->scheduler);
	if (svc->flags)
		printf(" sched-flags %s",
		       schedflags_text(flags, sizeof(flags), svc->scheduler,
				       svc->flags));
	if (svc->persist)
		printf(" persistent %u", svc->persist);
	if (mask)
		printf(" mask %s", mask);
	if (svc->tcp_timeout)
		printf(" tcp-timeout %u", svc->tcp_timeout);
	if (svc->tcp_fin_timeout)
		printf(" tcp-fin-timeout %u", svc->tcp_fin_timeout);
	if (svc->udp_timeout)
		printf(" udp-timeout %u", svc->udp_timeout);
	if (svc->one_packet)
		printf(" one-packet");
	if (*svc->pe)
		printf(" pe %s", svc->pe);
	wshow_policy(svc, "");
}

void wshow_key_to_dest(const struct service_key *key,
		       const struct dest *dest)
{
	wshow_key(key);
	printf(" to ");
	print_endpoint(&dest->ep);
}

void wshow_dest(const struct service_key *key, const struct dest *dest)
{
	wshow_key_to_dest(key, dest);
	printf(" %s weight %u",
	       spec_text(&spec_dest, LB_A_DEST_FORWARD, dest->forward),
	       dest->weight);
	if (dest->tun_type)
		printf(" tun-type %s", spec_text(&spec_dest, LB_A_DEST_TUN_TYPE,
						 dest->tun_type));
	if (dest->tun_port)
		printf(" tun-port %u", dest->tun_port);
	if (dest->tun_checksum)
		printf(" tun-checksum %s",
		       spec_text(&spec_dest, LB_A_DEST_TUN_CHECKSUM,
				 dest->tun_checksum));
	if (dest->upper)
		printf(" upper %u", dest->upper);
	if (dest->lower)
		printf(" lower %u", dest->lower);
}

void wshow_conn(const struct conn *conn)
{
	/* A mark stands for the virtual address in its template. */
	const bool by_mark = conn->template && conn->fwmark;

	printf("%s client ", conn->protocol ? protocol_name(conn->protocol) :
					      "ip");
	print_endpoint(&conn->client);
	if (!by_mark) {
		printf(" virtual ");
		print_endpoint(&conn->virtual);
	}
	printf(" to ");
	print_endpoint(&conn->dest);
	printf(" %s", spec_text(&spec_conn, LB_A_CONN_FORWARD, conn->forward));
	printf(" state %s expires %u.%03u",
	       spec_text(&spec_conn, LB_A_CONN_STATE, conn->state),
	       conn->expires / 1000, conn->expires % 1000);
	if (conn->fwmark)
		printf(" fwmark %u", conn->fwmark);
	if (conn->template)
		printf(" template");
	if (*conn->pe)
		printf(" pe %s %s", conn->pe, conn->pe_data);
}

static void print_stats(const struct stats *stats)
{
	unsigned int i;

	for (i = LB_A_STATS_PAD + 1; i <= LB_A_STATS_MAX; i++)
		printf(" %s %llu", spec_attr(&spec_stats, i)->name,
		       (unsigned long long)stats->val[i]);
}

static void append_json(const struct nlmsghdr *nlh, void *arg)
{
	json_array_append_new(arg, json_message(nlh));
}

/* Print the answer to a request as one array. */
static int show_json(const char *text, uint8_t cmd, uint16_t flags,
		     const struct service_key *key)
{
	json_t *array = json_array();
	struct batch b;
	int tries = 0;
	bool torn;
	int rc;

	do {
		torn = false;
		json_array_clear(array);
		b = (struct batch) { .text = text };
		model_key_cmd(&b, cmd, flags, key);
		rc = nl_ask(&b, append_json, array, &torn);
	} while (!rc && torn && ++tries < READ_TRIES);
	if (!rc && torn)
		rc = diag_refused("%s: it kept changing while it was read",
				  text);
	if (!rc)
		json_print(array);
	json_decref(array);
	return rc;
}

static int read_services(const char *text, const struct service_key *key,
			 struct service_list *list)
{
	int rc = model_read_services(text, key, list);

	if (!rc)
		model_sort(list);
	return rc;
}

static int show_service_json(const char *text, const struct service_key *key)
{
	return show_json(text, LB_CMD_SERVICE_GET,
			 key ? NLM_F_ACK : NLM_F_DUMP, key);
}

int wshow_services(const char *text, const struct service_key *key, bool json)
{
	struct service_list list;
	size_t i;
	int rc;

	if (json)
		return show_service_json(text, key);

	rc = read_services(text, key, &list);
	for (i = 0; !rc && i < list.n; i++) {
		wshow_service(&list.service[i]);
		putchar('\n');
	}
	model_free(&list);
	return rc;
}

int wshow_service_stats(const char *text, const struct service_key *key,
			bool json)
{
	struct service_list list;
	size_t i;
	int rc;

	if (json)
		return show_service_json(text, key);

	rc = read_services(text, key, &list);
	for (i = 0; !rc && i < list.n; i++) {
		wshow_key(&list.service[i].key);
		print_stats(&list.service[i].stats);
		putchar('\n');
	}
	model_free(&list);
	return rc;
}

static void print_dest_stats(const struct service_key *key,
			     const struct dest *dest)
{
	wshow_key_to_dest(key, dest);
	printf(" active-conns %u inactive-conns %u persist-conns %u",
	       dest->active, dest->inactive, dest->persist);
	print_stats(&dest->stats);
}

static int show_dests(const char *text, const struct service_key *key,
		      bool json, void (*print)(const struct service_key *key,
					       const struct dest *dest))
{
	const struct service *svc;
	struct service_list list;
	size_t i, j;
	int rc;

	if (json)
		return show_json(text, LB_CMD_DEST_GET, NLM_F_DUMP, key);

	rc = read_services(text, key, &list);
	for (i = 0; !rc && i < list.n; i++) {
		svc = &list.service[i];
		for (j = 0; j < svc->n_dests; j++) {
			print(&svc->key, &svc->dest[j]);
			putchar('\n');
		}
	}
	model_free(&list);
	return rc;
}

int wshow_dests(const char *text, const struct service_key *key, bool json)
{
	return show_dests(text, key, json, wshow_dest);
}

int wshow_dest_stats(const char *text, const struct service_key *key,
		     bool json)
{
	return show_dests(text, key, json, print_dest_stats);
}

static void print_conn(const struct nlmsghdr *nlh, void *arg)
{
	struct conn conn;

	(void)arg;
	model_get_conn(nlh, &conn);
	wshow_conn(&conn);
	putchar('\n');
}

/* There may be millions, so none is kept. */
static void print_conn_json(const struct nlmsghdr *nlh, void *arg)
{
	json_t *object = json_message(nlh);
	bool *any = arg;

	fputs(*any ? ",\n " : "", stdout);
	json_dumpf(object, stdout, JSON_COMPACT);
	json_decref(object);
	*any = true;
}

int wshow_conns(const char *text, const struct conn_filter *filter,
		bool json)
{
	struct batch b = { .text = text };
	bool any = false;
	int rc;

	rc = nl_ready();
	if (rc)
		return rc;
	if (json)
		putchar('[');
	model_conn_cmd(&b, LB_CMD_CONN_GET, NLM_F_DUMP, filter);
	rc = nl_ask(&b, json ? print_conn_json : print_conn, &any, NULL);
	if (json)
		puts("]");
	return rc;
}

int wshow_conn_count(const char *text, bool json)
{
	struct info info;
	int rc;

	rc = model_read_info(text, &info);
	if (!rc)
		printf(json ? "{\"conns\":%u}\n" : "%u\n", info.conns);
	return rc;
}

static void print_value(uint16_t attr, uint32_t val)
{
	const char *word = spec_name(&spec_config, attr, val);

	if (word)
		printf("%s", word);
	else
		printf("%u", val);
}

void wshow_setting(uint16_t attr, uint32_t val)
{
	printf("%s ", spec_attr(&spec_config, attr)->word);
	print_value(attr, val);
}

static void print_config(const struct config *cfg, uint16_t attr, bool json)
{
	json_t *object = json_object();
	const char *word;
	const char *name;
	unsigned int i;

	for (i = 1; i <= LB_A_CONFIG_MAX; i++) {
		name = spec_attr(&spec_config, i)->name;
		if (!(cfg->given & BIT(i)) || (attr && attr != i))
			continue;
		word = spec_name(&spec_config, i, cfg->val[i]);
		if (json)
			json_object_set_new(object, name, word ?
					    json_string(word) :
					    json_integer(cfg->val[i]));
		else if (attr)
			print_value(i, cfg->val[i]);
		else
			wshow_setting(i, cfg->val[i]);
		if (!json)
			putchar('\n');
	}
	if (json)
		json_print(object);
	json_decref(object);
}

int wshow_config(const char *text, uint16_t attr, bool json)
{
	struct config cfg;
	int rc;

	rc = model_read_config(text, &cfg);
	if (!rc)
		print_config(&cfg, attr, json);
	return rc;
}

static void print_info_json(const struct nlmsghdr *nlh, void *arg)
{
	json_t *object = json_message(nlh);

	(void)arg;
	json_print(object);
	json_decref(object);
}

static int show_info_json(const char *text)
{
	struct batch b = { .text = text };

	model_key_cmd(&b, LB_CMD_INFO_GET, NLM_F_ACK, NULL);
	return nl_ask(&b, print_info_json, NULL, NULL);
}

static void print_info(const struct info *info)
{
	unsigned int i;

	printf("version %s\n", info->version);
	printf("services %u\n", info->services);
	printf("conns %u\n", info->conns);
	printf("conn-table-size %u\n", info->table_size);
	printf("evicted %llu\n", (unsigned long long)info->evicted);
	for (i = LB_A_STATS_PAD + 1; i <= LB_A_STATS_MAX; i++)
		printf("stats %s %llu\n", spec_attr(&spec_stats, i)->name,
		       (unsigned long long)info->stats.val[i]);
	for (i = 0; i <= LB_DROP_MAX; i++)
		printf("drop %s %llu\n", spec_name(&spec_drop_count,
					     LB_A_DROP_COUNT_REASON, i),
		       (unsigned long long)info->drop[i]);
	for (i = 0; i <= LB_PATH_MAX; i++)
		printf("path %s %llu\n", spec_name(&spec_path_count,
					     LB_A_PATH_COUNT_PATH, i),
		       (unsigned long long)info->path[i]);
	for (i = 0; i < info->n_schedulers; i++)
		printf("scheduler %s\n", info->scheduler[i]);
}

int wshow_stats(const char *text, bool json)
{
	struct info info;
	int rc;

	if (json)
		return show_info_json(text);
	rc = model_read_info(text, &info);
	if (!rc)
		print_info(&info);
	return rc;
}
