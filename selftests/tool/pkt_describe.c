// SPDX-License-Identifier: GPL-2.0-only
/* A packet's description from its bytes. */
#include <arpa/inet.h>
#include <stdio.h>
#include <string.h>

#include "pkt.h"

/* What lies behind an IP header. */
struct body {
	struct view v;
	const char *state;	/* of its checksum, or "" */
	bool partial;		/* the sender left that to the device */
	bool inner;		/* quoted by an error, so cut */
	bool whole;		/* neither that nor a fragment */
};

static void describe_any(struct text *out, struct view p, bool partial,
			 bool inner);

static void need(struct view v, size_t len)
{
	if (v.len < len)
		refuse("cut");
}

static bool all_of(struct view v, const char *others)
{
	size_t i;

	for (i = 0; i < v.len; i++)
		if ((v.at[i] < '!' || v.at[i] > '~') &&
		    (!v.at[i] || !strchr(others, v.at[i])))
			return false;
	return true;
}

static bool is_pattern(struct view v)
{
	size_t i;

	for (i = 0; i < v.len; i++)
		if (v.at[i] != i % 251)
			return false;
	return true;
}

void describe_data(struct text *out, struct view v)
{
	if (is_pattern(v)) {
		write_text(out, "data %zu", v.len);
	} else if (v.len < 80 && all_of(v, "")) {
		write_text(out, "data text=%.*s", (int)v.len, v.at);
	} else if (v.len < 80 && all_of(v, "\r\n ")) {
		write_text(out, "data hex=");
		write_hex(out, v);
	} else {
		write_text(out, "data %zu crc=%08x", v.len, crc32(v));
	}
}

/* The data of a packet behind its first bytes, if there is any. */
static void describe_rest(struct text *out, struct view v, size_t from)
{
	if (v.len <= from)
		return;
	write_text(out, " / ");
	describe_data(out, part(v, from, v.len));
}

/* --- one header ------------------------------------------------------- */

static void describe_address(struct text *out, const struct field *field,
			     const uint8_t *at)
{
	char name[INET6_ADDRSTRLEN];

	inet_ntop(field->width == 32 ? AF_INET : AF_INET6, at, name,
		  sizeof(name));
	write_text(out, " %s=%s", field->name, name);
}

static void describe_letters(struct text *out, uint32_t value)
{
	int i;

	for (i = 0; tcp_flags[i]; i++)
		if (value & 1 << i)
			write_text(out, "%c", tcp_flags[i]);
}

static void describe_field(struct text *out, const struct field *field,
			   const uint8_t *head)
{
	uint32_t value;

	if (field->kind == ADDRESS) {
		describe_address(out, field, head + field->bit / 8);
		return;
	}
	value = get_bits(head, field->bit, field->width) << field->shift;
	if (field->told == NONZERO && !value)
		return;
	write_text(out, " %s", field->name);
	if (field->kind == LETTERS) {
		write_text(out, "=");
		describe_letters(out, value);
	} else if (field->kind != FLAG) {
		write_text(out, "=%u", value);
	}
}

/* The name of a header and those of its fields that are there. */
static void describe_head(struct text *out, unsigned int proto, struct view v)
{
	const struct layer *layer = layer_by_proto(proto);
	const struct field *field;

	write_text(out, "%s%s", out->len ? " / " : "", layer->name);
	for (field = layer->fields; field->name; field++)
		if (field->told != NEVER &&
		    field->bit + field->width <= v.len * 8)
			describe_field(out, field, v.at);
}

static void describe_hex(struct text *out, const char *name, struct view v)
{
	write_text(out, " %s=", name);
	write_hex(out, v);
}

static void describe_state(struct text *out, const char *state)
{
	if (*state)
		write_text(out, " csum=%s", state);
}

/* --- GRE and GUE ------------------------------------------------------ */

static void describe_gre(struct text *out, struct body body)
{
	struct view v = body.v;
	uint16_t flags;

	if (!body.whole)
		refuse("a part of GRE");
	need(v, 4);
	flags = get16(v.at);
	write_text(out, " / gre");
	if (flags == 0x8000)
		write_text(out, " csum%s", checksum(0, v) ? "=bad" : "");
	else if (flags)
		write_text(out, " flags=%x", flags);
	describe_any(out, part(v, flags == 0x8000 ? 8 : 4, v.len), false,
		     false);
}

/* GUE and what is in it, completed as the receiver does. */
static void describe_gue(struct text *out, struct view v)
{
	struct view inner = part(v, 4 + (v.at[0] & 31) * 4, v.len);
	struct packet completed;
	size_t start, offset;

	write_text(out, " / gue%s", v.at[3] & 1 ? " rco" : "");
	if (v.at[3] & 1) {
		start = get16(v.at + 8);
		offset = get16(v.at + 10);
		need(inner, offset + 2);
		completed.len = 0;
		append(&completed, inner.at, inner.len);
		put16(completed.at + offset,
		      checksum(0, part(inner, start, inner.len)));
		inner = whole(&completed);
	}
	describe_any(out, inner, false, false);
}

