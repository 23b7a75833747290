// SPDX-License-Identifier: GPL-2.0-only
/* Commands in ipvsadm's grammar, carried out. */
#include "diag.h"
#include "file.h"
#include "help.h"
#include "ipvs.h"
#include "ipvs_run.h"
#include "nl.h"
#include "show.h"

static enum show_columns columns(const struct opts *o)
{
	if (o->has[OPT_STATS])
		return SHOW_STATS;
	if (o->has[OPT_RATE])
		return SHOW_RATE;
	if (o->has[OPT_THRESHOLDS])
		return SHOW_THRESHOLDS;
	if (o->has[OPT_PERSISTENT_CONN])
		return SHOW_PERSISTENT;
	if (o->has[OPT_TUN_INFO])
		return SHOW_TUNNEL;
	return SHOW_PLAIN;
}

static int run_list(const char *text, const struct opts *o)
{
	const struct show_opts show = {
		.columns	= columns(o),
		.numeric	= o->has[OPT_NUMERIC],
		.exact		= o->has[OPT_EXACT],
		.nosort		= o->has[OPT_NOSORT],
	};
	struct service_key key;
	int rc;

	if (o->has[OPT_TIMEOUT])
		return show_timeouts(text);
	if (o->has[OPT_CONNECTION])
		return show_conns(text, &show);
	if (!ipvs_has_key(o))
		return show_list(text, NULL, &show);

	rc = ipvs_parse_key(o, &key);
	return rc ? rc : show_list(text, &key, &show);
}

static unsigned int restore_flags(const struct opts *o)
{
	return (o->has[OPT_REPLACE] ? FILE_REPLACE : 0) |
	       (o->has[OPT_ALLOW_EMPTY] ? FILE_ALLOW_EMPTY : 0);
}

int ipvs_run(const char *text, size_t n, char *const *words)
{
	struct batch b = { .text = text };
	struct opts o;
	int rc;

	rc = ipvs_parse(&o, n, words);
	if (rc)
		return rc;

	switch (o.cmd) {
	case OPT_HELP:
		help_ipvs();
		return LBCTL_OK;
	case OPT_VERSION:
		return help_version();
	case OPT_LIST:
		return run_list(text, &o);
	case OPT_SAVE:
		return show_save(text, o.has[OPT_NUMERIC]);
	case OPT_RESTORE:
		return file_apply("-", restore_flags(&o));
	default:
		rc = ipvs_compile_opts(&b, &o);
		if (!rc)
			rc = nl_run(&b, NULL);
		batch_free(&b);
		return rc;
	}
}
