// SPDX-License-Identifier: GPL-2.0-only
/* Made by scripts/codegen from lb.yaml and words.yaml: do not edit. */
#include <assert.h>
#include <linux/lb.h>

#include "spec.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const sched_flag_values[] = {
	"fallback",
	"port",
	"third",
};
static_assert((1 << ARRAY_SIZE(sched_flag_values)) ==
	      LB_SCHED_FLAG_MASK + 1, "lb.yaml");

static const char *const forward_values[] = {
	"nat",
	"dr",
	"tun",
};
static_assert(ARRAY_SIZE(forward_values) ==
	      LB_FORWARD_MAX + 1, "lb.yaml");

static const char *const tunnel_type_values[] = {
	"ipip",
	"gre",
	"gue",
};
static_assert(ARRAY_SIZE(tunnel_type_values) ==
	      LB_TUNNEL_TYPE_MAX + 1, "lb.yaml");

static const char *const tunnel_checksum_values[] = {
	"none",
	"full",
	"remote",
};
static_assert(ARRAY_SIZE(tunnel_checksum_values) ==
	      LB_TUNNEL_CHECKSUM_MAX + 1, "lb.yaml");

static const char *const tunnel_df_values[] = {
	"default",
	"inherit",
	"set",
	"unset",
};
static_assert(ARRAY_SIZE(tunnel_df_values) ==
	      LB_TUNNEL_DF_MAX + 1, "lb.yaml");

static const char *const state_values[] = {
	"none",
	"established",
	"syn-sent",
	"syn-recv",
	"fin-wait",
	"time-wait",
	"close",
	"close-wait",
	"last-ack",
	"listen",
	"synack",
	"udp",
	"sctp-init1",
	"sctp-init",
	"sctp-cookie-sent",
	"sctp-cookie-replied",
	"sctp-cookie-wait",
	"sctp-cookie",
	"sctp-cookie-echoed",
	"sctp-established",
	"sctp-shutdown-sent",
	"sctp-shutdown-received",
	"sctp-shutdown-ack-sent",
	"sctp-rejected",
	"sctp-closed",
};
static_assert(ARRAY_SIZE(state_values) ==
	      LB_STATE_MAX + 1, "lb.yaml");

static const char *const drop_values[] = {
	"no-dest",
	"dest-gone",
	"no-memory",
	"clash",
	"no-route",
	"local-crossing",
	"ttl",
	"too-big",
	"icmp",
	"defence",
	"conn-max",
	"no-conn",
	"tracked",
	"fragment",
	"merged",
	"loop",
	"policy",
};
static_assert(ARRAY_SIZE(drop_values) ==
	      LB_DROP_MAX + 1, "lb.yaml");

static const char *const fastpath_values[] = {
	"auto",
	"on",
	"off",
};
static_assert(ARRAY_SIZE(fastpath_values) ==
	      LB_FASTPATH_MAX + 1, "lb.yaml");

static const char *const path_values[] = {
	"fast",
	"off",
	"foreign-hook",
	"local",
	"new",
	"state",
	"icmp",
	"fragment",
	"options",
	"way",
	"other",
	"protocol",
};
static_assert(ARRAY_SIZE(path_values) ==
	      LB_PATH_MAX + 1, "lb.yaml");

