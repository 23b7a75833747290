// SPDX-License-Identifier: GPL-2.0-only
/* Made by scripts/codegen from lb.yaml and words.yaml: do not edit. */
#include <assert.h>
#include <linux/lb.h>

#include "spec.h"

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))

static const char *const sched_flag_values[] = {
	"fallback", "port", "third",
};
static_assert((1 << ARRAY_SIZE(sched_flag_values)) == LB_SCHED_FLAG_MASK + 1,
	      "lb.yaml");

static const char *const forward_values[] = {
	"nat", "dr", "tun",
};
static_assert(ARRAY_SIZE(forward_values) == LB_FORWARD_MAX + 1,
	      "lb.yaml");

static const char *const tunnel_type_values[] = {
	"ipip", "gre", "gue",
};
static_assert(ARRAY_SIZE(tunnel_type_values) == LB_TUNNEL_TYPE_MAX + 1,
	      "lb.yaml");

static const char *const tunnel_checksum_values[] = {
	"none", "full", "remote",
};
static_assert(ARRAY_SIZE(tunnel_checksum_values) == LB_TUNNEL_CHECKSUM_MAX + 1,
	      "lb.yaml");

static const char *const tunnel_df_values[] = {
	"default", "inherit", "set", "unset",
};
static_assert(ARRAY_SIZE(tunnel_df_values) == LB_TUNNEL_DF_MAX + 1,
	      "lb.yaml");

static const char *const state_values[] = {
	"none", "established", "syn-sent", "syn-recv", "fin-wait",
	"time-wait", "close", "close-wait", "last-ack", "listen", "synack",
	"udp", "sctp-init1", "sctp-init", "sctp-cookie-sent",
	"sctp-cookie-replied", "sctp-cookie-wait", "sctp-cookie",
	"sctp-cookie-echoed", "sctp-established", "sctp-shutdown-sent",
	"sctp-shutdown-received", "sctp-shutdown-ack-sent", "sctp-rejected",
	"sctp-closed",
};
static_assert(ARRAY_SIZE(state_values) == LB_STATE_MAX + 1,
	      "lb.yaml");

static const char *const drop_values[] = {
	"no-dest", "dest-gone", "no-memory", "clash", "no-route",
	"local-crossing", "ttl", "too-big", "icmp", "defence", "conn-max",
	"no-conn", "tracked", "fragment", "merged", "loop", "policy",
	"firewall", "tunnel",
};
static_assert(ARRAY_SIZE(drop_values) == LB_DROP_MAX + 1,
	      "lb.yaml");

static const char *const fastpath_values[] = {
	"auto", "on", "off",
};
static_assert(ARRAY_SIZE(fastpath_values) == LB_FASTPATH_MAX + 1,
	      "lb.yaml");

static const char *const path_values[] = {
	"fast", "off", "foreign-hook", "local", "new", "state", "icmp",
	"fragment", "options", "way", "other", "protocol",
};
static_assert(ARRAY_SIZE(path_values) == LB_PATH_MAX + 1,
	      "lb.yaml");

static const char *const sync_role_values[] = {
	"master", "backup",
};
static_assert(ARRAY_SIZE(sync_role_values) == LB_SYNC_ROLE_MAX + 1,
	      "lb.yaml");

static const char *const sync_count_values[] = {
	"sent-messages", "sent-bytes", "sent-conns", "send-errors", "asked",
	"asked-too-much", "messages", "bytes", "conns", "older", "no-service",
	"no-dest", "clash", "impossible", "no-room", "lost", "reordered",
	"duplicate", "requests", "requests-done", "own", "stranger",
	"unauthentic", "replayed", "wrong-ttl", "wrong-peer", "wrong-syncid",
	"bad-checksum", "bad-size", "bad-length", "bad-version", "bad-type",
	"bad-flags", "bad-forward", "bad-proto", "bad-state", "bad-timeout",
	"bad-port", "bad-option", "bad-call-id", "bad-trailer",
};
static_assert(ARRAY_SIZE(sync_count_values) == LB_SYNC_COUNT_MAX + 1,
	      "lb.yaml");

