// SPDX-License-Identifier: GPL-2.0-only
/*
 * For LD_PRELOAD: before the tool asks for real servers, run the command in
 * BETWEEN, the first BETWEEN_TIMES times. So something changes between the two
 * dumps in which the tool reads services.
 */
#include <dlfcn.h>
#include <linux/genetlink.h>
#include <linux/lb.h>
#include <linux/netlink.h>
#include <stdlib.h>
#include <sys/socket.h>

typedef ssize_t sendto_fn(int fd, const void *buf, size_t len, int flags,
			  const struct sockaddr *addr, socklen_t addr_len);

static int is_wanted(const void *buf, size_t len)
{
	const struct nlmsghdr *nlh = buf;
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);

	return len >= NLMSG_HDRLEN + GENL_HDRLEN &&
	       nlh->nlmsg_type >= NLMSG_MIN_TYPE &&
	       genl->cmd == LB_CMD_DEST_GET;
}

static void run_between(void)
{
	const char *command = getenv("BETWEEN");
	const char *times = getenv("BETWEEN_TIMES");
	static int n;

	if (!command || !times || n++ >= atoi(times))
		return;
	unsetenv("LD_PRELOAD");
	if (system(command))
		exit(99);
}

ssize_t sendto(int fd, const void *buf, size_t len, int flags,
	       const struct sockaddr *addr, socklen_t addr_len)
{
	sendto_fn *next = (sendto_fn *)dlsym(RTLD_NEXT, "sendto");

	if (is_wanted(buf, len))
		run_between();
	return next(fd, buf, len, flags, addr, addr_len);
}
