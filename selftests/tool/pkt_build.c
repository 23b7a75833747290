// SPDX-License-Identifier: GPL-2.0-only
/* A packet's bytes from its description. */
#include <arpa/inet.h>
#include <stdlib.h>
#include <string.h>

#include "pkt.h"

/* A layer of the packet that is built. */
struct part {
	const struct layer *layer;
	size_t at;
	size_t options;			/* bytes of them */
	const char *given[FIELDS_MAX];	/* what is said of each field */
};

struct parts {
	size_t n;
	struct part part[LAYERS_MAX];
};

void append_pattern(struct packet *p, size_t len)
{
	uint8_t *at = append(p, NULL, len);
	size_t i;

	for (i = 0; i < len; i++)
		at[i] = i % 251;
}

/* The byte that an escape stands for; text: what follows its backslash. */
static uint8_t escaped(const char **text)
{
	static const char letters[] = "rnt\\", bytes[] = "\r\n\t\\";
	const char *letter = **text ? strchr(letters, **text) : NULL;
	char digits[4] = "", *end;
	unsigned long value;

	if (letter) {
		++*text;
		return bytes[letter - letters];
	}
	strncat(digits, *text, 3);
	value = *digits == 'x' ? strtoul(digits + 1, &end, 16) :
				 strtoul(digits, &end, 8);
	if (end != digits + 3 || value > 0xff)
		refuse("no such escape: \\%s", digits);
	*text += 3;
	return value;
}

static void append_escaped(struct packet *p, const char *text)
{
	uint8_t byte;

	while (*text) {
		byte = *text++;
		if (byte == '\\')
			byte = escaped(&text);
		append(p, &byte, 1);
	}
}

void build_data(struct packet *p, const char *word)
{
	if (!strncmp(word, "text=", 5))
		append(p, word + 5, strlen(word + 5));
	else if (!strncmp(word, "esc=", 4))
		append_escaped(p, word + 4);
	else if (!strncmp(word, "hex=", 4))
		append_hex(p, word + 4);
	else
		append_pattern(p, number(word, PACKET_MAX));
}

/* --- the fields of a header ------------------------------------------- */

static const char *given(const struct part *part, const char *name)
{
	const struct field *field = part->layer->fields;
	size_t i;

	for (i = 0; field[i].name; i++)
		if (!strcmp(field[i].name, name))
			return part->given[i];
	return NULL;
}

static void read_word(struct part *part, char *word)
{
	const struct field *field = part->layer->fields;
	char *value = strchr(word, '=');
	size_t i;

	if (value)
		*value++ = '\0';
	for (i = 0; field[i].name; i++) {
		if (strcmp(field[i].name, word))
			continue;
		part->given[i] = value ?: "";
		return;
	}
	refuse("%s has no %s", part->layer->name, word);
}

static uint32_t letters(const char *text)
{
	const char *letter;
	uint32_t value = 0;

	for (; *text; text++) {
		letter = strchr(tcp_flags, *text);
		if (!letter)
			refuse("no such flag: %c", *text);
		value |= 1 << (letter - tcp_flags);
	}
	return value;
}

static uint32_t next_proto(const struct parts *parts, size_t i)
{
	if (i + 1 == parts->n || parts->part[i + 1].layer->proto == DATA)
		refuse("%s before what?", parts->part[i].layer->name);
	return parts->part[i + 1].layer->proto;
}

static uint32_t value_of(const struct field *field, const char *text)
{
	unsigned long max = (1UL << (field->width + field->shift)) - 1;

	if (field->kind == FLAG)
		return !!text;
	if (!text)
		return field->normal;
	if (field->kind == LETTERS)
		return letters(text);
	return number(text, max) >> field->shift;
}

