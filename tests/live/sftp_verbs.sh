#!/usr/bin/env bats
# sftp_verbs.sh - what sftp lists, changes and cannot do, on sshd and mod_sftp, by both transports.
#
# Scripts for an inner bash expand there, and each test is a shell of its own:
# shellcheck disable=SC2154,SC2034,SC2016,SC2030,SC2031

load ../lib/setup
load ../lib/sftp

setup_file() {
	sftp_servers
}

@test "every server runs here" {
	server_need SSHD MOD JAIL
}

# --- the other verbs -----------------------------------------------------------------------------

verbs() {
	as_joe mkdir "$URL/made"
	[[ -d $ROOT/made ]]
	as_joe mkdir --parents "$URL/made/a/b/c"
	[[ -d $ROOT/made/a/b/c ]]
	as_joe mkdir --parents "$URL/made/a/b/c"
	as_joe put "$POOL/tree/sub/text" "$URL/made/a/"
	cmp "$ROOT/made/a/text" "$POOL/tree/sub/text"
	as_joe mv "$URL/made/a/text" "$FOLDER/made/renamed"
	[[ -f $ROOT/made/renamed && ! -e $ROOT/made/a/text ]]
	as_joe mv "$URL/made/renamed" other
	[[ -f $ROOT/made/other ]]
	as_joe chmod 600 "$URL/made/other"
	[[ $(stat -c %a "$ROOT/made/other") == 600 ]]
	as_joe chmod u+x,g+r "$URL/made/other"
	[[ $(stat -c %a "$ROOT/made/other") == 740 ]]
	as_joe rm "$URL/made/other"
	[[ ! -e $ROOT/made/other ]]
	as_joe rmdir "$URL/made/a/b/c"
	[[ ! -e $ROOT/made/a/b/c ]]
	as_joe put --recursive "$POOL/tree" "$URL/made/"
	as_joe rm --recursive "$URL/made"
	[[ ! -e $ROOT/made ]]
}

@test "mkdir, mv, chmod, rm, rmdir" {
	for_each verbs
}

@test "mv replaces a file where the server can" {
	on SSHD
	echo old >"$ROOT/target"
	echo new >"$ROOT/source"
	as_joe mv "$URL/source" "$FOLDER/target"
	[[ $(cat "$ROOT/target") == new && ! -e $ROOT/source ]]
}

@test "ln" {
	on SSHD
	echo linked >"$ROOT/first"
	((EUID != 0)) || chown "$SERVERS_USER" "$ROOT/first"
	as_joe ln "$URL/first" "$FOLDER/second"
	[[ $(cat "$ROOT/second") == linked ]]
	as_joe rm "$URL/first" "$URL/second"
}

@test "df" {
	room() {
		as_joe df --json "$URL/"
		python3 -c 'import json, sys
assert json.loads(sys.argv[1])["v"] == 1' "$output"
	}
	for_each room
}

looking() {
	as_joe ls "$URL/tree/sub" --fields=name
	[[ $output == *$' a  b \n'* ]]
	[[ $output == *'caf\xe9'* ]]
	as_joe stat "$URL/large" --fields=kind,size,name
	[[ $output == $'file\t3000000\tlarge' ]]
	as_joe stat "$URL/tree" --fields=kind,name
	[[ $output == $'dir\ttree' ]]
	as_joe find "$URL/tree" --name='3*' --fields=name
	[[ $(wc -l <<<"$output") == 11 ]]
	as_joe find "$URL/tree" --type=d --fields=name
	[[ $output == *deep* ]]
	mkdir "$ROOT/sizes"
	cp "$POOL/large" "$POOL/tree/sub/text" "$ROOT/sizes"
	as_joe find "$URL/sizes" --larger=2M --fields=name
	[[ $output == *large* && $output != *text* ]]
	rm -r "$ROOT/sizes"
	as_joe du "$URL/tree"
	[[ ${lines[-1]} == "$(find "$POOL/tree" -type f -printf '%s\n' | awk '{ s += $1 } END { print s }')"$'\t44\t.' ]]
}

@test "ls, stat, find, du" {
	for_each looking
}

@test "ls leaves out dot files, and --all shows them" {
	dots() {
		mkdir -p "$ROOT/dots"
		: >"$ROOT/dots/.hidden"
		as_joe ls --fields=name "$URL/dots"
		[[ -z $output ]]
		as_joe ls --all --fields=name "$URL/dots"
		[[ $output == .hidden ]]
	}
	for_each dots
}

@test "ls of a file is that file" {
	itself() {
		as_joe ls --fields=size,name "$URL/large"
		[[ $output == $'3000000\tlarge' ]]
	}
	for_each itself
}

