#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: debug quick
# Fragments: what they become when they differ in their headers, whose are put
# together and whose are left alone, what is counted of those that get lost,
# and services by firewall mark.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

C=2001:db8:1::5
VIP=2001:db8:1::111
RS=2001:db8:2::110
IN="ip6 src=$C dst=$VIP"

# firewall RULES: nft, of one table
firewall()
{
	in_ns "$DIRECTOR" nft -f - <<< "table inet test {
		$*
		}"
}

no_firewall()
{
	in_ns "$DIRECTOR" nft delete table inet test
}

# answered ID PORT HEADERS HEADERS [later first]: a datagram to the director
# itself in two fragments with other headers, whose second comes first or not.
ID=100
answered()
{
	local first second

	ID=$((ID + 1))
	first="$IN $2 / frag mf id=$ID / udp sport=4001 dport=$1 / data 8"
	second="$IN $3 / frag off=16 id=$ID proto=17 / data 8"
	if [ "${4-}" ]; then
		pkt send client "$second"
		pkt send client "$first"
	else
		pkt send client "$first"
		pkt send client "$second"
	fi
	pkt recv client 2000 > /dev/null
}

# The first fragment says what the datagram is: the firewall has seen that, and
# nothing else may reach a socket. Behind its UDP header are eight bytes that would
# be one to port 161, for whoever took the options of another fragment for its own.
other_headers()
{
	# P, 161, 8, ffff: right for an empty datagram from port P
	local port=$((0xffff - (17 + 8 + 161 + 8 + 2 * (0x2001 + 0xdb8 + 1) + \
				5 + 0x111) % 0xffff))
	local fake order a b

	pkt udp_serve "$DIRECTOR" "$VIP" 161 secret
	pkt udp_serve "$DIRECTOR" "$VIP" 99 me
	firewall "chain in {
			type filter hook input priority 0
			udp dport 161 drop
		  }"
	# There is such a socket, and the firewall does its part.
	pkt send client "$IN / udp sport=4000 dport=161 / data 8"
	expect_silence client
	fake="$(printf %04x "$port")00a10008ffff"
	for order in "" later; do
		for a in "" "/ hbh" "/ hbh opts=1e0c000000000000000000000000"; do
			for b in "" "/ hbh" "/ dopt"; do
				answered 99 "$a" "$b" "$order"
				check_match "$REPLY" "udp sport=99 dport=4001" \
					    "headers '$a', '$b' $order"
				ID=$((ID + 1))
				pkt send client "$IN $a / frag mf id=$ID /" \
				    "udp sport=4002 dport=98 / data hex=$fake"
				pkt send client "$IN $b / frag off=16 id=$ID" \
				    "proto=17 / data 8"
				pkt recv client 2000 > /dev/null
				check_match "$REPLY" "icmp6 type=1 code=4" \
					    "passed the firewall: '$a', '$b'"
			done
		done
	done
	no_firewall
	log_test "IPv6 fragments: the first says what they are"
}

# Others' fragments may come by several ways, of which this is one.
transit()
{
	local proto

	for proto in 1 6 17 132; do
		pkt send client4 "ip src=192.168.1.5 dst=172.16.32.112 off=64" \
		    "id=9 proto=$proto / data 16"
		expect_packet server4 "ip src=192.168.1.5 dst=172.16.32.112" \
			"ttl=63 off=64 proto=$proto / data 16"
		pkt send server4 "ip src=172.16.32.112 dst=192.168.1.5 off=64" \
		    "id=9 proto=$proto / data 16"
		expect_packet client4 "ip src=172.16.32.112 dst=192.168.1.5" \
			"ttl=63 off=64 proto=$proto / data 16"
	done
	for proto in 6 17 58 132; do
		pkt send client "ip6 src=$C dst=2001:db8:2::112 /" \
		    "frag off=64 id=9 proto=$proto / data 16"
		pkt recv server 2000 > /dev/null
		check_match "$REPLY" "^ip6 src=$C dst=2001:db8:2::112 .*off=64" \
			    "IPv6, protocol $proto"
	done
	# A real server's wait for the others.
	pkt send server4 "ip src=172.16.32.110 dst=192.168.1.5 off=64 id=10" \
	    "proto=17 / data 16"
	pkt send server "ip6 src=$RS dst=$C / frag off=64 id=10 proto=17 / data 16"
	expect_silence client4
	expect_silence client
	log_test "fragments that pass are put together only if they may be ours"
}

