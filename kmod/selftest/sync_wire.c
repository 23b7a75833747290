// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of messages of synchronisation: what ip_vs sent, and what we make;
 * cut at each place, and changed at random.
 */

#include <linux/hex.h>
#include <linux/moduleparam.h>
#include <linux/prandom.h>
#include <linux/slab.h>

static unsigned int fuzz = 20000;
module_param(fuzz, uint, 0400);
MODULE_PARM_DESC(fuzz, "messages that the self-test changes (20000)");

#define TEST_MAX 1400
#define TEST_IMAGES 2

#define IP(a, b, c, d) cpu_to_be32((a) << 24 | (b) << 16 | (c) << 8 | (d))
#define CLIENT IP(192u, 168, 1, 5)
#define VIRTUAL IP(192u, 168, 1, 111)
#define SERVER IP(172u, 16, 32, 110)
#define IP6(net, host) { .s6_addr32 = { IP(0x20u, 1, 0x0d, 0xb8), \
	cpu_to_be32((net) << 16), 0, cpu_to_be32(host) } }
#define PORT(port) cpu_to_be16(port)

#define TUPLE(p, s, d) .saddr = CLIENT, .daddr = VIRTUAL, .proto = p, \
	.sport = PORT(s), .dport = PORT(d)
#define TO_SERVER(port) .dest.ip = SERVER, .dest_family = AF_INET, \
	.dport = PORT(port)

/**
 * struct golden - A message, and what it says.
 * @what: What it is about.
 * @hex: Its bytes.
 * @seconds: Of each connection; 0 for those without a time.
 * @images: The connections; their left is given by @seconds.
 */
struct golden {
	const char *what;
	const char *hex;
	u32 seconds[TEST_IMAGES];
	struct lb_image images[TEST_IMAGES];
};

