#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.1 debug quick
# CPUs: 1
#
# IPv6, packet by packet: translation, ICMP errors, path MTU, extension headers,
# fragments, tunnels within and across families, marks, persistence.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

C=2001:db8:1::5
VIP=2001:db8:1::111
RS=2001:db8:2::110
IN="ip6 src=$C dst=$VIP"
IN_NAT="ip6 src=$C dst=$RS"
OUT="ip6 src=$RS dst=$C"
OUT_NAT="ip6 src=$VIP dst=$C"

# What the director puts around a packet to the real server behind a tunnel.
OUTER6="ip6 src=2001:db8:2::111 dst=2001:db8:2::113 hlim=63 /"
OUTER4="ip src=172.16.32.111 dst=172.16.32.113 ttl=63 df /"

# --- translation ----------------------------------------------------------

# there HEADERS [FIELDS], back HEADERS [FIELDS]: a datagram is translated and
# has both still.
there()
{
	pkt send client "$IN ${2-} $1 / udp sport=1001 dport=53 / data 100"
	expect_packet server "$IN_NAT hlim=63${2:+ $2}$1 / udp sport=1001" \
		"dport=5353 / data 100"
}

back()
{
	pkt send server "$OUT ${2-} $1 / udp sport=5353 dport=1001 / data 300"
	expect_packet client "$OUT_NAT hlim=63${2:+ $2}$1 / udp sport=53" \
		"dport=1001 / data 300"
}

nat()
{
	there ""
	back ""
	pkt send client "$IN / tcp sport=1001 dport=80 seq=7 flags=S"
	expect_packet server "$IN_NAT hlim=63 / tcp sport=1001 dport=8080" \
		"seq=7 ack=0 flags=S"
	pkt send server "$OUT / tcp sport=8080 dport=1001 seq=9 ack=8 flags=SA"
	expect_packet client "$OUT_NAT hlim=63 / tcp sport=80 dport=1001" \
		"seq=9 ack=8 flags=SA"
	pkt send server "$OUT / udp sport=5353 dport=1999 / data 10"
	expect_packet client "$OUT hlim=63 / udp sport=5353 dport=1999 / data 10"
	log_test "IPv6 NAT: addresses and ports, both ways"
}

header_fields()
{
	there "" "tc=184 flow=74565"
	back "" "tc=3 flow=1"
	log_test "IPv6 NAT: traffic class and flow label are kept"
}

# Whoever looks for the ports at byte 40 finds options.
extension_headers()
{
	local headers

	for headers in "hbh" "dopt" "hbh / dopt" \
		       "hbh / dopt opts=010c000000000000000000000000" \
		       "rh type=4 left=0 rest=00000000" "frag"; do
		there " / $headers"
		[[ $headers == rh* ]] || back " / $headers"
	done
	pkt send client "$IN / hbh / dopt / tcp sport=1002 dport=80 flags=S"
	expect_packet server "$IN_NAT hlim=63 / hbh / dopt /" \
		"tcp sport=1002 dport=8080 seq=0 ack=0 flags=S"
	pkt send server "$OUT / dopt / tcp sport=8080 dport=1002 flags=SA"
	expect_packet client "$OUT_NAT hlim=63 / dopt /" \
		"tcp sport=80 dport=1002 seq=0 ack=0 flags=SA"
	pkt send client "$IN / hbh / tcp sport=1002 dport=80 flags=A"
	pkt recv server 2000 > /dev/null
	check_eq "$(state_of 1002)" ESTABLISHED "state of TCP"
	pkt send client "$IN / rh type=4 / dopt / tcp sport=1002 dport=80 flags=R"
	pkt recv server 2000 > /dev/null
	check_eq "$(state_of 1002)" CLOSE "state of TCP after a reset"
	pkt send client "$IN / dopt / sctp sport=1003 dport=80 chunks=init"
	pkt recv server 2000 sctp > /dev/null
	check_eq "$(state_of 1003)" INIT1 "state of SCTP"
	pkt send server "$OUT / hbh / dopt / sctp sport=8080 dport=1003" \
	    "chunks=abort"
	pkt recv client 2000 sctp > /dev/null
	check_eq "$(state_of 1003)" REJECTED "state of SCTP after an abort"
	log_test "IPv6 NAT: behind extension headers"
}

