// SPDX-License-Identifier: GPL-2.0-only
/* Run parts of the tool that need no kernel, and print what they make. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "ipvs.h"
#include "ipvs_run.h"
#include "json.h"
#include "lost.h"
#include "model.h"
#include "monitor.h"
#include "parse.h"
#include "show.h"
#include "spec.h"
#include "words.h"
#include "wraps.h"
#include "wshow.h"

static void print_flag(unsigned int flags, unsigned int flag, const char *name)
{
	if (flags & flag)
		printf(" %s", name);
}

/* A request as its command, flags and attributes. */
static void print_request(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	json_t *json = json_message(nlh);

	printf("%s", spec_cmd_name(genl->cmd));
	print_flag(nlh->nlmsg_flags, NLM_F_CREATE, "create");
	print_flag(nlh->nlmsg_flags, NLM_F_EXCL, "excl");
	print_flag(nlh->nlmsg_flags, NLM_F_REPLACE, "replace");
	putchar(' ');
	json_print(json);
	json_decref(json);
}

static int compile_line(struct batch *b, char *line)
{
	struct word_list list = { NULL };
	int rc;

	parse_words(line, &list);
	if (!list.n)
		rc = LBCTL_USAGE;
	else if (*list.word[0] == '-')
		rc = ipvs_compile(b, list.n, list.word);
	else
		rc = words_compile(b, list.n, list.word);
	free(list.word);
	return rc;
}

/* Repeat each line behind "> " with the request that it becomes below. */
static int test_compile(void)
{
	struct batch b = { NULL };
	char line[4096];
	size_t i;
	int rc;

	while (fgets(line, sizeof(line), stdin)) {
		printf("> %s", line);
		fflush(stdout);
		rc = compile_line(&b, line);
		if (rc)
			printf("exit %d\n", rc);
		for (i = 0; i < b.n; i++)
			print_request(batch_msg(&b, i));
		fflush(stdout);
		batch_free(&b);
	}
	return 0;
}

static void print_name_at(const struct nlmsghdr *nlh, const void *at,
			  uint16_t missing)
{
	char name[64];

	if (spec_attr_at(nlh, at ? (const char *)at - (const char *)nlh : 0,
			 missing, name, sizeof(name)))
		printf(" %s", name);
	else
		printf(" ?");
}

/* For each attribute of a request, nested ones too, what it would be called. */
static int test_names(void)
{
	struct batch b = { NULL };
	const struct nlmsghdr *nlh;
	const struct nlattr *attr;
	const struct nlattr *in;
	char line[4096];

	if (!fgets(line, sizeof(line), stdin) || compile_line(&b, line))
		return 1;
	nlh = batch_msg(&b, 0);
	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		print_name_at(nlh, attr, 0);
		if (mnl_attr_get_type(attr) != LB_A_SERVICE_DEST)
			continue;
		mnl_attr_for_each_nested(in, attr)
			print_name_at(nlh, in, 0);
		print_name_at(nlh, attr, LB_A_DEST_ADDR4);
	}
	printf("\nmissing:");
	print_name_at(nlh, NULL, LB_A_SERVICE_FAMILY);
	print_name_at(nlh, NULL, LB_A_SERVICE_MAX + 1);
	printf("\noutside:");
	print_name_at(nlh, (const char *)nlh + nlh->nlmsg_len, 0);
	putchar('\n');
	batch_free(&b);
	return 0;
}

static const char *const type_names[] = {
	[SPEC_PAD]	= "pad",
	[SPEC_FLAG]	= "flag",
	[SPEC_U8]	= "u8",
	[SPEC_SWITCH]	= "u8",
	[SPEC_FAMILY]	= "u8",
	[SPEC_PROTOCOL]	= "u8",
	[SPEC_U32]	= "u32",
	[SPEC_U64]	= "u64",
	[SPEC_PORT]	= "u16 big-endian",
	[SPEC_ADDR4]	= "u32 big-endian",
	[SPEC_ADDR6]	= "binary",
	[SPEC_MARK]	= "binary",
	[SPEC_BINARY]	= "binary",
	[SPEC_STRING]	= "string",
	[SPEC_TEXT]	= "string",
	[SPEC_ENUM]	= "u8 enum",
	[SPEC_FLAGS]	= "u32 enum",
	[SPEC_NEST]	= "nest",
};

