#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.12
# CPUs: 1
#
# Why a client gets no answer: what it meets, and what the director, or the real
# server, tells of each cause, as troubleshooting.rst has it.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.10
RS=192.168.1.21
SERVICE="tcp $VIP:80"

# says REGEX: lbctl check does.
says()
{
	local text

	text=$(lbctl check 2>&1)
	echo "$text"
	[[ $text =~ $1 ]]
}

# counted NS NAME: the kernel has, as nstat shows it.
counted()
{
	in_ns "$1" nstat -azs "$2" | grep -q "^$2 *[1-9]"
}

# dropped REASON: since meets() began
dropped()
{
	[ "$(drops "$1")" -gt "${BEFORE[$1]}" ]
}

# meets CAUSE CLIENT COMMAND...: a client that connects is connected, refused,
# unreachable or waits, and meanwhile, or then, COMMAND comes true.
declare -A BEFORE=()
meets()
{
	local text pid reason
	local -A words=([connected]='^0$' [refused]='Connection refused'
			[unreachable]='No route to host' [waits]='^143$')

	for reason in firewall tunnel no-dest no-route; do
		BEFORE[$reason]=$(drops "$reason")
	done
	lbctl conn flush
	busybox nsenter --net="/run/netns/$CLIENT" busybox timeout 20 \
		bash -c "exec 3<> /dev/tcp/$VIP/80" 2> "$TMP/said" &
	pid=$!
	[ "$2" = waits ] || wait "$pid"
	text=$?
	busywait 10000 "${@:3}" > "$TMP/seen"
	check_err $? "$1: ${*:3}"$'\n'"$(cat "$TMP/seen")"
	if [ "$2" = waits ]; then
		kill "$pid"
		wait "$pid" 2> /dev/null
		text=$?
	fi
	check_match "$text$(cat "$TMP/said")" "${words[$2]}" "$1: the client"
}

# works WHAT: and there is nothing to be said
works()
{
	meets "$1" connected true
	check_eq "$(lbctl check 2>&1)" "" "$1: lbctl check"
}

# server OPTION...: the only one, as from the start
server()
{
	lbctl -C
	lbctl -A -t "$VIP:80" -s rr
	lbctl -a -t "$VIP:80" -r "$@"
}

# firewall CHAIN: it drops all.
firewall()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table ip fw
	delete table ip fw
	table ip fw {
		chain drops {
			type filter hook $1 priority 0; policy drop
		}
	}
	END
}

the_director()
{
	server "$RS" -g
	works "all is well"
	ip -n "$DIRECTOR" addr del "$VIP/24" dev eth0
	meets "no address" waits says "^$SERVICE: not-local: "
	ip -n "$DIRECTOR" addr add "$VIP/24" dev eth0
	lbctl -C
	check_eq "$(lbctl check)" \
		 "no-service: this network namespace has no services" "check"
	lbctl -A -u "$VIP:80"
	meets "other protocol" refused true
	exits 1 "check $SERVICE: no such service" lbctl check tcp "$VIP:80"
	server "$RS" -g -w 0
	meets "weight 0" refused says "^$SERVICE: no-dest: "
	dropped no-dest
	check_err $? "weight 0: drops"
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=0
	server "$RS" -g
	works "the director does not forward: DR"
	log_test "no answer: the director does not take the packet"
}

the_firewall()
{
	server "$RS" -g
	firewall output
	meets "output" waits dropped firewall
	firewall postrouting
	meets "postrouting" waits dropped firewall
	firewall input
	meets "input" waits counted "$CLIENT" TcpRetransSegs
	check_eq "$(lbctl conn count)" 0 "connections behind a firewall"
	server "$RS" -i
	firewall output
	meets "output, tunnel" waits dropped firewall
	firewall forward
	server "$RS" -g
	works "forward: DR"
	in_ns "$DIRECTOR" nft delete table ip fw
	log_test "no answer: the director's firewall"
}

