// SPDX-License-Identifier: GPL-2.0-only
/* TCP: the state a connection has for those between its two ends. */

#include "proto.h"

/* The columns are the states up to this one. */
#define STATES (LB_STATE_SYNACK + 1)

enum event { EVENT_SYN, EVENT_FIN, EVENT_ACK, EVENT_RST, EVENTS, EVENT_NONE };

/* The short names of the states; two are registers of x86 to its headers. */
#undef ES
#undef SS
#define NO LB_STATE_NONE
#define ES LB_STATE_ESTABLISHED
#define SS LB_STATE_SYN_SENT
#define SR LB_STATE_SYN_RECV
#define FW LB_STATE_FIN_WAIT
#define TW LB_STATE_TIME_WAIT
#define CL LB_STATE_CLOSE
#define CW LB_STATE_CLOSE_WAIT
#define LA LB_STATE_LAST_ACK
#define LI LB_STATE_LISTEN
#define SA LB_STATE_SYNACK

/* The transitions of IPVS, cell by cell: administrators know its states. */
static const u8 transitions[LB_SIDES][EVENTS][STATES] = {
	[LB_SIDE_CLIENT] = {
		/*		NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA */
		[EVENT_SYN] = { SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR },
		[EVENT_FIN] = { CL, CW, SS, TW, TW, TW, CL, CW, LA, LI, TW },
		[EVENT_ACK] = { ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES },
		[EVENT_RST] = { CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, SR },
	},
	[LB_SIDE_SERVER] = {
		/*		NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA */
		[EVENT_SYN] = { SS, ES, SS, SR, SS, SS, SS, SS, SS, LI, SR },
		[EVENT_FIN] = { TW, FW, SS, TW, FW, TW, CL, TW, LA, LI, TW },
		[EVENT_ACK] = { ES, ES, SS, ES, FW, TW, CL, CW, LA, ES, ES },
		[EVENT_RST] = { CL, CL, SS, CL, CL, TW, CL, CL, CL, CL, CL },
	},
	[LB_SIDE_CLIENT_ONLY] = {
		/*		NO  ES  SS  SR  FW  TW  CL  CW  LA  LI  SA */
		[EVENT_SYN] = { SR, ES, ES, SR, SR, SR, SR, SR, SR, SR, SR },
		[EVENT_FIN] = { CL, FW, SS, TW, FW, TW, CL, CW, LA, LI, TW },
		[EVENT_ACK] = { ES, ES, SS, ES, FW, TW, CL, CW, CL, LI, ES },
		[EVENT_RST] = { CL, CL, CL, SR, CL, CL, CL, CL, LA, LI, CL },
	},
};

/* What wins when several flags are set. */
static enum event event_of(u8 flags)
{
	if (flags & LB_TCP_RST)
		return EVENT_RST;
	if (flags & LB_TCP_SYN)
		return EVENT_SYN;
	if (flags & LB_TCP_FIN)
		return EVENT_FIN;
	if (flags & LB_TCP_ACK)
		return EVENT_ACK;
	return EVENT_NONE;
}

/* What is otherwise with secure_tcp: a connection becomes established by what
 * the server sends, where that is seen; where it is not, a SYN leads to SYNACK.
 */
static u8 secured(enum lb_side side, enum event event, u8 from, u8 to)
{
	bool syn = event == EVENT_SYN;

	switch (side) {
	case LB_SIDE_CLIENT:
		if (event == EVENT_ACK && from == SR)
			return SR;
		if (from == SA)
			return event == EVENT_RST ? CL : SA;
		return to;
	case LB_SIDE_SERVER:
		return syn && (from == SR || from == SA) ? SA : to;
	default:
		return syn && from != SR && to == SR ? SA : to;
	}
}

static u8 advance(const struct lb_pkt *pkt, enum lb_side side, u8 from)
{
	enum event event = event_of(pkt->tcp_flags);
	u8 to;

	if (event == EVENT_NONE)
		return from;
	to = transitions[side][event][from];
	return READ_ONCE(pkt->lbn->secure_tcp) ?
	       secured(side, event, from, to) : to;
}

/**
 * lb_proto_tcp_first() - The state after a client's packet that begins one.
 * @pkt: TCP packet.
 * @forward: enum lb_forward.
 *
 * Return: enum lb_state.
 */
u8 lb_proto_tcp_first(const struct lb_pkt *pkt, u8 forward)
{
	enum lb_side side = forward == LB_FORWARD_NAT ? LB_SIDE_CLIENT :
							LB_SIDE_CLIENT_ONLY;

	return advance(pkt, side, NO) ?: CL;
}

/**
 * lb_proto_tcp_next() - The state after a packet.
 * @conn: Connection.
 * @pkt: TCP packet; one without any of SYN, FIN, ACK and RST changes nothing.
 * @dir: Direction in which it goes.
 *
 * Return: enum lb_state.
 */
u8 lb_proto_tcp_next(const struct lb_conn *conn, const struct lb_pkt *pkt,
		     enum lb_dir dir)
{
	return advance(pkt, lb_proto_side(conn, dir), READ_ONCE(conn->state));
}

#ifdef LB_DEBUG
#include "selftest/tcp.c"
#endif
