#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
# CPUs: 1
#
# The fast path with IPv6: the same packets as by the classic path, what the
# stack decided only for as long as it would still decide so, and the rules of
# others for one family without loss for the other.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

C=2001:db8:1::5
VIP=2001:db8:1::111
RS=2001:db8:2::110
REQUEST="ip6 src=$C dst=$VIP"
ANSWER="ip6 src=$RS dst=$C"

# --- the same packets by any path -----------------------------------------
#
# A script for pkt with the path that each packet must take before it, - for
# those that lb has nothing to do with.

# request PATHS [WISH [FIELDS [LAYER [BYTES]]]]
request()
{
	echo "$1 client ${2-} $REQUEST ${3-} / ${4:+$4 / }$FLOW /" \
	     "data ${5-60}"
}

reply()
{
	echo "$1 server ${2-} $ANSWER ${3-} / ${4:+$4 / }$BACK / data ${5-60}"
}

# odd HOW: the headers that a packet in either direction may have.
odd()
{
	local how=$1 fields

	for fields in tc=1 tc=2 tc=3 tc=184 tc=255 flow=74565 hlim=2 hlim=255; do
		$how fast "" "$fields"
	done
	$how fast pad=1
	$how fast pad=30 "" "" 1
	$how fast "pad=100 patch=4:001c"
	$how options "" "" hbh
	$how options "" "" dopt
	$how options "" "" "hbh / dopt"
	$how options "" "" frag
	$how fragment frag=200 "" "" 500
	$how - patch=0:50
	$how - patch=4:0003
	$how - patch=4:0800
	$how - mac=ff:ff:ff:ff:ff:ff
	$how - mac=02:00:00:00:00:99
	$how - vlan=5
	$how other vlan=0
}

# large HOW FITS HEADERS PATH: up to the MTU, and above it
large()
{
	$1 fast "" "" "" $(($2 - $3))
	$1 "$4" "" "" "" $(($2 - $3 + 1))
}

# offloaded HOW FITS PATH: the same in large packets that devices cut.
offloaded()
{
	local data=$(($2 - 60))

	$1 fast gso=1000 "" "" 500
	$1 fast "gso=$data" tc=2 "" 30000
	$1 "$3" gso=$((data + 1)) "" "" 5000
}

# By DR and TUN the director's error is a reply of the connection: local.
udp()
{
	local error=other

	[ -n "$2" ] || error=other,local
	FLOW="udp sport=1001 dport=$1"
	BACK="udp sport=$2 dport=1001"
	request new
	request fast
	odd request
	request "$error" "" hlim=1
	large request "$3" 48 "$error"
	echo "icmp client $REQUEST / icmp6 type=1 code=4 / ip6 src=$VIP dst=$C" \
	     "/ udp sport=$1 dport=1001 / data 20"
	[ -n "$2" ] || return
	reply way
	reply fast
	odd reply
	reply - "" hlim=1
	large reply 1300 48 -
	echo "icmp server $ANSWER / icmp6 type=1 code=4 / ip6 src=$C dst=$RS" \
	     "/ udp sport=1001 dport=$2 / data 20"
}

# flags HOW WORD...: packets with these flags, and the paths they take
flags()
{
	local word

	for word in "${@:2}"; do
		FLOW="tcp sport=1001 dport=$PORT flags=${word%:*}"
		BACK="tcp sport=8080 dport=1001 flags=${word%:*}"
		$1 "${word#*:}" "" "" "" 0
	done
}

tcp()
{
	local error=other

	[ -n "$2" ] || error=other,local
	PORT=$1
	flags request S:new S:state
	[ -z "$2" ] || flags reply SA:state
	flags request A:fast PA:fast :fast
	[ -z "$2" ] || flags reply A:fast
	request fast "" "" "" 1
	large request "$3" 60 "$error"
	offloaded request "$3" "$error"
	if [ -n "$2" ]; then
		large reply 1300 60 -
		offloaded reply 1300 -
		flags reply FA:end
	fi
	flags request FA:end A:fast R:end
}

strangers()
{
	FLOW="udp sport=1001 dport=9"
	request -
	FLOW="tcp sport=1002 dport=80 flags=A"
	request -
	FLOW="icmp6 type=128 code=0 id=1 seq=1"
	request -
	BACK="udp sport=9 dport=1001"
	reply -
}

