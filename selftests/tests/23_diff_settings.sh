#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What settings make of the same packets: what is sent, and which connections
# there are then.
#
# Kernels: 7.2
# CPUs: 1

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

VIP=192.168.1.111
RS=172.16.32.110

setup()
{
	topo_wire
	pkt open client "$CLIENT" eth0 02:00:00:00:00:d0 whole
	pkt open server "$SERVERS" eth0 02:00:00:00:00:d1 whole
}

configure()
{
	pkt drain client > /dev/null
	pkt drain server > /dev/null
	lbctl -C
	lbctl -R << END
-A -t $VIP:$1 -s rr
-a -t $VIP:$1 -r $RS:$1 -m
-a -t $VIP:$1 -r 172.16.32.112:$1 -m
END
}

# ask PORT CLIENTPORT FLAGS, answer PORT CLIENTPORT FLAGS
ask()
{
	pkt send client \
	    "ip src=192.168.1.5 dst=$VIP / tcp sport=$2 dport=$1 flags=$3"
}

answer()
{
	pkt send server \
	    "ip src=$RS dst=192.168.1.5 / tcp sport=$1 dport=$2 flags=$3"
}

# show PORT: what is remembered of this service, some of it for no more than two
# seconds, and what was sent. What state a template has, ip_vs says in its own
# way, and keeps those that ended with port 65535.
show()
{
	# shellcheck disable=SC2119 # none
	show_conns | grep ":$1 " | grep -v ':65535$' |
		sed 's/[A-Z]* *\([0-9.]*:0 \)/\1/' | sort
	show_packets client server
}

# with_both SETTING PORT COMMAND: COMMAND with the setting on, at a service of
# the port after PORT, and then off, at one of PORT
with_both()
{
	local on port

	for on in 1 0; do
		port=$(($2 + on))
		setting "$1" "$on"
		configure "$port"
		"$3" "$port"
	done
}

# A connection in TIME_WAIT begins again, or not.
reuse()
{
	local flags

	ask "$1" 1001 S
	answer "$1" 1001 SA
	ask "$1" 1001 A
	answer "$1" 1001 FA
	for flags in FA S A; do
		ask "$1" 1001 "$flags"
		show "$1"
	done
}

# The real server of a connection was removed.
lose_server()
{
	ask "$1" 1001 S
	ask "$1" 1002 S
	lbctl -d -t "$VIP:$1" -r "$RS:$1"
	show_packets client server
	for _ in 1 2; do
		ask "$1" 1001 A
		ask "$1" 1002 A
	done
	show "$1"
}

# A client's real server gets weight 0.
drain()
{
	lbctl -E -t "$VIP:$1" -s rr -p 300
	ask "$1" 1001 S
	show "$1"
	lbctl -e -t "$VIP:$1" -r "172.16.32.112:$1" -m -w 0
	ask "$1" 1002 S
	ask "$1" 1001 A
	show "$1"
}

# A real server sends what belongs to no connection.
answer_nobody()
{
	answer "$1" 1005 A
	show "$1"
}

# An ICMP error is the first packet of a connection. lb corrects the checksum of the
# TCP header in it, too.
begin_with_error()
{
	pkt send client "ip src=192.168.1.5 dst=$VIP /" \
	    "icmp type=3 code=4 mtu=1400 /" \
	    "ip src=$VIP dst=192.168.1.5 /" \
	    "tcp sport=$1 dport=1001 flags=A"
	show "$1" | sed 's/ | .*//'
}

conn_reuse_mode()
{
	with_both conn_reuse_mode 100 reuse
	setting conn_reuse_mode 1
}

expire_nodest_conn()
{
	with_both expire_nodest_conn 110 lose_server
}

expire_quiescent_template()
{
	with_both expire_quiescent_template 120 drain
}

nat_icmp_send()
{
	with_both nat_icmp_send 130 answer_nobody
}

schedule_icmp()
{
	with_both schedule_icmp 140 begin_with_error
}

# What no real server takes goes to where the client sent it.
cache_bypass()
{
	local on

	in_ns "$DIRECTOR" iptables -t mangle -A PREROUTING -d 172.16.0.0/16 \
		-p tcp --dport 3128 -j MARK --set-mark 9
	ip -n "$DIRECTOR" rule add fwmark 9 lookup 100
	ip -n "$DIRECTOR" route add local default dev lo table 100
	configure 150
	lbctl -A -f 9 -s rr
	for on in 0 1; do
		setting cache_bypass "$on"
		pkt send client "ip src=192.168.1.5 dst=$RS /" \
		    "tcp sport=$((1001 + on)) dport=3128 flags=S"
		show_packets client server
	done
	setting cache_bypass 0
	ip -n "$DIRECTOR" rule del fwmark 9
	in_ns "$DIRECTOR" iptables -t mangle -F PREROUTING
}

BY_IPVSADM=(conn_reuse_mode expire_nodest_conn expire_quiescent_template
	    nat_icmp_send schedule_icmp cache_bypass)
diff_run setup conn_reuse_mode expire_nodest_conn expire_quiescent_template \
	nat_icmp_send schedule_icmp cache_bypass
