#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What takes too long for each change: long.sh [MINUTES]
#
# Two CPUs attack the module with packets and requests, on each kernel in turn,
# and then its table of connections alone; each for so many minutes (default
# 10); and the debug kernel gets 20000 wrong requests of IPVS's interfaces for each
# second of them. Exits with 0 if nothing was found.
set -u
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

seconds=$((${1:-10} * 60))
races=selftests/tests/63_races.sh
# It has this many tests, which share the time.
tests=$(sed -n 's/^tests_run //p' "$LB_ROOT/$races" | wc -w)
failed=0

for label in 6.12 7.2; do
	say "$label: packets and requests, $seconds s"
	"$LB_VM/run.sh" -k $label -e "LB_STRESS=$((seconds / tests))" \
		-t $((seconds * 2 + 900)) "$races" || failed=1
	say "$label: the table, $seconds s"
	"$LB_VM/build.sh" $label "$LB_ROOT/kmod" stress LB_DEBUG=1 &&
		"$LB_VM/run.sh" -k $label -n -e "LB_STRESS=$seconds" \
			-t $((seconds * 2 + 300)) \
			-e "LB_KO=$LB_BUILD/$label-stress/lb.ko" \
			selftests/stress/table.sh || failed=1
done
say "debug: wrong requests"
"$LB_VM/run.sh" -k debug -e "LB_FUZZ=$((seconds * 20000))" -e TESTS=fuzz \
	-t $((seconds * 10 + 900)) selftests/tests/80_ipvs_beside.sh || failed=1
exit $failed
