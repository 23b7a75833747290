#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What may vanish while packets flow: an interface, a namespace, services,
# the module.
#
# Kernels: 7.2 debug quick

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
VIP6=2001:db8:1::111
TRACE=/sys/kernel/tracing

# What pktgen sends, it keeps a reference to, so that it takes no fast path out
# of a veth. A bridge in the client's namespace makes packets of their own.
begin()
{
	topo_wire
	ip -n "$CLIENT" link add gen0 up type veth peer name gen1
	ip -n "$CLIENT" link set gen1 up
	net_switch "$CLIENT" gen1 eth0
	for port in "80 -m" "81 -g" "82 -i"; do
		echo "-A -u $VIP:${port% *} -s rr"
		echo "-a -u $VIP:${port% *} -r 172.16.32.110 ${port#* }"
		echo "-a -u $VIP:${port% *} -r 172.16.32.112 ${port#* }"
	done | lbctl -R
}

# traffic_start: pktgen sends from the client until it is stopped, from many
# addresses to all three services. It comes round to the same connections soon,
# so that both paths are busy when something goes.
traffic_start()
{
	in_ns "$CLIENT" bash -c "
	cd /proc/net/pktgen
	[ -e gen0 ] || echo add_device gen0 > kpktgend_0
	for word in 'count 0' 'clone_skb 0' 'pkt_size 60' 'delay 20000' \
		    'dst $VIP' 'dst_mac 02:00:00:00:00:d0' \
		    'src_min 10.9.0.0' 'src_max 10.9.3.231' \
		    'udp_src_min 1024' 'udp_src_max 1024' \
		    'udp_dst_min 80' 'udp_dst_max 83'; do
		echo \"\$word\" > gen0 || exit
	done"
	ip netns exec "$CLIENT" sh -c 'echo start > /proc/net/pktgen/pgctrl' &
	background $!
	busywait 60000 flows_in
	check_err $? "no traffic"
}

traffic_stop()
{
	in_ns "$CLIENT" sh -c 'echo stop > /proc/net/pktgen/pgctrl'
}

# flows_fast: connections take the fast path.
flows_fast()
{
	[ "$LB_SUT" != ipvs ] || return 0
	paths
	pause 0.2
	paths
	[[ $TAKEN == *fast* ]]
}

# flows_in: packets reach the director; flows_out: and leave it.
flows_in()
{
	counts_on "$(dev_stat "$DIRECTOR" eth0 rx_packets)" "$DIRECTOR" eth0
}

flows_out()
{
	counts_on "$(dev_stat "$SERVERS" eth0 rx_packets)" "$SERVERS" eth0
}

counts_on()
{
	local before=$1

	pause 0.2
	[ "$(dev_stat "$2" "$3" rx_packets)" -gt "$before" ]
}

complaints()
{
	dmesg_new | grep -v 'pktgen: WARNING: trying to remove a running' |
		grep -E 'BUG:|WARNING:|Call Trace|unregister_netdevice: waiting'
}

interface()
{
	begin
	traffic_start
	flows_out
	check_err $? "nothing reaches the servers"
	busywait 60000 flows_fast
	check_err $? "not by the fast path"
	timeout 20 ip -n "$DIRECTOR" link del eth1
	check_err $? "the interface does not go"
	flows_in
	check_err $? "no traffic without it"

	net_link "$SERVERS" eth0 "$DIRECTOR" eth1
	ip -n "$DIRECTOR" addr add 172.16.32.111/16 dev eth1
	for host in 110 112; do
		ip -n "$DIRECTOR" neigh replace "172.16.32.$host" \
			lladdr 02:00:00:00:00:50 dev eth1
	done
	busywait 60000 flows_out
	check_err $? "nothing reaches the servers by the new interface"
	busywait 60000 flows_fast
	check_err $? "not by the fast path of the new interface"
	traffic_stop
	check_eq "$(complaints)" "" "the kernel complains"
	log_test "an interface goes and comes back under traffic"
}

services()
{
	traffic_start
	for _ in 1 2 3 4 5; do
		lbctl -S -n > "$TMP/saved"
		lbctl -C
		lbctl -R < "$TMP/saved"
	done
	busywait 60000 flows_out
	check_err $? "nothing reaches the servers afterwards"
	lbctl -S -n | cmp -s - "$TMP/saved"
	check_err $? "the services are not what was restored"
	traffic_stop
	check_eq "$(complaints)" "" "the kernel complains"
	log_test "services go and come back under traffic"
}

namespace()
{
	traffic_start
	busywait 60000 flows_fast
	check_err $? "not by the fast path"
	ip netns del "$DIRECTOR"
	# Its devices go after what the module has in it, and with them their
	# other ends.
	busywait 60000 cable_gone
	check_err $? "the namespace does not go"
	cleanup_all_ns
	check_eq "$(complaints)" "" "the kernel complains"
	log_test "a namespace goes under traffic"
}

cable_gone()
{
	! ip -n "$CLIENT" link show eth0 > /dev/null 2>&1
}

# ip_vs stays while it has services; lb takes them along.
module()
{
	begin
	traffic_start
	busywait 60000 flows_fast
	check_err $? "not by the fast path"
	[ "$LB_SUT" != ipvs ] || lbctl -C
	busywait 60000 lb_unload 2> /dev/null
	check_err $? "the module does not go"
	flows_in
	check_err $? "no traffic without it"
	lb_load
	check_err $? "the module does not come back"
	check_eq "$(lbctl -S -n)" "" "services after loading"
	traffic_stop
	check_eq "$(complaints)" "" "the kernel complains"
	log_test "the module goes and comes back under traffic"
}

trace_has()
{
	grep -q "$1" "$TRACE/trace"
}

# The kernel counts the IPv6 routes of a namespace as long as that has IPv6; who
# holds one must let go of it before.
routes()
{
	cleanup_all_ns
	# shellcheck disable=SC2119 # no words
	topo_wire6
	lbctl -R <<- END
	-A -u [$VIP6]:80 -s rr
	-a -u [$VIP6]:80 -r [2001:db8:2::110]:80 -m
	END
	pkt send client "ip6 src=2001:db8:1::5 dst=$VIP6 /" \
		"udp sport=3001 dport=80 / data 10"
	pkt recv server 5000 > /dev/null
	check_match "$REPLY" "dst=2001:db8:2::110" "no packet for the server"

	echo > "$TRACE/trace"
	echo 'p:lbtest/freed lb:free_dest' > "$TRACE/kprobe_events" &&
		echo 'p:lbtest/gone ip6_route_net_exit' \
			>> "$TRACE/kprobe_events"
	check_err $? "no probes"
	echo 1 > "$TRACE/events/lbtest/enable"
	ip netns del "$DIRECTOR"
	busywait 60000 trace_has gone:
	check_err $? "the namespace does not go"
	busywait 60000 trace_has freed:
	check_err $? "the server does not go"
	check_match "$(grep -o -m 1 -e freed: -e gone: "$TRACE/trace")" \
		freed: "what goes first"
	echo 0 > "$TRACE/events/lbtest/enable"
	echo > "$TRACE/kprobe_events"
	cleanup_all_ns
	check_eq "$(complaints)" "" "the kernel complains"
	log_test "routes go before the namespace that they are of"
}

lb_load || skip_all "the module does not load"
modprobe pktgen || skip_all "no pktgen"
dmesg_mark
tests=(interface services namespace module)
# User-Mode Linux has no probes.
[ "$LB_LABEL" = debug ] || tests+=(routes)
tests_run "${tests[@]}"
