#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The state of an SCTP association, cell by cell: from every state that packets
# can reach, by every chunk in either direction, with the timeout of the new
# state.
#
# Kernels: 7.2
# CPUs: 1

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

setup()
{
	topo_wire
	lbctl -R << 'END'
-A --sctp-service 192.168.1.111:80 -s rr
-a --sctp-service 192.168.1.111:80 -r 172.16.32.110:8080 -m
-A --sctp-service 192.168.1.111:81 -s rr
-a --sctp-service 192.168.1.111:81 -r 172.16.32.112 -g
-A --sctp-service 192.168.1.111:82 -s rr
-a --sctp-service 192.168.1.111:82 -r 172.16.32.113 -i
END
}

# packet in|out CHUNKS CLIENTPORT SERVICEPORT: will be sent by send_all.
packet()
{
	if [ "$1" = in ]; then
		echo "send client ip src=192.168.1.5 dst=192.168.1.111 /" \
		     "sctp sport=$3 dport=$4 chunks=$2"
	else
		echo "send server ip src=172.16.32.110 dst=192.168.1.5 /" \
		     "sctp sport=8080 dport=$3 chunks=$2"
	fi >> "$TMP/packets"
}

send_all()
{
	pkt run "$TMP/packets"
	: > "$TMP/packets"
}

# How to get into a state, in ipvsadm's words; walk refers to these by name.
# shellcheck disable=SC2034
declare -A PATH_NAT=(
	[INIT1]="in:init"
	[INIT]="in:init in:init"
	[C-SENT]="in:init out:init-ack"
	[C-REPLIED]="in:init out:init-ack in:cookie-echo"
	[C-WAIT]="in:init in:init-ack"
	[COOKIE]="in:init in:init-ack in:init-ack"
	[C-ECHOED]="in:init out:cookie-echo"
	[ESTABLISHED]="in:init out:cookie-ack"
	[S-SENT]="in:init out:shutdown"
	[S-RECEIVED]="in:init out:cookie-ack in:shutdown"
	[S-ACK-SENT]="in:init out:shutdown-ack"
	[REJECTED]="in:init out:abort"
	[CLOSED]="in:init in:abort"
)
# shellcheck disable=SC2034
declare -A PATH_IN_ONLY=(
	[INIT1]="in:init"
	[INIT]="in:init in:init"
	[C-ECHOED]="in:init in:init-ack"
	[ESTABLISHED]="in:init in:cookie-echo"
	[S-RECEIVED]="in:init in:cookie-echo in:shutdown"
	[CLOSED]="in:init in:abort"
)
STATES="INIT1 INIT C-SENT C-REPLIED C-WAIT COOKIE C-ECHOED ESTABLISHED S-SENT
	S-RECEIVED S-ACK-SENT REJECTED CLOSED"
CHUNKS="data init init-ack sack heartbeat abort shutdown shutdown-ack error
	cookie-echo cookie-ack shutdown-complete cookie-echo+abort
	cookie-ack+abort data+abort cookie-echo+data"

# walk SERVICEPORT DIRECTIONS PATHS: for every state a connection for each
# chunk, and what became of them.
walk()
{
	local service=$1 directions=$2 state direction chunk step
	local port=10000
	local -n path=$3

	for state in $STATES; do
		[ -n "${path[$state]-}" ] || continue
		for direction in $directions; do
			for chunk in $CHUNKS; do
				port=$((port + 1))
				for step in ${path[$state]} \
					    "$direction:$chunk"; do
					packet "${step%:*}" "${step#*:}" \
					       "$port" "$service"
				done
				echo "$port $state $direction $chunk"
			done
		done > "$TMP/cells"
		send_all
		busywait 3000 show_cells "$service"
	done
}

# Times run: one up to four seconds short of a round figure was that figure.
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
		n = split("4 61 900", full, " ")
		for (i = 1; i <= n; i++)
			if (left <= full[i] && left >= full[i] - 4)
				left = full[i]
		if (client[2] in cell) {
			print cell[client[2]], $1, $3, left | "sort"
			delete cell[client[2]]
		}
	}
	END {
		close("sort")
		for (missing in cell)
			print "missing:", cell[missing]
		exit length(cell) > 0
	}' "$TMP/cells" -
}

nat() { walk 80 "in out" PATH_NAT; }
dr() { walk 81 in PATH_IN_ONLY; }
tun() { walk 82 in PATH_IN_ONLY; }

# Only an INIT begins an association.
no_connection()
{
	local chunk port=20000

	for chunk in $CHUNKS init+abort data+init; do
		port=$((port + 1))
		packet in "$chunk" "$port" 80
	done
	send_all
	lbctl -L -n -c | awk '$4 ~ /:200[0-9][0-9]$/ { print $3, $4 }' | sort
}
expected_no_connection()
{
	echo "INIT1 192.168.1.5:20002"
	echo "INIT1 192.168.1.5:20017"
}

# With sloppy_sctp, all but an ABORT does; an ABORT behind a cookie is not tried,
# as ip_vs opens a connection for the cookie, which is over at once.
sloppy()
{
	local chunk port=20100

	setting sloppy_sctp 1
	for chunk in $CHUNKS init+abort data+init; do
		[[ $chunk != cookie-*+abort ]] || continue
		port=$((port + 1))
		packet in "$chunk" "$port" 80
		packet in "$chunk" "$port" 81
	done
	send_all
	lbctl -L -n -c | awk '$4 ~ /:201[0-9][0-9]$/ { print $4, $5, $3 }' |
		sort
	setting sloppy_sctp 0
	packet in data 20201 80
	send_all
	lbctl -L -n -c | grep -c :20201
}

# An association is active while it is established, and at no other time.
active()
{
	local path port=21000

	for path in "${PATH_NAT[@]}"; do
		port=$((port + 1))
		for step in $path; do
			packet "${step%:*}" "${step#*:}" "$port" 80
		done
		send_all
		echo "$path: $(lbctl -L -n | awk '/ 172.16.32.110/ { print $5 }')"
	done
}

# --set does not change the timeouts of SCTP.
set_timeouts()
{
	lbctl --set 60 10 20
	packet in init 22001 80
	packet out cookie-ack 22001 80
	send_all
	echo "22001 ESTABLISHED - -" > "$TMP/cells"
	show_cells 80
	lbctl --set 900 120 300
}

diff_run setup nat dr tun no_connection sloppy active set_timeouts
