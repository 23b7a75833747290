#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 quick
# CPUs: 1
#
# AH and ESP: they begin nothing, and go where the client's IKE went.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
NAT=172.16.32.110
A="ip src=192.168.1.5 dst=$VIP"		# by NAT
B="ip src=192.168.1.6 dst=$VIP"		# by DR
BACK="ip src=$NAT dst=192.168.1.5"

not_scheduled()
{
	pkt send client "$A / esp spi=1 seq=1 / data 100"
	pkt send client "$A / ah spi=1 seq=1 / data 100"
	expect_silence server
	check_eq "$(lbctl -L -n -c | grep -c 192)" 0 "connections"
	pkt drain client > /dev/null
	log_test "without IKE they are left to the stack"
}

# ike WORDS...: the client's first packet, and where it goes.
ike()
{
	pkt send client "$1 / udp sport=500 dport=500 / data 30"
	expect_packet server "$2 ttl=63 / udp sport=500 dport=500 / data 30"
}

follow()
{
	ike "$A" "ip src=192.168.1.5 dst=$NAT"
	ike "$B" "$B"
	pkt send client "$A / esp spi=7 seq=1 / data 100"
	expect_packet server "ip src=192.168.1.5 dst=$NAT ttl=63 /" \
		"esp spi=7 seq=1 / data 100"
	pkt send client "$A df tos=8 / ah spi=7 seq=2 / data 50"
	expect_packet server "ip src=192.168.1.5 dst=$NAT ttl=63 tos=8 df /" \
		"ah spi=7 seq=2 next=59 / data 50"
	pkt send client "$B / esp spi=8 seq=3 / data 100"
	expect_packet server "$B ttl=63 / esp spi=8 seq=3 / data 100"
	pkt send client "ip src=10.9.0.1 dst=$VIP / esp spi=8 seq=3 / data 9"
	expect_silence server
	pkt drain client > /dev/null
	log_test "they go where the client's IKE went"
}

replies()
{
	pkt send server "$BACK / esp spi=9 seq=4 / data 100"
	expect_packet client "ip src=$VIP dst=192.168.1.5 ttl=63 /" \
		"esp spi=9 seq=4 / data 100"
	pkt send server "$BACK / ah spi=9 seq=5 / data 100"
	expect_packet client "ip src=$VIP dst=192.168.1.5 ttl=63 /" \
		"ah spi=9 seq=5 next=59 / data 100"
	log_test "NAT: so do those of the server"
}

# Each fragment on its own, without waiting for the others.
fragments()
{
	pkt send server "$BACK id=5 mf / esp spi=9 seq=6 / data 992"
	expect_packet client "ip src=$VIP dst=192.168.1.5 ttl=63 mf /" \
		"esp spi=9 seq=6 / data 992"
	pkt send server "$BACK id=5 off=1000 proto=50 / data 40"
	expect_packet client "ip src=$VIP dst=192.168.1.5 ttl=63 off=1000" \
		"proto=50 / data 40"
	pkt send client frag=1000 "$A / esp spi=7 seq=7 / data 1400"
	expect_packet server "ip src=192.168.1.5 dst=$NAT ttl=63 mf /" \
		"esp spi=7 seq=7 / data 992"
	pkt recv server 2000 off=1000 > /dev/null
	check_match "$REPLY" "^ip src=192.168.1.5 dst=$NAT ttl=63 off=1000" \
		"the rest"
	log_test "NAT: fragments"
}

icmp_errors()
{
	pkt send server "$BACK / icmp type=3 code=2 /" \
	    "ip src=192.168.1.5 dst=$NAT / esp spi=7 seq=8 / data 20"
	expect_packet client "ip src=$VIP dst=192.168.1.5 ttl=63 /" \
		"icmp type=3 code=2 / $A ttl=64 / esp spi=7 seq=8 / data 20"
	pkt send client "$A / icmp type=3 code=4 mtu=1400 /" \
	    "ip src=$VIP dst=192.168.1.5 df / ah spi=9 seq=9 / data 20"
	expect_packet server "ip src=192.168.1.5 dst=$NAT ttl=63 /" \
		"icmp type=3 code=4 mtu=1400 / $BACK ttl=64 df /" \
		"ah spi=9 seq=9 next=59 / data 20"
	log_test "NAT: ICMP errors about them are translated"
}

