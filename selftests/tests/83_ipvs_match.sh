#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The match "ipvs" of iptables: each option, as it is and inverted, counts what
# it does with ip_vs; and with a rule that has it, real servers without a route
# back work.
#
# Kernels: 7.2
# CPUs: 1

LB_SUT=${LB_SUT:-lb_ipvs}

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"
# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

setup()
{
	# shellcheck disable=SC2119 # no words
	topo_wire6
	ctl -R <<- 'END'
	-A -t 192.168.1.111:80 -s rr
	-a -t 192.168.1.111:80 -r 172.16.32.110:8080 -m
	-A -t 192.168.1.111:81 -s rr -p 60
	-a -t 192.168.1.111:81 -r 172.16.32.110:8081 -m
	-A -u 192.168.1.111:53 -s rr
	-a -u 192.168.1.111:53 -r 172.16.32.110:53 -m
	-A -u 192.168.1.111:54 -s rr
	-a -u 192.168.1.111:54 -r 172.16.32.110 -g
	-A -u 192.168.1.111:55 -s rr
	-a -u 192.168.1.111:55 -r 172.16.32.110 -i
	-A -t [2001:db8:1::111]:80 -s rr
	-a -t [2001:db8:1::111]:80 -r [2001:db8:2::110]:8080 -m
	-A -t [2001:db8:1::111]:81 -s rr -p 60
	-a -t [2001:db8:1::111]:81 -r [2001:db8:2::110]:8081 -m
	-A -u [2001:db8:1::111]:53 -s rr
	-a -u [2001:db8:1::111]:53 -r [2001:db8:2::110]:53 -m
	-A -u [2001:db8:1::111]:54 -s rr
	-a -u [2001:db8:1::111]:54 -r [2001:db8:2::110]:54 -g
	-A -u [2001:db8:1::111]:55 -s rr
	-a -u [2001:db8:1::111]:55 -r [2001:db8:2::110]:55 -i
	END
}

ctl()
{
	if [ "$LB_SUT" = ipvs ]; then
		lbctl "$@"
	else
		lb_tool "$@"
	fi
}

# tables ARGUMENT..., tables_restore: the program of the family
tables()
{
	if [ "$FAMILY" = 4 ]; then
		in_ns "$DIRECTOR" iptables "$@"
	else
		in_ns "$DIRECTOR" ip6tables "$@"
	fi
}

tables_restore()
{
	if [ "$FAMILY" = 4 ]; then
		in_ns "$DIRECTOR" iptables-restore --noflush
	else
		in_ns "$DIRECTOR" ip6tables-restore --noflush
	fi
}

# options: words for a rule, in a line each, that say something true of some
# packets below and false of others
options()
{
	local other=192.168.1.112

	[ "$FAMILY" = 4 ] || other=2001:db8:1::112
	cat <<- END
	--ipvs
	! --ipvs
	--vproto tcp
	! --vproto tcp
	--vproto udp
	--vaddr $VIP
	! --vaddr $VIP
	--vaddr $other
	! --vaddr $other
	--vaddr $VIP/24
	--vport 80
	! --vport 80
	--vport 8080
	--vdir ORIGINAL
	--vdir REPLY
	--vmethod MASQ
	! --vmethod MASQ
	--vmethod GATE
	--vmethod IPIP
	! --vmethod IPIP
	--vportctl 81
	! --vportctl 81
	--vportctl 80
	--ipvs --vproto tcp --vport 80 --vaddr $VIP --vdir ORIGINAL --vmethod MASQ
	END
}

# Rules that count, in each chain that a packet may come by, and with them what
# they count. One process adds them all.
add_rules()
{
	local chain words

	{
		echo "*mangle"
		for chain in PREROUTING INPUT FORWARD OUTPUT POSTROUTING; do
			while read -r words; do
				echo "-A $chain -m ipvs $words"
			done < <(options)
		done
		echo COMMIT
	} | tables_restore
}

