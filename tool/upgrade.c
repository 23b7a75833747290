// SPDX-License-Identifier: GPL-2.0-only
/* Another module takes the place of the loaded one, and nothing is lost. */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <limits.h>
#include <sched.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/utsname.h>
#include <time.h>
#include <unistd.h>

#include "child.h"
#include "connfile.h"
#include "diag.h"
#include "file.h"
#include "hold.h"
#include "json.h"
#include "load.h"
#include "mem.h"
#include "nl.h"
#include "save.h"
#include "sync.h"
#include "sync_show.h"
#include "upgrade.h"

#define PARAMS_MAX	16

/* The modules that need lb, in the order in which they are loaded. */
#define BESIDE_MAX	2

static const char *const beside_names[BESIDE_MAX] = { "lb_sync", "lb_ipvs" };

/*
 * Such a module, if it is loaded. Its files are beside those of lb; where the
 * new one has no file, modprobe finds it.
 */
struct beside {
	bool	loaded;
	char	file[PATH_MAX];		/* the new one */
	char	old[PATH_MAX];		/* a copy of what is loaded */
	char	*param[PARAMS_MAX + 1];
};

/* An upgrade as it goes on. The files of modules are those of lb. */
struct upgrade {
	const char	*what;
	const char	*file;		/* the new module, NULL: modprobe */
	char		old[PATH_MAX];	/* a copy of the file that is loaded */
	char		dir[64];	/* of what is kept meanwhile */
	const char	*key_file;	/* of daemons, or NULL */
	const char	*key;		/* a copy of it, or NULL */
	struct beside	beside[BESIDE_MAX];
	char		*param[PARAMS_MAX + 1];
	struct connfile	conns;
	struct conntally tally;
	int		daemons;	/* did they start? An enum lbctl_exit */
	char		version[2][32];
	double		hold_ms;
};

static bool is_there(const char *path)
{
	return !access(path, F_OK);
}

/* One line of a file, "" if it cannot be read. */
static void read_line(const char *path, char *buf, size_t size)
{
	FILE *in = fopen(path, "re");

	*buf = '\0';
	if (!in)
		return;
	if (!fgets(buf, size, in))
		*buf = '\0';
	buf[strcspn(buf, "\n")] = '\0';
	fclose(in);
}

static void modinfo(const char *field, const char *file, char *buf,
		    size_t size)
{
	const char *const argv[] = { "modinfo", "-F", field, file, NULL };

	child_line(argv, buf, size);
}

/* --- may it be done? ---------------------------------------------------- */

static bool is_loaded_name(const char *module)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return is_there(path);
}

static bool is_ours(const char *module)
{
	size_t i;

	for (i = 0; i < BESIDE_MAX; i++)
		if (!strcmp(module, beside_names[i]))
			return true;
	return false;
}

/* Nothing that we know not of may need a module of ours. */
static int check_holders_of(const struct upgrade *u, const char *module)
{
	int rc = LBCTL_OK;
	char path[80];
	struct dirent *d;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/module/%s/holders", module);
	dir = opendir(path);
	while (dir && !rc && (d = readdir(dir)))
		if (*d->d_name != '.' && !is_ours(d->d_name))
			rc = diag_refused("%s: the module %s needs %s",
					  u->what, d->d_name, module);
	if (dir)
		closedir(dir);
	return rc;
}

static int check_holders(const struct upgrade *u)
{
	int rc = check_holders_of(u, "lb");
	char refs[16];
	size_t i;

	for (i = 0; i < BESIDE_MAX && !rc; i++)
		rc = check_holders_of(u, beside_names[i]);
	read_line("/sys/module/lb_ipvs/refcnt", refs, sizeof(refs));
	if (!rc && *refs && strcmp(refs, "0"))
		rc = diag_refused("%s: lb_ipvs is in use, by a rule of iptables or a service without scheduler",
				  u->what);
	return rc;
}

/*
 * How many "services" or "conns" are in the network namespace that the process
 * is in now, or -1.
 */
static long count(const char *what, const char *name)
{
	json_t *info;
	long n = -1;

	nl_forget();
	if (!model_read_json(what, LB_CMD_INFO_GET, &info))
		n = model_json_number(info, name);
	json_decref(info);
	nl_forget();
	return n;
}

