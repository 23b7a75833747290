// SPDX-License-Identifier: GPL-2.0-only
/* Listings and saved commands in ipvsadm's format. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "nl.h"
#include "show.h"
#include "spec.h"

/* The version of IPVS that scripts which parse the banner know. */
#define BANNER	"IP Virtual Server version 1.2.1 (size=%u)\n"

/* Width of the first column without its indent or protocol. */
#define NAME_ROOM	28

static const uint16_t counters[] = {
	LB_A_STATS_CONNS,
	LB_A_STATS_IN_PACKETS,
	LB_A_STATS_OUT_PACKETS,
	LB_A_STATS_IN_BYTES,
	LB_A_STATS_OUT_BYTES,
};

static const uint16_t rates[] = {
	LB_A_STATS_CONNS_RATE,
	LB_A_STATS_IN_PACKETS_RATE,
	LB_A_STATS_OUT_PACKETS_RATE,
	LB_A_STATS_IN_BYTES_RATE,
	LB_A_STATS_OUT_BYTES_RATE,
};

#define PICK(names, value) \
	spec_pick(names, sizeof(names) / sizeof(*(names)), value)

#define N_COUNTERS	(sizeof(counters) / sizeof(*counters))

static void print_titles(enum show_columns columns)
{
	const char *name = "Prot LocalAddress:Port";

	switch (columns) {
	case SHOW_STATS:
		printf("%-33s %8s %8s %8s %8s %8s\n", name, "Conns", "InPkts",
		       "OutPkts", "InBytes", "OutBytes");
		break;
	case SHOW_RATE:
		printf("%-33s %8s %8s %8s %8s %8s\n", name, "CPS", "InPPS",
		       "OutPPS", "InBPS", "OutBPS");
		break;
	case SHOW_THRESHOLDS:
		printf("%-33s %-10s %-10s %-10s %-10s\n", name, "Uthreshold",
		       "Lthreshold", "ActiveConn", "InActConn");
		break;
	case SHOW_PERSISTENT:
		printf("%-33s %-9s %-11s %-10s %-10s\n", name, "Weight",
		       "PersistConn", "ActiveConn", "InActConn");
		break;
	case SHOW_TUNNEL:
		printf("%s Scheduler Flags\n", name);
		printf("  -> RemoteAddress:Port           Forward TunnelInfo    Weight ActiveConn InActConn\n");
		return;
	case SHOW_PLAIN:
		printf("%s Scheduler Flags\n", name);
		printf("  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn\n");
		return;
	}
	printf("  -> RemoteAddress:Port\n");
}

static void print_large(unsigned long long n, bool exact)
{
	if (exact)
		printf(" %8llu", n);
	else if (n < 100000000)
		printf("%9llu", n);
	else if (n < 1000000000)
		printf("%8lluK", n / 1000);
	else if (n < 100000000000)
		printf("%8lluM", n / 1000000);
	else if (n < 100000000000000)
		printf("%8lluG", n / 1000000000);
	else
		printf("%8lluT", n / 1000000000000);
}

/* The first of them are exact in any case; ipvsadm does so for rates. */
static void print_counters(const struct stats *stats, const uint16_t *which,
			   size_t n_exact, bool exact)
{
	size_t i;

	for (i = 0; i < N_COUNTERS; i++)
		print_large(stats->val[which[i]].num, exact || i < n_exact);
	putchar('\n');
}

/* With a mark, ipv6 tells the family. */
static void service_text(char *buf, size_t size, const struct service *svc,
			 const char *ipv6, bool numeric)
{
	if (svc->key.fwmark)
		snprintf(buf, size, "%u%s", svc->key.fwmark,
			 svc->key.ep.family == AF_INET6 ? ipv6 : "");
	else
		endpoint_text(buf, size, &svc->key.ep, svc->key.protocol,
			      numeric);
}

static const char *protocol_text(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_SCTP:
		return "SCTP";
	default:
		return "IP";
	}
}

static const char *protocol_title(const struct service *svc)
{
	if (svc->key.fwmark)
		return "FWM";
	return protocol_text(svc->key.protocol);
}

/* As much of a name as is shown; IPv6 would not fit. */
static int name_room(const struct endpoint *ep)
{
	return ep->family == AF_INET6 ? ENDPOINT_STRLEN : NAME_ROOM;
}

/* A setting, unless it need not be shown. */
static void print_setting(const struct service *svc, uint16_t attr,
			  const char *before, const char *after)
{
	char buf[SETTING_STRLEN];
	const char *text = model_setting_text(buf, &spec_service, attr,
					      svc->val, svc);

	if (text)
		printf("%s%s%s", before, text, after);
}

