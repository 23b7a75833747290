// SPDX-License-Identifier: GPL-2.0-only
/* ipvsfuzz SEED COUNT: requests of IPVS's interfaces that are mostly wrong, of
 * which only error numbers may come. Prints how many of each kind succeeded.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <glob.h>
#include <linux/genetlink.h>
#include <linux/ip_vs.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/socket.h>
#include <unistd.h>

#define MAX_MSG 4096

static unsigned char msg[MAX_MSG + 512];
static size_t len;
static uint64_t state;
static int family;
static int sock;
static unsigned int seq;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

/* Numbers that depend on the seed alone: splitmix64 */
static uint32_t any(void)
{
	uint64_t z = state += 0x9e3779b97f4a7c15;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9;
	z = (z ^ z >> 27) * 0x94d049bb133111eb;
	return z >> 32;
}

static uint32_t below(uint32_t n)
{
	return any() % n;
}

static bool one_in(uint32_t n)
{
	return !below(n);
}

/* Values at the edges of what types hold, and small ones */
static uint32_t number(void)
{
	static const uint32_t odd[] = {
		0, 1, 2, 3, 6, 10, 17, 80, 128, 129, 132, 255, 256, 300,
		65535, 65536, 2678400, 2678401, 8589934, 0x7fffffff,
		0x80000000, 0xffffffff,
	};

	return one_in(8) ? any() : odd[below(sizeof(odd) / sizeof(*odd))];
}

static void put(const void *data, size_t size)
{
	if (len + size > MAX_MSG)
		return;
	memcpy(msg + len, data, size);
	len += size;
}

static size_t begin_attr(unsigned int type)
{
	struct nlattr attr = { .nla_type = type };
	size_t at = len;

	put(&attr, sizeof(attr));
	return at;
}

/* Now and then the length is a lie. */
static void end_attr(size_t at)
{
	uint16_t size = len - at;

	if (one_in(200))
		size = any();
	if (at + sizeof(struct nlattr) <= len)
		memcpy(msg + at, &size, sizeof(size));
	while (len % 4)
		put("", 1);
}

static void put_random(size_t size)
{
	while (size--)
		put(&(unsigned char){ any() }, 1);
}

static void put_attr(unsigned int type, const void *data, size_t size)
{
	size_t at = begin_attr(type);

	if (one_in(50))
		put_random(below(40));
	else
		put(data, size);
	end_attr(at);
}

static void put_u32(unsigned int type, uint32_t value)
{
	put_attr(type, &value, sizeof(value));
}

static void put_u16(unsigned int type, uint16_t value)
{
	put_attr(type, &value, sizeof(value));
}

static uint16_t some_family(void)
{
	return one_in(10) ? number() : one_in(3) ? AF_INET6 : AF_INET;
}

static uint16_t some_port(void)
{
	return one_in(10) ? number() : htons(80 + below(3));
}

static void put_addr(unsigned int type, uint32_t first)
{
	uint32_t addr[4] = { htonl(first + below(4)) };

	if (one_in(20))
		addr[0] = number();
	if (one_in(10))
		addr[below(4)] = any();
	put_attr(type, addr, one_in(2) ? 4 : 16);
}

static void put_name(unsigned int type)
{
	static const char *const names[] = {
		"rr", "wrr", "lc", "wlc", "sh", "mh", "dh", "lblc", "lblcr",
		"fo", "ovf", "sed", "nq", "twos", "none", "", "sip",
		"nosuchscheduler", "../../etc", "%s%n",
	};
	const char *name = names[below(sizeof(names) / sizeof(*names))];

	put_attr(type, name, strlen(name) + !one_in(30));
}

