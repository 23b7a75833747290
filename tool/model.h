/* SPDX-License-Identifier: GPL-2.0-only */
/* Services, real servers and connections, to and from netlink messages. */
#ifndef LBCTL_MODEL_H
#define LBCTL_MODEL_H

#include <linux/lb.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "nl.h"
#include "parse.h"

#define BIT(n)		(1ull << (n))

/* Indexed by LB_A_STATS_*. */
struct stats {
	uint64_t	val[LB_A_STATS_MAX + 1];
};

struct dest {
	struct endpoint	ep;
	struct stats	stats;
	uint32_t	weight;
	uint32_t	upper;
	uint32_t	lower;
	uint32_t	active;
	uint32_t	inactive;
	uint32_t	persist;
	uint64_t	given;		/* BIT(LB_A_DEST_*) to send */
	uint8_t		forward;
	uint8_t		tun_type;
	uint8_t		tun_checksum;
	uint16_t	tun_port;
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
	char			scheduler[LB_SCHED_NAME_MAX + 1];
	uint32_t		flags;		/* LB_SCHED_FLAG_* */
	uint32_t		persist;	/* seconds */
	struct in_addr		mask4;		/* of persistence */
	uint8_t			plen6;		/* the same for IPv6 */
	uint32_t		tcp_timeout;	/* seconds; 0: that of config */
	uint32_t		tcp_fin_timeout;
	uint32_t		udp_timeout;
	bool			one_packet;
	char			pe[LB_PE_NAME_MAX + 1]; /* "": none */
	uint8_t			tun_df;
	uint32_t		mtu;		/* 0: that of the path */
	bool			mss_clamp;
	/* BIT(LB_A_SERVICE_*); that of mask4 stands for plen6, too. */
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
	char		pe[LB_PE_NAME_MAX + 1];	/* "": none */
	char		pe_data[256];
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

/* Settings by LB_A_CONFIG_*; BIT()s of given tell which to send. */
struct config {
	uint32_t	val[LB_A_CONFIG_MAX + 1];
	uint64_t	given;
};

/* Is it the name of a setting? */
bool model_config_is(uint16_t attr, const char *name);

/* More than were ever written. */
#define INFO_SCHEDULERS	64

struct info {
	struct stats	stats;
	char		version[32];
	uint32_t	services;
	uint32_t	conns;
	uint32_t	table_size;
	uint64_t	evicted;
	uint64_t	drop[LB_DROP_MAX + 1];
	uint64_t	path[LB_PATH_MAX + 1];
	char		scheduler[INFO_SCHEDULERS][LB_SCHED_NAME_MAX + 1];
	size_t		n_schedulers;
};

/* What a request or an object has where nothing else is said. */
extern const struct service service_default;
extern const struct dest dest_default;

/*
 * The mask of persistence as text: a dotted quad, or a prefix length if the
 * service is IPv6. Read it, 0 or -EINVAL; say what can be read; write it,
 * NULL if it is the default.
 */
#define MASK_STRLEN	INET_ADDRSTRLEN
int model_parse_mask(const char *text, struct service *svc);
const char *model_mask_form(const struct service *svc);
const char *model_mask_text(char *buf, const struct service *svc);

/* Are there packets that one-packet scheduling could be for? */
bool model_takes_one_packet(const struct service_key *key);

/* Append a request to a batch. */
void model_set_service(struct batch *b, uint16_t flags,
		       const struct service *svc);
void model_set_dest(struct batch *b, uint16_t flags,
		    const struct service_key *key, const struct dest *dest);
void model_del_dest(struct batch *b, const struct service_key *key,
		    const struct dest *dest);
void model_set_config(struct batch *b, const struct config *cfg);
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
void model_get_config(const struct nlmsghdr *nlh, struct config *cfg);
void model_get_info(const struct nlmsghdr *nlh, struct info *info);

/*
 * Ask the kernel; what names the command in messages. Return an enum
 * lbctl_exit. With a key, only that service is read; keys come without real
 * servers.
 */
int model_read_services(const char *what, const struct service_key *key,
			struct service_list *list);
int model_read_keys(const char *what, struct service_list *list);
int model_read_config(const char *what, struct config *cfg);
int model_read_info(const char *what, struct info *info);

int model_compare_keys(const struct service_key *a,
		       const struct service_key *b);
void model_sort(struct service_list *list);
void model_free(struct service_list *list);

#endif
