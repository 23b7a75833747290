#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
# CPUs: 1
#
# FTP by NAT: packet by packet, then real clients and servers, active and
# passive, IPv4 and IPv6, with virtual addresses of every length.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# --- packet by packet ---------------------------------------------------

CLIENT_IP=192.168.1.5
SERVER_IP=172.16.32.110
FTP_PORT=21

# hex TEXT: in $HEXED; with escapes as printf has them, and without a process.
declare -A KNOWN_HEX
hex()
{
	local text=$1 byte

	HEXED=${KNOWN_HEX[x$1]-}
	[ -z "$HEXED" ] || return 0
	while [ -n "$text" ]; do
		case $text in
		'\r'*)	byte=0d text=${text:2} ;;
		'\n'*)	byte=0a text=${text:2} ;;
		\\[0-7][0-7][0-7]*)
			printf -v byte %02x $((8#${text:1:3}))
			text=${text:4}
			;;
		*)	printf -v byte %02x "'$text"
			text=${text:1}
			;;
		esac
		HEXED+=$byte
	done
	KNOWN_HEX[x$1]=$HEXED
}

# data TEXT: the layer, in $DATA; nothing if there is none
data()
{
	DATA=()
	[ -z "$1" ] || {
		hex "$1"
		DATA=("/ data hex=$HEXED")
	}
}

# What is of VIP's family: the layer, and how its time to live arrives.
family()
{
	case $VIP in
	*:*)
		IP=ip6
		TTL=hlim=63
		;;
	*)
		IP=ip
		TTL=ttl=63
		;;
	esac
}

# wires [MODE]: the two ends
wires()
{
	pkt open client "$CLIENT" eth0 02:00:00:00:00:d0 "$@"
	pkt open server "$SERVERS" eth0 02:00:00:00:00:d1 "$@"
}

# open_control PORT: the client's control connection to $VIP, from that port
open_control()
{
	PORT=$1
	from_client 99 0 S
	pkt recv server 2000 tcp > /dev/null
	from_server 299 100 SA
	pkt recv client 2000 tcp > /dev/null
	from_client 100 300 A
	pkt recv server 2000 tcp > /dev/null
}

# from_client SEQ ACK FLAGS [TEXT [OPTIONS]], and the same from the server
from_client()
{
	family
	data "${4-}"
	pkt send client "$IP" "src=$CLIENT_IP dst=$VIP / tcp" \
		"sport=$PORT dport=$FTP_PORT seq=$1 ack=$2 flags=$3" \
		${5:+opts=$5} "${DATA[@]}"
}

from_server()
{
	family
	data "${4-}"
	pkt send server "${WISH-}" "$IP" \
		"src=$SERVER_IP dst=$CLIENT_IP / tcp" \
		"sport=$FTP_PORT dport=$PORT seq=$1 ack=$2 flags=$3" "${DATA[@]}"
}

# at_client SEQ ACK FLAGS [TEXT]: that is what arrives; at_server likewise
at_client()
{
	family
	data "${4-}"
	expect_packet client "$IP" "src=$VIP dst=$CLIENT_IP" "$TTL" \
		"/ tcp sport=$FTP_PORT dport=$PORT seq=$1 ack=$2 flags=$3" \
		"${DATA[@]}"
}

at_server()
{
	family
	data "${4-}"
	expect_packet server "$IP" "src=$CLIENT_IP dst=$SERVER_IP" \
		"$TTL" "/ tcp sport=$PORT dport=$FTP_PORT seq=$1 ack=$2 flags=$3" \
		${5:+opts=$5} "${DATA[@]}"
}

# say TEXT: the client does, and it arrives unchanged
say()
{
	from_client 100 300 PA "$1"
	at_server 100 300 PA "$1"
}

# knock SPORT DPORT: a SYN from there to there. What the server gets is $GOT.
knock()
{
	family
	pkt send client "$IP" "src=$CLIENT_IP dst=$VIP / tcp" \
		"sport=$1 dport=$2 seq=7 flags=S"
	pkt recv server "${3:-2000}" tcp > /dev/null
	GOT=$REPLY
}

