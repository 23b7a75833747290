// SPDX-License-Identifier: GPL-2.0-only
/* SCTP: the state an association has for those between its two ends. */

#include <linux/sctp.h>

#include "proto.h"

/* The columns are NONE and what follows UDP. */
#define STATES (LB_STATE_SCTP_CLOSED - LB_STATE_SCTP_INIT1 + 2)

/* By the chunk that counts; DATA stands for all that changes nothing. */
enum event {
	EVENT_DATA, EVENT_INIT, EVENT_INIT_ACK, EVENT_ECHO, EVENT_ECHO_ACK,
	EVENT_SHUTDOWN, EVENT_DOWN_ACK, EVENT_DOWN_END, EVENT_ERROR,
	EVENT_ABORT, EVENTS
};

/* The short names of the states; three are registers of x86 to its headers. */
#undef CS
#undef ES
#undef SS
#define NO LB_STATE_NONE
#define I1 LB_STATE_SCTP_INIT1
#define IN LB_STATE_SCTP_INIT
#define CS LB_STATE_SCTP_COOKIE_SENT
#define CR LB_STATE_SCTP_COOKIE_REPLIED
#define CW LB_STATE_SCTP_COOKIE_WAIT
#define CO LB_STATE_SCTP_COOKIE
#define CE LB_STATE_SCTP_COOKIE_ECHOED
#define ES LB_STATE_SCTP_ESTABLISHED
#define SS LB_STATE_SCTP_SHUTDOWN_SENT
#define SR LB_STATE_SCTP_SHUTDOWN_RECEIVED
#define SA LB_STATE_SCTP_SHUTDOWN_ACK_SENT
#define RJ LB_STATE_SCTP_REJECTED
#define CL LB_STATE_SCTP_CLOSED

/* What IPVS was seen to do, cell by cell: administrators know its states. No
 * packet leads to the cells of CLIENT_ONLY that equal their column's state.
 */
static const u8 transitions[LB_SIDES][EVENTS][STATES] = {
	[LB_SIDE_CLIENT] = {
/*                    NO  I1  IN  CS  CR  CW  CO  CE  ES  SS  SR  SA  RJ  CL */
[EVENT_DATA]     = { ES, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_INIT]     = { I1, IN, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, IN, IN },
[EVENT_INIT_ACK] = { CW, CW, CW, CS, CR, CO, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_ECHO]     = { CR, IN, IN, CR, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_ECHO_ACK] = { ES, I1, IN, CS, CR, CW, CO, ES, ES, SS, SR, SA, RJ, CL },
[EVENT_SHUTDOWN] = { SR, I1, IN, CS, CR, CW, CO, CE, SR, SS, SR, SA, RJ, CL },
[EVENT_DOWN_ACK] = { CL, IN, IN, CS, CR, CW, CO, CE, ES, CL, SR, CL, RJ, CL },
[EVENT_DOWN_END] = { CL, CL, CL, CS, CR, CW, CO, CE, ES, SS, SR, CL, RJ, CL },
[EVENT_ERROR]    = { CL, I1, IN, CS, CR, CW, CO, CL, ES, SS, SR, SA, RJ, CL },
[EVENT_ABORT]    = { CL, CL, CL, CL, CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL },
	},
	[LB_SIDE_SERVER] = {
/*                    NO  I1  IN  CS  CR  CW  CO  CE  ES  SS  SR  SA  RJ  CL */
[EVENT_DATA]     = { ES, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_INIT]     = { CW, CW, CW, CW, CW, CW, CW, CW, ES, CW, CW, CW, CW, CW },
[EVENT_INIT_ACK] = { CS, CS, CS, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_ECHO]     = { CE, CE, CE, CE, CE, CE, CE, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_ECHO_ACK] = { ES, ES, ES, ES, ES, ES, ES, ES, ES, SS, SR, SA, RJ, CL },
[EVENT_SHUTDOWN] = { SS, SS, SS, SS, SS, SS, SS, SS, SS, SS, SR, SA, RJ, CL },
[EVENT_DOWN_ACK] = { SA, SA, SA, SA, SA, CW, CO, CE, ES, SA, SA, SA, RJ, CL },
[EVENT_DOWN_END] = { CL, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_ERROR]    = { CL, CL, CL, CL, CL, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_ABORT]    = { CL, RJ, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL, CL },
	},
	[LB_SIDE_CLIENT_ONLY] = {
/*                    NO  I1  IN  CS  CR  CW  CO  CE  ES  SS  SR  SA  RJ  CL */
[EVENT_DATA]     = { ES, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_INIT]     = { I1, IN, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, IN },
[EVENT_INIT_ACK] = { CE, CE, CE, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_ECHO]     = { ES, ES, ES, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_ECHO_ACK] = { ES, I1, IN, CS, CR, CW, CO, ES, ES, SS, SR, SA, RJ, CL },
[EVENT_SHUTDOWN] = { SR, I1, IN, CS, CR, CW, CO, CE, SR, SS, SR, SA, RJ, CL },
[EVENT_DOWN_ACK] = { CL, IN, IN, CS, CR, CW, CO, CE, CL, SS, SR, SA, RJ, CL },
[EVENT_DOWN_END] = { CL, CL, CL, CS, CR, CW, CO, CE, ES, SS, CL, SA, RJ, CL },
[EVENT_ERROR]    = { CL, I1, IN, CS, CR, CW, CO, CE, ES, SS, SR, SA, RJ, CL },
[EVENT_ABORT]    = { CL, CL, CL, CS, CR, CW, CO, CL, CL, SS, CL, SA, RJ, CL },
	},
};

