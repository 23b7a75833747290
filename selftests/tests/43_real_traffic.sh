#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.1
# CPUs: 1
#
# Whole transfers between real stacks: large ones with the offloads that veth
# has and without, and datagrams in fragments, all compared by content.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

# begin VIP ADDRESS1 ADDRESS2 METHOD: configure the director; web servers that
# send a large file and tell the checksum of what is posted to them; UDP
# servers, which have to be bound to the address they answer from.
begin()
{
	local rs

	VIP=$1
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
	for rs in "$RS1" "$RS2"; do
		web_server "$rs" 80 "$rs"
		cp "$TMP/big" "$TMP/www/$rs-80/big"
		mkdir -p "$TMP/www/$rs-80/cgi-bin"
		cp "$TMP/sum" "$TMP/www/$rs-80/cgi-bin/sum"
	done
	for port in "-t $VIP:80" "-u $VIP:53"; do
		echo "-A $port -s rr"
		echo "-a $port -r $2 $4"
		echo "-a $port -r $3 $4"
	done | lbctl -R
	[ "$4" = -m ] || set -- "$VIP" "$VIP" "$VIP"
	pkt udp_serve "$RS1" "$2" 53 rs1
	pkt udp_serve "$RS2" "$3" 53 rs2
}

# transfer: both ways, each server once, as every request is a connection. Most
# packets take the fast path.
transfer()
{
	local page="http://$VIP/big" form="http://$VIP/cgi-bin/sum"
	local sums

	paths
	sums=$(in_ns "$CLIENT" curl -s -m 60 "$page" "$page" | sha256sum)
	check_eq "$sums" "$SUM_TWICE" "downloads are not what was sent"
	sums=$(in_ns "$CLIENT" curl -s -m 60 -H Expect: \
	       --data-binary "@$TMP/big" "$form" "$form")
	check_eq "$sums" "$SUM"$'\n'"$SUM" "uploads are not what was sent"
	paths
	[ "${TAKEN%% *}" -gt 50 ] && [[ $TAKEN == [0-9]*\ fast\ * ]]
	check_err $? "not by the fast path: $TAKEN"
	check_eq "$(lbctl -L -n --stats -t "$VIP:80" |
		    awk '/->.*:80 / { print $3 }' | sort -u | wc -l)" 1 \
		 "the servers have unequal shares"
}

# datagrams: of one packet and of many fragments, echoed by each server. The
# first large one may be lost to the client's learning of the path MTU.
datagrams()
{
	local size

	for size in 1472 4000; do
		busywait 10000 echoed rs1 "$size" > /dev/null
		check_err $? "no echo of $size bytes by the first server"
		busywait 10000 echoed rs2 "$size" > /dev/null
		check_err $? "no echo of $size bytes by the second server"
	done
}

# echoed SERVER SIZE: from a port that the client has not used yet.
echoed()
{
	pkt udp_ask "$CLIENT" 192.168.1.5 0 "$VIP" 53 2000 "$2"
	[ "$REPLY" = "$1 data $2" ]
}

# No segments, no checksums are left to devices, on any link.
offloads_off()
{
	local ns dev

	for ns in "${NS_LIST[@]}"; do
		for dev in $(ip -n "$ns" -br link show type veth); do
			[[ $dev != *@* ]] ||
				in_ns "$ns" ethtool -K "${dev%@*}" tx off \
					rx off tso off gso off gro off
		done > /dev/null
	done
}

nat()
{
	topo_nat
	begin 192.168.1.111 172.16.32.110 172.16.32.112 -m
	transfer
	datagrams
	log_test "content: NAT"
}

dr()
{
	cleanup_all_ns
	topo_dr
	ip -n "$DIRECTOR" addr add 192.168.1.10/24 dev eth0
	dr_real_server "$RS1" 192.168.1.10
	dr_real_server "$RS2" 192.168.1.10
	begin 192.168.1.10 192.168.1.21 192.168.1.31 -g
	transfer
	datagrams
	log_test "content: DR"
}

tun()
{
	cleanup_all_ns
	topo_tun
	ip -n "$DIRECTOR" addr add 192.168.1.10/24 dev eth0
	tun_real_server "$RS1" 192.168.1.10
	tun_real_server "$RS2" 192.168.1.10
	begin 192.168.1.10 10.0.21.21 10.0.31.31 -i
	transfer
	datagrams
	log_test "content: TUN"
}

# The same once more with the topology that the test before has left.
plain()
{
	offloads_off
	transfer
	log_test "content: $1 without offloads"
}

nat_plain() { plain NAT; }
tun_plain() { plain TUN; }

lb_load || skip_all "the module does not load"
random_file 2048 "$TMP/big"
SUM=$(sha256sum < "$TMP/big")
SUM_TWICE=$(cat "$TMP/big" "$TMP/big" | sha256sum)
cat > "$TMP/sum" << 'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
head -c "$CONTENT_LENGTH" | sha256sum
END
chmod +x "$TMP/sum"
pkt_start
tests_run nat nat_plain dr tun tun_plain