the_way()
{
	local to="^$SERVICE to"

	server 10.9.9.9 -g
	meets "no route" unreachable says "$to 10.9.9.9:80: no-route: "
	dropped no-route
	check_err $? "no route: drops"
	ip -n "$DIRECTOR" link add link eth0 name vlan5 type vlan id 5
	ip -n "$DIRECTOR" addr add 10.9.9.1/24 dev vlan5
	meets "VLAN that is down" unreachable says "$to 10.9.9.9:80: no-route: "
	ip -n "$DIRECTOR" link set vlan5 up
	meets "VLAN without a server" unreachable \
		says "$to 10.9.9.9:80: no-neighbour: 10.9.9.9 .* vlan5"
	ip -n "$DIRECTOR" link del vlan5

	ip -n "$DIRECTOR" route add 10.9.9.0/24 via 192.168.1.31
	meets "DR past a router" waits says "$to 10.9.9.9:80: routed: .* 192.168.1.31"
	ip -n "$DIRECTOR" route del 10.9.9.0/24

	server "$RS" -g
	ip -n "$RS1" link set eth0 down
	ip -n "$DIRECTOR" neigh flush dev eth0
	meets "server down" unreachable says "$to $RS:80: no-neighbour: $RS .* eth0"
	ip -n "$RS1" link set eth0 up
	ip -n "$SWITCH" link set port1 down
	busywait 5000 says "$to $RS:80: no-carrier: eth0 "
	check_err $? "no carrier"
	check_match "$(lbctl -j check)" \
		"\"about\":\"$SERVICE to $RS:80\",\"cause\":\"no-carrier\"" "JSON"
	ip -n "$SWITCH" link set port1 up
	busywait 20000 ping_server
	check_err $? "no way back to the server"
	works "the server is back"
	log_test "no answer: the way to the real server"
}

ping_server()
{
	in_ns "$DIRECTOR" busybox ping -q -c 1 -W 1 "$RS" > /dev/null
}

# answers ARP for VIP, as the director sees it
arp_answers()
{
	in_ns "$DIRECTOR" busybox arping -D -c 2 -w 2 -I eth0 "$VIP" 2>&1 |
		grep -ci "reply from"
}

direct_routing()
{
	local lost="^$SERVICE to $RS:80: no-answer: .*the virtual address"

	server "$RS" -g
	# As the first namespace, which others may have made a router
	ns_sysctl "$RS1" net.ipv4.ip_forward=0
	ip -n "$RS1" addr del "$VIP/32" dev lo
	meets "server without the address" waits says "$lost"
	counted "$RS1" IpInAddrErrors
	check_err $? "the server's IpInAddrErrors"
	ip -n "$RS1" addr add "$VIP/32" dev lo

	check_eq "$(arp_answers)" 0 "who else answers ARP"
	ns_sysctl "$RS1" net.ipv4.conf.{all,eth0}.arp_ignore=0
	check_match "$(arp_answers)" '^[1-9]' "the server answers ARP"
	ns_sysctl "$RS1" net.ipv4.conf.{all,eth0}.arp_ignore=1

	ip -n "$RS1" route add 192.168.1.5/32 via 192.168.1.11
	meets "answers through the director" waits says "$lost"
	ip -n "$RS1" route del 192.168.1.5/32

	ns_sysctl "$RS1" net.ipv4.conf.{all,eth0}.rp_filter=1
	works "rp_filter of the server: DR"
	ns_sysctl "$RS1" net.ipv4.conf.{all,eth0}.rp_filter=0

	lbctl -A -t "$VIP:81"
	lbctl -a -t "$VIP:81" -r "$RS" -g
	exits 1 "port differs from the service's, which only nat can do" \
		lbctl dest add tcp "$VIP:81" to "$RS:80"
	in_ns "$CLIENT" bash -c "exec 3<> /dev/tcp/$VIP/81" 2> "$TMP/said"
	check_match "$(cat "$TMP/said")" refused "nobody listens: the client"
	check_match "$(lbctl check)" \
		"tcp $VIP:81 to $RS:81: no-answer: .*does the server listen" \
		"nobody listens"
	log_test "no answer: direct routing"
}

