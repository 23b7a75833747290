/* SPDX-License-Identifier: GPL-2.0-only */
/* Do not edit directly, auto-generated from: */
/*	Documentation/netlink/specs/lb.yaml */
/* YNL-GEN kernel header */

#ifndef _LINUX_LB_GEN_H
#define _LINUX_LB_GEN_H

#include <net/netlink.h>
#include <net/genetlink.h>

#include <uapi/linux/lb.h>

/* Common nested types */
extern const struct nla_policy lb_dest_nl_policy[LB_A_DEST_COMMENT + 1];
extern const struct nla_policy lb_load_config_nl_policy[LB_A_CONFIG_BACKUP_ONLY + 1];
extern const struct nla_policy lb_load_service_nl_policy[LB_A_SERVICE_COMMENT + 1];
extern const struct nla_policy lb_service_key_nl_policy[LB_A_SERVICE_ADDR6 + 1];
extern const struct nla_policy lb_stats_nl_policy[LB_A_STATS_OUT_BYTES_RATE + 1];
extern const struct nla_policy lb_sync_peer_nl_policy[LB_A_SYNC_PEER_ADDR6 + 1];

/* Ops table for lb */
extern const struct genl_split_ops lb_nl_ops[19];

int lb_nl_service_get_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_service_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int lb_nl_service_set_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_service_del_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_dest_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int lb_nl_dest_set_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_dest_del_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_flush_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_zero_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_conn_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);
int lb_nl_config_get_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_config_set_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_info_get_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_conn_flush_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_load_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_conn_set_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_sync_set_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_sync_del_doit(struct sk_buff *skb, struct genl_info *info);
int lb_nl_sync_get_dumpit(struct sk_buff *skb, struct netlink_callback *cb);

enum {
	LB_NLGRP_CONFIG,
};

#endif /* _LINUX_LB_GEN_H */
