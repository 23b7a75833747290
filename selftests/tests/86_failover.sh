#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Two directors with keepalived, and connections that are held while one director
# fails, and again while it comes back and takes over: by direct routing, NAT and
# tunnel, and established, half-closed and idle ones. None may be lost.
#
# LB_HOLD is how many there are of each. With LB_SUT=ipvs the table shows how many
# ip_vs keeps.
#
# Kernels: 6.12 quick

# shellcheck source=../pair.sh
. "$(dirname "$0")/../pair.sh"

EACH=${LB_HOLD:-25}
SOON=60000

# --- keepalived -----------------------------------------------------------

keepalived_conf()
{
	cat << END
@lb1 \$PRIORITY=150
@lb2 \$PRIORITY=100

global_defs {
	vrrp_version 3
	vrrp_garp_master_delay 1
	lvs_sync_daemon eth0 ADDRESSES id 51
}

vrrp_instance ADDRESSES {
	state BACKUP
	nopreempt
	interface eth0
	virtual_router_id 51
	priority \$PRIORITY
	advert_int 1
	virtual_ipaddress {
		$VIP/24 dev eth0
		$GATEWAY/24 dev eth0
	}
}
END
}

declare -A KEEPALIVED_OF

# keepalived_on NS ID
keepalived_on()
{
	keepalived_start "$@"
	KEEPALIVED_OF[$2]=$KEEPALIVED
}

keepalived_end()
{
	kill "${KEEPALIVED_OF[$1]}"
	busywait $SOON no_process "${KEEPALIVED_OF[$1]}"
	check_err $? "keepalived $1 does not end"
}

keepalived_kill()
{
	pkill -9 -f "^keepalived .*-i $1 "
	busywait 5000 no_process "${KEEPALIVED_OF[$1]}"
}

has_vip()
{
	[[ $(ip -n "$1" -o addr show dev eth0) == *" $VIP/"* ]]
}

becomes_master()
{
	busywait $SOON has_vip "$1"
	check_err $? "$1 is not master"
}

# What ip_vs tells before somebody listens is lost.
is_backup()
{
	on "$1" lbctl -L --daemon | grep -q "^backup"
}

# --- connections ----------------------------------------------------------

set_up()
{
	local rs

	topo_pair
	for rs in "$RS1" "$RS2"; do
		hold_serve "$rs" 80 81 82
	done
	mkdir -p /etc/keepalived
	keepalived_conf > /etc/keepalived/keepalived.conf
}

# director NAME N
director()
{
	director_new "$@"
	pair_services 80 | on "${!1}" lbctl -R
	check_err $? "services of $1"
}

begin()
{
	director DIRECTOR 1
	director DIRECTOR2 2
	keepalived_on "$DIRECTOR" lb1
	becomes_master "$DIRECTOR"
	keepalived_on "$DIRECTOR2" lb2
	busywait $SOON is_backup "$DIRECTOR2"
	check_err $? "$DIRECTOR2 is not backup"
	pair_hold "$EACH" 80 established half-closed idle
	joined "$DIRECTOR" "$DIRECTOR2"
}

end()
{
	hold_end
	director_gone "$DIRECTOR" 1
	director_gone "$DIRECTOR2" 2
	keepalived_failed lb1
	keepalived_failed lb2
	log_test "$1"
}

known()
{
	on "$1" lbctl -L -n -c | awk '/^TCP/ { print $3, $4, $5, $6 }' | sort
}

knows_all()
{
	[ "$(known "$1" | wc -l)" -ge $((9 * EACH)) ] &&
		[ "$(known "$1")" = "$(known "$2")" ]
}

# joined MASTER BACKUP: the one has told the other all; ip_vs has the time for it.
joined()
{
	if [ "$LB_SUT" = ipvs ]; then
		busywait 15000 knows_all "$@"
		return
	fi
	busywait $SOON knows_all "$@"
	check_err $? "not told: $(diff <(known "$1") <(known "$2") | head -n 20)"
}

# --- the ways to fail -----------------------------------------------------

# failover WHAT FAIL RETURN: those are functions.
failover()
{
	begin
	$2
	becomes_master "$DIRECTOR2"
	hold_kept "$1"
	$3
	joined "$DIRECTOR2" "$DIRECTOR"
	keepalived_end lb2
	becomes_master "$DIRECTOR"
	hold_kept "$1, then back"
	end "$1: connections go on, also when it is back"
}

start_again()
{
	keepalived_on "$DIRECTOR" lb1
}

planned()
{
	failover "planned" "keepalived_end lb1" start_again
}

killed()
{
	failover "keepalived is killed" "keepalived_kill lb1" after_kill
}

# The addresses that nobody took away
after_kill()
{
	ip -n "$DIRECTOR" -b - <<- END
	addr del $VIP/24 dev eth0
	addr del $GATEWAY/24 dev eth0
	END
	start_again
}

interface()
{
	failover "the interface is down" "ip -n $DIRECTOR link set eth0 down" \
		"ip -n $DIRECTOR link set eth0 up"
}

destroyed()
{
	failover "the director is destroyed" "director_gone $DIRECTOR 1" \
		new_director
}

new_director()
{
	director DIRECTOR 1
	start_again
}

programs_load || skip_all "the modules do not load"
set_up
tests_run planned killed interface destroyed
