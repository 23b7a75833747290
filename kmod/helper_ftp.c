// SPDX-License-Identifier: GPL-2.0-only
/* FTP by NAT (RFC 959, RFC 2428): the data connections.
 *
 * Active: the client announces its address and port, and the server connects to
 * it from the port below that of the control connection. The whole tuple is
 * known, so the connection is created before its first packet.
 *
 * Passive: the server announces its own address and port. lb replaces them by
 * the virtual ones. The client's port is not known yet: an expectation without
 * it is put into the table, which only a SYN that is scheduled finds.
 *
 * The new address may have another length. Then lb adjusts the sequence numbers
 * of what the server sends from there on.
 */

#include <linux/ctype.h>
#include <linux/err.h>
#include <linux/inet.h>
#include <linux/moduleparam.h>
#include <linux/string.h>
#include <linux/unaligned.h>
#include <net/tcp.h>

#include "defence.h"
#include "helper.h"
#include "nat.h"
#include "conn_dir.h"
#include "proto.h"

static unsigned short ftp_ports[8] = { 21 };
module_param_array(ftp_ports, ushort, NULL, 0444);
MODULE_PARM_DESC(ftp_ports, "virtual ports of FTP by NAT (21)");

/* What is looked at of a packet: commands and replies are short. */
#define TEXT_MAX 512

/* Virtual ports that are tried for one that the server tells. */
#define PORT_TRIES 16

/**
 * struct edit - What another text is to take the place of.
 * @off: Where it begins in the packet.
 * @old: Its length.
 * @len: Length of the new one, 0 for no change.
 * @text: The new one.
 */
struct edit {
	unsigned int off;
	unsigned int old;
	unsigned int len;
	char text[sizeof("255,255,255,255,255,255")];
};

/**
 * lb_ftp_prepare() - See whether a new connection is one of FTP.
 * @cfg: What it is to be; it gets an extension then.
 */
void lb_ftp_prepare(struct lb_conn_cfg *cfg)
{
	static const struct lb_ftp fresh;
	size_t i;

	if (cfg->forward != LB_FORWARD_NAT || cfg->tuple.proto != IPPROTO_TCP)
		return;
	for (i = 0; i < ARRAY_SIZE(ftp_ports) && ftp_ports[i]; i++) {
		if (cfg->tuple.dport != htons(ftp_ports[i]))
			continue;
		cfg->ext = LB_EXT_FTP;
		cfg->ext_len = sizeof(fresh);
		cfg->ext_data = &fresh;
	}
}

/**
 * lb_ftp_port() - A virtual port of control connections.
 * @i: Which, from 0 on.
 *
 * Return: The port, or 0 if there are no more.
 */
__be16 lb_ftp_port(unsigned int i)
{
	return i < ARRAY_SIZE(ftp_ports) ? htons(ftp_ports[i]) : 0;
}

/**
 * lb_ftp_get() - What is known of a control connection.
 * @conn: Connection with LB_EXT_FTP, under RCU.
 *
 * Context: bottom halves off.
 */
struct lb_ftp lb_ftp_get(struct lb_conn *conn)
{
	struct lb_ftp ftp;

	spin_lock(&conn->lock);
	ftp = *(const struct lb_ftp *)lb_conn_ext(conn);
	spin_unlock(&conn->lock);
	return ftp;
}

/**
 * lb_ftp_set() - A control connection is as somebody else saw it.
 * @conn: Connection with LB_EXT_FTP, under RCU.
 * @ftp: What is known of it.
 *
 * Context: bottom halves off.
 */
void lb_ftp_set(struct lb_conn *conn, const struct lb_ftp *ftp)
{
	spin_lock(&conn->lock);
	*(struct lb_ftp *)lb_conn_ext(conn) = *ftp;
	spin_unlock(&conn->lock);
}

/* Add a data connection, or see that it is there: from the client, at @sport if
 * that is known, to the virtual address.
 */
