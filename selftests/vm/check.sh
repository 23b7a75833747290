#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All checks: check.sh [LABEL]... (default: all kernels)
#             check.sh quick
#             check.sh tests LABEL: tests alone, all of them
#
# Prints progress as it goes, what failed in full, which tests took longest, and
# at the end one line "N passed, N failed". What each step printed stays in
# build/logs.
set -u -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

tests_only=
if [ "${1-}" = tests ]; then
	tests_only=1
	shift
fi
read -ra labels <<<"${*:-$LB_LABELS}"
logs=$LB_BUILD/logs
# Which tests run. Alone, a kernel runs the tests that others are for, too.
list=
[ ${#labels[@]} -gt 1 ] || list=every
quick=
[ "${labels[*]}" != quick ] || quick=1 list=quick labels=(6.12)

# The functions that run a check take its name and its command. They leave
# "PASSED FAILED" in a file, so that checks can run side by side.

tell() {
	printf '[%2d:%02d] %s\n' $((SECONDS / 60)) $((SECONDS % 60)) "$*"
}

# Read KTAP, print a line for each test and all of a test that failed, and
# count.
#
# Results count one by one. That of a test as a whole counts only when it
# fails without a result of its own that did, or has none. A skip, and a
# result that was planned but did not come, are failures.
tally() {
	local plan=0 seen=0 passed=0 failed=0 good=0 bad=0
	local text='' begun=''
	local line

	while IFS= read -r line; do
		if [[ $line =~ ^1\.\.([0-9]+) ]]; then
			plan=${BASH_REMATCH[1]}
			continue
		fi
		[[ $line != '# Subtest:'* ]] || begun=$SECONDS
		[[ $line =~ ^\ *(KTAP\ version|1\.\.|#\ Subtest:) ]] && continue

		text+="$1 | $line"$'\n'
		[[ $line =~ ^(\ *)(not\ )?ok\ [0-9]+\ (.*) ]] || continue
		if [ -n "${BASH_REMATCH[1]}" ]; then
			count_result
			continue
		fi
		seen=$((seen + 1))
		if [ $((good + bad)) = 0 ] ||
		   { ! is_passed && [ $bad = 0 ]; }; then
			count_result
		fi
		tell "$1: ${BASH_REMATCH[3]}: $good passed, $bad" \
			"failed${begun:+, $((SECONDS - begun)) s}"
		[ -z "$begun" ] ||
			echo "${BASH_REMATCH[3]%% *} $1 $((SECONDS - begun))" \
				>>"$logs/times"
		[ $bad = 0 ] || printf '%s' "$text"
		passed=$((passed + good))
		failed=$((failed + bad))
		good=0 bad=0 text=
	done

	if [ $seen -lt "$plan" ] || [ $seen = 0 ] || [ "$plan" = 0 ]; then
		tell "$1: stopped after $seen of ${plan/#0/?}"
		printf '%s' "$text"
		bad=$((bad + (plan > seen ? plan - seen : 1)))
	fi
	echo "$((passed + good)) $((failed + bad))" >"$logs/check-$1.tally"
}

# The result that tally() has just read
is_passed() {
	[[ -z ${BASH_REMATCH[2]} && $line != *'# SKIP'* ]]
}

count_result() {
	if is_passed; then
		good=$((good + 1))
	else
		bad=$((bad + 1))
	fi
}

# A command that prints KTAP. That it fails without a result that did counts as
# one.
check_ktap() {
	local tally=$logs/check-$1.tally
	local status passed failed

	# This stays when the command comes to no end.
	echo "0 1" >"$tally"
	"${@:2}" 2>&1 </dev/null | tee "$logs/check-$1.log" | tally "$1"
	status=${PIPESTATUS[0]}
	read -r passed failed <"$tally"
	if [ "$status" != 0 ] && [ "$failed" = 0 ]; then
		tell "$1: FAILED with exit status $status"
		tail -n 50 "$logs/check-$1.log" | sed "s/^/$1 | /"
		echo "$passed 1" >"$tally"
	fi
}

# A command that is one check by its exit status
check() {
	local log=$logs/check-$1.log

	if "${@:2}" >"$log" 2>&1 </dev/null; then
		tell "$1: passed"
		echo "1 0" >"$logs/check-$1.tally"
	else
		tell "$1: FAILED"
		tail -n 50 "$log" | sed "s/^/$1 | /"
		echo "0 1" >"$logs/check-$1.tally"
	fi
}

# The harness must see deliberate bugs on kernel $1.
check_controls() {
	check "control-build-$1" "$LB_VM/build.sh" "$1" "$LB_VM/control" control
	check_ktap "controls-$1" "$LB_VM/controls.sh" "$1"
}

# A kernel that we build
check_built() {
	check "kernel-$1" "$LB_VM/get-kernel.sh" "$1"
	check "module-$1" "$LB_VM/build.sh" "$1"
	check_controls "$1"
}

check_tool() {
	check_ktap tool-tests make -s -C "$LB_ROOT/tool" O="$LB_BUILD" check
	check_ktap tool-sanitized make -s -C "$LB_ROOT/tool" \
		O="$LB_BUILD/sanitized" SANITIZE=1 check
}

# What needs no virtual machine
check_sources() {
	check codegen make -s -C "$LB_ROOT" codegen-check
	check_ktap lint env LB_BRIEF=1 "$LB_ROOT/selftests/lint.sh"
	[ -z "$quick" ] || return
	check_ktap litmus "$LB_ROOT/selftests/litmus/run.sh"
	check dkms "$LB_VM/dkms.sh"
	check install "$LB_VM/install.sh"
}

# Two CPUs attack the table, by the module's self-tests. Lint has just built it with
# them.
table_stress() {
	"$LB_VM/run.sh" -k 6.12 -n -e "LB_STRESS=${LB_STRESS:-20}" \
		-t $((${LB_STRESS:-20} + 300)) \
		-e "LB_KO=$LB_BUILD/6.12-lint-debug/kmod/lb.ko" \
		selftests/stress/table.sh
}

# How many processors a VM with label $1 has for test $2: one, if a line "# CPUs: 1"
# says that it needs no more, which saves QEMU a third of its time.
cpus_of() {
	case $1 in
	debug)	echo 1 ;;
	smp|kcsan) echo 2 ;;
	*)	grep -qx '# CPUs: 1' "$2" && echo 1 || echo 2 ;;
	esac
}

# Tests that wait to be run on a kernel, longest first, in a queue for one
# processor and one for two. Those that are not in the file of times take less than
# half a minute.
fill_queues() {
	local test

	: >"$logs/check-$1.queue1"
	: >"$logs/check-$1.queue2"
	"$LB_VM/suite.sh" --list "${list:-$1}" >"$logs/check-$1.tests"
	awk -v label="$1" '
		FNR == NR { if ($2 == label) time[$1] = $3; next }
		{ name = $0; gsub(/.*\/|\.sh$/, "", name)
		  print time[name] + 0, $0 }' \
		"$LB_VM/times" "$logs/check-$1.tests" |
		sort -rn | cut -d ' ' -f 2- |
	while read -r test; do
		echo "$test" >>"$logs/check-$1.queue$(cpus_of "$1" "$test")"
	done
}

# Take the first of a queue, or an empty line. Several do so at once.
take() {
	(
		flock 9
		head -n 1 "$1" | grep . || echo
		sed -i 1d "$1"
	) 9>>"$1.lock"
}

# Give VM $2, which is booted with label $1 and $3 processors, a test whenever it
# asks for one.
# What else it says is passed on. A test has 900 s: a VM that is silent for longer
# hangs.
run_vm() {
	local fifo=$logs/check-$2.fifo
	local silence=$((1000 * $(kernel_patience "$1")))
	local in out vm line

	mkfifo "$fifo"
	exec {in}<>"$fifo"
	exec {out}< <(exec "$LB_VM/run.sh" -k "$1" -p "$3" -t 3600 -e LB_ASK=1 -s \
		selftests/vm/suite.sh <"$fifo")
	vm=$!
	while IFS= read -r -t "$silence" line <&"$out" ||
	      { [ $? -gt 128 ] && kill "$vm" && line="# $2 hangs"; }; do
		if [ "$line" = "# suite: next?" ]; then
			take "$logs/check-$1.queue$3" >&"$in"
		else
			printf '%s\n' "$line"
		fi
	done
	wait "$vm"
}

# Run what is in the queues of these kernels: called by several, side by side. A
# VM that dies is followed by another, unless it had not come to a test. A VM
# waits for a third of its time, so that one more than there are CPUs keeps them
# busy. No second one is booted for three tests.
check_tests() {
	local label cpus queue least n left

	for label; do
		for cpus in 2 1; do
			queue=$logs/check-$label.queue$cpus
			least=4
			! mkdir "$queue.begun" 2>/dev/null || least=1
			while left=$(wc -l <"$queue"); [ "$left" -ge $least ]; do
				n=1
				until mkdir "$logs/check-$label-$n.begun" \
					2>/dev/null; do
					n=$((n + 1))
				done
				check_ktap "$label-$n" run_vm "$label" \
					"$label-$n" "$cpus"
				[ "$(wc -l <"$queue")" -lt "$left" ] || break
			done
		done
	done
}

# Each test of the list has one result.
all_ran() {
	local test
	local status=0

	while read -r test; do
		test=$(basename "$test" .sh)
		[ "$(cat "$logs/check-$1"-[0-9]*.log |
			grep -cE "^(not )?ok [0-9]+ $test( |$)")" = 1 ] && continue
		echo "$test has no result on $1, or several"
		status=1
	done <"$logs/check-$1.tests"
	[ -s "$logs/check-$1.tests" ] || status=1
	return $status
}

# Ten tests, and for how long they ran on which VM
slowest() {
	sort "$logs/times" | awk '
		{ sum[$1] += $3; where[$1] = where[$1] "  " $2 " " $3 " s" }
		END { for (test in sum)
			printf "%6d s  %-22s%s\n", sum[test], test, where[test] }' |
		sort -rn | head -n 10
}

rm -rf "$logs"/check-*
mkdir -p "$logs"
: >"$logs/times"
for label in "${labels[@]}"; do
	fill_queues "$label"
done
check tool make -s -C "$LB_ROOT" test-programs
[ -n "$tests_only" ] || check_tool

# A kernel that we build takes minutes. All that concerns it is done beside the
# rest.
stock=()
built=()
for label in "${labels[@]}"; do
	[ -n "$(kernel_fragments "$label")" ] && built+=("$label") ||
		stock+=("$label")
done
{
	for label in "${built[@]}"; do
		check_built "$label"
	done
	check_tests "${built[@]}" "${stock[@]}"
} &
for label in "${stock[@]}"; do
	check "kernel-$label" "$LB_VM/get-kernel.sh" "$label"
	check "module-$label" "$LB_VM/build.sh" "$label"
done
check_tests "${stock[@]}" "${built[@]}" &
[ -n "$tests_only" ] || check_sources
if [[ -z $quick && -z $tests_only && " ${labels[*]} " == *" 6.12 "* ]]; then
	check_controls 6.12
	check table-stress table_stress
	check cost "$LB_ROOT/selftests/bench/cost.sh"
fi
check_tests "${stock[@]}" "${built[@]}"
wait
for label in "${labels[@]}"; do
	check "all-ran-$label" all_ran "$label"
done

tell "The slowest tests, over all kernels:"
slowest
cat "$logs"/check-*.tally |
	awk '{ passed += $1; failed += $2 }
	     END { printf "%d passed, %d failed\n", passed, failed
	           exit failed > 0 }'
