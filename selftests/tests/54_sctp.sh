#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 quick
# CPUs: 1
#
# SCTP: what is rewritten of a packet and its checksum and what is not, ICMP
# errors, persistence, marks; and associations between real stacks.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

IN="ip src=192.168.1.5 dst=192.168.1.111"
IN_NAT="ip src=192.168.1.5 dst=172.16.32.110"
OUT="ip src=172.16.32.110 dst=192.168.1.5"
OUT_NAT="ip src=192.168.1.111 dst=192.168.1.5"

# associate CLIENTPORT PORT SERVERPORT
associate()
{
	pkt send client "$IN / sctp sport=$1 dport=$2 chunks=init / data 16"
	expect_packet server "$IN_NAT ttl=63 / sctp sport=$1 dport=$3 tag=0" \
		"chunks=init / data 16"
}

ports_and_addresses()
{
	associate 1001 80 8080
	pkt send server "$OUT / sctp sport=8080 dport=1001 tag=7" \
	    "chunks=init-ack / data 200"
	expect_packet client "$OUT_NAT ttl=63 / sctp sport=80 dport=1001 tag=7" \
		"chunks=init-ack / data 200"
	pkt send client "$IN / sctp sport=1001 dport=80 tag=8" \
	    "chunks=cookie-echo+data / data 300"
	expect_packet server "$IN_NAT ttl=63 / sctp sport=1001 dport=8080 tag=8" \
		"chunks=cookie-echo+data / data 300"
	associate 1002 81 81
	pkt send server "$OUT / sctp sport=81 dport=1002 chunks=init-ack"
	expect_packet client "$OUT_NAT ttl=63 / sctp sport=81 dport=1002 tag=0" \
		"chunks=init-ack"
	log_test "NAT: addresses and ports, both ways"
}

# Who repaired a wrong checksum would vouch for data it never saw whole.
checksum_bad()
{
	local name="NAT: a wrong checksum stays wrong"

	if ipvs_differs "$name" "it writes a right one"; then
		return
	fi
	associate 1003 80 8080
	pkt send client "$IN / sctp sport=1003 dport=80 csum=bad chunks=data /" \
	    "data 100"
	expect_packet server "$IN_NAT ttl=63 / sctp sport=1003 dport=8080 tag=0" \
		"chunks=data csum=bad / data 100"
	pkt send server "$OUT / sctp sport=8080 dport=1003 csum=bad chunks=data"
	expect_packet client "$OUT_NAT ttl=63 / sctp sport=80 dport=1003 tag=0" \
		"chunks=data csum=bad"
	associate 1004 81 81
	pkt send client "$IN / sctp sport=1004 dport=81 csum=bad chunks=data"
	expect_packet server "$IN_NAT ttl=63 / sctp sport=1004 dport=81 tag=0" \
		"chunks=data csum=bad"
	log_test "$name"
}

# They leave as fragments, too; the checksum is that of the whole packet.
fragments()
{
	associate 1005 80 8080
	pkt send client frag=1000 "$IN / sctp sport=1005 dport=80 chunks=data /" \
	    "data 1400"
	expect_packet server "$IN_NAT ttl=63 mf / sctp sport=1005 dport=8080" \
		"tag=0 chunks=data csum=3831d810 / data 984"
	pkt recv server 2000 off=1000 > /dev/null
	check_match "$REPLY" "^$IN_NAT ttl=63 off=1000 proto=132" "the rest"
	pkt send server frag=1000 "$OUT / sctp sport=8080 dport=1005" \
	    "chunks=data / data 1400"
	expect_packet client "$OUT_NAT ttl=63 mf / sctp sport=80 dport=1005" \
		"tag=0 chunks=data csum=6a62c88d / data 984"
	pkt recv client 2000 off=1000 > /dev/null
	check_match "$REPLY" "^$OUT_NAT ttl=63 off=1000 proto=132" "the rest"
	log_test "NAT: fragments, both ways"
}

by_dr_and_tun()
{
	pkt send client "$IN / sctp sport=1006 dport=82 chunks=init / data 16"
	expect_packet server "$IN ttl=63 / sctp sport=1006 dport=82 tag=0" \
		"chunks=init / data 16"
	pkt send client "$IN / sctp sport=1006 dport=83 chunks=init / data 16"
	expect_packet server "ip src=172.16.32.111 dst=172.16.32.113 ttl=63 /" \
		"$IN ttl=63 / sctp sport=1006 dport=83 tag=0 chunks=init /" \
		"data 16"
	log_test "DR and TUN leave a packet as it is"
}