static const struct spec_attr service_attrs[] = {
	[LB_A_SERVICE_FAMILY] = { .name = "family", .type = SPEC_U8 },
	[LB_A_SERVICE_PROTOCOL] = { .name = "protocol", .type = SPEC_U8 },
	[LB_A_SERVICE_ADDR4] = { .name = "addr4", .type = SPEC_ADDR4 },
	[LB_A_SERVICE_PORT] = { .name = "port", .type = SPEC_PORT },
	[LB_A_SERVICE_FWMARK] = { .name = "fwmark", .type = SPEC_U32 },
	[LB_A_SERVICE_SCHEDULER] = {
		.name = "scheduler",
		.type = SPEC_STRING,
		.word = "scheduler",
		.what = "the name of a scheduler",
		.max = LB_SCHED_NAME_MAX,
		.always = true,
	},
	[LB_A_SERVICE_PERSIST_TIMEOUT] = {
		.name = "persist-timeout",
		.type = SPEC_U32,
		.word = "persistent",
	},
	[LB_A_SERVICE_PERSIST_MASK4] = {
		.name = "persist-mask4",
		.type = SPEC_ADDR4,
		.word = "mask",
	},
	[LB_A_SERVICE_DEST] = {
		.name = "dest",
		.type = SPEC_NEST,
		.nested = &spec_dest,
		.multi = true,
	},
	[LB_A_SERVICE_STATS] = {
		.name = "stats",
		.type = SPEC_NEST,
		.nested = &spec_stats,
	},
	[LB_A_SERVICE_ADDR6] = { .name = "addr6", .type = SPEC_ADDR6 },
	[LB_A_SERVICE_PERSIST_PLEN6] = {
		.name = "persist-plen6",
		.type = SPEC_U8,
	},
	[LB_A_SERVICE_TCP_TIMEOUT] = {
		.name = "tcp-timeout",
		.type = SPEC_U32,
		.word = "tcp-timeout",
		.hint = "a timeout",
	},
	[LB_A_SERVICE_TCP_FIN_TIMEOUT] = {
		.name = "tcp-fin-timeout",
		.type = SPEC_U32,
		.word = "tcp-fin-timeout",
		.hint = "a timeout",
	},
	[LB_A_SERVICE_UDP_TIMEOUT] = {
		.name = "udp-timeout",
		.type = SPEC_U32,
		.word = "udp-timeout",
		.hint = "a timeout",
	},
	[LB_A_SERVICE_SCHED_FLAGS] = {
		.name = "sched-flags",
		.type = SPEC_FLAGS,
		.values = sched_flag_values,
		.n_values = ARRAY_SIZE(sched_flag_values),
		.word = "sched-flags",
		.what = "flags like sh-port,sh-fallback",
	},
	[LB_A_SERVICE_ONE_PACKET] = {
		.name = "one-packet",
		.type = SPEC_SWITCH,
		.word = "one-packet",
	},
	[LB_A_SERVICE_PE] = {
		.name = "pe",
		.type = SPEC_STRING,
		.word = "pe",
		.what = "the name of a persistence engine, or off",
		.max = LB_PE_NAME_MAX,
	},
	[LB_A_SERVICE_TUN_DF] = {
		.name = "tun-df",
		.type = SPEC_ENUM,
		.values = tunnel_df_values,
		.n_values = ARRAY_SIZE(tunnel_df_values),
		.word = "tun-df",
	},
	[LB_A_SERVICE_MTU] = {
		.name = "mtu",
		.type = SPEC_U32,
		.word = "mtu",
		.max = 65535,
	},
	[LB_A_SERVICE_MSS_CLAMP] = {
		.name = "mss-clamp",
		.type = SPEC_SWITCH,
		.word = "mss-clamp",
	},
};

static const uint16_t service_settings[] = {
	LB_A_SERVICE_SCHEDULER,
	LB_A_SERVICE_SCHED_FLAGS,
	LB_A_SERVICE_PERSIST_TIMEOUT,
	LB_A_SERVICE_PERSIST_MASK4,
	LB_A_SERVICE_TCP_TIMEOUT,
	LB_A_SERVICE_TCP_FIN_TIMEOUT,
	LB_A_SERVICE_UDP_TIMEOUT,
	LB_A_SERVICE_ONE_PACKET,
	LB_A_SERVICE_PE,
	LB_A_SERVICE_TUN_DF,
	LB_A_SERVICE_MTU,
	LB_A_SERVICE_MSS_CLAMP,
};

const struct spec_set spec_service = {
	.attr = service_attrs,
	.max = LB_A_SERVICE_MAX,
	.settings = service_settings,
	.n_settings = ARRAY_SIZE(service_settings),
};

