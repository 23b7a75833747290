#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The setting conntrack: 0 keeps connection tracking away from what is balanced,
# 1 lets it follow NAT; with IPv4 and IPv6.
#
# Kernels: 6.1 7.2 quick
# CPUs: 1

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"

# entries [PORT]: what connection tracking knows, of one client's port.
entries()
{
	in_ns "$DIRECTOR" conntrack -L -f "ipv$FAMILY" 2> /dev/null |
		grep "${1:+sport=$1 }"
}

no_entries()
{
	! entries "$1" > /dev/null
}

# request PORT SEEN DPORT KIND: it arrives, from SEEN.
request()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / $4"
	pkt recv "$SV" 2000 > /dev/null
	check_match "$REPLY" "^$IP src=$2 dst=$RS $TTL=63 / [a-z]* sport=$1 \
dport=$3" "request"
}

# answer PORT TO KIND: it arrives.
answer()
{
	pkt send "$SV" "$IP src=$RS dst=$2 / $3"
	pkt recv "$CL" 2000 > /dev/null
	check_match "$REPLY" "^$IP src=$VIP dst=$CIP $TTL=63 / [a-z]* sport=[0-9]* \
dport=$1" "answer"
}

# handshake PORT [SEEN]
handshake()
{
	local seen=${2:-$CIP}

	request "$1" "$seen" 8080 "tcp sport=$1 dport=80 seq=10 flags=S"
	answer "$1" "$seen" "tcp sport=8080 dport=$1 seq=50 ack=11 flags=SA"
	request "$1" "$seen" 8080 \
		"tcp sport=$1 dport=80 seq=11 ack=51 flags=A"
}

# datagrams PORT [SEEN]
datagrams()
{
	request "$1" "${2:-$CIP}" 5353 "udp sport=$1 dport=53 / data 9"
	answer "$1" "${2:-$CIP}" "udp sport=5353 dport=$1 / data 9"
}

# rules TEXT...: of a table in which nothing is accepted that looks odd
rules()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table inet test {
		chain in {
			type filter hook input priority 0
			ct state invalid counter drop
		}
		chain forward {
			type filter hook forward priority 0
			ct state established,related counter accept
			meta l4proto { tcp, udp } counter drop
		}
		$*
	}
	END
}

# Without the rule that wants a state.
only_tracking()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table inet test {
		chain forward {
			type filter hook forward priority 0
			ct state invalid counter
		}
	}
	END
}

no_rules()
{
	in_ns "$DIRECTOR" nft flush ruleset
	lbctl conn flush
	in_ns "$DIRECTOR" conntrack -F 2> /dev/null
}

# Where it is built in, nobody can refer to it.
refs()
{
	cat /sys/module/nf_conntrack/refcnt 2> /dev/null || echo none
}

has_tracking()
{
	[ -d /sys/module/nf_conntrack ]
}

# unload_all MODULE: and who uses it, before
unload_all()
{
	local holder

	for holder in /sys/module/"$1"/holders/*; do
		[ ! -e "$holder" ] || unload_all "${holder##*/}"
	done
	[ ! -d "/sys/module/$1" ] || rmmod "$1"
}

loaded_late()
{
	unload_all nf_conntrack
	lb_load
	setting conntrack 0
	has_tracking
	check_fail $? "lb or 0 loads connection tracking"
	setting conntrack 1
	has_tracking
	check_err $? "1 does not load connection tracking"
	setting conntrack 0
	lbctl -C
	services
	log_test "lb loads without connection tracking, 1 brings it"
}

untracked()
{
	handshake 1001
	datagrams 1002
	entries | grep "sport=100[12] "
	check_fail $? "entries"
}

off()
{
	only_tracking
	both untracked
	no_rules
	log_test "conntrack 0: no entries"
}

