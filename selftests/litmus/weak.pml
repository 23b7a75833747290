// SPDX-License-Identifier: GPL-2.0-only
/* A memory whose stores wait in a buffer of their CPU and leave it in any
 * order, those to one variable alone in turn: weaker than that of x86, and weak
 * enough for all that the barriers of the models stand for. Loads are in the
 * order of the program, as read barriers and dependencies see to in the module.
 * Before including it, define VARS and CPUS. Each process of a model sets "me".
 */
byte mem[VARS];
byte buffer[CPUS * VARS];
bool waits[CPUS * VARS];
bool locked;
byte running = CPUS;

#define AT(v)	(me * VARS + (v))

#if VARS == 2
#define drained(c)	(!waits[(c) * 2] && !waits[(c) * 2 + 1])
#elif VARS == 3
#define drained(c)	(!waits[(c) * 3] && !waits[(c) * 3 + 1] && \
			 !waits[(c) * 3 + 2])
#endif

/* WRITE_ONCE(), READ_ONCE() */
#define store(v, x)	atomic { !waits[AT(v)];	\
				 buffer[AT(v)] = x; waits[AT(v)] = true }
#define load(r, v)	atomic { if :: waits[AT(v)] -> r = buffer[AT(v)] \
				    :: else -> r = mem[v] fi }

/* smp_mb(), smp_store_release() */
#define full_barrier()	drained(me)
#define release(v, x)	drained(me); store(v, x)

/* xchg(), try_cmpxchg() in a loop: see lb_table_lower() */
#define exchange(v, x)	atomic { drained(me); mem[v] = x }
inline lower(v, x)
{
	byte old;

	load(old, v);
	do
	:: x < old ->
		if
		:: atomic { drained(me) && mem[v] == old -> mem[v] = x; break }
		:: atomic { drained(me) && mem[v] != old -> old = mem[v] }
		fi
	:: else -> break
	od
}

/* spin_lock(), spin_unlock() */
#define lock()		atomic { !locked -> locked = true }
#define unlock()	atomic { drained(me) -> locked = false }

/* The end of a process, and of all of them */
#define done()		atomic { running-- }
#define all_done	(running == 0 && drained(0) && drained(1))

/* What takes stores to memory. */
#define take(i)		atomic { waits[i] -> mem[(i) % VARS] = buffer[i];	\
				 waits[i] = false }

active proctype flush()
{
end:	do
	:: take(0)
	:: take(1)
	:: take(2)
	:: take(3)
#if VARS == 3
	:: take(4)
	:: take(5)
#endif
	od
}
