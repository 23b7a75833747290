#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The names of IPVS's modules: lbctl ipvs makes them mean lb, and back; and who
# else has services is told.
#
# Kernels: 6.12
# CPUs: 1

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

CONF=/etc/modprobe.d/lb-ipvs.conf
MODULES=/lib/modules/$KVER/updates/lb-test

# As make install does it, but modules only of this kernel. The self-tests of a
# debug build need not run each time.
install_all()
{
	[ "${LB_LABEL-}" != debug ] ||
		printf 'options %s selftest=0\n' lb lb_sync \
			> /etc/modprobe.d/lb-test.conf
	make -s -C "$LIB_DIR/../tool" O="$BUILD_DIR" DESTDIR=/ install &&
		mkdir -p "$MODULES" &&
		cp "$LB_KO" "${LB_KO%/*}"/{sync,ipvs}/lb_*.ko "$MODULES/" &&
		depmod
}

is_loaded()
{
	[ -d "/sys/module/$1" ]
}

unload_all()
{
	if is_loaded lb_ipvs; then
		lb_unload
	fi
	! is_loaded ip_vs || LB_SUT=ipvs lb_unload
}

# as_lbctl ARGUMENT...: output of both kinds, and the exit status
as_lbctl()
{
	"$LBCTL" "$@" 2>&1
	echo "$?"
}

inactive()
{
	check_eq "$(as_lbctl ipvs status)" "names ip_vs
lb_ipvs not loaded
ip_vs not loaded
0" "status"
	modprobe ip_vs
	check_err $? "modprobe ip_vs"
	is_loaded ip_vs && ! is_loaded lb_ipvs
	check_err $? "not ip_vs was loaded"
	unload_all
	log_test "installed, the names mean ip_vs"
}

# Each name loads it by itself.
names()
{
	local name

	check_eq "$(as_lbctl ipvs enable)" 0 "enable"
	check_eq "$(as_lbctl ipvs enable)" 0 "enable again"
	for name in ip_vs ip_vs_{rr,wrr,lc,wlc,sed,nq,fo,ovf,dh,sh,mh,lblc} \
	    ip_vs_{lblcr,twos,ftp,pe_sip} xt_ipvs ipt_ipvs ip6t_ipvs \
	    net-pf-16-proto-16-family-IPVS; do
		modprobe -q "$name"
		check_err $? "modprobe $name"
		is_loaded lb_ipvs
		check_err $? "$name does not load lb_ipvs"
		! is_loaded ip_vs && ! is_loaded xt_ipvs
		check_err $? "$name loads IPVS's modules"
		unload_all
	done
	log_test "enabled, each name of IPVS's modules loads lb_ipvs"
}

# The kernel asks for the match, and for the family.
autoload()
{
	setup_ns DIRECTOR
	in_ns "$DIRECTOR" iptables -t mangle -A POSTROUTING -m ipvs --ipvs
	check_err $? "iptables"
	is_loaded lb_ipvs
	check_err $? "iptables does not load lb_ipvs"
	in_ns "$DIRECTOR" iptables -t mangle -F
	cleanup_ns "$DIRECTOR"
	busywait 10000 unload_all 2> /dev/null
	unset DIRECTOR
	ipvsadm -L -n > "$TMP/out"
	check_match "$(< "$TMP/out")" "^IP Virtual Server version 1.2.1" \
		"ipvsadm"
	is_loaded lb_ipvs && ! is_loaded ip_vs
	check_err $? "ipvsadm does not load lb_ipvs"
	check_eq "$(as_lbctl ipvs status)" "names lb_ipvs
lb_ipvs loaded
ip_vs not loaded
0" "status"
	log_test "enabled, iptables and ipvsadm load lb_ipvs"
}

# One of the two has the interfaces.
exclusive()
{
	local ko dep

	ko=$(find "/lib/modules/$KVER" -name 'ip_vs.ko*')
	for dep in $(modinfo -F depends "$ko" | tr , ' '); do
		modprobe "$dep"
	done
	modprobe lb_ipvs
	insmod "$ko" 2> "$TMP/err"
	check_fail $? "ip_vs is loaded beside lb_ipvs"
	dmesg | grep -q "lb_ipvs: ip_vs is refused"
	check_err $? "the log does not say why"
	unload_all
	as_lbctl ipvs disable > /dev/null
	modprobe ip_vs
	modprobe lb_ipvs 2> "$TMP/err"
	check_fail $? "lb_ipvs is loaded beside ip_vs"
	dmesg | grep -q "lb_ipvs: ip_vs is loaded"
	check_err $? "the log does not say why"
	lb_unload
	unload_all
	log_test "the second of the two is refused"
}

