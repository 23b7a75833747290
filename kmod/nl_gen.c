// SPDX-License-Identifier: GPL-2.0-only
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/lb.yaml */
/* YNL-GEN kernel source */

#include <net/netlink.h>
#include <net/genetlink.h>

#include "nl_gen.h"

#include <uapi/linux/lb.h>

/* Common nested types */
const struct nla_policy lb_dest_nl_policy[LB_A_DEST_COMMENT + 1] = {
	[LB_A_DEST_ADDR4] = { .type = NLA_U32, },
	[LB_A_DEST_PORT] = { .type = NLA_U16, },
	[LB_A_DEST_FORWARD] = NLA_POLICY_MAX(NLA_U8, 2),
	[LB_A_DEST_WEIGHT] = { .type = NLA_U32, },
	[LB_A_DEST_UPPER_THRESHOLD] = { .type = NLA_U32, },
	[LB_A_DEST_LOWER_THRESHOLD] = { .type = NLA_U32, },
	[LB_A_DEST_ACTIVE_CONNS] = { .type = NLA_U32, },
	[LB_A_DEST_INACTIVE_CONNS] = { .type = NLA_U32, },
	[LB_A_DEST_PERSIST_CONNS] = { .type = NLA_U32, },
	[LB_A_DEST_STATS] = NLA_POLICY_NESTED(lb_stats_nl_policy),
	[LB_A_DEST_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_DEST_TUN_TYPE] = NLA_POLICY_MAX(NLA_U8, 2),
	[LB_A_DEST_TUN_PORT] = { .type = NLA_U16, },
	[LB_A_DEST_TUN_CHECKSUM] = NLA_POLICY_MAX(NLA_U8, 2),
	[LB_A_DEST_COMMENT] = { .type = NLA_NUL_STRING, .len = LB_COMMENT_MAX, },
};

const struct nla_policy lb_load_config_nl_policy[LB_A_CONFIG_BACKUP_ONLY + 1] = {
	[LB_A_CONFIG_TCP_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_CONFIG_TCP_FIN_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_CONFIG_UDP_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_CONFIG_FASTPATH] = NLA_POLICY_MAX(NLA_U8, 2),
	[LB_A_CONFIG_RUN_ESTIMATION] = { .type = NLA_U32, },
	[LB_A_CONFIG_CONN_REUSE_MODE] = { .type = NLA_U32, },
	[LB_A_CONFIG_EXPIRE_NODEST_CONN] = { .type = NLA_U32, },
	[LB_A_CONFIG_EXPIRE_QUIESCENT_TEMPLATE] = { .type = NLA_U32, },
	[LB_A_CONFIG_SLOPPY_TCP] = { .type = NLA_U32, },
	[LB_A_CONFIG_AMEMTHRESH] = { .type = NLA_U32, },
	[LB_A_CONFIG_AM_DROPRATE] = { .type = NLA_U32, },
	[LB_A_CONFIG_DROP_ENTRY] = { .type = NLA_U32, },
	[LB_A_CONFIG_DROP_PACKET] = { .type = NLA_U32, },
	[LB_A_CONFIG_SECURE_TCP] = { .type = NLA_U32, },
	[LB_A_CONFIG_CONN_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_MH_TABLE_SIZE] = { .type = NLA_U32, },
	[LB_A_CONFIG_LBLC_EXPIRATION] = { .type = NLA_U32, },
	[LB_A_CONFIG_LBLCR_EXPIRATION] = { .type = NLA_U32, },
	[LB_A_CONFIG_SLOPPY_SCTP] = { .type = NLA_U32, },
	[LB_A_CONFIG_SNAT_REROUTE] = { .type = NLA_U32, },
	[LB_A_CONFIG_NAT_ICMP_SEND] = { .type = NLA_U32, },
	[LB_A_CONFIG_IGNORE_TUNNELED] = { .type = NLA_U32, },
	[LB_A_CONFIG_PMTU_DISC] = { .type = NLA_U32, },
	[LB_A_CONFIG_SCHEDULE_ICMP] = { .type = NLA_U32, },
	[LB_A_CONFIG_CACHE_BYPASS] = { .type = NLA_U32, },
	[LB_A_CONFIG_CONNTRACK] = { .type = NLA_U32, },
	[LB_A_CONFIG_SERVICE_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_DEST_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_USER_CONN_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_USER_SERVICE_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_USER_DEST_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_CONN_TABLE_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_WAY_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_USER_CONN_TABLE_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_USER_WAY_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_SYNC_RATE] = { .type = NLA_U32, },
	[LB_A_CONFIG_SYNC_PORTS] = { .type = NLA_U32, },
	[LB_A_CONFIG_SYNC_PERSIST_MODE] = { .type = NLA_U32, },
	[LB_A_CONFIG_SYNC_SOCK_SIZE] = { .type = NLA_U32, },
	[LB_A_CONFIG_BACKUP_ONLY] = { .type = NLA_U32, },
};