# reaches SPORT DPORT SERVER_PORT
reaches()
{
	knock "$1" "$2"
	check_match "$GOT" "dst=$SERVER_IP .*tcp sport=$1 dport=$3 seq=7 " \
		"SYN from $1 to $2"
}

is_refused()
{
	knock "$1" "$2" 200
	check_eq "$GOT" none "SYN from $1 to $2"
	pkt drain client > /dev/null	# the director's reset
}

passive()
{
	VIP=192.168.1.111
	open_control 1000
	say 'PASV\r\n'
	from_server 300 106 PA \
		'227 Entering Passive Mode (172,16,32,110,78,33).\r\n'
	at_client 300 106 PA \
		'227 Entering Passive Mode (192,168,1,111,78,33).\r\n'
	check_match "$(lbctl -L -n -c)" \
		"LISTEN +192.168.1.5:0 +192.168.1.111:20001 +172.16.32.110:20001" \
		"listed"
	is_refused 1001 20000
	reaches 1001 20001 20001
	is_refused 1002 20001
	check_match "$(lbctl -L -n -c)" \
		"SYN_RECV +192.168.1.5:1001 +192.168.1.111:20001 +172.16.32.110:20001" \
		"the data connection"
	check_eq "$(lbctl -L -n -c | grep -c LISTEN)" 0 "still expected"
	lbctl conn flush
	log_test "passive: the client may connect once, to what it is told"
}

# A server has told its client to begin a data connection to port 20001.
told_passive()
{
	VIP=192.168.1.111
	open_control 1000
	say 'PASV\r\n'
	from_server 300 106 PA \
		'227 Entering Passive Mode (172,16,32,110,78,33).\r\n'
	pkt recv client 2000 tcp > /dev/null
}

# What must come encrypted begins no data connection, and takes no other's place.
in_clear()
{
	local before

	told_passive
	before=$(drops policy)
	ip -n "$DIRECTOR" xfrm policy add dir in src "$CLIENT_IP" dst "$VIP" \
		proto tcp dport 20001 action block
	check_err $? "policy"
	is_refused 1001 20001
	check_eq "$(drops policy)" $((before + 1)) "drops"
	ip -n "$DIRECTOR" xfrm policy flush
	reaches 1002 20001 20001
	lbctl conn flush
	log_test "passive: IPsec's policies are asked about the first packet, too"
}

# Nor does an ICMP error, which anybody may send.
by_error()
{
	told_passive
	setting schedule_icmp 1
	pkt send client "ip src=10.9.0.1 dst=$VIP / icmp type=3 code=1 /" \
		"ip src=$VIP dst=$CLIENT_IP / tcp sport=20001 dport=1001" \
		"flags=SA"
	expect_silence server
	setting schedule_icmp 0
	reaches 1002 20001 20001
	lbctl conn flush
	log_test "passive: an error about a data connection does not begin it"
}

active()
{
	VIP=192.168.1.111
	open_control 1000
	say 'PORT 192,168,1,5,4,1\r\n'
	check_match "$(lbctl -L -n -c)" \
		"LISTEN +192.168.1.5:1025 +192.168.1.111:20 +172.16.32.110:20" \
		"listed"
	pkt send server "ip src=$SERVER_IP dst=$CLIENT_IP / tcp sport=20" \
		"dport=1025 seq=5 flags=S"
	expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=63 / tcp sport=20" \
		"dport=1025 seq=5 ack=0 flags=S"
	pkt send client "ip src=$CLIENT_IP dst=$VIP / tcp sport=1025 dport=20" \
		"seq=8 ack=6 flags=SA"
	expect_packet server "ip src=$CLIENT_IP dst=$SERVER_IP ttl=63 / tcp" \
		"sport=1025 dport=20 seq=8 ack=6 flags=SA"
	lbctl conn flush
	log_test "active: the server's port 20 becomes that of the service"
}

# The client's sequence numbers go on from 327, the server's from 329, where the
# reply was made longer by two.
SHORT="227 (172,16,32,110,78,33)\\r\\n"

