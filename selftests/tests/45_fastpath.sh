#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The fast path: packets that take it leave exactly as those that do not, each
# packet's path is told, and no rule of others is skipped.
#
# Kernels: 6.1 debug quick
# CPUs: 1

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111

# --- traffic ------------------------------------------------------------
#
# A script for pkt with the path that each packet must take before it, - for
# those that lb has nothing to do with. An error that the director sends about a
# request of DR or TUN is a reply of that connection: local.

REQUEST="ip src=192.168.1.5 dst=$VIP"

request()
{
	echo "$1 client $2 $REQUEST $3 / $FLOW $4 / data ${5-60}"
}

reply()
{
	echo "$1 server $2 ip src=$RS dst=192.168.1.5 $3 / $ANSWER $4 /" \
	     "data ${5-60}"
}

# odd HOW: the headers that a packet in either direction may have.
odd()
{
	local how=$1 tos

	for tos in 1 2 3; do
		$how fast "" "tos=$tos"
	done
	for tos in 184 252 0; do
		$how way "" "tos=$tos"
		$how fast "" "tos=$((tos + 3))"
	done
	$how fast "" "df id=1"
	$how fast "" id=4711
	$how fast "" ttl=2
	$how fast "" ttl=255
	$how fast patch=6:8000
	$how fast "" "" csum=bad
	$how fast pad=1
	$how fast pad=30 "" "" 1
	$how fast "pad=100 patch=2:0030"
	$how options "" opts=01010101
	$how - "" opts=8307040a09090100
	$how fragment frag=200 "" "" 500
	$how - ipsum=bad
	$how - patch=0:44
	$how - patch=0:55
	$how - patch=2:0018
	$how - patch=2:0800
	$how - mac=ff:ff:ff:ff:ff:ff
	$how - mac=02:00:00:00:00:99
	$how - vlan=5
	$how other vlan=0
}

# large HOW FITS HEADER PATH: up to the MTU, and above it, where PATH is that of
# a packet that may not be cut.
large()
{
	local data=$(($2 - $3))

	$1 fast "" "" "" "$data"
	$1 fast "" df "" "$data"
	$1 other "" "" "" $((data + 1))
	$1 "$4" "" df "" $((data + 1))
}

# offloaded HOW FITS PATH: the same in large packets that devices cut.
offloaded()
{
	local data=$(($2 - 40))

	$1 fast gso=1000 "" "" 500
	$1 fast "gso=$data" "" "" 5000
	$1 fast "gso=$data" "df id=3 tos=2" "" 30000
	$1 other gso=$((data + 1)) "" "" 5000
	$1 "$3" gso=$((data + 1)) df "" 5000
}

# quote WHO INNER: an error about a packet
quote()
{
	echo "icmp $1 / icmp type=3 code=3 / $2 / data 20"
}

udp_requests()
{
	request new
	request fast
	odd request
	request "$ERROR" "" ttl=1
	request fast "" "" csum=none
	request fast "" "" "" 1
	large request "$1" 28 "$ERROR"
	quote "client $REQUEST" \
	      "ip src=$VIP dst=192.168.1.5 / udp sport=$PORT dport=1001"
}

udp_replies()
{
	reply way
	reply fast
	odd reply
	reply - "" ttl=1
	reply fast "" "" csum=none
	large reply 1300 28 -
	quote "server ip src=$RS dst=192.168.1.5" \
	      "ip src=192.168.1.5 dst=$RS / udp sport=1001 dport=$RPORT"
}

# udp PORT SERVER SERVER'S-PORT MTU
udp()
{
	PORT=$1 RS=$2 RPORT=$3
	FLOW="udp sport=1001 dport=$1"
	ANSWER="udp sport=$3 dport=1001"
	ERROR=other
	[ "$3" != 0 ] || ERROR=other,local
	udp_requests "$4"
	[ "$3" = 0 ] || udp_replies
}

# flags HOW WORD...: packets with these flags, and the paths they take
flags()
{
	local how=$1 word

	shift
	for word in "$@"; do
		$how "${word#*:}" "" "" "seq=7 ack=8 flags=${word%:*}" 0
	done
}

# tcp PORT SERVER SERVER'S-PORT MTU
tcp()
{
	RS=$2
	ERROR=other
	[ "$3" != 0 ] || ERROR=other,local
	FLOW="tcp sport=1001 dport=$1"
	ANSWER="tcp sport=$3 dport=1001"
	flags request S:new S:state
	[ "$3" = 0 ] || flags reply SA:state
	flags request A:fast A:fast PA:fast :fast U:fast UPA:fast
	[ "$3" = 0 ] || flags reply A:fast PA:fast :fast
	FLOW+=" flags=A"
	ANSWER+=" flags=A"
	request fast patch=32:60
	request fast patch=32:f0
	request fast patch=32:40
	request fast patch=33:d0
	odd request
	large request "$4" 40 "$ERROR"
	offloaded request "$4" "$ERROR"
	if [ "$3" != 0 ]; then
		odd reply
		large reply 1300 40 -
		offloaded reply 1300 -
	fi
	flags request FA:end FA:end A:fast
	[ "$3" = 0 ] || flags reply A:fast FA:end A:fast
	flags request A:fast R:end A:fast S:new A:fast A:fast
	[ "$3" = 0 ] || flags reply SA:state A:fast R:end A:fast
	flags request A:fast RA:end
}

