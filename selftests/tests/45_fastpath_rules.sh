#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Which path a packet takes, and that the fast one skips nobody's rules unless
# it was told to.
#
# Kernels: 7.2
# CPUs: 1

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111
CLIENT_IP=192.168.1.5
SERVER_IP=172.16.32.110
ODD=$(dirname "$LB_KO")/selftest/lb_odd.ko

# --- one connection, its packets, their paths ---------------------------

begin()
{
	lb_unload
	lb_load
	lbctl config set fastpath "${1-auto}"
	lbctl -R <<- END
	-A -u $VIP:53 -s rr
	-a -u $VIP:53 -r $SERVER_IP:5353 -m
	-A -t $VIP:80 -s rr
	-a -t $VIP:80 -r $SERVER_IP:8080 -m
	-A -u $VIP:55 -s rr
	-a -u $VIP:55 -r 172.16.32.111:5555 -m
	END
	pkt drain client > /dev/null
	pkt drain server > /dev/null
	paths
}

# ask [OPTION]...: a request, with options of its IP header
ask()
{
	pkt send client "ip src=$CLIENT_IP dst=$VIP $* /" \
	    "udp sport=1001 dport=53 / data 10"
}

answer()
{
	pkt send server "ip src=$SERVER_IP dst=$CLIENT_IP /" \
	    "udp sport=5353 dport=1001 / data 10"
}

arrives_at_server()
{
	expect_packet server "ip src=$CLIENT_IP dst=$SERVER_IP ttl=63 /" \
		"udp sport=1001 dport=5353 / data 10"
}

arrives_at_client()
{
	expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=63 /" \
		"udp sport=53 dport=1001 / data 10"
}

request_takes()
{
	ask
	arrives_at_server
	took request "$1"
}

reply_takes()
{
	answer
	arrives_at_client
	took reply "$1"
}

establish()
{
	request_takes "1 new"
	reply_takes "1 way"
}

both_take()
{
	request_takes "1 $1"
	reply_takes "1 $1"
}

# tcp FLAGS PATH, tcp_reply FLAGS PATH: the next packet of a TCP connection
tcp()
{
	pkt send client "ip src=$CLIENT_IP dst=$VIP /" \
	    "tcp sport=1001 dport=80 flags=$1"
	expect_packet server "ip src=$CLIENT_IP dst=$SERVER_IP ttl=63 /" \
		"tcp sport=1001 dport=8080 seq=0 ack=0 flags=$1"
	took "TCP $1" "1 $2"
}

tcp_reply()
{
	pkt send server "ip src=$SERVER_IP dst=$CLIENT_IP /" \
	    "tcp sport=8080 dport=1001 flags=$1"
	expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=63 /" \
		"tcp sport=80 dport=1001 seq=0 ack=0 flags=$1"
	took "TCP $1 of the server" "1 $2"
}

# --- reasons ------------------------------------------------------------

reasons()
{
	begin
	establish
	both_take fast
	ask opts=01010101
	took options "1 options"
	pkt send client "frag=8 ip src=$CLIENT_IP dst=$VIP /" \
	    "udp sport=1001 dport=53 / data 10"
	took "three fragments" "1 fragment"
	ask ttl=1
	took "end of life" "1 other"
	pkt send server "ip src=$SERVER_IP dst=$CLIENT_IP /" \
	    "icmp type=3 code=3 / ip src=$CLIENT_IP dst=$SERVER_IP /" \
	    "udp sport=1001 dport=5353 / data 10"
	took error "1 icmp"
	pkt drain client > /dev/null
	pkt drain server > /dev/null
	ip -n "$DIRECTOR" route flush cache
	both_take way
	both_take fast
	log_test "paths: each has its reason"
}

# states FIRST END: the paths of a connection's first packet and of those that end
# it; another one follows.
states()
{
	tcp S "$1"
	tcp S state
	tcp_reply SA state
	tcp A fast
	tcp A fast
	tcp_reply PA fast
	tcp F "$2"
	tcp_reply A fast
	tcp A fast
	tcp_reply FA "$2"
	tcp A fast
	tcp R "$2"
	tcp A fast
	tcp S new
}

turns()
{
	states new fast
	lbctl config set fastpath on
	states state state
	lbctl config set fastpath auto
	log_test "paths: state, for SYN, and with fastpath on for FIN and RST"
}

# Both the client's packet, which stays here, and the answer made here, which is
# "echo hello".
is_local()
{
	pkt udp_serve "$DIRECTOR" 172.16.32.111 5555 echo
	for _ in new local; do
		pkt send client "ip src=$CLIENT_IP dst=$VIP /" \
		    "udp sport=1001 dport=55 / data text=hello"
		expect_packet client "ip src=$VIP dst=$CLIENT_IP ttl=64 df /" \
			"udp sport=55 dport=1001 csum=partial /" \
			"data hex=6563686f2068656c6c6f"
	done
	took "server is the director" "3 local 1 new"
	log_test "paths: local"
}

setting()
{
	lbctl config set fastpath off
	both_take off
	lbctl config set fastpath on
	request_takes "1 fast"
	reply_takes "1 fast"
	lbctl config set fastpath auto
	both_take fast
	log_test "paths: off, on and auto take hold at once"
}

# --- rules of others ----------------------------------------------------

# chain HOOK RULE: somebody's chain there
chain()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table ip test {
		chain test {
			type filter hook $1 priority 10
			$2
		}
	}
	END
}

# Wait for the fast path to come back, without which paths are foreign-hook.
unchain()
{
	in_ns "$DIRECTOR" nft delete table ip test
	back
}

back()
{
	busywait 5000 is_back fast
	check_err $? "the fast path does not come back"
	paths
}

