// SPDX-License-Identifier: GPL-2.0-only
/* Bytes of packets, their checksums, and text. */
#include <errno.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "pkt.h"

struct refuge *refuge;
char refusal[512];

void refuse(const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	vsnprintf(refusal, sizeof(refusal), fmt, args);
	va_end(args);
	if (refuge)
		longjmp(refuge->at, 1);
	fprintf(stderr, "%s\n", refusal);
	exit(1);
}

void write_text(struct text *out, const char *fmt, ...)
{
	size_t room = sizeof(out->at) - out->len;
	va_list args;
	int len;

	va_start(args, fmt);
	len = vsnprintf(out->at + out->len, room, fmt, args);
	va_end(args);
	if (len < 0 || (size_t)len >= room)
		refuse("more text than there is room for");
	out->len += len;
}

void write_hex(struct text *out, struct view v)
{
	size_t i;

	for (i = 0; i < v.len; i++)
		write_text(out, "%02x", v.at[i]);
}

/* As much of it as there is. */
struct view part(struct view v, size_t from, size_t to)
{
	if (to > v.len)
		to = v.len;
	if (from > to)
		from = to;
	return (struct view) { v.at + from, to - from };
}

struct view whole(const struct packet *p)
{
	return (struct view) { p->at, p->len };
}

/* Zeroes if there is no data. */
uint8_t *append(struct packet *p, const void *data, size_t len)
{
	uint8_t *at = p->at + p->len;

	if (len > sizeof(p->at) - p->len)
		refuse("too long");
	if (data)
		memcpy(at, data, len);
	else
		memset(at, 0, len);
	p->len += len;
	return at;
}

void append_hex(struct packet *p, const char *hex)
{
	char digits[3] = "";
	uint8_t byte;
	char *end;

	for (; *hex; hex += 2) {
		memcpy(digits, hex, hex[1] ? 2 : 1);
		byte = strtoul(digits, &end, 16);
		if (end != digits + 2)
			refuse("no hex: %s", hex);
		append(p, &byte, 1);
	}
}

unsigned long number(const char *text, unsigned long max)
{
	unsigned long value;
	char *end;

	errno = 0;
	value = strtoul(text, &end, 10);
	if (end == text || *end || *text == '-' || errno || value > max)
		refuse("not from 0 to %lu: %s", max, text);
	return value;
}

void read_mac(uint8_t *mac, const char *text)
{
	if (sscanf(text, "%hhx:%hhx:%hhx:%hhx:%hhx:%hhx", mac, mac + 1,
		   mac + 2, mac + 3, mac + 4, mac + 5) != 6)
		refuse("no MAC address: %s", text);
}

uint32_t get_bits(const uint8_t *at, unsigned int bit, unsigned int width)
{
	uint32_t value = 0;

	for (; width; width--, bit++)
		value = value << 1 | (at[bit / 8] >> (7 - bit % 8) & 1);
	return value;
}

void put_bits(uint8_t *at, unsigned int bit, unsigned int width,
	      uint32_t value)
{
	uint8_t mask;

	for (bit += width; width; width--, value >>= 1) {
		mask = 0x80 >> --bit % 8;
		at[bit / 8] = (at[bit / 8] & ~mask) | (value & 1 ? mask : 0);
	}
}

uint16_t get16(const uint8_t *at)
{
	return at[0] << 8 | at[1];
}

void put16(uint8_t *at, uint16_t value)
{
	at[0] = value >> 8;
	at[1] = value;
}

static uint64_t add_words(uint64_t sum, struct view v)
{
	size_t i;

	for (i = 0; i + 1 < v.len; i += 2)
		sum += get16(v.at + i);
	return v.len % 2 ? sum + (v.at[i] << 8) : sum;
}

/* The sum of the pseudo header for a payload of that header. */
uint64_t pseudo(const uint8_t *ip, unsigned int proto, size_t len)
{
	struct view ip4 = { ip + 12, 8 }, ip6 = { ip + 8, 32 };

	return add_words(proto + len, ip[0] >> 4 == 6 ? ip6 : ip4);
}

/* 0 for data whose checksum is right. */
uint16_t checksum(uint64_t sum, struct view v)
{
	sum = add_words(sum, v);
	while (sum >> 16)
		sum = (sum & 0xffff) + (sum >> 16);
	return ~sum;
}

void ip_checksum(uint8_t *ip, size_t len, uint16_t error)
{
	struct view head = part((struct view) { ip, len }, 0,
				(ip[0] & 15) * 4);

	put16(ip + 10, 0);
	put16(ip + 10, checksum(0, head) ^ error);
}

static uint32_t crc(uint32_t value, uint32_t poly, struct view v)
{
	size_t i;
	int bit;

	for (i = 0; i < v.len; i++) {
		value ^= v.at[i];
		for (bit = 0; bit < 8; bit++)
			value = value >> 1 ^ (value & 1 ? poly : 0);
	}
	return value;
}

uint32_t crc32(struct view v)
{
	return ~crc(~0U, 0xedb88320, v);
}

/* That of SCTP; before: of what stands before it, or 0. */
uint32_t crc32c(struct view v, uint32_t before)
{
	return ~crc(~before, 0x82f63b78, v);
}
