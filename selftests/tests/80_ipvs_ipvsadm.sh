#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 debug
#
# ipvsadm drives lb: what the tests of lbctl compare with ip_vs, byte for byte,
# once more.

LB_SUT=lb_ipvs

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

SCRIPTS="20_diff_config 23_diff_ipv6 23_diff_settings 23_diff_traffic"

# record SYSTEM: what all of them show, at the same time, each in a namespace of
# its own
record()
{
	local LB_SUT=$1 script pids=()

	lb_load || exit
	for script in $SCRIPTS; do
		mkdir -p "$TMP/$1/$script"
		setup_ns "NS_$script"
		LB_SUT=$1 TESTS='' TRANSCRIPTS=$TMP/$1/$script \
			in_ns "${NS_LIST[-1]}" "${0%/*}/$script.sh" &
		pids+=($!)
	done
	wait "${pids[@]}"
	cleanup_all_ns
	busywait 10000 lb_unload || exit
}

# again SCRIPT: all that it compares is the same.
again()
{
	local seen

	for seen in "$TMP/ipvs/$1"/*; do
		[ -s "$seen" ]
		check_err $? "ip_vs has nothing to compare with"
		diff_files ip_vs lb_ipvs "$seen" "$TMP/lb_ipvs/$1/${seen##*/}"
	done
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

record ipvs
record lb_ipvs
tests_run config ipv6 settings traffic
