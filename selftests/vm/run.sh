#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Boot a kernel and run a script in it as root.
set -eu -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/common.sh"

usage() {
	cat >&2 <<EOF
Usage: run.sh -k LABEL [OPTIONS] SCRIPT [ARGS]...
       run.sh -k LABEL [OPTIONS] -i

Boot kernel LABEL ($LB_LABELS smp kcsan uml) and run SCRIPT, a path in the
repository, in it. The exit status is SCRIPT's, or 1 when the kernel
complained or died, or 124 when time was up.

  -i            interactive: a shell instead of a script
  -s            SCRIPT reads this stdin
  -v            show the kernel's log as it comes
  -n            do not build module and tool first
  -d            build the module with its load-time self-tests
                (always so on kernels with checks)
  -f            full: with all checks of label smp, which without kmemleak and
                debug objects is four times faster
  -c            count: one CPU on which a nanosecond is an instruction
  -p CPUS       how many processors (default 2); with one, QEMU needs a third
                less time for what they would do
  -e VAR=VALUE  set VAR for SCRIPT; may be repeated. LB_EXPECT_SPLAT=1
                means that the kernel may complain.
  -m MEGABYTES  memory (default 2048)
  -a WORD       add a word to the kernel's command line; may be repeated
  -t SECONDS    kill the VM after that long (default 900); six times as long
                for labels smp and kcsan

The guest sees the host's files, and what it writes is gone afterwards.
LB_ACCEL (default tcg,thread=multi) is QEMU's accelerator.
EOF
	exit 1
}

label=
interactive=
stdin=
verbose=
build=1
build_vars=()
full=
count=
cpus=2
vars=()
expect_splat=
memory=2048
words_added=
limit=900
while getopts k:isvndfcp:e:m:a:t:h opt; do
	case $opt in
	k)	label=$OPTARG ;;
	i)	interactive=1 stdin=1 ;;
	s)	stdin=1 ;;
	v)	verbose=1 ;;
	n)	build= ;;
	d)	build_vars=(LB_DEBUG=1) ;;
	f)	full=1 ;;
	c)	count=1 ;;
	p)	cpus=$OPTARG ;;
	e)	vars+=("$OPTARG") ;;
	m)	memory=$OPTARG ;;
	a)	words_added+=" $OPTARG" ;;
	t)	limit=$OPTARG ;;
	*)	usage ;;
	esac
	[ "$opt${OPTARG:-}" != eLB_EXPECT_SPLAT=1 ] || expect_splat=1
