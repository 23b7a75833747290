#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: debug
#
# The interfaces of IPVS under stress: lists while services come and go; requests
# that are mostly wrong get error numbers and no more.

LB_SUT=lb_ipvs

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

FUZZED=${LB_FUZZ:-20000}

# churn: services and real servers come and go, by one process at a time
churn()
{
	while :; do
		lb_tool -R < "$TMP/come"
		lb_tool -R < "$TMP/go"
	done
}

# once PREFIX: how many addresses of hexadecimal PREFIX a list has, and whether
# one comes twice
once()
{
	grep -o " $1[0-9a-f]*" "$TMP/list" | sort | uniq -c |
		awk '{ n++; twice += $1 > 1 } END { print n + 0, twice + 0 }'
}

# Lists are made in many parts. Whatever comes and goes in between, what stays is
# in them once.
lists_under_change()
{
	awk 'BEGIN {
		for (i = 0; i < 10000; i++)
			printf "-A -t 10.1.%d.%d:80 -s rr\n", i / 250, i % 250
		print "-A -t 10.3.0.1:80 -s rr"
		for (i = 0; i < 2000; i++)
			printf "-a -t 10.3.0.1:80 -r 10.4.%d.%d -m\n", \
				i / 250, i % 250 }' > "$TMP/stay"
	awk 'BEGIN {
		for (i = 0; i < 100; i++)
			printf "-A -t 10.2.0.%d:80 -s rr\n" \
			       "-a -t 10.3.0.1:80 -r 10.5.0.%d -m\n", i, i }' \
		> "$TMP/come"
	sed -n 's/-A \(.*\) -s rr/-D \1/p; s/-a \(.*\) -m/-d \1/p' \
		"$TMP/come" > "$TMP/go"
	lb_tool -R < "$TMP/stay"
	check_err $? "restore"
	churn &
	background $!
	for _ in 1 2 3; do
		in_ns "$DIRECTOR" "$BUILD_DIR/tool-test/ipvsreq" \
			<<< "dump 4" > "$TMP/list"
		check_eq "$(once 0x3=0a01)" "10000 0" "services, twice"
		in_ns "$DIRECTOR" "$BUILD_DIR/tool-test/ipvsreq" \
			<<< "dump 8 1{ 1=u16:2 2=u16:6 3=ip:10.3.0.1 4=be16:80 }" \
			> "$TMP/list"
		check_eq "$(once 0x1=0a04)" "2000 0" "real servers, twice"
	done
	kill "$!"
	lbctl -C
	log_test "lists have what stays once, while much changes"
}

fuzz()
{
	local seed

	seed=${LB_SEED:-$((RANDOM * 32768 + RANDOM))}
	ksft_diag "seed $seed"
	dmesg_mark
	in_ns "$DIRECTOR" "$BUILD_DIR/tool-test/ipvsfuzz" "$seed" "$FUZZED" \
		> "$TMP/fuzz"
	check_err $? "fuzz: $(cat "$TMP/fuzz")"
	ksft_diag "$(cat "$TMP/fuzz")"
	awk '$2 < 20 && !/silent/ { print; bad = 1 } END { exit bad }' \
		"$TMP/fuzz"
	check_err $? "hardly anything succeeded"
	check_eq "$(dmesg_new | grep -c "lb_\|lb:")" 0 "lines in the log"
	lbctl -C
	check_err $? "lb still works"
	log_test "wrong requests get error numbers"
}

lb_load || skip_all "the module does not load"
setup_ns DIRECTOR
tests_run lists_under_change fuzz
