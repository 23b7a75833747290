// SPDX-License-Identifier: GPL-2.0-only
/* The files of IPVS below /proc/sys/net/ipv4/vs.
 *
 * Those that lb has a setting for are that setting. What IPVS takes of numbers
 * is taken; a number that means the same as another is shown as it was written,
 * for as long as the setting is still what it made it. The other files are
 * kept, but have no effect.
 */

#include <linux/capability.h>
#include <linux/cpumask.h>
#include <linux/log2.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/isolation.h>
#include <linux/slab.h>
#include <linux/swap.h>
#include <linux/sysctl.h>

#include "ipvs/lb_ipvs.h"
#include "netlink.h"

/* Who sees a file of a namespace that a user namespace owns. */
enum reach {
	ANYBODY, /* and its root may write */
	READERS, /* but only root of the host may write */
	HOST, /* nobody there */
};

/**
 * struct row - A file.
 * @name: Its name.
 * @reach: Who has it.
 * @handler: Reads and writes it.
 * @attr: LB_A_CONFIG_* of the setting that it is, or 0.
 * @meaning: What a number that is written makes the setting.
 * @least: Smaller numbers are refused, if this is less than @most.
 * @most: So are greater ones.
 * @offset: Without a setting, where it is kept, in struct lb_ipvs_sysctl.
 */
struct row {
	const char *name;
	enum reach reach;
	proc_handler *handler;
	int attr;
	u32 (*meaning)(int number);
	int least;
	int most;
	size_t offset;
};

/* How many files there are at most */
#define ROWS 40

/**
 * struct lb_ipvs_sysctl - The files of a namespace.
 * @lbn: Namespace.
 * @header: For unregistering.
 * @table: One entry a file, and an empty one.
 * @written: What was written last to those that are settings, by LB_A_CONFIG_*.
 * @lock: Guards @sync_threshold and @cpus.
 * @cpus: Of est_cpulist; empty as long as it was not set.
 * @cpus_set: It was.
 *
 * The rest is kept as it is written.
 */
struct lb_ipvs_sysctl {
	struct lb_net *lbn;
	struct ctl_table_header *header;
	struct ctl_table table[ROWS + 1];
	int written[LB_A_CONFIG_MAX + 1];
	struct mutex lock; /* see above */
	cpumask_var_t cpus;
	bool cpus_set;
	/* private: not told one by one */
	int sync_version;
	unsigned long sync_qlen_max;
	int sync_threshold[2];
	int sync_refresh_period;
	int sync_retries;
	int est_nice;
	int conn_lfactor;
	int svc_lfactor;
};

static u32 as_switch(int number)
{
	return !!number;
}

static u32 as_number(int number)
{
	return max(number, 0);
}

/* Any number is a mode: bit 1 adds to what all but 0 do. */
static u32 as_reuse_mode(int number)
{
	return number ? (number & 2) | 1 : 0;
}

static u32 as_seconds(int number)
{
	return clamp(number, 1, LB_TIMEOUT_MAX);
}

/* Any power of two; 0 is refused. */
static u32 as_ports(int number)
{
	return number > 0 && is_power_of_2(number) ? min(number, 64) : 0;
}

/* Written to no file: then nothing was. */
#define NOTHING INT_MIN

static int set(struct lb_ipvs_sysctl *own, const struct row *row, int number)
{
	int err;

	if (row->least < row->most &&
	    (number < row->least || number > row->most))
		return -EINVAL;
	err = lb_config_set(own->lbn, row->attr, row->meaning(number),
			    capable(CAP_NET_ADMIN));
	if (!err)
		WRITE_ONCE(own->written[row->attr], number);
	return err == -EPERM || err == -ERANGE ? -EINVAL : err;
}

static int shown(const struct lb_ipvs_sysctl *own, const struct row *row)
{
	int written = READ_ONCE(own->written[row->attr]);
	u32 value = lb_setting(own->lbn, row->attr);

	return row->meaning(written) == value ? written : value;
}

static int do_setting(LB_COMPAT_CTL_TABLE *table, int write, void *buffer,
		      size_t *lenp, loff_t *ppos)
{
	struct lb_ipvs_sysctl *own = table->extra1;
	const struct row *row = table->extra2;
	int number = write ? NOTHING : shown(own, row);
	struct ctl_table plain = { .data = &number, .maxlen = sizeof(number) };
	int err;

	err = proc_dointvec(&plain, write, buffer, lenp, ppos);
	if (err || number == NOTHING)
		return err;
	return write ? set(own, row, number) : 0;
}

static int do_range(LB_COMPAT_CTL_TABLE *table, int write, void *buffer,
		    size_t *lenp, loff_t *ppos)
{
	const struct row *row = table->extra2;
	int least = row->least, most = row->most;
	struct ctl_table plain = {
		.data = table->data,
		.maxlen = sizeof(int),
		.extra1 = &least,
		.extra2 = &most,
	};

	return proc_dointvec_minmax(&plain, write, buffer, lenp, ppos);
}

