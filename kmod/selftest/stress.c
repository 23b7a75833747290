// SPDX-License-Identifier: GPL-2.0-only
/* Two CPUs attack a table, and hold it against a model: what they put in is
 * found until they take it out, or until its time is up; while a third resizes,
 * sweeps and walks. Asked for by "insmod lb.ko stress=SECONDS".
 *
 * Who includes this says what the table holds: how an entry of a number is
 * created, killed, hastened, and looked for.
 */

#include <linux/kthread.h>
#include <linux/random.h>

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
 * @there: Those that are in the table.
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
	pr_err("selftest: " SUBJECT ": stress: %s (key %u, step %d)\n", what,
	       key, atomic_read(&attack->steps));
}

static void add_key(struct attacker *a, u32 i)
{
	bool made = create_nth(a->attack->t, a->first + i,
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
	expect(a->attack, kill_nth(a->attack->t, a->first + i), "not killed",
	       a->first + i);
	__clear_bit(i, a->there);
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
			expect(a->attack,
			       hasten_nth(a->attack->t, a->first + keys[i]),
			       "not found", a->first + keys[i]);
		else
			create_nth(a->attack->t, a->first + keys[i], 0);
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

static int note_fixed(struct lb_node *node, void *arg)
{
	struct attack *attack = arg;
	u32 i = number_of(node);

	if (i >= STRESS_CPUS * STRESS_KEYS)
		__set_bit(i - STRESS_CPUS * STRESS_KEYS, attack->seen);
	return 0;
}

static void attack_table(struct attack *attack)
{
	struct lb_table *table = nodes_of(attack->t);
	struct lb_table_cursor cursor = {};

	mutex_lock(&table->resize);
	if (get_random_u32() % 4 == 0)
		lb_table_resize(table, LB_TABLE_MIN << get_random_u32() % 4);
	lb_table_sweep(table, lb_now());
	mutex_unlock(&table->resize);
	WRITE_ONCE(attack->sweeps, attack->sweeps + 1);
	if (get_random_u32() % 8)
		return;

	bitmap_zero(attack->seen, STRESS_FIXED);
	lb_table_walk(table, &cursor, note_fixed, attack);
	expect(attack, bitmap_full(attack->seen, STRESS_FIXED), "walk", 0);
}

static void end_all(const struct attack *attack)
{
	u32 i;

	for (i = 0; i < STRESS_ALL; i++)
		kill_nth(attack->t, i);
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
		create_nth(attack->t, i, lb_ticks(1000 * SOON));
	stop_worker(attack->t);
	err = start_attackers(attack, attackers);
	while (!err && !is_over(attack))
		attack_table(attack);
	WRITE_ONCE(attack->end, jiffies - 1);
	for (i = 0; i < STRESS_CPUS; i++)
		if (attackers[i].task)
			kthread_stop(attackers[i].task);
	end_all(attack);
	expect(attack, !atomic_read(&nodes_of(attack->t)->count), "count", 0);
	pr_notice("selftest: " SUBJECT ": %d steps, %u sweeps\n",
		  atomic_read(&attack->steps), attack->sweeps);
	return err ?: attack->failed ? -EINVAL : 0;
}

/* Under attack for half of what was asked for, as there are two such tests. */
static int test_stress(struct trial *t)
{
	struct attacker *attackers;
	struct attack *attack;
	int err = -ENOMEM;

	attackers = kcalloc(STRESS_CPUS, sizeof(*attackers), GFP_KERNEL);
	attack = kzalloc(sizeof(*attack), GFP_KERNEL);
	if (attackers && attack) {
		attack->t = t;
		attack->end = jiffies + lb_table_stress * HZ / 2;
		err = run_attack(attack, attackers);
	}
	kfree(attack);
	kfree(attackers);
	return err;
}
