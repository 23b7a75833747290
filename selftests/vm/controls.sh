#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Does the harness see each deliberate bug of control/control.c that kernel LABEL
# can find: controls.sh LABEL. Prints KTAP. The module is built by build.sh LABEL
# selftests/vm/control control.
set -u -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

label=${1:?usage: controls.sh LABEL}
control=selftests/vm/control/control.sh
n=0
failed=0

# result NAME STATUS OUTPUT
result() {
	n=$((n + 1))
	if [ "$2" = 0 ]; then
		echo "ok $n $1"
	else
		printf '%s\n' "$3" | sed 's/^/# /'
		echo "not ok $n $1"
		failed=1
	fi
}

# sees BUG WORDS [OPTION of run.sh]...: the suite fails and says WORDS.
sees() {
	local output

	output=$("$LB_VM/run.sh" -k "$label" -n -e LB_EXPECT_SPLAT=1 \
		-e "CONTROL=$1" "${@:3}" selftests/vm/suite.sh $control 2>&1)
	grep -q '^not ok' <<<"$output" && grep -q "$2" <<<"$output"
	result "$1" $? "$output"
}

# run.sh itself must not let a complaint pass, either, of a script that passes.
run_sees() {
	local output status

	output=$("$LB_VM/run.sh" -k "$label" -n -e "CONTROL=$1" $control 2>&1)
	status=$?
	[ "$status" -eq 1 ] && grep -q "^ok 1 $1" <<<"$output"
	result "$1, without the suite" $? "$output"
}

# What kernels of ours that have the fragment "checks" find
checks() {
	sees uaf "KASAN: slab-use-after-free"
	sees atomic "BUG: sleeping function called"
	sees inversion "possible circular locking"
	sees rcu "suspicious RCU usage"
	sees leak "unreferenced object" "$@"
	sees ubsan "UBSAN: shift-out-of-bounds"
	sees object "ODEBUG: free active" "$@"
	sees list __list_del_entry_valid
	sees hung "blocked for more than"
	run_sees uaf
}

echo "KTAP version 1"
case $label in
debug)	echo "1..10"
	checks ;;
smp)	echo "1..10"
	checks -f ;;
kcsan)	echo "1..2"
	sees race "KCSAN: data-race in .*count_both"
	run_sees race ;;
*)	echo "1..1"
	sees poison "BUG lb_conn_control" ;;
esac
exit $failed