static void print_set(const char *name, const struct spec_set *set)
{
	const struct spec_attr *attr;
	unsigned int i;

	for (i = 1; i <= set->max; i++) {
		attr = spec_attr(set, i);
		printf("%s %s %s%s\n", name, attr->name,
		       type_names[attr->type], attr->multi ? " multi" : "");
	}
}

static void print_values(const char *name, const struct spec_set *set,
			 uint16_t type)
{
	size_t i;

	for (i = 0; i < spec_attr(set, type)->n_values; i++)
		printf("%s %s\n", name, spec_text(set, type, i));
}

/* The table of attributes, to be compared with the spec. */
static int test_spec(void)
{
	unsigned int i;

	print_set("service", &spec_service);
	print_set("dest", &spec_dest);
	print_set("stats", &spec_stats);
	print_set("conn", &spec_conn);
	print_set("config", &spec_config);
	print_set("info", &spec_info);
	print_set("drop-count", &spec_drop_count);
	print_set("path-count", &spec_path_count);
	print_set("load", &spec_load);
	print_set("sync", &spec_sync);
	print_set("sync-peer", &spec_sync_peer);
	print_set("sync-counter", &spec_sync_counter);
	print_values("sync-role", &spec_sync, LB_A_SYNC_ROLE);
	print_values("sync-count", &spec_sync_counter, LB_A_SYNC_COUNTER_WHAT);
	print_values("sched-flag", &spec_service, LB_A_SERVICE_SCHED_FLAGS);
	print_values("forward", &spec_dest, LB_A_DEST_FORWARD);
	print_values("tunnel-type", &spec_dest, LB_A_DEST_TUN_TYPE);
	print_values("tunnel-checksum", &spec_dest, LB_A_DEST_TUN_CHECKSUM);
	print_values("tunnel-df", &spec_service, LB_A_SERVICE_TUN_DF);
	print_values("state", &spec_conn, LB_A_CONN_STATE);
	print_values("drop", &spec_drop_count, LB_A_DROP_COUNT_REASON);
	print_values("path", &spec_path_count, LB_A_PATH_COUNT_PATH);
	print_values("fastpath", &spec_config, LB_A_CONFIG_FASTPATH);
	for (i = 1; i <= LB_CMD_MAX; i++)
		printf("cmd %s\n", spec_cmd_name(i));
	return 0;
}

/* Commands of ipvsadm's grammar, each with the options that it takes. */
static int test_options(void)
{
	size_t cmd;
	size_t id;

	for (cmd = 0; cmd < CMD_MAX; cmd++) {
		printf("--%s", spec_commands[cmd].name);
		for (id = 0; id < OPT_MAX; id++)
			if (opts_takes(cmd, id))
				printf(" --%s", spec_options[id].name);
		putchar('\n');
	}
	return 0;
}

/* Counters as large as conns says, up to the largest there are. */
static struct stats make_stats(uint64_t conns, uint64_t in, uint64_t out,
			       uint64_t in_bytes, uint64_t out_bytes)
{
	return (struct stats) { .val = {
		[LB_A_STATS_CONNS].num			= conns,
		[LB_A_STATS_IN_PACKETS].num		= in,
		[LB_A_STATS_OUT_PACKETS].num		= out,
		[LB_A_STATS_IN_BYTES].num		= in_bytes,
		[LB_A_STATS_OUT_BYTES].num		= out_bytes,
		[LB_A_STATS_CONNS_RATE].num		= conns,
		[LB_A_STATS_IN_PACKETS_RATE].num	= in,
		[LB_A_STATS_OUT_PACKETS_RATE].num	= out,
		[LB_A_STATS_IN_BYTES_RATE].num		= in_bytes,
		[LB_A_STATS_OUT_BYTES_RATE].num		= out_bytes,
	} };
}

