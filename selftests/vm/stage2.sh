#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Second stage of the guest, process 1: the rest of a usual Linux, then the
# job that run.sh wrote, its output on a terminal of its own, its exit status
# in the kernel log, and power off.
#
# LB_JOB, LB_TTY, LB_CACHE and LB_LABEL come from the kernel command line.

export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin

mount -t tmpfs run /run
mkdir -p /dev/pts /dev/shm /run/lock /lib/modules
mount -t devpts devpts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t debugfs debugfs /sys/kernel/debug
mount -t tracefs tracefs /sys/kernel/tracing
mount --bind "$LB_CACHE/$LB_LABEL/modules" /lib/modules
ln -sfn /proc/self/fd /dev/fd
ip link set lo up

# RNDADDENTROPY: the kernel's random numbers are ready, as on any host that has
# run for a minute. Until then each costs it thousands of instructions.
perl -e 'open(my $f, ">", "/dev/random") or die; my $seed = "lb" x 16;
	ioctl($f, 0x40085203, pack("iia*", 256, 32, $seed)) or die "$!\n"'

# No line ends, echo or signals: what the job writes is what the caller gets.
[ -n "$LB_INTERACTIVE" ] || stty -F "/dev/$LB_TTY" raw -echo
echo "<5>lb-vm: begin" >/dev/kmsg
# When the leader of its session ends, the kernel hangs the terminal up and
# drops what was not sent yet. So the leader waits for that, as stty does.
# shellcheck disable=SC2016 # expanded inside
setsid -c bash -c 'bash "$0"; status=$?; stty -echo; exit $status' "$LB_JOB" \
	<"/dev/$LB_TTY" >"/dev/$LB_TTY" 2>&1
echo "<1>lb-vm: exit status $?" >/dev/kmsg

# Nothing needs to be saved.
exec busybox poweroff -f
