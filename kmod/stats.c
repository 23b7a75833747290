// SPDX-License-Identifier: GPL-2.0-only
/* Counters of real servers, their rates, and the tallies of a namespace. */

#include <linux/export.h>

#include "stats.h"

/**
 * lb_stats_add() - Add counts.
 * @sum: Counts to add to.
 * @more: Counts to add.
 */
void lb_stats_add(struct lb_stats *sum, const struct lb_stats *more)
{
	sum->conns += more->conns;
	sum->in_pkts += more->in_pkts;
	sum->out_pkts += more->out_pkts;
	sum->in_bytes += more->in_bytes;
	sum->out_bytes += more->out_bytes;
}
EXPORT_SYMBOL_LB(lb_stats_add);

/**
 * lb_stats_sub() - Subtract counts.
 * @sum: Counts to subtract from.
 * @less: Counts to subtract, an earlier reading of what @sum contains.
 */
void lb_stats_sub(struct lb_stats *sum, const struct lb_stats *less)
{
	sum->conns -= less->conns;
	sum->in_pkts -= less->in_pkts;
	sum->out_pkts -= less->out_pkts;
	sum->in_bytes -= less->in_bytes;
	sum->out_bytes -= less->out_bytes;
}

/**
 * lb_stats_init() - Allocate counters.
 * @meter: Zeroed by the caller.
 * @gfp: How to allocate.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_stats_init(struct lb_meter *meter, gfp_t gfp)
{
	int cpu;

	meter->cpu = alloc_percpu_gfp(struct lb_stats_cpu, gfp);
	if (!meter->cpu)
		return -ENOMEM;

	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(meter->cpu, cpu)->sync);
	return 0;
}

/**
 * lb_stats_exit() - Free what lb_stats_init() allocated.
 * @meter: Nobody uses it any more.
 */
void lb_stats_exit(struct lb_meter *meter)
{
	free_percpu(meter->cpu);
}

/**
 * lb_stats_add_cpu() - Counts of one CPU since creation.
 * @meter: Counters.
 * @cpu: Number of the CPU.
 * @sum: Added to.
 */
void lb_stats_add_cpu(const struct lb_meter *meter, int cpu,
		      struct lb_stats *sum)
{
	const struct lb_stats_cpu *s = per_cpu_ptr(meter->cpu, cpu);
	struct lb_stats one;
	unsigned int start;

	do {
		start = u64_stats_fetch_begin(&s->sync);
		one.conns = u64_stats_read(&s->conns);
		one.in_pkts = u64_stats_read(&s->in_pkts);
		one.out_pkts = u64_stats_read(&s->out_pkts);
		one.in_bytes = u64_stats_read(&s->in_bytes);
		one.out_bytes = u64_stats_read(&s->out_bytes);
	} while (u64_stats_fetch_retry(&s->sync, start));
	lb_stats_add(sum, &one);
}
EXPORT_SYMBOL_LB(lb_stats_add_cpu);

static void read_cpus(const struct lb_meter *meter, struct lb_stats *sum)
{
	int cpu;

	memset(sum, 0, sizeof(*sum));
	for_each_possible_cpu(cpu)
		lb_stats_add_cpu(meter, cpu, sum);
}

/**
 * lb_stats_read() - Counts since the last zeroing.
 * @meter: Counters; the caller holds cfg_lock.
 * @sum: Filled.
 */
void lb_stats_read(const struct lb_meter *meter, struct lb_stats *sum)
{
	read_cpus(meter, sum);
	lb_stats_sub(sum, &meter->base);
}
EXPORT_SYMBOL_LB(lb_stats_read);

/**
 * lb_stats_zero_rate() - Start estimating from 0.
 * @meter: Counters; the caller holds cfg_lock.
 */
void lb_stats_zero_rate(struct lb_meter *meter)
{
	read_cpus(meter, &meter->last);
	memset(&meter->rate, 0, sizeof(meter->rate));
}

/**
 * lb_stats_zero() - Start counting from 0, rates too.
 * @meter: Counters; the caller holds cfg_lock.
 */
void lb_stats_zero(struct lb_meter *meter)
{
	lb_stats_zero_rate(meter);
	meter->base = meter->last;
}

