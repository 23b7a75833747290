#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The director's own IPsec: what its policies are about is encrypted, is let in
# only if it was, or is dropped and counted; with IPv4 and IPv6. The cipher is
# null, so wires can be read.
# Kernels: debug

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"

# By family: the header in a tunnel, what fits into a packet of ESP, and the UDP
# checksum of a request.
declare -A IN_IP=([4]=4 [6]=41) FITS=([4]=1464 [6]=1444) SUM=([4]=6bdb [6]=9316)

xfrm()
{
	ip -n "$DIRECTOR" xfrm "$@"
	check_err $? "ip xfrm $*"
}

# association SRC DST MODE [OPTION...]: packets have the number 257
association()
{
	xfrm state add src "$1" dst "$2" proto esp spi 257 mode "$3" \
		enc 'ecb(cipher_null)' '' "${@:4}"
}

# wanted DIR SELECTOR... -- SRC DST MODE: a policy
wanted()
{
	local dir=$1 selector=()

	shift
	while [ "$1" != -- ]; do
		selector+=("$1")
		shift
	done
	xfrm policy add dir "$dir" "${selector[@]}" \
		tmpl src "$2" dst "$3" proto esp mode "$4"
}

no_ipsec()
{
	xfrm policy flush
	xfrm state flush
}

# --- traffic ------------------------------------------------------------

# ask PORT [SPORT]: a request; port 53 is by NAT, 54 by DR, 55 by TUN
ask()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP /" \
	    "udp sport=${2-1001} dport=$1 / data 8"
}

answer()
{
	pkt send "$SV" "$IP src=$RS dst=$CIP /" \
	    "udp sport=5353 dport=1001 / data 8"
}

# arrives WIRE REGEX WHAT
arrives()
{
	pkt recv "$1" 2000 > /dev/null
	check_match "$REPLY" "$2" "$3"
}

request_in_clear()
{
	ask 53
	arrives "$SV" "^$IP src=$CIP dst=$RS .*dport=5353 / data 8" "in clear"
}

answer_in_clear()
{
	answer
	arrives "$CL" "^$IP src=$VIP dst=$CIP .*sport=53 .*/ data 8" "in clear"
}

# Both ways, by the fast path if there is no IPsec.
establish()
{
	no_ipsec
	request_in_clear
	answer_in_clear
	request_in_clear
	answer_in_clear
}

# refused WIRE COUNT COMMAND...: nothing arrives there, and the drops count
refused()
{
	local before

	before=$(drops policy)
	"${@:3}"
	expect_silence "$1"
	check_eq "$(drops policy)" $((before + $2)) "drops: ${*:3}"
}

# --- what leaves --------------------------------------------------------

replies_leave()
{
	establish
	association "$VIP" "$CIP" transport
	wanted out src "$VIP" dst "$CIP" proto udp sport 53 -- \
		"$VIP" "$CIP" transport
	answer
	arrives "$CL" "^$IP src=$VIP dst=$CIP .*esp spi=257 seq=1 " "a reply"
	request_in_clear
	xfrm policy flush
	answer_in_clear
	xfrm policy add dir out src "$VIP" dst "$CIP" action block
	refused "$CL" 1 answer
	request_in_clear
}

replies()
{
	both replies_leave
	log_test "NAT: replies are encrypted as the policies for the VIP say"
}

ruled()
{
	ip -n "$DIRECTOR" rule add to 10.99.0.0/16 blackhole
	ip -n "$DIRECTOR" -6 rule add to 2001:db8:99::/64 blackhole
	both replies_leave
	both requests_leave
	ip -n "$DIRECTOR" rule del to 10.99.0.0/16
	ip -n "$DIRECTOR" -6 rule del to 2001:db8:99::/64
	log_test "with policy rules it is the same"
}

# It fits as it came, not as it is to leave.
reply_too_big()
{
	local df=

	[ "$IP" = ip6 ] || df=" df"
	establish
	association "$VIP" "$CIP" transport
	wanted out src "$VIP" dst "$CIP" -- "$VIP" "$CIP" transport
	pkt send "$SV" "$IP src=$RS dst=$CIP$df /" \
	    "udp sport=5353 dport=1001 / data ${FITS[$FAMILY]}"
	arrives "$SV" "^$IP src=$INNER dst=$RS .*$ICMP $TOO_BIG mtu=14[0-9]* / \
$IP src=$RS dst=$CIP .*sport=5353 " "the server is told"
	expect_silence "$CL"
}

too_big()
{
	both reply_too_big
	log_test "NAT: a server learns what fits with IPsec"
}

requests_leave()
{
	establish
	association "$INNER" "$RS" tunnel
	wanted out dst "$RS" proto udp dport 5353 -- "$INNER" "$RS" tunnel
	ask 53
	arrives "$SV" "^$IP src=$INNER dst=$RS .*esp spi=257 seq=1 " "tunnel"
	answer_in_clear
	no_ipsec
	request_in_clear
	association "$CIP" "$RS" transport
	wanted out src "$CIP" dst "$RS" -- "$CIP" "$RS" transport
	ask 53
	arrives "$SV" "^$IP src=$CIP dst=$RS .*esp spi=257 seq=1 " "transport"
	# There is a policy, and nobody to agree upon keys.
	xfrm state flush
	refused "$SV" 1 ask 53
	no_ipsec
	request_in_clear
}