static enum event event_of(u8 chunk)
{
	static const u8 events[] = {
		[SCTP_CID_INIT] = EVENT_INIT,
		[SCTP_CID_INIT_ACK] = EVENT_INIT_ACK,
		[SCTP_CID_ABORT] = EVENT_ABORT,
		[SCTP_CID_SHUTDOWN] = EVENT_SHUTDOWN,
		[SCTP_CID_SHUTDOWN_ACK] = EVENT_DOWN_ACK,
		[SCTP_CID_ERROR] = EVENT_ERROR,
		[SCTP_CID_COOKIE_ECHO] = EVENT_ECHO,
		[SCTP_CID_COOKIE_ACK] = EVENT_ECHO_ACK,
		[SCTP_CID_SHUTDOWN_COMPLETE] = EVENT_DOWN_END,
	};

	return chunk < ARRAY_SIZE(events) ? events[chunk] : EVENT_DATA;
}

/**
 * lb_proto_sctp_first() - The state after a client's packet that begins one.
 * @pkt: SCTP packet.
 * @forward: enum lb_forward of the connection.
 *
 * Return: enum lb_state.
 */
u8 lb_proto_sctp_first(const struct lb_pkt *pkt, u8 forward)
{
	enum lb_side side = forward == LB_FORWARD_NAT ? LB_SIDE_CLIENT :
							LB_SIDE_CLIENT_ONLY;

	return transitions[side][event_of(pkt->chunk)][NO];
}

/**
 * lb_proto_sctp_next() - The state after a packet.
 * @conn: Connection.
 * @pkt: SCTP packet.
 * @dir: Direction in which it goes.
 *
 * Return: enum lb_state.
 */
u8 lb_proto_sctp_next(const struct lb_conn *conn, const struct lb_pkt *pkt,
		      enum lb_dir dir)
{
	u8 state = READ_ONCE(conn->state);
	u8 column = state == NO ? 0 : state - I1 + 1;

	return transitions[lb_proto_side(conn, dir)][event_of(pkt->chunk)]
			  [column];
}

#ifdef LB_DEBUG
#include "selftest/sctp.c"
#endif
