#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The marks that a service sets on its packets: rules, queues, routing and
# connection tracking see them, with IPv4 and IPv6.
#
# Kernels: 7.2 quick
# CPUs: 1

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"

# All packets come with the mark 0x1203: so services by this mark are found, and
# it is known which bits were kept.
#
# watch FAMILY IN HOOK OUT: note which marks leave towards servers and clients.
watch()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table $1 test {
		set requests { type mark; flags dynamic; size 16; }
		set replies { type mark; flags dynamic; size 16; }
		$2
		$3
	}
	END
	check_err $? "rules"
}

watch_hooks()
{
	watch inet "chain pre { type filter hook prerouting priority mangle
			iif { eth0, eth1 } meta mark set 0x1203; }" \
		"chain post { type filter hook postrouting priority 0
			meta l4proto { udp, tcp, icmp, ipencap, ipv6 } oif eth1 add @requests { meta mark }
			meta l4proto { udp, tcp, icmp } oif eth0 add @replies { meta mark }
			meta l4proto icmpv6 icmpv6 type destination-unreachable oif eth1 add @requests { meta mark }
			meta l4proto icmpv6 icmpv6 type destination-unreachable oif eth0 add @replies { meta mark }
		}"
}

watch_devices()
{
	watch netdev "chain in0 { type filter hook ingress device eth0 priority 0
			meta mark set 0x1203; }
		chain in1 { type filter hook ingress device eth1 priority 0
			meta mark set 0x1203; }" \
		"chain out0 { type filter hook egress device eth0 priority 0
			add @replies { meta mark }; }
		chain out1 { type filter hook egress device eth1 priority 0
			add @requests { meta mark }; }"
}

unwatch()
{
	in_ns "$DIRECTOR" nft flush ruleset
}

# saw SET WHAT [MARK]: that alone, or none, since it was asked last
saw()
{
	local table text

	for table in inet netdev; do
		text=$(in_ns "$DIRECTOR" nft list set "$table" test "$1" \
			2> /dev/null) && break
	done
	in_ns "$DIRECTOR" nft flush set "$table" test "$1"
	text=$(grep -o '0x[0-9a-f]*' <<< "$text")
	check_eq "$text" "${3+$(printf '0x%08x' "$3")}" "$2: marks of $1"
}

# arrives WIRE REGEX WHAT
arrives()
{
	pkt recv "$1" 2000 > /dev/null
	check_match "$REPLY" "$2" "$3"
}

# request PORT SPORT: 53 is by NAT, 54 by DR, 55 by TUN.
request()
{
	local to=$RS src=$CIP

	[ "$1" != 54 ] || to=$VIP
	[ "$1" != 55 ] || to=$RS_TUN src=$INNER
	pkt send "$CL" "$IP src=$CIP dst=$VIP / udp sport=$2 dport=$1 / data 8"
	arrives "$SV" "^$IP src=$src dst=$to .*sport=$2 .*/ data 8" \
		"request $1 $2"
}

# reply SPORT: by NAT
reply()
{
	pkt send "$SV" "$IP src=$RS dst=$CIP / udp sport=5353 dport=$1 / data 8"
	arrives "$CL" "^$IP src=$VIP dst=$CIP .*/ udp sport=53 dport=$1 / data 8" \
		"reply $1"
}

# set_marks SETTING...: of all services
set_marks()
{
	local port

	for port in 53 54 55; do
		lbctl service set udp "$VIP_HOST:$port" "$@"
		check_err $? "service set $*"
	done
}

# error FROM SRC INNER TO WHAT: it is about a packet that went the other way.
error()
{
	pkt send "$1" "$IP src=$2 dst=$4 / $ICMP $PORT_UNREACH /" "$3"
	arrives "$5" "$ICMP $PORT_UNREACH" "$6"
}

errors()
{
	error "$SV" "$RS" "$IP src=$CIP dst=$RS / udp sport=$1 dport=5353 / data 8" \
		"$CIP" "$CL" "error of the server"
	saw replies "error of the server" 0x1223
	error "$CL" "$CIP" "$IP src=$VIP dst=$CIP / udp sport=53 dport=$1 / data 8" \
		"$VIP" "$SV" "error of the client"
	saw requests "error of the client" 0x1210
}

# classic SPORT
classic()
{
	local port

	set_marks mark 0x10/0xff reply-mark 0x20/0xf0
	for port in 53 54 55; do
		request "$port" "$1"
		saw requests "$port" 0x1210
	done
	reply "$1"
	saw replies NAT 0x1223
	errors "$1"
	# What changes counts for connections that there are.
	set_marks mark 0xfedcba98
	request 53 "$1"
	saw requests "whole mark" 0xfedcba98
	set_marks mark off reply-mark 0/3
	request 53 "$1"
	saw requests "no mark" 0x1203
	reply "$1"
	saw replies "bits taken away" 0x1200
}

