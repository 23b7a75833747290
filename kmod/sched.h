/* SPDX-License-Identifier: GPL-2.0-only */
/* Schedulers: the pure choice of a real server. */
#ifndef _LB_SCHED_H
#define _LB_SCHED_H

#include <linux/list.h>
#include <linux/module.h>
#include <linux/spinlock.h>

#include "dest.h"
#include "pkt.h"

struct lb_sched;

/**
 * struct lb_sched_ops - A scheduler.
 * @name: Its name, at most LB_SCHED_NAME_MAX characters, unique.
 * @owner: Its module; NULL in lb itself, which must unload with services.
 * @pure: The choice depends on nothing but the packet's addresses and ports,
 *	the service's real servers and their weights, and the flags: it is the
 *	same at all directors.
 * @ordered: And on the order of the real servers.
 * @priv_size: Bytes of its own data in each service, zeroed at the start.
 * @init: Optional. Called before all others, with @priv_size bytes of zero.
 * @prepare: Optional. See that @changed cannot fail, for a change after which
 *	there are @num real servers. Process context, cfg_lock. What was
 *	prepared may not be used, and others may be prepared after it.
 * @cancel: Optional. The change that was prepared last does not happen.
 * @changed: Optional. A real server was removed (@gone, which still points to
 *	its old neighbour); or (NULL), once after all changes of a request,
 *	real servers came, went, have other weights, or the scheduler was just
 *	given to the service. No server that a request removes is freed before
 *	the call that comes after all, and there may be many: do for @gone only
 *	what must be done at once. When the service goes, or gets another
 *	scheduler, real servers may go without these calls; then no packet is
 *	in @pick any more when one of them is freed.
 *	Process context, cfg_lock. Packets may be in @pick at the same time.
 * @pick: Choose a real server with lb_dest_is_usable(), or NULL if there is
 *	none. Softirq context, under RCU. Takes sched->lock if its data need it.
 *	The packet is for schedulers that choose by address.
 * @exit: Optional. Free what @priv refers to. After the last @pick, in any
 *	context.
 * @list: For lb_sched_register().
 */
struct lb_sched_ops {
	char name[LB_SCHED_NAME_MAX + 1];
	struct module *owner;
	bool pure;
	bool ordered;
	size_t priv_size;
	void (*init)(struct lb_sched *sched);
	int (*prepare)(struct lb_sched *sched, u32 num,
		       struct netlink_ext_ack *extack);
	void (*cancel)(struct lb_sched *sched);
	void (*changed)(struct lb_sched *sched, struct lb_dest *gone);
	struct lb_dest *(*pick)(struct lb_sched *sched,
				const struct lb_pkt *pkt);
	void (*exit)(struct lb_sched *sched);
	struct list_head list;
};

/**
 * struct lb_sched - A scheduler at work in one service; replaced as a whole.
 * @ops: What it does; holds a reference on ops->owner.
 * @lbn: Namespace.
 * @dests: The service's real servers, newest first (struct lb_dest, RCU).
 * @flags: enum lb_sched_flag; cfg_lock to write, READ_ONCE elsewhere.
 * @lock: Guards @priv; taken with bottom halves off.
 * @rcu: For freeing.
 * @priv: Data of the scheduler.
 */
struct lb_sched {
	const struct lb_sched_ops *ops;
	struct lb_net *lbn;
	const struct list_head *dests;
	u32 flags;
	spinlock_t lock; /* guards priv */
	struct rcu_head rcu;
	u64 priv[];
};

/** lb_sched_priv() - Data of the scheduler in this service. */
static inline void *lb_sched_priv(struct lb_sched *sched)
{
	return sched->priv;
}

int lb_sched_register(struct lb_sched_ops *ops);
void lb_sched_unregister(struct lb_sched_ops *ops);

bool lb_sched_is_known(const char *name);
void lb_sched_load(const char *name);
struct lb_sched *lb_sched_alloc(struct lb_net *lbn, const char *name,
				const struct list_head *dests);
int lb_sched_prepare(struct lb_sched *sched, u32 num,
		     struct netlink_ext_ack *extack);
void lb_sched_cancel(struct lb_sched *sched);
void lb_sched_changed(struct lb_sched *sched, struct lb_dest *gone);
void lb_sched_free(struct lb_sched *sched);
int lb_sched_names(int (*fn)(const char *name, void *arg), void *arg);
int lb_sched_init(void);

extern struct lb_sched_ops lb_sched_rr;
extern struct lb_sched_ops lb_sched_wrr;
extern struct lb_sched_ops lb_sched_lc;
extern struct lb_sched_ops lb_sched_wlc;
extern struct lb_sched_ops lb_sched_sed;
extern struct lb_sched_ops lb_sched_nq;
extern struct lb_sched_ops lb_sched_fo;
extern struct lb_sched_ops lb_sched_ovf;
extern struct lb_sched_ops lb_sched_twos;
extern struct lb_sched_ops lb_sched_dh;
extern struct lb_sched_ops lb_sched_sh;
extern struct lb_sched_ops lb_sched_mh;
extern struct lb_sched_ops lb_sched_lblc;
extern struct lb_sched_ops lb_sched_lblcr;

bool lb_sched_mh_check_size(u32 size);
bool lb_sched_lc_is_less(const struct lb_dest *a, const struct lb_dest *b);

#ifdef LB_DEBUG
int lb_sched_rr_selftest(void);
int lb_sched_lc_selftest(void);
int lb_sched_fo_selftest(void);
int lb_sched_hash_selftest(void);
int lb_sched_mh_selftest(void);
int lb_sched_lblc_selftest(void);
#endif

#endif /* _LB_SCHED_H */