static bool expect(const struct lb_pkt *pkt, struct lb_conn *control,
		   __be16 sport, __be16 dport, __be16 dest_port)
{
	struct lb_dest *dest = control->dest;
	struct lb_conn_cfg cfg = {
		.dest = dest,
		.template = control,
		.fwmark = control->fwmark,
		.dport = dest_port,
		.forward = LB_FORWARD_NAT,
		.state = LB_STATE_LISTEN,
		.timeout = READ_ONCE(dest->timeout[LB_STATE_LISTEN]),
	};
	struct lb_conn *conn;
	bool made;

	if (!lb_defence_make_room(pkt->lbn))
		return false;
	lb_conn_dir_read(&control->orig, &cfg.tuple);
	cfg.tuple.sport = sport;
	cfg.tuple.dport = dport;
	cfg.tuple.template = sport ? 0 : LB_TEMPLATE_EXPECTED;
	cfg.hash = lb_conn_hash(pkt->lbn->conns, &cfg.tuple);

	conn = lb_conn_create(pkt->lbn->conns, &cfg, &made);
	if (!IS_ERR(conn) && conn->dest != dest && lb_conn_is_over(conn)) {
		lb_conn_kill(pkt->lbn->conns, conn);
		conn = lb_conn_create(pkt->lbn->conns, &cfg, &made);
	}
	if (IS_ERR(conn) || conn->dest != dest || conn->dport != dest_port)
		return false;
	if (READ_ONCE(conn->state) == LB_STATE_LISTEN)
		lb_conn_touch(pkt->lbn->conns, conn, cfg.timeout);
	WRITE_ONCE(pkt->lbn->expects, true);
	return true;
}

/**
 * lb_ftp_open() - Open a data connection that a server told the client about.
 * @pkt: First packet of a connection.
 * @conn: Set to the connection.
 * @made: Set: see lb_conn_create().
 *
 * Context: under RCU, bottom halves off.
 * Return: 0; -ENOENT if none is expected; -EACCES if IPsec's policies do not
 * let the packet in; an error of lb_conn_create().
 */
int lb_ftp_open(const struct lb_pkt *pkt, struct lb_conn **conn, bool *made)
{
	struct lb_conn_table *table = pkt->lbn->conns;
	struct lb_conn_cfg cfg = { .tuple = pkt->tuple };
	struct lb_conn *wanted;
	enum lb_dir dir;

	/* Errors come from anybody. */
	if (pkt->kind != LB_KIND_DATA)
		return -ENOENT;
	cfg.tuple.sport = 0;
	cfg.tuple.template = LB_TEMPLATE_EXPECTED;
	wanted = lb_conn_find(table, &cfg.tuple,
			      lb_conn_hash(table, &cfg.tuple), &dir);
	if (!wanted || lb_conn_is_over(wanted) ||
	    !lb_dest_is_available(wanted->dest))
		return -ENOENT;
	/* Another director may have told of it without the control connection.
	 */
	cfg.template = READ_ONCE(wanted->template);
	if (cfg.template && lb_conn_is_over(cfg.template))
		return -ENOENT;
	if (!lb_route_admits(pkt))
		return -EACCES;

	cfg.tuple = pkt->tuple;
	cfg.hash = pkt->hash;
	cfg.dest = wanted->dest;
	cfg.fwmark = wanted->fwmark;
	cfg.dport = wanted->dport;
	cfg.forward = LB_FORWARD_NAT;
	cfg.state = lb_proto_first(pkt, cfg.forward);
	cfg.active = lb_proto_is_active(cfg.state);
	cfg.asks = lb_proto_asks(pkt);
	cfg.timeout = READ_ONCE(cfg.dest->timeout[cfg.state]);
	*conn = lb_conn_create(table, &cfg, made);
	/* One connection; what comes again with the SYN finds that. */
	if (!IS_ERR(*conn))
		lb_conn_kill(table, wanted);
	return PTR_ERR_OR_ZERO(*conn);
}

static struct tcphdr *tcp_of(const struct lb_pkt *pkt)
{
	return (struct tcphdr *)(pkt->skb->data + pkt->l4);
}

/* Offset of the payload, 0 if the header is malformed. */
static unsigned int payload_of(const struct lb_pkt *pkt)
{
	unsigned int len = tcp_of(pkt)->doff * 4;

	return len < sizeof(struct tcphdr) || pkt->l4 + len > pkt->skb->len ?
	       0 : pkt->l4 + len;
}

/* Read what a packet carries, as a string. */
static bool read_text(const struct lb_pkt *pkt, unsigned int off, char *text)
{
	unsigned int len = min(pkt->skb->len - off, TEXT_MAX - 1U);

	if (!len || skb_copy_bits(pkt->skb, off, text, len))
		return false;
	text[len] = '\0';
	return true;
}

/* The next line, if its end is there, too; @pos goes behind it. */
static char *next_line(char **pos)
{
	char *line = *pos;
	char *end = strchr(line, '\n');

	if (!end)
		return NULL;
	*end = '\0';
	*pos = end + 1;
	return line;
}

