#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How long a large file takes to load, and one change among what is loaded, in a
# User-Mode Linux, which runs at nearly native speed.
#
# usage: load.sh, in the guest
#
# Prints lines "lb.WHAT MILLISECONDS", of the clock: the least of five, as what else
# the host does only adds. A change is one command, and starts a process.
set -eu -o pipefail

SERVICES=${SERVICES:-5000}
SERVERS=${SERVERS:-50}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT
SERVICE=192.0.0.1:80

rules() {
	awk -v services="$SERVICES" -v servers="$SERVERS" 'BEGIN {
		for (i = 0; i < services; i++) {
			svc = "tcp 192.0." int(i / 250) "." i % 250 + 1 ":80"
			print "service add " svc " scheduler wrr"
			for (j = 0; j < servers; j++)
				printf "dest add %s to 10.%d.%d.%d:80 nat\n",
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
	echo "$1 $((best / 1000)).$((best % 1000 / 100))"
}

clear() { "$LBCTL" -C; }
back() { "$LBCTL" dest set tcp $SERVICE to 10.7.0.1:80 weight 1; }

ip link set lo up
# shellcheck disable=SC2046 # names
modprobe -a $(modinfo -F depends "$LB_KO" | tr , "\n" | grep -v "^lb")
insmod "$LB_KO"
rules >"$TMP/rules"
timed lb.load-cold clear "$LBCTL" load "$TMP/rules"
[ "$("$LBCTL" -S -n | grep -c -- -a)" = $((SERVICES * SERVERS)) ]
timed lb.load-same : "$LBCTL" load "$TMP/rules"
timed lb.change back "$LBCTL" dest set tcp $SERVICE to 10.7.0.1:80 weight 5
timed lb.process : "$LBCTL" -h
