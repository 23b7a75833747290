#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: debug quick
#
# When connections and templates end before their time: a client uses its port
# again, its server is removed or drained.

# shellcheck source=../lives.sh
. "$(dirname "$0")/../lives.sh"

# timed_wait SERVER: the connection is closed.
timed_wait()
{
	close_conn "$1"
	state_is TIME_WAIT
	check_err $? "not in TIME_WAIT"
}

is_gone()
{
	! lbctl -L -n -c | grep -q " $CIP_HOST:$NEXT_PORT "
}

# counts SERVER: active and inactive connections
counts()
{
	lbctl -L -n -t "$VIP_HOST:80" |
		awk -v server="$(bracket "$1"):80" '$2 == server { print $5, $6 }'
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
	timed_wait "$first"
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
		timed_wait "$first"
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

# Who drains a server does not want its clients to come back for ever, even if
# ports are not to be scheduled anew.
reuse_drained()
{
	local first

	service -m
	setting conn_reuse_mode 0 expire_nodest_conn 1
	client S
	first=$(chosen)
	timed_wait "$first"
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
	expect_silence "$SV"
	expect_silence "$CL"
	lbctl -a -t "$VIP_HOST:80" -r "$(bracket "$first"):80" -m
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
	pkt recv "$CL" 2000 "flags=R" > /dev/null
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
		lbctl -D -t "$VIP_HOST:80"
		client PA
		pkt recv "$CL" 1000 "flags=R" > /dev/null
		check_eq "$?" $((!expire)) "$expire: a reset"

		PROTO=-u service -m
		setting expire_nodest_conn "$expire"
		client U
		lbctl -D -u "$VIP_HOST:80"
		client U
		pkt recv "$CL" 1000 "icmp type=3 code=3" > /dev/null
		check_eq "$?" $((!expire)) "$expire: port unreachable"
	done
	expect_silence "$SV"
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

	service -m -p 600
	setting expire_nodest_conn 1
	client S
	first=$(chosen)
	client A
	client S "" "$OTHER_CIP"
	client A "" "$OTHER_CIP"
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
		[ "$(grep -cF " $OTHER_CIP:" <<< "$conns")" -eq 2 ]
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
		client S "" "$OTHER_CIP"
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

# That they stay without the setting is what 50_persistence says.
quiescent()
{
	local first

	service -m -p 600
	setting expire_quiescent_template 1
	client S
	first=$(chosen)
	client A
	edit "$first" -m -w 0
	client A
	goes_to "$first" "the connection it has"
	NEXT_PORT=$((NEXT_PORT + 1))
	client S
	goes_to "$(other_than "$first")" "to the drained server"
	log_test "expiry: templates of a drained server"
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
	lbctl service set tcp "$VIP_HOST:80" tcp-timeout 500 tcp-fin-timeout 70
	client A
	left 401 500
	check_err $? "a connection that was there"
	lbctl config set tcp-timeout 800 tcp-fin-timeout 60 udp-timeout 200
	client A
	left 401 500
	check_err $? "after the namespace's was changed"
	lbctl service set tcp "$VIP_HOST:80" tcp-timeout 0
	client A
	left 701 800
	check_err $? "the namespace's again"
	server "$first" FA
	state_is FIN_WAIT && left 61 70
	check_err $? "in FIN_WAIT"

	lbctl service add udp "$VIP_HOST:80" udp-timeout 50 dest "$RS" nat
	client U
	left 31 50
	check_err $? "UDP"
	lbctl dest add udp "$VIP_HOST:80" to "$OTHER_RS" nat
	lbctl dest del udp "$VIP_HOST:80" to "$RS"
	NEXT_PORT=$((NEXT_PORT + 1))
	client U
	left 31 50
	check_err $? "at a server that was added later"
	lbctl config set tcp-timeout 900 tcp-fin-timeout 120 udp-timeout 300
	lbctl service set udp "$VIP_HOST:80" udp-timeout 0
	client U
	left 201 300
	check_err $? "UDP by default"
	log_test "expiry: $name"
}

# A scheduler made for it chooses a server that has just been removed.
moment()
{
	local name="a server removed in the moment of choice" persist first before

	ipvs_differs "expiry: $name" "it drops the packet" && return
	insmod "$(dirname "$LB_KO")/selftest/lb_sched_first.ko"
	check_err $? "the scheduler does not load"
	for persist in "" "-p 600"; do
		# shellcheck disable=SC2086
		service -m $persist
		# shellcheck disable=SC2086
		lbctl -E -t "$VIP_HOST:80" -s late $persist
		client S
		first=$(chosen)
		client A
		remove "$first"
		before=$(stat_of "$(other_than "$first"):80" 3)
		NEXT_PORT=$((NEXT_PORT + 1))
		client S "" "$OTHER_CIP"
		goes_to "$(other_than "$first")" "${persist:-once}: dropped"
		check_eq "$(stat_of "$(other_than "$first"):80" 3)" \
			$((before + 1)) "${persist:-once}: connections"
	done
	lbctl -C
	busywait 5000 rmmod lb_sched_first 2> /dev/null
	check_err $? "the scheduler cannot be unloaded"
	log_test "expiry: $name"
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119 # no words
topo_wire6
family 4
tests_beside switched_off
tests_run counted reuse reuse_fin_wait reuse_drained kept ended deleted \
	 scheduled_anew flushed quiescent \
	own_timeouts moment
