#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 debug
#
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

# Half-open connections go, all within half a minute; others and templates stay,
# also one that began before them and has no more time.
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
	lbctl -A -u "$VIP:54" -s rr -p 600
	lbctl -a -u "$VIP:54" -r 172.16.32.110 -m
	pkt send client "ip src=192.168.1.7 dst=$VIP /" \
		"udp sport=3000 dport=54 / data 10"
	syns 2020 1
	pkt send server "ip src=172.16.32.110 dst=192.168.1.5 /" \
		"tcp sport=80 dport=2020 flags=SA"
	syns 2020 1 A
	syns 2020 1 FA
	check_eq "$(conns CLOSE_WAIT)" 1 "in CLOSE_WAIT"
	syns 2100 200
	check_eq "$(lbctl -L -n -c | grep -c "SYN_RECV .*:2[123]")" 200 \
		"half-open ones"
	setting drop_entry 3
	# Each of them would end by itself in a minute, but later than that one.
	busywait 60000 no_half_open
	check_err $? "half-open connections are left: $(conns SYN_RECV)"
	check_eq "$(conns CLOSE_WAIT)" 1 "they ended by themselves"
	check_eq "$(lbctl -L -n -c | grep -c "ESTABLISHED .*:20")" 10 \
		"established ones"
	check_eq "$(lbctl -L -n -c | grep -c "192.168.1.6:30")" 10 "UDP"
	check_eq "$(lbctl -L -n -c | grep -c "192.168.1.7:0 ")" 1 "template"
	setting drop_entry 0
	log_test "defence: $name"
}

# flood_and_clients SYNS EVERY LATER: so many SYNs, each from a client of its own, that never
# answer. After every so many there is one from a client that means it; so much
# later its server answers, then again it sends its ACK and data.
flood_and_clients()
{
	awk -v syns="$1" -v every="$2" -v later="$3" -v vip="$VIP" '
	function client(port, layer)
	{
		print "send client ip src=192.168.1.5 dst=" vip " / tcp sport=" \
		      port " dport=80 " layer
	}
	function step(i)
	{
		if (i < syns)
			client(i / every + 20000, "flags=S")
		if (i >= later && i < syns + later)
			print "send server ip src=172.16.32.110 " \
			      "dst=192.168.1.5 / tcp sport=80 dport=" \
			      (i - later) / every + 20000 " flags=SA"
		if (i >= 2 * later) {
			client((i - 2 * later) / every + 20000, "flags=A")
			client((i - 2 * later) / every + 20000,
			       "flags=PA / data text=GET")
		}
	}
	BEGIN {
		for (i = 0; i < syns + 2 * later; i++) {
			if (i % every == 0)
				step(i)
			if (i < syns)
				printf "send client ip src=10.9.%d.%d dst=%s " \
				       "/ tcp sport=%d dport=80 flags=S\n",
				       i / 250, i % 250 + 1, vip, 1024 + i
		}
	}' > "$TMP/packets"
	pkt run "$TMP/packets"
}

# served: data of how many clients came to the server.
served()
{
	local n=0

	while pkt recv server 200 "flags=PA / data text=GET" > /dev/null; do
		n=$((n + 1))
	done
	echo "$n"
}

# survives NAME SYNS: of the clients, 95 of 100 at least.
survives()
{
	local all=$(($2 / 50)) seen before

	before=$(lbctl stats | sed -n 's/^evicted //p')
	flood_and_clients "$2" 50 100
	seen=$(served)
	ksft_diag "$1: $seen of $all served"
	[ "$seen" -ge $((all * 95 / 100)) ]
	check_err $? "$1: too few were served"
	[ "$(lbctl conn count)" -le 1002 ]
	check_err $? "$1: $(lbctl conn count) connections"
	[ "$(lbctl stats | sed -n 's/^evicted //p')" -ge \
	  $((before + $2 * 9 / 10 - 1000)) ]
	check_err $? "$1: evicted"
	check_eq "$(drops conn-max)" 0 "$1: drops"
}

# A table of 1000 connections and ten times as many SYNs.
syn_flood()
{
	local name="clients are served in a flood of SYNs"

	ipvs_differs "defence: $name" "it has no limit" && return
	begin
	lbctl config set conn_max 1000
	survives NAT 10000
	log_test "defence: $name"
}

# Each SYN brings a template as well.
persistent_flood()
{
	local name="clients of a persistent service are served in a flood"

	ipvs_differs "defence: $name" "it has no limit" && return
	begin
	lbctl -E -t "$VIP:80" -s rr -p 600
	survives persistence 5000
	log_test "defence: $name"
}

# What is established is not given up: then there is no room.
full()
{
	local name="a table full of established connections" i

	ipvs_differs "defence: $name" "it has no limit" && return
	# What the other tests left ends with their services.
	lbctl config set expire_nodest_conn 1 conn_max 10
	lbctl -C
	busywait 30000 no_conns
	check_err $? "connections are left"
	begin
	for i in {5001..5010}; do
		syns "$i" 1
		pkt send server "ip src=172.16.32.110 dst=192.168.1.5 /" \
			"tcp sport=80 dport=$i flags=SA"
		syns "$i" 1 A
	done
	check_eq "$(conns ESTABLISHED)" 10 "established"
	pkt drain server > /dev/null
	syns 5011 1
	expect_silence server
	check_eq "$(drops conn-max)" 1 "drops"
	pkt send server "ip src=172.16.32.110 dst=192.168.1.5 /" \
		"tcp sport=80 dport=5001 flags=RA"
	# The table may still be the large one of the floods, of which a packet
	# looks at a part.
	busywait 10000 comes_in
	check_err $? "no room after one was closed"
	check_eq "$(conns ESTABLISHED)" 9 "established"
	lbctl config set conn_max 1073741824 expire_nodest_conn 0
	log_test "defence: $name"
}

comes_in()
{
	syns 5012 1
	pkt recv server 100 "sport=5012" > /dev/null
}

no_conns()
{
	[ "$(lbctl conn count)" -eq 0 ]
}

lb_load || skip_all "the module does not load"
topo_wire
tests_run modes drop_packet drop_entry syn_flood persistent_flood full
