#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# One director with lb and one with ip_vs, with the same services. Each in turn
# tells the other of its connections, and then those go on there.
#
# Kernels: 6.1 6.12 7.2

# shellcheck disable=SC2153 # DIRECTOR2 is another
# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

CLIENT_IP=192.168.1.5
SERVER_IP=172.16.32.110
VIP=192.168.1.111
FTP_VIP=192.168.100.200
IN="ip src=$CLIENT_IP dst=$VIP"
IN_NAT="ip src=$CLIENT_IP dst=$SERVER_IP ttl=63"
OUT="ip src=$SERVER_IP dst=$CLIENT_IP"
OUT_NAT="ip src=$VIP dst=$CLIENT_IP ttl=63"
CLIENT_IP6=2001:db8:1::5
SERVER_IP6=2001:db8:2::110
VIP6=2001:db8:1::111
MARK=4660

# Both directors have the same addresses, each at cables of its own: which one
# a packet is sent to says who is active.
second_director()
{
	local ip

	setup_ns DIRECTOR2
	net_link "$CLIENT" eth1 "$DIRECTOR2" eth0
	net_link "$SERVERS" eth1 "$DIRECTOR2" eth1
	ns_sysctl "$DIRECTOR2" net.ipv6.conf.{all,default}.addr_gen_mode=1
	enable_ipv6 "$DIRECTOR2"
	{
		echo link set eth0 address 02:00:00:00:00:d0
		echo link set eth1 address 02:00:00:00:00:d1
		echo addr add 192.168.1.111/24 dev eth0
		echo addr add 172.16.32.111/16 dev eth1
		echo addr add 2001:db8:1::111/64 dev eth0 nodad
		echo addr add 2001:db8:2::111/64 dev eth1 nodad
		for ip in $CLIENT_IP $CLIENT_IP6; do
			echo neigh add "$ip" lladdr 02:00:00:00:00:c0 dev eth0
		done
		for ip in $SERVER_IP $SERVER_IP6; do
			echo neigh add "$ip" lladdr 02:00:00:00:00:50 dev eth1
		done
	} | ip -n "$DIRECTOR2" -b -
	ip -n "$CLIENT" link set eth1 address 02:00:00:00:00:c0
	ip -n "$SERVERS" link set eth1 address 02:00:00:00:00:50
	ns_sysctl "$DIRECTOR2" net.ipv4.ip_forward=1 \
		net.ipv6.conf.all.forwarding=1
}

set_up()
{
	local d

	# shellcheck disable=SC2119
	topo_wire6
	second_director
	net_link "$DIRECTOR" sync0 "$DIRECTOR2" sync0
	net_addr "$DIRECTOR" sync0 10.99.0.1/24
	net_addr "$DIRECTOR2" sync0 10.99.0.2/24
	pkt open client-lb "$CLIENT" eth0 02:00:00:00:00:d0
	pkt open server-lb "$SERVERS" eth0 02:00:00:00:00:d1
	pkt open client-ipvs "$CLIENT" eth1 02:00:00:00:00:d0
	pkt open server-ipvs "$SERVERS" eth1 02:00:00:00:00:d1
	pkt open client6-lb "$CLIENT" eth0 02:00:00:00:00:d0 ipv6
	pkt open server6-lb "$SERVERS" eth0 02:00:00:00:00:d1 ipv6
	pkt open client6-ipvs "$CLIENT" eth1 02:00:00:00:00:d0 ipv6
	pkt open server6-ipvs "$SERVERS" eth1 02:00:00:00:00:d1 ipv6
	for d in "$DIRECTOR" "$DIRECTOR2"; do
		ip -n "$d" addr add $FTP_VIP/24 dev eth0
		in_ns "$d" iptables -t mangle -A PREROUTING -d $VIP -p tcp \
			--dport 88 -j MARK --set-mark $MARK
	done
	# Each packet of a client is told by ip_vs, which makes it quick to
	# wait for.
	ns_sysctl "$DIRECTOR2" "net.ipv4.vs.sync_threshold=0 1"
	services tool_lb
	services tool_ipvs
}

tool_lb()
{
	in_ns "$DIRECTOR" "$LBCTL" "$@"
}

