#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: debug quick
#
# One-packet scheduling: each datagram is scheduled by itself, and nothing of it
# stays. Where both ends are seen, stock ip_vs does the same.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

IN="ip src=192.168.1.5 dst=192.168.1.111"
VIA_NAT="ip src=192.168.1.5 dst=172.16.32.110"

# ask PORT [DATA]: a datagram of one client with one port, to PORT.
ask()
{
	pkt send client "$IN / udp sport=1001 dport=$1 / data ${2:-10}"
}

by_nat()
{
	for _ in 1 2 3; do
		ask 53
		expect_packet server "$VIA_NAT ttl=63 / udp sport=1001" \
			"dport=5353 / data 10"
		ask 53
		expect_packet server "ip src=192.168.1.5 dst=172.16.32.112" \
			"ttl=63 / udp sport=1001 dport=53 / data 10"
	done
	check_eq "$(conns)" "" "connections are left"
	stat_reached 192.168.1.111:53 6
	stat_reached 172.16.32.110:5353 3
	log_test "NAT: the servers take turns for the datagrams of one client"
}

# The connections of UDP that lb or ip_vs lists.
conns()
{
	lbctl -L -n -c | grep UDP
}

# stat_reached ADDRESS:PORT N: so many connections, packets and bytes.
stat_reached()
{
	busywait 5000 stat_is "$1" 3 "$2"
	check_err $? "Conns of $1 not $2: $(lbctl -L -n --stats)"
	busywait 5000 stat_is "$1" 4 "$2"
	check_err $? "InPkts of $1 not $2"
	busywait 5000 stat_is "$1" 6 "$(($2 * 38))"
	check_err $? "InBytes of $1 not $(($2 * 38))"
}

# Nobody remembers what they are an answer to.
replies()
{
	ask 53
	pkt recv server 2000 > /dev/null
	pkt send server "ip src=172.16.32.110 dst=192.168.1.5 /" \
	    "udp sport=5353 dport=1001 / data 20"
	expect_packet client "ip src=172.16.32.110 dst=192.168.1.5 ttl=63 /" \
		"udp sport=5353 dport=1001 / data 20"
	log_test "NAT: what a server answers keeps its address"
}

by_dr_and_tun()
{
	ask 54 300
	expect_packet server "$IN ttl=63 / udp sport=1001 dport=54 / data 300"
	ask 54 300
	expect_packet server "ip src=172.16.32.111 dst=172.16.32.113 ttl=63 /" \
		"$IN ttl=63 / udp sport=1001 dport=54 / data 300"
	check_eq "$(conns)" "" "connections are left"
	log_test "DR and TUN"
}

# Each to the client's server, and the template counts no connections.
persistence()
{
	local first

	ask 55
	pkt recv server 2000 udp > /dev/null
	first=$REPLY
	for _ in 1 2 3; do
		ask 55
		expect_packet server "$first"
	done
	check_eq "$(conns | wc -l)" 1 "more or less than the template"
	log_test "with persistence"
}

# A service by mark has UDP datagrams that are, and TCP connections that stay.
by_mark()
{
	in_ns "$DIRECTOR" iptables -t mangle -A PREROUTING -p udp --dport 56 \
		-j MARK --set-mark 5
	in_ns "$DIRECTOR" iptables -t mangle -A PREROUTING -p tcp --dport 56 \
		-j MARK --set-mark 5
	ask 56
	expect_packet server "ip src=192.168.1.5 dst=172.16.32.110 ttl=63 /" \
		"udp sport=1001 dport=56 / data 10"
	ask 56
	expect_packet server "ip src=192.168.1.5 dst=172.16.32.112 ttl=63 /" \
		"udp sport=1001 dport=56 / data 10"
	pkt send client "$IN / tcp sport=1001 dport=56 flags=S"
	expect_packet server "ip src=192.168.1.5 dst=172.16.32.110 ttl=63 /" \
		"tcp sport=1001 dport=56 seq=0 ack=0 flags=S"
	check_eq "$(lbctl -L -n -c | awk '$5 ~ /:56$/ { print $1, $3 }')" \
		"TCP SYN_RECV" "connections by mark"
	in_ns "$DIRECTOR" iptables -t mangle -F
	log_test "by mark: UDP only"
}

no_server()
{
	lbctl -e -u 192.168.1.111:57 -r 172.16.32.110 -m -w 0
	ask 57
	pkt recv client 2000 icmp > /dev/null
	check_match "$REPLY" "icmp type=3 code=3 / $IN ttl=64 / udp sport=1001" \
		"no port unreachable"
	lbctl -e -u 192.168.1.111:57 -r 172.16.32.110 -m -w 1
	ask 57
	expect_packet server "$VIA_NAT ttl=63 / udp sport=1001 dport=57 /" \
		"data 10"
	log_test "without a server the client is told"
}

