#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The routing mesh of Docker Swarm, with the namespaces, rules and services that
# dockerd makes, but without dockerd: a published port, and a service's internal
# address. selftests/long/swarm.sh runs Docker itself.
#
# Kernels: 7.2

export LB_SUT=${LB_SUT:-lb_ipvs}

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

#  CLIENT 10.99.0.2 --- 10.99.0.1 HOST 172.18.0.1
#                                  |  (docker_gwbridge)
#        .-------------+-----------+--.
#   SBOX .2         TASK1 .3       TASK2 .4
#   10.0.0.2, .3    10.0.0.4       10.0.0.5     the network "ingress"
#                   10.0.1.3       10.0.1.4     the network "inside"
#                      |              |
#                   BALANCER 10.0.1.5, .2   CALLER 10.0.1.6
#
# SBOX is ingress_sbox and BALANCER lb_inside, each with lb and the address by
# which the service is known in that network.
topo_mesh()
{
	local n

	setup_ns CLIENT HOST SBOX BALANCER TASK1 TASK2 CALLER INGRESS INSIDE
	net_link "$CLIENT" eth0 "$HOST" eth0
	net_addr "$HOST" eth0 10.99.0.1/24
	net_addr "$CLIENT" eth0 10.99.0.2/24
	net_link "$SBOX" eth1 "$HOST" sbox
	net_link "$TASK1" eth2 "$HOST" task1
	net_link "$TASK2" eth2 "$HOST" task2
	net_switch "$HOST" sbox task1 task2
	net_addr "$HOST" br0 172.18.0.1/16
	net_addr "$SBOX" eth1 172.18.0.2/16 172.18.0.1
	net_addr "$TASK1" eth2 172.18.0.3/16 172.18.0.1
	net_addr "$TASK2" eth2 172.18.0.4/16 172.18.0.1

	net_link "$SBOX" eth0 "$INGRESS" sbox
	net_link "$TASK1" eth0 "$INGRESS" task1
	net_link "$TASK2" eth0 "$INGRESS" task2
	net_switch "$INGRESS" sbox task1 task2
	net_link "$BALANCER" eth0 "$INSIDE" lb
	net_link "$CALLER" eth0 "$INSIDE" caller
	net_link "$TASK1" eth1 "$INSIDE" task1
	net_link "$TASK2" eth1 "$INSIDE" task2
	net_switch "$INSIDE" lb caller task1 task2
	for n in 2/24 3/32; do
		net_addr "$SBOX" eth0 10.0.0.$n
	done
	for n in 5/24 2/32; do
		net_addr "$BALANCER" eth0 10.0.1.$n
	done
	net_addr "$TASK1" eth0 10.0.0.4/24
	net_addr "$TASK2" eth0 10.0.0.5/24
	net_addr "$TASK1" eth1 10.0.1.3/24
	net_addr "$TASK2" eth1 10.0.1.4/24
	net_addr "$CALLER" eth0 10.0.1.6/24
	for n in "$HOST" "$SBOX" "$BALANCER"; do
		ns_sysctl "$n" net.ipv4.ip_forward=1
	done
}

# rules NS TEXT...: in iptables's words, as dockerd says them
rules()
{
	in_ns "$1" iptables-restore <<< "${*:2}"
	check_err $? "rules of $1"
}

host_rules()
{
	rules "$HOST" "*nat
-A PREROUTING -p tcp -m tcp --dport 8080 -j DNAT --to-destination 172.18.0.2:8080
-A POSTROUTING -s 172.18.0.0/16 ! -o br0 -j MASQUERADE
-A POSTROUTING -o br0 -m addrtype --src-type LOCAL -j MASQUERADE
COMMIT"
	rules "$SBOX" "*mangle
-A PREROUTING -p tcp -m tcp --dport 8080 -j MARK --set-xmark 0x100/0xffffffff
-A INPUT -d 10.0.0.3/32 -j MARK --set-xmark 0x100/0xffffffff
COMMIT
*nat
-A POSTROUTING -d 10.0.0.0/24 -m ipvs --ipvs -j SNAT --to-source 10.0.0.2
COMMIT"
	rules "$BALANCER" "*mangle
-A INPUT -d 10.0.1.2/32 -j MARK --set-xmark 0x101/0xffffffff
COMMIT
*nat
-A POSTROUTING -d 10.0.1.0/24 -m ipvs --ipvs -j SNAT --to-source 10.0.1.5
COMMIT"
	rules "$TASK1" "*nat
-A PREROUTING -d 10.0.0.4/32 -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 80
COMMIT"
	rules "$TASK2" "*nat
-A PREROUTING -d 10.0.0.5/32 -p tcp -m tcp --dport 8080 -j REDIRECT --to-ports 80
COMMIT"
}

# add NS MARK SERVER...: a service, as dockerd makes it
add()
{
	local server

	in_ns "$1" ipvsadm -A -f "$2" -s rr
	check_err $? "service $2"
	for server in "${@:3}"; do
		in_ns "$1" ipvsadm -a -f "$2" -r "$server" -m -w 1
		check_err $? "real server $server"
	done
	ns_sysctl "$1" net.ipv4.vs.conntrack=1
	check_err $? "conntrack"
}

# pages N NS URL: which tasks answer N requests
pages()
{
	for _ in $(seq "$1"); do
		in_ns "$2" curl -s -m 10 "$3" || echo none
	done | sort | uniq -c | xargs
}

published()
{
	check_eq "$(pages 4 "$CLIENT" http://10.99.0.1:8080/)" \
		"2 task1 2 task2" "from another host"
	check_eq "$(pages 4 "$HOST" http://172.18.0.2:8080/)" \
		"2 task1 2 task2" "from the node itself"
	log_test "swarm: both tasks answer at the published port"
}

internal()
{
	check_eq "$(pages 4 "$CALLER" http://10.0.1.2/)" \
		"2 task1 2 task2" "from a task"
	log_test "swarm: both tasks answer at the internal address"
}

# dockerd sets the weight to 0 first, and removes the task when that has stopped.
scaled()
{
	local ns net

	for net in "$SBOX 256 10.0.0.5" "$BALANCER 257 10.0.1.4"; do
		read -r ns mark server <<< "$net"
		in_ns "$ns" ipvsadm -e -f "$mark" -r "$server" -m -w 0
	done
	check_eq "$(pages 3 "$CLIENT" http://10.99.0.1:8080/)" "3 task1" \
		"published, weight 0"
	check_eq "$(pages 3 "$CALLER" http://10.0.1.2/)" "3 task1" \
		"inside, weight 0"
	for net in "$SBOX 256 10.0.0.5" "$BALANCER 257 10.0.1.4"; do
		read -r ns mark server <<< "$net"
		in_ns "$ns" ipvsadm -d -f "$mark" -r "$server"
		in_ns "$ns" ipvsadm -a -f "$mark" -r "$server" -m -w 1
	done
	check_eq "$(pages 4 "$CLIENT" http://10.99.0.1:8080/)" \
		"2 task1 2 task2" "published, again"
	check_eq "$(pages 4 "$CALLER" http://10.0.1.2/)" \
		"2 task1 2 task2" "inside, again"
	log_test "swarm: a task goes and comes"
}

lb_load || skip_all "the module does not load"
topo_mesh
host_rules
add "$SBOX" 256 10.0.0.4 10.0.0.5
add "$BALANCER" 257 10.0.1.3 10.0.1.4
web_server "$TASK1" 80 task1
web_server "$TASK2" 80 task2
tests_run published internal scaled
