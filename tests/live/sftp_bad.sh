#!/usr/bin/env bats
# sftp_bad.sh - strangers: whatever an SFTP server says, the program ends by itself, says why, and
# writes nothing where it should not.
#
# Each test is a shell of its own, and called by another name:
# shellcheck disable=SC2154,SC2016,SC2030,SC2031,SC2317

load ../lib/setup
load ../lib/strangers

setup_file() {
	server_sshd PEER subsystem=peer
	export POOL=$BATS_FILE_TMPDIR STAND_IN=$BATS_FILE_TMPDIR/bin
	random_file "$POOL/up" 300000
	python3 -B -c 'import sys
sys.path.insert(0, sys.argv[1])
from sftp_server import LARGE
sys.stdout.buffer.write(LARGE)' "$SERVERS_LIB" >"$POOL/large"
	mkdir "$STAND_IN"
	printf '#!/bin/sh\nexec python3 -B %q "$SFTP_PEER"\n' "$SERVERS_LIB/sftp_peer.py" >"$STAND_IN/ssh"
	chmod +x "$STAND_IN/ssh"
}

setup() {
	clean_environment
	TIMEOUT=20s
}

# peer MODE VERB ARG...: netkit sftp and a server of that mode, which takes the place of the ssh
# program or, when LIBRARY is set, is the subsystem of a real sshd.
peer() {
	local mode=$1 verb=$2
	shift 2
	echo "peer $mode, $verb $*, ${LIBRARY:-ssh program}"
	if [[ -n ${LIBRARY-} ]]; then
		echo "$mode" >"$PEER_MODE"
		ends_by_itself "$NETKIT" sftp "$verb" --ssh-config=none --ssh-transport=libssh2 \
			--known-hosts="$PEER_KNOWN_HOSTS" --trust=strict --identity="$PEER_KEY" \
			--timeout="$TIMEOUT" "$@"
	else
		SFTP_PEER=$mode PATH=$STAND_IN:$PATH ends_by_itself "$NETKIT" sftp "$verb" --ssh-config=none \
			--ssh-transport=openssh --known-hosts=none --timeout="$TIMEOUT" "$@"
	fi
}