static struct endpoint make_endpoint(const char *text)
{
	struct endpoint ep;
	bool has_port;

	if (parse_endpoint(text, NULL, &ep, &has_port))
		exit(1);
	return ep;
}

static struct dest make_dest(const char *text, uint8_t forward, uint32_t weight,
			     uint32_t scale)
{
	const struct endpoint ep = make_endpoint(text);
	struct dest dest = {
		.val		= {
			[LB_A_DEST_FORWARD].num		= forward,
			[LB_A_DEST_WEIGHT].num		= weight,
			[LB_A_DEST_UPPER_THRESHOLD].num	= scale,
			[LB_A_DEST_LOWER_THRESHOLD].num	= scale / 2,
			[LB_A_DEST_ACTIVE_CONNS].num	= scale * 3,
			[LB_A_DEST_INACTIVE_CONNS].num	= scale * 4,
			[LB_A_DEST_PERSIST_CONNS].num	= scale * 5,
		},
		.stats		= make_stats(scale, scale * 2, scale * 3,
					     scale * 10ull, scale * 20ull),
	};

	model_set_address(&dest, &ep);
	return dest;
}

static struct service make_key(uint8_t protocol, const char *text)
{
	const struct endpoint ep = make_endpoint(text);
	struct service svc = service_default;

	model_set_key(&svc, protocol, &ep);
	return svc;
}

static struct service tcp(const char *ep)
{
	return make_key(IPPROTO_TCP, ep);
}

static struct service udp(const char *ep)
{
	return make_key(IPPROTO_UDP, ep);
}

static struct service sctp(const char *ep)
{
	return make_key(IPPROTO_SCTP, ep);
}

static struct service mark(uint32_t fwmark, sa_family_t family)
{
	struct service svc = service_default;

	model_set_mark(&svc, fwmark, family);
	return svc;
}

static struct service make_service(struct service svc, const char *scheduler,
				   uint32_t persist, struct dest *dest,
				   size_t n_dests)
{
	svc.val[LB_A_SERVICE_SCHEDULER].text = scheduler;
	svc.val[LB_A_SERVICE_PERSIST_TIMEOUT].num = persist;
	svc.dest = dest;
	svc.n_dests = n_dests;
	return svc;
}

