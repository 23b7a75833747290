#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Long files below /proc/net: nothing is missing and nothing comes twice, also
# when the table is resized between two reads.
#
# Kernels: 7.2

LB_SUT=${LB_SUT:-lb_ipvs}

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

FLOWS=50000
# A packet costs the debug kernel two hundred times as much.
[ "${LB_LABEL-}" != debug ] || FLOWS=5000
VIP=192.168.1.111

file()
{
	in_ns "$DIRECTOR" cat "/proc/net/$1"
}

# ends PORT: clients of the connections in the input, one each
ends()
{
	awk -v port="$1" '$5 == port { print $2, $3 }'
}

# first_are_all: those of port 80 in $TMP/listing, and no more than a few twice
first_are_all()
{
	ends 0050 < "$TMP/listing" > "$TMP/ends"
	check_eq "$(sort -u "$TMP/ends" | wc -l)" "$FLOWS" "connections listed"
	[ "$(wc -l < "$TMP/ends")" -le $((FLOWS + ${1-0})) ]
	check_err $? "listed: $(wc -l < "$TMP/ends")"
}

quiet()
{
	file ip_vs_conn > "$TMP/listing"
	first_are_all
	file ip_vs_conn_sync > "$TMP/listing"
	first_are_all
	log_test "$FLOWS connections, each listed once"
}

# Rows are of one length, and a second changes only their end.
seek()
{
	local whole part

	whole=$(file ip_vs_conn | tail -c +40001 | head -c 8000 |
		tail -n +2 | cut -c1-50)
	part=$(in_ns "$DIRECTOR" dd if=/proc/net/ip_vs_conn bs=8000 skip=5 \
	       count=1 iflag=fullblock 2> /dev/null | tail -n +2 | cut -c1-50)
	[ "$part" = "$whole" ]
	check_err $? "from byte 40000: $part"
	check_eq "$(wc -l <<< "$part")" "$(wc -l <<< "$whole")" "lines"
	log_test "reads from the middle"
}

table_size()
{
	file ip_vs | sed -n 's/.*size=\([0-9]*\).*/\1/p'
}

is_larger()
{
	[ "$(table_size)" -gt "$1" ]
}

is_smaller()
{
	[ "$(table_size)" -lt "$1" ]
}

# is_there: whose files are read is in the director's namespace.
is_there()
{
	[ "$(stat -L -c %i "/proc/$KEEPER/ns/net")" = \
	  "$(stat -L -c %i "/run/netns/$DIRECTOR")" ]
}

# half, rest: the file is read in two parts; the first are reads of one page.
half()
{
	exec {FD}< "/proc/$KEEPER/net/ip_vs_conn"
	dd bs=4096 count=$((FLOWS / 150)) <&"$FD" 2> /dev/null > "$TMP/listing"
	[ "$(wc -l < "$TMP/listing")" -gt $((FLOWS / 10)) ]
	check_err $? "read before: $(wc -l < "$TMP/listing")"
}

rest()
{
	timeout 100 cat <&"$FD" >> "$TMP/listing"
	check_err $? "there is no end"
	exec {FD}<&-
}

grown()
{
	local size

	size=$(table_size)
	half
	flood "$VIP" 81 "$FLOWS"
	flood "$VIP" 82 "$FLOWS"
	busywait 30000 is_larger "$size"
	check_err $? "the table did not grow"
	rest
	first_are_all 100
	log_test "a table that grows"
}

shrunk()
{
	local size

	size=$(table_size)
	half
	lb_tool conn flush dest 172.16.32.112
	lb_tool config set conn_table_max 2048
	busywait 60000 is_smaller "$size"
	check_err $? "the table did not shrink"
	rest
	first_are_all 100
	lb_tool config set conn_table_max 134217728
	log_test "a table that shrinks"
}

# All of them end while somebody is in the middle of a page.
emptied()
{
	half
	lb_tool conn flush
	rest
	check_eq "$(file ip_vs_conn | wc -l)" 1 "lines"
	log_test "a table that becomes empty"
}

# Services with more real servers than a page holds; some go meanwhile.
services()
{
	local i j

	for i in {1..60}; do
		echo "-A -f $i -s rr"
		for j in {1..90}; do
			echo "-a -f $i -r 10.0.$((j % 2)).$j -g"
		done
	done | lb_tool -R
	check_eq "$(file ip_vs | grep -c '^FWM')" 60 "services"
	check_eq "$(file ip_vs | grep -c '^  -> 0A')" 5400 "real servers"
	check_eq "$(file ip_vs | awk '/^FWM/ { svc = $2 }
				       /-> 0A/ { print svc, $2 }' |
		    sort -u | wc -l)" 5400 "different ones"
	exec {FD}< "/proc/$KEEPER/net/ip_vs"
	dd bs=4096 count=3 <&"$FD" 2> /dev/null > "$TMP/listing"
	for i in {1..10}; do
		lb_tool -D -f "$i"
	done
	rest
	check_eq "$(awk '/^FWM/ { svc = $2 }
			 /-> 0A/ && svc > "0000000A"' "$TMP/listing" |
		    wc -l)" $((50 * 90)) "real servers that stay"
	lb_tool -C
	log_test "services and real servers, each listed once"
}

lb_load || skip_all "the module does not load"
modprobe pktgen || skip_all "no pktgen"
topo_wire
busybox nsenter --net="/run/netns/$DIRECTOR" busybox sleep 10000 &
KEEPER=$!
background $!
busywait 5000 is_there
lb_tool --set 0 0 3000
for port in "80 110" "81 112" "82 112"; do
	echo "-A -u $VIP:${port% *} -s rr"
	echo "-a -u $VIP:${port% *} -r 172.16.32.${port#* } -g"
done | lb_tool -R
flood "$VIP" 80 "$FLOWS"
tests_run quiet seek grown shrunk emptied services
