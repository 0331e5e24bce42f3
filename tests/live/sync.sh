#!/usr/bin/env bats
# sync.sh - trees made equal between this disk, vsftpd, proftpd and sshd, in every direction.
#
# Scripts for an inner bash expand there, and each test is a shell of its own:
# shellcheck disable=SC2154,SC2034,SC2016,SC2030,SC2031

load ../lib/setup

# Those that joe can write to: with minutes only, with MLSD and MFMT, with neither, by SSH, and one that
# refuses times.
WRITABLE=(VS PRO PRO_LIST SSHD VS_DEAF)

setup_file() {
	server_vsftpd VS login=joe write=yes denied=yes
	server_vsftpd VS_DEAF login=joe write=yes conf=mdtm_write=NO
	server_proftpd PRO login=joe write=yes denied=yes
	server_proftpd PRO_LIST login=joe write=yes mlsd=no
	server_sshd SSHD denied=yes full=256k
	export POOL=$BATS_FILE_TMPDIR/pool
	mkdir -p "$POOL/sub/deep" "$POOL/empty"
	random_file "$POOL/large" 1500000
	: >"$POOL/nothing"
	seq 5000 >"$POOL/sub/text"
	echo spaces >"$POOL/sub/ a  b "
	printf 'latin' >"$POOL/sub/"$'caf\xe9'
	local i
	for ((i = 0; i < 40; i++)); do
		random_file "$POOL/sub/deep/$i" "$((i * 37))"
	done
	find "$POOL" -exec touch -d '2026-01-02 03:04:05' {} +
	touch -d '2019-05-06 07:08:09' "$POOL/sub/text"
	chmod 750 "$POOL/empty"
	chmod 640 "$POOL/large"
}

# on SERVER: URL is a folder of its own there, which is not there yet, and ROOT the same on disk.
on() {
	server_need "$1"
	local url=$1_URL root=$1_ROOT key=$1_KEY known=$1_KNOWN_HOSTS
	URL=${!url}/$BATS_TEST_NUMBER ROOT=${!root}/$BATS_TEST_NUMBER
	WHO=(--password-file="$JOE_PASSWORD_FILE")
	[[ $URL != sftp:* ]] || WHO=(--identity="${!key}" --known-hosts="${!known}" --trust=strict
		--ssh-config=none)
}

# for_each FUNCTION: call it for every server, in a folder of its own.
for_each() {
	local server
	for server in "${WRITABLE[@]}"; do
		echo "on $server" # shown when the test fails
		mkdir "$server"
		pushd "$server" >/dev/null || return 1
		on "$server"
		"$@"
		popd >/dev/null || return 1
	done
}

# sync ARG...: with JSON, and what it takes to log in
try_sync() {
	run_netkit sync "${WHO[@]}" --json "$@"
}

sync() {
	try_sync "$@"
	expect_exit 0
}

# summary KEY: of the last run
summary() {
	sed -n 's/.*"type":"summary".*"'"$1"'":\([0-9]*\).*/\1/p' <<<"$output"
}

# nothing_done: the last run found all the same
nothing_done() {
	[[ $(wc -l <<<"$output") == 1 && $(summary copied) == 0 && $(summary deleted) == 0 ]] || {
		echo "$output"
		return 1
	}
}

# owned PATH: by the user that servers work as
owned() {
	((EUID != 0)) || chown -R "$SERVERS_USER" "$1"
}

# --- equal trees ---------------------------------------------------------------------------------

here() {
	cp -a "$POOL" from
	sync from to
	diff -r from to
	[[ $(stat -c '%a %Y' to/empty to/large to/sub) == "$(stat -c '%a %Y' from/empty from/large from/sub)" ]]
	sync from to
	nothing_done
	[[ $(summary same) == 45 ]]
}

@test "from one folder here to another, times and permissions included" {
	here
}

there() {
	cp -a "$POOL" from
	sync from "$URL"
	[[ $(summary copied) == 45 ]]
	diff -r from "$ROOT"
	sync from "$URL"
	nothing_done
}

@test "to a server, and a second run moves nothing" {
	for_each there
}

back() {
	cp -r "$POOL" "$ROOT"
	owned "$ROOT"
	sync "$URL/" to/
	diff -r "$ROOT" to
	sync "$URL" to
	nothing_done
	[[ $(summary same) == 45 ]]
}

@test "from a server, and a second run moves nothing" {
	for_each back
}