/* Out of order, so that sorting shows. */
static void make_list(struct service_list *list)
{
	static struct service services[15];
	static struct dest dests[12];

	dests[0] = make_dest("172.16.0.9:80", LB_FORWARD_DR, 1, 0);
	dests[1] = make_dest("172.16.0.1:8080", LB_FORWARD_NAT, 100, 60);
	dests[2] = make_dest("172.16.0.1:80", LB_FORWARD_TUN, 2147483647, 1);
	dests[3] = make_dest("172.16.100.200:65535", LB_FORWARD_NAT, 0, 6);
	dests[3].stats = make_stats(99999999, 100000000, 999999999,
				    99999999999, 99999999999999);
	dests[4] = make_dest("172.16.0.1:0", LB_FORWARD_DR, 3, 7);
	dests[5] = make_dest("[2001:db8::9]:443", LB_FORWARD_TUN, 1, 0);
	dests[6] = make_dest("[2001:db8::2]:8080", LB_FORWARD_NAT, 1, 4);
	dests[7] = make_dest("[2001:db8:0:ffff:ffff:ffff:ffff:ffff]:65535",
			     LB_FORWARD_NAT, 5, 2);
	dests[8] = make_dest("172.16.0.1:80", LB_FORWARD_TUN, 1, 0);
	dests[5].val[LB_A_DEST_TUN_TYPE].num = LB_TUNNEL_TYPE_GUE;
	dests[5].val[LB_A_DEST_TUN_PORT].num = 6080;
	dests[5].val[LB_A_DEST_TUN_CHECKSUM].num = LB_TUNNEL_CHECKSUM_REMOTE;
	dests[8].val[LB_A_DEST_TUN_TYPE].num = LB_TUNNEL_TYPE_GRE;
	dests[8].val[LB_A_DEST_TUN_CHECKSUM].num = LB_TUNNEL_CHECKSUM_FULL;
	dests[9] = make_dest("[2001:db8::2]:80", LB_FORWARD_DR, 1, 0);
	dests[10] = make_dest("[::ffff:10.0.0.1]:80", LB_FORWARD_DR, 1, 0);
	dests[11] = make_dest("[fd00::1]:0", LB_FORWARD_DR, 1, 9);

	services[0] = make_service(mark(3, AF_INET), "rr", 600, &dests[4], 1);
	services[0].val[LB_A_SERVICE_PE].text = "sip";
	services[1] = make_service(udp("10.0.0.2:53"), "wlc", 0, NULL, 0);
	services[1].stats = make_stats(1, 1000000000, 99999999999,
				       100000000000, 100000000000000);
	services[1].val[LB_A_SERVICE_ONE_PACKET].num = true;
	services[2] = make_service(tcp("10.0.0.2:80"), "sed", 300, dests, 4);
	services[2].val[LB_A_SERVICE_PERSIST_MASK4].num =
		 htonl(0xffffff00);
	services[3] = make_service(mark(1, AF_INET6), "wlc", 0, &dests[11], 1);
	services[4] = make_service(mark(1, AF_INET), "nq", 0, NULL, 0);
	services[5] = make_service(udp("[2001:db8:1:2:3:4:5:6]:65535"), "lc",
				   0, NULL, 0);
	services[5].stats = services[1].stats;
	services[5].val[LB_A_SERVICE_PERSIST_PLEN6].num = 96;
	services[6] = make_service(tcp("[2001:db8::2]:80"), "rr", 0, NULL, 0);
	services[7] = make_service(tcp("10.0.0.1:443"), "wrr", 0, &dests[5],
				   1);
	services[8] = make_service(tcp("[2001:db8::1]:80"), "rr", 300,
				   &dests[6], 5);
	services[8].val[LB_A_SERVICE_PERSIST_PLEN6].num = 64;
	services[9] = make_service(tcp("[ff::1]:80"), "rr", 300, NULL, 0);
	services[10] = make_service(mark(4, AF_INET6), "rr", 60, NULL, 0);
	services[10].val[LB_A_SERVICE_PERSIST_PLEN6].num = 1;
	services[10].val[LB_A_SERVICE_ONE_PACKET].num = true;
	services[10].val[LB_A_SERVICE_PE].text = "sip";
	services[11] = make_service(tcp("10.0.0.3:80"), "sh", 9, NULL, 0);
	services[11].val[LB_A_SERVICE_PERSIST_MASK4].num =
		 htonl(0xffffff00);
	services[11].val[LB_A_SERVICE_SCHED_FLAGS].num = LB_SCHED_FLAG_MASK;
	services[12] = make_service(tcp("10.0.0.4:80"), "rr", 0, NULL, 0);
	services[12].val[LB_A_SERVICE_SCHED_FLAGS].num =
		LB_SCHED_FLAG_PORT | LB_SCHED_FLAG_FALLBACK;
	services[12].val[LB_A_SERVICE_TUN_DF].num = LB_TUNNEL_DF_UNSET;
	services[12].val[LB_A_SERVICE_MTU].num = 1400;
	services[12].val[LB_A_SERVICE_MSS_CLAMP].num = true;
	services[12].val[LB_A_SERVICE_MARK].num = 0xff00000010;
	services[12].val[LB_A_SERVICE_REPLY_MARK].num = ~0ull << 32 | 7;
	services[13] = make_service(sctp("10.0.0.1:36412"), "rr", 0, NULL, 0);
	services[14] = make_service(sctp("[2001:db8::1]:5060"), "rr", 0, NULL,
				    0);
	*list = (struct service_list) { services, 15 };
}

static void print_words(const struct service_list *list)
{
	const struct service *svc;
	size_t i, j;

	for (i = 0; i < list->n; i++) {
		svc = &list->service[i];
		wshow_key(stdout, svc, NULL);
		wshow_settings(stdout, &spec_service, svc->val);
		putchar('\n');
		for (j = 0; j < svc->n_dests; j++) {
			wshow_key(stdout, svc, &svc->dest[j]);
			wshow_settings(stdout, &spec_dest, svc->dest[j].val);
			putchar('\n');
		}
	}
}

