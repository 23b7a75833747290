#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
# CPUs: 1
# Everything that the offloads make of packets, through every forwarding method,
# to devices that cut for themselves and to devices that do not: each segment
# arrives, with headers and checksums as they would be if each had come alone.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
VIP6=2001:db8:1::111
METHODS="nat dr ipip gre grec gue guec guer ipipx guecx"
OFF="tx off tso off gso off tx-udp-segmentation off"
ON="tx on tso on gso on tx-udp-segmentation on"

#   CLIENT                 SWITCH                 SERVERS
#     | eth0           c0 |      | s1            eth0 |
#     +-------------------+      +--------------------+
#                      c1 |      | s0
#                         DIRECTOR
#                   eth0            eth1
#
# The switch decides by the offloads of c1 and s0 in which form packets come to
# the director, and cuts at c0 and s1 what comes from it in one piece, as a network
# card would: by what the director has said about the packet.
topo()
{
	local end

	setup_ns CLIENT DIRECTOR SERVERS SWITCH
	net_link "$CLIENT" eth0 "$SWITCH" c0
	net_link "$SWITCH" c1 "$DIRECTOR" eth0
	net_link "$SWITCH" s0 "$DIRECTOR" eth1
	net_link "$SERVERS" eth0 "$SWITCH" s1
	for end in c s; do
		ip -n "$SWITCH" link add br$end up type bridge forward_delay 0
		ip -n "$SWITCH" link set ${end}0 master br$end
		ip -n "$SWITCH" link set ${end}1 master br$end
	done
	ns_sysctl "$DIRECTOR" net.ipv6.conf.{all,default}.addr_gen_mode=1
	enable_ipv6 "$DIRECTOR"
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
	ip -n "$CLIENT" link set eth0 address 02:00:00:00:00:c0
	ip -n "$SERVERS" link set eth0 address 02:00:00:00:00:50
	addresses | ip -n "$DIRECTOR" -b -
	pkt_start
	pkt open client "$CLIENT" eth0 02:00:00:00:00:d0 whole
	pkt open client6 "$CLIENT" eth0 02:00:00:00:00:d0 whole ipv6
	pkt open server "$SERVERS" eth0 02:00:00:00:00:d1 whole
	pkt open server6 "$SERVERS" eth0 02:00:00:00:00:d1 whole ipv6
}

addresses()
{
	local n

	echo link set eth0 address 02:00:00:00:00:d0
	echo link set eth1 address 02:00:00:00:00:d1
	echo addr add $VIP/24 dev eth0
	echo addr add 172.16.32.111/16 dev eth1
	echo addr add $VIP6/64 dev eth0 nodad
	echo addr add 2001:db8:2::111/64 dev eth1 nodad
	for n in 192.168.1.5 2001:db8:1::5; do
		echo neigh add $n lladdr 02:00:00:00:00:c0 dev eth0
	done
	for n in 172.16.32. 2001:db8:2::; do
		echo neigh add ${n}110 lladdr 02:00:00:00:00:50 dev eth1
	done
}

# method_of NAME FAMILY: OPTIONS of the real server, and what is before the
# client's packet when it gets there, in WRAP
method_of()
{
	local outer="ip src=172.16.32.111 dst=172.16.32.110 ttl=63"
	local gue="udp dport=6080" to=172.16.32.110

	if [[ $2$1 == 6*[!x] || $2$1 == 4*x ]]; then
		outer="ip6 src=2001:db8:2::111 dst=2001:db8:2::110 hlim=63"
		to="[2001:db8:2::110]"
	fi
	# An IPv6 packet must not be cut, wherever it is.
	[[ $2$1 != 6*x ]] || outer+=" df"
	WRAP=
	case $1 in
	nat)	OPTIONS="-r $to:8000 -m" ;;
	dr)	OPTIONS="-r $to -g" ;;
	ipip*)	OPTIONS="-r $to -i"
		WRAP="$outer / " ;;
	gre)	OPTIONS="-r $to -i --tun-type gre"
		WRAP="$outer / gre / " ;;
	grec)	OPTIONS="-r $to -i --tun-type gre --tun-csum"
		WRAP="$outer / gre csum / " ;;
	gue)	OPTIONS="-r $to -i --tun-type gue --tun-port 6080 --tun-nocsum"
		WRAP="$outer / $gue csum=none / gue / " ;;
	guec*)	OPTIONS="-r $to -i --tun-type gue --tun-port 6080 --tun-csum"
		WRAP="$outer / $gue / gue / " ;;
	guer)	OPTIONS="-r $to -i --tun-type gue --tun-port 6080"
		OPTIONS+=" --tun-remcsum"
		WRAP="$outer / $gue / gue / " ;;
	esac
}

