#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A service with very many real servers: what a request costs grows with their
# number and not with its square, and no request keeps a CPU to itself.
#
# Kernels: 6.12

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

SERVERS=60000
FEW=2000

# rules SCHEDULER: a service with all of them
rules()
{
	echo "-A -t 192.0.2.1:80 -s $1"
	command awk -v n="$SERVERS" 'BEGIN {
		for (i = 0; i < n; i++)
			printf "-a -t 192.0.2.1:80 -r 10.%d.%d.%d:80 -m\n",
			       1 + int(i / 62500), int(i / 250) % 250,
			       i % 250 + 1
	}'
}

listed()
{
	lbctl -S -n | grep -c '^-a'
}

# The limit tells a square from a line: 3,600 million comparisons take minutes.
whole()
{
	in_ns "$DIRECTOR" timeout 60 "$LBCTL" "$@"
}

# Others are served while it goes on, and nobody asks in vain who listens.
one_request()
{
	local served=0 pid

	rules wrr > "$TMP/rules"
	whole -R --replace < "$TMP/rules" &
	pid=$!
	while kill -0 "$pid" 2> /dev/null; do
		in_ns "$DIRECTOR" "$LBCTL" stats > /dev/null && served=$((served + 1))
	done
	wait "$pid"
	check_err $? "$SERVERS servers in one request"
	[ "$served" -gt 0 ]
	check_err $? "nobody else was served"
	check_eq "$(listed)" "$SERVERS" "servers"
	whole -R --replace < "$TMP/rules"
	check_err $? "the same again"
	check_eq "$(listed)" "$SERVERS" "servers after the same again"
	log_test "$SERVERS servers in one request"
}

# One command for each
each_alone()
{
	lbctl -C
	rules wrr | head -n $((FEW + 1)) > "$TMP/rules"
	lbctl -R < "$TMP/rules"
	check_err $? "restore"
	sed 's/-a/-d/; s/ -m$//; 1d' "$TMP/rules" | lbctl -R
	check_err $? "delete"
	check_eq "$(listed)" 0 "servers after each was deleted"
	sed 1d "$TMP/rules" | lbctl -R
	check_eq "$(listed)" "$FEW" "servers added again"
	log_test "a request for each of $FEW servers"
}

# The kernel itself watches for a CPU that does nothing else for four seconds.
flush()
{
	local sched

	for sched in lblc wrr; do
		rules "$sched" > "$TMP/rules"
		whole -R --replace < "$TMP/rules"
		check_err $? "$sched: restore"
		echo "-A -t 192.0.2.1:80 -s $sched" > "$TMP/empty"
		whole -R --replace < "$TMP/empty"
		check_err $? "$sched: all servers removed"
		whole -R --replace < "$TMP/rules"
		check_err $? "$sched: all servers added again"
		whole -C
		check_err $? "$sched: flush"
	done
	check_eq "$(dmesg_new | grep -i 'lockup\|stall')" "" "the kernel"
	log_test "$SERVERS servers removed, added again and flushed"
}

lb_load || skip_all "the module does not load"
setup_ns DIRECTOR
dmesg_mark
sysctl -qw kernel.watchdog_thresh=2
tests_run one_request each_alone flush