tracked()
{
	handshake 1011
	check_match "$(entries 1011)" "ESTABLISHED src=$CIP dst=$VIP sport=1011 \
dport=80 src=$RS dst=$CIP sport=8080 dport=1011 \[ASSURED\]" "entry of TCP"
	datagrams 1012
	check_match "$(entries 1012)" " src=$CIP dst=$VIP sport=1012 dport=53 \
src=$RS dst=$CIP sport=5353 dport=1012" "entry of UDP"
	# An error about either direction is related.
	pkt send "$SV" "$IP src=$RS dst=$CIP / $ICMP type=3 code=0 /" \
	    "$IP src=$CIP dst=$RS / udp sport=1012 dport=5353 / data 9"
	pkt recv "$CL" 2000 > /dev/null
	check_match "$REPLY" "^$IP src=$VIP dst=$CIP .*/ $IP src=$CIP dst=$VIP .*/ \
udp sport=1012 dport=53" "error of the server"
	pkt send "$CL" "$IP src=$CIP dst=$VIP / $ICMP type=3 code=0 /" \
	    "$IP src=$VIP dst=$CIP / udp sport=53 dport=1012 / data 9"
	pkt recv "$SV" 2000 > /dev/null
	check_match "$REPLY" "^$IP src=$CIP dst=$RS .*/ $IP src=$RS dst=$CIP .*/ \
udp sport=5353 dport=1012" "error of the client"
}

on()
{
	setting conntrack 1
	rules
	both tracked
	no_rules
	log_test "conntrack 1: entries are of both sides, rules go by their state"
}

ends()
{
	handshake 1021
	datagrams 1022
	entries | grep -q "sport=1021 "
	check_err $? "no entry"
	lbctl conn flush
	no_entries 1021 && no_entries 1022
	check_err $? "entries of ended connections"$'\n'"$(entries)"
}

killed()
{
	rules
	both ends
	no_rules
	log_test "conntrack 1: an entry ends with its connection"
}

# The real server knows the director only, and answers it.
masqueraded()
{
	handshake 1031 "$INNER"
	datagrams 1032 "$INNER"
	check_match "$(entries 1031)" " src=$CIP dst=$VIP sport=1031 dport=80 \
src=$RS dst=$INNER sport=8080 dport=1031" "entry of TCP"
}

source_nat()
{
	rules "chain out { type nat hook postrouting priority srcnat
		oif eth1 masquerade; }"
	both masqueraded
	no_rules
	log_test "conntrack 1: nftables masquerades what is balanced"
}

# A reset that only lb believes; then the client's port is used again.
reopened()
{
	local before

	before=$(drops tracked)
	handshake 1041
	request 1041 "$CIP" 8080 \
		"tcp sport=1041 dport=80 seq=900000000 flags=R"
	pkt send "$CL" "$IP src=$CIP dst=$VIP / tcp sport=1041 dport=80" \
	    "seq=3000000000 flags=S"
	expect_silence "$SV"
	check_eq "$(drops tracked)" $((before + 1)) "drops"
	request 1041 "$CIP" 8080 \
		"tcp sport=1041 dport=80 seq=3000000000 flags=S"
	answer 1041 "$CIP" \
	       "tcp sport=8080 dport=1041 seq=70 ack=3000000001 flags=SA"
	check_match "$(entries 1041)" "SYN_RECV .* src=$RS dst=$CIP sport=8080" \
		    "entry"
}

reopen()
{
	only_tracking
	both reopened
	no_rules
	log_test "conntrack 1: a connection in an old one's place, once it is gone"
}

# Those of before stay what they were, and where.
not_fast()
{
	setting conntrack 0
	setting fastpath on
	datagrams 1051
	datagrams 1051
	paths
	setting conntrack 1
	datagrams 1051
	took "a connection of before" "2 fast"
	datagrams 1052
	datagrams 1052
	paths
	[[ $TAKEN != *fast* ]]
	check_err $? "a tracked connection is on the fast path: $TAKEN"
	setting fastpath auto
}

no_fast_path()
{
	both not_fast
	no_rules
	log_test "conntrack 1: tracked connections take no fast path"
}

