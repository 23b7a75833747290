#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Put a kernel into the cache, unless it is there: get-kernel.sh LABEL
#
# $LB_CACHE/LABEL then holds
#   release		the kernel's version
#   vmlinuz		what QEMU boots; for the labels debug and uml
#   linux		the program that is a User-Mode Linux
#   initrd		first stage of the guest, see stage1.sh
#   modules/RELEASE	becomes /lib/modules/RELEASE in the guest
#   kdir		where to build modules against it
#   chroot		the system that kdir lies in, when it needs a newer one
set -eu -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

label=${1:?usage: get-kernel.sh LABEL}
final=$LB_CACHE/$label
config=$LB_VM/$label.config

# Print the package that meta package $1 stands for, e.g.
# linux-image-6.12.1+deb12-cloud-amd64 for linux-image-6.12-cloud-amd64.
resolve() {
	apt-cache depends --no-recommends --no-suggests "$1" |
		sed -n 's/^ *Depends: \(linux-.*\)/\1/p' | head -n 1
}

download() {
	apt-get -qq -o APT::Sandbox::User=root download "$@" >/dev/null
}

# Unpack the image and headers that Debian's meta package names, in $PWD.
unpack_debs() {
	local flavour=$1
	local headers image deb

	image=$(resolve "linux-image-$flavour")
	headers=$(resolve "linux-headers-$flavour")
	[ -n "$image" ] && [ -n "$headers" ] || return 1
	# shellcheck disable=SC2046 # one word for each package
	download "$image" "$headers" $(apt-cache depends "$headers" |
		sed -n 's/^ *Depends: \(linux-.*\)/\1/p')
	for deb in *.deb; do
		dpkg -x "$deb" root
		rm "$deb"
	done
	echo "${image#linux-image-}" >release
}

# Debian's header packages name each other by absolute path. Make them
# refer to the place where the cache keeps them.
relocate_headers() {
	local headers

	headers=root/usr/src/linux-headers-$1
	sed -i "s#/usr/src/#$final/root/usr/src/#g; s#/usr/lib/#$final/root/usr/lib/#g" \
		"$headers/Makefile"
	find root/usr/src -type l -lname '/usr/*' | while read -r link; do
		ln -sfn "$final/root$(readlink "$link")" "$link"
	done
	ln -s "$final/$headers" kdir
}

# Give the guest its modules, plain: unpacking xz is slow in emulation.
take_modules() {
	local release=$1

	mkdir modules
	mv "$2" "modules/$release"
	rm -f "modules/$release/build" "modules/$release/source"
	find modules -name '*.ko.xz' -exec xz -d {} +
	# depmod and modprobe want the usual tree above the release.
	mkdir lib
	ln -s ../modules lib/modules
	depmod -b . "$release"
}

# The first stage: busybox, what it needs to mount the root file system,
# and stage1.sh.
make_initrd() {
	local release=$1
	local ko

	mkdir -p initrd.d/bin initrd.d/mod
	cp "$(command -v busybox)" initrd.d/bin/busybox
	cp "$LB_VM/stage1.sh" initrd.d/init
	for ko in "${@:2}"; do
		modprobe -d . -S "$release" --show-depends "$ko"
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' |
	while read -r ko; do
		cp "$ko" initrd.d/mod/
		echo "/mod/${ko##*/}" >>initrd.d/mod/order
	done
	(cd initrd.d && find . | busybox cpio -o -H newc 2>/dev/null) >initrd
	rm -r initrd.d
}

get_stable() {
	local release

	unpack_debs "$1" || { apt-get -qq update && unpack_debs "$1"; } ||
		die "apt has no linux-image-$1 and linux-headers-$1"
	release=$(cat release)
	mv "root/boot/vmlinuz-$release" vmlinuz
	relocate_headers "$release"
	take_modules "$release" "root/lib/modules/$release"
	make_initrd "$release" virtio_pci virtiofs overlay
}

