#!/usr/bin/env bats
# sftp.sh - what sftp moves, on OpenSSH's sshd and proftpd's mod_sftp, by both transports.
#
# Scripts for an inner bash expand there, and each test is a shell of its own:
# shellcheck disable=SC2154,SC2016,SC2030,SC2031

load ../lib/setup
load ../lib/sftp

setup_file() {
	sftp_servers
	server_sshd REKEY rekey=1M
	server_sshd SIX address=::1
	fill REKEY
	fill SIX
}

@test "every server runs here" {
	server_need SSHD MOD JAIL
}

# --- one file ------------------------------------------------------------------------------------

get_file() {
	as_joe get "$URL/large"
	cmp large "$POOL/large"
	[[ -z $output$stderr && $(ls) == large ]]
}

@test "get" {
	for_each get_file
}

put_file() {
	as_joe put "$POOL/large" "$URL/up"
	cmp "$ROOT/up" "$POOL/large"
	[[ -z $output$stderr ]]
	as_joe put "$POOL/large" "$URL/tree/"
	cmp "$ROOT/tree/large" "$POOL/large"
	rm "$ROOT/up" "$ROOT/tree/large"
}

@test "put" {
	for_each put_file
}

put_over() {
	seq 100 >"$ROOT/over"
	((EUID != 0)) || chown "$SERVERS_USER" "$ROOT/over"
	echo short >short
	as_joe put short "$URL/over"
	cmp "$ROOT/over" short
}

@test "put replaces what is there, and nothing of it stays" {
	for_each put_over
}

empty_file() {
	as_joe get "$URL/tree/empty"
	[[ -e empty && ! -s empty ]]
	as_joe put empty "$URL/nothing"
	[[ -e $ROOT/nothing && ! -s $ROOT/nothing ]]
	as_joe cat "$URL/nothing"
	[[ -z $output$stderr ]]
}

@test "empty files" {
	for_each empty_file
}

odd_sizes() {
	local size
	for size in 1 32767 32768 32769 65536 261119 261120 261121 262144; do
		head -c "$size" "$POOL/large" >"size$size"
	done
	as_joe put size* "$URL/"
	mkdir back
	(cd back && as_joe get "$URL"/size{1,32767,32768,32769,65536,261119,261120,261121,262144})
	for size in size*; do
		cmp "$size" "$ROOT/$size"
		cmp "$size" "back/$size"
	done
	rm "$ROOT"/size*
}

@test "sizes around what a packet holds" {
	for_each odd_sizes
}

