#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.1 7.2 quick
# CPUs: 1
#
# NAT, packet by packet: what is rewritten in either direction, what is not,
# and that checksums stay as right or wrong as they were.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

IN="ip src=192.168.1.5 dst=192.168.1.111"
IN_NAT="ip src=192.168.1.5 dst=172.16.32.110"
OUT="ip src=172.16.32.110 dst=192.168.1.5"
OUT_NAT="ip src=192.168.1.111 dst=192.168.1.5"

ports_and_addresses()
{
	pkt send client "$IN / udp sport=1001 dport=53 / data 100"
	expect_packet server "$IN_NAT ttl=63 / udp sport=1001 dport=5353 /" \
		"data 100"
	pkt send server "$OUT / udp sport=5353 dport=1001 / data 300"
	expect_packet client "$OUT_NAT ttl=63 / udp sport=53 dport=1001 /" \
		"data 300"
	pkt send client "$IN / tcp sport=1001 dport=80 seq=7 flags=S"
	expect_packet server "$IN_NAT ttl=63 / tcp sport=1001 dport=8080" \
		"seq=7 ack=0 flags=S"
	pkt send server "$OUT / tcp sport=8080 dport=1001 seq=9 ack=8 flags=SA"
	expect_packet client "$OUT_NAT ttl=63 / tcp sport=80 dport=1001" \
		"seq=9 ack=8 flags=SA"
	log_test "NAT: addresses and ports, both ways"
}

# What belongs to no connection is routed, not translated.
strangers()
{
	pkt send server "$OUT / udp sport=5353 dport=1999 / data 10"
	expect_packet client "$OUT ttl=63 / udp sport=5353 dport=1999 / data 10"
	pkt send server "$OUT / tcp sport=8081 dport=1001 flags=A"
	expect_packet client "$OUT ttl=63 / tcp sport=8081 dport=1001" \
		"seq=0 ack=0 flags=A"
	log_test "NAT: packets of no connection pass as they are"
}

header_fields()
{
	pkt send client "$IN ttl=33 tos=184 df / udp sport=1002 dport=53 /" \
	    "data 10"
	expect_packet server "$IN_NAT ttl=32 tos=184 df /" \
		"udp sport=1002 dport=5353 / data 10"
	pkt send client "$IN opts=01010101 / udp sport=1002 dport=53 / data 10"
	expect_packet server "$IN_NAT ttl=63 opts=01010101 /" \
		"udp sport=1002 dport=5353 / data 10"
	log_test "NAT: TOS, DF and options are kept"
}

time_to_live()
{
	local quote="/ udp sport=1003 dport=53 / data 10"

	pkt send client "$IN ttl=2 $quote"
	expect_packet server "$IN_NAT ttl=1 / udp sport=1003 dport=5353 /" \
		"data 10"
	pkt send client "$IN ttl=1 $quote"
	pkt recv client 2000 > /dev/null
	check_match "$REPLY" "^$OUT_NAT ttl=64 .*/ icmp type=11 code=0 / $IN \
ttl=1 $quote" "no ICMP time exceeded"
	expect_silence server
	log_test "NAT: the time to live ends at the director"
}

checksum_none()
{
	local name="NAT: UDP without a checksum stays without"

	if ipvs_differs "$name" "it computes one"; then
		return
	fi
	pkt send client "$IN / udp sport=1004 dport=53 csum=none / data 10"
	expect_packet server "$IN_NAT ttl=63 /" \
		"udp sport=1004 dport=5353 csum=none / data 10"
	pkt send server "$OUT / udp sport=5353 dport=1004 csum=none / data 10"
	expect_packet client "$OUT_NAT ttl=63 /" \
		"udp sport=53 dport=1004 csum=none / data 10"
	log_test "$name"
}

# A client's port for which the checksum of an empty datagram of that client,
# once translated to 172.16.32.110:5353, is computed as 0.
zero_port()
{
	local rest=$((0xc0a8 + 0x0105 + 0xac10 + 0x206e + 17 + 8 + 5353 + 8))

	echo $((0xffff - rest % 0xffff))
}

