#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All there is, saved and loaded: what a file says, whole or not at all.
#
#   topo_wire
#
# Kernels: 6.12 quick

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
RULES=$TMP/lb.rules

# saved: all there is, but for the line that names the version
saved()
{
	lbctl save - | tail -n +2
}

# Of everything that can be saved.
make_config()
{
	lbctl load - <<-END
	config set tcp-timeout 901 fastpath off
	config set conn_reuse_mode 2 mh_table_size 251
	service add fwmark 3 ipv6 scheduler mh sched-flags mh-port
	dest add fwmark 3 ipv6 to [2001:db8::1] tun tun-type gue tun-port 6080
	service add udp 192.0.2.1:53 persistent 60 mask 255.255.255.0 pe sip
	service add udp 192.0.2.1:54 one-packet udp-timeout 7 mtu 1400 tun-df set
	dest add udp 192.0.2.1:54 to 10.0.0.9 nat weight 0 upper 7 lower 3
	service add tcp [2001:db8::5]:80 persistent 9 mask 64 mss-clamp
	-A -t 192.0.2.1:80 -s sed
	-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 100
	END
	check_err $? "load"
}

save_load_save()
{
	make_config
	lbctl save "$RULES"
	check_err $? "save"
	check_match "$(cat "$RULES")" "config set tcp-timeout 901.*\
udp 192.0.2.1:54 .*udp-timeout 7 .*to 10.0.0.9:54 nat weight 0" "what was saved"
	check_match "$(lbctl -S -n 2>&1 > /dev/null)" \
		"^lbctl: -S -n: services and real servers with settings .*: 1; lbctl save has all$" \
		"what -S says of timeouts"
	lbctl service flush
	lbctl config set tcp-timeout 7 fastpath auto mh_table_size 65537
	lbctl load "$RULES"
	check_err $? "load"
	lbctl save "$TMP/again"
	diff -u "$RULES" "$TMP/again" > "$TMP/diff"
	check_err $? "saved again: $(cat "$TMP/diff")"
	check_eq "$(lbctl load --diff "$RULES")" "" "what a second load changes"
	rm -rf /etc/lb
	lbctl save
	check_err $? "save where nothing was saved before"
	check_eq "$(tail -n +2 /etc/lb/lb.rules)" "$(saved)" "the usual file"
	rm -r /etc/lb
	log_test "save, load, save again: equal"
}

# refused EXIT MESSAGE OPTION...: what file.rules says; what is there stays
refused()
{
	local before out rc

	before=$(saved)
	out=$(lbctl load "$TMP/file.rules" "${@:3}" 2>&1)
	rc=$?
	check_eq "$rc" "$1" "exit code"
	check_eq "$out" "lbctl: $2" "message"
	check_eq "$(saved)" "$before" "what is there"
}