/* A made-up table in every form; what ipvsadm has too is equal to its. */
static int test_listing(void)
{
	static const struct {
		const char	*name;
		uint64_t	has;
	} columns[] = {
		{ "plain" },
		{ "--stats", BIT(OPT_STATS) },
		{ "--rate", BIT(OPT_RATE) },
		{ "--thresholds", BIT(OPT_THRESHOLDS) },
		{ "--persistent-conn", BIT(OPT_PERSISTENT_CONN) },
		{ "--tun-info", BIT(OPT_TUN_INFO) },
	};
	struct opts o = { .has = BIT(OPT_NUMERIC) };
	struct service_list list;
	unsigned int i;

	make_list(&list);
	printf("## --nosort\n");
	show_print_list(&list, &o);
	model_sort(&list);
	for (i = 0; i < sizeof(columns) / sizeof(*columns); i++) {
		o.has = BIT(OPT_NUMERIC) | columns[i].has;
		printf("## %s\n", columns[i].name);
		show_print_list(&list, &o);
		o.has |= BIT(OPT_EXACT);
		printf("## %s --exact\n", columns[i].name);
		show_print_list(&list, &o);
	}
	printf("## -S -n\n");
	show_print_save(&list, &o);
	printf("## words\n");
	print_words(&list);
	return 0;
}

struct conn_row {
	const char	*client;
	const char	*virtual;
	const char	*dest;
	uint32_t	expires;
	uint32_t	fwmark;
	uint8_t		protocol;
	uint8_t		forward;
	uint8_t		state;
	bool		template;
	const char	*pe;
	const char	*pe_data;
};

static struct conn make_conn(const struct conn_row *row)
{
	const struct endpoint client = make_endpoint(row->client);
	const struct endpoint virtual = make_endpoint(row->virtual);
	const struct endpoint dest = make_endpoint(row->dest);
	struct conn conn = {
		.val		= {
			[LB_A_CONN_EXPIRES].num		= row->expires,
			[LB_A_CONN_FWMARK].num		= row->fwmark,
			[LB_A_CONN_PROTOCOL].num	= row->protocol,
			[LB_A_CONN_FORWARD].num		= row->forward,
			[LB_A_CONN_STATE].num		= row->state,
			[LB_A_CONN_TEMPLATE].num	= row->template,
			[LB_A_CONN_PE].text		= row->pe,
			[LB_A_CONN_PE_DATA].text	= row->pe_data,
		},
	};

	model_set_end(&spec_conn_client_end, conn.val, &conn.given, &client);
	model_set_end(&spec_conn_virtual_end, conn.val, &conn.given, &virtual);
	model_set_end(&spec_conn_dest_end, conn.val, &conn.given, &dest);
	return conn;
}

static void print_conn(const struct conn_row *row, const struct opts *o)
{
	const struct conn conn = make_conn(row);

	show_print_conn(&conn, o);
}

static void print_conn_words(const struct conn_row *row)
{
	const struct conn conn = make_conn(row);

	wshow_conn(&conn);
	putchar('\n');
}

