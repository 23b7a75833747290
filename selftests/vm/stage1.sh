#!/bin/busybox sh
# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=dash
# First stage of the guest, /init of the initramfs: the host's files below,
# read-only, a tmpfs above, and on to stage2.sh in the joined tree. So tests
# find all that is installed and may write anywhere without changing it.
#
# LB_ROOTFS (virtiofs or hostfs), LB_STAGE2 come from the kernel command line.

fail() {
	echo "lb-vm: stage 1: $*"
	exit 1
}

b=/bin/busybox
$b mkdir -p /proc /sys /dev /lower /rw /new
$b mount -t proc proc /proc
$b mount -t sysfs sysfs /sys
$b mount -t devtmpfs dev /dev

[ ! -e /mod/order ] || while read -r ko; do
	$b insmod "$ko" || fail "insmod $ko"
done </mod/order

$b mount -r -t "$LB_ROOTFS" host /lower || fail "mount $LB_ROOTFS"
$b mount -t tmpfs -o size=75% rw /rw
$b mkdir /rw/upper /rw/work
$b mount -t overlay -o lowerdir=/lower,upperdir=/rw/upper,workdir=/rw/work \
	root /new || fail "mount overlay"

for dir in proc sys dev; do
	$b mount --move "/$dir" "/new/$dir"
done
exec $b switch_root /new "$LB_STAGE2"