all_or_nothing()
{
	local before pid

	make_config
	ip netns exec "$DIRECTOR" "$LBCTL" monitor > "$TMP/events" &
	pid=$!
	background "$pid"
	lbctl config set drop_entry 0
	until grep -q drop_entry "$TMP/events"; do
		lbctl config set drop_entry 0
		pause 0.1
	done
	pause 0.2
	: > "$TMP/events"

	cat > "$TMP/file.rules" <<-END
	# A comment
	config set tcp-timeout 77 mh_table_size 13
	service add tcp 192.0.2.1:80 scheduler mh
	dest add tcp 192.0.2.1:80 to 10.0.0.1:8080 nat weight 5
	dest add tcp 192.0.2.1:80 to 10.0.0.2:8080 nat
	service add tcp 192.0.2.7:80
	service add fwmark 9 scheduler mh
	dest add fwmark 9 to 10.0.0.2 lower 9
	END
	refused 1 "$TMP/file.rules:8: dest add fwmark 9 to 10.0.0.2 lower 9: \
lower threshold is above the upper threshold (attribute dest.lower-threshold)"
	sed -i 's/ lower 9//' "$TMP/file.rules"
	echo "service add tcp 192.0.2.8:80 scheduler nosuch" >> "$TMP/file.rules"
	refused 1 "$TMP/file.rules:9: service add tcp 192.0.2.8:80 scheduler \
nosuch: no such scheduler (attribute service.scheduler)"
	sed -i '$d; s/tcp-timeout 77/tcp-timeout 0/' "$TMP/file.rules"
	refused 1 "$TMP/file.rules:2: config set tcp-timeout 0 mh_table_size 13: \
the value must be 1 to 2678400 (attribute config.tcp-timeout)"

	# With --check, nothing changes either, however good it is.
	sed -i 's/tcp-timeout 0/tcp-timeout 77/' "$TMP/file.rules"
	before=$(saved)
	lbctl load --check "$TMP/file.rules"
	check_err $? "--check"
	check_eq "$(saved)" "$before" "what is there after --check"
	check_eq "$(cat "$TMP/events")" "" "events"
	kill "$pid"

	lbctl load "$TMP/file.rules"
	check_err $? "load"
	check_eq "$(lbctl service | wc -l) $(lbctl config get tcp-timeout)" "3 77" \
		"services and a setting after the load"
	log_test "a single error changes nothing, and is named"
}

# The file says how many there may be.
limits_of_file()
{
	lbctl load --allow-empty - <<< "config set service_max 1"
	printf 'service add tcp 192.0.2.%d:80\n' 1 2 > "$TMP/file.rules"
	refused 1 "$TMP/file.rules:2: service add tcp 192.0.2.2:80: there are as \
many services as service_max, or user_service_max, allows (attribute service.port)"
	echo "config set service_max 2" >> "$TMP/file.rules"
	lbctl load "$TMP/file.rules"
	check_err $? "with a limit of 2"
	lbctl config set service_max 1073741824
	log_test "limits that the file sets hold for the file"
}

# Packets of a service for all ports never meet one that is prepared only.
unseen()
{
	local before i

	lbctl load - <<-END
	service add udp $VIP:0 persistent 1
	dest add udp $VIP:0 to 172.16.32.110 nat
	END
	{
		lbctl save -
		echo "service add udp $VIP:5353"
		seq -f "service add fwmark %g dest 10.0.0.1" 1 250
		echo "service add fwmark 251 scheduler nosuch"
	} > "$TMP/file.rules"
	before=$(saved)
	modprobe pktgen
	check_err $? "pktgen"
	flood "$VIP" 5353 20000 &
	i=0
	while kill -0 $! 2> /dev/null; do
		lbctl load "$TMP/file.rules" > "$TMP/out" 2>&1 && break
		i=$((i + 1))
	done
	wait $!
	check_match "$(cat "$TMP/out")" "no such scheduler" "message"
	ksft_diag "$i loads were refused meanwhile"
	check_eq "$(saved)" "$before" "what is there"
	check_eq "$(lbctl stats | sed -n 's/^drop no-dest //p')" 0 \
		"packets that found the service without servers"
	check_eq "$(stat_of "$VIP:0" 4)" 20000 "packets of the service"
	log_test "packets see nothing of a load that fails"
}

includes()
{
	mkdir -p "$TMP/more"
	cat > "$TMP/file.rules" <<-END
	service add tcp 192.0.2.1:80   # the site
	include more/a.rules
	END
	echo "include b.rules" > "$TMP/more/a.rules"
	echo "service add tcp 192.0.2.2:80 dest 10.0.0.1" > "$TMP/more/b.rules"
	lbctl load "$TMP/file.rules"
	check_err $? "load"
	check_eq "$(lbctl service | wc -l)" 2 "services"
	echo "dest add tcp 192.0.2.1:80 to 224.0.0.1" >> "$TMP/more/a.rules"
	refused 1 "$TMP/more/a.rules:2: dest add tcp 192.0.2.1:80 to 224.0.0.1: \
real server's address is not a unicast address beyond the link (attribute \
dest.addr4)"
	log_test "files that are included"
}

