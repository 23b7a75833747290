#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Settings: names, defaults, ranges, and what is said about values beyond them.
# What they do is tested with what they are about.
#
# Kernels: 6.1 quick
# CPUs: 1

# shellcheck source=../lib.sh
. "$(dirname "$0")/../lib.sh"

VIP=192.168.1.111

# name, default, least and greatest value; all but fastpath, which has words
SETTINGS="
tcp-timeout		900	1 2678400
tcp-fin-timeout		120	1 2678400
udp-timeout		300	1 2678400
run_estimation		1	0 1
conn_reuse_mode		1	0 3
expire_nodest_conn	0	0 1
expire_quiescent_template	0	0 1
sloppy_tcp		0	0 1
amemthresh		1024	0 2147483647
am_droprate		10	0 2147483647
drop_entry		0	0 3
drop_packet		0	0 3
secure_tcp		0	0 3
conn_max		1073741824	0 1073741824
mh_table_size		65537	2 16777213
lblc_expiration		86400	1 2678400
lblcr_expiration	86400	1 2678400
sloppy_sctp		0	0 1
snat_reroute		1	0 1
nat_icmp_send		0	0 1
ignore_tunneled		0	0 1
pmtu_disc		1	0 1
schedule_icmp		0	0 1
cache_bypass		0	0 1
conntrack		0	0 1
service_max		1073741824	0 1073741824
dest_max		1073741824	0 1073741824
conn_table_max		134217728	1024 134217728
way_max			1024	0 1024
sync_rate		200000	1 100000000
sync_ports		1	1 64
sync_persist_mode	0	0 1
sync_sock_size		0	0 2147483647
backup_only		0	0 1
"

each_setting()
{
	local name

	while read -r name rest; do
		# shellcheck disable=SC2086
		[ -z "$name" ] || "$1" "$name" $rest
	done <<< "$SETTINGS"
}

show_default()
{
	echo "$1 $2"
}

defaults()
{
	check_eq "$(lbctl config show | grep -v '^fastpath')" \
		"$(each_setting show_default)" "all settings"
	check_eq "$(lbctl config get fastpath)" auto "fastpath"
	log_test "settings: defaults"
}

# Commands for a batch: everything to its default, least or greatest value. What
# there is then is asked for by the other spelling.
set_default()
{
	echo "config set ${1//_/-} $2"
}

set_least()
{
	echo "config set $1 $3"
}

set_greatest()
{
	echo "config set $1 $4"
}

get()
{
	lbctl config get "${1//_/-}"
}

show_least()
{
	echo "$3"
}

show_greatest()
{
	echo "$4"
}

as_json()
{
	lbctl -j config get "$1"
}

json_least()
{
	echo "{\"${1//_/-}\":$3}"
}

json_greatest()
{
	echo "{\"${1//_/-}\":$4}"
}

# Both ends of the range, and either spelling
ranges()
{
	local end

	for end in least greatest; do
		each_setting "set_$end" | lbctl -b -
		check_err $? "the $end values are refused"
		check_eq "$(each_setting get)" \
			"$(each_setting "show_$end")" "the $end values"
		check_eq "$(each_setting as_json)" \
			"$(each_setting "json_$end")" "the $end values as JSON"
	done
	each_setting set_default | lbctl -b -
	check_err $? "the defaults are refused"
	log_test "settings: least and greatest values"
}

# refused NAME VALUE RANGE
refused()
{
	local out

	out=$(lbctl config set "$1" "$2" 2>&1)
	check_eq $? 1 "exit code"
	check_eq "$out" "lbctl: config set $1 $2: the value must be $3 \
(attribute ${1//_/-})" "refusal"
}

try_beyond()
{
	[ "$3" -eq 0 ] || refused "$1" $(($3 - 1)) "$3 to $4"
	[ "$4" -eq 4294967295 ] || refused "$1" $(($4 + 1)) "$3 to $4"
	refused "$1" 4294967295 "$3 to $4"
}

beyond()
{
	each_setting try_beyond
	check_eq "$(lbctl config show | grep -v '^fastpath')" \
		"$(each_setting show_default)" "all settings afterwards"
	check_eq "$(lbctl config set udp-timeout 5 run_estimation 2 2>&1 |
		    grep -o '(.*')" "(attribute run-estimation)" \
		"one good and one bad"
	check_eq "$(lbctl config get udp-timeout)" 300 "the good one"
	log_test "settings: values beyond are refused by name"
}

# in_child COMMAND...: the tool in a namespace of which its user is root.
in_child()
{
	unshare --user --map-root-user --net "$LBCTL" "$@" 2>&1
}

