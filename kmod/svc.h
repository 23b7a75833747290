/* SPDX-License-Identifier: GPL-2.0-only */
/* Virtual services. */
#ifndef _LB_SVC_H
#define _LB_SVC_H

#include <linux/rhashtable.h>

#include "dest.h"
#include "sched.h"

/**
 * struct lb_svc - A virtual service.
 * @node: In lbn->svc_table.
 * @key: Its key.
 * @id: Its index in lbn->svcs.
 * @sched: Its scheduler; cfg_lock to replace. NULL as long as the service is
 *	only prepared: packets and listings do not find it.
 * @persist_timeout: Seconds a client stays with its real server, 0 for not at
 *	all; packets READ_ONCE.
 * @persist_mask: Clients that agree under it persist together; READ_ONCE.
 * @persist_plen: As @persist_mask for IPv6, a prefix length; READ_ONCE.
 * @timeout: Seconds; 0 is what the namespace has; cfg_lock.
 * @one_packet: Each UDP packet is a connection of its own; READ_ONCE.
 * @sip: What persists is a Call-ID of SIP, not a client; READ_ONCE.
 * @policy: What is done about packets that may be too big; cfg_lock.
 * @mark: As in struct lb_dest; cfg_lock.
 * @dests: Its real servers, newest first; RCU, cfg_lock to write.
 * @num_dests: How many; cfg_lock.
 * @next_dest_id: Id of the next real server; cfg_lock.
 * @past: What removed real servers counted; cfg_lock.
 * @sum: What lb_svc_read() found last; cfg_lock.
 * @rate: As @sum.
 * @read_at: When that was, jiffies of 64 bits; 0 is never; cfg_lock.
 * @listed: A request under way names it; cfg_lock.
 * @rcu: For freeing.
 * @comment: What people want to know, or NULL; cfg_lock.
 */
struct lb_svc {
	struct rhash_head node;
	struct lb_svc_key key;
	u32 id;
	struct lb_sched __rcu *sched;
	u32 persist_timeout;
	__be32 persist_mask;
	u8 persist_plen;
	u32 timeout[LB_TIMEOUTS];
	bool one_packet;
	bool sip;
	union lb_policy policy;
	u64 mark[LB_DIR_REPLY + 1];
	struct list_head dests;
	u32 num_dests;
	u32 next_dest_id;
	struct lb_stats past;
	struct lb_stats sum;
	struct lb_stats rate;
	u64 read_at;
	bool listed;
	struct rcu_head rcu;
	char *comment;
};

/**
 * struct lb_svc_cfg - A request to add or change a service.
 * @key: Which.
 * @sched: Name of the scheduler, NULL if not given.
 * @sched_flags: enum lb_sched_flag, of a scheduler that is given, too.
 * @persist_timeout: Seconds, at most LB_TIMEOUT_MAX.
 * @persist_mask: Netmask, network byte order.
 * @persist_plen: Prefix length, 1 to 128.
 * @timeout: As in struct lb_svc, where @timeout_attrs says that it was given.
 * @mtu: As in union lb_policy, if @mtu_attr is not NULL.
 * @tun_df: As in union lb_policy, if @tun_df_attr is not NULL.
 * @mss_clamp: As in union lb_policy, if @mss_clamp_attr is not NULL.
 * @mark: By enum lb_dir, value and mask, where @mark_attrs says that they were
 *	given.
 * @has_flags: @sched_flags is to be taken over.
 * @one_packet: As in struct lb_svc, if @one_packet_attr is not NULL.
 * @sip: As in struct lb_svc, if @pe_attr is not NULL.
 * @has_timeout: @persist_timeout was given.
 * @has_mask: @persist_mask was given.
 * @has_plen: @persist_plen was given.
 * @create: The service may be new (NLM_F_CREATE).
 * @exclusive: It must be (NLM_F_EXCL).
 * @replace: Remove the real servers that are not in @dests (NLM_F_REPLACE).
 * @has_comment: @comment was given.
 * @comment: NULL is none. The old one when the request is carried out.
 * @dests: Real servers to add or change.
 * @num_dests: How many.
 * @sched_attr: Where to point when @sched is at fault.
 * @timeout_attr: Where to point when @persist_timeout is.
 * @timeout_attrs: Where to point when one of @timeout is.
 * @key_attr: Where to point when the key is.
 * @one_packet_attr: Where to point when @one_packet is; NULL if not given.
 * @pe_attr: Where to point when @sip is; NULL if not given.
 * @mtu_attr: Where to point when @mtu is; NULL if not given.
 * @tun_df_attr: Where to point when @tun_df is; NULL if not given.
 * @mss_clamp_attr: Where to point when @mss_clamp is; NULL if not given.
 * @mark_attrs: Where to point when one of @mark is; NULL if not given.
 */
struct lb_svc_cfg {
	struct lb_svc_key key;
	const char *sched;
	u32 sched_flags;
	u32 persist_timeout;
	__be32 persist_mask;
	u8 persist_plen;
	u32 timeout[LB_TIMEOUTS];
	u32 mtu;
	u8 tun_df;
	bool mss_clamp;
	struct nla_bitfield32 mark[LB_DIR_REPLY + 1];
	bool has_flags;
	bool one_packet;
	bool sip;
	bool has_timeout;
	bool has_mask;
	bool has_plen;
	bool create;
	bool exclusive;
	bool replace;
	bool has_comment;
	char *comment;
	struct lb_dest_cfg *dests;
	u32 num_dests;
	const struct nlattr *sched_attr;
	const struct nlattr *timeout_attr;
	const struct nlattr *timeout_attrs[LB_TIMEOUTS];
	const struct nlattr *key_attr;
	const struct nlattr *one_packet_attr;
	const struct nlattr *pe_attr;
	const struct nlattr *mtu_attr;
	const struct nlattr *tun_df_attr;
	const struct nlattr *mss_clamp_attr;
	const struct nlattr *mark_attrs[LB_DIR_REPLY + 1];
};

