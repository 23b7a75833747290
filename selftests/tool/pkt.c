// SPDX-License-Identifier: GPL-2.0-only
/*
 * Crafted packets and UDP endpoints, in any network namespace.
 *
 * One process serves a whole test. It reads commands, one a line, and answers
 * each with one line, which begins with "error" if it could not obey:
 *
 * open NAME NETNS DEV MAC [whole|sniff|ipv6|bare]...
 *             a wire's end, for send and recv; the peer is MAC.
 *             whole: with what the offloads know of a packet;
 *             sniff: all that comes, before the stack has it, and as tcpdump
 *             does, with the time at which;
 *             ipv6: hear IPv6 instead of IPv4, without what neighbours have to
 *             say to each other;
 *             bare: to send by a device without a link header
 * send NAME [WISH]... PACKET    -> ok; see below for wishes
 * recv NAME MS [REGEX]          -> the next PACKET that matches (an extended
 *             regular expression), or none
 * recv_whole NAME MS            -> the next PACKET, put together from fragments
 *             of IPv6, or none
 * gather NAME MS PACKET         -> the headers, and in what sizes the data came
 *             in packets that have all of them alike; or the first packet that
 *             differs. The source port of GUE, and rco, are left out
 * drain NAME                    -> how many had not been asked for
 * dump NAME FILE                -> how many those were; each whole, on a line
 * run FILE                      the commands in it, for many packets at once
 * udp_serve NETNS ADDR PORT ID  answer each datagram with ID, a space, and
 *             itself
 * udp_ask NETNS SRC SPORT DST DPORT MS DATA
 *             -> DATA of the answer, refused, what else the kernel says of the
 *             datagram (message too long), or none
 *
 * A PACKET is its layers, "ip src=192.0.2.1 dst=192.0.2.2 ttl=3 df / udp
 * sport=1 dport=2 / data 100"; sent and received ones are written alike.
 * Checksums are right unless csum= says otherwise; a received one is mentioned
 * if it is not. A word that a layer does not know is an error.
 *
 * ip     src dst ttl=64 tos=0 id=0 df mf off=0 proto opts=HEX
 * ip6    src dst hlim=64 tc=0 flow=0 proto
 * hbh    opts=HEX (hop-by-hop options, without the two bytes before them)
 * dopt   opts=HEX (destination options)
 * rh     type=0 left=0 rest=HEX (routing header, what follows "left")
 * frag   id=0 off=0 mf proto; when received, without the id
 * tcp    sport dport seq=0 ack=0 flags=SAFRPU win=8192 opts=HEX; of received
 *        ones only a SACK and those of a SYN
 * udp    sport dport csum=none|bad|HEX
 * sctp   sport dport tag=0 csum=bad|HEX chunks=init+abort, of which the last
 *        has the data that follows; a first fragment tells its checksum
 * esp    spi=0 seq=0
 * ah     spi=0 seq=0 next=59 (no more headers)
 * icmp   type code mtu=0, or id seq for an echo
 * icmp6  the same
 * gre    only received; csum
 * gue    only received, behind udp dport=6080; rco if the checksum inside was
 *        left to the receiver
 * data   N (bytes of a known pattern), text=WORD, hex=HEX, or esc=WORD with
 *        \r, \n, \t, \\, \xHH and \OOO for what is not in words; when received,
 *        N crc=... if the bytes are none of these, and no text of less than 80
 *
 * What the sender may wish:
 *
 * frag=N      in fragments of N bytes of payload; those of IPv6 are cut behind
 *             hbh and rh, or where the packet has a frag
 * gso=N       as one packet that the device cuts, N bytes of data in each, and
 *             whose checksum (right or not) is left to it, too
 * partial     in one piece, but with the checksum left to the device
 * pad=N       N more bytes at the end of the frame
 * patch=OFFSET:HEX  bytes of the packet; the IP checksum follows
 * ipsum=bad   the IP header's checksum is wrong
 * mac=MAC     to that station
 * vlan=ID     with a tag
 */