# times N TEXT
times()
{
	local i

	for ((i = 0; i < $1; i++)); do
		echo -n "$2"
	done
}

# Each costs a look, which is dear in a packet of many fragments.
many_headers()
{
	there "$(times 12 " / dopt")"
	pkt send client "$IN$(times 13 " / dopt") / udp sport=1001 dport=53 /" \
	    "data 8"
	expect_silence server
	pkt drain client > /dev/null
	log_test "IPv6: no more extension headers than anybody needs"
}

# state_of PORT: of that client's connection
state_of()
{
	lbctl -L -n -c | awk -v from="[$C]:$1" '$4 == from { print $3 }'
}

# zero_port PORT WORD...: a client's port for which the checksum of an empty
# datagram comes out as 0; WORDs are those of both addresses.
zero_port()
{
	local sum=$((17 + 8 + $1 + 8)) word

	for word in "${@:2}"; do
		sum=$((sum + word))
	done
	echo $((0xffff - sum % 0xffff))
}

checksums()
{
	local client="0x2001 0xdb8 1 5" port

	pkt send client "$IN / udp sport=1004 dport=53 csum=none / data 10"
	expect_packet server "$IN_NAT hlim=63 /" \
		"udp sport=1004 dport=5353 csum=none / data 10"
	pkt send server "$OUT / udp sport=5353 dport=1004 csum=none / data 10"
	expect_packet client "$OUT_NAT hlim=63 /" \
		"udp sport=53 dport=1004 csum=none / data 10"

	# shellcheck disable=SC2086
	port=$(zero_port 5353 $client 0x2001 0xdb8 2 0x110)
	pkt send client "$IN / udp sport=$port dport=53"
	expect_packet server "$IN_NAT hlim=63 /" \
		"udp sport=$port dport=5353 csum=ffff"
	# shellcheck disable=SC2086
	port=$(zero_port 53 $client 0x2001 0xdb8 1 0x111)
	pkt send client "$IN / udp sport=$port dport=53"
	expect_packet server "$IN_NAT hlim=63 / udp sport=$port dport=5353"
	pkt send server "$OUT / udp sport=5353 dport=$port"
	expect_packet client "$OUT_NAT hlim=63 /" \
		"udp sport=53 dport=$port csum=ffff"

	pkt send client "$IN / udp sport=1005 dport=53 csum=bad / data 11"
	expect_packet server "$IN_NAT hlim=63 /" \
		"udp sport=1005 dport=5353 csum=bad / data 11"
	pkt send server "$OUT / tcp sport=8080 dport=1001 flags=A csum=bad"
	expect_packet client "$OUT_NAT hlim=63 /" \
		"tcp sport=80 dport=1001 seq=0 ack=0 flags=A csum=bad"
	log_test "IPv6 NAT: checksums stay absent, right or wrong; 0 becomes ffff"
}

hop_limit()
{
	local quote="/ udp sport=1003 dport=53 / data 10"

	pkt send client "$IN hlim=2 $quote"
	expect_packet server "$IN_NAT hlim=1 / udp sport=1003 dport=5353 /" \
		"data 10"
	pkt send client "$IN hlim=1 $quote"
	expect_packet client "$OUT_NAT hlim=64 / icmp6 type=3 code=0 /" \
		"$IN hlim=1 $quote"
	expect_silence server
	log_test "IPv6: the hop limit ends at the director"
}

shared_packet()
{
	pkt open tap "$DIRECTOR" eth0 02:00:00:00:00:d0 sniff ipv6
	for _ in 1 2; do
		there ""
		expect_packet tap "$IN hlim=64 / udp sport=1001 dport=53 /" \
			"data 100"
		lbctl config set fastpath off
	done
	lbctl config set fastpath auto
	log_test "IPv6 NAT: a packet shared with a sniffer is not modified"
}

