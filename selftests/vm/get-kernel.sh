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
source=$LB_CACHE/source
read -ra vars <<<"$(kernel_vars "$label")"

# Print the package that meta package $1 stands for, e.g.
# linux-image-6.12.1+deb12-cloud-amd64 for linux-image-6.12-cloud-amd64.
resolve() {
	apt-cache depends --no-recommends --no-suggests "$1" |
		sed -n 's/^ *Depends: \(linux-.*\)/\1/p' | head -n 1
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

# The kernel's source, for all that is built from it
get_source() {
	tar --strip-components=1 -xf /usr/src/linux-source-6.12.tar.xz
	sed -i -f "$LB_VM/um.sed" arch/x86/um/user-offsets.c \
		arch/um/os-Linux/mem.c
	cp "$LB_VM/um.sed" .
}

fill_source() {
	cmp -s "$LB_VM/um.sed" "$source/um.sed" ||
		(into_cache source get_source)
}

# Build in $PWD, which can be moved afterwards.
make_here() {
	make -s -C "$source" O="$PWD" "${vars[@]}" -j"$(nproc)" "$@" \
		>>make.log 2>&1 || die "make $*: $(tail make.log)"
}

# From here on $PWD is the new directory "build". It has the label's
# configuration.
begin_build() {
	local line

	locked "$source.lock" fill_source
	mkdir build
	ln -s build kdir
	cd build
	make_here tinyconfig
	fragments >asked
	"$source/scripts/kconfig/merge_config.sh" -m .config asked \
		>merge.log 2>&1 || die "configuring: $(tail merge.log)"
	make_here olddefconfig
	line=$(missing_from .config)
	[ -z "$line" ] || die "$label: refused by the kernel: $line"
}

# The name has parts of the configuration.
note_release() {
	make -s -C "$source" O="$PWD" "${vars[@]}" kernelrelease >../release
}

# A kernel of our own, which is file $1 of what is built, and is called $2 in the
# cache.
get_built() {
	local release

	begin_build
	make_here "${1##*/}" modules
	note_release
	release=$(cat ../release)
	make_here INSTALL_MOD_PATH="$PWD/installed" DEPMOD=true modules_install
	mv "$1" "../$2"
	cp "$source/um.sed" ..
	find . \( -name '*.o' -o -name '*.a' -o -name 'vmlinux*' ! -name '*.lds' \) \
		! -path './scripts/*' ! -path './tools/*' -delete
	cd ..
	take_modules "$release" "build/installed/lib/modules/$release"
	make_initrd "$release"
}

# Only what modules are compiled against
get_headers() {
	begin_build
	make_here modules_prepare
	note_release
}

# The configuration of the label, or nothing when the kernel is not built by us
fragments() {
	local names

	read -ra names <<<"$(kernel_fragments "$label")"
	[ ${#names[@]} = 0 ] || cat "${names[@]/#/$LB_VM/config/}"
}

# Print the lines of the label's configuration that file $1 has not.
missing_from() {
	fragments | grep -E '^(# )?CONFIG_.*(=| is not set)' |
		grep -vxF -f "$1" || true
}

# A kernel that we built without something that is asked for is built anew.
is_current() {
	[ -z "$(fragments)" ] || [ -z "$(missing_from "$final/kdir/.config")" ] ||
		return
	[[ " ${vars[*]} " != *" ARCH=um "* ]] ||
		cmp -s "$LB_VM/um.sed" "$final/um.sed"
}

get_kernel() {
	case $label in
	6.1)	get_stable cloud-amd64 ;;
	6.12)	get_stable 6.12-cloud-amd64 ;;
	7.2)	get_unstable ;;
	debug|uml) get_built linux linux ;;
	smp|kcsan) get_built arch/x86/boot/bzImage vmlinuz ;;
	i386|arm64|s390x) get_headers ;;
	*)	die "no kernel $label (there are: $LB_LABELS)" ;;
	esac
}

fill_cache() {
	[ ! -e "$final/release" ] || ! is_current || return 0
	into_cache "$label" get_kernel
}

locked "$LB_CACHE/$label.lock" fill_cache
