#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Run a benchmark in VMs: run.sh BENCH, which is one of
#
#   packet	instructions a packet, each subject in a boot of its own; or of the
#		subjects that follow alone, whose results are only printed
#   quick	the same of UDP requests alone, in three boots
#   tcp		instructions a TCP connection
#   services	the effect of the number of services
#   flows	the effect of the number of flows, and memory
#   restore	a large configuration restored, of $SERVICES services (10000)
#   load		250,000 real servers loaded, natively
#   smp		two CPUs against one
#   native	nanoseconds a packet, in User-Mode Linux
#   sync	what a master tells other directors, in bytes
#   join	a director that starts, and a module that is exchanged, natively
#
# The results are left in build/bench/BENCH.json.
set -eu -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/../vm/common.sh"

BENCH=$LB_ROOT/selftests/bench
name=${1:?usage: run.sh BENCH}
label=6.12
case $name in
native|load|join) label=uml ;;
esac

# boot OPTIONS SCRIPT [ARG]...
boot() {
	# shellcheck disable=SC2086 # options are words
	"$LB_VM/run.sh" -k $label -n $1 "selftests/bench/$2" "${@:3}"
}

measure_packet() {
	local subject

	for subject; do
		boot -c packet.sh all "$subject"
	done
}

measure() {
	local flows="-c -m 8192 -a slab_nomerge -t 3600"
	local subject

	case $name in
	packet)
		measure_packet forward {lb,ipvs}-{dr,nat,tun} \
			nft-{dnat,flowtable} {lb,ipvs}-{gre,gue} \
			forward6 {lb,ipvs}-{dr6,nat6,tun6} ;;
	quick)
		boot -c packet.sh quick forward lb-{dr,nat,tun}
		boot -c packet.sh quick ipvs-{dr,nat,tun}
		boot -c packet.sh quick nft-{dnat,flowtable} ;;
	tcp)
		for subject in forward {lb,ipvs}-{dr,nat,tun} \
			nft-{dnat,flowtable}; do
			boot -c tcp.sh "$subject"
		done ;;
	services)
		for subject in {lb,ipvs}-{dr,nat}; do
			boot -c services.sh "$subject"
		done ;;
	flows)
		boot "$flows" flows.sh "$(echo {lb,ipvs}-{dr,nat,tun})" 1024
		boot "$flows" flows.sh "$(echo {lb,ipvs}-{dr,nat} \
			nft-{dnat,flowtable})" 65536 1048576
		boot "$flows" flows.sh lb-dr 10485760
		boot "$flows" flows.sh ipvs-dr 10485760 ;;
	restore)
		for subject in lb lb-ipvsadm ipvs; do
			boot "-c -t 7200 -e SERVICES=${SERVICES:-10000}" \
				restore.sh $subject
		done ;;
	load)
		boot "-m 4096" load.sh ;;
	smp)
		boot "-t 3600" smp.sh forward {lb,ipvs}-{dr,nat} ;;
	native)
		for _ in 1 2 3 4 5; do
			boot "-m 4096" native.sh 1024 65536 1048576
		done ;;
	sync)
		for subject in lb ipvs; do
			boot "-c -t 3600" sync.sh $subject
		done ;;
	join)
		boot "-m 4096 -t 1800" join.sh 1000000 100000 ;;
	*)	die "no benchmark $name" ;;
	esac
}

"$LB_VM/build.sh" $label
"$LB_VM/build.sh" $label "$BENCH/gen" lbgen
make -s -C "$LB_ROOT" tool
if [ "$name" = packet ] && [ $# -gt 1 ]; then
	measure_packet "${@:2}"
	exit
fi
mkdir -p "$LB_BUILD/bench"
gcc-12 -O2 -Wall -o "$LB_BUILD/bench/tcpload" "$BENCH/tcpload.c"
measure | tee "$LB_BUILD/bench/$name.txt"
"$BENCH/report.py" json $label <"$LB_BUILD/bench/$name.txt" \
	>"$LB_BUILD/bench/$name.json"
