// SPDX-License-Identifier: GPL-2.0-only
/* What IPVS shows below /proc/net: services and connections.
 *
 * A read takes up where the one before it stopped, by a place in the table and
 * not by a number to be counted to from the start, and holds nothing between.
 */

#include <linux/proc_fs.h>
#include <linux/rculist.h>
#include <linux/seq_file.h>
#include <linux/seq_file_net.h>

#include "conn.h"
#include "ipvs/lb_ipvs.h"

/**
 * struct place - Where a listing is; one of each open file.
 * @p: The namespace, as seq_file has it first.
 * @conn: Of connections.
 * @svc: Of services: the id of the next one.
 * @after: One more than the id of the real server of @svc that was listed last;
 *	0 if none was.
 * @begun: @svc was listed, but perhaps not all of its real servers.
 * @done: All was listed.
 */
struct place {
	struct seq_net_private p;
	struct lb_table_cursor conn;
	unsigned long svc;
	u64 after;
	bool begun;
	bool done;
};

static void *start(struct seq_file *seq, loff_t *pos)
{
	struct place *place = seq->private;

	if (!*pos) {
		memset(&place->conn, 0, sizeof(place->conn));
		place->svc = 0;
		place->begun = false;
		place->done = false;
		return SEQ_START_TOKEN;
	}
	return place->done ? NULL : place;
}

static void *next(struct seq_file *seq, void *v, loff_t *pos)
{
	struct place *place = seq->private;

	++*pos;
	return place->done ? NULL : place;
}

static void stop(struct seq_file *seq, void *v)
{
}

/* What is shown at once is as many rows as there is room for. A row without
 * room is taken back, and the next to come; if it is the only one, it is left,
 * for seq_file to see that there is none.
 */
static bool has_room(struct seq_file *seq, size_t first, size_t row)
{
	if (!seq_has_overflowed(seq))
		return true;
	if (row > first)
		seq->count = row;
	return false;
}

static const char *name_of_proto(u8 proto)
{
	switch (proto) {
	case IPPROTO_TCP:
		return "TCP";
	case IPPROTO_UDP:
		return "UDP";
	case IPPROTO_SCTP:
		return "SCTP";
	default:
		return "IP"; /* templates of services by mark */
	}
}

static const char *const states[LB_STATE_MAX + 1] = {
	[LB_STATE_NONE] = "NONE",
	[LB_STATE_ESTABLISHED] = "ESTABLISHED",
	[LB_STATE_SYN_SENT] = "SYN_SENT",
	[LB_STATE_SYN_RECV] = "SYN_RECV",
	[LB_STATE_FIN_WAIT] = "FIN_WAIT",
	[LB_STATE_TIME_WAIT] = "TIME_WAIT",
	[LB_STATE_CLOSE] = "CLOSE",
	[LB_STATE_CLOSE_WAIT] = "CLOSE_WAIT",
	[LB_STATE_LAST_ACK] = "LAST_ACK",
	[LB_STATE_LISTEN] = "LISTEN",
	[LB_STATE_SYNACK] = "SYNACK",
	[LB_STATE_UDP] = "UDP",
	[LB_STATE_SCTP_INIT1] = "INIT1",
	[LB_STATE_SCTP_INIT] = "INIT",
	[LB_STATE_SCTP_COOKIE_SENT] = "C-SENT",
	[LB_STATE_SCTP_COOKIE_REPLIED] = "C-REPLIED",
	[LB_STATE_SCTP_COOKIE_WAIT] = "C-WAIT",
	[LB_STATE_SCTP_COOKIE] = "COOKIE",
	[LB_STATE_SCTP_COOKIE_ECHOED] = "C-ECHOED",
	[LB_STATE_SCTP_ESTABLISHED] = "ESTABLISHED",
	[LB_STATE_SCTP_SHUTDOWN_SENT] = "S-SENT",
	[LB_STATE_SCTP_SHUTDOWN_RECEIVED] = "S-RECEIVED",
	[LB_STATE_SCTP_SHUTDOWN_ACK_SENT] = "S-ACK-SENT",
	[LB_STATE_SCTP_REJECTED] = "REJECTED",
	[LB_STATE_SCTP_CLOSED] = "CLOSED",
};

