#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two directors that tell each other of their connections: what lasts is known to
# the backup and goes on there, what is short is never sent; who comes late gets
# all; what a bad link loses is asked for again.
#
# Kernels: 6.12 quick

# shellcheck source=../directors.sh
. "$(dirname "$0")/../directors.sh"

WEB=$VIP:80
UDP=$VIP:53
GATEWAY=192.168.1.99
NAT=192.168.1.10:81
TUN=192.168.1.13:82
LINK="interface sync0 syncid 7"
PORT=20000

# The directors have a link of their own, which can be bad.
set_up()
{
	local d rs

	topo_directors
	net_link "$DIRECTOR" sync0 "$DIRECTOR2" sync0
	net_addr "$DIRECTOR" sync0 10.99.0.1/24
	net_addr "$DIRECTOR2" sync0 10.99.0.2/24
	net_addr6 "$DIRECTOR" sync0 2001:db8:99::1/64
	net_addr6 "$DIRECTOR2" sync0 2001:db8:99::2/64
	# By NAT the answers must come back: to a second address of the client.
	net_addr "$CLIENT" eth0 192.168.1.6/24
	for rs in "$RS1" "$RS2"; do
		ip -n "$rs" route add 192.168.1.6 via $GATEWAY
		tun_real_server "$rs" "${TUN%:*}"
	done
	for d in "$DIRECTOR" "$DIRECTOR2"; do
		ns_sysctl "$d" net.ipv4.ip_forward=1 \
			net.ipv4.conf.{all,eth0}.send_redirects=0
		on "$d" services
	done
	web_server "$RS1" 80 rs1
	web_server "$RS2" 80 rs2
	web_server "$RS1" 81 rs1
	web_server "$RS1" 82 rs1
	BODY=$TMP/www/$RS1-80/body
	random_file 700 "$BODY"
	cp "$BODY" "$TMP/www/$RS2-80"
	cp "$BODY" "$TMP/www/$RS1-81"
	cp "$BODY" "$TMP/www/$RS1-82"
	active "$DIRECTOR" "$DIRECTOR2"
}

services()
{
	lbctl -R << END
-A -t $WEB -s rr
-a -t $WEB -r 192.168.1.21 -g
-a -t $WEB -r 192.168.1.31 -g
-A -t $NAT -s rr
-a -t $NAT -r 192.168.1.21:81 -m
-A -t $TUN -s rr -p 300
-a -t $TUN -r 192.168.1.21 -i
-A -u $UDP -s rr
-a -u $UDP -r 192.168.1.21 -g
-a -u $UDP -r 192.168.1.31 -g
END
}

active()
{
	take_over "$1" "$2" "$VIP" "${TUN%:*}" "$GATEWAY"
}

# known DIRECTOR [FILTER...]: its connections in a form that can be compared
known()
{
	on "$1" lb_tool conn show "${@:2}" | sed 's/ expires [^ ]*//' | sort
}

count()
{
	known "$@" | wc -l
}

# has_conns N DIRECTOR [FILTER...]: to be waited for
has_conns()
{
	[ "$(count "${@:2}")" -eq "$1" ]
}

equal()
{
	[ "$(known "$DIRECTOR" "$@")" = "$(known "$DIRECTOR2" "$@")" ]
}

# becomes_equal MSG: both directors know the same
becomes_equal()
{
	busywait 60000 equal
	check_err $? "$1: $(diff <(known "$DIRECTOR") <(known "$DIRECTOR2"))"
}

# counted DIRECTOR NAME: what its daemons have counted
counted()
{
	on "$1" lb_tool sync stats | awk -v name="$2" '$2 == name { print $3 }'
}

# more DIRECTOR NAME N: it counted more than N; to be waited for
more()
{
	[ "$(counted "$1" "$2")" -gt "$3" ]
}

# does_more DIRECTOR NAME: it counts on
does_more()
{
	busywait 20000 more "$1" "$2" "$(counted "$1" "$2")"
	check_err $? "$1 does not count $2: $(on "$1" lb_tool sync stats)"
}

daemons()
{
	lb_tool sync show | sed 's/ .*//' | xargs
}

