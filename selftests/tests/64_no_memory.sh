#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Without memory: each allocation that lb makes for a request, one after the
# other, fails once; and all that it makes for packets fail for a while. A request
# that is refused has changed nothing, a packet is dropped and counted, and
# afterwards all is as before.
#
# Kernels: debug

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
SERVER=172.16.32.110
FAULTS=/sys/kernel/debug/failslab
PAGES=/sys/kernel/debug/fail_page_alloc

fault()
{
	echo "$2" > "$FAULTS/$1"
}

# Only what is allocated on behalf of lb's own functions fails: from the first to
# the last of them.
aim()
{
	local first last

	read -r first last < <(awk '$2 ~ /^[tT]$/ && $NF == "[lb]" {
		print $1 }' /proc/kallsyms | sort | sed -n '1p; $p' | xargs)
	[ -n "$last" ] || return
	fault verbose 0
	fault ignore-gfp-wait N
	fault stacktrace-depth 32
	fault require-start "0x$first"
	fault require-end "0x$last"
	# Pages are not counted with them.
	echo 1 > "$PAGES/require-start"
	echo 1 > "$PAGES/require-end"
}

# all_fail: from now on; none_fails ends it
all_fail()
{
	fault times -1
	fault probability 100
}

none_fails()
{
	fault probability 0
}

# --- requests -----------------------------------------------------------

# What a command that begins with $1 could have changed.
state()
{
	lbctl -S -n
	[ "$1" != config ] || lbctl config show
}

# with_fault N COMMAND...: the N-th allocation of lb fails. As a process has this
# number for itself, it is that of the tool only. Sets RC, OUT and HIT: whether
# there were as many.
with_fault()
{
	fault times 1
	OUT=$(echo "$1" > "/proc/$BASHPID/fail-nth"
	      exec "$LBCTL" "${@:2}" 2>&1 < "$INPUT")
	RC=$?
	HIT=$((1 - $(< "$FAULTS/times")))
}

begin()
{
	lbctl -R --replace < "$TMP/start"
	[ "$1" != config ] || lbctl config set mh_table_size 65537 \
		udp-timeout 300 fastpath auto drop_entry 0 secure_tcp 0 \
		conn_table_max 134217728 way_max 1024 conn_max 1073741824
}

# each_fault COMMAND...: how many allocations it makes, all of which fail in turn.
# Whoever sees an error must see that it is memory that was wanting. All is in the
# script's namespace: so a command takes no other process.
each_fault()
{
	local n start after DIRECTOR=

	begin "$1"
	start=$(state "$1")
	lbctl "$@" < "$INPUT" > /dev/null
	check_err $? "$*: without a fault"
	after=$(state "$1")
	begin "$1"
	for ((n = 1; n < 200; n++)); do
		with_fault "$n" "$@"
		[ "$HIT" -ne 0 ] || break
		if [ "$RC" -eq 0 ]; then
			check_eq "$(state "$1")" "$after" "$*: done, $n"
			begin "$1"
			continue
		fi
		check_match "$OUT" "Cannot allocate memory|out of memory" \
			"$*: what is said of fault $n"
		if [ -n "$PARTS" ]; then
			begin "$1"
		else
			check_eq "$(state "$1")" "$start" "$*: refused, $n"
		fi
	done
	[ "$n" -lt 200 ] && [ "$RC" -eq 0 ]
	check_err $? "$*: at last: $RC, $OUT"
	FOUND=$((FOUND + n - 1))
}

requests()
{
	INPUT=/dev/null
	PARTS=
	FOUND=0
	while read -r command; do
		# shellcheck disable=SC2086
		each_fault $command
	done < "$1"
	ksft_diag "$FOUND faults"
	[ "$FOUND" -ge "$2" ]
	check_err $? "only $FOUND allocations failed"
}

