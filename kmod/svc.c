// SPDX-License-Identifier: GPL-2.0-only
/* Virtual services: look-up, and atomic changes. */

#include <linux/export.h>
#include <linux/in.h>
#include <linux/sched/signal.h>
#include <linux/slab.h>

#include "frag.h"
#include "limit.h"
#include "svc.h"

void (*lb_svc_notify)(struct lb_net *lbn, enum lb_svc_event event,
		      struct lb_svc *svc,
		      const struct lb_dest *dest);

static u64 mix(u64 hash, u64 word)
{
	hash = (hash ^ word) * GOLDEN_RATIO_64;
	return hash ^ hash >> 32;
}

/* Nobody outside chooses keys, so that no secret is needed. But they differ in
 * few bits, and an insertion that finds too many in one place can fail.
 */
static u32 hash_key(const void *data, u32 len, u32 seed)
{
	const struct lb_svc_key *key = data;
	u64 rest = (u64)key->fwmark << 32 | (__force u32)key->port << 16 |
		   key->family << 8 | key->proto;
	u64 addr[2];

	memcpy(addr, &key->addr, sizeof(addr));
	return mix(mix(mix(seed, addr[0]), addr[1]), rest);
}

static u32 hash_svc(const void *data, u32 len, u32 seed)
{
	const struct lb_svc *svc = data;

	return hash_key(&svc->key, len, seed);
}

static int compare_key(struct rhashtable_compare_arg *arg, const void *data)
{
	const struct lb_svc *svc = data;

	return !lb_svc_key_is(&svc->key, arg->key);
}

static const struct rhashtable_params table_params = {
	.head_offset = offsetof(struct lb_svc, node),
	.key_offset = offsetof(struct lb_svc, key),
	.key_len = sizeof(struct lb_svc_key),
	.hashfn = hash_key,
	.obj_hashfn = hash_svc,
	.obj_cmpfn = compare_key,
	.automatic_shrinking = true,
};

/**
 * lb_svc_find() - Find a service by its key.
 * @lbn: Namespace.
 * @key: All of its bytes count.
 *
 * Context: under RCU or cfg_lock. Return: The service or NULL.
 */
struct lb_svc *lb_svc_find(struct lb_net *lbn, const struct lb_svc_key *key)
{
	/* Before the first there is no table. */
	if (!READ_ONCE(lbn->num_svcs))
		return NULL;
	return rhashtable_lookup_fast(&lbn->svc_table, key, table_params);
}
EXPORT_SYMBOL_LB(lb_svc_find);

static struct lb_svc *match_port(struct lb_net *lbn, struct lb_svc_key *key,
				 __be16 port)
{
	struct lb_svc *svc;

	key->port = port;
	svc = rhashtable_lookup(&lbn->svc_table, key, table_params);
	/* One without a scheduler is not there yet, see lb_svc_prepare(). */
	return svc && rcu_access_pointer(svc->sched) ? svc : NULL;
}

/**
 * lb_svc_match() - Find the service that a packet is for.
 * @lbn: Namespace.
 * @pkt: First packet of a connection.
 *
 * By firewall mark, by its address and port, as data of an FTP service, by its
 * address alone: the first that exists.
 *
 * Context: under RCU. Return: The service or NULL.
 */
struct lb_svc *lb_svc_match(struct lb_net *lbn, const struct lb_pkt *pkt)
{
	struct lb_svc_key key = {
		.family = pkt->tuple.ipv6 ? AF_INET6 : AF_INET,
		.fwmark = pkt->skb->mark,
	};
	struct lb_svc *svc;

	if (key.fwmark) {
		svc = match_port(lbn, &key, 0);
		if (svc)
			return svc;
	}

