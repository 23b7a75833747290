// SPDX-License-Identifier: GPL-2.0-only
/* The attributes of Documentation/netlink/specs/lb.yaml by name and type. */
#include <assert.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/lb.h>
#include <stdio.h>

#include "spec.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const forward_names[] = {
	[LB_FORWARD_NAT]	= "nat",
	[LB_FORWARD_DR]		= "dr",
	[LB_FORWARD_TUN]	= "tun",
};

static const char *const tunnel_type_names[] = {
	[LB_TUNNEL_TYPE_IPIP]	= "ipip",
	[LB_TUNNEL_TYPE_GRE]	= "gre",
	[LB_TUNNEL_TYPE_GUE]	= "gue",
};

static const char *const tunnel_checksum_names[] = {
	[LB_TUNNEL_CHECKSUM_NONE]	= "none",
	[LB_TUNNEL_CHECKSUM_FULL]	= "full",
	[LB_TUNNEL_CHECKSUM_REMOTE]	= "remote",
};

static const char *const tunnel_df_names[] = {
	[LB_TUNNEL_DF_DEFAULT]	= "default",
	[LB_TUNNEL_DF_INHERIT]	= "inherit",
	[LB_TUNNEL_DF_SET]	= "set",
	[LB_TUNNEL_DF_UNSET]	= "unset",
};

/* By number of the bit. */
static const char *const sched_flag_names[] = {
	"fallback", "port", "third",
};

static const char *const state_names[] = {
	[LB_STATE_NONE]		= "none",
	[LB_STATE_ESTABLISHED]	= "established",
	[LB_STATE_SYN_SENT]	= "syn-sent",
	[LB_STATE_SYN_RECV]	= "syn-recv",
	[LB_STATE_FIN_WAIT]	= "fin-wait",
	[LB_STATE_TIME_WAIT]	= "time-wait",
	[LB_STATE_CLOSE]	= "close",
	[LB_STATE_CLOSE_WAIT]	= "close-wait",
	[LB_STATE_LAST_ACK]	= "last-ack",
	[LB_STATE_LISTEN]	= "listen",
	[LB_STATE_SYNACK]	= "synack",
	[LB_STATE_UDP]		= "udp",
	[LB_STATE_SCTP_INIT1]			= "sctp-init1",
	[LB_STATE_SCTP_INIT]			= "sctp-init",
	[LB_STATE_SCTP_COOKIE_SENT]		= "sctp-cookie-sent",
	[LB_STATE_SCTP_COOKIE_REPLIED]		= "sctp-cookie-replied",
	[LB_STATE_SCTP_COOKIE_WAIT]		= "sctp-cookie-wait",
	[LB_STATE_SCTP_COOKIE]			= "sctp-cookie",
	[LB_STATE_SCTP_COOKIE_ECHOED]		= "sctp-cookie-echoed",
	[LB_STATE_SCTP_ESTABLISHED]		= "sctp-established",
	[LB_STATE_SCTP_SHUTDOWN_SENT]		= "sctp-shutdown-sent",
	[LB_STATE_SCTP_SHUTDOWN_RECEIVED]	= "sctp-shutdown-received",
	[LB_STATE_SCTP_SHUTDOWN_ACK_SENT]	= "sctp-shutdown-ack-sent",
	[LB_STATE_SCTP_REJECTED]		= "sctp-rejected",
	[LB_STATE_SCTP_CLOSED]			= "sctp-closed",
};

static const char *const drop_names[] = {
	[LB_DROP_NO_DEST]		= "no-dest",
	[LB_DROP_DEST_GONE]		= "dest-gone",
	[LB_DROP_NO_MEMORY]		= "no-memory",
	[LB_DROP_CLASH]			= "clash",
	[LB_DROP_NO_ROUTE]		= "no-route",
	[LB_DROP_LOCAL_CROSSING]	= "local-crossing",
	[LB_DROP_TTL]			= "ttl",
	[LB_DROP_TOO_BIG]		= "too-big",
	[LB_DROP_ICMP]			= "icmp",
	[LB_DROP_DEFENCE]		= "defence",
	[LB_DROP_CONN_MAX]		= "conn-max",
	[LB_DROP_NO_CONN]		= "no-conn",
	[LB_DROP_TRACKED]		= "tracked",
	[LB_DROP_FRAGMENT]		= "fragment",
	[LB_DROP_MERGED]		= "merged",
	[LB_DROP_LOOP]			= "loop",
	[LB_DROP_POLICY]		= "policy",
};

