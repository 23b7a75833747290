// SPDX-License-Identifier: GPL-2.0-only
/* The words that commands have in common. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "mem.h"
#include "setting.h"
#include "wparse.h"

/* More than settings have words. */
#define SETTINGS_MAX	96

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

int wparse_expect_near(const struct cursor *c, const char *what,
		       const char *const *names, size_t n)
{
	const char *word = wparse_peek(c);
	const char *near = word ? pick_near(word, names, n) : NULL;

	if (!word)
		return diag_usage("expected %s after \"%s\"", what,
				  c->words[c->n - 1]);
	if (near)
		return diag_usage("unexpected word \"%s\", did you mean \"%s\"? Expected %s",
				  word, near, what);
	return diag_usage("unexpected word \"%s\", expected %s", word, what);
}

int wparse_expect(const struct cursor *c, const char *what)
{
	return wparse_expect_near(c, what, NULL, 0);
}

/* One after another, the last one joined by last. */
static void join(char *list, size_t size, const char *const *names, size_t n,
		 const char *last)
{
	size_t len = 0;
	size_t i;

	*list = '\0';
	for (i = 0; i < n && len < size; i++)
		len += snprintf(list + len, size - len, "%s%s",
				!i ? "" : i + 1 < n ? ", " : last, names[i]);
}

int wparse_expect_names(const struct cursor *c, const char *const *names,
			size_t n, const char *last)
{
	char list[1024];

	join(list, sizeof(list), names, n, last);
	return wparse_expect_near(c, list, names, n);
}

/* Several names begin with the word. */
static int many(const char *word, const char *const *names, size_t n)
{
	const char *found[64];
	size_t n_found = 0;
	char list[1024];
	size_t i;

	for (i = 0; i < n && n_found < 64; i++)
		if (!strncmp(names[i], word, strlen(word)))
			found[n_found++] = names[i];
	join(list, sizeof(list), found, n_found, " or ");
	return diag_usage("\"%s\" may be %s", word, list);
}

int wparse_pick(struct cursor *c, const char *const *names, size_t n,
		int *which)
{
	const char *word = wparse_peek(c);

	*which = word ? pick_name(word, names, n) : PICK_NONE;
	if (*which == PICK_MANY)
		return many(word, names, n);
	c->i += *which != PICK_NONE;
	return LBCTL_OK;
}

int wparse_pick_one(struct cursor *c, const char *const *names, size_t n,
		    const char *last, int *which)
{
	int rc = wparse_pick(c, names, n, which);

	if (!rc && *which == PICK_NONE)
		rc = wparse_expect_names(c, names, n, last);
	return rc;
}

int wparse_word(struct cursor *c, const char *word)
{
	char quoted[32];
	int which;

	if (!wparse_pick(c, &word, 1, &which) && which != PICK_NONE)
		return LBCTL_OK;
	snprintf(quoted, sizeof(quoted), "\"%s\"", word);
	return wparse_expect_near(c, quoted, &word, 1);
}

bool wparse_option(struct cursor *c, const char *name, const char **value)
{
	const size_t len = strlen(name);
	const char *word = wparse_peek(c);

	if (!word || strncmp(word, name, len) ||
	    (word[len] && word[len] != '='))
		return false;
	c->i++;
	*value = word[len] ? word + len + 1 : NULL;
	return true;
}

/* The words of settings, values that stand alone, and more unless NULL. */
static size_t setting_names(const struct spec_set *set, const char *more,
			    const char **names, uint16_t *types)
{
	const struct spec_attr *spec;
	size_t i, value;
	size_t n = 0;

	for (i = 0; i < set->n_settings; i++) {
		spec = spec_attr(set, set->settings[i]);
		for (value = 0; !*spec->word && value < spec->n_values;
		     value++) {
			types[n] = set->settings[i];
			names[n++] = spec->values[value];
		}
		if (*spec->word) {
			types[n] = set->settings[i];
			names[n++] = spec->word;
		}
	}
	types[n] = 0;
	if (more)
		names[n++] = more;
	return n;
}

int wparse_expect_settings(const struct cursor *c, const struct spec_set *set,
			   const char *more)
{
	const char *words[SETTINGS_MAX], *names[SETTINGS_MAX];
	uint16_t types[SETTINGS_MAX];
	const char *name;
	char list[1024];
	size_t i, n_words;
	size_t n = 0;

	n_words = setting_names(set, more, words, types);
	for (i = 0; i < n_words; i++) {
		name = types[i] ? spec_attr(set, types[i])->hint : NULL;
		name = name ?: words[i];
		if (!n || strcmp(names[n - 1], name))
			names[n++] = name;
	}
	join(list, sizeof(list), names, n, " or ");
	return wparse_expect_near(c, list, words, n_words);
}

