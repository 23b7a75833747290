#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
# CPUs: 1
# The director routes multicast: each fragment passes once for each device that
# it leaves by, and all of them must leave.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

GROUP=232.1.1.1

# The kernel routes multicast for as long as this program runs.
cat > "$TMP/mroute.py" << 'END'
#!/usr/bin/env python3
"""mroute.py GROUP ORIGIN DEVICE TO...: what ORIGIN sends by DEVICE goes to TO"""
import signal, socket, struct, sys

group, origin, *devices = sys.argv[1:]
INIT, ADD_VIF, ADD_MFC = 200, 202, 204
sock = socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_IGMP)
sock.setsockopt(socket.IPPROTO_IP, INIT, 1)
for n, device in enumerate(devices):
    sock.setsockopt(socket.IPPROTO_IP, ADD_VIF, struct.pack(
        "=HBBIi4x", n, 8, 1, 0, socket.if_nametoindex(device)))
ttls = bytes([0] + [1] * (len(devices) - 1)).ljust(32, b"\0")
sock.setsockopt(socket.IPPROTO_IP, ADD_MFC, struct.pack(
    "=4s4sH32s2xIIIi", socket.inet_aton(origin), socket.inet_aton(group), 0,
    ttls, 0, 0, 0, 0))
print("ready", flush=True)
signal.pause()
END

ready()
{
	grep -q ready "$TMP/ready"
}

# all_arrive ID OFFSET OFFSET: both fragments, in this order, at both ends
all_arrive()
{
	local packet="ip src=172.16.32.110 dst=$GROUP ttl=9 id=$1"
	local wire off

	for off in "$2" "$3"; do
		if [ "$off" = 0 ]; then
			pkt send server mac=01:00:5e:01:01:01 \
			    "$packet mf / udp sport=5353 dport=9 / data 24"
		else
			pkt send server mac=01:00:5e:01:01:01 \
			    "$packet off=$off proto=17 / data 24"
		fi
	done
	for wire in client other; do
		for off in "$2" "$3"; do
			pkt recv "$wire" 2000 "${OFFSET[$off]}" > /dev/null
			check_err $? "offset $off did not come to the $wire"
		done
	done
}
declare -A OFFSET=([0]="dst=$GROUP ttl=8 mf / udp" [32]="dst=$GROUP ttl=8 off=32")

fragments()
{
	all_arrive 7 0 32
	all_arrive 8 32 0
	log_test "multicast: fragments are copied to each device"
}

# Its port is that of a service, but it is no lost answer.
not_lost()
{
	local wire

	lbctl config set nat_icmp_send 1
	pkt send server mac=01:00:5e:01:01:01 \
	    "ip src=172.16.32.110 dst=$GROUP ttl=9 / udp sport=5353 dport=9 / data 5"
	for wire in client other; do
		pkt recv "$wire" 2000 "dst=$GROUP ttl=8 .* data 5$" > /dev/null
		check_err $? "taken for a lost answer: not at the $wire"
	done
	check_eq "$(drops no-conn)" 0 "drops"
	log_test "multicast: a real server's is no answer"
}

lb_load || skip_all "the module does not load"
topo_wire
net_link "$SERVERS" eth1 "$DIRECTOR" eth2
net_addr "$DIRECTOR" eth2 10.3.0.1/24
ip -n "$DIRECTOR" link set eth2 address 02:00:00:00:00:d2
pkt open other "$SERVERS" eth1 02:00:00:00:00:d2
lbctl -R << END
-A -u 192.168.1.111:53 -s rr
-a -u 192.168.1.111:53 -r 172.16.32.110:5353 -m
END
in_ns "$DIRECTOR" python3 "$TMP/mroute.py" "$GROUP" 172.16.32.110 \
	eth1 eth0 eth2 > "$TMP/ready" &
background $!
busywait 5000 ready || skip_all "the kernel does not route multicast"
tests_run fragments not_lost
