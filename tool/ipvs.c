// SPDX-License-Identifier: GPL-2.0-only
/* ipvsadm's grammar: what its options ask for, as requests. */
#include <string.h>

#include "diag.h"
#include "ipvs.h"
#include "setting.h"
#include "sync.h"

#define MAX_TIMEOUT	(31 * 24 * 3600)

static int parse_endpoint_option(const char *text, uint8_t protocol,
				 struct endpoint *ep, bool *has_port)
{
	if (parse_endpoint(text, protocol_name(protocol), ep, has_port))
		return diag_usage("bad address \"%s\", expected HOST[:PORT]",
				  text);
	return LBCTL_OK;
}

int ipvs_parse_key(const struct opts *o, struct service *room,
		   struct service **svc)
{
	static const uint8_t protocols[] = {
		[OPT_TCP_SERVICE]	= IPPROTO_TCP,
		[OPT_UDP_SERVICE]	= IPPROTO_UDP,
		[OPT_SCTP_SERVICE]	= IPPROTO_SCTP,
	};
	const char *mark = o->value[OPT_FWMARK_SERVICE];
	struct endpoint ep;
	uint32_t fwmark;
	bool has_port;
	size_t id;
	int rc;

	*svc = room;
	if (mark) {
		if (parse_fwmark(mark, &fwmark))
			return diag_usage("bad mark \"%s\", expected %s", mark,
					  FWMARK_EXPECTED);
		model_set_mark(room, fwmark, opts_has(o, OPT_IPV6) ?
			       AF_INET6 : AF_INET);
		return LBCTL_OK;
	}
	for (id = 0; id < sizeof(protocols); id++) {
		if (!o->value[id])
			continue;
		rc = parse_endpoint_option(o->value[id], protocols[id], &ep,
					   &has_port);
		if (!rc)
			model_set_key(room, protocols[id], &ep);
		return rc;
	}
	*svc = NULL;
	return LBCTL_OK;
}

static int parse_number_option(const struct opts *o, size_t id,
			       const struct spec_attr *spec, union value *val)
{
	const uint32_t max = spec->max ?: UINT32_MAX;
	uint32_t num;

	if (parse_number(o->value[id], spec->min, max, &num))
		return diag_usage("bad value \"%s\" of --%s, expected %u to %u",
				  o->value[id], spec_options[id].name,
				  spec->min, max);
	val->num = num;
	return LBCTL_OK;
}

static int parse_option(const struct opts *o, size_t id,
			const struct spec_attr *spec, union value *val)
{
	const struct spec_option *opt = &spec_options[id];
	const char *text = o->value[id];
	const char *expected;

	if (spec->type == SPEC_FLAGS)
		return setting_parse_flags(text, val);
	if (spec->type == SPEC_U8 || spec->type == SPEC_U32 ||
	    spec->type == SPEC_PORT)
		return parse_number_option(o, id, spec, &val[opt->type]);
	/* No name may be the default. */
	if (spec->type == SPEC_STRING && spec->always && !*text)
		return LBCTL_OK;
	expected = setting_parse(opt->set, opt->type, text, val);
	if (!expected)
		return LBCTL_OK;
	if (spec->type == SPEC_STRING)
		return diag_usage("%s's name is too long: \"%s\"", spec->noun,
				  text);
	if (id == OPT_NETMASK)
		return diag_usage("bad netmask \"%s\", expected %s", text,
				  expected);
	if (id == OPT_TUN_TYPE)
		return diag_usage("bad tunnel type \"%s\", expected ipip, gue or gre",
				  text);
	return diag_usage("bad value \"%s\" of --%s, expected %s", text,
			  opt->name, expected);
}

/* The settings that are said, in the order of options. */
static int parse_settings(const struct opts *o, const struct spec_set *set,
			  union value *val)
{
	const struct spec_attr *spec;
	int rc = LBCTL_OK;
	size_t id;

	for (id = 0; !rc && id < OPT_MAX; id++) {
		if (!opts_has(o, id) || spec_options[id].set != set)
			continue;
		spec = spec_attr(set, spec_options[id].type);
		if (o->value[id])
			rc = parse_option(o, id, spec, val);
		else
			val[spec_options[id].type].num =
				spec_options[id].value;
	}
	return rc;
}

/* What cannot be said in this grammar is left as it is. */
static uint64_t sayable(const struct spec_set *set, uint64_t all)
{
	uint64_t settings = attrs_settings(set);
	size_t id;

	for (id = 0; id < OPT_MAX; id++)
		if (spec_options[id].set == set)
			settings &= ~BIT(spec_options[id].type);
	return all & ~settings;
}

