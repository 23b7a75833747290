#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 quick
# CPUs: 1
#
# ICMP errors: about translated connections they are translated, outside and
# inside; about DR and TUN they find the real server; and the director's own.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

CLIENT_IP=192.168.1.5
VIP=192.168.1.111
RS=172.16.32.110

# A connection by NAT: UDP 53 -> 5353 and TCP 80 -> 8080, client's port 2001.
begin()
{
	pkt send client "ip src=$CLIENT_IP dst=$VIP / udp sport=2001 dport=53 /" \
	    "data 40"
	pkt send client "ip src=$CLIENT_IP dst=$VIP / tcp sport=2001 dport=80" \
	    "flags=S"
	pkt recv server 2000 udp > /dev/null
	check_err $? "no connection by UDP to send errors about"
	pkt recv server 2000 tcp > /dev/null
	check_err $? "no connection by TCP to send errors about"
}

# error WIRE FROM TO KIND QUOTED: an ICMP error leaves that wire's end.
error()
{
	pkt send "$1" "ip src=$2 dst=$3 / icmp $4 / $5"
}

# The quoted packet is as the real server got it, and becomes as the client
# sent it.
about_requests()
{
	local kind

	begin
	for kind in "type=3 code=3" "type=3 code=1" "type=3 code=4 mtu=1400" \
		    "type=11 code=0"; do
		error server "$RS" "$CLIENT_IP" "$kind" \
		      "ip src=$CLIENT_IP dst=$RS ttl=63 df / udp sport=2001 \
dport=5353 / data 40"
		expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=63 /" \
			"icmp $kind / ip src=$CLIENT_IP dst=$VIP ttl=63 df /" \
			"udp sport=2001 dport=53 / data 40"
		error server "$RS" "$CLIENT_IP" "$kind" \
		      "ip src=$CLIENT_IP dst=$RS / tcp sport=2001 dport=8080 \
seq=77 flags=A"
		expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=63 /" \
			"icmp $kind / ip src=$CLIENT_IP dst=$VIP ttl=64 /" \
			"tcp sport=2001 dport=80 seq=77 ack=0 flags=A"
	done
	log_test "ICMP: a real server's errors reach the client translated"
}

# The client knows nothing of the servers' network: a router there speaks for
# the virtual service, too.
from_inner_router()
{
	begin
	error server 172.16.0.9 "$CLIENT_IP" "type=3 code=4 mtu=1300" \
	      "ip src=$CLIENT_IP dst=$RS df / tcp sport=2001 dport=8080"
	expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=63 /" \
		"icmp type=3 code=4 mtu=1300 /" \
		"ip src=$CLIENT_IP dst=$VIP ttl=64 df /" \
		"tcp sport=2001 dport=80 seq=0 ack=0 flags="
	log_test "ICMP: so do the errors of a router behind the director"
}

about_replies()
{
	local kind from

	begin
	for from in $CLIENT_IP 192.168.1.6; do
		for kind in "type=3 code=3" "type=3 code=4 mtu=1400" \
			    "type=11 code=1"; do
			error client "$from" "$VIP" "$kind" \
			      "ip src=$VIP dst=$CLIENT_IP df / udp sport=53 \
dport=2001 / data 20"
			expect_packet server "ip src=$from dst=$RS ttl=63 /" \
				"icmp $kind / ip src=$RS dst=$CLIENT_IP ttl=64" \
				"df / udp sport=5353 dport=2001 / data 20"
		done
	done
	log_test "ICMP: errors about replies reach the real server translated"
}

# As much as RFC 792 promises, the header and 8 bytes, is enough.
short_quote()
{
	local quoted="ip src=$CLIENT_IP dst=$RS proto=6 / data 8"

	begin
	# The pattern's first bytes are ports 1 and 515 to whoever reads them.
	error server "$RS" "$CLIENT_IP" "type=3 code=3" "$quoted"
	expect_packet client "ip src=$RS dst=$CLIENT_IP ttl=63 /" \
		"icmp type=3 code=3 / ip src=$CLIENT_IP dst=$RS ttl=64 /" \
		"tcp sport=1 dport=515 seq=67438087"
	pkt send client "ip src=$CLIENT_IP dst=$VIP / tcp sport=1 dport=515 flags=S"
	pkt send server "ip src=$RS dst=$CLIENT_IP / tcp sport=515 dport=1 flags=SA"
	expect_packet server "ip src=$CLIENT_IP dst=$RS ttl=63 /" \
		"tcp sport=1 dport=515 seq=0 ack=0 flags=S"
	expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=63 /" \
		"tcp sport=515 dport=1 seq=0 ack=0 flags=SA"
	error server "$RS" "$CLIENT_IP" "type=3 code=3" "$quoted"
	expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=63 /" \
		"icmp type=3 code=3 / ip src=$CLIENT_IP dst=$VIP ttl=64 /" \
		"tcp sport=1 dport=515 seq=67438087"
	log_test "ICMP: eight quoted bytes suffice"
}