static const struct spec_attr service_attrs[] = {
	[LB_A_SERVICE_FAMILY] = { "family", SPEC_FAMILY },
	[LB_A_SERVICE_PROTOCOL] = { "protocol", SPEC_PROTOCOL },
	[LB_A_SERVICE_ADDR4] = { "addr4", SPEC_ADDR4 },
	[LB_A_SERVICE_PORT] = { "port", SPEC_PORT },
	[LB_A_SERVICE_FWMARK] = { "fwmark", SPEC_U32 },
	[LB_A_SERVICE_SCHEDULER] = {
		"scheduler", SPEC_STRING, "scheduler", .noun = "scheduler",
		.what = "the name of a scheduler", .max = LB_SCHED_NAME_MAX,
		.always = true,
	},
	[LB_A_SERVICE_PERSIST_TIMEOUT] = {
		"persist-timeout", SPEC_U32, "persistent", .min = 1,
		.max = 2678400,
	},
	[LB_A_SERVICE_PERSIST_MASK4] = { "persist-mask4", SPEC_ADDR4, "mask" },
	[LB_A_SERVICE_DEST] = {
		"dest", SPEC_NEST, .nested = &spec_dest, .multi = true,
	},
	[LB_A_SERVICE_STATS] = { "stats", SPEC_NEST, .nested = &spec_stats },
	[LB_A_SERVICE_ADDR6] = { "addr6", SPEC_ADDR6 },
	[LB_A_SERVICE_PERSIST_PLEN6] = { "persist-plen6", SPEC_U8 },
	[LB_A_SERVICE_TCP_TIMEOUT] = {
		"tcp-timeout", SPEC_U32, "tcp-timeout", .hint = "a timeout",
		.max = 2678400,
	},
	[LB_A_SERVICE_TCP_FIN_TIMEOUT] = {
		"tcp-fin-timeout", SPEC_U32, "tcp-fin-timeout",
		.hint = "a timeout", .max = 2678400,
	},
	[LB_A_SERVICE_UDP_TIMEOUT] = {
		"udp-timeout", SPEC_U32, "udp-timeout", .hint = "a timeout",
		.max = 2678400,
	},
	[LB_A_SERVICE_SCHED_FLAGS] = {
		"sched-flags", SPEC_FLAGS, "sched-flags",
		.what = "flags like sh-port,sh-fallback",
		.values = sched_flag_values,
		.n_values = ARRAY_SIZE(sched_flag_values),
	},
	[LB_A_SERVICE_ONE_PACKET] = { "one-packet", SPEC_SWITCH, "one-packet" },
	[LB_A_SERVICE_PE] = {
		"pe", SPEC_STRING, "pe", .noun = "persistence engine",
		.what = "the name of a persistence engine, or off",
		.max = LB_PE_NAME_MAX,
	},
	[LB_A_SERVICE_TUN_DF] = {
		"tun-df", SPEC_ENUM, "tun-df", .values = tunnel_df_values,
		.n_values = ARRAY_SIZE(tunnel_df_values),
	},
	[LB_A_SERVICE_MTU] = { "mtu", SPEC_U32, "mtu", .max = 65535 },
	[LB_A_SERVICE_MSS_CLAMP] = { "mss-clamp", SPEC_SWITCH, "mss-clamp" },
	[LB_A_SERVICE_MARK] = { "mark", SPEC_MARK, "mark" },
	[LB_A_SERVICE_REPLY_MARK] = { "reply-mark", SPEC_MARK, "reply-mark" },
	[LB_A_SERVICE_COMMENT] = {
		"comment", SPEC_TEXT, "comment",
		.what = "a comment of at most 127 bytes", .max = LB_COMMENT_MAX,
	},
};

static const uint16_t service_keys[] = {
	LB_A_SERVICE_FAMILY, LB_A_SERVICE_PROTOCOL, LB_A_SERVICE_ADDR4,
	LB_A_SERVICE_ADDR6, LB_A_SERVICE_PORT, LB_A_SERVICE_FWMARK,
};

static const uint16_t service_settings[] = {
	LB_A_SERVICE_SCHEDULER, LB_A_SERVICE_SCHED_FLAGS,
	LB_A_SERVICE_PERSIST_TIMEOUT, LB_A_SERVICE_PERSIST_MASK4,
	LB_A_SERVICE_TCP_TIMEOUT, LB_A_SERVICE_TCP_FIN_TIMEOUT,
	LB_A_SERVICE_UDP_TIMEOUT, LB_A_SERVICE_ONE_PACKET, LB_A_SERVICE_PE,
	LB_A_SERVICE_TUN_DF, LB_A_SERVICE_MTU, LB_A_SERVICE_MSS_CLAMP,
	LB_A_SERVICE_MARK, LB_A_SERVICE_REPLY_MARK, LB_A_SERVICE_COMMENT,
};

const struct spec_set spec_service = {
	.attr = service_attrs,
	.max = LB_A_SERVICE_MAX,
	.keys = service_keys,
	.n_keys = ARRAY_SIZE(service_keys),
	.settings = service_settings,
	.n_settings = ARRAY_SIZE(service_settings),
};

static const struct spec_attr dest_attrs[] = {
	[LB_A_DEST_ADDR4] = { "addr4", SPEC_ADDR4 },
	[LB_A_DEST_PORT] = { "port", SPEC_PORT },
	[LB_A_DEST_FORWARD] = {
		"forward", SPEC_ENUM, "", .always = true,
		.values = forward_values,
		.n_values = ARRAY_SIZE(forward_values),
	},
	[LB_A_DEST_WEIGHT] = {
		"weight", SPEC_U32, "weight", .max = 2147483647, .always = true,
	},
	[LB_A_DEST_UPPER_THRESHOLD] = {
		"upper-threshold", SPEC_U32, "upper", .max = 2147483647,
	},
	[LB_A_DEST_LOWER_THRESHOLD] = {
		"lower-threshold", SPEC_U32, "lower", .max = 2147483647,
	},
	[LB_A_DEST_ACTIVE_CONNS] = { "active-conns", SPEC_U32 },
	[LB_A_DEST_INACTIVE_CONNS] = { "inactive-conns", SPEC_U32 },
	[LB_A_DEST_PERSIST_CONNS] = { "persist-conns", SPEC_U32 },
	[LB_A_DEST_STATS] = { "stats", SPEC_NEST, .nested = &spec_stats },
	[LB_A_DEST_ADDR6] = { "addr6", SPEC_ADDR6 },
	[LB_A_DEST_TUN_TYPE] = {
		"tun-type", SPEC_ENUM, "tun-type", .values = tunnel_type_values,
		.n_values = ARRAY_SIZE(tunnel_type_values),
	},
	[LB_A_DEST_TUN_PORT] = {
		"tun-port", SPEC_PORT, "tun-port", .min = 1, .max = 65535,
	},
	[LB_A_DEST_TUN_CHECKSUM] = {
		"tun-checksum", SPEC_ENUM, "tun-checksum",
		.values = tunnel_checksum_values,
		.n_values = ARRAY_SIZE(tunnel_checksum_values),
	},
	[LB_A_DEST_COMMENT] = {
		"comment", SPEC_TEXT, "comment",
		.what = "a comment of at most 127 bytes", .max = LB_COMMENT_MAX,
	},
};

static const uint16_t dest_keys[] = {
	LB_A_DEST_ADDR4, LB_A_DEST_ADDR6, LB_A_DEST_PORT,
};

