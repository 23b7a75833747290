/* SPDX-License-Identifier: GPL-2.0 WITH Linux-syscall-note */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/lb.yaml */
/* YNL-GEN uapi header */

#ifndef _UAPI_LINUX_LB_H
#define _UAPI_LINUX_LB_H

#define LB_GENL_NAME	"lb"
#define LB_GENL_VERSION	1

#define LB_SCHED_NAME_MAX	15
#define LB_PE_NAME_MAX		16
#define LB_COMMENT_MAX		127

/**
 * enum lb_sched_flag - What a scheduler takes into account beyond its rule.
 *   Each scheduler gives them a meaning of its own, or none.
 * @LB_SCHED_FLAG_FALLBACK: sh, mh: try other entries of the table if the
 *   server of the client's own cannot take a connection; flag-1 of ipvsadm.
 * @LB_SCHED_FLAG_PORT: sh, mh: choose by the client's port, too; flag-2 of
 *   ipvsadm.
 * @LB_SCHED_FLAG_THIRD: Without a meaning to the schedulers of lb; flag-3 of
 *   ipvsadm.
 */
enum lb_sched_flag {
	LB_SCHED_FLAG_FALLBACK = 1,
	LB_SCHED_FLAG_PORT = 2,
	LB_SCHED_FLAG_THIRD = 4,

	/* private: */
	LB_SCHED_FLAG_MASK = 7,
};

/**
 * enum lb_forward - How packets reach a real server.
 * @LB_FORWARD_NAT: Rewrite the destination; replies pass the director.
 * @LB_FORWARD_DR: Direct routing, send the packet unchanged to the server's
 *   link address.
 * @LB_FORWARD_TUN: Send the packet in a tunnel; tun-type says of which kind.
 */
enum lb_forward {
	LB_FORWARD_NAT,
	LB_FORWARD_DR,
	LB_FORWARD_TUN,

	/* private: */
	__LB_FORWARD_MAX,
	LB_FORWARD_MAX = (__LB_FORWARD_MAX - 1)
};

/**
 * enum lb_tunnel_type - How a tunnel carries packets.
 * @LB_TUNNEL_TYPE_IPIP: In IP (RFC 2003, RFC 2473, RFC 4213).
 * @LB_TUNNEL_TYPE_GRE: In GRE (RFC 2784).
 * @LB_TUNNEL_TYPE_GUE: In GUE, version 0, over UDP (draft-ietf-intarea-gue).
 */
enum lb_tunnel_type {
	LB_TUNNEL_TYPE_IPIP,
	LB_TUNNEL_TYPE_GRE,
	LB_TUNNEL_TYPE_GUE,

	/* private: */
	__LB_TUNNEL_TYPE_MAX,
	LB_TUNNEL_TYPE_MAX = (__LB_TUNNEL_TYPE_MAX - 1)
};

/**
 * enum lb_tunnel_checksum - Whether a tunnel of type gre or gue has a checksum
 *   of its own.
 * @LB_TUNNEL_CHECKSUM_NONE: It has none.
 * @LB_TUNNEL_CHECKSUM_FULL: Over the whole packet.
 * @LB_TUNNEL_CHECKSUM_REMOTE: Over the whole packet, and the inner one is left
 *   for the real server to compute where it is not computed yet; gue only.
 */
enum lb_tunnel_checksum {
	LB_TUNNEL_CHECKSUM_NONE,
	LB_TUNNEL_CHECKSUM_FULL,
	LB_TUNNEL_CHECKSUM_REMOTE,

	/* private: */
	__LB_TUNNEL_CHECKSUM_MAX,
	LB_TUNNEL_CHECKSUM_MAX = (__LB_TUNNEL_CHECKSUM_MAX - 1)
};

/**
 * enum lb_tunnel_df - What becomes of packets that do not fit into the tunnel
 *   to a real server, and of the don't-fragment bit of its packets, of which
 *   IPv6 has none.
 * @LB_TUNNEL_DF_DEFAULT: As the pmtu-disc setting says.
 * @LB_TUNNEL_DF_INHERIT: The bit is that of the packet inside. Who sends one
 *   with it, or of IPv6, that does not fit is told what would; others are
 *   fragmented.
 * @LB_TUNNEL_DF_SET: Always set. Whoever sends a packet that does not fit is
 *   told what would.
 * @LB_TUNNEL_DF_UNSET: Never set. Nobody is told; tunnel packets are
 *   fragmented as needed.
 */