	key.fwmark = 0;
	key.addr = lb_tuple_daddr(&pkt->tuple);
	key.proto = pkt->tuple.proto;
	svc = match_port(lbn, &key, pkt->tuple.dport);
	if (!svc && READ_ONCE(lbn->num_ftp) && key.proto == IPPROTO_TCP &&
	    lb_svc_is_ftp_data(pkt->tuple.dport)) {
		svc = match_port(lbn, &key, LB_FTP_PORT);
		/* Only persistence brings data to where the control went. */
		if (svc && !READ_ONCE(svc->persist_timeout))
			svc = NULL;
	}
	return svc ?: match_port(lbn, &key, 0);
}

static void notify(struct lb_net *lbn, enum lb_svc_event event,
		   struct lb_svc *svc, const struct lb_dest *dest)
{
	/* It goes while namespaces may still end. */
	void (*tell)(struct lb_net *lbn, enum lb_svc_event event,
		     struct lb_svc *svc, const struct lb_dest *dest);

	lbn->gen++;
	tell = READ_ONCE(lb_svc_notify);
	if (tell)
		tell(lbn, event, svc, dest);
}

static struct lb_sched *svc_sched(struct lb_net *lbn, struct lb_svc *svc)
{
	return rcu_dereference_protected(svc->sched,
					 lockdep_is_held(&lbn->cfg_lock));
}

/* One that is in its service. */
static struct lb_dest *find_dest(struct lb_net *lbn,
				 const struct lb_svc_key *svc_key,
				 const struct lb_dest_key *key)
{
	struct lb_dest *dest = lb_dest_find(lbn, svc_key, key);

	return dest && dest->available ? dest : NULL;
}

/* A server that is not in its service yet goes where it came from. */
static void release_dest(struct lb_net *lbn, struct lb_dest *dest)
{
	if (!dest->available)
		lb_dest_trash(lbn, dest);
	dest->listed = false;
}

/* Those that nobody refers to any more need not be waited for. */
static bool has_room(struct lb_net *lbn)
{
	if (!lb_limit_is_met(lbn, LB_LIMIT_DESTS, lbn->num_dests))
		return true;
	lb_dest_reap(lbn);
	return !lb_limit_is_met(lbn, LB_LIMIT_DESTS, lbn->num_dests);
}

/* Check one server of a request and see that it exists. Until attach_dest() a
 * new one, or one from the trash, is known by not being available.
 */
static struct lb_dest *prepare_dest(struct lb_net *lbn,
				    const struct lb_svc_key *svc_key,
				    const struct lb_dest_cfg *cfg,
				    struct netlink_ext_ack *extack)
{
	struct lb_dest *dest = lb_dest_find(lbn, svc_key, &cfg->key);
	int err;

	if (dest && dest->listed) {
		NL_SET_ERR_MSG(extack, "the same real server is given twice");
		return ERR_PTR(lb_refuse(extack, cfg->addr_attr, -EEXIST));
	}
	if (lbn->sync && cfg->key.family != svc_key->family) {
		NL_SET_ERR_MSG(extack,
			       "synchronisation has no room for a real server of another family");
		return ERR_PTR(lb_refuse(extack, cfg->addr_attr, -EINVAL));
	}
	err = lb_dest_check(svc_key, cfg, dest && dest->available ? dest : NULL,
			    extack);
	if (err)
		return ERR_PTR(err);
	if (!dest && !has_room(lbn)) {
		NL_SET_ERR_MSG(extack, "there are as many real servers as dest_max, or user_dest_max, allows");
		return ERR_PTR(lb_refuse(extack, cfg->addr_attr, -ENOSPC));
	}
	if (!dest)
		dest = lb_dest_alloc(lbn, svc_key, &cfg->key);
	else if (!dest->available)
		lb_dest_salvage(dest);
	if (!IS_ERR(dest))
		dest->listed = true;
	return dest;
}

/* Counts that it left behind when it was removed are its own again. */
static void unfold(struct lb_net *lbn, struct lb_svc *svc,
		   struct lb_dest *dest)
{
	lb_stats_sub(dest->svc_id == svc->id ? &svc->past : &lbn->past,
		     &dest->folded);
	memset(&dest->folded, 0, sizeof(dest->folded));
	dest->svc_id = svc->id;
}

