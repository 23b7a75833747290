#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Attack the table, and connections in it, with two CPUs for LB_STRESS seconds: the
# module, built with its self-tests, does so while it is loaded.
set -eu

modprobe -a nf_defrag_ipv6 libcrc32c 2>/dev/null || true
insmod "$LB_KO" stress="${LB_STRESS:-20}"
dmesg | grep 'selftest: '
rmmod lb
