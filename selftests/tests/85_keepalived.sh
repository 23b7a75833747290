#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# keepalived as Debian has it, on one director: each of its checks takes a real
# server that failed out of service and back again, sorry servers help out, and a
# reload harms no connection.
#
# Kernels: 6.12
# CPUs: 1

# shellcheck source=../directors.sh
. "$(dirname "$0")/../directors.sh"

WEB="TCP $VIP:80"
WEB6="TCP [$VIP6]:80"
SHOP="TCP $VIP:443"
MARKED="FWM 3"
APP="TCP $VIP:8080"
NAMES="UDP $VIP:53"

# How long a change may take: a second between checks, one more try, and a
# machine that is slow.
SOON=20000

shop_open()
{
	web_server "$RS1" 443 rs1 && web_server "$RS2" 443 rs2
}

set_up()
{
	local n=0 rs port

	topo_directors
	install_example keepalived
	# Of a test before this one
	rm -f /var/log/keepalived-events
	for rs in "$RS1" "$RS2"; do
		n=$((n + 1))
		for port in 80 8080 8443; do
			web_server "$rs" "$port" "rs$n"
		done
		echo "$n" > "$TMP/www/$rs-8080/weight"
		name_server "$rs" "$n"
	done
	NAMES2=$NAME_SERVER
	shop_open
	web_server "$DIRECTOR" 80 sorry
	web_server "$DIRECTOR" 443 sorry
	in_ns "$DIRECTOR" iptables -t mangle -A PREROUTING -d "$VIP" -p tcp \
		--dport 8443 -j MARK --set-mark 3
	lbctl -L -n > /dev/null
	FORMER=$(lbctl -L --timeout)
	keepalived_start "$DIRECTOR" lb1
}

result()
{
	keepalived_failed lb1
	log_test "$1"
}

# All that the file says is there. Weights are what servers said.
configured()
{
	local list

	becomes $SOON "$WEB" "192.168.1.21:80=1 192.168.1.31:80=1"
	becomes $SOON "$WEB6" "[2001:db8:1::21]:80=1 [2001:db8:1::31]:80=1"
	becomes $SOON "$SHOP" "192.168.1.21:443=1 192.168.1.31:443=1"
	becomes $SOON "$MARKED" "192.168.1.21:0=1 192.168.1.31:0=1"
	becomes $SOON "$APP" "192.168.1.21:8080=1 192.168.1.31:8080=2"
	becomes $SOON "$NAMES" "192.168.1.21:53=1 192.168.1.31:53=1"
	list=$(lbctl -L -n)
	check_eq "$(grep -E '^(TCP|UDP|FWM)' <<< "$list" | sort | xargs)" \
		"FWM 3 wlc persistent 300 $SHOP wlc persistent 300 $WEB rr\
 $APP wrr $WEB6 rr $NAMES rr ops" "services"
	check_eq "$(grep -c ' Route ' <<< "$list")" 12 "real servers by DR"
	check_match "$(lbctl -L -n --thresholds | tr -s ' ')" \
		"192.168.1.21:80 1000 800 " "thresholds"
	no_ip_vs
	result "keepalived's services are there"
}

timeouts()
{
	check_eq "$(lbctl -L --timeout)" "Timeout (tcp tcpfin udp): 600 60 120" \
		 "timeouts"
	result "lvs_timeouts"
}

serves()
{
	busywait $SOON has_vips "$DIRECTOR"
	check_err $? "the director has not become master"
	check_eq "$(answers 2 "http://$VIP/")" "rs1 rs2" "web"
	check_eq "$(answers 2 "http://[$VIP6]/")" "rs1 rs2" "web by IPv6"
	check_match "$(answers 2 "http://$VIP:443/")" "^rs[12]$" \
		"shop, which is persistent"
	check_match "$(answers 2 "http://$VIP:8443/")" "^rs[12]$" \
		"shop, by its mark"
	check_eq "$(answers 3 "http://$VIP:8080/")" "rs1 rs2" "application"
	check_eq "$(names 2)" "192.0.2.1 192.0.2.2" "names"
	busywait 5000 stat_is "$VIP:80" 3 2
	check_err $? "web: $(stat_of "$VIP:80" 3) connections, not 2"
	result "clients are served, by each of the services"
}