/* h1,h2,h3,h4,p1,p2. Return how long it is, 0 if it is none. */
static int read_six(const char *s, union lb_addr *addr, __be16 *port)
{
	unsigned int n[6];
	int len = 0;
	int i;

	if (sscanf(s, "%3u,%3u,%3u,%3u,%3u,%3u%n", &n[0], &n[1], &n[2], &n[3],
		   &n[4], &n[5], &len) != 6)
		return 0;
	for (i = 0; i < 6; i++)
		if (n[i] > 255)
			return 0;
	memset(addr, 0, sizeof(*addr));
	addr->ip = htonl(n[0] << 24 | n[1] << 16 | n[2] << 8 | n[3]);
	*port = htons(n[4] << 8 | n[5]);
	return len;
}

/* A port between two delimiters. Return how long it is, 0 if it is none. */
static int read_port(const char *s, char delim, __be16 *port)
{
	unsigned int n;
	int len = 0;

	if (sscanf(s, "%5u%n", &n, &len) != 1 || s[len] != delim || n > U16_MAX)
		return 0;
	*port = htons(n);
	return len;
}

/* |1|192.0.2.1|1024| or |2|2001:db8::1|1024| */
static bool read_extended(const char *s, bool ipv6, union lb_addr *addr,
			  __be16 *port)
{
	const char delim = s[0];
	const char *end;
	int ok;

	if (!delim || s[1] != (ipv6 ? '2' : '1') || s[2] != delim)
		return false;
	memset(addr, 0, sizeof(*addr));
	ok = ipv6 ? in6_pton(s + 3, -1, (u8 *)addr, delim, &end) :
		    in4_pton(s + 3, -1, (u8 *)addr, delim, &end);
	return ok && *end == delim && read_port(end + 1, delim, port);
}

static void note_passive(struct lb_conn *conn)
{
	struct lb_ftp *ftp = lb_conn_ext(conn);

	spin_lock(&conn->lock);
	ftp->passive = true;
	spin_unlock(&conn->lock);
}

/* What a client says: it waits at a port, or asks where the server does. Only
 * its own address will do.
 */
static void heed_command(const struct lb_pkt *pkt, struct lb_conn *conn,
			 const char *line)
{
	const union lb_addr client = lb_conn_client(conn);
	union lb_addr addr;
	__be16 port;

	if (!strncasecmp(line, "PASV", 4) || !strncasecmp(line, "EPSV", 4)) {
		note_passive(conn);
		return;
	}
	if (!strncasecmp(line, "PORT ", 5)) {
		if (pkt->ipv6 || !read_six(line + 5, &addr, &port))
			return;
	} else if (strncasecmp(line, "EPRT ", 5) ||
		   !read_extended(line + 5, pkt->ipv6, &addr, &port)) {
		return;
	}
	if (port && ipv6_addr_equal(&addr.ip6, &client.ip6))
		expect(pkt, conn, port,
		       htons(ntohs(conn->orig.key.dport) - 1),
		       htons(ntohs(conn->dport) - 1));
}

/* Choose the virtual port of a passive data connection: the server's own, if
 * another server has not told the client the same one.
 */
static __be16 choose_port(const struct lb_pkt *pkt, struct lb_conn *conn,
			  __be16 dest_port)
{
	u32 port = ntohs(dest_port);
	u32 end = min_t(u32, port + PORT_TRIES, U16_MAX + 1);

	if (port < 1024)
		return 0;
	for (; port < end; port++)
		if (expect(pkt, conn, 0, htons(port), dest_port))
			return htons(port);
	return 0;
}

/* "227 Entering Passive Mode (10,0,0,1,4,1)"; with the virtual address already
 * if the server was told to say that. Return where the numbers are.
 */
static const char *read_passive(const struct lb_pkt *pkt,
				const struct lb_conn *conn, const char *line,
				struct edit *edit, __be16 *port)
{
	const char *s = strpbrk(line + 4, "0123456789");
	union lb_addr addr;

	edit->old = !s || pkt->ipv6 ? 0 : read_six(s, &addr, port);
	return edit->old && (addr.ip == conn->dest->key.addr.ip ||
			     addr.ip == conn->orig.key.daddr) ? s : NULL;
}

