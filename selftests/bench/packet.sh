#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Instructions per established packet: plain forwarding, lb and IPVS in one boot.
#
# usage: selftests/vm/run.sh -c -k 6.12 selftests/bench/packet.sh
#
#   pktgen -> in0 [ director ] out0 (dummy, counts and drops)
#
# pktgen hands UDP packets of 64 bytes to in0 as if they had been received. The
# VM runs on one CPU whose clock advances a nanosecond with each instruction, so
# that the time of a packet is its cost. What pktgen itself and the reception
# cost is measured with a drop at ingress and subtracted. Every run checks that
# all packets left by out0. The first pass of a flow count pays for the new
# flows; the difference to the later passes is the price of one.
set -eu -o pipefail

PACKETS=${PACKETS:-20000}
FLOWS=${FLOWS:-1 4096}
VIP=10.0.1.100
port=9000

modprobe -a pktgen dummy ipip nf_tables
sysctl -qw net.ipv4.ip_forward=1
ip link add in0 type dummy
ip link add out0 type dummy
ip link set in0 up
ip link set out0 arp on up
ip addr add 10.0.1.1/24 dev in0
ip addr add $VIP/32 dev in0
ip addr add 10.0.2.1/24 dev out0
ip route add 10.1.0.0/16 dev in0
for host in 11 12 13 14; do
	ip neigh replace "10.0.2.$host" lladdr "02:00:00:00:00:$host" \
		dev out0 nud permanent
done
mac=$(cat /sys/class/net/in0/address)

pg() {
	echo "$1" >"/proc/net/pktgen/$2"
}

sent() {
	cat /sys/class/net/out0/statistics/tx_packets
}

# pktgen_run DESTINATION PACKETS FLOWS: print nanoseconds per packet
pktgen_run() {
	local word

	pg rem_device_all kpktgend_0
	pg "add_device in0" kpktgend_0
	for word in "count $2" "clone_skb 0" "pkt_size 60" "delay 0" \
		"xmit_mode netif_receive" "burst 1" "dst $1" "dst_mac $mac" \
		"udp_dst_min $port" "udp_dst_max $port" \
		"udp_src_min 1024" "udp_src_max 1024" "src_min 10.1.0.0" \
		"src_max 10.1.$((($3 - 1) / 256)).$((($3 - 1) % 256))"; do
		pg "$word" in0
	done
	pg start pgctrl
	awk -v n="$2" '/Result: OK/ {
		split($3, us, "("); printf "%d\n", us[1] * 1000 / n
	}' /proc/net/pktgen/in0
}

# services TOOL OPTION: four real servers for the next port
services() {
	local host

	port=$((port + 1))
	"$1" -C
	"$1" -A -u "$VIP:$port" -s rr
	for host in 11 12 13 14; do
		"$1" -a -u "$VIP:$port" -r "10.0.2.$host:$port" "$2"
	done
}

# measure NAME DESTINATION [TOOL OPTION]
measure() {
	local first later before flows

	for flows in $FLOWS; do
		[ $# -eq 2 ] || services "$3" "$4"
		# Neighbours, routes and slabs are there before it counts.
		[ $# -eq 2 ] || pktgen_run "$2" 100 1 >/dev/null
		first=$(pktgen_run "$2" "$PACKETS" "$flows")
		before=$(sent)
		later=$(pktgen_run "$2" "$PACKETS" "$flows")
		if [ "$1" = generator ]; then
			base[flows]=$later
			continue
		fi
		[ $(($(sent) - before)) -eq "$PACKETS" ] || {
			echo "$1: only $(($(sent) - before)) packets left" >&2
			exit 1
		}
		printf '%-12s %6d %8d %10d\n' "$1" "$flows" \
			$((later - base[flows])) \
			$(((first - later) * PACKETS / flows))
	done
}

declare -a base
nft "add table netdev t; add chain netdev t i { \
	type filter hook ingress device in0 priority 0; policy drop; }"
measure generator $VIP
nft delete table netdev t

printf '%-12s %6s %8s %10s\n' what flows packet 'new flow'
measure forward 10.0.2.11
insmod "$LB_KO"
for method in dr:-g nat:-m tun:-i; do
	measure "lb ${method%:*}" $VIP "$LBCTL" "${method#*:}"
done
rmmod lb
modprobe ip_vs
for method in dr:-g nat:-m tun:-i; do
	measure "ipvs ${method%:*}" $VIP ipvsadm "${method#*:}"
done
