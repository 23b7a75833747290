// SPDX-License-Identifier: GPL-2.0-only
/* The word grammar: OBJECT COMMAND …. */
#include <errno.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "help.h"
#include "mem.h"
#include "model.h"
#include "monitor.h"
#include "schedflags.h"
#include "spec.h"
#include "words.h"
#include "wshow.h"

struct cursor {
	char *const	*words;
	size_t		n;
	size_t		i;
};

/* The next word, not yet taken, or NULL. */
static const char *peek(const struct cursor *c)
{
	return c->i < c->n ? c->words[c->i] : NULL;
}

static bool take(struct cursor *c, const char *word)
{
	const char *next = peek(c);

	if (!next || strcmp(next, word))
		return false;
	c->i++;
	return true;
}

static int expect(const struct cursor *c, const char *what)
{
	const char *word = peek(c);

	if (word)
		return diag_usage("unexpected word \"%s\", expected %s", word,
				  what);
	return diag_usage("expected %s after \"%s\"", what,
			  c->words[c->n - 1]);
}

/* To a list of what is expected. */
static void append(char *list, size_t size, const char *name)
{
	size_t len = strlen(list);

	snprintf(list + len, size - len, "%s%s", len ? ", " : "", name);
}

static int parse_end(const struct cursor *c)
{
	const char *word = peek(c);

	if (!word)
		return LBCTL_OK;
	return diag_usage("unexpected word \"%s\", the command was complete",
			  word);
}

static int parse_u32(struct cursor *c, uint32_t *val)
{
	const char *word = peek(c);

	if (!word || parse_number(word, 0, UINT32_MAX, val))
		return expect(c, "a number");
	c->i++;
	return LBCTL_OK;
}

/* Without a port, ep keeps the one it has. */
static int parse_addr_port(struct cursor *c, struct endpoint *ep,
			   bool needs_port)
{
	const uint16_t default_port = ep->port;
	const char *word = peek(c);
	bool has_port = false;
	int err = -EINVAL;

	if (word)
		err = parse_endpoint(word, NULL, ep, &has_port);
	if (!has_port)
		ep->port = default_port;
	if (err || (needs_port && !has_port))
		return expect(c, needs_port ? "ADDRESS:PORT or [IPV6]:PORT" :
				   "ADDRESS[:PORT]");
	c->i++;
	return LBCTL_OK;
}

static int parse_key(struct cursor *c, struct service_key *key)
{
	*key = (struct service_key) { .fwmark = 0 };

	if (take(c, "fwmark")) {
		if (!peek(c) ||
		    parse_number(peek(c), 1, UINT32_MAX, &key->fwmark))
			return expect(c, "a mark that is not 0");
		c->i++;
		key->ep.family = take(c, "ipv6") ? AF_INET6 : AF_INET;
		return LBCTL_OK;
	}
	if (take(c, "tcp"))
		key->protocol = IPPROTO_TCP;
	else if (take(c, "udp"))
		key->protocol = IPPROTO_UDP;
	else if (take(c, "sctp"))
		key->protocol = IPPROTO_SCTP;
	else
		return expect(c, "tcp, udp, sctp or fwmark");
	return parse_addr_port(c, &key->ep, true);
}

/* Note that an attribute is given; not twice. */
static int give(const struct cursor *c, unsigned int *given, unsigned int attr)
{
	if (*given & BIT(attr))
		return diag_usage("\"%s\" is said twice",
				  c->words[c->i - 1]);
	*given |= BIT(attr);
	return LBCTL_OK;
}

/* A number after its name; what follows tells whether one was there. */
static int parse_value(struct cursor *c, unsigned int *given,
		       unsigned int attr, uint32_t *val)
{
	int rc = give(c, given, attr);

	return rc ? rc : parse_u32(c, val);
}

static int parse_forward(struct cursor *c, struct dest *dest, uint8_t forward)
{
	dest->forward = forward;
	return give(c, &dest->given, LB_A_DEST_FORWARD);
}

#define DEST_SETTINGS	"nat, dr, tun, tun-type, tun-port, tun-checksum, " \
			"weight, upper"

