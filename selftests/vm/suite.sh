#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Run tests one after the other in the guest: suite.sh [TEST]...
# (default: all of selftests/tests that are for this kernel; with LB_ASK, the one
# that is named on stdin after each line "# suite: next?", until a line is empty).
# Prints KTAP with a subtest for each.
#
# On the host: suite.sh --list LABEL names the tests that are for a kernel, for
# "quick" or, all, for "every"; suite.sh --table says what is for which.
#
# A test passes when its exit status is 0, it printed as many results as it
# planned, none of them is "not ok", and the kernel did not complain. On a
# kernel with kmemleak the last result says whether memory was lost.
set -u
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

KMEMLEAK=/sys/kernel/debug/kmemleak
out=/run/suite-output
n=0
failed=0

result() {
	local verdict=$1
	local name=$2
	local remark=${3:-}

	n=$((n + 1))
	[ "$verdict" = ok ] || failed=$((failed + 1))
	echo "$verdict $n $name${remark:+ # $remark}"
}

# What the kernel said since the mark that the last test left in its log.
new_messages() {
	dmesg | tac | sed "/lb-vm: test $n\$/q" | tac
}

# Judge the KTAP of a test by its plan and results.
ktap_is_sound() {
	awk '/^1\.\.[0-9]+/ { plan = substr($1, 4) }
	     /^ok /         { results++ }
	     /^not ok /     { results++; bad++ }
	     END            { exit !(plan && plan == results && !bad) }' "$1"
}

# ip_vs, beside which lb_ipvs is refused. It is in use until its namespaces are
# gone, which takes a moment.
remove_ip_vs() {
	for _ in {1..100}; do
		[ -d /sys/module/ip_vs ] || return 0
		# shellcheck disable=SC2046 # names of modules
		modprobe -r $(lsmod | sed -n \
			's/^\(ip_vs_[a-z_]*\|xt_ipvs\) .*/\1/p') ip_vs \
			2>/dev/null || sleep 0.1
	done
	echo "ip_vs cannot be removed"
	return 1
}

# Leave nothing behind that the next test could trip over.
tidy() {
	local ns

	for ns in $(ip netns list | cut -d ' ' -f 1); do
		ip netns pids "$ns" | xargs -r kill -9
		ip netns del "$ns"
	done
	remove_ip_vs || return
	[ ! -d /sys/module/lb_ipvs ] || rmmod lb_ipvs || return
	[ ! -d /sys/module/lb_sync ] || rmmod lb_sync || return
	[ ! -d /sys/module/lb ] || rmmod lb
}

# End what test $n has left running. It may keep the next from its CPU, and us from
# the end of what it prints.
end_leftovers() {
	grep -lzx "LB_TEST=$n" /proc/[0-9]*/environ 2>/dev/null |
		cut -d / -f 3 | xargs -r kill -9
}

run_test() {
	local name
	local status tidied
	local limit=$((${LB_TEST_TIMEOUT:-900} * ${LB_PATIENCE:-1}))

	name=$(basename "$1" .sh)
	echo "# Subtest: $name"
	echo "<5>lb-vm: test $n" >/dev/kmsg
	{
		LB_TEST=$n timeout -k 10 "$limit" "$1" </dev/null
		status=$?
		end_leftovers
		exit $status
	} 2>&1 | tee "$out" | sed -u 's/^/    /'
	status=${PIPESTATUS[0]}
	tidied=1
	tidy 2>&1 | sed 's/^/    # /'
	[ "${PIPESTATUS[0]}" = 0 ] || tidied=

	# shellcheck disable=SC2119 # reads stdin
	if new_messages | find_splats | sed 's/^/    # /' | grep .; then
		result "not ok" "$name" "the kernel complained"
	elif [ "$status" = 4 ]; then
		result ok "$name" SKIP
	elif [ "$status" != 0 ]; then
		result "not ok" "$name" "exit status $status"
	elif [ -z "$tidied" ]; then
		result "not ok" "$name" "the module could not be removed"
	elif ! ktap_is_sound "$out"; then
		result "not ok" "$name" "results do not match the plan"
	else
		result ok "$name"
	fi
}

# kmemleak reports objects that are older than 5 s and did not change between
# two scans.
check_leaks() {
	sleep 6
	echo scan >$KMEMLEAK
	sleep 1
	echo scan >$KMEMLEAK
	if sed 's/^/    # /' $KMEMLEAK | grep .; then
		result "not ok" kmemleak "memory was lost"
	else
		result ok kmemleak
	fi
}

# The labels of test $1: those of its line "# Kernels:", or all.
labels_of() {
	local labels

	labels=$(sed -n 's/^# Kernels: //p' "$1")
	echo "${labels:-$LB_LABELS}"
}

list_tests() {
	local test

	for test in "$LB_ROOT"/selftests/tests/*.sh; do
		if [[ $1 = every || " $(labels_of "$test") " == *" $1 "* ]]; then
			echo "$test"
		fi
	done
}

# As a table of reStructuredText
print_table() {
	local test label labels columns

	read -ra columns <<<"$LB_LABELS quick"
	table_row ==================== "${columns[@]//*/=====}"
	table_row test "${columns[@]}"
	table_row ==================== "${columns[@]//*/=====}"
	for test in "$LB_ROOT"/selftests/tests/*.sh; do
		labels=()
		for label in "${columns[@]}"; do
			[[ " $(labels_of "$test") " == *" $label "* ]] || label=
			labels+=("${label:+x}")
		done
		table_row "$(basename "$test" .sh)" "${labels[@]}"
	done
	table_row ==================== "${columns[@]//*/=====}"
}

table_row() {
	local cell row

	printf -v row '%-20s' "$1"
	for cell in "${@:2}"; do
		printf -v row '%s  %-5s' "$row" "$cell"
	done
	echo "${row%"${row##*[! ]}"}"
}

# Put the test to run next into $test.
next_test() {
	if [ -n "${LB_ASK-}" ]; then
		echo "# suite: next?"
		read -r test && [ -n "$test" ]
	else
		[ ${#tests[@]} -gt 0 ] || return
		test=${tests[0]}
		tests=("${tests[@]:1}")
	fi
}

case ${1-} in
--list)	list_tests "$2"; exit ;;
--table) print_table; exit ;;
esac

tests=("$@")
[ $# -gt 0 ] || [ -n "${LB_ASK-}" ] ||
	mapfile -t tests <<<"$(list_tests "${LB_LABEL:?}")"
has_kmemleak=
if { echo clear >$KMEMLEAK; } 2>/dev/null; then
	has_kmemleak=1
fi

echo "KTAP version 1"
[ -n "${LB_ASK-}" ] || echo "1..$((${#tests[@]} + ${has_kmemleak:-0}))"
while next_test; do
	run_test "$test"
done
if [ -n "$has_kmemleak" ]; then
	check_leaks
fi
[ -z "${LB_ASK-}" ] || echo "1..$n"
[ $failed = 0 ]
