# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034
# What the benchmarks share that run in the guest: two dummy devices, frames
# that seem to come from them, and the directors to compare.
#
#            10.0.1.1/24        10.0.2.1/24
#   clients ----- in0 [ director ] out0 ----- real servers
#   10.1.0.0/16 by 10.0.1.2           10.0.2.11 to .14
#   fd00:10::/32 by fd00:1::2         fd00:2::11 to ::14
#
# lbgen hands frames to one device as if they had been received; the other one
# counts what leaves by it, and drops it.

VIP=10.0.1.100
SERVERS=10.0.2.
PORT=9000
TIME=0
FASTPATH=auto
SYNC=
IPVS_OPTIONS=

declare -A OTHER=([in0]=out0 [out0]=in0)

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# grow_neighbours FORMAT: let the table of neighbours have a thousand buckets. It
# begins with eight, and which servers share one is another with each boot: up
# to five instructions a packet.
grow_neighbours() {
	local verb host more

	for verb in add del; do
		more="dev out0"
		[ $verb = del ] ||
			more+=" lladdr 02:00:00:00:00:01 nud permanent"
		for ((host = 0; host < 1024; host++)); do
			# shellcheck disable=SC2059 # a format
			printf "neigh $verb $1 $more\n" \
				$((host / 256)) $((host % 256))
		done | ip -batch -
	done
}

bench_setup() {
	local dev host

	modprobe -a dummy ipip nf_tables pktgen ip_vs_rr
	insmod "build/$LB_LABEL-lbgen/lbgen.ko"
	sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.all.rp_filter=0 \
		net.ipv4.conf.default.rp_filter=0 \
		net.ipv6.conf.default.disable_ipv6=1
	for dev in in0 out0; do
		ip link add $dev type dummy
		ip link set $dev arp on up
	done
	ip addr add 10.0.1.1/24 dev in0
	ip addr add $VIP/32 dev in0
	ip addr add 10.0.2.1/24 dev out0
	grow_neighbours 10.3.%d.%d
	ip neigh add 10.0.1.2 lladdr 02:00:00:00:01:02 dev in0 nud permanent
	ip route add 10.1.0.0/16 via 10.0.1.2
	for host in 11 12 13 14; do
		ip neigh add 10.0.2.$host lladdr 02:00:00:00:02:$host \
			dev out0 nud permanent
	done
	settle
}

# From here on, clients and servers speak IPv6. It is off before, lest its own
# packets are in the price of others.
speak_ipv6() {
	local dev host

	VIP=fd00:1::100
	SERVERS=fd00:2::
	sysctl -qw net.ipv6.conf.all.forwarding=1
	for dev in in0 out0; do
		sysctl -qw net.ipv6.conf.$dev.{accept_dad,accept_ra}=0 \
			net.ipv6.conf.$dev.addr_gen_mode=1 \
			net.ipv6.conf.$dev.disable_ipv6=0
	done
	ip addr add fd00:1::1/64 dev in0 nodad
	ip addr add $VIP/128 dev in0 nodad
	ip addr add fd00:2::1/64 dev out0 nodad
	grow_neighbours fd00:3::%d:%d
	ip neigh add fd00:1::2 lladdr 02:00:00:00:01:02 dev in0 nud permanent
	ip route add fd00:10::/32 via fd00:1::2
	for host in 11 12 13 14; do
		ip neigh add fd00:2::$host lladdr 02:00:00:00:02:$host \
			dev out0 nud permanent
	done
	settle
}

# Let workers end what they do, of the boot or of what was measured before. An
# idle machine that counts instructions does not really sleep.
settle() {
	sleep 5
}

# least VARIABLE VALUE: keep the least of the values. Now and then a worker of
# the kernel runs while packets are sent, which only adds to their price.
least() {
	local -n least_yet=$1

	[ -n "$least_yet" ] && [ "$least_yet" -le "$2" ] || least_yet=$2
}

# send DEVICE KIND SERVER PORT FLOWS COUNT: put the nanoseconds into TIME.
# Unless DROPPED is set, all COUNT frames must leave.
send() {
	local counter=/sys/class/net/${OTHER[$1]}/statistics/tx_packets
	local before left fd

	before=$(<"$counter")
	if [ "$2" = pktgen ]; then
		send_pktgen "$@"
	else
		exec {fd}<>/dev/lbgen
		echo "$*" >&"$fd"
		read -r TIME <&"$fd"
		exec {fd}>&-
	fi
	left=$(($(<"$counter") - before))
	[ -n "${DROPPED-}" ] || [ $left -eq "$6" ] ||
		die "$SUBJECT: of $6 $2 frames in $5 flows, $left left"
}

# The same flows, in order, by pktgen. It keeps a reference to each frame, so
# that whoever writes to it must copy it first: all but what works at ingress
# then costs some hundred instructions more than with frames of a device.
send_pktgen() {
	local dev=$1 server=$3 port=$4 last=$(($5 - 1)) count=$6
	local proc=/proc/net/pktgen
	local word us

	echo rem_device_all >$proc/kpktgend_0
	echo "add_device $dev" >$proc/kpktgend_0
	for word in "count $count" "clone_skb 0" "pkt_size 60" "delay 0" \
		"xmit_mode netif_receive" "burst 1" "dst $server" \
		"dst_mac $(<"/sys/class/net/$dev/address")" \
		"udp_dst_min $port" "udp_dst_max $port" \
		"udp_src_min 1024" "udp_src_max 1024" "src_min 10.1.0.0" \
		"src_max 10.1.$((last / 256)).$((last % 256))"; do
		echo "$word" >"$proc/$dev"
	done
	echo start >$proc/pgctrl
	us=$(sed -n 's/^Result: OK: \([0-9]*\).*/\1/p' "$proc/$dev")
	TIME=$((us * 1000))
}

