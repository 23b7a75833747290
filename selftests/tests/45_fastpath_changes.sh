#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 quick
# CPUs: 1
#
# The fast path goes by what the stack decided earlier. Whatever makes the stack
# decide otherwise must hold for the next packet of established connections.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.112
CLIENT_IP=192.168.1.5
SERVER_IP=172.16.32.110

ask()
{
	pkt send "${1-client}" "ip src=$CLIENT_IP dst=$VIP /" \
	    "udp sport=1001 dport=53 / data ${2-10}"
}

answer()
{
	pkt send "${1-server}" "ip src=$SERVER_IP dst=$CLIENT_IP /" \
	    "udp sport=5353 dport=1001 / data 10"
}

request_at()
{
	expect_packet "$1" "ip src=$CLIENT_IP dst=$SERVER_IP ttl=63 /" \
		"udp sport=1001 dport=5353 / data 10"
}

reply_at()
{
	expect_packet "$1" "ip src=$VIP dst=$CLIENT_IP ttl=63 /" \
		"udp sport=53 dport=1001 / data 10"
}

# request_takes PATH [FROM [TO]], reply_takes PATH [FROM [TO]]
request_takes()
{
	ask "${2-client}"
	request_at "${3-server}"
	took "request" "1 $1"
}

reply_takes()
{
	answer "${2-server}"
	reply_at "${3-client}"
	took "reply" "1 $1"
}

# The stack does not let it in, or nobody knows where it should go.
request_lost()
{
	ask "${2-client}"
	expect_silence server
	took "lost request" "$1"
}

reply_lost()
{
	answer
	expect_silence client
	took "lost reply" "$1"
}

# both_take PATH...: one after the other
both_take()
{
	local path

	for path; do
		request_takes "$path"
		reply_takes "$path"
	done
}

# Ways are learnt when the devices that were just made have come to rest.
both_are_fast()
{
	paths
	ask
	answer
	pkt drain server > /dev/null
	pkt drain client > /dev/null
	paths
	[ "$TAKEN" = "2 fast" ]
}

director()
{
	ip -n "$DIRECTOR" "$@"
}

# drops REASON
drops()
{
	lbctl stats | awk -v reason="$1" '$1 " " $2 == "drop " reason {
						print $3 }'
}

# --- the network changes ------------------------------------------------

another_device()
{
	both_take fast
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth2.rp_filter=1
	request_lost "" client2
	request_takes fast
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth2.rp_filter=0
	request_takes way client2
	request_takes fast client2
	request_takes way
	request_takes fast
	reply_takes way client2
	reply_takes fast client2
	reply_takes way
	both_take fast
	log_test "a packet by another device is for the stack to judge"
}

rp_filter()
{
	request_takes way client2
	request_takes fast client2
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth2.rp_filter=1
	request_lost "" client2
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth2.rp_filter=0
	request_takes way
	request_takes fast
	log_test "reverse path filtering is switched on"
}

# Somebody else's address it is then, and the director a router on the way.
address()
{
	both_take fast
	director addr del "$VIP/32" dev eth0
	director neigh replace "$VIP" lladdr 02:00:00:00:00:c0 dev eth0
	ask
	expect_packet client "ip src=$CLIENT_IP dst=$VIP ttl=63 /" \
		"udp sport=1001 dport=53 / data 10"
	expect_silence server
	took "request to somebody else" ""
	director addr add "$VIP/32" dev eth0
	both_take way fast
	log_test "the virtual address is taken away"
}

forwarding()
{
	both_take fast
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=0
	request_takes way
	request_takes fast
	reply_lost ""
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
	both_take way fast
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth1.forwarding=0
	reply_lost ""
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth1.forwarding=1
	both_take way fast
	log_test "forwarding is switched off"
}

route_to_client()
{
	both_take fast
	director route add "$CLIENT_IP/32" via 172.16.32.114 dev eth2
	reply_takes way server client2
	reply_takes fast server client2
	director route del "$CLIENT_IP/32"
	both_take way fast
	director route add blackhole "$CLIENT_IP/32"
	reply_lost ""
	director route del blackhole "$CLIENT_IP/32"
	both_take way fast
	log_test "the route to the client changes"
}

route_to_server()
{
	both_take fast
	director route add "$SERVER_IP/32" via 172.16.32.114 dev eth2
	request_takes way client client2
	request_takes fast client client2
	director route del "$SERVER_IP/32"
	both_take way fast
	director route add unreachable "$SERVER_IP/32"
	request_lost "1 way"
	check_eq "$(drops no-route)" 1 "packets without a route"
	expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=64 tos=192 /" \
		"icmp type=3 code=1 / ip src=$CLIENT_IP dst=$VIP ttl=64 /" \
		"udp sport=1001 dport=53 / data 10"
	director route del unreachable "$SERVER_IP/32"
	both_take way fast
	log_test "the route to the server changes"
}

# station WIRE: that to which its next frame goes
station()
{
	pkt dump "$1" "$TMP/frames" > /dev/null
	awk -F ' \\| ' '{ print substr($3, 1, 12) }' "$TMP/frames"
}

neighbours()
{
	both_take fast
	director neigh replace "$SERVER_IP" lladdr 02:00:00:00:00:51 dev eth1
	director neigh replace "$CLIENT_IP" lladdr 02:00:00:00:00:c1 dev eth0
	pkt drain server > /dev/null
	pkt drain client > /dev/null
	ask
	check_eq "$(station server)" 020000000051 "the server's address"
	answer
	check_eq "$(station client)" 0200000000c1 "the client's address"
	took "to other addresses" "2 fast"
	director neigh replace "$SERVER_IP" nud failed dev eth1
	ask
	expect_silence server
	director neigh replace "$SERVER_IP" lladdr 02:00:00:00:00:50 dev eth1
	director neigh replace "$CLIENT_IP" lladdr 02:00:00:00:00:c0 dev eth0
	pkt drain server > /dev/null
	paths
	both_take fast
	log_test "neighbours get other addresses"
}

