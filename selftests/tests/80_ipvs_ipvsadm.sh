#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 debug
#
# ipvsadm drives lb: what the tests of lbctl compare with ip_vs, byte for byte,
# once more.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# again TEST: all that it compares is the same.
again()
{
	LB_SUT=lb_ipvs TESTS='' "${0%/*}/$1.sh" > "$TMP/$1" 2>&1
	check_err $? "$(cat "$TMP/$1")"
	grep -q '^ok 1 ' "$TMP/$1"
	check_err $? "$1 compared nothing"
	log_test "by ipvsadm: $1"
}

config()
{
	again 20_diff_config
}

ipv6()
{
	again 23_diff_ipv6
}

settings()
{
	again 23_diff_settings
}

traffic()
{
	again 23_diff_traffic
}

tests_run config ipv6 settings traffic
