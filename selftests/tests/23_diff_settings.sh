#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What settings make of the same packets: what is sent, and which connections
# there are then.
#
# Kernels: 6.1 6.12 7.2

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
-A -t $VIP:$1 -s rr${2:+ -p $2}
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

# show PORT: and what is remembered of this service. What state a template has,
# ip_vs says in its own way, and keeps those that ended with port 65535.
show()
{
	show_packets client server
	# shellcheck disable=SC2119 # none
	show_conns | grep ":$1 " | grep -v ':65535$' |
		sed 's/[A-Z]* *\([0-9.]*:0 \)/\1/' | sort
}

# A connection in TIME_WAIT begins again, or not.
conn_reuse_mode()
{
	local port flags

	for port in 100 101; do
		setting conn_reuse_mode $((port % 2))
		configure "$port"
		ask "$port" 1001 S
		answer "$port" 1001 SA
		ask "$port" 1001 A
		answer "$port" 1001 FA
		for flags in FA S A; do
			ask "$port" 1001 "$flags"
			show "$port"
		done
	done
}

# The real server of a connection was removed.
expire_nodest_conn()
{
	local port

	for port in 110 111; do
		setting expire_nodest_conn $((port % 2))
		configure "$port"
		ask "$port" 1001 S
		ask "$port" 1002 S
		lbctl -d -t "$VIP:$port" -r "$RS:$port"
		show_packets client server
		for _ in 1 2; do
			ask "$port" 1001 A
			ask "$port" 1002 A
		done
		show "$port"
	done
	setting expire_nodest_conn 0
}

# A client's real server gets weight 0.
expire_quiescent_template()
{
	local port

	for port in 120 121; do
		setting expire_quiescent_template $((port % 2))
		configure "$port" 300
		ask "$port" 1001 S
		show "$port"
		lbctl -e -t "$VIP:$port" -r "172.16.32.112:$port" -m -w 0
		ask "$port" 1002 S
		ask "$port" 1001 A
		show "$port"
	done
	setting expire_quiescent_template 0
}

# A real server sends what belongs to no connection.
nat_icmp_send()
{
	local port

	for port in 130 131; do
		setting nat_icmp_send $((port % 2))
		configure "$port"
		answer "$port" 1005 A
		show "$port"
	done
	setting nat_icmp_send 0
}

# An ICMP error is the first packet of a connection. lb corrects the checksum of the
# TCP header in it, too.
schedule_icmp()
{
	local port

	for port in 140 141; do
		setting schedule_icmp $((port % 2))
		configure "$port"
		pkt send client "ip src=192.168.1.5 dst=$VIP /" \
		    "icmp type=3 code=4 mtu=1400 /" \
		    "ip src=$VIP dst=192.168.1.5 /" \
		    "tcp sport=$port dport=1001 flags=A"
		show "$port" | sed 's/ | .*//'
	done
	setting schedule_icmp 0
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

diff_run setup conn_reuse_mode expire_nodest_conn expire_quiescent_template \
	nat_icmp_send schedule_icmp cache_bypass