# --- ICMP -----------------------------------------------------------------

# error WIRE FROM TO KIND QUOTED: an ICMP error leaves that wire's end.
error()
{
	pkt send "$1" "ip6 src=$2 dst=$3 / icmp6 $4 / $5"
}

KINDS=("type=1 code=0" "type=1 code=3" "type=1 code=4" "type=2 code=0 mtu=1400"
       "type=3 code=0" "type=4 code=1")

begin()
{
	there ""
	pkt send client "$IN / tcp sport=1001 dport=80 flags=S"
	pkt recv server 2000 tcp > /dev/null
	check_err $? "no connection to send errors about"
}

about_requests()
{
	local kind from

	begin
	for kind in "${KINDS[@]}"; do
		error server "$RS" "$C" "$kind" "$IN_NAT hlim=63 / udp sport=1001 \
dport=5353 / data 40"
		expect_packet client "$OUT_NAT hlim=63 / icmp6 $kind /" \
			"$IN hlim=63 / udp sport=1001 dport=53 / data 40"
		error server "$RS" "$C" "$kind" "$IN_NAT / hbh / dopt /\
			tcp sport=1001 dport=8080 seq=77 flags=A"
		expect_packet client "$OUT_NAT hlim=63 / icmp6 $kind /" \
			"$IN hlim=64 / hbh / dopt / tcp sport=1001 dport=80" \
			"seq=77 ack=0 flags=A"
	done
	error server 2001:db8:2::9 "$C" "$kind" "$IN_NAT / udp sport=1001 \
dport=5353 / data 2"
	expect_packet client "$OUT_NAT hlim=63 / icmp6 $kind /" \
		"$IN hlim=64 / udp sport=1001 dport=53 / data 2"
	log_test "ICMPv6: a real server's errors reach the client translated"
}

about_replies()
{
	local kind from

	begin
	for from in $C 2001:db8:1::6; do
		for kind in "${KINDS[@]}"; do
			error client "$from" "$VIP" "$kind" "$OUT_NAT / dopt /\
				udp sport=53 dport=1001 / data 20"
			expect_packet server "ip6 src=$from dst=$RS hlim=63 /" \
				"icmp6 $kind / $OUT hlim=64 / dopt /" \
				"udp sport=5353 dport=1001 / data 20"
		done
	done
	log_test "ICMPv6: errors about replies reach the real server translated"
}

# It is put together, and cut again on its way.
fragmented_error()
{
	begin
	pkt send client "frag=128 ip6 src=$C dst=$VIP / icmp6 type=1 code=4 /" \
	    "$OUT_NAT / udp sport=53 dport=1001 / data 300"
	pkt recv_whole server 2000 > /dev/null
	check_eq "$REPLY" "3 fragments: ip6 src=$C dst=$RS hlim=63 / icmp6 \
type=1 code=4 / $OUT hlim=64 / udp sport=5353 dport=1001 / data 300" \
		 "a fragmented error"
	# The headers inside are in the second fragment.
	pkt send client "frag=8 ip6 src=$C dst=$VIP / icmp6 type=1 code=4 /" \
	    "$OUT_NAT / udp sport=53 dport=1001 / data 3"
	pkt recv_whole server 2000 > /dev/null
	check_match "$REPLY" " $OUT hlim=64 / udp sport=5353 dport=1001 / \
data 3$" "an error in the smallest fragments"
	log_test "ICMPv6: an error in fragments"
}

wrong_checksum()
{
	begin
	error server "$RS" "$C" "type=1 code=4 csum=bad" \
	      "$IN_NAT / udp sport=1001 dport=5353 / data 40"
	error client "$C" "$VIP" "type=1 code=4 csum=bad" \
	      "$OUT_NAT / udp sport=53 dport=1001 / data 20"
	expect_silence client
	expect_silence server
	log_test "ICMPv6: a broken error is not passed on"
}

