#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Programs that people run, by IPv4 and IPv6: a name server that is asked by UDP
# and TCP, and iperf3, whose packets cross the director as large as the offloads
# make them.
# Kernels: 7.2
# CPUs: 1

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

BYTES=2M

# The paths that are taken: what is large, nearly all, takes the fast one.
FAST="^[0-9]+ fast( [0-9] [a-z]+)*$"
WAY=$FAST

# Each real server has a name server, which tells who it is and has a long text;
# and iperf3 at two ports.
servers()
{
	local n=0 rs text port

	printf -v text '%0200d,' {1..12}
	for rs in "$RS1" "$RS2"; do
		n=$((n + 1))
		in_ns "$rs" dnsmasq -k -u root -C /dev/null -x "$TMP/pid-$rs" \
			-h -R --edns-packet-max=4096 \
			--address="/who.test/192.0.2.$n" \
			--txt-record="long.test,${text%,}" &
		background $!
		for port in 5201 5202; do
			in_ns "$rs" iperf3 -s -p $port > "$TMP/iperf-$rs" 2>&1 &
			background $!
		done
	done
	for rs in "$RS1" "$RS2"; do
		for port in 53 5201 5202; do
			busywait 20000 port_listens "$rs" $port
			check_err $? "nobody listens at port $port"
		done
	done
}

# services METHOD PORT VIP SERVER...: of names and, with both connections of a
# client at one server, of iperf3
services()
{
	local vip=$3 rs

	echo "-A -u $vip:53 -s rr"
	echo "-A -t $vip:53 -s rr"
	echo "-A -t $vip:$2 -s rr -p 60"
	for rs in "${@:4}"; do
		echo "-a -u $vip:53 -r $rs:53 $1"
		echo "-a -t $vip:53 -r $rs:53 $1"
		echo "-a -t $vip:$2 -r $rs:$2 $1"
	done
}

# ask OPTION...: who answers two queries
ask()
{
	for _ in 1 2; do
		in_ns "$CLIENT" drill "$@" "@$VIP" who.test A
	done | sed -n 's/^who\.test.*[[:space:]]192\.0\.2\.//p' | sort |
		tr -d '\n'
}

# Each server answers one query, and one a long one, in fragments.
queries()
{
	local text

	check_eq "$(ask -u)" 12 "$VIP: who answers by UDP"
	check_eq "$(ask -t)" 12 "$VIP: who answers by TCP"
	text=$(in_ns "$CLIENT" drill -u -b 4096 "@$VIP" long.test TXT)
	check_eq "$(grep -o '"0*[0-9]*"' <<< "$text" | tr -d '"' | wc -l -c |
		    xargs)" "12 2412" "$VIP: a long answer by UDP"
	check_eq "$(lbctl -L -n -c | grep -c "^UDP .*$VIP")" 3 \
		 "$VIP: connections"
}

# As conn -L would have it: IPv6 addresses stand in brackets.
of_vip()
{
	[[ $VIP != *:* ]] && echo "$VIP:$1" || echo "[$VIP]:$1"
}

# The same, datagram by datagram: nothing is left of them.
queries_ops()
{
	lbctl -E -u "$(of_vip 53)" -s rr -o
	lbctl conn flush udp
	check_eq "$(ask -u)" 12 "$VIP: who answers with one-packet scheduling"
	check_eq "$(lbctl -L -n -c | grep -c "^UDP .*$VIP")" 0 \
		 "$VIP: connections are left"
}

# tcp NS COUNTER: of /proc/net/snmp
tcp()
{
	# shellcheck disable=SC2016 # awk is to expand it
	in_ns "$1" busybox awk -v name="$2" '
		$1 != "Tcp:" { next }
		!column { for (i = 2; i <= NF; i++) if ($i == name) column = i
			  next }
		{ print $column }' /proc/net/snmp
}

# segments: what both servers have got of TCP, in as many pieces as it came
segments()
{
	echo $(($(tcp "$RS1" InSegs) + $(tcp "$RS2" InSegs)))
}