/* Settings that ipvsadm has not; dashes make options of them. */
static void print_own(const struct spec_set *set, const union value *val,
		      const char *dashes)
{
	const struct spec_option *option = spec_options;
	const struct spec_attr *spec;
	char buf[SETTING_STRLEN];
	const char *text;

	for (; option < spec_options + spec_n_options; option++) {
		spec = spec_attr(option->set, option->type);
		if (option->set != set)
			continue;
		text = model_setting_text(buf, set, option->type, val, NULL);
		if (text)
			printf(" %s%s%s%s", dashes, spec->name,
			       *text ? " " : "", text);
	}
}

static void print_service(const struct service *svc, const struct show_opts *o)
{
	const char *title = protocol_title(svc);
	int room = name_room(&svc->key.ep);
	char name[ENDPOINT_STRLEN];

	service_text(name, sizeof(name), svc, " IPv6", o->numeric);
	if (o->columns == SHOW_STATS || o->columns == SHOW_RATE) {
		printf("%-4s %-28.*s", title, room, name);
		print_counters(&svc->stats, o->columns == SHOW_STATS ?
			       counters : rates, 0, o->exact);
		return;
	}
	printf("%-4s %.*s", title, room, name);
	print_setting(svc, LB_A_SERVICE_SCHEDULER, " ", "");
	print_setting(svc, LB_A_SERVICE_SCHED_FLAGS, " (", ")");
	print_setting(svc, LB_A_SERVICE_PERSIST_TIMEOUT, " persistent ", "");
	if (svc->val[LB_A_SERVICE_PERSIST_TIMEOUT].num)
		print_setting(svc, LB_A_SERVICE_PERSIST_MASK4, " mask ", "");
	print_setting(svc, LB_A_SERVICE_PE, " pe ", "");
	print_setting(svc, LB_A_SERVICE_ONE_PACKET, " ops", "");
	print_own(&spec_service, svc->val, "");
	putchar('\n');
}

static unsigned int number(const struct dest *dest, uint16_t attr)
{
	return dest->val[attr].num;
}

static const char *forward_title(uint8_t forward)
{
	static const char *const titles[] = {
		[LB_FORWARD_NAT]	= "Masq",
		[LB_FORWARD_DR]		= "Route",
		[LB_FORWARD_TUN]	= "Tunnel",
	};

	return PICK(titles, forward);
}

#define TUNNEL_STRLEN	24

static void tunnel_text(char *buf, size_t size, const struct dest *dest)
{
	/* ipvsadm's names. */
	static const char *const checksums[] = {
		[LB_TUNNEL_CHECKSUM_NONE]	= "-c",
		[LB_TUNNEL_CHECKSUM_FULL]	= "+c",
		[LB_TUNNEL_CHECKSUM_REMOTE]	= "r+c",
	};
	const unsigned int type = number(dest, LB_A_DEST_TUN_TYPE);
	int len;

	if (number(dest, LB_A_DEST_FORWARD) != LB_FORWARD_TUN) {
		snprintf(buf, size, "n/a");
		return;
	}
	len = snprintf(buf, size, "%s",
		       spec_text(&spec_dest, LB_A_DEST_TUN_TYPE, type));
	if (type == LB_TUNNEL_TYPE_GUE)
		len += snprintf(buf + len, size - len, ":%u",
				number(dest, LB_A_DEST_TUN_PORT));
	if (type != LB_TUNNEL_TYPE_IPIP)
		snprintf(buf + len, size - len, ":%s",
			 PICK(checksums, number(dest, LB_A_DEST_TUN_CHECKSUM)));
}

static void print_dest(const struct dest *dest, uint8_t protocol,
		       const struct show_opts *o)
{
	char name[ENDPOINT_STRLEN];
	char tunnel[TUNNEL_STRLEN];

	endpoint_text(name, sizeof(name), &dest->ep, protocol, o->numeric);
	printf("  -> %-28.*s", name_room(&dest->ep), name);

	switch (o->columns) {
	case SHOW_STATS:
		print_counters(&dest->stats, counters, 0, o->exact);
		return;
	case SHOW_RATE:
		print_counters(&dest->stats, rates, 3, o->exact);
		return;
	case SHOW_THRESHOLDS:
		printf(" %-10u %-10u", number(dest, LB_A_DEST_UPPER_THRESHOLD),
		       number(dest, LB_A_DEST_LOWER_THRESHOLD));
		break;
	case SHOW_PERSISTENT:
		printf(" %-9u %-11u", number(dest, LB_A_DEST_WEIGHT),
		       number(dest, LB_A_DEST_PERSIST_CONNS));
		break;
	case SHOW_TUNNEL:
		tunnel_text(tunnel, sizeof(tunnel), dest);
		printf(" %-7s %-13s %-6u",
		       forward_title(number(dest, LB_A_DEST_FORWARD)), tunnel,
		       number(dest, LB_A_DEST_WEIGHT));
		break;
	case SHOW_PLAIN:
		printf(" %-7s %-6u",
		       forward_title(number(dest, LB_A_DEST_FORWARD)),
		       number(dest, LB_A_DEST_WEIGHT));
		break;
	}
	printf(" %-10u %-10u\n", number(dest, LB_A_DEST_ACTIVE_CONNS),
	       number(dest, LB_A_DEST_INACTIVE_CONNS));
}

