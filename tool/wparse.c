// SPDX-License-Identifier: GPL-2.0-only
/* The words that commands have in common. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "mem.h"
#include "setting.h"
#include "wparse.h"

const char *wparse_peek(const struct cursor *c)
{
	return c->i < c->n ? c->words[c->i] : NULL;
}

bool wparse_take(struct cursor *c, const char *word)
{
	const char *next = wparse_peek(c);

	if (!next || strcmp(next, word))
		return false;
	c->i++;
	return true;
}

int wparse_expect(const struct cursor *c, const char *what)
{
	const char *word = wparse_peek(c);

	if (word)
		return diag_usage("unexpected word \"%s\", expected %s", word,
				  what);
	return diag_usage("expected %s after \"%s\"", what,
			  c->words[c->n - 1]);
}

int wparse_expect_names(const struct cursor *c, const char *const *names,
			size_t n, const char *last)
{
	char list[1024] = "";
	size_t len = 0;
	size_t i;

	for (i = 0; i < n && len < sizeof(list); i++)
		len += snprintf(list + len, sizeof(list) - len, "%s%s",
				!i ? "" : i + 1 < n ? ", " : last, names[i]);
	return wparse_expect(c, list);
}

int wparse_expect_settings(const struct cursor *c, const struct spec_set *set,
			   const char *more)
{
	const char *names[64 + 1];
	const struct spec_attr *spec;
	const char *name;
	size_t i, value;
	size_t n = 0;

	for (i = 0; i < set->n_settings; i++) {
		spec = spec_attr(set, set->settings[i]);
		name = spec->hint ?: spec->word;
		for (value = 0; !*name && value < spec->n_values; value++)
			names[n++] = spec->values[value];
		if (*name && !(n && !strcmp(names[n - 1], name)))
			names[n++] = name;
	}
	if (more)
		names[n++] = more;
	return wparse_expect_names(c, names, n, " or ");
}

int wparse_end(const struct cursor *c)
{
	const char *word = wparse_peek(c);

	if (!word)
		return LBCTL_OK;
	return diag_usage("unexpected word \"%s\", the command was complete",
			  word);
}

static int parse_uint(struct cursor *c, uint32_t min, uint32_t max,
		      const char *what, uint32_t *val)
{
	const char *word = wparse_peek(c);

	if (!word || parse_number(word, min, max, val))
		return wparse_expect(c, what);
	c->i++;
	return LBCTL_OK;
}

/* Without a port, it is port, unless one is needed. */
static int parse_addr_port(struct cursor *c, struct endpoint *ep,
			   const uint16_t *port)
{
	const char *word = wparse_peek(c);
	bool has_port = false;

	if (!word || parse_endpoint(word, NULL, ep, &has_port) ||
	    (!has_port && !port))
		return wparse_expect(c, port ? "ADDRESS[:PORT]" :
					       "ADDRESS:PORT or [IPV6]:PORT");
	if (!has_port)
		ep->port = *port;
	c->i++;
	return LBCTL_OK;
}

int wparse_key(struct cursor *c, struct service *svc)
{
	static const uint8_t protocols[] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
	};
	struct endpoint ep;
	uint32_t mark;
	size_t i;
	int rc;

	if (wparse_take(c, "fwmark")) {
		rc = parse_uint(c, 1, UINT32_MAX, "a mark that is not 0",
				&mark);
		if (!rc)
			model_set_mark(svc, mark, wparse_take(c, "ipv6") ?
				       AF_INET6 : AF_INET);
		return rc;
	}
	for (i = 0; i < sizeof(protocols); i++) {
		if (!wparse_take(c, protocol_name(protocols[i])))
			continue;
		rc = parse_addr_port(c, &ep, NULL);
		if (!rc)
			model_set_key(svc, protocols[i], &ep);
		return rc;
	}
	return wparse_expect(c, "tcp, udp, sctp or fwmark");
}

/* ADDRESS[:PORT], by default the port of the service. */
int wparse_dest_key(struct cursor *c, const struct service *svc,
		    struct dest *dest)
{
	const uint16_t port = model_num(svc, LB_A_SERVICE_PORT);
	struct endpoint ep;
	int rc = parse_addr_port(c, &ep, &port);

	if (!rc)
		model_set_address(dest, &ep);
	return rc;
}

/* Note that an attribute is given; not twice. */
int wparse_give(const struct cursor *c, uint64_t *given, unsigned int attr)
{
	if (*given & BIT(attr))
		return diag_usage("\"%s\" is said twice",
				  c->words[c->i - 1]);
	*given |= BIT(attr);
	return LBCTL_OK;
}

int wparse_value(struct cursor *c, const struct spec_set *set, uint16_t type,
		 union value *val)
{
	const struct spec_attr *spec = spec_attr(set, type);
	const char *expected = spec->what;

	if (spec->type == SPEC_SWITCH) {
		val[type].num = !wparse_take(c, "off");
		return LBCTL_OK;
	}
	/* A name that may be left out can be off. */
	if (spec->type == SPEC_STRING && !spec->always &&
	    wparse_take(c, "off")) {
		val[type].text = "";
		return LBCTL_OK;
	}
	if (spec->type != SPEC_FLAGS)
		expected = setting_parse(set, type, wparse_peek(c), val);
	else if (wparse_peek(c))
		expected = NULL;
	if (expected)
		return wparse_expect(c, expected);
	c->i++;
	return LBCTL_OK;
}

/* Does the next word name the setting, or is it a value that stands alone? */
static bool take_setting(struct cursor *c, const struct spec_attr *spec)
{
	size_t i;

	for (i = 0; !*spec->word && i < spec->n_values; i++)
		if (wparse_take(c, spec->values[i]))
			return true;
	return *spec->word && wparse_take(c, spec->word);
}

int wparse_settings(struct cursor *c, const struct spec_set *set,
		    union value *val, uint64_t *given)
{
	const char *flags = NULL;
	int rc = LBCTL_OK;
	uint16_t type;
	size_t i = 0;

	while (!rc && i < set->n_settings) {
		type = set->settings[i++];
		if (!take_setting(c, spec_attr(set, type)))
			continue;
		rc = wparse_give(c, given, setting_type(set, type, val));
		if (rc)
			break;
		/* A value that stands alone is its own word. */
		c->i -= !*spec_attr(set, type)->word;
		if (spec_attr(set, type)->type == SPEC_FLAGS)
			flags = wparse_peek(c);
		rc = wparse_value(c, set, type, val);
		i = 0;
	}
	/* What they mean depends on the scheduler, which may follow them. */
	return rc || !flags ? rc : setting_parse_flags(flags, val);
}

int wparse_service_dests(struct cursor *c, struct service *svc, bool whole)
{
	struct dest *dest;
	int rc = LBCTL_OK;

	while (!rc && wparse_take(c, "dest")) {
		svc->dest = mem_room(svc->dest, svc->n_dests,
				     sizeof(*svc->dest));
		dest = &svc->dest[svc->n_dests++];
		*dest = whole ? dest_default : (struct dest) { .given = 0 };
		rc = wparse_dest_key(c, svc, dest);
		if (!rc)
			rc = wparse_settings(c, &spec_dest, dest->val,
					     &dest->given);
	}
	if (!rc && wparse_peek(c))
		rc = wparse_expect_settings(c, svc->n_dests ? &spec_dest :
							      &spec_service,
					    "dest");
	return rc;
}