# By DR and TUN the real server itself is the virtual service.
direct()
{
	local quoted="ip6 src=$VIP dst=$C hlim=64 / udp sport=%d dport=2002 /\
 data 8"
	local port wire wrap
	local -A outer=([81]="" [82]="$OUTER6 " [83]="$OUTER4 ")

	for port in 81 82 83; do
		wrap=${outer[$port]} wire=server
		[ "$port" != 83 ] || wire=server4
		pkt send client "$IN / udp sport=2002 dport=$port / data 9"
		expect_packet "$wire" "$wrap$IN hlim=63 /" \
			"udp sport=2002 dport=$port / data 9"
		# shellcheck disable=SC2059
		error client 2001:db8:1::6 "$VIP" "type=2 code=0 mtu=1400" \
		      "$(printf "$quoted" "$port")"
		# shellcheck disable=SC2059
		expect_packet "$wire" "${wrap}ip6 src=2001:db8:1::6 dst=$VIP" \
			"hlim=63 / icmp6 type=2 code=0 mtu=1400 /" \
			"$(printf "$quoted" "$port")"
	done
	log_test "ICMPv6: by DR and TUN errors follow their connection"
}

# refused CODE PACKET: the director says so to the client.
refused()
{
	pkt send client "$2"
	expect_packet client "$OUT_NAT hlim=64 / icmp6 type=1 code=$1 / ${2%%/*}\
hlim=64 /${2#*/}"
	expect_silence server
}

unreachable()
{
	refused 4 "$IN / udp sport=2003 dport=54 / data 10"
	refused 4 "$IN / tcp sport=2003 dport=54 seq=4 ack=0 flags=S"
	refused 4 "$IN / udp sport=2003 dport=55 / data 10"
	refused 3 "$IN / udp sport=2003 dport=56 / data 10"
	log_test "ICMPv6: port unreachable without a server, address without route"
}

echo_request()
{
	pkt send client "$IN / icmp6 type=128 code=0 id=9 seq=1 / data 56"
	expect_packet client "$OUT_NAT hlim=64 / icmp6 type=129 code=0 id=9" \
		"seq=1 / data 56"
	pkt send client "frag=400 $IN / icmp6 type=128 code=0 id=9 seq=2 /" \
	    "data 1000"
	expect_packet client "$OUT_NAT hlim=64 / icmp6 type=129 code=0 id=9" \
		"seq=2 / data 1000"
	log_test "ICMPv6: the director answers pings to the service's address"
}

# --- path MTU -------------------------------------------------------------

# ask PORT SIZE: a datagram of SIZE bytes in all
ask()
{
	pkt send client "$IN / udp sport=3001 dport=$1 / data $(($2 - 48))"
}

# told_mtu PORT SIZE MTU: the client hears of MTU, the servers of nothing.
told_mtu()
{
	ask "$1" "$2"
	pkt recv client 2000 > /dev/null
	check_match "$REPLY" "^$OUT_NAT hlim=64 / icmp6 type=2 code=0 mtu=$3 / \
$IN hlim=6[34] / udp sport=3001 dport=$1 / data" \
		    "a packet of $2 bytes by $1: the MTU was not told"
	expect_silence server
	expect_silence server4
}

# fits PORT SIZE [OUTER]: it goes through whole.
fits()
{
	local wire=server

	[[ ${3-} != "ip "* ]] || wire=server4
	ask "$1" "$2"
	pkt recv "$wire" 2000 > /dev/null
	check_match "$REPLY" "^${3-}ip6 src=$C .*/ data $(($2 - 48))$" \
		    "a packet of $2 bytes by $1 did not go through"
}

mtu()
{
	ip -n "$DIRECTOR" link set eth1 mtu "$1"
}