# stop_all: no daemon runs, no connection is left.
stop_all()
{
	local d role

	for d in "$DIRECTOR" "$DIRECTOR2"; do
		for role in $(on "$d" daemons); do
			on "$d" lb_tool sync stop "$role"
		done
	done
	for d in "$DIRECTOR" "$DIRECTOR2"; do
		on "$d" lb_tool conn flush
	done
}

# start WORDS...: the first director is master, the second is backup.
start()
{
	# shellcheck disable=SC2086
	on "$DIRECTOR" lb_tool sync start master $LINK "$@"
	check_err $? "the master does not start"
	# shellcheck disable=SC2086
	on "$DIRECTOR2" lb_tool sync start backup $LINK "$@"
	check_err $? "the backup does not start"
}

# udp_flows N [PORT]: so many clients of UDP, who say something twice
udp_flows()
{
	local first=$PORT

	PORT=$((PORT + $1))
	busybox nsenter --net="/run/netns/$CLIENT" python3 -c '
import socket, sys, time
socks = []
for port in range(int(sys.argv[2]), int(sys.argv[3])):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    sock.bind(("", port))
    sock.sendto(b"one", (sys.argv[1], int(sys.argv[4])))
    socks.append(sock)
time.sleep(3)
for sock in socks:
    sock.sendto(b"two", (sys.argv[1], int(sys.argv[4])))
' "$VIP" "$first" "$PORT" "${2-53}"
}

listed()
{
	local list

	list="master sync daemon (mcast=sync0, syncid=7, maxlen=1472, \
group=224.0.0.81, port=8848, ttl=1)"
	start
	check_eq "$(lbctl -L --daemon)" "$list" "list"
	check_eq "$(lbctl -S -n | tail -n 1)" "--start-daemon master \
--mcast-interface sync0 --syncid 7 --sync-maxlen 1472 --mcast-group 224.0.0.81 \
--mcast-port 8848 --mcast-ttl 1" "saved"
	check_match "$(lbctl --start-daemon master --mcast-interface sync0 2>&1)" \
		"runs already" "started twice"
	check_match "$(lbctl --start-daemon backup --mcast-interface no 2>&1)" \
		"no such interface" "no interface"
	lbctl --stop-daemon master
	check_match "$(lbctl --stop-daemon master 2>&1)" "does not run" \
		"stopped twice"
	check_eq "$(lbctl -L --daemon)" "" "list of none"
	log_test "daemons are started, listed, saved and stopped"
}

# What is saved is there after it was loaded, once or twice, and what is not in
# the file stops.
saved()
{
	local sent

	stop_all
	start
	lb_tool save "$TMP/rules"
	check_match "$(< "$TMP/rules")" \
		"sync start master interface sync0 syncid 7" "saved"
	does_more "$DIRECTOR" sent-messages
	sent=$(counted "$DIRECTOR" sent-messages)
	lb_tool load "$TMP/rules"
	check_err $? "load beside the daemon that runs"
	more "$DIRECTOR" sent-messages "$((sent - 1))"
	check_err $? "the daemon began anew"
	lb_tool sync stop master
	lb_tool load --no-sync "$TMP/rules"
	check_eq "$(daemons)" "" "after loading without daemons"
	lb_tool load "$TMP/rules"
	check_eq "$(daemons)" "master" "after loading"
	sed -i '/^sync/d' "$TMP/rules"
	lb_tool load --no-sync "$TMP/rules"
	check_eq "$(daemons)" "master" "left alone"
	lb_tool load "$TMP/rules"
	check_eq "$(daemons)" "" "without a line"
	echo a key > "$TMP/key"
	lb_tool sync start backup interface sync0 key "$TMP/key"
	check_match "$(lb_tool save - 2>&1)" \
		"# sync start backup interface sync0 .* key FILE" "keyed"
	log_test "daemons are saved and loaded, but not without their key"
}

