#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two directors with keepalived: the backup has the same services ready, and when
# the master is killed, ends or comes back, the virtual addresses move and the
# service goes on.
#
# Kernels: 6.12 quick

# shellcheck source=../directors.sh
. "$(dirname "$0")/../directors.sh"

WEB="TCP $VIP:80"
WEB6="TCP [$VIP6]:80"
SOON=30000

set_up()
{
	topo_directors
	install_example keepalived
	web_server "$RS1" 80 rs1
	web_server "$RS2" 80 rs2
	keepalived_start "$DIRECTOR" lb1
	LB1=$KEEPALIVED
	keepalived_start "$DIRECTOR2" lb2
}

result()
{
	keepalived_failed lb1
	keepalived_failed lb2
	log_test "$1"
}

# all_well DIRECTOR: it has both servers of both services
all_well()
{
	on "$1" becomes $SOON "$WEB" "192.168.1.21:80=1 192.168.1.31:80=1"
	on "$1" becomes $SOON "$WEB6" \
		"[2001:db8:1::21]:80=1 [2001:db8:1::31]:80=1"
}

# master DIRECTOR OTHER: the one has the virtual addresses, and not the other.
master()
{
	has_vips "$1" && has_no_vip "$2"
}

becomes_master()
{
	busywait $SOON master "$1" "$2"
	check_err $? "$1 is not the only master"
}

# Each new client is served, and by this director.
serves()
{
	local before

	before=$(on "$1" stat_of "$VIP:80" 3)
	check_eq "$(answers 4 "http://$VIP/")" "rs1 rs2" "web"
	check_eq "$(answers 2 "http://[$VIP6]/")" "rs1 rs2" "web by IPv6"
	busywait 5000 on "$1" stat_is "$VIP:80" 3 $((before + 4))
	check_err $? "$1 has not had 4 connections: \
$before, $(on "$1" stat_of "$VIP:80" 3)"
}

begin()
{
	becomes_master "$DIRECTOR" "$DIRECTOR2"
	all_well "$DIRECTOR"
	all_well "$DIRECTOR2"
	serves "$DIRECTOR"
	becomes_roles master backup
	no_ip_vs
	result "a master, and a backup that is ready"
}

real_server()
{
	local d

	web_stop "$RS1" 80
	for d in "$DIRECTOR" "$DIRECTOR2"; do
		on "$d" becomes $SOON "$WEB" "192.168.1.31:80=1"
	done
	check_eq "$(answers 2 "http://$VIP/")" rs2 "web"
	web_server "$RS1" 80 rs1
	all_well "$DIRECTOR"
	all_well "$DIRECTOR2"
	result "both see a real server fail and come back"
}

# roles OF OF2: which daemon synchronises connections at each
roles()
{
	[ "$(on "$DIRECTOR" lb_tool sync show | cut -d ' ' -f 1) \
$(on "$DIRECTOR2" lb_tool sync show | cut -d ' ' -f 1)" = "$1 $2" ]
}

becomes_roles()
{
	[ "$LB_SUT" = ipvs ] && return
	busywait $SOON roles "$@"
	check_err $? "not $*: $(on "$DIRECTOR" lb_tool sync show) and \
$(on "$DIRECTOR2" lb_tool sync show)"
}

# The backup knows the client that says nothing.
knows_client()
{
	on "$DIRECTOR2" lbctl -L -n -c | grep -q "ESTABLISHED 192.168.1.5:"
}

# As when the power is gone: nothing is said, and the cable is dead. A client is
# connected, and the other director becomes master.
master_dies()
{
	talk_begin "$VIP" 80
	busywait $SOON knows_client
	check_err $? "the backup does not know the client"
	ip -n "$SWITCH" link set port1 down
	pkill -9 -f "^keepalived .*-i lb1 "
	busywait $SOON has_vips "$DIRECTOR2"
	check_err $? "the backup has not become master"
}

# Who was connected has the answer by the other director, as all others.
other_serves()
{
	check_match "$(talk_end | tail -n 1)" '^rs[12]$' "the client that waited"
	serves "$DIRECTOR2"
}

killed()
{
	master_dies
	other_serves
	result "the master is killed, the backup serves"
}

# What a machine that starts anew does not have
back()
{
	local addr

	for addr in 192.168.1.10/24 fe80::10/64 2001:db8:1::10/128; do
		ip -n "$DIRECTOR" addr del "$addr" dev eth0 2> /dev/null
	done
	lbctl -C
	ip -n "$SWITCH" link set port1 up
	keepalived_start "$DIRECTOR" lb1
	LB1=$KEEPALIVED
	becomes_master "$DIRECTOR" "$DIRECTOR2"
	all_well "$DIRECTOR"
	serves "$DIRECTOR"
	result "the master comes back and serves"
}

ended()
{
	kill "$LB1"
	becomes_master "$DIRECTOR2" "$DIRECTOR"
	serves "$DIRECTOR2"
	busywait $SOON no_services
	check_err $? "services are left at the former master"
	no_ip_vs
	result "the master ends, the backup serves"
}

is_master()
{
	on "$1" lb_tool sync show | grep -q "^master "
}

# Without lb_ipvs, keepalived moves the addresses, and a script of its tells lb.
notified()
{
	local d rules=/etc/lb/lb.rules

	pkill "^keepalived"
	busywait $SOON has_no_vip "$DIRECTOR2"
	check_err $? "the backup does not end"
	rmmod lb_ipvs
	check_err $? "lb_ipvs stays"
	mkdir -p /etc/lb
	{
		echo "service add tcp $VIP:80 scheduler rr"
		echo "dest add tcp $VIP:80 to 192.168.1.21:80 dr"
		echo "dest add tcp $VIP:80 to 192.168.1.31:80 dr"
		echo "service add tcp [$VIP6]:80 scheduler rr"
		echo "dest add tcp [$VIP6]:80 to [2001:db8:1::21]:80 dr"
		echo "dest add tcp [$VIP6]:80 to [2001:db8:1::31]:80 dr"
	} > $rules
	for d in "$DIRECTOR" "$DIRECTOR2"; do
		on "$d" lbctl -C
	done
	keepalived_start "$DIRECTOR" lb1 -P -f /etc/keepalived/notify.conf
	keepalived_start "$DIRECTOR2" lb2 -P -f /etc/keepalived/notify.conf
	becomes_master "$DIRECTOR" "$DIRECTOR2"
	becomes_roles master backup
	serves "$DIRECTOR"
	master_dies
	busywait $SOON is_master "$DIRECTOR2"
	check_err $? "the other stays a backup: $(on "$DIRECTOR2" lb_tool sync show)"
	other_serves
	result "a script of keepalived's serves those without lb_ipvs"
}

programs_load || skip_all "the modules do not load"
set_up
tests_run begin real_server killed back ended notified
