// SPDX-License-Identifier: GPL-2.0-only
/* Why may clients get no answer? What this host can tell. */
#include <arpa/inet.h>
#include <libmnl/libmnl.h>
#include <linux/neighbour.h>
#include <linux/rtnetlink.h>
#include <net/if.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <unistd.h>

#include "check.h"
#include "diag.h"
#include "json.h"
#include "mem.h"
#include "nl.h"
#include "wshow.h"

struct check {
	const char		*text;		/* the command */
	struct service_list	list;
	unsigned int		**waiting;	/* by the servers */
	const struct service	*svc;		/* what is looked at */
	const struct dest	*dest;		/* NULL: the service itself */
	struct mnl_socket	*sock;		/* of routes and neighbours */
	json_t			*array;		/* NULL: print lines */
	bool			found;
	int			rc;
};

/* Where packets to an address go. */
struct way {
	struct endpoint	hop;			/* the next one */
	unsigned int	oif;
	bool		routed;			/* by a router */
	uint8_t		type;			/* RTN_*, or 0 */
	char		dev[IF_NAMESIZE];
};

static void __attribute__((format(printf, 3, 4)))
tell(struct check *k, const char *cause, const char *fmt, ...)
{
	char *about = NULL, *text = NULL;
	size_t size;
	json_t *object;
	va_list ap;
	FILE *out;

	va_start(ap, fmt);
	out = open_memstream(&about, &size);
	if (!out || vasprintf(&text, fmt, ap) < 0)
		exit(diag_refused("out of memory"));
	va_end(ap);
	if (k->svc)
		wshow_key(out, k->svc, k->dest);
	fclose(out);

	k->found = true;
	if (k->array) {
		object = json_object();
		json_object_set_new(object, "about", json_string(about));
		json_object_set_new(object, "cause", json_string(cause));
		json_object_set_new(object, "text", json_string(text));
		json_array_append_new(k->array, object);
	} else {
		printf("%s%s%s: %s\n", about, *about ? ": " : "", cause, text);
	}
	free(about);
	free(text);
}

/* The answer to a request, or NULL if the kernel has none. */
static const struct nlmsghdr *ask(struct check *k, struct nlmsghdr *req,
				  uint16_t answer)
{
	static char buf[16384];
	const struct nlmsghdr *nlh = (const struct nlmsghdr *)buf;
	int len;

	req->nlmsg_flags = NLM_F_REQUEST;
	if (mnl_socket_sendto(k->sock, req, req->nlmsg_len) < 0)
		return NULL;
	len = mnl_socket_recvfrom(k->sock, buf, sizeof(buf));
	return mnl_nlmsg_ok(nlh, len) && nlh->nlmsg_type == answer ? nlh : NULL;
}

static size_t address_size(const struct endpoint *ep)
{
	return ep->family == AF_INET6 ? sizeof(ep->addr.v6) :
					sizeof(ep->addr.v4);
}

static void read_hop(const struct nlattr *attr, struct way *way)
{
	const struct rtvia *via = mnl_attr_get_payload(attr);
	const void *addr = via;

	if (mnl_attr_get_type(attr) == RTA_VIA) {
		way->hop.family = via->rtvia_family;
		addr = via->rtvia_addr;
	}
	way->routed = memcmp(&way->hop.addr, addr, address_size(&way->hop));
	memcpy(&way->hop.addr, addr, address_size(&way->hop));
}

static struct way find_way(struct check *k, const struct endpoint *to,
			   uint32_t mark)
{
	struct way way = { .hop = *to };
	char buf[256];
	struct nlmsghdr *req = mnl_nlmsg_put_header(buf);
	const struct nlmsghdr *nlh;
	const struct nlattr *attr;
	struct rtmsg *rtm;

	req->nlmsg_type = RTM_GETROUTE;
	rtm = mnl_nlmsg_put_extra_header(req, sizeof(*rtm));
	rtm->rtm_family = to->family;
	rtm->rtm_dst_len = address_size(to) * 8;
	mnl_attr_put(req, RTA_DST, address_size(to), &to->addr);
	if (mark)
		mnl_attr_put_u32(req, RTA_MARK, mark);

	nlh = ask(k, req, RTM_NEWROUTE);
	if (!nlh)
		return way;
	way.type = ((struct rtmsg *)mnl_nlmsg_get_payload(nlh))->rtm_type;
	mnl_attr_for_each(attr, nlh, sizeof(*rtm)) {
		if (mnl_attr_get_type(attr) == RTA_OIF)
			way.oif = mnl_attr_get_u32(attr);
		if (mnl_attr_get_type(attr) == RTA_GATEWAY ||
		    mnl_attr_get_type(attr) == RTA_VIA)
			read_hop(attr, &way);
	}
	if (!if_indextoname(way.oif, way.dev))
		snprintf(way.dev, sizeof(way.dev), "?");
	return way;
}