# What is over at once is not sent; what lasts is.
told()
{
	local i

	stop_all
	start
	talk_begin "$VIP" 80
	for ((i = 0; i < 5; i++)); do
		in_ns "$CLIENT" curl -s -m 5 -o "$TMP/null" "http://$WEB/"
	done
	busywait 20000 has_conns 1 "$DIRECTOR2" tcp
	check_err $? "the backup knows $(count "$DIRECTOR2" tcp), not 1"
	check_eq "$(known "$DIRECTOR2" tcp)" \
		"$(known "$DIRECTOR" state established)" "what it knows"
	does_more "$DIRECTOR" sent-messages
	has_conns 1 "$DIRECTOR2" tcp
	check_err $? "short ones were sent: $(known "$DIRECTOR2" tcp)"
	active "$DIRECTOR2" "$DIRECTOR"
	check_match "$(talk_end | tail -n 1)" '^rs[12]$' "the idle client"
	active "$DIRECTOR" "$DIRECTOR2"
	log_test "what lasts is told and goes on at the backup, what is short not"
}

# download URL [OPTIONS]: in the background, into $TMP/body
download()
{
	busybox nsenter --net="/run/netns/$CLIENT" \
		curl -s -m 120 -o "$TMP/body" "$@" &
	DOWNLOAD=$!
	background $!
}

goes_on()
{
	local way=$1 url=$2

	download "$url" "${@:3}"
	busywait 20000 has_conns 1 "$DIRECTOR2" state established
	check_err $? "$way: the backup knows $(known "$DIRECTOR2")"
	active "$DIRECTOR2" "$DIRECTOR"
	busywait 60000 no_process "$DOWNLOAD"
	check_err $? "$way: the download does not end"
	cmp -s "$TMP/body" "$BODY"
	check_err $? "$way: $(wc -c < "$TMP/body") bytes of $(wc -c < "$BODY")"
	active "$DIRECTOR" "$DIRECTOR2"
	stop_all
	start
}

# The client's link takes about ten seconds for the file.
failover()
{
	stop_all
	start
	tc -n "$SWITCH" qdisc add dev port0 root netem rate 600kbit ||
		skip_all "no netem"
	goes_on DR "http://$WEB/body"
	goes_on NAT "http://$NAT/body" --interface 192.168.1.6
	goes_on TUN "http://$TUN/body"
	tc -n "$SWITCH" qdisc del dev port0 root
	log_test "downloads go on when the addresses move, by DR, NAT and tunnel"
}

# The template comes along with the connections, and others hold it.
late()
{
	stop_all
	# shellcheck disable=SC2086
	on "$DIRECTOR" lb_tool sync start master $LINK
	udp_flows 100
	in_ns "$CLIENT" curl -s -m 5 -o "$TMP/null" "http://$TUN/"
	talk_begin "$VIP" 80
	busywait 20000 has_conns 100 "$DIRECTOR" udp
	busywait 20000 more "$DIRECTOR" sent-conns 101
	check_err $? "only $(counted "$DIRECTOR" sent-conns) were told"
	# shellcheck disable=SC2086
	on "$DIRECTOR2" lb_tool sync start backup $LINK
	busywait 20000 more "$DIRECTOR2" requests-done 0
	check_err $? "it was not told all: $(on "$DIRECTOR2" lb_tool sync stats)"
	check_eq "$(known "$DIRECTOR2" udp)" "$(known "$DIRECTOR" udp)" "UDP"
	check_match "$(known "$DIRECTOR2")" "template" "the template"
	check_eq "$(known "$DIRECTOR2" state established)" \
		"$(known "$DIRECTOR" state established)" "TCP"
	talk_end > "$TMP/null"
	log_test "a backup that starts late is told everything"
}

# Both tell and listen, and what one has heard it does not tell.
both()
{
	local d before

	stop_all
	for d in "$DIRECTOR" "$DIRECTOR2"; do
		# shellcheck disable=SC2086
		on "$d" lb_tool sync start master $LINK
		# shellcheck disable=SC2086
		on "$d" lb_tool sync start backup $LINK
	done
	busywait 20000 more "$DIRECTOR2" requests-done 0
	busywait 20000 more "$DIRECTOR" requests-done 0
	udp_flows 50
	busywait 20000 has_conns 50 "$DIRECTOR2" udp
	check_err $? "$(count "$DIRECTOR2" udp) of 50 are told"
	becomes_equal "both are master and backup"
	before=$(counted "$DIRECTOR" sent-conns)
	does_more "$DIRECTOR2" sent-messages
	does_more "$DIRECTOR2" sent-messages
	check_eq "$(counted "$DIRECTOR2" sent-conns)" 0 "told by the second"
	check_eq "$(counted "$DIRECTOR" sent-conns)" "$before" "told again"
	check_eq "$(counted "$DIRECTOR" own)" 0 "own messages heard"
	log_test "two that are master and backup do not repeat what they heard"
}

