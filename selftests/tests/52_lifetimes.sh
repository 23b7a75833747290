#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which packets give a connection or a template more time, when a client leaves
# a real server that does not answer, and what keeps a template.
#
# Kernels: 7.2
# CPUs: 1

# shellcheck source=../lives.sh
. "$(dirname "$0")/../lives.sh"

weight()
{
	edit "$1" "${HOW:--m}" -w "$2"
}

# has_template, no_template: of the client
has_template()
{
	lbctl -L -n -c | grep -qF " $CIP_HOST:0 "
}

no_template()
{
	! has_template
}

# A server that died without a word gets weight 0; its client uses the port
# again. After two SYNs without an answer it goes elsewhere.
forsaken()
{
	local first

	for FAMILY in 4 6; do
		family "$FAMILY"
		service -m
		client S
		first=$(chosen)
		server "$first" SA
		client A
		weight "$first" 0
		client S
		goes_to "$first" "IPv$FAMILY: the first SYN"
		client S
		goes_to "$first" "IPv$FAMILY: the second SYN"
		state_is ESTABLISHED
		check_err $? "IPv$FAMILY: not in ESTABLISHED"
		client S
		goes_to "$(other_than "$first")" "IPv$FAMILY: the third SYN"
		state_is SYN_RECV
		check_err $? "IPv$FAMILY: not in SYN_RECV"
	done
	log_test "lifetimes: a client leaves a dead server of weight 0"
}

# So does one whose handshake had only begun.
forsaken_half_open()
{
	local first

	family 4
	service -m
	client S
	first=$(chosen)
	weight "$first" 0
	client S
	goes_to "$first" "the second SYN"
	client S
	goes_to "$(other_than "$first")" "the third SYN"
	log_test "lifetimes: a client leaves a server that never answered"
}

# Answers are not seen; but what the client does after them is.
forsaken_unseen()
{
	local first

	for HOW in -g -i; do
		family 4
		service "$HOW"
		client S
		client A
		first=$(server_of)
		weight "$first" 0
		client S
		client S
		check_eq "$(server_of)" "$first" "$HOW: the second SYN"
		client S
		check_eq "$(server_of)" "$(other_than "$first")" \
			"$HOW: the third SYN"
		first=$(server_of)
		weight "$(other_than "$first")" 1
		weight "$first" 0
		client S
		client A
		client S
		client S
		check_eq "$(server_of)" "$first" "$HOW: after a handshake"
	done
	unset HOW
	log_test "lifetimes: a client leaves a dead server by DR and tunnel"
}

# Whoever answers keeps its client; so does one of another weight, as a late SYN
# must not end what goes on, and any if ports are not to be scheduled anew.
not_forsaken()
{
	local first mode i

	family 4
	service -m
	client S
	first=$(chosen)
	server "$first" SA
	client A
	weight "$first" 0
	for i in 1 2 3; do
		client S
		client S
		goes_to "$first" "round $i"
		server "$first" A
	done
	weight "$first" 1
	setting expire_nodest_conn 1
	for mode in 1 3; do
		setting conn_reuse_mode "$mode"
		for i in 1 2 3 4 5; do
			client S
			goes_to "$first" "weight 1, mode $mode: SYN $i"
		done
	done
	state_is ESTABLISHED
	check_err $? "not in ESTABLISHED"
	setting expire_nodest_conn 0
	setting conn_reuse_mode 0
	weight "$first" 0
	for i in 1 2 3 4 5; do
		client S
		goes_to "$first" "conn_reuse_mode 0: SYN $i"
	done
	setting expire_nodest_conn 1
	client S
	goes_to "$(other_than "$first")" "expire_nodest_conn 1"
	log_test "lifetimes: a server that answers keeps its client"
}

# The server is gone, its connections wait for it.
forsaken_removed()
{
	local first

	family 4
	service -m
	client S
	first=$(chosen)
	client A
	remove "$first"
	client S
	expect_silence "$SV"
	client S
	expect_silence "$SV"
	client S
	goes_to "$(other_than "$first")" "the third SYN"
	log_test "lifetimes: a client leaves a server that was removed"
}

# A template does not bring it back there.
forsaken_template()
{
	local first

	family 4
	service -m -p 600
	client S
	first=$(chosen)
	server "$first" SA
	client A
	weight "$first" 0
	client S
	client S
	client S
	goes_to "$(other_than "$first")" "the third SYN"
	NEXT_PORT=$((NEXT_PORT + 1))
	client S
	goes_to "$(other_than "$first")" "another connection"
	log_test "lifetimes: a template of a dead server is forgotten"
}

# What gives a connection more time gives it the new timeout.
renewed()
{
	local first

	for FAMILY in 4 6; do
		family "$FAMILY"
		service -m
		client S
		first=$(chosen)
		server "$first" SA
		client A
		lbctl config set tcp-timeout 500
		client S
		client P
		server "$first" P
		left 801 900
		check_err $? "IPv$FAMILY: a SYN, or nothing, renewed it"
		server "$first" A
		left 401 500
		check_err $? "IPv$FAMILY: the server's ACK did not"
		lbctl config set tcp-timeout 800
		client PA
		left 701 800
		check_err $? "IPv$FAMILY: the client's data did not"
	done

	family 4
	PROTO=-u service -m
	client U
	first=$(chosen)
	lbctl config set udp-timeout 200
	pkt send "$SV" "ip src=$first dst=$CIP / icmp type=3 code=3 /" \
		"ip src=$CIP dst=$first /" \
		"udp sport=$NEXT_PORT dport=80 / data 10"
	pkt send "$CL" "ip src=$CIP dst=$VIP / icmp type=3 code=3 /" \
		"ip src=$VIP dst=$CIP / udp sport=80 dport=$NEXT_PORT / data 10"
	left 201 300
	check_err $? "an ICMP error renewed it"
	server "$first" U
	left 101 200
	check_err $? "the server's datagram did not"
	log_test "lifetimes: what renews an established connection"
}

