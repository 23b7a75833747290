#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
#
# Two directors synchronise under a flood, while their daemons, services, link and
# connections come and go, messages are forged, and namespaces with daemons end;
# and the module goes and comes back. The guest's log tells of what goes wrong.

# shellcheck source=../floods.sh
. "$(dirname "$0")/../floods.sh"

MINE=10.99.0.1
PEERS=10.99.0.2

# peer COMMAND...: about the other director
peer()
{
	# shellcheck disable=SC2034,SC2153 # setup_ns has the name
	local DIRECTOR=$PEER

	"$@"
}

services()
{
	lbctl -R <<- END
	-A -u $VIP:53 -s rr
	-a -u $VIP:53 -r ${RS}11 -m
	-a -u $VIP:53 -r ${RS}12 -g
	-A -t $VIP:80 -s sh -p 60
	-a -t $VIP:80 -r ${RS}11 -m
	END
}

link_up()
{
	ip link show dev sync0 > /dev/null 2>&1 ||
		ip link add sync0 type veth peer name sync0 netns "$PEER" ||
		return
	ip addr replace $MINE/24 dev sync0
	ip link set sync0 up
	ip -n "$PEER" addr replace $PEERS/24 dev sync0
	ip -n "$PEER" link set sync0 up
}

# Down, bad, or another one of the same name
by_link()
{
	case $((RANDOM % 3)) in
	0)	ip link set sync0 down ;;
	1)	ip link del sync0 ;;
	2)	tc qdisc replace dev sync0 root netem \
			loss 20% duplicate 20% corrupt 20% delay 2ms 2ms ;;
	esac
	pause 0.2
	link_up
	tc qdisc del dev sync0 root 2> /dev/null
	pause 0.3
	return 0
}

# daemons ADDRESS: each starts at one of several places, or stops.
daemons()
{
	local role words done=1

	for role in master backup; do
		case $((RANDOM % 5)) in
		0)	words=() ;;
		1)	words=(key "$TMP/key") ;;
		2)	words=(peer "$1") ;;
		3)	words=(peer "$1" key "$TMP/key" maxlen 600) ;;
		4)	words=(group 239.0.0.1 ttl 2) ;;
		esac
		if lb_tool sync start $role interface sync0 "${words[@]}"; then
			pause 0.2
			done=0
		else
			lb_tool sync stop $role && done=0
		fi
	done
	return "$done"
}

# All that there is, with another daemon in the place of the one that runs
by_load()
{
	lb_tool load "$TMP/rules.$((RANDOM % 3))"
}

by_requests()
{
	lb_tool sync show && lb_tool sync stats && peer lb_tool conn flush &&
		peer lb_tool sync stats && peer lb_tool conn show &&
		lb_tool config set sync-rate $((RANDOM + 1)) sync-ports $((RANDOM % 3 + 1)) \
			backup-only $((RANDOM % 2))
}

# One that ends with both of its daemons, soon after they began
namespace()
{
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --net busybox sh -c '
		busybox ip link set lo up
		"$1" -A -u 10.0.0.1:53 && "$1" -a -u 10.0.0.1:53 -r 10.0.0.2 -m &&
		"$1" sync start master interface lo peer 127.0.0.1 &&
		"$1" sync start backup interface lo peer 127.0.0.1 &&
		"$1" sync stats' - "$LBCTL"
}

module()
{
	[ -d /sys/module/lb_sync ] || lb_sync_insmod || return
	pause 0.5
	while [ -d /sys/module/lb_sync ]; do
		rmmod lb_sync
	done
}

# What a peer could say, and what is nearly that, until the workers end
forge()
{
	busybox nsenter --net="/run/netns/$PEER" python3 - "$TMP/over" << 'END' &
import os, random, socket, sys
conn = bytes.fromhex("00110024000000000000%04x00350035000000000000003c"
                     "0a0a0a0a0a0001640a00020b" % random.randrange(1, 65536))
trailer = bytes.fromhex("6c62000101000044")
while not os.path.exists(sys.argv[1]):
    sock = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    try:
        sock.bind(("10.99.0.2", 0))
        for i in range(200):
            n = random.randrange(8)
            end = b""
            if random.randrange(2):
                end = trailer + random.randbytes(60)
            size = 8 + 36 * n + len(end)
            msg = bytearray(b"\0\0" + size.to_bytes(2, "big") +
                            bytes([n, 1, 0, 0]) + conn * n + end)
            for j in range(random.randrange(3)):
                msg[random.randrange(len(msg))] = random.randrange(256)
            to = random.choice(("224.0.0.81", "10.99.0.1", "239.0.0.1"))
            sock.setsockopt(socket.SOL_IP, socket.IP_MULTICAST_IF,
                            socket.inet_aton("10.99.0.2"))
            sock.sendto(msg, (to, 8848))
    except OSError:
        pass
    sock.close()
END
	WORKERS+=($!)
	echo 1 > "$TMP/rounds.forge"
}

flood_service()
{
	flood 0 "in0 udp $VIP 53 500 4000" "out0 udp-reply ${RS}11 53 500 4000"
	flood 1 "in0 syn $VIP 80 16 1000" "in0 udp $VIP 53 500 2000"
}

attack()
{
	worker mine daemons $PEERS
	worker peers peer daemons $MINE
	worker load by_load
	worker link by_link
	worker requests by_requests
	worker namespace namespace
	forge
}

# attack_ends NAME...: these have succeeded.
attack_ends()
{
	floods_end
	workers_end "$@"
	link_up
	lb_tool config set sync-rate 200000 backup-only 0
	stop_daemons
	peer stop_daemons
}

stop_daemons()
{
	local role

	for role in $(lb_tool sync show | sed 's/ .*//'); do
		lb_tool sync stop "$role"
		check_err $? "$role does not stop"
	done
	lbctl -C
	lb_tool conn flush
}

# Datagrams are told when others follow.
is_told()
{
	echo "in0 udp $VIP 53 500 500" > /dev/lbgen
	[ "$(peer lb_tool conn show | wc -l)" -ge 500 ]
}

# After all that, they do what they are for.
still_works()
{
	services
	peer services
	lb_tool sync start master interface sync0
	check_err $? "the master does not start"
	peer lb_tool sync start backup interface sync0
	check_err $? "the backup does not start"
	busywait 60000 is_told
	check_err $? "told: $(peer lb_tool conn show | wc -l) of 500,
$(peer lb_tool sync stats)"
	stop_daemons
	peer stop_daemons
}

together()
{
	attack
	flood_service
	attack_ends mine peers load link requests namespace
	still_works
	log_test "daemons, services, links and namespaces come and go"
}

comes_and_goes()
{
	attack
	worker module module
	flood_service
	attack_ends module
	[ -d /sys/module/lb_sync ] || lb_sync_insmod
	check_err $? "lb_sync does not load any more"
	still_works
	lb_unload
	check_err $? "the modules cannot be removed"
	log_test "the module goes and comes back meanwhile"
}

set_up()
{
	local n

	setup_ns PEER
	link_up
	services
	peer services
	echo a key > "$TMP/key"
	echo "sync start master interface sync0 ttl 3" > "$TMP/daemon.1"
	echo "sync start master interface sync0 peer $PEERS" > "$TMP/daemon.2"
	: > "$TMP/daemon.0"
	for n in 0 1 2; do
		lb_tool save - > "$TMP/rules.$n"
		cat "$TMP/daemon.$n" >> "$TMP/rules.$n"
	done
}

{ lb_load && lb_sync_insmod; } || skip_all "the module does not load"
setup_floods || skip_all "no generator of packets"
dmesg_mark
set_up
tests_run together comes_and_goes