/* The states that the timeouts are of. */
static const u8 timeout_state[LB_TIMEOUTS] = {
	[LB_TIMEOUT_TCP] = LB_STATE_ESTABLISHED,
	[LB_TIMEOUT_TCP_FIN] = LB_STATE_FIN_WAIT,
	[LB_TIMEOUT_UDP] = LB_STATE_UDP,
};

/* A real server has a copy of all, so that packets need not look further. */
static void give_settings(const struct lb_net *lbn, const struct lb_svc *svc,
			  struct lb_dest *dest)
{
	u32 ticks[LB_STATE_MAX + 1];
	int i;

	memcpy(ticks, lbn->timeout, sizeof(ticks));
	for (i = 0; i < LB_TIMEOUTS; i++)
		if (svc->timeout[i])
			ticks[timeout_state[i]] = lb_ticks(svc->timeout[i]);
	for (i = 0; i <= LB_STATE_MAX; i++)
		WRITE_ONCE(dest->timeout[i], ticks[i]);
	WRITE_ONCE(dest->policy.word, svc->policy.word);
	for (i = 0; i <= LB_DIR_REPLY; i++)
		atomic64_set(&dest->mark[i], svc->mark[i]);
}

static void give_all_settings(const struct lb_net *lbn,
			      const struct lb_svc *svc)
{
	struct lb_dest *dest;

	list_for_each_entry(dest, &svc->dests, list) {
		give_settings(lbn, svc, dest);
		cond_resched();
	}
}

/**
 * lb_svc_set_timeout() - Set a timeout of the namespace.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @which: Which.
 * @seconds: At most LB_TIMEOUT_MAX.
 */
void lb_svc_set_timeout(struct lb_net *lbn, enum lb_timeout which, u32 seconds)
{
	struct lb_svc *svc;
	unsigned long id;

	lockdep_assert_held(&lbn->cfg_lock);
	lbn->timeout[timeout_state[which]] = lb_ticks(seconds);
	xa_for_each(&lbn->svcs, id, svc)
		give_all_settings(lbn, svc);
}

static void attach_dest(struct lb_net *lbn, struct lb_svc *svc,
			struct lb_dest *dest, struct lb_dest_cfg *cfg)
{
	bool attach = !dest->available;

	if (attach) {
		unfold(lbn, svc, dest);
		give_settings(lbn, svc, dest);
		dest->id = svc->next_dest_id++;
	}
	lb_dest_apply(dest, cfg);
	if (attach) {
		lb_dest_attach(lbn, dest);
		list_add_rcu(&dest->list, &svc->dests);
		svc->num_dests++;
	}
}

/* @sched is to be told, unless it goes with all of its servers. */
static void detach_dest(struct lb_net *lbn, struct lb_svc *svc,
			struct lb_dest *dest, struct lb_sched *sched)
{
	lb_stats_read(&dest->meter, &dest->folded);
	lb_stats_add(&svc->past, &dest->folded);
	list_del_rcu(&dest->list);
	svc->num_dests--;
	if (sched)
		lb_sched_changed(sched, dest);
	notify(lbn, LB_DEST_DEL, svc, dest);
	lb_dest_trash(lbn, dest);
}

/* How many real servers there will be after a request. */
static u32 count_after(const struct lb_svc *svc, const struct lb_svc_cfg *cfg,
		       struct lb_dest **dests)
{
	u32 num = svc->num_dests;
	u32 i;

	if (cfg->replace)
		return cfg->num_dests;
	for (i = 0; i < cfg->num_dests; i++)
		num += !dests[i]->available;
	return num;
}

/* The scheduler that the service is to have: a new one, or the one it has. */
static struct lb_sched *prepare_sched(struct lb_net *lbn, struct lb_svc *svc,
				      const struct lb_svc_cfg *cfg,
				      struct netlink_ext_ack *extack)
{
	struct lb_sched *old = svc_sched(lbn, svc);
	const char *name = cfg->sched;
	struct lb_sched *sched;