# iperf PORT [OPTION...]: what was sent and what came, in $SENT and $RECEIVED
iperf()
{
	in_ns "$CLIENT" timeout 60 iperf3 -J -c "$VIP" -p "$1" -n "$BYTES" \
		-w 64K "${@:2}" > "$TMP/iperf"
	check_err $? "$VIP: iperf3: $(grep '"error"' "$TMP/iperf")"
	read -r SENT RECEIVED < <(awk '/"sum_/ { sum = 1 }
		sum && /"bytes"/ { gsub(/[^0-9]/, ""); printf "%s ", $0; sum = 0 }
		END { print "" }' "$TMP/iperf")
}

# of_iperf PORT COLUMN: what the director has counted of it
of_iperf()
{
	stat_of "$(of_vip "$1")" "$2"
}

# Upwards iperf3 ends when all is sent, and what the last buffers hold is lost.
# All else arrives, and little is sent twice, as a slow machine does by itself.
# The director sees large packets and sends them on as they are, or cut.
upload()
{
	local before sent again pkts bytes got

	before=$(segments) sent=$(tcp "$CLIENT" OutSegs)
	again=$(tcp "$CLIENT" RetransSegs)
	lbctl -Z
	paths
	iperf "$1"
	paths
	check_match "$TAKEN" "$WAY" "$VIP: paths"
	[ "$RECEIVED" -le "$SENT" ] &&
		[ "$RECEIVED" -ge $((SENT - 4 * (64 << 10))) ]
	check_err $? "$VIP: $RECEIVED of $SENT bytes arrived"
	sent=$(($(tcp "$CLIENT" OutSegs) - sent))
	again=$(($(tcp "$CLIENT" RetransSegs) - again))
	[ $((again * 4)) -lt "$sent" ]
	check_err $? "$VIP: $again of $sent segments were sent again"
	pkts=$(of_iperf "$1" 4) bytes=$(of_iperf "$1" 6)
	[ "$bytes" -gt "$RECEIVED" ] && [ "$bytes" -gt $((pkts * 1500)) ]
	check_err $? "$VIP: $bytes bytes in $pkts packets, none of them large"
	got=$(($(segments) - before))
	if [ "${2-}" = cut ]; then
		[ "$got" -gt "$pkts" ]
	else
		[ "$got" -eq "$pkts" ]
	fi
	check_err $? "$VIP: $pkts packets came, $got arrived"
	no_harm
}

# Downwards it is the client that ends it, with all that it wanted.
download()
{
	local pkts bytes

	lbctl -Z
	iperf "$1" -R
	pkts=$(of_iperf "$1" 5) bytes=$(of_iperf "$1" 7)
	[ "$RECEIVED" -ge $((2 << 20)) ] && [ "$bytes" -gt "$RECEIVED" ]
	check_err $? "$VIP: $bytes bytes were replied, $RECEIVED arrived"
	[ "$bytes" -gt $((pkts * 1500)) ]
	check_err $? "$VIP: $bytes bytes in $pkts replies, none of them large"
	no_harm
}

no_harm()
{
	local ns

	for ns in "$CLIENT" "$RS1" "$RS2"; do
		check_eq "$(tcp "$ns" InCsumErrors) $(tcp "$ns" InErrs)" "0 0" \
			 "$ns: wrong checksums, errors"
	done
}

# both FUNCTION...: by IPv4 and IPv6
both()
{
	VIP=$VIP4
	"$@"
	VIP=$VIP6
	"$@"
}

set_up_nat()
{
	topo_nat6
	VIP4=192.168.1.111 VIP6=2001:db8:1::111
	servers
	{
		services -m 5201 "$VIP4" 172.16.32.110 172.16.32.112
		services -m 5201 "[$VIP6]" "[2001:db8:2::110]" \
			 "[2001:db8:2::112]"
	} | lbctl -R
}

# Names and iperf3 at port 5201 by DR, iperf3 at port 5202 by TUN
set_up_direct()
{
	local rs

	cleanup_all_ns
	topo_dr6
	modprobe ip6_tunnel
	VIP4=192.168.1.10 VIP6=2001:db8:1::10
	ip -n "$DIRECTOR" addr add "$VIP4/24" dev eth0
	# Not an address that the director itself speaks by
	ip -n "$DIRECTOR" addr add "$VIP6/64" dev eth0 nodad preferred_lft 0
	for rs in "$RS1" "$RS2"; do
		dr_real_server "$rs" "$VIP4"
		tun_real_server "$rs" "$VIP4"
		ip -n "$rs" addr add "$VIP6/128" dev lo nodad
		ip -n "$rs" link set ip6tnl0 up
	done
	servers
	{
		services -g 5201 "$VIP4" 192.168.1.21 192.168.1.31
		services -g 5201 "[$VIP6]" "[2001:db8:1::21]" "[2001:db8:1::31]"
		services -i 5202 "$VIP4" 192.168.1.21 192.168.1.31 | grep :5202
		services -i 5202 "[$VIP6]" "[2001:db8:1::21]" \
			 "[2001:db8:1::31]" | grep :5202
	} | lbctl -R
}

names_nat()
{
	both queries
	log_test "DNS by NAT: UDP, TCP, fragments"
}

names_dr()
{
	set_up_direct
	both queries
	log_test "DNS by DR: UDP, TCP, fragments"
}

names_ops()
{
	both queries_ops
	log_test "DNS with one-packet scheduling"
}

iperf_nat()
{
	both upload 5201
	both download 5201
	log_test "iperf3 by NAT, GSO, both ways"
}

iperf_dr()
{
	both upload 5201
	log_test "iperf3 by DR, GSO"
}

iperf_tun()
{
	# First the client learns what fits into a tunnel.
	BYTES=100K both iperf 5202
	both upload 5202
	log_test "iperf3 by TUN, GSO"
}

# gro NS DEVICE PORT...: what comes in small packets is put together by the next
# device; and takes the classic path for a change.
gro()
{
	local port

	in_ns "$CLIENT" ethtool -K eth0 tso off gso off
	in_ns "$1" ethtool -K "$2" gro on
	setting fastpath off
	WAY="^[0-9]+ off [0-9]+ new$"
	for port in "${@:3}"; do
		both upload "$port"
	done
	WAY=$FAST
	setting fastpath auto
}

gro_nat()
{
	gro "$DIRECTOR" eth0 5201
	log_test "iperf3 by NAT, GRO"
}

# Large packets, with checksums for devices to complete, end at the director,
# whose devices can do neither.
cut_nat()
{
	local dev

	in_ns "$CLIENT" ethtool -K eth0 tso on gso on
	for dev in eth0 eth1; do
		in_ns "$DIRECTOR" ethtool -K "$dev" tx off tso off > /dev/null
	done
	both upload 5201 cut
	log_test "iperf3 by NAT, cut by the director"
}

gro_direct()
{
	gro "$SWITCH" port0 5201 5202
	log_test "iperf3 by DR and TUN, GRO"
}

lb_load || skip_all "the module does not load"
set_up_nat
tests_run names_nat iperf_nat gro_nat cut_nat names_dr names_ops iperf_dr \
	  iperf_tun gro_direct
