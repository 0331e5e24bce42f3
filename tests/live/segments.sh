#!/usr/bin/env bats
# segments.sh - one large file over several connections: the bytes are right, whatever happens to the
# connections, the servers and us.
#
# Each test is a shell of its own, and what servers and runs export:
# shellcheck disable=SC2154,SC2030,SC2031,SC2016

load ../lib/setup
load ../lib/sftp

SIZE=$((40 * 1024 * 1024))

setup_file() {
	export POOL=$BATS_FILE_TMPDIR
	random_file "$POOL/big" "$SIZE"
	server_vsftpd VS login=joe
	server_vsftpd VS_TLS login=joe tls=explicit reuse=yes force_tls=yes
	server_vsftpd VS_TWO login=joe conf=$'max_per_ip=2\n'
	server_proftpd PRO login=joe write=yes
	server_proftpd PRO_TWO login=joe conf=$'MaxClientsPerUser 2\n'
	server_sshd SSHD
	server_sshd SSHD_FULL full=30m
	server_sshd PASSWORD auth=password
	server_mod_sftp MOD
	server_ftp_peer PEER "file=$POOL/big"
	local server root
	for server in VS VS_TLS VS_TWO PRO PRO_TWO SSHD MOD; do
		root=${server}_ROOT
		[[ -n ${!root-} ]] || continue
		ln "$POOL/big" "${!root}/big" 2>/dev/null || cp "$POOL/big" "${!root}/big"
		chmod a+r "${!root}/big"
	done
}

# ftp SERVER, then $URL and the options of its login.
ftp() {
	server_need "$1"
	local url=$1_URL root=$1_ROOT
	URL=${!url} ROOT=${!root-}
	WHO=(--password-file="$JOE_PASSWORD_FILE" --ca="$CERTS/ca.pem")
}

# peer MODE: the stranger is so from now on, and forgets what it saw.
peer() {
	server_need PEER
	server_stop PEER
	server_ftp_peer PEER "file=$POOL/big"
	echo "$1" >"$PEER_MODE"
	: >"$PEER_SEEN"
	URL=$PEER_URL
	WHO=()
	cp "$POOL/big" expected
}

# seg VERB ARG...: netkit, whatever comes of it
seg() {
	run_netkit "$1" "${WHO[@]}" --progress=none "${@:2}"
}

# Nothing but the file, and it is right.
is_whole() {
	cmp "${1:-big}" "$POOL/big"
	[[ ! -e ${1:-big}.part && ! -e ${1:-big}.part.info && ! -e ${1:-big}.part.next ]]
}

# get_by N OPTION...
get_by() {
	seg get -v --segments="$1" "${@:2}" "$URL/big"
	expect_exit 0
	[[ $stderr == *" in $1 segments"* ]]
	is_whole
	rm big
}

@test "ftp: in parts from vsftpd" {
	ftp VS
	get_by 2
	get_by 3
	get_by 8
}

@test "ftp: in parts from vsftpd over TLS" {
	ftp VS_TLS
	get_by 4
}

@test "ftp: in parts from proftpd, which is told where each ends" {
	ftp PRO
	get_by 4
	[[ $stderr == *'> RANG '* ]]
}

@test "sftp: in parts from sshd, each over a connection of its own" {
	on SSHD
	# Not all of it is there before all of them are.
	get_by 4 --limit-rate=8M
	[ "$(grep -c 'logged in as' <<<"$stderr")" = 4 ]
}

@test "sftp: in parts from sshd by way of the ssh program" {
	on PROGRAM
	get_by 2
}

@test "sftp: in parts from mod_sftp" {
	on MOD
	get_by 4
}

# put_by N: and what was there before keeps its permissions
put_by() {
	seg put -v --segments="$1" "$POOL/big" "$URL/up"
	expect_exit 0
	[[ $stderr == *" in $1 segments"* ]]
	cmp "$ROOT/up" "$POOL/big"
	run ! compgen -G "$ROOT/up.*"
}

@test "sftp: in parts to sshd and mod_sftp" {
	local server
	for server in SSHD MOD; do
		on "$server"
		put_by 4
		echo old >"$ROOT/up"
		chmod 604 "$ROOT/up"
		put_by 3
		[ "$(stat -c %a "$ROOT/up")" = 604 ]
		rm "$ROOT/up"
	done
}