/* "229 Entering Extended Passive Mode (|||1025|)". Return where the port is. */
static const char *read_extended_passive(const char *line, struct edit *edit,
					 __be16 *port)
{
	const char *s = strchr(line, '(');

	if (!s || !s[1] || s[2] != s[1] || s[3] != s[1])
		return NULL;
	edit->old = read_port(s + 4, s[1], port);
	return edit->old ? s + 4 : NULL;
}

/* What the server says: it waits at a port of its own. Return whether that is
 * to be told otherwise; edit->off is the place in the line then.
 */
static bool edit_reply(const struct lb_pkt *pkt, struct lb_conn *conn,
		       const char *line, struct edit *edit)
{
	const u8 *ip = (const u8 *)&conn->orig.key.daddr;
	bool six = !strncmp(line, "227", 3);
	const char *at = NULL;
	__be16 port;

	if (six)
		at = read_passive(pkt, conn, line, edit, &port);
	else if (!strncmp(line, "229", 3))
		at = read_extended_passive(line, edit, &port);
	port = at ? choose_port(pkt, conn, port) : 0;
	if (!port)
		return false;
	edit->off = at - line;
	edit->len = six ? scnprintf(edit->text, sizeof(edit->text),
				    "%u,%u,%u,%u,%u,%u", ip[0], ip[1], ip[2],
				    ip[3], ntohs(port) >> 8,
				    ntohs(port) & 255) :
			  scnprintf(edit->text, sizeof(edit->text), "%u",
				    ntohs(port));
	return true;
}

/* A reply of one line, "227 ..."; lines of longer ones may be anybody's. */
static bool is_reply(const char *line)
{
	return isdigit(line[0]) && isdigit(line[1]) && isdigit(line[2]) &&
	       line[3] == ' ';
}

static void heed_reply(const struct lb_pkt *pkt, struct lb_conn *conn,
		       unsigned int off, struct edit *edit)
{
	char text[TEXT_MAX];
	char *pos = text;
	char *line;

	if (!read_text(pkt, off, text))
		return;
	while ((line = next_line(&pos)) && is_reply(line)) {
		if (!edit_reply(pkt, conn, line, edit))
			continue;
		edit->off += off + line - text;
		return;
	}
}

static __wsum sum_of(const struct lb_pkt *pkt)
{
	return skb_checksum(pkt->skb, pkt->l4, pkt->skb->len - pkt->l4, 0);
}

/* Adjust the checksum by the difference, so that a wrong one stays wrong. @sum
 * was the sum of all that it covers, @more are the bytes that came in.
 */
static void fix_checksum(const struct lb_pkt *pkt, __wsum sum, int more)
{
	unsigned int len = pkt->skb->len - pkt->l4;
	__sum16 *check = &tcp_of(pkt)->check;
	struct sk_buff *skb = pkt->skb;

	if (lb_pkt_is_partial(pkt)) {
		inet_proto_csum_replace2(check, skb, htons(len - more),
					 htons(len), true);
		return;
	}
	csum_replace_by_diff(check, csum_sub(sum_of(pkt), sum));
	csum_replace2(check, htons(len - more), htons(len));
	if (skb->ip_summed == CHECKSUM_COMPLETE)
		skb->ip_summed = CHECKSUM_NONE;
}

static void fix_length(struct sk_buff *skb, bool ipv6)
{
	struct iphdr *iph = ip_hdr(skb);

	if (ipv6) {
		ipv6_hdr(skb)->payload_len = htons(skb->len -
						   sizeof(struct ipv6hdr));
		return;
	}
	csum_replace2(&iph->check, iph->tot_len, htons(skb->len));
	iph->tot_len = htons(skb->len);
}

/* A packet that does not fit afterwards is left as it is. */
static bool has_room(const struct sk_buff *skb, int more)
{
	unsigned int len = skb->len + more;

	return len <= IP_MAX_MTU && (more <= 0 || skb_is_gso(skb) ||
				     len <= dst_mtu(skb_dst(skb)));
}

/* Put the new text in the place of the old one; all of it is writable. */
static bool replace(struct sk_buff *skb, const struct edit *edit, int more)
{
	unsigned int rest = skb->len - edit->off - edit->old;
	u8 *at;

	if ((more > skb_tailroom(skb) || skb_cloned(skb)) &&
	    pskb_expand_head(skb, 0, max(more, 0), GFP_ATOMIC))
		return false;
	if (more > 0)
		skb_put(skb, more);
	at = skb->data + edit->off;
	memmove(at + edit->len, at + edit->old, rest);
	memcpy(at, edit->text, edit->len);
	if (more < 0)
		skb_trim(skb, skb->len + more);
	return true;
}

