#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Build a module for one kernel: build.sh LABEL [SOURCE_DIR NAME [VAR=VALUE]…]
# Label "host" stands for the kernel whose headers are at $KDIR.
#
# kbuild builds in place, so the sources (all modules of the repository, unless
# given) are mirrored to build/LABEL (build/LABEL-NAME) and built there. VAR=VALUE
# go to make. What only tests load is not built for the host.
set -eu -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

label=${1:?usage: build.sh LABEL [SOURCE_DIR NAME [VAR=VALUE]...]}
src=$(realpath "${2:-$LB_ROOT}")
kernel=$LB_CACHE/$label
out=$LB_BUILD/$label${3:+-$3}
vars=("${@:4}")
# What is built for the host may be installed: without modules for tests. What is
# not needs nothing for debuggers, which takes a sixth of the time.
[ "$label" = host ] ||
	vars+=(LB_TESTS=1 KCFLAGS=-g0 CONFIG_DEBUG_INFO_BTF_MODULES=)
read -ra ours <<<"$(kernel_vars "$label")"
vars+=("${ours[@]}")
# A kernel with checks begins with the module's own tests.
case $label in
debug|smp|kcsan) vars+=(LB_DEBUG=1) ;;
esac

# Copy what is newer, and drop sources that are gone.
mirror() {
	local parts=("$src/.")

	[ "$src" != "$LB_ROOT" ] || parts=("$src/Kbuild" "$src/kmod" "$src/dkms.conf")
	mkdir -p "$out"
	cp -Rpu "${parts[@]}" "$out/"
	(cd "$out" && find . -name '*.[ch]' ! -name '*.mod.c') |
	while read -r file; do
		[ -e "$src/$file" ] || rm "$out/$file"
	done
}

build() {
	local compile=(make -s -j"$(nproc)" "${vars[@]}" modules)

	mirror
	if [ "$label" = host ]; then
		"${compile[@]}" -C "$KDIR" M="$out"
		return
	fi

	"$LB_VM/get-kernel.sh" "$label"
	if [ -d "$kernel/chroot" ]; then
		LB_BIND=$out in_chroot "$kernel/chroot" "${compile[@]}" \
			-C "$(readlink "$kernel/kdir")" M=/mnt
		return
	fi
	"${compile[@]}" -C "$kernel/kdir" M="$out"
}

locked "$out.lock" build