# Unstable's headers want unstable's compiler and C library.
get_unstable() {
	local mirror release pkg

	mirror=$(debian_mirror)
	debootstrap --variant=minbase --include=make,kmod,pahole \
		sid chroot "$mirror" >debootstrap.log 2>&1 ||
		die "debootstrap: $(tail debootstrap.log)"
	in_chroot chroot apt-get -qq install -y --no-install-recommends \
		linux-headers-cloud-amd64 >install.log 2>&1 ||
		die "headers of unstable: $(tail install.log)"
	release=$(basename chroot/usr/src/linux-headers-*-cloud-amd64)
	release=${release#linux-headers-}

	for pkg in base binary modules; do
		# shellcheck disable=SC2016 # expanded inside
		in_chroot chroot sh -c 'cd /root && exec apt-get -qq \
			-o APT::Sandbox::User=root download "$1"' \
			- "linux-$pkg-$release" >/dev/null
		dpkg -x chroot/root/linux-"$pkg"-*.deb root
		rm chroot/root/*.deb
	done
	in_chroot chroot apt-get clean
	echo "$release" >release
	mv "root/usr/lib/modules/$release/vmlinuz" vmlinuz
	take_modules "$release" "root/usr/lib/modules/$release"
	make_initrd "$release" virtio_pci virtiofs overlay
	ln -s "/usr/src/linux-headers-$release" kdir
}

# A kernel with every check that lb could trip (debug), or with none (uml), as
# User-Mode Linux: it is built in half the time of one for QEMU and runs at
# nearly native speed. It is built in its source tree, so that it can be moved
# into the cache.
get_uml() {
	local release line

	tar -xf /usr/src/linux-source-6.12.tar.xz
	mv linux-source-6.12 source
	# What ptrace returns of the FPU's state grew by 8 KiB with AMX.
	sed -i 's/\(DEFINE_LONGS(HOST_FP_SIZE,\) 2696)/\1 12288)/' \
		source/arch/x86/um/user-offsets.c
	(
		cd source
		make -s ARCH=um tinyconfig
		scripts/kconfig/merge_config.sh -m .config "$config"
		make -s ARCH=um olddefconfig
	) >build.log 2>&1 || die "configuring: $(tail build.log)"
	line=$(missing_from source/.config)
	[ -z "$line" ] || die "$label.config: refused by the kernel: $line"

	nice -n 5 make -s -C source ARCH=um -j"$(nproc)" linux modules \
		>>build.log 2>&1 || die "building: $(tail build.log)"
	release=$(make -s -C source ARCH=um kernelrelease)
	make -s -C source ARCH=um INSTALL_MOD_PATH="$PWD/installed" \
		DEPMOD=true modules_install >>build.log 2>&1
	mv source/linux linux
	take_modules "$release" "installed/lib/modules/$release"
	make_initrd "$release"
	find source -name '*.o' ! -path 'source/scripts/*' \
		! -path 'source/tools/*' -delete
	ln -s source kdir
	echo "$release" >release
}

# Print the lines of the label's configuration that file $1 has not.
missing_from() {
	grep -E '^(# )?CONFIG_.*(=| is not set)' "$config" |
		grep -vxF -f "$1" || true
}

# A kernel that we built without something that is asked for is built anew.
is_current() {
	[ ! -e "$config" ] || [ -z "$(missing_from "$final/kdir/.config")" ]
}

get_kernel() {
	case $label in
	6.1)	get_stable cloud-amd64 ;;
	6.12)	get_stable 6.12-cloud-amd64 ;;
	7.2)	get_unstable ;;
	debug|uml) get_uml ;;
	*)	die "no kernel $label (there are: $LB_LABELS)" ;;
	esac
}

fill_cache() {
	[ ! -e "$final/release" ] || ! is_current || return 0
	into_cache "$label" get_kernel
}

locked "$LB_CACHE/$label.lock" fill_cache