static void put_field(struct packet *p, struct parts *parts, size_t i,
		      size_t nr)
{
	struct part *part = &parts->part[i];
	const struct field *field = &part->layer->fields[nr];
	const char *text = part->given[nr];
	uint8_t *head = p->at + part->at;
	uint32_t value;

	if (field->needed && !text)
		refuse("%s without %s", part->layer->name, field->name);
	switch (field->kind) {
	case ADDRESS:
		if (inet_pton(field->width == 32 ? AF_INET : AF_INET6, text,
			      head + field->bit / 8) != 1)
			refuse("no address: %s", text);
		break;
	case NEXT:
		value = text && *text ? value_of(field, text) :
			next_proto(parts, i);
		put_bits(head, field->bit, field->width, value);
		break;
	case WISH:
	case HEX:
		break;
	default:
		value = value_of(field, text);
		if (text || value)
			put_bits(head, field->bit, field->width, value);
	}
}

/* --- what depends on what follows ------------------------------------- */

static struct view rest(const struct packet *p, const struct part *part)
{
	return (struct view) { p->at + part->at, p->len - part->at };
}

/* The IP header before that layer. */
static const uint8_t *outer(const struct packet *p, const struct parts *parts,
			    size_t i)
{
	const struct layer *layer;

	while (i--) {
		layer = parts->part[i].layer;
		if (layer->proto == IP || layer->proto == IP6)
			return p->at + parts->part[i].at;
		if (!layer->extension)
			break;
	}
	refuse("no IP before it");
}

static uint16_t wished(const char *wish, uint16_t right)
{
	struct packet *hex;
	uint16_t value;

	if (!wish || !strcmp(wish, "ok"))
		return right;
	if (!strcmp(wish, "bad"))
		return right ^ 0x5555;
	if (!strcmp(wish, "none"))
		return 0;
	hex = calloc(1, sizeof(*hex));
	append_hex(hex, wish);
	value = get16(hex->at);
	free(hex);
	return value;
}

/* The checksum in that place of the header. */
static void finish_checksum(struct packet *p, const struct parts *parts,
			    size_t i, size_t at)
{
	const struct part *part = &parts->part[i];
	unsigned int proto = part->layer->proto;
	const uint8_t *ip = outer(p, parts, i);
	struct view v = rest(p, part);
	bool icmp4 = ip[0] >> 4 != 6 && proto == ICMP;
	uint16_t value;

	if (ip[0] >> 4 != 6)
		proto = ip[9];
	value = checksum(icmp4 ? 0 : pseudo(ip, proto, v.len), v);
	if (proto == UDP && !value)
		value = 0xffff;
	put16(p->at + part->at + at, wished(given(part, "csum"), value));
}

static uint8_t chunk_type(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(chunk_names); i++)
		if (!strcmp(chunk_names[i], name))
			return i;
	refuse("no such chunk: %s", name);
}

/* The heads of chunks, the last of which takes the data that follows. */
static void append_chunks(struct packet *p, const char *list)
{
	char names[128], *name, *next = names;
	uint8_t *head;

	if (strlen(list) >= sizeof(names))
		refuse("too many chunks");
	memcpy(names, list, strlen(list) + 1);
	while ((name = strsep(&next, "+"))) {
		head = append(p, NULL, 4);
		head[0] = chunk_type(name);
		head[3] = 4;
	}
}

static void finish_sctp(struct packet *p, const struct part *part)
{
	uint8_t *head = p->at + part->at, *chunk = head + 12;
	const char *chunks = given(part, "chunks");
	const char *wish = given(part, "csum");
	struct packet *hex;
	uint32_t value;
	size_t i;

	while ((chunks = strchr(chunks, '+'))) {
		chunks++;
		chunk += 4;
	}
	put16(chunk + 2, p->at + p->len - chunk);
	append(p, NULL, -(p->at + p->len - chunk) & 3);
	value = crc32c(rest(p, part), 0);
	for (i = 0; i < 4; i++)
		head[8 + i] = value >> 8 * i;
	if (!wish || !strcmp(wish, "ok"))
		return;
	if (!strcmp(wish, "bad")) {
		for (i = 0; i < 4; i++)
			head[8 + i] ^= 0x55;
		return;
	}
	hex = calloc(1, sizeof(*hex));
	append_hex(hex, wish);
	memcpy(head + 8, hex->at, 4);
	free(hex);
}

