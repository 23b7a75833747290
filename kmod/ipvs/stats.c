// SPDX-License-Identifier: GPL-2.0-only
/* What IPVS shows below /proc/net: counts, and how full the tables are. */

#include <linux/rhashtable.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "conn.h"
#include "ipvs/lb_ipvs.h"

static void show_counts(struct seq_file *seq, const struct lb_stats *sum)
{
	seq_printf(seq, "%8llX %8llX %8llX %16llX %16llX\n", sum->conns,
		   sum->in_pkts, sum->out_pkts, sum->in_bytes, sum->out_bytes);
}

/**
 * lb_ipvs_stats_show() - /proc/net/ip_vs_stats.
 * @seq: File.
 * @v: Not used.
 *
 * Return: 0.
 */
int lb_ipvs_stats_show(struct seq_file *seq, void *v)
{
	struct lb_net *lbn = lb_net_get(seq_file_single_net(seq));
	struct lb_stats sum = {}, rate = {};

	mutex_lock(&lbn->cfg_lock);
	lb_svc_read_all(lbn, false, &sum, &rate);
	mutex_unlock(&lbn->cfg_lock);

	seq_puts(seq, "   Total Incoming Outgoing         Incoming         Outgoing\n");
	seq_puts(seq, "   Conns  Packets  Packets            Bytes            Bytes\n");
	show_counts(seq, &sum);
	seq_putc(seq, '\n');
	seq_puts(seq, " Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n");
	lb_ipvs_show_scale(&rate);
	show_counts(seq, &rate);
	return 0;
}

/* Anybody may ask, so it is done no more than once a second. */
static void count_cpus(struct lb_net *lbn, struct lb_ipvs_net *own)
{
	struct lb_dest *dest;
	struct lb_svc *svc;
	unsigned long id;
	int cpu;

	if (own->counted_at &&
	    time_before64(get_jiffies_64(), own->counted_at + HZ))
		return;
	for_each_possible_cpu(cpu)
		memset(per_cpu_ptr(own->cpus, cpu), 0, sizeof(struct lb_stats));
	xa_for_each(&lbn->svcs, id, svc)
		list_for_each_entry(dest, &svc->dests, list) {
			for_each_possible_cpu(cpu)
				lb_stats_add_cpu(&dest->meter, cpu,
						 per_cpu_ptr(own->cpus, cpu));
			cond_resched();
		}
	own->counted_at = get_jiffies_64();
}

static u64 excess(u64 count, u64 known)
{
	return count > known ? count - known : 0;
}

/* What real servers counted that are no more is not known by CPU: the first has
 * it.
 */
static void add_past(struct lb_ipvs_net *own, const struct lb_stats *sum)
{
	struct lb_stats known = {}, rest;
	int cpu;

	for_each_possible_cpu(cpu)
		lb_stats_add(&known, per_cpu_ptr(own->cpus, cpu));
	rest.conns = excess(sum->conns, known.conns);
	rest.in_pkts = excess(sum->in_pkts, known.in_pkts);
	rest.out_pkts = excess(sum->out_pkts, known.out_pkts);
	rest.in_bytes = excess(sum->in_bytes, known.in_bytes);
	rest.out_bytes = excess(sum->out_bytes, known.out_bytes);
	cpu = cpumask_first(cpu_possible_mask);
	lb_stats_add(per_cpu_ptr(own->cpus, cpu), &rest);
}

/**
 * lb_ipvs_stats_show_cpus() - /proc/net/ip_vs_stats_percpu.
 * @seq: File.
 * @v: Not used.
 *
 * Return: 0.
 */
