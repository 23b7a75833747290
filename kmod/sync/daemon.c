// SPDX-License-Identifier: GPL-2.0-only
/* Synchronisation: the daemons, how they begin and end, and what they do. */

#include <linux/crypto.h>
#include <linux/export.h>
#include <linux/netdevice.h>
#include <linux/random.h>
#include <linux/slab.h>
#include <net/ipv6.h>

#include "hook.h"
#include "svc.h"
#include "lb_sync.h"

/* Messages that are taken in before something else has its turn */
#define MESSAGES 64

#define TICK (HZ / 2)

/* Of a user's namespaces, so many work at a time. */
#define USERS_ACTIVE 16

/* That of namespaces that users own, and the host's own: who has many of those
 * must not keep this one waiting.
 */
static struct workqueue_struct *users_queue, *host_queue;

#define DEFAULT_GROUP 0xe0000051 /* 224.0.0.81 */
#define DEFAULT_PORT 8848

static struct lb_sync_link *link_of(const struct lb_sync *sync, u8 role)
{
	return sync->link[role];
}

static bool is_shared(const struct lb_sync *sync)
{
	return sync->link[0] == sync->link[1];
}

/* Return: there may be more. */
static bool receive(struct lb_sync *sync, struct lb_sync_link *link)
{
	int i;

	for (i = 0; i < MESSAGES && lb_sync_is_on(sync); i++) {
		if (!lb_sync_link_receive(sync, link))
			return false;
		lb_sync_rx_take(sync, link);
	}
	return true;
}

static bool receive_all(struct lb_sync *sync)
{
	bool more = false;
	int i;

	for (i = 0; i < LB_SYNC_ROLES; i++)
		if (sync->link[i] && (!i || !is_shared(sync)))
			more |= receive(sync, sync->link[i]);
	return more;
}

/* What connections were told of before we had it may be there. */
static void ask_for_missed(struct lb_sync *sync)
{
	u32 places = READ_ONCE(sync->lbn->places);

	if (sync->missed && places != sync->places) {
		lb_sync_seq_ask_all(sync);
		sync->missed = false;
	}
	sync->places = places;
}

static void tick(struct lb_sync *sync)
{
	int i;

	sync->tick = jiffies + TICK;
	for (i = 0; i < LB_SYNC_ROLES; i++)
		if (sync->link[i])
			lb_sync_link_refresh(sync, sync->link[i]);
	lb_sync_tx_sum_up(sync);
	if (link_of(sync, LB_SYNC_ROLE_MASTER))
		lb_sync_tx_beat(sync);
	if (!link_of(sync, LB_SYNC_ROLE_BACKUP))
		return;
	ask_for_missed(sync);
	lb_sync_seq_ask(sync);
	lb_sync_tx_tell_alike(sync);
}

static void sync_work(struct work_struct *work)
{
	struct lb_sync *sync = container_of(to_delayed_work(work),
					    struct lb_sync, work);
	unsigned long delay = TICK;

	/* Pairs with resume_work(). */
	if (!smp_load_acquire(&sync->on))
		return;
	if (receive_all(sync))
		delay = 0;
	if (time_after_eq(jiffies, sync->tick))
		tick(sync);
	if (link_of(sync, LB_SYNC_ROLE_MASTER))
		delay = min(delay, lb_sync_tx_walk(sync));
	/* Unless what has come meanwhile has done so. */
	queue_delayed_work(sync->queue, &sync->work, delay);
}

/* Sockets may queue the work once more, but it does nothing then. */
static void pause_work(struct lb_sync *sync)
{
	WRITE_ONCE(sync->on, false);
	cancel_delayed_work_sync(&sync->work);
}

/* What has come meanwhile waits in the sockets. */
static void resume_work(struct lb_sync *sync)
{
	/* A socket may have queued the work: it sees all that was changed. */
	smp_store_release(&sync->on, true);
	mod_delayed_work(sync->queue, &sync->work, 0);
}

static void free_sync(struct lb_sync *sync)
{
	kvfree(sync->in.data);
	kvfree(sync->out_data);
	kfree_sensitive(sync);
}

static struct lb_sync *alloc_sync(struct lb_net *lbn)
{
	struct lb_sync *sync = kzalloc(sizeof(*sync), GFP_KERNEL_ACCOUNT);

	if (!sync)
		return NULL;
	sync->lbn = lbn;
	sync->queue = lbn->owner ? users_queue : host_queue;
	sync->in.data = kvmalloc(LB_SYNC_LEN_MAX, GFP_KERNEL_ACCOUNT);
	sync->out_data = kvmalloc(LB_SYNC_LEN_MAX, GFP_KERNEL_ACCOUNT);
	if (!sync->in.data || !sync->out_data) {
		free_sync(sync);
		return NULL;
	}
	INIT_DELAYED_WORK(&sync->work, sync_work);
	while (!sync->id)
		sync->id = get_random_u64();
	return sync;
}

