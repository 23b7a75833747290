# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash disable=SC2034 # who sources it has the names
# For tests in which two CPUs attack: floods of frames from each of them, and what
# is done meanwhile.
#
# Environment:
#   LB_STRESS	seconds for each test (default 8)

# shellcheck source=lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/lib.sh"

STRESS=${LB_STRESS:-8}
VIP=10.0.1.100
VIP2=10.0.1.101
RS=10.0.2.
FLOODS=()
WORKERS=()

# Two devices of the guest's own namespace, for which lbgen makes frames on
# whatever CPU it is asked.
setup_floods()
{
	local dev host

	remove_floods
	modprobe dummy && insmod "$BUILD_DIR/$LB_LABEL-lbgen/lbgen.ko" || return
	sysctl -qw net.ipv4.ip_forward=1 net.ipv4.conf.{all,default}.rp_filter=0 \
		net.ipv6.conf.default.disable_ipv6=1
	for dev in in0 out0; do
		ip link add $dev type dummy
		ip link set $dev arp on up
	done
	ip addr add 10.0.1.1/24 dev in0
	ip addr add $VIP/32 dev in0
	ip addr add $VIP2/32 dev in0
	ip addr add 10.0.2.1/24 dev out0
	ip neigh add 10.0.1.2 lladdr 02:00:00:00:01:02 dev in0 nud permanent
	ip route add 10.1.0.0/16 via 10.0.1.2
	for host in 11 12 13; do
		ip neigh add 10.0.2.$host lladdr 02:00:00:00:02:$host \
			dev out0 nud permanent
	done
}

# What a test before this one has left
remove_floods()
{
	[ -d /sys/module/lbgen ] || return 0
	ip link del in0
	ip link del out0
	rmmod lbgen
}

# flood CPU JOB...: each CPU sends the jobs in turn for STRESS seconds. A job is
# "DEVICE KIND SERVER PORT FLOWS COUNT".
flood()
{
	local cpu=$1

	shift
	(
		end=$((SECONDS + STRESS))
		taskset -pc "$cpu" "$BASHPID" > /dev/null
		while [ "$SECONDS" -lt "$end" ]; do
			printf '%s\n' "$@" > "$TMP/jobs.$cpu"
			while read -r job; do
				echo "$job" > /dev/lbgen || exit
			done < "$TMP/jobs.$cpu"
		done
	) &
	FLOODS+=($!)
}

floods_over()
{
	local pid

	for pid in "${FLOODS[@]}"; do
		! kill -0 "$pid" 2> /dev/null || return
	done
}

# meanwhile COMMAND...: again and again until the floods are over.
meanwhile()
{
	taskset -pc 1 "$BASHPID" > /dev/null
	until floods_over; do
		"$@"
		check_err $? "$*"
	done
	taskset -pc 0,1 "$BASHPID" > /dev/null
}

floods_end()
{
	local pid

	busywait $(((STRESS + 120) * 1000)) floods_over
	check_err $? "a flood does not end"
	for pid in "${FLOODS[@]}"; do
		wait "$pid"
		check_err $? "a flood failed"
	done
	FLOODS=()
}

# worker NAME COMMAND...: again and again until workers_end; and if it has not
# succeeded by then, which on a slow machine it may not, a few times more.
worker()
{
	local name=$1

	shift
	(
		n=0 more=20
		until [ -e "$TMP/over" ] && [ $((n ? 0 : more--)) -le 0 ]; do
			"$@" > /dev/null 2>&1 && n=$((n + 1))
		done
		echo "$n" > "$TMP/rounds.$name"
	) &
	WORKERS+=($!)
}

# workers_end NAME...: these must have succeeded.
workers_end()
{
	local pid name

	: > "$TMP/over"
	for pid in "${WORKERS[@]}"; do
		busywait 300000 no_process "$pid"
		check_err $? "a worker does not end"
	done
	WORKERS=()
	rm "$TMP/over"
	ksft_diag "$(cd "$TMP" && grep . rounds.*)"
	for name; do
		[ "$(< "$TMP/rounds.$name")" -gt 0 ]
		check_err $? "$name never succeeded"
	done
	rm "$TMP"/rounds.*
}

no_process()
{
	[ ! -d "/proc/$1" ]
}

# Nothing is left of connections, and they are counted nowhere.
expect_nothing()
{
	lbctl conn flush
	check_eq "$(lbctl -L -c -n | tail -n +3)" "" "connections left"
	check_eq "$(lbctl -L -n | awk '/->/ && $2 ~ /[0-9]/ && $5 + $6')" "" \
		"connections counted"
	lbctl -C
	lbctl config set sloppy-tcp 0 udp-timeout 300
}
