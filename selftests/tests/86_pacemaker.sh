#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The resource agent for Pacemaker: does ocf-tester pass it, does it do what each
# role needs, and does it say what is wrong?
#
# Kernels: 6.12
# CPUs: 1
# Programs: cluster

# shellcheck source=../directors.sh
. "$(dirname "$0")/../directors.sh"

PROGRAMS=$LB_CACHE/cluster/root
AGENT=/usr/lib/ocf/resource.d/lb/lb
RULES=/etc/lb/lb.rules

# What the agent would tell Pacemaker, it tells a file.
set_up()
{
	topo_directors
	cp -a "$PROGRAMS/usr/." /usr/
	mkdir -p "${AGENT%/*}" "${RULES%/*}" /etc/lb
	cp "$EXAMPLES/pacemaker/lb" "$AGENT"
	printf '#!/bin/sh\necho "$*" > %s\n' "$TMP/score" > /usr/sbin/crm_attribute
	chmod +x /usr/sbin/crm_attribute
	web_server "$RS1" 80 rs1
	web_server "$RS2" 80 rs2
	rules
	export OCF_ROOT=/usr/lib/ocf OCF_RESOURCE_INSTANCE=lb \
		OCF_RESKEY_interface=eth0 OCF_RESKEY_sync="syncid 7" \
		OCF_RESKEY_crm_feature_set=3.16.2
}

rules()
{
	cat > $RULES <<- END
		service add tcp $VIP:80 scheduler rr
		dest add tcp $VIP:80 to 192.168.1.21:80 dr
		dest add tcp $VIP:80 to 192.168.1.31:80 dr
	END
}

# agent DIRECTOR ACTION STATUS: it does, and exits so; what it says is in $SAID
agent()
{
	local status=0

	SAID=$(in_ns "$1" "$AGENT" "$2" 2>&1) || status=$?
	check_eq $status "$3" "$1: $2: $SAID"
}

# is DIRECTOR ROLE SERVICES: the daemon that runs there, and how many services
is()
{
	check_eq "$(on "$1" lb_tool sync show | cut -d ' ' -f 1 | xargs) \
$(on "$1" lb_tool service show | grep -c "tcp $VIP:80")" "$2 $3" "$1"
}

ocf_tester()
{
	local out

	out=$(in_ns "$DIRECTOR" ocf-tester -n lb -o interface=eth0 \
		-o sync="syncid 7" "$AGENT" 2>&1)
	check_err $? "$out"
	check_match "$out" "passed all tests" "the last line"
	check_eq "$(grep '^\*' <<< "$out")" "" "what is missing"
	log_test "ocf-tester passes the agent"
}

roles()
{
	agent "$DIRECTOR" monitor 7
	agent "$DIRECTOR" start 0
	is "$DIRECTOR" backup 1
	agent "$DIRECTOR" monitor 0
	check_eq "$(< "$TMP/score")" "-p -v 5" "score of a backup"
	agent "$DIRECTOR" promote 0
	is "$DIRECTOR" master 1
	agent "$DIRECTOR" monitor 8
	check_eq "$(< "$TMP/score")" "-p -v 100" "score of a master"
	agent "$DIRECTOR" reload 0
	is "$DIRECTOR" master 1
	agent "$DIRECTOR" demote 0
	is "$DIRECTOR" backup 1
	agent "$DIRECTOR" notify 0
	agent "$DIRECTOR" stop 0
	is "$DIRECTOR" "" 0
	check_eq "$(< "$TMP/score")" "-p -D" "score of who stopped"
	agent "$DIRECTOR" monitor 7
	log_test "each role has its daemon, the rules and a score"
}

wrong()
{
	echo "dest add tcp $VIP:80 to 192.168.1.41:80 weight much" >> $RULES
	agent "$DIRECTOR" validate-all 2
	check_match "$SAID" "$RULES:4: " "the line of the rules"
	agent "$DIRECTOR" start 2
	rules
	OCF_RESKEY_interface=no agent "$DIRECTOR" validate-all 5
	check_match "$SAID" "no interface no" "the interface"
	OCF_RESKEY_interface='' agent "$DIRECTOR" validate-all 6
	OCF_RESKEY_rules=/no agent "$DIRECTOR" validate-all 5
	is "$DIRECTOR" "" 0

	agent "$DIRECTOR" start 0
	lb_tool service flush
	agent "$DIRECTOR" monitor 1
	agent "$DIRECTOR" promote 0
	agent "$DIRECTOR" monitor 8
	lb_tool service flush
	agent "$DIRECTOR" monitor 9
	agent "$DIRECTOR" promote 0
	lb_tool sync start backup interface eth0
	agent "$DIRECTOR" monitor 1
	check_match "$SAID" "both a master and a backup" "both"
	agent "$DIRECTOR" stop 0
	is "$DIRECTOR" "" 0
	log_test "what is wrong is said, and seen by monitor"
}

# The backup knows the client that says nothing.
knows_client()
{
	on "$DIRECTOR2" lbctl -L -n -c | grep -q "ESTABLISHED 192.168.1.5:"
}

scored_told()
{
	in_ns "$DIRECTOR2" "$AGENT" notify && [ "$(< "$TMP/score")" = "-p -v 10" ]
}

# A connection goes on where the other director is promoted.
failover()
{
	agent "$DIRECTOR" start 0
	agent "$DIRECTOR2" start 0
	agent "$DIRECTOR" promote 0
	net_addr "$DIRECTOR" eth0 "$VIP/24"
	talk_begin "$VIP" 80
	busywait 20000 knows_client
	check_err $? "the backup does not know the client"
	busywait 20000 scored_told
	check_err $? "score of who was told all: $(< "$TMP/score")"
	ip -n "$DIRECTOR" addr del "$VIP/24" dev eth0
	agent "$DIRECTOR" demote 0
	agent "$DIRECTOR2" promote 0
	net_addr "$DIRECTOR2" eth0 "$VIP/24"
	ip -n "$CLIENT" neigh flush dev eth0
	check_match "$(talk_end | tail -n 1)" '^rs[12]$' "the client that waited"
	log_test "a connection goes on where the other director is promoted"
}

{ lb_load && lb_sync_insmod; } || skip_all "the modules do not load"
set_up
tests_run ocf_tester roles wrong failover
