#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: debug
#
# IPv6 between real stacks: pages and datagrams by every method, through tunnels
# of either family that the kernel unwraps, with and without offloads; and with
# the director as client or real server.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

#   CLIENT      DIRECTOR              RS1
#     | ::5       | ::11, VIP ::10     | ::21
#     +-----------+------ SWITCH ------+     2001:db8:1::/64, 192.168.1.0/24
#                 |
#     2001:db8:2::11 eth1
#                 |
#                RS2 2001:db8:2::32    by NAT
#
# Another address than the deprecated VIP is what the director itself speaks by.
# On the switch every host has the IPv4 address of the same last number, too.
VIP=2001:db8:1::10
VIP4=192.168.1.10
RS1_IP=2001:db8:1::21
RS2_IP=2001:db8:2::32
WITH_IPV4=192.168.1.21

topology()
{
	local n=0 ns

	setup_ns CLIENT DIRECTOR SWITCH RS1 RS2
	for ns in "$CLIENT" "$DIRECTOR" "$RS1"; do
		net_link "$ns" eth0 "$SWITCH" port$((n++))
	done
	net_switch "$SWITCH" port0 port1 port2
	net_link "$DIRECTOR" eth1 "$RS2" eth0
	hosts_ipv6
	net_addr6 "$CLIENT" eth0 2001:db8:1::5/64
	net_addr6 "$DIRECTOR" eth0 2001:db8:1::11/64
	ip -n "$DIRECTOR" addr add $VIP/64 dev eth0 nodad preferred_lft 0
	net_addr6 "$DIRECTOR" eth1 2001:db8:2::11/64
	net_addr6 "$RS1" eth0 $RS1_IP/64
	net_addr6 "$RS2" eth0 $RS2_IP/64 2001:db8:2::11
	net_addr "$CLIENT" eth0 192.168.1.5/24
	net_addr "$DIRECTOR" eth0 192.168.1.11/24
	net_addr "$DIRECTOR" eth0 $VIP4/24
	net_addr "$RS1" eth0 $WITH_IPV4/24
	ns_sysctl "$DIRECTOR" net.ipv6.conf.all.accept_ra=0
}

# The real server has both virtual addresses where nobody asks for neighbours,
# and devices that unwrap IPv6 in either family, and IPv4 in IPv6.
real_server()
{
	modprobe -a sit ip6_tunnel
	ns_sysctl "$RS1" net.ipv4.conf.{all,eth0}.arp_ignore=1 \
		net.ipv4.conf.{all,eth0}.arp_announce=2
	{
		echo addr add $VIP/128 dev lo nodad
		echo addr add $VIP4/32 dev lo
		echo link set sit0 up
		echo link add t6 type ip6tnl mode any local $RS1_IP \
		     remote 2001:db8:1::11 encaplimit none
		echo link set t6 up
	} | ip -n "$RS1" -b -
	ns_sysctl "$RS1" net.ipv4.conf.{all,sit0,t6}.rp_filter=0
}

# Bound to the address that they answer from; ports 8101 to 8104 are one each.
servers()
{
	local port

	web_server "$RS2" 80 nat
	for port in 8102 8103 8104; do
		web_server "$RS1" $port "port $port"
		cp "$TMP/big" "$TMP/www/$RS1-$port/big"
		pkt udp_serve "$RS1" $VIP $port rs
	done
	cp "$TMP/big" "$TMP/www/$RS2-80/big"
	pkt udp_serve "$RS2" $RS2_IP 80 rs
	pkt udp_serve "$RS1" $VIP4 8105 rs
	web_server "$RS1" 8105 "port 8105"
	cp "$TMP/big" "$TMP/www/$RS1-8105/big"
	web_server "$DIRECTOR" 8106 director
	web_server "$DIRECTOR" 8081 director
	web_server "$DIRECTOR" 8108 director
}

services()
{
	local proto

	for proto in -t -u; do
		cat <<- END
		-A $proto [$VIP]:8101 -s rr
		-a $proto [$VIP]:8101 -r [$RS2_IP]:80 -m
		-A $proto [$VIP]:8102 -s rr
		-a $proto [$VIP]:8102 -r [$RS1_IP] -g
		-A $proto [$VIP]:8103 -s rr
		-a $proto [$VIP]:8103 -r [$RS1_IP] -i
		-A $proto [$VIP]:8104 -s rr
		-a $proto [$VIP]:8104 -r $WITH_IPV4 -i
		-A $proto $VIP4:8105 -s rr
		-a $proto $VIP4:8105 -r [$RS1_IP] -i
		END
	done
	cat <<- END
	-A -t [$VIP]:8106 -s rr
	-a -t [$VIP]:8106 -r [2001:db8:1::11] -g
	-A -t [$VIP]:8107 -s rr
	-a -t [$VIP]:8107 -r [2001:db8:1::11]:8081 -m
	-A -t [$VIP]:8108 -s rr
	-a -t [$VIP]:8108 -r [2001:db8:1::11] -i
	-A -t [$VIP]:8109 -s rr
	-a -t [$VIP]:8109 -r [::1]:8081 -m
	END
}

# fetch NS ADDRESS PORT PATH [OPTION...]
fetch()
{
	in_ns "$1" curl -s -g -m 20 "${@:5}" "http://$2:$3/$4"
}

