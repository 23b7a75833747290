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

COUNT=300000

# What else the host does only adds.
least_of_five() {
	local best=''

	for _ in 1 2 3 4 5; do
		send in0 udp "$1" "$PORT" "$2" $COUNT
		least best "$TIME"
	done
	echo "$best"
}

measure() {
	local destination=$1 flows=$2
	local took

	send in0 udp "$destination" "$PORT" "$flows" $((2 * flows))
	took=$(($(least_of_five "$destination" "$flows") - GENERATOR))
	[ "$SUBJECT" != forward ] || forward=$took
	echo "$SUBJECT.udp.$flows $((took / COUNT))"
	echo "$SUBJECT.percent.$flows $((100 * took / forward))"
}

generator() {
	nft "add table netdev bench; add chain netdev bench in0 {
		type filter hook ingress device in0 priority 0; policy drop; }"
	DROPPED=1
	GENERATOR=$(least_of_five $VIP 1)
	DROPPED=
	nft delete table netdev bench
}

IPVS_OPTIONS=conn_tab_bits=20
bench_setup
for flows; do
	generator
	SUBJECT=forward
	measure 10.0.2.11 "$flows"
	for SUBJECT in {lb,ipvs}-{dr,nat}; do
		director "${SUBJECT%-*}" "${SUBJECT#*-}" 4 udp
		measure $VIP "$flows"
	done
	ipvsadm -C
done
