// SPDX-License-Identifier: GPL-2.0-only
/* All connections: read from the kernel, kept in a file, and made again. */
#include <errno.h>
#include <fcntl.h>
#include <linux/genetlink.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "connfile.h"
#include "diag.h"
#include "json.h"
#include "mem.h"
#include "nl.h"

/*
 * A file is a line that names format and version, struct head, the parts one
 * after another, and struct tail. All is as this machine writes it; order
 * tells another one.
 */
#define FIRST_LINE	"lbctl connections 1\n"
#define LINE_MAX_LEN	64
#define ORDER		0x01020304u

struct head {
	uint32_t	order;
	uint32_t	size;		/* of this */
	uint64_t	wall_ms;
	uint64_t	boot_ms;
	char		boot_id[40];
	uint64_t	len[CONNFILE_PARTS];
};

struct tail {
	uint64_t	n;
	uint64_t	sum;		/* of all before this */
};

/* The longest attributes that are believed: a Call-ID is 255 bytes. */
#define RECORD_MAX	4096

/* What most connections take, with their length. */
#define RECORD_USUAL	128

/*
 * Requests that go out together: an answer to each fits into the socket's
 * buffer, see apply.c.
 */
#define WINDOW		128

/* How often they go out again, as answers were lost. */
#define TRIES		100

static const struct {
	int		error;
	const char	*name;		/* in JSON */
	const char	*text;
} reasons[] = {
	{ ESRCH, "no-service", "no service" },
	{ ENOENT, "no-server", "no real server" },
	{ EADDRINUSE, "clash", "clash" },
	{ ENOSPC, "full", "no room" },
	{ ENOMEM, "no-memory", "no memory" },
	{ EINVAL, "invalid", "invalid" },
	{ 0, "other", "other" },
};

#define N_REASONS	(sizeof(reasons) / sizeof(*reasons))

static uint64_t now_ms(clockid_t clock)
{
	struct timespec ts;

	clock_gettime(clock, &ts);
	return ts.tv_sec * 1000ull + ts.tv_nsec / 1000000;
}

static void read_boot_id(char *id, size_t size)
{
	FILE *in = fopen("/proc/sys/kernel/random/boot_id", "r");

	memset(id, 0, size);
	if (!in)
		return;
	if (!fgets(id, size, in))
		*id = '\0';
	fclose(in);
}

void connfile_prepare(struct connfile *f, size_t n)
{
	struct connfile_part *part = &f->part[CONNFILE_CONNS];

	part->room = n * RECORD_USUAL;
	part->buf = mem_array(NULL, n, RECORD_USUAL);
	memset(part->buf, 0, part->room);
}

static void part_add(struct connfile_part *part, const void *data, size_t len)
{
	if (part->room - part->len < len) {
		part->room = part->room * 2 + len + 64 * 1024;
		part->buf = mem_array(part->buf, part->room, 1);
	}
	memcpy(part->buf + part->len, data, len);
	part->len += len;
}

/* By what others need: who holds something comes after it. */
static unsigned int part_of(const void *attrs, size_t len)
{
	const struct nlattr *attr;

	mnl_attr_for_each_payload(attrs, len) {
		if (mnl_attr_get_type(attr) == LB_A_CONN_TEMPLATE)
			return CONNFILE_TEMPLATES;
		if (mnl_attr_get_type(attr) == LB_A_CONN_FTP_POS)
			return CONNFILE_CONTROLS;
	}
	return CONNFILE_CONNS;
}

static void add_conn(const struct nlmsghdr *nlh, void *arg)
{
	const size_t skip = sizeof(struct genlmsghdr);
	const uint32_t len = mnl_nlmsg_get_payload_len(nlh) - skip;
	const void *attrs = mnl_nlmsg_get_payload_offset(nlh, skip);
	struct connfile *f = arg;
	struct connfile_part *part = &f->part[part_of(attrs, len)];

	part_add(part, &len, sizeof(len));
	part_add(part, attrs, len);
	f->n++;
}