static u32 seconds_left(const struct lb_conn *conn)
{
	s32 ticks = READ_ONCE(conn->expires) - lb_now();

	return div_u64((u64)max(ticks, 0) << LB_TICK_SHIFT, HZ);
}

static void show_addr(struct seq_file *seq, bool ipv6,
		      const union lb_addr *addr)
{
	if (ipv6)
		seq_printf(seq, "%pI6", &addr->ip6);
	else
		seq_printf(seq, "%08X", ntohl(addr->ip));
}

/* What a connection's row has in both files. */
static void show_ends(struct seq_file *seq, const struct lb_conn *conn)
{
	const union lb_addr virtual = lb_conn_virtual(conn);
	const union lb_addr client = lb_conn_client(conn);
	const struct lb_key *key = &conn->orig.key;

	seq_printf(seq, "%-3s ", name_of_proto(key->proto));
	show_addr(seq, key->ipv6, &client);
	seq_printf(seq, " %04X ", key->template ? 0 : ntohs(key->sport));
	show_addr(seq, key->ipv6, &virtual);
	seq_printf(seq, " %04X ", ntohs(key->dport));
	show_addr(seq, lb_dest_is_ipv6(conn->dest), &conn->dest->key.addr);
	seq_printf(seq, " %04X %-11s ", ntohs(conn->dport),
		   states[READ_ONCE(conn->state)]);
}

static void show_conn(struct seq_file *seq, struct lb_conn *conn)
{
	const struct lb_call_id *id = lb_conn_ext(conn);

	show_ends(seq, conn);
	seq_printf(seq, "%7u", seconds_left(conn));
	if (conn->ext == LB_EXT_CALL_ID)
		seq_printf(seq, " sip %s", id->text);
	seq_putc(seq, '\n');
}

static void show_origin(struct seq_file *seq, struct lb_conn *conn)
{
	show_ends(seq, conn);
	seq_printf(seq, "%-6s %7u\n", lb_sync_is_heard(conn) ? "SYNC" : "LOCAL",
		   seconds_left(conn));
}

/**
 * struct rows - Rows of connections in the making.
 * @seq: File.
 * @first: Where the first of them is.
 * @show: Shows one.
 */
struct rows {
	struct seq_file *seq;
	size_t first;
	void (*show)(struct seq_file *seq, struct lb_conn *conn);
};

static int visit(struct lb_conn *conn, void *arg)
{
	struct rows *rows = arg;
	size_t row = rows->seq->count;

	rows->show(rows->seq, conn);
	return has_room(rows->seq, rows->first, row) ? 0 : -EAGAIN;
}

static void show_rows(struct seq_file *seq,
		      void (*show)(struct seq_file *seq, struct lb_conn *conn))
{
	struct lb_net *lbn = lb_net_get(seq_file_net(seq));
	struct rows rows = { .seq = seq, .first = seq->count, .show = show };
	struct lb_conn_table *table = lb_net_conns(lbn);
	struct place *place = seq->private;

	if (table)
		lb_conn_walk(table, &place->conn, visit, &rows);
	place->done = !table || place->conn.done;
}

static int show_conns(struct seq_file *seq, void *v)
{
	if (v == SEQ_START_TOKEN)
		seq_puts(seq, "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Expires PEName PEData\n");
	else
		show_rows(seq, show_conn);
	return 0;
}

static int show_origins(struct seq_file *seq, void *v)
{
	if (v == SEQ_START_TOKEN)
		seq_puts(seq, "Pro FromIP   FPrt ToIP     TPrt DestIP   DPrt State       Origin Expires\n");
	else
		show_rows(seq, show_origin);
	return 0;
}

