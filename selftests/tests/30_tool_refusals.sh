#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# What the tool says when the kernel refuses, and that nothing changed.
#
#   DIRECTOR, alone
#
# Kernels: 6.1 quick
# CPUs: 1

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

# refused MESSAGE COMMAND...: the tool says just that, behind the command.
refused()
{
	local message=$1 before out rc

	shift
	before=$(lbctl -S -n; lbctl config)
	out=$(lbctl "$@" 2>&1)
	rc=$?
	check_eq "$rc" 1 "exit code of $*"
	check_eq "$out" "lbctl: $*: $message" "message"
	check_eq "$(lbctl -S -n; lbctl config)" "$before" "state after $*"
}

set_up()
{
	lbctl -C
	lbctl -A -t 192.0.2.1:80 -s rr
	lbctl -a -t 192.0.2.1:80 -r 10.0.0.2:80 -m
}

existence()
{
	local service="-t 192.0.2.1:80" nothing="-t 192.0.2.1:81"

	set_up
	# shellcheck disable=SC2086
	{
	refused "the service exists already" -A $service
	refused "no such service" -E $nothing
	refused "no such service" -D $nothing
	refused "no such service" -Z $nothing
	refused "no such service" -L $nothing
	refused "no such service" -L -n --stats -f 9
	refused "the real server exists already" -a $service -r 10.0.0.2 -m
	refused "no such service" -a $nothing -r 10.0.0.2
	refused "no such real server" -e $service -r 10.0.0.3
	refused "no such service" -e $nothing -r 10.0.0.2
	refused "no such real server" -d $service -r 10.0.0.3
	refused "no such service" -d $nothing -r 10.0.0.2
	}
	refused "no such service" service show fwmark 9
	refused "no such service" service del fwmark 9
	refused "no such service" dest show fwmark 9
	log_test "what is missing and what is there already"
}

# The attribute at fault is named, also inside of a dest.
attributes()
{
	set_up
	refused "no such scheduler (attribute scheduler)" \
		-A -t 192.0.2.1:81 -s nosuch
	refused "lower threshold is above the upper threshold (attribute dest.lower-threshold)" \
		-a -t 192.0.2.1:80 -r 10.0.0.3 -x 5 -y 6
	refused "real server's address is not a unicast address beyond the link (attribute dest.addr4)" \
		-a -t 192.0.2.1:80 -r 224.0.0.1
	refused "a service for every port (port 0) needs persistence (attribute port)" \
		service add tcp 192.0.2.1:0
	refused "the value must be 1 to 2678400 (attribute udp-timeout)" \
		config set tcp-timeout 5 udp-timeout 0
	refused "real server's port differs from the service's, which only nat can do (attribute dest.port)" \
		dest add tcp 192.0.2.1:80 to 10.0.0.3:81 dr
	refused "one-packet scheduling is for UDP or a firewall mark (attribute one-packet)" \
		service set tcp 192.0.2.1:80 one-packet
	refused "one-packet scheduling is for UDP or a firewall mark (attribute one-packet)" \
		service add sctp 192.0.2.1:81 one-packet
	refused "the virtual address is 0.0.0.0 (attribute addr4)" \
		-A -t 0.0.0.0:80
	log_test "the attribute at fault is named"
}

# beyond WORD LAST COMMAND...: WORD of it is more than the tool sends, which says
# what it may be.
beyond()
{
	local before

	before=$(lbctl -S -n)
	exits 2 "^lbctl: unexpected word \"$1\", expected a number from 0 to $2\$" \
		lbctl "${@:3}"
	check_eq "$(lbctl -S -n)" "$before" "state after ${*:3}"
}

ranges()
{
	set_up
	beyond 2147483648 2147483647 \
		dest set tcp 192.0.2.1:80 to 10.0.0.2 weight 2147483648
	beyond 2678401 2678400 service set tcp 192.0.2.1:80 persistent 2678401
	beyond 2678401 2678400 \
		service add udp 192.0.2.1:80 udp-timeout 5 tcp-fin-timeout 2678401
	log_test "the range is told"
}

# The second dest is bad: the first must not stay.
all_or_nothing()
{
	set_up
	refused "lower threshold is above the upper threshold (attribute dest.lower-threshold)" \
		service replace tcp 192.0.2.1:80 scheduler wrr \
		dest 10.0.0.4 dest 10.0.0.5 upper 5 lower 6
	refused "the same real server is given twice (attribute dest.addr4)" \
		service add tcp 192.0.2.1:82 dest 10.0.0.4 dest 10.0.0.4
	log_test "a request is granted whole or not at all"
}

