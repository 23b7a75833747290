#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The module is exchanged under traffic; and it is not, when the new one is no
# good. LB_HOLD is how many connections are held meanwhile, LB_ROUNDS how many times
# the module is exchanged then.
#
# Kernels: 7.2 quick

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"
# shellcheck source=../hold.sh
. "$(dirname "$0")/../hold.sh"

VIP=192.168.1.111
DOWNLOADS=8

services()
{
	cat <<- END
	-A -t $VIP:80 -s rr -p 60
	-a -t $VIP:80 -r 172.16.32.110:80 -m
	-a -t $VIP:80 -r 172.16.32.112:80 -m -w 3
	-A -t $VIP:81 -s rr
	-a -t $VIP:81 -r 172.16.32.110:80 -m
	-a -t $VIP:81 -r 172.16.32.112:80 -m
	-A -f 5 -s sh
	-a -f 5 -r 172.16.32.110:0 -m
	service add tcp $VIP:99 scheduler rr tcp-timeout 33 mark 1/1 comment "of its own"
	dest add tcp $VIP:99 to 172.16.32.110:99 nat comment "the only one"
	END
}

begin()
{
	topo_nat
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
	web_server "$RS1" 80 one
	web_server "$RS2" 80 two
	random_file 2000 "$TMP/body"
	cp "$TMP/body" "$TMP/www/$RS1-80/body"
	cp "$TMP/body" "$TMP/www/$RS2-80/body"
	services | lbctl -R
	check_err $? "services"
	setting conn_reuse_mode 0 expire_nodest_conn 1
}

# downloads_start: they take some seconds, by both services
downloads_start()
{
	local i

	DOWNLOAD=()
	for ((i = 0; i < DOWNLOADS; i++)); do
		busybox nsenter --net="/run/netns/$CLIENT" \
			curl -s -m 120 --limit-rate 150K -o "$TMP/got$i" \
			"http://$VIP:$((80 + i % 2))/body" &
		DOWNLOAD+=($!)
	done
	busywait 10000 all_began
	check_err $? "downloads do not begin"
}

all_began()
{
	local i

	for ((i = 0; i < DOWNLOADS; i++)); do
		[ -s "$TMP/got$i" ] || return
	done
}

downloads_end()
{
	local i

	for ((i = 0; i < DOWNLOADS; i++)); do
		wait "${DOWNLOAD[i]}"
		check_err $? "download $i is broken off"
		cmp -s "$TMP/body" "$TMP/got$i"
		check_err $? "download $i is not what the server has"
		rm -f "$TMP/got$i"
	done
}

upgrade()
{
	lb_tool "$@" 2>&1
}

state()
{
	lb_tool save -
}

# Nobody is held back any more.
is_free()
{
	check_eq "$(in_ns "$DIRECTOR" nft list tables)" "" "tables of nftables"
	check_eq "$(echo /run/lbctl-upgrade.*)" "/run/lbctl-upgrade.*" \
		"files that are left"
}

lives()
{
	local before out i

	before=$(state)
	downloads_start
	for i in 1 2 3; do
		out=$(upgrade -j upgrade --module "$LB_KO" --old "$LB_KO")
		check_err $? "upgrade $i: $out"
		check_match "$out" '"hold-ms":.*"ended":0,"refused":0' \
			"upgrade $i"
		ksft_diag "$out"
		is_free
	done
	downloads_end
	check_eq "$(state)" "$before" "configuration"
	check_match "$(upgrade upgrade --module "$LB_KO" --old "$LB_KO")" \
		"^lb .* took the place of .*connections: [0-9]* made" "text"
	log_test "downloads go on while the module is exchanged"
}

# What cannot be loaded: the old one serves.
bad_module()
{
	local before out

	before=$(state)
	downloads_start
	head -c 100000 "$LB_KO" > "$TMP/lb.ko"
	out=$(upgrade upgrade --module "$TMP/lb.ko" --old "$LB_KO")
	check_eq $? 1 "status"
	check_match "$out" "$TMP/lb.ko cannot be loaded.*the old module serves again" \
		"message"
	is_free
	check_eq "$(state)" "$before" "configuration"
	downloads_end
	log_test "a module that cannot be loaded changes nothing"
}