changes()
{
	cat > "$TMP/changes" << END
-A -t $VIP:8000 -s rr
-A -t $VIP:8000 -s mh
-A -f 77 -s lblcr
-A -u $VIP:8000 -s lblc -p 60
-A -u $VIP:5060 -s rr -p 60 --pe sip
-E -t $VIP:80 -s mh
-E -t $VIP:80 -s lblc
-E -t $VIP:81 -s rr
-E -t $VIP:82 -s wlc -p 300
-D -t $VIP:81
-C
-Z
-a -t $VIP:80 -r 172.16.32.113 -m
-a -t $VIP:81 -r 172.16.32.113 -g
-a -t $VIP:82 -r 172.16.32.113 -i --tun-type gue --tun-port 6080
-e -t $VIP:80 -r $SERVER -m -w 9
-e -t $VIP:81 -r $SERVER -m -w 9
-d -t $VIP:80 -r $SERVER
-d -t $VIP:81 -r $SERVER
-d -t $VIP:82 -r $SERVER
service replace tcp $VIP:81 scheduler wrr dest 172.16.32.114 nat dest $SERVER:88 nat
service del tcp $VIP:80
config set mh_table_size 251 udp-timeout 77
config set fastpath off drop_entry 3 secure_tcp 3
config set conn_table_max 2048 way_max 3 conn_max 100
END
	requests "$TMP/changes" 60
	log_test "requests that change something are refused whole, or done"
}

# Of what is read there is nothing to compare but that it ends.
questions()
{
	cat > "$TMP/questions" << END
-L -n
-L -n --stats
-S -n
-L -n -c
service show
dest show
conn show
stats
config show
conn flush
stats zero
END
	requests "$TMP/questions" 10
	log_test "questions are answered, or it is said why not"
}

# Of several requests those before the one that is refused are done.
restores()
{
	INPUT=$TMP/more
	PARTS=1
	FOUND=0
	printf '%s\n' "-A -t $VIP:90 -s wlc" "-a -t $VIP:90 -r $SERVER -m" \
		"-A -t $VIP:91 -s mh" "-a -t $VIP:91 -r $SERVER -m" \
		> "$INPUT"
	each_fault -R
	ksft_diag "$FOUND faults"
	log_test "a restore of several"
}

# The first service has memory, hooks and devices made ready: that can be done
# again.
first_service()
{
	local n out

	for ((n = 1; n < 100; n++)); do
		fault times 1
		# shellcheck disable=SC2016
		out=$(unshare --net bash -c '
			ip link set lo up
			(echo "$1" > /proc/self/fail-nth
			 exec "$2" -A -f 1 -s mh 2>&1) &&
				{ "$2" -S -n; exit; }
			"$2" -S -n; "$2" -A -f 1 -s mh && "$2" -S -n' \
			- "$n" "$LBCTL" 2>&1)
		[ "$(< "$FAULTS/times")" = 0 ] || break
		check_match "$out" "^(.*(Cannot allocate memory|out of memory)[^
]*
)?-A -f 1 -s mh[^
]*$" "fault $n"
	done
	check_eq "$out" "-A -f 1 -s mh" "at last"
	ksft_diag "$((n - 1)) faults"
	[ "$n" -gt 5 ] && [ "$n" -lt 100 ]
	check_err $? "faults: $((n - 1))"
	log_test "the first service of a namespace"
}

# --- packets ------------------------------------------------------------

send()
{
	pkt send client "${WISH-}" "ip src=192.168.1.5 dst=$VIP /" "$@"
}

# dropped WHAT LAYERS...: it is, and counted, and leaves no connection; then the
# same passes.
dropped()
{
	local what=$1 before conns

	shift
	before=$(drops no-memory)
	conns=$(connections)
	pkt drain server > /dev/null
	all_fail
	send "$@"
	send "$@"
	none_fails
	expect_silence server
	check_eq "$(($(drops no-memory) - before))" 2 "$what: drops"
	check_eq "$(connections)" "$conns" "$what: connections"
	send "$@"
	pkt recv server 2000 > /dev/null
	check_err $? "$what: does not arrive afterwards"
}

connections()
{
	lbctl stats | sed -n 's/^conns //p'
}

idle_servers()
{
	lbctl -L -n | awk '$1 == "->" && /172/ && $5 + $6 > 0 { n++ }
			   END { exit n > 0 }'
}

