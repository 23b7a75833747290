#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# The files below /proc/sys/net/ipv4/vs: those that ip_vs has, with its values,
# what it takes and refuses, and who may write.
#
# Kernels: 6.1 7.2
# CPUs: 1

LB_SUT=${LB_SUT:-lb_ipvs}

# shellcheck source=../diff.sh
. "$(dirname "$0")/../diff.sh"

VS=/proc/sys/net/ipv4/vs
SETPRIV=$(command -v setpriv)

# Those that ip_vs of this kernel has; lb has the others, too.
NAMES=${TRANSCRIPTS%/*}/names

SWITCHES="conntrack snat_reroute cache_bypass expire_nodest_conn sloppy_tcp \
sloppy_sctp expire_quiescent_template nat_icmp_send pmtu_disc schedule_icmp \
ignore_tunneled run_estimation sync_persist_mode"

setup()
{
	local name

	setup_ns DIRECTOR
	[ "$LB_SUT" = ipvs ] || return 0
	for name in lblc lblcr; do
		modprobe "ip_vs_$name" || return
	done
	(cd "$VS" && echo *) > "$NAMES"
}

# value FILE: prints what is in it; write VALUE FILE: bash tells the error. Nothing
# of this starts a process: it is done some thousand times.
value()
{
	local text=

	IFS= read -r text < "$1"
	echo "$text"
}

write()
{
	printf '%s' "$1" > "$2" && echo taken
}

# in_dir COMMAND...: bash's functions, in the namespace that is entered
in_dir()
{
	export -f show_all try_all value write
	"$@"
}

show_all()
{
	local name

	cd /proc/sys/net/ipv4/vs || return
	# shellcheck disable=SC2086 # names
	stat -c '%A %u %g %n' $1 2>&1
	for name in $1; do
		[ ! -e "$name" ] || value "$name"
	done
}

# try_all NAMES TEXT...: each to each
try_all()
{
	local names=$1 name text

	shift
	cd /proc/sys/net/ipv4/vs || return
	for name in $names; do
		for text; do
			write "$text" "$name"
			echo -n "$name ${text:-nothing}: "
			value "$name"
		done
	done 2>&1
}

# What is in each of them at first: in the first namespace, and in another.
defaults()
{
	# shellcheck disable=SC2016
	in_dir nsenter --net=/proc/1/ns/net bash -c 'show_all "$1"' - \
		"$(< "$NAMES")"
	# shellcheck disable=SC2016
	in_dir in_ns "$DIRECTOR" bash -c 'show_all "$1"' - "$(< "$NAMES")"
}

# Each number is written to each file, and what it has then is read. The list of
# CPUs has no other than there are.
refusals()
{
	to_files "$(< "$NAMES")" \
		-21 -20 -9 -8 -1 0 1 2 3 4 8 9 19 20 64 1073741824 \
		1073741825 2147483648 word "" "2 5" "5 2" "7 0" 0-1
}

# In a namespace of a user's own: what its root may write. How many connections
# there may be is less with lb.
of_user()
{
	# shellcheck disable=SC2016
	in_dir "$SETPRIV" --reuid 65534 --regid 65534 --clear-groups \
		unshare --user --map-root-user --net \
		bash -c 'show_all "$1"; try_all "$@"' - \
		"$(sed 's/conn_max//' "$NAMES")" 2 5
}

# to_files NAMES TEXT...: as try_all, on the director
to_files()
{
	# shellcheck disable=SC2016
	in_dir in_ns "$DIRECTOR" bash -c 'try_all "$@"' - "$@"
}

# switches: which are on. What ip_vs makes of the files, it does not tell.
switches()
{
	if [ "$LB_SUT" = ipvs ]; then
		in_ns "$DIRECTOR" grep -r '' "$VS" | sed 's,.*/,,; s/:/ /'
	else
		lb_tool config show
	fi | grep -E "^(${SWITCHES// /|}) " | sed 's/ [^0]*$/ on/' | sort
}

# A value is where the tool sets settings, and the other way round. A number that
# means the same is shown as it was written, until then.
with_tool()
{
	to_files "$SWITCHES" 2
	switches
	by_tool 0
	to_files "$SWITCHES" 0
	switches
	by_tool 1
}

# by_tool VALUE: of all switches; and what the files have then
by_tool()
{
	# shellcheck disable=SC2046,SC2086 # words
	setting $(printf "%s $1 " $SWITCHES)
	in_ns "$DIRECTOR" grep -r '' "$VS" |
		grep -E "/(${SWITCHES// /|}):" | sort
}

# numbers: a file, what is written to it, and what that is for lb
numbers()
{
	cat <<- 'END'
	conn_reuse_mode 2 3
	conn_reuse_mode 4 1
	amemthresh -5 0
	am_droprate 4000 4000
	lblc_expiration 2678401 2678400
	lblcr_expiration -7 1
	END
}

meanings()
{
	local name number value

	while read -r name number value; do
		to_files "$name" "$number"
		[ "$LB_SUT" = ipvs ] || value=$(lb_tool config get "$name")
		echo "$value"
	done < <(numbers)
}

# ip_vs of 6.1 shows nothing to root of a user namespace.
if [ "$LB_LABEL" = 6.1 ]; then
	diff_run setup defaults refusals with_tool meanings
else
	diff_run setup defaults refusals of_user with_tool meanings
fi
