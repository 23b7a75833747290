// SPDX-License-Identifier: GPL-2.0-only
/*
 * TCP connections that are held while something happens on their way:
 *
 *	hold serve PORT...
 *	hold KIND ADDRESS PORT SOURCE CONNECTIONS [MILLISECONDS]
 *
 * A message is one byte, the next number. A client says something on each
 * connection, and the server gives it back. Then KIND is
 *
 *	established	it goes on, whenever so much time has passed
 *	half-closed	it closes its half; the server goes on, once what it
 *			said before was acknowledged
 *	idle		nothing
 *
 * The client prints "ready" when all began; who gets no answer tries again. For
 * each line of its input, each connection must do once more what its kind does
 * (an idle one, what established ones do), and the client prints how many did
 * so. It waits for more until none has come for TIME_LIMIT, and ends with its
 * input.
 */
#include <arpa/inet.h>
#include <err.h>
#include <errno.h>
#include <linux/sockios.h>
#include <netinet/tcp.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/epoll.h>
#include <sys/ioctl.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <time.h>
#include <unistd.h>

#define AGAIN		100
#define EVENTS		64
#define FDS		65536
#define PAUSE		3000
/* So much for each of many, lest they be all that a slow machine does. */
#define PAUSE_EACH	10
#define SYNS		3
/* TCP waits two minutes at most until it tries again. */
#define TIME_LIMIT	150000

/*
 * A connection, by its descriptor, or who listens for such. A client has asked
 * @asked times and got @got answers, and is content with @goal.
 */
struct conn {
	bool	open;
	bool	listens;
	bool	half_closed;
	uint32_t asked;
	uint32_t got;
	uint32_t goal;
};

static struct conn conns[FDS];
static int pause_ms;
static long long last_progress;
static int last_fd;
static int epoll;

static long long now_ms(void)
{
	struct timespec ts;

	clock_gettime(CLOCK_MONOTONIC, &ts);
	return ts.tv_sec * 1000LL + ts.tv_nsec / 1000000;
}

static int pause_of(int n)
{
	return n * PAUSE_EACH > PAUSE ? n * PAUSE_EACH : PAUSE;
}

static void watch(int fd)
{
	struct epoll_event event = { .events = EPOLLIN, .data.fd = fd };

	if (epoll_ctl(epoll, EPOLL_CTL_ADD, fd, &event))
		err(1, "epoll_ctl");
}

static void conn_begin(int fd)
{
	const int on = 1;

	if (fd >= FDS)
		errx(1, "too many connections");
	setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof(on));
	conns[fd] = (struct conn){ .open = true };
	if (last_fd < fd)
		last_fd = fd;
	watch(fd);
}

static void conn_end(int fd)
{
	conns[fd].open = false;
	close(fd);
}

static void say(int fd, uint8_t number)
{
	if (send(fd, &number, 1, MSG_DONTWAIT | MSG_NOSIGNAL) != 1)
		conn_end(fd);
}

/* Return what recv() does; -1 with EPROTO if it is not the next number. */
static ssize_t hear(int fd, uint32_t *number)
{
	uint8_t buf[64];
	ssize_t i, n = recv(fd, buf, sizeof(buf), MSG_DONTWAIT);

	for (i = 0; i < n; i++)
		if (buf[i] != (uint8_t)++*number) {
			errno = EPROTO;
			return -1;
		}
	return n;
}

/* --- the server ----------------------------------------------------------- */

static void new_listener(const char *port)
{
	struct sockaddr_in addr = {
		.sin_family = AF_INET, .sin_port = htons(atoi(port))
	};
	int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK, 0);
	const int on = 1;

	setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &on, sizeof(on));
	if (bind(fd, (struct sockaddr *)&addr, sizeof(addr)) ||
	    listen(fd, 4096))
		err(1, "listen");
	conns[fd].listens = true;
	watch(fd);
}

static void accept_one(int listener)
{
	int fd = accept(listener, NULL, NULL);

	if (fd >= 0)
		conn_begin(fd);
}

static void serve_one(int fd)
{
	struct conn *conn = &conns[fd];
	ssize_t n = hear(fd, &conn->got);

	if (n > 0) {
		say(fd, conn->got);
	} else if (n == 0) {
		epoll_ctl(epoll, EPOLL_CTL_DEL, fd, NULL);
		conn->half_closed = true;
	} else if (errno != EAGAIN) {
		conn_end(fd);
	}
}

/* Return how many there are. */
static int serve_half_closed(void)
{
	int fd, unacked, n = 0;

	for (fd = 0; fd <= last_fd; fd++) {
		if (!conns[fd].open || !conns[fd].half_closed)
			continue;
		n++;
		if (!ioctl(fd, SIOCOUTQ, &unacked) && !unacked)
			say(fd, ++conns[fd].got);
	}
	return n;
}

static void serve(int num_ports, char **ports)
{
	long long next = now_ms() + PAUSE;
	struct epoll_event events[EVENTS];
	int fd, i, n;

	for (i = 0; i < num_ports; i++)
		new_listener(ports[i]);
	for (;;) {
		n = epoll_wait(epoll, events, EVENTS, PAUSE);
		for (i = 0; i < n; i++) {
			fd = events[i].data.fd;
			if (conns[fd].listens)
				accept_one(fd);
			else if (conns[fd].open)
				serve_one(fd);
		}
		if (now_ms() < next)
			continue;
		n = serve_half_closed();
		next = now_ms() + pause_of(n);
	}
}

/* --- the client ----------------------------------------------------------- */

