#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The packages on a Debian that has nothing of lb: packages.sh SUITE, on the host.
#
# They are built there for two versions, and lintian judges them. The first is
# installed, and the machine boots twice: rules that were saved are there. The
# second replaces it, and the machine boots again. Then both packages are purged.
# What is looked at in each boot is in packages-guest.sh.
set -eu -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/../vm/common.sh"

suite=${1:?usage: packages.sh SUITE}
version=$(sed -n 's/^PACKAGE_VERSION="\(.*\)"/\1/p' "$LB_ROOT/dkms.conf")
next=$version.1
tmp=$(mktemp -d)
tree=$tmp/machine
children=()

cleanup() {
	[ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null || true
	rm -rf "$tmp"
}
trap cleanup EXIT

# logged NAME COMMAND...: it may say much, which is told if it fails.
logged() {
	local log=$LB_BUILD/logs/packages-$suite-$1.log

	say "$suite: $1"
	"${@:2}" >"$log" 2>&1 || die "$1: $(tail -n 40 "$log")"
}

# build VERSION: as if these sources were of that one
build() {
	local source=$tmp/source

	rm -rf "$source"
	mkdir "$source"
	cp -R "$LB_ROOT"/{Kbuild,Makefile,README.md,dkms.conf} \
		"$LB_ROOT"/{debian,kmod,scripts,systemd,tool,Documentation} \
		"$source/"
	sed -i "s/^PACKAGE_VERSION=.*/PACKAGE_VERSION=\"$1\"/" \
		"$source/dkms.conf"
	sed -i "1s/(.*)/($1)/" "$source/debian/changelog"
	LB_BIND=$source in_chroot "$tmp/builder" \
		/mnt/scripts/deb "/srv/$1"
}

# install VERSION: with what the packages want. What is new then is noted.
install_debs() {
	files >"$tmp/before"
	mkdir -p "$tree/srv/debs"
	cp "$tmp/builder/srv/$1/"lb{-dkms,ctl}_*.deb "$tree/srv/debs/"
	in_chroot "$tree" sh -ec "apt-get -qq install -y \
		--no-install-recommends /srv/debs/lb*_$1_*.deb" ||
		return
	files | comm -13 "$tmp/before" - >>"$tmp/ours"
}

# has_modules VERSION: DKMS has built this version, and nothing else.
has_modules() {
	local status name

	status=$(in_chroot "$tree" dkms status -m lb)
	[[ $status == "lb/$1, $release, x86_64: installed" ]] ||
		die "DKMS has: $status"
	for name in lb lb_sync lb_ipvs; do
		[ "$(in_chroot "$tree" modinfo -k "$release" -F version $name)" = \
		  "$1" ] || die "$name is not of version $1"
	done
}

# All that there is, but what apt, dpkg and depmod keep, and DKMS's own key
files() {
	(cd "$tree" && find . -xdev) | grep -vE \
		-e '^\./(srv|root|tmp|var/log|var/cache|var/lib/(apt|dpkg))(/|$)' \
		-e '/modules\.[a-z.]+$' -e '^\./var/lib/dkms/mok' | sort
}

# What is left of what the packages brought
left() {
	local file

	while read -r file; do
		[ ! -e "$tree/$file" ] || echo "$file"
	done <"$tmp/ours"
}

# The first stage of the machine: on to systemd, which may write.
make_initrd() {
	local dir=$tmp/initrd.d name ko

	mkdir -p "$dir/bin" "$dir/mod"
	cp "$(command -v busybox)" "$dir/bin/busybox"
	cat >"$dir/init" <<-'END'
		#!/bin/busybox sh
		b=/bin/busybox
		$b mkdir -p /proc /sys /new
		$b mount -t proc proc /proc
		$b mount -t sysfs sysfs /sys
		while read -r ko; do $b insmod "$ko"; done </mod/order
		$b mount -t virtiofs host /new
		$b umount /sys /proc
		exec $b switch_root /new /lib/systemd/systemd
	END
	chmod +x "$dir/init"
	for name in virtio_pci virtiofs; do
		modprobe -d "$tree" -S "$release" --show-depends $name
	done | sed -n 's/^insmod \([^ ]*\).*/\1/p' | awk '!seen[$0]++' |
	while read -r ko; do
		cp "$ko" "$dir/mod/"
		[[ $ko != *.xz ]] || xz -d "$dir/mod/${ko##*/}"
		basename "/mod/${ko%.xz}" | sed 's#^#/mod/#' >>"$dir/mod/order"
	done
	(cd "$dir" && find . | busybox cpio -o -H newc 2>/dev/null) \
		>"$tmp/initrd"
}

# What the boot runs at its end, and what it sees before the network is there
prepare_boots() {
	local units=$tree/etc/systemd/system

	cp "$LB_ROOT/selftests/long/packages-guest.sh" "$tree/srv/guest"
	printf '[NetDev]\nName=sync0\nKind=dummy\n' \
		>"$tree/etc/systemd/network/sync0.netdev"
	printf '[Match]\nName=sync0\n[Network]\nAddress=10.99.0.1/24\n' \
		>"$tree/etc/systemd/network/sync0.network"
	cat >"$units/guest-early.service" <<-END
		[Unit]
		DefaultDependencies=no
		After=network-pre.target
		Before=systemd-networkd.service network-online.target
		[Service]
		Type=oneshot
		ExecStart=/srv/guest early
		[Install]
		WantedBy=network-online.target
	END
	cat >"$units/guest.service" <<-END
		[Unit]
		Wants=network-online.target
		After=network-online.target lb.service lb-sync.service
		[Service]
		Type=oneshot
		ExecStart=/srv/guest run
		ExecStopPost=systemctl poweroff --no-block
		[Install]
		WantedBy=multi-user.target
	END
	in_chroot "$tree" systemctl enable systemd-networkd \
		systemd-networkd-wait-online guest-early guest
}

# boot NAME: and look at what it is about
boot() {
	local log=$LB_BUILD/logs/packages-$suite-boot-$1.log
	local qemu=$LB_CACHE/qemu/root

	echo "$1" >"$tree/srv/boot"
	rm -f "$tree/srv/status" "$tmp/fs"
	/usr/lib/qemu/virtiofsd --socket-path="$tmp/fs" -o source="$tree" \
		-o sandbox=chroot -o cache=auto >"$tmp/virtiofsd.log" 2>&1 &
	children+=($!)
	until [ -S "$tmp/fs" ]; do
		kill -0 $! || die "virtiofsd: $(cat "$tmp/virtiofsd.log")"
		sleep 0.05
	done
	timeout --foreground -k 5 900 \
		"$qemu/usr/bin/qemu-system-x86_64" \
		-L "$qemu/usr/share/qemu" -L "$qemu/usr/share/seabios" -nodefaults -no-user-config \
		-machine q35 -accel "${LB_ACCEL:-tcg,thread=multi}" -smp 2 \
		-cpu "$LB_CPU" -m 1024 \
		-object memory-backend-memfd,id=mem,size=1024M,share=on \
		-numa node,memdev=mem -chardev "socket,id=fs,path=$tmp/fs" \
		-device vhost-user-fs-pci,chardev=fs,tag=host -display none \
		-no-reboot -chardev "file,id=log,path=$log" -serial chardev:log \
		-kernel "$tree/boot/vmlinuz-$release" -initrd "$tmp/initrd" \
		-append "console=ttyS0 panic=-1 mitigations=off init_on_alloc=1 \
			rdinit=/init no_timer_check tsc=reliable" ||
		die "the machine did not end, see $log"
	[ -e "$tree/srv/status" ] || die "nothing was looked at, see $log"
	[ "$(<"$tree/srv/status")" = 0 ] || die "$(<"$tree/srv/said")"
	! find_splats "$log" || die "the kernel complained, see $log"
}

purge() {
	in_chroot "$tree" sh -ec 'apt-get -qq purge -y lb-dkms lbctl
		apt-get -qq autoremove -y --purge'
}

mkdir -p "$LB_BUILD/logs"
"$LB_VM/get-qemu.sh"
"$LB_VM/get-debian.sh" "$suite"

cp -a "$LB_CACHE/$suite/root" "$tmp/builder"
LB_BIND=$LB_ROOT logged build-tools in_chroot "$tmp/builder" \
	/mnt/scripts/install-deps /mnt/debian/deps
logged "build-$version" build "$version"
logged "build-$next" build "$next"

cp -a "$LB_CACHE/$suite/root" "$tree"
release=$(basename "$tree"/lib/modules/*)
logged update in_chroot "$tree" apt-get -qq update
logged "install-$version" install_debs "$version"
has_modules "$version"

make_initrd
logged boots prepare_boots
logged first boot first
logged second boot second
logged "install-$next" install_debs "$next"
has_modules "$next"
echo "$next" >"$tree/srv/version"
logged upgraded boot upgraded

logged purge purge
[ -s "$tmp/ours" ] || die "the packages brought nothing"
[ -z "$(left)" ] || die "purge leaves $(left)"
say "$suite: packages are built, installed, upgraded and purged"