# What is not the business of lb looks the same as ever.
strangers()
{
	FLOW="udp sport=1001 dport=9"
	request -
	FLOW="tcp sport=1001 dport=9 flags=S"
	request -
	FLOW="tcp sport=1002 dport=80 flags=A"
	request -
	FLOW="icmp type=8 code=0 id=1 seq=1"
	request -
	RS=172.16.32.110
	ANSWER="udp sport=9 dport=1001"
	reply -
	echo "- client ip src=192.168.1.5 dst=172.16.32.110 /" \
	     "udp sport=1 dport=53 / data 10"
}

traffic()
{
	udp 53 172.16.32.110 5353 1400
	udp 54 172.16.32.112 54 1400
	udp 55 172.16.32.113 0 1400
	udp 56 172.16.32.114 0 1380
	tcp 80 172.16.32.110 8080 1400
	tcp 81 172.16.32.112 81 1400
	tcp 82 172.16.32.113 0 1400
	tcp 83 172.16.32.114 0 1380
	strangers
}

services()
{
	cat <<- END
	-A -u $VIP:53 -s rr
	-a -u $VIP:53 -r 172.16.32.110:5353 -m
	-A -u $VIP:54 -s rr
	-a -u $VIP:54 -r 172.16.32.112:54 -m
	-A -u $VIP:55 -s rr
	-a -u $VIP:55 -r 172.16.32.113 -g
	-A -u $VIP:56 -s rr
	-a -u $VIP:56 -r 172.16.32.114 -i
	-A -t $VIP:80 -s rr
	-a -t $VIP:80 -r 172.16.32.110:8080 -m
	-A -t $VIP:81 -s rr
	-a -t $VIP:81 -r 172.16.32.112:81 -m
	-A -t $VIP:82 -s rr
	-a -t $VIP:82 -r 172.16.32.113 -g
	-A -t $VIP:83 -s rr
	-a -t $VIP:83 -r 172.16.32.114 -i
	END
}

# begin [SETTING]: without connections and with all counters at 0
begin()
{
	lb_unload
	lb_load
	lbctl config set fastpath "${1-auto}"
	services | lbctl -R
	paths
	pkt drain client > /dev/null
	pkt drain server > /dev/null
}

# --- the same packets by any path ---------------------------------------

# observe NAME: send it all, and keep what can be seen of it from outside.
observe()
{
	local out=$TMP/$1

	pkt run "$TMP/send"
	pkt dump server "$out.server" > /dev/null
	pkt dump client "$out.client" > /dev/null
	lbctl -L -n -c | awk '{ $2 = ""; print }' | sort > "$out.conns"
	lbctl -L -n > "$out.list"
	lbctl -L -n --stats --exact > "$out.stats"
	lbctl stats | grep -v -e ^path -e rate > "$out.drops"
}

# same AS NAME: whatever was observed
same()
{
	local what differ

	for what in server client conns list stats drops; do
		differ=$(diff "$TMP/$1.$what" "$TMP/$2.$what" 2>&1 |
			 head -n 6)
		check_eq "$differ" "" "$what: $1 and $2 differ"
	done
}

not_empty()
{
	local what

	for what in server client conns list stats drops; do
		[ "$(wc -l < "$TMP/$1.$what")" -gt "${2-5}" ]
		check_err $? "$1: little to see of $what"
	done
}

compare_setup()
{
	traffic > "$TMP/traffic"
	sed 's/^[^ ]* /send /' "$TMP/traffic" > "$TMP/send"
	ip -n "$DIRECTOR" link set eth1 mtu 1400
	ip -n "$DIRECTOR" route replace 192.168.1.0/24 dev eth0 \
		src "$VIP" mtu 1300
	begin off
	observe off
	took off "$(expected off off new)"
	not_empty off
}

compare_off()
{
	compare_setup
	log_test "same packets: the classic path sees all of them"
}

compare_on()
{
	begin on
	observe on
	took on "$(expected state)"
	same off on
	log_test "same packets: fastpath on"
}

compare_auto()
{
	begin auto
	observe auto
	took auto "$(expected fast)"
	same off auto
	log_test "same packets: fastpath auto"
}

compare_foreign()
{
	rules input
	begin auto
	observe foreign
	took foreign "$(expected fast foreign-hook "new|local")"
	same off foreign
	rules
	log_test "same packets: fastpath auto, but with somebody's rules"
}

# rules [CHAIN...]: of somebody else
rules()
{
	local chain

	{
		echo "table ip test"
		echo "delete table ip test"
		for chain in "$@"; do
			echo "table ip test {"
			echo "chain $chain { type filter hook $chain priority 0; }"
			echo "}"
		done
	} | in_ns "$DIRECTOR" nft -f -
}

lb_load || skip_all "the module does not load"
topo_wire
pkt open client "$CLIENT" eth0 02:00:00:00:00:d0 whole
pkt open server "$SERVERS" eth0 02:00:00:00:00:d1 whole
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_run compare_off compare_on compare_auto compare_foreign
