#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Put a Debian with systemd, a kernel and DKMS into $LB_CACHE/SUITE, unless it is
# there: get-debian.sh SUITE
set -eu -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

suite=${1:?usage: get-debian.sh SUITE}

get_debian() {
	local mirror

	mirror=$(debian_mirror)
	debootstrap --variant=minbase \
		--include=systemd-sysv,udev,dbus,kmod,iproute2,ca-certificates \
		"$suite" root "$mirror" >debootstrap.log 2>&1 ||
		die "debootstrap: $(tail debootstrap.log)"
	in_chroot root apt-get -qq install -y --no-install-recommends \
		linux-image-cloud-amd64 linux-headers-cloud-amd64 dkms \
		>install.log 2>&1 || die "kernel: $(tail install.log)"
	in_chroot root apt-get clean
}

fill_cache() {
	[ -e "$LB_CACHE/$suite" ] || into_cache "$suite" get_debian
}

locked "$LB_CACHE/$suite.lock" fill_cache
