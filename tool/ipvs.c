// SPDX-License-Identifier: GPL-2.0-only
/* ipvsadm's grammar. */
#include <limits.h>
#include <stdio.h>
#include <string.h>

#include "diag.h"
#include "ipvs.h"
#include "model.h"
#include "opts.h"
#include "schedflags.h"
#include "spec.h"

#define MAX_TIMEOUT	(31 * 24 * 3600)
/* Of -p without a value, as ipvsadm has it. */
#define DEFAULT_PERSIST	360

static int parse_endpoint_option(const char *text, uint8_t protocol,
				 struct endpoint *ep, bool *has_port)
{
	if (parse_endpoint(text, protocol_name(protocol), ep, has_port))
		return diag_usage("bad address \"%s\", expected HOST[:PORT]",
				  text);
	return LBCTL_OK;
}

int ipvs_parse_key(const struct opts *o, struct service_key *key)
{
	static const uint8_t protocols[] = {
		[OPT_TCP]	= IPPROTO_TCP,
		[OPT_UDP]	= IPPROTO_UDP,
		[OPT_SCTP]	= IPPROTO_SCTP,
	};
	enum opt_id id = OPT_TCP;
	bool has_port;

	memset(key, 0, sizeof(*key));
	if (o->has[OPT_FWMARK]) {
		if (parse_number(o->value[OPT_FWMARK], 1, UINT32_MAX,
				 &key->fwmark))
			return diag_usage("bad mark \"%s\", expected 1 to %u",
					  o->value[OPT_FWMARK], UINT32_MAX);
		key->ep.family = o->has[OPT_IPV6] ? AF_INET6 : AF_INET;
		return LBCTL_OK;
	}
	while (!o->has[id])
		id++;
	key->protocol = protocols[id];
	return parse_endpoint_option(o->value[id], key->protocol, &key->ep,
				     &has_port);
}

/* A number that an option has; val keeps its default without the option. */
static int parse_number_option(const struct opts *o, enum opt_id id,
			       uint32_t min, uint32_t max, union value *val)
{
	uint32_t num;

	if (!o->value[id])
		return LBCTL_OK;
	if (!parse_number(o->value[id], min, max, &num)) {
		val->num = num;
		return LBCTL_OK;
	}
	return diag_usage("bad value \"%s\" of --%s, expected %u to %u",
			  o->value[id], opts_name(id), min, max);
}

/* The name of a scheduler or the like. */
static int parse_name_option(const struct opts *o, enum opt_id id,
			     const struct spec_attr *spec, const char *what,
			     union value *val)
{
	if (!o->value[id] || (spec->always && !*o->value[id]))
		return LBCTL_OK;
	if (strlen(o->value[id]) > spec->max)
		return diag_usage("%s's name is too long: \"%s\"", what,
				  o->value[id]);
	val->bytes = o->value[id];
	return LBCTL_OK;
}

static int parse_enum_option(const struct opts *o, enum opt_id id,
			     const struct spec_attr *spec, union value *val)
{
	char list[128] = "";
	size_t i;

	for (i = 0; i < spec->n_values; i++) {
		if (!strcmp(o->value[id], spec->values[i])) {
			val->num = i;
			return LBCTL_OK;
		}
		snprintf(list + strlen(list), sizeof(list) - strlen(list),
			 "%s%s", !i ? "" : i + 1 < spec->n_values ? ", " :
			 " or ", spec->values[i]);
	}
	return diag_usage("bad value \"%s\" of --%s, expected %s",
			  o->value[id], opts_name(id), list);
}

/* lb's own options for settings of a set; all of them are given. */
static int parse_own(const struct opts *o, const struct spec_set *set,
		     union value *val, uint64_t *given)
{
	const struct spec_attr *spec;
	int rc = LBCTL_OK;
	enum opt_id id;
	uint16_t type;
	size_t i;

