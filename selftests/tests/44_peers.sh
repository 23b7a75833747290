#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two directors that are each other's real servers: what goes in a circle is
# counted, and what firewall.rst says against it works.
#
# Kernels: debug

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.10

# peer ARG...: the tool on the other director
peer()
{
	in_ns "$RS1" "$TMP/bin/lbctl" "$@"
}

# ask: a datagram from the client, and the answer
PORT=1000
ask()
{
	PORT=$((PORT + 1))
	pkt udp_ask "$CLIENT" 192.168.1.5 "$PORT" "$VIP" 53 2000 text=hello
}

# both_drops REASON: of the two directors together
both_drops()
{
	echo $(($(drops "$1") + $(peer stats | sed -n "s/^drop $1 //p")))
}

setup()
{
	topo_dr
	ip -n "$DIRECTOR" addr add "$VIP/32" dev eth0
	dr_real_server "$RS1" "$VIP"
	ip -n "$DIRECTOR" link set eth0 address 02:00:00:00:00:0a
	ip -n "$RS1" link set eth0 address 02:00:00:00:00:0b
	for ns in "$DIRECTOR" "$RS1"; do
		ns_sysctl "$ns" net.ipv4.ip_forward=1 \
			net.ipv4.conf.{all,eth0}.send_redirects=0 \
			net.ipv4.conf.{all,eth0}.accept_local=1
	done
	pkt_start
	pkt udp_serve "$DIRECTOR" "$VIP" 53 one
	pkt udp_serve "$RS1" "$VIP" 53 two
}

# services WHICH FORWARD: each has the other only, so that nothing else can be.
services()
{
	lbctl -C
	peer -C
	lbctl conn flush
	peer conn flush
	lbctl -A "$@" -s rr
	peer -A "$@" -s rr
}

counted()
{
	services -u "$VIP:53"
	lbctl -a -u "$VIP:53" -r 192.168.1.21 -g
	peer -a -u "$VIP:53" -r 192.168.1.11 -g
	ask > /dev/null
	check_match "$REPLY" "unreachable|none" "an answer"
	check_eq "$(both_drops loop)" 1 "loop"
	check_eq "$(both_drops ttl)" 0 "ttl"
	log_test "peers: a circle is counted"
}

# A short time to live is not a circle.
traced()
{
	local before

	before=$(both_drops loop)
	services -u "$VIP:53"
	lbctl -a -u "$VIP:53" -r 192.168.1.21 -g
	pkt open client "$CLIENT" eth0 02:00:00:00:00:0a
	pkt send client "ip src=192.168.1.5 dst=$VIP ttl=1 /" \
		"udp sport=2000 dport=53 / data 10"
	check_eq "$(drops ttl)" 1 "ttl"
	check_eq "$(both_drops loop)" "$before" "loop"
	log_test "peers: the end of a trace is none"
}

# marks NS MAC: mark what is not of the other director
marks()
{
	in_ns "$1" /usr/sbin/nft -f - << END
table ip peers {
	chain pre {
		type filter hook prerouting priority mangle
		ether saddr != $2 ip daddr $VIP udp dport 53 meta mark set 1
	}
}
END
}

by_mark()
{
	local before dev

	before=$(both_drops loop)
	services -f 1
	for dev in lbctl peer; do
		$dev -a -f 1 -r 192.168.1.21 -g
		$dev -a -f 1 -r 192.168.1.11 -g
	done
	marks "$DIRECTOR" 02:00:00:00:00:0b
	check_err $? "no rule"
	marks "$RS1" 02:00:00:00:00:0a
	for _ in 1 2 3 4; do
		ask
	done | sort | uniq -c > "$TMP/answers"
	check_eq "$(tr -s ' ' < "$TMP/answers" | paste -sd,)" \
		" 2 one data text=hello, 2 two data text=hello" "answers"
	check_eq "$(both_drops loop)" "$before" "loop"
	log_test "peers: a mark by MAC address prevents it"
}

lb_load || skip_all "the module does not load"
setup
tests_run counted traced by_mark
