#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Restoring, replacing and listing many services.
#
# usage: restore.sh SUBJECT..., in the guest; lb is by lbctl, lb-ipvsadm by ipvsadm
# and the family of IPVS, ipvs by ipvsadm on ip_vs.
#
# All read the same file. Prints lines "SUBJECT.WHAT MILLISECONDS", the time that
# one process took of the processor, in the kernel and by itself. What it waited
# for the host's disk does not count. If the guest counts, a millisecond is a
# million instructions. How many of them were the kernel's is a guess from where
# the timer's interrupts met the process: it can be wrong by a third.
set -eu -o pipefail

SERVICES=${SERVICES:-10000}
SERVERS=${SERVERS:-10}
TMP=$(mktemp -d)
trap 'rm -rf "$TMP"' EXIT

# rules FIRST LAST NET: services FIRST to LAST, with servers in 10.NET.0.0/16
rules() {
	awk -v first="$1" -v last="$2" -v net="$3" -v servers="$SERVERS" 'BEGIN {
		for (i = first; i <= last; i++) {
			svc = "-t 192.0." int(i / 250) "." i % 250 + 1 ":80"
			print "-A " svc " -s rr"
			for (j = 1; j <= servers; j++)
				printf "-a %s -r 10.%d.%d.%d:80 -m -w 1\n",
				       svc, net, i / 250, j
		}
	}'
}

die() {
	echo "${0##*/}: $*" >&2
	exit 1
}

# timed NAME COMMAND...: run it and print what it took
timed() {
	local TIMEFORMAT="%U %S"

	{ time "${@:2}"; } 2>"$TMP/time" || die "$1: $(<"$TMP/time")"
	awk -v name="$1" 'END { print name, ($1 + $2) * 1000 }' "$TMP/time"
}

restore() { "$1" -R <"$TMP/one"; }
list() { "$1" -L -n >"$TMP/list"; }
save() { "$1" -S -n >"$TMP/saved"; }
replace() { "$LBCTL" -R --replace <"$TMP/$1"; }
load_rules() { "$LBCTL" load "$TMP/$1"; }

# has FILE: this is what was restored
has() {
	[ "$(grep -c -- -A "$TMP/saved")" = "$(grep -c -- -A "$TMP/$1")" ]
	[ "$(grep -c -- -a "$TMP/saved")" = "$(grep -c -- -a "$TMP/$1")" ]
}

# all NAME TOOL: what each can do, after the program has come from the host's
# disk
all() {
	"$2" -L -n >/dev/null
	timed "$1.restore" restore "$2"
	timed "$1.list" list "$2"
	timed "$1.save" save "$2"
	has one
	timed "$1.clear" "$2" -C
}

# load FILE: a module of ours, with those of others that it needs
load() {
	# shellcheck disable=SC2046 # names
	modprobe -a $(modinfo -F depends "$1" | tr , "\n" | grep -v "^lb")
	insmod "$1"
}

measure_lb() {
	load "$LB_KO"
	all lb "$LBCTL"
	restore "$LBCTL"
	timed lb.replace-same replace one
	timed lb.replace replace two
	save "$LBCTL"
	has two
	"$LBCTL" -C
	timed lb.load load_rules one
	timed lb.load-same load_rules one
	timed lb.load-other load_rules two
	rmmod lb
}

measure_lb-ipvsadm() {
	load "$LB_KO"
	insmod "${LB_KO%/*}/sync/lb_sync.ko"
	load "${LB_KO%/*}/ipvs/lb_ipvs.ko"
	all lb-ipvsadm ipvsadm
	rmmod lb_ipvs lb_sync lb
}

measure_ipvs() {
	modprobe -a ip_vs ip_vs_rr
	all ipvs ipvsadm
	modprobe -r ip_vs_rr ip_vs
}

half=$((SERVICES / 2))
rules 1 "$SERVICES" 1 >"$TMP/one"
# Half of the services are the same, a quarter have other servers, a quarter
# are gone and as many are new.
{
	rules 1 "$half" 1
	rules $((half + 1)) $((half + half / 2)) 2
	rules $((SERVICES + 1)) $((SERVICES + half - half / 2)) 2
} >"$TMP/two"

ip link set lo up
for subject; do
	"measure_$subject"
done
