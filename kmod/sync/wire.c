// SPDX-License-Identifier: GPL-2.0-only
/* Messages of synchronisation, made. Nothing here knows of sockets. */

#include <linux/math64.h>
#include <linux/string.h>
#include <linux/unaligned.h>

#include "proto.h"
#include "format.h"

/**
 * lb_sync_wire_begin() - Begin a message.
 * @buf: Filled.
 * @data: See struct lb_sync_buf.
 * @max: Likewise; LB_SYNC_LEN_MIN or more.
 * @syncid: Group of directors that it is for.
 */
void lb_sync_wire_begin(struct lb_sync_buf *buf, u8 *data, u16 max, u8 syncid)
{
	const struct header header = { .syncid = syncid, .version = 1 };

	memcpy(data, &header, sizeof(header));
	buf->data = data;
	buf->len = sizeof(header);
	buf->max = max;
	buf->nr = 0;
}

/* Return how much of it there is to tell. */
static u8 fill_ours(struct ours *ours, const struct lb_image *image)
{
	ours->flags = image->persistent ? OURS_PERSISTENT : 0;
	if (image->ext == LB_EXT_FTP && image->ftp.passive)
		ours->flags |= OURS_PASSIVE;
	ours->own_port = image->own_port == image->dport ? 0 : image->own_port;
	ours->control = image->control;
	if (ours->own_port || ours->control)
		return sizeof(*ours);
	return ours->flags ? sizeof(ours->flags) : 0;
}

static bool is_by_call(const struct lb_image *image)
{
	return image->tuple.template == LB_TEMPLATE_CALL_ID;
}

static u32 flags_of(const struct lb_image *image)
{
	static const u8 forwards[] = {
		[LB_FORWARD_NAT] = IP_VS_CONN_F_MASQ,
		[LB_FORWARD_DR] = IP_VS_CONN_F_DROUTE,
		[LB_FORWARD_TUN] = IP_VS_CONN_F_TUNNEL,
	};
	u32 flags = forwards[image->forward];

	if (is_template(image))
		return flags | IP_VS_CONN_F_TEMPLATE | IP_VS_CONN_F_INACTIVE;
	if (image->tuple.template == LB_TEMPLATE_EXPECTED)
		flags |= IP_VS_CONN_F_NO_CPORT;
	if (!image->heard)
		flags |= IP_VS_CONN_F_NOOUTPUT;
	if (!lb_proto_is_active(image->state))
		flags |= IP_VS_CONN_F_INACTIVE;
	if (has_seq(image))
		flags |= IP_VS_CONN_F_OUT_SEQ;
	return flags;
}

static u16 state_of(const struct lb_image *image)
{
	if (is_template(image) || image->state == LB_STATE_UDP)
		return 0;
	if (is_sctp(image) && image->state)
		return image->state - SCTP_SHIFT;
	return image->state;
}

/* Rounded up: what still lives has some time left. */
static u32 seconds_of(const struct lb_image *image)
{
	u64 jiffies_left = (u64)image->left << LB_TICK_SHIFT;

	if (image->left == LB_IMAGE_LEFT_ANY)
		return 0;
	return max(div_u64(jiffies_left + HZ - 1, HZ), 1ULL);
}

static u16 len_of(const struct lb_image *image, u8 ours_len)
{
	u16 addr_len = image->tuple.ipv6 ? sizeof(struct in6_addr) :
					   sizeof(__be32);
	u16 len = sizeof(struct entry) + 3 * addr_len;

	if (has_seq(image))
		len += OPTION_HEAD + SEQ_LEN;
	if (image->ext == LB_EXT_CALL_ID)
		len += OPTION_HEAD + strlen(image->call_id.text);
	if (is_by_call(image))
		len += OPTION_HEAD + ENGINE_SIP_LEN;
	if (ours_len)
		len += OPTION_HEAD + ours_len;
	return len;
}

static u8 *put(u8 *at, const void *from, size_t len)
{
	memcpy(at, from, len);
	return at + len;
}

static u8 *put_option(u8 *at, u8 option, const void *from, u8 len)
{
	*at++ = option;
	*at++ = len;
	return put(at, from, len);
}

static u8 *put_seq(u8 *at, const struct lb_ftp *ftp)
{
	u8 seq[SEQ_LEN] = {};

	put_unaligned_be32(ftp->pos, seq + SEQ_FROM_SERVER);
	put_unaligned_be32(ftp->after, seq + SEQ_FROM_SERVER + 4);
	put_unaligned_be32(ftp->before, seq + SEQ_FROM_SERVER + 8);
	return put_option(at, OPTION_SEQ, seq, sizeof(seq));
}

