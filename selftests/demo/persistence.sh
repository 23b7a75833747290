#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Demo 4: persistence. A client stays with the server it has, for one port, for
# all of them, or for some that a firewall mark makes one.

# shellcheck source=narrate.sh
. "$(dirname "$0")/narrate.sh"

title "4. Persistence"
cat << 'END'
      client       director         rs1           rs2
     .5 | .6          | .11          | .21         | .31
        +-------------+--------------+-------------+   192.168.1.0/24

    The service's address is 192.168.1.10, by direct routing. The servers
    answer on ports 80, 443 and 8080.
END
lb_load || fail "the module does not load"
topo_dr
ip -n "$CLIENT" addr add 192.168.1.6/24 dev eth0
ip -n "$DIRECTOR" addr add 192.168.1.10/24 dev eth0 label eth0:0
for port in 80 443 8080; do
	web_server "$RS1" $port 192.168.1.21
	web_server "$RS2" $port 192.168.1.31
done
web_server "$DIRECTOR" 8080 "the director itself"
dr_real_server "$RS1" 192.168.1.10
dr_real_server "$RS2" 192.168.1.10

vip=http://192.168.1.10
on director 'lbctl -C'

say "Persistent client connections: port 0 is every port of the address."
on director 'lbctl -A -t 192.168.1.10:0 -s rr -p 200' \
	    'lbctl -a -t 192.168.1.10:0 -r 192.168.1.21 -g' \
	    'lbctl -a -t 192.168.1.10:0 -r 192.168.1.31 -g'
on client "for port in 80 443 8080 80; do curl -s $vip:\$port/; done"
promise "every port of the client goes to one server" all_same
first=$(head -n 1 <<< "$OUT")
on client "curl -s --interface 192.168.1.6 $vip/"
promise "another client goes to the other" [ "$OUT" != "$first" ]
on director 'lbctl -L -n' 'lbctl -L -n -c'
promise "a template holds each client to its server" shows \
	"192.168.1.5:0 192.168.1.10:0 $first:0" "192.168.1.6:0 192.168.1.10:0"

say "Persistent port connections: each port is a service of its own."
on director 'lbctl -C' \
	    'lbctl -A -t 192.168.1.10:80 -s rr -p 600' \
	    'lbctl -a -t 192.168.1.10:80 -r 192.168.1.21 -g' \
	    'lbctl -a -t 192.168.1.10:80 -r 192.168.1.31 -g' \
	    'lbctl -A -t 192.168.1.10:443 -s rr' \
	    'lbctl -a -t 192.168.1.10:443 -r 192.168.1.21 -g' \
	    'lbctl -a -t 192.168.1.10:443 -r 192.168.1.31 -g'
on client "for i in 1 2 3; do curl -s $vip/; done"
promise "port 80 stays with one server" all_same
on client "for i in 1 2 3 4; do curl -s $vip:443/; done"
promise "port 443, which is not persistent, alternates" \
	alternate 192.168.1.21 192.168.1.31

say "Persistent marked connections: one mark makes two ports one service."
on director 'lbctl -C' \
	    'iptables -t mangle -A PREROUTING -d 192.168.1.10 -p tcp --dport 80 -j MARK --set-mark 3' \
	    'iptables -t mangle -A PREROUTING -d 192.168.1.10 -p tcp --dport 443 -j MARK --set-mark 3' \
	    'lbctl -A -f 3 -s rr -p 600' \
	    'lbctl -a -f 3 -r 192.168.1.21 -g' \
	    'lbctl -a -f 3 -r 192.168.1.31 -g'
on client "for port in 80 443 80 443; do curl -s $vip:\$port/; done"
promise "80 and 443 of one client go to one server" all_same
on client "curl -s $vip:8080/"
promise "other ports are untouched" [ "$OUT" = "the director itself" ]
on director 'lbctl -L -n'
promise "the list shows the mark" shows "FWM 3 rr persistent 600"

say "With a mask, all clients of a network are one."
on director 'lbctl -C' \
	    'iptables -t mangle -F PREROUTING' \
	    'lbctl -A -t 192.168.1.10:80 -s rr -p 600 -M 255.255.255.0' \
	    'lbctl -a -t 192.168.1.10:80 -r 192.168.1.21 -g' \
	    'lbctl -a -t 192.168.1.10:80 -r 192.168.1.31 -g'
on client "for ip in 5 6; do curl -s --interface 192.168.1.\$ip $vip/; done"
promise "two clients of 192.168.1.0/24 go to one server" all_same
on director 'lbctl -L -n' 'lbctl -L -n -c'
promise "one template holds the whole network" shows "192.168.1.0:0"