traffic()
{
	udp 53 5353 1400
	udp 55 "" 1400
	udp 56 "" 1360
	udp 57 "" 1380
	tcp 80 8080 1400
	tcp 82 "" 1400
	tcp 83 "" 1360
	tcp 84 "" 1380
	strangers
}

# begin SETTING: without connections and with all counters at 0
begin()
{
	lb_unload
	lb_load
	lbctl config set fastpath "$1"
	lbctl -R <<- END
	-A -u [$VIP]:53 -s rr
	-a -u [$VIP]:53 -r [$RS]:5353 -m
	-A -u [$VIP]:55 -s rr
	-a -u [$VIP]:55 -r [2001:db8:2::112] -g
	-A -u [$VIP]:56 -s rr
	-a -u [$VIP]:56 -r [2001:db8:2::113] -i
	-A -u [$VIP]:57 -s rr
	-a -u [$VIP]:57 -r 172.16.32.113 -i
	-A -t [$VIP]:80 -s rr
	-a -t [$VIP]:80 -r [$RS]:8080 -m
	-A -t [$VIP]:82 -s rr
	-a -t [$VIP]:82 -r [2001:db8:2::112] -g
	-A -t [$VIP]:83 -s rr
	-a -t [$VIP]:83 -r [2001:db8:2::113] -i
	-A -t [$VIP]:84 -s rr
	-a -t [$VIP]:84 -r 172.16.32.113 -i
	-A -u 192.168.1.111:53 -s rr
	-a -u 192.168.1.111:53 -r 172.16.32.110:5353 -m
	END
	paths
	pkt drain client > /dev/null
	pkt drain server > /dev/null
	pkt drain server4 > /dev/null
}

WHAT="server server4 client conns list stats drops"

# observe NAME: send it all, and keep what can be seen of it from outside.
observe()
{
	local out=$TMP/$1 wire

	pkt run "$TMP/send"
	for wire in server server4 client; do
		pkt dump "$wire" "$out.$wire" > /dev/null
	done
	lbctl -L -n -c | awk '{ $2 = ""; print }' | sort > "$out.conns"
	lbctl -L -n > "$out.list"
	lbctl -L -n --stats --exact > "$out.stats"
	lbctl stats | grep -v -e ^path -e rate > "$out.drops"
}

# same AS NAME: whatever was observed
same()
{
	local what differ

	for what in $WHAT; do
		differ=$(diff "$TMP/$1.$what" "$TMP/$2.$what" 2>&1 |
			 head -n 6)
		check_eq "$differ" "" "$what: $1 and $2 differ"
	done
}

compare_off()
{
	local what

	traffic > "$TMP/traffic"
	sed 's/^[^ ]* /send /' "$TMP/traffic" > "$TMP/send"
	ip -n "$DIRECTOR" link set eth1 mtu 1400
	ip -n "$DIRECTOR" route replace 2001:db8:1::/64 dev eth0 metric 256 \
		mtu lock 1300
	begin off
	observe off
	took off "$(expected off off new)"
	for what in $WHAT; do
		[ "$(wc -l < "$TMP/off.$what")" -gt 5 ]
		check_err $? "little to see of $what"
	done
	log_test "same IPv6 packets: the classic path sees all of them"
}

compare_on()
{
	begin on
	observe on
	took on "$(expected state)"
	same off on
	log_test "same IPv6 packets: fastpath on"
}

compare_auto()
{
	begin auto
	observe auto
	took auto "$(expected fast)"
	same off auto
	log_test "same IPv6 packets: fastpath auto"
}

compare_foreign()
{
	chain input accept
	begin auto
	observe foreign
	took foreign "$(expected fast foreign-hook "new|local")"
	same off foreign
	unchain
	ip -n "$DIRECTOR" link set eth1 mtu 1500
	ip -n "$DIRECTOR" route replace 2001:db8:1::/64 dev eth0 metric 256
	log_test "same IPv6 packets: fastpath auto, but with somebody's rules"
}

# --- one connection while things change -----------------------------------

director()
{
	ip -n "$DIRECTOR" "$@"
}

ask()
{
	pkt send client "ip6 src=$C dst=$VIP2 / udp sport=1001 dport=53 /" \
	    "data ${1-10}"
}