@test "stat --json: kind, size, mode and time, as the file has them" {
	known() {
		touch -d 2021-02-03T04:05:06Z "$ROOT/large"
		chmod 640 "$ROOT/large"
		as_joe stat --json "$URL/large"
		python3 -c 'import json, sys
entry = json.loads(sys.argv[1])
assert entry["v"] == 1 and entry["type"] == "entry", entry
assert entry["url"] == sys.argv[2], entry
assert entry["name"] == "large" and entry["kind"] == "file" and entry["size"] == 3000000, entry
assert entry["mtime"] == "2021-02-03T04:05:06Z" and entry["mode"] == "0640", entry' \
			"$output" "$URL/large"
	}
	for_each known
}

@test "names that are not UTF-8 come as base64" {
	latin() {
		as_joe ls --json "$URL/tree/sub"
		[[ $output == *"\"name_b64\":\"$(printf 'caf\xe9' | base64)\""* ]]
	}
	for_each latin
}

@test "every line of --json is an object" {
	on SSHD
	: >lines
	as_joe ls --json --recursive "$URL/tree"
	printf '%s\n' "$output" >>lines
	as_joe get --json --recursive "$URL/tree"
	printf '%s\n' "$output" >>lines
	as_joe du --json "$URL/tree"
	printf '%s\n' "$output" >>lines
	try_joe get --json --log-format=json "$URL/none" "$URL/large"
	printf '%s\n' "$output" "$stderr" >>lines
	as_joe get --progress=json "$URL/large" again
	printf '%s\n' "$stderr" >>lines
	(($(wc -l <lines) > 90))
	python3 -c 'import json, sys
for line in sys.stdin.buffer:
    assert isinstance(json.loads(line), dict), line' <lines
}

@test "the scheme chooses the applet, and host:path is a target" {
	top_level() {
		run_netkit get "${WHO[@]}" "$URL/large"
		expect_exit 0
		cmp large "$POOL/large"
		run_netkit put "${WHO[@]}" large "$URL/by-scheme"
		expect_exit 0
		cmp "$ROOT/by-scheme" large
		run_netkit ls "${WHO[@]}" --fields=name "$URL/tree"
		[[ $output == $'empty\nsub' ]]
		run_netkit cp "${WHO[@]}" "$URL/large" "$URL/by-cp"
		expect_exit 0
		cmp "$ROOT/by-cp" large
		run_netkit cp "${WHO[@]}" "$URL/by-cp" copied
		expect_exit 0
		cmp copied large
	}
	for_each top_level
}

@test "cp between two servers" {
	on MOD
	local from=$URL
	on SSHD
	cat "$MOD_KNOWN_HOSTS" "$SSHD_KNOWN_HOSTS" >both
	run_netkit cp "${WHO[@]}" --known-hosts=both "$from/large" "$URL/from-mod"
	expect_exit 0
	cmp "$ROOT/from-mod" "$POOL/large"
}

# copies EXIT ARG...: netkit cp as joe, who knows the server by two names.
copies() {
	local exit=$1
	shift
	run_netkit cp "${WHO[@]}" --known-hosts=both "$@"
	expect_exit "$exit"
	((exit == 0)) || [[ $stderr == *'onto itself'* ]]
}

onto_itself() {
	local there=$ROOT/itself other=${URL/127.0.0.1/localhost}/itself
	sed 'p;s/127\.0\.0\.1/localhost/' "${WHO[1]#*=}" >both
	mkdir -p "$there/sub"
	cp "$POOL/large" "$there/file"
	cp "$POOL/large" "$there/sub/more"
	ln -s file "$there/link"
	((EUID != 0)) || chown -R "$SERVERS_USER" "$there"
	copies 2 "$URL/itself/file" "$other/file"
	copies 2 "$URL/itself/link" "$other/file"
	copies 2 "$URL/itself/file" "$URL/itself/link"
	copies 2 --segments=2 "$URL/itself/file" "$other/file"
	copies 100 --recursive "$URL/itself" "$other"
	copies 100 --jobs=1 "$URL/itself/gone" "$URL/itself/file" "$other/"
	ln -s ../file "$there/sub/file"
	copies 100 --jobs=1 "$URL/itself/link" "$URL/itself/file" "$URL/itself/sub/"
	rm "$there"/sub/{link,file}
	run_netkit cp "${WHO[@]}" --known-hosts=both --recursive "$URL/itself" "$other/sub/"
	expect_exit 2
	[[ $stderr == *'into itself'* && ! -e $there/sub/itself/sub ]]
	rmdir "$there/sub/itself"
	cmp "$there/file" "$POOL/large"
	cmp "$there/sub/more" "$POOL/large"
	[[ $(find "$there" -type f | wc -l) == 2 ]]
	# In another folder it is another file.
	copies 0 "$URL/itself/file" "$other/sub/file"
	copies 0 "$URL/itself/file" "$other/sub/more"
	copies 0 "$URL/itself/file" "$other/sub/file"
	cmp "$there/sub/file" "$POOL/large"
	rm -r "$there"
}

@test "a file is not copied onto itself, whatever the server is called" {
	for_each onto_itself
}

# --- what cannot be done -------------------------------------------------------------------------