longer()
{
	local long="227 (192,168,100,200,78,33)\\r\\n"

	VIP=192.168.100.200
	open_control 1000
	say 'pasv\r\n'
	from_server 300 106 PA "$SHORT"
	at_client 300 106 PA "$long"
	# It is sent again, and so is what was before it.
	from_server 300 106 PA "$SHORT"
	at_client 300 106 PA "$long"
	from_server 299 100 SA
	at_client 299 100 SA
	from_server 327 106 PA 'x\r\n'
	at_client 329 106 PA 'x\r\n'
	from_client 106 300 A
	at_server 106 300 A
	from_client 106 329 A
	at_server 106 327 A
	from_client 106 332 A "" 0101050a000001490000014c
	at_server 106 330 A "" 0101050a000001470000014a
	# Once more: both changes count behind the second.
	from_client 106 332 PA 'EPSV\r\n'
	at_server 106 330 PA 'EPSV\r\n'
	from_server 330 112 PA "$SHORT"
	at_client 332 112 PA "$long"
	from_server 357 112 A
	at_client 361 112 A
	from_client 112 361 FA
	at_server 112 357 FA
	from_server 357 113 R
	at_client 361 113 R
	# The port is used again: nothing of that is left.
	open_control 1000
	from_server 400 100 PA 'x\r\n'
	at_client 400 100 PA 'x\r\n'
	from_client 100 403 A
	at_server 100 403 A
	lbctl conn flush
	log_test "a longer address: sequence numbers, acknowledgements, SACK"
}

shorter()
{
	local short="227 (192,168,1,9,78,33)\\r\\n"

	VIP=192.168.1.9
	open_control 1000
	say 'PASV\r\n'
	from_server 300 106 PA "$SHORT"
	at_client 300 106 PA "$short"
	from_client 106 325 A
	at_server 106 327 A
	from_server 327 106 PA 'x\r\n'
	at_client 325 106 PA 'x\r\n'
	lbctl conn flush
	log_test "a shorter address"
}

# As one packet that is to be cut, with other replies in it.
several()
{
	local long="227 (192,168,100,200,78,33)\\r\\n"

	wires whole

	VIP=192.168.100.200
	open_control 1000
	say 'TYPE I\r\nPASV\r\nNOOP\r\n'
	WISH=gso=20
	from_server 300 120 PA "200 ok\\r\\n${SHORT}200 ok\\r\\n"
	WISH=""
	pkt recv client 2000 tcp > /dev/null
	hex "200 ok\\r\\n${long}200 ok\\r\\n"
	check_match "$REPLY" "seq=300 ack=120 .*$HEXED" "one packet"
	reaches 1001 20001 20001
	wires
	from_server 343 120 A
	at_client 345 120 A
	lbctl conn flush
	log_test "several commands and replies in a packet"
}

# left_alone COMMAND REPLY PORT: the server may say so, but nothing comes of it.
left_alone()
{
	open_control $((PORT + 1))
	if [ -n "$1" ]; then
		from_client 100 300 PA "$1"
		pkt recv server 2000 tcp > /dev/null
	fi
	if [ -n "$2" ]; then
		from_server 300 106 PA "$2"
		at_client 300 106 PA "$2"
	fi
	[[ $(lbctl -L -n -c) != *LISTEN* ]]
	check_err $? "$1 $2: connections"
}