# echoed PORT SIZE: from a port that the client has not used yet.
echoed()
{
	if [ "$1" = 8105 ]; then
		pkt udp_ask "$CLIENT" 192.168.1.5 0 "$VIP4" "$1" 2000 "$2"
	else
		pkt udp_ask "$CLIENT" 2001:db8:1::5 0 "$VIP" "$1" 2000 "$2"
	fi
	[ "$REPLY" = "rs data $2" ]
}

# carries PORT [ADDRESS]: a large page, fast for the most part, and datagrams.
# The first of a size may be lost to the client's learning of the path MTU.
carries()
{
	local size

	paths
	check_eq "$(fetch "$CLIENT" "${2-[$VIP]}" "$1" big | sha256sum)" "$SUM" \
		 "a page by port $1 is not what was sent"
	paths
	[ "${TAKEN%% *}" -gt 8 ] && [[ $TAKEN == [0-9]*\ fast\ * ]]
	check_err $? "not by the fast path: $TAKEN"
	for size in 1000 1452 4000; do
		busywait 5000 echoed "$1" "$size" > /dev/null
		check_err $? "no echo of $size bytes by port $1: $REPLY"
	done
}

by_nat()	{ carries 8101; log_test "IPv6 traffic: NAT"; }
by_dr()		{ carries 8102; log_test "IPv6 traffic: DR"; }

# tunnel DEVICE PORT [ADDRESS]: it came by that device of the real server.
tunnel()
{
	local before

	before=$(dev_stat "$RS1" "$1" rx_packets)
	carries "${@:2}"
	[ "$(dev_stat "$RS1" "$1" rx_packets)" -gt "$before" ]
	check_err $? "nothing came out of $1"
}

by_tun()
{
	tunnel t6 8103
	log_test "IPv6 traffic: TUN by IPv6"
}

by_tun4()
{
	tunnel sit0 8104
	log_test "IPv6 traffic: TUN by IPv4"
}

ipv4_by_tun6()
{
	tunnel t6 8105 "$VIP4"
	log_test "IPv4 traffic: TUN by IPv6"
}

# Upwards it is the director's devices that cut what the client sends at once.
upload()
{
	local port

	for port in 8101 8102 8103 8104; do
		check_eq "$(fetch "$CLIENT" "[$VIP]" "$port" cgi-bin/sum -H Expect: \
			    --data-binary "@$TMP/big")" "$SUM" \
			 "what was posted to port $port is not what was sent"
	done
	check_eq "$(fetch "$CLIENT" "$VIP4" 8105 cgi-bin/sum -H Expect: \
		    --data-binary "@$TMP/big")" "$SUM" "what was posted by IPv4"
}

uploads()
{
	upload
	log_test "IPv6 traffic: uploads"
}

uploads_plain()
{
	local ns dev

	for ns in "$CLIENT" "$DIRECTOR" "$SWITCH" "$RS1" "$RS2"; do
		for dev in $(ip -n "$ns" -br link show type veth); do
			[[ $dev != *@* ]] ||
				in_ns "$ns" ethtool -K "${dev%@*}" tx off \
					rx off tso off gso off gro off
		done > /dev/null
	done
	upload
	log_test "IPv6 traffic: uploads without offloads"
}

# What the director sends itself it need not cut before it knows where to.
client_is_director()
{
	local port size
	local -A page=([8101]=nat [8102]="port 8102" [8103]="port 8103"
		       [8104]="port 8104" [8106]=director [8107]=director)

	for port in "${!page[@]}"; do
		check_eq "$(fetch "$DIRECTOR" "[$VIP]" "$port" "" \
			    --interface 2001:db8:1::11)" "${page[$port]}" \
			 "a page by port $port"
	done
	for port in 8101 8102 8103 8104; do
		for size in 1000 4000; do
			busywait 5000 echoed_here "$port" "$size" > /dev/null
			check_err $? "no echo of $size bytes by $port: $REPLY"
		done
	done
	log_test "IPv6: the director is a client"
}

echoed_here()
{
	pkt udp_ask "$DIRECTOR" 2001:db8:1::11 0 "$VIP" "$1" 2000 "$2"
	[ "$REPLY" = "rs data $2" ]
}

server_is_director()
{
	local port

	for port in 8106 8107 8108; do
		check_eq "$(fetch "$CLIENT" "[$VIP]" "$port" "")" director \
			 "a page by port $port"
	done
	fetch "$CLIENT" "[$VIP]" 8109 "" --connect-timeout 0.5 \
		> "$TMP/page"
	check_fail $? "the outside reaches ::1"
	check_match "$(lbctl stats)" "drop *local-crossing *[1-9]" "drops"
	log_test "IPv6: the director is a real server, but not its loopback"
}

lb_load || skip_all "the module does not load"
random_file 1024 "$TMP/big"
SUM=$(sha256sum < "$TMP/big")
cat > "$TMP/sum" << 'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
head -c "$CONTENT_LENGTH" | sha256sum
END
chmod +x "$TMP/sum"
topology
real_server
pkt_start
servers
for root in "$TMP"/www/*; do
	mkdir -p "$root/cgi-bin"
	cp "$TMP/sum" "$root/cgi-bin/sum"
done
services | lbctl -R
tests_run by_nat by_dr by_tun by_tun4 ipv4_by_tun6 uploads client_is_director \
	  server_is_director uploads_plain
