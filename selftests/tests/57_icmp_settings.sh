#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
# CPUs: 1
#
# Settings about ICMP, routes and tunnels, each off and on, with IPv4 and IPv6:
# nat_icmp_send, schedule_icmp, pmtu_disc, snat_reroute, cache_bypass,
# ignore_tunneled.

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"

# told WIRE TO [INNER]: a port unreachable about the packet that begins so.
told()
{
	pkt recv "$1" 2000 > /dev/null
	check_match "$REPLY" "^$IP src=[^ ]* dst=$2 .*/ $ICMP $PORT_UNREACH / \
$IP ${3-}" "nobody is told"
}

# from_server SPORT KIND...: what the server sends to a client it does not have.
from_server()
{
	pkt send "$SV" "$IP src=$RS dst=$CIP / ${*:2}"
}

# passes WHAT: it reaches the client, untranslated.
passes()
{
	pkt recv "$CL" 2000 > /dev/null
	check_match "$REPLY" "^$IP src=$RS dst=$CIP $TTL=63 .*/ $1" \
		    "a packet of no connection does not pass"
}

lost_replies()
{
	local udp="udp sport=5353 dport=2001" tcp="tcp sport=8080 dport=2001"

	from_server 5353 "$udp / data 10"
	passes "udp"
	setting nat_icmp_send 1
	from_server 5353 "$udp / data 10"
	told "$SV" "$RS" "src=$RS dst=$CIP .*udp sport=5353"
	from_server 8080 "$tcp flags=SA"
	told "$SV" "$RS" "src=$RS dst=$CIP .*tcp sport=8080"
	expect_silence "$CL"
	# Resets are no cause; nor is another port, protocol or address.
	from_server 8080 "$tcp flags=R"
	passes "tcp sport=8080"
	from_server 53 "udp sport=53 dport=2001 / data 10"
	passes "udp sport=53"
	from_server 8080 "udp sport=8080 dport=2001 / data 10"
	passes "udp sport=8080"
	pkt send "$SV" "$IP src=$OTHER_RS dst=$CIP / $udp / data 10"
	pkt recv "$CL" 2000 > /dev/null
	check_match "$REPLY" "^$IP src=$OTHER_RS dst=$CIP $TTL=63" "another host"
	# One that has its connection is as ever.
	pkt send "$CL" "$IP src=$CIP dst=$VIP / udp sport=2001 dport=53 / data 9"
	pkt recv "$SV" 2000 > /dev/null
	from_server 5353 "$udp / data 10"
	expect_packet "$CL" "$IP src=$VIP dst=$CIP $TTL=63 /" \
		"udp sport=53 dport=2001 / data 10"
	# Only while it is in the service.
	lbctl -d -t "$VIP_HOST:80" -r "${VIP_HOST/$VIP/$RS}:8080"
	from_server 8080 "$tcp flags=SA"
	passes "tcp sport=8080"
	lbctl -a -t "$VIP_HOST:80" -r "${VIP_HOST/$VIP/$RS}:8080" -m
	from_server 8080 "$tcp flags=SA"
	told "$SV" "$RS"
	setting nat_icmp_send 0
}

nat_icmp_send()
{
	local before

	before=$(drops no-conn)
	both lost_replies
	check_eq "$(drops no-conn)" $((before + 6)) "drops"
	log_test "nat_icmp_send: a server hears of connections that are no more"
}

# error KIND: about a reply to a client that the director does not know.
error()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / $ICMP $1 /" \
	    "$IP src=$VIP dst=$CIP / tcp sport=81 dport=2011 seq=7 flags=A"
}

states()
{
	lbctl conn show | grep ":2011 \|:2011$" | grep -c -i none
}

errors()
{
	local kind="type=3 code=4 mtu=1400"

	[ "$FAMILY" = 4 ] || kind="type=2 code=0 mtu=1400"
	error "$kind"
	expect_silence "$SV"
	setting schedule_icmp 1
	error "$kind csum=bad"
	expect_silence "$SV"
	check_eq "$(states)" 0 "connections by a broken error"
	error "$kind"
	expect_packet "$SV" "$IP src=$CIP dst=$RS $TTL=63 / $ICMP $kind /" \
		"$IP src=$RS dst=$CIP $TTL=64 /" \
		"tcp sport=8081 dport=2011 seq=7 ack=0 flags=A"
	check_eq "$(states)" 1 "connections in state NONE"
	# What comes next decides what it is.
	pkt send "$CL" "$IP src=$CIP dst=$VIP / tcp sport=2011 dport=81 flags=S"
	pkt recv "$SV" 2000 > /dev/null
	check_eq "$(states)" 0 "connections in state NONE after a SYN"
	# No error is about a service that there is not.
	pkt send "$CL" "$IP src=$CIP dst=$VIP / $ICMP $kind /" \
	    "$IP src=$VIP dst=$CIP / tcp sport=99 dport=2011 seq=7 flags=A"
	expect_silence "$SV"
	setting schedule_icmp 0
}

schedule_icmp()
{
	both errors
	log_test "schedule_icmp: an error finds its server without a connection"
}