# is_back PATH: the next request takes it. A caller that waits knows nothing of
# what its predecessor knew of paths.
is_back()
{
	paths
	ask
	arrives_at_server
	paths
	[ "$TAKEN" = "1 $1" ]
}

# holds HOOK REQUEST REPLY: a rule of that hook drops the next packets. The
# reason is told only once the devices have lost the fast path.
holds()
{
	chain "$1" "meta l4proto udp counter drop"
	ask
	"$2" server
	answer
	"$3" client
	paths
	[[ $TAKEN != *fast* ]]
	check_err $? "a packet skipped the hook $1: $TAKEN"
	unchain
	both_take fast
}

passes()
{
	"arrives_at_$1"
}

at_each_hook()
{
	begin auto
	establish
	holds prerouting expect_silence expect_silence
	holds input expect_silence passes
	holds forward passes expect_silence
	holds output expect_silence passes
	holds postrouting expect_silence expect_silence
	log_test "auto: a rule at any hook holds at once"
}

reason()
{
	chain forward accept
	busywait 5000 is_back foreign-hook
	check_err $? "the reason is not told"
	paths
	both_take foreign-hook
	unchain
	both_take fast
	log_test "auto: rules turn the fast path off until they go"
}

by_iptables()
{
	in_ns "$DIRECTOR" iptables -w -A INPUT -p udp --dport 53 -j DROP
	check_err $? "iptables"
	ask
	expect_silence server
	took "dropped by iptables" ""
	in_ns "$DIRECTOR" iptables -w -D INPUT -p udp --dport 53 -j DROP
	in_ns "$DIRECTOR" nft flush ruleset
	back
	log_test "auto: a rule of iptables holds at once"
}

# Connection tracking has hooks of its own; they leave with who needs them.
by_conntrack()
{
	chain forward "ct state invalid counter"
	ask
	arrives_at_server
	answer
	arrives_at_client
	paths
	[[ $TAKEN != *fast* ]]
	check_err $? "a packet skipped connection tracking: $TAKEN"
	unchain
	both_take fast
	log_test "auto: connection tracking turns the fast path off"
}

ours_comes_last()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table netdev test {
		chain test {
			type filter hook ingress device eth0 priority 100
			udp dport 53 udp length 18 ip ttl 33 drop
		}
	}
	END
	both_take fast
	ask ttl=33
	expect_silence server
	took "dropped at ingress" ""
	in_ns "$DIRECTOR" nft delete table netdev test
	log_test "auto: rules at the ingress of a device come first"
}

# odd WHAT: see lb_odd.c
odd()
{
	in_ns "$DIRECTOR" /sbin/insmod "$ODD" what="$1" dev=eth0 \
		src="$CLIENT_IP" dst="$VIP" sport=1001 dport=53
}

# A hook alone at POSTROUTING with the priority of AppArmor's is not AppArmor's.
lone_hook()
{
	begin auto
	establish
	both_take fast
	odd hook
	check_err $? "the module does not load"
	ask
	expect_silence server
	answer
	expect_silence client
	paths
	[[ $TAKEN != *fast* ]]
	check_err $? "a packet skipped the hook: $TAKEN"
	rmmod lb_odd
	back
	log_test "auto: a lone hook is known by its name, not by its place"
}

# veth would keep a packet to which somebody else refers; dummy does not.
shared()
{
	both_take fast
	odd shared
	check_err $? "the packet was changed under its holder"
	rmmod lb_odd
	expect_zeros server
	took "shared, to a device that keeps packets" "1 other"
	ip -n "$DIRECTOR" link add dummy0 up type dummy
	ip -n "$DIRECTOR" route add "$SERVER_IP" dev dummy0
	ip -n "$DIRECTOR" neigh add "$SERVER_IP" lladdr 02:00:00:00:00:50 \
		dev dummy0
	ask
	paths
	odd shared 2> /dev/null
	check_fail $? "the packet was not sent at once"
	took "shared, to a device that does not" "1 fast"
	ip -n "$DIRECTOR" link del dummy0
	both_take way
	both_take fast
	log_test "packets with other holders go only where they may"
}

# What a device merged by LRO stays in the host, by any path.
merged()
{
	local setting

	for setting in auto off; do
		lbctl config set fastpath "$setting"
		odd merged
		check_err $? "the module does not load"
		rmmod lb_odd
		expect_silence server
	done
	check_eq "$(drops merged)" 2 "packets dropped"
	lbctl config set fastpath auto
	paths
	log_test "packets that a device merged for good are not sent on"
}

expect_zeros()
{
	pkt recv "$1" 2000 > /dev/null
	check_match "$REPLY" "dport=5353 .*data 200 " "at the $1"
}

on()
{
	begin on
	establish
	chain input drop
	both_take fast
	ask ttl=1
	took "not for the fast path" ""
	pkt send client "ip src=$CLIENT_IP dst=$VIP /" \
	    "udp sport=1002 dport=53 / data 10"
	expect_silence server
	took "a new connection" ""
	in_ns "$DIRECTOR" nft delete table ip test
	log_test "on: rules see only what does not take the fast path"
}

# Rules that are there first cost the fast path nothing but itself.
rules_first()
{
	chain forward accept
	begin auto
	establish_foreign
	both_take foreign-hook
	unchain
	request_takes "1 fast"
	log_test "auto: rules that were there first"
}

establish_foreign()
{
	request_takes "1 new"
	reply_takes "1 foreign-hook"
}

lb_load || skip_all "the module does not load"
topo_wire
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_run reasons turns is_local setting at_each_hook reason by_iptables \
	  by_conntrack ours_comes_last lone_hook shared merged on \
	  rules_first