hostile()
{
	local s

	VIP=192.168.1.111
	PORT=1000
	for s in 'PORT 192,168,1,6,4,1' 'PORT 172,16,32,112,4,1' \
		 'PORT 192,168,1,5,0,0' 'PORT 192,168,1,5,4' 'PORT' 'PORT ' \
		 'PORT 192,168,1,5,4,256' 'PORT 192,168,1,261,4,1' \
		 'PORT 192,168,1,5,4,-1' 'PORT 4294967488,168,1,5,4,1' \
		 'PORT192,168,1,5,4,1' 'XPORT 192,168,1,5,4,1' \
		 'PORT 192,168\000,1,5,4,1' \
		 'EPRT |1|192.168.1.6|1025|' 'EPRT |2|2001:db8::1|1025|' \
		 'EPRT |1|192.168.1.5|1025' 'EPRT |1|192.168.1.5|' \
		 'EPRT |1|192.168.1.5|65536|' 'EPRT |1|192.168.1.5|0|' \
		 'EPRT |1|192.168.1.5!1025|' 'EPRT ||||' 'EPRT |1|' 'EPRT ' \
		 'EPRT |1|192.168.1.5.7|1025|' 'EPRT |1||1025|' \
		 'EPRT |1|192.168.1.5|99999999999999999999|'; do
		left_alone "$s\\r\\n" ""
	done
	left_alone 'PORT 192,168,1,5,4,1' ""
	for s in '227 (172,16,32,112,78,33)' '227 (10,0,0,1,78,33)' \
		 '227 (172,16,32,110,3,255)' '227 (172,16,32,110,0,22)' \
		 '227 (172,16,32,110,256,1)' '227 (172,16,32,110,78)' \
		 '227 ' '227' '227 (,,,,,)' '229 (|||20)' '229 (|||20001)' \
		 '229 (|||65536|)' '229 (|||1023|)' '229 (||20001|)' '229 (' \
		 '229 ()' '229 (|' '229 (|||' '229 (|||-1|)' \
		 '227-(172,16,32,110,78,33)' ' 227 (172,16,32,110,78,33)' \
		 '211-a\r\n227 (172,16,32,110,78,33)'; do
		left_alone 'PASV\r\n' "$s\\r\\n"
	done
	left_alone 'PASV\r\n' '227 (172,16,32,110,78,33)'
	# Not asked for
	left_alone "" "$SHORT"
	left_alone 'NOOP\r\n' "$SHORT"
	lbctl conn flush
	log_test "malformed commands, and addresses of others, are left alone"
}

# A header that says it is longer than the packet, and one that is too short.
# No text is there then.
malformed_header()
{
	VIP=192.168.1.111
	open_control 1000
	hex 'PASV\r\n'
	for doff in f 0 4; do
		pkt send client "patch=32:${doff}0" "ip src=$CLIENT_IP" \
			"dst=$VIP / tcp sport=1000 dport=21 seq=100 ack=300" \
			"flags=PA / data hex=$HEXED"
		pkt recv server 2000 tcp > /dev/null
		check_match "$REPLY" "dst=$SERVER_IP" "offset $doff"
	done
	lbctl conn flush
	log_test "malformed TCP headers"
}

# Another server tells the same client the same port: it becomes 10000, which is
# longer, and with IPv6, too.
same_port()
{
	VIP=192.168.1.8
	open_control 1000
	say 'EPSV\r\n'
	from_server 300 106 PA '229 (|||9999|)\r\n'
	at_client 300 106 PA '229 (|||9999|)\r\n'
	SERVER_IP=172.16.32.112
	open_control 1001
	say 'EPSV\r\n'
	from_server 300 106 PA '229 (!!!9999!)\r\n'
	at_client 300 106 PA '229 (!!!10000!)\r\n'
	from_server 316 106 A
	at_client 317 106 A
	reaches 2001 10000 9999
	SERVER_IP=172.16.32.110
	reaches 2002 9999 9999
	lbctl conn flush
	log_test "two servers tell a client the same port"
}

# Data connections keep the control connection; what is expected ends with it.
ends()
{
	VIP=192.168.1.111
	open_control 1000
	say 'PASV\r\n'
	from_server 300 106 PA "$SHORT"
	pkt recv client 2000 tcp > /dev/null
	from_client 106 327 R
	pkt recv server 2000 tcp > /dev/null
	is_refused 1001 20001
	lbctl conn flush

	lbctl --set 1 0 0
	open_control 1000
	say 'PORT 192,168,1,5,4,1\r\n'
	open_control 1002
	busywait 10000 control_is_gone 1002
	check_err $? "a control connection without data does not end"
	control_is_gone 1000
	check_fail $? "one with data does not last"
	lbctl --set 900 0 0
	lbctl conn flush
	log_test "control connections last as long as their data, and not more"
}

control_is_gone()
{
	! lbctl -L -n -c | grep -q " 192.168.1.5:$1 .*:21 "
}