enum lb_tunnel_df {
	LB_TUNNEL_DF_DEFAULT,
	LB_TUNNEL_DF_INHERIT,
	LB_TUNNEL_DF_SET,
	LB_TUNNEL_DF_UNSET,

	/* private: */
	__LB_TUNNEL_DF_MAX,
	LB_TUNNEL_DF_MAX = (__LB_TUNNEL_DF_MAX - 1)
};

/**
 * enum lb_state - State of a connection.
 * @LB_STATE_NONE: No packet has moved it yet; also the state of templates.
 * @LB_STATE_UDP: The only state of UDP.
 * @LB_STATE_SCTP_INIT1: The client asked once for an association.
 */
enum lb_state {
	LB_STATE_NONE,
	LB_STATE_ESTABLISHED,
	LB_STATE_SYN_SENT,
	LB_STATE_SYN_RECV,
	LB_STATE_FIN_WAIT,
	LB_STATE_TIME_WAIT,
	LB_STATE_CLOSE,
	LB_STATE_CLOSE_WAIT,
	LB_STATE_LAST_ACK,
	LB_STATE_LISTEN,
	LB_STATE_SYNACK,
	LB_STATE_UDP,
	LB_STATE_SCTP_INIT1,
	LB_STATE_SCTP_INIT,
	LB_STATE_SCTP_COOKIE_SENT,
	LB_STATE_SCTP_COOKIE_REPLIED,
	LB_STATE_SCTP_COOKIE_WAIT,
	LB_STATE_SCTP_COOKIE,
	LB_STATE_SCTP_COOKIE_ECHOED,
	LB_STATE_SCTP_ESTABLISHED,
	LB_STATE_SCTP_SHUTDOWN_SENT,
	LB_STATE_SCTP_SHUTDOWN_RECEIVED,
	LB_STATE_SCTP_SHUTDOWN_ACK_SENT,
	LB_STATE_SCTP_REJECTED,
	LB_STATE_SCTP_CLOSED,

	/* private: */
	__LB_STATE_MAX,
	LB_STATE_MAX = (__LB_STATE_MAX - 1)
};

/**
 * enum lb_drop - Why lb dropped a packet.
 * @LB_DROP_NO_DEST: No real server of the service could take a new connection;
 *   the client was told with a port unreachable.
 * @LB_DROP_DEST_GONE: The connection's real server was removed from its
 *   service.
 * @LB_DROP_NO_MEMORY: Memory for a connection or for the packet could not be
 *   had.
 * @LB_DROP_CLASH: A different connection uses the addresses and ports this one
 *   needs between director and any real server; the client was told with a
 *   port unreachable.
 * @LB_DROP_NO_ROUTE: There is no route to the real server.
 * @LB_DROP_LOCAL_CROSSING: The real server's address is of the loopback
 *   network and the packet came from outside, or the packet has a loopback
 *   source and would leave the director.
 * @LB_DROP_TTL: The time to live ran out; the sender was told.
 * @LB_DROP_TOO_BIG: The packet exceeds the path MTU and must not be
 *   fragmented; the sender was told, unless the path has less than the least
 *   MTU.
 * @LB_DROP_ICMP: An ICMP error about a connection, or about a tunnel packet of
 *   one, had a wrong checksum.
 * @LB_DROP_DEFENCE: The drop-packet setting says that new connections are to
 *   be dropped.
 * @LB_DROP_CONN_MAX: There are conn-max connections, and none was found that
 *   could be given up.
 * @LB_DROP_NO_CONN: A real server sent it for no connection, and was told so
 *   as nat-icmp-send asks.
 * @LB_DROP_TRACKED: It began a connection anew, but connection tracking took
 *   it for one of the old; it may come again.
 * @LB_DROP_FRAGMENT: A fragment to or from a service or real server did not
 *   fit the others of its packet.
 * @LB_DROP_MERGED: Its device had merged several packets (LRO), which cannot
 *   be sent on.
 * @LB_DROP_LOOP: The time to live ran out in a packet that came from the real
 *   server it was for, which is a director itself; the sender was told.
 * @LB_DROP_POLICY: A policy of IPsec does not let it in or out in clear, or
 *   not yet.
 * @LB_DROP_FIREWALL: A rule in OUTPUT or POSTROUTING, or another netfilter
 *   hook behind lb, did not let it go to the real server.
 * @LB_DROP_TUNNEL: An ICMP error said that a tunnel's packet did not reach the
 *   real server, or that nothing unwraps it there; the client was told.
 */