@test "sftp: a target that is a link is written as usual, and its NAME.part is somebody's own" {
	on SSHD
	: >"$ROOT/aim"
	ln -s aim "$ROOT/link"
	echo mine >"$ROOT/kept.part"
	chmod 666 "$ROOT/aim"
	seg put -v --segments=4 "$POOL/big" "$URL/link"
	expect_exit 0
	[[ $stderr == *'goes over one connection'* && -L $ROOT/link ]]
	cmp "$ROOT/aim" "$POOL/big"
	seg put -v --segments=4 "$POOL/big" "$URL/kept"
	expect_exit 0
	[[ $stderr == *' in 4 segments'* ]]
	cmp "$ROOT/kept" "$POOL/big"
	[ "$(cat "$ROOT/kept.part")" = mine ]
	rm "$ROOT"/{aim,link,kept,kept.part}
}

@test "sftp: a full server keeps nothing of what did not fit: 70" {
	on SSHD_FULL
	seg put --segments=4 "$POOL/big" "$URL/full/up"
	expect_exit 70
	run_netkit ls "${WHO[@]}" "$URL/full"
	expect_exit 0
	[[ -z $output ]]
}

@test "sizes, hashes and times are kept and compared" {
	on SSHD
	seg get --segments=4 --verify=hash --preserve --json "$URL/big"
	expect_exit 0
	[[ $output == *'"verified":"SHA-256"'* && $output == *"\"bytes\":$SIZE,"* ]] || {
		echo "$output"
		return 1
	}
	is_whole
	[ "$(stat -c %Y big)" = "$(stat -c %Y "$ROOT/big")" ]
	seg put --segments=4 --verify=hash --json "$POOL/big" "$URL/up"
	expect_exit 0
	[[ $output == *'"verified":"SHA-256"'* ]]
	rm "$ROOT/up"
}

@test "what can never be in parts is refused: 4" {
	ftp PRO
	seg put --segments=2 "$POOL/big" "$URL/up"
	expect_exit 4
	[[ $stderr == *'--segments: ftp cannot be written in parts'* ]]
	seg cat --segments=2 "$URL/big"
	expect_exit 4
	seg put --segments=1 "$POOL/big" "$URL/up"
	expect_exit 0
	rm "$ROOT/up"
}

@test "a small file is one piece" {
	ftp VS
	echo small >"$ROOT/small"
	chmod a+r "$ROOT/small"
	seg get -v --segments=4 "$URL/small"
	expect_exit 0
	[[ $stderr != *segments* ]]
	[ "$(cat small)" = small ]
}

@test "a server with room for two sessions makes it slower, and no failure" {
	ftp VS_TWO
	seg get -v --segments=4 "$URL/big"
	expect_exit 0
	[[ $stderr == *'one segment less'* ]]
	is_whole
}

# The session that looked for the name is there still, and what is copied comes before its parts.
@test "a server with room for two sessions, one of them taken" {
	ftp VS_TWO
	seg get -v --glob --segments=4 "$URL/bi?"
	expect_exit 0
	[[ $stderr == *'one segment less'* ]]
	is_whole
}

# Each part ends where it is told; what the others leave behind that is asked for then.
@test "a server that tells where a part ends, with room for two sessions" {
	ftp PRO_TWO
	seg get -v --segments=4 "$URL/big"
	expect_exit 0
	[[ $stderr == *'one segment less'* ]]
	is_whole
}

@test "sftp: a key whose passphrase is typed opens one connection, and that is enough" {
	on SSHD
	install -m 600 "$SSHD_KEY" key
	ssh-keygen -q -p -N 'open it' -f key
	on_terminal '(?i)passphrase' 'open it' -- get --identity=key -v --ssh-config=none \
		--known-hosts="$SSHD_KNOWN_HOSTS" --segments=4 --progress=none "$URL/big"
	expect_exit 0
	[[ $stderr == *'one segment less'* ]]
	is_whole
}

@test "a server with room for one session is read over that" {
	peer alone
	seg get -v --segments=4 "$URL/file"
	expect_exit 0
	[[ $stderr == *'one segment less'* ]]
	is_whole file
	[ "$(grep -c login "$PEER_SEEN")" = 1 ]
}

