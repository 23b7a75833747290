#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Messages of synchronisation that are malformed, cut, of somebody else or said
# again: each is counted by its reason, and no connection comes of it.
#
# Kernels: debug

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

declare -A WANTED=()

# message [FIELD=HEX]...: one connection as IPVS tells it, in $MESSAGE. What a
# field is said to be takes the place of what is right.
message()
{
	local nr0=00 syncid=07 size="" nr=01 version=01 spare=0000
	local type=00 proto=06 length="" flags=00000000 state=0001
	local cport=03e9 vport=0050 dport=1f90 mark=00000000 timeout=00000384
	local addrs=c0a80105c0a8016fac10206e options="" trailer=""
	[ $# = 0 ] || local "$@"

	[ -n "$length" ] ||
		printf -v length %04x $((24 + (${#addrs} + ${#options}) / 2))
	[ -n "$size" ] || printf -v size %04x \
		$((32 + (${#addrs} + ${#options} + ${#trailer}) / 2))
	MESSAGE=$nr0$syncid$size$nr$version$spare
	MESSAGE+=$type$proto$length$flags$state$cport$vport$dport
	MESSAGE+=$mark$timeout$addrs$options$trailer
}

# tell HEX [TTL [CSUM]]: the peer says so
tell()
{
	pkt send peer "mac=01:00:5e:00:00:51 ip src=10.99.0.2 dst=224.0.0.81" \
		"ttl=${2:-1} / udp sport=8848 dport=8848 ${3-}" \
		"/ data hex=$1"
	TOLD=$((TOLD + 1))
}

# wanted REASON: it is to be counted once more.
wanted()
{
	WANTED[$1]=$((${WANTED[$1]-0} + 1))
}

# refused REASON FIELD=HEX...: such a message is, for that.
refused()
{
	message "${@:2}"
	tell "$MESSAGE"
	wanted "$1"
}

start()
{
	TOLD=0
	WANTED=()
	lb_tool sync start backup interface sync0 syncid 7 "$@"
	check_err $? "the backup does not start"
}

stop()
{
	lb_tool sync stop backup
	check_err $? "the backup does not stop"
}

counted()
{
	lb_tool sync stats | awk -v name="$1" '$2 == name { print $3 }'
}

all_heard()
{
	[ "$(counted messages)" -eq "$TOLD" ]
}

# all_counted: just what was wanted, and no connection came of it
all_counted()
{
	local reason

	busywait 10000 all_heard
	check_err $? "$TOLD messages were sent: $(lb_tool sync stats)"
	for reason in "${!WANTED[@]}"; do
		echo "backup $reason ${WANTED[$reason]}"
	done | sort > "$TMP/wanted"
	lb_tool sync stats | grep -E ' (bad-|impossible|wrong-|dup|unauth|replay|stranger)' |
		grep -v ' 0$' | sort > "$TMP/counted"
	check_eq "$(cat "$TMP/counted")" "$(cat "$TMP/wanted")" "counters"
	check_eq "$(lb_tool conn show)" "" "connections"
}

# What is right is believed: of that, all others differ by one thing only.
right()
{
	start
	message
	tell "$MESSAGE"
	busywait 10000 all_heard
	check_match "$(lbctl -L -n -c)" \
		"ESTABLISHED 192.168.1.5:1001 +192.168.1.111:80 +172.16.32.110:8080" \
		"connection"
	lbctl conn flush
	stop
	log_test "a message of IPVS makes a connection"
}

malformed()
{
	local numbers=0118000000000000000000000000000000010000000200000003

	start
	refused bad-size size=002d
	refused bad-size size=002b
	refused bad-length nr=02
	refused bad-length length=0000
	refused bad-length length=0025
	refused bad-length type=01
	refused bad-version version=02
	refused bad-version spare=0001
	refused bad-version length=1024
	refused bad-type type=02
	refused bad-flags flags=00001800 state=0000 cport=0000
	refused bad-flags flags=00002000
	refused bad-flags flags=00020000
	refused bad-forward flags=00000004
	refused bad-proto proto=32
	refused bad-proto proto=00
	refused bad-state state=000b
	refused bad-state state=0101
	refused bad-state proto=11
	refused bad-state proto=84 state=000e
	refused bad-timeout timeout=0028de81
	refused bad-timeout timeout=ffffffff
	refused bad-port flags=00001100
	refused bad-port flags=00000900
	refused bad-option options=01
	refused bad-option options=7f00
	refused bad-option options=7f02ff
	refused bad-option options=0401ff
	refused bad-option options="$numbers$numbers"
	refused bad-call-id flags=00001100 state=0000 cport=0000 \
		options=0201610303736971
	refused bad-call-id flags=00001100 state=0000 cport=0000 options=020161
	refused impossible dport=0016 options=6c05001f900000
	refused bad-trailer trailer=6c62000101000024
	all_counted
	stop
	log_test "malformed messages"
}

# Cut at each length: it says that it is longer, or has no room to say so.
cut_short()
{
	local n

	start
	message
	for ((n = 1; n < ${#MESSAGE} / 2; n++)); do
		tell "${MESSAGE:0:2 * n}"
		if [ "$n" -lt 4 ]; then
			wanted bad-length
		else
			wanted bad-size
		fi
	done
	all_counted
	stop
	log_test "cut messages"
}

# Who is not meant, or may not speak
others()
{
	start
	refused wrong-syncid syncid=08
	message
	tell "$MESSAGE" 2
	wanted wrong-ttl
	all_counted
	stop
	echo "a secret" > "$TMP/key"
	start key "$TMP/key"
	refused unauthentic
	refused unauthentic trailer="$(trailer 1 00)"
	refused unauthentic trailer="$(trailer 1 01)$(printf %032d 0)"
	all_counted
	stop
	log_test "messages of another group, from afar, and without the key"
}

# trailer SEQ FLAGS: what a director of lb says behind the connections
trailer()
{
	local len=0044

	[ "$2" = 00 ] || len=0054
	printf '6c620001 01 %s %s %08x 00000000 %016x' "$2" "$len" "$1" 4711 |
		tr -d ' '
	printf '%088d' 0
}

# What was said before is not heard again, though it would be right.
again()
{
	local n

	start
	message trailer="$(trailer 1 00)"
	tell "$MESSAGE"
	busywait 10000 all_heard
	check_match "$(lbctl -L -n -c)" "192.168.1.5:1001" "connection"
	lbctl conn flush
	for n in 1 2 3; do
		tell "$MESSAGE"
		wanted duplicate
	done
	all_counted
	stop
	log_test "a message that comes again does nothing"
}

# The module's own test changes messages and reads them: more of them.
decoder()
{
	local module=${LB_KO%/*}/sync/lb_sync.ko

	if ! modinfo -p "$module" | grep -q '^fuzz:'; then
		log_test_skip "the module has no self-tests"
		return
	fi
	dmesg_mark
	rmmod lb_sync && insmod "$module" fuzz="${LB_FUZZ:-50000}"
	check_err $? "the self-test fails"
	check_match "$(dmesg_new)" "${LB_FUZZ:-50000} changes, [0-9]+ believed" \
		"what the self-test says"
	log_test "the decoder withstands ${LB_FUZZ:-50000} changed messages"
}

{ lb_load && lb_sync_insmod; } || skip_all "the module does not load"
topo_wire
setup_ns PEER
net_link "$DIRECTOR" sync0 "$PEER" sync0
net_addr "$DIRECTOR" sync0 10.99.0.1/24
pkt open peer "$PEER" sync0 02:00:00:00:00:d2
lbctl -A -t 192.168.1.111:80 -s rr
lbctl -a -t 192.168.1.111:80 -r 172.16.32.110:8080 -m
tests_run right malformed cut_short others again decoder