	for (i = 0; !rc && i < spec_n_options; i++) {
		if (spec_options[i].set != set)
			continue;
		id = OPT_OWN + i;
		type = spec_options[i].type;
		spec = spec_attr(set, type);
		*given |= BIT(type);
		if (spec->type == SPEC_SWITCH)
			val[type].num = o->has[id];
		else if (spec->type == SPEC_ENUM && o->has[id])
			rc = parse_enum_option(o, id, spec, &val[type]);
		else if (spec->type == SPEC_STRING)
			rc = parse_name_option(o, id, spec, spec->name,
					       &val[type]);
		else
			rc = parse_number_option(o, id, 0,
						 spec->max ?: UINT32_MAX,
						 &val[type]);
	}
	return rc;
}

static int parse_flags(const struct opts *o, struct service *svc)
{
	uint32_t flags;
	int rc;

	if (!o->has[OPT_SCHED_FLAGS])
		return LBCTL_OK;
	rc = schedflags_parse(o->value[OPT_SCHED_FLAGS],
			      value_text(svc->val[LB_A_SERVICE_SCHEDULER]),
			      &flags);
	svc->val[LB_A_SERVICE_SCHED_FLAGS].num = flags;
	svc->given |= BIT(LB_A_SERVICE_SCHED_FLAGS);
	return rc;
}

/* What is said of persistence, after the scheduler. */
static int parse_persistence(const struct opts *o, struct service *svc)
{
	const char *mask = o->value[OPT_NETMASK];
	union value *persist = &svc->val[LB_A_SERVICE_PERSIST_TIMEOUT];
	int rc;

	if (o->has[OPT_PERSISTENT])
		persist->num = DEFAULT_PERSIST;
	rc = parse_number_option(o, OPT_PERSISTENT, 1, MAX_TIMEOUT, persist);
	if (!rc)
		rc = parse_flags(o, svc);
	if (rc)
		return rc;
	if (mask && model_parse_mask(mask, &svc->key, svc->val))
		return diag_usage("bad netmask \"%s\", expected %s", mask,
				  model_mask_form(&svc->key));
	if (!svc->key.fwmark && !svc->key.ep.port && !persist->num)
		return diag_usage("port 0 needs a persistent service: -p");
	return LBCTL_OK;
}

static int parse_datagrams(const struct opts *o, struct service *svc)
{
	svc->val[LB_A_SERVICE_ONE_PACKET].num = o->has[OPT_OPS];
	if (model_takes_one_packet(&svc->key) || o->has[OPT_PE])
		svc->given |= BIT(LB_A_SERVICE_PE);
	if (model_takes_one_packet(&svc->key))
		svc->given |= BIT(LB_A_SERVICE_ONE_PACKET);
	else if (o->has[OPT_OPS])
		return diag_usage("option --ops needs a service of UDP or by mark");
	if (o->has[OPT_PE] && !o->has[OPT_PERSISTENT])
		return diag_usage("option --pe needs a persistent service: -p");
	return parse_name_option(o, OPT_PE,
				 spec_attr(&spec_service, LB_A_SERVICE_PE),
				 "persistence engine",
				 &svc->val[LB_A_SERVICE_PE]);
}

static int compile_service(struct batch *b, const struct opts *o)
{
	uint16_t flags = NLM_F_CREATE | NLM_F_EXCL;
	struct service svc = service_default;
	int rc;

	rc = ipvs_parse_key(o, &svc.key);
	if (!rc)
		rc = parse_name_option(o, OPT_SCHEDULER,
				       spec_attr(&spec_service,
						 LB_A_SERVICE_SCHEDULER),
				       "scheduler",
				       &svc.val[LB_A_SERVICE_SCHEDULER]);
	if (!rc)
		rc = parse_persistence(o, &svc);
	if (!rc)
		rc = parse_datagrams(o, &svc);
	if (!rc)
		rc = parse_own(o, &spec_service, svc.val, &svc.given);
	if (rc)
		return rc;

	svc.given |= BIT(LB_A_SERVICE_SCHEDULER) |
		     BIT(LB_A_SERVICE_PERSIST_TIMEOUT) |
		     BIT(model_mask_attr(&svc.key));
	model_set_service(b, o->cmd == OPT_ADD_SERVICE ? flags : 0, &svc);
	return LBCTL_OK;
}

