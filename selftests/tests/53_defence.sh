#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What is given up when memory is short, and what a flood of SYNs does to clients
# that mean it. Memory is short when amemthresh says so.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
PLENTY=1
ALL_OF_IT=2000000000

# syns FROM COUNT [FLAGS]: from as many ports, to port 80.
syns()
{
	seq -f "send client ip src=192.168.1.5 dst=$VIP / tcp dport=80 \
flags=${3:-S} sport=%.0f" "$1" $(($1 + $2 - 1)) > "$TMP/packets"
	pkt run "$TMP/packets"
}

# conns [STATE]: how many there are.
conns()
{
	lbctl -L -n -c | tail -n +3 | grep -c "${1-}"
}

begin()
{
	lbctl -C
	{
		echo "-A -t $VIP:80 -s rr"
		echo "-a -t $VIP:80 -r 172.16.32.110 -m"
		echo "-A -u $VIP:53 -s rr"
		echo "-a -u $VIP:53 -r 172.16.32.110 -m"
	} | lbctl -R
	pkt drain server > /dev/null
}

# Mode 1 becomes 2 while memory is short; 0 and 3 stay what they are.
modes()
{
	local name

	begin
	for name in drop_entry drop_packet secure_tcp; do
		setting amemthresh "$PLENTY"
		setting "$name" 1
		setting amemthresh "$ALL_OF_IT"
		busywait 5000 setting_is "$name" 2
		check_err $? "$name: not active when memory is short"
		setting amemthresh "$PLENTY"
		busywait 5000 setting_is "$name" 1
		check_err $? "$name: active when there is plenty"
		setting "$name" 2
		busywait 5000 setting_is "$name" 1
		check_err $? "$name: 2 without need"
		setting "$name" 3
		setting amemthresh "$ALL_OF_IT"
		setting_is "$name" 3
		check_err $? "$name: 3 does not stay"
		setting "$name" 0
	done
	setting amemthresh 1024
	log_test "defence: modes"
}

# try_some: how many of 20 SYNs arrive, in $ARRIVED.
try_some()
{
	SOME=$((${SOME:-10000} + 100))
	pkt drain server > /dev/null
	syns "$SOME" 20
	pkt drain server > /dev/null
	ARRIVED=$REPLY
}

some_arrive()
{
	try_some
	check_eq "$ARRIVED" "$1" "arrived of 20 $2"
}

# ip_vs looks at the settings once a second.
wait_for_drops()
{
	local i

	for i in {1..100}; do
		try_some
		[ "$ARRIVED" -eq 20 ] || return 0
		pause 0.05
	done
	return 1
}

# One in so many new connections is dropped, and nothing of others.
drop_packet()
{
	local before

	begin
	syns 1000 20
	setting am_droprate 4 drop_packet 3
	wait_for_drops
	check_err $? "nothing is dropped"
	some_arrive 15 "when one in 4 is dropped"
	syns 1000 20 A
	check_eq "$(conns ESTABLISHED)" 20 "established"
	[ "$LB_SUT" = ipvs ] || {
		before=$(drops defence)
		try_some
		check_eq "$(drops defence)" $((before + 5)) "count"
	}
	setting drop_packet 1 amemthresh "$ALL_OF_IT"
	busywait 5000 setting_is drop_packet 2
	some_arrive 0 "with hardly any memory"
	setting amemthresh "$PLENTY"
	busywait 5000 setting_is drop_packet 1
	some_arrive 20 "with enough"
	setting drop_packet 0 am_droprate 10 amemthresh 1024
	log_test "defence: drop_packet"
}

no_half_open()
{
	[ "$(conns SYN_RECV)" -eq 0 ]
}

# Half-open connections go, all within half a minute; others stay.
drop_entry()
{
	local name="drop_entry" i

	ipvs_differs "defence: $name" "it looks at random places" && return
	begin
	syns 2000 10
	for i in {2000..2009}; do
		pkt send server "ip src=172.16.32.110 dst=192.168.1.5 /" \
			"tcp sport=80 dport=$i flags=SA"
	done
	syns 2000 10 A
	for i in {1..10}; do
		pkt send client "ip src=192.168.1.6 dst=$VIP /" \
			"udp sport=$((3000 + i)) dport=53 / data 10"
	done
	syns 2100 200
	check_eq "$(lbctl -L -n -c | grep -c "SYN_RECV .*:2[123]")" 200 \
		"half-open ones"
	setting drop_entry 3
	# They would end by themselves in a minute.
	slowwait 50 no_half_open
	check_err $? "half-open connections are left: $(conns SYN_RECV)"
	check_eq "$(lbctl -L -n -c | grep -c "ESTABLISHED .*:20")" 10 \
		"established ones"
	check_eq "$(lbctl -L -n -c | grep -c "192.168.1.6:30")" 10 "UDP"
	setting drop_entry 0
	log_test "defence: $name"
}

lb_load || skip_all "the module does not load"
topo_wire
tests_run modes drop_packet drop_entry