seen_by_rules()
{
	watch_hooks
	both classic 1001
	unwatch
	log_test "marks: rules see them, on the classic path"
}

# fast SPORT
fast()
{
	local port

	set_marks mark 0x10/0xff reply-mark 0x20/0xf0
	for port in 53 54 55; do
		request "$port" "$1"
		request "$port" "$1"
	done
	reply "$1"
	saw requests "first packets" 0x1210
	saw replies "first packets" 0x1223
	paths
	for port in 53 54 55; do
		request "$port" "$1"
		saw requests "$port" 0x1210
	done
	reply "$1"
	saw replies NAT 0x1223
	took "established" "4 fast"
	set_marks mark off
	request 53 "$1"
	saw requests "no mark" 0x1203
	took "without" "1 fast"
}

seen_by_devices()
{
	watch_devices
	# The hook of before is noticed now, not within a second.
	setting fastpath auto
	both fast 1011
	unwatch
	log_test "marks: chains of devices see them, on the fast path"
}

# rule add|del SELECTOR... ACTION
rule()
{
	ip -n "$DIRECTOR" "-$FAMILY" rule "$@"
	check_err $? "ip rule $*"
}

# refused PORT SPORT: the client is told. That packet has the mark that came; but
# by DR and TUN, lb takes it for a reply.
refused()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / udp sport=$2 dport=$1 / data 8"
	arrives "$CL" "$IP src=[^ ]* dst=$CIP .*$ICMP $HOST_UNREACH /" \
		"refused $1 $2"
}

# routed SPORT
routed()
{
	local before port

	set_marks mark 0x10/0xff reply-mark 0x20/0xf0
	ns_sysctl "$DIRECTOR" "$REFLECT=1"
	for port in 53 54 55; do
		request "$port" "$1"
	done
	# The bits that the packet came with have no say, and all of them would.
	rule add fwmark 0x1210 prohibit
	for port in 53 54 55; do
		request "$port" "$1"
	done
	rule del fwmark 0x1210 prohibit
	rule add fwmark 0x10/0xff prohibit
	saw requests passed 0x1210
	refused 53 "$1"
	saw replies "refused 53" 0x1203
	for port in 54 55; do
		refused "$port" "$1"
		saw replies "refused $port" 0x1223
	done
	saw requests "refused"
	reply "$1"
	set_marks mark 0x11/0xff
	request 53 "$1"
	rule del fwmark 0x10/0xff prohibit

	rule add fwmark 0x20/0xf0 prohibit
	request 53 "$1"
	before=$(drops no-route)
	pkt send "$SV" "$IP src=$RS dst=$CIP / udp sport=5353 dport=$1 / data 8"
	expect_silence "$CL"
	check_eq "$(drops no-route)" $((before + 1)) "drops"
	saw replies "by another mark" 0x1223
	set_marks reply-mark off
	reply "$1"
	saw replies "no mark" 0x1203
	rule del fwmark 0x20/0xf0 prohibit
	saw requests "by another mark" 0x1211
	ns_sysctl "$DIRECTOR" "$REFLECT=0"
}

routing()
{
	watch_hooks
	REFLECT=net.ipv4.fwmark_reflect
	family 4
	routed 1021
	REFLECT=net.ipv6.fwmark_reflect
	family 6
	routed 1021
	unwatch
	log_test "marks: policy rules route by them"
}

# What this host answers as a real server by direct routing was routed before lb
# sees it.
local_server()
{
	local name

	in_ns "$DIRECTOR" nft -f - <<- END
	table inet test {
		set requests { type mark; flags dynamic; size 16; }
		set replies { type mark; flags dynamic; size 16; }
		chain in { type filter hook input priority 110
			tcp dport { 81, 82, 8081 } add @requests { meta mark }; }
		chain out { type filter hook postrouting priority 0
			tcp sport { 81, 82 } add @replies { meta mark }; }
	}
	END
	check_err $? "rules"
	for name in 81:8081:nat 82:82:dr; do
		IFS=: read -r port to how <<< "$name"
		lbctl service add tcp "$VIP_HOST:$port" mark 0x10 \
			reply-mark 0x20 dest "$(bracket "$INNER"):$to" "$how"
		check_err $? "service by $how"
		asks_closed "$port" 1001
		saw requests "$how" 0x10
		saw replies "$how" 0x20
		rule add fwmark 0x20 prohibit
		pkt send "$CL" "$IP src=$CIP dst=$VIP / tcp sport=1002 dport=$port" \
			"seq=10 flags=S"
		expect_silence "$CL"
		saw requests "$how" 0x10
		rule del fwmark 0x20 prohibit
		lbctl service del tcp "$VIP_HOST:$port"
	done
	unwatch
}