# hold_begin N: so many go on, a thousand of them each second, and some are
# half-closed or idle.
hold_begin()
{
	local kind

	lbctl -R <<- END
	-A -t $VIP:90 -s rr
	-a -t $VIP:90 -r 172.16.32.110:90 -m
	-a -t $VIP:90 -r 172.16.32.112:90 -m
	END
	hold_serve "$RS1" 90
	hold_serve "$RS2" 90
	holder established "$1" established 90 192.168.1.5 "$1"
	for kind in half-closed idle; do
		holder "$kind" $(($1 / 10)) "$kind" 90 192.168.1.5
	done
	hold_ready
}

held()
{
	local before i out

	hold_begin "${LB_HOLD:-200}"
	before=$(state)
	for ((i = 1; i <= ${LB_ROUNDS:-2}; i++)); do
		out=$(upgrade -j upgrade --module "$LB_KO" --old "$LB_KO")
		check_err $? "upgrade $i: $out"
		ksft_diag "$out"
		hold_kept "upgrade $i"
	done
	out=$(upgrade upgrade --module "${LB_KO%/*}/selftest/lb_refuses.ko" \
		--old "$LB_KO")
	check_eq $? 1 "status"
	check_match "$out" "not permitted.*the old module serves again" "message"
	hold_kept "a module that refuses"
	check_eq "$(state)" "$before" "configuration"
	hold_end
	log_test "connections that are held are all kept, also if init refuses"
}

# What programs for IPVS see of services, as long as they see anything
watch_ipvs()
{
	busybox nsenter --net="/run/netns/$DIRECTOR" python3 -c '
while True:
    try:
        with open("/proc/net/ip_vs") as file:
            text = file.read()
    except OSError:
        continue
    print("C0A8016F" in text, flush=True)' > "$TMP/seen" &
	WATCHER=$!
	background $!
}

# Programs remember the number of IPVS's netlink family.
with_ipvs()
{
	local number=/sys/module/lb_ipvs/parameters/family
	local before daemon

	lb_ipvs_insmod
	check_err $? "lb_ipvs"
	before=$(< "$number")
	lb_tool sync start backup interface lo syncid 3
	daemon=$(lb_tool sync show)
	check_match "$daemon" "^backup interface lo" "the daemon"
	watch_ipvs
	upgrade upgrade --module "$LB_KO" --old "$LB_KO" > "$TMP/out"
	check_err $? "$(cat "$TMP/out")"
	kill "$WATCHER"
	check_eq "$(sort -u "$TMP/seen")" True "services are seen"
	[ -d /sys/module/lb_ipvs ]
	check_err $? "lb_ipvs is not there any more"
	check_eq "$(< "$number")" "$before" "number of the family"
	check_eq "$(lb_tool sync show)" "$daemon" "the daemon afterwards"
	lb_tool sync stop backup
	log_test "lb_ipvs and daemons go and come with it"
}

is_stopped()
{
	grep -qs "stopped by SIGSTOP" "$TMP/strace"
}

# The first module to go, lb_ipvs, makes the tool wait; a real server fails then.
changes()
{
	local child

	busybox nsenter --net="/run/netns/$DIRECTOR" strace -o "$TMP/strace" \
		-e inject=delete_module:error=EAGAIN:signal=SIGSTOP:when=1 \
		"$LBCTL" upgrade --module "$LB_KO" --old "$LB_KO" > "$TMP/out" 2>&1 &
	child=$!
	busywait 60000 is_stopped
	check_err $? "it does not stop: $(cat "$TMP/out")"
	lbctl -e -t "$VIP:81" -r 172.16.32.112:80 -m -w 0
	check_err $? "the weight"
	pkill -CONT -P "$child"
	wait "$child"
	check_err $? "$(cat "$TMP/out")"
	is_free
	check_match "$(state)" "$VIP:81 to 172.16.32.112:80 nat weight 0" "the weight"
	lbctl -e -t "$VIP:81" -r 172.16.32.112:80 -m -w 1
	log_test "what changes until the module goes is kept"
}

