#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 debug quick
#
# When connections and templates end before their time: a client uses its port
# again, its server is removed or drained.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
NEXT_PORT=5000

# service HOW: at port 80 two servers, whose addresses tell who is chosen.
service()
{
	lbctl -C
	setting conn_reuse_mode 1 expire_nodest_conn 0 \
		expire_quiescent_template 0
	{
		echo "-A ${PROTO:--t} $VIP:80 -s rr ${PERSIST-}"
		echo "-a ${PROTO:--t} $VIP:80 -r 172.16.32.110:80 $1"
		echo "-a ${PROTO:--t} $VIP:80 -r 172.16.32.112:80 $1"
	} | lbctl -R
	NEXT_PORT=$((NEXT_PORT + 1))
}

# edit SERVER OPTION...
edit()
{
	lbctl -e "${PROTO:--t}" "$VIP:80" -r "$1:80" "${@:2}"
}

remove()
{
	lbctl -d "${PROTO:--t}" "$VIP:80" -r "$1:80"
}

other_than()
{
	[ "$1" = 172.16.32.110 ] && echo 172.16.32.112 || echo 172.16.32.110
}

# client FLAGS [SENDER]: a segment of the connection, or a datagram.
client()
{
	local layer="tcp sport=$NEXT_PORT dport=80 flags=$1"

	[ "$1" != U ] || layer="udp sport=$NEXT_PORT dport=80 / data 10"
	pkt drain server > /dev/null
	pkt drain client > /dev/null
	pkt send client "ip src=${2:-192.168.1.5} dst=$VIP / $layer"
}

# goes_to SERVER MESSAGE, by NAT
goes_to()
{
	pkt recv server 2000 > /dev/null
	check_match "$REPLY" " dst=$1 " "$2"
}