not_root()
{
	local nobody command out

	set_up
	# The repository may lie where nobody else may look.
	install -m 755 "$LBCTL" /run/lbctl
	# The setpriv of busybox knows no users.
	nobody="$(command -v setpriv) --reuid=65534 --regid=65534"
	nobody+=" --clear-groups /run/lbctl"
	while read -r command; do
		# shellcheck disable=SC2086
		out=$(in_ns "$DIRECTOR" $nobody $command 2>&1)
		check_eq $? 1 "exit code of $command"
		check_eq "$out" "lbctl: $command: this needs CAP_NET_ADMIN" \
			"message"
	done <<-END
	-A -t 192.0.2.1:81
	-E -t 192.0.2.1:80 -s wrr
	-D -t 192.0.2.1:80
	-a -t 192.0.2.1:80 -r 10.0.0.9
	-e -t 192.0.2.1:80 -r 10.0.0.2 -w 9
	-d -t 192.0.2.1:80 -r 10.0.0.2
	-C
	-Z
	--set 1 2 3
	config set udp-timeout 5
	-L -c -n
	conn show
	conn flush
	END
	# shellcheck disable=SC2086
	out=$(in_ns "$DIRECTOR" $nobody -S -n)
	check_eq "$out" "-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -m -w 1" "what everyone may read"
	log_test "who is not root may look, not touch"
}

# Root of a user namespace rules the network namespace made with it.
own_namespace()
{
	local out

	out=$(unshare --user --map-root-user --net sh -c \
		"'$LBCTL' -A -t 192.0.2.1:80 -s rr && '$LBCTL' -S -n" 2>&1)
	check_eq "$out" "-A -t 192.0.2.1:80 -s rr" "in a namespace of its own"
	log_test "root of a user namespace"
}

# Requests that the tool would never send.
bad_requests()
{
	local badnl=$BUILD_DIR/tool-test/badnl

	if [ ! -x "$badnl" ]; then
		make -s -C "$LIB_DIR/tool" O="$TMP/build" > "$TMP/log" 2>&1
		badnl=$TMP/build/tool-test/badnl
	fi
	in_ns "$DIRECTOR" "$badnl" > "$TMP/badnl" 2>&1
	check_err $? "$(grep -B 4 '^not ok' "$TMP/badnl")"
	check_match "$(tail -n 1 "$TMP/badnl")" '^1\.\.[0-9]{3}$' "its plan"
	ksft_diag "$(grep -c '^ok' "$TMP/badnl") refusals"
	log_test "malformed requests"
}

# lost MESSAGE EXIT COMMAND...: the kernel has no memory for the answer. Calls of
# recvmsg: the first is about the family. With the port, nothing is asked
# before.
lost()
{
	local message=$1 exit=$2 out rc

	shift 2
	out=$(in_ns "$DIRECTOR" strace -o /dev/null \
		-e inject=recvmsg:error=ENOBUFS:when=2 \
		-e inject=recvfrom:error=EAGAIN:when=1 "$LBCTL" "$@" 2>&1)
	rc=$?
	check_eq "$rc" "$exit" "exit code of $*"
	check_eq "$out" "lbctl: $*: the answer was lost$message" "message"
}

answers_lost()
{
	local done=", but it is done" undone=", and it is not done"
	local name="what became of it when an answer was lost"

	if ! command -v strace > /dev/null; then
		log_test_skip "$name" "no strace"
		return
	fi
	set_up
	lost "$done" 0 -A -t 192.0.2.1:81 -s wrr -p 60
	lost "$done" 0 -E -t 192.0.2.1:81 -s rr
	lost "$undone" 1 -A -t 192.0.2.1:80 -s wrr
	lost "$done" 0 -a -t 192.0.2.1:81 -r 10.0.0.3 -m -w 5
	lost "$undone" 1 -e -t 192.0.2.1:81 -r 10.0.0.4:81 -m
	lost "$undone" 1 -a -t 192.0.2.1:82 -r 10.0.0.4 -m
	lost "$done" 0 service replace tcp 192.0.2.1:81 dest 10.0.0.5 dr weight 7
	lost "$done" 0 -d -t 192.0.2.1:81 -r 10.0.0.5:81
	lost "$done" 0 -D -t 192.0.2.1:81
	lost "$done" 0 config set udp-timeout 77 drop_entry 1
	lost "$undone" 1 config set udp-timeout 0
	lost "; whether it is done cannot be seen" 1 -Z
	lost "$done" 0 -C
	lbctl config set udp-timeout 300 drop_entry 0
	log_test "$name"
}

lb_load || skip_all "cannot load the module"
setup_ns DIRECTOR
tests_run existence attributes ranges all_or_nothing not_root own_namespace \
	bad_requests answers_lost
