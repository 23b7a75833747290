// SPDX-License-Identifier: GPL-2.0-only
/* Messages of synchronisation, read. They come from anybody: no length, number
 * or flag is believed, and nothing is read behind the end.
 */

#include <linux/string.h>
#include <linux/unaligned.h>

#include "format.h"

static u16 len_of_entry(const u8 *at)
{
	return get_unaligned_be16(at + offsetof(struct entry, ver_len)) &
	       GENMASK(LEN_BITS - 1, 0);
}

static u16 len_of_entry0(const u8 *at)
{
	u16 flags = get_unaligned_be16(at + offsetof(struct entry0, flags));

	return sizeof(struct entry0) +
	       (flags & IP_VS_CONN_F_SEQ_MASK ? SEQ_LEN : 0);
}

/* Where an entry ends; NULL if that is behind the message. */
static const u8 *end_of_entry(const struct lb_sync_reader *r, const u8 *at)
{
	const size_t least = r->version ?
		sizeof(struct entry) + 3 * sizeof(__be32) :
		sizeof(struct entry0);
	size_t room = r->end - at;
	size_t len;

	if (room < least)
		return NULL;
	len = r->version ? len_of_entry(at) : len_of_entry0(at);
	return len < least || len > room ? NULL : at + len;
}

/* Where the next one begins after one that ends here: at a multiple of 4 bytes,
 * or where the message ends.
 */
static const u8 *behind(const struct lb_sync_reader *r, const u8 *end)
{
	size_t gap = -(end - r->data) & 3;

	return end + min_t(size_t, gap, r->end - end);
}

static enum lb_sync_bad read_header(struct lb_sync_reader *r, u16 len)
{
	struct header header = {};

	if (len < HEADER0_LEN)
		return LB_SYNC_BAD_LENGTH;
	memcpy(&header, r->data, min_t(size_t, len, sizeof(header)));
	if (ntohs(header.size) != len)
		return LB_SYNC_BAD_SIZE;
	r->syncid = header.syncid;
	if (header.nr0) {
		r->version = 0;
		r->left = header.nr0;
		r->pos = r->data + HEADER0_LEN;
		return LB_SYNC_GOOD;
	}
	if (len < sizeof(header))
		return LB_SYNC_BAD_LENGTH;
	if (header.version != 1 || header.spare)
		return LB_SYNC_BAD_VERSION;
	r->version = 1;
	r->left = header.nr;
	r->pos = r->data + sizeof(header);
	return LB_SYNC_GOOD;
}

/* Newer trailers may be longer: what is known comes first, the tag last. */
static enum lb_sync_bad read_trailer(const u8 *at, size_t len,
				     struct lb_sync_trailer *t)
{
	size_t least = sizeof(struct trailer);
	struct trailer trailer;

	if (len < least)
		return LB_SYNC_BAD_TRAILER;
	memcpy(&trailer, at, sizeof(trailer));
	t->keyed = trailer.flags & TRAILER_KEYED;
	if (t->keyed)
		least += LB_SYNC_TAG_LEN;
	if (trailer.version != TRAILER_VERSION || len < least ||
	    ntohs(trailer.len) != len)
		return LB_SYNC_BAD_TRAILER;
	t->seq = ntohl(trailer.seq);
	t->config = ntohl(trailer.config);
	t->sender = be64_to_cpu(trailer.sender);
	t->echo = be64_to_cpu(trailer.echo);
	t->done = be64_to_cpu(trailer.done);
	t->request.nonce = be64_to_cpu(trailer.nonce);
	t->request.of = be64_to_cpu(trailer.of);
	t->request.from = ntohl(trailer.from);
	t->request.to = ntohl(trailer.to);
	t->request.kind = trailer.kind;
	return LB_SYNC_GOOD;
}

/**
 * lb_sync_wire_open() - Begin to read a message.
 * @r: Filled.
 * @data: The message, from anybody; it stays until it was read.
 * @len: Its length.
 * @trailer: Filled if it has one.
 * @has_trailer: Set to whether it has.
 *
 * That no entry reaches beyond the end of the message is known afterwards.
 *
 * Return: LB_SYNC_GOOD, or why the whole message is not believed.
 */
enum lb_sync_bad lb_sync_wire_open(struct lb_sync_reader *r, const u8 *data,
				   u16 len, struct lb_sync_trailer *trailer,
				   bool *has_trailer)
{
	enum lb_sync_bad bad;
	const u8 *at;
	u8 i;

	*has_trailer = false;
	r->is_ours = false;
	r->data = data;
	r->end = data + len;
	bad = read_header(r, len);
	if (bad)
		return bad;
	at = r->pos;
	for (i = 0; i < r->left; i++) {
		at = end_of_entry(r, at);
		if (!at)
			return LB_SYNC_BAD_LENGTH;
		if (r->version)
			at = behind(r, at);
	}
	if (!r->version || r->end - at < sizeof(u32) ||
	    get_unaligned_be32(at) != TRAILER_MAGIC)
		return LB_SYNC_GOOD;
	r->is_ours = true;
	*has_trailer = true;
	return read_trailer(at, r->end - at, trailer);
}