static int test_conns(void)
{
	struct opts o = { .has = BIT(OPT_NUMERIC) };
	static const struct conn_row conns[] = {
		{ "10.0.0.5:40000", "10.0.0.2:80",
		  "10.0.1.1:8080", 899999, 0, IPPROTO_TCP,
		  LB_FORWARD_NAT, LB_STATE_ESTABLISHED },
		{ "192.168.100.101:40000",
		  "192.168.100.102:53",
		  "192.168.100.103:53", 300000, 7, IPPROTO_UDP,
		  LB_FORWARD_DR, LB_STATE_UDP },
		{ "10.0.0.5:0", "10.0.0.2:80",
		  "10.0.1.1:80", 86400000, 0, IPPROTO_TCP,
		  LB_FORWARD_TUN, LB_STATE_NONE, true },
		{ "10.0.0.5:0", "0.0.0.3:0",
		  "10.0.1.1:0", 10, 3, 0, LB_FORWARD_NAT,
		  LB_STATE_NONE, true },
		{ "10.0.0.5:1", "10.0.0.2:80",
		  "10.0.1.1:80", 2678400000u, 0, IPPROTO_TCP,
		  LB_FORWARD_NAT, LB_STATE_CLOSE_WAIT },
		{ "10.0.0.5:2", "10.0.0.2:36412",
		  "10.0.1.1:36412", 3999, 0, IPPROTO_SCTP,
		  LB_FORWARD_NAT, LB_STATE_SCTP_INIT1 },
		{ "10.0.0.5:3", "10.0.0.2:36412",
		  "10.0.1.1:36412", 60999, 0, IPPROTO_SCTP,
		  LB_FORWARD_NAT, LB_STATE_SCTP_SHUTDOWN_RECEIVED },
		{ "[2001:db8::5]:40000",
		  "[2001:db8::2]:80",
		  "[2001:db8:0:1::1]:8080", 1000, 0, IPPROTO_TCP,
		  LB_FORWARD_NAT, LB_STATE_ESTABLISHED },
		{ "[::1]:0", "[::2]:80",
		  "10.0.1.1:80", 5000, 0, IPPROTO_TCP,
		  LB_FORWARD_TUN, LB_STATE_NONE, true },
		{ "[2001:db8::]:0", "[0:3::]:0",
		  "[2001:db8::7]:0", 10, 3, 0, LB_FORWARD_DR,
		  LB_STATE_NONE, true },
		{ "10.0.0.5:0", "10.0.0.2:5060",
		  "10.0.1.1:5060", 60000, 0, IPPROTO_UDP,
		  LB_FORWARD_NAT, LB_STATE_NONE, true, "sip",
		  "1-2345@10.0.0.5" },
	};
	size_t i;

	show_print_conn_title(&o);
	for (i = 0; i < sizeof(conns) / sizeof(*conns); i++)
		print_conn(&conns[i], &o);
	o.has |= BIT(OPT_PERSISTENT_CONN);
	show_print_conn_title(&o);
	print_conn(&conns[i - 2], &o);
	print_conn(&conns[i - 1], &o);
	for (i = 0; i < sizeof(conns) / sizeof(*conns); i++)
		print_conn_words(&conns[i]);
	return 0;
}

/* What a newer module may say. */
static int test_unknown(void)
{
	struct dest dests[] = {
		make_dest("10.0.0.1:80", LB_FORWARD_MAX + 1, 1, 0),
		make_dest("10.0.0.2:80", LB_FORWARD_TUN, 1, 0),
		make_dest("10.0.0.3:80", LB_FORWARD_TUN, 1, 0),
		make_dest("10.0.0.4:80", LB_FORWARD_TUN, 1, 0),
	};
	struct service services[] = {
		make_service(tcp("10.0.0.1:443"), "new", 0, dests, 4),
	};
	struct opts o = { .has = BIT(OPT_TUN_INFO) | BIT(OPT_NUMERIC) };
	const struct service_list list = { services, 1 };
	static const struct conn_row conn = {
		"10.0.0.2:80", "10.0.0.1:443", "10.0.0.1:80", 0, 0,
		IPPROTO_TCP, UINT8_MAX, LB_STATE_MAX + 1
	};

	services[0].val[LB_A_SERVICE_TUN_DF].num = LB_TUNNEL_DF_MAX + 1;
	dests[1].val[LB_A_DEST_TUN_TYPE].num = LB_TUNNEL_TYPE_MAX + 1;
	dests[1].val[LB_A_DEST_TUN_CHECKSUM].num = UINT8_MAX;
	dests[2].val[LB_A_DEST_TUN_TYPE].num = LB_TUNNEL_TYPE_GUE;
	dests[2].val[LB_A_DEST_TUN_CHECKSUM].num = LB_TUNNEL_CHECKSUM_MAX + 1;
	dests[3].val[LB_A_DEST_TUN_TYPE].num = LB_TUNNEL_TYPE_GRE;
	dests[3].val[LB_A_DEST_TUN_CHECKSUM].num = LB_TUNNEL_CHECKSUM_MAX + 1;
	show_print_list(&list, &o);
	show_print_save(&list, &o);
	print_words(&list);
	print_conn(&conn, &o);
	print_conn_words(&conn);
	return 0;
}