enum lb_drop {
	LB_DROP_NO_DEST,
	LB_DROP_DEST_GONE,
	LB_DROP_NO_MEMORY,
	LB_DROP_CLASH,
	LB_DROP_NO_ROUTE,
	LB_DROP_LOCAL_CROSSING,
	LB_DROP_TTL,
	LB_DROP_TOO_BIG,
	LB_DROP_ICMP,
	LB_DROP_DEFENCE,
	LB_DROP_CONN_MAX,
	LB_DROP_NO_CONN,
	LB_DROP_TRACKED,
	LB_DROP_FRAGMENT,
	LB_DROP_MERGED,
	LB_DROP_LOOP,
	LB_DROP_POLICY,
	LB_DROP_FIREWALL,
	LB_DROP_TUNNEL,

	/* private: */
	__LB_DROP_MAX,
	LB_DROP_MAX = (__LB_DROP_MAX - 1)
};

/**
 * enum lb_fastpath - When established connections take the fast path.
 * @LB_FASTPATH_AUTO: While it skips no netfilter hook but those of lb.
 * @LB_FASTPATH_ON: Always, although rules of the firewall may be skipped.
 * @LB_FASTPATH_OFF: Never.
 */
enum lb_fastpath {
	LB_FASTPATH_AUTO,
	LB_FASTPATH_ON,
	LB_FASTPATH_OFF,

	/* private: */
	__LB_FASTPATH_MAX,
	LB_FASTPATH_MAX = (__LB_FASTPATH_MAX - 1)
};

/**
 * enum lb_path - Which path a packet took, and why it was not the fast one.
 * @LB_PATH_FAST: The fast path.
 * @LB_PATH_OFF: The fast path is off.
 * @LB_PATH_FOREIGN_HOOK: A netfilter hook that is not of lb must see the
 *   packet.
 * @LB_PATH_LOCAL: It was made by this host, or is for a real server on it.
 * @LB_PATH_NEW: It opened a connection.
 * @LB_PATH_STATE: It has the TCP flag SYN; with fastpath on, also FIN or RST.
 * @LB_PATH_ICMP: An ICMP error about a connection.
 * @LB_PATH_FRAGMENT: It came in fragments.
 * @LB_PATH_OPTIONS: It has IP options.
 * @LB_PATH_WAY: The first of its connection and direction that came by this
 *   device, or since the routes changed: the stack has to let it in. Or there
 *   are policy rules, IPsec policies or the like, and each has to ask.
 * @LB_PATH_OTHER: Its device has no fast path, its time to live ends, it
 *   exceeds the path MTU.
 * @LB_PATH_PROTOCOL: It is neither TCP nor UDP, or of a control connection of
 *   FTP by NAT.
 */
enum lb_path {
	LB_PATH_FAST,
	LB_PATH_OFF,
	LB_PATH_FOREIGN_HOOK,
	LB_PATH_LOCAL,
	LB_PATH_NEW,
	LB_PATH_STATE,
	LB_PATH_ICMP,
	LB_PATH_FRAGMENT,
	LB_PATH_OPTIONS,
	LB_PATH_WAY,
	LB_PATH_OTHER,
	LB_PATH_PROTOCOL,

	/* private: */
	__LB_PATH_MAX,
	LB_PATH_MAX = (__LB_PATH_MAX - 1)
};

/**
 * enum lb_sync_role - What a director does to have its connections known
 *   elsewhere.
 * @LB_SYNC_ROLE_MASTER: It tells others of its connections.
 * @LB_SYNC_ROLE_BACKUP: It takes in what others tell.
 */
