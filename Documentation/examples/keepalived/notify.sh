#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
# What keepalived runs when the role of this director changes: notify.sh ROLE.
# What stays as it is goes on; the daemon of the other role stops.

{
	echo "include /etc/lb/lb.rules"
	echo "sync start $1 interface eth0 syncid 51"
} | lbctl load - 2>&1 | logger -t lb-notify