# The fast path is for data only.
paths_taken()
{
	local n

	VIP=192.168.1.111
	open_control 1000
	say 'PASV\r\n'
	from_server 300 106 PA "$SHORT"
	pkt recv client 2000 tcp > /dev/null
	reaches 1001 20001 20001
	paths
	from_client 106 327 A
	pkt recv server 2000 tcp > /dev/null
	from_server 327 106 A
	pkt recv client 2000 tcp > /dev/null
	took "control connection" "2 protocol"
	for n in 1 2 3; do
		pkt send client "ip src=$CLIENT_IP dst=$VIP / tcp sport=1001" \
			"dport=20001 seq=$n ack=1 flags=A"
		pkt recv server 2000 tcp > /dev/null
	done
	paths
	check_match "$TAKEN" "[0-9] fast" "data connection"
	lbctl conn flush
	log_test "paths"
}

ipv6_packets()
{
	local vip=$VIP client_ip=$CLIENT_IP server_ip=$SERVER_IP

	VIP=2001:db8:1::111
	CLIENT_IP=2001:db8:1::5
	SERVER_IP=2001:db8:2::110
	wires ipv6
	open_control 1000
	say 'EPRT |2|2001:db8:1::5|1025|\r\n'
	pkt send server "ip6 src=$SERVER_IP dst=$CLIENT_IP / tcp sport=20" \
		"dport=1025 seq=5 flags=S"
	expect_packet client "ip6 src=$VIP dst=$CLIENT_IP hlim=63 / tcp" \
		"sport=20 dport=1025 seq=5 ack=0 flags=S"
	from_client 129 300 PA 'EPSV\r\n'
	at_server 129 300 PA 'EPSV\r\n'
	from_server 300 135 PA '229 (|||9999|)\r\n'
	at_client 300 135 PA '229 (|||9999|)\r\n'
	SERVER_IP=2001:db8:2::112
	open_control 1001
	say 'EPSV\r\n'
	from_server 300 106 PA '229 (|||9999|)\r\n'
	at_client 300 106 PA '229 (|||10000|)\r\n'
	from_server 316 106 A
	at_client 317 106 A
	from_client 106 317 A
	at_server 106 316 A
	reaches 2001 10000 9999
	lbctl conn flush
	left_alone 'EPRT |2|2001:db8:1::6|1025|\r\n' ""
	left_alone 'EPRT |1|192.168.1.5|1025|\r\n' ""
	left_alone 'PORT 192,168,1,5,4,1\r\n' ""
	VIP=$vip CLIENT_IP=$client_ip SERVER_IP=$server_ip
	lbctl conn flush
	log_test "IPv6"
}

# --- real ones ----------------------------------------------------------

# vsftpd of $RS1 and $RS2: IPv6 and IPv4 at one socket
ftp_servers()
{
	local rs root

	for rs in "$RS1" "$RS2"; do
		root=$TMP/ftp-$rs
		mkdir -p "$root/in" "$root/many" "$root/empty"
		cp "$TMP/big" "$root/big"
		(cd "$root/many" && seq -f 'a-file-with-a-long-name-%g' 500 |
			busybox xargs touch)
		cp "$TMP"/small.* "$root/many"
		echo "$rs" > "$root/name"
		chmod 755 "$TMP" "$root"
		chmod 777 "$root/in"
		cat > "$root.conf" << END
listen=NO
listen_ipv6=YES
background=NO
anonymous_enable=YES
anon_root=$root
no_anon_password=YES
anon_upload_enable=YES
write_enable=YES
connect_from_port_20=YES
ftp_username=ftp
nopriv_user=nobody
secure_chroot_dir=$root/empty
seccomp_sandbox=NO
isolate=NO
isolate_network=NO
hide_ids=YES
END
		in_ns "$rs" "$(command -v vsftpd)" "$root.conf" \
			> "$root.log" 2>&1 &
		background $!
		busywait 20000 port_listens "$rs" 21
		check_err $? "vsftpd does not listen: $(cat "$root.log")"
	done
}