/* The kernel's handler would take an entry's extras for limits. */
static int do_word(LB_COMPAT_CTL_TABLE *table, int write, void *buffer,
		   size_t *lenp, loff_t *ppos)
{
	struct ctl_table plain = {
		.data = table->data,
		.maxlen = sizeof(unsigned long),
	};

	return proc_doulongvec_minmax(&plain, write, buffer, lenp, ppos);
}

/* How many packets before the first message, and from one to the next. */
static int do_sync_threshold(LB_COMPAT_CTL_TABLE *table, int write,
			     void *buffer, size_t *lenp, loff_t *ppos)
{
	struct lb_ipvs_sysctl *own = table->extra1;
	struct ctl_table plain = { .maxlen = sizeof(own->sync_threshold) };
	int pair[2];
	int err;

	mutex_lock(&own->lock);
	memcpy(pair, own->sync_threshold, sizeof(pair));
	plain.data = pair;
	err = proc_dointvec(&plain, write, buffer, lenp, ppos);
	if (!err && write) {
		if (pair[0] < 0 || pair[1] < 0 ||
		    (pair[1] && pair[0] >= pair[1]))
			err = -EINVAL;
		else
			memcpy(own->sync_threshold, pair, sizeof(pair));
	}
	mutex_unlock(&own->lock);
	return err;
}

static int set_cpus(struct lb_ipvs_sysctl *own, const char *text)
{
	cpumask_var_t cpus;
	int err;

	if (!alloc_cpumask_var(&cpus, GFP_KERNEL))
		return -ENOMEM;
	err = cpulist_parse(text, cpus);
	if (!err) {
		cpumask_and(own->cpus, cpus, &current->cpus_mask);
		own->cpus_set = true;
	}
	free_cpumask_var(cpus);
	return err;
}

/* Where isolated CPUs can change, RCU guards the mask without them. */
static size_t show_cpus(const struct lb_ipvs_sysctl *own, char *text,
			size_t size)
{
	const struct cpumask *cpus = own->cpus;

	rcu_read_lock();
	if (!own->cpus_set)
		cpus = housekeeping_cpumask(HK_TYPE_KTHREAD);
	size = scnprintf(text, size, "%*pbl\n", cpumask_pr_args(cpus));
	rcu_read_unlock();
	return size;
}

/* The caller has room for the text and a NUL. */
static int do_cpus(LB_COMPAT_CTL_TABLE *table, int write, void *buffer,
		   size_t *lenp, loff_t *ppos)
{
	struct lb_ipvs_sysctl *own = table->extra1;
	int err = 0;

	if (*ppos || !*lenp) {
		*lenp = 0;
		return 0;
	}
	mutex_lock(&own->lock);
	if (write)
		err = set_cpus(own, buffer);
	else
		*lenp = show_cpus(own, buffer, *lenp + 1);
	mutex_unlock(&own->lock);
	if (!err)
		*ppos += *lenp;
	return err;
}

#ifdef CONFIG_IP_VS_DEBUG
static int debug_level;

/* One for all namespaces, set in the first. */
static int do_debug_level(LB_COMPAT_CTL_TABLE *table, int write, void *buffer,
			  size_t *lenp, loff_t *ppos)
{
	struct lb_ipvs_sysctl *own = table->extra1;
	struct ctl_table plain = {
		.data = &debug_level,
		.maxlen = sizeof(debug_level),
	};

	if (write && !net_eq(own->lbn->net, &init_net))
		return -EPERM;
	return proc_dointvec(&plain, write, buffer, lenp, ppos);
}
#endif