static const struct spec_attr dest_attrs[] = {
	[LB_A_DEST_ADDR4] = { .name = "addr4", .type = SPEC_ADDR4 },
	[LB_A_DEST_PORT] = { .name = "port", .type = SPEC_PORT },
	[LB_A_DEST_FORWARD] = {
		.name = "forward",
		.type = SPEC_ENUM,
		.values = forward_values,
		.n_values = ARRAY_SIZE(forward_values),
		.word = "",
		.always = true,
	},
	[LB_A_DEST_WEIGHT] = {
		.name = "weight",
		.type = SPEC_U32,
		.word = "weight",
		.always = true,
	},
	[LB_A_DEST_UPPER_THRESHOLD] = {
		.name = "upper-threshold",
		.type = SPEC_U32,
		.word = "upper",
	},
	[LB_A_DEST_LOWER_THRESHOLD] = {
		.name = "lower-threshold",
		.type = SPEC_U32,
		.word = "lower",
	},
	[LB_A_DEST_ACTIVE_CONNS] = { .name = "active-conns", .type = SPEC_U32 },
	[LB_A_DEST_INACTIVE_CONNS] = {
		.name = "inactive-conns",
		.type = SPEC_U32,
	},
	[LB_A_DEST_PERSIST_CONNS] = {
		.name = "persist-conns",
		.type = SPEC_U32,
	},
	[LB_A_DEST_STATS] = {
		.name = "stats",
		.type = SPEC_NEST,
		.nested = &spec_stats,
	},
	[LB_A_DEST_ADDR6] = { .name = "addr6", .type = SPEC_ADDR6 },
	[LB_A_DEST_TUN_TYPE] = {
		.name = "tun-type",
		.type = SPEC_ENUM,
		.values = tunnel_type_values,
		.n_values = ARRAY_SIZE(tunnel_type_values),
		.word = "tun-type",
	},
	[LB_A_DEST_TUN_PORT] = {
		.name = "tun-port",
		.type = SPEC_PORT,
		.word = "tun-port",
		.max = 65535,
	},
	[LB_A_DEST_TUN_CHECKSUM] = {
		.name = "tun-checksum",
		.type = SPEC_ENUM,
		.values = tunnel_checksum_values,
		.n_values = ARRAY_SIZE(tunnel_checksum_values),
		.word = "tun-checksum",
	},
};

static const uint16_t dest_settings[] = {
	LB_A_DEST_FORWARD,
	LB_A_DEST_TUN_TYPE,
	LB_A_DEST_TUN_PORT,
	LB_A_DEST_TUN_CHECKSUM,
	LB_A_DEST_WEIGHT,
	LB_A_DEST_UPPER_THRESHOLD,
	LB_A_DEST_LOWER_THRESHOLD,
};

const struct spec_set spec_dest = {
	.attr = dest_attrs,
	.max = LB_A_DEST_MAX,
	.settings = dest_settings,
	.n_settings = ARRAY_SIZE(dest_settings),
};

static const struct spec_attr stats_attrs[] = {
	[LB_A_STATS_PAD] = { .name = "pad", .type = SPEC_PAD },
	[LB_A_STATS_CONNS] = { .name = "conns", .type = SPEC_U64 },
	[LB_A_STATS_IN_PACKETS] = { .name = "in-packets", .type = SPEC_U64 },
	[LB_A_STATS_OUT_PACKETS] = { .name = "out-packets", .type = SPEC_U64 },
	[LB_A_STATS_IN_BYTES] = { .name = "in-bytes", .type = SPEC_U64 },
	[LB_A_STATS_OUT_BYTES] = { .name = "out-bytes", .type = SPEC_U64 },
	[LB_A_STATS_CONNS_RATE] = { .name = "conns-rate", .type = SPEC_U64 },
	[LB_A_STATS_IN_PACKETS_RATE] = {
		.name = "in-packets-rate",
		.type = SPEC_U64,
	},
	[LB_A_STATS_OUT_PACKETS_RATE] = {
		.name = "out-packets-rate",
		.type = SPEC_U64,
	},
	[LB_A_STATS_IN_BYTES_RATE] = {
		.name = "in-bytes-rate",
		.type = SPEC_U64,
	},
	[LB_A_STATS_OUT_BYTES_RATE] = {
		.name = "out-bytes-rate",
		.type = SPEC_U64,
	},
};

const struct spec_set spec_stats = {
	.attr = stats_attrs,
	.max = LB_A_STATS_MAX,
};