static const uint16_t dest_settings[] = {
	LB_A_DEST_FORWARD, LB_A_DEST_TUN_TYPE, LB_A_DEST_TUN_PORT,
	LB_A_DEST_TUN_CHECKSUM, LB_A_DEST_WEIGHT, LB_A_DEST_UPPER_THRESHOLD,
	LB_A_DEST_LOWER_THRESHOLD, LB_A_DEST_COMMENT,
};

const struct spec_set spec_dest = {
	.attr = dest_attrs,
	.max = LB_A_DEST_MAX,
	.keys = dest_keys,
	.n_keys = ARRAY_SIZE(dest_keys),
	.settings = dest_settings,
	.n_settings = ARRAY_SIZE(dest_settings),
};

static const struct spec_attr stats_attrs[] = {
	[LB_A_STATS_PAD] = { "pad", SPEC_PAD },
	[LB_A_STATS_CONNS] = { "conns", SPEC_U64 },
	[LB_A_STATS_IN_PACKETS] = { "in-packets", SPEC_U64 },
	[LB_A_STATS_OUT_PACKETS] = { "out-packets", SPEC_U64 },
	[LB_A_STATS_IN_BYTES] = { "in-bytes", SPEC_U64 },
	[LB_A_STATS_OUT_BYTES] = { "out-bytes", SPEC_U64 },
	[LB_A_STATS_CONNS_RATE] = { "conns-rate", SPEC_U64 },
	[LB_A_STATS_IN_PACKETS_RATE] = { "in-packets-rate", SPEC_U64 },
	[LB_A_STATS_OUT_PACKETS_RATE] = { "out-packets-rate", SPEC_U64 },
	[LB_A_STATS_IN_BYTES_RATE] = { "in-bytes-rate", SPEC_U64 },
	[LB_A_STATS_OUT_BYTES_RATE] = { "out-bytes-rate", SPEC_U64 },
};

const struct spec_set spec_stats = {
	.attr = stats_attrs,
	.max = LB_A_STATS_MAX,
};

static const struct spec_attr conn_attrs[] = {
	[LB_A_CONN_FAMILY] = { "family", SPEC_FAMILY },
	[LB_A_CONN_PROTOCOL] = { "protocol", SPEC_PROTOCOL },
	[LB_A_CONN_CLIENT_ADDR4] = { "client-addr4", SPEC_ADDR4 },
	[LB_A_CONN_CLIENT_PORT] = { "client-port", SPEC_PORT },
	[LB_A_CONN_VIRTUAL_ADDR4] = { "virtual-addr4", SPEC_ADDR4 },
	[LB_A_CONN_VIRTUAL_PORT] = { "virtual-port", SPEC_PORT },
	[LB_A_CONN_DEST_ADDR4] = { "dest-addr4", SPEC_ADDR4 },
	[LB_A_CONN_DEST_PORT] = { "dest-port", SPEC_PORT },
	[LB_A_CONN_FWMARK] = { "fwmark", SPEC_U32 },
	[LB_A_CONN_FORWARD] = {
		"forward", SPEC_ENUM, .values = forward_values,
		.n_values = ARRAY_SIZE(forward_values),
	},
	[LB_A_CONN_STATE] = {
		"state", SPEC_ENUM, .values = state_values,
		.n_values = ARRAY_SIZE(state_values),
	},
	[LB_A_CONN_EXPIRES] = { "expires", SPEC_U32 },
	[LB_A_CONN_TEMPLATE] = { "template", SPEC_FLAG },
	[LB_A_CONN_CLIENT_ADDR6] = { "client-addr6", SPEC_ADDR6 },
	[LB_A_CONN_VIRTUAL_ADDR6] = { "virtual-addr6", SPEC_ADDR6 },
	[LB_A_CONN_DEST_ADDR6] = { "dest-addr6", SPEC_ADDR6 },
	[LB_A_CONN_CLIENT_PLEN] = { "client-plen", SPEC_U8 },
	[LB_A_CONN_SERVICE] = { "service", SPEC_NEST, .nested = &spec_service },
	[LB_A_CONN_PE] = { "pe", SPEC_STRING },
	[LB_A_CONN_PE_DATA] = { "pe-data", SPEC_STRING },
	[LB_A_CONN_IMAGE] = { "image", SPEC_FLAG },
	[LB_A_CONN_HEARD] = { "heard", SPEC_FLAG },
	[LB_A_CONN_PERSISTENT] = { "persistent", SPEC_FLAG },
	[LB_A_CONN_EXPECTED] = { "expected", SPEC_FLAG },
	[LB_A_CONN_OWN_PORT] = { "own-port", SPEC_PORT },
	[LB_A_CONN_CONTROL_PORT] = { "control-port", SPEC_PORT },
	[LB_A_CONN_CALL_ID] = { "call-id", SPEC_STRING },
	[LB_A_CONN_FTP_POS] = { "ftp-pos", SPEC_U32 },
	[LB_A_CONN_FTP_BEFORE] = { "ftp-before", SPEC_U32 },
	[LB_A_CONN_FTP_AFTER] = { "ftp-after", SPEC_U32 },
	[LB_A_CONN_FTP_PASSIVE] = { "ftp-passive", SPEC_FLAG },
};

static const uint16_t conn_keys[] = {
	LB_A_CONN_FAMILY, LB_A_CONN_PROTOCOL, LB_A_CONN_CLIENT_ADDR4,
	LB_A_CONN_CLIENT_ADDR6, LB_A_CONN_CLIENT_PLEN, LB_A_CONN_DEST_ADDR4,
	LB_A_CONN_DEST_ADDR6, LB_A_CONN_DEST_PORT,
};

const struct spec_set spec_conn = {
	.attr = conn_attrs,
	.max = LB_A_CONN_MAX,
	.keys = conn_keys,
	.n_keys = ARRAY_SIZE(conn_keys),
};

