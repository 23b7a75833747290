#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# IPv6: what is listed, counted, remembered and sent after the same packets.
#
# Kernels: 7.2
# CPUs: 1

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

VIP=2001:db8:1::111
RS=2001:db8:2::

setup()
{
	topo_wire6 whole
	pkt open server4 "$SERVERS" eth0 02:00:00:00:00:d1 whole
}

configure()
{
	lbctl -C
	lbctl -R << END
-A -t [$VIP]:80 -s rr
-a -t [$VIP]:80 -r [${RS}110]:8080 -m
-a -t [$VIP]:80 -r [${RS}112]:80 -g -w 3
-a -t [$VIP]:80 -r [${RS}113]:80 -i -x 20 -y 10
-A -u [$VIP]:53 -s wlc
-a -u [$VIP]:53 -r [${RS}110]:5353 -m
-A -t [$VIP]:0 -s sh -p 200 -M 64
-a -t [$VIP]:0 -r [${RS}110]:0 -g
-A -t [2001:db8:1::7]:443 -s wrr -p -M 128
-A -f 7 -6 -s wrr -p 300 -M 56
-a -f 7 -6 -r [${RS}112]:0 -g
-A -t 192.168.1.111:80 -s rr
-a -t 192.168.1.111:80 -r 172.16.32.110:8080 -m
END
}

listings()
{
	local mode

	configure
	for mode in "" --stats --rate --thresholds --persistent-conn \
		    "--stats --exact" -c; do
		# shellcheck disable=SC2086
		try -L -n $mode
	done
	try_save
	try -L -n -t "[$VIP]:80"
	try -L -n -f 7 -6
	try -L -n -t "[2001:db8:1::8]:80"
}

changes()
{
	configure
	try -E -t "[$VIP]:0" -s rr -p 100 -M 128
	try -e -t "[$VIP]:80" -r "[${RS}110]:8080" -m -w 7
	try -d -t "[$VIP]:80" -r "[${RS}112]:80"
	try -D -f 7 -6
	try_save
	try -Z -t "[$VIP]:80"
	try -D -t "[$VIP]:81"
	try -a -t "[$VIP]:80" -r "[${RS}110]:8080" -m
	REFUSAL=2
	try -A -t "[$VIP]:81" -p -M 129
	try -A -t "[$VIP]:81" -p -M 255.255.255.0
	try -A -t "[$VIP:81"
	REFUSAL=1
	try_save
}

traffic()
{
	configure
	for port in 1001 1002 1003 1004; do
		from 2001:db8:1::5 "$port" tcp 80 S
		from 2001:db8:1::5 "$port" tcp 80 A
		from 2001:db8:1::5 "$port" udp 53
		from 2001:db8:1::5 "$port" udp 54
		for reply in "tcp sport=8080 dport=$port flags=SA" \
			     "udp sport=5353 dport=$port / data 300"; do
			pkt send server \
			    "ip6 src=${RS}110 dst=2001:db8:1::5 / $reply"
		done
	done
	busywait 5000 stat_is "[$VIP]:53" 5 4 > /dev/null
	settled
	show_packets client server server4
	try -L -n
	try -L -n --stats
	show_conns
}

templates()
{
	configure
	for client in 2001:db8:1::5 2001:db8:1::6 2001:db8:9::1 \
		      2001:db8:9:0:1::1 2001:db8:9:1::1; do
		for port in 8080 443; do
			from "$client" 3001 tcp "$port" S
		done
	done
	show_packets client server server4
	show_conns
	show_conns --persistent-conn
	try -L -n --persistent-conn
}

BY_IPVSADM=(listings changes traffic templates)
diff_run setup listings changes traffic templates
