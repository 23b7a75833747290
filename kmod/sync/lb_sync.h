/* SPDX-License-Identifier: GPL-2.0-only */
/* Synchronisation: directors tell each other of their connections.
 *
 * All of it is done by one work item for each namespace, so that nothing here
 * but @on, @work and the counts is touched by two CPUs at a time. Who holds
 * cfg_lock starts and stops it; while it is stopped, all is theirs.
 */
#ifndef _LB_SYNC_H
#define _LB_SYNC_H

#include <linux/if.h>
#include <linux/net.h>

#include "wire.h"

struct crypto_shash;
struct genl_info;
struct netlink_callback;

#define LB_SYNC_HMAC "hmac(sha256)"
#define LB_SYNC_PEERS 8
#define LB_SYNC_PORTS 64
#define LB_SYNC_KEY_MAX 64
#define LB_SYNC_SENDERS 16
#define LB_SYNC_ASKED 8
#define LB_SYNC_ROLES (LB_SYNC_ROLE_MAX + 1)

/* Most bytes of a message: what UDP in IPv4 has room for. */
#define LB_SYNC_LEN_MAX 65507

/**
 * struct lb_sync_addr - Address of a director.
 * @addr: Address.
 * @family: AF_INET or AF_INET6.
 */
struct lb_sync_addr {
	union lb_addr addr;
	u8 family;
};

/**
 * struct lb_sync_place - Where messages go to and come from. No padding may
 * differ: all bytes are compared.
 * @device: Name of the device by which they go.
 * @group: Multicast group; AF_UNSPEC is none.
 * @ttl: Time to live, or hop limit.
 * @num_peers: How many @peers.
 * @key_len: Bytes of @key, 0 without.
 * @port: UDP port.
 * @peers: Who gets messages of its own.
 * @key: What peers have in common.
 */
struct lb_sync_place {
	char device[IFNAMSIZ];
	struct lb_sync_addr group;
	u8 ttl;
	u8 num_peers;
	u8 key_len;
	u16 port;
	struct lb_sync_addr peers[LB_SYNC_PEERS];
	u8 key[LB_SYNC_KEY_MAX];
};

/**
 * struct lb_sync_cfg - What a daemon is to be; all bytes zero but those said.
 * @place: Where its messages go to and come from.
 * @role: enum lb_sync_role.
 * @syncid: Of a master, in its messages; of a backup, which messages count, 0
 *	for all.
 * @maxlen: Bytes of the longest message; 0 for what the device carries.
 */
struct lb_sync_cfg {
	struct lb_sync_place place;
	u8 role;
	u8 syncid;
	u16 maxlen;
};

/**
 * struct lb_sync_link - The sockets of a place; two daemons may share them.
 * @place: Where.
 * @hmac: With the place's key; NULL without.
 * @ifindex: Of the device for which they are open, 0 while they are not.
 * @ports: How many ports from @place's on are listened to.
 * @turn: The socket that was looked at last.
 * @socks: By port and family, IPv4 first. Messages go out by the first port.
 */
struct lb_sync_link {
	struct lb_sync_place place;
	struct crypto_shash *hmac;
	int ifindex;
	u8 ports;
	u8 turn;
	struct socket *socks[LB_SYNC_PORTS][2];
};

/**
 * struct lb_sync_in - A message that was received.
 * @data: It, in memory of LB_SYNC_LEN_MAX bytes.
 * @len: Bytes.
 * @ttl: Its time to live.
 * @from: Who sent it.
 */
struct lb_sync_in {
	u8 *data;
	u16 len;
	u8 ttl;
	struct lb_sync_addr from;
};

/**
 * struct lb_sync_sender - A master that a backup hears.
 * @id: The number that it has given to itself.
 * @heard: When it was heard last, in jiffies.
 * @asked: When it was asked last, in jiffies.
 * @seen: Which of the messages up to @high came: bit 0 is @high itself.
 * @high: Number of its newest message.
 * @from: First message that is missing and was not asked for yet.
 * @to: Last of these.
 * @missing: There are such.
 * @fresh: It has answered us, so that it is no recording.
 * @ask: What it is asked for until that is done.
 */
