#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
# CPUs: 1
# Where the stack goes by more than the fast path knows, no way is learnt: what
# is not on the list in way.c, one after the other, and whatever the stack does
# with the packets holds for those of established connections, too.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# family 4|6: that of all that follows
family()
{
	FAMILY=$1
	if [ "$1" = 4 ]; then
		IP=ip TTL=ttl CL=client4 SV=server4 C=192.168.1.5 VIP=192.168.1.112
		RS=172.16.32.110 ELSE=203.0.113.0/24
	else
		IP=ip6 TTL=hlim CL=client SV=server C=2001:db8:1::5 VIP=2001:db8:1::112
		RS=2001:db8:2::110 ELSE=2001:db8:ff::/48
	fi
}

# ask [FIELD...], answer [FIELD...]: with these in the IP header
ask()
{
	pkt send "$CL" "$IP src=$C dst=$VIP $* /" \
	    "udp sport=1001 dport=53 / data 10"
}

answer()
{
	pkt send "$SV" "$IP src=$RS dst=$C $* /" \
	    "udp sport=5353 dport=1001 / data 10"
}

# tos FIELDS: of these
tos()
{
	[[ $* =~ (tos=[0-9]+) ]] && echo "${BASH_REMATCH[1]} "
}

# request_takes PATH [FIELD...], reply_takes PATH [FIELD...]
request_takes()
{
	ask "${@:2}"
	expect_packet "$SV" "$IP src=$C dst=$RS $TTL=63 $(tos "$*")/" \
		"udp sport=1001 dport=5353 / data 10"
	took "IPv$FAMILY request" "1 $1"
}

reply_takes()
{
	answer "${@:2}"
	expect_packet "$CL" "$IP src=$VIP dst=$C $TTL=63 $(tos "$*")/" \
		"udp sport=53 dport=1001 / data 10"
	took "IPv$FAMILY reply" "1 $1"
}

both_take()
{
	local path

	for path; do
		request_takes "$path"
		reply_takes "$path"
	done
}

request_lost()
{
	ask "$@"
	expect_silence "$SV"
	took "lost IPv$FAMILY request" ""
}

reply_lost()
{
	answer "$@"
	expect_silence "$CL"
	took "lost IPv$FAMILY reply" ""
}

director()
{
	ip -n "$DIRECTOR" "$@"
}

# routing rule|route ...: of this family
routing()
{
	director "-$FAMILY" "$@"
}

# shut COMMAND...: then nothing is fast, until the same with "del" for "add"
shut()
{
	"$@"
	check_err $? "$*"
	both_take way way
	"${@/#add/del}"
	both_take way fast
}

# --- what the stack may go by ---------------------------------------------

rules()
{
	for FAMILY in 4 6; do
		family "$FAMILY"
		both_take fast
		shut routing rule add to "$ELSE" lookup 99 pref 100
		routing rule add pref 200 lookup main
		both_take way fast
		routing rule del pref 200
		both_take way fast
	done
	log_test "closed: rules, for as long as there are some"
}

# local_at PREF OLD: at which place the rule stands that knows this host.
local_at()
{
	routing rule add pref "$1" lookup local
	routing rule del pref "$2" lookup local
}

# Packets that have 33 hops to go get a mark as they come.
mark()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table netdev test {
		chain test {
			type filter hook ingress devices = { eth0, eth1 } \
				priority 0
			ip ttl 33 meta mark set 1
			ip6 hoplimit 33 meta mark set 1
		}
	}
	END
	check_err $? "nft"
}

# refused FIELD SELECTOR...: a rule is only about packets with this field.
refused()
{
	routing rule add "${@:2}" blackhole pref 100
	check_err $? "rule ${*:2}"
	both_take way
	request_lost "$1"
	reply_lost "$1"
	both_take way
	routing rule del pref 100
}

