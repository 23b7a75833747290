#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two directors have the same address, and a router spreads flows over both. Flows
# that it moves to the other director go on there.
#
# Kernels: 6.12
# CPUs: 1
# Programs: bird

# shellcheck source=../directors.sh
. "$(dirname "$0")/../directors.sh"

VIP=192.0.2.10
BIRD=$LB_CACHE/bird/root
PATH=$BIRD/usr/sbin:$PATH
TALKERS=12

#  CLIENT --- ROUTER     DIRECTOR   DIRECTOR2      RS1           RS2
#  10.0.1.5     | .1       | .11      | .12         | .21         | .31
#               +----------+----------+--- SWITCH --+-------------+ 192.168.1.0/24
set_up()
{
	local d rs

	setup_ns CLIENT ROUTER DIRECTOR DIRECTOR2 SWITCH RS1 RS2
	net_link "$CLIENT" eth0 "$ROUTER" eth0
	net_link "$ROUTER" eth1 "$SWITCH" port0
	net_link "$DIRECTOR" eth0 "$SWITCH" port1
	net_link "$DIRECTOR2" eth0 "$SWITCH" port2
	net_link "$RS1" eth0 "$SWITCH" port3
	net_link "$RS2" eth0 "$SWITCH" port4
	net_switch "$SWITCH" port{0,1,2,3,4}
	net_addr "$CLIENT" eth0 10.0.1.5/24 10.0.1.1
	net_addr "$ROUTER" eth0 10.0.1.1/24
	net_addr "$ROUTER" eth1 192.168.1.1/24
	net_addr "$DIRECTOR" eth0 192.168.1.11/24 192.168.1.1
	net_addr "$DIRECTOR2" eth0 192.168.1.12/24 192.168.1.1
	net_addr "$RS1" eth0 192.168.1.21/24 192.168.1.1
	net_addr "$RS2" eth0 192.168.1.31/24 192.168.1.1
	ns_sysctl "$ROUTER" net.ipv4.ip_forward=1 \
		net.ipv4.fib_multipath_hash_policy=1
	for rs in "$RS1" "$RS2"; do
		dr_real_server "$rs" $VIP
	done
	web_server "$RS1" 80 rs1
	web_server "$RS2" 80 rs2
	random_file 700 "$TMP/www/$RS1-80/body"
	cp "$TMP/www/$RS1-80/body" "$TMP/www/$RS2-80"
	for d in "$DIRECTOR" "$DIRECTOR2"; do
		ip -n "$d" addr add $VIP/32 dev lo
		on "$d" director
	done
}

# Each tells the other of what it has, and listens.
director()
{
	lb_tool load - <<- END
		service add tcp $VIP:80 scheduler rr
		dest add tcp $VIP:80 to 192.168.1.21:80 dr
		dest add tcp $VIP:80 to 192.168.1.31:80 dr
		sync start master interface eth0 syncid 7
		sync start backup interface eth0 syncid 7
	END
}

# ways ADDRESS...: the directors that the router sends to
ways()
{
	local hop args=()

	for hop; do
		args+=(nexthop via "$hop" dev eth1)
	done
	ip -n "$ROUTER" route replace $VIP/32 "${args[@]}"
}

# talkers_begin: clients connect and wait; talkers_end: they ask for the page, and
# how many have it is printed.
talkers_begin()
{
	local i

	rm -f "$TMP"/talk-*
	for ((i = 0; i < TALKERS; i++)); do
		mkfifo "$TMP/talk-$i"
		# shellcheck disable=SC2016 # the inner shell expands it
		busybox nsenter --net="/run/netns/$CLIENT" bash -c '
			exec 3<> "/dev/tcp/$1/80"
			read -r _ < "$2"
			printf "GET / HTTP/1.0\r\n\r\n" >&3
			cat <&3 > "$2.out"' talk $VIP "$TMP/talk-$i" &
		background $!
		TALKS[i]=$!
	done
}

talkers_end()
{
	local i

	for ((i = 0; i < TALKERS; i++)); do
		echo > "$TMP/talk-$i"
	done
	for ((i = 0; i < TALKERS; i++)); do
		busywait 20000 no_process "${TALKS[i]}"
		check_err $? "client $i has no answer"
	done
	check_eq "$(tail -q -n 1 "$TMP"/talk-*.out | grep -c '^rs[12]')" \
		$TALKERS "clients that have their page"
}