# netem's own chance
bad_link()
{
	local d

	for d in "$DIRECTOR" "$DIRECTOR2"; do
		tc -n "$d" qdisc "$1" dev sync0 root \
			${2:+netem limit 10000 loss 30% duplicate 10% delay 20ms 15ms}
	done
}

loss()
{
	stop_all
	start maxlen 600
	bad_link add on || skip_all "no netem"
	udp_flows 400
	busywait 20000 has_conns 400 "$DIRECTOR" udp
	busywait 60000 more "$DIRECTOR2" lost 0
	check_err $? "nothing was lost"
	becomes_equal "while the link is bad"
	bad_link del
	does_more "$DIRECTOR2" messages
	becomes_equal "afterwards"
	more "$DIRECTOR2" requests-done 1
	check_err $? "nothing was asked for: $(on "$DIRECTOR2" lb_tool sync stats)"
	log_test "what a bad link loses is asked for again"
}

keys()
{
	printf 'one secret\n' > "$TMP/key"
	printf 'another\n' > "$TMP/other"
	stop_all
	start key "$TMP/key"
	check_match "$(lbctl -S 2>&1)" "key of the master daemon is not saved" \
		"what -S says"
	check_match "$(lb_tool -j sync show)" '"keyed":true' "JSON"
	udp_flows 20
	busywait 20000 has_conns 20 "$DIRECTOR2" udp
	check_err $? "$(count "$DIRECTOR2" udp) of 20 are told with a key"
	# shellcheck disable=SC2086
	{
		on "$DIRECTOR" lb_tool sync stop master
		on "$DIRECTOR" lb_tool sync start master $LINK key "$TMP/other"
		does_more "$DIRECTOR2" unauthentic
		on "$DIRECTOR" lb_tool sync stop master
		on "$DIRECTOR" lb_tool sync start master $LINK
		does_more "$DIRECTOR2" unauthentic
	}
	udp_flows 5
	busywait 20000 more "$DIRECTOR" sent-conns 4
	does_more "$DIRECTOR2" unauthentic
	has_conns 20 "$DIRECTOR2" udp
	check_err $? "it believed who has not the key: $(known "$DIRECTOR2" udp)"
	log_test "with a key, only who has it is believed"
}

peers()
{
	local family d

	for family in 4 6; do
		stop_all
		set -- 10.99.0.1 10.99.0.2 10.99.0.9
		[ $family = 4 ] || set -- 2001:db8:99::1 2001:db8:99::2 2001:db8:99::9
		# shellcheck disable=SC2086
		{
			on "$DIRECTOR" lb_tool sync start master $LINK \
				peer "$3" peer "$2"
			on "$DIRECTOR2" lb_tool sync start backup $LINK \
				peer "$1" peer "$3"
		}
		udp_flows 10
		busywait 20000 has_conns 10 "$DIRECTOR2" udp
		check_err $? "IPv$family: $(on "$DIRECTOR2" lb_tool sync stats)"
		busywait 20000 more "$DIRECTOR2" requests-done 0
		check_err $? "IPv$family: the peer does not answer"
	done
	on "$DIRECTOR2" lb_tool sync stop backup
	# shellcheck disable=SC2086
	on "$DIRECTOR2" lb_tool sync start backup $LINK peer 2001:db8:99::77
	does_more "$DIRECTOR2" wrong-peer
	log_test "peers are told by messages of their own, by IPv4 and IPv6"
}

