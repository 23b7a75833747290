#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All checks: check.sh [LABEL]... (default: all kernels)
#
# Prints progress as it goes, what failed in full, and at the end one line
# "N passed, N failed". What each step printed stays in build/logs.
set -u -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

read -ra labels <<<"${*:-$LB_LABELS}"
logs=$LB_BUILD/logs

# The functions that run a check take its name and its command. They leave
# "PASSED FAILED" in a file, so that checks can run side by side.

tell() {
	printf '[%2d:%02d] %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"
}

# A command that prints KTAP
check_ktap() {
	local log=$logs/check-$1.log
	local line

	# This stays when the rest comes to no end.
	echo "0 1" >"$log.tally"
	"${@:2}" 2>&1 </dev/null | tee "$log" |
		awk -v STEP="$1" -v OUT="$log.tally" \
			-f "$LB_VM/tally.awk" |
		while IFS= read -r line; do
			tell "$line"
		done
}

# A command that is one check by its exit status
check() {
	local log=$logs/check-$1.log

	if "${@:2}" >"$log" 2>&1 </dev/null; then
		tell "$1: passed"
		echo "1 0" >"$log.tally"
	else
		tell "$1: FAILED"
		tail -n 50 "$log" | sed "s/^/$1 | /"
		echo "0 1" >"$log.tally"
	fi
}

# The harness must see the bug CONTROL, reported with the words $2.
sees_bug() {
	local output

	output=$("$LB_VM/run.sh" -k debug -n -e LB_EXPECT_SPLAT=1 \
		-e "CONTROL=$1" selftests/vm/suite.sh \
		selftests/vm/control/control.sh)
	echo "$output"
	grep -q '^not ok' <<<"$output" && grep -q "$2" <<<"$output"
}

# run.sh itself must not let a complaint pass, either.
run_sees_bug() {
	! "$LB_VM/run.sh" -k debug -n -e CONTROL=uaf \
		selftests/vm/control/control.sh
}

check_debug() {
	check kernel-debug "$LB_VM/get-kernel.sh" debug
	check module-debug "$LB_VM/build.sh" debug
	check control-build "$LB_VM/build.sh" debug "$LB_VM/control" control
	check control-uaf sees_bug uaf "KASAN: slab-use-after-free"
	check control-atomic sees_bug atomic "BUG: sleeping function called"
	check control-inversion sees_bug inversion "possible circular locking"
	check control-rcu sees_bug rcu "suspicious RCU usage"
	check control-leak sees_bug leak "unreferenced object"
	check control-run run_sees_bug
	check_suite debug
}

check_suite() {
	check_ktap "$1" "$LB_VM/run.sh" -k "$1" -n -t 1500 selftests/vm/suite.sh
}

rm -f "$logs"/check-*
mkdir -p "$logs"
check tool make -s -C "$LB_ROOT" test-programs
check_ktap tool-tests make -s -C "$LB_ROOT/tool" O="$LB_BUILD" check

# The debug kernel takes minutes to build and then uses one CPU. All that
# concerns it is done beside the rest.
stock=()
for label in "${labels[@]}"; do
	case $label in
	debug)	check_debug & ;;
	*)	stock+=("$label") ;;
	esac
done
for label in "${stock[@]}"; do
	check "kernel-$label" "$LB_VM/get-kernel.sh" "$label"
done
check codegen make -s -C "$LB_ROOT" codegen-check
check_ktap lint "$LB_ROOT/selftests/lint.sh"
check dkms "$LB_VM/dkms.sh"
for label in "${stock[@]}"; do
	check "module-$label" "$LB_VM/build.sh" "$label"
	check_suite "$label"
done
wait

cat "$logs"/check-*.tally |
	awk '{ passed += $1; failed += $2 }
	     END { printf "%d passed, %d failed\n", passed, failed
	           exit failed > 0 }'