#include <ctype.h>
#include <errno.h>
#include <poll.h>
#include <regex.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "pkt.h"

#define WORDS_MAX	128
#define COMMAND_MAX	262144

static void obey(const char *line, struct text *reply);

static void join(struct text *out, char **words, size_t n)
{
	size_t i;

	out->len = 0;
	write_text(out, "%s", "");
	for (i = 0; i < n; i++)
		write_text(out, "%s%s", i ? " " : "", words[i]);
}

/* --- send ------------------------------------------------------------- */

static void read_wish(struct wishes *wishes, char *word)
{
	const struct {
		const char *name;
		const char **value;
	} known[] = {
		{ "frag", &wishes->frag }, { "gso", &wishes->gso },
		{ "partial", &wishes->partial }, { "pad", &wishes->pad },
		{ "patch", &wishes->patch }, { "ipsum", &wishes->ipsum },
		{ "mac", &wishes->mac }, { "vlan", &wishes->vlan },
	};
	char *value = strchr(word, '=');
	size_t i;

	if (value)
		*value++ = '\0';
	for (i = 0; i < ARRAY_SIZE(known); i++) {
		if (!strcmp(known[i].name, word)) {
			*known[i].value = value ?: "";
			return;
		}
	}
	refuse("no such wish: %s", word);
}

struct sending {
	const struct wire *wire;
	struct wishes wishes;
};

static void send_one(const struct packet *p, void *arg)
{
	const struct sending *sending = arg;

	wire_send(sending->wire, p, &sending->wishes);
}

static void cmd_send(char **words, size_t n, struct text *reply)
{
	struct sending sending = { .wire = wire_find(words[0]) };
	size_t i, size = 0;
	static struct packet p;

	for (i = 1; i < n && strcmp(words[i], "ip") &&
	     strcmp(words[i], "ip6"); i++)
		read_wish(&sending.wishes, words[i]);
	join(reply, words + i, n - i);
	build(&p, reply->at);
	reply->len = 0;
	sending.wishes.ip6 = p.at[0] >> 4 == 6;
	if (sending.wishes.patch)
		patch(&p, sending.wishes.patch);
	if (sending.wishes.ipsum)
		ip_checksum(p.at, p.len, 0x5555);
	if (sending.wishes.frag)
		size = number(sending.wishes.frag, 0xffff);
	if (size)
		fragment(whole(&p), size, send_one, &sending);
	else
		send_one(&p, &sending);
}

/* --- receive ---------------------------------------------------------- */

struct receiving {
	struct wire *wire;
	struct text *reply;
	regex_t wanted;
	struct view parts[64];		/* fragments, for recv_whole */
	size_t n;
};

static struct view packet_of(const struct frame *frame)
{
	return (struct view) { frame->at + 14, frame->len - 14 };
}

static bool take_wanted(void *arg)
{
	struct receiving *r = arg;
	struct frame *frame;

	while ((frame = wire_take(r->wire))) {
		describe(r->reply, packet_of(frame), frame->partial);
		if (!regexec(&r->wanted, r->reply->at, 0, NULL, 0))
			return true;
	}
	return false;
}

static void none(struct text *reply)
{
	reply->len = 0;
	write_text(reply, "none");
}

static void cmd_recv(char **words, size_t n, struct text *reply)
{
	struct receiving r = { .wire = wire_find(words[0]), .reply = reply };

	join(reply, words + 2, n - 2);
	if (regcomp(&r.wanted, reply->at, REG_EXTENDED | REG_NOSUB))
		refuse("no regular expression: %s", reply->at);
	if (!wait_until(words[1], -1, take_wanted, &r))
		none(reply);
	regfree(&r.wanted);
}

