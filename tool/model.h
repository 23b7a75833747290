/* SPDX-License-Identifier: GPL-2.0-only */
/* Services, real servers and connections, to and from netlink messages. */
#ifndef LBCTL_MODEL_H
#define LBCTL_MODEL_H

#include <jansson.h>

#include "attrs.h"
#include "batch.h"
#include "parse.h"

/* Indexed by LB_A_STATS_*. */
struct stats {
	union value	val[LB_A_STATS_MAX + 1];
};

/*
 * Values are indexed by LB_A_DEST_* and LB_A_SERVICE_*, keys included. Those
 * of given, a set of BIT()s, are sent.
 */
struct dest {
	struct stats	stats;
	union value	val[LB_A_DEST_MAX + 1];
	uint64_t	given;
};

/* The family has a value even where it is not given. */
struct service {
	struct stats	stats;
	union value	val[LB_A_SERVICE_MAX + 1];
	uint64_t	given;
	struct dest	*dest;
	size_t		n_dests;
};

struct service_list {
	struct service	*service;
	size_t		n;
};

/* Or which connections are meant: those that have all that is given. */
struct conn {
	union value	val[LB_A_CONN_MAX + 1];
	uint64_t	given;
	struct service	service;	/* of a filter only */
};

/* What a request or an object has where nothing else is said. */
extern const struct service service_default;
extern const struct dest dest_default;

static inline uint64_t model_num(const struct service *svc, uint16_t type)
{
	return svc->val[type].num;
}

/* Give all of an address and port but the port, or read both. */
void model_set_end(const struct spec_end *end, union value *val,
		   uint64_t *given, const struct endpoint *ep);
struct endpoint model_get_end(const struct spec_end *end,
			      const union value *val, uint64_t given);

/* The protocol and virtual address of a service, or its mark. */
void model_set_key(struct service *svc, uint8_t protocol,
		   const struct endpoint *ep);
void model_set_mark(struct service *svc, uint32_t fwmark, sa_family_t family);

/* The address of a real server. */
void model_set_address(struct dest *dest, const struct endpoint *ep);

/* Are there packets that one-packet scheduling could be for? */
bool model_takes_one_packet(const struct service *svc);

/*
 * The settings of which each must be given, so that nothing of an old object
 * stays: all that it can have.
 */
uint64_t model_all_of_service(const struct service *svc);
uint64_t model_all_of_dest(const struct dest *dest);

/* Does a tunnel as it is to be have use for the attribute? */
bool model_tunnel_has(const struct dest *dest, uint16_t type);

/*
 * The port of a real server that was given without one: that of the service if
 * there is such a one, or that of the only one with this address. If there are
 * several, say which. An enum lbctl_exit.
 */
int model_find_port(const char *what, const struct service *key,
		    struct dest *dest);

/* Append a request to a batch. Of a key, only the keys count. */
void model_set_service(struct batch *b, uint16_t flags,
		       const struct service *svc);
void model_set_dest(struct batch *b, uint16_t flags, const struct service *key,
		    const struct dest *dest);
void model_del_dest(struct batch *b, const struct service *key,
		    const struct dest *dest);
void model_set_config(struct batch *b, const union value *val, uint64_t given);
void model_conn_cmd(struct batch *b, uint8_t cmd, uint16_t flags,
		    const struct conn *filter);

/* Of LB_CMD_SERVICE_DEL, LB_CMD_FLUSH or LB_CMD_ZERO; key may be NULL. */
void model_key_cmd(struct batch *b, uint8_t cmd, uint16_t flags,
		   const struct service *key);

/* Read a message, or the nest that is a real server. */
void model_get_service(const struct nlmsghdr *nlh, struct service *svc);
void model_get_service_nest(const struct nlattr *nest, struct service *svc);
void model_get_dest(const struct nlattr *nest, struct dest *dest);
void model_get_conn(const struct nlmsghdr *nlh, struct conn *conn);

/*
 * Ask the kernel; what names the command in messages. Return an enum
 * lbctl_exit. With a key, only that service is read; dests says whether to
 * read real servers, too.
 */
int model_read_services(const char *what, const struct service *key,
			bool dests, struct service_list *list);

/* What answers a command without attributes, as JSON: a new object. */
int model_read_json(const char *what, uint8_t cmd, json_t **object);
unsigned int model_json_number(const json_t *object, const char *name);

/* Of two services, or two real servers, as qsort(3) wants it. */
int model_compare_keys(const void *x, const void *y);
int model_compare_dests(const void *x, const void *y);
void model_sort(struct service_list *list);
void model_free(struct service_list *list);

#endif
