#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 quick
# CPUs: 1
#
# Clients and real servers in unusual places: either may be the director.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.10

# get HOST PORT [OPTION...]: the page that this host sees there.
get()
{
	in_ns "$1" curl -s -m 20 "${@:3}" "http://$VIP:$2/"
}

# conns PORT: how many connections that service has had.
conns()
{
	lbctl -L -n -t "$VIP:$1" | awk '/->.*:/ { n += $5 + $6 } END { print n }'
}

client_is_director_nat()
{
	check_eq "$(get "$DIRECTOR" 8001)" "server port 80" \
		 "from the service's own address"
	check_eq "$(get "$DIRECTOR" 8001 --interface 192.168.1.11)" \
		 "server port 80" "from another address of the director"
	check_eq "$(conns 8001)" 2 "connections counted"
	log_test "the director is a client: NAT"
}

# Answers come from the service's address, which is also the director's own.
client_is_director_dr()
{
	check_eq "$(get "$DIRECTOR" 8002 --interface 192.168.1.11)" \
		 "server port 8002" "answer"
	check_eq "$(conns 8002)" 1 "connections counted"
	log_test "the director is a client: DR"
}

client_is_director_tun()
{
	check_eq "$(get "$DIRECTOR" 8003 --interface 192.168.1.11)" \
		 "server port 8003" "answer"
	check_eq "$(conns 8003)" 1 "connections counted"
	check_match "$(dev_stat "$RS1" tunl0 rx_packets)" '^[1-9]' \
		    "packets out of the tunnel"
	log_test "the director is a client: TUN"
}

server_is_director()
{
	check_eq "$(get "$CLIENT" 8004)" "director port 8004" "by DR"
	check_eq "$(get "$CLIENT" 8005)" "director port 8081" "by NAT"
	check_eq "$(get "$CLIENT" 8006)" "director port 8006" "by TUN"
	check_eq "$(conns 8004) $(conns 8005) $(conns 8006)" "1 1 1" \
		 "connections counted"
	# It is the last hop.
	ns_sysctl "$CLIENT" net.ipv4.ip_default_ttl=1
	check_eq "$(get "$CLIENT" 8004)" "director port 8004" "DR, 1 to live"
	check_eq "$(get "$CLIENT" 8005)" "director port 8081" "NAT, 1 to live"
	ns_sysctl "$CLIENT" net.ipv4.ip_default_ttl=64
	log_test "the director is a real server"
}

both_are_director()
{
	check_eq "$(get "$DIRECTOR" 8004)" "director port 8004" "by DR"
	check_eq "$(get "$DIRECTOR" 8005)" "director port 8081" "by NAT"
	check_eq "$(conns 8004) $(conns 8005)" "3 3" "connections counted"
	log_test "the director is client and real server"
}

# What listens on loopback trusts that nobody from outside can reach it.
loopback()
{
	get "$CLIENT" 8007 --connect-timeout 0.5 > "$TMP/page"
	check_fail $? "the outside reaches 127.0.0.1"
	check_eq "$(cat "$TMP/page")" "" "a page from 127.0.0.1"
	check_match "$(drops local-crossing)" "^[1-9]" "drops"
	log_test "no way from outside to the director's loopback"
}

# connected ADDRESS PORT PEER PORT: the director has such a socket, by UDP.
connected()
{
	in_ns "$DIRECTOR" python3 - "$@" <<- END &
	import signal, socket, sys
	sock = socket.socket(type=socket.SOCK_DGRAM)
	sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
	sock.bind((sys.argv[1], int(sys.argv[2])))
	sock.connect((sys.argv[3], int(sys.argv[4])))
	signal.pause()
	END
	background $!
	busywait 20000 is_connected "$2"
	check_err $? "no socket"
}

is_connected()
{
	in_ns "$DIRECTOR" busybox grep -q ":$(printf %04X "$1") .* 01 " \
		/proc/net/udp
}

# The director has a socket for a flow that it sends on: what leaves it is not the
# socket's.
socket()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table ip owners {
		counter owned { }
		chain out {
			type filter hook output priority 0
			udp dport 8009 meta skuid 0 counter name owned
		}
	}
	END
	connected "$VIP" 8009 192.168.1.5 9
	pkt udp_ask "$CLIENT" 192.168.1.5 9 "$VIP" 8009 2000 5 > /dev/null
	check_eq "$REPLY" "rs data 5" "who answers"
	check_match "$(in_ns "$DIRECTOR" nft list counter ip owners owned)" \
		    "packets 0 " "packets of the socket"
	in_ns "$DIRECTOR" nft delete table ip owners
	log_test "the director has a socket for what it sends on"
}

# Packets to a real server, in the tunnel, are packets of its service again. They
# leave; the host does not go on wrapping them until its stack is full.
tunnel_in_service()
{
	local GUE="--tun-type gue --tun-port 6080 --tun-nocsum"

	lbctl -R <<- END
	-A -u 192.168.1.21:6080 -s rr
	-a -u 192.168.1.21:6080 -r 192.168.1.21 -i $GUE
	END
	check_err $? "the service is refused"
	lbctl config set pmtu_disc 0
	paths
	pkt udp_ask "$DIRECTOR" 192.168.1.11 1001 192.168.1.21 6080 100 5 \
		> /dev/null
	took "a client's packet" "1 new"
	lbctl config set pmtu_disc 1
	lbctl -D -u 192.168.1.21:6080
	log_test "packets of a tunnel are those of a service"
}