/* --- transport -------------------------------------------------------- */

static void describe_tcp(struct text *out, struct body body)
{
	struct view v = body.v;
	size_t len;
	bool sack;

	need(v, 8);
	describe_head(out, TCP, v.len < 20 ? part(v, 0, 8) : v);
	if (v.len < 20) {
		describe_state(out, body.state);
		return;
	}
	len = (v.at[12] >> 4) * 4;
	sack = v.len >= 23 && !memcmp(v.at + 20, "\1\1\5", 3);
	if (len > 20 && (sack || v.at[13] & 2))
		describe_hex(out, "opts", part(v, 20, len));
	describe_state(out, body.state);
	describe_rest(out, v, len);
}

static void describe_udp(struct text *out, struct body body)
{
	struct view v = body.v;
	uint16_t csum;

	need(v, 8);
	describe_head(out, UDP, v);
	csum = get16(v.at + 6);
	if (!csum)
		body.state = "none";
	else if (csum == 0xffff && !*body.state)
		body.state = "ffff";
	describe_state(out, body.state);
	if (get16(v.at + 2) == GUE_PORT && body.whole && v.len > 32)
		describe_gue(out, part(v, 8, v.len));
	else
		describe_rest(out, v, 8);
}

/* As it stands in the packet: its bytes the other way round. */
static bool sctp_is_right(struct view v)
{
	static const uint8_t none[4];
	uint32_t value;
	int i;

	value = crc32c(part(v, 0, 8), 0);
	value = crc32c((struct view) { none, 4 }, value);
	value = crc32c(part(v, 12, v.len), value);
	for (i = 0; i < 4; i++)
		if (v.at[8 + i] != (uint8_t)(value >> 8 * i))
			return false;
	return true;
}

static void describe_sctp(struct text *out, struct body body)
{
	struct view v = body.v, data = {};
	const char *sep = " chunks=";
	size_t at, len;

	need(v, 4);
	describe_head(out, SCTP, v.len < 16 ? part(v, 0, 4) : v);
	if (v.len < 16)
		return;
	for (at = 12; at + 4 <= v.len; at += len < 4 ? 4 : (len + 3) & ~3UL) {
		if (v.at[at] < ARRAY_SIZE(chunk_names))
			write_text(out, "%s%s", sep, chunk_names[v.at[at]]);
		else
			write_text(out, "%s%u", sep, v.at[at]);
		sep = "+";
		len = get16(v.at + at + 2);
		data = part(v, at + 4, at + len);
	}
	if (body.whole && !*body.state && !sctp_is_right(v))
		body.state = "bad";
	describe_state(out, body.state);
	describe_rest(out, data, 0);
}

/* esp and ah */
static void describe_cipher(struct text *out, unsigned int proto,
			    struct view v)
{
	need(v, proto == AH ? 12 : 8);
	describe_head(out, proto, v);
	describe_rest(out, v, proto == AH ? 24 : 8);
}

static void describe_icmp(struct text *out, unsigned int proto,
			  struct body body)
{
	struct view v = body.v;
	bool error, too_big;
	uint8_t type;

	need(v, 8);
	type = v.at[0];
	describe_head(out, proto, v);
	if (proto == ICMP) {
		error = (type >= 3 && type <= 5) || type == 11 || type == 12;
		too_big = type == 3 && v.at[1] == 4;
	} else {
		error = type >= 1 && type <= 4;
		too_big = type == 2;
	}
	if (proto == ICMP ? !type || type == 8 : type == 128 || type == 129)
		write_text(out, " id=%u seq=%u", get16(v.at + 4),
			   get16(v.at + 6));
	else if (too_big)
		write_text(out, " mtu=%u", proto == ICMP ? get16(v.at + 6) :
			   get_bits(v.at, 32, 32));
	if (!strcmp(body.state, "bad"))
		describe_state(out, body.state);
	if (error)
		describe_any(out, part(v, 8, v.len), false, true);
	else
		describe_rest(out, v, 8);
}

/* p: the packet, from its IP header on. */
static void describe_body(struct text *out, struct view p,
			  unsigned int proto, struct body body)
{
	bool ip6 = p.at[0] >> 4 == 6;

	switch (proto) {
	case IP:
	case IP6:
		describe_any(out, body.v, body.partial, body.inner);
		break;
	case GRE:
		describe_gre(out, body);
		break;
	case TCP:
		describe_tcp(out, body);
		break;
	case UDP:
		describe_udp(out, body);
		break;
	case SCTP:
		describe_sctp(out, body);
		break;
	case ESP:
	case AH:
		describe_cipher(out, proto, body.v);
		break;
	default:
		if (proto != (ip6 ? ICMP6 : ICMP))
			refuse("proto=%u behind that IP", proto);
		describe_icmp(out, proto, body);
	}
}