# Half open: the first answer gives it time, what is only sent again does not.
renewed_half_open()
{
	local first

	family 4
	service -m
	client S
	first=$(chosen)
	busywait 20000 left 0 55
	client S
	left 0 55
	check_err $? "a SYN sent again renewed it"
	server "$first" SA
	left 56 60
	check_err $? "the first answer did not"
	busywait 20000 left 0 55
	server "$first" SA
	client R
	left 0 55
	check_err $? "an answer sent again, or a reset, renewed it"
	log_test "lifetimes: what renews a half-open connection"
}

# Only a new connection gives a template more time.
renewed_template()
{
	local first

	family 4
	service -m -p 600
	client S
	first=$(chosen)
	client A
	lbctl -E -t "$VIP_HOST:80" -s rr -p 300
	client S
	client A
	server "$first" A
	left 501 600 0
	check_err $? "a packet of a connection renewed it"
	NEXT_PORT=$((NEXT_PORT + 1))
	client S
	goes_to "$first" "another connection"
	left 201 300 0
	check_err $? "a new connection did not"
	log_test "lifetimes: what renews a template"
}

# As long as -p says, not as long as connections that are over.
ended_template()
{
	local first

	for FAMILY in 4 6; do
		family "$FAMILY"
		service -m -p 2
		client S
		first=$(chosen)
		close_conn "$first"
		has_template
		check_err $? "IPv$FAMILY: it does not last"
		busywait 15000 no_template
		check_err $? "IPv$FAMILY: it does not end"
		state_is TIME_WAIT
		check_err $? "IPv$FAMILY: the connection ended, too"
		NEXT_PORT=$((NEXT_PORT + 1))
		client S
		goes_to "$(other_than "$first")" "IPv$FAMILY: not chosen anew"
	done
	log_test "lifetimes: a template ends although connections are over"
}

# By DR and tunnels the client's FIN is the last that is seen. A reset is the end
# of any connection, and so is its being forgotten.
ended_other()
{
	local how

	family 4
	for how in "-g FA FIN_WAIT" "-i FA FIN_WAIT" "-g R CLOSE" "-m R CLOSE"; do
		# shellcheck disable=SC2086
		set -- $how
		service "$1" -p 2
		client S
		client A
		client "$2"
		busywait 15000 no_template
		check_err $? "$how: it does not end"
		state_is "$3"
		check_err $? "$how: the connection ended, too"
	done
	log_test "lifetimes: a template ends, whatever the way"
}

# canary: its template lasts as long as the other would without connections.
canary()
{
	lbctl -A -u "$VIP_HOST:81" -s rr -p 2
	lbctl -a -u "$VIP_HOST:81" -r "$RS:81" -m
	lbctl service set udp "$VIP_HOST:81" udp-timeout 1
	pkt send "$CL" "ip src=192.168.1.6 dst=$VIP /" \
		"udp sport=1000 dport=81 / data 10"
	busywait 30000 canary_gone
	check_err $? "the other template does not end"
}

canary_gone()
{
	! lbctl -L -n -c | grep -q " 192.168.1.6:0 "
}

# Of two connections, one is enough. When that is over, the time is up at once.
held_template()
{
	local first last

	family 4
	service -m -p 2
	client S
	first=$(chosen)
	client A
	last=$NEXT_PORT
	NEXT_PORT=$((NEXT_PORT + 1))
	client S
	goes_to "$first" "the second connection"
	close_conn "$first"
	canary
	has_template
	check_err $? "one connection does not hold it"
	close_conn "$first" "$last"
	busywait 8000 no_template
	check_err $? "it does not end with the last"
	log_test "lifetimes: a connection in use holds its template"
}

# A client's connection to $FIRST is in TIME_WAIT, and its template is gone.
served_before()
{
	family 4
	service -m -p 2
	setting conn_reuse_mode 0
	client S
	FIRST=$(chosen)
	close_conn "$FIRST"
	busywait 15000 no_template
}

# A connection in TIME_WAIT goes on with the same server, and holds it again.
resumed()
{
	served_before
	client S
	goes_to "$FIRST" "the port used again"
	client A
	state_is ESTABLISHED
	check_err $? "not in ESTABLISHED"
	canary
	has_template
	check_err $? "no template"
	close_conn "$FIRST"
	busywait 8000 no_template
	check_err $? "it does not end"
	log_test "lifetimes: a port used again holds the template again"
}

# But it brings no more than there may be.
resumed_full()
{
	local name="a port used again adds nothing to a full table"

	ipvs_differs "lifetimes: $name" "it has no limit" && return
	served_before
	lbctl config set conn_max 1
	client S
	goes_to "$FIRST" "the port used again"
	check_eq "$(lbctl -L -n -c | grep -c ':80 ')" 1 "connections"
	lbctl config set conn_max 1073741824
	log_test "lifetimes: $name"
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119
topo_wire6
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_beside ended_other held_template resumed
tests_run forsaken forsaken_half_open forsaken_unseen not_forsaken \
	forsaken_removed forsaken_template renewed renewed_half_open \
	renewed_template ended_template resumed_full
