// SPDX-License-Identifier: GPL-2.0-only
/* lb_table_add() and sweep_group(): a connection is linked while its group is
 * swept. Nobody may forget when it ends.
 */
#define VARS 2
#define CPUS 2
#define LIST 0	/* the connection is in it */
#define DUE 1	/* when the group is looked at next */
#define SOON 1
#define FAR 9

#include "weak.pml"

active proctype link()
{
	byte me = 0;

	lock();
	store(LIST, 1);
#ifndef BROKEN
	full_barrier();
#endif
	lower(DUE, SOON);
	unlock();
	done();
}

active proctype sweep()
{
	byte me = 1;
	byte there;

	exchange(DUE, FAR);
	load(there, LIST);
	if
	:: there -> lower(DUE, SOON)
	:: else
	fi;
	done();
}

active proctype check()
{
	all_done;
	assert(mem[DUE] <= SOON)
}