changes() {
	cp -a "$POOL" from
	sync from "$URL"
	echo more >>from/sub/text
	echo new >from/new
	mkdir from/folder
	echo in >from/folder/in
	LC_ALL=C tr '[:lower:]' '[:upper:]' <from/sub/$'caf\xe9' >upper
	mv upper from/sub/$'caf\xe9'
	# Later than when it was stored, by any clock.
	touch -d '+1 hour' from/sub/$'caf\xe9'
	sync from "$URL"
	[[ $(summary copied) == 4 ]]
	[[ $output == *'"action":"update","reason":"size"'* ]]
	[[ $output == *'"action":"update","reason":"time"'* ]]
	[[ $output == *'"action":"copy","reason":"new"'* ]]
	diff -r from "$ROOT"
}

@test "what has changed is copied, and nothing else" {
	for_each changes
}

# folder_times DIR: of it and all below
folder_times() {
	(cd "$1" && find . -type d -printf '%P %TY-%Tm-%Td %TT\n' | sort)
}

# same_folder_times A B
same_folder_times() {
	diff <(folder_times "$1") <(folder_times "$2")
}

@test "folders keep their times, where both sides know them to the second" {
	local server
	cp -a "$POOL" from
	for server in PRO SSHD; do
		on "$server"
		sync from "$URL"
		same_folder_times from "$ROOT"
		# What is in them changes their time, and is done before it is set.
		mkdir -p "$ROOT/sub/extra"
		owned "$ROOT"
		sync --delete from "$URL"
		same_folder_times from "$ROOT"
		sync "$URL" "to$server"
		same_folder_times from "to$server"
		touch "to$server/sub"
		sync "$URL" "to$server"
		same_folder_times from "to$server"
		run_netkit get "${WHO[@]}" --recursive --preserve "$URL" "got$server"
		expect_exit 0
		same_folder_times from "got$server"
		rm -r "$ROOT"
		# ProFTPD takes names with two blanks apart when permissions are set.
		run_netkit put "${WHO[@]}" --recursive --preserve --exclude='* *' from "$URL"
		expect_exit 0
		same_folder_times from "$ROOT"
	done
	run_netkit cp --recursive --preserve from copied
	expect_exit 0
	same_folder_times from copied
}

read_only_folders() {
	cp -a "$POOL" from
	chmod 555 from/sub/deep
	sync from "$1"
	[[ $(stat -c %a "$2/sub/deep") == 555 ]]
	echo more >>from/sub/deep/1
	echo new >from/sub/deep/new
	rm from/sub/deep/2
	sync --delete from "$1"
	diff -r from "$2"
	[[ $(stat -c %a "$2/sub/deep") == 555 ]]
	# What only the target has is closed as well.
	chmod 755 from/sub/deep
	rm -r from/sub/deep
	sync --delete from "$1"
	diff -r from "$2"
}

@test "folders that their owner may not write to are made equal, and closed again" {
	on SSHD
	read_only_folders "$URL" "$ROOT"
	((EUID == 0)) || return 0
	# Here too, for those who are bound by permissions.
	mkdir here
	chown "$SERVERS_USER" here
	cd here
	cp "$NETKIT" netkit
	printf '#!/bin/sh\nexec setpriv --reuid=%s --clear-groups %s/netkit "$@"\n' "$SERVERS_USER" \
		"$PWD" >as_other
	chmod 755 as_other netkit
	chmod a+rx "$PWD" "$HOME" ..
	local WHO=()
	NETKIT=$PWD/as_other read_only_folders to to
}

@test "a server that sets no times of folders is asked once, and it is no failure" {
	on VS
	cp -a "$POOL" from
	run_netkit put -v "${WHO[@]}" --recursive --preserve from "$URL"
	expect_exit 0
	[[ $(grep -c 'folders get no times' <<<"$stderr") == 1 ]]
	diff -r from "$ROOT"
}

@test "from one server to another" {
	on VS
	local from=$URL from_root=$ROOT
	cp -r "$POOL" "$from_root"
	owned "$from_root"
	local password=("${WHO[@]}")
	on SSHD
	WHO+=("${password[@]}")
	sync "$from" "$URL"
	diff -r "$from_root" "$ROOT"
	sync "$from" "$URL"
	nothing_done
	mkdir here
	sync "$URL" here
	diff -r here "$ROOT"
}