static const char *const fastpath_names[] = {
	[LB_FASTPATH_AUTO]	= "auto",
	[LB_FASTPATH_ON]	= "on",
	[LB_FASTPATH_OFF]	= "off",
};

static const char *const path_names[] = {
	[LB_PATH_FAST]		= "fast",
	[LB_PATH_OFF]		= "off",
	[LB_PATH_FOREIGN_HOOK]	= "foreign-hook",
	[LB_PATH_LOCAL]		= "local",
	[LB_PATH_NEW]		= "new",
	[LB_PATH_STATE]		= "state",
	[LB_PATH_ICMP]		= "icmp",
	[LB_PATH_FRAGMENT]	= "fragment",
	[LB_PATH_OPTIONS]	= "options",
	[LB_PATH_WAY]		= "way",
	[LB_PATH_OTHER]		= "other",
	[LB_PATH_PROTOCOL]	= "protocol",
};

static_assert(ARRAY_SIZE(forward_names) == LB_FORWARD_MAX + 1, "spec");
static_assert(ARRAY_SIZE(tunnel_type_names) == LB_TUNNEL_TYPE_MAX + 1, "spec");
static_assert(ARRAY_SIZE(tunnel_checksum_names) == LB_TUNNEL_CHECKSUM_MAX + 1,
	      "spec");
static_assert(ARRAY_SIZE(tunnel_df_names) == LB_TUNNEL_DF_MAX + 1, "spec");
static_assert((1 << ARRAY_SIZE(sched_flag_names)) == LB_SCHED_FLAG_MASK + 1,
	      "spec");
static_assert(ARRAY_SIZE(state_names) == LB_STATE_MAX + 1, "spec");
static_assert(ARRAY_SIZE(drop_names) == LB_DROP_MAX + 1, "spec");
static_assert(ARRAY_SIZE(fastpath_names) == LB_FASTPATH_MAX + 1, "spec");
static_assert(ARRAY_SIZE(path_names) == LB_PATH_MAX + 1, "spec");

#define ENUM_OF(names, last)	.type = SPEC_ENUM, .values = (names), \
				.n_values = (last) + 1
#define FLAGS_OF(names)	.type = SPEC_FLAGS, .values = (names), \
				.n_values = ARRAY_SIZE(names)
#define NEST_OF(set)		.type = SPEC_NEST, .nested = &(set)
#define SYSCTL(name)		(name), .type = SPEC_U32, .sysctl = true
#define SET_OF(attrs, last)	{ .attr = (attrs), .max = (last) }

static const struct spec_attr stats_attrs[LB_A_STATS_MAX + 1] = {
	[LB_A_STATS_PAD]		= { "pad", .type = SPEC_PAD },
	[LB_A_STATS_CONNS]		= { "conns", .type = SPEC_U64 },
	[LB_A_STATS_IN_PACKETS]		= { "in-packets", .type = SPEC_U64 },
	[LB_A_STATS_OUT_PACKETS]	= { "out-packets", .type = SPEC_U64 },
	[LB_A_STATS_IN_BYTES]		= { "in-bytes", .type = SPEC_U64 },
	[LB_A_STATS_OUT_BYTES]		= { "out-bytes", .type = SPEC_U64 },
	[LB_A_STATS_CONNS_RATE]		= { "conns-rate", .type = SPEC_U64 },
	[LB_A_STATS_IN_PACKETS_RATE]	= { "in-packets-rate",
					    .type = SPEC_U64 },
	[LB_A_STATS_OUT_PACKETS_RATE]	= { "out-packets-rate",
					    .type = SPEC_U64 },
	[LB_A_STATS_IN_BYTES_RATE]	= { "in-bytes-rate", .type = SPEC_U64 },
	[LB_A_STATS_OUT_BYTES_RATE]	= { "out-bytes-rate",
					    .type = SPEC_U64 },
};

const struct spec_set spec_stats = SET_OF(stats_attrs, LB_A_STATS_MAX);

