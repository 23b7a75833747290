#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The state of a connection, cell by cell: from every state that packets can
# reach, by every event in either direction, with the timeout of the new state.
#
# LAST_ACK and LISTEN are not reachable: no packet leads there.
#
# Kernels: 7.2
# CPUs: 1

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

setup()
{
	topo_wire
	ns_sysctl "$DIRECTOR" net.ipv4.conf.{all,eth1}.accept_local=1
	# A real server sees its packets under the service's port by DR and
	# TUN, and answers under it as well; by NAT its own is 8080.
	lbctl -R << 'END'
-A -t 192.168.1.111:80 -s rr
-a -t 192.168.1.111:80 -r 172.16.32.110:8080 -m
-A -t 192.168.1.111:81 -s rr
-a -t 192.168.1.111:81 -r 172.16.32.112 -g
-A -t 192.168.1.111:82 -s rr
-a -t 192.168.1.111:82 -r 172.16.32.113 -i
-A -u 192.168.1.111:53 -s rr
-a -u 192.168.1.111:53 -r 172.16.32.110:5353 -m
-a -u 192.168.1.111:53 -r 172.16.32.112 -g
END
}

# packet in|out|back FLAGS CLIENTPORT [SERVICEPORT]: will be sent by send_all; back
# is an answer by DR that comes by the director.
packet()
{
	if [ "$1" = in ]; then
		echo "send client ip src=192.168.1.5 dst=192.168.1.111 /" \
		     "tcp sport=$3 dport=${4:-80} flags=$2"
	elif [ "$1" = back ]; then
		echo "send server ip src=192.168.1.111 dst=192.168.1.5 /" \
		     "tcp sport=${4:-80} dport=$3 flags=$2"
	else
		echo "send server ip src=172.16.32.110 dst=192.168.1.5 /" \
		     "tcp sport=8080 dport=$3 flags=$2"
	fi >> "$TMP/packets"
}

send_all()
{
	pkt run "$TMP/packets"
	: > "$TMP/packets"
}

# How to get into a state; walk refers to these by name.
# shellcheck disable=SC2034
declare -A PATH_NAT=(
	[SYN_RECV]="in:S"
	[SYN_SENT]="in:S in:A in:R out:SA"
	[ESTABLISHED]="in:S in:A"
	[FIN_WAIT]="in:S in:A out:FA"
	[TIME_WAIT]="in:S in:A out:FA in:FA"
	[CLOSE]="in:S in:A in:R"
	[CLOSE_WAIT]="in:S in:A in:FA"
)
# shellcheck disable=SC2034
declare -A PATH_IN_ONLY=(
	[SYN_RECV]="in:S"
	[ESTABLISHED]="in:S in:A"
	[FIN_WAIT]="in:S in:A in:FA"
	[TIME_WAIT]="in:S in:FA"
	[CLOSE]="in:S in:A in:R"
)
# With secure_tcp. The client's ACK leaves NAT in SYN_RECV.
# shellcheck disable=SC2034
declare -A PATH_SECURE=(
	[SYN_RECV]="in:S in:A"
	[SYN_SENT]="in:S out:SA out:A in:R out:SA"
	[ESTABLISHED]="in:S out:SA in:A out:A"
	[FIN_WAIT]="in:S out:SA out:A out:FA"
	[TIME_WAIT]="in:S out:SA out:A out:FA in:FA"
	[CLOSE]="in:S out:SA out:A in:R"
	[CLOSE_WAIT]="in:S out:SA out:A in:FA"
	[SYNACK]="in:S out:SA"
)
# shellcheck disable=SC2034
declare -A PATH_SECURE_IN_ONLY=(
	[ESTABLISHED]="in:S in:A"
	[FIN_WAIT]="in:S in:A in:FA"
	[TIME_WAIT]="in:S in:FA"
	[CLOSE]="in:S in:A in:R"
	[SYNACK]="in:S"
)
STATES="SYN_RECV SYN_SENT ESTABLISHED FIN_WAIT TIME_WAIT CLOSE CLOSE_WAIT SYNACK"
declare -A EVENT=([syn]=S [fin]=FA [ack]=A [rst]=RA)

# walk SERVICEPORT DIRECTIONS PATHS [CLIENTPORT]: for every state a connection
# for each event, and what became of them.
walk()
{
	local service=$1 directions=$2 state direction event step
	local port=${4:-10000}
	local -n path=$3

	for state in $STATES; do
		[ -n "${path[$state]-}" ] || continue
		for direction in $directions; do
			for event in syn fin ack rst; do
				port=$((port + 1))
				for step in ${path[$state]} \
					    "$direction:${EVENT[$event]}"; do
					packet "${step%:*}" "${step#*:}" \
					       "$port" "$service"
				done
				echo "$port $state $direction $event"
			done
		done > "$TMP/cells"
		send_all
		busywait 3000 show_cells "$service"
	done
}

