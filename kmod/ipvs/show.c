// SPDX-License-Identifier: GPL-2.0-only
/* What lb has, as IPVS would tell it. */

#include "conn.h"
#include "ipvs/lb_ipvs.h"

static u64 per_second(u64 rate)
{
	return (rate + (1 << (LB_RATE_SHIFT - 1)) - 1) >> LB_RATE_SHIFT;
}

/**
 * lb_ipvs_show_scale() - Make rates of moving averages.
 * @rate: The averages as lb has them.
 */
void lb_ipvs_show_scale(struct lb_stats *rate)
{
	rate->conns = per_second(rate->conns);
	rate->in_pkts = per_second(rate->in_pkts);
	rate->out_pkts = per_second(rate->out_pkts);
	rate->in_bytes = per_second(rate->in_bytes);
	rate->out_bytes = per_second(rate->out_bytes);
}

static void fill_stats(struct lb_ipvs_stats *stats, const struct lb_stats *sum,
		       struct lb_stats rate)
{
	u64 *value = stats->value;

	lb_ipvs_show_scale(&rate);
	value[IPVS_STATS_ATTR_CONNS] = sum->conns;
	value[IPVS_STATS_ATTR_INPKTS] = sum->in_pkts;
	value[IPVS_STATS_ATTR_OUTPKTS] = sum->out_pkts;
	value[IPVS_STATS_ATTR_INBYTES] = sum->in_bytes;
	value[IPVS_STATS_ATTR_OUTBYTES] = sum->out_bytes;
	value[IPVS_STATS_ATTR_CPS] = rate.conns;
	value[IPVS_STATS_ATTR_INPPS] = rate.in_pkts;
	value[IPVS_STATS_ATTR_OUTPPS] = rate.out_pkts;
	value[IPVS_STATS_ATTR_INBPS] = rate.in_bytes;
	value[IPVS_STATS_ATTR_OUTBPS] = rate.out_bytes;
}

/**
 * lb_ipvs_show_svc() - Describe a service.
 * @lbn: Namespace; the caller holds cfg_lock.
 * @svc: The service.
 * @show: Filled, but for its counts.
 */
void lb_ipvs_show_svc(const struct lb_net *lbn, const struct lb_svc *svc,
		      struct lb_ipvs_show *show)
{
	const struct lb_sched *sched;

	sched = rcu_dereference_protected(svc->sched,
					  lockdep_is_held(&lbn->cfg_lock));
	show->sched = sched->ops->name;
	show->flags = IP_VS_SVC_F_HASHED | sched->flags * IP_VS_SVC_F_SCHED1;
	if (svc->persist_timeout)
		show->flags |= IP_VS_SVC_F_PERSISTENT;
	if (svc->one_packet)
		show->flags |= IP_VS_SVC_F_ONEPACKET;
	if (svc->key.family == AF_INET6)
		show->netmask = (__force __be32)(u32)svc->persist_plen;
	else
		show->netmask = svc->persist_mask;
}

/**
 * lb_ipvs_show_svc_stats() - What a service has carried.
 * @svc: The service; the caller holds cfg_lock.
 * @stats: Filled.
 */
void lb_ipvs_show_svc_stats(struct lb_svc *svc, struct lb_ipvs_stats *stats)
{
	struct lb_stats rate = {};
	struct lb_stats sum = {};

	lb_svc_read(svc, true, &sum, &rate);
	fill_stats(stats, &sum, rate);
}

/**
 * lb_ipvs_show_dest_stats() - What a real server has carried.
 * @dest: The real server; the caller holds cfg_lock.
 * @stats: Filled.
 */
void lb_ipvs_show_dest_stats(const struct lb_dest *dest,
			     struct lb_ipvs_stats *stats)
{
	struct lb_stats sum;

	lb_stats_read(&dest->meter, &sum);
	fill_stats(stats, &sum, dest->meter.rate);
}

/** lb_ipvs_show_method() - IP_VS_CONN_F_* for an enum lb_forward. */
u32 lb_ipvs_show_method(u8 forward)
{
	static const u8 methods[] = {
		[LB_FORWARD_NAT] = IP_VS_CONN_F_MASQ,
		[LB_FORWARD_DR] = IP_VS_CONN_F_DROUTE,
		[LB_FORWARD_TUN] = IP_VS_CONN_F_TUNNEL,
	};

	return methods[forward];
}

/**
 * lb_ipvs_show_timeouts() - Timeouts of the namespace.
 * @lbn: Namespace.
 * @timeouts: Filled, in seconds.
 */
void lb_ipvs_show_timeouts(const struct lb_net *lbn,
			   struct ip_vs_timeout_user *timeouts)
{
	timeouts->tcp_timeout = lb_setting(lbn, LB_A_CONFIG_TCP_TIMEOUT);
	timeouts->tcp_fin_timeout = lb_setting(lbn,
					       LB_A_CONFIG_TCP_FIN_TIMEOUT);
	timeouts->udp_timeout = lb_setting(lbn, LB_A_CONFIG_UDP_TIMEOUT);
}

/** lb_ipvs_show_size() - Buckets in the table of connections. */
u32 lb_ipvs_show_size(const struct lb_net *lbn)
{
	const struct lb_conn_table *conns = lb_net_conns(lbn);

	return conns ? lb_conn_table_size(conns) : 0;
}