static void move_average(u64 *rate, u64 now, u64 last)
{
	s64 recent = ((now - last) << LB_RATE_SHIFT) / LB_RATE_PERIOD;

	*rate += (recent - (s64)*rate) >> 2;
}

/**
 * lb_stats_estimate() - Move the rates; runs every LB_RATE_PERIOD seconds.
 * @meter: Counters; the caller holds cfg_lock.
 *
 * A quarter of the recent rate and three of the old: as IPVS shows it.
 */
void lb_stats_estimate(struct lb_meter *meter)
{
	struct lb_stats now;

	read_cpus(meter, &now);
	move_average(&meter->rate.conns, now.conns, meter->last.conns);
	move_average(&meter->rate.in_pkts, now.in_pkts, meter->last.in_pkts);
	move_average(&meter->rate.out_pkts, now.out_pkts,
		     meter->last.out_pkts);
	move_average(&meter->rate.in_bytes, now.in_bytes,
		     meter->last.in_bytes);
	move_average(&meter->rate.out_bytes, now.out_bytes,
		     meter->last.out_bytes);
	meter->last = now;
}

/**
 * lb_stats_add_rate() - Add the scaled rates.
 * @meter: Counters; the caller holds cfg_lock.
 * @sum: Added to, still scaled by 1 << LB_RATE_SHIFT.
 */
void lb_stats_add_rate(const struct lb_meter *meter, struct lb_stats *sum)
{
	lb_stats_add(sum, &meter->rate);
}
EXPORT_SYMBOL_LB(lb_stats_add_rate);

/**
 * lb_stats_alloc_tally() - A namespace is about to count packets.
 * @lbn: Namespace.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_stats_alloc_tally(struct lb_net *lbn)
{
	int cpu;

	lbn->tally = alloc_percpu_gfp(struct lb_tally, GFP_KERNEL_ACCOUNT);
	if (!lbn->tally)
		return -ENOMEM;
	for_each_possible_cpu(cpu)
		u64_stats_init(&per_cpu_ptr(lbn->tally, cpu)->sync);
	return 0;
}

/** lb_stats_free_tally() - The opposite; there may be none. */
void lb_stats_free_tally(struct lb_net *lbn)
{
	free_percpu(lbn->tally);
	lbn->tally = NULL;
}

/**
 * lb_stats_drop() - Count a dropped packet. Bottom halves are off.
 * @lbn: Namespace.
 * @reason: Why.
 */
void lb_stats_drop(struct lb_net *lbn, enum lb_drop reason)
{
	struct lb_tally *t = this_cpu_ptr(lbn->tally);

	u64_stats_update_begin(&t->sync);
	u64_stats_inc(&t->drop[reason]);
	u64_stats_update_end(&t->sync);
}

/* Sum one counter of a tally, at @offset, over all CPUs; there may be none. */
static u64 sum_tallies(const struct lb_net *lbn, size_t offset)
{
	const struct lb_tally *t;
	unsigned int start;
	u64 sum = 0, one;
	int cpu;

	if (!lbn->tally)
		return 0;
	for_each_possible_cpu(cpu) {
		t = per_cpu_ptr(lbn->tally, cpu);
		do {
			start = u64_stats_fetch_begin(&t->sync);
			one = u64_stats_read((const void *)t + offset);
		} while (u64_stats_fetch_retry(&t->sync, start));
		sum += one;
	}
	return sum;
}

/**
 * lb_stats_drops() - Packets dropped for one reason.
 * @lbn: Namespace.
 * @reason: Why.
 *
 * Return: Sum over all CPUs.
 */
u64 lb_stats_drops(const struct lb_net *lbn, enum lb_drop reason)
{
	return sum_tallies(lbn, offsetof(struct lb_tally, drop[reason]));
}

/**
 * lb_stats_paths() - Packets of connections that took one path.
 * @lbn: Namespace.
 * @path: Which.
 *
 * Return: Sum over all CPUs.
 */
u64 lb_stats_paths(const struct lb_net *lbn, enum lb_path path)
{
	return sum_tallies(lbn, offsetof(struct lb_tally, path[path]));
}