const struct nla_policy lb_load_service_nl_policy[LB_A_SERVICE_COMMENT + 1] = {
	[LB_A_SERVICE_FAMILY] = { .type = NLA_U8, },
	[LB_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_SERVICE_ADDR4] = { .type = NLA_U32, },
	[LB_A_SERVICE_PORT] = { .type = NLA_U16, },
	[LB_A_SERVICE_FWMARK] = { .type = NLA_U32, },
	[LB_A_SERVICE_SCHEDULER] = { .type = NLA_NUL_STRING, .len = LB_SCHED_NAME_MAX, },
	[LB_A_SERVICE_PERSIST_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_SERVICE_PERSIST_MASK4] = { .type = NLA_U32, },
	[LB_A_SERVICE_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_SERVICE_PERSIST_PLEN6] = { .type = NLA_U8, },
	[LB_A_SERVICE_TCP_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_SERVICE_TCP_FIN_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_SERVICE_UDP_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_SERVICE_SCHED_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[LB_A_SERVICE_ONE_PACKET] = NLA_POLICY_MAX(NLA_U8, 1),
	[LB_A_SERVICE_PE] = { .type = NLA_NUL_STRING, .len = LB_PE_NAME_MAX, },
	[LB_A_SERVICE_TUN_DF] = NLA_POLICY_MAX(NLA_U8, 3),
	[LB_A_SERVICE_MTU] = { .type = NLA_U32, },
	[LB_A_SERVICE_MSS_CLAMP] = NLA_POLICY_MAX(NLA_U8, 1),
	[LB_A_SERVICE_MARK] = NLA_POLICY_EXACT_LEN(8),
	[LB_A_SERVICE_REPLY_MARK] = NLA_POLICY_EXACT_LEN(8),
	[LB_A_SERVICE_COMMENT] = { .type = NLA_NUL_STRING, .len = LB_COMMENT_MAX, },
};

const struct nla_policy lb_service_key_nl_policy[LB_A_SERVICE_ADDR6 + 1] = {
	[LB_A_SERVICE_FAMILY] = { .type = NLA_U8, },
	[LB_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_SERVICE_ADDR4] = { .type = NLA_U32, },
	[LB_A_SERVICE_PORT] = { .type = NLA_U16, },
	[LB_A_SERVICE_FWMARK] = { .type = NLA_U32, },
	[LB_A_SERVICE_ADDR6] = NLA_POLICY_EXACT_LEN(16),
};

const struct nla_policy lb_stats_nl_policy[LB_A_STATS_OUT_BYTES_RATE + 1] = {
	[LB_A_STATS_CONNS] = { .type = NLA_U64, },
	[LB_A_STATS_IN_PACKETS] = { .type = NLA_U64, },
	[LB_A_STATS_OUT_PACKETS] = { .type = NLA_U64, },
	[LB_A_STATS_IN_BYTES] = { .type = NLA_U64, },
	[LB_A_STATS_OUT_BYTES] = { .type = NLA_U64, },
	[LB_A_STATS_CONNS_RATE] = { .type = NLA_U64, },
	[LB_A_STATS_IN_PACKETS_RATE] = { .type = NLA_U64, },
	[LB_A_STATS_OUT_PACKETS_RATE] = { .type = NLA_U64, },
	[LB_A_STATS_IN_BYTES_RATE] = { .type = NLA_U64, },
	[LB_A_STATS_OUT_BYTES_RATE] = { .type = NLA_U64, },
};

const struct nla_policy lb_sync_peer_nl_policy[LB_A_SYNC_PEER_ADDR6 + 1] = {
	[LB_A_SYNC_PEER_ADDR4] = { .type = NLA_U32, },
	[LB_A_SYNC_PEER_ADDR6] = NLA_POLICY_EXACT_LEN(16),
};

/* LB_CMD_SERVICE_GET - do */
static const struct nla_policy lb_service_get_nl_policy[LB_A_SERVICE_ADDR6 + 1] = {
	[LB_A_SERVICE_FAMILY] = { .type = NLA_U8, },
	[LB_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_SERVICE_ADDR4] = { .type = NLA_U32, },
	[LB_A_SERVICE_PORT] = { .type = NLA_U16, },
	[LB_A_SERVICE_FWMARK] = { .type = NLA_U32, },
	[LB_A_SERVICE_ADDR6] = NLA_POLICY_EXACT_LEN(16),
};

/* LB_CMD_SERVICE_SET - do */
static const struct nla_policy lb_service_set_nl_policy[LB_A_SERVICE_COMMENT + 1] = {
	[LB_A_SERVICE_FAMILY] = { .type = NLA_U8, },
	[LB_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_SERVICE_ADDR4] = { .type = NLA_U32, },
	[LB_A_SERVICE_PORT] = { .type = NLA_U16, },
	[LB_A_SERVICE_FWMARK] = { .type = NLA_U32, },
	[LB_A_SERVICE_SCHEDULER] = { .type = NLA_NUL_STRING, .len = LB_SCHED_NAME_MAX, },
	[LB_A_SERVICE_PERSIST_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_SERVICE_PERSIST_MASK4] = { .type = NLA_U32, },
	[LB_A_SERVICE_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_SERVICE_PERSIST_PLEN6] = { .type = NLA_U8, },
	[LB_A_SERVICE_DEST] = NLA_POLICY_NESTED(lb_dest_nl_policy),
	[LB_A_SERVICE_TCP_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_SERVICE_TCP_FIN_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_SERVICE_UDP_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_SERVICE_SCHED_FLAGS] = NLA_POLICY_MASK(NLA_U32, 0x7),
	[LB_A_SERVICE_ONE_PACKET] = NLA_POLICY_MAX(NLA_U8, 1),
	[LB_A_SERVICE_PE] = { .type = NLA_NUL_STRING, .len = LB_PE_NAME_MAX, },
	[LB_A_SERVICE_TUN_DF] = NLA_POLICY_MAX(NLA_U8, 3),
	[LB_A_SERVICE_MTU] = { .type = NLA_U32, },
	[LB_A_SERVICE_MSS_CLAMP] = NLA_POLICY_MAX(NLA_U8, 1),
	[LB_A_SERVICE_MARK] = NLA_POLICY_EXACT_LEN(8),
	[LB_A_SERVICE_REPLY_MARK] = NLA_POLICY_EXACT_LEN(8),
	[LB_A_SERVICE_COMMENT] = { .type = NLA_NUL_STRING, .len = LB_COMMENT_MAX, },
};

/* LB_CMD_SERVICE_DEL - do */
static const struct nla_policy lb_service_del_nl_policy[LB_A_SERVICE_ADDR6 + 1] = {
	[LB_A_SERVICE_FAMILY] = { .type = NLA_U8, },
	[LB_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_SERVICE_ADDR4] = { .type = NLA_U32, },
	[LB_A_SERVICE_PORT] = { .type = NLA_U16, },
	[LB_A_SERVICE_FWMARK] = { .type = NLA_U32, },
	[LB_A_SERVICE_ADDR6] = NLA_POLICY_EXACT_LEN(16),
};

/* LB_CMD_DEST_GET - dump */
static const struct nla_policy lb_dest_get_nl_policy[LB_A_SERVICE_ADDR6 + 1] = {
	[LB_A_SERVICE_FAMILY] = { .type = NLA_U8, },
	[LB_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_SERVICE_ADDR4] = { .type = NLA_U32, },
	[LB_A_SERVICE_PORT] = { .type = NLA_U16, },
	[LB_A_SERVICE_FWMARK] = { .type = NLA_U32, },
	[LB_A_SERVICE_ADDR6] = NLA_POLICY_EXACT_LEN(16),
};

/* LB_CMD_DEST_SET - do */
static const struct nla_policy lb_dest_set_nl_policy[LB_A_SERVICE_ADDR6 + 1] = {
	[LB_A_SERVICE_FAMILY] = { .type = NLA_U8, },
	[LB_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_SERVICE_ADDR4] = { .type = NLA_U32, },
	[LB_A_SERVICE_PORT] = { .type = NLA_U16, },
	[LB_A_SERVICE_FWMARK] = { .type = NLA_U32, },
	[LB_A_SERVICE_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_SERVICE_DEST] = NLA_POLICY_NESTED(lb_dest_nl_policy),
};

/* LB_CMD_DEST_DEL - do */
static const struct nla_policy lb_dest_del_nl_policy[LB_A_SERVICE_ADDR6 + 1] = {
	[LB_A_SERVICE_FAMILY] = { .type = NLA_U8, },
	[LB_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_SERVICE_ADDR4] = { .type = NLA_U32, },
	[LB_A_SERVICE_PORT] = { .type = NLA_U16, },
	[LB_A_SERVICE_FWMARK] = { .type = NLA_U32, },
	[LB_A_SERVICE_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_SERVICE_DEST] = NLA_POLICY_NESTED(lb_dest_nl_policy),
};

/* LB_CMD_FLUSH - do */
static const struct nla_policy lb_flush_nl_policy[LB_A_SERVICE_FAMILY + 1] = {
	[LB_A_SERVICE_FAMILY] = { .type = NLA_U8, },
};

/* LB_CMD_ZERO - do */
static const struct nla_policy lb_zero_nl_policy[LB_A_SERVICE_ADDR6 + 1] = {
	[LB_A_SERVICE_FAMILY] = { .type = NLA_U8, },
	[LB_A_SERVICE_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_SERVICE_ADDR4] = { .type = NLA_U32, },
	[LB_A_SERVICE_PORT] = { .type = NLA_U16, },
	[LB_A_SERVICE_FWMARK] = { .type = NLA_U32, },
	[LB_A_SERVICE_ADDR6] = NLA_POLICY_EXACT_LEN(16),
};

/* LB_CMD_CONN_GET - dump */
static const struct nla_policy lb_conn_get_nl_policy[LB_A_CONN_IMAGE + 1] = {
	[LB_A_CONN_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_CONN_CLIENT_ADDR4] = { .type = NLA_U32, },
	[LB_A_CONN_DEST_ADDR4] = { .type = NLA_U32, },
	[LB_A_CONN_DEST_PORT] = { .type = NLA_U16, },
	[LB_A_CONN_STATE] = NLA_POLICY_MAX(NLA_U8, 24),
	[LB_A_CONN_CLIENT_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_CONN_DEST_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_CONN_CLIENT_PLEN] = { .type = NLA_U8, },
	[LB_A_CONN_SERVICE] = NLA_POLICY_NESTED(lb_service_key_nl_policy),
	[LB_A_CONN_IMAGE] = { .type = NLA_FLAG, },
};

/* LB_CMD_CONFIG_SET - do */
static const struct nla_policy lb_config_set_nl_policy[LB_A_CONFIG_BACKUP_ONLY + 1] = {
	[LB_A_CONFIG_TCP_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_CONFIG_TCP_FIN_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_CONFIG_UDP_TIMEOUT] = { .type = NLA_U32, },
	[LB_A_CONFIG_FASTPATH] = NLA_POLICY_MAX(NLA_U8, 2),
	[LB_A_CONFIG_RUN_ESTIMATION] = { .type = NLA_U32, },
	[LB_A_CONFIG_CONN_REUSE_MODE] = { .type = NLA_U32, },
	[LB_A_CONFIG_EXPIRE_NODEST_CONN] = { .type = NLA_U32, },
	[LB_A_CONFIG_EXPIRE_QUIESCENT_TEMPLATE] = { .type = NLA_U32, },
	[LB_A_CONFIG_SLOPPY_TCP] = { .type = NLA_U32, },
	[LB_A_CONFIG_AMEMTHRESH] = { .type = NLA_U32, },
	[LB_A_CONFIG_AM_DROPRATE] = { .type = NLA_U32, },
	[LB_A_CONFIG_DROP_ENTRY] = { .type = NLA_U32, },
	[LB_A_CONFIG_DROP_PACKET] = { .type = NLA_U32, },
	[LB_A_CONFIG_SECURE_TCP] = { .type = NLA_U32, },
	[LB_A_CONFIG_CONN_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_MH_TABLE_SIZE] = { .type = NLA_U32, },
	[LB_A_CONFIG_LBLC_EXPIRATION] = { .type = NLA_U32, },
	[LB_A_CONFIG_LBLCR_EXPIRATION] = { .type = NLA_U32, },
	[LB_A_CONFIG_SLOPPY_SCTP] = { .type = NLA_U32, },
	[LB_A_CONFIG_SNAT_REROUTE] = { .type = NLA_U32, },
	[LB_A_CONFIG_NAT_ICMP_SEND] = { .type = NLA_U32, },
	[LB_A_CONFIG_IGNORE_TUNNELED] = { .type = NLA_U32, },
	[LB_A_CONFIG_PMTU_DISC] = { .type = NLA_U32, },
	[LB_A_CONFIG_SCHEDULE_ICMP] = { .type = NLA_U32, },
	[LB_A_CONFIG_CACHE_BYPASS] = { .type = NLA_U32, },
	[LB_A_CONFIG_CONNTRACK] = { .type = NLA_U32, },
	[LB_A_CONFIG_SERVICE_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_DEST_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_USER_CONN_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_USER_SERVICE_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_USER_DEST_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_CONN_TABLE_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_WAY_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_USER_CONN_TABLE_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_USER_WAY_MAX] = { .type = NLA_U32, },
	[LB_A_CONFIG_SYNC_RATE] = { .type = NLA_U32, },
	[LB_A_CONFIG_SYNC_PORTS] = { .type = NLA_U32, },
	[LB_A_CONFIG_SYNC_PERSIST_MODE] = { .type = NLA_U32, },
	[LB_A_CONFIG_SYNC_SOCK_SIZE] = { .type = NLA_U32, },
	[LB_A_CONFIG_BACKUP_ONLY] = { .type = NLA_U32, },
};

/* LB_CMD_CONN_FLUSH - do */
static const struct nla_policy lb_conn_flush_nl_policy[LB_A_CONN_SERVICE + 1] = {
	[LB_A_CONN_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_CONN_CLIENT_ADDR4] = { .type = NLA_U32, },
	[LB_A_CONN_DEST_ADDR4] = { .type = NLA_U32, },
	[LB_A_CONN_DEST_PORT] = { .type = NLA_U16, },
	[LB_A_CONN_STATE] = NLA_POLICY_MAX(NLA_U8, 24),
	[LB_A_CONN_CLIENT_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_CONN_DEST_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_CONN_CLIENT_PLEN] = { .type = NLA_U8, },
	[LB_A_CONN_SERVICE] = NLA_POLICY_NESTED(lb_service_key_nl_policy),
};

/* LB_CMD_LOAD - do */
static const struct nla_policy lb_load_nl_policy[LB_A_LOAD_DEST + 1] = {
	[LB_A_LOAD_CHECK] = { .type = NLA_FLAG, },
	[LB_A_LOAD_CONFIG] = NLA_POLICY_NESTED(lb_load_config_nl_policy),
	[LB_A_LOAD_SERVICE] = NLA_POLICY_NESTED(lb_load_service_nl_policy),
	[LB_A_LOAD_DEST] = NLA_POLICY_NESTED(lb_dest_nl_policy),
};

/* LB_CMD_CONN_SET - do */
static const struct nla_policy lb_conn_set_nl_policy[LB_A_CONN_FTP_PASSIVE + 1] = {
	[LB_A_CONN_FAMILY] = { .type = NLA_U8, },
	[LB_A_CONN_PROTOCOL] = { .type = NLA_U8, },
	[LB_A_CONN_CLIENT_ADDR4] = { .type = NLA_U32, },
	[LB_A_CONN_CLIENT_PORT] = { .type = NLA_U16, },
	[LB_A_CONN_VIRTUAL_ADDR4] = { .type = NLA_U32, },
	[LB_A_CONN_VIRTUAL_PORT] = { .type = NLA_U16, },
	[LB_A_CONN_DEST_ADDR4] = { .type = NLA_U32, },
	[LB_A_CONN_DEST_PORT] = { .type = NLA_U16, },
	[LB_A_CONN_FWMARK] = { .type = NLA_U32, },
	[LB_A_CONN_FORWARD] = NLA_POLICY_MAX(NLA_U8, 2),
	[LB_A_CONN_STATE] = NLA_POLICY_MAX(NLA_U8, 24),
	[LB_A_CONN_EXPIRES] = { .type = NLA_U32, },
	[LB_A_CONN_TEMPLATE] = { .type = NLA_FLAG, },
	[LB_A_CONN_CLIENT_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_CONN_VIRTUAL_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_CONN_DEST_ADDR6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_CONN_PE] = { .type = NLA_NUL_STRING, },
	[LB_A_CONN_PE_DATA] = { .type = NLA_NUL_STRING, },
	[LB_A_CONN_HEARD] = { .type = NLA_FLAG, },
	[LB_A_CONN_PERSISTENT] = { .type = NLA_FLAG, },
	[LB_A_CONN_EXPECTED] = { .type = NLA_FLAG, },
	[LB_A_CONN_OWN_PORT] = { .type = NLA_U16, },
	[LB_A_CONN_CONTROL_PORT] = { .type = NLA_U16, },
	[LB_A_CONN_CALL_ID] = { .type = NLA_NUL_STRING, },
	[LB_A_CONN_FTP_POS] = { .type = NLA_U32, },
	[LB_A_CONN_FTP_BEFORE] = { .type = NLA_U32, },
	[LB_A_CONN_FTP_AFTER] = { .type = NLA_U32, },
	[LB_A_CONN_FTP_PASSIVE] = { .type = NLA_FLAG, },
};

/* LB_CMD_SYNC_SET - do */
static const struct nla_policy lb_sync_set_nl_policy[LB_A_SYNC_KEY + 1] = {
	[LB_A_SYNC_ROLE] = NLA_POLICY_MAX(NLA_U8, 1),
	[LB_A_SYNC_INTERFACE] = { .type = NLA_NUL_STRING, .len = 15, },
	[LB_A_SYNC_SYNCID] = { .type = NLA_U8, },
	[LB_A_SYNC_MAXLEN] = { .type = NLA_U32, },
	[LB_A_SYNC_GROUP4] = { .type = NLA_U32, },
	[LB_A_SYNC_GROUP6] = NLA_POLICY_EXACT_LEN(16),
	[LB_A_SYNC_PORT] = { .type = NLA_U16, },
	[LB_A_SYNC_TTL] = { .type = NLA_U8, },
	[LB_A_SYNC_PEER] = NLA_POLICY_NESTED(lb_sync_peer_nl_policy),
	[LB_A_SYNC_KEY] = { .type = NLA_BINARY, },
};

/* LB_CMD_SYNC_DEL - do */
static const struct nla_policy lb_sync_del_nl_policy[LB_A_SYNC_ROLE + 1] = {
	[LB_A_SYNC_ROLE] = NLA_POLICY_MAX(NLA_U8, 1),
};

/* Ops table for lb */
const struct genl_split_ops lb_nl_ops[19] = {
	{
		.cmd		= LB_CMD_SERVICE_GET,
		.doit		= lb_nl_service_get_doit,
		.policy		= lb_service_get_nl_policy,
		.maxattr	= LB_A_SERVICE_ADDR6,
		.flags		= GENL_CMD_CAP_DO,
	},
	{
		.cmd	= LB_CMD_SERVICE_GET,
		.dumpit	= lb_nl_service_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= LB_CMD_SERVICE_SET,
		.doit		= lb_nl_service_set_doit,
		.policy		= lb_service_set_nl_policy,
		.maxattr	= LB_A_SERVICE_COMMENT,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_SERVICE_DEL,
		.doit		= lb_nl_service_del_doit,
		.policy		= lb_service_del_nl_policy,
		.maxattr	= LB_A_SERVICE_ADDR6,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_DEST_GET,
		.dumpit		= lb_nl_dest_get_dumpit,
		.policy		= lb_dest_get_nl_policy,
		.maxattr	= LB_A_SERVICE_ADDR6,
		.flags		= GENL_CMD_CAP_DUMP,
	},
	{
		.cmd		= LB_CMD_DEST_SET,
		.doit		= lb_nl_dest_set_doit,
		.policy		= lb_dest_set_nl_policy,
		.maxattr	= LB_A_SERVICE_ADDR6,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_DEST_DEL,
		.doit		= lb_nl_dest_del_doit,
		.policy		= lb_dest_del_nl_policy,
		.maxattr	= LB_A_SERVICE_ADDR6,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_FLUSH,
		.doit		= lb_nl_flush_doit,
		.policy		= lb_flush_nl_policy,
		.maxattr	= LB_A_SERVICE_FAMILY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_ZERO,
		.doit		= lb_nl_zero_doit,
		.policy		= lb_zero_nl_policy,
		.maxattr	= LB_A_SERVICE_ADDR6,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_CONN_GET,
		.dumpit		= lb_nl_conn_get_dumpit,
		.policy		= lb_conn_get_nl_policy,
		.maxattr	= LB_A_CONN_IMAGE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DUMP,
	},
	{
		.cmd	= LB_CMD_CONFIG_GET,
		.doit	= lb_nl_config_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_CONFIG_SET,
		.doit		= lb_nl_config_set_doit,
		.policy		= lb_config_set_nl_policy,
		.maxattr	= LB_A_CONFIG_BACKUP_ONLY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= LB_CMD_INFO_GET,
		.doit	= lb_nl_info_get_doit,
		.flags	= GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_CONN_FLUSH,
		.doit		= lb_nl_conn_flush_doit,
		.policy		= lb_conn_flush_nl_policy,
		.maxattr	= LB_A_CONN_SERVICE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_LOAD,
		.doit		= lb_nl_load_doit,
		.policy		= lb_load_nl_policy,
		.maxattr	= LB_A_LOAD_DEST,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_CONN_SET,
		.doit		= lb_nl_conn_set_doit,
		.policy		= lb_conn_set_nl_policy,
		.maxattr	= LB_A_CONN_FTP_PASSIVE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_SYNC_SET,
		.doit		= lb_nl_sync_set_doit,
		.policy		= lb_sync_set_nl_policy,
		.maxattr	= LB_A_SYNC_KEY,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd		= LB_CMD_SYNC_DEL,
		.doit		= lb_nl_sync_del_doit,
		.policy		= lb_sync_del_nl_policy,
		.maxattr	= LB_A_SYNC_ROLE,
		.flags		= GENL_UNS_ADMIN_PERM | GENL_CMD_CAP_DO,
	},
	{
		.cmd	= LB_CMD_SYNC_GET,
		.dumpit	= lb_nl_sync_get_dumpit,
		.flags	= GENL_CMD_CAP_DUMP,
	},
};