static void progress(void)
{
	last_progress = now_ms();
}

static bool is_stuck(void)
{
	return now_ms() - last_progress > TIME_LIMIT;
}

static void ask(int fd)
{
	say(fd, ++conns[fd].asked);
}

static void take(int fd)
{
	struct conn *conn = &conns[fd];
	ssize_t n = hear(fd, &conn->got);

	if (n > 0 && conn->got == conn->goal)
		progress();
	if (n == 0 || (n < 0 && errno != EAGAIN))
		conn_end(fd);
	else if (!conn->half_closed && conn->got == conn->asked &&
		 conn->asked < conn->goal)
		ask(fd);
}

/* Return whether input came. */
static bool wait_ms(int timeout)
{
	struct epoll_event events[EVENTS];
	bool input = false;
	int i, n;

	n = epoll_wait(epoll, events, EVENTS, timeout);
	for (i = 0; i < n; i++)
		if (events[i].data.fd == STDIN_FILENO)
			input = true;
		else if (conns[events[i].data.fd].open)
			take(events[i].data.fd);
	return input;
}

static int count(bool content)
{
	int fd, n = 0;

	for (fd = 0; fd <= last_fd; fd++)
		n += conns[fd].open &&
		     (conns[fd].got >= conns[fd].goal) == content;
	return n;
}

static void ask_all(void)
{
	int fd;

	for (fd = 0; fd <= last_fd; fd++)
		if (conns[fd].open && conns[fd].got == conns[fd].asked)
			ask(fd);
}

/* What the server says next may have been on its way. */
static void set_goals(bool half_closed)
{
	int fd;

	for (fd = 0; fd <= last_fd; fd++)
		conns[fd].goal = half_closed ? conns[fd].got + 2 :
					       conns[fd].asked + 1;
}

static int count_kept(bool half_closed)
{
	progress();
	set_goals(half_closed);
	if (!half_closed)
		ask_all();
	while (count(false) && !is_stuck())
		wait_ms(100);
	return count(true);
}

static bool connect_one(const struct sockaddr_in *to,
			const struct sockaddr_in *from)
{
	int fd = socket(AF_INET, SOCK_STREAM, 0);
	const int syns = SYNS;

	setsockopt(fd, IPPROTO_TCP, TCP_SYNCNT, &syns, sizeof(syns));
	if (bind(fd, (const struct sockaddr *)from, sizeof(*from)))
		err(1, "bind");
	if (!connect(fd, (const struct sockaddr *)to, sizeof(*to))) {
		progress();
		conn_begin(fd);
		return true;
	}
	if (is_stuck())
		err(1, "connect");
	close(fd);
	usleep(AGAIN * 1000);
	return false;
}

static int count_open(void)
{
	return count(true) + count(false);
}

static void end_silent(void)
{
	int fd;

	for (fd = 0; fd <= last_fd; fd++)
		if (conns[fd].open && conns[fd].got < conns[fd].goal)
			conn_end(fd);
}

/* Whatever was refused, broken off or not answered is tried again. */
static void begin(const struct sockaddr_in *to, const struct sockaddr_in *from,
		  int n)
{
	int kept, open;

	do {
		progress();
		for (open = count_open(); open < n;)
			open += connect_one(to, from);
		kept = count_kept(false);
		end_silent();
		if (kept < n)
			warnx("%d of %d began", kept, n);
	} while (kept < n && (kept || !is_stuck()));
	if (kept < n)
		exit(1);
}

static void close_halves(void)
{
	int fd;

	for (fd = 0; fd <= last_fd; fd++) {
		if (!conns[fd].open)
			continue;
		shutdown(fd, SHUT_WR);
		conns[fd].half_closed = true;
	}
}

static void hold(const char *kind, const struct sockaddr_in *to,
		 const struct sockaddr_in *from, int n)
{
	const bool half_closed = !strcmp(kind, "half-closed");
	const bool talks = !strcmp(kind, "established");
	long long next = now_ms() + pause_ms;
	char line[16];

	begin(to, from, n);
	if (half_closed)
		close_halves();
	watch(STDIN_FILENO);
	puts("ready");
	for (;;) {
		if (wait_ms(100)) {
			if (read(STDIN_FILENO, line, sizeof(line)) <= 0)
				return;
			epoll_ctl(epoll, EPOLL_CTL_DEL, STDIN_FILENO, NULL);
			printf("%d\n", count_kept(half_closed));
			watch(STDIN_FILENO);
		}
		if (talks && now_ms() >= next) {
			ask_all();
			next = now_ms() + pause_ms;
		}
	}
}

int main(int argc, char **argv)
{
	const struct rlimit fds = { FDS, FDS };
	struct sockaddr_in from = { .sin_family = AF_INET };
	struct sockaddr_in to = { .sin_family = AF_INET };

	setvbuf(stdout, NULL, _IOLBF, 0);
	setrlimit(RLIMIT_NOFILE, &fds);
	epoll = epoll_create1(EPOLL_CLOEXEC);
	if (argc > 2 && !strcmp(argv[1], "serve"))
		serve(argc - 2, argv + 2);
	if (argc < 6 || inet_pton(AF_INET, argv[2], &to.sin_addr) != 1 ||
	    inet_pton(AF_INET, argv[4], &from.sin_addr) != 1)
		errx(1, "usage: see the source");
	to.sin_port = htons(atoi(argv[3]));
	pause_ms = argc > 6 ? atoi(argv[6]) : pause_of(atoi(argv[5]));
	hold(argv[1], &to, &from, atoi(argv[5]));
	return 0;
}