	if (!name && !old)
		name = "wlc";
	if (old && (!name || !strcmp(name, old->ops->name)))
		return old;

	sched = lb_sched_alloc(lbn, name, &svc->dests);
	if (sched == ERR_PTR(-ENOENT)) {
		NL_SET_ERR_MSG(extack, "no such scheduler");
		extack->bad_attr = cfg->sched_attr;
	}
	return sched;
}

/* The branch that marks packets stays open: to patch it again and again would
 * let whoever may change services hold up all CPUs.
 */
static void apply_marks(struct lb_svc *svc, const struct lb_svc_cfg *cfg)
{
	int i;

	for (i = 0; i <= LB_DIR_REPLY; i++) {
		if (!cfg->mark_attrs[i])
			continue;
		svc->mark[i] = (u64)cfg->mark[i].value << 32 |
			       cfg->mark[i].selector;
		if (svc->mark[i])
			static_branch_enable(&lb_dest_marks);
	}
}

/* What real servers have a copy of. */
static void apply_settings(struct lb_net *lbn, struct lb_svc *svc,
			   const struct lb_svc_cfg *cfg)
{
	const union lb_policy old = svc->policy;
	int i;

	for (i = 0; i < LB_TIMEOUTS; i++)
		if (cfg->timeout_attrs[i])
			svc->timeout[i] = cfg->timeout[i];
	if (cfg->mtu_attr)
		svc->policy.mtu = cfg->mtu;
	if (cfg->tun_df_attr)
		svc->policy.tun_df = cfg->tun_df;
	if (cfg->mss_clamp_attr)
		svc->policy.mss_clamp = cfg->mss_clamp;
	apply_marks(svc, cfg);
	give_all_settings(lbn, svc);
	/* Connections that the fast path may not carry any more have ways.
	 * Those of a server that comes back get the policy before they go on.
	 */
	if (svc->policy.word != old.word)
		lb_way_forget(lbn, svc->num_dests);
}

static void detach_others(struct lb_net *lbn, struct lb_svc *svc)
{
	struct lb_dest *dest, *tmp;

	list_for_each_entry_safe(dest, tmp, &svc->dests, list) {
		if (!dest->listed)
			detach_dest(lbn, svc, dest, svc_sched(lbn, svc));
		cond_resched();
	}
}

static void apply_svc(struct lb_net *lbn, struct lb_svc *svc,
		      struct lb_svc_cfg *cfg, struct lb_sched *sched,
		      struct lb_dest **dests)
{
	struct lb_sched *old = svc_sched(lbn, svc);
	u32 i;

	apply_settings(lbn, svc, cfg);
	/* In this order, so that no packet finds the service without any. */
	for (i = 0; i < cfg->num_dests; i++) {
		attach_dest(lbn, svc, dests[i], &cfg->dests[i]);
		cond_resched();
	}
	if (cfg->replace)
		detach_others(lbn, svc);
	for (i = 0; i < cfg->num_dests; i++)
		dests[i]->listed = false;

	/* There may be templates, and those of calls, from now on. */
	if (cfg->persist_timeout > svc->persist_timeout || cfg->sip > svc->sip)
		WRITE_ONCE(lbn->places, lbn->places + 1);
	if (cfg->has_timeout)
		WRITE_ONCE(svc->persist_timeout, cfg->persist_timeout);
	if (cfg->has_mask)
		WRITE_ONCE(svc->persist_mask, cfg->persist_mask);
	if (cfg->has_plen)
		WRITE_ONCE(svc->persist_plen, cfg->persist_plen);
	if (cfg->has_flags)
		WRITE_ONCE(sched->flags, cfg->sched_flags);
	if (cfg->one_packet_attr)
		WRITE_ONCE(svc->one_packet, cfg->one_packet);
	if (cfg->pe_attr) {
		WRITE_ONCE(lbn->num_sip, lbn->num_sip + cfg->sip - svc->sip);
		WRITE_ONCE(svc->sip, cfg->sip);
	}