# The first namespace is that of the script itself.
conn_ceiling()
{
	"$LBCTL" config set conn_max 5000
	check_eq "$(in_child config get conn_max)" 5000 "in a new namespace"
	check_eq "$(in_child config set conn_max 5000 udp-timeout 7)" "" \
		"set to what it is"
	check_eq "$(in_child config set conn_max 5001)" "lbctl: config set \
conn_max 5001: only root of the host may raise it that far (attribute conn-max)" \
		"raised"
	"$LBCTL" config set conn_max 1073741824
	check_eq "$(lbctl config get conn_max)" 1073741824 "of another namespace"
	check_eq "$(in_child config get conn_max)" 65536 \
		"with user_conn_max, in a new namespace"
	log_test "settings: conn_max of namespaces that anybody can make"
}

# Settings that only the first namespace has, for those of users.
of_users()
{
	local name

	check_eq "$("$LBCTL" config show | grep '^user_')" "user_conn_max 65536
user_service_max 256
user_dest_max 4096
user_conn_table_max 131072
user_way_max 256" "defaults"
	check_eq "$(lbctl config show | grep -c '^user_')" 0 "elsewhere"
	for name in user_{conn,service,dest,conn_table,way}_max; do
		check_eq "$(lbctl config set "$name" 1024 2>&1)" "lbctl: config \
set $name 1024: only the first network namespace has this setting (attribute \
${name//_/-})" "$name set elsewhere"
		"$LBCTL" config set "$name" 1024
		check_eq "$("$LBCTL" config get "$name")" 1024 "$name"
	done
	"$LBCTL" config set user_way_max 5
	check_eq "$(in_child config show | grep '^[^m].*_max')" \
		"conn_max 1024
service_max 1024
dest_max 1024
conn_table_max 1024
way_max 5" "in a new namespace"
	"$LBCTL" config set user_conn_max 65536 user_service_max 256 \
		user_dest_max 4096 user_conn_table_max 131072 user_way_max 256
	check_err $? "set back"
	log_test "settings: user_*, of the first namespace alone"
}

rates_are()
{
	[ "$(lbctl -L -n --rate | awk '/-> 172/ { print ($4 > 0) }')" = "$1" ]
}

send_some()
{
	local i

	for i in {1..40}; do
		pkt send client "ip src=192.168.1.5 dst=$VIP /" \
			"udp sport=$((1000 + i)) dport=53 / data 10"
	done
}

# rates_rise: until they fall again, the highest is in $TOP. A packet of 38 bytes
# is a connection, whatever the rate.
rates_rise()
{
	local conns in out in_bytes out_bytes end=$((SECONDS + 30))

	TOP=0
	while [ "$SECONDS" -lt "$end" ]; do
		read -r conns in out in_bytes out_bytes <<< "$(lbctl -L -n --rate |
			awk '/-> 172/ { print $3, $4, $5, $6, $7 }')"
		check_eq "$in $out $out_bytes" "$conns 0 0" "rates"
		[ "$in_bytes" -ge $((38 * (in - 1))) ] &&
			[ "$in_bytes" -le $((38 * (in + 1))) ]
		check_err $? "$in_bytes bytes a second, $in packets"
		[ "$in" -ge "$TOP" ] || return
		TOP=$in
		pause 0.1
	done
	check_err 1 "rates do not fall"
}

# More than a period of the estimator, in which nothing may come
no_rates()
{
	rates_are 0
	check_err $? "rates $1, at once"
	pause 3
	rates_are 0
	check_err $? "rates $1"
}

estimation()
{
	lbctl -A -u "$VIP:53" -s rr
	lbctl -a -u "$VIP:53" -r 172.16.32.110 -m
	send_some
	busywait 20000 rates_are 1
	check_err $? "no rates"
	# Two seconds bring a quarter of their rate, which is 5 of 40 packets; if
	# these took eight seconds, it is 2.
	rates_rise
	check_match "$TOP" '^[2-5]$' "the highest rate"
	lbctl config set run_estimation 0
	send_some
	no_rates "while it is off"
	lbctl config set run_estimation 1
	no_rates "by what came before"
	send_some
	busywait 20000 rates_are 1
	check_err $? "no rates after it was switched on"
	check_eq "$(stat_of "$VIP:53" 3)" 40 "counters"
	lbctl -C
	log_test "settings: run_estimation"
}

lb_load || skip_all "the module does not load"
topo_wire
tests_run defaults ranges beyond conn_ceiling of_users estimation
