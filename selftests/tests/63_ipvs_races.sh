#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Kernels: 7.2
#
# All five interfaces of IPVS are asked at the same time, from two CPUs, while
# packets come and network namespaces end; and lb_ipvs comes and goes meanwhile. The
# guest's log tells of what goes wrong.

# shellcheck source=../floods.sh
. "$(dirname "$0")/../floods.sh"

VS=/proc/sys/net/ipv4/vs
FUZZ=$BUILD_DIR/tool-test/ipvsfuzz

# By the netlink family, services and real servers come and go. Where the module
# goes, ipvsadm reads on from its file for ever.
by_family()
{
	ipvsadm -R <<- END
	-A -u $VIP:53 -s rr
	-a -u $VIP:53 -r ${RS}11 -m
	-a -u $VIP:53 -r ${RS}12 -m
	-A -t $VIP:80 -s wlc -p 60
	-a -t $VIP:80 -r ${RS}11 -m
	-d -u $VIP:53 -r ${RS}11
	-e -u $VIP:53 -r ${RS}12 -m -w 3
	END
	ipvsadm -D -t "$VIP:80"
	ipvsadm -L -n && timeout -s KILL 10 ipvsadm -L -n -c
}

# By the family and the socket options, what is mostly wrong
by_both()
{
	"$FUZZ" $((RANDOM * 32768 + RANDOM)) 500
}

by_files()
{
	cat /proc/net/ip_vs{,_conn,_conn_sync,_stats,_stats_percpu,_status,_app}
}

# Any setting, except how many connections there may be
by_settings()
{
	local name good=1

	cd "$VS" || return
	for name in *; do
		[ "$name" = conn_max ] && continue
		echo $((RANDOM % 4)) > "$name" && good=0
		read -r _ < "$name"
	done
	return "$good"
}

by_match()
{
	iptables-restore <<- END
	*mangle
	-A POSTROUTING -m ipvs --ipvs --vproto udp --vport 53
	-A FORWARD -m ipvs --vdir ORIGINAL --vmethod MASQ
	COMMIT
	END
	iptables -t mangle -F
}

flood_service()
{
	flood 0 "in0 udp $VIP 53 500 4000" "out0 udp-reply ${RS}11 53 500 4000"
	flood 1 "in0 udp $VIP 53 500 2000" "in0 syn $VIP 80 16 1000"
}

# A namespace that ends with its services, right after or while it is asked
namespace()
{
	# shellcheck disable=SC2016 # the inner shell expands it
	unshare --net bash -c '
		ip link set lo up && ip addr add 10.0.0.3/24 dev lo || exit
		ipvsadm -A -t 10.0.0.1:80 &&
		ipvsadm -a -t 10.0.0.1:80 -r 10.0.0.2 -m || exit
		cat /proc/net/ip_vs_conn
		echo 1 > "$2/conntrack"
		"$1" $RANDOM 100000 & fuzz=$!
		read -t 0.2 -r _ <> <(:)
		kill $fuzz' - "$FUZZ" "$VS"
}

attack()
{
	worker family by_family
	worker both by_both
	worker files by_files
	worker settings by_settings
	worker match by_match
	worker namespace namespace
}

interfaces()
{
	attack
	flood_service
	floods_end
	workers_end family both files settings match namespace
	iptables -t mangle -F
	lbctl conn flush
	lbctl -C
	check_eq "$(ipvsadm -L -n -c | tail -n +3)" "" "connections left"
	check_eq "$(ipvsadm -L -n | tail -n +4)" "" "services left"
	log_test "all interfaces at the same time, under a flood"
}

# It is in use while a rule has its match, or a service no scheduler.
module()
{
	[ -d /sys/module/lb_ipvs ] || lb_ipvs_insmod || return
	pause 0.3
	while [ -d /sys/module/lb_ipvs ]; do
		iptables -t mangle -F
		lbctl -C
		rmmod lb_ipvs
	done
}

comes_and_goes()
{
	attack
	worker module module
	flood_service
	floods_end
	workers_end module
	iptables -t mangle -F
	[ -d /sys/module/lb_ipvs ] || lb_ipvs_insmod
	check_err $? "lb_ipvs does not load any more"
	lbctl conn flush
	lbctl -C
	check_eq "$(ipvsadm -L -n | tail -n +4)" "" "services left"
	lb_unload
	check_err $? "the modules cannot be removed"
	log_test "lb_ipvs and namespaces come and go meanwhile"
}

# While lb_ipvs is away, ipvsadm and iptables would load ip_vs.
IPVS_NAMES=/etc/modprobe.d/lb-selftest.conf
printf 'install %s /bin/false\n' ip_vs xt_ipvs > "$IPVS_NAMES"
lb_load || skip_all "the module does not load"
lb_ipvs_insmod || skip_all "lb_ipvs does not load"
setup_floods || skip_all "no generator of packets"
dmesg_mark
tests_run interfaces comes_and_goes