# As if ip_vs had come in between.
ipvs_lost()
{
	local before out

	before=$(state)
	mkdir -p "$TMP/bad/ipvs" "$TMP/bad/sync"
	cp "$LB_KO" "$TMP/bad"
	cp "${LB_KO%/*}/sync/lb_sync.ko" "$TMP/bad/sync"
	head -c 10000 "${LB_KO%/*}/ipvs/lb_ipvs.ko" > "$TMP/bad/ipvs/lb_ipvs.ko"
	out=$(upgrade upgrade --module "$TMP/bad/lb.ko" --old "$TMP/bad/lb.ko")
	check_eq $? 1 "status"
	check_match "$out" "lb_ipvs.ko cannot be loaded.*the old module serves again" \
		"message"
	is_free
	check_eq "$(state)" "$before" "configuration"
	rmmod lb_sync
	log_test "without lb_ipvs, which cannot come back, all else is kept"
}

TOLD=2000

# tell: a peer tells of connections, again and again
tell()
{
	busybox nsenter --net="/run/netns/$PEER" "$LIB_DIR/tell.py" 0 0 \
		172.16.32.110 "$VIP" "$TOLD" again &
	TELLER=$!
}

# Those that a peer has told of; others may end at any time.
count_told()
{
	lb_tool conn show | grep -c "^udp"
}

all_told()
{
	[ "$(count_told)" -ge "$TOLD" ]
}

# What was saved is newer than what a peer has been told.
with_peer()
{
	local out

	lb_sync_insmod
	check_err $? "lb_sync"
	setup_ns PEER
	net_link "$DIRECTOR" sync0 "$PEER" sync0
	net_addr "$DIRECTOR" sync0 10.99.0.1/24
	net_addr "$PEER" sync0 10.99.0.2/24
	lbctl -A -u "$VIP:53"
	lbctl -a -u "$VIP:53" -r 172.16.32.110 -m
	lb_tool sync start backup interface sync0
	tell
	busywait 20000 all_told
	check_err $? "the backup is not told"
	out=$(upgrade -j upgrade --module "$LB_KO" --old "$LB_KO")
	check_err $? "upgrade: $out"
	check_match "$out" '"made":[0-9]{4,},"there":0,' "tally"
	kill "$TELLER"
	wait "$TELLER" 2> /dev/null
	log_test "connections are restored before a peer tells of them"
}

# Somebody reads the list of connections, and does not go on.
in_use()
{
	local before daemon out refs

	all_told
	check_err $? "connections before"
	before=$(count_told)
	refs=$(< /sys/module/lb/refcnt)
	daemon=$(lb_tool sync show)
	mkfifo "$TMP/list"
	exec {LIST}<> "$TMP/list"
	lb_tool conn show > "$TMP/list" {LIST}>&- &
	busywait 10000 has_refs $((refs + 1))
	check_err $? "nobody reads the list"
	out=$(upgrade upgrade --module "$LB_KO" --old "$LB_KO")
	check_eq $? 1 "status"
	check_match "$out" "lb does not go.*the old module serves again" "message"
	is_free
	check_eq "$(lb_tool sync show)" "$daemon" "the daemon"
	exec {LIST}>&-
	wait $!
	check_eq "$(count_told)" "$before" "connections"
	log_test "a module that does not go stays, with all that it has"
}

# What boot.rst says to do when lbctl was killed
killed()
{
	local before dir out

	before=$(state)
	(busybox nsenter --net="/run/netns/$DIRECTOR" strace -o "$TMP/strace" \
		-e inject=delete_module:error=EAGAIN:signal=SIGKILL:when=1 \
		"$LBCTL" upgrade --module "$LB_KO" --old "$LB_KO"
		exit $?) > "$TMP/out" 2>&1
	check_fail $? "it was not killed"
	dir=$(echo /run/lbctl-upgrade.*)
	lb_unload
	lb_load
	check_err $? "the module"
	out=$(lb_tool load --allow-empty "$dir/rules" 2>&1)
	check_err $? "rules: $out"
	out=$(lb_tool conn restore "$dir/conns" 2>&1)
	check_err $? "connections: $out"
	out=$(lbctl -R < "$dir/daemons" 2>&1)
	check_err $? "daemons: $out"
	in_ns "$DIRECTOR" nft delete table inet lb_upgrade
	check_err $? "the table"
	rm -r "$dir"
	is_free
	check_eq "$(state)" "$before" "services and settings"
	log_test "an upgrade that was killed is repaired by hand"
}