/* A packet gets another length. One that is sent again does so again. What
 * other directors know is not enough any more: nothing is in the state noted.
 */
static void note(struct lb_conn *conn, u32 seq, u32 more)
{
	struct lb_ftp *ftp = lb_conn_ext(conn);
	struct lb_conn_told told;
	bool changes;

	spin_lock(&conn->lock);
	changes = more && (ftp->before == ftp->after || before(ftp->pos, seq));
	if (changes) {
		ftp->pos = seq;
		ftp->before = ftp->after;
		ftp->after += more;
	}
	spin_unlock(&conn->lock);
	if (!changes || !lb_conn_get_told(conn, &told))
		return;
	told.state = LB_STATE_NONE;
	lb_conn_set_told(conn, &told);
}

/* A packet of the control connection to the client. */
static bool to_client(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	const struct lb_ftp ftp = lb_ftp_get(conn);
	u32 seq = ntohl(tcp_of(pkt)->seq);
	unsigned int off = payload_of(pkt);
	struct sk_buff *skb = pkt->skb;
	struct edit edit = {};
	int more = 0;
	__wsum sum;
	u32 shift;

	if (off && ftp.passive)
		heed_reply(pkt, conn, off, &edit);
	if (edit.len && !has_room(skb, (int)edit.len - (int)edit.old))
		edit.len = 0;
	if (edit.len)
		more = (int)edit.len - (int)edit.old;
	shift = after(seq, ftp.pos) ? ftp.after : ftp.before;
	if (!edit.len && !shift)
		return true;

	if (skb_ensure_writable(skb, edit.len ? skb->len :
					pkt->l4 + sizeof(struct tcphdr)))
		return false;
	sum = sum_of(pkt);
	tcp_of(pkt)->seq = htonl(seq + shift);
	if (edit.len) {
		if (!replace(skb, &edit, more))
			return false;
		fix_length(skb, pkt->ipv6);
		note(conn, seq, more);
	}
	fix_checksum(pkt, sum, more);
	return true;
}

static void shift_back(__be32 *field, const struct lb_ftp *ftp)
{
	u32 seq = get_unaligned_be32(field);

	seq -= after(seq - ftp->before, ftp->pos) ? ftp->after : ftp->before;
	put_unaligned_be32(seq, field);
}

/* What the client has got out of order (RFC 2018). */
static void shift_sack(u8 *opt, const u8 *end, const struct lb_ftp *ftp)
{
	int i;

	while (end - opt >= 2 && opt[0] != TCPOPT_EOL) {
		if (opt[0] == TCPOPT_NOP) {
			opt++;
			continue;
		}
		if (opt[1] < 2 || opt[1] > end - opt)
			return;
		if (opt[0] == TCPOPT_SACK)
			for (i = 2; i + 4 <= opt[1]; i += 4)
				shift_back((__be32 *)(opt + i), ftp);
		opt += opt[1];
	}
}

/* And one to the real server. */
static bool to_server(const struct lb_pkt *pkt, struct lb_conn *conn)
{
	const struct lb_ftp ftp = lb_ftp_get(conn);
	unsigned int off = payload_of(pkt);
	char text[TEXT_MAX];
	char *pos = text;
	char *line;
	__wsum sum;

	if (!off)
		return true;
	if (read_text(pkt, off, text))
		while ((line = next_line(&pos)))
			heed_command(pkt, conn, line);
	if (ftp.before == 0 && ftp.after == 0)
		return true;

	if (skb_ensure_writable(pkt->skb, off))
		return false;
	sum = sum_of(pkt);
	shift_back(&tcp_of(pkt)->ack_seq, &ftp);
	shift_sack((u8 *)(tcp_of(pkt) + 1), pkt->skb->data + off, &ftp);
	fix_checksum(pkt, sum, 0);
	return true;
}

/**
 * lb_ftp_translate() - Translate a packet of a control connection.
 * @pkt: Packet of kind LB_KIND_DATA.
 * @conn: Its connection, with LB_EXT_FTP.
 * @dir: Direction in which it goes.
 *
 * Return: false if memory could not be had.
 */
bool lb_ftp_translate(const struct lb_pkt *pkt, struct lb_conn *conn,
		      enum lb_dir dir)
{
	if (dir == LB_DIR_ORIG)
		return lb_nat_request(pkt, conn) && to_server(pkt, conn);
	return lb_nat_reply(pkt, conn) && to_client(pkt, conn);
}