/* What there is in the network namespace that the process is in now. */
static int check_empty(const struct upgrade *u, const char *path)
{
	struct sync_count n = { 0 };
	int rc;

	if (count(u->what, "services"))
		return diag_refused("%s: another network namespace has services, which would be lost: %s",
				    u->what, path);
	rc = sync_show_count(u->what, &n);
	if (!rc && n.daemons)
		rc = diag_refused("%s: another network namespace has a daemon of synchronisation, which would be lost: %s",
				  u->what, path);
	nl_forget();
	return rc;
}

/* Namespaces that were looked at, and ours. */
struct seen {
	ino_t	*ino;
	size_t	n;
	int	ours;
};

/* A namespace by its file, unless it is ours or was looked at before. */
static int check_namespace(const struct upgrade *u, const char *path,
			   struct seen *seen)
{
	struct stat st;
	size_t i;
	int fd;
	int rc;

	if (stat(path, &st))
		return LBCTL_OK;
	for (i = 0; i < seen->n; i++)
		if (seen->ino[i] == st.st_ino)
			return LBCTL_OK;
	seen->ino = mem_room(seen->ino, seen->n, sizeof(*seen->ino));
	seen->ino[seen->n++] = st.st_ino;

	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0 || setns(fd, CLONE_NEWNET)) {
		if (fd >= 0)
			close(fd);
		return LBCTL_OK;
	}
	close(fd);
	rc = check_empty(u, path);
	if (setns(seen->ours, CLONE_NEWNET))
		return diag_refused("%s: cannot return to the network namespace: %s",
				    u->what, strerror(errno));
	return rc;
}

static int check_processes(const struct upgrade *u, struct seen *seen)
{
	glob_t paths = { 0 };
	int rc = LBCTL_OK;
	size_t i;

	glob("/proc/[0-9]*/ns/net", 0, NULL, &paths);
	for (i = 0; !rc && i < paths.gl_pathc; i++)
		rc = check_namespace(u, paths.gl_pathv[i], seen);
	globfree(&paths);
	return rc;
}

/* Those that have a name, of iproute2 or of containers, are mounted there. */
static int check_mounts(const struct upgrade *u, struct seen *seen)
{
	FILE *in = fopen("/proc/self/mountinfo", "re");
	char *line = NULL, path[PATH_MAX];
	int rc = LBCTL_OK;
	size_t size = 0;

	while (in && !rc && getline(&line, &size, in) > 0)
		if (sscanf(line, "%*s %*s %*s net:[%*u] %4095s", path) == 1)
			rc = check_namespace(u, path, seen);
	free(line);
	if (in)
		fclose(in);
	return rc;
}

static int check_namespaces(const struct upgrade *u)
{
	struct seen seen = {
		.ours = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC),
	};
	struct stat st;
	int rc;

	if (seen.ours < 0 || fstat(seen.ours, &st))
		return diag_refused("%s: %s", u->what, strerror(errno));
	seen.ino = mem_room(NULL, 0, sizeof(*seen.ino));
	seen.ino[seen.n++] = st.st_ino;
	rc = check_mounts(u, &seen);
	if (!rc)
		rc = check_processes(u, &seen);
	free(seen.ino);
	close(seen.ours);
	return rc;
}

/* --- the module that is loaded ------------------------------------------ */

/* Is it the file of the module that is loaded? */
static bool is_loaded(const char *file, const char *module)
{
	char path[64], loaded[64], version[64];

	snprintf(path, sizeof(path), "/sys/module/%s/srcversion", module);
	read_line(path, loaded, sizeof(loaded));
	modinfo("srcversion", file, version, sizeof(version));
	return *loaded && !strcmp(loaded, version);
}

