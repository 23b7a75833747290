#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a whole TCP connection costs, both ends included: handshake, request,
# answer and end, by a client and a server in namespaces of their own.
#
# usage: tcp.sh SUBJECT..., in the guest
#
#           10.0.1.1     10.0.2.1
#   CLIENT ----- in0 [ director ] out0 ----- SERVERS
#     | 10.0.1.2                  10.0.2.11 to .14 |
#     +--------- answers of DR and TUN ------------+
#
# Prints lines "SUBJECT.connection INSTRUCTIONS".
set -eu -o pipefail
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

CONNECTIONS=2000
tcpload=${LBCTL%/*}/bench/tcpload

in_client() {
	busybox nsenter --net=/run/netns/client "$@"
}

in_servers() {
	busybox nsenter --net=/run/netns/servers "$@"
}

tcp_setup() {
	local host

	modprobe -a veth ipip ip_vs_rr
	sysctl -qw net.ipv4.ip_forward=1 \
		net.ipv4.conf.{all,default}.rp_filter=0 \
		net.ipv6.conf.default.disable_ipv6=1
	ip netns add client
	ip netns add servers
	in_client sysctl -qw net.ipv4.conf.{all,default}.rp_filter=0 \
		net.ipv6.conf.default.disable_ipv6=1
	in_servers sysctl -qw net.ipv4.conf.{all,default}.rp_filter=0 \
		net.ipv6.conf.default.disable_ipv6=1

	ip link add in0 up type veth peer name eth0 netns client
	ip link add out0 up type veth peer name eth0 netns servers
	ip -n client link add back up type veth peer name back netns servers
	ip addr add 10.0.1.1/24 dev in0
	ip addr add $VIP/32 dev in0
	ip addr add 10.0.2.1/24 dev out0
	ip -n client -b - <<-EOF
	link set lo up
	link set eth0 up
	addr add 10.0.1.2/24 dev eth0
	addr add 10.0.3.2/24 dev back
	route add default via 10.0.1.1
	EOF
	for host in 11 12 13 14; do
		ip -n servers addr add 10.0.2.$host/24 dev eth0
	done
	ip -n servers -b - <<-EOF
	link set lo up
	link set eth0 up
	link set back up
	link set tunl0 up
	addr add $VIP/32 dev lo
	addr add 10.0.3.1/24 dev back
	route add default via 10.0.2.1
	rule add from $VIP lookup 100
	route add default via 10.0.3.2 table 100
	EOF
	in_servers sysctl -qw net.ipv4.conf.tunl0.rp_filter=0
}

# Of several runs the least counts: the first ones pay for ARP and memory.
measure() {
	local destination=$1
	local best=''
	local pid took

	in_servers "$tcpload" serve 0.0.0.0 "$PORT" &
	pid=$!
	for _ in 1 2 3 4; do
		took=$(in_client "$tcpload" load "$destination" "$PORT" \
			"$CONNECTIONS" 32)
		least best "$took"
	done
	kill $pid
	echo "$SUBJECT.connection $((best / CONNECTIONS))"
}

tcp_setup
for SUBJECT; do
	if [ "$SUBJECT" = forward ]; then
		measure 10.0.2.11
	else
		director "${SUBJECT%-*}" "${SUBJECT#*-}" 4 tcp
		measure $VIP
	fi
done