# Often no more than eight bytes of the packet are quoted, never its end.
icmp_errors()
{
	associate 1007 80 8080
	pkt send server "$OUT / icmp type=3 code=2 / ip src=192.168.1.5" \
	    "dst=172.16.32.110 ttl=63 / sctp sport=1007 dport=8080 chunks=init"
	expect_packet client "$OUT_NAT ttl=63 / icmp type=3 code=2 /" \
		"$IN ttl=63 / sctp sport=1007 dport=80 tag=0 chunks=init"
	pkt send client "$IN / icmp type=3 code=3 / $OUT_NAT ttl=60 /" \
	    "sctp sport=80 dport=1007 chunks=data / data 99"
	expect_packet server "$IN_NAT ttl=63 / icmp type=3 code=3 /" \
		"$OUT ttl=60 / sctp sport=8080 dport=1007 tag=0 chunks=data" \
		"/ data 99"
	log_test "ICMP errors are translated, outside and inside"
}

# All that is not a first packet of SCTP is left to the stack.
strangers()
{
	local before chunk

	before=$(lbctl conn count)
	for chunk in data cookie-echo shutdown-ack abort; do
		pkt send client "$IN / sctp sport=1008 dport=80 chunks=$chunk"
	done
	pkt send client "$IN proto=132 / data 12"
	pkt send client "$IN proto=132 / data 3"
	pkt send client "$IN / sctp sport=1009 dport=99 chunks=init"
	expect_silence server
	check_eq "$(lbctl conn count)" "$before" "connections"
	pkt drain client > /dev/null
	log_test "only an INIT to a service is balanced"
}

# servers_of CLIENTPORTS PORT: where an association of each begins.
servers_of()
{
	local port

	for port in $1; do
		pkt send client "$IN / sctp sport=$port dport=$2 chunks=init"
		pkt recv server 2000 sctp > /dev/null
		[[ $REPLY =~ dst=([^ ]*) ]] && echo -n "${BASH_REMATCH[1]} "
	done
}

# The rule that sets the mark closes the fast path, so this comes late.
persistence()
{
	local servers

	in_ns "$DIRECTOR" iptables -t mangle -A PREROUTING -p sctp --dport 85 \
		-j MARK --set-mark 5
	servers=$(servers_of "1011 1012 1013" 84)
	check_match "$servers" '^([0-9.]+) \1 \1 $' "not persistent"
	servers=$(servers_of "1014 1015" 85)
	check_match "$servers" '^172.16.32.11[02] 172.16.32.11[02] $' "rr"
	check_eq "$(tr ' ' '\n' <<< "$servers" | sort -u | grep -c .)" 2 \
		"servers of a service by mark"
	log_test "persistence and marks"
}

path_taken()
{
	paths
	associate 1016 80 8080
	pkt send server "$OUT / sctp sport=8080 dport=1016 chunks=cookie-ack"
	pkt send client "$IN / sctp sport=1016 dport=80 chunks=data"
	pkt recv server 2000 > /dev/null
	pkt drain client > /dev/null
	took "of three packets" "1 new 2 protocol"
	log_test "SCTP takes the classic path"
}

# A new INIT where an association is over begins another one.
used_again()
{
	associate 1017 80 8080
	pkt send client "$IN / sctp sport=1017 dport=80 chunks=abort"
	pkt recv server 2000 > /dev/null
	lbctl conn | grep -q "1017 .* sctp-closed "
	check_err $? "no association is closed"
	associate 1017 80 8080
	lbctl conn | grep -q "1017 .* sctp-init1 "
	check_err $? "it is still the old association"
	log_test "a client's port is used again once its association is over"
}

# --- real stacks ----------------------------------------------------------

# serve NS ADDRESS ID: answer associations with ID and the checksum of what came.
serve()
{
	local before

	before=$(endpoints "$1")
	in_ns "$1" "$TMP/peer.py" serve "${2//[][]/}" 80 "$3" &
	background $!
	busywait 30000 more_endpoints "$1" "$before"
	check_err $? "no server at $2"
}

endpoints()
{
	in_ns "$1" busybox grep -c ' 80 ' /proc/net/sctp/eps
}

more_endpoints()
{
	[ "$(endpoints "$1")" -gt "$2" ]
}

cat > "$TMP/peer.py" << 'END'
#!/usr/bin/env python3
import socket, struct, sys, zlib

def sctp(address):
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    return socket.socket(family, socket.SOCK_STREAM, 132)

def read(sock, length):
    data = b""
    while len(data) < length:
        more = sock.recv(65536)
        if not more:
            raise EOFError
        data += more
    return data

def serve(address, port, ident):
    sock = sctp(address)
    sock.bind((address, int(port)))
    sock.listen(16)
    while True:
        peer, _ = sock.accept()
        length, = struct.unpack("!I", read(peer, 4))
        data = read(peer, length)
        peer.sendall(("%s %08x" % (ident, zlib.crc32(data))).encode())
        peer.sendall(data)
        peer.close()