static const struct spec_attr conn_attrs[] = {
	[LB_A_CONN_FAMILY] = { .name = "family", .type = SPEC_U8 },
	[LB_A_CONN_PROTOCOL] = { .name = "protocol", .type = SPEC_U8 },
	[LB_A_CONN_CLIENT_ADDR4] = {
		.name = "client-addr4",
		.type = SPEC_ADDR4,
	},
	[LB_A_CONN_CLIENT_PORT] = { .name = "client-port", .type = SPEC_PORT },
	[LB_A_CONN_VIRTUAL_ADDR4] = {
		.name = "virtual-addr4",
		.type = SPEC_ADDR4,
	},
	[LB_A_CONN_VIRTUAL_PORT] = {
		.name = "virtual-port",
		.type = SPEC_PORT,
	},
	[LB_A_CONN_DEST_ADDR4] = { .name = "dest-addr4", .type = SPEC_ADDR4 },
	[LB_A_CONN_DEST_PORT] = { .name = "dest-port", .type = SPEC_PORT },
	[LB_A_CONN_FWMARK] = { .name = "fwmark", .type = SPEC_U32 },
	[LB_A_CONN_FORWARD] = {
		.name = "forward",
		.type = SPEC_ENUM,
		.values = forward_values,
		.n_values = ARRAY_SIZE(forward_values),
	},
	[LB_A_CONN_STATE] = {
		.name = "state",
		.type = SPEC_ENUM,
		.values = state_values,
		.n_values = ARRAY_SIZE(state_values),
	},
	[LB_A_CONN_EXPIRES] = { .name = "expires", .type = SPEC_U32 },
	[LB_A_CONN_TEMPLATE] = { .name = "template", .type = SPEC_FLAG },
	[LB_A_CONN_CLIENT_ADDR6] = {
		.name = "client-addr6",
		.type = SPEC_ADDR6,
	},
	[LB_A_CONN_VIRTUAL_ADDR6] = {
		.name = "virtual-addr6",
		.type = SPEC_ADDR6,
	},
	[LB_A_CONN_DEST_ADDR6] = { .name = "dest-addr6", .type = SPEC_ADDR6 },
	[LB_A_CONN_CLIENT_PLEN] = { .name = "client-plen", .type = SPEC_U8 },
	[LB_A_CONN_SERVICE] = {
		.name = "service",
		.type = SPEC_NEST,
		.nested = &spec_service,
	},
	[LB_A_CONN_PE] = { .name = "pe", .type = SPEC_STRING },
	[LB_A_CONN_PE_DATA] = { .name = "pe-data", .type = SPEC_STRING },
};

const struct spec_set spec_conn = {
	.attr = conn_attrs,
	.max = LB_A_CONN_MAX,
};

