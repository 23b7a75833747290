#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Tests of the tool that need no kernel: LBCTL and TOOLTEST are the programs.
#
# What parts of the tool make of given input is compared with golden/. Where
# a file there shows what ipvsadm has too, it was compared with what ipvsadm
# 1.31 makes of the same input. UPDATE=1 writes golden/ anew; read the diff.

cd "$(dirname "$0")" || exit 1
# shellcheck source=selftests/lib.sh
. ../lib.sh

TOOLTEST=${TOOLTEST:-$BUILD_DIR/tool-test/tooltest}
SPEC=../../Documentation/netlink/specs/lb.yaml
MAN=../../Documentation/lbctl.8
COMPLETION=../../tool/lbctl.bash

# body FILE: it without its licence.
body()
{
	tail -n +2 "$1"
}

# golden NAME COMMAND...: its output is what golden/NAME.txt has.
golden()
{
	local name=$1 file=golden/$1.txt out

	shift
	"$@" > "$TMP/made"
	if [ -n "${UPDATE-}" ]; then
		echo "# SPDX-License-Identifier: GPL-2.0-only" > "$file"
		cat "$TMP/made" >> "$file"
	fi
	test -s "$TMP/made"
	check_err $? "$name: nothing was printed"
	out=$(body "$file" | diff -u - "$TMP/made")
	check_err $? "$name: $out"
}

# Compile the lines of a golden file that begin with "> " again.
compile_again()
{
	sed -n 's/^> //p' "golden/$1.txt" > "$TMP/lines"
	"$TOOLTEST" compile < "$TMP/lines"
}

ipvs_grammar()
{
	golden ipvs compile_again ipvs
	log_test "requests of ipvsadm's grammar"
}

word_grammar()
{
	golden words compile_again words
	log_test "requests of the word grammar"
}

# These never make a request; the reasons are on the same lines.
usage_errors()
{
	local line want n=0

	while IFS='|' read -r line want; do
		n=$((n + 1))
		# shellcheck disable=SC2086
		exits 2 "$want" "$LBCTL" $line < /dev/null
	done < <(body golden/usage.txt)
	[ "$n" -gt 40 ]
	check_err $? "only $n lines were read"
	log_test "usage errors that are found before a request is made"
}

listings()
{
	golden listing "$TOOLTEST" listing
	golden conns "$TOOLTEST" conns
	log_test "listings and saved commands"
}

unknown_values()
{
	golden unknown "$TOOLTEST" unknown
	log_test "values that this version does not know, as numbers"
}

# with_hosts HOSTS COMMAND...: it finds the names of that file and no others.
with_hosts()
{
	# shellcheck disable=SC2016
	unshare -m bash -c 'mount --bind "$1" /etc/hosts; shift; "$@"' - "$@"
}

names()
{
	if ! with_hosts /etc/hosts true 2> /dev/null; then
		log_test_skip "${FUNCNAME[0]}" "cannot replace /etc/hosts"
		return
	fi
	cat > "$TMP/hosts" <<-END
	2001:db8::1 www.example.com
	2001:db8::2 a-server-with-quite-a-long-name.example.com
	10.0.0.1 www.example.com
	10.0.0.2 a-server-with-quite-a-long-name.example.com
	END
	golden hosts with_hosts "$TMP/hosts" "$TOOLTEST" hosts

	# What -S prints is understood.
	sed -n '/^-/p' "$TMP/made" > "$TMP/lines"
	golden hosts-compiled with_hosts "$TMP/hosts" "$TOOLTEST" compile \
		< "$TMP/lines"
	log_test "names of hosts and ports"
}

