// SPDX-License-Identifier: GPL-2.0-only
/* Netlink: the family, and what all requests and answers share. */

#include <linux/export.h>
#include <linux/in.h>
#include <linux/slab.h>
#include <linux/string.h>
#include <net/genetlink.h>
#include <net/ipv6.h>

#include "netlink.h"
#include "nl_gen.h"

/**
 * lb_netlink_refuse_attributes() - Check a request that has no policy.
 * @nlh: Request.
 * @extack: Told why not.
 *
 * Return: 0, or -EINVAL if it has attributes.
 */
int lb_netlink_refuse_attributes(const struct nlmsghdr *nlh,
				 struct netlink_ext_ack *extack)
{
	if (!nlmsg_attrlen(nlh, GENL_HDRLEN))
		return 0;
	NL_SET_ERR_MSG(extack, "this request takes no attributes");
	return lb_refuse(extack, nlmsg_attrdata(nlh, GENL_HDRLEN), -EINVAL);
}
EXPORT_SYMBOL_LB(lb_netlink_refuse_attributes);

static int parse_fwmark_key(struct nlattr **tb, struct lb_svc_key *key,
			    struct netlink_ext_ack *extack)
{
	static const int others[] = {
		LB_A_SERVICE_PROTOCOL, LB_A_SERVICE_ADDR4, LB_A_SERVICE_ADDR6,
		LB_A_SERVICE_PORT,
	};
	size_t i;

	key->fwmark = nla_get_u32(tb[LB_A_SERVICE_FWMARK]);
	if (!key->fwmark) {
		NL_SET_ERR_MSG(extack, "firewall mark 0 is no mark");
		return lb_refuse(extack, tb[LB_A_SERVICE_FWMARK], -EINVAL);
	}
	if (!tb[LB_A_SERVICE_FAMILY]) {
		NL_SET_ERR_MSG(extack, "a firewall mark needs the family");
		NL_SET_ERR_ATTR_MISS(extack, NULL, LB_A_SERVICE_FAMILY);
		return -EINVAL;
	}
	key->family = nla_get_u8(tb[LB_A_SERVICE_FAMILY]);
	for (i = 0; i < ARRAY_SIZE(others); i++) {
		if (!tb[others[i]])
			continue;
		NL_SET_ERR_MSG(extack,
			       "a firewall mark takes the place of protocol, address and port");
		return lb_refuse(extack, tb[others[i]], -EINVAL);
	}
	return 0;
}

/**
 * lb_netlink_parse_addr() - Read an address of either family.
 * @addr4: Its attribute if it is IPv4, else NULL.
 * @addr6: Its attribute if it is IPv6, else NULL.
 * @addr: Filled; must be zero.
 * @family: Set.
 * @extack: Told what is wrong.
 *
 * Return: 0, or -EINVAL if both are given.
 */
int lb_netlink_parse_addr(const struct nlattr *addr4,
			  const struct nlattr *addr6, union lb_addr *addr,
			  u8 *family, struct netlink_ext_ack *extack)
{
	if (addr4 && addr6) {
		NL_SET_ERR_MSG(extack, "an address is IPv4 or IPv6, not both");
		return lb_refuse(extack, addr6, -EINVAL);
	}
	if (addr6) {
		*family = AF_INET6;
		addr->ip6 = nla_get_in6_addr(addr6);
	} else {
		*family = AF_INET;
		addr->ip = nla_get_be32(addr4);
	}
	return 0;
}
EXPORT_SYMBOL_LB(lb_netlink_parse_addr);

/* Bytes of the UTF-8 character at text, 0 if it is none, or no letter. */
static size_t printable_len(const u8 *text)
{
	static const u32 least[] = { 0, 0, 0xa0, 0x800, 0x10000 };
	size_t len = text[0] < 0x80 ? 1 : text[0] < 0xe0 ? 2 :
		     text[0] < 0xf0 ? 3 : 4;
	u32 code = text[0] & (0xff >> (len + 1));
	size_t i;

	if (len == 1)
		return text[0] >= 0x20 && text[0] != 0x7f;
	if (text[0] < 0xc0 || text[0] > 0xf4)
		return 0;
	for (i = 1; i < len; i++) {
		if ((text[i] & 0xc0) != 0x80)
			return 0;
		code = code << 6 | (text[i] & 0x3f);
	}
	return code < least[len] || code > 0x10ffff ||
	       (code >= 0xd800 && code < 0xe000) ? 0 : len;
}

/**
 * lb_netlink_parse_comment() - Read a comment.
 * @attr: Its attribute, or NULL.
 * @comment: Set to a copy, which is the caller's to free; NULL if it is empty.
 * @extack: Told what is wrong.
 *
 * Return: 0, -EINVAL, -ENOMEM.
 */
int lb_netlink_parse_comment(const struct nlattr *attr, char **comment,
			     struct netlink_ext_ack *extack)
{
	const u8 *text;
	size_t len;

	if (!attr || !*(const char *)nla_data(attr))
		return 0;
	for (text = nla_data(attr); *text; text += len) {
		len = printable_len(text);
		if (len)
			continue;
		NL_SET_ERR_MSG(extack,
			       "a comment is UTF-8 without control characters");
		return lb_refuse(extack, attr, -EINVAL);
	}
	*comment = kstrdup(nla_data(attr), GFP_KERNEL_ACCOUNT);
	return *comment ? 0 : -ENOMEM;
}