int lb_ipvs_stats_show_cpus(struct seq_file *seq, void *v)
{
	struct net *net = seq_file_single_net(seq);
	struct lb_ipvs_net *own = lb_ipvs_net_get(net);
	struct lb_stats sum = {}, rate = {};
	struct lb_net *lbn = lb_net_get(net);
	int cpu;

	seq_puts(seq, "       Total Incoming Outgoing         Incoming         Outgoing\n");
	seq_puts(seq, "CPU    Conns  Packets  Packets            Bytes            Bytes\n");
	mutex_lock(&lbn->cfg_lock);
	lb_svc_read_all(lbn, false, &sum, &rate);
	count_cpus(lbn, own);
	add_past(own, &sum);
	for_each_possible_cpu(cpu) {
		seq_printf(seq, "%3X ", cpu);
		show_counts(seq, per_cpu_ptr(own->cpus, cpu));
	}
	mutex_unlock(&lbn->cfg_lock);

	seq_puts(seq, "  ~ ");
	show_counts(seq, &sum);
	seq_putc(seq, '\n');
	seq_puts(seq, "     Conns/s   Pkts/s   Pkts/s          Bytes/s          Bytes/s\n");
	seq_puts(seq, "    ");
	lb_ipvs_show_scale(&rate);
	show_counts(seq, &rate);
	return 0;
}

/* Chains of so many nodes are told apart; the last has the longer ones, too. */
#define LENGTHS 8

static void show_lengths(struct seq_file *seq, const char *what,
			 const u32 *counts)
{
	u64 used = 0;
	int i;

	for (i = 1; i < LENGTHS; i++)
		used += counts[i];
	seq_printf(seq, "%s buckets empty:\t%u (%llu%%)\n", what, counts[0],
		   div64_u64(counts[0] * 100ULL, max(used + counts[0], 1ULL)));
	for (i = 1; i < LENGTHS; i++)
		if (counts[i])
			seq_printf(seq, "%s buckets len-%d:\t%u (%llu%%)\n",
				   what, i, counts[i],
				   div64_u64(counts[i] * 100ULL, used));
}

/* The load factor is the shift from entries to buckets when a table grows. */
static void show_size(struct seq_file *seq, const char *what, u32 size,
		      int factor)
{
	seq_printf(seq, "%s buckets:\t%u (%d bits, lfactor %d)\n", what, size,
		   size ? ilog2(size) : 0, size ? factor : 0);
}

static void show_conn_table(struct seq_file *seq, struct lb_conn_table *table)
{
	u32 conns = table ? lb_conn_count(table) : 0;
	u32 counts[LENGTHS] = {};

	seq_printf(seq, "Conns:\t%u\n", conns);
	show_size(seq, "Conn", table ? lb_conn_table_size(table) : 0, -1);
	if (!conns)
		return;
	lb_conn_table_lengths(table, counts, LENGTHS);
	show_lengths(seq, "Conn", counts);
}

static void count_services(const struct bucket_table *tbl, u32 *counts)
{
	const struct rhash_head *pos;
	u32 i, n;

	for (i = 0; i < tbl->size; i++) {
		n = 0;
		rht_for_each_rcu(pos, tbl, i)
			n++;
		counts[min_t(u32, n, LENGTHS - 1)]++;
	}
}

static void show_svc_table(struct seq_file *seq, struct lb_net *lbn)
{
	const struct bucket_table *tbl;
	u32 counts[LENGTHS] = {};
	u32 size = 0;

	if (lb_net_conns(lbn)) {
		rcu_read_lock();
		tbl = rht_dereference_rcu(lbn->svc_table.tbl, &lbn->svc_table);
		size = tbl->size;
		count_services(tbl, counts);
		rcu_read_unlock();
	}
	seq_printf(seq, "Services:\t%u\n", READ_ONCE(lbn->num_svcs));
	show_size(seq, "Service", size, 0);
	if (READ_ONCE(lbn->num_svcs))
		show_lengths(seq, "Service", counts);
}

/**
 * lb_ipvs_stats_show_status() - /proc/net/ip_vs_status.
 * @seq: File.
 * @v: Not used.
 *
 * There are no threads for estimation.
 *
 * Return: 0.
 */
int lb_ipvs_stats_show_status(struct seq_file *seq, void *v)
{
	struct lb_net *lbn = lb_net_get(seq_file_single_net(seq));

	show_conn_table(seq, lb_net_conns(lbn));
	show_svc_table(seq, lbn);
	seq_puts(seq, "Stats thread slots:\t0 (max 0)\n");
	seq_puts(seq, "Stats chain max len:\t0\n");
	seq_puts(seq, "Stats thread ests:\t0\n");
	return 0;
}
