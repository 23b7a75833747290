// SPDX-License-Identifier: GPL-2.0-only
/* Self-test of connections in their table: keys, membership, expiry. */

#include <linux/bitmap.h>
#include <linux/in.h>
#include <linux/vmalloc.h>

#define TEST_CONNS 2000
#define SOON 100 /* seconds */
#define SUBJECT "conn"

/**
 * struct trial - A table with connections 0 to TEST_CONNS - 1 in it.
 * @table: Table, whose worker does not run.
 * @dest: Real server of all; kept for those that RCU has yet to free.
 * @seen: Connections that a walk came to.
 */
struct trial {
	struct lb_conn_table *table;
	struct lb_dest *dest;
	unsigned long *seen;
};

static bool check(bool ok, const char *what)
{
	if (!ok)
		pr_err("selftest: conn: %s\n", what);
	return ok;
}

/* Every other one has both directions in the table, every third is IPv6. */
static void fill_cfg(const struct trial *t, struct lb_conn_cfg *cfg, u32 i)
{
	memset(cfg, 0, sizeof(*cfg));
	cfg->tuple.saddr = htonl(0x0a000000 + i);
	cfg->tuple.daddr = htonl(0xc0a8016f);
	cfg->tuple.sport = htons(1024 + i);
	cfg->tuple.dport = htons(80);
	cfg->tuple.proto = IPPROTO_TCP;
	if (i % 3 == 0) {
		cfg->tuple.saddr6.s6_addr32[3] = cfg->tuple.saddr;
		cfg->tuple.daddr6.s6_addr32[3] = cfg->tuple.daddr;
		lb_tuple_fold(&cfg->tuple);
	}
	cfg->dest = t->dest;
	cfg->dport = htons(8080);
	cfg->forward = i & 1 ? LB_FORWARD_NAT : LB_FORWARD_DR;
	cfg->timeout = lb_ticks(SOON + i);
}

/* What the server's packets look like. */
static void fill_reply_of(const struct trial *t, const struct lb_conn_cfg *cfg,
			  struct lb_tuple *reply)
{
	const union lb_addr *addr = &t->dest->key.addr;

	lb_tuple_invert(reply, &cfg->tuple);
	reply->saddr = addr->ip;
	reply->sport = cfg->dport;
	if (!reply->ipv6)
		return;
	reply->saddr6 = addr->ip6;
	lb_tuple_fold(reply);
}

static struct lb_conn *make_bh(const struct trial *t,
			       const struct lb_conn_cfg *cfg, bool *made)
{
	struct lb_conn_cfg hashed = *cfg;
	struct lb_conn *conn;

	hashed.hash = lb_conn_hash(t->table, &cfg->tuple);
	local_bh_disable();
	rcu_read_lock();
	conn = lb_conn_create(t->table, &hashed, made);
	rcu_read_unlock();
	local_bh_enable();
	return conn;
}

static struct lb_conn *create_bh(const struct trial *t,
				 const struct lb_conn_cfg *cfg)
{
	struct lb_conn *conn;
	bool made;

	conn = make_bh(t, cfg, &made);
	return check(IS_ERR(conn) || made, "is it new") ? conn : NULL;
}

static bool kill_bh(const struct trial *t, struct lb_conn *conn)
{
	bool first;

	local_bh_disable();
	rcu_read_lock();
	first = lb_conn_kill(t->table, conn);
	rcu_read_unlock();
	local_bh_enable();
	return first;
}

/* The pointer is for comparison only, unless the caller keeps it alive. */
static struct lb_conn *find_bh(const struct trial *t,
			       const struct lb_tuple *tuple, enum lb_dir dir)
{
	enum lb_dir found = dir;
	struct lb_conn *conn;

	local_bh_disable();
	rcu_read_lock();
	conn = lb_conn_find(t->table, tuple, lb_conn_hash(t->table, tuple),
			    &found);
	rcu_read_unlock();
	local_bh_enable();
	return found == dir ? conn : NULL;
}

static struct lb_conn *find_nth(const struct trial *t, u32 i)
{
	struct lb_conn_cfg cfg;

	fill_cfg(t, &cfg, i);
	return find_bh(t, &cfg.tuple, LB_DIR_ORIG);
}

/* Where the server's packets would lead. */
static struct lb_conn *find_reply(const struct trial *t, u32 i)
{
	struct lb_tuple reply;
	struct lb_conn_cfg cfg;

	fill_cfg(t, &cfg, i);
	fill_reply_of(t, &cfg, &reply);
	return find_bh(t, &reply, LB_DIR_REPLY);
}

static bool is_there(const struct trial *t, u32 i)
{
	struct lb_conn *conn = find_nth(t, i);

	return conn && find_reply(t, i) == (i & 1 ? conn : NULL);
}

