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

static bool may(const struct sock *sk)
{
	return ns_capable(sock_net(sk)->user_ns, CAP_NET_ADMIN);
}

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

static int change(struct lb_net *lbn, int option, const struct lb_ipvs_svc *svc,
		  const struct ip_vs_dest_user *user)
{
	bool create = option == IP_VS_SO_SET_ADD ||
		      option == IP_VS_SO_SET_ADDDEST;
	struct lb_ipvs_dest dest;

	if (option == IP_VS_SO_SET_ADD || option == IP_VS_SO_SET_EDIT)
		return lb_ipvs_request_set(lbn, svc, create, NULL);
	if (!lb_svc_find(lbn, &svc->key))
		return -ESRCH;
	if (option == IP_VS_SO_SET_DEL)
		return lb_svc_del(lbn, &svc->key);
	if (option == IP_VS_SO_SET_ZERO)
		return lb_ipvs_request_zero(lbn, &svc->key);
	read_dest(&dest, user);
	if (option == IP_VS_SO_SET_DELDEST)
		return lb_svc_del_dest(lbn, &svc->key, &dest.key);
	return lb_ipvs_request_set_dest(lbn, &svc->key, &dest, create, NULL);
}

static int set_service(struct lb_net *lbn, int option, const union set_arg *arg)
{
	const struct ip_vs_service_user *user = &arg->svc;
	bool named = option == IP_VS_SO_SET_ADD || option == IP_VS_SO_SET_EDIT;
	struct lb_ipvs_svc svc;
	int err;

	if (option == IP_VS_SO_SET_ZERO && !user->fwmark && !user->addr &&
	    !user->port) {
		mutex_lock(&lbn->cfg_lock);
		err = lb_ipvs_request_zero(lbn, NULL);
		mutex_unlock(&lbn->cfg_lock);
		return err;
	}
	if (named && strnlen(user->sched_name, IP_VS_SCHEDNAME_MAXLEN) ==
		     IP_VS_SCHEDNAME_MAXLEN)
		return -EINVAL;
	if (!lb_ipvs_is_protocol(user->protocol))
		return -EFAULT;

	read_svc(&svc, user);
	if (named)
		lb_ipvs_request_load(&svc);
	mutex_lock(&lbn->cfg_lock);
	err = change(lbn, option, &svc, &arg->with_dest.dest);
	mutex_unlock(&lbn->cfg_lock);
	return err;
}

static int flush(struct lb_net *lbn)
{
	mutex_lock(&lbn->cfg_lock);
	lb_svc_flush(lbn, AF_UNSPEC);
	mutex_unlock(&lbn->cfg_lock);
	return 0;
}

static int start_daemon(struct net *net,
			const struct ip_vs_daemon_user *daemon)
{
	size_t len = strnlen(daemon->mcast_ifn, sizeof(daemon->mcast_ifn));

	if (!len || len == sizeof(daemon->mcast_ifn))
		return -EINVAL;
	return lb_ipvs_request_start_daemon(net, daemon->state,
					    daemon->mcast_ifn, NULL);
}

static int set_ctl(struct sock *sk, int option, sockptr_t user,
		   unsigned int len)
{
	struct lb_net *lbn = lb_net_get(sock_net(sk));
	union set_arg arg = {};

	if (!may(sk))
		return -EPERM;
	if (option < IP_VS_BASE_CTL || option > IP_VS_SO_SET_MAX ||
	    len != set_length[AT(option)])
		return -EINVAL;
	if (copy_from_sockptr(&arg, user, len))
		return -EFAULT;

	if (option == IP_VS_SO_SET_FLUSH)
		return flush(lbn);
	if (option == IP_VS_SO_SET_TIMEOUT)
		return lb_ipvs_request_set_timeouts(lbn, &arg.timeouts);
	if (option == IP_VS_SO_SET_STARTDAEMON)
		return start_daemon(lbn->net, &arg.daemon);
	if (option == IP_VS_SO_SET_STOPDAEMON)
		return lb_ipvs_request_stop_daemon(arg.daemon.state);
	return len ? set_service(lbn, option, &arg) : -EINVAL;
}

static int copy_out(void __user *user, const void *answer, size_t len)
{
	return copy_to_user(user, answer, len) ? -EFAULT : 0;
}

static void put_stats(struct ip_vs_stats_user *user,
		      const struct lb_ipvs_stats *stats)
{
	user->conns = stats->sum.conns;
	user->inpkts = stats->sum.in_pkts;
	user->outpkts = stats->sum.out_pkts;
	user->inbytes = stats->sum.in_bytes;
	user->outbytes = stats->sum.out_bytes;
	user->cps = stats->rate.conns;
	user->inpps = stats->rate.in_pkts;
	user->outpps = stats->rate.out_pkts;
	user->inbps = stats->rate.in_bytes;
	user->outbps = stats->rate.out_bytes;
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
	entry->conn_flags = lb_ipvs_show_method(dest) | IP_VS_CONN_F_INACTIVE;
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

	mutex_lock(&lbn->cfg_lock);
	xa_for_each(&lbn->svcs, id, svc)
		count += svc->key.family == AF_INET;
	mutex_unlock(&lbn->cfg_lock);
	return count;
}