static void show_title(struct seq_file *seq)
{
	const struct lb_net *lbn = lb_net_get(seq_file_net(seq));

	seq_printf(seq, "IP Virtual Server version %d.%d.%d (size=%d)\n",
		   NVERSION(IP_VS_VERSION_CODE), lb_ipvs_show_size(lbn));
	seq_puts(seq, "Prot LocalAddress:Port Scheduler Flags\n");
	seq_puts(seq, "  -> RemoteAddress:Port Forward Weight ActiveConn InActConn\n");
}

static void show_key(struct seq_file *seq, const struct lb_svc_key *key)
{
	if (key->fwmark)
		seq_printf(seq, "FWM  %08X ", key->fwmark);
	else if (key->family == AF_INET6)
		seq_printf(seq, "%s  [%pI6]:%04X ", name_of_proto(key->proto),
			   &key->addr.ip6, ntohs(key->port));
	else
		seq_printf(seq, "%s  %08X:%04X ", name_of_proto(key->proto),
			   ntohl(key->addr.ip), ntohs(key->port));
}

/* As programs know it: the time is in jiffies, a prefix length is shown as a
 * netmask would be, and there is one blank more with an IPv4 address.
 */
static void show_svc(struct seq_file *seq, const struct lb_svc *svc)
{
	const bool ipv6 = svc->key.family == AF_INET6;
	u32 timeout = READ_ONCE(svc->persist_timeout);
	__be32 mask = READ_ONCE(svc->persist_mask);

	if (ipv6)
		mask = (__force __be32)(u32)READ_ONCE(svc->persist_plen);
	show_key(seq, &svc->key);
	seq_printf(seq, "%s ", rcu_dereference(svc->sched)->ops->name);
	if (READ_ONCE(svc->one_packet) && (svc->key.fwmark || !ipv6))
		seq_puts(seq, "ops ");
	if (!svc->key.fwmark && !ipv6)
		seq_putc(seq, ' ');
	if (timeout)
		seq_printf(seq, "persistent %d %08X", timeout * HZ,
			   ntohl(mask));
	seq_putc(seq, '\n');
}

static const char *name_of_forward(u8 forward)
{
	switch (forward) {
	case LB_FORWARD_DR:
		return "Route";
	case LB_FORWARD_TUN:
		return "Tunnel";
	default:
		return "Masq";
	}
}

static void show_dest(struct seq_file *seq, const struct lb_dest *dest)
{
	seq_puts(seq, "  -> ");
	if (lb_dest_is_ipv6(dest))
		seq_printf(seq, "[%pI6]", &dest->key.addr.ip6);
	else
		seq_printf(seq, "%08X", ntohl(dest->key.addr.ip));
	seq_printf(seq, ":%04X      %-7s %-6d %-10d %-10d\n",
		   ntohs(dest->key.port),
		   name_of_forward(READ_ONCE(dest->forward)),
		   READ_ONCE(dest->weight), atomic_read(&dest->active),
		   lb_dest_inactive(dest));
}

/* Real servers are listed newest first, and the newest has the greatest id. */
static bool show_dests(struct seq_file *seq, size_t first,
		       const struct lb_svc *svc, struct place *place)
{
	const struct lb_dest *dest;
	size_t row;

	list_for_each_entry_rcu(dest, &svc->dests, list) {
		if (place->after && dest->id + 1ULL >= place->after)
			continue;
		row = seq->count;
		show_dest(seq, dest);
		if (!has_room(seq, first, row))
			return false;
		place->after = dest->id + 1ULL;
	}
	return true;
}

static bool show_whole(struct seq_file *seq, size_t first,
		       const struct lb_svc *svc, struct place *place)
{
	size_t row = seq->count;

	if (!place->begun || place->svc != svc->id) {
		show_svc(seq, svc);
		if (!has_room(seq, first, row))
			return false;
		place->svc = svc->id;
		place->after = 0;
		place->begun = true;
	}
	return show_dests(seq, first, svc, place);
}

