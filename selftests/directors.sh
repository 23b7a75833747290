# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2153 # who sources it has the names
# For tests of programs that direct a balancer: two directors on a network with
# the real servers, the servers, a client, and the configuration files of
# Documentation/examples in their place.

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

EXAMPLES=$(dirname "$LIB_DIR")/Documentation/examples

VIP=192.168.1.10
VIP6=2001:db8:1::10

# programs_load: lb with IPVS's interfaces, so that programs find them. What they
# do is seen with the tool.
programs_load()
{
	lb_load || return
	[ "$LB_SUT" = ipvs ] || [ -d /sys/module/lb_ipvs ] || lb_ipvs_insmod
}

#   CLIENT     DIRECTOR   DIRECTOR2      RS1           RS2
#     | .5        | .11      | .12        | .21         | .31
#     +-----------+----------+--- SWITCH -+-------------+     192.168.1.0/24
#                                                             2001:db8:1::/64
#
# The real servers have the VIPs, hidden; the directors have not.
topo_directors()
{
	local rs

	topo_dr6
	setup_ns DIRECTOR2
	enable_ipv6 "$DIRECTOR2"
	net_link "$DIRECTOR2" eth0 "$SWITCH" port4
	ip -n "$SWITCH" link set port4 master br0
	net_addr "$DIRECTOR2" eth0 192.168.1.12/24
	net_addr6 "$DIRECTOR2" eth0 2001:db8:1::12/64
	for rs in "$RS1" "$RS2"; do
		dr_real_server "$rs" "$VIP"
		ip -n "$rs" addr add "$VIP6/128" dev lo nodad
	done
}

# install_example DIRECTORY [PLACE]: what a user finds in /etc/PLACE, which is
# called as the example if nothing else is said. The guest's disk forgets.
install_example()
{
	mkdir -p "/etc/${2-$1}"
	cp "$EXAMPLES/$1/"* "/etc/${2-$1}"
}

# on DIRECTOR COMMAND...: about that one
on()
{
	local DIRECTOR=$1

	"${@:2}"
}

# take_over DIRECTOR OTHER ADDRESS...: the one has them now, and the network knows.
take_over()
{
	local addr ns

	for addr in "${@:3}"; do
		ip -n "$2" addr del "$addr/24" dev eth0 2> /dev/null
		ip -n "$1" addr add "$addr/24" dev eth0
	done
	for ns in "$CLIENT" "$RS1" "$RS2"; do
		ip -n "$ns" neigh flush dev eth0
	done
}

# web_stop NS PORT: that server ends, and its port is closed.
web_stop()
{
	pkill -f "^busybox httpd -f -p $2 -h $TMP/www/$1-$2"
	busywait 5000 port_closed "$1" "$2"
	check_err $? "$1: port $2 is open"
}

port_closed()
{
	! port_listens "$1" "$2"
}

# name_server NS N: it says that who.test is 192.0.2.N; process in $NAME_SERVER
name_server()
{
	busybox nsenter --net="/run/netns/$1" dnsmasq -k -u root -C /dev/null -x "$TMP/dns-$1" \
		-h -R --address="/who.test/192.0.2.$2" &
	NAME_SERVER=$!
	background $!
}

# answers N URL: who answers so many connections, each once, in one line
answers()
{
	in_ns "$CLIENT" curl -s -m 5 -w '%{onerror}nobody\n' "$2?[1-$1]" |
		sort -u | xargs
}

# names N: who answers so many queries, each once
names()
{
	local i

	for ((i = 0; i < $1; i++)); do
		in_ns "$CLIENT" drill -u "@$VIP" who.test A ||
			echo "who.test. 0 A nobody"
	done | sed -n 's/^who\.test.*[[:space:]]//p' | sort -u | xargs
}

# servers SERVICE: its real servers and their weights, in one line, as in
# "192.168.1.21:80=1 192.168.1.31:80=1". A SERVICE is "TCP 192.168.1.10:80".
servers()
{
	lbctl -L -n | awk -v service="$1" '
		$1 != "->" { found = $1 " " $2 == service; next }
		found { print $2 "=" $4 }' | sort | xargs
}

# has SERVICE SERVER...: exactly these; to be waited for
has()
{
	[ "$(servers "$1")" = "${*:2}" ]
}

# becomes LIMIT SERVICE SERVER...: within so many milliseconds
becomes()
{
	busywait "$1" has "${@:2}"
	check_err $? "$2 has $(servers "$2"), not ${*:3}"
}

no_services()
{
	! lbctl -L -n | grep -qE '^(TCP|UDP|FWM)'
}

# has_vips DIRECTOR, has_no_vip DIRECTOR: both, none of the virtual addresses
has_vips()
{
	local addr

	addr=$(ip -n "$1" -o addr show dev eth0)
	[[ $addr == *" $VIP/"* && $addr == *" $VIP6/"* ]]
}

has_no_vip()
{
	local addr

	addr=$(ip -n "$1" -o addr show dev eth0)
	[[ $addr != *" $VIP/"* && $addr != *" $VIP6/"* ]]
}

# no_ip_vs: what talks to lb must not have loaded another balancer behind our back.
no_ip_vs()
{
	[ "$LB_SUT" = ipvs ] || [ ! -d /sys/module/ip_vs ]
	check_err $? "ip_vs is loaded"
}

# keepalived_start NS ID [OPTION]...: with the example's file, as director ID, whose
# log is $TMP/ID.log; its process in $KEEPALIVED
keepalived_start()
{
	local pid=$TMP/$2

	busybox nsenter --net="/run/netns/$1" \
		keepalived -n -l -D -G -i "$2" "${@:3}" -p "$pid.pid" -r "$pid.vrrp" \
		-c "$pid.checkers" -b "$pid.bfd" > "$pid.log" 2>&1 &
	KEEPALIVED=$!
	background $!
}

# keepalived_failed ID: what it said, when a test is in need of it
keepalived_failed()
{
	# shellcheck disable=SC2031 # what waits has its own
	[ "$RET" -eq 0 ] || ksft_diag "$(tail -n 40 "$TMP/$1.log")"
}

# talk_begin ADDRESS PORT: a client connects and says nothing yet; talk_end: it asks for the
# page, and prints the answer.
talk_begin()
{
	local fifo=$TMP/talk

	rm -f "$fifo"
	mkfifo "$fifo"
	# shellcheck disable=SC2016 # the inner shell expands it
	busybox nsenter --net="/run/netns/$CLIENT" bash -c '
		exec 3<> "/dev/tcp/$1/$2"
		read -r _ < "$3"
		printf "GET / HTTP/1.0\r\n\r\n" >&3
		cat <&3' talk "$1" "$2" "$fifo" > "$TMP/talked" 2>&1 &
	TALK=$!
	background $TALK
}

talk_end()
{
	echo > "$TMP/talk"
	busywait 10000 no_process "$TALK"
	cat "$TMP/talked"
}

no_process()
{
	[ ! -d "/proc/$1" ]
}

# listener_stop NS PORT: it accepts nobody any more, but talks on with whom it has.
listener_stop()
{
	pkill -o -f "^busybox httpd -f -p $2 -h $TMP/www/$1-$2"
	busywait 5000 port_closed "$1" "$2"
	check_err $? "$1: port $2 is open"
}

# connected VIP:PORT: the client is, and with whom; to be waited for
connected()
{
	local server

	server=$(lbctl -L -n -c | awk -v vip="$1" \
		'$3 == "ESTABLISHED" && $5 == vip { print $6 }')
	[ -z "$server" ] || echo "$server"
	[ -n "$server" ]
}
