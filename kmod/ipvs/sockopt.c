// SPDX-License-Identifier: GPL-2.0-only
/* IPVS's socket options: IPv4 only, with structs of exact lengths.
 *
 * Lists are made in memory that depends on what there is, not on what is asked
 * for, and are copied to the user when no lock is held.
 */

#include <linux/module.h>
#include <linux/slab.h>
#include <linux/sockptr.h>
#include <net/sock.h>

#include "ipvs/lb_ipvs.h"

/**
 * union set_arg - What an option to be set may come with.
 * @svc: The service.
 * @with_dest: The same, and a real server of it.
 * @timeouts: Of IP_VS_SO_SET_TIMEOUT.
 * @daemon: Of IP_VS_SO_SET_STARTDAEMON and IP_VS_SO_SET_STOPDAEMON.
 */
union set_arg {
	struct ip_vs_service_user svc;
	struct {
		struct ip_vs_service_user svc;
		struct ip_vs_dest_user dest;
	} with_dest;
	struct ip_vs_timeout_user timeouts;
	struct ip_vs_daemon_user daemon;
};

#define WITH_DEST sizeof_field(union set_arg, with_dest)

/* Place of an option in a table */
#define AT(option) ((option) - IP_VS_BASE_CTL)

/* Those without a length have no argument; all but one of them do not exist. */
static const u8 set_length[] = {
	[AT(IP_VS_SO_SET_ADD)] = sizeof(struct ip_vs_service_user),
	[AT(IP_VS_SO_SET_EDIT)] = sizeof(struct ip_vs_service_user),
	[AT(IP_VS_SO_SET_DEL)] = sizeof(struct ip_vs_service_user),
	[AT(IP_VS_SO_SET_ADDDEST)] = WITH_DEST,
	[AT(IP_VS_SO_SET_DELDEST)] = WITH_DEST,
	[AT(IP_VS_SO_SET_EDITDEST)] = WITH_DEST,
	[AT(IP_VS_SO_SET_TIMEOUT)] = sizeof(struct ip_vs_timeout_user),
	[AT(IP_VS_SO_SET_STARTDAEMON)] = sizeof(struct ip_vs_daemon_user),
	[AT(IP_VS_SO_SET_STOPDAEMON)] = sizeof(struct ip_vs_daemon_user),
	[AT(IP_VS_SO_SET_ZERO)] = sizeof(struct ip_vs_service_user),
};

static void read_key(struct lb_svc_key *key, u16 proto, __be32 ip, __be16 port,
		     u32 fwmark)
{
	const union lb_addr addr = { .ip = ip };

	lb_ipvs_request_key(key, AF_INET, proto, &addr, port, fwmark);
}

static void read_svc(struct lb_ipvs_svc *svc,
		     const struct ip_vs_service_user *user)
{
	*svc = (struct lb_ipvs_svc) {
		.sched = user->sched_name,
		.flags = user->flags,
		.mask = ~0,
		.timeout = user->timeout,
		.netmask = user->netmask,
	};
	read_key(&svc->key, user->protocol, user->addr, user->port,
		 user->fwmark);
}

static void read_dest(struct lb_ipvs_dest *dest,
		      const struct ip_vs_dest_user *user)
{
	memset(dest, 0, sizeof(*dest));
	dest->key.family = AF_INET;
	dest->key.addr.ip = user->addr;
	dest->key.port = user->port;
	dest->method = user->conn_flags & IP_VS_CONN_F_FWD_MASK;
	dest->weight = user->weight;
	dest->upper = user->u_threshold;
	dest->lower = user->l_threshold;
}

/* The command of the netlink family that does the same */
static const u8 command[] = {
	[AT(IP_VS_SO_SET_ADD)] = IPVS_CMD_NEW_SERVICE,
	[AT(IP_VS_SO_SET_EDIT)] = IPVS_CMD_SET_SERVICE,
	[AT(IP_VS_SO_SET_DEL)] = IPVS_CMD_DEL_SERVICE,
	[AT(IP_VS_SO_SET_ADDDEST)] = IPVS_CMD_NEW_DEST,
	[AT(IP_VS_SO_SET_EDITDEST)] = IPVS_CMD_SET_DEST,
	[AT(IP_VS_SO_SET_DELDEST)] = IPVS_CMD_DEL_DEST,
	[AT(IP_VS_SO_SET_ZERO)] = IPVS_CMD_ZERO,
	[AT(IP_VS_SO_SET_FLUSH)] = IPVS_CMD_FLUSH,
};

