// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of the SCTP states: whole lives of associations, step by step, and
 * that the tables have no cell left out.
 */

struct step {
	u8 chunk;
	enum lb_dir dir;
	u8 state;
};

#define C(chunk, state) { SCTP_CID_##chunk, LB_DIR_ORIG, state }
#define S(chunk, state) { SCTP_CID_##chunk, LB_DIR_REPLY, state }

static const struct step nat_life[] = {
	C(INIT, I1), S(INIT_ACK, CS), C(COOKIE_ECHO, CR), S(COOKIE_ACK, ES),
	C(DATA, ES), S(SACK, ES), C(HEARTBEAT, ES), S(I_FWD_TSN, ES),
	C(SHUTDOWN, SR), S(SHUTDOWN_ACK, SA), C(SHUTDOWN_COMPLETE, CL), { }
};

static const struct step server_closes[] = {
	C(INIT, I1), C(INIT, IN), S(INIT_ACK, CS), C(COOKIE_ECHO, CR),
	S(COOKIE_ACK, ES), S(SHUTDOWN, SS), C(SHUTDOWN_ACK, CL),
	S(SHUTDOWN_COMPLETE, CL), C(INIT, IN), { }
};

static const struct step rejected[] = {
	C(INIT, I1), S(ABORT, RJ), C(DATA, RJ), C(INIT, IN), S(ERROR, CL),
	{ }
};

static const struct step dr_life[] = {
	C(INIT, I1), C(COOKIE_ECHO, ES), C(DATA, ES), C(SHUTDOWN, SR),
	C(SHUTDOWN_COMPLETE, CL), { }
};

static const struct step dr_answered[] = {
	C(INIT, I1), S(INIT_ACK, CS), C(COOKIE_ECHO, CR), C(ABORT, CL), { }
};

static int live(const char *name, u8 forward, const struct step *step)
{
	struct lb_conn conn = { .forward = forward, .unheard = 1 };
	struct lb_pkt pkt = {};

	for (; step->state; step++) {
		pkt.chunk = step->chunk;
		conn.unheard &= step->dir != LB_DIR_REPLY;
		if (conn.state)
			conn.state = lb_proto_sctp_next(&conn, &pkt, step->dir);
		else
			conn.state = lb_proto_sctp_first(&pkt, forward);
		if (conn.state == step->state)
			continue;
		pr_err("selftest: sctp %s: chunk %u: state %u, expected %u\n",
		       name, step->chunk, conn.state, step->state);
		return -EINVAL;
	}
	return 0;
}

static int test_cells(void)
{
	const u8 *cell = &transitions[0][0][0];
	size_t i;

	for (i = 0; i < sizeof(transitions); i++) {
		if (cell[i] >= I1 && cell[i] <= CL)
			continue;
		pr_err("selftest: sctp: cell %zu is %u\n", i, cell[i]);
		return -EINVAL;
	}
	return 0;
}

/**
 * lb_proto_sctp_selftest() - Check the SCTP states.
 *
 * Return: 0 or -EINVAL.
 */
int lb_proto_sctp_selftest(void)
{
	return test_cells() ?: live("nat", LB_FORWARD_NAT, nat_life) ?:
	       live("server closes", LB_FORWARD_NAT, server_closes) ?:
	       live("rejected", LB_FORWARD_NAT, rejected) ?:
	       live("dr", LB_FORWARD_DR, dr_life) ?:
	       live("dr answered", LB_FORWARD_DR, dr_answered);
}
