#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 quick
# CPUs: 1
#
# Path MTU: a client whose packet is too large for what is behind the director
# is told so, with the size that fits.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

FLOW="ip src=192.168.1.5 dst=192.168.1.111"
OUTER="ip src=172.16.32.111 dst=172.16.32.113 ttl=63"

# ask PORT SIZE [df]: a datagram of SIZE bytes in all
ask()
{
	pkt send client "$FLOW ${3-} / udp sport=3001 dport=$1 /" \
	    "data $(($2 - 28))"
}

# told_mtu PORT SIZE MTU: the client hears of MTU, the servers of nothing.
told_mtu()
{
	ask "$1" "$2" df
	pkt recv client 2000 > /dev/null
	check_match "$REPLY" "^ip src=192.168.1.111 dst=192.168.1.5 ttl=64 .*/ \
icmp type=3 code=4 mtu=$3 / $FLOW ttl=6[34] df / udp sport=3001 dport=$1 / data" \
		    "a packet of $2 bytes: the MTU was not told"
	expect_silence server
}

# fits PORT SIZE OUTER: it goes through whole.
fits()
{
	ask "$1" "$2" df
	pkt recv server 2000 > /dev/null
	check_match "$REPLY" "^${3}ip src=192.168.1.5 .*/ data $(($2 - 28))$" \
		    "a packet of $2 bytes did not go through"
}

mtu()
{
	ip -n "$DIRECTOR" link set eth1 mtu "$1"
}

by_nat()
{
	mtu 1400
	fits 80 1400 ""
	told_mtu 80 1401 1400
	told_mtu 80 1500 1400
	mtu 1500
	fits 80 1500 ""
	log_test "path MTU: NAT"
}

by_dr()
{
	mtu 1400
	fits 81 1400 ""
	told_mtu 81 1401 1400
	mtu 1500
	fits 81 1500 ""
	log_test "path MTU: DR"
}

# The tunnel's header takes 20 bytes.
by_tun()
{
	fits 82 1480 "$OUTER df / "
	told_mtu 82 1481 1480
	mtu 1400
	fits 82 1380 "$OUTER df / "
	told_mtu 82 1381 1380
	mtu 1500
	log_test "path MTU: TUN"
}

# A client that does not mind gets its packet through in fragments.
fragmented()
{
	local port part sizes

	mtu 1400
	for port in 80 81 82; do
		ask "$port" 1500
		sizes=
		while pkt recv server 200 > /dev/null; do
			part=${REPLY##*data }
			sizes+="${part%% *} "
		done
		check_match "$sizes" "^1[0-9]+ [0-9]+ $" \
			    "port $port: not two fragments"
	done
	mtu 1500
	log_test "path MTU: without DF packets are fragmented"
}

# A raw socket of the director sends the first fragment of two, and may wish that
# nobody waits for the second.
raw_socket()
{
	in_ns "$DIRECTOR" "$TMP/raw.py" 0
	expect_silence client
	in_ns "$DIRECTOR" "$TMP/raw.py" 1
	pkt recv client 2000 > /dev/null
	check_match "$REPLY" "^ip src=192.168.1.111 dst=192.168.1.5 ttl=64( id=7)? \
mf / udp sport=81 dport=9" "a fragment is kept back"
	log_test "fragments of a raw socket leave as they are, if it wishes so"
}

# frag_needed TO MTU [WORD]...: a router on the way to TO has no room for our tunnel.
frag_needed()
{
	pkt send server "ip src=172.16.0.9 dst=172.16.32.111 ${*:3} /" \
	    "icmp type=3 code=4 mtu=$2 / ip src=172.16.32.111 dst=$1 ttl=60 df" \
	    "/ $FLOW ttl=63 df / udp sport=3001 dport=82 / data 500"
}

# Last, as the director remembers the MTU of a path for minutes.
behind_tunnel()
{
	local told=1380

	# ip_vs tells the size that its cached route still has.
	[ "$LB_SUT" != ipvs ] || told=1480
	fits 82 1480 "$OUTER df / "
	frag_needed 172.16.32.114 1300
	expect_silence client
	fits 82 1480 "$OUTER df / "

	# The router has its packet's route recorded, the client has not.
	frag_needed 172.16.32.113 1400 \
		"opts=0101010101010101010101070704000000000101"
	expect_packet client "ip src=192.168.1.111 dst=192.168.1.5 ttl=64" \
		"tos=192 / icmp type=3 code=4 mtu=$told / $FLOW ttl=63 df /" \
		"udp sport=3001 dport=82 / data 500"
	fits 82 1380 "$OUTER df / "
	told_mtu 82 1381 1380
	log_test "path MTU: a narrow link behind a tunnel"
}

lb_load || skip_all "the module does not load"
topo_wire
lbctl -R << 'END'
-A -u 192.168.1.111:80 -s rr
-a -u 192.168.1.111:80 -r 172.16.32.110:8080 -m
-A -u 192.168.1.111:81 -s rr
-a -u 192.168.1.111:81 -r 172.16.32.112 -g
-A -u 192.168.1.111:82 -s rr
-a -u 192.168.1.111:82 -r 172.16.32.113 -i
END
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
cat > "$TMP/raw.py" << 'END'
#!/usr/bin/env python3
import socket, sys
sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_RAW)
sock.setsockopt(socket.IPPROTO_IP, 22, int(sys.argv[1]))  # IP_NODEFRAG
sock.sendto(bytes.fromhex("45000024 00072000 40110000 c0a8016f c0a80105"
                          "00510009 00181234 0001020304050607"),
            ("192.168.1.5", 0))
END
chmod +x "$TMP/raw.py"
tests_run by_nat by_dr by_tun fragmented raw_socket behind_tunnel