/* The options that a tunnel of some type has nothing to do with. */
static int check_tunnel(const struct opts *o, uint8_t tun_type)
{
	const char *type = spec_name(&spec_dest, LB_A_DEST_TUN_TYPE, tun_type);
	bool taken[OPT_MAX] = {
		[OPT_TUN_TYPE]		= true,
		[OPT_TUN_PORT]		= tun_type == LB_TUNNEL_TYPE_GUE,
		[OPT_TUN_NOCSUM]	= tun_type != LB_TUNNEL_TYPE_IPIP,
		[OPT_TUN_CSUM]		= tun_type != LB_TUNNEL_TYPE_IPIP,
		[OPT_TUN_REMCSUM]	= tun_type == LB_TUNNEL_TYPE_GUE,
	};
	enum opt_id id;

	for (id = OPT_TUN_TYPE; id <= OPT_TUN_REMCSUM; id++)
		if (o->has[id] && !taken[id])
			return diag_usage("a tunnel of type %s takes no option --%s",
					  type, opts_name(id));
	if (taken[OPT_TUN_PORT] && !o->has[OPT_TUN_PORT])
		return diag_usage("a tunnel of type %s needs --tun-port", type);
	return LBCTL_OK;
}

static int parse_tunnel(const struct opts *o, struct dest *dest)
{
	const char *type = o->value[OPT_TUN_TYPE];
	union value *val = dest->val;
	enum opt_id id;
	int rc;

	for (id = OPT_TUN_TYPE; id <= OPT_TUN_REMCSUM; id++)
		if (o->has[id] && !o->has[OPT_IPIP])
			return diag_usage("option --%s needs --ipip",
					  opts_name(id));
	if (!o->has[OPT_IPIP])
		return LBCTL_OK;

	if (type && !strcmp(type, "gue"))
		val[LB_A_DEST_TUN_TYPE].num = LB_TUNNEL_TYPE_GUE;
	else if (type && !strcmp(type, "gre"))
		val[LB_A_DEST_TUN_TYPE].num = LB_TUNNEL_TYPE_GRE;
	else if (type && strcmp(type, "ipip"))
		return diag_usage("bad tunnel type \"%s\", expected ipip, gue or gre",
				  type);
	if (o->has[OPT_TUN_CSUM])
		val[LB_A_DEST_TUN_CHECKSUM].num = LB_TUNNEL_CHECKSUM_FULL;
	if (o->has[OPT_TUN_REMCSUM])
		val[LB_A_DEST_TUN_CHECKSUM].num = LB_TUNNEL_CHECKSUM_REMOTE;
	dest->given |= BIT(LB_A_DEST_TUN_TYPE) | BIT(LB_A_DEST_TUN_PORT) |
		       BIT(LB_A_DEST_TUN_CHECKSUM);
	rc = parse_number_option(o, OPT_TUN_PORT, 1, UINT16_MAX,
				 &val[LB_A_DEST_TUN_PORT]);
	return rc ? rc : check_tunnel(o, val[LB_A_DEST_TUN_TYPE].num);
}

static int parse_dest(const struct opts *o, const struct service_key *key,
		      struct dest *dest)
{
	bool has_port;
	int rc;

	*dest = dest_default;
	rc = parse_endpoint_option(o->value[OPT_REAL_SERVER], key->protocol,
				   &dest->ep, &has_port);
	if (rc)
		return rc;
	if (!has_port)
		dest->ep.port = key->ep.port;

	if (o->has[OPT_MASQUERADING])
		dest->val[LB_A_DEST_FORWARD].num = LB_FORWARD_NAT;
	else if (o->has[OPT_IPIP])
		dest->val[LB_A_DEST_FORWARD].num = LB_FORWARD_TUN;
	return LBCTL_OK;
}

/* How packets reach it, and what it takes. */
static int parse_share(const struct opts *o, struct dest *dest)
{
	static const struct {
		enum opt_id	id;
		uint16_t	attr;
	} numbers[] = {
		{ OPT_WEIGHT, LB_A_DEST_WEIGHT },
		{ OPT_UPPER, LB_A_DEST_UPPER_THRESHOLD },
		{ OPT_LOWER, LB_A_DEST_LOWER_THRESHOLD },
	};
	int rc = parse_tunnel(o, dest);
	size_t i;

	dest->given |= BIT(LB_A_DEST_FORWARD);
	for (i = 0; !rc && i < sizeof(numbers) / sizeof(*numbers); i++) {
		dest->given |= BIT(numbers[i].attr);
		rc = parse_number_option(o, numbers[i].id, 0, INT_MAX,
					 &dest->val[numbers[i].attr]);
	}
	return rc ? rc : parse_own(o, &spec_dest, dest->val, &dest->given);
}