/* All but the last two were sent by ip_vs of Linux 6.12. */
static const struct golden goldens[] = {
	{
		.what = "TCP",
		.hex = "0007002c010100000006002400000000000103e900501f900000000000000384c0a80105c0a8016fac10206e",
		.seconds = { 900 },
		.images = {{
			.tuple = { TUPLE(IPPROTO_TCP, 1001, 80) },
			TO_SERVER(8080),
			.state = LB_STATE_ESTABLISHED,
			.heard = true,
			.persistent = true,
		}},
	},
	{
		.what = "UDP, direct routing",
		.hex = "0007002c010100000011002400000183000007d100350035000000000000012cc0a80105c0a8016fac10206e",
		.seconds = { 300 },
		.images = {{
			.tuple = { TUPLE(IPPROTO_UDP, 2001, 53) },
			TO_SERVER(53),
			.forward = LB_FORWARD_DR,
			.state = LB_STATE_UDP,
			.persistent = true,
		}},
	},
	{
		.what = "connection and template",
		.hex = "0007005002010000000600240000000000010fa101bb01bc0000000000000384c0a80105c0a8016fac10206e00060024000011000001000001bb01bc0000000000000168c0a80100c0a8016fac10206e",
		.seconds = { 900, 360 },
		.images = {{
			.tuple = { TUPLE(IPPROTO_TCP, 4001, 443) },
			TO_SERVER(444),
			.state = LB_STATE_ESTABLISHED,
			.heard = true,
			.persistent = true,
		}, {
			.tuple = {
				.template = LB_TEMPLATE_CLIENT,
				.proto = IPPROTO_TCP,
				.saddr = IP(192u, 168, 1, 0),
				.daddr = VIRTUAL,
				.dport = PORT(443),
			},
			TO_SERVER(444),
		}},
	},
	{
		.what = "SIP",
		.hex = "0007006402010000001100240000010000001b5913c413c4000000000000012cc0a80105c0a8016fac10206e00110038000011000000000013c413c4000000000000003cc0a80105c0a8016fac10206e020d616263314031302e302e302e310303736970",
		.seconds = { 300, 60 },
		.images = {{
			.tuple = { TUPLE(IPPROTO_UDP, 7001, 5060) },
			TO_SERVER(5060),
			.state = LB_STATE_UDP,
			.heard = true,
			.persistent = true,
		}, {
			.tuple = {
				.template = LB_TEMPLATE_CALL_ID,
				.proto = IPPROTO_UDP,
				.daddr = VIRTUAL,
				.dport = PORT(5060),
			},
			TO_SERVER(5060),
			.ext = LB_EXT_CALL_ID,
			.call_id = {
				.client.ip = CLIENT,
				.text = "abc1@10.0.0.1",
			},
		}},
	},
	{
		.what = "version 0, TCP",
		.hex = "0107001c000603e800501f90c0a80105c0a8016fac10206e00000001",
		.images = {{
			.tuple = { TUPLE(IPPROTO_TCP, 1000, 80) },
			TO_SERVER(8080),
			.state = LB_STATE_ESTABLISHED,
			.heard = true,
			.persistent = true,
		}},
	},
	{
		.what = "version 0, connection and template",
		.hex = "0207003400060fa001bb01bcc0a80105c0a8016fac10206e000000010006000001bb01bcc0a80100c0a8016fac10206e11000001",
		.images = {{
			.tuple = { TUPLE(IPPROTO_TCP, 4000, 443) },
			TO_SERVER(444),
			.state = LB_STATE_ESTABLISHED,
			.heard = true,
			.persistent = true,
		}, {
			.tuple = {
				.template = LB_TEMPLATE_CLIENT,
				.proto = IPPROTO_TCP,
				.saddr = IP(192u, 168, 1, 0),
				.daddr = VIRTUAL,
				.dport = PORT(443),
			},
			TO_SERVER(444),
		}},
	},
	{
		.what = "SCTP",
		.hex = "0007002c01010000008400240000000000081f41006300630000000000000384c0a80105c0a8016fac10206e",
		.seconds = { 900 },
		.images = {{
			.tuple = { TUPLE(IPPROTO_SCTP, 8001, 99) },
			TO_SERVER(99),
			.state = LB_STATE_SCTP_ESTABLISHED,
			.heard = true,
			.persistent = true,
		}},
	},
	{
		.what = "IPv6",
		.hex = "000700500101000001060048000000000001138900500050000000000000038420010db800010000000000000000000520010db800010000000000000000011120010db8000200000000000000000110",
		.seconds = { 900 },
		.images = {{
			.tuple = {
				.proto = IPPROTO_TCP,
				.ipv6 = 1,
				.sport = PORT(5001),
				.dport = PORT(80),
				.saddr6 = IP6(1u, 5u),
				.daddr6 = IP6(1u, 0x111u),
			},
			.dest.ip6 = IP6(2u, 0x110u),
			.dest_family = AF_INET6,
			.dport = PORT(80),
			.state = LB_STATE_ESTABLISHED,
			.heard = true,
			.persistent = true,
		}},
	},
	{
		.what = "mark",
		.hex = "0007005002010000000600240000000000010bb9005800580000123400000384c0a80105c0a8016fac10206e00000024000011000001000000000000000012340000012cc0a8010500001234ac10206e",
		.seconds = { 900, 300 },
		.images = {{
			.tuple = { TUPLE(IPPROTO_TCP, 3001, 88) },
			TO_SERVER(88),
			.fwmark = 0x1234,
			.state = LB_STATE_ESTABLISHED,
			.heard = true,
			.persistent = true,
		}, {
			.tuple = {
				.template = LB_TEMPLATE_CLIENT,
				.saddr = CLIENT,
				.daddr = IP(0u, 0, 0x12, 0x34),
			},
			TO_SERVER(0),
			.fwmark = 0x1234,
		}},
	},
	{
		.what = "version 0, mark",
		.hex = "0207003400060bb800580058c0a80105c0a8016fac10206e000000010000000000000000c0a8010500001234ac10206e11000001",
		.images = {{
			.tuple = { TUPLE(IPPROTO_TCP, 3000, 88) },
			TO_SERVER(88),
			.state = LB_STATE_ESTABLISHED,
			.heard = true,
			.persistent = true,
		}, {
			.tuple = {
				.template = LB_TEMPLATE_CLIENT,
				.saddr = CLIENT,
				.daddr = IP(0u, 0, 0x12, 0x34),
			},
			TO_SERVER(0),
			.fwmark = 0x1234,
		}},
	},
	{
		.what = "FTP with sequence numbers",
		.hex = "00070046010100000006003e0000020000011771001500150000000000000384c0a80105c0a8016fac10206e01180000000000000000000000000000012c00000002ffffffff",
		.seconds = { 900 },
		.images = {{
			.tuple = { TUPLE(IPPROTO_TCP, 6001, 21) },
			TO_SERVER(21),
			.state = LB_STATE_ESTABLISHED,
			.heard = true,
			.persistent = true,
			.ext = LB_EXT_FTP,
			.ftp = { .pos = 300, .before = -1, .after = 2 },
		}},
	},
	{
		.what = "FTP data that is expected, and an unknown option",
		.hex = "00070030010100000006002800000900000900004e214e210000000000000078c0a80105c0a8016fac10206e7f02ffff",
		.seconds = { 120 },
		.images = {{
			.tuple = {
				.template = LB_TEMPLATE_EXPECTED,
				TUPLE(IPPROTO_TCP, 0, 20001),
			},
			TO_SERVER(20001),
			.state = LB_STATE_LISTEN,
			.heard = true,
		}},
	},
};