/**
 * struct text - What an option says.
 * @at: In the message; NULL without the option.
 * @len: Its length.
 */
struct text {
	const u8 *at;
	u8 len;
};

/**
 * struct told - What an entry says, of either version.
 * @entry: As in version 1; what version 0 does not have is 0.
 * @addrs: Addresses of the client, the service, the real server.
 * @ftp: What it says of sequence numbers.
 * @has_seq: It says something.
 * @ours: What directors of lb tell each other.
 * @has_ours: They do.
 * @call_id: What a template is found by.
 * @engine: Name of what understands that.
 * @our_call_id: Of the template that a connection was made with.
 */
struct told {
	struct entry entry;
	union lb_addr addrs[3];
	struct lb_ftp ftp;
	bool has_seq;
	struct ours ours;
	bool has_ours;
	struct text call_id;
	struct text engine;
	struct text our_call_id;
};

static bool read_seq(const u8 *at, u8 len, struct told *told)
{
	if (len != SEQ_LEN || told->has_seq)
		return false;
	at += SEQ_FROM_SERVER;
	told->ftp.pos = get_unaligned_be32(at);
	told->ftp.after = get_unaligned_be32(at + 4);
	told->ftp.before = get_unaligned_be32(at + 8);
	told->has_seq = true;
	return true;
}

/* Version 0 has them in the order of bytes of the sender, which it does not
 * tell: as IPVS does, take it for ours.
 */
static void read_seq0(const u8 *at, struct told *told)
{
	u32 seq[3];

	memcpy(seq, at + SEQ_FROM_SERVER, sizeof(seq));
	told->ftp.pos = seq[0];
	told->ftp.after = seq[1];
	told->ftp.before = seq[2];
	told->has_seq = true;
}

static bool read_text(const u8 *at, u8 len, struct text *text)
{
	if (text->at)
		return false;
	text->at = at;
	text->len = len;
	return true;
}

static bool read_ours(const u8 *at, u8 len, struct told *told)
{
	if (told->has_ours)
		return false;
	memcpy(&told->ours, at, min_t(size_t, len, sizeof(told->ours)));
	told->has_ours = true;
	return true;
}

static bool read_option(u8 option, const u8 *at, u8 len, struct told *told)
{
	switch (option) {
	case OPTION_OURS:
		return read_ours(at, len, told);
	case OPTION_SEQ:
	case OPTION_SEQ | OPTION_MAY_SKIP:
		return read_seq(at, len, told);
	case OPTION_OUR_CALL_ID:
		return read_text(at, len, &told->our_call_id);
	case OPTION_CALL_ID:
	case OPTION_CALL_ID | OPTION_MAY_SKIP:
		return read_text(at, len, &told->call_id);
	case OPTION_ENGINE:
	case OPTION_ENGINE | OPTION_MAY_SKIP:
		return read_text(at, len, &told->engine);
	default:
		return option & OPTION_MAY_SKIP;
	}
}

static bool read_options(const u8 *at, const u8 *end, struct told *told)
{
	u8 option, len;

	while (at < end) {
		if (end - at < OPTION_HEAD)
			return false;
		option = *at++;
		len = *at++;
		if (!len || len > end - at ||
		    !read_option(option, at, len, told))
			return false;
		at += len;
	}
	return true;
}

static enum lb_sync_bad read_entry(const u8 *at, const u8 *end,
				   struct told *told)
{
	size_t addr_len = sizeof(__be32);
	size_t i;

	memcpy(&told->entry, at, sizeof(told->entry));
	if (ntohs(told->entry.ver_len) >> LEN_BITS)
		return LB_SYNC_BAD_VERSION;
	if (told->entry.type & ~TYPE_IPV6)
		return LB_SYNC_BAD_TYPE;
	if (told->entry.type)
		addr_len = sizeof(struct in6_addr);
	at += sizeof(told->entry);
	if (end - at < 3 * addr_len)
		return LB_SYNC_BAD_LENGTH;
	for (i = 0; i < 3; i++, at += addr_len)
		memcpy(&told->addrs[i], at, addr_len);
	return read_options(at, end, told) ? LB_SYNC_GOOD : LB_SYNC_BAD_OPTION;
}

