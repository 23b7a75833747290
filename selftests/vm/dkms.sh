#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Does "make dkms-install" build and install the module for the installed
# headers, and what was built of other sources anew, and does "make dkms-remove"
# leave nothing behind? DKMS is given trees of its own, so that an lb that is
# really installed stays as it is.
set -eu
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

kdir=$(find /lib/modules/*/build -maxdepth 0 | sort -V | tail -n 1)
[ -n "$kdir" ] || die "no kernel headers are installed"
kver=$(basename "${kdir%/build}")

tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT
mkdir -p "$tmp/usr/src" "$tmp/dkms" "$tmp/modules/$kver"

# Nobody debugs these modules, and without what that takes they are made sooner.
run_make() {
	KCFLAGS=-g0 make -s -C "$LB_ROOT" "$1" KVER="$kver" \
		DKMS_SRC="$tmp/usr/src" \
		DKMS="dkms --dkmstree $tmp/dkms --sourcetree $tmp/usr/src \
		      --installtree $tmp/modules"
}

# A module of other sources, by the same version
src=$tmp/usr/src/lb-$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$LB_ROOT/dkms.conf")
mkdir -p "$src/kmod/ipvs" "$src/kmod/sync"
cp "$LB_ROOT/dkms.conf" "$src/"
echo "obj-m := kmod/" >"$src/Kbuild"
echo "obj-m := lb.o sync/ ipvs/" >"$src/kmod/Kbuild"
echo "obj-m := lb_sync.o" >"$src/kmod/sync/Kbuild"
echo "obj-m := lb_ipvs.o" >"$src/kmod/ipvs/Kbuild"
printf '#include <linux/module.h>\nMODULE_LICENSE("GPL");\n' |
	tee "$src/kmod/lb.c" "$src/kmod/sync/lb_sync.c" \
	>"$src/kmod/ipvs/lb_ipvs.c"
dkms --dkmstree "$tmp/dkms" --sourcetree "$tmp/usr/src" \
	--installtree "$tmp/modules" install -m lb -v "${src##*-}" -k "$kver"

run_make dkms-install
file=$(find "$tmp/modules/$kver" -name 'lb.ko*')
[ "$(modinfo -F version "$file")" = "${src##*-}" ] ||
	die "the module of other sources is still there"
while read -r name; do
	find "$tmp/modules/$kver" -name "$name.ko*" | grep . ||
		die "DKMS installed no $name"
done < <(sed -n 's/^BUILT_MODULE_NAME.*="\(.*\)"/\1/p' "$LB_ROOT/dkms.conf")

run_make dkms-remove
left=$(find "$tmp" ! -type d ! -name 'modules.*' ! -name dkms_dbversion)
[ -z "$left" ] || die "DKMS left $left"
