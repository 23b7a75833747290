/* SPDX-License-Identifier: GPL-2.0-only */
/* Connections on their own: taken from the table, and put into another. */
#ifndef _LB_IMAGE_H
#define _LB_IMAGE_H

#include "conn.h"
#include "helper.h"

/* As forward of an image: by the method that its real server has. */
#define LB_IMAGE_FORWARD_ANY U8_MAX

/* As left of an image: as long as a connection may rest in its state. */
#define LB_IMAGE_LEFT_ANY U32_MAX

/**
 * struct lb_image - A connection or template on its own: what another director,
 * or this module after an exchange, needs to make it again.
 * @tuple: The client's direction; of a template, what that is found by. For
 *	LB_TEMPLATE_CALL_ID the source holds nothing: see @call_id.
 * @dest: Address of the real server.
 * @dest_family: AF_INET or AF_INET6.
 * @forward: enum lb_forward, or LB_IMAGE_FORWARD_ANY.
 * @state: enum lb_state; templates have none.
 * @heard: The real server was heard since the client last asked.
 * @persistent: It was made with a template; which, its service says, and
 *	@call_id with LB_EXT_CALL_ID.
 * @dport: Port at the real server, network byte order.
 * @own_port: Port that the real server itself has, 0 if it has none or it is
 *	not known. Tells apart servers of the same address.
 * @control: Client's port of the control connection that holds it as data, 0
 *	for none, or if it is not known.
 * @fwmark: Mark of its service, 0 if that has none.
 * @left: Ticks until it ends, or LB_IMAGE_LEFT_ANY.
 * @ext: enum lb_ext: what follows.
 * @ftp: With LB_EXT_FTP, what is known of a control connection.
 * @call_id: With LB_EXT_CALL_ID, what the template is found by, or that which
 *	the connection was made with.
 */
struct lb_image {
	struct lb_tuple tuple;
	union lb_addr dest;
	u8 dest_family;
	u8 forward;
	u8 state;
	bool heard;
	bool persistent;
	__be16 dport;
	__be16 own_port;
	__be16 control;
	u32 fwmark;
	u32 left;
	u8 ext;
	union {
		struct lb_ftp ftp;
		struct lb_call_id call_id;
	};
};

void lb_image_of(struct lb_image *image, struct lb_conn *conn);
int lb_image_apply(struct lb_net *lbn, const struct lb_image *image, bool renew,
		   struct lb_conn **conn);

#ifdef LB_DEBUG
int lb_image_selftest(void);
#endif

#endif /* _LB_IMAGE_H */