int connfile_read(const char *what, struct connfile *f)
{
	struct batch b = { .text = what };

	read_boot_id(f->boot_id, sizeof(f->boot_id));
	f->boot_ms = now_ms(CLOCK_BOOTTIME);
	f->wall_ms = now_ms(CLOCK_REALTIME);
	batch_begin(&b, LB_CMD_CONN_GET, NLM_F_DUMP);
	mnl_attr_put(batch_room(&b), LB_A_CONN_IMAGE, 0, NULL);
	return nl_ask(&b, add_conn, f, NULL);
}

void connfile_free(struct connfile *f)
{
	unsigned int i;

	for (i = 0; i < CONNFILE_PARTS; i++)
		free(f->part[i].buf);
	memset(f, 0, sizeof(*f));
}

/* FNV-1a: against accidents, not against malice. */
static uint64_t sum_up(uint64_t sum, const void *data, size_t len)
{
	const unsigned char *byte = data;

	while (len--)
		sum = (sum ^ *byte++) * 0x100000001b3ull;
	return sum;
}

#define SUM_START	0xcbf29ce484222325ull

static bool put(FILE *out, const void *data, size_t len, uint64_t *sum)
{
	*sum = sum_up(*sum, data, len);
	return fwrite(data, 1, len, out) == len;
}

static bool write_all(const struct connfile *f, FILE *out)
{
	struct head head = {
		.order = ORDER,
		.size = sizeof(head),
		.wall_ms = f->wall_ms,
		.boot_ms = f->boot_ms,
	};
	struct tail tail = { .n = f->n };
	uint64_t sum = SUM_START;
	unsigned int i;
	bool ok;

	memcpy(head.boot_id, f->boot_id, sizeof(head.boot_id));
	for (i = 0; i < CONNFILE_PARTS; i++)
		head.len[i] = f->part[i].len;
	ok = put(out, FIRST_LINE, strlen(FIRST_LINE), &sum) &&
	     put(out, &head, sizeof(head), &sum);
	for (i = 0; ok && i < CONNFILE_PARTS; i++)
		ok = put(out, f->part[i].buf, f->part[i].len, &sum);
	tail.sum = sum;
	return ok && fwrite(&tail, sizeof(tail), 1, out) == 1 && !fflush(out);
}

/* The old file stays until the new one is whole; only root may read it. */
int connfile_write(const struct connfile *f, const char *path)
{
	char *tmp;
	FILE *out;
	bool ok;
	int fd;

	if (!strcmp(path, "-")) {
		if (write_all(f, stdout))
			return LBCTL_OK;
		return diag_refused("standard output: %s", strerror(errno));
	}
	if (asprintf(&tmp, "%s.XXXXXX", path) < 0)
		return diag_refused("%s: %s", path, strerror(errno));
	fd = mkostemp(tmp, O_CLOEXEC);
	out = fd < 0 ? NULL : fdopen(fd, "w");
	ok = out && write_all(f, out) && !fsync(fd);
	if (out && fclose(out))
		ok = false;
	if (ok && rename(tmp, path))
		ok = false;
	if (!ok)
		diag_refused("%s: %s", path, strerror(errno));
	if (!ok && fd >= 0)
		unlink(tmp);
	free(tmp);
	return ok ? LBCTL_OK : LBCTL_REFUSED;
}

/* A file in memory, and how much of it was looked at. */
struct input {
	const char	*name;
	char		*buf;
	size_t		len;
	size_t		at;
};

static int read_input(const char *path, struct input *in)
{
	FILE *file = stdin;
	size_t room = 0;

	in->name = strcmp(path, "-") ? path : "standard input";
	if (file && strcmp(path, "-"))
		file = fopen(path, "re");
	if (!file)
		return diag_refused("%s: %s", path, strerror(errno));
	do {
		room = room ? room * 2 : 1024 * 1024;
		in->buf = mem_array(in->buf, room, 1);
		in->len += fread(in->buf + in->len, 1, room - in->len, file);
	} while (in->len == room);
	if (ferror(file))
		return diag_refused("%s: %s", in->name, strerror(errno));
	if (file != stdin)
		fclose(file);
	return LBCTL_OK;
}

static int say_damaged(const struct input *in)
{
	return diag_refused("%s: the file is damaged or not complete",
			    in->name);
}

static bool take(struct input *in, void *to, size_t len)
{
	if (in->len - in->at < len)
		return false;
	memcpy(to, in->buf + in->at, len);
	in->at += len;
	return true;
}