show_counts()
{
	tables -t mangle -nvxL |
		awk '/^Chain/ { print $2 } /ipvs|vproto|vaddr|v[a-z]* / {
			printf "%s", $1
			for (i = 9; i <= NF; i++)
				printf " %s", $i
			print "" }'
	tables -t mangle -F
}

connection()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / tcp sport=$1 dport=$2 flags=S"
	pkt send "$SV" "$IP src=$RS dst=$CIP / tcp sport=$3 dport=$1 flags=SA"
	pkt send "$CL" "$IP src=$CIP dst=$VIP / tcp sport=$1 dport=$2 flags=A"
}

datagrams()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / udp sport=$1 dport=$2 / data 9"
	pkt send "$SV" "$IP src=${3-$RS} dst=$CIP / udp sport=$2 dport=$1 / data 9"
	pkt send "$CL" "$IP src=$CIP dst=$VIP / udp sport=$1 dport=$2 / data 9"
}

# count BASE: what the rules see of a packet of each kind
count()
{
	add_rules
	connection $(($1 + 1)) 80 8080
	connection $(($1 + 2)) 81 8081
	datagrams $(($1 + 3)) 53
	datagrams $(($1 + 4)) 54 "$VIP"
	datagrams $(($1 + 5)) 55 "$VIP"
	# Not balanced
	pkt send "$CL" "$IP src=$CIP dst=$VIP / udp sport=9 dport=99 / data 9"
	pkt send "$CL" "$IP src=$CIP dst=$RS / udp sport=9 dport=99 / data 9"
	show_counts
}

untracked()
{
	setting conntrack 0
	both count 2000
}

tracked()
{
	setting conntrack 1
	both count 3000
	setting conntrack 0
}

# What a rule may not be
mistakes()
{
	both tables -t mangle -A POSTROUTING -m ipvs
	both tables -t mangle -A POSTROUTING -m ipvs --vport 70000
	both tables -t mangle -A POSTROUTING -m ipvs --vmethod NONE
	both tables -t mangle -nL
}

# page SECONDS: of a real server that knows no way to the client. Where there
# can be none, the client does not wait for long.
page()
{
	local vip=192.168.1.111

	[ "$FAMILY" = 4 ] || vip="[2001:db8:1::111]"
	in_ns "$CLIENT" curl -gs -m "$1" "http://$vip:8000/" ||
		echo "no page: $?"
}

snat()
{
	local rs=172.16.32.110 to=172.16.32.111 net=172.16.0.0/16

	[ "$FAMILY" = 4 ] ||
		rs="[2001:db8:2::110]" to=2001:db8:2::111 net=2001:db8:2::/64
	setting conntrack 1
	ctl -A -t "$1:8000" -s rr
	ctl -a -t "$1:8000" -r "$rs:80" -m
	page 2
	tables -t nat -A POSTROUTING -d "$net" -m ipvs --ipvs --vport 8000 \
		-j SNAT --to-source "$to"
	page 20
	tables -t nat -F POSTROUTING
	page 2
	tables -t nat -A POSTROUTING -m ipvs --ipvs --vdir ORIGINAL \
		--vmethod MASQ -j MASQUERADE
	page 20
	tables -t nat -F POSTROUTING
	ctl -D -t "$1:8000"
}

no_route_back()
{
	local rs

	cleanup_ns "$CLIENT" "$DIRECTOR" "$SERVERS"
	topo_nat6
	for rs in "$RS1" "$RS2"; do
		ip -n "$rs" route del default
		ip -n "$rs" -6 route del default
	done
	web_server "$RS1" 80 "page of the first"
	(FAMILY=4 snat 192.168.1.111) > "$TMP/snat4" 2>&1 &
	FAMILY=6 snat "[2001:db8:1::111]"
	wait $!
	cat "$TMP/snat4"
}

# What pages show is the same on a kernel with checks, and takes long.
if is_debug_kernel; then
	diff_run setup untracked tracked mistakes
else
	diff_run setup untracked tracked mistakes no_route_back
fi
