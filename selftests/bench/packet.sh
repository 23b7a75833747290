#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What a packet costs, in instructions.
#
# usage: packet.sh SET SUBJECT..., in the guest
#
# SET is all, quick (UDP requests only) or lb (what the reference holds); a
# SUBJECT is forward, lb-METHOD, ipvs-METHOD, nft-dnat or nft-flowtable, with a 6
# behind it for IPv6, which all later ones are then, too. The price of new flows
# depends on who was measured before in the same boot.
# Prints lines "SUBJECT.KIND.FLOWS VALUE", where SUBJECT may end in +off
# (fastpath off), +sync (a master tells other directors), +hook (a chain of
# another's at input) or +hooks (at all five hooks):
#
#   udp, udp-reply	a UDP packet of 64 bytes of a known flow
#   pktgen		the same, made by pktgen
#   ack, ack-reply	a TCP segment without data
#   new			what the first packet of a UDP flow costs more
#   first		what it costs, of so few flows that no table grows
#
# The VM runs on one CPU whose clock advances a nanosecond with each
# instruction, so that the time of a packet is its cost. What generating and
# receiving it cost is measured with a drop at ingress, and subtracted.
set -eu -o pipefail
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

known_flow() {
	per_packet "$@"
	echo "$SUBJECT.$2.$4 $PRICE"
}

# Some directors need a second packet of a flow until they know it.
measure_new() {
	local count=$((2 * $2))
	local first='' later=''

	for _ in $ROUNDS; do
		[ $# -eq 2 ] || director "$3" "$4" 4 udp
		send in0 udp "$1" "$PORT" 1 100
		send in0 udp "$1" "$PORT" "$2" $count
		least first "$TIME"
		send in0 udp "$1" "$PORT" "$2" $count
		least later "$TIME"
	done
	echo "$SUBJECT.new.$2 $(((first - later) / $2))"
}

# measure_first DESTINATION FLOWS DIRECTOR METHOD: no worker that makes the table
# grow is in this price, nor does it rise when known packets become cheaper.
measure_first() {
	local first=''

	for _ in $ROUNDS; do
		director "$3" "$4" 4 udp
		send in0 udp "$1" "$PORT" 1 100
		send in0 udp "$1" "$PORT" "$2" "$2"
		least first "$TIME"
	done
	echo "$SUBJECT.first.$2 $((first / $2 - base[udp]))"
}

# Flows are known when two packets of each have passed.
measure_udp() {
	send in0 udp "$1" "$PORT" "$2" $((2 * $2))
	known_flow in0 udp "$1" "$2"
	[ "$VIP" != "${VIP#*:}" ] || known_flow in0 pktgen "$1" "$2"
}

measure_udp_reply() {
	send in0 udp "$1" "$PORT" "$2" $((2 * $2))
	send out0 udp-reply "${SERVERS}11" "$PORT" "$2" $((2 * $2))
	known_flow out0 udp-reply "${SERVERS}11" "$2"
}

# The servers' answer is seen by who does NAT, and by nobody else.
measure_tcp() {
	send in0 syn "$1" "$PORT" "$2" "$2"
	[ "$3" = one-way ] || send out0 synack "${SERVERS}11" "$PORT" "$2" "$2"
	send in0 ack "$1" "$PORT" "$2" $((2 * $2))
	known_flow in0 ack "$1" "$2"
	[ "$3" = one-way ] || known_flow out0 ack-reply "${SERVERS}11" "$2"
}

# measure DESTINATION one-way|two-way [DIRECTOR METHOD]
measure() {
	local target=$1 ways=$2
	local flows

	[ "$SET" != lb ] || measure_first "$target" 500 "${@:3}"
	for flows in $FLOWS; do
		[ "$flows" -eq 1 ] || [ "$SET" = lb ] ||
			measure_new "$target" "$flows" "${@:3}"
		[ $# -eq 2 ] || director "$3" "$4" 4 udp
		measure_udp "$target" "$flows"
		[ "$SET" != quick ] || continue

		[ $# -eq 2 ] || director "$3" "$4" 1 tcp
		measure_tcp "$target" "$flows" "$ways"
		[ "$ways" = two-way ] || continue

		[ $# -eq 2 ] || director "$3" "$4" 1 udp
		measure_udp_reply "$target" "$flows"
	done
}

measure_subject() {
	local subject=${1%6}

	case $subject in
	forward)	measure "${SERVERS}11" two-way ;;
	nft-*|*-nat)	measure $VIP two-way "${subject%-*}" "${subject#*-}" ;;
	*)		measure $VIP one-way "${subject%-*}" "${subject#*-}" ;;
	esac
}

# Alone, without lb's fast path, and where others have hooks as well: that with
# IPv4 and plain methods only
measure_environments() {
	SUBJECT=$1
	measure_subject "$1"
	FLOWS=4096
	if [[ $1 = lb-* && $SET != quick ]]; then
		SUBJECT=$1+off
		FASTPATH=off
		measure_subject "$1"
		FASTPATH=auto
	fi
	if [[ $1 = lb-nat && $SET = lb ]]; then
		SUBJECT=$1+sync
		SYNC=1
		measure_subject "$1"
		SYNC=
	fi
	[[ $1 != nft-* && $1 != *[6e] ]] || return 0
	SUBJECT=$1+hook
	foreign input
	measure_subject "$1"
	[ "$SET" = all ] || return 0
	SUBJECT=$1+hooks
	foreign prerouting input forward output postrouting
	measure_subject "$1"
}

SET=$1
kinds=(udp pktgen udp-reply ack ack-reply)
ROUNDS="1 2 3"
if [ "$SET" = quick ]; then
	kinds=(udp pktgen)
	ROUNDS="1 2"
fi
bench_setup
measure_generator "${kinds[@]}"
for subject in "${@:2}"; do
	if [[ $subject = *6 && $VIP != *:* ]]; then
		speak_ipv6
		measure_generator udp udp-reply ack ack-reply
	fi
	FLOWS="1 4096"
	[ "$SET" != lb ] || FLOWS=4096
	measure_environments "$subject"
	nft_clear foreign
done
