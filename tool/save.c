// SPDX-License-Identifier: GPL-2.0-only
/* All there is, as a file that load takes. */
#include <errno.h>
#include <fcntl.h>
#include <libgen.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "mem.h"
#include "model.h"
#include "save.h"
#include "sync_show.h"
#include "wshow.h"

static void print_services(FILE *out, const struct service_list *list)
{
	const struct service *svc;
	const struct dest *dest;
	size_t i, j;

	for (i = 0; i < list->n; i++) {
		svc = &list->service[i];
		fprintf(out, "\nservice add ");
		wshow_key(out, svc, NULL);
		wshow_settings(out, &spec_service, svc->val);
		fputc('\n', out);
		for (j = 0; j < svc->n_dests; j++) {
			dest = &svc->dest[j];
			fprintf(out, "dest add ");
			wshow_key(out, svc, dest);
			wshow_settings(out, &spec_dest, dest->val);
			fputc('\n', out);
		}
	}
}

int save_print(FILE *out, const char *key, struct saved *saved)
{
	struct service_list list = { NULL };
	json_t *config;
	size_t i;
	int rc;

	*saved = (struct saved) { 0 };

	rc = model_read_json("save", LB_CMD_CONFIG_GET, &config);
	if (!rc)
		rc = model_read_services("save", NULL, true, &list);
	if (!rc) {
		model_sort(&list);
		fprintf(out, "# Saved by lbctl %s.\n", LBCTL_VERSION);
		wshow_config_words(out, config, "config set ", "\n");
		print_services(out, &list);
		rc = sync_show_rules("save", key, out);
	}
	saved->services = list.n;
	for (i = 0; i < list.n; i++)
		saved->dests += list.service[i].n_dests;
	model_free(&list);
	json_decref(config);
	return rc;
}

static int say_errno(const char *path)
{
	return diag_refused("%s: %s", path, strerror(errno));
}

/* A file that is there keeps its mode; a new one is for root and its group. */
static int write_all(FILE *out, const char *path, const char *name,
		     const char *key, struct saved *saved)
{
	struct stat st = { .st_mode = 0640 };
	int rc;

	if (stat(path, &st) && errno != ENOENT)
		return say_errno(path);
	rc = save_print(out, key, saved);
	if (rc)
		return rc;
	if (fflush(out) || ferror(out) ||
	    fchmod(fileno(out), st.st_mode & 07777) || fsync(fileno(out)))
		return say_errno(name);
	return rename(name, path) ? say_errno(path) : LBCTL_OK;
}

/* The new name survives a loss of power, too. */
static void sync_dir(const char *path)
{
	char *copy = strdup(path);
	int fd = copy ? open(dirname(copy), O_RDONLY | O_DIRECTORY) : -1;

	if (fd >= 0) {
		fsync(fd);
		close(fd);
	}
	free(copy);
}

static int save_over(const char *path, const char *key, struct saved *saved)
{
	const size_t size = strlen(path) + sizeof(".XXXXXX");
	char *name = mem_array(NULL, size, 1);
	FILE *out = NULL;
	int fd, rc;

	snprintf(name, size, "%s.XXXXXX", path);
	fd = mkostemp(name, O_CLOEXEC);
	if (fd >= 0)
		out = fdopen(fd, "w");
	if (!out) {
		rc = say_errno(path);
	} else {
		rc = write_all(out, path, name, key, saved);
		fclose(out);
		if (rc)
			unlink(name);
		else
			sync_dir(path);
	}
	free(name);
	return rc;
}

int save_file(const char *path, const char *key, struct saved *saved)
{
	char *real;
	int rc;

	if (!strcmp(path, "-"))
		return save_print(stdout, key, saved);
	/* What a link leads to is written, not the link. */
	real = realpath(path, NULL);
	rc = save_over(real ? real : path, key, saved);
	free(real);
	return rc;
}