answer()
{
	pkt send server "ip6 src=$RS dst=$C / udp sport=5353 dport=1001 /" \
	    "data ${1-10}"
}

arrives_at_server()
{
	expect_packet server "ip6 src=$C dst=$RS hlim=63 /" \
		"udp sport=1001 dport=5353 / data 10"
}

arrives_at_client()
{
	expect_packet client "ip6 src=$VIP2 dst=$C hlim=63 /" \
		"udp sport=53 dport=1001 / data 10"
}

request_takes()
{
	ask
	arrives_at_server
	took request "1 $1"
}

reply_takes()
{
	answer
	arrives_at_client
	took reply "1 $1"
}

request_lost()
{
	ask
	expect_silence server
	took "lost request" "$1"
}

reply_lost()
{
	answer
	expect_silence client
	took "lost reply" ""
}

# both_take PATH...: one after the other
both_take()
{
	local path

	for path; do
		request_takes "$path"
		reply_takes "$path"
	done
}

# An address of its own, which can go. Whoever has it then, it is not us.
VIP2=2001:db8:1::112

one_connection()
{
	director addr add "$VIP2/128" dev eth0 nodad
	lbctl -R <<- END
	-A -u [$VIP2]:53 -s rr
	-a -u [$VIP2]:53 -r [$RS]:5353 -m
	END
	ask
	arrives_at_server
	answer
	arrives_at_client
	paths
}

address()
{
	begin auto
	one_connection
	both_take fast
	director addr del "$VIP2/128" dev eth0
	director neigh replace "$VIP2" lladdr 02:00:00:00:00:c0 dev eth0
	ask
	expect_packet client "ip6 src=$C dst=$VIP2 hlim=63 /" \
		"udp sport=1001 dport=53 / data 10"
	expect_silence server
	took "request to somebody else" ""
	director addr add "$VIP2/128" dev eth0 nodad
	both_take way fast
	log_test "IPv6 ways: the virtual address is taken away"
}

forwarding()
{
	both_take fast
	ns_sysctl "$DIRECTOR" net.ipv6.conf.all.forwarding=0
	request_takes way
	request_takes fast
	reply_lost
	ns_sysctl "$DIRECTOR" net.ipv6.conf.all.forwarding=1
	request_takes way
	both_take fast
	[ ! -e /proc/sys/net/ipv6/conf/all/force_forwarding ] || forced
	log_test "IPv6 ways: forwarding is switched off"
}

# With newer kernels a device may forward while others do not.
forced()
{
	local forwarding=net.ipv6.conf.all.forwarding
	local force=net.ipv6.conf.eth1.force_forwarding

	ns_sysctl "$DIRECTOR" "$forwarding=0"
	ns_sysctl "$DIRECTOR" "$force=1"
	answer
	arrives_at_client
	answer
	arrives_at_client
	ns_sysctl "$DIRECTOR" "$force=0"
	paths
	reply_lost
	ns_sysctl "$DIRECTOR" "$forwarding=1"
	both_take fast
}

routes()
{
	both_take fast
	director route add blackhole "$C/128"
	reply_lost
	director route del blackhole "$C/128"
	reply_takes way
	both_take fast
	director route add unreachable "$RS/128"
	request_lost "1 other"
	director route del unreachable "$RS/128"
	pkt drain client > /dev/null
	request_takes other
	both_take fast
	director route add 2001:db8:7::/64 via 2001:db8:2::112
	both_take fast
	log_test "IPv6 ways: routes change"
}

mtu()
{
	both_take fast
	director link set eth1 mtu 1300
	ask 1253
	expect_silence server
	pkt recv client 2000 > /dev/null
	check_match "$REPLY" "icmp6 type=2 code=0 mtu=1300 " "no MTU is told"
	director link set eth1 mtu 1500
	director link set eth0 mtu 1300
	answer 1253
	expect_silence client
	pkt recv server 2000 > /dev/null
	check_match "$REPLY" "icmp6 type=2 code=0 mtu=1300 " "no MTU is told"
	director link set eth0 mtu 1500
	ask
	arrives_at_server
	answer
	arrives_at_client
	paths
	both_take fast
	log_test "IPv6 ways: the MTU becomes less"
}