static bool is_absent(const struct trial *t, u32 i)
{
	return !find_nth(t, i) && !find_reply(t, i);
}

static bool are_there(const struct trial *t, const char *what)
{
	u32 i;

	for (i = 0; i < TEST_CONNS; i++)
		if (!is_there(t, i))
			return check(false, what);
	return true;
}

/* Nobody but the test is to resize and sweep. */
static void stop_worker(const struct trial *t)
{
	cancel_delayed_work_sync(&t->table->nodes.work);
	WRITE_ONCE(t->table->nodes.growing, true);
}

static bool fill_table(const struct trial *t)
{
	struct lb_conn_cfg cfg;
	u32 i;

	for (i = 0; i < TEST_CONNS; i++) {
		fill_cfg(t, &cfg, i);
		if (!check(!IS_ERR(create_bh(t, &cfg)), "create"))
			return false;
		if (!i)
			stop_worker(t);
	}
	return true;
}

/* A bit of a tuple is flipped: another key, and another hash? */
static bool test_flip(const struct trial *t, const struct lb_tuple *a, u32 bit,
		      bool compared, bool hashed)
{
	struct lb_tuple b = *a;

	((u8 *)&b)[bit / 8] ^= BIT(bit % 8);
	return check(lb_conn_dir_is_key(&a->key, &b.key) != compared,
		     "which bytes are the key") &&
	       check((lb_conn_hash(t->table, a) ==
		      lb_conn_hash(t->table, &b)) != hashed,
		     "which bytes are hashed");
}

static bool test_key(const struct trial *t)
{
	struct lb_conn_cfg cfg;
	bool is_dir, ok = true;
	u32 bit;

	fill_cfg(t, &cfg, 4711);
	for (bit = 0; ok && bit < sizeof(struct lb_key) * 8; bit++) {
		is_dir = bit / 8 == offsetof(struct lb_key, dir);
		if (bit / 8 != offsetof(struct lb_key, ipv6))
			ok = test_flip(t, &cfg.tuple, bit, !is_dir, true);
	}
	fill_cfg(t, &cfg, 4713);
	for (; ok && bit < sizeof(struct lb_tuple) * 8; bit++)
		ok = test_flip(t, &cfg.tuple, bit, false, true);
	return ok;
}

/* As if another CPU had made it of the same packets, for the same or for a
 * different port.
 */
static bool test_twice(const struct trial *t, u32 i, u16 port)
{
	struct lb_conn *conn = find_nth(t, i);
	struct lb_tuple reply;
	struct lb_conn_cfg cfg;
	bool made;

	fill_cfg(t, &cfg, i);
	cfg.dport = htons(port);
	fill_reply_of(t, &cfg, &reply);
	return check(make_bh(t, &cfg, &made) == conn && !made,
		     "made twice") &&
	       check(port == 8080 || !find_bh(t, &reply, LB_DIR_REPLY),
		     "what making it twice leaves behind") &&
	       check(lb_conn_count(t->table) == TEST_CONNS &&
		     atomic_read(&t->dest->conns) == TEST_CONNS &&
		     is_there(t, i), "count after making one twice");
}

static bool test_members(const struct trial *t)
{
	return are_there(t, "a connection is not found") &&
	       check(is_absent(t, TEST_CONNS), "a stranger is found") &&
	       check(lb_conn_count(t->table) == TEST_CONNS, "count") &&
	       test_twice(t, 6, 8080) && test_twice(t, 7, 8080) &&
	       test_twice(t, 7, 8081) &&
	       test_twice(t, 9, 8080) && test_twice(t, 9, 8081);
}

/* Two virtual addresses, one server: the older connection wins until it is
 * over.
 */
static bool test_clash(const struct trial *t)
{
	struct lb_conn *old = find_nth(t, 11);
	struct lb_conn_cfg cfg;
	struct lb_conn *conn;

	fill_cfg(t, &cfg, 11);
	cfg.tuple.daddr = htonl(0xc0a80170);
	if (!check(create_bh(t, &cfg) == ERR_PTR(-EEXIST), "clash") ||
	    !check(is_there(t, 11) && lb_conn_count(t->table) == TEST_CONNS &&
		   !find_bh(t, &cfg.tuple, LB_DIR_ORIG),
		   "what a clash leaves behind"))
		return false;

	WRITE_ONCE(old->state, LB_STATE_TIME_WAIT);
	conn = create_bh(t, &cfg);
	if (!check(!IS_ERR(conn) && !find_nth(t, 11) &&
		   find_reply(t, 11) == conn,
		   "clash with one that is over") ||
	    !check(kill_bh(t, conn) && is_absent(t, 11), "kill"))
		return false;

	fill_cfg(t, &cfg, 11);
	return check(!IS_ERR(create_bh(t, &cfg)) && is_there(t, 11) &&
		     lb_conn_count(t->table) == TEST_CONNS, "make again");
}

