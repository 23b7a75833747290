# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# For tests of how long connections and templates live: a service with two real
# servers, and what one client sends, on topo_wire6 by either family.

# shellcheck source=families.sh
. "$(dirname "${BASH_SOURCE[0]}")/families.sh"

# The client's port
NEXT_PORT=5000

# service FORWARD [OPTION...]: at port 80, of TCP unless $PROTO says otherwise.
# The servers' addresses tell who is chosen. Of connections nothing is left.
service()
{
	local proto=${PROTO:--t} server

	lbctl -C
	[ "$LB_SUT" = ipvs ] || lbctl conn flush
	setting conn_reuse_mode 1 expire_nodest_conn 0 \
		expire_quiescent_template 0
	lbctl --set 900 120 300
	{
		echo "-A $proto $VIP_HOST:80 -s rr ${*:2}"
		for server in "$RS" "$OTHER_RS"; do
			echo "-a $proto $VIP_HOST:80 -r $(bracket "$server"):80 $1"
		done
	} | lbctl -R
	NEXT_PORT=$((NEXT_PORT + 1))
}

# edit SERVER OPTION...
edit()
{
	lbctl -e "${PROTO:--t}" "$VIP_HOST:80" -r "$(bracket "$1"):80" "${@:2}"
}

remove()
{
	lbctl -d "${PROTO:--t}" "$VIP_HOST:80" -r "$(bracket "$1"):80"
}

other_than()
{
	[ "$1" = "$RS" ] && echo "$OTHER_RS" || echo "$RS"
}

# client FLAGS [PORT [SENDER]]: a segment from its port; U is a datagram.
client()
{
	local port=${2:-$NEXT_PORT} layer

	layer="tcp sport=$port dport=80 flags=$1"
	[ "$1" != U ] || layer="udp sport=$port dport=80 / data 10"
	pkt drain "$SV" > /dev/null
	pkt drain "$CL" > /dev/null
	pkt send "$CL" "$IP src=${3:-$CIP} dst=$VIP / $layer"
}

# server WHICH FLAGS [PORT]
server()
{
	local port=${3:-$NEXT_PORT} layer

	layer="tcp sport=80 dport=$port flags=$2"
	[ "$2" != U ] || layer="udp sport=80 dport=$port / data 10"
	pkt send "$SV" "$IP src=$1 dst=$CIP / $layer"
}

# goes_to SERVER MESSAGE, by NAT
goes_to()
{
	pkt recv "$SV" 2000 > /dev/null
	check_match "$REPLY" " dst=$1 " "$2"
}

# chosen: by NAT, who gets the packet.
chosen()
{
	pkt recv "$SV" 2000 > /dev/null
	REPLY=${REPLY#*dst=}
	echo "${REPLY%% *}"
}

# server_of: what the connection was given; packets by DR do not tell.
server_of()
{
	lbctl -L -n -c | awk -v client="$CIP_HOST:$NEXT_PORT" '
		$4 == client { gsub(/^\[|\]?:80$/, "", $6); print $6 }'
}

# close_conn SERVER [PORT]: the connection is in TIME_WAIT.
close_conn()
{
	client A "${2-}"
	server "$1" FA "${2-}"
	client FA "${2-}"
}

# state_is STATE: of the connection
state_is()
{
	lbctl -L -n -c | grep -F " $CIP_HOST:$NEXT_PORT " | grep -q " $1 "
}

# left WITHIN FROM [PORT]: it ends in WITHIN to FROM seconds; the template, if
# the port is 0.
left()
{
	lbctl -L -n -c | awk -v client="$CIP_HOST:${3:-$NEXT_PORT}" \
	    -v to="$1" -v from="$2" '
	$4 == client {
		split($2, time, ":")
		left = time[1] * 60 + time[2]
		if (left >= to && left <= from)
			found = 1
	}
	END { exit !found }'
}