static const struct spec_attr config_attrs[] = {
	[LB_A_CONFIG_TCP_TIMEOUT] = {
		.name = "tcp-timeout",
		.type = SPEC_U32,
		.word = "tcp-timeout",
	},
	[LB_A_CONFIG_TCP_FIN_TIMEOUT] = {
		.name = "tcp-fin-timeout",
		.type = SPEC_U32,
		.word = "tcp-fin-timeout",
	},
	[LB_A_CONFIG_UDP_TIMEOUT] = {
		.name = "udp-timeout",
		.type = SPEC_U32,
		.word = "udp-timeout",
	},
	[LB_A_CONFIG_FASTPATH] = {
		.name = "fastpath",
		.type = SPEC_ENUM,
		.values = fastpath_values,
		.n_values = ARRAY_SIZE(fastpath_values),
		.word = "fastpath",
	},
	[LB_A_CONFIG_RUN_ESTIMATION] = {
		.name = "run-estimation",
		.type = SPEC_U32,
		.word = "run_estimation",
	},
	[LB_A_CONFIG_CONN_REUSE_MODE] = {
		.name = "conn-reuse-mode",
		.type = SPEC_U32,
		.word = "conn_reuse_mode",
	},
	[LB_A_CONFIG_EXPIRE_NODEST_CONN] = {
		.name = "expire-nodest-conn",
		.type = SPEC_U32,
		.word = "expire_nodest_conn",
	},
	[LB_A_CONFIG_EXPIRE_QUIESCENT_TEMPLATE] = {
		.name = "expire-quiescent-template",
		.type = SPEC_U32,
		.word = "expire_quiescent_template",
	},
	[LB_A_CONFIG_SLOPPY_TCP] = {
		.name = "sloppy-tcp",
		.type = SPEC_U32,
		.word = "sloppy_tcp",
	},
	[LB_A_CONFIG_AMEMTHRESH] = {
		.name = "amemthresh",
		.type = SPEC_U32,
		.word = "amemthresh",
	},
	[LB_A_CONFIG_AM_DROPRATE] = {
		.name = "am-droprate",
		.type = SPEC_U32,
		.word = "am_droprate",
	},
	[LB_A_CONFIG_DROP_ENTRY] = {
		.name = "drop-entry",
		.type = SPEC_U32,
		.word = "drop_entry",
	},
	[LB_A_CONFIG_DROP_PACKET] = {
		.name = "drop-packet",
		.type = SPEC_U32,
		.word = "drop_packet",
	},
	[LB_A_CONFIG_SECURE_TCP] = {
		.name = "secure-tcp",
		.type = SPEC_U32,
		.word = "secure_tcp",
	},
	[LB_A_CONFIG_CONN_MAX] = {
		.name = "conn-max",
		.type = SPEC_U32,
		.word = "conn_max",
	},
	[LB_A_CONFIG_MH_TABLE_SIZE] = {
		.name = "mh-table-size",
		.type = SPEC_U32,
		.word = "mh_table_size",
	},
	[LB_A_CONFIG_LBLC_EXPIRATION] = {
		.name = "lblc-expiration",
		.type = SPEC_U32,
		.word = "lblc_expiration",
	},
	[LB_A_CONFIG_LBLCR_EXPIRATION] = {
		.name = "lblcr-expiration",
		.type = SPEC_U32,
		.word = "lblcr_expiration",
	},
	[LB_A_CONFIG_SLOPPY_SCTP] = {
		.name = "sloppy-sctp",
		.type = SPEC_U32,
		.word = "sloppy_sctp",
	},
	[LB_A_CONFIG_SNAT_REROUTE] = {
		.name = "snat-reroute",
		.type = SPEC_U32,
		.word = "snat_reroute",
	},
	[LB_A_CONFIG_NAT_ICMP_SEND] = {
		.name = "nat-icmp-send",
		.type = SPEC_U32,
		.word = "nat_icmp_send",
	},
	[LB_A_CONFIG_IGNORE_TUNNELED] = {
		.name = "ignore-tunneled",
		.type = SPEC_U32,
		.word = "ignore_tunneled",
	},
	[LB_A_CONFIG_PMTU_DISC] = {
		.name = "pmtu-disc",
		.type = SPEC_U32,
		.word = "pmtu_disc",
	},
	[LB_A_CONFIG_SCHEDULE_ICMP] = {
		.name = "schedule-icmp",
		.type = SPEC_U32,
		.word = "schedule_icmp",
	},
	[LB_A_CONFIG_CACHE_BYPASS] = {
		.name = "cache-bypass",
		.type = SPEC_U32,
		.word = "cache_bypass",
	},
	[LB_A_CONFIG_CONNTRACK] = {
		.name = "conntrack",
		.type = SPEC_U32,
		.word = "conntrack",
	},
	[LB_A_CONFIG_SERVICE_MAX] = {
		.name = "service-max",
		.type = SPEC_U32,
		.word = "service_max",
	},
	[LB_A_CONFIG_DEST_MAX] = {
		.name = "dest-max",
		.type = SPEC_U32,
		.word = "dest_max",
	},
	[LB_A_CONFIG_USER_CONN_MAX] = {
		.name = "user-conn-max",
		.type = SPEC_U32,
		.word = "user_conn_max",
	},
	[LB_A_CONFIG_USER_SERVICE_MAX] = {
		.name = "user-service-max",
		.type = SPEC_U32,
		.word = "user_service_max",
	},
	[LB_A_CONFIG_USER_DEST_MAX] = {
		.name = "user-dest-max",
		.type = SPEC_U32,
		.word = "user_dest_max",
	},
	[LB_A_CONFIG_CONN_TABLE_MAX] = {
		.name = "conn-table-max",
		.type = SPEC_U32,
		.word = "conn_table_max",
	},
	[LB_A_CONFIG_WAY_MAX] = {
		.name = "way-max",
		.type = SPEC_U32,
		.word = "way_max",
	},
	[LB_A_CONFIG_USER_CONN_TABLE_MAX] = {
		.name = "user-conn-table-max",
		.type = SPEC_U32,
		.word = "user_conn_table_max",
	},
	[LB_A_CONFIG_USER_WAY_MAX] = {
		.name = "user-way-max",
		.type = SPEC_U32,
		.word = "user_way_max",
	},
};

