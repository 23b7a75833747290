#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Does the number of services matter? What a packet of a known flow costs, and
# the first packet of a flow, when it is for one service among many.
#
# usage: services.sh SUBJECT..., in the guest
#
# Prints lines "SUBJECT.udp.SERVICES PRICE" and "SUBJECT.first.SERVICES PRICE".
set -eu -o pipefail
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

FLOWS=4096

others() {
	local n

	for ((n = 1; n < $1; n++)); do
		echo "-A -u 10.2.$((n / 256)).$((n % 256)):80 -s rr"
	done
}

measure() {
	local tool=$1 services=$2
	local first

	director "${SUBJECT%-*}" "${SUBJECT#*-}" 4 udp
	others "$services" | "$tool" -R
	send in0 udp $VIP "$PORT" $FLOWS $FLOWS
	first=$((TIME / FLOWS - base[udp]))
	per_packet in0 udp $VIP $FLOWS
	echo "$SUBJECT.first.$services $first"
	echo "$SUBJECT.udp.$services $PRICE"
}

bench_setup
measure_generator udp
for SUBJECT; do
	tool=ipvsadm
	[[ $SUBJECT != lb-* ]] || tool=$LBCTL
	for services in 1 1000 10000; do
		measure "$tool" $services
	done
done
