#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.1 debug quick
# CPUs: 1
#
# Tunnels of every type, with and without checksums, unwrapped by the kernel of
# the real server: whole transfers with the offloads, through a narrow link,
# and what listings say of them.

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.10
LOCAL=10.0.21.21	# the server's end of the tunnels
REMOTE=192.168.1.11	# the director's

# decap DEVICE OPTION...: the real server unwraps what comes for it.
decap()
{
	ip -n "$RS1" link add "$@" || return 1
	ip -n "$RS1" link set "$1" up
	ns_sysctl "$RS1" "net.ipv4.conf.$1.rp_filter=0"
}

setup()
{
	topo_tun
	modprobe -a ip_gre fou ipip
	ip -n "$DIRECTOR" addr add "$VIP"/24 dev eth0
	ip -n "$RS1" addr add "$VIP"/32 dev lo
	ns_sysctl "$RS1" net.ipv4.conf.all.arp_{ignore=1,announce=2}
	ns_sysctl "$DIRECTOR" net.ipv4.ip_forward=1
	decap plain type ipip local "$LOCAL" remote "$REMOTE"
	decap route type gre local "$LOCAL" remote "$REMOTE"
	ip -n "$RS1" fou add port 6080 gue
	web_server "$RS1" 80 rs1
	cp "$TMP/big" "$TMP/www/$RS1-80/big"
	mkdir -p "$TMP/www/$RS1-80/cgi-bin"
	cp "$TMP/sum" "$TMP/www/$RS1-80/cgi-bin/sum"
	lbctl -A -t "$VIP:80" -s rr
	lbctl -a -t "$VIP:80" -r "$LOCAL" -i
}

# tunnel OPTION...: that is how the director reaches the real server.
tunnel()
{
	lbctl -e -t "$VIP:80" -r "$LOCAL" -i "$@"
	check_err $? "the tunnel is refused: $*"
}

received()
{
	dev_stat "$RS1" "$1" rx_packets
}

# transfer DEVICE WHAT: a file each way; the server gets all by DEVICE, and most
# of it by the fast path.
transfer()
{
	local before sum

	before=$(received "$1")
	paths
	sum=$(in_ns "$CLIENT" curl -s -m 60 "http://$VIP/big" | sha256sum)
	check_eq "$sum" "$SUM" "$2: download"
	sum=$(in_ns "$CLIENT" curl -s -m 60 -H Expect: --data-binary \
	      "@$TMP/big" "http://$VIP/cgi-bin/sum")
	check_eq "$sum" "$SUM" "$2: upload"
	[ "$(($(received "$1") - before))" -gt 10 ]
	check_err $? "$2: not by $1"
	paths
	[[ $TAKEN == [0-9][0-9]*\ fast\ * ]]
	check_err $? "$2: not by the fast path: $TAKEN"
}

# info TEXT: what --tun-info shows.
info()
{
	check_match "$(lbctl -L -n --tun-info)" "-> $LOCAL:80 +Tunnel +$1 +1 " \
		    "--tun-info"
}

ipip()
{
	tunnel
	info ipip
	transfer plain ipip
	log_test "tunnel: ipip"
}

gre()
{
	tunnel --tun-type gre
	info gre:-c
	transfer route gre
	ip -n "$RS1" link del route
	decap route type gre local "$LOCAL" remote "$REMOTE" icsum
	tunnel --tun-type gre --tun-csum
	info 'gre:\+c'
	transfer route "gre with checksum"
	log_test "tunnel: GRE, with and without checksum"
}

gue()
{
	local option text

	for option in nocsum csum remcsum; do
		tunnel --tun-type gue --tun-port 6080 "--tun-$option"
		text=$(lbctl -S -n | grep -o -- '--tun-type.*')
		check_eq "$text" "--tun-type gue --tun-port 6080 --tun-$option" \
			 "saved"
		transfer plain "gue, $option"
	done
	info 'gue:6080:r\+c'
	log_test "tunnel: GUE, with each kind of checksum"
}

# The same where devices cut nothing and compute no checksum.
without_offloads()
{
	local ns dev

	for ns in "$CLIENT" "$DIRECTOR" "$ROUTER" "$RS1" "$SWITCH"; do
		for dev in $(ip -n "$ns" -br link show type veth); do
			[[ $dev != *@* ]] ||
				in_ns "$ns" ethtool -K "${dev%@*}" tx off \
					rx off tso off gso off gro off
		done > /dev/null
	done
	tunnel --tun-type gre --tun-csum
	transfer route "gre with checksum"
	tunnel --tun-type gue --tun-port 6080 --tun-remcsum
	transfer plain "gue, remcsum"
	log_test "tunnel: without offloads"
}

# A router tells the director, and that the client, what fits.
narrow()
{
	local option device

	ip -n "$ROUTER" route change 10.0.21.0/24 dev eth1 mtu lock 1300
	for option in "--tun-type gre" "--tun-type gue --tun-port 6080"; do
		# shellcheck disable=SC2086 # options are words
		tunnel $option --tun-csum
		ip -n "$DIRECTOR" route flush cache
		ip -n "$CLIENT" route flush cache
		device=route
		[[ $option != *gue* ]] || device=plain
		transfer "$device" "narrow link, $option"
		check_match "$(ip -n "$CLIENT" route get "$VIP")" "mtu 12[0-9][0-9]" \
			    "$option: the client was not told"
	done
	log_test "tunnel: a narrow link behind it"
}

# refused MESSAGE TYPE PORT CHECKSUM, in words that the tool does not check.
refused()
{
	local out

	out=$(lbctl dest set tcp "$VIP:80" to "$LOCAL" tun tun-type "$2" \
	      tun-port "$3" tun-checksum "$4" 2>&1)
	check_eq $? 1 "$2 $3 $4: exit code"
	check_match "$out" "$1" "$2 $3 $4"
}

refusals()
{
	local before

	before=$(lbctl dest show)
	refused "needs a port.*tun-port" gue 0 none
	refused "only a tunnel of type gue has a port.*tun-port" gre 6080 none
	refused "has no checksum.*tun-checksum" ipip 0 full
	refused "only a tunnel of type gue can leave.*tun-checksum" gre 0 remote
	check_eq "$(lbctl dest show)" "$before" "something changed"
	log_test "tunnel: refusals"
}

lb_load || skip_all "the module does not load"
random_file 512 "$TMP/big"
SUM=$(sha256sum < "$TMP/big")
cat > "$TMP/sum" << 'END'
#!/bin/sh
printf 'Content-Type: text/plain\r\n\r\n'
head -c "$CONTENT_LENGTH" | sha256sum
END
chmod +x "$TMP/sum"
setup
tests_run ipip gre gue without_offloads narrow refusals