# What --diff prints brings about what the file says.
diffs()
{
	make_config
	cat > "$TMP/file.rules" <<-END
	config set tcp-timeout 902 fastpath auto
	service add fwmark 3 ipv6 scheduler wlc
	dest add fwmark 3 ipv6 to [2001:db8::1] tun
	dest add fwmark 3 ipv6 to [2001:db8::2] tun
	service add udp 192.0.2.1:53 persistent 60
	service add udp 192.0.2.1:54 scheduler sh sched-flags sh-port
	service add tcp [2001:db8::5]:80 persistent 9
	service add tcp [2001:db8::6]:80 dest [2001:db8::9] weight 3
	END
	lbctl load --diff "$TMP/file.rules" > "$TMP/commands"
	check_err $? "--diff"
	check_match "$(cat "$TMP/commands")" "^config set tcp-timeout 902 \
fastpath auto" "settings"
	check_match "$(cat "$TMP/commands")" "dest del udp 192.0.2.1:54 to \
10.0.0.9:54.*service del tcp 192.0.2.1:80" "what goes"
	lbctl -b "$TMP/commands"
	check_err $? "the commands"
	check_eq "$(lbctl load --diff "$TMP/file.rules")" "" "what is left to do"
	saved > "$TMP/by-commands"
	lbctl load "$TMP/file.rules"
	saved | diff -u "$TMP/by-commands" - > "$TMP/diff"
	check_err $? "by commands and by load: $(cat "$TMP/diff")"
	log_test "--diff prints commands that do what load does"
}

# Whoever loads has its terminal taken away.
confirm()
{
	local before

	lbctl load - <<< "service add tcp 192.0.2.1:80 dest 10.0.0.1"
	before=$(saved)
	echo "service add tcp 192.0.2.2:80" > "$TMP/file.rules"
	busybox setsid nsenter --net="/run/netns/$DIRECTOR" bash -c \
		"$LBCTL load $TMP/file.rules --confirm 15; kill -HUP 0" \
		> "$TMP/out" 2>&1
	check_match "$(cat "$TMP/out")" "lbctl confirm.* within 15 seconds" "message"
	check_match "$(lbctl service)" "^tcp 192.0.2.2:80" "what is loaded"
	refused 1 "the load before is not confirmed yet: say lbctl confirm, or \
wait until it is undone" --confirm 60
	busywait 60000 is_saved "$before"
	check_err $? "what was there did not come back: $(busybox ps |
		grep lbctl; cat /run/lb/*; saved)"
	check_eq "$(lbctl confirm 2>&1)" "lbctl: no load waits to be confirmed" \
		"too late"

	lbctl load "$TMP/file.rules" --confirm 60 2> /dev/null
	lbctl confirm
	check_err $? "confirm"
	check_match "$(lbctl service)" "^tcp 192.0.2.2:80" "what was confirmed"
	before=$(saved)
	echo "service add tcp 192.0.2.2:80 pe sip" > "$TMP/file.rules"
	lbctl load "$TMP/file.rules" --confirm 60 2> /dev/null
	check_fail $? "a load that is refused"
	check_eq "$(find /run/lb -type f)" "" "files that are left"
	check_eq "$(saved)" "$before" "what is there"
	log_test "what is not confirmed is undone"
}

is_saved()
{
	[ "$(saved)" = "$1" ]
}

empty()
{
	lbctl load - <<< "service add tcp 192.0.2.1:80"
	echo "# nothing" > "$TMP/file.rules"
	refused 2 "$TMP/file.rules: nothing is added, so all services would be \
deleted; if that is meant, say --allow-empty"
	lbctl load "$TMP/file.rules" --allow-empty
	check_err $? "--allow-empty"
	check_eq "$(lbctl service)" "" "what is left"
	log_test "an empty file needs --allow-empty"
}

lb_load || skip_all "cannot load the module"
topo_wire
tests_run save_load_save all_or_nothing limits_of_file unseen includes diffs \
	confirm empty
