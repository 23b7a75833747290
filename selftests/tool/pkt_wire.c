// SPDX-License-Identifier: GPL-2.0-only
/* The ends of wires, and UDP sockets, in any network namespace. */
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <linux/if_packet.h>
#include <linux/virtio_net.h>
#include <net/if.h>
#include <netinet/if_ether.h>
#include <poll.h>
#include <sched.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/ioctl.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#include "pkt.h"

#define POLL_MAX	64

#ifndef VIRTIO_NET_HDR_GSO_UDP_L4
#define VIRTIO_NET_HDR_GSO_UDP_L4	5
#endif

struct server {
	struct server *next;
	int fd;
	char ident[32];		/* what it says before the echo */
};

static struct wire *wires;
static struct server *servers;

static void check(int result, const char *what)
{
	if (result < 0)
		refuse("%s: %s", what, strerror(errno));
}

int netns_socket(const char *netns, int family, int type)
{
	char path[256];
	int home, there, fd;

	snprintf(path, sizeof(path), "/run/netns/%s", netns);
	there = open(path, O_RDONLY | O_CLOEXEC);
	check(there, path);
	home = open("/proc/self/ns/net", O_RDONLY | O_CLOEXEC);
	check(home, "own namespace");
	check(setns(there, CLONE_NEWNET), path);
	fd = socket(family, type | SOCK_CLOEXEC, 0);
	check(setns(home, CLONE_NEWNET), "home");
	close(home);
	close(there);
	check(fd, "socket");
	return fd;
}

/* --- wires ------------------------------------------------------------ */

struct wire *wire_find(const char *name)
{
	struct wire *wire;

	for (wire = wires; wire; wire = wire->next)
		if (!strcmp(wire->name, name))
			return wire;
	refuse("no such wire: %s", name);
}

/* The place of that name, empty. */
static struct wire *wire_renew(const char *name)
{
	struct wire *wire, *next;

	for (wire = wires; wire; wire = wire->next)
		if (!strcmp(wire->name, name))
			break;
	if (wire) {
		wire_drain(wire);
		close(wire->fd);
	} else {
		wire = calloc(1, sizeof(*wire));
		wire->next = wires;
		wires = wire;
	}
	next = wire->next;
	*wire = (struct wire) { .next = next, .fd = -1, .proto = ETH_P_IP };
	snprintf(wire->name, sizeof(wire->name), "%s", name);
	wire->last = &wire->frames;
	return wire;
}

static void set_option(int fd, int level, int option, int value)
{
	check(setsockopt(fd, level, option, &value, sizeof(value)),
	      "setsockopt");
}

static void bind_device(struct wire *wire, const char *dev, bool sniff)
{
	struct sockaddr_ll addr = { .sll_family = AF_PACKET };
	socklen_t len = sizeof(addr);
	struct ifreq req = {};

	snprintf(req.ifr_name, sizeof(req.ifr_name), "%s", dev);
	check(ioctl(wire->fd, SIOCGIFINDEX, &req), dev);
	addr.sll_ifindex = req.ifr_ifindex;
	addr.sll_protocol = htons(sniff ? ETH_P_ALL : wire->proto);
	check(bind(wire->fd, (struct sockaddr *)&addr, sizeof(addr)), dev);
	check(getsockname(wire->fd, (struct sockaddr *)&addr, &len), dev);
	memcpy(wire->header + 6, addr.sll_addr, 6);
}

/* NAME NETNS DEV MAC [HOW]... */
void wire_open(char **words, size_t n)
{
	struct wire *wire = wire_renew(words[0]);
	bool sniff = false;
	size_t i;

	for (i = 4; i < n; i++) {
		if (!strcmp(words[i], "whole"))
			wire->whole = true;
		else if (!strcmp(words[i], "sniff"))
			sniff = true;
		else if (!strcmp(words[i], "ipv6"))
			wire->proto = ETH_P_IPV6;
		else if (!strcmp(words[i], "bare"))
			wire->bare = true;
		else
			refuse("no such way to open: %s", words[i]);
	}
	wire->fd = netns_socket(words[1], AF_PACKET, SOCK_RAW);
	bind_device(wire, words[2], sniff);
	read_mac(wire->header, words[3]);
	set_option(wire->fd, SOL_PACKET, PACKET_AUXDATA, 1);
	if (sniff)
		set_option(wire->fd, SOL_SOCKET, SO_TIMESTAMP, 1);
	set_option(wire->fd, SOL_SOCKET, SO_RCVBUFFORCE, 1 << 24);
	if (wire->whole)
		set_option(wire->fd, SOL_PACKET, PACKET_VNET_HDR, 1);
}

