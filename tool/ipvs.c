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
			       uint32_t min, uint32_t max, uint32_t *val)
{
	if (!o->value[id])
		return LBCTL_OK;
	if (!parse_number(o->value[id], min, max, val))
		return LBCTL_OK;
	return diag_usage("bad value \"%s\" of --%s, expected %u to %u",
			  o->value[id], opts_name(id), min, max);
}

/* What becomes of packets that are too big. */
static int parse_policy(const struct opts *o, struct service *svc)
{
	const char *df = o->value[OPT_TUN_DF];

	while (df && strcmp(df, spec_name(&spec_service, LB_A_SERVICE_TUN_DF,
					  svc->tun_df)))
		if (++svc->tun_df > LB_TUNNEL_DF_MAX)
			return diag_usage("bad value \"%s\" of --tun-df, expected default, inherit, set or unset",
					  df);
	svc->mss_clamp = o->has[OPT_MSS_CLAMP];
	svc->given |= BIT(LB_A_SERVICE_TUN_DF) | BIT(LB_A_SERVICE_MTU) |
		      BIT(LB_A_SERVICE_MSS_CLAMP);
	return parse_number_option(o, OPT_MTU, 0, UINT16_MAX, &svc->mtu);
}

static int compile_service(struct batch *b, const struct opts *o)
{
	uint16_t flags = NLM_F_CREATE | NLM_F_EXCL;
	struct service svc = service_default;
	const char *mask = o->value[OPT_NETMASK];
	int rc;

	svc.given = BIT(LB_A_SERVICE_SCHEDULER) |
		    BIT(LB_A_SERVICE_PERSIST_TIMEOUT) |
		    BIT(LB_A_SERVICE_PERSIST_MASK4);
	rc = ipvs_parse_key(o, &svc.key);
	if (rc)
		return rc;

	if (o->has[OPT_SCHEDULER] && *o->value[OPT_SCHEDULER]) {
		if (strlen(o->value[OPT_SCHEDULER]) > LB_SCHED_NAME_MAX)
			return diag_usage("scheduler's name is too long: \"%s\"",
					  o->value[OPT_SCHEDULER]);
		snprintf(svc.scheduler, sizeof(svc.scheduler), "%s",
			 o->value[OPT_SCHEDULER]);
	}
	if (o->has[OPT_PERSISTENT])
		svc.persist = DEFAULT_PERSIST;
	rc = parse_number_option(o, OPT_PERSISTENT, 1, MAX_TIMEOUT,
				 &svc.persist);
	if (rc)
		return rc;
	if (o->has[OPT_SCHED_FLAGS]) {
		svc.given |= BIT(LB_A_SERVICE_SCHED_FLAGS);
		rc = schedflags_parse(o->value[OPT_SCHED_FLAGS], svc.scheduler,
				      &svc.flags);
	}
	if (rc)
		return rc;
	if (mask && model_parse_mask(mask, &svc))
		return diag_usage("bad netmask \"%s\", expected %s", mask,
				  model_mask_form(&svc));
	if (!svc.key.fwmark && !svc.key.ep.port && !svc.persist)
		return diag_usage("port 0 needs a persistent service: -p");

	svc.one_packet = o->has[OPT_OPS];
	if (model_takes_one_packet(&svc.key))
		svc.given |= BIT(LB_A_SERVICE_ONE_PACKET) |
			     BIT(LB_A_SERVICE_PE);
	else if (svc.one_packet)
		return diag_usage("option --ops needs a service of UDP or by mark");

	if (o->has[OPT_PE] && !o->has[OPT_PERSISTENT])
		return diag_usage("option --pe needs a persistent service: -p");
	if (o->has[OPT_PE] && strlen(o->value[OPT_PE]) > LB_PE_NAME_MAX)
		return diag_usage("persistence engine's name is too long: \"%s\"",
				  o->value[OPT_PE]);
	if (o->has[OPT_PE]) {
		snprintf(svc.pe, sizeof(svc.pe), "%s", o->value[OPT_PE]);
		svc.given |= BIT(LB_A_SERVICE_PE);
	}

	rc = parse_policy(o, &svc);
	if (rc)
		return rc;
	model_set_service(b, o->cmd == OPT_ADD_SERVICE ? flags : 0, &svc);
	return LBCTL_OK;
}

