# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# Differential tests: the same scenario with stock ip_vs and with the system
# under test, each in namespaces of its own. What each shows is a transcript;
# the transcripts must be equal.
#
# With LB_SUT=ipvs a scenario is compared with itself, which proves that its
# transcript does not depend on chance. With LB_SUT=lb_ipvs, ipvsadm drives lb;
# then ip_vs, which has the same interfaces, comes and goes before.
#
# Scenarios in BY_IPVSADM are compared with lb by its own tool, and then once more
# with ipvsadm driving it.
BY_IPVSADM=()

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

# diff_run SETUP SCENARIO...: the script runs itself once for each system, in a
# fresh namespace, SETUP and then all scenarios, to fill a directory with
# transcripts. Where a function expected_SCENARIO prints what the transcript must
# be, ip_vs has to live up to that, too.
diff_run()
{
	local setup=$1 scenario

	shift
	# shellcheck disable=SC2086
	[ -z "${TESTS-}" ] || set -- $TESTS
	[ -z "${TRANSCRIPTS-}" ] || diff_record "$setup" "$@"

	mkdir "$TMP/reference" "$TMP/tested"
	setup_ns NS1 NS2
	if [ "$LB_SUT" = lb_ipvs ] && [ -d /sys/module/lb_ipvs ]; then
		lb_unload || exit
	fi
	LB_SUT=ipvs TRANSCRIPTS=$TMP/reference in_ns "$NS1" "$0" &
	if [ "$LB_SUT" = lb_ipvs ]; then
		wait $!
		diff_remove_ipvs
	fi
	TRANSCRIPTS=$TMP/tested in_ns "$NS2" "$0"
	wait $!
	[ "$LB_SUT" = lb ] && [ -z "${TESTS-}" ] || BY_IPVSADM=()
	ktap_plan $(($# + ${#BY_IPVSADM[@]}))
	for scenario in "$@"; do
		RET=0
		diff_compare "$scenario" "$LB_SUT" "$TMP/tested"
		log_test "same as ip_vs: $scenario"
	done
	[ ${#BY_IPVSADM[@]} -eq 0 ] || diff_by_ipvsadm
	exit "$EXIT_STATUS"
}

diff_remove_ipvs()
{
	cleanup_ns "$NS1"
	LB_SUT=ipvs busywait 10000 lb_unload
}

diff_by_ipvsadm()
{
	local scenario

	mkdir "$TMP/ipvsadm"
	diff_remove_ipvs
	setup_ns NS3
	LB_SUT=lb_ipvs TESTS="${BY_IPVSADM[*]}" TRANSCRIPTS=$TMP/ipvsadm \
		in_ns "$NS3" "$0"
	for scenario in "${BY_IPVSADM[@]}"; do
		RET=0
		diff_compare "$scenario" lb_ipvs "$TMP/ipvsadm"
		log_test "same as ip_vs, by ipvsadm: $scenario"
	done
}

diff_record()
{
	local setup=$1 scenario

	shift
	# A script that says which system it is for must let it be said.
	[ "${TRANSCRIPTS##*/}" != reference ] || [ "$LB_SUT" = ipvs ] || exit
	lb_load && "$setup" || exit
	for scenario in "$@"; do
		"$scenario" > "$TRANSCRIPTS/$scenario" 2>&1
	done
	exit
}

# diff_compare SCENARIO SYSTEM DIRECTORY: with what is in DIRECTORY
diff_compare()
{
	local seen=$TMP/reference/$1

	[ -s "$seen" ]
	check_err $? "ip_vs has nothing to compare with"
	if [ "$(type -t "expected_$1")" = function ]; then
		"expected_$1" > "$TMP/expected"
		diff_files expected ip_vs "$TMP/expected" "$seen"
	fi
	diff_files ip_vs "$2" "$seen" "$3/$1"
	[ -z "${DIFF_SHOW-}" ] || cat "$seen"
}

diff_files()
{
	diff -u --label "$1" --label "$2" "$3" "$4" > "$TMP/diff"
	check_err $? "$(cat "$TMP/diff")"
}

# --- what scenarios do -----------------------------------------------------

# from CLIENT SPORT PROTO DPORT [FLAGS]: a packet to $VIP; UDP carries 100 bytes
from()
{
	local layers="tcp sport=$2 dport=$4 flags=${5-}" ip=ip

	[ "$3" = tcp ] || layers="udp sport=$2 dport=$4 / data 100"
	[[ "$1" != *:* ]] || ip=ip6
	pkt send client "$ip src=$1 dst=$VIP / $layers"
}

# settled: ip_vs has added up all packets, which it does for each service and
# each real server by itself, every two seconds
settled()
{
	local before='' now

	[ "$LB_SUT" = ipvs ] || return 0
	now=$(lbctl -L -n --stats --exact)
	until [ "$now" = "$before" ]; do
		before=$now
		pause 2.5
		now=$(lbctl -L -n --stats --exact)
	done
}

# --- what transcripts consist of ------------------------------------------

# try ARGUMENT...: the tool's output and exit status, and whether it complained;
# the words of a complaint are lb's own. REFUSAL is the exit status with which
# lb refuses, where ipvsadm has 255 for nearly everything.
REFUSAL=1
try()
{
	local out status

	echo "\$ lbctl $*"
	out=$(lbctl "$@" 2> "$TMP/err")
	status=$?
	mask_size "$out"
	[ "${LB_SUT#lb_}-$status" != ipvs-255 ] || status=$REFUSAL
	[ $status -eq 0 ] || echo "exit status $status"
	[ ! -s "$TMP/err" ] || echo "complains"
}

# What is saved, without the thresholds that ipvsadm forgets.
try_save()
{
	echo "\$ lbctl -S -n"
	lbctl -S -n | sed 's/ -[xy] [0-9]*//g'
}

# The size told in the first line is that of the table of connections, which
# lb makes as large as needed.
mask_size()
{
	local text=$1

	[[ $text =~ ^IP.*\(size=([0-9]+)\) ]] &&
		text=${text/size=${BASH_REMATCH[1]}/size=N}
	[ -z "$text" ] || printf '%s\n' "$text"
}

# Connections come in the order of a hash table, and their time runs: sorted,
# without time.
show_conns()
{
	echo "\$ lbctl -L -n -c $* | sort"
	lbctl -L -n -c "$@" | sed 's/ [0-9]*:[0-9][0-9] / MM:SS /' | sort
}

# show_packets WIRE...: what came there since the last time, but not what the
# offloads know of it. The wires were opened whole.
show_packets()
{
	local wire

	for wire; do
		pkt dump "$wire" "$TMP/packets" > /dev/null
		echo "$wire:"
		sed 's/ | [^|]* |/ |/' "$TMP/packets"
	done
}