/* One of the names of an attribute's values. */
static int parse_dest_name(struct cursor *c, struct dest *dest, uint16_t attr,
			   uint8_t *val)
{
	int rc = give(c, &dest->given, attr);
	const char *name;

	for (*val = 0; !rc && (name = spec_dest_name(attr, *val)); (*val)++)
		if (take(c, name))
			return LBCTL_OK;
	return rc ? rc : expect(c, attr == LB_A_DEST_TUN_TYPE ?
				   "ipip, gre or gue" : "none, full or remote");
}

static int parse_tun_port(struct cursor *c, struct dest *dest)
{
	int rc = give(c, &dest->given, LB_A_DEST_TUN_PORT);
	uint32_t port;

	if (rc)
		return rc;
	if (!peek(c) || parse_number(peek(c), 0, UINT16_MAX, &port))
		return expect(c, "a port");
	dest->tun_port = port;
	c->i++;
	return LBCTL_OK;
}

/* ADDRESS[:PORT], by default the port of the service. */
static int parse_dest_key(struct cursor *c, const struct service_key *key,
			  struct dest *dest)
{
	dest->ep.port = key->ep.port;
	return parse_addr_port(c, &dest->ep, false);
}

/* A dest and the settings that follow, as far as they are known. */
static int parse_dest(struct cursor *c, const struct service_key *key,
		      struct dest *dest)
{
	int rc;

	rc = parse_dest_key(c, key, dest);
	while (!rc) {
		if (take(c, "nat"))
			rc = parse_forward(c, dest, LB_FORWARD_NAT);
		else if (take(c, "dr"))
			rc = parse_forward(c, dest, LB_FORWARD_DR);
		else if (take(c, "tun"))
			rc = parse_forward(c, dest, LB_FORWARD_TUN);
		else if (take(c, "tun-type"))
			rc = parse_dest_name(c, dest, LB_A_DEST_TUN_TYPE,
					     &dest->tun_type);
		else if (take(c, "tun-port"))
			rc = parse_tun_port(c, dest);
		else if (take(c, "tun-checksum"))
			rc = parse_dest_name(c, dest, LB_A_DEST_TUN_CHECKSUM,
					     &dest->tun_checksum);
		else if (take(c, "weight"))
			rc = parse_value(c, &dest->given, LB_A_DEST_WEIGHT,
					 &dest->weight);
		else if (take(c, "upper"))
			rc = parse_value(c, &dest->given,
					 LB_A_DEST_UPPER_THRESHOLD,
					 &dest->upper);
		else if (take(c, "lower"))
			rc = parse_value(c, &dest->given,
					 LB_A_DEST_LOWER_THRESHOLD,
					 &dest->lower);
		else
			break;
	}
	return rc;
}

static int parse_scheduler(struct cursor *c, struct service *svc)
{
	int rc = give(c, &svc->given, LB_A_SERVICE_SCHEDULER);

	if (rc)
		return rc;
	if (!peek(c) || strlen(peek(c)) > LB_SCHED_NAME_MAX)
		return expect(c, "the name of a scheduler");
	snprintf(svc->scheduler, sizeof(svc->scheduler), "%s",
		 c->words[c->i++]);
	return LBCTL_OK;
}

/* What they mean depends on the scheduler, which may be named later. */
static int take_sched_flags(struct cursor *c, struct service *svc,
			    const char **flags)
{
	int rc = give(c, &svc->given, LB_A_SERVICE_SCHED_FLAGS);

	if (rc)
		return rc;
	if (!peek(c))
		return expect(c, "flags like sh-port,sh-fallback");
	*flags = c->words[c->i++];
	return LBCTL_OK;
}

static int parse_mask(struct cursor *c, struct service *svc)
{
	int rc = give(c, &svc->given, LB_A_SERVICE_PERSIST_MASK4);

	if (rc)
		return rc;
	if (!peek(c) || model_parse_mask(peek(c), svc))
		return expect(c, model_mask_form(svc));
	c->i++;
	return LBCTL_OK;
}

static int parse_one_packet(struct cursor *c, struct service *svc)
{
	int rc = give(c, &svc->given, LB_A_SERVICE_ONE_PACKET);

	svc->one_packet = !take(c, "off");
	return rc;
}

