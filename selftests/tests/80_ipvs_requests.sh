#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 6.1 debug quick
#
# IPVS's netlink family and socket options, request by request, right ones and
# wrong ones: every answer and every error number is that of ip_vs.

LB_SUT=${LB_SUT:-lb_ipvs}

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

IPVSREQ=$BUILD_DIR/tool-test/ipvsreq

setup()
{
	ip addr add 192.168.1.111/24 dev lo
}

# send WHAT...: requests from stdin, by WHAT. The size of the table of connections
# is what ip_vs was told, and in lb what is needed.
send()
{
	"$@" "$IPVSREQ" 2>&1 | awk '
	/^ / && /0x1=01020100 0x2=/ { sub(/0x2=.*/, "0x2=SIZE") }
	/^ / && text == "version" { sub(/:.*/, ""); sub(/[0-9]+/, "LENGTH") }
	/^ / && text == "info" && NF > 1 { $3 = "SIZE" }
	{ print }
	!/^ / { text = /^get 0/ ? "version" : /^get 1 / ? "info" : "" }'
}

KEY="1=u16:2 2=u16:6 3=ip:10.0.0.1 4=be16:80"
KEY6="1=u16:10 2=u16:17 3=ip6:2001:db8::1 4=be16:53"
MARK="1=u16:2 5=u32:7"
REST="6=str:rr 7=hex:00000000ffffffff 8=u32:0 9=be32:0xffffffff"
REST6="6=str:rr 7=hex:00000000ffffffff 8=u32:0 9=u32:128"
DEST="1=ip:10.0.1.1 2=be16:80"
VALUES="3=u32:0 4=u32:1 5=u32:0 6=u32:0"

NEW=1 SET=2 DEL=3 GET=4 NEW_DEST=5 SET_DEST=6 DEL_DEST=7 GET_DEST=8
NEW_DAEMON=9 DEL_DAEMON=10 GET_DAEMON=11 SET_CONFIG=12 GET_CONFIG=13
SET_INFO=14 GET_INFO=15 ZERO=16 FLUSH=17

# without N WORDS: all but the Nth
without()
{
	local n=$1
	local words

	read -ra words <<< "$2"
	unset "words[$((n - 1))]"
	echo "${words[*]}"
}

services()
{
	local n

	{
		echo "nl $NEW 1{ $KEY $REST }"
		echo "nl $GET 1{ $KEY }"
		echo "nl $NEW 1{ $KEY $REST }"
		echo "nl $NEW 1+{ $KEY6 $REST6 }"
		echo "nl $GET 1+{ $KEY6 }"
		echo "nl $NEW 1{ $MARK $REST }"
		echo "nl $GET 1{ $MARK }"
		for n in 1 2 3 4 5 6 7 8; do
			echo "nl $NEW 1{ $(without "$n" "$KEY $REST") }"
			echo "nl $SET 1{ $(without "$n" "$KEY $REST") }"
		done
		for n in 1 2 3 4; do
			echo "nl $GET 1{ $(without "$n" "$KEY") }"
			echo "nl $DEL 1{ $(without "$n" "$KEY") }"
			echo "nl $ZERO 1{ $(without "$n" "$KEY") }"
		done
		echo "nl $NEW"
		echo "nl $NEW 1{ }"
		echo "nl $GET"
		echo "nl $GET 1{ }"
		echo "nl $DEL 1{ $MARK 2=u16:17 }"
		echo "nl $DEL 1{ $MARK }"
		echo "nl $FLUSH"
		echo "nl $GET 1{ $KEY }"
		echo "nl $FLUSH"
	} | send
}