static int check_addr_key(struct nlattr **tb, const struct lb_svc_key *key,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *family = tb[LB_A_SERVICE_FAMILY];

	if (key->proto != IPPROTO_TCP && key->proto != IPPROTO_UDP &&
	    key->proto != IPPROTO_SCTP) {
		NL_SET_ERR_MSG(extack,
			       "the protocol is neither TCP nor UDP nor SCTP");
		return lb_refuse(extack, tb[LB_A_SERVICE_PROTOCOL], -EINVAL);
	}
	if (family && nla_get_u8(family) != key->family) {
		NL_SET_ERR_MSG(extack, "the address is of another family");
		return lb_refuse(extack, family, -EINVAL);
	}
	if (key->family == AF_INET && !key->addr.ip) {
		NL_SET_ERR_MSG(extack, "the virtual address is 0.0.0.0");
		return lb_refuse(extack, tb[LB_A_SERVICE_ADDR4], -EINVAL);
	}
	if (key->family == AF_INET6 && ipv6_addr_any(&key->addr.ip6)) {
		NL_SET_ERR_MSG(extack, "the virtual address is ::");
		return lb_refuse(extack, tb[LB_A_SERVICE_ADDR6], -EINVAL);
	}
	return 0;
}

static int parse_addr_key(struct nlattr **tb, struct lb_svc_key *key,
			  struct netlink_ext_ack *extack)
{
	const struct nlattr *addr4 = tb[LB_A_SERVICE_ADDR4];
	const struct nlattr *addr6 = tb[LB_A_SERVICE_ADDR6];
	int missing = 0;
	int err;

	if (!tb[LB_A_SERVICE_PROTOCOL])
		missing = LB_A_SERVICE_PROTOCOL;
	else if (!addr4 && !addr6)
		missing = LB_A_SERVICE_ADDR4;
	else if (!tb[LB_A_SERVICE_PORT])
		missing = LB_A_SERVICE_PORT;
	if (missing) {
		NL_SET_ERR_MSG(extack,
			       "a service needs protocol, address and port, or a firewall mark");
		NL_SET_ERR_ATTR_MISS(extack, NULL, missing);
		return -EINVAL;
	}

	err = lb_netlink_parse_addr(addr4, addr6, &key->addr, &key->family,
				    extack);
	if (err)
		return err;
	key->proto = nla_get_u8(tb[LB_A_SERVICE_PROTOCOL]);
	key->port = nla_get_be16(tb[LB_A_SERVICE_PORT]);
	return check_addr_key(tb, key, extack);
}

/** lb_netlink_has_key() - Does a request name a service? */
bool lb_netlink_has_key(struct nlattr **tb)
{
	return tb[LB_A_SERVICE_FWMARK] || tb[LB_A_SERVICE_FAMILY] ||
	       tb[LB_A_SERVICE_PROTOCOL] || tb[LB_A_SERVICE_ADDR4] ||
	       tb[LB_A_SERVICE_ADDR6] || tb[LB_A_SERVICE_PORT];
}

/**
 * lb_netlink_check_family() - Is it IPv4 or IPv6?
 * @attr: Attribute, or NULL for IPv4.
 * @extack: Told if not.
 *
 * Return: 0 or -EAFNOSUPPORT.
 */
int lb_netlink_check_family(const struct nlattr *attr,
			    struct netlink_ext_ack *extack)
{
	u8 family = attr ? nla_get_u8(attr) : AF_INET;

	if (family == AF_INET || family == AF_INET6)
		return 0;
	NL_SET_ERR_MSG(extack, "the address family is not supported");
	return lb_refuse(extack, attr, -EAFNOSUPPORT);
}

/**
 * lb_netlink_parse_key() - Read the key of a service.
 * @tb: Attributes of the request.
 * @key: Filled.
 * @extack: Told what is wrong.
 *
 * Return: 0, -EINVAL or -EAFNOSUPPORT.
 */
int lb_netlink_parse_key(struct nlattr **tb, struct lb_svc_key *key,
			 struct netlink_ext_ack *extack)
{
	int err = lb_netlink_check_family(tb[LB_A_SERVICE_FAMILY], extack);

	if (err)
		return err;
	memset(key, 0, sizeof(*key));
	if (tb[LB_A_SERVICE_FWMARK])
		return parse_fwmark_key(tb, key, extack);
	return parse_addr_key(tb, key, extack);
}

/** lb_netlink_no_service() - Say so. Return: -ESRCH. */
int lb_netlink_no_service(struct netlink_ext_ack *extack)
{
	NL_SET_ERR_MSG(extack, "no such service");
	return -ESRCH;
}

static const struct genl_multicast_group groups[] = {
	[LB_NLGRP_CONFIG] = { .name = LB_MCGRP_CONFIG },
};

struct genl_family lb_netlink_family = {
	.name = LB_GENL_NAME,
	.version = LB_GENL_VERSION,
	.module = THIS_MODULE,
	.netnsok = true,
	.parallel_ops = true,
	/* Newer commands could not use NLM_F_CREATE, EXCL and REPLACE. */
	.resv_start_op = LB_CMD_MAX + 1,
	.mcgrps = groups,
	.n_mcgrps = ARRAY_SIZE(groups),
};
EXPORT_SYMBOL_LB(lb_netlink_family);

/**
 * lb_netlink_register() - Register a family of netlink by the number that it
 * had before, which programs remember.
 * @family: Family.
 * @number: That number, or 0 for any; set to the one that it has now.
 *
 * The kernel gives the next number each time, and begins anew after the last.
 *
 * Context: process. Return: 0 or -errno.
 */
int lb_netlink_register(struct genl_family *family, int *number)
{
	int err = genl_register_family(family);
	int tries;

	for (tries = 0; !err && *number && family->id != *number &&
	     tries <= GENL_MAX_ID; tries++) {
		genl_unregister_family(family);
		err = genl_register_family(family);
		cond_resched();
	}
	*number = family->id;
	return err;
}
EXPORT_SYMBOL_LB(lb_netlink_register);
