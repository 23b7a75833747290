// SPDX-License-Identifier: GPL-2.0-only
/* Values that must be refused, and those that do not go together. */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/lb.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>

#include "badnl.h"
#include "badreq.h"

/* A value that is refused in an otherwise good request. */
static const struct bad_value {
	const char	*name;
	uint8_t		cmd;
	bool		in_dest;
	uint16_t	type;
	uint32_t	value;
	int		error;
	const char	*attr;
} bad_values[] = {
	{ "family 0", LB_CMD_SERVICE_SET, false, LB_A_SERVICE_FAMILY, 0,
	  EAFNOSUPPORT, "family" },
	{ "family of no address", LB_CMD_SERVICE_SET, false,
	  LB_A_SERVICE_FAMILY, AF_INET6, EINVAL, "family" },
	{ "family AF_UNIX in flush", LB_CMD_FLUSH, false, LB_A_SERVICE_FAMILY,
	  AF_UNIX, EAFNOSUPPORT, "family" },
	{ "protocol 0", LB_CMD_SERVICE_SET, false, LB_A_SERVICE_PROTOCOL, 0,
	  EINVAL, "protocol" },
	{ "protocol ICMP", LB_CMD_SERVICE_SET, false, LB_A_SERVICE_PROTOCOL,
	  IPPROTO_ICMP, EINVAL, "protocol" },
	{ "protocol ESP", LB_CMD_SERVICE_SET, false, LB_A_SERVICE_PROTOCOL,
	  IPPROTO_ESP, EINVAL, "protocol" },
	{ "protocol 255", LB_CMD_DEST_SET, false, LB_A_SERVICE_PROTOCOL, 255,
	  EINVAL, "protocol" },
	{ "service address 0", LB_CMD_SERVICE_SET, false, LB_A_SERVICE_ADDR4,
	  0, EINVAL, "addr4" },
	{ "persistence above 31 days", LB_CMD_SERVICE_SET, false,
	  LB_A_SERVICE_PERSIST_TIMEOUT, 2678401, EINVAL, "persist-timeout" },
	{ "persistence of 2^32 - 1", LB_CMD_SERVICE_SET, false,
	  LB_A_SERVICE_PERSIST_TIMEOUT, UINT32_MAX, EINVAL, "persist-timeout" },
	{ "a service's tcp-timeout above 31 days", LB_CMD_SERVICE_SET, false,
	  LB_A_SERVICE_TCP_TIMEOUT, 2678401, ERANGE, "tcp-timeout" },
	{ "a service's tcp-fin-timeout above 31 days", LB_CMD_SERVICE_SET,
	  false, LB_A_SERVICE_TCP_FIN_TIMEOUT, 2678401, ERANGE,
	  "tcp-fin-timeout" },
	{ "a service's udp-timeout of 2^32 - 1", LB_CMD_SERVICE_SET, false,
	  LB_A_SERVICE_UDP_TIMEOUT, UINT32_MAX, ERANGE, "udp-timeout" },
	{ "scheduler flag beyond the last", LB_CMD_SERVICE_SET, false,
	  LB_A_SERVICE_SCHED_FLAGS, LB_SCHED_FLAG_MASK + 1, EINVAL,
	  "sched-flags" },
	{ "scheduler flags of 2^32 - 1", LB_CMD_SERVICE_SET, false,
	  LB_A_SERVICE_SCHED_FLAGS, UINT32_MAX, EINVAL, "sched-flags" },
	{ "forward beyond the last", LB_CMD_DEST_SET, true, LB_A_DEST_FORWARD,
	  LB_FORWARD_MAX + 1, ERANGE, "dest.forward" },
	{ "forward 255", LB_CMD_SERVICE_SET, true, LB_A_DEST_FORWARD, 255,
	  ERANGE, "dest.forward" },
	{ "weight 2^31", LB_CMD_DEST_SET, true, LB_A_DEST_WEIGHT, 1u << 31,
	  ERANGE, "dest.weight" },
	{ "weight 2^32 - 1", LB_CMD_SERVICE_SET, true, LB_A_DEST_WEIGHT,
	  UINT32_MAX, ERANGE, "dest.weight" },
	{ "lower above upper", LB_CMD_DEST_SET, true,
	  LB_A_DEST_LOWER_THRESHOLD, 21, ERANGE, "dest.lower-threshold" },
	{ "server address 0", LB_CMD_DEST_SET, true, LB_A_DEST_ADDR4, 0,
	  EINVAL, "dest.addr4" },
	{ "server address multicast", LB_CMD_DEST_SET, true, LB_A_DEST_ADDR4,
	  0xe0000001, EINVAL, "dest.addr4" },
	{ "server address broadcast", LB_CMD_SERVICE_SET, true,
	  LB_A_DEST_ADDR4, UINT32_MAX, EINVAL, "dest.addr4" },
	{ "tcp-timeout 0", LB_CMD_CONFIG_SET, false, LB_A_CONFIG_TCP_TIMEOUT,
	  0, ERANGE, "tcp-timeout" },
	{ "tcp-fin-timeout 0", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_TCP_FIN_TIMEOUT, 0, ERANGE, "tcp-fin-timeout" },
	{ "udp-timeout 0", LB_CMD_CONFIG_SET, false, LB_A_CONFIG_UDP_TIMEOUT,
	  0, ERANGE, "udp-timeout" },
	{ "tcp-timeout above 31 days", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_TCP_TIMEOUT, 2678401, ERANGE, "tcp-timeout" },
	{ "tcp-fin-timeout above 31 days", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_TCP_FIN_TIMEOUT, 2678401, ERANGE, "tcp-fin-timeout" },
	{ "client's prefix too long", LB_CMD_CONN_FLUSH, false,
	  LB_A_CONN_CLIENT_PLEN, 33, EINVAL, "client-plen" },
	{ "state beyond the last", LB_CMD_CONN_FLUSH, false, LB_A_CONN_STATE,
	  LB_STATE_MAX + 1, ERANGE, "state" },
	{ "udp-timeout of 2^32 - 1", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_UDP_TIMEOUT, UINT32_MAX, ERANGE, "udp-timeout" },
	{ "run-estimation 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_RUN_ESTIMATION, 2, ERANGE, "run-estimation" },
	{ "conn-reuse-mode 4", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_CONN_REUSE_MODE, 4, ERANGE, "conn-reuse-mode" },
	{ "expire-nodest-conn 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_EXPIRE_NODEST_CONN, 2, ERANGE, "expire-nodest-conn" },
	{ "sloppy-tcp 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_SLOPPY_TCP, 2, ERANGE, "sloppy-tcp" },
	{ "sloppy-sctp 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_SLOPPY_SCTP, 2, ERANGE, "sloppy-sctp" },
	{ "snat-reroute 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_SNAT_REROUTE, 2, ERANGE, "snat-reroute" },
	{ "nat-icmp-send 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_NAT_ICMP_SEND, 2, ERANGE, "nat-icmp-send" },
	{ "ignore-tunneled 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_IGNORE_TUNNELED, 2, ERANGE, "ignore-tunneled" },
	{ "pmtu-disc 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_PMTU_DISC, 2, ERANGE, "pmtu-disc" },
	{ "schedule-icmp 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_SCHEDULE_ICMP, 2, ERANGE, "schedule-icmp" },
	{ "cache-bypass 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_CACHE_BYPASS, 2, ERANGE, "cache-bypass" },
	{ "conntrack 2", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_CONNTRACK, 2, ERANGE, "conntrack" },
	{ "amemthresh 2^31", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_AMEMTHRESH, 1u << 31, ERANGE, "amemthresh" },
	{ "am-droprate 2^31", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_AM_DROPRATE, 1u << 31, ERANGE, "am-droprate" },
	{ "drop-entry 4", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_DROP_ENTRY, 4, ERANGE, "drop-entry" },
	{ "drop-packet 4", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_DROP_PACKET, 4, ERANGE, "drop-packet" },
	{ "secure-tcp 2^32 - 1", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_SECURE_TCP, UINT32_MAX, ERANGE, "secure-tcp" },
	{ "conn-max above 2^30", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_CONN_MAX, (1u << 30) + 1, ERANGE, "conn-max" },
	{ "expire-quiescent-template 2^32 - 1", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_EXPIRE_QUIESCENT_TEMPLATE, UINT32_MAX, ERANGE,
	  "expire-quiescent-template" },
	{ "lblc-expiration 0", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_LBLC_EXPIRATION, 0, ERANGE, "lblc-expiration" },
	{ "lblcr-expiration above 31 days", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_LBLCR_EXPIRATION, 2678401, ERANGE, "lblcr-expiration" },
	{ "mh-table-size 0", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_MH_TABLE_SIZE, 0, ERANGE, "mh-table-size" },
	{ "mh-table-size 1", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_MH_TABLE_SIZE, 1, ERANGE, "mh-table-size" },
	{ "mh-table-size that is no prime", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_MH_TABLE_SIZE, 65536, EINVAL, "mh-table-size" },
	{ "mh-table-size above the greatest", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_MH_TABLE_SIZE, 16777259, ERANGE, "mh-table-size" },
	{ "mh-table-size of 2^32 - 1", LB_CMD_CONFIG_SET, false,
	  LB_A_CONFIG_MH_TABLE_SIZE, UINT32_MAX, ERANGE, "mh-table-size" },
};

static void set_value(struct field *field, uint32_t value)
{
	uint8_t small = value;

	if (field->type == LB_A_DEST_ADDR4 && field->in_dest)
		value = htonl(value);
	if (field->len == sizeof(small))
		memcpy(field->data, &small, sizeof(small));
	else
		memcpy(field->data, &value, sizeof(value));
}

static void test_values(void)
{
	const struct bad_value *bad;
	struct request req;

	for (bad = bad_values; bad < bad_values + ARRAY_SIZE(bad_values);
	     bad++) {
		req = good_request(bad->cmd);
		if (bad->cmd != LB_CMD_FLUSH)
			req.flags = NLM_F_CREATE;
		set_value(find_field(&req, bad->in_dest, bad->type),
			  bad->value);
		expect_refused(bad->name, &req, bad->error, bad->attr);
	}
}

static struct request with_scheduler(const char *name, uint16_t len)
{
	struct request req = good_request(LB_CMD_SERVICE_SET);
	struct field *field;

	field = find_field(&req, false, LB_A_SERVICE_SCHEDULER);
	field->len = len;
	memcpy(field->data, name, len);
	return req;
}

static void test_scheduler(void)
{
	struct request req = with_scheduler("nosuch", 7);

	expect_refused("no such scheduler", &req, ENOENT, "scheduler");
	req = with_scheduler("wrr", 3);
	expect_refused("scheduler's name without an end", &req, EINVAL,
		       "scheduler");
	req = with_scheduler("0123456789abcdef", 17);
	expect_refused("scheduler's name too long", &req, EINVAL, "scheduler");
	req = with_scheduler("", 1);
	expect_refused("scheduler's name empty", &req, ENOENT, "scheduler");
	req = with_scheduler("", 0);
	expect_refused("scheduler without a value", &req, EINVAL, "scheduler");
}

static void test_mark(void)
{
	struct request req = by_mark(LB_CMD_SERVICE_SET, 0);

	req.flags = NLM_F_CREATE;
	expect_refused("mark 0", &req, EINVAL, "fwmark");
	req = by_mark(LB_CMD_SERVICE_SET, 5);
	req.flags = NLM_F_CREATE;
	drop_field(&req, &req.field[0]);
	expect_refused("mark without family", &req, EINVAL, "family");
	req = good_request(LB_CMD_SERVICE_SET);
	add_u32(&req, false, LB_A_SERVICE_FWMARK, 5);
	expect_refused("mark beside protocol", &req, EINVAL, "protocol");
	req = by_mark(LB_CMD_SERVICE_SET, 5);
	add_be16(&req, false, LB_A_SERVICE_PORT, 80);
	expect_refused("mark beside port", &req, EINVAL, "port");
}

/* An otherwise good request of an IPv6 service with another address. */
static struct request by_addr6(uint8_t cmd, const char *addr)
{
	struct request req = good_request(cmd);
	struct in6_addr addr6;

	inet_pton(AF_INET6, addr, &addr6);
	set_value(find_field(&req, false, LB_A_SERVICE_FAMILY), AF_INET6);
	drop_field(&req, find_field(&req, false, LB_A_SERVICE_ADDR4));
	add_data(&req, false, LB_A_SERVICE_ADDR6, &addr6, sizeof(addr6));
	req.flags = NLM_F_CREATE;
	return req;
}

static void expect_dest6_refused(const char *name, const char *addr)
{
	struct request req = good_request(LB_CMD_DEST_SET);
	struct in6_addr addr6;

	inet_pton(AF_INET6, addr, &addr6);
	drop_field(&req, find_field(&req, true, LB_A_DEST_ADDR4));
	add_data(&req, true, LB_A_DEST_ADDR6, &addr6, sizeof(addr6));
	find_field(&req, true, LB_A_DEST_FORWARD)->data[0] = LB_FORWARD_TUN;
	req.flags = NLM_F_CREATE;
	expect_refused(name, &req, EINVAL, "dest.addr6");
}

static void test_ipv6(void)
{
	struct request req = good_request(LB_CMD_SERVICE_SET);
	uint8_t cmd = LB_CMD_SERVICE_SET;

	add_u8(&req, false, LB_A_SERVICE_PERSIST_PLEN6, 64);
	expect_refused("IPv6 prefix of an IPv4 service", &req, EINVAL,
		       "persist-plen6");
	req = by_addr6(cmd, "2001:db8::1");
	expect_refused("IPv4 mask of an IPv6 service", &req, EINVAL,
		       "persist-mask4");
	drop_field(&req, find_field(&req, false, LB_A_SERVICE_PERSIST_MASK4));
	expect_refused("IPv4 server of an IPv6 service by NAT", &req, EINVAL,
		       "dest.addr4");
	add_u8(&req, false, LB_A_SERVICE_PERSIST_PLEN6, 0);
	expect_refused("IPv6 prefix of 0 bits", &req, EINVAL,
		       "persist-plen6");
	set_value(find_field(&req, false, LB_A_SERVICE_PERSIST_PLEN6), 129);
	expect_refused("IPv6 prefix of 129 bits", &req, EINVAL,
		       "persist-plen6");
	req = by_addr6(cmd, "2001:db8::1");
	add_u32(&req, false, LB_A_SERVICE_ADDR4, htonl(VIP));
	expect_refused("two service addresses", &req, EINVAL, "addr6");
	req = by_addr6(cmd, "::");
	expect_refused("service address ::", &req, EINVAL, "addr6");
	req = by_addr6(LB_CMD_SERVICE_DEL, "2001:db8::1");
	expect_refused("no such IPv6 service", &req, ESRCH, NULL);

	expect_dest6_refused("server address ::", "::");
	expect_dest6_refused("IPv6 server address multicast", "ff02::1");
	expect_dest6_refused("IPv6 server address of a link", "fe80::1");
}

static void test_one_packet(void)
{
	struct request req = good_request(LB_CMD_SERVICE_SET);

	req.flags = NLM_F_CREATE;
	add_u8(&req, false, LB_A_SERVICE_ONE_PACKET, 1);
	expect_refused("one packet of TCP", &req, EINVAL, "one-packet");
	find_field(&req, false, LB_A_SERVICE_PROTOCOL)->data[0] = IPPROTO_UDP;
	find_field(&req, false, LB_A_SERVICE_ONE_PACKET)->data[0] = 2;
	expect_refused("two packets", &req, ERANGE, "one-packet");
}

static void test_policy(void)
{
	struct request req = good_request(LB_CMD_SERVICE_SET);
	const char *what = "attribute beyond its values";

	req.flags = NLM_F_CREATE;
	add_u8(&req, false, LB_A_SERVICE_MSS_CLAMP, 2);
	expect_refused(what, &req, ERANGE, "mss-clamp");
	find_field(&req, false, LB_A_SERVICE_MSS_CLAMP)->data[0] = 1;
	find_field(&req, false, LB_A_SERVICE_PROTOCOL)->data[0] = IPPROTO_UDP;
	expect_refused("MSS of UDP", &req, EINVAL, "mss-clamp");

	req = good_request(LB_CMD_SERVICE_SET);
	req.flags = NLM_F_CREATE;
	add_u8(&req, false, LB_A_SERVICE_TUN_DF, LB_TUNNEL_DF_MAX + 1);
	expect_refused(what, &req, ERANGE, "tun-df");
	find_field(&req, false, LB_A_SERVICE_TUN_DF)->data[0] = 255;
	expect_refused(what, &req, ERANGE, "tun-df");

	req = good_request(LB_CMD_SERVICE_SET);
	req.flags = NLM_F_CREATE;
	add_u32(&req, false, LB_A_SERVICE_MTU, 67);
	expect_refused("MTU of 67", &req, ERANGE, "mtu");
	set_value(find_field(&req, false, LB_A_SERVICE_MTU), 65536);
	expect_refused("MTU of 65536", &req, ERANGE, "mtu");
	set_value(find_field(&req, false, LB_A_SERVICE_MTU), UINT32_MAX);
	expect_refused("MTU of 2^32 - 1", &req, ERANGE, "mtu");
}

static void test_marks(void)
{
	struct nla_bitfield32 mark = { .value = 2, .selector = 1 };
	struct request req = good_request(LB_CMD_SERVICE_SET);
	struct field *field;

	req.flags = NLM_F_CREATE;
	add_data(&req, false, LB_A_SERVICE_MARK, &mark, sizeof(mark));
	expect_refused("mark outside of its mask", &req, EINVAL, "mark");
	field = find_field(&req, false, LB_A_SERVICE_MARK);
	memset(field->data + sizeof(mark.value), 0, sizeof(mark.selector));
	expect_refused("mark without a mask", &req, EINVAL, "mark");

	req = good_request(LB_CMD_SERVICE_SET);
	req.flags = NLM_F_CREATE;
	add_data(&req, false, LB_A_SERVICE_REPLY_MARK, &mark, sizeof(mark));
	expect_refused("reply-mark outside of its mask", &req, EINVAL,
		       "reply-mark");
	field = find_field(&req, false, LB_A_SERVICE_REPLY_MARK);
	field->len = sizeof(mark.value);
	expect_refused("half a mark", &req, ERANGE, "reply-mark");
}

static void test_pe(void)
{
	struct request req = good_request(LB_CMD_SERVICE_SET);

	req.flags = NLM_F_CREATE;
	add_data(&req, false, LB_A_SERVICE_PE, "sip", sizeof("sip"));
	expect_refused("sip of TCP", &req, EINVAL, "pe");
	set_value(find_field(&req, false, LB_A_SERVICE_PERSIST_TIMEOUT), 0);
	expect_refused("engine without persistence", &req, EINVAL, "pe");
	find_field(&req, false, LB_A_SERVICE_PE)->data[0] = 'S';
	expect_refused("no such engine", &req, ENOENT, "pe");
}

/* Existence: which errno means what is part of the contract. */
static void test_flags(void)
{
	struct request req = good_request(LB_CMD_SERVICE_SET);

	req.flags = NLM_F_CREATE | NLM_F_EXCL;
	expect_refused("service exists", &req, EEXIST, NULL);
	find_field(&req, false, LB_A_SERVICE_PORT)->data[1] = 81;
	req.flags = 0;
	expect_refused("no such service to change", &req, ESRCH, NULL);

	req = good_request(LB_CMD_DEST_SET);
	req.flags = NLM_F_CREATE | NLM_F_EXCL;
	expect_refused("real server exists", &req, EEXIST, NULL);
	find_field(&req, true, LB_A_DEST_PORT)->data[1] = 81;
	req.flags = 0;
	expect_refused("no such real server to change", &req, ENOENT, NULL);
	find_field(&req, false, LB_A_SERVICE_PORT)->data[1] = 81;
	req.flags = NLM_F_CREATE;
	expect_refused("no such service to add to", &req, ESRCH, NULL);

	req = good_request(LB_CMD_DEST_DEL);
	find_field(&req, true, LB_A_DEST_PORT)->data[1] = 81;
	expect_refused("no such real server to remove", &req, ENOENT, NULL);
	find_field(&req, false, LB_A_SERVICE_PORT)->data[1] = 81;
	expect_refused("no such service to remove from", &req, ESRCH, NULL);

	req = good_request(LB_CMD_SERVICE_DEL);
	find_field(&req, false, LB_A_SERVICE_PORT)->data[1] = 81;
	expect_refused("no such service to delete", &req, ESRCH, NULL);
	req = by_mark(LB_CMD_SERVICE_DEL, 99);
	expect_refused("no such mark to delete", &req, ESRCH, NULL);
	req = by_mark(LB_CMD_ZERO, 99);
	expect_refused("no such mark to zero", &req, ESRCH, NULL);
	req = by_mark(LB_CMD_SERVICE_GET, 99);
	expect_refused("no such mark to read", &req, ESRCH, NULL);
	req = by_mark(LB_CMD_DEST_GET, 99);
	req.flags = NLM_F_DUMP;
	expect_refused("no such mark to list", &req, ESRCH, NULL);
}

static void test_dest(void)
{
	static const uint16_t read_only[] = {
		LB_A_DEST_ACTIVE_CONNS, LB_A_DEST_INACTIVE_CONNS,
		LB_A_DEST_PERSIST_CONNS,
	};
	struct request req = good_request(LB_CMD_DEST_SET);
	char title[128];
	char name[64];
	size_t i;

	for (i = 0; i < ARRAY_SIZE(read_only); i++) {
		req = good_request(LB_CMD_DEST_SET);
		add_u32(&req, true, read_only[i], 1);
		field_name(&req, &req.field[req.n - 1], name, sizeof(name));
		snprintf(title, sizeof(title), "%s written", name);
		expect_refused(title, &req, EINVAL, name);
	}

	req = good_request(LB_CMD_DEST_SET);
	add_u32(&req, true, 100, 1);
	expect_refused("unknown attribute of a dest", &req, EINVAL, "dest.100");
	req = good_request(LB_CMD_DEST_SET);
	req.plain_nest = true;
	expect_refused("dest not marked as nested", &req, EINVAL, "dest");
	req = good_request(LB_CMD_DEST_SET);
	while (req.n && req.field[req.n - 1].in_dest)
		req.n--;
	expect_refused("dest missing", &req, EINVAL, "dest");
	req.cmd = LB_CMD_DEST_DEL;
	expect_refused("dest to remove missing", &req, EINVAL, "dest");

	req = good_request(LB_CMD_DEST_SET);
	req.flags = NLM_F_CREATE;
	find_field(&req, true, LB_A_DEST_PORT)->data[1] = 81;
	find_field(&req, true, LB_A_DEST_FORWARD)->data[0] = LB_FORWARD_DR;
	expect_refused("dr to another port", &req, EINVAL, "dest.port");
}

/* A service whose second dest is bad must not keep the first. */
static void test_all_or_nothing(void)
{
	struct request req = good_request(LB_CMD_SERVICE_SET);
	const uint32_t server = htonl(SERVER + 1);
	struct batch b = { NULL };
	struct nlattr *nest;
	struct nlmsghdr *nlh;

	req.flags = NLM_F_CREATE | NLM_F_REPLACE;
	build(&b, &nl, &req);
	nlh = batch_room(&b);
	nest = mnl_attr_nest_start(nlh, LB_A_SERVICE_DEST);
	mnl_attr_put_u32(nlh, LB_A_DEST_ADDR4, server);
	mnl_attr_put_u32(nlh, LB_A_DEST_WEIGHT, UINT32_MAX);
	mnl_attr_nest_end(nlh, nest);
	expect_msg_refused("second dest is bad", nlh, ERANGE, "dest.weight");
	batch_free(&b);

	build(&b, &nl, &req);
	nlh = batch_room(&b);
	nest = mnl_attr_nest_start(nlh, LB_A_SERVICE_DEST);
	mnl_attr_put_u32(nlh, LB_A_DEST_ADDR4, htonl(SERVER));
	mnl_attr_put_u16(nlh, LB_A_DEST_PORT, htons(80));
	mnl_attr_nest_end(nlh, nest);
	expect_msg_refused("same dest twice", nlh, EEXIST, NULL);
	batch_free(&b);
}

static void test_port_zero(void)
{
	struct request req = good_request(LB_CMD_SERVICE_SET);

	req.flags = NLM_F_CREATE;
	find_field(&req, false, LB_A_SERVICE_PORT)->data[1] = 0;
	set_value(find_field(&req, false, LB_A_SERVICE_PERSIST_TIMEOUT), 0);
	expect_refused("port 0 without persistence", &req, EINVAL, "port");
}

/* Refuse a filter by service with another value, or without if it is 0. */
static void test_service_filter(const char *name, uint16_t type, uint8_t value,
				const char *attr)
{
	struct request req = { LB_CMD_CONN_FLUSH };
	struct batch b = { NULL };
	struct nlmsghdr *nlh;
	struct nlattr *nest;

	build(&b, &nl, &req);
	nlh = batch_room(&b);
	nest = mnl_attr_nest_start(nlh, LB_A_CONN_SERVICE);
	mnl_attr_put_u32(nlh, LB_A_SERVICE_ADDR4, htonl(VIP));
	if (type != LB_A_SERVICE_PROTOCOL)
		mnl_attr_put_u8(nlh, LB_A_SERVICE_PROTOCOL, IPPROTO_TCP);
	if (type != LB_A_SERVICE_PORT)
		mnl_attr_put_u16(nlh, LB_A_SERVICE_PORT, htons(80));
	if (value)
		mnl_attr_put_u8(nlh, type, value);
	mnl_attr_nest_end(nlh, nest);
	expect_msg_refused(name, nlh, EINVAL, attr);
	batch_free(&b);
}

/* Which connections are meant. */
static void test_filter(void)
{
	static const uint8_t addr6[16] = { 0x20, 0x01 };
	struct request req = good_request(LB_CMD_CONN_FLUSH);

	drop_field(&req, find_field(&req, false, LB_A_CONN_CLIENT_ADDR4));
	expect_refused("prefix length without address", &req, EINVAL,
		       "client-addr4");
	add_data(&req, false, LB_A_CONN_CLIENT_ADDR6, addr6, sizeof(addr6));
	set_value(find_field(&req, false, LB_A_CONN_CLIENT_PLEN), 129);
	expect_refused("IPv6 prefix too long", &req, EINVAL, "client-plen");

	req = good_request(LB_CMD_CONN_FLUSH);
	add_data(&req, false, LB_A_CONN_CLIENT_ADDR6, addr6, sizeof(addr6));
	expect_refused("two client addresses", &req, EINVAL, "client-addr6");
	req = good_request(LB_CMD_CONN_FLUSH);
	add_data(&req, false, LB_A_CONN_DEST_ADDR6, addr6, sizeof(addr6));
	expect_refused("two server addresses", &req, EINVAL, "dest-addr6");
	req = good_request(LB_CMD_CONN_FLUSH);
	add_u32(&req, false, LB_A_CONN_EXPIRES, 1);
	expect_refused("filter by what is only read", &req, EINVAL, "expires");

	test_service_filter("filter by service without port",
			    LB_A_SERVICE_PORT, 0, "service.port");
	test_service_filter("filter by service without protocol",
			    LB_A_SERVICE_PROTOCOL, 0, "service.protocol");
	test_service_filter("filter by service of protocol 255",
			    LB_A_SERVICE_PROTOCOL, 255, "service.protocol");
	test_service_filter("filter by service with a scheduler",
			    LB_A_SERVICE_SCHEDULER, 1, "service.scheduler");
}

void test_bad_values(void)
{
	test_values();
	test_scheduler();
	test_mark();
	test_one_packet();
	test_pe();
	test_policy();
	test_marks();
	test_port_zero();
	test_ipv6();
	test_dest();
	test_filter();
	test_all_or_nothing();
	test_flags();
}