/**
 * struct refusal - The first golden message, made wrong.
 * @what: What is wrong.
 * @bad: What it is refused for.
 * @at: Where other bytes are put.
 * @patch: These, in hex.
 * @options: Behind the entry.
 */
struct refusal {
	const char *what;
	enum lb_sync_bad bad;
	u8 at;
	const char *patch;
	const char *options;
};

#define ENTRY_AT sizeof(struct header)
#define FIELD(member) (ENTRY_AT + offsetof(struct entry, member))
#define ZEROS32 "0000000000000000000000000000000000000000000000000000000000000000"
#define SEQ24 "0118000000000000000000000000000000010000000200000003"

static const struct refusal refusals[] = {
	{ "longer", LB_SYNC_BAD_SIZE, 2, "002d" },
	{ "shorter", LB_SYNC_BAD_SIZE, 2, "002b" },
	{ "two entries", LB_SYNC_BAD_LENGTH, 4, "02" },
	{ "version 2", LB_SYNC_BAD_VERSION, 5, "02" },
	{ "no version", LB_SYNC_BAD_VERSION, 5, "00" },
	{ "spare", LB_SYNC_BAD_VERSION, 7, "01" },
	{ "entry of 0", LB_SYNC_BAD_LENGTH, FIELD(ver_len), "0000" },
	{ "entry of 35", LB_SYNC_BAD_LENGTH, FIELD(ver_len), "0023" },
	{ "entry of 37", LB_SYNC_BAD_LENGTH, FIELD(ver_len), "0025" },
	{ "entry's version", LB_SYNC_BAD_VERSION, FIELD(ver_len), "1024" },
	{ "short IPv6", LB_SYNC_BAD_LENGTH, FIELD(type), "01" },
	{ "type", LB_SYNC_BAD_TYPE, FIELD(type), "02" },
	{ "template without port", LB_SYNC_BAD_FLAGS, FIELD(flags),
	  "00001800000000000000" },
	{ "one packet", LB_SYNC_BAD_FLAGS, FIELD(flags), "00002000" },
	{ "flag 3", LB_SYNC_BAD_FLAGS, FIELD(flags), "00000008" },
	{ "flag 14", LB_SYNC_BAD_FLAGS, FIELD(flags), "00004000" },
	{ "flag 31", LB_SYNC_BAD_FLAGS, FIELD(flags), "80000000" },
	{ "bypass", LB_SYNC_BAD_FORWARD, FIELD(flags), "00000004" },
	{ "forward", LB_SYNC_BAD_FORWARD, FIELD(flags), "00000007" },
	{ "protocol", LB_SYNC_BAD_PROTO, FIELD(proto), "32" },
	{ "no protocol", LB_SYNC_BAD_PROTO, FIELD(proto), "00" },
	{ "TCP state", LB_SYNC_BAD_STATE, FIELD(state), "000b" },
	{ "TCP state 257", LB_SYNC_BAD_STATE, FIELD(state), "0101" },
	{ "UDP state", LB_SYNC_BAD_STATE, FIELD(proto),
	  "1100240000000000010001" },
	{ "template's state", LB_SYNC_BAD_STATE, FIELD(flags),
	  "0000110000020000" },
	{ "timeout", LB_SYNC_BAD_TIMEOUT, FIELD(timeout), "0028de81" },
	{ "timeout for ever", LB_SYNC_BAD_TIMEOUT, FIELD(timeout), "ffffffff" },
	{ "port of none", LB_SYNC_BAD_PORT, FIELD(flags), "00000900" },
	{ "template's port", LB_SYNC_BAD_PORT, FIELD(flags), "00001100" },
	{ "half a head", LB_SYNC_BAD_OPTION, 0, "", "41" },
	{ "empty option", LB_SYNC_BAD_OPTION, 0, "", "7f00" },
	{ "cut option", LB_SYNC_BAD_OPTION, 0, "", "7f02ff" },
	{ "unknown option", LB_SYNC_BAD_OPTION, 0, "", "0401ff" },
	{ "short numbers", LB_SYNC_BAD_OPTION, 0, "", "010400000000" },
	{ "numbers twice", LB_SYNC_BAD_OPTION, 0, "", SEQ24 SEQ24 },
	{ "numbers of UDP", LB_SYNC_BAD_OPTION, FIELD(proto),
	  "11003e000000000000", SEQ24 },
	{ "numbers of DR", LB_SYNC_BAD_OPTION, FIELD(flags), "00000203",
	  SEQ24 },
	{ "ours twice", LB_SYNC_BAD_OPTION, 0, "", "6c01006c0100" },
	{ "Call-ID twice", LB_SYNC_BAD_OPTION, 0, "", "020161020161" },
	{ "Call-ID alone", LB_SYNC_BAD_CALL_ID, FIELD(flags),
	  "0000110000000000", "020161" },
	{ "engine alone", LB_SYNC_BAD_CALL_ID, FIELD(flags),
	  "0000110000000000", "0303736970" },
	{ "other engine", LB_SYNC_BAD_CALL_ID, FIELD(flags),
	  "0000110000000000", "0201610303736971" },
	{ "longer engine", LB_SYNC_BAD_CALL_ID, FIELD(flags),
	  "0000110000000000", "020161030473697070" },
	{ "NUL in Call-ID", LB_SYNC_BAD_CALL_ID, FIELD(flags),
	  "0000110000000000", "02036100610303736970" },
	{ "blank in Call-ID", LB_SYNC_BAD_CALL_ID, FIELD(flags),
	  "0000110000000000", "020220610303736970" },
	{ "our Call-ID", LB_SYNC_BAD_CALL_ID, 0, "", "6d0100" },
	{ "half a trailer", LB_SYNC_BAD_TRAILER, 4, "000100006c620001" },
	{ "trailer's length", LB_SYNC_BAD_TRAILER, 4,
	  "000100006c62000101000045", ZEROS32 },
	{ "trailer's version", LB_SYNC_BAD_TRAILER, 4,
	  "000100006c62000102000044", ZEROS32 },
	{ "no tag", LB_SYNC_BAD_TRAILER, 4,
	  "000100006c62000101010044", ZEROS32 },
};

