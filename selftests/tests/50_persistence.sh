#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: debug quick
#
# Persistence beyond what the demos show: how long a template holds, and what
# it does when its server drains or goes.

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"

NEXT_PORT=7000

# visit CLIENT SERVICEPORT [udp]: a new flow; SERVER is where it goes.
visit()
{
	local layers="tcp sport=$NEXT_PORT dport=$2 flags=S"

	[ -z "${3-}" ] || layers="udp sport=$NEXT_PORT dport=$2"
	NEXT_PORT=$((NEXT_PORT + 1))
	pkt drain "$SV" > /dev/null
	pkt send "$CL" "$IP src=$1 dst=$VIP / $layers"
	pkt recv "$SV" 1000 > /dev/null
	SERVER=${REPLY#*dst=}
	SERVER=${SERVER%% *}
}

# visit_is CLIENT SERVICEPORT SERVER MESSAGE [udp]
visit_is()
{
	visit "$1" "$2" "${5-}"
	check_eq "$SERVER" "$3" "$4"
}

# service OPTION...: two servers by NAT, whose addresses tell who is chosen.
service()
{
	lbctl -C
	lbctl conn flush
	lbctl -A "$@" || return
	lbctl -R << END
-a $1 $2 -r $(bracket "$RS") -m
-a $1 $2 -r $(bracket "$OTHER_RS") -m
END
}

other_than()
{
	[ "$1" = "$RS" ] && echo "$OTHER_RS" || echo "$RS"
}

# gone CLIENT SERVICEPORT: neither template nor connection is left.
gone()
{
	! lbctl -L -n -c | grep -F " $(bracket "$1"):" |
		grep -qF " $VIP_HOST:$2 "
}

one_mask()
{
	local mask=255.255.0.0 near=10.9.1.1 near_too=10.9.200.7
	local nets="10.9.0.0:0 192.168.0.0:0" first

	[ "$FAMILY" = 4 ] || {
		mask=48 near=2001:db8:9:1::1 near_too=2001:db8:9:200::7
		nets="[2001:db8:1::]:0 [2001:db8:9::]:0"
	}
	service -t "$VIP_HOST:80" -s rr -p 600 -M "$mask"
	visit "$near" 80
	first=$SERVER
	visit_is "$near_too" 80 "$first" "the same network"
	visit "$CIP" 80
	check_eq "$SERVER" "$(other_than "$first")" "another network"
	visit_is "$OTHER_CIP" 80 "$SERVER" "the same as that one"
	check_eq "$(lbctl -L -n -c | awk '$4 ~ /:0$/ { print $4 }' | sort |
		    paste -sd ' ')" "$nets" "templates"
}

mask()
{
	both one_mask
	log_test "persistence: one template for a network"
}

# Once the last connection of a client is gone and the time is over, the next
# one is scheduled anew: with rr, it moves on.
one_expiry()
{
	local first

	service -u "$VIP_HOST:81" -s rr -p 2
	lbctl --set 0 0 1
	visit "$CIP" 81 udp
	first=$SERVER
	visit_is "$CIP" 81 "$first" "a second flow" udp
	busywait 30000 gone "$CIP" 81
	check_err $? "the template does not end"
	visit_is "$CIP" 81 "$(other_than "$first")" "after its end" udp
	lbctl --set 0 0 300
}

expiry()
{
	both one_expiry
	log_test "persistence: a template ends after its timeout"
}

# As long as a connection lives, its template does, whatever the timeout.
one_held()
{
	local first

	service -t "$VIP_HOST:82" -s rr -p 1
	visit "$CIP" 82
	first=$SERVER
	pkt send "$CL" "$IP src=$CIP dst=$VIP / tcp dport=82 flags=A" \
	    "sport=$((NEXT_PORT - 1))"
	# That timeout has passed when this one has.
	lbctl --set 0 0 1
	lbctl -A -u "$VIP_HOST:82" -s rr -p 3
	lbctl -a -u "$VIP_HOST:82" -r "$(bracket "$RS_TUN")" -m
	visit "$OTHER_CIP" 82 udp
	busywait 30000 gone "$OTHER_CIP" 82
	check_err $? "the other template does not end"
	lbctl -L -n -c | grep -qF " $(bracket "$CIP"):0 "
	check_err $? "no template"
	visit_is "$CIP" 82 "$first" "a connection holds the template"
	visit_is "$CIP" 82 "$first" "a connection holds the template"
	lbctl --set 900 120 300
}

held()
{
	both one_held
	log_test "persistence: a connection holds its template"
}

one_drained()
{
	local first

	service -t "$VIP_HOST:83" -s rr -p 600
	visit "$CIP" 83
	first=$SERVER
	lbctl -e -t "$VIP_HOST:83" -r "$(bracket "$first")" -m -w 0
	visit_is "$CIP" 83 "$first" "its client stays with a drained server"
	visit_is "$OTHER_CIP" 83 "$(other_than "$first")" "a new client does not"
	visit_is "$BEHIND" 83 "$(other_than "$first")" "nor does the next"
}

drained()
{
	both one_drained
	log_test "persistence: a drained server keeps its clients"
}

one_removed()
{
	local first

	service -t "$VIP_HOST:84" -s rr -p 600
	visit "$CIP" 84
	first=$SERVER
	lbctl -d -t "$VIP_HOST:84" -r "$(bracket "$first")"
	visit_is "$CIP" 84 "$(other_than "$first")" "scheduled anew"
	lbctl -a -t "$VIP_HOST:84" -r "$(bracket "$first")" -m
	visit_is "$CIP" 84 "$(other_than "$first")" "and stays there"
}

removed()
{
	both one_removed
	log_test "persistence: a removed server's clients move"
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119 # no words
topo_wire6
tests_beside held
tests_run mask expiry drained removed
