// SPDX-License-Identifier: GPL-2.0-only
/* Whether the names of IPVS's modules mean lb, and who else has IPVS's. */
#include <arpa/inet.h>
#include <ctype.h>
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <libmnl/libmnl.h>
#include <linux/genetlink.h>
#include <linux/lb.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "diag.h"
#include "model.h"
#include "names.h"
#include "nl.h"

/* modprobe reads the second only; it is made a link to the first. */
#define NAMES_DIR	"/etc/modprobe.d"
#define NAMES_FILE	"lb-ipvs.names"
#define NAMES_LINK	NAMES_DIR "/lb-ipvs.conf"

/* Lines of IPVS's file before the first service. */
#define TITLE_LINES	3

/* Network namespaces whose services were counted, to warn or to inform. */
struct seen {
	struct stat	*ns;
	size_t		n;
	bool		warn;
};

static bool is_loaded(const char *module)
{
	char path[64];

	snprintf(path, sizeof(path), "/sys/module/%s", module);
	return !access(path, F_OK);
}

static bool is_enabled(void)
{
	char target[sizeof(NAMES_FILE)];
	ssize_t len = readlink(NAMES_LINK, target, sizeof(target));

	return len == sizeof(NAMES_FILE) - 1 &&
	       !memcmp(target, NAMES_FILE, len);
}

/* The address of a service in IPVS's file: hexadecimal, or as IPv6 is written;
 * empty if it has a mark instead. NULL: the line is none of a service.
 */
static char *service_address(char *line)
{
	char *addr = line + strcspn(line, " ");
	char *end;

	if (!isupper(*line))
		return NULL;
	addr += strspn(addr, " ");
	end = *addr == '[' ? strchr(++addr, ']') : strchr(addr, ':');
	if (!end)
		end = addr;
	*end = '\0';
	return addr;
}

/* Call fn for each service, with its address. Return how many there are. */
static unsigned int read_services(const char *path,
				  void (*fn)(const char *addr, void *arg),
				  void *arg)
{
	FILE *file = fopen(path, "r");
	unsigned int lines = 0, n = 0;
	char line[256];
	char *addr;

	while (file && fgets(line, sizeof(line), file)) {
		if (lines++ < TITLE_LINES)
			continue;
		addr = service_address(line);
		if (!addr)
			continue;
		n++;
		if (fn)
			fn(addr, arg);
	}
	if (file)
		fclose(file);
	return n;
}

static bool is_new(struct seen *seen, const char *path)
{
	struct stat *more, st;
	size_t i;

	if (stat(path, &st))
		return false;
	for (i = 0; i < seen->n; i++)
		if (seen->ns[i].st_dev == st.st_dev &&
		    seen->ns[i].st_ino == st.st_ino)
			return false;
	more = realloc(seen->ns, (seen->n + 1) * sizeof(*more));
	if (!more)
		return false;
	seen->ns = more;
	seen->ns[seen->n++] = st;
	return true;
}

static void tell(const struct seen *seen, unsigned int n, const char *where,
		 const char *name)
{
	const char *plural = n == 1 ? "" : "s";

	if (n && seen->warn)
		diag_warn("ip_vs has %u service%s in %s%s", n, plural, where,
			  name);
	else if (n)
		printf("ip_vs has %u service%s in %s%s\n", n, plural, where,
		       name);
}

/* One that has a name need not have a process. */
static void tell_named(struct seen *seen, const char *name, int own)
{
	char path[512];
	int fd;

	snprintf(path, sizeof(path), "/run/netns/%s", name);
	if (!is_new(seen, path))
		return;
	fd = open(path, O_RDONLY | O_CLOEXEC);
	if (fd < 0)
		return;
	if (!setns(fd, CLONE_NEWNET)) {
		tell(seen,
		     read_services("/proc/thread-self/net/ip_vs", NULL, NULL),
		     "network namespace ", name);
		if (setns(own, CLONE_NEWNET))
			diag_warn("this network namespace is lost");
	}
	close(fd);
}

static void tell_process(struct seen *seen, const char *pid)
{
	char path[512];

	snprintf(path, sizeof(path), "/proc/%s/ns/net", pid);
	if (!isdigit(*pid) || !is_new(seen, path))
		return;
	snprintf(path, sizeof(path), "/proc/%s/net/ip_vs", pid);
	tell(seen, read_services(path, NULL, NULL),
	     "the network namespace of process ", pid);
}