static int set_service(struct lb_net *lbn, int option, const union set_arg *arg)
{
	const struct ip_vs_service_user *user = &arg->svc;
	bool named = option == IP_VS_SO_SET_ADD || option == IP_VS_SO_SET_EDIT;
	bool all = option == IP_VS_SO_SET_FLUSH ||
		   (option == IP_VS_SO_SET_ZERO && !user->fwmark &&
		    !user->addr && !user->port);
	struct lb_ipvs_dest dest;
	struct lb_ipvs_svc svc;
	int err;

	if (named && strnlen(user->sched_name, IP_VS_SCHEDNAME_MAXLEN) ==
		     IP_VS_SCHEDNAME_MAXLEN)
		return -EINVAL;
	if (!all && !lb_ipvs_is_protocol(user->protocol))
		return -EFAULT;

	read_svc(&svc, user);
	read_dest(&dest, &arg->with_dest.dest);
	if (named)
		lb_ipvs_request_load(&svc);
	mutex_lock(&lbn->cfg_lock);
	err = lb_ipvs_request(lbn, command[AT(option)], all ? NULL : &svc,
			      &dest, NULL);
	mutex_unlock(&lbn->cfg_lock);
	return err;
}

static int start_daemon(struct lb_net *lbn,
			const struct ip_vs_daemon_user *daemon)
{
	struct lb_sync_cfg cfg;

	memset(&cfg, 0, sizeof(cfg));
	if (!lb_ipvs_role(daemon->state, &cfg.role) ||
	    strscpy(cfg.place.device, daemon->mcast_ifn, IFNAMSIZ) <= 0)
		return -EINVAL;
	cfg.syncid = daemon->syncid;
	return lb_sync_start(lbn, &cfg, false, NULL);
}

static int stop_daemon(struct lb_net *lbn,
		       const struct ip_vs_daemon_user *daemon)
{
	u8 role;

	return lb_ipvs_role(daemon->state, &role) ?
	       lb_sync_stop(lbn, role) : -EINVAL;
}

