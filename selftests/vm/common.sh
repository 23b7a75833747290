# SPDX-License-Identifier: GPL-2.0-only
# Names and paths that the harness's scripts share; sourced, not run.
# shellcheck shell=bash disable=SC2034

LB_ROOT=$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd -P)
LB_CACHE=${LB_CACHE:-${XDG_CACHE_HOME:-${HOME:-/root}/.cache}/lb}
LB_BUILD=$LB_ROOT/build
LB_VM=$LB_ROOT/selftests/vm
LB_LABELS="6.1 6.12 7.2 debug"
# The processor that QEMU emulates. A newer one costs more: so much is emulated to
# save it, and copied with instructions that are fast in hardware only.
LB_CPU=Nehalem,+rdrand,+x2apic
# Other processors, for which modules are only compiled
LB_CROSS="i386 arm64 s390x"

# Print the fragments (selftests/vm/config) of the kernel that we build ourselves
# under label $1.
kernel_fragments() {
	case $1 in
	uml)	echo base um uml ;;
	debug)	echo base tests um checks debug ;;
	smp)	echo base tests x86 checks smp ;;
	kcsan)	echo base tests x86 kcsan ;;
	i386|arm64|s390x) echo base tests cross ;;
	esac
}

# Print what make must know to build for label $1.
kernel_vars() {
	case $1 in
	uml|debug) echo ARCH=um ;;
	smp|kcsan) echo ARCH=x86_64 ;;
	i386)	echo ARCH=i386 CROSS_COMPILE=i686-linux-gnu- ;;
	arm64)	echo ARCH=arm64 CROSS_COMPILE=aarch64-linux-gnu- ;;
	s390x)	echo ARCH=s390 CROSS_COMPILE=s390x-linux-gnu- ;;
	esac
}

# Print how many times longer than others kernel $1 may take.
kernel_patience() {
	case $1 in
	smp|kcsan) echo 6 ;;
	*)	echo 1 ;;
	esac
}

# Print where apt gets Debian's packages from.
debian_mirror() {
	local mirror

	# shellcheck source=/dev/null disable=SC2016 # apt expands it
	mirror=$(. /etc/os-release && apt-get indextargets \
		--format '$(REPO_URI)' 'Created-By: Packages' \
		'Origin: Debian' "Codename: $VERSION_CODENAME" | head -n 1)
	[ -n "$mirror" ] || die "apt names no mirror; try apt-get update"
	echo "$mirror"
}

# What must not be in a kernel log. Lines of ours carry the prefix lb-vm.
LB_SPLAT='BUG:|WARNING:|Call Trace|KASAN|INFO: possible|suspicious RCU'
LB_SPLAT+='|unregister_netdevice: waiting|unreferenced object|Oops'
LB_SPLAT+='|general protection|soft lockup|refcount_t|UBSAN|ODEBUG'
LB_SPLAT+='|BUG [[:alnum:]_-]+ \(|(self-)?detected stall|blocked for more than'

say() {
	printf '%s\n' "$*" >&2
}

die() {
	say "${0##*/}: $*"
	exit 1
}

# Print the lines of a kernel log (a file, or stdin) that report a bug; $@ is of
# grep. pktgen says WARNING of itself when its interface goes, as in tests it
# must. Data races in which no module of ours has a part are others' business.
find_splats() {
	grep -E "$LB_SPLAT" "$@" |
		grep -v 'pktgen: WARNING: trying to remove a running interface' |
		awk '!/BUG: KCSAN: data-race/ || / \[(lb|control)/ { print; n++ }
		     END { exit !n }'
}

# Run "$@" alone: scripts started side by side share the cache and build/.
locked() {
	local lock=$1

	shift
	mkdir -p "$(dirname "$lock")"
	(
		flock 9
		"$@" 9>&-
	) 9>"$lock"
}

# Get Debian packages "$@", into $PWD.
download() {
	apt-get -qq -o APT::Sandbox::User=root download "$@" >/dev/null
}

# into_cache NAME COMMAND...: run COMMAND in an empty directory, which becomes
# $LB_CACHE/NAME if it ends well, and goes if it does not. Run it locked.
into_cache() {
	local final=$LB_CACHE/$1 tmp

	say "$1: fetching into $final"
	mkdir -p "$LB_CACHE"
	tmp=$(mktemp -d "$LB_CACHE/.$1.XXXXXX")
	# shellcheck disable=SC2064 # the directory of now
	trap "rm -rf '$tmp'" EXIT
	cd "$tmp" || return
	"${@:2}"
	chmod 755 .
	rm -rf "$final"
	mv "$tmp" "$final"
	trap - EXIT
}

# Run "$@" in chroot $1, with /proc and, if given as LB_BIND, a directory of
# the host at /mnt. The mounts go when it ends.
in_chroot() {
	# shellcheck disable=SC2016 # expanded inside
	LB_CHROOT=$1 unshare --mount sh -ec '
		mount -t proc proc "$LB_CHROOT/proc"
		[ -z "$LB_BIND" ] || mount --bind "$LB_BIND" "$LB_CHROOT/mnt"
		exec env -i PATH=/usr/sbin:/usr/bin:/sbin:/bin \
			DEBIAN_FRONTEND=noninteractive LC_ALL=C \
			chroot "$LB_CHROOT" "$@"' - "${@:2}"
}
