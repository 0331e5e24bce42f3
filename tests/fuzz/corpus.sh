#!/bin/sh
# corpus.sh - run each fuzz entry beside this file over its corpus, as plain tests.
#
# The build puts a copy beside the programs fuzz_NAME_corpus; it is run from the top folder.
set -eu
entries=0
inputs=0
for program in "$(dirname "$0")"/fuzz_*_corpus; do
	name=${program##*/fuzz_}
	name=${name%_corpus}
	corpus=tests/fuzz/corpus/$name
	if ! count=$("$program" "$corpus"); then
		for input in "$corpus"/*; do
			"$program" "$input" >/dev/null 2>&1 || echo "corpus: $name fails on $input" >&2
		done
		exit 1
	fi
	entries=$((entries + 1))
	inputs=$((inputs + count))
done
echo "corpus: $inputs inputs of $entries fuzz entries pass"
