#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Programs in Go: all calls of the library moby/ipvs, a handle for each namespace,
# requests and answers byte by byte, and what kube-proxy does, give the same as
# with ip_vs (see selftests/go).
#
# Kernels: 6.12
# CPUs: 1

export LB_SUT=${LB_SUT:-lb_ipvs}

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

CLIENT_PROGRAM=$BUILD_DIR/tool-test/ipvsgo
VIP=192.168.1.111

# The library calls modprobe before it asks.
setup()
{
	[ "$LB_SUT" = ipvs ] || ipvs_names
	topo_wire
	pkt open server "$SERVERS" eth0 02:00:00:00:00:d1 whole
}

# Names of namespaces end with what is another each time.
go()
{
	echo "\$ ipvsgo ${*//-${TMP##*.}/}"
	in_ns "$DIRECTOR" "$CLIENT_PROGRAM" "$@"
	echo "exit status $?"
}

library()
{
	lbctl -C
	go api
	try -L -n
}

wire()
{
	lbctl -C
	go wire
}

spaces()
{
	lbctl -C
	setup_ns OTHER
	go spaces "/run/netns/$DIRECTOR" "/run/netns/$OTHER"
	echo "# as ipvsadm sees it"
	lbctl -L -n | sed 1d
	in_ns "$OTHER" ipvsadm -L -n | sed 1d
}

# What packets have done, as the library shows it
counts()
{
	lbctl -C
	lbctl -A -u "$VIP:53" -s rr
	lbctl -a -u "$VIP:53" -r 172.16.32.110:53 -m
	lbctl -a -u "$VIP:53" -r 172.16.32.112:53 -m
	from 192.168.1.5 1000 udp 53
	from 192.168.1.5 1001 udp 53
	from 192.168.1.5 1001 udp 53
	from 192.168.1.6 1001 udp 53
	settled
	go list
}

kube_proxy()
{
	lbctl -C
	go probe no-such
	ip -n "$DIRECTOR" link del kube-ipvs0
	go probe rr
	go sync 10.96.0.1:443 172.16.32.110:6443
	go sync 10.96.0.10:80 172.16.32.110:8080 172.16.32.112:8080
	go list
	VIP=10.96.0.10
	from 192.168.1.5 1000 tcp 80 S
	from 192.168.1.5 1001 tcp 80 S
	show_packets server
	echo "# one real server ends: its connections go on, no others begin"
	go drain 10.96.0.10:80 172.16.32.110:8080
	from 192.168.1.5 1000 tcp 80 A
	from 192.168.1.5 1002 tcp 80 S
	show_packets server
	go sweep 10.96.0.10:80
	go sync 10.96.0.10:80 172.16.32.112:8080
	echo "# it goes, and so do they, as expire_nodest_conn is set"
	lbctl -d -t 10.96.0.10:80 -r 172.16.32.110:8080
	from 192.168.1.5 1000 tcp 80 A
	from 192.168.1.5 1000 tcp 80 S
	show_packets server
	settled
	go list
	go cleanup
	go list
	ip -n "$DIRECTOR" link show kube-ipvs0 2>&1
	VIP=192.168.1.111
}

diff_run setup library wire spaces counts kube_proxy