/* Was the next hop asked for its link address, in vain so far? */
static bool is_silent(struct check *k, const struct way *way)
{
	const uint16_t silent = NUD_FAILED | NUD_INCOMPLETE;
	char buf[256];
	struct nlmsghdr *req = mnl_nlmsg_put_header(buf);
	const struct nlmsghdr *nlh;
	struct ndmsg *ndm;

	req->nlmsg_type = RTM_GETNEIGH;
	ndm = mnl_nlmsg_put_extra_header(req, sizeof(*ndm));
	ndm->ndm_family = way->hop.family;
	ndm->ndm_ifindex = way->oif;
	mnl_attr_put(req, NDA_DST, address_size(&way->hop), &way->hop.addr);

	nlh = ask(k, req, RTM_NEWNEIGH);
	return nlh && ((struct ndmsg *)mnl_nlmsg_get_payload(nlh))->ndm_state &
		      silent;
}

static bool has_carrier(const char *dev)
{
	int fd = socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
	struct ifreq ifr = { .ifr_flags = 0 };
	int err;

	snprintf(ifr.ifr_name, sizeof(ifr.ifr_name), "%s", dev);
	err = ioctl(fd, SIOCGIFFLAGS, &ifr);
	close(fd);
	return err || ifr.ifr_flags & IFF_RUNNING;
}

/* The setting without which packets from a device are not forwarded. */
static bool is_off(char *name, size_t size, const struct way *way)
{
	const bool ipv6 = way->hop.family == AF_INET6;
	char path[64 + IF_NAMESIZE];
	FILE *file;
	int c;

	snprintf(name, size, ipv6 ? "net.ipv6.conf.all.forwarding" :
				    "net.ipv4.conf.%s.forwarding", way->dev);
	snprintf(path, sizeof(path), "/proc/sys/net/ipv%c/conf/%s/forwarding",
		 ipv6 ? '6' : '4', ipv6 ? "all" : way->dev);
	file = fopen(path, "r");
	c = file ? fgetc(file) : '1';
	if (file)
		fclose(file);
	return c == '0';
}

static void check_way(struct check *k, const struct way *way, uint8_t forward)
{
	char hop[ENDPOINT_STRLEN], name[64 + IF_NAMESIZE];

	inet_ntop(way->hop.family, &way->hop.addr, hop, sizeof(hop));
	if (way->type != RTN_UNICAST) {
		tell(k, "no-route", "there is no route to the server");
		return;
	}
	if (!has_carrier(way->dev))
		tell(k, "no-carrier", "%s has no carrier", way->dev);
	else if (is_silent(k, way))
		tell(k, "no-neighbour", "%s does not answer on %s", hop,
		     way->dev);
	if (forward == LB_FORWARD_DR && way->routed)
		tell(k, "routed",
		     "the server is behind the router %s, where direct routing does not lead: use tun or nat",
		     hop);
	if (forward == LB_FORWARD_NAT && is_off(name, sizeof(name), way))
		tell(k, "no-forwarding", "%s is 0, so answers are dropped here",
		     name);
}

/* As the key of an object, or as that of one for every port. */
static void *find(void *objects, size_t n, size_t size, void *key,
		  union value *port, int (*compare)(const void *, const void *))
{
	void *found = NULL;

	if (n)
		found = bsearch(key, objects, n, size, compare);
	if (!found && n && port->num) {
		port->num = 0;
		found = bsearch(key, objects, n, size, compare);
	}
	return found;
}

/* A connection waits for the server, or for the client to go on. */
static void count_waiting(const struct nlmsghdr *nlh, void *arg)
{
	struct service wanted = { .given = 0 }, *svc;
	struct dest server = { .given = 0 }, *dest;
	struct check *k = arg;
	struct endpoint ep;
	struct conn conn;

	model_get_conn(nlh, &conn);
	ep = model_get_end(&spec_conn_virtual_end, conn.val, conn.given);
	if (conn.val[LB_A_CONN_FWMARK].num)
		model_set_mark(&wanted, conn.val[LB_A_CONN_FWMARK].num,
			       ep.family);
	else
		model_set_key(&wanted, conn.val[LB_A_CONN_PROTOCOL].num, &ep);
	svc = find(k->list.service, k->list.n, sizeof(*svc), &wanted,
		   &wanted.val[LB_A_SERVICE_PORT], model_compare_keys);
	if (!svc)
		return;
	ep = model_get_end(&spec_conn_dest_end, conn.val, conn.given);
	model_set_address(&server, &ep);
	dest = find(svc->dest, svc->n_dests, sizeof(*dest), &server,
		    &server.val[LB_A_DEST_PORT], model_compare_dests);
	if (dest)
		k->waiting[svc - k->list.service][dest - svc->dest]++;
}