static int check_service(const struct opts *o, const struct service *svc)
{
	if (!model_num(svc, LB_A_SERVICE_FWMARK) &&
	    !model_num(svc, LB_A_SERVICE_PORT) &&
	    !opts_has(o, OPT_PERSISTENT))
		return diag_usage("port 0 needs a persistent service: -p");
	if (opts_has(o, OPT_OPS) && !model_takes_one_packet(svc))
		return diag_usage("option --ops needs a service of UDP or by mark");
	if (opts_has(o, OPT_PE) && !opts_has(o, OPT_PERSISTENT))
		return diag_usage("option --pe needs a persistent service: -p");
	return LBCTL_OK;
}

static int compile_service(struct batch *b, const struct opts *o)
{
	uint16_t flags = NLM_F_CREATE | NLM_F_EXCL;
	struct service svc = service_default;
	struct service *key;
	int rc;

	rc = ipvs_parse_key(o, &svc, &key);
	if (!rc)
		rc = parse_settings(o, &spec_service, svc.val);
	if (!rc)
		rc = check_service(o, &svc);
	if (rc)
		return rc;

	svc.given |= sayable(&spec_service, model_all_of_service(&svc));
	if (opts_has(o, OPT_SCHED_FLAGS))
		svc.given |= BIT(LB_A_SERVICE_SCHED_FLAGS);
	if (opts_has(o, OPT_PE))
		svc.given |= BIT(LB_A_SERVICE_PE);
	model_set_service(b, o->cmd == CMD_ADD_SERVICE ? flags : 0, &svc);
	return LBCTL_OK;
}

/* An option of tunnels that is given, but can't be. OPT_MAX if none is. */
static size_t bad_tunnel_option(const struct opts *o, const struct dest *dest)
{
	const bool gue = model_tunnel_has(dest, LB_A_DEST_TUN_PORT);
	size_t id;

	for (id = OPT_TUN_TYPE; id <= OPT_TUN_REMCSUM; id++)
		if (opts_has(o, id) &&
		    (!model_tunnel_has(dest, spec_options[id].type) ||
		     (id == OPT_TUN_REMCSUM && !gue)))
			return id;
	return OPT_MAX;
}

static int parse_server_settings(const struct opts *o, struct dest *dest)
{
	const size_t tunnel = bad_tunnel_option(o, dest);
	const char *type;
	size_t bad;
	int rc;

	if (tunnel < OPT_MAX && !opts_has(o, OPT_IPIP))
		return diag_usage("option --%s needs --ipip",
				  spec_options[tunnel].name);
	rc = parse_settings(o, &spec_dest, dest->val);
	if (rc)
		return rc;
	type = spec_text(&spec_dest, LB_A_DEST_TUN_TYPE,
			 dest->val[LB_A_DEST_TUN_TYPE].num);
	bad = bad_tunnel_option(o, dest);
	if (bad < OPT_MAX)
		return diag_usage("a tunnel of type %s takes no option --%s",
				  type, spec_options[bad].name);
	if (model_tunnel_has(dest, LB_A_DEST_TUN_PORT) &&
	    !opts_has(o, OPT_TUN_PORT))
		return diag_usage("a tunnel of type %s needs --tun-port", type);
	return LBCTL_OK;
}

static int parse_server(const struct opts *o, const struct service *key,
			struct endpoint *ep, bool *has_port)
{
	int rc;

	rc = parse_endpoint_option(o->value[OPT_REAL_SERVER],
				   model_num(key, LB_A_SERVICE_PROTOCOL), ep,
				   has_port);
	if (!rc && !*has_port)
		ep->port = model_num(key, LB_A_SERVICE_PORT);
	return rc;
}

static int compile_server(struct batch *b, const struct opts *o)
{
	uint16_t flags = NLM_F_CREATE | NLM_F_EXCL;
	struct service room = { .given = 0 }, *key;
	struct dest dest = dest_default;
	bool has_port = false;
	struct endpoint ep;
	int rc;

	rc = ipvs_parse_key(o, &room, &key);
	if (!rc)
		rc = parse_server(o, key, &ep, &has_port);
	if (rc)
		return rc;
	if (o->cmd == CMD_DELETE_SERVER) {
		model_set_address(&dest, &ep);
		if (b->alone && !has_port)
			rc = model_find_port(b->text, key, &dest);
		if (!rc)
			model_del_dest(b, key, &dest);
		return rc;
	}

	if (ep.family != model_num(key, LB_A_SERVICE_FAMILY) &&
	    !opts_has(o, OPT_IPIP))
		return diag_usage("a real server of another address family needs --ipip");
	rc = parse_server_settings(o, &dest);
	if (rc)
		return rc;

	/* These leave the packet as it is, so ipvsadm ignores another port. */
	if (!opts_has(o, OPT_MASQUERADING) &&
	    !model_num(key, LB_A_SERVICE_FWMARK))
		ep.port = model_num(key, LB_A_SERVICE_PORT);
	model_set_address(&dest, &ep);
	if (o->cmd == CMD_EDIT_SERVER && b->alone && !has_port)
		rc = model_find_port(b->text, key, &dest);
	if (rc)
		return rc;
	dest.given |= sayable(&spec_dest, model_all_of_dest(&dest));
	model_set_dest(b, o->cmd == CMD_ADD_SERVER ? flags : 0, key, &dest);
	return LBCTL_OK;
}

