#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Both grammars of the tool on the module: what goes in comes out.
#
#   DIRECTOR, alone
#
# Kernels: 6.12
# CPUs: 1

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

# gives EXPECTED COMMAND...: succeeds and prints just that.
gives()
{
	local want=$1 out

	shift
	out=$("$@" 2>&1)
	check_err $? "$*"
	check_eq "$out" "$want" "output of $*"
}

ipvs_services()
{
	lbctl -C
	gives "" lbctl -A -t 192.0.2.1:80
	gives "" lbctl -A -t 192.0.2.1:443 -s sed -p 600 -M 255.255.255.0
	gives "" lbctl -A -t 192.0.2.1 -s rr -p
	gives "" lbctl -A -u 192.0.2.1:domain -s rr
	gives "" lbctl -A -f 7 -s nq
	gives "-A -t 192.0.2.1:0 -s rr -p 360
-A -t 192.0.2.1:80 -s wlc
-A -t 192.0.2.1:443 -s sed -p 600 -M 255.255.255.0
-A -u 192.0.2.1:53 -s rr
-A -f 7 -s nq" lbctl -S -n

	gives "" lbctl -E -t 192.0.2.1:443 -s wrr
	gives "-A -t 192.0.2.1:443 -s wrr" grep :443 <(lbctl -S -n)
	gives "" lbctl -E -f 7 -p 5
	gives "-A -f 7 -s wlc -p 5" grep -w 7 <(lbctl -S -n)
	gives "" lbctl -D -t 192.0.2.1:443
	check_eq "$(lbctl -S -n)" "-A -t 192.0.2.1:0 -s rr -p 360
-A -t 192.0.2.1:80 -s wlc
-A -u 192.0.2.1:53 -s rr
-A -f 7 -s wlc -p 5" "services after one was deleted"
	gives "" lbctl -C
	gives "" lbctl -S -n
	log_test "ipvsadm's grammar: services"
}

ipvs_servers()
{
	lbctl -C
	lbctl -A -t 192.0.2.1:80 -s rr
	lbctl -A -f 7 -s rr
	gives "" lbctl -a -t 192.0.2.1:80 -r 10.0.0.2
	gives "" lbctl -a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 7 -x 20 -y 10
	gives "" lbctl -a -t 192.0.2.1:http -r 10.0.0.1:99 -i -w 0
	gives "" lbctl -a -f 7 -r 10.0.0.2:99 -m -w 2147483647
	gives "Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  192.0.2.1:80 rr
  -> 10.0.0.1:80                  Tunnel  0      0          0         
  -> 10.0.0.2:80                  Route   1      0          0         
  -> 10.0.0.2:8080                Masq    7      0          0         
FWM  7 rr
  -> 10.0.0.2:99                  Masq    2147483647 0          0         " \
		tail -n +2 <(lbctl -L -n)
	gives "" lbctl -e -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -x 9
	gives "-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 1 -x 9" \
		grep 8080 <(lbctl -S -n)
	gives "" lbctl -d -t 192.0.2.1:80 -r 10.0.0.2
	gives "" lbctl -d -f 7 -r 10.0.0.2:99
	gives "-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.1:80 -i -w 0 --tun-type ipip
-a -t 192.0.2.1:80 -r 10.0.0.2:8080 -m -w 1 -x 9
-A -f 7 -s rr" lbctl -S -n
	log_test "ipvsadm's grammar: real servers"
}

ipvs_listings()
{
	local size

	lbctl -C
	size=$(lbctl stats | sed -n 's/^conn-table-size //p')
	check_match "$size" '^[1-9][0-9]*$' "size of the connection table"
	gives "IP Virtual Server version 1.2.1 (size=$size)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn" \
		lbctl
	gives "IPVS connection entries
pro expire state       source             virtual            destination" \
		lbctl -Lcn
	gives "Timeout (tcp tcpfin udp): 900 120 300" lbctl -L --timeout
	gives "" lbctl --set 0 60 0
	gives "Timeout (tcp tcpfin udp): 900 60 300" lbctl -L --timeout
	gives "" lbctl --set 901 120 301
	gives "Timeout (tcp tcpfin udp): 901 120 301" lbctl -L --timeout
	lbctl --set 900 120 300

	lbctl -A -t 192.0.2.1:80 -s rr
	lbctl -A -u 192.0.2.1:80 -s rr
	gives "Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
UDP  192.0.2.1:80 rr" lbctl -L -n -u 192.0.2.1:80
	gives "" lbctl -Z
	gives "" lbctl -Z -u 192.0.2.1:80
	log_test "ipvsadm's grammar: listings, timeouts, zero"
}

