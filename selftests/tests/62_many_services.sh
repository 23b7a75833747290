#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Ten thousand services with two real servers each, restored by one command and
# replaced by another set of them; and who stays meanwhile notices nothing.
# 62_many_servers has services with more.
#
# Kernels: 7.2

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

SERVICES=10000
EACH=2
FLOWS=20000
if is_debug_kernel; then
	SERVICES=500
	FLOWS=5000
fi
VIP=192.168.1.111

# rules FIRST LAST NET: services FIRST to LAST, whose servers are in
# 10.NET.0.0/16, as lbctl -S -n prints them.
rules()
{
	command awk -v first="$1" -v last="$2" -v net="$3" -v n="$EACH" 'BEGIN {
		for (i = first; i <= last; i++) {
			svc = "-t 192.0." int(i / 250) "." i % 250 + 1 ":80"
			print "-A " svc " -s rr"
			for (j = 1; j <= n; j++)
				printf "-a %s -r 10.%d.%d.%d:80 -m -w 1\n",
				       svc, net, i / 250, j
		}
	}'
}

# saved_is FILE: what is there, line by line
saved_is()
{
	lbctl -S -n | diff "$1" - | head -n 5 > "$TMP/diff"
	check_eq "$(cat "$TMP/diff")" "" "what is there is not $1"
}

# The table of services grows while nothing else runs on the CPU, so that its
# worker comes to it late: that must not matter.
restore_many()
{
	local listed

	in_ns "$DIRECTOR" chrt -f 1 "$LBCTL" -R < "$TMP/one"
	check_err $? "restore"
	check_eq "$(lbctl stats | sed -n 's/^services //p')" "$SERVICES" \
		"services"
	saved_is "$TMP/one"
	listed=$(lbctl -L -n | grep -c '^  -> 10\.')
	check_eq "$listed" $((SERVICES * EACH)) "real servers listed"
	check_eq "$(lbctl service | wc -l)" "$SERVICES" "lines of service show"
	log_test "$SERVICES services with $EACH servers each: restored, listed"
}

# Half of the services are the same, a quarter have other servers, a quarter go
# and as many are new.
replace_many()
{
	local half=$((SERVICES / 2)) quarter=$((SERVICES / 4))

	{
		rules 1 "$half" 1
		rules $((half + 1)) $((half + quarter)) 2
		rules $((SERVICES + 1)) $((SERVICES + quarter)) 2
	} > "$TMP/two"
	lbctl -R --replace < "$TMP/two"
	check_err $? "replace"
	lbctl -R --replace < "$TMP/two"
	check_err $? "replace by the same"
	saved_is "$TMP/two"
	log_test "replaced by another set"
}

# The order of lines does not matter but for a service before its servers, and
# what is not said gets its default.
replace_by_words()
{
	lbctl -R --replace <<- END
	service add udp 192.0.2.1:53 scheduler rr persistent 60 dest 10.0.0.1 nat weight 7
	dest add udp 192.0.2.1:53 to 10.0.0.2 nat upper 9
	END
	check_err $? "replace"
	lbctl -R --replace <<- END
	service add udp 192.0.2.1:53
	service replace fwmark 3 scheduler nq
	service add tcp 192.0.2.1:80 scheduler sed dest 10.0.0.9 dest 10.0.0.8
	dest add fwmark 3 to 10.0.0.3 dr
	dest add udp 192.0.2.1:53 to 10.0.0.1
	-a -t 192.0.2.1:80 -r 10.0.0.7 -m -w 0
	END
	check_err $? "replace again"
	lbctl -S -n > "$TMP/saved"
	check_eq "$(cat "$TMP/saved")" \
"-A -t 192.0.2.1:80 -s sed
-a -t 192.0.2.1:80 -r 10.0.0.7:80 -m -w 0
-a -t 192.0.2.1:80 -r 10.0.0.8:80 -g -w 1
-a -t 192.0.2.1:80 -r 10.0.0.9:80 -g -w 1
-A -u 192.0.2.1:53 -s wlc
-a -u 192.0.2.1:53 -r 10.0.0.1:53 -g -w 1
-A -f 3 -s nq
-a -f 3 -r 10.0.0.3:0 -g -w 1" "what is there"
	log_test "replaced by lines in any order, in both grammars"
}

