// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of round robin: who is picked, letter by letter. */

#include <linux/slab.h>

#define TEST_SERVERS 4

/**
 * struct bench - A scheduler, its servers, and what is picked.
 * @sched: The scheduler.
 * @list: The service's list.
 * @dest: Servers a, b, c and d, the order of the list.
 * @decoy: What a server that was removed leads to: e must never be picked.
 */
struct bench {
	struct lb_sched *sched;
	struct list_head list;
	struct lb_dest dest[TEST_SERVERS];
	struct lb_dest decoy;
};

static struct lb_sched *alloc_sched(const struct lb_sched_ops *ops,
				    const struct list_head *list)
{
	struct lb_sched *sched;

	sched = kzalloc(sizeof(*sched) + ops->priv_size, GFP_KERNEL);
	if (!sched)
		return NULL;
	spin_lock_init(&sched->lock);
	sched->ops = ops;
	sched->dests = list;
	return sched;
}

static void free_bench(struct bench *b)
{
	kfree(b->sched);
	kfree(b);
}

static struct bench *alloc_bench(const struct lb_sched_ops *ops,
				 const int *weights)
{
	struct bench *b = kzalloc(sizeof(*b), GFP_KERNEL);
	int i;

	if (!b)
		return NULL;
	b->sched = alloc_sched(ops, &b->list);
	if (!b->sched) {
		kfree(b);
		return NULL;
	}

	INIT_LIST_HEAD(&b->list);
	INIT_LIST_HEAD(&b->decoy.list);
	b->decoy.weight = INT_MAX;
	for (i = 0; i < TEST_SERVERS; i++) {
		b->dest[i].weight = weights[i];
		if (weights[i] >= 0)
			list_add_tail(&b->dest[i].list, &b->list);
	}
	lb_sched_changed(b->sched, NULL);
	return b;
}

static char pick_one(struct bench *b)
{
	const struct lb_dest *dest;

	local_bh_disable();
	rcu_read_lock();
	dest = b->sched->ops->pick(b->sched, NULL);
	rcu_read_unlock();
	local_bh_enable();
	if (dest == &b->decoy)
		return 'e';
	return dest ? 'a' + (dest - b->dest) : '-';
}

/* Each letter is who must be picked next; a dash is nobody. */
static int expect(struct bench *b, const char *what, const char *letters)
{
	size_t i;
	char c;

	for (i = 0; letters[i]; i++) {
		c = pick_one(b);
		if (c == letters[i])
			continue;
		pr_err("selftest: %s %s: pick %zu of %s is %c\n",
		       b->sched->ops->name, what, i, letters, c);
		return -EINVAL;
	}
	return 0;
}

/* Afterwards, the server may be freed. */
static void remove_dest(struct bench *b, int i)
{
	list_del_rcu(&b->dest[i].list);
	lb_sched_changed(b->sched, &b->dest[i]);
	b->dest[i].list.next = &b->decoy.list;
}

static void set_weight(struct bench *b, int i, int weight)
{
	b->dest[i].weight = weight;
	lb_sched_changed(b->sched, NULL);
}

/* As lb_dest_is_overloaded() sees a server at its upper threshold. */
static void set_overload(struct bench *b, int i, bool over)
{
	b->dest[i].upper = 1;
	b->dest[i].overload = over;
	atomic_set(&b->dest[i].conns, over);
}

/**
 * struct sequence - What a scheduler does by itself.
 * @what: Name.
 * @weights: Of a, b, c and d; a negative one is not there.
 * @letters: Who is picked, a cycle and some.
 */
struct sequence {
	const char *what;
	int weights[TEST_SERVERS];
	const char *letters;
};

static const struct sequence rr_sequences[] = {
	{ "four", { 1, 1, 1, 1 }, "abcdabcda" },
	{ "weights do not matter", { 7, 1, 2, 3 }, "abcdabcda" },
	{ "some drained", { 0, 1, 0, 1 }, "bdbdbd" },
	{ "one", { -1, 5, -1, -1 }, "bbb" },
	{ "all drained", { 0, 0, 0, 0 }, "--" },
	{ "none", { -1, -1, -1, -1 }, "--" },
};

static const struct sequence wrr_sequences[] = {
	{ "equal", { 1, 1, 1, 1 }, "abcdabcda" },
	{ "equal, two", { 2, 2, -1, -1 }, "ababab" },
	{ "4 3 2", { 4, 3, 2, -1 }, "aababcabcaababcabc" },
	{ "2 3 4", { 2, 3, 4, -1 }, "cbcabcabccbcabcabc" },
	{ "3 1", { 3, 1, -1, -1 }, "aaabaaab" },
	{ "1 5", { 1, 5, -1, -1 }, "bbbbabbbbbab" },
	{ "divisor", { 40, 30, 20, -1 }, "aababcabcaababcabc" },
	{ "divisor and rest", { 6, 4, -1, -1 }, "aababaabab" },
	{ "drained", { 4, 0, 2, 0 }, "aacaacaac" },
	{ "one", { -1, -1, 9, -1 }, "ccc" },
	{ "all drained", { 0, 0, 0, 0 }, "--" },
	{ "none", { -1, -1, -1, -1 }, "--" },
	{ "greatest", { INT_MAX, 0, INT_MAX, -1 }, "acacac" },
};

