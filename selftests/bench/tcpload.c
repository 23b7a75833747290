// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP connections, one request and one answer each:
 *
 *	tcpload serve ADDRESS PORT
 *	tcpload load ADDRESS PORT CONNECTIONS AT_ONCE
 *
 * The server closes first, as web servers do with HTTP/1.0. The client prints
 * the nanoseconds that all of it took, and fails if one connection did.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define EVENTS 64

static const char request[64] = "GET / HTTP/1.0\r\n\r\n";
static const char answer[512] = "HTTP/1.0 200 OK\r\n\r\n";

static int epoll;
static struct sockaddr_in addr = { .sin_family = AF_INET };

static int new_socket(void)
{
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);

	if (fd < 0)
		err(1, "socket");
	return fd;
}

static void watch(int fd, unsigned int events)
{
	struct epoll_event event = { .events = events, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		err(1, "epoll_ctl");
}

static void accept_all(int listener)
{
	int fd;

	while ((fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK)) >= 0)
		watch(fd, EPOLLIN);
	if (errno != EAGAIN)
		err(1, "accept");
}

static void serve_one(int fd)
{
	char buf[sizeof(request)];

	if (read(fd, buf, sizeof(buf)) == sizeof(buf) &&
	    write(fd, answer, sizeof(answer)) != sizeof(answer))
		warn("write");
	close(fd);
}

static void serve(void)
{
	struct epoll_event events[EVENTS];
	int listener = new_socket();
	int i, n;

	if (bind(listener, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(listener, 4096))
		err(1, "listen");
	watch(listener, EPOLLIN);
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS, -1);
		for (i = 0; i < n; i++)
			if (events[i].data.fd == listener)
				accept_all(listener);
			else
				serve_one(events[i].data.fd);
	}
}

static void begin_one(void)
{
	int fd = new_socket();

	if (connect(fd, (struct sockaddr *)&addr, sizeof(addr)) &&
	    errno != EINPROGRESS)
		err(1, "connect");
	watch(fd, EPOLLOUT | EPOLLIN | EPOLLET);
}

/* True when the connection is over. */
static bool go_on(const struct epoll_event *event)
{
	char buf[sizeof(answer) + 1];
	int fd = event->data.fd;
	ssize_t n;

	if (!(event->events & EPOLLIN)) {
		if (write(fd, request, sizeof(request)) != sizeof(request))
			err(1, "write");
		return false;
	}
	while ((n = read(fd, buf, sizeof(buf))) > 0)
		;
	if (n < 0 && errno == EAGAIN)
		return false;
	if (n < 0)
		err(1, "read");
	close(fd);
	return true;
}

static void load(int connections, int at_once)
{
	struct epoll_event events[EVENTS];
	int begun, done = 0;
	int i, n;

	for (begun = 0; begun < at_once && begun < connections; begun++)
		begin_one();
	while (done < connections) {
		n = epoll_wait(epoll, events, EVENTS, 20000);
		if (n <= 0)
			errx(1, "%d of %d connections", done, connections);
		for (i = 0; i < n; i++) {
			if (!go_on(&events[i]))
				continue;
			done++;
			if (begun < connections) {
				begin_one();
				begun++;
			}
		}
	}
}

static long long now(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000000000LL + ts.tv_nsec;
}

int main(int argc, char **argv)
{
	long long start;

	if (argc < 4 || inet_pton(AF_INET, argv[2], &addr.sin_addr) != 1)
		errx(1, "usage: see the source");
	addr.sin_port = htons(atoi(argv[3]));
	epoll = epoll_create1(0);
	if (!strcmp(argv[1], "serve"))
		serve();
	if (argc < 6)
		errx(1, "usage: see the source");
	start = now();
	load(atoi(argv[4]), atoi(argv[5]));
	printf("%lld\n", now() - start);
	return 0;
}