# refused FILE EXIT MESSAGE: and what is there stays.
refused()
{
	local out rc

	out=$(lbctl -R --replace < "$1" 2>&1)
	rc=$?
	check_eq "$rc" "$2" "exit code"
	check_eq "$out" "$3" "message"
}

replace_refused()
{
	lbctl -C
	printf -- '-A -t 192.0.2.%d:80 -s rr\n' 1 2 > "$TMP/old"
	echo "-a -t 192.0.2.2:80 -r 10.0.0.1:80 -m -w 1" >> "$TMP/old"
	lbctl -R < "$TMP/old"

	printf '%s\n' "-A -t 192.0.2.3:80" "-A -t 192.0.2.3:80" > "$TMP/file"
	refused "$TMP/file" 2 "lbctl: stdin:2: the service is added twice"
	printf '%s\n' "-A -t 192.0.2.3:80" "-a -t 192.0.2.4:80 -r 10.0.0.1" \
		> "$TMP/file"
	refused "$TMP/file" 2 "lbctl: stdin:2: no line above adds the service"
	echo "-C" > "$TMP/file"
	refused "$TMP/file" 2 "lbctl: stdin:1: only commands that add, and \
settings, can be in a file that replaces all"
	saved_is "$TMP/old"

	# Of what the kernel refuses the line is named, and nothing is done.
	cat > "$TMP/file" <<- END
	-A -t 192.0.2.2:80 -s wrr
	-a -t 192.0.2.2:80 -r 10.0.0.1:80 -m -w 2
	-a -t 192.0.2.2:80 -r 10.0.0.2:80 -m -y 9
	-a -t 192.0.2.2:80 -r 10.0.0.3:80 -m
	-A -t 192.0.2.3:80 -s nosuch
	-A -t 192.0.2.4:80 -s rr
	END
	refused "$TMP/file" 1 "lbctl: stdin:3: -a -t 192.0.2.2:80 -r \
10.0.0.2:80 -m -y 9: lower threshold is above the upper threshold (attribute \
dest.lower-threshold)"
	sed -i 3d "$TMP/file"
	refused "$TMP/file" 1 "lbctl: stdin:4: -A -t 192.0.2.3:80 -s nosuch: no \
such scheduler (attribute service.scheduler)"
	saved_is "$TMP/old"
	log_test "what is refused is named by line, and everything stays"
}

