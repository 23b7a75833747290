#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A hundred thousand flows by each method: every one counted, every packet
# delivered, every connection gone in the end, and the module's memory with
# them.
#
# Kernels: debug

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

FLOWS=100000
! is_debug_kernel || FLOWS=10000
VIP=192.168.1.111

flows()
{
	local port=$1 name=$2 before

	before=$(forwarded)
	flood "$VIP" "$port" "$FLOWS"
	check_err $? "pktgen failed"
	check_eq $(($(forwarded) - before)) "$FLOWS" "packets forwarded"
	busywait 10000 stat_is "$VIP:$port" 3 "$FLOWS" > /dev/null
	check_err $? "connections: $(stat_of "$VIP:$port" 3), not $FLOWS"
	log_test "$FLOWS flows: $name"
}

nat() { flows 80 NAT; }
dr() { flows 81 DR; }
tun() { flows 82 TUN; }

left()
{
	lbctl -L -n | awk '/->.*[0-9]$/ { n += $5 + $6 } END { print n + 0 }'
}

none_left()
{
	[ "$(left)" -eq 0 ] && [ "$(lbctl -L -n -c | wc -l)" -eq 2 ]
}

expiry()
{
	busywait 120000 none_left
	check_err $? "connections that do not end: $(left)"
	log_test "every connection ends"
}

# shown FILTER...: how many connections it lets through.
shown()
{
	lbctl conn show "$@" | wc -l
}

flush()
{
	lbctl --set 0 0 300
	flood "$VIP" 81 "$FLOWS"
	check_eq "$(lbctl conn count)" "$FLOWS" "connections"
	check_eq "$(shown dest 172.16.32.110)" $((FLOWS / 2)) \
		"connections of one server"
	check_eq "$(shown tcp)" 0 "connections of TCP"
	lbctl conn flush dest 172.16.32.110
	check_eq "$(shown dest 172.16.32.110)" 0 "left of one server"
	check_eq "$(lbctl conn count)" $((FLOWS / 2)) "left of the other"
	lbctl conn flush
	check_eq "$(left) $(lbctl conn count)" "0 0" "left after all"
	log_test "connections are forgotten"
}

# More come meanwhile, and the table grows and shrinks.
flush_while_growing()
{
	local i

	flood "$VIP" 80 "$FLOWS" &
	for ((i = 0; i < 20; i++)); do
		lbctl conn flush
		sleep 0.1
	done
	wait $!
	check_err $? "pktgen failed"
	lbctl conn flush
	check_eq "$(left) $(lbctl conn count)" "0 0" "left"
	log_test "connections are forgotten while more come"
}

# A cache of objects that are still in use cannot be destroyed without a noise.
unload()
{
	cleanup_all_ns
	dmesg_mark
	busywait 30000 lb_unload 2> /dev/null
	check_err $? "the module does not unload"
	check_eq "$(dmesg_new | grep -iE 'slab|objects remaining')" "" "memory left"
	lb_load
	check_err $? "the module does not load again"
	log_test "nothing is left in memory"
}

lb_load || skip_all "the module does not load"
modprobe pktgen || skip_all "no pktgen"
topo_wire
lbctl --set 0 0 10
for port in "80 -m" "81 -g" "82 -i"; do
	echo "-A -u $VIP:${port% *} -s rr"
	echo "-a -u $VIP:${port% *} -r 172.16.32.110 ${port#* }"
	echo "-a -u $VIP:${port% *} -r 172.16.32.112 ${port#* }"
done | lbctl -R
tests_run nat dr tun expiry flush flush_while_growing unload