# Many messages, so that what waits for those that are not there is much.
absent_peers()
{
	stop_all
	# shellcheck disable=SC2086
	{
		on "$DIRECTOR2" lb_tool sync start backup $LINK peer 10.99.0.1
		on "$DIRECTOR" lb_tool sync start master $LINK maxlen 400 \
			peer 10.99.0.7 peer 10.99.0.8 peer 10.99.0.9 \
			peer 10.99.0.2
	}
	udp_flows 900
	busywait 60000 has_conns 900 "$DIRECTOR2" udp
	check_err $? "$(count "$DIRECTOR2" udp) were told"
	check_eq "$(counted "$DIRECTOR" send-errors)" 0 "messages not sent"
	log_test "peers that are not there keep nobody waiting"
}

# tell N: a peer tells of so many connections
tell()
{
	busybox nsenter --net="/run/netns/$DIRECTOR2" "$LIB_DIR/tell.py" 7 3 \
		192.168.1.21 "$VIP" "$1"
}

# What the link does not carry fills the buffer of the socket. So much is told at
# once that what is received must come between.
stuck()
{
	local messages sent

	stop_all
	# shellcheck disable=SC2086
	on "$DIRECTOR" lb_tool sync start backup $LINK
	tell 4000
	busywait 20000 has_conns 4000 "$DIRECTOR" udp
	check_err $? "told: $(count "$DIRECTOR" udp)"
	tc -n "$DIRECTOR" qdisc add dev sync0 root tbf rate 8bit \
		burst 2000 limit 1000000 ||
		skip_all "no tbf"
	# shellcheck disable=SC2086
	{
		on "$DIRECTOR" lb_tool config set sync-rate 1000000
		on "$DIRECTOR" lb_tool sync start master $LINK maxlen 400
	}
	busywait 20000 more "$DIRECTOR" send-errors 0
	check_err $? "the link is not stuck"
	messages=$(counted "$DIRECTOR" messages)
	sent=$(counted "$DIRECTOR" sent-conns)
	tell 40
	busywait 60000 more "$DIRECTOR" messages "$messages"
	check_err $? "nothing is received"
	[ "$(counted "$DIRECTOR" sent-conns)" -lt $((sent + 1000)) ]
	check_err $? "it was received when much was sent"
	busywait 60000 more "$DIRECTOR" send-errors 100
	check_err $? "the link is not stuck for long"
	tc -n "$DIRECTOR" qdisc del dev sync0 root
	# shellcheck disable=SC2086
	on "$DIRECTOR2" lb_tool sync start backup $LINK
	busywait 40000 more "$DIRECTOR2" requests-done 0
	check_err $? "afterwards nobody is told for long"
	on "$DIRECTOR" lb_tool config set sync-rate 200000
	log_test "messages are received while the link takes none, and sent afterwards"
}

group6()
{
	stop_all
	start group ff02::81
	udp_flows 10
	busywait 20000 has_conns 10 "$DIRECTOR2" udp
	check_err $? "$(on "$DIRECTOR2" lb_tool sync stats)"
	log_test "a group of IPv6"
}

# With an MTU that is too small for IPv6 a device forgets the groups that it is in.
forgotten_group6()
{
	stop_all
	start group ff02::81
	ip -n "$DIRECTOR2" link set sync0 mtu 1000
	udp_flows 10
	does_more "$DIRECTOR" sent-messages
	ip -n "$DIRECTOR2" link set sync0 mtu 1500
	busywait 20000 has_conns 10 "$DIRECTOR2" udp
	check_err $? "$(on "$DIRECTOR2" lb_tool sync stats)"
	log_test "a group that the device forgot is joined again"
}

# The device goes down, is another one of the same name, and is there again.
device()
{
	stop_all
	start
	udp_flows 10
	busywait 20000 has_conns 10 "$DIRECTOR2" udp
	ip -n "$DIRECTOR" link set sync0 down
	udp_flows 10
	ip -n "$DIRECTOR" link set sync0 up
	busywait 20000 has_conns 20 "$DIRECTOR2" udp
	check_err $? "down and up: $(on "$DIRECTOR2" lb_tool sync stats)"
	ip -n "$DIRECTOR" link del sync0
	udp_flows 10
	busywait 20000 has_conns 30 "$DIRECTOR" udp
	check_eq "$(on "$DIRECTOR" daemons)" master "without the device"
	net_link "$DIRECTOR" sync0 "$DIRECTOR2" sync0
	net_addr "$DIRECTOR" sync0 10.99.0.1/24
	net_addr "$DIRECTOR2" sync0 10.99.0.2/24
	busywait 20000 has_conns 30 "$DIRECTOR2" udp
	check_err $? "a new device: $(on "$DIRECTOR2" lb_tool sync stats)"
	log_test "daemons go on when their device comes back"
}