has_refs()
{
	[ "$(< /sys/module/lb/refcnt)" -eq "$1" ]
}

daemon_lost()
{
	local before out

	all_told
	check_err $? "connections before"
	before=$(count_told)
	ip -n "$DIRECTOR" link del sync0
	out=$(upgrade upgrade --module "$LB_KO" --old "$LB_KO")
	check_eq $? 1 "status"
	check_match "$out" "no such interface.*a daemon of synchronisation did not start again" \
		"message"
	is_free
	check_eq "$(lb_tool sync show)" "" "daemons"
	check_eq "$(count_told)" "$before" "connections"
	lb_tool conn flush
	lbctl -D -u "$VIP:53"
	rmmod lb_sync
	log_test "without a daemon that cannot start, all else is kept"
}

with_key()
{
	local daemon

	lb_sync_insmod
	check_err $? "lb_sync"
	echo "a key" > "$TMP/key"
	lb_tool sync start backup interface lo key "$TMP/key"
	daemon=$(lb_tool sync show)
	check_match "$daemon" "keyed" "the daemon"
	refused "a daemon of synchronisation has a key, name its file with --sync-key" \
		--module "$LB_KO" --old "$LB_KO"
	: > "$TMP/empty"
	check_match "$(upgrade upgrade --module "$LB_KO" --old "$LB_KO" \
		--sync-key "$TMP/empty")" "a key has 1 to 64 bytes" "an empty key"
	is_free
	upgrade upgrade --module "$LB_KO" --old "$LB_KO" \
		--sync-key "$TMP/key" > "$TMP/out"
	check_err $? "$(cat "$TMP/out")"
	check_eq "$(lb_tool sync show)" "$daemon" "the daemon afterwards"
	is_free
	lb_tool sync stop backup
	rmmod lb_sync
	log_test "daemons keep a key"
}

# refused MESSAGE WORD...: nothing was begun.
refused()
{
	local out

	out=$(upgrade upgrade "${@:2}")
	check_eq $? 1 "status"
	check_eq "$out" "lbctl: upgrade: $1" "message"
	is_free
}

refusals()
{
	refused "$TMP/none: No such file or directory" --module "$TMP/none"
	refused "the file of the loaded module is not found, name it with --old" \
		--module "$LB_KO" --old "$TMP/lb.ko"
	setup_ns OTHER
	in_ns "$OTHER" "$LBCTL" service add tcp 192.0.2.1:80
	refused "another network namespace has services, which would be lost: /run/netns/$OTHER" \
		--module "$LB_KO" --old "$LB_KO"
	in_ns "$OTHER" "$LBCTL" service flush
	lb_sync_insmod
	check_err $? "lb_sync"
	in_ns "$OTHER" "$LBCTL" sync start backup interface lo
	refused "another network namespace has a daemon of synchronisation, which would be lost: /run/netns/$OTHER" \
		--module "$LB_KO" --old "$LB_KO"
	in_ns "$OTHER" "$LBCTL" sync stop backup
	touch "$TMP/named"
	unshare --net="$TMP/named" "$LBCTL" service add tcp 192.0.2.1:80
	check_err $? "a service"
	refused "another network namespace has services, which would be lost: $TMP/named" \
		--module "$LB_KO" --old "$LB_KO"
	umount "$TMP/named"
	lb_unload
	refused "the module lb is not loaded"
	lb_load
	log_test "what is refused before anything begins"
}

lb_load || skip_all "the module does not load"
begin
tests_run lives bad_module held with_peer in_use daemon_lost killed with_ipvs \
	changes ipvs_lost with_key refusals