void show_print_list(const struct service_list *list,
		     const struct show_opts *o)
{
	const struct service *svc;
	size_t i, j;

	print_titles(o->columns);
	for (i = 0; i < list->n; i++) {
		svc = &list->service[i];
		print_service(svc, o);
		for (j = 0; j < svc->n_dests; j++)
			print_dest(&svc->dest[j], svc->key.protocol, o);
	}
}

int show_list(const char *text, const struct service_key *key,
	      const struct show_opts *o)
{
	struct service_list list = { NULL };
	json_t *info;
	int rc;

	rc = model_read_json(text, LB_CMD_INFO_GET, &info);
	if (!rc)
		rc = model_read_services(text, key, &list);
	if (!rc) {
		if (!o->nosort)
			model_sort(&list);
		if (!key)
			printf(BANNER, model_json_number(info,
							 "conn-table-size"));
		show_print_list(&list, o);
	}
	model_free(&list);
	json_decref(info);
	return rc;
}

static void save_key(const struct service *svc, bool numeric)
{
	char name[ENDPOINT_STRLEN];
	const char *option = "-t";

	if (svc->key.fwmark)
		option = "-f";
	else if (svc->key.protocol == IPPROTO_UDP)
		option = "-u";
	else if (svc->key.protocol == IPPROTO_SCTP)
		option = "--sctp-service";

	service_text(name, sizeof(name), svc, " -6", numeric);
	printf(" %s %s", option, name);
}

static void save_service(const struct service *svc, bool numeric)
{
	printf("-A");
	save_key(svc, numeric);
	print_setting(svc, LB_A_SERVICE_SCHEDULER, " -s ", "");
	print_setting(svc, LB_A_SERVICE_PERSIST_TIMEOUT, " -p ", "");
	print_setting(svc, LB_A_SERVICE_PERSIST_MASK4, " -M ", "");
	print_setting(svc, LB_A_SERVICE_PE, " --pe ", "");
	print_setting(svc, LB_A_SERVICE_SCHED_FLAGS, " -b ", "");
	print_setting(svc, LB_A_SERVICE_ONE_PACKET, " -o", "");
	print_own(&spec_service, svc->val, "--");
	putchar('\n');
}

/* What is not known here is nothing that -R would take. */
static const char *forward_option(uint8_t forward)
{
	static const char *const options[] = {
		[LB_FORWARD_NAT]	= "-m",
		[LB_FORWARD_DR]		= "-g",
		[LB_FORWARD_TUN]	= "-i",
	};

	return PICK(options, forward);
}

static void save_tunnel(const struct dest *dest)
{
	static const char *const checksums[] = {
		[LB_TUNNEL_CHECKSUM_NONE]	= "--tun-nocsum",
		[LB_TUNNEL_CHECKSUM_FULL]	= "--tun-csum",
		[LB_TUNNEL_CHECKSUM_REMOTE]	= "--tun-remcsum",
	};
	const unsigned int type = number(dest, LB_A_DEST_TUN_TYPE);

	printf(" --tun-type %s",
	       spec_text(&spec_dest, LB_A_DEST_TUN_TYPE, type));
	if (type == LB_TUNNEL_TYPE_GUE)
		printf(" --tun-port %u", number(dest, LB_A_DEST_TUN_PORT));
	if (type != LB_TUNNEL_TYPE_IPIP)
		printf(" %s", PICK(checksums, number(dest,
						     LB_A_DEST_TUN_CHECKSUM)));
}

static void save_dest(const struct service *svc, const struct dest *dest,
		      bool numeric)
{
	char name[ENDPOINT_STRLEN];

	endpoint_text(name, sizeof(name), &dest->ep, svc->key.protocol,
		      numeric);
	printf("-a");
	save_key(svc, numeric);
	printf(" -r %s %s -w %u", name,
	       forward_option(number(dest, LB_A_DEST_FORWARD)),
	       number(dest, LB_A_DEST_WEIGHT));
	if (number(dest, LB_A_DEST_UPPER_THRESHOLD))
		printf(" -x %u", number(dest, LB_A_DEST_UPPER_THRESHOLD));
	if (number(dest, LB_A_DEST_LOWER_THRESHOLD))
		printf(" -y %u", number(dest, LB_A_DEST_LOWER_THRESHOLD));
	if (number(dest, LB_A_DEST_FORWARD) == LB_FORWARD_TUN)
		save_tunnel(dest);
	putchar('\n');
}