/* Where nothing else is said, IPVS's values. */
static void fill_place(struct lb_sync_place *place)
{
	if (!place->group.family && !place->num_peers) {
		place->group.family = AF_INET;
		place->group.addr.ip = htonl(DEFAULT_GROUP);
	}
	if (!place->port)
		place->port = DEFAULT_PORT;
	if (!place->ttl)
		place->ttl = 1;
}

static u16 headers(const struct lb_sync_place *place)
{
	u8 i;

	for (i = 0; i < place->num_peers; i++)
		if (place->peers[i].family == AF_INET6)
			return 48;
	return place->group.family == AF_INET6 ? 48 : 28;
}

static int fill_cfg(struct lb_net *lbn, struct lb_sync_cfg *cfg)
{
	bool backup = cfg->role == LB_SYNC_ROLE_BACKUP;
	const struct net_device *dev;
	u32 mtu = 0;
	u32 max;

	fill_place(&cfg->place);
	rcu_read_lock();
	dev = dev_get_by_name_rcu(lbn->net, cfg->place.device);
	if (dev)
		mtu = READ_ONCE(dev->mtu);
	rcu_read_unlock();
	if (!dev)
		return -ENODEV;
	max = 65535 - headers(&cfg->place);
	if (!cfg->maxlen)
		cfg->maxlen = (backup ? clamp(mtu, 1500U, 65535U) :
				       clamp(mtu, 576U, 1500U)) -
			      headers(&cfg->place);
	else
		cfg->maxlen = clamp_t(u32, cfg->maxlen, backup ? 1024 : 1, max);
	return 0;
}

static bool is_multicast(const struct lb_sync_addr *addr)
{
	return addr->family == AF_INET6 ?
	       ipv6_addr_is_multicast(&addr->addr.ip6) :
	       ipv4_is_multicast(addr->addr.ip);
}

static int check_addrs(const struct lb_sync_place *place,
		       struct netlink_ext_ack *extack)
{
	u8 i;

	if (place->group.family && !is_multicast(&place->group)) {
		NL_SET_ERR_MSG(extack, "the group is no multicast address");
		return -EINVAL;
	}
	for (i = 0; i < place->num_peers; i++) {
		if (!is_multicast(&place->peers[i]))
			continue;
		NL_SET_ERR_MSG(extack, "a peer has an address of multicast");
		return -EINVAL;
	}
	return 0;
}

/* Messages say of one family what both ends are. */
static bool is_mixed(struct lb_net *lbn)
{
	const struct lb_dest *dest;
	unsigned long id;
	struct lb_svc *svc;

	xa_for_each(&lbn->svcs, id, svc)
		list_for_each_entry(dest, &svc->dests, list) {
			if (dest->key.family != svc->key.family)
				return true;
			cond_resched();
		}
	return false;
}

/* One that is there will do; else the daemon's old one stays until the new one
 * is open.
 */
static int open_link(struct lb_sync *sync, const struct lb_sync_cfg *cfg,
		     struct lb_sync_link **link, struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < LB_SYNC_ROLES; i++) {
		*link = sync->link[i];
		if (*link && !memcmp(&(*link)->place, &cfg->place,
				     sizeof(cfg->place)))
			return 0;
	}
	return lb_sync_link_open(sync, &cfg->place,
				 is_shared(sync) ? NULL : sync->link[cfg->role],
				 link, extack);
}

static void begin_role(struct lb_sync *sync, u8 role)
{
	sync->tick = jiffies;
	if (role == LB_SYNC_ROLE_BACKUP)
		return;
	/* Peers that hear us for the first time know nothing. */
	sync->all = true;
	sync->walks = false;
	sync->started = jiffies - HZ;
	sync->sent = jiffies - HZ;
	lb_sync_tx_begin(sync);
}

static void forget_backups(struct lb_sync *sync)
{
	memset(sync->asked, 0, sizeof(sync->asked));
	memset(sync->alike, 0, sizeof(sync->alike));
}

/* It has another link from now on, or NULL for none. */
static void end_role(struct lb_sync *sync, u8 role, struct lb_sync_link *next)
{
	struct lb_sync_link *link = sync->link[role];
	bool shared = is_shared(sync);

	sync->link[role] = next;
	if (link && link != next && !shared)
		lb_sync_link_close(link);
	if (role == LB_SYNC_ROLE_BACKUP)
		memset(sync->senders, 0, sizeof(sync->senders));
	else
		forget_backups(sync);
}

static bool runs(const struct lb_net *lbn, u8 role)
{
	lockdep_assert_held(&lbn->cfg_lock);
	return lbn->sync && lbn->sync->link[role];
}

static int stop(struct lb_net *lbn, u8 role)
{
	struct lb_sync *sync = lbn->sync;

	if (!runs(lbn, role))
		return -ESRCH;
	pause_work(sync);
	end_role(sync, role, NULL);
	if (sync->link[!role]) {
		lb_hook_set_backup(lbn, runs(lbn, LB_SYNC_ROLE_BACKUP));
		resume_work(sync);
		return 0;
	}
	WRITE_ONCE(lbn->sync, NULL);
	lb_hook_set_backup(lbn, false);
	/* A socket may have queued it before it was closed. */
	cancel_delayed_work_sync(&sync->work);
	free_sync(sync);
	return 0;
}