# Services that come later get what was told before. Without a real server there is
# nothing to ask for.
later()
{
	local requests

	stop_all
	on "$DIRECTOR2" lbctl -C
	start
	udp_flows 10
	busywait 20000 more "$DIRECTOR2" no-service 0
	check_err $? "nothing is told: $(on "$DIRECTOR2" lb_tool sync stats)"
	has_conns 0 "$DIRECTOR2" udp
	check_err $? "there are connections without services"
	busywait 20000 more "$DIRECTOR2" requests-done 0
	check_err $? "the first request is not answered"
	requests=$(counted "$DIRECTOR2" requests)
	on "$DIRECTOR2" lbctl -A -u "$VIP:99" -s rr
	does_more "$DIRECTOR2" messages
	does_more "$DIRECTOR2" messages
	check_eq "$(counted "$DIRECTOR2" requests)" "$requests" "requests"
	on "$DIRECTOR2" services
	busywait 20000 has_conns 10 "$DIRECTOR2" udp
	check_err $? "$(on "$DIRECTOR2" lb_tool sync stats)"
	log_test "services that are added later get their connections"
}

# weigh WEIGHT DIRECTOR...: one of the real servers has it there.
weigh()
{
	local d

	for d in "${@:2}"; do
		on "$d" lbctl -e -u "$VIP:54" -r 192.168.1.21 -g -w "$1"
	done
}

# at DIRECTOR SERVER: how many connections
at()
{
	known "$1" udp | grep -c "$2"
}

all_at()
{
	[ "$(at "$DIRECTOR2" "$1")" -eq "$(at "$DIRECTOR" "$1")" ]
}

# The second director forgets what it was told, and asks for it. The weight is as
# the first has it, so it is told what the scheduler of rr chose.
comes_back()
{
	on "$DIRECTOR2" lb_tool sync stop backup
	on "$DIRECTOR2" lb_tool conn flush
	weigh 1 "$DIRECTOR2"
	# shellcheck disable=SC2086
	on "$DIRECTOR2" lb_tool sync start backup $LINK peer 10.99.0.1
	busywait 20000 more "$DIRECTOR2" requests-done 0
	has_conns 10 "$DIRECTOR2" udp
}

# What the peer's scheduler would choose by address is told only where that
# differs: with another weight, or for a server that is chosen no more.
alike()
{
	local d server=192.168.1.21

	stop_all
	for d in "$DIRECTOR" "$DIRECTOR2"; do
		on "$d" lbctl -R <<- END
		-A -u $VIP:54 -s sh -b sh-port
		-a -u $VIP:54 -r $server -g
		-a -u $VIP:54 -r 192.168.1.31 -g
		END
	done
	# shellcheck disable=SC2086
	{
		on "$DIRECTOR" lb_tool sync start master $LINK peer 10.99.0.2
		on "$DIRECTOR2" lb_tool sync start backup $LINK peer 10.99.0.1
	}
	busywait 20000 more "$DIRECTOR2" requests-done 0
	udp_flows 40 54
	udp_flows 10
	busywait 20000 has_conns 10 "$DIRECTOR2" udp
	check_err $? "not those of rr alone: $(known "$DIRECTOR2" udp)"
	weigh 3 "$DIRECTOR2"
	busywait 20000 has_conns 50 "$DIRECTOR2" udp
	check_err $? "not all, of 50, with another weight: $(count "$DIRECTOR2")"
	comes_back
	check_err $? "not those of rr alone, after it came back: $(known "$DIRECTOR2" udp)"
	weigh 3 "$DIRECTOR2"
	busywait 20000 has_conns 50 "$DIRECTOR2" udp
	check_err $? "not all of 50, told before it came back: $(count "$DIRECTOR2")"
	weigh 3 "$DIRECTOR"
	does_more "$DIRECTOR" sent-messages
	does_more "$DIRECTOR" sent-messages
	on "$DIRECTOR" lb_tool conn flush
	on "$DIRECTOR2" lb_tool conn flush
	udp_flows 40 54
	does_more "$DIRECTOR" sent-messages
	has_conns 0 "$DIRECTOR2" udp
	check_err $? "alike again, and told: $(known "$DIRECTOR2" udp)"
	weigh 0 "$DIRECTOR" "$DIRECTOR2"
	busywait 20000 all_at $server
	check_err $? "chosen no more: $(at "$DIRECTOR2" $server) are told"
	[ "$(at "$DIRECTOR2" $server)" -gt 0 ]
	check_err $? "no client is there"
	for d in "$DIRECTOR" "$DIRECTOR2"; do
		on "$d" lbctl -D -u "$VIP:54"
	done
	log_test "what peers would choose by themselves is not told"
}