by_hash() {
	cp -a "$POOL" from
	sync from "$URL"
	touch from/large
	LC_ALL=C tr '[:lower:]' '[:upper:]' <from/sub/$'caf\xe9' >upper
	touch -r from/sub/$'caf\xe9' upper
	mv upper from/sub/$'caf\xe9'
	sync --compare=hash from "$URL"
	[[ $(summary copied) == 1 ]]
	[[ $output == *'"action":"update","reason":"hash"'* ]]
	diff -r from "$ROOT"
}

@test "a change within the minute that a listing knows is seen" {
	on VS
	mkdir from
	echo 1 >from/a
	local minute
	minute=$(date '+%F %H:%M')
	touch -d "$minute:05" from/a
	sync from "$URL"
	echo 2 >from/a
	touch -d "$minute:25" from/a
	sync from "$URL"
	diff -r from "$ROOT"
	sync from "$URL"
	nothing_done
}

@test "--compare=hash sees what times do not, and leaves what they claim" {
	for_each by_hash
}

@test "--compare=size sees sizes only" {
	on SSHD
	cp -a "$POOL" from
	sync from "$URL"
	touch from/large
	sync --compare=size from "$URL"
	nothing_done
}

# --- deleting ------------------------------------------------------------------------------------

# extras ROOT: what only the target has
extras() {
	mkdir -p "$1/old/er"
	echo x >"$1/old/er/file"
	echo x >"$1/old/er/kept.tmp"
	echo x >"$1/extra"
	owned "$1"
}

deletes() {
	cp -a "$POOL" from
	sync from "$URL"
	extras "$ROOT"
	sync from "$URL"
	nothing_done
	[[ -e $ROOT/extra ]]
	try_sync --delete --max-delete=4 from "$URL"
	expect_exit 100
	[[ $stderr == *'nothing was deleted: it would be 5'* && -e $ROOT/extra ]]
	sync --delete --exclude='*.tmp' from "$URL"
	[[ $(summary deleted) == 2 && -e $ROOT/old/er/kept.tmp && ! -e $ROOT/extra ]]
	sync --delete --max-delete=3 from "$URL"
	[[ $(summary deleted) == 3 ]]
	diff -r from "$ROOT"
}

@test "--delete removes what only the target has, but for what is excluded" {
	for_each deletes
}

plan() {
	cp -a "$POOL" from
	sync --dry-run from "$URL"
	[[ $(grep -c '"type":"plan","action":"copy","reason":"new"' <<<"$output") == 45 ]]
	[[ ! -e $ROOT ]]
	sync from "$URL"
	extras "$ROOT"
	rm from/nothing
	echo longer >>from/sub/text
	find "$ROOT" -printf '%p %s %T@\n' | sort >before
	sync --dry-run --delete from "$URL"
	[[ $(grep -c '"action":"delete","reason":"extra"' <<<"$output") == 6 ]]
	[[ $output == *'"action":"update","reason":"size"'* ]]
	find "$ROOT" -printf '%p %s %T@\n' | sort >after
	cmp before after
}

@test "--dry-run says what would be done, and changes nothing" {
	for_each plan
}

not_clobbered() {
	cp -a "$POOL" from
	sync from "$URL"
	extras "$ROOT"
	echo more >>from/sub/text
	echo new >from/new
	cp -r "$ROOT" before
	try_sync --no-clobber --dry-run from "$URL"
	expect_exit 100
	[[ $(grep -c '"action":"copy"' <<<"$output") == 1 ]]
	diff -r before "$ROOT"
	try_sync --no-clobber from "$URL"
	expect_exit 100
	[[ $(summary copied) == 1 && $(summary failed) == 1 ]]
	[[ $stderr == *'sub/text: skipped: it exists already, and differs (size)'* ]]
	echo new >before/new
	diff -r before "$ROOT"
	# What is skipped does not keep what is gone.
	try_sync --no-clobber --delete from "$URL"
	expect_exit 100
	rm -r before/extra before/old
	diff -r before "$ROOT"
	rm from/sub/text
	sync --no-clobber from "$URL"
	nothing_done
}

@test "--no-clobber replaces nothing and tells what differs" {
	for_each not_clobbered
}

# Files, and others that are named as their partial ones, and larger or smaller.
named_as_parts() {
	mkdir from
	local name
	for name in x x.part x.part.info x.part.next x.part.part y z.part; do
		random_file "from/$name" 3000000
	done
	printf 'netkit 1 1.2.3\nsize=1 url=x\n' >from/y.part.info
	random_file from/y.part 17000000
	random_file from/z 17000000
}