void show_print_save(const struct service_list *list, bool numeric)
{
	const struct service *svc;
	size_t i, j;

	for (i = 0; i < list->n; i++) {
		svc = &list->service[i];
		save_service(svc, numeric);
		for (j = 0; j < svc->n_dests; j++)
			save_dest(svc, &svc->dest[j], numeric);
	}
}

int show_save(const char *text, bool numeric)
{
	struct service_list list;
	int rc;

	rc = model_read_services(text, NULL, &list);
	if (!rc) {
		model_sort(&list);
		show_print_save(&list, numeric);
	}
	model_free(&list);
	return rc;
}

#define STATE_STRLEN	32

/* As ipvsadm has them: "SYN_SENT", and of SCTP "S-SENT" for shutdown-sent. */
static const char *conn_state(char *buf, uint8_t state)
{
	const char *name = spec_text(&spec_conn, LB_A_CONN_STATE, state);
	const bool sctp = !strncmp(name, "sctp-", 5);
	const char *rest = sctp ? name + 5 : name;
	size_t n = 0;

	if (!strncmp(rest, "cookie-", 7) || !strncmp(rest, "shutdown-", 9)) {
		buf[n++] = toupper(*rest);
		rest = strchr(rest, '-');
	}
	for (; *rest && n < STATE_STRLEN - 1; rest++)
		buf[n++] = *rest == '-' && !sctp ? '_' : toupper(*rest);
	buf[n] = '\0';
	return buf;
}

void show_print_conn_title(const struct show_opts *o)
{
	printf("IPVS connection entries\n");
	printf("pro expire %-11s %-18s %-18s ", "state", "source", "virtual");
	if (o->columns == SHOW_PERSISTENT)
		printf("%-18s %-16s %s\n", "destination", "pe name",
		       "pe_data");
	else
		printf("destination\n");
}

void show_print_conn(const struct conn *conn, const struct show_opts *o)
{
	char virtual[ENDPOINT_STRLEN];
	char client[ENDPOINT_STRLEN];
	uint32_t seconds = conn->expires / 1000;
	char dest[ENDPOINT_STRLEN];
	char state[STATE_STRLEN];
	char expire[16];

	endpoint_text(client, sizeof(client), &conn->client, conn->protocol,
		      o->numeric);
	endpoint_text(virtual, sizeof(virtual), &conn->virtual, conn->protocol,
		      o->numeric);
	endpoint_text(dest, sizeof(dest), &conn->dest, conn->protocol,
		      o->numeric);
	snprintf(expire, sizeof(expire), "%02u:%02u", seconds / 60,
		 seconds % 60);
	printf("%-3s %-6s %-11s %-18s %-18s ", protocol_text(conn->protocol),
	       expire, conn_state(state, conn->state), client, virtual);
	if (o->columns == SHOW_PERSISTENT && conn->pe)
		printf("%-16s %-18s %s\n", dest, conn->pe, conn->pe_data);
	else
		printf("%s\n", dest);
}

struct conn_listing {
	struct show_opts	opts;
	bool			titled;
};

/* Not before it is known that there is a listing. */
static void print_title_once(struct conn_listing *listing)
{
	if (!listing->titled)
		show_print_conn_title(&listing->opts);
	listing->titled = true;
}

static void print_conn_message(const struct nlmsghdr *nlh, void *arg)
{
	struct conn_listing *listing = arg;
	struct conn conn;

	print_title_once(listing);
	model_get_conn(nlh, &conn);
	show_print_conn(&conn, &listing->opts);
}

int show_conns(const char *text, const struct show_opts *o)
{
	struct conn_listing listing = { .opts = *o };
	struct batch b = { .text = text };
	int rc;

	model_key_cmd(&b, LB_CMD_CONN_GET, NLM_F_DUMP, NULL);
	rc = nl_ask(&b, print_conn_message, &listing, NULL);
	if (!rc)
		print_title_once(&listing);
	return rc;
}

int show_timeouts(const char *text)
{
	json_t *config;
	int rc;

	rc = model_read_json(text, LB_CMD_CONFIG_GET, &config);
	if (!rc)
		printf("Timeout (tcp tcpfin udp): %u %u %u\n",
		       model_json_number(config, "tcp-timeout"),
		       model_json_number(config, "tcp-fin-timeout"),
		       model_json_number(config, "udp-timeout"));
	json_decref(config);
	return rc;
}
