/* SPDX-License-Identifier: GPL-2.0-only */
/* Text to numbers, addresses and words, and addresses back to text. */
#ifndef LBCTL_PARSE_H
#define LBCTL_PARSE_H

#include <netinet/in.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* An address with a port in host byte order. */
struct endpoint {
	union {
		struct in_addr	v4;
		struct in6_addr	v6;
	}		addr;
	sa_family_t	family;
	uint16_t	port;
};

/* Longest host name in brackets, a colon and a port. */
#define ENDPOINT_STRLEN	(1025 + 3 + 32)

/* Decimal digits only. 0 or -EINVAL. */
int parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *val);

/* A number at the start of text, decimal or 0x...; rest is what follows it. */
int parse_bits(const char *text, uint32_t *val, const char **rest);

/* A mark that packets have: such a number, but 0. */
#define FWMARK_EXPECTED	"a mark from 1 (0x1) to 4294967295 (0xffffffff)"
int parse_fwmark(const char *text, uint32_t *mark);

/*
 * HOST[:PORT]; an IPv6 host with a port is in brackets, one without may be.
 * Names of hosts are looked up, and those of ports for the protocol, unless
 * that is NULL. A missing port is 0 and leaves *has_port false. 0 or -EINVAL.
 */
int parse_endpoint(const char *text, const char *protocol, struct endpoint *ep,
		   bool *has_port);

struct word_list {
	char	**word;
	size_t	n;
};

/*
 * Split text in place at white space that is not in quotes, up to a word that
 * begins with #. -EINVAL if a quote has no end.
 */
int parse_words(char *text, struct word_list *list);

const char *protocol_name(uint8_t protocol);

/* Text of an endpoint; names where they exist unless numeric. */
void endpoint_text(char *buf, size_t size, const struct endpoint *ep,
		   uint8_t protocol, bool numeric);

#endif
