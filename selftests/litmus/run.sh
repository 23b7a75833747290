#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Check all models with spin, exhaustively: run.sh [MODEL.pml]...
# Each must hold, and must fail with BROKEN defined: then it lacks the barrier,
# or the wait, that it is about. Prints KTAP.
set -u -o pipefail

here=$(cd "$(dirname "$0")" && pwd)
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
n=0
failed=0

# errors MODEL [DEFINITION]: print how many spin finds.
errors() {
	cd "$tmp" && rm -f pan* ./*.trail &&
		spin -a ${2+"$2"} "$here/$1" >log 2>&1 &&
		gcc -O1 -DSAFETY -DNOREDUCE -w -o pan pan.c >>log 2>&1 &&
		./pan -m100000 >>log 2>&1 &&
		sed -n 's/.*errors: \([0-9]*\).*/\1/p' log
}

expect() {
	local name=$1 want=$2 seen

	seen=$(errors "${@:3}")
	n=$((n + 1))
	if [ "${seen:--1}" = "$want" ]; then
		echo "ok $n $name"
	else
		failed=1
		sed 's/^/# /' "$tmp/log"
		echo "not ok $n $name"
	fi
}

[ $# -gt 0 ] || set -- "$here"/*-*.pml "$here/reuse.pml"
echo "KTAP version 1"
echo "1..$(($# * 2))"
for model; do
	model=${model##*/}
	expect "${model%.pml} holds" 0 "$model"
	expect "${model%.pml} fails without what it is about" 1 "$model" \
		-DBROKEN
done
exit $failed