# They count as packets of the connection, and keep it.
counted()
{
	local before

	before=$(stat_of "$VIP:500" 4)
	paths
	lbctl --set 0 0 60
	pkt send client "$A / esp spi=7 seq=9 / data 100"
	pkt recv server 2000 > /dev/null
	took "one ESP packet" "1 protocol"
	check_eq "$(stat_of "$VIP:500" 4)" "$((before + 1))" "InPkts"
	check_match "$(lbctl -L -n -c | grep 192.168.1.5)" \
		"^UDP 00:5[0-9]  UDP .*:500 .*:500 .*$NAT:500" "connection"
	lbctl --set 0 0 300
	log_test "they count, and keep the connection"
}

# --- IPv6, by raw sockets -------------------------------------------------

cat > "$TMP/peer.py" << 'END'
#!/usr/bin/env python3
import select, socket, sys

def open_all(address):
    for kind, proto in ((socket.SOCK_DGRAM, 0), (socket.SOCK_RAW, 50),
                        (socket.SOCK_RAW, 51)):
        sock = socket.socket(socket.AF_INET6, kind, proto)
        sock.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        sock.bind((address, 0 if proto else 500))
        yield sock

def serve(address, ready):
    socks = list(open_all(address))
    open(ready, "w").close()
    while True:
        for sock in select.select(socks, [], [])[0]:
            data, peer = sock.recvfrom(65536)
            sock.sendto(data, peer)

# Seconds as a limit for what comes, and as a pause where nothing ought to.
def ask(own, vip):
    socks = list(open_all(own))
    for which, length, expected in ((1, 40, 0), (2, 40, 0), (0, 40, 1),
                                    (1, 40, 1), (2, 40, 1), (1, 4000, 1),
                                    (2, 4000, 1)):
        # AH with a TCP SYN to port 80 in it, or ESP, or IKE.
        data = bytes((6, 4)) + bytes(22) + b"\x10\0\0\x50" + bytes(8)
        data += b"\x50\x02" + bytes(6)
        data += bytes(i & 255 for i in range(length))
        sock = socks[which]
        sock.sendto(data, (vip, 0 if which else 500))
        sock.settimeout(20 if expected else 1)
        try:
            answer, peer = sock.recvfrom(65536)
            ok = expected and answer == data and peer[0] == vip
        except OSError:
            ok = not expected
        print("ok" if ok else "%d of %d bytes: wrong" % (which, length))

globals()[sys.argv[1]](*sys.argv[2:])
END
chmod +x "$TMP/peer.py"

ipv6()
{
	local ns answers

	cleanup_all_ns
	topo_nat
	for ns in "$CLIENT" "$DIRECTOR" "$RS1"; do
		ns_sysctl "$ns" net.ipv6.conf.{all,default,eth0}.disable_ipv6=0
	done
	ns_sysctl "$DIRECTOR" net.ipv6.conf.eth1.disable_ipv6=0 \
		net.ipv6.conf.all.forwarding=1
	ip -n "$CLIENT" addr add 2001:db8:1::5/64 dev eth0 nodad
	ip -n "$DIRECTOR" addr add 2001:db8:1::111/64 dev eth0 nodad
	ip -n "$DIRECTOR" addr add 2001:db8:2::111/64 dev eth1 nodad
	ip -n "$RS1" addr add 2001:db8:2::110/64 dev eth0 nodad
	ip -n "$RS1" -6 route add default via 2001:db8:2::111
	lbctl -R <<- END
	-A -u [2001:db8:1::111]:500 -s rr
	-a -u [2001:db8:1::111]:500 -r [2001:db8:2::110] -m
	-A -t [2001:db8:1::111]:80 -s rr
	-a -t [2001:db8:1::111]:80 -r [2001:db8:2::110] -m
	END
	in_ns "$RS1" "$TMP/peer.py" serve 2001:db8:2::110 "$TMP/ready" &
	background $!
	busywait 30000 test -e "$TMP/ready"
	answers=$(in_ns "$CLIENT" "$TMP/peer.py" ask 2001:db8:1::5 \
		  2001:db8:1::111)
	check_eq "$answers" $'ok\nok\nok\nok\nok\nok\nok' \
		"ESP and AH before IKE, IKE, and ESP and AH behind it"
	check_eq "$(lbctl -L -n -c | grep -c TCP)" 0 "what is in AH"
	log_test "IPv6: whole and in fragments, both ways"
}

lb_load
topo_wire
lbctl -R << END
-A -u $VIP:500 -s rr
-a -u $VIP:500 -r 172.16.32.112 -g
-a -u $VIP:500 -r $NAT -m
END

tests_run not_scheduled follow replies fragments icmp_errors counted ipv6
