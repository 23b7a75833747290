// SPDX-License-Identifier: GPL-2.0-only
/* The network namespace that is acted on. */
#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdbool.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

#include "diag.h"
#include "netns.h"

static int open_file(const char *before, const char *name, const char *after)
{
	char path[512];

	if (snprintf(path, sizeof(path), "%s%s%s", before, name, after) >=
	    (int)sizeof(path)) {
		errno = ENAMETOOLONG;
		return -1;
	}
	return open(path, O_RDONLY | O_CLOEXEC);
}

int netns_enter(const char *name)
{
	const bool pid = *name && !name[strspn(name, "0123456789")];
	int rc = LBCTL_OK;
	int fd;

	fd = open_file(strchr(name, '/') ? "" : "/run/netns/", name, "");
	if (fd < 0 && errno == ENOENT && pid)
		fd = open_file("/proc/", name, "/ns/net");
	if (fd < 0)
		return diag_refused("network namespace %s: %s", name,
				    strerror(errno));
	if (setns(fd, CLONE_NEWNET))
		rc = diag_refused("network namespace %s: %s", name,
				  strerror(errno));
	close(fd);
	return rc;
}