/* The options that a tunnel of some type has nothing to do with. */
static int check_tunnel(const struct opts *o, const struct dest *dest)
{
	const char *type = spec_name(&spec_dest, LB_A_DEST_TUN_TYPE,
				     dest->tun_type);
	bool taken[OPT_MAX] = {
		[OPT_TUN_TYPE]		= true,
		[OPT_TUN_PORT]		= dest->tun_type == LB_TUNNEL_TYPE_GUE,
		[OPT_TUN_NOCSUM]	= dest->tun_type != LB_TUNNEL_TYPE_IPIP,
		[OPT_TUN_CSUM]		= dest->tun_type != LB_TUNNEL_TYPE_IPIP,
		[OPT_TUN_REMCSUM]	= dest->tun_type == LB_TUNNEL_TYPE_GUE,
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
	uint32_t port = 0;
	enum opt_id id;
	int rc;

	for (id = OPT_TUN_TYPE; id <= OPT_TUN_REMCSUM; id++)
		if (o->has[id] && !o->has[OPT_IPIP])
			return diag_usage("option --%s needs --ipip",
					  opts_name(id));
	if (!o->has[OPT_IPIP])
		return LBCTL_OK;

	if (type && !strcmp(type, "gue"))
		dest->tun_type = LB_TUNNEL_TYPE_GUE;
	else if (type && !strcmp(type, "gre"))
		dest->tun_type = LB_TUNNEL_TYPE_GRE;
	else if (type && strcmp(type, "ipip"))
		return diag_usage("bad tunnel type \"%s\", expected ipip, gue or gre",
				  type);
	if (o->has[OPT_TUN_CSUM])
		dest->tun_checksum = LB_TUNNEL_CHECKSUM_FULL;
	if (o->has[OPT_TUN_REMCSUM])
		dest->tun_checksum = LB_TUNNEL_CHECKSUM_REMOTE;
	rc = parse_number_option(o, OPT_TUN_PORT, 1, UINT16_MAX, &port);
	dest->tun_port = port;
	dest->given |= BIT(LB_A_DEST_TUN_TYPE) | BIT(LB_A_DEST_TUN_PORT) |
		       BIT(LB_A_DEST_TUN_CHECKSUM);
	return rc ? rc : check_tunnel(o, dest);
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
		dest->forward = LB_FORWARD_NAT;
	else if (o->has[OPT_IPIP])
		dest->forward = LB_FORWARD_TUN;
	return LBCTL_OK;
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

	if (dest.ep.family != key.ep.family && dest.forward != LB_FORWARD_TUN)
		return diag_usage("a real server of another address family needs --ipip");
	rc = parse_tunnel(o, &dest);
	if (!rc)
		rc = parse_number_option(o, OPT_WEIGHT, 0, INT_MAX,
					 &dest.weight);
	if (!rc)
		rc = parse_number_option(o, OPT_UPPER, 0, INT_MAX, &dest.upper);
	if (!rc)
		rc = parse_number_option(o, OPT_LOWER, 0, INT_MAX, &dest.lower);
	if (rc)
		return rc;

	/* These leave the packet as it is, so ipvsadm ignores another port. */
	if (dest.forward != LB_FORWARD_NAT && !key.fwmark)
		dest.ep.port = key.ep.port;
	dest.given |= BIT(LB_A_DEST_FORWARD) | BIT(LB_A_DEST_WEIGHT) |
		      BIT(LB_A_DEST_UPPER_THRESHOLD) |
		      BIT(LB_A_DEST_LOWER_THRESHOLD);
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
	struct config cfg = { .given = 0 };
	uint32_t val;
	size_t i;

	for (i = 0; i < OPT_MAX_PLAIN; i++) {
		if (parse_number(o->plain[i], 0, MAX_TIMEOUT, &val))
			return diag_usage("bad timeout \"%s\", expected 0 to %u",
					  o->plain[i], MAX_TIMEOUT);
		if (!val)
			continue;	/* keep */
		cfg.val[names[i]] = val;
		cfg.given |= BIT(names[i]);
	}
	model_set_config(b, &cfg);
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
