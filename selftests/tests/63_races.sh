#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.12
#
# What two CPUs do to the same connections, services and real servers at the
# same time. The guest's log tells of what goes wrong; a CPU that does not come
# back keeps the test from its end.

# shellcheck source=../floods.sh
. "$(dirname "$0")/../floods.sh"

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
setup_floods || skip_all "no generator of packets"
dmesg_mark
tests_run births refusals twins returns growth