static u8 *put_entry(u8 *at, const struct lb_image *image, u16 len)
{
	const struct entry entry = {
		.type = image->tuple.ipv6 ? TYPE_IPV6 : 0,
		.proto = image->tuple.proto,
		.ver_len = htons(len),
		.flags = htonl(flags_of(image)),
		.state = htons(state_of(image)),
		.cport = is_by_call(image) ? 0 : image->tuple.sport,
		.vport = image->tuple.dport,
		.dport = image->dport,
		.fwmark = htonl(image->fwmark),
		.timeout = htonl(seconds_of(image)),
	};
	const union lb_addr addrs[] = {
		is_by_call(image) ? image->call_id.client :
				    lb_tuple_saddr(&image->tuple),
		lb_tuple_daddr(&image->tuple),
		image->dest,
	};
	size_t i;

	at = put(at, &entry, sizeof(entry));
	for (i = 0; i < ARRAY_SIZE(addrs); i++)
		at = put(at, &addrs[i], image->tuple.ipv6 ?
			 sizeof(addrs[i].ip6) : sizeof(addrs[i].ip));
	return at;
}

/* To IPVS a Call-ID is what is looked for, also of what is no template. */
static void put_options(u8 *at, const struct lb_image *image,
			const struct ours *ours, u8 ours_len)
{
	if (has_seq(image))
		at = put_seq(at, &image->ftp);
	if (image->ext == LB_EXT_CALL_ID)
		at = put_option(at, is_by_call(image) ? OPTION_CALL_ID :
							OPTION_OUR_CALL_ID,
				image->call_id.text,
				strlen(image->call_id.text));
	if (is_by_call(image))
		at = put_option(at, OPTION_ENGINE, ENGINE_SIP, ENGINE_SIP_LEN);
	if (ours_len)
		put_option(at, OPTION_OURS, ours, ours_len);
}

/* Entries and the trailer begin at multiples of 4 bytes. */
static void pad(struct lb_sync_buf *buf)
{
	while (buf->len % 4)
		buf->data[buf->len++] = 0;
}

/**
 * lb_sync_wire_add() - Tell of a connection.
 * @buf: Message that was begun.
 * @image: As lb_image_of() made it.
 *
 * What the protocol has no words for is left out: a real server of another
 * family than the client's; and so is what is too long for an empty message.
 *
 * Return: false if there is no room: send the message, begin another.
 */
bool lb_sync_wire_add(struct lb_sync_buf *buf, const struct lb_image *image)
{
	struct ours ours;
	u8 ours_len = fill_ours(&ours, image);
	u16 len = len_of(image, ours_len);
	u8 *at;

	if (image->dest_family != (image->tuple.ipv6 ? AF_INET6 : AF_INET) ||
	    image->forward > LB_FORWARD_MAX)
		return true;
	if (buf->nr == U8_MAX || ALIGN(buf->len, 4) + len > buf->max)
		return !buf->nr;

	pad(buf);
	at = put_entry(buf->data + buf->len, image, len);
	put_options(at, image, &ours, ours_len);
	buf->len += len;
	buf->nr++;
	return true;
}

/* Return its length, with the tag. */
static u16 put_trailer(u8 *at, const struct lb_sync_trailer *t)
{
	u16 len = sizeof(struct trailer) + (t->keyed ? LB_SYNC_TAG_LEN : 0);
	const struct trailer trailer = {
		.magic = htonl(TRAILER_MAGIC),
		.version = TRAILER_VERSION,
		.flags = t->keyed ? TRAILER_KEYED : 0,
		.len = htons(len),
		.seq = htonl(t->seq),
		.config = htonl(t->config),
		.sender = cpu_to_be64(t->sender),
		.echo = cpu_to_be64(t->echo),
		.done = cpu_to_be64(t->done),
		.nonce = cpu_to_be64(t->request.nonce),
		.of = cpu_to_be64(t->request.of),
		.from = htonl(t->request.from),
		.to = htonl(t->request.to),
		.kind = t->request.kind,
	};

	memset(at, 0, len);
	memcpy(at, &trailer, sizeof(trailer));
	return len;
}

/**
 * lb_sync_wire_end() - Complete a message.
 * @buf: Message.
 * @trailer: What to tell directors of lb, or NULL.
 *
 * If @trailer has @keyed, the last LB_SYNC_TAG_LEN bytes are 0: the caller
 * signs all bytes and puts the tag there.
 *
 * Return: Bytes to send.
 */
u16 lb_sync_wire_end(struct lb_sync_buf *buf,
		     const struct lb_sync_trailer *trailer)
{
	struct header header;

	if (trailer) {
		pad(buf);
		buf->len += put_trailer(buf->data + buf->len, trailer);
	}
	memcpy(&header, buf->data, sizeof(header));
	header.size = htons(buf->len);
	header.nr = buf->nr;
	memcpy(buf->data, &header, sizeof(header));
	return buf->len;
}