static void put_service(void)
{
	size_t at = begin_attr(IPVS_CMD_ATTR_SERVICE | (one_in(2) << 15));
	uint32_t flags[2] = { one_in(2) ? number() : 1 + below(64),
			      one_in(3) ? number() : ~0U };
	uint16_t af = some_family();

	if (!one_in(20))
		put_u16(IPVS_SVC_ATTR_AF, af);
	if (one_in(5)) {
		put_u32(IPVS_SVC_ATTR_FWMARK, below(3));
	} else {
		put_u16(IPVS_SVC_ATTR_PROTOCOL, one_in(9) ? number() :
			one_in(2) ? IPPROTO_TCP : IPPROTO_UDP);
		put_addr(IPVS_SVC_ATTR_ADDR, 0x0a000001);
		if (!one_in(20))
			put_u16(IPVS_SVC_ATTR_PORT, some_port());
	}
	if (!one_in(20))
		put_name(IPVS_SVC_ATTR_SCHED_NAME);
	put_attr(IPVS_SVC_ATTR_FLAGS, flags, sizeof(flags));
	put_u32(IPVS_SVC_ATTR_TIMEOUT, one_in(2) ? number() : 300);
	if (!one_in(20))
		put_u32(IPVS_SVC_ATTR_NETMASK, af == AF_INET6 ? below(140) :
			number());
	if (one_in(8))
		put_name(IPVS_SVC_ATTR_PE_NAME);
	while (one_in(10))
		put_u32(any() & 0x400f, any());
	end_attr(at);
}

static void put_dest(void)
{
	size_t at = begin_attr(IPVS_CMD_ATTR_DEST | (one_in(2) << 15));

	put_addr(IPVS_DEST_ATTR_ADDR, 0x0a000101);
	put_u16(IPVS_DEST_ATTR_PORT, some_port());
	put_u32(IPVS_DEST_ATTR_FWD_METHOD, one_in(9) ? any() : below(4));
	put_u32(IPVS_DEST_ATTR_WEIGHT, number());
	put_u32(IPVS_DEST_ATTR_U_THRESH, one_in(2) ? 0 : number());
	put_u32(IPVS_DEST_ATTR_L_THRESH, one_in(2) ? 0 : number());
	if (one_in(2))
		put_u16(IPVS_DEST_ATTR_ADDR_FAMILY, some_family());
	if (one_in(2))
		put_attr(IPVS_DEST_ATTR_TUN_TYPE,
			 &(uint8_t){ below(one_in(9) ? 256 : 3) }, 1);
	if (one_in(2))
		put_u16(IPVS_DEST_ATTR_TUN_PORT, number());
	if (one_in(2))
		put_u16(IPVS_DEST_ATTR_TUN_FLAGS, number());
	while (one_in(10))
		put_u32(any() & 0x401f, any());
	end_attr(at);
}

static void put_daemon(void)
{
	size_t at = begin_attr(IPVS_CMD_ATTR_DAEMON);

	put_u32(IPVS_DAEMON_ATTR_STATE, below(4));
	put_attr(IPVS_DAEMON_ATTR_MCAST_IFN, "lo", one_in(5) ? 2 : 3);
	put_u32(IPVS_DAEMON_ATTR_SYNC_ID, number());
	if (one_in(2))
		put_u32(IPVS_DAEMON_ATTR_MCAST_GROUP, any());
	if (one_in(2))
		put_addr(IPVS_DAEMON_ATTR_MCAST_GROUP6, any());
	end_attr(at);
}

static void make_request(void)
{
	struct genlmsghdr genl = { .cmd = below(19), .version = below(3) };
	struct nlmsghdr nlh = {
		.nlmsg_type = family,
		.nlmsg_flags = NLM_F_REQUEST |
			       (one_in(4) ? NLM_F_DUMP : NLM_F_ACK),
		.nlmsg_seq = ++seq,
	};

	/* What empties all is rare, or nothing would ever be there. */
	if ((genl.cmd == IPVS_CMD_FLUSH || genl.cmd == IPVS_CMD_DEL_SERVICE) &&
	    !one_in(10))
		genl.cmd = IPVS_CMD_NEW_DEST;
	len = 0;
	put(&nlh, sizeof(nlh));
	put(&genl, sizeof(genl));
	if (!one_in(20))
		put_service();
	if (!one_in(3))
		put_dest();
	if (one_in(3))
		put_daemon();
	while (one_in(3))
		put_u32(IPVS_CMD_ATTR_TIMEOUT_TCP + below(4), number());
	while (one_in(30))
		msg[NLMSG_HDRLEN + GENL_HDRLEN + below(len)] = any();
	((struct nlmsghdr *)msg)->nlmsg_len = len;
}