def ask(address, port, length):
    data = bytes(i * 7 & 255 for i in range(int(length)))
    sock = sctp(address)
    sock.settimeout(60)
    sock.connect((address, int(port)))
    sock.sendall(struct.pack("!I", len(data)))
    for at in range(0, len(data), 16000):
        sock.sendall(data[at:at + 16000])
    answer = sock.recv(64).decode().split()
    assert read(sock, len(data)) == data
    assert answer[1] == "%08x" % zlib.crc32(data), answer
    print(answer[0])

globals()[sys.argv[1]](*sys.argv[2:])
END
chmod +x "$TMP/peer.py"

# checksums on|off NS DEVICE...: are devices to compute them?
checksums()
{
	local dev

	for dev in "${@:3}"; do
		in_ns "$2" ethtool -K "$dev" tx "$1" > /dev/null
	done
}

# exchange NAME VIP ADDRESS1 ADDRESS2: both servers answer, small and large; at
# first all devices compute checksums, then all but the director's, then none.
exchange()
{
	local vip=$2 i ns servers=""

	lbctl -A --sctp-service "$vip:36412" -s rr
	lbctl -a --sctp-service "$vip:36412" -r "$3:80" -m
	lbctl -a --sctp-service "$vip:36412" -r "$4:80" -m
	serve "$RS1" "$3" rs1
	serve "$RS2" "$4" rs2
	checksums on "$DIRECTOR" eth0 eth1
	for ns in "$CLIENT" "$RS1" "$RS2"; do
		checksums on "$ns" eth0
	done
	for i in 10 200000 20 50000 100 100000; do
		[ "$i" -ne 20 ] || checksums off "$DIRECTOR" eth0 eth1
		for ns in "$CLIENT" "$RS1" "$RS2"; do
			[ "$i" -ne 100 ] || checksums off "$ns" eth0
		done
		servers+=$(in_ns "$CLIENT" "$TMP/peer.py" ask "${vip//[][]/}" \
			   36412 "$i")
	done
	check_match "$servers" '^(rs1rs2rs1rs2rs1rs2|rs2rs1rs2rs1rs2rs1)$' "who answered"
	busywait 5000 all_closed "$vip"
	check_err $? "not closed: $(lbctl conn)"
	log_test "$1"
}

all_closed()
{
	lbctl -L -n --sctp-service "$1:36412" |
		awk '/->.*:80 / { n += $5 } END { exit n > 0 }'
}

real_nat()
{
	modprobe sctp
	cleanup_all_ns
	topo_nat
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
	exchange "NAT between real stacks" 192.168.1.111 172.16.32.110 \
		172.16.32.112
}

real_nat6()
{
	local name="NAT between real stacks, IPv6" ns

	for ns in "$CLIENT" "$DIRECTOR" "$RS1" "$RS2"; do
		ns_sysctl "$ns" net.ipv6.conf.{all,default,eth0}.disable_ipv6=0
	done
	ns_sysctl "$DIRECTOR" net.ipv6.conf.eth1.disable_ipv6=0
	ip -n "$CLIENT" addr add 2001:db8:1::5/64 dev eth0 nodad
	ip -n "$DIRECTOR" addr add 2001:db8:1::111/64 dev eth0 nodad
	ip -n "$DIRECTOR" addr add 2001:db8:2::111/64 dev eth1 nodad
	ip -n "$RS1" addr add 2001:db8:2::110/64 dev eth0 nodad
	ip -n "$RS2" addr add 2001:db8:2::112/64 dev eth0 nodad
	ip -n "$RS1" -6 route add default via 2001:db8:2::111
	ip -n "$RS2" -6 route add default via 2001:db8:2::111
	ns_sysctl "$DIRECTOR" net.ipv6.conf.all.forwarding=1
	exchange "$name" '[2001:db8:1::111]' '[2001:db8:2::110]' \
		'[2001:db8:2::112]'
}

lb_load
topo_wire
lbctl -R << 'END'
-A --sctp-service 192.168.1.111:80 -s rr
-a --sctp-service 192.168.1.111:80 -r 172.16.32.110:8080 -m
-A --sctp-service 192.168.1.111:81 -s rr
-a --sctp-service 192.168.1.111:81 -r 172.16.32.110 -m
-A --sctp-service 192.168.1.111:82 -s rr
-a --sctp-service 192.168.1.111:82 -r 172.16.32.112 -g
-A --sctp-service 192.168.1.111:83 -s rr
-a --sctp-service 192.168.1.111:83 -r 172.16.32.113 -i
-A --sctp-service 192.168.1.111:84 -s rr -p 60
-a --sctp-service 192.168.1.111:84 -r 172.16.32.110 -m
-a --sctp-service 192.168.1.111:84 -r 172.16.32.112 -m
-A -f 5 -s rr
-a -f 5 -r 172.16.32.110 -m
-a -f 5 -r 172.16.32.112 -m
END

tests_run ports_and_addresses checksum_bad fragments by_dr_and_tun icmp_errors \
	strangers path_taken used_again persistence real_nat real_nat6
