#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What every other test needs of the guest:
#
#   a v0 10.0.0.1/24 ------ 10.0.0.2/24 v1 b
#
# Kernels: 6.1 6.12 7.2 debug quick
# CPUs: 1
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

# Nor is what one finds in a subshell, and none may be set up there.
# shellcheck disable=SC2016 # for another shell
nothing_is_lost() {
	local results

	results=$(bash -c '. "$1"
		shell() { check_eq "$(check_eq 1 2 inside)" "" outside; log_test 1; }
		pipe() { echo | check_err 1 inside; log_test 2; }
		brackets() { (paths); log_test 3; }
		whole() { check_eq "$(check_eq 1 1 inside)" "" outside; log_test 4; }
		lbctl() { echo path fast 1; }
		tests_run shell pipe brackets whole
		' "$0" "$(dirname "$0")/../lib.sh" | grep -E "^(not )?ok")
	[ "$results" = "not ok 1 1
not ok 2 2
not ok 3 3
ok 4 4" ]
}

# Those that run beside the others have their results among them.
beside_works() {
	local results

	cat >/tmp/beside <<-END
	#!/bin/bash
	. "$(realpath "$(dirname "$0")")/../lib.sh"
	one() { log_test "one \${TESTS:-all}"; }
	two() { RET=1; log_test "two \$TESTS"; }
	three() { log_test "three \$TESTS"; }
	tests_beside two three
	tests_run one
	END
	chmod +x /tmp/beside
	results=$(/tmp/beside)
	[ "$results" = "KTAP version 1
1..3
ok 1 one all
not ok 2 two two three
ok 3 three two three" ]
}

echo "KTAP version 1"
echo "1..10"
check "user is root" test "$(id -u)" = 0
check "two namespaces with a veth pair" link_up
check "TCP between them" fetch_page
check "iptables sets marks" mark_works
check "files can be written" touch /etc/lb-harness /root/lb-harness
check "modules load" modprobe -a dummy bridge ipip ip_gre fou ip_vs \
	ip_vs_rr ip_vs_wlc nf_conntrack pktgen
check "the kernel log is readable" dmesg
check "checks count in what is waited for" failures_last
check "checks count in subshells" nothing_is_lost
check "tests run beside others" beside_works
exit $rc