# Where ip_vs has services: in namespaces with a name, with a process only, and
# in our own.
holders()
{
	local pid out

	as_lbctl ipvs disable > /dev/null
	modprobe ip_vs
	setup_ns NS1 NS2
	in_ns "$NS1" ipvsadm -A -t 10.0.0.1:80 -s rr
	in_ns "$NS1" ipvsadm -A -f 7 -s rr
	unshare --net sh -c 'ipvsadm -A -u 10.0.0.1:53 -s rr; exec sleep 1000' &
	pid=$!
	background "$pid"
	busywait 10000 grep -q UDP "/proc/$pid/net/ip_vs"
	out="ip_vs has 2 services in network namespace $NS1
ip_vs has 1 service in the network namespace of process $pid"
	check_eq "$(as_lbctl ipvs enable)" "lbctl: ip_vs is loaded: remove it \
first
lbctl: ${out/$'\n'/$'\n'lbctl: }
1" "enable"
	[ ! -e "$CONF" ]
	check_err $? "it is enabled"
	check_eq "$(as_lbctl ipvs status)" "names ip_vs
lb_ipvs not loaded
ip_vs loaded
$out
0" "status"
	kill "$pid"
	cleanup_ns "$NS1" "$NS2"
	log_test "who holds services is told"
}

# Both have the same address, in one namespace: each command tells.
warning()
{
	local text="lbctl: ip_vs has a service with the address"

	modprobe ip_vs
	modprobe lb
	setup_ns NS1
	in_ns "$NS1" "$LBCTL" -A -t 10.0.0.1:80 -s rr 2> "$TMP/err"
	in_ns "$NS1" ipvsadm -A -t 10.0.0.2:80 -s rr
	in_ns "$NS1" "$LBCTL" -A -t '[2001:db8::1]:80' -s rr 2>> "$TMP/err"
	check_eq "$(< "$TMP/err")" "" "without a common address"
	in_ns "$NS1" ipvsadm -A -u 10.0.0.1:53 -s rr
	in_ns "$NS1" "$LBCTL" -A -f 1 -s rr 2> "$TMP/err"
	check_eq "$(< "$TMP/err")" "$text 10.0.0.1, too" "with one"
	in_ns "$NS1" ipvsadm -A -u '[2001:db8::1]:53' -s rr
	in_ns "$NS1" "$LBCTL" -L -n 2> "$TMP/err" > /dev/null
	check_eq "$(sort "$TMP/err")" "$text 10.0.0.1, too
$text 2001:db8::1, too" "with two"
	check_eq "$("$LBCTL" -L -n 2>&1 > /dev/null)" "" \
		"in another namespace"
	cleanup_ns "$NS1"
	busywait 10000 lb_unload
	busywait 10000 unload_all 2> /dev/null
	log_test "services of ip_vs and lb with the same address"
}

# What is not ours is left alone.
foreign_file()
{
	echo "# mine" > "$CONF"
	check_eq "$(as_lbctl ipvs enable)" "lbctl: $CONF: File exists
1" "enable"
	check_eq "$(as_lbctl ipvs disable)" "lbctl: $CONF is not a link to \
lb-ipvs.names
1" "disable"
	check_eq "$(< "$CONF")" "# mine" "the file"
	rm "$CONF"
	check_eq "$(as_lbctl ipvs disable)" 0 "disable without one"
	check_eq "$(as_lbctl ipvs frobnicate)" "lbctl: unexpected word \
\"frobnicate\", expected status, enable, disable
2" "another word"
	check_eq "$(as_lbctl ipvs enable now)" "lbctl: unexpected word \"now\", \
the command was complete
2" "a word too many"
	log_test "what somebody else wrote there is left alone"
}

install_all || skip_all "nothing can be installed"
tests_run inactive names autoload exclusive holders warning foreign_file