/* With names, of which a file of hosts has all. */
static int test_hosts(void)
{
	const struct opts o = { .has = 0 };
	struct dest dests[] = {
		make_dest("[2001:db8::2]:8080", LB_FORWARD_NAT, 1, 0),
		make_dest("10.0.0.2:443", LB_FORWARD_TUN, 1, 0),
	};
	struct service services[] = {
		make_service(tcp("[2001:db8::1]:443"), "rr", 0, dests, 2),
		make_service(tcp("10.0.0.1:443"), "rr", 0, dests, 2),
	};
	const struct service_list list = { services, 2 };
	static const struct conn_row conn = {
		"[2001:db8::1]:0", "10.0.0.2:443", "[2001:db8::2]:8080", 0, 0,
		IPPROTO_TCP, LB_FORWARD_NAT, LB_STATE_NONE
	};

	show_print_list(&list, &o);
	show_print_save(&list, &o);
	print_conn(&conn, &o);
	return 0;
}

/* What monitor makes of requests, which look like the events they cause. */
static int test_events(void)
{
	struct monitor_opts opts = { .json = false };
	struct batch b = { NULL };
	struct genlmsghdr *genl;
	char line[4096];

	while (fgets(line, sizeof(line), stdin)) {
		if (compile_line(&b, line))
			return 1;
		genl = mnl_nlmsg_get_payload(batch_msg(&b, 0));
		if (genl->cmd == LB_CMD_SERVICE_SET)
			genl->cmd = LB_CMD_SERVICE_NTF;
		else if (genl->cmd == LB_CMD_SERVICE_DEL)
			genl->cmd = LB_CMD_SERVICE_DEL_NTF;
		else if (genl->cmd == LB_CMD_DEST_SET)
			genl->cmd = LB_CMD_DEST_NTF;
		else if (genl->cmd == LB_CMD_DEST_DEL)
			genl->cmd = LB_CMD_DEST_DEL_NTF;
		else
			genl->cmd = LB_CMD_CONFIG_NTF;
		opts.json = false;
		monitor_print(batch_msg(&b, 0), &opts);
		opts.json = true;
		monitor_print(batch_msg(&b, 0), &opts);
		batch_free(&b);
	}
	return 0;
}

/* Requests that stand for what the kernel has; see __wrap_nl_ask(). */
static struct batch there;

static void put_info(struct batch *b)
{
	struct nlmsghdr *nlh;
	size_t nest;

	batch_begin(b, LB_CMD_INFO_GET, 0);
	nlh = batch_room(b);
	mnl_attr_put_strz(nlh, LB_A_INFO_VERSION, "1.2");
	mnl_attr_put_u32(nlh, LB_A_INFO_SERVICES, 3);
	mnl_attr_put_u32(nlh, LB_A_INFO_CONNS, 4);
	mnl_attr_put_u32(nlh, LB_A_INFO_CONN_TABLE_SIZE, 4096);
	nest = batch_nest_start(b, LB_A_INFO_STATS);
	mnl_attr_put_u64(nlh, LB_A_STATS_CONNS, UINT64_MAX);
	batch_nest_end(b, nest);
	nest = batch_nest_start(b, LB_A_INFO_DROP);
	mnl_attr_put_u8(nlh, LB_A_DROP_COUNT_REASON, LB_DROP_CLASH);
	mnl_attr_put_u64(nlh, LB_A_DROP_COUNT_PACKETS, 5);
	batch_nest_end(b, nest);
	nest = batch_nest_start(b, LB_A_INFO_PATH);
	mnl_attr_put_u8(nlh, LB_A_PATH_COUNT_PATH, LB_PATH_MAX + 1);
	mnl_attr_put_u64(nlh, LB_A_PATH_COUNT_PACKETS, 6);
	batch_nest_end(b, nest);
	mnl_attr_put_strz(nlh, LB_A_INFO_SCHEDULER, "rr");
	mnl_attr_put_strz(nlh, LB_A_INFO_SCHEDULER, "wlc");
	mnl_attr_put_u64(nlh, LB_A_INFO_EVICTED, 7);
}