services()
{
	local method port=100 proto

	for method in $METHODS; do
		for proto in -t -u; do
			method_of "$method" 4
			echo "-A $proto $VIP:$port -s rr"
			echo "-a $proto $VIP:$port $OPTIONS"
			method_of "$method" 6
			echo "-A $proto [$VIP6]:$port -s rr"
			echo "-a $proto [$VIP6]:$port $OPTIONS"
		done
		port=$((port + 1))
	done | lbctl -R
}

# l4 PROTO SPORT DPORT
l4()
{
	L4="udp sport=$2 dport=$3"
	[ "$1" = udp ] || L4="tcp sport=$2 dport=$3 seq=0 ack=0 flags=A"
}

# flow METHOD PORT FAMILY PROTO: what the client sends in IN, what the server
# gets in OUT, and the wires; the same for its answers by NAT
flow()
{
	local src=192.168.1.5 dst=$VIP server=172.16.32.110 ip=ip ttl=ttl

	FROM=client TO=server
	if [ "$3" = 6 ]; then
		src=2001:db8:1::5 dst=$VIP6 server=2001:db8:2::110
		ip=ip6 ttl=hlim FROM=client6 TO=server6
	fi
	case $3$1 in
	4*x)	TO=server6 ;;
	6*x)	TO=server ;;
	esac
	method_of "$1" "$3"
	l4 "$4" 3000 "$2"
	IN="$ip src=$src dst=$dst / $L4"
	OUT="$WRAP$ip src=$src dst=$dst $ttl=63 / $L4"
	[ "$1" = nat ] || return
	l4 "$4" 3000 8000
	OUT="$ip src=$src dst=$server $ttl=63 / $L4"
	l4 "$4" 8000 3000
	BACK_IN="$ip src=$server dst=$src / $L4"
	l4 "$4" "$2" 3000
	BACK_OUT="$ip src=$dst dst=$src $ttl=63 / $L4"
}

# each FUNCTION: call it for each flow; METHOD is that of the service.
each()
{
	local port=100 family proto

	for METHOD in $METHODS; do
		for family in 4 6; do
			for proto in udp tcp; do
				flow "$METHOD" "$port" "$family" "$proto"
				FLOW="$METHOD, IPv$family, $proto"
				"$1"
			done
		done
		port=$((port + 1))
	done
}

# begin: with a packet that has little to do with the offloads. The director
# itself may tell of its groups of multicast meanwhile.
begin()
{
	pkt send "$FROM" "${IN/flags=A/flags=S}"
	pkt recv "$TO" 3000 "(udp|tcp)" > /dev/null
	check_match "$REPLY" "^ip.* / (udp|tcp) " "$FLOW: no first packet"
	[ "$METHOD" = nat ] || return
	pkt send "$TO" "$BACK_IN"
	pkt recv "$FROM" 3000 "(udp|tcp)" > /dev/null
	check_match "$REPLY" "^ip.* / (udp|tcp) " "$FLOW: no answer"
}

# cross WISH SIZES FROM TO IN OUT
cross()
{
	pkt send "$3" "$1" "$5 / data $((${2//+/ + }))"
	pkt gather "$4" 3000 "$6 / data $((${2//+/ + }))" > /dev/null
	check_eq "$REPLY" "$6 / data $2" "$FLOW, $HOW"
	[ "$REPLY" = "$6 / data $2" ] || pkt drain "$4" > /dev/null
}

send()
{
	cross "$WISH" "$SIZES" "$FROM" "$TO" "$IN" "$OUT"
	[ "$METHOD" != nat ] ||
		cross "$WISH" "$SIZES" "$TO" "$FROM" "$BACK_IN" "$BACK_OUT"
}

# offload NS DEV OPTION...: words of ethtool
offload()
{
	local words

	read -ra words <<< "${*:3}"
	in_ns "$1" ethtool -K "$2" "${words[@]}" > /dev/null
	check_err $? "no such offload: ${*:2}"
}

# cuts: who does so with what the director sends, as HOW says
cuts()
{
	local how=$OFF dev

	[ "$HOW" = "the stack cuts" ] || how=$ON
	for dev in eth0 eth1; do
		offload "$DIRECTOR" "$dev" "$how"
	done
}

