# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# What every test and demo shares: results in KTAP, namespaces, waiting,
# the system under test, and servers to balance onto.
#
# Names are those of the kernel's tools/testing/selftests/net/lib.sh.
#
# Environment:
#   LB_SUT   lb (default); ipvs: the same script against stock ip_vs; or
#            lb_ipvs: against lb, driven by ipvsadm
#   LB_KO    the module to insert		LBCTL  the tool to run
#   TESTS    run only these test functions

ksft_pass=0
ksft_fail=1
ksft_skip=4

LIB_DIR=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
BUILD_DIR=$(dirname "$LIB_DIR")/build
KVER=$(uname -r)

LB_SUT=${LB_SUT:-lb}
LB_KO=${LB_KO:-$BUILD_DIR/$(cut -d. -f1,2 <<< "$KVER")/kmod/lb.ko}
LBCTL=${LBCTL:-$BUILD_DIR/lbctl}

RET=0
EXIT_STATUS=$ksft_pass
TESTS_DONE=0
NS_LIST=()
BG_PIDS=()
TMP=$(mktemp -d "${TMPDIR:-/tmp}/lb-selftest.XXXXXX")

# --- results ------------------------------------------------------------

ksft_diag()
{
	printf '# %s\n' "${*//$'\n'/$'\n# '}"
}

# Only the first failure decides RET, but each is told. In a subshell, where RET
# would be lost, log_test() finds it in a file; busywait() has its own.
check_err()
{
	local err=$1 msg=$2

	[ "$err" -eq 0 ] && return
	[ "$RET" -ne 0 ] || RET=$err
	ksft_diag "FAIL: $msg"
	[ "$BASHPID" = $$ ] || [ -n "${ROUND-}" ] ||
		ksft_diag "FAIL: $msg" >> "$TMP/lost"
}

# What a function remembers is lost in a subshell, $(...), a pipe or (...). Who
# calls it by busywait() knows that.
not_in_subshell()
{
	[ "$BASHPID" = $$ ] || [ -n "${ROUND-}" ]
	check_err $? "$1 in a subshell"
}

check_fail()
{
	local err=$1 msg=$2

	[ "$err" -ne 0 ]
	check_err $? "$msg"
}

check_eq()
{
	local got=$1 want=$2 msg=$3

	[ "$got" = "$want" ]
	check_err $? "$msg"$'\n'"expected: $want"$'\n'"seen:     $got"
}

check_match()
{
	local got=$1 regex=$2 msg=$3

	[[ $got =~ $regex ]]
	check_err $? "$msg"$'\n'"expected: /$regex/"$'\n'"seen:     $got"
}

# exits STATUS REGEX COMMAND...: with that, and says that
exits()
{
	local want=$1 regex=$2 out rc

	shift 2
	out=$("$@" 2>&1)
	rc=$?
	check_eq "$rc" "$want" "exit code of $*"
	check_match "$out" "$regex" "output of $*"
}

log_test()
{
	TESTS_DONE=$((TESTS_DONE + 1))
	if [ -e "$TMP/lost" ]; then
		[ "$RET" -ne 0 ] || busybox cat "$TMP/lost"
		busybox rm "$TMP/lost"
		RET=$ksft_fail
	fi
	if [ "$RET" -eq 0 ]; then
		echo "ok $TESTS_DONE $*"
	else
		echo "not ok $TESTS_DONE $*"
		EXIT_STATUS=$ksft_fail
	fi
}

log_test_skip()
{
	TESTS_DONE=$((TESTS_DONE + 1))
	echo "ok $TESTS_DONE $1 # SKIP $2"
}

# ipvs_differs TEST HOW: true under ip_vs, and then TEST is skipped.
ipvs_differs()
{
	[ "$LB_SUT" = ipvs ] && log_test_skip "$1" "ip_vs differs: $2"
}

# A script that cannot even begin says so in the plan.
skip_all()
{
	printf 'KTAP version 1\n1..0 # SKIP %s\n' "$1"
	exit $ksft_skip
}

ktap_plan()
{
	printf 'KTAP version 1\n1..%d\n' "$1"
}