/* Where DKMS keeps modules; the installed one may be the new one already. */
static bool find_loaded(const char *module, char *file, size_t size)
{
	struct utsname host;
	char pattern[256];
	glob_t paths;
	size_t i;
	bool found;

	modinfo("filename", module, file, size);
	if (*file && is_loaded(file, module))
		return true;
	uname(&host);
	snprintf(pattern, sizeof(pattern),
		 "/var/lib/dkms/lb/*/%s/*/module/%s.ko*", host.release, module);
	if (glob(pattern, 0, NULL, &paths))
		return false;
	for (i = 0, found = false; i < paths.gl_pathc && !found; i++) {
		snprintf(file, size, "%s", paths.gl_pathv[i]);
		found = is_loaded(file, module);
	}
	globfree(&paths);
	return found;
}

/* A module beside a file of lb, as it is built or as it is installed. */
static bool find_beside(const char *lb, const char *module, char *file,
			size_t size)
{
	static const char *const ends[] = { "", ".xz", ".zst", ".gz" };
	const char *slash = strrchr(lb, '/');
	const int len = slash ? slash + 1 - lb : 0;
	char folder[16];
	size_t i;

	/* lb_ipvs is built in ipvs/ */
	snprintf(folder, sizeof(folder), "%s/", module + strlen("lb_"));
	for (i = 0; i < 8; i++) {
		snprintf(file, size, "%.*s%s%s.ko%s", len, lb,
			 i < 4 ? folder : "", module, ends[i % 4]);
		if (is_there(file))
			return true;
	}
	return false;
}

static int copy_file(const struct upgrade *u, const char *from, const char *to)
{
	const char *const argv[] = { "cp", "--", from, to, NULL };

	if (child_run(argv, -1))
		return diag_refused("%s: cannot copy %s", u->what, from);
	return LBCTL_OK;
}

static int keep_file(const struct upgrade *u, const char *from, char *to)
{
	const char *slash = strrchr(from, '/');

	if (snprintf(to, PATH_MAX, "%s/%s", u->dir,
		     slash ? slash + 1 : from) >= PATH_MAX)
		return diag_refused("%s: %s: %s", u->what, from,
				    strerror(ENAMETOOLONG));
	return copy_file(u, from, to);
}

/* The file that is loaded may be replaced while we are at work. */
static int keep_old(struct upgrade *u, const char *old)
{
	char file[PATH_MAX], found[PATH_MAX];
	size_t i;
	int rc;

	if (old)
		snprintf(file, sizeof(file), "%s", old);
	if (old ? !is_loaded(file, "lb") :
		  !find_loaded("lb", file, sizeof(file)))
		return diag_refused("%s: the file of the loaded module is not found, name it with --old",
				    u->what);
	rc = keep_file(u, file, u->old);
	for (i = 0; i < BESIDE_MAX && !rc; i++) {
		if (!u->beside[i].loaded)
			continue;
		if (!find_beside(file, beside_names[i], found,
				 sizeof(found)) &&
		    !find_loaded(beside_names[i], found, sizeof(found)))
			return diag_refused("%s: the file of %s is not found",
					    u->what, beside_names[i]);
		rc = keep_file(u, found, u->beside[i].old);
	}
	return rc;
}

/* How it was loaded. */
static void keep_parameters_of(const char *module, char **param)
{
	char path[320], value[256];
	struct dirent *d;
	size_t n = 0;
	DIR *dir;

	snprintf(path, sizeof(path), "/sys/module/%s/parameters", module);
	dir = opendir(path);
	while (dir && (d = readdir(dir)) && n < PARAMS_MAX) {
		if (*d->d_name == '.')
			continue;
		snprintf(path, sizeof(path), "/sys/module/%s/parameters/%s",
			 module, d->d_name);
		read_line(path, value, sizeof(value));
		if (*value &&
		    asprintf(&param[n], "%s=%s", d->d_name, value) > 0)
			n++;
	}
	if (dir)
		closedir(dir);
}

static void keep_parameters(struct upgrade *u)
{
	size_t i;

	keep_parameters_of("lb", u->param);
	for (i = 0; i < BESIDE_MAX; i++)
		keep_parameters_of(beside_names[i], u->beside[i].param);
}

/* --- what there is ------------------------------------------------------ */

static void path_in(const struct upgrade *u, const char *name, char *path,
		    size_t size)
{
	snprintf(path, size, "%s/%s", u->dir, name);
}

