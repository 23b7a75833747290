// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of the TCP states: whole lives of connections, step by step. */

#include <linux/slab.h>

struct step {
	u8 flags;
	enum lb_dir dir;
	u8 state;
};

#define C(flags, state) { flags, LB_DIR_ORIG, state }
#define S(flags, state) { flags, LB_DIR_REPLY, state }

static const struct step nat_life[] = {
	C(LB_TCP_SYN, SR), S(LB_TCP_SYN | LB_TCP_ACK, SR), C(LB_TCP_ACK, ES),
	S(LB_TCP_ACK, ES), C(0, ES), C(LB_TCP_SYN, ES),
	S(LB_TCP_FIN | LB_TCP_ACK, FW), C(LB_TCP_FIN | LB_TCP_ACK, TW),
	S(LB_TCP_ACK, TW), C(LB_TCP_SYN, SR), C(LB_TCP_RST, SR),
	S(LB_TCP_RST, CL), { }
};

static const struct step client_closes[] = {
	C(LB_TCP_SYN, SR), C(LB_TCP_ACK, ES), C(LB_TCP_FIN | LB_TCP_ACK, CW),
	S(LB_TCP_FIN | LB_TCP_ACK, TW), { }
};

static const struct step dr_life[] = {
	C(LB_TCP_SYN, SR), C(LB_TCP_ACK, ES), C(LB_TCP_FIN | LB_TCP_ACK, FW),
	C(LB_TCP_ACK, FW), C(LB_TCP_FIN, FW), C(LB_TCP_RST, CL), { }
};

static const struct step dr_answered[] = {
	C(LB_TCP_SYN, SR), S(LB_TCP_SYN | LB_TCP_ACK, SR), C(LB_TCP_ACK, ES),
	C(LB_TCP_FIN | LB_TCP_ACK, CW), { }
};

static const struct step secure_nat[] = {
	C(LB_TCP_SYN, SR), C(LB_TCP_ACK, SR), S(LB_TCP_SYN | LB_TCP_ACK, SA),
	C(LB_TCP_ACK, SA), C(LB_TCP_FIN, SA), S(LB_TCP_ACK, ES),
	C(LB_TCP_RST, CL), C(LB_TCP_SYN, SR), S(LB_TCP_SYN, SA),
	C(LB_TCP_RST, CL), { }
};

static const struct step secure_dr[] = {
	C(LB_TCP_SYN, SA), C(LB_TCP_ACK, ES), C(LB_TCP_FIN, FW),
	C(LB_TCP_SYN, SA), C(LB_TCP_FIN, TW), { }
};

static int live(struct lb_net *lbn, const char *name, u8 forward,
		const struct step *step)
{
	struct lb_conn conn = { .forward = forward, .unheard = 1 };
	struct lb_pkt pkt = { .lbn = lbn };

	for (; step->flags || step->state; step++) {
		pkt.tcp_flags = step->flags;
		conn.unheard &= step->dir != LB_DIR_REPLY;
		conn.state = lb_proto_tcp_next(&conn, &pkt, step->dir);
		if (conn.state == step->state)
			continue;
		pr_err("selftest: tcp %s: flags %x: state %u, expected %u\n",
		       name, step->flags, conn.state, step->state);
		return -EINVAL;
	}
	return 0;
}

/**
 * lb_proto_tcp_selftest() - Check the TCP states.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_proto_tcp_selftest(void)
{
	struct lb_net *lbn = kzalloc(sizeof(*lbn), GFP_KERNEL);
	int err;

	if (!lbn)
		return -ENOMEM;
	err = live(lbn, "nat", LB_FORWARD_NAT, nat_life) ?:
	      live(lbn, "client closes", LB_FORWARD_NAT, client_closes) ?:
	      live(lbn, "dr", LB_FORWARD_DR, dr_life) ?:
	      live(lbn, "dr answered", LB_FORWARD_DR, dr_answered);
	lbn->secure_tcp = true;
	err = err ?: live(lbn, "secure nat", LB_FORWARD_NAT, secure_nat) ?:
	      live(lbn, "secure dr", LB_FORWARD_DR, secure_dr);
	kfree(lbn);
	return err;
}