# ask SIZE: a datagram of so many bytes that must not be fragmented.
ask()
{
	local head=28 df=df

	[ "$FAMILY" = 4 ] || head=48 df=
	pkt send "$CL" "$IP src=$CIP dst=$VIP $df / udp sport=3001 dport=82 /" \
	    "data $(($1 - head))"
}

tunnel_mtu4()
{
	local part sizes=

	ask 1481
	pkt recv "$CL" 2000 > /dev/null
	check_match "$REPLY" "icmp type=3 code=4 mtu=1480 /" "with 1: told"
	setting pmtu_disc 0
	ask 1480
	pkt recv "$SV" 2000 > /dev/null
	check_match "$REPLY" "^ip src=$INNER dst=$RS_TUN ttl=63( id=[0-9]+)? / \
ip src=$CIP dst=$VIP ttl=63 df / udp" "with 0: only the inner header has DF"
	ask 1500
	while pkt recv "$SV" 300 > /dev/null; do
		part=${REPLY##*data }
		[[ $REPLY != *" df "*" / ip "* ]]
		check_err $? "a fragment must not be cut again: $REPLY"
		sizes+="${part%% *} "
	done
	check_match "$sizes" "^1[0-9]+ [0-9]+ $" "with 0: not two fragments"
	expect_silence "$CL"
	setting pmtu_disc 1
	ask 1480
	pkt recv "$SV" 2000 > /dev/null
	check_match "$REPLY" "^ip src=$INNER dst=$RS_TUN ttl=63 df / ip" \
		    "with 1 again: the outer header has DF, too"
}

# Nobody but the sender cuts packets of IPv6.
tunnel_mtu6()
{
	setting pmtu_disc 0
	ask 1461
	pkt recv "$CL" 2000 > /dev/null
	check_match "$REPLY" "icmp6 type=2 code=0 mtu=1460 /" "IPv6: told"
	expect_silence "$SV"
	setting pmtu_disc 1
}

pmtu_disc()
{
	family 4
	tunnel_mtu4
	family 6
	tunnel_mtu6
	log_test "pmtu_disc: 0 cuts what does not fit into a tunnel"
}

# The fast path copies the bit, so it may not have those connections.
pmtu_disc_fast()
{
	family 4
	paths
	for _ in 1 2 3; do
		ask 500
		pkt recv "$SV" 2000 > /dev/null
	done
	paths
	check_match "$TAKEN" "fast" "with 1: not on the fast path"
	setting pmtu_disc 0
	for _ in 1 2 3; do
		ask 500
		pkt recv "$SV" 2000 > /dev/null
		check_match "$REPLY" "ttl=63( id=[0-9]+)? / ip" "with 0: DF"
	done
	paths
	[[ $TAKEN != *fast* ]]
	check_err $? "with 0: on the fast path: $TAKEN"
	setting pmtu_disc 1
	ask 500
	pkt recv "$SV" 2000 > /dev/null
	ask 500
	pkt recv "$SV" 2000 > /dev/null
	paths
	check_match "$TAKEN" "fast" "with 1 again: not on the fast path"
	log_test "pmtu_disc: 0 keeps tunnels off the fast path"
}

# reply PORT: a connection, and the server's answer.
reply()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / udp sport=$1 dport=53 / data 9"
	pkt recv "$SV" 2000 > /dev/null
	pkt send "$SV" "$IP src=$RS dst=$CIP / udp sport=5353 dport=$1 / data 8"
}

replies()
{
	ip -n "$DIRECTOR" "-$FAMILY" rule add from "$VIP" lookup 100
	ip -n "$DIRECTOR" "-$FAMILY" route add default via "$OTHER_RS" table 100
	reply 4001
	expect_packet "$SV" "$IP src=$VIP dst=$CIP $TTL=63 /" \
		"udp sport=53 dport=4001 / data 8"
	setting snat_reroute 0
	reply 4002
	expect_packet "$CL" "$IP src=$VIP dst=$CIP $TTL=63 /" \
		"udp sport=53 dport=4002 / data 8"
	expect_silence "$SV"
	setting snat_reroute 1
	ip -n "$DIRECTOR" "-$FAMILY" rule del from "$VIP" lookup 100
}

snat_reroute()
{
	both replies
	log_test "snat_reroute: 1 asks the rules about replies, 0 does not"
}

# through PORT FLAGS [TO]: the client's packet leaves for TO, or the origin.
through()
{
	pkt send "$CL" "$IP src=$CIP dst=$OTHER_RS / tcp sport=$1 dport=80 flags=$2"
	expect_packet "$SV" "$IP src=$CIP dst=$OTHER_RS $TTL=63 /" \
		"tcp sport=$1 dport=80 seq=0 ack=0 flags=$2"
}

