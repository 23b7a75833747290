// SPDX-License-Identifier: GPL-2.0-only
/* Text to numbers, addresses and words, and addresses back to text. */
#include <arpa/inet.h>
#include <errno.h>
#include <netdb.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "mem.h"
#include "parse.h"

int parse_number(const char *text, uint32_t min, uint32_t max, uint32_t *val)
{
	const char *digit = text;
	uint64_t n = 0;

	/* Ten digits hold every u32. */
	while (*digit >= '0' && *digit <= '9' && digit - text < 10)
		n = n * 10 + (*digit++ - '0');
	if (digit == text || *digit || n < min || n > max)
		return -EINVAL;

	*val = n;
	return 0;
}

int parse_bits(const char *text, uint32_t *val, const char **rest)
{
	const bool hex = text[0] == '0' && (text[1] == 'x' || text[1] == 'X');
	unsigned long long n;
	char *end;

	/* It would take spaces and signs, too. */
	if (*text < '0' || *text > '9')
		return -EINVAL;
	errno = 0;
	n = strtoull(text, &end, hex ? 16 : 10);
	if (errno || n > UINT32_MAX)
		return -EINVAL;
	*val = n;
	*rest = end;
	return 0;
}

int parse_fwmark(const char *text, uint32_t *mark)
{
	const char *rest;

	return parse_bits(text, mark, &rest) || *rest || !*mark ? -EINVAL : 0;
}

/*
 * Cut text into host and port, NULL if it has none. An address in brackets, or
 * with more colons than one, is IPv6. The family or -EINVAL.
 */
static int split_endpoint(const char *text, char *host, size_t size,
			  const char **port)
{
	const bool brackets = *text == '[';
	size_t len = strcspn(text, ":");
	const char *end;
	bool ipv6;

	ipv6 = brackets || (text[len] && strchr(text + len + 1, ':'));
	text += brackets;
	if (ipv6)
		len = strcspn(text, "]");
	if (!len || len >= size || brackets != (text[len] == ']'))
		return -EINVAL;

	memcpy(host, text, len);
	host[len] = '\0';
	end = text + len + brackets;
	if (*end && *end != ':')
		return -EINVAL;
	*port = *end ? end + 1 : NULL;
	return ipv6 ? AF_INET6 : AF_INET;
}

static int parse_host(const char *text, bool numeric, struct endpoint *ep)
{
	const struct addrinfo hints = { .ai_family = ep->family };
	struct addrinfo *info;

	if (inet_pton(ep->family, text, &ep->addr) == 1)
		return 0;
	/* With a colon, it is an address gone wrong, or one with a device. */
	if (numeric || strchr(text, ':'))
		return -EINVAL;
	/* This takes all that inet(3) calls numbers-and-dots, too. */
	if (getaddrinfo(text, NULL, &hints, &info))
		return -EINVAL;

	if (ep->family == AF_INET6)
		ep->addr.v6 = ((struct sockaddr_in6 *)info->ai_addr)->sin6_addr;
	else
		ep->addr.v4 = ((struct sockaddr_in *)info->ai_addr)->sin_addr;
	freeaddrinfo(info);
	return 0;
}

static int parse_port(const char *text, const char *protocol, uint16_t *port)
{
	struct servent *serv;
	uint32_t n;

	if (!parse_number(text, 0, UINT16_MAX, &n)) {
		*port = n;
		return 0;
	}
	if (!protocol)
		return -EINVAL;

	serv = getservbyname(text, protocol);
	if (!serv)
		return -EINVAL;

	*port = ntohs(serv->s_port);
	return 0;
}

const char *protocol_name(uint8_t protocol)
{
	switch (protocol) {
	case IPPROTO_UDP:
		return "udp";
	case IPPROTO_SCTP:
		return "sctp";
	default:
		return "tcp";
	}
}

int parse_endpoint(const char *text, const char *protocol, struct endpoint *ep,
		   bool *has_port)
{
	char host[NI_MAXHOST];
	const char *port;
	int family;
	int err;

	family = split_endpoint(text, host, sizeof(host), &port);
	if (family < 0)
		return family;
	*ep = (struct endpoint) { .family = family };
	err = parse_host(host, !protocol, ep);
	if (err)
		return err;

	*has_port = port;
	return port ? parse_port(port, protocol, &ep->port) : 0;
}

/* Cut the end of the word off, in place. NULL if a quote has no end. */
static char *cut_word(char *text)
{
	char *out = text;
	bool quoted = false;

	for (; *text && (quoted || !strchr(" \t\r\n", *text)); text++) {
		if (*text == '"')
			quoted = !quoted;
		else if (quoted && *text == '\\' && text[1])
			*out++ = *++text;
		else
			*out++ = *text;
	}
	text += *text != '\0';
	*out = '\0';
	return quoted ? NULL : text;
}

int parse_words(char *text, struct word_list *list)
{
	list->n = 0;
	for (;;) {
		text += strspn(text, " \t\r\n");
		if (!*text || *text == '#')
			return 0;
		list->word = mem_room(list->word, list->n,
				      sizeof(*list->word));
		list->word[list->n++] = text;
		text = cut_word(text);
		if (!text)
			return -EINVAL;
	}
}

static bool host_name(char *buf, size_t size, const struct endpoint *ep)
{
	const struct sockaddr_in6 sin6 = {
		.sin6_family	= AF_INET6,
		.sin6_addr	= ep->addr.v6,
	};
	const struct sockaddr_in sin = {
		.sin_family	= AF_INET,
		.sin_addr	= ep->addr.v4,
	};
	const void *sa = &sin;
	socklen_t len = sizeof(sin);

	if (ep->family == AF_INET6) {
		sa = &sin6;
		len = sizeof(sin6);
	}
	return !getnameinfo(sa, len, buf, size, NULL, 0, NI_NAMEREQD);
}

void endpoint_text(char *buf, size_t size, const struct endpoint *ep,
		   uint8_t protocol, bool numeric)
{
	struct servent *serv = NULL;
	char host[NI_MAXHOST] = "?";
	char port[8];

	if (numeric || !host_name(host, sizeof(host), ep))
		inet_ntop(ep->family, &ep->addr, host, sizeof(host));
	snprintf(port, sizeof(port), "%u", ep->port);
	if (!numeric && ep->port)
		serv = getservbyport(htons(ep->port), protocol_name(protocol));

	snprintf(buf, size, ep->family == AF_INET6 ? "[%s]:%s" : "%s:%s", host,
		 serv ? serv->s_name : port);
}
