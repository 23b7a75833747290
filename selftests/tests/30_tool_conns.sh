#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connections, templates and counters as the tool lists them, by NAT: a TCP
# connection of a persistent service, and a UDP one of a service by mark.
#
# Kernels: 6.12 quick

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
RS=172.16.32.110

set_up()
{
	topo_nat
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
	web_server "$RS1" 8080 hello
	in_ns "$DIRECTOR" iptables -t mangle -A PREROUTING -p udp -d $VIP \
		-j MARK --set-mark 5
	lbctl service add tcp $VIP:80 scheduler rr persistent 300 \
		mask 255.255.255.0 dest $RS:8080 nat
	lbctl service add fwmark 5 scheduler rr persistent 300 dest $RS nat
	traffic 40000
}

# traffic PORT: this is the TCP client's.
traffic()
{
	in_ns "$CLIENT" curl -s -m 20 --local-port "$1" "http://$VIP/" \
		> "$TMP/page"
	in_ns "$CLIENT" python3 - <<-END
	import socket
	s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
	s.bind(("", 40001))
	s.sendto(b"hello", ("$VIP", 53))
	END
}

# matches REGEX...: one line of the text on stdin for each, and no others.
matches()
{
	local text regex

	text=$(cat)
	check_eq "$(wc -l <<< "$text")" $# "lines of"$'\n'"$text"
	for regex; do
		grep -qE "^$regex\$" <<< "$text"
		check_err $? "no line \"$regex\" in"$'\n'"$text"
	done
}

by_options()
{
	check_eq "$(cat "$TMP/page")" hello "the page"
	matches "IPVS connection entries" \
		"pro expire state       source             virtual            destination" \
		"TCP 0[12]:[0-9]{2}  (TIME|FIN)_WAIT {3,4}192.168.1.5:40000  $VIP:80   $RS:8080" \
		"TCP 0[45]:[0-9]{2}  NONE        192.168.1.0:0      $VIP:80   $RS:8080" \
		"UDP 0[45]:[0-9]{2}  UDP         192.168.1.5:40001  $VIP:53   $RS:53" \
		"IP  0[45]:[0-9]{2}  NONE        192.168.1.5:0      0.0.0.5:0          $RS:0" \
		< <(lbctl -Lcn)
	log_test "ipvsadm's grammar"
}

by_words()
{
	matches "tcp client 192.168.1.5:40000 virtual $VIP:80 to $RS:8080 nat state (time|fin)-wait expires 1?[0-9]{2}\.[0-9]{3}" \
		"tcp client 192.168.1.0:0 virtual $VIP:80 to $RS:8080 nat state none expires [23][0-9]{2}\.[0-9]{3} template" \
		"udp client 192.168.1.5:40001 virtual $VIP:53 to $RS:53 nat state udp expires [23][0-9]{2}\.[0-9]{3} fwmark 5" \
		"ip client 192.168.1.5:0 to $RS:0 nat state none expires [23][0-9]{2}\.[0-9]{3} fwmark 5 template" \
		< <(lbctl conn show)
	check_eq "$(lbctl conn count)" 4 "count"
	log_test "word grammar"
}

as_json()
{
	check_eq "$(lbctl -j conn show | python3 -c '
import json, sys
conns = json.load(sys.stdin)
for c in sorted(conns, key=lambda c: (c["protocol"], c["client-port"])):
    print(c["family"], c["protocol"], c["client-addr4"], c["client-port"],
          c["virtual-addr4"], c["virtual-port"], c["dest-addr4"],
          c["dest-port"], c["forward"], c["state"].split("-")[-1],
          c.get("fwmark"), c.get("template"))
    assert 0 < c["expires"] <= 300000
')" "ipv4 ip 192.168.1.5 0 0.0.0.5 0 $RS 0 nat none 5 True
ipv4 tcp 192.168.1.0 0 $VIP 80 $RS 8080 nat none None True
ipv4 tcp 192.168.1.5 40000 $VIP 80 $RS 8080 nat wait None None
ipv4 udp 192.168.1.5 40001 $VIP 53 $RS 53 nat udp 5 None" "conn show"
	log_test "JSON"
}

# shown N FILTER...: so many connections are left by the filter.
shown()
{
	check_eq "$(lbctl conn show "${@:2}" | wc -l)" "$1" "lines of ${*:2}"
}