static int parse_pe(struct cursor *c, struct service *svc)
{
	int rc = give(c, &svc->given, LB_A_SERVICE_PE);

	if (rc || take(c, "off"))
		return rc;
	if (!peek(c) || strlen(peek(c)) > LB_PE_NAME_MAX)
		return expect(c, "the name of a persistence engine, or off");
	snprintf(svc->pe, sizeof(svc->pe), "%s", c->words[c->i++]);
	return LBCTL_OK;
}

/* The name of what to do with packets that do not fit into a tunnel. */
static int parse_tun_df(struct cursor *c, struct service *svc)
{
	int rc = give(c, &svc->given, LB_A_SERVICE_TUN_DF);

	for (svc->tun_df = 0; !rc && svc->tun_df <= LB_TUNNEL_DF_MAX;
	     svc->tun_df++)
		if (take(c, spec_tunnel_df_name(svc->tun_df)))
			return LBCTL_OK;
	return rc ? rc : expect(c, "default, inherit, set or unset");
}

static int parse_mss_clamp(struct cursor *c, struct service *svc)
{
	int rc = give(c, &svc->given, LB_A_SERVICE_MSS_CLAMP);

	svc->mss_clamp = !take(c, "off");
	return rc;
}

#define SERVICE_SETTINGS	"scheduler, sched-flags, persistent, mask, " \
				"a timeout, one-packet, pe, tun-df, mtu"

static int parse_service_settings(struct cursor *c, struct service *svc)
{
	const char *flags = NULL;
	int rc = LBCTL_OK;

	while (!rc) {
		if (take(c, "scheduler"))
			rc = parse_scheduler(c, svc);
		else if (take(c, "sched-flags"))
			rc = take_sched_flags(c, svc, &flags);
		else if (take(c, "persistent"))
			rc = parse_value(c, &svc->given,
					 LB_A_SERVICE_PERSIST_TIMEOUT,
					 &svc->persist);
		else if (take(c, "mask"))
			rc = parse_mask(c, svc);
		else if (take(c, "tcp-timeout"))
			rc = parse_value(c, &svc->given,
					 LB_A_SERVICE_TCP_TIMEOUT,
					 &svc->tcp_timeout);
		else if (take(c, "tcp-fin-timeout"))
			rc = parse_value(c, &svc->given,
					 LB_A_SERVICE_TCP_FIN_TIMEOUT,
					 &svc->tcp_fin_timeout);
		else if (take(c, "udp-timeout"))
			rc = parse_value(c, &svc->given,
					 LB_A_SERVICE_UDP_TIMEOUT,
					 &svc->udp_timeout);
		else if (take(c, "one-packet"))
			rc = parse_one_packet(c, svc);
		else if (take(c, "pe"))
			rc = parse_pe(c, svc);
		else if (take(c, "tun-df"))
			rc = parse_tun_df(c, svc);
		else if (take(c, "mtu"))
			rc = parse_value(c, &svc->given, LB_A_SERVICE_MTU,
					 &svc->mtu);
		else if (take(c, "mss-clamp"))
			rc = parse_mss_clamp(c, svc);
		else
			break;
	}
	if (!rc && flags)
		rc = schedflags_parse(flags, svc->scheduler, &svc->flags);
	return rc;
}

static int parse_service_dests(struct cursor *c, struct service *svc,
			       const struct dest *template)
{
	size_t room = 0;
	int rc = LBCTL_OK;

	while (!rc && take(c, "dest")) {
		if (svc->n_dests == room) {
			room = room ? room * 2 : 8;
			svc->dest = mem_array(svc->dest, room,
					      sizeof(*svc->dest));
		}
		svc->dest[svc->n_dests] = *template;
		rc = parse_dest(c, &svc->key, &svc->dest[svc->n_dests++]);
	}
	if (!rc && peek(c))
		rc = expect(c, svc->n_dests ? DEST_SETTINGS ", lower or dest" :
			      SERVICE_SETTINGS ", mss-clamp or dest");
	return rc;
}

static int service_set(struct batch *b, struct cursor *c)
{
	struct service svc = { .given = 0 };
	int rc;

	rc = parse_key(c, &svc.key);
	if (!rc)
		rc = parse_service_settings(c, &svc);
	if (!rc && (peek(c) || !svc.given))
		rc = expect(c, SERVICE_SETTINGS " or mss-clamp");
	if (!rc)
		model_set_service(b, 0, &svc);
	return rc;
}