# vip ADDRESS...: a service with both servers
ftp_service()
{
	local vip first=172.16.32.110:21 second=172.16.32.112:21

	for vip in "$@"; do
		if [[ $vip = \[* ]]; then
			first="[2001:db8:2::110]:21"
			second="[2001:db8:2::112]:21"
		fi
		lbctl -A -t "$vip:21" -s rr
		lbctl -a -t "$vip:21" -r "$first" -m
		lbctl -a -t "$vip:21" -r "$second" -m
	done
}

# The module parameter names the ports, 21 is not among them any more.
other_ports()
{
	local answer port

	lb_unload
	insmod_tested "$LB_KO" ftp_ports=2121,2122
	check_err $? "the module does not load"
	VIP=192.168.1.111
	wires
	for FTP_PORT in 21 2121 2122 2123; do
		lbctl -A -t "$VIP:$FTP_PORT" -s rr
		lbctl -a -t "$VIP:$FTP_PORT" -r "$SERVER_IP" -m
		open_control 1000
		port=$((FTP_PORT % 200))
		say 'PASV\r\n'
		from_server 300 106 PA \
			"227 Entering Passive Mode (172,16,32,110,78,$port).\\r\\n"
		answer=172,16,32,110
		[[ $FTP_PORT != 212[12] ]] || answer=192,168,1,111
		at_client 300 106 PA \
			"227 Entering Passive Mode ($answer,78,$port).\\r\\n"
	done
	FTP_PORT=21
	lb_unload
	lb_insmod
	log_test "ftp_ports: the helper is where it was put"
}

set_up_real()
{
	cleanup_all_ns
	topo_nat6
	ip -n "$DIRECTOR" addr add 192.168.1.9/24 dev eth0
	ip -n "$DIRECTOR" addr add 192.168.100.200/24 dev eth0
	ip -n "$CLIENT" route add 192.168.100.200 via 192.168.1.111
	ftp_servers
	ftp_service 192.168.1.111 192.168.1.9 192.168.100.200 \
		'[2001:db8:1::111]'
}

# get VIP CURL_OPTION...: the large file of each server, and a long listing
get()
{
	local vip=$1 url=ftp://$1 sums n

	shift
	for n in 1 2; do
		sums+=$(in_ns "$CLIENT" curl -sg -m 120 "$@" "$url/big" |
			busybox sha256sum)
	done
	check_eq "$sums" "$SUM$SUM" "$vip $*: files"
	check_eq "$(in_ns "$CLIENT" curl -slg -m 120 "$@" "$url/many/" |
		    grep -c '^a-file-with')" 500 "$vip $*: listing"
	n=$(in_ns "$CLIENT" curl -sg -m 60 "$@" "$url/name" "$url/name" |
	    sort -u | wc -l)
	check_eq "$n" 1 "$vip $*: one session has two servers"
}

real_passive()
{
	set_up_real
	get 192.168.1.111 --disable-epsv
	get 192.168.1.9 --disable-epsv
	get 192.168.100.200 --disable-epsv
	get 192.168.100.200
	log_test "vsftpd and curl, passive: PASV and EPSV"
}

real_active()
{
	get 192.168.1.111 -P - --disable-eprt
	get 192.168.100.200 -P -
	check_match "$(lbctl -L -n -c)" \
		"192.168.1.5:[0-9]+ +192.168.1.111:20 +172.16.32.11[02]:20" \
		"data connection"
	log_test "active: PORT and EPRT"
}

real_ipv6()
{
	get '[2001:db8:1::111]'
	get '[2001:db8:1::111]' -P -
	log_test "IPv6: EPSV and EPRT"
}

# lftp COMMANDS: the real one. The cache would tell of another server's files.
lftp_says()
{
	HOME=$TMP in_ns "$CLIENT" "$(command -v lftp)" -c "
		set net:timeout 30; set net:max-retries 2
		set cache:enable no; set ftp:use-feat no
		$1" 2>&1
}