static int check_line(struct input *in)
{
	static const char name[] = "lbctl connections ";
	const char *nl = memchr(in->buf, '\n',
				in->len < LINE_MAX_LEN ? in->len :
							 LINE_MAX_LEN);

	if (!nl || strncmp(in->buf, name, strlen(name)))
		return diag_refused("%s: this is no file of connections",
				    in->name);
	in->at = nl + 1 - in->buf;
	if (in->at != strlen(FIRST_LINE) ||
	    strncmp(in->buf, FIRST_LINE, in->at))
		return diag_refused("%s: another version of lbctl wrote this",
				    in->name);
	return LBCTL_OK;
}

/* The number of records of a part, or -1. */
static int64_t count_records(const struct connfile_part *part)
{
	const struct nlattr *attr;
	size_t at = 0, left;
	int64_t n = 0;
	uint32_t len;

	for (; at < part->len; at += len, n++) {
		if (part->len - at < sizeof(len))
			return -1;
		memcpy(&len, part->buf + at, sizeof(len));
		at += sizeof(len);
		if (!len || len > RECORD_MAX || len % NLA_ALIGNTO ||
		    len > part->len - at)
			return -1;
		left = len;
		for (attr = (const struct nlattr *)(part->buf + at);
		     left && mnl_attr_ok(attr, left);
		     left -= MNL_ALIGN(attr->nla_len),
		     attr = mnl_attr_next(attr))
			if ((size_t)MNL_ALIGN(attr->nla_len) > left)
				return -1;
		if (left)
			return -1;
	}
	return n;
}

static bool take_parts(struct input *in, const struct head *head,
		       struct connfile *f)
{
	unsigned int i;
	int64_t n;

	for (i = 0; i < CONNFILE_PARTS; i++) {
		if (head->len[i] > in->len - in->at)
			return false;
		part_add(&f->part[i], in->buf + in->at, head->len[i]);
		in->at += head->len[i];
		n = count_records(&f->part[i]);
		if (n < 0)
			return false;
		f->n += n;
	}
	return true;
}

static int parse_input(struct input *in, struct connfile *f)
{
	struct head head;
	struct tail tail;
	uint64_t sum;
	int rc = check_line(in);

	if (rc)
		return rc;
	if (!take(in, &head, sizeof(head)))
		return say_damaged(in);
	if (head.order != ORDER || head.size != sizeof(head))
		return diag_refused("%s: another kind of machine wrote this",
				    in->name);
	f->wall_ms = head.wall_ms;
	f->boot_ms = head.boot_ms;
	memcpy(f->boot_id, head.boot_id, sizeof(f->boot_id));
	if (!take_parts(in, &head, f))
		return say_damaged(in);
	sum = sum_up(SUM_START, in->buf, in->at);
	if (!take(in, &tail, sizeof(tail)) || tail.sum != sum ||
	    tail.n != f->n || in->at != in->len)
		return say_damaged(in);
	return LBCTL_OK;
}

int connfile_load(const char *path, struct connfile *f)
{
	struct input in = { NULL };
	int rc;

	memset(f, 0, sizeof(*f));
	rc = read_input(path, &in);
	if (!rc)
		rc = parse_input(&in, f);
	free(in.buf);
	return rc;
}

/* How long ago they were read; a clock that was set back says nothing. */
static uint64_t age_of(const struct connfile *f)
{
	char boot_id[sizeof(f->boot_id)];
	uint64_t then = f->wall_ms;
	uint64_t now;

	read_boot_id(boot_id, sizeof(boot_id));
	now = now_ms(CLOCK_REALTIME);
	if (*boot_id && !memcmp(boot_id, f->boot_id, sizeof(boot_id))) {
		then = f->boot_ms;
		now = now_ms(CLOCK_BOOTTIME);
	}
	return now > then ? now - then : 0;
}

/* Requests on their way. */
struct sending {
	const char	*what;
	struct conntally *tally;
	uint64_t	age;
	char		buf[WINDOW * 512];
	size_t		len;
	unsigned int	n;
	uint32_t	first;		/* number of the first */
	uint32_t	answered;	/* the last answer is that to this */
	bool		held;		/* others hold them: no time is over */
	bool		again;		/* some were made by the first try */
	int		rc;
};