static int show_svcs(struct seq_file *seq, void *v)
{
	struct lb_net *lbn = lb_net_get(seq_file_net(seq));
	struct place *place = seq->private;
	size_t first = seq->count;
	unsigned long id = place->svc;
	struct lb_svc *svc;

	if (v == SEQ_START_TOKEN) {
		show_title(seq);
		return 0;
	}
	rcu_read_lock();
	while ((svc = xa_find(&lbn->svcs, &id, ULONG_MAX, XA_PRESENT))) {
		if (!show_whole(seq, first, svc, place))
			break;
		place->svc = ++id;
		place->begun = false;
	}
	rcu_read_unlock();
	place->done = !svc;
	return 0;
}

/* The application of IPVS that lb has. It counts services, as IPVS would count
 * connections.
 */
static int show_apps(struct seq_file *seq, void *v)
{
	const struct lb_net *lbn = lb_net_get(seq_file_single_net(seq));

	seq_puts(seq, "prot port    usecnt name\n");
	seq_printf(seq, "%-3s  %-7u %-6d %-17s\n", "TCP", 21,
		   READ_ONCE(lbn->num_ftp), "ftp");
	return 0;
}

#define LISTING(name, fn)			\
	static const struct seq_operations name = { \
		.start = start,			\
		.next = next,			\
		.stop = stop,			\
		.show = (fn),			\
	}

LISTING(svc_ops, show_svcs);
LISTING(conn_ops, show_conns);
LISTING(origin_ops, show_origins);

/* Those with ops are listings, the others are shown at once. */
static const struct {
	const char *name;
	const struct seq_operations *ops;
	int (*show)(struct seq_file *seq, void *v);
	umode_t mode;
} files[] = {
	{ .name = "ip_vs", .ops = &svc_ops },
	{ .name = "ip_vs_conn", .ops = &conn_ops },
	{ .name = "ip_vs_conn_sync", .ops = &origin_ops },
	{ .name = "ip_vs_app", .show = show_apps },
	{ .name = "ip_vs_stats", .show = lb_ipvs_stats_show },
	{ .name = "ip_vs_stats_percpu", .show = lb_ipvs_stats_show_cpus },
	{ .name = "ip_vs_status", .show = lb_ipvs_stats_show_status,
	  .mode = 0440 },
};

static struct proc_dir_entry *create_file(struct net *net, int i)
{
	if (files[i].ops)
		return proc_create_net(files[i].name, files[i].mode,
				       net->proc_net, files[i].ops,
				       sizeof(struct place));
	return proc_create_net_single(files[i].name, files[i].mode,
				      net->proc_net, files[i].show, NULL);
}

static void remove_files(struct net *net, int n)
{
	while (n--)
		remove_proc_entry(files[n].name, net->proc_net);
}

/**
 * lb_ipvs_proc_init() - Make the files of a namespace.
 * @own: Its part of lb_ipvs.
 *
 * Return: 0 or -ENOMEM.
 */
int lb_ipvs_proc_init(struct lb_ipvs_net *own)
{
	int i;

	own->cpus = alloc_percpu_gfp(struct lb_stats, GFP_KERNEL_ACCOUNT);
	if (!own->cpus)
		return -ENOMEM;
	for (i = 0; i < ARRAY_SIZE(files); i++)
		if (!create_file(own->net, i)) {
			remove_files(own->net, i);
			free_percpu(own->cpus);
			return -ENOMEM;
		}
	return 0;
}

/**
 * lb_ipvs_proc_exit() - Remove them.
 * @own: The namespace's part of lb_ipvs.
 */
void lb_ipvs_proc_exit(struct lb_ipvs_net *own)
{
	remove_files(own->net, ARRAY_SIZE(files));
	free_percpu(own->cpus);
}