refusals()
{
	mark
	for FAMILY in 4 6; do
		family "$FAMILY"
		both_take fast
		local_at 200 0
		refused "$TTL=33" fwmark 1
		[ "$FAMILY" = 6 ] || refused tos=16 tos 0x10
		local_at 0 200
		both_take way fast
	done
	in_ns "$DIRECTOR" nft delete table netdev test
	log_test "closed: rules by mark and type of service refuse packets"
}

# Routes may be for one type of service only, without any rule.
types()
{
	family 4
	both_take fast
	request_takes way tos=16
	request_takes fast tos=16
	request_takes fast tos=19
	reply_takes way tos=16
	reply_takes fast tos=16
	both_take way fast
	routing route add blackhole "$C" tos 0x10
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth0.rp_filter=1
	both_take way fast
	reply_lost tos=16
	request_lost tos=16
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth0.rp_filter=0
	routing route del blackhole "$C" tos 0x10
	both_take way fast
	log_test "a way is for one type of service"
}

policies()
{
	local dir

	for FAMILY in 4 6; do
		family "$FAMILY"
		both_take fast
		for dir in in fwd out; do
			shut director xfrm policy add src "$ELSE" dst "$ELSE" \
				dir "$dir"
		done
	done
	log_test "closed: policies of IPsec in each direction"
}

# only_reply COMMAND...: requests stay fast; those of IPv4 after the stack was
# asked again, as any change of a route begins a new generation.
only_reply()
{
	"$@"
	check_err $? "$*"
	[ "$FAMILY" = 6 ] || request_takes way
	reply_takes way
	request_takes fast
	reply_takes way
	"${@/#add/del}"
	[ "$FAMILY" = 6 ] || request_takes way
	reply_takes way
	both_take fast
}

routes()
{
	for FAMILY in 4 6; do
		family "$FAMILY"
		both_take fast
		only_reply routing route add "$C" encap "$IP" id 1 dst "$RS" \
			dev eth0
		only_reply routing route add "$C" \
			nexthop via "$C" dev eth0 nexthop via "${C%5}6" dev eth0
	done
	log_test "closed: routes that wrap, or have a choice"
}

# A route that wraps leads to no neighbour; it counts for requests, too.
wrapped_requests()
{
	for FAMILY in 4 6; do
		family "$FAMILY"
		both_take fast
		routing route add "$RS" encap "$IP" id 1 dst "$C" dev eth1
		check_err $? "route"
		[ "$FAMILY" = 6 ] || both_take way
		request_takes other
		request_takes other
		reply_takes fast
		routing route del "$RS"
		[ "$FAMILY" = 6 ] || both_take way
		[ "$FAMILY" = 4 ] || request_takes other
		both_take fast
	done
	log_test "closed: routes to the real server that wrap"
}

# The client is where the server is, so the server is told of a better way than
# by the director; of IPv6, there is no setting against that.
redirects()
{
	family 4
	C=172.16.32.114 CL=$SV
	request_takes new
	reply_takes way
	both_take fast
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth1.send_redirects=1
	director route flush cache
	request_takes way
	answer
	pkt recv "$SV" 2000 icmp > /dev/null
	check_match "$REPLY" "dst=$RS .*/ icmp type=5 code=1" \
		"the server is not told"
	for _ in 1 2 3; do
		pkt recv "$CL" 2000 "dst=$C .*/ udp sport=53 " > /dev/null
		check_err $? "no reply"
		took "a reply that could go another way" "1 way"
		answer
	done
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth1.send_redirects=0
	director route flush cache
	pkt recv "$CL" 2000 "dst=$C .*/ udp sport=53 " > /dev/null
	pkt drain "$SV" > /dev/null
	paths
	both_take way fast
	family 4
	both_take way fast

	family 6
	C=2001:db8:2::114 CL=$SV
	request_takes new
	reply_takes way
	request_takes fast
	reply_takes way
	log_test "closed: senders that are told of a better router"
}

realm()
{
	family 4
	both_take fast
	shut routing route add "$C" dev eth0 realm 7
	log_test "closed: routes with a realm"
}