static const struct spec_attr dest_attrs[LB_A_DEST_MAX + 1] = {
	[LB_A_DEST_ADDR4]		= { "addr4", .type = SPEC_ADDR4 },
	[LB_A_DEST_PORT]		= { "port", .type = SPEC_PORT },
	[LB_A_DEST_FORWARD]		= { "forward",
					    ENUM_OF(forward_names,
						    LB_FORWARD_MAX) },
	[LB_A_DEST_WEIGHT]		= { "weight", .type = SPEC_U32 },
	[LB_A_DEST_UPPER_THRESHOLD]	= { "upper-threshold",
					    .type = SPEC_U32 },
	[LB_A_DEST_LOWER_THRESHOLD]	= { "lower-threshold",
					    .type = SPEC_U32 },
	[LB_A_DEST_ACTIVE_CONNS]	= { "active-conns", .type = SPEC_U32 },
	[LB_A_DEST_INACTIVE_CONNS]	= { "inactive-conns",
					    .type = SPEC_U32 },
	[LB_A_DEST_PERSIST_CONNS]	= { "persist-conns", .type = SPEC_U32 },
	[LB_A_DEST_STATS]		= { "stats", NEST_OF(spec_stats) },
	[LB_A_DEST_ADDR6]		= { "addr6", .type = SPEC_ADDR6 },
	[LB_A_DEST_TUN_TYPE]		= { "tun-type",
					    ENUM_OF(tunnel_type_names,
						    LB_TUNNEL_TYPE_MAX) },
	[LB_A_DEST_TUN_PORT]		= { "tun-port", .type = SPEC_PORT },
	[LB_A_DEST_TUN_CHECKSUM]	= { "tun-checksum",
					    ENUM_OF(tunnel_checksum_names,
						    LB_TUNNEL_CHECKSUM_MAX) },
};

const struct spec_set spec_dest = SET_OF(dest_attrs, LB_A_DEST_MAX);

static const struct spec_attr service_attrs[LB_A_SERVICE_MAX + 1] = {
	[LB_A_SERVICE_FAMILY]		= { "family", .type = SPEC_U8 },
	[LB_A_SERVICE_PROTOCOL]		= { "protocol", .type = SPEC_U8 },
	[LB_A_SERVICE_ADDR4]		= { "addr4", .type = SPEC_ADDR4 },
	[LB_A_SERVICE_PORT]		= { "port", .type = SPEC_PORT },
	[LB_A_SERVICE_FWMARK]		= { "fwmark", .type = SPEC_U32 },
	[LB_A_SERVICE_SCHEDULER]	= { "scheduler", .type = SPEC_STRING },
	[LB_A_SERVICE_PERSIST_TIMEOUT]	= { "persist-timeout",
					    .type = SPEC_U32 },
	[LB_A_SERVICE_PERSIST_MASK4]	= { "persist-mask4",
					    .type = SPEC_ADDR4 },
	[LB_A_SERVICE_DEST]		= { "dest", NEST_OF(spec_dest),
					    .multi = true },
	[LB_A_SERVICE_STATS]		= { "stats", NEST_OF(spec_stats) },
	[LB_A_SERVICE_ADDR6]		= { "addr6", .type = SPEC_ADDR6 },
	[LB_A_SERVICE_PERSIST_PLEN6]	= { "persist-plen6", .type = SPEC_U8 },
	[LB_A_SERVICE_TCP_TIMEOUT]	= { "tcp-timeout", .type = SPEC_U32 },
	[LB_A_SERVICE_TCP_FIN_TIMEOUT]	= { "tcp-fin-timeout",
					    .type = SPEC_U32 },
	[LB_A_SERVICE_UDP_TIMEOUT]	= { "udp-timeout", .type = SPEC_U32 },
	[LB_A_SERVICE_SCHED_FLAGS]	= { "sched-flags",
					    FLAGS_OF(sched_flag_names) },
	[LB_A_SERVICE_ONE_PACKET]	= { "one-packet", .type = SPEC_U8 },
	[LB_A_SERVICE_PE]		= { "pe", .type = SPEC_STRING },
	[LB_A_SERVICE_TUN_DF]		= { "tun-df",
					    ENUM_OF(tunnel_df_names,
						    LB_TUNNEL_DF_MAX) },
	[LB_A_SERVICE_MTU]		= { "mtu", .type = SPEC_U32 },
	[LB_A_SERVICE_MSS_CLAMP]	= { "mss-clamp", .type = SPEC_U8 },
};

const struct spec_set spec_service = SET_OF(service_attrs, LB_A_SERVICE_MAX);