path_mtu()
{
	fits 82 1460 "$OUTER6 "
	told_mtu 82 1461 1460
	fits 83 1480 "$OUTER4 "
	told_mtu 83 1481 1480
	mtu 1400
	fits 53 1400
	told_mtu 53 1401 1400
	told_mtu 53 1500 1400
	fits 81 1400
	told_mtu 81 1401 1400
	fits 82 1360 "$OUTER6 "
	told_mtu 82 1361 1360
	fits 83 1380 "$OUTER4 "
	told_mtu 83 1381 1380
	# Too narrow for IPv6 in a tunnel, so for all that would be wrapped.
	mtu 1300
	ask 82 100
	expect_silence server
	mtu 1500
	fits 53 1500
	log_test "path MTU: IPv6 by NAT, DR and both tunnels"
}

# A router on the way to ADDRESS has no room for our tunnel.
too_big()
{
	pkt send server "ip6 src=2001:db8:2::9 dst=2001:db8:2::111 /" \
	    "icmp6 type=2 code=0 mtu=$2 / ip6 src=2001:db8:2::111 dst=$1" \
	    "hlim=60 / $3 / udp sport=3001 dport=$4 / data 500"
}

# Last, as the director remembers the MTU of a path for minutes.
behind_tunnel()
{
	fits 82 1460 "$OUTER6 "
	too_big 2001:db8:2::114 1300 "$IN hlim=63" 82
	expect_silence client
	fits 82 1460 "$OUTER6 "
	too_big 2001:db8:2::113 1400 "$IN hlim=63" 82
	expect_packet client "$OUT_NAT hlim=64 / icmp6 type=2 code=0 mtu=1360 /" \
		"$IN hlim=63 / udp sport=3001 dport=82 / data 500"
	fits 82 1360 "$OUTER6 "
	told_mtu 82 1361 1360
	log_test "path MTU: a narrow link behind a tunnel"
}

behind_tunnel4()
{
	local quoted="ip src=172.16.32.111 dst=%s ttl=60 df / $IN hlim=63 / \
udp sport=3001 dport=83 / data 500" to

	fits 83 1480 "$OUTER4 "
	for to in 172.16.32.114 172.16.32.113; do
		# shellcheck disable=SC2059
		pkt send server "ip src=172.16.0.9 dst=172.16.32.111 / icmp" \
		    "type=3 code=4 mtu=1400 / $(printf "$quoted" "$to")"
		[ "$to" = 172.16.32.113 ] || expect_silence client
	done
	expect_packet client "$OUT_NAT hlim=64 / icmp6 type=2 code=0 mtu=1380 /" \
		"$IN hlim=63 / udp sport=3001 dport=83 / data 500"
	fits 83 1380 "$OUTER4 "
	told_mtu 83 1381 1380
	log_test "path MTU: a narrow IPv4 link behind a tunnel"
}

# --- fragments ------------------------------------------------------------

# in_pieces PORT WIRE PACKET: 4 KB arrive as they were sent, and cut as small.
in_pieces()
{
	local size pieces

	for size in 1448 1232 512; do
		pieces=$(((4008 + size - 1) / size))
		pkt send client "frag=$size $IN / udp sport=4001 dport=$1 /" \
		    "data 4000"
		pkt recv_whole "$2" 2000 > /dev/null
		check_eq "$REPLY" "$pieces fragments: $3 / data 4000" \
			 "4 KB in fragments of $size to port $1"
	done
}

answer_in_pieces()
{
	pkt send server "frag=1232 $OUT / udp sport=5353 dport=4001 / data 4000"
	pkt recv_whole client 2000 > /dev/null
	check_eq "$REPLY" "4 fragments: $OUT_NAT hlim=63 / udp sport=53 \
dport=4001 / data 4000" "4 KB of answer in fragments"
}

# What comes through a tunnel is one packet, and the tunnel's is cut.
in_pieces_wrapped()
{
	pkt send client "frag=1232 $IN / udp sport=4001 dport=82 / data 4000"
	pkt recv_whole server 2000 > /dev/null
	check_match "$REPLY" "^[345] fragments: $OUTER6 $IN hlim=63 / \
udp sport=4001 dport=82 / data 4000" "4 KB in fragments through the tunnel"
}

pieces()
{
	in_pieces 53 server "$IN_NAT hlim=63 / udp sport=4001 dport=5353"
	answer_in_pieces
	in_pieces 81 server "$IN hlim=63 / udp sport=4001 dport=81"
	in_pieces_wrapped
}