static void read_entry0(const u8 *at, struct told *told)
{
	struct entry0 entry;
	size_t i;

	memcpy(&entry, at, sizeof(entry));
	told->entry.proto = entry.proto;
	told->entry.flags = htonl(ntohs(entry.flags));
	told->entry.state = entry.state;
	told->entry.cport = entry.cport;
	told->entry.vport = entry.vport;
	told->entry.dport = entry.dport;
	for (i = 0; i < 3; i++)
		told->addrs[i].ip = entry.addrs[i];
	if (ntohs(entry.flags) & IP_VS_CONN_F_SEQ_MASK)
		read_seq0(at + sizeof(entry), told);
}

/* Nobody has told yet from which port the client comes: a template could be
 * found by any packet then.
 */
static enum lb_sync_bad check_flags(const struct entry *entry)
{
	u32 flags = ntohl(entry->flags);

	if (flags & ~KNOWN_FLAGS ||
	    (flags & IP_VS_CONN_F_NO_CPORT && flags & IP_VS_CONN_F_TEMPLATE))
		return LB_SYNC_BAD_FLAGS;
	if (flags & (IP_VS_CONN_F_NO_CPORT | IP_VS_CONN_F_TEMPLATE) &&
	    entry->cport)
		return LB_SYNC_BAD_PORT;
	return LB_SYNC_GOOD;
}

static enum lb_sync_bad take_forward(struct lb_image *image, u32 flags)
{
	switch (flags & IP_VS_CONN_F_FWD_MASK) {
	case IP_VS_CONN_F_MASQ:
		image->forward = LB_FORWARD_NAT;
		return LB_SYNC_GOOD;
	case IP_VS_CONN_F_TUNNEL:
		image->forward = LB_FORWARD_TUN;
		return LB_SYNC_GOOD;
	case IP_VS_CONN_F_LOCALNODE: /* local to the sender only */
		image->forward = LB_IMAGE_FORWARD_ANY;
		return LB_SYNC_GOOD;
	case IP_VS_CONN_F_DROUTE:
		image->forward = LB_FORWARD_DR;
		return LB_SYNC_GOOD;
	default:
		return LB_SYNC_BAD_FORWARD;
	}
}

/* The last number of a state that there is. */
static int last_state(const struct lb_image *image)
{
	if (is_template(image))
		return 1; /* assured, which means nothing to lb */
	switch (image->tuple.proto) {
	case IPPROTO_TCP:
		return LB_STATE_SYNACK;
	case IPPROTO_SCTP:
		return LB_STATE_SCTP_CLOSED - SCTP_SHIFT;
	default:
		return 0;
	}
}

static enum lb_sync_bad take_state(struct lb_image *image, u16 state)
{
	u8 proto = image->tuple.proto;

	if (proto != IPPROTO_TCP && proto != IPPROTO_UDP && !is_sctp(image) &&
	    (proto || !is_template(image)))
		return LB_SYNC_BAD_PROTO;
	if (state > last_state(image))
		return LB_SYNC_BAD_STATE;
	if (is_template(image))
		image->state = LB_STATE_NONE;
	else if (proto == IPPROTO_UDP)
		image->state = LB_STATE_UDP;
	else
		image->state = is_sctp(image) && state ? state + SCTP_SHIFT :
							 state;
	return LB_SYNC_GOOD;
}

static bool is_sip(const struct text *name)
{
	return name->at && name->len == ENGINE_SIP_LEN &&
	       !memcmp(name->at, ENGINE_SIP, ENGINE_SIP_LEN);
}

static bool is_call_id(const struct text *text)
{
	u8 i;

	for (i = 0; i < text->len; i++)
		if (text->at[i] <= ' ' || text->at[i] > '~')
			return false;
	return text->len;
}

/* IPVS may tell one of a connection, too: that says nothing. */
static enum lb_sync_bad take_call_id(struct lb_image *image,
				     const struct told *told)
{
	const struct text *text = is_template(image) ? &told->call_id :
						       &told->our_call_id;
	struct lb_call_id *id = &image->call_id;

	if (!text->at && !(is_template(image) && told->engine.at))
		return LB_SYNC_GOOD;
	if (!is_call_id(text) || (is_template(image) && !is_sip(&told->engine)))
		return LB_SYNC_BAD_CALL_ID;
	if (is_template(image))
		image->tuple.template = LB_TEMPLATE_CALL_ID;
	image->ext = LB_EXT_CALL_ID;
	id->client = told->addrs[0];
	memcpy(id->text, text->at, text->len);
	id->text[text->len] = '\0';
	return LB_SYNC_GOOD;
}

