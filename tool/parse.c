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

int parse_addr(const char *text, struct in_addr *addr)
{
	return inet_pton(AF_INET, text, addr) == 1 ? 0 : -EINVAL;
}

static bool is_ipv6(const char *text)
{
	char host[INET6_ADDRSTRLEN];
	struct in6_addr addr;
	size_t len;

	if (*text == '[') {
		len = strcspn(++text, "]");
		if (len >= sizeof(host) || text[len] != ']')
			return false;
	} else {
		len = strnlen(text, sizeof(host) - 1);
	}
	memcpy(host, text, len);
	host[len] = '\0';
	return inet_pton(AF_INET6, host, &addr) == 1;
}

/* Cut text at its colon into host and port, NULL if it has none. */
static int split_endpoint(const char *text, char *host, size_t size,
			  const char **port)
{
	size_t len = strcspn(text, ":");

	/* Every form of an IPv6 address has more than one colon. */
	if (text[len] && strchr(text + len + 1, ':') && is_ipv6(text))
		return -EAFNOSUPPORT;
	if (!len || len >= size)
		return -EINVAL;

	memcpy(host, text, len);
	host[len] = '\0';
	*port = text[len] ? text + len + 1 : NULL;
	return 0;
}

static int parse_host(const char *text, struct in_addr *addr)
{
	const struct addrinfo hints = { .ai_family = AF_INET };
	struct addrinfo *info;

	/* The latter takes all that inet(3) calls numbers-and-dots. */
	if (!parse_addr(text, addr) || inet_aton(text, addr))
		return 0;
	if (getaddrinfo(text, NULL, &hints, &info))
		return -EINVAL;

	*addr = ((struct sockaddr_in *)info->ai_addr)->sin_addr;
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
	return protocol == IPPROTO_UDP ? "udp" : "tcp";
}

int parse_named_endpoint(const char *text, uint8_t protocol,
			 struct endpoint *ep, bool *has_port)
{
	char host[NI_MAXHOST];
	const char *port;
	int err;

	err = split_endpoint(text, host, sizeof(host), &port);
	if (err)
		return err;
	err = parse_host(host, &ep->addr);
	if (err)
		return err;

	ep->port = 0;
	*has_port = port;
	if (!port)
		return 0;
	return parse_port(port, protocol_name(protocol), &ep->port);
}

int parse_endpoint(const char *text, struct endpoint *ep, bool *has_port)
{
	char host[INET_ADDRSTRLEN];
	const char *port;
	int err;

	err = split_endpoint(text, host, sizeof(host), &port);
	if (err)
		return err;
	err = parse_addr(host, &ep->addr);
	if (err)
		return err;

	ep->port = 0;
	*has_port = port;
	if (!port)
		return 0;
	return parse_port(port, NULL, &ep->port);
}

void parse_words(char *text, struct word_list *list)
{
	char *save = NULL;
	char *word;

	list->n = 0;
	for (word = strtok_r(text, " \t\r\n", &save); word && *word != '#';
	     word = strtok_r(NULL, " \t\r\n", &save)) {
		if (list->n == list->room) {
			list->room = list->room ? list->room * 2 : 32;
			list->word = mem_array(list->word, list->room,
					       sizeof(*list->word));
		}
		list->word[list->n++] = word;
	}
}

static bool host_name(char *buf, size_t size, const struct in_addr *addr)
{
	const struct sockaddr_in sin = {
		.sin_family	= AF_INET,
		.sin_addr	= *addr,
	};

	return !getnameinfo((const struct sockaddr *)&sin, sizeof(sin), buf,
			    size, NULL, 0, NI_NAMEREQD);
}

void endpoint_text(char *buf, size_t size, const struct endpoint *ep,
		   uint8_t protocol, bool numeric)
{
	struct servent *serv = NULL;
	char host[NI_MAXHOST];

	if (numeric || !host_name(host, sizeof(host), &ep->addr))
		inet_ntop(AF_INET, &ep->addr, host, sizeof(host));
	if (!numeric && ep->port)
		serv = getservbyport(htons(ep->port), protocol_name(protocol));

	if (serv)
		snprintf(buf, size, "%s:%s", host, serv->s_name);
	else
		snprintf(buf, size, "%s:%u", host, ep->port);
}
