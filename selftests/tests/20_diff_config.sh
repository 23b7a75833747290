#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 quick
# CPUs: 1
#
# What the tool says about configuration, and how it refuses, byte for byte.

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

setup()
{
	ip addr add 192.168.1.111/24 dev lo
}

# One of everything that both can say (ipvsadm shows marks above 2^31 as negative
# and does not take them back, and sorts addresses 2^31 apart wrongly): protocols, marks, ports, schedulers, persistence, methods,
# weights, thresholds, and a real server that is the director itself.
configure()
{
	lbctl -C
	lbctl -R << 'END'
-A -t 192.168.1.111:80 -s rr
-a -t 192.168.1.111:80 -r 172.16.32.110:80 -m
-a -t 192.168.1.111:80 -r 172.16.32.112:8080 -m -w 65535
-a -t 192.168.1.111:80 -r 192.168.1.111:8081 -m
-A -t 192.168.1.111:443 -s wrr -p
-a -t 192.168.1.111:443 -r 172.16.32.110 -g -w 3
-a -t 192.168.1.111:443 -r 172.16.32.112 -i -w 0
-a -t 192.168.1.111:443 -r 172.16.32.113 -i --tun-type gue --tun-port 6080
-a -t 192.168.1.111:443 -r 172.16.32.114 -i --tun-type gre --tun-csum
-A -u 192.168.1.111:53 -s lc
-a -u 192.168.1.111:53 -r 172.16.32.110:5353 -m -x 100 -y 50
-a -u 192.168.1.111:53 -r 172.16.32.112 -m -x 2000000000
-A -t 192.168.1.111:0 -s wlc -p 600 -M 255.255.255.0
-a -t 192.168.1.111:0 -r 172.16.32.110:0 -g
-A -f 3 -s sed -p 2678400
-a -f 3 -r 172.16.32.110:0 -g
-a -f 3 -r 172.16.32.112:8080 -m
-A -f 2147483647 -s nq
-A -t 192.168.1.112:80
-A -t 172.31.0.1:65535 -s rr
END
}

listings()
{
	local mode

	configure
	for mode in "" --stats --rate --thresholds --persistent-conn \
		    "--stats --exact" "--rate --exact" --tun-info -c --timeout; do
		# shellcheck disable=SC2086
		try -L -n $mode
	done
	try_save
	try -L -n --sort
	try -l -n
	try -Ln
	try --list --numeric --exact
	echo "\$ lbctl -L -n --nosort | sort"
	mask_size "$(lbctl -L -n --nosort)" | sort
}

one_service()
{
	local service

	configure
	for service in "-t 192.168.1.111:80" "-u 192.168.1.111:53" "-f 3" \
		       "-t 192.168.1.112:80"; do
		# shellcheck disable=SC2086
		{
			try -L -n $service
			try -L -n $service --stats
			try -L -n $service --thresholds
			try -Z $service
		}
	done
	try -L -n -t 192.168.1.200:80
	try -Z -t 192.168.1.200:80
}

edit()
{
	configure
	try -E -t 192.168.1.111:80 -s wlc
	try -E -t 192.168.1.111:443 -s nq -p 100 -M 255.255.0.0
	try -E -f 3 -s rr
	try -e -t 192.168.1.111:80 -r 172.16.32.110:80 -m -w 7 -x 10 -y 5
	try -e -t 192.168.1.111:80 -r 172.16.32.112:8080 -g
	try -e -u 192.168.1.111:53 -r 172.16.32.110:5353 -m
	try -d -u 192.168.1.111:53 -r 172.16.32.112:53
	try -D -t 192.168.1.112:80
	try -L -n
	try -L -n --thresholds
	try_save
	try -E -f 3
	try -E -t 192.168.1.111:443 -s rr -p 100
	try_save
	try -C
	try -L -n
	try -C
}