/**
 * struct bench - What is worked on.
 * @room: Memory of TEST_MAX bytes: a message ends where it does, so that KASAN
 *	sees what is read behind it.
 * @msg: A message.
 * @len: Its length.
 * @image: What it says.
 * @again: And what one says that was made of that.
 * @random: For changes.
 */
struct bench {
	u8 *room;
	u8 msg[TEST_MAX + LB_SYNC_TRAILER_MAX];
	u16 len;
	struct lb_image image;
	struct lb_image again;
	struct rnd_state random;
};

static bool fail(const char *test, const char *what)
{
	pr_err("selftest: sync_wire: %s: %s\n", test, what);
	return false;
}

static void load(struct bench *b, const char *hex)
{
	b->len = strlen(hex) / 2;
	WARN_ON(hex2bin(b->msg, hex, b->len));
}

/* The message as one that was received. */
static enum lb_sync_bad receive(struct bench *b, struct lb_sync_reader *r,
				struct lb_sync_trailer *t, bool *has_trailer)
{
	u8 *at = b->room + TEST_MAX - b->len;

	memcpy(at, b->msg, b->len);
	return lb_sync_wire_open(r, at, b->len, t, has_trailer);
}

static enum lb_sync_bad receive_first(struct bench *b)
{
	struct lb_sync_trailer t;
	struct lb_sync_reader r;
	enum lb_sync_bad bad;
	bool has_trailer;