static enum lb_sync_bad take_ftp(struct lb_image *image,
				 const struct told *told)
{
	bool passive = told->ours.flags & OURS_PASSIVE;

	if (!told->has_seq && !passive)
		return LB_SYNC_GOOD;
	if (image->tuple.proto != IPPROTO_TCP || image->tuple.template ||
	    image->forward != LB_FORWARD_NAT || image->ext)
		return LB_SYNC_BAD_OPTION;
	image->ext = LB_EXT_FTP;
	image->ftp = told->ftp;
	image->ftp.passive = passive;
	return LB_SYNC_GOOD;
}

/* The mark is the packet's in messages of IPVS, and counts for its service only
 * perhaps; but where the service of a template has one, that is its address.
 */
static u32 mark_of(const struct lb_image *image, const struct told *told)
{
	if (!is_template(image))
		return ntohl(told->entry.fwmark);
	return image->tuple.proto ? 0 : ntohl(told->addrs[1].ip);
}

static void take_addrs(struct lb_image *image, const struct told *told)
{
	struct lb_tuple *t = &image->tuple;
	bool by_call = t->template == LB_TEMPLATE_CALL_ID;

	t->sport = told->entry.cport;
	t->dport = told->entry.vport;
	image->dport = told->entry.dport;
	image->dest = told->addrs[2];
	image->dest_family = told->entry.type ? AF_INET6 : AF_INET;
	image->own_port = told->ours.own_port;
	image->control = told->ours.control;
	if (told->entry.type) {
		if (!by_call)
			t->saddr6 = told->addrs[0].ip6;
		t->daddr6 = told->addrs[1].ip6;
		lb_tuple_fold(t);
		return;
	}
	if (!by_call)
		t->saddr = told->addrs[0].ip;
	t->daddr = told->addrs[1].ip;
}

/* IPVS does not say whether there is a template. If its service has some, the
 * client's is looked for.
 */
static bool may_be_persistent(const struct lb_sync_reader *r,
			      const struct lb_image *image,
			      const struct told *told)
{
	if (r->is_ours)
		return told->ours.flags & OURS_PERSISTENT;
	return !image->tuple.template;
}

static enum lb_sync_bad take(const struct lb_sync_reader *r,
			     struct lb_image *image, const struct told *told)
{
	const struct entry *entry = &told->entry;
	u32 flags = ntohl(entry->flags);
	enum lb_sync_bad bad;

	memset(image, 0, sizeof(*image));
	image->tuple.proto = entry->proto;
	if (flags & IP_VS_CONN_F_TEMPLATE)
		image->tuple.template = LB_TEMPLATE_CLIENT;
	else if (flags & IP_VS_CONN_F_NO_CPORT)
		image->tuple.template = LB_TEMPLATE_EXPECTED;
	bad = check_flags(entry) ?: take_forward(image, flags) ?:
	      take_state(image, ntohs(entry->state)) ?:
	      take_call_id(image, told) ?: take_ftp(image, told);
	if (bad)
		return bad;
	if (ntohl(entry->timeout) > LB_TIMEOUT_MAX)
		return LB_SYNC_BAD_TIMEOUT;
	take_addrs(image, told);
	image->heard = !is_template(image) && !(flags & IP_VS_CONN_F_NOOUTPUT);
	image->persistent = may_be_persistent(r, image, told);
	image->fwmark = mark_of(image, told);
	image->left = entry->timeout ? lb_ticks(ntohl(entry->timeout)) :
				       LB_IMAGE_LEFT_ANY;
	return LB_SYNC_GOOD;
}

/**
 * lb_sync_wire_next() - Read the next connection of a message.
 * @r: Message that was opened.
 * @image: Filled. Its @left is LB_IMAGE_LEFT_ANY without a time in the message.
 *	@ext is LB_EXT_FTP only if there is something to tell about a control
 *	connection of FTP.
 * @bad: Set to why one is not believed.
 *
 * Return: 1, 0 if there is none, -EINVAL if it is not believed: there may be
 * others.
 */
int lb_sync_wire_next(struct lb_sync_reader *r, struct lb_image *image,
		      enum lb_sync_bad *bad)
{
	struct told told = {};
	const u8 *at = r->pos;
	const u8 *end;

	*bad = LB_SYNC_GOOD;
	if (!r->left)
		return 0;
	r->left--;
	end = end_of_entry(r, at);
	if (r->version) {
		r->pos = behind(r, end);
		*bad = read_entry(at, end, &told);
	} else {
		r->pos = end;
		read_entry0(at, &told);
	}
	if (!*bad)
		*bad = take(r, image, &told);
	return *bad ? -EINVAL : 1;
}

#ifdef LB_DEBUG
#include "../selftest/sync_wire.c"
#endif