static const uint16_t config_settings[] = {
	LB_A_CONFIG_TCP_TIMEOUT,
	LB_A_CONFIG_TCP_FIN_TIMEOUT,
	LB_A_CONFIG_UDP_TIMEOUT,
	LB_A_CONFIG_FASTPATH,
	LB_A_CONFIG_RUN_ESTIMATION,
	LB_A_CONFIG_CONN_REUSE_MODE,
	LB_A_CONFIG_EXPIRE_NODEST_CONN,
	LB_A_CONFIG_EXPIRE_QUIESCENT_TEMPLATE,
	LB_A_CONFIG_SLOPPY_TCP,
	LB_A_CONFIG_AMEMTHRESH,
	LB_A_CONFIG_AM_DROPRATE,
	LB_A_CONFIG_DROP_ENTRY,
	LB_A_CONFIG_DROP_PACKET,
	LB_A_CONFIG_SECURE_TCP,
	LB_A_CONFIG_CONN_MAX,
	LB_A_CONFIG_MH_TABLE_SIZE,
	LB_A_CONFIG_LBLC_EXPIRATION,
	LB_A_CONFIG_LBLCR_EXPIRATION,
	LB_A_CONFIG_SLOPPY_SCTP,
	LB_A_CONFIG_SNAT_REROUTE,
	LB_A_CONFIG_NAT_ICMP_SEND,
	LB_A_CONFIG_IGNORE_TUNNELED,
	LB_A_CONFIG_PMTU_DISC,
	LB_A_CONFIG_SCHEDULE_ICMP,
	LB_A_CONFIG_CACHE_BYPASS,
	LB_A_CONFIG_CONNTRACK,
	LB_A_CONFIG_SERVICE_MAX,
	LB_A_CONFIG_DEST_MAX,
	LB_A_CONFIG_USER_CONN_MAX,
	LB_A_CONFIG_USER_SERVICE_MAX,
	LB_A_CONFIG_USER_DEST_MAX,
	LB_A_CONFIG_CONN_TABLE_MAX,
	LB_A_CONFIG_WAY_MAX,
	LB_A_CONFIG_USER_CONN_TABLE_MAX,
	LB_A_CONFIG_USER_WAY_MAX,
};

const struct spec_set spec_config = {
	.attr = config_attrs,
	.max = LB_A_CONFIG_MAX,
	.settings = config_settings,
	.n_settings = ARRAY_SIZE(config_settings),
};

static const struct spec_attr info_attrs[] = {
	[LB_A_INFO_VERSION] = { .name = "version", .type = SPEC_STRING },
	[LB_A_INFO_SERVICES] = { .name = "services", .type = SPEC_U32 },
	[LB_A_INFO_CONNS] = { .name = "conns", .type = SPEC_U32 },
	[LB_A_INFO_CONN_TABLE_SIZE] = {
		.name = "conn-table-size",
		.type = SPEC_U32,
	},
	[LB_A_INFO_STATS] = {
		.name = "stats",
		.type = SPEC_NEST,
		.nested = &spec_stats,
	},
	[LB_A_INFO_DROP] = {
		.name = "drop",
		.type = SPEC_NEST,
		.nested = &spec_drop_count,
		.multi = true,
	},
	[LB_A_INFO_PATH] = {
		.name = "path",
		.type = SPEC_NEST,
		.nested = &spec_path_count,
		.multi = true,
	},
	[LB_A_INFO_SCHEDULER] = {
		.name = "scheduler",
		.type = SPEC_STRING,
		.multi = true,
	},
	[LB_A_INFO_PAD] = { .name = "pad", .type = SPEC_PAD },
	[LB_A_INFO_EVICTED] = { .name = "evicted", .type = SPEC_U64 },
};

const struct spec_set spec_info = {
	.attr = info_attrs,
	.max = LB_A_INFO_MAX,
};

static const struct spec_attr drop_count_attrs[] = {
	[LB_A_DROP_COUNT_PAD] = { .name = "pad", .type = SPEC_PAD },
	[LB_A_DROP_COUNT_REASON] = {
		.name = "reason",
		.type = SPEC_ENUM,
		.values = drop_values,
		.n_values = ARRAY_SIZE(drop_values),
	},
	[LB_A_DROP_COUNT_PACKETS] = { .name = "packets", .type = SPEC_U64 },
};

const struct spec_set spec_drop_count = {
	.attr = drop_count_attrs,
	.max = LB_A_DROP_COUNT_MAX,
};

