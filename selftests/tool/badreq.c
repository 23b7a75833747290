// SPDX-License-Identifier: GPL-2.0-only
/* Requests to spoil, one attribute at a time. */
#include <arpa/inet.h>
#include <errno.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/lb.h>
#include <stdio.h>
#include <string.h>

#include "badreq.h"
#include "spec.h"

void add_data(struct request *req, bool in_dest, uint16_t type,
	      const void *data, uint16_t len)
{
	struct field *field = &req->field[req->n++];

	*field = (struct field) { in_dest, type, len };
	memcpy(field->data, data, len);
}

void add_u8(struct request *req, bool in_dest, uint16_t type, uint8_t n)
{
	add_data(req, in_dest, type, &n, sizeof(n));
}

void add_u32(struct request *req, bool in_dest, uint16_t type, uint32_t n)
{
	add_data(req, in_dest, type, &n, sizeof(n));
}

void add_be16(struct request *req, bool in_dest, uint16_t type, uint16_t n)
{
	n = htons(n);
	add_data(req, in_dest, type, &n, sizeof(n));
}

void add_key(struct request *req)
{
	add_u8(req, false, LB_A_SERVICE_FAMILY, AF_INET);
	add_u8(req, false, LB_A_SERVICE_PROTOCOL, IPPROTO_TCP);
	add_u32(req, false, LB_A_SERVICE_ADDR4, htonl(VIP));
	add_be16(req, false, LB_A_SERVICE_PORT, 80);
}

void add_dest_key(struct request *req)
{
	add_u32(req, true, LB_A_DEST_ADDR4, htonl(SERVER));
	add_be16(req, true, LB_A_DEST_PORT, 80);
}

static void add_dest(struct request *req)
{
	add_dest_key(req);
	add_u8(req, true, LB_A_DEST_FORWARD, LB_FORWARD_NAT);
	add_u32(req, true, LB_A_DEST_WEIGHT, 7);
	add_u32(req, true, LB_A_DEST_UPPER_THRESHOLD, 20);
	add_u32(req, true, LB_A_DEST_LOWER_THRESHOLD, 10);
}

static void add_filter(struct request *req)
{
	add_u8(req, false, LB_A_CONN_PROTOCOL, IPPROTO_TCP);
	add_u32(req, false, LB_A_CONN_CLIENT_ADDR4, htonl(SERVER));
	add_u32(req, false, LB_A_CONN_DEST_ADDR4, htonl(SERVER));
	add_be16(req, false, LB_A_CONN_DEST_PORT, 80);
	add_u8(req, false, LB_A_CONN_STATE, LB_STATE_MAX);
	add_u8(req, false, LB_A_CONN_CLIENT_PLEN, 32);
}

struct request good_request(uint8_t cmd)
{
	struct request req = { .cmd = cmd };

