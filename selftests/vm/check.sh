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
passed=0
failed=0

elapsed() {
	printf '[%2d:%02d]' $((SECONDS / 60)) $((SECONDS % 60))
}

# The functions that run a check take its name and its command.

# A command that prints KTAP
check_ktap() {
	local log=$logs/check-$1.log
	local good bad line

	"${@:2}" 2>&1 </dev/null | tee "$log" |
		awk -v STEP="$1" -v OUT="$log.tally" \
			-f "$LB_VM/tally.awk" |
		while IFS= read -r line; do
			echo "$(elapsed) $line"
		done
	read -r good bad <"$log.tally"
	passed=$((passed + good))
	failed=$((failed + bad))
}

# A command that is one check by its exit status
check() {
	local log=$logs/check-$1.log

	if "${@:2}" >"$log" 2>&1 </dev/null; then
		echo "$(elapsed) $1: passed"
		passed=$((passed + 1))
	else
		echo "$(elapsed) $1: FAILED"
		tail -n 50 "$log"
		failed=$((failed + 1))
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

check_controls() {
	check control-build "$LB_VM/build.sh" debug "$LB_VM/control" control
	check control-uaf sees_bug uaf "KASAN: slab-use-after-free"
	check control-atomic sees_bug atomic "BUG: sleeping function called"
	check control-inversion sees_bug inversion "possible circular locking"
	check control-rcu sees_bug rcu "suspicious RCU usage"
	check control-leak sees_bug leak "unreferenced object"
	check control-run run_sees_bug
}

mkdir -p "$logs"

# The debug kernel takes minutes to build: begin now, beside the downloads.
for label in "${labels[@]}"; do
	[ "$label" != debug ] ||
		"$LB_VM/get-kernel.sh" debug >"$logs/debug-kernel.log" 2>&1 &
done
for label in "${labels[@]}"; do
	[ "$label" = debug ] || check "kernel-$label" "$LB_VM/get-kernel.sh" "$label"
done

check tool make -s -C "$LB_ROOT" test-programs
check_ktap tool-tests make -s -C "$LB_ROOT/tool" O="$LB_BUILD" check
check codegen make -s -C "$LB_ROOT" codegen-check
check_ktap lint "$LB_ROOT/selftests/lint.sh"
check dkms "$LB_VM/dkms.sh"
for label in "${labels[@]}"; do
	[ "$label" != debug ] || check kernel-debug "$LB_VM/get-kernel.sh" debug
	check "module-$label" "$LB_VM/build.sh" "$label"
done
wait

for label in "${labels[@]}"; do
	[ "$label" != debug ] || check_controls
	check_ktap "$label" \
		"$LB_VM/run.sh" -k "$label" -n -t 1500 selftests/vm/suite.sh
done

echo "$passed passed, $failed failed"
[ $failed = 0 ]