# Addresses of any length, families and protocols that there are not
spellings()
{
	local af addr

	{
		echo "nl $NEW 1{ $KEY $REST }"
		for addr in hex:0a000001 hex:0a0000010000000000000000000000ff \
			    hex:0a0000 hex:0a00000100 hex: zero:16 \
			    zero:17 hex:0a0000010000000000000000000000ffff; do
			echo "nl $GET 1{ 1=u16:2 2=u16:6 3=$addr 4=be16:80 }"
		done
		for af in 0 1 3 258 266 65535; do
			echo "nl $GET 1{ 1=u16:$af 2=u16:6 3=ip:10.0.0.1 4=be16:80 }"
			echo "nl $NEW 1{ 1=u16:$af 5=u32:7 $REST }"
		done
		echo "nl $GET 1{ 1=u16:2 2=u16:262 3=ip:10.0.0.1 4=be16:80 }"
		echo "nl $GET 1{ 1=u16:2 2=u16:47 3=ip:10.0.0.1 4=be16:80 }"
		echo "nl $DEL 1{ 1=u16:2 2=u16:0 3=ip:10.0.0.1 4=be16:80 }"
		echo "nl $GET 1{ 1=u16:2 2=u16:17 3=ip:10.0.0.1 4=be16:80 }"
		echo "nl $GET 1{ 1=u16:2 5=u32:0 }"
		echo "nl $GET 1{ $KEY 5=u32:7 }"
		echo "nl $GET 1{ $KEY 1=u16:10 }"
		echo "nl $GET 1{ 1=u8:2 2=u16:6 3=ip:10.0.0.1 4=be16:80 }"
		echo "nl $GET 1{ 1=u32:2 2=u16:6 3=ip:10.0.0.1 4=be16:80 }"
		echo "nl $GET 1=u32:2"
		echo "nl $GET 1=hex:"
		echo "nl $GET 1{ $KEY 40=u32:5 }"
		echo "nl $GET 1{ $KEY } 40=u32:5"
		echo "nl $GET 4=u32:5 2{ } 1{ $KEY }"
		echo "nl $GET 4=u8:5 1{ $KEY }"
		echo "nl $FLUSH 1{ }"
	} | send
}

flags()
{
	local f

	{
		# scheduler, flags and mask, persistence
		for f in none nosuchsched "" averyveryverylongname \
			 exactly15chars_ exactly_16chars_; do
			echo "nl $NEW 1{ $KEY 6=str:$f 7=hex:00000000ffffffff 8=u32:0 9=be32:0xffffffff }"
			echo "nl $GET 1{ $KEY }"
			echo "nl $DEL 1{ $KEY }"
		done
		for f in wrr lc wlc sed nq dh sh mh lblc lblcr fo ovf \
			$(modinfo -n ip_vs_twos > /dev/null 2>&1 && echo twos)
		do
			echo "nl $NEW 1{ $KEY 6=str:$f 7=hex:38000000ffffffff 8=u32:0 9=be32:0xffffffff }"
			echo "nl $GET 1{ $KEY }"
			echo "nl $DEL 1{ $KEY }"
		done
		echo "nl $NEW 1{ $KEY 6=str:sh 7=hex:11000000ffffffff 8=u32:300 9=ip:255.255.255.0 }"
		echo "nl $GET 1{ $KEY }"
		echo "nl $SET 1{ $KEY 6=str:sh 7=hex:0800000008000000 8=u32:60 9=ip:255.255.0.0 }"
		echo "nl $GET 1{ $KEY }"
		echo "nl $SET 1{ $KEY 6=str:sh 7=hex:ffffffff00000000 8=u32:60 9=be32:0 }"
		echo "nl $GET 1{ $KEY }"
		echo "nl $SET 1{ $KEY 6=str:rr 7=hex:00000000ffffffff 8=u32:0 9=be32:0 }"
		echo "nl $SET 1{ $KEY 6=str:rr 7=hex:02000000ffffffff 8=u32:0 9=be32:0 }"
		echo "nl $GET 1{ $KEY }"
		echo "nl $SET 1{ $KEY 6=str:nosuchsched 7=hex:00000000ffffffff 8=u32:0 9=be32:0 }"
		echo "nl $SET 1{ $KEY 6=str:rr 7=zero:9 8=u32:0 9=be32:0 }"
		echo "nl $SET 1{ $MARK $REST }"
		# persistence engines
		echo "nl $NEW 1{ $KEY6 6=str:rr 7=hex:01000000ffffffff 8=u32:5 9=u32:64 11=str:sip }"
		echo "nl $GET 1{ $KEY6 }"
		echo "nl $SET 1{ $KEY6 6=str:rr 7=hex:01000000ffffffff 8=u32:5 9=u32:64 11=str:nosuchpe }"
		echo "nl $SET 1{ $KEY6 6=str:rr 7=hex:01000000ffffffff 8=u32:5 9=u32:64 11=str: }"
		echo "nl $GET 1{ $KEY6 }"
		echo "nl $SET 1{ $KEY6 6=str:rr 7=hex:05000000ffffffff 8=u32:5 9=u32:64 11=str:sip }"
		echo "nl $SET 1{ $KEY6 6=str:rr 7=hex:05000000ffffffff 8=u32:5 9=u32:64 }"
		echo "nl $GET 1{ $KEY6 }"
		for f in 0 1 128 129 4294967295; do
			echo "nl $SET 1{ $KEY6 6=str:rr 7=hex:01000000ffffffff 8=u32:5 9=u32:$f }"
		done
		echo "nl $DEL 1{ $KEY6 }"
		for f in 0 129; do
			echo "nl $NEW 1{ $KEY6 6=str:rr 7=hex:01000000ffffffff 8=u32:5 9=u32:$f }"
		done
		echo "nl $FLUSH"
	} | send
}

