// SPDX-License-Identifier: GPL-2.0-only
/* lb_dest_trash() and lb_dest_salvage(): a real server leaves the list of one
 * service and goes onto that of another, while a packet goes through the first.
 * The packet must meet the head that it began with.
 */
#define SERVER 0
#define HEAD_A 1
#define HEAD_B 2

byte next[3];
bool reading;	/* the packet's RCU section */

proctype packet()
{
	byte at = HEAD_A;

	reading = true;
	at = next[at];
	do
	:: at == SERVER -> at = next[at]
	:: else -> break
	od;
	assert(at == HEAD_A);
	reading = false
}

proctype admin()
{
	/* list_del_rcu(): it still points to its old neighbour */
	next[HEAD_A] = HEAD_A;
#ifndef BROKEN
	/* Who began before has ended: cond_synchronize_rcu(). */
	!reading;
#endif
	next[SERVER] = HEAD_B;
	next[HEAD_B] = SERVER
}

init
{
	atomic {
		next[HEAD_A] = SERVER;
		next[SERVER] = HEAD_A;
		next[HEAD_B] = HEAD_B;
		run packet();
		run admin()
	}
}