tool_ipvs()
{
	in_ns "$DIRECTOR2" "$(command -v ipvsadm)" "$@"
}

# services TOOL
services()
{
	"$1" -R << END
-A -t $VIP:80 -s rr
-a -t $VIP:80 -r $SERVER_IP:8080 -m
-A -t $VIP:81 -s rr
-a -t $VIP:81 -r $SERVER_IP -g
-A -u $VIP:53 -s rr
-a -u $VIP:53 -r $SERVER_IP -m
-A --sctp-service $VIP:99 -s rr
-a --sctp-service $VIP:99 -r $SERVER_IP -m
-A -t [$VIP6]:80 -s rr
-a -t [$VIP6]:80 -r [$SERVER_IP6]:80 -m
-A -f $MARK -s rr -p 300
-a -f $MARK -r $SERVER_IP -m
-A -t $VIP:443 -s rr -p 360 -M 255.255.255.0
-a -t $VIP:443 -r $SERVER_IP:444 -m
-A -t $FTP_VIP:21 -s rr
-a -t $FTP_VIP:21 -r $SERVER_IP -m
-A -u $VIP:5060 -s rr -p 60 --pe sip
-a -u $VIP:5060 -r $SERVER_IP -m
END
	check_err $? "$1: services"
}

# --- what the ends say ----------------------------------------------------

# by SIDE: from here on, packets take the way by that director.
by()
{
	BY=$1
}

# send END PACKET..., and take it at the other one: it is $REPLY
pass()
{
	local end=$1 other

	case $end in
	client*) other=server${end#client} ;;
	*) other=client${end#server} ;;
	esac
	pkt send "$end-$BY" "${@:2}"
	pkt recv "$other-$BY" 3000 > /dev/null
}

# tcp VIP SERVER PORT VPORT DPORT: a connection is made.
tcp()
{
	local in="ip src=$CLIENT_IP dst=$1 / tcp sport=$3 dport=$4"

	pass client "$in seq=99 flags=S"
	pass server "ip src=$2 dst=$CLIENT_IP / tcp sport=$5 dport=$3" \
		"seq=299 ack=100 flags=SA"
	pass client "$in seq=100 ack=300 flags=A"
}

tcp6()
{
	local in="ip6 src=$CLIENT_IP6 dst=$VIP6 / tcp sport=$1 dport=80"

	pass client6 "$in seq=99 flags=S"
	pass server6 "ip6 src=$SERVER_IP6 dst=$CLIENT_IP6 / tcp sport=80" \
		"dport=$1 seq=299 ack=100 flags=SA"
	pass client6 "$in seq=100 ack=300 flags=A"
}

sctp()
{
	local in="$IN / sctp sport=$1 dport=99"
	local out="$OUT / sctp sport=99 dport=$1"

	pass client "$in chunks=init / data 16"
	pass server "$out chunks=init-ack / data 16"
	pass client "$in chunks=cookie-echo / data 16"
	pass server "$out chunks=cookie-ack"
	pass client "$in chunks=data / data 16"
}

# call PORT: of SIP
call()
{
	local text="INVITE sip:b@x SIP/2.0\r\nCall-ID: call$1\r\n\r\n"

	pass client "$IN / udp sport=$1 dport=5060 / data esc=$(escaped "$text")"
}

# ftp PORT: a session in which the address that the server tells becomes longer
# by two
ftp()
{
	local in="ip src=$CLIENT_IP dst=$FTP_VIP / tcp sport=$1 dport=21"

	tcp "$FTP_VIP" "$SERVER_IP" "$1" 21 21
	pass client "$in seq=100 ack=300 flags=PA /" \
		"data esc=$(escaped 'PASV\r\n')"
	pass server "$OUT / tcp sport=21 dport=$1 seq=300 ack=106 flags=PA /" \
		"data esc=$(escaped '227 (172,16,32,110,78,33)\r\n')"
	pass client "$in seq=106 ack=329 flags=A"
}

