/* SPDX-License-Identifier: GPL-2.0-only */
/* Counters of real servers, their rates, and the tallies of a namespace. */
#ifndef _LB_STATS_H
#define _LB_STATS_H

#include <linux/percpu.h>
#include <linux/u64_stats_sync.h>

#include "lb.h"

/**
 * struct lb_tally - What a namespace counts, one per CPU.
 * @drop: Packets dropped, by reason.
 * @path: Packets of connections, by the path they took.
 * @sync: For 32-bit readers.
 */
struct lb_tally {
	u64_stats_t drop[LB_DROP_MAX + 1];
	u64_stats_t path[LB_PATH_MAX + 1];
	struct u64_stats_sync sync;
};

/** struct lb_stats_cpu - One CPU's share of a struct lb_stats. */
struct lb_stats_cpu {
	u64_stats_t conns;
	u64_stats_t in_pkts;
	u64_stats_t out_pkts;
	u64_stats_t in_bytes;
	u64_stats_t out_bytes;
	struct u64_stats_sync sync;
};

/**
 * struct lb_meter - What a real server counts.
 * @cpu: Counts since creation, written by packets.
 * @base: Counts at the last zeroing; cfg_lock.
 * @last: Counts at the last estimation; only the estimator uses it.
 * @rate: Moving averages a second, scaled by 1 << LB_RATE_SHIFT; the estimator
 *	and zeroing write them under cfg_lock.
 */
struct lb_meter {
	struct lb_stats_cpu __percpu *cpu;
	struct lb_stats base;
	struct lb_stats last;
	struct lb_stats rate;
};

#define LB_RATE_SHIFT 10
#define LB_RATE_PERIOD 2 /* seconds */

/** lb_stats_conn() - Count a connection. Bottom halves are off. */
static inline void lb_stats_conn(struct lb_meter *meter)
{
	struct lb_stats_cpu *s = this_cpu_ptr(meter->cpu);

	u64_stats_update_begin(&s->sync);
	u64_stats_inc(&s->conns);
	u64_stats_update_end(&s->sync);
}

/** lb_stats_in() - Count a packet of @len bytes to the server. BH off. */
static inline void lb_stats_in(struct lb_meter *meter, unsigned int len)
{
	struct lb_stats_cpu *s = this_cpu_ptr(meter->cpu);

	u64_stats_update_begin(&s->sync);
	u64_stats_inc(&s->in_pkts);
	u64_stats_add(&s->in_bytes, len);
	u64_stats_update_end(&s->sync);
}

/** lb_stats_out() - Count a packet of @len bytes from the server. BH off. */
static inline void lb_stats_out(struct lb_meter *meter, unsigned int len)
{
	struct lb_stats_cpu *s = this_cpu_ptr(meter->cpu);

	u64_stats_update_begin(&s->sync);
	u64_stats_inc(&s->out_pkts);
	u64_stats_add(&s->out_bytes, len);
	u64_stats_update_end(&s->sync);
}

int lb_stats_init(struct lb_meter *meter, gfp_t gfp);
void lb_stats_exit(struct lb_meter *meter);
void lb_stats_add_cpu(const struct lb_meter *meter, int cpu,
		      struct lb_stats *sum);
void lb_stats_read(const struct lb_meter *meter, struct lb_stats *sum);
void lb_stats_add_rate(const struct lb_meter *meter, struct lb_stats *sum);
void lb_stats_zero_rate(struct lb_meter *meter);
void lb_stats_zero(struct lb_meter *meter);
void lb_stats_estimate(struct lb_meter *meter);
void lb_stats_add(struct lb_stats *sum, const struct lb_stats *more);
void lb_stats_sub(struct lb_stats *sum, const struct lb_stats *less);

/** lb_stats_path() - Count a packet of a connection by its path. BH off. */
static inline void lb_stats_path(struct lb_net *lbn, enum lb_path path)
{
	struct lb_tally *t = this_cpu_ptr(lbn->tally);

	u64_stats_update_begin(&t->sync);
	u64_stats_inc(&t->path[path]);
	u64_stats_update_end(&t->sync);
}

int lb_stats_alloc_tally(struct lb_net *lbn);
void lb_stats_free_tally(struct lb_net *lbn);
void lb_stats_drop(struct lb_net *lbn, enum lb_drop reason);
u64 lb_stats_drops(const struct lb_net *lbn, enum lb_drop reason);
u64 lb_stats_paths(const struct lb_net *lbn, enum lb_path path);

#endif /* _LB_STATS_H */
