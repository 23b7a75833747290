#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two CPUs against one: both get packets of flows of their own, for the same
# service.
#
# usage: smp.sh SUBJECT..., in the guest
#
# Prints lines "SUBJECT.speedup HUNDREDTHS": packets a second of two CPUs over
# those of one, the median of nine runs.
set -eu -o pipefail
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

FLOWS=4096
COUNT=60000

# one_cpu CPU DEVICE DESTINATION: print the nanoseconds.
one_cpu() {
	taskset -pc "$1" $BASHPID >/dev/null
	DROPPED=1
	send "$2" udp "$3" "$PORT" $FLOWS $COUNT
	echo "$TIME"
}

# Both send what one has sent alone; the slower one of them counts.
speedup() {
	local destination=$1
	local alone together before

	before=$(</sys/class/net/out0/statistics/tx_packets)
	alone=$(one_cpu 0 in0 "$destination")
	together=$({
		one_cpu 0 in0 "$destination" &
		one_cpu 1 in0 "$destination" &
		wait
	} | sort -n | tail -n 1)
	[ $(($(</sys/class/net/out0/statistics/tx_packets) - before)) -eq \
		$((3 * COUNT)) ] || die "$SUBJECT: packets were lost"
	echo $((200 * alone / together))
}

bench_setup
for SUBJECT; do
	destination=10.0.2.11
	if [ "$SUBJECT" != forward ]; then
		destination=$VIP
		director "${SUBJECT%-*}" "${SUBJECT#*-}" 4 udp
	fi
	send in0 udp "$destination" "$PORT" $FLOWS $((2 * FLOWS))
	for _ in {1..9}; do
		speedup "$destination"
	done | sort -n | sed -n 5p | sed "s/^/$SUBJECT.speedup /"
done