static size_t make_header(const struct wire *wire, uint8_t *head,
			  const struct wishes *wishes)
{
	size_t len = 12;

	if (wire->bare)
		return 0;
	memcpy(head, wire->header, 12);
	if (wishes->mac)
		read_mac(head, wishes->mac);
	if (wishes->vlan) {
		put16(head + len, ETH_P_8021Q);
		put16(head + len + 2, number(wishes->vlan, 0xffff));
		len += 4;
	}
	put16(head + len, wishes->ip6 ? ETH_P_IPV6 : ETH_P_IP);
	return len + 2;
}

/* What is left to the device, for a packet behind so long a header. */
static void make_offload(struct virtio_net_hdr *meta, struct packet *p,
			 size_t before, const struct wishes *wishes)
{
	bool ip6 = wishes->ip6, udp = p->at[ip6 ? 6 : 9] == UDP;
	size_t ip = ip6 ? 40 : 20;
	int kind = ip6 ? VIRTIO_NET_HDR_GSO_TCPV6 : VIRTIO_NET_HDR_GSO_TCPV4;

	if (udp)
		kind = VIRTIO_NET_HDR_GSO_UDP_L4;
	meta->flags = VIRTIO_NET_HDR_F_NEEDS_CSUM;
	if (wishes->gso) {
		meta->gso_type = kind;
		meta->gso_size = number(wishes->gso, 0xffff);
	}
	meta->hdr_len = before + ip + (udp ? 8 : 20);
	meta->csum_start = before + ip;
	meta->csum_offset = udp ? 6 : 16;
	leave_checksum(p, ip + meta->csum_offset);
}

void wire_send(const struct wire *wire, const struct packet *p,
	       const struct wishes *wishes)
{
	static struct packet packet, out;
	struct virtio_net_hdr meta = {};
	uint8_t head[18];
	size_t len;

	packet.len = 0;
	out.len = 0;
	append(&packet, p->at, p->len);
	len = make_header(wire, head, wishes);
	if (wishes->gso || wishes->partial)
		make_offload(&meta, &packet, len, wishes);
	if (wire->whole || wishes->gso || wishes->partial)
		append(&out, &meta, sizeof(meta));
	append(&out, head, len);
	append(&out, packet.at, packet.len);
	if (wishes->pad)
		append(&out, NULL, number(wishes->pad, 0xffff));
	check(send(wire->fd, out.at, out.len, 0), "send");
}

static bool is_partial(struct msghdr *msg)
{
	const struct tpacket_auxdata *aux;
	struct cmsghdr *c;

	for (c = CMSG_FIRSTHDR(msg); c; c = CMSG_NXTHDR(msg, c)) {
		aux = (void *)CMSG_DATA(c);
		if (c->cmsg_level == SOL_PACKET &&
		    c->cmsg_type == PACKET_AUXDATA)
			return aux->tp_status & TP_STATUS_CSUMNOTREADY;
	}
	return false;
}

static void keep_frame(struct wire *wire, struct view v, bool partial)
{
	const struct virtio_net_hdr *meta = (const void *)v.at;
	struct frame *frame;

	if (wire->whole)
		v = part(v, sizeof(*meta), v.len);
	if (v.len < 14 || (wire->proto == ETH_P_IPV6 &&
			   v.at[0] == 0x33 && v.at[1] == 0x33))
		return;
	frame = calloc(1, sizeof(*frame) + v.len);
	frame->partial = partial;
	frame->len = v.len;
	memcpy(frame->at, v.at, v.len);
	if (wire->whole)
		snprintf(frame->meta, sizeof(frame->meta), "%u %u %u %u %u",
			 meta->flags, meta->gso_type, meta->gso_size,
			 meta->csum_start, meta->csum_offset);
	*wire->last = frame;
	wire->last = &frame->next;
	if (!wire->unread)
		wire->unread = frame;
}

static void wire_read(struct wire *wire)
{
	static uint8_t bytes[PACKET_MAX] __attribute__((aligned(8)));
	char control[256] __attribute__((aligned(8)));
	struct iovec iov = { bytes, sizeof(bytes) };
	struct sockaddr_ll from;
	struct msghdr msg = {
		.msg_name = &from, .msg_namelen = sizeof(from),
		.msg_iov = &iov, .msg_iovlen = 1,
		.msg_control = control, .msg_controllen = sizeof(control),
	};
	ssize_t len = recvmsg(wire->fd, &msg, 0);

	/* An error says that the device went down, or away. */
	if (len < 0 || ntohs(from.sll_protocol) != wire->proto ||
	    from.sll_pkttype == PACKET_OUTGOING)
		return;
	keep_frame(wire, (struct view) { bytes, len }, is_partial(&msg));
}

static void drop_oldest(struct wire *wire)
{
	struct frame *frame = wire->frames;

	wire->frames = frame->next;
	free(frame);
}

