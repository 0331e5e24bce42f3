#!/bin/sh
# The rules of the code that a machine can check: format, layers, banned functions, headers alone,
# cppcheck, shellcheck. Says what is wrong and where; one line when all is well.
#
# usage: tests/lib/lint.sh
set -u
cd "$(dirname "$0")/../.." || exit 1

work=$(mktemp -d) || exit 1
trap 'rm -rf "$work"' EXIT
trap 'exit 130' HUP INT TERM

# Every file of a kind that git would take, committed or not.
files() {
	if git rev-parse --git-dir >/dev/null 2>&1; then
		git ls-files --cached --others --exclude-standard "$@"
	else
		for pattern; do
			find . -path ./build -prune -o -type f -name "${pattern##*/}" -print
		done | sed 's,^\./,,'
	fi | sort -u | while IFS= read -r file; do
		[ ! -e "$file" ] || printf '%s\n' "$file"
	done
}

files '*.c' '*.h' >"$work/c"
grep -E '^(core|include|applets)/' "$work/c" >"$work/code"
grep -E '\.h$' "$work/code" | grep -v '^applets/list\.h$' >"$work/headers"

format() {
	xargs -P2 -n40 clang-format --dry-run -Werror <"$work/c"
}

# A file may include headers of its own layer or a lower one. A public header's layer is the folder
# its .c lives in; what has no .c is the command line's.
layers() {
	# shellcheck disable=SC2046 # names without blanks
	awk -v list="$work/code" '
		BEGIN {
			split("base lib net auth fs cli", order, " ")
			for (i in order)
				rank[order[i]] = i
			rank["applet"] = 7
			while ((getline line < list) > 0)
				if (line ~ /^core\/[a-z]+\/[a-z0-9_]+\.c$/) {
					n = split(line, part, "/")
					sub(/\.c$/, "", part[3])
					home[part[3]] = part[2]
				}
		}
		function bad(text) {
			printf "%s:%d: %s\n", FILENAME, FNR, text
			failed = 1
		}
		function public_layer(name) {
			return name in home ? home[name] : "cli"
		}
		FNR == 1 {
			n = split(FILENAME, part, "/")
			layer = "applet"
			if (part[1] == "core")
				layer = n == 2 ? "applet" : part[2]
			else if (part[1] == "include" && part[3] == "lib")
				layer = "lib"
			else if (part[1] == "include") {
				name = part[3]
				sub(/\.h$/, "", name)
				layer = public_layer(name)
			}
			folder = FILENAME
			sub(/[^\/]*$/, "", folder)
			first = ""
		}
		/^#include "/ {
			split($0, quoted, "\"")
			name = quoted[2]
			if (first == "")
				first = name
			if (name == "applets.h") {
				if (FILENAME != "core/main.c")
					bad("only core/main.c sees the applets")
			} else if (name ~ /^netkit\/lib\//) {
				if (rank[layer] < rank["lib"])
					bad(layer " must not include " name)
			} else if (name ~ /^netkit\//) {
				module = name
				sub(/^netkit\//, "", module)
				sub(/\.h$/, "", module)
				if (rank[public_layer(module)] > rank[layer])
					bad(layer " must not include " name " of " public_layer(module))
			} else if (name ~ /\// || system("test -f " folder name) != 0)
				bad(name " is not of this folder")
		}
		/^#include </ && FILENAME !~ /^include\/netkit\/lib\// &&
		/<(openssl|libssh2|ldap|lber|net-snmp|libsmbclient|gmime|gsasl|histedit|ares|zlib)[.\/_a-z]*>/ {
			bad("library headers belong to include/netkit/lib")
		}
		END { exit failed }
	' $(cat "$work/code")
}

# STYLE: what is rejected on sight, as far as a pattern can see it. Strings and comments do not
# count.
banned() {
	# shellcheck disable=SC2046
	awk '
		function bad(text) {
			printf "%s:%d: %s\n", FILENAME, FNR, text
			failed = 1
		}
		FNR == 1 {
			if (FILENAME ~ /\/(util|common)s?\.[ch]$/)
				bad("a name that says nothing")
			comment = 0
			depth = 0
		}
		{
			code = $0
			gsub(/\\./, "", code)
			gsub(/"[^"]*"/, "\"\"", code)
			gsub(/\047[^\047]*\047/, "0", code)
			if (comment && sub(/^.*\*\//, "", code))
				comment = 0
			if (comment)
				next
			gsub(/\/\*([^*]|\*+[^*\/])*\*+\//, "", code)
			if (sub(/\/\*.*$/, "", code))
				comment = 1
		}
		code ~ /\/\// { bad("// comment") }
		code ~ /(^|[^a-zA-Z0-9_])(strcpy|strcat|sprintf|vsprintf|strtok|atoi|atol|atof|sscanf|gets|alloca|alarm)[ ]*\(/ {
			bad("banned function")
		}
		code ~ /(^|[^a-zA-Z0-9_.>])(exit|perror)[ ]*\(|fprintf[ ]*\([ ]*stderr/ &&
		FILENAME !~ /^core\/(main|base\/log|base\/mem)\.c$/ {
			bad("only main, log and mem may do this")
		}
		code ~ /(^|[^a-zA-Z0-9_])poll[ ]*\(/ && FILENAME != "core/net/wait.c" { bad("the only poll() is in wait.c") }
		code ~ /^\{/ { start = FNR }
		code ~ /^\}/ && start {
			if (FNR - start > 55)
				bad("a function of " FNR - start " lines")
			start = 0
		}
		FNR == 651 { bad("a file of more than 650 lines") }
		END { exit failed }
	' $(cat "$work/code")
}

alone() {
	xargs -P2 -I{} cc -std=gnu11 -D_GNU_SOURCE -Wall -Wextra -Werror -Iinclude -fsyntax-only -x c {} \
		<"$work/headers" 2>&1 | grep -v 'pragma once' >"$work/alone"
	cat "$work/alone"
	[ ! -s "$work/alone" ]
}

# What did not change since the last run is not looked at again.
cppcheck_all() {
	mkdir -p build/cppcheck || return 1
	grep '\.c$' "$work/code" | grep -v '^core/main\.c$' |
		cppcheck --file-list=- -j2 --cppcheck-build-dir=build/cppcheck --quiet --error-exitcode=1 --std=c11 --language=c \
			--enable=warning,portability --inline-suppr --max-configs=1 -Iinclude \
			-D_GNU_SOURCE -D__GNUC__ -DNK_VERSION='""' --suppress=missingIncludeSystem \
			--suppress=unusedStructMember --suppress=internalAstError --suppress=nullPointerRedundantCheck 2>&1
}

shells() {
	{
		files '*.sh' '*.bash' '*.bats'
		# Those without an ending, by their first line.
		files '*' | grep -vF . | xargs -d '\n' grep -HnaE -m1 '^#!.*[/ ](ba|da)?sh' /dev/null |
			sed -n 's/:1:#!.*//p'
	} | sort -u | grep -v '^completions/' >"$work/sh"
	xargs -P2 -n8 shellcheck -x -P SCRIPTDIR <"$work/sh"
}

failed=
for check in format layers banned alone cppcheck_all shells; do
	"$check" >"$work/$check.out" 2>&1 &
	eval "pid_$check=$!"
done
for check in format layers banned alone cppcheck_all shells; do
	eval "wait \$pid_$check" && continue
	failed="$failed $check"
	cat "$work/$check.out"
done
if [ -n "$failed" ]; then
	echo "lint: failed:$failed"
	exit 1
fi
echo "lint: $(wc -l <"$work/c") C files and $(wc -l <"$work/sh") shell files are fine"