static int save_daemons(const struct upgrade *u)
{
	char path[128];
	FILE *out;
	int rc;

	path_in(u, "daemons", path, sizeof(path));
	out = fopen(path, "we");
	if (!out)
		return diag_refused("%s: %s", path, strerror(errno));
	rc = sync_show_rules(u->what, u->key, out);
	if (fclose(out) && !rc)
		rc = diag_refused("%s: %s", path, strerror(errno));
	return rc;
}

static int save_conns(struct upgrade *u)
{
	char path[128];
	int rc = connfile_read(u->what, &u->conns);

	path_in(u, "conns", path, sizeof(path));
	return rc ? rc : connfile_write(&u->conns, path);
}

static int save_rules(const struct upgrade *u)
{
	struct saved saved;
	char path[128];

	path_in(u, "rules", path, sizeof(path));
	return save_file(path, u->key, &saved);
}

/* Nothing is lost without one that cannot start, as its interface went say. */
static void start_daemons(struct upgrade *u)
{
	char path[128];

	nl_forget();
	path_in(u, "daemons", path, sizeof(path));
	u->daemons = file_apply(path);
}

/* The module is another. */
static int restore_rules(const struct upgrade *u)
{
	char path[128];

	nl_forget();
	path_in(u, "rules", path, sizeof(path));
	return load_apply(path, LOAD_ALLOW_EMPTY | LOAD_NO_SYNC);
}

/* What a peer knows of one is older than what was saved: daemons come last. */
static int restore_conns(struct upgrade *u)
{
	int rc = connfile_apply(u->what, &u->conns, &u->tally);

	if (!rc)
		start_daemons(u);
	return rc;
}

/* --- the exchange ------------------------------------------------------- */

static int unload(const struct upgrade *u, const char *module)
{
	int tries;

	nl_forget();
	/* Who has just looked at something of it may need a moment. */
	for (tries = 0; syscall(SYS_delete_module, module, O_NONBLOCK); tries++)
		if (errno != EAGAIN || tries == 50)
			return diag_refused("%s: %s does not go: %s", u->what,
					    module, strerror(errno));
		else
			usleep(10000);
	return LBCTL_OK;
}

static int unload_beside(const struct upgrade *u)
{
	int rc = LBCTL_OK;
	size_t i;

	for (i = BESIDE_MAX; i-- && !rc;)
		if (is_loaded_name(beside_names[i]))
			rc = unload(u, beside_names[i]);
	return rc;
}

static int unload_all(const struct upgrade *u)
{
	int rc = unload_beside(u);

	if (!rc && is_loaded_name("lb"))
		rc = unload(u, "lb");
	return rc;
}

/*
 * What programs change until now is kept, as a real server that has failed.
 * Those for IPVS are refused from now on.
 */
static int unload_saved(const struct upgrade *u)
{
	int rc = unload_beside(u);

	if (!rc)
		rc = save_rules(u);
	return rc ? rc : unload(u, "lb");
}

/* What insmod does not do. If it fails, so will insmod, and say why. */
static void load_needed(const char *file)
{
	char depends[256];
	char *name, *rest = depends;

	modinfo("depends", file, depends, sizeof(depends));
	while ((name = strsep(&rest, ","))) {
		const char *const argv[] = { "modprobe", name, NULL };

		if (*name && strcmp(name, "lb") && !is_ours(name))
			child_run(argv, -1);
	}
}

/* With the parameters that the old one had. */
static int load(const struct upgrade *u, const char *file, const char *module,
		char *const *param)
{
	const char *argv[PARAMS_MAX + 3] = {
		file ? "insmod" : "modprobe", file ? file : module
	};
	size_t i;

	for (i = 0; param[i]; i++)
		argv[i + 2] = param[i];
	if (!child_run(argv, -1))
		return LBCTL_OK;
	return diag_refused("%s: %s cannot be loaded", u->what,
			    file ? file : module);
}

/* Those that need lb: the new ones, or those that were there. */
static int load_beside(const struct upgrade *u, bool old)
{
	const struct beside *beside;
	int rc = LBCTL_OK;
	size_t i;

	for (i = 0; i < BESIDE_MAX; i++) {
		beside = &u->beside[i];
		if (beside->loaded && !is_loaded_name(beside_names[i]) &&
		    load(u, old ? beside->old : u->file ? beside->file : NULL,
			 beside_names[i], beside->param))
			rc = LBCTL_REFUSED;
	}
	return rc;
}

