#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# SYNPROXY before the balancer, by the recipe of firewall.rst: clients
# that answer are served, and a SYN alone opens no connection.
# Kernels: 7.2
# CPUs: 1

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111

recipe()
{
	lbctl config set conntrack 1 &&
	in_ns "$DIRECTOR" sysctl -qw net.netfilter.nf_conntrack_tcp_loose=0 &&
	in_ns "$DIRECTOR" nft -f - <<- END
	table inet f {
		chain raw {
			type filter hook prerouting priority raw
			ip daddr $VIP tcp dport 80 tcp flags syn notrack
		}
		chain input {
			type filter hook input priority filter
			ip daddr $VIP tcp dport 80 ct state untracked,invalid \
				synproxy mss 1460 wscale 7 timestamp sack-perm
		}
	}
	END
}

# fetch FILE: its sum, as the client gets it
fetch()
{
	in_ns "$CLIENT" curl -s --max-time 20 "http://$VIP/$1" | sha256sum
}

# proxied COLUMN: what SYNPROXY counted on all CPUs
proxied()
{
	# shellcheck disable=SC2016 # awk's
	in_ns "$DIRECTOR" awk -v name="$1" '
		NR == 1 { for (i = 1; i <= NF; i++) if ($i == name) col = i }
		NR > 1  { sum += sprintf("%d", "0x" $col) }
		END     { print sum }' /proc/net/stat/synproxy
}

syns_received()
{
	[ "$(proxied syn_received)" -ge "$1" ]
}

clients()
{
	local sum

	web_file "$RS1" 80 large 300
	sum=$(sha256sum < "$TMP/www/$RS1-80/large")
	check_eq "$(fetch large)" "$sum" "the file"
	check_eq "$(fetch large)" "$sum" "the file, once more"
	check_eq "$(proxied cookie_valid)" 2 "cookies that clients returned"
	check_match "$(lbctl -L -n --stats)" \
		"TCP +$VIP:80 +2 " "connections of the service"
	log_test "clients of SYNPROXY are served"
}

# The client does not hear the answer, so it never returns the cookie.
syn_alone()
{
	local before

	before=$(proxied syn_received)
	in_ns "$CLIENT" nft -f - <<- END
	table inet deaf {
		chain input {
			type filter hook input priority filter
			tcp sport 80 drop
		}
	}
	END
	in_ns "$CLIENT" curl -s --connect-timeout 0.2 "http://$VIP/"
	busywait 5000 syns_received $((before + 1))
	check_err $? "the SYN did not come to SYNPROXY"
	check_match "$(lbctl -L -n --stats)" \
		"TCP +$VIP:80 +2 " "connections of the service"
	log_test "a SYN alone opens no connection"
}

topo_nat
web_server "$RS1" 80 rs1
ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
lb_load
lbctl -A -t $VIP:80 -s rr
lbctl -a -t $VIP:80 -r 172.16.32.110:80 -m
recipe
check_err $? "the recipe"

tests_run clients syn_alone