/* In the place of the kernel, answer by what was added. */
int __wrap_nl_ask(struct batch *b, nl_reply_fn *fn, void *arg, bool *torn)
{
	static const uint8_t answers[LB_CMD_MAX + 1] = {
		[LB_CMD_SERVICE_SET]	= LB_CMD_SERVICE_GET,
		[LB_CMD_DEST_SET]	= LB_CMD_DEST_GET,
		[LB_CMD_CONFIG_SET]	= LB_CMD_CONFIG_GET,
		[LB_CMD_INFO_GET]	= LB_CMD_INFO_GET,
	};
	struct genlmsghdr *genl = mnl_nlmsg_get_payload(batch_msg(b, 0));
	const uint8_t asked = genl->cmd;
	struct nlmsghdr *nlh;
	uint8_t cmd;
	size_t i;

	(void)torn;
	for (i = 0; i < there.n; i++) {
		nlh = batch_msg(&there, i);
		genl = mnl_nlmsg_get_payload(nlh);
		cmd = genl->cmd;
		if (answers[cmd] != asked)
			continue;
		genl->cmd = asked;
		fn(nlh, arg);
		genl->cmd = cmd;
	}
	batch_free(b);
	return LBCTL_OK;
}

int __wrap_nl_watch(void)
{
	return LBCTL_OK;
}

bool __wrap_nl_changed(void)
{
	return false;
}

void __wrap_nl_unwatch(void)
{
}

static void run_line(char *line)
{
	struct word_list list = { NULL };
	bool json;
	int rc;

	printf("> %s", line);
	fflush(stdout);
	parse_words(line, &list);
	json = !strcmp(*list.word, "-j");
	if (**list.word == '-' && !json)
		rc = ipvs_run("", list.n, list.word);
	else
		rc = words_run("", list.n - json, list.word + json, json);
	if (rc)
		printf("exit %d\n", rc);
	fflush(stdout);
	free(list.word);
}

/* What is there, and behind "> " what reads it. */
static int test_reads(void)
{
	char line[4096];

	put_info(&there);
	while (fgets(line, sizeof(line), stdin)) {
		if (*line == '>')
			run_line(line + 2);
		else if (compile_line(&there, line))
			return 1;
	}
	batch_free(&there);
	return 0;
}

/* Of which lines nothing can be seen any more after which later ones. */
static int test_lost(void)
{
	struct batch b = { NULL };
	char line[4096];
	size_t i, later;

	while (fgets(line, sizeof(line), stdin))
		if (compile_line(&b, line))
			return 1;
	for (i = 0; i < b.n; i++) {
		printf("%zu", i + 1);
		for (later = i + 1; later < b.n; later++)
			if (lost_hides(batch_msg(&b, i), batch_msg(&b, later)))
				printf(" %zu", later + 1);
		putchar('\n');
	}
	batch_free(&b);
	return 0;
}

static const struct {
	const char	*name;
	int		(*run)(void);
} tests[] = {
	{ "compile", test_compile },
	{ "names", test_names },
	{ "spec", test_spec },
	{ "options", test_options },
	{ "listing", test_listing },
	{ "conns", test_conns },
	{ "unknown", test_unknown },
	{ "hosts", test_hosts },
	{ "events", test_events },
	{ "reads", test_reads },
	{ "lost", test_lost },
};

int main(int argc, char **argv)
{
	size_t i;

	/* Messages stand among what they are about. */
	dup2(STDOUT_FILENO, STDERR_FILENO);
	for (i = 0; argc == 2 && i < sizeof(tests) / sizeof(*tests); i++)
		if (!strcmp(argv[1], tests[i].name))
			return tests[i].run();
	return 2;
}
