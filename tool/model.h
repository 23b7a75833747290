/* SPDX-License-Identifier: GPL-2.0-only */
/* Services, real servers and connections, to and from netlink messages. */
#ifndef LBCTL_MODEL_H
#define LBCTL_MODEL_H

#include <jansson.h>
#include <linux/lb.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "attrs.h"
#include "batch.h"
#include "nl.h"
#include "parse.h"

/* Indexed by LB_A_STATS_*. */
struct stats {
	union value	val[LB_A_STATS_MAX + 1];
};

/*
 * Values are indexed by LB_A_DEST_* and LB_A_SERVICE_*, without keys. Those of
 * given, a set of BIT()s, are sent.
 */
struct dest {
	struct endpoint	ep;
	struct stats	stats;
	union value	val[LB_A_DEST_MAX + 1];
	uint64_t	given;
};

/* By fwmark and family if that is not 0, else by protocol and endpoint. */
struct service_key {
	struct endpoint	ep;
	uint32_t	fwmark;
	uint8_t		protocol;
};

struct service {
	struct service_key	key;
	struct stats		stats;
	union value		val[LB_A_SERVICE_MAX + 1];
	uint64_t		given;
	struct dest		*dest;
	size_t			n_dests;
};

struct service_list {
	struct service	*service;
	size_t		n;
};

struct conn {
	struct endpoint	client;
	struct endpoint	virtual;
	struct endpoint	dest;
	uint32_t	expires;	/* milliseconds */
	uint32_t	fwmark;
	uint8_t		protocol;
	uint8_t		forward;
	uint8_t		state;
	bool		template;
	const char	*pe;		/* NULL: none; both borrowed */
	const char	*pe_data;
};

/*
 * Which connections are meant: those that have all that is given, by
 * BIT(LB_A_CONN_*); that of an addr4 stands for the addr6, too.
 */
struct conn_filter {
	struct service_key	service;
	struct endpoint		client;
	struct endpoint		dest;
	uint32_t		plen;		/* of client */
	uint64_t		given;
	uint8_t			protocol;
	uint8_t			state;
};

/* What a request or an object has where nothing else is said. */
extern const struct service service_default;
extern const struct dest dest_default;

/*
 * The mask of persistence: which attribute it is; read it, 0 or -EINVAL; say
 * what can be read.
 */
uint16_t model_mask_attr(const struct service_key *key);
int model_parse_mask(const char *text, const struct service_key *key,
		     union value *val);
const char *model_mask_form(const struct service_key *key);

/*
 * A setting as text, NULL if it has its default, which need not be shown. In
 * buf, or not. svc is NULL if it is one of a dest.
 */
#define SETTING_STRLEN	INET6_ADDRSTRLEN
const char *model_setting_text(char *buf, const struct spec_set *set,
			       uint16_t type, const union value *val,
			       const struct service *svc);

/* Are there packets that one-packet scheduling could be for? */
bool model_takes_one_packet(const struct service_key *key);

/* Append a request to a batch. */
void model_set_service(struct batch *b, uint16_t flags,
		       const struct service *svc);
void model_set_dest(struct batch *b, uint16_t flags,
		    const struct service_key *key, const struct dest *dest);
void model_del_dest(struct batch *b, const struct service_key *key,
		    const struct dest *dest);
void model_set_config(struct batch *b, const union value *val, uint64_t given);
void model_conn_cmd(struct batch *b, uint8_t cmd, uint16_t flags,
		    const struct conn_filter *filter);

/* Of LB_CMD_SERVICE_DEL, LB_CMD_FLUSH or LB_CMD_ZERO; key may be NULL. */
void model_key_cmd(struct batch *b, uint8_t cmd, uint16_t flags,
		   const struct service_key *key);

/* Read a message. */
void model_get_key(const struct nlmsghdr *nlh, struct service_key *key);
void model_get_service(const struct nlmsghdr *nlh, struct service *svc);
bool model_get_dest(const struct nlmsghdr *nlh, struct service_key *key,
		    struct dest *dest);
void model_get_conn(const struct nlmsghdr *nlh, struct conn *conn);

/*
 * Ask the kernel; what names the command in messages. Return an enum
 * lbctl_exit. With a key, only that service is read; keys come without real
 * servers.
 */
int model_read_services(const char *what, const struct service_key *key,
			struct service_list *list);
int model_read_keys(const char *what, struct service_list *list);

/* What answers a command without attributes, as JSON: a new object. */
int model_read_json(const char *what, uint8_t cmd, json_t **object);
unsigned int model_json_number(const json_t *object, const char *name);

int model_compare_keys(const struct service_key *a,
		       const struct service_key *b);
void model_sort(struct service_list *list);
void model_free(struct service_list *list);

#endif