servers()
{
	local n key

	{
		echo "nl $NEW_DEST 1{ $KEY } 2{ $DEST $VALUES }"
		echo "nl $NEW_DEST 1{ $KEY } 2{ }"
		echo "nl $NEW_DEST 2{ $DEST $VALUES }"
		echo "nl $NEW 1{ $KEY $REST }"
		echo "nl $NEW_DEST 1{ $KEY }"
		echo "nl $NEW_DEST 1{ $KEY } 2{ }"
		echo "nl $NEW_DEST 1{ $KEY } 2{ $DEST $VALUES }"
		echo "nl $NEW_DEST 1{ $KEY } 2{ $DEST $VALUES }"
		echo "nl $NEW_DEST 1+{ $KEY } 2+{ 1=hex:0a0001020000000000000000000000ff 2=be16:80 $VALUES 11=u16:2 }"
		echo "dump $GET_DEST 1{ $KEY }"
		for n in 1 2 3 4 5 6; do
			echo "nl $NEW_DEST 1{ $KEY } 2{ $(without "$n" "$DEST $VALUES") }"
			echo "nl $SET_DEST 1{ $KEY } 2{ $(without "$n" "$DEST $VALUES") }"
		done
		for n in 1 2; do
			echo "nl $DEL_DEST 1{ $KEY } 2{ $(without "$n" "$DEST") }"
		done
		echo "nl $SET_DEST 1{ $KEY } 2{ $DEST 3=u32:0 4=u32:9 5=u32:20 6=u32:10 }"
		echo "dump $GET_DEST 1{ $KEY }"
		# the service, and then the values, are looked at first
		for key in "$KEY" "$MARK"; do
			for n in "4=u32:0xffffffff 5=u32:0 6=u32:0" \
				 "4=u32:0x80000000 5=u32:0 6=u32:0" \
				 "4=u32:1 5=u32:5 6=u32:6" \
				 "4=u32:1 5=u32:0 6=u32:1" \
				 "4=u32:0x7fffffff 5=u32:0x7fffffff 6=u32:0"; do
				echo "nl $NEW_DEST 1{ $key } 2{ $DEST 3=u32:0 $n }"
				echo "nl $SET_DEST 1{ $key } 2{ $DEST 3=u32:0 $n }"
				echo "nl $SET_DEST 1{ $key } 2{ 1=ip:10.0.1.9 2=be16:80 3=u32:0 $n }"
			done
		done
		echo "dump $GET_DEST 1{ $KEY }"
		echo "nl $SET_DEST 1{ $KEY } 2{ 1=ip:10.0.1.9 2=be16:80 $VALUES }"
		echo "nl $DEL_DEST 1{ $KEY } 2{ 1=ip:10.0.1.9 2=be16:80 }"
		echo "nl $DEL_DEST 1{ $KEY } 2{ 1=ip:10.0.1.2 2=be16:80 11=u16:10 }"
		echo "nl $DEL_DEST 1{ $KEY } 2{ 1=ip:10.0.1.2 2=be16:80 11=u16:0 }"
		echo "nl $DEL_DEST 1{ $MARK } 2{ 1=ip:10.0.1.2 2=be16:80 }"
		echo "nl $DEL_DEST 1{ $KEY } 2{ $DEST }"
		echo "dump $GET_DEST 1{ $KEY }"
		echo "nl $FLUSH"
	} | send
}