# Names come from a file of our own, and are cut where a column ends.
ipvs_names()
{
	local run

	cat > "$TMP/hosts" <<-END
	192.0.2.1 www.example.com
	10.0.0.2 a-server-with-quite-a-long-name.example.com
	END
	# shellcheck disable=SC2016
	run='mount --bind "$1" /etc/hosts; shift; "$@"'
	lbctl -C
	gives "" unshare -m bash -c "$run" - "$TMP/hosts" \
		ip netns exec "$DIRECTOR" "$TMP/bin/lbctl" \
		-A -t www.example.com:https -s rr
	lbctl -a -t 192.0.2.1:443 -r 10.0.0.2:8080 -m
	gives "-A -t 192.0.2.1:443 -s rr
-a -t 192.0.2.1:443 -r 10.0.0.2:8080 -m -w 1" lbctl -S -n
	gives "Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  www.example.com:https rr
  -> a-server-with-quite-a-long-n Masq    1      0          0         " \
		unshare -m bash -c "$run" - "$TMP/hosts" \
		ip netns exec "$DIRECTOR" "$TMP/bin/lbctl" \
		-L -t 192.0.2.1:443
	gives "-A -t www.example.com:https -s rr
-a -t www.example.com:https -r a-server-with-quite-a-long-name.example.com:http-alt -m -w 1" \
		unshare -m bash -c "$run" - "$TMP/hosts" \
		ip netns exec "$DIRECTOR" "$TMP/bin/lbctl" -S
	log_test "ipvsadm's grammar: names of hosts and ports"
}

words_services()
{
	lbctl service flush
	gives "" lbctl service add tcp 192.0.2.1:80
	gives "" lbctl service add udp 192.0.2.1:53 scheduler rr \
		dest 10.0.0.2 nat weight 5 dest 10.0.0.3:5353 nat
	gives "" lbctl service add fwmark 7 persistent 60 mask 255.255.0.0
	gives "tcp 192.0.2.1:80 scheduler wlc
udp 192.0.2.1:53 scheduler rr
fwmark 7 scheduler wlc persistent 60 mask 255.255.0.0" lbctl service show
	gives "udp 192.0.2.1:53 to 10.0.0.2:53 nat weight 5
udp 192.0.2.1:53 to 10.0.0.3:5353 nat weight 1" \
		lbctl dest show udp 192.0.2.1:53

	# set leaves alone what it does not name.
	gives "" lbctl service set fwmark 7 scheduler nq
	gives "fwmark 7 scheduler nq persistent 60 mask 255.255.0.0" \
		lbctl service show fwmark 7
	gives "" lbctl service set fwmark 7 persistent 0
	gives "fwmark 7 scheduler nq mask 255.255.0.0" \
		lbctl service show fwmark 7

	gives "" lbctl service set fwmark 7 tcp-timeout 30 udp-timeout 2678400 \
		tcp-fin-timeout 7
	gives "fwmark 7 scheduler nq mask 255.255.0.0 tcp-timeout 30 tcp-fin-timeout 7 udp-timeout 2678400" \
		lbctl service show fwmark 7
	# The other grammar has no word for them and lets them be.
	gives "" lbctl -E -f 7 -s rr
	gives "" lbctl service set fwmark 7 tcp-fin-timeout 0
	gives "fwmark 7 scheduler rr tcp-timeout 30 udp-timeout 2678400" \
		lbctl service show fwmark 7

	# replace does not.
	gives "" lbctl service replace fwmark 7
	gives "fwmark 7 scheduler wlc" lbctl service show fwmark 7
	gives "" lbctl service replace udp 192.0.2.1:53 persistent 9 \
		dest 10.0.0.4 tun dest 10.0.0.2 upper 8
	gives "udp 192.0.2.1:53 scheduler wlc persistent 9" \
		lbctl service show udp 192.0.2.1:53
	gives "udp 192.0.2.1:53 to 10.0.0.2:53 dr weight 1 upper 8
udp 192.0.2.1:53 to 10.0.0.4:53 tun weight 1" lbctl dest show
	gives "" lbctl service replace tcp 192.0.2.1:81 scheduler rr
	gives "tcp 192.0.2.1:81 scheduler rr" \
		lbctl service show tcp 192.0.2.1:81
	gives "" lbctl service del tcp 192.0.2.1:81
	check_eq "$(lbctl service | wc -l)" 3 "services"
	log_test "word grammar: services"
}

