#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
#
# What is given up when memory is short, and what a flood of SYNs does to clients
# that mean it. Memory is short when amemthresh says so.

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"

PLENTY=1
ALL_OF_IT=2000000000

# syns FROM COUNT [FLAGS]: from as many ports, to port 80.
syns()
{
	seq -f "send $CL $IP src=$CIP dst=$VIP / tcp dport=80 \
flags=${3:-S} sport=%.0f" "$1" $(($1 + $2 - 1)) > "$TMP/packets"
	pkt run "$TMP/packets"
}

# conns [STATE]: how many there are of the family.
conns()
{
	lbctl -L -n -c | grep -F " $VIP_HOST:" | grep -c "${1-}"
}

services()
{
	echo "-A -t $VIP_HOST:80 -s rr"
	echo "-a -t $VIP_HOST:80 -r $(bracket "$RS") -m"
	echo "-A -u $VIP_HOST:53 -s rr"
	echo "-a -u $VIP_HOST:53 -r $(bracket "$RS") -m"
}

begin()
{
	lbctl -C
	services | lbctl -R
	pkt drain "$SV" > /dev/null
}

# answer PORT FLAGS: the server's
answer()
{
	pkt send "$SV" "$IP src=$RS dst=$CIP / tcp sport=80 dport=$1 flags=$2"
}

# Mode 1 becomes 2 while memory is short; 0 and 3 stay what they are.
modes()
{
	local name

	family 4
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
	pkt drain "$SV" > /dev/null
	syns "$SOME" 20
	pkt drain "$SV" > /dev/null
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
one_drop_packet()
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
}

drop_packet()
{
	both one_drop_packet
	log_test "defence: drop_packet"
}

no_half_open()
{
	! lbctl -L -n -c | grep -q SYN_RECV
}