static const struct spec_attr config_attrs[] = {
	[LB_A_CONFIG_TCP_TIMEOUT] = { "tcp-timeout", SPEC_U32, "tcp-timeout" },
	[LB_A_CONFIG_TCP_FIN_TIMEOUT] = {
		"tcp-fin-timeout", SPEC_U32, "tcp-fin-timeout",
	},
	[LB_A_CONFIG_UDP_TIMEOUT] = { "udp-timeout", SPEC_U32, "udp-timeout" },
	[LB_A_CONFIG_FASTPATH] = {
		"fastpath", SPEC_ENUM, "fastpath", .values = fastpath_values,
		.n_values = ARRAY_SIZE(fastpath_values),
	},
	[LB_A_CONFIG_RUN_ESTIMATION] = {
		"run-estimation", SPEC_U32, "run_estimation",
	},
	[LB_A_CONFIG_CONN_REUSE_MODE] = {
		"conn-reuse-mode", SPEC_U32, "conn_reuse_mode",
	},
	[LB_A_CONFIG_EXPIRE_NODEST_CONN] = {
		"expire-nodest-conn", SPEC_U32, "expire_nodest_conn",
	},
	[LB_A_CONFIG_EXPIRE_QUIESCENT_TEMPLATE] = {
		"expire-quiescent-template", SPEC_U32,
		"expire_quiescent_template",
	},
	[LB_A_CONFIG_SLOPPY_TCP] = { "sloppy-tcp", SPEC_U32, "sloppy_tcp" },
	[LB_A_CONFIG_AMEMTHRESH] = { "amemthresh", SPEC_U32, "amemthresh" },
	[LB_A_CONFIG_AM_DROPRATE] = { "am-droprate", SPEC_U32, "am_droprate" },
	[LB_A_CONFIG_DROP_ENTRY] = { "drop-entry", SPEC_U32, "drop_entry" },
	[LB_A_CONFIG_DROP_PACKET] = { "drop-packet", SPEC_U32, "drop_packet" },
	[LB_A_CONFIG_SECURE_TCP] = { "secure-tcp", SPEC_U32, "secure_tcp" },
	[LB_A_CONFIG_CONN_MAX] = { "conn-max", SPEC_U32, "conn_max" },
	[LB_A_CONFIG_MH_TABLE_SIZE] = {
		"mh-table-size", SPEC_U32, "mh_table_size",
	},
	[LB_A_CONFIG_LBLC_EXPIRATION] = {
		"lblc-expiration", SPEC_U32, "lblc_expiration",
	},
	[LB_A_CONFIG_LBLCR_EXPIRATION] = {
		"lblcr-expiration", SPEC_U32, "lblcr_expiration",
	},
	[LB_A_CONFIG_SLOPPY_SCTP] = { "sloppy-sctp", SPEC_U32, "sloppy_sctp" },
	[LB_A_CONFIG_SNAT_REROUTE] = {
		"snat-reroute", SPEC_U32, "snat_reroute",
	},
	[LB_A_CONFIG_NAT_ICMP_SEND] = {
		"nat-icmp-send", SPEC_U32, "nat_icmp_send",
	},
	[LB_A_CONFIG_IGNORE_TUNNELED] = {
		"ignore-tunneled", SPEC_U32, "ignore_tunneled",
	},
	[LB_A_CONFIG_PMTU_DISC] = { "pmtu-disc", SPEC_U32, "pmtu_disc" },
	[LB_A_CONFIG_SCHEDULE_ICMP] = {
		"schedule-icmp", SPEC_U32, "schedule_icmp",
	},
	[LB_A_CONFIG_CACHE_BYPASS] = {
		"cache-bypass", SPEC_U32, "cache_bypass",
	},
	[LB_A_CONFIG_CONNTRACK] = { "conntrack", SPEC_U32, "conntrack" },
	[LB_A_CONFIG_SERVICE_MAX] = { "service-max", SPEC_U32, "service_max" },
	[LB_A_CONFIG_DEST_MAX] = { "dest-max", SPEC_U32, "dest_max" },
	[LB_A_CONFIG_USER_CONN_MAX] = {
		"user-conn-max", SPEC_U32, "user_conn_max",
	},
	[LB_A_CONFIG_USER_SERVICE_MAX] = {
		"user-service-max", SPEC_U32, "user_service_max",
	},
	[LB_A_CONFIG_USER_DEST_MAX] = {
		"user-dest-max", SPEC_U32, "user_dest_max",
	},
	[LB_A_CONFIG_CONN_TABLE_MAX] = {
		"conn-table-max", SPEC_U32, "conn_table_max",
	},
	[LB_A_CONFIG_WAY_MAX] = { "way-max", SPEC_U32, "way_max" },
	[LB_A_CONFIG_USER_CONN_TABLE_MAX] = {
		"user-conn-table-max", SPEC_U32, "user_conn_table_max",
	},
	[LB_A_CONFIG_USER_WAY_MAX] = {
		"user-way-max", SPEC_U32, "user_way_max",
	},
	[LB_A_CONFIG_SYNC_RATE] = { "sync-rate", SPEC_U32, "sync_rate" },
	[LB_A_CONFIG_SYNC_PORTS] = { "sync-ports", SPEC_U32, "sync_ports" },
	[LB_A_CONFIG_SYNC_PERSIST_MODE] = {
		"sync-persist-mode", SPEC_U32, "sync_persist_mode",
	},
	[LB_A_CONFIG_SYNC_SOCK_SIZE] = {
		"sync-sock-size", SPEC_U32, "sync_sock_size",
	},
	[LB_A_CONFIG_BACKUP_ONLY] = { "backup-only", SPEC_U32, "backup_only" },
};

