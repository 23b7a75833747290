# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# How a demo speaks: what it says, types and promises.
#
# With DEMO=1 it speaks to a person at a terminal, in colour and at a pace
# that can be followed.

# shellcheck source=../lib.sh
. "$(dirname "${BASH_SOURCE[0]}")/../lib.sh"

if [ "${DEMO-}" = 1 ]; then
	PACE=0.3 BOLD=$'\e[1m' GREEN=$'\e[32m' RED=$'\e[31m' PLAIN=$'\e[0m'
else
	PACE=0 BOLD='' GREEN='' RED='' PLAIN=''
fi

OUT=

title()
{
	printf '\n%s== %s ==%s\n\n' "$BOLD" "$1" "$PLAIN"
}

say()
{
	echo
	printf '# %s\n' "$@"
	sleep "$PACE"
}

# on HOST COMMAND...: type each at that host's prompt; what the last of them
# printed is also $OUT.
on()
{
	local host=$1 command
	local -n ns=${1^^}

	shift
	for command in "$@"; do
		printf '%s%s$%s %s\n' "$BOLD" "$host" "$PLAIN" "$command"
		sleep "$PACE"
		OUT=$(in_ns "$ns" bash -c "$command" 2>&1) ||
			fail "this command failed: $OUT"
		[ -z "$OUT" ] || printf '%s\n' "$OUT"
	done
}

# promise TEXT COMMAND...: TEXT is true if the command succeeds.
promise()
{
	local text=$1

	shift
	"$@" || fail "$text"
	printf '%s  -> %s%s\n' "$GREEN" "$text" "$PLAIN"
}

fail()
{
	printf '%s  -> not so: %s%s\n' "$RED" "$1" "$PLAIN" >&2
	exit 1
}

# alternate ANSWER1 ANSWER2: the lines of $OUT are each of them in turn.
alternate()
{
	local even odd

	even=$(awk 'NR % 2 == 0' <<< "$OUT" | sort -u)
	odd=$(awk 'NR % 2 == 1' <<< "$OUT" | sort -u)
	[ "$even $odd" = "$1 $2" ] || [ "$even $odd" = "$2 $1" ]
}

# all_same: the lines of $OUT are one and the same answer.
all_same()
{
	[ -n "$OUT" ] && [ "$(sort -u <<< "$OUT" | wc -l)" -eq 1 ]
}

# shows TEXT...: each is in $OUT, whatever the width of the columns.
shows()
{
	local seen text

	seen=$(tr -s ' ' <<< "$OUT")
	for text in "$@"; do
		[[ $seen == *"$text"* ]] || return 1
	done
}