same_as_peer() {
	local user=${URL#sftp://} port=${URL#sftp://*:}
	as_joe put "$POOL/large" "$URL/for-peer"
	printf 'get %s for-peer\n' "$FOLDER/for-peer" |
		sftp -q -F none -P "${port%%/*}" -i "$SSHD_KEY" -o IdentitiesOnly=yes -o BatchMode=yes \
			-o UserKnownHostsFile="$SSHD_KNOWN_HOSTS $JAIL_KNOWN_HOSTS $MOD_KNOWN_HOSTS" -b - "${user%%@*}@127.0.0.1"
	cmp for-peer "$POOL/large"
}

@test "the bytes are those that OpenSSH's sftp gets" {
	for_each same_as_peer
}

pipes() {
	"$NETKIT" sftp cat "${WHO[@]}" "$URL/large" | cmp - "$POOL/large"
	"$NETKIT" sftp put "${WHO[@]}" - "$URL/piped" <"$POOL/large"
	cmp "$ROOT/piped" "$POOL/large"
	"$NETKIT" sftp get "${WHO[@]}" "$URL/piped" - | cmp - "$POOL/large"
	"$NETKIT" sftp cat "${WHO[@]}" "$URL/tree/sub/text" "$URL/tree/sub/text" |
		cmp - <(seq 5000 && seq 5000)
	rm "$ROOT/piped"
}

@test "from and to pipes" {
	for_each pipes
}

several() {
	as_joe get "$URL/large" "$URL/tree/sub/text" "$URL/tree/empty"
	cmp large "$POOL/large"
	cmp text "$POOL/tree/sub/text"
	[[ -e empty ]]
	as_joe get "$URL/tree/sub/text" named
	cmp named text
	mkdir folder
	as_joe get "$URL/tree/sub/text" folder
	cmp folder/text text
}

@test "several files, a name and a folder as target" {
	for_each several
}

home() {
	local host=${URL#sftp://}
	as_joe ls --fields=name "sftp://${host%%/*}/~/tree"
	[[ $output == $'empty\nsub' ]]
}

@test "/~/ is the login directory" {
	((EUID == 0)) || skip 'the home is the caller'"'"'s'
	on SSHD
	home
	on MOD
	home
	# The home is looked for below the new root, and is not there.
}

@test "IPv6" {
	on SIX
	get_file
	on MOD
}

@test "new keys in the middle of a transfer, both ways" {
	local transport
	on REKEY
	random_file long 20000000
	for transport in libssh2 openssh; do
		WHO[-1]=--ssh-transport=$transport
		as_joe put long "$URL/long"
		cmp "$ROOT/long" long
		as_joe get "$URL/long" back
		cmp back long
	done
}

# --- trees ---------------------------------------------------------------------------------------

get_tree() {
	as_joe get --recursive --jobs="$1" "$URL/tree"
	diff -r tree "$POOL/tree"
}

@test "get --recursive with one job and with eight" {
	for_each get_tree 1
	for_each get_tree 8
}

put_tree() {
	as_joe put --recursive --jobs="$1" "$POOL/tree" "$URL/put$1/"
	diff -r "$ROOT/put$1/tree" "$POOL/tree"
	rm -r "$ROOT/put$1"
}

@test "put --recursive with one job and with eight" {
	for_each put_tree 1
	for_each put_tree 8
}

many() {
	local i
	mkdir "$ROOT/many"
	for ((i = 0; i < 1500; i++)); do
		echo "file $i" >"$ROOT/many/$i"
	done
	((EUID != 0)) || chown -R "$SERVERS_USER" "$ROOT/many"
	as_joe ls --fields=name "$URL/many"
	[[ $(wc -l <<<"$output") == 1500 ]]
	as_joe get --recursive "$URL/many"
	diff -r many "$ROOT/many"
	as_joe put --recursive many "$URL/again/"
	diff -r many "$ROOT/again/many"
	as_joe rm --recursive "$URL/again" "$URL/many"
	[[ ! -e $ROOT/again && ! -e $ROOT/many ]]
}

@test "a folder of 1,500 files: listed, fetched, stored, removed" {
	for_each many
}

@test "an empty folder" {
	nothing_in_it() {
		mkdir -p "$ROOT/none"
		as_joe ls "$URL/none"
		[[ -z $output ]]
		as_joe get --recursive "$URL/none"
		[[ -d none && -z $(ls none) ]]
		as_joe put --recursive none "$URL/put-none/"
		[[ -d $ROOT/put-none/none ]]
		rm -r "$ROOT/put-none"
	}
	for_each nothing_in_it
}

@test "names with every odd character go both ways" {
	local name
	mkdir odd
	for name in 'a b' ' a' 'a ' 'a"b' "a'b" 'a\b' 'a%41' 'a;b=c' 'a*?[x]' '-a' '~' 'a#b?c' '$(id)' \
		$'a\x01\x1bb' $'a\nb' $'a\tb\r' $'\xc3\xa9' $'\xff\xfe' '(x)' '-> b' '!x' '{a,b}' 'a:b' '@a'; do
		printf %s "$name" >"odd/$name"
	done
	odd() {
		rm -rf "$ROOT/odd"
		as_joe put --recursive ../odd "$URL/"
		diff -r ../odd "$ROOT/odd"
		as_joe get --recursive "$URL/odd"
		diff -r odd ../odd
	}
	for_each odd
}

@test "one file by each odd name" {
	on SSHD
	printf y >"$ROOT/100% sure?#"
	as_joe get "$URL/100%25%20sure%3F%23" sure
	[[ $(cat sure) == y ]]
	printf z >"$ROOT/*"
	as_joe cat "$URL/*"
	[[ $output == z ]]
	rm "$ROOT/*" "$ROOT/100% sure?#"
}

@test "--glob expands on the server" {
	globs() {
		as_joe ls --glob --fields=name "$URL/tree/sub/deep/1?"
		[[ $(wc -l <<<"$output") == 10 ]]
		as_joe get --glob "$URL/tree/sub/deep/[12]*"
		(($(find . -type f | wc -l) == 22))
		try_joe get --glob "$URL/tree/sub/deep/none*"
		((status != 0))
	}
	for_each globs
}

@test "--include and --exclude choose" {
	on SSHD
	as_joe get --recursive --include='1*' --exclude=12 "$URL/tree"
	[[ $(cd tree && find . -type f | sort | tr '\n' ' ') == "./sub/deep/1 ./sub/deep/10 ./sub/deep/11 \
./sub/deep/13 ./sub/deep/14 ./sub/deep/15 ./sub/deep/16 ./sub/deep/17 ./sub/deep/18 ./sub/deep/19 " ]]
}

@test "a tree with a loop of links ends" {
	looping() {
		mkdir "$ROOT/loop"
		ln -s . "$ROOT/loop/self"
		echo x >"$ROOT/loop/x"
		try_joe get --recursive "$URL/loop"
		cmp loop/x "$ROOT/loop/x"
		[[ ! -e loop/self/self ]]
		rm -r "$ROOT/loop"
	}
	for_each looping
}

@test "links are followed by get, and seen by ls" {
	linked() {
		ln -sfn large "$ROOT/link"
		as_joe ls "$URL/" --fields=kind,name
		[[ $output == *$'link\tlink'* ]]
		as_joe get "$URL/link"
		cmp link "$POOL/large"
		[[ ! -L link ]]
		as_joe rm "$URL/link"
		[[ ! -L $ROOT/link && -e $ROOT/large ]]
	}
	for_each linked
}

@test "rm --recursive of a link to a folder removes the link alone" {
	links() {
		mkdir -p "$ROOT/kept"
		echo precious >"$ROOT/kept/file"
		ln -sfn kept "$ROOT/link"
		as_joe rm --recursive "$URL/link"
		[[ ! -L $ROOT/link && $(<"$ROOT/kept/file") == precious ]]
	}
	for_each links
}

# --- resuming, verifying, preserving -------------------------------------------------------------

resume_get() {
	local pid
	"$NETKIT" sftp get "${WHO[@]}" --limit-rate=1M "$URL/large" 3>&- &
	pid=$!
	await longer_than 100000 large.part
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	((status == 130))
	[[ ! -e large && -e large.part ]]
	as_joe get --json "$URL/large"
	[[ $output == *'"resumed_at":'[1-9]* ]]
	cmp large "$POOL/large"
	[[ $(ls) == large ]]
}

@test "an interrupted download goes on where it ended" {
	for_each resume_get
}

changed_source() {
	local pid
	random_file "$ROOT/changing" 3000000
	"$NETKIT" sftp get "${WHO[@]}" --limit-rate=1M "$URL/changing" 3>&- &
	pid=$!
	await longer_than 100000 changing.part
	kill -INT "$pid"
	wait "$pid" || true
	random_file "$ROOT/changing" 2999999
	as_joe get "$URL/changing"
	cmp changing "$ROOT/changing"
	rm "$ROOT/changing"
}

@test "a source that changed since is fetched from its start" {
	for_each changed_source
}

resume_put() {
	local pid
	rm -f "$ROOT/resumed"
	"$NETKIT" sftp put "${WHO[@]}" --limit-rate=1M "$POOL/large" "$URL/resumed" 3>&- &
	pid=$!
	await longer_than 100000 "$ROOT/resumed"
	kill -INT "$pid"
	status=0
	wait "$pid" || status=$?
	((status == 130))
	as_joe put --resume=force --json "$POOL/large" "$URL/resumed"
	[[ $output == *'"resumed_at":'[1-9]* ]]
	cmp "$ROOT/resumed" "$POOL/large"
	rm "$ROOT/resumed"
}

@test "an interrupted upload goes on where it ended" {
	for_each resume_put
}

@test "what differs at the start is not resumed" {
	differs() {
		random_file "$ROOT/other" 1000000
		((EUID != 0)) || chown "$SERVERS_USER" "$ROOT/other"
		as_joe put --json "$POOL/large" "$URL/other"
		[[ $output == *'"resumed_at":0,'* ]]
		cmp "$ROOT/other" "$POOL/large"
		rm "$ROOT/other"
	}
	for_each differs
}

@test "--verify=size and --verify=hash say what was compared" {
	verified() {
		as_joe get --verify=size --json "$URL/large"
		[[ $output == *'"verified":"size"'* ]]
		as_joe get --verify=hash --json "$URL/large" hashed
		[[ $output == *'"verified":"'[Ss][Hh][Aa]* ]]
		cmp hashed "$POOL/large"
		as_joe put --verify=hash --json "$POOL/large" "$URL/hashed"
		[[ $output == *'"verified":"'[Ss][Hh][Aa]* ]]
		as_joe put --verify=size --json "$POOL/large" "$URL/sized"
		[[ $output == *'"verified":"size"'* ]]
		rm "$ROOT/hashed" "$ROOT/sized"
	}
	for_each verified
}

@test "--verify=hash of names that a shell would read otherwise" {
	local name
	on SSHD
	as_joe mkdir "$URL/hash"
	for name in "it's" '$(touch evil)' '-n' 'a  b' 'a;b' '`id`' '*' '\x'; do
		cp "$POOL/tree/sub/text" "./$name"
		as_joe put --verify=hash "./$name" "$URL/hash/"
		cmp "$ROOT/hash/$name" "$POOL/tree/sub/text"
		[[ ! -e $ROOT/evil && ! -e $ROOT/hash/evil ]]
	done
}

preserve() {
	touch -d 2021-02-03T04:05:06Z "$ROOT/large"
	chmod 640 "$ROOT/large"
	as_joe get --preserve "$URL/large"
	[[ $(stat -c '%Y %a' large) == '1612325106 640' ]]
	touch -d 2020-01-02T03:04:05Z large
	chmod 600 large
	as_joe put --preserve large "$URL/dated"
	[[ $(stat -c '%Y %a' "$ROOT/dated") == '1577934245 600' ]]
	rm "$ROOT/dated"
}

@test "--preserve keeps times and permissions, both directions" {
	for_each preserve
}

@test "--dry-run does nothing" {
	dry() {
		as_joe put --dry-run "$POOL/large" "$URL/never"
		[[ ! -e $ROOT/never ]]
		as_joe get --dry-run --recursive "$URL/tree"
		[[ -z $(ls) ]]
	}
	for_each dry
}

@test "--sync" {
	synced() {
		as_joe put --sync "$POOL/large" "$URL/synced"
		cmp "$ROOT/synced" "$POOL/large"
		rm "$ROOT/synced"
	}
	for_each synced
}
