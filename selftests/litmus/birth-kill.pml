// SPDX-License-Identifier: GPL-2.0-only
/* insert_conn() and lb_conn_kill(): a connection is over, and ended, while it
 * is put into the table, or its original tuple turns out to be another's. No
 * node is unlinked that is not linked, and what is counted as active ends as
 * nothing.
 */
#define NEW 0
#define WHOLE 1
#define OVER 2

byte life = NEW;
bool orig, reply;	/* linked; each step is one under its bucket's lock */
bool counts = true;
byte counted = 1;	/* of its real server, as active */
bool lock;		/* of the connection */
bool taken;		/* another connection has the original tuple */

inline end_life(from, ours, was)
{
	atomic { !lock -> lock = true };
#ifdef BROKEN
	ours = life != OVER;
#else
	ours = life == from;
#endif
	if
	:: ours -> life = OVER
	:: else
	fi;
	was = counts;
	lock = false
}

proctype insert()
{
	bool ours, was;

	if
	:: taken = true
	:: taken = false
	fi;
	reply = true;
	if
	:: !taken ->
		orig = true;
		life = WHOLE
	:: else ->
		assert(reply);
		reply = false;
		end_life(NEW, ours, was);
		counted = counted - was
	fi
}

/* A packet that ends it, found by the reply direction. */
proctype refuse()
{
end:	reply;
	atomic { !lock -> lock = true };
	if
	:: counts && life != OVER -> counts = false; counted--
	:: else
	fi;
	lock = false
}

proctype kill()
{
	bool ours, was;

end:	reply;
	end_life(WHOLE, ours, was);
	if
	:: ours ->
		assert(orig);
		orig = false;
		assert(reply);
		reply = false;
		counted = counted - was
	:: else
	fi
}

init
{
	atomic {
		run insert();
		run refuse();
		run kill()
	};
	/* Who waits for the reply direction may wait in vain. */
	timeout;
	if
	:: life == OVER -> assert(counted == 0 && !orig && !reply)
	:: else -> assert(counted == counts && orig && reply)
	fi
}