# entries: of which the last 200 go; each of them would end by itself in a
# minute, but later than one that is to stay.
entries()
{
	local i

	syns 2000 10
	for i in {2000..2009}; do
		answer "$i" SA
	done
	syns 2000 10 A
	for i in {1..10}; do
		pkt send "$CL" "$IP src=$OTHER_CIP dst=$VIP /" \
			"udp sport=$((3000 + i)) dport=53 / data 10"
	done
	lbctl -A -u "$VIP_HOST:54" -s rr -p 600
	lbctl -a -u "$VIP_HOST:54" -r "$(bracket "$RS")" -m
	pkt send "$CL" "$IP src=$BEHIND dst=$VIP /" \
		"udp sport=3000 dport=54 / data 10"
	syns 2020 1
	answer 2020 SA
	syns 2020 1 A
	syns 2020 1 FA
	check_eq "$(conns CLOSE_WAIT)" 1 "in CLOSE_WAIT"
	syns 2100 200
	check_eq "$(conns "SYN_RECV .*:2[123]..  *[0-9[]")" 200 "half-open ones"
}

entries_left()
{
	check_eq "$(conns SYN_RECV)" 0 "half-open ones"
	check_eq "$(conns CLOSE_WAIT)" 1 "they ended by themselves"
	check_eq "$(conns "ESTABLISHED .*:20..  *[0-9[]")" 10 "established ones"
	check_eq "$(lbctl -L -n -c | grep -cF "$(bracket "$OTHER_CIP"):30")" 10 \
		"UDP"
	check_eq "$(lbctl -L -n -c | grep -cF "$(bracket "$BEHIND"):0 ")" 1 \
		"template"
}

# Half-open connections go, all within half a minute; others and templates stay,
# also one that began before them and has no more time.
drop_entry()
{
	local name="drop_entry"

	ipvs_differs "defence: $name" "it looks at random places" && return
	lbctl -C
	both services | lbctl -R
	both entries
	setting drop_entry 3
	busywait 60000 no_half_open
	both entries_left
	setting drop_entry 0
	log_test "defence: $name"
}

# flood_and_clients SYNS EVERY LATER: so many SYNs, each from a client of its
# own, that never answer. After every so many there is one from a client that
# means it; so much later its server answers, then again it sends its ACK and
# data.
flood_and_clients()
{
	local net="10.9.%d.%d"

	[ "$FAMILY" = 4 ] || net="2001:db8:9::%d:%d"
	command awk -v syns="$1" -v every="$2" -v later="$3" \
		-v to="dst=$VIP / tcp sport=" -v back="dst=$CIP / tcp sport=80 " \
		-v client="send $CL $IP src=" -v server="send $SV $IP src=$RS " \
		-v cip="$CIP" -v net="$net" '
	function step(i, port)
	{
		port = 20000 + i / every
		if (i < syns)
			print client cip " " to port " dport=80 flags=S"
		port -= later / every
		if (i >= later && i < syns + later)
			print server back "dport=" port " flags=SA"
		port -= later / every
		if (i < 2 * later)
			return
		print client cip " " to port " dport=80 flags=A"
		print client cip " " to port " dport=80 flags=PA / data text=GET"
	}
	BEGIN {
		for (i = 0; i < syns + 2 * later; i++) {
			if (i % every == 0)
				step(i)
			if (i < syns)
				printf client net " " to "%d dport=80 flags=S\n",
				       i / 250, i % 250 + 1, 1024 + i
		}
	}' > "$TMP/packets"
	pkt run "$TMP/packets"
}

# served: data of how many clients came to the server.
served()
{
	local n=0

	while pkt recv "$SV" 200 "flags=PA / data text=GET" > /dev/null; do
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

# flooded NAME SYNS [OPTION...]: a service with them
flooded()
{
	begin
	lbctl conn flush
	lbctl config set conn_max 1000
	lbctl -E -t "$VIP_HOST:80" -s rr "${@:3}"
	survives "IPv$FAMILY, $1" "$2"
}

# A table of 1000 connections and ten times as many SYNs.
syn_flood()
{
	local name="clients are served in a flood of SYNs"

	ipvs_differs "defence: $name" "it has no limit" && return
	both flooded NAT 10000
	log_test "defence: $name"
}

# Each SYN brings a template as well.
persistent_flood()
{
	local name="clients of a persistent service are served in a flood"

	ipvs_differs "defence: $name" "it has no limit" && return
	both flooded persistence 10000 -p 600
	log_test "defence: $name"
}

# What is established is not given up: then there is no room.
one_full()
{
	local before i

	# What the other tests left ends with their services.
	lbctl config set expire_nodest_conn 1 conn_max 10
	lbctl -C
	busywait 30000 no_conns
	check_err $? "connections are left"
	begin
	for i in {5001..5010}; do
		syns "$i" 1
		answer "$i" SA
		syns "$i" 1 A
	done
	check_eq "$(conns ESTABLISHED)" 10 "established"
	pkt drain "$SV" > /dev/null
	before=$(drops conn-max)
	syns 5011 1
	expect_silence "$SV"
	check_eq "$(drops conn-max)" $((before + 1)) "drops"
	answer 5001 RA
	# The table may still be the large one of the floods, of which a packet
	# looks at a part.
	busywait 10000 comes_in
	check_err $? "no room after one was closed"
	check_eq "$(conns ESTABLISHED)" 9 "established"
	lbctl config set conn_max 1073741824 expire_nodest_conn 0
}

full()
{
	local name="a table full of established connections"

	ipvs_differs "defence: $name" "it has no limit" && return
	both one_full
	log_test "defence: $name"
}

comes_in()
{
	syns 5012 1
	pkt recv "$SV" 100 "sport=5012" > /dev/null
}

no_conns()
{
	[ "$(lbctl conn count)" -eq 0 ]
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119 # no words
topo_wire6
tests_beside drop_entry
tests_run modes drop_packet syn_flood persistent_flood full