/**
 * struct lb_svc_change - A change to a service that cannot fail any more.
 * @cfg: The request.
 * @svc: Service; a new one has no scheduler yet.
 * @sched: The scheduler that it is to have.
 * @dests: The real servers of the request, in its order.
 */
struct lb_svc_change {
	struct lb_svc_cfg *cfg;
	struct lb_svc *svc;
	struct lb_sched *sched;
	struct lb_dest **dests;
};

/**
 * struct lb_dest_cursor - Where a listing of real servers is; zero at first.
 * @svc_id: Id of the service.
 * @after: 1 + the id of its last server that was told of: the newest come
 *	first. 0 if there is none.
 * @dest: That server, only as long as @gen is what the namespace has.
 * @gen: See struct lb_net: servers went, or came, if that has changed.
 */
struct lb_dest_cursor {
	unsigned long svc_id;
	u64 after;
	struct lb_dest *dest;
	u64 gen;
};

/**
 * enum lb_svc_event - What happened to a service or one of its real servers.
 * @LB_SVC_SET: The service is new or changed.
 * @LB_SVC_DEL: It is about to be freed.
 * @LB_DEST_SET: The real server is new or changed.
 * @LB_DEST_DEL: It was removed.
 */
enum lb_svc_event {
	LB_SVC_SET,
	LB_SVC_DEL,
	LB_DEST_SET,
	LB_DEST_DEL,
};

/* Called with cfg_lock after each change; NULL without a netlink family.
 * READ_ONCE.
 */
extern void (*lb_svc_notify)(struct lb_net *lbn, enum lb_svc_event event,
			     struct lb_svc *svc,
			     const struct lb_dest *dest);

/** lb_svc_is_ftp_data() - May an FTP server use a port for data? 20, or what it
 * told the client.
 */
static inline bool lb_svc_is_ftp_data(__be16 port)
{
	return port == LB_FTP_DATA_PORT || ntohs(port) >= 1024;
}

int lb_svc_check(const struct lb_svc_cfg *cfg, const struct lb_svc *old,
		 struct netlink_ext_ack *extack);
int lb_svc_check_dest(const struct lb_svc_cfg *cfg, bool exists,
		      struct netlink_ext_ack *extack);

void lb_svc_init(struct lb_net *lbn);
int lb_svc_alloc_tables(struct lb_net *lbn);
void lb_svc_free_tables(struct lb_net *lbn);
void lb_svc_exit(struct lb_net *lbn);

struct lb_svc *lb_svc_match(struct lb_net *lbn, const struct lb_pkt *pkt);
struct lb_svc *lb_svc_find(struct lb_net *lbn, const struct lb_svc_key *key);
int lb_svc_prepare(struct lb_net *lbn, struct lb_svc_cfg *cfg,
		   struct lb_svc_change *change,
		   struct netlink_ext_ack *extack);
void lb_svc_commit(struct lb_net *lbn, struct lb_svc_change *change);
void lb_svc_cancel(struct lb_net *lbn, struct lb_svc_change *change);
int lb_svc_set(struct lb_net *lbn, struct lb_svc_cfg *cfg,
	       struct netlink_ext_ack *extack);
int lb_svc_set_table_size(struct lb_net *lbn, u32 size,
			  struct netlink_ext_ack *extack);
int lb_svc_del(struct lb_net *lbn, const struct lb_svc_key *key);
void lb_svc_flush(struct lb_net *lbn, u8 family);
void lb_svc_flush_others(struct lb_net *lbn);

int lb_svc_set_dest(struct lb_net *lbn, const struct lb_svc_cfg *cfg,
		    struct netlink_ext_ack *extack);
int lb_svc_del_dest(struct lb_net *lbn, const struct lb_svc_key *key,
		    const struct lb_dest_key *dest_key);

struct lb_dest *lb_svc_resume(const struct lb_net *lbn,
			      const struct lb_svc *svc,
			      struct lb_dest_cursor *at);
void lb_svc_pass(const struct lb_net *lbn, struct lb_dest *dest,
		 struct lb_dest_cursor *at);

void lb_svc_forget_routes(struct lb_net *lbn);
void lb_svc_set_timeout(struct lb_net *lbn, enum lb_timeout which, u32 seconds);

void lb_svc_init_stats(struct lb_net *lbn);
void lb_svc_read(struct lb_svc *svc, bool fresh, struct lb_stats *sum,
		 struct lb_stats *rate);
void lb_svc_read_all(struct lb_net *lbn, bool fresh, struct lb_stats *sum,
		     struct lb_stats *rate);
void lb_svc_zero(struct lb_net *lbn, struct lb_svc *svc);
void lb_svc_zero_all(struct lb_net *lbn);
void lb_svc_estimate_soon(struct lb_net *lbn);
void lb_svc_set_estimation(struct lb_net *lbn, u32 on);

#endif /* _LB_SVC_H */