static int set_ctl(struct sock *sk, int option, sockptr_t user,
		   unsigned int len)
{
	struct lb_net *lbn = lb_net_get(sock_net(sk));
	union set_arg arg = {};

	if (!ns_capable(sock_net(sk)->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (option < IP_VS_BASE_CTL || option > IP_VS_SO_SET_MAX ||
	    len != set_length[AT(option)])
		return -EINVAL;
	if (copy_from_sockptr(&arg, user, len))
		return -EFAULT;

	if (option == IP_VS_SO_SET_TIMEOUT)
		return lb_ipvs_request_set_timeouts(lbn, &arg.timeouts);
	if (option == IP_VS_SO_SET_STARTDAEMON)
		return start_daemon(lbn, &arg.daemon);
	if (option == IP_VS_SO_SET_STOPDAEMON)
		return stop_daemon(lbn, &arg.daemon);
	return len || option == IP_VS_SO_SET_FLUSH ?
	       set_service(lbn, option, &arg) : -EINVAL;
}

static int copy_out(void __user *user, const void *answer, size_t len)
{
	return copy_to_user(user, answer, len) ? -EFAULT : 0;
}

static void put_stats(struct ip_vs_stats_user *user,
		      const struct lb_ipvs_stats *stats)
{
	const u64 *value = stats->value;

	user->conns = value[IPVS_STATS_ATTR_CONNS];
	user->inpkts = value[IPVS_STATS_ATTR_INPKTS];
	user->outpkts = value[IPVS_STATS_ATTR_OUTPKTS];
	user->inbytes = value[IPVS_STATS_ATTR_INBYTES];
	user->outbytes = value[IPVS_STATS_ATTR_OUTBYTES];
	user->cps = value[IPVS_STATS_ATTR_CPS];
	user->inpps = value[IPVS_STATS_ATTR_INPPS];
	user->outpps = value[IPVS_STATS_ATTR_OUTPPS];
	user->inbps = value[IPVS_STATS_ATTR_INBPS];
	user->outbps = value[IPVS_STATS_ATTR_OUTBPS];
}

/* A service by mark has no protocol in lb, and that of TCP in IPVS. */
static void put_svc(struct ip_vs_service_entry *entry,
		    const struct lb_net *lbn, struct lb_svc *svc)
{
	struct lb_ipvs_stats stats;
	struct lb_ipvs_show show;

	lb_ipvs_show_svc(lbn, svc, &show);
	lb_ipvs_show_svc_stats(svc, &stats);
	entry->protocol = svc->key.fwmark ? IPPROTO_TCP : svc->key.proto;
	entry->addr = svc->key.addr.ip;
	entry->port = svc->key.port;
	entry->fwmark = svc->key.fwmark;
	strscpy(entry->sched_name, show.sched, sizeof(entry->sched_name));
	entry->flags = show.flags;
	entry->timeout = svc->persist_timeout;
	entry->netmask = show.netmask;
	entry->num_dests = svc->num_dests;
	put_stats(&entry->stats, &stats);
}

static void put_dest(struct ip_vs_dest_entry *entry, const struct lb_dest *dest)
{
	struct lb_ipvs_stats stats;

	entry->addr = dest->key.addr.ip;
	entry->port = dest->key.port;
	entry->conn_flags = lb_ipvs_show_method(dest->forward) |
			    IP_VS_CONN_F_INACTIVE;
	if (dest->forward != LB_FORWARD_NAT)
		entry->conn_flags |= IP_VS_CONN_F_NOOUTPUT;
	entry->weight = dest->weight;
	entry->u_threshold = dest->upper;
	entry->l_threshold = dest->lower;
	entry->activeconns = atomic_read(&dest->active);
	entry->inactconns = lb_dest_inactive(dest);
	entry->persistconns = atomic_read(&dest->templates);
	lb_ipvs_show_dest_stats(dest, &stats);
	put_stats(&entry->stats, &stats);
}

#define VERSION_LENGTH 64

static int get_version(struct lb_net *lbn, void __user *user, int *len)
{
	char text[VERSION_LENGTH];

	*len = scnprintf(text, sizeof(text),
			 "IP Virtual Server version %d.%d.%d (size=%u)",
			 NVERSION(IP_VS_VERSION_CODE),
			 lb_ipvs_show_size(lbn)) + 1;
	return copy_out(user, text, *len);
}

static u32 count_ipv4(struct lb_net *lbn)
{
	struct lb_svc *svc;
	unsigned long id;
	u32 count = 0;

	lockdep_assert_held(&lbn->cfg_lock);
	xa_for_each(&lbn->svcs, id, svc)
		count += svc->key.family == AF_INET;
	return count;
}

static int get_info(struct lb_net *lbn, void __user *user, int *len)
{
	struct ip_vs_getinfo info = {
		.version = IP_VS_VERSION_CODE,
		.size = lb_ipvs_show_size(lbn),
	};

	mutex_lock(&lbn->cfg_lock);
	info.num_services = count_ipv4(lbn);
	mutex_unlock(&lbn->cfg_lock);
	return copy_out(user, &info, sizeof(info));
}

/* Services by mark come last, and both of each kind as they were added. */
static u32 list_svcs(struct lb_net *lbn, struct ip_vs_service_entry *entries,
		     u32 max)
{
	struct lb_svc *svc;
	unsigned long id;
	u32 count = 0;
	int marks;

	for (marks = 0; marks <= 1; marks++)
		xa_for_each(&lbn->svcs, id, svc)
			if (svc->key.family == AF_INET && count < max &&
			    !svc->key.fwmark == !marks)
				put_svc(&entries[count++], lbn, svc);
	return count;
}

static int get_services(struct lb_net *lbn, void __user *user, int *len)
{
	struct ip_vs_get_services __user *answer = user;
	struct ip_vs_service_entry *entries;
	unsigned int max;
	u32 count = 0;
	int err;

	if (get_user(max, &answer->num_services))
		return -EFAULT;
	if (*len != struct_size(answer, entrytable, max))
		return -EINVAL;
	mutex_lock(&lbn->cfg_lock);
	max = min(max, count_ipv4(lbn));
	entries = kvcalloc(max, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (entries)
		count = list_svcs(lbn, entries, max);
	mutex_unlock(&lbn->cfg_lock);
	if (!entries)
		return -ENOMEM;
	err = copy_out(answer->entrytable, entries, count * sizeof(*entries));
	kvfree(entries);
	return err;
}

static int get_service(struct lb_net *lbn, void __user *user, int *len)
{
	struct ip_vs_service_entry entry;
	struct lb_svc_key key;
	struct lb_svc *svc;

	if (copy_from_user(&entry, user, sizeof(entry)))
		return -EFAULT;
	read_key(&key, entry.protocol, entry.addr, entry.port, entry.fwmark);
	memset(&entry, 0, sizeof(entry));
	mutex_lock(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, &key);
	if (svc)
		put_svc(&entry, lbn, svc);
	mutex_unlock(&lbn->cfg_lock);
	return svc ? copy_out(user, &entry, sizeof(entry)) : -ESRCH;
}

static u32 list_dests(const struct lb_svc *svc,
		      struct ip_vs_dest_entry *entries, u32 max)
{
	const struct lb_dest *dest;
	u32 count = 0;

	list_for_each_entry(dest, &svc->dests, list) {
		if (dest->key.family == AF_INET && count < max)
			put_dest(&entries[count++], dest);
		cond_resched();
	}
	return count;
}

static int get_dests(struct lb_net *lbn, void __user *user, int *len)
{
	struct ip_vs_get_dests __user *answer = user;
	struct ip_vs_dest_entry *entries = NULL;
	struct ip_vs_get_dests asked;
	const struct lb_svc *svc;
	struct lb_svc_key key;
	u32 count = 0;
	int err;

	if (copy_from_user(&asked, user, sizeof(asked)))
		return -EFAULT;
	if (*len != struct_size(answer, entrytable, asked.num_dests))
		return -EINVAL;
	read_key(&key, asked.protocol, asked.addr, asked.port, asked.fwmark);

	mutex_lock(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, &key);
	if (svc) {
		count = min(svc->num_dests, asked.num_dests);
		entries = kvcalloc(count, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	}
	if (entries)
		count = list_dests(svc, entries, count);
	mutex_unlock(&lbn->cfg_lock);
	if (!entries)
		return svc ? -ENOMEM : -ESRCH;
	err = copy_out(answer->entrytable, entries, count * sizeof(*entries));
	kvfree(entries);
	return err;
}

static int get_timeout(struct lb_net *lbn, void __user *user, int *len)
{
	struct ip_vs_timeout_user timeouts;

	lb_ipvs_show_timeouts(lbn, &timeouts);
	return copy_out(user, &timeouts, sizeof(timeouts));
}

/* One after the other; what does not run is empty. */
static int get_daemon(struct lb_net *lbn, void __user *user, int *len)
{
	struct ip_vs_daemon_user daemons[LB_SYNC_ROLES] = {};
	struct lb_sync_cfg cfg;
	u8 role;

	for (role = 0; role < LB_SYNC_ROLES; role++) {
		if (!lb_sync_read(lbn, role, &cfg))
			continue;
		daemons[role].state = LB_IPVS_STATE(role);
		daemons[role].syncid = cfg.syncid;
		strscpy(daemons[role].mcast_ifn, cfg.place.device, IFNAMSIZ);
	}
	return copy_out(user, daemons, sizeof(daemons));
}

/**
 * struct getter - How an option is got.
 * @size: Bytes that there must be at least; lists are as long as they say.
 * @get: Answers.
 */
struct getter {
	size_t size;
	int (*get)(struct lb_net *lbn, void __user *user, int *len);
};

static const struct getter getters[] = {
	[AT(IP_VS_SO_GET_VERSION)] = { VERSION_LENGTH, get_version },
	[AT(IP_VS_SO_GET_INFO)] = { sizeof(struct ip_vs_getinfo), get_info },
	[AT(IP_VS_SO_GET_SERVICES)] = { sizeof(struct ip_vs_get_services),
					get_services },
	[AT(IP_VS_SO_GET_SERVICE)] = { sizeof(struct ip_vs_service_entry),
				       get_service },
	[AT(IP_VS_SO_GET_DESTS)] = { sizeof(struct ip_vs_get_dests),
				     get_dests },
	[AT(IP_VS_SO_GET_TIMEOUT)] = { sizeof(struct ip_vs_timeout_user),
				       get_timeout },
	[AT(IP_VS_SO_GET_DAEMON)] = { 2 * sizeof(struct ip_vs_daemon_user),
				      get_daemon },
};

static int get_ctl(struct sock *sk, int option, void __user *user, int *len)
{
	const struct getter *getter;

	if (!ns_capable(sock_net(sk)->user_ns, CAP_NET_ADMIN))
		return -EPERM;
	if (option < IP_VS_BASE_CTL || option > IP_VS_SO_GET_MAX)
		return -EINVAL;
	getter = &getters[AT(option)];
	if (!getter->get || *len < (int)getter->size)
		return -EINVAL;
	return getter->get(lb_net_get(sock_net(sk)), user, len);
}

static struct nf_sockopt_ops options = {
	.pf = PF_INET,
	.set_optmin = IP_VS_BASE_CTL,
	.set_optmax = IP_VS_SO_SET_MAX + 1,
	.set = set_ctl,
	.get_optmin = IP_VS_BASE_CTL,
	.get_optmax = IP_VS_SO_GET_MAX + 1,
	.get = get_ctl,
	.owner = THIS_MODULE,
};

/** lb_ipvs_sockopt_init() - Begin. Return: 0, or -EBUSY beside ip_vs. */
int __init lb_ipvs_sockopt_init(void)
{
	return nf_register_sockopt(&options);
}

/** lb_ipvs_sockopt_exit() - End. */
void lb_ipvs_sockopt_exit(void)
{
	nf_unregister_sockopt(&options);
}