# through IN OPTION...: all that can be sent, in packets that come with these
# offloads of the switch, and are received with these OPTIONs; of the director
# devices cut and compute, then it does so itself.
through()
{
	local dev

	for dev in c1 s0; do
		offload "$SWITCH" "$dev" "$1"
	done
	for dev in eth0 eth1; do
		offload "$DIRECTOR" "$dev" gro off rx-gro-list off \
			rx-udp-gro-forwarding off "${@:2}"
	done
	for HOW in "the device cuts" "the stack cuts"; do
		cuts
		paths
		each send
		took "$HOW" "$TAKES"
	done
}

whole()
{
	services
	each begin
	through "$ON"
	log_test "offloads: packets that arrive in one piece"
}

# The last segment of TCP belongs to the socket of its sender, who is on the same
# machine, and is not merged with others.
merged()
{
	TAKES="66 fast" through "$OFF" gro on rx-udp-gro-forwarding on
	log_test "offloads: packets that GRO merged"
}

list()
{
	TAKES="66 fast" through "$OFF" gro on rx-gro-list on
	TAKES="66 fast" through "$OFF tx on" gro on rx-gro-list on
	log_test "offloads: packets that GRO put into a list"
}

partial()
{
	WISH=partial SIZES=900 through "$ON"
	log_test "offloads: packets whose checksum is left to a device"
}

single()
{
	TAKES="132 fast" through "$OFF"
	log_test "offloads: packets that arrive one by one"
}

# tunnel_of NS ADDRESS: a tunnel to the virtual address, and pkt's end of it
tunnel_of()
{
	modprobe -a ipip fou 2> /dev/null
	ip -n "$1" link add gue0 up type ipip local "$2" remote "$VIP" \
		nopmtudisc encap gue encap-sport 999 encap-dport 6080
	check_err $? "no tunnel"
	pkt open inner "$1" gue0 00:00:00:00:00:00 whole bare
}

# by_tunnel NS ADDRESS TTL METHOD: what is in this tunnel is for a device to cut,
# or has a checksum for it to complete, while that of the tunnel is whole, or
# there is none. To the service it is UDP.
by_tunnel()
{
	local inner="ip src=10.1.1.1 dst=10.1.1.2 ttl=64 / $L4" csum to=$VIP
	local check out

	[ "$4" != nat ] || to=172.16.32.110
	method_of "$4" 4
	# shellcheck disable=SC2086 # options are words
	lbctl -e -u "$VIP:6080" -r 172.16.32.110:6080 ${OPTIONS#-r * }
	for check in encap-csum noencap-csum; do
		GUE_PORT=$((GUE_PORT + 1))
		in_ns "$1" /usr/sbin/ip link change gue0 type ipip \
			local "$2" remote "$VIP" nopmtudisc encap gue \
			encap-sport "$GUE_PORT" encap-dport 6080 "$check"
		csum=" csum=none"
		[ "$check" != encap-csum ] || csum=
		FLOW="$4, of a tunnel from $2, $check"
		out="${WRAP//ttl=63/ttl=$3}ip src=$2 dst=$to ttl=$3 /"
		out+=" udp dport=6080$csum / gue / $inner"
		cross partial 900 inner server "$inner" "$out"
		cross gso=1000 1000+1000+700 inner server "$inner" "$out"
		cross gso=1000 1000+1000+700 inner server "$inner" "$out"
	done
}

nested()
{
	local dev method

	l4 tcp 5 6
	for dev in c1 s0; do
		offload "$SWITCH" "$dev" "$ON"
	done
	ip -n "$CLIENT" addr add 192.168.1.5/24 dev eth0
	ip -n "$CLIENT" neigh add "$VIP" lladdr 02:00:00:00:00:d0 dev eth0
	lbctl -A -u "$VIP:6080" -s rr
	lbctl -a -u "$VIP:6080" -r 172.16.32.110:6080 -m
	tunnel_of "$CLIENT" 192.168.1.5
	for HOW in "the device cuts" "the stack cuts"; do
		cuts
		for method in nat dr ipip gre grec gue guec; do
			by_tunnel "$CLIENT" 192.168.1.5 63 "$method"
		done
	done
	tunnel_of "$DIRECTOR" "$VIP"
	for method in nat dr ipip grec guec; do
		by_tunnel "$DIRECTOR" "$VIP" 64 "$method"
	done
	log_test "offloads: what is about a packet inside"
}

lb_load || skip_all "the module does not load"
topo
# As they cross the wires: in three segments, each a packet, but one to lb
WISH=gso=1000
SIZES=1000+1000+700
TAKES="44 fast"
offload "$SWITCH" c0 "$OFF"
offload "$SWITCH" s1 "$OFF"
GUE_PORT=4000
tests_run whole merged list partial single nested