enum lb_sync_role {
	LB_SYNC_ROLE_MASTER,
	LB_SYNC_ROLE_BACKUP,

	/* private: */
	__LB_SYNC_ROLE_MAX,
	LB_SYNC_ROLE_MAX = (__LB_SYNC_ROLE_MAX - 1)
};

/**
 * enum lb_sync_count - What is counted of synchronisation.
 * @LB_SYNC_COUNT_SENT_MESSAGES: Messages sent, one to each peer and to the
 *   group.
 * @LB_SYNC_COUNT_SENT_BYTES: Bytes of these, without headers of UDP.
 * @LB_SYNC_COUNT_SENT_CONNS: Connections and templates told, again and again
 *   while they last.
 * @LB_SYNC_COUNT_SEND_ERRORS: Messages that could not be sent.
 * @LB_SYNC_COUNT_ASKED: Requests of backups for connections.
 * @LB_SYNC_COUNT_ASKED_TOO_MUCH: Such requests while too many others were not
 *   answered yet.
 * @LB_SYNC_COUNT_MESSAGES: Messages received.
 * @LB_SYNC_COUNT_BYTES: Bytes of these.
 * @LB_SYNC_COUNT_CONNS: Connections and templates that were told of, from whom
 *   it counts.
 * @LB_SYNC_COUNT_OLDER: Of these, those about which this host knew more.
 * @LB_SYNC_COUNT_NO_SERVICE: Of these, those for which there is no service
 *   here.
 * @LB_SYNC_COUNT_NO_DEST: Of these, those whose real server is not in the
 *   service here.
 * @LB_SYNC_COUNT_CLASH: Of these, those whose addresses and ports another
 *   connection has.
 * @LB_SYNC_COUNT_IMPOSSIBLE: Of these, those that their service here could not
 *   have.
 * @LB_SYNC_COUNT_NO_ROOM: Of these, those for which there was no memory, or
 *   conn-max was met.
 * @LB_SYNC_COUNT_LOST: Messages that did not come.
 * @LB_SYNC_COUNT_REORDERED: Messages that came late.
 * @LB_SYNC_COUNT_DUPLICATE: Messages that came again, and were ignored.
 * @LB_SYNC_COUNT_REQUESTS: Times that a master was asked for what is missing.
 * @LB_SYNC_COUNT_REQUESTS_DONE: Requests that were answered in full.
 * @LB_SYNC_COUNT_OWN: Messages that this host has sent itself.
 * @LB_SYNC_COUNT_STRANGER: Messages of a master that has not answered yet, so
 *   that it could be a recording; or of too many masters.
 * @LB_SYNC_COUNT_UNAUTHENTIC: Messages of somebody who does not have the key.
 * @LB_SYNC_COUNT_REPLAYED: Messages with the key that came again.
 * @LB_SYNC_COUNT_WRONG_TTL: Messages with a time to live above the one that
 *   was set.
 * @LB_SYNC_COUNT_WRONG_PEER: Messages of somebody who is no peer.
 * @LB_SYNC_COUNT_WRONG_SYNCID: Messages for another syncid.
 * @LB_SYNC_COUNT_BAD_CHECKSUM: Messages with a wrong checksum.
 * @LB_SYNC_COUNT_BAD_SIZE: Messages that say that they are longer, or shorter,
 *   than they are.
 * @LB_SYNC_COUNT_BAD_LENGTH: Messages that end too early.
 * @LB_SYNC_COUNT_BAD_VERSION: Messages of a version that is not known.
 * @LB_SYNC_COUNT_BAD_TYPE: Connections with addresses of a kind that is not
 *   known.
 * @LB_SYNC_COUNT_BAD_FLAGS: Connections with flags that are not known, or
 *   exclude each other.
 * @LB_SYNC_COUNT_BAD_FORWARD: Connections with a way to the real server that
 *   lb does not have.
 * @LB_SYNC_COUNT_BAD_PROTO: Connections that are neither of TCP nor of UDP nor
 *   of SCTP.
 * @LB_SYNC_COUNT_BAD_STATE: Connections in a state that their protocol does
 *   not have.
 * @LB_SYNC_COUNT_BAD_TIMEOUT: Connections that would last for longer than 31
 *   days.
 * @LB_SYNC_COUNT_BAD_PORT: Connections with a port where there can be none.
 * @LB_SYNC_COUNT_BAD_OPTION: Connections with an option that is cut, there
 *   twice, or not known.
 * @LB_SYNC_COUNT_BAD_CALL_ID: Templates of SIP without a Call-ID.
 * @LB_SYNC_COUNT_BAD_TRAILER: Messages whose trailer is damaged, or of a
 *   version that is not known.
 */