static const struct spec_attr conn_attrs[LB_A_CONN_MAX + 1] = {
	[LB_A_CONN_FAMILY]		= { "family", .type = SPEC_U8 },
	[LB_A_CONN_PROTOCOL]		= { "protocol", .type = SPEC_U8 },
	[LB_A_CONN_CLIENT_ADDR4]	= { "client-addr4",
					    .type = SPEC_ADDR4 },
	[LB_A_CONN_CLIENT_PORT]		= { "client-port", .type = SPEC_PORT },
	[LB_A_CONN_VIRTUAL_ADDR4]	= { "virtual-addr4",
					    .type = SPEC_ADDR4 },
	[LB_A_CONN_VIRTUAL_PORT]	= { "virtual-port", .type = SPEC_PORT },
	[LB_A_CONN_DEST_ADDR4]		= { "dest-addr4", .type = SPEC_ADDR4 },
	[LB_A_CONN_DEST_PORT]		= { "dest-port", .type = SPEC_PORT },
	[LB_A_CONN_FWMARK]		= { "fwmark", .type = SPEC_U32 },
	[LB_A_CONN_FORWARD]		= { "forward",
					    ENUM_OF(forward_names,
						    LB_FORWARD_MAX) },
	[LB_A_CONN_STATE]		= { "state",
					    ENUM_OF(state_names,
						    LB_STATE_MAX) },
	[LB_A_CONN_EXPIRES]		= { "expires", .type = SPEC_U32 },
	[LB_A_CONN_TEMPLATE]		= { "template", .type = SPEC_FLAG },
	[LB_A_CONN_CLIENT_ADDR6]	= { "client-addr6",
					    .type = SPEC_ADDR6 },
	[LB_A_CONN_VIRTUAL_ADDR6]	= { "virtual-addr6",
					    .type = SPEC_ADDR6 },
	[LB_A_CONN_DEST_ADDR6]		= { "dest-addr6", .type = SPEC_ADDR6 },
	[LB_A_CONN_CLIENT_PLEN]		= { "client-plen", .type = SPEC_U8 },
	[LB_A_CONN_SERVICE]		= { "service",
					    NEST_OF(spec_service) },
	[LB_A_CONN_PE]			= { "pe", .type = SPEC_STRING },
	[LB_A_CONN_PE_DATA]		= { "pe-data", .type = SPEC_STRING },
};

const struct spec_set spec_conn = SET_OF(conn_attrs, LB_A_CONN_MAX);

static const struct spec_attr config_attrs[LB_A_CONFIG_MAX + 1] = {
	[LB_A_CONFIG_TCP_TIMEOUT]	= { "tcp-timeout", .type = SPEC_U32 },
	[LB_A_CONFIG_TCP_FIN_TIMEOUT]	= { "tcp-fin-timeout",
					    .type = SPEC_U32 },
	[LB_A_CONFIG_UDP_TIMEOUT]	= { "udp-timeout", .type = SPEC_U32 },
	[LB_A_CONFIG_FASTPATH]		= { "fastpath",
					    ENUM_OF(fastpath_names,
						    LB_FASTPATH_MAX) },
	[LB_A_CONFIG_RUN_ESTIMATION]	= { SYSCTL("run-estimation") },
	[LB_A_CONFIG_CONN_REUSE_MODE]	= { SYSCTL("conn-reuse-mode") },
	[LB_A_CONFIG_EXPIRE_NODEST_CONN] = { SYSCTL("expire-nodest-conn") },
	[LB_A_CONFIG_EXPIRE_QUIESCENT_TEMPLATE] = {
		SYSCTL("expire-quiescent-template")
	},
	[LB_A_CONFIG_SLOPPY_TCP]	= { SYSCTL("sloppy-tcp") },
	[LB_A_CONFIG_AMEMTHRESH]	= { SYSCTL("amemthresh") },
	[LB_A_CONFIG_AM_DROPRATE]	= { SYSCTL("am-droprate") },
	[LB_A_CONFIG_DROP_ENTRY]	= { SYSCTL("drop-entry") },
	[LB_A_CONFIG_DROP_PACKET]	= { SYSCTL("drop-packet") },
	[LB_A_CONFIG_SECURE_TCP]	= { SYSCTL("secure-tcp") },
	[LB_A_CONFIG_CONN_MAX]		= { SYSCTL("conn-max") },
	[LB_A_CONFIG_MH_TABLE_SIZE]	= { SYSCTL("mh-table-size") },
	[LB_A_CONFIG_LBLC_EXPIRATION]	= { SYSCTL("lblc-expiration") },
	[LB_A_CONFIG_LBLCR_EXPIRATION]	= { SYSCTL("lblcr-expiration") },
	[LB_A_CONFIG_SLOPPY_SCTP]	= { SYSCTL("sloppy-sctp") },
	[LB_A_CONFIG_SNAT_REROUTE]	= { SYSCTL("snat-reroute") },
	[LB_A_CONFIG_NAT_ICMP_SEND]	= { SYSCTL("nat-icmp-send") },
	[LB_A_CONFIG_IGNORE_TUNNELED]	= { SYSCTL("ignore-tunneled") },
	[LB_A_CONFIG_PMTU_DISC]		= { SYSCTL("pmtu-disc") },
	[LB_A_CONFIG_SCHEDULE_ICMP]	= { SYSCTL("schedule-icmp") },
	[LB_A_CONFIG_CACHE_BYPASS]	= { SYSCTL("cache-bypass") },
	[LB_A_CONFIG_CONNTRACK]		= { SYSCTL("conntrack") },
	[LB_A_CONFIG_SERVICE_MAX]	= { SYSCTL("service-max") },
	[LB_A_CONFIG_DEST_MAX]		= { SYSCTL("dest-max") },
	[LB_A_CONFIG_USER_CONN_MAX]	= { SYSCTL("user-conn-max") },
	[LB_A_CONFIG_USER_SERVICE_MAX]	= { SYSCTL("user-service-max") },
	[LB_A_CONFIG_USER_DEST_MAX]	= { SYSCTL("user-dest-max") },
};