static const uint16_t config_settings[] = {
	LB_A_CONFIG_TCP_TIMEOUT, LB_A_CONFIG_TCP_FIN_TIMEOUT,
	LB_A_CONFIG_UDP_TIMEOUT, LB_A_CONFIG_FASTPATH,
	LB_A_CONFIG_RUN_ESTIMATION, LB_A_CONFIG_CONN_REUSE_MODE,
	LB_A_CONFIG_EXPIRE_NODEST_CONN, LB_A_CONFIG_EXPIRE_QUIESCENT_TEMPLATE,
	LB_A_CONFIG_SLOPPY_TCP, LB_A_CONFIG_AMEMTHRESH,
	LB_A_CONFIG_AM_DROPRATE, LB_A_CONFIG_DROP_ENTRY,
	LB_A_CONFIG_DROP_PACKET, LB_A_CONFIG_SECURE_TCP, LB_A_CONFIG_CONN_MAX,
	LB_A_CONFIG_MH_TABLE_SIZE, LB_A_CONFIG_LBLC_EXPIRATION,
	LB_A_CONFIG_LBLCR_EXPIRATION, LB_A_CONFIG_SLOPPY_SCTP,
	LB_A_CONFIG_SNAT_REROUTE, LB_A_CONFIG_NAT_ICMP_SEND,
	LB_A_CONFIG_IGNORE_TUNNELED, LB_A_CONFIG_PMTU_DISC,
	LB_A_CONFIG_SCHEDULE_ICMP, LB_A_CONFIG_CACHE_BYPASS,
	LB_A_CONFIG_CONNTRACK, LB_A_CONFIG_SERVICE_MAX, LB_A_CONFIG_DEST_MAX,
	LB_A_CONFIG_USER_CONN_MAX, LB_A_CONFIG_USER_SERVICE_MAX,
	LB_A_CONFIG_USER_DEST_MAX, LB_A_CONFIG_CONN_TABLE_MAX,
	LB_A_CONFIG_WAY_MAX, LB_A_CONFIG_USER_CONN_TABLE_MAX,
	LB_A_CONFIG_USER_WAY_MAX, LB_A_CONFIG_SYNC_RATE,
	LB_A_CONFIG_SYNC_PORTS, LB_A_CONFIG_SYNC_PERSIST_MODE,
	LB_A_CONFIG_SYNC_SOCK_SIZE, LB_A_CONFIG_BACKUP_ONLY,
};

const struct spec_set spec_config = {
	.attr = config_attrs,
	.max = LB_A_CONFIG_MAX,
	.settings = config_settings,
	.n_settings = ARRAY_SIZE(config_settings),
};

static const struct spec_attr info_attrs[] = {
	[LB_A_INFO_VERSION] = { "version", SPEC_STRING },
	[LB_A_INFO_SERVICES] = { "services", SPEC_U32 },
	[LB_A_INFO_CONNS] = { "conns", SPEC_U32 },
	[LB_A_INFO_CONN_TABLE_SIZE] = { "conn-table-size", SPEC_U32 },
	[LB_A_INFO_STATS] = { "stats", SPEC_NEST, .nested = &spec_stats },
	[LB_A_INFO_DROP] = {
		"drop", SPEC_NEST, .nested = &spec_drop_count, .multi = true,
	},
	[LB_A_INFO_PATH] = {
		"path", SPEC_NEST, .nested = &spec_path_count, .multi = true,
	},
	[LB_A_INFO_SCHEDULER] = { "scheduler", SPEC_STRING, .multi = true },
	[LB_A_INFO_PAD] = { "pad", SPEC_PAD },
	[LB_A_INFO_EVICTED] = { "evicted", SPEC_U64 },
};

const struct spec_set spec_info = {
	.attr = info_attrs,
	.max = LB_A_INFO_MAX,
};

static const struct spec_attr drop_count_attrs[] = {
	[LB_A_DROP_COUNT_PAD] = { "pad", SPEC_PAD },
	[LB_A_DROP_COUNT_REASON] = {
		"reason", SPEC_ENUM, .values = drop_values,
		.n_values = ARRAY_SIZE(drop_values),
	},
	[LB_A_DROP_COUNT_PACKETS] = { "packets", SPEC_U64 },
};

const struct spec_set spec_drop_count = {
	.attr = drop_count_attrs,
	.max = LB_A_DROP_COUNT_MAX,
};

static const struct spec_attr path_count_attrs[] = {
	[LB_A_PATH_COUNT_PAD] = { "pad", SPEC_PAD },
	[LB_A_PATH_COUNT_PATH] = {
		"path", SPEC_ENUM, .values = path_values,
		.n_values = ARRAY_SIZE(path_values),
	},
	[LB_A_PATH_COUNT_PACKETS] = { "packets", SPEC_U64 },
};

const struct spec_set spec_path_count = {
	.attr = path_count_attrs,
	.max = LB_A_PATH_COUNT_MAX,
};

static const struct spec_attr load_attrs[] = {
	[LB_A_LOAD_CHECK] = { "check", SPEC_FLAG },
	[LB_A_LOAD_CONFIG] = {
		"config", SPEC_NEST, .nested = &spec_config, .multi = true,
	},
	[LB_A_LOAD_SERVICE] = {
		"service", SPEC_NEST, .nested = &spec_service, .multi = true,
	},
	[LB_A_LOAD_DEST] = {
		"dest", SPEC_NEST, .nested = &spec_dest, .multi = true,
	},
};

const struct spec_set spec_load = {
	.attr = load_attrs,
	.max = LB_A_LOAD_MAX,
};

static const struct spec_attr sync_peer_attrs[] = {
	[LB_A_SYNC_PEER_ADDR4] = { "addr4", SPEC_ADDR4 },
	[LB_A_SYNC_PEER_ADDR6] = { "addr6", SPEC_ADDR6 },
};

const struct spec_set spec_sync_peer = {
	.attr = sync_peer_attrs,
	.max = LB_A_SYNC_PEER_MAX,
};

