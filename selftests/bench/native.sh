#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a packet takes in time, in a User-Mode Linux, which runs at nearly
# native speed: with many flows, cache misses count.
#
# usage: native.sh FLOWS..., in the guest
#
# Prints lines "SUBJECT.udp.FLOWS NANOSECONDS", less what the generator takes,
# and "SUBJECT.percent.FLOWS PER_CENT" of what forwarding took before.
set -eu -o pipefail
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=500000

measure() {
	local destination=$1 flows=$2
	local took

	send in0 udp "$destination" "$PORT" "$flows" $((2 * flows))
	send in0 udp "$destination" "$PORT" "$flows" $COUNT
	took=$((TIME - GENERATOR))
	[ "$SUBJECT" != forward ] || forward=$took
	echo "$SUBJECT.udp.$flows $((took / COUNT))"
	echo "$SUBJECT.percent.$flows $((100 * took / forward))"
}

generator() {
	nft "add table netdev bench; add chain netdev bench in0 {
		type filter hook ingress device in0 priority 0; policy drop; }"
	DROPPED=1
	send in0 udp $VIP "$PORT" 1 $COUNT
	DROPPED=
	GENERATOR=$TIME
	nft delete table netdev bench
}

IPVS_OPTIONS=conn_tab_bits=20
bench_setup
generator
for flows; do
	SUBJECT=forward
	measure 10.0.2.11 "$flows"
	for SUBJECT in {lb,ipvs}-{dr,nat}; do
		director "${SUBJECT%-*}" "${SUBJECT#*-}" 4 udp
		measure $VIP "$flows"
	done
	ipvsadm -C
done