	switch (cmd) {
	case LB_CMD_SERVICE_SET:
		add_key(&req);
		add_data(&req, false, LB_A_SERVICE_SCHEDULER, "wrr", 4);
		add_u32(&req, false, LB_A_SERVICE_PERSIST_TIMEOUT, 60);
		add_u32(&req, false, LB_A_SERVICE_PERSIST_MASK4,
			htonl(0xffffff00));
		add_u32(&req, false, LB_A_SERVICE_TCP_TIMEOUT, 0);
		add_u32(&req, false, LB_A_SERVICE_TCP_FIN_TIMEOUT, 5);
		add_u32(&req, false, LB_A_SERVICE_UDP_TIMEOUT, 2678400);
		add_u32(&req, false, LB_A_SERVICE_SCHED_FLAGS,
			LB_SCHED_FLAG_PORT);
		add_dest(&req);
		break;
	case LB_CMD_DEST_SET:
		add_key(&req);
		add_dest(&req);
		break;
	case LB_CMD_DEST_DEL:
		add_key(&req);
		add_dest_key(&req);
		break;
	case LB_CMD_FLUSH:
		add_u8(&req, false, LB_A_SERVICE_FAMILY, AF_INET);
		break;
	case LB_CMD_CONFIG_SET:
		add_u32(&req, false, LB_A_CONFIG_TCP_TIMEOUT, 11);
		add_u32(&req, false, LB_A_CONFIG_TCP_FIN_TIMEOUT, 12);
		add_u32(&req, false, LB_A_CONFIG_UDP_TIMEOUT, 13);
		add_u32(&req, false, LB_A_CONFIG_RUN_ESTIMATION, 0);
		add_u32(&req, false, LB_A_CONFIG_CONN_REUSE_MODE, 3);
		add_u32(&req, false, LB_A_CONFIG_EXPIRE_NODEST_CONN, 1);
		add_u32(&req, false, LB_A_CONFIG_EXPIRE_QUIESCENT_TEMPLATE, 1);
		add_u32(&req, false, LB_A_CONFIG_SLOPPY_TCP, 1);
		add_u32(&req, false, LB_A_CONFIG_AMEMTHRESH, 0);
		add_u32(&req, false, LB_A_CONFIG_AM_DROPRATE, 1);
		add_u32(&req, false, LB_A_CONFIG_DROP_ENTRY, 0);
		add_u32(&req, false, LB_A_CONFIG_DROP_PACKET, 1);
		add_u32(&req, false, LB_A_CONFIG_SECURE_TCP, 0);
		add_u32(&req, false, LB_A_CONFIG_CONN_MAX, 1u << 30);
		add_u32(&req, false, LB_A_CONFIG_MH_TABLE_SIZE, 4093);
		add_u32(&req, false, LB_A_CONFIG_LBLC_EXPIRATION, 14);
		add_u32(&req, false, LB_A_CONFIG_LBLCR_EXPIRATION, 15);
		add_u32(&req, false, LB_A_CONFIG_SLOPPY_SCTP, 0);
		add_u32(&req, false, LB_A_CONFIG_SNAT_REROUTE, 0);
		add_u32(&req, false, LB_A_CONFIG_NAT_ICMP_SEND, 1);
		add_u32(&req, false, LB_A_CONFIG_IGNORE_TUNNELED, 1);
		add_u32(&req, false, LB_A_CONFIG_PMTU_DISC, 0);
		add_u32(&req, false, LB_A_CONFIG_SCHEDULE_ICMP, 1);
		add_u32(&req, false, LB_A_CONFIG_CACHE_BYPASS, 1);
		add_u32(&req, false, LB_A_CONFIG_CONNTRACK, 0);
		break;
	case LB_CMD_DEST_GET:
		req.flags = NLM_F_DUMP;
		add_key(&req);
		break;
	case LB_CMD_CONN_GET:
		req.flags = NLM_F_DUMP;
		add_filter(&req);
		break;
	case LB_CMD_CONN_FLUSH:
		add_filter(&req);
		break;
	default:
		add_key(&req);
		break;
	}
	return req;
}

struct field *find_field(struct request *req, bool in_dest, uint16_t type)
{
	size_t i;

	for (i = 0; i < req->n; i++)
		if (req->field[i].in_dest == in_dest &&
		    req->field[i].type == type)
			return &req->field[i];
	return NULL;
}

void drop_field(struct request *req, struct field *field)
{
	size_t after = &req->field[req->n] - (field + 1);

	memmove(field, field + 1, after * sizeof(*field));
	req->n--;
}

static void put_fields(struct nlmsghdr *nlh, const struct request *req,
		       bool in_dest)
{
	size_t i;

	for (i = 0; i < req->n; i++)
		if (req->field[i].in_dest == in_dest)
			mnl_attr_put(nlh, req->field[i].type,
				     req->field[i].len, req->field[i].data);
}

