#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Demo 5: failover. keepalived, which was written for IPVS, directs lb on two
# directors. A real server is killed, and then the master director, while a client
# fetches pages.

# shellcheck source=../directors.sh
. "$(dirname "$0")/../directors.sh"
# Its on() types the command.
# shellcheck source=narrate.sh
. "$(dirname "$0")/narrate.sh"

CONF=Documentation/examples/keepalived/failover.conf
WEB="TCP $VIP:80"

title "5. Failover"
cat << 'END'
      client        lb1         lb2          rs1           rs2
        | .5         | .11       | .12        | .21         | .31
        +------------+-----------+------------+-------------+   192.168.1.0/24

    keepalived on both directors, lb1 and lb2, checks the real servers; one
    of the two is master and has the service's address, 192.168.1.10.
END
programs_load || fail "the modules do not load"
topo_directors
# shellcheck disable=SC2034 # names of hosts for on()
LB1=$DIRECTOR LB2=$DIRECTOR2
web_server "$RS1" 80 192.168.1.21
web_server "$RS2" 80 192.168.1.31

# keepalived_on HOST: the demo's hosts share a disk, so their files have names.
keepalived_on()
{
	local run=$TMP/$1

	on "$1" "keepalived -i $1 -f $CONF -p $run.pid -r $run-vrrp.pid \
-c $run-check.pid -b $run-bfd.pid"
}

# vip_moved TO FROM
vip_moved()
{
	has_vip "$1" && ! has_vip "$2"
}

has_vip()
{
	[[ $(ip -n "$1" -o addr show dev eth0) == *" $VIP/"* ]]
}

# client_sees TEXT N: the last N pages are all of them TEXT.
client_sees()
{
	[ "$(tail -n "$2" "$TMP/pages" | sort -u | xargs)" = "$1" ]
}

# the client goes on: N more pages come, all of them answers. One more may have
# been asked for before.
client_goes_on()
{
	local seen

	seen=$(wc -l < "$TMP/pages")
	busywait 30000 more_pages $((seen + 1 + $1)) &&
		! tail -n "$1" "$TMP/pages" | grep -q "no answer"
}

more_pages()
{
	[ "$(wc -l < "$TMP/pages")" -ge "$1" ]
}

say "Both directors have the same file:"
on lb1 "grep -v '^#' $CONF"
keepalived_on lb1
keepalived_on lb2
busywait 30000 vip_moved "$DIRECTOR" "$DIRECTOR2"
busywait 30000 has "$WEB" 192.168.1.21:80=1 192.168.1.31:80=1
on lb1 'ip -br -4 addr show dev eth0' 'lbctl -L -n'
promise "lb1 is master, and keepalived has set up the service in lb" shows \
	"TCP 192.168.1.10:80 rr" \
	"-> 192.168.1.21:80 Route 1 0 0" "-> 192.168.1.31:80 Route 1 0 0"
on lb2 'ip -br -4 addr show dev eth0' 'lbctl -L -n'
promise "lb2 has the same, and waits" shows \
	"-> 192.168.1.21:80 Route 1 0 0" "-> 192.168.1.31:80 Route 1 0 0"
promise "ip_vs is not loaded" [ ! -d /sys/module/ip_vs ]

say "From now on the client fetches a page again and again:"
on client 'curl -s http://192.168.1.10/'
# shellcheck disable=SC2016 # for the shell in there
busybox nsenter --net="/run/netns/$CLIENT" bash -c 'while sleep 0.1; do
	curl -s -m 3 http://192.168.1.10/ || echo no answer
done' > "$TMP/pages" &
background $!
promise "it has answers" client_goes_on 4
on client "tail -n 4 $TMP/pages"
promise "of both servers" client_sees "192.168.1.21 192.168.1.31" 4

say "One real server fails:"
on rs1 "pkill -f '^busybox httpd .*$TMP/www/$RS1-80'"
busywait 30000 has "$WEB" 192.168.1.31:80=1
on lb1 'lbctl -L -n'
promise "keepalived has taken it out of service" \
	eval '! shows "-> 192.168.1.21:80"'
promise "the client goes on" client_goes_on 4
on client "tail -n 4 $TMP/pages"
promise "with the other server" client_sees "192.168.1.31" 4

say "It comes back:"
web_server "$RS1" 80 192.168.1.21
busywait 30000 has "$WEB" 192.168.1.21:80=1 192.168.1.31:80=1
on lb1 'lbctl -L -n'
promise "keepalived has put it back" shows "-> 192.168.1.21:80 Route 1"
promise "the client goes on" client_goes_on 4
promise "with both servers" client_sees "192.168.1.21 192.168.1.31" 4

say "Now the master director dies, and its cable with it:"
on switch 'ip link set port1 down'
on lb1 "pkill -9 -f '^keepalived -i lb1 '"
busywait 30000 has_vip "$DIRECTOR2"
on lb2 'ip -br -4 addr show dev eth0'
promise "lb2 has the address of the service" shows "192.168.1.10/24"
promise "the client goes on" client_goes_on 4
on client "tail -n 4 $TMP/pages"
promise "with both servers" client_sees "192.168.1.21 192.168.1.31" 4
on lb2 'lbctl -L -n --stats'
promise "by lb2" [ "$(DIRECTOR=$DIRECTOR2 stat_of "$VIP:80" 3)" -ge 4 ]

say "This is all that the client has seen, in its order:"
on client "uniq -c <(sed 's/^192.*/an answer/' $TMP/pages)"
