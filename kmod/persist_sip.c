// SPDX-License-Identifier: GPL-2.0-only
/* What persists in SIP (RFC 3261): a call, which its Call-ID names. */

#include <linux/ctype.h>
#include <linux/in.h>
#include <linux/net.h>
#include <linux/siphash.h>
#include <linux/string.h>
#include <linux/udp.h>

#include "persist.h"

/* One line of a message, without its end. */
static bool next_line(const char **pos, const char *end, const char **line,
		      size_t *len)
{
	const char *nl;

	if (*pos >= end)
		return false;
	*line = *pos;
	nl = memchr(*pos, '\n', end - *pos);
	*pos = nl ? nl + 1 : end;
	*len = (nl ?: end) - *line;
	if (*len && (*line)[*len - 1] == '\r')
		--*len;
	return true;
}

static const char *skip_blanks(const char *p, const char *end)
{
	while (p < end && (*p == ' ' || *p == '\t'))
		p++;
	return p;
}

/* The value of a header Call-ID, or i, its compact form; else NULL. */
static const char *value_of(const char *line, const char *end)
{
	const char *p = line;

	while (p < end && (isalpha(*p) || *p == '-'))
		p++;
	if ((p - line != 7 || strncasecmp(line, "call-id", 7)) &&
	    (p - line != 1 || tolower(*line) != 'i'))
		return NULL;
	p = skip_blanks(p, end);
	return p < end && *p == ':' ? skip_blanks(p + 1, end) : NULL;
}

/* Take over what is printable, and nothing else. */
static bool take(const char *p, const char *end, struct lb_call_id *id)
{
	size_t len = 0;

	while (end > p && (end[-1] == ' ' || end[-1] == '\t'))
		end--;
	for (; p < end && len < LB_CALL_ID_MAX && *p > ' ' && *p <= '~'; p++)
		id->text[len++] = *p;
	id->text[len] = '\0';
	return len && p == end;
}

/* Behind the first line, up to the empty one, are the headers. */
static bool find(const char *pos, const char *end, struct lb_call_id *id)
{
	const char *line, *value;
	size_t len;

	if (!next_line(&pos, end, &line, &len))
		return false;
	while (next_line(&pos, end, &line, &len) && len) {
		value = value_of(line, line + len);
		if (value)
			return take(value, line + len, id);
	}
	return false;
}

/**
 * lb_persist_call_id() - Read the Call-ID of a SIP message.
 * @pkt: Packet of kind LB_KIND_DATA.
 * @id: Its text is filled.
 *
 * Return: false if there is none that is fit for use, or no memory.
 */
bool lb_persist_call_id(const struct lb_pkt *pkt, struct lb_call_id *id)
{
	unsigned int off = pkt->l4 + sizeof(struct udphdr);
	const struct sk_buff *skb = pkt->skb;

	if (pkt->tuple.proto != IPPROTO_UDP || pkt->bare ||
	    skb_linearize(pkt->skb) || skb->len < off)
		return false;
	return find(skb->data + off, skb->data + skb->len, id);
}

/**
 * lb_persist_hash() - What takes the place of a client's address and port.
 * @id: Its text counts.
 *
 * That two calls have the same is possible: then they share a real server.
 */
u64 lb_persist_hash(const struct lb_call_id *id)
{
	static siphash_key_t key __read_mostly;

	net_get_random_once(&key, sizeof(key));
	return siphash(id->text, strlen(id->text), &key);
}