# What show prints is what add takes, and what -S prints is what -R takes.
round_trip()
{
	local line rest

	"$TOOLTEST" listing | sed -n '/^## words/,$ { /^##/d; p }' |
	while read -r line; do
		case $line in
		*" to "*)	echo "dest add $line" ;;
		*)		echo "service add $line" ;;
		esac
	done > "$TMP/words"
	"$TOOLTEST" listing |
		sed -n '/^## -S/,/^## words/ { /^##/d; p }' > "$TMP/saved"

	# Save writes out what words leave at its default.
	for rest in words saved; do
		"$TOOLTEST" compile < "$TMP/$rest" | grep -v '^>' |
			sed 's/,"persist-timeout":0//
			     s/,"persist-mask4":"255.255.255.255"//
			     s/,"persist-plen6":128//
			     s/,"one-packet":false//
			     s/,"pe":""//
			     s/,"tun-df":"default"//
			     s/,"mtu":0//
			     s/,"mss-clamp":false//
			     s/,"\(reply-\)\?mark":"off"//g
			     s/,"\(upper\|lower\)-threshold":0//g
			     s/,"tun-type":"ipip"//
			     s/,"tun-port":0//
			     s/,"tun-checksum":"none"//' \
			> "$TMP/$rest.requests"
	done
	check_eq "$(grep -c set "$TMP/words.requests")" 27 "requests"
	diff -u "$TMP/words.requests" "$TMP/saved.requests" > "$TMP/diff"
	check_err $? "both grammars say the same: $(cat "$TMP/diff")"
	log_test "what is shown and saved can be added and restored"
}

events()
{
	golden events "$TOOLTEST" events < <(body golden/events.in)
	log_test "lines of monitor"
}

reads()
{
	golden reads "$TOOLTEST" reads < <(body golden/reads.in)
	log_test "what is read is listed and saved"
}

# Lines of which nothing can be seen any more after which later ones.
answers_hidden()
{
	golden lost "$TOOLTEST" lost < <(body golden/lost.in)
	log_test "what a later request hides of one whose answer was lost"
}

