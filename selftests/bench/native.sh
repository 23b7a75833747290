#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a packet takes in time, in a User-Mode Linux, which runs at nearly
# native speed: with many flows, cache misses count.
#
# usage: native.sh FLOWS..., in the guest
#
# Prints lines "SUBJECT.KIND.FLOWS NANOSECONDS", less what the generator takes,
# and "SUBJECT.KIND-percent.FLOWS PER_CENT" of what forwarding took before. KIND
# is udp or, for no more flows than it has addresses, pktgen.
set -eu -o pipefail
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

COUNT=300000

# What else the host does only adds.
least_of_five() {
	local best=''

	for _ in 1 2 3 4 5; do
		send in0 "$KIND" "$1" "$PORT" "$2" $COUNT
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
	echo "$SUBJECT.$KIND.$flows $((took / COUNT))"
	echo "$SUBJECT.$KIND-percent.$flows $((100 * took / forward))"
}

generator() {
	nft "add table netdev bench; add chain netdev bench in0 {
		type filter hook ingress device in0 priority 0; policy drop; }"
	DROPPED=1
	GENERATOR=$(least_of_five $VIP 1)
	DROPPED=
	nft delete table netdev bench
}

measure_all() {
	generator
	SUBJECT=forward
	measure 10.0.2.11 "$1"
	for SUBJECT in {lb,ipvs}-{dr,nat}; do
		director "${SUBJECT%-*}" "${SUBJECT#*-}" 4 udp
		measure $VIP "$1"
	done
	ipvsadm -C
}

IPVS_OPTIONS=conn_tab_bits=20
bench_setup
for flows; do
	KIND=udp
	measure_all "$flows"
	[ "$flows" -le 65536 ] || continue
	KIND=pktgen
	measure_all "$flows"
done