/* Give what was not said its default, so that nothing of the old one stays. */
static void give_dest(struct dest *dest)
{
	dest->given |= BIT(LB_A_DEST_FORWARD) | BIT(LB_A_DEST_WEIGHT) |
		       BIT(LB_A_DEST_UPPER_THRESHOLD) |
		       BIT(LB_A_DEST_LOWER_THRESHOLD);
	if (dest->forward == LB_FORWARD_TUN)
		dest->given |= BIT(LB_A_DEST_TUN_TYPE) |
			       BIT(LB_A_DEST_TUN_PORT) |
			       BIT(LB_A_DEST_TUN_CHECKSUM);
}

static void give_all(struct service *svc)
{
	size_t i;

	svc->given |= BIT(LB_A_SERVICE_SCHEDULER) |
		      BIT(LB_A_SERVICE_PERSIST_TIMEOUT) |
		      BIT(LB_A_SERVICE_PERSIST_MASK4) |
		      BIT(LB_A_SERVICE_TCP_TIMEOUT) |
		      BIT(LB_A_SERVICE_TCP_FIN_TIMEOUT) |
		      BIT(LB_A_SERVICE_UDP_TIMEOUT) |
		      BIT(LB_A_SERVICE_TUN_DF) | BIT(LB_A_SERVICE_MTU) |
		      BIT(LB_A_SERVICE_MSS_CLAMP);
	if (model_takes_one_packet(&svc->key))
		svc->given |= BIT(LB_A_SERVICE_ONE_PACKET) |
			      BIT(LB_A_SERVICE_PE);
	for (i = 0; i < svc->n_dests; i++)
		give_dest(&svc->dest[i]);
}

static int service_replace(struct batch *b, struct cursor *c)
{
	struct service svc = service_default;
	int rc;

	rc = parse_key(c, &svc.key);
	if (!rc)
		rc = parse_service_settings(c, &svc);
	if (!rc)
		rc = parse_service_dests(c, &svc, &dest_default);
	if (!rc) {
		give_all(&svc);
		model_set_service(b, NLM_F_CREATE | NLM_F_REPLACE, &svc);
	}
	free(svc.dest);
	return rc;
}

static int service_add(struct batch *b, struct cursor *c)
{
	const struct dest template = { .given = 0 };
	struct service svc = { .given = 0 };
	int rc;

	if (b->whole)
		return service_replace(b, c);
	rc = parse_key(c, &svc.key);
	if (!rc)
		rc = parse_service_settings(c, &svc);
	if (!rc)
		rc = parse_service_dests(c, &svc, &template);
	if (!rc)
		model_set_service(b, NLM_F_CREATE | NLM_F_EXCL, &svc);
	free(svc.dest);
	return rc;
}

static int service_del(struct batch *b, struct cursor *c)
{
	struct service_key key;
	int rc;

	rc = parse_key(c, &key);
	if (!rc)
		rc = parse_end(c);
	if (!rc)
		model_key_cmd(b, LB_CMD_SERVICE_DEL, 0, &key);
	return rc;
}

static int service_flush(struct batch *b, struct cursor *c)
{
	int rc = parse_end(c);

	if (!rc)
		model_key_cmd(b, LB_CMD_FLUSH, 0, NULL);
	return rc;
}

/* Of commands whose service may be left out; *key is then NULL. */
static int parse_optional_key(struct cursor *c, struct service_key *room,
			      struct service_key **key)
{
	int rc;

	*key = NULL;
	if (!peek(c))
		return LBCTL_OK;
	*key = room;
	rc = parse_key(c, room);
	return rc ? rc : parse_end(c);
}

static int service_zero(struct batch *b, struct cursor *c)
{
	struct service_key room, *key;
	int rc;

	rc = parse_optional_key(c, &room, &key);
	if (!rc)
		model_key_cmd(b, LB_CMD_ZERO, 0, key);
	return rc;
}

static int stats_zero(struct batch *b, struct cursor *c)
{
	int rc = parse_end(c);

	if (!rc)
		model_key_cmd(b, LB_CMD_ZERO, 0, NULL);
	return rc;
}

static int parse_key_to_dest(struct cursor *c, struct service_key *key,
			     struct dest *dest)
{
	int rc = parse_key(c, key);

