/* SPDX-License-Identifier: GPL-2.0-only */
/* How messages of synchronisation look, for those that make and read them.
 *
 * Version 1, of which all numbers are big-endian:
 *
 *	header   8 bytes
 *	entries  each with options behind it, at multiples of 4 bytes
 *	trailer  lb's own; IPVS does not look at what follows the last entry
 *
 * Version 0 has a shorter header, knows IPv4 only and says nothing of time. It
 * is read, not made.
 */
#ifndef _LB_SYNC_FORMAT_H
#define _LB_SYNC_FORMAT_H

#include <linux/in.h>
#include <linux/ip_vs.h>

#include "wire.h"

/**
 * struct header - How a message begins.
 * @nr0: How many entries there are in a message of version 0; 0 later.
 * @syncid: Group of directors.
 * @size: Bytes of all.
 * @nr: How many entries there are. Version 0 ends before it.
 * @version: 1.
 * @spare: 0.
 */
struct header {
	u8 nr0;
	u8 syncid;
	__be16 size;
	u8 nr;
	u8 version;
	__be16 spare;
};

#define HEADER0_LEN offsetof(struct header, nr)

/**
 * struct entry - A connection in version 1; three addresses follow.
 * @type: TYPE_IPV6 or 0.
 * @proto: IP protocol.
 * @ver_len: Version, 0, and bytes of the entry with its options.
 * @flags: IP_VS_CONN_F_*.
 * @state: State by the numbers of its protocol.
 * @cport: Port of the client.
 * @vport: Virtual port.
 * @dport: Port at the real server.
 * @fwmark: Mark that the client's packets had.
 * @timeout: Seconds.
 */
struct entry {
	u8 type;
	u8 proto;
	__be16 ver_len;
	__be32 flags;
	__be16 state;
	__be16 cport;
	__be16 vport;
	__be16 dport;
	__be32 fwmark;
	__be32 timeout;
};

#define TYPE_IPV6 1
#define LEN_BITS 12

/**
 * struct entry0 - A connection in version 0.
 * @spare: Unused.
 * @proto: IP protocol.
 * @cport: Port of the client.
 * @vport: Virtual port.
 * @dport: Port at the real server.
 * @addrs: Addresses of the client, the service, the real server.
 * @flags: IP_VS_CONN_F_*.
 * @state: State by the numbers of its protocol.
 */
struct entry0 {
	u8 spare;
	u8 proto;
	__be16 cport;
	__be16 vport;
	__be16 dport;
	__be32 addrs[3];
	__be16 flags;
	__be16 state;
};

/* Options: a byte says which, a byte how long the rest is. */
#define OPTION_SEQ 1
#define OPTION_CALL_ID 2
#define OPTION_ENGINE 3 /* name of what understands the Call-ID: */
#define ENGINE_SIP "sip"
#define ENGINE_SIP_LEN 3 /* without an end */
#define OPTION_OURS 0x6c
#define OPTION_OUR_CALL_ID 0x6d /* of what a connection was made with */
#define OPTION_MAY_SKIP 0x40
#define OPTION_HEAD 2

#define SEQ_LEN 24 /* pos, after, before: to the server, then from it */
#define SEQ_FROM_SERVER 12

/**
 * struct ours - What OPTION_OURS holds; more may follow one day.
 * @flags: OURS_*.
 * @own_port: See struct lb_image; 0 if it is as the port at the real server.
 * @control: Likewise.
 */
struct ours {
	u8 flags;
	__be16 own_port;
	__be16 control;
} __packed;

#define OURS_PERSISTENT BIT(0)
#define OURS_PASSIVE BIT(1)

#define KNOWN_FLAGS (IP_VS_CONN_F_FWD_MASK | IP_VS_CONN_F_SYNC | \
		     IP_VS_CONN_F_HASHED | IP_VS_CONN_F_NOOUTPUT | \
		     IP_VS_CONN_F_INACTIVE | IP_VS_CONN_F_SEQ_MASK | \
		     IP_VS_CONN_F_NO_CPORT | IP_VS_CONN_F_TEMPLATE | \
		     IP_VS_CONN_F_NFCT)

/* States of SCTP have numbers of their own on the wire. */
#define SCTP_SHIFT (LB_STATE_SCTP_INIT1 - 1)

/**
 * struct trailer - What directors of lb tell each other, see there.
 * @magic: Says that it is one.
 * @version: TRAILER_VERSION.
 * @flags: TRAILER_KEYED: a tag of LB_SYNC_TAG_LEN bytes ends the message.
 * @len: Bytes, with the tag. What later versions add comes before that.
 * @seq: See struct lb_sync_trailer.
 * @config: Likewise.
 * @sender: Likewise.
 * @echo: Likewise.
 * @done: Likewise.
 * @nonce: See struct lb_sync_request.
 * @of: Likewise.
 * @from: Likewise.
 * @to: Likewise.
 * @kind: Likewise.
 * @spare: 0.
 */
struct trailer {
	__be32 magic;
	u8 version;
	u8 flags;
	__be16 len;
	__be32 seq;
	__be32 config;
	__be64 sender;
	__be64 echo;
	__be64 done;
	__be64 nonce;
	__be64 of;
	__be32 from;
	__be32 to;
	u8 kind;
	u8 spare[3];
} __packed;

#define TRAILER_MAGIC 0x6c620001 /* "lb", 0, 1 */
#define TRAILER_VERSION 1
#define TRAILER_KEYED BIT(0)

/** is_template() - Is it a template? */
static inline bool is_template(const struct lb_image *image)
{
	return lb_key_is_template(&image->tuple.key);
}

/** is_sctp() - Is it of SCTP? */
static inline bool is_sctp(const struct lb_image *image)
{
	return image->tuple.proto == IPPROTO_SCTP;
}

/** has_seq() - Has a packet of the server another length for the client? */
static inline bool has_seq(const struct lb_image *image)
{
	return image->ext == LB_EXT_FTP &&
	       (image->ftp.before || image->ftp.after);
}

#endif /* _LB_SYNC_FORMAT_H */
