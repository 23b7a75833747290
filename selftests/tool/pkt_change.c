// SPDX-License-Identifier: GPL-2.0-only
/* Packets from packets: fragments, and other bytes in them. */
#include <stdlib.h>
#include <string.h>

#include "pkt.h"

struct walk walk_begin(struct view p)
{
	if (p.len < 40)
		refuse("cut");
	return (struct walk) { .at = 40, .proto = p.at[6] };
}

/*
 * To the next header of IPv6; false behind the first that is no extension, or
 * that is part of a later fragment.
 */
bool walk_next(struct view p, struct walk *walk)
{
	const uint8_t *head = p.at + walk->at;
	size_t len = 8;

	if (walk->ended || !is_extension(walk->proto) || walk->at + 8 > p.len)
		return false;
	if (walk->proto == FRAG)
		walk->ended = get16(head + 2) & 0xfff8;
	else
		len += head[1] * 8;
	walk->proto = head[0];
	walk->at += len;
	return true;
}

/* Where the fragment header is, or where it ought to be; false if it is not. */
bool find_fragment(struct view p, size_t *before, size_t *at)
{
	struct walk walk = walk_begin(p);

	*before = 6;
	do {
		*at = walk.at;
		if (walk.proto == FRAG && walk.at + 8 > p.len)
			refuse("cut");
		if (walk.proto == FRAG)
			return true;
		*before = walk.at;
	} while (walk_next(p, &walk));

	walk = walk_begin(p);
	*before = 6;
	do {
		*at = walk.at;
		if (walk.proto != HBH && walk.proto != RH)
			return false;
		*before = walk.at;
	} while (walk_next(p, &walk));
	refuse("no end of headers");
}

typedef void (*take_fn)(const struct packet *fragment, void *arg);

static void fragment6(struct view p, size_t size, take_fn take, void *arg)
{
	uint8_t head[8] = { [7] = 1 };
	size_t before, at, start;
	static struct packet out;
	struct view body, data;

	if (find_fragment(p, &before, &at)) {
		body = part(p, at + 8, p.len);
		memcpy(head, p.at + at, 8);
	} else {
		body = part(p, at, p.len);
		head[0] = p.at[before];
	}
	head[1] = 0;
	for (start = 0; start < body.len; start += size) {
		data = part(body, start, start + size);
		put16(head + 2, start | (start + size < body.len));
		out.len = 0;
		append(&out, p.at, at);
		append(&out, head, 8);
		append(&out, data.at, data.len);
		out.at[before] = FRAG;
		put16(out.at + 4, out.len - 40);
		take(&out, arg);
	}
}

/* Fragments of size bytes of payload, a multiple of 8. */
void fragment(struct view p, size_t size, take_fn take, void *arg)
{
	size_t start, ihl = (p.at[0] & 15) * 4;
	struct view body = part(p, ihl, p.len), data;
	static struct packet out;

	if (p.at[0] >> 4 == 6) {
		fragment6(p, size, take, arg);
		return;
	}
	for (start = 0; start < body.len; start += size) {
		data = part(body, start, start + size);
		out.len = 0;
		append(&out, p.at, ihl);
		append(&out, data.at, data.len);
		put16(out.at + 2, out.len);
		put16(out.at + 6, start >> 3 |
		      (start + size < body.len ? 0x2000 : 0));
		ip_checksum(out.at, out.len, 0);
		take(&out, arg);
	}
}

/* The last of the fragments that begins there, or NULL. */
static const struct view *fragment_at(const struct view *parts, size_t n,
				      size_t offset)
{
	size_t before, at;

	while (n--) {
		find_fragment(parts[n], &before, &at);
		if ((get16(parts[n].at + at + 2) & 0xfff8U) == offset)
			return &parts[n];
	}
	return NULL;
}

/* The packet that these fragments make, if they do. */
bool unfragment6(const struct view *parts, size_t n, struct packet *p)
{
	size_t before, at, end = 0;
	const struct view *found;
	bool more = true;

	p->len = 0;
	while (more) {
		found = fragment_at(parts, n, end);
		if (!found)
			return false;
		find_fragment(*found, &before, &at);
		more = found->at[at + 3] & 1;
		if (!end) {
			append(p, found->at, at);
			p->at[before] = found->at[at];
		}
		append(p, found->at + at + 8, found->len - at - 8);
		end += found->len - at - 8;
	}
	put16(p->at + 4, p->len - 40);
	return true;
}

/* Other bytes at a place, OFFSET:HEX, and a right IP checksum. */
void patch(struct packet *p, const char *wish)
{
	char *offset = strdupa(wish), *colon = strchr(offset, ':');
	size_t at, len = p->len;
	bool ip6 = p->at[0] >> 4 == 6;

	if (!colon)
		refuse("no OFFSET:HEX: %s", wish);
	*colon = '\0';
	at = number(offset, p->len);
	p->len = at;
	append_hex(p, colon + 1);
	if (p->len < len)
		p->len = len;
	if (!ip6)
		ip_checksum(p->at, p->len, 0);
}

/* The packet as it is before a device has put in its checksum. */
void leave_checksum(struct packet *p, size_t at)
{
	bool ip6 = p->at[0] >> 4 == 6;
	uint64_t sum = pseudo(p->at, p->at[ip6 ? 6 : 9],
			      p->len - (ip6 ? 40 : 20));

	put16(p->at + at, ~checksum(sum, (struct view) {}));
}

/* Without the number that a sender behind us made up. */
void make_anonymous(struct packet *p)
{
	size_t before, at;

	if (p->len < 20)
		refuse("cut");
	if (p->at[0] >> 4 == 6) {
		find_fragment(whole(p), &before, &at);
		if (p->at[6] == FRAG)
			memset(p->at + at + 4, 0, 4);
	} else if (p->at[9] == ICMP || p->at[9] == IP || p->at[9] == IP6) {
		put16(p->at + 4, 0);
		ip_checksum(p->at, p->len, 0);
	}
}