static bool resize_to(const struct trial *t, u32 size)
{
	struct lb_table *nodes = &t->table->nodes;

	mutex_lock(&nodes->resize);
	lb_table_resize(nodes, size);
	mutex_unlock(&nodes->resize);
	return check(lb_conn_table_size(t->table) == size, "resize") &&
	       are_there(t, "a resize lost a connection");
}

static bool test_resize(const struct trial *t)
{
	return resize_to(t, 4 * LB_TABLE_MIN) && resize_to(t, LB_TABLE_MIN);
}

static int note_conn(struct lb_conn *conn, void *arg)
{
	u32 i = ntohl(conn->orig.key.saddr) - 0x0a000000;
	struct trial *t = arg;

	return check(!__test_and_set_bit(i, t->seen), "walked twice") ?
	       0 : -EINVAL;
}

static bool note_all(struct lb_conn *conn, void *arg)
{
	return note_conn(conn, arg);
}

/* Each connection is met once, although it may have two nodes. */
static bool test_walk(struct trial *t)
{
	struct lb_table_cursor cursor = {};
	int err;

	err = lb_conn_walk(t->table, &cursor, note_conn, t);
	if (!check(!err && bitmap_full(t->seen, TEST_CONNS), "walk"))
		return false;

	bitmap_zero(t->seen, TEST_CONNS);
	local_bh_disable();
	rcu_read_lock();
	lb_conn_scan(t->table, 5, U32_MAX, note_all, t);
	rcu_read_unlock();
	local_bh_enable();
	return check(bitmap_full(t->seen, TEST_CONNS), "scan");
}

/* As if so many seconds had passed. */
static void sweep_at(const struct trial *t, u32 start, u32 seconds)
{
	struct lb_table *nodes = &t->table->nodes;

	mutex_lock(&nodes->resize);
	lb_table_sweep(nodes, start + lb_ticks(seconds));
	mutex_unlock(&nodes->resize);
}

/* Those that were touched end before the others, which end in their order. */
static bool test_expiry(const struct trial *t)
{
	const u32 half = TEST_CONNS / 2;
	u32 start = lb_now();
	u32 i;

	for (i = 0; i < TEST_CONNS; i++) {
		local_bh_disable();
		rcu_read_lock();
		lb_conn_touch(t->table, find_nth(t, i),
			      lb_ticks(i % 100 ? 2 * SOON + i : SOON / 2));
		rcu_read_unlock();
		local_bh_enable();
	}
	sweep_at(t, start, SOON);
	for (i = 0; i < TEST_CONNS; i++)
		if (!check(i % 100 ? is_there(t, i) : is_absent(t, i),
			   "expiry of a few"))
			return false;

	sweep_at(t, start, 2 * SOON + half);
	for (i = 1; i < half - 5; i++)
		if (!check(is_absent(t, i), "expiry of half"))
			return false;
	for (i = half + 5; i < TEST_CONNS; i++)
		if (!check(i % 100 == 0 || is_there(t, i), "expiry of half"))
			return false;
	return true;
}

static bool test_touch(const struct trial *t)
{
	struct lb_conn *conn;
	u32 before;
	bool ok;

	local_bh_disable();
	rcu_read_lock();
	conn = find_nth(t, TEST_CONNS - 1);
	lb_conn_touch(t->table, conn, lb_ticks(1000));
	before = ++conn->expires;
	lb_conn_touch(t->table, conn, lb_ticks(1000));
	ok = check(conn->expires == before, "touch wrote without need");
	lb_conn_touch(t->table, conn, lb_ticks(1001));
	ok = ok && check(conn->expires != before, "touch");
	rcu_read_unlock();
	local_bh_enable();
	return ok;
}

static bool test_empty(const struct trial *t)
{
	sweep_at(t, lb_now(), LB_TIMEOUT_MAX);
	return check(!lb_conn_count(t->table), "count after all ended");
}

/* Nor longer, once the connection is done, while that still is there. */
static bool test_detach(const struct trial *t)
{
	struct lb_conn *template, *conn;
	u32 start = lb_now();
	struct lb_conn_cfg cfg;

	fill_cfg(t, &cfg, 1);
	cfg.tuple.template = 1;
	cfg.timeout = lb_ticks(SOON);
	template = create_bh(t, &cfg);
	stop_worker(t);
	fill_cfg(t, &cfg, 1);
	cfg.template = template;
	cfg.timeout = lb_ticks(4 * SOON);
	conn = IS_ERR(template) ? NULL : create_bh(t, &cfg);
	if (!check(!IS_ERR_OR_NULL(conn) && conn->persistent, "persistent"))
		return false;

	sweep_at(t, start, 2 * SOON);
	local_bh_disable();
	rcu_read_lock();
	lb_conn_detach(t->table, conn);
	rcu_read_unlock();
	local_bh_enable();
	sweep_at(t, start, 2 * SOON);
	if (!check(lb_conn_count(t->table) == 1 && is_there(t, 1),
		   "template with a connection that is done"))
		return false;
	sweep_at(t, start, 5 * SOON);
	return check(!lb_conn_count(t->table), "detached connection");
}