@test "missing: 78" {
	missing() {
		fails 78 '/none' get "$URL/none"
		fails 78 '/none/a' get "$URL/none/a"
		fails 78 '/none' ls "$URL/none"
		fails 78 '/none' stat "$URL/none"
		fails 78 '/none' cat "$URL/none"
		fails 78 '/none' rm "$URL/none"
		fails 78 '/none' rmdir "$URL/none"
		fails 78 '/none' mv "$URL/none" "$FOLDER/other"
		fails 78 '/none' chmod 600 "$URL/none"
		fails 78 '/none' get --recursive "$URL/none"
		[[ -z $(ls) ]]
	}
	for_each missing
}

@test "denied: 9" {
	((EUID == 0)) || skip 'the server runs as the owner'
	denied() {
		fails 9 '/denied/inside' get "$URL/denied/inside"
		fails 9 '/denied' ls "$URL/denied"
		fails 9 '/readonly/new' put "$POOL/large" "$URL/readonly/new"
		fails 9 '/readonly/kept' rm "$URL/readonly/kept"
		fails 9 '/readonly/new' mkdir "$URL/readonly/new"
		[[ -z $(ls) && -e $ROOT/readonly/kept ]]
	}
	EVERYWHERE=(SSHD PROGRAM MOD)
	for_each denied
}

@test "an unreadable file in a tree: 100, and the others arrive" {
	((EUID == 0)) || skip 'the server runs as the owner'
	some() {
		mkdir -p "$ROOT/mixed"
		echo yes >"$ROOT/mixed/readable"
		echo no >"$ROOT/mixed/secret"
		chmod 0 "$ROOT/mixed/secret"
		fails 100 'secret' get --recursive "$URL/mixed"
		[[ $(cat mixed/readable) == yes && ! -e mixed/secret ]]
	}
	for_each some
}

@test "a folder where a file was meant: 4" {
	folder() {
		fails 4 '/tree' get "$URL/tree"
		[[ -z $(ls) ]]
	}
	for_each folder
}

@test "existing folder: 73, existing target with --no-clobber: 73" {
	existing() {
		fails 73 '/tree' mkdir "$URL/tree"
		echo mine >text
		fails 73 'text' get --no-clobber "$URL/tree/sub/text" text
		[[ $(cat text) == mine ]]
		fails 73 '/text' put --no-clobber text "$URL/tree/sub/text"
		cmp "$ROOT/tree/sub/text" "$POOL/tree/sub/text"
	}
	for_each existing
}

@test "a folder that is not empty is not removed" {
	not_empty() {
		try_joe rmdir "$URL/tree"
		((status != 0))
		[[ -e $ROOT/tree/sub/text && -n $stderr ]]
	}
	for_each not_empty
}

@test "some of several: 100, and the others are done" {
	some_missing() {
		fails 100 '/none' get "$URL/none" "$URL/large"
		cmp large "$POOL/large"
	}
	for_each some_missing
}

@test "a full disk there: 70, and it is said" {
	server_sshd FULL full=64k
	on FULL
	fails 70 'no space' put "$POOL/large" "$URL/full/large"
}

@test "a full disk here: 23, and the file is not there" {
	on SSHD
	mkdir disk
	run --separate-stderr with_full_disk 64k disk "$NETKIT" sftp get "${WHO[@]}" "$URL/large" disk/large
	((status != 77)) || skip 'a full disk needs root and private mounts'
	expect_exit 23
	[[ $stderr == *'No space left'* ]]
}

@test "a full device here: 23" {
	local server
	for server in SSHD PROGRAM; do
		on "$server"
		fails 23 'No space left' get "$URL/large" /dev/full
	done
}

@test "a closed pipe ends it quietly" {
	local server
	for server in SSHD PROGRAM; do
		on "$server"
		run --separate-stderr bash -c 'set -o pipefail
			"$NETKIT" sftp cat "$@" | head -c 10 | wc -c' bash "${WHO[@]}" "$URL/large"
		[[ $output == 10 && -z $stderr ]]
	done
}

interrupted() {
	local signal=$1 expected=$2 pid
	"$NETKIT" sftp get "${WHO[@]}" --limit-rate=300k "$URL/large" 3>&- 2>said &
	pid=$!
	await longer_than 20000 large.part
	kill "-$signal" "$pid"
	status=0
	wait "$pid" || status=$?
	((status == expected))
	[[ ! -e large && -e large.part ]]
	rm large.part*
}

@test "SIGINT: 130, SIGTERM: 143; what was fetched stays to be resumed" {
	local server
	for server in SSHD PROGRAM MOD; do
		on "$server"
		interrupted INT 130
		interrupted TERM 143
	done
}

@test "the server dies in the middle: 56, and the program does not" {
	local pid
	server_sshd DYING
	fill DYING
	on DYING
	"$NETKIT" sftp get "${WHO[@]}" --limit-rate=300k "$URL/large" 3>&- 2>said &
	pid=$!
	await longer_than 20000 large.part
	server_stop DYING
	status=0
	wait "$pid" || status=$?
	((status == 56))
	[[ -s said && ! -e large ]]
}