	if (!rc && !take(c, "to"))
		rc = expect(c, "\"to\"");
	return rc ? rc : parse_dest(c, key, dest);
}

static int dest_set(struct batch *b, struct cursor *c, uint16_t flags)
{
	struct dest dest = { .given = 0 };
	struct service_key key;
	int rc;

	if (b->whole)
		dest = dest_default;
	rc = parse_key_to_dest(c, &key, &dest);
	if (!rc && (peek(c) || (!flags && !dest.given)))
		rc = expect(c, DEST_SETTINGS " or lower");
	if (!rc && b->whole)
		give_dest(&dest);
	if (!rc)
		model_set_dest(b, flags, &key, &dest);
	return rc;
}

static int dest_add(struct batch *b, struct cursor *c)
{
	return dest_set(b, c, NLM_F_CREATE | NLM_F_EXCL);
}

static int dest_edit(struct batch *b, struct cursor *c)
{
	return dest_set(b, c, 0);
}

static int dest_del(struct batch *b, struct cursor *c)
{
	struct dest dest = { .given = 0 };
	struct service_key key;
	int rc;

	rc = parse_key(c, &key);
	if (!rc && !take(c, "to"))
		rc = expect(c, "\"to\"");
	if (!rc)
		rc = parse_dest_key(c, &key, &dest);
	if (!rc)
		rc = parse_end(c);
	if (!rc)
		model_del_dest(b, &key, &dest);
	return rc;
}

static int parse_setting(struct cursor *c, uint16_t *attr)
{
	const char *word = peek(c);
	uint16_t i;

	for (i = 1; word && i <= LB_A_CONFIG_MAX; i++) {
		if (!model_config_is(i, word))
			continue;
		*attr = i;
		c->i++;
		return LBCTL_OK;
	}
	return expect(c, "a setting that \"lbctl config\" lists");
}

static int parse_setting_value(struct cursor *c, uint16_t attr,
			       struct config *cfg)
{
	const char *word = peek(c);
	uint32_t val;
	int rc;

	if (!model_config_word(attr, 0))
		return parse_value(c, &cfg->given, attr, &cfg->val[attr]);
	for (val = 0; word && model_config_word(attr, val); val++) {
		if (strcmp(word, model_config_word(attr, val)))
			continue;
		cfg->val[attr] = val;
		rc = give(c, &cfg->given, attr);
		c->i++;
		return rc;
	}
	return expect(c, "auto, on or off");
}

static int config_set(struct batch *b, struct cursor *c)
{
	struct config cfg = { .given = 0 };
	uint16_t attr = 0;
	int rc;

	do {
		rc = parse_setting(c, &attr);
		if (!rc)
			rc = parse_setting_value(c, attr, &cfg);
	} while (!rc && peek(c));
	if (!rc)
		model_set_config(b, &cfg);
	return rc;
}

static int service_show(const char *text, struct cursor *c, bool json)
{
	struct service_key room, *key;
	int rc = parse_optional_key(c, &room, &key);

	return rc ? rc : wshow_services(text, key, json);
}

static int service_stats(const char *text, struct cursor *c, bool json)
{
	struct service_key room, *key;
	int rc = parse_optional_key(c, &room, &key);

	return rc ? rc : wshow_service_stats(text, key, json);
}

static int dest_show(const char *text, struct cursor *c, bool json)
{
	struct service_key room, *key;
	int rc = parse_optional_key(c, &room, &key);

	return rc ? rc : wshow_dests(text, key, json);
}

static int dest_stats(const char *text, struct cursor *c, bool json)
{
	struct service_key room, *key;
	int rc = parse_optional_key(c, &room, &key);

	return rc ? rc : wshow_dest_stats(text, key, json);
}

/* ADDRESS[/LENGTH]; more bits of it may be set than count. */
static int parse_client(struct cursor *c, struct conn_filter *filter)
{
	const char *word = peek(c) ?: "";
	char addr[INET6_ADDRSTRLEN + 2];
	size_t len = strcspn(word, "/");
	bool has_port;
	uint32_t max;
	int rc;

	rc = give(c, &filter->given, LB_A_CONN_CLIENT_ADDR4);
	if (rc)
		return rc;
	snprintf(addr, sizeof(addr), "%.*s", (int)len, word);
	if (len >= sizeof(addr) ||
	    parse_endpoint(addr, NULL, &filter->client, &has_port) || has_port)
		return expect(c, "ADDRESS[/LENGTH]");

	max = filter->client.family == AF_INET6 ? 128 : 32;
	if (word[len] && parse_number(word + len + 1, 0, max, &filter->plen))
		return expect(c, "ADDRESS[/LENGTH]");
	if (word[len])
		filter->given |= BIT(LB_A_CONN_CLIENT_PLEN);
	c->i++;
	return LBCTL_OK;
}