filters()
{
	shown 2 service tcp "$VIP:80"
	shown 2 service fwmark 5
	shown 0 service fwmark 5 ipv6
	shown 0 service udp "$VIP:53"
	shown 0 service tcp "$VIP:81"
	shown 2 tcp
	shown 1 udp
	shown 4 dest "$RS"
	shown 2 dest "$RS:8080"
	shown 1 dest "$RS:0"
	shown 0 dest "${RS%.*}.1"
	shown 0 dest ::
	shown 3 client 192.168.1.5
	shown 3 client 192.168.1.5/32
	shown 3 client 192.168.1.6/30
	shown 0 client 192.168.1.6/31
	shown 4 client 192.168.1.5/24
	shown 4 client 0.0.0.0/0
	shown 0 client 192.0.0.0
	shown 0 client ::/0
	shown 2 state none
	shown 1 state udp
	shown 0 state established
	shown 1 service tcp "$VIP:80" tcp state none client 192.168.1.0 \
		dest "$RS:8080"
	shown 0 udp state none
	check_eq "$(lbctl -j conn show udp | python3 -c '
import json, sys
print(*[c["client-port"] for c in json.load(sys.stdin)])')" 40001 "JSON"
	log_test "some of them"
}

# The same numbers in every form.
counters()
{
	local packets bytes

	check_eq "$(lbctl -L -n --persistent-conn | awk '/->.*:8080/ {
		print $3, $4, $5, $6 }')" "1 1 0 1" "--persistent-conn"
	packets=$(stat_of "$RS:8080" 4)
	bytes=$(stat_of "$RS:8080" 6)
	[ "$packets" -ge 4 ] && [ "$bytes" -ge 160 ]
	check_err $? "counted $packets packets, $bytes bytes"
	check_match "$(lbctl service stats tcp "$VIP:80")" \
		"^tcp $VIP:80 conns 1 in-packets $packets out-packets [0-9]+ in-bytes $bytes " \
		"service stats"
	check_match "$(lbctl dest stats tcp "$VIP:80")" \
		"^tcp $VIP:80 to $RS:8080 active-conns 0 inactive-conns 1 persist-conns 1 conns 1 in-packets $packets " \
		"dest stats"
	check_match "$(lbctl stats)" $'\nconns 4\n'".*"$'\nstats conns 2\n' \
		"stats"
	lbctl service zero tcp "$VIP:80"
	check_eq "$(stat_of "$VIP:80" 3) $(stat_of "$RS:8080" 4)" "0 0" \
		"after zero"
	check_eq "$(stat_of 5 3)" 1 "the other service after zero"
	lbctl -Z
	check_eq "$(stat_of 5 3)" 0 "the other service after -Z"
	check_match "$(lbctl stats)" $'\nstats conns 0\n' "totals after -Z"
	log_test "counters"
}

# left NUMBER: so many connections are left, and as many are counted.
left()
{
	check_eq "$(lbctl conn count)" "$1" "connections left"
	check_eq "$(lbctl -L -n --persistent-conn | awk '
		/->.*[0-9]/ { n += $4 + $5 + $6 } END { print n }')" "$1" \
		"connections counted at real servers"
}

forget()
{
	# Some of them may have expired meanwhile.
	lbctl conn flush
	traffic 40002
	lbctl conn flush udp state none
	lbctl conn flush service fwmark 5 ipv6
	left 4
	lbctl conn flush tcp state none
	left 3
	shown 1 service tcp "$VIP:80"
	lbctl conn flush client 192.168.1.0/24 service fwmark 5 udp
	left 2
	check_match "$(lbctl conn show service fwmark 5)" "^ip .* template$" \
		"what is left of a mark"

	# They are there though their service is not.
	lbctl service del tcp "$VIP:80"
	shown 1 service tcp "$VIP:80"
	lbctl conn flush service tcp "$VIP:80"
	left 1

	# A file of commands may forget, too.
	echo "conn flush state none" | lbctl -b -
	left 0
	lbctl conn flush
	left 0

	in_ns "$CLIENT" python3 -c "
import socket
s = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
s.bind(('', 40001))
s.sendto(b'hello', ('$VIP', 53))"
	left 2
	lbctl conn flush
	left 0
	log_test "connections are forgotten"
}

# give_ipv6 NS DEV ADDRESS
give_ipv6()
{
	ns_sysctl "$1" "net.ipv6.conf.$2.disable_ipv6=0"
	ip -n "$1" addr add "$3" dev "$2" nodad
}

