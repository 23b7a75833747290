#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Does "make install" put into place what there is to install, and nothing else,
# so that the kernel finds the module by its alias, and does "make uninstall"
# leave nothing behind?
set -eu
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

kver=$(cat "$LB_CACHE/6.12/release")
tmp=$(mktemp -d)
trap 'rm -rf "$tmp"' EXIT

# With these flags nothing is compiled that lint.sh has just compiled.
run_make() {
	make -s -C "$LB_ROOT" "$1" KDIR="$LB_CACHE/6.12/kdir" KVER="$kver" \
		DESTDIR="$tmp" W=1 KCFLAGS=-g0 \
		CONFIG_DEBUG_INFO_BTF_MODULES=
}

# Files but those of depmod
installed() {
	(cd "$tmp" && find . ! -type d ! -name 'modules.*' | sort)
}

run_make install
diff - <(installed |
	sed "s#/$kver/.*/\(lb[a-z_]*\)\.ko.*#/KVER/\1.ko#" | sort) <<END
./etc/modprobe.d/lb-ipvs.names
./lib/modules/KVER/lb.ko
./lib/modules/KVER/lb_ipvs.ko
./lib/modules/KVER/lb_sync.ko
./usr/local/lib/systemd/system/lb-sync.service
./usr/local/lib/systemd/system/lb.service
./usr/local/sbin/lbctl
./usr/local/share/bash-completion/completions/lbctl
./usr/local/share/man/man8/lbctl.8
END

depmod -b "$tmp" "$kver"
alias=net-pf-16-proto-16-family-lb
[ "$(modprobe -d "$tmp" -S "$kver" -R "$alias")" = lb ] ||
	die "modprobe does not find lb by $alias"
"$tmp/usr/local/sbin/lbctl" --version

run_make uninstall
[ -z "$(installed)" ] || die "left: $(installed)"
