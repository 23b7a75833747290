#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Put a QEMU into $LB_CACHE/qemu, unless it is there: Debian's backport.
#
# Versions before 8.1, bookworm's among them, translate guest code that another
# thread changes meanwhile, and keep the result. Kernels patch themselves when
# hooks come and go: that of 7.2 then died of an int3 that was no longer there
# in one of some ten unloads of the module under traffic.
set -eu -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

backports() {
	apt-get -qq -o APT::Sandbox::User=root -o Dir::State::Lists="$PWD/lists" \
		-o Dir::Etc::SourceList="$PWD/sources.list" \
		-o Dir::Etc::SourceParts=- -t "$suite" "$@" >/dev/null
}

get_backport() {
	local suite keys deb

	# shellcheck source=/dev/null
	suite=$(. /etc/os-release && echo "$VERSION_CODENAME-backports")
	keys=/usr/share/keyrings/debian-archive-keyring.gpg
	echo "deb [signed-by=$keys] $(debian_mirror) $suite main" >sources.list
	mkdir -p lists/partial
	backports update
	backports download qemu-system-x86 qemu-system-data seabios
	for deb in *.deb; do
		dpkg -x "$deb" root
	done
	rm -r ./*.deb lists sources.list
}

fill_cache() {
	[ -e "$LB_CACHE/qemu" ] || into_cache qemu get_backport
}

locked "$LB_CACHE/qemu.lock" fill_cache
