# shellcheck shell=bash
# setup.bash - what every live and cli test starts with: `load ../lib/setup`.
#
# netkit runs the program under test, with a home, a clock and a language that are always the same.
# $BATS_TEST_TMPDIR is the working directory. servers.sh is there; teardown_file stops the servers
# of a file that does not define one itself.

# shellcheck source-path=SCRIPTDIR source=servers.sh
source "$(dirname "${BASH_SOURCE[0]}")/servers.sh"

bats_require_minimum_version 1.5.0

NETKIT=${NETKIT:-$(cd "$(dirname "${BASH_SOURCE[0]}")/../.." && pwd)/build/netkit}
export NETKIT

netkit() {
	"$NETKIT" "$@"
}

setup() {
	clean_environment
}

teardown_file() {
	servers_stop
}

# An empty home, no settings of the caller, UTC; the test's own folder as working directory.
clean_environment() {
	local name
	for name in $(compgen -e); do
		case $name in
		NETKIT_* | *_proxy | *_PROXY | XDG_* | NETRC | SSL_CERT_* | CREDENTIALS_DIRECTORY | NO_COLOR | \
			SSH_*)
			[[ $name == NETKIT_SERVERS ]] || unset "$name"
			;;
		esac
	done
	export HOME=$BATS_TEST_TMPDIR/home LC_ALL=C.UTF-8 TZ=UTC TERM=dumb
	mkdir -p "$HOME" "$BATS_TEST_TMPDIR/work"
	cd "$BATS_TEST_TMPDIR/work" || return 1
}

# run_netkit ARG...: $status, $output (stdout) and $stderr, each by itself; no terminal to ask on.
run_netkit() {
	run --separate-stderr setsid --wait "$NETKIT" "$@" </dev/null
}

# on_terminal [QUESTION ANSWER]... -- ARG...: netkit with somebody at a terminal (typed.py): what the
# terminal showed is the end of $output.
on_terminal() {
	local words=()
	while [[ $1 != -- ]]; do
		words+=("$1")
		shift
	done
	shift
	run --separate-stderr python3 "$SERVERS_LIB/typed.py" "${words[@]}" -- "$NETKIT" "$@"
}

# expect_exit N: the last run ended so; otherwise show what it said.
# shellcheck disable=SC2154 # status and output are set by run
expect_exit() {
	if ((status != $1)); then
		printf 'exit %s, expected %s\nstdout: %s\nstderr: %s\n' "$status" "$1" "$output" "${stderr-}" >&2
		return 1
	fi
}

# await COMMAND...: until it holds, ten seconds at most.
await() {
	local waited
	for ((waited = 0; waited < 10000; waited += 20)); do
		! "$@" || return 0
		server__pause
	done
	echo "never so: $*" >&2
	return 1
}

# longer_than SIZE FILE
longer_than() {
	local size
	size=$(stat -c %s "$2" 2>/dev/null) && ((size > $1))
}

# random_file PATH SIZE: bytes that do not compress (SIZE as head -c takes it).
random_file() {
	head -c "$2" /dev/urandom >"$1"
}
