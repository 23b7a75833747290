// SPDX-License-Identifier: GPL-2.0-only
/* Programs that are run for what they can do. */
#include <fcntl.h>
#include <signal.h>
#include <spawn.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "child.h"

/* What ends us at an interrupt would not end them. */
static int spawn(const char *const *argv, int in, int out, int err, pid_t *pid)
{
	posix_spawn_file_actions_t files;
	posix_spawnattr_t attr;
	sigset_t none;
	int rc;

	sigemptyset(&none);
	posix_spawnattr_init(&attr);
	posix_spawnattr_setflags(&attr, POSIX_SPAWN_SETPGROUP);
	posix_spawn_file_actions_init(&files);
	if (in >= 0)
		posix_spawn_file_actions_adddup2(&files, in, STDIN_FILENO);
	else
		posix_spawn_file_actions_addopen(&files, STDIN_FILENO,
						 "/dev/null", O_RDONLY, 0);
	if (out >= 0)
		posix_spawn_file_actions_adddup2(&files, out, STDOUT_FILENO);
	if (err >= 0)
		posix_spawn_file_actions_adddup2(&files, err, STDERR_FILENO);
	rc = posix_spawnp(pid, argv[0], &files, &attr, (char **)argv, environ);
	posix_spawn_file_actions_destroy(&files);
	posix_spawnattr_destroy(&attr);
	return rc;
}

static int await(pid_t pid)
{
	int status;

	if (waitpid(pid, &status, 0) != pid || !WIFEXITED(status))
		return -1;
	return WEXITSTATUS(status);
}

int child_run(const char *const *argv, int in)
{
	pid_t pid;

	return spawn(argv, in, -1, -1, &pid) ? -1 : await(pid);
}

void child_line(const char *const *argv, char *buf, size_t size)
{
	int null = open("/dev/null", O_WRONLY | O_CLOEXEC);
	size_t len = 0;
	ssize_t n;
	int fd[2];
	pid_t pid;

	*buf = '\0';
	if (null < 0)
		return;
	if (!pipe2(fd, O_CLOEXEC)) {
		n = spawn(argv, -1, fd[1], null, &pid) ? -1 : 1;
		close(fd[1]);
		if (n > 0) {
			while (len + 1 < size &&
			       (n = read(fd[0], buf + len,
					 size - 1 - len)) > 0)
				len += n;
			await(pid);
		}
		close(fd[0]);
	}
	close(null);
	buf[len] = '\0';
	buf[strcspn(buf, "\n")] = '\0';
}
