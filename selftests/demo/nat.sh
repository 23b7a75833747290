#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Demo 1: NAT. The director rewrites addresses both ways, so the real servers
# need nothing but their default gateway.

# shellcheck source=narrate.sh
. "$(dirname "$0")/narrate.sh"

title "1. NAT (masquerading)"
cat << 'END'
                client  192.168.1.5
                   |
                   | eth0  192.168.1.111   <- the virtual service
               director
                   | eth1  172.16.32.111/16
          +--------+--------+
          |                 |
    172.16.32.110     172.16.32.112        default gateway
         rs1               rs2             172.16.32.111
END
lb_load || fail "the module does not load"
topo_nat
web_server "$RS1" 80 172.16.32.110
web_server "$RS2" 80 172.16.32.112

say "Each real server serves a page with its own address." \
    "The director forwards between its two networks:"
on director 'sysctl -w net.ipv4.ip_forward=1'

say "One virtual service, round robin, two real servers by masquerading:"
on director 'lbctl -C'
on director 'lbctl -A -t 192.168.1.111:80 -s rr'
on director 'lbctl -a -t 192.168.1.111:80 -r 172.16.32.110:80 -m'
on director 'lbctl -a -t 192.168.1.111:80 -r 172.16.32.112:80 -m'
on director 'lbctl -L -n'
promise "the service and both servers are listed" shows \
	"TCP 192.168.1.111:80 rr" \
	"-> 172.16.32.110:80 Masq 1 0 0" "-> 172.16.32.112:80 Masq 1 0 0"

on client 'for i in 1 2 3 4; do curl -s http://192.168.1.111/; done'
promise "requests alternate between the servers" \
	alternate 172.16.32.110 172.16.32.112
on director 'lbctl -L -n'
promise "each server closed two connections" shows \
	"-> 172.16.32.110:80 Masq 1 0 2" "-> 172.16.32.112:80 Masq 1 0 2"

web_server "$RS1" 8080 "172.16.32.110 port 8080"
web_server "$RS2" 8080 "172.16.32.112 port 8080"
say "Again with port mapping: 80 at the director is 8080 at the servers."
on director 'lbctl -C'
on director 'lbctl -A -t 192.168.1.111:80 -s rr'
on director 'lbctl -a -t 192.168.1.111:80 -r 172.16.32.110:8080 -m'
on director 'lbctl -a -t 192.168.1.111:80 -r 172.16.32.112:8080 -m'
on client 'for i in 1 2 3 4; do curl -s http://192.168.1.111/; done'
promise "requests alternate, answered from port 8080" \
	alternate "172.16.32.110 port 8080" "172.16.32.112 port 8080"
on director 'lbctl -L -n'
promise "the list shows the mapping" shows \
	"-> 172.16.32.110:8080 Masq 1 0 2" "-> 172.16.32.112:8080 Masq 1 0 2"
on director 'lbctl -L -n -c'
promise "as does the table of connections" shows \
	"192.168.1.111:80 172.16.32.110:8080" \
	"192.168.1.111:80 172.16.32.112:8080"