/* Return: errno of the answer, 0 for success; -1 if there was none. */
static int answer(void)
{
	static unsigned char buf[65536];
	struct nlmsghdr *nlh;
	ssize_t size;
	int left;

	for (;;) {
		size = recv(sock, buf, sizeof(buf), 0);
		if (size < 0)
			return errno == EAGAIN ? -1 : errno;
		left = size;
		for (nlh = (void *)buf; NLMSG_OK(nlh, left);
		     nlh = NLMSG_NEXT(nlh, left)) {
			if (nlh->nlmsg_seq != seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_DONE)
				return 0;
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)
					 NLMSG_DATA(nlh))->error;
		}
	}
}

static int by_netlink(void)
{
	make_request();
	if (send(sock, msg, len, 0) < 0)
		die("send");
	return answer();
}

static void make_option(int option)
{
	struct ip_vs_service_user svc = {
		.protocol = one_in(9) ? number() : IPPROTO_TCP,
		.addr = htonl(0x0a000001 + below(4)),
		.port = some_port(),
		.fwmark = one_in(4) ? below(3) : 0,
		.sched_name = "rr",
		.flags = number(),
		.timeout = number(),
		.netmask = number(),
	};
	struct ip_vs_dest_user dest = {
		.addr = htonl(0x0a000101 + below(4)),
		.port = some_port(),
		.conn_flags = number(),
		.weight = number(),
		.u_threshold = number(),
		.l_threshold = one_in(2) ? 0 : number(),
	};

	len = 0;
	if (one_in(30))
		memset(svc.sched_name, 'x', sizeof(svc.sched_name));
	if (option == IP_VS_SO_SET_FLUSH)
		return;
	if (option == IP_VS_SO_SET_TIMEOUT ||
	    option == IP_VS_SO_SET_STARTDAEMON ||
	    option == IP_VS_SO_SET_STOPDAEMON) {
		put_random(option == IP_VS_SO_SET_TIMEOUT ?
			   sizeof(struct ip_vs_timeout_user) :
			   sizeof(struct ip_vs_daemon_user));
		return;
	}
	put(&svc, sizeof(svc));
	if (option >= IP_VS_SO_SET_ADDDEST && option <= IP_VS_SO_SET_EDITDEST)
		put(&dest, sizeof(dest));
	while (one_in(30))
		msg[below(len)] = any();
}

static int by_set(int raw, unsigned char *edge)
{
	int option = IP_VS_BASE_CTL + below(18);
	const void *arg = msg;

	if (option == IP_VS_SO_SET_FLUSH && !one_in(20))
		option = IP_VS_SO_SET_ADDDEST;
	make_option(option);
	if (one_in(20))
		len = number();
	/* The end of what is mapped, and beyond */
	if (len < 1000 && one_in(10)) {
		memcpy(edge - len, msg, len);
		arg = edge - len + (one_in(2) ? below(8) : 0);
	}
	return setsockopt(raw, IPPROTO_IP, option, arg, len) ? errno : 0;
}

static int by_get(int raw, unsigned char *edge)
{
	int option = IP_VS_BASE_CTL + below(10);
	struct ip_vs_get_services *svcs = (void *)msg;
	struct ip_vs_get_dests *dests = (void *)msg;
	uint32_t num = one_in(3) ? number() : below(8);
	socklen_t size = 0;
	void *arg = msg;

	make_option(IP_VS_SO_SET_ADD);
	if (option == IP_VS_SO_GET_SERVICES) {
		svcs->num_services = num;
		size = sizeof(*svcs) + num * sizeof(svcs->entrytable[0]);
	} else if (option == IP_VS_SO_GET_DESTS) {
		dests->num_dests = num;
		size = sizeof(*dests) + num * sizeof(dests->entrytable[0]);
	} else {
		size = one_in(4) ? number() : 160;
	}
	/* Lists may be longer than what is mapped here. */
	if (size > 1000 || one_in(10)) {
		arg = edge - 64 - below(64);
		memcpy(arg, msg, 64);
	}
	return getsockopt(raw, IPPROTO_IP, option, arg, &size) ? errno : 0;
}

/* A file of those that a pattern names */
static int open_any(const char *pattern, int flags)
{
	glob_t found;
	int fd;

	if (glob(pattern, 0, NULL, &found))
		die(pattern);
	fd = open(found.gl_pathv[below(found.gl_pathc)], flags);
	globfree(&found);
	return fd;
}