enum lb_sync_count {
	LB_SYNC_COUNT_SENT_MESSAGES,
	LB_SYNC_COUNT_SENT_BYTES,
	LB_SYNC_COUNT_SENT_CONNS,
	LB_SYNC_COUNT_SEND_ERRORS,
	LB_SYNC_COUNT_ASKED,
	LB_SYNC_COUNT_ASKED_TOO_MUCH,
	LB_SYNC_COUNT_MESSAGES,
	LB_SYNC_COUNT_BYTES,
	LB_SYNC_COUNT_CONNS,
	LB_SYNC_COUNT_OLDER,
	LB_SYNC_COUNT_NO_SERVICE,
	LB_SYNC_COUNT_NO_DEST,
	LB_SYNC_COUNT_CLASH,
	LB_SYNC_COUNT_IMPOSSIBLE,
	LB_SYNC_COUNT_NO_ROOM,
	LB_SYNC_COUNT_LOST,
	LB_SYNC_COUNT_REORDERED,
	LB_SYNC_COUNT_DUPLICATE,
	LB_SYNC_COUNT_REQUESTS,
	LB_SYNC_COUNT_REQUESTS_DONE,
	LB_SYNC_COUNT_OWN,
	LB_SYNC_COUNT_STRANGER,
	LB_SYNC_COUNT_UNAUTHENTIC,
	LB_SYNC_COUNT_REPLAYED,
	LB_SYNC_COUNT_WRONG_TTL,
	LB_SYNC_COUNT_WRONG_PEER,
	LB_SYNC_COUNT_WRONG_SYNCID,
	LB_SYNC_COUNT_BAD_CHECKSUM,
	LB_SYNC_COUNT_BAD_SIZE,
	LB_SYNC_COUNT_BAD_LENGTH,
	LB_SYNC_COUNT_BAD_VERSION,
	LB_SYNC_COUNT_BAD_TYPE,
	LB_SYNC_COUNT_BAD_FLAGS,
	LB_SYNC_COUNT_BAD_FORWARD,
	LB_SYNC_COUNT_BAD_PROTO,
	LB_SYNC_COUNT_BAD_STATE,
	LB_SYNC_COUNT_BAD_TIMEOUT,
	LB_SYNC_COUNT_BAD_PORT,
	LB_SYNC_COUNT_BAD_OPTION,
	LB_SYNC_COUNT_BAD_CALL_ID,
	LB_SYNC_COUNT_BAD_TRAILER,

	/* private: */
	__LB_SYNC_COUNT_MAX,
	LB_SYNC_COUNT_MAX = (__LB_SYNC_COUNT_MAX - 1)
};

enum {
	LB_A_SERVICE_FAMILY = 1,
	LB_A_SERVICE_PROTOCOL,
	LB_A_SERVICE_ADDR4,
	LB_A_SERVICE_PORT,
	LB_A_SERVICE_FWMARK,
	LB_A_SERVICE_SCHEDULER,
	LB_A_SERVICE_PERSIST_TIMEOUT,
	LB_A_SERVICE_PERSIST_MASK4,
	LB_A_SERVICE_DEST,
	LB_A_SERVICE_STATS,
	LB_A_SERVICE_ADDR6,
	LB_A_SERVICE_PERSIST_PLEN6,
	LB_A_SERVICE_TCP_TIMEOUT,
	LB_A_SERVICE_TCP_FIN_TIMEOUT,
	LB_A_SERVICE_UDP_TIMEOUT,
	LB_A_SERVICE_SCHED_FLAGS,
	LB_A_SERVICE_ONE_PACKET,
	LB_A_SERVICE_PE,
	LB_A_SERVICE_TUN_DF,
	LB_A_SERVICE_MTU,
	LB_A_SERVICE_MSS_CLAMP,
	LB_A_SERVICE_MARK,
	LB_A_SERVICE_REPLY_MARK,
	LB_A_SERVICE_COMMENT,