struct lb_sync_sender {
	u64 id;
	unsigned long heard;
	unsigned long asked;
	u64 seen;
	u32 high;
	u32 from;
	u32 to;
	bool missing;
	bool fresh;
	struct lb_sync_request ask;
};

/**
 * struct lb_sync_alike - What a peer would choose by itself.
 * @config: Its checksum.
 * @heard: When it said so, in jiffies.
 */
struct lb_sync_alike {
	u32 config;
	unsigned long heard;
};

/**
 * enum lb_sync_stage - How far a request of a backup is.
 * @LB_SYNC_STAGE_DONE: It is answered, or there is none.
 * @LB_SYNC_STAGE_WAITS: For the next walk through the connections.
 * @LB_SYNC_STAGE_WALKS: The walk is on.
 */
enum lb_sync_stage {
	LB_SYNC_STAGE_DONE,
	LB_SYNC_STAGE_WAITS,
	LB_SYNC_STAGE_WALKS,
};

/**
 * struct lb_sync_asked - A request of a backup.
 * @request: What it asks for.
 * @stage: enum lb_sync_stage.
 */
struct lb_sync_asked {
	struct lb_sync_request request;
	u8 stage;
};

/**
 * struct lb_sync - Synchronisation of a namespace, while a daemon runs.
 * @lbn: Namespace.
 * @on: The work may go on; READ_ONCE.
 * @work: All that daemons do.
 * @queue: Where it waits.
 * @cfg: The daemons, by enum lb_sync_role; read with cfg_lock.
 * @link: Their sockets; NULL: that daemon does not run.
 * @count: What happened, by enum lb_sync_count; any context.
 * @tick: When what is done twice a second is due, in jiffies.
 * @id: Our number, for what a master sends.
 * @seq: Number of our newest message.
 * @sent: When a master sent last, in jiffies.
 * @out: A message in the making, in @out_data.
 * @asked: What backups ask for.
 * @cursor: Where the walk through the connections stands, @walks.
 * @walks: It is under way.
 * @all: It tells also what peers know.
 * @started: When it began, in jiffies.
 * @spent: Nanoseconds that it took so far, without those of sending.
 * @credit: So many connections may be told at once.
 * @filled: When @credit was last filled up, in nanoseconds.
 * @config: Checksum of what we choose by ourselves.
 * @sum: That of the services, see lb_agree_sum(), of generation @summed.
 * @summed: See struct lb_net.
 * @alike: Likewise of the peers of a master.
 * @agrees: Those are the same, as far as the walk knows.
 * @senders: Masters that a backup hears.
 * @places: Of the namespace, when the backup looked last.
 * @missed: Services or real servers were, since it asked for all.
 * @in: The message that is read.
 * @out_data: LB_SYNC_LEN_MAX bytes.
 */
struct lb_sync {
	struct lb_net *lbn;
	bool on;
	struct delayed_work work;
	struct workqueue_struct *queue;
	struct lb_sync_cfg cfg[LB_SYNC_ROLES];
	struct lb_sync_link *link[LB_SYNC_ROLES];
	atomic64_t count[LB_SYNC_COUNT_MAX + 1];
	unsigned long tick;

	u64 id;
	u32 seq;
	unsigned long sent;
	struct lb_sync_buf out;
	struct lb_sync_asked asked[LB_SYNC_ASKED];
	struct lb_table_cursor cursor;
	bool walks;
	bool all;
	unsigned long started;
	u64 spent;
	u32 credit;
	u64 filled;

	u32 config;
	u32 sum;
	u64 summed;
	struct lb_sync_alike alike[LB_SYNC_PEERS];
	bool agrees;

