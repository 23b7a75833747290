#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which real server each of many connections goes to, by each scheduler, while
# weights change, connections end, and servers come and go.
#
# Kernels: 7.2 quick
# CPUs: 1

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

setup()
{
	local host

	topo_wire
	for host in {120..127}; do
		echo neigh add "172.16.32.$host" lladdr 02:00:00:00:00:50 dev eth1
	done | ip -n "$DIRECTOR" -b -
	ip -n "$DIRECTOR" route add local 10.8.0.0/16 dev lo
	in_ns "$DIRECTOR" /usr/sbin/iptables -t mangle -A PREROUTING \
		-d 10.8.0.0/16 -j MARK --set-mark 7
}

# begin SCHEDULER: each has a service and client ports of its own, since
# connections outlive services.
SERVICE_PORT=8000
begin()
{
	SERVICE_PORT=$((SERVICE_PORT + 1))
	FIRST_PORT=$(((SERVICE_PORT - 7900) * 100))
	NEXT_PORT=$FIRST_PORT
	SERVICE=(-t "192.168.1.111:$SERVICE_PORT")
	: > "$TMP/plan"
	lbctl -A "${SERVICE[@]}" -s "$1"
}

# begin_marked SCHEDULER [OPTION]...: a service for all addresses that visit
# asks for. Clients do not use a port for two services: at their common real
# servers the connections would be one.
MARKED_PORT=25000
begin_marked()
{
	SERVICE_PORT=$((SERVICE_PORT + 1))
	NEXT_PORT=$MARKED_PORT
	SERVICE=(-f 7)
	: > "$TMP/plan"
	lbctl -A "${SERVICE[@]}" -s "$@"
}

# from_clients: a packet for each line "CLIENTPORT FLAGS".
from_clients()
{
	local port flags

	while read -r port flags; do
		echo "send client ip src=192.168.1.5 dst=192.168.1.111 /" \
		     "tcp sport=$port dport=$SERVICE_PORT flags=$flags"
	done > "$TMP/packets"
	pkt run "$TMP/packets"
}

# connect N: that many connections, all established.
connect()
{
	local last=$((NEXT_PORT + $1)) port

	echo "$NEXT_PORT $last" >> "$TMP/plan"
	for ((port = NEXT_PORT; port < last; port++)); do
		printf '%d S\n%d A\n' "$port" "$port"
	done | from_clients
	NEXT_PORT=$last
}

# visit N: as many connections, each of a client of its own, and to another
# address.
visit()
{
	local last=$((NEXT_PORT + $1)) port

	echo "$NEXT_PORT $last" >> "$TMP/plan"
	for ((port = NEXT_PORT; port < last; port++)); do
		echo "send client ip src=10.9.$((port % 97)).$((port % 251))" \
		     "dst=10.8.$((port % 89)).$((port % 241)) /" \
		     "tcp sport=$port dport=$SERVICE_PORT flags=S"
	done > "$TMP/packets"
	pkt run "$TMP/packets"
	NEXT_PORT=$last
	MARKED_PORT=$last
}

# finish N...: the client ends those of its connections, so that they count as
# inactive.
finish()
{
	local n

	for n in "$@"; do
		echo "$((FIRST_PORT + n)) FA"
	done | from_clients
}

# change "a|e|d SERVER [WEIGHT]"...: of the service's real servers, in one go.
change()
{
	local command host weight

	printf '%s\n' "$@" >> "$TMP/plan"
	printf '%s\n' "$@" | while read -r command host weight; do
		echo "-$command ${SERVICE[*]}" \
		     "-r 172.16.32.$host:80 ${weight:+-m -w $weight}"
	done | lbctl -R
}

# The plan and, for each group of connections in it, where they went; a dash is
# one that went nowhere.
show_choices()
{
	lbctl -L -n -c | awk -v service="$SERVICE_PORT" '
	FNR == NR {
		if ($5 !~ (":" service "$"))
			next
		n = split($4, client, ":")
		sub(/172.16.32./, "", $6)
		sub(/:.*/, "", $6)
		server[client[n]] = $6
		next
	}
	/^[0-9]/ {
		line = ""
		for (port = $1; port < $2; port++)
			line = line " " (port in server ? server[port] : "-")
		print "connections go to" line
		next
	}
	{ print }' - "$TMP/plan"
	lbctl -L -n "${SERVICE[@]}"
}

order()
{
	begin "$1"
	connect 1
	change "a 110 1" "a 112 1" "a 113 1" "a 114 1"
	connect 9
	finish 1 4 7
	connect 5
	change "e 112 2" "e 113 3" "d 114"
	connect 12
	finish 9 11 12 16 17
	connect 7
	change "e 113 0"
	connect 5
	change "e 113 1" "e 110 5"
	connect 9
	change "d 112" "a 114 4"
	connect 9
	change "a 112 2"
	connect 6
	change "e 110 0" "e 112 0" "e 113 0" "e 114 0"
	connect 2
	change "e 112 1"
	connect 2
	show_choices
}

rr() { order rr; }
wrr() { order wrr; }
lc() { order lc; }
wlc() { order wlc; }
sed_() { order sed; }
nq() { order nq; }
fo() { order fo; }
ovf() { order ovf; }

