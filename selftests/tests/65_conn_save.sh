#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Connections go to a file, the module goes and comes, and they go on.
#
# Kernels: debug quick

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"

# Its length is another than that of the server's address.
FTP_VIP=192.168.100.200
START='INVITE sip:b@192.168.1.111 SIP/2.0\r\n'

# family_services MARK [-6]
family_services()
{
	cat <<- END
	-A -t $VIP_HOST:80 -s rr
	-a -t $VIP_HOST:80 -r $(bracket "$RS"):8080 -m
	-A -t $VIP_HOST:81 -s rr
	-a -t $VIP_HOST:81 -r $(bracket "$RS_DR"):81 -g
	-A -t $VIP_HOST:82 -s rr
	-a -t $VIP_HOST:82 -r $(bracket "$RS_TUN"):82 -i
	-A -t $VIP_HOST:443 -s rr -p 300
	-a -t $VIP_HOST:443 -r $(bracket "$RS"):443 -m
	-a -t $VIP_HOST:443 -r $(bracket "$OTHER_RS"):443 -m
	-A -u $VIP_HOST:53 -s rr
	-a -u $VIP_HOST:53 -r $(bracket "$RS"):5353 -m
	-A -f $* -s rr -p 300
	-a -f $* -r $(bracket "$RS") -m
	END
}

services()
{
	family 6
	family_services 6 -6
	family 4
	family_services 4
	cat <<- END
	-A --sctp-service $VIP:84 -s rr
	-a --sctp-service $VIP:84 -r $RS:8084 -m
	-A -u $VIP:5060 -s rr -p 300 --pe sip
	-a -u $VIP:5060 -r $RS:5060 -m
	-a -u $VIP:5060 -r $OTHER_RS:5060 -m
	-A -t $FTP_VIP:21 -s rr
	-a -t $FTP_VIP:21 -r $RS:21 -m
	END
}

begin()
{
	# shellcheck disable=SC2119 # no words
	topo_wire6
	ip -n "$DIRECTOR" addr add "$FTP_VIP/32" dev eth0
	in_ns "$DIRECTOR" nft -f - <<- END
	table inet marks {
		chain in {
			type filter hook prerouting priority mangle
			ip daddr 192.168.1.111 tcp dport 90 meta mark set 4
			ip6 daddr 2001:db8:1::111 tcp dport 90 meta mark set 6
		}
	}
	END
	check_err $? "marks"
	services | lbctl -R
	check_err $? "services"
}

# to_server WHAT LAYER REGEX: from $CIP, or $FROM, to $VIP, or $TO
to_server()
{
	pkt send "$CL" "$IP src=${FROM:-$CIP} dst=${TO:-$VIP} / $2"
	pkt recv "$SV" 2000 > /dev/null
	check_match "$REPLY" "$3" "$1: at the server"
}

# to_client WHAT SERVER LAYER REGEX
to_client()
{
	pkt send "$SV" "$IP src=$2 dst=$CIP / $3"
	pkt recv "$CL" 2000 > /dev/null
	check_match "$REPLY" "$4" "$1: at the client"
}

# tcp WHAT PORT SERVER SERVER_PORT FLAGS
tcp()
{
	to_server "$1" "tcp sport=1000 dport=$2 flags=$5" \
		"dst=$3 .*tcp sport=1000 dport=$4 "
}

tcp_back()
{
	to_client "$1" "$3" "tcp sport=$4 dport=1000 flags=$5" \
		"src=$VIP .*tcp sport=$2 dport=1000 "
}

# nat COMMAND...: by NAT, both ways. $FLAGS are the client's, $BACK the server's.
nat()
{
	tcp "$@" "$FLAGS"
	tcp_back "$@" "$BACK"
}

# Everything that goes on; at the beginning, all of it is new.
family_talks()
{
	nat "NAT" 80 "$RS" 8080
	nat "persistent" 443 "${FIRST[$FAMILY]}" 443
	nat "mark" 90 "$RS" 90
	tcp "direct routing" 81 "$VIP" 81 "$FLAGS"
	tcp "tunnel" 82 "$RS_TUN .*/ .*dst=$VIP" 82 "$FLAGS"
	to_server "UDP" "udp sport=1000 dport=53 / data 10" \
		"dst=$RS .*udp sport=1000 dport=5353 "
	to_client "UDP" "$RS" "udp sport=5353 dport=1000 / data 10" \
		"src=$VIP .*udp sport=53 dport=1000 "
}