# What cannot be started does not end what runs.
replaced()
{
	local peer=10.99.0.2 other

	stop_all
	# shellcheck disable=SC2086
	on "$DIRECTOR" lb_tool sync start master $LINK peer $peer
	busybox nsenter --net="/run/netns/$DIRECTOR" python3 -c '
import socket, time
sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
sock.bind(("", 8900))
time.sleep(300)' &
	other=$!
	background $other
	busywait 5000 is_taken
	lb_tool save "$TMP/rules"
	sed "/^sync/s/ port [0-9]*/ port 8900/" "$TMP/rules" > "$TMP/taken"
	check_match "$(lb_tool load "$TMP/taken" 2>&1)" \
		"another socket has the port" "a port that is taken"
	check_match "$(lb_tool sync show)" "port 8848" "what runs"
	does_more "$DIRECTOR" sent-messages
	sed -i "/^sync/s/ peer [^ ]*/ peer 10.99.0.9 peer $peer/" "$TMP/rules"
	lb_tool load "$TMP/rules"
	check_err $? "other peers at the same port"
	check_match "$(lb_tool sync show)" "peer 10.99.0.9" "what runs then"
	does_more "$DIRECTOR" sent-messages
	kill "$other"
	log_test "a daemon is replaced by one that starts, and else goes on"
}

# Somebody has the port 8900.
is_taken()
{
	in_ns "$DIRECTOR" busybox grep -q ":22C4 " /proc/net/udp
}

served()
{
	in_ns "$CLIENT" curl -s -m 5 -o "$TMP/null" "http://$WEB/"
}

passes()
{
	! served
}

# While a backup runs, all passes to the stack, which knows no such port.
backup_only()
{
	stop_all
	served
	check_err $? "nothing is served before"
	lb_tool config set backup-only 1
	served
	check_err $? "nothing is served without a backup"
	# shellcheck disable=SC2086
	lb_tool sync start backup $LINK
	passes
	check_err $? "served while a backup runs"
	# shellcheck disable=SC2086
	lb_tool sync start master $LINK
	lbctl -E -t "$WEB" -s wrr
	passes
	check_err $? "served after a service has changed"
	lb_tool config set backup-only 0
	served
	check_err $? "nothing is served with backup_only 0"
	lb_tool config set backup-only 1
	passes
	check_err $? "served while a backup runs, again"
	lb_tool sync stop backup
	served
	check_err $? "nothing is served after the backup"
	lb_tool config set backup-only 0
	log_test "backup_only: packets pass while a backup runs"
}

# While daemons run, a namespace goes, and then the module.
gone()
{
	local module=lb

	stop_all
	start
	on "$DIRECTOR" lb_tool sync start backup interface lo
	udp_flows 10
	cleanup_ns "$DIRECTOR"
	on "$DIRECTOR2" lb_tool sync start master interface lo
	lb_unload
	check_err $? "$module is not removed"
	log_test "namespaces and the module go with daemons running"
}

{ lb_load && lb_sync_insmod; } || skip_all "the module does not load"
set_up
tests_run listed saved told failover late both loss keys peers absent_peers stuck group6 \
	forgotten_group6 device later alike replaced backup_only gone