/* A number, two, a list, or anything, whole or from somewhere on */
static int by_sysctl(void)
{
	int fd = open_any("/proc/sys/net/ipv4/vs/*", O_RDWR);
	int err;

	if (fd < 0)
		return errno;
	len = 0;
	if (one_in(4)) {
		put_random(below(300));
	} else {
		len = sprintf((char *)msg, "%d", number());
		if (one_in(4))
			len += sprintf((char *)msg + len, "%c%d",
				       " \t-,"[below(4)], number());
		len += one_in(9);
	}
	err = pwrite(fd, msg, len, one_in(8) ? below(20) : 0) < 0 ? errno : 0;
	if (pread(fd, msg, below(MAX_MSG), one_in(4) ? below(20) : 0) < 0)
		err = errno;
	close(fd);
	return err;
}

/* Parts, in any order */
static int by_proc(void)
{
	int fd = open_any("/proc/net/ip_vs*", O_RDONLY);
	int err = 0;

	if (fd < 0)
		return errno;
	while (!one_in(4))
		if (lseek(fd, below(one_in(4) ? 100000 : 1000), SEEK_SET) < 0 ||
		    read(fd, msg, below(MAX_MSG)) < 0)
			err = errno;
	close(fd);
	return err;
}

static int find_family(void)
{
	const struct nlmsghdr head = {
		.nlmsg_type = GENL_ID_CTRL,
		.nlmsg_flags = NLM_F_REQUEST,
	};
	const struct genlmsghdr genl = {
		.cmd = CTRL_CMD_GETFAMILY,
		.version = 1,
	};
	const struct nlattr name = {
		.nla_len = NLA_HDRLEN + 5,
		.nla_type = CTRL_ATTR_FAMILY_NAME,
	};
	struct nlmsghdr *nlh = (void *)msg;
	struct nlattr *attr;
	int id = 0;

	len = 0;
	put(&head, sizeof(head));
	put(&genl, sizeof(genl));
	put(&name, sizeof(name));
	put("IPVS\0\0\0", 8);
	nlh->nlmsg_len = len;
	if (send(sock, msg, len, 0) < 0 || recv(sock, msg, MAX_MSG, 0) < 0)
		die("family");
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return 0;
	for (attr = (void *)((char *)NLMSG_DATA(nlh) + GENL_HDRLEN);
	     (unsigned char *)attr < msg + nlh->nlmsg_len;
	     attr = (void *)((char *)attr + NLMSG_ALIGN(attr->nla_len)))
		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			id = *(uint16_t *)(attr + 1);
	return id;
}

int main(int argc, char **argv)
{
	static const char *const names[] = { "netlink", "set", "get", "sysctl",
					     "proc" };
	struct timeval patience = { .tv_sec = 20 };
	struct sockaddr_nl kernel = { .nl_family = AF_NETLINK };
	unsigned long done[5] = {}, silent = 0, i, count;
	unsigned char *edge;
	int raw, kind, err;

	if (argc != 3)
		return 2;
	state = strtoul(argv[1], NULL, 0);
	count = strtoul(argv[2], NULL, 0);
	edge = mmap(NULL, 8192, PROT_READ | PROT_WRITE,
		    MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
	raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (raw < 0 || sock < 0 || edge == MAP_FAILED ||
	    mprotect(edge + 4096, 4096, PROT_NONE) ||
	    connect(sock, (struct sockaddr *)&kernel, sizeof(kernel)) ||
	    setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &patience,
		       sizeof(patience)))
		die("prepare");
	edge += 4096;
	family = find_family();
	if (!family)
		die("family IPVS");

	for (i = 0; i < count; i++) {
		kind = one_in(3) ? 1 + below(4) : 0;
		err = kind == 0 ? by_netlink() :
		      kind == 1 ? by_set(raw, edge) :
		      kind == 2 ? by_get(raw, edge) :
		      kind == 3 ? by_sysctl() : by_proc();
		/* If the length was a lie, there may have been no request. */
		silent += err < 0;
		done[kind] += !err;
		if (err > 133) {
			printf("request %lu of %s: error %d\n", i, names[kind],
			       err);
			return 1;
		}
	}
	for (i = 0; i < 5; i++)
		printf("%s %lu\n", names[i], done[i]);
	printf("silent %lu\n", silent);
	return 0;
}