static int compile_server(struct batch *b, const struct opts *o)
{
	uint16_t flags = NLM_F_CREATE | NLM_F_EXCL;
	struct service_key key;
	struct dest dest;
	int rc;

	rc = ipvs_parse_key(o, &key);
	if (!rc)
		rc = parse_dest(o, &key, &dest);
	if (rc)
		return rc;
	if (o->cmd == OPT_DELETE_SERVER) {
		model_del_dest(b, &key, &dest);
		return LBCTL_OK;
	}

	if (dest.ep.family != key.ep.family && !o->has[OPT_IPIP])
		return diag_usage("a real server of another address family needs --ipip");
	rc = parse_share(o, &dest);
	if (rc)
		return rc;

	/* These leave the packet as it is, so ipvsadm ignores another port. */
	if (!o->has[OPT_MASQUERADING] && !key.fwmark)
		dest.ep.port = key.ep.port;
	model_set_dest(b, o->cmd == OPT_ADD_SERVER ? flags : 0, &key, &dest);
	return LBCTL_OK;
}

bool ipvs_has_key(const struct opts *o)
{
	return o->has[OPT_TCP] || o->has[OPT_UDP] || o->has[OPT_SCTP] ||
	       o->has[OPT_FWMARK];
}

/* Commands of which a service is all, and may be left out of some. */
static int compile_key_cmd(struct batch *b, const struct opts *o, uint8_t cmd)
{
	struct service_key key;
	int rc;

	if (!ipvs_has_key(o)) {
		model_key_cmd(b, cmd, 0, NULL);
		return LBCTL_OK;
	}
	rc = ipvs_parse_key(o, &key);
	if (!rc)
		model_key_cmd(b, cmd, 0, &key);
	return rc;
}

static int compile_set(struct batch *b, const struct opts *o)
{
	/* In the order of the command line. */
	static const uint16_t names[OPT_MAX_PLAIN] = {
		LB_A_CONFIG_TCP_TIMEOUT,
		LB_A_CONFIG_TCP_FIN_TIMEOUT,
		LB_A_CONFIG_UDP_TIMEOUT,
	};
	union value val[LB_A_CONFIG_MAX + 1] = { { 0 } };
	uint64_t given = 0;
	uint32_t num;
	size_t i;

	for (i = 0; i < OPT_MAX_PLAIN; i++) {
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

int ipvs_parse(struct opts *o, size_t n, char *const *words)
{
	int rc = opts_parse(o, n, words);

	if (rc)
		return rc;
	if (o->cmd == OPT_START_DAEMON || o->cmd == OPT_STOP_DAEMON)
		return diag_unsupported("a connection sync daemon");
	if (o->has[OPT_DAEMON])
		return diag_unsupported("option --daemon");
	return LBCTL_OK;
}

int ipvs_compile_opts(struct batch *b, const struct opts *o)
{
	switch (o->cmd) {
	case OPT_ADD_SERVICE:
	case OPT_EDIT_SERVICE:
		return compile_service(b, o);
	case OPT_DELETE_SERVICE:
		return compile_key_cmd(b, o, LB_CMD_SERVICE_DEL);
	case OPT_ADD_SERVER:
	case OPT_EDIT_SERVER:
	case OPT_DELETE_SERVER:
		return compile_server(b, o);
	case OPT_CLEAR:
		return compile_key_cmd(b, o, LB_CMD_FLUSH);
	case OPT_ZERO:
		return compile_key_cmd(b, o, LB_CMD_ZERO);
	case OPT_SET:
		return compile_set(b, o);
	default:
		return diag_usage("only commands that change something can be in a file");
	}
}

int ipvs_compile(struct batch *b, size_t n, char *const *words)
{
	struct opts o;
	int rc;

	rc = ipvs_parse(&o, n, words);
	return rc ? rc : ipvs_compile_opts(b, &o);
}
