#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# ldirectord as Debian has it, on two directors: one sets its services by ipvsadm,
# the other by lbctl, installed under that name. Each kind of check takes a real
# server that failed out of service and back again, and clients get their pages.
#
# Kernels: 6.12
# CPUs: 1
# Programs: ldirectord

# shellcheck source=../directors.sh
. "$(dirname "$0")/../directors.sh"

WEB="TCP $VIP:80"
WEB6="TCP [$VIP6]:80"
SHOP="TCP $VIP:443"
SHOP6="TCP [$VIP6]:443"
MARKED="FWM 3"
APP="TCP $VIP:8080"

# How long a change may take: two rounds of checks, on a machine that is slow.
SOON=120000

set_up()
{
	local n=0 rs port

	topo_directors
	install_example ldirectord ha.d
	cp "$LB_CACHE/ldirectord/root/usr/sbin/ldirectord" /usr/sbin
	cp /usr/sbin/ipvsadm "$TMP/ipvsadm"
	for rs in "$RS1" "$RS2"; do
		n=$((n + 1))
		for port in 80 443 8443 8080; do
			web_server "$rs" "$port" "rs$n"
		done
		: > "$TMP/www/$rs-8080/ready"
	done
	director lb1 "$DIRECTOR" "$TMP/ipvsadm"
	if [ "$LB_SUT" = ipvs ]; then
		director lb2 "$DIRECTOR2" "$TMP/ipvsadm"
	else
		director lb2 "$DIRECTOR2" "$LBCTL"
	fi
	vips_move "$DIRECTOR2" "$DIRECTOR"
}

# director NAME NS TOOL: ldirectord calls TOOL ipvsadm.
director()
{
	local program

	web_server "$2" 80 sorry
	for program in iptables ip6tables; do
		in_ns "$2" $program -t mangle -A PREROUTING -p tcp \
			--dport 8443 -j MARK --set-mark 3
	done
	cp /etc/ha.d/ldirectord.cf "/etc/ha.d/$1.cf"
	# shellcheck disable=SC2016 # the inner shell expands it
	PERLIO=perlio in_ns "$2" unshare --mount sh -c '
		mount --bind "$1" /usr/sbin/ipvsadm &&
		exec ldirectord "$2.cf" start' start "$3" "$1" \
		> "$TMP/$1.log" 2>&1
	check_err $? "ldirectord: $(cat "$TMP/$1.log")"
}

# vips_move FROM TO: deprecated addresses, or the checks by IPv6 would come from
# the virtual address, which a real server takes for its own.
vips_move()
{
	ip -n "$1" addr del "$VIP/32" dev eth0 2> /dev/null
	ip -n "$1" addr del "$VIP6/128" dev eth0 2> /dev/null
	net_addr "$2" eth0 "$VIP/32"
	ip -n "$2" addr add "$VIP6/128" dev eth0 nodad preferred_lft 0
	ip -n "$CLIENT" neigh flush dev eth0
}

# What ldirectord said, when a test is in need of it
result()
{
	# shellcheck disable=SC2031 # what waits has its own
	[ "$RET" -eq 0 ] || ksft_diag "$(tail -n 40 /var/log/ldirectord.log)"
	log_test "$1"
}

# become SERVICE SERVER...: with both directors
become()
{
	on "$DIRECTOR" becomes $SOON "$@"
	on "$DIRECTOR2" becomes $SOON "$@"
}

# all_well [WEIGHT]: every server is in service; those of the shop have a WEIGHT.
all_well()
{
	local w=${1-2}

	become "$WEB" "192.168.1.21:80=1 192.168.1.31:80=1"
	become "$WEB6" "[2001:db8:1::21]:80=1 [2001:db8:1::31]:80=1"
	become "$SHOP" "192.168.1.21:443=$w 192.168.1.31:443=$w"
	become "$SHOP6" "[2001:db8:1::21]:443=$w [2001:db8:1::31]:443=$w"
	become "$MARKED" "192.168.1.21:0=1 192.168.1.31:0=1\
 [2001:db8:1::21]:0=1 [2001:db8:1::31]:0=1"
	become "$APP" "192.168.1.21:8080=1 192.168.1.31:8080=2"
}

configured()
{
	local list

	all_well
	list=$(lbctl -L -n)
	check_eq "$(grep -E '^(TCP|UDP|FWM)' <<< "$list" | sort | xargs)" \
		"FWM 3 IPv6 wlc FWM 3 wlc\
 $SHOP wlc persistent 300 mask 255.255.255.0 $WEB rr $APP wrr\
 $SHOP6 wlc persistent 300 mask 64 $WEB6 rr" "services"
	check_eq "$(grep -c ' Route ' <<< "$list")" 14 "real servers by DR"
	check_eq "$(on "$DIRECTOR2" lbctl -L -n)" "$list" "the other director"
	no_ip_vs
	result "ldirectord's services are there, by ipvsadm and by lbctl"
}

# All but those of the shop, whose clients stay with one.
serve()
{
	check_eq "$(answers 2 "http://$VIP/")" "rs1 rs2" "web"
	check_eq "$(answers 2 "http://[$VIP6]/")" "rs1 rs2" "web by IPv6"
	check_eq "$(answers 2 "http://$VIP:8443/")" "rs1 rs2" "by its mark"
	check_eq "$(answers 2 "http://[$VIP6]:8443/")" "rs1 rs2" \
		"by its mark and IPv6"
	check_eq "$(answers 3 "http://$VIP:8080/")" "rs1 rs2" "application"
	check_match "$(answers 2 "http://$VIP:443/")" "^rs[12]$" "shop"
	check_match "$(answers 2 "http://[$VIP6]:443/")" "^rs[12]$" \
		"shop by IPv6"
}

