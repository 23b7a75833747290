// SPDX-License-Identifier: GPL-2.0-only
/* Two CPUs attack the table of connections, and hold it against a model: what
 * they put in is found until they take it out, or until its time is up; while a
 * third resizes, sweeps and walks. Asked for by "insmod lb.ko stress=SECONDS".
 */

#include <linux/kthread.h>
#include <linux/moduleparam.h>
#include <linux/random.h>

static unsigned int stress;
module_param(stress, uint, 0400);
MODULE_PARM_DESC(stress, "seconds to attack the table of connections for");

#define STRESS_CPUS 2
#define STRESS_KEYS 512 /* of each */
#define STRESS_FIXED 256 /* that are there all the time */
#define STRESS_BRIEF 8 /* that are left to end by themselves */
#define STRESS_ALL (STRESS_CPUS * STRESS_KEYS + STRESS_FIXED)

/**
 * struct attack - What all share.
 * @t: The table.
 * @end: In jiffies: when it is over.
 * @sweeps: Sweeps that have ended.
 * @steps: What was done.
 * @failed: The model and the table differ.
 * @seen: Fixed ones that a walk came to.
 */
struct attack {
	struct trial *t;
	unsigned long end;
	u32 sweeps;
	atomic_t steps;
	bool failed;
	DECLARE_BITMAP(seen, STRESS_FIXED);
};

/**
 * struct attacker - One CPU and its keys, which nobody else touches.
 * @attack: See there.
 * @task: Its thread.
 * @first: First of its keys.
 * @there: Those of which there is a connection.
 */
struct attacker {
	struct attack *attack;
	struct task_struct *task;
	u32 first;
	DECLARE_BITMAP(there, STRESS_KEYS);
};

static bool is_over(const struct attack *attack)
{
	return READ_ONCE(attack->failed) ||
	       time_after(jiffies, READ_ONCE(attack->end));
}

static void expect(struct attack *attack, bool ok, const char *what, u32 key)
{
	if (ok || READ_ONCE(attack->failed))
		return;
	WRITE_ONCE(attack->failed, true);
	pr_err("selftest: conn: stress: %s (key %u, step %d)\n", what, key,
	       atomic_read(&attack->steps));
}

/* Return whether it was not there before. */
static bool stress_create(const struct attack *attack, u32 key, u32 timeout)
{
	struct lb_conn_cfg cfg;
	bool made;

	fill_cfg(attack->t, &cfg, key);
	cfg.timeout = timeout;
	make_bh(attack->t, &cfg, &made);
	return made;
}

static void add_key(struct attacker *a, u32 i)
{
	bool made = stress_create(a->attack, a->first + i,
				  lb_ticks(1000 * SOON));

	expect(a->attack, made, "not created", a->first + i);
	__set_bit(i, a->there);
}

static void look_up(struct attacker *a, u32 i)
{
	bool ok = test_bit(i, a->there) ? is_there(a->attack->t, a->first + i) :
					  is_absent(a->attack->t, a->first + i);

	expect(a->attack, ok, "look-up", a->first + i);
}

static void kill_key(struct attacker *a, u32 i)
{
	const struct trial *t = a->attack->t;
	struct lb_conn *conn;

	rcu_read_lock();
	conn = find_nth(t, a->first + i);
	expect(a->attack, conn && kill_bh(t, conn), "not killed", a->first + i);
	rcu_read_unlock();
	__clear_bit(i, a->there);
}

static void hasten_key(struct attacker *a, u32 i)
{
	const struct trial *t = a->attack->t;
	struct lb_conn *conn;

	local_bh_disable();
	rcu_read_lock();
	conn = find_nth(t, a->first + i);
	expect(a->attack, conn, "not found", a->first + i);
	if (conn)
		lb_conn_touch(t->table, conn, 0);
	rcu_read_unlock();
	local_bh_enable();
}

/* The second sweep that begins from now on has ended. */
static void await_sweeps(const struct attack *attack)
{
	u32 start = READ_ONCE(attack->sweeps);

	while (READ_ONCE(attack->sweeps) - start < 2 && !is_over(attack))
		cond_resched();
}

