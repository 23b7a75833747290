# SPDX-License-Identifier: GPL-2.0-only
# Read the KTAP of one step of "make check", print a line for each test and
# all of a test that failed, and write "PASSED FAILED" to the file OUT.
#
# Results count one by one. That of a test as a whole counts only when it
# fails without a result of its own that did, or has none. A skip and a
# result that was planned but did not come are failures.

function judge(line) {
	return line ~ /^ *ok / && line !~ /# SKIP/
}

/^1\.\.[0-9]+/ {
	plan = substr($1, 4)
	next
}

/^ *(KTAP version|1\.\.|# Subtest:)/ {
	next
}

/^(not )?ok / {
	seen++
	name = $0
	sub(/^(not )?ok [0-9]+ (- )?/, "", name)
	whole = judge($0)
	if (!good && !bad || !whole && !bad) {
		if (whole)
			good++
		else
			bad++
	}
	printf "%s: %s: %d passed, %d failed\n", STEP, name, good, bad
	if (bad)
		printf "%s", text
	fflush()
	passed += good
	failed += bad
	good = bad = 0
	text = ""
	next
}

/^ +(not )?ok / {
	if (judge($0))
		good++
	else
		bad++
}

{
	text = text STEP " | " $0 "\n"
}

END {
	missing = plan ? plan - seen : !seen
	if (missing > 0)
		printf "%s: stopped with %d missing\n%s", STEP, missing, text
	printf "%d %d\n", passed + good, failed + bad + \
		(missing > 0 ? missing : 0) >OUT
}