static void read_waiting(struct check *k, const struct service *key)
{
	struct conn filter = { .given = BIT(LB_A_CONN_STATE) };
	struct batch b = { .text = k->text };
	size_t i, n;

	k->waiting = mem_array(NULL, k->list.n, sizeof(*k->waiting));
	for (i = 0; i < k->list.n; i++) {
		n = k->list.service[i].n_dests;
		k->waiting[i] = mem_array(NULL, n, sizeof(**k->waiting));
		if (n)
			memset(k->waiting[i], 0, n * sizeof(**k->waiting));
	}
	if (key) {
		filter.service = *key;
		filter.given |= BIT(LB_A_CONN_SERVICE);
	}
	filter.val[LB_A_CONN_STATE].num = LB_STATE_SYN_RECV;
	model_conn_cmd(&b, LB_CMD_CONN_GET, NLM_F_DUMP, &filter);
	k->rc = nl_ask(&b, count_waiting, k, NULL);
}

/* The last hint of all: what is sent there is lost there, or on its way. */
static void check_answers(struct check *k, uint8_t forward)
{
	static const char *const ask_for[] = {
		[LB_FORWARD_NAT] = "a way to clients through this host",
		[LB_FORWARD_DR] = "the virtual address, and a way to clients past this host",
		[LB_FORWARD_TUN] = "a tunnel device that is up with rp_filter 0, the virtual address, and a way to clients past this host",
	};
	const unsigned int n =
		k->waiting[k->svc - k->list.service][k->dest - k->svc->dest];

	/* These are active, too. */
	if (n && n >= k->dest->val[LB_A_DEST_ACTIVE_CONNS].num)
		tell(k, "no-answer",
		     "connections in syn-recv: %u, in use: none; does the server listen, and have %s?",
		     n, ask_for[forward]);
}

static void check_dest(struct check *k)
{
	const struct endpoint ep = model_get_end(&spec_dest_end, k->dest->val,
						 k->dest->given);
	const uint8_t forward = k->dest->val[LB_A_DEST_FORWARD].num;
	const bool found = k->found;
	struct way way;

	way = find_way(k, &ep, model_num(k->svc, LB_A_SERVICE_MARK));
	if (way.type == RTN_LOCAL)
		return;
	k->found = false;
	check_way(k, &way, forward);
	if (!k->found)
		check_answers(k, forward);
	k->found |= found;
}

static void check_address(struct check *k)
{
	struct endpoint ep;
	struct way way;

	if (model_num(k->svc, LB_A_SERVICE_FWMARK))
		return;
	ep = model_get_end(&spec_service_end, k->svc->val, k->svc->given);
	way = find_way(k, &ep, 0);
	if (way.type != RTN_LOCAL && way.type != RTN_ANYCAST)
		tell(k, "not-local",
		     "this host does not have the address, so packets for it are not delivered here");
}

static void check_service(struct check *k, const struct service *svc)
{
	uint64_t weights = 0;
	size_t i;

	k->svc = svc;
	k->dest = NULL;
	check_address(k);
	for (i = 0; i < svc->n_dests; i++)
		weights |= svc->dest[i].val[LB_A_DEST_WEIGHT].num;
	if (!weights)
		tell(k, "no-dest", "no real server has a weight above 0");
	for (i = 0; i < svc->n_dests; i++) {
		k->dest = &svc->dest[i];
		check_dest(k);
	}
}

static void check_all(struct check *k, const struct service *key)
{
	size_t i;

	k->rc = model_read_services(k->text, key, true, &k->list);
	if (k->rc)
		return;
	model_sort(&k->list);
	read_waiting(k, key);
	if (!k->rc && !k->list.n)
		tell(k, "no-service",
		     "this network namespace has no services");
	for (i = 0; i < k->list.n; i++) {
		if (!k->rc)
			check_service(k, &k->list.service[i]);
		free(k->waiting[i]);
	}
	free(k->waiting);
	model_free(&k->list);
}

int check_run(const char *text, struct cursor *c, bool json)
{
	struct service room = { .given = 0 };
	struct check k = { .text = text };
	const bool one = wparse_peek(c);

	k.rc = one ? wparse_key(c, &room) ?: wparse_end(c) : LBCTL_OK;
	if (k.rc)
		return k.rc;
	k.sock = mnl_socket_open(NETLINK_ROUTE);
	if (!k.sock || mnl_socket_bind(k.sock, 0, MNL_SOCKET_AUTOPID))
		return diag_refused("%s: no netlink socket", text);
	k.array = json ? json_array() : NULL;
	check_all(&k, one ? &room : NULL);
	mnl_socket_close(k.sock);
	if (json)
		json_print(k.array);
	json_decref(k.array);
	return k.found ? LBCTL_REFUSED : k.rc;
}
