#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Does the number of flows matter? What a packet of a known flow costs, the
# flows coming in no order, and the size of the objects that hold a flow.
#
# usage: flows.sh "SUBJECT..." FLOWS..., in the guest
#
# Without slab_nomerge on the kernel's command line caches of other things
# share a name with those that count. Prints lines "SUBJECT.udp.FLOWS PRICE"
# and "SUBJECT.bytes.FLOWS BYTES".
set -eu -o pipefail
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

slabs() {
	awk 'NR > 2 { print $1, $2, $4 }' /proc/slabinfo
}

# grown BEFORE FLOWS: bytes an object of all caches that now have one for each
# flow more than they had.
grown() {
	slabs | awk -v flows="$2" -v before="$1" '
	BEGIN {
		n = split(before, word)
		for (i = 1; i < n; i += 3)
			had[word[i]] = word[i + 1]
	}
	$2 - had[$1] >= 0.9 * flows { bytes += $3 }
	END { print bytes + 0 }'
}

measure() {
	local flows=$1
	local before

	director "${SUBJECT%-*}" "${SUBJECT#*-}" 4 udp
	before=$(slabs)
	send in0 udp $VIP "$PORT" "$flows" "$flows"
	[[ $SUBJECT != nft-* ]] || send in0 udp $VIP "$PORT" "$flows" "$flows"
	echo "$SUBJECT.bytes.$flows $(grown "$before" "$flows")"
	settle
	per_packet in0 udp $VIP "$flows"
	echo "$SUBJECT.udp.$flows $PRICE"
}

IPVS_OPTIONS=conn_tab_bits=20
bench_setup
modprobe nf_conntrack hashsize=1048576
sysctl -qw net.netfilter.nf_conntrack_max=20000000
measure_generator udp
for SUBJECT in $1; do
	for flows in "${@:2}"; do
		measure "$flows"
	done
done