/* What programs for IPVS change is not to be undone by what was saved. */
static int exchange(struct upgrade *u)
{
	int rc = load(u, u->file, "lb", u->param);

	if (!rc)
		rc = restore_rules(u);
	if (!rc)
		rc = load_beside(u, false);
	return rc ? rc : restore_conns(u);
}

/*
 * What did not work is gone first. Without a module beside it, as ip_vs came in
 * between say, lb still has all that is its own.
 */
static int go_back(struct upgrade *u)
{
	int rc = unload_all(u);

	if (!rc)
		rc = load(u, u->old, "lb", u->param);
	if (rc)
		return rc;
	rc = restore_rules(u);
	load_beside(u, true);
	return rc ? rc : restore_conns(u);
}

/* A module did not go, so lb has all that it had; others may have gone. */
static void stay(struct upgrade *u)
{
	bool daemons_run = is_loaded_name("lb_sync");

	load_beside(u, true);
	if (!daemons_run)
		start_daemons(u);
}

static double now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1e3 + ts.tv_nsec / 1e6;
}

/* How far it came. */
enum outcome {
	UNCHANGED,
	DONE,
	BACK,
	LOST,
};

static enum outcome try_exchange(struct upgrade *u)
{
	if (save_daemons(u) || save_conns(u))
		return UNCHANGED;
	if (unload_saved(u)) {
		stay(u);
		return BACK;
	}
	if (!exchange(u))
		return DONE;
	return go_back(u) ? LOST : BACK;
}

/* Nothing is let through that the host would answer itself. */
static int exchange_held(struct upgrade *u, enum outcome *outcome)
{
	double begin = now_ms();
	int rc;

	*outcome = UNCHANGED;
	rc = hold_begin(u->what);
	if (rc)
		return rc;
	*outcome = try_exchange(u);
	rc = hold_end(u->what);
	u->hold_ms = now_ms() - begin;
	return *outcome == DONE ? rc : LBCTL_REFUSED;
}

static void block_signals(sigset_t *old)
{
	sigset_t set;

	sigemptyset(&set);
	sigaddset(&set, SIGINT);
	sigaddset(&set, SIGTERM);
	sigaddset(&set, SIGHUP);
	sigprocmask(SIG_BLOCK, &set, old);
}

/* --- what is told ------------------------------------------------------- */

static void read_version(char *version, size_t size)
{
	read_line("/sys/module/lb/version", version, size);
}

static void report(const struct upgrade *u, bool json)
{
	json_t *object, *conns;

	if (!json) {
		printf("lb %s took the place of %s; packets were held back for %.0f ms\n",
		       u->version[1], u->version[0], u->hold_ms);
		printf("connections: ");
		conntally_print(&u->tally);
		return;
	}
	object = json_object();
	conns = json_object();
	json_object_set_new(object, "old", json_string(u->version[0]));
	json_object_set_new(object, "new", json_string(u->version[1]));
	json_object_set_new(object, "hold-ms", json_real(u->hold_ms));
	conntally_json(&u->tally, conns);
	json_object_set_new(object, "conns", conns);
	json_print(object);
	json_decref(object);
}

static void remove_dir(const struct upgrade *u)
{
	const char *const argv[] = { "rm", "-rf", "--", u->dir, NULL };

	child_run(argv, -1);
}

static int run(struct upgrade *u, bool json)
{
	enum outcome outcome;
	sigset_t signals;
	int rc;

	read_version(u->version[0], sizeof(u->version[0]));
	connfile_prepare(&u->conns, count(u->what, "conns") + 1);
	/* Whoever is impatient waits until packets are let through again. */
	block_signals(&signals);
	rc = exchange_held(u, &outcome);
	sigprocmask(SIG_SETMASK, &signals, NULL);
	read_version(u->version[1], sizeof(u->version[1]));
	switch (outcome) {
	case DONE:
		report(u, json);
		break;
	case BACK:
		diag_refused("%s: the old module serves again, after %.0f ms",
			     u->what, u->hold_ms);
		break;
	case UNCHANGED:
		diag_refused("%s: nothing was changed", u->what);
		break;
	case LOST:
		return diag_refused("%s: the old module did not come back; what it had is in %s",
				    u->what, u->dir);
	}
	if (u->daemons)
		rc = diag_refused("%s: a daemon of synchronisation did not start again",
				  u->what);
	remove_dir(u);
	return rc;
}

