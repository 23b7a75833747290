#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: debug
# ICMP errors that are cut anywhere, lie in several pieces of memory, or say more
# than what they are about. The debug kernel sees what is read or written beyond
# their end.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
VIP6=2001:db8:1::111
FLOW="ip src=192.168.1.5 dst=$VIP"
FLOW6="ip6 src=2001:db8:1::5 dst=$VIP6"
TUN="ip src=172.16.32.111 dst=172.16.32.113 df ttl=60"
TUN6="ip6 src=2001:db8:2::111 dst=2001:db8:2::113 hlim=60"
FROM="ip src=172.16.0.9 dst=172.16.32.111"
FROM6="ip6 src=2001:db8:2::9 dst=2001:db8:2::111"

# Of tunnel packets, by port of the service: what is between the IP headers, and
# how long all headers are. The packet inside follows.
declare -A MIDDLE=([82]="proto=4 / data hex="
		   [83]="proto=47 / data hex=00000800"
		   [84]="proto=47 / data hex=8000080012340000"
		   [85]="/ udp sport=50000 dport=6080 csum=none / data hex=00040000"
		   [86]="/ udp sport=50000 dport=6080 csum=none / data hex=0204000180000000001400 1a")
MIDDLE[86]=${MIDDLE[86]// 1a/1a}
MIDDLE6="proto=41 / data hex="
declare -A OVERHEAD=([82]=20 [83]=24 [84]=28 [85]=32 [86]=40)

# tap LINE...: packets from a device, see tap.c
tap()
{
	printf '%s\n' "$@" |
		"$BUILD_DIR/tool-test/tap" "$DIRECTOR" 02:00:00:00:00:50
	check_err $? "tap failed"
}

forget_mtu()
{
	ip -n "$DIRECTOR" route flush cache
	ip -n "$DIRECTOR" -6 route flush cache
}

drain()
{
	local wire

	for wire in client server client4 server4; do
		pkt drain "$wire" > /dev/null
	done
}

# open_conns: one of each kind
open_conns()
{
	local port

	for port in 53 82 83 84 85 86; do
		pkt send client4 "$FLOW / udp sport=3001 dport=$port / data 9"
		pkt recv server4 2000 > /dev/null
		check_err $? "no connection by port $port"
	done
	for port in 53 82; do
		pkt send client "$FLOW6 / udp sport=3001 dport=$port / data 9"
		pkt recv server 2000 > /dev/null
		check_err $? "no IPv6 connection by port $port"
	done
	pkt send client4 "$FLOW / tcp sport=3001 dport=80 flags=S"
	pkt send client4 "$FLOW / sctp sport=3001 dport=80 chunks=init"
	pkt send client "$FLOW6 / tcp sport=3001 dport=80 flags=S"
	pkt recv server 2000 tcp > /dev/null
	check_err $? "no connection by TCP"
	drain
}

# narrow PORT LINEAR DATA TOLD [WISH]...: a router on the way to the server has
# only 1400 bytes left. The client is told what is left for it, about a packet with
# TOLD bytes of data, and the director knows it from then on.
narrow()
{
	local mtu=$((1400 - OVERHEAD[$1]))

	tap "linear=$2 ${*:5} $FROM / icmp type=3 code=4 mtu=1400 / \
$TUN ${MIDDLE[$1]}{$FLOW ttl=63 df / udp sport=3001 dport=$1 / data $3}"
	expect_packet client4 "ip src=$VIP dst=192.168.1.5 ttl=64 tos=192 /" \
		"icmp type=3 code=4 mtu=$mtu / $FLOW ttl=63 df /" \
		"udp sport=3001 dport=$1$4"
	pkt send client4 "$FLOW df / udp sport=3001 dport=$1 /" \
	    "data $((mtu + 1 - 28))"
	pkt recv client4 2000 > /dev/null
	check_match "$REPLY" "icmp type=3 code=4 mtu=$mtu / $FLOW " \
		    "port $1, $2 bytes in the first piece: MTU not learnt"
	drain
	forget_mtu
}

narrow6()
{
	tap "linear=$1 $FROM6 / icmp6 type=2 code=0 mtu=1400 / $TUN6 \
$MIDDLE6{$FLOW6 hlim=63 / udp sport=3001 dport=82 / data $2}"
	expect_packet client "ip6 src=$VIP6 dst=2001:db8:1::5 hlim=64 /" \
		"icmp6 type=2 code=0 mtu=1360 / $FLOW6 hlim=63 /" \
		"udp sport=3001 dport=82$3"
	pkt send client "$FLOW6 / udp sport=3001 dport=82 / data 1313"
	pkt recv client 2000 > /dev/null
	check_match "$REPLY" "icmp6 type=2 code=0 mtu=1360 / $FLOW6 " \
		    "IPv6, $1 bytes in the first piece: MTU not learnt"
	drain
	forget_mtu
}

in_pieces()
{
	local port

	open_conns
	for port in 82 83 84 85 86; do
		narrow "$port" 20 100 " / data 100"
		narrow "$port" 36 0 ""
		narrow "$port" $((48 + OVERHEAD[$port])) 100 " / data 100"
	done
	narrow6 40 100 " / data 100"
	narrow6 52 0 ""
	narrow6 95 100 " / data 100"
	log_test "ICMP errors in pieces: the path MTU of tunnels is learnt and told"
}

# Of 128 bytes there are 28 less for IP and UDP, and less for the tunnel.
extension()
{
	open_conns
	narrow 82 20 400 " / data 80" ext
	narrow 82 400 400 " / data 80" ext
	narrow 82 400 20 " / data 20" ext
	narrow 86 400 400 " / data 60" ext
	log_test "ICMP errors with an extension: it is not taken for the packet"
}

# all_lengths HEADERS PACKET: in all lengths from the ICMP header on
all_lengths()
{
	local linear

	for linear in "$1" "$((${1} + 12))" "$((${1} + 60))" 2000; do
		echo "linear=$linear cut=$(($1 + 1))-$(($1 + 150)) $2"
	done
}

odd_lengths()
{
	local back="ip src=$VIP dst=192.168.1.5"
	local back6="ip6 src=$VIP6 dst=2001:db8:1::5"
	local there="ip src=192.168.1.5 dst=172.16.32.110"
	local there6="ip6 src=2001:db8:1::5 dst=2001:db8:2::110"
	local icmp="icmp type=3 code=4 mtu=1300" icmp6="icmp6 type=2 mtu=1300 code=0"
	local options="opts=0101010101010101010101070704000000000101"
	local l4 server client

	for l4 in "udp sport=%d dport=%d" "tcp sport=%d dport=%d flags=A" \
		  "sctp sport=%d dport=%d chunks=data"; do
		# shellcheck disable=SC2059
		server=$(printf "$l4 / data 200" 3001 8080)
		[[ $l4 != udp* ]] || server=${server/8080/5353}
		# shellcheck disable=SC2059
		client=$(printf "$l4 / data 200" 80 3001)
		[[ $l4 != udp* ]] || client=${client/=80 /=53 }
		all_lengths 20 "ip src=172.16.32.110 dst=192.168.1.5 / $icmp / \
$there / $server"
		all_lengths 40 "ip src=172.16.32.110 dst=192.168.1.5 $options / \
$icmp / $there $options / $server"
		all_lengths 20 "ip src=192.168.1.6 dst=$VIP / $icmp / $back / $client"
		all_lengths 40 "ip6 src=2001:db8:2::110 dst=2001:db8:1::5 / \
$icmp6 / $there6 / dopt / $server"
		all_lengths 40 "ip6 src=2001:db8:1::6 dst=$VIP6 / $icmp6 / \
$back6 / hbh / rh type=4 / $client"
	done
	for l4 in 82 83 84 85 86; do
		all_lengths 20 "$FROM / icmp type=3 code=1 / $TUN ${MIDDLE[$l4]}\
{$FLOW $options / udp sport=3001 dport=$l4 / data 200}"
	done
	all_lengths 40 "$FROM6 / icmp6 type=1 code=0 / $TUN6 $MIDDLE6\
{$FLOW6 / dopt / udp sport=3001 dport=82 / data 200}"
}

cut_anywhere()
{
	local wire count

	open_conns
	odd_lengths > "$TMP/odd"
	tap "$(< "$TMP/odd")"
	for wire in client server client4 server4; do
		pkt drain "$wire" > "$TMP/count"
		count=$(< "$TMP/count")
		[ "$count" -gt 100 ]
		check_err $? "$count errors reached the $wire"
	done
	check_eq "$(drops icmp) $(drops no-memory)" "0 0" "drops"
	check_eq "$(lbctl -L -n -c | grep "[0-9]" | grep -v :3001)" "" \
		 "connections were opened"
	pkt send client4 "$FLOW / udp sport=3001 dport=53 / data 9"
	expect_packet server4 "ip src=192.168.1.5 dst=172.16.32.110 ttl=63 /" \
		"udp sport=3001 dport=5353 / data 9"
	log_test "ICMP errors that are cut anywhere"
}

lb_load || skip_all "the module does not load"
modprobe tun
topo_wire6 whole
service()
{
	echo "-A $1 -s rr"
	echo "-a $1 -r ${*:2}"
}
{
	service "-u $VIP:53" 172.16.32.110:5353 -m
	service "-t $VIP:80" 172.16.32.110:8080 -m
	service "--sctp-service $VIP:80" 172.16.32.110:8080 -m
	service "-u [$VIP6]:53" "[2001:db8:2::110]:5353" -m
	service "-t [$VIP6]:80" "[2001:db8:2::110]:8080" -m
	service "-u $VIP:82" 172.16.32.113 -i
	service "-u $VIP:83" 172.16.32.113 -i --tun-type gre
	service "-u $VIP:84" 172.16.32.113 -i --tun-type gre --tun-csum
	service "-u $VIP:85" 172.16.32.113 -i --tun-type gue --tun-port 6080
	service "-u $VIP:86" 172.16.32.113 -i --tun-type gue --tun-port 6080 \
		--tun-remcsum
	service "-u [$VIP6]:82" "[2001:db8:2::113]" -i
} > "$TMP/services"
lbctl -R < "$TMP/services"
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_run in_pieces extension cut_anywhere