# flow LAYER SPORT DPORT [FLAGS]: a packet of the client; SERVER is where it
# went, none if nowhere.
flow()
{
	local flags=

	[ -z "${4-}" ] || flags=" flags=$4"
	pkt drain server > /dev/null
	pkt send client \
		"ip src=192.168.1.5 dst=$VIP / $1 sport=$2 dport=$3$flags"
	pkt recv server 1000 > /dev/null
	SERVER=${REPLY#*dst=}
	SERVER=${SERVER%% *}
}

# traffic FLAGS: a packet of eight flows of each protocol, where they went
traffic()
{
	local port

	WENT=
	for port in {2001..2008}; do
		flow udp "$port" 5353
		WENT+="$SERVER "
		flow tcp "$port" 80 "$1"
		WENT+="$SERVER "
	done
}

service()
{
	local server

	echo "-A $1 $2 -s rr"
	for server in "${@:3}"; do
		echo "-a $1 $2 -r 172.16.32.$server -m"
	done
}

replace_under_traffic()
{
	local before

	{
		service -u "$VIP:5353" 110 112
		service -t "$VIP:80" 110 112
		service -u "$VIP:9" 110
		rules 1 500 1
	} > "$TMP/all"
	lbctl -R --replace < "$TMP/all"
	check_err $? "the first set"
	traffic S
	traffic A
	before=$WENT
	check_match "$before" "110.*112" "servers chosen"
	flow udp 2001 9
	check_eq "$SERVER" 172.16.32.110 "server of the one that goes"

	{
		service -u "$VIP:5353" 110 112 113
		service -t "$VIP:80" 112 113 110
		rules 251 750 2
	} > "$TMP/all"
	lbctl -R --replace < "$TMP/all"
	check_err $? "the second set"
	traffic A
	check_eq "$WENT" "$before" "servers after"
	check_eq "$(stat_of "$VIP:5353" 3) $(stat_of "$VIP:5353" 4)" "8 24" \
		"connections and packets counted, UDP"
	check_eq "$(stat_of "$VIP:80" 3) $(stat_of "$VIP:80" 4)" "8 24" \
		"connections and packets counted, TCP"
	flow udp 3000 9
	check_eq "$SERVER" none "a new flow of the one that went"
	for port in 3001 3002 3003; do
		flow udp "$port" 5353
		echo "$SERVER"
	done | sort > "$TMP/new"
	check_eq "$(paste -sd' ' "$TMP/new")" \
		"172.16.32.110 172.16.32.112 172.16.32.113" "new flows"
	log_test "connections and counters of what stays are kept"
}

no_dest()
{
	lbctl stats | sed -n 's/^drop no-dest //p'
}

# A set of servers takes the place of another, again and again, while each
# packet opens a connection. One whose server goes in the moment between is lost
# with it; none finds the service without servers, and none is refused.
never_without()
{
	local sched=$1 before pid rounds=0

	lbctl -R --replace < <(service -u "$VIP:5353" 110 112)
	for _ in {1..500}; do
		echo "service replace udp $VIP:5353 scheduler $sched" \
			"dest 172.16.32.113 nat dest 172.16.32.114 nat"
		echo "service replace udp $VIP:5353 scheduler $sched" \
			"dest 172.16.32.110 nat dest 172.16.32.112 nat"
	done > "$TMP/swap"
	before=$(no_dest)
	flood "$VIP" 5353 "$FLOWS" &
	pid=$!
	while kill -0 "$pid" 2> /dev/null; do
		lbctl -b "$TMP/swap"
		check_err $? "swap"
		rounds=$((rounds + 1))
	done
	wait "$pid"
	check_err $? "pktgen"
	ksft_diag "$sched: swapped $((rounds * 1000)) times"
	check_eq "$(no_dest)" "$before" "packets refused, $sched"
}

swap()
{
	never_without rr
	never_without wlc
	log_test "servers are exchanged without a gap"
}

events()
{
	local pid

	lbctl -R --replace <<- END
	-A -t 192.0.2.1:80 -s rr
	-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m
	-A -t 192.0.2.2:80 -s rr
	END
	ip netns exec "$DIRECTOR" "$LBCTL" monitor > "$TMP/events" &
	pid=$!
	background "$pid"
	busywait 5000 heard "$pid"
	lbctl -R --replace <<- END
	-A -t 192.0.2.1:80 -s rr
	-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m
	END
	busywait 5000 grep -q "^service del tcp" "$TMP/events"
	kill "$pid"
	check_eq "$(grep -v fwmark "$TMP/events")" \
"dest del tcp 192.0.2.1:80 to 10.0.0.1:80
service set tcp 192.0.2.1:80 scheduler rr
dest set tcp 192.0.2.1:80 to 10.0.0.2:80 nat weight 1
service del tcp 192.0.2.2:80" "events"
	log_test "each change that replacing makes is an event"
}

# The monitor listens when it prints what is done for it to see.
heard()
{
	lbctl -A -f 99 -s rr
	lbctl -D -f 99
	[ -s "$TMP/events" ]
}

unload()
{
	lbctl -R --replace < "$TMP/one"
	check_err $? "replace"
	lbctl -R --replace --allow-empty < /dev/null
	check_eq "$(lbctl -S -n)" "" "what is there after an empty file"
	lbctl -R < "$TMP/one"
	check_err $? "restore"
	lbctl -C
	check_eq "$(lbctl -S -n)" "" "what is there after a flush"
	lbctl -R < "$TMP/two"
	check_err $? "restore after a flush"
	cleanup_all_ns
	dmesg_mark
	busywait 30000 lb_unload 2> /dev/null
	check_err $? "the module does not unload"
	check_eq "$(dmesg_new | grep -iE 'slab|objects remaining')" "" \
		"memory left"
	lb_load
	log_test "flushed, restored, and unloaded with all of it"
}

lb_load || skip_all "the module does not load"
modprobe pktgen || skip_all "no pktgen"
topo_wire
rules 1 "$SERVICES" 1 > "$TMP/one"
tests_run restore_many replace_many replace_by_words replace_refused \
	replace_under_traffic swap events unload