words_dests()
{
	local line

	lbctl service flush
	lbctl service add tcp 192.0.2.1:80
	gives "" lbctl dest add tcp 192.0.2.1:80 to 10.0.0.2:8080 nat \
		weight 5 upper 100 lower 50
	gives "" lbctl dest add tcp 192.0.2.1:80 to 10.0.0.3
	line="tcp 192.0.2.1:80 to 10.0.0.2:8080 nat weight 5 upper 100 lower 50"
	gives "$line
tcp 192.0.2.1:80 to 10.0.0.3:80 dr weight 1" lbctl dest show
	gives "" lbctl dest set tcp 192.0.2.1:80 to 10.0.0.2:8080 weight 0
	gives "${line/weight 5/weight 0}" grep 8080 <(lbctl dest show)
	gives "" lbctl dest del tcp 192.0.2.1:80 to 10.0.0.2:8080
	gives "" lbctl dest del tcp 192.0.2.1:80 to 10.0.0.3
	gives "" lbctl dest show

	# What show prints, add takes.
	# shellcheck disable=SC2086
	gives "" lbctl dest add $line
	gives "$line" lbctl dest show
	log_test "word grammar: real servers"
}

words_rest()
{
	gives "tcp-timeout 900
tcp-fin-timeout 120
udp-timeout 300
fastpath auto" head -n 4 <(lbctl config show)
	gives "" lbctl config set udp-timeout 30 tcp-timeout 100
	gives 30 lbctl config get udp-timeout
	gives 120 lbctl config get tcp-fin-timeout
	lbctl config set udp-timeout 300 tcp-timeout 900
	gives "" lbctl conn show
	gives 0 lbctl conn count
	gives "" lbctl stats zero
	gives "" lbctl service zero
	check_match "$(lbctl stats)" $'drop no-dest 0\n' "drop reasons"
	check_match "$(lbctl stats)" $'scheduler wlc(\n|$)' "schedulers"
	check_match "$(lbctl version)" $'^lbctl [0-9.]+\nlb [0-9.]+$' \
		"versions"
	check_eq "$(lbctl -v)" "$(lbctl version)" "versions by option"
	log_test "word grammar: config, conn, stats, version"
}

# json FILTER COMMAND...: what the filter, in Python, makes of the output d.
json()
{
	local filter=$1

	shift
	"$@" | python3 -c "
import json, sys
d = json.load(sys.stdin)
print($filter)"
}

