#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# Save, restore and files of commands: all or nothing where syntax is wrong,
# line by line where the kernel refuses.
#
#   DIRECTOR, alone
#
# Kernels: 6.12 quick

# shellcheck source=selftests/lib.sh
. "$(dirname "$0")/../lib.sh"

# Of everything that can be saved, in no order.
make_config()
{
	lbctl -C
	lbctl -R <<-END
	-A -f 3 -s rr -p 600
	-a -f 3 -r 10.0.0.1:0 -g -w 3 -x 7 -y 3
	-A -u 192.0.2.1:53 -s wlc
	-a -u 192.0.2.1:53 -r 10.0.0.9:53 -i -w 1
	-A -t 192.0.2.1:80 -s sed -p 300 -M 255.255.255.0
	-a -t 192.0.2.1:80 -r 10.0.0.1:8080 -m -w 100 -x 60
	-a -t 192.0.2.1:80 -r 10.0.0.1:80 -m -w 0
	-A -t 192.0.2.1:0 -s nq -p 5
	-A -f 4294967295 -s lc
	END
}

save_restore_save()
{
	make_config
	check_err $? "the first restore"
	lbctl -S -n > "$TMP/first"
	check_eq "$(wc -l < "$TMP/first")" 9 "saved lines"
	lbctl -C
	check_eq "$(lbctl -S -n)" "" "saved after clear"
	lbctl -R < "$TMP/first"
	check_err $? "restore"
	lbctl -S -n | diff -u "$TMP/first" - > "$TMP/diff"
	check_err $? "saved again: $(cat "$TMP/diff")"
	log_test "save, restore, save again: equal"
}

save_by_name()
{
	make_config
	lbctl -S > "$TMP/names"
	check_match "$(cat "$TMP/names")" ':http ' "names in it"
	lbctl -S -n > "$TMP/first"
	lbctl -C
	lbctl -R < "$TMP/names"
	check_err $? "restore"
	lbctl -S -n | diff -u "$TMP/first" - > "$TMP/diff"
	check_err $? "saved again: $(cat "$TMP/diff")"
	log_test "the same with names"
}

# A file of the word grammar from what it shows.
words_round_trip()
{
	make_config
	lbctl service show | sed 's/^/service add /' > "$TMP/words"
	lbctl dest show | sed 's/^/dest add /' >> "$TMP/words"
	lbctl -S -n > "$TMP/first"
	lbctl service flush
	lbctl -b "$TMP/words"
	check_err $? "lbctl -b"
	lbctl -S -n | diff -u "$TMP/first" - > "$TMP/diff"
	check_err $? "saved again: $(cat "$TMP/diff")"
	log_test "what show prints, add takes"
}

# Nothing is deleted for a file that was cut off, or is empty.
replace_cut()
{
	local before out rc cut

	make_config
	before=$(lbctl -S -n)
	lbctl -S -n > "$TMP/whole"
	head -c -1 "$TMP/whole" > "$TMP/no-newline"
	head -n 3 "$TMP/whole" | head -c -4 > "$TMP/half"
	: > "$TMP/empty"
	echo "# nothing" > "$TMP/comment"
	for cut in no-newline half empty comment; do
		out=$(lbctl -R --replace < "$TMP/$cut" 2>&1)
		rc=$?
		check_eq "$rc" 2 "$cut: exit code"
		check_match "$out" '^lbctl: stdin: ' "$cut: message"
		check_eq "$(lbctl -S -n)" "$before" "$cut: what is there"
	done
	lbctl -R --replace < "$TMP/whole"
	check_err $? "the whole file"
	check_eq "$(lbctl -S -n)" "$before" "what is there"

	# Without --replace nothing is lost, and ipvsadm takes it, too.
	lbctl -C
	lbctl -R < "$TMP/no-newline"
	check_err $? "-R of a file without its last newline"
	check_eq "$(lbctl -S -n)" "$before" "what is there after -R"
	lbctl -R --replace --allow-empty < "$TMP/empty"
	check_err $? "--allow-empty"
	check_eq "$(lbctl -S -n)" "" "what is left"
	log_test "a file that was cut off or is empty replaces nothing"
}

# between TIMES COMMAND ARGS...: run lbctl, and COMMAND in the midst of reading.
between()
{
	local so=$BUILD_DIR/tool-test/between.so

	if [ ! -e "$so" ]; then
		make -s -C "$LIB_DIR/tool" O="$TMP/build" > "$TMP/log" 2>&1
		so=$TMP/build/tool-test/between.so
	fi
	in_ns "$DIRECTOR" env LD_PRELOAD="$so" BETWEEN_TIMES="$1" \
		BETWEEN="$2" "$LBCTL" "${@:3}"
}

# Both a service that goes and one that comes with its server would be saved
# without servers.
save_of_one_moment()
{
	local swap out rc new

	swap="$LBCTL service del tcp 192.0.2.1:80 &&
		$LBCTL service add tcp 192.0.2.1:80 scheduler rr dest 10.0.0.2"
	new="-A -t 192.0.2.1:80 -s rr
-a -t 192.0.2.1:80 -r 10.0.0.2:80 -g -w 1"
	lbctl -C
	lbctl service add tcp 192.0.2.1:80 dest 10.0.0.1
	out=$(between 1 "$swap" -S -n 2>&1)
	check_err $? "changed once"
	check_eq "$out" "$new" "what is saved when it changed once"

	out=$(between 9 "$swap" -S -n 2>&1)
	check_err $? "changed nine times"
	check_eq "$out" "$new" "what is saved when it changed nine times"

	out=$(between 99 "$swap" -S -n 2>&1)
	rc=$?
	check_eq "$rc" 1 "exit code when it always changes"
	check_eq "$out" "lbctl: -S -n: the services kept changing while they were read" \
		"message when it always changes"

	# What is not about services makes nothing torn, and need not be read again.
	out=$(between 1 "$LBCTL -L -n > $TMP/listed" -S -n 2>&1)
	check_eq "$out" "$new" "what is saved when somebody else reads"
	check_match "$(cat "$TMP/listed")" ' 10.0.0.2:80 ' "the program in between"
	log_test "what is saved is of one moment"
}

