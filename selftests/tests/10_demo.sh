#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The five demos keep their promises.
#
# Kernels: 6.12 quick
# CPUs: 1

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

demo()
{
	"$LIB_DIR/demo/$1.sh" > "$TMP/demo" 2>&1
	check_err $? "$(cat "$TMP/demo")"
	log_test "demo: $1"
}

nat() { demo nat; }
dr() { demo dr; }
tun() { demo tun; }
persistence() { demo persistence; }
failover() { demo failover; }

tests_run nat dr tun persistence failover
