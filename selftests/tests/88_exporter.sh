#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# prometheus-node-exporter as Debian has it: what its collector of IPVS reads from
# /proc/net is what the tool tells.
#
# Kernels: 6.12
# CPUs: 1
# Programs: exporter

# shellcheck source=../directors.sh
. "$(dirname "$0")/../directors.sh"

EXPORTER=$LB_CACHE/exporter/root/usr/bin/prometheus-node-exporter

set_up()
{
	topo_directors
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1 \
		net.ipv4.conf.{all,eth0}.send_redirects=0
	net_addr "$DIRECTOR" eth0 "$VIP/32"
	ip -n "$DIRECTOR" addr add "$VIP6/128" dev eth0 nodad preferred_lft 0
	web_server "$RS1" 80 rs1
	web_server "$RS2" 80 rs2
	ip -n "$RS2" route add 192.168.1.5 via 192.168.1.11
	in_ns "$DIRECTOR" iptables -t mangle -A PREROUTING -d "$VIP" -p tcp \
		--dport 443 -j MARK --set-mark 3
	web_server "$RS1" 443 rs1
	lbctl -R <<- END
	-A -t $VIP:80 -s rr
	-a -t $VIP:80 -r 192.168.1.21 -g -w 3
	-a -t $VIP:80 -r 192.168.1.31:80 -m -w 70000
	-A -u $VIP:53 -s wlc
	-a -u $VIP:53 -r 192.168.1.31:5353 -m -w 0
	-A -t [$VIP6]:80 -s rr
	-a -t [$VIP6]:80 -r [2001:db8:1::21]:80 -g
	-a -t [$VIP6]:80 -r [2001:db8:1::31]:80 -g
	-A -f 3 -s rr
	-a -f 3 -r 192.168.1.21:0 -g
	END
	in_ns "$DIRECTOR" "$EXPORTER" --collector.disable-defaults \
		--collector.ipvs --web.listen-address=127.0.0.1:9100 \
		> "$TMP/exporter.log" 2>&1 &
	background $!
	busywait 60000 port_listens "$DIRECTOR" 9100
}

# metrics [NAME]: what the exporter tells of IPVS
metrics()
{
	in_ns "$DIRECTOR" curl -s http://127.0.0.1:9100/metrics |
		sed -n "s/^node_ipvs_${1-}//p"
}

# total NAME, tool COLUMN: the exporter's, and the sum over all services
total()
{
	printf '%d' "$(metrics "$1_total " | awk '{ printf "%d", $1 }')"
}

tool()
{
	lbctl -L -n --stats --exact | awk -v column="$1" \
		'/^(TCP|UDP|FWM)/ { n += $column } END { print n + 0 }'
}

same_totals()
{
	local name column=3

	for name in connections incoming_packets outgoing_packets \
		    incoming_bytes outgoing_bytes; do
		[ "$(total $name)" = "$(tool $column)" ] || return
		column=$((column + 1))
	done
}

totals()
{
	check_eq "$(total connections)" 0 "connections before all"
	check_eq "$(answers 3 "http://$VIP/")" "rs1 rs2" "web"
	check_eq "$(answers 2 "http://[$VIP6]/")" "rs1 rs2" "web by IPv6"
	check_eq "$(answers 2 "http://$VIP:443/")" rs1 "shop"
	busywait 10000 same_totals
	check_err $? "exporter: $(metrics | grep _total)
tool: $(lbctl -L -n --stats --exact)"
	check_eq "$(total connections)" 7 "connections"
	[ "$(total incoming_bytes)" -gt 2000 ] &&
		[ "$(total outgoing_bytes)" -gt 200 ]
	check_err $? "bytes: $(metrics | grep bytes)"
	log_test "connections, packets and bytes are those of the tool"
}

# Rows "active TCP 192.168.1.10 80 192.168.1.21 80 VALUE" and the like
exported()
{
	metrics backend_ | sed -n 's/^\([a-z_]*\){local_address="\([^"]*\)",'`
		`'local_mark="\([^"]*\)",local_port="\([^"]*\)",'`
		`'proto="\([^"]*\)",remote_address="\([^"]*\)",'`
		`'remote_port="\([^"]*\)"} /\1 \5 \2\3 \4 \6 \7 /p' |
		awk '{ $NF = sprintf("%d", $NF); print }' | sort
}

# A mark has no port; the exporter says 0, and the mark as the kernel does.
listed()
{
	lbctl -L -n | tr -d '[]' | awk '
		function split_port(text) {
			return gensub(/:([0-9]+)$/, " \\1", 1, text)
		}
		$1 == "FWM" { service = sprintf("FWM %08X 0", $2); next }
		$1 ~ /^(TCP|UDP)$/ { service = $1 " " split_port($2); next }
		$1 == "->" && service {
			server = service " " split_port($2)
			print "connections_active", server, $5
			print "connections_inactive", server, $6
			print "weight", server, $4
		}' | sort
}

same_servers()
{
	[ "$(exported)" = "$(listed)" ]
}

servers_of_all()
{
	talk_begin "$VIP" 80
	busywait 20000 connected "$VIP:80" > /dev/null
	check_err $? "the client has not connected"
	busywait 10000 same_servers
	check_eq "$(exported)" "$(listed)" "real servers"
	check_match "$(exported)" "connections_active TCP [^"$'\n'"]* 1"$'\n' \
		"the connection"
	check_match "$(exported)" "weight [^"$'\n'"]* 70000" "weights"
	check_eq "$(exported | wc -l)" 18 "rows"
	talk_end > /dev/null
	log_test "weights and connections of each real server, too"
}

programs_load || skip_all "the modules do not load"
set_up
tests_run totals servers_of_all