# Addresses that are no servers, other families, tunnels
places()
{
	local addr

	{
		echo "nl $NEW 1{ $KEY $REST }"
		echo "nl $NEW 1{ $KEY6 $REST6 }"
		for addr in 0.0.0.0 0.1.2.3 255.255.255.255 224.0.0.1 \
			    192.168.1.255 192.168.1.111 127.0.0.1 10.9.9.9; do
			echo "nl $NEW_DEST 1{ $KEY } 2{ 1=ip:$addr 2=be16:80 $VALUES }"
			echo "nl $SET_DEST 1{ $KEY } 2{ 1=ip:$addr 2=be16:80 $VALUES }"
		done
		for addr in :: ff02::1 fe80::1 ::1 2001:db8::2; do
			echo "nl $NEW_DEST 1{ $KEY6 } 2{ 1=ip6:$addr 2=be16:53 $VALUES }"
			echo "nl $SET_DEST 1{ $KEY6 } 2{ 1=ip6:$addr 2=be16:53 $VALUES }"
		done
		for addr in 1 3 258 65535; do
			echo "nl $NEW_DEST 1{ $KEY } 2{ $DEST $VALUES 11=u16:$addr }"
			echo "nl $DEL_DEST 1{ $KEY } 2{ $DEST 11=u16:$addr }"
		done
		for addr in 0 1 3; do
			echo "nl $NEW_DEST 1{ $KEY } 2{ 1=ip6:2001:db8::9 2=be16:80 3=u32:$addr 4=u32:1 5=u32:0 6=u32:0 11=u16:10 }"
		done
		echo "nl $NEW_DEST 1{ $KEY } 2{ 1=ip6:2001:db8::9 2=be16:80 3=u32:2 4=u32:1 5=u32:0 6=u32:0 11=u16:10 }"
		echo "nl $NEW_DEST 1{ $KEY } 2{ $DEST 3=u32:2 4=u32:1 5=u32:0 6=u32:0 13=u8:1 }"
		echo "nl $NEW_DEST 1{ $KEY } 2{ $DEST 3=u32:2 4=u32:1 5=u32:0 6=u32:0 13=u8:1 14=be16:6080 15=u16:2 }"
		echo "nl $SET_DEST 1{ $KEY } 2{ $DEST 3=u32:2 4=u32:1 5=u32:0 6=u32:0 13=u8:1 14=be16:6081 15=u16:1 }"
		echo "dump $GET_DEST 1{ $KEY }"
		echo "nl $SET_DEST 1{ $KEY } 2{ $DEST 3=u32:2 4=u32:1 5=u32:0 6=u32:0 13=u8:2 15=u16:1 }"
		echo "dump $GET_DEST 1{ $KEY }"
		echo "nl $SET_DEST 1{ $KEY } 2{ $DEST 3=u32:3 4=u32:1 5=u32:0 6=u32:0 }"
		echo "dump $GET_DEST 1{ $KEY }"
		echo "dump $GET_DEST 1{ $KEY6 }"
		echo "nl $FLUSH"
	} | send
}

# Lists; of what there is not, they are empty.
lists()
{
	local n

	{
		echo "dump $GET"
		echo "dump $GET_DAEMON"
		for n in 1 2 3; do
			echo "nl $NEW 1{ 1=u16:2 2=u16:6 3=ip:10.0.0.$n 4=be16:80 $REST }"
			echo "nl $NEW 1{ 1=u16:10 5=u32:$n $REST6 }"
			echo "nl $NEW_DEST 1{ $KEY } 2{ 1=ip:10.0.1.$n 2=be16:80 $VALUES }"
		done
		echo "dump $GET"
		echo "dump $GET 1{ }"
		echo "dump $GET 1{ $KEY }"
		echo "dump $GET 1=u8:5"
		echo "dump $GET_DEST 1{ $KEY }"
		echo "dump $GET_DEST 1{ $KEY6 }"
		echo "dump $GET_DEST 1{ }"
		echo "dump $GET_DEST"
		echo "dump $GET_DEST 1{ 1=u16:3 5=u32:1 }"
		echo "dump $GET_DEST 1=hex:ff"
		echo "nl $GET_DEST 1{ $KEY }"
		echo "dump $NEW 1{ $KEY }"
		echo "dump $GET_INFO"
		echo "nl $GET_DAEMON"
		echo "nl $FLUSH"
	} | send
}

config()
{
	{
		echo "nl $GET_INFO"
		echo "nl $GET_CONFIG"
		echo "nl $SET_CONFIG 4=u32:100 5=u32:50 6=u32:30"
		echo "nl $GET_CONFIG"
		echo "nl $SET_CONFIG 4=u32:0 5=u32:0 6=u32:31"
		echo "nl $SET_CONFIG 4=u32:0xffffffff"
		echo "nl $SET_CONFIG 4=u32:7 6=u32:0x80000000"
		echo "nl $SET_CONFIG"
		echo "nl $SET_CONFIG 5=u8:9"
		echo "nl $GET_CONFIG"
		echo "nl $SET_INFO"
		echo "nl 0"
		echo "nl 18"
		echo "nl 255"
		echo "nl $ZERO"
		echo "nl $ZERO 1{ }"
		echo "nl $ZERO 1{ $KEY }"
		echo "nl $SET_CONFIG 4=u32:900 5=u32:120 6=u32:300"
	} | send
}