fragments()
{
	pieces
	log_test "IPv6 fragments: NAT, DR and TUN"
}

fragments_conntrack()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table ip6 test {
		chain test {
			type filter hook prerouting priority 0
			ct state invalid counter
		}
	}
	END
	pieces
	in_ns "$DIRECTOR" nft delete table ip6 test
	log_test "IPv6 fragments: the same where connection tracking puts together"
}

# Later fragments of what looks like a SYN, fragments that may not be: none
# opens a connection, or stays here for ever.
malformed_fragments()
{
	pkt send client "$IN / frag off=8 id=7 proto=6 / tcp sport=4002" \
	    "dport=80 flags=S"
	# Its length is no multiple of eight.
	pkt send client "$IN / frag mf id=8 / udp sport=4003 dport=53 / data 5"
	pkt recv client 2000 > /dev/null
	check_match "$REPLY" "^$OUT_NAT .* icmp6 type=4 code=0 /" \
		    "an odd fragment is not refused by the stack"
	# Two ends.
	pkt send client "$IN / frag off=16 id=9 proto=17 / data 8"
	pkt send client "$IN / frag off=24 id=9 proto=17 / data 8"
	# One over the other.
	pkt send client "$IN / frag mf id=10 / udp sport=4004 dport=53 / data 16"
	pkt send client "$IN / frag off=16 id=10 proto=17 / data 24"
	# Beyond the largest packet there can be.
	pkt send client "$IN / frag off=65528 id=11 proto=17 / data 16"
	expect_silence server
	check_eq "$(lbctl -L -n -c | grep -c "::5\]:400[234] ")" 0 "connections"
	there ""
	log_test "IPv6 fragments: malformed ones open nothing"
}

# What is for the director itself is none the worse for being put together.
local_fragments()
{
	local headers

	pkt udp_serve "$DIRECTOR" "$VIP" 99 me
	for headers in "" "/ hbh / frag id=20" "/ dopt / frag id=21" \
		       "/ hbh / dopt / frag id=22 / dopt"; do
		pkt send client "frag=512 $IN $headers /" \
		    "udp sport=4005 dport=99 / data 1000"
		pkt recv client 2000 > /dev/null
		check_match "$REPLY" "^$OUT_NAT hlim=64 / udp sport=99 \
dport=4005.* / data 1003" "no answer to fragments ${headers}"
	done
	log_test "IPv6 fragments: those that are not for us reach their socket"
}

# --- tunnels, marks, persistence ------------------------------------------

wrapped()
{
	local wire outer

	# The congestion mark is shown outside, and so is the class.
	pkt send client "$IN tc=185 hlim=9 / tcp sport=5001 dport=82 flags=S"
	expect_packet server "${OUTER6/hlim=63/hlim=8 tc=185} $IN hlim=8" \
		"tc=185 / tcp sport=5001 dport=82 seq=0 ack=0 flags=S"
	pkt send client "$IN tc=185 hlim=9 / hbh / tcp sport=5002 dport=83" \
	    "flags=S"
	expect_packet server4 "${OUTER4/ttl=63/ttl=8 tos=185} $IN hlim=8" \
		"tc=185 / hbh / tcp sport=5002 dport=83 seq=0 ack=0 flags=S"
	# IPv4 in IPv6
	pkt send client4 "ip src=192.168.1.5 dst=192.168.1.111 tos=4 /" \
	    "udp sport=5003 dport=82 / data 10"
	expect_packet server "${OUTER6/hlim=63/hlim=63 tc=4}" \
		"ip src=192.168.1.5 dst=192.168.1.111 ttl=63 tos=4 /" \
		"udp sport=5003 dport=82 / data 10"
	# It need not fit, and the tunnel is cut; or it must, and is told so.
	pkt send client4 "ip src=192.168.1.5 dst=192.168.1.111 /" \
	    "udp sport=5003 dport=82 / data 1472"
	pkt recv_whole server 2000 > /dev/null
	check_match "$REPLY" "^2 fragments: $OUTER6 .*/ data 1472" \
		    "1500 bytes of IPv4 in a tunnel of IPv6"
	pkt send client4 "ip src=192.168.1.5 dst=192.168.1.111 df /" \
	    "udp sport=5003 dport=82 / data 1472"
	pkt recv client4 2000 > /dev/null
	check_match "$REPLY" "icmp type=3 code=4 mtu=1[34]60 " \
		    "1500 bytes with DF in a tunnel of IPv6"
	log_test "tunnels: IPv6 in IPv6, IPv6 in IPv4, IPv4 in IPv6"
}