switched_off()
{
	both_take fast
	ns_sysctl "$DIRECTOR" net.ipv6.conf.eth0.disable_ipv6=1
	request_lost ""
	answer
	expect_silence client
	pkt drain server > /dev/null
	ns_sysctl "$DIRECTOR" net.ipv6.conf.eth0.disable_ipv6=0
	director addr replace 2001:db8:1::111/64 dev eth0 nodad
	director addr replace "$VIP2/128" dev eth0 nodad
	director neigh replace "$C" lladdr 02:00:00:00:00:c0 dev eth0
	paths
	both_take way fast
	log_test "IPv6 ways: IPv6 is switched off at a device"
}

# Of policy rules no route remembers which packets it was for.
policy()
{
	both_take fast
	director -6 rule add to "$C" blackhole pref 100
	reply_lost
	request_takes way
	request_takes way
	director -6 rule del to "$C" blackhole pref 100
	both_take way fast
	log_test "IPv6 ways: a policy rule is added"
}

# --- rules of others --------------------------------------------------------

# chain HOOK RULE: somebody's chain there
chain()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table ip6 test {
		chain test {
			type filter hook $1 priority 10
			$2
		}
	}
	END
}

# Until IPv6 packets are fast again.
unchain()
{
	in_ns "$DIRECTOR" nft delete table ip6 test
}

request4_takes()
{
	pkt send client4 "ip src=192.168.1.5 dst=192.168.1.111 /" \
	    "udp sport=1001 dport=53 / data 10"
	expect_packet server4 "ip src=192.168.1.5 dst=172.16.32.110 ttl=63 /" \
		"udp sport=1001 dport=5353 / data 10"
	took "IPv4" "1 $1"
}

is_fast()
{
	paths
	ask
	arrives_at_server
	paths
	[ "$TAKEN" = "1 fast" ]
}

# A known way is taken as soon as a rule is gone, but new ones are learnt only when
# that was noticed, which happens once a second.
is_learnt()
{
	paths
	for _ in 1 2; do
		pkt send client "ip6 src=$C dst=$VIP2 /" \
		    "udp sport=1009 dport=53 / data 10"
		expect_packet server "ip6 src=$C dst=$RS hlim=63 /" \
			"udp sport=1009 dport=5353 / data 10"
	done
	paths
	[[ $TAKEN == *fast* ]]
}

# holds HOOK REQUEST REPLY: a rule of that hook drops the next IPv6 packets, or
# lets them pass, and IPv4 stays fast.
holds()
{
	chain "$1" "meta l4proto udp counter drop"
	ask
	"$2" server
	answer
	"$3" client
	paths
	[[ $TAKEN != *fast* ]]
	check_err $? "an IPv6 packet skipped the hook $1: $TAKEN"
	request4_takes fast
	unchain
	busywait 5000 is_fast
	check_err $? "the fast path does not come back"
	paths
}

passes()
{
	"arrives_at_$1"
}

others()
{
	begin auto
	director addr del "$VIP2/128" dev eth0
	one_connection
	request4_takes new
	request4_takes fast
	both_take fast
	holds prerouting expect_silence expect_silence
	holds input expect_silence passes
	holds forward passes expect_silence
	holds output expect_silence passes
	holds postrouting expect_silence expect_silence
	in_ns "$DIRECTOR" ip6tables -w -A INPUT -p udp -j DROP
	check_err $? "ip6tables"
	request_lost ""
	request4_takes fast
	in_ns "$DIRECTOR" ip6tables -w -D INPUT -p udp -j DROP
	in_ns "$DIRECTOR" nft flush ruleset
	busywait 5000 is_learnt
	check_err $? "no way is learnt"
	paths
	log_test "auto: a rule for IPv6 holds at once, and IPv4 stays fast"
}

# Nothing that is remembered keeps a device from going.
device_gone()
{
	paths
	ask
	arrives_at_server
	ip -n "$DIRECTOR" link del eth1
	ask
	expect_silence server
	ip -n "$DIRECTOR" link del eth0
	lb_unload
	check_err $? "the module cannot be removed"
	log_test "IPv6 ways: devices go"
}

lb_load || skip_all "the module does not load"
topo_wire6 whole
pkt open server4 "$SERVERS" eth0 02:00:00:00:00:d1 whole
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_run compare_off compare_on compare_auto compare_foreign address \
	  forwarding routes mtu switched_off others policy device_gone