# A datagram of others to the director is not lb's, either, and arrives.
to_others()
{
	pkt udp_serve "$DIRECTOR" 2001:db8:2::111 97 me
	pkt send client "frag=512 ip6 src=$C dst=2001:db8:2::111 /" \
	    "udp sport=4003 dport=97 / data 1000"
	pkt recv client 2000 > /dev/null
	check_match "$REPLY" "^ip6 src=2001:db8:2::111 .* sport=97 dport=4003" \
		    "no answer"
	log_test "IPv6 fragments: to an address of no service"
}

lost()
{
	local before

	before=$(drops fragment)
	# One over the other
	pkt send client "$IN / frag mf id=10 / udp sport=4004 dport=53 / data 16"
	pkt send client "$IN / frag off=16 id=10 proto=17 / data 24"
	check_eq "$(drops fragment)" $((before + 1)) "IPv6"
	pkt send server4 "ip src=172.16.32.110 dst=192.168.1.5 mf id=11 /" \
	    "udp sport=5353 dport=4004 / data 16"
	pkt send server4 "ip src=172.16.32.110 dst=192.168.1.5 off=16 id=11" \
	    "proto=17 / data 24"
	check_eq "$(drops fragment)" $((before + 2)) "IPv4"
	expect_silence client
	expect_silence client4
	expect_silence server
	log_test "fragments: what fits no other is counted"
}

# large FAMILY: 3,000 bytes to a service by mark, in fragments of which only the
# first has a port; says how many came of them.
large()
{
	local n=0

	if [ "$1" = 4 ]; then
		pkt send client4 "frag=1480 ip src=192.168.1.5 dst=198.51.100.7" \
		    "id=$((ID++)) / udp sport=4005 dport=53 / data 3000"
		while pkt recv server4 300 dst=172.16.32.110 > /dev/null; do
			n=$((n + 1))
		done
	else
		pkt send client "frag=1448 ip6 src=$C dst=2001:db8:77::7 /" \
		    "udp sport=4005 dport=53 / data 3000"
		pkt recv_whole server 1000 > /dev/null
		[[ $REPLY != *"dst=$RS "*" / data 3000" ]] || n=${REPLY%% *}
	fi
	SEEN=$n
}

# As in troubleshooting.rst
by_mark()
{
	local rules="type filter hook prerouting priority mangle
		ip daddr 198.51.100.0/24 udp dport 53 meta mark set 1
		ip6 daddr 2001:db8:77::/64 udp dport 53 meta mark set 1"
	local family

	for family in 4 6; do
		ip -n "$DIRECTOR" "-$family" rule add fwmark 1 lookup 100
		ip -n "$DIRECTOR" "-$family" route add local default dev lo \
			table 100
	done
	firewall "chain pre { $rules
		}"
	for family in 4 6; do
		large "$family"
		check_eq "$SEEN" 0 "IPv$family, with marks by port alone"
	done
	no_firewall
	firewall "chain pre { $rules
		ip daddr 198.51.100.0/24 ip frag-off & 0x1fff != 0 meta mark set 1
		ip6 daddr 2001:db8:77::/64 frag frag-off != 0 meta mark set 1
		}"
	for family in 4 6; do
		large "$family"
		check_eq "$SEEN" 3 "IPv$family, with marks for later fragments"
	done
	no_firewall
	log_test "fragments: a service by mark"
}

lb_load || skip_all "the module does not load"
topo_wire6 whole
lbctl -R << END
-A -u [$VIP]:53 -s rr
-a -u [$VIP]:53 -r [$RS]:5353 -m
-A -u 192.168.1.111:53 -s rr
-a -u 192.168.1.111:53 -r 172.16.32.110:5353 -m
-A -f 1 -s rr
-a -f 1 -r 172.16.32.110 -m
-A -f 1 -6 -s rr
-a -f 1 -6 -r [$RS] -m
END
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_run other_headers transit to_others lost by_mark