	if (cfg->has_comment)
		swap(svc->comment, cfg->comment);

	lb_sched_changed(sched, NULL);
	if (sched != old) {
		rcu_assign_pointer(svc->sched, sched);
		if (old)
			lb_sched_free(old);
	}
}

static int publish_svc(struct lb_net *lbn, struct lb_svc *svc)
{
	int err;

	/* So that lb_svc_commit() cannot fail; listings do not see it. */
	err = xa_reserve(&lbn->svcs, svc->id, GFP_KERNEL_ACCOUNT);
	if (err)
		return err;
	lb_frag_expect(lbn, svc->key.fwmark ? NULL : &svc->key.addr);
	err = rhashtable_insert_fast(&lbn->svc_table, &svc->node, table_params);
	if (err) {
		xa_erase(&lbn->svcs, svc->id);
		return err;
	}

	WRITE_ONCE(lbn->num_svcs, lbn->num_svcs + 1);
	lb_limit_add(lbn->owner, LB_LIMIT_SERVICES, 1);
	if (svc->key.port == LB_FTP_PORT && svc->key.proto == IPPROTO_TCP)
		WRITE_ONCE(lbn->num_ftp, lbn->num_ftp + 1);
	if (lbn->num_svcs == 1)
		lb_svc_estimate_soon(lbn);
	return 0;
}

static void unpublish_svc(struct lb_net *lbn, struct lb_svc *svc)
{
	rhashtable_remove_fast(&lbn->svc_table, &svc->node, table_params);
	xa_erase(&lbn->svcs, svc->id);
	WRITE_ONCE(lbn->num_svcs, lbn->num_svcs - 1);
	lb_limit_sub(lbn->owner, LB_LIMIT_SERVICES, 1);
	WRITE_ONCE(lbn->num_sip, lbn->num_sip - svc->sip);
	if (svc->key.port == LB_FTP_PORT && svc->key.proto == IPPROTO_TCP)
		WRITE_ONCE(lbn->num_ftp, lbn->num_ftp - 1);
}

static struct lb_svc *alloc_svc(struct lb_net *lbn,
				const struct lb_svc_key *key)
{
	struct lb_svc *svc;

	svc = kzalloc(sizeof(*svc), GFP_KERNEL_ACCOUNT);
	if (!svc)
		return NULL;

	svc->key = *key;
	svc->id = lbn->next_id++;
	svc->persist_mask = htonl(U32_MAX);
	svc->persist_plen = 128;
	INIT_LIST_HEAD(&svc->dests);
	return svc;
}

static void release_dests(struct lb_net *lbn, struct lb_dest **dests, u32 num)
{
	while (num--) {
		release_dest(lbn, dests[num]);
		cond_resched();
	}
}

/* Everything that can fail, for all real servers of a request; who sent it may
 * be killed meanwhile.
 */
static int prepare_dests(struct lb_net *lbn, const struct lb_svc_cfg *cfg,
			 struct lb_dest **dests, struct netlink_ext_ack *extack)
{
	struct lb_dest *dest;
	u32 i;

	for (i = 0; i < cfg->num_dests; i++) {
		if (fatal_signal_pending(current))
			dest = ERR_PTR(-EINTR);
		else
			dest = prepare_dest(lbn, &cfg->key, &cfg->dests[i],
					    extack);
		if (IS_ERR(dest)) {
			release_dests(lbn, dests, i);
			return PTR_ERR(dest);
		}
		dests[i] = dest;
		cond_resched();
	}
	return 0;
}

/* Packets do not find a new service before it has a scheduler. */
static int prepare_svc(struct lb_net *lbn, struct lb_svc_change *change,
		       struct netlink_ext_ack *extack)
{
	const struct lb_svc_cfg *cfg = change->cfg;
	struct lb_svc *svc = change->svc;
	struct lb_sched *sched;
	int err;