# asks_closed PORT SPORT: nobody listens, so the host itself answers.
asks_closed()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / tcp sport=$2 dport=$1" \
		"seq=10 flags=S"
	arrives "$CL" "^$IP src=$VIP dst=$CIP .*/ tcp sport=$1 dport=$2 .*flags=RA" \
		"reset"
}

locally()
{
	both local_server
	log_test "marks: this host as a real server"
}

# The entry has the mark of requests, whichever direction comes.
entry_has()
{
	in_ns "$DIRECTOR" conntrack -L -f "ipv$FAMILY" 2> /dev/null |
		grep "sport=$1 " | grep -q "mark=$2 "
	check_err $? "entry without the mark $2"
}

entries()
{
	set_marks mark 0x10/0xff reply-mark 0x20/0xf0
	request 53 "$1"
	entry_has "$1" 16
	reply "$1"
	entry_has "$1" 16
	set_marks mark 0x100/0xf00
	request 53 "$1"
	entry_has "$1" 272
}

tracked()
{
	setting conntrack 1
	in_ns "$DIRECTOR" nft -f - <<- END
	table inet test {
		chain post { type filter hook postrouting priority 0
			ct mark 1 counter; }
	}
	END
	both entries 1031
	unwatch
	setting conntrack 0
	lbctl conn flush
	log_test "marks: connection tracking has them"
}

# The recipe of the manual: real servers without a route back answer the
# director. Its own connections, and those of other services, keep their source.
masqueraded()
{
	local from=$CIP

	set_marks mark off reply-mark off
	lbctl service set udp "$VIP_HOST:53" mark 0x10/0xff
	in_ns "$DIRECTOR" nft -f - <<- END
	table inet lb {
		chain post {
			type nat hook postrouting priority srcnat
			meta mark and 0xff == 0x10 masquerade
		}
	}
	END
	check_err $? "rules"
	pkt send "$CL" "$IP src=$from dst=$VIP / udp sport=$1 dport=53 / data 8"
	arrives "$SV" "^$IP src=$INNER dst=$RS .*/ udp sport=$1 dport=5353 / data 8" \
		"request"
	pkt send "$SV" "$IP src=$RS dst=$INNER / udp sport=5353 dport=$1 / data 8"
	arrives "$CL" "^$IP src=$VIP dst=$from .*/ udp sport=53 dport=$1 / data 8" \
		"reply"
	request 54 "$1"
	in_ns "$DIRECTOR" nft delete table inet lb
}

source_nat()
{
	setting conntrack 1
	both masqueraded 1041
	setting conntrack 0
	lbctl conn flush
	log_test "marks: nftables masquerades the packets of one service"
}

# refuses REGEX COMMAND...: with exit code 1, and nothing changes
refuses()
{
	local out rc

	out=$(lbctl "${@:2}" 2>&1)
	rc=$?
	check_eq "$rc" 1 "exit code: ${*:2}"
	check_match "$out" "$1" "${*:2}"
}

said()
{
	family 4
	lbctl -E -u "$VIP:53" -s rr --mark 0x10/0xff --reply-mark 7
	check_err $? "-E"
	check_match "$(lbctl -S -n)" \
		"-A -u $VIP:53 -s rr --mark 0x10/0xff --reply-mark 0x7" "saved"
	check_match "$(lbctl service show udp "$VIP:53")" \
		"mark 0x10/0xff reply-mark 0x7" "shown"
	check_match "$(lbctl -j service show udp "$VIP:53")" \
		'"mark": ?"0x10/0xff", ?"reply-mark": ?"0x7"' "JSON"
	lbctl -S -n > "$TMP/saved"
	lbctl -C
	lbctl -R < "$TMP/saved"
	check_eq "$(lbctl -S -n)" "$(cat "$TMP/saved")" "restored"
	refuses "mark has bits outside of its mask.*attribute mark" \
		service set udp "$VIP:53" mark 0x10/0xf
	refuses "mark has bits outside of its mask.*attribute reply-mark" \
		service set udp "$VIP:53" mark 1 reply-mark 1/2
	check_eq "$(lbctl -S -n)" "$(cat "$TMP/saved")" "after refusals"
	lbctl -E -u "$VIP:53" -s rr
	check_match "$(lbctl -S -n)" "-A -u $VIP:53 -s rr"$'\n' "default of -E"
	log_test "marks: set, shown, saved and refused"
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119 # no words
topo_wire6
udp_services
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0 net.ipv6.icmp.ratelimit=0
tests_run seen_by_rules seen_by_devices routing locally tracked source_nat said
