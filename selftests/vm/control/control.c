// SPDX-License-Identifier: GPL-2.0-only
/*
 * Deliberate bugs, one for each check of the debug kernel: what the harness
 * does not report here, it would not report of lb either.
 */
#include <linux/module.h>
#include <linux/mutex.h>
#include <linux/rcupdate.h>
#include <linux/slab.h>
#include <linux/spinlock.h>
#include <linux/timer.h>

static char *bug = "none";
module_param(bug, charp, 0444);
MODULE_PARM_DESC(bug, "uaf, atomic, inversion, rcu, leak, poison, ubsan or object");

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

static int __init control_init(void)
{
	if (!strcmp(bug, "uaf"))
		use_after_free();
	else if (!strcmp(bug, "atomic"))
		sleep_in_atomic();
	else if (!strcmp(bug, "inversion"))
		invert_locks();
	else if (!strcmp(bug, "rcu"))
		read_unlocked();
	else if (!strcmp(bug, "leak"))
		leak_memory();
	else if (!strcmp(bug, "poison"))
		write_after_free();
	else if (!strcmp(bug, "ubsan"))
		shift_too_far();
	else if (!strcmp(bug, "object"))
		free_armed_timer();
	return 0;
}
module_init(control_init);

static void __exit control_exit(void)
{
}
module_exit(control_exit);

MODULE_DESCRIPTION("Deliberate bugs to test the test harness");
MODULE_LICENSE("GPL");
