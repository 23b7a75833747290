#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Devices of all kinds between the director and its wires: packets arrive as
# they should, and take the fast path where nothing of the device's is skipped.
#
# Kernels: 6.1 7.2 quick
# CPUs: 1

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
CLIENT_IP=192.168.1.5
PORT=1000

director()
{
	ip -n "$DIRECTOR" "$@"
}

# place OUTSIDE INSIDE: the director's addresses go to these devices
place()
{
	local ip

	{
		echo addr flush to 192.168.1.111
		echo addr flush to 172.16.32.111
		echo link set "$1" up
		echo link set "$2" up
		echo addr add "$VIP/24" dev "$1"
		echo addr add 172.16.32.111/16 dev "$2"
		echo neigh replace "$CLIENT_IP" lladdr 02:00:00:00:00:c0 dev "$1"
		for ip in 172.16.32.{110,112,113}; do
			echo neigh replace "$ip" lladdr 02:00:00:00:00:50 dev "$2"
		done
	} | director -b -
	busywait 10000 is_up "$1"
	check_err $? "$1 does not come up"
	busywait 10000 is_up "$2"
	check_err $? "$2 does not come up"
}

is_up()
{
	director link show "$1" | grep -q "state UP"
}

# ask SERVICE: from the client's port of this test
ask()
{
	pkt send client "ip src=$CLIENT_IP dst=$VIP /" \
	    "udp sport=$PORT dport=$1 / data 10"
}

by_nat()
{
	ask 53
	expect_packet server "ip src=$CLIENT_IP dst=172.16.32.110 ttl=63 /" \
		"udp sport=$PORT dport=5353 / data 10"
}

by_nat_back()
{
	pkt send server "ip src=172.16.32.110 dst=$CLIENT_IP /" \
	    "udp sport=5353 dport=$PORT / data 10"
	expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=63 /" \
		"udp sport=53 dport=$PORT / data 10"
}

by_dr()
{
	ask 54
	expect_packet server "ip src=$CLIENT_IP dst=$VIP ttl=63 /" \
		"udp sport=$PORT dport=54 / data 10"
}

by_tun()
{
	ask 55
	expect_packet server "ip src=172.16.32.111 dst=172.16.32.113 ttl=63 /" \
		"ip src=$CLIENT_IP dst=$VIP ttl=63 /" \
		"udp sport=$PORT dport=55 / data 10"
}