	bad = receive(b, &r, &t, &has_trailer);
	if (!bad)
		lb_sync_wire_next(&r, &b->image, &bad);
	return bad;
}

static bool test_golden(struct bench *b, const struct golden *golden)
{
	struct lb_sync_trailer t;
	struct lb_sync_reader r;
	enum lb_sync_bad bad;
	bool has_trailer;
	size_t i;

	load(b, golden->hex);
	if (receive(b, &r, &t, &has_trailer) || has_trailer ||
	    r.syncid != 7)
		return fail(golden->what, "not opened");
	for (i = 0; i < TEST_IMAGES && golden->images[i].dest_family; i++) {
		if (lb_sync_wire_next(&r, &b->image, &bad) != 1)
			return fail(golden->what, "not read");
		b->again = golden->images[i];
		b->again.left = golden->seconds[i] ?
				lb_ticks(golden->seconds[i]) :
				LB_IMAGE_LEFT_ANY;
		if (b->again.tuple.ipv6)
			lb_tuple_fold(&b->again.tuple);
		if (memcmp(&b->image, &b->again, sizeof(b->image)))
			return fail(golden->what, "read otherwise");
	}
	return lb_sync_wire_next(&r, &b->image, &bad) ?
	       fail(golden->what, "too much is read") : true;
}

/* What ip_vs says of one connection, we say in the same words. */
static bool test_same_words(struct bench *b, const struct golden *golden)
{
	struct lb_sync_buf buf;
	u8 *made = b->room;
	size_t i;
	u16 len;

	load(b, golden->hex);
	lb_sync_wire_begin(&buf, made, TEST_MAX, 7);
	for (i = 0; i < TEST_IMAGES && golden->images[i].dest_family; i++) {
		b->image = golden->images[i];
		b->image.left = lb_ticks(golden->seconds[i]);
		b->image.persistent = false;
		if (b->image.tuple.ipv6)
			lb_tuple_fold(&b->image.tuple);
		lb_sync_wire_add(&buf, &b->image);
	}
	len = lb_sync_wire_end(&buf, NULL);
	return (len == b->len && !memcmp(made, b->msg, len)) ||
	       fail(golden->what, "said otherwise");
}

static bool test_refusal(struct bench *b, const struct refusal *refusal)
{
	const char *options = refusal->options ?: "";
	const char *patch = refusal->patch;
	u16 more = strlen(options) / 2;

	load(b, goldens[0].hex);
	WARN_ON(hex2bin(b->msg + b->len, options, more));
	b->len += more;
	b->msg[3] += more;
	b->msg[FIELD(ver_len) + 1] += more;
	WARN_ON(hex2bin(b->msg + refusal->at, patch, strlen(patch) / 2));
	return receive_first(b) == refusal->bad ||
	       fail(refusal->what, "not refused, or for another reason");
}