/* Options that are no whole words of 32 bits make it malformed. */
static void finish_ip(struct packet *p, const struct part *part)
{
	size_t len = p->len - part->at - part->options % 4;
	uint8_t *head = p->at + part->at;
	struct view v = { head, 20 + part->options };

	if (len > 0xffff)
		refuse("too long for ip: %zu", len);
	head[0] |= 5 + part->options / 4;
	put16(head + 2, len);
	put16(head + 10, checksum(0, v));
}

static void finish_ip6(struct packet *p, const struct part *part)
{
	size_t len = p->len - part->at - 40;

	if (len > 0xffff)
		refuse("too long for ip6: %zu", len);
	put16(p->at + part->at + 4, len);
}

static void finish(struct packet *p, const struct parts *parts, size_t i)
{
	const struct part *part = &parts->part[i];
	uint8_t *head = p->at + part->at;

	switch (part->layer->proto) {
	case IP:
		finish_ip(p, part);
		break;
	case IP6:
		finish_ip6(p, part);
		break;
	case HBH:
	case DOPT:
	case RH:
		head[1] = (part->layer->len - 2 + part->options) / 8;
		break;
	case TCP:
		head[12] = 0x50 + part->options * 4;
		finish_checksum(p, parts, i, 16);
		break;
	case UDP:
		put16(head + 4, p->len - part->at);
		finish_checksum(p, parts, i, 6);
		break;
	case ICMP:
	case ICMP6:
		finish_checksum(p, parts, i, 2);
		break;
	case SCTP:
		finish_sctp(p, part);
		break;
	case AH:
		head[1] = 4;
		break;
	default:
		break;
	}
}

/* --- all of it -------------------------------------------------------- */

static const char *options_of(const struct part *part)
{
	const struct field *field = part->layer->fields;
	size_t i;

	for (i = 0; field[i].name; i++)
		if (field[i].kind == HEX)
			return part->given[i];
	return NULL;
}

/* Headers say their length in such units. To say a wrong one takes a patch. */
static size_t unit_of(enum proto proto)
{
	switch (proto) {
	case IP:
	case TCP:
		return 4;
	case HBH:
	case DOPT:
	case RH:
		return 8;
	default:
		return 1;
	}
}

/* The layer's header, but for its fields. */
static void append_layer(struct packet *p, struct part *part)
{
	const char *options = options_of(part);
	enum proto proto = part->layer->proto;
	size_t begin;

	part->at = p->len;
	append(p, NULL, part->layer->len);
	if (proto == IP || proto == IP6)
		p->at[part->at] = proto == IP ? 0x40 : 0x60;
	begin = p->len;
	if (options)
		append_hex(p, options);
	else if (proto == HBH || proto == DOPT)
		append(p, PADDING, 6);
	else if (proto == RH)
		append(p, NULL, 4);
	else if (proto == SCTP)
		append_chunks(p, given(part, "chunks") ?: "data");
	part->options = p->len - begin;
	if ((p->len - part->at) % unit_of(proto))
		refuse("%s with %zu bytes of options", part->layer->name,
		       part->options);
}

static void read_layer(struct packet *p, struct part *part, char *text)
{
	char *word = strtok_r(text, " \t\n", &text);

	if (!word)
		refuse("no layer beside a /");
	part->layer = layer_by_name(word);
	if (!part->layer->made)
		refuse("%s is only received", word);
	if (part->layer->proto != DATA) {
		while ((word = strtok_r(NULL, " \t\n", &text)))
			read_word(part, word);
		append_layer(p, part);
		return;
	}
	word = strtok_r(NULL, " \t\n", &text);
	if (!word)
		refuse("how much data?");
	build_data(p, word);
	if (strtok_r(NULL, " \t\n", &text))
		refuse("more than data");
}

void build(struct packet *p, const char *text)
{
	char *copy = strdupa(text), *layer;
	struct parts parts = {};
	size_t i, nr;

	p->len = 0;
	while ((layer = strsep(&copy, "/"))) {
		if (parts.n == LAYERS_MAX)
			refuse("too many layers");
		read_layer(p, &parts.part[parts.n++], layer);
	}
	for (i = 0; i < parts.n; i++)
		for (nr = 0; parts.part[i].layer->fields[nr].name; nr++)
			put_field(p, &parts, i, nr);
	for (i = parts.n; i--;)
		finish(p, &parts, i);
}
