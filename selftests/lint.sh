#!/bin/bash
# SPDX-License-Identifier: GPL-2.0-only
# All that can be said about the sources without running them, or with LB_BRIEF
# without a module for arm64, which finds what the other two processors do. Prints
# KTAP; each finding is a line above the result of the linter that has it.
set -u -o pipefail
# shellcheck source=selftests/vm/common.sh
. "$(dirname "$0")/vm/common.sh"

cd "$LB_ROOT" || exit 1
label=6.12
# This sparse does not know __has_include_next; on 6.12 the answer is always yes.
SPARSE="CF=-D'__has_include_next(x)=1'"
n=0
failed=0

# lint NAME COMMAND...: nothing printed is nothing found.
lint() {
	local output

	n=$((n + 1))
	if output=$("${@:2}" 2>&1) && [ -z "$output" ]; then
		echo "ok $n $1"
	else
		echo "${output:-$1 failed and did not say why}"
		echo "not ok $n $1"
		failed=1
	fi
}

# Files of ours that match, leaving out what generators wrote.
sources() {
	git ls-files -co --exclude-standard -- "$@" |
		sed -e '/\/\(nl\|spec\)_gen\.[ch]$/d' -e '/^kmod\/uapi\//d'
}

# checkpatch comes with the kernel's source.
find_checkpatch() {
	local dir=$LB_CACHE/checkpatch
	local tmp

	if [ ! -d "$dir" ]; then
		tmp=$(mktemp -d "$LB_CACHE/.checkpatch.XXXXXX")
		tar -C "$tmp" --strip-components=2 -xf \
			"/usr/src/linux-source-$label.tar.xz" \
			"linux-source-$label/scripts/checkpatch.pl" \
			"linux-source-$label/scripts/spelling.txt" \
			"linux-source-$label/scripts/const_structs.checkpatch"
		chmod 755 "$tmp"
		mv "$tmp" "$dir"
	fi
}

# run_checkpatch IGNORED FILE...
# Messages are not broken, so they may be long. Which versions may be tested
# where is a check of its own.
run_checkpatch() {
	locked "$LB_CACHE/checkpatch.lock" find_checkpatch
	"$LB_CACHE/checkpatch/checkpatch.pl" --no-tree --no-summary --terse \
		--color=never --show-types --strict --max-line-length=80 \
		--ignore "LONG_LINE_STRING,LINUX_VERSION_CODE,$1" \
		--file "${@:2}"
}

# Trace events have a layout of their own all over the kernel, and that
# __has_include(<header>) compares nothing is not known to checkpatch.
checkpatch_kmod() {
	sources 'kmod/*.[ch]' 'selftests/vm/*.[ch]' \
		'selftests/bench/gen/*.[ch]' ':!kmod/trace.h' ':!kmod/compat' | xargs -r "$0" run_checkpatch ,
	sources kmod/trace.h | xargs -r "$0" run_checkpatch \
		OPEN_ENDED_LINE,PARENTHESIS_ALIGNMENT,COMPLEX_MACRO,MULTISTATEMENT_MACRO_USE_DO_WHILE
	sources kmod/compat | xargs -r "$0" run_checkpatch SPACING
}

# Some findings name what only the kernel has.
checkpatch_tool() {
	local kernel_only=PREFER_KERNEL_TYPES,MACRO_ARG_REUSE,CAMELCASE

	kernel_only+=,PREFER_DEFINED_ATTRIBUTE_MACRO
	sources 'tool/*.[ch]' 'selftests/tool/*.[ch]' 'selftests/bench/*.[ch]' \
		':!selftests/bench/gen' |
		xargs -r "$0" run_checkpatch "$kernel_only"
}

# Build anew, with all that gcc can say, and with the self-tests, which are code
# of the module as well, all that sparse can say. Print what is about our files,
# and what modpost and objtool say; what headers of the kernel say is theirs. The
# first is what install.sh installs, which saves it a minute.
compile() {
	local fast=(KCFLAGS=-g0 CONFIG_DEBUG_INFO_BTF_MODULES=)

	"$LB_VM/get-kernel.sh" "$label"
	KDIR=$LB_CACHE/$label/kdir compile_as host "" W=1 "${fast[@]}"
	compile_as "$label" lint-debug W=1 C=2 LB_DEBUG=1 "$SPARSE" "${fast[@]}"
}

# compile_as LABEL NAME VAR=VALUE...
compile_as() {
	local dir=$LB_BUILD/$1${2:+-$2}
	local log=$LB_BUILD/logs/$1-lint-compile.log

	rm -rf "$dir"
	mkdir -p "${log%/*}"
	"$LB_VM/build.sh" "$1" . "${@:2}" >"$log" 2>&1 || cat "$log"
	grep -E "^($dir/)?[a-z0-9_/]+\.[ch]:[0-9]+|(modpost|objtool):" "$log" ||
		true
}

