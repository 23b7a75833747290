// SPDX-License-Identifier: GPL-2.0-only
/* move_last() and lb_table_find(): an entry is looked for while it is moved to
 * the new buckets. It must be found.
 */
#define VARS 3
#define CPUS 2
#define OLD 0	/* the old chain lacks it */
#define NEXT 1	/* there are new buckets */
#define NEW 2	/* the new chain has it */

#include "weak.pml"

active proctype move()
{
	byte me = 0;

	release(NEXT, 1);
	lock();
	release(NEW, 1);
#ifdef BROKEN
	store(OLD, 1);
#else
	release(OLD, 1);
#endif
	unlock();
	done();
}

active proctype find()
{
	byte me = 1;
	byte gone, next, there;

	load(gone, OLD);
	if
	:: gone ->
		/* smp_rmb() */
		load(next, NEXT);
		assert(next);
		load(there, NEW);
		assert(there)
	:: else
	fi;
	done();
}