# all PORT: a connection of each kind, from that port
all()
{
	tcp "$VIP" "$SERVER_IP" "$1" 80 8080
	pass client "$IN / tcp sport=$1 dport=81 seq=99 flags=S"
	pass client "$IN / tcp sport=$1 dport=81 seq=100 ack=300 flags=A"
	pass client "$IN / udp sport=$1 dport=53 / data 4"
	pass server "$OUT / udp sport=53 dport=$1 / data 4"
	pass client "$IN / udp sport=$1 dport=53 / data 4"
	sctp "$1"
	tcp6 "$1"
	tcp "$VIP" "$SERVER_IP" "$1" 88 88
	tcp "$VIP" "$SERVER_IP" "$1" 443 444
	ftp "$1"
	call "$1"
}

# --- what the directors know ----------------------------------------------

# known TOOL PORT: connections from that port and templates but for time, and for
# what a template of ip_vs is beyond that; the data connections that FTP expects
# are not told.
IGNORED=none
known()
{
	"$1" -L -n -c --persistent-conn | awk -v port=":$2" -v call="call$2" '
		/^(TCP|UDP|SCTP|IP) / && $3 != "LISTEN" &&
		(substr($4, length($4) - length(port) + 1) == port ||
		 $4 ~ /:0$/ && ($8 == "" || $8 == call)) {
			$2 = ""
			sub(/ ASSURED /, " NONE ")
			print
		}' | grep -v "$IGNORED" | command sort
}

equal()
{
	[ -n "$(known tool_lb "$1")" ] &&
		[ "$(known tool_lb "$1")" = "$(known tool_ipvs "$1")" ]
}

# becomes_equal PORT
becomes_equal()
{
	busywait 20000 equal "$1"
	is_equal "$1"
}

# again_equal PORT: the client goes on meanwhile. lb does not tell of datagrams
# that nothing follows.
again_equal()
{
	equal "$1" && return
	pass client "$IN / udp sport=$1 dport=53 / data 4"
	call "$1"
	return 1
}

is_equal()
{
	check_err $? "lb and ip_vs:
$(diff <(known tool_lb "$1") <(known tool_ipvs "$1"))"
}

# goes_on END PACKET ARRIVING: it is sent there, and comes out so. Where ip_vs
# changes sequence numbers, it leaves the checksum to the device.
goes_on()
{
	local seen

	pass "$1" "$2"
	seen=$REPLY
	[ "$BY" != ipvs ] || seen=${seen% csum=bad}
	check_eq "$seen" "$3" "by $BY: $2"
}

# all_go_on PORT: what all() began, without another handshake
all_go_on()
{
	local more="seq=100 ack=300 flags=A" back="seq=300 ack=100 flags=A"

	goes_on client "$IN / tcp sport=$1 dport=80 $more" \
		"$IN_NAT / tcp sport=$1 dport=8080 $more"
	goes_on server "$OUT / tcp sport=8080 dport=$1 $back" \
		"$OUT_NAT / tcp sport=80 dport=$1 $back"
	goes_on client "$IN / tcp sport=$1 dport=81 $more" \
		"$IN ttl=63 / tcp sport=$1 dport=81 $more"
	goes_on server "$OUT / udp sport=53 dport=$1 / data 4" \
		"$OUT_NAT / udp sport=53 dport=$1 / data 4"
	goes_on client "$IN / sctp sport=$1 dport=99 chunks=data / data 16" \
		"$IN_NAT / sctp sport=$1 dport=99 tag=0 chunks=data / data 16"
	goes_on client6 \
		"ip6 src=$CLIENT_IP6 dst=$VIP6 / tcp sport=$1 dport=80 $more" \
		"ip6 src=$CLIENT_IP6 dst=$SERVER_IP6 hlim=63 / tcp sport=$1 dport=80 $more"
	goes_on client "$IN / tcp sport=$1 dport=88 $more" \
		"$IN_NAT / tcp sport=$1 dport=88 $more"
	goes_on client "$IN / tcp sport=$1 dport=443 $more" \
		"$IN_NAT / tcp sport=$1 dport=444 $more"
	# Its template brings another connection to the same real server.
	goes_on client "$IN / tcp sport=$(($1 + 1)) dport=443 seq=9 flags=S" \
		"$IN_NAT / tcp sport=$(($1 + 1)) dport=444 seq=9 ack=0 flags=S"
}

