#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Policy rules: what counts when a request is routed to its real server, with
# IPv4 and IPv6.
# Kernels: 6.1 7.2 quick
# CPUs: 1

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"

# rule add|del SELECTOR... ACTION
rule()
{
	ip -n "$DIRECTOR" "-$FAMILY" rule "$@"
	check_err $? "ip rule $*"
}

# ask PORT SPORT [SRC [OPTION...]]: a request; port 53 is by NAT, 54 by DR, 55 by
# TUN.
ask()
{
	pkt send "$CL" "$IP src=${3-$CIP} dst=$VIP ${*:4} /" \
	    "udp sport=$2 dport=$1 / data 8"
}

# passes PORT SPORT [SRC [OPTION...]]
passes()
{
	local to=$RS src=${3-$CIP}

	[ "$1" != 54 ] || to=$VIP
	[ "$1" != 55 ] || to=$RS_TUN src=$INNER
	ask "$@"
	pkt recv "$SV" 2000 > /dev/null
	check_match "$REPLY" "^$IP src=$src dst=$to .*sport=$2 .*/ data 8" \
		    "passes $*"
}

# refused PORT SPORT [SRC [OPTION...]]: the client is told
refused()
{
	local before

	before=$(drops no-route)
	ask "$@"
	pkt recv "$CL" 2000 > /dev/null
	check_match "$REPLY" "^$IP src=[^ ]* dst=${3-$CIP} .*$ICMP $HOST_UNREACH /" \
		    "refused $*"
	expect_silence "$SV"
	check_eq "$(drops no-route)" $((before + 1)) "drops: $*"
}

# Established connections and new ones, of all methods
source_counts()
{
	passes 53 1001
	passes 54 1001
	passes 55 1001
	rule add from "$CIP" to "$RS" prohibit
	rule add from "$CIP" to "$RS_DR" prohibit
	refused 53 1001
	refused 53 1002
	refused 54 1001
	passes 55 1001
	passes 53 1001 "$OTHER_CIP"
	passes 54 1001 "$OTHER_CIP"
	rule del from "$CIP" to "$RS" prohibit
	rule del from "$CIP" to "$RS_DR" prohibit
	passes 53 1001
	passes 54 1001
}

by_source()
{
	both source_counts
	log_test "rules by source"
}

rest_counts()
{
	passes 53 1011 "$CIP" "$TOS=16"
	rule add to "$RS" tos 0x10 prohibit
	rule add to "$RS_TUN" tos 0x10 prohibit
	refused 53 1011 "$CIP" "$TOS=16"
	passes 53 1011
	refused 55 1011 "$CIP" "$TOS=16"
	passes 55 1011
	rule del to "$RS" tos 0x10 prohibit
	rule del to "$RS_TUN" tos 0x10 prohibit
	rule add ipproto udp dport 5353 prohibit
	refused 53 1011
	passes 54 1011
	rule del ipproto udp dport 5353 prohibit
	passes 53 1011 "$CIP" "$TOS=16"
}

by_the_rest()
{
	both rest_counts
	log_test "rules by type of service and port"
}

# The mark, or a source, that brings packets here would bring them here again.
delivery_is_no_way()
{
	ip -n "$DIRECTOR" "-$FAMILY" route add local default dev lo table 100
	rule add fwmark 7 lookup 100
	rule add from "$CIP" lookup 100
	passes 53 1021
	passes 54 1021
	passes 55 1021
	passes 53 1021 "$OTHER_CIP"
	rule del from "$CIP" lookup 100
	rule del fwmark 7 lookup 100
	rule add fwmark 7 prohibit
	passes 53 1021
	rule del fwmark 7 prohibit
}

to_here()
{
	in_ns "$DIRECTOR" nft -f - <<- END
	table inet test {
		chain pre {
			type filter hook prerouting priority mangle
			udp dport { 53, 54, 55 } meta mark set 7
		}
	}
	END
	both delivery_is_no_way
	in_ns "$DIRECTOR" nft delete table inet test
	log_test "rules that deliver packets to lb, and marks"
}

lb_load || skip_all "the module does not load"
# shellcheck disable=SC2119 # no words
topo_wire6
udp_services
ns_sysctl "$DIRECTOR" net.ipv4.icmp_ratelimit=0
tests_run by_source by_the_rest to_here
