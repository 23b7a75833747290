#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What root of a user namespace may take from the host: as much as root of the
# host lets each such namespace have, those of one user, and all of them together.
# And what who has no rights may read.
#
# Kernels: 6.12

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# The repository may lie where nobody else may look.
install -m 755 "$LBCTL" /run/lbctl
export LBCTL=/run/lbctl
# That of busybox knows no users.
SETPRIV=$(command -v setpriv)

# as_nobody COMMAND...
as_nobody()
{
	"$SETPRIV" --reuid "${USER_ID-65534}" --regid 65534 --clear-groups "$@"
}

# as_user SCRIPT [ARGS]...: in a user and a network namespace of its own, made by
# somebody without rights
as_user()
{
	as_nobody unshare --user --map-root-user --net bash -c "$@" 2>&1
}

# The numbers are sums of what the script prints.
services()
{
	local out

	# shellcheck disable=SC2016
	out=$(as_user '
		for i in {1..300}; do
			echo "-A -f $i -s rr"
		done | $LBCTL -R 2>&1 | head -n 1
		$LBCTL -S -n | wc -l
		$LBCTL -D -f 7
		$LBCTL -A -f 999 && $LBCTL -S -n | wc -l
		$LBCTL config set service_max 257
		$LBCTL config set service_max 256 mh_table_size 131071
		$LBCTL config set mh_table_size 131101')
	check_eq "$out" "lbctl: stdin:257: -A -f 257 -s rr: there are as many \
services as service_max, or user_service_max, allows
256
256
lbctl: config set service_max 257: only root of the host may raise it that far \
(attribute service-max)
lbctl: config set mh_table_size 131101: only root of the host may raise it that \
far (attribute mh-table-size)" "seen"
	log_test "services of a user's namespace"
}

# A server that was removed has its place until its last connection is over.
dests()
{
	local out

	# shellcheck disable=SC2016
	out=$(as_user '
		$LBCTL config set dest_max 20
		ip link set lo up
		ip addr add 10.0.0.1/24 dev lo
		$LBCTL -A -u 10.0.0.1:53 -s rr
		add() { $LBCTL -a -u 10.0.0.1:53 -r "10.1.0.$1" -m; }
		add 1
		echo 2> /dev/null > /dev/udp/10.0.0.1/53
		$LBCTL -d -u 10.0.0.1:53 -r 10.1.0.1
		for i in {2..20}; do
			add "$i"
		done
		add 21
		add 1 && $LBCTL -S -n | grep -c "^-a"
		$LBCTL -d -u 10.0.0.1:53 -r 10.1.0.2
		add 22
		$LBCTL -d -u 10.0.0.1:53 -r 10.1.0.3
		$LBCTL service add fwmark 1 dest 10.2.0.1 dest 10.2.0.2
		$LBCTL service add fwmark 1 dest 10.2.0.1
		$LBCTL -S -n | grep -c "^-a"')
	check_eq "$out" "lbctl: -a -u 10.0.0.1:53 -r 10.1.0.21 -m: there are as \
many real servers as dest_max, or user_dest_max, allows (attribute dest.addr4)
20
lbctl: service add fwmark 1 dest 10.2.0.1 dest 10.2.0.2: there are as many real \
servers as dest_max, or user_dest_max, allows (attribute dest.addr4)
20" "seen"
	log_test "real servers of a user's namespace, with those removed"
}

# many SCRIPT: carried out in six namespaces at a time, three of one user, two
# of another, and the last of a third; prints what each said, when all are done.
many()
{
	local dir i pids=() uids=(65534 65534 65534 65533 65533 65532)

	dir=$(mktemp -d)
	for i in {0..5}; do
		mkfifo "$dir/$i" "$dir/$i.in"
		USER_ID=${uids[i]} as_user "$1; echo >&3; read -r x" \
			> "$dir/out$i" 3<> "$dir/$i" <> "$dir/$i.in" &
		pids+=($!)
		read -r < "$dir/$i"
	done
	for i in {0..5}; do
		echo > "$dir/$i.in"
	done
	wait "${pids[@]}"
	cat "$dir"/out?
	rm -r "$dir"
}

again()
{
	[ "$(many "$1")" = "$2" ]
}

# many_see SCRIPT WANT: twice, as others may have what namespaces had that are gone
many_see()
{
	local time

	for time in first second; do
		busywait 20000 again "$1" "$2" ||
			check_eq "$(many "$1")" "$2" "seen the $time time"
	done
}

# A user may have twice as many as one namespace, and all users four times as
# many: so it is the third and the sixth that have none.
together()
{
	local two="\$LBCTL -A -f 1 && \$LBCTL -A -f 2 && echo has two"
	local want

	"$LBCTL" config set user_service_max 2
	want="has two
has two
lbctl: -A -f 1: there are as many services as service_max, or user_service_max, \
allows
has two
has two
lbctl: -A -f 1: there are as many services as service_max, or user_service_max, \
allows"
	many_see "$two" "$want"
	"$LBCTL" config set user_service_max 256
	log_test "services of all users together"
}

servers_together()
{
	local one="\$LBCTL -A -f 1; \$LBCTL -a -f 1 -r 10.1.0.1 && echo has one"
	local none="lbctl: -a -f 1 -r 10.1.0.1: there are as many real servers \
as dest_max, or user_dest_max, allows (attribute dest.addr4)"

	"$LBCTL" config set user_dest_max 1
	many_see "$one" "has one
has one
$none
has one
has one
$none"
	"$LBCTL" config set user_dest_max 4096
	log_test "real servers of all users together"
}

# Servers that are reached by direct routing do not answer: no connection can be
# spared.
conns()
{
	local script want

	"$LBCTL" config set user_conn_max 10
	# shellcheck disable=SC2016
	script='ip link set lo up; ip addr add 10.0.0.1/24 dev lo
		$LBCTL service add udp 10.0.0.1:53 dest 10.0.0.9
		for i in {1..12}; do echo 1 2> /dev/null > /dev/udp/10.0.0.1/53
		done
		$LBCTL stats | sed -n "s/^conns //p; s/^drop conn-max //p" |
			xargs'
	want="10 2
10 2
0 12
10 2
10 2
0 12"
	many_see "$script" "$want"
	"$LBCTL" config set user_conn_max 65536
	log_test "connections of a user's namespace, and of all together"
}

# For scripts that are carried out in a user's namespace.
# shellcheck disable=SC2016
SIZE='size() { $LBCTL stats | sed -n "s/^conn-table-size //p"; }
	becomes() {
		end=$((SECONDS + 5))
		until [ "$(size)" = "$1" ] || [ "$SECONDS" -ge "$end" ]; do
			sleep 0.05
		done
		size
	}
	ip link set lo up; ip addr add 10.0.0.1/24 dev lo
	$LBCTL service add udp 10.0.0.1:53 dest 10.0.0.9
	for i in {1..560}; do echo 1 2> /dev/null > /dev/udp/10.0.0.1/53
	done'

# A table that may not grow any more finds all that is in it, and what it may
# have later it gets without another connection.
buckets()
{
	local out want

	# shellcheck disable=SC2016
	out=$(as_user '$LBCTL config set conn_table_max 5000;'"$SIZE"'
		becomes 4096
		$LBCTL config set conn_table_max 1024; becomes 1024
		[ "$($LBCTL -L -c -n | grep -c ^UDP)" = \
			"$($LBCTL stats | sed -n "s/^conns //p")" ]; echo $?
		$LBCTL stats | grep "^drop [^ ]* [1-9]"
		$LBCTL config set conn_table_max 131072; becomes 16384
		$LBCTL config set conn_table_max 131073')
	check_eq "$out" "4096
1024
0
16384
lbctl: config set conn_table_max 131073: only root of the host may raise it that \
far (attribute conn-table-max)" "seen"
	"$LBCTL" config set user_conn_table_max 16384
	want="16384
16384
1024
16384
16384
1024"
	many_see "$SIZE; becomes 16384" "$want"
	"$LBCTL" config set user_conn_table_max 131072
	log_test "table of connections of a user's namespace, and of all together"
}

# Where no way may be learnt, packets take the classic path.
ways()
{
	local script want

	"$LBCTL" config set user_way_max 1
	# shellcheck disable=SC2016
	script='unshare --net bash -c "read -r x" <> <(:) &
		here=$(readlink /proc/self/ns/net)
		until [ "$(readlink /proc/$!/ns/net)" != "$here" ]; do :; done
		ip link add eth0 type veth peer name eth0 netns $!
		ip link set eth0 up
		ip addr add 10.0.0.1/24 dev eth0
		ip neigh add 10.0.0.9 lladdr 02:00:00:00:00:09 dev eth0
		$LBCTL service add udp 10.0.0.1:53 dest 10.0.0.9 dr
		nsenter --net=/proc/$!/ns/net bash -c "
			ip link set eth0 up; ip addr add 10.0.0.2/24 dev eth0
			exec 3> /dev/udp/10.0.0.1/53
			for i in 1 2 3; do echo 1 >&3; done"
		$LBCTL stats | sed -n "s/^path //p" | grep "fast\|new\|way" | xargs
		kill $!'
	want="fast 2 new 1 way 0
fast 2 new 1 way 0
fast 0 new 1 way 2
fast 2 new 1 way 0
fast 2 new 1 way 0
fast 0 new 1 way 2"
	many_see "$script" "$want"
	"$LBCTL" config set user_way_max 256
	log_test "ways of users' namespaces"
}

# 64 tables of the greatest size are the 16 MiB that a user may have of 32. One
# that was given up counts for another grace period.
tables()
{
	local out

	# shellcheck disable=SC2016
	out=$(as_user '
		$LBCTL config set mh_table_size 131071
		for i in {1..70}; do
			echo "-A -f $i -s mh"
		done | $LBCTL -R 2>&1 | head -n 1
		$LBCTL -S -n | wc -l
		again() {
			for i in {1..200}; do
				"$@" 2> /dev/null && return
				sleep 0.1
			done
			echo "not: $*"
		}
		$LBCTL -D -f 1
		again $LBCTL -A -f 141 -s mh
		$LBCTL -D -f 141
		again $LBCTL config set mh_table_size 251
		$LBCTL -A -f 142 -s mh
		$LBCTL -S -n | wc -l')
	check_eq "$out" "lbctl: stdin:65: -A -f 65 -s mh: the namespaces of \
users have too large tables of mh
64
64" "seen"
	log_test "tables of mh of users' namespaces"
}

# What is seen by whom
readers()
{
	local out

	lbctl -A -u 192.168.1.111:53 -s rr
	lbctl -a -u 192.168.1.111:53 -r 172.16.32.110 -m
	pkt send client "ip src=192.168.1.5 dst=192.168.1.111 /" \
		"udp sport=2000 dport=53 / data 10"
	check_match "$(lbctl -L -c -n)" "192.168.1.5:2000" "seen by root"
	for out in "-L -c -n" "conn show"; do
		# shellcheck disable=SC2086
		check_eq "$(in_ns "$DIRECTOR" "$SETPRIV" --reuid 65534 \
			    "$LBCTL" $out 2>&1)" \
			"lbctl: $out: this needs CAP_NET_ADMIN" "$out"
	done
	# Rates change by themselves.
	for out in "-L -n" "-L -n --stats" stats config "service show" \
		"-S -n"; do
		# shellcheck disable=SC2086
		check_eq "$(in_ns "$DIRECTOR" "$SETPRIV" --reuid 65534 \
			    "$LBCTL" $out 2>&1 | grep -v -e -rate)" \
			"$(lbctl $out | grep -v -e -rate)" "$out"
	done
	lbctl -C
	log_test "who has no rights sees services, but no connections"
}

# A namespace without a service has no table; all can be asked and set.
idle()
{
	local out

	# shellcheck disable=SC2016
	out=$(as_user '
		$LBCTL stats | sed -n "/^conn/p"
		$LBCTL -L -n | sed 1,3d; $LBCTL -L -c -n | sed 1,2d
		$LBCTL -S -n; $LBCTL dest show; $LBCTL conn show; $LBCTL -Z
		$LBCTL conn flush; $LBCTL -C; $LBCTL stats zero
		$LBCTL -D -f 1; $LBCTL dest add fwmark 1 to 10.0.0.1
		$LBCTL config set pmtu_disc 0 expire_nodest_conn 1 \
			drop_entry 3 secure_tcp 3 mh_table_size 251
		$LBCTL stats | sed -n "s/^conn-table-size/size/p"
		$LBCTL -A -f 1; $LBCTL stats | sed -n "s/^conn-table-size/size/p"')
	echo "$out" > "$TMP/idle"
	ksft_diag "$out"
	check_match "$out" "size 0.*size 1024" "the table of connections"
	log_test "a namespace without a service has nothing, and says so"
}

memory_of()
{
	cat "$TMP/cg/test/memory.current"
}

# The process that asks has its cgroup pay.
charged()
{
	local name="real servers are charged to who adds them" before

	mkdir -p "$TMP/cg"
	mount -t cgroup2 none "$TMP/cg" 2> /dev/null
	echo +memory > "$TMP/cg/cgroup.subtree_control" 2> /dev/null
	mkdir -p "$TMP/cg/test"
	[ -f "$TMP/cg/test/memory.current" ]
	check_err $? "no memory controller"
	command awk 'BEGIN { print "-A -f 1 -s rr"
		for (i = 0; i < 20000; i++)
			printf "-a -f 1 -r 10.0.%d.%d\n", i / 200, i % 200 + 1
	}' > "$TMP/many"
	before=$(memory_of)
	(
		echo "$BASHPID" > "$TMP/cg/test/cgroup.procs"
		lbctl -R --replace < "$TMP/many"
	)
	check_err $? "restore"
	ksft_diag "charged $(($(memory_of) - before)) bytes"
	[ $(($(memory_of) - before)) -gt $((20000 * 500)) ]
	check_err $? "bytes charged: $(($(memory_of) - before))"
	lbctl -C
	rmdir "$TMP/cg/test"
	umount "$TMP/cg"
	log_test "$name"
}

lb_load || skip_all "the module does not load"
topo_wire
# The debug kernel has no cgroups.
[ "${LB_LABEL-}" = debug ] || set -- charged
tests_run services dests together servers_together conns buckets ways tables \
	  readers idle "$@"