static void count_refusal(struct sending *s, int error)
{
	size_t i;

	for (i = 0; i < N_REASONS - 1; i++)
		if (reasons[i].error == error)
			break;
	s->tally->refused++;
	s->tally->reason[i]++;
}

static void take_answer(const struct nlmsghdr *nlh, void *arg)
{
	struct sending *s = arg;
	const char *msg;
	int error;

	if (nlh->nlmsg_type != NLMSG_ERROR ||
	    nlh->nlmsg_seq - s->first >= s->n)
		return;
	s->answered = nlh->nlmsg_seq;
	error = nl_refusal(nlh, &msg);
	if (!error)
		return;
	if (error == EEXIST && s->again)
		return;
	s->tally->made--;
	if (error == EEXIST)
		s->tally->there++;
	else if (s->rc)
		return;
	else if (error == EPERM || error == EOPNOTSUPP)
		s->rc = diag_refused("%s: %s", s->what,
				     error == EPERM ?
				     "this needs CAP_NET_ADMIN" :
				     "the module is too old for this");
	else
		count_refusal(s, error);
}

/* Return whether an answer was lost; *rc: an enum lbctl_exit. */
static bool try_window(struct nl *nl, struct sending *s, int *rc)
{
	s->answered = s->first - 1;
	s->tally->made += s->n;
	*rc = nl_send(nl, s->buf, s->len);
	while (!*rc && s->answered != s->first + s->n - 1) {
		if (nl_recv(nl, true, take_answer, s) >= 0)
			continue;
		if (errno == ENOBUFS)
			return true;
		*rc = diag_refused("netlink: cannot receive: %s",
				   strerror(errno));
	}
	return false;
}

/*
 * The kernel works while we send: all answers are there then. If one was lost,
 * those that were made are there, and the others are refused once more.
 */
static int flush_window(struct nl *nl, struct sending *s, struct nlmsghdr *last)
{
	const struct conntally before = *s->tally;
	unsigned int tries;
	int rc;

	if (!s->n)
		return LBCTL_OK;
	last->nlmsg_flags |= NLM_F_ACK;
	s->again = false;
	for (tries = 0; try_window(nl, s, &rc); tries++) {
		if (tries == TRIES)
			return diag_refused("%s: the kernel has no memory for its answers",
					    s->what);
		nl_drain(nl);
		*s->tally = before;
		s->again = true;
	}
	s->first += s->n;
	s->n = 0;
	s->len = 0;
	return rc ? rc : s->rc;
}

/* What is left now; false if nothing is. */
static bool make_older(struct nlmsghdr *nlh, const struct sending *s)
{
	struct nlattr *attr;
	uint32_t left;

	mnl_attr_for_each(attr, nlh, sizeof(struct genlmsghdr)) {
		if (mnl_attr_get_type(attr) != LB_A_CONN_EXPIRES ||
		    mnl_attr_get_payload_len(attr) != sizeof(left))
			continue;
		left = mnl_attr_get_u32(attr);
		if (left <= s->age && !s->held)
			return false;
		left = left > s->age ? left - s->age : 0;
		memcpy(mnl_attr_get_payload(attr), &left, sizeof(left));
	}
	return true;
}

static struct nlmsghdr *add_request(struct nl *nl, struct sending *s,
				    const void *attrs, size_t len)
{
	struct nlmsghdr *nlh = mnl_nlmsg_put_header(s->buf + s->len);
	struct genlmsghdr *genl;

	nlh->nlmsg_type = nl->family;
	nlh->nlmsg_flags = NLM_F_REQUEST | NLM_F_CREATE | NLM_F_EXCL;
	nlh->nlmsg_seq = s->first + s->n;
	genl = mnl_nlmsg_put_extra_header(nlh, sizeof(*genl));
	genl->cmd = LB_CMD_CONN_SET;
	genl->version = LB_GENL_VERSION;
	memcpy((char *)nlh + nlh->nlmsg_len, attrs, len);
	nlh->nlmsg_len += len;
	if (!make_older(nlh, s)) {
		s->tally->ended++;
		return NULL;
	}
	s->len += NLMSG_ALIGN(nlh->nlmsg_len);
	s->n++;
	return nlh;
}