	err = prepare_dests(lbn, cfg, change->dests, extack);
	if (err)
		return err;
	sched = prepare_sched(lbn, svc, cfg, extack);
	if (IS_ERR(sched)) {
		err = PTR_ERR(sched);
		goto err_release_dests;
	}
	change->sched = sched;

	err = lb_sched_prepare(sched, count_after(svc, cfg, change->dests),
			       extack);
	if (err)
		goto err_free_sched;
	err = svc_sched(lbn, svc) ? 0 : publish_svc(lbn, svc);
	if (!err)
		return 0;

err_free_sched:
	if (sched != svc_sched(lbn, svc))
		lb_sched_free(sched);
err_release_dests:
	release_dests(lbn, change->dests, cfg->num_dests);
	return err;
}

/**
 * lb_svc_prepare() - Do all of a change to a service that can fail.
 * @lbn: Namespace; the caller holds cfg_lock until the change is over.
 * @cfg: The request; stays until then.
 * @change: Filled. Over with lb_svc_commit() or lb_svc_cancel().
 * @extack: Told why not.
 *
 * Nobody sees anything of it: a new service is in the table, but has no
 * scheduler yet; new real servers are in no list.
 *
 * Return: 0; -EEXIST, -ESRCH as cfg->create and exclusive demand; -EEXIST, too,
 * if a change to the service is prepared already; -ENOENT for an unknown
 * scheduler; -EINVAL, -ERANGE for bad values; -ENOSPC at a limit; -ENOMEM.
 */
int lb_svc_prepare(struct lb_net *lbn, struct lb_svc_cfg *cfg,
		   struct lb_svc_change *change, struct netlink_ext_ack *extack)
{
	struct lb_svc *old = lb_svc_find(lbn, &cfg->key);
	int err;

	lockdep_assert_held(&lbn->cfg_lock);
	if (old && old->listed) {
		NL_SET_ERR_MSG(extack, "the same service is given twice");
		return lb_refuse(extack, cfg->key_attr, -EEXIST);
	}
	err = lb_svc_check(cfg, old, extack);
	if (err)
		return err;
	if (!old && lb_limit_is_met(lbn, LB_LIMIT_SERVICES, lbn->num_svcs)) {
		NL_SET_ERR_MSG(extack, "there are as many services as service_max, or user_service_max, allows");
		return lb_refuse(extack, cfg->key_attr, -ENOSPC);
	}

	change->cfg = cfg;
	change->dests = kvcalloc(max(cfg->num_dests, 1U),
				 sizeof(*change->dests), GFP_KERNEL_ACCOUNT);
	change->svc = old ?: alloc_svc(lbn, &cfg->key);
	if (!change->dests || !change->svc)
		err = -ENOMEM;
	else
		err = prepare_svc(lbn, change, extack);
	if (!err) {
		change->svc->listed = true;
		return 0;
	}
	if (!old)
		kfree(change->svc);
	kvfree(change->dests);
	return err;
}

/**
 * lb_svc_commit() - Carry out a change that was prepared.
 * @lbn: Namespace; the caller has held cfg_lock since then.
 * @change: From lb_svc_prepare(). Its service stays listed.
 */
void lb_svc_commit(struct lb_net *lbn, struct lb_svc_change *change)
{
	bool fresh = !svc_sched(lbn, change->svc);
	struct lb_svc *svc = change->svc;
	u32 i;

	apply_svc(lbn, svc, change->cfg, change->sched, change->dests);
	/* Its place is reserved, so this takes no memory. */
	if (fresh)
		WARN_ON_ONCE(xa_err(xa_store(&lbn->svcs, svc->id, svc,
					     GFP_KERNEL_ACCOUNT)));
	notify(lbn, LB_SVC_SET, svc, NULL);
	for (i = 0; i < change->cfg->num_dests; i++) {
		notify(lbn, LB_DEST_SET, svc, change->dests[i]);
		cond_resched();
	}
	kvfree(change->dests);
}

/**
 * lb_svc_cancel() - Leave everything as it was before lb_svc_prepare().
 * @lbn: Namespace; the caller has held cfg_lock since then.
 * @change: From lb_svc_prepare().
 */