# What a router on the way notes outside must find the mark that the sender, and
# routers before, have set (RFC 6040 4.1).
congestion()
{
	local mark

	for mark in 184 185 186 187; do
		pkt send client "$IN tc=$mark / udp sport=5010 dport=82"
		expect_packet server "${OUTER6% /} tc=$mark / $IN hlim=63 tc=$mark /" \
			"udp sport=5010 dport=82"
		pkt send client "$IN tc=$mark / udp sport=5010 dport=83"
		expect_packet server4 "${OUTER4% df /} tos=$mark df / $IN hlim=63" \
			"tc=$mark / udp sport=5010 dport=83"
		pkt send client4 "ip src=192.168.1.5 dst=192.168.1.111" \
		    "tos=$mark / udp sport=5010 dport=82"
		expect_packet server "${OUTER6% /} tc=$mark / ip src=192.168.1.5" \
			"dst=192.168.1.111 ttl=63 tos=$mark /" \
			"udp sport=5010 dport=82"
	done
	log_test "tunnels: congestion marks"
}

# label PACKET: the outer flow label of what the server gets, in LABEL
label()
{
	pkt send "$@"
	pkt recv server 2000 > /dev/null
	[[ $REPLY =~ ^${OUTER6% /}\ flow=([0-9]+)\ /\  ]]
	check_err $? "no outer label: $REPLY"
	LABEL=${BASH_REMATCH[1]-}
}

# The sender's, or else one for each connection
labels()
{
	local first in4="ip src=192.168.1.5 dst=192.168.1.111"

	ns_sysctl "$DIRECTOR" net.ipv6.auto_flowlabels=1
	label client "$IN flow=74565 / udp sport=5011 dport=82"
	check_eq "$LABEL" 74565 "a label of the sender's"
	label client "$IN / udp sport=5012 dport=82"
	first=$LABEL
	label client "$IN / udp sport=5012 dport=82"
	check_eq "$LABEL" "$first" "the second packet of a connection"
	label client "$IN / udp sport=5013 dport=82"
	[ "$LABEL" != "$first" ]
	check_err $? "two connections have one label"
	label client4 "$in4 / udp sport=5014 dport=82"
	[ "$LABEL" -ge $((1 << 19)) ]
	check_err $? "not a stateless label: $LABEL"
	ns_sysctl "$DIRECTOR" net.ipv6.auto_flowlabels=0
	pkt send client4 "$in4 / udp sport=5014 dport=82"
	expect_packet server "$OUTER6 $in4 ttl=63 / udp sport=5014 dport=82"
	log_test "tunnels: flow labels"
}

marks()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table inet test {
		chain test {
			type filter hook prerouting priority -150
			th dport 9000-9001 meta mark set 7
		}
	}
	END
	pkt send client "$IN / udp sport=6001 dport=9000 / data 10"
	expect_packet server "$IN_NAT hlim=63 / udp sport=6001 dport=9000 /" \
		"data 10"
	pkt send server "$OUT / udp sport=9000 dport=6001 / data 10"
	expect_packet client "$OUT_NAT hlim=63 / udp sport=9000 dport=6001 /" \
		"data 10"
	pkt send client "$IN / tcp sport=6001 dport=9001 flags=S"
	expect_packet server "$IN_NAT hlim=63 /" \
		"tcp sport=6001 dport=9001 seq=0 ack=0 flags=S"
	# The same mark on IPv4 is another service, which is not there.
	pkt send client4 "ip src=192.168.1.5 dst=192.168.1.111 /" \
	    "udp sport=6001 dport=9000 / data 10"
	expect_silence server4
	check_eq "$(lbctl -L -n -c | awk '/:9000/ { print $1, $3, $4, $5, $6 }')" \
		 "UDP UDP [$C]:6001 [$VIP]:9000 [$RS]:9000" "listing"
	in_ns "$DIRECTOR" nft delete table inet test
	log_test "IPv6: a service by mark"
}