# --- prices --------------------------------------------------------------

declare -A base

# per_packet DEVICE KIND SERVER FLOWS: put a known flow's price into PRICE.
per_packet() {
	local count=$(($4 < 4096 ? 4096 : $4 > 65536 ? 65536 : $4))

	PRICE=
	for _ in 1 2 3; do
		send "$1" "$2" "$3" "$PORT" "$4" $count
		least PRICE "$TIME"
	done
	PRICE=$((PRICE / count - ${base[$2]:-0}))
}

# measure_generator KIND...: what making and receiving a frame costs, with a
# drop at ingress.
measure_generator() {
	local kind dev

	DROPPED=1
	for dev in in0 out0; do
		nft "add table netdev bench; add chain netdev bench $dev {
			type filter hook ingress device $dev priority 0;
			policy drop; }"
	done
	for kind; do
		dev=in0
		[[ $kind != *-reply ]] || dev=out0
		base[$kind]=0
		per_packet $dev "$kind" $VIP 4096
		base[$kind]=$PRICE
	done
	DROPPED=
	nft delete table netdev bench
}

# --- directors -----------------------------------------------------------

declare -A OPTION=([dr]=-g [nat]=-m [tun]=-i [gre]="-i --tun-type gre"
		   [gue]="-i --tun-type gue --tun-port 6080")

# director lb|ipvs|nft METHOD SERVERS PROTO: only this one, for a port that is
# new, so that no connection of before is found. With SYNC it is a master.
director() {
	PORT=$((PORT + 1))
	[ ! -d /sys/module/lb_sync ] || rmmod lb_sync
	[ ! -d /sys/module/lb ] || rmmod lb
	ipvsadm -C
	case $1 in
	lb)	lb_load
		services "$LBCTL" "$2" "$3" "$4" ;;
	ipvs)	ipvs_load
		services ipvsadm "$2" "$3" "$4" ;;
	nft)	nft_dnat "$2" "$3" "$4" ;;
	esac
	[ -z "$SYNC" ] || sync_start "$1"
}

# Begin with an empty table, so that each pays for its growth.
lb_load() {
	insmod "$LB_KO"
	"$LBCTL" config set fastpath "$FASTPATH"
}

sync_start() {
	local tool=ipvsadm

	if [ ! -e /sys/class/net/sync0 ]; then
		ip link add sync0 up type veth peer sync1
		ip link set sync1 up
		ip addr add 10.0.9.1/24 dev sync0
	fi
	if [ "$1" = lb ]; then
		tool=$LBCTL
		insmod "${LB_KO%/*}/sync/lb_sync.ko"
	fi
	"$tool" --start-daemon master --mcast-interface sync0
}

# IPVS remembers connections of services that are gone.
ipvs_load() {
	modprobe -r ip_vs_rr ip_vs
	# shellcheck disable=SC2086 # maybe none
	modprobe ip_vs $IPVS_OPTIONS
	modprobe ip_vs_rr
}

services() {
	local tool=$1 method=$2 servers=$3 proto=$4
	local form=%s:%d service server host

	[[ $VIP != *:* ]] || form="[%s]:%d"
	# shellcheck disable=SC2059 # a format
	printf -v service "$form" $VIP $PORT
	"$tool" -C
	"$tool" -A "-${proto:0:1}" "$service" -s rr
	for ((host = 11; host < 11 + servers; host++)); do
		# shellcheck disable=SC2059 # a format
		printf -v server "$form" "$SERVERS$host" $PORT
		# shellcheck disable=SC2086 # options are words
		"$tool" -a "-${proto:0:1}" "$service" -r "$server" \
			${OPTION[$method]}
	done
}

# Conntrack has hooks only while a table asks for it.
nft_dnat() {
	local method=$1 servers=$2 proto=$3
	local map host

	for ((host = 0; host < servers; host++)); do
		map+="${map:+, }$host : 10.0.2.$((11 + host))"
	done
	nft_clear bench
	nft "table ip bench {
		chain pre {
			type nat hook prerouting priority dstnat;
			ip daddr $VIP $proto dport $PORT dnat to \
				numgen inc mod $servers map { $map }
		}
	}"
	[ "$method" = dnat ] || nft "table ip bench {
		flowtable fast {
			hook ingress priority 0; devices = { in0, out0 };
		}
		chain forward {
			type filter hook forward priority 0;
			meta l4proto { tcp, udp } flow add @fast
		}
	}"
}

nft_clear() {
	nft "add table ip $1; delete table ip $1"
}

# foreign HOOK...: empty chains of nobody's at these hooks
foreign() {
	local hook

	nft_clear foreign
	for hook; do
		nft "add table ip foreign; add chain ip foreign $hook {
			type filter hook $hook priority 0; }"
	done
}