static int get_info(struct lb_net *lbn, void __user *user)
{
	const struct ip_vs_getinfo info = {
		.version = IP_VS_VERSION_CODE,
		.size = lb_ipvs_show_size(lbn),
		.num_services = count_ipv4(lbn),
	};

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

	mutex_lock(&lbn->cfg_lock);
	for (marks = 0; marks <= 1; marks++)
		xa_for_each(&lbn->svcs, id, svc) {
			if (svc->key.family != AF_INET || count == max ||
			    !svc->key.fwmark != !marks)
				continue;
			put_svc(&entries[count++], lbn, svc);
		}
	mutex_unlock(&lbn->cfg_lock);
	return count;
}

static int get_services(struct lb_net *lbn, void __user *user, int len)
{
	struct ip_vs_get_services __user *answer = user;
	struct ip_vs_service_entry *entries;
	u32 count = count_ipv4(lbn);
	unsigned int max;
	int err;

	if (get_user(max, &answer->num_services))
		return -EFAULT;
	if (len != struct_size(answer, entrytable, max))
		return -EINVAL;
	max = min(max, count);
	if (!max)
		return 0;
	entries = kvcalloc(max, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;
	count = list_svcs(lbn, entries, max);
	err = copy_out(answer->entrytable, entries, count * sizeof(*entries));
	kvfree(entries);
	return err;
}

static int get_service(struct lb_net *lbn, void __user *user)
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

/* Of a service that there is not there are none, and it is an error. */
static u32 num_dests(struct lb_net *lbn, const struct lb_svc_key *key,
		     bool *exists)
{
	const struct lb_svc *svc;
	u32 num;

	mutex_lock(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, key);
	*exists = svc;
	num = svc ? svc->num_dests : 0;
	mutex_unlock(&lbn->cfg_lock);
	return num;
}

static int get_dests(struct lb_net *lbn, void __user *user, int len)
{
	struct ip_vs_get_dests __user *answer = user;
	struct ip_vs_dest_entry *entries;
	struct ip_vs_get_dests asked;
	const struct lb_svc *svc;
	struct lb_svc_key key;
	bool exists;
	u32 count;
	int err;

	if (copy_from_user(&asked, user, sizeof(asked)))
		return -EFAULT;
	if (len != struct_size(answer, entrytable, asked.num_dests))
		return -EINVAL;
	read_key(&key, asked.protocol, asked.addr, asked.port, asked.fwmark);
	count = min(num_dests(lbn, &key, &exists), asked.num_dests);
	if (!exists || !count)
		return exists ? 0 : -ESRCH;
	entries = kvcalloc(count, sizeof(*entries), GFP_KERNEL_ACCOUNT);
	if (!entries)
		return -ENOMEM;

	mutex_lock(&lbn->cfg_lock);
	svc = lb_svc_find(lbn, &key);
	count = svc ? list_dests(svc, entries, count) : 0;
	mutex_unlock(&lbn->cfg_lock);
	err = copy_out(answer->entrytable, entries, count * sizeof(*entries));
	kvfree(entries);
	return err;
}

static int get_timeout(struct lb_net *lbn, void __user *user)
{
	struct ip_vs_timeout_user timeouts;

	lb_ipvs_show_timeouts(lbn, &timeouts);
	return copy_out(user, &timeouts, sizeof(timeouts));
}

/* Neither of both is there. */
static int get_daemon(void __user *user)
{
	return clear_user(user, 2 * sizeof(struct ip_vs_daemon_user)) ?
	       -EFAULT : 0;
}

static int get_any(struct lb_net *lbn, int option, void __user *user, int *len)
{
	switch (option) {
	case IP_VS_SO_GET_VERSION:
		return get_version(lbn, user, len);
	case IP_VS_SO_GET_INFO:
		return get_info(lbn, user);
	case IP_VS_SO_GET_SERVICES:
		return get_services(lbn, user, *len);
	case IP_VS_SO_GET_SERVICE:
		return get_service(lbn, user);
	case IP_VS_SO_GET_DESTS:
		return get_dests(lbn, user, *len);
	case IP_VS_SO_GET_TIMEOUT:
		return get_timeout(lbn, user);
	case IP_VS_SO_GET_DAEMON:
		return get_daemon(user);
	default:
		return -EINVAL;
	}
}

/* At least as long as this; lists are exactly as long as they say. */
static const u8 get_length[] = {
	[AT(IP_VS_SO_GET_VERSION)] = VERSION_LENGTH,
	[AT(IP_VS_SO_GET_INFO)] = sizeof(struct ip_vs_getinfo),
	[AT(IP_VS_SO_GET_SERVICES)] = sizeof(struct ip_vs_get_services),
	[AT(IP_VS_SO_GET_SERVICE)] = sizeof(struct ip_vs_service_entry),
	[AT(IP_VS_SO_GET_DESTS)] = sizeof(struct ip_vs_get_dests),
	[AT(IP_VS_SO_GET_TIMEOUT)] = sizeof(struct ip_vs_timeout_user),
	[AT(IP_VS_SO_GET_DAEMON)] = 2 * sizeof(struct ip_vs_daemon_user),
};

static int get_ctl(struct sock *sk, int option, void __user *user, int *len)
{
	if (!may(sk))
		return -EPERM;
	if (option < IP_VS_BASE_CTL || option > IP_VS_SO_GET_MAX ||
	    *len < get_length[AT(option)])
		return -EINVAL;
	return get_any(lb_net_get(sock_net(sk)), option, user, len);
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