const struct spec_set spec_config = SET_OF(config_attrs, LB_A_CONFIG_MAX);

static const struct spec_attr drop_count_attrs[LB_A_DROP_COUNT_MAX + 1] = {
	[LB_A_DROP_COUNT_PAD]		= { "pad", .type = SPEC_PAD },
	[LB_A_DROP_COUNT_REASON]	= { "reason",
					    ENUM_OF(drop_names,
						    LB_DROP_MAX) },
	[LB_A_DROP_COUNT_PACKETS]	= { "packets", .type = SPEC_U64 },
};

const struct spec_set spec_drop_count =
	SET_OF(drop_count_attrs, LB_A_DROP_COUNT_MAX);

static const struct spec_attr path_count_attrs[LB_A_PATH_COUNT_MAX + 1] = {
	[LB_A_PATH_COUNT_PAD]		= { "pad", .type = SPEC_PAD },
	[LB_A_PATH_COUNT_PATH]		= { "path",
					    ENUM_OF(path_names,
						    LB_PATH_MAX) },
	[LB_A_PATH_COUNT_PACKETS]	= { "packets", .type = SPEC_U64 },
};

const struct spec_set spec_path_count =
	SET_OF(path_count_attrs, LB_A_PATH_COUNT_MAX);

static const struct spec_attr info_attrs[LB_A_INFO_MAX + 1] = {
	[LB_A_INFO_VERSION]		= { "version", .type = SPEC_STRING },
	[LB_A_INFO_SERVICES]		= { "services", .type = SPEC_U32 },
	[LB_A_INFO_CONNS]		= { "conns", .type = SPEC_U32 },
	[LB_A_INFO_CONN_TABLE_SIZE]	= { "conn-table-size",
					    .type = SPEC_U32 },
	[LB_A_INFO_STATS]		= { "stats", NEST_OF(spec_stats) },
	[LB_A_INFO_DROP]		= { "drop", NEST_OF(spec_drop_count),
					    .multi = true },
	[LB_A_INFO_PATH]		= { "path", NEST_OF(spec_path_count),
					    .multi = true },
	[LB_A_INFO_SCHEDULER]		= { "scheduler", .type = SPEC_STRING,
					    .multi = true },
	[LB_A_INFO_PAD]			= { "pad", .type = SPEC_PAD },
	[LB_A_INFO_EVICTED]		= { "evicted", .type = SPEC_U64 },
};

const struct spec_set spec_info = SET_OF(info_attrs, LB_A_INFO_MAX);