link_down()
{
	both_take fast
	director link set eth1 down
	ask
	expect_silence server
	director link set eth1 up
	director neigh replace "$SERVER_IP" lladdr 02:00:00:00:00:50 dev eth1
	paths
	pkt drain client > /dev/null
	both_take way fast
	log_test "an interface goes down and comes up"
}

mtu()
{
	both_take fast
	director link set eth1 mtu 700
	pkt send client "ip src=$CLIENT_IP dst=$VIP df /" \
	    "udp sport=1001 dport=53 / data 673"
	expect_silence server
	pkt recv client 2000 > /dev/null
	check_match "$REPLY" "icmp type=3 code=4 mtu=700 " "the MTU is not told"
	took "too large a request" "1 way"
	director link set eth1 mtu 1500
	both_take way fast
	director link set eth0 mtu 700
	pkt send server "ip src=$SERVER_IP dst=$CLIENT_IP df /" \
	    "udp sport=5353 dport=1001 / data 673"
	expect_silence client
	pkt recv server 2000 > /dev/null
	check_match "$REPLY" "icmp type=3 code=4 mtu=700 " "the MTU is not told"
	took "too large a reply" ""
	director link set eth0 mtu 1500
	both_take way fast
	log_test "the MTU becomes less"
}

# Of policy rules no route remembers which packets it was for: while there are
# some, all packets take the classic path.
policy()
{
	both_take fast
	director rule add to "$CLIENT_IP" blackhole pref 100
	reply_lost ""
	request_takes way
	request_takes way
	director rule del to "$CLIENT_IP" blackhole pref 100
	director route add default via 172.16.32.114 dev eth2 table 7
	director rule add from "$VIP" lookup 7
	reply_takes way server client2
	reply_takes way server client2
	director rule del from "$VIP" lookup 7
	both_take way fast
	log_test "a policy rule is added"
}

# --- the configuration changes ------------------------------------------

# The listing shows the seconds that a connection has left.
left()
{
	lbctl -L -n -c | awk '/:1001 / { split($2, t, ":")
					 print t[1] * 60 + t[2] }'
}

# What a packet renews has the timeout of that moment.
kept_alive()
{
	both_take fast
	lbctl --set 0 0 9000
	[ "$(left)" -le 300 ]
	check_err $? "the timeout changes without a packet"
	request_takes fast
	[ "$(left)" -gt 300 ]
	check_err $? "the fast request does not renew it"
	lbctl --set 0 0 300
	reply_takes fast
	[ "$(left)" -le 300 ]
	check_err $? "the fast reply does not renew it"
	log_test "fast packets keep their connection"
}

# A way of each direction: with room for one, the first has it.
few_ways()
{
	both_take fast
	lbctl config set way_max 0
	both_take way way
	lbctl config set way_max 1
	request_takes way
	reply_takes way
	request_takes fast
	reply_takes way
	lbctl config set way_max 2
	both_take way fast
	lbctl config set way_max 1024
	both_take way fast
	log_test "fewer ways may be remembered"
}

removed()
{
	local before

	before=$(drops dest-gone)
	both_take fast
	lbctl -d -u "$VIP:53" -r "$SERVER_IP:5353"
	request_lost ""
	check_eq "$(($(drops dest-gone) - before))" 1 "packets dropped"
	reply_takes fast
	lbctl -a -u "$VIP:53" -r "$SERVER_IP:5353" -m -w 0
	both_take fast
	lbctl -e -u "$VIP:53" -r "$SERVER_IP:5353" -m -w 1
	both_take fast
	lbctl -S -n > "$TMP/saved"
	lbctl -C
	request_lost ""
	check_eq "$(($(drops dest-gone) - before))" 2 "packets dropped"
	lbctl -R < "$TMP/saved"
	both_take fast
	log_test "server and service go and come back"
}

# The counters of a service are those of the fast path, too.
counted()
{
	lbctl -Z
	both_take fast fast fast
	check_eq "$(stat_of "$VIP:53" 4) $(stat_of "$VIP:53" 5)" "3 3" "packets"
	check_eq "$(stat_of "$VIP:53" 6) $(stat_of "$VIP:53" 7)" "114 114" "bytes"
	log_test "fast packets are counted with their service"
}

lb_load || skip_all "the module does not load"
topo_wire
net_link "$CLIENT" eth1 "$DIRECTOR" eth2
ip -n "$CLIENT" link set eth1 address 02:00:00:00:00:c2
{
	echo link set eth2 address 02:00:00:00:00:d2
	echo addr add $VIP/32 dev eth0
	echo route add 172.16.32.114/32 dev eth2
	echo neigh add 172.16.32.114 lladdr 02:00:00:00:00:c2 dev eth2
} | director -b -
pkt open client2 "$CLIENT" eth1 02:00:00:00:00:d2
pkt open client "$CLIENT" eth0 02:00:00:00:00:d0 whole
pkt open server "$SERVERS" eth0 02:00:00:00:00:d1 whole
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0 \
	net.ipv4.conf.{all,eth0,eth1,eth2}.send_redirects=0
lbctl -R << END
-A -u $VIP:53 -s rr
-a -u $VIP:53 -r $SERVER_IP:5353 -m
END
busywait 5000 both_are_fast
paths
tests_run another_device rp_filter address forwarding route_to_client \
	  route_to_server neighbours link_down mtu kept_alive few_ways removed \
	  counted policy