serves()
{
	serve
	result "clients are served, by each of the services"
}

# Everything of one server fails at once, so that one wait is for all. Of the
# shop, it is the server that the client does not have.
fail()
{
	SHOP_HAS=$(answers 1 "http://$VIP:443/")
	web_stop "$RS1" 80
	web_stop "$RS1" 8443
	rm "$TMP/www/$RS1-8080/ready"
	if [ "$SHOP_HAS" = rs1 ]; then
		web_stop "$RS2" 443
	else
		web_stop "$RS1" 443
	fi
}

negotiate()
{
	fail
	become "$WEB" "192.168.1.31:80=1"
	become "$WEB6" "[2001:db8:1::31]:80=1"
	check_eq "$(answers 2 "http://$VIP/")" rs2 "web"
	check_eq "$(answers 2 "http://[$VIP6]/")" rs2 "web by IPv6"
	result "negotiate: a server without its page is removed"
}

quiescent()
{
	local w1=2 w2=0

	[ "$SHOP_HAS" = rs1 ] || w1=0 w2=2
	become "$SHOP" "192.168.1.21:443=$w1 192.168.1.31:443=$w2"
	become "$SHOP6" "[2001:db8:1::21]:443=$w1 [2001:db8:1::31]:443=$w2"
	check_eq "$(answers 2 "http://$VIP:443/")" "$SHOP_HAS" "shop"
	result "connect, quiescent: a server whose port is closed has weight 0"
}

mark()
{
	become "$MARKED" "192.168.1.31:0=1 [2001:db8:1::31]:0=1"
	check_eq "$(answers 2 "http://$VIP:8443/")" rs2 "by its mark"
	check_eq "$(answers 2 "http://[$VIP6]:8443/")" rs2 \
		"by its mark and IPv6"
	result "connect: a server of a firewall mark is removed"
}

external()
{
	become "$APP" "192.168.1.31:8080=2"
	check_eq "$(answers 2 "http://$VIP:8080/")" rs2 "application"
	result "external: a server that a program refuses is removed"
}

# One server says nothing at all, the other one nothing that it should.
fallback()
{
	echo busy > "$TMP/www/$RS2-80/index.html"
	become "$WEB" "127.0.0.1:80=1"
	become "$WEB6" "[::1]:80=1"
	check_eq "$(answers 2 "http://$VIP/")" sorry "web"
	check_eq "$(answers 2 "http://[$VIP6]/")" sorry "web by IPv6"
	result "fallback, when no server has the page that it should"
}

# From here on the other director has the clients.
back()
{
	echo rs2 > "$TMP/www/$RS2-80/index.html"
	web_server "$RS1" 80 rs1
	web_server "$RS1" 8443 rs1
	: > "$TMP/www/$RS1-8080/ready"
	if [ "$SHOP_HAS" = rs1 ]; then
		web_server "$RS2" 443 rs2
	else
		web_server "$RS1" 443 rs1
	fi
	all_well
	vips_move "$DIRECTOR" "$DIRECTOR2"
	serve
	result "all servers come back, clients are served by the other director"
}

# schedules DIRECTOR SERVICE SCHEDULER
schedules()
{
	on "$1" lbctl -L -n | tr -s ' ' | grep -q "^$2 $3"
}

# A client has connected before the reload, and asks after it.
reload()
{
	local director server

	talk_begin "$VIP" 80
	server=$(busywait $SOON on "$DIRECTOR2" connected "$VIP:80")
	check_err $? "the client has not connected"
	sed -i -e 's/gate 2$/gate 3/; s/scheduler = rr/scheduler = lc/' \
	    -e '/:8080/s/gate 3/gate 2/' /etc/ha.d/lb[12].cf
	kill -HUP "$(< /run/ldirectord.lb1.cf.pid)" \
		"$(< /run/ldirectord.lb2.cf.pid)"
	all_well 3
	for director in "$DIRECTOR" "$DIRECTOR2"; do
		busywait $SOON schedules "$director" "$WEB" lc
		check_err $? "the scheduler has not changed"
	done
	check_eq "$(on "$DIRECTOR2" connected "$VIP:80")" "$server" \
		"the connection"
	check_match "$(talk_end)" "rs[12]$" "the answer of $server"
	result "SIGHUP: weights and a scheduler change, a connection goes on"
}

stop()
{
	local n pid

	for n in 1 2; do
		pid=$(< "/run/ldirectord.lb$n.cf.pid")
		kill "$pid"
		busywait $SOON no_process "$pid"
		check_err $? "ldirectord has not ended"
	done
	for n in "$DIRECTOR" "$DIRECTOR2"; do
		on "$n" no_services
		check_err $? "services are left: $(on "$n" lbctl -L -n)"
	done
	no_ip_vs
	result "when ldirectord ends, so do its services"
}

programs_load || skip_all "the modules do not load"
set_up
tests_run configured serves negotiate quiescent mark external fallback back \
	  reload stop