tunnels()
{
	local lost="^$SERVICE to $RS:80: no-answer: .*a tunnel device that is up with rp_filter 0"

	server "$RS" -i
	meets "no device" unreachable says "$lost"
	dropped tunnel
	check_err $? "no device: drops"
	ip -n "$RS1" link set tunl0 up
	ns_sysctl "$RS1" net.ipv4.conf.{all,tunl0}.rp_filter=1
	meets "rp_filter" waits says "$lost"
	counted "$RS1" TcpExtIPReversePathFilter
	check_err $? "the server's IPReversePathFilter"
	ns_sysctl "$RS1" net.ipv4.conf.{all,tunl0}.rp_filter=0
	works "ipip"

	server "$RS" -i --tun-type gre
	meets "no GRE device" unreachable dropped tunnel
	server "$RS" -i --tun-type gue --tun-port 6080
	ip -n "$RS1" fou add port 6081 gue
	meets "another GUE port" unreachable dropped tunnel
	counted "$RS1" UdpNoPorts
	check_err $? "the server's UdpNoPorts"
	ip -n "$RS1" fou add port 6080 gue
	works "GUE"
	log_test "no answer: tunnels"
}

# posted SECONDS: the server's answer to what is too large for one packet
posted()
{
	in_ns "$CLIENT" curl -s -m "$1" -H Expect: --data-binary "@$TMP/big" \
		-o /dev/null -w "%{http_code}" "http://$VIP/"
}

# The switch drops in silence what the director cannot know of.
narrow()
{
	server "$RS" -i
	random_file 20 "$TMP/big"
	in_ns "$CLIENT" ethtool -K eth0 tso off gso off
	ip -n "$SWITCH" link set port2 mtu 1300
	TIMEOUTS=$(timeouts)
	posted 20 > "$TMP/code" &
	BG_PIDS+=($!)
	busywait 10000 hangs
	check_err $? "it does not hang"
	kill "$!"
	lbctl service set tcp "$VIP:80" mtu 1280
	check_eq "$(posted 20)" 501 "with the service's mtu"
	ip -n "$SWITCH" link set port2 mtu 1500
	log_test "no answer: a path that is narrow"
}

timeouts()
{
	in_ns "$CLIENT" nstat -azs TcpExtTCPTimeouts |
		awk '/Timeouts/ { print $2 }'
}

# The connection is there, but nothing gets through.
hangs()
{
	[[ $(lbctl conn show state established) == *established* ]] &&
		[ "$(timeouts)" -gt "$TIMEOUTS" ]
}

nat()
{
	server "$RS" -m
	ip -n "$RS1" route add 192.168.1.5/32 via 192.168.1.11
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=0
	meets "no forwarding" waits \
		says "to $RS:80: no-forwarding: net.ipv4.conf.eth0.forwarding is 0"
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
	works "NAT"
	ip -n "$RS1" route del 192.168.1.5/32
	in_ns "$CLIENT" nft -f - <<- END
	table ip fw {
		chain in {
			type filter hook prerouting priority 0
			ip saddr $RS drop
		}
	}
	END
	meets "answers past the director" waits \
		says "to $RS:80: no-answer: .*a way to clients through this host"
	log_test "no answer: NAT"
}

lb_load
topo_dr
modprobe -a ipip ip_gre fou
ip -n "$DIRECTOR" addr add "$VIP/24" dev eth0
dr_real_server "$RS1" "$VIP"
web_server "$RS1" 80 rs1
tests_run the_director the_firewall the_way direct_routing tunnels narrow nat