static const struct spec_attr sync_counter_attrs[] = {
	[LB_A_SYNC_COUNTER_PAD] = { "pad", SPEC_PAD },
	[LB_A_SYNC_COUNTER_WHAT] = {
		"what", SPEC_ENUM, .values = sync_count_values,
		.n_values = ARRAY_SIZE(sync_count_values),
	},
	[LB_A_SYNC_COUNTER_COUNT] = { "count", SPEC_U64 },
};

const struct spec_set spec_sync_counter = {
	.attr = sync_counter_attrs,
	.max = LB_A_SYNC_COUNTER_MAX,
};

static const struct spec_attr sync_attrs[] = {
	[LB_A_SYNC_ROLE] = {
		"role", SPEC_ENUM, .values = sync_role_values,
		.n_values = ARRAY_SIZE(sync_role_values),
	},
	[LB_A_SYNC_INTERFACE] = { "interface", SPEC_STRING },
	[LB_A_SYNC_SYNCID] = { "syncid", SPEC_U8 },
	[LB_A_SYNC_MAXLEN] = { "maxlen", SPEC_U32 },
	[LB_A_SYNC_GROUP4] = { "group4", SPEC_ADDR4 },
	[LB_A_SYNC_GROUP6] = { "group6", SPEC_ADDR6 },
	[LB_A_SYNC_PORT] = { "port", SPEC_PORT },
	[LB_A_SYNC_TTL] = { "ttl", SPEC_U8 },
	[LB_A_SYNC_PEER] = {
		"peer", SPEC_NEST, .nested = &spec_sync_peer, .multi = true,
	},
	[LB_A_SYNC_KEY] = { "key", SPEC_BINARY },
	[LB_A_SYNC_KEYED] = { "keyed", SPEC_FLAG },
	[LB_A_SYNC_COUNTER] = {
		"counter", SPEC_NEST, .nested = &spec_sync_counter,
		.multi = true,
	},
};

const struct spec_set spec_sync = {
	.attr = sync_attrs,
	.max = LB_A_SYNC_MAX,
};

const struct spec_end spec_service_end = {
	LB_A_SERVICE_ADDR4, LB_A_SERVICE_ADDR6,
	LB_A_SERVICE_PORT,
};
const struct spec_end spec_dest_end = {
	LB_A_DEST_ADDR4, LB_A_DEST_ADDR6,
	LB_A_DEST_PORT,
};
const struct spec_end spec_conn_client_end = {
	LB_A_CONN_CLIENT_ADDR4, LB_A_CONN_CLIENT_ADDR6,
	LB_A_CONN_CLIENT_PORT,
};
const struct spec_end spec_conn_dest_end = {
	LB_A_CONN_DEST_ADDR4, LB_A_CONN_DEST_ADDR6,
	LB_A_CONN_DEST_PORT,
};
const struct spec_end spec_conn_virtual_end = {
	LB_A_CONN_VIRTUAL_ADDR4, LB_A_CONN_VIRTUAL_ADDR6,
	LB_A_CONN_VIRTUAL_PORT,
};