static bool take_whole(void *arg)
{
	static struct packet p;
	static struct text text;
	struct receiving *r = arg;
	struct frame *frame;
	size_t before, at;
	struct view v;

	while ((frame = wire_take(r->wire))) {
		v = packet_of(frame);
		if (!find_fragment(v, &before, &at)) {
			describe(r->reply, v, frame->partial);
			return true;
		}
		if (r->n == ARRAY_SIZE(r->parts))
			refuse("too many fragments");
		r->parts[r->n].at = memcpy(malloc(v.len), v.at, v.len);
		r->parts[r->n++].len = v.len;
		if (!unfragment6(r->parts, r->n, &p))
			continue;
		describe(&text, whole(&p), false);
		r->reply->len = 0;
		write_text(r->reply, "%zu fragments: %s", r->n, text.at);
		return true;
	}
	return false;
}

static void cmd_recv_whole(char **words, size_t n, struct text *reply)
{
	struct receiving r = { .wire = wire_find(words[0]), .reply = reply };

	if (!wait_until(words[1], -1, take_whole, &r))
		none(reply);
	for (n = 0; n < r.n; n++)
		free((void *)r.parts[n].at);
}

/* --- gather ----------------------------------------------------------- */

struct gathering {
	struct wire *wire;
	struct text *reply;
	const char *headers;
	struct packet *data;
	size_t got;
	struct text sizes;
};

/* Without what differs from one packet in a tunnel to the next. */
static void tidy_gue(char *text)
{
	char *at, *from;

	for (at = text; (at = strstr(at, " dport=6080 ")); at++) {
		for (from = at; from > text && isdigit(from[-1]); from--)
			;
		if (from - text < 6 || strncmp(from - 6, "sport=", 6))
			continue;
		memmove(from - 6, at + 1, strlen(at));
		at = from - 6;
	}
	while ((at = strstr(text, "gue rco")))
		memmove(at + 3, at + 7, strlen(at + 7) + 1);
}

/* The headers, for a packet whose data begins at that sequence number. */
static void write_headers(struct text *out, const char *headers, size_t seq)
{
	const char *at;

	while ((at = strstr(headers, "seq=0"))) {
		write_text(out, "%.*sseq=%zu", (int)(at - headers), headers,
			   seq);
		headers = at + 5;
	}
	write_text(out, "%s / ", headers);
}

static size_t data_len(const char *text)
{
	const char *at = text;

	while ((at = strstr(at, "/ data "))) {
		at += 7;
		if (isdigit(*at))
			return strtoul(at, NULL, 10);
	}
	return 0;
}

/* False for a packet that is not to be expected. */
static bool is_next(struct gathering *g, size_t len)
{
	static struct text want, data;

	want.len = 0;
	data.len = 0;
	write_headers(&want, g->headers, g->got);
	describe_data(&data, part(whole(g->data), g->got, g->got + len));
	write_text(&want, "%s", data.at);
	return !strcmp(want.at, g->reply->at);
}

static bool take_part(void *arg)
{
	struct gathering *g = arg;
	struct frame *frame;
	size_t len;

	while ((frame = wire_take(g->wire))) {
		describe(g->reply, packet_of(frame), frame->partial);
		tidy_gue(g->reply->at);
		len = data_len(g->reply->at);
		if (!is_next(g, len))
			return true;
		write_text(&g->sizes, "%s%zu", g->sizes.len ? "+" : "", len);
		g->got += len;
		if (g->got < g->data->len)
			continue;
		g->reply->len = 0;
		write_text(g->reply, "%s / data %s", g->headers, g->sizes.at);
		return true;
	}
	return false;
}

static void cmd_gather(char **words, size_t n, struct text *reply)
{
	static struct packet data;
	static struct text headers;
	static struct gathering g;
	char *last;

	join(&headers, words + 2, n - 2);
	last = strrchr(headers.at, '/');
	if (!last || last == headers.at || strncmp(last, "/ data ", 7))
		refuse("gather without data");
	last[-1] = '\0';
	data.len = 0;
	append_pattern(&data, number(last + 7, PACKET_MAX));
	g = (struct gathering) { .wire = wire_find(words[0]), .reply = reply,
		.headers = headers.at, .data = &data };
	if (wait_until(words[1], -1, take_part, &g))
		return;
	reply->len = 0;
	write_text(reply, "none after [");
	for (last = g.sizes.at; *last; last++)
		write_text(reply, *last == '+' ? ", " : "%c", *last);
	write_text(reply, "]");
}