void build(struct batch *b, const struct nl *nl, const struct request *req)
{
	struct nlmsghdr *nlh;
	struct nlattr *nest;
	bool has_dest = false;
	size_t i;

	batch_begin(b, req->cmd, req->flags | NLM_F_ACK);
	nlh = batch_room(b);
	nlh->nlmsg_type = nl->family;
	put_fields(nlh, req, false);
	for (i = 0; i < req->n; i++)
		has_dest |= req->field[i].in_dest;
	if (!has_dest)
		return;

	nest = mnl_attr_nest_start(nlh, LB_A_SERVICE_DEST);
	if (req->plain_nest)
		nest->nla_type &= ~NLA_F_NESTED;
	put_fields(nlh, req, true);
	mnl_attr_nest_end(nlh, nest);
}

struct request by_mark(uint8_t cmd, uint32_t mark)
{
	struct request req = { .cmd = cmd };

	add_u8(&req, false, LB_A_SERVICE_FAMILY, AF_INET);
	add_u32(&req, false, LB_A_SERVICE_FWMARK, mark);
	return req;
}

void field_name(const struct request *req, const struct field *field,
		char *buf, size_t size)
{
	const struct spec_set *set = spec_cmd_set(req->cmd);

	if (field->in_dest)
		set = &spec_dest;
	snprintf(buf, size, "%s%s", field->in_dest ? "dest." : "",
		 spec_attr(set, field->type)->name);
}

static void take_tlv(const struct nlmsghdr *req, const struct nlattr *attr,
		     struct answer *answer, uint32_t *offset, uint16_t *missing)
{
	switch (mnl_attr_get_type(attr)) {
	case NLMSGERR_ATTR_MSG:
		answer->has_msg = true;
		snprintf(answer->msg, sizeof(answer->msg), "%s",
			 mnl_attr_get_str(attr));
		break;
	case NLMSGERR_ATTR_OFFS:
	case NLMSGERR_ATTR_MISS_NEST:
		*offset = mnl_attr_get_u32(attr);
		break;
	case NLMSGERR_ATTR_MISS_TYPE:
		*missing = mnl_attr_get_u32(attr);
		break;
	}
	if (*offset || *missing)
		spec_attr_at(req, *offset, *missing, answer->attr,
			     sizeof(answer->attr));
}

static void take_answer(const struct nlmsghdr *req,
			const struct nlmsghdr *nlh, struct answer *answer)
{
	const struct nlmsgerr *err = mnl_nlmsg_get_payload(nlh);
	size_t skip = sizeof(int);
	const struct nlattr *attr;
	uint16_t missing = 0;
	uint32_t offset = 0;

	*answer = (struct answer) { .error = -err->error };
	if (nlh->nlmsg_type == NLMSG_ERROR)
		skip = sizeof(*err);
	if (!(nlh->nlmsg_flags & NLM_F_ACK_TLVS))
		return;
	mnl_attr_for_each(attr, nlh, skip)
		take_tlv(req, attr, answer, &offset, &missing);
}

void ask(struct nl *nl, const struct nlmsghdr *req, struct answer *answer)
{
	static char buf[65536];
	struct nlmsghdr *nlh;
	ssize_t len;
	int left;

	*answer = (struct answer) { .error = -1 };
	if (mnl_socket_sendto(nl->sock, req, req->nlmsg_len) < 0) {
		answer->error = errno;
		return;
	}
	for (;;) {
		len = mnl_socket_recvfrom(nl->sock, buf, sizeof(buf));
		if (len < 0)
			return;
		nlh = (struct nlmsghdr *)buf;
		left = len;
		for (; mnl_nlmsg_ok(nlh, left);
		     nlh = mnl_nlmsg_next(nlh, &left)) {
			if (nlh->nlmsg_type != NLMSG_ERROR &&
			    nlh->nlmsg_type != NLMSG_DONE)
				continue;
			take_answer(req, nlh, answer);
			return;
		}
	}
}