daemons()
{
	{
		echo "nl $NEW_DAEMON"
		echo "nl $NEW_DAEMON 3{ }"
		echo "nl $NEW_DAEMON 3{ 1=u32:1 3=u32:1 }"
		echo "nl $NEW_DAEMON 3{ 1=u32:1 2=str:lo }"
		echo "nl $NEW_DAEMON 3{ 2=str:lo 3=u32:1 }"
		echo "nl $NEW_DAEMON 3{ 1=u32:1 2=str:nosuchdevice 3=u32:1 }"
		echo "nl $NEW_DAEMON 3{ 1=u32:1 2=str:averyverylongname 3=u32:1 }"
		echo "nl $NEW_DAEMON 3{ 1=u32:0 2=str:lo 3=u32:1 }"
		echo "nl $NEW_DAEMON 3{ 1=u32:3 2=str:lo 3=u32:1 }"
		echo "nl $NEW_DAEMON 3{ 1=u32:1 2=str:lo 3=u32:1 5=ip:10.0.0.1 }"
		echo "nl $NEW_DAEMON 3{ 1=u32:1 2=str:lo 3=u32:1 6=ip6:2001:db8::1 }"
		echo "nl $NEW_DAEMON 3{ 1=u32:1 2=str:lo 3=u32:1 6=ip:10.0.0.1 }"
		echo "nl $DEL_DAEMON"
		echo "nl $DEL_DAEMON 3{ }"
		echo "nl $DEL_DAEMON 3{ 1=u32:1 }"
		echo "nl $DEL_DAEMON 3{ 1=u32:2 3=u32:5 }"
		echo "nl $DEL_DAEMON 3{ 1=u32:3 }"
		echo "dump $GET_DAEMON"
		echo "nl $NEW_DAEMON 3{ 1=u32:1 2=str:lo 3=u32:7 }"
		echo "nl $NEW_DAEMON 3{ 1=u32:1 2=str:lo 3=u32:7 }"
		echo "nl $NEW_DAEMON 3{ 1=u32:2 2=str:lo 3=u32:8 8=u8:5 }"
		echo "dump $GET_DAEMON"
		echo "nl $DEL_DAEMON 3{ 1=u32:1 3=u32:7 }"
		echo "nl $DEL_DAEMON 3{ 1=u32:2 3=u32:8 }"
		echo "dump $GET_DAEMON"
	} | send
}

# The same as socket options: a service, and a real server of it
OPT="u16:6 ip:10.0.0.1 be16:80 u32:0"
OPT_REST="name:rr u32:0 u32:0 ip:255.255.255.255"
OPT_DEST="ip:10.0.1.1 be16:80 u32:0 u32:1 u32:0 u32:0"