const struct spec_option spec_options[OPT_MAX] = {
	[OPT_TCP_SERVICE] = { "tcp-service", 't', ARG_NEEDED, GROUP_KEY },
	[OPT_UDP_SERVICE] = { "udp-service", 'u', ARG_NEEDED, GROUP_KEY },
	[OPT_SCTP_SERVICE] = { "sctp-service", 0, ARG_NEEDED, GROUP_KEY },
	[OPT_FWMARK_SERVICE] = { "fwmark-service", 'f', ARG_NEEDED, GROUP_KEY },
	[OPT_IPV6] = { "ipv6", '6', ARG_NONE, GROUP_FAMILY },
	[OPT_SCHEDULER] = {
		"scheduler", 's', ARG_NEEDED, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_SCHEDULER,
	},
	[OPT_PERSISTENT] = {
		"persistent", 'p', ARG_OPTIONAL, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_PERSIST_TIMEOUT, 360,
	},
	[OPT_NETMASK] = {
		"netmask", 'M', ARG_NEEDED, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_PERSIST_MASK4,
	},
	[OPT_PE] = {
		"pe", 0, ARG_NEEDED, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_PE,
	},
	[OPT_SCHED_FLAGS] = {
		"sched-flags", 'b', ARG_NEEDED, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_SCHED_FLAGS,
	},
	[OPT_OPS] = {
		"ops", 'o', ARG_NONE, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_ONE_PACKET, true,
	},
	[OPT_TUN_DF] = {
		"tun-df", 0, ARG_NEEDED, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_TUN_DF, .own = true,
	},
	[OPT_MTU] = {
		"mtu", 0, ARG_NEEDED, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_MTU, .own = true,
	},
	[OPT_MSS_CLAMP] = {
		"mss-clamp", 0, ARG_NONE, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_MSS_CLAMP, true, .own = true,
	},
	[OPT_MARK] = {
		"mark", 0, ARG_NEEDED, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_MARK, .own = true,
	},
	[OPT_REPLY_MARK] = {
		"reply-mark", 0, ARG_NEEDED, GROUP_SERVICE, &spec_service,
		LB_A_SERVICE_REPLY_MARK, .own = true,
	},
	[OPT_REAL_SERVER] = { "real-server", 'r', ARG_NEEDED, GROUP_SERVER },
	[OPT_GATEWAYING] = {
		"gatewaying", 'g', ARG_NONE, GROUP_DEST, &spec_dest,
		LB_A_DEST_FORWARD, LB_FORWARD_DR,
	},
	[OPT_IPIP] = {
		"ipip", 'i', ARG_NONE, GROUP_DEST, &spec_dest,
		LB_A_DEST_FORWARD, LB_FORWARD_TUN,
	},
	[OPT_MASQUERADING] = {
		"masquerading", 'm', ARG_NONE, GROUP_DEST, &spec_dest,
		LB_A_DEST_FORWARD, LB_FORWARD_NAT,
	},
	[OPT_WEIGHT] = {
		"weight", 'w', ARG_NEEDED, GROUP_DEST, &spec_dest,
		LB_A_DEST_WEIGHT,
	},
	[OPT_U_THRESHOLD] = {
		"u-threshold", 'x', ARG_NEEDED, GROUP_DEST, &spec_dest,
		LB_A_DEST_UPPER_THRESHOLD,
	},
	[OPT_L_THRESHOLD] = {
		"l-threshold", 'y', ARG_NEEDED, GROUP_DEST, &spec_dest,
		LB_A_DEST_LOWER_THRESHOLD,
	},
	[OPT_TUN_TYPE] = {
		"tun-type", 0, ARG_NEEDED, GROUP_DEST, &spec_dest,
		LB_A_DEST_TUN_TYPE,
	},
	[OPT_TUN_PORT] = {
		"tun-port", 0, ARG_NEEDED, GROUP_DEST, &spec_dest,
		LB_A_DEST_TUN_PORT,
	},
	[OPT_TUN_NOCSUM] = {
		"tun-nocsum", 0, ARG_NONE, GROUP_DEST, &spec_dest,
		LB_A_DEST_TUN_CHECKSUM, LB_TUNNEL_CHECKSUM_NONE,
	},
	[OPT_TUN_CSUM] = {
		"tun-csum", 0, ARG_NONE, GROUP_DEST, &spec_dest,
		LB_A_DEST_TUN_CHECKSUM, LB_TUNNEL_CHECKSUM_FULL,
	},
	[OPT_TUN_REMCSUM] = {
		"tun-remcsum", 0, ARG_NONE, GROUP_DEST, &spec_dest,
		LB_A_DEST_TUN_CHECKSUM, LB_TUNNEL_CHECKSUM_REMOTE,
	},
	[OPT_NUMERIC] = { "numeric", 'n', ARG_NONE, GROUP_NUMERIC },
	[OPT_CONNECTION] = { "connection", 'c', ARG_NONE, GROUP_WHAT },
	[OPT_TIMEOUT] = { "timeout", 0, ARG_NONE, GROUP_WHAT },
	[OPT_DAEMON] = { "daemon", 0, ARG_NONE, GROUP_WHAT },
	[OPT_STATS] = { "stats", 0, ARG_NONE, GROUP_COLUMNS },
	[OPT_RATE] = { "rate", 0, ARG_NONE, GROUP_COLUMNS },
	[OPT_THRESHOLDS] = { "thresholds", 0, ARG_NONE, GROUP_COLUMNS },
	[OPT_PERSISTENT_CONN] = {
		"persistent-conn", 0, ARG_NONE, GROUP_COLUMNS,
	},
	[OPT_TUN_INFO] = { "tun-info", 0, ARG_NONE, GROUP_COLUMNS },
	[OPT_SORT] = { "sort", 0, ARG_NONE, GROUP_ORDER },
	[OPT_NOSORT] = { "nosort", 0, ARG_NONE, GROUP_ORDER },
	[OPT_EXACT] = { "exact", 'X', ARG_NONE, GROUP_ORDER },
	[OPT_REPLACE] = { "replace", 0, ARG_NONE, GROUP_REPLACE },
	[OPT_ALLOW_EMPTY] = { "allow-empty", 0, ARG_NONE, GROUP_REPLACE },
	[OPT_SYNCID] = { "syncid", 0, ARG_NEEDED, GROUP_SYNC },
	[OPT_SYNC_MAXLEN] = { "sync-maxlen", 0, ARG_NEEDED, GROUP_SYNC },
	[OPT_MCAST_INTERFACE] = {
		"mcast-interface", 0, ARG_NEEDED, GROUP_SYNC,
	},
	[OPT_MCAST_GROUP] = { "mcast-group", 0, ARG_NEEDED, GROUP_SYNC },
	[OPT_MCAST_PORT] = { "mcast-port", 0, ARG_NEEDED, GROUP_SYNC },
	[OPT_MCAST_TTL] = { "mcast-ttl", 0, ARG_NEEDED, GROUP_SYNC },
	[OPT_SYNC_PEER] = { "sync-peer", 0, ARG_NEEDED, GROUP_SYNC },
	[OPT_SYNC_KEY] = { "sync-key", 0, ARG_NEEDED, GROUP_SYNC },
};
static_assert(OPT_MAX <= 64, "BIT()");

