#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What packages.sh has a machine with systemd look at: guest early, before the
# network is there; guest run, at the end of a boot.
set -u

RULES=/etc/lb/lb.rules
failed=0

# check COMMAND...: it must succeed
check() {
	"$@" && return
	echo "failed: $*"
	failed=1
}

# is VALUE COMMAND...: it prints just that
is() {
	value=$1
	shift
	seen=$("$@" 2>&1)
	check [ "$seen" = "$value" ]
}

refused() {
	! "$@" 2>/dev/null
}

unit() {
	systemctl show -P ActiveState "$1"
}

servers() {
	lbctl dest show | grep -c 192.168.1
}

daemons() {
	lbctl sync show | sed 's/ .*//'
}

# Nothing is there but the module.
first() {
	check [ -d /sys/module/lb ]
	is enabled systemctl is-enabled lb
	is inactive unit lb
	lbctl service add tcp 192.168.1.10:80 scheduler rr
	lbctl dest add tcp 192.168.1.10:80 to 192.168.1.21:80 dr
	lbctl config set tcp-timeout 600
	lbctl sync start master interface sync0
	check lbctl save
	check systemctl enable lb-sync
}

second() {
	is active unit lb
	is active unit lb-sync
	is active unit network-online.target
	is 1 cat /srv/early
	is 1 servers
	is 600 lbctl config get tcp-timeout
	is master daemons

	# Reload is load.
	echo "dest add tcp 192.168.1.10:80 to 192.168.1.31:80 dr" >>$RULES
	check systemctl reload lb
	is 2 servers
	is master daemons
	echo "dest add tcp 192.168.1.10:80 to nowhere" >>$RULES
	check refused systemctl reload lb
	is 2 servers
	sed -i '$d' $RULES

	check systemctl stop lb-sync
	is "" daemons
	check systemctl stop lb
	is 2 servers
	echo LB_STOP=clear >/etc/default/lb
	check systemctl start lb
	check systemctl stop lb
	is 0 servers
	check systemctl start lb
	is 2 servers
	is "" daemons
	check systemctl start lb-sync
	is master daemons
	check systemctl stop lb-sync
}

# The new module runs, with what was saved.
upgraded() {
	version=$(cat /srv/version)
	is "$version" cat /sys/module/lb/version
	is "$(printf 'lbctl %s\nlb %s' "$version" "$version")" lbctl --version
	is 2 cat /srv/early
	is 2 servers
	is master daemons
}

case $1 in
early)	servers >/srv/early ;;
run)	"$(cat /srv/boot)" >/srv/said 2>&1
	[ $failed = 0 ] || journalctl -b -u 'lb*' >>/srv/said
	echo $failed >/srv/status ;;
esac