# cross_module LABEL: for a processor that differs from ours. What the kernel
# exports is not known here. It has no functions of gcc's library, as for a division
# of 64 bits by 32. Sparse would say the same as before: no source asks for the
# order of bytes.
cross_module() {
	local label=$1

	compile_as "$label" lint W=1 LB_DEBUG=1 KBUILD_MODPOST_WARN=1 |
		grep -vE 'modpost: (".*undefined!|suppressed )'
	find "$LB_BUILD/$label-lint" -name '*.ko' | while read -r ko; do
		nm -uA "$ko" | grep -E ' __[a-z]+[sdt]i[0-9]$'
	done
	true
}

# The tool and programs for tests, compiled for these processors. Libraries of
# theirs are not there, but their headers are like ours.
cross_tool() {
	local include=$LB_BUILD/cross-include
	local label cross

	mkdir -p "$include"
	ln -sfn /usr/include/{libmnl,jansson.h,jansson_config.h} "$include"
	for label in $LB_CROSS; do
		cross=$(kernel_vars "$label")
		mkdir -p "$LB_BUILD/$label-tool"
		make -s -C selftests/tool O="$LB_BUILD/$label-tool" \
			CC="${cross##*=}gcc" PKG_CONFIG=true \
			CFLAGS="-O2 -isystem $include" \
			LDFLAGS=-Wl,--unresolved-symbols=ignore-all
	done
}

# "FILE ROW" for each file of kmod/ in the table of architecture.rst.
layer_table() {
	awk '
	/^====  =/ { borders++ }
	borders != 2 { next }
	{
		if ($1 ~ /^[0-9]+$/)
			row = $1
		n = split(substr($0, 7, 30), part, "``")
		for (i = 2; i <= n; i += 2) {
			file = part[i]
			if (sub(/\[ch\]$/, "c", file)) {
				print file, row
				sub(/c$/, "h", file)
			}
			print file, row
		}
	}' Documentation/architecture.rst
}

# includes FOLDER: "FILE FILE": the first includes the second. Files of it come
# from standard input.
includes() {
	xargs -r grep -oE '^#[ 	]*include[ 	]*"[^"]+"' -H /dev/null |
		sed -E "s,^$1/([^:]*):.*\"(.*)\",\1 \2,"
}

# calls FOLDER OBJECTS: "FILE FILE": the first calls a function of the second, as
# it was compiled last. Operations in tables are no calls: by them, a file is
# called from below.
calls() {
	sed -n "s,^$1/\(.*\)\.c$,\1,p" | while read -r file; do
		nm "$2/$file.o" |
			awk -v file="$file.c" '{ print file, $(NF - 1), $NF }'
	done | awk '
	$2 == "T" { where[$3] = $1 }
	$2 == "U" { used[$1, $3] }
	END {
		for (pair in used) {
			split(pair, part, SUBSEP)
			if (part[2] in where && where[part[2]] != part[1])
				print part[1], where[part[2]]
		}
	}' | sort -u
}

# needs FOLDER OBJECTS LISTER: both, of the files that the function LISTER lists.
needs() {
	"$3" | includes "$1"
	"$3" | calls "$1" "$2"
}

module_needs() {
	needs kmod "$LB_BUILD/host/kmod" layered
}

tool_sources() {
	sources 'tool/*.[ch]'
}

# Self-tests reach into what they test; what is generated is nobody's choice.
layered() {
	sources 'kmod/*.[ch]' | sed '/^kmod\/selftest\//d'
}

