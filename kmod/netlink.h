/* SPDX-License-Identifier: GPL-2.0-only */
/* Netlink: the only way to control lb. */
#ifndef _LB_NETLINK_H
#define _LB_NETLINK_H

#include "svc.h"

struct genl_family;
struct genl_info;

extern struct genl_family lb_netlink_family;

/**
 * struct lb_msg - A message in the making.
 * @skb: Message.
 * @hdr: Its header.
 */
struct lb_msg {
	struct sk_buff *skb;
	void *hdr;
};

bool lb_netlink_has_key(struct nlattr **tb);
int lb_netlink_check_family(const struct nlattr *attr,
			    struct netlink_ext_ack *extack);
int lb_netlink_parse_key(struct nlattr **tb, struct lb_svc_key *key,
			 struct netlink_ext_ack *extack);
int lb_netlink_parse_addr(const struct nlattr *addr4,
			  const struct nlattr *addr6, union lb_addr *addr,
			  u8 *family, struct netlink_ext_ack *extack);
int lb_netlink_parse_comment(const struct nlattr *attr, char **comment,
			     struct netlink_ext_ack *extack);
int lb_netlink_parse_svc(struct nlattr **tb, u16 flags, struct lb_svc_cfg *cfg,
			 struct netlink_ext_ack *extack);
int lb_netlink_parse_dest(const struct nlattr *nest, struct lb_dest_cfg *cfg,
			  struct netlink_ext_ack *extack);
void lb_netlink_free_dests(struct lb_dest_cfg *dests, u32 num);
u8 lb_netlink_families(const struct lb_svc_cfg *cfg);
int lb_netlink_refuse_attributes(const struct nlmsghdr *nlh,
				 struct netlink_ext_ack *extack);
int lb_netlink_no_service(struct netlink_ext_ack *extack);

int lb_netlink_put_addr(struct sk_buff *skb, int attr4, int attr6, bool ipv6,
			const union lb_addr *addr);
void lb_netlink_notify(struct lb_net *lbn, enum lb_svc_event event,
		       struct lb_svc *svc, const struct lb_dest *dest);

int lb_netlink_begin_reply(struct lb_msg *reply, struct genl_info *info,
			   u8 cmd);
int lb_netlink_end_reply(struct lb_msg *reply, struct genl_info *info, int err);
bool lb_netlink_begin_event(struct lb_msg *event, const struct lb_net *lbn,
			    u8 cmd);
void lb_netlink_end_event(struct lb_msg *event, const struct lb_net *lbn,
			  int err);

void lb_config_init(struct lb_net *lbn);
int lb_config_check(const struct lb_net *lbn, struct nlattr **tb, bool host,
		    struct netlink_ext_ack *extack);
void lb_config_apply(struct lb_net *lbn, struct nlattr **tb, bool host);
void lb_config_warn(struct lb_net *lbn, struct nlattr **tb,
		    struct netlink_ext_ack *extack);
u32 lb_config_value(struct nlattr **tb, int attr);
int lb_config_set(struct lb_net *lbn, int attr, u32 value, bool host);

int lb_netlink_register(struct genl_family *family, int *number);
int lb_netlink_init(void);
void lb_netlink_exit(void);

#endif /* _LB_NETLINK_H */
