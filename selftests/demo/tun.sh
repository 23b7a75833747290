#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Demo 3: tunnelling. The director wraps requests into IP-in-IP, so the real
# servers may stand anywhere; the answers go to the client by their own way.

# shellcheck source=narrate.sh
. "$(dirname "$0")/narrate.sh"

title "3. TUN (IP-in-IP tunnels)"
cat << 'END'
      client       director
        | .5          | .11
        +------+------+     192.168.1.0/24
               | .1
             router
          .1 /    \ .1
            /      \
   10.0.21.21    10.0.31.31
         rs1      rs2

    The service's address, 192.168.1.10, is on the director and on tunl0 of
    each real server.
END
lb_load || fail "the module does not load"
topo_tun
web_server "$RS1" 80 10.0.21.21
web_server "$RS2" 80 10.0.31.31
modprobe ipip

say "The director announces the address of the service:"
on director 'ip addr add 192.168.1.10/24 dev eth0 label eth0:0'

say "The real servers unwrap what comes through a tunnel to that address:"
for rs in rs1 rs2; do
	on $rs 'ip addr add 192.168.1.10/32 dev tunl0' \
	       'ip link set tunl0 up' \
	       'sysctl -w net.ipv4.conf.{all,tunl0}.rp_filter=0' \
	       'sysctl -w net.ipv4.conf.all.arp_{ignore=1,announce=2}'
done

say "One virtual service, round robin, two real servers by tunnel:"
on director 'lbctl -C' \
	    'lbctl -A -t 192.168.1.10:80 -s rr' \
	    'lbctl -a -t 192.168.1.10:80 -r 10.0.21.21 -i' \
	    'lbctl -a -t 192.168.1.10:80 -r 10.0.31.31 -i' \
	    'lbctl -L -n'
promise "both servers are listed, forwarding is Tunnel" shows \
	"TCP 192.168.1.10:80 rr" \
	"-> 10.0.21.21:80 Tunnel 1 0 0" "-> 10.0.31.31:80 Tunnel 1 0 0"

on client 'for i in 1 2 3 4; do curl -s http://192.168.1.10/; done'
promise "requests alternate between the servers" \
	alternate 10.0.21.21 10.0.31.31

tunnelled=$(($(dev_stat "$RS1" tunl0 rx_packets) +
	     $(dev_stat "$RS2" tunl0 rx_packets)))
busywait 5000 stat_is 192.168.1.10:80 4 "$tunnelled"
on director 'lbctl -L -n' 'lbctl -L -n --stats'
promise "all packets of four connections came out of tunnels: $tunnelled" \
	shows "TCP 192.168.1.10:80 4 $tunnelled 0 "