@test "a server that leaves the others without a word is not waited for" {
	peer tarpit
	seg get -v --timeout=0 --connect-timeout=0 --segments=4 "$URL/file"
	expect_exit 0
	[[ $stderr == *'not needed any more'* ]]
	is_whole file
}

@test "a wrong password is refused once" {
	ftp VS
	echo wrong >wrong
	seg get --password-file=wrong --segments=4 "$URL/big"
	expect_exit 67
	[ "$(grep -c 'FAIL LOGIN' "${VS_LOG%/log}/ftp.log")" = 1 ]
	on PASSWORD
	seg get --auth=password --password-file=wrong --segments=4 "$URL/big"
	expect_exit 67
	[ "$(grep -c 'Failed password' "$PASSWORD_LOG")" = 1 ]
}

@test "the rate is one for all" {
	local before after
	ftp VS
	before=$(date +%s%N)
	seg get --segments=4 --limit-rate=20M "$URL/big"
	after=$(date +%s%N)
	expect_exit 0
	is_whole
	# Forty at twenty a second.
	((after - before > 1700000000))
}

@test "the meter counts all of it, once" {
	on SSHD
	run_netkit get "${WHO[@]}" --segments=4 --progress=json "$URL/big"
	expect_exit 0
	[[ ${stderr##*$'\n'} == *"\"bytes\":$SIZE"* ]]
}

# --- ended in the middle -------------------------------------------------------------------------

is_noted() {
	[[ $(sed -n 3p big.part.info 2>/dev/null) == *-*-* ]]
}

# killed_get N ARG...: a get that is killed outright once several parts were noted.
killed_get() {
	local pid n=$1
	shift
	"$NETKIT" get "${WHO[@]}" --progress=none --segments="$n" --limit-rate=15M "$@" 3>&- 4>&- &
	pid=$!
	await is_noted
	kill -KILL "$pid"
	wait "$pid" || true
	[[ ! -e big ]]
}

# number KEY: of the transfer's record
number() {
	grep -o "\"$1\":[0-9]*" <<<"${output%%$'\n'*}" | cut -d: -f2
}

# goes_on ARG...: what is missing is fetched, and no more
goes_on() {
	local there
	there=$(sed -n 3p big.part.info | tr , '\n' | awk -F- '{ sum += $2 - $1 } END { print sum }')
	((there > 0))
	seg get --json "$@"
	expect_exit 0
	is_whole
	echo "there: $there, record: $output"
	[ "$(number resumed_at)" = "$there" ]
	[ "$(number bytes)" = $((SIZE - there)) ]
	rm big
}

@test "killed, and gone on with by other numbers: ftp" {
	ftp VS
	killed_get 4 "$URL/big"
	goes_on --segments=2 "$URL/big"
	killed_get 3 "$URL/big"
	goes_on "$URL/big"
	killed_get 4 "$URL/big"
	goes_on --segments=16 "$URL/big"
}

@test "killed, and gone on with by other numbers: sftp" {
	on SSHD
	killed_get 4 --sync "$URL/big"
	goes_on --segments=3 "$URL/big"
	killed_get 2 "$URL/big"
	goes_on "$URL/big"
}

@test "what one connection began several go on with" {
	ftp VS
	timeout -s KILL 1 "$NETKIT" get "${WHO[@]}" --progress=none --limit-rate=10M "$URL/big" || true
	[[ -s big.part && $(head -c 9 big.part.info) == 'netkit 1 ' ]]
	seg get --json --segments=4 "$URL/big"
	expect_exit 0
	(($(number resumed_at) > 1000000))
	is_whole
}

@test "interrupted: what is there is kept, and gone on with" {
	ftp PRO
	local pid
	"$NETKIT" get "${WHO[@]}" --progress=none --segments=4 --limit-rate=15M "$URL/big" 3>&- 4>&- &
	pid=$!
	await is_noted
	kill -INT "$pid"
	wait "$pid" || status=$?
	[ "$status" = 130 ]
	goes_on --segments=4 "$URL/big"
}

@test "after the source has changed, nothing of the old one is used" {
	ftp VS
	cp "$ROOT/big" "$ROOT/moving"
	chmod a+r "$ROOT/moving"
	killed_get 4 "$URL/moving" big
	random_file "$ROOT/moving.new" "$SIZE"
	touch -d 2020-01-01 "$ROOT/moving.new"
	chmod a+r "$ROOT/moving.new"
	mv "$ROOT/moving.new" "$ROOT/moving"
	seg get -v --timeout=5s --segments=4 "$URL/moving" big
	expect_exit 0
	[[ $stderr == *'has changed since it was interrupted'* ]]
	cmp big "$ROOT/moving"
}

@test "a note that was spoilt is not believed" {
	ftp VS
	killed_get 4 "$URL/big"
	sed -i '3s/^/7-3,/' big.part.info
	seg get --json --segments=4 "$URL/big"
	expect_exit 0
	cmp big "$POOL/big"
	[ "$(number resumed_at)" = 0 ]
}

@test "--resume=never begins anew" {
	ftp VS
	killed_get 4 "$URL/big"
	seg get --json --segments=4 --resume=never "$URL/big"
	expect_exit 0
	is_whole
	[ "$(number resumed_at)" = 0 ]
}

@test "a full disk: 23, and gone on with when there is room" {
	ftp VS
	server__can_mount || skip 'a full disk needs root and private mounts'
	mkdir disk
	run --separate-stderr with_full_disk 30m "$PWD/disk" sh -c '
		"$@" "$0/big" disk/big
		echo "status $?"
		ls -A disk' "$URL" "$NETKIT" get "${WHO[@]}" --progress=none --segments=4
	[[ $output == *'status 23'* && $output == *big.part.info* && $stderr == *'No space left'* ]]
	[[ $'\n'$output$'\n' != *$'\nbig\n'* ]]
}

# --- strangers -----------------------------------------------------------------------------------

# nothing_of_it EXIT REGEX: it failed so, and left nothing
nothing_of_it() {
	expect_exit "$1"
	[[ $stderr =~ $2 ]] || {
		echo "said: $stderr"
		return 1
	}
	[[ ! -e file && ! -e file.part && ! -e file.part.info ]]
}

@test "one that begins at the first byte, wherever it is told to begin: 18" {
	peer deaf
	seg get --segments=4 "$URL/file"
	nothing_of_it 18 'does not begin where it is told'
}

@test "one that cannot begin elsewhere is read over one connection" {
	peer unwilling
	seg get -v --segments=4 "$URL/file"
	expect_exit 0
	is_whole file
	[[ $stderr == *'cannot resume'* ]]
	[ "$(grep -c 'RETR 0' "$PEER_SEEN")" = 1 ]
}

@test "one that ends early and says it was all: 18" {
	peer early
	seg get --segments=4 "$URL/file"
	expect_exit 18
	[[ $stderr == *'ended after'* && ! -e file ]]
}

@test "one whose file is smaller than it says: 18" {
	peer larger
	seg get --segments=4 "$URL/file"
	expect_exit 18
	[[ ! -e file ]]
}

@test "one whose file is larger than it says: 18" {
	peer smaller
	seg get --segments=4 "$URL/file"
	nothing_of_it 18 'sent more'
}

@test "one whose file changes meanwhile: 18, and no mixture" {
	peer changed
	seg get --segments=4 "$URL/file"
	nothing_of_it 18 'has changed just now'
}

@test "a connection that is lost leaves its part to the others" {
	peer dying:2000000
	seg get -v --segments=4 "$URL/file"
	expect_exit 0
	is_whole file
	[[ $stderr == *'one segment less'* ]]
}

@test "who is done takes half of what the slowest has before it" {
	peer slow
	seg get --segments=2 "$URL/file"
	expect_exit 0
	is_whole file
	# Beyond the two beginnings there is a third.
	[ "$(grep -c RETR "$PEER_SEEN")" -ge 3 ]
}

@test "when all are lost, another try goes on with what is missing" {
	peer stuck
	seg get --segments=4 --retries=20 --retry-delay=10ms "$URL/file"
	expect_exit 0
	is_whole file
	[ "$(grep -c 'RETR 0$' "$PEER_SEEN")" = 1 ]
}

@test "when all are lost and no other try is due: 56, and what is there is kept" {
	peer stuck
	seg get --segments=4 "$URL/file"
	((status == 56 || status == 18))
	[[ ! -e file && -s file.part && -s file.part.info ]]
}
