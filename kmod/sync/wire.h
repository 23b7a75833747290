/* SPDX-License-Identifier: GPL-2.0-only */
/* Messages of synchronisation: IPVS's, with a trailer of our own. Pure. */
#ifndef _LB_SYNC_WIRE_H
#define _LB_SYNC_WIRE_H

#include "image.h"

/* Bytes at the end of a message with a trailer that has a key. */
#define LB_SYNC_TAG_LEN 16

/* Most that lb_sync_wire_end() adds to a message. */
#define LB_SYNC_TRAILER_MAX (3 + 68 + LB_SYNC_TAG_LEN)

/* A message of so many bytes, without a trailer, has room for any image. */
#define LB_SYNC_LEN_MIN 400

/**
 * enum lb_sync_bad - Why a message, or what it says of one connection, is not
 * believed.
 * @LB_SYNC_GOOD: It is.
 * @LB_SYNC_BAD_SIZE: It says that it is longer, or shorter, than it is.
 * @LB_SYNC_BAD_LENGTH: It ends too early.
 * @LB_SYNC_BAD_VERSION: A version that is not known.
 * @LB_SYNC_BAD_TYPE: Addresses of a kind that is not known.
 * @LB_SYNC_BAD_FLAGS: Flags that are not known, or exclude each other.
 * @LB_SYNC_BAD_FORWARD: A way to the real server that lb does not have.
 * @LB_SYNC_BAD_PROTO: Neither TCP, UDP nor SCTP.
 * @LB_SYNC_BAD_STATE: The protocol has no such state.
 * @LB_SYNC_BAD_TIMEOUT: It would live for longer than LB_TIMEOUT_MAX.
 * @LB_SYNC_BAD_PORT: A port where there can be none.
 * @LB_SYNC_BAD_OPTION: An option is cut, empty, there twice, of a wrong length,
 *	or not known, although it must be.
 * @LB_SYNC_BAD_CALL_ID: No Call-ID, or no "sip" that it is for.
 * @LB_SYNC_BAD_TRAILER: The trailer is not as long as it has to be, or of a
 *	version that is not known.
 * @LB_SYNC_BADS: How many there are.
 */
enum lb_sync_bad {
	LB_SYNC_GOOD,
	LB_SYNC_BAD_SIZE,
	LB_SYNC_BAD_LENGTH,
	LB_SYNC_BAD_VERSION,
	LB_SYNC_BAD_TYPE,
	LB_SYNC_BAD_FLAGS,
	LB_SYNC_BAD_FORWARD,
	LB_SYNC_BAD_PROTO,
	LB_SYNC_BAD_STATE,
	LB_SYNC_BAD_TIMEOUT,
	LB_SYNC_BAD_PORT,
	LB_SYNC_BAD_OPTION,
	LB_SYNC_BAD_CALL_ID,
	LB_SYNC_BAD_TRAILER,
	LB_SYNC_BADS,
};

/**
 * enum lb_sync_kind - What a director asks its peers for.
 * @LB_SYNC_ASK_NONE: Nothing.
 * @LB_SYNC_ASK_ALL: All connections.
 * @LB_SYNC_ASK_RANGE: Those that were in messages that it did not get.
 */
enum lb_sync_kind {
	LB_SYNC_ASK_NONE,
	LB_SYNC_ASK_ALL,
	LB_SYNC_ASK_RANGE,
};

/**
 * struct lb_sync_request - What a director asks its peers for.
 * @kind: enum lb_sync_kind; others, of a later version, are to be ignored.
 * @nonce: Names the request in what answers it.
 * @of: Sender whose messages are missing; LB_SYNC_ASK_RANGE only.
 * @from: First of these.
 * @to: Last.
 */
struct lb_sync_request {
	u8 kind;
	u64 nonce;
	u64 of;
	u32 from;
	u32 to;
};

/**
 * struct lb_sync_trailer - What directors of lb tell each other. Host order.
 * @sender: Who sends it; random, since its daemon was started.
 * @echo: Nonce of a request that was heard, or 0.
 * @done: Nonce of a request that is answered by this message and those before
 *	it, or 0.
 * @seq: Number of the message of this sender.
 * @config: Checksum of what both directors should have alike, 0 for none.
 * @request: What the sender asks for.
 * @keyed: The last LB_SYNC_TAG_LEN bytes of the message say that it comes from
 *	somebody with the key.
 */
struct lb_sync_trailer {
	u64 sender;
	u64 echo;
	u64 done;
	u32 seq;
	u32 config;
	struct lb_sync_request request;
	bool keyed;
};

/**
 * struct lb_sync_buf - A message in the making.
 * @data: Memory of the caller's, of LB_SYNC_TRAILER_MAX bytes more than @max if
 *	there is to be a trailer.
 * @len: Bytes so far.
 * @max: Most that it may have without a trailer.
 * @nr: Connections in it.
 */
struct lb_sync_buf {
	u8 *data;
	u16 len;
	u16 max;
	u8 nr;
};

/**
 * struct lb_sync_reader - A message that is being read.
 * @data: It begins here.
 * @pos: The next connection.
 * @end: Behind the message.
 * @left: Connections that were not read yet.
 * @syncid: Number of the group of directors that it is for.
 * @version: Of the protocol, 0 or 1.
 * @is_ours: There is a trailer of lb.
 */
struct lb_sync_reader {
	const u8 *data;
	const u8 *pos;
	const u8 *end;
	u8 left;
	u8 syncid;
	u8 version;
	bool is_ours;
};

void lb_sync_wire_begin(struct lb_sync_buf *buf, u8 *data, u16 max, u8 syncid);
bool lb_sync_wire_add(struct lb_sync_buf *buf, const struct lb_image *image);
u16 lb_sync_wire_end(struct lb_sync_buf *buf,
		     const struct lb_sync_trailer *trailer);

enum lb_sync_bad lb_sync_wire_open(struct lb_sync_reader *r, const u8 *data,
				   u16 len, struct lb_sync_trailer *trailer,
				   bool *has_trailer);
int lb_sync_wire_next(struct lb_sync_reader *r, struct lb_image *image,
		      enum lb_sync_bad *bad);

#ifdef LB_DEBUG
int lb_sync_wire_selftest(void);
#endif

#endif /* _LB_SYNC_WIRE_H */