/* Before anything is held back. */
static int prepare_new(struct upgrade *u)
{
	size_t i;

	if (!u->file)
		return LBCTL_OK;
	if (!is_there(u->file))
		return diag_refused("%s: %s: %s", u->what, u->file,
				    strerror(errno));
	load_needed(u->file);
	for (i = 0; i < BESIDE_MAX; i++) {
		if (!u->beside[i].loaded)
			continue;
		if (!find_beside(u->file, beside_names[i], u->beside[i].file,
				 sizeof(u->beside[i].file)))
			return diag_refused("%s: there is no %s beside %s",
					    u->what, beside_names[i], u->file);
		load_needed(u->beside[i].file);
	}
	return LBCTL_OK;
}

/* The new module starts its daemons with the key that they had. */
static int check_key(const struct upgrade *u)
{
	struct sync_count n;
	int rc;

	nl_forget();
	rc = sync_show_count(u->what, &n);
	if (!rc && n.keyed && !u->key_file)
		rc = diag_refused("%s: a daemon of synchronisation has a key, name its file with --sync-key",
				  u->what);
	nl_forget();
	return rc;
}

/* A key that cannot be read must not be found out when it is too late. */
static int keep_key(struct upgrade *u)
{
	static char path[80];
	struct sync sync;
	int rc;

	if (!u->key_file)
		return LBCTL_OK;
	path_in(u, "key", path, sizeof(path));
	u->key = path;
	rc = copy_file(u, u->key_file, u->key);
	return rc ? rc : sync_read_key(u->key, &sync);
}

static int prepare(struct upgrade *u, const char *old)
{
	size_t i;
	int rc;

	if (geteuid())
		return diag_refused("%s: this is for root", u->what);
	if (!is_loaded_name("lb"))
		return diag_refused("%s: the module lb is not loaded", u->what);
	for (i = 0; i < BESIDE_MAX; i++)
		u->beside[i].loaded = is_loaded_name(beside_names[i]);
	rc = prepare_new(u);
	if (!rc)
		rc = check_holders(u);
	if (!rc)
		rc = check_namespaces(u);
	if (!rc)
		rc = check_key(u);
	if (rc)
		return rc;
	snprintf(u->dir, sizeof(u->dir), "/run/lbctl-upgrade.XXXXXX");
	if (!mkdtemp(u->dir))
		return diag_refused("%s: %s: %s", u->what, u->dir,
				    strerror(errno));
	keep_parameters(u);
	rc = keep_old(u, old);
	if (!rc)
		rc = keep_key(u);
	if (rc)
		remove_dir(u);
	return rc;
}

/* The value of an option, or the word that follows it. */
static int parse_file(struct cursor *c, const char **file)
{
	if (*file)
		return LBCTL_OK;
	*file = wparse_peek(c);
	if (!*file)
		return wparse_expect(c, "a file");
	c->i++;
	return LBCTL_OK;
}

int upgrade_run(struct cursor *c, bool json)
{
	static const char *const names[] = {
		"--module", "--old", "--sync-key"
	};
	static struct upgrade u = { .what = "upgrade" };
	const char *old = NULL;
	int rc = LBCTL_OK;

	while (!rc && wparse_peek(c)) {
		if (wparse_option(c, names[0], &u.file))
			rc = parse_file(c, &u.file);
		else if (wparse_option(c, names[1], &old))
			rc = parse_file(c, &old);
		else if (wparse_option(c, names[2], &u.key_file))
			rc = parse_file(c, &u.key_file);
		else
			rc = wparse_expect_names(c, names, 3, " or ");
	}
	if (!rc)
		rc = prepare(&u, old);
	return rc ? rc : run(&u, json);
}