requests()
{
	both requests_leave
	log_test "NAT: requests are encrypted as the policies for the server say"
}

# By DR the packet says nothing of the server, so only a tunnel can take it there.
direct_leave()
{
	no_ipsec
	ask 54
	ask 54
	arrives "$SV" "^$IP src=$CIP dst=$VIP .*udp .*dport=54 " "in clear"
	arrives "$SV" "^$IP src=$CIP dst=$VIP .*udp .*dport=54 " "in clear"
	association "$INNER" "$RS_DR" tunnel
	wanted out dst "$RS_DR" -- "$INNER" "$RS_DR" tunnel
	ask 54
	arrives "$SV" "^$IP src=$INNER dst=$RS_DR .*esp spi=257 seq=1 " "server"
	no_ipsec
	association "$INNER" "$RS_DR" transport
	wanted out dst "$RS_DR" -- "$INNER" "$RS_DR" transport
	refused "$SV" 1 ask 54
	no_ipsec
	association "$INNER" "$RS_DR" tunnel
	wanted out dst "$VIP" proto udp dport 54 -- "$INNER" "$RS_DR" tunnel
	ask 54
	arrives "$SV" "^$IP src=$INNER dst=$RS_DR .*esp spi=257 seq=1 " "VIP"
	no_ipsec
}

direct()
{
	both direct_leave
	log_test "DR: requests are encrypted in a tunnel to the server, or dropped"
}

tunnel_leave()
{
	no_ipsec
	ask 55
	ask 55
	arrives "$SV" "^$IP src=$INNER dst=$RS_TUN .*/ $IP src=$CIP " "in clear"
	arrives "$SV" "^$IP src=$INNER dst=$RS_TUN .*/ $IP src=$CIP " "in clear"
	association "$INNER" "$RS_TUN" transport
	wanted out src "$INNER" dst "$RS_TUN" proto "${IN_IP[$FAMILY]}" -- \
		"$INNER" "$RS_TUN" transport
	ask 55
	arrives "$SV" "^$IP src=$INNER dst=$RS_TUN .*esp spi=257 seq=1 " "IPIP"
	xfrm state flush
	refused "$SV" 1 ask 55
	no_ipsec
}

tunnels()
{
	both tunnel_leave
	log_test "TUN: what is wrapped is encrypted"
}

# --- what comes in ------------------------------------------------------

# ask_encrypted SEQ: the same as "ask 53", in ESP
ask_encrypted()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / esp spi=257 seq=$1 /" \
	    "data hex=03e900350010${SUM[$FAMILY]}000102030405060701020211"
}

conns()
{
	lbctl -L -n -c | grep -c "1002"
}

requests_enter()
{
	establish
	association "$CIP" "$VIP" transport sel src "$CIP" dst "$VIP"
	wanted in src "$CIP" dst "$VIP" -- "$CIP" "$VIP" transport
	refused "$SV" 3 ask_all
	check_eq "$(conns)" 0 "connections of what was refused"
	ask_encrypted 1
	arrives "$SV" "^$IP src=$CIP dst=$RS .*udp .*dport=5353 / data 8" \
		"what was encrypted"
	answer_in_clear
	no_ipsec
	request_in_clear
}

# Known connections and new ones
ask_all()
{
	ask 53
	ask 53 1002
	ask 54 1002
}

enter()
{
	both requests_enter
	log_test "requests in clear are refused where they must be encrypted"
}

# What a server sends to a client it does not have, which is the director.
stray()
{
	pkt send "$SV" "$IP src=$RS dst=$INNER /" \
	    "udp sport=5353 dport=2001 / data 8"
}

strays_enter()
{
	no_ipsec
	stray
	arrives "$SV" "^$IP src=$INNER dst=$RS .*$ICMP $PORT_UNREACH " "told"
	xfrm policy add dir in src "$RS" dst "$INNER" action block
	refused "$SV" 1 stray
	no_ipsec
}

strays()
{
	setting nat_icmp_send 1
	both strays_enter
	setting nat_icmp_send 0
	log_test "nobody is told about what policies refuse"
}

# The association is between client and VIP, the socket has another address.
local_server()
{
	family 4
	no_ipsec
	lbctl -a -u "$VIP:53" -r 172.16.32.111:5353 -m
	lbctl -d -u "$VIP:53" -r "$RS:5353"
	lbctl conn flush
	association "$CIP" "$VIP" transport sel src "$CIP" dst "$VIP"
	wanted in src "$CIP" dst "$VIP" -- "$CIP" "$VIP" transport
	ask_encrypted 2
	arrives "$CL" "^ip src=$VIP dst=$CIP .*udp sport=53 .*/ data" \
		"answer of the director"
	no_ipsec
	log_test "NAT to the director itself: what was encrypted gets there"
}

lb_load || skip_all "the module does not load"
modprobe -a xfrm_user esp4 esp6 authenc crypto_null 2> /dev/null
# shellcheck disable=SC2119 # no words
topo_wire6
udp_services
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
pkt udp_serve "$DIRECTOR" 172.16.32.111 5353 director
tests_run replies ruled too_big requests direct tunnels enter strays local_server