/* The next frame or NULL; it is the wire's, until it is asked for another. */
struct frame *wire_take(struct wire *wire)
{
	struct frame *frame = wire->unread;

	if (!frame)
		return NULL;
	wire->unread = frame->next;
	while (!wire->whole && wire->frames != frame)
		drop_oldest(wire);
	return frame;
}

/* How many had not been taken. */
size_t wire_drain(struct wire *wire)
{
	const struct frame *frame;
	size_t left = 0;

	for (frame = wire->unread; frame; frame = frame->next)
		left++;
	while (wire->frames)
		drop_oldest(wire);
	wire->unread = NULL;
	wire->last = &wire->frames;
	return left;
}

/* --- UDP -------------------------------------------------------------- */

static socklen_t read_address(struct sockaddr_storage *to, const char *addr,
			      const char *port)
{
	struct sockaddr_in6 *ip6 = (void *)to;
	struct sockaddr_in *ip = (void *)to;

	memset(to, 0, sizeof(*to));
	if (strchr(addr, ':')) {
		ip6->sin6_family = AF_INET6;
		ip6->sin6_port = htons(number(port, 0xffff));
		if (inet_pton(AF_INET6, addr, &ip6->sin6_addr) != 1)
			refuse("no address: %s", addr);
		return sizeof(*ip6);
	}
	ip->sin_family = AF_INET;
	ip->sin_port = htons(number(port, 0xffff));
	if (inet_pton(AF_INET, addr, &ip->sin_addr) != 1)
		refuse("no address: %s", addr);
	return sizeof(*ip);
}

int udp_socket(const char *netns, const char *addr, const char *port)
{
	struct sockaddr_storage to;
	socklen_t len = read_address(&to, addr, port);
	int fd = netns_socket(netns, to.ss_family, SOCK_DGRAM);

	set_option(fd, SOL_SOCKET, SO_REUSEADDR, 1);
	if (bind(fd, (struct sockaddr *)&to, len)) {
		close(fd);
		refuse("bind: %s", strerror(errno));
	}
	return fd;
}

void udp_peer(int fd, const char *addr, const char *port)
{
	struct sockaddr_storage to;
	socklen_t len = read_address(&to, addr, port);

	check(connect(fd, (struct sockaddr *)&to, len), "connect");
}

void udp_serve(int fd, const char *ident)
{
	struct server *server = calloc(1, sizeof(*server));

	server->fd = fd;
	snprintf(server->ident, sizeof(server->ident), "%s", ident);
	server->next = servers;
	servers = server;
}

static void udp_answer(const struct server *server)
{
	struct sockaddr_storage peer;
	socklen_t len = sizeof(peer);
	static struct packet out;
	ssize_t got;

	out.len = 0;
	append(&out, server->ident, strlen(server->ident));
	append(&out, " ", 1);
	got = recvfrom(server->fd, out.at + out.len, 1 << 16, 0,
		       (struct sockaddr *)&peer, &len);
	check(got, "recvfrom");
	check(sendto(server->fd, out.at, out.len + got, 0,
		     (struct sockaddr *)&peer, len), "sendto");
}

/* --- waiting ---------------------------------------------------------- */

/*
 * Serve every socket that has something, and look whether that other one has,
 * unless it is -1; false when none had.
 */
bool serve(int milliseconds, int fd)
{
	struct pollfd polled[POLL_MAX];
	const struct server *server;
	struct wire *wire;
	nfds_t n = 0;

	polled[n++] = (struct pollfd) { fd, POLLIN, 0 };
	for (wire = wires; wire && n < POLL_MAX; wire = wire->next)
		polled[n++] = (struct pollfd) { wire->fd, POLLIN, 0 };
	for (server = servers; server && n < POLL_MAX; server = server->next)
		polled[n++] = (struct pollfd) { server->fd, POLLIN, 0 };
	if (n == POLL_MAX)
		refuse("too many sockets");
	if (poll(polled, n, milliseconds) <= 0)
		return false;
	n = 1;
	for (wire = wires; wire; wire = wire->next)
		if (polled[n++].revents)
			wire_read(wire);
	for (server = servers; server; server = server->next)
		if (polled[n++].revents)
			udp_answer(server);
	return true;
}

static int64_t now(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return t.tv_sec * 1000LL + t.tv_nsec / 1000000;
}

/* Until check() says so; false when time is up. */
bool wait_until(const char *milliseconds, int fd,
		bool (*done)(void *arg), void *arg)
{
	int64_t left, end = now() + number(milliseconds, 1 << 30);

	for (;;) {
		if (done(arg))
			return true;
		left = end - now();
		if (left <= 0)
			return false;
		serve(left, fd);
	}
}