static const struct spec_attr path_count_attrs[] = {
	[LB_A_PATH_COUNT_PAD] = { .name = "pad", .type = SPEC_PAD },
	[LB_A_PATH_COUNT_PATH] = {
		.name = "path",
		.type = SPEC_ENUM,
		.values = path_values,
		.n_values = ARRAY_SIZE(path_values),
	},
	[LB_A_PATH_COUNT_PACKETS] = { .name = "packets", .type = SPEC_U64 },
};

const struct spec_set spec_path_count = {
	.attr = path_count_attrs,
	.max = LB_A_PATH_COUNT_MAX,
};

const struct spec_option spec_options[] = {
	{ &spec_service, LB_A_SERVICE_TUN_DF },
	{ &spec_service, LB_A_SERVICE_MTU },
	{ &spec_service, LB_A_SERVICE_MSS_CLAMP },
};

const size_t spec_n_options = ARRAY_SIZE(spec_options);
static_assert(ARRAY_SIZE(spec_options) <= SPEC_OPTIONS_MAX,
	      "spec.h");

const struct spec_cmd spec_cmds[LB_CMD_MAX + 1] = {
	[LB_CMD_SERVICE_GET] = {
		"service-get",
		&spec_service,
	},
	[LB_CMD_SERVICE_SET] = {
		"service-set",
		&spec_service,
	},
	[LB_CMD_SERVICE_DEL] = {
		"service-del",
		&spec_service,
	},
	[LB_CMD_SERVICE_NTF] = {
		"service-ntf",
		&spec_service,
	},
	[LB_CMD_SERVICE_DEL_NTF] = {
		"service-del-ntf",
		&spec_service,
	},
	[LB_CMD_DEST_GET] = {
		"dest-get",
		&spec_service,
	},
	[LB_CMD_DEST_SET] = {
		"dest-set",
		&spec_service,
	},
	[LB_CMD_DEST_DEL] = {
		"dest-del",
		&spec_service,
	},
	[LB_CMD_DEST_NTF] = {
		"dest-ntf",
		&spec_service,
	},
	[LB_CMD_DEST_DEL_NTF] = {
		"dest-del-ntf",
		&spec_service,
	},
	[LB_CMD_FLUSH] = {
		"flush",
		&spec_service,
	},
	[LB_CMD_ZERO] = {
		"zero",
		&spec_service,
	},
	[LB_CMD_CONN_GET] = {
		"conn-get",
		&spec_conn,
	},
	[LB_CMD_CONFIG_GET] = {
		"config-get",
		&spec_config,
	},
	[LB_CMD_CONFIG_SET] = {
		"config-set",
		&spec_config,
	},
	[LB_CMD_CONFIG_NTF] = {
		"config-ntf",
		&spec_config,
	},
	[LB_CMD_INFO_GET] = {
		"info-get",
		&spec_info,
	},
	[LB_CMD_CONN_FLUSH] = {
		"conn-flush",
		&spec_conn,
	},
};

const char spec_help_service[] =
"  SETTING  scheduler NAME | sched-flags FLAG[,FLAG]... | persistent SECONDS |\n"
"           mask NETMASK | tcp-timeout SECONDS | tcp-fin-timeout SECONDS |\n"
"           udp-timeout SECONDS | one-packet [off] | pe sip|off |\n"
"           tun-df default|inherit|set|unset | mtu BYTES | mss-clamp [off]\n";

const char spec_help_dest[] =
"  SERVER   ADDRESS[:PORT] [nat|dr|tun] [weight N] [tun-type ipip|gre|gue]\n"
"           [tun-port PORT] [tun-checksum none|full|remote] [upper N] [lower N]\n";

const char spec_help_config[] =
"  NAME     tcp-timeout | tcp-fin-timeout | udp-timeout | fastpath |\n"
"           run_estimation | conn_reuse_mode | expire_nodest_conn |\n"
"           expire_quiescent_template | sloppy_tcp | amemthresh | am_droprate |\n"
"           drop_entry | drop_packet | secure_tcp | conn_max | mh_table_size |\n"
"           lblc_expiration | lblcr_expiration | sloppy_sctp | snat_reroute |\n"
"           nat_icmp_send | ignore_tunneled | pmtu_disc | schedule_icmp |\n"
"           cache_bypass | conntrack | service_max | dest_max | user_conn_max |\n"
"           user_service_max | user_dest_max | conn_table_max | way_max |\n"
"           user_conn_table_max | user_way_max\n";
