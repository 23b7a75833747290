#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a master tells other directors of connections.
#
# usage: sync.sh lb|ipvs, in the guest
#
# Prints lines "SUBJECT.WHAT BYTES", with all headers:
#
#   short	of 100,000 connections that end at once, five packets each
#   long	of 10,000 that last, 60 packets each within half a minute
set -eu -o pipefail
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

# tcp KIND FLOWS: a segment of each flow
tcp() {
	send in0 "$1" $VIP "$PORT" "$2" "$2"
}

sent() {
	cat /sys/class/net/sync0/statistics/tx_bytes
}

# The next service, beside those that there are
next_service() {
	local tool=ipvsadm

	[ "$SUBJECT" != lb ] || tool=$LBCTL
	PORT=$((PORT + 1))
	"$tool" -A -t "$VIP:$PORT" -s rr
	"$tool" -a -t "$VIP:$PORT" -r "${SERVERS}11:$PORT" -g
}

# What is left to tell is told.
sent_since() {
	settle
	echo $(($(sent) - $1))
}

measure_short() {
	local before kind

	before=$(sent)
	for _ in {1..100}; do
		next_service
		for kind in syn ack ack fin ack; do
			tcp $kind 1000
		done
	done
	echo "$SUBJECT.short $(sent_since "$before")"
}

measure_long() {
	local before

	next_service
	before=$(sent)
	tcp syn 10000
	for _ in {1..59}; do
		tcp ack 10000
		sleep 0.5
	done
	echo "$SUBJECT.long $(sent_since "$before")"
}

SUBJECT=$1
SYNC=1
bench_setup
director "$SUBJECT" dr 1 tcp
measure_short
measure_long
