// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deliberate bugs, one for each check of the debug kernel: what the harness
 * does not report here, it would not report of lb either.
 */
#include <linux/delay.h>
#include <linux/kthread.h>
#include <linux/list.h>
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/sched/task.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static char *bug = "none";
module_param(bug, charp, 0444);
MODULE_PARM_DESC(bug, "the name of one of bugs[]");

static DEFINE_MUTEX(outer);
static DEFINE_MUTEX(inner);
static DEFINE_SPINLOCK(spin);
static int __rcu *shared;

static void use_after_free(void)
{
	u8 *mem = kmalloc(64, GFP_KERNEL);

	if (!mem)
		return;
	kfree(mem);
	pr_info("read %d\n", READ_ONCE(mem[1]));
}

static void sleep_in_atomic(void)
{
	spin_lock(&spin);
	kfree(kmalloc(64, GFP_KERNEL));
	spin_unlock(&spin);
}

static void invert_locks(void)
{
	mutex_lock(&outer);
	mutex_lock(&inner);
	mutex_unlock(&inner);
	mutex_unlock(&outer);

	mutex_lock(&inner);
	mutex_lock(&outer);
	mutex_unlock(&outer);
	mutex_unlock(&inner);
}

static void read_unlocked(void)
{
	if (rcu_dereference(shared))
		pr_info("never so\n");
}

/* Several, as the last one's address may linger in a register or a stack. */
static void leak_memory(void)
{
	int i;

	for (i = 0; i < 16; i++)
		if (!kzalloc(200, GFP_KERNEL))
			return;
}

/* The name is one of those of which stock kernels poison what is free. */
static void write_after_free(void)
{
	struct kmem_cache *cache;
	u8 *mem;

	cache = kmem_cache_create("lb_conn_control", 200, 0, 0, NULL);
	if (!cache)
		return;
	mem = kmem_cache_alloc(cache, GFP_KERNEL);
	if (mem) {
		kmem_cache_free(cache, mem);
		WRITE_ONCE(mem[8], 1);
		mem = kmem_cache_alloc(cache, GFP_KERNEL);
	}
	if (mem)
		kmem_cache_free(cache, mem);
	kmem_cache_destroy(cache);
}

static void shift_too_far(void)
{
	static unsigned int bits = 40;

	pr_info("shifted %d\n", 1 << READ_ONCE(bits));
}

static void never(struct timer_list *timer)
{
}

static void free_armed_timer(void)
{
	struct timer_list *timer = kzalloc(sizeof(*timer), GFP_KERNEL);

	if (!timer)
		return;
	timer_setup(timer, never, 0);
	mod_timer(timer, jiffies + 3600 * HZ);
	kfree(timer);
}

static void delete_twice(void)
{
	LIST_HEAD(head);
	LIST_HEAD(node);

	list_add(&node, &head);
	list_del(&node);
	list_del(&node);
}

/* The harness shortens the time after which it is reported. */
static void hang(void)
{
	set_current_state(TASK_UNINTERRUPTIBLE);
	schedule_timeout(20 * HZ);
}

static unsigned int both;

static int count_both(void *end)
{
	while (time_before(jiffies, (unsigned long)end)) {
		both++;
		barrier();
		cond_resched();
	}
	return 0;
}

/* For long enough: a CPU watches few of its accesses. */
static void count_unlocked(void)
{
	void *end = (void *)(jiffies + 10 * HZ);
	struct task_struct *task[2];
	unsigned int i;

	for (i = 0; i < 2; i++) {
		task[i] = kthread_create_on_cpu(count_both, end, i, "count/%u");
		if (IS_ERR(task[i]))
			return;
		get_task_struct(task[i]);
		wake_up_process(task[i]);
	}
	msleep_interruptible(11000);
	for (i = 0; i < 2; i++) {
		kthread_stop(task[i]);
		put_task_struct(task[i]);
	}
	pr_info("counted to %u\n", both);
}

static const struct {
	const char *name;
	void (*make)(void);
} bugs[] = {
	{ "uaf", use_after_free },
	{ "atomic", sleep_in_atomic },
	{ "inversion", invert_locks },
	{ "rcu", read_unlocked },
	{ "leak", leak_memory },
	{ "poison", write_after_free },
	{ "ubsan", shift_too_far },
	{ "object", free_armed_timer },
	{ "list", delete_twice },
	{ "hung", hang },
	{ "race", count_unlocked },
};

static int __init control_init(void)
{
	unsigned int i;

	for (i = 0; i < ARRAY_SIZE(bugs); i++) {
		if (!strcmp(bug, bugs[i].name)) {
			bugs[i].make();
			return 0;
		}
	}
	return -EINVAL;
}
module_init(control_init);

static void __exit control_exit(void)
{
}
module_exit(control_exit);

MODULE_DESCRIPTION("Deliberate bugs to test the test harness");
MODULE_LICENSE("GPL");