# tests_beside FUNCTION...: said before tests_run, these are run meanwhile, by a
# process of their own in namespaces of its own: they do little but wait. The
# module must stay.
BESIDE=()
tests_beside()
{
	[ -n "${TESTS-}" ] || BESIDE=("$@")
}

beside_start()
{
	[ ${#BESIDE[@]} -gt 0 ] || return
	TESTS="${BESIDE[*]}" "$0" > "$TMP/beside" 2>&1 &
	BESIDE_PID=$!
	BG_PIDS+=("$BESIDE_PID")
}

# Their results become ours.
beside_end()
{
	local line

	[ ${#BESIDE[@]} -gt 0 ] || return
	wait "$BESIDE_PID"
	while IFS= read -r line; do
		case $line in
		"ok "*)		RET=0 ;;
		"not ok "*)	RET=$ksft_fail ;;
		"KTAP "*|1..*)	continue ;;
		*)		echo "$line"; continue ;;
		esac
		line=${line#*ok }
		log_test "${line#* }"
	done < "$TMP/beside"
}

# tests_run FUNCTION...: each logs exactly one result.
tests_run()
{
	local t before

	# shellcheck disable=SC2086
	[ -z "${TESTS-}" ] || set -- $TESTS
	ktap_plan $(($# + ${#BESIDE[@]}))
	beside_start
	for t in "$@"; do
		RET=0
		before=$TESTS_DONE
		$t
		if [ "$TESTS_DONE" -ne $((before + 1)) ]; then
			RET=$ksft_fail
			log_test "$t: $((TESTS_DONE - before)) results, not one"
		fi
	done
	beside_end
	exit "$EXIT_STATUS"
}

# On a kernel of our own with checks, everything costs up to 200 times as much.
is_debug_kernel()
{
	[[ ${LB_LABEL-} =~ ^(debug|smp|kcsan)$ ]]
}

# --- waiting ------------------------------------------------------------

# busywait MILLISECONDS COMMAND...: run it until it succeeds; prints its last
# output. It is given LB_PATIENCE times as long on a slow kernel. It runs in a
# subshell, so that what its checks found would not outlive it: a failed one is a
# failure of the command. Who waits long asks less often, which leaves the
# processor to others.
busywait()
{
	local limit=$(($1 * ${LB_PATIENCE:-1})) nap=50 end out rc secs

	shift
	end=$((${EPOCHREALTIME/./} + limit * 1000))
	until out=$(RET=0 ROUND=1; "$@" || exit; exit "$RET"); rc=$?; [ $rc -eq 0 ]; do
		[ "${EPOCHREALTIME/./}" -lt "$end" ] || break
		printf -v secs 0.%03d $nap
		pause "$secs"
		nap=$((nap < 400 ? nap + nap / 4 : nap))
	done
	[ -z "$out" ] || echo "$out"
	return $rc
}

# sleep without a process: nobody ever writes to this pipe.
exec {PIPE}<> <(:)
pause()
{
	read -r -t "$1" -u "$PIPE"
}

# --- the kernel's log ---------------------------------------------------

# Others read the log as well: it is marked, not cleared.
dmesg_mark()
{
	DMESG_MARK="lb-selftest ${TMP##*.} $EPOCHREALTIME"
	echo "<5>$DMESG_MARK" > /dev/kmsg
}

# What the kernel has said since. If it said so much that the mark has left its
# log, it is not known what: whoever looks for complaints finds this one.
dmesg_new()
{
	dmesg > "$TMP/dmesg"
	grep -qF "$DMESG_MARK" "$TMP/dmesg" ||
		echo "WARNING: lockup, slab, stall? The mark left the log"
	sed "1,/$DMESG_MARK/d" "$TMP/dmesg"
}

# --- namespaces ---------------------------------------------------------

# setup_ns NAME...: make a namespace for each and put its name into $NAME.
# Without IPv6 no stray packet disturbs a counter; without rp_filter, which
# IPv4 inherits from the host, asymmetric answers arrive.
setup_ns()
{
	local name ns

	not_in_subshell setup_ns
	for name in "$@"; do
		ns=${name,,}-${TMP##*.}
		ip netns add "$ns" || return 1
		NS_LIST+=("$ns")
		printf -v "$name" %s "$ns"
		in_ns "$ns" busybox ip link set lo up
		ns_sysctl "$ns" net.ipv6.conf.{all,default}.disable_ipv6=1 \
			net.ipv4.conf.{all,default}.rp_filter=0
	done
}

cleanup_ns()
{
	local ns pid

	for ns in "$@"; do
		for pid in $(ip netns pids "$ns" 2> /dev/null); do
			kill "$pid"
		done
		ip netns del "$ns" 2> /dev/null
	done
}

cleanup_all_ns()
{
	cleanup_ns "${NS_LIST[@]}"
	NS_LIST=()
}

cleanup()
{
	local pid

	for pid in "${BG_PIDS[@]}"; do
		kill "$pid" 2> /dev/null
	done
	cleanup_all_ns
	[ -z "${IPVS_NAMES-}" ] || rm "$IPVS_NAMES"
	rm -rf "$TMP"
}
trap cleanup EXIT

# background PID: it ends with the script, without the shell's comments.
background()
{
	not_in_subshell background
	BG_PIDS+=("$1")
	disown "$1"
}

# in_ns NS COMMAND...: what runs often is busybox, since starting a program that
# is linked dynamically takes an emulated machine ten times as long. A COMMAND
# that busybox has, too, is its own: give the path of another.
in_ns()
{
	busybox nsenter --net="/run/netns/$1" "${@:2}"
}

# For the same reason. On much text the others are quicker: "command awk".
for PROGRAM in awk cat cut grep paste rm sed sort tail tr wc; do
	eval "$PROGRAM() { busybox $PROGRAM \"\$@\"; }"
done

ns_sysctl()
{
	in_ns "$1" busybox sysctl -qw "${@:2}"
}

# net_link NS1 DEV1 NS2 DEV2: a cable between two hosts, up at both ends.
# Offloads stay as veth has them: packets cross with partial checksums and
# as large as GSO makes them, which is what the code under test must bear.
net_link()
{
	ip link add "$2" up netns "$1" type veth peer name "$4" netns "$3"
	in_ns "$3" busybox ip link set "$4" up
}

# net_addr NS DEV ADDRESS [GATEWAY]
net_addr()
{
	in_ns "$1" busybox ip addr add "$3" dev "$2"
	[ -z "${4-}" ] || in_ns "$1" busybox ip route add default via "$4"
}

# enable_ipv6 NS...: what setup_ns switched off, also of the devices that it has;
# addresses are good at once, no flow labels are made up, and errors are not
# limited in their rate.
enable_ipv6()
{
	local ns

	for ns in "$@"; do
		# shellcheck disable=SC2016
		in_ns "$ns" busybox sh -c 'for f in \
			/proc/sys/net/ipv6/conf/*/accept_dad; do
				echo 0 > "$f"; done'
		ns_sysctl "$ns" net.ipv6.conf.{all,default}.disable_ipv6=0 \
			net.ipv6.auto_flowlabels=0 net.ipv6.icmp.ratelimit=0
	done
}

# net_addr6 NS DEV ADDRESS [GATEWAY]: at once, without asking if it is taken
net_addr6()
{
	ip -n "$1" addr add "$3" dev "$2" nodad
	[ -z "${4-}" ] || ip -n "$1" route add default via "$4"
}

# net_switch NS PORT...: make NS a switch of the ports named.
net_switch()
{
	local ns=$1

	shift
	{
		echo link add br0 up type bridge forward_delay 0
		printf 'link set %s master br0\n' "$@"
	} | ip -n "$ns" -b -
}

# dev_stat NS DEV COUNTER, as in dev_stat $RS1 eth0 tx_bytes
dev_stat()
{
	local -A column=([rx_bytes]=0 [rx_packets]=1
			 [tx_bytes]=8 [tx_packets]=9 [tx_dropped]=11)
	local line field

	line=$(in_ns "$1" busybox grep "^ *$2:" /proc/net/dev)
	read -ra field <<< "${line#*:}"
	echo "${field[${column[$3]}]}"
}

# --- topologies ---------------------------------------------------------

#                   CLIENT
#          192.168.1.5 | eth0
#                      |
#        192.168.1.111 | eth0 (VIP)
#                  DIRECTOR
#     172.16.32.111/16 | eth1
#                    SWITCH
#                    |    |
#  172.16.32.110 eth0|    |eth0 172.16.32.112
#                   RS1  RS2      default gateway 172.16.32.111
topo_nat()
{
	setup_ns CLIENT DIRECTOR SWITCH RS1 RS2
	net_link "$CLIENT" eth0 "$DIRECTOR" eth0
	net_link "$DIRECTOR" eth1 "$SWITCH" port0
	net_link "$RS1" eth0 "$SWITCH" port1
	net_link "$RS2" eth0 "$SWITCH" port2
	net_switch "$SWITCH" port0 port1 port2
	net_addr "$CLIENT" eth0 192.168.1.5/24
	net_addr "$DIRECTOR" eth0 192.168.1.111/24
	net_addr "$DIRECTOR" eth1 172.16.32.111/16
	net_addr "$RS1" eth0 172.16.32.110/16 172.16.32.111
	net_addr "$RS2" eth0 172.16.32.112/16 172.16.32.111
}

#   CLIENT        DIRECTOR        RS1           RS2
#     | .5          | .11          | .21         | .31
#     +-------------+--- SWITCH ---+-------------+     192.168.1.0/24
#
# The VIP, 192.168.1.10, is not set up here.
topo_dr()
{
	setup_ns CLIENT DIRECTOR SWITCH RS1 RS2
	net_link "$CLIENT" eth0 "$SWITCH" port0
	net_link "$DIRECTOR" eth0 "$SWITCH" port1
	net_link "$RS1" eth0 "$SWITCH" port2
	net_link "$RS2" eth0 "$SWITCH" port3
	net_switch "$SWITCH" port0 port1 port2 port3
	net_addr "$CLIENT" eth0 192.168.1.5/24
	net_addr "$DIRECTOR" eth0 192.168.1.11/24
	net_addr "$RS1" eth0 192.168.1.21/24
	net_addr "$RS2" eth0 192.168.1.31/24
}

# The hosts of a topology get IPv6, and the director forwards both.
hosts_ipv6()
{
	enable_ipv6 "$CLIENT" "$DIRECTOR" "$RS1" "$RS2"
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
}

# topo_nat6, topo_dr6: the same with IPv6 as well. Hosts keep their last number:
# 192.168.1.5 is 2001:db8:1::5, and 172.16.32.110 is 2001:db8:2::110.
topo_nat6()
{
	topo_nat
	hosts_ipv6
	net_addr6 "$CLIENT" eth0 2001:db8:1::5/64
	net_addr6 "$DIRECTOR" eth0 2001:db8:1::111/64
	net_addr6 "$DIRECTOR" eth1 2001:db8:2::111/64
	net_addr6 "$RS1" eth0 2001:db8:2::110/64 2001:db8:2::111
	net_addr6 "$RS2" eth0 2001:db8:2::112/64 2001:db8:2::111
}

topo_dr6()
{
	topo_dr
	hosts_ipv6
	net_addr6 "$CLIENT" eth0 2001:db8:1::5/64
	net_addr6 "$DIRECTOR" eth0 2001:db8:1::11/64
	net_addr6 "$RS1" eth0 2001:db8:1::21/64
	net_addr6 "$RS2" eth0 2001:db8:1::31/64
}

# dr_real_server NS VIP: accept the VIP without ever answering ARP for it.
dr_real_server()
{
	ns_sysctl "$1" net.ipv4.conf.{all,eth0}.arp_ignore=1 \
		net.ipv4.conf.{all,eth0}.arp_announce=2
	ip -n "$1" addr add "$2/32" dev lo label lo:0
}

# tun_real_server NS VIP: unwrap what comes through a tunnel to the VIP.
tun_real_server()
{
	modprobe ipip
	ip -n "$1" addr add "$2/32" dev tunl0
	ip -n "$1" link set tunl0 up
	ns_sysctl "$1" net.ipv4.conf.tunl0.rp_filter=0 \
		net.ipv4.conf.all.arp_{ignore=1,announce=2}
}

#   CLIENT        DIRECTOR
#     | .5          | .11
#     +--- SWITCH --+     192.168.1.0/24
#            |
#            | eth0 .1
#          ROUTER
#     eth1 | | eth2
#   +------+ +------+
#   | 10.0.21.21    | 10.0.31.31     each gateway is .1
#  RS1             RS2
#
# The VIP, 192.168.1.10, and the tunnels are not set up here.
topo_tun()
{
	setup_ns CLIENT DIRECTOR SWITCH ROUTER RS1 RS2
	net_link "$CLIENT" eth0 "$SWITCH" port0
	net_link "$DIRECTOR" eth0 "$SWITCH" port1
	net_link "$ROUTER" eth0 "$SWITCH" port2
	net_link "$RS1" eth0 "$ROUTER" eth1
	net_link "$RS2" eth0 "$ROUTER" eth2
	net_switch "$SWITCH" port0 port1 port2
	net_addr "$CLIENT" eth0 192.168.1.5/24 192.168.1.1
	net_addr "$DIRECTOR" eth0 192.168.1.11/24 192.168.1.1
	net_addr "$ROUTER" eth0 192.168.1.1/24
	net_addr "$ROUTER" eth1 10.0.21.1/24
	net_addr "$ROUTER" eth2 10.0.31.1/24
	net_addr "$RS1" eth0 10.0.21.21/24 10.0.21.1
	net_addr "$RS2" eth0 10.0.31.31/24 10.0.31.1
	ns_sysctl "$ROUTER" net.ipv4.ip_forward=1
}

#                CLIENT
#                   | eth0
#                   |
#     192.168.1.111 | eth0
#               DIRECTOR
#     172.16.32.111 | eth1
#                   |
#                   | eth0
#                SERVERS
#
# The ends are bare: no address, no answer, only what the test makes them send.
# Seen from the director, 192.168.1.5 and .6 and, behind .5, 10.9.0.0/16 are
# clients; 172.16.32.110, .112, .113 and .114 are real servers.
topo_wire()
{
	local ip

	setup_ns CLIENT DIRECTOR SERVERS
	net_link "$CLIENT" eth0 "$DIRECTOR" eth0
	net_link "$SERVERS" eth0 "$DIRECTOR" eth1
	{
		echo link set eth0 address 02:00:00:00:00:d0
		echo link set eth1 address 02:00:00:00:00:d1
		echo addr add 192.168.1.111/24 dev eth0
		echo addr add 172.16.32.111/16 dev eth1
		echo route add 10.9.0.0/16 via 192.168.1.5
		for ip in 192.168.1.{5,6}; do
			echo neigh add "$ip" lladdr 02:00:00:00:00:c0 dev eth0
		done
		for ip in 172.16.32.{110,112,113,114}; do
			echo neigh add "$ip" lladdr 02:00:00:00:00:50 dev eth1
		done
	} | ip -n "$DIRECTOR" -b -
	ip -n "$CLIENT" link set eth0 address 02:00:00:00:00:c0
	ip -n "$SERVERS" link set eth0 address 02:00:00:00:00:50
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
	pkt_start
	pkt open client "$CLIENT" eth0 02:00:00:00:00:d0
	pkt open server "$SERVERS" eth0 02:00:00:00:00:d1
}

#                   CLIENT
#                      | eth0
#                      |
#      2001:db8:1::111 | eth0
#                  DIRECTOR
#      2001:db8:2::111 | eth1
#                      |
#                      | eth0
#                   SERVERS
#
# topo_wire with IPv6 as well: 2001:db8:1::5 and ::6 and, behind ::5,
# 2001:db8:9::/48 are clients; 2001:db8:2::110, ::112, ::113 and ::114 are real
# servers. client and server are the ends for IPv6; what they see of IPv4 is at
# client4 and server4.
topo_wire6()
{
	local ip

	topo_wire
	# No link-local addresses, so no other than these.
	ns_sysctl "$DIRECTOR" net.ipv6.conf.{all,default}.addr_gen_mode=1
	enable_ipv6 "$DIRECTOR"
	{
		echo addr add 2001:db8:1::111/64 dev eth0 nodad
		echo addr add 2001:db8:2::111/64 dev eth1 nodad
		echo route add 2001:db8:9::/48 via 2001:db8:1::5
		for ip in 2001:db8:1::{5,6}; do
			echo neigh add "$ip" lladdr 02:00:00:00:00:c0 dev eth0
		done
		for ip in 2001:db8:2::{110,112,113,114}; do
			echo neigh add "$ip" lladdr 02:00:00:00:00:50 dev eth1
		done
	} | ip -n "$DIRECTOR" -b -
	ns_sysctl "$DIRECTOR" net.ipv6.conf.all.forwarding=1
	pkt open client4 "$CLIENT" eth0 02:00:00:00:00:d0
	pkt open server4 "$SERVERS" eth0 02:00:00:00:00:d1
	pkt open client "$CLIENT" eth0 02:00:00:00:00:d0 ipv6 "$@"
	pkt open server "$SERVERS" eth0 02:00:00:00:00:d1 ipv6 "$@"
}

# flood VIP PORT FLOWS: pktgen puts as many packets, each a UDP flow of its own,
# onto eth0 of topo_wire's director as if they came from the wire. 1000 addresses
# and 101 ports, both advanced by every packet, meet again after 101,000.
flood()
{
	in_ns "$DIRECTOR" bash -c "
	cd /proc/net/pktgen
	[ -e eth0 ] || echo add_device eth0 > kpktgend_0
	for word in 'count $3' 'clone_skb 0' 'pkt_size 60' 'delay 0' \
		    'xmit_mode netif_receive' 'burst 1' 'dst $1' \
		    'dst_mac 02:00:00:00:00:d0' \
		    'src_min 10.9.0.0' 'src_max 10.9.3.231' \
		    'udp_src_min 1024' 'udp_src_max 1125' \
		    'udp_dst_min $2' 'udp_dst_max $2'; do
		echo \"\$word\" > eth0 || exit
	done
	echo start > pgctrl
	grep -q 'Result: OK' eth0"
}

# What topo_wire's director sent towards the servers; what their end of the wire
# has no room for, veth counts as dropped.
forwarded()
{
	echo $(($(dev_stat "$DIRECTOR" eth1 tx_packets) +
		$(dev_stat "$DIRECTOR" eth1 tx_dropped)))
}

# --- the system under test ----------------------------------------------

# $TMP/bin/lbctl is the tool under whichever name it has, so that a shell in
# any namespace finds it as a user would.
lb_load()
{
	local tool=$LBCTL

	mkdir -p "$TMP/bin"
	if [ "$LB_SUT" = ipvs ]; then
		modprobe ip_vs || return 1
	else
		[ -d /sys/module/lb ] || lb_insmod || return 1
	fi
	if [ "$LB_SUT" = lb_ipvs ]; then
		[ -d /sys/module/lb_ipvs ] || lb_ipvs_insmod || return 1
	fi
	[ "$LB_SUT" = lb ] || tool=$(command -v ipvsadm) || return 1
	ln -sf "$tool" "$TMP/bin/lbctl"
	PATH=$TMP/bin:$PATH
}

# The interfaces of IPVS, on lb, which is loaded.
lb_ipvs_insmod()
{
	lb_sync_insmod && insmod_tested "${LB_KO%/*}/ipvs/lb_ipvs.ko"
}

# Synchronisation, of lb, which is loaded.
lb_sync_insmod()
{
	[ -d /sys/module/lb_sync ] ||
		insmod_tested "${LB_KO%/*}/sync/lb_sync.ko"
}

# From here on, modprobe loads lb by IPVS's names. It would look for lb among the
# host's installed modules, so it is told where the one under test is.
ipvs_names()
{
	IPVS_NAMES=/etc/modprobe.d/lb-selftest.conf
	{
		cat "$LIB_DIR/../tool/lb-ipvs.names"
		echo "install lb_ipvs LB_SUT=lb_ipvs LB_KO=$LB_KO LBCTL=$LBCTL" \
			"bash -c '. $LIB_DIR/lib.sh; lb_load'"
	} > "$IPVS_NAMES"
}

lb_insmod()
{
	insmod_tested "$LB_KO"
}

# insmod loads no dependencies; modprobe would look for lb among the host's
# installed modules instead of at the one just built. The self-tests of a debug
# build run once in each boot.
# insmod_tested FILE [PARAMETER=VALUE]...
insmod_tested()
{
	local dep name=${1##*/}
	local tested=/run/selftested-$name

	for dep in $(modinfo -F depends "$1" | tr , ' '); do
		[[ $dep = lb* ]] || modprobe "$dep" || return 1
	done
	if [ -e "$tested" ]; then
		insmod "$@" selftest=0
	else
		insmod "$@" || return 1
		[ ! -e "/sys/module/${name%.ko}/parameters/selftest" ] ||
			: > "$tested"
	fi
}

lb_unload()
{
	if [ "$LB_SUT" = ipvs ]; then
		# shellcheck disable=SC2046 # names of modules
		modprobe -r $(lsmod | sed -n \
			's/^\(ip_vs_[a-z_]*\|xt_ipvs\) .*/\1/p') ip_vs
		return
	fi
	[ ! -d /sys/module/lb_ipvs ] || rmmod lb_ipvs || return
	[ ! -d /sys/module/lb_sync ] || rmmod lb_sync || return
	rmmod lb
}

# The tool, on the director; before there is one, in the script's namespace.
lbctl()
{
	if [ -n "${DIRECTOR-}" ]; then
		in_ns "$DIRECTOR" "$TMP/bin/lbctl" "$@"
	else
		"$TMP/bin/lbctl" "$@"
	fi
}

# lb's own tool, whoever drives it otherwise
lb_tool()
{
	if [ -n "${DIRECTOR-}" ]; then
		in_ns "$DIRECTOR" "$LBCTL" "$@"
	else
		"$LBCTL" "$@"
	fi
}

# setting NAME VALUE...: settings that both have, under the names of IPVS.
setting()
{
	if [ "$LB_SUT" != ipvs ]; then
		lb_tool config set "$@"
		return
	fi
	while [ $# -ge 2 ]; do
		ns_sysctl "$DIRECTOR" "net.ipv4.vs.$1=$2" || return
		shift 2
	done
}

# setting_is NAME VALUE
setting_is()
{
	if [ "$LB_SUT" = ipvs ]; then
		[ "$(in_ns "$DIRECTOR" cat "/proc/sys/net/ipv4/vs/$1")" = "$2" ]
	else
		[ "$(lb_tool config get "$1")" = "$2" ]
	fi
}

# drops REASON: packets that were dropped for it.
drops()
{
	local text

	text=$(lb_tool stats)
	[[ $text =~ "drop $1 "([0-9]+) ]] && echo "${BASH_REMATCH[1]}"
}

# stat_of ADDRESS:PORT COLUMN, of a service or real server. Columns are those
# of --stats: 3 Conns, 4 InPkts, 5 OutPkts, 6 InBytes, 7 OutBytes.
stat_of()
{
	lbctl -L -n --stats --exact |
		awk -v addr="$1" -v column="$2" '$2 == addr { print $column }'
}

# stat_is ADDRESS:PORT COLUMN VALUE, to be waited for: IPVS counts in arrears
# of two seconds.
stat_is()
{
	[ "$(stat_of "$1" "$2")" = "$3" ]
}

# paths: how many packets took which path since it was asked last, in $TAKEN, as
# "1 fast 2 new". Zero after the module was loaded.
declare -A PATHS=()
paths()
{
	local kind name n new

	not_in_subshell paths
	TAKEN=
	while read -r kind name n; do
		[ "$kind" = path ] || continue
		new=$((n - ${PATHS[$name]-$n}))
		[ "$new" -ge 0 ] || new=$n
		[ "$new" -eq 0 ] || TAKEN+=" $new $name"
		PATHS[$name]=$n
	done <<< "$(lbctl stats)"
	TAKEN=${TAKEN# }
}

# took WHAT PATHS: exactly these
took()
{
	paths
	check_eq "$TAKEN" "$2" "$1: paths"
}

# expected END [ALL KEPT]: what took() is to see of the packets in $TMP/traffic,
# each line of which begins with its paths, or with "-". Those that end a
# connection have "end" and take the path END; with ALL, all that do not match
# KEPT take that.
expected()
{
	awk -v end="$1" -v all="${2-}" -v kept="${3-}" '
		$1 == "-" { next }
		{ sub(/^end$/, end, $1); split($1, path, ",") }
		{ for (i in path) n[all && path[i] !~ kept ? all : path[i]]++ }
		END { split("fast off foreign-hook local new state icmp " \
			    "fragment options way other", order)
		      for (i = 1; i in order; i++)
			  if (n[order[i]])
			      printf "%s%d %s", (c++ ? " " : ""),
				     n[order[i]], order[i] }' "$TMP/traffic"
}

# --- servers ------------------------------------------------------------

# web_server NS PORT TEXT: every page it serves at / is TEXT.
web_server()
{
	local ns=$1 port=$2 text=$3
	local root=$TMP/www/$1-$2

	mkdir -p "$root"
	echo "$text" > "$root/index.html"
	# It would give a client a minute to ask.
	busybox nsenter --net="/run/netns/$ns" /usr/bin/env --block-signal=ALRM \
		busybox httpd -f -p "$port" -h "$root" &
	background $!
	busywait 5000 port_listens "$ns" "$port"
}

# random_file KILOBYTES FILE: an empty one would be the same everywhere.
random_file()
{
	head -c "$1K" /dev/urandom > "$2"
	[ "$(wc -c < "$2")" -eq $(($1 * 1024)) ] || skip_all "no $2"
}

# web_file NS PORT NAME KILOBYTES: give that server a file of random bytes.
web_file()
{
	random_file "$4" "$TMP/www/$1-$2/$3"
}

# port_listens NS PORT: someone does, by TCP.
port_listens()
{
	in_ns "$1" busybox grep -qi ":$(printf %04X "$2") [0:]* 0A" \
		/proc/net/tcp /proc/net/tcp6
}

# --- crafted packets ----------------------------------------------------

# The process behind pkt lives as long as the script; see tool/pkt.c for what
# it understands.
pkt_start()
{
	[ ! -e "$TMP/pkt.in" ] || return 0
	mkfifo "$TMP/pkt.in" "$TMP/pkt.out"
	"$BUILD_DIR/tool-test/pkt" < "$TMP/pkt.in" > "$TMP/pkt.out" &
	background $!
	exec {PKT_IN}> "$TMP/pkt.in" {PKT_OUT}< "$TMP/pkt.out"
}

# pkt COMMAND...: the answer is also $REPLY, which needs no subshell. A command
# that cannot be obeyed is a fault of the test: what was never sent is not missed.
pkt()
{
	echo "$@" >&"$PKT_IN"
	read -r -u "$PKT_OUT" || REPLY="error: pkt ended"
	[ "$REPLY" = ok ] || echo "$REPLY"
	if [[ $REPLY == error* ]]; then
		check_err 1 "pkt $*: $REPLY" >&2
		return 1
	fi
	[ "$REPLY" != none ]
}

# escaped TEXT: the word for pkt's "data esc=", with escapes as printf has them.
escaped()
{
	local space='\040' slash='\057' text

	text=${1// /"$space"}
	echo "${text//\//"$slash"}"
}

# expect_packet WIRE PACKET...: the next packet there is exactly this one.
expect_packet()
{
	pkt recv "$1" 2000 > /dev/null
	check_eq "$REPLY" "${*:2}" "wrong packet at the $1"
}

# expect_silence WIRE: nothing arrives. What the director does with a packet
# it does before the sender goes on; the limit is for what it may have queued.
expect_silence()
{
	pkt recv "$1" 100 > /dev/null
	check_eq "$REPLY" none "packet at the $1 where there must be none"
}