/* What is lost on the way, though nothing is wrong: what says the same, and
 * what means nothing.
 */
static void normalize(struct lb_image *image)
{
	if (image->own_port == image->dport)
		image->own_port = 0;
	if (!image->left)
		image->left = lb_ticks(1);
	if (image->ext != LB_EXT_FTP || has_seq(image))
		return;
	image->ftp.pos = 0;
	if (!image->ftp.passive)
		image->ext = LB_EXT_NONE;
}

/* b->image, told and read, in a message with a trailer. */
static bool comes_back(struct bench *b, bool keyed)
{
	const struct lb_sync_trailer t = {
		.sender = 1ULL << 63 | 1, .echo = 2ULL << 32, .done = 3,
		.seq = 1u << 31 | 4, .config = 5, .keyed = keyed,
		.request = { LB_SYNC_ASK_RANGE, 6ULL << 32, 7, 8, 9 },
	};
	struct lb_sync_trailer told = {};
	struct lb_sync_reader r;
	struct lb_sync_buf buf;
	enum lb_sync_bad bad;
	bool has_trailer;

	lb_sync_wire_begin(&buf, b->msg, LB_SYNC_LEN_MIN, 1);
	if (!lb_sync_wire_add(&buf, &b->image) || buf.nr != 1)
		return false;
	b->len = lb_sync_wire_end(&buf, &t);
	if (keyed)
		memset(b->msg + b->len - LB_SYNC_TAG_LEN, 0xff,
		       LB_SYNC_TAG_LEN);
	normalize(&b->image);
	return !receive(b, &r, &told, &has_trailer) && has_trailer &&
	       lb_sync_wire_next(&r, &b->again, &bad) == 1 &&
	       !memcmp(&b->image, &b->again, sizeof(b->image)) &&
	       !lb_sync_wire_next(&r, &b->again, &bad) &&
	       told.sender == t.sender && told.echo == t.echo &&
	       told.done == t.done && told.seq == t.seq &&
	       told.config == t.config && told.keyed == keyed &&
	       told.request.kind == t.request.kind &&
	       told.request.nonce == t.request.nonce &&
	       told.request.of == t.request.of &&
	       told.request.from == t.request.from &&
	       told.request.to == t.request.to;
}

static bool test_states(struct bench *b)
{
	u8 state, proto;

	for (state = 0; state <= LB_STATE_MAX; state++) {
		proto = state < LB_STATE_UDP ? IPPROTO_TCP :
			state == LB_STATE_UDP ? IPPROTO_UDP : IPPROTO_SCTP;
		b->image = goldens[0].images[0];
		b->image.tuple.proto = proto;
		b->image.state = state;
		b->image.heard = state & 1;
		b->image.persistent = state & 2;
		b->image.forward = state % 3;
		b->image.fwmark = (u32)state << 28;
		b->image.own_port = PORT(state & 4);
		b->image.left = lb_ticks(1 << state);
		if (b->image.left > lb_ticks(LB_TIMEOUT_MAX))
			b->image.left = lb_ticks(LB_TIMEOUT_MAX);
		if (!comes_back(b, state & 1))
			return fail("round trip", "a state");
	}
	return true;
}

