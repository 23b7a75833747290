#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.12 debug quick
#
# Persistence beyond what the demos show: how long a template holds, and what
# it does when its server drains or goes.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
NEXT_PORT=7000

# visit CLIENT SERVICEPORT [udp]: a new flow; SERVER is where it goes.
visit()
{
	local layers="tcp sport=$NEXT_PORT dport=$2 flags=S"

	[ -z "${3-}" ] || layers="udp sport=$NEXT_PORT dport=$2"
	NEXT_PORT=$((NEXT_PORT + 1))
	pkt drain server > /dev/null
	pkt send client "ip src=$1 dst=$VIP / $layers"
	pkt recv server 1000 > /dev/null
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
	lbctl -A "$@" || return
	lbctl -R << END
-a $1 $2 -r 172.16.32.110 -m
-a $1 $2 -r 172.16.32.112 -m
END
}

other_than()
{
	[ "$1" = 172.16.32.110 ] && echo 172.16.32.112 || echo 172.16.32.110
}

# gone CLIENT SERVICEPORT: neither template nor connection is left.
gone()
{
	! lbctl -L -n -c | grep -q " $1:.* $VIP:$2 "
}

mask()
{
	local first

	service -t "$VIP:80" -s rr -p 600 -M 255.255.0.0
	visit 10.9.1.1 80
	first=$SERVER
	visit_is 10.9.200.7 80 "$first" "the same /16"
	visit 192.168.1.5 80
	check_eq "$SERVER" "$(other_than "$first")" "another /16"
	visit_is 192.168.1.6 80 "$SERVER" "the same as that one"
	check_eq "$(lbctl -L -n -c | awk '$4 ~ /:0$/ { print $4 }' | sort |
		    paste -sd ' ')" "10.9.0.0:0 192.168.0.0:0" "templates"
	log_test "persistence: one template for a network"
}

# Once the last connection of a client is gone and the time is over, the next
# one is scheduled anew: with rr, it moves on.
expiry()
{
	local first

	service -u "$VIP:81" -s rr -p 2
	lbctl --set 0 0 1
	visit 192.168.1.5 81 udp
	first=$SERVER
	visit_is 192.168.1.5 81 "$first" "a second flow" udp
	busywait 30000 gone 192.168.1.5 81
	check_err $? "the template does not end"
	visit_is 192.168.1.5 81 "$(other_than "$first")" "after its end" udp
	lbctl --set 0 0 300
	log_test "persistence: a template ends after its timeout"
}

# As long as a connection lives, its template does, whatever the timeout.
held()
{
	local first

	service -t "$VIP:82" -s rr -p 1
	visit 192.168.1.5 82
	first=$SERVER
	pkt send client "ip src=192.168.1.5 dst=$VIP / tcp dport=82 flags=A" \
	    "sport=$((NEXT_PORT - 1))"
	# That timeout has passed when this one has.
	lbctl --set 0 0 1
	lbctl -A -u "$VIP:82" -s rr -p 3
	lbctl -a -u "$VIP:82" -r 172.16.32.113 -m
	visit 192.168.1.6 82 udp
	busywait 30000 gone 192.168.1.6 82
	check_err $? "the other template does not end"
	lbctl -L -n -c | grep -q " 192.168.1.5:0 "
	check_err $? "no template"
	visit_is 192.168.1.5 82 "$first" "a connection holds the template"
	visit_is 192.168.1.5 82 "$first" "a connection holds the template"
	lbctl --set 900 120 300
	log_test "persistence: a connection holds its template"
}

drained()
{
	local first

	service -t "$VIP:83" -s rr -p 600
	visit 192.168.1.5 83
	first=$SERVER
	lbctl -e -t "$VIP:83" -r "$first" -m -w 0
	visit_is 192.168.1.5 83 "$first" "its client stays with a drained server"
	visit_is 192.168.1.6 83 "$(other_than "$first")" "a new client does not"
	visit_is 10.9.0.1 83 "$(other_than "$first")" "nor does the next"
	log_test "persistence: a drained server keeps its clients"
}

removed()
{
	local first

	service -t "$VIP:84" -s rr -p 600
	visit 192.168.1.5 84
	first=$SERVER
	lbctl -d -t "$VIP:84" -r "$first"
	visit_is 192.168.1.5 84 "$(other_than "$first")" "scheduled anew"
	lbctl -a -t "$VIP:84" -r "$first" -m
	visit_is 192.168.1.5 84 "$(other_than "$first")" "and stays there"
	log_test "persistence: a removed server's clients move"
}

lb_load || skip_all "the module does not load"
topo_wire
tests_run mask expiry held drained removed