/* --- the other commands ----------------------------------------------- */

static void cmd_open(char **words, size_t n, struct text *reply)
{
	(void)reply;
	wire_open(words, n);
}

static void cmd_drain(char **words, size_t n, struct text *reply)
{
	struct wire *wire = wire_find(words[0]);

	(void)n;
	while (serve(0, -1))
		;
	write_text(reply, "%zu", wire_drain(wire));
}

static void dump_frame(FILE *out, const struct frame *frame)
{
	static struct packet p;
	static struct text text;

	p.len = 0;
	append(&p, frame->at + 14, frame->len - 14);
	make_anonymous(&p);
	if (!try_describe(&text, whole(&p), frame->partial)) {
		text.len = 0;
		write_text(&text, "cut");
	}
	fprintf(out, "%s | %s | ", text.at, frame->meta);
	text.len = 0;
	write_hex(&text, (struct view) { frame->at, 14 });
	write_text(&text, " | ");
	write_hex(&text, part(whole(&p), 0, 64));
	fprintf(out, "%s %08x\n", text.at, crc32(whole(&p)));
}

static void cmd_dump(char **words, size_t n, struct text *reply)
{
	struct wire *wire = wire_find(words[0]);
	const struct frame *frame;
	FILE *out;

	if (!wire->whole)
		refuse("a wire that was not opened whole");
	while (serve(50, -1))
		;
	out = fopen(words[1], "w");
	if (!out)
		refuse("%s: %s", words[1], strerror(errno));
	for (frame = wire->frames; frame; frame = frame->next)
		dump_frame(out, frame);
	if (fclose(out))
		refuse("%s: %s", words[1], strerror(errno));
	cmd_drain(words, n, reply);
}

static void cmd_udp_serve(char **words, size_t n, struct text *reply)
{
	(void)n;
	(void)reply;
	udp_serve(udp_socket(words[0], words[1], words[2]), words[3]);
}

struct asking {
	int fd;
	struct text *reply;
};

static void write_error(struct text *reply)
{
	const char *why = strerror(errno);

	if (errno == ECONNREFUSED)
		why = "refused";
	for (; *why; why++)
		write_text(reply, "%c", tolower(*why));
}

static bool take_answer(void *arg)
{
	static char answer[1 << 16];
	struct asking *asking = arg;
	struct view v = { (const uint8_t *)answer, 0 };
	const char *space;
	ssize_t len;

	len = recv(asking->fd, answer, sizeof(answer), MSG_DONTWAIT);
	if (len < 0 && errno == EAGAIN)
		return false;
	if (len < 0) {
		write_error(asking->reply);
		return true;
	}
	v.len = len;
	space = memchr(answer, ' ', len) ?: answer + len;
	write_text(asking->reply, "%.*s ", (int)(space - answer), answer);
	describe_data(asking->reply, part(v, space + 1 - answer, len));
	return true;
}

static void cmd_udp_ask(char **words, size_t n, struct text *reply)
{
	struct asking asking = { .reply = reply };
	static struct packet data;

	if (n > 7)
		refuse("more than data");
	data.len = 0;
	build_data(&data, words[6]);
	asking.fd = udp_socket(words[0], words[1], words[2]);
	udp_peer(asking.fd, words[3], words[4]);
	if (send(asking.fd, data.at, data.len, 0) < 0)
		write_error(reply);
	else if (!wait_until(words[5], asking.fd, take_answer, &asking))
		none(reply);
	close(asking.fd);
}

