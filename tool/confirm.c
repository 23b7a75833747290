// SPDX-License-Identifier: GPL-2.0-only
/*
 * A load that is undone unless it is confirmed in time. What was there before
 * is kept in a file, one for each network namespace. It is unlinked by who
 * confirms or by who has undone the load; a lock on it tells who was first.
 */
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <syslog.h>
#include <time.h>
#include <unistd.h>

#include "confirm.h"
#include "diag.h"
#include "load.h"
#include "nl.h"
#include "save.h"

#define RUN_DIR	"/run/lb"

static int say_errno(const char *what)
{
	return diag_refused("%s: %s", what, strerror(errno));
}

static int find_path(char *path, size_t size)
{
	struct stat st;

	if (stat("/proc/self/ns/net", &st))
		return say_errno("/proc/self/ns/net");
	snprintf(path, size, RUN_DIR "/unconfirmed.%llu",
		 (unsigned long long)st.st_ino);
	return LBCTL_OK;
}

static bool is_gone(int fd)
{
	struct stat st;

	return fstat(fd, &st) || !st.st_nlink;
}

static time_t now(void)
{
	struct timespec ts = { 0 };

	clock_gettime(CLOCK_BOOTTIME, &ts);
	return ts.tv_sec;
}

static void leave_terminal(void)
{
	int null = open("/dev/null", O_RDWR);
	int fd;

	setsid();
	signal(SIGHUP, SIG_IGN);
	if (chdir("/") || null < 0)
		_exit(LBCTL_REFUSED);
	for (fd = 0; fd <= STDERR_FILENO; fd++)
		dup2(null, fd);
}

/* With the lock, so that nobody confirms what is being undone. */
static void undo(int fd, const char *path, unsigned int seconds)
{
	if (flock(fd, LOCK_EX) || is_gone(fd))
		return;
	openlog("lbctl", LOG_PID, LOG_DAEMON);
	if (load_apply(path, LOAD_ALLOW_EMPTY)) {
		syslog(LOG_ERR, "the load was not confirmed within %u seconds, but what was there before cannot be loaded; it is in %s",
		       seconds, path);
		return;
	}
	unlink(path);
	syslog(LOG_WARNING, "the load was not confirmed within %u seconds; what was there before is back",
	       seconds);
}

static void guard(int fd, const char *path, unsigned int seconds, int ready)
{
	const time_t end = now() + seconds;

	leave_terminal();
	close(ready);
	nl_forget();
	while (!is_gone(fd) && now() < end)
		sleep(1);
	undo(fd, path, seconds);
	_exit(LBCTL_OK);
}

static int keep(int fd)
{
	FILE *out = fdopen(dup(fd), "w");
	struct saved saved;
	int rc;

	if (!out)
		return say_errno(RUN_DIR);
	rc = save_print(out, NULL, &saved);
	if (fclose(out) && !rc)
		rc = say_errno(RUN_DIR);
	return rc;
}

/*
 * Begin the guard, and wait until no signal of the terminal can reach it: then
 * it closes its end of the pipe.
 */
static int start_guard(int fd, const char *path, unsigned int seconds)
{
	int ready[2];
	pid_t pid;
	char c;

	fflush(NULL);
	if (pipe2(ready, O_CLOEXEC))
		return say_errno("pipe");
	pid = fork();
	if (!pid)
		guard(fd, path, seconds, ready[1]);
	close(ready[1]);
	if (pid < 0)
		say_errno("fork");
	else
		while (read(ready[0], &c, 1) < 0 && errno == EINTR)
			;
	close(ready[0]);
	return pid < 0 ? LBCTL_REFUSED : LBCTL_OK;
}

/* The file that is kept stays open in the guard only. */
static int begin(const char *path, unsigned int seconds)
{
	int rc, fd;

	if (mkdir(RUN_DIR, 0700) && errno != EEXIST)
		return say_errno(RUN_DIR);
	fd = open(path, O_RDWR | O_CREAT | O_EXCL | O_CLOEXEC, 0600);
	if (fd < 0 && errno == EEXIST)
		return diag_refused("the load before is not confirmed yet: say lbctl confirm, or wait until it is undone");
	if (fd < 0)
		return say_errno(path);
	rc = keep(fd);
	if (!rc)
		rc = start_guard(fd, path, seconds);
	if (rc)
		unlink(path);
	close(fd);
	return rc;
}

int confirm_around(const char *file, unsigned int flags, unsigned int seconds)
{
	char path[PATH_MAX];
	int rc;

	rc = find_path(path, sizeof(path));
	if (!rc)
		rc = begin(path, seconds);
	if (rc)
		return rc;
	rc = load_apply(file, flags);
	if (rc)
		unlink(path);
	else
		diag_warn("say \"lbctl confirm\" within %u seconds, or what was there before comes back",
			  seconds);
	return rc;
}

int confirm_load(void)
{
	char path[PATH_MAX];
	int rc, fd;

	rc = find_path(path, sizeof(path));
	if (rc)
		return rc;
	fd = open(path, O_RDWR | O_CLOEXEC);
	if (fd < 0 && errno == ENOENT)
		return diag_refused("no load waits to be confirmed");
	if (fd < 0)
		return say_errno(path);
	if (flock(fd, LOCK_EX))
		rc = say_errno(path);
	else if (is_gone(fd))
		rc = diag_refused("it is too late: what was there before the load is back");
	else if (unlink(path))
		rc = say_errno(path);
	close(fd);
	return rc;
}
