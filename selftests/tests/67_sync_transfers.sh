#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One director with lb and one with ip_vs: whichever takes over, by direct routing,
# NAT and tunnel, downloads go on, and sessions, and who asks by UDP is answered by
# the same server.
#
# Kernels: 7.2

# shellcheck disable=SC2153 # DIRECTOR2 is another
# shellcheck source=../pair.sh
. "$(dirname "$0")/../pair.sh"

EACH=10

set_up()
{
	local n=1 port rs

	topo_pair
	random_file 400 "$TMP/body"
	for rs in "$RS1" "$RS2"; do
		for port in 80 81 82; do
			web_server "$rs" $port body
			cp "$TMP/body" "$TMP/www/$rs-$port/body"
		done
		hold_serve "$rs" 90 91 92
		udp_server "$rs" rs$n
		n=$((n + 1))
	done
	# Three downloads take about ten seconds.
	tc -n "$SWITCH" qdisc add dev port0 root netem rate 1mbit ||
		skip_all "no netem"
}

# udp_server NS NAME: it says its name.
udp_server()
{
	busybox nsenter --net="/run/netns/$1" python3 -c '
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind((sys.argv[1], 53))
while True:
    sock.sendto(sys.argv[2].encode(), sock.recvfrom(64)[1])
' "$VIP" "$2" &
	background $!
}

# One client with one port, who asks for each line.
udp_client()
{
	rm -f "$TMP/udp.in" "$TMP/udp.out"
	mkfifo "$TMP/udp.in" "$TMP/udp.out"
	exec {UDP_IN}<> "$TMP/udp.in" {UDP_OUT}<> "$TMP/udp.out"
	busybox nsenter --net="/run/netns/$CLIENT" python3 -uc '
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.connect((sys.argv[1], 53))
sock.settimeout(10)
for line in sys.stdin:
    sock.send(b"who?")
    try:
        print(sock.recv(64).decode())
    except OSError as err:
        print(err)
' "$VIP" <&"$UDP_IN" >&"$UDP_OUT" &
	background $!
}

udp_ask()
{
	local line

	echo >&"$UDP_IN"
	read -r -t 30 -u "$UDP_OUT" line
	echo "$line"
}

tool()
{
	if [ "$1" = "$DIRECTOR" ]; then
		in_ns "$1" "$LBCTL" "${@:2}"
	else
		in_ns "$1" "$(command -v ipvsadm)" "${@:2}"
	fi
}

# director NAME N
director()
{
	[[ -z ${!1-} || ! -e /run/netns/${!1} ]] || director_gone "${!1}" "$2"
	director_new "$@"
	{
		pair_services 80
		pair_services 90
		cat <<- END
		-A -u $VIP:53 -s rr
		-a -u $VIP:53 -r 192.168.1.21 -g
		-a -u $VIP:53 -r 192.168.1.31 -g
		END
	} | tool "${!1}" -R
	check_err $? "services of $1"
}

downloads_begin()
{
	local port source=192.168.1.5

	for port in 80 81 82; do
		[ $port != 81 ] || source=192.168.1.6
		busybox nsenter --net="/run/netns/$CLIENT" \
			curl -s -m 120 --interface $source -o "$TMP/got$port" \
			"http://$VIP:$port/body" &
		DOWNLOAD[port]=$!
		source=192.168.1.5
	done
}

downloads_end()
{
	local port

	for port in 80 81 82; do
		wait "${DOWNLOAD[port]}"
		check_err $? "the download from port $port is broken off"
		cmp -s "$TMP/body" "$TMP/got$port"
		check_err $? "port $port: not what the server has"
		rm "$TMP/got$port"
	done
}

# told DIRECTOR: it knows all; meanwhile the client of UDP asks again.
told()
{
	local states

	states=$(tool "$1" -L -n -c | awk '/^(TCP|UDP)/ { print $3 }')
	[ "$(grep -c . <<< "$states")" -ge $((9 * EACH + 4)) ] &&
		[[ $states == *UDP* ]] && return
	udp_ask > "$TMP/null"
	return 1
}

# goes_over FROM TO
goes_over()
{
	local server

	take_over "$1" "$2" "$VIP" "$GATEWAY"
	pair_hold $EACH 90 established half-closed idle
	udp_client
	server=$(udp_ask)
	check_match "$server" '^rs[12]$' "the server of UDP"
	downloads_begin
	busywait 20000 told "$2"
	check_err $? "not told: $(tool "$2" -L -n -c; "$LBCTL" -n "$DIRECTOR" sync stats)"
	take_over "$2" "$1" "$VIP" "$GATEWAY"
	hold_kept "addresses moved"
	check_eq "$(udp_ask)" "$server" "the server of UDP afterwards"
	downloads_end
	hold_end
}

lb_to_ipvs()
{
	director DIRECTOR 1
	director DIRECTOR2 2
	tool "$DIRECTOR" sync start master interface eth0 syncid 7
	tool "$DIRECTOR2" --start-daemon backup --mcast-interface eth0 --syncid 7
	goes_over "$DIRECTOR" "$DIRECTOR2"
	log_test "ip_vs takes over from lb"
}

ipvs_to_lb()
{
	director DIRECTOR 1
	director DIRECTOR2 2
	# ip_vs tells of a connection once in so many packets from the client. One that
	# is idle thereafter has but three, of which the first may come twice.
	ns_sysctl "$DIRECTOR2" net.ipv4.vs.sync_threshold="1 2"
	tool "$DIRECTOR2" --start-daemon master --mcast-interface eth0 --syncid 7
	tool "$DIRECTOR" sync start backup interface eth0 syncid 7
	goes_over "$DIRECTOR2" "$DIRECTOR"
	log_test "lb takes over from ip_vs"
}

{ lb_load && lb_sync_insmod; } || skip_all "the module does not load"
modprobe -a ip_vs ip_vs_rr
DOWNLOAD=()
set_up
tests_run lb_to_ipvs ipvs_to_lb
