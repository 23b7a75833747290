// SPDX-License-Identifier: GPL-2.0-only
/*
 * Packets whose bytes lie in several pieces of memory, as from real devices.
 *
 * tap NETNS MAC: makes a device tap0 there, and lets each packet come in by it
 * that standard input describes, one a line:
 *
 *     linear=N [ext] [cut=FROM-TO] PACKET
 *
 * The first N bytes of the packet, which is as pkt builds it, are in one piece,
 * the rest in another. {PACKET} stands for its bytes in hex, as in
 * data hex={...}.
 *
 * ext     behind the packet that an ICMP error is about, cut or padded to 128
 *         bytes, comes an extension (RFC 4884)
 * cut=    one of each length from FROM to TO, of a longer one: lengths and
 *         checksums in its IP and ICMP headers are right
 */
#include <errno.h>
#include <fcntl.h>
#include <linux/if_ether.h>
#include <linux/if_tun.h>
#include <net/if.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <sys/uio.h>
#include <unistd.h>

#include "pkt.h"

#define QUOTED	128	/* bytes of a packet before an extension */

struct tap {
	int fd;
	uint8_t header[12];
};

static void check(int result, const char *what)
{
	if (result < 0)
		refuse("tap: %s: %s", what, strerror(errno));
}

/* In the namespace of this process. */
static void tap_open(struct tap *tap, const char *mac)
{
	struct ifreq req = { .ifr_name = "tap0" };
	int sock;

	tap->fd = open("/dev/net/tun", O_RDWR);
	check(tap->fd, "/dev/net/tun");
	req.ifr_flags = IFF_TAP | IFF_NAPI | IFF_NAPI_FRAGS | IFF_NO_PI;
	check(ioctl(tap->fd, TUNSETIFF, &req), "TUNSETIFF");
	sock = socket(AF_INET, SOCK_DGRAM, 0);
	check(sock, "socket");
	check(ioctl(sock, SIOCGIFFLAGS, &req), "SIOCGIFFLAGS");
	req.ifr_flags |= IFF_UP;
	check(ioctl(sock, SIOCSIFFLAGS, &req), "SIOCSIFFLAGS");
	check(ioctl(sock, SIOCGIFHWADDR, &req), "SIOCGIFHWADDR");
	close(sock);
	memcpy(tap->header, req.ifr_hwaddr.sa_data, 6);
	read_mac(tap->header + 6, mac);
}

static void tap_send(const struct tap *tap, const struct packet *p,
		     size_t linear)
{
	static struct packet frame;
	struct iovec pieces[2];
	uint8_t proto[2];

	put16(proto, p->at[0] >> 4 == 6 ? ETH_P_IPV6 : ETH_P_IP);
	frame.len = 0;
	append(&frame, tap->header, 12);
	append(&frame, proto, 2);
	append(&frame, p->at, p->len);
	linear += 14;
	if (linear > frame.len)
		linear = frame.len;
	pieces[0] = (struct iovec) { frame.at, linear };
	pieces[1] = (struct iovec) { frame.at + linear, frame.len - linear };
	check(writev(tap->fd, pieces, linear < frame.len ? 2 : 1), "writev");
}

static size_t payload_of(const struct packet *p)
{
	return p->at[0] >> 4 == 6 ? 40 : (p->at[0] & 15) * 4;
}

/*
 * Lengths and checksums of an ICMP packet whose length has changed. When it is
 * too short for the checksum, that follows behind its end.
 */
static void mend(struct packet *p)
{
	size_t l4 = payload_of(p), len = p->len;
	uint64_t sum = 0;

	if (len < l4 + 4)
		append(p, NULL, l4 + 4 - len);
	if (p->at[0] >> 4 == 6) {
		put16(p->at + 4, len - 40);
		sum = pseudo(p->at, ICMP6, p->len - l4);
	} else {
		put16(p->at + 2, len);
		ip_checksum(p->at, p->len, 0);
	}
	put16(p->at + l4 + 2, 0);
	put16(p->at + l4 + 2, checksum(sum, part(whole(p), l4, p->len)));
}

static void extend(struct packet *p)
{
	uint8_t extension[] = { 0x20, 0, 0, 0, 0, 8, 1, 1,
				0xde, 0xad, 0xbe, 0xef };
	size_t l4 = payload_of(p), len = l4 + 8 + QUOTED;

	if (p->len < len)
		append(p, NULL, len - p->len);
	p->len = len;
	if (p->at[0] >> 4 == 6)
		p->at[l4 + 4] = QUOTED / 8;
	else
		p->at[l4 + 5] = QUOTED / 4;
	put16(extension + 2, checksum(0, (struct view) {
		extension, sizeof(extension) }));
	append(p, extension, sizeof(extension));
	mend(p);
}

/* The line with each {PACKET} as hex. */
static void expand(struct text *out, char *line)
{
	static struct packet p;
	char *open, *close;

	out->len = 0;
	while ((open = strchr(line, '{')) && (close = strchr(open, '}'))) {
		*open = *close = '\0';
		build(&p, open + 1);
		write_text(out, "%s", line);
		write_hex(out, whole(&p));
		line = close + 1;
	}
	write_text(out, "%s", line);
}

struct wishes_of_tap {
	bool ext;
	size_t linear, first, last;	/* 0: as long as it is */
};

static void read_wish(struct wishes_of_tap *wishes, const char *word)
{
	if (!strcmp(word, "ext"))
		wishes->ext = true;
	else if (!strncmp(word, "linear=", 7))
		wishes->linear = number(word + 7, PACKET_MAX);
	else if (sscanf(word, "cut=%zu-%zu", &wishes->first,
			&wishes->last) != 2)
		refuse("tap: no such wish: %s", word);
}

static void tap_line(const struct tap *tap, char *line)
{
	struct wishes_of_tap wishes = {};
	static struct packet p, cut;
	static struct text text;
	char *packet, *word, *save;
	size_t len;

	expand(&text, line);
	packet = strstr(text.at, "ip");
	if (!packet)
		refuse("tap: no packet: %s", text.at);
	build(&p, packet);
	*packet = '\0';
	for (word = strtok_r(text.at, " ", &save); word;
	     word = strtok_r(NULL, " ", &save))
		read_wish(&wishes, word);
	if (wishes.ext)
		extend(&p);
	if (!wishes.last)
		tap_send(tap, &p, wishes.linear);
	for (len = wishes.first; wishes.last && len <= wishes.last; len++) {
		cut.len = 0;
		append(&cut, p.at, len);
		mend(&cut);
		tap_send(tap, &cut, wishes.linear);
	}
}

int main(int argc, char **argv)
{
	char *line = NULL, path[256];
	struct tap tap;
	size_t size = 0;
	int netns;

	if (argc != 3)
		refuse("Usage: tap NETNS MAC");
	snprintf(path, sizeof(path), "/run/netns/%s", argv[1]);
	netns = open(path, O_RDONLY);
	check(netns, path);
	check(setns(netns, CLONE_NEWNET), path);
	tap_open(&tap, argv[2]);
	while (getline(&line, &size, stdin) > 0) {
		line[strcspn(line, "\n")] = '\0';
		tap_line(&tap, line);
	}
	free(line);
	return 0;
}