static int test_sequences(const struct lb_sched_ops *ops,
			  const struct sequence *s, size_t n)
{
	struct bench *b;
	int err = 0;

	for (; !err && n; n--, s++) {
		b = alloc_bench(ops, s->weights);
		if (!b)
			return -ENOMEM;
		err = expect(b, s->what, s->letters);
		free_bench(b);
	}
	return err;
}

static int rr_changes(struct bench *b)
{
	int err;

	err = expect(b, "first", "ab");
	remove_dest(b, 1);
	err = err ?: expect(b, "without b, picked last", "cdac");
	remove_dest(b, 0);
	err = err ?: expect(b, "without a", "dcd");
	remove_dest(b, 2);
	remove_dest(b, 3);
	err = err ?: expect(b, "without any", "--");
	list_add_rcu(&b->dest[0].list, &b->list);
	lb_sched_changed(b->sched, NULL);
	err = err ?: expect(b, "with a again", "aa");
	list_add_rcu(&b->dest[1].list, &b->list);
	lb_sched_changed(b->sched, NULL);
	err = err ?: expect(b, "with b before it", "bab");
	set_overload(b, 0, true);
	err = err ?: expect(b, "a overloaded", "bb");
	set_overload(b, 1, true);
	err = err ?: expect(b, "all overloaded", "--");
	set_overload(b, 0, false);
	return err ?: expect(b, "a not any more", "aa");
}

/* A pick may come between a removal and the scheduler's being told. */
static int rr_gone(struct bench *b)
{
	int err;

	err = expect(b, "first", "ab");
	list_del_rcu(&b->dest[1].list);
	err = err ?: expect(b, "cursor's server gone", "cdac");
	set_overload(b, 0, true);
	set_overload(b, 3, true);
	list_del_rcu(&b->dest[2].list);
	return err ?: expect(b, "gone, others overloaded", "--");
}

static int wrr_changes(struct bench *b)
{
	int err;

	err = expect(b, "first", "aaab");
	set_weight(b, 0, 0);
	err = err ?: expect(b, "a drained", "bbcbbcbbc");
	remove_dest(b, 1);
	err = err ?: expect(b, "without b", "ccc");
	set_weight(b, 2, 0);
	err = err ?: expect(b, "all drained", "--");
	set_weight(b, 0, 1);
	set_weight(b, 2, 1);
	err = err ?: expect(b, "equal", "acac");
	set_overload(b, 0, true);
	err = err ?: expect(b, "a overloaded", "ccc");
	set_overload(b, 2, true);
	err = err ?: expect(b, "all overloaded", "--");
	set_overload(b, 0, false);
	return err ?: expect(b, "a not any more", "aa");
}

/* Two thousand million levels without a usable server must not be tried one
 * after another.
 */
static int wrr_huge(struct bench *b)
{
	unsigned long start = jiffies;
	int err;

	set_overload(b, 0, true);
	err = expect(b, "huge weight overloaded", "bbcbbcbbc");
	set_overload(b, 0, false);
	err = err ?: expect(b, "huge weight", "aaaaaaaa");
	set_overload(b, 0, true);
	err = err ?: expect(b, "overloaded again", "bbcbbc");
	if (err || time_before(jiffies, start + HZ))
		return err;
	pr_err("selftest: wrr takes too long with a huge weight\n");
	return -EINVAL;
}

static int test_changes(const struct lb_sched_ops *ops, const int *weights,
			int (*test)(struct bench *b))
{
	struct bench *b = alloc_bench(ops, weights);
	int err;

	if (!b)
		return -ENOMEM;
	err = test(b);
	free_bench(b);
	return err;
}

/**
 * lb_sched_rr_selftest() - Check rr and wrr.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int lb_sched_rr_selftest(void)
{
	static const int ones[TEST_SERVERS] = { 1, 1, 1, 1 };
	static const int some[TEST_SERVERS] = { 4, 2, 1, -1 };
	static const int huge[TEST_SERVERS] = { INT_MAX, 2, 1, 0 };

	return test_sequences(&lb_sched_rr, rr_sequences,
			      ARRAY_SIZE(rr_sequences)) ?:
	       test_sequences(&lb_sched_wrr, wrr_sequences,
			      ARRAY_SIZE(wrr_sequences)) ?:
	       test_changes(&lb_sched_rr, ones, rr_changes) ?:
	       test_changes(&lb_sched_rr, ones, rr_gone) ?:
	       test_changes(&lb_sched_wrr, some, wrr_changes) ?:
	       test_changes(&lb_sched_wrr, huge, wrr_huge);
}
