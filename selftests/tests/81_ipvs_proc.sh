#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The files of IPVS below /proc/net: byte for byte what ip_vs shows of the same
# services, connections and packets.
#
# Kernels: 7.2 quick
# CPUs: 1

LB_SUT=${LB_SUT:-lb_ipvs}

# shellcheck source=../families.sh
. "$(dirname "$0")/../families.sh"
# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

INVITE='INVITE sip:b@192.168.1.111 SIP/2.0\r\nCall-ID: abc@10.0.0.1\r\n\r\n'
# That of busybox knows no users.
SETPRIV=$(command -v setpriv)

# ip_vs shows its application only when that is loaded.
setup()
{
	[ "$LB_SUT" != ipvs ] || modprobe ip_vs_ftp || return
	# shellcheck disable=SC2119 # no words
	topo_wire6
}

ctl()
{
	if [ "$LB_SUT" = ipvs ]; then
		lbctl "$@"
	else
		lb_tool "$@"
	fi
}

# file NAME: what is in it, in the director's namespace
file()
{
	in_ns "$DIRECTOR" cat "/proc/net/$1"
}

add_services()
{
	ctl -C
	ctl -R <<- 'END'
	-A -t 192.168.1.111:80 -s wrr -p 100 -M 255.255.255.0
	-a -t 192.168.1.111:80 -r 172.16.32.110:8080 -m -w 3
	-a -t 192.168.1.111:80 -r 172.16.32.112:80 -m -w 65535
	-A -t 192.168.1.111:81 -s rr
	-a -t 192.168.1.111:81 -r 172.16.32.110 -g
	-A -u 192.168.1.111:53 -s rr -o
	-a -u 192.168.1.111:53 -r 172.16.32.110 -i -w 0
	-A -u 192.168.1.111:54 -s lc
	-a -u 192.168.1.111:54 -r 172.16.32.113 -i
	-A --sctp-service 192.168.1.111:7 -s sh
	-a --sctp-service 192.168.1.111:7 -r 172.16.32.110 -m
	-A -u 192.168.1.111:5060 -s rr -p 60 --pe sip
	-a -u 192.168.1.111:5060 -r 172.16.32.110:5060 -m
	-A -f 10 -s rr -p 60
	-a -f 10 -r 172.16.32.112 -g
	-A -f 11 -s rr -o
	-A -t [2001:db8:1::111]:80 -s nq
	-a -t [2001:db8:1::111]:80 -r [2001:db8:2::110]:8080 -m
	-A -u [2001:db8:1::111]:53 -s rr -p 30 -M 64
	-a -u [2001:db8:1::111]:53 -r [2001:db8:2::112]:53 -g
	-A -u [2001:db8:1::111]:54 -s rr -o
	-a -u [2001:db8:1::111]:54 -r 172.16.32.113 -i
	-A -f 12 -6 -s rr -o -p 90
	END
}

# A service and its real servers in a line, as services come in the order of a
# table; each is asked twice. The size of the table is each one's own.
services()
{
	add_services
	file ip_vs | sed 's/(size=[0-9]*)/(size=N)/' |
		awk '/^  ->/ && NR > 3 { line = line "|" $0; next }
		     NR > 3 { if (line) print line; line = $0; next }
		     { print }
		     END { print line }' > "$TMP/listing"
	head -n 3 "$TMP/listing"
	tail -n +4 "$TMP/listing" | sort
	ctl -C
	file ip_vs | sed 's/(size=[0-9]*)/(size=N)/'
}

tcp()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / tcp sport=$1 dport=$2 flags=$3"
}

udp()
{
	pkt send "$CL" "$IP src=$CIP dst=$VIP / udp sport=$1 dport=$2 / data 100"
}