# by_both FUNCTION ARG...: without and with the library; URL is the server's root.
by_both() {
	local LIBRARY='' URL=sftp://joe@stranger
	"$@"
	rm -rf ./*
	server_need PEER
	LIBRARY=libssh2
	URL=sftp://$PEER_USER@$PEER_HOST:$PEER_PORT
	"$@"
	rm -rf ./*
}

# --- good servers of other kinds -----------------------------------------------------------------

# all_verbs MODE: everything works, whatever the server's ways.
all_verbs() {
	local mode=$1
	export SFTP_PEER_SAVE=$PWD/saved
	mkdir saved
	peer "$mode" get "$URL/large"
	expect_exit 0
	cmp large "$POOL/large"
	peer "$mode" get --recursive --jobs=4 "$URL/dir"
	expect_exit 0
	[[ $(cat dir/one dir/two dir/sub/deep) == $'one\ntwo\ndeep' ]]
	peer "$mode" put "$POOL/up" "$URL/dir/up"
	expect_exit 0
	[[ -n ${LIBRARY-} ]] || cmp saved/%dir%up "$POOL/up"
	peer "$mode" ls --fields=name "$URL/"
	expect_exit 0
	[[ $output == $'a.txt\ndir\nempty\nlarge' ]]
	peer "$mode" cat "$URL/empty" "$URL/a.txt"
	expect_exit 0
	[[ $output == hello ]]
	rm -rf saved large dir
}

@test "replies in any order" {
	by_both all_verbs reorder
}

@test "short reads" {
	by_both all_verbs short:random
	by_both all_verbs short:1000
	one_byte() {
		peer short:1 get --recursive "$URL/dir"
		expect_exit 0
		[[ $(cat dir/one dir/two dir/sub/deep) == $'one\ntwo\ndeep' ]]
	}
	by_both one_byte
}

@test "a server without extensions" {
	by_both all_verbs plain
}

@test "limits that are none" {
	local mode
	for mode in zero huge max short; do
		by_both all_verbs "limits:$mode"
	done
	tiny() {
		peer limits:tiny cat "$URL/a.txt"
		expect_exit 0
		[[ $output == hello ]]
		echo small >small
		peer limits:tiny put small "$URL/small"
		expect_exit 0
	}
	by_both tiny
}

@test "handles of 0, 256, 257 and 5000 bytes" {
	handles() {
		local size
		for size in 0 1 256 257 5000; do
			peer "handle:$size" get "$URL/large"
			failed_or large "$POOL/large"
			((size == 0 || size > 256)) || expect_exit 0
			rm -f large*
		done
	}
	by_both handles
}

@test "stderr of the server is shown without its control characters, and a flood of it stops nothing" {
	noisy() {
		peer stderr:text get "$URL/a.txt"
		expect_exit 0
		# sshd keeps to itself what a subsystem writes there.
		[[ -n $LIBRARY || $stderr == *'warning: something'* ]]
		peer stderr:flood get "$URL/large"
		expect_exit 0
		cmp large "$POOL/large"
	}
	by_both noisy
}

# --- names ---------------------------------------------------------------------------------------

# listed KIND: what is printed has no control characters, line by line.
listed() {
	peer "names:$1" ls "$URL/trap"
	[[ $output != *$'\e'* && $output != *$'\a'* && $output != *$'\r'* ]]
	peer "names:$1" ls --json "$URL/trap"
	((status != 0)) || python3 -c 'import json, sys
for line in sys.argv[1].splitlines():
    json.loads(line)' "$output"
}

@test "names that lead elsewhere are refused, and nothing is written there" {
	elsewhere() {
		local kind
		for kind in slash parent absolute empty nul long huge; do
			mkdir -p nest/here
			cd nest/here
			listed "$kind"
			peer "names:$kind" get --recursive "$URL/trap"
			((status != 0))
			[[ ! -e ../evil && ! -e ../../evil && ! -e evil && ! -e /tmp/netkit-evil ]]
			[[ -z $(find . -type f) ]]
			cd ../..
			rm -rf nest
		done
	}
	by_both elsewhere
}

@test ". and .. in a folder are passed over" {
	dots() {
		local kind
		for kind in dots dots-folder; do
			peer "names:$kind" ls --all --fields=name "$URL/trap"
			expect_exit 0
			peer "names:$kind" get --recursive "$URL/trap"
			expect_exit 0
			[[ -d trap && -z $(ls -A trap) ]]
			rm -r trap
		done
	}
	by_both dots
}

@test "odd names arrive as they are" {
	odd() {
		local kind name
		for kind in newline escape latin backslash option; do
			case $kind in
			newline) name=$'two\nlines' ;;
			escape) name=$'\e]0;evil\a\e[2J\r' ;;
			latin) name=$'caf\xe9' ;;
			backslash) name='..\evil' ;;
			option) name=-rf ;;
			esac
			listed "$kind"
			peer "names:$kind" get --recursive "$URL/trap"
			expect_exit 0
			[[ $(cat "trap/$name") == evil ]]
			rm -r trap
		done
	}
	by_both odd
}

@test "a link that becomes a folder does not lead out of the target" {
	export SFTP_PEER_LINK=$BATS_TEST_TMPDIR/outside
	mkdir "$SFTP_PEER_LINK"
	local URL=sftp://joe@stranger
	peer names:twice get --recursive "$URL/trap"
	[[ -z $(ls "$SFTP_PEER_LINK") ]]
	peer names:twice get --recursive --preserve "$URL/trap"
	[[ -z $(ls "$SFTP_PEER_LINK") ]]
}

# --- sizes ---------------------------------------------------------------------------------------

@test "a size that lies: the whole file, or a failure" {
	lies() {
		local kind
		for kind in smaller zero growing; do
			peer "size:$kind" get "$URL/large"
			((status != 0)) || cmp -n 3000000 large "$POOL/large"
			rm -f large*
			peer "size:$kind" cat "$URL/a.txt"
			((status != 0)) || [[ $output == hello* ]]
		done
		for kind in bigger shrinking; do
			peer "size:$kind" get "$URL/large"
			failed
			rm -f large*
		done
		peer size:max get "$URL/large"
		failed_or large "$POOL/large"
		rm -f large*
	}
	by_both lies
}

@test "more data than was asked for" {
	too_much() {
		peer too-much get "$URL/large"
		failed_or large "$POOL/large"
	}
	by_both too_much
}

@test "an upload of which nothing is kept is found out" {
	lost() {
		peer full:lost put --verify=size "$POOL/up" "$URL/up"
		failed
		peer full:lost put --verify=hash "$POOL/up" "$URL/up"
		failed
	}
	by_both lost
}

@test "a disk that is full while it is written, and when it is closed" {
	full() {
		peer full:100000 put "$POOL/up" "$URL/up"
		failed
		[[ $stderr == *'No space left'* ]]
		peer full:close put "$POOL/up" "$URL/up"
		failed
		[[ $stderr == *quota* ]]
	}
	by_both full
}

# --- what never ends -----------------------------------------------------------------------------

@test "folders and files without end stop at the deadline" {
	endless() {
		local kind
		for kind in same new; do
			peer "endless:$kind" ls --deadline=1s "$URL/"
			failed
			peer "endless:$kind" get --recursive --deadline=1s "$URL/" got
			failed
			rm -rf got
		done
		# A part without names is the end, as OpenSSH sees it.
		peer endless:empty ls "$URL/"
		[[ -z $output ]]
		peer endless:deep get --recursive --deadline=5s "$URL/" got
		failed
		rm -rf got
		peer endless:file get --deadline=300ms "$URL/large"
		((status != 0)) || [[ -s large ]]
		rm -rf large*
	}
	by_both endless
}

@test "a request that is never answered: 28" {
	silent() {
		local count
		TIMEOUT=300ms
		for count in 0 1 2 3 4 5; do
			peer "silent:$count" get "$URL/large"
			failed
			expect_exit 28
			rm -f large*
		done
		peer silent:read get "$URL/large"
		expect_exit 28
		rm -f large*
		peer silent:close get "$URL/large"
		failed_or large "$POOL/large"
		rm -f large*
		for count in write close; do
			peer "silent:$count" put "$POOL/up" "$URL/up"
			expect_exit 28
		done
		peer silent:2 get --recursive "$URL/dir"
		expect_exit 28
		peer silent:3 put --recursive "$POOL/bin" "$URL/bin"
		failed
	}
	by_both silent
}

@test "the version never comes: 28" {
	never() {
		TIMEOUT=300ms
		peer version:never ls "$URL/"
		expect_exit 28
	}
	by_both never
}

# --- packets -------------------------------------------------------------------------------------

@test "ids of requests that nobody made" {
	ids() {
		local kind
		TIMEOUT=1s
		for kind in other zero; do
			peer "id:$kind" get "$URL/large"
			failed
			rm -f large*
			peer "id:$kind" ls "$URL/"
			failed
		done
	}
	by_both ids
}

@test "replies that come twice" {
	twice() {
		peer id:twice get "$URL/large"
		failed_or large "$POOL/large"
		rm -f large*
		peer id:twice put "$POOL/up" "$URL/up"
		peer id:twice ls "$URL/"
	}
	by_both twice
}

@test "packets over the limit, empty, cut short, of junk" {
	packets() {
		local kind at
		for kind in huge negative over zero one junk half length type inner bare; do
			for at in 1 3; do
				peer "packet:$kind:$at" get "$URL/large"
				failed
				rm -f large*
			done
			peer "packet:$kind:3" ls "$URL/"
			failed
			peer "packet:$kind:3" put "$POOL/up" "$URL/up"
			failed
		done
		peer packet:trailing get "$URL/large"
		failed_or large "$POOL/large"
	}
	TIMEOUT=1s
	by_both packets
}

@test "answers of the wrong kind" {
	mixed() {
		local kind
		for kind in ok eof data handle attrs no-names names attrs-lie extended; do
			peer "mixed:$kind" get "$URL/large"
			failed
			rm -f large*
			peer "mixed:$kind" put "$POOL/up" "$URL/up"
			failed
			peer "mixed:$kind" get --recursive "$URL/dir" got
			failed
			rm -rf got
		done
		for kind in ok data handle attrs names extended; do
			peer "mixed:$kind" ls "$URL/"
			failed
		done
	}
	TIMEOUT=1s
	by_both mixed
}

@test "status codes nobody knows, without text, with too much of it" {
	codes() {
		local kind
		for kind in 4711 4294967295 bare text latin; do
			peer "status:$kind" get "$URL/large"
			failed
			peer "status:$kind" put "$POOL/up" "$URL/up"
			failed
			peer "status:$kind" rm "$URL/a.txt"
			failed
			peer "status:$kind" ls "$URL/"
			failed
		done
		peer status:long get "$URL/large"
		failed
		((${#stderr} < 10000))
	}
	by_both codes
}

# --- the start and the end -----------------------------------------------------------------------

@test "versions 2, 4, 6 and none" {
	versions() {
		local version
		for version in 0 other short extensions; do
			peer "version:$version" get "$URL/large"
			failed
		done
		# As OpenSSH does, we may go on and see: these servers speak version 3 all the same.
		for version in 2 4 6 4294967295 many; do
			peer "version:$version" get "$URL/large"
			failed_or large "$POOL/large"
			rm -f large*
		done
	}
	TIMEOUT=1s
	by_both versions
}

@test "a shell that greets: what it said is shown" {
	greeting() {
		peer greeting:text get "$URL/large"
		failed
		[[ $stderr == *Welcome* ]]
		peer greeting:only get "$URL/large"
		failed
		[[ $stderr == *'not available'* ]]
		peer greeting:escape get "$URL/large"
		failed
		peer greeting:endless get "$URL/large"
		failed
	}
	by_both greeting
}

@test "gone at every step" {
	gone() {
		local count
		for count in 0 1 2 3 4 5 6 8 11 20; do
			peer "disconnect:$count" get "$URL/large"
			failed_or large "$POOL/large"
			((count > 3)) || failed
			rm -f large*
			peer "disconnect:$count" get --recursive "$URL/dir" got
			((status != 0)) || [[ $(cat got/one got/two got/sub/deep) == $'one\ntwo\ndeep' ]]
			rm -rf got
			peer "disconnect:$count" put "$POOL/up" "$URL/up"
			((count > 3)) || failed
			peer "disconnect:$count" ls "$URL/"
			((count > 3)) || failed
		done
	}
	by_both gone
}

@test "a lost connection is 56" {
	lost() {
		local count
		for count in 2 3 4; do
			peer "disconnect:$count" get "$URL/large"
			expect_exit 56
		done
	}
	by_both lost
}

@test "the ssh program ends with an error of its own: its words are ours" {
	printf '#!/bin/sh\necho "ssh: something is wrong" >&2\nexit 255\n' >ssh
	chmod +x ssh
	PATH=$PWD:$PATH ends_by_itself "$NETKIT" sftp ls --ssh-config=none --ssh-transport=openssh sftp://joe@stranger/
	failed
	[[ $stderr == *'something is wrong'* ]]
}
