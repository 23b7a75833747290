// SPDX-License-Identifier: GPL-2.0-only
/* Packets of all services are dropped for a while, so that they come again.
 *
 * Without lb the host would take the packets that clients and real servers send
 * for its own, and answer them with resets.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "child.h"
#include "diag.h"
#include "hold.h"
#include "model.h"

#define TABLE	"inet lb_upgrade"
#define FTP	21

/* Sets of what is dropped. */
enum set {
	SET_MARK,	/* mark */
	SET_TO4,	/* address, protocol, port */
	SET_TO6,
	SET_ALL_TO4,	/* address, protocol */
	SET_ALL_TO6,
	SET_FROM4,	/* likewise */
	SET_FROM6,
	SET_ALL_FROM4,
	SET_ALL_FROM6,
	SETS,
};

static const struct {
	const char	*name;
	const char	*type;
	const char	*match;
} sets[SETS] = {
	{ "marks", "mark", "meta mark" },
	{ "to4", "ipv4_addr . inet_proto . inet_service",
	  "ip daddr . meta l4proto . th dport" },
	{ "to6", "ipv6_addr . inet_proto . inet_service",
	  "ip6 daddr . meta l4proto . th dport" },
	{ "all_to4", "ipv4_addr . inet_proto", "ip daddr . meta l4proto" },
	{ "all_to6", "ipv6_addr . inet_proto", "ip6 daddr . meta l4proto" },
	{ "from4", "ipv4_addr . inet_proto . inet_service",
	  "ip saddr . meta l4proto . th sport" },
	{ "from6", "ipv6_addr . inet_proto . inet_service",
	  "ip6 saddr . meta l4proto . th sport" },
	{ "all_from4", "ipv4_addr . inet_proto", "ip saddr . meta l4proto" },
	{ "all_from6", "ipv6_addr . inet_proto", "ip6 saddr . meta l4proto" },
};

/* The elements of one set, as text. */
struct list {
	char	*text;
	size_t	len;
	FILE	*out;
};

static void add(struct list *list, const char *text)
{
	fprintf(list->out, "%s%s", ftell(list->out) ? ", " : "", text);
}

/* All ports, if port is 0. */
static void add_end(struct list *lists, enum set set, const struct endpoint *ep,
		    unsigned int protocol, unsigned int port)
{
	char addr[INET6_ADDRSTRLEN];
	char text[128];

	inet_ntop(ep->family, &ep->addr, addr, sizeof(addr));
	if (port)
		snprintf(text, sizeof(text), "%s . %u . %u", addr, protocol,
			 port);
	else
		snprintf(text, sizeof(text), "%s . %u", addr, protocol);
	set += ep->family == AF_INET6;
	if (!port)
		set += SET_ALL_TO4 - SET_TO4;
	add(&lists[set], text);
}

/* What its clients send; FTP is asked for data at other ports, too. */
static void add_service(struct list *lists, const struct service *svc)
{
	const uint32_t mark = model_num(svc, LB_A_SERVICE_FWMARK);
	const uint32_t port = model_num(svc, LB_A_SERVICE_PORT);
	struct endpoint ep;
	char text[32];

	if (mark) {
		snprintf(text, sizeof(text), "%u", mark);
		add(&lists[SET_MARK], text);
		return;
	}
	ep = model_get_end(&spec_service_end, svc->val, svc->given);
	add_end(lists, SET_TO4, &ep, model_num(svc, LB_A_SERVICE_PROTOCOL),
		port == FTP ? 0 : port);
}

/* What real servers answer by NAT. */
static void add_dest(struct list *lists, const struct service *svc,
		     const struct dest *dest)
{
	static const uint8_t all[] = { IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP };
	const uint32_t protocol = model_num(svc, LB_A_SERVICE_PROTOCOL);
	uint32_t port = dest->val[LB_A_DEST_PORT].num;
	struct endpoint ep;
	size_t i;

	if (dest->val[LB_A_DEST_FORWARD].num != LB_FORWARD_NAT)
		return;
	ep = model_get_end(&spec_dest_end, dest->val, dest->given);
	if (model_num(svc, LB_A_SERVICE_PORT) == FTP)
		port = 0;
	for (i = 0; i < sizeof(all); i++)
		if (!protocol || protocol == all[i])
			add_end(lists, SET_FROM4, &ep, all[i], port);
}

static void print_sets(FILE *out, const struct list *lists)
{
	int i;

	for (i = 0; i < SETS; i++)
		if (lists[i].len)
			fprintf(out, "set %s { type %s; elements = { %s } }\n",
				sets[i].name, sets[i].type, lists[i].text);
}

static void print_rules(FILE *out, const struct list *lists)
{
	int i;

	for (i = 0; i < SETS; i++)
		if (lists[i].len)
			fprintf(out, "%s @%s drop\n", sets[i].match,
				sets[i].name);
}

/*
 * One transaction; a table that somebody left is gone. After marks were set,
 * so that services by mark are known.
 */
static void print_table(FILE *out, const struct list *lists)
{
	fprintf(out, "table " TABLE "\ndelete table " TABLE "\n"
		"table " TABLE " {\n");
	print_sets(out, lists);
	fprintf(out, "chain in {\ntype filter hook prerouting priority -140;\n");
	print_rules(out, lists);
	fprintf(out, "}\nchain out {\ntype filter hook output priority -140;\n");
	print_rules(out, lists);
	fprintf(out, "}\n}\n");
}

static int feed(const char *what, FILE *in)
{
	static const char *const argv[] = { "nft", "-f", "-", NULL };

	if (fflush(in) || lseek(fileno(in), 0, SEEK_SET))
		return diag_refused("%s: %s", what, strerror(errno));
	if (!child_run(argv, fileno(in)))
		return LBCTL_OK;
	return diag_refused("%s: nft cannot hold packets back (is nftables installed?)",
			    what);
}

int hold_begin(const char *what)
{
	struct list lists[SETS] = { { NULL } };
	struct service_list services;
	size_t i, n;
	FILE *in;
	int rc;

	rc = model_read_services(what, NULL, true, &services);
	if (rc)
		return rc;
	for (i = 0; i < SETS; i++)
		lists[i].out = open_memstream(&lists[i].text, &lists[i].len);
	for (i = 0; i < services.n; i++) {
		add_service(lists, &services.service[i]);
		for (n = 0; n < services.service[i].n_dests; n++)
			add_dest(lists, &services.service[i],
				 &services.service[i].dest[n]);
	}
	for (i = 0; i < SETS; i++)
		fclose(lists[i].out);
	in = tmpfile();
	if (in)
		print_table(in, lists);
	rc = in ? feed(what, in) :
		  diag_refused("%s: %s", what, strerror(errno));
	if (in)
		fclose(in);
	for (i = 0; i < SETS; i++)
		free(lists[i].text);
	model_free(&services);
	return rc;
}

int hold_end(const char *what)
{
	static const char *const argv[] = {
		"nft", "delete", "table", "inet", "lb_upgrade", NULL
	};

	if (!child_run(argv, -1))
		return LBCTL_OK;
	return diag_refused("%s: packets are still held back: nft delete table "
			    TABLE, what);
}
