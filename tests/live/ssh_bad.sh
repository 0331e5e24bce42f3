#!/usr/bin/env bats
# ssh_bad.sh - strangers before SFTP begins: SSH servers that are none, and lines that change, lose or
# hold back what goes over them.
#
# Each test is a shell of its own:
# shellcheck disable=SC2154,SC2153,SC2030,SC2031

load ../lib/setup
load ../lib/strangers

setup_file() {
	server_sshd REAL
	export POOL=$BATS_FILE_TMPDIR
	random_file "$POOL/large" 3000000
	[[ -z ${REAL_ROOT-} ]] || cp "$POOL/large" "$REAL_ROOT/large"
}

setup() {
	clean_environment
	TIMEOUT=20s
}

# stranger MODE: netkit and an SSH server of that mode.
stranger() {
	echo "stranger $1"
	server_ssh_peer STRANGER "mode=$1"
	ends_by_itself "$NETKIT" sftp ls --ssh-config=none --ssh-transport="${2:-libssh2}" --known-hosts=known \
		--trust=tofu --connect-timeout=1s --timeout=1s "$STRANGER_URL/"
	failed
	[[ ! -s known ]]
}

@test "banners without end, none, junk, another protocol" {
	local mode
	for mode in lines line nothing close junk http old escape; do
		stranger "$mode"
	done
}

@test "a banner, and then nothing good" {
	local mode
	for mode in banner banner-wait banner-junk kex-half kex-close kex-wait kex-lie kex-long ignore; do
		stranger "$mode"
	done
}

@test "packets of impossible lengths before there are keys" {
	local mode
	for mode in length-huge length-max length-zero padding; do
		stranger "$mode"
	done
}

@test "a server that says good-bye is quoted, without its control characters" {
	stranger goodbye
	stranger goodbye-lie
}

@test "no algorithm in common: 35" {
	stranger kex-none
	expect_exit 35
	stranger kex-empty
	stranger kex-none auto
}

@test "silence during the key exchange: 28" {
	local mode
	for mode in nothing banner-wait kex-wait; do
		stranger "$mode"
		expect_exit 28
	done
}

# between MODE ARG...: get from the real server with something in between.
between() {
	local mode=$1
	shift
	echo "between $mode $*"
	server_ssh_peer BETWEEN "mode=$mode" to="$REAL_PORT"
	sed "s/]:[0-9]*/]:$BETWEEN_PORT/" "$REAL_KNOWN_HOSTS" >known
	ends_by_itself "$NETKIT" sftp get --ssh-config=none --ssh-transport="${TRANSPORT:-libssh2}" \
		--known-hosts=known --trust=strict --identity="$REAL_KEY" --connect-timeout=2s --timeout="$TIMEOUT" \
		"$@" "sftp://$REAL_USER@127.0.0.1:$BETWEEN_PORT$REAL_ROOT/large"
}

@test "a byte that is changed on the way never gets into a file" {
	server_need REAL
	local at
	TIMEOUT=2s
	# So that what libssh2 leaks when keys cannot be agreed on is known for its.
	export ASAN_OPTIONS=fast_unwind_on_malloc=0
	for at in 5 60 500 1200 1500 2000 3000 20000 500000 2000000; do
		between "flip:$at"
		failed_or large "$POOL/large"
		((at < 1500)) || failed
		rm -f large*
	done
	for at in 60 1200 2000 3000; do
		between "flip-up:$at"
		failed_or large "$POOL/large"
		rm -f large*
	done
}

@test "a bad MAC ends the connection, and is said" {
	server_need REAL
	between flip:500000
	failed
	[[ $status == 35 || $status == 56 ]]
	rm -f large*
	TRANSPORT=openssh between flip:500000
	failed
}

@test "a byte that is missing on the way" {
	server_need REAL
	local at
	TIMEOUT=1s
	for at in 60 1500 20000 500000; do
		between "cut:$at"
		failed
		rm -f large*
	done
}

@test "a line that goes dead: 28" {
	server_need REAL
	local at
	TIMEOUT=500ms
	for at in 10 500 2000 20000 500000; do
		between "stall:$at" --connect-timeout=500ms
		failed
		expect_exit 28
		rm -f large*
	done
	TRANSPORT=openssh between stall:500000
	expect_exit 28
	rm -f large*
	between stall-up:3000 --connect-timeout=500ms
	expect_exit 28
}

@test "a connection that is cut: what came is kept to be resumed" {
	server_need REAL
	local at
	for at in 10 500 2000 20000; do
		between "close:$at"
		failed
		rm -f large*
	done
	# More than can be on the way at once.
	random_file "$REAL_ROOT/large" 40000000
	between close:30000000
	failed
	expect_exit 56
	[[ -e large.part ]]
	between turns
	expect_exit 0
	cmp large "$REAL_ROOT/large"
	cp "$POOL/large" "$REAL_ROOT/large"
}