	__LB_A_SERVICE_MAX
};
#define LB_A_SERVICE_MAX (__LB_A_SERVICE_MAX - 1)

enum {
	LB_A_DEST_ADDR4 = 1,
	LB_A_DEST_PORT,
	LB_A_DEST_FORWARD,
	LB_A_DEST_WEIGHT,
	LB_A_DEST_UPPER_THRESHOLD,
	LB_A_DEST_LOWER_THRESHOLD,
	LB_A_DEST_ACTIVE_CONNS,
	LB_A_DEST_INACTIVE_CONNS,
	LB_A_DEST_PERSIST_CONNS,
	LB_A_DEST_STATS,
	LB_A_DEST_ADDR6,
	LB_A_DEST_TUN_TYPE,
	LB_A_DEST_TUN_PORT,
	LB_A_DEST_TUN_CHECKSUM,
	LB_A_DEST_COMMENT,

	__LB_A_DEST_MAX
};
#define LB_A_DEST_MAX (__LB_A_DEST_MAX - 1)

enum {
	LB_A_STATS_PAD = 1,
	LB_A_STATS_CONNS,
	LB_A_STATS_IN_PACKETS,
	LB_A_STATS_OUT_PACKETS,
	LB_A_STATS_IN_BYTES,
	LB_A_STATS_OUT_BYTES,
	LB_A_STATS_CONNS_RATE,
	LB_A_STATS_IN_PACKETS_RATE,
	LB_A_STATS_OUT_PACKETS_RATE,
	LB_A_STATS_IN_BYTES_RATE,
	LB_A_STATS_OUT_BYTES_RATE,

	__LB_A_STATS_MAX
};
#define LB_A_STATS_MAX (__LB_A_STATS_MAX - 1)

enum {
	LB_A_CONN_FAMILY = 1,
	LB_A_CONN_PROTOCOL,
	LB_A_CONN_CLIENT_ADDR4,
	LB_A_CONN_CLIENT_PORT,
	LB_A_CONN_VIRTUAL_ADDR4,
	LB_A_CONN_VIRTUAL_PORT,
	LB_A_CONN_DEST_ADDR4,
	LB_A_CONN_DEST_PORT,
	LB_A_CONN_FWMARK,
	LB_A_CONN_FORWARD,
	LB_A_CONN_STATE,
	LB_A_CONN_EXPIRES,
	LB_A_CONN_TEMPLATE,
	LB_A_CONN_CLIENT_ADDR6,
	LB_A_CONN_VIRTUAL_ADDR6,
	LB_A_CONN_DEST_ADDR6,
	LB_A_CONN_CLIENT_PLEN,
	LB_A_CONN_SERVICE,
	LB_A_CONN_PE,
	LB_A_CONN_PE_DATA,
	LB_A_CONN_IMAGE,
	LB_A_CONN_HEARD,
	LB_A_CONN_PERSISTENT,
	LB_A_CONN_EXPECTED,
	LB_A_CONN_OWN_PORT,
	LB_A_CONN_CONTROL_PORT,
	LB_A_CONN_CALL_ID,
	LB_A_CONN_FTP_POS,
	LB_A_CONN_FTP_BEFORE,
	LB_A_CONN_FTP_AFTER,
	LB_A_CONN_FTP_PASSIVE,

	__LB_A_CONN_MAX
};
#define LB_A_CONN_MAX (__LB_A_CONN_MAX - 1)

enum {
	LB_A_CONFIG_TCP_TIMEOUT = 1,
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
	LB_A_CONFIG_SYNC_RATE,
	LB_A_CONFIG_SYNC_PORTS,
	LB_A_CONFIG_SYNC_PERSIST_MODE,
	LB_A_CONFIG_SYNC_SOCK_SIZE,
	LB_A_CONFIG_BACKUP_ONLY,

	__LB_A_CONFIG_MAX
};
#define LB_A_CONFIG_MAX (__LB_A_CONFIG_MAX - 1)