sched_flags()
{
	try -A -t 192.168.1.111:90 -s sh -b sh-port
	try -A -t 192.168.1.111:91 -b mh-fallback,mh-port -s mh -p 300
	try -A -t 192.168.1.111:92 --sched-flags flag-2,flag-1 -s sh
	try -A -t 192.168.1.111:93 -b flag-3,flag-2 -s rr
	try -A -t 192.168.1.111:94 -b ,flag-2,,flag-2 -p -M 255.255.0.0
	try -A -f 90 -b "" -s mh
	try -L -n
	try_save
	try -E -t 192.168.1.111:90 -s sh -b sh-fallback
	try -E -t 192.168.1.111:91 -s mh
	try -E -t 192.168.1.111:92 -s mh -b mh-port
	try -E -t 192.168.1.111:93 -s rr
	try -E -t 192.168.1.111:94
	try_save
	REFUSAL=2
	try -A -t 192.168.1.111:95 -b sh-port
	try -A -t 192.168.1.111:95 -s mh -b sh-port
	try -A -t 192.168.1.111:95 -s sh -b sh-port,flag-4
	try -A -t 192.168.1.111:95 -s sh -b sh_port
	REFUSAL=1
	try -C
}

timeouts()
{
	try -L --timeout
	try --set 0 0 0
	try -L --timeout
	try --set 7200 0 0
	try -L --timeout
	try --set 0 60 0
	try --set 0 0 120
	try -L --timeout
	try --set 1 1 1
	try -L --timeout
	try --set 900 120 300
	try -L --timeout
}

# ipvsadm's -S forgets thresholds, so there are none here.
save_restore()
{
	configure
	lbctl -d -u 192.168.1.111:53 -r 172.16.32.110:5353
	lbctl -d -u 192.168.1.111:53 -r 172.16.32.112:53
	lbctl -S -n > "$TMP/saved"
	cat "$TMP/saved"
	lbctl -C
	lbctl -R < "$TMP/saved"
	echo "restored: $?"
	lbctl -S -n > "$TMP/again"
	cmp "$TMP/saved" "$TMP/again" && echo "saved again: equal"
	lbctl -C
	printf '%s\n' '-A -t 10.1.1.1:http -s rr' '' \
	       '-a -t 10.1.1.1:http -r 10.1.1.2:http -m -w 1' |
		lbctl -R > /dev/null 2>&1
	echo "names and an empty line: $?"
	try -S -n
}

# Each spelling of an option.
spellings()
{
	lbctl -C
	try --add-service --tcp-service 10.0.0.1:80 --scheduler rr
	try --add-server --tcp-service 10.0.0.1:80 --real-server 10.0.0.2:80 \
	    --masquerading --weight 2 --u-threshold 9 --l-threshold 8
	try --add-service --udp-service 10.0.0.1:53 -swrr --persistent 50
	try -a -u 10.0.0.1:53 -r 10.0.0.2 --gatewaying
	try -a -u 10.0.0.1:53 -r 10.0.0.3:53 --ipip -w5
	try -A --fwmark-service 9 --persistent --netmask 255.255.255.0
	try --edit-service -f 9 -s lc
	try --edit-server -t 10.0.0.1:80 -r 10.0.0.2:80 -m --weight=4
	try -A -t 10.0.0.1 -p
	try -a -t 10.0.0.1 -r 10.0.0.2
	try -L -n
	try -L -n --thresholds
	try --save -n
	try --delete-server -t 10.0.0.1:80 --real-server 10.0.0.2:80
	try --delete-service --udp-service 10.0.0.1:53
	try --zero
	try --list -n
	try --clear
	try --list -n
}

# What one might expect to be refused.
leniencies()
{
	lbctl -C
	try -A -t 10.0.0.1:80 -M 255.255.255.0
	try -a -t 10.0.0.1:80 -r 10.0.0.2 -w 65536
	try -a -t 10.0.0.1:80 -r 10.0.0.3:8080 -g
	# lb warns that packets from outside do not reach it.
	lbctl -a -t 10.0.0.1:80 -r 127.0.0.1 -m 2> /dev/null
	try -A -f 7 -M 255.255.0.0 -p 100
	try -a -f 7 -r 10.0.0.2:8080 -g
	try -L -n
	try -L -n --stats --rate
	try -L -n --thresholds --persistent-conn
}

# Nothing of this is done, and nothing of it changes what is configured.
refusals()
{
	local line

	configure
	lbctl -S -n > "$TMP/before"
	while read -r line; do
		# shellcheck disable=SC2086
		try $line
	done < "$TMP/refusals"
	lbctl -S -n | diff "$TMP/before" - && echo "nothing changed"
}

