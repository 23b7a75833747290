#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.1 7.2
# CPUs: 1
#
# What other kernel code and its observers use: schedulers in modules of their
# own, and the tracepoints.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
FIRST=$(dirname "$LB_KO")/selftest/lb_sched_first.ko
TRACE=/sys/kernel/tracing

# It does not alternate as all others would: the newest server comes first.
foreign_scheduler()
{
	local i

	insmod "$FIRST"
	check_err $? "the module does not load"
	lbctl stats | grep -qx "scheduler first"
	check_err $? "the scheduler is not listed"
	lbctl -A -u "$VIP:53" -s first
	check_err $? "the scheduler is not taken"
	lbctl -a -u "$VIP:53" -r 172.16.32.112 -m
	lbctl -a -u "$VIP:53" -r 172.16.32.110 -m
	for i in 1 2 3; do
		pkt send client "ip src=192.168.1.5 dst=$VIP /" \
			"udp sport=200$i dport=53 / data 10"
	done
	check_eq "$(stat_of 172.16.32.110:53 3) $(stat_of 172.16.32.112:53 3)" \
		"3 0" "connections of the two servers"
	log_test "a scheduler from another module chooses"
}

held_while_used()
{
	rmmod lb_sched_first 2> /dev/null
	check_fail $? "a scheduler in use was unloaded"
	lbctl -E -u "$VIP:53" -s rr
	busywait 5000 rmmod lb_sched_first 2> /dev/null
	check_err $? "a scheduler that nobody uses cannot be unloaded"
	lbctl -E -u "$VIP:53" -s first 2> "$TMP/error"
	check_fail $? "a scheduler that was unloaded is taken"
	check_match "$(cat "$TMP/error")" "no such scheduler" "message"
	log_test "its module stays while a service uses it"
}

# What the kernel calls for a module: it says what it was asked for, and goes on
# when it is told to.
make_modprobe()
{
	mkfifo "$TMP/go"
	cat > "$TMP/modprobe" <<- END
	#!/bin/sh
	echo "\$*" >> $TMP/asked
	read -r go < $TMP/go
	insmod $FIRST
	END
	chmod +x "$TMP/modprobe"
	: > "$TMP/asked"
}

# While modprobe is at work, other requests do not wait for it.
loaded_by_itself()
{
	local old pid

	old=$(cat /proc/sys/kernel/modprobe)
	make_modprobe
	echo "$TMP/modprobe" > /proc/sys/kernel/modprobe
	lbctl -A -u "$VIP:54" -s first &
	pid=$!
	busywait 20000 test -s "$TMP/asked"
	check_eq "$(cat "$TMP/asked")" "-q -- lb_sched_first" "asked for"
	in_ns "$DIRECTOR" timeout 30 "$LBCTL" -A -u "$VIP:55" -s rr
	check_err $? "a request meanwhile"
	in_ns "$DIRECTOR" timeout 30 "$LBCTL" -L -n > /dev/null
	check_err $? "a listing meanwhile"
	kill -0 "$pid"
	check_err $? "the first request is over already"
	echo go > "$TMP/go"
	wait "$pid"
	check_err $? "the scheduler is not taken"
	lbctl -D -u "$VIP:54"
	lbctl -D -u "$VIP:55"
	busywait 5000 rmmod lb_sched_first 2> /dev/null

	# Not for what is no name, nor for root of a user namespace
	: > "$TMP/asked"
	lbctl -A -u "$VIP:54" -s "../x y" 2> /dev/null
	check_fail $? "nonsense is taken"
	unshare --user --map-root-user --net "$LBCTL" -A -f 1 -s first \
		2> "$TMP/error"
	check_fail $? "a module was loaded"
	check_match "$(cat "$TMP/error")" "no such scheduler" "message"
	check_eq "$(cat "$TMP/asked")" "" "asked for by others"
	echo "$old" > /proc/sys/kernel/modprobe
	log_test "its module is loaded by itself, and nobody waits for that"
}

# A tool that asks for a family that there is not has its module loaded, as on a
# host where it is installed.
module_by_itself()
{
	local old

	old=$(cat /proc/sys/kernel/modprobe)
	lb_unload
	cat > "$TMP/modprobe" <<- END
	#!/bin/sh
	echo "\$*" >> $TMP/asked
	insmod $LB_KO
	END
	: > "$TMP/asked"
	echo "$TMP/modprobe" > /proc/sys/kernel/modprobe
	lbctl -A -u "$VIP:53" -s rr
	check_err $? "the request"
	echo "$old" > /proc/sys/kernel/modprobe
	check_eq "$(lbctl -S -n)" "-A -u $VIP:53 -s rr" "the service"
	check_eq "$(cut -d ' ' -f 3 "$TMP/asked")" \
		"$(modinfo -F alias "$LB_KO")" "asked for by its alias"
	log_test "the module is loaded when the tool asks for it"
}

trace_has()
{
	grep -q "$1" "$TRACE/trace"
}

tracepoints()
{
	[ -d "$TRACE/events" ] || mount -t tracefs tracefs "$TRACE"
	echo > "$TRACE/trace"
	echo 1 > "$TRACE/events/lb/enable"
	pkt send client "ip src=192.168.1.5 dst=$VIP /" \
		"udp sport=3001 dport=53 / data 10"
	busywait 5000 trace_has "lb_schedule: .*proto=17 \
client=192.168.1.5:3001 virtual=$VIP:53 dest=172.16.32.11[02]:53 by=rr"
	check_err $? "no lb_schedule"
	lbctl -e -u "$VIP:53" -r 172.16.32.110 -m -w 0
	lbctl -e -u "$VIP:53" -r 172.16.32.112 -m -w 0
	pkt send client "ip src=192.168.1.5 dst=$VIP /" \
		"udp sport=3002 dport=53 / data 10"
	busywait 5000 trace_has "lb_drop: .*proto=17 \
from=192.168.1.5:3002 to=$VIP:53 reason=no-dest"
	check_err $? "no lb_drop"
	echo 0 > "$TRACE/events/lb/enable"
	log_test "scheduling and dropping can be traced"
}

lb_load || skip_all "the module does not load"
topo_wire
tests=(foreign_scheduler held_while_used loaded_by_itself)
# User-Mode Linux has no tracing.
[ "$LB_LABEL" = debug ] || tests+=(tracepoints)
tests_run "${tests[@]}" module_by_itself