# Who is chosen first and second, of persistent services. The second client, and
# the second call, are with the second: who comes first afterwards would not be.
declare -A FIRST SECOND

# learn WHOM LAYER: who gets it
learn()
{
	to_server "who is chosen" "$2" " dst="
	REPLY=${REPLY#* dst=}
	printf -v "$1" %s "${REPLY%% *}"
}

family_begins()
{
	learn "FIRST[$FAMILY]" "tcp sport=999 dport=443 flags=S"
	FROM=$OTHER_CIP learn "SECOND[$FAMILY]" \
		"tcp sport=1001 dport=443 flags=S"
	check_fail "$([ "${FIRST[$FAMILY]}" = "${SECOND[$FAMILY]}" ]; echo $?)" \
		"both clients have one server"
	FLAGS=S BACK=SA family_talks
	FLAGS=A BACK=A family_talks
}

family_comes_back()
{
	FLAGS=A BACK=A family_talks
	FROM=$OTHER_CIP to_server "another client again" \
		"tcp sport=1002 dport=443 flags=S" "dst=${SECOND[$FAMILY]} "
}

# call N PORT: a message of that call
call()
{
	echo "udp sport=$2 dport=5060 / data" \
		"esc=$(escaped "${START}Call-ID: call$1\r\n\r\n")"
}

# ftp_server SEQ TEXT, ftp_client TEXT: on the control connection
ftp_server()
{
	pkt send "$SV" "ip src=$RS dst=$CIP / tcp sport=21 dport=1000" \
		"seq=$1 ack=106 flags=PA / data esc=$(escaped "$2")"
	pkt recv "$CL" 2000 > /dev/null
}

ftp_client()
{
	TO=$FTP_VIP to_server "FTP" \
		"tcp sport=1000 dport=21 seq=100 ack=300 flags=$1 ${2-}" \
		"dst=$RS .*dport=21 "
}

# The reply becomes longer by two on its way.
ftp_begins()
{
	ftp_client S
	to_client "FTP" "$RS" "tcp sport=21 dport=1000 flags=SA" "src=$FTP_VIP "
	ftp_client PA "/ data esc=$(escaped 'PASV\r\n')"
	ftp_server 300 '227 (172,16,32,110,78,33)\r\n'
	check_match "$REPLY" "seq=300 .*data" "FTP: the server's port"
}

ftp_goes_on()
{
	ftp_server 327 'x'
	check_match "$REPLY" "src=$FTP_VIP .*seq=329 " \
		"FTP: sequence numbers that were shifted"
	TO=$FTP_VIP to_server "FTP" \
		"tcp sport=1000 dport=21 seq=106 ack=330 flags=A" "ack=328 "
	TO=$FTP_VIP to_server "FTP data" \
		"tcp sport=1009 dport=20001 flags=S" "dst=$RS .*dport=20001 "
	check_eq "$(lbctl -L -n -c | grep -c LISTEN)" 0 "still expected"
}

begins()
{
	both family_begins
	family 4
	learn "FIRST[call]" "$(call 1 1000)"
	learn "SECOND[call]" "$(call 2 1001)"
	to_server "SCTP" "sctp sport=1000 dport=84 chunks=init / data 16" \
		"dst=$RS .*sctp sport=1000 dport=8084 "
	to_client "SCTP" "$RS" "sctp sport=8084 dport=1000 tag=7 \
chunks=init-ack / data 200" "src=$VIP .*sctp sport=84 dport=1000 "
	to_server "SCTP" "sctp sport=1000 dport=84 tag=8 \
chunks=cookie-echo / data 30" "dport=8084 "
	to_client "SCTP" "$RS" "sctp sport=8084 dport=1000 tag=7 \
chunks=cookie-ack" "dport=1000 "
	ftp_begins
}

comes_back()
{
	both family_comes_back
	family 4
	FROM=$OTHER_CIP to_server "second call" "$(call 2 1001)" \
		"dst=${SECOND[call]} "
	to_server "first call" "$(call 1 1000)" "dst=${FIRST[call]} "
	to_server "SCTP" "sctp sport=1000 dport=84 tag=8 chunks=data / data 16" \
		"dst=$RS .*sctp sport=1000 dport=8084 "
	ftp_goes_on
}

# All but the time
listing()
{
	lbctl -L -n -c | awk '{ $2 = ""; print }' | sort
	lbctl -L -n | awk '$1 != "->" || $6 + $5' # connections of each server
}

# again CONFIGURATION: the module goes and comes.
again()
{
	lb_unload
	check_err $? "the module does not go"
	lb_load
	check_err $? "the module does not come"
	lbctl -R < "$1"
}

goes_on()
{
	local before n

	begin
	begins
	before=$(listing)
	n=$(lbctl conn count)
	lbctl -S -n > "$TMP/rules"
	lb_tool conn save "$TMP/conns"
	check_err $? "not saved"
	check_eq "$(stat -c %a "$TMP/conns")" 600 "who may read it"
	again "$TMP/rules"
	check_eq "$(lbctl conn count)" 0 "connections of a fresh module"
	check_eq "$(lb_tool conn restore "$TMP/conns")" \
		"$n made, 0 there already, 0 ended, 0 refused" "restored"
	check_eq "$(listing)" "$before" "what is there afterwards"
	comes_back
	log_test "connections of all kinds go on with another module"
}

# What is there stays as it is; what was flushed comes back.
twice()
{
	local n

	n=$(lbctl conn count)
	lb_tool conn save - > "$TMP/conns"
	lbctl conn flush service tcp 192.168.1.111:80
	check_match "$(lb_tool conn restore - < "$TMP/conns")" \
		"^1 made, $((n - 1)) there already, 0 ended, 0 refused" "text"
	check_match "$(lb_tool -j conn restore "$TMP/conns")" \
		"\"made\":0,\"there\":$n,\"ended\":0,\"refused\":0" "JSON"
	check_eq "$(lb_tool -j conn save "$TMP/conns")" "{\"saved\":$n}" \
		"JSON of saving"
	log_test "what is there already stays"
}

# no_file WHY FILE: refused, and nothing changed
no_file()
{
	local out

	out=$(lb_tool conn restore "$2" 2>&1)
	check_eq $? 1 "$1: status"
	check_eq "$out" "lbctl: $2: $1" "message"
	check_eq "$(lbctl conn count)" 0 "$1: connections"
}

bad_files()
{
	local size

	lbctl conn flush
	size=$(stat -c %s "$TMP/conns")
	head -c $((size - 100)) "$TMP/conns" > "$TMP/short"
	no_file "the file is damaged or not complete" "$TMP/short"
	head -c 40 "$TMP/conns" > "$TMP/short"
	no_file "the file is damaged or not complete" "$TMP/short"
	{
		head -c $((size / 2)) "$TMP/conns"
		printf '\377\377\377\377'
		tail -c +$((size / 2 + 5)) "$TMP/conns"
	} > "$TMP/flipped"
	no_file "the file is damaged or not complete" "$TMP/flipped"
	sed '1s/1$/2/' "$TMP/conns" > "$TMP/newer"
	no_file "another version of lbctl wrote this" "$TMP/newer"
	echo hello > "$TMP/text"
	no_file "this is no file of connections" "$TMP/text"
	no_file "No such file or directory" "$TMP/none"
	log_test "a file that is not whole changes nothing"
}

# Services that are not there, and who may not.
refusals()
{
	local out

	lbctl conn flush
	lbctl -D -t 192.168.1.111:80
	lbctl -d -t 192.168.1.111:81 -r 172.16.32.112:81
	out=$(lb_tool conn restore "$TMP/conns")
	check_eq $? 1 "status"
	check_match "$out" "^[1-9][0-9]* made, 0 there already, [0-9]+ ended, \
2 refused; no service: 1; no real server: 1$" "text"
	out=$(in_ns "$DIRECTOR" unshare -U "$LBCTL" conn restore \
		"$TMP/conns" 2>&1)
	check_eq $? 1 "status without rights"
	check_match "$out" "this needs CAP_NET_ADMIN" "without rights"
	out=$(lb_tool conn save a b 2>&1)
	check_eq $? 2 "status of two files"
	log_test "what cannot be made is counted by its reason"
}

# The kernel has no memory for an answer. Calls of recvmsg: the first is about the
# family.
answers_lost()
{
	local all once

	lbctl conn flush
	all=$(lb_tool conn restore "$TMP/conns")
	check_match "$all" "2 refused" "some are refused"
	lbctl conn flush
	once=$(in_ns "$DIRECTOR" strace -o "$TMP/strace" \
		-e inject=recvmsg:error=ENOBUFS:when=2 \
		"$LBCTL" conn restore "$TMP/conns" 2>&1)
	check_match "$(< "$TMP/strace")" "ENOBUFS.*INJECTED" "an answer was lost"
	check_eq "$once" "$all" "the same is made"
	log_test "connections whose answer was lost are asked for again"
}

lb_load || skip_all "the module does not load"
tests_run goes_on twice bad_files refusals answers_lost
