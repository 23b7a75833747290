#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What every other test needs of the guest:
#
#   a v0 10.0.0.1/24 ------ 10.0.0.2/24 v1 b
#
# Kernels: 6.1 6.12 7.2 debug quick
n=0
rc=0

# check NAME COMMAND...: one KTAP result
check() {
	local name=$1

	shift
	n=$((n + 1))
	if "$@" >/dev/null; then
		echo "ok $n $name"
	else
		echo "not ok $n $name"
		rc=1
	fi
}

link_up() {
	ip netns add a && ip netns add b &&
	ip link add v0 netns a type veth peer name v1 netns b &&
	ip -n a addr add 10.0.0.1/24 dev v0 && ip -n a link set v0 up &&
	ip -n b addr add 10.0.0.2/24 dev v1 && ip -n b link set v1 up
}

fetch_page() {
	local page

	mkdir -p /tmp/www
	echo hello >/tmp/www/page
	ip netns exec b busybox httpd -p 10.0.0.2:80 -h /tmp/www
	page=$(ip netns exec a curl -s -m 20 http://10.0.0.2/page)
	[ "$page" = hello ]
}

mark_works() {
	ip netns exec a iptables -t mangle -A OUTPUT -j MARK --set-mark 3
}

# What a check finds in a command that is waited for is not lost.
# shellcheck disable=SC2016 # for another shell
failures_last() {
	bash -c '. "$1"
		waited() {
			check_eq "$1" 1 "waited for"
			true
		}
		busywait 1 waited 1 && ! busywait 100 waited 2
		' - "$(dirname "$0")/../lib.sh"
}

echo "KTAP version 1"
echo "1..8"
check "user is root" test "$(id -u)" = 0
check "two namespaces with a veth pair" link_up
check "TCP between them" fetch_page
check "iptables sets marks" mark_works
check "files can be written" touch /etc/lb-harness /root/lb-harness
check "modules load" modprobe -a dummy bridge ipip ip_gre fou ip_vs \
	ip_vs_rr ip_vs_wlc nf_conntrack pktgen
check "the kernel log is readable" dmesg
check "checks count in what is waited for" failures_last
exit $rc
