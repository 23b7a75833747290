#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What takes too long for each change: long.sh [MINUTES]
#
# Two CPUs attack the module with packets and requests, on each kernel in turn,
# then the interfaces of IPVS, synchronisation, and then the table of connections alone; each for so
# many minutes (default 10); and the debug kernel gets 20000 wrong requests of
# IPVS's interfaces for each second of them. Docker Swarm does its job. Directors
# fail, and the module is exchanged, while thousands of connections are held. The
# packages are built, installed, booted with, upgraded and purged on Debian 12 and
# 13. Then each test runs on each kernel, and on the debug kernel with two CPUs.
# Exits with 0 if nothing was found.
set -u
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

seconds=$((${1:-10} * 60))
failed=0

# step LABEL WHAT COMMAND...: say how it went, and for how long.
step() {
	local start=$SECONDS verdict=passed

	say "$1: $2"
	"${@:3}" || verdict=FAILED
	[ $verdict = passed ] || failed=1
	say "$1: $2: $verdict, $(((SECONDS - start) / 60)) min"
}

# attack LABEL NAME: its tests share the time.
attack() {
	local script=selftests/tests/$2.sh tests

	tests=$(sed -n 's/^tests_run //p' "$LB_ROOT/$script" | wc -w)
	"$LB_VM/run.sh" -k "$1" -e "LB_STRESS=$((seconds / tests))" \
		-t $((seconds * 2 + 900)) "$script"
}

attack_table() {
	"$LB_VM/build.sh" "$1" "$LB_ROOT/kmod" stress LB_DEBUG=1 &&
		"$LB_VM/run.sh" -k "$1" -n -e "LB_STRESS=$seconds" \
			-t $((seconds * 2 + 300)) \
			-e "LB_KO=$LB_BUILD/$1-stress/lb.ko" \
			selftests/stress/table.sh
}

wrong_requests() {
	"$LB_VM/run.sh" -k debug -e "LB_FUZZ=$((seconds * 20000))" \
		-e TESTS=fuzz -t $((seconds * 10 + 900)) \
		selftests/tests/80_ipvs_abuse.sh
}

changed_messages() {
	"$LB_VM/run.sh" -k debug -e LB_FUZZ=1000000 -e TESTS=decoder \
		-t 1800 selftests/tests/67_sync_bad.sh
}

swarm() {
	"$LB_VM/run.sh" -k 6.12 -m 3072 -t 2400 selftests/long/swarm.sh
}

# A thousand connections of each kind
failover() {
	"$LB_VM/run.sh" -k 6.12 -m 4096 -t 7200 -e LB_HOLD=1000 -e "LB_SUT=$1" \
		selftests/tests/86_failover.sh
}

upgrades() {
	"$LB_VM/run.sh" -k 6.12 -m 4096 -t 3600 -e LB_HOLD=10000 \
		-e LB_ROUNDS=10 -e "TESTS=lives held" \
		selftests/tests/66_upgrade.sh
}

controls() {
	"$LB_VM/build.sh" "$1" "$LB_VM/control" control &&
		"$LB_VM/controls.sh" "$1"
}

step host "lint, for all processors" "$LB_ROOT/selftests/lint.sh"
step kcsan "positive controls" controls kcsan
for label in 6.12 7.2 smp kcsan; do
	step $label "packets and requests" attack $label 63_races
	step $label "IPVS's interfaces" attack $label 63_ipvs_races
	step $label "synchronisation" attack $label 63_sync_races
	step $label "the table" attack_table $label
done
step debug "wrong requests" wrong_requests
step debug "changed messages" changed_messages
step 6.12 "Docker Swarm" swarm
step 6.12 "failover" failover lb
step 6.12 "failover of ip_vs" failover ipvs
step 6.12 "upgrades" upgrades
for suite in bookworm trixie; do
	step $suite "packages" "$LB_ROOT/selftests/long/packages.sh" $suite
done
for label in $LB_LABELS smp; do
	step "$label" "the whole suite" "$LB_VM/check.sh" tests "$label"
done
exit $failed
