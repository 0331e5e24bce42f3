#!/bin/sh
# run.sh [FILE]... - run the tests that use the program: tests/live, tests/cli and tests/wire.
#
# NETKIT is the program (build/netkit), TEST_JOBS how many files run at once (2). WIRE_SLOW
# stretches the time a scripted conversation may take, for sanitizers and valgrind.
set -eu
here=$PWD
cd "$(dirname "$0")/../.."
NETKIT=${NETKIT:-build/netkit}
case $NETKIT in
/*) ;;
*) if [ -x "$here/$NETKIT" ]; then NETKIT=$here/$NETKIT; else NETKIT=$PWD/$NETKIT; fi ;;
esac
export NETKIT
# Leaks of libraries, for SANITIZE=1; named one by one in the file.
export LSAN_OPTIONS="suppressions=$PWD/tests/lib/lsan.supp:print_suppressions=0"
if [ ! -x "$NETKIT" ]; then
	echo "run.sh: $NETKIT is not there: make builds it" >&2
	exit 1
fi
if [ $# -eq 0 ]; then
	for file in tests/lib/selftest*.sh tests/live/*.sh tests/cli/*.sh tests/wire/*.wire; do
		[ ! -e "$file" ] || set -- "$@" "$file"
	done
else
	for file; do
		shift
		case $file in /*) ;; *) file=$here/$file ;; esac
		set -- "$@" "$file"
	done
fi
exec prove --jobs "${TEST_JOBS:-2}" --exec tests/lib/tap "$@"