# Each file has a row, and needs nothing from the rows below it.
layers() {
	awk '
	function row_of(file) {
		if (file ~ /^(compat|uapi)\//)
			return 0
		return file in row ? row[file] : -1
	}
	FILENAME == ARGV[1] { row[$1] = $2; next }
	FILENAME == ARGV[2] {
		sub(/^kmod\//, "")
		there[$1]
		if (row_of($1) < 0)
			print "kmod/" $1 ": is in no row of architecture.rst"
		next
	}
	row_of($2) > row_of($1) {
		print "kmod/" $1 ": needs what is above it: " $2
	}
	END {
		for (file in row)
			if (!(file in there) && file !~ /^nl_gen|\//)
				print "architecture.rst: there is no " file
	}' <(layer_table) <(layered) <(module_needs)
}

# tsort names the members of each circle.
circles() {
	local list

	for list in module_needs "needs tool $LB_BUILD/tool-obj tool_sources"; do
		$list | tsort 2>&1 >/dev/null | sed 's/^tsort: //'
	done
}

# Two nouns in one room
long_files() {
	sources 'kmod/*.[ch]' | xargs -r wc -l |
		awk '$2 != "total" && $1 > 900 { print $2 ": " $1 " lines" }'
}

# under LINES NAME <FILES: neither comments nor empty lines count.
under() {
	xargs -rn1 gcc -w -fpreprocessed -dD -E -P |
		awk -v limit="$1" -v name="$2" 'END {
			if (NR >= limit) print name ": " NR " lines" }'
}

long_modules() {
	layered | sed '/^kmod\/\(ipvs\|sync\)\//d' | under 14000 lb
	layered | sed -n '/^kmod\/sync\//p' | under 3000 lb_sync
	layered | sed -n '/^kmod\/ipvs\//p' | under 2500 lb_ipvs
}

# A test with a label that there is not would run nowhere, and one whose line of
# processors is misspelt on two.
test_labels() {
	local test words word

	for test in selftests/tests/*.sh; do
		grep -nHiE '^# *kernels? *:' "$test" |
			grep -vE ':# Kernels:( [a-z0-9.]+)+$' |
			sed 's/$/: write "# Kernels: LABEL..."/'
		grep -nHiE '^# *cpus? *:' "$test" | grep -v ':# CPUs: 1$' |
			sed 's/$/: write "# CPUs: 1", or nothing for two/'
		[ "$(grep -c '^# Kernels:' "$test")" -le 1 ] ||
			echo "$test: more than one line of kernels"
		read -ra words < <(sed -n 's/^# Kernels://p' "$test")
		for word in "${words[@]}"; do
			[[ " $LB_LABELS quick " == *" $word "* ]] ||
				echo "$test: no kernel has the label $word"
		done
	done
}

# testing.rst has what suite.sh prints.
test_table() {
	diff -u --label testing.rst --label "suite.sh --table" \
		<(sed -n '/^test  /,/^$/{/./p}' Documentation/testing.rst) \
		<("$LB_VM/suite.sh" --table | sed 1d)
}

version_tests() {
	! sources 'kmod/*.[ch]' | sed '/^kmod\/compat\//d' |
		xargs -r grep -nE 'LINUX_VERSION_CODE|KERNEL_VERSION'
}

# dkms.conf must name what is built; compile() has just done that.
same_modules() {
	diff <(find "$LB_BUILD/host" -name '*.ko' \
			! -path '*/selftest/*' -printf '%P\n' | sort) \
		<(awk -F'"' '
			/^BUILT_MODULE_NAME/ { name = $2 }
			/^BUILT_MODULE_LOCATION/ { print $2 "/" name ".ko" }
		' dkms.conf | sort)
}

# Each picture of Documentation/ names the checksum of what it was drawn from.
pictures() {
	local dot

	cd Documentation || return
	for dot in *.dot; do
		grep -qF "$(sha256sum "$dot")" "${dot%.dot}.svg" ||
			echo "$dot: run make -C Documentation"
	done
}

licences() {
	git ls-files -co --exclude-standard | grep -v -e '^COPYING$' -e '/golden/' \
		-e '^debian/' |
	while read -r file; do
		head -n 5 "$file" | grep -q SPDX-License-Identifier ||
			echo "$file: no SPDX-License-Identifier"
	done
}

shell() {
	git ls-files -co --exclude-standard | while read -r file; do
		if head -n 1 "$file" | grep -qE '^#!.*\<(ba|da)?sh$' ||
		   [[ $file = *.sh ]]; then
			echo "$file"
		fi
	done | xargs -r shellcheck -x -f gcc
}

todos() {
	! git grep -nIwE --untracked 'TODO|FIXME|XXX|HACK' -- kmod tool \
		selftests scripts ':!selftests/lint.sh'
}

# xargs comes back here with the name of a function and files.
if [ $# -gt 0 ]; then
	"$@"
	exit
fi

echo "KTAP version 1"
brief=${LB_BRIEF:+1}
echo "1..$((21 - ${brief:-0}))"
lint "checkpatch --strict, module" checkpatch_kmod
lint "checkpatch --strict, tool" checkpatch_tool
lint "sparse and W=1" locked "$LB_BUILD/lint.lock" compile
lint "shellcheck" shell
lint "tool compiles without warnings" make -s tool
lint "module for 32 bits" locked "$LB_BUILD/lint.lock" cross_module i386
[ -n "$brief" ] ||
	lint "module for weak order" locked "$LB_BUILD/lint.lock" cross_module arm64
lint "module for big-endian" locked "$LB_BUILD/lint.lock" cross_module s390x
lint "tool for other processors" locked "$LB_BUILD/lint.lock" cross_tool
lint "layers" layers
lint "no circles" circles
lint "no file over 900 lines" long_files
lint "modules under 14,000, 3,000 and 2,500 lines of code" long_modules
lint "version tests in compat only" version_tests
lint "DKMS installs what is built" same_modules
lint "pictures are of their sources" pictures
lint "documents agree with the sources" selftests/docs.py
lint "tests for kernels that there are" test_labels
lint "the table of tests" test_table
lint "licence in each file" licences
lint "nothing left for later" todos
exit $failed