# kill and revive: web
http_get()
{
	web_stop "$RS1" 80
	becomes $SOON "$WEB" "192.168.1.31:80=1"
	check_eq "$(answers 2 "http://$VIP/")" rs2 "web"
	becomes $SOON "$WEB6" "[2001:db8:1::31]:80=1"
	check_eq "$(answers 2 "http://[$VIP6]/")" rs2 "web by IPv6"
	becomes 1 "$APP" "192.168.1.21:8080=1 192.168.1.31:8080=2"
	web_server "$RS1" 80 rs1
	becomes $SOON "$WEB" "192.168.1.21:80=1 192.168.1.31:80=1"
	check_eq "$(answers 2 "http://$VIP/")" "rs1 rs2" "web again"
	becomes $SOON "$WEB6" "[2001:db8:1::21]:80=1 [2001:db8:1::31]:80=1"
	check_eq "$(answers 2 "http://[$VIP6]/")" "rs1 rs2" \
		 "web by IPv6 again"
	result "HTTP_GET, by IPv4 and IPv6"
}

# A page that is not there is no page.
http_status()
{
	mv "$TMP/www/$RS2-80/index.html" "$TMP/page"
	becomes $SOON "$WEB" "192.168.1.21:80=1"
	mv "$TMP/page" "$TMP/www/$RS2-80/index.html"
	becomes $SOON "$WEB" "192.168.1.21:80=1 192.168.1.31:80=1"
	becomes $SOON "$WEB6" "[2001:db8:1::21]:80=1 [2001:db8:1::31]:80=1"
	result "HTTP_GET: status 404"
}

sorry_server()
{
	web_stop "$RS1" 80
	web_stop "$RS2" 80
	becomes $SOON "$WEB" "127.0.0.1:80=1"
	check_eq "$(answers 2 "http://$VIP/")" sorry "web"
	becomes $SOON "$WEB6"
	check_eq "$(answers 1 "http://[$VIP6]/")" nobody "web by IPv6"
	web_server "$RS1" 80 rs1
	becomes $SOON "$WEB" "192.168.1.21:80=1"
	web_server "$RS2" 80 rs2
	becomes $SOON "$WEB" "192.168.1.21:80=1 192.168.1.31:80=1"
	check_eq "$(answers 2 "http://$VIP/")" "rs1 rs2" "web again"
	becomes $SOON "$WEB6" "[2001:db8:1::21]:80=1 [2001:db8:1::31]:80=1"
	result "sorry_server"
}

told()
{
	[ "$(grep -c "^$1$" /var/log/keepalived-events)" -eq "$2" ]
}

# Both belong to the quorum. Without it the sorry server has the service, for the
# mark as well, though the client was another's.
quorum()
{
	web_stop "$RS1" 443
	becomes $SOON "$SHOP" "127.0.0.1:443=1"
	becomes $SOON "$MARKED" "127.0.0.1:0=1"
	busywait $SOON told "SHOP has lost its quorum" 1
	check_err $? "quorum_down was not told"
	busywait $SOON told "192.168.1.21 is down" 1
	check_err $? "notify_down was not told"
	check_eq "$(answers 2 "http://$VIP:443/")" sorry "shop"
	web_server "$RS1" 443 rs1
	becomes $SOON "$SHOP" "192.168.1.21:443=1 192.168.1.31:443=1"
	becomes $SOON "$MARKED" "192.168.1.21:0=1 192.168.1.31:0=1"
	busywait $SOON told "192.168.1.21 is up" 1
	check_err $? "notify_up was not told"
	check_match "$(answers 2 "http://$VIP:443/")" "^rs[12]$" "shop again"
	check_match "$(answers 2 "http://$VIP:8443/")" "^rs[12]$" \
		"shop again, by its mark"
	result "TCP_CHECK, quorum and sorry_server of a group with a mark"
}

