// SPDX-License-Identifier: GPL-2.0-only
/* The words that commands have in common. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "mem.h"
#include "schedflags.h"
#include "spec.h"
#include "wparse.h"

/* The next word, not yet taken, or NULL. */
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

/* To a list of what is expected. */
void wparse_append(char *list, size_t size, const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? ", " : "", name);
}

/* The last of several is joined by "or". */
struct alternatives {
	char		text[512];
	const char	*last;
};

static void add_alternative(struct alternatives *list, const char *name)
{
	if (list->last && strcmp(list->last, name))
		wparse_append(list->text, sizeof(list->text), list->last);
	list->last = name;
}

static int expect_alternatives(const struct cursor *c,
			       const struct alternatives *list)
{
	char text[sizeof(list->text) + 64];

	snprintf(text, sizeof(text), "%s%s%s", list->text,
		 *list->text ? " or " : "", list->last);
	return wparse_expect(c, text);
}

static void add_values(struct alternatives *list, const struct spec_attr *spec)
{
	size_t i;

	for (i = 0; i < spec->n_values; i++)
		add_alternative(list, spec->values[i]);
}

int wparse_expect_settings(const struct cursor *c, const struct spec_set *set,
			   const char *more)
{
	struct alternatives list = { .last = NULL };
	const struct spec_attr *spec;
	size_t i;

	for (i = 0; i < set->n_settings; i++) {
		spec = spec_attr(set, set->settings[i]);
		if (*spec->word)
			add_alternative(&list, spec->hint ?: spec->word);
		else
			add_values(&list, spec);
	}
	if (more)
		add_alternative(&list, more);
	return expect_alternatives(c, &list);
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

/* Without a port, ep keeps the one it has. */
static int parse_addr_port(struct cursor *c, struct endpoint *ep,
			   bool needs_port)
{
	const uint16_t default_port = ep->port;
	const char *word = wparse_peek(c);
	bool has_port = false;
	int err = -EINVAL;

	if (word)
		err = parse_endpoint(word, NULL, ep, &has_port);
	if (!has_port)
		ep->port = default_port;
	if (err || (needs_port && !has_port))
		return wparse_expect(c, needs_port ?
				     "ADDRESS:PORT or [IPV6]:PORT" :
				     "ADDRESS[:PORT]");
	c->i++;
	return LBCTL_OK;
}

int wparse_key(struct cursor *c, struct service_key *key)
{
	int rc;

	*key = (struct service_key) { .fwmark = 0 };

	if (wparse_take(c, "fwmark")) {
		rc = parse_uint(c, 1, UINT32_MAX, "a mark that is not 0",
				&key->fwmark);
		if (rc)
			return rc;
		key->ep.family = wparse_take(c, "ipv6") ? AF_INET6 : AF_INET;
		return LBCTL_OK;
	}
	if (wparse_take(c, "tcp"))
		key->protocol = IPPROTO_TCP;
	else if (wparse_take(c, "udp"))
		key->protocol = IPPROTO_UDP;
	else if (wparse_take(c, "sctp"))
		key->protocol = IPPROTO_SCTP;
	else
		return wparse_expect(c, "tcp, udp, sctp or fwmark");
	return parse_addr_port(c, &key->ep, true);
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

static int parse_enum(struct cursor *c, const struct spec_attr *spec,
		      uint64_t *num)
{
	struct alternatives list = { .last = NULL };

	for (*num = 0; *num < spec->n_values; (*num)++)
		if (wparse_take(c, spec->values[*num]))
			return LBCTL_OK;
	add_values(&list, spec);
	return expect_alternatives(c, &list);
}

/* A word that fits; what may be left out can be off. */
static int parse_text(struct cursor *c, const struct spec_attr *spec,
		      const void **text)
{
	const char *word = wparse_peek(c);

	*text = "";
	if (!spec->always && wparse_take(c, "off"))
		return LBCTL_OK;
	if (!word || strlen(word) > spec->max)
		return wparse_expect(c, spec->what);
	*text = word;
	c->i++;
	return LBCTL_OK;
}

int wparse_value(struct cursor *c, const struct spec_attr *spec,
		 union value *val)
{
	uint32_t num = 0;
	int rc;

	switch (spec->type) {
	case SPEC_SWITCH:
		val->num = !wparse_take(c, "off");
		return LBCTL_OK;
	case SPEC_ENUM:
		return parse_enum(c, spec, &val->num);
	case SPEC_STRING:
		return parse_text(c, spec, &val->bytes);
	case SPEC_PORT:
		rc = parse_uint(c, 0, UINT16_MAX, "a port", &num);
		break;
	default:
		rc = parse_uint(c, 0, UINT32_MAX, "a number", &num);
	}
	val->num = num;
	return rc;
}

/* What they mean depends on the scheduler, which may be named later. */
static int take_sched_flags(struct cursor *c, const struct spec_attr *spec,
			    const char **flags)
{
	if (!wparse_peek(c))
		return wparse_expect(c, spec->what);
	*flags = c->words[c->i++];
	return LBCTL_OK;
}

static int parse_mask(struct cursor *c, struct service *svc)
{
	if (!wparse_peek(c) ||
	    model_parse_mask(wparse_peek(c), &svc->key, svc->val))
		return wparse_expect(c, model_mask_form(&svc->key));
	c->i++;
	return LBCTL_OK;
}

/* The setting that the next word names, NULL if none. It is then taken. */
static const struct spec_attr *take_setting(struct cursor *c,
					    const struct spec_set *set,
					    uint16_t *type)
{
	const struct spec_attr *spec;
	size_t i, value;

	for (i = 0; i < set->n_settings; i++) {
		*type = set->settings[i];
		spec = spec_attr(set, *type);
		if (wparse_take(c, spec->word))
			return spec;
		for (value = 0; !*spec->word && value < spec->n_values; value++)
			if (wparse_peek(c) && !strcmp(wparse_peek(c),
						      spec->values[value]))
				return spec;
	}
	return NULL;
}

int wparse_service_settings(struct cursor *c, struct service *svc)
{
	const struct spec_attr *spec;
	const char *flags = NULL;
	int rc = LBCTL_OK;
	uint32_t bits = 0;
	uint16_t type;

	while (!rc && (spec = take_setting(c, &spec_service, &type))) {
		if (type == LB_A_SERVICE_PERSIST_MASK4)
			type = model_mask_attr(&svc->key);
		rc = wparse_give(c, &svc->given, type);
		if (rc)
			break;
		if (spec->type == SPEC_FLAGS)
			rc = take_sched_flags(c, spec, &flags);
		else if (spec->type == SPEC_ADDR4)
			rc = parse_mask(c, svc);
		else
			rc = wparse_value(c, spec, &svc->val[type]);
	}
	if (rc || !flags)
		return rc;
	rc = schedflags_parse(flags,
			      value_text(svc->val[LB_A_SERVICE_SCHEDULER]),
			      &bits);
	svc->val[LB_A_SERVICE_SCHED_FLAGS].num = bits;
	return rc;
}

/* ADDRESS[:PORT], by default the port of the service. */
int wparse_dest_key(struct cursor *c, const struct service_key *key,
		    struct dest *dest)
{
	dest->ep.port = key->ep.port;
	return parse_addr_port(c, &dest->ep, false);
}

/* As far as they are known. */
int wparse_dest_settings(struct cursor *c, struct dest *dest)
{
	const struct spec_attr *spec;
	int rc = LBCTL_OK;
	uint16_t type;

	while (!rc && (spec = take_setting(c, &spec_dest, &type))) {
		/* A value that stands alone is not taken yet. */
		if (!*spec->word)
			rc = wparse_value(c, spec, &dest->val[type]);
		if (!rc)
			rc = wparse_give(c, &dest->given, type);
		if (!rc && *spec->word)
			rc = wparse_value(c, spec, &dest->val[type]);
	}
	return rc;
}

int wparse_service_dests(struct cursor *c, struct service *svc,
			 const struct dest *template)
{
	struct dest *dest;
	size_t room = 0;
	int rc = LBCTL_OK;

	while (!rc && wparse_take(c, "dest")) {
		if (svc->n_dests == room) {
			room = room ? room * 2 : 8;
			svc->dest = mem_array(svc->dest, room,
					      sizeof(*svc->dest));
		}
		dest = &svc->dest[svc->n_dests++];
		*dest = *template;
		rc = wparse_dest_key(c, &svc->key, dest);
		if (!rc)
			rc = wparse_dest_settings(c, dest);
	}
	if (!rc && wparse_peek(c))
		rc = wparse_expect_settings(c, svc->n_dests ? &spec_dest :
							      &spec_service,
					    "dest");
	return rc;
}