# By address: whoever has a server that does not take it is refused, or not.
hashed()
{
	begin_marked "$@"
	visit 1
	change "a 110 1" "a 112 2" "a 113 3" "a 114 0"
	visit 70
	change "e 113 0" "e 114 1"
	visit 50
	change "d 112"
	visit 50
	change "e 110 0" "e 114 0"
	visit 10
	show_choices
	lbctl -D "${SERVICE[@]}"
}

dh() { hashed dh; }
sh_() { hashed sh; }
sh_port() { hashed sh -b sh-port; }
sh_fallback() { hashed sh -b sh-fallback; }
sh_both() { hashed sh -b sh-port,sh-fallback; }

# ask N ADDRESSES: as many connections, by turns to so many addresses
ask()
{
	local last=$((NEXT_PORT + $1)) port

	echo "$NEXT_PORT $last" >> "$TMP/plan"
	for ((port = NEXT_PORT; port < last; port++)); do
		echo "send client ip src=10.9.1.1" \
		     "dst=10.8.7.$(((port - NEXT_PORT) % $2)) /" \
		     "tcp sport=$port dport=$SERVICE_PORT flags=S"
	done > "$TMP/packets"
	pkt run "$TMP/packets"
	NEXT_PORT=$last
	MARKED_PORT=$last
}

# cached SCHEDULER A B C D: an address stays at its server, unless that has too
# much to do; then, with lblcr, it has both. The servers' hosts are ones that have
# no connections of other services.
cached()
{
	begin_marked "$1"
	change "a $2 2" "a $3 2" "a $4 2"
	ask 12 4
	change "a $5 2"
	ask 12 4
	ask 16 1
	change "e $3 0"
	ask 8 4
	change "d $4"
	ask 9 3
	change "e $2 0" "e $5 0"
	ask 3 3
	change "e $3 1"
	ask 6 3
	show_choices
	lbctl -D "${SERVICE[@]}"
}

lblc() { cached lblc 120 121 122 123; }
lblcr() { cached lblcr 124 125 126 127; }

# shares HOST:LEAST:MOST...: how many of the last 300 connections each has; "-"
# are those that went nowhere.
shares()
{
	lbctl -L -n -c | awk -v service="$SERVICE_PORT" -v want="$*" \
	    -v first="$((NEXT_PORT - 300))" -v last="$NEXT_PORT" '
	$5 ~ (":" service "$") && split($4, client, ":") &&
	    client[2] >= first && client[2] < last {
		sub(/172.16.32./, "", $6)
		sub(/:.*/, "", $6)
		n[$6]++
		all++
	}
	END {
		n["-"] = 300 - all
		count = split(want, range, " ")
		for (i = 1; i <= count; i++) {
			split(range[i], r, ":")
			seen = n[r[1]] + 0
			if (seen >= r[2] && seen <= r[3])
				seen = r[2] " to " r[3]
			print r[1] ": " seen
		}
	}'
}

# Each has a hash of its own, so it is shares that are the same: bounds are five
# standard deviations off. The servers' counters are not, so no listing of the
# service follows.
maglev()
{
	begin_marked mh "$@"
	change "a 110 1" "a 112 2" "a 113 3"
	visit 300
	shares 110:17:83 112:59:141 113:106:194 -:0:0
	change "e 113 0"
	visit 300
	if [[ $* == *fallback* ]]; then
		shares 110:59:141 112:159:241 113:0:0 -:0:0
	else
		shares 110:17:83 112:59:141 113:0:0 -:106:194
	fi
	change "d 113" "a 114 1"
	visit 300
	shares 110:36:114 112:106:194 113:0:0 114:36:114 -:0:0
	change "e 110 0" "e 112 0" "e 114 0"
	visit 300
	shares -:300:300
	lbctl -D "${SERVICE[@]}"
}

mh() { maglev; }
mh_fallback() { maglev -b mh-fallback; }

# By its address alone a client has one server, with its port another each time.
mh_port()
{
	local options

	for options in "" "-b mh-port"; do
		# shellcheck disable=SC2086
		begin_marked mh $options
		change "a 110 1" "a 112 1"
		ask 300 1
		if [ -n "$options" ]; then
			shares 110:107:193 112:107:193 -:0:0
		else
			shares 110:300:300 112:300:300 | grep -c "300 to 300"
		fi
		lbctl -D "${SERVICE[@]}"
	done
}

# Flags change while a service works.
flags()
{
	begin_marked sh
	change "a 110 1" "a 112 2" "a 113 0"
	visit 30
	lbctl -E "${SERVICE[@]}" -s sh -b sh-fallback
	visit 30
	lbctl -E "${SERVICE[@]}" -s sh -b sh-port,sh-fallback
	visit 30
	lbctl -E "${SERVICE[@]}" -s sh
	visit 30
	show_choices
	lbctl -D "${SERVICE[@]}"
}

# A service may change its scheduler while it works.
changed()
{
	local scheduler

	begin rr
	change "a 110 1" "a 112 2" "a 113 3"
	for scheduler in wrr lc wlc sed nq fo ovf dh sh lblc lblcr rr; do
		echo "now $scheduler" >> "$TMP/plan"
		lbctl -E -t "192.168.1.111:$SERVICE_PORT" -s "$scheduler"
		connect 7
	done
	show_choices
}

diff_run setup rr wrr lc wlc sed_ nq fo ovf dh sh_ sh_port sh_fallback sh_both \
	lblc lblcr flags changed mh mh_fallback mh_port