/* All that a connection of FTP, one of SIP, the longest template can have. */
static bool test_extras(struct bench *b)
{
	static const struct lb_ftp ftp = { 1, 2, 3, true };
	const struct lb_image *call = &goldens[3].images[1];

	b->image = goldens[0].images[0];
	b->image.ext = LB_EXT_FTP;
	b->image.ftp = ftp;
	if (!comes_back(b, false))
		return fail("round trip", "FTP");
	b->image = goldens[0].images[0];
	b->image.control = PORT(1000);
	b->image.own_port = PORT(99);
	if (!comes_back(b, false))
		return fail("round trip", "data of FTP");
	b->image = goldens[3].images[0];
	b->image.ext = LB_EXT_CALL_ID;
	b->image.call_id = call->call_id;
	if (!comes_back(b, false))
		return fail("round trip", "a connection by Call-ID");
	b->image = *call;
	b->image.tuple.ipv6 = 1;
	b->image.dest_family = AF_INET6;
	b->image.call_id.client.ip6.s6_addr32[3] = CLIENT;
	b->image.own_port = PORT(1);
	memset(b->image.call_id.text, 'x', LB_CALL_ID_MAX);
	b->image.tuple.daddr6.s6_addr32[2] = VIRTUAL;
	lb_tuple_fold(&b->image.tuple);
	b->image.left = lb_ticks(1);
	return comes_back(b, true) || fail("round trip", "the longest");
}

/* Full when it says so, and every connection is in it then. */
static bool test_full(struct bench *b)
{
	struct lb_sync_trailer t = { .keyed = true };
	struct lb_sync_reader r;
	enum lb_sync_bad bad;
	struct lb_sync_buf buf;
	bool has_trailer;
	u8 n = 0;

	lb_sync_wire_begin(&buf, b->msg, TEST_MAX, 1);
	b->image = goldens[2].images[1];
	b->image.dest_family = AF_INET6;
	if (!lb_sync_wire_add(&buf, &b->image) || buf.nr)
		return fail("full", "what cannot be told is not left out");
	b->image.dest_family = AF_INET;
	buf.max = buf.len + 35;
	if (!lb_sync_wire_add(&buf, &b->image) || buf.nr)
		return fail("full", "what never fits is not left out");
	buf.max = TEST_MAX;
	buf.nr = U8_MAX;
	if (lb_sync_wire_add(&buf, &b->image))
		return fail("full", "256 connections");
	buf.nr = 0;
	while (lb_sync_wire_add(&buf, &b->image))
		n++;
	if (buf.nr != n || buf.len > TEST_MAX || buf.len < TEST_MAX - 40)
		return fail("full", "not full");
	b->len = lb_sync_wire_end(&buf, &t);
	if (lb_sync_wire_open(&r, b->msg, b->len, &t, &has_trailer) ||
	    !has_trailer || !t.keyed)
		return fail("full", "not opened");
	while (lb_sync_wire_next(&r, &b->again, &bad) == 1)
		n--;
	return !n || fail("full", "not all are read");
}

static void set_size(struct bench *b)
{
	put_unaligned_be16(b->len, b->msg + offsetof(struct header, size));
}

/* Does it keep what its readers rely on? */
static bool is_sane(const struct lb_image *image)
{
	const struct lb_tuple *t = &image->tuple;
	bool by_call = t->template == LB_TEMPLATE_CALL_ID;

	if ((image->left > lb_ticks(LB_TIMEOUT_MAX) &&
	     image->left != LB_IMAGE_LEFT_ANY) ||
	    image->state > LB_STATE_MAX || t->dir ||
	    t->template > LB_TEMPLATE_EXPECTED || (t->template && t->sport) ||
	    image->dest_family != (t->ipv6 ? AF_INET6 : AF_INET))
		return false;
	if (image->ext == LB_EXT_CALL_ID)
		return by_call == is_template(image) &&
		       image->call_id.text[0] &&
		       strnlen(image->call_id.text, LB_CALL_ID_MAX + 1) <=
		       LB_CALL_ID_MAX;
	if (by_call)
		return false;
	return image->ext == LB_EXT_NONE ||
	       (image->ext == LB_EXT_FTP && !t->template &&
		t->proto == IPPROTO_TCP);
}