words_json()
{
	lbctl service flush
	lbctl service add tcp 192.0.2.1:80 scheduler rr persistent 60 \
		dest 10.0.0.2:8080 nat weight 5 upper 8
	lbctl service add fwmark 7 tcp-fin-timeout 9
	gives "[(None, None), (9, None)]" \
		json "[(s.get('tcp-fin-timeout'), s.get('udp-timeout'))
		       for s in sorted(d, key=lambda s: s.get('fwmark', 0))]" \
		lbctl -j service show
	gives "[('192.0.2.1', 80, 'tcp', 'rr', 60), (None, None, None, 'wlc', 0)]" \
		json "[tuple(s.get(k) for k in ('addr4', 'port', 'protocol',
		       'scheduler', 'persist-timeout'))
		       for s in sorted(d, key=lambda s: s.get('fwmark', 0))]" \
		lbctl -j service show
	gives "[7]" json "[s['fwmark'] for s in d]" \
		lbctl -j service show fwmark 7
	gives "192.0.2.1 10.0.0.2 8080 nat 5 8 0 0" \
		json "d[0]['addr4'], *[d[0]['dest'][0][k] for k in ('addr4',
		      'port', 'forward', 'weight', 'upper-threshold',
		      'active-conns')], d[0]['dest'][0]['stats']['conns']" \
		lbctl -j dest show | tr -d "(',)"
	gives 1 json "len(d)" lbctl -j dest stats
	gives "[]" json "d" lbctl -j conn show
	gives 0 json "d['conns']" lbctl -j conn count
	gives "['auto', 120, 900, 300]" \
		json "[d[k] for k in sorted(d) if 'time' in k or 'fast' in k]" \
		lbctl -j config show
	gives "{'udp-timeout': 300}" json "d" lbctl -j config get udp-timeout
	gives "True 2 0" json "'wlc' in d['scheduler'], d['services'],
		d['drop']['no-dest']" \
		lbctl -j stats | tr -d "(',)"
	log_test "word grammar: JSON"
}

# Both grammars, and what they print of each other's work.
ipv6()
{
	local saved

	lbctl -C
	gives "" lbctl -A -t "[2001:db8::1]:80" -s rr -p 60 -M 64
	gives "" lbctl -a -t "[2001:db8::1]:80" -r "[2001:db8::2]:8080" -m -w 3
	gives "" lbctl service add fwmark 7 ipv6 dest 2001:db8::3 dr
	gives "" lbctl service add fwmark 7 scheduler rr
	gives "" lbctl service add udp "[2001:db8:1:2:3:4:5:6]:65535"
	gives "" lbctl dest add tcp "[2001:db8::1]:80" to 10.0.0.2 tun
	gives "Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port           Forward Weight ActiveConn InActConn
TCP  [2001:db8::1]:80 rr persistent 60 mask 64
  -> 10.0.0.2:80                  Tunnel  1      0          0         
  -> [2001:db8::2]:8080           Masq    3      0          0         
UDP  [2001:db8:1:2:3:4:5:6]:65535 wlc
FWM  7 rr
FWM  7 IPv6 wlc
  -> [2001:db8::3]:0              Route   1      0          0         " \
		tail -n +2 <(lbctl -L -n)
	gives "fwmark 7 ipv6 scheduler wlc" lbctl service show fwmark 7 ipv6
	gives "tcp [2001:db8::1]:80 to 10.0.0.2:80 tun weight 1
tcp [2001:db8::1]:80 to [2001:db8::2]:8080 nat weight 3" \
		lbctl dest show tcp "[2001:db8::1]:80"
	gives "ipv6 2001:db8::1 64" json "*[next(s for s in d if
		s.get('port') == 80)[k] for k in ('family', 'addr6',
		'persist-plen6')]" lbctl -j service show
	gives "2001:db8::2 2001:db8::3" json "*sorted(
		s['dest'][0]['addr6'] for s in d if 'addr6' in s['dest'][0])" \
		lbctl -j dest show

	# In words the kernel says what goes together.
	check_match "$(lbctl dest set tcp "[2001:db8::1]:80" to 10.0.0.2 dr 2>&1)" \
		'another family .*\(attribute dest.addr4\)$' "dr to IPv4"
	gives "" lbctl dest set tcp "[2001:db8::1]:80" to 10.0.0.2 weight 5

	saved=$(lbctl -S -n)
	lbctl -C
	gives "" lbctl -R <<< "$saved"
	gives "$saved" lbctl -S -n
	gives "" lbctl -R --replace <<< "$saved"
	gives "$saved" lbctl -S -n
	gives "" lbctl -D -f 7 -6
	gives "fwmark 7 scheduler rr" grep fwmark <(lbctl service)
	log_test "IPv6 in both grammars"
}