# visit CLIENT: the server that a new connection of it goes to
visit()
{
	NEXT_PORT=$((NEXT_PORT + 1))
	pkt send client "ip6 src=$1 dst=$VIP / tcp sport=$NEXT_PORT dport=90" \
	    "flags=S"
	pkt recv server 1000 > /dev/null
	SERVER=${REPLY#*dst=}
	SERVER=${SERVER%% *}
}
NEXT_PORT=7000

persistence()
{
	local first second

	visit 2001:db8:9:1::1
	first=$SERVER
	visit 2001:db8:9:1:ffff::2
	check_eq "$SERVER" "$first" "the same /64"
	visit 2001:db8:9:2::1
	second=$SERVER
	[ "$first" != "$second" ]
	check_err $? "another /64"
	visit 2001:db8:9:2::ffff
	check_eq "$SERVER" "$second" "that one again"
	check_eq "$(lbctl -L -n -c | awk '$4 ~ /]:0$/ { print $4 }' | sort |
		    paste -sd ' ')" \
		 "[2001:db8:9:1::]:0 [2001:db8:9:2::]:0" "templates"
	lbctl -L -n | grep -q "persistent 600 mask 64$"
	check_err $? "the listing does not tell the prefix"
	log_test "IPv6 persistence: one template for a prefix"
}

lb_load || skip_all "the module does not load"
topo_wire6 whole
lbctl -R << END
-A -u [$VIP]:53 -s rr
-a -u [$VIP]:53 -r [$RS]:5353 -m
-A -t [$VIP]:80 -s rr
-a -t [$VIP]:80 -r [$RS]:8080 -m
-A --sctp-service [$VIP]:80 -s rr
-a --sctp-service [$VIP]:80 -r [$RS]:8080 -m
-A -u [$VIP]:54 -s rr
-A -t [$VIP]:54 -s rr
-A -u [$VIP]:55 -s rr
-a -u [$VIP]:55 -r [$RS] -m -w 0
-A -u [$VIP]:56 -s rr
-a -u [$VIP]:56 -r [2001:db8:dead::1] -m
-A -u [$VIP]:81 -s rr
-a -u [$VIP]:81 -r [2001:db8:2::112] -g
-A -u [$VIP]:82 -s rr
-a -u [$VIP]:82 -r [2001:db8:2::113] -i
-A -t [$VIP]:82 -s rr
-a -t [$VIP]:82 -r [2001:db8:2::113] -i
-A -u [$VIP]:83 -s rr
-a -u [$VIP]:83 -r 172.16.32.113 -i
-A -t [$VIP]:83 -s rr
-a -t [$VIP]:83 -r 172.16.32.113 -i
-A -u 192.168.1.111:82 -s rr
-a -u 192.168.1.111:82 -r [2001:db8:2::113] -i
-A -f 7 -6 -s rr
-a -f 7 -6 -r [$RS]:0 -m
-A -t [$VIP]:90 -s rr -p 600 -M 64
-a -t [$VIP]:90 -r [2001:db8:2::110] -m
-a -t [$VIP]:90 -r [2001:db8:2::112] -m
END
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_run nat header_fields extension_headers many_headers checksums hop_limit \
	  shared_packet about_requests about_replies fragmented_error \
	  wrong_checksum direct unreachable echo_request path_mtu fragments \
	  fragments_conntrack malformed_fragments local_fragments wrapped \
	  congestion labels \
	  marks persistence behind_tunnel behind_tunnel4