/* --- IP --------------------------------------------------------------- */

static const char *state_of(struct view p, unsigned int proto,
			    struct body body)
{
	bool summed = proto == TCP || proto == UDP || proto == ICMP6;

	if (body.partial)
		return "partial";
	if (body.whole && summed &&
	    checksum(pseudo(p.at, proto, body.v.len), body.v))
		return "bad";
	return "";
}

static void describe_ip(struct text *out, struct view p, bool partial,
			bool inner)
{
	struct body body = { .partial = partial, .inner = inner };
	char state[12];
	uint16_t frag;
	uint8_t proto;
	size_t ihl;

	need(p, 20);
	ihl = (p.at[0] & 15) * 4;
	frag = get16(p.at + 6);
	proto = p.at[9];
	describe_head(out, IP, p);
	if (ihl > 20)
		describe_hex(out, "opts", part(p, 20, ihl));
	if (checksum(0, part(p, 0, ihl)))
		write_text(out, " csum=bad");
	body.v = part(p, ihl, get16(p.at + 2));
	body.whole = !inner && !(frag & 0x3fff);
	if (frag & 0x1fff || !layer_by_proto(proto) || is_extension(proto)) {
		write_text(out, " proto=%u / ", proto);
		describe_data(out, body.v);
		return;
	}
	body.state = state_of(p, proto, body);
	if (proto == SCTP && frag & 0x2000 && !inner && body.v.len >= 12) {
		/* To be compared with that of the whole. */
		snprintf(state, sizeof(state), "%08x",
			 get_bits(body.v.at, 64, 32));
		body.state = state;
	}
	if (proto == ICMP && body.whole && checksum(0, body.v))
		body.state = "bad";
	describe_body(out, p, proto, body);
}

/* Options that say nothing, and a fragment's number, are not told. */
static void describe_extension(struct text *out, struct view p, size_t at,
			       unsigned int proto)
{
	struct view v = part(p, at, at + 8 + p.at[at + 1] * 8);

	describe_head(out, proto, v);
	if (proto == RH)
		describe_hex(out, "rest", part(v, 4, v.len));
	else if (proto != FRAG &&
		 (v.len != 8 || memcmp(v.at + 2, PADDING, 6)))
		describe_hex(out, "opts", part(v, 2, v.len));
}

/* The extensions, up to where walk ends; proto: that of a later fragment. */
static void describe_extensions(struct text *out, struct view p, size_t end)
{
	struct walk walk = walk_begin(p);

	for (; walk.at < end; walk_next(p, &walk)) {
		describe_extension(out, p, walk.at, walk.proto);
		if (walk.proto == FRAG && get16(p.at + walk.at + 2) & 0xfff8)
			write_text(out, " proto=%u", p.at[walk.at]);
	}
}

static void describe_ip6(struct text *out, struct view p, bool partial,
			 bool inner)
{
	struct body body = { .partial = partial, .inner = inner,
			     .whole = !inner };
	struct walk walk;
	bool known;

	need(p, 40);
	describe_head(out, IP6, p);
	p = part(p, 0, 40 + get16(p.at + 4));
	walk = walk_begin(p);
	do {
		if (walk.ended || !is_extension(walk.proto))
			break;
		if (walk.at + 8 > p.len)
			refuse("cut");
		if (walk.proto == FRAG && get16(p.at + walk.at + 2))
			body.whole = false;
	} while (walk_next(p, &walk));

	body.v = part(p, walk.at, p.len);
	known = layer_by_proto(walk.proto) && !is_extension(walk.proto);
	if (!known && !walk.ended)
		write_text(out, " proto=%u", walk.proto);
	describe_extensions(out, p, walk.at);
	if (walk.ended || !known) {
		write_text(out, " / ");
		describe_data(out, body.v);
		return;
	}
	body.state = state_of(p, walk.proto, body);
	describe_body(out, p, walk.proto, body);
}

/*
 * partial: the sender left the transport checksum to the device.
 * inner: quoted by an ICMP error, so cut, and not answering for checksums.
 */
static void describe_any(struct text *out, struct view p, bool partial,
			 bool inner)
{
	need(p, 1);
	if (p.at[0] >> 4 == 6)
		describe_ip6(out, p, partial, inner);
	else
		describe_ip(out, p, partial, inner);
}

void describe(struct text *out, struct view p, bool partial)
{
	out->len = 0;
	describe_any(out, p, partial, false);
}

/* False for one that ends too early. */
bool try_describe(struct text *out, struct view p, bool partial)
{
	struct refuge *const before = refuge;
	struct refuge here;
	bool cut;

	refuge = &here;
	cut = setjmp(here.at);
	if (!cut)
		describe(out, p, partial);
	refuge = before;
	return !cut;
}