# The attribute sets, enums and operations of the spec, in tooltest's words.
spec_names()
{
	awk '
	/^definitions:/			{ part = "def" }
	/^attribute-sets:/		{ part = "set" }
	/^operations:/			{ part = "op" }
	/^mcast-groups:/		{ part = "" }
	part == "def" && /^    name: /	{ enum = $2 }
	part == "def" && /^        name: /	{ gsub("'"'"'", ""); print enum, $2 }
	part == "def" && /^      - [a-z]/	{ print enum, $2 }
	part == "set" && /^    name: / {
		flush()
		set = $2
		subset = 0
	}
	part == "set" && /^    subset-of: /	{ subset = 1 }
	part == "set" && /^        name: / {
		flush()
		name = $2
	}
	part == "set" && /^        type: /	{ type = $2 }
	part == "set" && /^        enum: /	{ type = type " enum" }
	part == "set" && /^        multi-attr: /	{ multi = " multi" }
	part == "set" && /byte-order: /	{ type = type " big-endian" }
	part == "op"			{ flush() }
	part == "op" && /^      name: /	{ print "cmd", $2 }
	function flush()
	{
		if (name && !subset)
			print set, name, type multi
		name = multi = type = ""
	}
	' "$SPEC"
}

spec_table()
{
	spec_names > "$TMP/spec"
	"$TOOLTEST" spec > "$TMP/table"
	check_eq "$(sort "$TMP/table")" "$(sort "$TMP/spec")" "names and types"
	[ "$(wc -l < "$TMP/spec")" -gt 80 ]
	check_err $? "the spec was not read"
	log_test "the tool's table of attributes is the spec's"
}

attribute_names()
{
	golden names "$TOOLTEST" names < <(body golden/names.in)
	log_test "attributes by their place in a request"
}

# A file with an error applies nothing: exit code 2 comes before the kernel
# is even asked, so 2 here means that nothing was sent.
restore_errors()
{
	local file=$TMP/rules

	seq -f '-A -t 10.0.0.%g:80 -s rr' 1 9 > "$file"
	echo '-a -t 10.0.0.1:80 -r 1.1.1.1 -w many' >> "$file"
	exits 2 '^lbctl: stdin:10: bad value "many" of --weight' \
		"$LBCTL" -R < "$file"
	exits 2 "^lbctl: $file:10: bad value" "$LBCTL" -b "$file"

	printf -- '-A -t 1.1.1.1:80\n\n# comment\n-L -n\nfoo\n' > "$file"
	exits 2 'stdin:4: only commands.*stdin:5: unexpected word "foo"' \
		"$LBCTL" -R < "$file"
	printf 'service add tcp 1.1.1.1:80\r\nservice show\r\n' > "$file"
	exits 2 'stdin:2: only commands' "$LBCTL" -b - < "$file"
	printf -- '-A -t 1.1.1.1:80\n--start-daemon slave\n' > "$file"
	exits 2 'stdin:2: bad daemon "slave"' "$LBCTL" -R < "$file"
	printf 'service add fwmark 1 comment "a\nservice add fwmark 2\n' > "$file"
	exits 2 'stdin:1: a quote has no end' "$LBCTL" -R < "$file"
	printf -- '-A -t\0 1.1.1.1:80\n' > "$file"
	exits 2 'stdin: this is not a text file' "$LBCTL" -R < "$file"
	exits 2 'No such file' "$LBCTL" -b "$TMP/nothing"
	exits 2 'one FILE' "$LBCTL" -b
	log_test "errors in files name file and line and apply nothing"
}

# What would delete services because a file was cut off.
replace_cut()
{
	local cut='the last line has no end.*; nothing was changed$'
	local empty='nothing is added.*say --allow-empty$' file

	printf -- '-A -f 1\n-A -f 22' > "$TMP/rules"
	exits 2 "^lbctl: stdin: $cut" "$LBCTL" -R --replace < "$TMP/rules"
	printf -- '-A -f 1' > "$TMP/rules"
	exits 2 "$cut" "$LBCTL" -R --replace --allow-empty < "$TMP/rules"
	printf '# nothing\n\n  \n' > "$TMP/rules"
	for file in "$TMP/rules" /dev/null; do
		exits 2 "^lbctl: stdin: $empty" "$LBCTL" -R --replace < "$file"
	done
	exits 2 'goes with --replace' "$LBCTL" -R --allow-empty < /dev/null
	log_test "files that are cut off or empty replace nothing"
}

# A file that replaces all can only add, each service once and first.
replace_errors()
{
	local file=$TMP/rules

	printf '%s\n' '-A -t 1.1.1.1:80' '-E -t 1.1.1.1:80' \
		'config set tcp-timeout 9' 'service flush' > "$file"
	exits 2 '^lbctl: stdin:2: only commands that add[^:]*: stdin:4: [^:]*$' \
		"$LBCTL" -R --replace < "$file"
	printf '%s\n' '-A -f 1' '-a -f 2 -r 1.1.1.1' '-A -f 2' \
		'service add fwmark 1 dest 1.1.1.1' > "$file"
	exits 2 'stdin:4: the service is added twice
lbctl: stdin:2: no line above adds the service$' \
		"$LBCTL" -R --replace < "$file"
	exits 2 'stdin:1: bad value' "$LBCTL" -R --replace \
		<<< '-a -f 1 -r 1.1.1.1 -w many'
	exits 2 'takes no option --replace' "$LBCTL" -C --replace
	log_test "errors in files that replace all"
}

restore_accepts()
{
	printf '\n# nothing\n   \n' > "$TMP/rules"
	exits 0 '^$' "$LBCTL" -R < "$TMP/rules"
	exits 0 '^$' "$LBCTL" -R < /dev/null

	# Refused for what comes last only, so all before was understood.
	cat > "$TMP/rules" <<-END
	ipvsadm -A -t 1.1.1.1:80
	/sbin/ipvsadm -a -t 1.1.1.1:80 -r 2.2.2.2 # the first
	lbctl service add tcp 1.1.1.1:81 # words are welcome
	  -C
	lbctl

	END
	printf 'end' >> "$TMP/rules"
	exits 2 '^lbctl: stdin:7: unexpected word "end"[^:]*$' \
		"$LBCTL" -R < "$TMP/rules"

	# Large enough for the buffer to move often.
	seq -f 'dest add tcp 1.1.1.1:%g to 2.2.2.2 weight 5' 1 20000 \
		> "$TMP/rules"
	echo end >> "$TMP/rules"
	exits 2 '^lbctl: stdin:20001: unexpected word "end"[^:]*$' \
		"$LBCTL" -R < "$TMP/rules"
	log_test "files with comments, names of tools, both grammars, many lines"
}

help_text()
{
	local what

	for what in -h --help help; do
		exits 0 'lbctl.*service' "$LBCTL" "$what"
		check_eq "$("$LBCTL" "$what" | awk 'length > 80')" "" \
			"$what: lines that do not fit a terminal"
	done
	for what in -v --version version; do
		exits 0 '^lbctl [0-9]+\.[0-9]+' "$LBCTL" "$what"
	done
	for what in "service help" "-h service" "service add tcp -h" "ser --help" \
			"-p -j serv help" "help serv"; do
		# shellcheck disable=SC2086
		exits 0 '^  service add KEY.*SETTING.*SERVER' "$LBCTL" $what
		# shellcheck disable=SC2086
		check_eq "$("$LBCTL" $what | grep -c FILTER)" 0 "$what: too much"
	done
	exits 0 'lbctl -A.*Listing options' "$LBCTL" -A -t 1.1.1.1:80 -h
	exits 2 'option -j needs' "$LBCTL" -j
	exits 2 'option -j needs' "$LBCTL" -j -L
	exits 2 'option -j goes' "$LBCTL" -j service flush
	exits 2 'option -j goes' "$LBCTL" -j help
	log_test "help and version"
}

output_lost()
{
	"$LBCTL" help > /dev/full 2> "$TMP/err"
	check_eq $? 1 "exit code with a full disk"
	check_match "$(cat "$TMP/err")" "No space left" "message"
	log_test "output that cannot be written is an error"
}

not_loaded()
{
	if [ -d /sys/module/lb ]; then
		log_test_skip "${FUNCNAME[0]}" "the module is loaded"
		return
	fi
	exits 1 '^lbctl: the module lb is not loaded \(try: modprobe lb\)$' \
		"$LBCTL" -L -n
	exits 1 'the module lb is not loaded' "$LBCTL" -C
	exits 1 'the module lb is not loaded' "$LBCTL" service show
	exits 1 'the module lb is not loaded' "$LBCTL" monitor
	log_test "a missing module is named"
}

# Every long option and every word must be in the manual.
manual()
{
	local word text warnings

	warnings=$(groff -man -Tutf8 -ww -z "$MAN" 2>&1)
	check_eq "$warnings" "" "warnings of groff"

	text=$(sed 's/\\-/-/g' "$MAN")
	"$LBCTL" -h | grep -oE -- '--[a-z][a-z0-9-]+|-[a-zA-Z0-9]\b' | sort -u \
		> "$TMP/words"
	"$LBCTL" help | grep -oE '\b[a-z][a-z-]+\b' | sort -u >> "$TMP/words"
	"$TOOLTEST" spec | sed -n 's/^\(drop\|path\) /.B /p' >> "$TMP/words"
	while read -r word; do
		grep -qwiF -- "$word" <<< "$text"
		check_err $? "$word is not in the manual"
	done < "$TMP/words"
	log_test "the manual is complete and well-formed"
}

# Commands that README and pages show, each in a line or continued. Those that
# change nothing are known, but cannot be in a file.
page_commands()
{
	command sed -e ':a;/\\$/{N;s/\\\n */ /;ba}' ../../README.md \
		../../Documentation/*.rst |
		sed -nE 's/^ +([a-z0-9]+# |# )?lbctl ([^ ].*)/\2/p' |
		sed -E "s/ *(#|[|<>&] ).*//; s, key [^ ]+, key $TMP/key,"
}

pages()
{
	local bad

	echo secret > "$TMP/key"
	page_commands > "$TMP/commands"
	check_err "$(($(wc -l < "$TMP/commands") < 40))" "too few commands"
	bad=$("$TOOLTEST" compile < "$TMP/commands" | grep -B 1 '^lbctl: ' |
		grep -B 1 -v -e '^>' -e 'only commands that change' -e '^--')
	check_eq "$bad" "" "commands that lbctl does not understand"
	log_test "commands in README and pages are understood"
}

# complete_line WORD...: what completion offers for the last word.
complete_line()
{
	bash -c '
	. "$1"
	shift
	COMP_WORDS=("$@")
	COMP_CWORD=$(($# - 1))
	COMP_LINE="$*"
	COMP_POINT=${#COMP_LINE}
	_lbctl
	printf "%s\n" "${COMPREPLY[@]}" | sort | tr "\n" " "
	' - "$COMPLETION" "$@"
}

completion()
{
	check_match "$(complete_line lbctl ser)" '^service $' "object"
	check_match "$(complete_line lbctl -n 1 -j -p ser)" '^service $' "options"
	check_match "$(complete_line lbctl help dest)" '^dest $' "help"
	check_match "$(complete_line lbctl service "")" \
		'^add del flush replace set show stats zero $' "command"
	check_match "$(complete_line lbctl service add "")" \
		'^fwmark sctp tcp udp $' "key"
	check_match "$(complete_line lbctl service add fwmark 3 i)" \
		'^ipv6 $' "family"
	check_match "$(complete_line lbctl service del fwmark 3 "")" \
		'^ipv6 $' "family"
	check_match "$(complete_line lbctl dest set fwmark 3 "")" \
		'^ipv6 to $' "family or to"
	check_match "$(complete_line lbctl dest set fwmark 3 ipv6 "")" \
		'^to $' "to"
	check_match "$(complete_line lbctl conn flush "")" \
		'^client dest sctp service state tcp udp $' "filter"
	check_match "$(complete_line lbctl conn show state c)" \
		'^close close-wait $' "state"
	check_match "$(complete_line lbctl conn show service f)" '^fwmark $' \
		"key of a filter"
	check_match "$(complete_line lbctl conn show service fwmark 3 i)" \
		'^ipv6 $' "family in a filter"
	check_match "$(complete_line lbctl check "")" \
		'^fwmark sctp tcp udp $' "key to check"
	check_match "$(complete_line lbctl -A --ip)" '^--ipv6 $' "option"
	check_match "$(complete_line lbctl -A -t 1.1.1.1:80 -s w)" \
		'^wlc wrr $' "scheduler"
	check_match "$(complete_line lbctl -A -t 1.1.1.1:80 -s mh -b mh)" \
		'^mh-fallback mh-port $' "flags"
	check_match "$(complete_line lbctl -A --pers)" \
		'^--persistent $' "option"
	check_match "$(complete_line lbctl load --)" \
		'^--allow-empty --check --confirm --diff --no-sync $' "options of load"
	check_match "$(complete_line lbctl save /etc/host)" '/etc/hosts ' "file"
	check_match "$(complete_line lbctl -R -)" '^--allow-empty --replace $' \
		"options of -R"
	check_match "$(complete_line lbctl dest add tcp 1.1.1.1:80 to 2.2.2.2 u)" \
		'^upper $' "setting"
	check_match "$(complete_line lbctl service set fwmark 3 mss-clamp o)" \
		'^off one-packet $' "off, or another setting"
	check_match "$(complete_line lbctl service set fwmark 3 tun-df "")" \
		'^default inherit set unset $' "values of a setting"
	check_match "$(complete_line lbctl -a --tun-type "")" \
		'^gre gue ipip $' "values of an option"
	check_match "$(complete_line lbctl config set fastpath "")" \
		'^auto off on $' "values in config"
	log_test "completion"
}

all_said()
{
	local command options option help synopsis letter n=0

	help=$("$LBCTL" -h)
	synopsis=$(sed -n '/^.SH SYNOPSIS/,/^.SH DESC/ { s/\\-/-/g; p }' "$MAN")
	while read -r command options; do
		case $command in
		--help|--version)
			continue
			;;
		esac
		check_eq "$(complete_line lbctl "$command" - | xargs -n 1)" \
			"$(xargs -n 1 <<< "$options" | sort)" \
			"completion of $command"
		for option in $options; do
			n=$((n + 1))
			grep -qE -- "$option\b" <<< "$help"
			check_err $? "$option of $command is not in lbctl -h"
			# These are "service" and "listing options".
			case $command$option in
			*--*-service|*--ipv6|--list*)
				continue
				;;
			esac
			letter=$(sed -nE "s/^ +(-.), $option\b.*/\1/p" <<< "$help")
			grep -qE -- "(${letter:-$option})\b" <<< "$synopsis"
			check_err $? "$option of $command is not in SYNOPSIS"
		done
	done < <("$TOOLTEST" options)
	[ "$n" -gt 60 ]
	check_err $? "only $n options were seen"
	log_test "what the tool takes is in completion, help and SYNOPSIS"
}

# What somebody does who adds attributes of each type to services: they are put before the one
# that was last, in the specification and in what the kernel's generator makes of
# that, and the tool's part of make codegen runs.
add_attributes()
{
	local tree=$1 file name

	mkdir -p "$tree/kmod" "$tree/selftests" "$tree/scripts"
	cp -r ../../tool ../../Documentation ../../dkms.conf "$tree"
	cp -r ../../kmod/uapi "$tree/kmod"
	cp -r ../tool "$tree/selftests"
	awk '
	/^        name: mss-clamp$/ {
		attr("mode", "u8", "enum: fastpath", "A mode; or not.")
		attr("limit", "u32", "", "No more than so many. Of a test.")
		attr("level", "u8", "", "A level.")
		attr("flag", "u8", "checks:\n          max: 1", "Whether to try.")
		attr("port", "u16", "byte-order: big-endian", "A port.")
		attr("name", "string", "", "A name.")
	}
	{ print }
	function attr(name, type, more, doc)
	{
		print "        name: try-" name "\n        type: " type
		if (more)
			print "        " more
		print "        doc: |\n          " doc "\n      -"
	}
	' "$SPEC" > "$tree/Documentation/netlink/specs/lb.yaml"
	for name in MODE LIMIT LEVEL FLAG PORT NAME; do
		sed -i "s/^\tLB_A_SERVICE_MSS_CLAMP,$/\tLB_A_SERVICE_TRY_$name,\n&/" \
			"$tree/kmod/uapi/linux/lb.h"
	done
	for file in tool/spec_gen.c tool/spec_gen.h tool/lbctl.bash \
			Documentation/lbctl.8; do
		../../scripts/codegen-tool \
			"$tree/Documentation/netlink/specs/lb.yaml" \
			"$tree/tool/words.yaml" "$tree/$file" > "$TMP/made" &&
			mv "$TMP/made" "$tree/$file"
	done
	make -s -C "$tree/selftests/tool" CFLAGS=-O0 O="$tree/build" all \
		> "$TMP/make" 2>&1
}

# All that is seen of them: requests, listings, what is saved, help, manual.
added_output()
{
	local tree=$1 TOOLTEST=$1/build/tool-test/tooltest

	sed -n 's/^> compile //p' golden/added.in | "$TOOLTEST" compile
	sed -n '/^> compile/!p' golden/added.in | sed 1d | "$TOOLTEST" reads
	"$tree/build/lbctl" -h | grep -e --try-
	"$tree/build/lbctl" help | grep try-
	grep -A 1 'try\\-' "$tree/Documentation/lbctl.8"
}

attribute_added()
{
	local tree=$TMP/tree COMPLETION=$TMP/tree/tool/lbctl.bash

	add_attributes "$tree"
	check_err $? "build: $(cat "$TMP/make")"
	golden added added_output "$tree"
	check_match "$(complete_line lbctl service add fwmark 3 try)" \
		'^try-flag try-level try-limit try-mode try-name try-port $' "words"
	check_match "$(complete_line lbctl service set fwmark 3 try-mode "")" \
		'^auto off on $' "values"
	check_match "$(complete_line lbctl -A --try-li)" \
		'^--try-limit $' "options"
	log_test "an attribute that is only in lb.yaml is in all that the tool does"
}

tests_run ipvs_grammar word_grammar usage_errors listings unknown_values names \
	round_trip events reads answers_hidden spec_table attribute_names \
	restore_errors replace_errors replace_cut restore_accepts help_text \
	output_lost not_loaded manual pages completion all_said attribute_added