# One session each, with many data connections, so that the sequence numbers are
# shifted further and further. Files go up and come down again.
real_sessions()
{
	local vip pid pids=() out=$TMP/out i
	local script

	for i in 1 2 3 4 5 6; do
		vip=192.168.100.200
		[ $((i % 2)) = 0 ] || vip=192.168.1.9
		script="set ftp:prefer-epsv no
			open $vip; cd in; mput -O . $TMP/small.*
			cd ../many; lcd $out.$i; mget small.*; ls"
		[ "$i" -lt 5 ] || script="set ftp:passive-mode no
			$script"
		mkdir -p "$out.$i"
		lftp_says "$script" > "$out.$i.log" &
		pids+=($!)
	done
	for pid in "${pids[@]}"; do
		wait "$pid"
		check_err $? "lftp: $(cat "$out".*.log | tail -n 20)"
	done
	for i in 1 2 3 4 5 6; do
		check_eq "$(cat "$out.$i"/small.* | sha256sum)" "$SUM_SMALL" \
			"session $i: files"
		check_eq "$(grep -c a-file-with "$out.$i.log")" 500 \
			"session $i: listing"
	done
	check_eq "$(cat "$TMP/ftp-$RS1"/in/small.* | sha256sum)" "$SUM_SMALL" \
		"files that went up"
	log_test "six sessions of lftp at once, up and down"
}

# No offload, so that every segment comes alone and with its checksum.
real_plain()
{
	local ns

	for ns in "$CLIENT" "$DIRECTOR" "$RS1" "$RS2"; do
		in_ns "$ns" ethtool -K eth0 tx off rx off tso off gso off \
			gro off > /dev/null
	done
	in_ns "$DIRECTOR" ethtool -K eth1 tx off rx off tso off gso off \
		gro off > /dev/null
	get 192.168.100.200 --disable-epsv
	get 192.168.1.9 -P - --disable-eprt
	get '[2001:db8:1::111]'
	log_test "without offloads"
}

# What worked before there was a helper: persistence brings data connections to
# where the control connection is.
real_persistent()
{
	lbctl -C
	lbctl -A -t 192.168.1.9:21 -s rr -p 60
	lbctl -a -t 192.168.1.9:21 -r 172.16.32.110:21 -m
	lbctl -a -t 192.168.1.9:21 -r 172.16.32.112:21 -m
	get_persistent
	lbctl -E -t 192.168.1.9:21 -s rr -p 60 -M 255.255.255.0
	get_persistent
	check_eq "$(drops clash)" "${CLASHES:-0}" "clashes"
	log_test "a persistent service"
}

get_persistent()
{
	local sum

	for _ in 1 2 3; do
		sum=$(in_ns "$CLIENT" curl -s -m 120 --disable-epsv \
			ftp://192.168.1.9/big | busybox sha256sum)
		check_eq "$sum" "$SUM" "file"
	done
}

lb_load || skip_all "the module does not load"
if ipvs_differs "FTP" "it has it in another module"; then
	exit
fi
modprobe -a xfrm_user 2> /dev/null
# shellcheck disable=SC2119
topo_wire6
wires
ip -n "$DIRECTOR" addr add 192.168.1.8/24 dev eth0
ip -n "$DIRECTOR" addr add 192.168.1.9/24 dev eth0
ip -n "$DIRECTOR" addr add 192.168.100.200/24 dev eth0
for address in 192.168.1.111 192.168.1.8 192.168.1.9 192.168.100.200 \
	'[2001:db8:1::111]'; do
	lbctl -A -t "$address:21" -s rr
done
for address in 192.168.1.111 192.168.1.9 192.168.100.200; do
	lbctl -a -t $address:21 -r 172.16.32.110 -m
done
lbctl -a -t 192.168.1.8:21 -r 172.16.32.112 -m
lbctl -a -t 192.168.1.8:21 -r 172.16.32.110 -m
lbctl -a -t '[2001:db8:1::111]:21' -r '[2001:db8:2::112]' -m
lbctl -a -t '[2001:db8:1::111]:21' -r '[2001:db8:2::110]' -m
random_file 1024 "$TMP/big"
SUM=$(busybox sha256sum < "$TMP/big")
for i in 1 2 3 4 5 6 7 8 9; do
	random_file "${i}0" "$TMP/small.$i"
done
SUM_SMALL=$(cat "$TMP"/small.* | sha256sum)
tests_run passive in_clear by_error active longer shorter several hostile malformed_header \
	same_port ends paths_taken ipv6_packets other_ports real_passive \
	real_active real_ipv6 real_sessions real_plain real_persistent