parts() {
	cp -r ../from from
	sync "${SEGMENTS[@]}" from "$URL"
	diff -r from "$ROOT"
	rm -r "$ROOT"
	run_netkit put "${WHO[@]}" "${SEGMENTS[@]}" --recursive from "$URL"
	expect_exit 0
	diff -r from "$ROOT"
	sync "${READS[@]}" "$URL" to
	diff -r from to
	run_netkit get "${WHO[@]}" "${READS[@]}" --recursive "$URL" got
	expect_exit 0
	diff -r from got
	rm -r got
	run_netkit get "${WHO[@]}" "${READS[@]}" --recursive --no-clobber "$URL" got
	expect_exit 0
	diff -r from got
	rm -r from to got "$ROOT"
}

@test "names that are those of partial files" {
	local SEGMENTS=() READS=()
	named_as_parts
	sync from to
	diff -r from to
	run_netkit cp --recursive from copied
	expect_exit 0
	diff -r from copied
	for_each parts
}

@test "names that are those of partial files, in segments" {
	local SEGMENTS=(--segments=4) READS=(--segments=4)
	named_as_parts
	mkdir ssh ftp
	cd ssh
	on SSHD
	parts
	cd ../ftp
	on VS
	SEGMENTS=()
	parts
}

two_at_once() {
	local i
	mkdir from
	for ((i = 0; i < 15; i++)); do
		mkdir -p "from/$i/a/b/c"
	done
	"$NETKIT" sync "${WHO[@]}" from "$1" </dev/null 3>&- &
	sync from "$1"
	wait $!
	diff -r from "$2"
}

@test "two at once that make the same folders both succeed" {
	local WHO=() i
	for ((i = 0; i < 5; i++)); do
		mkdir "$i"
		(cd "$i" && two_at_once to to)
	done
	for_each eval 'two_at_once "$URL" "$ROOT"'
}

unreadable() {
	cp -a "$POOL" from
	mkdir -p "$ROOT/secret"
	echo x >"$ROOT/secret/in"
	owned "$ROOT"
	sync "$URL" to
	extras to
	chmod "$1" "$ROOT/secret"
	try_sync --delete "$URL" to
	chmod 755 "$ROOT/secret"
	expect_exit 100
	[[ $stderr == *'nothing was deleted'* && -e to/extra && -e to/secret/in ]]
}

@test "a folder of the source that cannot be listed deletes nothing" {
	((EUID == 0)) || skip 'the server must be another user than the one who tests'
	for_each unreadable 0
}

@test "one that vsftpd calls empty because it cannot be listed deletes nothing" {
	((EUID == 0)) || skip 'the server must be another user than the one who tests'
	on VS
	unreadable 311
}

@test "one that ProFTPD shows as empty because it cannot be listed deletes nothing" {
	((EUID == 0)) || skip 'the server must be another user than the one who tests'
	on PRO_LIST
	unreadable 311
	# Nor is it taken for empty when it is all that is asked for.
	rm -r from to "$ROOT"
	mkdir -p "$ROOT/secret" to
	echo x >"$ROOT/secret/in"
	owned "$ROOT"
	extras to
	chmod 311 "$ROOT/secret"
	try_sync --delete "$URL/secret" to
	expect_exit 9
	[[ $stderr == *'not even itself'* && -e to/extra ]]
	run_netkit get "${WHO[@]}" --recursive "$URL" got
	expect_exit 9
	[[ $stderr == *'not even itself'* ]]
	chmod 755 "$ROOT/secret"
	rm "$ROOT/secret/in"
	sync --delete "$URL/secret" to
	[[ -z $(ls -A to) ]]
}

@test "dot files that a server does not list are not deleted" {
	on PRO_LIST
	mkdir -p "$ROOT/.dir" "$ROOT/sub"
	echo x >"$ROOT/.dir/in"
	echo x >"$ROOT/sub/.hidden"
	# ProFTPD takes "LIST -a" for a question about this file.
	echo x >"$ROOT/-a"
	owned "$ROOT"
	cp -a "$ROOT" to
	extras to
	sync --delete "$URL" to
	diff -r "$ROOT" to
}

@test "a source that is not there deletes nothing" {
	on SSHD
	mkdir to
	extras to
	try_sync --delete "$URL/none" to
	expect_exit 78
	[[ -e to/extra ]]
	try_sync --delete none to
	expect_exit 26
	[[ -e to/extra ]]
}

