# SPDX-License-Identifier: GPL-2.0-only
# shellcheck shell=bash
# TCP connections that are held while something happens on their way: see
# tool/hold.c. Who sources this has sourced lib.sh, and has $CLIENT and $VIP.

HOLD=$BUILD_DIR/tool-test/hold
HOLDER=() HOLDERS=() HELD=() ASK=() ANSWER=()

# hold_serve NS PORT...
hold_serve()
{
	busybox nsenter --net="/run/netns/$1" "$HOLD" serve "${@:2}" &
	background $!
	busywait 5000 port_listens "$1" "${@: -1}"
	check_err $? "$1 does not listen"
}

# holder NAME N KIND PORT SOURCE [PAUSE]: a client with N connections
holder()
{
	local fifo=$TMP/holder${#HOLDER[@]} in out

	rm -f "$fifo.in" "$fifo.out"
	mkfifo "$fifo.in" "$fifo.out"
	exec {in}<> "$fifo.in" {out}<> "$fifo.out"
	busybox nsenter --net="/run/netns/$CLIENT" \
		"$HOLD" "$3" "$VIP" "$4" "$5" "$2" ${6+"$6"} <&"$in" >&"$out" &
	background $!
	HOLDERS+=($!)
	HOLDER+=("$1")
	HELD+=("$2")
	ASK+=("$in")
	ANSWER+=("$out")
}

# hold_answer I: what that client says; nothing if it ends instead
hold_answer()
{
	local line='' more

	until read -r -t 1 -u "${ANSWER[$1]}" more; do
		line+=$more
		kill -0 "${HOLDERS[$1]}" 2> "$TMP/null" || return
	done
	echo "$line$more"
}

hold_ready()
{
	local i

	for i in "${!HOLDER[@]}"; do
		check_eq "$(hold_answer "$i")" ready "${HOLDER[i]}"
	done
}

# hold_kept WHEN: of each client, how many connections go on
hold_kept()
{
	local i n

	for i in "${!HOLDER[@]}"; do
		echo >&"${ASK[i]}"
	done
	for i in "${!HOLDER[@]}"; do
		n=$(hold_answer "$i")
		ksft_diag "$1: ${HOLDER[i]}: $n of ${HELD[i]}"
		[ "$LB_SUT" = ipvs ] || check_eq "$n" "${HELD[i]}" \
			"$1: ${HOLDER[i]}: connections that go on"
	done
}

hold_end()
{
	kill "${HOLDERS[@]}"
	HOLDER=() HOLDERS=() HELD=() ASK=() ANSWER=()
}