# --- the tests --------------------------------------------------------------

lb_to_ipvs()
{
	tool_lb sync start master interface sync0 syncid 7
	check_err $? "lb does not start"
	tool_ipvs --start-daemon backup --mcast-interface sync0 --syncid 7
	check_err $? "ip_vs does not start"
	by lb
	all 1000
	busywait 20000 again_equal 1000
	is_equal 1000
	by ipvs
	all_go_on 1000
	log_test "lb tells, ip_vs goes on"
}

# By two more, when ip_vs knows the session
longer_again()
{
	by lb
	pass client "ip src=$CLIENT_IP dst=$FTP_VIP / tcp sport=1000 dport=21" \
		"seq=106 ack=329 flags=PA / data esc=$(escaped 'PASV\r\n')"
	pass server "$OUT / tcp sport=21 dport=1000 seq=327 ack=112 flags=PA /" \
		"data esc=$(escaped '227 (172,16,32,110,78,34)\r\n')"
	by ipvs
}

is_longer()
{
	pass server "$OUT / tcp sport=21 dport=1000 seq=354 ack=112 flags=A"
	[[ $REPLY == *" seq=358 "* ]]
}

# What the server said was made longer by two.
ftp_to_ipvs()
{
	local in="ip src=$CLIENT_IP dst=$FTP_VIP"
	local out="ip src=$FTP_VIP dst=$CLIENT_IP ttl=63"

	goes_on server "$OUT / tcp sport=21 dport=1000 seq=327 ack=106 flags=A" \
		"$out / tcp sport=21 dport=1000 seq=329 ack=106 flags=A"
	goes_on client "$in / tcp sport=1000 dport=21 seq=106 ack=329 flags=A" \
		"$IN_NAT / tcp sport=1000 dport=21 seq=106 ack=327 flags=A"
	longer_again
	busywait 20000 is_longer
	check_err $? "what was made longer later is not told: $REPLY"
	tool_lb sync stop master
	tool_ipvs --stop-daemon backup
	tool_lb conn flush
	log_test "ip_vs takes the sequence numbers of FTP from lb"
}

# ip_vs is a master of version $1.
ipvs_tells()
{
	ns_sysctl "$DIRECTOR2" net.ipv4.vs.sync_version="$1"
	tool_lb sync start backup interface sync0 syncid 7
	check_err $? "lb does not start"
	tool_ipvs --start-daemon master --mcast-interface sync0 --syncid 7
	check_err $? "ip_vs does not start"
}

ipvs_stops()
{
	tool_ipvs --stop-daemon master
	tool_lb sync stop backup
	tool_lb conn flush
}

ipvs_to_lb()
{
	ipvs_tells 1
	by ipvs
	all 2000
	becomes_equal 2000
	by lb
	all_go_on 2000
	check_eq "$(tool_lb sync stats | grep -E ' (bad-|no-|impossible|clash)' |
		grep -v ' 0$')" "" "refused"
	ipvs_stops
	log_test "ip_vs tells, lb goes on"
}

# Version 0 knows neither IPv6 nor time. ip_vs still has the template by mark of
# before.
ipvs_to_lb_v0()
{
	local more="seq=100 ack=300 flags=A"

	ipvs_tells 0
	by ipvs
	tcp "$VIP" "$SERVER_IP" 3000 80 8080
	tcp "$VIP" "$SERVER_IP" 3000 443 444
	IGNORED='^IP '
	becomes_equal 3000
	check_match "$(tool_lb -L -n -c)" \
		"TCP 1[45]:[0-9]+ +ESTABLISHED $CLIENT_IP:3000" "time"
	by lb
	goes_on client "$IN / tcp sport=3000 dport=80 $more" \
		"$IN_NAT / tcp sport=3000 dport=8080 $more"
	ipvs_stops
	log_test "ip_vs tells in version 0, lb goes on"
}

{ lb_load && lb_sync_insmod; } || skip_all "the module does not load"
modprobe -a ip_vs ip_vs_rr ip_vs_ftp ip_vs_pe_sip
set_up
tests_run lb_to_ipvs ftp_to_ipvs ipvs_to_lb ipvs_to_lb_v0