/* Some are new with no time left, some lose what they had: all must end. */
static void leave_some(struct attacker *a)
{
	u32 keys[STRESS_BRIEF];
	u32 i;

	for (i = 0; i < STRESS_BRIEF; i++) {
		keys[i] = get_random_u32() % STRESS_KEYS;
		if (test_bit(keys[i], a->there))
			hasten_key(a, keys[i]);
		else
			stress_create(a->attack, a->first + keys[i], 0);
		__clear_bit(keys[i], a->there);
	}
	await_sweeps(a->attack);
	if (is_over(a->attack))
		return;
	for (i = 0; i < STRESS_BRIEF; i++)
		expect(a->attack, is_absent(a->attack->t, a->first + keys[i]),
		       "did not end", a->first + keys[i]);
}

static int attack_keys(void *arg)
{
	struct attacker *a = arg;
	u32 i;

	while (!is_over(a->attack)) {
		i = get_random_u32() % STRESS_KEYS;
		look_up(a, i);
		if (!test_bit(i, a->there))
			add_key(a, i);
		else if (get_random_u32() % 2)
			kill_key(a, i);
		look_up(a, i);
		if (get_random_u32() % 16 == 0)
			leave_some(a);
		atomic_inc(&a->attack->steps);
		cond_resched();
	}
	while (!kthread_should_stop())
		schedule_timeout_interruptible(1);
	return 0;
}

static int note_fixed(struct lb_conn *conn, void *arg)
{
	u32 i = ntohl(conn->orig.key.saddr) - 0x0a000000;
	struct attack *attack = arg;

	if (i >= STRESS_CPUS * STRESS_KEYS)
		__set_bit(i - STRESS_CPUS * STRESS_KEYS, attack->seen);
	return 0;
}

static void attack_table(struct attack *attack)
{
	struct lb_conn_table *table = attack->t->table;
	struct lb_conn_cursor cursor = {};

	mutex_lock(&table->resize);
	if (get_random_u32() % 4 == 0)
		resize(table, MIN_SIZE << get_random_u32() % 4);
	sweep(table, lb_now());
	mutex_unlock(&table->resize);
	WRITE_ONCE(attack->sweeps, attack->sweeps + 1);
	if (get_random_u32() % 8)
		return;

	bitmap_zero(attack->seen, STRESS_FIXED);
	lb_conn_walk(table, &cursor, note_fixed, attack);
	expect(attack, bitmap_full(attack->seen, STRESS_FIXED), "walk", 0);
}

static void end_all(const struct attack *attack)
{
	struct lb_conn *conn;
	u32 i;

	rcu_read_lock();
	for (i = 0; i < STRESS_ALL; i++) {
		conn = find_nth(attack->t, i);
		if (conn)
			kill_bh(attack->t, conn);
	}
	rcu_read_unlock();
}

static int start_attackers(struct attack *attack, struct attacker *attackers)
{
	struct task_struct *task;
	u32 i;

	for (i = 0; i < STRESS_CPUS; i++) {
		attackers[i].attack = attack;
		attackers[i].first = i * STRESS_KEYS;
		task = kthread_create(attack_keys, &attackers[i], "lb_stress");
		if (IS_ERR(task))
			return PTR_ERR(task);
		kthread_bind(task, i % num_online_cpus());
		attackers[i].task = task;
		wake_up_process(task);
	}
	return 0;
}

static int run_attack(struct attack *attack, struct attacker *attackers)
{
	int err;
	u32 i;

	for (i = STRESS_CPUS * STRESS_KEYS; i < STRESS_ALL; i++)
		stress_create(attack, i, lb_ticks(1000 * SOON));
	stop_worker(attack->t);
	err = start_attackers(attack, attackers);
	while (!err && !is_over(attack))
		attack_table(attack);
	WRITE_ONCE(attack->end, jiffies - 1);
	for (i = 0; i < STRESS_CPUS; i++)
		if (attackers[i].task)
			kthread_stop(attackers[i].task);
	end_all(attack);
	expect(attack, !lb_conn_count(attack->t->table), "count", 0);
	pr_notice("selftest: conn: %d steps, %u sweeps\n",
		  atomic_read(&attack->steps), attack->sweeps);
	return err ?: attack->failed ? -EINVAL : 0;
}

/* Under attack for as long as asked for. */
static int test_stress(struct trial *t)
{
	struct attacker *attackers;
	struct attack *attack;
	int err = -ENOMEM;

	attackers = kcalloc(STRESS_CPUS, sizeof(*attackers), GFP_KERNEL);
	attack = kzalloc(sizeof(*attack), GFP_KERNEL);
	if (attackers && attack) {
		attack->t = t;
		attack->end = jiffies + stress * HZ;
		err = run_attack(attack, attackers);
	}
	kfree(attack);
	kfree(attackers);
	return err;
}