	struct lb_sync_sender senders[LB_SYNC_SENDERS];
	u32 places;
	bool missed;
	struct lb_sync_in in;
	u8 *out_data;
};

/* Flags of struct lb_conn_told
 * @LB_SYNC_SEEN: A walk saw it, in a state in which it may last.
 * @LB_SYNC_TOLD: Peers know of it.
 * @LB_SYNC_HEARD: A peer told us of it.
 */
#define LB_SYNC_SEEN BIT(0)
#define LB_SYNC_TOLD BIT(1)
#define LB_SYNC_HEARD BIT(2)

/** lb_sync_is_on() - May the work go on? Somebody may wait for it. */
static inline bool lb_sync_is_on(const struct lb_sync *sync)
{
	return READ_ONCE(sync->on);
}

/** lb_sync_count() - Something happened so many times. */
static inline void lb_sync_count(struct lb_sync *sync, enum lb_sync_count what,
				 u32 times)
{
	atomic64_add(times, &sync->count[what]);
}

/** lb_sync_slack() - Times that differ by less, in ticks, are the same. */
static inline s32 lb_sync_slack(void)
{
	return lb_ticks(2);
}

/* Who is silent for so long is not asked, or believed, any more. */
#define LB_SYNC_SILENCE (5 * HZ)

/** lb_sync_fits() - Is what one group of directors says for another? */
static inline bool lb_sync_fits(u8 ours, u8 theirs)
{
	return !ours || !theirs || ours == theirs;
}

int lb_sync_link_open(struct lb_sync *sync, const struct lb_sync_place *place,
		      struct lb_sync_link *old, struct lb_sync_link **link,
		      struct netlink_ext_ack *extack);
void lb_sync_link_close(struct lb_sync_link *link);
void lb_sync_link_refresh(struct lb_sync *sync, struct lb_sync_link *link);
void lb_sync_link_send(struct lb_sync *sync, struct lb_sync_link *link,
		       u8 *data, u16 len);
bool lb_sync_link_receive(struct lb_sync *sync, struct lb_sync_link *link);
bool lb_sync_link_verify(struct lb_sync_link *link, u8 *data, u16 len);

void lb_sync_tx_begin(struct lb_sync *sync);
void lb_sync_tx_ask(struct lb_sync *sync, const struct lb_sync_request *ask);
void lb_sync_tx_answer(struct lb_sync *sync, const struct lb_sync_request *ask);
void lb_sync_tx_note_alike(struct lb_sync *sync, u32 config);
void lb_sync_tx_sum_up(struct lb_sync *sync);
void lb_sync_tx_tell_alike(struct lb_sync *sync);
void lb_sync_tx_beat(struct lb_sync *sync);
unsigned long lb_sync_tx_walk(struct lb_sync *sync);

bool lb_sync_seq_note(struct lb_sync *sync, const struct lb_sync_trailer *t,
		      bool keyed);
void lb_sync_seq_ask(struct lb_sync *sync);
void lb_sync_seq_ask_all(struct lb_sync *sync);

bool lb_sync_is_heard(struct lb_conn *conn);
void lb_sync_rx_take(struct lb_sync *sync, struct lb_sync_link *link);

int lb_sync_start(struct lb_net *lbn, struct lb_sync_cfg *cfg, bool replace,
		  struct netlink_ext_ack *extack);
int lb_sync_stop(struct lb_net *lbn, u8 role);
bool lb_sync_read(struct lb_net *lbn, u8 role, struct lb_sync_cfg *cfg);
void lb_sync_exit(struct lb_net *lbn);
int lb_sync_init_queues(void);
void lb_sync_exit_queues(void);

int lb_sync_request_set(struct sk_buff *skb, struct genl_info *info);
int lb_sync_request_del(struct sk_buff *skb, struct genl_info *info);
int lb_sync_request_dump(struct sk_buff *skb, struct netlink_callback *cb);

#endif /* _LB_SYNC_H */