/* Say in which network namespaces ip_vs has services. */
static void tell_all(bool warn)
{
	int own = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	struct seen seen = { .warn = warn };
	struct dirent *entry;
	DIR *dir;

	if (is_new(&seen, "/proc/self/ns/net"))
		tell(&seen, read_services("/proc/self/net/ip_vs", NULL, NULL),
		     "this network namespace", "");
	dir = own < 0 ? NULL : opendir("/run/netns");
	while (dir && (entry = readdir(dir)))
		if (*entry->d_name != '.')
			tell_named(&seen, entry->d_name, own);
	if (dir)
		closedir(dir);
	dir = opendir("/proc");
	while (dir && (entry = readdir(dir)))
		tell_process(&seen, entry->d_name);
	if (dir)
		closedir(dir);
	if (own >= 0)
		close(own);
	free(seen.ns);
}

int names_status(void)
{
	printf("names %s\n", is_enabled() ? "lb_ipvs" : "ip_vs");
	printf("lb_ipvs %s\n", is_loaded("lb_ipvs") ? "loaded" : "not loaded");
	printf("ip_vs %s\n", is_loaded("ip_vs") ? "loaded" : "not loaded");
	if (is_loaded("ip_vs"))
		tell_all(false);
	return LBCTL_OK;
}

int names_enable(void)
{
	if (is_loaded("ip_vs")) {
		diag_refused("ip_vs is loaded: remove it first");
		tell_all(true);
		return LBCTL_REFUSED;
	}
	if (access(NAMES_DIR "/" NAMES_FILE, R_OK))
		return diag_refused("%s: %s", NAMES_DIR "/" NAMES_FILE,
				    strerror(errno));
	if (is_enabled() || !symlink(NAMES_FILE, NAMES_LINK))
		return LBCTL_OK;
	return diag_refused("%s: %s", NAMES_LINK, strerror(errno));
}

int names_disable(void)
{
	struct stat st;

	if (lstat(NAMES_LINK, &st) && errno == ENOENT)
		return LBCTL_OK;
	if (!is_enabled())
		return diag_refused("%s is not a link to %s", NAMES_LINK,
				    NAMES_FILE);
	return unlink(NAMES_LINK) ? diag_refused("%s: %s", NAMES_LINK,
						 strerror(errno)) : LBCTL_OK;
}

/* Addresses of ip_vs's services, as text that inet_pton() made even. */
struct addresses {
	char	(*text)[INET6_ADDRSTRLEN];
	size_t	n;
};

static bool to_text(const char *addr, char *text)
{
	struct in6_addr ip6;
	struct in_addr ip;

	if (strchr(addr, ':'))
		return inet_pton(AF_INET6, addr, &ip6) == 1 &&
		       inet_ntop(AF_INET6, &ip6, text, INET6_ADDRSTRLEN);
	ip.s_addr = htonl(strtoul(addr, NULL, 16));
	return *addr && inet_ntop(AF_INET, &ip, text, INET6_ADDRSTRLEN);
}

static void note_address(const char *addr, void *arg)
{
	struct addresses *addrs = arg;
	char (*more)[INET6_ADDRSTRLEN];

	more = realloc(addrs->text, (addrs->n + 1) * sizeof(*more));
	if (!more)
		return;
	addrs->text = more;
	addrs->n += to_text(addr, more[addrs->n]);
}

static void compare_address(struct addresses *addrs, int family,
			    const void *addr)
{
	char text[INET6_ADDRSTRLEN];
	size_t i;

	if (!inet_ntop(family, addr, text, sizeof(text)))
		return;
	for (i = 0; i < addrs->n; i++) {
		if (strcmp(text, addrs->text[i]))
			continue;
		diag_warn("ip_vs has a service with the address %s, too", text);
		addrs->text[i][0] = '\0'; /* say so once */
	}
}

static void compare_service(const struct nlmsghdr *nlh, void *arg)
{
	const struct nlattr *attr;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) == LB_A_SERVICE_ADDR4)
			compare_address(arg, AF_INET,
					mnl_attr_get_payload(attr));
		if (mnl_attr_get_type(attr) == LB_A_SERVICE_ADDR6)
			compare_address(arg, AF_INET6,
					mnl_attr_get_payload(attr));
	}
}

void names_warn(void)
{
	struct batch b = { .text = "ipvs status" };
	struct addresses addrs = { 0 };

	if (!is_loaded("ip_vs") || !is_loaded("lb"))
		return;
	if (read_services("/proc/self/net/ip_vs", note_address, &addrs)) {
		model_key_cmd(&b, LB_CMD_SERVICE_GET, NLM_F_DUMP, NULL);
		nl_ask(&b, compare_service, &addrs, NULL);
	}
	free(addrs.text);
}