open_conns()
{
	family 4
	tcp 1001 80 S
	pkt send "$SV" "$IP src=172.16.32.112 dst=$CIP / tcp sport=80 \
dport=1001 flags=SA"
	tcp 1001 80 A
	tcp 1002 81 S
	tcp 1003 81 S
	tcp 1003 81 A
	tcp 1003 81 FA
	udp 1004 54
	pkt send "$CL" "$IP src=$CIP dst=$VIP / udp sport=1008 dport=5060 /" \
		"data esc=$(escaped "$INVITE")"
	family 6
	tcp 1005 80 S
	tcp 1006 80 S
	tcp 1006 80 R
	udp 1007 53
}

# Templates, which have client port 0, have states of their own with ip_vs.
rows()
{
	file "$1" | head -n 1
	file "$1" | tail -n +2 |
		awk '$3 == "0000" {
			$8 = "STATE"
			for (i = 9; i <= 10; i++)
				if ($i ~ /^[0-9]+$/)
					$i = "SECONDS"
		     } 1' |
		sed 's/ [ 0-9]\{7\}$/ SECONDS/' | sort
}

conns()
{
	add_services
	open_conns
	rows ip_vs_conn
	rows ip_vs_conn_sync
}

# What is left of it, which both round alike
expiry()
{
	local left

	left=$(file ip_vs_conn | awk '$3 == "03EC" { print $9 }')
	echo "$((left > 200 && left <= 300)) ${#left}"
}

# Sums; rates depend on when one looks.
stats()
{
	add_services
	open_conns
	# ip_vs adds up every two seconds.
	pause 5
	file ip_vs_stats | sed '$d'
	file ip_vs_stats | tail -n 1 | awk '{ print length }'
	file ip_vs_stats_percpu | head -n 2
	file ip_vs_stats_percpu | sed '1,2d' | cut -c1-4 | head -n -1
	file ip_vs_stats_percpu | awk '{ print length }'
	file ip_vs_stats_percpu | grep '~'
	file ip_vs_stats_percpu | sed '$d' | grep -c '^ *0 '
}

apps()
{
	ctl -C
	file ip_vs_app
}

# A user's namespace has them, too, and only its root reads the status.
modes()
{
	local name

	for name in ip_vs ip_vs_conn ip_vs_conn_sync ip_vs_app ip_vs_stats \
	    ip_vs_stats_percpu; do
		in_ns "$DIRECTOR" stat -c '%A %u %g %n' "/proc/net/$name"
		in_ns "$DIRECTOR" "$SETPRIV" --reuid 65534 --regid 65534 \
			--clear-groups cat "/proc/net/$name" | wc -l
	done
	"$SETPRIV" --reuid 65534 --regid 65534 --clear-groups \
		unshare --user --map-root-user --net \
		sh -c 'stat -c "%A %u %g %n" /proc/net/ip_vs*;
		       cat /proc/net/ip_vs_conn' | grep -v status
}

# Of the status, ip_vs has one from 7.2 on; what the tables look like is each
# one's own.
status()
{
	add_services
	open_conns
	if [ -e /proc/net/ip_vs_status ]; then
		file ip_vs_status
		in_ns "$DIRECTOR" stat -c '%A %u %g' /proc/net/ip_vs_status
		in_ns "$DIRECTOR" "$SETPRIV" --reuid 65534 --regid 65534 \
			--clear-groups cat /proc/net/ip_vs_status 2>&1 |
			sed 's/.*://'
	else
		known_status
	fi | sed "s/\(buckets\|slots\|len\|ests\)\(.*\):.*/\1\2:/" |
		sed 's/len-[0-9]/len-N/' | awk '!seen[$0]++'
}

known_status()
{
	cat <<- 'END'
	Conns:	11
	Conn buckets:
	Conn buckets empty:
	Conn buckets len-N:
	Services:	12
	Service buckets:
	Service buckets empty:
	Service buckets len-N:
	Stats thread slots:
	Stats chain max len:
	Stats thread ests:
	-r--r----- 0 0
	 Permission denied
	END
}

diff_run setup services conns expiry stats apps modes status