/* Read what may be anything. What is believed is sane, and can be told. */
static bool survives(struct bench *b, u32 *believed)
{
	struct lb_sync_trailer t;
	struct lb_sync_reader r;
	enum lb_sync_bad bad;
	u16 len = b->len;
	bool has_trailer;
	u8 msg_nr;
	int found;

	if (receive(b, &r, &t, &has_trailer))
		return true;
	msg_nr = r.left;
	while ((found = lb_sync_wire_next(&r, &b->image, &bad))) {
		if (!msg_nr--)
			return false;
		if (found < 0 && bad)
			continue;
		if (bad)
			return false;
		++*believed;
		if (!is_sane(&b->image))
			return false;
	}
	b->len = len;
	return b->image.forward == LB_IMAGE_FORWARD_ANY || bad ||
	       !b->image.dest_family || comes_back(b, true);
}

/* Cut at each length, whether it says so or not. */
static bool test_cut(struct bench *b, const struct golden *golden)
{
	enum lb_sync_bad bad;
	u32 believed = 0;
	u16 len;

	for (len = strlen(golden->hex) / 2; len-- > 0;) {
		load(b, golden->hex);
		b->len = len;
		bad = receive_first(b);
		if (bad != LB_SYNC_BAD_SIZE && bad != LB_SYNC_BAD_LENGTH)
			return fail(golden->what, "cut, and not refused");
		if (len < HEADER0_LEN)
			continue;
		set_size(b);
		if (receive_first(b) != LB_SYNC_BAD_LENGTH ||
		    !survives(b, &believed) || believed)
			return fail(golden->what, "shorter, and not refused");
	}
	return true;
}

/* A golden message with some bytes that are others, and perhaps with one of the
 * refused options, cut or longer.
 */
static void change(struct bench *b)
{
	u32 r = prandom_u32_state(&b->random);
	const char *options = refusals[r % ARRAY_SIZE(refusals)].options;
	u8 changes = r >> 8 & 7;

	load(b, goldens[(r >> 16) % ARRAY_SIZE(goldens)].hex);
	if (options && r & BIT(12)) {
		WARN_ON(hex2bin(b->msg + b->len, options, strlen(options) / 2));
		b->len += strlen(options) / 2;
		b->msg[FIELD(ver_len) + 1] += strlen(options) / 2;
	}
	if (r & BIT(13))
		b->len -= prandom_u32_state(&b->random) % 8;
	set_size(b);
	while (changes--) {
		r = prandom_u32_state(&b->random);
		b->msg[r % b->len] ^= r & BIT(31) ? BIT(r >> 16 & 7) : r >> 16;
	}
	if (r & BIT(30))
		set_size(b);
}

static bool test_changes(struct bench *b)
{
	u32 believed = 0;
	unsigned int i;

	prandom_seed_state(&b->random, 1);
	for (i = 0; i < fuzz; i++) {
		change(b);
		if (!survives(b, &believed)) {
			pr_err("selftest: sync_wire: change %u\n", i);
			return false;
		}
		if (i % 1024 == 0)
			cond_resched();
	}
	if (fuzz > 20000)
		pr_notice("selftest: sync_wire: %u changes, %u believed\n",
			  fuzz, believed);
	return believed >= fuzz / 8 || fail("changes", "too few are believed");
}

static bool test_all(struct bench *b)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(goldens); i++)
		if (!test_golden(b, &goldens[i]) || !test_cut(b, &goldens[i]))
			return false;
	for (i = 0; i < ARRAY_SIZE(refusals); i++)
		if (!test_refusal(b, &refusals[i]))
			return false;
	return test_same_words(b, &goldens[0]) &&
	       test_same_words(b, &goldens[1]) &&
	       test_same_words(b, &goldens[3]) &&
	       test_same_words(b, &goldens[7]) &&
	       test_same_words(b, &goldens[10]) && test_states(b) &&
	       test_extras(b) && test_full(b) && test_changes(b);
}

/**
 * lb_sync_wire_selftest() - Check the messages of synchronisation.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_sync_wire_selftest(void)
{
	struct bench *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int err = -ENOMEM;

	if (!b)
		return err;
	b->room = kmalloc(TEST_MAX, GFP_KERNEL);
	if (b->room)
		err = test_all(b) ? 0 : -EINVAL;
	kfree(b->room);
	kfree(b);
	return err;
}