enum {
	LB_A_INFO_VERSION = 1,
	LB_A_INFO_SERVICES,
	LB_A_INFO_CONNS,
	LB_A_INFO_CONN_TABLE_SIZE,
	LB_A_INFO_STATS,
	LB_A_INFO_DROP,
	LB_A_INFO_PATH,
	LB_A_INFO_SCHEDULER,
	LB_A_INFO_PAD,
	LB_A_INFO_EVICTED,

	__LB_A_INFO_MAX
};
#define LB_A_INFO_MAX (__LB_A_INFO_MAX - 1)

enum {
	LB_A_DROP_COUNT_PAD = 1,
	LB_A_DROP_COUNT_REASON,
	LB_A_DROP_COUNT_PACKETS,

	__LB_A_DROP_COUNT_MAX
};
#define LB_A_DROP_COUNT_MAX (__LB_A_DROP_COUNT_MAX - 1)

enum {
	LB_A_PATH_COUNT_PAD = 1,
	LB_A_PATH_COUNT_PATH,
	LB_A_PATH_COUNT_PACKETS,

	__LB_A_PATH_COUNT_MAX
};
#define LB_A_PATH_COUNT_MAX (__LB_A_PATH_COUNT_MAX - 1)

enum {
	LB_A_LOAD_CHECK = 1,
	LB_A_LOAD_CONFIG,
	LB_A_LOAD_SERVICE,
	LB_A_LOAD_DEST,

	__LB_A_LOAD_MAX
};
#define LB_A_LOAD_MAX (__LB_A_LOAD_MAX - 1)

enum {
	LB_A_SYNC_PEER_ADDR4 = 1,
	LB_A_SYNC_PEER_ADDR6,

	__LB_A_SYNC_PEER_MAX
};
#define LB_A_SYNC_PEER_MAX (__LB_A_SYNC_PEER_MAX - 1)

enum {
	LB_A_SYNC_COUNTER_PAD = 1,
	LB_A_SYNC_COUNTER_WHAT,
	LB_A_SYNC_COUNTER_COUNT,

	__LB_A_SYNC_COUNTER_MAX
};
#define LB_A_SYNC_COUNTER_MAX (__LB_A_SYNC_COUNTER_MAX - 1)

enum {
	LB_A_SYNC_ROLE = 1,
	LB_A_SYNC_INTERFACE,
	LB_A_SYNC_SYNCID,
	LB_A_SYNC_MAXLEN,
	LB_A_SYNC_GROUP4,
	LB_A_SYNC_GROUP6,
	LB_A_SYNC_PORT,
	LB_A_SYNC_TTL,
	LB_A_SYNC_PEER,
	LB_A_SYNC_KEY,
	LB_A_SYNC_KEYED,
	LB_A_SYNC_COUNTER,

	__LB_A_SYNC_MAX
};
#define LB_A_SYNC_MAX (__LB_A_SYNC_MAX - 1)

enum {
	LB_CMD_SERVICE_GET = 1,
	LB_CMD_SERVICE_SET,
	LB_CMD_SERVICE_DEL,
	LB_CMD_SERVICE_NTF,
	LB_CMD_SERVICE_DEL_NTF,
	LB_CMD_DEST_GET,
	LB_CMD_DEST_SET,
	LB_CMD_DEST_DEL,
	LB_CMD_DEST_NTF,
	LB_CMD_DEST_DEL_NTF,
	LB_CMD_FLUSH,
	LB_CMD_ZERO,
	LB_CMD_CONN_GET,
	LB_CMD_CONFIG_GET,
	LB_CMD_CONFIG_SET,
	LB_CMD_CONFIG_NTF,
	LB_CMD_INFO_GET,
	LB_CMD_CONN_FLUSH,
	LB_CMD_LOAD,
	LB_CMD_CONN_SET,
	LB_CMD_SYNC_SET,
	LB_CMD_SYNC_DEL,
	LB_CMD_SYNC_GET,

	__LB_CMD_MAX
};
#define LB_CMD_MAX (__LB_CMD_MAX - 1)

#define LB_MCGRP_CONFIG	"config"

#endif /* _UAPI_LINUX_LB_H */