# Times run: one up to five seconds short of a round figure was that figure.
# Fails if a connection is missing, as ip_vs skips one when another, further up
# in its table, ends meanwhile.
show_cells()
{
	lbctl -L -n -c | awk -v service="192.168.1.111:$1" '
	FNR == NR {
		cell[$1] = $2 " " $3 " " $4
		next
	}
	$5 == service {
		split($4, client, ":")
		split($2, time, ":")
		left = time[1] * 60 + time[2]
		n = split("10 60 120 900", full, " ")
		for (i = 1; i <= n; i++)
			if (left <= full[i] && left > full[i] - 5)
				left = full[i]
		if (client[2] in cell) {
			print cell[client[2]], $3, left | "sort"
			delete cell[client[2]]
		}
	}
	END {
		close("sort")
		for (missing in cell)
			exit 1
	}' "$TMP/cells" -
}

# The tables of IPVS, a line for each direction and event, a column for each of
# $STATES; those of NAT, and IN-ONLY for what answers past the director.
TABLE_NAT="
in  syn  SR ES ES SR SR SR SR
in  fin  TW SS CW TW TW CL CW
in  ack  ES SS ES FW TW CL CW
in  rst  SR CL CL CL CL CL CL
out syn  SR SS ES SS SS SS SS
out fin  TW SS FW FW TW CL TW
out ack  ES SS ES FW TW CL CW
out rst  CL SS CL CL TW CL CL"
TABLE_IN_ONLY="
in  syn  SR -  ES SR SR SR -
in  fin  TW -  FW FW TW CL -
in  ack  ES -  ES FW TW CL -
in  rst  SR -  CL CL CL CL -"

TABLE_SECURE="
in  syn  SR ES ES SR SR SR SR SA
in  fin  TW SS CW TW TW CL CW SA
in  ack  SR SS ES FW TW CL CW SA
in  rst  SR CL CL CL CL CL CL CL
out syn  SA SS ES SS SS SS SS SA
out fin  TW SS FW FW TW CL TW TW
out ack  ES SS ES FW TW CL CW ES
out rst  CL SS CL CL TW CL CL CL"
TABLE_SECURE_IN_ONLY="
in  syn  -  -  ES SA SA SA -  SA
in  fin  -  -  FW FW TW CL -  TW
in  ack  -  -  ES FW TW CL -  ES
in  rst  -  -  CL CL CL CL -  CL"

# expand TABLE: its cells, spelled out as show_cells prints them.
expand()
{
	local state

	# The order in which walk comes by.
	for state in $STATES; do
		awk -v from="$state" -v states="$STATES" '
		BEGIN {
			n = split("SR SYN_RECV 60 SS SYN_SENT 120 " \
				  "ES ESTABLISHED 900 FW FIN_WAIT 120 " \
				  "TW TIME_WAIT 120 CL CLOSE 10 " \
				  "CW CLOSE_WAIT 60 SA SYNACK 120", word, " ")
			for (i = 1; i <= n; i += 3)
				full[word[i]] = word[i + 1] " " word[i + 2]
			n = split(states, state, " ")
			for (i = 1; i <= n; i++)
				if (state[i] == from)
					column = i + 2
		}
		NF && $column && $column != "-" {
			print from, $1, $2, full[$column]
		}' <<< "$1" | sort
	done
}

nat() { walk 80 "in out" PATH_NAT; }
expected_nat() { expand "$TABLE_NAT"; }

dr() { walk 81 in PATH_IN_ONLY; }
expected_dr() { expand "$TABLE_IN_ONLY"; }

tun() { walk 82 in PATH_IN_ONLY; }
expected_tun() { expand "$TABLE_IN_ONLY"; }

nat_secure()
{
	setting secure_tcp 3
	secure_works
	walk 80 "in out" PATH_SECURE 30000
}
expected_nat_secure() { expand "$TABLE_SECURE"; }

dr_secure()
{
	walk 81 in PATH_SECURE_IN_ONLY 30000
	setting secure_tcp 0
	busywait 5000 insecure_again
}
expected_dr_secure() { expand "$TABLE_SECURE_IN_ONLY"; }

# ip_vs looks at the setting once a second.
secure_works() { busywait 5000 dr_state_is SYNACK; }
insecure_again() { busywait 5000 dr_state_is SYN_RECV; }

