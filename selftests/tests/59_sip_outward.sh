#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
# CPUs: 1
#
# What a real server sends by itself within calls of SIP, to services by calls:
# the same packets as stock ip_vs makes of it, and the same connections.

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

VIP=192.168.1.111
VIP6=2001:db8:1::111

setup()
{
	[ "$LB_SUT" != ipvs ] || modprobe ip_vs_pe_sip || return
	topo_wire6
	ip -n "$DIRECTOR" addr add 192.168.1.112/24 dev eth0
}

# address END NUMBER: of a client or a server, by its last number; with :: it is
# one of IPv6. The wire is then $WIRE, and the layer of the address $IP.
address()
{
	local net4=192.168.1. net6=2001:db8:1

	[ "$1" = client ] || { net4=172.16.32.; net6=2001:db8:2; }
	case $2 in
	::*)	ADDR=$net6$2; WIRE=; IP=ip6 ;;
	*)	ADDR=$net4$2; WIRE=4; IP=ip ;;
	esac
}

# message [CALL]: of SIP, as a word.
message()
{
	escaped "OPTIONS sip:b SIP/2.0\\r\\n${1:+Call-ID: $1\\r\\n}\\r\\n"
}

# heard END: what comes out there.
heard()
{
	pkt recv "$1" 2000 udp > /dev/null
	echo "  $1: ${REPLY%% / data*}"
}

# client NUMBER PORT VPORT [CALL] [VIP]: sends a message to the service
client()
{
	address client "$1"
	[ "$IP" = ip ] || set -- "$1" "$2" "$3" "${4-}" "${5:-$VIP6}"
	echo "client $*"
	pkt send "client$WIRE" "$IP src=$ADDR dst=${5:-$VIP} /" \
		"udp sport=$2 dport=$3 / data esc=$(message "${4-}")"
	heard "server$WIRE"
}

# server NUMBER PORT CLIENT PORT [CALL]: sends a message to a client
server()
{
	local to

	echo "server $*"
	address client "$3"
	to=$ADDR
	address server "$1"
	pkt send "server$WIRE" "$IP src=$ADDR dst=$to /" \
		"udp sport=$2 dport=$4 / data esc=$(message "${5-}")"
	heard "client$WIRE"
}

# service PORT OPTION...: two real servers at ports of their own
service()
{
	local port=$1

	shift
	lbctl -R << END
-A -u $VIP:$port -s rr -p 60 --pe sip $*
-a -u $VIP:$port -r 172.16.32.112:$port -m
-a -u $VIP:$port -r 172.16.32.110:$((port + 1000)) -m
END
}

# conns PORT: to the service there. A template of ip_vs says whether connections
# count for it; that of a call that went to another server stays a while, with an
# impossible port.
conns()
{
	show_conns --persistent-conn | sed 's/ASSURED/NONE   /' |
		awk -v port=":$1" 'index($5, port) && $6 !~ /:65535$/'
}

# counted PORT CONNS OUT: once so much is.
counted()
{
	busywait 5000 stat_is "$VIP:$1" 3 "$2" > /dev/null
	busywait 5000 stat_is "$VIP:$1" 5 "$3" > /dev/null
	settled
	lbctl -L -n --stats --exact -u "$VIP:$1"
}

# With a Call-ID that was never heard, and in a call that the client began.
begun()
{
	service 5001
	server 112 5001 5 3001 new
	server 112 5001 5 3001 new
	server 112 5001 5 3001
	client 5 3001 5001 new
	client 5 3001 5001
	client 5 3002 5001 new
	conns 5001
	client 5 3003 5001 old
	server 110 6001 5 3003 old
	server 110 6001 5 3004 old
	client 5 3004 5001
	conns 5001
	counted 5001 4 5
}

# Each message goes by itself, so this is how answers get their address.
one_packet()
{
	service 5002 -o
	client 5 3001 5002 a
	server 112 5002 5 3001 a
	client 5 3001 5002 b
	server 110 6002 5 3001 b
	server 112 5002 5 3001 c
	client 5 3001 5002 c
	client 5 3002 5002 c
	server 110 6002 5 3001 d
	client 5 3001 5002 d
	conns 5002
	counted 5002 9 4
}

# The last to begin has the call, and what the client sends from that port.
taken_over()
{
	lbctl -C
	service 5003
	server 112 5003 5 3001 a
	server 110 6003 5 3001 a
	client 5 3001 5003
	client 5 3002 5003 a
	service 5004 -o
	server 112 5004 5 3001 a
	client 5 3001 5004 a
	server 110 6004 5 3001 a
	client 5 3001 5004 a
	lbctl -E -u "$VIP:5004" -s rr -p 60 -o --pe sip
	lbctl -D -u "$VIP:5003"
	lbctl -A -u "$VIP:5013"
	lbctl -D -u "$VIP:5013"
	server 112 5004 5 3001 a
}

not_taken()
{
	service 5005
	service 5014
	server 112 5006 5 3001 a
	server 113 5005 5 3001 a
	server 112 5005 5 3001
	server 112 5005 5 3001 "two words"
	lbctl -E -u "$VIP:5005" -s rr -p 60
	server 112 5005 5 3001 a
	lbctl -R << END
-A -u $VIP:5007 -s rr -p 60 --pe sip
-a -u $VIP:5007 -r 172.16.32.112 -g
-A -u $VIP:0 -s rr -p 60 --pe sip
-a -u $VIP:0 -r 172.16.32.112 -m
-A -f 5 -s rr -p 60 --pe sip
-a -f 5 -r 172.16.32.112:0 -m
END
	server 112 5007 5 3001 a
	server 112 5008 5 3001 a
	lbctl -C
	server 112 5005 5 3001 a
	lbctl -R << END
-A -f 5 -s rr -p 60 --pe sip
-a -f 5 -r 172.16.32.112:5010 -m
END
	server 112 5010 5 3001 a
}

drained()
{
	service 5009 -o
	client 5 3001 5009 a
	lbctl -e -u "$VIP:5009" -r 172.16.32.112:5009 -m -w 0
	server 112 5009 5 3001 a
	client 5 3002 5009 a
	lbctl -d -u "$VIP:5009" -r 172.16.32.112:5009
	server 112 5009 5 3001 a
	client 5 3002 5009 a
	server 110 6009 5 3001 a
}

ipv6()
{
	lbctl -R << END
-A -u [$VIP6]:5011 -s rr -p 60 --pe sip
-a -u [$VIP6]:5011 -r [2001:db8:2::112]:5011 -m
-a -u [$VIP6]:5011 -r [2001:db8:2::110]:6011 -m
-A -u [$VIP6]:5012 -s rr -p 60 --pe sip -o
-a -u [$VIP6]:5012 -r [2001:db8:2::112]:5012 -m
-a -u [$VIP6]:5012 -r [2001:db8:2::110]:6012 -m
END
	server ::112 5011 ::5 3001 a
	client ::5 3001 5011
	client ::5 3002 5011 a
	server ::110 6012 ::5 3001 b
	client ::5 3001 5012 b
	client ::5 3002 5012 c
	server ::112 5012 ::5 3002 c
	server ::110 6012 ::5 3002
	conns 5011
	conns 5012
}

diff_run setup begun one_packet taken_over not_taken drained ipv6