edited()
{
	local line

	lbctl -A -u 192.168.1.111:58 -s rr
	check_eq "$(lbctl -S -n | grep :58)" "-A -u 192.168.1.111:58 -s rr" "add"
	lbctl -E -u 192.168.1.111:58 -s rr -o
	line="-A -u 192.168.1.111:58 -s rr -o"
	check_eq "$(lbctl -S -n | grep :58)" "$line" "edit"
	check_match "$(lbctl -L -n -u 192.168.1.111:58)" \
		"UDP  192.168.1.111:58 rr ops" "listing"
	lbctl -E -u 192.168.1.111:58 -s rr
	check_eq "$(lbctl -S -n | grep :58)" "-A -u 192.168.1.111:58 -s rr" \
		"edit without -o"
	lbctl -D -u 192.168.1.111:58
	# shellcheck disable=SC2086
	lbctl $line
	lbctl -S -n > "$TMP/saved"
	lbctl -C
	lbctl -R < "$TMP/saved"
	check_eq "$(lbctl -S -n)" "$(< "$TMP/saved")" "restored"
	lbctl -D -u 192.168.1.111:58
	log_test "ipvsadm's grammar: added, changed, saved and restored"
}

words()
{
	local key="udp 192.168.1.111:59" name="the word grammar, and JSON"

	if ipvs_differs "$name" "it has none"; then
		return
	fi
	# shellcheck disable=SC2086
	{
	lbctl service add $key one-packet
	check_eq "$(lbctl service show $key)" "$key scheduler wlc one-packet" \
		"add"
	check_match "$(lbctl -j service show $key)" '"one-packet": *true' "JSON"
	lbctl service set $key scheduler rr
	check_eq "$(lbctl service show $key)" "$key scheduler rr one-packet" \
		"set something else"
	lbctl service set $key one-packet off
	check_eq "$(lbctl service show $key)" "$key scheduler rr" "off"
	lbctl service set $key one-packet
	lbctl service replace $key
	check_eq "$(lbctl service show $key)" "$key scheduler wlc" "replace"
	lbctl service del $key
	}
	log_test "$name"
}

# What the kernel has allocated for connections.
slab()
{
	awk '/^(lb_conn|ip_vs_conn)/ { n += $2 } END { print n + 0 }' \
		/proc/slabinfo
}

# Datagrams of as many flows: the slabs stay as they are. Those of a service that
# remembers its flows show in the slabs.
nothing_stays()
{
	local before count name="$FLOOD datagrams leave nothing behind"

	if ipvs_differs "$name" "it has an object for each for a while"; then
		return
	fi
	modprobe pktgen
	before=$(slab)
	count=$(forwarded)
	flood 192.168.1.111 53 "$FLOOD"
	check_err $? "pktgen failed"
	busywait 5000 all_forwarded "$((count + FLOOD))"
	check_err $? "forwarded $(($(forwarded) - count)) of $FLOOD"
	[ "$(slab)" -le "$((before + 256))" ]
	check_err $? "slab objects: $before before, $(slab) after"
	check_eq "$(conns | grep -c "192.168.1.111:53 ")" 0 "connections"
	lbctl -A -u 192.168.1.111:58 -s rr
	lbctl -a -u 192.168.1.111:58 -r 172.16.32.110 -m
	before=$(slab)
	flood 192.168.1.111 58 1000
	# The debug kernel has none to look at; it looks for leaks itself.
	[ "$LB_LABEL" = debug ] ||
		[ "$(slab)" -ge "$((before + 1000 - 256))" ]
	check_err $? "of 1000 flows $(($(slab) - before)) show in the slabs"
	pkt drain server > /dev/null
	log_test "$name"
}

all_forwarded()
{
	[ "$(forwarded)" -ge "$1" ]
}

FLOOD=${FLOOD:-20000}

lb_load
topo_wire
lbctl -R << 'END'
-A -u 192.168.1.111:53 -s rr -o
-a -u 192.168.1.111:53 -r 172.16.32.112:53 -m
-a -u 192.168.1.111:53 -r 172.16.32.110:5353 -m
-A -u 192.168.1.111:54 -s rr -o
-a -u 192.168.1.111:54 -r 172.16.32.113 -i
-a -u 192.168.1.111:54 -r 172.16.32.112 -g
-A -u 192.168.1.111:55 -s rr -o -p 60
-a -u 192.168.1.111:55 -r 172.16.32.110 -m
-a -u 192.168.1.111:55 -r 172.16.32.112 -m
-A -f 5 -s rr -o
-a -f 5 -r 172.16.32.112 -m
-a -f 5 -r 172.16.32.110 -m
-A -u 192.168.1.111:57 -s rr -o
-a -u 192.168.1.111:57 -r 172.16.32.110 -m
END

tests_run by_nat replies by_dr_and_tun persistence by_mark no_server edited \
	words nothing_stays