/* Without a port, all ports of the address are meant. */
static int parse_conn_dest(struct cursor *c, struct conn_filter *filter)
{
	bool has_port = false;
	int rc;

	rc = give(c, &filter->given, LB_A_CONN_DEST_ADDR4);
	if (rc)
		return rc;
	if (!peek(c) || parse_endpoint(peek(c), NULL, &filter->dest, &has_port))
		return expect(c, "ADDRESS[:PORT]");
	if (has_port)
		filter->given |= BIT(LB_A_CONN_DEST_PORT);
	c->i++;
	return LBCTL_OK;
}

static int parse_state(struct cursor *c, struct conn_filter *filter)
{
	char list[512] = "";
	unsigned int i;
	int rc;

	rc = give(c, &filter->given, LB_A_CONN_STATE);
	if (rc)
		return rc;
	for (i = 0; i <= LB_STATE_MAX; i++) {
		filter->state = i;
		if (take(c, spec_state_name(i)))
			return LBCTL_OK;
		append(list, sizeof(list), spec_state_name(i));
	}
	return expect(c, list);
}

static int parse_filter(struct cursor *c, struct conn_filter *filter)
{
	int rc = LBCTL_OK;

	*filter = (struct conn_filter) { .given = 0 };
	while (!rc && peek(c)) {
		if (take(c, "service")) {
			rc = give(c, &filter->given, LB_A_CONN_SERVICE) ?:
			     parse_key(c, &filter->service);
		} else if (take(c, "client")) {
			rc = parse_client(c, filter);
		} else if (take(c, "dest")) {
			rc = parse_conn_dest(c, filter);
		} else if (take(c, "state")) {
			rc = parse_state(c, filter);
		} else if (take(c, "tcp")) {
			filter->protocol = IPPROTO_TCP;
			rc = give(c, &filter->given, LB_A_CONN_PROTOCOL);
		} else if (take(c, "udp")) {
			filter->protocol = IPPROTO_UDP;
			rc = give(c, &filter->given, LB_A_CONN_PROTOCOL);
		} else if (take(c, "sctp")) {
			filter->protocol = IPPROTO_SCTP;
			rc = give(c, &filter->given, LB_A_CONN_PROTOCOL);
		} else {
			rc = expect(c, "service, client, dest, state, tcp, udp or sctp");
		}
	}
	return rc;
}

static int conn_show(const char *text, struct cursor *c, bool json)
{
	struct conn_filter filter;
	int rc = parse_filter(c, &filter);

	return rc ? rc : wshow_conns(text, &filter, json);
}

static int conn_flush(struct batch *b, struct cursor *c)
{
	struct conn_filter filter;
	int rc = parse_filter(c, &filter);

	if (!rc)
		model_conn_cmd(b, LB_CMD_CONN_FLUSH, 0, &filter);
	return rc;
}

static int conn_count(const char *text, struct cursor *c, bool json)
{
	int rc = parse_end(c);

	return rc ? rc : wshow_conn_count(text, json);
}

static int config_show(const char *text, struct cursor *c, bool json)
{
	int rc = parse_end(c);

	return rc ? rc : wshow_config(text, 0, json);
}

static int config_get(const char *text, struct cursor *c, bool json)
{
	uint16_t attr = 0;
	int rc;

	rc = parse_setting(c, &attr);
	if (!rc)
		rc = parse_end(c);
	return rc ? rc : wshow_config(text, attr, json);
}

static int stats_show(const char *text, struct cursor *c, bool json)
{
	int rc = parse_end(c);

	return rc ? rc : wshow_stats(text, json);
}

static int run_monitor(const char *text, struct cursor *c, bool json)
{
	bool timestamp = take(c, "timestamp");

	(void)text;
	if (peek(c))
		return expect(c, "timestamp");
	return monitor_run(timestamp, json);
}