kinds() {
	cp -a "$POOL" from
	sync from "$URL"
	rm -r "$ROOT/sub/deep"
	echo file >"$ROOT/sub/deep"
	rm "$ROOT/large"
	mkdir "$ROOT/large"
	echo in >"$ROOT/large/in"
	owned "$ROOT"
	try_sync from "$URL"
	expect_exit 100
	[[ -f $ROOT/sub/deep && -d $ROOT/large && $stderr == *'--delete replaces it'* ]]
	sync --delete from "$URL"
	diff -r from "$ROOT"
}

@test "a file where a folder must be, and the other way round" {
	for_each kinds
}

# --- what is refused -----------------------------------------------------------------------------

# refused EXIT REGEX ARG...
refused() {
	local exit=$1 regex=$2
	shift 2
	try_sync "$@"
	expect_exit "$exit"
	[[ $stderr =~ $regex ]] || {
		printf 'said: %s\n' "$stderr"
		return 1
	}
}

@test "one place under two names, and one inside the other: 2" {
	cp -a "$POOL" from
	ln -s from also
	local WHO=()
	refused 2 'one folder' from from
	refused 2 'one folder' from ./also/../from/
	refused 2 'one folder' from also
	refused 2 'one folder' from from/sub
	refused 2 'one folder' from also/sub/new
	refused 2 'one folder' from/sub from
	on SSHD
	cp -r from "$ROOT"
	ln -s sub "$ROOT/also"
	owned "$ROOT"
	refused 2 'one folder' "$URL" "$URL/"
	refused 2 'one folder' "$URL/sub" "$URL/./empty/../sub"
	refused 2 'one folder' "$URL/sub" "$URL/also"
	refused 2 'one folder' "$URL/also" "$URL/sub/deep/new"
	refused 2 'one folder' "$URL/sub" "$URL"
	diff -r from/sub "$ROOT/sub"
	on VS
	cp -r from "$ROOT"
	owned "$ROOT"
	# One server under two names.
	refused 2 'one folder' "$URL" "${URL/127.0.0.1/localhost}"
	refused 2 'one folder' "${URL/127.0.0.1/localhost}" "$URL/sub"
	run_netkit cp "${WHO[@]}" "$URL/large" "${URL/127.0.0.1/localhost}/large"
	expect_exit 2
	cmp from/large "$ROOT/large"
}

@test "files, standard input and options that are of no use: 2" {
	cp -a "$POOL" from
	local WHO=()
	refused 2 'cp copies files' from/large to
	refused 2 'cp copies files' from from/large
	refused 2 'takes folders' - to
	refused 2 'takes folders' from -
	refused 2 'join two versions' --resume=force from to
	refused 2 'without --delete' --max-delete=3 from to
	refused 2 'SRC DST' from
	refused 4 'in parts' --segments=2 from to
	refused 4 'cannot list folders' from tftp://127.0.0.1/x
	[[ ! -e to ]]
}

# --- what goes wrong -----------------------------------------------------------------------------

@test "names of all kinds" {
	mkdir -p from/$'new\nline' from/$'\e[31mred'
	echo 1 >from/$'new\nline/\x01\xff\xfe'
	echo 2 >from/'-rf *'
	echo 3 >from/"$(printf 'n%.0s' {1..255})"
	echo 4 >from/' '
	local deep=from i
	for ((i = 0; i < 60; i++)); do
		deep+=/d$i
	done
	mkdir -p "$deep"
	echo 5 >"$deep/end"
	on SSHD
	sync from "$URL"
	diff -r from "$ROOT"
	sync from "$URL"
	nothing_done
	sync "$URL" to
	diff -r from to
	extras to
	sync --delete "$URL" to
	diff -r from to
}

@test "links" {
	on SSHD
	cp -a "$POOL" from
	ln -s large from/link
	ln -s ../large from/sub/up
	sync from "$URL"
	[[ $(readlink "$ROOT/link") == large && $(readlink "$ROOT/sub/up") == ../large ]]
	sync from "$URL"
	nothing_done
	ln -sfn nothing from/link
	sync from "$URL"
	[[ $(summary copied) == 1 && $(readlink "$ROOT/link") == nothing ]]
	sync "$URL" to
	[[ $(readlink to/link) == nothing && $(readlink to/sub/up) == ../large ]]
	sync "$URL" to
	nothing_done
}

@test "links where none can be made are what they lead to" {
	on VS
	cp -a "$POOL" from
	ln -s sub/text from/link
	sync from "$URL"
	cmp "$ROOT/link" from/sub/text
	sync from "$URL"
	nothing_done
	ln -s sub from/folder
	extras "$ROOT"
	try_sync --delete from "$URL"
	expect_exit 100
	[[ $(grep -c 'a link to a folder is not followed' <<<"$stderr") == 1 ]]
	# What can never be copied is no reason to keep what is gone.
	[[ ! -e $ROOT/extra ]]
}