# file_of LINES: that many good commands.
file_of()
{
	seq -f '-A -t 192.0.2.1:%g -s rr' 1 "$1"
}

syntax_error()
{
	local out rc

	lbctl -C
	lbctl -A -t 192.0.2.9:9 -s rr
	file_of 600 | sed '500s/-s rr/-s rr -w 1/' > "$TMP/file"
	out=$(lbctl -R < "$TMP/file" 2>&1)
	rc=$?
	check_eq "$rc" 2 "exit code"
	check_eq "$out" "lbctl: stdin:500: command --add-service takes no option --weight" \
		"message"
	check_eq "$(lbctl -S -n)" "-A -t 192.0.2.9:9 -s rr" "what is there"
	out=$(lbctl -b "$TMP/file" 2>&1)
	check_match "$out" "^lbctl: $TMP/file:500: " "message with a name"
	check_eq "$(lbctl service | wc -l)" 1 "services"
	log_test "a syntax error in line 500: named, nothing applied"
}

refused_lines()
{
	local out rc

	lbctl -C
	file_of 600 | sed '300s/:300/:299/; 500s/rr/nosuch/' > "$TMP/file"
	out=$(lbctl -R < "$TMP/file" 2>&1)
	rc=$?
	check_eq "$rc" 1 "exit code"
	check_eq "$out" "lbctl: stdin:300: -A -t 192.0.2.1:299 -s rr: the service exists already
lbctl: stdin:500: -A -t 192.0.2.1:500 -s nosuch: no such scheduler (attribute scheduler)" \
		"messages"
	check_eq "$(lbctl service | wc -l)" 598 "the others are applied"
	check_match "$(lbctl -S -n | tail -n 1)" ':600 ' "the last line"
	log_test "lines that the kernel refuses: named, the others applied"
}

# Every answer an error: what the receive buffer must bear.
all_refused()
{
	local rc

	lbctl -C
	lbctl -A -t 192.0.2.1:80
	seq -f '-A -t 192.0.2.1:80 # %g' 1 5000 > "$TMP/file"
	lbctl -R < "$TMP/file" 2> "$TMP/err"
	rc=$?
	check_eq "$rc" 1 "exit code"
	check_eq "$(wc -l < "$TMP/err")" 5000 "messages"
	check_eq "$(cut -d: -f3 "$TMP/err" | paste -sd' ' | sha1sum)" \
		"$(seq 1 5000 | paste -sd' ' | sha1sum)" "each line once"
	log_test "5000 lines, all refused"
}

# One process, one socket, requests in bulk.
large_file()
{
	local start seconds calls services=50000

	! is_debug_kernel || services=5000
	lbctl -C
	{
		seq -f '-A -t 192.0.2.1:%.0f -s rr' 1 "$services"
		seq -f '-a -t 192.0.2.1:%.0f -r 10.0.0.1:80 -m' 1 "$services"
	} > "$TMP/file"
	start=$SECONDS
	lbctl -R < "$TMP/file"
	check_err $? "restore"
	seconds=$((SECONDS - start))
	ksft_diag "$((services * 2)) lines in $seconds s"
	check_eq "$(lbctl stats | sed -n 's/^services //p')" "$services" \
		"services"
	lbctl -S -n > "$TMP/saved"
	check_eq "$(wc -l < "$TMP/saved")" $((services * 2)) "saved lines"
	ksft_diag "saved after $((SECONDS - start)) s"
	lbctl -C
	if command -v strace > /dev/null; then
		head -n 1280 "$TMP/file" > "$TMP/part"
		calls=$(in_ns "$DIRECTOR" strace -f -c -U name,calls \
			"$LBCTL" -R < "$TMP/part" 2>&1 |
			awk '$1 ~ /^(sendto|sendmsg|socket|clone.*|execve)$/ {
				n += $2 } END { print n + 0 }')
		[ "$calls" -gt 0 ] && [ "$calls" -lt 30 ]
		check_err $? "1280 lines took $calls calls"
	fi
	lbctl -C
	log_test "$((services * 2)) lines"
}

# One request larger than what the kernel takes from an ordinary socket.
large_service()
{
	lbctl -C
	{
		echo -n "service replace tcp 192.0.2.1:80 scheduler rr"
		seq -f ' dest 10.1.%g.1' 0 255 | tr -d '\n'
		for net in {2..20}; do
			seq -f " dest 10.$net.%g.1 nat weight 2" 0 255
		done | tr -d '\n'
		echo
	} | lbctl -b -
	check_err $? "replace"
	check_eq "$(lbctl dest | wc -l)" 5120 "real servers"
	lbctl service replace tcp 192.0.2.1:80 dest 10.1.7.1
	check_eq "$(lbctl dest)" "tcp 192.0.2.1:80 to 10.1.7.1:80 dr weight 1" \
		"what is left"
	log_test "a service with 5120 real servers in one request"
}

lb_load || skip_all "cannot load the module"
setup_ns DIRECTOR
tests_run save_restore_save save_by_name words_round_trip replace_cut \
	save_of_one_moment syntax_error refused_lines all_refused large_file \
	large_service
