#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What schedulers promise: shares, who stays when servers come and go, who is
# refused, and that nothing breaks while they are exchanged under load.
#
# All by the mark 7, which packets to 10.8.0.0/16 have, and direct routing, as in
# front of transparent caches.
#
# Kernels: 6.12

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

setup()
{
	topo_wire
	# Nobody there answers for so many servers.
	ip -n "$DIRECTOR" link set eth1 arp off
	ip -n "$DIRECTOR" route add local 10.8.0.0/16 dev lo
	in_ns "$DIRECTOR" /usr/sbin/iptables -t mangle -A PREROUTING \
		-d 10.8.0.0/16 -j MARK --set-mark 7
}

# service SCHEDULER [WEIGHT]...: $NET.1 has the first weight, and so on. They
# have addresses of their own, as a server that comes back has its counters.
service()
{
	local n=0 weight

	SERVICES=$((SERVICES + 1))
	NET=172.16.$SERVICES
	lbctl -C
	lbctl conn flush
	{
		echo "service add fwmark 7 scheduler $1"
		for weight in "${@:2}"; do
			n=$((n + 1))
			echo "dest add fwmark 7 to $NET.$n weight $weight"
		done
	} | lbctl -R
	check_err $? "service with $1"
}
SERVICES=33

# weights SERVER WEIGHT...
weights()
{
	printf "dest set fwmark 7 to $NET.%d weight %d\n" "$@" | lbctl -R
	check_err $? "weights: $*"
}

# clients N [KEY=VALUE]...: pktgen sends one UDP packet for each of N flows. A
# thousand clients with a hundred and one ports ask for 997 addresses. No two
# calls have a flow in common, as each asks for a port of its own.
PORT=10000
clients()
{
	local words=("count=$1" clone_skb=0 pkt_size=60 delay=0
		     xmit_mode=netif_receive burst=1
		     src_min=10.9.0.0 src_max=10.9.3.231
		     dst_min=10.8.0.0 dst_max=10.8.3.228
		     udp_src_min=1024 udp_src_max=1125
		     dst_mac=02:00:00:00:00:d0 "${@:2}")

	PORT=$((PORT + 1))
	lbctl service zero
	words+=("udp_dst_min=$PORT" "udp_dst_max=$PORT")
	# shellcheck disable=SC2016 # that shell is to expand it
	in_ns "$DIRECTOR" busybox sh -c '
	cd /proc/net/pktgen
	[ -e eth0 ] || echo add_device eth0 > kpktgend_0
	for word; do
		echo "${word/=/ }" > eth0 || exit
	done
	echo start > pgctrl
	busybox grep -q "Result: OK" eth0' sh "${words[@]}"
	check_err $? "pktgen"
}

# shares: how many of the flows of the last call each server got, as "20 0 40".
shares()
{
	local line conns=()

	while read -r line; do
		[[ $line =~ " to "[0-9.]*\.([0-9]+):0" ".*" conns "([0-9]+)" " ]] &&
			conns[BASH_REMATCH[1]]=${BASH_REMATCH[2]}
	done <<< "$(lbctl dest stats fwmark 7)"
	echo "${conns[*]}"
}