# The stack finds a socket before lb gives the packet other addresses.
other_socket()
{
	connected "$VIP" 8010 192.168.1.5 10
	pkt udp_ask "$CLIENT" 192.168.1.5 10 "$VIP" 8010 2000 5 > /dev/null
	check_eq "$REPLY" "director data 5" "a request, with a socket for it"
	connected 192.168.1.11 7000 192.168.1.21 8012
	pkt udp_ask "$DIRECTOR" 192.168.1.11 7000 "$VIP" 8011 2000 5 > /dev/null
	check_eq "$REPLY" "near data 5" "a reply, with a socket for it"
	log_test "a socket for the addresses of before does not get what is new"
}

# masquerade: what leaves as 127.0.0.1 gets an address of the director.
masquerade()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table ip nat {
		chain out {
			type nat hook postrouting priority srcnat
			oif eth0 ip saddr 127.0.0.0/8 masquerade
		}
	}
	END
}

# fails_from_loopback WHAT COMMAND...: it is not answered, and 127.0.0.1 stays in
fails_from_loopback()
{
	local before after

	before=$(drops local-crossing)
	"${@:2}" --connect-timeout 0.5 > /dev/null
	check_fail $? "$1: an answer"
	after=$(drops local-crossing)
	[ "$after" -gt "$before" ]
	check_err $? "$1: drops $before to $after"
	pkt recv wire 100 "src=127" > /dev/null
	check_eq "$REPLY" none "$1: on the wire"
}

at_loopback()
{
	in_ns "$DIRECTOR" curl -s -m 20 "${@:2}" "http://$1/"
}

from_loopback()
{
	pkt open wire "$RS1" eth0 02:00:00:00:00:01
	fails_from_loopback NAT at_loopback 127.0.0.1:8013
	fails_from_loopback "bound to it" \
		at_loopback "$VIP:8001" --interface 127.0.0.1
	fails_from_loopback DR at_loopback 127.0.0.1:8002
	fails_from_loopback TUN at_loopback 127.0.0.1:8003
	masquerade
	fails_from_loopback "not tracked" at_loopback 127.0.0.1:8013
	setting conntrack 1
	fails_from_loopback "not on this device" at_loopback 127.0.0.1:8013
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth0.route_localnet=1
	check_eq "$(at_loopback 127.0.0.1:8013)" "server port 80" "masqueraded"
	check_eq "$(at_loopback "$VIP:8001" --interface 127.0.0.1)" \
		 "server port 80" "masqueraded, bound to it"
	fails_from_loopback "tracked DR" at_loopback 127.0.0.1:8002
	in_ns "$DIRECTOR" nft delete table ip nat
	setting conntrack 0
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth0.route_localnet=0
	log_test "127.0.0.1 is masqueraded or stays here"
}

lb_load || skip_all "the module does not load"
topo_dr
ip -n "$DIRECTOR" addr add $VIP/24 dev eth0
dr_real_server "$RS1" $VIP
tun_real_server "$RS1" $VIP
ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1 net.ipv4.conf.eth0.accept_local=1
for port in 80 8002 8003; do
	web_server "$RS1" $port "server port $port"
done
for port in 8004 8006 8081; do
	web_server "$DIRECTOR" $port "director port $port"
done
lbctl -R << END
-A -t $VIP:8001 -s rr
-a -t $VIP:8001 -r 192.168.1.21:80 -m
-A -t $VIP:8002 -s rr
-a -t $VIP:8002 -r 192.168.1.21 -g
-A -t $VIP:8003 -s rr
-a -t $VIP:8003 -r 192.168.1.21 -i
-A -t $VIP:8004 -s rr
-a -t $VIP:8004 -r 192.168.1.11 -g
-A -t $VIP:8005 -s rr
-a -t $VIP:8005 -r 192.168.1.11:8081 -m
-A -t $VIP:8006 -s rr
-a -t $VIP:8006 -r 192.168.1.11 -i
-A -t $VIP:8007 -s rr
-a -t $VIP:8007 -r 127.0.0.1:8081 -m
-A -u $VIP:8009 -s rr
-a -u $VIP:8009 -r 192.168.1.21 -g
-A -u $VIP:8010 -s rr
-a -u $VIP:8010 -r 192.168.1.11:8090 -m
-A -u $VIP:8011 -s rr
-a -u $VIP:8011 -r 192.168.1.21:8012 -m
-A -t 127.0.0.1:8013 -s rr
-a -t 127.0.0.1:8013 -r 192.168.1.21:80 -m
-A -t 127.0.0.1:8002 -s rr
-a -t 127.0.0.1:8002 -r 192.168.1.21 -g
-A -t 127.0.0.1:8003 -s rr
-a -t 127.0.0.1:8003 -r 192.168.1.21 -i
END
pkt_start
pkt udp_serve "$DIRECTOR" 192.168.1.11 8090 director
pkt udp_serve "$RS1" 192.168.1.21 8012 near
pkt udp_serve "$RS1" $VIP 8009 rs
tests_run client_is_director_nat client_is_director_dr client_is_director_tun \
	  server_is_director both_are_director loopback from_loopback socket \
	  other_socket tunnel_in_service
