#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How long it takes until a director that starts knows all connections, and for how
# long packets are held back while the module is exchanged, in a User-Mode Linux,
# which runs at nearly native speed.
#
# usage: join.sh JOINED HELD, in the guest: so many connections each
#
# Prints lines "lb.join.JOINED MILLISECONDS" and "lb.hold.HELD MILLISECONDS", of the
# clock: the least of five, as what else the host does only adds.
set -eu -o pipefail
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

in_peer() {
	ip netns exec peer "$@"
}

peer() {
	ip netns add peer
	ip link add sync0 up type veth peer sync1 netns peer
	ip addr add 10.0.9.1/24 dev sync0
	in_peer ip link set sync1 up
	in_peer ip addr add 10.0.9.2/24 dev sync1
	services in_lb dr 4 tcp
}

in_lb() {
	in_peer "$LBCTL" "$@"
}

# begin N: so many connections, which outlast all
begin() {
	director lb dr 4 tcp
	"$LBCTL" --set 36000 0 0
	send in0 syn $VIP "$PORT" "$1" "$1"
	send in0 ack $VIP "$PORT" "$1" "$1"
	[ "$("$LBCTL" conn count)" = "$1" ] || die "not $1 connections"
}

# joined N: milliseconds until the peer has as many. Each process takes part of the
# only CPU, so to ask is one, and to wait is none.
joined() {
	# shellcheck disable=SC2016 # the inner shell expands it
	in_peer bash -c '
		start=${EPOCHREALTIME/./}
		exec {pipe}<> <(:)
		"$0" sync start backup interface sync1
		until [ "$("$0" conn count)" -ge "$1" ] ||
		      [ $((${EPOCHREALTIME/./} - start)) -gt 100000000 ]; do
			read -t 0.4 -r <&"$pipe"
		done
		echo $(((${EPOCHREALTIME/./} - start) / 1000))' "$LBCTL" "$1"
	[ "$(in_lb conn count)" = "$1" ] || die "$(in_lb sync stats)"
	in_lb sync stop backup
	in_lb conn flush
}

# held: milliseconds, as the upgrade says
held() {
	"$LBCTL" -j upgrade --module "$LB_KO" --old "$LB_KO" |
		sed -n 's/.*"hold-ms": *\([0-9]*\).*/\1/p'
}

measure() {
	local best=''

	for _ in 1 2 3 4 5; do
		least best "$("${@:2}")"
	done
	echo "$1 $best"
}

SUBJECT=lb
bench_setup
begin "$1"
peer
sync_start lb
measure "lb.join.$1" joined "$1"
ip netns del peer
"$LBCTL" sync stop master
begin "$2"
measure "lb.hold.$2" held
[ "$("$LBCTL" conn count)" = "$2" ] || die "connections were lost"
