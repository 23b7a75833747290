#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.12 7.2
#
# What two CPUs do to the same connections, services and real servers at the
# same time. The guest's log tells of what goes wrong; a CPU that does not come
# back keeps the test from its end.
#
# Environment:
#   LB_STRESS	seconds for each test (default 8)

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

STRESS=${LB_STRESS:-8}
VIP=10.0.1.100
VIP2=10.0.1.101
RS=10.0.2.
FLOODS=()

# Two devices of the guest's own namespace, for which lbgen makes frames on
# whatever CPU it is asked.
setup()
{
	local dev host

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

# Connections that are over with their first packet, of two services with the
# same server: each CPU ends those of the other, half made or not.
births()
{
	lbctl config set sloppy-tcp 1
	lbctl -R <<- END
	-A -t $VIP:80 -s rr
	-a -t $VIP:80 -r ${RS}11 -m
	-A -t $VIP2:80 -s rr
	-a -t $VIP2:80 -r ${RS}11 -m
	END
	flood 0 "in0 fin $VIP 80 16 20000"
	flood 1 "in0 fin $VIP2 80 16 20000"
	floods_end
	expect_nothing
	log_test "connections that are over at birth"
}

# The same by default settings: a client asks both services from one port, and
# the server refuses.
refusals()
{
	lbctl -R <<- END
	-A -t $VIP:80 -s rr
	-a -t $VIP:80 -r ${RS}11 -m
	-A -t $VIP2:80 -s rr
	-a -t $VIP2:80 -r ${RS}11 -m
	END
	flood 0 "in0 syn $VIP 80 16 1000" "in0 syn $VIP2 80 16 1000"
	flood 1 "out0 rst-reply ${RS}11 80 16 2000"
	floods_end
	expect_nothing
	log_test "connections that are refused while they are made"
}

# Both CPUs make the same connections, and packets of the server come between.
twins()
{
	lbctl config set udp-timeout 1
	lbctl -R <<- END
	-A -u $VIP:53 -s lc
	-a -u $VIP:53 -r ${RS}11 -m
	-a -u $VIP:53 -r ${RS}12 -m
	END
	flood 0 "in0 udp $VIP 53 512 4000" "out0 udp-reply ${RS}11 53 512 4000"
	flood 1 "in0 udp $VIP 53 512 4000" "out0 udp-reply ${RS}12 53 512 4000"
	meanwhile lbctl conn flush
	floods_end
	expect_nothing
	log_test "connections made, ended and forgotten by both CPUs"
}

anew()
{
	lbctl -R <<- END
	-D -u $VIP:53
	-A -u $VIP:53 -o -s $1
	-a -u $VIP:53 -r ${RS}11 -g
	-a -u $VIP:53 -r ${RS}12 -g
	-a -u $VIP:53 -r ${RS}13 -g
	-d -u $VIP:53 -r ${RS}12
	-a -u $VIP:53 -r ${RS}12 -g
	-D -u $VIP:54
	-A -u $VIP:54 -o -s $1
	-a -u $VIP:54 -r ${RS}11 -g
	END
}

each_anew()
{
	local sched

	for sched in wlc nq rr wrr fo ovf twos sh mh lblc lblcr; do
		anew "$sched" || return
	done
}

# Real servers leave a service and come back to it, or to another with the same
# address, while each packet asks the scheduler.
returns()
{
	lbctl -A -u "$VIP":53 -o -s wlc
	lbctl -A -u "$VIP":54 -o -s wlc
	anew wlc
	flood 0 "in0 udp $VIP 53 100 20000"
	meanwhile each_anew
	floods_end
	check_eq "$(lbctl -L -n | grep -c ' -> [0-9]')" 4 "real servers"
	expect_nothing
	log_test "real servers leave and come back under a flood"
}

list()
{
	lbctl -L -c -n > /dev/null
}

# The table grows, shrinks, is swept and listed while connections come and go.
growth()
{
	lbctl config set udp-timeout 1
	lbctl -R <<- END
	-A -u $VIP:53 -s rr
	-a -u $VIP:53 -r ${RS}11 -m
	-a -u $VIP:53 -r ${RS}12 -g
	END
	flood 0 "in0 udp $VIP 53 40000 40000" "in0 udp $VIP 53 7 100000"
	meanwhile list
	floods_end
	expect_nothing
	log_test "the table is resized, swept and listed under a flood"
}

lb_load || skip_all "the module does not load"
setup || skip_all "no generator of packets"
dmesg_mark
tests_run births refusals twins returns growth
