// SPDX-License-Identifier: GPL-2.0-only
/* lb_table_hasten() and lb_table_resize(): the end of a connection comes nearer
 * while it is moved to new buckets. Their group must know.
 */
#define VARS 3
#define CPUS 2
#define SOONER 0	/* it ends soon */
#define NEXT 1		/* there are new buckets */
#define DUE 2		/* when their group is looked at, below FAR */
#define FAR 9

#include "weak.pml"

active proctype touch()
{
	byte me = 0;
	byte next;

	store(SOONER, 1);
#ifndef BROKEN
	full_barrier();
#endif
	load(next, NEXT);
	if
	:: next -> exchange(DUE, 1)
	:: else
	fi;
	done();
}

active proctype resize()
{
	byte me = 1;
	byte sooner;

	release(NEXT, 1);
	full_barrier();
	load(sooner, SOONER);
	if
	:: sooner -> exchange(DUE, 1)
	:: else
	fi;
	done();
}

active proctype check()
{
	all_done;
	assert(mem[DUE] == 1)
}
