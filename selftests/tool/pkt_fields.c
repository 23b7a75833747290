// SPDX-License-Identifier: GPL-2.0-only
/* The headers that packets are made of: which field is where, and its name. */
#include <string.h>

#include "pkt.h"

const char *const tcp_flags = "FSRPAU";

const char *const chunk_names[15] = {
	"data", "init", "init-ack", "sack", "heartbeat", "heartbeat-ack",
	"abort", "shutdown", "shutdown-ack", "error", "cookie-echo",
	"cookie-ack", "ecne", "cwr", "shutdown-complete",
};

#define FIELD(_name, _kind, _told, _bit, _width, ...) {			\
	.name = _name, .kind = _kind, .told = _told,			\
	.bit = _bit, .width = _width, __VA_ARGS__ }

/* Those of a packet that is told stand in the order in which it is told. */
static const struct layer layers[] = {
	{ "ip", IP, .made = true, .len = 20, .fields = {
		FIELD("src", ADDRESS, ALWAYS, 96, 32, .needed = true),
		FIELD("dst", ADDRESS, ALWAYS, 128, 32, .needed = true),
		FIELD("ttl", NUMBER, ALWAYS, 64, 8, .normal = 64),
		FIELD("tos", NUMBER, NONZERO, 8, 8),
		FIELD("id", NUMBER, NEVER, 32, 16),
		FIELD("df", FLAG, NONZERO, 49, 1),
		FIELD("mf", FLAG, NONZERO, 50, 1),
		FIELD("off", NUMBER, NONZERO, 51, 13, .shift = 3),
		FIELD("opts", HEX, NEVER, 0, 0),
		FIELD("proto", NEXT, NEVER, 72, 8),
	} },
	{ "ip6", IP6, .made = true, .len = 40, .fields = {
		FIELD("src", ADDRESS, ALWAYS, 64, 128, .needed = true),
		FIELD("dst", ADDRESS, ALWAYS, 192, 128, .needed = true),
		FIELD("hlim", NUMBER, ALWAYS, 56, 8, .normal = 64),
		FIELD("tc", NUMBER, NONZERO, 4, 8),
		FIELD("flow", NUMBER, NONZERO, 12, 20),
		FIELD("proto", NEXT, NEVER, 48, 8),
	} },
	{ "hbh", HBH, true, .made = true, .len = 2, .fields = {
		FIELD("opts", HEX, NEVER, 0, 0),
		FIELD("proto", NEXT, NEVER, 0, 8),
	} },
	{ "dopt", DOPT, true, .made = true, .len = 2, .fields = {
		FIELD("opts", HEX, NEVER, 0, 0),
		FIELD("proto", NEXT, NEVER, 0, 8),
	} },
	{ "rh", RH, true, .made = true, .len = 4, .fields = {
		FIELD("type", NUMBER, ALWAYS, 16, 8),
		FIELD("left", NUMBER, ALWAYS, 24, 8),
		FIELD("rest", HEX, NEVER, 0, 0),
		FIELD("proto", NEXT, NEVER, 0, 8),
	} },
	{ "frag", FRAG, true, .made = true, .len = 8, .fields = {
		FIELD("off", NUMBER, NONZERO, 16, 13, .shift = 3),
		FIELD("mf", FLAG, NONZERO, 31, 1),
		FIELD("id", NUMBER, NEVER, 32, 32),
		FIELD("proto", NEXT, NEVER, 0, 8),
	} },
	{ "tcp", TCP, .made = true, .len = 20, .fields = {
		FIELD("sport", NUMBER, ALWAYS, 0, 16, .needed = true),
		FIELD("dport", NUMBER, ALWAYS, 16, 16, .needed = true),
		FIELD("seq", NUMBER, ALWAYS, 32, 32),
		FIELD("ack", NUMBER, ALWAYS, 64, 32),
		FIELD("flags", LETTERS, ALWAYS, 106, 6),
		FIELD("win", NUMBER, NEVER, 112, 16, .normal = 8192),
		FIELD("opts", HEX, NEVER, 0, 0),
		FIELD("csum", WISH, NEVER, 128, 16),
	} },
	{ "udp", UDP, .made = true, .len = 8, .fields = {
		FIELD("sport", NUMBER, ALWAYS, 0, 16, .needed = true),
		FIELD("dport", NUMBER, ALWAYS, 16, 16, .needed = true),
		FIELD("csum", WISH, NEVER, 48, 16),
	} },
	{ "sctp", SCTP, .made = true, .len = 12, .fields = {
		FIELD("sport", NUMBER, ALWAYS, 0, 16, .needed = true),
		FIELD("dport", NUMBER, ALWAYS, 16, 16, .needed = true),
		FIELD("tag", NUMBER, ALWAYS, 32, 32),
		FIELD("csum", WISH, NEVER, 64, 32),
		FIELD("chunks", WISH, NEVER, 0, 0, .needed = true),
	} },
	{ "esp", ESP, .made = true, .len = 8, .fields = {
		FIELD("spi", NUMBER, ALWAYS, 0, 32),
		FIELD("seq", NUMBER, ALWAYS, 32, 32),
	} },
	{ "ah", AH, .made = true, .len = 24, .fields = {
		FIELD("spi", NUMBER, ALWAYS, 32, 32),
		FIELD("seq", NUMBER, ALWAYS, 64, 32),
		FIELD("next", NUMBER, ALWAYS, 0, 8, .normal = 59),
	} },
	{ "icmp", ICMP, .made = true, .len = 8, .fields = {
		FIELD("type", NUMBER, ALWAYS, 0, 8, .needed = true),
		FIELD("code", NUMBER, ALWAYS, 8, 8),
		FIELD("mtu", NUMBER, NEVER, 32, 32),
		FIELD("id", NUMBER, NEVER, 32, 16),
		FIELD("seq", NUMBER, NEVER, 48, 16),
		FIELD("csum", WISH, NEVER, 16, 16),
	} },
	{ "icmp6", ICMP6, .made = true, .len = 8, .fields = {
		FIELD("type", NUMBER, ALWAYS, 0, 8, .needed = true),
		FIELD("code", NUMBER, ALWAYS, 8, 8),
		FIELD("mtu", NUMBER, NEVER, 32, 32),
		FIELD("id", NUMBER, NEVER, 32, 16),
		FIELD("seq", NUMBER, NEVER, 48, 16),
		FIELD("csum", WISH, NEVER, 16, 16),
	} },
	{ "gre", GRE },
	{ "data", DATA, .made = true },
};

const struct layer *layer_by_name(const char *name)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(layers); i++)
		if (!strcmp(layers[i].name, name))
			return &layers[i];
	refuse("no such layer: %s", name);
}

/* NULL for one that is not known. */
const struct layer *layer_by_proto(unsigned int proto)
{
	size_t i;

	for (i = 0; i < ARRAY_SIZE(layers); i++)
		if (layers[i].proto == (int)proto)
			return &layers[i];
	return NULL;
}

bool is_extension(unsigned int proto)
{
	const struct layer *layer = layer_by_proto(proto);

	return layer && layer->extension;
}
