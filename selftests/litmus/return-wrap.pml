// SPDX-License-Identifier: GPL-2.0-only
/* lb_dest_attach() and a packet of a connection: a real server comes back from
 * the trash, where it had lost its settings. Who sees that it is there again
 * must see how packets are wrapped for it.
 */
#define VARS 2
#define CPUS 2
#define TUNNEL 0
#define AVAILABLE 1

#include "weak.pml"

active proctype attach()
{
	byte me = 0;

	store(TUNNEL, 1);
#ifdef BROKEN
	store(AVAILABLE, 1);
#else
	release(AVAILABLE, 1);
#endif
	done();
}

active proctype wrap()
{
	byte me = 1;
	byte available, tunnel;

	/* smp_load_acquire() */
	load(available, AVAILABLE);
	if
	:: available ->
		load(tunnel, TUNNEL);
		assert(tunnel)
	:: else
	fi;
	done();
}