new_connections()
{
	lbctl -C
	topo_wire
	lbctl -R --replace << END
-A -t $VIP:80 -s rr
-a -t $VIP:80 -r $SERVER -m
-A -t $VIP:81 -s rr
-a -t $VIP:81 -r $SERVER -g
-A -t $VIP:82 -s rr
-a -t $VIP:82 -r $SERVER -i
-A -t $VIP:83 -s rr -p 60
-a -t $VIP:83 -r $SERVER -m
-A -t $VIP:21 -s lblc
-a -t $VIP:21 -r $SERVER -m
-A -u $VIP:53 -s lblcr
-a -u $VIP:53 -r $SERVER -m
-A -u $VIP:54 -s rr -o
-a -u $VIP:54 -r $SERVER -m
-A -u $VIP:5060 -s rr -p 60 --pe sip
-a -u $VIP:5060 -r $SERVER -m
END
	dropped "TCP by NAT" "tcp sport=1000 dport=80 flags=S"
	dropped "TCP by DR" "tcp sport=1000 dport=81 flags=S"
	dropped "TCP by a tunnel" "tcp sport=1000 dport=82 flags=S"
	dropped "with a template" "tcp sport=1000 dport=83 flags=S"
	dropped "FTP" "tcp sport=1000 dport=21 flags=S"
	dropped "UDP" "udp sport=1000 dport=53 / data 10"
	dropped "SIP" "udp sport=1000 dport=5060 / data" \
		"hex=$(printf 'INVITE sip:a SIP/2.0\r\nCall-ID: a\r\n\r\n' |
		       od -An -tx1 | tr -d ' \n')"
	log_test "packets that need a connection"
}

# Connections that were there go on; ways are not learnt.
no_way()
{
	send "udp sport=2000 dport=53 / data 10"
	pkt drain server > /dev/null
	lbctl config set way_max 1024
	paths
	all_fail
	send "udp sport=2000 dport=53 / data 10"
	send "udp sport=2000 dport=53 / data 10"
	none_fails
	took "while none can be learnt" "2 way"
	send "udp sport=2000 dport=53 / data 10"
	send "udp sport=2000 dport=53 / data 10"
	took "afterwards" "1 fast 1 way"
	check_eq "$(pkt drain server)" 4 "packets at the server"
	log_test "ways that cannot be learnt"
}

# Some fail and some do not, in any order.
at_random()
{
	local i

	fault times -1
	fault probability 30
	for i in {1..40}; do
		send "tcp sport=$((3000 + i)) dport=80 flags=S"
		send "tcp sport=$((3000 + i)) dport=82 flags=S"
		send "tcp sport=$((3000 + i)) dport=83 flags=S"
		send "udp sport=$((3000 + i)) dport=53 / data 10"
		send "udp sport=$((3000 + i)) dport=54 / data 10"
		WISH=frag=512 send "udp sport=$((3000 + i)) dport=53 / data 1200"
		send "tcp sport=$((3000 + i)) dport=80 flags=R"
		send "icmp type=3 code=3 / ip src=$VIP dst=192.168.1.5 /" \
			"udp sport=53 dport=$((3000 + i)) / data 8"
	done
	none_fails
	[ "$(drops no-memory)" -gt 10 ]
	check_err $? "drops: $(drops no-memory)"
	pkt drain server > /dev/null
	send "tcp sport=4000 dport=80 flags=S"
	pkt recv server 2000 "sport=4000" > /dev/null
	check_err $? "a new connection afterwards"
	lbctl conn flush
	busywait 20000 idle_servers
	check_err $? "connections that servers still have:"$'\n'"$(lbctl -L -n)"
	log_test "packets of all kinds, some without memory"
}

lb_load || skip_all "the module does not load"
mountpoint -q /sys/kernel/debug || mount -t debugfs none /sys/kernel/debug
[ -e "$FAULTS/require-start" ] || skip_all "no fault injection"
printf '%s\n' "-A -t $VIP:80 -s mh" "-a -t $VIP:80 -r $SERVER:80 -m -w 1" \
	"-A -t $VIP:81 -s lblcr" "-a -t $VIP:81 -r $SERVER:81 -m -w 1" \
	"-A -t $VIP:82 -s wrr" "-a -t $VIP:82 -r $SERVER -i -w 1" \
	> "$TMP/start"
aim || skip_all "no symbols of lb"
tests_run changes questions restores first_service new_connections no_way \
	  at_random