static void cmd_run(char **words, size_t n, struct text *reply)
{
	FILE *file = fopen(words[0], "r");
	char *line = NULL;
	size_t size = 0;

	(void)n;
	if (!file)
		refuse("%s: %s", words[0], strerror(errno));
	while (getline(&line, &size, file) > 0) {
		line[strcspn(line, "\n")] = '\0';
		obey(line, reply);
		if (!strncmp(reply->at, "error", 5))
			break;
		reply->len = 0;
	}
	free(line);
	fclose(file);
}

/* --- commands --------------------------------------------------------- */

static const struct command {
	const char *name;
	size_t min, max;		/* how many words follow it */
	void (*obey)(char **words, size_t n, struct text *reply);
} commands[] = {
	{ "open", 4, 8, cmd_open },
	{ "send", 2, WORDS_MAX, cmd_send },
	{ "recv", 2, WORDS_MAX, cmd_recv },
	{ "recv_whole", 2, 2, cmd_recv_whole },
	{ "gather", 4, WORDS_MAX, cmd_gather },
	{ "drain", 1, 1, cmd_drain },
	{ "dump", 2, 2, cmd_dump },
	{ "run", 1, 1, cmd_run },
	{ "udp_serve", 4, 4, cmd_udp_serve },
	{ "udp_ask", 7, 7, cmd_udp_ask },
};

static void obey_words(char *line, struct text *reply)
{
	char *words[WORDS_MAX], *save, *word;
	size_t i, n = 0;

	for (word = strtok_r(line, " \t\n", &save); word;
	     word = strtok_r(NULL, " \t\n", &save)) {
		if (n == WORDS_MAX)
			refuse("too many words");
		words[n++] = word;
	}
	for (i = 0; n && i < ARRAY_SIZE(commands); i++) {
		if (strcmp(commands[i].name, words[0]))
			continue;
		if (n - 1 < commands[i].min || n - 1 > commands[i].max)
			refuse("so many words are not for %s", words[0]);
		commands[i].obey(words + 1, n - 1, reply);
		return;
	}
	refuse("no such command");
}

/* The answer to a command. */
static void obey(const char *line, struct text *reply)
{
	struct refuge *const before = refuge;
	struct refuge here;

	reply->len = 0;
	refuge = &here;
	if (setjmp(here.at)) {
		reply->len = 0;
		write_text(reply, "error: %.200s: %s", line, refusal);
	} else {
		obey_words(strdupa(line), reply);
		if (!reply->len)
			write_text(reply, "ok");
	}
	refuge = before;
}

/* --- the process ------------------------------------------------------ */

/* On one CPU frames arrive in the order in which they were sent. */
static void stay_on_one_cpu(void)
{
	cpu_set_t all, one;
	int cpu, nth;

	if (sched_getaffinity(0, sizeof(all), &all))
		return;
	nth = getpid() % CPU_COUNT(&all);
	for (cpu = 0; !CPU_ISSET(cpu, &all) || nth--; cpu++)
		;
	CPU_ZERO(&one);
	CPU_SET(cpu, &one);
	sched_setaffinity(0, sizeof(one), &one);
}

/* Answer the lines that are whole; what is left of them. */
static size_t answer_lines(char *lines, size_t len)
{
	static struct text reply;
	char *end;

	while ((end = memchr(lines, '\n', len))) {
		*end++ = '\0';
		obey(lines, &reply);
		puts(reply.at);
		fflush(stdout);
		len -= end - lines;
		memmove(lines, end, len);
	}
	return len;
}

int main(void)
{
	struct pollfd in = { STDIN_FILENO, POLLIN, 0 };
	static char lines[COMMAND_MAX];
	size_t len = 0;
	ssize_t more;

	stay_on_one_cpu();
	for (;;) {
		serve(-1, STDIN_FILENO);
		while (serve(0, -1))
			;
		if (poll(&in, 1, 0) <= 0)
			continue;
		more = read(STDIN_FILENO, lines + len, sizeof(lines) - len);
		if (more <= 0)
			return more < 0 || len == sizeof(lines);
		len = answer_lines(lines, len + more);
	}
}