PROBE=21000
dr_state_is()
{
	PROBE=$((PROBE + 1))
	packet in S "$PROBE" 81
	send_all
	lbctl -L -n -c | grep -q " $1 .*:$PROBE "
}

# Of several flags rst counts before syn, that before fin, that before ack.
priorities()
{
	local flags port=20000

	for flags in RSFA SFA FA SA; do
		port=$((port + 1))
		packet in S "$port"
		packet in A "$port"
		packet out "$flags" "$port"
		echo "$port 80 out $flags"
		packet in S "$port" 81
		packet in A "$port" 81
		packet in "$flags" "$port" 81
		echo "$port 81 in $flags"
	done > "$TMP/flags"
	send_all
	lbctl -L -n -c | awk '
	FNR == NR {
		split($4, client, ":")
		split($5, service, ":")
		state[client[2], service[2]] = $3
		next
	}
	{ print $3, $4, state[$1, $2] }' - "$TMP/flags"
}
expected_priorities()
{
	printf '%s\n' "out RSFA CLOSE" "in RSFA CLOSE" \
	       "out SFA ESTABLISHED" "in SFA ESTABLISHED" \
	       "out FA FIN_WAIT" "in FA FIN_WAIT" \
	       "out SA ESTABLISHED" "in SA ESTABLISHED"
}

# Once one answer by DR was seen, it is known that all will be.
replies_seen()
{
	local port

	for port in 20401 20402; do
		packet in S "$port" 81
		[ "$port" = 20402 ] || packet back SA "$port" 81
		packet in A "$port" 81
		packet in FA "$port" 81
	done
	send_all
	lbctl -L -n -c | awk '$4 ~ /:2040[12]$/ { print $3, $4 }' | sort
}
expected_replies_seen()
{
	printf '%s\n' "CLOSE_WAIT 192.168.1.5:20401" "FIN_WAIT 192.168.1.5:20402"
}

# Only a SYN begins a connection, and none from port 20.
no_connection()
{
	local flags

	for flags in A FA RA R SR U; do
		packet in "$flags" 20101
	done
	packet in S 20
	packet in S 20102
	send_all
	lbctl -L -n -c | awk '$4 ~ /:(20|2010[12])$/ { print $3, $4 }'
}
expected_no_connection()
{
	echo "SYN_RECV 192.168.1.5:20102"
}

# With sloppy_tcp, all but a RST does.
sloppy()
{
	local flags port=20300

	setting sloppy_tcp 1
	for flags in S A FA P FSA RA R SR; do
		port=$((port + 1))
		packet in "$flags" "$port"
		packet in "$flags" "$port" 81
	done
	packet in A 20
	send_all
	lbctl -L -n -c | awk '$4 ~ /:(20|2030.)$/ { print $4, $5, $3 }' | sort
	setting sloppy_tcp 0
	packet in A 20309
	send_all
	lbctl -L -n -c | grep -c :20309
}
expected_sloppy()
{
	local state port=20300 service

	for state in SYN_RECV ESTABLISHED CLOSE CLOSE SYN_RECV; do
		port=$((port + 1))
		for service in 80 81; do
			echo "192.168.1.5:$port 192.168.1.111:$service $state"
		done
	done
	echo 0
}

# show_lasting SECONDS PORTS: of those clients, the connections that have been
# given so long not more than five seconds ago.
show_lasting()
{
	lbctl -L -n -c | awk -v full="$1" -v port=":$2\$" '$4 ~ port {
		split($2, time, ":")
		left = time[1] * 60 + time[2]
		if (left <= full && left > full - 9)
			print $1, $3, $4, $6
	}' | sort
}

# UDP has one state and is never active.
udp()
{
	local full port

	for full in 300 120; do
		for port in 1 2; do
			pkt send client "ip src=192.168.1.5 dst=192.168.1.111" \
			    "/ udp sport=$((full + port)) dport=53 / data 9"
		done
		show_lasting "$full" "${full}[12]"
		lbctl --set 0 0 120
	done
	try -L -n -u 192.168.1.111:53
}

# --set decides for what packets do from now on.
set_timeouts()
{
	lbctl --set 60 10 0
	packet in S 20201
	packet in A 20201
	packet in S 20202
	packet in A 20202
	packet out FA 20202
	send_all
	show_lasting 60 20201
	show_lasting 10 20202
	lbctl --set 900 120 300
}
expected_set_timeouts()
{
	echo "TCP ESTABLISHED 192.168.1.5:20201 172.16.32.110:8080"
	echo "TCP FIN_WAIT 192.168.1.5:20202 172.16.32.110:8080"
}

diff_run setup nat dr tun nat_secure dr_secure priorities replies_seen no_connection sloppy udp set_timeouts