void lb_svc_cancel(struct lb_net *lbn, struct lb_svc_change *change)
{
	struct lb_svc *svc = change->svc;
	bool fresh = !svc_sched(lbn, svc);

	if (change->sched != svc_sched(lbn, svc))
		lb_sched_free(change->sched);
	else
		lb_sched_cancel(change->sched);
	release_dests(lbn, change->dests, change->cfg->num_dests);
	kvfree(change->dests);
	svc->listed = false;
	if (!fresh)
		return;
	unpublish_svc(lbn, svc);
	/* Packets may be looking at its key. */
	kfree_rcu(svc, rcu);
}

/**
 * lb_svc_set() - Add or change a service, with real servers.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @cfg: The request.
 * @extack: Told why not.
 *
 * All of it happens or nothing.
 *
 * Return: As lb_svc_prepare().
 */
int lb_svc_set(struct lb_net *lbn, struct lb_svc_cfg *cfg,
	       struct netlink_ext_ack *extack)
{
	struct lb_svc_change change;
	int err = lb_svc_prepare(lbn, cfg, &change, extack);

	if (err)
		return err;
	lb_svc_commit(lbn, &change);
	change.svc->listed = false;
	return 0;
}
EXPORT_SYMBOL_LB(lb_svc_set);

/* Packets that still have the scheduler found the service before, so what it
 * refers to is not freed before they are done with it.
 */
static void del_svc(struct lb_net *lbn, struct lb_svc *svc)
{
	struct lb_dest *dest, *tmp;

	unpublish_svc(lbn, svc);
	list_for_each_entry_safe(dest, tmp, &svc->dests, list) {
		detach_dest(lbn, svc, dest, NULL);
		cond_resched();
	}
	lb_stats_add(&lbn->past, &svc->past);
	notify(lbn, LB_SVC_DEL, svc, NULL);
	lb_sched_free(svc_sched(lbn, svc));
	kfree(svc->comment);
	kfree_rcu(svc, rcu);
}

/**
 * lb_svc_del() - Delete a service with its real servers.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @key: Which.
 *
 * Return: 0 or -ESRCH.
 */
int lb_svc_del(struct lb_net *lbn, const struct lb_svc_key *key)
{
	struct lb_svc *svc;

	lockdep_assert_held(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, key);
	if (!svc)
		return -ESRCH;
	del_svc(lbn, svc);
	return 0;
}
EXPORT_SYMBOL_LB(lb_svc_del);

/**
 * lb_svc_flush() - Delete all services.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @family: Only those of this address family; AF_UNSPEC for all.
 */
void lb_svc_flush(struct lb_net *lbn, u8 family)
{
	struct lb_svc *svc;
	unsigned long id;

	lockdep_assert_held(&lbn->cfg_lock);
	xa_for_each(&lbn->svcs, id, svc)
		if (family == AF_UNSPEC || svc->key.family == family)
			del_svc(lbn, svc);
}
EXPORT_SYMBOL_LB(lb_svc_flush);

/**
 * lb_svc_flush_others() - Delete the services that no request under way names.
 * @lbn: Namespace; the caller holds cfg_lock. No service is listed any more.
 */
void lb_svc_flush_others(struct lb_net *lbn)
{
	struct lb_svc *svc;
	unsigned long id;

	lockdep_assert_held(&lbn->cfg_lock);
	xa_for_each(&lbn->svcs, id, svc) {
		if (svc->listed)
			svc->listed = false;
		else
			del_svc(lbn, svc);
		cond_resched();
	}
}

/**
 * lb_svc_set_dest() - Add or change one real server.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @cfg: The service's key, one real server, and the flags, which mean it.
 * @extack: Told why not.
 *
 * Return: 0; -ESRCH without the service; -EEXIST, -ENOENT as the flags demand;
 * -EINVAL, -ERANGE for bad values; -ENOMEM.
 */