int wparse_end(const struct cursor *c)
{
	const char *word = wparse_peek(c);

	if (!word)
		return LBCTL_OK;
	return diag_usage("unexpected word \"%s\", the command was complete",
			  word);
}

/* Without a port, it is port, unless one is needed. */
static int parse_addr_port(struct cursor *c, struct endpoint *ep,
			   const uint16_t *port, bool *has_port)
{
	const char *word = wparse_peek(c);

	*has_port = false;
	if (!word || parse_endpoint(word, NULL, ep, has_port) ||
	    (!*has_port && !port))
		return wparse_expect(c, port ? "ADDRESS[:PORT]" :
					       "ADDRESS:PORT or [IPV6]:PORT");
	if (!*has_port)
		ep->port = *port;
	c->i++;
	return LBCTL_OK;
}

int wparse_key(struct cursor *c, struct service *svc)
{
	static const char *const names[] = { "tcp", "udp", "sctp", "fwmark" };
	static const uint8_t protocols[] = {
		IPPROTO_TCP, IPPROTO_UDP, IPPROTO_SCTP,
	};
	struct endpoint ep;
	uint32_t mark;
	bool has_port;
	int which;
	int rc;

	rc = wparse_pick_one(c, names, 4, " or ", &which);
	if (rc)
		return rc;
	if (which < 3) {
		rc = parse_addr_port(c, &ep, NULL, &has_port);
		if (!rc)
			model_set_key(svc, protocols[which], &ep);
		return rc;
	}
	if (!wparse_peek(c) || parse_fwmark(wparse_peek(c), &mark))
		return wparse_expect(c, FWMARK_EXPECTED);
	c->i++;
	model_set_mark(svc, mark, wparse_take(c, "ipv6") ? AF_INET6 : AF_INET);
	return LBCTL_OK;
}

/* ADDRESS[:PORT], by default the port of the service. */
int wparse_dest_key(struct cursor *c, const struct service *svc,
		    struct dest *dest, bool *has_port)
{
	const uint16_t port = model_num(svc, LB_A_SERVICE_PORT);
	struct endpoint ep;
	bool given;
	int rc = parse_addr_port(c, &ep, &port, has_port ?: &given);

	if (!rc)
		model_set_address(dest, &ep);
	return rc;
}

int wparse_give(uint64_t *given, unsigned int attr, const char *word)
{
	if (*given & BIT(attr))
		return diag_usage("\"%s\" is said twice", word);
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

int wparse_settings(struct cursor *c, const struct spec_set *set,
		    const char *more, union value *val, uint64_t *given)
{
	const char *names[SETTINGS_MAX];
	uint16_t types[SETTINGS_MAX];
	const char *flags = NULL;
	int rc = LBCTL_OK;
	uint16_t type;
	int which;
	size_t n;

	n = setting_names(set, more, names, types);
	while (!rc && wparse_peek(c)) {
		rc = wparse_pick(c, names, n, &which);
		if (rc || which == PICK_NONE)
			break;
		type = types[which];
		/* A value that stands alone is its own word. */
		c->i -= !type || !*spec_attr(set, type)->word;
		if (!type)
			break;
		rc = wparse_give(given, setting_type(set, type, val),
				 names[which]);
		if (rc)
			break;
		if (spec_attr(set, type)->type == SPEC_FLAGS)
			flags = wparse_peek(c);
		rc = wparse_value(c, set, type, val);
	}
	/* What they mean depends on the scheduler, which may follow them. */
	return rc || !flags ? rc : setting_parse_flags(flags, val);
}

int wparse_service_dests(struct cursor *c, struct service *svc, bool whole)
{
	static const char *const name = "dest";
	struct dest *dest;
	int rc, which;

	for (;;) {
		rc = wparse_pick(c, &name, 1, &which);
		if (rc || which == PICK_NONE)
			break;
		svc->dest = mem_room(svc->dest, svc->n_dests,
				     sizeof(*svc->dest));
		dest = &svc->dest[svc->n_dests++];
		*dest = whole ? dest_default : (struct dest) { .given = 0 };
		rc = wparse_dest_key(c, svc, dest, NULL);
		if (!rc)
			rc = wparse_settings(c, &spec_dest, name, dest->val,
					     &dest->given);
		if (rc)
			break;
	}
	if (!rc && wparse_peek(c))
		rc = wparse_expect_settings(c, svc->n_dests ? &spec_dest :
							      &spec_service,
					    name);
	return rc;
}