# Another namespace than that in which the tool is started.
namespaces()
{
	local ns=/run/netns/$DIRECTOR pid

	busybox nsenter --net="$ns" busybox sleep 1000 &
	pid=$!
	background "$pid"
	busywait 10000 test "$ns" -ef "/proc/$pid/ns/net"
	check_err $? "no process is in the namespace"
	lbctl service flush
	gives "" "$LBCTL" -n "$DIRECTOR" service add fwmark 0xff scheduler rr
	gives "fwmark 255 scheduler rr" lbctl ser ls
	gives "fwmark 255 scheduler rr" "$LBCTL" --netns="$pid" service list
	gives "[255]" json "[s['fwmark'] for s in d]" \
		"$LBCTL" -j -n "$pid" -p service
	gives "-A -f 255 -s rr" "$LBCTL" -n "$ns" -S -n
	gives "" "$LBCTL" service
	check_eq "$("$LBCTL" -n 4194305 service flush 2>&1)" \
		"lbctl: network namespace 4194305: No such file or directory" \
		"one that is not there"
	kill "$pid"
	log_test "network namespaces"
}

comments()
{
	local shop='tcp 192.0.2.1:80 scheduler rr comment "\"Ü\" \\ #1"' text
	local rack='tcp 192.0.2.1:80 to 10.0.0.2:80 nat weight 1 comment "rack 5"'

	lbctl service flush
	gives "" lbctl service add tcp 192.0.2.1:80 scheduler rr \
		comment '"Ü" \ #1' dest 10.0.0.2 nat comment "rack 5" \
		dest 10.0.0.3
	gives "$shop" lbctl service show
	gives "$rack" grep -w 10.0.0.2 <(lbctl dest show)
	gives "['\"Ü\" \\\\ #1']" json "[s['comment'] for s in d]" \
		lbctl -j service show
	gives "[None, 'rack 5']" \
		json "[s['dest'][0].get('comment') for s in d]" \
		lbctl -j dest show
	check_match "$(lbctl -S -n 2>&1)" "cannot hold.*comments: 2;" "-S"

	gives "" lbctl save "$TMP/rules"
	gives "" lbctl load --diff "$TMP/rules"
	gives "" lbctl service set tcp 192.0.2.1:80 comment ""
	gives "" lbctl dest set tcp 192.0.2.1:80 to 10.0.0.2 weight 2
	gives "" lbctl -e -t 192.0.2.1:80 -r 10.0.0.3 -w 3
	gives "tcp 192.0.2.1:80 scheduler rr" lbctl service show
	gives 'service set tcp 192.0.2.1:80 comment "\"Ü\" \\ #1"
dest set tcp 192.0.2.1:80 to 10.0.0.2:80 weight 1
dest set tcp 192.0.2.1:80 to 10.0.0.3:80 weight 1' \
		lbctl load --diff "$TMP/rules"
	gives "dest set tcp 192.0.2.1:80 to 10.0.0.3:80 weight 1" json "d[-1]" \
		lbctl -j load "$TMP/rules" --diff
	gives '{"services":1,"dests":2}' lbctl -j load --check "$TMP/rules"
	gives '{"services":1,"dests":2}' lbctl -j save "$TMP/other"
	gives "" lbctl load "$TMP/rules"
	gives "$shop" lbctl service show
	gives "$rack" grep -w 10.0.0.2 <(lbctl dest show)
	gives "" lbctl dest del tcp 192.0.2.1:80 to 10.0.0.2
	gives "" lbctl dest add tcp 192.0.2.1:80 to 10.0.0.2 nat
	check_eq "$(lbctl dest show | grep -c rack)" 0 "a server that came back"
	for text in $'a\nb' $'\x7f' $'\xff' $'\xc1\x81' $'\xc2\x85' $'\xe2\x82' \
			$'\xed\xa0\x80' $'\xf4\x90\x80\x80'; do
		exits 1 'without control characters \(attribute comment\)$' \
			lbctl service set tcp 192.0.2.1:80 comment "$text"
	done
	text=$(printf %127s x)
	gives "" lbctl service set tcp 192.0.2.1:80 comment "$text"
	exits 2 "of at most 127 bytes" \
		lbctl service set tcp 192.0.2.1:80 comment "x$text"
	log_test "comments"
}