int lb_svc_set_dest(struct lb_net *lbn, const struct lb_svc_cfg *cfg,
		    struct netlink_ext_ack *extack)
{
	struct lb_dest *dest;
	struct lb_svc *svc;
	bool changed;
	int weight;
	int err;

	lockdep_assert_held(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, &cfg->key);
	if (!svc) {
		NL_SET_ERR_MSG(extack, "no such service");
		return -ESRCH;
	}
	err = lb_svc_check_dest(cfg, find_dest(lbn, &cfg->key,
					       &cfg->dests[0].key), extack);
	if (err)
		return err;
	dest = prepare_dest(lbn, &cfg->key, &cfg->dests[0], extack);
	if (IS_ERR(dest))
		return PTR_ERR(dest);

	changed = !dest->available;
	err = lb_sched_prepare(svc_sched(lbn, svc), svc->num_dests + changed,
			       extack);
	if (err) {
		release_dest(lbn, dest);
		return err;
	}
	weight = dest->weight;
	attach_dest(lbn, svc, dest, &cfg->dests[0]);
	dest->listed = false;
	if (changed || weight != dest->weight)
		lb_sched_changed(svc_sched(lbn, svc), NULL);
	notify(lbn, LB_DEST_SET, svc, dest);
	return 0;
}
EXPORT_SYMBOL_LB(lb_svc_set_dest);

/**
 * lb_svc_del_dest() - Remove one real server.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @key: Service.
 * @dest_key: Real server.
 *
 * Return: 0, -ESRCH without the service, -ENOENT without the server, -ENOMEM.
 */
int lb_svc_del_dest(struct lb_net *lbn, const struct lb_svc_key *key,
		    const struct lb_dest_key *dest_key)
{
	struct lb_dest *dest;
	struct lb_svc *svc;
	int err;

	lockdep_assert_held(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, key);
	if (!svc)
		return -ESRCH;
	dest = find_dest(lbn, key, dest_key);
	if (!dest)
		return -ENOENT;
	err = lb_sched_prepare(svc_sched(lbn, svc), svc->num_dests - 1, NULL);
	if (err)
		return err;
	detach_dest(lbn, svc, dest, svc_sched(lbn, svc));
	lb_sched_changed(svc_sched(lbn, svc), NULL);
	return 0;
}
EXPORT_SYMBOL_LB(lb_svc_del_dest);

/**
 * lb_svc_init() - Prepare a namespace for services.
 * @lbn: Namespace.
 */
void lb_svc_init(struct lb_net *lbn)
{
	mutex_init(&lbn->cfg_lock);
	xa_init_flags(&lbn->svcs, XA_FLAGS_ACCOUNT);
	INIT_LIST_HEAD(&lbn->trash);
	lb_svc_init_stats(lbn);
}

/**
 * lb_svc_alloc_tables() - See that services and real servers can be found.
 * @lbn: Namespace.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_svc_alloc_tables(struct lb_net *lbn)
{
	int err = rhashtable_init(&lbn->svc_table, &table_params);

	if (err)
		return err;
	err = lb_dest_alloc_tables(lbn);
	if (err)
		rhashtable_destroy(&lbn->svc_table);
	return err;
}

/**
 * lb_svc_free_tables() - The opposite, when there is nothing in them.
 * @lbn: Namespace.
 */
void lb_svc_free_tables(struct lb_net *lbn)
{
	lb_dest_free_tables(lbn);
	rhashtable_destroy(&lbn->svc_table);
}

/**
 * lb_svc_exit() - Free all services and real servers of a namespace.
 * @lbn: Namespace; no packets, no requests, no connections any more.
 */
void lb_svc_exit(struct lb_net *lbn)
{
	mutex_lock(&lbn->cfg_lock);
	lb_svc_flush(lbn, AF_UNSPEC);
	WARN_ON_ONCE(!lb_dest_reap(lbn));
	mutex_unlock(&lbn->cfg_lock);

	cancel_delayed_work_sync(&lbn->rates);
	xa_destroy(&lbn->svcs);
}
