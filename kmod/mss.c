// SPDX-License-Identifier: GPL-2.0-only
/* The maximum segment size that the ends of a TCP connection offer. */

#include <linux/swab.h>
#include <linux/tcp.h>
#include <net/checksum.h>
#include <net/tcp.h>

#include "mss.h"
#include "tunnel.h"

/* Lower the value at an offset from the beginning of the TCP header. */
static void lower(const struct lb_pkt *pkt, struct tcphdr *th, unsigned int at,
		  u16 most)
{
	u8 *value = (u8 *)th + at;
	u16 old = value[0] << 8 | value[1];

	if (old <= most)
		return;
	value[0] = most >> 8;
	value[1] = most;
	/* To the checksum, bytes at an odd offset are in the other order. */
	if (at % 2) {
		old = swab16(old);
		most = swab16(most);
	}
	if (!lb_pkt_is_partial(pkt))
		csum_replace2(&th->check, htons(old), htons(most));
}

/* Go through the options (RFC 9293 3.1); there may be any number of each. */
static void lower_all(const struct lb_pkt *pkt, struct tcphdr *th,
		      unsigned int len, u16 most)
{
	const u8 *option = (u8 *)th;
	unsigned int at = sizeof(*th);

	while (at + TCPOLEN_MSS <= len && option[at] != TCPOPT_EOL) {
		if (option[at] == TCPOPT_NOP) {
			at++;
			continue;
		}
		if (option[at + 1] < 2)
			return;
		if (option[at] == TCPOPT_MSS && option[at + 1] == TCPOLEN_MSS)
			lower(pkt, th, at + 2, most);
		at += option[at + 1];
	}
}

/**
 * lb_mss_lower() - Lower what a SYN offers to what fits.
 * @pkt: Packet of TCP, with or without the option.
 * @conn: Its connection.
 *
 * An end that offers nothing gets the default, which is small enough (RFC 9293
 * 3.7.1). The way back is taken to have the same MTU.
 *
 * Context: under RCU. Return: false if memory could not be had.
 */
bool lb_mss_lower(const struct lb_pkt *pkt, const struct lb_conn *conn)
{
	const struct lb_route *route = lb_dest_route(conn->dest, pkt->net);
	u32 headers = lb_pkt_header_len(pkt) + sizeof(struct tcphdr);
	struct sk_buff *skb = pkt->skb;
	struct tcphdr buf, *th;
	unsigned int len;
	u32 room;

	th = skb_header_pointer(skb, pkt->l4, sizeof(buf), &buf);
	if (!th || !route || route->local)
		return true;
	len = th->doff * 4;
	room = lb_tunnel_room(conn, route);
	if (pkt->l4 + len > skb->len || room <= headers)
		return true;

	if (skb_ensure_writable(skb, pkt->l4 + len))
		return false;
	th = (void *)(skb->data + pkt->l4);
	lower_all(pkt, th, len, min_t(u32, room - headers, U16_MAX));
	return true;
}

#ifdef LB_DEBUG
#include "selftest/mss.c"
#endif