# served: how many they were in all
served()
{
	local all

	all=$(shares)
	echo $((${all// /+}))
}

# choices: a line for each flow of the last call, client and server. The next
# call finds no connection.
choices()
{
	lbctl conn show |
		sed -n "s/.* client \([0-9.:]*\) virtual [0-9.]*:$PORT to [0-9.]*\.\([0-9]*\):.*/\1 \2/p" |
		sort
	lbctl conn flush
}

# shares_are WHAT RANGE...: each is a number or LEAST-MOST.
shares_are()
{
	local what=$1 seen range got

	shift
	read -ra seen <<< "$(shares)"
	for range; do
		got=${seen[0]}
		[ "$got" -ge "${range%-*}" ] && [ "$got" -le "${range#*-}" ]
		check_err $? "$what: $got instead of $range"
		seen=("${seen[@]:1}")
	done
}

# share SCHEDULER RANGE...: of 600 flows to servers of weights 1, 2 and 3.
share()
{
	service "$1" 1 2 3
	clients 600
	shares_are "$@"
}

distribution()
{
	share rr 200 200 200
	share wrr 100 200 300
	share lc 200 200 200
	share wlc 99-101 199-201 299-301
	# Without active connections, the greatest weight always wins, and the
	# first that has none.
	share sed 0 0 600
	share nq 0 0 600
	share fo 0 0 600
	share ovf 0 0 600
	# Bounds are five standard deviations off.
	share twos 80-125 175-225 275-325
	share sh 65-135 150-250 240-360
	share dh 150-250 150-250 150-250
	share mh 70-130 155-245 250-350
	share lblc 99-101 199-201 299-301
	share lblcr 99-101 199-201 299-301
	log_test "shares of servers of weights 1, 2 and 3"
}

# By the client's address alone, all of these have the same server.
ports()
{
	local scheduler

	for scheduler in sh mh; do
		service "$scheduler" 1 1
		clients 200 src_max=10.9.0.0
		check_match "$(shares)" '^(0 200|200 0)$' "$scheduler, one client"
		lbctl service set fwmark 7 scheduler "$scheduler" \
			sched-flags "$scheduler-port"
		clients 200 src_max=10.9.0.0
		shares_are "$scheduler with ports" 60-140 60-140
		lbctl service set fwmark 7 sched-flags flag-3
		clients 200 src_max=10.9.0.0
		check_match "$(shares)" '^(0 200|200 0)$' \
			"$scheduler, with another flag"
	done
	log_test "sh-port and mh-port, changed at work"
}

# With all others unavailable, fallback must find the one that is left, and
# come to an end without any.
fallback()
{
	local scheduler before

	for scheduler in sh mh; do
		service "$scheduler" 1 1 1 1
		weights 1 0 3 0
		clients 400
		shares_are "$scheduler without fallback" 0 60-140 0 60-140

		lbctl service set fwmark 7 sched-flags flag-1
		clients 400
		check_eq "$(served)" 400 "$scheduler with fallback"
		weights 2 0
		clients 400
		shares_are "$scheduler, one is left" 0 0 0 400
		weights 4 0
		before=$(no_dest)
		clients 400
		check_eq "$(served)" 0 "$scheduler, none is left"
		check_eq $(($(no_dest) - before)) 400 "$scheduler: no-dest"
	done
	log_test "sh-fallback and mh-fallback"
}

no_dest()
{
	lbctl stats | sed -n 's/^drop no-dest //p'
}

# moved BUT: of the flows in $TMP/before that were not of server BUT, how many
# have another one in $TMP/after, or none.
moved()
{
	join -a 1 "$TMP/before" "$TMP/after" |
		awk -v but="$1" '$2 != but && $2 != $3' | wc -l
}

FLOWS=5000

disruption()
{
	local ones

	printf -v ones '1 %.0s' {1..100}
	# shellcheck disable=SC2086
	service "mh sched-flags mh-port" $ones
	clients "$FLOWS"
	choices > "$TMP/before"
	check_eq "$(wc -l < "$TMP/before")" "$FLOWS" "flows"

	lbctl dest del fwmark 7 to "$NET.50"
	clients "$FLOWS"
	choices > "$TMP/after"
	[ "$(moved 50)" -le $((FLOWS / 100)) ]
	check_err $? "without .50 $(moved 50) of $FLOWS move"
	check_eq "$(awk '$2 == 50' "$TMP/after")" "" "flows of .50"

	lbctl dest add fwmark 7 to "$NET.101"
	clients "$FLOWS"
	choices > "$TMP/after"
	[ "$(moved 50)" -le $((FLOWS * 3 / 100)) ]
	check_err $? "with another instead $(moved 50) of $FLOWS move"

	printf '%s\n' "dest add fwmark 7 to $NET.50" \
		"dest del fwmark 7 to $NET.101" | lbctl -R
	clients "$FLOWS"
	choices > "$TMP/after"
	check_eq "$(moved none)" 0 "when .50 is back"
	log_test "mh: hardly anyone moves when one of a hundred goes"
}

# Whoever has a server that is drained is refused, or goes elsewhere.
draining()
{
	weights 7 0 8 0 9 0
	clients "$FLOWS"
	choices > "$TMP/after"
	cp "$TMP/before" "$TMP/all"
	awk '$2 < 7 || $2 > 9' "$TMP/all" > "$TMP/before"
	check_eq "$(moved none)" 0 "when some are drained"
	check_eq "$(wc -l < "$TMP/after")" "$(wc -l < "$TMP/before")" \
		"flows that are not refused"

	lbctl service set fwmark 7 scheduler mh sched-flags mh-port,mh-fallback
	clients "$FLOWS"
	choices > "$TMP/after"
	check_eq "$(wc -l < "$TMP/after")" "$FLOWS" "flows with mh-fallback"
	check_eq "$(awk '$2 >= 7 && $2 <= 9' "$TMP/after")" "" \
		"flows of drained ones"
	check_eq "$(moved none)" 0 "with mh-fallback"

	weights 7 1 8 1 9 1
	clients "$FLOWS"
	choices > "$TMP/after"
	cmp -s "$TMP/all" "$TMP/after"
	check_err $? "not as it was when they are back"
	log_test "mh: draining moves nobody else"
}

table_size()
{
	service mh 1 1 1
	clients 500
	choices > "$TMP/before"
	lbctl config set mh_table_size 7
	check_err $? "size 7"
	clients 500
	shares_are "7 entries" 50-250 50-250 50-250
	for n in 4 5 6 7; do
		lbctl dest add fwmark 7 to "$NET.$n"
		check_err $? "$n servers"
	done
	clients 500
	shares_are "an entry for each" 40-110 40-110 40-110 40-110 40-110 \
		40-110 40-110
	check_match "$(lbctl dest add fwmark 7 to "$NET.8" 2>&1)" \
		'cannot have more real servers' "8 servers"
	check_match "$(lbctl config set mh_table_size 5 2>&1)" \
		'cannot have more .*\(attribute mh-table-size\)' "size 5"
	check_match "$(lbctl config set mh_table_size 65536 2>&1)" \
		'prime.*\(attribute mh-table-size\)' "size 65536"
	check_eq "$(lbctl config get mh_table_size)" 7 "refused sizes"
	clients 500
	check_eq "$(served)" 500 "flows after refusals"

	printf "dest del fwmark 7 to $NET.%d\n" 4 5 6 7 | lbctl -R
	lbctl config set mh_table_size 65537
	clients 500
	choices > "$TMP/after"
	check_eq "$(moved none)" 0 "at the size there was"
	log_test "mh_table_size"
}

# connect CLIENT ADDRESS SERVER MESSAGE: a new TCP connection to 10.8.ADDRESS.
connect()
{
	CLIENT_PORT=$((CLIENT_PORT + 1))
	pkt drain server > /dev/null
	pkt send client "ip src=10.9.$1 dst=10.8.$2 /" \
		"tcp sport=$CLIENT_PORT dport=80 flags=S"
	check_eq "$(newest)" "$3" "$4"
}
CLIENT_PORT=2000

newest()
{
	lbctl conn show | sed -n "s/.* client [0-9.]*:$CLIENT_PORT .* to [0-9.]*\.\([0-9]*\):.*/\1/p"
}

# The newest server is the first of those that have equal loads.
caches()
{
	local scheduler

	for scheduler in lblc lblcr; do
		service "$scheduler" 2 2 2
		connect 0.1 1.1 3 "$scheduler: first address"
		connect 0.2 1.2 2 "$scheduler: second address"
		connect 0.3 1.1 3 "$scheduler: first again"
		connect 0.4 1.3 1 "$scheduler: third"
		connect 0.5 1.1 3 "$scheduler: first, not busy yet"
		connect 0.6 1.4 2 "$scheduler: fourth"
		connect 0.7 1.5 1 "$scheduler: fifth"
		connect 0.8 1.1 3 "$scheduler: first, nobody has less than half"
		lbctl dest add fwmark 7 to "$NET.4" weight 2
		connect 0.9 1.1 4 "$scheduler: first, another is idle"
		connect 0.10 1.1 4 "$scheduler: first, at the other"
		connect 0.11 1.2 2 "$scheduler: second, where it was"
		weights 2 0
		connect 0.12 1.2 4 "$scheduler: second, drained"
		lbctl dest del fwmark 7 to "$NET.4"
		connect 0.13 1.1 "$(left "$scheduler")" "$scheduler: gone"
		weights 1 0 3 0
		connect 0.14 1.1 "" "$scheduler: none is left"
	done
	log_test "lblc and lblcr: an address stays at its server"
}

# When 4 is gone: lblc looks for the least loaded, lblcr still has 3.
left()
{
	[ "$1" = lblc ] && echo 1 || echo 3
}

# An address that nobody asked for is forgotten.
expiration()
{
	service lblc 1 1
	clients 1 dst_max=10.8.0.0
	shares_are "first" 0 1
	clients 1 dst_max=10.8.0.0
	shares_are "again" 0 1
	lbctl config set lblc_expiration 1
	pause 1.5
	clients 1 dst_max=10.8.0.0
	shares_are "expired" 1 0
	lbctl config set lblc_expiration 86400
	pause 1.5
	clients 1 dst_max=10.8.0.0
	shares_are "not expired" 1 0
	log_test "lblc_expiration"
}

# More addresses than are remembered; what goes then is in all of them.
many_addresses()
{
	local scheduler

	for scheduler in lblc lblcr; do
		service "$scheduler" 1 1 1
		clients 17000 dst_max=10.8.78.31
		check_eq "$(served)" 17000 "$scheduler: flows"
		lbctl dest del fwmark 7 to "$NET.1"
		clients 1000 dst_max=10.8.78.31
		check_eq "$(served)" 1000 "$scheduler: flows without a server"
	done
	log_test "lblc and lblcr: more addresses than there is room for"
}

# New flows all the time, which end at once. pktgen sleeps from one to the next, so
# that a single CPU has time for requests.
traffic_start()
{
	lbctl config set udp-timeout 1
	in_ns "$CLIENT" bash -c "
	cd /proc/net/pktgen
	[ -e eth0 ] || echo add_device eth0 > kpktgend_0
	for word in 'count 0' 'clone_skb 0' 'pkt_size 60' 'delay 0' \
		    'dst_mac 02:00:00:00:00:d0' \
		    'src_min 10.9.0.0' 'src_max 10.9.255.250' \
		    'dst_min 10.8.0.0' 'dst_max 10.8.3.228' \
		    'udp_src_min 1024' 'udp_src_max 2024' \
		    'udp_dst_min 80' 'udp_dst_max 80'; do
		echo \"\$word\" > eth0 || exit
	done"
	ip netns exec "$CLIENT" sh -c 'echo start > /proc/net/pktgen/pgctrl' &
	background $!
	busywait 10000 traffic_flows
	check_err $? "no traffic"
}

traffic_flows()
{
	local before

	before=$(conns)
	pause 0.3
	[ "$(conns)" -gt "$before" ]
}

conns()
{
	local stats

	stats=$(lbctl stats)
	[[ $stats =~ stats\ conns\ ([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

traffic_stop()
{
	in_ns "$CLIENT" sh -c 'echo stop > /proc/net/pktgen/pgctrl'
	lbctl config set udp-timeout 300
}

ALL=(rr wrr lc wlc sed nq fo ovf dh sh mh twos lblc lblcr)

# One round with each: servers come, are drained, and go, in requests of one
# and of many, and the scheduler is exchanged for the next.
round()
{
	local scheduler n

	for scheduler in "${ALL[@]}"; do
		echo "service set fwmark 7 scheduler $scheduler sched-flags flag-1"
		for n in 5 6 7 8; do
			echo "dest add fwmark 7 to $NET.$n weight $n"
		done
		echo "dest set fwmark 7 to $NET.6 weight 0"
		for n in 5 6 7 8; do
			echo "dest del fwmark 7 to $NET.$n"
		done
		echo "service replace fwmark 7 scheduler $scheduler" \
		     "dest $NET.1 dest $NET.2 weight $1 dest $NET.9"
	done > "$TMP/round"
	lbctl -R < "$TMP/round"
}

exchange()
{
	local i

	dmesg_mark
	service rr 1 2 3
	traffic_start
	for i in 1 2; do
		round "$i"
		check_err $? "round $i"
		lbctl config set mh_table_size $((i % 2 ? 251 : 65537))
		check_err $? "size in round $i"
	done
	printf 'service set fwmark 7 scheduler %s\n' "${ALL[@]}" > "$TMP/all"
	for _ in {1..20}; do
		lbctl -R < "$TMP/all"
		check_err $? "one after the other"
	done
	for i in "${ALL[@]}"; do
		lbctl service set fwmark 7 scheduler "$i"
		busywait 10000 traffic_flows
		check_err $? "no new connections with $i"
		lbctl -S -n > "$TMP/saved"
		lbctl -C
		lbctl -R < "$TMP/saved"
	done
	traffic_stop
	check_eq "$(dmesg_new | grep -E 'BUG:|WARNING:|Call Trace')" "" \
		"the kernel complains"
	log_test "schedulers are exchanged and servers deleted under load"
}

lb_load || skip_all "the module does not load"
modprobe pktgen || skip_all "no pktgen"
[ "$LB_SUT" = lb ] || skip_all "settings and words of lb"
setup
tests_run distribution ports fallback disruption draining table_size caches \
	expiration many_addresses exchange