static int start(struct lb_net *lbn, struct lb_sync_cfg *cfg, bool replace,
		 struct netlink_ext_ack *extack)
{
	struct lb_sync_link *link;
	struct lb_sync *sync;
	int err;

	err = check_addrs(&cfg->place, extack);
	if (err)
		return err;
	if (is_mixed(lbn)) {
		NL_SET_ERR_MSG(extack,
			       "there are real servers of another family than their service");
		return -EINVAL;
	}
	err = fill_cfg(lbn, cfg);
	if (err) {
		NL_SET_ERR_MSG(extack, "no such interface");
		return err;
	}
	if (runs(lbn, cfg->role) && !replace) {
		NL_SET_ERR_MSG(extack, "this daemon runs already");
		return -EEXIST;
	}
	if (runs(lbn, cfg->role) &&
	    !memcmp(&lbn->sync->cfg[cfg->role], cfg, sizeof(*cfg)))
		return 0;
	sync = lbn->sync ?: alloc_sync(lbn);
	if (!sync)
		return -ENOMEM;

	pause_work(sync);
	err = open_link(sync, cfg, &link, extack);
	if (!err) {
		end_role(sync, cfg->role, link);
		sync->cfg[cfg->role] = *cfg;
		begin_role(sync, cfg->role);
		WRITE_ONCE(lbn->sync, sync);
		lb_hook_set_backup(lbn, runs(lbn, LB_SYNC_ROLE_BACKUP));
	}
	if (lbn->sync)
		resume_work(sync);
	else
		free_sync(sync);
	return err;
}

/**
 * lb_sync_start() - Start a daemon.
 * @lbn: Namespace; the caller does not hold cfg_lock.
 * @cfg: What it is to be; filled up with defaults.
 * @replace: In the place of one that runs, which goes on if it is the same;
 *	else there must be none.
 * @extack: Told why not.
 *
 * Return: 0; -EINVAL, -ENODEV, -EEXIST, -EADDRINUSE, -ENOMEM, or what else
 * sockets and cryptography answer.
 */
int lb_sync_start(struct lb_net *lbn, struct lb_sync_cfg *cfg, bool replace,
		  struct netlink_ext_ack *extack)
{
	int err;

	/* Its module may have to be loaded, which is done without locks. */
	if (cfg->place.key_len)
		crypto_has_alg(LB_SYNC_HMAC, 0, 0);
	mutex_lock(&lbn->cfg_lock);
	err = start(lbn, cfg, replace, extack);
	mutex_unlock(&lbn->cfg_lock);
	return err;
}
EXPORT_SYMBOL_LB(lb_sync_start);

/**
 * lb_sync_stop() - Stop a daemon.
 * @lbn: Namespace; the caller does not hold cfg_lock.
 * @role: enum lb_sync_role.
 *
 * Return: 0, or -ESRCH if it does not run.
 */
int lb_sync_stop(struct lb_net *lbn, u8 role)
{
	int err;

	mutex_lock(&lbn->cfg_lock);
	err = stop(lbn, role);
	mutex_unlock(&lbn->cfg_lock);
	return err;
}
EXPORT_SYMBOL_LB(lb_sync_stop);

/**
 * lb_sync_read() - What a daemon is.
 * @lbn: Namespace; the caller does not hold cfg_lock.
 * @role: enum lb_sync_role.
 * @cfg: Filled, with all defaults, but without the key.
 *
 * Return: false if it does not run.
 */
bool lb_sync_read(struct lb_net *lbn, u8 role, struct lb_sync_cfg *cfg)
{
	bool on;

	mutex_lock(&lbn->cfg_lock);
	on = runs(lbn, role);
	if (on) {
		*cfg = lbn->sync->cfg[role];
		memzero_explicit(cfg->place.key, sizeof(cfg->place.key));
	}
	mutex_unlock(&lbn->cfg_lock);
	return on;
}
EXPORT_SYMBOL_LB(lb_sync_read);

/**
 * lb_sync_exit() - Stop all, as the namespace is about to go.
 * @lbn: Namespace.
 */
void lb_sync_exit(struct lb_net *lbn)
{
	int role;

	for (role = 0; role < LB_SYNC_ROLES; role++)
		lb_sync_stop(lbn, role);
}

/** lb_sync_exit_queues() - Free what no daemon uses any more. */
void lb_sync_exit_queues(void)
{
	if (users_queue)
		destroy_workqueue(users_queue);
	if (host_queue)
		destroy_workqueue(host_queue);
}

/**
 * lb_sync_init_queues() - Make the queues of the work.
 *
 * Return: 0 or -ENOMEM; then lb_sync_exit_queues() is due, too.
 */
int __init lb_sync_init_queues(void)
{
	host_queue = alloc_workqueue("lb_sync", WQ_UNBOUND, 0);
	users_queue = alloc_workqueue("lb_sync_users", WQ_UNBOUND,
				      USERS_ACTIVE);
	return host_queue && users_queue ? 0 : -ENOMEM;
}
