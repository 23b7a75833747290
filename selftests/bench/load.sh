#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How long a large file takes to load, and one change among what is loaded, in a
# User-Mode Linux, which runs at nearly native speed.
#
# usage: load.sh, in the guest
#
# Prints lines "SUBJECT.WHAT MILLISECONDS", of the clock: the least of five, as what
# else the host does only adds. A change is one command, and starts a process.
set -eu -o pipefail

SERVICES=${SERVICES:-5000}
SERVERS=${SERVERS:-50}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
SERVICE=192.0.0.1:80
SERVER=10.7.0.1:80

rules() {
	awk -v services="$SERVICES" -v servers="$SERVERS" 'BEGIN {
		for (i = 0; i < services; i++) {
			svc = "-t 192.0." int(i / 250) "." i % 250 + 1 ":80"
			print "-A " svc " -s wrr"
			for (j = 0; j < servers; j++)
				printf "-a %s -r 10.%d.%d.%d:80 -m -w 1\n",
				       svc, j, i / 250, i % 250 + 1
		}
	}'
}

# timed NAME BEFORE COMMAND...: the least of five. BEFORE is run each time, and does
# not count.
timed() {
	local best='' begin took

	for _ in 1 2 3 4 5; do
		"$2"
		begin=${EPOCHREALTIME/./}
		"${@:3}" >"$TMP/out"
		took=$((${EPOCHREALTIME/./} - begin))
		[ -n "$best" ] && [ "$best" -le "$took" ] || best=$took
	done
	echo "$SUBJECT.$1 $((best / 1000)).$((best % 1000 / 100))"
}

clear() { "$TOOL" -C; }
back() { weigh 1; }
weigh() { "$TOOL" -e -t $SERVICE -r $SERVER -m -w "$1"; }
load_lb() { "$TOOL" load "$TMP/rules"; }
load_ipvs() { "$TOOL" -R <"$TMP/rules"; }

measure() {
	timed load clear "load_$SUBJECT"
	[ "$("$TOOL" -S -n | grep -c -- -a)" = $((SERVICES * SERVERS)) ]
	timed change back weigh 5
	timed process : "$TOOL" -h
}

ip link set lo up
insmod "$LB_KO"
rules >"$TMP/rules"
SUBJECT=lb TOOL=$LBCTL
measure
timed load-same : load_lb
clear
rmmod lb
modprobe ip_vs_wrr
SUBJECT=ipvs TOOL=ipvsadm
measure