vrf()
{
	director link add vrf0 up type vrf table 77
	check_err $? "VRF"
	director link set eth0 master vrf0
	for FAMILY in 4 6; do
		family "$FAMILY"
		director addr replace "$VIP" dev eth0
		routing route replace "$C" dev eth0 table 77
		director neigh replace "$C" lladdr 02:00:00:00:00:c0 dev eth0
		paths
		request_takes way
		request_takes way
	done
	director link del vrf0
	addresses
	for FAMILY in 4 6; do
		family "$FAMILY"
		both_take way
	done
	log_test "closed: devices of a VRF"
}

# --- sources that are not valid any more ----------------------------------

source_gone()
{
	family 4
	both_take fast
	routing addr add "$C/32" dev lo
	request_lost
	routing addr del "$C/32" dev lo
	both_take way fast
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth0.rp_filter=2
	request_takes way
	both_take fast
	for type in blackhole unreachable prohibit; do
		routing route add "$type" "$C/32"
		request_lost
		routing route del "$type" "$C/32"
		both_take way fast
	done
	ns_sysctl "$DIRECTOR" net.ipv4.conf.eth0.rp_filter=0
	request_takes way
	both_take fast
	log_test "a source becomes invalid"
}

# eth0_sets VALUE SETTING...
eth0_sets()
{
	local words=("${@:2}")

	words=("${words[@]/#/net.ipv4.conf.eth0.}")
	ns_sysctl "$DIRECTOR" "${words[@]/%/=$1}"
}

# martian SOURCE SETTING...: let in only while all of these are 1
martian()
{
	local path=new setting

	C=$1
	eth0_sets 1 "${@:2}"
	for setting in "${@:2}"; do
		request_takes "$path"
		request_takes fast
		eth0_sets 0 "$setting"
		request_lost
		eth0_sets 1 "$setting"
		path=way
	done
	eth0_sets 0 "${@:2}"
}

martians()
{
	family 4
	martian 172.16.32.111 accept_local
	martian 127.0.0.5 accept_local route_localnet
	for C in 0.0.0.0 224.0.0.1 255.255.255.255; do
		request_lost
	done
	family 6
	for C in ::1 ff02::1; do
		request_lost
	done
	family 4
	both_take way fast
	log_test "martians are let in only as settings say"
}

# --- what else sees packets -----------------------------------------------

# Plain packets and those of MACsec are told apart behind ingress.
macsec()
{
	family 4
	both_take fast
	director link add link eth0 macsec0 type macsec encrypt on
	check_err $? "MACsec"
	request_takes other
	request_takes other
	director link del macsec0
	busywait 5000 is_back fast
	check_err $? "the fast path does not come back"
	paths
	log_test "closed: a device that carries MACsec"
}

# Bridged packets meet the rules of IP.
bridge()
{
	modprobe br_netfilter
	check_err $? "br_netfilter"
	family 4
	director link add br1 type bridge
	paths
	is_back fast
	check_fail $? "a packet skips the rules of bridges"
	busywait 5000 is_back foreign-hook
	check_err $? "the reason is not told"
	paths
	both_take foreign-hook
	director link del br1
	modprobe -r br_netfilter
	busywait 5000 is_back fast
	check_err $? "the fast path does not come back"
	paths
	log_test "closed: bridge netfilter"
}

# is_back PATH: the next request takes it.
is_back()
{
	paths
	ask
	expect_packet "$SV" "$IP src=$C dst=$RS $TTL=63 /" \
		"udp sport=1001 dport=5353 / data 10"
	paths
	[ "$TAKEN" = "1 $1" ]
}

# --- packets that leave by the other family -------------------------------

# wrapped PATH: by the tunnel of the other family
wrap()
{
	pkt send "$CL" "$IP src=$C dst=$VIP /" \
	    "udp sport=1001 dport=57 / data 10"
}

wrapped()
{
	wrap
	expect_packet "server$OTHER" "$OUTER" "$IP src=$C dst=$VIP $TTL=63 /" \
		"udp sport=1001 dport=57 / data 10"
	took "IPv$FAMILY in the other" "1 $1"
}

