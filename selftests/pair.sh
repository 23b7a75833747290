# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034,SC2153 # who sources it has the names
# For tests of two directors of which one takes over from the other: the network,
# by direct routing, NAT and tunnel, and connections that are held meanwhile.

# shellcheck source=directors.sh
. "$(dirname "${BASH_SOURCE[0]}")/directors.sh"
# shellcheck source=hold.sh
. "$(dirname "${BASH_SOURCE[0]}")/hold.sh"

GATEWAY=192.168.1.99

#   CLIENT     DIRECTOR   DIRECTOR2      RS1           RS2
#   .5 | .6       | .11      | .12        | .21         | .31
#      +----------+----------+--- SWITCH -+-------------+     192.168.1.0/24
#
# One director has $VIP and $GATEWAY. By NAT the answers must come back: to .6,
# which the real servers know behind the gateway.
topo_pair()
{
	local rs

	topo_dr
	cleanup_ns "$DIRECTOR"
	modprobe ipip
	net_addr "$CLIENT" eth0 192.168.1.6/24
	for rs in "$RS1" "$RS2"; do
		dr_real_server "$rs" "$VIP"
		ip -n "$rs" route add 192.168.1.6 via $GATEWAY
		ip -n "$rs" link set tunl0 up
	done
}

# director_new NAME N: a machine that has just started, 192.168.1.1N; it has no
# services yet.
director_new()
{
	setup_ns "$1"
	net_link "${!1}" eth0 "$SWITCH" "director$2"
	ip -n "$SWITCH" link set "director$2" master br0
	net_addr "${!1}" eth0 "192.168.1.1$2/24"
	ns_sysctl "${!1}" net.ipv4.ip_forward=1 \
		net.ipv4.conf.{all,eth0}.send_redirects=0
}

# director_gone NS N: nothing of it is left, and none of its processes said so. The
# wire goes first: a namespace that ends loses the module's part before its devices,
# and would reset what it does not know any more.
director_gone()
{
	ip -n "$SWITCH" link del "director$2"
	ip netns pids "$1" | xargs -r kill -9
	cleanup_ns "$1"
	busywait 20000 no_port "director$2"
	check_err $? "$1 is still there"
}

no_port()
{
	! ip -n "$SWITCH" link show "$1" > "$TMP/null" 2>&1
}

# pair_services PORT: by DR at that port, by NAT at the next one, and by tunnel
pair_services()
{
	local port=$1 way

	for way in g m i; do
		cat <<- END
		-A -t $VIP:$port -s rr
		-a -t $VIP:$port -r 192.168.1.21 -$way
		-a -t $VIP:$port -r 192.168.1.31 -$way
		END
		port=$((port + 1))
	done
}

# pair_hold N PORT KIND...: N connections of each kind and by each way, to
# pair_services PORT
pair_hold()
{
	local kind

	for kind in "${@:3}"; do
		holder "DR, $kind" "$1" "$kind" "$2" 192.168.1.5
		holder "NAT, $kind" "$1" "$kind" $(($2 + 1)) 192.168.1.6
		holder "TUN, $kind" "$1" "$kind" $(($2 + 2)) 192.168.1.5
	done
	hold_ready
}