const struct spec_command spec_commands[CMD_MAX] = {
	[CMD_ADD_SERVICE] = {
		"add-service", 'A', 0, BIT(GROUP_KEY), BIT(GROUP_KEY) |
		BIT(GROUP_FAMILY) | BIT(GROUP_SERVICE),
	},
	[CMD_EDIT_SERVICE] = {
		"edit-service", 'E', 0, BIT(GROUP_KEY), BIT(GROUP_KEY) |
		BIT(GROUP_FAMILY) | BIT(GROUP_SERVICE),
	},
	[CMD_DELETE_SERVICE] = {
		"delete-service", 'D', 0, BIT(GROUP_KEY), BIT(GROUP_KEY) |
		BIT(GROUP_FAMILY),
	},
	[CMD_CLEAR] = { "clear", 'C', 0, 0, 0 },
	[CMD_RESTORE] = { "restore", 'R', 0, 0, BIT(GROUP_REPLACE) },
	[CMD_SAVE] = { "save", 'S', 0, 0, BIT(GROUP_NUMERIC) },
	[CMD_ADD_SERVER] = {
		"add-server", 'a', 0, BIT(GROUP_KEY) | BIT(GROUP_SERVER),
		BIT(GROUP_KEY) | BIT(GROUP_FAMILY) | BIT(GROUP_SERVER) |
		BIT(GROUP_DEST),
	},
	[CMD_EDIT_SERVER] = {
		"edit-server", 'e', 0, BIT(GROUP_KEY) | BIT(GROUP_SERVER),
		BIT(GROUP_KEY) | BIT(GROUP_FAMILY) | BIT(GROUP_SERVER) |
		BIT(GROUP_DEST),
	},
	[CMD_DELETE_SERVER] = {
		"delete-server", 'd', 0, BIT(GROUP_KEY) | BIT(GROUP_SERVER),
		BIT(GROUP_KEY) | BIT(GROUP_FAMILY) | BIT(GROUP_SERVER),
	},
	[CMD_LIST] = {
		"list", 'L', 0, 0, BIT(GROUP_KEY) | BIT(GROUP_FAMILY) |
		BIT(GROUP_NUMERIC) | BIT(GROUP_WHAT) | BIT(GROUP_COLUMNS) |
		BIT(GROUP_ORDER),
	},
	[CMD_ZERO] = { "zero", 'Z', 0, 0, BIT(GROUP_KEY) | BIT(GROUP_FAMILY) },
	[CMD_SET] = { "set", 0, 3, 0, 0 },
	[CMD_START_DAEMON] = { "start-daemon", 0, 1, 0, BIT(GROUP_SYNC) },
	[CMD_STOP_DAEMON] = { "stop-daemon", 0, 1, 0, BIT(GROUP_SYNC) },
	[CMD_HELP] = { "help", 'h', 0, 0, 0 },
	[CMD_VERSION] = { "version", 'v', 0, 0, 0 },
};

const struct spec_cmd spec_cmds[LB_CMD_MAX + 1] = {
	[LB_CMD_SERVICE_GET] = { "service-get", &spec_service },
	[LB_CMD_SERVICE_SET] = { "service-set", &spec_service },
	[LB_CMD_SERVICE_DEL] = { "service-del", &spec_service },
	[LB_CMD_SERVICE_NTF] = { "service-ntf", &spec_service },
	[LB_CMD_SERVICE_DEL_NTF] = { "service-del-ntf", &spec_service },
	[LB_CMD_DEST_GET] = { "dest-get", &spec_service },
	[LB_CMD_DEST_SET] = { "dest-set", &spec_service },
	[LB_CMD_DEST_DEL] = { "dest-del", &spec_service },
	[LB_CMD_DEST_NTF] = { "dest-ntf", &spec_service },
	[LB_CMD_DEST_DEL_NTF] = { "dest-del-ntf", &spec_service },
	[LB_CMD_FLUSH] = { "flush", &spec_service },
	[LB_CMD_ZERO] = { "zero", &spec_service },
	[LB_CMD_CONN_GET] = { "conn-get", &spec_conn },
	[LB_CMD_CONFIG_GET] = { "config-get", &spec_config },
	[LB_CMD_CONFIG_SET] = { "config-set", &spec_config },
	[LB_CMD_CONFIG_NTF] = { "config-ntf", &spec_config },
	[LB_CMD_INFO_GET] = { "info-get", &spec_info },
	[LB_CMD_CONN_FLUSH] = { "conn-flush", &spec_conn },
	[LB_CMD_LOAD] = { "load", &spec_load },
	[LB_CMD_CONN_SET] = { "conn-set", &spec_conn },
	[LB_CMD_SYNC_SET] = { "sync-set", &spec_sync },
	[LB_CMD_SYNC_DEL] = { "sync-del", &spec_sync },
	[LB_CMD_SYNC_GET] = { "sync-get", &spec_sync },
};

const char spec_help_service[] =
"  SETTING  scheduler NAME | sched-flags FLAG[,FLAG]... | persistent SECONDS |\n"
"           mask NETMASK | tcp-timeout SECONDS | tcp-fin-timeout SECONDS |\n"
"           udp-timeout SECONDS | one-packet [off] | pe sip|off |\n"
"           tun-df default|inherit|set|unset | mtu BYTES | mss-clamp [off] |\n"
"           mark VALUE[/MASK] | reply-mark VALUE[/MASK] | comment TEXT\n";

const char spec_help_dest[] =
"  SERVER   ADDRESS[:PORT] [nat|dr|tun] [weight N] [tun-type ipip|gre|gue]\n"
"           [tun-port PORT] [tun-checksum none|full|remote] [upper N] [lower N]\n"
"           [comment TEXT]\n";

const char spec_help_config[] =
"  NAME     tcp-timeout | tcp-fin-timeout | udp-timeout | fastpath |\n"
"           run_estimation | conn_reuse_mode | expire_nodest_conn |\n"
"           expire_quiescent_template | sloppy_tcp | amemthresh | am_droprate |\n"
"           drop_entry | drop_packet | secure_tcp | conn_max | mh_table_size |\n"
"           lblc_expiration | lblcr_expiration | sloppy_sctp | snat_reroute |\n"
"           nat_icmp_send | ignore_tunneled | pmtu_disc | schedule_icmp |\n"
"           cache_bypass | conntrack | service_max | dest_max | user_conn_max |\n"
"           user_service_max | user_dest_max | conn_table_max | way_max |\n"
"           user_conn_table_max | user_way_max | sync_rate | sync_ports |\n"
"           sync_persist_mode | sync_sock_size | backup_only\n";

const char spec_synopsis_service[] =
" [--tun-df DF] [--mtu BYTES] [--mss-clamp]\n"
"              [--mark MARK] [--reply-mark MARK]";

const char spec_options_service[] =
"      --tun-df inherit|set|unset    don't-fragment bit of tunnel packets\n"
"      --mtu BYTES               largest packet that clients are told to send\n"
"      --mss-clamp               lower the MSS of TCP to what fits\n"
"      --mark VALUE[/MASK]       mark of packets to real servers\n"
"      --reply-mark VALUE[/MASK] mark of packets to clients\n";

const char spec_synopsis_dest[] =
"";

const char spec_options_dest[] =
"";