#define SETTING(file, which, as, ...)				\
	{ .name = (file), .handler = do_setting, .meaning = (as),	\
	  .attr = LB_A_CONFIG_##which, __VA_ARGS__ }

/* 0 to 3 */
#define LEVEL(file, which)					\
	SETTING(file, which, as_number, .least = 0, .most = 3)

#define KEPT(member, how, ...)					\
	{ .name = #member, .handler = (how),			\
	  .offset = offsetof(struct lb_ipvs_sysctl, member),	\
	  __VA_ARGS__ }

static const struct row rows[] = {
	SETTING("amemthresh", AMEMTHRESH, as_number),
	SETTING("am_droprate", AM_DROPRATE, as_number),
	SETTING("conn_max", CONN_MAX, as_number, .least = 0,
		.most = 1073741824),
	LEVEL("drop_entry", DROP_ENTRY),
	LEVEL("drop_packet", DROP_PACKET),
	LEVEL("secure_tcp", SECURE_TCP),
	SETTING("conntrack", CONNTRACK, as_switch),
	SETTING("snat_reroute", SNAT_REROUTE, as_switch),
	SETTING("cache_bypass", CACHE_BYPASS, as_switch),
	SETTING("expire_nodest_conn", EXPIRE_NODEST_CONN, as_switch),
	SETTING("sloppy_tcp", SLOPPY_TCP, as_switch),
	SETTING("sloppy_sctp", SLOPPY_SCTP, as_switch),
	SETTING("expire_quiescent_template", EXPIRE_QUIESCENT_TEMPLATE,
		as_switch),
	SETTING("nat_icmp_send", NAT_ICMP_SEND, as_switch),
	SETTING("pmtu_disc", PMTU_DISC, as_switch),
	SETTING("conn_reuse_mode", CONN_REUSE_MODE, as_reuse_mode),
	SETTING("schedule_icmp", SCHEDULE_ICMP, as_switch),
	SETTING("ignore_tunneled", IGNORE_TUNNELED, as_switch),
	SETTING("run_estimation", RUN_ESTIMATION, as_switch,
		.reach = READERS),
	SETTING("lblc_expiration", LBLC_EXPIRATION, as_seconds,
		.least = INT_MIN, .most = INT_MAX / HZ, .reach = HOST),
	SETTING("lblcr_expiration", LBLCR_EXPIRATION, as_seconds,
		.least = INT_MIN, .most = INT_MAX / HZ, .reach = HOST),
	KEPT(sync_version, do_range, .most = 1),
	SETTING("sync_ports", SYNC_PORTS, as_ports),
	SETTING("sync_persist_mode", SYNC_PERSIST_MODE, as_switch),
	KEPT(sync_qlen_max, do_word, .reach = READERS),
	SETTING("sync_sock_size", SYNC_SOCK_SIZE, as_number,
		.reach = READERS),
	KEPT(sync_threshold, do_sync_threshold),
	KEPT(sync_refresh_period, proc_dointvec_jiffies),
	KEPT(sync_retries, do_range, .most = 3),
	SETTING("backup_only", BACKUP_ONLY, as_switch),
	{ .name = "est_cpulist", .handler = do_cpus, .reach = READERS },
	KEPT(est_nice, do_range, .least = MIN_NICE, .most = MAX_NICE,
	     .reach = READERS),
	KEPT(conn_lfactor, do_range, .least = -8, .most = 8,
	     .reach = READERS),
	KEPT(svc_lfactor, do_range, .least = -8, .most = 8, .reach = READERS),
#ifdef CONFIG_IP_VS_DEBUG
	{ .name = "debug_level", .handler = do_debug_level,
	  .reach = READERS },
#endif
};

static_assert(ARRAY_SIZE(rows) <= ROWS);

static void fill_entry(struct lb_ipvs_sysctl *own, struct ctl_table *entry,
		       const struct row *row, bool user)
{
	entry->procname = row->name;
	entry->mode = user && row->reach != ANYBODY ? 0444 : 0644;
	entry->proc_handler = row->handler;
	entry->extra1 = own;
	entry->extra2 = (void *)row;
	if (row->attr)
		own->written[row->attr] = lb_setting(own->lbn, row->attr);
	if (row->offset) {
		entry->data = (void *)own + row->offset;
		entry->maxlen = sizeof(int);
	}
}

static int fill_table(struct lb_ipvs_sysctl *own, const struct net *net)
{
	bool user = net->user_ns != &init_user_ns;
	int i, n = 0;

	for (i = 0; i < ARRAY_SIZE(rows); i++)
		if (!user || rows[i].reach != HOST)
			fill_entry(own, &own->table[n++], &rows[i], user);
	return n;
}

static void set_defaults(struct lb_ipvs_sysctl *own, const struct net *net)
{
	bool first = net_eq(net, &init_net);

	own->sync_version = 1;
	own->sync_qlen_max = nr_free_buffer_pages() / 32;
	own->sync_threshold[0] = 3;
	own->sync_threshold[1] = 50;
	own->conn_lfactor = first ? -4 : -2;
	own->svc_lfactor = first ? -3 : -2;
}

/**
 * lb_ipvs_sysctl_init() - Make the files of a namespace.
 * @ipvs: Its part of lb_ipvs.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_ipvs_sysctl_init(struct lb_ipvs_net *ipvs)
{
	struct lb_ipvs_sysctl *own;
	int n;

	own = kzalloc(sizeof(*own), GFP_KERNEL_ACCOUNT);
	if (!own)
		return -ENOMEM;
	own->lbn = lb_net_get(ipvs->net);
	mutex_init(&own->lock);
	if (!zalloc_cpumask_var(&own->cpus, GFP_KERNEL))
		goto err_free;
	set_defaults(own, ipvs->net);
	n = fill_table(own, ipvs->net);
	own->header = lb_compat_register_net_sysctl(ipvs->net, "net/ipv4/vs",
						    own->table, n);
	if (!own->header)
		goto err_free_cpus;
	ipvs->sysctl = own;
	return 0;

err_free_cpus:
	free_cpumask_var(own->cpus);
err_free:
	kfree(own);
	return -ENOMEM;
}

/**
 * lb_ipvs_sysctl_exit() - Remove them; who uses one is waited for.
 * @ipvs: The namespace's part of lb_ipvs.
 */
void lb_ipvs_sysctl_exit(struct lb_ipvs_net *ipvs)
{
	struct lb_ipvs_sysctl *own = ipvs->sysctl;

	unregister_net_sysctl_table(own->header);
	free_cpumask_var(own->cpus);
	kfree(own);
}