wrong_checksum()
{
	local before

	begin
	pkt send client "ip src=$CLIENT_IP dst=$VIP / tcp sport=2001 dport=82" \
	    "flags=S"
	pkt recv server 2000 "dport=82" > /dev/null
	check_err $? "no connection by TUN to send errors about"
	before=$(drops icmp)
	error server "$RS" "$CLIENT_IP" "type=3 code=3 csum=bad" \
	      "ip src=$CLIENT_IP dst=$RS / udp sport=2001 dport=5353 / data 40"
	error client "$CLIENT_IP" "$VIP" "type=3 code=3 csum=bad" \
	      "ip src=$VIP dst=$CLIENT_IP / udp sport=53 dport=2001 / data 20"
	error server 172.16.0.9 172.16.32.111 "type=3 code=3 csum=bad" \
	      "ip src=172.16.32.111 dst=172.16.32.113 proto=4 / \
ip src=$CLIENT_IP dst=$VIP / tcp sport=2001 dport=82"
	expect_silence client
	expect_silence server
	check_eq "$(drops icmp)" $((before + 3)) "drops"
	log_test "ICMP: a broken error is not passed on"
}

# By DR and TUN the real server itself is the virtual service.
direct()
{
	local quoted="ip src=$VIP dst=$CLIENT_IP ttl=64 df / tcp sport=%d \
dport=2002 seq=5 ack=0 flags=A"
	local port wrap

	for port in 81 82; do
		wrap=
		[ "$port" = 81 ] ||
			wrap="ip src=172.16.32.111 dst=172.16.32.113 ttl=63 / "
		pkt send client "ip src=$CLIENT_IP dst=$VIP / tcp sport=2002" \
		    "dport=$port flags=S"
		expect_packet server "${wrap}ip src=$CLIENT_IP dst=$VIP ttl=63 /" \
			"tcp sport=2002 dport=$port seq=0 ack=0 flags=S"
		# shellcheck disable=SC2059
		error client 192.168.1.6 "$VIP" "type=3 code=4 mtu=1400" \
		      "$(printf "$quoted" "$port")"
		# shellcheck disable=SC2059
		expect_packet server "${wrap}ip src=192.168.1.6 dst=$VIP ttl=63" \
			"/ icmp type=3 code=4 mtu=1400 /" \
			"$(printf "$quoted" "$port")"
	done
	log_test "ICMP: by DR and TUN errors follow their connection"
}

# refused PACKET: the director says so to the client.
refused()
{
	pkt send client "$1"
	pkt recv client 2000 > /dev/null
	check_match "$REPLY" "^ip src=$VIP dst=$CLIENT_IP ttl=64 .*/ icmp \
type=3 code=3 / ip src=$CLIENT_IP dst=$VIP ttl=64 / ${1#*/ }" "not refused"
	expect_silence server
}

no_server()
{
	refused "ip src=$CLIENT_IP dst=$VIP / udp sport=2003 dport=54 / data 10"
	refused "ip src=$CLIENT_IP dst=$VIP / tcp sport=2003 dport=83 seq=4 \
ack=0 flags=S"
	log_test "ICMP: port unreachable where no real server is"
}

all_drained()
{
	refused "ip src=$CLIENT_IP dst=$VIP / udp sport=2004 dport=55 / data 10"
	log_test "ICMP: port unreachable where all have weight 0"
}

echo_request()
{
	pkt send client "ip src=$CLIENT_IP dst=$VIP / icmp type=8 code=0 id=9" \
	    "seq=1 / data 56"
	expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=64 / icmp type=0" \
		"code=0 id=9 seq=1 / data 56"
	log_test "ICMP: the director answers pings to the service's address"
}

lb_load || skip_all "the module does not load"
topo_wire
lbctl -R << 'END'
-A -u 192.168.1.111:53 -s rr
-a -u 192.168.1.111:53 -r 172.16.32.110:5353 -m
-A -u 192.168.1.111:54 -s rr
-A -u 192.168.1.111:55 -s rr
-a -u 192.168.1.111:55 -r 172.16.32.110 -m -w 0
-A -t 192.168.1.111:80 -s rr
-a -t 192.168.1.111:80 -r 172.16.32.110:8080 -m
-A -t 192.168.1.111:81 -s rr
-a -t 192.168.1.111:81 -r 172.16.32.112 -g
-A -t 192.168.1.111:82 -s rr
-a -t 192.168.1.111:82 -r 172.16.32.113 -i
-A -t 192.168.1.111:83 -s rr
-A -t 192.168.1.111:515 -s rr
-a -t 192.168.1.111:515 -r 172.16.32.110 -m
END
# Were they limited in their rate, errors would be missed.
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_run about_requests from_inner_router about_replies short_quote \
	  wrong_checksum direct no_server all_drained echo_request