/* A template lives as long as a connection that counts for it. */
static bool test_template(const struct trial *t)
{
	u32 start = lb_now();
	struct lb_conn *template;
	struct lb_conn_cfg cfg;

	fill_cfg(t, &cfg, 1);
	cfg.tuple.template = 1;
	cfg.timeout = lb_ticks(SOON);
	template = create_bh(t, &cfg);
	stop_worker(t);
	if (!check(!IS_ERR(template) && is_absent(t, 1), "template") ||
	    !check(atomic_read(&t->dest->templates) == 1 &&
		   !atomic_read(&t->dest->conns), "count of templates"))
		return false;

	fill_cfg(t, &cfg, 1);
	cfg.template = template;
	cfg.timeout = lb_ticks(4 * SOON);
	if (!check(!IS_ERR(create_bh(t, &cfg)), "connection of template"))
		return false;
	sweep_at(t, start, 2 * SOON);
	if (!check(lb_conn_count(t->table) == 2, "template ended too soon"))
		return false;
	sweep_at(t, start, 5 * SOON);
	sweep_at(t, start, 5 * SOON);
	return check(!lb_conn_count(t->table), "template does not end") &&
	       test_detach(t);
}

/* Return whether it was not there before. */
static bool create_nth(const struct trial *t, u32 i, u32 timeout)
{
	struct lb_conn_cfg cfg;
	bool made;

	fill_cfg(t, &cfg, i);
	cfg.timeout = timeout;
	make_bh(t, &cfg, &made);
	return made;
}

static bool kill_nth(const struct trial *t, u32 i)
{
	struct lb_conn *conn;
	bool first;

	rcu_read_lock();
	conn = find_nth(t, i);
	first = conn && kill_bh(t, conn);
	rcu_read_unlock();
	return first;
}

static bool hasten_nth(const struct trial *t, u32 i)
{
	struct lb_conn *conn;

	local_bh_disable();
	rcu_read_lock();
	conn = find_nth(t, i);
	if (conn)
		lb_conn_touch(t->table, conn, 0);
	rcu_read_unlock();
	local_bh_enable();
	return conn;
}

static u32 number_of(const struct lb_node *node)
{
	const struct lb_conn *conn = lb_conn_of(dir_of(node));

	return ntohl(conn->orig.key.saddr) - 0x0a000000;
}

static struct lb_table *nodes_of(const struct trial *t)
{
	return &t->table->nodes;
}

#include "stress.c"

static bool test_leftovers(const struct trial *t)
{
	return check(refcount_read(&t->dest->ref) == 1 &&
		     !atomic_read(&t->dest->conns) &&
		     !atomic_read(&t->dest->active) &&
		     !atomic_read(&t->dest->templates),
		     "counts of the real server at the end");
}

static int run_trial(struct trial *t)
{
	refcount_set(&t->dest->ref, 1);
	t->dest->key.addr.ip = htonl(0xac10206e);

	if (!test_key(t) || !fill_table(t) || !test_members(t) ||
	    !test_clash(t) || !test_resize(t) || !test_walk(t) ||
	    !test_expiry(t) || !test_touch(t) || !test_empty(t) ||
	    !test_template(t) || (lb_table_stress && test_stress(t)) ||
	    !test_leftovers(t))
		return -EINVAL;
	return 0;
}

static int run_with_table(struct trial *t)
{
	int err;

	t->table = lb_conn_table_alloc(NULL, NULL);
	if (!t->table)
		return -ENOMEM;
	err = run_trial(t);
	lb_conn_table_free(t->table);
	rcu_barrier();
	return err;
}

/**
 * lb_conn_selftest() - Check connections and how they are found.
 *
 * Return: 0, -EINVAL or -ENOMEM.
 */
int __init lb_conn_selftest(void)
{
	struct trial t = {};
	int err;

	err = lb_conn_init();
	if (err)
		return err;
	t.dest = kzalloc(sizeof(*t.dest), GFP_KERNEL);
	t.seen = bitmap_zalloc(TEST_CONNS, GFP_KERNEL);
	err = t.dest && t.seen ? run_with_table(&t) : -ENOMEM;
	bitmap_free(t.seen);
	kfree(t.dest);
	lb_conn_exit();
	return err;
}
