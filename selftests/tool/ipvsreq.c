// SPDX-License-Identifier: GPL-2.0-only
/* Requests of IPVS's interfaces, one a line of the input, and their answers:
 *
 *   nl CMD ATTRIBUTE...	a request of the netlink family
 *   dump CMD ATTRIBUTE...	the same, of a list; answers are sorted
 *   set OPTION FIELD...	a socket option
 *   get OPTION FIELD... [len=N]	the same; the buffer as it comes back
 *
 * An ATTRIBUTE is TYPE=VALUE, or "TYPE{" or, with NLA_F_NESTED, "TYPE+{", then
 * attributes, then "}". VALUEs and FIELDs are u8:N u16:N u32:N be16:N be32:N
 * ip:ADDRESS ip6:ADDRESS str:TEXT name:TEXT (16 bytes) hex:BYTES zero:LENGTH.
 * FIELDs are aligned as in a struct.
 */
#include <arpa/inet.h>
#include <errno.h>
#include <linux/genetlink.h>
#include <linux/netlink.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <unistd.h>

#define MAX_DEPTH 4
#define MAX_LINES 65536

struct bytes {
	unsigned char	data[65536];
	size_t		len;
	size_t		nest[MAX_DEPTH];
	int		depth;
};

static struct bytes out;
static int sock;
static int family;
static unsigned int seq;

static char *lines[MAX_LINES];
static size_t n_lines;

static void die(const char *what)
{
	perror(what);
	exit(1);
}

static void put(const void *data, size_t len)
{
	if (out.len + len > sizeof(out.data))
		exit(1);
	memcpy(out.data + out.len, data, len);
	out.len += len;
}

static void pad(size_t align)
{
	while (out.len % align)
		put("", 1);
}

static size_t size_of(const char *type)
{
	if (!strcmp(type, "u16") || !strcmp(type, "be16"))
		return 2;
	if (!strcmp(type, "u32") || !strcmp(type, "be32") ||
	    !strcmp(type, "ip"))
		return 4;
	return 1;
}

static void put_number(const char *type, const char *text)
{
	unsigned long value = strtoul(text, NULL, 0);
	uint32_t u32 = value;
	uint16_t u16 = value;
	uint8_t u8 = value;

	if (!strcmp(type, "be32"))
		u32 = htonl(value);
	if (!strcmp(type, "be16"))
		u16 = htons(value);
	if (!strcmp(type, "u8"))
		put(&u8, 1);
	else if (size_of(type) == 2)
		put(&u16, 2);
	else
		put(&u32, 4);
}

static void put_hex(const char *text)
{
	unsigned int byte;

	for (; sscanf(text, "%2x", &byte) == 1; text += 2)
		put(&(unsigned char){ byte }, 1);
}

static void put_value(char *word)
{
	char *text = strchr(word, ':');
	unsigned char addr[16] = {};
	static char zeros[32768];
	char name[16] = {};

	if (!text) {
		fprintf(stderr, "no value: %s\n", word);
		exit(1);
	}
	*text++ = '\0';
	if (!strcmp(word, "ip") || !strcmp(word, "ip6")) {
		inet_pton(word[2] ? AF_INET6 : AF_INET, text, addr);
		put(addr, word[2] ? 16 : 4);
	} else if (!strcmp(word, "str")) {
		put(text, strlen(text) + 1);
	} else if (!strcmp(word, "name")) {
		memcpy(name, text, strnlen(text, 16));
		put(name, 16);
	} else if (!strcmp(word, "hex")) {
		put_hex(text);
	} else if (!strcmp(word, "zero")) {
		put(zeros, strtoul(text, NULL, 0));
	} else {
		put_number(word, text);
	}
}

static void begin_attr(unsigned int type)
{
	struct nlattr attr = { .nla_type = type };

	if (out.depth == MAX_DEPTH)
		exit(1);
	pad(4);
	out.nest[out.depth++] = out.len;
	put(&attr, sizeof(attr));
}