# established N: both directors know so many; to be waited for
established()
{
	local d

	for d in "$DIRECTOR" "$DIRECTOR2"; do
		[ "$(on "$d" lb_tool conn show state established |
			wc -l)" -eq "$1" ] || return
	done
}

both_know()
{
	busywait 40000 established "$1"
	check_err $? "not $1 connections: \
$(on "$DIRECTOR" lb_tool conn show) and $(on "$DIRECTOR2" lb_tool conn show)"
}

# took_part: each has opened connections of its own.
took_part()
{
	local d

	for d in "$DIRECTOR" "$DIRECTOR2"; do
		[ "$(on "$d" stat_of $VIP:80 3)" -gt 0 ]
		check_err $? "$d has had no new connection"
	done
}

flush()
{
	local d

	for d in "$DIRECTOR" "$DIRECTOR2"; do
		on "$d" lb_tool conn flush
		on "$d" lb_tool stats zero
	done
}

# All that the first had goes to the second, and all of both back to the first.
moved()
{
	ways 192.168.1.11 192.168.1.12
	talkers_begin
	both_know $TALKERS
	took_part
	ways 192.168.1.12
	talkers_end
	talkers_begin
	both_know $TALKERS
	ways 192.168.1.11
	talkers_end
	log_test "connections go on when the router sends them to the other director"
}

# A download, of which the router sends each part by another director
download()
{
	local hop n=0

	flush
	ways 192.168.1.11
	tc -n "$ROUTER" qdisc add dev eth0 root netem rate 600kbit ||
		skip_all "no netem"
	busybox nsenter --net="/run/netns/$CLIENT" \
		curl -s -m 120 -o "$TMP/body" "http://$VIP/body" &
	DOWNLOAD=$!
	background $DOWNLOAD
	both_know 1
	while ! no_process $DOWNLOAD; do
		hop=192.168.1.1$((n++ % 2 + 1))
		ways $hop
		pause 0.5
	done
	tc -n "$ROUTER" qdisc del dev eth0 root
	cmp -s "$TMP/body" "$TMP/www/$RS1-80/body"
	check_err $? "$(wc -c < "$TMP/body") bytes"
	[ $n -gt 4 ]
	check_err $? "the way has changed $n times only"
	log_test "a download goes on while its way changes"
}

bird_start()
{
	in_ns "$1" env LD_LIBRARY_PATH="$(dirname "$(find \
		"$BIRD" -name libssh-gcrypt.so.4)")" \
		bird -c "$2" -s "$TMP/$3.ctl" -P "$TMP/$3.pid"
	check_err $? "BIRD does not start for $3"
}

hops()
{
	ip -n "$ROUTER" route show $VIP | grep -o 'via [0-9.]*' |
		cut -d ' ' -f 2 | xargs
}

has_hops()
{
	[ "$(hops)" = "$*" ]
}

becomes_hops()
{
	busywait 60000 has_hops "$@"
	check_err $? "the router has $(hops), not $*"
}

bgp()
{
	local d n=0

	flush
	ip -n "$ROUTER" route del $VIP/32
	install_example anycast bird
	for d in "$DIRECTOR" "$DIRECTOR2"; do
		n=$((n + 1))
		echo "router id 192.168.1.1$n;" > /etc/bird/id.conf
		bird_start "$d" /etc/bird/bird.conf lb$n
	done
	bird_start "$ROUTER" /etc/bird/router.conf router
	becomes_hops 192.168.1.11 192.168.1.12
	talkers_begin
	both_know $TALKERS
	took_part
	ip -n "$DIRECTOR" addr del $VIP/32 dev lo
	becomes_hops 192.168.1.12
	talkers_end

	ip -n "$DIRECTOR" addr add $VIP/32 dev lo
	becomes_hops 192.168.1.11 192.168.1.12
	talkers_begin
	both_know $TALKERS
	ip -n "$SWITCH" link set port2 down
	becomes_hops 192.168.1.11
	talkers_end
	log_test "a director leaves, comes back, and another dies, told by BGP"
}

{ lb_load && lb_sync_insmod; } || skip_all "the module does not load"
set_up
tests_run moved download bgp
