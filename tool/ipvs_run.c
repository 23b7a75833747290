// SPDX-License-Identifier: GPL-2.0-only
/* Commands in ipvsadm's grammar, carried out. */
#include "apply.h"
#include "diag.h"
#include "file.h"
#include "help.h"
#include "ipvs.h"
#include "ipvs_run.h"
#include "load.h"
#include "show.h"
#include "sync_show.h"

static int run_list(const char *text, const struct opts *o)
{
	struct service room = { .given = 0 }, *key;
	int rc;

	if (opts_has(o, OPT_TIMEOUT))
		return show_timeouts(text);
	if (opts_has(o, OPT_DAEMON))
		return sync_show_list(text);
	if (opts_has(o, OPT_CONNECTION))
		return show_conns(text, o);
	rc = ipvs_parse_key(o, &room, &key);
	return rc ? rc : show_list(text, key, o);
}

static int run_restore(const struct opts *o)
{
	if (opts_has(o, OPT_REPLACE))
		return load_apply("-", opts_has(o, OPT_ALLOW_EMPTY) ?
				       LOAD_ALLOW_EMPTY : 0);
	return file_apply("-");
}

int ipvs_run(const char *text, size_t n, char *const *words)
{
	struct batch b = { .text = text, .alone = true };
	struct opts o;
	int rc;

	rc = opts_parse(&o, n, words);
	if (rc)
		return rc;

	switch (o.cmd) {
	case CMD_HELP:
		help_ipvs();
		return LBCTL_OK;
	case CMD_VERSION:
		return help_version();
	case CMD_LIST:
		return run_list(text, &o);
	case CMD_SAVE:
		return show_save(text, &o) ?: sync_show_save(text);
	case CMD_RESTORE:
		return run_restore(&o);
	default:
		rc = ipvs_compile_opts(&b, &o);
		if (!rc)
			rc = apply_batch(&b);
		batch_free(&b);
		return rc;
	}
}