static int run_version(const char *text, struct cursor *c, bool json)
{
	int rc = parse_end(c);

	(void)text;
	if (!rc && json)
		rc = diag_usage("option -j goes with commands that list something");
	return rc ? rc : help_version();
}

static int run_help(const char *text, struct cursor *c, bool json)
{
	int rc = parse_end(c);

	(void)text;
	if (!rc && json)
		rc = diag_usage("option -j goes with commands that list something");
	if (!rc)
		help_words();
	return rc;
}

/* A command either makes a request that changes something, or runs. */
static const struct command {
	const char	*object;
	const char	*verb;		/* NULL: the object is the command */
	int		(*compile)(struct batch *b, struct cursor *c);
	int		(*run)(const char *text, struct cursor *c, bool json);
} commands[] = {
	{ "service", "show", .run = service_show },
	{ "service", "add", .compile = service_add },
	{ "service", "set", .compile = service_set },
	{ "service", "replace", .compile = service_replace },
	{ "service", "del", .compile = service_del },
	{ "service", "flush", .compile = service_flush },
	{ "service", "zero", .compile = service_zero },
	{ "service", "stats", .run = service_stats },
	{ "dest", "show", .run = dest_show },
	{ "dest", "add", .compile = dest_add },
	{ "dest", "set", .compile = dest_edit },
	{ "dest", "del", .compile = dest_del },
	{ "dest", "stats", .run = dest_stats },
	{ "conn", "show", .run = conn_show },
	{ "conn", "count", .run = conn_count },
	{ "conn", "flush", .compile = conn_flush },
	{ "config", "show", .run = config_show },
	{ "config", "get", .run = config_get },
	{ "config", "set", .compile = config_set },
	{ "stats", "show", .run = stats_show },
	{ "stats", "zero", .compile = stats_zero },
	{ "monitor", NULL, .run = run_monitor },
	{ "version", NULL, .run = run_version },
	{ "help", NULL, .run = run_help },
};

#define N_COMMANDS	(sizeof(commands) / sizeof(*commands))

/* Both say what is there instead: the objects, or the verbs of one. */
static int unknown_object(const struct cursor *c)
{
	const char *last = "";
	char list[128] = "";
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		if (!strcmp(commands[i].object, last))
			continue;
		last = commands[i].object;
		append(list, sizeof(list), last);
	}
	return expect(c, list);
}

static int unknown_verb(const struct cursor *c, const char *object)
{
	char list[128] = "";
	size_t i;

	for (i = 0; i < N_COMMANDS; i++)
		if (!strcmp(commands[i].object, object))
			append(list, sizeof(list), commands[i].verb);
	return expect(c, list);
}

static int find_command(struct cursor *c, const struct command **cmd)
{
	const char *object = NULL;
	size_t i;

	for (i = 0; i < N_COMMANDS; i++) {
		*cmd = &commands[i];
		if (strcmp((*cmd)->object, c->words[0]))
			continue;
		object = (*cmd)->object;
		c->i = 1;
		if (!(*cmd)->verb || take(c, (*cmd)->verb))
			return LBCTL_OK;
		/* The first one is for when nothing is said. */
		if (!peek(c))
			return LBCTL_OK;
	}
	return object ? unknown_verb(c, object) : unknown_object(c);
}

int words_compile(struct batch *b, size_t n, char *const *words)
{
	struct cursor c = { .words = words, .n = n };
	const struct command *cmd;
	int rc;

	rc = find_command(&c, &cmd);
	if (rc)
		return rc;
	if (!cmd->compile)
		return diag_usage("only commands that change something can be in a file");
	return cmd->compile(b, &c);
}

int words_run(const char *text, size_t n, char *const *words, bool json)
{
	struct cursor c = { .words = words, .n = n };
	struct batch b = { .text = text };
	const struct command *cmd;
	int rc;

	rc = find_command(&c, &cmd);
	if (rc)
		return rc;
	if (cmd->run)
		return cmd->run(text, &c, json);
	if (json)
		return diag_usage("option -j goes with commands that list something");

	rc = cmd->compile(&b, &c);
	if (!rc)
		rc = nl_run(&b, NULL);
	batch_free(&b);
	return rc;
}
