#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# How long does it take to restore a large configuration?
#
# usage: reload.sh SERVICES SERVERS, in the guest
#
# Prints lines "lb.reload.SERVICES MILLISECONDS", and the same of ipvs.
set -eu -o pipefail
# shellcheck source=selftests/bench/lib.sh
. "$(dirname "$0")/lib.sh"

configuration() {
	local address service server

	for ((service = 0; service < $1; service++)); do
		address=10.2.$((service / 256)).$((service % 256)):80
		echo "-A -t $address -s wrr"
		for ((server = 1; server <= $2; server++)); do
			echo "-a -t $address -r 10.3.0.$server:80 -m -w 1"
		done
	done
}

# measure NAME TOOL: once into nothing
measure() {
	local start=${EPOCHREALTIME/./}

	"$2" -R </run/configuration
	echo "$1.reload.$SERVICES" $(((${EPOCHREALTIME/./} - start) / 1000))
	[ "$("$2" -S -n | wc -l)" -eq "$(wc -l </run/configuration)" ] ||
		die "$1: not all was restored"
}

SERVICES=$1
configuration "$1" "$2" >/run/configuration
insmod "$LB_KO"
measure lb "$LBCTL"
rmmod lb
modprobe ip_vs_wrr
measure ipvs ipvsadm
