#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A hundred thousand flows by each method: every one counted, every packet
# delivered, every connection gone in the end, and the module's memory with
# them.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

FLOWS=100000
# A packet costs the debug kernel two hundred times as much.
[ "${LB_LABEL-}" != debug ] || FLOWS=10000
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
	slowwait 120 none_left
	check_err $? "connections that do not end: $(left)"
	log_test "every connection ends"
}

# A cache of objects that are still in use cannot be destroyed without a noise.
unload()
{
	cleanup_all_ns
	dmesg_mark
	slowwait 30 lb_unload 2> /dev/null
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
tests_run nat dr tun expiry unload