ports()
{
	lbctl service flush
	lbctl service add tcp 192.0.2.1:80 dest 10.0.0.2:8080 nat \
		dest 10.0.0.3:81 nat dest 10.0.0.3:82 nat \
		dest 10.0.0.4 nat dest 10.0.0.4:81 nat
	gives "" lbctl dest set tcp 192.0.2.1:80 to 10.0.0.2 weight 5
	gives "tcp 192.0.2.1:80 to 10.0.0.2:8080 nat weight 5" \
		grep -w 10.0.0.2 <(lbctl dest show)
	exits 1 "say which port, of (81, 82|82, 81)$" \
		lbctl dest del tcp 192.0.2.1:80 to 10.0.0.3
	exits 1 "say which port" lbctl -d -t 192.0.2.1:80 -r 10.0.0.3
	exits 1 "no such real server" \
		lbctl dest del tcp 192.0.2.1:80 to 10.0.0.9
	gives "" lbctl -d -t 192.0.2.1:80 -r 10.0.0.2
	gives "" lbctl dest del tcp 192.0.2.1:80 to 10.0.0.4
	gives "10.0.0.3:81 10.0.0.3:82 10.0.0.4:81 " \
		tr '\n' ' ' < <(lbctl dest show | cut -d' ' -f4)
	log_test "real servers without their ports"
}

# What is carried out, but has a catch.
warnings()
{
	local about="lbctl: dest add udp 192.0.2.1:53 to 127.0.0.1 nat: warning: \
packets from outside do not reach a loopback address by nat, only those of this \
machine"

	net_addr "$DIRECTOR" lo 192.0.2.1/32
	lbctl service flush
	lbctl service add udp 192.0.2.1:53
	gives "$about" lbctl dest add udp 192.0.2.1:53 to 127.0.0.1 nat
	gives "" lbctl dest set udp 192.0.2.1:53 to 127.0.0.1 dr
	gives "" lbctl dest add udp 192.0.2.1:53 to 127.0.0.2
	lbctl dest set udp 192.0.2.1:53 to 127.0.0.1 nat 2> /dev/null
	lbctl dest del udp 192.0.2.1:53 to 127.0.0.2
	in_ns "$DIRECTOR" /bin/bash -c "echo > /dev/udp/192.0.2.1/53"
	check_match "$(lbctl conn show)" "to 127.0.0.1:53 nat" "a local client"
	exits 0 "^lbctl: config set conn_max 0: warning: there are more conn" \
		lbctl config set conn_max 0
	gives "" lbctl config set conn_max 1073741824
	lbctl service flush
	lbctl conn flush
	log_test "warnings"
}

# More than one message of a dump can hold, and in order.
many()
{
	lbctl service flush
	seq -f 'service add tcp 192.0.2.1:%g scheduler rr dest 10.0.0.1 dest 10.0.0.2' \
		1 3000 | lbctl -b -
	check_err $? "3000 services"
	check_eq "$(lbctl service | wc -l)" 3000 "services"
	check_eq "$(lbctl dest | wc -l)" 6000 "real servers"
	check_eq "$(lbctl -L -n | grep -c '^  -> 10')" 6000 "listed servers"
	lbctl service | cut -d: -f2 | cut -d' ' -f1 | sort -nc
	check_err $? "the order"
	check_eq "$(json 'len(d)' lbctl -j dest show)" 6000 "JSON"
	lbctl service flush
	log_test "3000 services"
}

lb_load || skip_all "cannot load the module"
setup_ns DIRECTOR
tests_run ipvs_services ipvs_servers ipvs_listings ipvs_names words_services \
	words_dests words_rest words_json ipv6 namespaces \
	comments ports warnings many