# wrapped_is PATH: the next request takes it.
wrapped_is()
{
	paths
	wrap
	expect_packet "server$OTHER" "$OUTER" "$IP src=$C dst=$VIP $TTL=63 /" \
		"udp sport=1001 dport=57 / data 10"
	paths
	[ "$TAKEN" = "1 $1" ]
}

# A known way is taken as soon as a rule is gone, but new ones are learnt only
# when that was noticed, which happens once a second.
wrapped_becomes_fast()
{
	busywait 5000 wrapped_is fast
	check_err $? "IPv$FAMILY in the other is not fast"
	paths
}

# other_hook HOOK: a rule for what leaves there
other_hook()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table $TABLE test {
		chain test {
			type filter hook $1 priority 10
			meta l4proto $2 $3
		}
	}
	END
	check_err $? "nft"
}

# drops_wrapped PROTOCOL: by rules of the family in which they leave
drops_wrapped()
{
	local hook

	wrapped new
	wrapped_becomes_fast
	for hook in output postrouting; do
		other_hook "$hook" "$1" drop
		wrap
		expect_silence "server$OTHER"
		took "dropped outside" "1 foreign-hook"
		in_ns "$DIRECTOR" nft delete table "$TABLE" test
		other_hook input "$1" drop
		wrapped_becomes_fast
		in_ns "$DIRECTOR" nft delete table "$TABLE" test
		busywait 5000 is_back fast
		paths
	done
}

mixed()
{
	family 6
	OTHER=4 TABLE=ip
	OUTER="ip src=172.16.32.111 dst=172.16.32.113 ttl=63 df /"
	drops_wrapped 41
	in_ns "$DIRECTOR" iptables -w -A OUTPUT -p 41 -j DROP
	wrap
	expect_silence server4
	took "dropped by iptables" "1 foreign-hook"
	in_ns "$DIRECTOR" iptables -w -D OUTPUT -p 41 -j DROP
	in_ns "$DIRECTOR" nft flush ruleset
	family 4
	busywait 5000 is_back fast
	paths
	OTHER="" TABLE=ip6
	OUTER="ip6 src=2001:db8:2::111 dst=2001:db8:2::113 hlim=63 /"
	drops_wrapped 4
	log_test "auto: rules of the family in which packets leave hold at once"
}

addresses()
{
	{
		echo addr replace 192.168.1.111/24 dev eth0
		echo addr replace 192.168.1.112/32 dev eth0
		echo addr replace 2001:db8:1::111/64 dev eth0 nodad
		echo addr replace 2001:db8:1::112/128 dev eth0 nodad
		echo neigh replace 192.168.1.5 lladdr 02:00:00:00:00:c0 dev eth0
		echo neigh replace 2001:db8:1::5 lladdr 02:00:00:00:00:c0 \
			dev eth0
	} | director -b -
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119 # no words
topo_wire6
director link add eth3 up type dummy
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0 \
	net.ipv4.conf.{all,eth0,eth1}.send_redirects=0
addresses
lbctl -R << END
-A -u 192.168.1.112:53 -s rr
-a -u 192.168.1.112:53 -r 172.16.32.110:5353 -m
-A -u [2001:db8:1::112]:53 -s rr
-a -u [2001:db8:1::112]:53 -r [2001:db8:2::110]:5353 -m
-A -u 192.168.1.112:57 -s rr
-a -u 192.168.1.112:57 -r [2001:db8:2::113] -i
-A -u [2001:db8:1::112]:57 -s rr
-a -u [2001:db8:1::112]:57 -r 172.16.32.113 -i
END
for FAMILY in 4 6; do
	family "$FAMILY"
	ask
	answer
done
for WIRE in client client4 server server4; do
	pkt drain "$WIRE" > /dev/null
done
paths
tests_run rules refusals types policies routes wrapped_requests redirects realm \
	  source_gone martians mixed macsec bridge vrf
