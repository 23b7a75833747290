// SPDX-License-Identifier: GPL-2.0-only
/* lb_table_hasten() and sweep_group(): the end of a connection comes nearer
 * while its group is swept.
 */
#define VARS 2
#define CPUS 2
#define SOONER 0	/* it ends soon */
#define DUE 1
#define SOON 1
#define FAR 9

#include "weak.pml"

active proctype touch()
{
	byte me = 0;

	store(SOONER, 1);
#ifndef BROKEN
	full_barrier();
#endif
	lower(DUE, SOON);
	done();
}

active proctype sweep()
{
	byte me = 1;
	byte sooner;

	exchange(DUE, FAR);
	load(sooner, SOONER);
	if
	:: sooner -> lower(DUE, SOON)
	:: else
	fi;
	done();
}

active proctype check()
{
	all_done;
	assert(mem[DUE] <= SOON)
}