options()
{
	local n

	{
		echo "get 0 zero:64"
		echo "get 0 zero:63"
		echo "get 1 zero:12"
		echo "set 2 $OPT $OPT_REST"
		echo "set 2 $OPT $OPT_REST"
		echo "set 2 u16:17 ip:10.0.0.2 be16:53 u32:0 name:wlc u32:5 u32:300 ip:255.255.255.0"
		echo "set 2 u16:6 ip:0.0.0.0 be16:0 u32:9 $OPT_REST"
		echo "set 3 $OPT name:sh u32:0x10 u32:0 ip:255.255.255.255"
		echo "set 3 $OPT name:nosuchsched u32:0 u32:0 ip:255.255.255.255"
		echo "set 3 $OPT name:averyverylongname u32:0 u32:0 ip:255.255.255.255"
		echo "set 2 u16:47 ip:10.0.0.3 be16:80 u32:0 $OPT_REST"
		echo "set 4 u16:47 ip:10.0.0.1 be16:80 u32:0 $OPT_REST"
		echo "set 4 u16:6 ip:10.0.0.9 be16:80 u32:0 $OPT_REST"
		echo "set 7 $OPT $OPT_REST $OPT_DEST"
		echo "set 7 $OPT $OPT_REST $OPT_DEST"
		echo "set 7 $OPT $OPT_REST ip:10.0.1.2 be16:80 u32:3 u32:7 u32:20 u32:10"
		echo "set 7 $OPT $OPT_REST ip:10.0.1.3 be16:80 u32:0 u32:0xffffffff u32:0 u32:0"
		echo "set 7 $OPT $OPT_REST ip:10.0.1.3 be16:80 u32:0 u32:1 u32:5 u32:6"
		echo "set 7 $OPT $OPT_REST ip:224.0.0.1 be16:80 u32:0 u32:1 u32:0 u32:0"
		echo "set 7 u16:6 ip:10.0.0.9 be16:80 u32:0 $OPT_REST $OPT_DEST"
		echo "set 9 $OPT $OPT_REST ip:10.0.1.1 be16:80 u32:0x100 u32:5 u32:0 u32:0"
		echo "set 9 $OPT $OPT_REST ip:10.0.1.9 be16:80 u32:0 u32:5 u32:0 u32:0"
		echo "get 3 $OPT zero:88"
		echo "get 3 $OPT zero:87"
		echo "get 3 u16:6 ip:0.0.0.0 be16:0 u32:9 zero:88"
		echo "get 3 u16:6 ip:10.0.0.9 be16:80 u32:0 zero:88"
		for n in 0 1 2 3 5; do
			echo "get 4 $OPT u32:$n len=$((24 + n * 96))"
		done
		echo "get 4 $OPT u32:2 len=24"
		echo "get 4 $OPT u32:0xffffffff len=24"
		echo "get 4 u16:6 ip:10.0.0.9 be16:80 u32:0 u32:1 len=120"
		for n in 0 4294967295 1; do
			echo "get 2 u32:$n len=8"
		done
		echo "get 6 zero:12"
		echo "set 10 u32:100 u32:50 u32:30"
		echo "set 10 u32:0 u32:0 u32:0"
		echo "set 10 u32:0x80000000 u32:0 u32:0"
		echo "get 6 zero:12"
		echo "set 10 u32:900 u32:120 u32:300"
		echo "get 7 zero:48"
		echo "get 7 zero:47"
		echo "set 11 u32:1 name:nosuchdevice u32:5"
		echo "set 11 u32:1 name: u32:5"
		echo "set 11 u32:1 name:averyverylongname u32:5"
		echo "set 11 u32:4 name:lo u32:5"
		echo "set 12 u32:1 name:lo u32:5"
		echo "set 12 u32:4 name:lo u32:5"
		echo "set 15 $OPT $OPT_REST"
		echo "set 15 u16:6 ip:10.0.0.9 be16:80 u32:0 $OPT_REST"
		echo "set 15 u16:0 ip:0.0.0.0 be16:0 u32:0 $OPT_REST"
		echo "set 8 $OPT $OPT_REST $OPT_DEST"
		echo "set 8 $OPT $OPT_REST $OPT_DEST"
		echo "set 4 $OPT $OPT_REST"
		for n in 0 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17; do
			echo "set $n zero:1"
			[ "$n" -eq 5 ] || echo "set $n"
			echo "get $n zero:4"
		done
		echo "set 5"
		echo "get 1 zero:12"
	} | send
}

# Structs of which there are many, in any order: by their bytes
option_lists()
{
	{
		echo "set 2 $OPT $OPT_REST"
		echo "nl $NEW 1{ $KEY6 $REST6 }"
		echo "get 2 u32:1 len=$((8 + 104))"
		echo "get 2 u32:4 len=$((8 + 4 * 104))"
		echo "get 2 u32:1 len=8"
		echo "set 2 u16:6 ip:0.0.0.0 be16:0 u32:9 $OPT_REST"
		echo "get 2 u32:2 len=$((8 + 2 * 104))"
		echo "get 1 zero:12"
		echo "nl $FLUSH"
	} | send
}

asked="nl $GET_INFO
nl $FLUSH
dump $GET
nl $NEW 1{ $KEY $REST }
get 0 zero:64
get 9 zero:64
set 5
set 99
set 2 $OPT $OPT_REST
get 1 zero:12"

# Users, and root of a user namespace, in the host's and a network namespace
rights()
{
	for who in "setpriv --reuid=65534 --clear-groups" \
		   "unshare -U -r" "unshare -U -r -n"; do
		echo "$who:"
		# shellcheck disable=SC2086
		send $who <<< "$asked"
	done
}

diff_run setup services spellings flags servers places lists config daemons \
	 options option_lists rights
