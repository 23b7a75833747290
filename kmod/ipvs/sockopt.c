// SPDX-License-Identifier: GPL-2.0-only
/* IPVS's socket options: IPv4 only, with structs of exact lengths. */

#include <linux/module.h>
#include <linux/sockptr.h>
#include <net/sock.h>

#include "hook.h"
#include "ipvs/lb_ipvs.h"
#include "svc.h"

static bool may(const struct sock *sk)
{
	return ns_capable(sock_net(sk)->user_ns, CAP_NET_ADMIN);
}

static int set_ctl(struct sock *sk, int option, sockptr_t arg,
		   unsigned int len)
{
	struct lb_net *lbn = lb_net_get(sock_net(sk));

	if (!may(sk))
		return -EPERM;
	if (option != IP_VS_SO_SET_FLUSH || len)
		return -EINVAL;
	mutex_lock(&lbn->cfg_lock);
	lb_svc_flush(lbn, AF_UNSPEC);
	mutex_unlock(&lbn->cfg_lock);
	return 0;
}

static int get_ctl(struct sock *sk, int option, void __user *arg, int *len)
{
	return may(sk) ? -EINVAL : -EPERM;
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
int lb_ipvs_sockopt_init(void)
{
	return nf_register_sockopt(&options);
}

/** lb_ipvs_sockopt_exit() - End. */
void lb_ipvs_sockopt_exit(void)
{
	nf_unregister_sockopt(&options);
}
