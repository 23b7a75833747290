#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# A client's port at two services that share a real server by NAT, which could
# not tell the two connections apart.
#
# Kernels: debug

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

NEXT_PORT=9000

# over_ipv4, over_ipv6: what the names below stand for.
over_ipv4()
{
	VIP=192.168.1.111 V=192.168.1.111 C=192.168.1.5
	A=172.16.32.110 B=172.16.32.112
	IP=ip ICMP="icmp type=3 code=3" CLIENT_END=client4 SERVER_END=server4
}

over_ipv6()
{
	VIP=2001:db8:1::111 V='[2001:db8:1::111]' C=2001:db8:1::5
	A=2001:db8:2::110 B=2001:db8:2::112
	IP=ip6 ICMP="icmp6 type=1 code=4" CLIENT_END=client SERVER_END=server
}

bracket()
{
	[[ $1 == *:* ]] && echo "[$1]" || echo "$1"
}

# services SERVER...: at port 80 the first server; at 81 all of them, by the
# scheduler and with the options in $HOW.
services()
{
	local server

	lbctl -C
	lbctl conn flush
	{
		echo "-A ${PROTO:--t} $V:80 -s rr"
		echo "-a ${PROTO:--t} $V:80 -r $(bracket "$1"):8080 -m"
		echo "-A ${PROTO:--t} $V:81 ${HOW:--s rr}"
		for server in "$@"; do
			echo "-a ${PROTO:--t} $V:81 -r" \
			     "$(bracket "$server"):8080 -m"
		done
	} | lbctl -R
	NEXT_PORT=$((NEXT_PORT + 1))
}

# ask PORT [FLAGS]: of the service, from the client's port.
ask()
{
	local layer="tcp sport=$NEXT_PORT dport=$1 flags=${2:-S}"

	[ "${PROTO:--t}" = -t ] ||
		layer="udp sport=$NEXT_PORT dport=$1 / data 10"
	pkt drain "$SERVER_END" > /dev/null
	pkt drain "$CLIENT_END" > /dev/null
	pkt send "$CLIENT_END" "$IP src=$C dst=$VIP / $layer"
}

goes_to()
{
	pkt recv "$SERVER_END" 2000 > /dev/null
	check_match "$REPLY" " dst=$1 " "$2"
}

# answer FROM PORT: of that server's, which the client sees come from PORT
answer()
{
	pkt drain "$CLIENT_END" > /dev/null
	pkt send "$SERVER_END" "$IP src=$1 dst=$C /" \
		"tcp sport=8080 dport=$NEXT_PORT flags=SA"
	pkt recv "$CLIENT_END" 2000 > /dev/null
	check_match "$REPLY" " src=$VIP .* sport=$2 " "the answer of $1"
}

# Schedulers that would choose the same one again and again, too.
another()
{
	local how

	for family in over_ipv4 over_ipv6; do
		$family
		for how in "-s rr" "-s wlc" "-s sh" "-s mh" "-s rr -p 600"; do
			HOW=$how services "$A" "$B"
			[ "$how" = "-s rr" ] ||
				lbctl -e -t "$V:81" -m -w 99 \
					-r "$(bracket "$A"):8080"
			ask 80
			goes_to "$A" "$how: the first service"
			ask 81
			goes_to "$B" "$how: the second service"
			answer "$A" 80
			answer "$B" 81
		done
		check_eq "$(drops clash)" 0 "drops"
	done
	log_test "clash: another real server is taken"
}

told()
{
	local before

	for family in over_ipv4 over_ipv6; do
		$family
		for PROTO in -t -u; do
			services "$A"
			before=$(drops clash)
			ask 80
			goes_to "$A" "$PROTO: the first service"
			ask 81
			pkt recv "$CLIENT_END" 2000 "$ICMP" > /dev/null
			check_match "$REPLY" "sport=$NEXT_PORT dport=81" \
				"$PROTO: the client is not told"
			expect_silence "$SERVER_END"
			check_eq "$(drops clash)" $((before + 1)) "drops"
			check_eq "$(lbctl conn count)" 1 "connections"
		done
	done
	PROTO=-t
	log_test "clash: the client is told if there is no other"
}

# A client that has a template stays with its server, or is told. One that has
# none gets a template of the other server; what was in the way leaves nothing.
persistent()
{
	over_ipv4
	HOW="-s rr -p 600" services "$A" "$B"
	ask 80
	lbctl -e -t "$V:81" -r "$B:8080" -m -w 0
	ask 81
	pkt recv "$CLIENT_END" 2000 "$ICMP" > /dev/null
	check_err $? "not told when the other is drained"
	check_eq "$(lbctl conn count)" 1 "connections"
	lbctl -e -t "$V:81" -r "$B:8080" -m -w 1
	ask 81
	goes_to "$B" "the other"
	NEXT_PORT=$((NEXT_PORT + 1))
	ask 81
	goes_to "$B" "away from the template's server"

	HOW="-s rr -p 600" services "$A" "$B"
	lbctl -e -t "$V:81" -r "$B:8080" -m -w 0
	ask 81
	goes_to "$A" "the only one"
	lbctl -e -t "$V:81" -r "$B:8080" -m -w 1
	NEXT_PORT=$((NEXT_PORT + 1))
	ask 80
	ask 81
	pkt recv "$CLIENT_END" 2000 "$ICMP" > /dev/null
	check_err $? "not told where persistence leaves no choice"
	expect_silence "$SERVER_END"
	log_test "clash: persistence is kept"
}

# What is over gives way.
over()
{
	over_ipv4
	services "$A"
	ask 80
	ask 80 A
	ask 80 R
	ask 81
	goes_to "$A" "the older one is reset"
	answer "$A" 81
	log_test "clash: a connection that is over makes room"
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119
topo_wire6
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_run another told persistent over