static void end_attr(void)
{
	uint16_t len;

	if (!out.depth)
		exit(1);
	len = out.len - out.nest[--out.depth];
	memcpy(out.data + out.nest[out.depth], &len, sizeof(len));
	pad(4);
}

static void put_attr(char *word)
{
	unsigned int type;
	char *end;

	if (!strcmp(word, "}")) {
		end_attr();
		return;
	}
	type = strtoul(word, &end, 0);
	if (*end == '+') {
		type |= NLA_F_NESTED;
		end++;
	}
	begin_attr(type);
	if (*end++ == '{')
		return;
	put_value(end);
	end_attr();
}

static void begin_msg(int type, unsigned int flags, unsigned int cmd)
{
	struct genlmsghdr genl = { .cmd = cmd, .version = 1 };
	struct nlmsghdr nlh = {
		.nlmsg_type = type,
		.nlmsg_flags = NLM_F_REQUEST | flags,
		.nlmsg_seq = ++seq,
	};

	out.len = 0;
	out.depth = 0;
	put(&nlh, sizeof(nlh));
	put(&genl, sizeof(genl));
}

static void send_msg(void)
{
	((struct nlmsghdr *)out.data)->nlmsg_len = out.len;
	if (send(sock, out.data, out.len, 0) < 0)
		die("send");
}

/* An attribute of which the payload is attributes: all that IPVS has are so by
 * their place, as none says so itself.
 */
static bool is_nest(int depth, int type)
{
	if (depth == 0)
		return type <= 3;
	return depth == 1 && (type == 10 || type == 12);
}

static void print_attrs(FILE *text, const unsigned char *data, size_t len,
			int depth, bool nested)
{
	const struct nlattr *attr;
	size_t i;

	while (len >= sizeof(*attr)) {
		attr = (const void *)data;
		if (attr->nla_len < sizeof(*attr) || attr->nla_len > len)
			break;
		fprintf(text, " %#x", attr->nla_type);
		if (nested && is_nest(depth, attr->nla_type)) {
			fprintf(text, "{");
			print_attrs(text, data + sizeof(*attr),
				    attr->nla_len - sizeof(*attr), depth + 1,
				    true);
			fprintf(text, " }");
		} else {
			fprintf(text, "=");
			for (i = sizeof(*attr); i < attr->nla_len; i++)
				fprintf(text, "%02x", data[i]);
		}
		i = NLMSG_ALIGN(attr->nla_len);
		if (i >= len)
			break;
		data += i;
		len -= i;
	}
}

static void keep_answer(const struct nlmsghdr *nlh)
{
	const struct genlmsghdr *genl = NLMSG_DATA(nlh);
	size_t size;
	FILE *text;

	if (n_lines == MAX_LINES)
		exit(1);
	text = open_memstream(&lines[n_lines++], &size);
	fprintf(text, "  cmd %u flags %#x:", genl->cmd, nlh->nlmsg_flags);
	/* What IPVS tells of itself and its settings has numbers only. */
	print_attrs(text, (const unsigned char *)(genl + 1),
		    nlh->nlmsg_len - NLMSG_HDRLEN - GENL_HDRLEN, 0,
		    genl->cmd != 12 && genl->cmd != 14);
	fclose(text);
}

static int by_text(const void *a, const void *b)
{
	return strcmp(*(char *const *)a, *(char *const *)b);
}

static void print_answers(int err)
{
	size_t i;

	qsort(lines, n_lines, sizeof(*lines), by_text);
	for (i = 0; i < n_lines; i++) {
		puts(lines[i]);
		free(lines[i]);
	}
	n_lines = 0;
	printf("  %s\n", err ? strerrorname_np(err) : "done");
}

/* Return: errno of the answer. */
static int receive(void)
{
	static unsigned char buf[65536];
	struct nlmsghdr *nlh;
	ssize_t len;
	int left;

	for (;;) {
		len = recv(sock, buf, sizeof(buf), 0);
		if (len < 0)
			die("recv");
		left = len;
		for (nlh = (void *)buf; NLMSG_OK(nlh, left);
		     nlh = NLMSG_NEXT(nlh, left)) {
			if (nlh->nlmsg_seq != seq)
				continue;
			if (nlh->nlmsg_type == NLMSG_DONE)
				return -*(int *)NLMSG_DATA(nlh);
			if (nlh->nlmsg_type == NLMSG_ERROR)
				return -((struct nlmsgerr *)
					 NLMSG_DATA(nlh))->error;
			keep_answer(nlh);
		}
	}
}