# killed LIMIT ARG...: kill a sync outright once it has moved something, then let it end
killed() {
	local target=$1
	shift
	"$NETKIT" sync "${WHO[@]}" --limit-rate=400k "$@" </dev/null 3>&- &
	await some_of "$target"
	kill -KILL $!
	wait $! || true
	! diff -rq from "$target" >/dev/null
	sync --delete "$@"
	diff -r from "$target"
	sync --delete "$@"
	nothing_done
}

some_of() {
	[[ -d $1 ]] && (($(du -sb "$1" 2>/dev/null | cut -f1) > 200000))
}

@test "killed in the middle and started again, there" {
	cp -a "$POOL" from
	local server
	for server in VS PRO SSHD; do
		on "$server"
		killed "$ROOT" from "$URL"
	done
}

@test "killed in the middle and started again, here" {
	cp -a "$POOL" from
	local server
	for server in VS SSHD; do
		on "$server"
		cp -a from "$ROOT"
		owned "$ROOT"
		killed "to$server" "$URL" "to$server"
	done
}

@test "interrupted, it deletes nothing" {
	on SSHD
	cp -a "$POOL" from
	mkdir to
	extras to
	"$NETKIT" sync --delete --limit-rate=400k from to </dev/null 3>&- &
	await some_of to
	kill -TERM $!
	local status=0
	wait $! || status=$?
	((status == 143))
	[[ -e to/extra ]]
}

@test "a full disk there deletes nothing" {
	on SSHD
	[[ -n ${SSHD_ROOT-} ]] && ((EUID == 0)) || skip 'a full disk needs root'
	cp -a "$POOL" from
	run_netkit put "${WHO[@]}" from/nothing "$SSHD_URL/full/extra"
	expect_exit 0
	try_sync --delete from "$SSHD_URL/full"
	expect_exit 100
	[[ $stderr == *'nothing was deleted'* ]]
	run_netkit ls "${WHO[@]}" --fields=name "$SSHD_URL/full"
	[[ $output == *extra* ]]
}

@test "a full disk here leaves no half file under its name, and deletes nothing" {
	on VS
	cp -a "$POOL" "$ROOT"
	owned "$ROOT"
	mkdir disk
	local script='mount -t tmpfs -o size=256k tmpfs disk && : >disk/extra || exit 77
		"$0" sync "$@" disk; status=$?; ls disk; exit $status'
	run --separate-stderr unshare --mount --propagation private bash -c "$script" "$NETKIT" \
		"${WHO[@]}" --delete "$URL"
	((status != 77)) || skip 'a full disk needs root and private mounts'
	expect_exit 100
	[[ $stderr == *'No space left'* && $stderr == *'nothing was deleted'* ]]
	[[ $output == *extra* && ! $output =~ (^|$'\n')large($|$'\n') ]]
}

@test "files that cannot be read: the others are copied" {
	((EUID == 0)) || skip 'the server must be another user than the one who tests'
	on SSHD
	cp -r "$POOL" "$ROOT"
	owned "$ROOT"
	chown root "$ROOT/large"
	chmod 600 "$ROOT/large"
	try_sync "$URL" to
	expect_exit 100
	rm "$ROOT/large"
	diff -r "$ROOT" to
}

@test "a target that refuses times: stored later is the same, and its clock is asked" {
	on VS_DEAF
	cp -a "$POOL" from
	sync from "$URL"
	sync from "$URL"
	nothing_done
	touch from/sub/text
	touch -d '+1 hour' from/large
	sync from "$URL"
	[[ $(summary copied) == 1 ]]
	run ! compgen -G "$ROOT/.netkit*"
}

@test "partial files of ours are no extras while their file is still to come" {
	on VS
	cp -a "$POOL" "$ROOT"
	owned "$ROOT"
	"$NETKIT" sync "${WHO[@]}" --limit-rate=1m "$URL" to </dev/null 3>&- &
	await longer_than 1100000 to/large.part
	kill -KILL $!
	wait $! || true
	[[ -e to/large.part.info ]]
	sync --dry-run --delete "$URL" to
	[[ $output != *'"action":"delete"'* ]]
	sync --delete --max-delete=1 "$URL" to
	[[ $output =~ '"resumed_at":'[1-9] ]]
	diff -r "$ROOT" to
}
