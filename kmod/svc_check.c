// SPDX-License-Identifier: GPL-2.0-only
/* Virtual services: may a request be carried out? Nothing changes here. */

#include <linux/in.h>
#include <net/ip.h>
#include <net/ipv6.h>

#include "svc.h"

/* As the request's flags demand. */
static int check_flags(const struct lb_svc_cfg *cfg, bool exists,
		       struct netlink_ext_ack *extack)
{
	if (exists && cfg->exclusive) {
		NL_SET_ERR_MSG(extack, "the service exists already");
		return -EEXIST;
	}
	if (!exists && !cfg->create) {
		NL_SET_ERR_MSG(extack, "no such service");
		return -ESRCH;
	}
	return 0;
}

/**
 * lb_svc_check_dest() - May one real server be added or changed?
 * @cfg: The request, whose flags mean the server.
 * @exists: It is there.
 * @extack: Told why not.
 *
 * Return: 0, -EEXIST or -ENOENT.
 */
int lb_svc_check_dest(const struct lb_svc_cfg *cfg, bool exists,
		      struct netlink_ext_ack *extack)
{
	if (exists && cfg->exclusive) {
		NL_SET_ERR_MSG(extack, "the real server exists already");
		return -EEXIST;
	}
	if (!exists && !cfg->create) {
		NL_SET_ERR_MSG(extack, "no such real server");
		return -ENOENT;
	}
	return 0;
}

static int check_pe(const struct lb_svc_cfg *cfg, const struct lb_svc *old,
		    u32 timeout, struct netlink_ext_ack *extack)
{
	bool sip = cfg->pe_attr ? cfg->sip : old && old->sip;

	if (sip && !timeout) {
		NL_SET_ERR_MSG(extack,
			       "a persistence engine needs a persistent service");
		return lb_refuse(extack, cfg->pe_attr ?: cfg->timeout_attr,
				 -EINVAL);
	}
	if (sip && !cfg->key.fwmark && cfg->key.proto != IPPROTO_UDP) {
		NL_SET_ERR_MSG(extack,
			       "persistence engine sip is for UDP or a firewall mark");
		return lb_refuse(extack, cfg->pe_attr, -EINVAL);
	}
	return 0;
}

static int check_policy(const struct lb_svc_cfg *cfg,
			struct netlink_ext_ack *extack)
{
	bool ipv6 = cfg->key.family == AF_INET6;

	if (cfg->mtu && (cfg->mtu < (ipv6 ? IPV6_MIN_MTU : IPV4_MIN_MTU) ||
			 cfg->mtu > IP_MAX_MTU)) {
		NL_SET_ERR_MSG(extack,
			       "the MTU is neither 0 nor 68, with IPv6 1280, to 65535");
		return lb_refuse(extack, cfg->mtu_attr, -ERANGE);
	}
	if (cfg->mss_clamp && !cfg->key.fwmark &&
	    cfg->key.proto != IPPROTO_TCP) {
		NL_SET_ERR_MSG(extack,
			       "MSS clamping is for TCP or a firewall mark");
		return lb_refuse(extack, cfg->mss_clamp_attr, -EINVAL);
	}
	return 0;
}

static int check_timeouts(const struct lb_svc_cfg *cfg, u32 timeout,
			  struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i < LB_TIMEOUTS; i++) {
		if (cfg->timeout[i] <= LB_TIMEOUT_MAX)
			continue;
		NL_SET_ERR_MSG(extack, "a timeout is above 2678400 seconds");
		return lb_refuse(extack, cfg->timeout_attrs[i], -ERANGE);
	}
	if (timeout > LB_TIMEOUT_MAX) {
		NL_SET_ERR_MSG(extack,
			       "persistence timeout is above 2678400 seconds");
		return lb_refuse(extack, cfg->timeout_attr, -EINVAL);
	}
	return 0;
}

static int check_marks(const struct lb_svc_cfg *cfg,
		       struct netlink_ext_ack *extack)
{
	int i;

	for (i = 0; i <= LB_DIR_REPLY; i++) {
		if (!(cfg->mark[i].value & ~cfg->mark[i].selector))
			continue;
		NL_SET_ERR_MSG(extack, "the mark has bits outside of its mask");
		return lb_refuse(extack, cfg->mark_attrs[i], -EINVAL);
	}
	return 0;
}

/**
 * lb_svc_check() - May a service be added or changed like this?
 * @cfg: The request.
 * @old: The service as it is, NULL if it is new.
 * @extack: Told why not.
 *
 * Return: 0; -EEXIST, -ESRCH as the flags demand; -EINVAL, -ERANGE.
 */
int lb_svc_check(const struct lb_svc_cfg *cfg, const struct lb_svc *old,
		 struct netlink_ext_ack *extack)
{
	u32 timeout = cfg->has_timeout ? cfg->persist_timeout :
		      old ? old->persist_timeout : 0;
	int err;

	err = check_flags(cfg, old, extack) ?:
	      check_timeouts(cfg, timeout, extack);
	if (err)
		return err;
	if (!cfg->key.fwmark && !cfg->key.port && !timeout) {
		NL_SET_ERR_MSG(extack,
			       "a service for every port (port 0) needs persistence");
		return lb_refuse(extack, cfg->key_attr, -EINVAL);
	}
	if (cfg->one_packet && !cfg->key.fwmark &&
	    cfg->key.proto != IPPROTO_UDP) {
		NL_SET_ERR_MSG(extack,
			       "one-packet scheduling is for UDP or a firewall mark");
		return lb_refuse(extack, cfg->one_packet_attr, -EINVAL);
	}
	return check_pe(cfg, old, timeout, extack) ?:
	       check_policy(cfg, extack) ?:
	       check_marks(cfg, extack);
}