# chosen: by NAT, who gets the packet.
chosen()
{
	pkt recv server 2000 > /dev/null
	REPLY=${REPLY#*dst=}
	echo "${REPLY%% *}"
}

# close_conn: the connection is in TIME_WAIT.
close_conn()
{
	client A
	pkt send server "ip src=$1 dst=192.168.1.5 /" \
		"tcp sport=80 dport=$NEXT_PORT flags=FA"
	client FA
	state_is TIME_WAIT
	check_err $? "not in TIME_WAIT"
}

# state_is STATE [CLIENT]: of the connection.
state_is()
{
	lbctl -L -n -c | grep -q " $1 *${2:-192.168.1.5}:$NEXT_PORT "
}

is_gone()
{
	! lbctl -L -n -c | grep -q " 192.168.1.5:$NEXT_PORT "
}

# counts SERVER: active and inactive connections
counts()
{
	lbctl -L -n -t "$VIP:80" |
		awk -v server="$1:80" '$2 == server { print $5, $6 }'
}

# Before all others, whose connections would be counted.
counted()
{
	local first other

	service -m
	client S
	first=$(chosen)
	other=$(other_than "$first")
	check_eq "$(counts "$first")" "1 0" "half open"
	client A
	check_eq "$(counts "$first")" "1 0" "established"
	close_conn "$first"
	check_eq "$(counts "$first")" "0 1" "closed"
	client S
	check_eq "$(counts "$first"), $(counts "$other")" "0 0, 1 0" "reopened"
	client A
	client RA
	check_eq "$(counts "$other")" "0 1" "reset"
	if [ "$LB_SUT" = lb ]; then
		client S
		lbctl conn flush
		check_eq "$(counts "$first"), $(counts "$other")" "0 0, 0 0" \
			 "forgotten while half open"
	fi
	log_test "expiry: active and inactive connections are counted"
}

reuse()
{
	local first mode

	for mode in 0 1 2 3; do
		service -m
		setting conn_reuse_mode "$mode"
		client S
		first=$(chosen)
		close_conn "$first"
		client S
		if [ "$mode" -eq 0 ]; then
			goes_to "$first" "mode $mode: to another server"
		else
			goes_to "$(other_than "$first")" \
				"mode $mode: not scheduled anew"
		fi
		state_is SYN_RECV
		check_err $? "mode $mode: not in SYN_RECV"
	done
	log_test "expiry: a port used again in TIME_WAIT"
}

# server_of: what the connection was given; packets by DR do not tell.
server_of()
{
	lbctl -L -n -c |
		awk -v client="192.168.1.5:$NEXT_PORT" '$4 == client { print $6 }'
}

reuse_fin_wait()
{
	local mode first same

	for mode in 0 1 2 3; do
		service -g
		setting conn_reuse_mode "$mode"
		client S
		client A
		client FA
		state_is FIN_WAIT
		check_err $? "not in FIN_WAIT"
		first=$(server_of)
		client S
		[ "$(server_of)" = "$first" ] && same=1 || same=0
		check_eq "$same" $((mode < 2)) "mode $mode: the same server"
	done
	log_test "expiry: a port used again in FIN_WAIT, by DR"
}

# A late SYN must not end what goes on.
reuse_established()
{
	local first

	service -m
	setting conn_reuse_mode 3 expire_nodest_conn 1
	client S
	first=$(chosen)
	client A
	client S
	goes_to "$first" "to another server"
	state_is ESTABLISHED
	check_err $? "not in ESTABLISHED"
	log_test "expiry: a SYN leaves an established connection alone"
}

# Who drains a server does not want its clients to come back for ever, even if
# ports are not to be scheduled anew.
reuse_drained()
{
	local first

	service -m
	setting conn_reuse_mode 0 expire_nodest_conn 1
	client S
	first=$(chosen)
	close_conn "$first"
	edit "$first" -m -w 0
	client S
	goes_to "$(other_than "$first")" "to the drained server"
	log_test "expiry: a port used again leaves a drained server"
}

kept()
{
	local first

	service -m
	client S
	first=$(chosen)
	client A
	remove "$first"
	client A
	expect_silence server
	expect_silence client
	lbctl -a -t "$VIP:80" -r "$first:80" -m
	client A
	goes_to "$first" "after it was added again"
	log_test "expiry: a connection waits for its server"
}

# What was established is unknown to the other server, so the stack resets it.
ended()
{
	local first

	service -m
	setting expire_nodest_conn 1
	client S
	first=$(chosen)
	client A
	remove "$first"
	client A
	pkt recv client 2000 "flags=R" > /dev/null
	check_match "$REPLY" "src=$VIP .* sport=80 " "no reset"
	busywait 5000 is_gone
	check_err $? "the connection stays"
	log_test "expiry: a connection of a removed server ends"
}

# A service is deleted under its connections: the client hears of it with what it
# sends next, or nothing until the service is there again.
deleted()
{
	local expire

	for expire in 0 1; do
		service -m
		setting expire_nodest_conn "$expire"
		client S
		client A
		lbctl -D -t "$VIP:80"
		client PA
		pkt recv client 1000 "flags=R" > /dev/null
		check_eq "$?" $((!expire)) "$expire: a reset"

		PROTO=-u service -m
		setting expire_nodest_conn "$expire"
		client U
		lbctl -D -u "$VIP:80"
		client U
		pkt recv client 1000 "icmp type=3 code=3" > /dev/null
		check_eq "$?" $((!expire)) "$expire: port unreachable"
	done
	expect_silence server
	log_test "expiry: clients of a deleted service are told"
}

scheduled_anew()
{
	local first

	service -m
	setting expire_nodest_conn 1
	client S
	first=$(chosen)
	remove "$first"
	client S
	goes_to "$(other_than "$first")" "a SYN sent again"

	PROTO=-u service -m
	setting expire_nodest_conn 1
	client U
	first=$(chosen)
	PROTO=-u remove "$first"
	client U
	goes_to "$(other_than "$first")" "the next datagram"
	log_test "expiry: clients of a removed server go to another"
}

# Nobody sends anything: they end by themselves, templates too. A connection of
# another server does not.
flushed()
{
	local first

	PERSIST="-p 600" service -m
	setting expire_nodest_conn 1
	client S
	first=$(chosen)
	client A
	client S 192.168.1.6
	client A 192.168.1.6
	check_eq "$(lbctl -L -n -c | grep -c "ESTABLISHED .*:$NEXT_PORT ")" 2 \
		"connections"
	remove "$first"
	busywait 30000 only_others "$first"
	check_err $? "$(lbctl -L -n -c)"
	log_test "expiry: what a removed server had goes in bulk"
}

only_others()
{
	local conns

	conns=$(lbctl -L -n -c | tail -n +3)
	! grep -q "$1:" <<< "$conns" &&
		[ "$(grep -c " 192.168.1.6:" <<< "$conns")" -eq 2 ]
}

# What was decided before it was switched off is not done to others afterwards:
# the tick and the worker of the table each look once a second.
switched_off()
{
	local first i

	for i in 1 2 3 4; do
		service -m
		client S
		first=$(chosen)
		client A
		client S 192.168.1.6
		setting expire_nodest_conn 1
		remove "$(other_than "$first")"
		pause "0.$((i * 2))"
		setting expire_nodest_conn 0
		remove "$first"
		pause 2.5
		state_is ESTABLISHED
		check_err $? "round $i: it ended"
	done
	log_test "expiry: connections wait again once that is switched off"
}

quiescent()
{
	local first quiet

	for quiet in 0 1; do
		PERSIST="-p 600" service -m
		setting expire_quiescent_template "$quiet"
		client S
		first=$(chosen)
		client A
		edit "$first" -m -w 0
		client A
		goes_to "$first" "$quiet: the connection it has"
		NEXT_PORT=$((NEXT_PORT + 1))
		client S
		if [ "$quiet" -eq 0 ]; then
			goes_to "$first" "$quiet: away from the drained server"
		else
			goes_to "$(other_than "$first")" \
				"$quiet: to the drained server"
		fi
	done
	log_test "expiry: templates of a drained server"
}

# left WITHIN FROM: it ends in WITHIN to FROM seconds.
left()
{
	lbctl -L -n -c | awk -v client="192.168.1.5:$NEXT_PORT" -v to="$1" \
	    -v from="$2" '
	$4 == client {
		split($2, time, ":")
		left = time[1] * 60 + time[2]
		if (left >= to && left <= from)
			found = 1
	}
	END { exit !found }'
}

# A service's own timeouts hold for the packets that come, of connections that
# were there before, too; those it does not have are the namespace's.
own_timeouts()
{
	local name="a service with timeouts of its own" first

	ipvs_differs "expiry: $name" "it has none" && return
	service -m
	client S
	first=$(chosen)
	client A
	left 801 900
	check_err $? "the default"
	lbctl service set tcp "$VIP:80" tcp-timeout 500 tcp-fin-timeout 70
	client A
	left 401 500
	check_err $? "a connection that was there"
	lbctl config set tcp-timeout 800 tcp-fin-timeout 60 udp-timeout 200
	client A
	left 401 500
	check_err $? "after the namespace's was changed"
	lbctl service set tcp "$VIP:80" tcp-timeout 0
	client A
	left 701 800
	check_err $? "the namespace's again"
	pkt send server "ip src=$first dst=192.168.1.5 /" \
		"tcp sport=80 dport=$NEXT_PORT flags=FA"
	state_is FIN_WAIT && left 61 70
	check_err $? "in FIN_WAIT"

	lbctl service add udp "$VIP:80" udp-timeout 50 dest 172.16.32.110 nat
	client U
	left 31 50
	check_err $? "UDP"
	lbctl dest add udp "$VIP:80" to 172.16.32.112 nat
	lbctl dest del udp "$VIP:80" to 172.16.32.110
	NEXT_PORT=$((NEXT_PORT + 1))
	client U
	left 31 50
	check_err $? "at a server that was added later"
	lbctl config set tcp-timeout 900 tcp-fin-timeout 120 udp-timeout 300
	lbctl service set udp "$VIP:80" udp-timeout 0
	client U
	left 201 300
	check_err $? "UDP by default"
	log_test "expiry: $name"
}

# A scheduler made for it chooses a server that has just been removed.
moment()
{
	local name="a server removed in the moment of choice" first before

	ipvs_differs "expiry: $name" "it drops the packet" && return
	insmod "$(dirname "$LB_KO")/selftest/lb_sched_first.ko"
	check_err $? "the scheduler does not load"
	for PERSIST in "" "-p 600"; do
		service -m
		lbctl -E -t "$VIP:80" -s late ${PERSIST:+-p 600}
		client S
		first=$(chosen)
		client A
		remove "$first"
		before=$(stat_of "$(other_than "$first"):80" 3)
		NEXT_PORT=$((NEXT_PORT + 1))
		client S 192.168.1.6
		goes_to "$(other_than "$first")" "${PERSIST:-once}: dropped"
		check_eq "$(stat_of "$(other_than "$first"):80" 3)" \
			$((before + 1)) "${PERSIST:-once}: connections"
	done
	lbctl -C
	busywait 5000 rmmod lb_sched_first 2> /dev/null
	check_err $? "the scheduler cannot be unloaded"
	log_test "expiry: $name"
}

lb_load || skip_all "the module does not load"
topo_wire
tests_run counted reuse reuse_fin_wait reuse_established reuse_drained kept ended \
	deleted scheduled_anew flushed switched_off quiescent \
	own_timeouts moment