# The same for the answer, translated to 192.168.1.111:53.
zero_reply_port()
{
	local rest=$((0xc0a8 + 0x0105 + 0xc0a8 + 0x016f + 17 + 8 + 53 + 8))

	echo $((0xffff - rest % 0xffff))
}

checksum_ffff()
{
	local port

	port=$(zero_port)
	pkt send client "$IN / udp sport=$port dport=53"
	expect_packet server "$IN_NAT ttl=63 /" \
		"udp sport=$port dport=5353 csum=ffff"
	port=$(zero_reply_port)
	pkt send client "$IN / udp sport=$port dport=53"
	expect_packet server "$IN_NAT ttl=63 / udp sport=$port dport=5353"
	pkt send server "$OUT / udp sport=5353 dport=$port"
	expect_packet client "$OUT_NAT ttl=63 /" \
		"udp sport=53 dport=$port csum=ffff"
	log_test "NAT: a UDP checksum computed as 0 is sent as ffff"
}

# Who repaired a wrong checksum would vouch for data it never saw whole.
checksum_bad()
{
	pkt send client "$IN / udp sport=1005 dport=53 csum=bad / data 10"
	expect_packet server "$IN_NAT ttl=63 /" \
		"udp sport=1005 dport=5353 csum=bad / data 10"
	pkt send client "$IN / tcp sport=1005 dport=80 flags=S csum=bad"
	expect_packet server "$IN_NAT ttl=63 /" \
		"tcp sport=1005 dport=8080 seq=0 ack=0 flags=S csum=bad"
	pkt send server "$OUT / tcp sport=8080 dport=1005 flags=SA csum=bad"
	expect_packet client "$OUT_NAT ttl=63 /" \
		"tcp sport=80 dport=1005 seq=0 ack=0 flags=SA csum=bad"
	log_test "NAT: a wrong checksum stays wrong"
}

# Whoever else holds the packet, as tcpdump does, must go on seeing what came.
shared_packet()
{
	pkt open tap "$DIRECTOR" eth0 02:00:00:00:00:d0
	pkt open tap1 "$DIRECTOR" eth1 02:00:00:00:00:d1
	pkt send client "$IN / udp sport=1006 dport=53 / data 50"
	expect_packet server "$IN_NAT ttl=63 / udp sport=1006 dport=5353 /" \
		"data 50"
	expect_packet tap "$IN ttl=64 / udp sport=1006 dport=53 / data 50"
	pkt send server "$OUT / udp sport=5353 dport=1006 / data 60"
	expect_packet client "$OUT_NAT ttl=63 / udp sport=53 dport=1006 /" \
		"data 60"
	expect_packet tap1 "$OUT ttl=64 / udp sport=5353 dport=1006 / data 60"
	log_test "NAT: a packet shared with a sniffer is not modified"
}

# The client reuses its port while the director still remembers the connection.
reuse()
{
	local flags

	for flags in S A FA; do
		pkt send client "$IN / tcp sport=1007 dport=80 flags=$flags"
	done
	pkt send server "$OUT / tcp sport=8080 dport=1007 flags=FA"
	lbctl -L -n -c | grep -q "TIME_WAIT *192.168.1.5:1007 "
	check_err $? "the connection is not in TIME_WAIT"
	pkt drain server > /dev/null
	pkt send client "$IN / tcp sport=1007 dport=80 flags=S"
	expect_packet server "$IN_NAT ttl=63 /" \
		"tcp sport=1007 dport=8080 seq=0 ack=0 flags=S"
	check_eq "$(lbctl -L -n -c | awk '/:1007 / { print $3 }')" SYN_RECV \
		 "the connection does not begin anew"
	log_test "NAT: a SYN in TIME_WAIT begins a new connection"
}

lb_load || skip_all "the module does not load"
topo_wire
lbctl -R << 'END'
-A -u 192.168.1.111:53 -s rr
-a -u 192.168.1.111:53 -r 172.16.32.110:5353 -m
-A -t 192.168.1.111:80 -s rr
-a -t 192.168.1.111:80 -r 172.16.32.110:8080 -m
END
tests_run ports_and_addresses strangers header_fields time_to_live \
	  checksum_none checksum_ffff checksum_bad shared_packet reuse
