/* SPDX-License-Identifier: GPL-2.0-only */
/* What the parts of the packet generator have in common, see pkt.c. */
#ifndef _PKT_H
#define _PKT_H

#include <setjmp.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <sys/types.h>

#define ARRAY_SIZE(a)	(sizeof(a) / sizeof((a)[0]))
#define PACKET_MAX	131072
#define LAYERS_MAX	32
#define FIELDS_MAX	10
#define GUE_PORT	6080
#define PADDING		"\1\4\0\0\0"	/* options that say nothing */

enum proto {
	HBH = 0, ICMP = 1, IP = 4, TCP = 6, UDP = 17, IP6 = 41, RH = 43,
	FRAG = 44, GRE = 47, ESP = 50, AH = 51, ICMP6 = 58, DOPT = 60,
	SCTP = 132, DATA = -1,
};

/* --- pkt_bytes.c: bytes, sums and text -------------------------------- */

struct packet {
	size_t len;
	uint8_t at[PACKET_MAX];
};

struct view {
	const uint8_t *at;
	size_t len;
};

struct text {
	size_t len;
	char at[1 << 16];
};

/* Where refuse() goes, and what it leaves there. */
struct refuge {
	jmp_buf at;
};

extern struct refuge *refuge;
extern char refusal[512];

void refuse(const char *fmt, ...)
	__attribute__((noreturn, format(printf, 1, 2)));
void write_text(struct text *out, const char *fmt, ...)
	__attribute__((format(printf, 2, 3)));
void write_hex(struct text *out, struct view v);

struct view part(struct view v, size_t from, size_t to);
struct view whole(const struct packet *p);
uint8_t *append(struct packet *p, const void *data, size_t len);
void append_hex(struct packet *p, const char *hex);
unsigned long number(const char *text, unsigned long max);
void read_mac(uint8_t *mac, const char *text);

uint32_t get_bits(const uint8_t *at, unsigned int bit, unsigned int width);
void put_bits(uint8_t *at, unsigned int bit, unsigned int width,
	      uint32_t value);
uint16_t get16(const uint8_t *at);
void put16(uint8_t *at, uint16_t value);

uint64_t pseudo(const uint8_t *ip, unsigned int proto, size_t len);
uint16_t checksum(uint64_t sum, struct view v);
void ip_checksum(uint8_t *ip, size_t len, uint16_t error);
uint32_t crc32(struct view v);
uint32_t crc32c(struct view v, uint32_t before);

/* --- pkt_fields.c: what is where in a header -------------------------- */

enum kind {
	NUMBER,
	NEXT,		/* the number of the layer that follows */
	ADDRESS,
	FLAG,		/* there or not */
	LETTERS,	/* one of tcp_flags a bit */
	HEX,		/* bytes behind those that every header has */
	WISH,		/* no field: see the layer's code */
};

enum told {
	NEVER,		/* or by the layer's own code */
	NONZERO,
	ALWAYS,
};

struct field {
	const char *name;
	enum kind kind;
	enum told told;
	bool needed;
	uint16_t bit;
	uint8_t width;
	uint8_t shift;		/* is written in units of so many bits */
	uint32_t normal;
};

struct layer {
	const char *name;
	enum proto proto;
	bool extension;		/* of IPv6 */
	bool made;		/* else it is only received */
	size_t len;
	struct field fields[FIELDS_MAX + 1];	/* up to one that has no name */
};

extern const char *const tcp_flags;
extern const char *const chunk_names[15];

const struct layer *layer_by_name(const char *name);
const struct layer *layer_by_proto(unsigned int proto);
bool is_extension(unsigned int proto);

/* --- pkt_build.c: from words to bytes --------------------------------- */

void build(struct packet *p, const char *text);
void build_data(struct packet *p, const char *word);
void append_pattern(struct packet *p, size_t len);

/* --- pkt_change.c: packets from packets ------------------------------- */

/* Where each header behind that of IPv6 is, and what it is. */
struct walk {
	size_t at;
	unsigned int proto;
	bool ended;
};

struct walk walk_begin(struct view p);
bool walk_next(struct view p, struct walk *walk);

bool find_fragment(struct view p, size_t *before, size_t *at);
void fragment(struct view p, size_t size,
	      void (*take)(const struct packet *fragment, void *arg),
	      void *arg);
bool unfragment6(const struct view *parts, size_t n, struct packet *p);
void patch(struct packet *p, const char *wish);
void leave_checksum(struct packet *p, size_t at);
void make_anonymous(struct packet *p);

/* --- pkt_describe.c: from bytes to words ------------------------------ */

void describe(struct text *out, struct view p, bool partial);
bool try_describe(struct text *out, struct view p, bool partial);
void describe_data(struct text *out, struct view data);

/* --- pkt_wire.c: sockets ---------------------------------------------- */

struct frame {
	struct frame *next;
	bool partial;
	char meta[64];
	size_t len;
	uint8_t at[];
};

struct wire {
	struct wire *next;
	char name[32];
	int fd;
	uint16_t proto;
	bool whole;
	bool bare;
	uint8_t header[12];
	struct frame *frames;	/* the oldest first, if whole to be dumped */
	struct frame *unread;	/* of them, the first to be taken */
	struct frame **last;
};

struct wishes {
	const char *frag, *gso, *partial, *pad, *patch, *ipsum, *mac, *vlan;
	bool ip6;		/* as it was built, whatever the patch did */
};

struct wire *wire_find(const char *name);
void wire_open(char **words, size_t n);
void wire_send(const struct wire *wire, const struct packet *p,
	       const struct wishes *wishes);
struct frame *wire_take(struct wire *wire);
size_t wire_drain(struct wire *wire);

int netns_socket(const char *netns, int family, int type);
int udp_socket(const char *netns, const char *addr, const char *port);
void udp_peer(int fd, const char *addr, const char *port);
void udp_serve(int fd, const char *ident);
bool serve(int milliseconds, int fd);
bool wait_until(const char *milliseconds, int fd,
		bool (*check)(void *arg), void *arg);

#endif
