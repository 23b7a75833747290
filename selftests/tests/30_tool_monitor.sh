#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.12 quick
# CPUs: 1
#
# Events: who watches sees each change once, and only in its own namespace.
#
#   DIRECTOR   OTHER, both alone

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

# A socket that listens to multicasts of generic netlink (protocol 16).
listens()
{
	in_ns "$DIRECTOR" cat /proc/net/netlink |
		grep -Eq "^[0-9a-f]+ +16 +$1 +0*[1-9a-f]"
}

# watch FILE WORDS...: lbctl WORDS writes to FILE until unwatch.
watch()
{
	local file=$1

	shift
	ip netns exec "$DIRECTOR" "$LBCTL" "$@" > "$file" &
	WATCHER=$!
	BG_PIDS+=("$WATCHER")
	busywait 10000 listens "$WATCHER" > /dev/null
	check_err $? "lbctl $* listens"
}

lines_are()
{
	[ "$(wc -l < "$1")" -ge "$2" ]
}

# unwatch FILE LINES: when as many have come. Whether more came shows, too.
unwatch()
{
	busywait 10000 lines_are "$1" "$2" > /dev/null
	check_err $? "$2 events"
	kill "$WATCHER"
	wait "$WATCHER" 2> /dev/null
}

change_all()
{
	lbctl -A -t 192.0.2.1:80 -s rr -p 60
	lbctl -a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 5 -x 9
	lbctl -E -t 192.0.2.1:80 -s wrr
	lbctl -e -t 192.0.2.1:80 -r 10.0.0.2:8080 -m
	lbctl -d -t 192.0.2.1:80 -r 10.0.0.2:8080
	lbctl service replace fwmark 7 dest 10.0.0.3
	lbctl --set 901 0 0
	lbctl -A -t 192.0.2.1:80 2> /dev/null
	lbctl -C
	lbctl --set 900 0 0
}

events()
{
	lbctl -C
	watch "$TMP/events" monitor
	change_all
	unwatch "$TMP/events" 12
	check_eq "$(cat "$TMP/events")" \
"service set tcp 192.0.2.1:80 scheduler rr persistent 60
dest set tcp 192.0.2.1:80 to 10.0.0.2:8080 nat weight 5 upper 9
service set tcp 192.0.2.1:80 scheduler wrr
dest set tcp 192.0.2.1:80 to 10.0.0.2:8080 nat weight 1
dest del tcp 192.0.2.1:80 to 10.0.0.2:8080
service set fwmark 7 scheduler wlc
dest set fwmark 7 to 10.0.0.3:0 dr weight 1
config set tcp-timeout 901
service del tcp 192.0.2.1:80
dest del fwmark 7 to 10.0.0.3:0
service del fwmark 7
config set tcp-timeout 900" "events"
	log_test "each change is an event, and nothing else is"
}

json_events()
{
	lbctl -C
	watch "$TMP/json" -j monitor timestamp
	change_all
	unwatch "$TMP/json" 12
	python3 - "$TMP/json" > "$TMP/names" <<-END
	import json, sys
	for line in open(sys.argv[1]):
	    event = json.loads(line)
	    assert event["time"][:2] == "20"
	    print(event["event"])
	END
	check_err $? "each line is an object"
	check_eq "$(paste -sd' ' "$TMP/names")" \
"service-ntf dest-ntf service-ntf dest-ntf dest-del-ntf service-ntf dest-ntf config-ntf service-del-ntf dest-del-ntf service-del-ntf config-ntf" \
		"events"
	log_test "events as JSON, with the time"
}

namespaces()
{
	lbctl -C
	watch "$TMP/mine" monitor
	in_ns "$OTHER" "$LBCTL" -A -t 192.0.2.9:80 -s rr
	lbctl -A -t 192.0.2.1:80 -s rr
	unwatch "$TMP/mine" 1
	check_eq "$(cat "$TMP/mine")" "service set tcp 192.0.2.1:80 scheduler rr" \
		"events"
	in_ns "$OTHER" "$LBCTL" -C
	check_eq "$(lbctl -S -n)" "-A -t 192.0.2.1:80 -s rr" \
		"services after another namespace was cleared"
	log_test "no event and no change from another namespace"
}

# warned MESSAGE: the watcher says so.
warned()
{
	busywait 10000 lines_are "$TMP/err" 1 > /dev/null
	check_eq "$(head -n 1 "$TMP/err")" "lbctl: monitor: $1" "message"
}

# A watcher that does not read must hold nobody up, and hear that it missed.
overrun()
{
	lbctl -C
	watch "$TMP/out" monitor 2> "$TMP/err"
	kill -STOP "$WATCHER"
	seq -f '-A -t 192.0.2.1:%g -s rr' 1 3000 | lbctl -R
	check_err $? "3000 changes"
	kill -CONT "$WATCHER"
	warned "some events were lost"
	lbctl -C
	kill "$WATCHER"
	wait "$WATCHER" 2> /dev/null
	log_test "events that were lost"
}

reloaded()
{
	watch "$TMP/events" monitor 2> "$TMP/err"
	lb_unload
	check_err $? "the module does not go"
	lb_load
	check_err $? "the module does not come back"
	warned "the module was loaded again; some events may be lost"
	lbctl -A -t 192.0.2.1:80 -s rr
	unwatch "$TMP/events" 1
	check_eq "$(cat "$TMP/events")" \
		"service set tcp 192.0.2.1:80 scheduler rr" "events"
	log_test "events of a module that is loaded again"
}

lb_load || skip_all "cannot load the module"
setup_ns DIRECTOR OTHER
tests_run events json_events namespaces overrun reloaded