done
shift $((OPTIND - 1))
[ -n "$label" ] || usage
[ -n "$interactive" ] || [ $# -gt 0 ] || usage
[ $# -eq 0 ] || [ -f "$LB_ROOT/$1" ] || die "no script $1 in $LB_ROOT"

kernel=$LB_CACHE/$label
patience=$(kernel_patience "$label")
limit=$((limit * patience))
name=$label-$(basename "${1:-shell}" .sh)-$$
job=$LB_BUILD/logs/$name.job
log=$LB_BUILD/logs/$name.log
tmp=$(mktemp -d)
children=()

cleanup() {
	[ ${#children[@]} -eq 0 ] || kill "${children[@]}" 2>/dev/null || true
	rm -rf "$tmp"
}
trap cleanup EXIT
trap 'exit 143' HUP INT TERM

# What the guest's shell is to do.
write_job() {
	local var

	echo "cd '$LB_ROOT'"
	echo "export HOME=/root TERM='${TERM:-dumb}'"
	echo "export LB_KO='$LB_BUILD/$label/kmod/lb.ko' LBCTL='$LB_BUILD/lbctl'"
	echo "export LB_LABEL='$label' PATH='$LB_BUILD':\"\$PATH\""
	echo "export LB_PATIENCE=$patience"
	for var in "${vars[@]}"; do
		printf 'export %s=%q\n' "${var%%=*}" "${var#*=}"
	done
	if [ -n "$interactive" ]; then
		echo "exec bash -i"
	else
		printf 'exec'
		printf ' %q' "./$1" "${@:2}"
		echo
	fi
}

# Words for every kernel: those in capitals become environment of its init.
# The log gets warnings and notices.
kernel_words() {
	echo "panic=-1 loglevel=6 printk.devkmsg=on rdinit=/init"
	echo "LB_ROOTFS=$1 LB_TTY=$2 LB_STAGE2=$LB_VM/stage2.sh LB_JOB=$job"
	echo "LB_CACHE=$LB_CACHE LB_LABEL=$label$words_added"
	[ -z "$interactive" ] || echo "LB_INTERACTIVE=1"
}

# Run the VM "$@" with a time limit. Not in the foreground, so that a signal
# to this script ends it too.
supervise() {
	timeout --foreground -k 5 "$limit" "$@" <&0 &
	children+=($!)
	wait $!
}

run_qemu() {
	local data=$LB_CACHE/qemu/root/usr/share
	local qemu=("$LB_CACHE/qemu/root/usr/bin/qemu-system-x86_64"
		    -L "$data/qemu" -L "$data/seabios")
	local accel=(-accel "${LB_ACCEL:-tcg,thread=multi}" -smp "$cpus")
	local cpu=$LB_CPU
	local words

	"$LB_VM/get-qemu.sh"

	words="$(kernel_words virtiofs ttyS1) console=ttyS0 mitigations=off"
	# A busy host keeps the guest from seeing its timer in time.
	words+=" nokaslr no_timer_check tsc=reliable"
	if [ -n "$count" ]; then
		qemu=(qemu-system-x86_64)
		accel=(-accel "tcg,thread=single" -smp 1 -seed 42
		       -icount "shift=0,sleep=off,align=off"
		       -rtc "base=2026-01-01T00:00:00,clock=vm")
		cpu=max,la57=off,-rdrand,-rdseed,-erms,-fsrm
		words+=" kfence.sample_interval=0 init_on_alloc=0"
	else
		# On two CPUs a connection may be used after it was freed.
		words+=" slub_debug=FP,lb_conn*"
	fi
	[ -n "$full" ] || [ "$label" != smp ] ||
		words+=" kmemleak=off no_debug_objects"
	# More accesses are watched than usually. Without the model of weak memory,
	# which takes interrupts for parts of what they interrupt.
	[ "$label" != kcsan ] ||
		words+=" kcsan.skip_watch=1000 kcsan.weak_memory=0"
	# virtiofsd writes into pages without QEMU's knowledge, which would go on
	# with what it had translated of programs that were in them before. Debian's
	# kernels clear pages anyway.
	[ -n "$count" ] || words+=" init_on_alloc=1"

	rm -f "$tmp/fs"
	/usr/lib/qemu/virtiofsd --socket-path="$tmp/fs" -o source=/ \
		-o sandbox=chroot -o cache=always >"$tmp/virtiofsd.log" 2>&1 &
	children+=($!)
	until [ -S "$tmp/fs" ]; do
		kill -0 $! 2>/dev/null || die "virtiofsd: $(cat "$tmp/virtiofsd.log")"
		sleep 0.05
	done

	supervise "${qemu[@]}" -nodefaults -no-user-config -machine q35 \
		"${accel[@]}" -cpu "$cpu" -m "$memory" \
		-object "memory-backend-memfd,id=mem,size=${memory}M,share=on" \
		-numa node,memdev=mem \
		-chardev socket,id=fs,path="$tmp/fs" \
		-device vhost-user-fs-pci,chardev=fs,tag=host \
		-display none -no-reboot \
		-chardev file,id=log,path="$log" -serial chardev:log \
		-chardev stdio,id=out,signal=off -serial chardev:out \
		-kernel "$kernel/vmlinuz" -initrd "$kernel/initrd" \
		-append "${words//$'\n'/ }"
}

# A User-Mode Linux has its first console on stdout and the second, which gets
# the log, on stderr. Its memory is a file, which is best kept in memory. Its kernel
# and its programs are processes that take turns: on one CPU, the last that we may
# use, none waits for another CPU to wake up.
run_uml() {
	local con=null,fd:1
	local cpus

	cpus=$(taskset -pc $$)

	[ -z "$stdin" ] || con=fd:0,fd:1
	# shellcheck disable=SC2046 # one argument a word
	TMPDIR=/dev/shm supervise taskset -c "${cpus##*[ ,-]}" "$kernel/linux" \
		mem="${memory}M" initrd="$kernel/initrd" con=null con0="$con" \
		con1=null,fd:2 ssl=null console=tty1 \
		$(kernel_words hostfs tty0) 2>"$log"
}

# Programs of others that scripts ask for, in a line "# Programs:". The suite may
# run any test.
get_programs() {
	local files=() word

	[[ $1 != */suite.sh || $# -gt 1 ]] || files=("$LB_ROOT"/selftests/tests/*)
	for word; do
		[ ! -f "$LB_ROOT/$word" ] || files+=("$LB_ROOT/$word")
	done
	sed -n 's/^# Programs: //p' "${files[@]}" | sort -u |
		xargs -r -n 1 "$LB_VM/get-program.sh"
}

if [ -n "$build" ]; then
	"$LB_VM/build.sh" "$label" "$LB_ROOT" "" "${build_vars[@]}"
	"$LB_VM/build.sh" "$label" "$LB_ROOT/selftests/bench/gen" lbgen
	locked "$LB_BUILD/tool.lock" make -s -C "$LB_ROOT" test-programs
fi
"$LB_VM/get-kernel.sh" "$label"
[ $# -eq 0 ] || get_programs "$@"

mkdir -p "${log%/*}"
write_job "$@" >"$job"
: >"$log"
if [ -n "$verbose" ]; then
	tail -f "$log" >&2 &
	children+=($!)
fi
[ -n "$stdin" ] || exec </dev/null

rc=0
case $label in
debug|uml) run_uml || rc=$? ;;
*)	run_qemu || rc=$? ;;
esac
[ "$rc" != 124 ] || say "run.sh: time is up after $limit s, see $log"
[ "$rc" = 0 ] || exit "$rc"

status=$(sed -n 's/.*lb-vm: exit status \([0-9]*\).*/\1/p' "$log" | tail -n 1)
if [ -z "$expect_splat" ] && splat=$(find_splats -n "$log"); then
	sed -n "${splat%%:*},+40p" "$log" >&2
	say "run.sh: the kernel complained, see $log"
	exit 1
fi
[ -n "$status" ] || die "the kernel died, see $log"
exit "$status"