static int send_part(struct nl *nl, struct sending *s,
		     const struct connfile_part *part)
{
	struct nlmsghdr *nlh, *last = NULL;
	const size_t hdr = NLMSG_HDRLEN + GENL_HDRLEN;
	size_t at = 0;
	uint32_t len;
	int rc;

	for (; at < part->len; at += len) {
		memcpy(&len, part->buf + at, sizeof(len));
		at += sizeof(len);
		if (s->n == WINDOW || sizeof(s->buf) - s->len < len + hdr) {
			rc = flush_window(nl, s, last);
			if (rc)
				return rc;
		}
		nlh = add_request(nl, s, part->buf + at, len);
		if (nlh)
			last = nlh;
	}
	return flush_window(nl, s, last);
}

int connfile_apply(const char *what, struct connfile *f,
		   struct conntally *tally)
{
	struct sending *s;
	struct nl *nl;
	unsigned int i;
	int rc = nl_ready(&nl);

	memset(tally, 0, sizeof(*tally));
	if (rc)
		return rc;
	s = mem_array(NULL, 1, sizeof(*s));
	memset(s, 0, sizeof(*s));
	s->what = what;
	s->tally = tally;
	s->age = age_of(f);
	s->first = 1;
	for (i = 0; !rc && i < CONNFILE_PARTS; i++) {
		s->held = i != CONNFILE_CONNS;
		rc = send_part(nl, s, &f->part[i]);
	}
	free(s);
	return rc;
}

void conntally_print(const struct conntally *tally)
{
	size_t i;

	printf("%llu made, %llu there already, %llu ended, %llu refused",
	       (unsigned long long)tally->made,
	       (unsigned long long)tally->there,
	       (unsigned long long)tally->ended,
	       (unsigned long long)tally->refused);
	for (i = 0; i < N_REASONS; i++)
		if (tally->reason[i])
			printf("; %s: %llu", reasons[i].text,
			       (unsigned long long)tally->reason[i]);
	putchar('\n');
}

void conntally_json(const struct conntally *tally, json_t *object)
{
	json_t *refused = json_object();
	size_t i;

	for (i = 0; i < N_REASONS; i++)
		if (tally->reason[i])
			json_object_set_new(refused, reasons[i].name,
					    json_integer(tally->reason[i]));
	json_object_set_new(object, "made", json_integer(tally->made));
	json_object_set_new(object, "there", json_integer(tally->there));
	json_object_set_new(object, "ended", json_integer(tally->ended));
	json_object_set_new(object, "refused", json_integer(tally->refused));
	json_object_set_new(object, "reasons", refused);
}

static int parse_path(struct cursor *c, const char **path)
{
	*path = wparse_peek(c) ?: "-";
	if (wparse_peek(c))
		c->i++;
	return wparse_end(c);
}

int connfile_save(const char *text, struct cursor *c, bool json)
{
	struct connfile f = { .n = 0 };
	const char *path;
	json_t *object;
	int rc = parse_path(c, &path);

	if (rc)
		return rc;
	if (!strcmp(path, "-") && (json || isatty(STDOUT_FILENO)))
		return diag_usage("%s: name a FILE, or send the output to one",
				  text);
	rc = connfile_read(text, &f);
	if (!rc)
		rc = connfile_write(&f, path);
	if (!rc && json) {
		object = json_object();
		json_object_set_new(object, "saved", json_integer(f.n));
		json_print(object);
		json_decref(object);
	}
	connfile_free(&f);
	return rc;
}

int connfile_restore(const char *text, struct cursor *c, bool json)
{
	struct conntally tally;
	struct connfile f;
	const char *path;
	json_t *object;
	int rc = parse_path(c, &path);

	if (rc)
		return rc;
	rc = connfile_load(path, &f);
	if (!rc)
		rc = connfile_apply(text, &f, &tally);
	connfile_free(&f);
	if (rc)
		return rc;
	if (json) {
		object = json_object();
		conntally_json(&tally, object);
		json_print(object);
		json_decref(object);
	} else {
		conntally_print(&tally);
	}
	return tally.refused ? LBCTL_REFUSED : LBCTL_OK;
}
