#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: debug quick
#
# Limits: a full server gets nothing new until it has room again, and a
# drained one gets nothing new at all.

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"

NEXT_PORT=6000

# Every service has $RS by NAT with the options given.
service()
{
	SERVICE_PORT=$((SERVICE_PORT + 1))
	lbctl -A -t "$VIP_HOST:$SERVICE_PORT" -s rr
	lbctl -a -t "$VIP_HOST:$SERVICE_PORT" -r "$(bracket "$RS")" -m "$@"
}
SERVICE_PORT=8000

# segment in|out FLAGS CLIENTPORT
segment()
{
	if [ "$1" = in ]; then
		pkt send "$CL" "$IP src=$CIP dst=$VIP /" \
		    "tcp sport=$3 dport=$SERVICE_PORT flags=$2"
	else
		pkt send "$SV" "$IP src=$RS dst=$CIP /" \
		    "tcp sport=$SERVICE_PORT dport=$3 flags=$2"
	fi
}

# One more connection gets through, or is refused by ICMP.
accepted()
{
	connect
	pkt recv "$SV" 300 "flags=S$" > /dev/null
	check_err $? "$1: refused"
	segment in A "$NEXT_PORT"
}

refused()
{
	connect
	pkt recv "$CL" 2000 "$ICMP $PORT_UNREACH" > /dev/null
	check_err $? "$1: not told that the port is unreachable"
	expect_silence "$SV"
}

connect()
{
	pkt drain "$SV" > /dev/null
	pkt drain "$CL" > /dev/null
	NEXT_PORT=$((NEXT_PORT + 1))
	segment in S "$NEXT_PORT"
}

# end_one: of the connections there are; --set makes FIN_WAIT short.
end_one()
{
	local before

	before=$(connections)
	segment out FA "$1"
	busywait 20000 fewer_than "$before"
	check_err $? "a connection does not end"
}

connections()
{
	lbctl -L -n -t "$VIP_HOST:$SERVICE_PORT" |
		awk '/->.*:8/ { print $5 + $6 }'
}

fewer_than()
{
	[ "$(connections)" -lt "$1" ]
}

# Without a lower limit there is room again below three quarters of the upper.
one_upper_only()
{
	local first=$((NEXT_PORT + 1))

	service -x 4
	for n in 1 2 3 4; do
		accepted "connection $n of 4"
	done
	refused "the fifth"
	end_one "$first"
	refused "with 3 of 4 left"
	end_one $((first + 1))
	accepted "with 2 of 4 left"
	accepted "with 3 of 4 left"
	refused "with 4 of 4 again"
}

upper_only()
{
	both one_upper_only
	log_test "limits: upper limit alone"
}

one_upper_and_lower()
{
	local first=$((NEXT_PORT + 1))

	service -x 3 -y 2
	for n in 1 2 3; do
		accepted "connection $n of 3"
	done
	refused "the fourth"
	end_one "$first"
	refused "with 2 left, the lower limit"
	end_one $((first + 1))
	accepted "with 1 left, below the lower limit"
}

upper_and_lower()
{
	both one_upper_and_lower
	log_test "limits: upper and lower limit"
}

one_smallest()
{
	local first=$((NEXT_PORT + 1))

	service -x 1
	accepted "the first of 1"
	refused "the second"
	end_one "$first"
	accepted "with none left"
}

smallest()
{
	both one_smallest
	log_test "limits: one connection"
}

# Another server takes what the full one cannot.
one_next_server()
{
	service -x 1
	lbctl -a -t "$VIP_HOST:$SERVICE_PORT" -r "$(bracket "$OTHER_RS")" -m
	for _ in 1 2 3 4; do
		accepted "with another server"
	done
	check_eq "$(lbctl -L -n -t "$VIP_HOST:$SERVICE_PORT" |
		    awk '/->.*:8/ { print $5 + $6 }' | paste -sd ' ')" "1 3" \
		 "connections of both"
}

next_server()
{
	both one_next_server
	log_test "limits: the next server takes over"
}

one_drain()
{
	local first=$((NEXT_PORT + 1))

	service
	accepted "before"
	lbctl -e -t "$VIP_HOST:$SERVICE_PORT" -r "$(bracket "$RS")" -m -w 0
	refused "while drained"
	pkt drain "$SV" > /dev/null
	segment in A "$first"
	expect_packet "$SV" "$IP src=$CIP dst=$RS $TTL=63 /" \
		"tcp sport=$first dport=$SERVICE_PORT seq=0 ack=0 flags=A"
	lbctl -e -t "$VIP_HOST:$SERVICE_PORT" -r "$(bracket "$RS")" -m -w 1
	accepted "afterwards"
}

drain()
{
	both one_drain
	log_test "limits: a drained server keeps what it has"
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119 # no words
topo_wire6
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
lbctl --set 0 1 0
tests_beside upper_and_lower smallest
tests_run upper_only next_server drain
