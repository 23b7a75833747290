#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
# CPUs: 1
#
# What a service says about packets that are too big for their way: the
# don't-fragment bit of tunnels, the MTU that clients are told, and the MSS of
# TCP. Seen on the wire to the real server, and by its kernel, which unwraps.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
VIP6=2001:db8:1::111
RS=172.16.32.113
RS6=2001:db8:2::113
OUTER="ip src=172.16.32.111 dst=$RS ttl=63"
OUTER6="ip6 src=2001:db8:2::111 dst=$RS6 hlim=63"
# Of services by family of the client, then that of the tunnel
declare -A KEY=([44]="$VIP:53" [46]="$VIP:54" [64]="[$VIP6]:54"
		[66]="[$VIP6]:53")
LEN=28	# of the headers before what the client of the service in use says
SPORT=3001

mtu()
{
	ip -n "$DIRECTOR" link set eth1 mtu "$1"
}

# policy WHICH OPTION...: what the service says, all else is default
policy()
{
	lbctl -E -u "${KEY[$1]}" -s rr "${@:2}"
	check_err $? "refused: ${*:2}"
}

# --- datagrams ------------------------------------------------------------

# ask WHICH SIZE [df]: by a new connection, SIZE bytes in all
ask()
{
	local port=${KEY[$1]##*:}

	SPORT=$((SPORT + 1))
	LEN=28
	FLOW="ip src=192.168.1.5 dst=$VIP"
	if [ "${1:0:1}" = 6 ]; then
		LEN=48
		FLOW="ip6 src=2001:db8:1::5 dst=$VIP6"
		set -- "$1" "$2" "" "${@:4}"
	fi
	drain
	TAKEN_BEFORE=$(taken)
	pkt send client "${@:4}" "$FLOW ${3-} / udp sport=$SPORT dport=$port" \
	    "/ data $(($2 - LEN))"
}

drain()
{
	local wire

	for wire in client client4 server server4; do
		pkt drain "$wire" > /dev/null
	done
}

# server_of WHICH: the wire where tunnel packets are seen
server_of()
{
	[ "${1:1}" = 6 ] && echo server || echo server4
}

# whole WHICH SIZE DF OUTER: it arrives in one tunnel packet, and is unwrapped.
whole()
{
	local wire

	wire=$(server_of "$1")
	ask "$1" "$2" "$3"
	pkt recv "$wire" 2000 > /dev/null
	check_match "$REPLY" "^$4 / ip6? .*/ udp sport=$SPORT .*/ data $(($2 - LEN))$" \
		    "$1: $2 bytes $3"
	arrived "$1" "$2"
}

# cut WHICH SIZE DF OUTER: it arrives in fragments of the tunnel's, and whole.
cut()
{
	local wire part n=0

	wire=$(server_of "$1")
	ask "$1" "$2" "$3" "${@:5}"
	while pkt recv "$wire" 300 > /dev/null; do
		n=$((n + 1))
		part=$REPLY
		check_match "$part" "^$4( mf| off=[0-9]*)* (proto=[0-9]* )?/ " \
			    "$1: fragment $n of $2 bytes $3"
		[[ "$part " == *" mf "* ]] || break
	done
	[ "$n" -ge 2 ]
	check_err $? "$1: $2 bytes $3 came in $n packets"
	arrived "$1" "$2"
	pkt recv "$(client_of "$1")" 100 > /dev/null
	check_eq "$REPLY" none "$1: $2 bytes $3: the client heard of it"
}

client_of()
{
	[ "${1:0:1}" = 6 ] && echo client || echo client4
}

# Datagrams that the real server's kernel took out of tunnels
taken()
{
	# shellcheck disable=SC2016 # awk's own
	in_ns "$SERVERS" awk '
		/^Udp: [0-9]/		{ n += $2 }
		/^Udp6InDatagrams /	{ n += $2 }
		END			{ print n }' \
		/proc/net/snmp /proc/net/snmp6
}

one_more()
{
	[ "$(taken)" -gt "$TAKEN_BEFORE" ]
}

# arrived WHICH SIZE: the last datagram was taken by a socket
arrived()
{
	busywait 3000 one_more
	check_err $? "$1: $2 bytes did not get to the server"
}

# told WHICH SIZE DF MTU: the client hears of it, the server of nothing.
told()
{
	local said="ip src=$VIP dst=192.168.1.5 .*/ icmp type=3 code=4"

	[ "${1:0:1}" = 4 ] ||
		said="ip6 src=$VIP6 dst=2001:db8:1::5 .*/ icmp6 type=2 code=0"
	ask "$1" "$2" "$3"
	pkt recv "$(client_of "$1")" 2000 > /dev/null
	check_match "$REPLY" "^$said mtu=$4 / $FLOW .*/ udp sport=$SPORT " \
		    "$1: $2 bytes $3: the client was not told"
	expect_silence "$(server_of "$1")"
}

# Both kinds of datagrams of a policy that goes by what they say
by_their_bit()
{
	whole 44 1480 df "$OUTER df"
	whole 44 1480 "" "$OUTER"
	told 44 1481 df 1480
	cut 44 1481 "" "$OUTER"
	whole 46 1460 "" "$OUTER6"
	told 46 1461 df 1460
	cut 46 1461 "" "$OUTER6 / frag"
	whole 64 1480 "" "$OUTER df"
	told 64 1481 "" 1480
	whole 66 1460 "" "$OUTER6"
	told 66 1461 "" 1460
}

default()
{
	real_server
	by_their_bit
	log_test "policy: default"
}

all()
{
	local which

	for which in 44 46 64 66; do
		policy "$which" "$@"
	done
}

# Whatever the namespace says
inherit()
{
	all --tun-df inherit
	by_their_bit
	setting pmtu_disc 0
	by_their_bit
	all
	whole 44 1480 df "$OUTER"
	cut 44 1481 df "$OUTER"
	told 64 1481 "" 1480
	setting pmtu_disc 1
	log_test "policy: tun-df inherit"
}

always()
{
	all --tun-df set
	whole 44 1480 df "$OUTER df"
	whole 44 1480 "" "$OUTER df"
	told 44 1481 df 1480
	told 44 1481 "" 1480
	whole 46 1460 "" "$OUTER6"
	told 46 1461 "" 1460
	whole 64 1480 "" "$OUTER df"
	told 64 1481 "" 1480
	told 66 1461 "" 1460
	setting pmtu_disc 0
	whole 44 1480 "" "$OUTER df"
	told 44 1481 "" 1480
	setting pmtu_disc 1
	# What comes in fragments that would fit, must arrive somehow.
	cut 44 2000 "" "$OUTER" frag=1400
	log_test "policy: tun-df set"
}

never()
{
	all --tun-df unset
	whole 44 1480 df "$OUTER"
	cut 44 1481 df "$OUTER"
	cut 44 1500 "" "$OUTER"
	whole 46 1460 df "$OUTER6"
	cut 46 1500 df "$OUTER6 / frag"
	whole 64 1480 "" "$OUTER"
	cut 64 1500 "" "$OUTER"
	whole 66 1460 "" "$OUTER6"
	cut 66 1461 "" "$OUTER6 / frag"
	cut 66 1500 "" "$OUTER6 / frag"

	# No packet of IPv6 is too small for this tunnel.
	mtu 1280
	cut 66 1280 "" "$OUTER6 / frag"
	all
	ask 66 1280
	expect_silence server
	mtu 1500
	log_test "policy: tun-df unset"
}

# A router behind the tunnel has less room, and tells of the first fragment:
# the client is told nothing, and what it sends next is cut to fit.
narrow()
{
	local size

	policy 66 --tun-df unset
	cut 66 1500 "" "$OUTER6 / frag"
	pkt send server "ip6 src=2001:db8:2::9 dst=2001:db8:2::111 /" \
		"icmp6 type=2 code=0 mtu=1400 / $OUTER6 / frag id=7 mf / $FLOW" \
		"hlim=63 / udp sport=$SPORT dport=53 / data 1000"
	pkt recv client 200 > /dev/null
	check_eq "$REPLY" none "the client was told"
	ask 66 1500
	pkt recv server 2000 > /dev/null
	size=${REPLY##* data }
	[ "${size%% *}" -lt 1360 ]
	check_err $? "a fragment has $size bytes of data"
	pkt recv server 2000 > /dev/null
	arrived 66 1500

	# About a server that is none, it is nothing to us.
	pkt send server "ip6 src=2001:db8:2::9 dst=2001:db8:2::111 /" \
		"icmp6 type=2 code=0 mtu=1300 /" \
		"${OUTER6/$RS6/2001:db8:2::114} / frag id=7 mf / $FLOW" \
		"hlim=63 / udp sport=$SPORT dport=53 / data 1000"
	check_eq "$(ip -n "$DIRECTOR" -6 route get 2001:db8:2::114 |
		    grep -o 'mtu [0-9]*')" "" "a forged MTU"
	ip -n "$DIRECTOR" -6 route flush cache
	all
	log_test "policy: a narrow link behind a tunnel"
}

# limited WHICH: clients are told of 1400, whatever the path takes.
limited()
{
	policy "$1" --mtu 1400
	ask "$1" 1400 df
	pkt recv "$(server_of "$1")" 2000 > /dev/null
	check_match "$REPLY" " / udp .*/ data $((1400 - LEN))$" "$1: 1400 bytes"
	told "$1" 1401 df 1400
	policy "$1"
	ask "$1" 1401 df
	pkt recv "$(server_of "$1")" 2000 > /dev/null
	check_match "$REPLY" " / udp .*/ data $((1401 - LEN))$" "$1: no limit"
}

limit()
{
	limited 44
	limited 46
	limited 64
	limited 66
	policy 44 --mtu 1400
	whole 44 1480 "" "$OUTER"
	# The path has the last word.
	mtu 1300
	told 44 1281 df 1280
	mtu 1500
	policy 44

	KEY[44]=$VIP:55
	limited 44
	KEY[44]=$VIP:56
	limited 44
	KEY[66]="[$VIP6]:55"
	limited 66
	KEY[44]=$VIP:53 KEY[66]="[$VIP6]:53"
	log_test "policy: mtu"
}

# again SIZE: of the last connection
again()
{
	local i

	for ((i = 0; i < 3; i++)); do
		pkt send client "$FLOW / udp sport=$SPORT dport=53 /" \
			"data $(($1 - LEN))"
	done
}

# A policy is obeyed at once by connections that were fast, which go on without
# the fast path, and take it again when it is gone.
fast()
{
	ask 44 100
	again 100
	paths
	again 100
	took "default" "3 fast"
	policy 44 --tun-df set
	pkt drain server4 > /dev/null
	again 100
	took "set" "3 way"
	pkt recv server4 2000 > /dev/null
	check_match "$REPLY" "^$OUTER df / " "set"
	policy 44 --mtu 1400
	again 100
	took "mtu" "3 way"
	policy 44 --tun-df inherit
	again 100
	took "inherit" "2 fast 1 way"
	policy 44
	log_test "policy: the fast path"
}

# --- MSS ------------------------------------------------------------------

# syn WIRE FROM TO FLAGS OPTIONS SEEN_AT SEEN: what becomes of the options
syn()
{
	local ip=ip

	[[ $2 != *:* ]] || ip=ip6
	pkt drain "$6" > /dev/null
	pkt send "$1" "$ip src=${2% *} dst=${3% *} / tcp sport=${2#* }" \
		"dport=${3#* } flags=$4 opts=$5 ${8-}"
	pkt recv "$6" 2000 "tcp .*flags=$4 " > /dev/null
	check_match "$REPLY" " / tcp .*flags=$4 opts=$7${8:+ $8}$" \
		    "$2 $3: $4 with $5"
}

# mss N: the option
mss()
{
	printf 0204%04x "$1"
}

# By NAT both ends are told what fits.
clamp_nat()
{
	local c="192.168.1.5 3001" s="172.16.32.110 8080" v="$VIP 80"
	local o

	mtu 1400
	lbctl -E -t "$VIP:80" -s rr --mss-clamp
	syn client4 "$c" "$v" S "$(mss 1460)" server4 "$(mss 1360)"
	syn server4 "$s" "$c" SA "$(mss 1460)" client4 "$(mss 1360)"
	syn client4 "${c/3001/3002}" "$v" S "$(mss 1361)" server4 "$(mss 1360)"
	for o in "$(mss 1360)" "$(mss 536)" 01010101 08020101 "00$(mss 1460)0000" \
		 02030201 0303070303070204; do
		[ $((${#o} % 8)) -eq 0 ] || o+=$(printf '0%.0s' \
						 $(seq $((8 - ${#o} % 8))))
		syn client4 "${c/3001/3003}" "$v" S "$o" server4 "$o"
	done
	# At an odd offset, behind others, twice; and a wrong checksum stays so.
	syn client4 "${c/3001/3004}" "$v" S "01$(mss 1460)010101" server4 \
		"01$(mss 1360)010101"
	syn client4 "${c/3001/3005}" "$v" S "030307$(mss 9000)04" server4 \
		"030307$(mss 1360)04"
	syn client4 "${c/3001/3006}" "$v" S "$(mss 1460)$(mss 65535)" server4 \
		"$(mss 1360)$(mss 1360)"
	syn client4 "${c/3001/3007}" "$v" S "$(mss 1460)" server4 "$(mss 1360)" \
		csum=bad

	lbctl -E -t "$VIP:80" -s rr --mss-clamp --mtu 1300
	syn client4 "${c/3001/3008}" "$v" S "$(mss 1460)" server4 "$(mss 1260)"
	syn server4 "$s" "${c/3001/3008}" SA "$(mss 1460)" client4 "$(mss 1260)"
	lbctl -E -t "$VIP:80" -s rr
	syn client4 "${c/3001/3009}" "$v" S "$(mss 1460)" server4 "$(mss 1460)"
	syn server4 "$s" "${c/3001/3009}" SA "$(mss 1460)" client4 "$(mss 1460)"

	lbctl -E -t "[$VIP6]:80" -s rr --mss-clamp
	c="2001:db8:1::5 3001" s="2001:db8:2::110 8080"
	syn client "$c" "$VIP6 80" S "$(mss 1440)" server "$(mss 1340)"
	syn server "$s" "$c" SA "01$(mss 1440)010101" client \
		"01$(mss 1340)010101"
	mtu 1500
	log_test "MSS: NAT"
}

# Where the real server's SYN passes the director as a router, it is changed,
# too; the tunnel's headers count.
clamp_tunnel()
{
	local c="192.168.1.5 3001" c6="2001:db8:1::5 3001"

	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth1.accept_local=1
	lbctl -E -t "$VIP:81" -s rr --mss-clamp
	lbctl -E -t "[$VIP6]:81" -s rr --mss-clamp
	syn client4 "$c" "$VIP 81" S "$(mss 1460)" server4 "$(mss 1440)"
	syn server4 "$VIP 81" "$c" SA "$(mss 1460)" client4 "$(mss 1440)"
	syn client "$c6" "$VIP6 81" S "$(mss 1440)" server "$(mss 1400)"
	syn server "$VIP6 81" "$c6" SA "$(mss 1440)" client "$(mss 1400)"

	# IPv6 through IPv4, and the other way
	lbctl -d -t "[$VIP6]:81" -r "[$RS6]"
	lbctl -a -t "[$VIP6]:81" -r "$RS" -i
	syn client "${c6/3001/3002}" "$VIP6 81" S "$(mss 1440)" server4 \
		"$(mss 1420)"
	lbctl -d -t "$VIP:81" -r "$RS"
	lbctl -a -t "$VIP:81" -r "[$RS6]" -i
	syn client4 "${c/3001/3002}" "$VIP 81" S "$(mss 1460)" server \
		"$(mss 1420)"
	lbctl -d -t "$VIP:81" -r "[$RS6]"
	lbctl -a -t "$VIP:81" -r "$RS" -i
	lbctl -d -t "[$VIP6]:81" -r "$RS"
	lbctl -a -t "[$VIP6]:81" -r "[$RS6]" -i
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth1.accept_local=0
	log_test "MSS: tunnels"
}

clamp_dr()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table ip lbmark {
		chain pre {
			type filter hook prerouting priority -150
			tcp dport 82 meta mark set 7
		}
	}
	END
	mtu 1400
	lbctl -E -f 7 -s rr --mss-clamp
	syn client4 "192.168.1.5 3001" "$VIP 82" S "$(mss 1460)" server4 \
		"$(mss 1360)"
	mtu 1500
	in_ns "$DIRECTOR" nft delete table ip lbmark
	log_test "MSS: direct routing, by mark"
}

# upload ADDRESS: real stacks at both ends, whose SYNs have checksums that are
# still to be completed. In $DROPS, how often the client had to be told.
upload()
{
	local before sum

	ip -n "$CLIENT" route flush cache
	ip -n "$CLIENT" -6 route flush cache
	before=$(drops too-big)
	sum=$(in_ns "$CLIENT" curl -s -g -m 60 -H Expect: --data-binary \
	      "@$TMP/big" "http://$1:81/cgi-bin/sum")
	check_eq "$sum" "$SUM" "$1: an upload"
	DROPS=$(($(drops too-big) - before))
}

# With it, nobody has to be told; without it, the client has.
transfers()
{
	local vip

	real_client
	for vip in $VIP "[$VIP6]"; do
		lbctl -E -t "$vip:81" -s rr --mss-clamp
		upload "$vip"
		check_eq "$DROPS" 0 "$vip: dropped with mss-clamp"
		lbctl -E -t "$vip:81" -s rr
		upload "$vip"
		[ "$DROPS" -gt 0 ]
		check_err $? "$vip: nobody was told without mss-clamp"
		lbctl -E -t "$vip:81" -s rr --tun-df unset
		upload "$vip"
		check_eq "$DROPS" 0 "$vip: dropped with tun-df unset"
	done
	log_test "policy: transfers between real stacks"
}

# refused MESSAGE WORD...: of a service
refused()
{
	local out

	out=$(lbctl "${@:2}" 2>&1)
	check_eq $? 1 "${*:2}: exit code"
	check_match "$out" "$1" "${*:2}"
}

refusals()
{
	local before

	before=$(lbctl service show)
	refused "neither 0 nor 68.*attribute mtu" service set udp "$VIP:53" mtu 67
	refused "neither 0 nor 68.*attribute mtu" service set udp \
		"[$VIP6]:53" mtu 1279
	refused "is for TCP.*attribute mss-clamp" service set udp "$VIP:53" \
		mss-clamp
	check_eq "$(lbctl service show)" "$before" "something changed"
	log_test "policy: refusals"
}

# What is saved is restored; of what is default nothing is said.
saved()
{
	local before

	lbctl -C
	services
	check_eq "$(lbctl -S -n | grep -c -e --tun-df -e --mtu -e --mss)" 0 \
		 "defaults are saved"
	lbctl -E -t "$VIP:80" -s rr --tun-df set --mtu 1400 --mss-clamp
	lbctl -E -f 7 -s rr --tun-df inherit --mss-clamp
	check_match "$(lbctl -S -n)" "-A -t $VIP:80 -s rr --tun-df set --mtu 1400 \
--mss-clamp" "saved"
	check_match "$(lbctl -L -n -t "$VIP:80")" \
		    "TCP +$VIP:80 rr tun-df set mtu 1400 mss-clamp" "listed"
	check_match "$(lbctl -j service show tcp "$VIP:80")" \
		    '"tun-df":"set","mtu":1400,"mss-clamp":true' "JSON"
	before=$(lbctl -S -n)
	lbctl -C
	lbctl -R <<< "$before"
	check_eq "$(lbctl -S -n)" "$before" "restored"
	lbctl service show | sed 's/^/service add /' > "$TMP/words"
	lbctl dest show | sed 's/^/dest add /' >> "$TMP/words"
	lbctl -C
	lbctl -b "$TMP/words"
	check_eq "$(lbctl -S -n)" "$before" "restored from words"
	lbctl -R --replace <<< "${before//--mtu 1400}"
	check_eq "$(lbctl -S -n | grep -c -- --mtu)" 0 "replaced"
	log_test "policy: saved, listed and restored"
}

services()
{
	lbctl -R <<- END
	-A -u $VIP:53 -s rr
	-a -u $VIP:53 -r $RS -i
	-A -u $VIP:54 -s rr
	-a -u $VIP:54 -r [$RS6] -i
	-A -u [$VIP6]:53 -s rr
	-a -u [$VIP6]:53 -r [$RS6] -i
	-A -u [$VIP6]:54 -s rr
	-a -u [$VIP6]:54 -r $RS -i
	-A -u $VIP:55 -s rr
	-a -u $VIP:55 -r 172.16.32.110:53 -m
	-A -u $VIP:56 -s rr
	-a -u $VIP:56 -r 172.16.32.112 -g
	-A -u [$VIP6]:55 -s rr
	-a -u [$VIP6]:55 -r [2001:db8:2::110]:53 -m
	-A -t $VIP:80 -s rr
	-a -t $VIP:80 -r 172.16.32.110:8080 -m
	-A -t [$VIP6]:80 -s rr
	-a -t [$VIP6]:80 -r [2001:db8:2::110]:8080 -m
	-A -t $VIP:81 -s rr
	-a -t $VIP:81 -r $RS -i
	-A -t [$VIP6]:81 -s rr
	-a -t [$VIP6]:81 -r [$RS6] -i
	-A -f 7 -s rr
	-a -f 7 -r 172.16.32.112 -g
	END
}

# The real server's kernel: devices that unwrap, the virtual addresses, sockets.
# What it answers goes nowhere.
real_server()
{
	modprobe -a ipip sit ip6_tunnel
	ns_sysctl "$SERVERS" net.ipv6.conf.{all,default}.addr_gen_mode=1
	enable_ipv6 "$SERVERS"
	{
		echo addr add "$RS"/16 dev eth0
		echo addr add "$RS6"/64 dev eth0 nodad
		echo neigh add 172.16.32.9 lladdr 02:00:00:00:00:99 dev eth0
		echo neigh add 2001:db8:2::9 lladdr 02:00:00:00:00:99 dev eth0
		echo route add default via 172.16.32.9
		echo route add default via 2001:db8:2::9
		echo addr add "$VIP"/32 dev lo
		echo addr add "$VIP6"/128 dev lo nodad
		echo link add t4 type ipip local "$RS" remote 172.16.32.111
		echo link set t4 up
		echo link add s4 type sit local "$RS" remote 172.16.32.111
		echo link set s4 up
		echo link add t6 type ip6tnl mode any local "$RS6" \
		     remote 2001:db8:2::111 encaplimit none
		echo link set t6 up
	} | ip -n "$SERVERS" -b -
	ns_sysctl "$SERVERS" net.ipv4.conf.{all,t4,s4,t6}.rp_filter=0 \
		net.ipv4.conf.all.arp_{ignore=1,announce=2}
	pkt udp_serve "$SERVERS" "$VIP" 53 rs
	pkt udp_serve "$SERVERS" "$VIP" 54 rs
	pkt udp_serve "$SERVERS" "$VIP6" 53 rs
	pkt udp_serve "$SERVERS" "$VIP6" 54 rs
}

# The client's, which is not there before, as it would answer crafted packets.
# Now, answers come back by the director.
real_client()
{
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth1.accept_local=1
	ip -n "$SERVERS" route replace default via 172.16.32.111
	ip -n "$SERVERS" neigh add 2001:db8:2::111 lladdr 02:00:00:00:00:d1 \
		dev eth0
	ip -n "$SERVERS" route replace default via 2001:db8:2::111
	random_file 256 "$TMP/big"
	SUM=$(sha256sum < "$TMP/big")
	enable_ipv6 "$CLIENT"
	net_addr "$CLIENT" eth0 192.168.1.5/24
	net_addr6 "$CLIENT" eth0 2001:db8:1::5/64
	web_server "$SERVERS" 81 rs
	mkdir -p "$TMP/www/$SERVERS-81/cgi-bin"
	cat > "$TMP/www/$SERVERS-81/cgi-bin/sum" <<- 'END'
	#!/bin/sh
	printf 'Content-Type: text/plain\r\n\r\n'
	head -c "$CONTENT_LENGTH" | sha256sum
	END
	chmod +x "$TMP/www/$SERVERS-81/cgi-bin/sum"
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119 # no words
topo_wire6
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
services
tests_run clamp_nat clamp_tunnel clamp_dr default inherit always never narrow \
	limit fast transfers refusals saved