caches()
{
	local af=-$FAMILY any=0.0.0.0/0 six=

	[ "$FAMILY" = 4 ] || any=::/0 six=-6
	ip -n "$DIRECTOR" "$af" rule add fwmark 1 lookup 101
	ip -n "$DIRECTOR" "$af" route add local "$any" dev lo table 101
	in_ns "$DIRECTOR" nft -f - <<- END
	table inet caches {
		chain marks {
			type filter hook prerouting priority -150
			$IP daddr $OTHER_RS meta mark set 1
		}
	}
	END
	# shellcheck disable=SC2086
	lbctl -A -f 1 $six -s rr
	pkt send "$CL" "$IP src=$CIP dst=$OTHER_RS / tcp sport=5001 dport=80 flags=S"
	# The stack sends no error of IPv4 from an address that it does not have.
	[ "$FAMILY" = 4 ] || told "$CL" "$CIP"
	expect_silence "$SV"
	setting cache_bypass 1
	through 5001 S
	through 5001 A
	# Too large for the way to the origin.
	ip -n "$DIRECTOR" link set eth1 mtu 1300
	pkt send "$CL" "$IP src=$CIP dst=$OTHER_RS $([ "$FAMILY" = 6 ] || echo df)" \
	    "/ tcp sport=5001 dport=80 flags=A / data 1400"
	pkt recv "$CL" 2000 > /dev/null
	check_match "$REPLY" "/ $ICMP type=[23] code=[04] mtu=1300 /" "size"
	ip -n "$DIRECTOR" link set eth1 mtu 1500
	# Connections of the meantime go on when there is a cache.
	# shellcheck disable=SC2086
	lbctl -a -f 1 $six -r "${VIP_HOST/$VIP/$RS}" -m
	through 5001 A
	pkt send "$CL" "$IP src=$CIP dst=$OTHER_RS / tcp sport=5002 dport=80 flags=S"
	expect_packet "$SV" "$IP src=$CIP dst=$RS $TTL=63 /" \
		"tcp sport=5002 dport=80 seq=0 ack=0 flags=S"
	setting cache_bypass 0
	pkt send "$CL" "$IP src=$CIP dst=$OTHER_RS / tcp sport=5001 dport=80 flags=A"
	expect_silence "$SV"
	pkt drain "$CL" > /dev/null
	in_ns "$DIRECTOR" nft delete table inet caches
	# shellcheck disable=SC2086
	lbctl -D -f 1 $six
	ip -n "$DIRECTOR" "$af" rule del fwmark 1 lookup 101
	ip -n "$DIRECTOR" "$af" route flush table 101
}

cache_bypass()
{
	both caches
	log_test "cache_bypass: what no cache takes goes where it was sent"
}

# wrapped PORT: what another director would send us as its real server
wrapped()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / $IP src=$CIP dst=$VIP /" \
	    "udp sport=$1 dport=53 / data 7"
}

tunnelled()
{
	wrapped 6001
	expect_packet "$SV" "$IP src=$CIP dst=$RS $TTL=63 /" \
		"udp sport=6001 dport=5353 / data 7"
	setting ignore_tunneled 1
	wrapped 6001
	told "$CL" "$CIP"
	wrapped 6002
	told "$CL" "$CIP"
	expect_silence "$SV"
	pkt send "$CL" "$IP src=$CIP dst=$VIP / udp sport=6003 dport=53 / data 7"
	expect_packet "$SV" "$IP src=$CIP dst=$RS $TTL=63 /" \
		"udp sport=6003 dport=5353 / data 7"
	setting ignore_tunneled 0
}

ignore_tunneled()
{
	modprobe ipip
	modprobe ip6_tunnel
	ns_sysctl "$DIRECTOR" net.ipv4.conf.tunl0.rp_filter=0
	ip -n "$DIRECTOR" link set tunl0 up
	ip -n "$DIRECTOR" link set ip6tnl0 up
	both tunnelled
	log_test "ignore_tunneled: 1 leaves alone what came in a tunnel"
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119 # no words
topo_wire6
lbctl -R << 'END'
-A -u 192.168.1.111:53 -s rr
-a -u 192.168.1.111:53 -r 172.16.32.110:5353 -m
-A -t 192.168.1.111:80 -s rr
-a -t 192.168.1.111:80 -r 172.16.32.110:8080 -m
-A -t 192.168.1.111:81 -s sh
-a -t 192.168.1.111:81 -r 172.16.32.110:8081 -m
-A -u 192.168.1.111:82 -s rr
-a -u 192.168.1.111:82 -r 172.16.32.113 -i
-A -u [2001:db8:1::111]:53 -s rr
-a -u [2001:db8:1::111]:53 -r [2001:db8:2::110]:5353 -m
-A -t [2001:db8:1::111]:80 -s rr
-a -t [2001:db8:1::111]:80 -r [2001:db8:2::110]:8080 -m
-A -t [2001:db8:1::111]:81 -s sh
-a -t [2001:db8:1::111]:81 -r [2001:db8:2::110]:8081 -m
-A -u [2001:db8:1::111]:82 -s rr
-a -u [2001:db8:1::111]:82 -r [2001:db8:2::113] -i
END
# Were they limited in their rate, errors would be missed.
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_run nat_icmp_send schedule_icmp pmtu_disc pmtu_disc_fast snat_reroute \
	  cache_bypass ignore_tunneled
