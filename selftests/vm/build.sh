#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build a module for one kernel: build.sh LABEL [SOURCE_DIR NAME [VAR=VALUE]…]
# Label "host" stands for the kernel whose headers are at $KDIR.
#
# kbuild builds in place, so the sources (kmod/, unless given) are mirrored to
# build/LABEL (build/LABEL-NAME) and built there. VAR=VALUE go to make.
set -eu -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

label=${1:?usage: build.sh LABEL [SOURCE_DIR NAME [VAR=VALUE]...]}
src=$(realpath "${2:-$LB_ROOT/kmod}")
kernel=$LB_CACHE/$label
out=$LB_BUILD/$label${3:+-$3}
vars=("${@:4}")
[ "$label" != debug ] || vars+=(LB_DEBUG=1 ARCH=um)

# Copy what is newer, and drop sources that are gone.
mirror() {
	mkdir -p "$out"
	cp -Rpu "$src/." "$out/"
	(cd "$out" && find . -name '*.[ch]' ! -name '*.mod.c') |
	while read -r file; do
		[ -e "$src/$file" ] || rm "$out/$file"
	done
}

build() {
	mirror
	if [ "$label" = host ]; then
		make -s -C "$KDIR" M="$out" "${vars[@]}" modules
		return
	fi
	"$LB_VM/get-kernel.sh" "$label"
	# The headers of 6.1 lack what BTF of a module is made from.
	[ -d "$kernel/chroot" ] || [ -e "$kernel/kdir/vmlinux" ] ||
		vars+=(CONFIG_DEBUG_INFO_BTF_MODULES=)
	if [ -d "$kernel/chroot" ]; then
		LB_BIND=$out in_chroot "$kernel/chroot" \
			make -s -C "$(readlink "$kernel/kdir")" M=/mnt \
			"${vars[@]}" modules
	else
		make -s -C "$kernel/kdir" M="$out" "${vars[@]}" modules
	fi
}

locked "$out.lock" build