/* Commands of which a service is all, and may be left out of some. */
static int compile_key_cmd(struct batch *b, const struct opts *o, uint8_t cmd)
{
	struct service room = { .given = 0 }, *key;
	int rc;

	rc = ipvs_parse_key(o, &room, &key);
	if (!rc)
		model_key_cmd(b, cmd, 0, key);
	return rc;
}

static int compile_set(struct batch *b, const struct opts *o)
{
	/* In the order of the command line. */
	static const uint16_t names[OPTS_MAX_PLAIN] = {
		LB_A_CONFIG_TCP_TIMEOUT,
		LB_A_CONFIG_TCP_FIN_TIMEOUT,
		LB_A_CONFIG_UDP_TIMEOUT,
	};
	union value val[LB_A_CONFIG_MAX + 1] = { 0 };
	uint64_t given = 0;
	uint32_t num;
	size_t i;

	for (i = 0; i < OPTS_MAX_PLAIN; i++) {
		if (parse_number(o->plain[i], 0, MAX_TIMEOUT, &num))
			return diag_usage("bad timeout \"%s\", expected 0 to %u",
					  o->plain[i], MAX_TIMEOUT);
		if (!num)
			continue;	/* keep */
		val[names[i]].num = num;
		given |= BIT(names[i]);
	}
	model_set_config(b, val, given);
	return LBCTL_OK;
}

static int parse_sync_option(const struct sync_word *word, const char *text,
			     struct sync *sync)
{
	bool bad;
	int rc = sync_parse(word, text, sync, &bad);

	if (bad)
		return diag_usage("bad value \"%s\" of --%s, expected %s", text,
				  spec_options[word->option].name, word->what);
	return rc;
}

static int parse_daemon(const struct opts *o, struct sync *sync)
{
	const struct sync_word *word;
	int rc = LBCTL_OK;
	size_t i;

	if (!sync_parse_role(o->plain[0], sync))
		return diag_usage("bad daemon \"%s\", expected master or backup",
				  o->plain[0]);
	sync->val[LB_A_SYNC_INTERFACE].text = "eth0";
	sync->given |= BIT(LB_A_SYNC_INTERFACE);
	for (i = 0; !rc && i < sync_n_words; i++) {
		word = &sync_words[i];
		if (word->option != OPT_SYNC_PEER && opts_has(o, word->option))
			rc = parse_sync_option(word, o->value[word->option],
					       sync);
	}
	for (word = sync_words; word->option != OPT_SYNC_PEER; word++)
		;
	for (i = 0; !rc && i < o->n_peers; i++)
		rc = parse_sync_option(word, o->peer[i], sync);
	return rc;
}

static int compile_daemon(struct batch *b, const struct opts *o)
{
	struct sync sync = { .given = 0 };
	int rc = parse_daemon(o, &sync);

	if (!rc && o->cmd == CMD_STOP_DAEMON)
		sync_stop(b, &sync);
	else if (!rc)
		sync_start(b, NLM_F_CREATE |
			   (b->whole ? NLM_F_REPLACE : NLM_F_EXCL), &sync);
	return rc;
}

int ipvs_compile_opts(struct batch *b, const struct opts *o)
{
	switch (o->cmd) {
	case CMD_ADD_SERVICE:
	case CMD_EDIT_SERVICE:
		return compile_service(b, o);
	case CMD_DELETE_SERVICE:
		return compile_key_cmd(b, o, LB_CMD_SERVICE_DEL);
	case CMD_ADD_SERVER:
	case CMD_EDIT_SERVER:
	case CMD_DELETE_SERVER:
		return compile_server(b, o);
	case CMD_CLEAR:
		return compile_key_cmd(b, o, LB_CMD_FLUSH);
	case CMD_ZERO:
		return compile_key_cmd(b, o, LB_CMD_ZERO);
	case CMD_SET:
		return compile_set(b, o);
	case CMD_START_DAEMON:
	case CMD_STOP_DAEMON:
		return compile_daemon(b, o);
	default:
		return diag_usage("only commands that change something can be in a file");
	}
}

int ipvs_compile(struct batch *b, size_t n, char *const *words)
{
	struct opts o;
	int rc;

	rc = opts_parse(&o, n, words);
	return rc ? rc : ipvs_compile_opts(b, &o);
}
