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

/* A word that fits. */
static int parse_text(struct cursor *c, const char *what, char *buf,
		      size_t size)
{
	const char *word = wparse_peek(c);

	if (!word || strlen(word) >= size)
		return wparse_expect(c, what);
	snprintf(buf, size, "%s", word);
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

/* A number after its name; what follows tells whether one was there. */
int wparse_value(struct cursor *c, uint64_t *given, unsigned int attr,
		 uint32_t *val)
{
	int rc = wparse_give(c, given, attr);

	return rc ? rc : parse_uint(c, 0, UINT32_MAX, "a number", val);
}

static int parse_forward(struct cursor *c, struct dest *dest, uint8_t forward)
{
	dest->forward = forward;
	return wparse_give(c, &dest->given, LB_A_DEST_FORWARD);
}

/* The name of a value; what lists them. */
static int parse_name(struct cursor *c, uint64_t *given,
		      const struct spec_set *set, uint16_t attr,
		      const char *what, uint8_t *val)
{
	int rc = wparse_give(c, given, attr);
	const char *name;

	for (*val = 0; !rc && (name = spec_name(set, attr, *val)); (*val)++)
		if (wparse_take(c, name))
			return LBCTL_OK;
	return rc ? rc : wparse_expect(c, what);
}

/* On, unless it is said to be off. */
static int parse_switch(struct cursor *c, uint64_t *given,
			unsigned int attr, bool *val)
{
	int rc = wparse_give(c, given, attr);

	*val = !wparse_take(c, "off");
	return rc;
}

static int parse_tun_port(struct cursor *c, struct dest *dest)
{
	int rc = wparse_give(c, &dest->given, LB_A_DEST_TUN_PORT);
	uint32_t port;

	if (!rc)
		rc = parse_uint(c, 0, UINT16_MAX, "a port", &port);
	if (!rc)
		dest->tun_port = port;
	return rc;
}

/* ADDRESS[:PORT], by default the port of the service. */
int wparse_dest_key(struct cursor *c, const struct service_key *key,
		    struct dest *dest)
{
	dest->ep.port = key->ep.port;
	return parse_addr_port(c, &dest->ep, false);
}

/* A dest and the settings that follow, as far as they are known. */
int wparse_dest(struct cursor *c, const struct service_key *key,
		struct dest *dest)
{
	int rc;

	rc = wparse_dest_key(c, key, dest);
	while (!rc) {
		if (wparse_take(c, "nat"))
			rc = parse_forward(c, dest, LB_FORWARD_NAT);
		else if (wparse_take(c, "dr"))
			rc = parse_forward(c, dest, LB_FORWARD_DR);
		else if (wparse_take(c, "tun"))
			rc = parse_forward(c, dest, LB_FORWARD_TUN);
		else if (wparse_take(c, "tun-type"))
			rc = parse_name(c, &dest->given, &spec_dest,
					LB_A_DEST_TUN_TYPE, "ipip, gre or gue",
					&dest->tun_type);
		else if (wparse_take(c, "tun-port"))
			rc = parse_tun_port(c, dest);
		else if (wparse_take(c, "tun-checksum"))
			rc = parse_name(c, &dest->given, &spec_dest,
					LB_A_DEST_TUN_CHECKSUM,
					"none, full or remote",
					&dest->tun_checksum);
		else if (wparse_take(c, "weight"))
			rc = wparse_value(c, &dest->given, LB_A_DEST_WEIGHT,
					  &dest->weight);
		else if (wparse_take(c, "upper"))
			rc = wparse_value(c, &dest->given,
					  LB_A_DEST_UPPER_THRESHOLD,
					  &dest->upper);
		else if (wparse_take(c, "lower"))
			rc = wparse_value(c, &dest->given,
					  LB_A_DEST_LOWER_THRESHOLD,
					  &dest->lower);
		else
			break;
	}
	return rc;
}

static int parse_scheduler(struct cursor *c, struct service *svc)
{
	int rc = wparse_give(c, &svc->given, LB_A_SERVICE_SCHEDULER);

	return rc ? rc : parse_text(c, "the name of a scheduler",
				    svc->scheduler, sizeof(svc->scheduler));
}

/* What they mean depends on the scheduler, which may be named later. */
static int take_sched_flags(struct cursor *c, struct service *svc,
			    const char **flags)
{
	int rc = wparse_give(c, &svc->given, LB_A_SERVICE_SCHED_FLAGS);

	if (rc)
		return rc;
	if (!wparse_peek(c))
		return wparse_expect(c, "flags like sh-port,sh-fallback");
	*flags = c->words[c->i++];
	return LBCTL_OK;
}

static int parse_mask(struct cursor *c, struct service *svc)
{
	int rc = wparse_give(c, &svc->given, LB_A_SERVICE_PERSIST_MASK4);

	if (rc)
		return rc;
	if (!wparse_peek(c) || model_parse_mask(wparse_peek(c), svc))
		return wparse_expect(c, model_mask_form(svc));
	c->i++;
	return LBCTL_OK;
}

static int parse_pe(struct cursor *c, struct service *svc)
{
	int rc = wparse_give(c, &svc->given, LB_A_SERVICE_PE);

	if (rc || wparse_take(c, "off"))
		return rc;
	return parse_text(c, "the name of a persistence engine, or off",
			  svc->pe, sizeof(svc->pe));
}

int wparse_service_settings(struct cursor *c, struct service *svc)
{
	const char *flags = NULL;
	int rc = LBCTL_OK;

	while (!rc) {
		if (wparse_take(c, "scheduler"))
			rc = parse_scheduler(c, svc);
		else if (wparse_take(c, "sched-flags"))
			rc = take_sched_flags(c, svc, &flags);
		else if (wparse_take(c, "persistent"))
			rc = wparse_value(c, &svc->given,
					  LB_A_SERVICE_PERSIST_TIMEOUT,
					  &svc->persist);
		else if (wparse_take(c, "mask"))
			rc = parse_mask(c, svc);
		else if (wparse_take(c, "tcp-timeout"))
			rc = wparse_value(c, &svc->given,
					  LB_A_SERVICE_TCP_TIMEOUT,
					  &svc->tcp_timeout);
		else if (wparse_take(c, "tcp-fin-timeout"))
			rc = wparse_value(c, &svc->given,
					  LB_A_SERVICE_TCP_FIN_TIMEOUT,
					  &svc->tcp_fin_timeout);
		else if (wparse_take(c, "udp-timeout"))
			rc = wparse_value(c, &svc->given,
					  LB_A_SERVICE_UDP_TIMEOUT,
					  &svc->udp_timeout);
		else if (wparse_take(c, "one-packet"))
			rc = parse_switch(c, &svc->given,
					  LB_A_SERVICE_ONE_PACKET,
					  &svc->one_packet);
		else if (wparse_take(c, "pe"))
			rc = parse_pe(c, svc);
		else if (wparse_take(c, "tun-df"))
			rc = parse_name(c, &svc->given, &spec_service,
					LB_A_SERVICE_TUN_DF,
					"default, inherit, set or unset",
					&svc->tun_df);
		else if (wparse_take(c, "mtu"))
			rc = wparse_value(c, &svc->given, LB_A_SERVICE_MTU,
					  &svc->mtu);
		else if (wparse_take(c, "mss-clamp"))
			rc = parse_switch(c, &svc->given,
					  LB_A_SERVICE_MSS_CLAMP,
					  &svc->mss_clamp);
		else
			break;
	}
	if (!rc && flags)
		rc = schedflags_parse(flags, svc->scheduler, &svc->flags);
	return rc;
}

int wparse_service_dests(struct cursor *c, struct service *svc,
			 const struct dest *template)
{
	size_t room = 0;
	int rc = LBCTL_OK;

	while (!rc && wparse_take(c, "dest")) {
		if (svc->n_dests == room) {
			room = room ? room * 2 : 8;
			svc->dest = mem_array(svc->dest, room,
					      sizeof(*svc->dest));
		}
		svc->dest[svc->n_dests] = *template;
		rc = wparse_dest(c, &svc->key, &svc->dest[svc->n_dests++]);
	}
	if (!rc && wparse_peek(c))
		rc = wparse_expect(c, svc->n_dests ?
				   WPARSE_DEST_SETTINGS ", lower or dest" :
				   WPARSE_SERVICE_SETTINGS
				   ", mss-clamp or dest");
	return rc;
}