# By DR and TUN nothing comes back; what is sent stays whole.
one_way()
{
	local nat="chain out { type nat hook postrouting priority srcnat
		oif eth1 meta l4proto { udp, ipencap } masquerade; }"

	family 4
	rules "$nat"
	pkt send client4 "ip src=$CIP dst=$VIP / udp sport=1061 dport=54 / data 9"
	expect_packet server4 "ip src=$INNER dst=$VIP ttl=63 /" \
		"udp sport=1061 dport=54 / data 9"
	pkt send client4 "ip src=$CIP dst=$VIP / udp sport=1062 dport=55 / data 9"
	pkt recv server4 2000 > /dev/null
	check_match "$REPLY" "^ip src=$INNER dst=172.16.32.113 ttl=63( id=[0-9]*)? \
/ ip src=$CIP dst=$VIP ttl=63 / udp sport=1062 dport=55 / data 9" "TUN"
	check_match "$(entries 1062)" " src=$CIP dst=$VIP sport=1062 dport=55" \
		    "entry of what is in the tunnel"
	no_rules
	log_test "conntrack 1: DR and TUN"
}

# A flow table would take packets past lb.
offered()
{
	handshake 1081
	answer 1081 "$CIP" "tcp sport=8080 dport=1081 seq=51 ack=11 flags=PA"
	request 1081 "$CIP" 8080 "tcp sport=1081 dport=80 seq=11 ack=51 flags=PA"
	answer 1081 "$CIP" "tcp sport=8080 dport=1081 seq=51 ack=11 flags=PA"
	datagrams 1082
	datagrams 1082
	datagrams 1082
	check_match "$(entries 1081)" "ASSURED" "entry of TCP"
	check_match "$(entries 1082)" "src=$RS dst=$CIP" "entry of UDP"
	entries | grep OFFLOAD
	check_fail $? "an entry is in the flow table"
}

# By DR, answers that do pass the director are of the same entry.
offered_direct()
{
	for _ in 1 2 3; do
		pkt send client4 \
		    "ip src=$CIP dst=$VIP / udp sport=1083 dport=54 / data 9"
		arrives "$SV" "^ip src=$CIP dst=$VIP .*dport=54 / data 9" "DR"
		pkt send server4 \
		    "ip src=$VIP dst=$CIP / udp sport=54 dport=1083 / data 9"
		arrives "$CL" "^ip src=$VIP dst=$CIP .*dport=1083 / data 9" \
			"answer by DR"
	done
}

# arrives WIRE REGEX WHAT
arrives()
{
	pkt recv "$1" 2000 > /dev/null
	check_match "$REPLY" "$2" "$3"
}

flow_table()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table inet test {
		flowtable fast {
			hook ingress priority 0
			devices = { eth0, eth1 }
		}
		chain forward {
			type filter hook forward priority 0
			flow add @fast counter
		}
	}
	END
	check_err $? "no flow table"
	both offered
	ns_sysctl "$DIRECTOR" net.ipv4.conf.all.accept_local=1
	family 4
	offered_direct
	ns_sysctl "$DIRECTOR" net.ipv4.conf.all.accept_local=0
	no_rules
	log_test "conntrack 1: what is balanced stays out of flow tables"
}

# With connections and their entries, all can go.
unload()
{
	local held

	rules
	both handshake 1071
	held=$(refs)
	lb_unload
	check_err $? "cannot unload"
	[ "$held" = none ] || check_eq "$(refs)" $((held - 3)) "references"
	log_test "conntrack 1: unloading lets go of connection tracking"
}

services()
{
	udp_services
	lbctl -R <<- 'END'
	-A -t 192.168.1.111:80 -s rr
	-a -t 192.168.1.111:80 -r 172.16.32.110:8080 -m
	-A -t [2001:db8:1::111]:80 -s rr
	-a -t [2001:db8:1::111]:80 -r [2001:db8:2::110]:8080 -m
	END
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119 # no words
topo_wire6
services
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests=(off on killed source_nat reopen no_fast_path one_way flow_table unload)
# There, connection tracking is built in.
is_debug_kernel || tests=(loaded_late "${tests[@]}")
tests_run "${tests[@]}"