# segments: of TCP, for the offloads to cut. In how many they come depends on
# the devices; the whole of it arrives.
by_segments()
{
	local want=$1 got=0

	pkt send big gso=1000 "ip src=$CLIENT_IP dst=$VIP /" \
	    "tcp sport=$PORT dport=80 flags=A / data 3000"
	while [ "$got" -lt "$want" ] && pkt recv server 2000 > /dev/null; do
		[[ $REPLY == *"dst=172.16.32.110 ttl=63 "*" dport=8080 "* ]]
		check_err $? "not what was sent: $REPLY"
		REPLY=${REPLY##*/ data }
		got=$((got + ${REPLY%% *}))
	done
	check_eq "$got" "$want" "bytes of large packets"
}

# establish: connections of all kinds, their packets the first of many
establish()
{
	PORT=$((PORT + 1))
	paths
	by_nat
	by_nat_back
	by_dr
	by_tun
	pkt send client "ip src=$CLIENT_IP dst=$VIP /" \
	    "tcp sport=$PORT dport=80 flags=S"
	pkt send client "ip src=$CLIENT_IP dst=$VIP /" \
	    "tcp sport=$PORT dport=80 flags=A"
	pkt recv server 2000 > /dev/null
	pkt recv server 2000 > /dev/null
	paths
	check_match "$TAKEN" "4 new" "connections"
}

all_kinds()
{
	paths
	by_nat
	by_nat_back
	by_dr
	by_tun
	paths
	[ "$TAKEN" = "4 fast" ]
}

# carries: established connections, by the fast path, a large packet too, of
# which the director may see the pieces. Devices that came up send late news of
# that, after which the first packets take the classic path once more.
carries()
{
	busywait 5000 all_kinds
	check_err $? "not by the fast path"
	busywait 5000 large_one
	check_err $? "a large packet: not by the fast path"
	paths
}

large_one()
{
	paths
	by_segments 3000
	paths
	[[ $TAKEN =~ ^[13]\ fast$ ]]
}

# listen CLIENT-DEV OUTSIDE-MAC [SERVER-DEV INSIDE-MAC]
listen()
{
	pkt open client "$CLIENT" "$1" "$2"
	pkt open big "$CLIENT" "$1" "$2" whole
	pkt open server "$SERVERS" "${3-eth0}" "${4-02:00:00:00:00:d1}"
}

plain()
{
	place eth0 eth1
	listen eth0 02:00:00:00:00:d0
	establish
	carries
	log_test "devices: veth"
}

offloads()
{
	local ns dev

	for dev in eth0 eth1; do
		in_ns "$DIRECTOR" ethtool -K "$dev" gro on
	done
	carries
	for ns in "$CLIENT eth0" "$SERVERS eth0" "$DIRECTOR eth0" \
		  "$DIRECTOR eth1"; do
		in_ns "${ns% *}" ethtool -K "${ns#* }" tx off sg off tso off \
			gso off gro off > /dev/null
	done
	carries
	for ns in "$CLIENT eth0" "$SERVERS eth0" "$DIRECTOR eth0" \
		  "$DIRECTOR eth1"; do
		in_ns "${ns% *}" ethtool -K "${ns#* }" tx on sg on tso on \
			gso on > /dev/null
	done
	carries
	log_test "devices: veth with GRO, without offloads, and with them again"
}

# What sniffers and mirrors have of a packet is what came. The time at which it
# did, noted for the sniffer, is none at which it is to leave.
sniffer()
{
	in_ns "$DIRECTOR" /usr/sbin/tc qdisc add dev eth0 root fq
	in_ns "$DIRECTOR" /usr/sbin/tc qdisc add dev eth1 root fq
	check_err $? "no fair queue"
	pkt open tap0 "$DIRECTOR" eth0 02:00:00:00:00:d0 sniff
	pkt open tap1 "$DIRECTOR" eth1 02:00:00:00:00:d1 sniff
	all_kinds
	check_eq "$TAKEN" "4 fast" "paths"
	expect_packet tap0 "ip src=$CLIENT_IP dst=$VIP ttl=64 /" \
		"udp sport=$PORT dport=53 / data 10"
	expect_packet tap1 "ip src=172.16.32.110 dst=$CLIENT_IP ttl=64 /" \
		"udp sport=5353 dport=$PORT / data 10"
	expect_packet tap0 "ip src=$CLIENT_IP dst=$VIP ttl=64 /" \
		"udp sport=$PORT dport=54 / data 10"
	establish
	carries
	in_ns "$DIRECTOR" /usr/sbin/tc qdisc del dev eth0 root
	in_ns "$DIRECTOR" /usr/sbin/tc qdisc del dev eth1 root
	log_test "devices: a sniffer sees what came"
}

mirror()
{
	if ! has_mirrors; then
		log_test_skip "devices: a mirror shows what came" \
			"no tc filters in this kernel"
		return
	fi
	director link set eth2 up
	pkt open mirror "$CLIENT" eth1 02:00:00:00:00:d2
	in_ns "$DIRECTOR" /usr/sbin/tc qdisc add dev eth0 ingress
	in_ns "$DIRECTOR" /usr/sbin/tc filter add dev eth0 ingress matchall \
		action mirred egress mirror dev eth2
	check_err $? "no mirror"
	all_kinds
	all_kinds
	check_eq "$TAKEN" "4 fast" "paths"
	pkt drain mirror > /dev/null
	all_kinds
	expect_packet mirror "ip src=$CLIENT_IP dst=$VIP ttl=64 /" \
		"udp sport=$PORT dport=53 / data 10"
	expect_packet mirror "ip src=$CLIENT_IP dst=$VIP ttl=64 /" \
		"udp sport=$PORT dport=54 / data 10"
	in_ns "$DIRECTOR" /usr/sbin/tc qdisc del dev eth0 ingress
	log_test "devices: a mirror shows what came"
}

vlan()
{
	director link add link eth0 name eth0.5 type vlan id 5
	director link add link eth1 name eth1.6 type vlan id 6
	ip -n "$CLIENT" link add link eth0 name eth0.5 up type vlan id 5
	ip -n "$SERVERS" link add link eth0 name eth0.6 up type vlan id 6
	place eth0.5 eth1.6
	listen eth0.5 02:00:00:00:00:d0 eth0.6 02:00:00:00:00:d1
	establish
	carries
	place eth0.5 eth1
	listen eth0.5 02:00:00:00:00:d0
	establish
	carries
	place eth0 eth1.6
	listen eth0 02:00:00:00:00:d0 eth0.6 02:00:00:00:00:d1
	establish
	carries
	place eth0 eth1
	director link del eth0.5
	director link del eth1.6
	log_test "devices: VLANs on both sides or one"
}

macvlan()
{
	director link add link eth0 name mv0 address 02:00:00:00:00:d4 \
		type macvlan mode bridge
	place mv0 eth1
	listen eth0 02:00:00:00:00:d4
	establish
	carries
	place eth0 eth1
	director link del mv0
	log_test "devices: macvlan"
}

port_state()
{
	in_ns "$DIRECTOR" bridge link set dev eth0 state "$1"
	check_err $? "the port's state is not set"
}

# A port is the bridge's: what that keeps out must not come in by the fast path,
# not even if it came by the same device before it was a port. Another port has
# the bridge's routes in place by then, so that no news of them interferes.
bridge()
{
	listen eth0 02:00:00:00:00:d0
	director link add br0 address 02:00:00:00:00:d0 up \
		type bridge forward_delay 0
	director link set eth2 up master br0
	busywait 10000 is_up br0
	check_err $? "the bridge does not come up"
	establish
	carries
	director link set eth0 master br0
	port_state 0
	ask 53
	expect_silence server
	took "port is disabled" ""
	port_state 3
	place br0 eth1
	establish
	carries
	port_state 0
	ask 53
	expect_silence server
	took "port is disabled" ""
	place eth0 eth1
	director link del br0
	log_test "devices: bridge"
}

bond()
{
	director link add bond0 type bond mode active-backup miimon 100
	director link set eth0 down
	director link set eth2 down
	director link set eth0 master bond0
	director link set eth2 master bond0
	director link set bond0 address 02:00:00:00:00:d0
	director link set bond0 up
	director link set bond0 type bond active_slave eth0
	place bond0 eth1
	listen eth0 02:00:00:00:00:d0
	establish
	carries
	director link set bond0 type bond active_slave eth2
	ask 53
	expect_silence server
	took "from the slave that rests" ""
	listen eth1 02:00:00:00:00:d0
	carries
	director link del bond0
	director link set eth0 address 02:00:00:00:00:d0
	log_test "devices: bond"
}

# Replies are routed in one table and requests in another, which is the stack's
# to know.
vrf()
{
	if ! has /usr/sbin/ip link add vrf9 type vrf table 99; then
		log_test_skip "devices: a slave of a VRF takes the classic path" \
			"no VRF in this kernel"
		return
	fi
	has /usr/sbin/ip link del vrf9
	director link add vrf0 up type vrf table 9
	place eth0 eth1
	director link set eth0 master vrf0
	place eth0 eth1
	director route add 192.168.1.0/24 dev eth0
	listen eth0 02:00:00:00:00:d0
	establish
	by_nat
	by_nat_back
	by_dr
	by_tun
	paths
	[[ $TAKEN != *fast* ]]
	check_err $? "fast path in a VRF: $TAKEN"
	log_test "devices: a slave of a VRF takes the classic path"
}

# has COMMAND...: this kernel can do that. It is not tried on the director, which
# would not forget that there was a VRF.
has()
{
	in_ns "$SERVERS" "$@" 2> /dev/null
}

has_mirrors()
{
	has /usr/sbin/tc qdisc add dev eth0 ingress &&
		has /usr/sbin/tc filter add dev eth0 ingress matchall \
			action mirred egress mirror dev lo &&
		has /usr/sbin/tc qdisc del dev eth0 ingress
}

lb_load || skip_all "the module does not load"
modprobe -a 8021q bonding macvlan bridge vrf sch_fq sch_ingress cls_matchall \
	act_mirred 2> /dev/null
topo_wire
net_link "$CLIENT" eth1 "$DIRECTOR" eth2
ip -n "$CLIENT" link set eth1 address 02:00:00:00:00:c0
lbctl -R << END
-A -u $VIP:53 -s rr
-a -u $VIP:53 -r 172.16.32.110:5353 -m
-A -u $VIP:54 -s rr
-a -u $VIP:54 -r 172.16.32.112 -g
-A -u $VIP:55 -s rr
-a -u $VIP:55 -r 172.16.32.113 -i
-A -t $VIP:80 -s rr
-a -t $VIP:80 -r 172.16.32.110:8080 -m
END
tests_run plain offloads sniffer mirror vlan macvlan bridge bond vrf
