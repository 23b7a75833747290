#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Fail when a packet costs lb more instructions than it did; the counts are
# exact, whatever else the machine does. "cost.sh renew" writes the reference
# anew. Of new flows it has the first packet, of so few that no table grows: when
# the worker runs that does it moves with any change.
set -eu -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/../vm/common.sh"

BENCH=$LB_ROOT/selftests/bench
reference=$BENCH/reference

measure() {
	"$LB_VM/build.sh" 6.12 "$BENCH/gen" lbgen
	"$LB_VM/run.sh" -c -k 6.12 selftests/bench/packet.sh lb \
		lb-dr lb-nat lb-tun
}

if [ "${1-}" = renew ]; then
	figures=$(measure)
	{
		echo "# SPDX-License-Identifier: GPL-2.0-only"
		echo "# Instructions on 6.12; by selftests/bench/cost.sh renew"
		echo "$figures"
	} >"$reference"
else
	measure | tee /dev/stderr | "$BENCH/report.py" check "$reference"
fi