ipv6()
{
	lbctl service flush
	give_ipv6 "$CLIENT" eth0 2001:db8:1::5/64
	give_ipv6 "$DIRECTOR" eth0 2001:db8:1::1/64
	give_ipv6 "$DIRECTOR" eth1 2001:db8:2::1/64
	lbctl service add udp "[2001:db8:1::1]:53" persistent 60 mask 64 \
		dest "[2001:db8:2::2]:5353" nat
	in_ns "$CLIENT" python3 -c "
import socket
s = socket.socket(socket.AF_INET6, socket.SOCK_DGRAM)
s.bind(('', 40001))
s.sendto(b'hello', ('2001:db8:1::1', 53))"
	matches "IPVS connection entries" \
		"pro expire state       source             virtual            destination" \
		"UDP 0[45]:[0-9]{2}  UDP         \[2001:db8:1::5\]:40001 \[2001:db8:1::1\]:53 \[2001:db8:2::2\]:5353" \
		"UDP 0[01]:[0-9]{2}  NONE        \[2001:db8:1::\]:0   \[2001:db8:1::1\]:53 \[2001:db8:2::2\]:5353" \
		< <(lbctl -Lcn)
	matches "udp client \[2001:db8:1::5\]:40001 virtual \[2001:db8:1::1\]:53 to \[2001:db8:2::2\]:5353 nat state udp expires [23][0-9]{2}\.[0-9]{3}" \
		< <(lbctl conn show state udp)
	shown 2 service udp "[2001:db8:1::1]:53"
	shown 2 dest 2001:db8:2::2
	shown 2 dest "[2001:db8:2::2]:5353"
	shown 0 dest 2001:db8:2::3
	shown 0 dest "[2001:db8:2::2]:53"
	shown 1 client 2001:db8:1::5
	shown 1 client 2001:db8:1::4/127
	shown 0 client 2001:db8:1::6/127
	shown 2 client 2001:db8:1::/64
	shown 0 client 2001:db8:3::/64
	shown 2 client ::/0
	shown 0 client 0.0.0.0/0
	check_eq "$(lbctl -j conn show state udp | python3 -c '
import json, sys
c = json.load(sys.stdin)[0]
print(c["family"], c["client-addr6"], c["virtual-addr6"], c["dest-addr6"])')" \
		"ipv6 2001:db8:1::5 2001:db8:1::1 2001:db8:2::2" "JSON"
	lbctl conn flush client 2001:db8:1::/127
	left 1
	lbctl conn flush service udp "[2001:db8:1::1]:53"
	left 0
	log_test "IPv6"
}

# A person at a terminal gets colour, who asked for none or a file does not.
colour()
{
	local command="ip netns exec $DIRECTOR $TMP/bin/lbctl service show"

	check_match "$(script -qec "$command" /dev/null)" $'\e\\[36m' \
		"on a terminal"
	check_eq "$(NO_COLOR=1 script -qec "$command" /dev/null |
		grep -c $'\e')" 0 "with NO_COLOR"
	check_eq "$(lbctl service show | grep -c $'\e')" 0 "in a pipe"
	log_test "colour"
}

# Services that come and go while they are listed: each listing is what was
# there at one time, or says that it is not to be had.
while_changing()
{
	local ok=0 changer i rc

	lbctl service flush
	seq -f 'service add tcp 10.9.0.1:%g dest 10.0.0.1' 1 2000 | lbctl -b -
	for ((i = 0; i < 2000; i++)); do
		echo "service add tcp 10.8.0.1:80 dest 10.0.0.1"
		echo "service del tcp 10.8.0.1:80"
	done > "$TMP/changes"
	while :; do
		ip netns exec "$DIRECTOR" "$LBCTL" -b "$TMP/changes"
		sleep 0.3
	done &
	changer=$!
	BG_PIDS+=("$changer")
	for ((i = 0; i < 10; i++)); do
		lbctl -S -n > "$TMP/saved" 2> "$TMP/err"
		rc=$?
		if [ "$rc" = 0 ]; then
			ok=$((ok + 1))
			grep -v 10.8.0.1 "$TMP/saved" | sort -u > "$TMP/stable"
			check_eq "$(wc -l < "$TMP/stable")" 4000 "lines"
			check_eq "$(sort "$TMP/saved" | uniq -d)" "" "twice"
		else
			check_match "$(cat "$TMP/err")" "kept changing" \
				"message"
		fi
	done
	kill "$changer"
	wait "$changer" 2> /dev/null
	ksft_diag "$ok of 10 listings in spite of changes"
	[ "$ok" -gt 0 ]
	check_err $? "no listing at all"
	lbctl service flush
	log_test "listings while services change"
}

lb_load || skip_all "cannot load the module"
set_up
tests_run by_options by_words as_json filters counters colour forget ipv6 \
	while_changing
