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
	struct in_addr	addr;
	uint16_t	port;
};

/* Longest host name, a colon and a port. */
#define ENDPOINT_STRLEN	(1025 + 1 + 32)

/* Decimal digits only. 0 or -EINVAL. */
int parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *val);

/* A dotted quad. 0 or -EINVAL. */
int parse_addr(const char *text, struct in_addr *addr);

/*
 * HOST[:PORT], by name too: the name of a port is looked up for the protocol.
 * A missing port is 0 and leaves *has_port false. 0, -EINVAL, or
 * -EAFNOSUPPORT for IPv6.
 */
int parse_named_endpoint(const char *text, uint8_t protocol,
			 struct endpoint *ep, bool *has_port);

/* ADDRESS[:PORT], numeric only. Results as above. */
int parse_endpoint(const char *text, struct endpoint *ep, bool *has_port);

struct word_list {
	char	**word;
	size_t	n;
	size_t	room;
};

/* Split text in place at white space, up to a word that begins with #. */
void parse_words(char *text, struct word_list *list);

const char *protocol_name(uint8_t protocol);

/* Text of an endpoint; names where they exist unless numeric. */
void endpoint_text(char *buf, size_t size, const struct endpoint *ep,
		   uint8_t protocol, bool numeric);

#endif
