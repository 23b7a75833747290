#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: debug quick
#
# Persistence by the Call-ID of SIP: hand-made messages, and calls of sipp.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

START='INVITE sip:b@192.168.1.111 SIP/2.0\r\n'

# message CLIENT[:PORT] HEADERS [PORT]: a message with them, to the service. The
# server that gets it is then $TAKEN.
message()
{
	local port=${1#*:}

	[ "$port" != "$1" ] || port=5060
	pkt send client "ip src=192.168.1.${1%:*} dst=192.168.1.111 /" \
		"udp sport=$port dport=${3:-5060} /" \
		"data esc=$(escaped "$START${2}\r\n")"
	pkt recv server 2000 udp > /dev/null
	TAKEN=${REPLY#*dst=172.16.32.}
	TAKEN=${TAKEN%% *}
}

# by_id HEADER: messages with it, from anywhere, go to one server; and those of
# the clients without SIP take turns meanwhile.
by_id()
{
	local client first

	message 5:1000 "$1"
	first=$TAKEN
	for client in 5:1001 6:1000 6:1002 5:1003; do
		message "$client" "$1"
		check_eq "$TAKEN" "$first" "$1 from $client"
	done
	forget
}

# forget: connections and templates, and the turn is that of 110.
forget()
{
	lbctl conn flush
	lbctl -E -u 192.168.1.111:5060 -s wrr -p 60 --pe sip
	lbctl -E -u 192.168.1.111:5060 -s rr -p 60 --pe sip
}

same_call()
{
	by_id 'Call-ID: abc@10.0.0.1\r\n'
	by_id 'Via: SIP/2.0/UDP 10.0.0.1\r\nCALL-id \t:  abc\r\nFrom: x\r\n'
	by_id 'To: me\r\ni: short\r\n'
	by_id 'To: me\ni:\tbare-newlines \t\n'
	by_id "Call-ID: $(printf '%0255d' 0)\\r\\n"
	log_test "a call has one server, from whatever client it comes"
}

# Calls of one client take turns, also such as differ in their last byte only.
other_calls()
{
	local seen="" n

	for n in 1 2 3 4; do
		message "5:200$n" "Call-ID: call$n\\r\\n"
		seen+=" $TAKEN"
	done
	check_match "$seen" "^ (110 112 110 112|112 110 112 110)$" "servers"
	for n in 1 2 3 4; do
		message "6:200$n" "Call-ID: call$n\\r\\n"
		seen=${seen#* }
		check_eq "$TAKEN" "${seen%% *}" "call$n again"
	done
	check_eq "$(lbctl -L -n -c --persistent-conn | grep -c ' sip ')" 4 \
		"templates"
	forget
	log_test "calls of one client are spread"
}

# malformed WHAT HEADERS: the client persists.
malformed()
{
	local n first

	message 5:3000 "$2"
	first=$TAKEN
	for n in 1 2 3; do
		message "5:300$n" "$2"
		check_eq "$TAKEN" "$first" "$1"
	done
	check_eq "$(lbctl -L -n -c --persistent-conn | grep -c ' sip ')" 0 \
		"$1: template of a call"
	check_eq "$(lbctl -L -n -c | grep -c ' 192.168.1.5:0 ')" 1 \
		"$1: template of the client"
	forget
}

without_call()
{
	malformed "no header" ''
	malformed "none that is it" 'Call-IDs: x\r\nX-Call-ID: x\r\nCall: x\r\n'
	malformed "no colon" 'Call-ID x\r\n'
	malformed "empty" 'Call-ID: \r\n'
	malformed "two words" 'Call-ID: a b\r\n'
	malformed "too long" "Call-ID: $(printf '%0256d' 0)\\r\\n"
	malformed "not ASCII" 'Call-ID: a\xff\r\n'
	malformed "NUL" 'Call-ID: a\000b\r\n'
	malformed "in the body" '\r\nCall-ID: x\r\n'
	malformed "cut off" 'Call-I'
	log_test "what has no Call-ID persists by its client"
}

# The first line is none of the headers.
no_sip()
{
	local text

	for text in '' 'Call-ID: x' '\r\n\r\n' 'Call-ID: x\r\n' '\n'; do
		pkt send client "ip src=192.168.1.5 dst=192.168.1.111 /" \
			"udp sport=4000 dport=5060 / data esc=$(escaped "$text")"
		pkt recv server 2000 udp > /dev/null
		check_match "$REPLY" "dst=172.16.32.11" "not sent: $text"
		check_eq "$(lbctl -L -n -c --persistent-conn |
			    grep -c ' sip ')" 0 "template of: $text"
		lbctl conn flush
	done
	forget
	log_test "what is no SIP at all is sent on"
}

fragments()
{
	local from first

	for from in 5:1 6:2 5:3; do
		pkt send client frag=24 \
			"ip src=192.168.1.${from%:*} dst=192.168.1.111 /" \
			"udp sport=500${from#*:} dport=5060 /" \
			"data esc=$(escaped "${START}To: x\\r\\nCall-ID: abcdef\\r\\n")"
		pkt recv server 2000 udp > /dev/null
		check_match "$REPLY" "${first:-dst=172.16.32.11}" "$from"
		[[ $REPLY =~ dst=172.16.32.[0-9]* ]]
		first=${BASH_REMATCH[0]}
		pkt drain server > /dev/null
	done
	forget
	log_test "a Call-ID that lies in two fragments"
}

by_mark()
{
	local first

	in_ns "$DIRECTOR" iptables -t mangle -A PREROUTING -p udp \
		--dport 5062 -j MARK --set-mark 5
	message 5:1 'Call-ID: m\r\n' 5062
	first=$TAKEN
	message 6:2 'Call-ID: m\r\n' 5062
	check_eq "$TAKEN" "$first" "same call"
	message 6:2 'Call-ID: n\r\n' 5062
	check_eq "$TAKEN" "$first" "a connection stays where it is"
	message 6:3 'Call-ID: n\r\n' 5062
	check_fail "$([ "$TAKEN" = "$first" ]; echo $?)" "other call"
	in_ns "$DIRECTOR" iptables -t mangle -F
	lbctl conn flush
	log_test "by mark"
}

listed()
{
	local line='^UDP 0[01]:[0-9]{2}  NONE        192.168.1.5:0      '

	message 5:1 'Call-ID: 1-2@host\r\n'
	line+='192.168.1.111:5060 172.16.32.11[02]:5060 '
	check_match "$(lbctl -L -n -c --persistent-conn | grep ':0 ')" \
		"${line}sip                1-2@host$" "-c --persistent-conn"
	check_match "$(lbctl -L -n -c | grep ':0 ')" "${line% }$" "-c"
	check_match "$(lbctl conn show)" "template pe sip 1-2@host" "words"
	check_match "$(lbctl -j conn show)" '"pe":"sip","pe-data":"1-2@host"' \
		"JSON"
	check_eq "$(lbctl conn show client 192.168.1.5 | wc -l)" 2 "by client"
	check_match "$(lbctl -L -n -u 192.168.1.111:5060)" \
		"UDP  192.168.1.111:5060 rr persistent 60 pe sip" "-L"
	forget
	log_test "listings"
}

edited()
{
	local line="-A -u 192.168.1.111:5061 -s rr -p 60 --pe sip -o" saved
	local key="udp 192.168.1.111:5061"

	# shellcheck disable=SC2086
	lbctl $line
	saved=$(lbctl -S -n)
	check_match "$saved" "(^|"$'\n'")$line("$'\n'"|$)" "saved"
	lbctl -C
	lbctl -R <<< "$saved"
	check_eq "$(lbctl -S -n)" "$saved" "restored"
	lbctl -E -u 192.168.1.111:5061 -s rr -p 60
	check_eq "$(lbctl -S -n | grep :5061)" \
		"-A -u 192.168.1.111:5061 -s rr -p 60" "edit without --pe"
	# shellcheck disable=SC2086
	{
	lbctl service set $key pe sip
	lbctl service set $key scheduler wrr
	check_eq "$(lbctl service show $key)" \
		"$key scheduler wrr persistent 60 pe sip" "words"
	lbctl service set $key pe off
	check_eq "$(lbctl service show $key)" \
		"$key scheduler wrr persistent 60" "off"
	lbctl service del $key
	}
	log_test "added, changed, saved and restored"
}

# refused MESSAGE COMMAND...
refused()
{
	local out

	out=$(lbctl "${@:2}" 2>&1)
	check_match "$out" "$1" "${*:2}"
}

refusals()
{
	local key="udp 192.168.1.111:5060"
	local before

	before=$(lbctl -S -n)
	refused "--pe needs a persistent service" \
		-A -u 192.168.1.111:1 --pe sip
	refused "engine sip is for UDP or a firewall mark \(attribute pe\)" \
		-A -t 192.168.1.111:1 -p --pe sip
	refused "no such persistence engine \(attribute pe\)" \
		-A -u 192.168.1.111:1 -p --pe nosuch
	refused "engine needs a persistent service \(attribute pe\)" \
		service add udp 192.168.1.111:1 pe sip
	# shellcheck disable=SC2086
	refused "engine needs a persistent service \(attribute persist-timeout" \
		service set $key persistent 0
	check_eq "$(lbctl -S -n)" "$before" "changed by what was refused"
	log_test "what is refused"
}

# phone NS ADDRESS: one that answers there
phone()
{
	(cd "$TMP" && in_ns "$1" "$(command -v sipp)" -sn uas -nostdin \
		-i "$2" -p 5060 > /dev/null 2>&1) &
	background $!
	busywait 10000 phone_listens "$1"
	check_err $? "sipp does not listen"
}

# set_up_phones: two that answer, at an address that both have.
set_up_phones()
{
	local rs

	cleanup_all_ns
	topo_dr
	ip -n "$DIRECTOR" addr add 192.168.1.10/24 dev eth0
	for rs in "$RS1" "$RS2"; do
		dr_real_server "$rs" 192.168.1.10
		phone "$rs" 192.168.1.10
	done
	lbctl -A -u 192.168.1.10:5060 -s rr -p 60 -o --pe sip
	lbctl -a -u 192.168.1.10:5060 -r 192.168.1.21 -g
	lbctl -a -u 192.168.1.10:5060 -r 192.168.1.31 -g
}

phone_listens()
{
	in_ns "$1" busybox grep -q ":13C4 " /proc/net/udp
}

# call N NS ADDRESS TO: as many calls at once, all from one port; fails if one of
# them does.
call()
{
	(cd "$TMP" && in_ns "$2" "$(command -v sipp)" "$4:5060" \
		-sn uac -nostdin -i "$3" -p 5060 -t u1 -r 20 -m "$1" \
		-d 200 -timeout 60s -timeout_error > sipp.log 2>&1)
	check_err $? "calls to $4 failed: $(tail -n 30 "$TMP/sipp.log")"
}

# Every message is scheduled by itself, so a call of three that the phones both
# get some of fails.
calls()
{
	set_up_phones
	call 20 "$CLIENT" 192.168.1.5 192.168.1.10
	check_eq "$(calls_by_server)" \
		$'10 192.168.1.21:5060\n10 192.168.1.31:5060' "calls by server"
	log_test "sipp: calls from one port, half by each server"
}

calls_by_server()
{
	lbctl -L -n -c --persistent-conn |
		awk '$7 == "sip" { n[$6]++ }
		     END { for (i in n) print n[i], i }' | sort
}

# Phones call the service and the phone behind it calls them, by NAT: what it
# says in a call has the virtual address, which its own does not answer for.
calls_by_nat()
{
	local rs

	cleanup_all_ns
	topo_nat
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
	phone "$RS1" 172.16.32.110
	phone "$RS2" 172.16.32.112
	in_ns "$CLIENT" iptables -A INPUT ! -s 192.168.1.111 -p udp -j DROP
	lbctl -A -u 192.168.1.111:5060 -s rr -p 60 -o --pe sip
	for rs in 172.16.32.110 172.16.32.112; do
		lbctl -a -u 192.168.1.111:5060 -r "$rs" -m
	done
	call 20 "$CLIENT" 192.168.1.5 192.168.1.111
	check_eq "$(calls_by_server)" \
		$'10 172.16.32.110:5060\n10 172.16.32.112:5060' "calls by server"
	log_test "sipp: calls by NAT, half by each server"
}

# begin KNOWN [OPTION]: a server of the service, which has the option, calls. So
# many of the calls are then known.
begin()
{
	lbctl conn flush
	lbctl -E -u 192.168.1.111:5060 -s rr -p 60 --pe sip "${@:2}"
	call 20 "$RS1" 172.16.32.110 192.168.1.5
	check_eq "$(calls_by_server)" "$1 172.16.32.110:5060" "its calls $*"
}

# All messages are between two ports, so they are one connection, if any.
calls_outward()
{
	cleanup_all_ns
	topo_nat
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
	phone "$CLIENT" 192.168.1.5
	lbctl -A -u 192.168.1.111:5060 -s rr -p 60 --pe sip
	lbctl -a -u 192.168.1.111:5060 -r 172.16.32.112 -m
	lbctl -a -u 192.168.1.111:5060 -r 172.16.32.110 -m
	in_ns "$CLIENT" iptables -A INPUT ! -s 192.168.1.111 -p udp -j DROP
	begin 1
	begin 20 -o
	setting conntrack 1
	begin 1
	begin 20 -o
	log_test "sipp: calls that a server begins"
}

# The director is a real server, too, and answers.
calls_here()
{
	local n

	cleanup_all_ns
	topo_nat
	pkt udp_serve "$DIRECTOR" 172.16.32.111 5070 here
	lbctl -A -u 192.168.1.111:5060 -s rr -p 60 --pe sip -o
	lbctl -a -u 192.168.1.111:5060 -r 172.16.32.111:5070 -m
	for n in 1 2; do
		pkt udp_ask "$CLIENT" 192.168.1.5 2000 192.168.1.111 5060 5000 \
			"esc=$(escaped "${START}i: $n\\r\\n\\r\\n")" > /dev/null
		check_match "$REPLY" "^here " "answer $n"
	done
	log_test "a real server on the director itself"
}

# One real server has two virtual addresses: what it sends within a call comes
# from the one that the call is to. ip_vs takes either.
two_addresses()
{
	local vip

	ip -n "$DIRECTOR" addr add 192.168.1.112/24 dev eth0
	lbctl -R <<- END
	-A -u 192.168.1.112:5064 -s rr -p 60 --pe sip -o
	-a -u 192.168.1.112:5064 -r 172.16.32.113:5064 -m
	-A -u 192.168.1.111:5064 -s rr -p 60 --pe sip -o
	-a -u 192.168.1.111:5064 -r 172.16.32.113:5064 -m
	END
	for vip in 111 112 111; do
		pkt send client "ip src=192.168.1.5 dst=192.168.1.$vip /" \
			"udp sport=1 dport=5064 /" \
			"data esc=$(escaped "${START}i: $vip\\r\\n\\r\\n")"
		pkt recv server 2000 udp > /dev/null
		pkt send server "ip src=172.16.32.113 dst=192.168.1.5 /" \
			"udp sport=5064 dport=1 /" \
			"data esc=$(escaped "${START}i: $vip\\r\\n\\r\\n")"
		pkt recv client 2000 udp > /dev/null
		check_match "$REPLY" "src=192.168.1.$vip .* sport=5064 " \
			"answer of $vip"
	done
	lbctl -D -u 192.168.1.111:5064
	lbctl -D -u 192.168.1.112:5064
	log_test "a server of two virtual addresses"
}

lb_load || skip_all "the module does not load"
if ipvs_differs "SIP" "it has no Call-ID without ip_vs_pe_sip"; then
	exit
fi
topo_wire
lbctl -R << 'END'
-A -u 192.168.1.111:5060 -s rr -p 60 --pe sip
-a -u 192.168.1.111:5060 -r 172.16.32.112 -m
-a -u 192.168.1.111:5060 -r 172.16.32.110 -m
-A -f 5 -s rr -p 60 --pe sip
-a -f 5 -r 172.16.32.112 -m
-a -f 5 -r 172.16.32.110 -m
END
tests_run same_call other_calls without_call no_sip fragments by_mark listed \
	edited refusals two_addresses calls calls_by_nat calls_outward calls_here