usage_errors()
{
	cat > "$TMP/refusals" << 'END'
-A
-A -s rr
-A -t
-A -t 192.168.1.111
-A -t 192.168.1.111:0 -s rr
-A -t 192.168.1.111:99999 -s rr
-A -t 192.168.1.111:-1 -s rr
-A -t 300.1.1.1:80 -s rr
-A -t 192.168.1.111:81 -p 0
-A -t 192.168.1.111:81 -p 2678401
-A -t 192.168.1.111:81 -p abc
-A -t 192.168.1.111:81 -p 50 -M 300.0.0.0
-A -t 192.168.1.111:81 -r 172.16.32.110
-A -t 192.168.1.111:81 -m
-A -t 192.168.1.111:81 -w 1
-A -t 192.168.1.111:81 -u 192.168.1.111:81
-A -t 192.168.1.111:81 -t 192.168.1.111:82
-A -t 192.168.1.111:81 -s rr -s wrr
-A -t 192.168.1.111:81 extra
-A -D -t 192.168.1.111:81
-A -f 0
-A -f abc
-A -f 4294967296
-A -f 5 --stats
-A -t 192.168.1.111:81 --no-such-option
-A -t 192.168.1.111:81 -n
-D
-D -t 192.168.1.111:80 -s rr
-a -t 192.168.1.111:80
-a -r 172.16.32.113
-a -t 192.168.1.111:80 -r
-a -t 192.168.1.111:80 -r 172.16.32.113 -m -g
-a -t 192.168.1.111:80 -r 172.16.32.113 -w -1
-a -t 192.168.1.111:80 -r 172.16.32.113 -w abc
-a -t 192.168.1.111:80 -r 172.16.32.113 -x abc
-a -t 192.168.1.111:80 -r 172.16.32.113 -x -1
-a -t 192.168.1.111:80 -r 172.16.32.113:99999
-a -t 192.168.1.111:80 -r 172.16.32.113 -s rr
-a -t 192.168.1.111:80 -r 172.16.32.113 -p
-d -t 192.168.1.111:80
-d -t 192.168.1.111:80 -r 172.16.32.110:80 -m
-d -t 192.168.1.111:80 -r 172.16.32.110:80 -w 1
-C -t 192.168.1.111:80
-S -t 192.168.1.111:80
-R -n
-Z -r 172.16.32.110
-L -t 192.168.1.111:80 -r 172.16.32.110
-L -s rr
-L --timeout -c
-L -c --stats
-L -c -t 192.168.1.111:80
--set
--set 1 2
--set 1 2 3 4
--set a b c
--set -1 0 0
--set 2678401 0 0
-n
-t 192.168.1.111:80
-s rr
--no-such-command
-Q
END
	REFUSAL=2
	refusals
}

kernel_errors()
{
	cat > "$TMP/refusals" << 'END'
-A -t 192.168.1.111:80 -s rr
-A -f 3 -s rr
-A -t 192.168.1.111:81 -s nosuchscheduler
-E -t 192.168.1.111:81 -s rr
-E -t 192.168.1.111:80 -s nosuchscheduler
-E -f 99 -s rr
-D -t 192.168.1.111:81
-D -u 192.168.1.111:80
-D -f 99
-a -t 192.168.1.111:81 -r 172.16.32.110 -m
-a -t 192.168.1.111:80 -r 172.16.32.110:80 -m
-a -t 192.168.1.111:80 -r 224.0.0.1:80 -m
-a -t 192.168.1.111:80 -r 172.16.32.113:80 -m -x 5 -y 6
-a -t 192.168.1.111:80 -r 172.16.32.113:80 -m -y 6
-e -t 192.168.1.111:80 -r 172.16.32.113:80 -m
-e -t 192.168.1.111:81 -r 172.16.32.110:80 -m
-e -t 192.168.1.111:80 -r 172.16.32.110:80 -m -x 5 -y 6
-d -t 192.168.1.111:80 -r 172.16.32.113:80
-d -t 192.168.1.111:81 -r 172.16.32.110:80
-d -f 99 -r 172.16.32.110:80
-Z -f 99
END
	REFUSAL=1
	refusals
}

# What ipvsadm refuses by itself does not come to lb.
BY_IPVSADM=(listings one_service edit sched_flags timeouts save_restore
	    spellings leniencies kernel_errors)
diff_run setup listings one_service edit sched_flags timeouts save_restore \
	 spellings leniencies usage_errors kernel_errors