# What a server says of itself; one that fails keeps its place, with weight 0.
misc_check()
{
	echo 7 > "$TMP/www/$RS1-8080/weight"
	becomes $SOON "$APP" "192.168.1.21:8080=7 192.168.1.31:8080=2"
	echo 0 > "$TMP/www/$RS2-8080/weight"
	becomes $SOON "$APP" "192.168.1.21:8080=7 192.168.1.31:8080=0"
	check_eq "$(answers 2 "http://$VIP:8080/")" rs1 "application"
	echo 2 > "$TMP/www/$RS2-8080/weight"
	becomes $SOON "$APP" "192.168.1.21:8080=7 192.168.1.31:8080=2"
	web_stop "$RS1" 8080
	becomes $SOON "$APP" "192.168.1.21:8080=0 192.168.1.31:8080=2"
	check_eq "$(answers 2 "http://$VIP:8080/")" rs2 "application"
	web_server "$RS1" 8080 rs1
	becomes $SOON "$APP" "192.168.1.21:8080=7 192.168.1.31:8080=2"
	result "MISC_CHECK, its weights, inhibit_on_failure"
}

udp_check()
{
	kill "$NAMES2"
	becomes $SOON "$NAMES" "192.168.1.21:53=1"
	check_eq "$(names 2)" 192.0.2.1 "names"
	name_server "$RS2" 2
	becomes $SOON "$NAMES" "192.168.1.21:53=1 192.168.1.31:53=1"
	check_eq "$(names 2)" "192.0.2.1 192.0.2.2" "names again"
	result "UDP_CHECK"
}

# keepalived knows the netlink family by the number that it had.
upgraded()
{
	local out

	out=$(lb_tool upgrade --module "$LB_KO" --old "$LB_KO" 2>&1)
	check_err $? "$out"
	ksft_diag "$out"
	web_stop "$RS1" 80
	becomes $SOON "$WEB" "192.168.1.31:80=1"
	web_server "$RS1" 80 rs1
	becomes $SOON "$WEB" "192.168.1.21:80=1 192.168.1.31:80=1"
	result "it goes on after an upgrade"
}

# A client has connected before the reload, and asks after it.
reload()
{
	local conf=/etc/keepalived/keepalived.conf before server

	talk_begin "$VIP" 80
	server=$(busywait $SOON connected "$VIP:80")
	check_err $? "the client has not connected"
	before=$(stat_of "$VIP:80" 3)
	sed -i -e 's/uthreshold 1000/uthreshold 2000/' \
	    -e '/^virtual_server 192.168.1.10 80 /,/^}/{
		s/lvs_sched rr/lvs_sched wlc/
		s/weight 1/weight 3/
	    }' $conf
	kill -HUP "$KEEPALIVED"
	becomes $SOON "$WEB" "192.168.1.21:80=3 192.168.1.31:80=3"
	check_match "$(lbctl -L -n | tr -s ' ')" "$WEB wlc" "scheduler"
	check_match "$(lbctl -L -n --thresholds | tr -s ' ')" \
		"192.168.1.21:80 2000 800 " "thresholds"
	check_eq "$(connected "$VIP:80")" "$server" "the connection"
	[ "$(stat_of "$VIP:80" 3)" -ge "$before" ]
	check_err $? "counters have been reset"
	check_match "$(talk_end)" "rs[12]$" "the answer of $server"
	result "SIGHUP: weights and a scheduler change, a connection goes on"
}

stop()
{
	kill "$KEEPALIVED"
	busywait $SOON no_services
	check_err $? "services are left: $(lbctl -L -n)"
	busywait $SOON no_process "$KEEPALIVED"
	check_err $? "keepalived has not ended"
	check_eq "$(lbctl -L --timeout)" "$FORMER" "timeouts"
	has_no_vip "$DIRECTOR"
	check_err $? "the virtual addresses are left"
	no_ip_vs
	result "when keepalived ends, so do its services"
}

programs_load || skip_all "the modules do not load"
set_up
tests_run configured timeouts serves http_get http_status sorry_server quorum \
	  misc_check udp_check upgraded reload stop
