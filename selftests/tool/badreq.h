/* SPDX-License-Identifier: GPL-2.0-only */
/* Requests to spoil, one attribute at a time. */
#ifndef BADREQ_H
#define BADREQ_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "batch.h"
#include "nl.h"

#define MAX_FIELDS	64
#define VIP		0xc0000201	/* 192.0.2.1 */
#define SERVER		0x0a000002	/* 10.0.0.2 */

/* An attribute, at the top or in the dest of the request. */
struct field {
	bool		in_dest;
	uint16_t	type;
	uint16_t	len;
	char		data[32];
};

struct request {
	uint8_t		cmd;
	uint16_t	flags;
	struct field	field[MAX_FIELDS];
	size_t		n;
	bool		plain_nest;	/* without NLA_F_NESTED */
};

/* What the kernel said. */
struct answer {
	int		error;
	bool		has_msg;
	char		msg[128];
	char		attr[64];
};

void add_u8(struct request *req, bool in_dest, uint16_t type, uint8_t n);
void add_u32(struct request *req, bool in_dest, uint16_t type, uint32_t n);
void add_be16(struct request *req, bool in_dest, uint16_t type, uint16_t n);
void add_data(struct request *req, bool in_dest, uint16_t type,
	      const void *data, uint16_t len);
void add_key(struct request *req);
void add_dest_key(struct request *req);

/* One that would be granted and changes what set_up() made. */
struct request good_request(uint8_t cmd);
struct request by_mark(uint8_t cmd, uint32_t mark);

struct field *find_field(struct request *req, bool in_dest, uint16_t type);
void drop_field(struct request *req, struct field *field);

/* What an attribute is called in names and expectations. */
void field_name(const struct request *req, const struct field *field,
		char *buf, size_t size);

/* Append it to a batch, ready to be sent. */
void build(struct batch *b, const struct nl *nl, const struct request *req);

/* Send one message and wait for the end of the answer. */
void ask(struct nl *nl, const struct nlmsghdr *req, struct answer *answer);

#endif
