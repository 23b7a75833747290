#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Demo 2: direct routing. The director passes requests on as they are, to
# another MAC address; the answers go straight to the client.

# shellcheck source=narrate.sh
. "$(dirname "$0")/narrate.sh"

title "2. DR (direct routing)"
cat << 'END'
      client       director         rs1           rs2
        | .5          | .11          | .21         | .31
        +-------------+--------------+-------------+   192.168.1.0/24

    The service's address, 192.168.1.10, is on the director, and hidden
    on the loopback of each real server.
END
lb_load || fail "the module does not load"
topo_dr
web_server "$RS1" 80 192.168.1.21
web_server "$RS2" 80 192.168.1.31
web_file "$RS1" 80 big 512
web_file "$RS2" 80 big 512

say "The director announces the address of the service:"
on director 'ip addr add 192.168.1.10/24 dev eth0 label eth0:0'

say "The real servers accept it too, but never answer ARP for it:"
for rs in rs1 rs2; do
	on $rs 'sysctl -w net.ipv4.conf.{all,eth0}.arp_ignore=1' \
	       'sysctl -w net.ipv4.conf.{all,eth0}.arp_announce=2' \
	       'ip addr add 192.168.1.10/32 dev lo label lo:0'
done

say "One virtual service, round robin, two real servers by direct routing:"
on director 'lbctl -C' \
	    'lbctl -A -t 192.168.1.10:80 -s rr' \
	    'lbctl -a -t 192.168.1.10:80 -r 192.168.1.21 -g' \
	    'lbctl -a -t 192.168.1.10:80 -r 192.168.1.31 -g' \
	    'lbctl -L -n'
promise "both servers are listed, forwarding is Route" shows \
	"TCP 192.168.1.10:80 rr" \
	"-> 192.168.1.21:80 Route 1 0 0" "-> 192.168.1.31:80 Route 1 0 0"

on client 'for i in 1 2 3 4; do curl -s http://192.168.1.10/; done'
promise "requests alternate between the servers" \
	alternate 192.168.1.21 192.168.1.31

say "Now a file of 512 KB. What did the director see of it?"
director_before=$(dev_stat "$DIRECTOR" eth0 rx_bytes)
servers_before=$(($(dev_stat "$RS1" eth0 tx_bytes) +
		  $(dev_stat "$RS2" eth0 tx_bytes)))
on client 'curl -s http://192.168.1.10/big | wc -c'
promise "the client has all of it" [ "$OUT" = 524288 ]
director=$(($(dev_stat "$DIRECTOR" eth0 rx_bytes) - director_before))
servers=$(($(dev_stat "$RS1" eth0 tx_bytes) +
	   $(dev_stat "$RS2" eth0 tx_bytes) - servers_before))
say "bytes sent by the real servers: $servers" \
    "bytes received by the director: $director"
promise "the answer went straight to the client" \
	[ "$servers" -gt 524288 -a "$director" -lt 65536 ]

busywait 5000 stat_is 192.168.1.10:80 3 5
on director 'lbctl -L -n' 'lbctl -L -n --stats'
promise "the director counted five connections, and no packet out" shows \
	"TCP 192.168.1.10:80 5 $(stat_of 192.168.1.10:80 4) 0 "