static int find_family(void)
{
	static unsigned char buf[16384];
	struct nlmsghdr *nlh = (void *)buf;
	struct nlattr *attr;
	int id = 0;

	begin_msg(GENL_ID_CTRL, 0, CTRL_CMD_GETFAMILY);
	put_attr((char[]){ "2=str:IPVS" });
	send_msg();
	if (recv(sock, buf, sizeof(buf), 0) < 0)
		die("recv");
	if (nlh->nlmsg_type == NLMSG_ERROR)
		return 0;
	for (attr = (void *)((char *)NLMSG_DATA(nlh) + GENL_HDRLEN);
	     (unsigned char *)attr < buf + nlh->nlmsg_len;
	     attr = (void *)((char *)attr + NLMSG_ALIGN(attr->nla_len)))
		if (attr->nla_type == CTRL_ATTR_FAMILY_ID)
			id = *(uint16_t *)(attr + 1);
	return id;
}

static void do_netlink(bool dump)
{
	char *word = strtok(NULL, " \t");

	begin_msg(family, dump ? NLM_F_DUMP : NLM_F_ACK,
		  strtoul(word ?: "0", NULL, 0));
	while ((word = strtok(NULL, " \t")))
		put_attr(word);
	send_msg();
	print_answers(receive());
}

static void do_option(int raw, bool set)
{
	char *word = strtok(NULL, " \t");
	int option = 1152 + atoi(word ?: "0");
	socklen_t len = 0;
	socklen_t i;
	bool given = false;
	char kind[8];
	int err;

	out.len = 0;
	while ((word = strtok(NULL, " \t"))) {
		if (sscanf(word, "len=%u", &len) == 1) {
			given = true;
			continue;
		}
		if (sscanf(word, "%7[a-z0-9]", kind) == 1)
			pad(size_of(kind));
		put_value(word);
	}
	if (!given)
		len = out.len;
	memset(out.data + out.len, 0, sizeof(out.data) - out.len);
	err = set ? setsockopt(raw, IPPROTO_IP, option, out.data, len) :
		    getsockopt(raw, IPPROTO_IP, option, out.data, &len);
	if (!err && !set) {
		printf("  %u:", len);
		for (i = 0; i < len; i++)
			printf("%s%02x", i % 4 ? "" : " ", out.data[i]);
		printf("\n");
	}
	printf("  %s\n", err ? strerrorname_np(errno) : "done");
}

int main(void)
{
	struct sockaddr_nl any = { .nl_family = AF_NETLINK };
	const struct timeval limit = { .tv_sec = 120 };
	char line[4096];
	char *word;
	int raw;

	raw = socket(AF_INET, SOCK_RAW, IPPROTO_RAW);
	if (raw < 0)	/* who has no rights asks by what he can have */
		raw = socket(AF_INET, SOCK_DGRAM, 0);
	sock = socket(AF_NETLINK, SOCK_RAW, NETLINK_GENERIC);
	if (raw < 0 || sock < 0 ||
	    connect(sock, (struct sockaddr *)&any, sizeof(any)))
		die("socket");
	/* Who gets no answer says so. */
	setsockopt(sock, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof(limit));
	family = find_family();
	if (!family)
		die("family IPVS");

	while (fgets(line, sizeof(line), stdin)) {
		line[strcspn(line, "\n")] = '\0';
		if (!*line || *line == '#')
			continue;
		puts(line);
		word = strtok(line, " \t");
		if (!strcmp(word, "nl") || !strcmp(word, "dump"))
			do_netlink(*word == 'd');
		else if (!strcmp(word, "set") || !strcmp(word, "get"))
			do_option(raw, *word == 's');
		else
			die(word);
	}
	return 0;
}
