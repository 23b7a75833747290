// SPDX-License-Identifier: GPL-2.0-only
/* Listings and saved commands in ipvsadm's format. */
#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "nl.h"
#include "setting.h"
#include "show.h"

/* The version of IPVS that scripts which parse the banner know. */
#define BANNER	"IP Virtual Server version 1.2.1 (size=%u)\n"

/* Width of the first column without its indent or protocol. */
#define NAME_ROOM	28

/* OPT_MAX if none is asked for. */
static enum spec_option_id columns(const struct opts *o)
{
	size_t id;

	for (id = 0; id < OPT_MAX; id++)
		if (opts_has(o, id) && spec_options[id].group == GROUP_COLUMNS)
			return id;
	return OPT_MAX;
}

static bool is_counters(const struct opts *o)
{
	return columns(o) == OPT_STATS || columns(o) == OPT_RATE;
}

static void print_titles(const struct opts *o)
{
	static const char *const titles[OPT_MAX + 1] = {
		[OPT_STATS] =
			"              Conns   InPkts  OutPkts  InBytes OutBytes",
		[OPT_RATE] =
			"                CPS    InPPS   OutPPS    InBPS   OutBPS",
		[OPT_THRESHOLDS] =
			"           Uthreshold Lthreshold ActiveConn InActConn ",
		[OPT_PERSISTENT_CONN] =
			"           Weight    PersistConn ActiveConn InActConn ",
		[OPT_TUN_INFO] = "Scheduler Flags",
		[OPT_MAX] = "Scheduler Flags",
	};
	static const char *const below[OPT_MAX + 1] = {
		[OPT_TUN_INFO] =
			"           Forward TunnelInfo    Weight ActiveConn InActConn",
		[OPT_MAX] =
			"           Forward Weight ActiveConn InActConn",
	};

	printf("Prot LocalAddress:Port %s\n", titles[columns(o)]);
	printf("  -> RemoteAddress:Port%s\n", below[columns(o)] ?: "");
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

/* The first rates of a real server are exact; ipvsadm does so. */
static void print_counters(const struct stats *stats, const struct opts *o,
			   bool dest)
{
	const bool rate = columns(o) == OPT_RATE;
	const uint16_t first = rate ? LB_A_STATS_CONNS_RATE : LB_A_STATS_CONNS;
	const uint16_t n = LB_A_STATS_OUT_BYTES - LB_A_STATS_CONNS + 1;
	uint16_t i;

	for (i = 0; i < n; i++)
		print_large(stats->val[first + i].num,
			    opts_has(o, OPT_EXACT) || (dest && rate && i < 3));
	putchar('\n');
}

/* With a mark, ipv6 tells the family. */
static void service_text(char *buf, size_t size, const struct service *svc,
			 const char *ipv6, const struct opts *o)
{
	const uint32_t mark = model_num(svc, LB_A_SERVICE_FWMARK);
	const struct endpoint ep = model_get_end(&spec_service_end, svc->val,
						 svc->given);

	if (mark)
		snprintf(buf, size, "%u%s", mark,
			 model_num(svc, LB_A_SERVICE_FAMILY) == AF_INET6 ?
			 ipv6 : "");
	else
		endpoint_text(buf, size, &ep,
			      model_num(svc, LB_A_SERVICE_PROTOCOL),
			      opts_has(o, OPT_NUMERIC));
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

/* As much of a name as is shown; IPv6 would not fit. */
static int name_room(sa_family_t family)
{
	return family == AF_INET6 ? ENDPOINT_STRLEN : NAME_ROOM;
}

/* A setting, unless it need not be shown. */
static void print_setting(const struct service *svc, uint16_t attr,
			  const char *before, const char *after)
{
	char buf[SETTING_STRLEN];
	const char *text = setting_text(buf, &spec_service, attr,
					      svc->val);

	if (text)
		printf("%s%s%s", before, text, after);
}

/* Settings that ipvsadm has not. */
static void print_own(const struct service *svc)
{
	const struct spec_option *opt = spec_options;
	char buf[SETTING_STRLEN];
	const char *text;

	for (; opt < spec_options + OPT_MAX; opt++) {
		if (!opt->own || opt->set != &spec_service)
			continue;
		text = setting_text(buf, opt->set, opt->type, svc->val);
		if (text)
			printf(" %s%s%s", opt->name, *text ? " " : "", text);
	}
}

static void print_service(const struct service *svc, const struct opts *o)
{
	const char *title = "FWM";
	char name[ENDPOINT_STRLEN];
	int room = name_room(model_num(svc, LB_A_SERVICE_FAMILY));

	if (!model_num(svc, LB_A_SERVICE_FWMARK))
		title = protocol_text(model_num(svc, LB_A_SERVICE_PROTOCOL));
	service_text(name, sizeof(name), svc, " IPv6", o);
	if (is_counters(o)) {
		printf("%-4s %-28.*s", title, room, name);
		print_counters(&svc->stats, o, false);
		return;
	}
	printf("%-4s %.*s", title, room, name);
	print_setting(svc, LB_A_SERVICE_SCHEDULER, " ", "");
	print_setting(svc, LB_A_SERVICE_SCHED_FLAGS, " (", ")");
	print_setting(svc, LB_A_SERVICE_PERSIST_TIMEOUT, " persistent ", "");
	if (model_num(svc, LB_A_SERVICE_PERSIST_TIMEOUT))
		print_setting(svc, LB_A_SERVICE_PERSIST_MASK4, " mask ", "");
	print_setting(svc, LB_A_SERVICE_PE, " pe ", "");
	print_setting(svc, LB_A_SERVICE_ONE_PACKET, " ops", "");
	print_own(svc);
	putchar('\n');
}

static unsigned int number(const struct dest *dest, uint16_t attr)
{
	return dest->val[attr].num;
}

#define PICK(names, value) \
	spec_pick(names, sizeof(names) / sizeof(*(names)), value)

static const char *forward_title(const struct dest *dest)
{
	static const char *const titles[] = {
		[LB_FORWARD_NAT]	= "Masq",
		[LB_FORWARD_DR]		= "Route",
		[LB_FORWARD_TUN]	= "Tunnel",
	};

	return PICK(titles, number(dest, LB_A_DEST_FORWARD));
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
	int len;

	if (!model_tunnel_has(dest, LB_A_DEST_TUN_TYPE)) {
		snprintf(buf, size, "n/a");
		return;
	}
	len = snprintf(buf, size, "%s",
		       spec_text(&spec_dest, LB_A_DEST_TUN_TYPE,
				 number(dest, LB_A_DEST_TUN_TYPE)));
	if (model_tunnel_has(dest, LB_A_DEST_TUN_PORT))
		len += snprintf(buf + len, size - len, ":%u",
				number(dest, LB_A_DEST_TUN_PORT));
	if (model_tunnel_has(dest, LB_A_DEST_TUN_CHECKSUM))
		snprintf(buf + len, size - len, ":%s",
			 PICK(checksums, number(dest, LB_A_DEST_TUN_CHECKSUM)));
}

static void dest_text(char *buf, size_t size, const struct dest *dest,
		      const struct service *svc, const struct opts *o)
{
	const struct endpoint ep = model_get_end(&spec_dest_end, dest->val,
						 dest->given);

	endpoint_text(buf, size, &ep, model_num(svc, LB_A_SERVICE_PROTOCOL),
		      opts_has(o, OPT_NUMERIC));
}

static void print_dest(const struct service *svc, const struct dest *dest,
		       const struct opts *o)
{
	const bool ipv6 = dest->given & BIT(LB_A_DEST_ADDR6);
	char name[ENDPOINT_STRLEN];
	char tunnel[TUNNEL_STRLEN];

	dest_text(name, sizeof(name), dest, svc, o);
	printf("  -> %-28.*s", name_room(ipv6 ? AF_INET6 : AF_INET), name);

	switch (columns(o)) {
	case OPT_STATS:
	case OPT_RATE:
		print_counters(&dest->stats, o, true);
		return;
	case OPT_THRESHOLDS:
		printf(" %-10u %-10u", number(dest, LB_A_DEST_UPPER_THRESHOLD),
		       number(dest, LB_A_DEST_LOWER_THRESHOLD));
		break;
	case OPT_PERSISTENT_CONN:
		printf(" %-9u %-11u", number(dest, LB_A_DEST_WEIGHT),
		       number(dest, LB_A_DEST_PERSIST_CONNS));
		break;
	case OPT_TUN_INFO:
		tunnel_text(tunnel, sizeof(tunnel), dest);
		printf(" %-7s %-13s %-6u", forward_title(dest), tunnel,
		       number(dest, LB_A_DEST_WEIGHT));
		break;
	default:
		printf(" %-7s %-6u", forward_title(dest),
		       number(dest, LB_A_DEST_WEIGHT));
	}
	printf(" %-10u %-10u\n", number(dest, LB_A_DEST_ACTIVE_CONNS),
	       number(dest, LB_A_DEST_INACTIVE_CONNS));
}

void show_print_list(const struct service_list *list, const struct opts *o)
{
	const struct service *svc;
	size_t i, j;

	print_titles(o);
	for (i = 0; i < list->n; i++) {
		svc = &list->service[i];
		print_service(svc, o);
		for (j = 0; j < svc->n_dests; j++)
			print_dest(svc, &svc->dest[j], o);
	}
}

int show_list(const char *text, const struct service *key,
	      const struct opts *o)
{
	struct service_list list = { NULL };
	json_t *info;
	int rc;

	rc = model_read_json(text, LB_CMD_INFO_GET, &info);
	if (!rc)
		rc = model_read_services(text, key, true, &list);
	if (!rc) {
		if (!opts_has(o, OPT_NOSORT))
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

static void print_option(const struct spec_option *opt, const char *text)
{
	if (opt->letter)
		printf(" -%c", opt->letter);
	else
		printf(" --%s", opt->name);
	if (*text)
		printf(" %s", text);
}

/* Of options that stand for values, that which stands for this one. */
static void save_value(const struct spec_option *opt, uint8_t value)
{
	const struct spec_option *same = opt;

	if (opt[-1].set == opt->set && opt[-1].type == opt->type)
		return;
	for (; same->set == opt->set && same->type == opt->type; same++) {
		if (same->value == value) {
			print_option(same, "");
			return;
		}
	}
	/* What is not known here is nothing that -R would take. */
	printf(" %s", spec_text(opt->set, opt->type, value));
}

/* What tunnels need is said even if it is the default. */
static void save_setting(size_t id, const union value *val, bool needed)
{
	const struct spec_option *opt = &spec_options[id];
	const struct spec_attr *spec = spec_attr(opt->set, opt->type);
	char buf[SETTING_STRLEN];
	const char *text;

	if (spec->type == SPEC_ENUM && opt->arg == ARG_NONE) {
		save_value(opt, val[opt->type].num);
		return;
	}
	text = setting_text(buf, opt->set, opt->type, val);
	if (!text && needed)
		text = spec->n_values ? *spec->values : "0";
	if (text)
		print_option(opt, text);
}

static void save_settings(const struct spec_set *set, const union value *val,
			  const struct dest *dest)
{
	bool tunnel;
	size_t id;

	for (id = 0; id < OPT_MAX; id++) {
		if (spec_options[id].set != set)
			continue;
		tunnel = dest && id >= OPT_TUN_TYPE && id <= OPT_TUN_REMCSUM;
		if (!tunnel || model_tunnel_has(dest, spec_options[id].type))
			save_setting(id, val, tunnel);
	}
	putchar('\n');
}

static void save_key(const struct service *svc, char command,
		     const struct opts *o)
{
	char name[ENDPOINT_STRLEN];
	const char *option = "-t";

	if (model_num(svc, LB_A_SERVICE_FWMARK))
		option = "-f";
	else if (model_num(svc, LB_A_SERVICE_PROTOCOL) == IPPROTO_UDP)
		option = "-u";
	else if (model_num(svc, LB_A_SERVICE_PROTOCOL) == IPPROTO_SCTP)
		option = "--sctp-service";

	service_text(name, sizeof(name), svc, " -6", o);
	printf("-%c %s %s", command, option, name);
}

void show_print_save(const struct service_list *list, const struct opts *o)
{
	char name[ENDPOINT_STRLEN];
	const struct service *svc;
	const struct dest *dest;
	size_t i, j;

	for (i = 0; i < list->n; i++) {
		svc = &list->service[i];
		save_key(svc, 'A', o);
		save_settings(&spec_service, svc->val, NULL);
		for (j = 0; j < svc->n_dests; j++) {
			dest = &svc->dest[j];
			save_key(svc, 'a', o);
			dest_text(name, sizeof(name), dest, svc, o);
			printf(" -r %s", name);
			save_settings(&spec_dest, dest->val, dest);
		}
	}
}

static bool has_option(const struct spec_set *set, uint16_t type)
{
	size_t id;

	for (id = 0; id < OPT_MAX; id++)
		if (spec_options[id].set == set &&
		    spec_options[id].type == type)
			return true;
	return false;
}

/* Has it a setting that only the word grammar has? */
static bool is_unsaved(const struct spec_set *set, const union value *val)
{
	char buf[SETTING_STRLEN];
	uint16_t type;
	size_t i;

	for (i = 0; i < set->n_settings; i++) {
		type = set->settings[i];
		if (!has_option(set, type) &&
		    setting_text(buf, set, type, val))
			return true;
	}
	return false;
}

/* How many of these there are. */
static size_t count_unsaved(const struct service_list *list)
{
	const struct service *svc = list->service;
	size_t n = 0;
	size_t i, j;

	for (i = 0; i < list->n; i++, svc++) {
		n += is_unsaved(&spec_service, svc->val);
		for (j = 0; j < svc->n_dests; j++)
			n += is_unsaved(&spec_dest, svc->dest[j].val);
	}
	return n;
}

int show_save(const char *text, const struct opts *o)
{
	struct service_list list;
	size_t unsaved;
	int rc;

	rc = model_read_services(text, NULL, true, &list);
	if (!rc) {
		model_sort(&list);
		show_print_save(&list, o);
		unsaved = count_unsaved(&list);
		if (unsaved)
			diag_warn("%s: services and real servers with settings that this format cannot hold, as timeouts of their own and comments: %zu; lbctl save has all",
				  text, unsaved);
	}
	model_free(&list);
	return rc;
}

const char *show_state(char *buf, uint8_t state)
{
	const char *name = spec_text(&spec_conn, LB_A_CONN_STATE, state);
	const bool sctp = !strncmp(name, "sctp-", 5);
	const char *rest = sctp ? name + 5 : name;
	size_t n = 0;

	if (!strncmp(rest, "cookie-", 7) || !strncmp(rest, "shutdown-", 9)) {
		buf[n++] = toupper(*rest);
		rest = strchr(rest, '-');
	}
	for (; *rest && n < SHOW_STATE_STRLEN - 1; rest++)
		buf[n++] = *rest == '-' && !sctp ? '_' : toupper(*rest);
	buf[n] = '\0';
	return buf;
}

void show_print_conn_title(const struct opts *o)
{
	printf("IPVS connection entries\n");
	printf("pro expire %-11s %-18s %-18s ", "state", "source", "virtual");
	if (columns(o) == OPT_PERSISTENT_CONN)
		printf("%-18s %-16s %s\n", "destination", "pe name",
		       "pe_data");
	else
		printf("destination\n");
}

void show_print_conn(const struct conn *conn, const struct opts *o)
{
	static const struct spec_end *const ends[] = {
		&spec_conn_client_end, &spec_conn_virtual_end,
		&spec_conn_dest_end,
	};
	const uint8_t protocol = conn->val[LB_A_CONN_PROTOCOL].num;
	const uint32_t seconds = conn->val[LB_A_CONN_EXPIRES].num / 1000;
	const char *pe = conn->val[LB_A_CONN_PE].text;
	char text[3][ENDPOINT_STRLEN];
	char state[SHOW_STATE_STRLEN];
	struct endpoint ep;
	char expire[16];
	size_t i;

	for (i = 0; i < 3; i++) {
		ep = model_get_end(ends[i], conn->val, conn->given);
		endpoint_text(text[i], sizeof(text[i]), &ep, protocol,
			      opts_has(o, OPT_NUMERIC));
	}
	snprintf(expire, sizeof(expire), "%02u:%02u", seconds / 60,
		 seconds % 60);
	printf("%-3s %-6s %-11s %-18s %-18s ", protocol_text(protocol), expire,
	       show_state(state, conn->val[LB_A_CONN_STATE].num), text[0],
	       text[1]);
	if (columns(o) == OPT_PERSISTENT_CONN && pe)
		printf("%-16s %-18s %s\n", text[2], pe,
		       value_text(conn->val[LB_A_CONN_PE_DATA]));
	else
		printf("%s\n", text[2]);
}

struct conn_listing {
	const struct opts	*opts;
	bool			titled;
};

/* Not before it is known that there is a listing. */
static void print_title_once(struct conn_listing *listing)
{
	if (!listing->titled)
		show_print_conn_title(listing->opts);
	listing->titled = true;
}

static void print_conn_message(const struct nlmsghdr *nlh, void *arg)
{
	struct conn_listing *listing = arg;
	struct conn conn;

	print_title_once(listing);
	model_get_conn(nlh, &conn);
	show_print_conn(&conn, listing->opts);
}

int show_conns(const char *text, const struct opts *o)
{
	struct conn_listing listing = { .opts = o };
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
