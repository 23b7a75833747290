#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2 quick
# CPUs: 1
#
# What is counted, and which connections and templates there are, after the
# same packets.

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

VIP=192.168.1.111

setup()
{
	topo_wire
}

counters()
{
	lbctl -C
	lbctl -R << END
-A -t $VIP:80 -s rr
-a -t $VIP:80 -r 172.16.32.110:8080 -m
-a -t $VIP:80 -r 172.16.32.112 -g
-a -t $VIP:80 -r 172.16.32.113 -i
-A -u $VIP:53 -s wlc
-a -u $VIP:53 -r 172.16.32.110:53 -m
-A -u $VIP:54
END
	for port in 1001 1002 1003 1004; do
		from 192.168.1.5 "$port" tcp 80 S
		from 192.168.1.5 "$port" tcp 80 A
		from 192.168.1.5 "$port" udp 53
		from 192.168.1.5 "$port" udp 54
		for reply in "tcp sport=8080 dport=$port flags=SA" \
			     "udp sport=53 dport=$port / data 300"; do
			pkt send server \
			    "ip src=172.16.32.110 dst=192.168.1.5 / $reply"
		done
	done
	busywait 5000 stat_is "$VIP:53" 5 4 > /dev/null
	settled
	try -L -n --stats
	try -L -n --stats --exact -t "$VIP:80"
	try -L -n
	show_conns
	try -Z -u "$VIP:53"
	try -L -n --stats
	try -Z
	try -L -n --stats
	from 192.168.1.5 1001 udp 53
	busywait 5000 stat_is "$VIP:53" 4 1 > /dev/null
	settled
	try -L -n --stats
}

# A rate shows after some seconds; its figure is chance.
rates()
{
	lbctl -C
	lbctl -R << END
-A -u $VIP:55 -s rr
-a -u $VIP:55 -r 172.16.32.110 -g
END
	busywait 20000 rate_shows > /dev/null
	echo "a packet a second or more: $?"
	lbctl -L -n --rate | sed -E '1d; s/(:55 +)[0-9 ]+$/\1 figures/'
}

rate_shows()
{
	local port

	for port in 2001 2001 2001 2001 2001 2001 2001 2001; do
		from 192.168.1.5 "$port" udp 55
	done
	lbctl -L -n --rate | awk '/UDP/ { exit !($4 > 0 && $6 > $4) }'
}

templates()
{
	lbctl -C
	lbctl -R << END
-A -t $VIP:0 -s rr -p 200
-a -t $VIP:0 -r 172.16.32.110:0 -g
-a -t $VIP:0 -r 172.16.32.112:0 -g
-A -t $VIP:443 -s rr -p 600 -M 255.255.255.0
-a -t $VIP:443 -r 172.16.32.110 -g
-a -t $VIP:443 -r 172.16.32.112 -i
-A -u $VIP:56 -s rr -p 100
-a -u $VIP:56 -r 172.16.32.113:5600 -m
-A -f 3 -s wlc -p 50
-a -f 3 -r 172.16.32.113 -g
-a -f 3 -r 172.16.32.114 -g
END
	in_ns "$DIRECTOR" iptables -t mangle -A PREROUTING -d "$VIP" -p tcp \
		--dport 9000:9001 -j MARK --set-mark 3
	for client in 192.168.1.5 192.168.1.6 10.9.1.1 10.9.1.2; do
		for port in 80 8080 443 9000 9001; do
			from "$client" 3001 tcp "$port" S
		done
		from "$client" 3002 udp 56
	done
	show_conns
	show_conns --persistent-conn
	try -L -n
	try -L -n --persistent-conn
	# A connection goes on without the mark that it began by.
	in_ns "$DIRECTOR" iptables -t mangle -F PREROUTING
	from 192.168.1.5 3001 tcp 9000 A
	lbctl -L -n -c | awk '/:3001 .*:9000 / { print $3, $4, $6 }' | sort
}

thresholds()
{
	lbctl -C
	lbctl -R << END
-A -t $VIP:90 -s rr
-a -t $VIP:90 -r 172.16.32.110:90 -m -x 2 -y 1
-a -t $VIP:90 -r 172.16.32.112:90 -m -x 4
-a -t $VIP:90 -r 172.16.32.113:90 -m -x 1
END
	for port in 4001 4002 4003 4004 4005 4006 4007 4008 4009; do
		from 192.168.1.5 "$port" tcp 90 S
		from 192.168.1.5 "$port" tcp 90 A
	done
	try -L -n --thresholds
	echo "a limit is lifted"
	lbctl -e -t "$VIP:90" -r 172.16.32.113:90 -m -x 3
	for port in 4010 4011 4012; do
		from 192.168.1.5 "$port" tcp 90 S
	done
	try -L -n --thresholds
	lbctl -L -n -c | awk '/:40[01]/ { print $4, $6 }' | sort
}

# Removed servers keep their connections and counters; added again to the same
# service they go on counting.
come_back()
{
	lbctl -C
	lbctl -R << END
-A -t $VIP:91 -s rr
-a -t $VIP:91 -r 172.16.32.110:91 -m
-a -t $VIP:91 -r 172.16.32.112:91 -m
END
	for port in 5001 5002 5003 5004; do
		from 192.168.1.5 "$port" tcp 91 S
		from 192.168.1.5 "$port" tcp 91 A
	done
	shown
	lbctl -d -t "$VIP:91" -r 172.16.32.110:91
	shown
	from 192.168.1.5 5005 tcp 91 S
	lbctl -a -t "$VIP:91" -r 172.16.32.110:91 -m -w 3
	shown
	for port in 5001 5002 5003 5004; do
		from 192.168.1.5 "$port" tcp 91 A
	done
	shown
	lbctl -C
	lbctl -R << END
-A -t $VIP:91 -s wlc
-a -t $VIP:91 -r 172.16.32.110:91 -m
END
	# ip_vs counts anew in another service.
	try -L -n -t "$VIP:91"
}

shown()
{
	settled
	try -L -n -t "$VIP:91"
	try -L -n --stats --exact -t "$VIP:91"
}

BY_IPVSADM=(counters rates templates thresholds come_back)
diff_run setup counters rates templates thresholds come_back
