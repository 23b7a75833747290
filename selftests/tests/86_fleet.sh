#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two directors that have their rules from etcd: both load the same revision, and
# none loads what one of them cannot.
#
# Kernels: 6.12
# CPUs: 1
# Programs: etcd

# shellcheck source=../directors.sh
. "$(dirname "$0")/../directors.sh"

STORE=192.168.1.21
ETCD=$LB_CACHE/etcd/root
PATH=$ETCD/usr/bin:$PATH
FLEET=$EXAMPLES/fleet/lb-fleet
export ETCDCTL_ENDPOINTS=http://$STORE:2379 LB_FLEET_WAIT=60

set_up()
{
	topo_directors
	busybox nsenter --net="/run/netns/$RS1" etcd --data-dir "$TMP/etcd" \
		--listen-client-urls "$ETCDCTL_ENDPOINTS" \
		--advertise-client-urls "$ETCDCTL_ENDPOINTS" \
		--listen-peer-urls http://127.0.0.1:2380 > "$TMP/etcd.log" 2>&1 &
	background $!
	busywait 120000 store_answers || skip_all "$(tail -n 5 "$TMP/etcd.log")"
	director_start "$DIRECTOR" lb1
	LB1=$AGENT
	director_start "$DIRECTOR2" lb2
	busywait 60000 registered
	check_err $? "the directors are not known: $(fleet status)"
}

store_answers()
{
	in_ns "$RS1" etcdctl endpoint health > "$TMP/health" 2>&1
}

registered()
{
	[ "$(fleet status | grep -c checked)" = 2 ]
}

# director_start NS NAME: its process in $AGENT
director_start()
{
	LB_FLEET_NAME=$2 LB_FLEET_RULES=$TMP/$2.rules \
		busybox nsenter --net="/run/netns/$1" "$FLEET" director \
		>> "$TMP/$2.log" 2>&1 &
	AGENT=$!
	background $AGENT
}

fleet()
{
	in_ns "$RS2" "$FLEET" "$@" 2>&1
}

# rules PORT...: a file with so many services
rules()
{
	local port

	for port; do
		echo "service add tcp $VIP:$port scheduler rr"
		echo "dest add tcp $VIP:$port to 192.168.1.31:$port dr"
	done > "$TMP/new"
}

# both PORT...: both directors have services at these, and nothing else
both()
{
	local d

	for d in "$DIRECTOR" "$DIRECTOR2"; do
		check_eq "$(on "$d" lbctl -L -n |
			sed -n "s/^TCP *$VIP:\([0-9]*\) .*/\1/p" | xargs)" \
			"$*" "$d"
	done
}

# publish STATUS: what it says is in $SAID
publish()
{
	local status=0

	SAID=$(fleet publish "$TMP/new") || status=$?
	check_eq $status "$1" "publish: $SAID"
}

result()
{
	# shellcheck disable=SC2031 # what was lost is told there
	[ "$RET" -eq 0 ] || ksft_diag "$(tail -n 20 "$TMP"/lb[12].log)"
	log_test "$1"
}

published()
{
	rules 80
	publish 0
	check_match "$SAID" "revision [0-9]+ is loaded by all" "publish"
	both 80
	rules 80 443
	publish 0
	both 80 443
	cmp -s "$TMP/lb1.rules" "$TMP/lb2.rules"
	check_err $? "not the same is kept for the next boot"
	check_eq "$(fleet status | sed -n 's/.*loaded //p' | uniq | wc -l)" 1 \
		"one revision: $(fleet status)"
	check_eq "$(grep -c "^dest add tcp $VIP:443 .* weight 1$" "$TMP/lb1.log")" 1 \
		"the change in the log"
	result "both directors load what is published"
}

refused()
{
	rules 80 443 8080
	echo "dest add tcp $VIP:80 to 192.168.1.41:80 weight much" >> "$TMP/new"
	publish 1
	check_match "$SAID" "lb1: refused: .*stdin:7: .*lb2: refused: .*stdin:7: " \
		"who refuses it, and why"
	check_match "$SAID" "is not loaded" "the end"
	both 80 443
	result "rules that are wrong are refused by both"
}

# The second has no room for a third service.
one_refuses()
{
	on "$DIRECTOR2" lb_tool config set service_max 2
	rules 80 443 8080
	publish 1
	check_match "$SAID" "^lb2: refused: " "who refuses it"
	both 80 443
	on "$DIRECTOR2" lb_tool config set service_max 1073741824
	publish 0
	both 80 443 8080
	result "what one director refuses, none loads"
}

loaded_again()
{
	[ "$(lbctl -L -n | grep -c ^TCP)" = 3 ]
}

# One that was away has the rules when it is back.
away()
{
	kill "$LB1"
	busywait 20000 no_process "$LB1"
	lb_tool service flush
	rules 80
	LB_FLEET_WAIT=1 publish 1
	check_match "$SAID" "lb1: no answer" "who is missing"
	director_start "$DIRECTOR" lb1
	busywait 60000 loaded_again
	check_err $? "it does not load the rules"
	both 80 443 8080
	fleet forget lb1 > /dev/null
	check_match "$(fleet status)" "^lb2: checked [^:]*"$'\n'"lb2: loaded [^:]*$" \
		"who is left"
	result "a director that comes back has the rules"
}

lb_load || skip_all "the module does not load"
set_up
tests_run published refused one_refuses away
