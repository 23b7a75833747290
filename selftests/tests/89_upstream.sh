#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The kernel's own test of IPVS, as it is, drives lb with ipvsadm: by direct
# routing, NAT and tunnels. It loads IPVS by its name.
#
# Kernels: 7.2
# CPUs: 1
# Programs: upstream

LB_SUT=${LB_SUT:-lb_ipvs}

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

upstream()
{
	[ "$LB_SUT" = ipvs ] || ipvs_names
	check_err $? "no names"
	(cd "$LB_CACHE/upstream/netfilter" && ./ipvs.sh) > "$TMP/out" 2>&1
	check_err $? "$(cat "$TMP/out")"
	grep -q PASS "$TMP/out"
	check_err $? "it did not pass: $(cat "$TMP/out")"
	if [ "$LB_SUT" != ipvs ]; then
		[ -d /sys/module/lb_ipvs ] && [ ! -d /sys/module/ip_vs ]
		check_err $? "that was not lb: $(lsmod | grep -E 'lb|ip_vs')"
	fi
	lb_unload
	check_err $? "it is in use"
	log_test "the kernel's test of IPVS passes"
}

tests_run upstream
