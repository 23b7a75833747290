#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.1 7.2
# CPUs: 1
#
# lb_ipvs and ip_vs exclude each other, and say so; lb's two interfaces show each
# other's changes.

LB_SUT=lb_ipvs

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# said TEXT: one line of the log since the mark
said()
{
	check_eq "$(dmesg_new | grep -c "$1")" 1 "lines that say: $1"
}

# The first that is there stays, and the other is told so.
second_comes()
{
	lb_load
	check_err $? "load lb_ipvs"
	dmesg_mark
	modprobe ip_vs 2> "$TMP/err"
	check_fail $? "load ip_vs beside it"
	check_match "$(cat "$TMP/err")" "Device or resource busy" "modprobe"
	said "ip_vs is refused, as its interfaces are lb's now"
	[ ! -d /sys/module/ip_vs ]
	check_err $? "ip_vs is there"
	modprobe ip_vs_rr 2> /dev/null
	check_fail $? "load a scheduler of ip_vs"
	lb_unload
	check_err $? "unload"
	log_test "ip_vs is refused beside lb_ipvs"
}

ip_vs_was_first()
{
	modprobe ip_vs
	check_err $? "load ip_vs"
	ipvsadm -A -t 10.0.0.1:80
	lb_insmod
	dmesg_mark
	lb_ipvs_insmod 2> "$TMP/err"
	check_fail $? "load lb_ipvs beside it"
	check_match "$(cat "$TMP/err")" "resource busy" "insmod"
	said "ip_vs is loaded and has these interfaces"
	check_match "$(ipvsadm -S -n)" "10.0.0.1:80" "ip_vs has its service"
	ipvsadm -C
	LB_SUT=ipvs lb_unload
	check_err $? "unload ip_vs"
	lb_load
	check_err $? "load lb_ipvs after it went"
	log_test "lb_ipvs is refused beside ip_vs"
}

# What is set by one interface shows in the other.
two_tools()
{
	setup_ns DIRECTOR
	lbctl -A -t 10.0.0.1:80 -s wrr -p 60
	lb_tool -A -t 10.0.0.2:80 -s sh -b sh-port
	lb_tool -a -t 10.0.0.1:80 -r 10.0.1.1:8080 -m -w 5
	lbctl -a -t 10.0.0.2:80 -r 10.0.1.2 -g
	check_eq "$(lbctl -S -n)" "$(lb_tool -S -n)" "what is saved"
	check_eq "$(lbctl -S -n | wc -l)" 4 "lines that are saved"
	lbctl --set 100 50 30
	check_eq "$(lb_tool config get tcp-timeout)" 100 "timeout"
	# ipvsadm has no words for persistence of no time.
	in_ns "$DIRECTOR" "$BUILD_DIR/tool-test/ipvsreq" > "$TMP/reply" <<- 'END'
	nl 1 1{ 1=u16:2 5=u32:9 6=str:rr 7=hex:01000000ffffffff 8=u32:0 9=be32:0xffffffff }
	END
	check_match "$(lb_tool -S -n)" "-A -f 9 -s rr -p 1$" \
		"persistence of no time"
	lb_tool -C
	check_eq "$(lbctl -S -n)" "" "after lbctl -C"
	log_test "what one tool sets, the other shows"
}

tests_run second_comes ip_vs_was_first two_tools