static const struct {
	const char		*name;
	const struct spec_set	*set;
} cmds[LB_CMD_MAX + 1] = {
	[LB_CMD_SERVICE_GET]		= { "service-get", &spec_service },
	[LB_CMD_SERVICE_SET]		= { "service-set", &spec_service },
	[LB_CMD_SERVICE_DEL]		= { "service-del", &spec_service },
	[LB_CMD_SERVICE_NTF]		= { "service-ntf", &spec_service },
	[LB_CMD_SERVICE_DEL_NTF]	= { "service-del-ntf", &spec_service },
	[LB_CMD_DEST_GET]		= { "dest-get", &spec_service },
	[LB_CMD_DEST_SET]		= { "dest-set", &spec_service },
	[LB_CMD_DEST_DEL]		= { "dest-del", &spec_service },
	[LB_CMD_DEST_NTF]		= { "dest-ntf", &spec_service },
	[LB_CMD_DEST_DEL_NTF]		= { "dest-del-ntf", &spec_service },
	[LB_CMD_FLUSH]			= { "flush", &spec_service },
	[LB_CMD_ZERO]			= { "zero", &spec_service },
	[LB_CMD_CONN_GET]		= { "conn-get", &spec_conn },
	[LB_CMD_CONFIG_GET]		= { "config-get", &spec_config },
	[LB_CMD_CONFIG_SET]		= { "config-set", &spec_config },
	[LB_CMD_CONFIG_NTF]		= { "config-ntf", &spec_config },
	[LB_CMD_INFO_GET]		= { "info-get", &spec_info },
	[LB_CMD_CONN_FLUSH]		= { "conn-flush", &spec_conn },
};

const struct spec_attr *spec_attr(const struct spec_set *set, uint16_t type)
{
	if (type > set->max || !set->attr[type].name)
		return NULL;
	return &set->attr[type];
}

const struct spec_set *spec_cmd_set(uint8_t cmd)
{
	return cmd <= LB_CMD_MAX ? cmds[cmd].set : NULL;
}

const char *spec_cmd_name(uint8_t cmd)
{
	return cmd <= LB_CMD_MAX ? cmds[cmd].name : NULL;
}

const char *spec_name(const struct spec_set *set, uint16_t type, uint8_t value)
{
	const struct spec_attr *attr = spec_attr(set, type);

	return value < attr->n_values ? attr->values[value] : NULL;
}

const char *spec_forward_name(uint8_t value)
{
	return spec_name(&spec_dest, LB_A_DEST_FORWARD, value);
}

const char *spec_state_name(uint8_t value)
{
	return spec_name(&spec_conn, LB_A_CONN_STATE, value);
}

const char *spec_drop_name(uint8_t value)
{
	return spec_name(&spec_drop_count, LB_A_DROP_COUNT_REASON, value);
}

const char *spec_path_name(uint8_t value)
{
	return spec_name(&spec_path_count, LB_A_PATH_COUNT_PATH, value);
}

/* The innermost attribute that spans offset, and the path of names to it. */
struct attr_path {
	const struct spec_set	*set;
	const struct nlattr	*first;
	const char		*end;
	char			*buf;
	size_t			size;
	size_t			len;
};

static void path_append(struct attr_path *path, uint16_t type)
{
	const struct spec_attr *attr = NULL;
	const char *dot = path->len ? "." : "";
	char *to = path->buf + path->len;
	size_t room = path->size - path->len;
	int n;

	if (path->set)
		attr = spec_attr(path->set, type);
	if (attr)
		n = snprintf(to, room, "%s%s", dot, attr->name);
	else
		n = snprintf(to, room, "%s%u", dot, type);

	path->len += (size_t)n < room ? (size_t)n : room - 1;
	path->set = attr ? attr->nested : NULL;
}

/* Step into the attribute that spans at; false if none does. */
static bool path_descend(struct attr_path *path, const char *at)
{
	const struct nlattr *attr = path->first;
	const char *next;

	while (mnl_attr_ok(attr, path->end - (const char *)attr)) {
		next = (const char *)mnl_attr_next(attr);
		if (at < next) {
			path_append(path, mnl_attr_get_type(attr));
			path->first = mnl_attr_get_payload(attr);
			path->end = (const char *)attr + attr->nla_len;
			return at < (const char *)path->first;
		}
		attr = (const struct nlattr *)next;
	}
	return true;
}

bool spec_attr_at(const struct nlmsghdr *nlh, uint32_t offset,
		  uint16_t missing, char *buf, size_t size)
{
	const struct genlmsghdr *genl = mnl_nlmsg_get_payload(nlh);
	struct attr_path path = {
		.set	= spec_cmd_set(genl->cmd),
		.first	= mnl_nlmsg_get_payload_offset(nlh, sizeof(*genl)),
		.end	= mnl_nlmsg_get_payload_tail(nlh),
		.buf	= buf,
		.size	= size,
	};

	*buf = '\0';
	if (offset)
		while (path.set && !path_descend(&path,
						 (const char *)nlh + offset))
			;
	if (missing)
		path_append(&path, missing);
	return path.len;
}
